/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/metrics.h
 * @brief The usual figures of an equity curve and of closed trades, from
 * arrays or from a stream.
 *
 * A ratio whose divisor is zero is NaN, as is a figure that no double holds or
 * that rounding has left without digits: the one output besides warm-up for
 * which NaN means "not defined here". Nothing is annualised but what is called
 * so. docs/modules/metrics.md lists what each figure is called elsewhere.
 *
 * A curve and a stream of the same bars give the same bits, since the calls on
 * arrays push what they are given into the stream. Every function is pure:
 * any thread; but sums, objects that one thread uses at a time.
 */
#ifndef CRUCIBLE_METRICS_H
#define CRUCIBLE_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/stats.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/** Options of crucible_metrics_of(). */
typedef struct crucible_metrics_options {
  size_t struct_size;      /**< set by init */
  double periods_per_year; /**< bars in a year, > 0; default 105,120 (5m, 24/7);
                                used by the annualised figures alone */
  double target_return;    /**< per bar, for the downside deviation, Sortino and
                                Omega; default 0. Streams know 0 alone: with
                                another target these three are NaN */
  double risk_free;        /**< return per bar, > -1; default 0. Taken off in
                                Sharpe, PSR, MinTRL, DSR, alpha, Treynor,
                                Martin */
  double benchmark_sharpe; /**< per bar: what PSR and MinTRL are measured
                                against; default 0 */
  double tail;             /**< share of the bars that value at risk and the
                                tail ratio call a tail, in (0, 0.5); default
                                0.05 (also meant by 0) */
  const double *benchmark; /**< [n] price of the benchmark beside each equity,
                                > 0, or NULL: figures against it are NaN */
} crucible_metrics_options;

/**
 * Figures of an equity curve. Returns that differ by no more than the rounding
 * of the equity or of the sums behind the figures count as equal.
 */
typedef struct crucible_metrics {
  size_t struct_size;           /**< set by the caller */
  uint64_t n_returns;           /**< returns behind the figures */
  double total_return;          /**< last / first - 1, fraction */
  double annualised_return;     /**< compound, fraction */
  double annualised_volatility; /**< stddev * sqrt(periods per year) */
  double sharpe;                /**< per bar: (mean - risk free) / stddev,
                                     divisor n - 1 */
  double annualised_sharpe;     /**< sharpe * sqrt(periods per year) */
  double sortino;               /**< per bar: (mean - target) / downside
                                    deviation */
  double annualised_sortino;    /**< sortino * sqrt(periods per year) */
  double max_drawdown;        /**< largest 1 - equity / peak, fraction, >= 0 */
  uint64_t max_drawdown_bars; /**< longest time below a peak */
  double calmar;              /**< annualised return / max_drawdown */
  double skewness;            /**< of the returns */
  double kurtosis;            /**< Pearson, of the returns */
  double psr;                 /**< against benchmark_sharpe */
  double min_trl;             /**< returns from which PSR reaches 95 % if the
                                   ratio is kept; NaN at or below
                                   benchmark_sharpe */
  double dsr; /**< of one trial, PSR against 0, until crucible_metrics_deflate()
                   is told of the others */
  double mean_return;        /**< per bar, fraction */
  double stddev;             /**< per bar, divisor n - 1 */
  double best_return;        /**< of a bar */
  double worst_return;       /**< of a bar */
  double share_up;           /**< of the bars, return > 0 */
  double share_down;         /**< of the bars, return < 0 */
  double downside_deviation; /**< per bar: sqrt(mean of min(r - target, 0)^2),
                                  divisor n */
  double annualised_downside_deviation; /**< * sqrt(periods per year) */
  double omega;              /**< sum of max(r - target, 0) / of max(target - r,
                               0) */
  double mean_drawdown;      /**< of all drawdowns, the open one included */
  double mean_drawdown_bars; /**< their mean time below the peak */
  uint64_t n_drawdowns;      /**< how many, the open one included */
  double open_drawdown;      /**< the open one: lowest 1 - equity / peak; 0 at a
                                  peak */
  uint64_t open_drawdown_bars; /**< bars since its peak */
  double ulcer_index; /**< sqrt(mean over the bars of (1 - equity / peak)^2) */
  double martin;      /**< (annualised return - annualised risk free) / ulcer */
  double value_at_risk; /**< return that a share `tail` of the bars does not
                             exceed (linear interpolation); curve alone: NaN
                             from a stream */
  double conditional_value_at_risk; /**< mean of the worst floor((n - 1) tail)
                             + 1 returns; curve alone */
  double tail_ratio; /**< |quantile 1 - tail| / |quantile tail|; curve alone */
  double common_sense; /**< tail_ratio * (1 + annualised return); curve alone */
  double benchmark_return;            /**< over the same bars, fraction */
  double annualised_benchmark_return; /**< compound, fraction */
  double beta;  /**< covariance with the benchmark / its variance */
  double alpha; /**< (1 + mean(r - risk free) - beta * mean(b - risk free)) to
                     the power of periods per year, - 1 */
  double tracking_error;    /**< annualised standard deviation of r - b */
  double information_ratio; /**< per bar: mean of r - b / its stddev */
  double treynor; /**< ((1 + mean)^periods - (1 + risk free)^periods) / beta */
  double capture; /**< annualised return / the benchmark's */
  double up_capture;   /**< the same over the bars on which it rose */
  double down_capture; /**< the same over the bars on which it fell */
} crucible_metrics;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_metrics_options_init(crucible_metrics_options *options,
                              size_t struct_size);

/**
 * Figures of an equity curve.
 *
 * @param[in]     equity   [n] after each bar, the starting capital first, all
 *                         finite. Returns end with the bar that takes it to
 *                         0 or below, the other figures use all of it; a
 *                         figure against the benchmark needs all its returns.
 * @param[in]     n        >= 2.
 * @param[in]     options  NULL for the defaults.
 * @param[in,out] metrics  struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, a value that is not finite, a
 *                              starting equity <= 0, or a wrong option.
 * @retval CRUCIBLE_E_VERSION   A field that this library does not know is set.
 * @retval CRUCIBLE_E_TOO_SHORT n < 2.
 * @retval CRUCIBLE_E_NOMEM     No room for the returns in order of size.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_metrics_of(
    const double *equity, size_t n, const crucible_metrics_options *options,
    crucible_metrics *metrics);

/** A curve that grows bar by bar; O(1) per bar and in memory. */
typedef struct crucible_equity_stream crucible_equity_stream;

/**
 * A curve of no bar yet.
 *
 * @param[in]  equity  The starting capital, > 0, finite.
 * @param[out] stream  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a capital that is not > 0.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_equity_stream_create(double equity, crucible_equity_stream **stream);

/**
 * Frees a stream.
 *
 * @param[in] stream  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_equity_stream_destroy(crucible_equity_stream *stream);

/**
 * Adds a bar.
 *
 * @param[in,out] stream            Unchanged on failure.
 * @param[in]     equity            After the bar, finite.
 * @param[in]     benchmark_return  Of the benchmark over the bar, > -1; NaN:
 *                                  none, after which figures against it are
 *                                  NaN for good.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a number out of its range.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_equity_stream_push(
    crucible_equity_stream *stream, double equity, double benchmark_return);

/**
 * Figures of the bars so far: those of crucible_metrics_of() to the bit, but
 * for what a stream cannot tell.
 *
 * @param[in]     stream   Not NULL.
 * @param[in]     options  NULL for the defaults; benchmark is not read.
 * @param[in,out] metrics  struct_size in, the rest out, only on success;
 *                         without a bar all are NaN.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a wrong option.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_equity_stream_metrics(
    const crucible_equity_stream *stream,
    const crucible_metrics_options *options, crucible_metrics *metrics);

/**
 * What DSR has to know of all trials behind a pick, such as the columns of one
 * run: how many there were, and the variance of their Sharpe ratios.
 *
 * @param[in]     sharpe   [n] per bar, one per trial; NaN: it had none (it
 *                         never traded), which counts as a trial but not in
 *                         the variance. Not infinite.
 * @param[in]     n        Trials, >= 1.
 * @param[in,out] options  For crucible_dsr() and crucible_metrics_deflate():
 *                         struct_size in, the rest out, only on success. The
 *                         variance has the divisor (those that have a ratio)
 *                         - 1 and is 0 with fewer than two.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, n = 0, an infinite ratio, or a
 *                            struct_size that is wrong.
 * @source Bailey, Lopez de Prado (2014), J. Portfolio Mgmt 40(5), 94-107.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_dsr_trials(
    const double *sharpe, size_t n, crucible_dsr_options *options);

/**
 * Sets the deflated Sharpe ratio of a curve that was picked among trials.
 *
 * @param[in,out] metrics  As crucible_metrics_of() has made it; dsr is written
 *                         on success, NaN where PSR is.
 * @param[in]     trials   As crucible_dsr_trials() has made it, or from the
 *                         caller's own count; NULL: one trial.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a struct_size without dsr, no
 *                            trials, or a wrong variance.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_UNSUPPORTED variance_at is not
 *                            CRUCIBLE_VARIANCE_AT_ESTIMATE.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_metrics_deflate(
    crucible_metrics *metrics, const crucible_dsr_options *trials);

/** A closed trade, for the sums below. Frozen: no field will be added. */
typedef struct crucible_closed_trade {
  double result;         /**< net, quote currency */
  double entry_notional; /**< quantity * entry price, quote currency, > 0;
                              NaN: not known, then returns are NaN */
  double mae;            /**< maximum adverse excursion: fraction of the entry
                              price, >= 0; NaN: not known */
  double mfe;            /**< maximum favourable excursion, likewise */
  uint64_t bars;         /**< from entry to exit */
  int64_t side;          /**< 1 long, -1 short, 0 not known */
  double fee;            /**< quote currency, as all costs; 0: none */
  double spread;         /**< paid */
  double slippage;       /**< paid */
  double impact;         /**< paid */
  double funding;        /**< paid; negative: received */
  double dust;           /**< left behind */
} crucible_closed_trade;

/**
 * What the figures of closed trades remember of them; O(1) per trade. All zero
 * is the empty stream; a copy is a saved state. Frozen: no field will be added.
 */
typedef struct crucible_trade_sums {
  uint64_t n;                 /**< trades */
  uint64_t n_won;             /**< result > 0 */
  uint64_t n_lost;            /**< result < 0 */
  uint64_t n_long;            /**< side > 0 */
  uint64_t n_short;           /**< side < 0 */
  uint64_t streak;            /**< length of the present run of one sign */
  int64_t streak_sign;        /**< 1 won, -1 lost, 0 even */
  uint64_t max_won_streak;    /**< longest so far */
  uint64_t max_lost_streak;   /**< longest so far */
  uint64_t bars;              /**< sum over all */
  uint64_t bars_won;          /**< sum over the won */
  uint64_t bars_lost;         /**< sum over the lost */
  uint64_t max_bars;          /**< longest of all */
  uint64_t max_bars_won;      /**< of the won */
  uint64_t max_bars_lost;     /**< of the lost */
  uint64_t below_peak;        /**< trades since the peak of the running sum */
  uint64_t max_below_peak;    /**< most so far */
  double gains;               /**< sum of results > 0 */
  double losses;              /**< sum of -result of results < 0 */
  double mean;                /**< of the results */
  double m2;                  /**< their squared deviations from the mean */
  double down2;               /**< squares of the results < 0 */
  double best;                /**< result */
  double worst;               /**< result */
  double total;               /**< running sum of the results */
  double peak;                /**< its highest, at least 0 */
  double max_drawdown;        /**< largest peak - total */
  double peak_inside;         /**< highest total before a trade + its MFE */
  double max_drawdown_inside; /**< largest peak_inside - (total before the trade
                                   - its MAE) */
  double returns;             /**< sum of result / entry notional */
  double returns_won;         /**< of the won */
  double returns_lost;        /**< of the lost */
  double best_return;         /**< of a trade */
  double worst_return;        /**< of a trade */
  double mae;                 /**< sum */
  double mfe;                 /**< sum */
  double giveback;            /**< sum of MFE - return */
  double max_mae;             /**< largest */
  double max_mfe;             /**< largest */
  double max_giveback;        /**< largest */
  double fee;                 /**< sum */
  double spread;              /**< sum */
  double slippage;            /**< sum */
  double impact;              /**< sum */
  double funding;             /**< sum */
  double dust;                /**< sum */
} crucible_trade_sums;

/** Figures of closed trades; NaN as in crucible_metrics. */
typedef struct crucible_trade_metrics {
  size_t struct_size;    /**< set by the caller */
  uint64_t n_trades;     /**< closed trades */
  double win_rate;       /**< share with result > 0 */
  double profit_factor;  /**< sum of gains / sum of losses */
  double mean_result;    /**< quote currency */
  double mean_gain;      /**< of the winners, quote currency */
  double mean_loss;      /**< of the losers, quote currency, <= 0 */
  double best;           /**< quote currency */
  double worst;          /**< quote currency */
  double expectancy;     /**< mean result / mean loss size */
  uint64_t n_won;        /**< result > 0 */
  uint64_t n_lost;       /**< result < 0; the others were even */
  uint64_t n_long;       /**< trades of a long */
  uint64_t n_short;      /**< trades of a short */
  double loss_rate;      /**< share with result < 0 */
  double win_loss_ratio; /**< number of winners / of losers */
  double payoff_ratio;   /**< mean gain / mean loss size */
  double total;          /**< sum of the results, quote currency */
  double stddev;         /**< of the results, divisor n - 1, quote currency */
  double downside_deviation; /**< sqrt(mean of min(result, 0)^2), divisor n */
  double sharpe;             /**< per trade: mean / stddev */
  double sortino;            /**< per trade: mean / downside deviation */
  double sqn;                /**< sharpe * sqrt(n): system quality number */
  uint64_t max_won_streak;   /**< most winners in a row */
  uint64_t max_lost_streak;  /**< most losers in a row */
  double mean_bars;          /**< duration */
  double mean_bars_won;      /**< of the winners */
  double mean_bars_lost;     /**< of the losers */
  uint64_t max_bars;         /**< longest */
  uint64_t max_bars_won;     /**< of the winners */
  uint64_t max_bars_lost;    /**< of the losers */
  double max_drawdown;       /**< of the running sum of results from 0, quote
                                  currency, >= 0 */
  uint64_t max_drawdown_trades; /**< most trades in a row below its peak */
  double profit_to_drawdown;    /**< total / max_drawdown */
  double max_drawdown_inside;   /**< of the running sum with the excursions of
                                     the trades, quote currency, >= 0 */
  double mean_return;           /**< result / entry notional, fraction */
  double mean_return_won;       /**< of the winners */
  double mean_return_lost;      /**< of the losers */
  double best_return;           /**< fraction of the entry notional */
  double worst_return;          /**< fraction of the entry notional */
  double mean_mae;              /**< fraction of the entry price, >= 0 */
  double max_mae;               /**< the largest */
  double mean_mfe;              /**< fraction of the entry price, >= 0 */
  double max_mfe;               /**< the largest */
  double mean_giveback;         /**< MFE - return: what was given back and what
                                     the costs took, fraction */
  double max_giveback;          /**< the largest */
  double mean_cost;             /**< of all kinds, quote currency, as below */
  double mean_fee;              /**< per trade */
  double mean_spread;           /**< per trade */
  double mean_slippage;         /**< per trade */
  double mean_impact;           /**< per trade */
  double mean_funding;          /**< per trade */
  double mean_dust;             /**< per trade */
  double cost_share;      /**< costs / gross (results + costs); NaN unless gross
                             > 0 */
  double median_result;   /**< from arrays alone: NaN from a stream */
  double median_bars;     /**< from arrays alone, as the next two */
  double median_bars_won; /**< of the winners */
  double median_bars_lost; /**< of the losers */
} crucible_trade_metrics;

/**
 * Closed trades as columns of [n], borrowed, in the order of their exits; such
 * as the columns of crucible_trades.
 */
typedef struct crucible_trade_columns {
  size_t struct_size;        /**< set by the caller */
  size_t n;                  /**< trades */
  const double *result;      /**< as in crucible_closed_trade */
  const double *quantity;    /**< > 0, with entry_price the entry notional;
                                     NULL: returns are NaN */
  const double *entry_price; /**< > 0; NULL: returns are NaN */
  const uint32_t *bars;      /**< NULL: durations are NaN, or 0 */
  const int8_t *side;        /**< NULL: n_long and n_short are 0 */
  const double *mae;         /**< NULL: NaN */
  const double *mfe;         /**< NULL: NaN */
  const double *fee;         /**< NULL: none, as all costs */
  const double *spread;      /**< quote currency */
  const double *slippage;    /**< quote currency */
  const double *impact;      /**< quote currency */
  const double *funding;     /**< quote currency */
  const double *dust;        /**< quote currency */
} crucible_trade_columns;

/**
 * Adds a closed trade.
 *
 * @param[in,out] sums   Unchanged on failure.
 * @param[in]     trade  A result and costs that are finite.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a field that is not finite
 *                            where it must be or out of its range.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_trade_sums_push(
    crucible_trade_sums *sums, const crucible_closed_trade *trade);

/**
 * Figures of the trades so far.
 *
 * @param[in]     sums     Not NULL.
 * @param[in,out] metrics  struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a wrong struct_size.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_trade_sums_get(
    const crucible_trade_sums *sums, crucible_trade_metrics *metrics);

/**
 * Figures of a list of trade results; what needs more than results is NaN.
 *
 * @param[in]     results  [n] net result per closed trade, quote currency, in
 *                         the order of the exits.
 * @param[in]     n        May be 0.
 * @param[in,out] metrics  struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a result that is not finite.
 * @retval CRUCIBLE_E_NOMEM   No room for the results in order of size.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_trade_metrics_of(
    const double *results, size_t n, crucible_trade_metrics *metrics);

/**
 * Figures of closed trades.
 *
 * @param[in]     trades   Columns; result is needed if n > 0.
 * @param[in,out] metrics  struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a value that is not finite or
 *                            out of its range: the text names column and
 *                            trade.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   No room for a column in order of size.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_trade_metrics_from(
    const crucible_trade_columns *trades, crucible_trade_metrics *metrics);

/**
 * Drawdown after each bar: 1 - equity / highest equity so far.
 *
 * @param[in]  equity    [n] > 0, finite.
 * @param[in]  n         >= 1.
 * @param[out] drawdown  [n] fraction, in [0, 1].
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or an equity that is not > 0.
 * @retval CRUCIBLE_E_TOO_SHORT n = 0.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_drawdown(const double *equity, size_t n, double *drawdown);

/**
 * Share of the bars that were spent with a position.
 *
 * @param[in]  position  [n] position held over each bar, any unit, finite;
 *                       0 = flat.
 * @param[in]  n         >= 1.
 * @param[out] exposure  Fraction, [0, 1]; written only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or a position that is not finite.
 * @retval CRUCIBLE_E_TOO_SHORT n = 0.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_exposure(const double *position, size_t n, double *exposure);

/**
 * How often the capital was traded over: notional of all fills / mean equity.
 *
 * @param[in]  notional  [n_fills] notional of each fill, quote currency; buys
 *                       and sells both count by their size.
 * @param[in]  n_fills   May be 0.
 * @param[in]  equity    [n] after each bar, quote currency, finite.
 * @param[in]  n         >= 1.
 * @param[out] turnover  A multiple of the mean equity, over the whole record;
 *                       written only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or a value that is not finite.
 * @retval CRUCIBLE_E_TOO_SHORT n = 0.
 * @retval CRUCIBLE_E_DOMAIN    The mean equity is not > 0.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_turnover(const double *notional, size_t n_fills, const double *equity,
                  size_t n, double *turnover);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_METRICS_H */
