/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/selection.h
 * @brief What picking the best of many trials does to its figures: the
 * probability of backtest overfitting, White's reality check and Hansen's test
 * of superior predictive ability, block bootstrap, and how many independent
 * trials there were.
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
 * A statistic of the caller's.
 *
 * @param[in]  returns    [n] one resample, or the record itself; the pointer
 *                        dies when the callback returns.
 * @param[in]  n          Returns in it.
 * @param[out] value      Finite.
 * @param[in]  user_data  As given. With a pool, several threads call at a time.
 * @return 0; anything else stops with CRUCIBLE_E_CALLBACK.
 */
typedef int32_t (*crucible_statistic_cb)(const double *returns, size_t n,
                                         double *value, void *user_data);

/** How an interval is made of resamples. */
enum {
  CRUCIBLE_INTERVAL_PERCENTILE = 1, /**< quantiles of the resamples */
  CRUCIBLE_INTERVAL_STUDENTISED = 2 /**< quantiles of each resample's distance
                                         in its own standard errors; MEAN and
                                         SHARPE */
};

/** Options of crucible_bootstrap(); start from
    crucible_bootstrap_options_init(). */
typedef struct crucible_bootstrap_options {
  size_t struct_size;             /**< set by init */
  crucible_pool *pool;            /**< NULL (default): the calling thread */
  const crucible_cancel *cancel;  /**< looked at now and then; NULL: never */
  crucible_statistic_cb callback; /**< not NULL: instead of statistic */
  void *user_data;                /**< passed to callback */
  uint64_t seed;                  /**< of the resamples; default 0 */
  double block_length; /**< mean length of a block, >= 1; 0 (default): that of
                            crucible_block_length() */
  double confidence; /**< in (0, 1); default 0.95, half of the rest each side */
  uint32_t n_resamples; /**< 10 to 10,000,000; default 2000 */
  int32_t statistic;    /**< CRUCIBLE_STATISTIC_...; default SHARPE */
  int32_t interval;     /**< CRUCIBLE_INTERVAL_...; default PERCENTILE */
  uint32_t reserved;    /**< 0 */
} crucible_bootstrap_options;

/** Result of crucible_bootstrap(); set struct_size to sizeof before. */
typedef struct crucible_bootstrap_result {
  size_t struct_size;    /**< set by the caller */
  double estimate;       /**< the statistic of the record */
  double standard_error; /**< standard deviation of the resamples */
  double low;            /**< of the interval */
  double high;           /**< of the interval */
  double block_length;   /**< that was used */
} crucible_bootstrap_result;

/** Options of crucible_reality_check(); start from
    crucible_reality_check_options_init(). */
typedef struct crucible_reality_check_options {
  size_t struct_size;            /**< set by init */
  crucible_pool *pool;           /**< NULL (default): the calling thread */
  const crucible_cancel *cancel; /**< looked at now and then; NULL: never */
  const double *benchmark; /**< [T] returns to beat; NULL (default): 0, cash */
  uint64_t seed;           /**< of the resamples; default 0 */
  double block_length;  /**< mean length of a block, >= 1; 0 (default): the mean
                            over trials of crucible_block_length() */
  uint32_t n_resamples; /**< 10 to 10,000,000; default 2000 */
  int32_t is_studentised; /**< 1 (default): Hansen's statistic; 0: means as they
                               are, as White's and arch's */
} crucible_reality_check_options;

/** Result of crucible_reality_check(); set struct_size to sizeof before. */
typedef struct crucible_reality_check_result {
  size_t struct_size; /**< set by the caller */
  double p_white;     /**< White's reality check, [0, 1] */
  double p_lower;     /**< Hansen's SPA, liberal: no trial that loses counts */
  double
      p_consistent; /**< Hansen's SPA: those that lose clearly do not count */
  double p_upper;   /**< Hansen's SPA, conservative: all count */
  double statistic; /**< largest sqrt(T) mean / omega, at least 0; omega 1
                              if not studentised */
  double best_mean; /**< largest mean return above the benchmark */
  double block_length;   /**< that was used */
  uint64_t best_trial;   /**< column behind statistic, the first of equals */
  uint64_t n_considered; /**< trials that count in p_consistent */
} crucible_reality_check_result;

/** Options of crucible_trials_clusters(); start from
    crucible_trials_clusters_options_init(). */
typedef struct crucible_trials_clusters_options {
  size_t struct_size;            /**< set by init */
  crucible_pool *pool;           /**< NULL (default): the calling thread */
  const crucible_cancel *cancel; /**< looked at now and then; NULL: never */
  uint64_t seed;                 /**< of the first centres; default 0 */
  uint32_t max_clusters; /**< 2 to 1000; default 10; at most N - 1 are tried */
  uint32_t n_starts;     /**< tries for each number, 1 to 1000; default 4 */
} crucible_trials_clusters_options;

/** Result of crucible_trials_clusters(); set struct_size to sizeof before. */
typedef struct crucible_trials_clusters_result {
  size_t struct_size;     /**< set by the caller */
  uint64_t n_clusters;    /**< number with the best quality, >= 2 */
  double silhouette;      /**< mean over the trials, [-1, 1] */
  double quality;         /**< mean / stddev of the silhouettes */
  double sharpe_mean;     /**< of the clusters' Sharpe ratios */
  double sharpe_variance; /**< of them, divisor n_clusters - 1: what
                               crucible_dsr_options.trial_sharpe_variance
                               takes */
} crucible_trials_clusters_result;

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

/**
 * Mean block length that makes the variance of a block bootstrap's mean most
 * exact.
 *
 * @param[in]  returns     [n] all finite.
 * @param[in]  n           >= 16.
 * @param[out] stationary  For the stationary bootstrap, > 0; a length below 1
 *                         means independent returns.
 * @param[out] circular    For the circular one; may be NULL.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or a return that is not finite.
 * @retval CRUCIBLE_E_TOO_SHORT n < 16.
 * @retval CRUCIBLE_E_DOMAIN    All returns are equal.
 * @source Politis, White (2004), Econometric Reviews 23(1), 53-70; correction by
 * Patton, Politis, White (2009), 28(4), 372-375.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_block_length(
    const double *returns, size_t n, double *stationary, double *circular);

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_bootstrap_options_init(crucible_bootstrap_options *options,
                                size_t struct_size);

/**
 * Interval of a statistic by the stationary bootstrap: resamples of n returns
 * are made of blocks of the record (a circle) with geometric lengths, so that
 * they keep its dependence from one return to the next.
 *
 * Studentised: the standard error of the record is that of the stationary
 * bootstrap's mean of the statistic's influence function, in closed form; that
 * of a resample comes from the sums of the same function over its blocks.
 *
 * @param[in]     returns    [n] all finite.
 * @param[in]     n          >= 16.
 * @param[in]     options    NULL for the defaults.
 * @param[in,out] result     struct_size in, the rest out, only on success.
 * @param[out]    resamples  [capacity] their statistics, in order of their
 *                           number; may be NULL if capacity is 0.
 * @param[in]     capacity   0, or at least n_resamples.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer, a return that is not finite, an
 *                                option out of range.
 * @retval CRUCIBLE_E_TOO_SHORT   n < 16.
 * @retval CRUCIBLE_E_DOMAIN      All returns are equal, or those of a resample
 *                                (of its blocks' sums, if studentised).
 * @retval CRUCIBLE_E_UNSUPPORTED A studentised interval of a callback.
 * @retval CRUCIBLE_E_CALLBACK    The callback failed.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @retval CRUCIBLE_E_CANCELLED   options.cancel was set.
 * @retval CRUCIBLE_E_VERSION     @p options sets a field unknown to this library.
 * @source Politis, Romano (1994), J. Am. Stat. Assoc. 89(428), 1303-1313;
 * Goetze, Kuensch (1996), Annals of Statistics 24(5), 1914-1933.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_bootstrap(
    const double *returns, size_t n, const crucible_bootstrap_options *options,
    crucible_bootstrap_result *result, double *resamples, size_t capacity);

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_reality_check_options_init(crucible_reality_check_options *options,
                                    size_t struct_size);

/**
 * Whether the best of many trials beats a benchmark by more than the best of as
 * many trials without an edge would: White's reality check and Hansen's test of
 * superior predictive ability, from the same resamples.
 *
 * p is the share of resamples whose largest value exceeds the one observed. It
 * judges mean returns, and all trials that were looked at must be columns.
 *
 * @param[in]     returns  [T x N] T >= 16, N >= 1, all finite.
 * @param[in]     options  NULL for the defaults.
 * @param[in,out] result   struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, a return that is not finite, an
 *                              option out of range.
 * @retval CRUCIBLE_E_TOO_SHORT T < 16.
 * @retval CRUCIBLE_E_DOMAIN    A trial that differs from the benchmark by the
 *                              same amount throughout.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @retval CRUCIBLE_E_CANCELLED options.cancel was set.
 * @retval CRUCIBLE_E_VERSION   @p options sets a field unknown to this library.
 * @source White (2000), Econometrica 68(5), 1097-1126; Hansen (2005), J. of
 * Business & Economic Statistics 23(4), 365-380.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_reality_check(const crucible_matrix *returns,
                       const crucible_reality_check_options *options,
                       crucible_reality_check_result *result);

/**
 * Effective number of independent trials: the effective rank of their
 * correlation matrix, exp of the entropy of its eigenvalues' shares. N for
 * uncorrelated trials, 1 for copies of one.
 *
 * For crucible_dsr_options.n_trials round it to the nearest integer. It counts
 * directions, not trials: never more than T - 1.
 *
 * @param[in]  returns    [T x N] T >= 2, N >= 1, all finite.
 * @param[in]  pool       NULL: the calling thread.
 * @param[in]  cancel     NULL: never.
 * @param[out] effective  In [1, N]; written only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or a return that is not finite.
 * @retval CRUCIBLE_E_TOO_SHORT T < 2.
 * @retval CRUCIBLE_E_DOMAIN    A trial whose returns are all equal.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @retval CRUCIBLE_E_CANCELLED @p cancel was set.
 * @source Roy, Vetterli (2007), EUSIPCO, 606-610.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_trials_effective_rank(
    const crucible_matrix *returns, crucible_pool *pool,
    const crucible_cancel *cancel, double *effective);

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_trials_clusters_options_init(crucible_trials_clusters_options *options,
                                      size_t struct_size);

/**
 * Effective number of independent trials: clusters of alike ones, and the
 * variance of the clusters' Sharpe ratios.
 *
 * k-means on the standardised columns, where the squared distance of two is
 * proportional to 1 - correlation; first centres by k-means++, n_starts tries
 * for each number from 2 on, the tightest is kept. The silhouettes' distance is
 * (1 - correlation) / 2. The number with the largest mean / stddev of
 * silhouettes wins (the smaller of equals). A cluster's return is the mean of
 * its trials, each weighted by 1 / variance.
 *
 * @param[in]     returns  [T x N] T >= 2, N >= 3, all finite.
 * @param[in]     options  NULL for the defaults.
 * @param[in,out] result   struct_size in, the rest out, only on success.
 * @param[out]    labels   [N] the cluster of each trial, numbered in the order
 *                         of their first trials; NULL if not wanted.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, a return that is not finite, less
 *                              than three trials, an option out of range.
 * @retval CRUCIBLE_E_TOO_SHORT T < 2.
 * @retval CRUCIBLE_E_DOMAIN    A trial whose returns are all equal, or that no
 *                              two clusters exist because all trials are
 *                              copies, or a cluster whose return is constant.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @retval CRUCIBLE_E_CANCELLED options.cancel was set.
 * @retval CRUCIBLE_E_VERSION   @p options sets a field unknown to this library.
 * @source Lopez de Prado, Lewis (2019), Quantitative Finance 19(9), 1555-1565:
 * their base step, without clustering weak clusters again.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_trials_clusters(
    const crucible_matrix *returns,
    const crucible_trials_clusters_options *options,
    crucible_trials_clusters_result *result, uint32_t *labels);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SELECTION_H */
