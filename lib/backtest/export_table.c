/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/export_table.h"

#include <string.h>

#include "base/base_status.h"

/* ---- words ---- */

#define WORDS(name, begin, ...)                                                \
  static const char *const name##_texts[] = {__VA_ARGS__};                     \
  static const crucible__words name = {                                        \
      name##_texts, sizeof name##_texts / sizeof *name##_texts, begin, 0}

WORDS(order_sides, -1, "sell", NULL, "buy");
WORDS(position_sides, -1, "short", NULL, "long");
WORDS(purposes, CRUCIBLE_PURPOSE_ENTRY, "entry", "exit_score", "exit_time",
      "stop", "target", "liquidation", "end", "rebalance", "order", "trail",
      "exit_signal", "reverse");
WORDS(styles, 1, "market", "limit", "post_only", "stop", "stop_limit",
      "trailing_stop");
WORDS(statuses, CRUCIBLE_ORDER_FILLED, "filled", "rejected", "cancelled",
      "expired");
WORDS(reasons, CRUCIBLE_REASON_NONE, "none", "below_lot", "min_quantity",
      "min_notional", "no_cash", "no_volume", "no_forecast", "would_cross",
      "gap", "time_to_live", "closed", "stopped", "participation", "oco",
      "reduce_only", "no_margin", "not_shortable", "book_full", "requested",
      "bad_price", "same_id");
WORDS(liquidities, CRUCIBLE_LIQUIDITY_NONE, "none", "maker", "taker");
static const char *const flag_texts[] = {"false", "true"};
const crucible__words crucible__flag_words = {flag_texts, 2, 0, 1};

static const struct {
  const char *column;
  const crucible__words *words;
} columns_with_words[] = {
    {"purpose", &purposes},
    {"exit", &purposes},
    {"entry", &styles},
    {"status", &statuses},
    {"reason", &reasons},
    {"liquidity", &liquidities},
    {"is_last", &crucible__flag_words},
    {"is_open", &crucible__flag_words},
};

static const crucible__words *words_of(const char *column, int is_order) {
  if (strcmp(column, "side") == 0)
    return is_order ? &order_sides : &position_sides;
  for (size_t i = 0; i < sizeof columns_with_words / sizeof *columns_with_words;
       ++i)
    if (strcmp(column, columns_with_words[i].column) == 0)
      return columns_with_words[i].words;
  return NULL;
}

const char *crucible__word_of(const crucible__words *words, int32_t value) {
  return value >= words->first && value - words->first < words->n
             ? words->texts[value - words->first]
             : NULL;
}

/* ---- tables of records ---- */

static const crucible__record_field *field_at(const crucible__record_kind *kind,
                                              size_t offset) {
  for (size_t i = 0; i < kind->n_fields; ++i)
    if (kind->fields[i].view == offset)
      return &kind->fields[i];
  return NULL;
}

crucible_status crucible__export_of_view(const void *view,
                                         const crucible__record_kind *kind,
                                         crucible__export *out) {
  const unsigned char *bytes = view;
  const size_t n_at = offsetof(crucible_orders, n);
  size_t given = 0, size = kind->view_size;
  if (view == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL", kind->name);
  memcpy(&given, bytes, sizeof given);
  if (given < n_at + sizeof(size_t) || given > (size_t)1 << 20)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.struct_size is %zu: set it to sizeof(%s)",
                          kind->name, given, kind->name);
  if (given < size)
    size = given;
  out->name = kind->name;
  out->n_columns = 0;
  memcpy(&out->n_rows, bytes + n_at, sizeof out->n_rows);
  for (size_t at = n_at + sizeof(size_t); at + sizeof(void *) <= size;
       at += sizeof(void *)) {
    const crucible__record_field *field = field_at(kind, at);
    crucible__export_column *column = &out->columns[out->n_columns];
    memcpy(&column->first, bytes + at, sizeof column->first);
    if (column->first == NULL && out->n_rows > 0)
      continue;
    column->name = field->name;
    column->stride = field->width;
    column->type = field->type;
    column->words = words_of(field->name, kind == &crucible__order_kind);
    ++out->n_columns;
  }
  return CRUCIBLE_OK;
}
