/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/order_end.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define NONE ((double)NAN)

/* Room for one record more; the bar may be only tried. */
static crucible__order_event *next_event(crucible__account *account,
                                         int32_t status,
                                         crucible__events *events) {
  ++account->n_orders;
  account->n_rejected += status == CRUCIBLE_ORDER_REJECTED;
  if (events == NULL)
    return NULL;
  assert(events->n_orders < CRUCIBLE__EVENTS_MAX);
  return &events->orders[events->n_orders++];
}

void crucible__note_part(crucible__fills *done, const crucible__deal *deal) {
  crucible_costs costs = crucible__costs_of(deal);
  done->quantity += deal->quantity;
  done->notional += deal->quantity * deal->price;
  done->fee += costs.fee;
  done->spread += costs.spread;
  done->slippage += costs.slippage;
  done->impact += costs.impact;
}

/* What was filled in parts, the last of which may be this deal. */
static void write_parts(crucible__order_event *event,
                        const crucible__fills *done,
                        const crucible__deal *deal) {
  crucible__fills sum = *done;
  if (deal != NULL)
    crucible__note_part(&sum, deal);
  event->filled = sum.quantity;
  event->fill_price = sum.notional / sum.quantity;
  event->fee = sum.fee;
  event->spread = sum.spread;
  event->slippage = sum.slippage;
  event->impact = sum.impact;
}

static void write_fills(crucible__order_event *event,
                        const crucible__fills *done,
                        const crucible__deal *deal) {
  if (done->quantity > 0) {
    write_parts(event, done, deal);
  } else if (deal != NULL) {
    event->filled = deal->quantity;
    event->fill_price = deal->price;
    event->fee = deal->quantity * deal->price * deal->fee_rate;
    event->spread = deal->quantity * deal->spread;
    event->slippage = deal->quantity * deal->slippage;
    event->impact = deal->quantity * deal->impact;
  } else {
    event->filled = event->fee = event->spread = 0;
    event->slippage = event->impact = 0;
    event->fill_price = NONE;
  }
}

/* The last one of an order that filled in parts tells how it filled. */
static int32_t liquidity_of(const crucible__fills *done, int32_t kind,
                            const crucible__deal *deal) {
  if (deal != NULL)
    return deal->liquidity;
  if (!(done->quantity > 0))
    return CRUCIBLE_LIQUIDITY_NONE;
  return kind == CRUCIBLE_KIND_LIMIT || kind == CRUCIBLE_KIND_POST_ONLY
             ? CRUCIBLE_LIQUIDITY_MAKER
             : CRUCIBLE_LIQUIDITY_TAKER;
}

static double price_of(const crucible__order *order) {
  if (order->kind == CRUCIBLE_KIND_STOP ||
      order->kind == CRUCIBLE_KIND_TRAILING_STOP)
    return isfinite(order->trigger) ? order->trigger : NONE;
  return isfinite(order->limit) ? order->limit : NONE;
}

void crucible__end_order(crucible__account *account, crucible__order *order,
                         const crucible__deal *deal, int64_t open_ms,
                         int32_t status, int32_t reason,
                         crucible__events *events) {
  crucible__order_event *event = next_event(account, status, events);
  order->state = CRUCIBLE__ORDER_NONE;
  if (event == NULL)
    return;
  event->placed_ms = order->placed_ms;
  event->ended_ms = open_ms;
  event->quantity = order->quantity;
  event->limit_price = price_of(order);
  write_fills(event, &order->done, deal);
  if (order->quantity >= CRUCIBLE__NUMBER_MOST) /* all that was held */
    event->quantity = event->filled;
  event->side = order->side;
  event->purpose = order->purpose;
  event->entry = order->kind;
  event->status = status;
  event->reason = reason;
  event->liquidity = liquidity_of(&order->done, order->kind, deal);
  event->id = order->id;
  event->reserved = 0;
}

/* Fills in what is particular to the order of that purpose. */
static const crucible__fills *describe(const crucible__account *account,
                                       int32_t purpose, uint32_t rung,
                                       crucible__order_event *event) {
  static const crucible__fills nothing;
  event->placed_ms = account->bracket_placed_ms;
  event->quantity = fabs(account->position);
  event->limit_price = NONE;
  event->entry = CRUCIBLE_ENTRY_MARKET;
  /* a stop that is turned away stands, also beside one that goes on */
  int stands =
      event->status == CRUCIBLE_ORDER_REJECTED &&
      (purpose == CRUCIBLE_PURPOSE_STOP || purpose == CRUCIBLE_PURPOSE_TRAIL);
  if (purpose == account->exit_purpose && !stands) {
    event->placed_ms = account->exit_placed_ms;
    event->limit_price = account->exit_trigger;
    if (account->exit_quantity > 0)
      event->quantity = account->exit_quantity;
    return &account->exit_done;
  }
  if (purpose == CRUCIBLE_PURPOSE_TARGET) {
    event->entry = CRUCIBLE_ENTRY_LIMIT;
    event->limit_price = account->rung_price[rung];
    if (account->rung_quantity[rung] > 0)
      event->quantity = account->rung_quantity[rung];
    return &account->rung_done[rung];
  }
  if (purpose == CRUCIBLE_PURPOSE_STOP)
    event->limit_price = account->stop;
  else if (purpose == CRUCIBLE_PURPOSE_TRAIL)
    event->limit_price = account->trail;
  else if (purpose == CRUCIBLE_PURPOSE_LIQUIDATION)
    event->limit_price = account->liquidation;
  return &nothing;
}

void crucible__end_exit(crucible__account *account, int32_t purpose,
                        uint32_t rung, const crucible__deal *deal,
                        int64_t open_ms, int32_t status, int32_t reason,
                        crucible__events *events) {
  crucible__order_event *event = next_event(account, status, events);
  if (event == NULL)
    return;
  event->status = status;
  const crucible__fills *done = describe(account, purpose, rung, event);
  event->ended_ms = open_ms;
  write_fills(event, done, deal);
  event->side = -account->side;
  event->purpose = purpose;
  event->reason = reason;
  event->liquidity =
      liquidity_of(done,
                   purpose == CRUCIBLE_PURPOSE_TARGET ? CRUCIBLE_KIND_LIMIT
                                                      : CRUCIBLE_KIND_MARKET,
                   deal);
  event->id = 0;
  event->reserved = 0;
}
