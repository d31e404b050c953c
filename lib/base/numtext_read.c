/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decimal text to the nearest double, ties to even. Three ways, each exact:
 * one IEEE operation on two exact doubles (Clinger 1990), a 64 x 128-bit
 * product (Lemire 2021, "Number parsing at a gigabyte per second"), and strtod
 * for the rest, which is given digits and an exponent only: no decimal point,
 * so that the locale has no say.
 */
#include "base/numtext.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pow10_table.h"

enum {
  DIGITS_MAX = 19,     /* significant digits that a uint64_t always holds */
  DIGITS_NEEDED = 770, /* more than any tie between two doubles has (767) */
  SIGNIFICAND_BITS = 52,
  EXPONENT_BIAS = 1023,
  EXPONENT_INFINITE = 2047
};
static const int64_t EXPONENT_LIMIT = (int64_t)1 << 40;

static const double exact_power[] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static int is_digit(char c) { return (unsigned char)(c - '0') < 10; }

static double from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* A number as its text says it: digits * 10^exponent. */
typedef struct scanned {
  uint64_t digits;   /* wrong if more than DIGITS_MAX are significant */
  int64_t exponent;  /* of the last digit */
  const char *first; /* first digit or the point */
  const char *last;  /* after the last digit or the point */
  size_t n_digits;
} scanned;

/* Eight digits at once; 0 if they are not all digits. */
static int read_eight(const char *p, uint64_t *digits) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  uint64_t v;
  memcpy(&v, p, sizeof v);
  if ((((v + 0x4646464646464646) | (v - 0x3030303030303030)) &
       0x8080808080808080) != 0)
    return 0;
  v -= 0x3030303030303030;
  v = v * 10 + (v >> 8); /* pairs in every other byte */
  v = ((v & 0x000000ff000000ff) * 0x000f424000000064 +
       ((v >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
      32;
  *digits = *digits * 100000000 + v;
  return 1;
#else
  (void)p;
  (void)digits;
  return 0;
#endif
}

static const char *scan_digits(const char *p, const char *end,
                               uint64_t *digits) {
  uint64_t w = *digits;
  for (; p < end && is_digit(*p); ++p)
    w = w * 10 + (uint64_t)(*p - '0');
  *digits = w;
  return p;
}

/* The exponent part at p if there is a whole one; p otherwise. */
static const char *scan_exponent(const char *p, const char *end,
                                 int64_t *exponent) {
  if (p == end || (*p != 'e' && *p != 'E'))
    return p;
  const char *q = p + 1;
  int negative = q < end && *q == '-';
  if (q < end && (*q == '-' || *q == '+'))
    ++q;
  if (q == end || !is_digit(*q))
    return p;
  int64_t value = 0;
  for (; q < end && is_digit(*q); ++q)
    if (value < EXPONENT_LIMIT)
      value = value * 10 + (*q - '0');
  *exponent += negative ? -value : value;
  return q;
}

static const char *scan(const char *p, const char *end, scanned *s) {
  s->digits = 0;
  s->exponent = 0;
  s->first = p;
  p = scan_digits(p, end, &s->digits);
  s->n_digits = (size_t)(p - s->first);
  if (p < end && *p == '.') {
    const char *fraction = ++p;
    while (end - p >= 8 && read_eight(p, &s->digits)) /* often just eight */
      p += 8;
    p = scan_digits(p, end, &s->digits);
    s->exponent = fraction - p;
    s->n_digits += (size_t)(p - fraction);
  }
  if (s->n_digits == 0)
    return NULL;
  s->last = p;
  return scan_exponent(p, end, &s->exponent);
}

/*
 * w * 10^q, w > 0: section 5 of Lemire's paper. 128 bits of the power always
 * decide (N. Mushtak, D. Lemire, "Fast number parsing without fallback", 2022).
 */
static double round_product(uint64_t w, int64_t q) {
  if (q < CRUCIBLE__POW10_FIRST)
    return 0;
  if (q > 308)
    return from_bits((uint64_t)EXPONENT_INFINITE << SIGNIFICAND_BITS);
  int lz = __builtin_clzll(w);
  w <<= lz;
  const uint64_t *power = crucible__pow10_table[q - CRUCIBLE__POW10_FIRST];
  uint64_t high, low = crucible__mul64(w, power[0], &high);
  if ((high & 0x1ff) == 0x1ff) { /* the lower word may still carry into it */
    uint64_t carry, truncated = power[1] - (q < -27 || q > 55);
    (void)crucible__mul64(w, truncated, &carry);
    low += carry;
    high += low < carry;
  }
  int upper = (int)(high >> 63);
  int shift = upper + 64 - SIGNIFICAND_BITS - 3;
  uint64_t m = high >> shift;
  int64_t e = ((217706 * q) >> 16) + 63 + upper - lz + EXPONENT_BIAS;
  if (e <= 0) { /* subnormal */
    if (e <= -63)
      return 0;
    m >>= 1 - e;
    return from_bits((m + (m & 1)) >> 1); /* or the smallest normal number */
  }
  /* a tie can only happen where 10^q divides evenly: to even then */
  if (low <= 1 && q >= -4 && q <= 23 && (m & 3) == 1 && m << shift == high)
    m &= ~(uint64_t)1;
  m = (m + (m & 1)) >> 1;
  if (m >> (SIGNIFICAND_BITS + 1)) {
    m >>= 1;
    ++e;
  }
  if (e >= EXPONENT_INFINITE) {
    e = EXPONENT_INFINITE;
    m = 0;
  }
  return from_bits((m & (((uint64_t)1 << SIGNIFICAND_BITS) - 1)) |
                   ((uint64_t)e << SIGNIFICAND_BITS));
}

/* The next digit of s at or after *p, or -1 after the last. */
static int next_digit(const scanned *s, const char **p) {
  if (*p < s->last && **p == '.')
    ++*p;
  return *p < s->last ? *(*p)++ - '0' : -1;
}

/* What 19 digits do not decide: strtod, with the digits past those that can
   matter as one. */
static double read_slowly(const scanned *s) {
  char text[DIGITS_NEEDED + 32];
  size_t n = 0;
  int64_t exponent = s->exponent, left = (int64_t)s->n_digits;
  int more = 0;
  const char *p = s->first;
  for (int digit; (digit = next_digit(s, &p)) >= 0;) {
    if (n == 0 && digit == 0) {
      --left;
    } else if (n < DIGITS_NEEDED) {
      text[n++] = (char)('0' + digit);
    } else {
      more |= digit != 0;
    }
  }
  if (n == 0)
    return 0;
  exponent += left - (int64_t)n;
  if (more) {
    text[n++] = '1';
    --exponent;
  }
  /* beyond these strtod's answer is the same */
  if (exponent > 9999)
    exponent = 9999;
  if (exponent < -9999)
    exponent = -9999;
  int negative = exponent < 0;
  uint64_t size = (uint64_t)(negative ? -exponent : exponent);
  text[n++] = 'e';
  text[n++] = negative ? '-' : '+';
  for (uint64_t unit = 1000; unit > 0; unit /= 10)
    text[n++] = (char)('0' + size / unit % 10);
  text[n] = '\0';
  int saved = errno; /* strtod reports the range in it */
  double value = strtod(text, NULL);
  errno = saved;
  return value;
}

/* More digits than a word holds: between the first 19 and those plus one. */
static double read_long(const scanned *s) {
  const char *p = s->first;
  uint64_t w = 0;
  int64_t left = (int64_t)s->n_digits;
  for (int n = 0, digit; n < DIGITS_MAX && (digit = next_digit(s, &p)) >= 0;) {
    w = w * 10 + (uint64_t)digit;
    n += w != 0;
    --left;
  }
  int64_t exponent = s->exponent + left;
  if (w == 0)
    return 0;
  double below = round_product(w, exponent);
  if (left == 0 || round_product(w + 1, exponent) == below)
    return below;
  return read_slowly(s);
}

const char *crucible__read_double(const char *text, const char *end,
                                  double *value) {
  const char *p = text;
  int negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+'))
    ++p;
  scanned s;
  const char *after = scan(p, end, &s);
  if (after == NULL)
    return NULL;
  double x;
  if (s.n_digits > DIGITS_MAX) {
    x = read_long(&s);
  } else if (s.digits <= (uint64_t)1 << 53 && s.exponent >= -22 &&
             s.exponent <= 22) {
    x = (double)s.digits;
    if (s.exponent < 0)
      x /= exact_power[-s.exponent];
    else
      x *= exact_power[s.exponent];
  } else {
    x = s.digits == 0 ? 0 : round_product(s.digits, s.exponent);
  }
  *value = negative ? -x : x;
  return after;
}

const char *crucible__read_int64(const char *text, const char *end,
                                 int64_t *value) {
  const char *p = text;
  int negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+'))
    ++p;
  if (p == end || !is_digit(*p))
    return NULL;
  uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0), size = 0;
  for (; p < end && is_digit(*p); ++p) {
    uint64_t digit = (uint64_t)(*p - '0');
    if (size > (limit - digit) / 10)
      return NULL;
    size = size * 10 + digit;
  }
  *value = negative ? (int64_t)(0 - size) : (int64_t)size;
  return p;
}
