/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/path.h"

#include <math.h>

#include "backtest/book.h"
#include "backtest/leave.h"
#include "backtest/ledger.h"

/* ---- one leg ---- */

/* What is met at one price, in this order. */
enum { RANK_GUARD, RANK_STOP, RANK_LIMIT };

/* The nearest thing on the way from a point to the end of a monotone leg. */
typedef struct search {
  const crucible__scene *scene;
  const crucible__market_point *from;
  double begin; /* of the leg */
  double to;
  int32_t direction; /* of the price: 1 or -1 */
  int has_room;      /* the bar's volume leaves a lot */
  double target;     /* of the position */
  /* found: */
  double middle, quote;
  int32_t rank;           /* RANK_*; -1: nothing */
  crucible__order *order; /* NULL: an exit of the position */
} search;

static void keep_nearer(search *s, double middle, double quote, int32_t rank,
                        crucible__order *order) {
  double ahead = s->direction * middle, best = s->direction * s->middle;
  if (s->rank >= 0 && (ahead > best || (ahead == best && rank >= s->rank)))
    return;
  s->middle = middle;
  s->quote = quote;
  s->rank = rank;
  s->order = order;
}

/* A stop that buys (side 1) at an ask of trigger or more, or sells at a bid of
   trigger or less. */
static void meet_stop(search *s, int32_t side, double trigger, int32_t rank,
                      crucible__order *order) {
  double half = s->from->half;
  double start = crucible__quote(s->from->middle, half, -side);
  double end = crucible__quote(s->to, half, -side);
  if (side * start >= side * trigger)
    keep_nearer(s, s->from->middle, start, rank, order);
  else if (side * end >= side * trigger)
    keep_nearer(s, trigger - side * half, trigger, rank, order);
}

/* A limit that buys at an ask of limit or less, or sells at a bid of limit or
   more. What the jump over missing bars passed waits until the price comes
   back. */
static void meet_limit(search *s, int32_t side, double limit,
                       crucible__order *order) {
  const crucible__scene *scene = s->scene;
  double half = s->from->half;
  double start = crucible__quote(s->from->middle, half, -side);
  double end = crucible__quote(s->to, half, -side);
  if (side * start <= side * limit) {
    double before = crucible__quote(s->begin, half, -side);
    if (!scene->account->is_after_gap || side * before > side * limit)
      keep_nearer(s, s->from->middle,
                  crucible__step_rounded(&scene->terms->tick, start, side),
                  RANK_LIMIT, order);
  } else if (side * end <= side * limit) {
    keep_nearer(s, limit - side * half, limit, RANK_LIMIT, order);
  }
}

static void meet_order(search *s, crucible__order *order) {
  if (order->state == CRUCIBLE__ORDER_RESTING && s->has_room)
    meet_limit(s, order->side, order->limit, order);
  else if (order->state == CRUCIBLE__ORDER_WAITING &&
           crucible__can_take(s->scene->account))
    meet_stop(s, order->side, order->trigger, RANK_STOP, order);
}

static int find_next(search *s) {
  const crucible__account *account = s->scene->account;
  s->rank = -1;
  s->has_room = account->room >= s->scene->terms->lot.value;
  if (account->side != 0) {
    if (s->has_room || account->exit_purpose == 0)
      meet_stop(s, -account->side, crucible__guard_of(account), RANK_GUARD,
                NULL);
    s->target = account->target;
    /* a rung that the jump over missing bars passed hides none behind it */
    if (account->is_after_gap && s->scene->terms->plan.n_rungs > 0)
      s->target = crucible__next_target(
          account, s->scene->terms,
          crucible__quote(s->begin, s->from->half, account->side));
    if (s->has_room)
      meet_limit(s, -account->side, s->target, NULL);
  }
  if (s->scene->account->entry.state != CRUCIBLE__ORDER_NONE)
    meet_order(s, &s->scene->account->entry);
  if (s->scene->book != NULL)
    for (uint64_t i = 0; i < s->scene->book->n; ++i)
      meet_order(s, &s->scene->book->orders[i]);
  return s->rank >= 0;
}

static void leave_by_target(const search *s, crucible__market_point *point) {
  s->scene->account->target = s->target;
  crucible__leave_by_target(s->scene, point, s->quote);
}

static void fire(const search *s, crucible__market_point *point) {
  const crucible__scene *scene = s->scene;
  point->middle = s->middle;
  if (s->rank == RANK_GUARD)
    crucible__leave_by_guard(scene, point, s->quote);
  else if (s->order == NULL)
    leave_by_target(s, point);
  else if (s->rank == RANK_STOP)
    crucible__order_trigger(scene, s->order, point, s->quote);
  else
    crucible__order_make(scene, s->order, point, s->quote);
}

/* Trailing stops follow what a leg came to. */
static void follow(const crucible__scene *scene, double middle) {
  crucible__account *account = scene->account;
  if (account->side != 0 && account->trailing >= 0)
    crucible__ledger_trail(account, scene->terms, middle);
  if (scene->book != NULL)
    crucible__book_follow(scene, middle);
}

static void see(crucible__account *account, const crucible__market_point *at) {
  double quote = crucible__quote(at->middle, at->half, account->side);
  crucible__account_see(account, quote, quote);
}

/* One monotone leg; returns whether anything still waits. */
static int walk_leg(const crucible__scene *scene, crucible__market_point *point,
                    double to) {
  crucible__account *account = scene->account;
  search s = {.scene = scene,
              .from = point,
              .begin = point->middle,
              .to = to,
              .direction = to < point->middle ? -1 : 1};
  if (account->side != 0)
    see(account, point);
  while (find_next(&s))
    fire(&s, point);
  point->middle = to;
  if (account->side != 0)
    see(account, point);
  follow(scene, to);
  return account->side != 0 || account->entry.state != CRUCIBLE__ORDER_NONE ||
         scene->book != NULL;
}

/* ---- one bar, coarse or fine ---- */

static void walk_path(const crucible__scene *scene,
                      const crucible__market_point *open,
                      const crucible_bar *bar, int32_t path) {
  int is_high_first = path == CRUCIBLE_PATH_OHLC;
  const double stations[] = {is_high_first ? bar->high : bar->low,
                             is_high_first ? bar->low : bar->high, bar->close};
  crucible__market_point point = *open;
  for (int i = 0; i < 3; ++i)
    if (!walk_leg(scene, &point, stations[i]))
      return;
}

/* Equity at the close if the bar goes that way. */
static __attribute__((noinline)) double
try_path(const crucible__scene *scene, const crucible__market_point *open,
         const crucible_bar *bar, int32_t path) {
  crucible__account account = *scene->account;
  crucible__book book;
  crucible__scene trial = *scene;
  trial.account = &account;
  trial.events = NULL;
  if (scene->book != NULL) {
    book = *scene->book;
    trial.book = &book;
  }
  walk_path(&trial, open, bar, path);
  crucible__mark(&account, bar->close, open->half);
  return account.equity;
}

static void walk_pessimistically(const crucible__scene *scene,
                                 const crucible__market_point *open,
                                 const crucible_bar *bar) {
  int32_t path = CRUCIBLE_PATH_OLHC;
  if (try_path(scene, open, bar, CRUCIBLE_PATH_OHLC) <
      try_path(scene, open, bar, CRUCIBLE_PATH_OLHC))
    path = CRUCIBLE_PATH_OHLC;
  walk_path(scene, open, bar, path);
}

/* ---- how the rest of the bar may go ---- */

enum { PATH_IDLE, PATH_SAME, PATH_OPEN };

/* Whether an order could be met anywhere in the bar. */
static int is_in_reach(const crucible__order *order, const crucible_bar *bar,
                       double half) {
  int32_t side = order->side;
  if (order->state == CRUCIBLE__ORDER_RESTING)
    return side *
               crucible__quote(side > 0 ? bar->low : bar->high, half, -side) <=
           side * order->limit;
  if (order->state == CRUCIBLE__ORDER_WAITING)
    return order->trail > 0 ||
           side * crucible__quote(side > 0 ? bar->high : bar->low, half,
                                  -side) >=
               side * order->trigger;
  return 0;
}

/* Whether the guard could be reached, wherever the trailing stop may stand by
   then. */
static int is_guard_in_reach(const crucible__account *account,
                             const crucible_bar *bar, double half) {
  int32_t side = account->side;
  double worst = crucible__quote(side > 0 ? bar->low : bar->high, half, side);
  double guard = crucible__guard_of(account);
  if (account->trailing >= 0 && crucible__can_take(account)) {
    double best = side > 0 ? bar->high : bar->low;
    double level = best - side * (account->trailing * best);
    /* the level is rounded towards the entry by less than twice half a tick */
    level += side * 2 * half;
    if (side * level > side * guard)
      guard = level;
  }
  return side * worst <= side * guard;
}

/*
 * Idle: nothing is reached. Same: both paths end in the same bits, as one
 * price alone is reached, and that from the side it waits on. Open: it depends.
 */
static int path_matters(const crucible__scene *scene,
                        const crucible__market_point *open) {
  const crucible__account *account = scene->account;
  const crucible_bar *bar = scene->bar;
  double half = open->half;
  int32_t side = account->side;
  int is_met = 0, n_orders = 0;
  if (account->entry.state != CRUCIBLE__ORDER_NONE) {
    n_orders = 1;
    is_met = is_in_reach(&account->entry, bar, half);
  }
  if (scene->book != NULL)
    for (uint64_t i = 0; i < scene->book->n; ++i, ++n_orders)
      is_met |= is_in_reach(&scene->book->orders[i], bar, half);
  if (side == 0)
    return is_met ? PATH_OPEN : PATH_IDLE;
  double best = crucible__quote(side > 0 ? bar->high : bar->low, half, side);
  int is_guard_hit = is_guard_in_reach(account, bar, half);
  int is_target_hit = side * best >= side * account->target;
  if (!is_guard_hit && !is_target_hit && !is_met)
    return PATH_IDLE;
  if ((is_guard_hit && is_target_hit) || n_orders > 0 ||
      account->is_after_gap || account->trailing >= 0 ||
      account->room < fabs(account->position) || scene->terms->plan.n_rungs > 0)
    return PATH_OPEN;
  return PATH_SAME;
}

/* ---- finer bars inside ---- */

/* First fine bar that opens at that time or later. */
static size_t find_fine(const crucible_bars *fine, int64_t open_ms) {
  size_t low = 0, high = fine->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (fine->open_time_ms[middle] < open_ms)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* What the bar's open has passed is met there; then each fine bar that traded
   begins with a jump to its open. Returns 0 if there is none. */
static int walk_fine(const crucible__scene *scene,
                     const crucible__market_point *open) {
  const crucible_bars *fine = scene->terms->fine;
  int64_t end_ms = open->open_ms + scene->terms->timeframe_ms;
  int n_walked = 0;
  if (fine == NULL)
    return 0;
  for (size_t i = find_fine(fine, open->open_ms);
       i < fine->n && fine->open_time_ms[i] < end_ms; ++i) {
    if (!(fine->volume[i] > 0))
      continue;
    const crucible_bar bar = {.open_time_ms = fine->open_time_ms[i],
                              .open = fine->open[i],
                              .high = fine->high[i],
                              .low = fine->low[i],
                              .close = fine->close[i]};
    crucible__market_point point = *open;
    if (n_walked == 0)
      (void)walk_leg(scene, &point, open->middle);
    point.middle = bar.open;
    (void)walk_leg(scene, &point, bar.open); /* what the jump passed */
    walk_pessimistically(scene, &point, &bar);
    scene->account->is_after_gap = 0;
    ++n_walked;
  }
  return n_walked > 0;
}

/* ---- the bar ---- */

static int32_t fixed_path(const crucible__scene *scene, int kind) {
  const crucible_bar *bar = scene->bar;
  int32_t path = scene->terms->options.path;
  if (path == CRUCIBLE_PATH_ADAPTIVE)
    return bar->high - bar->open < bar->open - bar->low ? CRUCIBLE_PATH_OHLC
                                                        : CRUCIBLE_PATH_OLHC;
  if (path == CRUCIBLE_PATH_PESSIMISTIC && kind == PATH_SAME &&
      !scene->terms->try_both)
    return CRUCIBLE_PATH_OLHC;
  return path;
}

void crucible__walk_bar(const crucible__scene *scene,
                        const crucible__market_point *open) {
  crucible__account *account = scene->account;
  const crucible_bar *bar = scene->bar;
  int kind = path_matters(scene, open);
  /* finer bars tell how far a trailing stop has followed */
  if (kind == PATH_IDLE && (account->trailing < 0 ||
                            scene->terms->options.path != CRUCIBLE_PATH_FINE)) {
    if (account->side == 0)
      return;
    crucible__account_see(
        account, crucible__quote(bar->low, open->half, account->side),
        crucible__quote(bar->high, open->half, account->side));
    if (account->trailing >= 0)
      crucible__ledger_trail(account, scene->terms,
                             account->side > 0 ? bar->high : bar->low);
    return;
  }
  int32_t path = fixed_path(scene, kind);
  if (path == CRUCIBLE_PATH_OHLC || path == CRUCIBLE_PATH_OLHC)
    walk_path(scene, open, bar, path);
  else if (path != CRUCIBLE_PATH_FINE || !walk_fine(scene, open))
    walk_pessimistically(scene, open, bar);
}
