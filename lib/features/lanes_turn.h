/* SPDX-License-Identifier: Apache-2.0 */
/* Eight lanes of eight: rows become columns; a store of some lanes; a quotient
   by a whole number. Included by what is compiled for a vector level. */
#ifndef CRUCIBLE__LANES_TURN_H
#define CRUCIBLE__LANES_TURN_H

#include <stddef.h>
#include <stdint.h>

#include "base/lanes.h"

#if defined __AVX512F__ && defined __AVX512DQ__

static inline void crucible__lanes_turn(crucible__lanes v[8]) {
  crucible__lanes t[8], u[8];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) { /* pairs of values */
    t[2 * i] = _mm512_unpacklo_pd(v[2 * i], v[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_pd(v[2 * i], v[2 * i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) /* pairs of pairs: 0x88 even, 0xdd odd parts */
#pragma GCC unroll 2
    for (int k = 0; k < 2; ++k) {
      u[4 * i + k] = _mm512_shuffle_f64x2(t[4 * i + k], t[4 * i + k + 2], 0x88);
      u[4 * i + k + 2] =
          _mm512_shuffle_f64x2(t[4 * i + k], t[4 * i + k + 2], 0xdd);
    }
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    v[k] = _mm512_shuffle_f64x2(u[k], u[k + 4], 0x88);
    v[k + 4] = _mm512_shuffle_f64x2(u[k], u[k + 4], 0xdd);
  }
}

/* Lane i where bit i is set. */
static inline void crucible__lanes_store_some(double *to, crucible__lanes a,
                                              uint32_t bits) {
  _mm512_mask_storeu_pd(to, (__mmask8)bits, a);
}

#elif defined __AVX2__

static inline void crucible__turn_part(crucible__lanes v[8], int row, int part,
                                       __m256d out[4]) {
  __m256d a = v[row].part[part], b = v[row + 1].part[part];
  __m256d c = v[row + 2].part[part], d = v[row + 3].part[part];
  __m256d ab0 = _mm256_unpacklo_pd(a, b), ab1 = _mm256_unpackhi_pd(a, b);
  __m256d cd0 = _mm256_unpacklo_pd(c, d), cd1 = _mm256_unpackhi_pd(c, d);
  out[0] = _mm256_permute2f128_pd(ab0, cd0, 0x20);
  out[1] = _mm256_permute2f128_pd(ab1, cd1, 0x20);
  out[2] = _mm256_permute2f128_pd(ab0, cd0, 0x31);
  out[3] = _mm256_permute2f128_pd(ab1, cd1, 0x31);
}

static inline void crucible__lanes_turn(crucible__lanes v[8]) {
  __m256d quarter[4][4];
  crucible__turn_part(v, 0, 0, quarter[0]);
  crucible__turn_part(v, 0, 1, quarter[1]);
  crucible__turn_part(v, 4, 0, quarter[2]);
  crucible__turn_part(v, 4, 1, quarter[3]);
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    v[k].part[0] = quarter[0][k];
    v[k].part[1] = quarter[2][k];
    v[k + 4].part[0] = quarter[1][k];
    v[k + 4].part[1] = quarter[3][k];
  }
}

static inline void crucible__lanes_store_some(double *to, crucible__lanes a,
                                              uint32_t bits) {
  const __m256i which = _mm256_set_epi64x(8, 4, 2, 1);
  for (int k = 0; k < 2; ++k) {
    __m256i mine = _mm256_set1_epi64x((long long)(bits >> (4 * k)));
    __m256i mask = _mm256_cmpeq_epi64(_mm256_and_si256(mine, which), which);
    _mm256_maskstore_pd(to + 4 * k, mask, a.part[k]);
  }
}

#else

static inline void crucible__lanes_turn(crucible__lanes v[8]) {
  double rows[8][8], columns[8][8];
  for (int i = 0; i < 8; ++i)
    crucible__lanes_store(rows[i], v[i]);
  for (int i = 0; i < 8; ++i)
    for (int k = 0; k < 8; ++k)
      columns[k][i] = rows[i][k];
  for (int i = 0; i < 8; ++i)
    v[i] = crucible__lanes_load(columns[i]);
}

static inline void crucible__lanes_store_some(double *to, crucible__lanes a,
                                              uint32_t bits) {
  double all[8];
  crucible__lanes_store(all, a);
  for (int k = 0; k < 8; ++k)
    if (bits >> k & 1)
      to[k] = all[k];
}

#endif

/*
 * sum / n for a whole n of at most 9 bits, inverse being 1 / n: the correctly
 * rounded quotient, without a division where there is a fused multiply-add.
 * q = sum * inverse is within 2 units of its last place. The remainder sum - n
 * q is a multiple of that unit and at most 1,000 of them, hence exact. Then
 * q + remainder * inverse is off the true quotient by less than 2^-50 units,
 * while a quotient lies on the middle of two doubles never (n times an odd
 * number of half units needs 54 bits) and at least 1 / 1,000 of a unit off it.
 */
static inline crucible__lanes crucible__lanes_share(crucible__lanes sum,
                                                    crucible__lanes n,
                                                    crucible__lanes inverse) {
#if defined __AVX512F__ && defined __AVX512DQ__
  crucible__lanes q = _mm512_mul_pd(sum, inverse);
  return _mm512_fmadd_pd(_mm512_fnmadd_pd(q, n, sum), inverse, q);
#elif defined __AVX2__ && defined __FMA__
  for (int k = 0; k < 2; ++k) {
    __m256d q = _mm256_mul_pd(sum.part[k], inverse.part[k]);
    sum.part[k] = _mm256_fmadd_pd(_mm256_fnmadd_pd(q, n.part[k], sum.part[k]),
                                  inverse.part[k], q);
  }
  return sum;
#else
  (void)inverse;
  return crucible__lanes_div(sum, n);
#endif
}

#endif
