/* SPDX-License-Identifier: Apache-2.0 */
/* The pattern of volatility over the day and the week. */
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
static double returns[HOURS];

static crucible_season *fitted(const crucible_season_options *options,
                               size_t n) {
  crucible_season *season;
  assert_int_equal(crucible_season_fit(options, times, returns, n, &season),
                   CRUCIBLE_OK);
  return season;
}

static double next_after(const crucible_season *season, int64_t time_ms) {
  double factor;
  assert_int_equal(crucible_season_next_factor(season, time_ms, &factor),
                   CRUCIBLE_OK);
  return factor;
}

/* ---- what it finds ---- */

static void a_planted_pattern_is_found(void **state) {
  (void)state;
  season_series(1, HOURS, SEASON_HOUR, times, returns);
  for (int32_t method = 1; method <= 2; ++method) {
    crucible_season_options options = hourly(method);
    options.shrink_days = 0;
    crucible_season *season = fitted(&options, HOURS);
    double worst = 0;
    for (int h = 0; h < 7 * DAY; ++h) {
      const int64_t at = SEASON_MONDAY + (int64_t)h * SEASON_HOUR;
      worst =
          fmax(worst, fabs(factor_at(season, at, 0) / season_planted(at) - 1));
    }
    assert_true(worst < 0.1);
    crucible_season_destroy(season);
  }
}

static void squares_of_factors_have_the_mean_1_over_a_week(void **state) {
  (void)state;
  season_series(2, HOURS, SEASON_HOUR, times, returns);
  for (int32_t method = 1; method <= 2; ++method)
    for (uint32_t shapes = 1; shapes <= 7;
         shapes = shapes == 1 ? 2 : 3 * shapes + 1) {
      crucible_season_options options = hourly(method);
      options.shapes = shapes;
      crucible_season *season = fitted(&options, HOURS);
      double sum = 0;
      for (int h = 0; h < 7 * DAY; ++h)
        sum += pow(factor_at(season, -(int64_t)h * SEASON_HOUR, 0), 2);
      assert_near(sum / (7 * DAY), 1, 1e-12, 0);
      crucible_season_destroy(season);
    }
}

static void scale_and_a_bad_print_do_not_change_the_pattern(void **state) {
  (void)state;
  season_series(3, HOURS, SEASON_HOUR, times, returns);
  for (int32_t method = 1; method <= 2; ++method) {
    const crucible_season_options options = hourly(method);
    crucible_season *season = fitted(&options, HOURS);
    for (size_t i = 0; i < HOURS; ++i)
      returns[i] *= 4096;
    crucible_season *scaled = fitted(&options, HOURS);
    returns[1000] += 409.6; /* a hundred standard deviations */
    crucible_season *spoilt = fitted(&options, HOURS);
    for (int h = 0; h < 7 * DAY; ++h) {
      const int64_t at = SEASON_MONDAY + (int64_t)h * SEASON_HOUR;
      assert_near(factor_at(scaled, at, 0), factor_at(season, at, 0), 1e-12, 0);
      assert_near(factor_at(spoilt, at, 0), factor_at(season, at, 0), 0.05, 0);
    }
    crucible_season_destroy(season);
    crucible_season_destroy(scaled);
    crucible_season_destroy(spoilt);
    for (size_t i = 0; i < HOURS; ++i)
      returns[i] /= 4096;
    returns[1000] -= 0.1;
  }
}

/* Bars from 9 to 16 on five days; the return over a night is thrice as large. */
static size_t make_sessions(int64_t *at, double *value, size_t most) {
  uint32_t seed = 4;
  size_t n = 0;
  for (int64_t day = 0; n + 8 <= most; ++day)
    for (int hour = 9; day % 7 < 5 && hour < 17; ++hour) {
      at[n] = SEASON_MONDAY + day * 86400000 + hour * SEASON_HOUR;
      value[n++] = (hour == 9 ? 3 : 1) * season_normal(&seed);
    }
  return n;
}

static void sessions_need_no_description(void **state) {
  (void)state;
  const size_t n = make_sessions(times, returns, 2000);
  for (int32_t method = 1; method <= 2; ++method) {
    crucible_season_options options = hourly(method);
    crucible_season_info info = {.struct_size = sizeof info};
    options.harmonics = 1;
    options.smooth_ms = 0;
    crucible_season *season = fitted(&options, n);
    assert_int_equal(crucible_season_get_info(season, &info), CRUCIBLE_OK);
    assert_int_equal(info.n_times, 7); /* that of 9 is over the night */
    assert_int_equal(info.n_days, n / 8);
    assert_int_equal(info.n_breaks, n / 8 - 1);
    assert_near(info.break_factor, 3, 0.25, 0);
    for (int hour = 0; hour < DAY; ++hour) {
      const int64_t at = SEASON_MONDAY + hour * SEASON_HOUR;
      if (hour < 10 || hour > 16)
        assert_true(isnan(factor_at(season, at, 0)));
      else
        assert_near(factor_at(season, at, 0), 1, 0.3, 0);
      assert_same_bits(factor_at(season, at, 1), info.break_factor);
    }
    /* no bar opens at 17, nor on a Saturday: the next one is over a break */
    const int64_t friday = SEASON_MONDAY + 4 * 86400000LL;
    assert_same_bits(next_after(season, friday + 16 * SEASON_HOUR),
                     info.break_factor);
    assert_same_bits(next_after(season, friday + 86400000 + 9 * SEASON_HOUR),
                     info.break_factor);
    assert_same_bits(next_after(season, friday + 12 * SEASON_HOUR),
                     factor_at(season, friday + 13 * SEASON_HOUR, 0));
    crucible_season_destroy(season);
  }
}

static void few_breaks_have_no_factor_of_their_own(void **state) {
  (void)state;
  season_series(5, HOURS, SEASON_HOUR, times, returns);
  crucible_season_info info = {.struct_size = sizeof info};
  const crucible_season_options options = hourly(CRUCIBLE_SEASON_FOURIER);
  memmove(times + 100, times + 110, (HOURS - 110) * sizeof *times);
  crucible_season *season = fitted(&options, HOURS - 10);
  assert_int_equal(crucible_season_get_info(season, &info), CRUCIBLE_OK);
  assert_int_equal(info.n_breaks, 0); /* and its day was not whole */
  assert_true(isnan(info.break_factor));
  assert_same_bits(factor_at(season, 0, 1), factor_at(season, 0, 0));
  crucible_season_destroy(season);
}

static void zeros_are_held_at_the_floor(void **state) {
  (void)state;
  season_series(6, HOURS, SEASON_HOUR, times, returns);
  crucible_season_options options = hourly(CRUCIBLE_SEASON_FOURIER);
  for (size_t i = 0; i < HOURS; ++i) /* two of three at night do not trade */
    if (i % DAY < 4 && i % 3 != 0)
      returns[i] = 0;
  options.zero_floor = 0.05;
  crucible_season *low = fitted(&options, HOURS);
  options.zero_floor = 0.5;
  crucible_season *high = fitted(&options, HOURS);
  crucible_season_options robust = hourly(CRUCIBLE_SEASON_ROBUST);
  crucible_season *median = fitted(&robust, HOURS);
  for (int h = 0; h < 7 * DAY; ++h)
    assert_true(factor_at(median, (int64_t)h * SEASON_HOUR, 0) > 0);
  assert_true(factor_at(low, SEASON_MONDAY, 0) <
              factor_at(high, SEASON_MONDAY, 0));
  assert_true(factor_at(low, SEASON_MONDAY, 0) > 0);
  crucible_season_destroy(low);
  crucible_season_destroy(high);
  crucible_season_destroy(median);
}

/* ---- as bytes ---- */

static unsigned char bytes[1 << 17];

static void a_fitted_season_is_saved_too(void **state) {
  (void)state;
  season_series(13, HOURS, SEASON_HOUR, times, returns);
  const crucible_season_options options = hourly(1);
  crucible_season *season = fitted(&options, HOURS), *loaded;
  size_t n;
  assert_int_equal(crucible_season_save(season, bytes, sizeof bytes, &n),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_season_load(bytes, n, &loaded), CRUCIBLE_OK);
  for (int h = 0; h < 7 * DAY; ++h)
    assert_same_bits(factor_at(loaded, (int64_t)h * SEASON_HOUR, 0),
                     factor_at(season, (int64_t)h * SEASON_HOUR, 0));
  crucible_season_destroy(loaded);
  crucible_season_destroy(season);
  for (size_t cut = 0; cut < n; ++cut)
    assert_int_equal(crucible_season_load(bytes, cut, &loaded),
                     CRUCIBLE_E_STORE);
  assert_int_equal(crucible_season_load(bytes, n + 1, &loaded),
                   CRUCIBLE_E_STORE);
  assert_int_equal(crucible_season_load(NULL, 0, &loaded), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_season_save(NULL, bytes, 9, &n),
                   CRUCIBLE_E_INVALID);
}

/* ---- bad input ---- */

static void options_that_make_no_sense_are_refused(void **state) {
  (void)state;
  const struct {
    const char *part;
    size_t offset;
    int64_t value;
  } wrong[] = {
      {"timeframe_ms is 420000",
       offsetof(crucible_season_options, timeframe_ms), 420000},
      {"timeframe_ms is 0", offsetof(crucible_season_options, timeframe_ms), 0},
      {"timeframe_ms is -300000",
       offsetof(crucible_season_options, timeframe_ms), -300000},
      {"timeframe_ms is 1000", offsetof(crucible_season_options, timeframe_ms),
       1000},
      {"break_ms is 0", offsetof(crucible_season_options, break_ms), 0},
      {"break_ms is 9", offsetof(crucible_season_options, break_ms), INT64_MAX},
      {"smooth_ms is -1", offsetof(crucible_season_options, smooth_ms), -1},
  };
  const struct {
    const char *part;
    size_t offset;
    uint32_t value;
  } small[] = {
      {"method is 3", offsetof(crucible_season_options, method), 3},
      {"levels is 3", offsetof(crucible_season_options, levels), 3},
      {"shapes is 0", offsetof(crucible_season_options, shapes), 0},
      {"harmonics is 17", offsetof(crucible_season_options, harmonics), 17},
      {"min_days is 0", offsetof(crucible_season_options, min_days), 0},
  };
  const struct {
    const char *part;
    size_t offset;
    double value;
  } real[] = {
      {"shrink_days is -1", offsetof(crucible_season_options, shrink_days), -1},
      {"shrink_days is nan", offsetof(crucible_season_options, shrink_days),
       NAN},
      {"shrink_returns is inf",
       offsetof(crucible_season_options, shrink_returns), INFINITY},
      {"zero_floor is 0", offsetof(crucible_season_options, zero_floor), 0},
      {"zero_floor is 0.6", offsetof(crucible_season_options, zero_floor), 0.6},
  };
  crucible_season *season;
  season_series(1, HOURS, SEASON_HOUR, times, returns);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    crucible_season_options options = hourly(1);
    memcpy((char *)&options + wrong[i].offset, &wrong[i].value, 8);
    assert_fails(crucible_season_fit(&options, times, returns, HOURS, &season),
                 CRUCIBLE_E_INVALID, wrong[i].part);
  }
  for (size_t i = 0; i < sizeof small / sizeof *small; ++i) {
    crucible_season_options options = hourly(1);
    memcpy((char *)&options + small[i].offset, &small[i].value, 4);
    assert_fails(crucible_season_fit(&options, times, returns, HOURS, &season),
                 CRUCIBLE_E_INVALID, small[i].part);
  }
  for (size_t i = 0; i < sizeof real / sizeof *real; ++i) {
    crucible_season_options options = hourly(1);
    memcpy((char *)&options + real[i].offset, &real[i].value, 8);
    assert_fails(crucible_season_fit(&options, times, returns, HOURS, &season),
                 CRUCIBLE_E_INVALID, real[i].part);
  }
  assert_null(season);
  crucible_season_options options = hourly(1);
  options.reserved = 1;
  assert_fails(crucible_season_fit(&options, times, returns, HOURS, &season),
               CRUCIBLE_E_VERSION, "reserved is 1");
}

static void bad_returns_are_refused_by_index(void **state) {
  (void)state;
  const crucible_season_options options = hourly(1);
  crucible_season *season;
  season_series(1, HOURS, SEASON_HOUR, times, returns);
  returns[77] = NAN;
  assert_fails(crucible_season_fit(&options, times, returns, HOURS, &season),
               CRUCIBLE_E_INVALID, "returns[77] is nan");
  returns[77] = 0;
  times[50] = times[49];
  assert_fails(crucible_season_fit(&options, times, returns, HOURS, &season),
               CRUCIBLE_E_INVALID, "open_time_ms[50] is");
  times[50] -= SEASON_HOUR - 1;
  assert_fails(crucible_season_fit(&options, times, returns, HOURS, &season),
               CRUCIBLE_E_INVALID, "bar 50: open_time_ms is");
  season_series(1, HOURS, SEASON_HOUR, times, returns);
  assert_fails(crucible_season_fit(&options, times, returns, 0, &season),
               CRUCIBLE_E_TOO_SHORT, "7 days");
  assert_fails(crucible_season_fit(&options, times, returns, 100, &season),
               CRUCIBLE_E_TOO_SHORT, "whole days of returns");
  assert_fails(crucible_season_fit(NULL, NULL, returns, 100, &season),
               CRUCIBLE_E_INVALID, "open_time_ms is NULL");
  assert_fails(crucible_season_fit(NULL, times, NULL, 100, &season),
               CRUCIBLE_E_INVALID, "returns is NULL");
  assert_fails(crucible_season_fit(NULL, times, returns, 100, NULL),
               CRUCIBLE_E_INVALID, "season is NULL");
  crucible_season_options many = hourly(1);
  many.harmonics = 12;
  assert_fails(crucible_season_fit(&many, times, returns, HOURS, &season),
               CRUCIBLE_E_TOO_SHORT, "harmonics = 12");
  for (size_t i = 0; i < HOURS; ++i)
    returns[i] = 0.25;
  for (int32_t method = 1; method <= 2; ++method) {
    const crucible_season_options flat = hourly(method);
    assert_fails(crucible_season_fit(&flat, times, returns, HOURS, &season),
                 CRUCIBLE_E_DOMAIN, "equal");
  }
  assert_null(season);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_planted_pattern_is_found),
      cmocka_unit_test(squares_of_factors_have_the_mean_1_over_a_week),
      cmocka_unit_test(scale_and_a_bad_print_do_not_change_the_pattern),
      cmocka_unit_test(sessions_need_no_description),
      cmocka_unit_test(few_breaks_have_no_factor_of_their_own),
      cmocka_unit_test(zeros_are_held_at_the_floor),
      cmocka_unit_test(a_fitted_season_is_saved_too),
      cmocka_unit_test(options_that_make_no_sense_are_refused),
      cmocka_unit_test(bad_returns_are_refused_by_index),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
