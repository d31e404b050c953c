/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of features with planted regimes, and segmenters for them. */
#ifndef TESTS_SUPPORT_SEGMENT_ROWS_H
#define TESTS_SUPPORT_SEGMENT_ROWS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <crucible/segment.h>

#include "support/regime_points.h"

enum { SEGMENT_COLUMNS = 3 };

/* Row-major [n][3]: spells of 20 to 60 bars in one of k regimes, each with its
   own level of the first column, the others alike; scales far apart.
   truth: [n] */
static inline void segment_rows(uint32_t seed, size_t n, int k, double *rows,
                                int32_t *truth) {
  uint32_t state = seed;
  size_t left = 0;
  int32_t regime = 0;
  for (size_t i = 0; i < n; ++i) {
    if (left == 0) {
      left = 20 + (size_t)(40 * lcg_next(&state));
      regime = (int32_t)(k * lcg_next(&state));
    }
    --left;
    truth[i] = regime;
    rows[3 * i] = 1e-3 * (10 * regime + regime_normal(&state));
    rows[3 * i + 1] = 5e4 + 1e3 * (8 * (regime % 2) + regime_normal(&state));
    rows[3 * i + 2] = regime_normal(&state);
  }
}

static inline crucible_segment_options
segment_regimes(size_t columns, uint64_t window, uint64_t refit) {
  crucible_segment_options options;
  crucible_segment_options_init(&options, sizeof options);
  options.kind = CRUCIBLE_SEGMENT_REGIMES;
  options.n_columns = (uint32_t)columns;
  options.window = window;
  options.refit = refit;
  options.hdbscan.min_cluster_size = 30;
  return options;
}

#endif
