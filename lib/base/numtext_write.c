/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doubles to text. The shortest form follows R. Giulietti, "The Schubfach way
 * to render doubles" (2020): of the decimals that read back to the double the
 * shortest, of those the nearest, ties to the even digit.
 */
#include "base/numtext.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/format.h"
#include "base/pow10_table.h"

enum {
  SIGNIFICAND_BITS = 52,
  EXPONENT_BIAS = 1023 + SIGNIFICAND_BITS,
  FIXED_FROM = -4, /* 0.0001 has point -3 */
  FIXED_TO = 16,   /* 1234567890123456 has point 16 */
  FIXED_TEXT = CRUCIBLE__DOUBLE_TEXT * 12
};

/* digits * 10^exponent */
typedef struct decimal {
  uint64_t digits;
  int exponent;
} decimal;

/* floor(a / 2^n), also for a < 0: what >> does on every compiler we know */
static int floor_shift(int a, int n) {
  return a >= 0 ? a >> n : -(((-a) + (1 << n) - 1) >> n);
}

/* floor(power * c / 2^128), its lowest bit set if anything was cut off. */
static uint64_t round_to_odd(const uint64_t power[2], uint64_t c) {
  uint64_t carry, high;
  (void)crucible__mul64(power[1], c, &carry);
  uint64_t low = crucible__mul64(power[0], c, &high);
  low += carry;
  high += low < carry;
  return high | (low > 1);
}

/* Section 9 of the paper; c * 2^q with the bits of a double. */
static decimal shortest(uint64_t significand, int biased) {
  int normal = biased != 0;
  uint64_t c =
      normal ? significand | (uint64_t)1 << SIGNIFICAND_BITS : significand;
  int q = (normal ? biased : 1) - EXPONENT_BIAS;
  if (normal && q <= 0 && q > -SIGNIFICAND_BITS - 1 &&
      (c & (((uint64_t)1 << -q) - 1)) == 0)
    return (decimal){c >> -q, 0}; /* a whole number below 2^53 */
  uint64_t odd = c & 1; /* then the ends of the interval are not ours */
  int closer = significand == 0 && biased > 1; /* the neighbour below is */
  int k = floor_shift(q * 1262611 - (closer ? 524031 : 0), 22);
  int h = q + floor_shift(-k * 1741647, 19) + 1;
  const uint64_t *power = crucible__pow10_table[-k - CRUCIBLE__POW10_FIRST];
  uint64_t middle = round_to_odd(power, (4 * c) << h);
  uint64_t lower =
      round_to_odd(power, (4 * c - 2 + (uint64_t)closer) << h) + odd;
  uint64_t upper = round_to_odd(power, (4 * c + 2) << h) - odd;
  uint64_t s = middle / 4;
  if (s >= 10) { /* one digit less */
    uint64_t t = s / 10;
    int below = lower <= 40 * t, above = 40 * t + 40 <= upper;
    if (below != above)
      return (decimal){t + (uint64_t)above, k + 1};
  }
  int below = lower <= 4 * s, above = 4 * s + 4 <= upper;
  if (below != above)
    return (decimal){s + (uint64_t)above, k};
  uint64_t half = 4 * s + 2;
  uint64_t up = middle > half || (middle == half && (s & 1));
  return (decimal){s + up, k};
}

/* Digits without closing zeros, most significant first, at the end of the
   buffer; their number. */
static int write_digits(decimal *d, char buffer[20]) {
  while (d->digits % 10 == 0) {
    d->digits /= 10;
    ++d->exponent;
  }
  int n = 0;
  uint64_t rest = d->digits;
  do {
    buffer[20 - ++n] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  return n;
}

static char *put(char *to, const char *from, int n) {
  memcpy(to, from, (size_t)n);
  return to + n;
}

static char *put_zeros(char *to, int n) {
  memset(to, '0', (size_t)n);
  return to + n;
}

/* point: digits before the decimal point, 0.d1d2... * 10^point */
static char *write_plain(char *to, const char *digits, int n, int point) {
  if (point <= 0) {
    to = put_zeros(put(to, "0.", 2), -point);
    return put(to, digits, n);
  }
  if (point >= n)
    return put_zeros(put(to, digits, n), point - n);
  to = put(put(to, digits, point), ".", 1);
  return put(to, digits + point, n - point);
}

static char *write_scientific(char *to, const char *digits, int n, int point) {
  to = put(to, digits, 1);
  if (n > 1)
    to = put(put(to, ".", 1), digits + 1, n - 1);
  int exponent = point - 1, size = exponent < 0 ? -exponent : exponent;
  *to++ = 'e';
  *to++ = exponent < 0 ? '-' : '+';
  if (size >= 100)
    *to++ = (char)('0' + size / 100);
  *to++ = (char)('0' + size / 10 % 10);
  *to++ = (char)('0' + size % 10);
  return to;
}

static size_t write_word(char *text, const char *word) {
  size_t n = strlen(word);
  memcpy(text, word, n + 1);
  return n;
}

static size_t write_not_finite(double value, char *text) {
  return write_word(text, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
}

size_t crucible__write_double(double value, char text[CRUCIBLE__DOUBLE_TEXT]) {
  if (!isfinite(value))
    return write_not_finite(value, text);
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  char *p = text;
  if (bits >> 63)
    *p++ = '-';
  int biased = (int)(bits >> SIGNIFICAND_BITS & 0x7ff);
  uint64_t significand = bits & (((uint64_t)1 << SIGNIFICAND_BITS) - 1);
  if (biased == 0 && significand == 0) {
    *p++ = '0';
  } else {
    decimal d = shortest(significand, biased);
    char buffer[20];
    int n = write_digits(&d, buffer);
    const char *digits = buffer + sizeof buffer - n;
    int point = n + d.exponent;
    if (point > FIXED_FROM && point <= FIXED_TO)
      p = write_plain(p, digits, n, point);
    else
      p = write_scientific(p, digits, n, point);
  }
  *p = '\0';
  return (size_t)(p - text);
}

size_t crucible__write_fixed(double value, int digits, char text[FIXED_TEXT]) {
  assert(digits >= 0 && digits <= 15);
  if (!isfinite(value))
    return write_not_finite(value, text);
  int n = crucible__format(text, FIXED_TEXT, "%.*f", digits, value);
  assert(n > 0 && n < FIXED_TEXT);
  return (size_t)n;
}
