/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as CSV and JSON. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backtest/export_table.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/new_file.h"
#include "base/numtext.h"

enum {
  NAME_TEXT = 64,  /* the longest name of a column, quotes and comma too */
  VALUE_TEXT = 80, /* the longest value: a time in both its forms */
  ROW_TEXT = CRUCIBLE__EXPORT_COLUMNS * (2 * NAME_TEXT + VALUE_TEXT),
  BUFFER = 4 * ROW_TEXT
};

typedef struct writer {
  crucible__new_file file;
  int is_json;
  size_t n;
  char text[BUFFER];
} writer;

static void add(writer *w, const char *text) {
  size_t n = strlen(text);
  memcpy(w->text + w->n, text, n);
  w->n += n;
}

/* A key in JSON, nothing in CSV, where the first line has them. */
static void add_key(writer *w, const char *name, size_t length,
                    const char *ending, int is_first) {
  if (!w->is_json) {
    if (!is_first)
      add(w, ",");
    return;
  }
  add(w, is_first ? "\"" : ", \"");
  memcpy(w->text + w->n, name, length);
  w->n += length;
  add(w, ending);
  add(w, "\": ");
}

static void add_quoted(writer *w, const char *text) {
  if (w->is_json)
    add(w, "\"");
  add(w, text);
  if (w->is_json)
    add(w, "\"");
}

/* What is not a number is empty in CSV and null in JSON, which has no infinity
   either. */
static void add_double(writer *w, double value) {
  if (w->is_json && !isfinite(value))
    add(w, "null");
  else if (!isnan(value))
    w->n += crucible__write_double(value, w->text + w->n);
}

static void add_unsigned(writer *w, uint64_t value) {
  w->n += (size_t)sprintf(w->text + w->n, "%" PRIu64, value);
}

static void add_signed(writer *w, int64_t value) {
  w->n += (size_t)sprintf(w->text + w->n, "%" PRId64, value);
}

static void add_small(writer *w, const crucible__words *words, int32_t value) {
  const char *word = words != NULL ? crucible__word_of(words, value) : NULL;
  if (word == NULL)
    add_signed(w, value);
  else if (words->is_flag)
    add(w, word);
  else
    add_quoted(w, word);
}

/* Length of "placed" in placed_ms. */
static size_t stem_of(const char *name) {
  size_t n = strlen(name);
  return n > 3 && strcmp(name + n - 3, "_ms") == 0 ? n - 3 : n;
}

/* A time is two columns: as text for people, in ms for programs. */
static void add_time(writer *w, const char *name, int64_t value, int is_first) {
  char text[CRUCIBLE__TIME_TEXT];
  add_key(w, name, stem_of(name), "_time", is_first);
  text[crucible__write_time(value, text)] = '\0';
  add_quoted(w, text);
  add_key(w, name, strlen(name), "", 0);
  add_signed(w, value);
}

static void add_value(writer *w, const crucible__export_column *column,
                      size_t row, int is_first) {
  const unsigned char *at = column->first + row * column->stride;
  double d;
  int64_t l;
  uint64_t q;
  uint32_t u;
  int32_t i;
  int8_t b;
  if (column->type == 'l') {
    memcpy(&l, at, sizeof l);
    add_time(w, column->name, l, is_first);
    return;
  }
  add_key(w, column->name, strlen(column->name), "", is_first);
  switch (column->type) {
  case 'd':
    memcpy(&d, at, sizeof d);
    add_double(w, d);
    break;
  case 'q':
    memcpy(&q, at, sizeof q);
    add_unsigned(w, q);
    break;
  case 'u':
    memcpy(&u, at, sizeof u);
    add_unsigned(w, u);
    break;
  case 'i':
    memcpy(&i, at, sizeof i);
    add_small(w, column->words, i);
    break;
  default:
    memcpy(&b, at, sizeof b);
    add_small(w, column->words, b);
    break;
  }
}

static void add_header(writer *w, const crucible__export *table) {
  for (size_t c = 0; c < table->n_columns; ++c) {
    const crucible__export_column *column = &table->columns[c];
    if (c > 0)
      add(w, ",");
    if (column->type == 'l') {
      w->n += (size_t)sprintf(w->text + w->n, "%.*s_time,",
                              (int)stem_of(column->name), column->name);
    }
    add(w, column->name);
  }
  add(w, "\n");
}

static crucible_status flush(writer *w) {
  size_t n = w->n;
  w->n = 0;
  return crucible__new_file_write(&w->file, w->text, n);
}

static crucible_status write_rows(writer *w, const crucible__export *table) {
  if (w->is_json)
    add(w, "[");
  else
    add_header(w, table);
  for (size_t row = 0; row < table->n_rows; ++row) {
    if (w->is_json)
      add(w, row > 0 ? ",\n{" : "\n{");
    for (size_t c = 0; c < table->n_columns; ++c)
      add_value(w, &table->columns[c], row, c == 0);
    add(w, w->is_json ? "}" : "\n");
    if (w->n > BUFFER - ROW_TEXT)
      CRUCIBLE__TRY(flush(w));
  }
  if (w->is_json)
    add(w, "\n]\n");
  return flush(w);
}

/* Writes a table in a format (CRUCIBLE_FORMAT_*) to a path, whole or not at
   all. */
static crucible_status export_write(const crucible__export *table,
                                    int32_t format, const char *path) {
  if (format != CRUCIBLE_FORMAT_CSV && format != CRUCIBLE_FORMAT_JSON)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "format is %d: give CRUCIBLE_FORMAT_CSV or _JSON",
                          (int)format);
  writer *w = crucible__alloc(1, sizeof *w);
  if (w == NULL)
    return CRUCIBLE_E_NOMEM;
  w->n = 0;
  w->is_json = format == CRUCIBLE_FORMAT_JSON;
  crucible_status status = crucible__new_file_open(&w->file, path);
  if (status == CRUCIBLE_OK)
    status = write_rows(w, table);
  if (status == CRUCIBLE_OK)
    status = crucible__new_file_keep(&w->file);
  crucible__new_file_close(&w->file);
  crucible__free(w);
  return status;
}

crucible_status crucible_orders_write(const crucible_orders *orders,
                                      int32_t format, const char *path) {
  crucible__export table;
  CRUCIBLE__TRY(
      crucible__export_of_view(orders, &crucible__order_kind, &table));
  return export_write(&table, format, path);
}

crucible_status crucible_trades_write(const crucible_trades *trades,
                                      int32_t format, const char *path) {
  crucible__export table;
  CRUCIBLE__TRY(
      crucible__export_of_view(trades, &crucible__trade_kind, &table));
  return export_write(&table, format, path);
}

crucible_status crucible_backtest_write(const crucible_backtest *backtest,
                                        int32_t table, int32_t format,
                                        const char *path) {
  crucible__export made;
  CRUCIBLE__TRY(crucible__export_of_run(backtest, table, &made));
  return export_write(&made, format, path);
}
