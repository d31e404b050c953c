/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/near.h"
#include "support/series_files.h"

const char *shared_data(const char *file) {
  static char path[1024];
  if (CRUCIBLE_SHARED_DIR[0] == '\0')
    skip();
  (void)snprintf(path, sizeof path, "%s/data/%s", CRUCIBLE_SHARED_DIR, file);
  return path;
}

static void must(crucible_status status) {
  if (status != CRUCIBLE_OK)
    fail_msg("%s: %s", crucible_status_name(status), crucible_last_error());
}

crucible_series *read_shared(const char *file,
                             const crucible_csv_options *options) {
  crucible_series *series;
  must(crucible_series_read_csv(shared_data(file), options, &series));
  return series;
}

crucible_series *parse_text(const char *text,
                            const crucible_csv_options *options) {
  crucible_series *series;
  must(crucible_series_parse_csv(text, strlen(text), "X-1m.csv", options,
                                 &series));
  return series;
}

crucible_bars view_of(const crucible_series *series) {
  crucible_bars bars = {.struct_size = sizeof bars};
  must(crucible_series_view(series, &bars));
  return bars;
}

crucible_series *resampled(const crucible_series *series,
                           int64_t timeframe_ms) {
  crucible_series *coarse;
  must(crucible_series_resample(series, timeframe_ms, &coarse));
  return coarse;
}

static void assert_same_column(const double *a, const double *b, size_t n) {
  assert_true((a == NULL) == (b == NULL));
  if (a != NULL)
    assert_same_bits_n(a, b, n);
}

void assert_same_bars(const crucible_bars *a, const crucible_bars *b) {
  assert_int_equal(a->n, b->n);
  assert_int_equal(a->timeframe_ms, b->timeframe_ms);
  assert_true((a->symbol == NULL) == (b->symbol == NULL));
  if (a->symbol != NULL)
    assert_string_equal(a->symbol, b->symbol);
  for (size_t i = 0; i < a->n; ++i)
    assert_int_equal(a->open_time_ms[i], b->open_time_ms[i]);
  assert_same_column(a->open, b->open, a->n);
  assert_same_column(a->high, b->high, a->n);
  assert_same_column(a->low, b->low, a->n);
  assert_same_column(a->close, b->close, a->n);
  assert_same_column(a->volume, b->volume, a->n);
  assert_same_column(a->quote_volume, b->quote_volume, a->n);
  assert_same_column(a->trades, b->trades, a->n);
  assert_same_column(a->taker_buy_base, b->taker_buy_base, a->n);
}
