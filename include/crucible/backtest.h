/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/backtest.h
 * @brief Trades a plan over bars: decisions, orders, fills, ledger, figures.
 *
 * There is one step: take a closed bar, fill what was waiting, mark the
 * ledger, decide at the close. crucible_trader is that step with its state;
 * crucible_backtest_run() loops it over columns; the arena runs the same step
 * per agent. All three give the same bits, on any number of threads.
 *
 * A decision at the close of bar t can be executed from the open of bar t + 1.
 * A bar becomes a short path of quotes (open, the extremes, close) around a
 * modelled spread. The open is a jump: what it passes fills at the open. Along
 * the path a stop fills at its trigger and a resting limit at its price. A buy
 * pays the ask; a resting buy fills when the ask reaches it.
 *
 * Forecast columns at index t hold what is known at the close of bar t for bar
 * t + 1, so nothing here can look ahead.
 *
 * Threads: one at a time per object.
 */
#ifndef CRUCIBLE_BACKTEST_H
#define CRUCIBLE_BACKTEST_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/costs.h>
#include <crucible/export.h>
#include <crucible/metrics.h>
#include <crucible/records.h>
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** Directions a plan may take. */
enum {
  CRUCIBLE_SIDE_LONG = 1,      /**< long or flat */
  CRUCIBLE_SIDE_LONG_SHORT = 2 /**< the instrument must be shortable */
};

/** What makes a plan trade. */
enum {
  CRUCIBLE_DECIDE_SCORES = 0,  /**< a number per bar against theta_in and
                                    theta_out (default) */
  CRUCIBLE_DECIDE_SIGNALS = 1, /**< flags: enter and exit, long and short */
  CRUCIBLE_DECIDE_TARGETS = 2, /**< the position wanted, bar by bar */
  CRUCIBLE_DECIDE_ORDERS = 3   /**< explicit orders, crucible_request */
};

/** What an entry signal against the open position does (SIGNALS). */
enum {
  CRUCIBLE_OPPOSITE_REVERSE = 0, /**< one market order closes and opens
                                      (default) */
  CRUCIBLE_OPPOSITE_CLOSE = 1,   /**< closes */
  CRUCIBLE_OPPOSITE_IGNORE = 2   /**< nothing */
};

/** What a target counts (TARGETS); negative: short. */
enum {
  CRUCIBLE_TARGET_FRACTION = 0, /**< fraction of equity as notional (default) */
  CRUCIBLE_TARGET_CASH = 1,     /**< notional in quote currency */
  CRUCIBLE_TARGET_UNITS = 2     /**< base asset */
};

/** How an entry is placed; exits by score, signal, time or stop are market
    orders and targets are resting limits. */
enum {
  CRUCIBLE_ENTRY_MARKET = 1,    /**< at the next open, taker */
  CRUCIBLE_ENTRY_LIMIT = 2,     /**< taker if it crosses on arrival */
  CRUCIBLE_ENTRY_POST_ONLY = 3, /**< rejected if it would cross on arrival */
  CRUCIBLE_ENTRY_STOP = 4,      /**< a market order once the trigger, beyond the
                                     close, is reached */
  CRUCIBLE_ENTRY_STOP_LIMIT = 5 /**< a limit once the trigger is reached */
};

enum {
  CRUCIBLE_RUNGS_MOST = 4 /**< rungs a ladder of targets can have */
};

/** What sizing_value means. */
enum {
  CRUCIBLE_SIZE_FRACTION = 1, /**< fraction of equity as notional */
  CRUCIBLE_SIZE_RISK = 2,     /**< fraction of equity lost at the stop, costs
                                   included */
  CRUCIBLE_SIZE_CASH = 3,     /**< notional in quote currency */
  CRUCIBLE_SIZE_UNITS = 4     /**< base asset */
};

/** Order of the extremes inside a bar, known from OHLC alone. */
enum {
  CRUCIBLE_PATH_PESSIMISTIC = 1, /**< O-H-L-C and O-L-H-C from the same state;
                                      the one with the lower equity at the close
                                      counts, O-L-H-C on a tie (default) */
  CRUCIBLE_PATH_OHLC = 2,        /**< open, high, low, close */
  CRUCIBLE_PATH_OLHC = 3,        /**< open, low, high, close */
  CRUCIBLE_PATH_ADAPTIVE = 4,    /**< the extreme nearer the open first, the low
                                      on a tie */
  CRUCIBLE_PATH_FINE = 5         /**< through the market's fine bars one after
                                      another, each of them pessimistic */
};

/** When market orders that were decided at a close fill. */
enum {
  CRUCIBLE_FILL_NEXT_OPEN = 0, /**< at the next bar's open (default) */
  CRUCIBLE_FILL_SAME_CLOSE = 1 /**< at the very close they were decided on:
                                    optimistic */
};

/** What becomes of the part of an order that the participation cap cut off. */
enum {
  CRUCIBLE_REMAINDER_CARRY = 0, /**< a market order for the next open; a limit
                                     goes on resting (default) */
  CRUCIBLE_REMAINDER_CANCEL = 1 /**< it ends; stops and liquidations go on */
};

/** What a perpetual's missing funding history means. */
enum {
  CRUCIBLE_FUNDING_REFUSE = 0,      /**< perpetuals need market.funding
                                         (default) */
  CRUCIBLE_FUNDING_UNAVAILABLE = 1, /**< traded without; reports say so */
  CRUCIBLE_FUNDING_GIVEN = 2        /**< traders: comes with each outlook */
};

/** How one account trades. Fractions of a price: 0.01 = 1 %. */
typedef struct crucible_plan {
  size_t struct_size;    /**< set by init */
  int32_t side;          /**< CRUCIBLE_SIDE_*; default LONG */
  int32_t entry;         /**< CRUCIBLE_ENTRY_*; default MARKET */
  double theta_in;       /**< enter when score > theta_in (long) or
                              < -theta_in (short), >= 0 unless long alone;
                              default 0 */
  double theta_out;      /**< leave a long when score < theta_out, a short when
                              > -theta_out; <= theta_in; default 0; -inf: never */
  uint32_t horizon_bars; /**< leave after so many bars; 0 = never; default 0 */
  uint32_t limit_ttl_bars;   /**< a limit entry lives so many bars; default 1 */
  double limit_offset_sigma; /**< a limit entry stands so many sigma below
                              (long) or above the close, >= 0; default 0 */
  double stop_sigma;      /**< stop at so many sigma from the entry; 0 = none */
  double target_sigma;    /**< target, likewise; 0 = none */
  int32_t sizing;         /**< CRUCIBLE_SIZE_*; default FRACTION */
  int32_t reserved;       /**< 0 */
  double sizing_value;    /**< > 0; default 0.95 */
  int32_t decides;        /**< CRUCIBLE_DECIDE_*; default SCORES */
  int32_t on_opposite;    /**< CRUCIBLE_OPPOSITE_*, SIGNALS; default REVERSE */
  int32_t target_unit;    /**< CRUCIBLE_TARGET_*, TARGETS; default FRACTION */
  uint32_t n_rungs;       /**< rungs of the ladder of targets; default 0: all
                            leaves at the target */
  double offset_fraction; /**< as limit_offset_sigma, but a fraction of the
                               close; both add up; a STOP entry's trigger
                               stands so far beyond the close; default 0 */
  double stop_limit_fraction; /**< STOP_LIMIT: the limit is so far beyond the
                                   trigger, fraction of it; default 0 */
  double stop_fraction;   /**< stop at that fraction of the entry price from it,
                             < 1; 0 = none; not with stop_sigma */
  double target_fraction; /**< target, likewise, not with target_sigma */
  double trail_sigma; /**< trailing stop so many sigma from the best price since
                           the entry; 0 = none */
  double trail_fraction; /**< likewise as a fraction of that price, < 1; not
                              with trail_sigma */
  double rung_at[CRUCIBLE_RUNGS_MOST];    /**< multiples of the target's
                                               distance, ascending, > 0 */
  double rung_share[CRUCIBLE_RUNGS_MOST]; /**< of the position as entered, > 0,
                                               sum <= 1; the rest leaves by
                                               stop, signal or time */
} crucible_plan;

/** What the market is and what was forecast for it: borrowed columns. */
typedef struct crucible_market {
  size_t struct_size;            /**< set by the caller */
  const crucible_bars *bars;     /**< n bars */
  const double *sigma;           /**< [n] one-step forecast of the standard
                                     deviation (EGARCH), fraction; NaN = cold;
                                     NULL: none, where slippage is fixed */
  const double *volume_forecast; /**< [n] base asset; NaN = cold; NULL likewise
                                  */
  const double *spread;  /**< [n] forecast of the spread, fraction of the
                                     price, or NULL: by the cost options */
  const double *funding; /**< [n] perpetuals: rate that a long pays at the open
                              of bar i, fraction of the notional; 0 or NaN: none
                              in that bar; NULL: no history */
  const crucible_bars
      *fine; /**< CRUCIBLE_PATH_FINE: bars of a shorter timeframe
                                  that divides this one; those inside a bar
                                  begin at its open, end at its close and stay
                                  between its extremes; NULL: none */
} crucible_market;

/** Options of a run; start from crucible_backtest_options_init(). */
typedef struct crucible_backtest_options {
  size_t struct_size;  /**< set by init */
  double initial_cash; /**< quote currency, > 0; default 200 */
  double leverage;     /**< highest notional / equity, >= 1 and at most the
                              instrument's; default 1 */
  crucible_cost_options costs; /**< its struct_size is set by init */
  int32_t path;                /**< CRUCIBLE_PATH_*; default PESSIMISTIC */
  int32_t funding;             /**< CRUCIBLE_FUNDING_*; default REFUSE */
  int32_t keep_equity;         /**< 1: keep the equity curves; default 0 */
  int32_t keep_records;        /**< 1: keep orders and trades; default 1 */
  double periods_per_year; /**< for annualised figures; 0 (default): from the
                                timeframe, 365 days of 24 hours */
  int32_t fill_at;         /**< CRUCIBLE_FILL_*; default NEXT_OPEN */
  int32_t remainder;       /**< CRUCIBLE_REMAINDER_*; default CARRY */
  double participation; /**< most of a bar's traded volume that the fills of one
                             account may come to, (0, 1]; 0 (default): no cap */
  double borrow_rate;   /**< a year, on what is sold short, fraction; default 0
                             (perpetuals pay funding instead) */
  int64_t borrow_interval_ms; /**< charged at the first open of each interval;
                                   default 3600000 */
  int32_t keep_positions;     /**< 1: keep positions; default 0 */
  int32_t keep_drawdowns;     /**< 1: keep drawdowns; default 0 */
  int32_t metrics;            /**< 1 (default): figures of the equity per bar;
                                   0: none, they are NaN */
  int32_t reserved;           /**< 0 */
} crucible_backtest_options;

/** The ledger of one account; identities hold at each bar's close. */
typedef struct crucible_ledger {
  size_t struct_size;     /**< set by the caller */
  double initial_cash;    /**< quote currency */
  double cash;            /**< quote currency */
  double position;        /**< base asset, signed, what an exit could trade */
  double dust;            /**< base asset that no exit can trade */
  double entry_price;     /**< of the open position; NaN when flat */
  double mark_price;      /**< bid for a long, ask for a short; NaN when flat */
  double exit_fee;        /**< that leaving at the mark would cost */
  double reserved_margin; /**< notional at the mark / leverage */
  double equity;          /**< cash + position * mark_price - exit_fee */
  double trade_results;   /**< sum over closed trades */
  double open_result;     /**< of the open position, as if left at the mark:
                              equity - initial_cash - trade_results */
  crucible_costs costs; /**< paid so far, the open position's entry included */
  uint64_t n_bars;      /**< bars seen */
  uint64_t n_bars_in_position; /**< bars that ended with a position */
  uint64_t n_orders;           /**< ended orders */
  uint64_t n_rejected;         /**< of these rejected */
  uint64_t n_trades;           /**< closed trades */
  double traded_notional;      /**< sum over fills, quote currency */
  int32_t is_stopped;          /**< 1: takes no more entries */
  int32_t reserved;            /**< 0 */
} crucible_ledger;

/** What a column came to; NaN where a figure is not defined. */
typedef struct crucible_summary {
  size_t struct_size;       /**< set by the caller */
  crucible_ledger ledger;   /**< at the last close; its struct_size is set */
  crucible_metrics metrics; /**< of the equity per bar, as from a stream; the
                                 benchmark is the market's close */
  crucible_trade_metrics trades; /**< of the closed trades */
  double exposure;     /**< share of bars that ended with a position */
  double turnover;     /**< traded notional / mean equity */
  double buy_and_hold; /**< return of the price, first open to last close */
} crucible_summary;

/** One account that follows a plan, bar by bar. */
typedef struct crucible_trader crucible_trader;

/** The result of a run over columns. */
typedef struct crucible_backtest crucible_backtest;

/**
 * Fills a plan with the defaults.
 *
 * @param[out] plan         All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *plan, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_plan_init(crucible_plan *plan, size_t struct_size);

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_backtest_options_init(crucible_backtest_options *options,
                               size_t struct_size);

/**
 * Checks a plan against an instrument.
 *
 * @param[in] plan        The plan.
 * @param[in] instrument  A profile.
 * @param[in] options     NULL for the defaults.
 * @retval CRUCIBLE_OK            It can be traded.
 * @retval CRUCIBLE_E_INVALID     A field is out of its range, the side is not
 *                                possible, risk sizing without a stop, ...: the
 *                                text names it.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know
 *                                is set.
 * @retval CRUCIBLE_E_UNSUPPORTED A perpetual without funding, or what this
 *                                version cannot trade: the text names it.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_plan_check(
    const crucible_plan *plan, const crucible_instrument *instrument,
    const crucible_backtest_options *options);

/**
 * An account with its starting cash.
 *
 * @param[in]  plan          Copied.
 * @param[in]  instrument    Copied.
 * @param[in]  timeframe_ms  Length of the bars to come: more between two of
 *                           them is a gap.
 * @param[in]  options       NULL for the defaults; keep_equity is not used.
 * @param[out] trader        NULL on failure.
 * @return As crucible_plan_check(), or CRUCIBLE_E_NOMEM.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_trader_create(
    const crucible_plan *plan, const crucible_instrument *instrument,
    int64_t timeframe_ms, const crucible_backtest_options *options,
    crucible_trader **trader);

/**
 * Frees an account.
 *
 * @param[in] trader  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_trader_destroy(crucible_trader *trader);

/**
 * The step: a closed bar, what is known at its close, and the score.
 *
 * @param[in,out] trader   Unchanged on failure.
 * @param[in]     bar      The next closed bar.
 * @param[in]     sigma    Forecast for the next bar, fraction; NaN = cold.
 * @param[in]     volume_forecast  For the next bar, base asset; NaN = cold.
 * @param[in]     spread   Forecast for the next bar, fraction of the price;
 *                         NaN: by the cost options.
 * @param[in]     score    Prediction at the close; NaN = no entry, no exit by
 *                         score.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_DATA    The bar is malformed or does not follow, or a
 *                            forecast is negative or infinite.
 * @retval CRUCIBLE_E_NOMEM   No room for a record.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_trader_push(
    crucible_trader *trader, const crucible_bar *bar, double sigma,
    double volume_forecast, double spread, double score);

/**
 * Takes no more entries and closes the position at the next open.
 *
 * @param[in,out] trader   Not NULL.
 * @param[in]     purpose  CRUCIBLE_PURPOSE_LIQUIDATION or _END, for the record.
 * @retval CRUCIBLE_OK        Done, or done before.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or another purpose.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_trader_close(crucible_trader *trader, int32_t purpose);

/**
 * The ledger after the last bar.
 *
 * @param[in]     trader  Not NULL.
 * @param[in,out] ledger  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_trader_ledger(const crucible_trader *trader, crucible_ledger *ledger);

/**
 * The records so far, lent until the next push.
 *
 * @param[in]     trader  Not NULL.
 * @param[in,out] orders  struct_size in, the rest out; may be NULL.
 * @param[in,out] trades  struct_size in, the rest out; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL trader, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_trader_records(const crucible_trader *trader, crucible_orders *orders,
                        crucible_trades *trades);

/**
 * Batch: one account per column of scores.
 *
 * @param[in]  market      Bars and forecasts; every bar is checked first.
 * @param[in]  instrument  A profile.
 * @param[in]  scores      [bars x columns], any strides: known at each close.
 * @param[in]  plans       [n_plans] one for all columns, or one per column.
 * @param[in]  n_plans     1 or scores->cols.
 * @param[in]  options     NULL for the defaults.
 * @param[in]  pool        Columns run in parallel; NULL = one thread.
 * @param[in]  cancel      NULL: cannot be cancelled.
 * @param[out] backtest    NULL on failure.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer, sizes that do not match, or a
 *                                plan or option that is wrong.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know
 *                                is set.
 * @retval CRUCIBLE_E_DATA        A bar, forecast or score is malformed: the
 *                                text names bar and column. A score may be NaN
 *                                or infinite.
 * @retval CRUCIBLE_E_UNSUPPORTED A perpetual without funding.
 * @retval CRUCIBLE_E_CANCELLED   Cancelled.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_backtest_run(
    const crucible_market *market, const crucible_instrument *instrument,
    const crucible_matrix *scores, const crucible_plan *plans, size_t n_plans,
    const crucible_backtest_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_backtest **backtest);

/**
 * Frees a result.
 *
 * @param[in] backtest  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_backtest_destroy(crucible_backtest *backtest);

/**
 * What a column came to.
 *
 * @param[in]     backtest  Not NULL.
 * @param[in]     column    Below the number of columns.
 * @param[in,out] summary   struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such column, or a struct_size
 *                            that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_backtest_summary(const crucible_backtest *backtest, size_t column,
                          crucible_summary *summary);

/**
 * The columns as the trials behind the best of them: how many there are and
 * how far their Sharpe ratios differ. crucible_metrics_deflate() then gives
 * the deflated ratio of any column's figures. A search over several runs has
 * more trials than one of them: see crucible_dsr_trials().
 *
 * @param[in]     backtest  With at least one column; a column that has no
 *                          ratio counts as a trial.
 * @param[in,out] trials    struct_size in, the rest out, only on success.
 * @return As crucible_dsr_trials(), or CRUCIBLE_E_NOMEM.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_backtest_trials(
    const crucible_backtest *backtest, crucible_dsr_options *trials);

/**
 * All records, lent until the result ends.
 *
 * @param[in]     backtest  Not NULL.
 * @param[in,out] orders    struct_size in, the rest out; may be NULL.
 * @param[in,out] trades    struct_size in, the rest out; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL backtest, or a struct_size that is wrong.
 * @retval CRUCIBLE_E_STATE   The run did not keep records.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_backtest_records(const crucible_backtest *backtest,
                          crucible_orders *orders, crucible_trades *trades);

/**
 * Positions from flat to flat, lent until the result ends.
 *
 * @param[in]     backtest   Not NULL.
 * @param[in,out] positions  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @retval CRUCIBLE_E_STATE   The run did not keep positions.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_backtest_positions(
    const crucible_backtest *backtest, crucible_positions *positions);

/**
 * Drawdowns of the equity at each close, lent until the result ends.
 *
 * @param[in]     backtest   Not NULL.
 * @param[in,out] drawdowns  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @retval CRUCIBLE_E_STATE   The run did not keep drawdowns.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_backtest_drawdowns(
    const crucible_backtest *backtest, crucible_drawdowns *drawdowns);

/**
 * Writes a table of the result to a file.
 *
 * @param[in] backtest  Not NULL.
 * @param[in] table     CRUCIBLE_TABLE_*. Summaries have a column per figure,
 *                      under its path such as ledger.cash or metrics.sharpe.
 * @param[in] format    CRUCIBLE_FORMAT_*.
 * @param[in] path      As crucible_orders_write().
 * @retval CRUCIBLE_OK        Done, and on the disk.
 * @retval CRUCIBLE_E_INVALID NULL pointer, empty path, another table or format.
 * @retval CRUCIBLE_E_STATE   The run did not keep that table.
 * @retval CRUCIBLE_E_IO      It cannot be written: the text says why.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_backtest_write(const crucible_backtest *backtest, int32_t table,
                        int32_t format, const char *path);

/**
 * Equity at each close, lent until the result ends.
 *
 * @param[in]  backtest  Not NULL.
 * @param[out] equity    [bars x columns] column-major.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STATE   The run did not keep equity.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_backtest_equity(
    const crucible_backtest *backtest, crucible_matrix *equity);

/**
 * Labels: what the plan's trade would have come to if entered at each bar.
 *
 * Each bar in turn is a decision to enter; the plan's order style, stop,
 * target and horizon decide the rest, scores never. Sized by a notional of its
 * own, large against the lot, so that rounding does not blur the label.
 *
 * @param[in]  market      Bars and forecasts.
 * @param[in]  instrument  A profile.
 * @param[in]  plan        horizon_bars >= 1.
 * @param[in]  direction   1 long, -1 short.
 * @param[in]  notional    Of each trade, quote currency, for the slippage.
 * @param[in]  options     NULL for the defaults.
 * @param[in]  pool        NULL = one thread.
 * @param[in]  cancel      NULL: cannot be cancelled.
 * @param[out] outcome     [n] net result / notional; NaN: no trade (cold,
 *                         unfilled, rejected, or not closed by the last bar).
 * @param[out] end         [n] bar in which the trade was closed; the decision
 *                         bar itself where there was none. Label intervals for
 *                         purging are [i, end[i]].
 * @return As crucible_backtest_run().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_backtest_outcomes(
    const crucible_market *market, const crucible_instrument *instrument,
    const crucible_plan *plan, int32_t direction, double notional,
    const crucible_backtest_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, double *outcome, size_t *end);

CRUCIBLE_END_DECLS

#include <crucible/viability.h>

#endif /* CRUCIBLE_BACKTEST_H */
