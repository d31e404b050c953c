/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/costs.h
 * @brief What trading an instrument costs: fees, spread, slippage, rounding.
 *
 * Nothing trades without an instrument profile: there is no silent zero fee
 * and no silent lot. Threads: any; every function is pure but for the reader.
 */
#ifndef CRUCIBLE_COSTS_H
#define CRUCIBLE_COSTS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** Kinds of markets. */
enum {
  CRUCIBLE_MARKET_SPOT = 1,             /**< long or flat only */
  CRUCIBLE_MARKET_LINEAR_PERPETUAL = 2, /**< margined in the quote currency */
  CRUCIBLE_MARKET_FUTURE = 3            /**< dated, margined in the quote
                                             currency */
};

/** What a fee is taken from. */
enum {
  CRUCIBLE_FEE_IN_QUOTE = 1, /**< the quote currency */
  CRUCIBLE_FEE_IN_BASE = 2   /**< what a buyer receives; sellers pay in quote */
};

/** Directions of rounding. */
enum {
  CRUCIBLE_ROUND_DOWN = -1,   /**< towards minus infinity */
  CRUCIBLE_ROUND_NEAREST = 0, /**< ties away from zero */
  CRUCIBLE_ROUND_UP = 1       /**< towards plus infinity */
};

/** How an order moves the price; sigma and V are forecasts for the bar in which
    it trades, Q is the order's quantity. */
enum {
  CRUCIBLE_IMPACT_POWER = 0,   /**< slippage Y * sigma * (Q/V)^exponent; with
                                    0.5 the square-root law (default) */
  CRUCIBLE_IMPACT_LINEAR = 1,  /**< slippage Y * sigma * Q/V; the exponent has
                                    no effect */
  CRUCIBLE_IMPACT_ALMGREN = 2, /**< a temporary and a permanent part, see
                                    crucible_price_impact() */
  CRUCIBLE_IMPACT_FIXED = 3    /**< slippage fixed_slippage, whatever the
                                    order */
};

enum {
  CRUCIBLE_NAME_SIZE = 32 /**< room for a name with its closing zero */
};

/** All that has to be known of an instrument before it may be traded. */
typedef struct crucible_instrument {
  size_t struct_size;                      /**< set by the caller */
  char venue[CRUCIBLE_NAME_SIZE];          /**< such as "binance" */
  char symbol[CRUCIBLE_NAME_SIZE];         /**< such as "BTCUSDT" */
  char base_currency[CRUCIBLE_NAME_SIZE];  /**< such as "BTC" */
  char quote_currency[CRUCIBLE_NAME_SIZE]; /**< such as "USDT" */
  int32_t market_type;                     /**< CRUCIBLE_MARKET_* */
  int32_t fee_asset;                       /**< CRUCIBLE_FEE_IN_* */
  double maker_fee;            /**< fraction of notional, > -0.01 and < 0.1 */
  double taker_fee;            /**< fraction of notional, >= 0 and < 0.1 */
  double price_tick;           /**< quote currency, > 0 */
  double lot_step;             /**< base asset, > 0 */
  double min_quantity;         /**< base asset, >= 0 */
  double min_notional;         /**< quote currency, >= 0 */
  double max_leverage;         /**< >= 1; 1 for spot */
  double maintenance_margin;   /**< fraction of notional, >= 0 */
  int64_t funding_interval_ms; /**< 0: no funding */
  int32_t is_shortable;        /**< 0 for spot */
  int32_t reserved;            /**< 0 */
} crucible_instrument;

/** Spread and impact; start from crucible_cost_options_init(). */
typedef struct crucible_cost_options {
  size_t struct_size; /**< set by init */
  double spread_bps;  /**< modelled spread, 1e-4 of the price, >= 0; default 1;
                           never less than one tick */
  double impact_y;    /**< Y of the slippage, >= 0; default 1 */
  double impact_exponent; /**< of Q/V, in (0, 1]; default 0.5 */
  int32_t impact_law;     /**< CRUCIBLE_IMPACT_*; default POWER */
  int32_t reserved;       /**< 0 */
  double fixed_slippage;  /**< FIXED: fraction of the price, [0, 1); default 0;
                               0 with the other laws */
  double almgren_gamma;   /**< ALMGREN: permanent impact, >= 0; default 0.314 */
  double almgren_eta;     /**< ALMGREN: temporary impact, >= 0; default 0.142 */
  double bars_per_day;    /**< ALMGREN: bars in a trading day, > 0; default 0:
                               24 hours by the timeframe, where there is one */
} crucible_cost_options;

/** How far one order moves the price, fractions of it. */
typedef struct crucible_impact {
  size_t struct_size; /**< set by the caller */
  double slippage;    /**< temporary: costs.slippage */
  double permanent;   /**< what stays, as far as the order pays for it:
                           costs.impact; 0 but with the law ALMGREN */
} crucible_impact;

/** Costs by kind, quote currency, >= 0 when paid. Frozen. */
typedef struct crucible_costs {
  double fee;      /**< to the venue */
  double spread;   /**< distance from the middle to the quote, and rounding to
                        the tick */
  double slippage; /**< how far the orders themselves moved the price */
  double impact;   /**< the permanent part of that; 0 but with the law ALMGREN:
                        the others count all of it as slippage */
  double funding;  /**< paid less received */
  double dust;     /**< bought but smaller than a lot, so that it cannot be
                        sold: marked at zero */
} crucible_costs;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_cost_options_init(crucible_cost_options *options,
                                             size_t struct_size);

/**
 * Reads one instrument's profile from a JSON file
 * {"instruments": [{"venue": .., "symbol": .., ...}]}: the fields above by
 * name, market_type "spot", "linear_perpetual" or "future", fee_asset "quote"
 * or "base", and a "source" per file or instrument. All but
 * maintenance_margin, funding_interval_ms, max_leverage and is_shortable are
 * required.
 *
 * @param[in]     path        The file.
 * @param[in]     symbol      Which instrument.
 * @param[in,out] instrument  struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or no such symbol: the text lists
 *                            those that are there.
 * @retval CRUCIBLE_E_IO      The file cannot be read.
 * @retval CRUCIBLE_E_DATA    A field is missing, unknown or wrong: the text
 *                            gives file, JSON path and rule.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_instrument_read(
    const char *path, const char *symbol, crucible_instrument *instrument);

/**
 * Checks a profile.
 *
 * @param[in] instrument  struct_size set.
 * @retval CRUCIBLE_OK        It may be traded.
 * @retval CRUCIBLE_E_INVALID A field is missing or out of its range: the text
 *                            names it, its value and the rule.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_instrument_check(const crucible_instrument *instrument);

/**
 * Rounds a price to the tick.
 *
 * @param[in]  instrument  A checked profile.
 * @param[in]  price       Finite.
 * @param[in]  direction   CRUCIBLE_ROUND_*.
 * @param[out] rounded     The double nearest to the decimal multiple.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a price that is not finite, or an
 *                            unknown direction.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_round_price(const crucible_instrument *instrument, double price,
                     int32_t direction, double *rounded);

/**
 * Rounds a quantity to the lot.
 *
 * @param[in]  instrument  A checked profile.
 * @param[in]  quantity    Finite.
 * @param[in]  direction   CRUCIBLE_ROUND_*; orders round down.
 * @param[out] rounded     The double nearest to the decimal multiple.
 * @return As crucible_round_price().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_round_quantity(const crucible_instrument *instrument, double quantity,
                        int32_t direction, double *rounded);

/**
 * The slippage of an order: crucible_price_impact() without the permanent part.
 *
 * @param[in]  options   NULL for the defaults.
 * @param[in]  sigma     Forecast of the bar's standard deviation, fraction.
 * @param[in]  quantity  Of the order, base asset, >= 0.
 * @param[in]  volume    Forecast of the bar's volume, base asset.
 * @param[out] fraction  Of the price, >= 0.
 * @return As crucible_price_impact().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_slippage(const crucible_cost_options *options, double sigma,
                  double quantity, double volume, double *fraction);

/**
 * How far an order moves the price, by the law of the options. sigma and volume
 * are forecasts for one and the same bar, the one in which all of the order
 * trades.
 *
 * POWER and LINEAR: Y * sigma * (Q/V)^e. With e = 0.5 the length of the bar
 * cancels out: sigma grows with its square root, V with itself.
 *
 * ALMGREN was measured with the sigma and volume V of a whole trading day, and
 * a horizon T in days over which the order trades: temporary
 * eta * sigma * (Q / (V T))^0.6, permanent gamma * sigma * (Q / V), of which
 * the order itself pays half. Of a bar, with n = bars_per_day, T is 1 / n, V is
 * n * volume and a day's sigma is sqrt(n) times the bar's, so that
 *
 *   slippage  = eta * sqrt(n) * sigma * (Q / volume)^0.6
 *   permanent = gamma / 2 / sqrt(n) * sigma * (Q / volume).
 *
 * The paper scales gamma by the inverse turnover (shares outstanding / V)^(1/4)
 * (3 to 4 for large companies). Coins and contracts have no such figure: the
 * factor is taken as 1; who knows it multiplies almgren_gamma by it.
 *
 * FIXED: fixed_slippage.
 *
 * @param[in]     options   NULL for the defaults.
 * @param[in]     sigma     Forecast of the bar's standard deviation, fraction.
 * @param[in]     quantity  Of the order, base asset, >= 0.
 * @param[in]     volume    Forecast of the bar's volume, base asset.
 * @param[in,out] impact    struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK        Done; both parts are 0 for no quantity.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a negative or non-finite argument,
 *                            a wrong option, or ALMGREN without bars_per_day.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_DOMAIN  volume = 0 with quantity > 0.
 * @source Toth et al. (2011), Phys. Rev. X 1, 021006 (POWER); Almgren, Thum,
 *         Hauptmann, Li (2005), Direct estimation of equity market impact,
 *         Risk 18(7), 58-62 (ALMGREN); sigma by EGARCH.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_price_impact(const crucible_cost_options *options, double sigma,
                      double quantity, double volume, crucible_impact *impact);

/**
 * Forecast of each bar's volume from closed bars alone: at i, made at the
 * close of bar i for bar i + 1, the mean of the last window volumes.
 *
 * @param[in]  volume    [n] base asset, >= 0, finite.
 * @param[in]  n         Number of bars.
 * @param[in]  window    Bars, >= 1; 12 is the default elsewhere.
 * @param[out] forecast  [n] NaN for the first window - 1. What has left the
 *                       window has no influence on any bit.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, window = 0, or a volume that is
 *                            negative, not finite, or overflows the sum.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_volume_forecast(
    const double *volume, size_t n, size_t window, double *forecast);

/**
 * A perpetual's funding history as a column beside bars: what a market's
 * funding column holds.
 *
 * A rate is what longs pay to shorts at its time, as a fraction of the
 * notional; a negative one is what shorts pay. It falls on the first open at or
 * after its time, on whoever brings a position into that open; the rates since
 * the bar before, or since the last bar before a gap, add up. A time up to a
 * minute after an open, but not more than half a bar, counts as that open:
 * venues stamp some milliseconds late. What lies before the first open or after
 * the last is left out.
 *
 * @param[in]  bars         What to align to.
 * @param[in]  time_ms      [n] ms since 1970, ascending.
 * @param[in]  rate         [n] in (-1, 1): 0.0001 is 0.01 %.
 * @param[in]  n            Number of rates.
 * @param[in]  interval_ms  The longest time between two rates, such as the
 *                          instrument's funding_interval_ms: a longer one while
 *                          there are bars is a hole in the history and refused.
 *                          0: not checked, a hole is time without funding.
 * @param[out] funding      [bars->n] 0 where no rate falls on the open.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a wrong interval.
 * @retval CRUCIBLE_E_DATA    A bar is malformed, a rate is none, a time is
 *                            there twice or not in order, or the history has a
 *                            hole: the text names the row or the time.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_funding_align(
    const crucible_bars *bars, const int64_t *time_ms, const double *rate,
    size_t n, int64_t interval_ms, double *funding);

/**
 * Reads a history of funding rates from a CSV file, plain or gzip.
 *
 * With a header, a column called time, calc_time, funding_time, timestamp or
 * fundingRateTimestamp and one called rate, funding_rate, last_funding_rate or
 * realized_rate, however written; other columns are not looked at. Without a
 * header just these two. Times are s, ms, us or ns since 1970, or ISO 8601.
 *
 * @param[in]  path      The file.
 * @param[out] time_ms   [capacity] the first of them; may be NULL with 0.
 * @param[out] rate      [capacity] likewise.
 * @param[in]  capacity  Room in both; 0 asks for the number.
 * @param[out] n         Number of rates in the file; only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer.
 * @retval CRUCIBLE_E_IO        The file cannot be read.
 * @retval CRUCIBLE_E_DATA      A row is wrong, as crucible_funding_align() says
 *                              it: the text names file:line:column. The arrays
 *                              may hold the rows before.
 * @retval CRUCIBLE_E_TOO_SHORT There is no rate in it.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_funding_read_csv(const char *path, int64_t *time_ms, double *rate,
                          size_t capacity, size_t *n);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_COSTS_H */
