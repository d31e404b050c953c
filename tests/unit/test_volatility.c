/* SPDX-License-Identifier: Apache-2.0 */
/* Forecasts by EGARCH: the filter, and the filter fitted anew now and then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/volatility.h>

#include "base/pool.h"
#include "support/egarch_fits.h"
#include "support/egarch_series.h"
#include "support/failing_alloc.h"
#include "support/near.h"

/* ---- the filter ---- */

static void filter_continues_the_variances_of_the_likelihood(void **state) {
  (void)state;
  double returns[N], variance[N], sigma[N];
  egarch_series(11, N, returns);
  for (int32_t law = 1; law <= 2; ++law)
    for (int32_t presample = 1; presample <= 4; ++presample) {
      const crucible_egarch_params params = params_at(law, 1, presample);
      assert_int_equal(
          crucible_egarch_likelihood(&params, returns, N, NULL, variance, NULL),
          CRUCIBLE_OK);
      assert_int_equal(
          crucible_egarch_forecasts(&params, variance[0], returns, N, sigma),
          CRUCIBLE_OK);
      for (size_t t = 0; t + 1 < N; ++t)
        assert_near(sigma[t] * sigma[t], variance[t + 1], 1e-12, 0);
    }
}

static void forecasts_are_pushes_to_the_bit(void **state) {
  (void)state;
  double returns[N], sigma[N], one;
  crucible_egarch_filter *filter;
  egarch_series(12, N, returns);
  const crucible_egarch_params params = params_at(2, 1, 1);
  double initial;
  assert_int_equal(crucible_egarch_presample_variance(returns, 200, &initial),
                   CRUCIBLE_OK);
  assert_int_equal(
      crucible_egarch_forecasts(&params, initial, returns, N, sigma),
      CRUCIBLE_OK);
  assert_int_equal(crucible_egarch_filter_create(&params, initial, &filter),
                   CRUCIBLE_OK);
  for (size_t t = 0; t < N; ++t) {
    assert_int_equal(crucible_egarch_filter_push(filter, returns[t], &one),
                     CRUCIBLE_OK);
    assert_same_bits(one, sigma[t]);
  }
  crucible_egarch_filter_destroy(filter);
}

static void filter_goes_on_where_a_fit_ended(void **state) {
  (void)state;
  double returns[N], variance[N], sigma;
  crucible_egarch_filter *filter;
  egarch_series(13, N, returns);
  const crucible_egarch_fit_result fit = fit_of(returns, N - 100, NULL);
  assert_int_equal(crucible_egarch_likelihood(&fit.params, returns, N - 100,
                                              NULL, variance, NULL),
                   CRUCIBLE_OK);
  assert_near(fit.last_variance, variance[N - 101], 1e-12, 0);
  assert_int_equal(
      crucible_egarch_filter_create(&fit.params, fit.last_variance, &filter),
      CRUCIBLE_OK);
  assert_int_equal(
      crucible_egarch_filter_push(filter, returns[N - 101], &sigma),
      CRUCIBLE_OK);
  assert_near(sigma * sigma, fit.next_variance, 1e-12, 0);
  crucible_egarch_filter_destroy(filter);
}

static void filter_cannot_be_made_to_overflow(void **state) {
  (void)state;
  crucible_egarch_params params = params_at(2, 1, 1);
  const double wild[] = {1e300, -1e308, 0, 1e-300, 1.7e308, 0, 0, 5};
  const double explosive[] = {0.93, 1.5, -40, 1e300, -1e308};
  for (size_t e = 0; e < 5; ++e)
    for (int sign = -1; sign <= 1; ++sign) {
      double sigma[8];
      params.beta[0] = explosive[e];
      params.alpha[0] = sign * explosive[e];
      assert_int_equal(crucible_egarch_forecasts(&params, 1e-6, wild, 8, sigma),
                       CRUCIBLE_OK);
      for (int t = 0; t < 8; ++t) {
        assert_true(isfinite(sigma[t]));
        assert_true(sigma[t] >= 1e-3 * exp(-8.0001));
        assert_true(sigma[t] <= 1e-3 * exp(8.0001));
      }
    }
}

static void large_news_raise_the_forecast_and_calm_lowers_it(void **state) {
  (void)state;
  const crucible_egarch_params params = params_at(2, 1, 1);
  const double returns[] = {0.03, 0.03, 0.03, -4, 0.03, 0.03, 4};
  double sigma[7];
  assert_int_equal(crucible_egarch_forecasts(&params, 1, returns, 7, sigma),
                   CRUCIBLE_OK);
  assert_true(sigma[2] < sigma[1] && sigma[1] < sigma[0]);
  assert_true(sigma[3] > sigma[2] && sigma[4] < sigma[3]);
  const double up[] = {2.03},
               down[] = {-1.97}; /* gamma < 0: falls weigh more */
  double after_up, after_down;
  assert_int_equal(crucible_egarch_forecasts(&params, 1, up, 1, &after_up),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_egarch_forecasts(&params, 1, down, 1, &after_down),
                   CRUCIBLE_OK);
  assert_true(after_down > after_up);
}

static void filter_refuses_bad_arguments(void **state) {
  (void)state;
  crucible_egarch_params params = params_at(2, 1, 1);
  crucible_egarch_filter *filter = NULL;
  double sigma = 7, value = 1;
  assert_int_equal(crucible_egarch_filter_create(NULL, 1, &filter),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_filter_create(&params, 1, NULL),
                   CRUCIBLE_E_INVALID);
  const double bad[] = {0, -1, NAN, INFINITY};
  for (int i = 0; i < 4; ++i)
    assert_int_equal(crucible_egarch_filter_create(&params, bad[i], &filter),
                     CRUCIBLE_E_INVALID);
  for (int i = 0; i < 6; ++i) {
    const double kept = *param_at(&params, i);
    *param_at(&params, i) = NAN;
    assert_int_equal(crucible_egarch_filter_create(&params, 1, &filter),
                     CRUCIBLE_E_INVALID);
    *param_at(&params, i) = kept;
  }
  params.law = CRUCIBLE_LAW_GED;
  params.nu = 1;
  assert_int_equal(crucible_egarch_filter_create(&params, 1, &filter),
                   CRUCIBLE_E_INVALID);
  params.law = CRUCIBLE_LAW_SKEWED_T;
  params.nu = 5;
  params.lambda = -1;
  assert_int_equal(crucible_egarch_filter_create(&params, 1, &filter),
                   CRUCIBLE_E_INVALID);
  params.lambda = 0;
  params.law = CRUCIBLE_LAW_NORMAL;
  params.struct_size = 0;
  assert_int_equal(crucible_egarch_filter_create(&params, 1, &filter),
                   CRUCIBLE_E_INVALID);
  assert_null(filter);
  params.struct_size = sizeof params;
  params.nu = 0; /* the normal law does not look at it */
  assert_int_equal(crucible_egarch_filter_create(&params, 1, &filter),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_egarch_filter_push(filter, NAN, &sigma),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_filter_push(filter, 1, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_filter_push(NULL, 1, &sigma),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_forecasts(&params, 1, &value, 0, &sigma),
                   CRUCIBLE_E_TOO_SHORT);
  value = INFINITY;
  assert_int_equal(crucible_egarch_forecasts(&params, 1, &value, 1, &sigma),
                   CRUCIBLE_E_INVALID);
  assert_near(sigma, 7, 0, 0);
  crucible_egarch_filter_destroy(filter);
  crucible_egarch_filter_destroy(NULL);
}

static void presample_variance_is_a_decaying_mean_of_squares(void **state) {
  (void)state;
  const double returns[] = {1, -1, 3, -3}; /* mean 0 */
  const double w[] = {1, 0.94, 0.94 * 0.94, 0.94 * 0.94 * 0.94};
  double variance;
  assert_int_equal(crucible_egarch_presample_variance(returns, 4, &variance),
                   CRUCIBLE_OK);
  assert_near(variance,
              (w[0] + w[1] + 9 * w[2] + 9 * w[3]) / (w[0] + w[1] + w[2] + w[3]),
              1e-15, 0);
  assert_int_equal(crucible_egarch_presample_variance(returns, 1, &variance),
                   CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_egarch_presample_variance(returns, 4, NULL),
                   CRUCIBLE_E_INVALID);
}

/* ---- fitted anew now and then ---- */

static crucible_egarch_rolling_options rolling_options(void) {
  crucible_egarch_rolling_options options;
  crucible_egarch_rolling_options_init(&options, sizeof options);
  options.first = 150;
  options.window = 300;
  options.refit = 100;
  return options;
}

/* Closes whose log returns are the series / 100. */
static void closes_of(uint32_t seed, size_t n, double *close) {
  egarch_series(seed, n, close);
  double price = 100;
  for (size_t t = 0; t < n; ++t)
    close[t] = price *= exp(close[t] / 100);
}

static void rolling_forecasts_are_fits_of_the_past_window(void **state) {
  (void)state;
  double close[N], sigma[N], returns[N];
  const crucible_egarch_rolling_options options = rolling_options();
  closes_of(14, N, close);
  assert_int_equal(crucible_egarch_rolling_forecasts(&options, close, N, sigma),
                   CRUCIBLE_OK);
  for (size_t t = 1; t < N; ++t)
    returns[t] = log(close[t] / close[t - 1]);
  for (size_t t = 0; t < N; ++t)
    assert_true(t < 150 ? isnan(sigma[t]) : sigma[t] > 0);
  /* the first fit, and the fourth from the third's parameters */
  const crucible_egarch_fit_result first = fit_of(returns + 1, 150, NULL);
  assert_near(sigma[150], sqrt(first.next_variance), 1e-12, 0);
  crucible_egarch_fit_result next = first;
  for (size_t end = 250; end <= 450; end += 100) {
    const size_t used = end < 300 ? end : 300;
    const crucible_egarch_params start = next.params;
    assert_int_equal(crucible_egarch_fit(returns + 1 + end - used, used, NULL,
                                         &start, &next),
                     CRUCIBLE_OK);
    assert_near(sigma[end], sqrt(next.next_variance), 1e-12, 0);
  }
  /* between two fits: the filter */
  double filtered[99];
  crucible_egarch_filter *filter;
  assert_int_equal(crucible_egarch_filter_start(
                       &next.params, returns + 1 + 450 - 300, 300, &filter),
                   CRUCIBLE_OK);
  for (size_t t = 0; t < 99; ++t)
    assert_int_equal(
        crucible_egarch_filter_push(filter, returns[451 + t], &filtered[t]),
        CRUCIBLE_OK);
  crucible_egarch_filter_destroy(filter);
  assert_same_bits_n(sigma + 451, filtered, 99);
}

static void rolling_forecasts_are_pushes_to_the_bit(void **state) {
  (void)state;
  double close[N], sigma[N], one = 0;
  crucible_egarch_rolling *rolling;
  const crucible_egarch_rolling_options options = rolling_options();
  closes_of(15, N, close);
  assert_int_equal(crucible_egarch_rolling_forecasts(&options, close, N, sigma),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_egarch_rolling_create(&options, &rolling),
                   CRUCIBLE_OK);
  for (size_t t = 1; t < N; ++t) {
    assert_int_equal(crucible_egarch_rolling_push(
                         rolling, log(close[t] / close[t - 1]), &one),
                     CRUCIBLE_OK);
    assert_true((isnan(one) && isnan(sigma[t])) || one == sigma[t]);
  }
  crucible_egarch_rolling_destroy(rolling);
}

static void rolling_forecasts_do_not_see_the_future(void **state) {
  (void)state;
  double close[N], sigma[N], changed[N];
  const crucible_egarch_rolling_options options = rolling_options();
  closes_of(16, N, close);
  assert_int_equal(crucible_egarch_rolling_forecasts(&options, close, N, sigma),
                   CRUCIBLE_OK);
  for (size_t t = 521; t < N; ++t)
    close[t] *= 1 + 0.1 * (double)(t % 7);
  assert_int_equal(
      crucible_egarch_rolling_forecasts(&options, close, N, changed),
      CRUCIBLE_OK);
  assert_same_bits_n(sigma + 150, changed + 150, 521 - 150);
  assert_true(sigma[521] != changed[521]);
}

static void rolling_keeps_its_parameters_through_a_dead_market(void **state) {
  (void)state;
  double close[N + 600], sigma[N + 600];
  const crucible_egarch_rolling_options options = rolling_options();
  closes_of(17, N, close);
  for (size_t t = N; t < N + 600; ++t) /* longer than the window */
    close[t] = close[N - 1];
  assert_int_equal(
      crucible_egarch_rolling_forecasts(&options, close, N + 600, sigma),
      CRUCIBLE_OK);
  for (size_t t = 150; t < N + 600; ++t)
    assert_true(sigma[t] > 0 && isfinite(sigma[t]));
  /* nothing but flat prices: never a fit */
  assert_int_equal(
      crucible_egarch_rolling_forecasts(&options, close + N, 600, sigma),
      CRUCIBLE_OK);
  assert_true(isnan(sigma[599]));
}

static void
rolling_keeps_its_parameters_when_a_fit_does_not_converge(void **s) {
  (void)s;
  double close[N], sigma[N], returns[N], filtered[N];
  crucible_egarch_rolling_options options = rolling_options();
  closes_of(21, N, close);
  options.model.max_evaluations = 2; /* none converges */
  assert_int_equal(crucible_egarch_rolling_forecasts(&options, close, N, sigma),
                   CRUCIBLE_OK);
  for (size_t t = 1; t < N; ++t)
    returns[t] = log(close[t] / close[t - 1]);
  const crucible_egarch_fit_result first =
      fit_of(returns + 1, 150, &options.model);
  assert_true(first.warnings & CRUCIBLE_FIT_NOT_CONVERGED);
  assert_int_equal(crucible_egarch_forecasts(&first.params, first.next_variance,
                                             returns + 151, N - 151, filtered),
                   CRUCIBLE_OK);
  for (size_t t = 151; t < N; ++t)
    assert_near(sigma[t], filtered[t - 151], 1e-12, 0);
}

static void rolling_refuses_bad_arguments(void **state) {
  (void)state;
  crucible_egarch_rolling *rolling = NULL;
  crucible_egarch_rolling_options options = rolling_options();
  double close[] = {1, 0}, sigma[] = {7, 7};
  options.first = 99;
  assert_int_equal(crucible_egarch_rolling_create(&options, &rolling),
                   CRUCIBLE_E_INVALID);
  options.first = 301;
  assert_int_equal(crucible_egarch_rolling_create(&options, &rolling),
                   CRUCIBLE_E_INVALID);
  options = rolling_options();
  options.refit = 0;
  assert_int_equal(crucible_egarch_rolling_create(&options, &rolling),
                   CRUCIBLE_E_INVALID);
  options = rolling_options();
  options.model.law = CRUCIBLE_LAW_GED + 1;
  assert_int_equal(crucible_egarch_rolling_create(&options, &rolling),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_rolling_create(NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_null(rolling);
  assert_int_equal(crucible_egarch_rolling_forecasts(NULL, close, 2, sigma),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "close[1]"));
  assert_int_equal(crucible_egarch_rolling_forecasts(NULL, close, 0, sigma),
                   CRUCIBLE_E_TOO_SHORT);
  assert_near(sigma[0], 7, 0, 0);
  assert_int_equal(crucible_egarch_rolling_create(NULL, &rolling), CRUCIBLE_OK);
  assert_int_equal(crucible_egarch_rolling_push(rolling, NAN, sigma),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_rolling_push(NULL, 1, sigma),
                   CRUCIBLE_E_INVALID);
  crucible_egarch_rolling_destroy(rolling);
}

/* ---- out of memory ---- */

static crucible_status filter_path(void *data) {
  const crucible_egarch_params params = params_at(2, 1, 1);
  crucible_egarch_filter *filter;
  double sigma;
  (void)data;
  crucible_status status = crucible_egarch_filter_create(&params, 1, &filter);
  if (status == CRUCIBLE_OK)
    status = crucible_egarch_filter_push(filter, 0.5, &sigma);
  crucible_egarch_filter_destroy(filter);
  return status;
}

static crucible_status rolling_path(void *data) {
  crucible_egarch_rolling_options options = rolling_options();
  double sigma[320];
  options.refit = 160;
  return crucible_egarch_rolling_forecasts(&options, data, 320, sigma);
}

static void objects_survive_want_of_memory(void **state) {
  (void)state;
  double close[320];
  closes_of(18, 320, close);
  assert_int_equal(failing_alloc_run(filter_path, NULL), 1);
  assert_true(failing_alloc_run(rolling_path, close) >= 5);
}

static void a_push_that_had_no_memory_can_be_repeated(void **state) {
  (void)state;
  double returns[400], with[400], without[400];
  crucible_egarch_rolling *rolling;
  crucible_egarch_rolling_options options = rolling_options();
  egarch_series(19, 400, returns);
  for (int fail = 0; fail < 2; ++fail) {
    assert_int_equal(crucible_egarch_rolling_create(&options, &rolling),
                     CRUCIBLE_OK);
    for (size_t t = 0; t < 400; ++t) {
      double *out = fail ? &with[t] : &without[t];
      if (fail && (t == 149 || t == 249 || t == 349)) { /* a fit is due */
        failing_alloc_at(1, 0);
        assert_int_equal(crucible_egarch_rolling_push(rolling, returns[t], out),
                         CRUCIBLE_E_NOMEM);
        failing_alloc_at(0, 0);
      }
      assert_int_equal(crucible_egarch_rolling_push(rolling, returns[t], out),
                       CRUCIBLE_OK);
    }
    crucible_egarch_rolling_destroy(rolling);
  }
  assert_same_bits_n(with + 149, without + 149, 400 - 149);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(filter_continues_the_variances_of_the_likelihood),
      cmocka_unit_test(forecasts_are_pushes_to_the_bit),
      cmocka_unit_test(filter_goes_on_where_a_fit_ended),
      cmocka_unit_test(filter_cannot_be_made_to_overflow),
      cmocka_unit_test(large_news_raise_the_forecast_and_calm_lowers_it),
      cmocka_unit_test(filter_refuses_bad_arguments),
      cmocka_unit_test(presample_variance_is_a_decaying_mean_of_squares),
      cmocka_unit_test(rolling_forecasts_are_fits_of_the_past_window),
      cmocka_unit_test(rolling_forecasts_are_pushes_to_the_bit),
      cmocka_unit_test(rolling_forecasts_do_not_see_the_future),
      cmocka_unit_test(rolling_keeps_its_parameters_through_a_dead_market),
      cmocka_unit_test(
          rolling_keeps_its_parameters_when_a_fit_does_not_converge),
      cmocka_unit_test(rolling_refuses_bad_arguments),
      cmocka_unit_test(objects_survive_want_of_memory),
      cmocka_unit_test(a_push_that_had_no_memory_can_be_repeated),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
