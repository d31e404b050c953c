/* SPDX-License-Identifier: Apache-2.0 */
/* Seasons that are fitted anew as bars come, and EGARCH without its season. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/season.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/season_fits.h"
#include "support/season_series.h"
#include "support/statuses.h"

static int64_t times[HOURS];
static double returns[HOURS], closes[HOURS], factors[HOURS], others[HOURS];

/* ---- rolling ---- */

static void factors_are_pushes_to_the_bit(void **state) {
  (void)state;
  season_series(7, HOURS, SEASON_HOUR, times, returns);
  for (int32_t method = 1; method <= 2; ++method) {
    const crucible_season_rolling_options options = rolled(method);
    crucible_season_rolling *rolling;
    double factor;
    assert_int_equal(crucible_season_rolling_factors(&options, times, returns,
                                                     HOURS, factors),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_season_rolling_create(&options, &rolling),
                     CRUCIBLE_OK);
    for (size_t i = 0; i < HOURS; ++i) {
      assert_int_equal(
          crucible_season_rolling_push(rolling, times[i], returns[i], &factor),
          CRUCIBLE_OK);
      assert_true(isnan(factor) == (i < 7 * DAY - 1));
      if (!isnan(factor))
        assert_same_bits(factor, factors[i]);
    }
    crucible_season_rolling_destroy(rolling);
  }
}

static void a_rolling_season_is_a_fit_of_its_window(void **state) {
  (void)state;
  season_series(8, HOURS, SEASON_HOUR, times, returns);
  const crucible_season_rolling_options options = rolled(1);
  assert_int_equal(
      crucible_season_rolling_factors(&options, times, returns, HOURS, factors),
      CRUCIBLE_OK);
  /* fits at the ends of days 7, 9, 11, ..: the 31st sees days 10 to 30 and,
     as the day that has ended is the last, one more at its begin */
  crucible_season *season;
  const size_t last = 31 * DAY - 1, from = 9 * DAY;
  assert_int_equal(crucible_season_fit(&options.season, times + from,
                                       returns + from, last + 1 - from,
                                       &season),
                   CRUCIBLE_OK);
  for (size_t i = last; i < last + 2 * DAY; ++i)
    assert_same_bits(factors[i], factor_at(season, times[i] + SEASON_HOUR, 0));
  assert_true(factors[last - 1] !=
              factor_at(season, times[last - 1] + SEASON_HOUR, 0));
  crucible_season_destroy(season);
}

static void factors_do_not_see_the_future(void **state) {
  (void)state;
  season_series(9, HOURS, SEASON_HOUR, times, returns);
  for (int32_t method = 1; method <= 2; ++method) {
    const crucible_season_rolling_options options = rolled(method);
    const size_t cut = 20 * DAY + 23; /* the last bar of a day with a fit */
    season_series(9, HOURS, SEASON_HOUR, times, returns);
    assert_int_equal(crucible_season_rolling_factors(&options, times, returns,
                                                     HOURS, factors),
                     CRUCIBLE_OK);
    for (size_t i = cut; i < HOURS; ++i)
      returns[i] = 0.01 * (double)(i % 5);
    assert_int_equal(crucible_season_rolling_factors(&options, times, returns,
                                                     HOURS, others),
                     CRUCIBLE_OK);
    assert_same_bits_n(others + 7 * DAY, factors + 7 * DAY, cut - 7 * DAY);
    assert_true(factors[cut] != others[cut]);
    /* nor what has left the window */
    season_series(9, HOURS, SEASON_HOUR, times, returns);
    for (size_t i = 0; i < 10 * DAY; ++i)
      returns[i] = -returns[i] * (double)(i % 3);
    assert_int_equal(crucible_season_rolling_factors(&options, times, returns,
                                                     HOURS, others),
                     CRUCIBLE_OK);
    assert_same_bits_n(others + 40 * DAY, factors + 40 * DAY, HOURS - 40 * DAY);
  }
}

static void a_dead_market_keeps_its_season(void **state) {
  (void)state;
  season_series(10, HOURS, SEASON_HOUR, times, returns);
  const crucible_season_rolling_options options = rolled(1);
  for (size_t i = 60 * DAY; i < HOURS; ++i)
    returns[i] = 0;
  assert_int_equal(
      crucible_season_rolling_factors(&options, times, returns, HOURS, factors),
      CRUCIBLE_OK);
  for (size_t i = 7 * DAY; i < HOURS; ++i)
    assert_true(factors[i] > 0 && isfinite(factors[i]));
  assert_same_bits(factors[HOURS - 1], factors[HOURS - 1 - 7 * DAY]);
}

/* ---- as bytes ---- */

static unsigned char bytes[1 << 17];

static size_t saved(const crucible_season_rolling *rolling) {
  size_t n = 0, again = 0;
  assert_int_equal(crucible_season_rolling_save(rolling, NULL, 0, &n),
                   CRUCIBLE_OK);
  assert_true(n > 0 && n <= sizeof bytes);
  assert_int_equal(
      crucible_season_rolling_save(rolling, bytes, sizeof bytes, &again),
      CRUCIBLE_OK);
  assert_int_equal(n, again);
  return n;
}

static void a_loaded_season_goes_on_to_the_bit(void **state) {
  (void)state;
  season_series(11, HOURS, SEASON_HOUR, times, returns);
  for (int32_t method = 1; method <= 2; ++method) {
    const crucible_season_rolling_options options = rolled(method);
    crucible_season_rolling *rolling, *loaded;
    double factor;
    assert_int_equal(crucible_season_rolling_factors(&options, times, returns,
                                                     HOURS, factors),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_season_rolling_create(&options, &rolling),
                     CRUCIBLE_OK);
    for (size_t i = 0; i < 60 * DAY; ++i) {
      if (i % 97 == 0) { /* also empty, and before the first fit */
        const size_t n = saved(rolling);
        assert_int_equal(crucible_season_rolling_load(bytes, n, &loaded),
                         CRUCIBLE_OK);
        crucible_season_rolling_destroy(rolling);
        rolling = loaded;
      }
      assert_int_equal(
          crucible_season_rolling_push(rolling, times[i], returns[i], &factor),
          CRUCIBLE_OK);
      if (i >= 7 * DAY)
        assert_same_bits(factor, factors[i]);
    }
    crucible_season_rolling_destroy(rolling);
  }
}

static void damaged_bytes_load_as_nothing_or_as_a_season(void **state) {
  (void)state;
  season_series(12, HOURS, SEASON_HOUR, times, returns);
  const crucible_season_rolling_options options = rolled(2);
  crucible_season_rolling *rolling, *loaded;
  double factor;
  uint32_t seed = 5;
  assert_int_equal(crucible_season_rolling_create(&options, &rolling),
                   CRUCIBLE_OK);
  for (size_t i = 0; i < 9 * DAY; ++i)
    assert_int_equal(
        crucible_season_rolling_push(rolling, times[i], returns[i], &factor),
        CRUCIBLE_OK);
  const size_t n = saved(rolling);
  crucible_season_rolling_destroy(rolling);
  for (size_t cut = 0; cut < n; ++cut)
    assert_int_equal(crucible_season_rolling_load(bytes, cut, &loaded),
                     CRUCIBLE_E_STORE);
  assert_null(loaded);
  int refused = 0;
  for (size_t k = 0; k < 8 * n; ++k) {
    if (k >= 8 * 400 && lcg_next(&seed) > 0.1) /* the head bit by bit */
      continue;
    bytes[k / 8] ^= (unsigned char)(1 << k % 8);
    const crucible_status status =
        crucible_season_rolling_load(bytes, n, &loaded);
    if (status == CRUCIBLE_OK) { /* what cannot be told: it works */
      const crucible_status pushed =
          crucible_season_rolling_push(loaded, times[40 * DAY], 0.001, &factor);
      assert_true(pushed == CRUCIBLE_OK || pushed == CRUCIBLE_E_INVALID);
      crucible_season_rolling_destroy(loaded);
    } else {
      assert_int_equal(status, CRUCIBLE_E_STORE);
      assert_null(loaded);
      ++refused;
    }
    bytes[k / 8] ^= (unsigned char)(1 << k % 8);
  }
  assert_true(refused > 500);
}

/* ---- EGARCH without the season ---- */

static void forecasts_are_egarch_times_season(void **state) {
  (void)state;
  const crucible_season_egarch_options options = both();
  make_closes(14, times, returns, closes);
  enum { USED = 60 * DAY };
  assert_int_equal(
      crucible_season_egarch_forecasts(&options, times, closes, USED, factors),
      CRUCIBLE_OK);
  /* by hand, from the two parts */
  crucible_season_rolling *season;
  crucible_egarch_rolling *egarch;
  const crucible_season *at;
  double next, sigma = NAN;
  assert_int_equal(crucible_season_rolling_create(&options.season, &season),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_egarch_rolling_create(&options.volatility, &egarch),
                   CRUCIBLE_OK);
  for (size_t i = 1; i < USED; ++i) {
    const double r = log(closes[i] / closes[i - 1]);
    assert_int_equal(crucible_season_rolling_get(season, &at), CRUCIBLE_OK);
    const int had = at != NULL;
    if (had)
      assert_int_equal(crucible_egarch_rolling_push(
                           egarch, r / factor_at(at, times[i], 0), &sigma),
                       CRUCIBLE_OK);
    assert_int_equal(crucible_season_rolling_push(season, times[i], r, &next),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_season_rolling_get(season, &at), CRUCIBLE_OK);
    for (size_t j = 1; !had && at != NULL && j <= i; ++j)
      assert_int_equal(
          crucible_egarch_rolling_push(egarch,
                                       log(closes[j] / closes[j - 1]) /
                                           factor_at(at, times[j], 0),
                                       &sigma),
          CRUCIBLE_OK);
    if (at == NULL)
      assert_true(isnan(factors[i]));
    else
      assert_same_bits(factors[i], sigma * next);
  }
  assert_true(factors[USED - 1] > 0);
  crucible_season_rolling_destroy(season);
  crucible_egarch_rolling_destroy(egarch);
}

static void forecasts_know_the_planted_pattern(void **state) {
  (void)state;
  crucible_season_egarch_options options = both();
  options.season.window_days = 200;
  options.season.refit_days = 20;
  options.season.season.levels = 2;
  options.season.season.shrink_days = 0;
  options.volatility.window = 4000;
  options.volatility.refit = 3000;
  make_closes(15, times, returns, closes);
  assert_int_equal(
      crucible_season_egarch_forecasts(&options, times, closes, HOURS, factors),
      CRUCIBLE_OK);
  assert_int_equal(crucible_egarch_rolling_forecasts(&options.volatility,
                                                     closes, HOURS, others),
                   CRUCIBLE_OK);
  double with = 0, without = 0;
  for (size_t i = 300 * DAY; i + 1 < HOURS; ++i) {
    const double truth = 1e-3 * season_planted(times[i + 1]);
    with += pow(log(factors[i] / truth), 2);
    without += pow(log(others[i] / truth), 2);
  }
  assert_true(with < 0.2 * without);
}

static void forecasts_do_not_see_the_future(void **state) {
  (void)state;
  const crucible_season_egarch_options options = both();
  enum { USED = 40 * DAY, CUT = 30 * DAY + 23 };
  make_closes(16, times, returns, closes);
  assert_int_equal(
      crucible_season_egarch_forecasts(&options, times, closes, USED, factors),
      CRUCIBLE_OK);
  for (size_t i = CUT; i < USED; ++i)
    closes[i] *= 1 + 0.01 * (double)(i % 7);
  assert_int_equal(
      crucible_season_egarch_forecasts(&options, times, closes, USED, others),
      CRUCIBLE_OK);
  assert_true(factors[7 * DAY] > 0);
  assert_same_bits_n(others + 7 * DAY, factors + 7 * DAY, CUT - 7 * DAY);
  assert_true(others[CUT] != factors[CUT]);
}

/* ---- bad input ---- */

static void rolling_refuses_bad_arguments(void **state) {
  (void)state;
  crucible_season_rolling_options options = rolled(1);
  crucible_season_rolling *rolling;
  crucible_season_egarch *forecast;
  double factor = 7;
  season_series(1, HOURS, SEASON_HOUR, times, returns);
  options.window_days = 6;
  assert_fails(crucible_season_rolling_create(&options, &rolling),
               CRUCIBLE_E_INVALID, "window_days is 6");
  options = rolled(1);
  options.refit_days = 0;
  assert_fails(crucible_season_rolling_create(&options, &rolling),
               CRUCIBLE_E_INVALID, "refit_days is 0");
  assert_null(rolling);
  options = rolled(1);
  assert_int_equal(crucible_season_rolling_create(&options, &rolling),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_season_rolling_push(rolling, times[5], 0, &factor),
                   CRUCIBLE_OK);
  factor = 7;
  assert_fails(crucible_season_rolling_push(rolling, times[5], 0, &factor),
               CRUCIBLE_E_INVALID, "not after the last bar");
  assert_fails(crucible_season_rolling_push(rolling, times[6], NAN, &factor),
               CRUCIBLE_E_INVALID, "value is nan");
  assert_fails(crucible_season_rolling_push(rolling, times[6] + 1, 0, &factor),
               CRUCIBLE_E_INVALID, "multiples of");
  assert_fails(crucible_season_rolling_push(NULL, times[6], 0, &factor),
               CRUCIBLE_E_INVALID, "rolling is NULL");
  assert_near(factor, 7, 0, 0);
  crucible_season_rolling_destroy(rolling);
  crucible_season_rolling_destroy(NULL);
  crucible_season_destroy(NULL);
  crucible_season_egarch_destroy(NULL);
  assert_fails(
      crucible_season_rolling_factors(&options, times, returns, 0, &factor),
      CRUCIBLE_E_TOO_SHORT, "n is 0");
  returns[3] = INFINITY;
  assert_fails(
      crucible_season_rolling_factors(&options, times, returns, 9, factors),
      CRUCIBLE_E_INVALID, "bar 3: value is inf");
  crucible_season_egarch_options joined = both();
  joined.volatility.first = 99;
  assert_fails(crucible_season_egarch_create(&joined, &forecast),
               CRUCIBLE_E_INVALID, "first is 99");
  assert_null(forecast);
  closes[1] = 0;
  assert_fails(
      crucible_season_egarch_forecasts(NULL, times, closes, 2, factors),
      CRUCIBLE_E_INVALID, "close[1] is 0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(factors_are_pushes_to_the_bit),
      cmocka_unit_test(a_rolling_season_is_a_fit_of_its_window),
      cmocka_unit_test(factors_do_not_see_the_future),
      cmocka_unit_test(a_dead_market_keeps_its_season),
      cmocka_unit_test(a_loaded_season_goes_on_to_the_bit),
      cmocka_unit_test(damaged_bytes_load_as_nothing_or_as_a_season),
      cmocka_unit_test(forecasts_are_egarch_times_season),
      cmocka_unit_test(forecasts_know_the_planted_pattern),
      cmocka_unit_test(forecasts_do_not_see_the_future),
      cmocka_unit_test(rolling_refuses_bad_arguments),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
