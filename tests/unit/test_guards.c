/* SPDX-License-Identifier: Apache-2.0 */
/* The look-ahead test of columns: planted leaks on recorded bars are found,
   honest columns pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/crucible.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/series_files.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

enum { HOUR_MS = 3600000 };
static const double NOTHING = (double)NAN;

typedef struct world {
  crucible_series *series;
  crucible_bars bars;
} world;

static int set_up(void **state) {
  world *w = calloc(1, sizeof *w);
  assert_non_null(w);
  if (crucible_series_read_csv(BITCOIN, NULL, &w->series) != CRUCIBLE_OK)
    return -1;
  w->bars = view_of(w->series);
  *state = w;
  return 0;
}

static int tear_down(void **state) {
  world *w = *state;
  crucible_series_destroy(w->series);
  free(w);
  return 0;
}

static void must(crucible_status status) {
  if (status != CRUCIBLE_OK)
    fail_msg("%s: %s", crucible_status_name(status), crucible_last_error());
}

static void assert_error_names(const char *word) {
  if (strstr(crucible_last_error(), word) == NULL)
    fail_msg("\"%s\" does not name %s", crucible_last_error(), word);
}

static crucible_column_source source_of(crucible_columns_cb compute,
                                        size_t n_columns, int32_t kind) {
  return (crucible_column_source){.struct_size = sizeof(crucible_column_source),
                                  .compute = compute,
                                  .n_columns = n_columns,
                                  .kind = kind};
}

static crucible_lookahead_result
check_with(const world *w, const crucible_column_source *source,
           const crucible_lookahead_options *options,
           crucible_lookahead_finding *findings) {
  crucible_lookahead_result result = {.struct_size = sizeof result};
  must(crucible_lookahead_check(source, &w->bars, options, NULL, NULL, &result,
                                findings));
  return result;
}

static crucible_lookahead_result check(const world *w,
                                       crucible_columns_cb compute,
                                       size_t n_columns, int32_t kind) {
  crucible_column_source source = source_of(compute, n_columns, kind);
  return check_with(w, &source, NULL, NULL);
}

/* ---- planted leaks ---- */

/* Mean of five closes, the bar in their middle. */
static int32_t centred(const crucible_bars *bars, void *values, void *data) {
  double *out = values;
  (void)data;
  for (size_t i = 2; i + 2 < bars->n; ++i)
    out[i] = (bars->close[i - 2] + bars->close[i - 1] + bars->close[i] +
              bars->close[i + 1] + bars->close[i + 2]) /
             5;
  return 0;
}

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

/* Freqtrade's issue 5494: minimum and maximum of the whole frame. */
static int32_t normalised(const crucible_bars *bars, void *values, void *data) {
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

/* pandas' shift(-1), which has NaN in its last row. */
static int32_t shifted(const crucible_bars *bars, void *values, void *data) {
  double *out = values;
  (void)data;
  for (size_t i = 0; i + 1 < bars->n; ++i)
    out[i] = bars->close[i + 1] / bars->close[i] - 1;
  return 0;
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

/* The hour before, which had closed: honest. */
static int32_t hour_before(const crucible_bars *bars, void *values,
                           void *data) {
  double *out = values, hour = NOTHING;
  (void)data;
  for (size_t i = 0; i < bars->n; ++i) {
    if (i > 0 &&
        bars->open_time_ms[i] / HOUR_MS != bars->open_time_ms[i - 1] / HOUR_MS)
      hour = bars->close[i - 1];
    out[i] = hour;
  }
  return 0;
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

/* A few entries of many bars, each because the next bar is good. */
static int32_t rare(const crucible_bars *bars, void *values, void *data) {
  uint8_t *out = values;
  (void)data;
  for (size_t i = 0; i + 1 < bars->n; ++i)
    out[i] = bars->close[i + 1] > bars->close[i] * 1.008;
  return 0;
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

enum { FEATURES_MAX = 256 };

typedef struct feature_list {
  crucible_feature_spec specs[FEATURES_MAX];
  size_t n;
} feature_list;

static void every_feature(const crucible_bars *bars, feature_list *list) {
  uint32_t has =
      (bars->quote_volume != NULL ? CRUCIBLE_NEEDS_QUOTE_VOLUME : 0U) |
      (bars->trades != NULL ? CRUCIBLE_NEEDS_TRADES : 0U) |
      (bars->taker_buy_base != NULL ? CRUCIBLE_NEEDS_TAKER_BUY_BASE : 0U);
  list->n = 0;
  for (size_t i = 0; i < crucible_feature_count(); ++i) {
    crucible_feature_info info = {.struct_size = sizeof info};
    must(crucible_feature_at(i, &info));
    if ((info.needs & ~has) != 0)
      continue;
    assert_true(list->n < FEATURES_MAX);
    list->specs[list->n++] = (crucible_feature_spec){
        info.name, {NOTHING, NOTHING, NOTHING, NOTHING}};
  }
}

static int32_t features(const crucible_bars *bars, void *values, void *data) {
  const feature_list *list = data;
  return crucible_features_compute(list->specs, list->n, bars, NULL, values);
}

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

/* ---- cuts, tolerance, order ---- */

/* Column 0 is honest, 1 knows the next bar from bar 1000 on, 2 from 500 on. */
static int32_t three(const crucible_bars *bars, void *values, void *data) {
  double *out = values;
  (void)data;
  for (size_t c = 0; c < 3; ++c)
    for (size_t i = 0; i < bars->n; ++i) {
      size_t from = c == 1 ? 1000 : 500;
      size_t at = c > 0 && i >= from && i + 1 < bars->n ? i + 1 : i;
      out[c * bars->n + i] = bars->close[at];
    }
  return 0;
}

static void each_column_has_its_own_finding(void **state) {
  const world *w = *state;
  crucible_column_source source = source_of(three, 3, 0);
  crucible_lookahead_finding found[3];
  crucible_lookahead_options options;
  crucible_lookahead_options_init(&options, sizeof options);
  options.max_cuts = SIZE_MAX;
  crucible_lookahead_result r = check_with(w, &source, &options, found);
  assert_int_equal(r.is_exhaustive, 1);
  assert_true(r.n_cuts >= w->bars.n - 1);
  assert_int_equal(r.n_columns_changed, 2);
  assert_int_equal(r.column, 2);
  assert_int_equal(r.first.bar, 500);
  assert_int_equal(r.first.cut, 501);
  assert_int_equal(found[0].n_cuts_changed, 0);
  assert_int_equal(found[1].bar, 1000);
  assert_int_equal(found[1].cut, 1001);
  assert_same_bits(found[1].with_future, w->bars.close[1001]);
  assert_same_bits(found[1].without_future, w->bars.close[1000]);
  /* few cuts and bisection come to the same first bar */
  options.max_cuts = 60;
  r = check_with(w, &source, &options, found);
  assert_int_equal(r.is_exhaustive, 0);
  assert_int_equal(r.first.bar, 500);
  assert_int_equal(r.first.cut, 501);
  assert_int_equal(r.needs, 1);
}

static void chosen_cuts_are_always_tried(void **state) {
  const world *w = *state;
  crucible_column_source source = source_of(rare, 1, CRUCIBLE_COLUMNS_FLAGS);
  crucible_lookahead_options options;
  crucible_lookahead_options_init(&options, sizeof options);
  options.max_cuts = 1;
  crucible_lookahead_result r = check_with(w, &source, &options, NULL);
  size_t cut = r.first.cut; /* one cut of a good choice is enough */
  assert_int_equal(r.is_found, 1);
  const size_t cuts[] = {cut, cut + 100, cut};
  options.cuts = cuts;
  options.n_cuts = 3;
  r = check_with(w, &source, &options, NULL);
  assert_int_equal(r.is_found, 1);
  assert_true(r.n_cuts >= 3);
}

/* A rounding error that depends on how many bars there are. */
static int32_t rounded(const crucible_bars *bars, void *values, void *data) {
  double *out = values;
  (void)data;
  for (size_t i = 0; i < bars->n; ++i)
    out[i] = bars->close[i] * (1 + 1e-15 * (double)bars->n);
  return 0;
}

static void difference_within_the_tolerance_is_none(void **state) {
  crucible_column_source source = source_of(rounded, 1, 0);
  crucible_lookahead_options options;
  crucible_lookahead_options_init(&options, sizeof options);
  assert_int_equal(check_with(*state, &source, &options, NULL).is_found, 1);
  options.relative = 1e-9;
  assert_int_equal(check_with(*state, &source, &options, NULL).is_found, 0);
  options.relative = 0;
  options.absolute = 1e-6;
  assert_int_equal(check_with(*state, &source, &options, NULL).is_found, 0);
}

/* ---- callbacks ---- */

static int32_t counting(const crucible_bars *bars, void *values, void *data) {
  double *out = values, *calls = data;
  *calls += 1;
  for (size_t i = 0; i < bars->n; ++i)
    out[i] = i == 7 ? *calls : 0;
  return 0;
}

static void function_with_a_memory_is_not_repeatable(void **state) {
  double calls = 0;
  crucible_column_source source = source_of(counting, 1, 0);
  source.user_data = &calls;
  crucible_lookahead_result r = check_with(*state, &source, NULL, NULL);
  assert_int_equal(r.is_repeatable, 0);
  assert_int_equal(r.is_found, 0);
  assert_int_equal(r.n_calls, 2);
  assert_int_equal(r.first.bar, 7);
  assert_same_bits(r.first.with_future, 1);
  assert_same_bits(r.first.without_future, 2);
}

static int32_t wants_a_hundred(const crucible_bars *bars, void *values,
                               void *data) {
  (void)data;
  if (bars->n < 100)
    return CRUCIBLE_E_TOO_SHORT;
  memcpy(values, bars->close, bars->n * sizeof(double));
  return 0;
}

static int32_t never(const crucible_bars *bars, void *values, void *data) {
  (void)bars;
  (void)values;
  return *(const int32_t *)data;
}

static void too_short_histories_are_left_out(void **state) {
  crucible_column_source source = source_of(wants_a_hundred, 1, 0);
  crucible_lookahead_result r = check_with(*state, &source, NULL, NULL);
  assert_int_equal(r.is_found, 0);
  assert_in_range(r.n_too_short, 10, 30);
  assert_int_equal(r.n_cuts + r.n_too_short, 200);
}

static void failure_of_the_callback_stops_the_test(void **state) {
  const world *w = *state;
  int32_t answer = CRUCIBLE_E_TOO_SHORT;
  crucible_column_source source = source_of(never, 1, 0);
  source.user_data = &answer;
  crucible_lookahead_result r = {.struct_size = sizeof r, .n_cuts = 77};
  assert_int_equal(
      crucible_lookahead_check(&source, &w->bars, NULL, NULL, NULL, &r, NULL),
      CRUCIBLE_E_TOO_SHORT);
  answer = 5;
  assert_int_equal(
      crucible_lookahead_check(&source, &w->bars, NULL, NULL, NULL, &r, NULL),
      CRUCIBLE_E_CALLBACK);
  assert_error_names("returned 5");
  assert_int_equal(r.n_cuts, 77);
}

static void threads_change_nothing(void **state) {
  const world *w = *state;
  crucible_pool *pool;
  must(crucible_pool_create(3, &pool));
  static const crucible_columns_cb leaks[] = {centred, normalised, three,
                                              hour_before};
  for (size_t i = 0; i < COUNT(leaks); ++i) {
    crucible_column_source source = source_of(leaks[i], 3, 0);
    crucible_lookahead_finding one[3], many[3];
    memset(one, 0, sizeof one);
    memset(many, 0, sizeof many);
    source.is_thread_safe = 1;
    crucible_lookahead_result a = {.struct_size = sizeof a}, b = a;
    must(
        crucible_lookahead_check(&source, &w->bars, NULL, NULL, NULL, &a, one));
    must(crucible_lookahead_check(&source, &w->bars, NULL, pool, NULL, &b,
                                  many));
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_equal(one, many, sizeof one);
  }
  crucible_pool_destroy(pool);
}

static void cancelled_test_says_so(void **state) {
  const world *w = *state;
  crucible_cancel *cancel;
  must(crucible_cancel_create(&cancel));
  crucible_cancel_request(cancel);
  crucible_column_source source = source_of(centred, 1, 0);
  crucible_lookahead_result r = {.struct_size = sizeof r};
  assert_int_equal(
      crucible_lookahead_check(&source, &w->bars, NULL, NULL, cancel, &r, NULL),
      CRUCIBLE_E_CANCELLED);
  crucible_cancel_destroy(cancel);
}

/* ---- bad input ---- */

static void bad_arguments_are_refused_by_name(void **state) {
  const world *w = *state;
  crucible_lookahead_result r = {.struct_size = sizeof r};
  crucible_lookahead_options options;
  const size_t none = 0, all = w->bars.n;
#define REFUSES(wanted, word, change)                                          \
  do {                                                                         \
    crucible_column_source source = source_of(centred, 1, 0);                  \
    crucible_lookahead_options_init(&options, sizeof options);                 \
    change;                                                                    \
    assert_int_equal(crucible_lookahead_check(&source, &w->bars, &options,     \
                                              NULL, NULL, &r, NULL),           \
                     wanted);                                                  \
    assert_error_names(word);                                                  \
  } while (0)
  REFUSES(CRUCIBLE_E_INVALID, "compute", source.compute = NULL);
  REFUSES(CRUCIBLE_E_INVALID, "n_columns", source.n_columns = 0);
  REFUSES(CRUCIBLE_E_INVALID, "kind", source.kind = 2);
  REFUSES(CRUCIBLE_E_INVALID, "is_thread_safe", source.is_thread_safe = 2);
  REFUSES(CRUCIBLE_E_INVALID, "struct_size", source.struct_size = 0);
  REFUSES(CRUCIBLE_E_NOMEM, "", source.n_columns = SIZE_MAX / 4);
  REFUSES(CRUCIBLE_E_INVALID, "relative", options.relative = -1);
  REFUSES(CRUCIBLE_E_INVALID, "absolute", options.absolute = NOTHING);
  REFUSES(CRUCIBLE_E_INVALID, "cuts", options.n_cuts = 1);
  REFUSES(CRUCIBLE_E_INVALID, "cuts[0] is 0", options.cuts = &none;
          options.n_cuts = 1);
  REFUSES(CRUCIBLE_E_INVALID, "cuts[0]", options.cuts = &all;
          options.n_cuts = 1);
  REFUSES(CRUCIBLE_E_INVALID, "result", r.struct_size = 1);
#undef REFUSES
  r.struct_size = sizeof r;
  crucible_column_source source = source_of(centred, 1, 0);
  assert_int_equal(
      crucible_lookahead_check(NULL, &w->bars, NULL, NULL, NULL, &r, NULL),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_lookahead_check(&source, NULL, NULL, NULL, NULL, &r, NULL),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_lookahead_check(&source, &w->bars, NULL, NULL, NULL, NULL, NULL),
      CRUCIBLE_E_INVALID);
  crucible_bars one = w->bars;
  one.n = 1;
  assert_int_equal(
      crucible_lookahead_check(&source, &one, NULL, NULL, NULL, &r, NULL),
      CRUCIBLE_E_TOO_SHORT);
}

static void two_bars_have_one_cut(void **state) {
  world w = *(const world *)*state;
  w.bars.n = 2;
  crucible_lookahead_result r = check(&w, shifted, 1, 0);
  assert_int_equal(r.is_exhaustive, 1);
  assert_int_equal(r.n_cuts, 1);
  assert_int_equal(r.is_found, 1);
  assert_int_equal(r.needs, 1);
}

typedef struct memory_case {
  crucible_bars bars;
  crucible_pool *pool;
} memory_case;

static crucible_status check_once(void *data) {
  const memory_case *m = data;
  crucible_column_source source = source_of(three, 3, 0);
  source.is_thread_safe = 1;
  crucible_lookahead_result r = {.struct_size = sizeof r};
  crucible_lookahead_finding found[3];
  return crucible_lookahead_check(&source, &m->bars, NULL, m->pool, NULL, &r,
                                  found);
}

static void test_survives_want_of_memory(void **state) {
  memory_case m = {.bars = ((const world *)*state)->bars};
  m.bars.n = 300;
  must(crucible_pool_create(2, &m.pool));
  failing_alloc_run(check_once, &m);
  crucible_pool_destroy(m.pool);
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
      cmocka_unit_test(each_column_has_its_own_finding),
      cmocka_unit_test(chosen_cuts_are_always_tried),
      cmocka_unit_test(difference_within_the_tolerance_is_none),
      cmocka_unit_test(function_with_a_memory_is_not_repeatable),
      cmocka_unit_test(too_short_histories_are_left_out),
      cmocka_unit_test(failure_of_the_callback_stops_the_test),
      cmocka_unit_test(threads_change_nothing),
      cmocka_unit_test(cancelled_test_says_so),
      cmocka_unit_test(bad_arguments_are_refused_by_name),
      cmocka_unit_test(two_bars_have_one_cut),
      cmocka_unit_test(test_survives_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
