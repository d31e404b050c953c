/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders, trades, positions and drawdowns in columns that grow as needed.
 *
 * A table is one block of memory: column after column, each with room for
 * capacity values, the wide ones first. One list per kind of table says what
 * its columns are; what grows, gathers, lends and exports goes by that list.
 * Writing a row is a store per column, nothing else; the room comes first, once
 * per bar that has events.
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

#define CRUCIBLE__TRADE_COLUMNS(XX)                                            \
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
  XX(double, mfe)                                                              \
  XX(uint32_t, column)                                                         \
  XX(uint32_t, bars)                                                           \
  XX(uint32_t, entry_bar)                                                      \
  XX(uint32_t, exit_bar)                                                       \
  XX(int8_t, side)                                                             \
  XX(int8_t, exit)                                                             \
  XX(int8_t, is_last)

#define CRUCIBLE__POSITION_COLUMNS(XX)                                         \
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
  XX(double, mfe)                                                              \
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

/* Adds an order under a column's number; there must be room. */
static inline void
crucible__records_add_order(crucible__records *records, uint32_t column,
                            const crucible__order_event *order) {
  const crucible__order_table *to = &records->orders;
  size_t i = records->orders.table.n++;
  to->placed_ms[i] = order->placed_ms;
  to->ended_ms[i] = order->ended_ms;
  to->quantity[i] = order->quantity;
  to->limit_price[i] = order->limit_price;
  to->filled[i] = order->filled;
  to->fill_price[i] = order->fill_price;
  to->fee[i] = order->fee;
  to->spread[i] = order->spread;
  to->slippage[i] = order->slippage;
  to->impact[i] = order->impact;
  to->column[i] = column;
  to->id[i] = order->id;
  to->side[i] = (int8_t)order->side;
  to->purpose[i] = (int8_t)order->purpose;
  to->entry[i] = (int8_t)order->entry;
  to->status[i] = (int8_t)order->status;
  to->reason[i] = (int8_t)order->reason;
  to->liquidity[i] = (int8_t)order->liquidity;
}

/* Adds a trade, likewise. first_bar: bars of the run before the account's
   first one. */
static inline void
crucible__records_add_trade(crucible__records *records, uint32_t column,
                            uint32_t first_bar,
                            const crucible__trade_event *trade) {
  const crucible__trade_table *to = &records->trades;
  size_t i = records->trades.table.n++;
  to->entry_ms[i] = trade->entry_ms;
  to->exit_ms[i] = trade->exit_ms;
  to->quantity[i] = trade->quantity;
  to->entry_price[i] = trade->entry_price;
  to->exit_price[i] = trade->exit_price;
  to->result[i] = trade->result;
  to->gross[i] = trade->gross;
  to->fee[i] = trade->costs.fee;
  to->spread[i] = trade->costs.spread;
  to->slippage[i] = trade->costs.slippage;
  to->impact[i] = trade->costs.impact;
  to->funding[i] = trade->costs.funding;
  to->dust[i] = trade->costs.dust;
  to->mae[i] = trade->mae;
  to->mfe[i] = trade->mfe;
  to->most[i] = trade->most;
  to->column[i] = column;
  to->bars[i] = trade->bars;
  to->entry_bar[i] = first_bar + trade->entry_bar;
  to->exit_bar[i] = first_bar + trade->exit_bar;
  to->side[i] = (int8_t)trade->side;
  to->exit[i] = (int8_t)trade->exit;
  to->is_last[i] = (int8_t)trade->is_last;
}

/* Adds a bar's events of an account whose first bar is the run's; there must
   be room. */
static inline void crucible__records_add(crucible__records *records,
                                         uint32_t column,
                                         const crucible__events *events) {
  for (uint32_t i = 0; i < events->n_orders; ++i)
    crucible__records_add_order(records, column, &events->orders[i]);
  for (uint32_t i = 0; i < events->n_trades; ++i)
    crucible__records_add_trade(records, column, 0, &events->trades[i]);
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
