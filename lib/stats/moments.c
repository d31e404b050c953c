/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/moments.h"

#include <math.h>

#include "base/base_status.h"

crucible_status crucible__check_finite(const double *x, size_t n,
                                       const char *name) {
  for (size_t i = 0; i < n; ++i)
    if (!isfinite(x[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "%s[%zu] is %g: remove or fill it", name, i, x[i]);
  return CRUCIBLE_OK;
}

crucible_status crucible__moments_from(const crucible__moment_sums *sums,
                                       crucible_moments *moments) {
  if (sums->m2 == 0)
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "all %.0f values are equal (%g): skewness and "
                          "kurtosis need values that differ",
                          sums->n, sums->mean);
  const double share = 1 / sums->n;
  const double variance = sums->m2 * share; /* biased, for the ratios */
  const double inverse = 1 / variance;
  const crucible_moments found = {
      .mean = sums->mean,
      .stddev = sqrt(sums->m2 / (sums->n - 1)),
      .skewness = sums->m3 * share * inverse * sqrt(inverse),
      .kurtosis = sums->m4 * share * inverse * inverse};
  /* Below the normal numbers, m4 has lost its digits. */
  if (!isnormal(variance * variance) || !isfinite(found.skewness) ||
      !isfinite(found.kurtosis))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "the powers of values around %g with a standard "
                          "deviation of %g cannot be represented: scale them",
                          found.mean, found.stddev);
  *moments = found;
  return CRUCIBLE_OK;
}

/* Sums around the mean, which is held as the sum of two doubles: at 1e9 one
   alone would be off by 1e-7. */
static crucible__moment_sums sums_of(const double *x, size_t n, double scale) {
  double sum = 0, rest = 0;
  for (size_t i = 0; i < n; ++i)
    sum += x[i] * scale;
  const double rough = sum / (double)n;
  for (size_t i = 0; i < n; ++i)
    rest += x[i] * scale - rough;
  const double fine = rest / (double)n;
  crucible__moment_sums sums = {.n = (double)n, .mean = rough + fine};
  for (size_t i = 0; i < n; ++i) {
    const double d = x[i] * scale - rough - fine, d2 = d * d;
    sums.m2 += d2;
    sums.m3 += d2 * d;
    sums.m4 += d2 * d2;
  }
  return sums;
}

/* A power of two that brings the values near one: multiplying by it rounds
   nothing, and fourth powers neither overflow nor vanish. */
static double scale_of(const double *x, size_t n) {
  double largest = 0;
  int exponent;
  for (size_t i = 0; i < n; ++i)
    largest = fmax(largest, fabs(x[i]));
  (void)frexp(largest, &exponent);
  return exponent > 64 || exponent < -64 ? ldexp(1, -exponent) : 1;
}

static int all_equal(const double *x, size_t n) {
  for (size_t i = 1; i < n; ++i)
    if (x[i] != x[0])
      return 0;
  return 1;
}

crucible_status crucible_moments_of(const double *returns, size_t n,
                                    crucible_moments *moments) {
  if (returns == NULL || moments == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give an array",
                          returns == NULL ? "returns" : "moments");
  if (n < 2)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is %zu: moments need at least 2 returns", n);
  CRUCIBLE__TRY(crucible__check_finite(returns, n, "returns"));
  if (all_equal(returns, n))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "all %zu returns are equal (%g): skewness and "
                          "kurtosis need returns that differ",
                          n, returns[0]);
  const double scale = scale_of(returns, n);
  const crucible__moment_sums sums = sums_of(returns, n, scale);
  crucible_moments found = {0};
  CRUCIBLE__TRY(crucible__moments_from(&sums, &found));
  found.mean /= scale;
  found.stddev /= scale;
  if (!isfinite(found.stddev))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "the standard deviation of returns around %g cannot "
                          "be represented: scale them",
                          found.mean);
  *moments = found;
  return CRUCIBLE_OK;
}

crucible_status crucible_sharpe(const double *returns, size_t n,
                                double *sharpe) {
  crucible_moments moments = {0};
  if (sharpe == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "sharpe is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible_moments_of(returns, n, &moments));
  *sharpe = moments.mean / moments.stddev;
  return CRUCIBLE_OK;
}
