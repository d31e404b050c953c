/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/pow10_table.h"

enum { ROUNDS = 10, WORDS = 4 };

static uint32_t high_of(uint64_t x) { return (uint32_t)(x >> 32); }

void crucible__philox4x32(const uint32_t counter[4], const uint32_t key[2],
                          uint32_t out[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < ROUNDS; ++round) {
    uint64_t p0 = (uint64_t)0xd2511f53 * c0, p1 = (uint64_t)0xcd9e8d57 * c2;
    c0 = high_of(p1) ^ c1 ^ k0;
    c2 = high_of(p0) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    k0 += 0x9e3779b9; /* the golden ratio and sqrt(3) - 1, Weyl sequences */
    k1 += 0xbb67ae85;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

void crucible__rng_init(crucible__rng *rng, uint64_t seed, uint32_t purpose,
                        uint64_t id) {
  assert(purpose < (uint32_t)1 << 16 && id < (uint64_t)1 << 48);
  memset(rng, 0, sizeof *rng);
  rng->key[0] = (uint32_t)seed;
  rng->key[1] = high_of(seed);
  rng->counter[2] = (uint32_t)id;
  rng->counter[3] = purpose << 16 | high_of(id);
  rng->used = WORDS;
}

uint32_t crucible__rng_u32(crucible__rng *rng) {
  if (rng->used == WORDS) {
    crucible__philox4x32(rng->counter, rng->key, rng->block);
    if (++rng->counter[0] == 0)
      ++rng->counter[1];
    rng->used = 0;
  }
  return rng->block[rng->used++];
}

uint64_t crucible__rng_u64(crucible__rng *rng) {
  uint64_t low = crucible__rng_u32(rng);
  return (uint64_t)crucible__rng_u32(rng) << 32 | low;
}

double crucible__rng_uniform(crucible__rng *rng) {
  return (double)(crucible__rng_u64(rng) >> 11) * 0x1p-53;
}

/* D. Lemire, "Fast random integer generation in an interval" (2019). */
uint64_t crucible__rng_below(crucible__rng *rng, uint64_t n) {
  assert(n >= 1);
  uint64_t high, low = crucible__mul64(crucible__rng_u64(rng), n, &high);
  if (low < n) {
    uint64_t surplus = (0 - n) % n; /* 2^64 mod n */
    while (low < surplus)
      low = crucible__mul64(crucible__rng_u64(rng), n, &high);
  }
  return high;
}

/*
 * ln(x) for normal x > 0 from the four operations alone, so that it has the
 * same bits on every machine, which libm's logarithm does not promise: the
 * series 2 artanh(s), s = (m - 1) / (m + 1), for m within sqrt(2) of 1.
 */
static double natural_log(double x) {
  int exponent;
  double m = frexp(x, &exponent); /* exact */
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  double s = (m - 1) / (m + 1), z = s * s, sum = 0;
  for (int k = 23; k >= 3; k -= 2)
    sum = (sum + 1.0 / k) * z;
  double low = exponent * 1.90821492927058770002e-10; /* ln 2 in two parts */
  return exponent * 6.93147180369123816490e-01 + (low + 2 * s * sum + 2 * s);
}

static double ratio(const double a[8], const double b[8], double r) {
  double p = a[7], q = b[7];
  for (int i = 6; i >= 0; --i) {
    p = p * r + a[i];
    q = q * r + b[i];
  }
  return p / q;
}

/* M. J. Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988),
   477-484: the normal quantile to about 1 part in 10^16; 0 < p < 1. */
static double normal_quantile(double p) {
  static const double a[8] = {
      3.3871328727963666080e0,  1.3314166789178437745e+2,
      1.9715909503065514427e+3, 1.3731693765509461125e+4,
      4.5921953931549871457e+4, 6.7265770927008700853e+4,
      3.3430575583588128105e+4, 2.5090809287301226727e+3};
  static const double b[8] = {1,
                              4.2313330701600911252e+1,
                              6.8718700749205790830e+2,
                              5.3941960214247511077e+3,
                              2.1213794301586595867e+4,
                              3.9307895800092710610e+4,
                              2.8729085735721942674e+4,
                              5.2264952788528545610e+3};
  static const double c[8] = {
      1.42343711074968357734e0,  4.63033784615654529590e0,
      5.76949722146069140550e0,  3.64784832476320460504e0,
      1.27045825245236838258e0,  2.41780725177450611770e-1,
      2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static const double d[8] = {1,
                              2.05319162663775882187e0,
                              1.67638483018380384940e0,
                              6.89767334985100004550e-1,
                              1.48103976427480074590e-1,
                              1.51986665636164571966e-2,
                              5.47593808499534494600e-4,
                              1.05075007164441684324e-9};
  static const double e[8] = {
      6.65790464350110377720e0,  5.46378491116411436990e0,
      1.78482653991729133580e0,  2.96560571828504891230e-1,
      2.65321895265761230930e-2, 1.24266094738807843860e-3,
      2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static const double f[8] = {1,
                              5.99832206555887937690e-1,
                              1.36929880922735805310e-1,
                              1.48753612908506148525e-2,
                              7.86869131145613259100e-4,
                              1.84631831751005468180e-5,
                              1.42151175831644588870e-7,
                              2.04426310338993978564e-15};
  double q = p - 0.5;
  if (q >= -0.425 && q <= 0.425)
    return q * ratio(a, b, 0.180625 - q * q);
  double r = sqrt(-natural_log(q < 0 ? p : 1 - p));
  double x = r <= 5 ? ratio(c, d, r - 1.6) : ratio(e, f, r - 5);
  return q < 0 ? -x : x;
}

double crucible__rng_normal(crucible__rng *rng) {
  /* the middle of one of 2^52 equal cells: never 0 or 1, and 1 - p is exact */
  double cell = (double)(crucible__rng_u64(rng) >> 12);
  return normal_quantile((cell + 0.5) * 0x1p-52);
}
