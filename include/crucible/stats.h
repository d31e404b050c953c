/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/stats.h
 * @brief Moments of a return series, in one batch, of a whole stream and of a
 * rolling window. How much of a Sharpe ratio is skill: crucible/sharpe.h, which
 * this header includes. The usual figures of a portfolio and its trades are in
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
#include <crucible/sharpe.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/** Moments of a return series. Frozen: no field will ever be added. */
typedef struct crucible_moments {
  double mean;     /**< per observation, fraction (0.01 = 1 %) */
  double stddev;   /**< divisor n - 1, unit of mean */
  double skewness; /**< m3 / m2^(3/2) */
  double kurtosis; /**< m4 / m2^2; 3 for a normal law */
} crucible_moments;

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

/**
 * Probabilistic Sharpe ratio of what the window holds: crucible_psr() of a
 * record with these moments and CRUCIBLE_VARIANCE_AT_ESTIMATE.
 *
 * @param[in]  rolling    Not NULL.
 * @param[in]  benchmark  Sharpe ratio to beat, per observation.
 * @param[out] z          Argument of the normal law; may be NULL.
 * @param[out] psr        Probability, [0, 1]; may be NULL, but not both.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or a benchmark that is not finite.
 * @retval CRUCIBLE_E_TOO_SHORT Fewer than two observations.
 * @retval CRUCIBLE_E_DOMAIN    The observations are equal or differ by no more
 *                              than rounding, or a moment cannot be
 *                              represented.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_rolling_moments_psr(const crucible_rolling_moments *rolling,
                             double benchmark, double *z, double *psr);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_STATS_H */
