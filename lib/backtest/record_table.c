/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/record_table.h"

#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

/* Where a column's value stands in an event, and where the column's pointer
   stands in the public view. Wide columns come first, so that all are aligned.
   The number of the run's column is not in the event; what is one of a few
   words is an int32_t there and an int8_t in the table. */
typedef struct field {
  size_t source, view;
  size_t width;
} field;

enum { NO_SOURCE = 9999 };

#define FIELD(name, event, view_type, column)                                  \
  {                                                                            \
    offsetof(event, name), offsetof(view_type, column),                        \
        sizeof(*((view_type *)0)->column)                                      \
  }
#define ORDER(name) FIELD(name, crucible__order_event, crucible_orders, name)
#define TRADE(name) FIELD(name, crucible__trade_event, crucible_trades, name)
#define COST(name)                                                             \
  FIELD(costs.name, crucible__trade_event, crucible_trades, name)

static const field ORDER_FIELDS[] = {
    ORDER(placed_ms),
    ORDER(ended_ms),
    ORDER(quantity),
    ORDER(limit_price),
    ORDER(filled),
    ORDER(fill_price),
    ORDER(fee),
    ORDER(spread),
    ORDER(slippage),
    ORDER(impact),
    {NO_SOURCE, offsetof(crucible_orders, column), sizeof(uint32_t)},
    ORDER(id),
    ORDER(side),
    ORDER(purpose),
    ORDER(entry),
    ORDER(status),
    ORDER(reason),
    ORDER(liquidity),
};

static const field TRADE_FIELDS[] = {
    TRADE(entry_ms),
    TRADE(exit_ms),
    TRADE(quantity),
    TRADE(entry_price),
    TRADE(exit_price),
    TRADE(result),
    TRADE(gross),
    COST(fee),
    COST(spread),
    COST(slippage),
    COST(impact),
    COST(funding),
    COST(dust),
    TRADE(mae),
    TRADE(mfe),
    {NO_SOURCE, offsetof(crucible_trades, column), sizeof(uint32_t)},
    TRADE(bars),
    TRADE(entry_bar),
    TRADE(exit_bar),
    TRADE(side),
    TRADE(exit),
    TRADE(is_last),
};

enum {
  N_ORDER_FIELDS = sizeof ORDER_FIELDS / sizeof ORDER_FIELDS[0],
  N_TRADE_FIELDS = sizeof TRADE_FIELDS / sizeof TRADE_FIELDS[0]
};

static size_t row_width(const field *fields, size_t n_fields) {
  size_t width = 0;
  for (size_t i = 0; i < n_fields; ++i)
    width += fields[i].width;
  return width;
}

static crucible_status grow(crucible__table *table, size_t need,
                            const field *fields, size_t n_fields) {
  if (need <= table->capacity)
    return CRUCIBLE_OK;
  size_t capacity = table->capacity < 32 ? 64 : 2 * table->capacity;
  if (capacity < need)
    capacity = need;
  unsigned char *block = crucible__alloc(capacity, row_width(fields, n_fields));
  if (block == NULL)
    return CRUCIBLE_E_NOMEM;
  unsigned char *to = block;
  const unsigned char *from = table->block;
  for (size_t i = 0; i < n_fields && table->n > 0; ++i) {
    memcpy(to, from, table->n * fields[i].width);
    to += capacity * fields[i].width;
    from += table->capacity * fields[i].width;
  }
  crucible__free(table->block);
  table->block = block;
  table->capacity = capacity;
  return CRUCIBLE_OK;
}

static void add(crucible__table *table, const field *fields, size_t n_fields,
                const void *event, uint32_t column) {
  unsigned char *to = table->block;
  for (size_t i = 0; i < n_fields; ++i) {
    const void *value = fields[i].source == NO_SOURCE
                            ? (const void *)&column
                            : (const unsigned char *)event + fields[i].source;
    if (fields[i].width == sizeof(int8_t))
      ((int8_t *)to)[table->n] = (int8_t) * (const int32_t *)value;
    else
      memcpy(to + table->n * fields[i].width, value, fields[i].width);
    to += table->capacity * fields[i].width;
  }
  ++table->n;
}

static void append(crucible__table *table, const field *fields, size_t n_fields,
                   const crucible__table *more) {
  if (more->n == 0)
    return;
  unsigned char *to = table->block;
  const unsigned char *from = more->block;
  for (size_t i = 0; i < n_fields; ++i) {
    size_t width = fields[i].width;
    memcpy(to + table->n * width, from, more->n * width);
    to += table->capacity * width;
    from += more->capacity * width;
  }
  table->n += more->n;
}

/* Writes n and the columns' pointers into a view. */
static void show(const crucible__table *table, const field *fields,
                 size_t n_fields, void *view, size_t n_offset) {
  const unsigned char *column = table->block;
  memcpy((unsigned char *)view + n_offset, &table->n, sizeof table->n);
  for (size_t i = 0; i < n_fields; ++i) {
    const void *shown = column;
    memcpy((unsigned char *)view + fields[i].view, &shown, sizeof shown);
    if (column != NULL)
      column += table->capacity * fields[i].width;
  }
}

crucible_status crucible__records_reserve(crucible__records *records,
                                          size_t n_orders, size_t n_trades) {
  CRUCIBLE__TRY(grow(&records->orders, records->orders.n + n_orders,
                     ORDER_FIELDS, N_ORDER_FIELDS));
  return grow(&records->trades, records->trades.n + n_trades, TRADE_FIELDS,
              N_TRADE_FIELDS);
}

void crucible__records_add(crucible__records *records, uint32_t column,
                           const crucible__events *events) {
  for (uint32_t i = 0; i < events->n_orders; ++i)
    add(&records->orders, ORDER_FIELDS, N_ORDER_FIELDS, &events->orders[i],
        column);
  for (uint32_t i = 0; i < events->n_trades; ++i)
    add(&records->trades, TRADE_FIELDS, N_TRADE_FIELDS, &events->trades[i],
        column);
}

void crucible__records_append(crucible__records *records,
                              const crucible__records *from) {
  append(&records->orders, ORDER_FIELDS, N_ORDER_FIELDS, &from->orders);
  append(&records->trades, TRADE_FIELDS, N_TRADE_FIELDS, &from->trades);
}

void crucible__records_free(crucible__records *records) {
  crucible__free(records->orders.block);
  crucible__free(records->trades.block);
  *records = (crucible__records){0};
}

crucible_status crucible__records_lend(const crucible__records *records,
                                       crucible_orders *orders,
                                       crucible_trades *trades) {
  crucible_orders all_orders = {.struct_size = sizeof all_orders};
  crucible_trades all_trades = {.struct_size = sizeof all_trades};
  show(&records->orders, ORDER_FIELDS, N_ORDER_FIELDS, &all_orders,
       offsetof(crucible_orders, n));
  show(&records->trades, TRADE_FIELDS, N_TRADE_FIELDS, &all_trades,
       offsetof(crucible_trades, n));
  if (trades != NULL) /* writes nothing yet: looks at struct_size alone */
    CRUCIBLE__TRY(
        crucible__result_write(trades, &all_trades, sizeof(size_t), "trades"));
  if (orders != NULL)
    CRUCIBLE__TRY(crucible__result_write(orders, &all_orders, sizeof all_orders,
                                         "orders"));
  if (trades != NULL)
    CRUCIBLE__TRY(crucible__result_write(trades, &all_trades, sizeof all_trades,
                                         "trades"));
  return CRUCIBLE_OK;
}
