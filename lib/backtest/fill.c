/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/fill.h"

#include <math.h>
#include <string.h>

#include "backtest/decide.h"
#include "backtest/execution.h"
#include "backtest/sizing.h"

#define NONE ((double)NAN)

/* Checkpoints and comparisons take it as bytes. */
_Static_assert(sizeof(crucible__account) ==
                   56 * sizeof(double) + 12 * sizeof(int32_t),
               "crucible__account has padding");

const crucible__outlook crucible__outlook_none = {NONE, NONE, NONE, NONE,
                                                  NONE, NONE, NONE, NONE};
const crucible__wish crucible__wish_none = {.score = NONE,
                                            .target = NONE,
                                            .size = NONE,
                                            .stop = NONE,
                                            .take = NONE,
                                            .trail = NONE,
                                            .limit = NONE,
                                            .trigger = NONE};

/* ---- leaving a position ---- */

static void leave_taker(crucible__account *account,
                        const crucible__terms *terms,
                        const crucible__market_point *point, double quote,
                        int32_t purpose, crucible__events *events) {
  crucible__deal deal = crucible__deal_taker(
      account, terms, -account->side, fabs(account->position), quote,
      point->middle, account->side * -(double)INFINITY);
  crucible__close_position(account, point, &deal, purpose, events);
}

static void leave_by_guard(crucible__account *account,
                           const crucible__terms *terms,
                           const crucible__market_point *point, double quote,
                           crucible__events *events) {
  int32_t side = account->side;
  int is_liquidation = side * account->liquidation > side * account->stop;
  leave_taker(account, terms, point, quote,
              is_liquidation ? CRUCIBLE_PURPOSE_LIQUIDATION
                             : CRUCIBLE_PURPOSE_STOP,
              events);
}

static void leave_by_target(crucible__account *account,
                            const crucible__market_point *point, double price,
                            crucible__events *events) {
  crucible__deal deal = crucible__deal_maker(
      account, -account->side, fabs(account->position), price, point->middle);
  crucible__close_position(account, point, &deal, CRUCIBLE_PURPOSE_TARGET,
                           events);
}

/* An order to leave that was sent at the close. Without a forecast it has no
   price: an exit that the plan decides anew at each close is rejected, one by
   signal, which comes once, waits, as one that was forced does. */
static void execute_exit(crucible__account *account,
                         const crucible__terms *terms,
                         const crucible__market_point *open, double middle,
                         crucible__events *events) {
  int32_t purpose = account->exit_purpose;
  if (crucible__can_take(account)) {
    crucible__market_point point = *open;
    point.middle = middle;
    double quote = crucible__quote(middle, open->half, account->side);
    leave_taker(account, terms, &point, quote, purpose, events);
  } else if (purpose == CRUCIBLE_PURPOSE_EXIT_SCORE ||
             purpose == CRUCIBLE_PURPOSE_EXIT_TIME) {
    crucible__reject_exit(account, open->open_ms, purpose, events);
    account->exit_purpose = 0;
    account->exit_placed_ms = 0;
  }
}

/* Whether the order that waits takes the whole position when it arrives. */
static int is_reversing(const crucible__account *account) {
  return account->order_state == CRUCIBLE__ENTRY_SENT &&
         account->order_purpose == CRUCIBLE_PURPOSE_REVERSE &&
         crucible__can_take(account);
}

/* The open is a jump: what it passed fills at its quote, a stop so much the
   worse, a target so much the better; but not the target after a gap. */
static void leave_at_open(crucible__account *account,
                          const crucible__terms *terms,
                          const crucible__market_point *open, double middle,
                          crucible__events *events) {
  if (account->exit_purpose != 0)
    execute_exit(account, terms, open, middle, events);
  int32_t side = account->side;
  if (side == 0 || is_reversing(account))
    return;
  double quote = crucible__quote(open->middle, open->half, side);
  if (side * quote <= side * crucible__guard_of(account)) {
    leave_by_guard(account, terms, open, quote, events);
  } else if (side * quote >= side * account->target && !account->is_after_gap) {
    double price = crucible__step_round(&terms->tick, quote, -side);
    leave_by_target(account, open, price, events);
  }
}

/* ---- entering ---- */

/* Lots that so much cash can bind at a price and a fee. */
static double payable(double cash, const crucible__terms *terms, double price,
                      double fee_rate) {
  double per_unit = price * (terms->margin + fee_rate);
  if (!(cash > 0))
    return 0;
  double lots =
      crucible__step_round(&terms->lot, cash / per_unit, CRUCIBLE__ROUND_DOWN);
  /* the rounding forgives 1e-9 of a lot, the cash does not */
  if (lots * per_unit > cash)
    lots = crucible__step_round(&terms->lot, lots - terms->lot.value,
                                CRUCIBLE__ROUND_NEAREST);
  return lots;
}

/* The same for what a flat account has. */
static double affordable(const crucible__account *account,
                         const crucible__terms *terms, double price,
                         double fee_rate) {
  return payable(account->cash + account->others_free, terms, price, fee_rate);
}

/* Why an order of that quantity cannot be, or REASON_NONE. */
static int32_t find_fault(const crucible__account *account,
                          const crucible__terms *terms, double quantity,
                          double price, double fee_rate) {
  const crucible_instrument *instrument = &terms->instrument;
  if (quantity < terms->lot.value)
    return CRUCIBLE_REASON_NO_CASH;
  if (quantity < instrument->min_quantity)
    return CRUCIBLE_REASON_MIN_QUANTITY;
  if (quantity * price < instrument->min_notional)
    return CRUCIBLE_REASON_MIN_NOTIONAL;
  if (terms->is_fee_in_base) {
    double held = quantity - quantity * fee_rate + account->dust;
    if (crucible__sellable(terms, held) < terms->lot.value)
      return CRUCIBLE_REASON_BELOW_LOT;
  }
  return CRUCIBLE_REASON_NONE;
}

int crucible__account_can_enter(const crucible__account *account,
                                const crucible__terms *terms, double price) {
  double rate = terms->plan.entry == CRUCIBLE_ENTRY_POST_ONLY
                    ? account->maker_fee
                    : account->taker_fee;
  double rate_in_cash = terms->is_fee_in_base || rate < 0 ? 0 : rate;
  double paid = account->cash / (price * (terms->margin + rate_in_cash));
  double most = crucible__largest_entry(account, terms, price);
  return find_fault(account, terms, most < paid ? most : paid, price, rate) ==
         CRUCIBLE_REASON_NONE;
}

/* A market order, or a limit that crosses on arrival. What cash cannot pay is
   left out: first at the quote, then at the price it would really fill at. */
static void enter_taker(crucible__account *account,
                        const crucible__terms *terms,
                        const crucible__market_point *open, double quote,
                        crucible__events *events) {
  int32_t side = account->order_side;
  double rate = account->taker_fee;
  double rate_in_cash = terms->is_fee_in_base ? 0 : rate;
  double quantity = affordable(account, terms, quote, rate_in_cash);
  if (account->order_quantity < quantity)
    quantity = account->order_quantity;
  crucible__deal deal =
      crucible__deal_taker(account, terms, side, quantity, quote, open->middle,
                           account->order_limit);
  double most = affordable(account, terms, deal.price, rate_in_cash);
  if (side > 0 && most < quantity) {
    quantity = most;
    deal = crucible__deal_taker(account, terms, side, quantity, quote,
                                open->middle, account->order_limit);
  }
  int32_t fault = find_fault(account, terms, quantity, deal.price, rate);
  if (fault != CRUCIBLE_REASON_NONE)
    crucible__end_entry(account, open->open_ms, CRUCIBLE_ORDER_REJECTED, fault,
                        events);
  else
    crucible__open_position(account, terms, open, &deal, events);
}

/* What could be spent once the position is closed at a price. */
static double cash_after(const crucible__account *account, double price) {
  double value = account->position * price;
  return account->cash + value - fabs(value) * account->taker_fee +
         account->others_free;
}

/* One market order closes the position and opens the other side. What cannot be
   paid of the opening part, or may not be, is left out; the rest closes. */
static void reverse(crucible__account *account, const crucible__terms *terms,
                    const crucible__market_point *open, double quote,
                    crucible__events *events) {
  int32_t side = account->order_side;
  double held = fabs(account->position), bound = account->order_limit;
  double rate = account->taker_fee;
  double rate_in_cash = terms->is_fee_in_base ? 0 : rate;
  double opens =
      payable(cash_after(account, quote), terms, quote, rate_in_cash);
  if (account->order_opens < opens)
    opens = account->order_opens;
  crucible__deal deal = crucible__deal_taker(account, terms, side, held + opens,
                                             quote, open->middle, bound);
  double most =
      payable(cash_after(account, deal.price), terms, deal.price, rate_in_cash);
  if (most < opens) {
    opens = most;
    deal = crucible__deal_taker(account, terms, side, held + opens, quote,
                                open->middle, bound);
  }
  if (opens > 0 && find_fault(account, terms, opens, deal.price, rate) !=
                       CRUCIBLE_REASON_NONE)
    deal = crucible__deal_taker(account, terms, side, held, quote, open->middle,
                                bound);
  crucible__reverse_position(account, terms, open, &deal, events);
}

static void rest(crucible__account *account, const crucible__terms *terms,
                 int64_t open_ms, crucible__events *events) {
  /* it may yet be filled at its limit: that has to be paid */
  double rate = account->maker_fee;
  double rate_in_cash = terms->is_fee_in_base || rate < 0 ? 0 : rate;
  double most = affordable(account, terms, account->order_limit, rate_in_cash);
  double quantity =
      most < account->order_quantity ? most : account->order_quantity;
  int32_t fault =
      find_fault(account, terms, quantity, account->order_limit, rate);
  if (fault != CRUCIBLE_REASON_NONE) {
    crucible__end_entry(account, open_ms, CRUCIBLE_ORDER_REJECTED, fault,
                        events);
    return;
  }
  account->order_affordable = quantity;
  account->order_state = CRUCIBLE__ENTRY_RESTING;
}

/* The order that was sent at the close reaches the market; middle is where
   market orders find the price. */
static void arrive(crucible__account *account, const crucible__terms *terms,
                   const crucible__market_point *open, double middle,
                   crucible__events *events) {
  int32_t side = account->order_side, reason = account->order_reason;
  int is_limit = account->order_kind != CRUCIBLE_ENTRY_MARKET;
  crucible__market_point point = *open;
  if (!is_limit)
    point.middle = middle;
  if (!crucible__can_take(account) &&
      (reason == CRUCIBLE_REASON_NONE || account->sigma < 0))
    reason = crucible__no_price_reason(account);
  double quote = crucible__quote(point.middle, point.half, -side);
  int crosses = side * quote <= side * account->order_limit;
  if (reason == CRUCIBLE_REASON_NONE && crosses &&
      account->order_kind == CRUCIBLE_ENTRY_POST_ONLY)
    reason = CRUCIBLE_REASON_WOULD_CROSS;
  if (reason != CRUCIBLE_REASON_NONE)
    crucible__end_entry(account, open->open_ms, CRUCIBLE_ORDER_REJECTED, reason,
                        events);
  else if (is_limit && !crosses)
    rest(account, terms, open->open_ms, events);
  else if (account->side != 0)
    reverse(account, terms, &point, quote, events);
  else
    enter_taker(account, terms, &point, quote, events);
}

static void enter_maker(crucible__account *account,
                        const crucible__terms *terms,
                        const crucible__market_point *point, double price,
                        crucible__events *events) {
  crucible__deal deal =
      crucible__deal_maker(account, account->order_side,
                           account->order_affordable, price, point->middle);
  crucible__open_position(account, terms, point, &deal, events);
}

/* The open passes the limit of an order that rests. */
static void fill_at_open(crucible__account *account,
                         const crucible__terms *terms,
                         const crucible__market_point *open,
                         crucible__events *events) {
  int32_t side = account->order_side;
  double quote = crucible__quote(open->middle, open->half, -side);
  if (side * quote <= side * account->order_limit) {
    double price = crucible__step_round(&terms->tick, quote, side);
    enter_maker(account, terms, open, price, events);
  }
}

/* ---- along the path ---- */

/* One monotone leg of the path. */
static void walk_leg(crucible__account *account, const crucible__terms *terms,
                     const crucible__market_point *from, double to,
                     crucible__events *events) {
  crucible__market_point point = *from;
  double half = point.half;
  if (account->order_state == CRUCIBLE__ENTRY_RESTING) {
    int32_t order_side = account->order_side;
    double limit = account->order_limit;
    if (order_side * crucible__quote(to, half, -order_side) >
        order_side * limit)
      return;
    point.middle = limit - order_side * half;
    enter_maker(account, terms, &point, limit, events);
  }
  int32_t side = account->side;
  if (side == 0)
    return;
  double guard = crucible__guard_of(account), target = account->target;
  double start = crucible__quote(point.middle, half, side);
  double end = crucible__quote(to, half, side);
  crucible__account_see(account, start, start);
  if (side * start <= side * guard) { /* the entry was beyond its stop */
    leave_by_guard(account, terms, &point, start, events);
  } else if (side * end <= side * guard) {
    point.middle = guard + side * half;
    leave_by_guard(account, terms, &point, guard, events);
  } else if (side * start < side * target && side * end >= side * target) {
    point.middle = target + side * half;
    leave_by_target(account, &point, target, events);
  } else {
    crucible__account_see(account, end, end);
  }
}

static void walk_path(crucible__account *account, const crucible__terms *terms,
                      const crucible__market_point *open,
                      const crucible_bar *bar, int32_t path,
                      crucible__events *events) {
  int is_high_first = path == CRUCIBLE_PATH_OHLC;
  const double stations[] = {is_high_first ? bar->high : bar->low,
                             is_high_first ? bar->low : bar->high, bar->close};
  crucible__market_point point = *open;
  for (int i = 0; i < 3; ++i) {
    if (account->side == 0 && account->order_state == CRUCIBLE__ENTRY_NONE)
      return;
    walk_leg(account, terms, &point, stations[i], events);
    point.middle = stations[i];
  }
}

/* How the rest of the bar may go after its open. */
enum { PATH_IDLE, PATH_SAME, PATH_OPEN };

/*
 * Idle: nothing is reached. Same: both paths end in the same bits, as one
 * price alone is reached, and that from the side it waits on. Open: it depends.
 */
static int path_matters(const crucible__account *account,
                        const crucible__market_point *open,
                        const crucible_bar *bar) {
  double half = open->half;
  if (account->order_state == CRUCIBLE__ENTRY_RESTING) {
    int32_t side = account->order_side;
    double best = crucible__quote(side > 0 ? bar->low : bar->high, half, -side);
    return side * best <= side * account->order_limit ? PATH_OPEN : PATH_IDLE;
  }
  int32_t side = account->side;
  if (side == 0)
    return PATH_IDLE;
  double worst = crucible__quote(side > 0 ? bar->low : bar->high, half, side);
  double best = crucible__quote(side > 0 ? bar->high : bar->low, half, side);
  int is_guard_hit = side * worst <= side * crucible__guard_of(account);
  int is_target_hit = side * best >= side * account->target;
  if (!is_guard_hit && !is_target_hit)
    return PATH_IDLE;
  if (is_guard_hit && is_target_hit)
    return PATH_OPEN;
  return account->is_after_gap ? PATH_OPEN : PATH_SAME;
}

/* Equity at the close if the bar goes that way. */
static double try_path(const crucible__account *account,
                       const crucible__terms *terms,
                       const crucible__market_point *open,
                       const crucible_bar *bar, int32_t path) {
  crucible__account trial = *account;
  walk_path(&trial, terms, open, bar, path, NULL);
  crucible__mark(&trial, bar->close, open->half);
  return trial.equity;
}

/* What waits meets the rest of the bar. */
static void walk_bar(crucible__account *account, const crucible__terms *terms,
                     const crucible_bar *bar,
                     const crucible__market_point *open,
                     crucible__events *events) {
  int kind = path_matters(account, open, bar);
  int32_t path = terms->options.path;
  if (kind == PATH_IDLE) {
    if (account->side != 0)
      crucible__account_see(
          account, crucible__quote(bar->low, open->half, account->side),
          crucible__quote(bar->high, open->half, account->side));
    return;
  }
  if (path == CRUCIBLE_PATH_PESSIMISTIC) {
    path = CRUCIBLE_PATH_OLHC;
    if ((kind == PATH_OPEN || terms->try_both) &&
        try_path(account, terms, open, bar, CRUCIBLE_PATH_OHLC) <
            try_path(account, terms, open, bar, CRUCIBLE_PATH_OLHC))
      path = CRUCIBLE_PATH_OHLC;
  }
  walk_path(account, terms, open, bar, path, events);
}

/* ---- the step ---- */

/* Entries that cannot go on, whether the bar trades or not; after a gap a
   reversal still closes. */
static void drop_entry(crucible__account *account, int64_t open_ms,
                       crucible__events *events) {
  if (account->is_stopped)
    crucible__end_entry(account, open_ms, CRUCIBLE_ORDER_CANCELLED,
                        CRUCIBLE_REASON_STOPPED, events);
  else if (account->is_after_gap && account->side != 0)
    account->order_opens = 0;
  else if (account->is_after_gap)
    crucible__end_entry(account, open_ms, CRUCIBLE_ORDER_CANCELLED,
                        CRUCIBLE_REASON_GAP, events);
}

static void age_entry(crucible__account *account, int64_t open_ms,
                      crucible__events *events) {
  if (account->order_kind != CRUCIBLE_ENTRY_MARKET &&
      --account->order_bars_left == 0)
    crucible__end_entry(account, open_ms, CRUCIBLE_ORDER_EXPIRED,
                        CRUCIBLE_REASON_TIME_TO_LIVE, events);
}

static crucible__market_point open_of(const crucible__account *account,
                                      const crucible__terms *terms,
                                      const crucible_bar *bar) {
  return (crucible__market_point){
      bar->open_time_ms, bar->open,
      crucible__half_spread(account, terms, bar->open)};
}

void crucible__account_open(crucible__account *account, crucible__book *book,
                            const crucible__terms *terms,
                            const crucible_bar *bar, crucible__events *events) {
  (void)book;
  int64_t open_ms = bar->open_time_ms;
  if (account->n_bars > 0 && open_ms > account->last_close_ms)
    account->is_after_gap = 1;
  account->last_close_ms = open_ms + terms->timeframe_ms;
  ++account->n_bars;
  if (account->order_state != CRUCIBLE__ENTRY_NONE)
    drop_entry(account, open_ms, events);
  if (!(bar->volume > 0)) /* without a trade nothing fills */
    return;
  const crucible__market_point open = open_of(account, terms, bar);
  int32_t side = account->side;
  if (side != 0) {
    double half = open.half;
    double worst = crucible__quote(side > 0 ? bar->low : bar->high, half, side);
    if (!crucible__can_take(account) && side * worst <= side * account->stop)
      crucible__reject_exit(account, open_ms, CRUCIBLE_PURPOSE_STOP, events);
    leave_at_open(account, terms, &open, crucible__market_middle(account, bar),
                  events);
  } else if (account->order_state == CRUCIBLE__ENTRY_RESTING) {
    fill_at_open(account, terms, &open, events);
  }
}

void crucible__account_arrive(crucible__account *account, crucible__book *book,
                              const crucible__terms *terms,
                              const crucible_bar *bar, int32_t which,
                              crucible__events *events) {
  (void)book;
  if (account->order_state != CRUCIBLE__ENTRY_SENT || !(bar->volume > 0) ||
      (which & CRUCIBLE__ARRIVE_OTHERS) == 0)
    return;
  const crucible__market_point open = open_of(account, terms, bar);
  arrive(account, terms, &open, crucible__market_middle(account, bar), events);
}

void crucible__account_walk(crucible__account *account, crucible__book *book,
                            const crucible__terms *terms,
                            const crucible_bar *bar, crucible__events *events) {
  (void)book;
  if (bar->volume > 0) {
    if (account->side != 0 || account->order_state == CRUCIBLE__ENTRY_RESTING) {
      const crucible__market_point open = open_of(account, terms, bar);
      walk_bar(account, terms, bar, &open, events);
    }
    account->is_after_gap = 0;
  }
  if (account->order_state != CRUCIBLE__ENTRY_NONE)
    age_entry(account, bar->open_time_ms, events);
}

void crucible__account_close_bar(crucible__account *account,
                                 const crucible__terms *terms,
                                 const crucible_bar *bar) {
  crucible__mark(account, bar->close,
                 crucible__half_spread(account, terms, bar->open));
  account->n_bars_in_position += account->side != 0;
}

void crucible__account_decide(crucible__account *account, crucible__book *book,
                              const crucible__terms *terms,
                              const crucible_bar *bar,
                              const crucible__outlook *outlook,
                              const crucible__wish *wish,
                              crucible__events *events) {
  (void)book;
  /* sizes reckon with the fees of the bar that closes: those of the next one
     may not be given before it is there */
  crucible__take_forecasts(account, terms, outlook);
  crucible__decide(account, terms, bar, wish, events);
  crucible__take_fill_terms(account, terms, outlook);
}

void crucible__account_step(crucible__account *account, crucible__book *book,
                            const crucible__terms *terms,
                            const crucible_bar *bar,
                            const crucible__outlook *outlook,
                            const crucible__wish *wish,
                            crucible__events *events) {
  events->n_orders = events->n_trades = 0;
  crucible__account_open(account, book, terms, bar, events);
  crucible__account_arrive(account, book, terms, bar, CRUCIBLE__ARRIVE_ALL,
                           events);
  crucible__account_walk(account, book, terms, bar, events);
  crucible__account_close_bar(account, terms, bar);
  crucible__account_decide(account, book, terms, bar, outlook, wish, events);
}

/* ---- the rest of the contract ---- */

void crucible__account_init(crucible__account *account,
                            const crucible__terms *terms) {
  memset(account, 0, sizeof *account);
  account->cash = account->equity = terms->options.initial_cash;
  crucible__take_outlook(account, terms, &crucible__outlook_none);
}

double crucible__account_free(const crucible__account *account,
                              const crucible__terms *terms, double quote) {
  if (account->side == 0 || (account->side > 0 && terms->margin >= 1))
    return account->cash;
  double value = account->position * quote, notional = fabs(value);
  return account->cash + value - notional * account->taker_fee -
         terms->margin * notional;
}

double crucible__account_equity_at(const crucible__account *account,
                                   const crucible__terms *terms,
                                   const crucible_bar *bar) {
  crucible__account marked = *account;
  crucible__mark(&marked, bar->close,
                 crucible__half_spread(account, terms, bar->open));
  return marked.equity;
}

void crucible__account_close(crucible__account *account, int32_t purpose) {
  account->is_stopped = 1;
  if (account->side == 0)
    return;
  if (account->exit_purpose == 0) /* else it is under way already */
    account->exit_placed_ms = account->last_close_ms;
  account->exit_purpose = purpose;
}

int crucible__account_is_sound(const crucible__account *account) {
  return account->side >= -1 && account->side <= 1 &&
         account->order_state >= CRUCIBLE__ENTRY_NONE &&
         account->order_state <= CRUCIBLE__ENTRY_RESTING &&
         account->order_side >= -1 && account->order_side <= 1 &&
         isfinite(account->cash) && isfinite(account->equity) &&
         isfinite(account->position) &&
         (account->side == 0) == (account->position == 0);
}

void crucible__account_ledger(const crucible__account *account,
                              const crucible__terms *terms,
                              crucible_ledger *ledger) {
  int is_flat = account->side == 0;
  const double none = (double)NAN;
  *ledger = (crucible_ledger){
      .struct_size = sizeof *ledger,
      .initial_cash = terms->options.initial_cash,
      .cash = account->cash,
      .position = account->position,
      .dust = account->dust,
      .entry_price = is_flat ? none : account->entry_price,
      .mark_price = is_flat ? none : account->mark_price,
      .exit_fee = account->exit_fee,
      .reserved_margin =
          fabs(account->position * account->mark_price) * terms->margin,
      .equity = account->equity,
      .trade_results = account->trade_results,
      .open_result = account->equity - terms->options.initial_cash -
                     account->trade_results,
      .costs = account->costs,
      .n_bars = account->n_bars,
      .n_bars_in_position = account->n_bars_in_position,
      .n_orders = account->n_orders,
      .n_rejected = account->n_rejected,
      .n_trades = account->n_trades,
      .traded_notional = account->traded_notional,
      .is_stopped = account->is_stopped,
  };
}
