/* SPDX-License-Identifier: Apache-2.0 */
/* The look-ahead test asked about columns, and columns that several of its
   tests ask about, leaking and honest. Include after <cmocka.h>. */
#ifndef TESTS_SUPPORT_GUARD_LOOKAHEAD_H
#define TESTS_SUPPORT_GUARD_LOOKAHEAD_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include <crucible/crucible.h>

#include "support/guard_world.h"

enum { HOUR_MS = 3600000 };

static inline crucible_lookahead_result
check_with(const world *w, const crucible_column_source *source,
           const crucible_lookahead_options *options,
           crucible_lookahead_finding *findings) {
  crucible_lookahead_result result = {.struct_size = sizeof result};
  must(crucible_lookahead_check(source, &w->bars, options, NULL, NULL, &result,
                                findings));
  return result;
}

static inline crucible_lookahead_result check(const world *w,
                                              crucible_columns_cb compute,
                                              size_t n_columns, int32_t kind) {
  crucible_column_source source = source_of(compute, n_columns, kind);
  return check_with(w, &source, NULL, NULL);
}

/* Mean of five closes, the bar in their middle. */
static inline int32_t centred(const crucible_bars *bars, void *values,
                              void *data) {
  double *out = values;
  (void)data;
  for (size_t i = 2; i + 2 < bars->n; ++i)
    out[i] = (bars->close[i - 2] + bars->close[i - 1] + bars->close[i] +
              bars->close[i + 1] + bars->close[i + 2]) /
             5;
  return 0;
}

/* Freqtrade's issue 5494: minimum and maximum of the whole frame. */
static inline int32_t normalised(const crucible_bars *bars, void *values,
                                 void *data) {
  double low = INFINITY, high = -INFINITY, *out = values;
  (void)data;
  for (size_t i = 0; i < bars->n; ++i) {
    low = fmin(low, bars->low[i]);
    high = fmax(high, bars->high[i]);
  }
  for (size_t i = 0; i < bars->n; ++i)
    out[i] = (bars->close[i] - low) / (high - low);
  return 0;
}

/* pandas' shift(-1), which has NaN in its last row. */
static inline int32_t shifted(const crucible_bars *bars, void *values,
                              void *data) {
  double *out = values;
  (void)data;
  for (size_t i = 0; i + 1 < bars->n; ++i)
    out[i] = bars->close[i + 1] / bars->close[i] - 1;
  return 0;
}

/* The hour before, which had closed: honest. */
static inline int32_t hour_before(const crucible_bars *bars, void *values,
                                  void *data) {
  double *out = values, hour = (double)NAN;
  (void)data;
  for (size_t i = 0; i < bars->n; ++i) {
    if (i > 0 &&
        bars->open_time_ms[i] / HOUR_MS != bars->open_time_ms[i - 1] / HOUR_MS)
      hour = bars->close[i - 1];
    out[i] = hour;
  }
  return 0;
}

/* A few entries of many bars, each because the next bar is good. */
static inline int32_t rare(const crucible_bars *bars, void *values,
                           void *data) {
  uint8_t *out = values;
  (void)data;
  for (size_t i = 0; i + 1 < bars->n; ++i)
    out[i] = bars->close[i + 1] > bars->close[i] * 1.008;
  return 0;
}

#endif
