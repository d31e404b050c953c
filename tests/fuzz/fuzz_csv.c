/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a CSV file of bars: refused with a text, or bars that keep every
 * promise of the reader. */
#include <crucible/series.h>

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void expect(int promise) {
  if (!promise)
    abort();
}

static void check(const crucible_bars *bars) {
  expect(bars->n > 0 && bars->timeframe_ms > 0);
  for (size_t i = 0; i < bars->n; ++i) {
    expect(bars->open_time_ms[i] % bars->timeframe_ms == 0);
    expect(i == 0 || bars->open_time_ms[i] > bars->open_time_ms[i - 1]);
    expect(isfinite(bars->high[i]) && bars->low[i] > 0);
    expect(bars->low[i] <= bars->open[i] && bars->open[i] <= bars->high[i]);
    expect(bars->low[i] <= bars->close[i] && bars->close[i] <= bars->high[i]);
    expect(bars->volume[i] >= 0 && isfinite(bars->volume[i]));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  crucible_series *series = NULL;
  crucible_status status = crucible_series_parse_csv(
      n > 0 ? (const char *)data : "", n, "input", NULL, &series);
  if (status == CRUCIBLE_OK) {
    crucible_bars bars;
    bars.struct_size = sizeof bars;
    expect(series != NULL);
    expect(crucible_series_view(series, &bars) == CRUCIBLE_OK);
    check(&bars);
  } else {
    expect(series == NULL && strlen(crucible_last_error()) > 0);
  }
  crucible_series_destroy(series);
  return 0;
}
