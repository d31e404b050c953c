/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/execution.h"

#include <assert.h>
#include <math.h>

#include "costs/cost_model.h"

/* ---- records ---- */

static const double NONE = (double)NAN;

/* Counts an order that ended, and records it unless the bar is only tried. */
static crucible__order_event *record_order(crucible__account *account,
                                           const crucible__order_event *order,
                                           crucible__events *events) {
  ++account->n_orders;
  account->n_rejected += order->status == CRUCIBLE_ORDER_REJECTED;
  if (events == NULL)
    return NULL;
  assert(events->n_orders < CRUCIBLE__EVENTS_MAX);
  crucible__order_event *slot = &events->orders[events->n_orders++];
  *slot = *order;
  return slot;
}

static void fill_in(crucible__order_event *order, const crucible__deal *deal) {
  double fee = deal->quantity * deal->price * deal->fee_rate;
  order->status = CRUCIBLE_ORDER_FILLED;
  order->liquidity = deal->liquidity;
  order->filled = deal->quantity;
  order->fill_price = deal->price;
  order->fee = fee;
  order->spread = deal->quantity * deal->spread;
  order->slippage = deal->quantity * deal->slippage;
  order->impact = deal->quantity * deal->impact;
}

static crucible__order_event entry_order(const crucible__account *account,
                                         int64_t ended_ms) {
  return (crucible__order_event){
      .placed_ms = account->order_placed_ms,
      .ended_ms = ended_ms,
      .quantity = account->order_quantity,
      .limit_price =
          isfinite(account->order_limit) ? account->order_limit : NONE,
      .fill_price = NONE,
      .side = account->order_side,
      .purpose = account->order_purpose,
      .entry = account->order_kind,
  };
}

/* The order of the open position that has a purpose. */
static crucible__order_event exit_order(const crucible__account *account,
                                        int32_t purpose, int64_t ended_ms) {
  crucible__order_event order = {
      .placed_ms = account->bracket_placed_ms,
      .ended_ms = ended_ms,
      .quantity = fabs(account->position),
      .limit_price = NONE,
      .fill_price = NONE,
      .side = -account->side,
      .purpose = purpose,
      .entry = CRUCIBLE_ENTRY_MARKET,
  };
  if (purpose == account->exit_purpose) {
    order.placed_ms = account->exit_placed_ms;
  } else if (purpose == CRUCIBLE_PURPOSE_STOP) {
    order.limit_price = account->stop;
  } else if (purpose == CRUCIBLE_PURPOSE_LIQUIDATION) {
    order.limit_price = account->liquidation;
  } else if (purpose == CRUCIBLE_PURPOSE_TARGET) {
    order.limit_price = account->target;
    order.entry = CRUCIBLE_ENTRY_LIMIT;
  }
  return order;
}

static void cancel_exit(crucible__account *account, int32_t purpose,
                        int64_t ended_ms, crucible__events *events) {
  crucible__order_event order = exit_order(account, purpose, ended_ms);
  order.status = CRUCIBLE_ORDER_CANCELLED;
  order.reason = CRUCIBLE_REASON_CLOSED;
  record_order(account, &order, events);
}

void crucible__end_entry(crucible__account *account, int64_t open_ms,
                         int32_t status, int32_t reason,
                         crucible__events *events) {
  crucible__order_event order = entry_order(account, open_ms);
  order.status = status;
  order.reason = reason;
  record_order(account, &order, events);
  account->order_state = CRUCIBLE__ENTRY_NONE;
}

void crucible__reject_exit(crucible__account *account, int64_t open_ms,
                           int32_t purpose, crucible__events *events) {
  crucible__order_event order = exit_order(account, purpose, open_ms);
  order.status = CRUCIBLE_ORDER_REJECTED;
  order.reason = crucible__no_price_reason(account);
  record_order(account, &order, events);
}

/* ---- prices ---- */

crucible__deal crucible__deal_taker(const crucible__account *account,
                                    const crucible__terms *terms, int32_t side,
                                    double quantity, double quote,
                                    double middle, double bound) {
  double tick = terms->tick.value;
  crucible__move move =
      crucible__moved(account, terms, account->sigma, quantity);
  double price = quote + side * (quote * (move.slippage + move.impact));
  if (side > 0)
    price = price < bound ? price : bound;
  else
    price = price > bound ? price : bound;
  /* a sale far beyond all sense still brings the smallest price there is */
  if (side < 0 && price < tick)
    price = tick;
  double distance = side * (price - quote);
  if (distance < 0)
    distance = 0;
  double impact = crucible__impact_part(move, distance);
  price = crucible__step_round(&terms->tick, price, side);
  return (crucible__deal){
      .quantity = quantity,
      .price = price,
      .fee_rate = account->taker_fee,
      .spread = side * (price - middle) - distance,
      .slippage = distance - impact,
      .impact = impact,
      .side = side,
      .liquidity = CRUCIBLE_LIQUIDITY_TAKER,
  };
}

crucible__deal crucible__deal_maker(const crucible__account *account,
                                    int32_t side, double quantity, double price,
                                    double middle) {
  return (crucible__deal){
      .quantity = quantity,
      .price = price,
      .fee_rate = account->maker_fee,
      .spread = side * (price - middle),
      .side = side,
      .liquidity = CRUCIBLE_LIQUIDITY_MAKER,
  };
}

/* ---- ledger ---- */

double crucible__sellable(const crucible__terms *terms, double held) {
  return crucible__step_round(&terms->lot, held, CRUCIBLE__ROUND_DOWN);
}

static void add_costs(crucible_costs *sum, const crucible_costs *costs) {
  sum->fee += costs->fee;
  sum->spread += costs->spread;
  sum->slippage += costs->slippage;
  sum->impact += costs->impact;
  sum->funding += costs->funding;
  sum->dust += costs->dust;
}

static double total(const crucible_costs *costs) {
  return costs->fee + costs->spread + costs->slippage + costs->impact +
         costs->funding + costs->dust;
}

static crucible_costs costs_of(const crucible__deal *deal) {
  return (crucible_costs){
      .fee = deal->quantity * deal->price * deal->fee_rate,
      .spread = deal->quantity * deal->spread,
      .slippage = deal->quantity * deal->slippage,
      .impact = deal->quantity * deal->impact,
  };
}

/* Moves cash, position and dust of an entry and returns what it cost. */
static crucible_costs book_entry(crucible__account *account,
                                 const crucible__terms *terms,
                                 const crucible__deal *deal) {
  crucible_costs costs = costs_of(deal);
  double notional = deal->quantity * deal->price;
  account->entry_cash = account->cash;
  account->traded_notional += notional;
  if (deal->side > 0 && terms->is_fee_in_base) {
    double received = deal->quantity - deal->quantity * deal->fee_rate;
    double held = received + account->dust;
    double before = account->dust;
    account->cash -= notional;
    account->position = crucible__sellable(terms, held);
    account->dust = held - account->position;
    if (account->dust < 0)
      account->dust = 0;
    costs.dust = (account->dust - before) * deal->price;
  } else {
    account->cash -= deal->side * notional + costs.fee;
    account->position = deal->side * deal->quantity;
  }
  return costs;
}

/* The price at which what is left equals the maintenance margin. A group has
   none: it is judged at closes. */
static double liquidation_price(const crucible__account *account,
                                const crucible__terms *terms) {
  double rate = account->taker_fee + terms->instrument.maintenance_margin;
  if (account->in_group)
    return -account->side * (double)INFINITY;
  if (account->side > 0)
    return account->cash < 0 ? -account->cash / (account->position * (1 - rate))
                             : -(double)INFINITY;
  return account->cash / (-account->position * (1 + rate));
}

/* Stop and target from the entry, rounded to the tick: a stop towards the
   entry, a target away from it. */
static void set_bracket(crucible__account *account,
                        const crucible__terms *terms) {
  int32_t side = account->side;
  double entry = account->entry_price;
  account->stop = -side * (double)INFINITY;
  account->target = side * (double)INFINITY;
  if (account->order_stop >= 0) {
    double stop = entry - side * (account->order_stop * entry);
    stop = crucible__step_round(&terms->tick, stop, side);
    if (stop > 0)
      account->stop = stop;
  }
  if (account->order_target >= 0) {
    double target = entry + side * (account->order_target * entry);
    target = crucible__step_round(&terms->tick, target, side);
    if (target > 0)
      account->target = target;
  }
}

/* The ledger's side of an entry. */
static void enter_ledger(crucible__account *account,
                         const crucible__terms *terms,
                         const crucible__market_point *point,
                         const crucible__deal *deal) {
  double quote = crucible__quote(point->middle, point->half, deal->side);
  account->side = deal->side;
  account->entry_price = deal->price;
  account->entry_quantity = deal->quantity;
  account->entry_ms = point->open_ms;
  account->entry_bar = account->n_bars;
  account->bracket_placed_ms = account->order_placed_ms;
  account->highest = account->lowest = quote;
  account->entry_costs = book_entry(account, terms, deal);
  add_costs(&account->costs, &account->entry_costs);
  set_bracket(account, terms);
  account->liquidation = liquidation_price(account, terms);
}

void crucible__open_position(crucible__account *account,
                             const crucible__terms *terms,
                             const crucible__market_point *point,
                             const crucible__deal *deal,
                             crucible__events *events) {
  crucible__order_event order = entry_order(account, point->open_ms);
  fill_in(&order, deal);
  record_order(account, &order, events);
  account->order_state = CRUCIBLE__ENTRY_NONE;
  enter_ledger(account, terms, point, deal);
}

/* How far a quote was from the entry, as a fraction of it, on one side. */
static double excursion(double distance, double entry) {
  return distance > 0 ? distance / entry : 0;
}

static void record_trade(crucible__account *account,
                         const crucible__market_point *point,
                         const crucible__deal *deal, int32_t purpose,
                         const crucible_costs *exit_costs,
                         crucible__events *events) {
  double result = account->cash - account->entry_cash;
  double entry = account->entry_price;
  double quote = crucible__quote(point->middle, point->half, account->side);
  int32_t side = account->side;
  crucible__account_see(account, quote, quote);
  ++account->n_trades;
  account->trade_results += result;
  if (events == NULL)
    return;
  assert(events->n_trades < CRUCIBLE__EVENTS_MAX);
  crucible_costs costs = account->entry_costs;
  add_costs(&costs, exit_costs);
  events->trades[events->n_trades++] = (crucible__trade_event){
      .entry_ms = account->entry_ms,
      .exit_ms = point->open_ms,
      .quantity = account->entry_quantity,
      .entry_price = account->entry_price,
      .exit_price = deal->price,
      .result = result,
      .gross = result + total(&costs),
      .most = account->entry_quantity,
      .mae = excursion(
          side > 0 ? entry - account->lowest : account->highest - entry, entry),
      .mfe = excursion(
          side > 0 ? account->highest - entry : entry - account->lowest, entry),
      .costs = costs,
      .side = account->side,
      .exit = purpose,
      .is_last = 1,
      .bars = (uint32_t)(account->n_bars - account->entry_bar),
      .entry_bar = (uint32_t)(account->entry_bar - 1),
      .exit_bar = (uint32_t)(account->n_bars - 1),
  };
}

/* Forgets the position, so that equal states are equal bytes. */
static void forget_position(crucible__account *account) {
  account->position = 0;
  account->side = 0;
  account->entry_price = account->entry_quantity = account->entry_cash = 0;
  account->stop = account->target = account->liquidation = 0;
  account->entry_costs = (crucible_costs){0};
  account->entry_ms = account->bracket_placed_ms = 0;
  account->entry_bar = 0;
  account->exit_purpose = 0;
  account->exit_placed_ms = 0;
}

/* The ledger's side of an exit, and the orders that end with the position. */
static void leave_ledger(crucible__account *account,
                         const crucible__market_point *point,
                         const crucible__deal *deal, int32_t purpose,
                         crucible__events *events) {
  if (account->exit_purpose != 0 && account->exit_purpose != purpose)
    cancel_exit(account, account->exit_purpose, point->open_ms, events);
  if (purpose != CRUCIBLE_PURPOSE_STOP && isfinite(account->stop))
    cancel_exit(account, CRUCIBLE_PURPOSE_STOP, point->open_ms, events);
  if (purpose != CRUCIBLE_PURPOSE_TARGET && isfinite(account->target))
    cancel_exit(account, CRUCIBLE_PURPOSE_TARGET, point->open_ms, events);
  crucible_costs costs = costs_of(deal);
  double notional = deal->quantity * deal->price;
  account->cash -= deal->side * notional + costs.fee;
  account->traded_notional += notional;
  add_costs(&account->costs, &costs);
  record_trade(account, point, deal, purpose, &costs, events);
  if (purpose == CRUCIBLE_PURPOSE_LIQUIDATION)
    account->is_stopped = 1;
  forget_position(account);
}

void crucible__close_position(crucible__account *account,
                              const crucible__market_point *point,
                              const crucible__deal *deal, int32_t purpose,
                              crucible__events *events) {
  crucible__order_event order = exit_order(account, purpose, point->open_ms);
  fill_in(&order, deal);
  record_order(account, &order, events);
  leave_ledger(account, point, deal, purpose, events);
}

void crucible__reverse_position(crucible__account *account,
                                const crucible__terms *terms,
                                const crucible__market_point *point,
                                const crucible__deal *deal,
                                crucible__events *events) {
  crucible__order_event order = entry_order(account, point->open_ms);
  fill_in(&order, deal);
  record_order(account, &order, events);
  account->order_state = CRUCIBLE__ENTRY_NONE;
  crucible__deal closing = *deal, opening = *deal;
  closing.quantity = fabs(account->position);
  opening.quantity = crucible__step_round(
      &terms->lot, deal->quantity - closing.quantity, CRUCIBLE__ROUND_NEAREST);
  leave_ledger(account, point, &closing, account->order_purpose, events);
  if (opening.quantity > 0)
    enter_ledger(account, terms, point, &opening);
}
