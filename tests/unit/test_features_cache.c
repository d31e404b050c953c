/* SPDX-License-Identifier: Apache-2.0 */
/* Columns that are kept, on recorded bars (examples/data). */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/features.h>
#include <crucible/series.h>

#include "support/failing_alloc.h"
#include "support/statuses.h"

#define BARS                                                                   \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

enum { MANY = 60 };

static crucible_bars bars;

static int open_bars(void **state) {
  crucible_csv_options csv;
  crucible_series *series;
  crucible_csv_options_init(&csv, sizeof csv);
  if (crucible_series_read_csv(BARS, &csv, &series) != CRUCIBLE_OK)
    return -1;
  *state = series;
  bars.struct_size = sizeof bars;
  return crucible_series_view(series, &bars);
}

static int close_bars(void **state) {
  crucible_series_destroy(*state);
  return 0;
}

/* Feature number i of the registry with other than its default periods. */
static crucible_feature_spec spec_of(size_t i, int more) {
  crucible_feature_info info = {.struct_size = sizeof info};
  crucible_feature_spec spec;
  assert_int_equal(crucible_feature_at(i, &info), CRUCIBLE_OK);
  spec.name = info.name;
  for (size_t k = 0; k < CRUCIBLE_FEATURE_PARAMS_MAX; ++k)
    spec.params[k] = (double)NAN;
  if (info.n_params > 0 && info.params[0].is_integer &&
      info.params[0].default_value + more <= info.params[0].high)
    spec.params[0] = info.params[0].default_value + more;
  return spec;
}

static double *room(size_t n, size_t cols) {
  double *values = malloc(n * cols * sizeof *values);
  assert_non_null(values);
  return values;
}

static void assert_same(const double *a, const double *b, size_t n) {
  assert_memory_equal(a, b, n * sizeof *a);
}

static void all_features_come_out_as_without_a_cache(void **state) {
  (void)state;
  size_t n_all = crucible_feature_count(), n = bars.n;
  crucible_feature_spec *specs = malloc(2 * n_all * sizeof *specs);
  assert_non_null(specs);
  for (size_t i = 0; i < n_all; ++i) {
    specs[i] = spec_of(i, 0);
    specs[n_all + i] = spec_of(i, 1); /* only the parameters differ */
  }
  double *plain = room(n, 2 * n_all), *cached = room(n, 2 * n_all);
  crucible_feature_cache *cache;
  assert_int_equal(
      crucible_features_compute(specs, 2 * n_all, &bars, NULL, plain),
      CRUCIBLE_OK);
  assert_int_equal(crucible_feature_cache_create(&bars, &cache), CRUCIBLE_OK);
  for (size_t k = 0; k < 3; ++k) { /* a part, all, all again */
    size_t cols = k == 0 ? n_all / 2 : 2 * n_all;
    memset(cached, 7, n * 2 * n_all * sizeof *cached);
    assert_int_equal(
        crucible_feature_cache_compute(cache, specs, cols, n, NULL, cached),
        CRUCIBLE_OK);
    assert_same(cached, plain, n * cols);
  }
  /* the first bars alone: what a series that ends there gives */
  crucible_bars less = bars;
  less.n = 500;
  assert_int_equal(
      crucible_features_compute(specs, 2 * n_all, &less, NULL, plain),
      CRUCIBLE_OK);
  assert_int_equal(crucible_feature_cache_compute(cache, specs, 2 * n_all, 500,
                                                  NULL, cached),
                   CRUCIBLE_OK);
  assert_same(cached, plain, 500 * 2 * n_all);
  crucible_feature_cache_destroy(cache);
  free(plain);
  free(cached);
  free(specs);
}

typedef struct asker {
  crucible_feature_cache *cache;
  const crucible_feature_spec *specs;
  const double *expected;
  uint32_t step;
  int is_right;
} asker;

static void *ask(void *data) {
  asker *a = data;
  size_t n = bars.n;
  double *values = malloc(3 * n * sizeof *values);
  a->is_right = values != NULL;
  for (uint32_t i = 0; a->is_right && i < 200; ++i) {
    size_t j = i * a->step % (MANY - 2);
    a->is_right =
        crucible_feature_cache_compute(a->cache, a->specs + j, 3, n, NULL,
                                       values) == CRUCIBLE_OK &&
        memcmp(values, a->expected + j * n, 3 * n * sizeof *values) == 0;
  }
  free(values);
  return NULL;
}

static void many_threads_may_ask_at_once(void **state) {
  (void)state;
  crucible_feature_spec specs[MANY];
  crucible_feature_cache *cache;
  double *expected = room(bars.n, MANY);
  for (size_t i = 0; i < MANY; ++i)
    specs[i] = spec_of(i, 0);
  assert_int_equal(
      crucible_features_compute(specs, MANY, &bars, NULL, expected),
      CRUCIBLE_OK);
  assert_int_equal(crucible_feature_cache_create(&bars, &cache), CRUCIBLE_OK);
  asker askers[4];
  pthread_t threads[4];
  for (uint32_t i = 0; i < 4; ++i) {
    askers[i] = (asker){cache, specs, expected, 2 * i + 1, 0};
    assert_int_equal(pthread_create(&threads[i], NULL, ask, &askers[i]), 0);
  }
  for (uint32_t i = 0; i < 4; ++i) {
    pthread_join(threads[i], NULL);
    assert_true(askers[i].is_right);
  }
  crucible_feature_cache_destroy(cache);
  free(expected);
}

static void what_is_wrong_is_refused_by_its_own_number(void **state) {
  (void)state;
  crucible_feature_spec specs[3] = {spec_of(0, 0), spec_of(1, 0),
                                    spec_of(2, 0)};
  crucible_feature_cache *cache = (crucible_feature_cache *)&bars;
  double *values = room(bars.n, 3);
  assert_fails(crucible_feature_cache_create(NULL, &cache), CRUCIBLE_E_INVALID,
               "bars is NULL");
  assert_null(cache);
  assert_fails(crucible_feature_cache_create(&bars, NULL), CRUCIBLE_E_INVALID,
               "cache is NULL");
  assert_int_equal(crucible_feature_cache_create(&bars, &cache), CRUCIBLE_OK);
#define REFUSED(cache_, specs_, n_, n_bars_, values_, status, part)            \
  assert_fails(crucible_feature_cache_compute(cache_, specs_, n_, n_bars_,     \
                                              NULL, values_),                  \
               status, part)
  REFUSED(NULL, specs, 3, 10, values, CRUCIBLE_E_INVALID, "cache is NULL");
  REFUSED(cache, NULL, 3, 10, values, CRUCIBLE_E_INVALID, "specs is NULL");
  REFUSED(cache, specs, 0, 10, values, CRUCIBLE_E_INVALID, "n = 0");
  REFUSED(cache, specs, 3, 10, NULL, CRUCIBLE_E_INVALID, "values is NULL");
  REFUSED(cache, specs, 3, bars.n + 1, values, CRUCIBLE_E_INVALID,
          "the cache's series has");
  /* with the others there already, it is still number 2 */
  assert_int_equal(
      crucible_feature_cache_compute(cache, specs, 2, bars.n, NULL, values),
      CRUCIBLE_OK);
  specs[2].name = "NO_SUCH_FEATURE";
  REFUSED(cache, specs, 3, 10, values, CRUCIBLE_E_INVALID, "specs[2]");
  crucible_feature_cache_destroy(cache);
  crucible_feature_cache_destroy(NULL);
  crucible_bars poor = bars;
  poor.taker_buy_base = NULL;
  specs[2].name = "TAKER_IMBALANCE";
  assert_int_equal(crucible_feature_cache_create(&poor, &cache), CRUCIBLE_OK);
  REFUSED(cache, specs, 3, 10, values, CRUCIBLE_E_UNSUPPORTED,
          "taker_buy_base");
  crucible_feature_cache_destroy(cache);
  double *close = room(bars.n, 1);
  memcpy(close, bars.close, bars.n * sizeof *close);
  close[700] = (double)NAN;
  poor.close = close;
  assert_int_equal(crucible_feature_cache_create(&poor, &cache), CRUCIBLE_OK);
  REFUSED(cache, specs, 2, 10, values, CRUCIBLE_E_DATA, "bar 700");
#undef REFUSED
  crucible_feature_cache_destroy(cache);
  free(close);
  free(values);
}

static crucible_status run_once(void *data) {
  crucible_feature_spec specs[3] = {spec_of(5, 0), spec_of(6, 0),
                                    spec_of(7, 0)};
  crucible_feature_cache *cache;
  crucible_status status = crucible_feature_cache_create(&bars, &cache);
  if (status != CRUCIBLE_OK)
    return status;
  for (size_t n = 2; status == CRUCIBLE_OK && n <= 3; ++n)
    status =
        crucible_feature_cache_compute(cache, specs, n, bars.n, NULL, data);
  crucible_feature_cache_destroy(cache);
  return status;
}

static void a_cache_survives_running_out_of_memory(void **state) {
  (void)state;
  double *values = room(bars.n, 3);
  assert_true(failing_alloc_run(run_once, values) > 10);
  free(values);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_features_come_out_as_without_a_cache),
      cmocka_unit_test(many_threads_may_ask_at_once),
      cmocka_unit_test(what_is_wrong_is_refused_by_its_own_number),
      cmocka_unit_test(a_cache_survives_running_out_of_memory),
  };
  return cmocka_run_group_tests(tests, open_bars, close_bars);
}
