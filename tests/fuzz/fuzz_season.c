/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a saved season and as a saved rolling one. What is taken can be
 * saved to the same bytes; a rolling one goes on with any doubles at times that
 * follow. A factor is a number > 0 or none.
 */
#include <crucible/season.h>

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "volatility/season_rolling.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST = 1 << 16, RETURNS = 128 };

static uint8_t again[MOST];

static void expect(int promise) {
  if (!promise)
    abort();
}

static int is_factor(double factor) {
  return isnan(factor) || (factor > 0 && isfinite(factor));
}

static void ask(const crucible_season *season) {
  crucible_season_info info = {.struct_size = sizeof info};
  const int64_t day = 86400000;
  double factor;
  expect(crucible_season_get_info(season, &info) == CRUCIBLE_OK);
  for (int64_t d = -7; d <= 7; ++d)
    for (int32_t after_break = 0; after_break <= 1; ++after_break) {
      expect(crucible_season_factor(season, d * day, after_break, &factor) ==
             CRUCIBLE_OK);
      expect(is_factor(factor));
      expect(crucible_season_next_factor(season, d * day, &factor) ==
             CRUCIBLE_OK);
      expect(is_factor(factor));
    }
}

static void load_season(const uint8_t *data, size_t n) {
  crucible_season *season;
  size_t needed;
  const crucible_status status = crucible_season_load(data, n, &season);
  expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_STORE);
  expect((season != NULL) == (status == CRUCIBLE_OK));
  if (season == NULL)
    return;
  expect(crucible_season_save(season, again, MOST, &needed) == CRUCIBLE_OK);
  expect(needed == n && memcmp(data, again, n) == 0);
  ask(season);
  crucible_season_destroy(season);
}

/* Up to sixteen bars on each time, as a byte says. */
static void go_on(crucible_season_rolling *rolling, const uint8_t *data,
                  size_t n) {
  const int64_t timeframe = rolling->options.season.timeframe_ms;
  int64_t time = rolling->end > 0 ? rolling->open_time_ms[rolling->end - 1] : 0;
  const crucible_season *season;
  double values[RETURNS], factor;
  const size_t count = n < sizeof values ? n / sizeof *values : RETURNS;
  memcpy(values, data, count * sizeof *values);
  for (int round = 0; round < 2; ++round)
    for (size_t i = 0; i < count; ++i) {
      time += timeframe * (1 + data[n - 1 - i] % 16);
      const crucible_status status =
          crucible_season_rolling_push(rolling, time, values[i], &factor);
      expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_INVALID);
      expect(status != CRUCIBLE_OK || is_factor(factor));
    }
  expect(crucible_season_rolling_get(rolling, &season) == CRUCIBLE_OK);
  if (season != NULL)
    ask(season);
}

static void load_rolling(const uint8_t *data, size_t n) {
  crucible_season_rolling *rolling;
  size_t needed;
  const crucible_status status =
      crucible_season_rolling_load(data, n, &rolling);
  expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_STORE);
  expect((rolling != NULL) == (status == CRUCIBLE_OK));
  if (rolling == NULL)
    return;
  expect(crucible_season_rolling_save(rolling, again, MOST, &needed) ==
         CRUCIBLE_OK);
  expect(needed == n && memcmp(data, again, n) == 0);
  go_on(rolling, data, n);
  crucible_season_rolling_destroy(rolling);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  if (n > MOST)
    return 0;
  load_season(data, n);
  load_rolling(data, n);
  return 0;
}
