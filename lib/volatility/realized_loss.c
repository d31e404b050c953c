/* SPDX-License-Identifier: Apache-2.0 */
/* How good a forecast of a variance is, and whether one is better. */
#include <crucible/realized.h>

#include <math.h>

#include "base/base_status.h"
#include "base/normal.h"

static crucible_status check_forecasts(const double *forecast,
                                       const double *realized, size_t n) {
  if (forecast == NULL || realized == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give an array",
                          forecast == NULL ? "forecast" : "realized");
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: at least 1 forecast is needed");
  for (size_t i = 0; i < n; ++i) {
    if (!(forecast[i] > 0 && forecast[i] <= 1e100))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "forecast[%zu] is %g: variances are in (0, 1e100]",
                            i, forecast[i]);
    if (!(realized[i] >= 0 && realized[i] <= 1e100))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "realized[%zu] is %g: variances are in [0, 1e100]; "
                            "leave out bars with gaps",
                            i, realized[i]);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_forecast_losses(int32_t kind, const double *forecast,
                                         const double *realized, size_t n,
                                         double *loss, double *mean) {
  if (kind != CRUCIBLE_LOSS_QLIKE && kind != CRUCIBLE_LOSS_MSE)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "kind is %d: give CRUCIBLE_LOSS_QLIKE or "
                          "CRUCIBLE_LOSS_MSE",
                          kind);
  CRUCIBLE__TRY(check_forecasts(forecast, realized, n));
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    const double e = realized[i] - forecast[i];
    const double at = kind == CRUCIBLE_LOSS_MSE
                          ? e * e
                          : log(forecast[i]) + realized[i] / forecast[i];
    if (!isfinite(at))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "forecast[%zu] is %g: too small for a realised %g",
                            i, forecast[i], realized[i]);
    sum += at;
  }
  for (size_t i = 0; i < n && loss != NULL; ++i) {
    const double e = realized[i] - forecast[i];
    loss[i] = kind == CRUCIBLE_LOSS_MSE
                  ? e * e
                  : log(forecast[i]) + realized[i] / forecast[i];
  }
  if (mean != NULL)
    *mean = sum / (double)n;
  return CRUCIBLE_OK;
}

static crucible_status check_losses(const double *a, const double *b, size_t n,
                                    int32_t lags) {
  if (n < 10)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is %zu: at least 10 losses are needed", n);
  if (lags < -1 || (lags >= 0 && (size_t)lags >= n))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "lags is %d: give 0 to n - 1 = %zu, or -1 for the "
                          "usual number",
                          lags, n - 1);
  for (size_t i = 0; i < n; ++i)
    if (!isfinite(a[i]) || !isfinite(b[i]) || !isfinite(a[i] - b[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "losses %zu are %g and %g: give finite ones", i,
                            a[i], b[i]);
  return CRUCIBLE_OK;
}

/* Newey and West's variance of the mean of a - b. */
static double variance_of_mean(const double *a, const double *b, size_t n,
                               size_t lags, double mean) {
  double total = 0;
  for (size_t j = 0; j <= lags; ++j) {
    double sum = 0;
    for (size_t i = j; i < n; ++i)
      sum += (a[i] - b[i] - mean) * (a[i - j] - b[i - j] - mean);
    const double weight = 1 - (double)j / (double)(lags + 1);
    total += (j == 0 ? 1 : 2 * weight) * sum;
  }
  return total / (double)n / (double)n;
}

crucible_status crucible_loss_compare(const double *a, const double *b,
                                      size_t n, int32_t lags,
                                      crucible_loss_comparison *result) {
  crucible_loss_comparison found = {.struct_size = sizeof found};
  if (a == NULL || b == NULL || result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          a == NULL   ? "a"
                          : b == NULL ? "b"
                                      : "result");
  CRUCIBLE__TRY(check_losses(a, b, n, lags));
  found.lags = lags >= 0 ? (uint32_t)lags
                         : (uint32_t)(4 * pow((double)n / 100, 2.0 / 9));
  if (found.lags >= n) /* 10 losses have 2 */
    found.lags = (uint32_t)n - 1;
  double sum = 0;
  int differ = 0;
  for (size_t i = 0; i < n; ++i) {
    sum += a[i] - b[i];
    differ = differ || a[i] - b[i] != a[0] - b[0];
  }
  found.mean_difference = sum / (double)n;
  const double variance =
      variance_of_mean(a, b, n, found.lags, found.mean_difference);
  if (!differ || !(variance > 0) || !isfinite(variance))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "all %zu differences are equal, or too large to be "
                          "squared: there is nothing to test",
                          n);
  found.standard_error = sqrt(variance);
  found.statistic = found.mean_difference / found.standard_error;
  found.p_value = 2 * crucible__normal_cdf(-fabs(found.statistic));
  return crucible__result_write(result, &found, sizeof found,
                                "crucible_loss_comparison");
}
