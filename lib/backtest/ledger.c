/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/ledger.h"

#include <assert.h>
#include <math.h>

#include "backtest/order_end.h"

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

/* A part of the costs goes with what leaves. */
static crucible_costs split_costs(crucible_costs *costs, double share) {
  crucible_costs part = {costs->fee * share,      costs->spread * share,
                         costs->slippage * share, costs->impact * share,
                         costs->funding * share,  costs->dust * share};
  costs->fee -= part.fee;
  costs->spread -= part.spread;
  costs->slippage -= part.slippage;
  costs->impact -= part.impact;
  costs->funding -= part.funding;
  costs->dust -= part.dust;
  return part;
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

/* ---- entering ---- */

/* The ladder from an entry price; is_new: none of it has ended. A rung that
   has begun to fill stays as it is. */
static void set_rungs(crucible__account *account, const crucible__terms *terms,
                      double fraction, int is_new) {
  double entry = account->entry_price;
  int32_t side = account->side;
  account->target = side * (double)INFINITY;
  for (uint32_t i = 0; i < terms->plan.n_rungs; ++i) {
    if (!is_new && account->rung_quantity[i] == 0)
      continue;
    if (!(account->rung_done[i].quantity > 0)) {
      double away = terms->plan.rung_at[i] * fraction * entry;
      double lots = crucible__sellable(terms, terms->plan.rung_share[i] *
                                                  fabs(account->position));
      account->rung_price[i] =
          crucible__step_rounded(&terms->tick, entry + side * away, side);
      account->rung_quantity[i] = account->rung_price[i] > 0 ? lots : 0;
    }
    double price = account->rung_price[i];
    if (account->rung_quantity[i] > 0 && side * price < side * account->target)
      account->target = price;
  }
}

/* Stop and target from the entry, rounded to the tick: a stop towards the
   entry, a target away from it. */
static void set_bracket(crucible__account *account,
                        const crucible__terms *terms,
                        const crucible__order *order, int is_new) {
  int32_t side = account->side;
  double entry = account->entry_price;
  if (order->stop >= 0) {
    double stop = entry - side * (order->stop * entry);
    stop = crucible__step_rounded(&terms->tick, stop, side);
    if (stop > 0)
      account->stop = stop;
  }
  if (order->target >= 0 && terms->plan.n_rungs > 0) {
    set_rungs(account, terms, order->target, is_new);
  } else if (order->target >= 0) {
    double target = entry + side * (order->target * entry);
    target = crucible__step_rounded(&terms->tick, target, side);
    if (target > 0)
      account->target = account->rung_price[0] = target;
  }
  if (order->trailing >= 0) /* from the same anchor; never further away */
    account->trailing = order->trailing;
}

/* The prices of a request's bracket; NaN leaves what there is. */
static void set_prices(crucible__account *account, const crucible__terms *terms,
                       const crucible__order *order) {
  int32_t side = account->side;
  if (!isnan(order->stop))
    account->stop = crucible__step_rounded(&terms->tick, order->stop, side);
  if (!isnan(order->target))
    account->target = account->rung_price[0] =
        crucible__step_rounded(&terms->tick, order->target, side);
}

static void attach(crucible__account *account, const crucible__terms *terms,
                   const crucible__order *order, double middle, int is_new) {
  if (is_new) {
    account->stop = account->trail = -order->side * (double)INFINITY;
    account->target = order->side * (double)INFINITY;
    account->trailing = -1;
    account->anchor = middle;
  }
  if (order->purpose == CRUCIBLE_PURPOSE_ORDER)
    set_prices(account, terms, order);
  else if (order->stop >= 0 || order->target >= 0 || order->trailing >= 0)
    set_bracket(account, terms, order, is_new);
  if (account->trailing >= 0)
    crucible__ledger_trail(account, terms, account->anchor);
  account->liquidation = liquidation_price(account, terms);
}

void crucible__ledger_trail(crucible__account *account,
                            const crucible__terms *terms, double middle) {
  int32_t side = account->side;
  if (side * middle > side * account->anchor)
    account->anchor = middle;
  double level = account->anchor - side * (account->trailing * account->anchor);
  level = crucible__step_rounded(&terms->tick, level, side);
  if (level > 0 && side * level > side * account->trail)
    account->trail = level;
}

/* Moves cash, position and dust of an entry and returns what it cost. */
static crucible_costs book_entry(crucible__account *account,
                                 const crucible__terms *terms,
                                 const crucible__deal *deal) {
  crucible_costs costs = crucible__costs_of(deal);
  double notional = deal->quantity * deal->price;
  account->traded_notional += notional;
  if (deal->side > 0 && terms->is_fee_in_base) {
    double received = deal->quantity - deal->quantity * deal->fee_rate;
    double before = account->dust;
    double held = received + before + account->position;
    account->cash -= notional;
    account->position = crucible__sellable(terms, held);
    account->dust = held - account->position;
    if (account->dust < 0)
      account->dust = 0;
    costs.dust = (account->dust - before) * deal->price;
  } else {
    account->cash -= deal->side * notional + costs.fee;
    account->position =
        account->position == 0
            ? deal->side * deal->quantity
            : crucible__lots(terms,
                             account->position + deal->side * deal->quantity);
  }
  return costs;
}

static __attribute__((noinline)) void
add_to_position(crucible__account *account, const crucible__terms *terms,
                const crucible__market_point *point, const crucible__deal *deal,
                const crucible__order *order) {
  double open =
      crucible__lots(terms, account->entry_quantity - account->closed_quantity);
  account->entry_price =
      (open * account->entry_price + deal->quantity * deal->price) /
      (open + deal->quantity);
  account->entry_quantity =
      crucible__lots(terms, account->entry_quantity + deal->quantity);
  double now = crucible__lots(terms, open + deal->quantity);
  if (now > account->most_quantity)
    account->most_quantity = now;
  crucible_costs costs = book_entry(account, terms, deal);
  add_costs(&account->entry_costs, &costs);
  add_costs(&account->costs, &costs);
  attach(account, terms, order, point->middle, 0);
}

void crucible__ledger_enter(crucible__account *account,
                            const crucible__terms *terms,
                            const crucible__market_point *point,
                            const crucible__deal *deal,
                            const crucible__order *order) {
  if (account->side != 0) {
    add_to_position(account, terms, point, deal, order);
    return;
  }
  double quote = crucible__quote(point->middle, point->half, deal->side);
  account->side = deal->side;
  account->entry_price = deal->price;
  account->entry_quantity = account->most_quantity = deal->quantity;
  account->entry_ms = point->open_ms;
  account->entry_bar = account->n_bars;
  account->entered_at_close = 0;
  account->bracket_placed_ms = order->placed_ms;
  account->highest = account->lowest = quote;
  account->entry_cash = account->cash;
  account->entry_costs = book_entry(account, terms, deal);
  add_costs(&account->costs, &account->entry_costs);
  attach(account, terms, order, point->middle, 1);
}

/* ---- leaving ---- */

void crucible__ledger_span(const crucible__account *account, int64_t open_ms,
                           double price, crucible__trade_event *trade) {
  double entry = account->entry_price;
  int32_t side = account->side;
  double above = crucible__excursion(account->highest - entry, entry);
  double below = crucible__excursion(entry - account->lowest, entry);
  trade->entry_ms = account->entry_ms;
  trade->exit_ms = open_ms;
  trade->entry_price = entry;
  trade->exit_price = price;
  trade->most = account->most_quantity;
  trade->mae = side > 0 ? below : above;
  trade->mfe = side > 0 ? above : below;
  trade->side = side;
  trade->bars = (uint32_t)(account->n_bars - account->entry_bar);
  trade->entry_bar = (uint32_t)(account->entry_bar - 1);
  trade->exit_bar = (uint32_t)(account->n_bars - 1);
}

static void write_trade(const crucible__account *account,
                        const crucible__market_point *point,
                        const crucible__deal *deal, int32_t purpose,
                        crucible__trade_event *trade) {
  crucible__ledger_span(account, point->open_ms, deal->price, trade);
  trade->exit = purpose;
}

static crucible__trade_event *next_trade(crucible__account *account,
                                         double result,
                                         crucible__events *events) {
  ++account->n_trades;
  account->trade_results += result;
  if (events == NULL)
    return NULL;
  assert(events->n_trades < CRUCIBLE__EVENTS_MAX);
  return &events->trades[events->n_trades++];
}

static void cancel(crucible__account *account, int32_t purpose, uint32_t rung,
                   int64_t open_ms, crucible__events *events) {
  crucible__end_exit(account, purpose, rung, NULL, open_ms,
                     CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_CLOSED, events);
}

/* Orders of a ladder that has been set up. */
static void cancel_rungs(crucible__account *account,
                         const crucible__terms *terms, int64_t open_ms,
                         crucible__events *events) {
  for (uint32_t i = 0; i < terms->plan.n_rungs; ++i) {
    if (account->rung_quantity[i] > 0)
      cancel(account, CRUCIBLE_PURPOSE_TARGET, i, open_ms, events);
    account->rung_quantity[i] = 0;
    account->rung_done[i] = (crucible__fills){0};
  }
}

/* The orders that belonged to the position, but the one that closed it. */
static void end_others(crucible__account *account, const crucible__terms *terms,
                       int32_t purpose, int64_t open_ms,
                       crucible__events *events) {
  if (account->exit_purpose != 0 && account->exit_purpose != purpose)
    cancel(account, account->exit_purpose, 0, open_ms, events);
  if (purpose != CRUCIBLE_PURPOSE_STOP && isfinite(account->stop))
    cancel(account, CRUCIBLE_PURPOSE_STOP, 0, open_ms, events);
  if (purpose != CRUCIBLE_PURPOSE_TRAIL && isfinite(account->trail))
    cancel(account, CRUCIBLE_PURPOSE_TRAIL, 0, open_ms, events);
  if (terms->plan.n_rungs > 0)
    cancel_rungs(account, terms, open_ms, events);
  else if (purpose != CRUCIBLE_PURPOSE_TARGET && isfinite(account->target))
    cancel(account, CRUCIBLE_PURPOSE_TARGET, 0, open_ms, events);
  if (account->rung_done[0].quantity > 0)
    account->rung_quantity[0] = 0;
  account->rung_done[0] = account->exit_done = (crucible__fills){0};
}

/* What was to be added to the position, or to turn it, has none any more: a
   stop leaves the account flat. The order that closed it has ended by itself. */
static void end_remainder(crucible__account *account, int32_t purpose,
                          int64_t open_ms, crucible__events *events) {
  if (account->entry.state != CRUCIBLE__ORDER_NONE &&
      purpose != account->entry.purpose)
    crucible__end_order(account, &account->entry, NULL, open_ms,
                        CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_CLOSED,
                        events);
}

static void forget_position(crucible__account *account) {
  account->side = 0;
  account->position = 0;
  account->entry_price = account->entry_quantity = account->entry_cash = 0;
  account->closed_quantity = account->closed_results = 0;
  account->most_quantity = 0;
  account->stop = account->target = account->liquidation = 0;
  account->trail = account->anchor = account->trailing = 0;
  account->entry_costs = (crucible_costs){0};
  account->entry_ms = account->bracket_placed_ms = 0;
  account->entry_bar = 0;
  account->exit_purpose = 0;
  account->exit_placed_ms = 0;
  account->exit_quantity = 0;
}

static crucible_costs book_exit(crucible__account *account,
                                const crucible__deal *deal) {
  crucible_costs costs = crucible__costs_of(deal);
  double notional = deal->quantity * deal->price;
  account->cash -= deal->side * notional + costs.fee;
  account->traded_notional += notional;
  add_costs(&account->costs, &costs);
  return costs;
}

/* A part leaves: it takes its share of what the position cost so far. */
static __attribute__((noinline)) void
reduce(crucible__account *account, const crucible__terms *terms,
       const crucible__market_point *point, const crucible__deal *deal,
       int32_t purpose, crucible__events *events) {
  double share = deal->quantity / fabs(account->position);
  double flow = account->cash - account->entry_cash - account->closed_results;
  double before = account->cash;
  crucible_costs costs = split_costs(&account->entry_costs, share);
  crucible_costs paid = book_exit(account, deal);
  double result = account->cash - before + flow * share;
  account->closed_results += result;
  account->closed_quantity =
      crucible__lots(terms, account->closed_quantity + deal->quantity);
  account->position =
      crucible__lots(terms, account->position + deal->side * deal->quantity);
  account->liquidation = liquidation_price(account, terms);
  crucible__trade_event *trade = next_trade(account, result, events);
  if (trade == NULL)
    return;
  add_costs(&costs, &paid);
  write_trade(account, point, deal, purpose, trade);
  trade->quantity = deal->quantity;
  trade->result = result;
  trade->gross = result + total(&costs);
  trade->costs = costs;
  trade->is_last = 0;
}

void crucible__ledger_leave(crucible__account *account,
                            const crucible__terms *terms,
                            const crucible__market_point *point,
                            const crucible__deal *deal, int32_t purpose,
                            crucible__events *events) {
  double quote = crucible__quote(point->middle, point->half, account->side);
  crucible__account_see(account, quote, quote);
  if (deal->quantity < fabs(account->position)) {
    reduce(account, terms, point, deal, purpose, events);
    return;
  }
  end_others(account, terms, purpose, point->open_ms, events);
  crucible_costs paid = book_exit(account, deal);
  double result = account->cash - account->entry_cash - account->closed_results;
  crucible__trade_event *trade = next_trade(account, result, events);
  if (trade != NULL) {
    write_trade(account, point, deal, purpose, trade);
    trade->quantity = account->closed_quantity > 0
                          ? crucible__lots(terms, account->entry_quantity -
                                                      account->closed_quantity)
                          : account->entry_quantity;
    trade->result = result;
    trade->costs = account->entry_costs;
    add_costs(&trade->costs, &paid);
    trade->gross = result + total(&trade->costs);
    trade->is_last = 1;
  }
  if (purpose == CRUCIBLE_PURPOSE_LIQUIDATION)
    account->is_stopped = 1;
  end_remainder(account, purpose, point->open_ms, events);
  forget_position(account);
}

void crucible__ledger_take_fee(crucible__account *account,
                               const crucible__terms *terms) {
  if (account->side < 0 || account->cash < 0)
    account->liquidation = liquidation_price(account, terms);
}

void crucible__ledger_carry(crucible__account *account,
                            const crucible__terms *terms, double charge) {
  account->cash -= charge;
  account->costs.funding += charge;
  account->entry_costs.funding += charge;
  account->liquidation = liquidation_price(account, terms);
}
