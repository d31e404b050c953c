/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/portfolio.h
 * @brief What a strategy wants at a close: signals, targets, explicit orders.
 *
 * The plan of an account (crucible/backtest.h) says what it listens to:
 * crucible_plan.decides. What it hears at the close of a bar is a
 * crucible_wish; what is known then of the next bar is a crucible_outlook.
 * crucible_trader_step() takes both with the bar.
 *
 * Threads: one at a time per object.
 */
#ifndef CRUCIBLE_PORTFOLIO_H
#define CRUCIBLE_PORTFOLIO_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/export.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

enum {
  CRUCIBLE_WORKING_MOST = 16, /**< explicit orders of an account at work */
  CRUCIBLE_REQUESTS_MOST = 32 /**< requests of an account at one close */
};

/** Kinds of explicit orders. */
enum {
  CRUCIBLE_KIND_MARKET = 1,
  CRUCIBLE_KIND_LIMIT = 2,         /**< taker if it crosses on arrival */
  CRUCIBLE_KIND_POST_ONLY = 3,     /**< rejected if it would cross on arrival */
  CRUCIBLE_KIND_STOP = 4,          /**< a market order at its trigger */
  CRUCIBLE_KIND_STOP_LIMIT = 5,    /**< a limit at its trigger */
  CRUCIBLE_KIND_TRAILING_STOP = 6, /**< a stop that follows the price */
  CRUCIBLE_KIND_CANCEL = 7         /**< takes back the order of that id */
};

/** Flags of SIGNALS, to be or-ed. */
enum {
  CRUCIBLE_ENTER_LONG = 1,
  CRUCIBLE_EXIT_LONG = 2,
  CRUCIBLE_ENTER_SHORT = 4,
  CRUCIBLE_EXIT_SHORT = 8
};

/** One explicit order (ORDERS); start from crucible_request_init(). Arrays of
    requests have one struct_size. */
typedef struct crucible_request {
  size_t struct_size; /**< set by init */
  uint64_t bar;       /**< decided at the close of that bar: at work from the
                           next open; not used by crucible_trader_step() */
  uint32_t column;    /**< whose order; not used by crucible_trader_step() */
  uint32_t id;        /**< the caller's, shown in the record: by it an order is
                           taken back. One whose id another order of the column
                           has, at work and not taken back, is rejected
                           (SAME_ID). 0 (default): none, for any number of
                           orders; CANCEL needs another */
  int32_t kind;       /**< CRUCIBLE_KIND_*; default MARKET */
  int32_t side;       /**< 1 buy, -1 sell; CANCEL: not used */
  int32_t sizing;     /**< CRUCIBLE_SIZE_*; default UNITS. RISK: fraction of the
                           equity lost at stop, costs included */
  int32_t reduce_only; /**< 1: never opens, adds or turns; default 0 */
  double size;         /**< in that unit, > 0; +inf with UNITS and reduce_only:
                            all that is held */
  double limit;        /**< LIMIT, POST_ONLY, STOP_LIMIT: price; else NaN */
  double trigger;      /**< STOP, STOP_LIMIT: price; TRAILING_STOP: where it
                            starts, NaN: trail from the open it arrives at */
  double trail;        /**< TRAILING_STOP: distance, quote currency, > 0 */
  double stop;         /**< price of the stop that the position gets if this
                            order opens or adds; NaN: none, or as it is */
  double target;       /**< likewise the target */
  uint32_t ttl_bars;   /**< bars it lives; default 0: until it is cancelled */
  uint32_t oco;        /**< > 0: a fill, even in part, cancels a column's other
                            orders of that number; default 0 */
} crucible_request;

/** What a strategy wants at one close; start from crucible_wish_init(). A NaN
    leaves it to the plan. */
typedef struct crucible_wish {
  size_t struct_size; /**< set by init */
  uint32_t signals;   /**< SIGNALS: CRUCIBLE_ENTER_*, CRUCIBLE_EXIT_*; none of a
                           short where the plan's side is LONG */
  uint32_t reserved;  /**< 0 */
  double score;       /**< SCORES; NaN: no entry, no exit by score */
  double target;      /**< TARGETS, in the plan's target_unit; NaN: as it is;
                           >= 0 where its side is LONG */
  double size;        /**< sizing_value of an entry decided now */
  double stop;        /**< stop_fraction likewise; 0: none */
  double take;        /**< target_fraction likewise; 0: none */
  double trail;       /**< trail_fraction likewise; 0: none */
  double limit;       /**< price of a LIMIT, POST_ONLY or STOP_LIMIT entry */
  double trigger;     /**< price of a STOP or STOP_LIMIT entry */
  const crucible_request *requests; /**< [n_requests] ORDERS */
  size_t n_requests;                /**< at most CRUCIBLE_REQUESTS_MOST */
} crucible_wish;

/** What is known at a close of the next bar; start from
    crucible_outlook_init(), which leaves everything unknown (NaN). */
typedef struct crucible_outlook {
  size_t struct_size;     /**< set by init */
  double sigma;           /**< forecast, fraction; NaN: cold */
  double volume_forecast; /**< base asset; NaN: cold */
  double spread;    /**< forecast, fraction of the price; NaN: by the options */
  double taker_fee; /**< of fills in that bar; NaN: the instrument's */
  double maker_fee; /**< likewise */
  double slippage;  /**< fraction of the price, in place of the law and without
                         a forecast; NaN: by the law */
  double funding;   /**< rate a long pays at that bar's open; NaN or 0: none */
  double price;     /**< where market orders fill in that bar, before spread and
                         slippage, if it lies within the bar; NaN: the open */
} crucible_outlook;

/**
 * Fills a request with the defaults.
 *
 * @param[out] request      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *request, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_request_init(crucible_request *request,
                                        size_t struct_size);

/**
 * Fills a wish that wants nothing.
 *
 * @param[out] wish         All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *wish, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_wish_init(crucible_wish *wish, size_t struct_size);

/**
 * Fills an outlook that knows nothing.
 *
 * @param[out] outlook      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *outlook, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_outlook_init(crucible_outlook *outlook,
                                        size_t struct_size);

/**
 * The step in full: a closed bar, what is known of the next one, and what is
 * wanted. crucible_trader_push() is this with three forecasts and a score.
 *
 * @param[in,out] trader   Unchanged on failure.
 * @param[in]     bar      The next closed bar.
 * @param[in]     outlook  NULL: nothing is known.
 * @param[in]     wish     NULL: nothing is wanted.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a field of wish or of a request
 *                            is out of its range: the text names it.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_DATA    The bar is malformed or does not follow, or a
 *                            field of outlook is out of its range.
 * @retval CRUCIBLE_E_NOMEM   No room for a record.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_trader_step(
    crucible_trader *trader, const crucible_bar *bar,
    const crucible_outlook *outlook, const crucible_wish *wish);

/**
 * The account as bytes; its records are not part of it.
 *
 * @param[in]     trader    Not NULL.
 * @param[out]    bytes     [capacity], or NULL with capacity 0.
 * @param[in]     capacity  Bytes there is room for.
 * @param[out]    needed    Bytes of the state; where capacity is less nothing
 *                          is written.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_trader_save(const crucible_trader *trader, void *bytes,
                     size_t capacity, size_t *needed);

/**
 * Goes on from saved bytes: the trader must have been created with the same
 * plan, instrument, timeframe and options.
 *
 * @param[in,out] trader  Unchanged on failure; its records are emptied.
 * @param[in]     bytes   [n] of crucible_trader_save(), same version of the
 *                        library.
 * @param[in]     n       Number of bytes.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STORE   Not such bytes, damaged, or of another trader.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_trader_load(crucible_trader *trader, const void *bytes, size_t n);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_PORTFOLIO_H */
