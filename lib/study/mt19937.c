/* SPDX-License-Identifier: Apache-2.0 */
/* Matsumoto, Nishimura (1998), Mersenne Twister, ACM TOMACS 8(1); the seeding
   of its 2002 version. */
#include "study/mt19937.h"

enum { N = CRUCIBLE__MT_WORDS, M = 397 };

void crucible__mt_init(crucible__mt19937 *mt, uint32_t seed) {
  mt->word[0] = seed;
  for (uint32_t i = 1; i < N; ++i) {
    const uint32_t before = mt->word[i - 1];
    mt->word[i] = 1812433253u * (before ^ before >> 30) + i;
  }
  mt->used = N;
}

static uint32_t twist(uint32_t high, uint32_t low, uint32_t far) {
  const uint32_t y = (high & 0x80000000u) | (low & 0x7fffffffu);
  return far ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
}

static void renew(crucible__mt19937 *mt) {
  uint32_t *w = mt->word;
  int i = 0;
  for (; i < N - M; ++i)
    w[i] = twist(w[i], w[i + 1], w[i + M]);
  for (; i < N - 1; ++i)
    w[i] = twist(w[i], w[i + 1], w[i + M - N]);
  w[N - 1] = twist(w[N - 1], w[0], w[M - 1]);
  mt->used = 0;
}

static uint32_t next(crucible__mt19937 *mt) {
  if (mt->used == N)
    renew(mt);
  uint32_t y = mt->word[mt->used++];
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680u;
  y ^= y << 15 & 0xefc60000u;
  return y ^ y >> 18;
}

double crucible__mt_uniform(crucible__mt19937 *mt) {
  const double high = next(mt) >> 5, low = next(mt) >> 6;
  return (high * 67108864 + low) / 9007199254740992.0;
}
