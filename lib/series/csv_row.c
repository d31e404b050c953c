/* SPDX-License-Identifier: Apache-2.0 */
#include "series/csv_row.h"

#include <float.h>
#include <string.h>

#include "base/base_status.h"
#include "base/numtext.h"
#include "series/csv_field.h"

enum { VALUE_SHOWN = 40 };
static const int64_t SURELY_MS = 100000000000, SURELY_US = 100000000000000;

crucible_status crucible__csv_row_fail(const crucible__csv_row *row,
                                       crucible_status status,
                                       const char *place) {
  return crucible__fail_at(status, "%s:%llu:%zu", row->name,
                           (unsigned long long)row->line,
                           (size_t)(place - row->text) + 1);
}

/* Of a field's text what can be shown: printable ASCII, not too long. */
static const char *show(const crucible__csv_field *field,
                        char text[VALUE_SHOWN + 4]) {
  size_t n = (size_t)(field->end - field->begin), shown = 0;
  for (; shown < n && shown < VALUE_SHOWN; ++shown) {
    char c = field->begin[shown];
    text[shown] = c >= ' ' && c <= '~' ? c : '?';
  }
  memcpy(text + shown, n > shown ? "..." : "", n > shown ? 4 : 1);
  return text;
}

static crucible_status fail_field(const crucible__csv_row *row, int column,
                                  const crucible__csv_field *field,
                                  const char *fault) {
  char text[VALUE_SHOWN + 4];
  (void)crucible__fail(CRUCIBLE_E_DATA,
                       "%s \"%s\" %s: correct the row or remove it",
                       crucible__column_name(column), show(field, text), fault);
  return crucible__csv_row_fail(row, CRUCIBLE_E_DATA, row->at[column]);
}

static crucible_status fail_width(const crucible__csv_row *row,
                                  const char *place, size_t n_found) {
  (void)crucible__fail(CRUCIBLE_E_DATA,
                       "the row has %s %zu columns, where the first line has "
                       "%zu: complete the row or remove it",
                       n_found > row->layout.n_fields ? "more than" : "only",
                       n_found > row->layout.n_fields ? row->layout.n_fields
                                                      : n_found,
                       row->layout.n_fields);
  return crucible__csv_row_fail(row, CRUCIBLE_E_DATA, place);
}

/* Of a field that is no column only the quotes matter. */
static crucible_status skip_field(const crucible__csv_row *row,
                                  const char **p) {
  crucible__csv_field field = crucible__csv_cut(*p, row->layout.delimiter);
  *p = field.next;
  if (field.fault == NULL)
    return CRUCIBLE_OK;
  (void)crucible__fail(CRUCIBLE_E_DATA, "a field is wrong: %s", field.fault);
  return crucible__csv_row_fail(row, CRUCIBLE_E_DATA, field.begin);
}

/* What the fast ways do not cover: blanks, quotes, ISO times, empty fields and
   whatever is wrong. *p moves on to the end of the field. */
static crucible_status read_field(crucible__csv_row *row, int column,
                                  const char **p, double *value,
                                  int64_t *time_ms, unsigned *filled) {
  crucible__csv_field field = crucible__csv_cut(*p, row->layout.delimiter);
  *p = field.next;
  const char *fault = field.fault;
  if (fault == NULL && field.begin == field.end) {
    if (column >= CRUCIBLE__QUOTE_VOLUME)
      return CRUCIBLE_OK;
    fault = "is empty, and every bar needs it";
  }
  if (fault == NULL)
    fault = column == CRUCIBLE__OPEN_TIME
                ? crucible__csv_time(&field, row->time_unit, time_ms)
                : crucible__csv_number(&field, value);
  if (fault != NULL)
    return fail_field(row, column, &field, fault);
  *filled |= 1U << column;
  return CRUCIBLE_OK;
}

/* The fast ways: fields in the common form. They return the end of what they
   have read, or NULL: the functions above have to look. */

/* Whether a byte of a word is below ',' + 1, as all that ends a field is but a
   semicolon. */
static inline int has_low_byte(uint64_t word) {
  const uint64_t ones = 0x0101010101010101;
  return ((word - ones * (',' + 1)) & ~word & ones << 7) != 0;
}

static inline const char *skip_fast(const crucible__csv_row *row,
                                    const char *p) {
  uint64_t word;
  if (row->layout.delimiter != ';')
    for (memcpy(&word, p, sizeof word); !has_low_byte(word);
         memcpy(&word, p, sizeof word))
      p += sizeof word;
  while (*p != row->layout.delimiter && *p != '\n' && *p != '"' && *p != '\r')
    ++p;
  return *p != '"' && (*p != '\r' || p[1] == '\n') ? p : NULL;
}

static inline const char *read_number_fast(const char *p, const char *end,
                                           double *value) {
  p = crucible__read_double(p, end, value);
  return p != NULL && *value <= DBL_MAX && *value >= -DBL_MAX ? p : NULL;
}

static inline const char *read_time_fast(const crucible__csv_row *row,
                                         const char *p, int64_t *time_ms) {
  const int32_t unit = row->time_unit;
  const char *begin = p;
  int64_t count = 0;
  for (; (unsigned char)(*p - '0') < 10 && p - begin < 18; ++p)
    count = count * 10 + (*p - '0');
  if (p == begin || unit == CRUCIBLE_TIME_ISO)
    return NULL;
  if (unit == CRUCIBLE_TIME_AUTO && count >= SURELY_MS && count < SURELY_US)
    *time_ms = count; /* what crucible__csv_scale_time() finds, at once */
  else if (crucible__csv_scale_time(count, unit, time_ms) != NULL)
    return NULL;
  return p;
}

static inline int ends_field(const crucible__csv_row *row, const char *p) {
  return *p == row->layout.delimiter || crucible__csv_line_end(p) != NULL;
}

/* One field; *p moves on to its end. */
static inline crucible_status take_field(crucible__csv_row *row, int column,
                                         const char **p, const char *end,
                                         double *value, int64_t *time_ms,
                                         unsigned *filled) {
  if (column == CRUCIBLE__CSV_UNUSED) {
    const char *after = skip_fast(row, *p);
    if (after == NULL)
      return skip_field(row, p);
    *p = after;
    return CRUCIBLE_OK;
  }
  row->at[column] = *p;
  if (column >= CRUCIBLE__QUOTE_VOLUME && ends_field(row, *p))
    return CRUCIBLE_OK; /* empty */
  const char *after = column == CRUCIBLE__OPEN_TIME
                          ? read_time_fast(row, *p, time_ms)
                          : read_number_fast(*p, end, value);
  if (after == NULL || !ends_field(row, after))
    return read_field(row, column, p, value, time_ms, filled);
  *filled |= 1U << column;
  *p = after;
  return CRUCIBLE_OK;
}

crucible_status crucible__csv_row_read(crucible__csv_row *row, const char *end,
                                       crucible_bar *bar, unsigned *filled,
                                       const char **next) {
  double values[CRUCIBLE__N_COLUMNS + 1] = {0}; /* + what is unused */
  const size_t n_fields = row->layout.n_fields;
  const char *p = row->text;
  for (size_t k = 0; k < n_fields; ++k) {
    const int column = row->layout.column_of[k];
    CRUCIBLE__TRY(take_field(row, column, &p, end, &values[column],
                             &bar->open_time_ms, filled));
    if (k + 1 == n_fields)
      break;
    if (*p != row->layout.delimiter)
      return fail_width(row, p, k + 1);
    ++p;
  }
  *next = crucible__csv_line_end(p);
  if (*next == NULL)
    return fail_width(row, p, n_fields + 1);
  bar->open = values[CRUCIBLE__OPEN];
  bar->high = values[CRUCIBLE__HIGH];
  bar->low = values[CRUCIBLE__LOW];
  bar->close = values[CRUCIBLE__CLOSE];
  bar->volume = values[CRUCIBLE__VOLUME];
  bar->quote_volume = values[CRUCIBLE__QUOTE_VOLUME];
  bar->trades = values[CRUCIBLE__TRADES];
  bar->taker_buy_base = values[CRUCIBLE__TAKER_BUY_BASE];
  return CRUCIBLE_OK;
}
