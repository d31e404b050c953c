/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a backtest that are words or distances, as the library wants
   them. */
#ifndef BACKTEST_TERMS_H
#define BACKTEST_TERMS_H

#include "backtest_run.h"

/* Reads what was given into the plan. Exit code; RUN_USAGE names the option. */
int terms_plan(const backtest_options *given, crucible_plan *plan);
/* And into the options of the run. */
int terms_options(const backtest_options *given,
                  crucible_backtest_options *how);
/* And the fees into the profile. */
int terms_fees(const backtest_options *given, crucible_instrument *instrument);
/* Whether a position is left by anything but a rule. */
int terms_leave(const crucible_plan *plan);

#endif
