/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/segment.h
 * @brief Segments of a market: a label for each bar, from the past alone.
 *
 * Two kinds. By quantiles of a volatility forecast (terciles: calm, middle,
 * wild). By regime: HDBSCAN over standardised features such as volatility,
 * trend, volume and spread. The caller computes the columns.
 *
 * Both are fitted on a window of past bars and label the bars after it, until
 * the next fit. The label of a bar comes from a fit that saw none but earlier
 * bars, the bar itself excluded: no later bar can change it.
 *
 * Labels are names that keep their meaning from fit to fit. Quantiles: 0 is the
 * lowest. Regimes: each cluster of a new fit is compared with those of the last
 * one by the points of the new fit that both place; the pairing with the most
 * points in common (an optimal assignment) hands the names on, of pairs that
 * share at least min_overlap of the smaller one's points. A cluster without a
 * partner takes the name of a vanished one whose last centre is near, or else
 * the next number never used. -1: noise, an unknown value, or no fit yet.
 *
 * Threads: an object is used by one thread at a time; any number of them in a
 * pool give the same bits. crucible_segment_runs() and
 * crucible_segment_transitions() are pure.
 */
#ifndef CRUCIBLE_SEGMENT_H
#define CRUCIBLE_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/regime.h>
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** How bars are parted. */
enum {
  CRUCIBLE_SEGMENT_QUANTILES = 1, /**< one column, as many bars in each */
  CRUCIBLE_SEGMENT_REGIMES = 2    /**< clusters of one column or more */
};

/** What the columns of a fit are measured in. */
enum {
  CRUCIBLE_SEGMENT_STANDARD = 1, /**< standard deviations (divisor n) from the
                                      mean (default) */
  CRUCIBLE_SEGMENT_ROBUST = 2,   /**< 1.4826 median deviations from the median;
                                      where that is 0, 1.2533 mean ones */
  CRUCIBLE_SEGMENT_AS_IS = 3     /**< the columns are on one scale already */
};

/** Options of crucible_segmenter_create(). */
typedef struct crucible_segment_options {
  size_t struct_size;   /**< set by init */
  int32_t kind;         /**< CRUCIBLE_SEGMENT_QUANTILES (default) or _REGIMES */
  uint32_t n_columns;   /**< of a row: 1 (default), or for regimes at most
                             CRUCIBLE_HDBSCAN_DIMS_MAX */
  uint32_t n_quantiles; /**< from 2 to 1,000; default 3: terciles */
  int32_t scaling;      /**< CRUCIBLE_SEGMENT_STANDARD, _ROBUST, _AS_IS */
  uint64_t window;      /**< rows behind a fit, the latest, at most 2^24;
                             default 8,640 (30 days of five minutes) */
  uint64_t first;       /**< rows before the first fit, <= window; 0 (default):
                             window */
  uint64_t refit;       /**< rows from one fit to the next; 0: only one fit;
                             default 288 (a day of five minutes) */
  uint64_t max_points;  /**< most points of a regime fit: every k-th row counted
                             from the latest, k the least that will do; 0
                             (default): all of the window */
  double min_overlap;   /**< in (0, 1]; default 0.5 */
  double return_within; /**< how near a cluster's centre is to the last one of
                             a vanished name that it takes, in units of
                             the fit's scaling; 0: names never return;
                             default 0.5 */
  crucible_hdbscan_options hdbscan; /**< of regimes; init sets its struct_size,
                                         min_cluster_size 100 and min_samples
                                         10 */
} crucible_segment_options;

/** What a segmenter has seen; set struct_size before the call. */
typedef struct crucible_segmenter_info {
  size_t struct_size;  /**< set by the caller */
  uint64_t n_rows;     /**< rows taken */
  uint64_t n_complete; /**< of them, rows without NaN: those that count */
  uint64_t n_fits;     /**< fits made */
  uint64_t fitted_at;  /**< rows taken when the latest was made; 0: none */
  uint64_t n_points;   /**< points of the latest fit */
  uint64_t n_segments; /**< segments of the latest fit */
  uint64_t n_names;    /**< names ever given: 0 .. n_names - 1 */
} crucible_segmenter_info;

/** Labels bars as they come. */
typedef struct crucible_segmenter crucible_segmenter;

/** Bars in a row with one label. Frozen: no field will ever be added. */
typedef struct crucible_segment_run {
  uint64_t begin;   /**< first bar */
  uint64_t end;     /**< one past the last */
  int32_t label;    /**< -1 or more */
  int32_t reserved; /**< 0 */
} crucible_segment_run;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_segment_options_init(crucible_segment_options *options,
                              size_t struct_size);

/**
 * A segmenter before its first row.
 *
 * @param[in]  options    NULL for the defaults: terciles of one column.
 * @param[out] segmenter  NULL on failure.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer or a wrong option.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know
 *                                is set.
 * @retval CRUCIBLE_E_TOO_SHORT   The first fit would have fewer points than
 *                                quantiles, or not more than hdbscan's
 *                                min_samples counts.
 * @retval CRUCIBLE_E_UNSUPPORTED More columns or a longer window than allowed,
 *                                or an hdbscan.min_cluster_size below 1 / 1,024
 *                                of a fit's points.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_segmenter_create(
    const crucible_segment_options *options, crucible_segmenter **segmenter);

/**
 * Frees it.
 *
 * @param[in] segmenter  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_segmenter_destroy(crucible_segmenter *segmenter);

/**
 * Labels one bar, then learns from it: where a fit is due it is made now, for
 * the bars to come.
 *
 * A column that does not vary in a fit's window (or by less than 1e-150) counts
 * for nothing until the next fit. A fit without clusters labels all bars -1.
 *
 * @param[in,out] segmenter  Unchanged on failure.
 * @param[in]     row        [n_columns] each |x| <= 1e100, or NaN where it is
 *                           not known: the bar's label is -1 then, and no fit
 *                           sees or counts it.
 * @param[in]     pool       Threads that share a fit's work, or NULL.
 * @param[in]     cancel     Looked at now and then in a fit, or NULL.
 * @param[out]    label      The bar's name, or -1.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or a value is infinite or larger.
 * @retval CRUCIBLE_E_CANCELLED Asked to stop.
 * @retval CRUCIBLE_E_NOMEM     Out of memory in a fit.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_segmenter_push(
    crucible_segmenter *segmenter, const double *row, crucible_pool *pool,
    const crucible_cancel *cancel, int32_t *label);

/**
 * Batch: labels many bars; same bits as pushing them one by one.
 *
 * @param[in,out] segmenter  Unchanged on failure.
 * @param[in]     rows       [n x n_columns] a row per bar, oldest first.
 * @param[in]     pool       Threads that share the work, or NULL.
 * @param[in]     cancel     Looked at now and then, or NULL.
 * @param[out]    labels     [n] names, or -1; all written only on success.
 * @return As crucible_segmenter_push(); the text names the row.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_segmenter_run(
    crucible_segmenter *segmenter, const crucible_matrix *rows,
    crucible_pool *pool, const crucible_cancel *cancel, int32_t *labels);

/**
 * What it has seen.
 *
 * @param[in]     segmenter  The segmenter.
 * @param[in,out] info       struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or struct_size is not set.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_segmenter_get(
    const crucible_segmenter *segmenter, crucible_segmenter_info *info);

/**
 * The segments of the latest fit, as they will label the next bar.
 *
 * @param[in]  segmenter  The segmenter.
 * @param[out] names      [n_segments] label of each; may be NULL.
 * @param[out] centres    [n_segments x n_columns] row by row: means of the
 *                        points fitted in each, in the columns' own units; NaN
 *                        for a quantile that has none; may be NULL.
 * @param[out] cuts       [n_quantiles - 1] of quantiles, rising: label j has
 *                        cuts[j - 1] < x <= cuts[j]; linear between the sorted
 *                        values, as NumPy's; may be NULL, not written before
 *                        the first fit and for regimes.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_segmenter_segments(const crucible_segmenter *segmenter, int32_t *names,
                            double *centres, double *cuts);

/**
 * The state as bytes.
 *
 * @param[in]  segmenter  The segmenter.
 * @param[out] bytes      [capacity], or NULL with capacity 0.
 * @param[in]  capacity   Bytes there is room for.
 * @param[out] needed     Bytes of the state; where capacity is less nothing
 *                        is written.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_segmenter_save(const crucible_segmenter *segmenter, void *bytes,
                        size_t capacity, size_t *needed);

/**
 * Goes on from saved bytes: whatever follows has the same bits as if the saved
 * segmenter had gone on itself. The latest fit is made again from its points.
 *
 * @param[in,out] segmenter  Unchanged on failure; created with the same options
 *                           as the saved one.
 * @param[in]     bytes      [n] of crucible_segmenter_save().
 * @param[in]     n          Their number.
 * @param[in]     pool       Threads that share the work, or NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STORE   The bytes are damaged, of another version, or of a
 *                            segmenter with other options.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_segmenter_load(crucible_segmenter *segmenter, const void *bytes,
                        size_t n, crucible_pool *pool);

/**
 * Labels as runs of equal ones, in order; they cover all bars.
 *
 * @param[in]  labels    [n] each >= -1.
 * @param[in]  n         0 is allowed.
 * @param[out] runs      [capacity], or NULL with capacity 0.
 * @param[in]  capacity  Runs there is room for.
 * @param[out] n_runs    Runs there are; where capacity is less none is written.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a label below -1.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_segment_runs(
    const int32_t *labels, size_t n, crucible_segment_run *runs,
    size_t capacity, size_t *n_runs);

/**
 * How often each label is on a bar, and which follows which.
 *
 * @param[in]  labels       [n] from -1 to n_names - 1.
 * @param[in]  n            0 is allowed.
 * @param[in]  n_names      At most 2^15.
 * @param[out] bars         [n_names + 1] bars with label -1, 0, 1, ..; may be
 *                          NULL.
 * @param[out] transitions  [(n_names + 1) x (n_names + 1)] row by row: bars
 *                          with label row - 1 whose next has label column - 1;
 *                          may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, too many names, or a label beyond
 *                            them; the text names the bar.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_segment_transitions(const int32_t *labels, size_t n, size_t n_names,
                             uint64_t *bars, uint64_t *transitions);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SEGMENT_H */
