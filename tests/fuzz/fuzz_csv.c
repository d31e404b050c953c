/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CSV reader on any bytes: it refuses them with a text, or makes bars that
 * pass every check and can be resampled. The first byte picks the options.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/series.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(int holds) {
  if (!holds)
    abort();
}

static void use(const crucible_series *series) {
  crucible_bars bars = {.struct_size = sizeof bars};
  crucible_series *coarse;
  size_t n_gaps;
  uint8_t digest[32];
  check(crucible_series_view(series, &bars) == CRUCIBLE_OK);
  check(bars.n > 0);
  check(crucible_bars_validate(&bars) == CRUCIBLE_OK);
  check(crucible_bars_gaps(&bars, NULL, 0, &n_gaps) == CRUCIBLE_OK);
  check(n_gaps < bars.n);
  check(crucible_bars_hash(&bars, digest) == CRUCIBLE_OK);
  crucible_status status =
      crucible_series_resample(series, 3 * bars.timeframe_ms, &coarse);
  check((coarse == NULL) == (status != CRUCIBLE_OK));
  if (status == CRUCIBLE_OK) {
    check(crucible_series_view(coarse, &bars) == CRUCIBLE_OK);
    check(crucible_bars_validate(&bars) == CRUCIBLE_OK);
  }
  crucible_series_destroy(coarse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static const char *const columns[] = {
      NULL, "open_time=1,open=2,high=3,low=4,close=5,volume=6", "volume=vol",
      "trades=,quote_volume="};
  if (n == 0)
    return 0;
  crucible_csv_options options;
  crucible_csv_options_init(&options, sizeof options);
  options.columns = columns[data[0] & 3];
  options.gaps = data[0] >> 2 & 1;
  options.time_unit = (data[0] >> 3) % 6;
  options.timeframe_ms = data[0] & 64 ? 60000 : 0;
  crucible_series *series = NULL;
  crucible_status status = crucible_series_parse_csv(
      (const char *)data + 1, n - 1, "fuzz-1m.csv", &options, &series);
  check((series == NULL) == (status != CRUCIBLE_OK));
  if (status == CRUCIBLE_OK)
    use(series);
  else
    check(*crucible_last_error() != '\0');
  crucible_series_destroy(series);
  return 0;
}
