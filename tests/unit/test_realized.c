/* SPDX-License-Identifier: Apache-2.0 */
/* Realised variance, EWMA, HAR and the losses of forecasts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/realized.h>

#include "support/egarch_series.h"
#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/near.h"

enum { N = 2000, MINUTE = 60000 };

static double variance[N], forecast[N], other[N];

static void check_text(crucible_status status, crucible_status expected,
                       const char *part) {
  assert_int_equal(status, expected);
  if (strstr(crucible_last_error(), part) == NULL)
    fail_msg("\"%s\" lacks \"%s\"", crucible_last_error(), part);
}

/* Cell c of the rows that begin with word; how many. */
static size_t column_of(const golden_rows *rows, const char *word, size_t c,
                        double *out) {
  size_t n = 0;
  for (size_t i = 0; i < rows->n; ++i)
    if (strcmp(rows->row[i].word, word) == 0) {
      assert_true(n < N);
      out[n++] = rows->row[i].cell[c];
    }
  assert_true(n > 0);
  return n;
}

static void to_times(const double *from, size_t n, int64_t *to) {
  for (size_t i = 0; i < n; ++i)
    to[i] = (int64_t)from[i];
}

/* ---- realised variance ---- */

static int64_t fine_times[N], bar_times[N];
static double fine_open[N], fine_close[N];

static crucible_bars fine_bars(size_t n) {
  return (crucible_bars){.struct_size = sizeof(crucible_bars),
                         .n = n,
                         .open_time_ms = fine_times,
                         .open = fine_open,
                         .close = fine_close,
                         .timeframe_ms = MINUTE};
}

static void realized_variance_is_that_of_numpy(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("volatility/realized.csv");
  double cells[N], expected[N], found_expected[N], least[N];
  uint32_t found[N];
  const size_t n_fine = column_of(&rows, "minute", 1, cells);
  to_times(cells, n_fine, fine_times);
  (void)column_of(&rows, "minute", 2, fine_open);
  (void)column_of(&rows, "minute", 3, fine_close);
  const size_t n = column_of(&rows, "bar", 1, cells);
  to_times(cells, n, bar_times);
  (void)column_of(&rows, "bar", 2, expected);
  (void)column_of(&rows, "bar", 3, found_expected);
  const crucible_bars fine = fine_bars(n_fine);
  assert_int_equal(crucible_realized_variance(&fine, bar_times, n, 5 * MINUTE,
                                              1, variance, found),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_realized_variance(&fine, bar_times, n, 5 * MINUTE,
                                              0, least, NULL),
                   CRUCIBLE_OK);
  size_t broken = 0;
  for (size_t i = 0; i < n; ++i) {
    assert_near(variance[i], expected[i], 1e-10, 0);
    assert_int_equal(found[i], (int)found_expected[i]);
    if (found[i] == 5)
      assert_same_bits(least[i], variance[i]);
    else
      assert_true(isnan(least[i]));
    broken += found[i] < 5;
  }
  assert_int_equal(broken, 6);
  golden_rows_free(&rows);
}

static void realized_variance_refuses_what_is_no_market(void **state) {
  (void)state;
  for (size_t i = 0; i < 20; ++i) {
    fine_times[i] = (int64_t)i * MINUTE;
    bar_times[i] = (int64_t)i * 5 * MINUTE;
    fine_open[i] = fine_close[i] = 1;
  }
  crucible_bars fine = fine_bars(20);
  check_text(crucible_realized_variance(NULL, bar_times, 4, 5 * MINUTE, 0,
                                        variance, NULL),
             CRUCIBLE_E_INVALID, "fine is NULL");
  check_text(
      crucible_realized_variance(&fine, NULL, 4, 5 * MINUTE, 0, variance, NULL),
      CRUCIBLE_E_INVALID, "open_time_ms is NULL");
  const int64_t wrong[] = {0, -MINUTE, MINUTE / 2, 90000, MINUTE - 1};
  for (size_t i = 0; i < 5; ++i)
    check_text(crucible_realized_variance(&fine, bar_times, 4, wrong[i], 0,
                                          variance, NULL),
               CRUCIBLE_E_INVALID, "a multiple of the finer");
  check_text(crucible_realized_variance(&fine, bar_times, 4, 5 * MINUTE, 6,
                                        variance, NULL),
             CRUCIBLE_E_INVALID, "least is 6");
  fine_close[7] = NAN;
  check_text(crucible_realized_variance(&fine, bar_times, 4, 5 * MINUTE, 0,
                                        variance, NULL),
             CRUCIBLE_E_INVALID, "fine bar 7");
  fine_close[7] = 1;
  fine_times[9] = fine_times[8];
  check_text(crucible_realized_variance(&fine, bar_times, 4, 5 * MINUTE, 0,
                                        variance, NULL),
             CRUCIBLE_E_INVALID, "fine.open_time_ms[9]");
  fine_times[9] += MINUTE;
  bar_times[2] = bar_times[1];
  check_text(crucible_realized_variance(&fine, bar_times, 4, 5 * MINUTE, 0,
                                        variance, NULL),
             CRUCIBLE_E_INVALID, "open_time_ms[2] is 300000, not after");
  bar_times[2] += 1;
  check_text(crucible_realized_variance(&fine, bar_times, 4, 5 * MINUTE, 0,
                                        variance, NULL),
             CRUCIBLE_E_INVALID, "multiples");
  fine.struct_size = 8;
  check_text(crucible_realized_variance(&fine, bar_times, 4, 5 * MINUTE, 0,
                                        variance, NULL),
             CRUCIBLE_E_INVALID, "struct_size is 8");
  fine = fine_bars(0);
  assert_int_equal(crucible_realized_variance(&fine, bar_times, 1, 5 * MINUTE,
                                              0, variance, NULL),
                   CRUCIBLE_OK);
  assert_true(isnan(variance[0]));
}

/* ---- EWMA ---- */

static void ewma_is_an_adjusted_decaying_mean(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("volatility/realized.csv");
  double returns[N], expected[N], one;
  crucible_ewma ewma;
  const size_t n = column_of(&rows, "ewma", 1, returns);
  for (size_t k = 0; k < 2; ++k) {
    const double lambda = k == 0 ? 0 : 0.7; /* 0 stands for 0.94 */
    (void)column_of(&rows, "ewma", 2 + k, expected);
    assert_int_equal(crucible_ewma_forecasts(lambda, returns, n, variance),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_ewma_init(&ewma, lambda), CRUCIBLE_OK);
    for (size_t i = 0; i < n; ++i) {
      assert_near(variance[i], expected[i], 1e-12, 0);
      assert_int_equal(crucible_ewma_push(&ewma, returns[i], &one),
                       CRUCIBLE_OK);
      assert_same_bits(one, variance[i]);
    }
  }
  golden_rows_free(&rows);
}

static void ewma_refuses_bad_arguments(void **state) {
  (void)state;
  crucible_ewma ewma = {.lambda = 0};
  double one = 7, returns[] = {0, NAN};
  check_text(crucible_ewma_init(&ewma, 1), CRUCIBLE_E_INVALID, "lambda is 1");
  check_text(crucible_ewma_init(&ewma, -0.5), CRUCIBLE_E_INVALID, "lambda");
  check_text(crucible_ewma_init(&ewma, NAN), CRUCIBLE_E_INVALID, "lambda");
  check_text(crucible_ewma_init(NULL, 0), CRUCIBLE_E_INVALID, "NULL");
  check_text(crucible_ewma_push(&ewma, 0, &one), CRUCIBLE_E_INVALID,
             "crucible_ewma_init()");
  assert_int_equal(crucible_ewma_init(&ewma, 0), CRUCIBLE_OK);
  check_text(crucible_ewma_push(&ewma, NAN, &one), CRUCIBLE_E_INVALID,
             "value is nan");
  check_text(crucible_ewma_push(&ewma, -2e100, &one), CRUCIBLE_E_INVALID,
             "value is");
  check_text(crucible_ewma_forecasts(0, returns, 2, &one), CRUCIBLE_E_INVALID,
             "returns[1] is nan");
  check_text(crucible_ewma_forecasts(0, returns, 0, &one), CRUCIBLE_E_TOO_SHORT,
             "n is 0");
  assert_near(one, 7, 0, 0);
}

/* ---- HAR ---- */

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
  const size_t n = column_of(&rows, "har", 1, variance);
  for (int k = 0; k < 2; ++k) {
    const crucible_har_options options = small_har(k);
    (void)column_of(&rows, "har", 2 + (size_t)k, expected);
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
  check_text(crucible_har_load(NULL, 0, &loaded), CRUCIBLE_E_INVALID, "bytes");
}

static void har_refuses_bad_arguments(void **state) {
  (void)state;
  crucible_har *har;
  crucible_har_options options = small_har(0);
  double one = 7;
  options.lags[0] = 0;
  check_text(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
             "lags[0] is 0");
  options.lags[0] = 4;
  check_text(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
             "lags[1] is 4 after 4");
  options.lags[0] = 1;
  options.lags[4] = 50;
  check_text(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
             "lags[4] is 50 after 0");
  options = small_har(0);
  options.lags[2] = (1 << 20) + 1;
  check_text(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
             "lags[2]");
  options = small_har(0);
  options.horizon = 0;
  check_text(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
             "horizon is 0");
  options = small_har(0);
  options.first = 49;
  check_text(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
             "first is 49");
  options.first = 201;
  check_text(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
             "first is 201");
  options = small_har(0);
  options.window = (1 << 20) + 1;
  check_text(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
             "window is");
  options = small_har(0);
  options.refit = 0;
  check_text(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
             "refit is 0");
  options = small_har(0);
  options.floor = 0;
  check_text(crucible_har_create(&options, &har), CRUCIBLE_E_INVALID,
             "floor is 0");
  assert_null(har);
  check_text(crucible_har_create(NULL, NULL), CRUCIBLE_E_INVALID, "har");
  assert_int_equal(crucible_har_create(NULL, &har), CRUCIBLE_OK);
  const double wrong[] = {-1, NAN, INFINITY, 2e100};
  for (size_t i = 0; i < 4; ++i) {
    check_text(crucible_har_push(har, wrong[i], &one), CRUCIBLE_E_INVALID,
               "variance is");
    check_text(crucible_har_forecasts(NULL, &wrong[i], 1, &one),
               CRUCIBLE_E_INVALID, "variance[0] is");
  }
  check_text(crucible_har_forecasts(NULL, wrong, 0, &one), CRUCIBLE_E_TOO_SHORT,
             "n is 0");
  assert_near(one, 7, 0, 0);
  crucible_har_destroy(har);
}

/* ---- losses ---- */

static void losses_and_their_comparison_are_those_of_statsmodels(void **s) {
  (void)s;
  golden_rows rows = golden_rows_read("volatility/realized.csv");
  double h[N], realized[N], ones[N], loss[2][N], base[2][N], expected[N], mean;
  const size_t n = column_of(&rows, "loss", 1, h);
  (void)column_of(&rows, "loss", 2, realized);
  for (size_t i = 0; i < n; ++i)
    ones[i] = 1;
  for (int32_t kind = 1; kind <= 2; ++kind) {
    (void)column_of(&rows, "loss", 2 + (size_t)kind, expected);
    double sum = 0;
    assert_int_equal(
        crucible_forecast_losses(kind, h, realized, n, loss[kind - 1], &mean),
        CRUCIBLE_OK);
    for (size_t i = 0; i < n; ++i) {
      assert_near(loss[kind - 1][i], expected[i], 1e-12, 1e-14);
      sum += expected[i];
    }
    assert_near(mean, sum / (double)n, 1e-12, 0);
    assert_int_equal(
        crucible_forecast_losses(kind, ones, realized, n, base[kind - 1], NULL),
        CRUCIBLE_OK);
  }
  size_t compared = 0;
  for (size_t i = 0; i < rows.n; ++i) {
    const double *cell = rows.row[i].cell;
    if (strcmp(rows.row[i].word, "compare") != 0)
      continue;
    const size_t kind = (size_t)cell[1] - 1;
    crucible_loss_comparison result = {.struct_size = sizeof result};
    assert_int_equal(crucible_loss_compare(loss[kind], base[kind], n,
                                           (int32_t)cell[2], &result),
                     CRUCIBLE_OK);
    assert_near(result.mean_difference, cell[3], 1e-10, 0);
    assert_near(result.standard_error, cell[4], 1e-10, 0);
    assert_near(result.p_value, cell[5], 1e-9, 0);
    assert_int_equal(result.lags, (int)cell[2]);
    ++compared;
  }
  assert_int_equal(compared, 6);
  crucible_loss_comparison result = {.struct_size = sizeof result};
  assert_int_equal(crucible_loss_compare(loss[0], base[0], n, -1, &result),
                   CRUCIBLE_OK);
  assert_int_equal(result.lags, 5); /* 4 * 3^(2/9) = 5.1 */
  golden_rows_free(&rows);
}

static void the_true_variance_has_the_least_loss(void **state) {
  (void)state;
  double truth[N], high[N], right, wrong;
  uint32_t seed = 9;
  for (size_t i = 0; i < N; ++i) {
    truth[i] = 1 + (double)(i % 5);
    high[i] = truth[i] * (i % 2 ? 1.3 : 0.7);
    /* a noisy proxy, right on average */
    variance[i] = truth[i] * -log1p(-lcg_next(&seed));
  }
  for (int32_t kind = 1; kind <= 2; ++kind) {
    assert_int_equal(
        crucible_forecast_losses(kind, truth, variance, N, forecast, &right),
        CRUCIBLE_OK);
    assert_int_equal(
        crucible_forecast_losses(kind, high, variance, N, other, &wrong),
        CRUCIBLE_OK);
    assert_true(right < wrong);
    crucible_loss_comparison result = {.struct_size = sizeof result};
    assert_int_equal(crucible_loss_compare(forecast, other, N, -1, &result),
                     CRUCIBLE_OK);
    assert_near(result.mean_difference, right - wrong, 1e-9, 0);
    assert_true(result.statistic < -2 && result.p_value < 0.05);
  }
}

static void losses_refuse_bad_arguments(void **state) {
  (void)state;
  double h[20], v[20], loss[20], mean = 7;
  crucible_loss_comparison result = {.struct_size = sizeof result};
  for (size_t i = 0; i < 20; ++i) {
    h[i] = 1;
    v[i] = loss[i] = (double)i;
  }
  check_text(crucible_forecast_losses(3, h, v, 20, NULL, &mean),
             CRUCIBLE_E_INVALID, "kind is 3");
  check_text(crucible_forecast_losses(1, h, v, 0, NULL, &mean),
             CRUCIBLE_E_TOO_SHORT, "n is 0");
  h[5] = 0;
  check_text(crucible_forecast_losses(1, h, v, 20, NULL, &mean),
             CRUCIBLE_E_INVALID, "forecast[5] is 0");
  h[5] = 1e-310;
  check_text(crucible_forecast_losses(1, h, v, 20, loss, &mean),
             CRUCIBLE_E_INVALID, "too small");
  h[5] = 1;
  v[6] = NAN;
  check_text(crucible_forecast_losses(2, h, v, 20, loss, &mean),
             CRUCIBLE_E_INVALID, "realized[6] is nan");
  assert_near(mean, 7, 0, 0);
  assert_near(loss[19], 19, 0, 0);
  v[6] = 0;
  check_text(crucible_loss_compare(h, v, 9, 0, &result), CRUCIBLE_E_TOO_SHORT,
             "n is 9");
  check_text(crucible_loss_compare(h, v, 20, 20, &result), CRUCIBLE_E_INVALID,
             "lags is 20");
  check_text(crucible_loss_compare(h, v, 20, -2, &result), CRUCIBLE_E_INVALID,
             "lags is -2");
  check_text(crucible_loss_compare(h, h, 20, 0, &result), CRUCIBLE_E_DOMAIN,
             "equal");
  v[3] = INFINITY;
  check_text(crucible_loss_compare(h, v, 20, 0, &result), CRUCIBLE_E_INVALID,
             "losses 3");
  check_text(crucible_loss_compare(NULL, v, 20, 0, &result), CRUCIBLE_E_INVALID,
             "a is NULL");
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
      cmocka_unit_test(realized_variance_is_that_of_numpy),
      cmocka_unit_test(realized_variance_refuses_what_is_no_market),
      cmocka_unit_test(ewma_is_an_adjusted_decaying_mean),
      cmocka_unit_test(ewma_refuses_bad_arguments),
      cmocka_unit_test(har_forecasts_are_those_of_numpy),
      cmocka_unit_test(har_forecasts_are_pushes_to_the_bit),
      cmocka_unit_test(har_sees_neither_the_future_nor_what_is_long_past),
      cmocka_unit_test(har_forecasts_stay_positive_and_within_what_was_seen),
      cmocka_unit_test(har_knows_how_variances_persist),
      cmocka_unit_test(a_constant_market_has_no_fit),
      cmocka_unit_test(a_loaded_har_goes_on_to_the_bit),
      cmocka_unit_test(damaged_bytes_load_as_nothing_or_as_a_har),
      cmocka_unit_test(har_refuses_bad_arguments),
      cmocka_unit_test(losses_and_their_comparison_are_those_of_statsmodels),
      cmocka_unit_test(the_true_variance_has_the_least_loss),
      cmocka_unit_test(losses_refuse_bad_arguments),
      cmocka_unit_test(objects_survive_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
