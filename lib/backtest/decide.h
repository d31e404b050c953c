/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan makes of a close: orders for the next open. */
#ifndef CRUCIBLE__DECIDE_H
#define CRUCIBLE__DECIDE_H

#include "backtest/order_fill.h"

/* What the plan of a flat account, or of one in a position, listens to. */
uint32_t crucible__signals_heard(const crucible__account *account,
                                 const crucible__terms *terms);

/* The account has been marked at the bar's close, and knows the next bar's
   forecasts. */
void crucible__decide(const crucible__scene *scene, const crucible__wish *wish);

#endif
