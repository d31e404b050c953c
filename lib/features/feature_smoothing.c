/* SPDX-License-Identifier: Apache-2.0 */
/* Exponential averages: recursive, every older bar counts. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_TREND

/* ---- EMA ---- */

static size_t ema_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__ema_init(state, n);
  return n - 1;
}

static double ema_step(void *state, const crucible__tick *tick) {
  return crucible__ema_push(state, tick->bar->close);
}

static double price_to_ema_step(void *state, const crucible__tick *tick) {
  double average = ema_step(state, tick);
  return (tick->bar->close - average) / average;
}

static size_t rma_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__wilder_init(state, n);
  return n - 1;
}

static double rma_step(void *state, const crucible__tick *tick) {
  return crucible__wilder_push(state, tick->bar->close);
}

DEFINE_FEATURE(EMA,
               "exponential average of closes, weight 2 / (timeperiod + 1), "
               "seeded with the first SMA",
               IN_PRICE, FROM_TALIB, RECURSIVE, PARAMS1(PERIOD(30)),
               RUNS(crucible__ema, ema_init, ema_step), BLOCK(ema));
DEFINE_FEATURE(PRICE_TO_EMA, "close / EMA - 1", IN_RATIO, RECURSIVE,
               PARAMS1(PERIOD(30)),
               RUNS(crucible__ema, ema_init, price_to_ema_step));
DEFINE_FEATURE(RMA, "Wilder's average of closes, weight 1 / timeperiod",
               IN_PRICE, FROM_TALIB, RECURSIVE, PARAMS1(PERIOD(30)),
               RUNS(crucible__ema, rma_init, rma_step));

/* ---- averages of averages ---- */

enum { CHAIN_MAX = 6 };

/* Each average is fed by the one before once that is warm. */
typedef struct chain {
  crucible__ema link[CHAIN_MAX];
  size_t length;
  double factor; /* T3's */
  double last;   /* TRIX: the value before */
} chain;

static size_t chain_init(chain *s, const crucible__setup *setup,
                         size_t length) {
  size_t n = crucible__count_param(setup, 0);
  s->length = length;
  for (size_t i = 0; i < length; ++i)
    crucible__ema_init(&s->link[i], n);
  return length * (n - 1);
}

/* The last link's value, which counts only once it is warm. */
static double chain_push(chain *s, double x) {
  for (size_t i = 0; i < s->length; ++i) {
    x = crucible__ema_push(&s->link[i], x);
    if (!crucible__ema_is_warm(&s->link[i]))
      return 0;
  }
  return x;
}

static size_t dema_init(void *state, crucible__setup *setup) {
  return chain_init(state, setup, 2);
}

static double dema_step(void *state, const crucible__tick *tick) {
  chain *s = state;
  (void)chain_push(s, tick->bar->close);
  return 2 * s->link[0].value - s->link[1].value;
}

static size_t tema_init(void *state, crucible__setup *setup) {
  return chain_init(state, setup, 3);
}

static double tema_step(void *state, const crucible__tick *tick) {
  chain *s = state;
  (void)chain_push(s, tick->bar->close);
  return 3 * s->link[0].value - 3 * s->link[1].value + s->link[2].value;
}

static size_t t3_init(void *state, crucible__setup *setup) {
  ((chain *)state)->factor = setup->params[1];
  return chain_init(state, setup, 6);
}

static double t3_step(void *state, const crucible__tick *tick) {
  chain *s = state;
  double v = s->factor, square = v * v, cube = square * v;
  (void)chain_push(s, tick->bar->close);
  return -cube * s->link[5].value + 3 * (square + cube) * s->link[4].value -
         (6 * square + 3 * (v + cube)) * s->link[3].value +
         (1 + 3 * v + 3 * square + cube) * s->link[2].value;
}

static size_t trix_init(void *state, crucible__setup *setup) {
  return chain_init(state, setup, 3) + 1;
}

static double trix_step(void *state, const crucible__tick *tick) {
  chain *s = state;
  double old = s->last;
  s->last = chain_push(s, tick->bar->close);
  return old > 0 ? (s->last / old - 1) * 100 : 0.0;
}

DEFINE_FEATURE(DEMA, "2 EMA - EMA of EMA (Mulloy 1994)", IN_PRICE, FROM_TALIB,
               RECURSIVE, PARAMS1(PERIOD(30)),
               RUNS(chain, dema_init, dema_step));
DEFINE_FEATURE(TEMA, "3 EMA - 3 EMA of EMA + EMA of EMA of EMA (Mulloy 1994)",
               IN_PRICE, FROM_TALIB, RECURSIVE, PARAMS1(PERIOD(30)),
               RUNS(chain, tema_init, tema_step));
DEFINE_FEATURE(T3, "Tillson's T3 of closes (1998)", IN_PRICE, FROM_TALIB,
               RECURSIVE,
               PARAMS2(PERIOD(5),
                       FACTOR("vfactor", 0, 1, 0.7, "share of the correction")),
               RUNS(chain, t3_init, t3_step));

#undef FAMILY
#define FAMILY CRUCIBLE_FAMILY_MOMENTUM
DEFINE_FEATURE(TRIX, "change in percent of EMA of EMA of EMA over one bar",
               IN_RATIO, FROM_TALIB, RECURSIVE, PARAMS1(PERIOD(30)),
               RUNS(chain, trix_init, trix_step));
#undef FAMILY
#define FAMILY CRUCIBLE_FAMILY_TREND

/* ---- Kaufman's adaptive average ---- */

/* |change over n bars| and the sum of |changes| on the way. */
typedef struct path {
  crucible__delay closes;
  crucible__sums changes;
} path;

static size_t path_init(void *state, crucible__setup *setup) {
  path *s = state;
  size_t n = crucible__count_param(setup, 0);
  crucible__delay_init(&s->closes, n, setup);
  crucible__sum_init(&s->changes, n, setup);
  return n;
}

/* The change; the length of the way in *length. */
static double path_push(path *s, const crucible__tick *tick, double *length) {
  double close = tick->bar->close;
  double change = close - crucible__delay_push(&s->closes, close);
  *length = crucible__sum_push(&s->changes, tick->slot,
                               fabs(close - tick->prev->close));
  return change;
}

static double er_step(void *state, const crucible__tick *tick) {
  double length, change = path_push(state, tick, &length);
  double ratio = length > 0 ? fabs(change) / length : 1;
  return ratio < 1 ? ratio : 1.0;
}

typedef struct kama {
  path way;
  size_t n;
  double value;
} kama;

static size_t kama_init(void *state, crucible__setup *setup) {
  kama *s = state;
  s->n = crucible__count_param(setup, 0);
  return path_init(&s->way, setup);
}

static double kama_step(void *state, const crucible__tick *tick) {
  kama *s = state;
  double length, change = path_push(&s->way, tick, &length);
  if (tick->index < s->n)
    return 0;
  if (tick->index == s->n)
    s->value = tick->prev->close;
  /* TA-Lib compares the change with its sign, and so does not cap a fall. */
  double ratio = length <= change || length <= 0 ? 1 : fabs(change / length);
  double fastest = 2.0 / 3, slowest = 2.0 / 31;
  double weight = ratio * (fastest - slowest) + slowest;
  s->value += (tick->bar->close - s->value) * (weight * weight);
  return s->value;
}

DEFINE_FEATURE(KAMA, "Kaufman's adaptive average of closes (1995)", IN_PRICE,
               FROM_TALIB, RECURSIVE, PARAMS1(PERIOD(30)),
               RUNS(kama, kama_init, kama_step));
DEFINE_FEATURE(ER,
               "Kaufman's efficiency: |change of close| / sum of the |changes| "
               "of its bars; 1 if flat",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(10)),
               RUNS(path, path_init, er_step));

/* ---- distance in true ranges ---- */

typedef struct distance {
  crucible__ema average, range;
} distance;

static size_t distance_init(void *state, crucible__setup *setup) {
  distance *s = state;
  size_t n = crucible__count_param(setup, 0);
  size_t range = crucible__count_param(setup, 1);
  crucible__ema_init(&s->average, n);
  crucible__wilder_init(&s->range, range);
  return n - 1 > range ? n - 1 : range;
}

static double distance_step(void *state, const crucible__tick *tick) {
  distance *s = state;
  double close = tick->bar->close;
  double above = close - crucible__ema_push(&s->average, close);
  if (tick->index > 0)
    (void)crucible__wilder_push(&s->range, crucible__true_range(tick));
  /* In a market that stands still the range shrinks without end. */
  return s->range.value > 1e-12 * close ? above / s->range.value : 0.0;
}

DEFINE_FEATURE(EMA_DISTANCE,
               "(close - EMA(timeperiod)) / ATR(atrperiod); 0 if the ATR is "
               "below 1e-12 of the close",
               IN_RATIO, RECURSIVE,
               PARAMS2(PERIOD(30), PERIOD_NAMED("atrperiod", 2, 14)),
               RUNS(distance, distance_init, distance_step));
