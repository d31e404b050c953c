/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/sharpe.h
 * @brief How much of a measured Sharpe ratio is skill: probabilistic and
 * deflated ratio, track records, power and false discoveries.
 *
 * Every function takes a crucible_sharpe_record, whose fields say what they
 * are. A ratio is per observation, never annualised: with n daily returns the
 * ratio is that of a day. (The commonest mistake is an annual ratio beside a
 * daily n: a hundred days at an annual 1 then look like a ratio of 1 a day, ten
 * sigma of skill. Its relatives: a probability multiplied by sqrt(252), a
 * kurtosis from which 3 is subtracted that already was an excess.) Kurtosis is
 * Pearson's, 3 for a normal law; crucible_sharpe_record_of() fills all of it
 * from returns. Pure functions: any thread, no allocation.
 */
#ifndef CRUCIBLE_SHARPE_H
#define CRUCIBLE_SHARPE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/** Lags of a long-run variance: as many as Newey and West (1994) choose. */
#define CRUCIBLE_LAGS_AUTO SIZE_MAX

/**
 * Where the variance of the estimated ratio is taken. With skewness g3,
 * kurtosis g4 and autocorrelation rho of an AR(1) process,
 * v(SR) = a - b g3 SR + c (g4 - 1) / 4 SR^2, a = (1 + rho) / (1 - rho),
 * b = 1 + rho / (1 - rho) + rho^2 / (1 - rho^2),
 * c = (1 + rho^2) / (1 - rho^2); all three are 1 for rho = 0.
 */
enum {
  CRUCIBLE_VARIANCE_AT_ESTIMATE = 0, /**< v(observed) / (n - 1): Bailey, Lopez
                                          de Prado (2012, 2014); default, and
                                          the cautious one where losses are rare
                                          and large: skewness counts even
                                          against a benchmark of 0 */
  CRUCIBLE_VARIANCE_AT_NULL = 1, /**< v(benchmark) / n: Lopez de Prado, Lipton,
                                      Zoonekynd (2025); of the best of K trials
                                      times the variance of the largest of K
                                      normal numbers */
  CRUCIBLE_VARIANCE_HAC = 2      /**< long_run_variance / n: any dependence that
                                      fades, of returns and of volatility */
};

/** A Sharpe ratio with what judges it. Start from
 * crucible_sharpe_record_init(), or fill it by crucible_sharpe_record_of(). */
typedef struct crucible_sharpe_record {
  size_t struct_size; /**< set by init */
  uint64_t n;         /**< returns behind the ratio, >= 2; init: 0, which is
                           refused */
  double sharpe_per_observation; /**< mean / standard deviation (divisor n - 1)
                                      of the returns; never annualised: divide
                                      an annual ratio by the root of the returns
                                      in a year; init: 0 */
  double skewness;               /**< m3 / m2^(3/2); init: 0 */
  double kurtosis; /**< Pearson's, m4 / m2^2, >= 1 + skewness^2; init: 3, that
                        of a normal law */
  double autocorrelation;   /**< of returns one bar apart, inside (-1, 1); init:
                                 0, independent returns */
  double long_run_variance; /**< n times the variance of the ratio, for
                                 CRUCIBLE_VARIANCE_HAC; init: 0, not known */
} crucible_sharpe_record;

/** Options of crucible_dsr(); start from crucible_dsr_options_init(). */
typedef struct crucible_dsr_options {
  size_t struct_size; /**< set by init */
  uint64_t n_trials; /**< independent trials behind the pick, >= 1; default 1 */
  double trial_sharpe_variance; /**< across the trials, >= 0; default 0 */
  int32_t variance_at;          /**< CRUCIBLE_VARIANCE_*; default AT_ESTIMATE */
  int32_t reserved;             /**< 0 */
} crucible_dsr_options;

/** Result of crucible_dsr(); set struct_size to sizeof before the call. */
typedef struct crucible_dsr_result {
  size_t struct_size;         /**< set by the caller */
  double expected_max_sharpe; /**< best Sharpe that luck alone would show */
  double dsr;                 /**< probability, [0, 1] */
  double z; /**< argument of the normal law in dsr, which tells records apart
                 where the probability has reached 1 */
} crucible_dsr_result;

/** A test of skill; start from crucible_sharpe_test_init(). */
typedef struct crucible_sharpe_test {
  size_t struct_size; /**< set by init */
  double benchmark;   /**< ratio without skill, per observation; default 0. For
                           the best of K trials add what luck alone shows,
                           crucible_expected_max_sharpe(), here and to the
                           alternative */
  double alternative; /**< ratio with skill, per observation, > benchmark;
                           default 0, which is refused: how much skill is
                           worth finding is the caller's to say */
  double alpha; /**< false positives allowed, inside (0, 1); default 0.05 */
  double prior; /**< share of candidates with skill before any record is
                        seen, inside (0, 1); default 0.05 */
  double fdr;   /**< false share wanted of fdr_critical; default 0.05 */
  uint64_t n_trials; /**< trials whose best the record is; they narrow the law
                          of the best; default 1 */
} crucible_sharpe_test;

/** Figures of a test; set struct_size to sizeof before the call. */
typedef struct crucible_sharpe_test_result {
  size_t struct_size;       /**< set by the caller */
  double sigma_benchmark;   /**< standard error of the ratio without skill */
  double sigma_alternative; /**< and with it */
  double critical;     /**< ratio that luck exceeds with probability alpha */
  double power;        /**< probability that skill exceeds it: 1 - beta */
  double p_value;      /**< probability that luck exceeds the observed ratio */
  double pfdr;         /**< P(no skill | ratio > critical) =
                        1 / (1 + power prior / (alpha (1 - prior))) */
  double ofdr;         /**< P(no skill | ratio > the observed one) */
  double fdr_critical; /**< least ratio above which a share fdr of the
                            candidates has no skill; -inf if prior alone
                            suffices, NaN if no ratio is good enough */
  double fdr_alpha;    /**< false positives at it; NaN with it */
  double fdr_power;    /**< power at it; NaN with it */
} crucible_sharpe_test_result;

/**
 * Fills a record with the defaults.
 *
 * @param[out] record       All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *record, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_sharpe_record_init(crucible_sharpe_record *record,
                                              size_t struct_size);

/**
 * The record of a return series, taken for independent: autocorrelation and
 * long_run_variance are 0.
 *
 * @param[in]     returns  [n] return per bar, fraction, oldest first, finite.
 * @param[in]     n        Number of returns, >= 2.
 * @param[in,out] record   struct_size in, the rest out, only on success.
 * @return As crucible_moments_of().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_sharpe_record_of(
    const double *returns, size_t n, crucible_sharpe_record *record);

/**
 * The record of a return series with its dependence: autocorrelation is that
 * of the sample, long_run_variance that of the ratio's influence function
 * z - SR / 2 (z^2 - 1), z the standardised return, by
 * crucible_long_run_variance(). Without lags it is v(observed).
 *
 * @param[in]     returns  [n] return per bar, fraction, oldest first, finite.
 * @param[in]     n        Number of returns, >= 2.
 * @param[in]     lags     < n, or CRUCIBLE_LAGS_AUTO.
 * @param[in,out] record   struct_size in, the rest out, only on success.
 * @return As crucible_moments_of(), and CRUCIBLE_E_INVALID for lags >= n.
 * @source Lo (2002), Financial Analysts J. 58(4), 36-52; Ledoit, Wolf (2008),
 *         J. Empirical Finance 15(5), 850-859: the delta method.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_sharpe_record_dependent(const double *returns, size_t n, size_t lags,
                                 crucible_sharpe_record *record);

/**
 * Long-run variance: n times the variance of the mean of dependent values, by
 * Bartlett's kernel, g(0) + 2 sum_j (1 - j / (lags + 1)) g(j) with the
 * autocovariances g(j) of divisor n. It is never negative.
 *
 * CRUCIBLE_LAGS_AUTO takes floor(1.1447 (s1 / s0)^(2/3) n^(1/3)) lags, where
 * s0 = g(0) + 2 sum g(j) and s1 = 2 sum j g(j), j up to m = floor(4 (n /
 * 100)^(2/9)), without prewhitening: the rule of sandwich's NeweyWest() in R.
 * |s1 / s0| is cut at m, which it exceeds only where autocovariances of both
 * signs cancel. (statsmodels' rule of thumb for cov_hac, floor(4 (n /
 * 100)^(2/9)), does not look at the data.)
 *
 * @param[in]  x         [n] values, all finite.
 * @param[in]  n         Number of values, >= 2.
 * @param[in]  lags      < n, or CRUCIBLE_LAGS_AUTO.
 * @param[out] variance  Written only on success.
 * @param[out] used      Lags taken; may be NULL.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, a value is not finite, or lags
 *                              >= n.
 * @retval CRUCIBLE_E_TOO_SHORT n < 2.
 * @retval CRUCIBLE_E_DOMAIN    All values are equal, or their squares cannot
 *                              be represented.
 * @source Newey, West (1987), Econometrica 55(3), 703-708; (1994), Review of
 *         Economic Studies 61(4), 631-653.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_long_run_variance(
    const double *x, size_t n, size_t lags, double *variance, size_t *used);

/**
 * Standard error of an estimated Sharpe ratio.
 *
 * @param[in]  record       n, moments and dependence of the returns.
 * @param[in]  benchmark    Where CRUCIBLE_VARIANCE_AT_NULL takes the variance.
 * @param[in]  variance_at  CRUCIBLE_VARIANCE_*.
 * @param[out] sigma        Written only on success.
 * @return As crucible_psr().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_sharpe_sigma(const crucible_sharpe_record *record, double benchmark,
                      int32_t variance_at, double *sigma);

/**
 * Probabilistic Sharpe ratio: P(true Sharpe > benchmark | observed Sharpe).
 *
 * @param[in]  record       The observed ratio.
 * @param[in]  benchmark    Sharpe ratio to beat, per observation.
 * @param[in]  variance_at  CRUCIBLE_VARIANCE_*.
 * @param[out] psr          Probability, [0, 1]; written only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, an argument that is not finite, a
 *                              kurtosis below 1 + skewness^2 (an excess?), an
 *                              autocorrelation outside (-1, 1), a negative
 *                              long_run_variance or none for HAC, or an
 *                              unknown variance_at.
 * @retval CRUCIBLE_E_TOO_SHORT n < 2.
 * @retval CRUCIBLE_E_DOMAIN    The variance of the Sharpe estimate is <= 0.
 * @retval CRUCIBLE_E_VERSION   @p record sets a field unknown to this library.
 * @source Bailey, Lopez de Prado (2012), J. of Risk 15(2), 3-44; Lopez de
 *         Prado, Lipton, Zoonekynd (2025), SSRN 5520741.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_psr(const crucible_sharpe_record *record, double benchmark,
             int32_t variance_at, double *psr);

/**
 * Minimum track record length: observations from which PSR reaches a
 * probability if the observed ratio is kept.
 *
 * @param[in]  record       The observed ratio, > @p benchmark.
 * @param[in]  benchmark    Sharpe ratio to beat, per observation.
 * @param[in]  probability  Wanted PSR, in (0, 1).
 * @param[in]  variance_at  CRUCIBLE_VARIANCE_*.
 * @param[out] n            Observations, a real number; round it up.
 * @retval CRUCIBLE_E_INVALID A probability outside (0, 1).
 * @retval CRUCIBLE_E_DOMAIN  The ratio is <= benchmark: no record is long
 *                            enough; or as crucible_psr().
 * @return Otherwise as crucible_psr().
 * @source Bailey, Lopez de Prado (2012), J. of Risk 15(2), 3-44.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_min_trl(const crucible_sharpe_record *record, double benchmark,
                 double probability, int32_t variance_at, double *n);

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_dsr_options_init(crucible_dsr_options *options,
                                            size_t struct_size);

/**
 * Deflated Sharpe ratio: PSR against the best Sharpe ratio expected of
 * n_trials trials without skill.
 *
 * @param[in]     record   The picked trial.
 * @param[in]     options  NULL for the defaults (PSR against 0).
 * @param[in,out] result   struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @return Otherwise as crucible_psr() and crucible_expected_max_sharpe().
 * @source Bailey, Lopez de Prado (2014), J. Portfolio Mgmt 40(5), 94-107.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_dsr(const crucible_sharpe_record *record,
             const crucible_dsr_options *options, crucible_dsr_result *result);

/**
 * Best Sharpe ratio that luck alone shows among independent trials whose true
 * ratios are zero.
 *
 * @param[in]  n_trials  Independent trials, >= 1; one gives 0.
 * @param[in]  trial_sharpe_variance  Variance of their Sharpe ratios, >= 0.
 * @param[out] expected  Written only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, n_trials = 0, or a variance that is
 *                            negative or not finite.
 * @source Bailey, Lopez de Prado (2014), J. Portfolio Mgmt 40(5), 94-107.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_expected_max_sharpe(
    uint64_t n_trials, double trial_sharpe_variance, double *expected);

/**
 * Mean and variance of the largest of n standard normal numbers that correlate
 * by the same rho, by integration to ten digits: Z = sqrt(rho) X +
 * sqrt(1 - rho) Y, hence mean sqrt(1 - rho) E, variance rho + (1 - rho) V.
 * (crucible_expected_max_sharpe() is the published approximation of E.)
 *
 * @param[in]  n            Numbers, >= 1.
 * @param[in]  correlation  rho, [0, 1].
 * @param[out] mean         Written only on success.
 * @param[out] variance     Written only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, n = 0, or a correlation out of
 *                            range.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_normal_max(
    uint64_t n, double correlation, double *mean, double *variance);

/**
 * Minimum backtest length: observations below which the best of n_trials
 * without skill is expected to show a ratio.
 *
 * @param[in]  n_trials                Independent trials, >= 2.
 * @param[in]  sharpe_per_observation  The ratio, > 0, never annualised.
 * @param[out] n                       Observations, a real number; round it up.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, n_trials < 2, or a ratio that is
 *                            not finite and > 0.
 * @source Bailey, Borwein, Lopez de Prado, Zhu (2014), Notices of the AMS
 *         61(5), 458-471.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_min_backtest_length(
    uint64_t n_trials, double sharpe_per_observation, double *n);

/**
 * Fills a test with the defaults.
 *
 * @param[out] test         All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *test, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_sharpe_test_init(crucible_sharpe_test *test,
                                            size_t struct_size);

/**
 * What a test at a level can find, and how many of its findings are false. The
 * variances are those of the hypotheses (CRUCIBLE_VARIANCE_AT_NULL), as power
 * asks what happens before a ratio is observed.
 *
 * @param[in]     record  n, moments and dependence of the returns; the ratio
 *                        counts in p_value and ofdr only.
 * @param[in]     test    Hypotheses, level and prior.
 * @param[in,out] result  struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_E_INVALID NULL pointer, alternative <= benchmark, a
 *                            probability outside (0, 1), or n_trials = 0.
 * @return Otherwise as crucible_psr().
 * @source Lopez de Prado, Lipton, Zoonekynd (2025), SSRN 5520741.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_sharpe_test_of(
    const crucible_sharpe_record *record, const crucible_sharpe_test *test,
    crucible_sharpe_test_result *result);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SHARPE_H */
