/* SPDX-License-Identifier: Apache-2.0 */
/* The filter: residuals and what tests say of them, saved state. */
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
#include "support/lcg_series.h"
#include "support/near.h"
#include "volatility/egarch_filter.h"
#include "volatility/egarch_spec.h"

/* ---- the filter with lags ---- */

static void residuals_are_those_of_the_likelihood(void **state) {
  (void)state;
  double returns[N], variance[N], sigma[N], z[N];
  egarch_series(31, N, returns);
  for (int32_t law = 1; law <= 4; ++law)
    for (int32_t presample = 1; presample <= 4; ++presample) {
      const crucible_egarch_params params = rich(law, presample);
      assert_int_equal(
          crucible_egarch_likelihood(&params, returns, N, NULL, variance, NULL),
          CRUCIBLE_OK);
      assert_int_equal(crucible_egarch_residuals(&params, returns, N, sigma, z),
                       CRUCIBLE_OK);
      assert_true(isnan(sigma[1]) && isnan(z[1]) && isnan(variance[1]));
      for (size_t t = 2; t < N; ++t) {
        assert_near(sigma[t] * sigma[t], variance[t], 1e-11, 0);
        assert_near(z[t] * sigma[t],
                    returns[t] - params.mu - 0.2 * returns[t - 1] +
                        0.1 * returns[t - 2],
                    1e-12, 1e-14);
      }
    }
}

/* A filter as it stands before the first return that is filtered, by the arch
   convention over all of them. */
static crucible_egarch_filter *
filter_before_all(const crucible_egarch_params *params, const double *returns,
                  size_t n) {
  crucible__egarch_data data = {0};
  crucible_egarch_filter *filter = NULL;
  const crucible__egarch_form form = crucible__egarch_form_at(params);
  assert_true(crucible__egarch_data_init(&data, returns, n, 1, &form));
  assert_int_equal(crucible_egarch_filter_create(params, 1, &filter),
                   CRUCIBLE_OK);
  filter->low = data.low;
  filter->high = data.high;
  filter->next = params->omega; /* no news, and all that was is the backcast */
  for (uint32_t i = 0; i < params->q; ++i) {
    filter->h[i] = data.backcast;
    filter->next += params->beta[i] * data.backcast;
  }
  filter->inverse = exp(-0.5 * filter->next);
  for (uint32_t i = 0; i < params->ar; ++i)
    filter->r[i] = returns[params->ar - 1 - i];
  return filter;
}

static void residuals_are_pushes_to_the_bit(void **state) {
  (void)state;
  double returns[N], sigma[N], z[N], alone[N], one;
  egarch_series(36, N, returns);
  for (int32_t law = 1; law <= 4; ++law)
    for (uint32_t ar = 0; ar <= 2; ar += 2) {
      crucible_egarch_params params = rich(law, CRUCIBLE_PRESAMPLE_ARCH);
      params.ar = ar;
      params.mean = ar > 0 ? CRUCIBLE_MEAN_AR : CRUCIBLE_MEAN_CONSTANT;
      if (ar == 0)
        params.phi[0] = params.phi[1] = 0;
      crucible_egarch_filter *filter = filter_before_all(&params, returns, N);
      assert_int_equal(crucible_egarch_residuals(&params, returns, N, sigma, z),
                       CRUCIBLE_OK);
      assert_int_equal(
          crucible_egarch_residuals(&params, returns, N, NULL, alone),
          CRUCIBLE_OK);
      assert_same_bits_n(alone + ar, z + ar, N - ar);
      assert_same_bits(1 / filter->inverse, sigma[ar]);
      for (size_t t = ar; t < N; ++t) {
        assert_int_equal(crucible_egarch_filter_push(filter, returns[t], &one),
                         CRUCIBLE_OK);
        assert_same_bits(filter->z[0], z[t]); /* no cap: as it was */
        if (t + 1 < N)
          assert_same_bits(one, sigma[t + 1]);
      }
      crucible_egarch_filter_destroy(filter);
    }
}

/* The convention sees all returns, so a start from fewer is not the same to the
   bit; it is forgotten. */
static void a_filter_comes_to_the_same_wherever_it_starts(void **state) {
  (void)state;
  double returns[N], last, one;
  egarch_series(32, N, returns);
  for (int32_t presample = 1; presample <= 4; ++presample) {
    const crucible_egarch_params params = rich(3, presample);
    crucible_egarch_filter *whole = filter_after(&params, returns, N);
    crucible_egarch_filter *filter = filter_after(&params, returns, N - 1);
    assert_int_equal(crucible_egarch_filter_push(filter, returns[N - 1], &one),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_egarch_filter_get_sigma(whole, &last),
                     CRUCIBLE_OK);
    assert_near(one, last, 1e-6, 0);
    crucible_egarch_filter_destroy(filter);
    crucible_egarch_filter_destroy(whole);
  }
}

static void news_held_at_the_cap_move_no_further(void **state) {
  (void)state;
  crucible_egarch_params params = params_at(2, 1, 1);
  double at_cap, beyond, below;
  params.news_cap = 4;
  const double four[] = {4.03}, forty[] = {40.03}, three[] = {3.03};
  assert_int_equal(crucible_egarch_forecasts(&params, 1, four, 1, &at_cap),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_egarch_forecasts(&params, 1, forty, 1, &beyond),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_egarch_forecasts(&params, 1, three, 1, &below),
                   CRUCIBLE_OK);
  assert_near(beyond, at_cap, 1e-15, 0);
  assert_true(below < at_cap);
}

/* ---- saved state ---- */

static void a_loaded_filter_goes_on_to_the_bit(void **state) {
  (void)state;
  double returns[N];
  unsigned char bytes[1024];
  egarch_series(33, N, returns);
  for (int32_t law = 1; law <= 4; ++law) {
    const crucible_egarch_params params = rich(law, 1 + law % 4);
    crucible_egarch_filter *a = filter_after(&params, returns, 400), *b;
    size_t needed = 0, again = 0;
    assert_int_equal(crucible_egarch_filter_save(a, NULL, 0, &needed),
                     CRUCIBLE_OK);
    assert_true(needed > 0 && needed <= sizeof bytes);
    assert_int_equal(crucible_egarch_filter_save(a, bytes, needed, &again),
                     CRUCIBLE_OK);
    assert_int_equal(needed, again);
    assert_int_equal(crucible_egarch_filter_load(bytes, needed, &b),
                     CRUCIBLE_OK);
    for (size_t t = 400; t < N; ++t) {
      double x, y;
      assert_int_equal(crucible_egarch_filter_push(a, returns[t], &x),
                       CRUCIBLE_OK);
      assert_int_equal(crucible_egarch_filter_push(b, returns[t], &y),
                       CRUCIBLE_OK);
      assert_same_bits(x, y);
    }
    crucible_egarch_filter_destroy(a);
    crucible_egarch_filter_destroy(b);
  }
}

static void damaged_state_is_refused_or_harmless(void **state) {
  (void)state;
  double returns[N], sigma;
  unsigned char bytes[1024];
  size_t needed = 0;
  egarch_series(34, N, returns);
  const crucible_egarch_params params = rich(3, 1);
  crucible_egarch_filter *filter = filter_after(&params, returns, N);
  assert_int_equal(
      crucible_egarch_filter_save(filter, bytes, sizeof bytes, &needed),
      CRUCIBLE_OK);
  crucible_egarch_filter_destroy(filter);
  for (size_t n = 0; n < needed; ++n) {
    assert_int_equal(crucible_egarch_filter_load(bytes, n, &filter),
                     CRUCIBLE_E_STORE);
    assert_null(filter);
  }
  bytes[needed] = 0;
  assert_int_equal(crucible_egarch_filter_load(bytes, needed + 1, &filter),
                   CRUCIBLE_E_STORE);
  for (size_t i = 0; i < needed; ++i)
    for (int bit = 0; bit < 8; bit += 1) {
      bytes[i] ^= (unsigned char)(1 << bit);
      const crucible_status status =
          crucible_egarch_filter_load(bytes, needed, &filter);
      assert_true(status == CRUCIBLE_OK || status == CRUCIBLE_E_STORE);
      if (status == CRUCIBLE_OK) {
        assert_int_equal(crucible_egarch_filter_push(filter, 1, &sigma),
                         CRUCIBLE_OK);
        assert_true(sigma > 0 && isfinite(sigma));
      }
      crucible_egarch_filter_destroy(filter);
      bytes[i] ^= (unsigned char)(1 << bit);
    }
  assert_int_equal(crucible_egarch_filter_load(NULL, 1, &filter),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_filter_load(bytes, needed, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_filter_save(NULL, NULL, 0, &needed),
                   CRUCIBLE_E_INVALID);
}

/* ---- tests of residuals ---- */

static void residual_tests_are_those_of_statsmodels(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("volatility/forecast.csv");
  for (int i = 0; i < 2; ++i) {
    char word[16];
    double x[500], last = 0;
    snprintf(word, sizeof word, "test%d", i);
    const double *c = golden_rows_find(&rows, word)->cell;
    uint32_t draws = (uint32_t)c[1], lags = (uint32_t)c[2];
    for (int t = 0; t < 500; ++t)
      x[t] = last = lcg_next(&draws) - 0.5 + 0.3 * last;
    crucible_residual_test test = {.struct_size = sizeof test};
    for (int squared = 0; squared < 2; ++squared) {
      assert_int_equal(crucible_ljung_box(x, 500, lags, squared, 0, &test),
                       CRUCIBLE_OK);
      assert_near(test.statistic, c[3 + 2 * squared], 1e-10, 0);
      assert_near(test.p_value, c[4 + 2 * squared], 1e-9, 0);
    }
    assert_int_equal(crucible_arch_lm(x, 500, lags, &test), CRUCIBLE_OK);
    assert_near(test.statistic, c[7], 1e-9, 0);
    assert_near(test.p_value, c[8], 1e-9, 0);
    assert_int_equal(test.degrees, lags);
    assert_int_equal(crucible_ljung_box(x, 500, lags, 0, 2, &test),
                     CRUCIBLE_OK);
    assert_int_equal(test.degrees, lags - 2);
  }
  golden_rows_free(&rows);
}

static void a_fit_leaves_no_arch_in_its_residuals(void **state) {
  (void)state;
  double returns[2000], z[2000];
  egarch_series(38, 2000, returns);
  const crucible_egarch_fit_result fit = fit_of(returns, 2000, NULL);
  crucible_residual_test before = {.struct_size = sizeof before};
  crucible_residual_test after = before;
  assert_int_equal(
      crucible_egarch_residuals(&fit.params, returns, 2000, NULL, z),
      CRUCIBLE_OK);
  assert_int_equal(crucible_arch_lm(returns, 2000, 5, &before), CRUCIBLE_OK);
  assert_int_equal(crucible_arch_lm(z, 2000, 5, &after), CRUCIBLE_OK);
  assert_true(before.p_value < 1e-6);
  assert_true(after.p_value > 0.01);
}

static void residual_tests_refuse_bad_arguments(void **state) {
  (void)state;
  double x[40];
  crucible_residual_test test = {.struct_size = sizeof test, .degrees = 99};
  for (int i = 0; i < 40; ++i)
    x[i] = 1;
  assert_int_equal(crucible_ljung_box(x, 40, 3, 0, 0, &test),
                   CRUCIBLE_E_DOMAIN);
  assert_int_equal(crucible_arch_lm(x, 40, 3, &test), CRUCIBLE_E_DOMAIN);
  x[0] = 2;
  assert_int_equal(crucible_ljung_box(x, 40, 3, 0, 3, &test),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_ljung_box(x, 4, 3, 0, 0, &test),
                   CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_arch_lm(x, 8, 3, &test), CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_arch_lm(x, 40, 16, &test), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_arch_lm(x, 40, 3, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_ljung_box(NULL, 40, 3, 0, 0, &test),
                   CRUCIBLE_E_INVALID);
  x[7] = NAN;
  assert_int_equal(crucible_ljung_box(x, 40, 3, 0, 0, &test),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "x[7]"));
  assert_int_equal(test.degrees, 99);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(residuals_are_those_of_the_likelihood),
      cmocka_unit_test(residuals_are_pushes_to_the_bit),
      cmocka_unit_test(a_filter_comes_to_the_same_wherever_it_starts),
      cmocka_unit_test(news_held_at_the_cap_move_no_further),
      cmocka_unit_test(a_loaded_filter_goes_on_to_the_bit),
      cmocka_unit_test(damaged_state_is_refused_or_harmless),
      cmocka_unit_test(residual_tests_are_those_of_statsmodels),
      cmocka_unit_test(a_fit_leaves_no_arch_in_its_residuals),
      cmocka_unit_test(residual_tests_refuse_bad_arguments),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
