/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that an estimate of the impact needs of its orders, in one size: sums by
 * bin of Q/V, and by block of time and bin.
 */
#ifndef CRUCIBLE__IMPACT_SUMS_H
#define CRUCIBLE__IMPACT_SUMS_H

#include <stddef.h>
#include <stdint.h>

enum {
  CRUCIBLE__IMPACT_BINS = 192, /* quarters of octaves, Q/V from 2^-40 to 2^8;
                                  what lies outside is in the first or last */
  CRUCIBLE__IMPACT_BLOCKS = 64 /* when there are more, two become one */
};

/* Orders of one bin: s is sigma, c the cost, l = ln(Q/V). */
typedef struct crucible__impact_bin {
  uint64_t n;
  double s, c, ss, sc, cc; /* sums of the products */
  double sl;
} crucible__impact_bin;

typedef struct crucible__impact_cell {
  double s, c;
} crucible__impact_cell;

typedef struct crucible__impact_sums {
  int64_t origin_ms; /* where block 0 begins */
  int64_t block_ms;
  int64_t time_ms; /* of the last order */
  uint64_t n, n_free;
  double low, high; /* Q/V */
  uint64_t in_block[CRUCIBLE__IMPACT_BLOCKS];
  crucible__impact_bin bin[CRUCIBLE__IMPACT_BINS];
  crucible__impact_cell cell[CRUCIBLE__IMPACT_BLOCKS][CRUCIBLE__IMPACT_BINS];
} crucible__impact_sums;

/* No orders yet; the memory is all zero. */
void crucible__impact_sums_begin(crucible__impact_sums *sums, int64_t block_ms);

/* Takes an order: not before the last, sigma > 0, share > 0. */
void crucible__impact_sums_add(crucible__impact_sums *sums, int64_t time_ms,
                               double sigma, double share, double cost);

/* Q/V in the middle of a bin, on a log scale. */
double crucible__impact_bin_share(size_t bin);

#endif
