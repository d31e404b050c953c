/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan makes of a close: orders for the next open. */
#ifndef CRUCIBLE__DECIDE_H
#define CRUCIBLE__DECIDE_H

#include "backtest/fill.h"

/* What the plan of a flat account, or of one in a position, listens to. */
uint32_t crucible__signals_heard(const crucible__account *account,
                                 const crucible__terms *terms);

/* The account has been marked at the bar's close, and knows the next bar's
   outlook. */
void crucible__decide(crucible__account *account, const crucible__terms *terms,
                      const crucible_bar *bar, const crucible__wish *wish,
                      crucible__events *events);

#endif
