/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of the plan and of requests meet prices. */
#ifndef CRUCIBLE__ORDER_FILL_H
#define CRUCIBLE__ORDER_FILL_H

#include "backtest/deal.h"

/* What belongs together while a bar is played. events: NULL while it is only
   tried. book: NULL: none. */
typedef struct crucible__scene {
  crucible__account *account;
  crucible__book *book;
  const crucible__terms *terms;
  const crucible_bar *bar;
  crucible__events *events;
} crucible__scene;

/* The order reaches the market at the open, or anew where a bar's volume left
   a part of it. */
void crucible__order_arrive(const crucible__scene *scene,
                            crucible__order *order,
                            const crucible__market_point *open);

/* A limit that rests fills at a price on the tick. */
void crucible__order_make(const crucible__scene *scene, crucible__order *order,
                          const crucible__market_point *point, double price);

/* The price comes to the trigger that an order waits for. */
void crucible__order_trigger(const crucible__scene *scene,
                             crucible__order *order,
                             const crucible__market_point *point, double quote);

/* Whether the order comes to the market at the next open. */
static inline int crucible__order_comes(const crucible__order *order) {
  return order->state == CRUCIBLE__ORDER_SENT ||
         order->state == CRUCIBLE__ORDER_CARRIED;
}

/* Whether the order that was sent only makes the position smaller, or turns
   it. */
static inline int crucible__order_opposes(const crucible__account *account,
                                          const crucible__order *order) {
  return crucible__order_comes(order) && order->side == -account->side;
}

/* Why an order of that quantity cannot be, or REASON_NONE. */
int32_t crucible__find_fault(const crucible__account *account,
                             const crucible__terms *terms, double quantity,
                             double price, double fee_rate);

#endif
