/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/stats.h
 * @brief How much of a measured Sharpe ratio is skill: PSR and DSR; moments
 * of a return series. The usual figures of a portfolio and its trades are in
 * crucible/metrics.h.
 *
 * Sharpe ratios are per observation, never annualised. Kurtosis is Pearson's
 * (3 for a normal law), never excess; the moments behind skewness and kurtosis
 * have the divisor n. Every function is pure: no state, no allocation, any
 * thread, bit-identical output for bit-identical input; but the running sums
 * and the rolling window, objects that one thread uses at a time.
 */
#ifndef CRUCIBLE_STATS_H
#define CRUCIBLE_STATS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/** Moments of a return series. Frozen: no field will ever be added. */
typedef struct crucible_moments {
  double mean;     /**< per observation, fraction (0.01 = 1 %) */
  double stddev;   /**< divisor n - 1, unit of mean */
  double skewness; /**< m3 / m2^(3/2) */
  double kurtosis; /**< m4 / m2^2; 3 for a normal law */
} crucible_moments;

/** Options of crucible_dsr(); start from crucible_dsr_options_init(). */
typedef struct crucible_dsr_options {
  size_t struct_size; /**< set by init */
  uint64_t n_trials; /**< independent trials behind the pick, >= 1; default 1 */
  double trial_sharpe_variance; /**< across the trials, >= 0; default 0 */
} crucible_dsr_options;

/** Result of crucible_dsr(); set struct_size to sizeof before the call. */
typedef struct crucible_dsr_result {
  size_t struct_size;         /**< set by the caller */
  double expected_max_sharpe; /**< best Sharpe that luck alone would show */
  double dsr;                 /**< probability, [0, 1] */
  double z; /**< argument of the normal law in dsr, which tells records apart
                 where the probability has reached 1 */
} crucible_dsr_result;

/**
 * Moments of a return series.
 *
 * @param[in]  returns  [n] return per bar, fraction, oldest first, all finite.
 * @param[in]  n        Number of returns, >= 2.
 * @param[out] moments  Written only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or a return is not finite.
 * @retval CRUCIBLE_E_TOO_SHORT n < 2.
 * @retval CRUCIBLE_E_DOMAIN    All returns are equal, or a moment cannot be
 *                              represented.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_moments_of(const double *returns, size_t n, crucible_moments *moments);

/**
 * Probabilistic Sharpe ratio: P(true Sharpe > benchmark | observed Sharpe).
 *
 * @param[in]  sharpe     Observed Sharpe ratio.
 * @param[in]  benchmark  Sharpe ratio to beat.
 * @param[in]  n          Observations behind @p sharpe, >= 2.
 * @param[in]  skewness   Skewness of the returns.
 * @param[in]  kurtosis   Pearson kurtosis of the returns.
 * @param[out] psr        Probability, [0, 1]; written only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or an argument is not finite.
 * @retval CRUCIBLE_E_TOO_SHORT n < 2.
 * @retval CRUCIBLE_E_DOMAIN    The variance of the Sharpe estimate is <= 0.
 * @source Bailey, Lopez de Prado (2012), J. of Risk 15(2), 3-44.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_psr(double sharpe, double benchmark, uint64_t n, double skewness,
             double kurtosis, double *psr);

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
 * @param[in]     sharpe    Observed Sharpe ratio of the picked trial.
 * @param[in]     n         Observations behind @p sharpe, >= 2.
 * @param[in]     skewness  Skewness of the picked trial's returns.
 * @param[in]     kurtosis  Pearson kurtosis of the picked trial's returns.
 * @param[in]     options   NULL for the defaults (PSR against 0).
 * @param[in,out] result    struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @return Otherwise as crucible_psr().
 * @source Bailey, Lopez de Prado (2014), J. Portfolio Mgmt 40(5), 94-107.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_dsr(double sharpe, uint64_t n, double skewness, double kurtosis,
             const crucible_dsr_options *options, crucible_dsr_result *result);

/**
 * Sharpe ratio per observation: mean / stddev.
 *
 * @param[in]  returns  [n] return per bar, fraction, all finite.
 * @param[in]  n        Number of returns, >= 2.
 * @param[out] sharpe   Written only on success.
 * @return As crucible_moments_of().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_sharpe(const double *returns, size_t n, double *sharpe);

/**
 * Minimum track record length: observations from which PSR reaches a
 * probability if the observed ratio is kept.
 *
 * @param[in]  sharpe       Observed Sharpe ratio, > @p benchmark.
 * @param[in]  benchmark    Sharpe ratio to beat.
 * @param[in]  probability  Wanted PSR, in (0, 1).
 * @param[in]  skewness     Skewness of the returns.
 * @param[in]  kurtosis     Pearson kurtosis of the returns.
 * @param[out] n            Observations, a real number; round it up.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, an argument that is not finite, or
 *                            a probability outside (0, 1).
 * @retval CRUCIBLE_E_DOMAIN  sharpe <= benchmark: no record is long enough.
 * @source Bailey, Lopez de Prado (2012), J. of Risk 15(2), 3-44.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_min_trl(double sharpe, double benchmark, double probability,
                 double skewness, double kurtosis, double *n);

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
 * Moments of a whole stream; O(1) per observation and in memory. All zero is
 * the empty stream; a copy is a saved state. Frozen: no field will ever be
 * added.
 */
typedef struct crucible_running_moments {
  uint64_t n;  /**< observations so far */
  double mean; /**< of them */
  double m2;   /**< sum of squared deviations from the mean */
  double m3;   /**< sum of third powers */
  double m4;   /**< sum of fourth powers */
} crucible_running_moments;

/**
 * Adds an observation.
 *
 * @param[in,out] running  Unchanged on failure.
 * @param[in]     value    Return per bar, finite.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or the value is not finite.
 * @source Pebay (2008), Sandia report SAND2008-6212.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_running_moments_push(crucible_running_moments *running, double value);

/**
 * Moments of the stream so far.
 *
 * @param[in]  running  Not NULL.
 * @param[out] moments  Written only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer.
 * @retval CRUCIBLE_E_TOO_SHORT Fewer than two observations.
 * @retval CRUCIBLE_E_DOMAIN    All observations are equal, or a moment cannot
 *                              be represented.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_running_moments_get(
    const crucible_running_moments *running, crucible_moments *moments);

/** Moments over the last observations of a stream; O(1) per observation. */
typedef struct crucible_rolling_moments crucible_rolling_moments;

/**
 * An empty window.
 *
 * @param[in]  window   Observations it holds, >= 2 and at most 2^30.
 * @param[out] rolling  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a window out of range.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_rolling_moments_create(
    size_t window, crucible_rolling_moments **rolling);

/**
 * Frees a window.
 *
 * @param[in] rolling  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_rolling_moments_destroy(crucible_rolling_moments *rolling);

/**
 * Adds an observation; the oldest leaves a full window. What has left has no
 * influence on any later bit.
 *
 * @param[in,out] rolling  Unchanged on failure.
 * @param[in]     value    Return per bar, finite.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or the value is not finite.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_rolling_moments_push(crucible_rolling_moments *rolling, double value);

/**
 * Moments of what the window holds.
 *
 * @param[in]  rolling  Not NULL.
 * @param[out] moments  Written only on success.
 * @param[out] n        Observations behind them; may be NULL.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer.
 * @retval CRUCIBLE_E_TOO_SHORT Fewer than two observations.
 * @retval CRUCIBLE_E_DOMAIN    All observations are equal, or a moment cannot
 *                              be represented.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_rolling_moments_get(const crucible_rolling_moments *rolling,
                             crucible_moments *moments, size_t *n);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_STATS_H */
