/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/sharpe_law.h"

#include <math.h>

#include "base/base_status.h"
#include "base/normal.h"
#include "stats/moments.h"

crucible_status crucible__check_argument(double value, const char *name) {
  if (!isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is %g: give a finite number",
                          name, value);
  return CRUCIBLE_OK;
}

crucible_status crucible__check_probability(double value, const char *name) {
  if (!(value > 0 && value < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is %g: give one inside (0, 1)", name, value);
  return CRUCIBLE_OK;
}

/* ---- the record ---- */

static const crucible_sharpe_record no_record = {
    .struct_size = sizeof no_record, .kurtosis = 3};

void crucible_sharpe_record_init(crucible_sharpe_record *record,
                                 size_t struct_size) {
  crucible__options_init(record, struct_size, &no_record, sizeof no_record);
}

/* What the moments of a sample obey, but for rounding, as m4 is at least
   m2^2 + m3^2 / m2. */
static crucible_status check_moments(const crucible_sharpe_record *record) {
  const double skewness = record->skewness, kurtosis = record->kurtosis;
  const double least = 1 + skewness * skewness;
  CRUCIBLE__TRY(crucible__check_argument(skewness, "skewness"));
  CRUCIBLE__TRY(crucible__check_argument(kurtosis, "kurtosis"));
  if (kurtosis < least - 1e-9 * least)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "kurtosis is %g, below 1 + skewness^2 = %g, which no "
                          "returns have: give Pearson's kurtosis, 3 for a "
                          "normal law, not the excess over it",
                          kurtosis, least);
  return CRUCIBLE_OK;
}

crucible_status
crucible__sharpe_record_read(crucible_sharpe_record *read,
                             const crucible_sharpe_record *given) {
  *read = no_record;
  if (given == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "record is NULL: give one, filled by "
                          "crucible_sharpe_record_of()");
  CRUCIBLE__TRY(crucible__options_read(read, sizeof *read, given,
                                       "crucible_sharpe_record"));
  if (read->n < 2)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is %llu: a Sharpe ratio needs at least 2 returns",
                          (unsigned long long)read->n);
  CRUCIBLE__TRY(crucible__check_argument(read->sharpe_per_observation,
                                         "sharpe_per_observation"));
  CRUCIBLE__TRY(check_moments(read));
  if (!(fabs(read->autocorrelation) < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "autocorrelation is %g: give one inside (-1, 1), 0 "
                          "for independent returns",
                          read->autocorrelation);
  if (!(read->long_run_variance >= 0) || !isfinite(read->long_run_variance))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "long_run_variance is %g: give that of "
                          "crucible_sharpe_record_dependent(), 0 for none",
                          read->long_run_variance);
  return CRUCIBLE_OK;
}

crucible_status crucible_sharpe_record_of(const double *returns, size_t n,
                                          crucible_sharpe_record *record) {
  crucible_sharpe_record found = no_record;
  crucible_moments moments = {0};
  if (record == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "record is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible_moments_of(returns, n, &moments));
  found.n = n;
  found.sharpe_per_observation = moments.mean / moments.stddev;
  found.skewness = moments.skewness;
  found.kurtosis = moments.kurtosis;
  return crucible__result_write(record, &found, sizeof found,
                                "crucible_sharpe_record");
}

/* ---- the variance of the estimate ---- */

/* crucible__sharpe_variance_at() where returns follow an AR(1) process: sums of
   the autocovariances of z, of z with z^2 and of z^2, as powers of rho. */
static double dependent_factor(const crucible_sharpe_record *record,
                               double sharpe) {
  const double r = record->autocorrelation, r2 = r * r;
  if (r == 0)
    return crucible__sharpe_variance_at(sharpe, record->skewness,
                                        record->kurtosis);
  const double a = (1 + r) / (1 - r);
  const double b = 1 + r / (1 - r) + r2 / (1 - r2);
  const double c = (1 + r2) / (1 - r2);
  return a - b * record->skewness * sharpe +
         c * (record->kurtosis - 1) / 4 * (sharpe * sharpe);
}

crucible_status crucible__sharpe_variance(const crucible_sharpe_record *record,
                                          double benchmark, int32_t variance_at,
                                          double *unit, double *count) {
  double at = record->sharpe_per_observation, v = record->long_run_variance;
  *count = (double)(record->n - 1);
  if (variance_at < CRUCIBLE_VARIANCE_AT_ESTIMATE ||
      variance_at > CRUCIBLE_VARIANCE_HAC)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "variance_at is %d: give a CRUCIBLE_VARIANCE_* "
                          "constant",
                          (int)variance_at);
  if (variance_at == CRUCIBLE_VARIANCE_HAC && v == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "long_run_variance is 0, not known, and variance_at "
                          "is CRUCIBLE_VARIANCE_HAC: fill the record by "
                          "crucible_sharpe_record_dependent()");
  if (variance_at != CRUCIBLE_VARIANCE_AT_ESTIMATE)
    *count = (double)record->n;
  if (variance_at == CRUCIBLE_VARIANCE_AT_NULL)
    at = benchmark;
  if (variance_at != CRUCIBLE_VARIANCE_HAC)
    v = dependent_factor(record, at);
  if (!(v > 0) || !isfinite(v))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "the variance of a Sharpe ratio of %g is %g / n with "
                          "skewness %g, kurtosis %g and autocorrelation %g: is "
                          "the ratio per observation?",
                          at, v, record->skewness, record->kurtosis,
                          record->autocorrelation);
  *unit = v;
  return CRUCIBLE_OK;
}

crucible_status crucible_sharpe_sigma(const crucible_sharpe_record *record,
                                      double benchmark, int32_t variance_at,
                                      double *sigma) {
  crucible_sharpe_record read;
  double unit = 0, count = 0;
  if (sigma == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "sigma is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible__check_argument(benchmark, "benchmark"));
  CRUCIBLE__TRY(crucible__sharpe_record_read(&read, record));
  CRUCIBLE__TRY(
      crucible__sharpe_variance(&read, benchmark, variance_at, &unit, &count));
  *sigma = sqrt(unit / count);
  return CRUCIBLE_OK;
}

/* ---- streams ---- */

double crucible__sharpe_p(const crucible__sharpe_law *law, double benchmark) {
  const double z = crucible__sharpe_z(law, benchmark);
  return isnan(z) ? z : crucible__normal_cdf(z);
}

/* Observations from which z reaches the quantile of a probability. */
static double track_length(double variance, double excess, double probability) {
  const double ratio = crucible__normal_quantile(probability) / excess;
  return variance * (ratio * ratio);
}

double crucible__sharpe_min_trl(const crucible__sharpe_law *law,
                                double benchmark, double probability) {
  const double excess = law->sharpe - benchmark;
  const double n = 1 + track_length(law->variance, excess, probability);
  return excess > 0 && isfinite(n) ? n : (double)NAN;
}

/* ---- PSR, MinTRL, DSR ---- */

/* The argument of the normal law in PSR, its standard error times spread. */
static crucible_status psr_z(const crucible_sharpe_record *record,
                             double benchmark, int32_t variance_at,
                             double spread, double *z) {
  crucible_sharpe_record read;
  double unit = 0, count = 0;
  CRUCIBLE__TRY(crucible__check_argument(benchmark, "benchmark"));
  CRUCIBLE__TRY(crucible__sharpe_record_read(&read, record));
  CRUCIBLE__TRY(
      crucible__sharpe_variance(&read, benchmark, variance_at, &unit, &count));
  const double excess = read.sharpe_per_observation - benchmark;
  *z = excess == 0 ? 0 : excess * sqrt(count / unit) / spread;
  return CRUCIBLE_OK;
}

crucible_status crucible_psr(const crucible_sharpe_record *record,
                             double benchmark, int32_t variance_at,
                             double *psr) {
  double z = 0;
  if (psr == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "psr is NULL: give a place for the result");
  CRUCIBLE__TRY(psr_z(record, benchmark, variance_at, 1, &z));
  *psr = crucible__normal_cdf(z);
  return CRUCIBLE_OK;
}

crucible_status crucible_min_trl(const crucible_sharpe_record *record,
                                 double benchmark, double probability,
                                 int32_t variance_at, double *n) {
  crucible_sharpe_record read;
  double unit = 0, count = 0;
  if (n == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible__check_argument(benchmark, "benchmark"));
  CRUCIBLE__TRY(crucible__check_probability(probability, "probability"));
  CRUCIBLE__TRY(crucible__sharpe_record_read(&read, record));
  CRUCIBLE__TRY(
      crucible__sharpe_variance(&read, benchmark, variance_at, &unit, &count));
  const double excess = read.sharpe_per_observation - benchmark;
  if (!(excess > 0))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "sharpe_per_observation %g does not exceed benchmark "
                          "%g: no record is long enough",
                          read.sharpe_per_observation, benchmark);
  const double length = track_length(unit, excess, probability);
  if (!isfinite(length))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "sharpe_per_observation %g exceeds benchmark %g by "
                          "too little: no double holds the record's length",
                          read.sharpe_per_observation, benchmark);
  *n = variance_at == CRUCIBLE_VARIANCE_AT_ESTIMATE ? 1 + length : length;
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

crucible_status crucible_dsr(const crucible_sharpe_record *record,
                             const crucible_dsr_options *options,
                             crucible_dsr_result *result) {
  crucible_dsr_options chosen = dsr_defaults();
  crucible_dsr_result found = {.struct_size = sizeof found};
  double mean = 0, variance = 1;
  if (result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "result is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible__options_read(&chosen, sizeof chosen, options,
                                       "crucible_dsr_options"));
  if (chosen.reserved != 0)
    return crucible__fail(CRUCIBLE_E_VERSION, "reserved is %d: leave it 0",
                          (int)chosen.reserved);
  CRUCIBLE__TRY(crucible_expected_max_sharpe(chosen.n_trials,
                                             chosen.trial_sharpe_variance,
                                             &found.expected_max_sharpe));
  if (chosen.variance_at == CRUCIBLE_VARIANCE_AT_NULL)
    CRUCIBLE__TRY(crucible_normal_max(chosen.n_trials, 0, &mean, &variance));
  CRUCIBLE__TRY(psr_z(record, found.expected_max_sharpe, chosen.variance_at,
                      sqrt(variance), &found.z));
  found.dsr = crucible__normal_cdf(found.z);
  return crucible__result_write(result, &found, sizeof found,
                                "crucible_dsr_result");
}
