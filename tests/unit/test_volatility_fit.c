/* SPDX-License-Identifier: Apache-2.0 */
/* The fit of EGARCH by likelihood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/runtime.h>
#include <crucible/volatility.h>

#include "base/pool.h"
#include "support/egarch_fits.h"
#include "support/egarch_series.h"
#include "support/near.h"
#include "volatility/egarch_law.h"
#include "volatility/egarch_pass.h"
#include "volatility/egarch_spec.h"

static void score_vanishes_at_the_optimum(void **state) {
  (void)state;
  double returns[N], score[6];
  egarch_series(3, N, returns);
  for (int32_t law = 1; law <= 2; ++law)
    for (int32_t presample = 1; presample <= 4; ++presample) {
      crucible_egarch_options options;
      crucible_egarch_options_init(&options, sizeof options);
      options.law = law;
      options.presample = presample;
      const crucible_egarch_fit_result fit = fit_of(returns, N, &options);
      assert_int_equal(fit.warnings, 0);
      const double loglik = loglik_at(&fit.params, returns, N, score);
      assert_near(fit.loglik, loglik, 1e-13, 0);
      for (int i = 0; i < (law == CRUCIBLE_LAW_NORMAL ? 5 : 6); ++i)
        assert_near(score[i], 0, 0, 1e-4);
      const double k = law == CRUCIBLE_LAW_NORMAL ? 5 : 6;
      assert_near(fit.aic, 2 * k - 2 * loglik, 1e-13, 0);
      assert_near(fit.bic, k * log(N) - 2 * loglik, 1e-13, 0);
    }
}

static void more_lags_and_shapes_are_no_less_likely(void **state) {
  (void)state;
  static const uint32_t orders[][3] = {
      {1, 1, 1}, {2, 1, 1}, {2, 1, 2}, {3, 2, 3}};
  double returns[N], score[16];
  egarch_series(3, N, returns);
  for (int32_t law = 1; law <= 4; ++law) {
    double last = -HUGE_VAL;
    for (int i = 0; i < 4; ++i) {
      crucible_egarch_options options;
      crucible_egarch_options_init(&options, sizeof options);
      options.p = orders[i][0];
      options.o = orders[i][1];
      options.q = orders[i][2];
      options.law = law;
      crucible_egarch_fit_result fit = fit_of(returns, N, &options);
      assert_true(fit.loglik > last - 0.5); /* but for the presample */
      last = fit.loglik;
      assert_near(loglik_at(&fit.params, returns, N, score), fit.loglik, 1e-12,
                  0);
      /* mu may stand on a small corner */
      for (int k = 1; param_at(&fit.params, k) != NULL; ++k)
        if (fit.warnings == 0) /* in standard errors; GED has cusps */
          assert_near(score[k] * *param_at(&fit.se_classic, k), 0, 0,
                      law == CRUCIBLE_LAW_GED ? 0.02 : 1e-4);
    }
  }
}

static void lags_of_the_mean_are_found(void **state) {
  (void)state;
  double returns[4 * N];
  crucible_egarch_options options;
  egarch_series(44, 4 * N, returns);
  for (size_t t = 2; t < 4 * N; ++t)
    returns[t] += 0.3 * returns[t - 1] - 0.2 * returns[t - 2];
  crucible_egarch_options_init(&options, sizeof options);
  options.mean = CRUCIBLE_MEAN_AR;
  options.ar = 2;
  const crucible_egarch_fit_result fit = fit_of(returns, 4 * N, &options);
  assert_int_equal(fit.n, 4 * N - 2);
  assert_near(fit.params.phi[0], 0.3, 0, 4 * fit.se_robust.phi[0]);
  assert_near(fit.params.phi[1], -0.2, 0, 4 * fit.se_robust.phi[1]);
  assert_true(fit.se_robust.phi[0] < 0.05);
}

static void a_cap_on_the_news_is_part_of_the_model(void **state) {
  (void)state;
  double returns[N];
  crucible_egarch_options options;
  egarch_series(45, N, returns);
  returns[N / 2] = 60;
  crucible_egarch_options_init(&options, sizeof options);
  const crucible_egarch_fit_result open = fit_of(returns, N, &options);
  options.news_cap = 8;
  const crucible_egarch_fit_result held = fit_of(returns, N, &options);
  assert_true(held.loglik != open.loglik);
  assert_near(held.params.news_cap, 8, 0, 0);
  assert_near(loglik_at(&held.params, returns, N, NULL), held.loglik, 1e-12, 0);
}

static void no_neighbour_is_more_likely_than_the_fit(void **state) {
  (void)state;
  double returns[N];
  uint32_t draws = 77;
  egarch_series(4, N, returns);
  const crucible_egarch_fit_result fit = fit_of(returns, N, NULL);
  for (int trial = 0; trial < 300; ++trial) {
    crucible_egarch_params near = fit.params, se = fit.se_classic;
    for (int i = 0; i < 6; ++i)
      *param_at(&near, i) += *param_at(&se, i) * 0.3 * (lcg_next(&draws) - 0.5);
    assert_true(loglik_at(&near, returns, N, NULL) < fit.loglik);
  }
}

static void scaling_by_a_power_of_two_changes_no_digit(void **state) {
  (void)state;
  double returns[N], scaled[N];
  egarch_series(5, N, returns);
  const crucible_egarch_fit_result a = fit_of(returns, N, NULL);
  const int exponents[] = {-14, 13, -300, 300};
  for (int e = 0; e < 4; ++e) {
    for (size_t t = 0; t < N; ++t)
      scaled[t] = ldexp(returns[t], exponents[e]);
    const crucible_egarch_fit_result b = fit_of(scaled, N, NULL);
    assert_same_bits(b.params.mu, ldexp(a.params.mu, exponents[e]));
    assert_same_bits(b.params.alpha[0], a.params.alpha[0]);
    assert_same_bits(b.params.gamma[0], a.params.gamma[0]);
    assert_same_bits(b.params.beta[0], a.params.beta[0]);
    assert_same_bits(b.params.nu, a.params.nu);
    assert_same_bits(b.se_robust.nu, a.se_robust.nu);
    assert_near(b.loglik, a.loglik - N * exponents[e] * log(2), 1e-12, 1e-9);
    assert_near(b.next_variance, ldexp(a.next_variance, 2 * exponents[e]),
                1e-12, 0);
    assert_near(loglik_at(&b.params, scaled, N, NULL), b.loglik, 1e-9, 0);
  }
}

static void a_start_near_or_far_leads_to_the_same_optimum(void **state) {
  (void)state;
  double returns[N];
  egarch_series(6, N, returns);
  const crucible_egarch_fit_result cold = fit_of(returns, N, NULL);
  crucible_egarch_fit_result warm = {.struct_size = sizeof warm};
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, &cold.params, &warm),
                   CRUCIBLE_OK);
  assert_near(warm.loglik, cold.loglik, 1e-12, 0);
  assert_true(warm.n_evaluations < cold.n_evaluations);
  crucible_egarch_params far = params_at(CRUCIBLE_LAW_NORMAL, 1, 1);
  far.beta[0] = 0.5;
  far.mu = -0.3;
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, &far, &warm),
                   CRUCIBLE_OK);
  assert_near(warm.loglik, cold.loglik, 1e-9, 0);
}

static void a_start_without_a_filter_gives_way_to_the_grid(void **state) {
  (void)state;
  double returns[N];
  egarch_series(6, N, returns);
  crucible_egarch_params chaotic = params_at(CRUCIBLE_LAW_STUDENT_T, 1, 1);
  chaotic.alpha[0] = -2;
  chaotic.gamma[0] = 1;
  crucible_egarch_fit_result fit = {.struct_size = sizeof fit};
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, &chaotic, &fit),
                   CRUCIBLE_OK);
  assert_near(fit.loglik, fit_of(returns, N, NULL).loglik, 1e-9, 0);
}

static void mean_zero_leaves_mu_at_zero(void **state) {
  (void)state;
  double returns[N];
  crucible_egarch_options options;
  egarch_series(7, N, returns);
  crucible_egarch_options_init(&options, sizeof options);
  options.mean = CRUCIBLE_MEAN_ZERO;
  const crucible_egarch_fit_result zero = fit_of(returns, N, &options);
  const crucible_egarch_fit_result free_mean = fit_of(returns, N, NULL);
  assert_same_bits(zero.params.mu, 0);
  assert_true(isnan(zero.se_classic.mu));
  assert_true(zero.se_classic.beta[0] > 0);
  assert_true(zero.loglik <= free_mean.loglik);
  assert_near(zero.aic, 10 - 2 * zero.loglik, 1e-13, 0);
}

static void normal_returns_put_nu_on_its_bound(void **state) {
  (void)state;
  double returns[N];
  uint32_t draws = 5;
  for (size_t t = 0; t < N; ++t) /* thinner tails than the normal law's */
    returns[t] = lcg_next(&draws) - 0.5;
  const crucible_egarch_fit_result fit = fit_of(returns, N, NULL);
  assert_true(fit.warnings & CRUCIBLE_FIT_ON_BOUND);
  assert_near(fit.params.nu, 500, 1e-9, 0);
  assert_true(isnan(fit.se_classic.nu));
}

static void zero_returns_and_outliers_are_fitted(void **state) {
  (void)state;
  double returns[N], score[6];
  egarch_series(8, N, returns);
  for (size_t t = 0; t < N; t += 12)
    returns[t] = 0; /* bars without a trade */
  for (size_t t = 300; t < 312; ++t)
    returns[t] = 0;
  returns[400] = 40; /* standard deviations, about */
  returns[401] = -40;
  const crucible_egarch_fit_result fit = fit_of(returns, N, NULL);
  assert_int_equal(fit.warnings, 0);
  loglik_at(&fit.params, returns, N, score);
  for (int i = 0; i < 6; ++i)
    assert_near(score[i], 0, 0, 1e-3);
}

/* |r - mu| has its corner where returns pile up: no score vanishes there. */
static void mean_stays_on_the_corner_that_many_zeros_make(void **state) {
  (void)state;
  double returns[N];
  egarch_series(8, N, returns);
  for (size_t t = 0; t < N; t += 5)
    returns[t] = 0;
  for (size_t t = 0; t < 360; ++t)
    if (t < 100 || t >= 300)
      returns[t] = 0;
  returns[400] = 60;
  returns[401] = -55;
  const crucible_egarch_fit_result fit = fit_of(returns, N, NULL);
  assert_false(fit.warnings & CRUCIBLE_FIT_NOT_CONVERGED);
  assert_near(fit.params.mu, 0, 0, 0);
  for (double step = 1e-7; step < 1; step *= 10)
    for (int sign = -1; sign <= 1; sign += 2) {
      crucible_egarch_params near = fit.params;
      near.mu = sign * step;
      assert_true(loglik_at(&near, returns, N, NULL) < fit.loglik);
    }
}

/* Each return is a small corner: a search that trusts the score ends on the
   wrong side of one. */
static void fit_finds_the_highest_of_the_tops_along_the_mean(void **state) {
  (void)state;
  double returns[N];
  for (uint32_t seed = 20; seed < 30; ++seed) {
    crucible_egarch_options options;
    crucible_egarch_options_init(&options, sizeof options);
    options.tolerance = 1e-12;
    egarch_series(seed, N, returns);
    const crucible_egarch_fit_result fit = fit_of(returns, N, &options);
    if (fit.warnings != 0)
      continue; /* chaos, bounds */
    for (int i = -20; i <= 20; ++i) {
      crucible_egarch_fit_result other = {.struct_size = sizeof other};
      crucible_egarch_params start = fit.params;
      start.mu += 0.1 * i * fit.se_classic.mu;
      assert_int_equal(
          crucible_egarch_fit(returns, N, &options, &start, &other),
          CRUCIBLE_OK);
      assert_true(other.loglik < fit.loglik + 1e-6);
    }
  }
}

/* A slow fall of the variance in a short series: the likelihood rises towards
   alpha < 0, where the filter never forgets its start. */
static void fit_stops_before_parameters_without_a_filter(void **state) {
  (void)state;
  double returns[N], theta[CRUCIBLE__EGARCH_K];
  uint32_t draws = 77;
  egarch_series(1, N, returns);
  for (size_t t = 0; t < N; ++t) {
    returns[t] -= 0.02;
    if (lcg_next(&draws) < 0.16875)
      returns[t] = 0;
  }
  const crucible_egarch_fit_result fit = fit_of(returns, N, NULL);
  assert_true(fit.warnings & CRUCIBLE_FIT_NOT_CONVERGED);
  assert_true(fit.warnings & CRUCIBLE_FIT_NOT_INVERTIBLE);
  assert_true(fit.params.alpha[0] < 0);
  crucible__egarch_data data;
  crucible__egarch_closing closing;
  crucible_egarch_params at = fit.params;
  const crucible__egarch_law law = crucible__egarch_law_by(&at);
  const crucible__egarch_form form = crucible__egarch_form_at(&at);
  assert_true(crucible__egarch_data_init(&data, returns, N, 1, &form));
  crucible__egarch_to_theta(&at, theta);
  crucible__egarch_close(&data, &law, theta, NULL, &closing);
  assert_true(closing.chaos < 0 && closing.chaos > -0.01);
}

static void fit_refuses_what_it_cannot_fit(void **state) {
  (void)state;
  double returns[N];
  crucible_egarch_fit_result fit = {.struct_size = sizeof fit};
  crucible_egarch_options options;
  egarch_series(9, N, returns);
  assert_int_equal(crucible_egarch_fit(NULL, N, NULL, NULL, &fit),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_fit(returns, 99, NULL, NULL, &fit),
                   CRUCIBLE_E_TOO_SHORT);
  const struct {
    size_t offset;
    uint32_t value;
    crucible_status status;
  } wrong[] = {
      {offsetof(crucible_egarch_options, p), 4, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, o), 4, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, q), 4, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, ar), 1, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, law), 5, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, kappa), 0, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, mean), 3, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, mean), 4, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, presample), 5, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, max_evaluations), 0,
       CRUCIBLE_E_INVALID}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    crucible_egarch_options_init(&options, sizeof options);
    memcpy((char *)&options + wrong[i].offset, &wrong[i].value,
           sizeof wrong[i].value);
    assert_int_equal(crucible_egarch_fit(returns, N, &options, NULL, &fit),
                     wrong[i].status);
  }
  crucible_egarch_options_init(&options, sizeof options);
  options.tolerance = 0;
  assert_int_equal(crucible_egarch_fit(returns, N, &options, NULL, &fit),
                   CRUCIBLE_E_INVALID);
  crucible_egarch_params start = params_at(2, 1, 1);
  start.nu = 2;
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, &start, &fit),
                   CRUCIBLE_E_INVALID);
  returns[17] = NAN;
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, NULL, &fit),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "returns[17]"));
  for (size_t t = 0; t < N; ++t)
    returns[t] = 0.001;
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, NULL, &fit),
                   CRUCIBLE_E_DOMAIN);
  for (size_t t = 0; t < N; ++t)
    returns[t] = t % 2 ? 1e308 : -1e308;
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, NULL, &fit),
                   CRUCIBLE_E_DOMAIN);
  assert_int_equal(fit.n, 0); /* untouched by any of them */
}

static void a_search_cut_short_says_so(void **state) {
  (void)state;
  double returns[N];
  crucible_egarch_options options;
  egarch_series(10, N, returns);
  crucible_egarch_options_init(&options, sizeof options);
  options.max_evaluations = 2;
  const crucible_egarch_fit_result fit = fit_of(returns, N, &options);
  assert_true(fit.warnings & CRUCIBLE_FIT_NOT_CONVERGED);
  assert_true(fit.loglik <= fit_of(returns, N, NULL).loglik);
}

typedef struct fits {
  double returns[12][N];
  crucible_egarch_fit_result result[12];
} fits;

static crucible_status fit_item(size_t i, uint32_t worker, void *data) {
  fits *all = data;
  (void)worker;
  all->result[i].struct_size = sizeof all->result[i];
  return crucible_egarch_fit(all->returns[i], N, NULL, NULL, &all->result[i]);
}

static void fits_on_many_threads_are_the_same_bits(void **state) {
  (void)state;
  static fits alone, together;
  crucible_pool *pool;
  for (uint32_t i = 0; i < 12; ++i)
    egarch_series(50 + i, N, alone.returns[i]);
  together = alone;
  assert_int_equal(crucible_pool_create(4, &pool), CRUCIBLE_OK);
  assert_int_equal(crucible__pool_run(NULL, 12, fit_item, &alone, NULL),
                   CRUCIBLE_OK);
  assert_int_equal(crucible__pool_run(pool, 12, fit_item, &together, NULL),
                   CRUCIBLE_OK);
  assert_memory_equal(alone.result, together.result, sizeof alone.result);
  crucible_pool_destroy(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(score_vanishes_at_the_optimum),
      cmocka_unit_test(more_lags_and_shapes_are_no_less_likely),
      cmocka_unit_test(lags_of_the_mean_are_found),
      cmocka_unit_test(a_cap_on_the_news_is_part_of_the_model),
      cmocka_unit_test(no_neighbour_is_more_likely_than_the_fit),
      cmocka_unit_test(scaling_by_a_power_of_two_changes_no_digit),
      cmocka_unit_test(a_start_near_or_far_leads_to_the_same_optimum),
      cmocka_unit_test(a_start_without_a_filter_gives_way_to_the_grid),
      cmocka_unit_test(mean_zero_leaves_mu_at_zero),
      cmocka_unit_test(normal_returns_put_nu_on_its_bound),
      cmocka_unit_test(zero_returns_and_outliers_are_fitted),
      cmocka_unit_test(mean_stays_on_the_corner_that_many_zeros_make),
      cmocka_unit_test(fit_finds_the_highest_of_the_tops_along_the_mean),
      cmocka_unit_test(fit_stops_before_parameters_without_a_filter),
      cmocka_unit_test(fit_refuses_what_it_cannot_fit),
      cmocka_unit_test(a_search_cut_short_says_so),
      cmocka_unit_test(fits_on_many_threads_are_the_same_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
