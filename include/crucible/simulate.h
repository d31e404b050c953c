/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/simulate.h
 * @brief Many accounts over many bars in one call: signals, targets, orders.
 *
 * A simulation has columns: each is one account that follows a plan on one
 * market. Whatever an account reads may be one value for all, one per bar, one
 * per column, or one per bar and column: a view with a stride of 0 repeats
 * itself, so nothing is copied to be shared. The step of crucible/backtest.h
 * decides every fill; the kernel behind this call only knows which bars cannot
 * matter, and passes over them eight at a time. The result has the same bits as
 * crucible_trader_step() in a loop, on any number of threads, with any vector
 * instructions, in one run or in several that continue one another.
 *
 * Threads: one at a time per object.
 */
#ifndef CRUCIBLE_SIMULATE_H
#define CRUCIBLE_SIMULATE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/export.h>
#include <crucible/portfolio.h>
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** How flags lie in memory. */
enum {
  CRUCIBLE_FLAGS_BYTES = 0, /**< one byte each, 0 or not, as NumPy's bool */
  CRUCIBLE_FLAGS_BITS = 1   /**< bar i of a column is bit i % 64 of its word
                                 i / 64 */
};

/** Yes or no for each bar and column. All zero: never. */
typedef struct crucible_flags {
  const void *data;     /**< NULL: never */
  size_t rows;          /**< bars, or 1: the same for all */
  size_t cols;          /**< columns, or 1: shared by all */
  ptrdiff_t row_stride; /**< bytes: from a bar to the next, in bytes; bits: not
                             used */
  ptrdiff_t col_stride; /**< from a column to the next: in bytes, or in words of
                             64 bits */
  int32_t layout;       /**< CRUCIBLE_FLAGS_* */
  int32_t reserved;     /**< 0 */
} crucible_flags;

/**
 * Signals that are made where they are used, block of bars by block of bars,
 * instead of being stored. Word w of a column holds the bars 64 w to 64 w + 63.
 */
typedef struct crucible_signal_source {
  size_t struct_size; /**< set by the caller */
  void *data;         /**< given back to both calls */
  /**
   * Prepares n_words words from first_word on for all columns; called once per
   * block, in order, before any column of it. NULL: nothing to prepare.
   */
  crucible_status (*begin)(void *data, size_t first_word, size_t n_words);
  /**
   * Writes n_words words of a column: enter long, exit long, enter short, exit
   * short. Called from several threads for different columns. The short ones
   * are NULL where no plan trades both sides, and are not heard in a column
   * whose plan is long or flat.
   */
  crucible_status (*make)(void *data, size_t column, size_t first_word,
                          size_t n_words, uint64_t *enter_long,
                          uint64_t *exit_long, uint64_t *enter_short,
                          uint64_t *exit_short);
} crucible_signal_source;

/**
 * All that a run needs; start from crucible_simulation_init(). Borrowed until
 * the call returns. Every matrix: data NULL = not given; rows = bars or 1; cols
 * = columns or 1; any strides, 0 too; NaN = not given for that bar and column.
 */
typedef struct crucible_simulation {
  size_t struct_size;             /**< set by init */
  const crucible_market *markets; /**< [n_markets] with the same number of bars,
                                       open times and timeframe */
  const crucible_instrument *instruments; /**< [n_markets] */
  size_t n_markets;                       /**< >= 1 */
  size_t n_columns;                       /**< >= 1 */
  const uint32_t *market_of;  /**< [n_columns]; NULL: column % n_markets */
  const crucible_plan *plans; /**< [n_plans] that decide alike */
  size_t n_plans;             /**< 1 or n_columns */
  const crucible_backtest_options *options; /**< NULL: the defaults */
  const uint32_t *group_of; /**< [n_columns] 0, then the same or one more: one
                                 cash per group; NULL: one per column */
  const size_t *first_bar;  /**< [n_columns] first bar of a column, such as that
                                 of its fold; NULL: 0 */
  const size_t *end_bar;    /**< [n_columns] one past its last; NULL: all */
  crucible_flags enter_long;            /**< SIGNALS: known at each close */
  crucible_flags exit_long;             /**< likewise */
  crucible_flags enter_short;           /**< likewise; none set where the plan's
                                             side is LONG */
  crucible_flags exit_short;            /**< likewise */
  const crucible_signal_source *source; /**< SIGNALS: instead of the four */
  crucible_matrix scores;               /**< SCORES: known at each close */
  crucible_matrix targets; /**< TARGETS: in the plan's unit; NaN: as it is; none
                                below 0 where its side is LONG */
  const crucible_request *requests; /**< [n_requests] ORDERS: by column, then by
                                         bar, not falling */
  size_t n_requests;                /**< of all columns */
  crucible_matrix size;    /**< sizing_value of entries decided at that close */
  crucible_matrix limit;   /**< price of a limit entry, likewise */
  crucible_matrix trigger; /**< price of a stop entry, likewise */
  crucible_matrix stop;    /**< stop_fraction, likewise; 0: none */
  crucible_matrix take;    /**< target_fraction, likewise; 0: none */
  crucible_matrix trail;   /**< trail_fraction, likewise; 0: none */
  crucible_matrix price;   /**< where market orders fill in that bar, within its
                                low and high; NaN: at its open */
  crucible_matrix taker_fee; /**< of fills in that bar, as the instrument's */
  crucible_matrix maker_fee; /**< likewise */
  crucible_matrix slippage; /**< of fills in that bar, fraction of the price, in
                                  place of the law */
} crucible_simulation;

/**
 * Fills a simulation with nothing given.
 *
 * @param[out] simulation   All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *simulation, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_simulation_init(crucible_simulation *simulation,
                                           size_t struct_size);

/**
 * Runs all columns from their starting cash.
 *
 * @param[in]  simulation  What, on what, how.
 * @param[in]  pool        Columns run in parallel; NULL = one thread.
 * @param[in]  cancel      NULL: cannot be cancelled.
 * @param[out] backtest    NULL on failure.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer, a shape that does not fit, a
 *                                plan, option or value that is out of its
 *                                range, or an input that the plans do not
 *                                listen to: the text names it.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know is
 *                                set.
 * @retval CRUCIBLE_E_DATA        A bar, forecast or value is malformed: the
 *                                text names bar and column.
 * @retval CRUCIBLE_E_UNSUPPORTED A perpetual without funding.
 * @retval CRUCIBLE_E_CANCELLED   Cancelled.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_simulate(const crucible_simulation *simulation, crucible_pool *pool,
                  const crucible_cancel *cancel, crucible_backtest **backtest);

/**
 * Goes on where a run ended, with bars that follow its last one: both runs
 * together are one run over all bars, to the bit. Records are of the new bars;
 * ledgers and metrics are of all.
 *
 * @param[in]  simulation  As that of the run before, but for its bars and what
 *                         is given per bar.
 * @param[in]  before      Unchanged; it may be gone on from again.
 * @param[in]  pool        NULL = one thread.
 * @param[in]  cancel      NULL: cannot be cancelled.
 * @param[out] backtest    NULL on failure.
 * @retval CRUCIBLE_E_STATE The columns, markets or timeframe are not those of
 *                          the run before.
 * @return Otherwise as crucible_simulate().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_simulate_next(
    const crucible_simulation *simulation, const crucible_backtest *before,
    crucible_pool *pool, const crucible_cancel *cancel,
    crucible_backtest **backtest);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SIMULATE_H */
