/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/impact.h
 * @brief Y and the exponent of the slippage Y * sigma * (Q/V)^e, measured.
 *
 * A stream takes recorded trades, quotes and books, or one's own fills, and
 * tells at any time the law that fits them, with standard errors; where there
 * is not enough to tell it says so and gives the default, Y = 1 and e = 0.5.
 * docs/modules/costs.md has what recorded markets say.
 *
 * Costs are fractions of the price beyond the best quote of the order's side:
 * what the cost model charges besides the half spread. Sigma and V are those of
 * one bar of the horizon: the root of the mean squared return of the middle and
 * the mean volume over the last closed bars, known before the order came.
 *
 * Threads: functions of arrays any; a stream one at a time per object.
 */
#ifndef CRUCIBLE_IMPACT_H
#define CRUCIBLE_IMPACT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/costs.h>
#include <crucible/export.h>
#include <crucible/spread.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** What is measured. */
enum {
  CRUCIBLE_IMPACT_OF_ORDERS = 0, /**< what each aggressive order paid beyond the
                                      best quote (default). Prints of one time
                                      and side are one order; a print better
                                      than the one before it begins another */
  CRUCIBLE_IMPACT_OF_BOOK = 1,   /**< what an order of each size would pay in
                                      each book that is pushed, on either side;
                                      sizes are V times the powers of two from
                                      share_min to share_max */
  CRUCIBLE_IMPACT_OF_FLOW = 2    /**< how far the middle moves in a bar with its
                                      signed volume (buys less sells): also what
                                      the news did that they traded on, so that
                                      it is more than an order's own impact */
};

/** What an order's prices are held against (CRUCIBLE_IMPACT_OF_ORDERS). */
enum {
  CRUCIBLE_IMPACT_FROM_PRINT = 0, /**< its first price, which was the best of
                                       the book (default; needs no quotes) */
  CRUCIBLE_IMPACT_FROM_QUOTE = 1  /**< the last quote before its time */
};

/** How sure the figures are. */
enum {
  CRUCIBLE_IMPACT_ERRORS_BLOCKS = 0, /**< orders of one block of time depend on
                                          each other (default): blocks of one
                                          bar, doubled when there are 64 */
  CRUCIBLE_IMPACT_ERRORS_INDEPENDENT = 1 /**< no order depends on another */
};

/** What an estimate is. */
enum {
  CRUCIBLE_IMPACT_FIT_NONE = 0, /**< none: the default, Y = 1, e = 0.5 or the
                                     one held */
  CRUCIBLE_IMPACT_FIT_Y = 1,    /**< Y alone, the exponent is held */
  CRUCIBLE_IMPACT_FIT_BOTH = 2  /**< Y and the exponent */
};

/** Why an estimate is less than both, or is not to be used; bits. */
enum {
  CRUCIBLE_IMPACT_FEW_ORDERS = 1,   /**< fewer than min_orders: no estimate */
  CRUCIBLE_IMPACT_FEW_BLOCKS = 2,   /**< fewer than min_blocks: no estimate */
  CRUCIBLE_IMPACT_NO_COST = 4,      /**< the costs do not add up to more than 0
                                        (1e-60): no estimate */
  CRUCIBLE_IMPACT_EXPONENT = 8,     /**< the sizes do not tell the exponent, or
                                        not to max_exponent_se: held at 0.5 */
  CRUCIBLE_IMPACT_OUT_OF_RANGE = 16 /**< the exponent is not in (0, 1]:
                                        crucible_impact_apply() refuses it; or Y
                                        is beyond doubles: no estimate */
};

/** How to measure; start from crucible_impact_options_init(). */
typedef struct crucible_impact_options {
  size_t struct_size; /**< set by init */
  int32_t measure;    /**< CRUCIBLE_IMPACT_OF_*; default ORDERS */
  int32_t reference;  /**< CRUCIBLE_IMPACT_FROM_*; default PRINT */
  int32_t errors;     /**< CRUCIBLE_IMPACT_ERRORS_*; default BLOCKS */
  int32_t reserved;   /**< 0 */
  int64_t horizon_ms; /**< length of the bar of sigma and V, 1 ms to 1,000
                           days; default 300,000: 5 minutes */
  size_t window;      /**< closed bars behind sigma and V, 1 to 100,000; default
                           12 */
  double exponent;    /**< held at this, in (0, 1]; default 0: estimated */
  double share_min;   /**< least Q/V, > 0; default 2^-20 */
  double share_max;   /**< greatest Q/V, default 1; what lies outside is left
                           out and counted */
  double max_exponent_se; /**< an exponent less sure than this is held at 0.5,
                               > 0; default 0.25 */
  uint64_t min_orders;    /**< no estimate of fewer, >= 3; default 100 */
  uint64_t min_blocks;    /**< no estimate of fewer blocks of time with orders
                               in them, 3 to 32; default 10 */
} crucible_impact_options;

/** What was found; set struct_size to sizeof before the call. */
typedef struct crucible_impact_fit {
  size_t struct_size; /**< set by the caller */
  double y;           /**< Y */
  double exponent;    /**< e */
  double y_se;        /**< standard error; 0 without an estimate */
  double exponent_se; /**< standard error; 0 where it is held */
  double covariance;  /**< of the errors of both */
  double r2;          /**< share of the variance of single orders' costs that
                           the law explains; may be negative */
  double mean_cost;   /**< of the orders that were used, fraction */
  double share_low;   /**< least Q/V that was used; 0 without orders */
  double share_high;  /**< greatest */
  int64_t horizon_ms; /**< of the options */
  int64_t block_ms;   /**< length of a block of time */
  int32_t kind;       /**< CRUCIBLE_IMPACT_FIT_* */
  int32_t reasons;    /**< CRUCIBLE_IMPACT_FEW_ORDERS, ...: bits */
  uint64_t n_blocks;  /**< blocks with orders in them */
  uint64_t n_orders;  /**< orders, walks or bars that were used */
  uint64_t n_free;    /**< of those, that cost nothing or less */
  uint64_t n_warmup;  /**< left out: before window bars had closed */
  uint64_t n_still;   /**< left out: sigma or V was 0 */
  uint64_t n_outside; /**< left out: Q/V below share_min or above share_max (or
                           prices that are no market's: a cost or sigma above
                           1e6, a sigma below 1e-50) */
  uint64_t n_thin;    /**< left out: more than the whole book that was pushed */
  uint64_t n_unquoted; /**< left out: no quote before it */
} crucible_impact_fit;

/** One aggressive trade: a print with the side that took. Frozen. */
typedef struct crucible_print {
  int64_t time_ms; /**< UTC, ms, of the exchange */
  double price;    /**< quote currency, > 0 */
  double quantity; /**< base asset, > 0 */
  int32_t side;    /**< 1: the buyer took (Binance: is_buyer_maker false), -1 */
  int32_t reserved; /**< 0 */
} crucible_print;

/** A book's levels, the best first. */
typedef struct crucible_book {
  size_t struct_size;         /**< set by the caller */
  int64_t time_ms;            /**< UTC, ms, of the exchange */
  size_t n_bids;              /**< >= 1 */
  size_t n_asks;              /**< >= 1 */
  const double *bid_price;    /**< [n_bids] falling, quote currency */
  const double *bid_quantity; /**< [n_bids] > 0, base asset */
  const double *ask_price;    /**< [n_asks] rising, the first > the first bid */
  const double *ask_quantity; /**< [n_asks] > 0 */
} crucible_book;

/** What orders of a size cost on average. Frozen. */
typedef struct crucible_impact_point {
  double share;      /**< Q/V, middle of the bin on a log scale */
  double cost_sigma; /**< mean cost over mean sigma */
  uint64_t n_orders; /**< behind it */
} crucible_impact_point;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_impact_options_init(crucible_impact_options *options,
                                               size_t struct_size);

/** Sums of all that was seen, 200 KB however much that is. */
typedef struct crucible_impact_stream crucible_impact_stream;

/**
 * A stream that has seen nothing.
 *
 * Orders are put into bins of Q/V, four to the octave, each taken at its mean on
 * a log scale, and into at most 64 blocks of time: a stream has one size, and an
 * estimate takes the same time, whatever the number of orders. In the golden
 * table (tests/data/costs/impact.csv) this moves Y by less than a tenth of its
 * standard error.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] stream   NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_impact_stream_create(
    const crucible_impact_options *options, crucible_impact_stream **stream);

/**
 * Frees a stream.
 *
 * @param[in] stream  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_impact_stream_destroy(crucible_impact_stream *stream);

/**
 * Takes the top of the book. From the first quote or book on the middle is that
 * of the last one; before, or without any, it is the mean of the last price
 * that a buyer and the last that a seller took.
 *
 * @param[in,out] stream  Unchanged on failure.
 * @param[in]     quote   Not before anything that was pushed.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_DATA    The quote is not finite, crossed or out of order.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_impact_stream_push_quote(crucible_impact_stream *stream,
                                  const crucible_quote *quote);

/**
 * Takes a trade. It adds to its bar's volume and, as orders are measured, to an
 * order, which counts from when something comes that is not of it.
 *
 * @param[in,out] stream  Unchanged on failure.
 * @param[in]     print   Not before anything that was pushed.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_DATA    A figure is out of its range, or out of order.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_impact_stream_push_print(crucible_impact_stream *stream,
                                  const crucible_print *print);

/**
 * Takes a book: its top as a quote, and, as books are measured, what orders of
 * each size would pay. Sizes beyond its last level count as n_thin: where there
 * are many, deep books alone speak for them, so lower share_max.
 *
 * @param[in,out] stream  Unchanged on failure.
 * @param[in]     book    Not before anything that was pushed.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong struct_size.
 * @retval CRUCIBLE_E_DATA    A level is out of order or not finite, the book is
 *                            crossed or has an empty side, or it is out of order.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_impact_stream_push_book(crucible_impact_stream *stream,
                                 const crucible_book *book);

/**
 * Takes an order of which all is known, such as one's own fill: whatever the
 * stream measures.
 *
 * @param[in,out] stream    Unchanged on failure.
 * @param[in]     time_ms   Not before the order before it.
 * @param[in]     sigma     The bar's as forecast when it was sent, in (0, 1e6].
 * @param[in]     quantity  Base asset, > 0.
 * @param[in]     volume    The bar's as forecast, > 0.
 * @param[in]     cost      Paid beyond the best quote, fraction of the price,
 *                          below 0 where it was filled better; [-1e6, 1e6].
 * @retval CRUCIBLE_OK        Done; n_outside counts one that is left out.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a number out of its range.
 * @retval CRUCIBLE_E_DATA    It is out of order.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_impact_stream_push_order(crucible_impact_stream *stream,
                                  int64_t time_ms, double sigma,
                                  double quantity, double volume, double cost);

/**
 * The law that fits what was seen: Y and e with
 *
 *   sum (cost - Y sigma (Q/V)^e) = 0 and
 *   sum (cost - Y sigma (Q/V)^e) ln(Q/V) = 0.
 *
 * All orders together thus cost by the law what they did cost. Orders that cost
 * nothing count like any other (a regression of log costs must drop them), and a
 * calm market's orders are not blown up by a small sigma. It is the Poisson
 * pseudo-likelihood with sigma as exposure; nothing is assumed but the mean. The
 * standard errors are the sandwich's, clustered by block of time. With e held,
 * the first equation alone.
 *
 * @param[in]     stream  What was seen.
 * @param[in,out] fit     struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK        Done: fit->kind says what it is, fit->reasons why.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong struct_size.
 * @source Santos Silva, Tenreyro (2006), The log of gravity, Review of Economics
 *         and Statistics 88(4), 641-658; the law: Toth et al. (2011), Phys. Rev.
 *         X 1, 021006.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_impact_stream_fit(
    const crucible_impact_stream *stream, crucible_impact_fit *fit);

/**
 * The mean cost by size, for a picture of what was fitted: the bins that have
 * orders, smallest first.
 *
 * @param[in]  stream    What was seen.
 * @param[out] points    [capacity] the first of them; may be NULL with 0.
 * @param[in]  capacity  Room; 0 asks for the number.
 * @param[out] n         Number of bins with orders, at most 192.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_impact_stream_curve(
    const crucible_impact_stream *stream, crucible_impact_point *points,
    size_t capacity, size_t *n);

/**
 * Batch: the estimate of recorded trades, and of quotes where there are some;
 * same bits as pushing them in order of time.
 *
 * @param[in]     prints    With quantity and side.
 * @param[in]     quotes    [n_quotes] oldest first; may be NULL with 0.
 * @param[in]     n_quotes  Number of quotes.
 * @param[in]     options   NULL for the defaults; not OF_BOOK.
 * @param[in,out] fit       struct_size in, the rest out, only on success.
 * @return As crucible_impact_stream_create() and ..._push_*(): the text names
 *         the row.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_impact_estimate(
    const crucible_prints *prints, const crucible_quote *quotes,
    size_t n_quotes, const crucible_impact_options *options,
    crucible_impact_fit *fit);

/**
 * What the law says of a size, and how sure that is: Y alone is the cost of an
 * order as large as all of V, far from what was seen, and much less sure.
 *
 * @param[in]  fit         An estimate or the default.
 * @param[in]  share       Q/V of a bar of fit->horizon_ms, > 0.
 * @param[out] cost_sigma  Y (Q/V)^e.
 * @param[out] se          Its standard error; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a wrong struct_size, or a number out
 *                            of its range.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_impact_cost(const crucible_impact_fit *fit, double share,
                     double *cost_sigma, double *se);

/**
 * Puts a law into the options of costs: the law POWER with the estimate's Y and
 * exponent. For bars of another length than the horizon Y is multiplied by
 * (timeframe / horizon)^(e - 1/2), since sigma grows with the root of time and V
 * with time; with e = 0.5 it is one and the same.
 *
 * @param[in]     fit           An estimate or the default.
 * @param[in]     timeframe_ms  Of the bars that will be traded, > 0.
 * @param[in,out] options       Set up by crucible_cost_options_init(); only the
 *                              law, Y and the exponent change, only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a wrong struct_size, or Y or the
 *                            exponent is none that costs take: hold the exponent.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_impact_apply(const crucible_impact_fit *fit, int64_t timeframe_ms,
                      crucible_cost_options *options);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_IMPACT_H */
