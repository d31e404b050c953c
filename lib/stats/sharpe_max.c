/* SPDX-License-Identifier: Apache-2.0 */
/* The largest of many: what luck alone shows. */
#include <math.h>

#include "base/base_status.h"
#include "base/normal.h"
#include "stats/sharpe_law.h"

static const double euler_gamma = 0.57721566490153286061;
static const double e = 2.71828182845904523536;

/* Quantiles of 1 - p as -quantile(p): exact for any number of trials. */
static double expected_max(uint64_t n_trials) {
  const double p = 1 / (double)n_trials;
  const double z = -crucible__normal_quantile(p);
  const double z_e = -crucible__normal_quantile(p / e);
  return (1 - euler_gamma) * z + euler_gamma * z_e;
}

crucible_status crucible_expected_max_sharpe(uint64_t n_trials,
                                             double trial_sharpe_variance,
                                             double *expected) {
  if (expected == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "expected is NULL: give a place for the result");
  if (n_trials < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n_trials is 0: the pick itself is one trial");
  if (!(trial_sharpe_variance >= 0) || !isfinite(trial_sharpe_variance))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "trial_sharpe_variance is %g: give a finite number "
                          ">= 0, of ratios per observation",
                          trial_sharpe_variance);
  if (n_trials == 1) /* the largest of one is the one: expectation 0 */
    *expected = 0;
  else
    *expected = sqrt(trial_sharpe_variance) * expected_max(n_trials);
  return CRUCIBLE_OK;
}

crucible_status crucible_min_backtest_length(uint64_t n_trials,
                                             double sharpe_per_observation,
                                             double *n) {
  if (n == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n is NULL: give a place for the result");
  if (n_trials < 2)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n_trials is %llu: the best of one shows nothing, "
                          "give 2 or more",
                          (unsigned long long)n_trials);
  if (!(sharpe_per_observation > 0) || !isfinite(sharpe_per_observation))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "sharpe_per_observation is %g: give a finite number "
                          "> 0",
                          sharpe_per_observation);
  const double root = expected_max(n_trials) / sharpe_per_observation;
  if (!isfinite(root * root))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "sharpe_per_observation is %g: no double holds the "
                          "backtest's length",
                          sharpe_per_observation);
  *n = root * root;
  return CRUCIBLE_OK;
}

/* sqrt(2 pi) times the density of the largest of n, n Phi^(n-1) phi; the power
   comes from the tail that is small, which keeps its digits. */
static double max_density(double n, double x) {
  const double log_cdf =
      x > 0 ? log1p(-crucible__normal_cdf(-x)) : log(crucible__normal_cdf(x));
  return exp(log(n) + (n - 1) * log_cdf - x * x / 2);
}

/* The trapezoidal rule, which converges exponentially for a density that is
   analytic and dies away on both sides. Beyond the ends its mass is below 1e-17
   of the whole: on the left Phi^n, on the right exp(-c^2 / 2 - c u). */
static void max_moments(uint64_t n_numbers, double *mean, double *variance) {
  const double n = (double)n_numbers;
  const double centre = n_numbers == 1 ? 0 : -crucible__normal_quantile(1 / n);
  const double scale = 1 / fmax(1, centre), h = scale / 16;
  double mass = 0, first = 0, second = 0;
  for (int k = -192; k <= 640; ++k) {
    const double u = k * h, density = max_density(n, centre + u);
    mass += density;
    first += density * u;
    second += density * u * u;
  }
  first /= mass;
  *mean = centre + first;
  *variance = second / mass - first * first;
}

/* With Z_i = sqrt(rho) X + sqrt(1 - rho) Y_i the largest is sqrt(rho) X +
   sqrt(1 - rho) max Y: its mean shrinks by the root of 1 - rho (a published
   implementation takes 1 - rho itself), its variance is rho + (1 - rho) V. For
   two numbers both are known: sqrt((1 - rho) / pi) and 1 - (1 - rho) / pi. */
crucible_status crucible_normal_max(uint64_t n, double correlation,
                                    double *mean, double *variance) {
  double first = 0, second = 1;
  if (mean == NULL || variance == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is NULL: give a place for the result",
                          mean == NULL ? "mean" : "variance");
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n is 0: there is no largest of none");
  if (!(correlation >= 0 && correlation <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "correlation is %g: give one in [0, 1]", correlation);
  if (n > 1)
    max_moments(n, &first, &second);
  *mean = sqrt(1 - correlation) * first;
  *variance = correlation + (1 - correlation) * second;
  return CRUCIBLE_OK;
}
