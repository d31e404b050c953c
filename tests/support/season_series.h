/* SPDX-License-Identifier: Apache-2.0 */
/* Returns with a pattern over the day and the week that is known. */
#ifndef TESTS_SUPPORT_SEASON_SERIES_H
#define TESTS_SUPPORT_SEASON_SERIES_H

#include <math.h>
#include <stdint.h>

#include "support/lcg_series.h"

enum { SEASON_HOUR = 3600000 };

/* 2025-05-05, a Monday. */
#define SEASON_MONDAY ((int64_t)20213 * 86400000)

/* Twice as much at 12 as at 0, half as much on Saturday and Sunday; the mean
   of the squares over a week is 1. */
static inline double season_planted(int64_t time_ms) {
  const double angle =
      6.28318530717958647693 * (double)(time_ms % 86400000) / 86400000;
  const int64_t weekday = (time_ms / 86400000 + 3) % 7;
  /* mean of exp(-ln 2 cos) is I0(ln 2) */
  const double day_mean = 1.1237556;
  return exp(-0.5 * 0.69314718 * cos(angle)) / sqrt(day_mean) *
         (weekday >= 5 ? 0.5 : 1) / sqrt((5 + 2 * 0.25) / 7);
}

static inline double season_normal(uint32_t *state) {
  const double radius = sqrt(-2 * log1p(-lcg_next(state)));
  return radius * cos(6.28318530717958647693 * lcg_next(state));
}

/* n returns of bars every step_ms from SEASON_MONDAY on. */
static inline void season_series(uint32_t seed, size_t n, int64_t step_ms,
                                 int64_t *time_ms, double *returns) {
  uint32_t state = seed;
  for (int i = 0; i < 10; ++i) /* small seeds begin alike */
    (void)lcg_next(&state);
  for (size_t i = 0; i < n; ++i) {
    time_ms[i] = SEASON_MONDAY + (int64_t)i * step_ms;
    returns[i] = 1e-3 * season_planted(time_ms[i]) * season_normal(&state);
  }
}

#endif
