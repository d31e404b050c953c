/* SPDX-License-Identifier: Apache-2.0 */
/* The registry, bad input, and worked examples small enough to check by
   hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/features.h>

#include "support/error_names.h"
#include "support/failing_alloc.h"
#include "support/made_bars.h"
#include "support/near.h"

#define DEFAULT ((double)NAN)
#define ALL_COLUMNS                                                            \
  (CRUCIBLE_NEEDS_QUOTE_VOLUME | CRUCIBLE_NEEDS_TRADES |                       \
   CRUCIBLE_NEEDS_TAKER_BUY_BASE)

static crucible_feature_info info_at(size_t i) {
  crucible_feature_info info = {.struct_size = sizeof info};
  assert_int_equal(crucible_feature_at(i, &info), CRUCIBLE_OK);
  return info;
}

static crucible_feature_spec spec_of(const char *name, double a, double b) {
  return (crucible_feature_spec){.name = name,
                                 .params = {a, b, DEFAULT, DEFAULT}};
}

/* ---- registry ---- */

static void names_are_sorted_and_every_entry_is_complete(void **state) {
  (void)state;
  for (size_t i = 0; i < crucible_feature_count(); ++i) {
    crucible_feature_info info = info_at(i);
    assert_true(i == 0 || strcmp(info_at(i - 1).name, info.name) < 0);
    assert_true(strlen(info.doc) > 5);
    assert_in_range(info.family, CRUCIBLE_FAMILY_TREND,
                    CRUCIBLE_FAMILY_TRANSFORM);
    assert_in_range(info.unit, CRUCIBLE_UNIT_RATIO, CRUCIBLE_UNIT_LOG_PRICE);
    assert_true((info.needs & ~(uint32_t)ALL_COLUMNS) == 0);
    assert_true(info.n_params <= CRUCIBLE_FEATURE_PARAMS_MAX);
    for (uint32_t p = 0; p < info.n_params; ++p) {
      const crucible_feature_param *param = &info.params[p];
      assert_true(strlen(param->name) > 0 && strlen(param->doc) > 0);
      assert_true(param->low < param->high);
      assert_true(param->low <= param->default_value);
      assert_true(param->default_value <= param->high);
      assert_true(!param->is_log || param->low > 0);
      assert_true(!param->is_integer ||
                  (floor(param->low) == param->low &&
                   floor(param->high) == param->high &&
                   floor(param->default_value) == param->default_value));
    }
  }
}

static void a_feature_is_found_by_its_name(void **state) {
  (void)state;
  crucible_feature_info info = {.struct_size = sizeof info};
  for (size_t i = 0; i < crucible_feature_count(); ++i) {
    assert_int_equal(crucible_feature_find(info_at(i).name, &info),
                     CRUCIBLE_OK);
    assert_string_equal(info.name, info_at(i).name);
  }
}

static void a_shorter_info_of_an_older_caller_is_filled_in_part(void **state) {
  (void)state;
  crucible_feature_info info;
  memset(&info, 0x55, sizeof info);
  info.struct_size = offsetof(crucible_feature_info, doc);
  assert_int_equal(crucible_feature_find("RSI", &info), CRUCIBLE_OK);
  assert_string_equal(info.name, "RSI");
  assert_int_equal(info.family, 0x55555555);
}

static void an_unknown_name_is_answered_with_the_nearest(void **state) {
  (void)state;
  crucible_feature_info info = {.struct_size = sizeof info};
  assert_int_equal(crucible_feature_find("MACD_SIGNEL", &info),
                   CRUCIBLE_E_INVALID);
  assert_error_names("\"MACD_SIGNAL\"");
  assert_int_equal(crucible_feature_find("rsi", &info), CRUCIBLE_E_INVALID);
  assert_error_names("\"RSI\"");
  assert_int_equal(crucible_feature_find("", &info), CRUCIBLE_E_INVALID);
  char endless[5000];
  memset(endless, 'X', sizeof endless - 1);
  endless[sizeof endless - 1] = '\0';
  assert_int_equal(crucible_feature_find(endless, &info), CRUCIBLE_E_INVALID);
}

static void null_and_numbers_out_of_range_are_refused(void **state) {
  (void)state;
  crucible_feature_info info = {.struct_size = sizeof info};
  crucible_feature_spec spec = spec_of("RSI", DEFAULT, DEFAULT);
  size_t lookback;
  assert_int_equal(crucible_feature_at(crucible_feature_count(), &info),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_feature_at(0, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_feature_find(NULL, &info), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_feature_find("RSI", NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_feature_lookback(NULL, &lookback),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_feature_lookback(&spec, NULL), CRUCIBLE_E_INVALID);
  info.struct_size = 0;
  assert_int_equal(crucible_feature_find("RSI", &info), CRUCIBLE_E_INVALID);
}

static void every_feature_is_listed_in_the_documentation(void **state) {
  (void)state;
  FILE *file = fopen(CRUCIBLE_SOURCE_DIR "/docs/modules/features.md", "r");
  assert_non_null(file);
  char *text = calloc(1, 65536);
  size_t length = fread(text, 1, 65535, file);
  (void)fclose(file);
  assert_true(length > 1000);
  for (size_t i = 0; i < crucible_feature_count(); ++i) {
    const char *name = info_at(i).name, *at = text;
    size_t n = strlen(name);
    while ((at = strstr(at, name)) != NULL &&
           (at[-1] == '_' || strchr("*,.\n ", at[n]) == NULL))
      at += n;
    if (at == NULL)
      fail_msg("%s is not in docs/modules/features.md", name);
  }
  free(text);
}

/* ---- parameters ---- */

static void a_wrong_parameter_is_named_with_value_and_range(void **state) {
  (void)state;
  const double wrong[] = {1, 501, 14.5, -3, (double)INFINITY, 1e300};
  size_t lookback = 77;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    crucible_feature_spec spec = spec_of("RSI", wrong[i], DEFAULT);
    assert_int_equal(crucible_feature_lookback(&spec, &lookback),
                     CRUCIBLE_E_INVALID);
    assert_error_names("RSI: timeperiod is");
    assert_error_names("from 2 to 500");
    assert_int_equal(lookback, 77);
  }
}

static void nan_stands_for_the_default(void **state) {
  (void)state;
  for (size_t i = 0; i < crucible_feature_count(); ++i) {
    crucible_feature_info info = info_at(i);
    crucible_feature_spec spec = {.name = info.name};
    size_t by_nan, by_value;
    for (uint32_t p = 0; p < CRUCIBLE_FEATURE_PARAMS_MAX; ++p)
      spec.params[p] = DEFAULT;
    assert_int_equal(crucible_feature_lookback(&spec, &by_nan), CRUCIBLE_OK);
    for (uint32_t p = 0; p < info.n_params; ++p)
      spec.params[p] = info.params[p].default_value;
    assert_int_equal(crucible_feature_lookback(&spec, &by_value), CRUCIBLE_OK);
    assert_int_equal(by_nan, by_value);
  }
}

/* ---- worked examples ---- */

static made_bars *bars_of_closes(const double *closes, size_t n) {
  made_bars *bars = made_bars_generate(MADE_SILENT, n, 1);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < 4; ++j)
      bars->column[j][i] = closes[i];
  return bars;
}

static void compute(const char *name, double a, double b, const made_bars *bars,
                    double *values) {
  crucible_feature_spec spec = spec_of(name, a, b);
  if (crucible_features_compute(&spec, 1, &bars->view, NULL, values) !=
      CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
}

/* StockCharts' worked example of Wilder's index, two decimals. */
static void rsi_reproduces_the_chart_school_example(void **state) {
  (void)state;
  const double closes[] = {44.3389, 44.0902, 44.1497, 43.6124, 44.3278,
                           44.8264, 45.0955, 45.4245, 45.8433, 46.0826,
                           45.8931, 46.0328, 45.6140, 46.2820, 46.2820,
                           46.0028, 46.0328, 46.4116, 46.2222, 45.6439};
  const double expected[] = {70.53, 66.32, 66.55, 69.41, 66.36, 57.97};
  double values[20];
  made_bars *bars = bars_of_closes(closes, 20);
  compute("RSI", 14, DEFAULT, bars, values);
  assert_true(isnan(values[13]));
  for (size_t i = 0; i < 6; ++i)
    assert_near(values[14 + i], expected[i], 0, 0.005);
  made_bars_free(bars);
}

/* Lopez de Prado 2018, section 5.4: w = 1, -1/2, -1/8, -1/16 for d = 1/2. */
static void fracdiff_weighs_as_in_the_book(void **state) {
  (void)state;
  const double closes[] = {exp(1), exp(2), exp(3), exp(4), exp(6)};
  double values[5];
  made_bars *bars = bars_of_closes(closes, 5);
  compute("FRACDIFF", 0.5, 4, bars, values);
  assert_true(isnan(values[2]));
  assert_near(values[3], 4 - 3 / 2.0 - 2 / 8.0 - 1 / 16.0, 1e-14, 0);
  assert_near(values[4], 6 - 4 / 2.0 - 3 / 8.0 - 2 / 16.0, 1e-14, 0);
  made_bars_free(bars);
}

/* Every bar from 1 to e and back: log(high / low) = 1, close = open. */
static void range_estimators_of_a_known_range(void **state) {
  (void)state;
  const double closes[] = {1, 1, 1, 1, 1, 1};
  double values[6];
  made_bars *bars = bars_of_closes(closes, 6);
  for (size_t i = 0; i < 6; ++i)
    bars->column[1][i] = exp(1);
  compute("PARKINSON", 3, DEFAULT, bars, values);
  assert_near(values[5], sqrt(1 / (4 * log(2))), 1e-14, 0);
  compute("GARMAN_KLASS", 3, DEFAULT, bars, values);
  assert_near(values[5], sqrt(0.5), 1e-14, 0);
  compute("ROGERS_SATCHELL", 3, DEFAULT, bars, values);
  assert_near(values[5], 1, 1e-14, 0);
  compute("YANG_ZHANG", 3, DEFAULT, bars, values);
  assert_near(values[5], sqrt(1 - 0.34 / (1.34 + 4 / 2.0)), 1e-14, 0);
  compute("REALIZED_VOL", 3, DEFAULT, bars, values);
  assert_same_bits(values[5], 0);
  made_bars_free(bars);
}

/* 2024-03-01 was a Friday; two bars are missing before the third. */
static void calendar_counts_the_close_and_the_missing_bars(void **state) {
  (void)state;
  made_bars *bars = made_bars_generate(MADE_FLAT, 4, 1);
  const int64_t friday = 1709251200000, minute = 60000;
  const int64_t minutes[] = {0, 5, 20, 24 * 60 - 5};
  double values[4];
  for (size_t i = 0; i < 4; ++i)
    bars->time[i] = friday + minutes[i] * minute;
  compute("MISSING_BARS", DEFAULT, DEFAULT, bars, values);
  assert_true(isnan(values[0]));
  assert_same_bits(values[1], 0);
  assert_same_bits(values[2], 2);
  compute("WEEKEND", DEFAULT, DEFAULT, bars, values);
  assert_same_bits(values[2], 0);
  assert_same_bits(values[3], 1); /* it closes on Saturday, 00:00 */
  compute("FUNDING_PHASE", DEFAULT, DEFAULT, bars, values);
  assert_same_bits(values[0], 5 / 480.0);
  assert_same_bits(values[3], 0);
  made_bars_free(bars);
}

/* ---- the set ---- */

static void a_set_that_cannot_be_made_is_refused(void **state) {
  (void)state;
  crucible_feature_set *set = (crucible_feature_set *)&set;
  crucible_feature_spec specs[2] = {spec_of("RSI", 14, 0),
                                    spec_of("SMA", 0, 0)};
  assert_int_equal(crucible_feature_set_create(specs, 2, 0, 60000, &set),
                   CRUCIBLE_E_INVALID);
  assert_null(set);
  assert_error_names("specs[1]: SMA: timeperiod is 0");
  assert_int_equal(crucible_feature_set_create(specs, 1, 0, 0, &set),
                   CRUCIBLE_E_INVALID);
  assert_error_names("timeframe_ms is 0");
  assert_int_equal(crucible_feature_set_create(specs, 0, 0, 1, &set),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_feature_set_create(NULL, 1, 0, 1, &set),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_feature_set_create(specs, 1, 0, 1, NULL),
                   CRUCIBLE_E_INVALID);
  specs[1] = spec_of(NULL, 0, 0);
  assert_int_equal(crucible_feature_set_create(specs, 2, 0, 1, &set),
                   CRUCIBLE_E_INVALID);
  crucible_feature_set_destroy(NULL);
}

static void a_feature_without_its_column_is_unavailable_by_name(void **state) {
  (void)state;
  crucible_feature_set *set;
  crucible_feature_spec spec = spec_of("TAKER_IMBALANCE", DEFAULT, DEFAULT);
  assert_int_equal(crucible_feature_set_create(&spec, 1,
                                               CRUCIBLE_NEEDS_QUOTE_VOLUME |
                                                   CRUCIBLE_NEEDS_TRADES,
                                               60000, &set),
                   CRUCIBLE_E_UNSUPPORTED);
  assert_null(set);
  assert_error_names("TAKER_IMBALANCE");
  assert_error_names("taker_buy_base");
  made_bars *bars = made_bars_generate(MADE_PLAIN, 5, 1);
  double values[5];
  bars->view.taker_buy_base = NULL;
  assert_int_equal(
      crucible_features_compute(&spec, 1, &bars->view, NULL, values),
      CRUCIBLE_E_UNSUPPORTED);
  made_bars_free(bars);
}

static const crucible_bar good_bar = {
    .open_time_ms = 1709251200000,
    .open = 10,
    .high = 12,
    .low = 9,
    .close = 11,
    .volume = 5,
    .quote_volume = 52,
    .trades = 7,
    .taker_buy_base = 3,
};

typedef struct bad_bar {
  size_t offset;
  double value;
  const char *text;
} bad_bar;

static void a_bad_bar_is_refused_and_changes_nothing(void **state) {
  (void)state;
  const double nan = DEFAULT, inf = (double)INFINITY;
  const bad_bar bad[] = {
      {offsetof(crucible_bar, open), nan, "open is"},
      {offsetof(crucible_bar, high), inf, "high is inf"},
      {offsetof(crucible_bar, low), 0, "low is 0"},
      {offsetof(crucible_bar, low), -1, "low is -1"},
      {offsetof(crucible_bar, close), nan, "close is"},
      {offsetof(crucible_bar, volume), -1, "volume is -1"},
      {offsetof(crucible_bar, volume), nan, "volume is"},
      {offsetof(crucible_bar, taker_buy_base), nan, "taker_buy_base is"},
      {offsetof(crucible_bar, high), 10.5, "must lie between"},
      {offsetof(crucible_bar, low), 10.5, "must lie between"},
      {offsetof(crucible_bar, close), 1e31, "close is 1e+31"},
  };
  const crucible_feature_spec specs[2] = {spec_of("EMA", 2, 0),
                                          spec_of("TAKER_IMBALANCE", 0, 0)};
  crucible_feature_set *set;
  double values[2];
  assert_int_equal(
      crucible_feature_set_create(specs, 2, ALL_COLUMNS, 60000, &set),
      CRUCIBLE_OK);
  crucible_bar bar = good_bar;
  assert_int_equal(crucible_feature_set_push(set, &bar, values), CRUCIBLE_OK);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    bar = good_bar;
    bar.open_time_ms += 60000;
    memcpy((char *)&bar + bad[i].offset, &bad[i].value, sizeof(double));
    values[0] = 77;
    assert_int_equal(crucible_feature_set_push(set, &bar, values),
                     CRUCIBLE_E_DATA);
    assert_error_names(bad[i].text);
    assert_true(values[0] == 77);
  }
  bar = good_bar;
  assert_int_equal(crucible_feature_set_push(set, &bar, values),
                   CRUCIBLE_E_DATA);
  assert_error_names("times must ascend");
  bar.open_time_ms = INT64_MAX;
  assert_int_equal(crucible_feature_set_push(set, &bar, values),
                   CRUCIBLE_E_DATA);
  bar.open_time_ms = good_bar.open_time_ms + 60000;
  bar.trades = nan; /* no feature of the set looks at it */
  bar.close = 12;
  assert_int_equal(crucible_feature_set_push(set, &bar, values), CRUCIBLE_OK);
  assert_same_bits(values[0], 11.5);
  assert_same_bits(values[1], 0.2);
  crucible_feature_set_destroy(set);
}

static void null_in_push_and_compute_is_refused(void **state) {
  (void)state;
  const crucible_feature_spec spec = spec_of("EMA", 2, 0);
  crucible_feature_set *set;
  double value;
  made_bars *bars = made_bars_generate(MADE_PLAIN, 5, 1);
  assert_int_equal(crucible_feature_set_create(&spec, 1, 0, 60000, &set),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_feature_set_push(NULL, &good_bar, &value),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_feature_set_push(set, NULL, &value),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_feature_set_push(set, &good_bar, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_features_compute(&spec, 1, NULL, NULL, &value),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_features_compute(&spec, 1, &bars->view, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_features_compute(NULL, 1, &bars->view, NULL, &value),
      CRUCIBLE_E_INVALID);
  crucible_feature_set_destroy(set);
  made_bars_free(bars);
}

static void a_bad_bar_of_a_batch_is_named_and_nothing_is_written(void **state) {
  (void)state;
  const crucible_feature_spec spec = spec_of("EMA", 2, 0);
  made_bars *bars = made_bars_generate(MADE_PLAIN, 5, 1);
  double values[5] = {77, 77, 77, 77, 77};
  bars->column[3][3] = DEFAULT;
  assert_int_equal(
      crucible_features_compute(&spec, 1, &bars->view, NULL, values),
      CRUCIBLE_E_DATA);
  assert_error_names("bar 3: close is");
  bars->column[3][3] = bars->column[0][3];
  bars->time[4] = bars->time[3];
  assert_int_equal(
      crucible_features_compute(&spec, 1, &bars->view, NULL, values),
      CRUCIBLE_E_DATA);
  assert_error_names("bar 4: open_time_ms is");
  for (size_t i = 0; i < 5; ++i)
    assert_true(values[i] == 77);
  made_bars_free(bars);
}

static crucible_status make_push_and_compute(void *data) {
  const made_bars *bars = data;
  const crucible_feature_spec specs[3] = {spec_of("SMA", 50, 0),
                                          spec_of("RSI", 14, 0),
                                          spec_of("MACD_HIST", 12, 26)};
  crucible_feature_set *set;
  double values[3 * 8];
  crucible_status status =
      crucible_feature_set_create(specs, 3, 0, MADE_STEP_MS, &set);
  if (status == CRUCIBLE_OK)
    status = crucible_feature_set_push(set, &good_bar, values);
  crucible_feature_set_destroy(set);
  if (status == CRUCIBLE_OK)
    status = crucible_features_compute(specs, 3, &bars->view, NULL, values);
  return status;
}

static void every_failing_allocation_is_reported(void **state) {
  (void)state;
  made_bars *bars = made_bars_generate(MADE_PLAIN, 8, 1);
  assert_int_equal(failing_alloc_run(make_push_and_compute, bars), 2);
  made_bars_free(bars);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_sorted_and_every_entry_is_complete),
      cmocka_unit_test(a_feature_is_found_by_its_name),
      cmocka_unit_test(a_shorter_info_of_an_older_caller_is_filled_in_part),
      cmocka_unit_test(an_unknown_name_is_answered_with_the_nearest),
      cmocka_unit_test(null_and_numbers_out_of_range_are_refused),
      cmocka_unit_test(every_feature_is_listed_in_the_documentation),
      cmocka_unit_test(a_wrong_parameter_is_named_with_value_and_range),
      cmocka_unit_test(nan_stands_for_the_default),
      cmocka_unit_test(rsi_reproduces_the_chart_school_example),
      cmocka_unit_test(fracdiff_weighs_as_in_the_book),
      cmocka_unit_test(range_estimators_of_a_known_range),
      cmocka_unit_test(calendar_counts_the_close_and_the_missing_bars),
      cmocka_unit_test(a_set_that_cannot_be_made_is_refused),
      cmocka_unit_test(a_feature_without_its_column_is_unavailable_by_name),
      cmocka_unit_test(a_bad_bar_is_refused_and_changes_nothing),
      cmocka_unit_test(null_in_push_and_compute_is_refused),
      cmocka_unit_test(a_bad_bar_of_a_batch_is_named_and_nothing_is_written),
      cmocka_unit_test(every_failing_allocation_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
