/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/group.h"

#include <math.h>

#include "backtest/deal.h"
#include "base/base_status.h"

/* ---- what members know of each other ---- */

/* Where on its bar a member stands. */
enum { AT_OPEN, AT_CLOSE };

static double price_of(const crucible__member *member, size_t i, int where) {
  const crucible_bars *bars = &member->course.market->bars;
  return where == AT_OPEN ? bars->open[i] : bars->close[i];
}

/* Its own part of the group's equity, as if it left at that price. */
static double worth(const crucible__member *member, size_t i, int where) {
  const crucible__account *account = &member->column->account;
  if (account->side == 0)
    return account->cash;
  double half = crucible__half_spread(account, member->course.terms,
                                      member->course.market->bars.open[i]);
  double quote =
      crucible__quote(price_of(member, i, where), half, account->side);
  double value = account->position * quote;
  return account->cash + value - fabs(value) * account->taker_fee;
}

static double spendable(const crucible__member *member, size_t i, int where) {
  const crucible__account *account = &member->column->account;
  double half = crucible__half_spread(account, member->course.terms,
                                      member->course.market->bars.open[i]);
  double quote =
      crucible__quote(price_of(member, i, where), half, account->side);
  return crucible__account_free(account, member->course.terms, quote);
}

/* Tells a member what the others have; the first done of them have walked. */
static void tell(crucible__member *members, size_t n, size_t self, size_t i,
                 size_t done) {
  double others = 0, others_free = 0;
  for (size_t m = 0; m < n; ++m)
    if (m != self) {
      others += worth(&members[m], i, m < done ? AT_CLOSE : AT_OPEN);
      others_free += spendable(&members[m], i, m < done ? AT_CLOSE : AT_OPEN);
    }
  members[self].column->account.others = others;
  members[self].column->account.others_free = others_free;
}

void crucible__group_init(crucible__member *members, size_t n) {
  for (size_t m = 0; m < n; ++m) {
    crucible__account *account = &members[m].column->account;
    account->in_group = 1;
    if (m == 0)
      continue;
    account->others = account->cash;
    account->cash = 0;
  }
}

/* ---- a bar ---- */

static crucible_bar bar_of(const crucible__member *member, size_t i) {
  return crucible__course_bar(&member->course, i);
}

static void act_at_open(crucible__member *members, size_t n, size_t i) {
  for (size_t m = 0; m < n; ++m) {
    const crucible__course *course = &members[m].course;
    crucible_bar bar = bar_of(&members[m], i);
    course->events->n_orders = course->events->n_trades = 0;
    tell(members, n, m, i, 0);
    crucible__account_open(&members[m].column->account, course->book,
                           course->terms, &bar, course->events);
  }
  static const int32_t turns[] = {CRUCIBLE__ARRIVE_REDUCING,
                                  CRUCIBLE__ARRIVE_OTHERS};
  for (size_t turn = 0; turn < 2; ++turn)
    for (size_t m = 0; m < n; ++m) {
      const crucible__course *course = &members[m].course;
      crucible_bar bar = bar_of(&members[m], i);
      tell(members, n, m, i, 0);
      crucible__account_arrive(&members[m].column->account, course->book,
                               course->terms, &bar, turns[turn],
                               course->events);
    }
}

static void act_on_path(crucible__member *members, size_t n, size_t i) {
  for (size_t m = 0; m < n; ++m) {
    const crucible__course *course = &members[m].course;
    crucible_bar bar = bar_of(&members[m], i);
    tell(members, n, m, i, m);
    crucible__account_walk(&members[m].column->account, course->book,
                           course->terms, &bar, course->events);
  }
}

/* Whether what is left no longer keeps the positions up. */
static int is_spent(const crucible__member *members, size_t n) {
  double needed = 0;
  for (size_t m = 0; m < n; ++m) {
    const crucible__account *account = &members[m].column->account;
    needed += fabs(account->position * account->mark_price) *
              members[m].course.terms->instrument.maintenance_margin;
  }
  return members[0].column->account.equity < needed;
}

/* What a member's own part came to when it was marked. */
static double marked(const crucible__account *account) {
  return account->cash + account->position * account->mark_price -
         account->exit_fee;
}

/* All have decided by the equity at the close; what reduces fills before what
   opens, as at an open. */
static void fill_at_close(crucible__member *members, size_t n, size_t i) {
  static const int32_t turns[] = {CRUCIBLE__ARRIVE_LEAVING,
                                  CRUCIBLE__ARRIVE_REDUCING,
                                  CRUCIBLE__ARRIVE_OTHERS};
  for (size_t turn = 0; turn < 3; ++turn)
    for (size_t m = 0; m < n; ++m) {
      const crucible__course *course = &members[m].course;
      crucible_bar bar = bar_of(&members[m], i);
      tell(members, n, m, i, n);
      crucible__account_fill_at_close(&members[m].column->account, course->book,
                                      course->terms, &bar, turns[turn],
                                      course->events);
    }
}

/* After fills at the close all members see what they have left. */
static void mark_again(crucible__member *members, size_t n) {
  for (size_t m = 0; m < n; ++m) {
    crucible__account *account = &members[m].column->account;
    double others = 0;
    for (size_t k = 0; k < n; ++k)
      if (k != m)
        others += marked(&members[k].column->account);
    account->others = others;
    account->equity = marked(account) + others;
  }
}

/* Returns whether the group is spent: nothing is decided any more, and all
   leaves at the next open, whenever orders fill else. */
static int judge(crucible__member *members, size_t n, size_t i) {
  int is_held = 0;
  for (size_t m = 0; m < n; ++m) {
    crucible_bar bar = bar_of(&members[m], i);
    tell(members, n, m, i, n);
    crucible__account_close_bar(&members[m].column->account,
                                members[m].course.terms, &bar);
    is_held |= members[m].column->account.side != 0;
  }
  if (!is_held || !is_spent(members, n))
    return 0;
  for (size_t m = 0; m < n; ++m)
    crucible__account_close(&members[m].column->account,
                            CRUCIBLE_PURPOSE_LIQUIDATION);
  return 1;
}

static void decide(const crucible__member *member, size_t i,
                   int is_same_close) {
  const crucible__course *course = &member->course;
  crucible__account *account = &member->column->account;
  crucible_bar bar = bar_of(member, i);
  crucible__outlook outlook = crucible__outlook_none;
  crucible__wish wish = crucible__wish_none;
  crucible__course_outlook(course, i, &outlook);
  crucible__course_wish(course, i, &wish);
  (is_same_close ? crucible__account_choose : crucible__account_decide)(
      account, course->book, course->terms, &bar, &outlook, &wish,
      course->events);
}

static void act_at_close(crucible__member *members, size_t n, size_t i) {
  int is_spent_now = judge(members, n, i);
  int is_same_close =
      members->course.terms->options.fill_at == CRUCIBLE_FILL_SAME_CLOSE;
  for (size_t m = 0; m < n; ++m)
    decide(&members[m], i, is_same_close);
  if (!is_same_close)
    return;
  if (!is_spent_now)
    fill_at_close(members, n, i);
  mark_again(members, n);
  for (size_t m = 0; m < n; ++m) {
    const crucible__course *course = &members[m].course;
    crucible__outlook outlook = crucible__outlook_none;
    crucible__course_outlook(course, i, &outlook);
    crucible__take_outlook(&members[m].column->account, course->terms,
                           &outlook);
  }
}

/* Flat members have one number that fills change. */
static int all_flat(const crucible__member *members, size_t n,
                    double *turnover) {
  int is_held = 0;
  *turnover = 0;
  for (size_t m = 0; m < n; ++m) {
    is_held |= members[m].column->account.side != 0;
    *turnover += members[m].column->account.traded_notional;
  }
  return !is_held;
}

static crucible_status step_bar(crucible__member *members, size_t n, size_t i) {
  double before, after;
  int was_flat = all_flat(members, n, &before);
  act_at_open(members, n, i);
  act_on_path(members, n, i);
  act_at_close(members, n, i);
  int is_idle = all_flat(members, n, &after) && was_flat && before == after;
  for (size_t m = 0; m < n; ++m)
    CRUCIBLE__TRY(crucible__column_noted(members[m].column, &members[m].course,
                                         i, is_idle));
  return CRUCIBLE_OK;
}

/* ---- many bars ---- */

/* The first bar of [from, to) in which a member has something to do: all are
   flat before it and nothing waits. */
static size_t find_wake(const crucible__member *members, size_t n, size_t from,
                        size_t to) {
  for (size_t m = 0; m < n; ++m) {
    if (members[m].column->account.side != 0)
      return from;
    to = crucible__column_wake(members[m].column, &members[m].course, from, to)
             .bar;
  }
  return to;
}

crucible_status crucible__group_run(crucible__member *members, size_t n,
                                    size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) {
    size_t wake = find_wake(members, n, i, to);
    for (size_t m = 0; m < n && wake > i; ++m)
      CRUCIBLE__TRY(crucible__column_pass(members[m].column, &members[m].course,
                                          i, wake));
    if (wake == to)
      break;
    CRUCIBLE__TRY(step_bar(members, n, wake));
    i = wake;
  }
  return CRUCIBLE_OK;
}
