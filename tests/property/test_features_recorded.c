/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Features on recorded bars: the halt and the gap of 2023-03-24, bars without
 * volume, one minute to fifteen.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/features.h>

#include "support/near.h"
#include "support/series_files.h"

#define HALT_MS INT64_C(1679657400000) /* 2023-03-24T11:30Z */
#define HOUR_MS INT64_C(3600000)

static crucible_bars part_of(const crucible_series *series, int64_t from_ms,
                             int64_t until_ms) {
  crucible_bars view = view_of(series), part = {.struct_size = sizeof part};
  assert_int_equal(crucible_bars_slice(&view, from_ms, until_ms, &part),
                   CRUCIBLE_OK);
  return part;
}

/* All features with their defaults that the bars have the columns for. */
static crucible_feature_spec *specs_for(const crucible_bars *bars, size_t *n) {
  uint32_t lacks = 0;
  lacks |= bars->quote_volume ? 0 : (uint32_t)CRUCIBLE_NEEDS_QUOTE_VOLUME;
  lacks |= bars->trades ? 0 : (uint32_t)CRUCIBLE_NEEDS_TRADES;
  lacks |= bars->taker_buy_base ? 0 : (uint32_t)CRUCIBLE_NEEDS_TAKER_BUY_BASE;
  size_t count = crucible_feature_count();
  crucible_feature_spec *specs = calloc(count + 1, sizeof *specs);
  *n = 0;
  for (size_t i = 0; i < count; ++i) {
    crucible_feature_info info = {.struct_size = sizeof info};
    assert_int_equal(crucible_feature_at(i, &info), CRUCIBLE_OK);
    if (info.needs & lacks)
      continue;
    specs[*n].name = info.name;
    for (size_t p = 0; p < CRUCIBLE_FEATURE_PARAMS_MAX; ++p)
      specs[*n].params[p] = (double)NAN;
    *n += 1;
  }
  return specs;
}

static size_t lookback_of(const crucible_feature_spec *spec) {
  size_t lookback;
  assert_int_equal(crucible_feature_lookback(spec, &lookback), CRUCIBLE_OK);
  return lookback;
}

static double *compute(const crucible_feature_spec *specs, size_t n,
                       const crucible_bars *bars) {
  double *values = calloc(n * bars->n + 1, sizeof *values);
  assert_non_null(values);
  if (crucible_features_compute(specs, n, bars, NULL, values) != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
  return values;
}

static void check_numbers(const crucible_bars *bars) {
  size_t n;
  crucible_feature_spec *specs = specs_for(bars, &n);
  double *values = compute(specs, n, bars);
  assert_true(n > 100);
  for (size_t j = 0; j < n; ++j) {
    size_t lookback = lookback_of(&specs[j]);
    for (size_t i = 0; i < bars->n; ++i) {
      double x = values[j * bars->n + i];
      if (i < lookback ? !isnan(x) : !isfinite(x))
        fail_msg("%s in bar %zu is %g", specs[j].name, i, x);
    }
  }
  free(values);
  free(specs);
}

static void every_value_after_the_warm_up_is_a_number(void **state) {
  (void)state;
  const char *const files[] = {
      "klines/spot-5m/BTCUSDT-5m-2023.csv.gz",
      "klines/usdm-5m-full/SOLUSDT-5m-2025-01_2025-08.csv.gz",
      "klines/spot-15m-full/DOGEUSDT-15m-2024-12-30_2025-08-31.csv.gz",
      "klines/usdm-1m-full/LINKUSDT-1m-2023-02.csv.gz",
  };
  for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
    crucible_series *series = read_shared(files[i], NULL);
    crucible_bars bars = view_of(series);
    check_numbers(&bars);
    crucible_series_destroy(series);
  }
}

static crucible_bar bar_at(const crucible_bars *bars, size_t i) {
  const double absent = (double)NAN;
  return (crucible_bar){bars->open_time_ms[i],
                        bars->open[i],
                        bars->high[i],
                        bars->low[i],
                        bars->close[i],
                        bars->volume[i],
                        absent,
                        absent,
                        absent};
}

static void a_batch_over_the_halt_has_the_bits_of_its_steps(void **state) {
  (void)state;
  crucible_series *series =
      read_shared("klines/spot-5m/BTCUSDT-5m-2023.csv.gz", NULL);
  crucible_bars bars =
      part_of(series, HALT_MS - 100 * HOUR_MS, HALT_MS + 50 * HOUR_MS);
  size_t n;
  crucible_feature_spec *specs = specs_for(&bars, &n);
  double *values = compute(specs, n, &bars), *row = calloc(n, sizeof *row);
  crucible_feature_set *set;
  assert_int_equal(
      crucible_feature_set_create(specs, n, 0, bars.timeframe_ms, &set),
      CRUCIBLE_OK);
  for (size_t i = 0; i < bars.n; ++i) {
    crucible_bar bar = bar_at(&bars, i);
    assert_int_equal(crucible_feature_set_push(set, &bar, row), CRUCIBLE_OK);
    for (size_t j = 0; j < n; ++j)
      assert_same_bits(row[j], values[j * bars.n + i]);
  }
  crucible_feature_set_destroy(set);
  free(row);
  free(values);
  free(specs);
  crucible_series_destroy(series);
}

/* Streams that begin in the hours before, in and after the halt. */
static void a_finite_feature_does_not_know_where_it_began(void **state) {
  (void)state;
  crucible_series *series =
      read_shared("klines/spot-5m/BTCUSDT-5m-2023.csv.gz", NULL);
  const int64_t until = HALT_MS + 60 * HOUR_MS;
  crucible_bars whole = part_of(series, HALT_MS - 100 * HOUR_MS, until);
  size_t n;
  crucible_feature_spec *specs = specs_for(&whole, &n);
  double *values = compute(specs, n, &whole);
  for (int64_t from = HALT_MS - 3 * HOUR_MS; from < HALT_MS + 6 * HOUR_MS;
       from += HOUR_MS / 4) {
    crucible_bars part = part_of(series, from, until);
    double *later = compute(specs, n, &part);
    size_t skipped = whole.n - part.n;
    for (size_t j = 0; j < n; ++j) {
      crucible_feature_info info = {.struct_size = sizeof info};
      size_t lookback = lookback_of(&specs[j]);
      assert_int_equal(crucible_feature_find(specs[j].name, &info),
                       CRUCIBLE_OK);
      if (!info.is_recursive && lookback < part.n)
        assert_same_bits_n(later + j * part.n + lookback,
                           values + j * whole.n + skipped + lookback,
                           part.n - lookback);
    }
    free(later);
  }
  free(values);
  free(specs);
  crucible_series_destroy(series);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_value_after_the_warm_up_is_a_number),
      cmocka_unit_test(a_batch_over_the_halt_has_the_bits_of_its_steps),
      cmocka_unit_test(a_finite_feature_does_not_know_where_it_began),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
