/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volatility of log returns per bar, never annualised: from closes, and from
 * the range of the bars, which holds more of it. Where prices stand still all
 * of them are 0.
 */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_VOLATILITY
#define HALF_PI 1.5707963267948966
#define LN2 0.6931471805599453

/* ---- from closes ---- */

static size_t returns_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__sum_init(state, n, setup);
  return n;
}

static double mean_square(crucible__sums *w, const crucible__tick *tick,
                          double r) {
  return crucible__sum_push(w, tick->slot, r * r) / (double)w->span.n;
}

static double realized_vol_step(void *state, const crucible__tick *tick) {
  return sqrt(mean_square(state, tick, tick->log_return));
}

static double downside_vol_step(void *state, const crucible__tick *tick) {
  return sqrt(mean_square(state, tick, fmin(tick->log_return, 0)));
}

static double return_zscore_step(void *state, const crucible__tick *tick) {
  double vol = realized_vol_step(state, tick);
  return crucible__ratio(tick->log_return, vol);
}

static size_t downside_share_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__sum2_init(state, n, setup);
  return n;
}

static double downside_share_step(void *state, const crucible__tick *tick) {
  double sums[2], r = tick->log_return, fall = fmin(r, 0);
  crucible__sum2_push(state, tick->slot, fall * fall, r * r, sums);
  return sums[1] > 0 ? sums[0] / sums[1] : 0.5;
}

DEFINE_FEATURE(REALIZED_VOL,
               "root of the mean squared log return of timeperiod bars",
               IN_RATIO, PARAMS1(PERIOD(48)), USES(CRUCIBLE__USES_RETURN),
               RUNS(crucible__sums, returns_init, realized_vol_step));
DEFINE_FEATURE(DOWNSIDE_VOL, "the same with rises counted as 0", IN_RATIO,
               PARAMS1(PERIOD(48)), USES(CRUCIBLE__USES_RETURN),
               RUNS(crucible__sums, returns_init, downside_vol_step));
DEFINE_FEATURE(RETURN_ZSCORE, "log return / REALIZED_VOL; 0 if flat", IN_RATIO,
               PARAMS1(PERIOD(48)), USES(CRUCIBLE__USES_RETURN),
               RUNS(crucible__sums, returns_init, return_zscore_step));
DEFINE_FEATURE(DOWNSIDE_SHARE,
               "share of the falls in the squared log returns; 0.5 if flat",
               IN_RATIO, PARAMS1(PERIOD(48)), USES(CRUCIBLE__USES_RETURN),
               RUNS(crucible__sums, downside_share_init, downside_share_step));

static size_t ewma_vol_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__ema_init(state, n);
  return n;
}

static double ewma_vol_step(void *state, const crucible__tick *tick) {
  double r = tick->log_return;
  return tick->index > 0 ? sqrt(crucible__ema_push(state, r * r)) : 0.0;
}

DEFINE_FEATURE(EWMA_VOL,
               "root of the EMA of squared log returns (RiskMetrics' lambda = "
               "1 - 2 / (timeperiod + 1))",
               IN_RATIO, RECURSIVE, PARAMS1(PERIOD(32)),
               USES(CRUCIBLE__USES_RETURN),
               RUNS(crucible__ema, ewma_vol_init, ewma_vol_step));

/* ---- two horizons ---- */

typedef struct horizons {
  crucible__sums fast, slow;
} horizons;

static size_t vol_ratio_init(void *state, crucible__setup *setup) {
  horizons *s = state;
  size_t fast = crucible__count_param(setup, 0);
  size_t slow = crucible__count_param(setup, 1);
  crucible__sum_init(&s->fast, fast, setup);
  crucible__sum_init(&s->slow, slow, setup);
  return fast > slow ? fast : slow;
}

static double vol_ratio_step(void *state, const crucible__tick *tick) {
  horizons *s = state;
  double fast = mean_square(&s->fast, tick, tick->log_return);
  double slow = mean_square(&s->slow, tick, tick->log_return);
  return slow > 0 ? sqrt(fast / slow) : 1;
}

DEFINE_FEATURE(VOL_RATIO,
               "REALIZED_VOL(fastperiod) / REALIZED_VOL(slowperiod); 1 if the "
               "latter is 0",
               IN_RATIO,
               PARAMS2(PERIOD_NAMED("fastperiod", 2, 12),
                       PERIOD_NAMED("slowperiod", 3, 96)),
               USES(CRUCIBLE__USES_RETURN),
               RUNS(horizons, vol_ratio_init, vol_ratio_step));

/* ---- without jumps ---- */

typedef struct bipower {
  crucible__sums pairs, squares;
  double last;
} bipower;

static size_t jump_share_init(void *state, crucible__setup *setup) {
  bipower *s = state;
  size_t n = crucible__count_param(setup, 0);
  crucible__sum_init(&s->pairs, n - 1, setup);
  crucible__sum_init(&s->squares, n, setup);
  return n;
}

static double jump_share_step(void *state, const crucible__tick *tick) {
  bipower *s = state;
  double size = fabs(tick->log_return);
  double pairs = crucible__sum_push(&s->pairs, tick->slot, size * s->last);
  double all = mean_square(&s->squares, tick, size);
  s->last = size;
  double smooth = HALF_PI * pairs / (double)s->pairs.span.n;
  return smooth < all ? 1 - smooth / all : 0.0;
}

DEFINE_FEATURE(JUMP_SHARE,
               "share of jumps in the squared log returns: 1 - bipower / "
               "realised variance, not below 0 (Barndorff-Nielsen, Shephard "
               "2004)",
               IN_RATIO, PARAMS1(PERIOD(48)), USES(CRUCIBLE__USES_RETURN),
               RUNS(bipower, jump_share_init, jump_share_step));

/* ---- from the range ---- */

static size_t range_init(void *state, crucible__setup *setup) {
  return returns_init(state, setup) - 1;
}

static double parkinson_step(void *state, const crucible__tick *tick) {
  double range = tick->log_ho - tick->log_lo;
  return sqrt(mean_square(state, tick, range) / (4 * LN2));
}

static double garman_klass_step(void *state, const crucible__tick *tick) {
  crucible__sums *w = state;
  double range = tick->log_ho - tick->log_lo, body = tick->log_co;
  double var = 0.5 * range * range - (2 * LN2 - 1) * body * body;
  return sqrt(crucible__sum_push(w, tick->slot, var) / (double)w->span.n);
}

/* No factor has another sign than its neighbour but by rounding. */
static double rogers_satchell_of(const crucible__tick *tick) {
  double h = tick->log_ho, l = tick->log_lo, c = tick->log_co;
  return fmax(h * (h - c) + l * (l - c), 0);
}

static double rogers_satchell_step(void *state, const crucible__tick *tick) {
  crucible__sums *w = state;
  double sum = crucible__sum_push(w, tick->slot, rogers_satchell_of(tick));
  return sqrt(sum / (double)w->span.n);
}

#define OF_RANGE(function)                                                     \
  USES(CRUCIBLE__USES_RANGE), RUNS(crucible__sums, range_init, function)

DEFINE_FEATURE(PARKINSON,
               "root of the mean of log(high / low)^2 / (4 log 2) (Parkinson "
               "1980)",
               IN_RATIO, PARAMS1(PERIOD(48)), OF_RANGE(parkinson_step));
DEFINE_FEATURE(GARMAN_KLASS,
               "root of the mean of log(high / low)^2 / 2 - (2 log 2 - 1) "
               "log(close / open)^2 (Garman, Klass 1980)",
               IN_RATIO, PARAMS1(PERIOD(48)), OF_RANGE(garman_klass_step));
DEFINE_FEATURE(ROGERS_SATCHELL,
               "root of the mean of h (h - c) + l (l - c), logs over the open; "
               "free of drift (Rogers, Satchell 1991)",
               IN_RATIO, PARAMS1(PERIOD(48)), OF_RANGE(rogers_satchell_step));

/* ---- with the jump from close to open ---- */

typedef struct yang_zhang {
  crucible__sums night, day, range;
  double weight;
} yang_zhang;

static size_t yang_zhang_init(void *state, crucible__setup *setup) {
  yang_zhang *s = state;
  size_t n = crucible__count_param(setup, 0);
  crucible__spread_init(&s->night, n, setup);
  crucible__spread_init(&s->day, n, setup);
  crucible__sum_init(&s->range, n, setup);
  s->weight = 0.34 / (1.34 + (double)(n + 1) / (double)(n - 1));
  return n;
}

static double yang_zhang_step(void *state, const crucible__tick *tick) {
  yang_zhang *s = state;
  double n = (double)s->range.span.n, k = s->weight;
  double jump = log(tick->bar->open / tick->prev->close);
  double night = crucible__spread_push(&s->night, tick->slot, jump).squares;
  double day = crucible__spread_push(&s->day, tick->slot, tick->log_co).squares;
  double range =
      crucible__sum_push(&s->range, tick->slot, rogers_satchell_of(tick));
  return sqrt((night + k * day) / (n - 1) + (1 - k) * (range / n));
}

DEFINE_FEATURE(YANG_ZHANG,
               "root of var(open / previous close) + k var(close / open) + (1 "
               "- k) ROGERS_SATCHELL^2, k = 0.34 / (1.34 + (n + 1) / (n - 1)) "
               "(Yang, Zhang 2000)",
               IN_RATIO, PARAMS1(PERIOD(48)), USES(CRUCIBLE__USES_RANGE),
               RUNS(yang_zhang, yang_zhang_init, yang_zhang_step));
