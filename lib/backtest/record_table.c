/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/record_table.h"

#include <stdint.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

/* ---- what the columns are ---- */

#define TYPE_OF(type)                                                          \
  _Generic((type)0, double : 'd', int64_t : 'l', uint32_t : 'u', int8_t : 'b')
#define FIELD(type, name)                                                      \
  {#name, TYPE_OF(type), sizeof(type), offsetof(VIEW, name)},
#define COUNT(fields) (sizeof(fields) / sizeof *(fields))
/* A table is its head and a pointer for each field. */
#define IS_LAID_OUT(table, fields)                                             \
  (sizeof(table) == sizeof(crucible__table) + COUNT(fields) * sizeof(void *))

#define VIEW crucible_orders
static const crucible__record_field order_fields[] = {
    CRUCIBLE__ORDER_COLUMNS(FIELD)};
#undef VIEW
#define VIEW crucible_trades
static const crucible__record_field trade_fields[] = {
    {"most", 'd', sizeof(double), 0}, CRUCIBLE__TRADE_COLUMNS(FIELD)};
#undef VIEW
#define VIEW crucible_positions
static const crucible__record_field position_fields[] = {
    CRUCIBLE__POSITION_COLUMNS(FIELD)};
#undef VIEW
#define VIEW crucible_drawdowns
static const crucible__record_field drawdown_fields[] = {
    CRUCIBLE__DRAWDOWN_COLUMNS(FIELD)};
#undef VIEW

_Static_assert(IS_LAID_OUT(crucible__order_table, order_fields) &&
                   IS_LAID_OUT(crucible__trade_table, trade_fields) &&
                   IS_LAID_OUT(crucible__position_table, position_fields) &&
                   IS_LAID_OUT(crucible__drawdown_table, drawdown_fields),
               "a column of a table has no field");

const crucible__record_kind crucible__order_kind = {
    "orders", order_fields, COUNT(order_fields), sizeof(crucible_orders)};
const crucible__record_kind crucible__trade_kind = {
    "trades", trade_fields, COUNT(trade_fields), sizeof(crucible_trades)};
const crucible__record_kind crucible__position_kind = {
    "positions", position_fields, COUNT(position_fields),
    sizeof(crucible_positions)};
const crucible__record_kind crucible__drawdown_kind = {
    "drawdowns", drawdown_fields, COUNT(drawdown_fields),
    sizeof(crucible_drawdowns)};

/* ---- room ---- */

enum {
  ROWS_STEP = 8,    /* so that every column is aligned as its type needs */
  ROWS_APART = 512, /* one page of the widest columns */
  ROWS_FIRST = 64,
  ROWS_FEW = 256
};

/* Room for n rows and a little more. Columns that are whole pages apart would
   all want the same few lines of the cache when a row is written: one line more
   keeps them out of each other's way. */
static size_t capacity_for(size_t n) {
  if (n <= ROWS_FEW)
    return (n + ROWS_STEP - 1) / ROWS_STEP * ROWS_STEP;
  return (n + ROWS_APART - 1) / ROWS_APART * ROWS_APART + ROWS_STEP;
}

static size_t row_width(const crucible__record_kind *kind) {
  size_t width = 0;
  for (size_t i = 0; i < kind->n_fields; ++i)
    width += kind->fields[i].width;
  return width;
}

/* Points the columns of a table into its block. */
static void point(crucible__table *table, const crucible__record_kind *kind) {
  unsigned char *place = (unsigned char *)(table + 1), *column = table->block;
  for (size_t i = 0; i < kind->n_fields; ++i) {
    memcpy(place + i * sizeof column, &column, sizeof column);
    if (column != NULL)
      column += table->capacity * kind->fields[i].width;
  }
}

/* Moves the columns of a block from one capacity to another within it. Where
   they move apart the last goes first, where they close up the first. */
static void spread_columns(unsigned char *block,
                           const crucible__record_kind *kind, size_t n,
                           size_t from, size_t to) {
  size_t n_fields = kind->n_fields, before = to > from ? row_width(kind) : 0;
  for (size_t k = 0; k < n_fields; ++k) {
    size_t i = to > from ? n_fields - 1 - k : k;
    size_t width = kind->fields[i].width;
    if (to > from)
      before -= width;
    memmove(block + before * to, block + before * from, n * width);
    if (to <= from)
      before += width;
  }
}

crucible_status
crucible__table_resize(void *any, const crucible__record_kind *kind, size_t n) {
  crucible__table *table = any;
  size_t before = table->capacity, width = row_width(kind);
  if (n > SIZE_MAX - 2 * ROWS_APART)
    return crucible__fail(CRUCIBLE_E_NOMEM, "out of memory for %zu %s", n,
                          kind->name);
  size_t capacity = capacity_for(n);
  if (capacity == before)
    return CRUCIBLE_OK;
  if (capacity < before)
    spread_columns(table->block, kind, table->n, before, capacity);
  unsigned char *block = crucible__realloc(table->block, capacity, width);
  if (block == NULL) {
    if (capacity < before)
      spread_columns(table->block, kind, table->n, capacity, before);
    return CRUCIBLE_E_NOMEM;
  }
  table->block = block;
  if (capacity > before) {
    crucible__prefer_large_pages(block, capacity * width);
    spread_columns(block, kind, table->n, before, capacity);
  }
  table->capacity = capacity;
  point(table, kind);
  return CRUCIBLE_OK;
}

crucible_status crucible__table_reserve(void *any,
                                        const crucible__record_kind *kind,
                                        size_t n) {
  const crucible__table *table = any;
  if (n <= table->capacity - table->n)
    return CRUCIBLE_OK;
  if (n > SIZE_MAX - table->n)
    return crucible__fail(CRUCIBLE_E_NOMEM, "out of memory for %zu %s", n,
                          kind->name);
  size_t need = table->n + n;
  size_t twice = table->capacity > 0 ? 2 * table->capacity : ROWS_FIRST;
  return crucible__table_resize(any, kind, need > twice ? need : twice);
}

void crucible__table_free(void *any, const crucible__record_kind *kind) {
  crucible__table *table = any;
  crucible__free(table->block);
  *table = (crucible__table){0};
  point(table, kind);
}

/* ---- rows ---- */

void crucible__table_copy(void *any, const crucible__record_kind *kind,
                          size_t at, const void *any_from) {
  const crucible__table *table = any, *from = any_from;
  if (from->n == 0)
    return;
  unsigned char *to_column = table->block;
  const unsigned char *from_column = from->block;
  for (size_t i = 0; i < kind->n_fields; ++i) {
    size_t width = kind->fields[i].width;
    memcpy(to_column + at * width, from_column, from->n * width);
    to_column += table->capacity * width;
    from_column += from->capacity * width;
  }
}

/* So many rows stay in the nearest cache while their columns are written. */
enum { ROWS_NEAR = 64 };

#define WRITE(column, value)                                                   \
  for (size_t k = 0; k < n; ++k)                                               \
  to->column[at + k] = (value)

static void write_orders(const crucible__order_table *to, size_t at,
                         uint32_t column, const crucible__order_event *from,
                         size_t n) {
  WRITE(placed_ms, from[k].placed_ms);
  WRITE(ended_ms, from[k].ended_ms);
  WRITE(quantity, from[k].quantity);
  WRITE(limit_price, from[k].limit_price);
  WRITE(filled, from[k].filled);
  WRITE(fill_price, from[k].fill_price);
  WRITE(fee, from[k].fee);
  WRITE(spread, from[k].spread);
  WRITE(slippage, from[k].slippage);
  WRITE(impact, from[k].impact);
  WRITE(column, column);
  WRITE(id, from[k].id);
  WRITE(side, (int8_t)from[k].side);
  WRITE(purpose, (int8_t)from[k].purpose);
  WRITE(entry, (int8_t)from[k].entry);
  WRITE(status, (int8_t)from[k].status);
  WRITE(reason, (int8_t)from[k].reason);
  WRITE(liquidity, (int8_t)from[k].liquidity);
}

static void write_trades(const crucible__trade_table *to, size_t at,
                         uint32_t column, const crucible__trade_event *from,
                         size_t n) {
  WRITE(entry_ms, from[k].entry_ms);
  WRITE(exit_ms, from[k].exit_ms);
  WRITE(quantity, from[k].quantity);
  WRITE(entry_price, from[k].entry_price);
  WRITE(exit_price, from[k].exit_price);
  WRITE(result, from[k].result);
  WRITE(gross, from[k].gross);
  WRITE(fee, from[k].costs.fee);
  WRITE(spread, from[k].costs.spread);
  WRITE(slippage, from[k].costs.slippage);
  WRITE(impact, from[k].costs.impact);
  WRITE(funding, from[k].costs.funding);
  WRITE(dust, from[k].costs.dust);
  WRITE(mae, from[k].mae);
  WRITE(mfe, from[k].mfe);
  WRITE(most, from[k].most);
  WRITE(column, column);
  WRITE(bars, from[k].bars);
  WRITE(entry_bar, from[k].entry_bar);
  WRITE(exit_bar, from[k].exit_bar);
  WRITE(side, (int8_t)from[k].side);
  WRITE(exit, (int8_t)from[k].exit);
  WRITE(is_last, (int8_t)from[k].is_last);
}

void crucible__orders_write(const crucible__order_table *to, size_t at,
                            uint32_t column,
                            const crucible__order_event *orders, size_t n) {
  for (size_t i = 0; i < n; i += ROWS_NEAR)
    write_orders(to, at + i, column, orders + i,
                 n - i < ROWS_NEAR ? n - i : ROWS_NEAR);
}

void crucible__trades_write(const crucible__trade_table *to, size_t at,
                            uint32_t column,
                            const crucible__trade_event *trades, size_t n) {
  for (size_t i = 0; i < n; i += ROWS_NEAR)
    write_trades(to, at + i, column, trades + i,
                 n - i < ROWS_NEAR ? n - i : ROWS_NEAR);
}

/* Writes n and the columns' pointers into a whole view. */
static void show(const crucible__table *table,
                 const crucible__record_kind *kind, unsigned char *view) {
  const unsigned char *place = (const unsigned char *)(table + 1);
  memcpy(view, &kind->view_size, sizeof kind->view_size);
  memcpy(view + offsetof(crucible_orders, n), &table->n, sizeof table->n);
  for (size_t i = 0; i < kind->n_fields; ++i)
    if (kind->fields[i].view != 0)
      memcpy(view + kind->fields[i].view, place + i * sizeof(void *),
             sizeof(void *));
}

/* All views have n in the same place. */
_Static_assert(offsetof(crucible_orders, n) == offsetof(crucible_trades, n) &&
                   offsetof(crucible_orders, n) ==
                       offsetof(crucible_positions, n) &&
                   offsetof(crucible_orders, n) ==
                       offsetof(crucible_drawdowns, n),
               "a view of a table has n elsewhere");

crucible_status crucible__table_lend(const void *table,
                                     const crucible__record_kind *kind,
                                     void *view) {
  union {
    crucible_orders orders;
    crucible_trades trades;
    crucible_positions positions;
    crucible_drawdowns drawdowns;
  } whole = {.trades = {.n = 0}};
  show(table, kind, (unsigned char *)&whole);
  return crucible__result_write(view, &whole, kind->view_size, kind->name);
}

/* ---- what an account leaves behind ---- */

void crucible__records_free(crucible__records *records) {
  crucible__table_free(&records->orders, &crucible__order_kind);
  crucible__table_free(&records->trades, &crucible__trade_kind);
  crucible__table_free(&records->drawdowns, &crucible__drawdown_kind);
}

crucible_status crucible__records_lend(const crucible__records *records,
                                       crucible_orders *orders,
                                       crucible_trades *trades) {
  const size_t nothing = sizeof nothing;
  if (trades != NULL) /* writes nothing yet: looks at struct_size alone */
    CRUCIBLE__TRY(
        crucible__result_write(trades, &nothing, sizeof nothing, "trades"));
  if (orders != NULL)
    CRUCIBLE__TRY(
        crucible__table_lend(&records->orders, &crucible__order_kind, orders));
  if (trades != NULL)
    CRUCIBLE__TRY(
        crucible__table_lend(&records->trades, &crucible__trade_kind, trades));
  return CRUCIBLE_OK;
}
