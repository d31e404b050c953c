/* SPDX-License-Identifier: Apache-2.0 */
/* Streams for the tests of drift. */
#ifndef TESTS_SUPPORT_DRIFT_SERIES_H
#define TESTS_SUPPORT_DRIFT_SERIES_H

#include <stddef.h>
#include <stdint.h>

/* The three levels of the shared golden.json: 0.3 u, after 1500 values 0.35
   more, after 2700 0.1. */
static inline void drift_levels(size_t n, double scale, double *out) {
  uint64_t state = 1;
  for (size_t i = 0; i < n; ++i) {
    state =
        state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    const double u = (double)(state >> 11) / 9007199254740992.0;
    const double level = i < 1500 ? 0 : i < 2700 ? .35 : .1;
    out[i] = (0.3 * u + level) * scale;
  }
}

#endif
