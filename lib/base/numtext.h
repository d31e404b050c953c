/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from and to text, whatever the process's locale is. */
#ifndef CRUCIBLE__NUMTEXT_H
#define CRUCIBLE__NUMTEXT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

#include "base/internal.h"

enum { CRUCIBLE__DOUBLE_TEXT = 32 }; /* room for any printed double */

/*
 * Reads a decimal floating-point number at [text, end), correctly rounded
 * (as strtod in the C locale: "+1", ".5", "5." and "1e400", an infinity, are
 * numbers). Returns the first byte after it, or NULL if there is no number.
 * "nan", "inf", hexadecimal and blanks in front are not numbers here.
 */
CRUCIBLE__SHARED const char *
crucible__read_double(const char *text, const char *end, double *value);

/* The same for a whole number, NULL too if it does not fit. */
CRUCIBLE__SHARED const char *
crucible__read_int64(const char *text, const char *end, int64_t *value);

/*
 * Shortest decimal that reads back to the same double, such as 0.1, 1e-07 or
 * 12345.5; "nan", "inf", "-inf" otherwise. Returns the length.
 */
CRUCIBLE__SHARED size_t
crucible__write_double(double value, char text[CRUCIBLE__DOUBLE_TEXT]);

/* With a fixed number of digits after the point, 0 to 15, as printf. */
CRUCIBLE__SHARED size_t crucible__write_fixed(
    double value, int digits, char text[CRUCIBLE__DOUBLE_TEXT * 12]);

/* 2024-03-01T00:05:00Z (.250Z if it is no whole second) from ms since 1970, and
   back: also without the Z (still UTC), with a blank for the T, with fractions
   of a second (cut to ms), with an offset, without seconds, or the date alone.
   Years 0000 to 9999 read back. */
enum { CRUCIBLE__TIME_TEXT = 32 };
CRUCIBLE__SHARED size_t crucible__write_time(int64_t time_ms,
                                             char text[CRUCIBLE__TIME_TEXT]);
CRUCIBLE__SHARED const char *
crucible__read_time(const char *text, const char *end, int64_t *time_ms);

/* A growing text; after a failure it stays failed and empty. */
typedef struct crucible__text {
  char *data; /* always closed by a zero once something was added, or NULL */
  size_t length, capacity;
  int failed; /* out of memory */
} crucible__text;

CRUCIBLE__SHARED void crucible__text_add(crucible__text *text, const char *s);
CRUCIBLE__SHARED void crucible__text_add_n(crucible__text *text, const char *s,
                                           size_t n);
/* printf form, with a point in numbers whatever the locale is. */
CRUCIBLE__SHARED void crucible__text_addf(crucible__text *text,
                                          const char *format, ...)
    __attribute__((format(printf, 2, 3)));
CRUCIBLE__SHARED void crucible__text_add_double(crucible__text *text,
                                                double value);
CRUCIBLE__SHARED void crucible__text_free(crucible__text *text);

#endif
