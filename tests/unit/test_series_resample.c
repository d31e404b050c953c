/* SPDX-License-Identifier: Apache-2.0 */
/* Series out of series: appending, and coarser intervals with decimal sums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>

#include <crucible/series.h>

#include "series/resample.h"
#include "support/near.h"
#include "support/sample_bars.h"
#include "support/series_files.h"

static void appending_refuses_what_does_not_follow(void **state) {
  (void)state;
  sample s, t;
  sample_fill(&s);
  sample_fill(&t);
  crucible_series *series = series_of(&s.bars), *tail;
  assert_int_equal(crucible_series_append(series, series), CRUCIBLE_E_DATA);
  for (int i = 0; i < SAMPLE_BARS; ++i)
    t.time[i] += 6 * MINUTE; /* begins with the last bar of s */
  tail = series_of(&t.bars);
  assert_int_equal(crucible_series_append(series, tail), CRUCIBLE_E_DATA);
  assert_string_equal(crucible_last_error(),
                      "tail begins at 1970-01-01T00:06:00Z, series ends at "
                      "1970-01-01T00:06:00Z: cut the bars that both have, or "
                      "append in order of time");
  crucible_series_destroy(tail);
  for (int i = 0; i < SAMPLE_BARS; ++i)
    t.time[i] += MINUTE;
  t.bars.symbol = "Y";
  tail = series_of(&t.bars);
  assert_int_equal(crucible_series_append(series, tail), CRUCIBLE_E_INVALID);
  crucible_series_destroy(tail);
  t.bars.symbol = NULL;
  tail = series_of(&t.bars);
  assert_int_equal(crucible_series_append(series, tail), CRUCIBLE_E_INVALID);
  crucible_series_destroy(tail);
  t.bars.symbol = "X";
  t.bars.timeframe_ms = MINUTE / 2;
  tail = series_of(&t.bars);
  assert_int_equal(crucible_series_append(series, tail), CRUCIBLE_E_INVALID);
  crucible_series_destroy(tail);
  const crucible_bars view = view_of(series);
  assert_same_bars(&view, &s.bars);
  crucible_series_destroy(series);
}

static void a_column_that_only_one_of_two_has_is_dropped(void **state) {
  (void)state;
  sample s, t;
  sample_fill(&s);
  sample_fill(&t);
  s.bars.trades = NULL;
  t.bars.quote_volume = NULL;
  for (int i = 0; i < SAMPLE_BARS; ++i)
    t.time[i] += 8 * MINUTE;
  crucible_series *series = series_of(&s.bars), *tail = series_of(&t.bars);
  assert_int_equal(crucible_series_append(series, tail), CRUCIBLE_OK);
  const crucible_bars view = view_of(series);
  assert_int_equal(view.n, 2 * SAMPLE_BARS);
  assert_null(view.trades);
  assert_null(view.quote_volume);
  assert_same_bits_n(view.taker_buy_base, s.taker, SAMPLE_BARS);
  assert_same_bits_n(view.taker_buy_base + SAMPLE_BARS, t.taker, SAMPLE_BARS);
  assert_same_bits_n(view.close + SAMPLE_BARS, t.close, SAMPLE_BARS);
  assert_int_equal(view.open_time_ms[SAMPLE_BARS], 8 * MINUTE);
  assert_int_equal(crucible_bars_validate(&view), CRUCIBLE_OK);
  crucible_series_destroy(series);
  crucible_series_destroy(tail);
}

/* Minutes 0 1 2 3 5 6 in intervals of three: the second lacks its middle, the
   third its end. */
static void an_interval_is_made_of_what_it_holds(void **state) {
  (void)state;
  sample s;
  sample_fill(&s);
  crucible_series *series = series_of(&s.bars);
  crucible_series *coarse = resampled(series, 3 * MINUTE);
  const crucible_bars b = view_of(coarse);
  assert_int_equal(b.n, 2);
  assert_int_equal(b.timeframe_ms, 3 * MINUTE);
  assert_int_equal(b.open_time_ms[0], 0);
  assert_int_equal(b.open_time_ms[1], 3 * MINUTE);
  assert_string_equal(b.symbol, "X");
  assert_same_bits(b.price_tick, 0.01);
  const double open[] = {100, 103}, high[] = {105, 107}, low[] = {99, 102},
               close[] = {103, 105}, volume[] = {0.6, 0.9}, trades[] = {3, 7},
               taker[] = {0.3, 0.45};
  assert_same_bits_n(b.open, open, 2);
  assert_same_bits_n(b.high, high, 2);
  assert_same_bits_n(b.low, low, 2);
  assert_same_bits_n(b.close, close, 2);
  assert_same_bits_n(b.volume, volume, 2);
  assert_same_bits_n(b.trades, trades, 2);
  assert_same_bits_n(b.taker_buy_base, taker, 2);
  crucible_series_destroy(coarse);
  crucible_series_destroy(series);
}

static void intervals_cut_by_begin_and_end_are_left_out(void **state) {
  (void)state;
  sample s;
  sample_fill(&s);
  const crucible_bars whole = s.bars;
  static const struct {
    size_t begin, n; /* of the minutes 0 1 2 3 5 6 */
    size_t n_coarse;
    int64_t first;
  } cuts[] = {{0, 6, 2, 0}, {0, 5, 2, 0}, {0, 4, 1, 0},
              {1, 5, 1, 3}, {3, 2, 1, 3}, {3, 3, 1, 3}};
  for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; ++i) {
    assert_int_equal(
        crucible_bars_slice(&whole, s.time[cuts[i].begin], INT64_MAX, &s.bars),
        CRUCIBLE_OK);
    s.bars.n = cuts[i].n;
    crucible_series *series = series_of(&s.bars);
    crucible_series *coarse = resampled(series, 3 * MINUTE);
    assert_int_equal(view_of(coarse).n, cuts[i].n_coarse);
    assert_int_equal(view_of(coarse).open_time_ms[0], cuts[i].first * MINUTE);
    crucible_series_destroy(coarse);
    crucible_series_destroy(series);
  }
}

static void resampling_refuses_what_it_cannot_do(void **state) {
  (void)state;
  sample s;
  sample_fill(&s);
  crucible_series *series = series_of(&s.bars), *coarse;
  static const int64_t wrong[] = {0,          -MINUTE,   MINUTE + 1,
                                  MINUTE / 2, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
    coarse = series;
    assert_int_equal(crucible_series_resample(series, wrong[i], &coarse),
                     CRUCIBLE_E_INVALID);
    assert_null(coarse);
  }
  assert_int_equal(crucible_series_resample(series, 60 * MINUTE, &coarse),
                   CRUCIBLE_E_TOO_SHORT);
  assert_null(coarse);
  crucible_series_destroy(series);
  s.volume[0] = s.volume[1] = DBL_MAX;
  series = series_of(&s.bars);
  assert_int_equal(crucible_series_resample(series, 3 * MINUTE, &coarse),
                   CRUCIBLE_E_DATA);
  assert_string_equal(
      crucible_last_error(),
      "bars 0 to 2 together: volume inf is not a finite number");
  assert_null(coarse);
  crucible_series_destroy(series);
}

static void intervals_before_1970_begin_where_they_should(void **state) {
  (void)state;
  sample s;
  sample_fill(&s);
  for (int i = 0; i < SAMPLE_BARS;
       ++i) /* -6 -5 -4 -2 -1 0: the second lacks its begin */
    s.time[i] =
        (int64_t)(i < 3 ? i - SAMPLE_BARS : i - SAMPLE_BARS + 1) * MINUTE;
  crucible_series *series = series_of(&s.bars);
  crucible_series *coarse = resampled(series, 3 * MINUTE);
  assert_int_equal(view_of(coarse).n, 2);
  assert_int_equal(view_of(coarse).open_time_ms[0], -6 * MINUTE);
  assert_int_equal(view_of(coarse).open_time_ms[1], -3 * MINUTE);
  crucible_series_destroy(coarse);
  crucible_series_destroy(series);
}

/* 0.7 + 0.1 is 0.8 as decimals and less as doubles; 1e-30 is too far away for
   decimals. */
static void two_ways_of_rounding_do_not_put_takers_above_volume(void **state) {
  (void)state;
  sample s;
  sample_fill(&s);
  s.volume[0] = s.taker[0] = 0.7;
  s.volume[1] = s.taker[1] = 0.1;
  s.volume[2] = 1e-30;
  s.taker[2] = 0;
  crucible_series *series = series_of(&s.bars);
  crucible_series *coarse = resampled(series, 3 * MINUTE);
  assert_same_bits(view_of(coarse).volume[0], 0.7 + 0.1);
  assert_same_bits(view_of(coarse).taker_buy_base[0], 0.7 + 0.1);
  crucible_series_destroy(coarse);
  crucible_series_destroy(series);
}

/* Expected by hand: decimal sums, rounded once. */
static void decimal_sums_are_exact(void **state) {
  (void)state;
  static const struct {
    double figures[6];
    size_t n;
    double sum;
  } sums[] = {
      {{0.1, 0.2}, 2, 0.3}, /* 0.30000000000000004 by plain addition */
      {{0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, 6, 0.6},
      {{0}, 0, 0},
      {{0, 0, 0}, 3, 0},
      {{1e-8, 1, 1e8}, 3, 100000001.00000001},
      {{123456789.12345678, 0.00000001}, 2, 123456789.12345679},
      {{9007199254740992, 1, 1}, 3, 9007199254740994},
      {{1e22, 1e22}, 2, 2e22},
      {{1e300, 1e-300}, 2, 1e300},
      {{1e-7, 2e-7}, 2, 3e-7},
      {{5e-324, 5e-324}, 2, 1e-323},
      {{0.30000000000000004, 0.1}, 2, 0.4}, /* 0.40000000000000004 is no
                                               double of its own */
  };
  for (size_t i = 0; i < sizeof sums / sizeof sums[0]; ++i)
    assert_same_bits(crucible__decimal_sum(sums[i].figures, sums[i].n),
                     sums[i].sum);
}

static void timeframes_parse(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t ms;
  } good[] = {{"1s", 1000},     {"90s", 90000},           {"1m", 60000},
              {"5m", 300000},   {"15m", 900000},          {"1h", 3600000},
              {"4h", 14400000}, {"1d", 86400000},         {"1w", 604800000},
              {"05m", 300000},  {"36525d", 3155760000000}};
  static const char *const bad[] = {
      "",    "5",    "m",    "0m",     "-5m",
      "+5m", "5 m",  " 5m",  "5m ",    "5M",
      "5x",  "1e3m", "1.5h", "36526d", "99999999999999999999m",
      "5mm", "m5"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; ++i) {
    int64_t ms = 0;
    assert_int_equal(crucible_timeframe_parse(good[i].text, &ms), CRUCIBLE_OK);
    assert_int_equal(ms, good[i].ms);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    int64_t ms = 77;
    assert_int_equal(crucible_timeframe_parse(bad[i], &ms), CRUCIBLE_E_INVALID);
    assert_int_equal(ms, 77);
  }
  int64_t ms;
  assert_int_equal(crucible_timeframe_parse(NULL, &ms), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_timeframe_parse("5m", NULL), CRUCIBLE_E_INVALID);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(appending_refuses_what_does_not_follow),
      cmocka_unit_test(a_column_that_only_one_of_two_has_is_dropped),
      cmocka_unit_test(an_interval_is_made_of_what_it_holds),
      cmocka_unit_test(intervals_cut_by_begin_and_end_are_left_out),
      cmocka_unit_test(resampling_refuses_what_it_cannot_do),
      cmocka_unit_test(intervals_before_1970_begin_where_they_should),
      cmocka_unit_test(two_ways_of_rounding_do_not_put_takers_above_volume),
      cmocka_unit_test(decimal_sums_are_exact),
      cmocka_unit_test(timeframes_parse),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
