/* SPDX-License-Identifier: Apache-2.0 */
/* Momentum by the place of the close in its range. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_MOMENTUM

/* ---- place of the close between the extremes ---- */

typedef struct place {
  crucible__maximum top, bottom; /* the bottom holds negated values */
} place;

static void place_open(place *s, size_t n, crucible__setup *setup) {
  crucible__maximum_init(&s->top, n, setup);
  crucible__maximum_init(&s->bottom, n, setup);
}

/* 0 at the lowest, 100 at the highest; 0 if the two are equal. */
static double place_push(place *s, double high, double low, double x) {
  double top = crucible__maximum_push(&s->top, high);
  double bottom = -crucible__maximum_push(&s->bottom, -low);
  return 100 * crucible__ratio(x - bottom, top - bottom);
}

static double place_of_bar(place *s, const crucible__tick *tick) {
  return place_push(s, tick->bar->high, tick->bar->low, tick->bar->close);
}

static size_t fastk_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  place_open(state, n, setup);
  return n - 1;
}

static double fastk_step(void *state, const crucible__tick *tick) {
  return place_of_bar(state, tick);
}

static double willr_step(void *state, const crucible__tick *tick) {
  place *s = state;
  double top = crucible__maximum_push(&s->top, tick->bar->high);
  double bottom = -crucible__maximum_push(&s->bottom, -tick->bar->low);
  return -100 * crucible__ratio(top - tick->bar->close, top - bottom);
}

#define FASTK PERIOD_NAMED("fastk_period", 2, 5)

DEFINE_FEATURE(STOCHF_FASTK,
               "100 (close - lowest low) / (highest high - lowest low); 0 if "
               "flat (Lane)",
               IN_RATIO, FROM_TALIB, PARAMS1(FASTK),
               RUNS(place, fastk_init, fastk_step));
DEFINE_FEATURE(WILLR,
               "-100 (highest high - close) / (highest high - lowest low); 0 "
               "if flat (Williams)",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(14)),
               RUNS(place, fastk_init, willr_step));

/* ---- smoothed ---- */

typedef struct slow {
  place fast;
  crucible__sums k, d;
} slow;

static size_t slowk_init(void *state, crucible__setup *setup) {
  slow *s = state;
  size_t n = crucible__count_param(setup, 1);
  size_t before = fastk_init(&s->fast, setup);
  crucible__mean_init(&s->k, n, setup);
  return before + n - 1;
}

static double slowk_step(void *state, const crucible__tick *tick) {
  slow *s = state;
  return crucible__mean_push(&s->k, tick->slot, place_of_bar(&s->fast, tick));
}

static size_t slowd_init(void *state, crucible__setup *setup) {
  slow *s = state;
  size_t n = crucible__count_param(setup, 2);
  size_t before = slowk_init(state, setup);
  crucible__mean_init(&s->d, n, setup);
  return before + n - 1;
}

static double slowd_step(void *state, const crucible__tick *tick) {
  slow *s = state;
  return crucible__mean_push(&s->d, tick->slot, slowk_step(state, tick));
}

#define SLOWK PERIOD_NAMED("slowk_period", 2, 3)
#define SLOWD PERIOD_NAMED("slowd_period", 2, 3)

DEFINE_FEATURE(STOCH_SLOWK, "SMA(slowk_period) of STOCHF_FASTK", IN_RATIO,
               FROM_TALIB, PARAMS2(FASTK, SLOWK),
               RUNS(slow, slowk_init, slowk_step));
DEFINE_FEATURE(STOCH_SLOWD, "SMA(slowd_period) of STOCH_SLOWK", IN_RATIO,
               FROM_TALIB, PARAMS3(FASTK, SLOWK, SLOWD),
               RUNS(slow, slowd_init, slowd_step));

/* ---- place of the RSI in its own range ---- */

typedef struct rsi_place {
  crucible__ema gain, loss;
  double rsi;
  place range;
  crucible__sums d;
} rsi_place;

static size_t rsi_fastk_init(void *state, crucible__setup *setup) {
  rsi_place *s = state;
  size_t n = crucible__count_param(setup, 0);
  size_t range = crucible__count_param(setup, 1);
  crucible__wilder_init(&s->gain, n);
  crucible__wilder_init(&s->loss, n);
  place_open(&s->range, range, setup);
  return n + range - 1;
}

static double rsi_fastk_step(void *state, const crucible__tick *tick) {
  rsi_place *s = state;
  double change = tick->bar->close - tick->prev->close;
  if (tick->index == 0)
    return 0;
  double gain = crucible__wilder_push(&s->gain, change > 0 ? change : 0.0);
  double loss = crucible__wilder_push(&s->loss, change < 0 ? -change : 0.0);
  if (!crucible__ema_is_warm(&s->gain))
    return 0;
  /* Without a change the RSI stands still. Computed anew its last bit would
     move, and a window of such bars would show the noise as 0 or 100. */
  if (change != 0)
    s->rsi = 100 * crucible__ratio(gain, gain + loss);
  return place_push(&s->range, s->rsi, s->rsi, s->rsi);
}

static size_t rsi_fastd_init(void *state, crucible__setup *setup) {
  rsi_place *s = state;
  size_t n = crucible__count_param(setup, 2);
  size_t before = rsi_fastk_init(state, setup);
  crucible__mean_init(&s->d, n, setup);
  return before + n - 1;
}

static double rsi_fastd_step(void *state, const crucible__tick *tick) {
  rsi_place *s = state;
  return crucible__mean_push(&s->d, tick->slot, rsi_fastk_step(state, tick));
}

DEFINE_FEATURE(STOCHRSI_FASTK,
               "100 (RSI - its lowest) / (its highest - its lowest) over "
               "fastk_period bars; 0 if flat (Chande, Kroll 1994)",
               IN_RATIO, FROM_TALIB, RECURSIVE,
               PARAMS2(PERIOD(14), PERIOD_NAMED("fastk_period", 3, 5)),
               RUNS(rsi_place, rsi_fastk_init, rsi_fastk_step));
DEFINE_FEATURE(STOCHRSI_FASTD, "SMA(fastd_period) of STOCHRSI_FASTK", IN_RATIO,
               FROM_TALIB, RECURSIVE,
               PARAMS3(PERIOD(14), PERIOD_NAMED("fastk_period", 3, 5),
                       PERIOD_NAMED("fastd_period", 2, 3)),
               RUNS(rsi_place, rsi_fastd_init, rsi_fastd_step));

/* ---- ultimate oscillator ---- */

typedef struct ultimate {
  crucible__sums sums[3]; /* buying pressure, true range; shortest first */
} ultimate;

static size_t ultosc_init(void *state, crucible__setup *setup) {
  ultimate *s = state;
  size_t a = crucible__count_param(setup, 0);
  size_t b = crucible__count_param(setup, 1);
  size_t c = crucible__count_param(setup, 2);
  size_t low = a < b ? a : b, high = a < b ? b : a;
  size_t longest = c > high ? c : high;
  size_t shortest = c < low ? c : low;
  crucible__sum2_init(&s->sums[0], shortest, setup);
  crucible__sum2_init(&s->sums[1], a + b + c - shortest - longest, setup);
  crucible__sum2_init(&s->sums[2], longest, setup);
  return longest;
}

static double ultosc_step(void *state, const crucible__tick *tick) {
  ultimate *s = state;
  double close = tick->bar->close;
  double pressure = close - fmin(tick->bar->low, tick->prev->close);
  double share[3], range = crucible__true_range(tick);
  for (size_t i = 0; i < 3; ++i) {
    double sums[2];
    crucible__sum2_push(&s->sums[i], tick->slot, pressure, range, sums);
    share[i] = crucible__ratio(sums[0], sums[1]);
  }
  return 100 * (4 * share[0] + 2 * share[1] + share[2]) / 7;
}

DEFINE_FEATURE(ULTOSC,
               "100 (4 a + 2 b + c) / 7, shares of buying pressure in the true "
               "range over the shortest to the longest window (Williams 1985)",
               IN_RATIO, FROM_TALIB,
               PARAMS3(PERIOD_NAMED("timeperiod1", 2, 7),
                       PERIOD_NAMED("timeperiod2", 3, 14),
                       PERIOD_NAMED("timeperiod3", 4, 28)),
               RUNS(ultimate, ultosc_init, ultosc_step));

/* ---- commodity channel index ---- */

static size_t cci_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__mean_init(state, n, setup);
  return n - 1;
}

static double cci_step(void *state, const crucible__tick *tick) {
  const crucible_bar *bar = tick->bar;
  double typical = (bar->high + bar->low + bar->close) / 3;
  double mean = crucible__mean_push(state, tick->slot, typical);
  if (crucible__is_rounding(typical - mean, typical + mean))
    return 0;
  return crucible__ratio(typical - mean,
                         0.015 * crucible__mean_deviation(state, mean));
}

DEFINE_FEATURE(CCI,
               "(p - mean of p) / (0.015 mean |p - mean|) of the typical price "
               "p; 0 if flat; takes timeperiod operations (Lambert 1980)",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(14)),
               RUNS(crucible__sums, cci_init, cci_step));
