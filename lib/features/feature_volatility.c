/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges and deviations. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_VOLATILITY

/* ---- true range and its average ---- */

static size_t trange_init(void *state, crucible__setup *setup) {
  (void)state;
  (void)setup;
  return 1;
}

static double trange_step(void *state, const crucible__tick *tick) {
  (void)state;
  return crucible__true_range(tick);
}

DEFINE_FEATURE(TRANGE,
               "true range: the greatest of high - low and of their distances "
               "from the previous close",
               IN_PRICE, FROM_TALIB,
               RUNS_WITHOUT_STATE(trange_init, trange_step));

static size_t atr_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__wilder_init(state, n);
  return n;
}

static double atr_step(void *state, const crucible__tick *tick) {
  if (tick->index == 0)
    return 0;
  return crucible__wilder_push(state, crucible__true_range(tick));
}

static double natr_step(void *state, const crucible__tick *tick) {
  return atr_step(state, tick) / tick->bar->close * 100;
}

DEFINE_FEATURE(ATR, "Wilder's average of TRANGE (1978)", IN_PRICE, FROM_TALIB,
               RECURSIVE, PARAMS1(PERIOD(14)),
               RUNS(crucible__ema, atr_init, atr_step));

DEFINE_FEATURE(NATR, "100 ATR / close", IN_RATIO, FROM_TALIB, RECURSIVE,
               PARAMS1(PERIOD(14)), RUNS(crucible__ema, atr_init, natr_step));

/* ---- deviations of closes ---- */

static size_t spread_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__spread_init(state, n, setup);
  return n - 1;
}

static double var_step(void *state, const crucible__tick *tick) {
  crucible__sums *w = state;
  return crucible__spread_push(w, tick->slot, tick->bar->close).squares /
         (double)w->span.n;
}

static double stddev_step(void *state, const crucible__tick *tick) {
  return sqrt(var_step(state, tick));
}

static size_t avgdev_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__mean_init(state, n, setup);
  return n - 1;
}

static double avgdev_step(void *state, const crucible__tick *tick) {
  double mean = crucible__mean_push(state, tick->slot, tick->bar->close);
  return crucible__mean_deviation(state, mean);
}

DEFINE_FEATURE(STDDEV, "standard deviation of closes, divisor timeperiod",
               IN_PRICE, FROM_TALIB, PARAMS1(PERIOD(5)),
               RUNS(crucible__sums, spread_init, stddev_step));
DEFINE_FEATURE(VAR, "STDDEV squared", IN_PRICE_SQUARED, FROM_TALIB,
               PARAMS1(PERIOD(5)), RUNS(crucible__sums, spread_init, var_step));
DEFINE_FEATURE(AVGDEV, "mean |close - SMA|; takes timeperiod operations",
               IN_PRICE, FROM_TALIB, PARAMS1(PERIOD(14)),
               RUNS(crucible__sums, avgdev_init, avgdev_step));
