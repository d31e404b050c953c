/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders, trades, positions and drawdowns in columns that grow as needed.
 *
 * A table is one block of memory: column after column, each with room for
 * capacity values, the wide ones first. One list per kind of table says what
 * its columns are; what grows, gathers, lends and exports goes by that list.
 */
#ifndef CRUCIBLE__RECORD_TABLE_H
#define CRUCIBLE__RECORD_TABLE_H

#include "backtest/fill.h"

/* XX(type, name): name is that of the public column. A trade has one more,
   most. */
#define CRUCIBLE__ORDER_COLUMNS(XX)                                            \
  XX(int64_t, placed_ms)                                                       \
  XX(int64_t, ended_ms)                                                        \
  XX(double, quantity)                                                         \
  XX(double, limit_price)                                                      \
  XX(double, filled)                                                           \
  XX(double, fill_price)                                                       \
  XX(double, fee)                                                              \
  XX(double, spread)                                                           \
  XX(double, slippage)                                                         \
  XX(double, impact)                                                           \
  XX(uint32_t, column)                                                         \
  XX(uint32_t, id)                                                             \
  XX(int8_t, side)                                                             \
  XX(int8_t, purpose)                                                          \
  XX(int8_t, entry)                                                            \
  XX(int8_t, status)                                                           \
  XX(int8_t, reason)                                                           \
  XX(int8_t, liquidity)

/* What trades and positions both have. */
#define CRUCIBLE__TRIP_COLUMNS(XX)                                             \
  XX(int64_t, entry_ms)                                                        \
  XX(int64_t, exit_ms)                                                         \
  XX(double, quantity)                                                         \
  XX(double, entry_price)                                                      \
  XX(double, exit_price)                                                       \
  XX(double, result)                                                           \
  XX(double, gross)                                                            \
  XX(double, fee)                                                              \
  XX(double, spread)                                                           \
  XX(double, slippage)                                                         \
  XX(double, impact)                                                           \
  XX(double, funding)                                                          \
  XX(double, dust)                                                             \
  XX(double, mae)                                                              \
  XX(double, mfe)

#define CRUCIBLE__TRADE_COLUMNS(XX)                                            \
  CRUCIBLE__TRIP_COLUMNS(XX)                                                   \
  XX(uint32_t, column)                                                         \
  XX(uint32_t, bars)                                                           \
  XX(uint32_t, entry_bar)                                                      \
  XX(uint32_t, exit_bar)                                                       \
  XX(int8_t, side)                                                             \
  XX(int8_t, exit)                                                             \
  XX(int8_t, is_last)

#define CRUCIBLE__POSITION_COLUMNS(XX)                                         \
  CRUCIBLE__TRIP_COLUMNS(XX)                                                   \
  XX(uint32_t, column)                                                         \
  XX(uint32_t, n_trades)                                                       \
  XX(uint32_t, bars)                                                           \
  XX(uint32_t, entry_bar)                                                      \
  XX(uint32_t, exit_bar)                                                       \
  XX(int8_t, side)                                                             \
  XX(int8_t, is_open)

#define CRUCIBLE__DRAWDOWN_COLUMNS(XX)                                         \
  XX(int64_t, peak_ms)                                                         \
  XX(int64_t, valley_ms)                                                       \
  XX(int64_t, end_ms)                                                          \
  XX(double, peak)                                                             \
  XX(double, valley)                                                           \
  XX(double, end)                                                              \
  XX(double, depth)                                                            \
  XX(uint32_t, column)                                                         \
  XX(uint32_t, bars)                                                           \
  XX(int8_t, is_open)

#define CRUCIBLE__COLUMN_POINTER(type, name) type *name;

/* The kinds begin alike: see crucible__table. Columns are in the list's order;
   those without room point nowhere. */
typedef struct crucible__table {
  size_t n, capacity;
  unsigned char *block;
} crucible__table;

typedef struct crucible__order_table {
  crucible__table table;
  CRUCIBLE__ORDER_COLUMNS(CRUCIBLE__COLUMN_POINTER)
} crucible__order_table;

typedef struct crucible__trade_table {
  crucible__table table;
  double *most; /* quantity of the position since it was flat */
  CRUCIBLE__TRADE_COLUMNS(CRUCIBLE__COLUMN_POINTER)
} crucible__trade_table;

typedef struct crucible__position_table {
  crucible__table table;
  CRUCIBLE__POSITION_COLUMNS(CRUCIBLE__COLUMN_POINTER)
} crucible__position_table;

typedef struct crucible__drawdown_table {
  crucible__table table;
  CRUCIBLE__DRAWDOWN_COLUMNS(CRUCIBLE__COLUMN_POINTER)
} crucible__drawdown_table;

/* What is in a column, and where the public view points to it. */
typedef struct crucible__record_field {
  const char *name;
  char type; /* 'd' double, 'l' int64_t (a time), 'u' uint32_t, 'b' int8_t */
  uint8_t width; /* bytes */
  uint16_t view; /* offset in the public struct; 0: not public */
} crucible__record_field;

typedef struct crucible__record_kind {
  const char *name; /* "orders", ... */
  const crucible__record_field *fields;
  size_t n_fields;
  size_t view_size; /* of the public struct */
} crucible__record_kind;

extern const crucible__record_kind crucible__order_kind, crucible__trade_kind,
    crucible__position_kind, crucible__drawdown_kind;

/* Makes room for n more rows, at least doubling what there is; E_NOMEM changes
   nothing. table is one of the kinds. */
crucible_status crucible__table_reserve(void *table,
                                        const crucible__record_kind *kind,
                                        size_t n);
/* Room for n rows in all and hardly more, n being at least its rows; E_NOMEM
   changes nothing. */
crucible_status crucible__table_resize(void *table,
                                       const crucible__record_kind *kind,
                                       size_t n);
/* Copies all rows of from to rows [at, at + n) of a table that has the room;
   its number of rows is the caller's affair. */
void crucible__table_copy(void *table, const crucible__record_kind *kind,
                          size_t at, const void *from);
void crucible__table_free(void *table, const crucible__record_kind *kind);
/* Fills a public view; struct_size is the caller's. */
crucible_status crucible__table_lend(const void *table,
                                     const crucible__record_kind *kind,
                                     void *view);

/* ---- what an account leaves behind ---- */

/* All zero at the start. */
typedef struct crucible__records {
  crucible__order_table orders;
  crucible__trade_table trades;
  crucible__drawdown_table drawdowns;
} crucible__records;

/* Makes room for that many more; E_NOMEM changes nothing. */
static inline crucible_status
crucible__records_reserve(crucible__records *records, size_t n_orders,
                          size_t n_trades) {
  crucible_status status = CRUCIBLE_OK;
  const crucible__table *orders = &records->orders.table;
  const crucible__table *trades = &records->trades.table;
  if (orders->capacity - orders->n < n_orders)
    status = crucible__table_reserve(&records->orders, &crucible__order_kind,
                                     n_orders);
  if (status == CRUCIBLE_OK && trades->capacity - trades->n < n_trades)
    status = crucible__table_reserve(&records->trades, &crucible__trade_kind,
                                     n_trades);
  return status;
}

/* Writes orders or trades under a column's number to the rows [at, at + n) of a
   table that has the room; its number of rows is the caller's affair. */
void crucible__orders_write(const crucible__order_table *to, size_t at,
                            uint32_t column,
                            const crucible__order_event *orders, size_t n);
void crucible__trades_write(const crucible__trade_table *to, size_t at,
                            uint32_t column,
                            const crucible__trade_event *trades, size_t n);

/* Adds a bar's events under a column's number; there must be room. */
static inline void crucible__records_add(crucible__records *records,
                                         uint32_t column,
                                         const crucible__events *events) {
  crucible__orders_write(&records->orders, records->orders.table.n, column,
                         events->orders, events->n_orders);
  crucible__trades_write(&records->trades, records->trades.table.n, column,
                         events->trades, events->n_trades);
  records->orders.table.n += events->n_orders;
  records->trades.table.n += events->n_trades;
}

/* Forgets the rows and keeps the room. */
static inline void crucible__records_clear(crucible__records *records) {
  records->orders.table.n = records->trades.table.n = 0;
  records->drawdowns.table.n = 0;
}

void crucible__records_free(crucible__records *records);

/* Fills the public views (NULL: not wanted); a wrong struct_size changes
   neither. */
crucible_status crucible__records_lend(const crucible__records *records,
                                       crucible_orders *orders,
                                       crucible_trades *trades);

#endif
