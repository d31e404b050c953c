/* SPDX-License-Identifier: Apache-2.0 */
/* Beyond the next return: expectations, quantiles, simulation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <crucible/volatility.h>

#include "support/egarch_fits.h"
#include "support/egarch_series.h"
#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/near.h"
#include "volatility/egarch_expect.h"

/* ---- expectations ---- */

static void moments_of_news_are_those_of_another_integration(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("volatility/forecast.csv");
  int seen = 0;
  for (size_t i = 0; i < rows.n; ++i) {
    const double *c = rows.row[i].cell;
    double size, sign;
    if (strncmp(rows.row[i].word, "moment", 6) != 0)
      continue;
    const crucible__egarch_law law = crucible__egarch_law_at(
        (int32_t)c[1], CRUCIBLE_KAPPA_EXACT, c[2], c[3]);
    const double cap = c[4] > 0 ? c[4] : HUGE_VAL;
    assert_near(crucible__egarch_ln_moment(&law, cap, c[5], c[6]), c[7], 1e-10,
                1e-12);
    crucible__egarch_news_means(&law, cap, &size, &sign);
    assert_near(size, c[8], 1e-10, 0);
    assert_near(sign, c[9], 1e-9, 1e-10);
    ++seen;
  }
  assert_int_equal(seen, 10);
  golden_rows_free(&rows);
}

static void expected_variances_are_the_product_over_the_news(void **state) {
  (void)state;
  static const int steps[] = {1, 2, 5, 50};
  golden_rows rows = golden_rows_read("volatility/forecast.csv");
  for (int i = 0; i < 2; ++i) {
    char word[16];
    double mean[50], mean_log[50];
    snprintf(word, sizeof word, "mean%d", i);
    const double *c = golden_rows_find(&rows, word)->cell;
    crucible_egarch_params params = params_at((int32_t)c[1], 1, 1);
    params.nu = c[2];
    params.omega = c[3];
    params.alpha[0] = c[4];
    params.gamma[0] = c[5];
    params.beta[0] = c[6];
    crucible_egarch_filter *filter;
    crucible_egarch_forecast_result result = {.struct_size = sizeof result};
    assert_int_equal(crucible_egarch_filter_create(&params, exp(c[7]), &filter),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_egarch_filter_forecast(filter, 50, NULL, mean_log,
                                                     mean, &result),
                     CRUCIBLE_OK);
    assert_int_equal(result.infinite_from, 0);
    for (int k = 0; k < 4; ++k)
      assert_near(mean[steps[k] - 1], c[8 + k], 1e-9, 0);
    /* without news E ln s2 decays towards omega / (1 - beta) */
    const double level = c[3] / (1 - c[6]);
    for (int t = 0; t < 50; ++t) {
      assert_near(mean_log[t], level + pow(c[6], t) * (c[7] - level), 1e-12,
                  1e-14);
      assert_true(mean[t] >= exp(mean_log[t]) * (1 - 1e-12)); /* Jensen */
    }
    crucible_egarch_filter_destroy(filter);
  }
  golden_rows_free(&rows);
}

static void an_infinite_expectation_is_told_and_not_simulated(void **state) {
  (void)state;
  double returns[N], mean[6], mean_log[6];
  egarch_series(35, N, returns);
  for (int32_t law = 2; law <= 3; ++law)
    for (int capped = 0; capped < 2; ++capped) {
      crucible_egarch_params params = rich(law, 1);
      params.news_cap = capped ? 6 : 0;
      crucible_egarch_filter *filter = filter_after(&params, returns, N);
      crucible_egarch_forecast_result result = {.struct_size = sizeof result};
      assert_int_equal(crucible_egarch_filter_forecast(filter, 6, NULL,
                                                       mean_log, mean, &result),
                       CRUCIBLE_OK);
      assert_int_equal(result.infinite_from, capped ? 0 : 2);
      assert_near(mean[0], exp(mean_log[0]), 1e-15, 0);
      for (int t = 1; t < 6; ++t) {
        assert_true(isfinite(mean_log[t]));
        assert_true(capped ? mean[t] > 0 && isfinite(mean[t]) : isnan(mean[t]));
      }
      crucible_egarch_filter_destroy(filter);
    }
  /* with news that can only lower the variance it exists */
  crucible_egarch_params calm = params_at(2, 1, 1);
  calm.alpha[0] = -0.2;
  calm.gamma[0] = 0.1;
  crucible_egarch_filter *filter = filter_after(&calm, returns, N);
  crucible_egarch_forecast_result result = {.struct_size = sizeof result};
  assert_int_equal(
      crucible_egarch_filter_forecast(filter, 6, NULL, NULL, mean, &result),
      CRUCIBLE_OK);
  assert_int_equal(result.infinite_from, 0);
  crucible_egarch_filter_destroy(filter);
}

/* Means and quantiles of as many futures as the library simulates, but drawn
   and run through crucible_egarch_simulate() here. */
static void quantiles_and_means_are_those_of_futures(void **state) {
  (void)state;
  enum { STEPS = 12, PATHS = 20000 };
  static const double levels[] = {0.05, 0.5, 0.95};
  static double z[STEPS * PATHS];
  double returns[N], mean_log[STEPS], mean[STEPS], quantiles[STEPS][3];
  egarch_series(36, N, returns);
  for (int32_t law = 1; law <= 4; ++law) {
    crucible_egarch_params params = rich(law, 1);
    params.news_cap = law == 2 || law == 3 ? 5 : 0;
    crucible_egarch_filter *filter = filter_after(&params, returns, N);
    crucible_egarch_forecast_options options;
    crucible_egarch_forecast_options_init(&options, sizeof options);
    options.levels = levels;
    options.n_levels = 3;
    options.quantiles = &quantiles[0][0];
    options.paths = PATHS;
    options.seed = 3;
    assert_int_equal(crucible_egarch_filter_forecast(filter, STEPS, &options,
                                                     mean_log, mean, NULL),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_egarch_innovations(&params, 9, STEPS * PATHS, z),
                     CRUCIBLE_OK);
    double sum = 0, squares = 0, logs = 0;
    int below[3] = {0};
    for (int i = 0; i < PATHS; ++i) {
      double made[STEPS], sigma[STEPS];
      assert_int_equal(
          crucible_egarch_simulate(filter, z + i * STEPS, STEPS, made, sigma),
          CRUCIBLE_OK);
      const double v = sigma[STEPS - 1] * sigma[STEPS - 1];
      sum += v;
      squares += v * v;
      logs += log(v);
      for (int k = 0; k < 3; ++k)
        below[k] += v < quantiles[STEPS - 1][k];
    }
    const double average = sum / PATHS;
    const double error = sqrt((squares / PATHS - average * average) / PATHS);
    assert_near(average, mean[STEPS - 1], 0, 4 * error);
    assert_near(logs / PATHS, mean_log[STEPS - 1], 0, 0.02);
    for (int k = 0; k < 3; ++k)
      assert_near((double)below[k] / PATHS, levels[k], 0, 0.012);
    assert_true(quantiles[0][0] == quantiles[0][2]); /* the next is known */
    crucible_egarch_filter_destroy(filter);
  }
}

static void simulated_returns_are_filtered_back_to_their_innovations(void **s) {
  (void)s;
  double returns[N], z[300], made[300], sigma[300];
  egarch_series(37, N, returns);
  for (int32_t law = 1; law <= 4; ++law) {
    const crucible_egarch_params params = rich(law, 1);
    crucible_egarch_filter *filter = filter_after(&params, returns, N);
    assert_int_equal(crucible_egarch_innovations(&params, 4, 300, z),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_egarch_simulate(filter, z, 300, made, sigma),
                     CRUCIBLE_OK);
    double before;
    assert_int_equal(crucible_egarch_filter_get_sigma(filter, &before),
                     CRUCIBLE_OK);
    for (int t = 0; t < 300; ++t) {
      assert_near(sigma[t], before, 1e-11, 0);
      assert_int_equal(crucible_egarch_filter_push(filter, made[t], &before),
                       CRUCIBLE_OK);
    }
    crucible_egarch_filter_destroy(filter);
  }
}

static void innovations_have_the_moments_of_their_law(void **state) {
  (void)state;
  enum { COUNT = 200000 };
  static double z[COUNT];
  for (int32_t law = 1; law <= 4; ++law) {
    crucible_egarch_params params = rich(law, 1);
    params.lambda = 0.5;
    double m1 = 0, m2 = 0, size = 0;
    assert_int_equal(crucible_egarch_innovations(&params, 1, COUNT, z),
                     CRUCIBLE_OK);
    for (int i = 0; i < COUNT; ++i) {
      m1 += z[i] / COUNT;
      m2 += z[i] * z[i] / COUNT;
      size += fabs(z[i]) / COUNT;
    }
    assert_near(m1, 0, 0, 0.01);
    assert_near(m2, 1, 0, 0.03);
    assert_near(size,
                crucible__egarch_law_at(law, CRUCIBLE_KAPPA_EXACT, params.nu,
                                        params.lambda)
                    .kappa.v,
                0, 0.006);
  }
}

/* ---- what is refused ---- */

static void forecasts_refuse_bad_arguments(void **state) {
  (void)state;
  double returns[N], out[4] = {7, 7, 7, 7};
  const double wrong[] = {0, 0.5}, right[] = {0.5};
  egarch_series(39, N, returns);
  const crucible_egarch_params params = rich(1, 1);
  crucible_egarch_filter *filter = filter_after(&params, returns, N);
  crucible_egarch_forecast_options options;
  crucible_egarch_forecast_options_init(&options, sizeof options);
  assert_int_equal(
      crucible_egarch_filter_forecast(NULL, 2, NULL, out, NULL, NULL),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_egarch_filter_forecast(filter, 0, NULL, out, NULL, NULL),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_egarch_filter_forecast(filter, 2, NULL, NULL, NULL, NULL),
      CRUCIBLE_E_INVALID);
  options.n_levels = 2;
  assert_int_equal(
      crucible_egarch_filter_forecast(filter, 2, &options, out, NULL, NULL),
      CRUCIBLE_E_INVALID);
  options.levels = wrong;
  options.quantiles = out;
  assert_int_equal(
      crucible_egarch_filter_forecast(filter, 2, &options, out, NULL, NULL),
      CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "levels[0]"));
  options.levels = right;
  options.n_levels = 1;
  options.paths = 99;
  assert_int_equal(
      crucible_egarch_filter_forecast(filter, 2, &options, out, NULL, NULL),
      CRUCIBLE_E_INVALID);
  options.paths = 1000000;
  assert_int_equal(
      crucible_egarch_filter_forecast(filter, 101, &options, out, NULL, NULL),
      CRUCIBLE_E_INVALID);
  crucible_egarch_forecast_result broken = {.struct_size = 1};
  assert_int_equal(
      crucible_egarch_filter_forecast(filter, 2, NULL, out, NULL, &broken),
      CRUCIBLE_E_INVALID);
  const double z[] = {0, NAN};
  assert_int_equal(crucible_egarch_simulate(filter, z, 2, out, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_simulate(NULL, z, 1, out, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_innovations(NULL, 1, 2, out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_innovations(&params, 1, 2, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_residuals(&params, returns, N, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_residuals(&params, returns, 3, out, NULL),
                   CRUCIBLE_E_TOO_SHORT);
  assert_near(out[0], 7, 0, 0);
  crucible_egarch_filter_destroy(filter);
}

/* ---- out of memory ---- */

static crucible_status forecast_path(void *data) {
  static const double levels[] = {0.5};
  const crucible_egarch_params params = rich(4, 1);
  crucible_egarch_filter *filter = NULL, *copy = NULL;
  double mean[3], quantiles[3];
  unsigned char bytes[1024];
  size_t needed = 0;
  crucible_egarch_forecast_options options;
  crucible_egarch_forecast_options_init(&options, sizeof options);
  options.levels = levels;
  options.n_levels = 1;
  options.quantiles = quantiles;
  options.paths = 100;
  crucible_status status =
      crucible_egarch_filter_start(&params, data, N, &filter);
  if (status == CRUCIBLE_OK)
    status = crucible_egarch_filter_save(filter, bytes, sizeof bytes, &needed);
  if (status == CRUCIBLE_OK)
    status = crucible_egarch_filter_load(bytes, needed, &copy);
  if (status == CRUCIBLE_OK)
    status =
        crucible_egarch_filter_forecast(copy, 3, &options, NULL, mean, NULL);
  crucible_egarch_filter_destroy(copy);
  crucible_egarch_filter_destroy(filter);
  return status;
}

static crucible_status fit_path(void *data) {
  crucible_egarch_options options;
  crucible_egarch_fit_result fit = {.struct_size = sizeof fit};
  crucible_egarch_options_init(&options, sizeof options);
  options.p = options.q = 2;
  options.law = CRUCIBLE_LAW_SKEWED_T;
  options.max_evaluations = 20;
  return crucible_egarch_fit(data, 200, &options, NULL, &fit);
}

static void everything_survives_want_of_memory(void **state) {
  (void)state;
  double returns[N];
  egarch_series(40, N, returns);
  assert_true(failing_alloc_run(forecast_path, returns) >= 5);
  assert_true(failing_alloc_run(fit_path, returns) >= 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(moments_of_news_are_those_of_another_integration),
      cmocka_unit_test(expected_variances_are_the_product_over_the_news),
      cmocka_unit_test(an_infinite_expectation_is_told_and_not_simulated),
      cmocka_unit_test(quantiles_and_means_are_those_of_futures),
      cmocka_unit_test(
          simulated_returns_are_filtered_back_to_their_innovations),
      cmocka_unit_test(innovations_have_the_moments_of_their_law),
      cmocka_unit_test(forecasts_refuse_bad_arguments),
      cmocka_unit_test(everything_survives_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
