/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/selection.h
 * @brief What picking the best of many trials does to its figures: the
 * probability of backtest overfitting.
 *
 * All calls look at one matrix of returns [T x N]: rows are observations of the
 * same moments, oldest first, columns are trials. Returns are fractions per
 * observation, and so is every Sharpe ratio: none is annualised. Every function
 * is pure (any thread); with a pool the result has the same bits for any number
 * of threads, and with a seed it is the same for the same seed.
 */
#ifndef CRUCIBLE_SELECTION_H
#define CRUCIBLE_SELECTION_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** What a record of returns is judged by. */
enum {
  CRUCIBLE_STATISTIC_MEAN = 1,  /**< mean return per observation */
  CRUCIBLE_STATISTIC_SHARPE = 2 /**< mean / stddev (divisor n - 1), per
                                     observation; 0 where all returns are 0 */
};

/** Options of crucible_pbo(); start from crucible_pbo_options_init(). */
typedef struct crucible_pbo_options {
  size_t struct_size;            /**< set by init */
  crucible_pool *pool;           /**< NULL (default): the calling thread */
  const crucible_cancel *cancel; /**< looked at now and then; NULL: never */
  uint32_t n_blocks; /**< S: even, 2 to 24; default 16 (12,870 combinations) */
  int32_t statistic; /**< CRUCIBLE_STATISTIC_...; default SHARPE */
} crucible_pbo_options;

/** Result of crucible_pbo(); set struct_size to sizeof before the call. */
typedef struct crucible_pbo_result {
  size_t struct_size;      /**< set by the caller */
  uint64_t n_combinations; /**< C(S, S / 2) */
  uint64_t n_observations; /**< rows used: the last S * (T / S) of them */
  uint64_t n_tied;   /**< combinations whose best trial shares its place */
  double pbo;        /**< share of combinations with a logit <= 0, [0, 1] */
  double mean_logit; /**< mean of the logits */
  double oos_loss_probability; /**< share with a statistic < 0 out of sample */
  double degradation_slope;    /**< of the out-of-sample statistic of the picked
                                    trial on its in-sample one; NaN where all
                                    in-sample ones are equal */
  double degradation_intercept; /**< of the same least-squares line; NaN */
  double degradation_r_squared; /**< of the same line; NaN where either side is
                                     constant */
} crucible_pbo_result;

/** One combination of crucible_pbo(). Frozen: no field will ever be added. */
typedef struct crucible_pbo_split {
  uint64_t blocks;      /**< bit b: block b (0 = oldest) is in sample */
  uint64_t trial;       /**< column that is best in sample */
  double in_sample;     /**< its statistic there */
  double out_of_sample; /**< its statistic on the other blocks */
  double rank;  /**< its rank out of sample, 1 (worst) to N; the mean of the
                     ranks that equal trials share */
  double logit; /**< ln(w / (1 - w)), w = rank / (N + 1) */
} crucible_pbo_split;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_pbo_options_init(crucible_pbo_options *options,
                                            size_t struct_size);

/**
 * Probability of backtest overfitting by combinatorially symmetric
 * cross-validation: how often the trial that is best on one half of the blocks
 * is below the median on the other half.
 *
 * The record is cut into S blocks of T / S observations each; the oldest rows
 * that do not fill a block are left out. Each choice of S / 2 blocks is once in
 * sample, the rest out of sample. Equal trials: the first column of the best is
 * picked (n_tied counts how often there was a choice), a rank is the mean of
 * those that equals share, and a logit of exactly 0 counts as overfit.
 *
 * @param[in]     returns  [T x N] T / S >= 2, N >= 2, all finite (at most 1e100 in
 *                         size, as everywhere here).
 * @param[in]     options  NULL for the defaults.
 * @param[in,out] result   struct_size in, the rest out, only on success.
 * @param[out]    splits   [capacity] combinations in lexicographic order of
 *                         their in-sample blocks; may be NULL if capacity is 0.
 * @param[in]     capacity 0, or at least C(S, S / 2).
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, a return that is not finite, less
 *                              than two trials, an odd or unknown option.
 * @retval CRUCIBLE_E_TOO_SHORT Less than two observations per block.
 * @retval CRUCIBLE_E_DOMAIN    With SHARPE: a trial whose returns are all
 *                              equal, or equal and not 0 on half of the blocks.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @retval CRUCIBLE_E_CANCELLED options.cancel was set.
 * @retval CRUCIBLE_E_VERSION   @p options sets a field unknown to this library.
 * @source Bailey, Borwein, Lopez de Prado, Zhu (2017), J. of Computational
 * Finance 20(4), 39-69.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_pbo(
    const crucible_matrix *returns, const crucible_pbo_options *options,
    crucible_pbo_result *result, crucible_pbo_split *splits, size_t capacity);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SELECTION_H */
