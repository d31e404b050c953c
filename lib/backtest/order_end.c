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

void crucible__note_part(const crucible__terms *terms, crucible__fills *done,
                         const crucible__deal *deal) {
  crucible_costs costs = crucible__costs_of(deal);
  done->quantity = crucible__lots(terms, done->quantity + deal->quantity);
  done->notional += deal->quantity * deal->price;
  done->fee += costs.fee;
  done->spread += costs.spread;
  done->slippage += costs.slippage;
  done->impact += costs.impact;
}

static void write_fills(crucible__order_event *event,
                        const crucible__fills *done,
                        const crucible__deal *deal) {
  if (done->quantity > 0) {
    event->filled = done->quantity;
    event->fill_price = done->notional / done->quantity;
    event->fee = done->fee;
    event->spread = done->spread;
    event->slippage = done->slippage;
    event->impact = done->impact;
  } else if (deal != NULL) {
    const crucible_costs costs = crucible__costs_of(deal);
    event->filled = deal->quantity;
    event->fill_price = deal->price;
    event->fee = costs.fee;
    event->spread = costs.spread;
    event->slippage = costs.slippage;
    event->impact = costs.impact;
  } else {
    event->filled = event->fee = event->spread = 0;
    event->slippage = event->impact = 0;
    event->fill_price = NONE;
  }
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
  if (order->quantity >= CRUCIBLE__NUMBER_MOST) /* of all it never had any */
    event->quantity = 0;
  event->side = order->side;
  event->purpose = order->purpose;
  event->entry = order->kind;
  event->status = status;
  event->reason = reason;
  event->liquidity = deal != NULL ? deal->liquidity : order->liquidity;
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
  if (event->quantity < event->filled) /* it left what was added since, too */
    event->quantity = event->filled;
  event->side = -account->side;
  event->purpose = purpose;
  event->reason = reason;
  event->liquidity = CRUCIBLE_LIQUIDITY_NONE;
  if (event->filled > 0)
    event->liquidity = purpose == CRUCIBLE_PURPOSE_TARGET
                           ? CRUCIBLE_LIQUIDITY_MAKER
                           : CRUCIBLE_LIQUIDITY_TAKER;
  event->id = 0;
  event->reserved = 0;
}
