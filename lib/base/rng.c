/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rng.h"

#include <assert.h>
#include <string.h>

#include "base/normal.h"
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

double crucible__rng_normal(crucible__rng *rng) {
  /* the middle of one of 2^52 equal cells: never 0 or 1, and 1 - p is exact */
  double cell = (double)(crucible__rng_u64(rng) >> 12);
  return crucible__normal_quantile((cell + 0.5) * 0x1p-52);
}
