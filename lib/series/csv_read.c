/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of CSV files: bytes in blocks, rows one by one, each checked
 * before the next.
 */
#include <stdio.h>
#include <string.h>

#include <crucible/series.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/numtext.h"
#include "series/bars.h"
#include "series/columns.h"
#include "series/csv_field.h"
#include "series/csv_row.h"
#include "series/csv_source.h"
#include "series/csv_spacing.h"

enum {
  BUFFER = 1 << 18, /* also the longest line; stays in the cache */
  NAME_SHOWN = 200  /* of the end of a long path, in texts */
};

typedef struct reader {
  char name[NAME_SHOWN + 4]; /* the path as texts show it */
  crucible_csv_options options;
  crucible__csv_source source;
  crucible__csv_row row;
  crucible__csv_spacing spacing;
  crucible_series *series;
  int64_t time_before; /* open time of the row before */
  uint64_t n_rows;
  unsigned has; /* bits of the columns that are filled, from the first row */
  /* + a line end where the file has none */
  char buffer[BUFFER + 1 + CRUCIBLE__CSV_PADDING];
} reader;

void crucible_csv_options_init(crucible_csv_options *options,
                               size_t struct_size) {
  const crucible_csv_options defaults = {.struct_size = sizeof defaults,
                                         .from_ms = INT64_MIN,
                                         .until_ms = INT64_MAX};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

/* A column is filled in every row or in none. */
static crucible_status check_filled(reader *r, unsigned filled) {
  if (r->n_rows == 0) {
    r->has = filled;
    return CRUCIBLE_OK;
  }
  for (int c = CRUCIBLE__QUOTE_VOLUME; c < CRUCIBLE__N_COLUMNS; ++c) {
    if (((filled ^ r->has) & 1U << c) == 0)
      continue;
    (void)crucible__fail(
        CRUCIBLE_E_DATA,
        "%s is %s here and %s in the rows before: fill it in every row, or "
        "leave it out by columns=\"%s=\"",
        crucible__column_name(c), filled & 1U << c ? "filled" : "empty",
        filled & 1U << c ? "empty" : "filled", crucible__column_name(c));
    return crucible__csv_row_fail(&r->row, CRUCIBLE_E_DATA, r->row.at[c]);
  }
  return CRUCIBLE_OK;
}

static crucible_status fail_order(const reader *r, int64_t time_ms) {
  char text[CRUCIBLE__TIME_TEXT], before[CRUCIBLE__TIME_TEXT];
  int n = (int)crucible__write_time(time_ms, text);
  int n_before = (int)crucible__write_time(r->time_before, before);
  if (time_ms == r->time_before)
    (void)crucible__fail(CRUCIBLE_E_DATA,
                         "open_time %.*s is there twice: keep one of the rows",
                         n, text);
  else
    (void)crucible__fail(CRUCIBLE_E_DATA,
                         "open_time %.*s is before %.*s of the row before: "
                         "sort the rows by time",
                         n, text, n_before, before);
  return crucible__csv_row_fail(&r->row, CRUCIBLE_E_DATA,
                                r->row.at[CRUCIBLE__OPEN_TIME]);
}

static crucible_status fail_rule(const reader *r, const crucible_bar *bar) {
  char text[CRUCIBLE__RULE_TEXT];
  int column = crucible__bar_explain(bar, r->has, text);
  (void)crucible__fail(CRUCIBLE_E_DATA, "%s: correct the row or remove it",
                       text);
  return crucible__csv_row_fail(&r->row, CRUCIBLE_E_DATA, r->row.at[column]);
}

static crucible_status take_row(reader *r, const char *end, const char **next) {
  crucible_bar bar;
  unsigned filled = 0;
  CRUCIBLE__TRY(crucible__csv_row_read(&r->row, end, &bar, &filled, next));
  if (filled != r->has)
    CRUCIBLE__TRY(check_filled(r, filled));
  if (r->n_rows > 0 && bar.open_time_ms <= r->time_before)
    return fail_order(r, bar.open_time_ms);
  if (!crucible__bar_is_sound(&bar, r->has))
    return fail_rule(r, &bar);
  const int is_kept = bar.open_time_ms >= r->options.from_ms &&
                      bar.open_time_ms < r->options.until_ms;
  const crucible__csv_row_place place = {
      r->row.line, (uint64_t)(r->row.at[CRUCIBLE__OPEN_TIME] - r->row.text) + 1,
      bar.open_time_ms, r->time_before};
  crucible__csv_spacing_add(&r->spacing, &place, r->n_rows == 0, is_kept);
  if (is_kept) {
    if (r->series->n == r->series->capacity)
      CRUCIBLE__TRY(
          crucible__series_reserve(r->series, r->series->n + 1, r->has, 1));
    crucible__series_push(r->series, &bar);
  }
  r->time_before = bar.open_time_ms;
  ++r->n_rows;
  return CRUCIBLE_OK;
}

/* The first line that is not blank: the header, or a row that is read again. */
static crucible_status take_first_line(reader *r, const char *block_end,
                                       const char **next) {
  const char *begin = r->row.text;
  const char *end = memchr(begin, '\n', (size_t)(block_end - begin));
  const char *field;
  if (r->row.line == 1 && end - begin >= 3 &&
      memcmp(begin, "\xef\xbb\xbf", 3) == 0)
    begin += 3; /* byte order mark of UTF-8 */
  r->row.text = begin;
  crucible_status status = crucible__csv_layout_learn(
      &r->row.layout, begin, end, r->options.columns, &field);
  if (status != CRUCIBLE_OK)
    return crucible__csv_row_fail(&r->row, status,
                                  field != NULL ? field : begin);
  *next = r->row.layout.has_header ? end + 1 : begin;
  return CRUCIBLE_OK;
}

/* The lines of [text, end), the last byte of which is a line end. */
static crucible_status take_lines(reader *r, const char *text,
                                  const char *end) {
  while (text < end) {
    const char *next = crucible__csv_line_end(text);
    if (next == NULL) {
      r->row.text = text;
      if (r->row.layout.n_fields == 0) {
        CRUCIBLE__TRY(take_first_line(r, end, &next));
        if (!r->row.layout.has_header) {
          text = next;
          continue;
        }
      } else {
        CRUCIBLE__TRY(take_row(r, end, &next));
      }
    }
    text = next;
    ++r->row.line;
  }
  return CRUCIBLE_OK;
}

/* Where the last line end of [text, end) is, or NULL. */
static const char *last_line_end(const char *text, const char *end) {
  while (end > text)
    if (*--end == '\n')
      return end;
  return NULL;
}

static crucible_status read_lines(reader *r) {
  char *buffer = r->buffer;
  size_t held = 0;
  for (;;) {
    size_t n;
    CRUCIBLE__TRY(crucible__csv_source_read(&r->source, buffer + held,
                                            BUFFER - held, &n));
    if (n == 0)
      break;
    const char *last = last_line_end(buffer + held, buffer + held + n);
    held += n;
    if (last != NULL) {
      CRUCIBLE__TRY(take_lines(r, buffer, last + 1));
      held -= (size_t)(last + 1 - buffer);
      memmove(buffer, last + 1, held);
    } else if (held == BUFFER) {
      return crucible__fail(CRUCIBLE_E_DATA,
                            "%s:%llu:1: the line is longer than %d bytes: "
                            "this is no CSV file of bars",
                            r->name, (unsigned long long)r->row.line, BUFFER);
    }
  }
  if (held == 0)
    return CRUCIBLE_OK;
  buffer[held] = '\n';
  return take_lines(r, buffer, buffer + held + 1);
}

/* A row may be wrong because the gzip stream is damaged, which is only known
   at its end: then that is what has to be told. */
static crucible_status blame(reader *r, crucible_status status) {
  size_t n = 1;
  if (!r->source.gzip || status != CRUCIBLE_E_DATA)
    return status;
  while (n > 0) {
    crucible_status damage =
        crucible__csv_source_read(&r->source, r->buffer, BUFFER, &n);
    if (damage != CRUCIBLE_OK)
      return damage;
  }
  return status;
}

static crucible_status fail_range(const reader *r) {
  char first[CRUCIBLE__TIME_TEXT], last[CRUCIBLE__TIME_TEXT];
  int n_first = (int)crucible__write_time(r->spacing.first.time_ms, first);
  int n_last = (int)crucible__write_time(r->time_before, last);
  return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                        "%s: has no bar in the range that from_ms and until_ms "
                        "give: it holds %.*s to %.*s",
                        r->name, n_first, first, n_last, last);
}

static crucible_status finish(reader *r) {
  if (r->row.layout.n_fields == 0)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "%s:1:1: the file is empty: give one with bars",
                          r->name);
  if (r->n_rows == 0)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "%s:%llu:1: no row follows the header: give a file "
                          "with bars",
                          r->name, (unsigned long long)r->row.line);
  if (r->series->n == 0)
    return fail_range(r);
  crucible__csv_row_place place;
  crucible_status status = crucible__csv_spacing_end(
      &r->spacing, r->options.gaps == CRUCIBLE_GAPS_REFUSE,
      &r->series->timeframe_ms, &place);
  if (status == CRUCIBLE_OK)
    return crucible__series_trim(r->series);
  if (place.line == 0)
    return crucible__fail_at(status, "%s", r->name);
  return crucible__fail_at(status, "%s:%llu:%llu", r->name,
                           (unsigned long long)place.line,
                           (unsigned long long)place.column);
}

static crucible_status check_options(const crucible_csv_options *o) {
  if (o->timeframe_ms < 0 || o->timeframe_ms > CRUCIBLE__TIMEFRAME_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.timeframe_ms is %lld: give the length of a "
                          "bar, or 0 to find it",
                          (long long)o->timeframe_ms);
  if (o->time_unit < CRUCIBLE_TIME_AUTO || o->time_unit > CRUCIBLE_TIME_ISO)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.time_unit is %d: give a CRUCIBLE_TIME_*",
                          (int)o->time_unit);
  if (o->gaps != CRUCIBLE_GAPS_ALLOW && o->gaps != CRUCIBLE_GAPS_REFUSE)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.gaps is %d: give a CRUCIBLE_GAPS_*",
                          (int)o->gaps);
  if (o->from_ms >= o->until_ms)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.from_ms %lld is not before options.until_ms "
                          "%lld: no bar can be between them",
                          (long long)o->from_ms, (long long)o->until_ms);
  CRUCIBLE__TRY(crucible__check_step(o->price_tick, "options.price_tick"));
  return crucible__check_step(o->lot_step, "options.lot_step");
}

/* The symbol that a file's name begins with: "BTCUSDT" of
   "klines/BTCUSDT-5m-2024.csv.gz". */
static crucible_series *new_series(const reader *r, const char *path) {
  if (r->options.symbol != NULL)
    return crucible__series_new(r->options.symbol);
  const char *slash = strrchr(path, '/');
  const char *begin = slash != NULL ? slash + 1 : path;
  size_t n = strcspn(begin, "-");
  if (begin[n] == '\0')
    n = strcspn(begin, ".");
  char symbol[64];
  if (n == 0 || n >= sizeof symbol)
    return crucible__series_new(NULL);
  memcpy(symbol, begin, n);
  symbol[n] = '\0';
  return crucible__series_new(symbol);
}

/* From the file `path` or, with bytes, from memory that path only names. */
static crucible_status read_into(reader *r, const char *path, const char *bytes,
                                 size_t n_bytes) {
  r->series = new_series(r, path);
  if (r->series == NULL)
    return CRUCIBLE_E_NOMEM;
  r->series->price_tick = r->options.price_tick;
  r->series->lot_step = r->options.lot_step;
  crucible__csv_spacing_init(&r->spacing, r->options.timeframe_ms);
  r->row.name = r->name;
  r->row.line = 1;
  r->row.time_unit = r->options.time_unit;
  size_t length = strlen(path);
  (void)snprintf(r->name, sizeof r->name, "%s%s",
                 length > NAME_SHOWN ? "..." : "",
                 path + (length > NAME_SHOWN ? length - NAME_SHOWN : 0));
  CRUCIBLE__TRY(
      bytes == NULL
          ? crucible__csv_source_open(&r->source, path, r->name)
          : crucible__csv_source_from(&r->source, bytes, n_bytes, r->name));
  crucible_status status = read_lines(r);
  if (status != CRUCIBLE_OK)
    status = blame(r, status);
  crucible__csv_source_close(&r->source);
  return status == CRUCIBLE_OK ? finish(r) : status;
}

static crucible_status read_csv(const char *path, const char *bytes,
                                size_t n_bytes,
                                const crucible_csv_options *options,
                                crucible_series **series) {
  crucible_csv_options known;
  crucible_csv_options_init(&known, sizeof known);
  CRUCIBLE__TRY(crucible__options_read(&known, sizeof known, options,
                                       "crucible_csv_options"));
  CRUCIBLE__TRY(check_options(&known));
  reader *r = crucible__alloc_zero(1, sizeof *r);
  if (r == NULL)
    return CRUCIBLE_E_NOMEM;
  r->options = known;
  crucible_status status = read_into(r, path, bytes, n_bytes);
  if (status == CRUCIBLE_OK)
    *series = r->series;
  else
    crucible_series_destroy(r->series);
  crucible__free(r);
  return status;
}

crucible_status crucible_series_read_csv(const char *path,
                                         const crucible_csv_options *options,
                                         crucible_series **series) {
  if (series == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "series is NULL");
  *series = NULL;
  if (path == NULL || *path == '\0')
    return crucible__fail(CRUCIBLE_E_INVALID, "path is %s: name a CSV file",
                          path == NULL ? "NULL" : "empty");
  return read_csv(path, NULL, 0, options, series);
}

crucible_status crucible_series_parse_csv(const char *bytes, size_t n_bytes,
                                          const char *name,
                                          const crucible_csv_options *options,
                                          crucible_series **series) {
  if (series == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "series is NULL");
  *series = NULL;
  if (bytes == NULL || name == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          bytes == NULL ? "bytes" : "name");
  return read_csv(name, bytes, n_bytes, options, series);
}
