/* SPDX-License-Identifier: Apache-2.0 */
#include "base/decimal.h"

#include <math.h>
#include <string.h>

#include "base/base_status.h"
#include "base/numtext.h"

enum {
  STEP_DIGITS = 15, /* a decimal of so many digits survives as a double */
  SCALE_DIGITS = 22 /* the largest power of ten that is exact */
};
static const double WHOLE_MAX = 0x1p53;

/* The shortest decimal of value > 0 as digits * 10^exponent. */
static int split(double value, double *digits, int *exponent) {
  char text[CRUCIBLE__DOUBLE_TEXT];
  const char *end = text + crucible__write_double(value, text);
  int64_t whole = 0, power = 0;
  int n = 0, after_point = 0;
  const char *p = text;
  for (; p < end && *p != 'e'; ++p) {
    if (*p == '.') {
      after_point = 1;
      continue;
    }
    if (n > 0 || *p != '0')
      ++n;
    if (n > 17)
      return 0;
    whole = whole * 10 + (*p - '0');
    power -= after_point;
  }
  int64_t written = 0;
  if (p < end && crucible__read_int64(p + 1, end, &written) == NULL)
    return 0;
  power += written;
  *digits = (double)whole;
  *exponent = (int)power;
  for (; whole % 10 == 0; whole /= 10)
    --n;
  return n <= STEP_DIGITS;
}

static double power_of_ten(int n) {
  double power = 1;
  for (int i = 0; i < n; ++i)
    power *= 10; /* exact up to 10^22 */
  return power;
}

crucible_status crucible__step_init(crucible__step *step, double value) {
  double units;
  int exponent;
  if (!isfinite(value) || value <= 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "step is %g: it must be a number above zero", value);
  if (!split(value, &units, &exponent) || exponent < -SCALE_DIGITS ||
      exponent > STEP_DIGITS || units * power_of_ten(exponent) >= WHOLE_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "step is %.17g: it must be a decimal of at most %d "
                          "digits between 1e-%d and 1e%d",
                          value, STEP_DIGITS, SCALE_DIGITS, STEP_DIGITS);
  *step = (crucible__step){units * power_of_ten(exponent),
                           power_of_ten(-exponent), value};
  return CRUCIBLE_OK;
}

double crucible__step_round(const crucible__step *step, double x,
                            int direction) {
  return crucible__step_rounded(step, x, direction);
}
