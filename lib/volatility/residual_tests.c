/* SPDX-License-Identifier: Apache-2.0 */
/* Whether residuals have forgotten what the model should have explained. */
#include <math.h>

#include <crucible/volatility.h>

#include "base/base_status.h"
#include "math/small_matrix.h"
#include "math/special.h"

enum { ARCH_LAGS_MAX = 15, BOX_LAGS_MAX = 1000 };

static crucible_status check_values(const double *x, size_t n, uint32_t lags,
                                    uint32_t most, size_t n_min) {
  if (x == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "x is NULL: give an array");
  if (lags < 1 || lags > most)
    return crucible__fail(CRUCIBLE_E_INVALID, "lags is %u: give 1 to %u", lags,
                          most);
  if (n < n_min)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is %zu: %u lags need at least %zu values", n, lags,
                          n_min);
  for (size_t i = 0; i < n; ++i)
    if (!isfinite(x[i]) || fabs(x[i]) > 1e70)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "x[%zu] is %g: give finite residuals, without the "
                            "first ones that have none",
                            i, x[i]);
  return CRUCIBLE_OK;
}

static double power_of(double x, int squared) { return squared ? x * x : x; }

static crucible_status finish(double statistic, uint32_t degrees,
                              crucible_residual_test *result) {
  const crucible_residual_test found = {
      .struct_size = sizeof found,
      .statistic = statistic,
      .p_value = crucible__gamma_upper(0.5 * degrees, 0.5 * statistic),
      .degrees = degrees};
  return crucible__result_write(result, &found, sizeof found,
                                "crucible_residual_test");
}

static crucible_status no_variance(size_t n) {
  return crucible__fail(CRUCIBLE_E_DOMAIN,
                        "all %zu values are equal: there is nothing to be "
                        "correlated",
                        n);
}

crucible_status crucible_ljung_box(const double *x, size_t n, uint32_t lags,
                                   int32_t squared, uint32_t fitted,
                                   crucible_residual_test *result) {
  double mean = 0, variance = 0, sum = 0;
  if (result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "result is NULL: give a place for the result");
  CRUCIBLE__TRY(check_values(x, n, lags, BOX_LAGS_MAX, (size_t)lags + 2));
  if (fitted >= lags)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "fitted is %u: give fewer than the %u lags", fitted,
                          lags);
  for (size_t t = 0; t < n; ++t)
    mean += power_of(x[t], squared);
  mean /= (double)n;
  for (size_t t = 0; t < n; ++t) {
    const double e = power_of(x[t], squared) - mean;
    variance += e * e;
  }
  if (!(variance > 0))
    return no_variance(n);
  for (uint32_t l = 1; l <= lags; ++l) {
    double product = 0;
    for (size_t t = l; t < n; ++t)
      product += (power_of(x[t], squared) - mean) *
                 (power_of(x[t - l], squared) - mean);
    const double correlation = product / variance;
    sum += correlation * correlation / (double)(n - l);
  }
  return finish((double)n * ((double)n + 2) * sum, lags - fitted, result);
}

crucible_status crucible_arch_lm(const double *x, size_t n, uint32_t lags,
                                 crucible_residual_test *result) {
  double mean[ARCH_LAGS_MAX + 1] = {0},
                              cov[ARCH_LAGS_MAX + 1][ARCH_LAGS_MAX + 1];
  double factor[ARCH_LAGS_MAX * ARCH_LAGS_MAX], b[ARCH_LAGS_MAX];
  if (result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "result is NULL: give a place for the result");
  CRUCIBLE__TRY(check_values(x, n, lags, ARCH_LAGS_MAX, 2 * (size_t)lags + 3));
  const double used = (double)(n - lags);
  for (uint32_t l = 0; l <= lags; ++l) {
    for (size_t t = lags; t < n; ++t)
      mean[l] += x[t - l] * x[t - l];
    mean[l] /= used;
  }
  for (uint32_t l = 0; l <= lags; ++l)
    for (uint32_t j = 0; j <= l; ++j) {
      double sum = 0;
      for (size_t t = lags; t < n; ++t)
        sum +=
            (x[t - l] * x[t - l] - mean[l]) * (x[t - j] * x[t - j] - mean[j]);
      cov[l][j] = cov[j][l] = sum;
    }
  for (uint32_t i = 0; i < lags; ++i) {
    b[i] = cov[0][i + 1];
    for (uint32_t j = 0; j < lags; ++j)
      factor[i * lags + j] = cov[i + 1][j + 1];
  }
  if (!(cov[0][0] > 0) || !crucible__cholesky(factor, lags))
    return no_variance(n);
  crucible__solve_lower(factor, lags, b);
  double explained = 0;
  for (uint32_t i = 0; i < lags; ++i)
    explained += b[i] * b[i];
  return finish(used * explained / cov[0][0], lags, result);
}
