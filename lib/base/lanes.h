/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight doubles as one value, in whatever registers a file is compiled for:
 * one of AVX-512, two of AVX2, four of SSE2, or plain C elsewhere. Every
 * operation is one IEEE operation per lane, so the bits are the same at each
 * level. A comparison is false where a NaN takes part, and gives bit i for lane
 * i. Least and most are a < b ? a : b and a > b ? a : b, so that a NaN in a
 * leaves b.
 *
 * A file that is compiled for a level includes nothing else that has inline
 * functions with external linkage; all here are static.
 */
#ifndef CRUCIBLE__LANES_H
#define CRUCIBLE__LANES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { CRUCIBLE__LANE_COUNT = 8 };

#ifndef __AVX2__
/* A number beyond all whole ones that a double tells apart, or a NaN, stays. */
static inline double crucible__whole(double a) {
  return a < 0x1p53 && a > -0x1p53 ? (double)(int64_t)a : a;
}
#endif

#if defined __AVX512F__ && defined __AVX512DQ__
#include <immintrin.h>

typedef __m512d crucible__lanes;

static inline crucible__lanes crucible__lanes_load(const double *from) {
  return _mm512_loadu_pd(from);
}
static inline void crucible__lanes_store(double *to, crucible__lanes a) {
  _mm512_storeu_pd(to, a);
}
static inline crucible__lanes crucible__lanes_all(double value) {
  return _mm512_set1_pd(value);
}
static inline crucible__lanes crucible__lanes_add(crucible__lanes a,
                                                  crucible__lanes b) {
  return _mm512_add_pd(a, b);
}
static inline crucible__lanes crucible__lanes_sub(crucible__lanes a,
                                                  crucible__lanes b) {
  return _mm512_sub_pd(a, b);
}
static inline crucible__lanes crucible__lanes_mul(crucible__lanes a,
                                                  crucible__lanes b) {
  return _mm512_mul_pd(a, b);
}
static inline crucible__lanes crucible__lanes_div(crucible__lanes a,
                                                  crucible__lanes b) {
  return _mm512_div_pd(a, b);
}
static inline crucible__lanes crucible__lanes_least(crucible__lanes a,
                                                    crucible__lanes b) {
  return _mm512_min_pd(a, b);
}
static inline crucible__lanes crucible__lanes_most(crucible__lanes a,
                                                   crucible__lanes b) {
  return _mm512_max_pd(a, b);
}
static inline crucible__lanes crucible__lanes_abs(crucible__lanes a) {
  return _mm512_abs_pd(a);
}
static inline crucible__lanes crucible__lanes_sqrt(crucible__lanes a) {
  return _mm512_sqrt_pd(a);
}
/* Towards zero, of numbers below 2^53 in size. */
static inline crucible__lanes crucible__lanes_whole(crucible__lanes a) {
  return _mm512_roundscale_pd(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}
/* 2^a of whole numbers from -1022 to 1023. */
static inline crucible__lanes crucible__lanes_power_of_2(crucible__lanes a) {
  return _mm512_scalef_pd(_mm512_set1_pd(1), a);
}
static inline uint32_t crucible__lanes_less(crucible__lanes a,
                                            crucible__lanes b) {
  return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
}
static inline uint32_t crucible__lanes_less_equal(crucible__lanes a,
                                                  crucible__lanes b) {
  return _mm512_cmp_pd_mask(a, b, _CMP_LE_OQ);
}
/* a < b ? x : y */
static inline crucible__lanes crucible__lanes_pick(crucible__lanes a,
                                                   crucible__lanes b,
                                                   crucible__lanes x,
                                                   crucible__lanes y) {
  return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(a, b, _CMP_LT_OQ), y, x);
}
/* {before[7], a[0], .., a[6]} */
static inline crucible__lanes crucible__lanes_shift(crucible__lanes before,
                                                    crucible__lanes a) {
  return _mm512_castsi512_pd(_mm512_alignr_epi64(
      _mm512_castpd_si512(a), _mm512_castpd_si512(before), 7));
}

#elif defined __AVX2__ || defined __SSE2__
#include <immintrin.h>

#ifdef __AVX2__
enum { CRUCIBLE__LANE_PARTS = 2 };
typedef __m256d crucible__part;
#define CRUCIBLE__PART(name) _mm256_##name##_pd
#define CRUCIBLE__PART_SHIFT(a, bits)                                          \
  _mm256_castsi256_pd(_mm256_slli_epi64(_mm256_castpd_si256(a), bits))
#define CRUCIBLE__PART_LESS(a, b) _mm256_cmp_pd(a, b, _CMP_LT_OQ)
#define CRUCIBLE__PART_LESS_EQUAL(a, b) _mm256_cmp_pd(a, b, _CMP_LE_OQ)
#define CRUCIBLE__PART_PICK(less, x, y) _mm256_blendv_pd(y, x, less)
#else
enum { CRUCIBLE__LANE_PARTS = 4 };
typedef __m128d crucible__part;
#define CRUCIBLE__PART(name) _mm_##name##_pd
#define CRUCIBLE__PART_SHIFT(a, bits)                                          \
  _mm_castsi128_pd(_mm_slli_epi64(_mm_castpd_si128(a), bits))
#define CRUCIBLE__PART_LESS(a, b) _mm_cmplt_pd(a, b)
#define CRUCIBLE__PART_LESS_EQUAL(a, b) _mm_cmple_pd(a, b)
#define CRUCIBLE__PART_PICK(less, x, y)                                        \
  _mm_or_pd(_mm_and_pd(less, x), _mm_andnot_pd(less, y))
#endif

enum { CRUCIBLE__PART_SIZE = CRUCIBLE__LANE_COUNT / CRUCIBLE__LANE_PARTS };

typedef struct crucible__lanes {
  crucible__part part[CRUCIBLE__LANE_PARTS];
} crucible__lanes;

#define CRUCIBLE__EACH_PART(statement)                                         \
  do {                                                                         \
    _Pragma("GCC unroll 4") for (int k = 0; k < CRUCIBLE__LANE_PARTS; ++k) {   \
      statement;                                                               \
    }                                                                          \
  } while (0)

static inline crucible__lanes crucible__lanes_load(const double *from) {
  crucible__lanes r;
  CRUCIBLE__EACH_PART(
      r.part[k] = CRUCIBLE__PART(loadu)(from + k * CRUCIBLE__PART_SIZE));
  return r;
}
static inline void crucible__lanes_store(double *to, crucible__lanes a) {
  CRUCIBLE__EACH_PART(
      CRUCIBLE__PART(storeu)(to + k * CRUCIBLE__PART_SIZE, a.part[k]));
}
static inline crucible__lanes crucible__lanes_all(double value) {
  crucible__lanes r;
  CRUCIBLE__EACH_PART(r.part[k] = CRUCIBLE__PART(set1)(value));
  return r;
}

#define CRUCIBLE__LANES_OPERATION(name, operation)                             \
  static inline crucible__lanes crucible__lanes_##name(crucible__lanes a,      \
                                                       crucible__lanes b) {    \
    CRUCIBLE__EACH_PART(a.part[k] =                                            \
                            CRUCIBLE__PART(operation)(a.part[k], b.part[k]));  \
    return a;                                                                  \
  }
CRUCIBLE__LANES_OPERATION(add, add)
CRUCIBLE__LANES_OPERATION(sub, sub)
CRUCIBLE__LANES_OPERATION(mul, mul)
CRUCIBLE__LANES_OPERATION(div, div)
CRUCIBLE__LANES_OPERATION(least, min)
CRUCIBLE__LANES_OPERATION(most, max)
#undef CRUCIBLE__LANES_OPERATION

static inline crucible__lanes crucible__lanes_abs(crucible__lanes a) {
  const crucible__part sign = CRUCIBLE__PART(set1)(-0.0);
  CRUCIBLE__EACH_PART(a.part[k] = CRUCIBLE__PART(andnot)(sign, a.part[k]));
  return a;
}
static inline crucible__lanes crucible__lanes_sqrt(crucible__lanes a) {
  CRUCIBLE__EACH_PART(a.part[k] = CRUCIBLE__PART(sqrt)(a.part[k]));
  return a;
}
/* Towards zero, of numbers below 2^53 in size. */
static inline crucible__lanes crucible__lanes_whole(crucible__lanes a) {
#ifdef __AVX2__
  CRUCIBLE__EACH_PART(a.part[k] = _mm256_round_pd(
                          a.part[k], _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC));
  return a;
#else
  double lane[CRUCIBLE__LANE_COUNT];
  crucible__lanes_store(lane, a);
  for (int k = 0; k < CRUCIBLE__LANE_COUNT; ++k)
    lane[k] = crucible__whole(lane[k]);
  return crucible__lanes_load(lane);
#endif
}
/* 2^a of whole numbers from -1022 to 1023: the last bits of a + 1023 + 2^52 are
   the exponent. */
static inline crucible__lanes crucible__lanes_power_of_2(crucible__lanes a) {
  const crucible__part bias = CRUCIBLE__PART(set1)(0x1p52 + 1023);
  CRUCIBLE__EACH_PART(a.part[k] = CRUCIBLE__PART_SHIFT(
                          CRUCIBLE__PART(add)(a.part[k], bias), 52));
  return a;
}
static inline uint32_t crucible__lanes_less(crucible__lanes a,
                                            crucible__lanes b) {
  uint32_t bits = 0;
  CRUCIBLE__EACH_PART(bits |= (uint32_t)CRUCIBLE__PART(movemask)(
                                  CRUCIBLE__PART_LESS(a.part[k], b.part[k]))
                              << (k * CRUCIBLE__PART_SIZE));
  return bits;
}
static inline uint32_t crucible__lanes_less_equal(crucible__lanes a,
                                                  crucible__lanes b) {
  uint32_t bits = 0;
  CRUCIBLE__EACH_PART(bits |=
                      (uint32_t)CRUCIBLE__PART(movemask)(
                          CRUCIBLE__PART_LESS_EQUAL(a.part[k], b.part[k]))
                      << (k * CRUCIBLE__PART_SIZE));
  return bits;
}
/* a < b ? x : y */
static inline crucible__lanes crucible__lanes_pick(crucible__lanes a,
                                                   crucible__lanes b,
                                                   crucible__lanes x,
                                                   crucible__lanes y) {
  CRUCIBLE__EACH_PART(
      a.part[k] = CRUCIBLE__PART_PICK(CRUCIBLE__PART_LESS(a.part[k], b.part[k]),
                                      x.part[k], y.part[k]));
  return a;
}
/* {before[7], a[0], .., a[6]} */
static inline crucible__lanes crucible__lanes_shift(crucible__lanes before,
                                                    crucible__lanes a) {
  crucible__part last = before.part[CRUCIBLE__LANE_PARTS - 1];
  crucible__lanes r;
#ifdef __AVX2__
  CRUCIBLE__EACH_PART(
      /* the high half of last, then the low half of a */
      crucible__part middle = _mm256_permute2f128_pd(last, a.part[k], 0x21);
      r.part[k] = _mm256_shuffle_pd(middle, a.part[k], 0x5); last = a.part[k]);
#else
  CRUCIBLE__EACH_PART(r.part[k] = _mm_shuffle_pd(last, a.part[k], 0x1);
                      last = a.part[k]);
#endif
  return r;
}

#undef CRUCIBLE__PART
#undef CRUCIBLE__PART_SHIFT
#undef CRUCIBLE__PART_LESS
#undef CRUCIBLE__PART_LESS_EQUAL
#undef CRUCIBLE__PART_PICK
#undef CRUCIBLE__EACH_PART

#else

typedef struct crucible__lanes {
  double lane[CRUCIBLE__LANE_COUNT];
} crucible__lanes;

#define CRUCIBLE__EACH_LANE(statement)                                         \
  do {                                                                         \
    for (int k = 0; k < CRUCIBLE__LANE_COUNT; ++k) {                           \
      statement;                                                               \
    }                                                                          \
  } while (0)

static inline crucible__lanes crucible__lanes_load(const double *from) {
  crucible__lanes r;
  CRUCIBLE__EACH_LANE(r.lane[k] = from[k]);
  return r;
}
static inline void crucible__lanes_store(double *to, crucible__lanes a) {
  CRUCIBLE__EACH_LANE(to[k] = a.lane[k]);
}
static inline crucible__lanes crucible__lanes_all(double value) {
  crucible__lanes r;
  CRUCIBLE__EACH_LANE(r.lane[k] = value);
  return r;
}

#define CRUCIBLE__LANES_OPERATION(name, expression)                            \
  static inline crucible__lanes crucible__lanes_##name(crucible__lanes p,      \
                                                       crucible__lanes q) {    \
    CRUCIBLE__EACH_LANE(double a = p.lane[k]; double b = q.lane[k];            \
                        p.lane[k] = (expression));                             \
    return p;                                                                  \
  }
CRUCIBLE__LANES_OPERATION(add, a + b)
CRUCIBLE__LANES_OPERATION(sub, a - b)
CRUCIBLE__LANES_OPERATION(mul, a *b)
CRUCIBLE__LANES_OPERATION(div, a / b)
CRUCIBLE__LANES_OPERATION(least, a < b ? a : b)
CRUCIBLE__LANES_OPERATION(most, a > b ? a : b)
#undef CRUCIBLE__LANES_OPERATION

static inline crucible__lanes crucible__lanes_abs(crucible__lanes a) {
  CRUCIBLE__EACH_LANE(a.lane[k] = a.lane[k] < 0 ? -a.lane[k] : a.lane[k] + 0);
  return a;
}
static inline crucible__lanes crucible__lanes_sqrt(crucible__lanes a) {
  CRUCIBLE__EACH_LANE(a.lane[k] = sqrt(a.lane[k]));
  return a;
}
/* Towards zero, of numbers below 2^53 in size. */
static inline crucible__lanes crucible__lanes_whole(crucible__lanes a) {
  CRUCIBLE__EACH_LANE(a.lane[k] = crucible__whole(a.lane[k]));
  return a;
}
/* 2^a of whole numbers from -1022 to 1023. */
static inline crucible__lanes crucible__lanes_power_of_2(crucible__lanes a) {
  CRUCIBLE__EACH_LANE(uint64_t bits = (uint64_t)(int64_t)(a.lane[k] + 1023)
                                      << 52;
                      memcpy(&a.lane[k], &bits, sizeof bits));
  return a;
}
static inline uint32_t crucible__lanes_less(crucible__lanes a,
                                            crucible__lanes b) {
  uint32_t bits = 0;
  CRUCIBLE__EACH_LANE(bits |= (uint32_t)(a.lane[k] < b.lane[k]) << k);
  return bits;
}
static inline uint32_t crucible__lanes_less_equal(crucible__lanes a,
                                                  crucible__lanes b) {
  uint32_t bits = 0;
  CRUCIBLE__EACH_LANE(bits |= (uint32_t)(a.lane[k] <= b.lane[k]) << k);
  return bits;
}
/* a < b ? x : y */
static inline crucible__lanes crucible__lanes_pick(crucible__lanes a,
                                                   crucible__lanes b,
                                                   crucible__lanes x,
                                                   crucible__lanes y) {
  CRUCIBLE__EACH_LANE(a.lane[k] =
                          a.lane[k] < b.lane[k] ? x.lane[k] : y.lane[k]);
  return a;
}
/* {before[7], a[0], .., a[6]} */
static inline crucible__lanes crucible__lanes_shift(crucible__lanes before,
                                                    crucible__lanes a) {
  crucible__lanes r;
  r.lane[0] = before.lane[CRUCIBLE__LANE_COUNT - 1];
  for (int k = 1; k < CRUCIBLE__LANE_COUNT; ++k)
    r.lane[k] = a.lane[k - 1];
  return r;
}
#undef CRUCIBLE__EACH_LANE

#endif

/* Bit k: whether byte k of the first n <= 64 is not zero. */
static inline uint64_t crucible__lanes_nonzero(const unsigned char *bytes,
                                               size_t n) {
#if defined __AVX512BW__
  __mmask64 wanted = n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0;
  __m512i some = _mm512_maskz_loadu_epi8(wanted, bytes);
  return _mm512_test_epi8_mask(some, some);
#else
  unsigned char part[64] = {0};
  if (n < 64)
    bytes = memcpy(part, bytes, n);
  uint64_t bits = 0;
#if defined __AVX2__
  for (int k = 0; k < 64; k += 32) {
    __m256i half =
        _mm256_loadu_si256((const __m256i *)(const void *)(bytes + k));
    __m256i zero = _mm256_cmpeq_epi8(half, _mm256_setzero_si256());
    bits |= (uint64_t) ~(uint32_t)_mm256_movemask_epi8(zero) << k;
  }
#elif defined __SSE2__
  for (int k = 0; k < 64; k += 16) {
    __m128i quarter =
        _mm_loadu_si128((const __m128i *)(const void *)(bytes + k));
    __m128i zero = _mm_cmpeq_epi8(quarter, _mm_setzero_si128());
    bits |= (uint64_t)(0xffff & ~(uint32_t)_mm_movemask_epi8(zero)) << k;
  }
#else
  for (int k = 0; k < 64; ++k)
    bits |= (uint64_t)(bytes[k] != 0) << k;
#endif
  return bits;
#endif
}

#endif
