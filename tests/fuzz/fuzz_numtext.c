/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a number, a time and a step. The C library's strtod, in the C
 * locale, is the reference for what a number is and where it ends; what was
 * read survives being printed and read.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/numtext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void expect(int promise) {
  if (!promise)
    abort();
}

static int same(double a, double b) { return memcmp(&a, &b, sizeof a) == 0; }

/* strtod also takes blanks, words and hexadecimal: not numbers here. */
static void check_read(const char *text, size_t n) {
  double value = 42;
  const char *after = crucible__read_double(text, text + n, &value);
  size_t digits = text[0] == '-' || text[0] == '+';
  int hex = text[digits] == '0' &&
            (text[digits + 1] == 'x' || text[digits + 1] == 'X');
  if (strchr("0123456789.", text[digits]) == NULL || text[digits] == '\0') {
    expect(after == NULL && same(value, 42));
    return;
  }
  char *end;
  double expected = strtod(text, &end);
  if (hex)
    expect(after == text + digits + 1 && value == 0);
  else if (end == text)
    expect(after == NULL);
  else
    expect(after == end && same(value, expected));
}

static void check_double(double x) {
  char text[CRUCIBLE__DOUBLE_TEXT], fixed[CRUCIBLE__DOUBLE_TEXT * 12];
  double back = 0;
  size_t n = crucible__write_double(x, text);
  expect(n < sizeof text && strlen(text) == n);
  expect(crucible__write_fixed(x, 15, fixed) < sizeof fixed);
  if (isfinite(x))
    expect(crucible__read_double(text, text + n, &back) == text + n &&
           same(back, x));
}

/* A step that is taken rounds everything to something near it. */
static void check_step(double size, double x) {
  crucible__step step;
  if (crucible__step_init(&step, size) != CRUCIBLE_OK)
    return;
  double down = crucible__step_round(&step, x, CRUCIBLE__ROUND_DOWN);
  double near = crucible__step_round(&step, x, CRUCIBLE__ROUND_NEAREST);
  double up = crucible__step_round(&step, x, CRUCIBLE__ROUND_UP);
  if (isnan(x))
    return;
  expect(down <= near && near <= up);
  expect(same(crucible__step_round(&step, down, CRUCIBLE__ROUND_UP), down));
  expect(same(crucible__step_round(&step, up, CRUCIBLE__ROUND_DOWN), up));
}

static void check_time(const char *text, size_t n) {
  int64_t time_ms, back = 0;
  char written[CRUCIBLE__TIME_TEXT];
  const char *after = crucible__read_time(text, text + n, &time_ms);
  if (after == NULL)
    return;
  expect(after > text && after <= text + n);
  size_t length = crucible__write_time(time_ms, written);
  if (time_ms >= -62167219200000 && time_ms <= 253402300799999)
    expect(crucible__read_time(written, written + length, &back) ==
               written + length &&
           back == time_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  char *text = malloc(n + 2);
  int64_t whole;
  if (text == NULL)
    return 0;
  if (n > 0)
    memcpy(text, data, n);
  text[n] = text[n + 1] = '\0';
  check_read(text, n);
  check_time(text, n);
  const char *after = crucible__read_int64(text, text + n, &whole);
  expect(after == NULL || (after > text && after <= text + n));
  double x[2] = {0, 0};
  memcpy(x, text, n < sizeof x ? n : sizeof x);
  check_double(x[0]);
  check_step(fabs(x[0]), x[1]);
  if (crucible__read_double(text, text + n, &x[0]) != NULL)
    check_step(fabs(x[0]), x[1]);
  free(text);
  return 0;
}
