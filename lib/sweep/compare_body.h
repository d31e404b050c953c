/* SPDX-License-Identifier: Apache-2.0 */
/* Included once for each vector level, with COMPARE_NAME. */
#include "base/lanes.h"
#include "sweep/compare.h"

enum { GROUPS = 64 / CRUCIBLE__LANE_COUNT };

static void less(crucible__compare_row a, crucible__compare_row b,
                 size_t n_words, uint64_t *words) {
  for (size_t w = 0; w < n_words; ++w) {
    const double *x = a.values + w * a.step, *y = b.values + w * b.step;
    uint64_t bits = 0;
    for (size_t k = 0; k < GROUPS; ++k)
      bits |= (uint64_t)crucible__lanes_less(
                  crucible__lanes_load(x + k * CRUCIBLE__LANE_COUNT),
                  crucible__lanes_load(y + k * CRUCIBLE__LANE_COUNT))
              << (k * CRUCIBLE__LANE_COUNT);
    words[w] = bits;
  }
}

static void less_equal(crucible__compare_row a, crucible__compare_row b,
                       size_t n_words, uint64_t *words) {
  for (size_t w = 0; w < n_words; ++w) {
    const double *x = a.values + w * a.step, *y = b.values + w * b.step;
    uint64_t bits = 0;
    for (size_t k = 0; k < GROUPS; ++k)
      bits |= (uint64_t)crucible__lanes_less_equal(
                  crucible__lanes_load(x + k * CRUCIBLE__LANE_COUNT),
                  crucible__lanes_load(y + k * CRUCIBLE__LANE_COUNT))
              << (k * CRUCIBLE__LANE_COUNT);
    words[w] = bits;
  }
}

extern const crucible__compare_calls COMPARE_NAME;
const crucible__compare_calls COMPARE_NAME = {.less = less,
                                              .less_equal = less_equal};
