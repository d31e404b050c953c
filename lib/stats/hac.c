/* SPDX-License-Identifier: Apache-2.0 */
/* Variances of means of dependent values. */
#include <math.h>

#include "base/base_status.h"
#include "stats/moments.h"
#include "stats/sharpe_law.h"

/* A value and its place in a quadratic: with d = x - mean it is
   d (slope + bend d) + shift. The autocovariances make it anew rather than
   keep n of them. */
typedef struct quadratic {
  const double *x;
  size_t n;
  double mean, slope, bend, shift;
} quadratic;

static double value_at(const quadratic *q, size_t i) {
  const double d = q->x[i] - q->mean;
  return d * (q->slope + q->bend * d) + q->shift;
}

/* With divisor n. */
static double autocovariance(const quadratic *q, size_t lag) {
  double sum = 0;
  for (size_t i = lag; i < q->n; ++i)
    sum += value_at(q, i) * value_at(q, i - lag);
  return sum / (double)q->n;
}

/* Newey, West (1994), section 3 with the weight 1: as sandwich's
   bwNeweyWest(prewhite = FALSE), of which NeweyWest() takes the floor. */
static size_t lags_for(const quadratic *q) {
  const double n = (double)q->n;
  size_t m = (size_t)floor(4 * pow(n / 100, 2.0 / 9));
  m = m < q->n ? m : q->n - 1;
  double s0 = autocovariance(q, 0), s1 = 0;
  for (size_t j = 1; j <= m; ++j) {
    const double g = 2 * autocovariance(q, j);
    s0 += g;
    s1 += (double)j * g;
  }
  if (s1 == 0)
    return 0;
  const double ratio = fmin(fabs(s1 / s0), (double)m);
  const double lags = floor(1.1447 * cbrt(ratio * ratio) * cbrt(n));
  return lags < n ? (size_t)lags : q->n - 1;
}

static double bartlett(const quadratic *q, size_t lags) {
  double sum = 0;
  for (size_t j = lags; j >= 1; --j)
    sum += (1 - (double)j / ((double)lags + 1)) * autocovariance(q, j);
  return fmax(0, autocovariance(q, 0) + 2 * sum);
}

static crucible_status check_lags(size_t lags, size_t n) {
  if (lags >= n && lags != CRUCIBLE_LAGS_AUTO)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "lags is %zu for %zu values: give fewer, or "
                          "CRUCIBLE_LAGS_AUTO",
                          lags, n);
  return CRUCIBLE_OK;
}

crucible_status crucible_long_run_variance(const double *x, size_t n,
                                           size_t lags, double *variance,
                                           size_t *used) {
  crucible_moments moments = {0};
  if (x == NULL || variance == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give %s",
                          x == NULL ? "x" : "variance",
                          x == NULL ? "an array" : "a place for the result");
  CRUCIBLE__TRY(crucible_moments_of(x, n, &moments));
  CRUCIBLE__TRY(check_lags(lags, n));
  const quadratic q = {.x = x, .n = n, .mean = moments.mean, .slope = 1};
  const size_t taken = lags == CRUCIBLE_LAGS_AUTO ? lags_for(&q) : lags;
  const double found = bartlett(&q, taken);
  if (!isfinite(found))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "the squares of values around %g with a standard "
                          "deviation of %g cannot be represented: scale them",
                          moments.mean, moments.stddev);
  *variance = found;
  if (used != NULL)
    *used = taken;
  return CRUCIBLE_OK;
}

/* The ratio's influence function, z - SR / 2 (z^2 - 1) for z with the divisor
   n: its variance is that of Bailey and Lopez de Prado (2012) to the letter. */
static quadratic influence_of(const double *returns, size_t n,
                              const crucible_moments *m) {
  const double count = (double)n, half = m->mean / m->stddev / 2;
  const double deviation = m->stddev * sqrt((count - 1) / count);
  return (quadratic){.x = returns,
                     .n = n,
                     .mean = m->mean,
                     .slope = 1 / deviation,
                     .bend = -half / (deviation * deviation),
                     .shift = half};
}

crucible_status
crucible_sharpe_record_dependent(const double *returns, size_t n, size_t lags,
                                 crucible_sharpe_record *record) {
  crucible_sharpe_record found = {.struct_size = sizeof found};
  crucible_moments moments = {0};
  if (record == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "record is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible_sharpe_record_of(returns, n, &found));
  CRUCIBLE__TRY(crucible_moments_of(returns, n, &moments));
  CRUCIBLE__TRY(check_lags(lags, n));
  const quadratic plain = {
      .x = returns, .n = n, .mean = moments.mean, .slope = 1 / moments.stddev};
  const quadratic q = influence_of(returns, n, &moments);
  found.autocorrelation = autocovariance(&plain, 1) / autocovariance(&plain, 0);
  found.long_run_variance =
      bartlett(&q, lags == CRUCIBLE_LAGS_AUTO ? lags_for(&q) : lags);
  if (!(fabs(found.autocorrelation) < 1) ||
      !(found.long_run_variance > 0 && isfinite(found.long_run_variance)))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "the long-run variance of the ratio is %g with an "
                          "autocorrelation of %g: returns that undo each other "
                          "exactly have no law",
                          found.long_run_variance, found.autocorrelation);
  return crucible__result_write(record, &found, sizeof found,
                                "crucible_sharpe_record");
}
