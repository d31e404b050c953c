/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of change. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_MOMENTUM

/* ---- change over n bars ---- */

static size_t change_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__delay_init(state, n, setup);
  return n;
}

static double mom_step(void *state, const crucible__tick *tick) {
  double close = tick->bar->close;
  return close - crucible__delay_push(state, close);
}

static double roc_step(void *state, const crucible__tick *tick) {
  double close = tick->bar->close, old = crucible__delay_push(state, close);
  return (close / old - 1) * 100;
}

static double logret_step(void *state, const crucible__tick *tick) {
  double close = tick->bar->close, old = crucible__delay_push(state, close);
  return log(close / old);
}

#define OF_CHANGE(function) RUNS(crucible__delay, change_init, function)

DEFINE_FEATURE(MOM, "close - close timeperiod bars ago", IN_PRICE, FROM_TALIB,
               PARAMS1(PERIOD_NAMED("timeperiod", 1, 10)), OF_CHANGE(mom_step));
DEFINE_FEATURE(ROC, "100 (close / close timeperiod bars ago - 1)", IN_RATIO,
               FROM_TALIB, PARAMS1(PERIOD_NAMED("timeperiod", 1, 10)),
               OF_CHANGE(roc_step));
DEFINE_FEATURE(LOGRET, "log(close / close timeperiod bars ago)", IN_RATIO,
               PARAMS1(PERIOD_NAMED("timeperiod", 1, 1)),
               OF_CHANGE(logret_step));
