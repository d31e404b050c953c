/* SPDX-License-Identifier: Apache-2.0 */
/* Powers of ten to 128 bits, for reading and printing doubles. */
#ifndef CRUCIBLE__POW10_TABLE_H
#define CRUCIBLE__POW10_TABLE_H

#include <stdint.h>

enum { CRUCIBLE__POW10_FIRST = -342, CRUCIBLE__POW10_LAST = 324 };

/*
 * {high, low} of ceil(10^k / 2^(b - 127)), b = floor(log2(10^k)), for
 * k = CRUCIBLE__POW10_FIRST ...: 128 bits, the highest one set. Exact for
 * 0 <= k <= 55, else one above the truncated value.
 */
extern const uint64_t
    crucible__pow10_table[CRUCIBLE__POW10_LAST - CRUCIBLE__POW10_FIRST + 1][2];

/* Low word of a * b; the high one in *high. */
static inline uint64_t crucible__mul64(uint64_t a, uint64_t b, uint64_t *high) {
#ifdef __SIZEOF_INT128__
  __extension__ typedef unsigned __int128 wide;
  wide product = (wide)a * b;
  *high = (uint64_t)(product >> 64);
  return (uint64_t)product;
#else
  uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
  uint64_t middle = a1 * b0 + ((a0 * b0) >> 32);
  uint64_t other = a0 * b1 + (uint32_t)middle;
  *high = a1 * b1 + (middle >> 32) + (other >> 32);
  return (other << 32) | (uint32_t)(a0 * b0);
#endif
}

#endif
