/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Series that tests/data/gen/gen_stats.py rebuilds to the bit: an integer
 * congruential generator and exact arithmetic.
 */
#ifndef TESTS_SUPPORT_LCG_SERIES_H
#define TESTS_SUPPORT_LCG_SERIES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* One step: uniform in [0, 1), a multiple of 2^-32. */
static inline double lcg_next(uint32_t *state) {
  *state = 1664525u * *state + 1013904223u;
  return *state / 4294967296.0;
}

/* kind: uniform, returns, offset or outlier; see shape() in gen_stats.py. */
static inline void lcg_series(const char *kind, uint32_t seed, size_t n,
                              double *out) {
  uint32_t state = seed;
  for (size_t i = 0; i < n; ++i) {
    const double u = lcg_next(&state);
    if (strcmp(kind, "uniform") == 0)
      out[i] = u - 0.5;
    else if (strcmp(kind, "returns") == 0)
      out[i] = (u * u * u - 0.25) * 0.0009765625;
    else if (strcmp(kind, "offset") == 0)
      out[i] = 1e9 + u;
    else
      out[i] = i == 7 ? 1e9 : u * 1e-7;
  }
}

#endif
