/* SPDX-License-Identifier: Apache-2.0 */
/* Order flow: who took liquidity, and in trades of which size. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_VOLUME

/* ---- takers ---- */

static size_t bar_init(void *state, crucible__setup *setup) {
  (void)state;
  (void)setup;
  return 0;
}

/* Bought less sold by takers, in base. */
static double flow(const crucible_bar *bar) {
  return 2 * bar->taker_buy_base - bar->volume;
}

static double taker_imbalance_step(void *state, const crucible__tick *tick) {
  (void)state;
  return crucible__ratio(flow(tick->bar), tick->bar->volume);
}

static size_t pair_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__sum2_init(state, n, setup);
  return n - 1;
}

static double share(crucible__sums *w, const crucible__tick *tick, double x,
                    double y) {
  double sums[2];
  crucible__sum2_push(w, tick->slot, x, y, sums);
  return crucible__ratio(sums[0], sums[1]);
}

static double imbalance_sum_step(void *state, const crucible__tick *tick) {
  return share(state, tick, flow(tick->bar), tick->bar->volume);
}

static double toxicity_step(void *state, const crucible__tick *tick) {
  return share(state, tick, fabs(flow(tick->bar)), tick->bar->volume);
}

static size_t spread_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__spread_init(state, n, setup);
  return n - 1;
}

static double zscore(crucible__sums *w, const crucible__tick *tick, double x) {
  crucible__spread s = crucible__spread_push(w, tick->slot, x);
  return crucible__ratio(x - s.mean, sqrt(s.squares / (double)w->span.n));
}

static double flow_zscore_step(void *state, const crucible__tick *tick) {
  return zscore(state, tick, flow(tick->bar));
}

#define TAKERS NEEDS(CRUCIBLE_NEEDS_TAKER_BUY_BASE)

DEFINE_FEATURE(TAKER_IMBALANCE,
               "(taker buys - taker sells) / volume of the bar; 0 without "
               "volume",
               IN_RATIO, TAKERS,
               RUNS_WITHOUT_STATE(bar_init, taker_imbalance_step));
DEFINE_FEATURE(TAKER_IMBALANCE_SUM,
               "sum of taker buys - taker sells / sum of volume; 0 without "
               "volume",
               IN_RATIO, TAKERS, PARAMS1(PERIOD(12)),
               RUNS(crucible__sums, pair_init, imbalance_sum_step));
DEFINE_FEATURE(TAKER_FLOW_ZSCORE,
               "taker buys - taker sells less their mean, in standard "
               "deviations; 0 if flat",
               IN_RATIO, TAKERS, PARAMS1(PERIOD(48)),
               RUNS(crucible__sums, spread_init, flow_zscore_step));
DEFINE_FEATURE(FLOW_TOXICITY,
               "sum of |taker buys - taker sells| / sum of volume: VPIN over "
               "bars of time; 0 without volume (Easley et al. 2012)",
               IN_RATIO, TAKERS, PARAMS1(PERIOD(48)),
               RUNS(crucible__sums, pair_init, toxicity_step));

/* ---- trades ---- */

static double trade_size_step(void *state, const crucible__tick *tick) {
  (void)state;
  return crucible__ratio(tick->bar->volume, tick->bar->trades);
}

static double trade_size_ratio_step(void *state, const crucible__tick *tick) {
  double size = trade_size_step(NULL, tick);
  double usual = share(state, tick, tick->bar->volume, tick->bar->trades);
  return usual > 0 && size > 0 ? log(size / usual) : 0.0;
}

static double trades_zscore_step(void *state, const crucible__tick *tick) {
  return zscore(state, tick, tick->bar->trades);
}

#define TRADES NEEDS(CRUCIBLE_NEEDS_TRADES)

DEFINE_FEATURE(TRADE_SIZE, "volume / trades; 0 without a trade", IN_BASE,
               TRADES, RUNS_WITHOUT_STATE(bar_init, trade_size_step));
DEFINE_FEATURE(TRADE_SIZE_RATIO,
               "log(TRADE_SIZE / that of timeperiod bars together); 0 without "
               "a trade",
               IN_RATIO, TRADES, PARAMS1(PERIOD(48)),
               RUNS(crucible__sums, pair_init, trade_size_ratio_step));
DEFINE_FEATURE(TRADES_ZSCORE,
               "(trades - mean) / standard deviation over timeperiod bars; 0 "
               "if flat",
               IN_RATIO, TRADES, PARAMS1(PERIOD(48)),
               RUNS(crucible__sums, spread_init, trades_zscore_step));
