/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/records.h
 * @brief What a run did: its orders and trades, as columns.
 *
 * Tables are structs of columns, each [n]: sorted by the run's column, then in
 * order of time. What is one of a few words is a small integer whose constants
 * stand here, times are in ms since 1970 UTC, money is in the quote currency
 * and quantities in the base asset. A table is lent by what made it.
 *
 * Threads: as for what lends it; reading is free to any.
 */
#ifndef CRUCIBLE_RECORDS_H
#define CRUCIBLE_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/** What became of an order. */
enum {
  CRUCIBLE_ORDER_FILLED = 1,    /**< whole, or what the cash could pay */
  CRUCIBLE_ORDER_REJECTED = 2,  /**< never in the market */
  CRUCIBLE_ORDER_CANCELLED = 3, /**< taken back */
  CRUCIBLE_ORDER_EXPIRED = 4    /**< its time to live ran out */
};

/** Why an order was placed. */
enum {
  CRUCIBLE_PURPOSE_ENTRY = 1,       /**< opens a position */
  CRUCIBLE_PURPOSE_EXIT_SCORE = 2,  /**< score beyond theta_out */
  CRUCIBLE_PURPOSE_EXIT_TIME = 3,   /**< horizon reached */
  CRUCIBLE_PURPOSE_STOP = 4,        /**< protective stop */
  CRUCIBLE_PURPOSE_TARGET = 5,      /**< take profit */
  CRUCIBLE_PURPOSE_LIQUIDATION = 6, /**< margin used up, or the owner's death */
  CRUCIBLE_PURPOSE_END = 7,         /**< closed by request */
  CRUCIBLE_PURPOSE_REBALANCE = 8,   /**< towards a target position */
  CRUCIBLE_PURPOSE_ORDER = 9,       /**< an explicit order */
  CRUCIBLE_PURPOSE_TRAIL = 10,      /**< trailing stop */
  CRUCIBLE_PURPOSE_EXIT_SIGNAL = 11, /**< exit signal */
  CRUCIBLE_PURPOSE_REVERSE = 12      /**< closes and opens the other side */
};

/** Why an order was not filled, or not whole; 0 where it was. */
enum {
  CRUCIBLE_REASON_NONE = 0,         /**< it was filled */
  CRUCIBLE_REASON_BELOW_LOT = 1,    /**< rounds down to nothing */
  CRUCIBLE_REASON_MIN_QUANTITY = 2, /**< below the instrument's minimum */
  CRUCIBLE_REASON_MIN_NOTIONAL = 3, /**< below the instrument's minimum */
  CRUCIBLE_REASON_NO_CASH = 4,      /**< not even a lot can be paid */
  CRUCIBLE_REASON_NO_VOLUME = 5,    /**< the volume forecast is zero */
  CRUCIBLE_REASON_NO_FORECAST = 6,  /**< sigma or volume still cold */
  CRUCIBLE_REASON_WOULD_CROSS = 7,  /**< post-only, but executable on arrival */
  CRUCIBLE_REASON_GAP = 8,          /**< bars are missing: entries are off */
  CRUCIBLE_REASON_TIME_TO_LIVE = 9, /**< the limit was not reached in time */
  CRUCIBLE_REASON_CLOSED = 10,      /**< the position it belonged to is gone */
  CRUCIBLE_REASON_STOPPED = 11,     /**< the account takes no more entries */
  CRUCIBLE_REASON_PARTICIPATION = 12, /**< more than its share of the volume */
  CRUCIBLE_REASON_OCO = 13,           /**< its partner was filled */
  CRUCIBLE_REASON_REDUCE_ONLY = 14,   /**< there was nothing to reduce */
  CRUCIBLE_REASON_NO_MARGIN = 15,     /**< the margin does not suffice */
  CRUCIBLE_REASON_NOT_SHORTABLE =
      16,                         /**< the instrument cannot be sold short */
  CRUCIBLE_REASON_BOOK_FULL = 17, /**< too many orders at work */
  CRUCIBLE_REASON_REQUESTED = 18, /**< cancelled on request */
  CRUCIBLE_REASON_BAD_PRICE = 19, /**< no price it could have */
  CRUCIBLE_REASON_SAME_ID = 20    /**< an order of that id is at work */
};

/** Who waited for whom. */
enum {
  CRUCIBLE_LIQUIDITY_NONE = 0,  /**< not filled */
  CRUCIBLE_LIQUIDITY_MAKER = 1, /**< it rested in the book */
  CRUCIBLE_LIQUIDITY_TAKER = 2  /**< it took what rested */
};

/** Orders that ended, columns of [n]; by column, then in order of time. */
typedef struct crucible_orders {
  size_t struct_size;        /**< set by the caller */
  size_t n;                  /**< orders */
  const uint32_t *column;    /**< of the run; 0 for a trader */
  const int8_t *side;        /**< 1 buy, -1 sell */
  const int8_t *purpose;     /**< CRUCIBLE_PURPOSE_* */
  const int8_t *entry;       /**< CRUCIBLE_ENTRY_* (how it was placed) */
  const int8_t *status;      /**< CRUCIBLE_ORDER_* */
  const int8_t *reason;      /**< CRUCIBLE_REASON_* */
  const int8_t *liquidity;   /**< CRUCIBLE_LIQUIDITY_* */
  const int64_t *placed_ms;  /**< close of the bar of the decision */
  const int64_t *ended_ms;   /**< open time of the bar it ended in */
  const double *quantity;    /**< base asset, as placed */
  const double *limit_price; /**< limit or trigger; NaN for market orders */
  const double *filled;      /**< base asset, 0 if not filled */
  const double *fill_price;  /**< quote currency; NaN if not filled */
  const double *fee;         /**< quote currency (a fee in base at the fill
                                   price) */
  const double *spread;      /**< quote currency */
  const double *slippage;    /**< quote currency */
  const double *impact;      /**< quote currency */
  const uint32_t *id;        /**< the caller's, of an explicit order; else 0 */
} crucible_orders;

/** Closed trades, columns of [n]; order as above. A trade is one fill that
    leaves a position, whole or in part: from flat to flat there is one unless
    the position was left in parts. */
typedef struct crucible_trades {
  size_t struct_size;        /**< set by the caller */
  size_t n;                  /**< trades */
  const uint32_t *column;    /**< of the run; 0 for a trader */
  const int8_t *side;        /**< 1 long, -1 short */
  const int8_t *exit;        /**< CRUCIBLE_PURPOSE_* that closed it */
  const int64_t *entry_ms;   /**< open time of the bar of the entry */
  const int64_t *exit_ms;    /**< open time of the bar of the exit */
  const uint32_t *bars;      /**< bars from entry to exit, the entry bar 0 */
  const double *quantity;    /**< base asset bought or sold short */
  const double *entry_price; /**< quote currency */
  const double *exit_price;  /**< quote currency */
  const double *result;      /**< net: change of cash that it brought; from flat
                                   to flat they add up to the change of cash */
  const double *gross;       /**< result before costs: result + all costs */
  const double *fee;         /**< quote currency, both sides */
  const double *spread;      /**< quote currency, both sides */
  const double *slippage;    /**< quote currency, both sides */
  const double *impact;      /**< quote currency, both sides */
  const double *funding;     /**< quote currency */
  const double *dust;        /**< quote currency */
  const double *mae;         /**< most the price went against it while it was
                                   held, fraction of the entry price, >= 0 */
  const double *mfe;         /**< most it went in favour, likewise */
  const uint32_t *entry_bar; /**< bar of the entry: how many of the account's
                                   bars came before it */
  const uint32_t *exit_bar;  /**< bar of the exit, likewise */
  const int8_t *is_last;     /**< 1: it left nothing of the position */
} crucible_trades;

/** Positions from flat to flat, columns of [n]; order as above. What was left in
    several fills is several trades and one position. Of a position that is
    still open at the last bar, what is left counts as if it were left at the
    mark: result and exit_price say what it would come to, fee holds the fee
    of leaving, and the results of all positions add up to the change of
    equity. */
typedef struct crucible_positions {
  size_t struct_size;        /**< set by the caller */
  size_t n;                  /**< positions */
  const uint32_t *column;    /**< of the run; 0 for a trader */
  const int8_t *side;        /**< 1 long, -1 short */
  const int8_t *is_open;     /**< 1: not yet flat at the last bar */
  const uint32_t *n_trades;  /**< fills that left it; an open one may have 0 */
  const int64_t *entry_ms;   /**< open time of the bar of the first entry */
  const int64_t *exit_ms;    /**< open time of the bar of the last exit; while
                                  open: of the last bar */
  const uint32_t *entry_bar; /**< as of a trade */
  const uint32_t *exit_bar;  /**< as of a trade; while open: the last bar */
  const uint32_t *bars;      /**< exit_bar - entry_bar */
  const double *quantity;    /**< base asset: the most that it was */
  const double *entry_price; /**< quote currency, mean by quantity */
  const double *exit_price;  /**< quote currency, mean by quantity */
  const double *result;      /**< net: sum over its trades */
  const double *gross;       /**< result before costs */
  const double *fee;         /**< quote currency */
  const double *spread;      /**< quote currency */
  const double *slippage;    /**< quote currency */
  const double *impact;      /**< quote currency */
  const double *funding;     /**< quote currency */
  const double *dust;        /**< quote currency */
  const double *mae;         /**< most the price went against it, fraction of
                                  the entry price, >= 0 */
  const double *mfe;         /**< most it went in favour, likewise */
} crucible_positions;

/** Times below a former peak of the equity at each close, columns of [n]; order
    as above. One begins with the first close below the peak and ends with the
    first at or above it. */
typedef struct crucible_drawdowns {
  size_t struct_size;       /**< set by the caller */
  size_t n;                 /**< drawdowns */
  const uint32_t *column;   /**< of the run; 0 for a trader */
  const int8_t *is_open;    /**< 1: still below the peak at the last bar */
  const int64_t *peak_ms;   /**< open time of the last bar at the peak; that of
                                 the first bar if it was the starting cash */
  const int64_t *valley_ms; /**< open time of the first bar at the lowest */
  const int64_t *end_ms;    /**< open time of the bar that ended it; while open:
                                 of the last bar */
  const uint32_t *bars;     /**< closes below the peak */
  const double *peak;       /**< equity, quote currency */
  const double *valley;     /**< lowest equity, quote currency */
  const double *end;        /**< equity at the end, quote currency */
  const double *depth;      /**< 1 - valley / peak */
} crucible_drawdowns;

/** Tables that a run can be asked for. */
enum {
  CRUCIBLE_TABLE_ORDERS = 1,
  CRUCIBLE_TABLE_TRADES = 2,
  CRUCIBLE_TABLE_POSITIONS = 3,
  CRUCIBLE_TABLE_DRAWDOWNS = 4,
  CRUCIBLE_TABLE_SUMMARIES = 5 /**< a row per column of the run */
};

/** How a table is written. Words stand for enums ("stop", "no_cash"); a time is
    two columns: ..._time as ISO 8601 in UTC and ..._ms; numbers are the
    shortest that read back as the same double. */
enum {
  CRUCIBLE_FORMAT_CSV = 1, /**< names first; what is no number is empty */
  CRUCIBLE_FORMAT_JSON = 2 /**< array of objects; NaN and infinity are null */
};

/**
 * Writes orders to a file, such as a trader's.
 *
 * @param[in] orders  Not NULL; columns that are NULL are left out.
 * @param[in] format  CRUCIBLE_FORMAT_*.
 * @param[in] path    A regular file that is there is replaced, but only by a
 *                    whole one: on failure it stays as it was.
 * @retval CRUCIBLE_OK        Done, and on the disk.
 * @retval CRUCIBLE_E_INVALID NULL pointer, empty path, another format, or a
 *                            struct_size that is wrong.
 * @retval CRUCIBLE_E_IO      It cannot be written: the text says why.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_orders_write(
    const crucible_orders *orders, int32_t format, const char *path);

/**
 * Writes trades to a file, such as a trader's or a forging's.
 *
 * @param[in] trades  Not NULL; columns that are NULL are left out.
 * @param[in] format  CRUCIBLE_FORMAT_*.
 * @param[in] path    As crucible_orders_write().
 * @return As crucible_orders_write().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_trades_write(
    const crucible_trades *trades, int32_t format, const char *path);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_RECORDS_H */
