/* SPDX-License-Identifier: Apache-2.0 */
/* Options, and a market, that the tests of seasons begin with. Include after
   <cmocka.h>. */
#ifndef TESTS_SUPPORT_SEASON_FITS_H
#define TESTS_SUPPORT_SEASON_FITS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include <crucible/season.h>

#include "support/season_series.h"

enum { WEEKS = 80, HOURS = WEEKS * 7 * 24, DAY = 24 };

static inline crucible_season_options hourly(int32_t method) {
  crucible_season_options options;
  crucible_season_options_init(&options, sizeof options);
  options.timeframe_ms = SEASON_HOUR;
  options.method = method;
  options.harmonics = 3;
  options.smooth_ms = SEASON_HOUR;
  return options;
}

static inline crucible_season_rolling_options rolled(int32_t method) {
  crucible_season_rolling_options options;
  crucible_season_rolling_options_init(&options, sizeof options);
  options.season = hourly(method);
  options.window_days = 21;
  options.refit_days = 2;
  return options;
}

static inline crucible_season_egarch_options both(void) {
  crucible_season_egarch_options options;
  crucible_season_egarch_options_init(&options, sizeof options);
  options.season = rolled(CRUCIBLE_SEASON_FOURIER);
  options.volatility.first = 120;
  options.volatility.window = 500;
  options.volatility.refit = 400;
  options.volatility.model.law = CRUCIBLE_LAW_NORMAL;
  return options;
}

/* Closes of such a series; and its times and returns, all [HOURS]. */
static inline void make_closes(uint32_t seed, int64_t *times, double *returns,
                               double *closes) {
  season_series(seed, HOURS, SEASON_HOUR, times, returns);
  double price = 100;
  for (size_t i = 0; i < HOURS; ++i)
    closes[i] = price *= exp(returns[i]);
}

static inline double factor_at(const crucible_season *season, int64_t time_ms,
                               int32_t after_break) {
  double factor;
  assert_int_equal(
      crucible_season_factor(season, time_ms, after_break, &factor),
      CRUCIBLE_OK);
  return factor;
}

#endif
