/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparison of doubles for cmocka, whose 1.1.5 knows floats only.
 *
 *   assert_near(actual, expected, rtol, atol)
 *     |actual - expected| <= atol + rtol * |expected|; a NaN equals a NaN and
 *     an infinity equals itself, whatever the tolerance.
 *   assert_same_bits(actual, expected)
 *     the same 64 bits: tells -0 from 0 and one NaN from another.
 *   assert_same_bits_n(actual, expected, n)
 *     the same for [n] doubles, naming the first index that differs.
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_SUPPORT_NEAR_H
#define TESTS_SUPPORT_NEAR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t near_bits(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline int near_holds(double actual, double expected, double rtol,
                             double atol) {
  if (isnan(actual) || isnan(expected))
    return isnan(actual) && isnan(expected);
  if (isinf(actual) || isinf(expected))
    return isinf(actual) && isinf(expected) &&
           signbit(actual) == signbit(expected);
  return fabs(actual - expected) <= atol + rtol * fabs(expected);
}

static inline void near_check(double actual, double expected, double rtol,
                              double atol, const char *text, const char *file,
                              int line) {
  if (near_holds(actual, expected, rtol, atol))
    return;
  print_error("%s\n  is       %.17g\n  expected %.17g\n  apart    %.3g, "
              "allowed %.3g\n",
              text, actual, expected, fabs(actual - expected),
              atol + rtol * fabs(expected));
  _fail(file, line);
}

static inline void near_check_bits(const double *actual, const double *expected,
                                   size_t n, const char *text, const char *file,
                                   int line) {
  for (size_t i = 0; i < n; ++i) {
    if (near_bits(actual[i]) == near_bits(expected[i]))
      continue;
    print_error("%s [%zu]\n  is       %.17g (%016llx)\n"
                "  expected %.17g (%016llx)\n",
                text, i, actual[i], (unsigned long long)near_bits(actual[i]),
                expected[i], (unsigned long long)near_bits(expected[i]));
    _fail(file, line);
  }
}

static inline void near_check_bits_1(double actual, double expected,
                                     const char *text, const char *file,
                                     int line) {
  near_check_bits(&actual, &expected, 1, text, file, line);
}

#define assert_near(actual, expected, rtol, atol)                              \
  near_check((actual), (expected), (rtol), (atol), #actual, __FILE__, __LINE__)

#define assert_same_bits(actual, expected)                                     \
  near_check_bits_1((actual), (expected), #actual, __FILE__, __LINE__)

#define assert_same_bits_n(actual, expected, n)                                \
  near_check_bits((actual), (expected), (n), #actual, __FILE__, __LINE__)

#endif
