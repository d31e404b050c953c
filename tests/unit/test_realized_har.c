/* SPDX-License-Identifier: Apache-2.0 */
/* HAR: variances over a day, a week and a month. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/realized.h>

#include "support/egarch_series.h"
#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/near.h"
#include "support/statuses.h"

enum { N = 2000 };

static double variance[N], forecast[N], other[N];

static crucible_har_options small_har(int which) {
  crucible_har_options options;
  crucible_har_options_init(&options, sizeof options);
  memset(options.lags, 0, sizeof options.lags);
  options.lags[0] = which == 0 ? 1 : 2;
  options.lags[1] = which == 0 ? 4 : 5;
  options.lags[2] = which == 0 ? 20 : 0;
  options.horizon = which == 0 ? 1 : 3;
  options.window = which == 0 ? 200 : 100;
  options.first = which == 0 ? 60 : 50;
  options.refit = which == 0 ? 30 : 7;
  options.floor = which == 0 ? 0.3 : 0.1;
  return options;
}

static void make_variances(uint32_t seed) {
  egarch_series(seed, N, variance);
  for (size_t i = 0; i < N; ++i)
    variance[i] *= 1e-6 * variance[i];
}

static void har_forecasts_are_those_of_numpy(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("volatility/realized.csv");
  double expected[N];
  const size_t n = golden_rows_column(&rows, "har", 1, variance, N);
  for (int k = 0; k < 2; ++k) {
    const crucible_har_options options = small_har(k);
    (void)golden_rows_column(&rows, "har", 2 + (size_t)k, expected, N);
    assert_int_equal(crucible_har_forecasts(&options, variance, n, forecast),
                     CRUCIBLE_OK);
    for (size_t i = 0; i < n; ++i)
      assert_near(forecast[i], expected[i], 1e-9, 0);
    assert_true(forecast[n - 1] > 0);
  }
  golden_rows_free(&rows);
}

static void har_forecasts_are_pushes_to_the_bit(void **state) {
  (void)state;
  make_variances(41);
  for (int k = 0; k < 2; ++k) {
    const crucible_har_options options = small_har(k);
    crucible_har *har;
    double one;
    assert_int_equal(crucible_har_forecasts(&options, variance, N, forecast),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_har_create(&options, &har), CRUCIBLE_OK);
    for (size_t i = 0; i < N; ++i) {
      assert_int_equal(crucible_har_push(har, variance[i], &one), CRUCIBLE_OK);
      if (isnan(one))
        assert_true(isnan(forecast[i]));
      else
        assert_same_bits(one, forecast[i]);
    }
    crucible_har_destroy(har);
  }
}

static void har_sees_neither_the_future_nor_what_is_long_past(void **state) {
  (void)state;
  for (int k = 0; k < 2; ++k) {
    const crucible_har_options options = small_har(k);
    make_variances(42);
    assert_int_equal(crucible_har_forecasts(&options, variance, N, forecast),
                     CRUCIBLE_OK);
    for (size_t i = 1500; i < N; ++i)
      variance[i] *= 1 + (double)(i % 7);
    assert_int_equal(crucible_har_forecasts(&options, variance, N, other),
                     CRUCIBLE_OK);
    assert_same_bits_n(other + 100, forecast + 100, 1400);
    assert_true(other[1501] != forecast[1501]);
    make_variances(42);
    for (size_t i = 0; i < 1000; ++i) /* wild, and not to be felt */
      variance[i] *= 1e9 * (double)(i % 3);
    assert_int_equal(crucible_har_forecasts(&options, variance, N, other),
                     CRUCIBLE_OK);
    assert_same_bits_n(other + 1300, forecast + 1300, N - 1300);
  }
}

static void har_forecasts_stay_positive_and_within_what_was_seen(void **state) {
  (void)state;
  crucible_har_options options = small_har(0);
  make_variances(43);
  double highest = 0;
  for (size_t i = 0; i < N; ++i) {
    if (i % 400 == 399)
      variance[i] = 1e-2; /* a bad print */
    if (i % 500 < 60)
      variance[i] = 0; /* nobody trades */
    highest = fmax(highest, variance[i]);
  }
  assert_int_equal(crucible_har_forecasts(&options, variance, N, forecast),
                   CRUCIBLE_OK);
  for (size_t i = 100; i < N; ++i)
    assert_true(forecast[i] > 0 && forecast[i] <= highest);
}

static void har_knows_how_variances_persist(void **state) {
  (void)state;
  /* v_{t+1} = 1 + 0.5 v_t + 0.3 mean of 5 + a small draw */
  crucible_har_options options = small_har(1);
  crucible_har_info info = {.struct_size = sizeof info};
  crucible_har *har;
  uint32_t seed = 3;
  options.lags[0] = 1;
  options.horizon = 1;
  options.window = options.first = 1500;
  for (size_t i = 0; i < N; ++i) {
    double mean = 0;
    for (size_t k = 1; k <= 5; ++k)
      mean += i >= 5 ? variance[i - k] / 5 : 1;
    variance[i] = 1 + 0.5 * (i >= 5 ? variance[i - 1] : 5) + 0.3 * mean +
                  lcg_next(&seed) - 0.5;
  }
  assert_int_equal(crucible_har_create(&options, &har), CRUCIBLE_OK);
  for (size_t i = 0; i < N; ++i)
    assert_int_equal(crucible_har_push(har, variance[i], forecast),
                     CRUCIBLE_OK);
  assert_int_equal(crucible_har_get_info(har, &info), CRUCIBLE_OK);
  assert_int_equal(info.n, 1500);
  assert_near(info.coefficients[0], 0.5, 0, 0.1);
  assert_near(info.coefficients[1], 0.3, 0, 0.1);
  assert_near(info.constant, 1, 0, 0.25);
  assert_true(info.r_squared > 0.3 && info.r_squared < 0.9);
  crucible_har_destroy(har);
}

static void a_constant_market_has_no_fit(void **state) {
  (void)state;
  const crucible_har_options options = small_har(0);
  crucible_har_info info = {.struct_size = sizeof info, .n = 7};
  crucible_har *har;
  assert_int_equal(crucible_har_create(&options, &har), CRUCIBLE_OK);
  for (size_t i = 0; i < 500; ++i) {
    assert_int_equal(crucible_har_push(har, i < 250 ? 0 : 1e-6, forecast),
                     CRUCIBLE_OK);
    if (i < 250)
      assert_true(isnan(forecast[0]));
  }
  assert_int_equal(crucible_har_get_info(har, &info), CRUCIBLE_OK);
  assert_true(isnan(forecast[0]) || forecast[0] > 0);
  crucible_har_destroy(har);
  crucible_har_destroy(NULL);
}

static unsigned char bytes[1 << 17];

static void a_loaded_har_goes_on_to_the_bit(void **state) {
  (void)state;
  make_variances(44);
  for (int k = 0; k < 2; ++k) {
    const crucible_har_options options = small_har(k);
    crucible_har *har, *loaded;
    double one;
    size_t n, needed;
    assert_int_equal(crucible_har_forecasts(&options, variance, N, forecast),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_har_create(&options, &har), CRUCIBLE_OK);
    for (size_t i = 0; i < N; ++i) {
      if (i % 37 == 0) { /* also empty, and before the first fit */
        assert_int_equal(crucible_har_save(har, NULL, 0, &needed), CRUCIBLE_OK);
        assert_int_equal(crucible_har_save(har, bytes, sizeof bytes, &n),
                         CRUCIBLE_OK);
        assert_true(n == needed && n <= sizeof bytes);
        crucible_har_destroy(har);
        assert_int_equal(crucible_har_load(bytes, n, &loaded), CRUCIBLE_OK);
        har = loaded;
      }
      assert_int_equal(crucible_har_push(har, variance[i], &one), CRUCIBLE_OK);
      if (!isnan(one))
        assert_same_bits(one, forecast[i]);
    }
    crucible_har_destroy(har);
  }
}

static void damaged_bytes_load_as_nothing_or_as_a_har(void **state) {
  (void)state;
  const crucible_har_options options = small_har(1);
  crucible_har *har, *loaded;
  double one;
  size_t n;
  make_variances(45);
  assert_int_equal(crucible_har_create(&options, &har), CRUCIBLE_OK);
  for (size_t i = 0; i < 90; ++i)
    assert_int_equal(crucible_har_push(har, variance[i], &one), CRUCIBLE_OK);
  assert_int_equal(crucible_har_save(har, bytes, sizeof bytes, &n),
                   CRUCIBLE_OK);
  crucible_har_destroy(har);
  for (size_t cut = 0; cut < n; ++cut)
    assert_int_equal(crucible_har_load(bytes, cut, &loaded), CRUCIBLE_E_STORE);
  int refused = 0;
  for (size_t k = 0; k < 8 * n; ++k) {
    bytes[k / 8] ^= (unsigned char)(1 << k % 8);
    const crucible_status status = crucible_har_load(bytes, n, &loaded);
    if (status == CRUCIBLE_OK) { /* what cannot be told: it works */
      for (int i = 0; i < 20; ++i)
        assert_int_equal(crucible_har_push(loaded, 1e-6, &one), CRUCIBLE_OK);
      crucible_har_destroy(loaded);
    } else {
      assert_int_equal(status, CRUCIBLE_E_STORE);
      assert_null(loaded);
      ++refused;
    }
    bytes[k / 8] ^= (unsigned char)(1 << k % 8);
  }
  assert_true(refused > 500);
  assert_fails(crucible_har_load(NULL, 0, &loaded), CRUCIBLE_E_INVALID,
               "bytes");
}

static void har_refuses_bad_arguments(void **state) {
  (void)state;
  crucible_har *har;
  crucible_har_options options = small_har(0);
  double one = 7;
  options.lags[0] = 0;
  assert_fails(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
               "lags[0] is 0");
  options.lags[0] = 4;
  assert_fails(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
               "lags[1] is 4 after 4");
  options.lags[0] = 1;
  options.lags[4] = 50;
  assert_fails(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
               "lags[4] is 50 after 0");
  options = small_har(0);
  options.lags[2] = (1 << 20) + 1;
  assert_fails(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
               "lags[2]");
  options = small_har(0);
  options.horizon = 0;
  assert_fails(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
               "horizon is 0");
  options = small_har(0);
  options.first = 49;
  assert_fails(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
               "first is 49");
  options.first = 201;
  assert_fails(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
               "first is 201");
  options = small_har(0);
  options.window = (1 << 20) + 1;
  assert_fails(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
               "window is");
  options = small_har(0);
  options.refit = 0;
  assert_fails(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
               "refit is 0");
  options = small_har(0);
  options.floor = 0;
  assert_fails(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
               "floor is 0");
  assert_null(har);
  assert_fails(crucible_har_create(NULL, NULL), CRUCIBLE_E_INVALID, "har");
  assert_int_equal(crucible_har_create(NULL, &har), CRUCIBLE_OK);
  const double wrong[] = {-1, NAN, INFINITY, 2e100};
  for (size_t i = 0; i < 4; ++i) {
    assert_fails(crucible_har_push(har, wrong[i], &one), CRUCIBLE_E_INVALID,
                 "variance is");
    assert_fails(crucible_har_forecasts(NULL, &wrong[i], 1, &one),
                 CRUCIBLE_E_INVALID, "variance[0] is");
  }
  assert_fails(crucible_har_forecasts(NULL, wrong, 0, &one),
               CRUCIBLE_E_TOO_SHORT, "n is 0");
  assert_near(one, 7, 0, 0);
  crucible_har_destroy(har);
}

/* ---- out of memory ---- */

static crucible_status har_path(void *data) {
  const crucible_har_options options = small_har(1);
  crucible_har *har = NULL, *loaded = NULL;
  size_t n;
  (void)data;
  crucible_status status =
      crucible_har_forecasts(&options, variance, 200, forecast);
  if (status == CRUCIBLE_OK)
    status = crucible_har_create(&options, &har);
  for (size_t i = 0; i < 80 && status == CRUCIBLE_OK; ++i)
    status = crucible_har_push(har, variance[i], forecast);
  if (status == CRUCIBLE_OK)
    status = crucible_har_save(har, bytes, sizeof bytes, &n);
  if (status == CRUCIBLE_OK)
    status = crucible_har_load(bytes, n, &loaded);
  crucible_har_destroy(har);
  crucible_har_destroy(loaded);
  return status;
}

static void objects_survive_want_of_memory(void **state) {
  (void)state;
  make_variances(46);
  assert_true(failing_alloc_run(har_path, NULL) >= 15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(har_forecasts_are_those_of_numpy),
      cmocka_unit_test(har_forecasts_are_pushes_to_the_bit),
      cmocka_unit_test(har_sees_neither_the_future_nor_what_is_long_past),
      cmocka_unit_test(har_forecasts_stay_positive_and_within_what_was_seen),
      cmocka_unit_test(har_knows_how_variances_persist),
      cmocka_unit_test(a_constant_market_has_no_fit),
      cmocka_unit_test(a_loaded_har_goes_on_to_the_bit),
      cmocka_unit_test(damaged_bytes_load_as_nothing_or_as_a_har),
      cmocka_unit_test(har_refuses_bad_arguments),
      cmocka_unit_test(objects_survive_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
