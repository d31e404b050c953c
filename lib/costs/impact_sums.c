/* SPDX-License-Identifier: Apache-2.0 */
#include "costs/impact_sums.h"

#include <math.h>
#include <string.h>

enum { LOWEST = -39 }; /* frexp()'s exponent of 2^-40 */

/* 2^(-3/4), 2^(-1/2), 2^(-1/4): where quarters of an octave end. Constants, so
   that every machine puts an order into the same bin. */
static const double QUARTER[3] = {0x1.306fe0a31b715p-1, 0x1.6a09e667f3bcdp-1,
                                  0x1.ae89f995ad3adp-1};

static size_t bin_of(double share) {
  int exponent;
  const double mantissa = frexp(share, &exponent);
  int quarter = 0;
  while (quarter < 3 && mantissa >= QUARTER[quarter])
    ++quarter;
  if (exponent < LOWEST)
    return 0;
  const size_t bin = (size_t)(exponent - LOWEST) * 4 + (size_t)quarter;
  return bin < CRUCIBLE__IMPACT_BINS ? bin : CRUCIBLE__IMPACT_BINS - 1;
}

double crucible__impact_bin_share(size_t bin) {
  return ldexp(exp2(((double)(bin % 4) + 0.5) / 4),
               LOWEST - 1 + (int)(bin / 4));
}

void crucible__impact_sums_begin(crucible__impact_sums *sums,
                                 int64_t block_ms) {
  sums->block_ms = block_ms;
}

/* Blocks become twice as long, two of them one. */
static void merge_blocks(crucible__impact_sums *sums) {
  const size_t half = CRUCIBLE__IMPACT_BLOCKS / 2;
  for (size_t b = 0; b < half; ++b) {
    const crucible__impact_cell *first = sums->cell[2 * b];
    const crucible__impact_cell *second = sums->cell[2 * b + 1];
    for (size_t k = 0; k < CRUCIBLE__IMPACT_BINS; ++k)
      sums->cell[b][k] = (crucible__impact_cell){.s = first[k].s + second[k].s,
                                                 .c = first[k].c + second[k].c};
    sums->in_block[b] = sums->in_block[2 * b] + sums->in_block[2 * b + 1];
  }
  memset(sums->cell[half], 0, half * sizeof sums->cell[half]);
  memset(&sums->in_block[half], 0, half * sizeof sums->in_block[half]);
  sums->block_ms *= 2;
}

static int64_t floor_to(int64_t time_ms, int64_t length_ms) {
  const int64_t into = time_ms % length_ms;
  return time_ms - (into < 0 ? into + length_ms : into);
}

void crucible__impact_sums_add(crucible__impact_sums *sums, int64_t time_ms,
                               double sigma, double share, double cost) {
  if (sums->n == 0)
    sums->origin_ms = floor_to(time_ms, sums->block_ms);
  int64_t block = (time_ms - sums->origin_ms) / sums->block_ms;
  while (block >= CRUCIBLE__IMPACT_BLOCKS) {
    merge_blocks(sums);
    block /= 2;
  }
  const size_t k = bin_of(share);
  crucible__impact_bin *bin = &sums->bin[k];
  crucible__impact_cell *cell = &sums->cell[block][k];
  ++bin->n;
  bin->s += sigma;
  bin->c += cost;
  bin->ss += sigma * sigma;
  bin->sc += sigma * cost;
  bin->cc += cost * cost;
  bin->sl += sigma * log(share);
  cell->s += sigma;
  cell->c += cost;
  ++sums->in_block[block];
  sums->low = sums->n == 0 || share < sums->low ? share : sums->low;
  sums->high = share > sums->high ? share : sums->high;
  sums->n_free += cost <= 0;
  sums->time_ms = time_ms;
  ++sums->n;
}
