/* SPDX-License-Identifier: Apache-2.0 */
#include "costs/power.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static const double LN2 = 0x1.62e42fefa39efp-1;
static const double SQRT_HALF = 0x1.6a09e667f3bcdp-1;

/* x = mantissa * 2^exponent, mantissa in [1/2, 1); x normal and > 0. */
static double split(double x, int *exponent) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  *exponent = (int)(bits >> 52) - 1022;
  bits = (bits & 0x000fffffffffffffu) | 0x3fe0000000000000u;
  memcpy(&x, &bits, sizeof bits);
  return x;
}

/* ln x for x in [sqrt(1/2), sqrt(2)): 2 artanh((x - 1) / (x + 1)). */
static double log_near_one(double x) {
  double s = (x - 1.0) / (x + 1.0), z = s * s, sum = 0;
  for (int k = 23; k >= 1; k -= 2)
    sum = sum * z + 1.0 / k;
  return 2.0 * s * sum;
}

/* e^x for |x| <= ln(2) / 2: Taylor's series to x^15. */
static double exp_near_zero(double x) {
  double sum = 1;
  for (int k = 15; k >= 1; --k)
    sum = 1.0 + sum * x / k;
  return sum;
}

/* 2^n for -1022 <= n <= 1023. */
static double power_of_two(int n) {
  uint64_t bits = (uint64_t)(n + 1023) << 52;
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

double crucible__power(double x, double y) {
  assert(x >= 0 && x <= DBL_MAX && y > 0 && y <= 1);
  if (x < DBL_MIN) /* 0 and subnormal: nothing that trades */
    return 0;
  if (y == 1.0)
    return x;
  if (y == 0.5)
    return sqrt(x);
  int exponent;
  double mantissa = split(x, &exponent);
  if (mantissa < SQRT_HALF) {
    mantissa *= 2;
    --exponent;
  }
  /* y * log2 x, as a whole number n and the rest, whose parts stay apart so
     that a large exponent costs no digits of the mantissa's part */
  double scaled = y * exponent;
  int n = (int)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  double rest = (scaled - n) * LN2 + y * log_near_one(mantissa);
  double below = rest < 0 ? -rest : rest;
  if (below > 0.5 * LN2) {
    int step = rest < 0 ? -1 : 1;
    n += step;
    rest -= step * LN2;
  }
  return exp_near_zero(rest) * power_of_two(n);
}
