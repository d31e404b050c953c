/* SPDX-License-Identifier: Apache-2.0 */
/* Volume and order flow. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_VOLUME

/* ---- volume against its past ---- */

static size_t zscore_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__spread_init(state, n, setup);
  return n - 1;
}

static double volume_zscore_step(void *state, const crucible__tick *tick) {
  crucible__sums *w = state;
  double x = tick->bar->volume;
  crucible__spread s = crucible__spread_push(w, tick->slot, x);
  return crucible__ratio(x - s.mean, sqrt(s.squares / (double)w->span.n));
}

DEFINE_FEATURE(VOLUME_ZSCORE,
               "(volume - mean) / standard deviation over timeperiod bars; 0 "
               "if flat",
               IN_RATIO, PARAMS1(PERIOD(48)),
               RUNS(crucible__sums, zscore_init, volume_zscore_step));

/* ---- who took liquidity ---- */

static size_t bar_init(void *state, crucible__setup *setup) {
  (void)state;
  (void)setup;
  return 0;
}

static double taker_imbalance_step(void *state, const crucible__tick *tick) {
  const crucible_bar *bar = tick->bar;
  (void)state;
  return crucible__ratio(2 * bar->taker_buy_base - bar->volume, bar->volume);
}

DEFINE_FEATURE(TAKER_IMBALANCE,
               "(taker buys - taker sells) / volume of the bar; 0 without "
               "volume",
               IN_RATIO, NEEDS(CRUCIBLE_NEEDS_TAKER_BUY_BASE),
               RUNS_WITHOUT_STATE(bar_init, taker_imbalance_step));
