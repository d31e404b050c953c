/* SPDX-License-Identifier: Apache-2.0 */
/* Does what a backtest trades by know the future, and how much history does it
   need? Both over the features, decisions and forecasts, and over its orders
   and trades. */
#ifndef BACKTEST_CHECK_H
#define BACKTEST_CHECK_H

#include "backtest_run.h"

/* Prints what the checks that were asked for found. Exit code: RUN_CHECK where
   one did not pass. */
int backtest_check(const backtest_options *given);

#endif
