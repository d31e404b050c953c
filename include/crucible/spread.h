/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/spread.h
 * @brief The bid-ask spread: from quotes, from trades, from bars alone.
 *
 * Where there are quotes the spread is known. Bars tell it only as far as it
 * stands out from what prices do by themselves: docs/modules/spread.md shows by
 * recorded quotes how far that is. Spreads are fractions of the price: 0.01 is
 * 1 %.
 *
 * Threads: functions of bars any; a stream one at a time per object.
 */
#ifndef CRUCIBLE_SPREAD_H
#define CRUCIBLE_SPREAD_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** Estimators. */
enum {
  CRUCIBLE_SPREAD_EDGE = 0, /**< Ardia, Guidotti, Kroencke (2024), J. of
                                 Financial Economics 161, 103916 (default) */
  CRUCIBLE_SPREAD_CORWIN_SCHULTZ = 1, /**< Corwin, Schultz (2012), J. of Finance
                                           67(2), 719-760: mean of the bars'
                                           figures, negative ones included; each
                                           adjusted for the gap before it */
  CRUCIBLE_SPREAD_CORWIN_SCHULTZ_CLIPPED = 2, /**< the same, negative ones as
                                                   0 ("two-day adjusted") */
  CRUCIBLE_SPREAD_ABDI_RANALDO = 3,         /**< Abdi, Ranaldo (2017), Review of
                                         Financial Studies 30(12), 4437-4480:
                                         root of the mean square */
  CRUCIBLE_SPREAD_ABDI_RANALDO_CLIPPED = 4, /**< mean of the bars' roots,
                                                 negative squares as 0
                                                 ("two-day corrected") */
  CRUCIBLE_SPREAD_ROLL = 5 /**< Roll (1984), J. of Finance 39(4), 1127-1139 */
};

/** What becomes of an estimate below zero (of a negative square: minus the root
    of its size). */
enum {
  CRUCIBLE_SPREAD_SIGNED = 0,   /**< it stays, as means of estimates want it
                                     (default; bidask's sign=True) */
  CRUCIBLE_SPREAD_ABSOLUTE = 1, /**< its size (bidask's sign=False) */
  CRUCIBLE_SPREAD_ZERO = 2      /**< 0 */
};

/** Whether bars on either side of a gap are neighbours. */
enum {
  CRUCIBLE_SPREAD_GAPS_JOIN = 0, /**< yes (default) */
  CRUCIBLE_SPREAD_GAPS_SKIP = 1  /**< no: what would need the bar that is
                                      missing is left out, as bidask does where
                                      its prices are NaN */
};

/** How to estimate; start from crucible_spread_options_init(). */
typedef struct crucible_spread_options {
  size_t struct_size; /**< set by init */
  int32_t method;     /**< CRUCIBLE_SPREAD_EDGE, ...; default EDGE */
  int32_t negative;   /**< CRUCIBLE_SPREAD_SIGNED, ...; default SIGNED */
  int32_t gaps;       /**< CRUCIBLE_SPREAD_GAPS_*; default JOIN */
  int32_t reserved;   /**< 0 */
  double price_tick; /**< quote currency: no estimate is less than this over the
                           last close; default 0: no floor */
} crucible_spread_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_spread_options_init(crucible_spread_options *options,
                                               size_t struct_size);

/**
 * One estimate from all bars.
 *
 * @param[in]  bars     At least 3.
 * @param[in]  options  NULL for the defaults: EDGE, signed.
 * @param[out] spread   Fraction of the price; written only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer or a wrong option.
 * @retval CRUCIBLE_E_VERSION   A field that this library does not know is set.
 * @retval CRUCIBLE_E_DATA      A bar is malformed.
 * @retval CRUCIBLE_E_TOO_SHORT Fewer than 3 bars.
 * @retval CRUCIBLE_E_DOMAIN    EDGE: fewer than two bars moved, or none opens or
 *                              closes inside its range. Any: no two neighbours
 *                              are left (Roll: fewer than two changes in a row).
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_spread_estimate(
    const crucible_bars *bars, const crucible_spread_options *options,
    double *spread);

/** Estimates of the last so many bars, bar by bar in O(1) on average. */
typedef struct crucible_spread_stream crucible_spread_stream;

/**
 * A stream before its first bar. What it tells of a window depends on the bars
 * in the window and on nothing else, to the bit: nothing is ever subtracted from
 * a sum, and sums are cut at times, not by counting from the first bar.
 *
 * @param[in]  options       NULL for the defaults.
 * @param[in]  window        Bars, 3 to 1,000,000.
 * @param[in]  timeframe_ms  Of the bars, > 0.
 * @param[out] stream        NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a number out of its range.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_spread_stream_create(
    const crucible_spread_options *options, size_t window, int64_t timeframe_ms,
    crucible_spread_stream **stream);

/**
 * Frees a stream.
 *
 * @param[in] stream  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_spread_stream_destroy(crucible_spread_stream *stream);

/**
 * Takes a closed bar.
 *
 * @param[in,out] stream  Unchanged on failure.
 * @param[in]     bar     After the one before; only time and prices are looked
 *                        at.
 * @param[out]    spread  Of the window that ends here: what
 *                        crucible_spread_estimate() says of its bars, same bits;
 *                        NaN before the window is full and where that has no
 *                        estimate.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_DATA    The bar is malformed or does not follow.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_spread_stream_push(
    crucible_spread_stream *stream, const crucible_bar *bar, double *spread);

/**
 * Batch: the estimates of every window; same bits as pushing the bars.
 *
 * @param[in]  bars     n = 0 is allowed.
 * @param[in]  options  NULL for the defaults.
 * @param[in]  window   Bars, 3 to 1,000,000.
 * @param[out] spread   [bars->n] as of crucible_spread_stream_push().
 * @return As crucible_spread_stream_create(); CRUCIBLE_E_DATA: a bar is
 *         malformed.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_spread_rolling(
    const crucible_bars *bars, const crucible_spread_options *options,
    size_t window, double *spread);

/**
 * Forecast of each bar's spread from closed bars alone: at i, made at the close
 * of bar i for bar i + 1, crucible_spread_estimate() by EDGE of the last window
 * bars, 0 where that is negative. What a market's spread column holds.
 *
 * @param[in]  bars    What was recorded; n = 0 is allowed.
 * @param[in]  window  Bars, >= 3; a day or more of them.
 * @param[in]  refit   Bars from one estimate to the next, >= 1; the last one is
 *                     held in between.
 * @param[out] spread  [bars->n] fraction of the price; NaN for the first window
 *                     - 1 and where there is no estimate: costs then take the
 *                     spread of their options.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a number out of its range.
 * @retval CRUCIBLE_E_DATA    A bar is malformed.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_spread_forecast(
    const crucible_bars *bars, size_t window, size_t refit, double *spread);

/**
 * The quoted spread over a time: the mean of (ask - bid) / middle, each quote
 * weighted by how long it stood.
 *
 * @param[in]  quotes  [n] oldest first; several may have one time.
 * @param[in]  n       >= 1.
 * @param[in]  end_ms  Until when the last one stood, after the first.
 * @param[out] spread  Fraction of the price; written only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, n = 0, or end_ms not after the first
 *                            or before the last quote.
 * @retval CRUCIBLE_E_DATA    A quote is not finite, crossed or out of order: the
 *                            text names it.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_spread_quoted(
    const crucible_quote *quotes, size_t n, int64_t end_ms, double *spread);

/** Trades as columns, oldest first. */
typedef struct crucible_prints {
  size_t struct_size;     /**< set by the caller */
  size_t n;               /**< number of trades */
  const int64_t *time_ms; /**< [n] UTC, ms, of the exchange */
  const double *price;    /**< [n] quote currency, > 0 */
  const double *quantity; /**< [n] base asset, > 0; NULL: all weigh the same */
  const int8_t *side;     /**< [n] 1: the buyer took (Binance: is_buyer_maker
                               false), -1; NULL: not known. What impact.h needs;
                               spreads do not look at it */
} crucible_prints;

/**
 * The effective spread: the mean over the trades of 2 |price - middle| / middle,
 * weighted by quantity, the middle being that of the last quote before the
 * trade's time (a quote of the same time may already show what the trade did).
 *
 * @param[in]  prints    Trades.
 * @param[in]  quotes    [n_quotes] oldest first.
 * @param[in]  n_quotes  Number of quotes.
 * @param[out] spread    Fraction of the price; written only on success.
 * @param[out] n_used    Trades that have a quote before them; may be NULL.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer or a wrong struct_size.
 * @retval CRUCIBLE_E_DATA      A quote or a trade is not finite or out of order:
 *                              the text names it.
 * @retval CRUCIBLE_E_TOO_SHORT No trade has a quote before it.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_spread_effective(
    const crucible_prints *prints, const crucible_quote *quotes,
    size_t n_quotes, double *spread, size_t *n_used);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SPREAD_H */
