/* SPDX-License-Identifier: Apache-2.0 */
/* Long-run variances and the records of dependent returns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/stats.h>

#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/near.h"

/* x[t] = rho x[t - 1] + u[t], as serial() in gen_sharpe.py. */
static double *serial(const char *kind, uint32_t seed, size_t n, double rho) {
  double *x = malloc(n * sizeof *x);
  assert_non_null(x);
  lcg_series(kind, seed, n, x);
  for (size_t t = 1; t < n; ++t)
    x[t] = rho * x[t - 1] + x[t];
  return x;
}

static double long_run(const double *x, size_t n, size_t lags, size_t *used) {
  double variance;
  assert_int_equal(crucible_long_run_variance(x, n, lags, &variance, used),
                   CRUCIBLE_OK);
  return variance;
}

static crucible_sharpe_record dependent(const double *x, size_t n,
                                        size_t lags) {
  crucible_sharpe_record record = {.struct_size = sizeof record};
  assert_int_equal(crucible_sharpe_record_dependent(x, n, lags, &record),
                   CRUCIBLE_OK);
  return record;
}

static void variances_equal_those_of_statsmodels(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/sharpe_hac.csv");
  for (size_t i = 0; i < rows.n; ++i) {
    const double *c = rows.row[i].cell;
    const size_t n = (size_t)c[2], lags[] = {0, 5, CRUCIBLE_LAGS_AUTO};
    double *x = serial(rows.row[i].word, (uint32_t)c[1], n, c[3]);
    for (size_t k = 0; k < 3; ++k) {
      size_t used;
      assert_near(long_run(x, n, lags[k], &used), c[5 + k], 1e-11, 0);
      assert_int_equal(used, k == 2 ? (size_t)c[4] : lags[k]);
    }
    const crucible_sharpe_record record = dependent(x, n, 5);
    assert_near(record.long_run_variance, c[8], 1e-10, 0);
    assert_near(record.autocorrelation, c[9], 1e-11, 1e-13);
    free(x);
  }
  golden_rows_free(&rows);
}

static void without_lags_the_variance_is_that_of_2012(void **state) {
  (void)state;
  enum { N = 700 };
  double *x = serial("returns", 61, N, 0), at_estimate, hac;
  crucible_sharpe_record plain = {.struct_size = sizeof plain};
  const crucible_sharpe_record record = dependent(x, N, 0);
  assert_int_equal(crucible_sharpe_record_of(x, N, &plain), CRUCIBLE_OK);
  assert_int_equal(plain.n, N);
  assert_same_bits(plain.autocorrelation + plain.long_run_variance, 0);
  assert_same_bits(plain.sharpe_per_observation, record.sharpe_per_observation);
  assert_same_bits(plain.kurtosis, record.kurtosis);
  assert_int_equal(crucible_sharpe_sigma(
                       &plain, 0, CRUCIBLE_VARIANCE_AT_ESTIMATE, &at_estimate),
                   CRUCIBLE_OK);
  assert_int_equal(
      crucible_sharpe_sigma(&record, 0, CRUCIBLE_VARIANCE_HAC, &hac),
      CRUCIBLE_OK);
  assert_near(hac, at_estimate * sqrt((N - 1.0) / N), 1e-12, 0);
  free(x);
}

static void positive_dependence_makes_a_ratio_less_sure(void **state) {
  (void)state;
  enum { N = 8640 };
  double last = 0;
  for (int k = -3; k <= 3; ++k) {
    double *x = serial("returns", 71, N, 0.2 * k);
    const double rho = 0.2 * k,
                 v = dependent(x, N, CRUCIBLE_LAGS_AUTO).long_run_variance;
    assert_true(v > last);
    assert_near(v, (1 + rho) / (1 - rho), 0.15, 0.15);
    last = v;
    free(x);
  }
}

static void records_know_no_scale(void **state) {
  (void)state;
  enum { N = 500 };
  double *x = serial("returns", 62, N, 0.3);
  const crucible_sharpe_record a = dependent(x, N, CRUCIBLE_LAGS_AUTO);
  for (size_t i = 0; i < N; ++i)
    x[i] *= 0x1p-40;
  const crucible_sharpe_record b = dependent(x, N, CRUCIBLE_LAGS_AUTO);
  assert_memory_equal(&a, &b, sizeof a);
  free(x);
}

static void series_without_a_variance_are_refused(void **state) {
  (void)state;
  double equal[] = {0.1, 0.1, 0.1}, holes[] = {0.1, NAN, 0.2}, variance = 7;
  double x[] = {0.1, -0.2, 0.3}, huge[] = {1e300, -1e300, 2e300};
  crucible_sharpe_record record = {.struct_size = sizeof record};
  assert_int_equal(crucible_long_run_variance(equal, 3, 0, &variance, NULL),
                   CRUCIBLE_E_DOMAIN);
  assert_int_equal(crucible_long_run_variance(huge, 3, 0, &variance, NULL),
                   CRUCIBLE_E_DOMAIN);
  assert_int_equal(crucible_long_run_variance(holes, 3, 0, &variance, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_long_run_variance(x, 3, 3, &variance, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_long_run_variance(x, 1, 0, &variance, NULL),
                   CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_long_run_variance(NULL, 3, 0, &variance, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_long_run_variance(x, 3, 0, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_near(variance, 7, 0, 0);
  const crucible_sharpe_record before = record;
  assert_int_equal(crucible_sharpe_record_of(equal, 3, &record),
                   CRUCIBLE_E_DOMAIN);
  assert_int_equal(crucible_sharpe_record_of(holes, 3, &record),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sharpe_record_of(x, 1, &record),
                   CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_sharpe_record_of(x, 3, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sharpe_record_dependent(x, 3, 3, &record),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sharpe_record_dependent(x, 3, 0, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sharpe_record_dependent(equal, 3, 0, &record),
                   CRUCIBLE_E_DOMAIN);
  assert_memory_equal(&record, &before, sizeof record);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(variances_equal_those_of_statsmodels),
      cmocka_unit_test(without_lags_the_variance_is_that_of_2012),
      cmocka_unit_test(positive_dependence_makes_a_ratio_less_sure),
      cmocka_unit_test(records_know_no_scale),
      cmocka_unit_test(series_without_a_variance_are_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
