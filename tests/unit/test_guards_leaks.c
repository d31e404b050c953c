/* SPDX-License-Identifier: Apache-2.0 */
/* Planted leaks are found, honest columns pass, over recorded bars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/guard_lookahead.h"
#include "support/guard_world.h"
#include "support/near.h"

/* ---- planted leaks ---- */

static void window_around_the_bar_is_found(void **state) {
  crucible_lookahead_result r = check(*state, centred, 1, 0);
  assert_int_equal(r.is_repeatable, 1);
  assert_int_equal(r.is_found, 1);
  assert_int_equal(r.first.bar, 2);
  assert_int_equal(r.first.cut, 3); /* bar 2 is there, 3 and 4 are not */
  assert_int_equal(r.needs, 2);
  assert_true(isnan(r.first.without_future));
  assert_true(r.first.with_future > 0);
  const world *w = *state;
  assert_int_equal(r.first.open_time_ms, w->bars.open_time_ms[2]);
}

static void extremes_of_the_whole_history_are_found(void **state) {
  const world *w = *state;
  crucible_lookahead_result r = check(w, normalised, 1, 0);
  assert_int_equal(r.is_found, 1);
  assert_int_equal(r.first.bar, 0);
  assert_int_equal(r.first.cut, 1);
  size_t last = 0; /* of both extremes: from there on it is right */
  for (size_t pass = 0; pass < 2; ++pass) {
    size_t at = 0;
    for (size_t i = 1; i < w->bars.n; ++i)
      if (pass ? w->bars.high[i] > w->bars.high[at]
               : w->bars.low[i] < w->bars.low[at])
        at = i;
    last = at > last ? at : last;
  }
  assert_int_equal(r.needs, last);
}

static void next_bar_is_found(void **state) {
  crucible_lookahead_result r = check(*state, shifted, 1, 0);
  assert_int_equal(r.is_found, 1);
  assert_int_equal(r.first.bar, 0);
  assert_int_equal(r.first.cut, 1);
  assert_int_equal(r.first.n_changed, 1);
  assert_int_equal(r.needs, 1);
}

/* The same in C without a look at the end: what it reads is behind the bars
   it was given. */
static int32_t overrun(const crucible_bars *bars, void *values, void *data) {
  uint8_t *out = values;
  (void)data;
  for (size_t i = 0; i < bars->n; ++i)
    out[i] = bars->close[i + 1] > bars->close[i] * 1.002;
  return 0;
}

static void reading_behind_the_end_is_found(void **state) {
  crucible_lookahead_result r =
      check(*state, overrun, 1, CRUCIBLE_COLUMNS_FLAGS);
  assert_int_equal(r.is_repeatable, 1);
  assert_int_equal(r.is_found, 1);
  assert_same_bits(r.first.with_future, 1);
  assert_same_bits(r.first.without_future, 0);
  assert_int_equal(r.needs, 1);
}

/* The close of the hour, joined on the hour's open time. */
static int32_t hour_close(const crucible_bars *bars, void *values, void *data) {
  double *out = values;
  (void)data;
  for (size_t end = bars->n, i = bars->n; i-- > 0;) {
    if (end == bars->n ||
        bars->open_time_ms[i] / HOUR_MS != bars->open_time_ms[end] / HOUR_MS)
      end = i;
    out[i] = bars->close[end];
  }
  return 0;
}

static void longer_timeframe_joined_on_its_open_time_is_found(void **state) {
  crucible_lookahead_result r = check(*state, hour_close, 1, 0);
  assert_int_equal(r.is_found, 1);
  assert_int_equal(r.first.bar, 0);
  assert_int_equal(r.needs, 11); /* five-minute bars: the hour's last */
}

static void longer_timeframe_joined_on_its_close_passes(void **state) {
  assert_int_equal(check(*state, hour_before, 1, 0).is_found, 0);
}

/* pandas' bfill: a warm-up of 30 bars filled from behind. */
static int32_t filled_backwards(const crucible_bars *bars, void *values,
                                void *data) {
  double *out = values;
  (void)data;
  for (size_t i = 30; i < bars->n; ++i)
    out[i] = bars->close[i] - bars->close[i - 30];
  for (size_t i = bars->n; i-- > 0;)
    if (isnan(out[i]) && i + 1 < bars->n)
      out[i] = out[i + 1];
  return 0;
}

static void filling_backwards_is_found(void **state) {
  crucible_lookahead_result r = check(*state, filled_backwards, 1, 0);
  assert_int_equal(r.is_found, 1);
  assert_int_equal(r.first.bar, 0);
  assert_int_equal(r.needs, 30);
}

static int descending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x > y ? -1 : x < y;
}

/* Columns that were sorted the wrong way round. */
static int32_t sorted(const crucible_bars *bars, void *values, void *data) {
  (void)data;
  memcpy(values, bars->close, bars->n * sizeof(double));
  qsort(values, bars->n, sizeof(double), descending);
  return 0;
}

/* A place in the history's ranks. */
static int32_t ranked(const crucible_bars *bars, void *values, void *data) {
  double *out = values;
  (void)data;
  for (size_t i = 0; i < bars->n; ++i) {
    size_t below = 0;
    for (size_t j = 0; j < bars->n; ++j)
      below += bars->close[j] < bars->close[i];
    out[i] = (double)below / (double)bars->n;
  }
  return 0;
}

static void sorting_and_ranking_of_all_bars_are_found(void **state) {
  assert_int_equal(check(*state, sorted, 1, 0).is_found, 1);
  assert_int_equal(check(*state, ranked, 1, 0).is_found, 1);
}

/* Knows the end of the data and nothing else of them. */
static int32_t from_the_end(const crucible_bars *bars, void *values,
                            void *data) {
  uint8_t *out = values;
  (void)data;
  for (size_t i = 0; i < bars->n; ++i)
    out[i] = bars->n - i == 10;
  return 0;
}

static int32_t share_of_history(const crucible_bars *bars, void *values,
                                void *data) {
  double *out = values;
  (void)data;
  for (size_t i = 0; i < bars->n; ++i)
    out[i] = (double)i / (double)bars->n;
  return 0;
}

static void number_of_bars_alone_is_found(void **state) {
  const world *w = *state;
  crucible_lookahead_result r =
      check(w, from_the_end, 1, CRUCIBLE_COLUMNS_FLAGS);
  assert_int_equal(r.is_found, 1);
  assert_int_equal(r.first.bar, 0); /* the first of ten bars */
  assert_int_equal(r.first.cut, 10);
  assert_int_equal(check(w, share_of_history, 1, 0).is_found, 1);
}

static void rare_signals_are_tried_one_by_one(void **state) {
  const world *w = *state;
  size_t n = 0, first = 0;
  uint8_t *flags = calloc(w->bars.n, 1);
  assert_non_null(flags);
  assert_int_equal(rare(&w->bars, flags, NULL), 0);
  for (size_t i = w->bars.n; i-- > 0;)
    if (flags[i]) {
      ++n;
      first = i;
    }
  free(flags);
  assert_in_range(n, 1, 20); /* of 2,576 bars: random cuts would miss them */
  crucible_lookahead_result r = check(w, rare, 1, CRUCIBLE_COLUMNS_FLAGS);
  assert_int_equal(r.is_found, 1);
  assert_int_equal(r.first.bar, first);
  assert_int_equal(r.first.cut, first + 1);
  assert_int_equal(r.first.n_changed, 1);
}

/* ---- honest columns ---- */

static void every_feature_of_the_registry_passes(void **state) {
  const world *w = *state;
  feature_list list;
  every_feature(&w->bars, &list);
  assert_true(list.n > 120);
  crucible_column_source source = source_of(features, list.n, 0);
  source.user_data = &list;
  crucible_lookahead_finding found[FEATURES_MAX];
  crucible_lookahead_result r = check_with(w, &source, NULL, found);
  assert_int_equal(r.is_repeatable, 1);
  for (size_t i = 0; i < list.n; ++i)
    if (found[i].n_cuts_changed > 0)
      fail_msg("%s changed at bar %zu", list.specs[i].name, found[i].bar);
  assert_int_equal(r.is_found, 0);
  assert_int_equal(r.n_cuts, 200);
  assert_int_equal(r.n_calls, 202);
}

/* What a backtest knows beside its signals. */
static int32_t forecasts(const crucible_bars *bars, void *values, void *data) {
  double *out = values;
  crucible_egarch_rolling_options options;
  (void)data;
  crucible_egarch_rolling_options_init(&options, sizeof options);
  options.first = 300;
  options.window = 900;
  options.refit = 500;
  crucible_status status =
      crucible_egarch_rolling_forecasts(&options, bars->close, bars->n, out);
  if (status == CRUCIBLE_OK)
    status = crucible_volume_forecast(bars->volume, bars->n, 12, out + bars->n);
  return status;
}

static void forecasts_of_volatility_and_volume_pass(void **state) {
  crucible_column_source source = source_of(forecasts, 2, 0);
  crucible_lookahead_options options;
  crucible_lookahead_options_init(&options, sizeof options);
  options.max_cuts = 40;
  crucible_lookahead_result r = check_with(*state, &source, &options, NULL);
  assert_int_equal(r.is_repeatable, 1);
  assert_int_equal(r.is_found, 0);
  assert_int_equal(r.n_cuts + r.n_too_short, 40);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(window_around_the_bar_is_found),
      cmocka_unit_test(extremes_of_the_whole_history_are_found),
      cmocka_unit_test(next_bar_is_found),
      cmocka_unit_test(reading_behind_the_end_is_found),
      cmocka_unit_test(longer_timeframe_joined_on_its_open_time_is_found),
      cmocka_unit_test(longer_timeframe_joined_on_its_close_passes),
      cmocka_unit_test(filling_backwards_is_found),
      cmocka_unit_test(sorting_and_ranking_of_all_bars_are_found),
      cmocka_unit_test(number_of_bars_alone_is_found),
      cmocka_unit_test(rare_signals_are_tried_one_by_one),
      cmocka_unit_test(every_feature_of_the_registry_passes),
      cmocka_unit_test(forecasts_of_volatility_and_volume_pass),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
