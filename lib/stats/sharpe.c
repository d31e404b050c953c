/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/sharpe.h"

#include <math.h>

#include "base/base_status.h"
#include "base/normal.h"
#include "stats/moments.h"

static const double euler_gamma = 0.57721566490153286061;
static const double e = 2.71828182845904523536;

static crucible_status check_argument(double value, const char *name) {
  if (!isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is %g: give a finite number",
                          name, value);
  return CRUCIBLE_OK;
}

/* (n - 1) times the variance of the Sharpe estimate, at the estimate. */
static double variance_factor(double sharpe, double skewness, double kurtosis) {
  return 1 - skewness * sharpe + (kurtosis - 1) / 4 * (sharpe * sharpe);
}

static crucible_status sharpe_variance(double sharpe, double skewness,
                                       double kurtosis, double *variance) {
  CRUCIBLE__TRY(check_argument(sharpe, "sharpe"));
  CRUCIBLE__TRY(check_argument(skewness, "skewness"));
  CRUCIBLE__TRY(check_argument(kurtosis, "kurtosis"));
  const double v = variance_factor(sharpe, skewness, kurtosis);
  if (!(v > 0) || !isfinite(v))
    return crucible__fail(
        CRUCIBLE_E_DOMAIN,
        "the variance of the Sharpe ratio is %g / (n - 1) for sharpe %g, "
        "skewness %g, kurtosis %g: kurtosis is Pearson's and at least "
        "1 + skewness^2, the ratio is per observation",
        v, sharpe, skewness, kurtosis);
  *variance = v;
  return CRUCIBLE_OK;
}

crucible__sharpe_law crucible__sharpe_law_from(double sharpe, double skewness,
                                               double kurtosis, double n) {
  const double none = (double)NAN;
  const double v = variance_factor(sharpe, skewness, kurtosis);
  if (!(v > 0) || !isfinite(v))
    return (crucible__sharpe_law){none, none, none, none, none};
  return (crucible__sharpe_law){.sharpe = sharpe,
                                .skewness = skewness,
                                .kurtosis = kurtosis,
                                .variance = v,
                                .root = sqrt((n - 1) / v)};
}

crucible__sharpe_law
crucible__sharpe_law_of(const crucible__moment_sums *sums) {
  const double none = (double)NAN;
  crucible_moments moments = {0};
  if (sums->n < 2 || crucible__moments_are_noise(sums) ||
      crucible__moments_from(sums, &moments) != CRUCIBLE_OK)
    return crucible__sharpe_law_from(none, none, none, none);
  return crucible__sharpe_law_from(moments.mean / moments.stddev,
                                   moments.skewness, moments.kurtosis, sums->n);
}

double crucible__sharpe_z(const crucible__sharpe_law *law, double benchmark) {
  return (law->sharpe - benchmark) * law->root;
}

double crucible__sharpe_p(const crucible__sharpe_law *law, double benchmark) {
  const double z = crucible__sharpe_z(law, benchmark);
  return isnan(z) ? z : crucible__normal_cdf(z);
}

/* Observations from which z reaches the quantile of a probability. */
static double track_length(double variance, double excess, double probability) {
  const double ratio = crucible__normal_quantile(probability) / excess;
  return 1 + variance * (ratio * ratio);
}

double crucible__sharpe_min_trl(const crucible__sharpe_law *law,
                                double benchmark, double probability) {
  const double excess = law->sharpe - benchmark;
  const double n = track_length(law->variance, excess, probability);
  return excess > 0 && isfinite(n) ? n : (double)NAN;
}

/* The argument of the normal law in PSR. */
static crucible_status psr_z(double sharpe, double benchmark, uint64_t n,
                             double skewness, double kurtosis, double *z) {
  double variance = 0;
  CRUCIBLE__TRY(check_argument(benchmark, "benchmark"));
  if (n < 2)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is %llu: a Sharpe ratio needs at least 2 returns",
                          (unsigned long long)n);
  CRUCIBLE__TRY(sharpe_variance(sharpe, skewness, kurtosis, &variance));
  *z = (sharpe - benchmark) * sqrt((double)(n - 1) / variance);
  return CRUCIBLE_OK;
}

crucible_status crucible_psr(double sharpe, double benchmark, uint64_t n,
                             double skewness, double kurtosis, double *psr) {
  double z = 0;
  if (psr == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "psr is NULL: give a place for the result");
  CRUCIBLE__TRY(psr_z(sharpe, benchmark, n, skewness, kurtosis, &z));
  *psr = crucible__normal_cdf(z);
  return CRUCIBLE_OK;
}

crucible_status crucible_min_trl(double sharpe, double benchmark,
                                 double probability, double skewness,
                                 double kurtosis, double *n) {
  double variance = 0;
  if (n == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n is NULL: give a place for the result");
  CRUCIBLE__TRY(check_argument(benchmark, "benchmark"));
  if (!(probability > 0 && probability < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "probability is %g: give one inside (0, 1)",
                          probability);
  CRUCIBLE__TRY(sharpe_variance(sharpe, skewness, kurtosis, &variance));
  if (!(sharpe > benchmark))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "sharpe %g does not exceed benchmark %g: no record "
                          "is long enough",
                          sharpe, benchmark);
  *n = track_length(variance, sharpe - benchmark, probability);
  return CRUCIBLE_OK;
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
  if (n_trials == 1) { /* the largest of one is the one: expectation 0 */
    *expected = 0;
    return CRUCIBLE_OK;
  }
  /* Quantiles of 1 - p as -quantile(p): exact for any number of trials. */
  const double p = 1 / (double)n_trials;
  const double z = -crucible__normal_quantile(p);
  const double z_e = -crucible__normal_quantile(p / e);
  *expected =
      sqrt(trial_sharpe_variance) * ((1 - euler_gamma) * z + euler_gamma * z_e);
  return CRUCIBLE_OK;
}

static crucible_dsr_options dsr_defaults(void) {
  return (crucible_dsr_options){.struct_size = sizeof(crucible_dsr_options),
                                .n_trials = 1};
}

void crucible_dsr_options_init(crucible_dsr_options *options,
                               size_t struct_size) {
  const crucible_dsr_options defaults = dsr_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

crucible_status crucible_dsr(double sharpe, uint64_t n, double skewness,
                             double kurtosis,
                             const crucible_dsr_options *options,
                             crucible_dsr_result *result) {
  crucible_dsr_options chosen = dsr_defaults();
  crucible_dsr_result found = {.struct_size = sizeof found};
  if (result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "result is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible__options_read(&chosen, sizeof chosen, options,
                                       "crucible_dsr_options"));
  CRUCIBLE__TRY(crucible_expected_max_sharpe(chosen.n_trials,
                                             chosen.trial_sharpe_variance,
                                             &found.expected_max_sharpe));
  CRUCIBLE__TRY(psr_z(sharpe, found.expected_max_sharpe, n, skewness, kurtosis,
                      &found.z));
  found.dsr = crucible__normal_cdf(found.z);
  return crucible__result_write(result, &found, sizeof found,
                                "crucible_dsr_result");
}
