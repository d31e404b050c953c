/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/trip.h"

#include <math.h>

#include "backtest/deal.h"
#include "base/base_status.h"

/* ---- what a trip leaves behind ---- */

/* The bars it is held in, told to the metrics; returns the bids met. */
static crucible__holding hold(const crucible__route *route,
                              const crucible__trip *t,
                              const crucible__trips *trips, size_t k) {
  const crucible__course *course = route->course;
  crucible__column *column = route->column;
  int has_metrics = course->terms->options.metrics;
  double bid = trips->open[k] - trips->half[k];
  crucible__holding holding = {
      .cash = trips->cash_in[k],
      .position = trips->held[k],
      .side = 1,
      .fee_rate = course->terms->instrument.taker_fee,
      .lowest = bid,
      .highest = bid,
  };
  if (has_metrics)
    crucible__return_sums_idle(&column->sums, t->in - route->at);
  for (size_t i = route->at; course->curve != NULL && i < t->in; ++i)
    course->curve[i] = trips->cash[k];
  course->calls->hold(course->lift, &holding, t->in, t->out,
                      has_metrics ? &column->sums : NULL, course->curve);
  if (has_metrics)
    crucible__return_sums_push(&column->sums, trips->cash_out[k],
                               course->lift->change[t->out]);
  if (course->curve != NULL)
    course->curve[t->out] = trips->cash_out[k];
  return holding;
}

static void see(crucible__holding *holding, double bid) {
  if (bid < holding->lowest)
    holding->lowest = bid;
  if (bid > holding->highest)
    holding->highest = bid;
}

/* What the path of the last bar adds up to its exit. */
static void meet_exit(const crucible__course *course, const crucible__trip *t,
                      const crucible__trips *trips, size_t k,
                      crucible__holding *holding) {
  double half = course->lift->half[t->out];
  if (!t->is_at_open)
    see(holding, course->lift->open[t->out] - half);
  if (!t->is_at_open && t->purpose == CRUCIBLE_PURPOSE_TARGET)
    see(holding, course->lift->low[t->out] - half);
  see(holding, trips->middle[k] - half);
}

/* One that is cancelled when the position closes. (Field by field: the compiler
   clears a whole event by a slow instruction.) */
static void write_order(crucible__order_event *order, const crucible__trip *t,
                        const crucible__course *course) {
  const crucible__bar_line *lines = course->lines;
  order->placed_ms = lines[t->decided].open_ms + course->terms->timeframe_ms;
  order->ended_ms = lines[t->out].open_ms;
  order->limit_price = order->fill_price = (double)NAN;
  order->filled = order->fee = 0;
  order->spread = order->slippage = order->impact = 0;
  order->side = -1;
  order->entry = CRUCIBLE_ENTRY_MARKET;
  order->status = CRUCIBLE_ORDER_CANCELLED;
  order->reason = CRUCIBLE_REASON_CLOSED;
  order->liquidity = CRUCIBLE_LIQUIDITY_NONE;
  order->id = order->reserved = 0;
}

static void write_entry(crucible__order_event *order, const crucible__trip *t,
                        const crucible__course *course,
                        const crucible__trips *trips, size_t k) {
  write_order(order, t, course);
  order->ended_ms = course->lines[t->in].open_ms;
  order->quantity = trips->wanted[k];
  order->filled = trips->bought[k];
  order->fill_price = trips->entry[k];
  order->fee = trips->entry_fee[k];
  order->spread = trips->entry_spread[k];
  order->slippage = trips->entry_slippage[k];
  order->side = 1;
  order->purpose = CRUCIBLE_PURPOSE_ENTRY;
  order->status = CRUCIBLE_ORDER_FILLED;
  order->reason = CRUCIBLE_REASON_NONE;
  order->liquidity = CRUCIBLE_LIQUIDITY_TAKER;
}

static void write_exit(crucible__order_event *order, const crucible__trip *t,
                       const crucible__course *course,
                       const crucible__trips *trips, size_t k) {
  write_order(order, t, course);
  order->quantity = order->filled = trips->held[k];
  order->fill_price = trips->exit[k];
  order->fee = trips->exit_fee[k];
  order->spread = trips->exit_spread[k];
  order->slippage = trips->exit_slippage[k];
  order->purpose = t->purpose;
  order->status = CRUCIBLE_ORDER_FILLED;
  order->reason = CRUCIBLE_REASON_NONE;
  order->liquidity = CRUCIBLE_LIQUIDITY_TAKER;
  if (t->purpose == CRUCIBLE_PURPOSE_STOP) {
    order->limit_price = trips->stop[k];
  } else if (t->purpose == CRUCIBLE_PURPOSE_TARGET) {
    order->limit_price = trips->target[k];
    order->entry = CRUCIBLE_ENTRY_LIMIT;
    order->liquidity = CRUCIBLE_LIQUIDITY_MAKER;
  } else {
    order->placed_ms =
        course->lines[t->last].open_ms + course->terms->timeframe_ms;
  }
}

/* The half of a bracket that the exit leaves over, if there is one; returns how
   many orders it was. */
static uint32_t write_cancelled(crucible__order_event *order,
                                const crucible__trip *t,
                                const crucible__course *course,
                                const crucible__trips *trips, size_t k,
                                int32_t purpose, double price) {
  if (purpose == t->purpose || !isfinite(price))
    return 0;
  write_order(order, t, course);
  order->quantity = trips->held[k];
  order->limit_price = price;
  order->purpose = purpose;
  if (purpose == CRUCIBLE_PURPOSE_TARGET)
    order->entry = CRUCIBLE_ENTRY_LIMIT;
  return 1;
}

static void write_trade(crucible__trade_event *trade, const crucible__trip *t,
                        const crucible__route *route,
                        const crucible__trips *trips, size_t k,
                        const crucible__holding *holding) {
  const crucible__bar_line *lines = route->course->lines;
  double entry = trips->entry[k];
  /* bars of its account, which may have gone on from another run */
  uint32_t before = (uint32_t)(route->column->account.n_bars - route->at) +
                    route->course->first_bar;
  trade->entry_ms = lines[t->in].open_ms;
  trade->exit_ms = lines[t->out].open_ms;
  trade->quantity = trade->most = trips->bought[k];
  trade->entry_price = entry;
  trade->exit_price = trips->exit[k];
  trade->result = trips->result[k];
  trade->gross = trips->gross[k];
  trade->mae = crucible__excursion(entry - holding->lowest, entry);
  trade->mfe = crucible__excursion(holding->highest - entry, entry);
  trade->costs.fee = trips->fee[k];
  trade->costs.spread = trips->spread[k];
  trade->costs.slippage = trips->slippage[k];
  trade->costs.impact = trade->costs.funding = 0;
  trade->costs.dust = trips->dust_cost[k];
  trade->side = 1;
  trade->exit = t->purpose;
  trade->is_last = 1;
  trade->bars = (uint32_t)(t->out - t->in);
  trade->entry_bar = before + (uint32_t)t->in;
  trade->exit_bar = before + (uint32_t)t->out;
}

/* The account as the exit leaves it; what it decides then comes later. */
static void settle(crucible__route *route, const crucible__trip *t,
                   const crucible__trips *trips, size_t k,
                   const crucible__holding *holding, uint32_t n_orders) {
  const crucible__course *course = route->course;
  crucible__account *account = &route->column->account;
  crucible_costs *costs = &account->costs;
  account->cash = account->equity = trips->cash_out[k];
  account->dust = trips->dust_in[k];
  account->trade_results += trips->result[k];
  account->traded_notional += trips->entry_notional[k];
  account->traded_notional += trips->exit_notional[k];
  costs->fee += trips->entry_fee[k];
  costs->spread += trips->entry_spread[k];
  costs->slippage += trips->entry_slippage[k];
  costs->dust += trips->dust_cost[k];
  costs->fee += trips->exit_fee[k];
  costs->spread += trips->exit_spread[k];
  costs->slippage += trips->exit_slippage[k];
  account->n_bars += t->out + 1 - route->at;
  account->n_bars_in_position += t->out - t->in;
  account->n_orders += n_orders;
  ++account->n_trades;
  account->lowest = holding->lowest;
  account->highest = holding->highest;
  account->entry.quantity = account->entry.left = trips->wanted[k];
  account->entry.placed_ms =
      course->lines[t->decided].open_ms + course->terms->timeframe_ms;
  route->at = t->out + 1;
}

enum { ORDERS_MOST = 4 }; /* in, out, both halves of a bracket */

crucible_status crucible__trip_complete(crucible__route *route,
                                        const crucible__trip *t,
                                        const crucible__trips *trips,
                                        size_t k) {
  const crucible__course *course = route->course;
  crucible__log *log = course->log;
  crucible__order_event *orders = course->events->orders;
  crucible__trade_event *trade = course->events->trades;
  if (course->keeps_records) {
    CRUCIBLE__TRY(crucible__log_reserve(log, ORDERS_MOST, 1));
    orders = &log->orders[log->n_orders];
    trade = &log->trades[log->n_trades];
  }
  crucible__holding holding = hold(route, t, trips, k);
  meet_exit(course, t, trips, k, &holding);
  uint32_t n_orders = 2;
  write_entry(&orders[0], t, course, trips, k);
  write_exit(&orders[1], t, course, trips, k);
  if (course->terms->has_bracket) {
    n_orders += write_cancelled(&orders[n_orders], t, course, trips, k,
                                CRUCIBLE_PURPOSE_STOP, trips->stop[k]);
    n_orders += write_cancelled(&orders[n_orders], t, course, trips, k,
                                CRUCIBLE_PURPOSE_TARGET, trips->target[k]);
  }
  write_trade(trade, t, route, trips, k, &holding);
  if (course->terms->options.metrics)
    crucible__column_tell(route->column, trade);
  if (course->keeps_records) {
    log->n_orders += n_orders;
    ++log->n_trades;
  }
  settle(route, t, trips, k, &holding, n_orders);
  if (!course->notes_drawdowns)
    return CRUCIBLE_OK;
  return crucible__dip_note_curve(
      &route->column->dip, &log->drawdowns, (uint32_t)course->index,
      course->market->bars.open_time_ms, t->in, t->out + 1, course->curve);
}
