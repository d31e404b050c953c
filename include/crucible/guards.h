/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/guards.h
 * @brief Tests of a strategy for what makes a backtest lie: values that know
 *        the future, and values that depend on where the data begin.
 *
 * The look-ahead test recomputes columns (features, signals, scores, targets,
 * forecasts) on the first m bars for many m. What was known at a close cannot
 * change when later bars are taken away; where it does, the column has looked
 * ahead. The warm-up test recomputes them on bars that begin later and says
 * after how many bars they agree with those of the whole history.
 *
 * The bars that a callback gets are a copy that ends where it says: behind its
 * last bar stand NaN, so that code which reads beyond the end is found too.
 *
 * Threads: any; a callback that is declared thread-safe is called from the
 * pool's threads at once, any other from the calling thread, one at a time.
 */
#ifndef CRUCIBLE_GUARDS_H
#define CRUCIBLE_GUARDS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/export.h>
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** What a column consists of. */
enum {
  CRUCIBLE_COLUMNS_DOUBLES = 0, /**< double; any NaN equals any NaN */
  CRUCIBLE_COLUMNS_FLAGS = 1    /**< uint8_t; 0 or not */
};

/**
 * Computes columns from bars: from these bars and from nothing it has seen
 * before.
 *
 * @param bars       The bars there are; they end with the call.
 * @param values     [bars->n x n_columns] column-major, doubles or flags; NaN
 *                   (flags: 0) on entry.
 * @param user_data  As given.
 * @return 0; CRUCIBLE_E_TOO_SHORT where nothing can be computed of so few bars
 *         (that cut is left out); anything else stops the test.
 */
typedef int32_t (*crucible_columns_cb)(const crucible_bars *bars, void *values,
                                       void *user_data);

/** Where columns come from. */
typedef struct crucible_column_source {
  size_t struct_size;          /**< set by the caller */
  crucible_columns_cb compute; /**< computes them */
  void *user_data;             /**< for it */
  size_t n_columns;            /**< >= 1 */
  int32_t kind;                /**< CRUCIBLE_COLUMNS_*; default DOUBLES */
  int32_t is_thread_safe; /**< 1: compute may run on several threads at once */
} crucible_column_source;

/** Options of the look-ahead tests; start from
    crucible_lookahead_options_init(). */
typedef struct crucible_lookahead_options {
  size_t struct_size; /**< set by init */
  size_t max_cuts;    /**< cuts chosen by the test: as many as there are
                               bars or more try every one; 0 (default): 200 for
                               columns, 50 for a whole backtest */
  uint64_t seed;      /**< of the random cuts; default 1 */
  const size_t *cuts; /**< [n_cuts] numbers of bars that are tried as well,
                               each >= 1 and less than the bars there are */
  size_t n_cuts;      /**< default 0 */
  double relative;    /**< of the larger value; default 0: equal bits */
  double absolute;    /**< a difference up to this is none; default 0 */
} crucible_lookahead_options;

/** Where a column changed its past. Frozen: no field will ever be added. */
typedef struct crucible_lookahead_finding {
  uint64_t n_cuts_changed; /**< cuts that changed it; 0: it is clean, and the
                                rest is not set */
  size_t bar;              /**< first bar whose value changed */
  size_t cut;              /**< the fewest bars tried that showed it there */
  size_t n_changed;        /**< bars whose value this cut changed */
  int64_t open_time_ms;    /**< of the bar */
  double with_future;      /**< its value computed from all bars */
  double without_future;   /**< and from the first cut bars */
} crucible_lookahead_finding;

/** What a look-ahead test came to. */
typedef struct crucible_lookahead_result {
  size_t struct_size;       /**< set by the caller */
  int32_t is_found;         /**< 1: the past changed */
  int32_t is_repeatable;    /**< 0: the same bars gave other values when asked
                              again, so the test says nothing */
  int32_t is_exhaustive;    /**< 1: every cut was tried */
  int32_t reserved;         /**< 0 */
  size_t n_cuts;            /**< cuts tried, those too short left out */
  size_t n_too_short;       /**< cuts that the callback refused as too short */
  size_t n_calls;           /**< of the callback, all in all */
  uint64_t n_bars;          /**< that it computed in these calls */
  size_t n_columns_changed; /**< columns that look ahead */
  size_t column;            /**< of the earliest bar that changed; the rest is
                                 set where is_found */
  size_t needs;             /**< bars after that one that its value needs, as
                                 far as bisection can tell; 1: the next one */
  crucible_lookahead_finding first; /**< of that column */
} crucible_lookahead_result;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_lookahead_options_init(crucible_lookahead_options *options,
                                size_t struct_size);

/**
 * Does a column know the future?
 *
 * The cuts: those of the options; the shortest and the longest histories;
 * next to extremes of price and volume, to gaps, to the first bar of days;
 * where columns change seldom, next to their changes; else at random, spread
 * over all bars. Then the fewest bars that show a change are searched by
 * bisection, and how far the earliest one looks ahead. The callback is called
 * at most max_cuts + n_cuts + 2 + 2 * 64 times, on half the bars on average.
 *
 * @param[in]     source    Computes the columns.
 * @param[in]     bars      >= 2 bars; every one is checked.
 * @param[in]     options   NULL for the defaults.
 * @param[in]     pool      Cuts run in parallel if the source is thread-safe;
 *                          NULL = one thread. The result does not depend on
 *                          the number of threads.
 * @param[in]     cancel    NULL: cannot be cancelled.
 * @param[in,out] result    struct_size in, the rest out, only on success.
 * @param[out]    findings  [n_columns] one for each column, only on success;
 *                          may be NULL.
 * @retval CRUCIBLE_OK          Done: look at is_repeatable, then at is_found.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or a field out of its range: the
 *                              text names it.
 * @retval CRUCIBLE_E_VERSION   A field that this library does not know is set.
 * @retval CRUCIBLE_E_DATA      A bar is wrong.
 * @retval CRUCIBLE_E_TOO_SHORT Fewer than 2 bars, or the callback finds all of
 *                              them too few.
 * @retval CRUCIBLE_E_CALLBACK  The callback returned something else than 0 or
 *                              CRUCIBLE_E_TOO_SHORT.
 * @retval CRUCIBLE_E_CANCELLED Cancelled.
 * @retval CRUCIBLE_E_NOMEM     Out of memory: it takes 8 bytes for each value
 *                              of all columns, and as much for each thread.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_lookahead_check(
    const crucible_column_source *source, const crucible_bars *bars,
    const crucible_lookahead_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_lookahead_result *result,
    crucible_lookahead_finding *findings);

/** Of crucible_warmup_finding.bars: never in these bars. */
#define CRUCIBLE_WARMUP_NEVER SIZE_MAX

/** Options of the warm-up tests; start from crucible_warmup_options_init(). */
typedef struct crucible_warmup_options {
  size_t struct_size;     /**< set by init */
  const size_t *startups; /**< [n_startups] bars of history before the bar that
                               is compared, ascending; default 0, 50, 100, 200,
                               500, 1000, 2000: of these the ones up to half of
                               the bars are used */
  size_t n_startups;      /**< >= 1; default 7 */
  size_t n_starts;        /**< at how many different bars the later histories
                               begin, >= 1; default 16 */
  uint64_t seed;          /**< of those bars; default 1 */
  double tolerance;       /**< relative difference that does not count, >= 0;
                               default 1e-6 */
} crucible_warmup_options;

/** How much history a column needs. Frozen: no field will ever be added. */
typedef struct crucible_warmup_finding {
  size_t bars;       /**< from so many bars of history on it differs by at most
                            the tolerance, or CRUCIBLE_WARMUP_NEVER */
  double difference; /**< the largest with the longest start-up: as in the
                            last row of differences that is not NaN */
  size_t bar;        /**< where that was */
  double with_history;    /**< its value computed from all bars */
  double without_history; /**< and from the bars of that later start */
} crucible_warmup_finding;

/** What a warm-up test came to. */
typedef struct crucible_warmup_result {
  size_t struct_size; /**< set by the caller */
  size_t bars;     /**< history that all columns need: the largest of theirs */
  size_t column;   /**< that needs it */
  size_t longest;  /**< longest start-up that was used */
  size_t n_starts; /**< later histories that were computed */
  size_t n_too_short; /**< that the callback refused as too short */
  size_t n_calls;     /**< of the callback, all in all */
  uint64_t n_bars;    /**< that it computed in these calls */
} crucible_warmup_result;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_warmup_options_init(crucible_warmup_options *options,
                                               size_t struct_size);

/**
 * How many bars of history does a column need before it is what a longer
 * history makes of it?
 *
 * The columns are computed from all bars and from bars that begin later, at
 * n_starts places, and compared where both are. A difference is relative to the
 * larger of the value (with all history) and the column's mean absolute value,
 * so that a value near zero does not count for more; a value on one side alone
 * differs by infinity, and a flag by 1. Columns that look ahead have no warm-up
 * to speak of: run crucible_lookahead_check() first.
 *
 * @param[in]     source       Computes the columns.
 * @param[in]     bars         Every one is checked.
 * @param[in]     options      NULL for the defaults.
 * @param[in]     pool         Histories are computed in parallel if the source
 *                             is thread-safe; NULL = one thread.
 * @param[in]     cancel       NULL: cannot be cancelled.
 * @param[in,out] result       struct_size in, the rest out, only on success.
 * @param[out]    findings     [n_columns], only on success; may be NULL.
 * @param[out]    differences  [n_startups x n_columns] column-major: the
 *                             largest with at least so much history; NaN for a
 *                             default start-up that was not used. Only on
 *                             success; may be NULL.
 * @retval CRUCIBLE_E_TOO_SHORT The bars have no room for a start-up and 16 bars
 *                              to compare, or the callback finds them too few.
 * @return Otherwise as crucible_lookahead_check().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_warmup_check(
    const crucible_column_source *source, const crucible_bars *bars,
    const crucible_warmup_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_warmup_result *result,
    crucible_warmup_finding *findings, double *differences);

/* ---- the same over a whole backtest ---- */

/**
 * Runs a whole backtest over bars: forecasts, signals, orders, from these bars
 * and from nothing it has seen before.
 *
 * @param bars       The bars there are; they end with the call.
 * @param backtest   The result, with records; the test destroys it.
 * @param user_data  As given.
 * @return As crucible_columns_cb.
 */
typedef int32_t (*crucible_rerun_cb)(const crucible_bars *bars,
                                     crucible_backtest **backtest,
                                     void *user_data);

/** Where backtests come from. */
typedef struct crucible_run_source {
  size_t struct_size;      /**< set by the caller */
  crucible_rerun_cb rerun; /**< runs one */
  void *user_data;         /**< for it */
  int32_t is_thread_safe;  /**< 1: rerun may run on several threads at once */
  int32_t reserved;        /**< 0 */
} crucible_run_source;

/** What a run did otherwise without the future. */
enum {
  CRUCIBLE_RUN_ORDER = 1,   /**< an order that had ended */
  CRUCIBLE_RUN_TRADE = 2,   /**< a trade that had closed */
  CRUCIBLE_RUN_DECISION = 3 /**< an order that was sent at the last close */
};

/** How a record differs. */
enum {
  CRUCIBLE_DIFFERS = 1,     /**< in a field */
  CRUCIBLE_ONLY_WITH = 2,   /**< only the run over all bars has it */
  CRUCIBLE_ONLY_WITHOUT = 3 /**< only the run over the first bars has it */
};

/** What a look-ahead test of a backtest came to. */
typedef struct crucible_run_lookahead_result {
  size_t struct_size;    /**< set by the caller */
  int32_t is_found;      /**< 1: the past changed */
  int32_t is_repeatable; /**< 0: the same bars gave another run when asked
                               again, so the test says nothing */
  int32_t is_exhaustive; /**< 1: every cut was tried */
  uint32_t column;       /**< of the run; this and the rest but for the
                               counts are set where is_found */
  size_t n_cuts;         /**< cuts tried, those too short left out */
  size_t n_too_short;    /**< cuts that the callback refused as too short */
  size_t n_cuts_changed; /**< cuts that changed the past */
  size_t n_calls;        /**< of the callback, all in all */
  uint64_t n_bars;       /**< that it ran over in these calls */
  size_t cut;            /**< the fewest bars tried that showed the record */
  int32_t kind;          /**< CRUCIBLE_RUN_* */
  int32_t how;           /**< CRUCIBLE_DIFFERS or _ONLY_* */
  int64_t time_ms;       /**< placed_ms of the order, entry_ms of the trade */
  int32_t side;          /**< 1 buy or long, -1 sell or short */
  int32_t purpose;       /**< CRUCIBLE_PURPOSE_* of the order, or that closed
                               the trade */
  const char *field;     /**< its name, such as "quantity": a static string;
                               NULL unless it differs in a field */
  double with_future;    /**< the field's value in the run over all bars */
  double without_future; /**< and in the run over the first ones */
} crucible_run_lookahead_result;

/** Trades after a start-up. Frozen: no field will ever be added. */
typedef struct crucible_run_warmup_row {
  size_t startup;  /**< bars of history before the first entry counted */
  uint64_t n_full; /**< trades of the run over all bars, summed over the
                           later starts */
  uint64_t n_late; /**< of the runs that began later */
  uint64_t n_same; /**< of both: same column, side, entry and exit */
} crucible_run_warmup_row;

/**
 * Does a backtest know the future?
 *
 * The run over the first m bars has to have the orders that ended and the
 * trades that closed by then, to the bit. Behind the m bars stands one more, in
 * which the price stood still: what was sent at the close before it must be
 * what the run over all bars sent, so that a strategy which knows just the next
 * bar is found as well. The cuts stand at decisions to trade, otherwise as in
 * crucible_lookahead_check().
 *
 * @param[in]     source   Runs the backtests. Their records are needed.
 * @param[in]     bars     >= 2 bars; every one is checked.
 * @param[in]     options  NULL for the defaults; the tolerances apply to every
 *                         field but times and words.
 * @param[in]     pool     Cuts run in parallel if the source is thread-safe;
 *                         NULL = one thread. The result does not depend on the
 *                         number of threads.
 * @param[in]     cancel   NULL: cannot be cancelled.
 * @param[in,out] result   struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_E_STATE A run did not keep its records.
 * @return Otherwise as crucible_lookahead_check().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_lookahead_check_run(
    const crucible_run_source *source, const crucible_bars *bars,
    const crucible_lookahead_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_run_lookahead_result *result);

/**
 * How much history does a backtest need before it trades as it would with more?
 *
 * Trades are compared that were entered after the start-up, by column, side,
 * entry and exit: quantities follow the equity, which is another one.
 *
 * @param[in]     source   Runs the backtests. Their records are needed.
 * @param[in]     bars     Every one is checked.
 * @param[in]     options  NULL for the defaults; the tolerance is not used.
 * @param[in]     pool     As crucible_lookahead_check_run().
 * @param[in]     cancel   NULL: cannot be cancelled.
 * @param[out]    rows     [options.n_startups], 7 by default; start-ups that
 *                         were not used count nothing. Only on success.
 * @retval CRUCIBLE_E_STATE A run did not keep its records.
 * @return Otherwise as crucible_warmup_check().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_warmup_check_run(
    const crucible_run_source *source, const crucible_bars *bars,
    const crucible_warmup_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_run_warmup_row *rows);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_GUARDS_H */
