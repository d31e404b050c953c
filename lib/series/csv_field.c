/* SPDX-License-Identifier: Apache-2.0 */
#include "series/csv_field.h"

#include <float.h>
#include <string.h>

#include "base/numtext.h"
#include "series/bar_rules.h"

static int is_blank(char c, char delimiter) {
  return (c == ' ' || c == '\t') && c != delimiter;
}

static int ends_field(const char *p, char delimiter) {
  return *p == delimiter || crucible__csv_line_end(p) != NULL;
}

static crucible__csv_field cut_quoted(const char *text, char delimiter) {
  crucible__csv_field field = {text + 1, text + 1, NULL, NULL};
  const char *p = text + 1;
  for (; *p != '\n'; ++p) {
    if (*p != '"')
      continue;
    if (p[1] != '"')
      break;
    ++p; /* two quotes stand for one */
  }
  field.end = p;
  if (*p == '\n') {
    field.next = p;
    field.fault = "its quotes are not closed on the line";
    return field;
  }
  ++p;
  while (is_blank(*p, delimiter))
    ++p;
  field.next = p;
  if (!ends_field(p, delimiter))
    field.fault = "something follows its closing quote";
  return field;
}

crucible__csv_field crucible__csv_cut(const char *text, char delimiter) {
  while (is_blank(*text, delimiter))
    ++text;
  if (*text == '"')
    return cut_quoted(text, delimiter);
  const char *p = text;
  while (!ends_field(p, delimiter))
    ++p;
  crucible__csv_field field = {text, p, p, NULL};
  while (field.end > text && is_blank(field.end[-1], delimiter))
    --field.end;
  return field;
}

const char *crucible__csv_number(const crucible__csv_field *field,
                                 double *value) {
  const char *after = crucible__read_double(field->begin, field->end, value);
  if (after != field->end) /* also where there is none */
    return "is not a number";
  return *value >= -DBL_MAX && *value <= DBL_MAX ? NULL : "is too large";
}

const char *crucible__csv_scale_time(int64_t count, int32_t unit,
                                     int64_t *time_ms) {
  static const char sub_ms[] = "is not a whole millisecond";
  /* by size: 1973 to 5138 in each unit, to 2262 in ns */
  if (unit == CRUCIBLE_TIME_AUTO) {
    if (count < 100000000)
      return "is too small to tell its unit (set time_unit, or map open_time "
             "to another column)";
    unit = count < 100000000000         ? CRUCIBLE_TIME_SECONDS
           : count < 100000000000000    ? CRUCIBLE_TIME_MILLISECONDS
           : count < 100000000000000000 ? CRUCIBLE_TIME_MICROSECONDS
                                        : CRUCIBLE_TIME_NANOSECONDS;
  }
  int64_t divisor = 1;
  if (unit == CRUCIBLE_TIME_MICROSECONDS)
    divisor = 1000;
  else if (unit == CRUCIBLE_TIME_NANOSECONDS)
    divisor = 1000000;
  if (count % divisor != 0)
    return sub_ms;
  count /= divisor;
  if (unit == CRUCIBLE_TIME_SECONDS) {
    if (count < CRUCIBLE__TIME_FIRST / 1000 ||
        count > CRUCIBLE__TIME_LAST / 1000)
      return "is outside the years 1 to 9999";
    count *= 1000;
  }
  if (count < CRUCIBLE__TIME_FIRST || count > CRUCIBLE__TIME_LAST)
    return "is outside the years 1 to 9999";
  *time_ms = count;
  return NULL;
}

/* A whole number, also as "1504541580.0". */
static int read_count(const crucible__csv_field *field, int64_t *count) {
  const char *p = crucible__read_int64(field->begin, field->end, count);
  if (p == NULL)
    return 0;
  if (p < field->end && *p == '.')
    for (++p; p < field->end && *p == '0'; ++p)
      continue;
  return p == field->end;
}

static int read_iso(const crucible__csv_field *field, int64_t *time_ms) {
  const char *p = crucible__read_time(field->begin, field->end, time_ms);
  if (p == NULL)
    return 0;
  if (field->end - p == 4 && memcmp(p, " UTC", 4) == 0)
    p += 4;
  return p == field->end;
}

const char *crucible__csv_time(const crucible__csv_field *field, int32_t unit,
                               int64_t *time_ms) {
  int64_t count;
  if (unit == CRUCIBLE_TIME_ISO) {
    if (!read_iso(field, time_ms))
      return "is not an ISO 8601 time such as 2024-03-01T00:05:00Z";
  } else if (read_count(field, &count)) {
    return crucible__csv_scale_time(count, unit, time_ms);
  } else if (unit != CRUCIBLE_TIME_AUTO) {
    return "is not a whole number of the time_unit that was set";
  } else if (!read_iso(field, time_ms)) {
    return "is neither a whole number (s, ms, us, ns) nor an ISO 8601 time";
  }
  if (*time_ms < CRUCIBLE__TIME_FIRST || *time_ms > CRUCIBLE__TIME_LAST)
    return "is outside the years 1 to 9999";
  return NULL;
}
