/* SPDX-License-Identifier: Apache-2.0 */
/* Realised variance, EWMA and the losses of forecasts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/realized.h>

#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/near.h"
#include "support/statuses.h"

enum { N = 2000, MINUTE = 60000 };

static double variance[N], forecast[N], other[N];

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
  const size_t n_fine = golden_rows_column(&rows, "minute", 1, cells, N);
  to_times(cells, n_fine, fine_times);
  (void)golden_rows_column(&rows, "minute", 2, fine_open, N);
  (void)golden_rows_column(&rows, "minute", 3, fine_close, N);
  const size_t n = golden_rows_column(&rows, "bar", 1, cells, N);
  to_times(cells, n, bar_times);
  (void)golden_rows_column(&rows, "bar", 2, expected, N);
  (void)golden_rows_column(&rows, "bar", 3, found_expected, N);
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
  assert_fails(crucible_realized_variance(NULL, bar_times, 4, 5 * MINUTE, 0,
                                          variance, NULL),
               CRUCIBLE_E_INVALID, "fine is NULL");
  assert_fails(
      crucible_realized_variance(&fine, NULL, 4, 5 * MINUTE, 0, variance, NULL),
      CRUCIBLE_E_INVALID, "open_time_ms is NULL");
  const int64_t wrong[] = {0, -MINUTE, MINUTE / 2, 90000, MINUTE - 1};
  for (size_t i = 0; i < 5; ++i)
    assert_fails(crucible_realized_variance(&fine, bar_times, 4, wrong[i], 0,
                                            variance, NULL),
                 CRUCIBLE_E_INVALID, "a multiple of the finer");
  assert_fails(crucible_realized_variance(&fine, bar_times, 4, 5 * MINUTE, 6,
                                          variance, NULL),
               CRUCIBLE_E_INVALID, "least is 6");
  fine_close[7] = NAN;
  assert_fails(crucible_realized_variance(&fine, bar_times, 4, 5 * MINUTE, 0,
                                          variance, NULL),
               CRUCIBLE_E_INVALID, "fine bar 7");
  fine_close[7] = 1;
  fine_times[9] = fine_times[8];
  assert_fails(crucible_realized_variance(&fine, bar_times, 4, 5 * MINUTE, 0,
                                          variance, NULL),
               CRUCIBLE_E_INVALID, "fine.open_time_ms[9]");
  fine_times[9] += MINUTE;
  bar_times[2] = bar_times[1];
  assert_fails(crucible_realized_variance(&fine, bar_times, 4, 5 * MINUTE, 0,
                                          variance, NULL),
               CRUCIBLE_E_INVALID, "open_time_ms[2] is 300000, not after");
  bar_times[2] += 1;
  assert_fails(crucible_realized_variance(&fine, bar_times, 4, 5 * MINUTE, 0,
                                          variance, NULL),
               CRUCIBLE_E_INVALID, "multiples");
  fine.struct_size = 8;
  assert_fails(crucible_realized_variance(&fine, bar_times, 4, 5 * MINUTE, 0,
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
  const size_t n = golden_rows_column(&rows, "ewma", 1, returns, N);
  for (size_t k = 0; k < 2; ++k) {
    const double lambda = k == 0 ? 0 : 0.7; /* 0 stands for 0.94 */
    (void)golden_rows_column(&rows, "ewma", 2 + k, expected, N);
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
  assert_fails(crucible_ewma_init(&ewma, 1), CRUCIBLE_E_INVALID, "lambda is 1");
  assert_fails(crucible_ewma_init(&ewma, -0.5), CRUCIBLE_E_INVALID, "lambda");
  assert_fails(crucible_ewma_init(&ewma, NAN), CRUCIBLE_E_INVALID, "lambda");
  assert_fails(crucible_ewma_init(NULL, 0), CRUCIBLE_E_INVALID, "NULL");
  assert_fails(crucible_ewma_push(&ewma, 0, &one), CRUCIBLE_E_INVALID,
               "crucible_ewma_init()");
  assert_int_equal(crucible_ewma_init(&ewma, 0), CRUCIBLE_OK);
  assert_fails(crucible_ewma_push(&ewma, NAN, &one), CRUCIBLE_E_INVALID,
               "value is nan");
  assert_fails(crucible_ewma_push(&ewma, -2e100, &one), CRUCIBLE_E_INVALID,
               "value is");
  assert_fails(crucible_ewma_forecasts(0, returns, 2, &one), CRUCIBLE_E_INVALID,
               "returns[1] is nan");
  assert_fails(crucible_ewma_forecasts(0, returns, 0, &one),
               CRUCIBLE_E_TOO_SHORT, "n is 0");
  assert_near(one, 7, 0, 0);
}

/* ---- losses ---- */

static void losses_and_their_comparison_are_those_of_statsmodels(void **s) {
  (void)s;
  golden_rows rows = golden_rows_read("volatility/realized.csv");
  double h[N], realized[N], ones[N], loss[2][N], base[2][N], expected[N], mean;
  const size_t n = golden_rows_column(&rows, "loss", 1, h, N);
  (void)golden_rows_column(&rows, "loss", 2, realized, N);
  for (size_t i = 0; i < n; ++i)
    ones[i] = 1;
  for (int32_t kind = 1; kind <= 2; ++kind) {
    (void)golden_rows_column(&rows, "loss", 2 + (size_t)kind, expected, N);
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
  assert_fails(crucible_forecast_losses(3, h, v, 20, NULL, &mean),
               CRUCIBLE_E_INVALID, "kind is 3");
  assert_fails(crucible_forecast_losses(1, h, v, 0, NULL, &mean),
               CRUCIBLE_E_TOO_SHORT, "n is 0");
  h[5] = 0;
  assert_fails(crucible_forecast_losses(1, h, v, 20, NULL, &mean),
               CRUCIBLE_E_INVALID, "forecast[5] is 0");
  h[5] = 1e-310;
  assert_fails(crucible_forecast_losses(1, h, v, 20, loss, &mean),
               CRUCIBLE_E_INVALID, "too small");
  h[5] = 1;
  v[6] = NAN;
  assert_fails(crucible_forecast_losses(2, h, v, 20, loss, &mean),
               CRUCIBLE_E_INVALID, "realized[6] is nan");
  assert_near(mean, 7, 0, 0);
  assert_near(loss[19], 19, 0, 0);
  v[6] = 0;
  assert_fails(crucible_loss_compare(h, v, 9, 0, &result), CRUCIBLE_E_TOO_SHORT,
               "n is 9");
  assert_fails(crucible_loss_compare(h, v, 20, 20, &result), CRUCIBLE_E_INVALID,
               "lags is 20");
  assert_fails(crucible_loss_compare(h, v, 20, -2, &result), CRUCIBLE_E_INVALID,
               "lags is -2");
  assert_fails(crucible_loss_compare(h, h, 20, 0, &result), CRUCIBLE_E_DOMAIN,
               "equal");
  v[3] = INFINITY;
  assert_fails(crucible_loss_compare(h, v, 20, 0, &result), CRUCIBLE_E_INVALID,
               "losses 3");
  assert_fails(crucible_loss_compare(NULL, v, 20, 0, &result),
               CRUCIBLE_E_INVALID, "a is NULL");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(realized_variance_is_that_of_numpy),
      cmocka_unit_test(realized_variance_refuses_what_is_no_market),
      cmocka_unit_test(ewma_is_an_adjusted_decaying_mean),
      cmocka_unit_test(ewma_refuses_bad_arguments),
      cmocka_unit_test(losses_and_their_comparison_are_those_of_statsmodels),
      cmocka_unit_test(the_true_variance_has_the_least_loss),
      cmocka_unit_test(losses_refuse_bad_arguments),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
