/* SPDX-License-Identifier: Apache-2.0 */
/* Fractional differences, ranks, and the shape of recent returns. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_TRANSFORM

/* ---- standing of the close among its past ---- */

static size_t zscore_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__spread_init(state, n, setup);
  return n - 1;
}

static double zscore_step(void *state, const crucible__tick *tick) {
  crucible__sums *w = state;
  double x = tick->bar->close;
  crucible__spread s = crucible__spread_push(w, tick->slot, x);
  return crucible__ratio(x - s.mean, sqrt(s.squares / (double)w->span.n));
}

static size_t rank_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__delay_init(state, n, setup);
  return n;
}

static double rank_of(crucible__delay *w, double x) {
  const double *ring = w->ring;
  size_t below[2] = {0}, n = w->n;
  for (size_t i = 0; i + 1 < n; i += 2) {
    below[0] += ring[i] < x;
    below[1] += ring[i + 1] < x;
  }
  if (n % 2 == 1)
    below[0] += ring[n - 1] < x;
  (void)crucible__delay_push(w, x);
  return (double)(below[0] + below[1]) / (double)n * 100;
}

static double percentrank_step(void *state, const crucible__tick *tick) {
  return rank_of(state, tick->bar->close);
}

static double volume_rank_step(void *state, const crucible__tick *tick) {
  return rank_of(state, tick->bar->volume);
}

DEFINE_FEATURE(ZSCORE, "(close - SMA) / STDDEV over timeperiod bars; 0 if flat",
               IN_RATIO, PARAMS1(PERIOD(48)),
               RUNS(crucible__sums, zscore_init, zscore_step));
DEFINE_FEATURE(PERCENTRANK,
               "percent of the timeperiod closes before that lie below this "
               "one; takes timeperiod comparisons",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(100)),
               RUNS(crucible__delay, rank_init, percentrank_step));

#undef FAMILY
#define FAMILY CRUCIBLE_FAMILY_VOLUME
DEFINE_FEATURE(VOLUME_RANK,
               "percent of the timeperiod volumes before that lie below this "
               "one; takes timeperiod comparisons",
               IN_RATIO, PARAMS1(PERIOD(100)),
               RUNS(crucible__delay, rank_init, volume_rank_step));
#undef FAMILY
#define FAMILY CRUCIBLE_FAMILY_TRANSFORM

/* ---- fractional difference ---- */

/* Log closes lie twice in memory, newest first, so that the last n of them
   are always in one piece. */
typedef struct fracdiff {
  double *weight;    /* [n] of the value k bars ago */
  double *log_close; /* [2 n] */
  size_t n, head;
  double order;
} fracdiff;

static size_t fracdiff_init(void *state, crucible__setup *setup) {
  fracdiff *s = state;
  s->order = setup->params[0];
  s->n = crucible__count_param(setup, 1);
  s->weight = crucible__take(setup, s->n);
  s->log_close = crucible__take(setup, 2 * s->n);
  return s->n - 1;
}

/* w_0 = 1, w_k = -w_(k-1) (d - k + 1) / k. */
static void fracdiff_weigh(fracdiff *s) {
  s->weight[0] = 1;
  for (size_t k = 1; k < s->n; ++k)
    s->weight[k] = -s->weight[k - 1] * (s->order - (double)k + 1) / (double)k;
}

/* In four sums, which a compiler can run side by side. */
static double dot(const double *x, const double *y, size_t n) {
  double sum[4] = {0};
  size_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (size_t j = 0; j < 4; ++j)
      sum[j] += x[i + j] * y[i + j];
  for (; i < n; ++i)
    sum[i % 4] += x[i] * y[i];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static double fracdiff_step(void *state, const crucible__tick *tick) {
  fracdiff *s = state;
  if (tick->index == 0)
    fracdiff_weigh(s);
  s->head = s->head == 0 ? s->n - 1 : s->head - 1;
  s->log_close[s->head] = s->log_close[s->head + s->n] = log(tick->bar->close);
  return dot(s->weight, s->log_close + s->head, s->n);
}

DEFINE_FEATURE(FRACDIFF,
               "log close differenced to the order d in (0, 1), cut off after "
               "timeperiod weights; takes timeperiod operations (Lopez de "
               "Prado 2018, ch. 5)",
               IN_LOG_PRICE,
               PARAMS2(FACTOR("d", 0.05, 0.95, 0.4, "order of the difference"),
                       PERIOD(100)),
               RUNS(fracdiff, fracdiff_init, fracdiff_step));

/* ---- shape of returns ---- */

static size_t powers_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__powers_init(state, n, setup);
  return n;
}

/* Central moments m[0] = mean less the pivot, m[1] .. m[3] of order 2 to 4. */
static void central(crucible__sums *w, const crucible__tick *tick,
                    double m[4]) {
  double s[4], n = (double)w->span.n;
  crucible__powers_push(w, tick->slot, tick->log_return, s);
  double a = s[0] / n, square = a * a;
  m[0] = a;
  m[1] = s[1] / n - square;
  m[2] = s[2] / n - 3 * a * (s[1] / n) + 2 * square * a;
  m[3] = s[3] / n - 4 * a * (s[2] / n) + 6 * square * (s[1] / n) -
         3 * square * square;
}

static double skew_step(void *state, const crucible__tick *tick) {
  double m[4];
  central(state, tick, m);
  return m[1] > 0 ? m[2] / (m[1] * sqrt(m[1])) : 0.0;
}

static double kurt_step(void *state, const crucible__tick *tick) {
  double m[4];
  central(state, tick, m);
  return m[1] > 0 ? m[3] / (m[1] * m[1]) : 3;
}

DEFINE_FEATURE(SKEW, "skewness of log returns, m3 / m2^(3/2); 0 if flat",
               IN_RATIO, PARAMS1(PERIOD_NAMED("timeperiod", 3, 96)),
               USES(CRUCIBLE__USES_RETURN),
               RUNS(crucible__sums, powers_init, skew_step));
DEFINE_FEATURE(KURT,
               "kurtosis of log returns, m4 / m2^2 (3 for a normal law); 3 if "
               "flat",
               IN_RATIO, PARAMS1(PERIOD_NAMED("timeperiod", 4, 96)),
               USES(CRUCIBLE__USES_RETURN),
               RUNS(crucible__sums, powers_init, kurt_step));

/* ---- dependence ---- */

typedef struct lagged {
  crucible__sums pairs;
  crucible__delay old;
} lagged;

static size_t autocorrel_init(void *state, crucible__setup *setup) {
  lagged *s = state;
  size_t n = crucible__count_param(setup, 0);
  size_t lag = crucible__count_param(setup, 1);
  crucible__joint_init(&s->pairs, n, setup);
  crucible__delay_init(&s->old, lag, setup);
  return n + lag;
}

static double autocorrel_step(void *state, const crucible__tick *tick) {
  lagged *s = state;
  double r = tick->log_return;
  crucible__joint j = crucible__joint_push(&s->pairs, tick->slot, r,
                                           crucible__delay_push(&s->old, r));
  return crucible__correlation(&j);
}

static size_t return_volume_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__joint_init(&((lagged *)state)->pairs, n, setup);
  return n;
}

static double return_volume_step(void *state, const crucible__tick *tick) {
  lagged *s = state;
  crucible__joint j = crucible__joint_push(&s->pairs, tick->slot,
                                           tick->log_return, tick->bar->volume);
  return crucible__correlation(&j);
}

#define LAG(lowest, standard)                                                  \
  {                                                                            \
    .name = "lag", .low = lowest, .high = 100, .default_value = standard,      \
    .is_integer = 1, .is_log = 1, .doc = "bars"                                \
  }

DEFINE_FEATURE(AUTOCORREL,
               "correlation of log returns and those lag bars before; 0 if "
               "flat",
               IN_RATIO, PARAMS2(PERIOD_NAMED("timeperiod", 3, 96), LAG(1, 1)),
               USES(CRUCIBLE__USES_RETURN),
               RUNS(lagged, autocorrel_init, autocorrel_step));
DEFINE_FEATURE(RETURN_VOLUME_CORREL,
               "correlation of log return and volume; 0 if flat", IN_RATIO,
               PARAMS1(PERIOD_NAMED("timeperiod", 3, 96)),
               USES(CRUCIBLE__USES_RETURN),
               RUNS(lagged, return_volume_init, return_volume_step));

typedef struct two_scales {
  crucible__sums one, many;
  crucible__delay closes;
} two_scales;

static size_t variance_ratio_init(void *state, crucible__setup *setup) {
  two_scales *s = state;
  size_t n = crucible__count_param(setup, 0);
  size_t lag = crucible__count_param(setup, 1);
  crucible__spread_init(&s->one, n, setup);
  crucible__spread_init(&s->many, n, setup);
  crucible__delay_init(&s->closes, lag, setup);
  return n - 1 + lag;
}

static double variance_ratio_step(void *state, const crucible__tick *tick) {
  two_scales *s = state;
  double close = tick->bar->close, lag = (double)s->closes.n;
  double old = crucible__delay_push(&s->closes, close);
  double many = tick->index < s->closes.n ? 0 : log(close / old);
  double one =
      crucible__spread_push(&s->one, tick->slot, tick->log_return).squares;
  many = crucible__spread_push(&s->many, tick->slot, many).squares;
  return one > 0 ? many / (lag * one) : 1;
}

DEFINE_FEATURE(VARIANCE_RATIO,
               "variance of log returns over lag bars / (lag times that over "
               "one bar), overlapping: above 1 trending, below 1 reverting; 1 "
               "if flat (Lo, MacKinlay 1988)",
               IN_RATIO, PARAMS2(PERIOD_NAMED("timeperiod", 3, 96), LAG(2, 4)),
               USES(CRUCIBLE__USES_RETURN),
               RUNS(two_scales, variance_ratio_init, variance_ratio_step));
