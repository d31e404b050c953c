/* SPDX-License-Identifier: Apache-2.0 */
/* The orders that only leave a position: exits, guards, targets. */
#ifndef CRUCIBLE__LEAVE_H
#define CRUCIBLE__LEAVE_H

#include "backtest/order_fill.h"

/* What makes a stop of the position's whole exit side: its own stop, its
   trailing stop, or the price of liquidation, whichever is reached first.
   Without a price for market orders none can be filled. */
static inline double crucible__guard_of(const crucible__account *account) {
  double guard = account->stop;
  if (!crucible__can_take(account))
    return -account->side * (double)INFINITY;
  if (account->side > 0) {
    guard = account->liquidation > guard ? account->liquidation : guard;
    return account->trail > guard ? account->trail : guard;
  }
  guard = account->liquidation < guard ? account->liquidation : guard;
  return account->trail < guard ? account->trail : guard;
}

/* Sends a market order that leaves at the next open. */
void crucible__send_exit(crucible__account *account, int32_t purpose);

/* The exit order that was sent meets the bar; middle: where market orders find
   the price. */
void crucible__leave_sent(const crucible__scene *scene,
                          const crucible__market_point *open, double middle);

/* The guard is reached at a quote. */
void crucible__leave_by_guard(const crucible__scene *scene,
                              const crucible__market_point *point,
                              double quote);

/* The nearest target is reached and fills at a price on the tick. */
void crucible__leave_by_target(const crucible__scene *scene,
                               const crucible__market_point *point,
                               double price);

/* The nearest rung of what is left of the ladder behind a price; none:
   infinite. */
double crucible__next_target(const crucible__account *account,
                             const crucible__terms *terms, double beyond);

/* The guards that a bar without a price reached leave a record each. */
void crucible__reject_guards(const crucible__scene *scene, double worst);

#endif
