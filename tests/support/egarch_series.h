/* SPDX-License-Identifier: Apache-2.0 */
/* A generated series with the memory of an EGARCH, for property tests. */
#ifndef TESTS_SUPPORT_EGARCH_SERIES_H
#define TESTS_SUPPORT_EGARCH_SERIES_H

#include <math.h>

#include "support/lcg_series.h"

/* n returns around 1: alpha .15, gamma -.05, beta .95, normal residuals whose
   tails the square of a third draw makes heavier. */
static inline void egarch_series(uint32_t seed, size_t n, double *out) {
  uint32_t state = seed;
  double h = 0;
  for (int i = 0; i < 10; ++i) /* small seeds begin alike */
    (void)lcg_next(&state);
  for (size_t t = 0; t < n; ++t) {
    const double radius = sqrt(-2 * log1p(-lcg_next(&state)));
    const double angle = 6.28318530717958647693 * lcg_next(&state);
    const double u = lcg_next(&state);
    const double z = radius * cos(angle) * (0.75 + 0.75 * u * u);
    out[t] = 0.02 + exp(0.5 * h) * z;
    h = 0.15 * (fabs(z) - 0.8) - 0.05 * z + 0.95 * h;
  }
}

#endif
