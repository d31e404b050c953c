/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/viability.h
 * @brief Does a timeframe move enough to pay for trading it?
 *
 * Two tables. The ceiling looks at the market alone: the mean absolute move
 * over a holding period, which a perfect forecast would take, against the cost
 * of a round trip. What was realised looks at trades: mean gross profit against
 * mean cost, with a lower bound. A timeframe in which gross profit stays below
 * twice the cost is too fast.
 *
 * Threads: one at a time per table; the other functions are pure.
 */
#ifndef CRUCIBLE_VIABILITY_H
#define CRUCIBLE_VIABILITY_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/costs.h>
#include <crucible/export.h>
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/types.h>
#include <crucible/volatility.h>

CRUCIBLE_BEGIN_DECLS

/** What the round trips of a market cost, and what a perfect forecast could
    take from its moves. Figures are fractions of the price at entry. */
typedef struct crucible_ceiling {
  size_t struct_size;        /**< set by the caller */
  uint64_t n;                /**< holding periods looked at */
  double mean_absolute_move; /**< over the holding period */
  double round_trip_cost;    /**< mean; the sum of its parts below */
  double fee_cost;           /**< its part */
  double spread_cost;        /**< its part */
  double slippage_cost;      /**< its part */
  double ratio;              /**< move / cost; infinite where the cost is 0 or
                                  less (rebates) */
  double hit_rate_needed;    /**< share of right directions from which gross
                                  profit is twice the cost; above 1: impossible */
  double impact_cost;        /**< part of the cost */
  double funding_cost;       /**< part of the cost: paid less received by who
                                  always holds the side that gains; 0 without
                                  a funding history */
  double trades_per_day;     /**< at most: one after the other */
} crucible_ceiling;

/** What trades say about a timeframe. */
enum {
  CRUCIBLE_TIMEFRAME_VIABLE = 1,   /**< even the lower bound of gross profit is
                                        at least twice the cost */
  CRUCIBLE_TIMEFRAME_UNPROVEN = 2, /**< the mean is, its lower bound is not */
  CRUCIBLE_TIMEFRAME_TOO_FAST = 3  /**< not even the mean is */
};

/** What trades really brought against what they cost; NaN where a figure is
    not known. Money is quote currency per trade. */
typedef struct crucible_viability {
  size_t struct_size;     /**< set by the caller */
  uint64_t n;             /**< trades */
  double mean_gross;      /**< per trade */
  double mean_cost;       /**< per trade; the sum of its parts below */
  double ratio;           /**< mean_gross / mean_cost */
  double ratio_low;       /**< lower confidence bound, block bootstrap */
  int32_t is_viable;      /**< ratio_low >= 2 */
  int32_t verdict;        /**< CRUCIBLE_TIMEFRAME_* */
  double mean_fee;        /**< part of mean_cost */
  double mean_spread;     /**< part of mean_cost */
  double mean_slippage;   /**< part of mean_cost */
  double mean_impact;     /**< part of mean_cost */
  double mean_funding;    /**< part of mean_cost */
  double mean_dust;       /**< part of mean_cost */
  double hit_rate;        /**< share of trades with a gross profit */
  double hit_rate_needed; /**< from which, with the mean gain and the mean loss
                               as they are, gross profit is twice the cost;
                               above 1: impossible */
  double trades_per_day;  /**< over the span of the data */
} crucible_viability;

/**
 * Ceiling table entry: taker in, taker out, a market order of given notional.
 *
 * @param[in]     market      Bars and forecasts; its funding counts, if given.
 * @param[in]     instrument  A profile.
 * @param[in]     hold_bars   Holding period, >= 1.
 * @param[in]     notional    Quote currency, > 0.
 * @param[in]     costs       NULL for the defaults.
 * @param[in,out] ceiling     struct_size in, the rest out.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer or a value out of range.
 * @retval CRUCIBLE_E_VERSION   A field that this library does not know is set.
 * @retval CRUCIBLE_E_DATA      A bar or forecast is malformed, or a bar is
 *                              below the tick.
 * @retval CRUCIBLE_E_TOO_SHORT No holding period fits after the warm-up.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_viability_ceiling(
    const crucible_market *market, const crucible_instrument *instrument,
    uint32_t hold_bars, double notional, const crucible_cost_options *costs,
    crucible_ceiling *ceiling);

/**
 * Realised table entry from sums alone, with a bound by a circular block
 * bootstrap over trades in order of time (blocks of n^(1/3), 2,000 resamples).
 *
 * The parts of the cost and trades_per_day are NaN: see
 * crucible_viability_trades().
 *
 * @param[in]     gross       [n] per trade before costs, quote currency.
 * @param[in]     cost        [n] per trade, quote currency: gross - result.
 *                            A rebate, or dust that became a lot, may make one
 *                            negative.
 * @param[in]     n           >= 10.
 * @param[in]     confidence  Of the one-sided bound, in (0.5, 1), such as 0.95.
 * @param[in]     seed        Of the resampling.
 * @param[in,out] viability   struct_size in, the rest out.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer or a value out of range.
 * @retval CRUCIBLE_E_TOO_SHORT n < 10.
 * @retval CRUCIBLE_E_DOMAIN    The costs come to nothing or less.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @source Politis, Romano (1992), A circular block-resampling procedure for
 *         stationary data; the statistic is a ratio of means.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_viability_realised(
    const double *gross, const double *cost, size_t n, double confidence,
    uint64_t seed, crucible_viability *viability);

/**
 * Realised table entry of recorded trades, with the parts of their cost.
 *
 * Of the columns only result, gross, fee, spread, slippage, impact, funding and
 * dust are read; the trades are in order of time, so that the blocks of the
 * bootstrap hold what happened together.
 *
 * @param[in]     trades      At least 10. Of several columns or agents: merged
 *                            by time.
 * @param[in]     days        Span of the data that was traded, in days, for
 *                            trades_per_day; 0: not known (NaN).
 * @param[in]     confidence  As crucible_viability_realised().
 * @param[in]     seed        Of the resampling.
 * @param[in,out] viability   struct_size in, the rest out.
 * @return As crucible_viability_realised(); also E_INVALID where a trade's
 *         parts are not its cost (gross - result) within 1e-6 of the largest.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_viability_trades(
    const crucible_trades *trades, double days, double confidence,
    uint64_t seed, crucible_viability *viability);

/** How a round trip is made. A maker's order rests: it pays the maker's fee and
    neither spread nor slippage, but waits for someone to take it, and those
    that are filled are the worse ones. What it costs to be filled late or not
    at all is not in a ceiling. Frozen. */
typedef struct crucible_fee_tier {
  double maker_fee; /**< fraction of notional, > -0.01 and < 0.1 */
  double taker_fee; /**< fraction of notional, >= 0 and < 0.1 */
  int32_t entry;    /**< CRUCIBLE_LIQUIDITY_MAKER or _TAKER */
  int32_t exit;     /**< likewise */
} crucible_fee_tier;

/** What a table looks at; start from crucible_viability_options_init(). */
typedef struct crucible_viability_options {
  size_t struct_size;             /**< set by init */
  const int64_t *timeframes_ms;   /**< [n_timeframes] NULL: 1m, 5m, 15m, 1h */
  size_t n_timeframes;            /**< 0 with NULL; at most 64 */
  const uint32_t *hold_bars;      /**< [n_holds] holding periods in bars, >= 1;
                                     NULL: 1, 3, 6, 12, 24, 48 */
  size_t n_holds;                 /**< 0 with NULL; at most 64 */
  const crucible_fee_tier *tiers; /**< [n_tiers] NULL: the instrument's fees,
                                       taker in and out; maker in, taker out;
                                       maker in and out */
  size_t n_tiers;                 /**< 0 with NULL; at most 64 */
  double notional;                /**< of each trade, > 0; default 200 */
  uint32_t volume_window; /**< bars behind the volume forecast; default 12 */
  uint32_t reserved;      /**< 0 */
  crucible_cost_options costs; /**< its struct_size is set by init */
  crucible_egarch_rolling_options volatility; /**< likewise */
  const int64_t *funding_time_ms; /**< [n_funding] as crucible_funding_align();
                                       NULL: no history */
  const double *funding_rate;     /**< [n_funding] */
  size_t n_funding;               /**< 0: no history */
  int64_t funding_interval_ms;    /**< as crucible_funding_align(); default 0:
                                       the instrument's, where it has one */
} crucible_viability_options;

/** Whether a row of a table has figures. */
enum {
  CRUCIBLE_ROW_MEASURED = 1, /**< it has */
  CRUCIBLE_ROW_FINER = 2,    /**< the timeframe is finer than the bars, or no
                                  multiple of theirs */
  CRUCIBLE_ROW_TOO_SHORT = 3 /**< too few bars for the forecasts, or for one
                                  holding period behind them */
};

/** A timeframe, tier and holding period. */
typedef struct crucible_viability_row {
  size_t struct_size;       /**< set by the caller */
  int64_t timeframe_ms;     /**< of the bars */
  uint32_t hold_bars;       /**< holding period */
  uint32_t tier;            /**< index into the tiers */
  int32_t state;            /**< CRUCIBLE_ROW_* */
  uint32_t warm_up;         /**< returns before the first forecast; 0 with
                                 FINER */
  uint64_t n_bars;          /**< bars of that timeframe; 0 with FINER */
  crucible_ceiling ceiling; /**< its struct_size is set; NaN, and n = 0, unless
                                 measured */
} crucible_viability_row;

/** Ceilings by timeframe, tier and holding period. */
typedef struct crucible_viability_table crucible_viability_table;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_viability_options_init(crucible_viability_options *options,
                                size_t struct_size);

/**
 * The ceilings of all timeframes, tiers and holding periods, from one series
 * of bars: makes the longer bars, forecasts their volatility and volume, and
 * goes over each once per holding period.
 *
 * Where a timeframe has fewer bars than twice volatility.first, the volatility
 * is forecast from a quarter of its bars on, but not before 100: warm_up says
 * so. The forecast prices the slippage alone, a small part of small orders'
 * cost.
 *
 * @param[in]  bars        The finest bars there are, such as 1m or 5m.
 * @param[in]  instrument  A profile.
 * @param[in]  options     NULL for the defaults.
 * @param[in]  pool        Timeframes run in parallel; NULL = one thread.
 * @param[in]  cancel      NULL: cannot be cancelled.
 * @param[out] table       NULL on failure. Rows by timeframe, shortest first,
 *                         then by tier and by holding period as given.
 * @retval CRUCIBLE_OK          Done; rows that could not be measured say why.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or an option that is out of range
 *                              or given twice: the text names it.
 * @retval CRUCIBLE_E_VERSION   A field that this library does not know is set.
 * @retval CRUCIBLE_E_DATA      A bar or a funding rate is malformed: the text
 *                              names it.
 * @retval CRUCIBLE_E_TOO_SHORT No bar at all.
 * @retval CRUCIBLE_E_CANCELLED Cancelled.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_viability_table_make(
    const crucible_bars *bars, const crucible_instrument *instrument,
    const crucible_viability_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_viability_table **table);

/**
 * Frees a table.
 *
 * @param[in] table  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_viability_table_destroy(crucible_viability_table *table);

/**
 * How large it is: n_timeframes * n_tiers * n_holds rows.
 *
 * @param[in]  table         Not NULL.
 * @param[out] n_timeframes  May be NULL.
 * @param[out] n_tiers       May be NULL.
 * @param[out] n_holds       May be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL table.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_viability_table_size(
    const crucible_viability_table *table, size_t *n_timeframes,
    size_t *n_tiers, size_t *n_holds);

/**
 * One row: that of timeframe t, tier k and holding period h is number
 * (t * n_tiers + k) * n_holds + h.
 *
 * @param[in]     table  Not NULL.
 * @param[in]     index  Below the number of rows.
 * @param[in,out] row    struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such row, or a struct_size that
 *                            is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_viability_table_row(const crucible_viability_table *table,
                             size_t index, crucible_viability_row *row);

/**
 * The smallest timeframe, and of it the shortest holding period, in which a
 * tier's mean move is at least twice the cost.
 *
 * @param[in]     table  Not NULL.
 * @param[in]     tier   Which one.
 * @param[in,out] row    struct_size in, the rest out. timeframe_ms = 0: no
 *                       timeframe moves that much.
 * @return As crucible_viability_table_row(); E_INVALID for no such tier.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_viability_smallest(const crucible_viability_table *table,
                            uint32_t tier, crucible_viability_row *row);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_VIABILITY_H */
