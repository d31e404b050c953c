/* SPDX-License-Identifier: Apache-2.0 */
/* Extremes of a window and bands around its mean. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_TREND

/* ---- extremes ---- */

typedef struct extremes {
  crucible__maximum top, bottom; /* the bottom holds negated values */
} extremes;

static void extremes_open(extremes *s, size_t n, crucible__setup *setup) {
  crucible__maximum_init(&s->top, n, setup);
  crucible__maximum_init(&s->bottom, n, setup);
}

static size_t extremes_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  extremes_open(state, n, setup);
  return n - 1;
}

static double max_step(void *state, const crucible__tick *tick) {
  extremes *s = state;
  return crucible__maximum_push(&s->top, tick->bar->close);
}

static double min_step(void *state, const crucible__tick *tick) {
  extremes *s = state;
  return -crucible__maximum_push(&s->bottom, -tick->bar->close);
}

static double midpoint_step(void *state, const crucible__tick *tick) {
  double top = max_step(state, tick), bottom = min_step(state, tick);
  return (top + bottom) / 2;
}

static double upper_step(void *state, const crucible__tick *tick) {
  extremes *s = state;
  return crucible__maximum_push(&s->top, tick->bar->high);
}

static double lower_step(void *state, const crucible__tick *tick) {
  extremes *s = state;
  return -crucible__maximum_push(&s->bottom, -tick->bar->low);
}

static double midprice_step(void *state, const crucible__tick *tick) {
  double top = upper_step(state, tick), bottom = lower_step(state, tick);
  return (top + bottom) / 2;
}

static double to_upper_step(void *state, const crucible__tick *tick) {
  return log(tick->bar->close / upper_step(state, tick));
}

static double to_lower_step(void *state, const crucible__tick *tick) {
  return log(tick->bar->close / lower_step(state, tick));
}

#define OF_EXTREMES(function) RUNS(extremes, extremes_init, function)

DEFINE_FEATURE(MAX, "highest close", IN_PRICE, FROM_TALIB, PARAMS1(PERIOD(30)),
               OF_EXTREMES(max_step), BLOCK(max));
DEFINE_FEATURE(MIN, "lowest close", IN_PRICE, FROM_TALIB, PARAMS1(PERIOD(30)),
               OF_EXTREMES(min_step), BLOCK(min));
DEFINE_FEATURE(MIDPOINT, "(MAX + MIN) / 2", IN_PRICE, FROM_TALIB,
               PARAMS1(PERIOD(14)), OF_EXTREMES(midpoint_step));
DEFINE_FEATURE(MIDPRICE, "(highest high + lowest low) / 2", IN_PRICE,
               FROM_TALIB, PARAMS1(PERIOD(14)), OF_EXTREMES(midprice_step));
DEFINE_FEATURE(DONCHIAN_UPPER, "highest high", IN_PRICE, FROM_TALIB,
               PARAMS1(PERIOD(20)), OF_EXTREMES(upper_step), BLOCK(upper));
DEFINE_FEATURE(DONCHIAN_LOWER, "lowest low", IN_PRICE, FROM_TALIB,
               PARAMS1(PERIOD(20)), OF_EXTREMES(lower_step), BLOCK(lower));
DEFINE_FEATURE(HIGH_DISTANCE, "log(close / highest high)", IN_RATIO,
               PARAMS1(PERIOD(48)), OF_EXTREMES(to_upper_step));
DEFINE_FEATURE(LOW_DISTANCE, "log(close / lowest low)", IN_RATIO,
               PARAMS1(PERIOD(48)), OF_EXTREMES(to_lower_step));

/* ---- bars since the extremes ---- */

static size_t aroon_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  extremes_open(state, n + 1, setup);
  return n;
}

static double aroon_of(const crucible__maximum *w) {
  double n = (double)(w->n - 1);
  return 100 / n * (n - crucible__maximum_age(w));
}

static double aroon_up_step(void *state, const crucible__tick *tick) {
  extremes *s = state;
  (void)upper_step(state, tick);
  return aroon_of(&s->top);
}

static double aroon_down_step(void *state, const crucible__tick *tick) {
  extremes *s = state;
  (void)lower_step(state, tick);
  return aroon_of(&s->bottom);
}

static double aroonosc_step(void *state, const crucible__tick *tick) {
  extremes *s = state;
  double n = (double)(s->top.n - 1);
  (void)upper_step(state, tick);
  (void)lower_step(state, tick);
  return 100 / n *
         (crucible__maximum_age(&s->bottom) - crucible__maximum_age(&s->top));
}

#define OF_AROON(function) RUNS(extremes, aroon_init, function)

DEFINE_FEATURE(AROON_UP,
               "100 (timeperiod - bars since the highest high of timeperiod + "
               "1 bars) / timeperiod (Chande 1995)",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(14)),
               OF_AROON(aroon_up_step));
DEFINE_FEATURE(AROON_DOWN, "the same for the lowest low", IN_RATIO, FROM_TALIB,
               PARAMS1(PERIOD(14)), OF_AROON(aroon_down_step));
DEFINE_FEATURE(AROONOSC, "AROON_UP - AROON_DOWN", IN_RATIO, FROM_TALIB,
               PARAMS1(PERIOD(14)), OF_AROON(aroonosc_step));

/* ---- vertical horizontal filter ---- */

typedef struct filter {
  extremes closes;
  crucible__sums changes;
} filter;

static size_t vhf_init(void *state, crucible__setup *setup) {
  filter *s = state;
  size_t n = crucible__count_param(setup, 0);
  extremes_open(&s->closes, n, setup);
  crucible__sum_init(&s->changes, n, setup);
  return n;
}

static double vhf_step(void *state, const crucible__tick *tick) {
  filter *s = state;
  double top = max_step(&s->closes, tick), bottom = min_step(&s->closes, tick);
  double length = crucible__sum_push(
      &s->changes, tick->slot, fabs(tick->bar->close - tick->prev->close));
  return crucible__ratio(top - bottom, length);
}

DEFINE_FEATURE(VHF,
               "(MAX - MIN) / sum of |changes of close|; 0 if flat (White "
               "1991)",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(28)),
               RUNS(filter, vhf_init, vhf_step));

/* ---- Bollinger's bands ---- */

#undef FAMILY
#define FAMILY CRUCIBLE_FAMILY_VOLATILITY

typedef struct bands {
  crucible__sums closes;
  double width; /* in standard deviations */
} bands;

static size_t bands_init(void *state, crucible__setup *setup) {
  bands *s = state;
  size_t n = crucible__count_param(setup, 0);
  s->width = setup->params[1] > 0 ? setup->params[1] : 2; /* 0: has none */
  crucible__spread_init(&s->closes, n, setup);
  return n - 1;
}

/* Mean; half the width of the band in *half. */
static double bands_push(bands *s, const crucible__tick *tick, double *half) {
  crucible__spread spread =
      crucible__spread_push(&s->closes, tick->slot, tick->bar->close);
  *half = s->width * sqrt(spread.squares / (double)s->closes.span.n);
  return spread.mean;
}

static double bands_upper_step(void *state, const crucible__tick *tick) {
  double half, mean = bands_push(state, tick, &half);
  return mean + half;
}

static double bands_middle_step(void *state, const crucible__tick *tick) {
  double half;
  return bands_push(state, tick, &half);
}

static double bands_lower_step(void *state, const crucible__tick *tick) {
  double half, mean = bands_push(state, tick, &half);
  return mean - half;
}

static double bands_width_step(void *state, const crucible__tick *tick) {
  double half, mean = bands_push(state, tick, &half);
  return 2 * half / mean;
}

static double bands_place_step(void *state, const crucible__tick *tick) {
  double half, mean = bands_push(state, tick, &half);
  return half > 0 ? (tick->bar->close - (mean - half)) / (2 * half) : 0.5;
}

#define WIDTH(name) FACTOR(name, 0.5, 5, 2, "standard deviations")
#define OF_BANDS(function) RUNS(bands, bands_init, function)

DEFINE_FEATURE(BBANDS_UPPER, "SMA + nbdevup STDDEV (Bollinger)", IN_PRICE,
               FROM_TALIB, PARAMS2(PERIOD(20), WIDTH("nbdevup")),
               OF_BANDS(bands_upper_step));
DEFINE_FEATURE(BBANDS_MIDDLE, "SMA, as the middle of the bands", IN_PRICE,
               FROM_TALIB, PARAMS1(PERIOD(20)), OF_BANDS(bands_middle_step));
DEFINE_FEATURE(BBANDS_LOWER, "SMA - nbdevdn STDDEV", IN_PRICE, FROM_TALIB,
               PARAMS2(PERIOD(20), WIDTH("nbdevdn")),
               OF_BANDS(bands_lower_step));
DEFINE_FEATURE(BBANDS_WIDTH, "4 STDDEV / SMA: the bands at 2 deviations",
               IN_RATIO, PARAMS1(PERIOD(20)), OF_BANDS(bands_width_step));
DEFINE_FEATURE(BBANDS_PERCENT,
               "place of the close within the bands at 2 deviations: 0 the "
               "lower, 1 the upper; 0.5 if flat",
               IN_RATIO, PARAMS1(PERIOD(20)), OF_BANDS(bands_place_step));
