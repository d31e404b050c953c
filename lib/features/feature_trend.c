/* SPDX-License-Identifier: Apache-2.0 */
/* Averages and the straight line through the closes. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_TREND

/* ---- simple average ---- */

static size_t sma_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__mean_init(state, n, setup);
  return n - 1;
}

static double sma_step(void *state, const crucible__tick *tick) {
  return crucible__mean_push(state, tick->slot, tick->bar->close);
}

static double price_to_sma_step(void *state, const crucible__tick *tick) {
  double average = sma_step(state, tick);
  return (tick->bar->close - average) / average;
}

DEFINE_FEATURE(SMA, "simple average of the last timeperiod closes", IN_PRICE,
               FROM_TALIB, PARAMS1(PERIOD(30)),
               RUNS(crucible__sums, sma_init, sma_step), BLOCK(sma));
DEFINE_FEATURE(PRICE_TO_SMA, "close / SMA - 1", IN_RATIO, PARAMS1(PERIOD(30)),
               RUNS(crucible__sums, sma_init, price_to_sma_step));

/* ---- average of averages: triangular weights ---- */

typedef struct nested {
  crucible__sums inner, outer;
} nested;

static size_t trima_init(void *state, crucible__setup *setup) {
  nested *s = state;
  size_t n = crucible__count_param(setup, 0);
  crucible__mean_init(&s->inner, (n + 1) / 2, setup);
  crucible__mean_init(&s->outer, n / 2 + 1, setup);
  return n - 1;
}

static double trima_step(void *state, const crucible__tick *tick) {
  nested *s = state;
  double x = crucible__mean_push(&s->inner, tick->slot, tick->bar->close);
  return crucible__mean_push(&s->outer, tick->slot, x);
}

DEFINE_FEATURE(TRIMA, "average of closes with triangular weights", IN_PRICE,
               FROM_TALIB, PARAMS1(PERIOD(30)),
               RUNS(nested, trima_init, trima_step));

/* ---- linear weights and the line ---- */

static size_t line_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__line_init(state, n, setup);
  return n - 1;
}

static crucible__fit fit(void *state, const crucible__tick *tick) {
  return crucible__line_push(state, tick->slot, tick->bar->close);
}

static double wma_step(void *state, const crucible__tick *tick) {
  return fit(state, tick).weighted;
}

static double linearreg_step(void *state, const crucible__tick *tick) {
  crucible__line *w = state;
  crucible__fit f = fit(state, tick);
  return f.mean + f.slope * (((double)w->span.n - 1) / 2);
}

static double tsf_step(void *state, const crucible__tick *tick) {
  crucible__line *w = state;
  crucible__fit f = fit(state, tick);
  return f.mean + f.slope * (((double)w->span.n + 1) / 2);
}

static double slope_step(void *state, const crucible__tick *tick) {
  return fit(state, tick).slope;
}

static double slope_ratio_step(void *state, const crucible__tick *tick) {
  crucible__fit f = fit(state, tick);
  return f.slope / f.mean;
}

static double time_correl_step(void *state, const crucible__tick *tick) {
  crucible__line *w = state;
  crucible__fit f = fit(state, tick);
  double n = (double)w->span.n, times = n * (n * n - 1) / 12;
  double r = crucible__ratio(f.slope * sqrt(times), sqrt(f.squares));
  return r > 1 ? 1.0 : r < -1 ? -1.0 : r;
}

#define OF_LINE(function) RUNS(crucible__line, line_init, function)

DEFINE_FEATURE(WMA, "average of closes with weights 1 (oldest) to timeperiod",
               IN_PRICE, FROM_TALIB, PARAMS1(PERIOD(30)), OF_LINE(wma_step));
DEFINE_FEATURE(LINEARREG, "end of the least-squares line through the closes",
               IN_PRICE, FROM_TALIB, PARAMS1(PERIOD(14)),
               OF_LINE(linearreg_step));
DEFINE_FEATURE(LINEARREG_SLOPE, "slope of the least-squares line, per bar",
               IN_PRICE, FROM_TALIB, PARAMS1(PERIOD(14)), OF_LINE(slope_step));
DEFINE_FEATURE(TSF, "the least-squares line one bar ahead", IN_PRICE,
               FROM_TALIB, PARAMS1(PERIOD(14)), OF_LINE(tsf_step));
DEFINE_FEATURE(SLOPE_RATIO, "LINEARREG_SLOPE / mean close", IN_RATIO,
               PARAMS1(PERIOD(14)), OF_LINE(slope_ratio_step));
DEFINE_FEATURE(TIME_CORREL, "correlation of close and time, [-1, 1]; 0 if flat",
               IN_RATIO, PARAMS1(PERIOD_NAMED("timeperiod", 3, 20)),
               OF_LINE(time_correl_step));

/* ---- Hull's average ---- */

typedef struct hull {
  crucible__line half, whole, smooth;
} hull;

static size_t hma_init(void *state, crucible__setup *setup) {
  hull *s = state;
  size_t n = crucible__count_param(setup, 0);
  size_t root = (size_t)sqrt((double)n);
  crucible__line_init(&s->half, n / 2, setup);
  crucible__line_init(&s->whole, n, setup);
  crucible__line_init(&s->smooth, root, setup);
  return n - 1 + root - 1;
}

static double hma_step(void *state, const crucible__tick *tick) {
  hull *s = state;
  double close = tick->bar->close;
  double half = crucible__line_push(&s->half, tick->slot, close).weighted;
  double whole = crucible__line_push(&s->whole, tick->slot, close).weighted;
  return crucible__line_push(&s->smooth, tick->slot, 2 * half - whole).weighted;
}

DEFINE_FEATURE(HMA,
               "Hull: WMA over sqrt(n) of 2 WMA over n / 2 less WMA over n",
               IN_PRICE, FROM_TALIB, PARAMS1(PERIOD(20)),
               RUNS(hull, hma_init, hma_step));
