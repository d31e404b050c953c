/* SPDX-License-Identifier: Apache-2.0 */
/* One field of a CSV row. */
#ifndef CRUCIBLE__CSV_FIELD_H
#define CRUCIBLE__CSV_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/series.h>

#include "base/internal.h"

/* What a field holds, without blanks and quotes around it. */
typedef struct crucible__csv_field {
  const char *begin, *end;
  const char *next;  /* the delimiter or line end after it */
  const char *fault; /* NULL, or what is wrong with its quotes */
} crucible__csv_field;

/* The field at text. Some '\n' follows in the same buffer. */
CRUCIBLE__SHARED crucible__csv_field crucible__csv_cut(const char *text,
                                                       char delimiter);

/* At a line end ("\n" or "\r\n") the first byte after it, else NULL. */
static inline const char *crucible__csv_line_end(const char *text) {
  if (*text == '\n')
    return text + 1;
  return *text == '\r' && text[1] == '\n' ? text + 2 : NULL;
}

/* The whole field as a finite number. NULL, or what is wrong. */
CRUCIBLE__SHARED const char *
crucible__csv_number(const crucible__csv_field *field, double *value);

/* The whole field as a time in the unit (CRUCIBLE_TIME_*). NULL, or what is
   wrong. */
CRUCIBLE__SHARED const char *
crucible__csv_time(const crucible__csv_field *field, int32_t unit,
                   int64_t *time_ms);

/* A whole number of the unit as ms. NULL, or what is wrong. */
const char *crucible__csv_scale_time(int64_t count, int32_t unit,
                                     int64_t *time_ms);

#endif
