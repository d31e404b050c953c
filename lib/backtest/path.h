/* SPDX-License-Identifier: Apache-2.0 */
/* The rest of a bar after its open: legs, and what they meet. */
#ifndef CRUCIBLE__PATH_H
#define CRUCIBLE__PATH_H

#include "backtest/order_fill.h"

/* What waits meets the path that the options choose. */
void crucible__walk_bar(const crucible__scene *scene,
                        const crucible__market_point *open);

#endif
