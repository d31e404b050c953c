/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/leave.h"

#include <math.h>

#include "backtest/ledger.h"
#include "backtest/order_end.h"

void crucible__send_exit(crucible__account *account, int32_t purpose) {
  account->exit_purpose = purpose;
  account->exit_placed_ms = account->last_close_ms;
  account->exit_quantity = 0;
  account->exit_trigger = (double)NAN;
}

static void forget_exit(crucible__account *account) {
  account->exit_purpose = 0;
  account->exit_placed_ms = 0;
  account->exit_quantity = 0;
  account->exit_done = (crucible__fills){0};
}

static int is_guard(int32_t purpose) {
  return purpose == CRUCIBLE_PURPOSE_STOP ||
         purpose == CRUCIBLE_PURPOSE_TRAIL ||
         purpose == CRUCIBLE_PURPOSE_LIQUIDATION;
}

/* A guard that the bar's volume cut has become a market order. */
static void send_guard_on(crucible__account *account, int32_t purpose) {
  double none = -account->side * (double)INFINITY;
  if (account->exit_purpose == purpose)
    return;
  account->exit_purpose = purpose;
  account->exit_placed_ms = account->bracket_placed_ms;
  if (purpose == CRUCIBLE_PURPOSE_STOP) {
    account->exit_trigger = account->stop;
    account->stop = none;
  } else if (purpose == CRUCIBLE_PURPOSE_TRAIL) {
    account->exit_trigger = account->trail;
    account->trail = none;
    account->trailing = -1;
  } else {
    account->exit_trigger = account->liquidation;
    account->is_stopped = 1;
  }
}

/* Less than all can fill in this bar. */
static __attribute__((noinline)) void
leave_part(const crucible__scene *scene, const crucible__market_point *point,
           double quote, int32_t purpose) {
  crucible__account *account = scene->account;
  const crucible__terms *terms = scene->terms;
  double quantity = account->room;
  int fills = quantity >= terms->lot.value;
  int goes_on =
      is_guard(purpose) || terms->options.remainder == CRUCIBLE_REMAINDER_CARRY;
  if (fills && !(account->exit_done.quantity > 0)) /* all, as it begins */
    account->exit_quantity = fabs(account->position);
  if (goes_on && is_guard(purpose))
    send_guard_on(account, purpose);
  crucible__deal deal =
      crucible__deal_taker(account, terms, -account->side, quantity, quote,
                           point->middle, account->side * -(double)INFINITY);
  if (fills)
    crucible__note_part(terms, &account->exit_done, &deal);
  if (!goes_on)
    crucible__end_exit(account, purpose, 0, NULL, point->open_ms,
                       CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_PARTICIPATION,
                       scene->events);
  if (!goes_on)
    forget_exit(account);
  account->room = 0;
  if (fills)
    crucible__ledger_leave(account, terms, point, &deal, purpose,
                           scene->events);
}

static void leave_taker(const crucible__scene *scene,
                        const crucible__market_point *point, double quote,
                        int32_t purpose) {
  crucible__account *account = scene->account;
  double quantity = fabs(account->position);
  if (quantity > account->room) {
    leave_part(scene, point, quote, purpose);
    return;
  }
  crucible__deal deal = crucible__deal_taker(
      account, scene->terms, -account->side, quantity, quote, point->middle,
      account->side * -(double)INFINITY);
  crucible__use_room(account, scene->terms, quantity);
  int is_last = account->exit_done.quantity > 0; /* of several parts */
  if (is_last)
    crucible__note_part(scene->terms, &account->exit_done, &deal);
  crucible__end_exit(account, purpose, 0, is_last ? NULL : &deal,
                     point->open_ms, CRUCIBLE_ORDER_FILLED,
                     CRUCIBLE_REASON_NONE, scene->events);
  crucible__ledger_leave(account, scene->terms, point, &deal, purpose,
                         scene->events);
}

/* An order to leave that was sent at the close. Without a forecast it has no
   price: an exit that the plan decides anew at each close is rejected, one by
   signal, which comes once, waits, as one that was forced does. */
void crucible__leave_sent(const crucible__scene *scene,
                          const crucible__market_point *open, double middle) {
  crucible__account *account = scene->account;
  int32_t purpose = account->exit_purpose;
  if (crucible__can_take(account)) {
    crucible__market_point point = *open;
    point.middle = middle;
    double quote = crucible__quote(middle, open->half, account->side);
    leave_taker(scene, &point, quote, purpose);
  } else if (purpose == CRUCIBLE_PURPOSE_EXIT_SCORE ||
             purpose == CRUCIBLE_PURPOSE_EXIT_TIME) {
    crucible__end_exit(account, purpose, 0, NULL, open->open_ms,
                       account->exit_done.quantity > 0
                           ? CRUCIBLE_ORDER_CANCELLED
                           : CRUCIBLE_ORDER_REJECTED,
                       crucible__no_price_reason(account), scene->events);
    forget_exit(account);
  }
}

void crucible__leave_by_guard(const crucible__scene *scene,
                              const crucible__market_point *point,
                              double quote) {
  const crucible__account *account = scene->account;
  int32_t side = account->side;
  double stop = side * account->stop, trail = side * account->trail;
  int32_t purpose = CRUCIBLE_PURPOSE_STOP;
  if (trail > stop)
    purpose = CRUCIBLE_PURPOSE_TRAIL;
  if (side * account->liquidation > (trail > stop ? trail : stop))
    purpose = CRUCIBLE_PURPOSE_LIQUIDATION;
  leave_taker(scene, point, quote, purpose);
}

/* ---- targets ---- */

double crucible__next_target(const crucible__account *account,
                             const crucible__terms *terms, double beyond) {
  int32_t side = account->side;
  double target = side * (double)INFINITY;
  for (uint32_t i = 0; i < terms->plan.n_rungs; ++i)
    if (account->rung_quantity[i] > account->rung_done[i].quantity &&
        side * account->rung_price[i] < side * target &&
        side * account->rung_price[i] > side * beyond)
      target = account->rung_price[i];
  return target;
}

static uint32_t nearest_rung(const crucible__account *account,
                             const crucible__terms *terms) {
  for (uint32_t i = 0; i < terms->plan.n_rungs; ++i)
    if (account->rung_quantity[i] > account->rung_done[i].quantity &&
        account->rung_price[i] == account->target)
      return i;
  return 0;
}

/* One rung, or less than all of one target. */
static __attribute__((noinline)) void
leave_in_parts(const crucible__scene *scene,
               const crucible__market_point *point, double price) {
  crucible__account *account = scene->account;
  const crucible__terms *terms = scene->terms;
  int is_ladder = terms->plan.n_rungs > 0;
  uint32_t rung = nearest_rung(account, terms);
  crucible__fills *done = &account->rung_done[rung];
  double held = fabs(account->position);
  double left =
      is_ladder
          ? crucible__lots(terms, account->rung_quantity[rung] - done->quantity)
          : held;
  if (held < left)
    left = held;
  double quantity = left <= account->room ? left : account->room;
  if (quantity < terms->lot.value)
    return;
  crucible__use_room(account, terms, quantity);
  crucible__deal deal = crucible__deal_maker(account, -account->side, quantity,
                                             price, point->middle);
  if (quantity < left && !is_ladder && done->quantity == 0)
    account->rung_quantity[0] = held; /* as it was placed */
  crucible__note_part(terms, done, &deal);
  if (!(quantity < left)) {
    crucible__end_exit(account, CRUCIBLE_PURPOSE_TARGET, rung, NULL,
                       point->open_ms, CRUCIBLE_ORDER_FILLED,
                       CRUCIBLE_REASON_NONE, scene->events);
    account->rung_quantity[rung] = 0;
    *done = (crucible__fills){0};
  }
  if (is_ladder)
    account->target = crucible__next_target(account, terms,
                                            -account->side * (double)INFINITY);
  crucible__ledger_leave(account, terms, point, &deal, CRUCIBLE_PURPOSE_TARGET,
                         scene->events);
}

void crucible__leave_by_target(const crucible__scene *scene,
                               const crucible__market_point *point,
                               double price) {
  crucible__account *account = scene->account;
  double quantity = fabs(account->position);
  if (scene->terms->plan.n_rungs > 0 || quantity > account->room ||
      account->rung_done[0].quantity > 0) {
    leave_in_parts(scene, point, price);
    return;
  }
  crucible__deal deal = crucible__deal_maker(account, -account->side, quantity,
                                             price, point->middle);
  crucible__use_room(account, scene->terms, quantity);
  crucible__end_exit(account, CRUCIBLE_PURPOSE_TARGET, 0, &deal, point->open_ms,
                     CRUCIBLE_ORDER_FILLED, CRUCIBLE_REASON_NONE,
                     scene->events);
  crucible__ledger_leave(account, scene->terms, point, &deal,
                         CRUCIBLE_PURPOSE_TARGET, scene->events);
}

/* ---- without a price ---- */

static void reject_guard(const crucible__scene *scene, int32_t purpose) {
  crucible__end_exit(scene->account, purpose, 0, NULL, scene->bar->open_time_ms,
                     CRUCIBLE_ORDER_REJECTED,
                     crucible__no_price_reason(scene->account), scene->events);
}

void crucible__reject_guards(const crucible__scene *scene, double worst) {
  const crucible__account *account = scene->account;
  int32_t side = account->side;
  if (side * worst <= side * account->stop)
    reject_guard(scene, CRUCIBLE_PURPOSE_STOP);
  if (side * worst <= side * account->trail)
    reject_guard(scene, CRUCIBLE_PURPOSE_TRAIL);
}
