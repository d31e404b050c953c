/* SPDX-License-Identifier: Apache-2.0 */
#include "series/csv_layout.h"

#include <stdio.h>
#include <string.h>

#include "base/base_status.h"
#include "base/numtext.h"
#include "series/columns.h"
#include "series/csv_field.h"

enum {
  NAME_TEXT = 48, /* of a header name, letters and digits only */
  N_NAMES = 12    /* at most this many names per column */
};

/* Names as files have them, lower case, letters and digits only; ours first. */
static const char *const names_of[CRUCIBLE__N_COLUMNS][N_NAMES] = {
    [CRUCIBLE__OPEN_TIME] = {"opentime", "opentimems", "timestamp", "time",
                             "datetime", "date", "ts", "start", "starttime",
                             "t", "tsevent", "unix"},
    [CRUCIBLE__OPEN] = {"open", "o", "openprice"},
    [CRUCIBLE__HIGH] = {"high", "h", "highprice"},
    [CRUCIBLE__LOW] = {"low", "l", "lowprice"},
    [CRUCIBLE__CLOSE] = {"close", "c", "closeprice"},
    [CRUCIBLE__VOLUME] = {"volume", "v", "vol", "basevolume", "volumebase",
                          "baseassetvolume"},
    [CRUCIBLE__QUOTE_VOLUME] = {"quotevolume", "quoteassetvolume",
                                "volumequote", "turnover"},
    [CRUCIBLE__TRADES] = {"trades", "count", "numberoftrades", "numtrades",
                          "tradecount", "tradescount", "ntrades"},
    [CRUCIBLE__TAKER_BUY_BASE] = {"takerbuybase", "takerbuyvolume",
                                  "takerbuybaseassetvolume",
                                  "takerbuybasevolume"},
};

/* The kline layout: open_time open high low close volume close_time
   quote_volume trades taker_buy_base taker_buy_quote ignore. */
static const uint8_t kline_order[] = {
    CRUCIBLE__OPEN_TIME,  CRUCIBLE__OPEN,
    CRUCIBLE__HIGH,       CRUCIBLE__LOW,
    CRUCIBLE__CLOSE,      CRUCIBLE__VOLUME,
    CRUCIBLE__CSV_UNUSED, CRUCIBLE__QUOTE_VOLUME,
    CRUCIBLE__TRADES,     CRUCIBLE__TAKER_BUY_BASE,
    CRUCIBLE__CSV_UNUSED, CRUCIBLE__CSV_UNUSED};

/* The first line, cut into fields. */
typedef struct first_line {
  crucible__csv_field fields[CRUCIBLE__CSV_FIELDS];
  uint8_t taken[CRUCIBLE__CSV_FIELDS]; /* by the option `columns` */
} first_line;

static char delimiter_of(const char *line, const char *end) {
  if (memchr(line, '\t', (size_t)(end - line)) != NULL)
    return '\t';
  return memchr(line, ';', (size_t)(end - line)) != NULL ? ';' : ',';
}

static crucible_status cut_line(crucible__csv_layout *layout, first_line *first,
                                const char *line, const char **field) {
  const char *p = line;
  for (layout->n_fields = 0;; ++p) {
    size_t k = layout->n_fields;
    if (k == CRUCIBLE__CSV_FIELDS)
      return crucible__fail(CRUCIBLE_E_DATA,
                            "more than %d columns: this is no file of bars",
                            (int)CRUCIBLE__CSV_FIELDS);
    first->fields[k] = crucible__csv_cut(p, layout->delimiter);
    layout->n_fields = k + 1;
    if (first->fields[k].fault != NULL) {
      *field = first->fields[k].begin;
      return crucible__fail(CRUCIBLE_E_DATA, "column %zu: %s", k + 1,
                            first->fields[k].fault);
    }
    p = first->fields[k].next;
    if (crucible__csv_line_end(p) != NULL)
      return CRUCIBLE_OK;
  }
}

/* A header has no field that is a number or a time. */
static int is_header(const crucible__csv_layout *layout,
                     const first_line *first) {
  for (size_t k = 0; k < layout->n_fields; ++k) {
    double number;
    int64_t time;
    if (crucible__csv_number(&first->fields[k], &number) == NULL ||
        crucible__csv_time(&first->fields[k], CRUCIBLE_TIME_ISO, &time) == NULL)
      return 0;
  }
  return 1;
}

/* Lower case, letters and digits only; "" if it does not fit. */
static void plain_name(const char *begin, const char *end,
                       char text[NAME_TEXT]) {
  size_t n = 0;
  for (const char *p = begin; p < end; ++p) {
    char c = *p;
    if (c >= 'A' && c <= 'Z')
      c = (char)(c - 'A' + 'a');
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
      continue;
    if (n == NAME_TEXT - 1) {
      n = 0;
      break;
    }
    text[n++] = c;
  }
  text[n] = '\0';
}

static int is_text(const crucible__csv_field *field, const char *begin,
                   const char *end) {
  return field->end - field->begin == end - begin &&
         memcmp(field->begin, begin, (size_t)(end - begin)) == 0;
}

/* The column whose own name [begin, end) is, or -1. */
static int column_named(const char *begin, const char *end) {
  for (int c = 0; c < CRUCIBLE__N_COLUMNS; ++c) {
    const char *name = crucible__column_name(c);
    if (strlen(name) == (size_t)(end - begin) &&
        memcmp(name, begin, strlen(name)) == 0)
      return c;
  }
  return -1;
}

static void assign(crucible__csv_layout *layout, size_t k, int column) {
  layout->column_of[k] = (uint8_t)column;
  layout->mapped |= 1U << column;
}

/* The field that `columns` means by [begin, end): a header name, letter by
   letter, else plainly, else a number from 1. SIZE_MAX: none. */
static size_t find_field(const crucible__csv_layout *layout,
                         const first_line *first, const char *begin,
                         const char *end) {
  if (layout->has_header) {
    char wanted[NAME_TEXT], name[NAME_TEXT];
    for (size_t k = 0; k < layout->n_fields; ++k)
      if (is_text(&first->fields[k], begin, end))
        return k;
    plain_name(begin, end, wanted);
    for (size_t k = 0; wanted[0] != '\0' && k < layout->n_fields; ++k) {
      plain_name(first->fields[k].begin, first->fields[k].end, name);
      if (strcmp(name, wanted) == 0)
        return k;
    }
  }
  int64_t number;
  if (crucible__read_int64(begin, end, &number) == end && number >= 1 &&
      (uint64_t)number <= layout->n_fields)
    return (size_t)number - 1;
  return SIZE_MAX;
}

/* One "name=field" of the option; an empty field leaves the column out. */
static crucible_status map_one(crucible__csv_layout *layout, first_line *first,
                               const char *begin, const char *end,
                               unsigned *settled) {
  const char *equals = memchr(begin, '=', (size_t)(end - begin));
  int column = column_named(begin, equals != NULL ? equals : end);
  if (equals == NULL || column < 0)
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "columns: \"%.*s\" is not of the form name=field, where name is one "
        "of open_time, open, high, low, close, volume, quote_volume, trades, "
        "taker_buy_base",
        (int)(end - begin < 80 ? end - begin : 80), begin);
  if (*settled & 1U << column)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "columns names %s twice: keep one",
                          crucible__column_name(column));
  *settled |= 1U << column;
  begin = equals + 1;
  if (begin == end)
    return CRUCIBLE_OK;
  size_t k = find_field(layout, first, begin, end);
  int shown = (int)(end - begin < 80 ? end - begin : 80);
  if (k == SIZE_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "columns maps %s to \"%.*s\", which is neither a "
                          "name in the header nor a column number from 1 to "
                          "%zu",
                          crucible__column_name(column), shown, begin,
                          layout->n_fields);
  if (first->taken[k])
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "columns maps both %s and %s to \"%.*s\"",
                          crucible__column_name(layout->column_of[k]),
                          crucible__column_name(column), shown, begin);
  first->taken[k] = 1;
  assign(layout, k, column);
  return CRUCIBLE_OK;
}

static crucible_status map_by_option(crucible__csv_layout *layout,
                                     first_line *first, const char *columns,
                                     unsigned *settled) {
  const char *p = columns;
  while (*p != '\0') {
    size_t n = strcspn(p, ",");
    CRUCIBLE__TRY(map_one(layout, first, p, p + n, settled));
    p += n;
    if (*p == ',')
      ++p;
  }
  return CRUCIBLE_OK;
}

/* How well a header name fits a column: 2 its own name, 1 a synonym, 0 not. */
static int fit(const char *name, int column) {
  for (int i = 0; i < N_NAMES && names_of[column][i] != NULL; ++i)
    if (strcmp(name, names_of[column][i]) == 0)
      return i == 0 ? 2 : 1;
  return 0;
}

static crucible_status map_by_header(crucible__csv_layout *layout,
                                     const first_line *first, unsigned settled,
                                     const char **field) {
  for (int c = 0; c < CRUCIBLE__N_COLUMNS; ++c) {
    size_t best = SIZE_MAX, rival = SIZE_MAX;
    int best_fit = 0;
    for (size_t k = 0; !(settled & 1U << c) && k < layout->n_fields; ++k) {
      char name[NAME_TEXT];
      plain_name(first->fields[k].begin, first->fields[k].end, name);
      int f = first->taken[k] ? 0 : fit(name, c);
      if (f > best_fit) {
        best = k;
        best_fit = f;
        rival = SIZE_MAX;
      } else if (f > 0 && f == best_fit) {
        rival = k;
      }
    }
    if (rival != SIZE_MAX) {
      *field = first->fields[rival].begin;
      return crucible__fail(CRUCIBLE_E_DATA,
                            "columns %zu and %zu of the header may both be "
                            "%s: say which by columns=\"%s=%zu\"",
                            best + 1, rival + 1, crucible__column_name(c),
                            crucible__column_name(c), best + 1);
    }
    if (best != SIZE_MAX)
      assign(layout, best, c);
  }
  return CRUCIBLE_OK;
}

static crucible_status map_by_order(crucible__csv_layout *layout) {
  const size_t n = layout->n_fields;
  if (n != 6 && n != 11 && n != 12)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "there is no header, and %zu columns are not the "
                          "kline layout (6, 11 or 12): say where they stand, "
                          "as columns=\"open_time=1,open=2,high=3,low=4,"
                          "close=5,volume=6\"",
                          n);
  for (size_t k = 0; k < n; ++k)
    if (kline_order[k] != CRUCIBLE__CSV_UNUSED)
      assign(layout, k, kline_order[k]);
  return CRUCIBLE_OK;
}

crucible_status crucible__csv_layout_learn(crucible__csv_layout *layout,
                                           const char *line, const char *end,
                                           const char *columns,
                                           const char **field) {
  first_line first = {0};
  *field = NULL;
  *layout = (crucible__csv_layout){.delimiter = delimiter_of(line, end)};
  memset(layout->column_of, CRUCIBLE__CSV_UNUSED, sizeof layout->column_of);
  CRUCIBLE__TRY(cut_line(layout, &first, line, field));
  layout->has_header = is_header(layout, &first);
  unsigned settled = 0;
  if (columns != NULL)
    CRUCIBLE__TRY(map_by_option(layout, &first, columns, &settled));
  if (layout->has_header)
    CRUCIBLE__TRY(map_by_header(layout, &first, settled, field));
  else if (columns == NULL)
    CRUCIBLE__TRY(map_by_order(layout));
  for (int c = 0; c <= CRUCIBLE__VOLUME; ++c)
    if (!(layout->mapped & 1U << c))
      return crucible__fail(CRUCIBLE_E_DATA,
                            "no column is known to be %s: say which by "
                            "columns=\"%s=NAME\" (a name in the header, or a "
                            "number from 1)",
                            crucible__column_name(c), crucible__column_name(c));
  return CRUCIBLE_OK;
}
