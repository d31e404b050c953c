/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/drift.h
 * @brief Since when the data are of one kind: adaptive windows (ADWIN).
 *
 * ADWIN keeps a window of the latest values that is as long as their mean has
 * not changed. Where it cuts the window a regime has ended, and
 * crucible_adwin_drift_start() is the value with which the present one began:
 * from there on is what a model should be trained on.
 *
 * The test is about means and assumes independent values between two bounds
 * that lie `range` apart. Feed what has a mean worth watching: a squared
 * standardised residual, a hit rate, a Brier score, a spread; clip what has
 * outliers. Persistence of the values (volatility itself) raises more alarms
 * than delta says.
 *
 * Memory: O(log n), allocated at creation alone. Threads: one at a time per
 * object.
 */
#ifndef CRUCIBLE_DRIFT_H
#define CRUCIBLE_DRIFT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** What remains of the window after a cut. */
enum {
  CRUCIBLE_ADWIN_KEEP = 0, /**< what follows the cut, as in the paper: the
                                window adapts (default) */
  CRUCIBLE_ADWIN_RESET = 1 /**< nothing, from the next value on, as in river's
                                drift.ADWIN */
};

/** Options of crucible_adwin_create(); the defaults but range and after_cut
    are river's. */
typedef struct crucible_adwin_options {
  size_t struct_size;         /**< set by init */
  double delta;               /**< confidence of one check, (0, 1): the smaller
                                   the fewer false alarms; default 0.002 */
  double range;               /**< largest less smallest possible value,
                                   1e-60 to 1e60; default 1 */
  uint32_t clock;             /**< values from one check to the next, >= 1;
                                   default 32 */
  uint32_t max_buckets;       /**< of one size, 1 to 1024; default 5 */
  uint32_t min_window_length; /**< values on either side of a cut, >= 1;
                                   default 5 */
  uint32_t grace_period;      /**< no check of a window of so few values;
                                   default 10 */
  int32_t after_cut;          /**< CRUCIBLE_ADWIN_*; default KEEP */
  uint32_t reserved;          /**< 0 */
} crucible_adwin_options;

/** What a window holds; set struct_size before the call. */
typedef struct crucible_adwin_window {
  size_t struct_size;    /**< set by the caller */
  uint64_t n_values;     /**< pushed so far */
  uint64_t width;        /**< values in the window, the latest ones */
  uint64_t drift_start;  /**< as crucible_adwin_drift_start() */
  uint64_t n_detections; /**< values at which a change was seen */
  uint64_t detected_at;  /**< the last of them, counted from 0; 0 if none */
  double total;          /**< sum of the window */
  double mean;           /**< its mean (river's estimation); 0 if it is empty */
  double variance;       /**< of the window, divisor width; 0 if it is empty */
  double sum_squares;    /**< of deviations from the mean (river's variance) */
} crucible_adwin_window;

/** An adaptive window. */
typedef struct crucible_adwin crucible_adwin;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_adwin_options_init(crucible_adwin_options *options,
                                              size_t struct_size);

/**
 * A window before its first value.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] adwin    NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong option.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_adwin_create(
    const crucible_adwin_options *options, crucible_adwin **adwin);

/**
 * Frees a window.
 *
 * @param[in] adwin  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_adwin_destroy(crucible_adwin *adwin);

/**
 * Takes a value and, each clock values, looks for a change.
 *
 * @param[in,out] adwin     Unchanged on failure.
 * @param[in]     value     Finite, at most 1e60 in size.
 * @param[out]    is_drift  1: a change was seen with this value; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a value that is not finite or
 *                            too large.
 * @retval CRUCIBLE_E_STATE   2^50 values were pushed.
 * @source Bifet, Gavalda (2007), Learning from time-changing data with adaptive
 *         windowing, SDM, 443-448; the cut test is that of river (2026).
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_adwin_push(crucible_adwin *adwin, double value, int32_t *is_drift);

/**
 * Batch: takes [n] values; same bits as pushing them one by one.
 *
 * @param[in,out] adwin        Unchanged on failure.
 * @param[in]     values       [n] as for crucible_adwin_push(), oldest first.
 * @param[in]     n            0 is allowed.
 * @param[out]    is_drift     [n] 1: a change was seen with value i; may be
 *                             NULL.
 * @param[out]    drift_start  [n] crucible_adwin_drift_start() after value i;
 *                             may be NULL.
 * @return As crucible_adwin_push(); the text names the value's index.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_adwin_run(crucible_adwin *adwin, const double *values, size_t n,
                   int32_t *is_drift, uint64_t *drift_start);

/**
 * The value with which the current regime began, counted from 0 over all that
 * were pushed: 0 while no change was seen, else the first value of the window
 * as it was after the latest cut. The window is cut at the border of a bucket
 * and no further than the test asks for, so that some values of the time before
 * the change may remain.
 *
 * @param[in]  adwin  Not NULL.
 * @param[out] index  Written only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_adwin_drift_start(const crucible_adwin *adwin, uint64_t *index);

/**
 * What the window holds.
 *
 * @param[in]     adwin   Not NULL.
 * @param[in,out] window  struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong struct_size.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_adwin_get(const crucible_adwin *adwin, crucible_adwin_window *window);

/**
 * The state as bytes.
 *
 * @param[in]  adwin     Not NULL.
 * @param[out] bytes     [capacity], or NULL with capacity 0.
 * @param[in]  capacity  Bytes there is room for.
 * @param[out] needed    Bytes of the state; where capacity is less nothing
 *                       is written.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_adwin_save(
    const crucible_adwin *adwin, void *bytes, size_t capacity, size_t *needed);

/**
 * Goes on from saved bytes: whatever follows has the same bits as if the saved
 * window had gone on itself.
 *
 * @param[in,out] adwin  Unchanged on failure; created with the same options as
 *                       the saved one.
 * @param[in]     bytes  [n] of crucible_adwin_save().
 * @param[in]     n      Their number.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STORE   The bytes are damaged, of another version, or of a
 *                            window with other options.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_adwin_load(crucible_adwin *adwin, const void *bytes, size_t n);

/** Options of crucible_drift_create(). */
typedef struct crucible_drift_options {
  size_t struct_size;   /**< set by init */
  uint32_t n_streams;   /**< m: statistics per bar, 1 to 1024; default 4 */
  uint32_t at_least;    /**< k: streams that must have changed, 1 to n_streams;
                             default 1 */
  const double *ranges; /**< [n_streams] range of each, copied; NULL (default):
                             adwin.range for all */
  crucible_adwin_options adwin; /**< of every stream; delta is that of the
                                     combined verdict */
} crucible_drift_options;

/**
 * Several statistics of one market, such as return, squared standardised
 * residual, volume and spread, each with a window of its own, and one verdict.
 *
 * The rule: the regime began at the latest bar for which at least k streams say
 * that theirs began there or later, the k-th latest of their drift starts; a
 * change is seen when that moves on. With k = 1 any stream's cut counts, with
 * k = m all must have cut.
 *
 * Each stream checks with delta k / m. A false verdict needs false cuts of k
 * streams, and by Markov's inequality the chance of that is at most 1 / k of the
 * number of streams that are expected to cut falsely: over any period the bound
 * is that of a single window with delta, however the streams depend on each
 * other. With k = 1 this is Bonferroni's.
 */
typedef struct crucible_drift crucible_drift;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_drift_options_init(crucible_drift_options *options,
                                              size_t struct_size);

/**
 * Streams before their first bar.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] drift    NULL on failure.
 * @return As crucible_adwin_create().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_drift_create(
    const crucible_drift_options *options, crucible_drift **drift);

/**
 * Frees them.
 *
 * @param[in] drift  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_drift_destroy(crucible_drift *drift);

/**
 * Takes the values of one bar.
 *
 * @param[in,out] drift     Unchanged on failure.
 * @param[in]     values    [n_streams] as for crucible_adwin_push().
 * @param[out]    is_drift  1: a change was seen with this bar; may be NULL.
 * @return As crucible_adwin_push(); the text names the stream.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_drift_push(
    crucible_drift *drift, const double *values, int32_t *is_drift);

/**
 * Batch: takes the bars of a matrix; same bits as pushing them one by one.
 *
 * @param[in,out] drift        Unchanged on failure.
 * @param[in]     values       A row per bar, oldest first, a column per stream.
 * @param[out]    is_drift     [rows] 1: a change was seen with bar i; may be
 *                             NULL.
 * @param[out]    drift_start  [rows] crucible_drift_start() after bar i; may be
 *                             NULL.
 * @return As crucible_adwin_push(); the text names stream and bar.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_drift_run(crucible_drift *drift, const crucible_matrix *values,
                   int32_t *is_drift, uint64_t *drift_start);

/**
 * The bar with which the current regime began by the rule of crucible_drift,
 * counted from 0; it never goes back.
 *
 * @param[in]  drift  Not NULL.
 * @param[out] index  Written only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_drift_start(const crucible_drift *drift, uint64_t *index);

/**
 * The window of one stream.
 *
 * @param[in]     drift   Not NULL.
 * @param[in]     stream  Below n_streams.
 * @param[in,out] window  struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such stream or a wrong
 *                            struct_size.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_drift_stream(const crucible_drift *drift, uint32_t stream,
                      crucible_adwin_window *window);

/**
 * The state of all streams as bytes.
 *
 * @param[in]  drift     Not NULL.
 * @param[out] bytes     [capacity], or NULL with capacity 0.
 * @param[in]  capacity  Bytes there is room for.
 * @param[out] needed    Bytes of the state; where capacity is less nothing
 *                       is written.
 * @return As crucible_adwin_save().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_drift_save(
    const crucible_drift *drift, void *bytes, size_t capacity, size_t *needed);

/**
 * Goes on from saved bytes.
 *
 * @param[in,out] drift  Unchanged on failure; created with the same options as
 *                       the saved one.
 * @param[in]     bytes  [n] of crucible_drift_save().
 * @param[in]     n      Their number.
 * @return As crucible_adwin_load().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_drift_load(crucible_drift *drift, const void *bytes, size_t n);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_DRIFT_H */
