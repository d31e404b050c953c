/* SPDX-License-Identifier: Apache-2.0 */
/* Points to cluster, the same on every machine. */
#ifndef TESTS_SUPPORT_REGIME_POINTS_H
#define TESTS_SUPPORT_REGIME_POINTS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/regime.h>

#include "support/lcg_series.h"

/* Sum of twelve: near to a normal law. */
static inline double regime_normal(uint32_t *state) {
  double sum = -6;
  for (int i = 0; i < 12; ++i)
    sum += lcg_next(state);
  return sum;
}

/* Row-major [n][dims]: nine of ten points about eight centres, the rest
   spread. */
static inline void regime_mixture(uint32_t seed, size_t n, size_t dims,
                                  double *points) {
  double centre[8][CRUCIBLE_HDBSCAN_DIMS_MAX];
  uint32_t state = seed;
  for (int c = 0; c < 8; ++c)
    for (size_t j = 0; j < dims; ++j)
      centre[c][j] = 20 * lcg_next(&state) - 10;
  for (size_t i = 0; i < n; ++i) {
    int c = (int)(8 * lcg_next(&state)), is_noise = lcg_next(&state) < 0.1;
    for (size_t j = 0; j < dims; ++j)
      points[i * dims + j] = is_noise ? 24 * lcg_next(&state) - 12
                                      : centre[c][j] + regime_normal(&state);
  }
}

/* Points of a grid of so many steps: copies and ties in plenty. */
static inline void regime_grid(uint32_t seed, size_t n, size_t dims, int steps,
                               double *points) {
  uint32_t state = seed;
  for (size_t i = 0; i < n * dims; ++i)
    points[i] = (int)(steps * lcg_next(&state));
}

static inline crucible_matrix regime_matrix(const double *points, size_t n,
                                            size_t dims) {
  return (crucible_matrix){points, n, dims, (ptrdiff_t)dims, 1};
}

#endif
