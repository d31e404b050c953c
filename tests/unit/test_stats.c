/* SPDX-License-Identifier: Apache-2.0 */
/* The normal law, and how much of a Sharpe ratio is skill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include <crucible/stats.h>

#include "base/normal.h"
#include "stats/moments.h"
#include "stats/sharpe_law.h"
#include "support/a_sharpe_record.h"
#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/near.h"

static crucible_status psr(double sharpe, double benchmark, uint64_t n,
                           double skew, double kurtosis, double *out) {
  const crucible_sharpe_record record =
      a_sharpe_record(sharpe, n, skew, kurtosis);
  return crucible_psr(&record, benchmark, CRUCIBLE_VARIANCE_AT_ESTIMATE, out);
}

static crucible_status min_trl(double sharpe, double benchmark,
                               double probability, double skew, double kurtosis,
                               double *n) {
  const crucible_sharpe_record record =
      a_sharpe_record(sharpe, 100, skew, kurtosis);
  return crucible_min_trl(&record, benchmark, probability,
                          CRUCIBLE_VARIANCE_AT_ESTIMATE, n);
}

static crucible_status dsr(double sharpe, uint64_t n, double skew,
                           double kurtosis, const crucible_dsr_options *options,
                           crucible_dsr_result *result) {
  const crucible_sharpe_record record =
      a_sharpe_record(sharpe, n, skew, kurtosis);
  return crucible_dsr(&record, options, result);
}

static double psr_of(double sharpe, double benchmark, uint64_t n, double skew,
                     double kurtosis) {
  double out;
  assert_int_equal(psr(sharpe, benchmark, n, skew, kurtosis, &out),
                   CRUCIBLE_OK);
  return out;
}

/* ---- the normal law ---- */

static void normal_quantile_has_fifteen_digits(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/normal.csv");
  for (size_t i = 0; i < rows.n; ++i) {
    const double p = rows.row[i].cell[0], x = rows.row[i].cell[1];
    assert_near(crucible__normal_quantile(p), x, 1e-15, 0);
    /* p(x) is as exact as x is: p changes by |x| p times x's rounding */
    assert_near(crucible__normal_cdf(x), p, 1e-15 + x * x * 3e-16, 0);
  }
  golden_rows_free(&rows);
}

static void normal_law_is_exact_to_the_last_bit_of_one(void **state) {
  (void)state;
  double last = 0;
  for (double x = -9; x < 9; x += 0.0007) {
    const double p = crucible__normal_cdf(x);
    const double exact = (double)(erfcl(-(long double)x / sqrtl(2)) / 2);
    assert_near(p, exact, x < 0 ? 1e-15 + x * x * 3e-16 : 0,
                x < 0 ? 0 : 2.3e-16);
    assert_true(p >= last);
    last = p;
  }
  assert_same_bits(crucible__normal_cdf(0), 0.5);
  assert_same_bits(crucible__normal_cdf(INFINITY), 1);
  assert_same_bits(crucible__normal_cdf(-INFINITY), 0);
  assert_true(isnan(crucible__normal_cdf(NAN)));
}

static void normal_quantile_names_its_ends(void **state) {
  (void)state;
  assert_near(crucible__normal_quantile(0), -INFINITY, 0, 0);
  assert_near(crucible__normal_quantile(1), INFINITY, 0, 0);
  assert_true(isnan(crucible__normal_quantile(-0.1)));
  assert_true(isnan(crucible__normal_quantile(1.1)));
  assert_true(isnan(crucible__normal_quantile(NAN)));
}

/* ---- PSR, MinTRL, expected maximum, DSR ---- */

static void sharpe_is_mean_over_stddev(void **state) {
  (void)state;
  const double returns[] = {0.01, 0.03, -0.01, 0.01}; /* mean .01 */
  double sharpe;
  assert_int_equal(crucible_sharpe(returns, 4, &sharpe), CRUCIBLE_OK);
  assert_near(sharpe, 0.01 / sqrt(0.0008 / 3), 1e-14, 0);
  assert_int_equal(crucible_sharpe(returns, 4, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sharpe(returns, 1, &sharpe), CRUCIBLE_E_TOO_SHORT);
}

static void psr_reproduces_bailey_lopez_de_prado_2012(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/psr.csv");
  const char *cases[] = {"psr_2012_normal", "psr_2012_skewed"};
  for (size_t i = 0; i < 2; ++i) {
    const golden_row *row = golden_rows_find(&rows, cases[i]);
    const double found =
        psr_of(row->cell[1], row->cell[2], (uint64_t)row->cell[3], row->cell[4],
               row->cell[5]);
    assert_near(found, row->cell[6], 1e-12, 0);
    assert_near(found, row->cell[7], 0, 0.0005);
  }
  /* the standard deviation shows as PSR one of it away from the estimate */
  const golden_row *row = golden_rows_find(&rows, "sigma_2012");
  const double sharpe = row->cell[1], sigma = row->cell[6];
  assert_near(psr_of(sharpe, sharpe - sigma, (uint64_t)row->cell[3],
                     row->cell[4], row->cell[5]),
              0.8413447460685429486, 1e-12, 0);
  golden_rows_free(&rows);
}

static void min_trl_reproduces_bailey_lopez_de_prado_2012(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/psr.csv");
  const char *cases[] = {"min_trl_2012_monthly", "min_trl_2012_daily"};
  for (size_t i = 0; i < 2; ++i) {
    const double *c = golden_rows_find(&rows, cases[i])->cell;
    const double root = sqrt(c[9]);
    double n;
    assert_int_equal(min_trl(c[1] / root, c[2] / root, c[3], c[4], c[5], &n),
                     CRUCIBLE_OK);
    assert_near(n / c[8], c[6], 1e-12, 0);
    assert_near(n / c[8], c[7], 0, 0.00005);
  }
  golden_rows_free(&rows);
}

static void expected_maximum_reproduces_published_figures(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/psr.csv");
  const char *cases[] = {"max_pypbo", "max_2014"};
  for (size_t i = 0; i < 2; ++i) {
    const double *c = golden_rows_find(&rows, cases[i])->cell;
    double expected;
    assert_int_equal(
        crucible_expected_max_sharpe((uint64_t)c[1], c[2], &expected),
        CRUCIBLE_OK);
    assert_near(expected, c[3], 1e-12, 0);
    assert_near(expected, c[4], 0, 0.00005);
  }
  golden_rows_free(&rows);
}

static void dsr_reproduces_bailey_lopez_de_prado_2014(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/psr.csv");
  const double *c = golden_rows_find(&rows, "dsr_2014")->cell;
  crucible_dsr_options options;
  crucible_dsr_result result = {.struct_size = sizeof result};
  crucible_dsr_options_init(&options, sizeof options);
  options.n_trials = (uint64_t)c[5];
  options.trial_sharpe_variance = c[6] / c[7];
  assert_int_equal(
      dsr(c[1] / sqrt(c[7]), (uint64_t)c[2], c[3], c[4], &options, &result),
      CRUCIBLE_OK);
  assert_near(result.dsr, c[8], 1e-12, 0);
  assert_near(result.dsr, c[9], 0, 0.00005);
  assert_near(result.expected_max_sharpe, 0.1132, 0, 0.00005);
  golden_rows_free(&rows);
}

static void dsr_of_one_trial_is_psr_against_zero(void **state) {
  (void)state;
  crucible_dsr_result result = {.struct_size = sizeof result};
  assert_int_equal(dsr(0.1, 500, -0.5, 5, NULL, &result), CRUCIBLE_OK);
  assert_same_bits(result.dsr, psr_of(0.1, 0, 500, -0.5, 5));
  assert_same_bits(result.expected_max_sharpe, 0);
}

static void dsr_falls_with_trials_and_their_spread(void **state) {
  (void)state;
  double last = 1;
  for (uint64_t n = 1; n < (uint64_t)1 << 60; n *= 8) {
    crucible_dsr_options options;
    crucible_dsr_result result = {.struct_size = sizeof result};
    crucible_dsr_options_init(&options, sizeof options);
    options.n_trials = n;
    options.trial_sharpe_variance = 0.0004;
    assert_int_equal(dsr(0.1, 500, 0, 3, &options, &result), CRUCIBLE_OK);
    assert_true(result.dsr < last);
    assert_true(result.dsr > 0);
    last = result.dsr;
  }
}

static void psr_grows_with_the_record_and_is_a_probability(void **state) {
  (void)state;
  double last = 0;
  for (uint64_t n = 2; n < 100000; n *= 3) {
    const double psr = psr_of(0.05, 0, n, -1, 6);
    assert_true(psr > last && psr <= 1);
    last = psr;
    assert_near(psr + psr_of(-0.05, 0, n, 1, 6), 1, 1e-14, 0); /* mirror */
  }
  assert_same_bits(psr_of(0.3, 0.3, 50, -1, 6), 0.5);
  assert_true(psr_of(1e9, 0, 50, 0, 3) <= 1);
}

static void min_trl_is_where_psr_reaches_the_probability(void **state) {
  (void)state;
  const double probabilities[] = {0.6, 0.9, 0.95, 0.99, 0.9999};
  for (size_t i = 0; i < 5; ++i) {
    double n;
    assert_int_equal(min_trl(0.08, 0.01, probabilities[i], -1, 6, &n),
                     CRUCIBLE_OK);
    assert_true(psr_of(0.08, 0.01, (uint64_t)ceil(n), -1, 6) >=
                probabilities[i]);
    assert_true(psr_of(0.08, 0.01, (uint64_t)ceil(n) - 1, -1, 6) <
                probabilities[i]);
  }
}

static void sharpe_functions_refuse_bad_arguments(void **state) {
  (void)state;
  double out = 7;
  crucible_dsr_result result = {.struct_size = sizeof result};
  assert_int_equal(psr(0.1, 0, 1, 0, 3, &out), CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(psr(NAN, 0, 9, 0, 3, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(psr(0.1, INFINITY, 9, 0, 3, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(psr(0.1, 0, 9, NAN, 3, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(psr(0.1, 0, 9, 0, NAN, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(psr(0.1, 0, 9, 0, 3, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(psr(1, 0, 9, 3, 3, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(psr(1e200, 0, 9, 0, 3, &out), CRUCIBLE_E_DOMAIN);
  assert_int_equal(min_trl(0.1, 0.1, 0.95, 0, 3, &out), CRUCIBLE_E_DOMAIN);
  assert_int_equal(min_trl(0.1, 0, 1, 0, 3, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(min_trl(0.1, 0, 0, 0, 3, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(min_trl(0.1, 0, 0.9, 0, 3, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_expected_max_sharpe(0, 1, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_expected_max_sharpe(5, -1, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_expected_max_sharpe(5, NAN, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(dsr(0.1, 9, 0, 3, NULL, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(dsr(0.1, 1, 0, 3, NULL, &result), CRUCIBLE_E_TOO_SHORT);
  assert_near(out, 7, 0, 0);
  result.struct_size = 3;
  assert_int_equal(dsr(0.1, 9, 0, 3, NULL, &result), CRUCIBLE_E_INVALID);
}

/* ---- the ratio of a stream ---- */

static void the_law_of_sums_is_psr_to_the_bit(void **state) {
  (void)state;
  enum { N = 500 };
  double x[N];
  crucible__moment_sums sums = {.n = 0};
  lcg_series("returns", 9, N, x);
  for (size_t i = 0; i < N; ++i) {
    sums = crucible__moment_sums_add(&sums, x[i]);
    const crucible__sharpe_law law = crucible__sharpe_law_of(&sums);
    if (i == 0) {
      assert_true(isnan(law.sharpe) && isnan(law.root));
      continue;
    }
    assert_same_bits(
        crucible__normal_cdf(crucible__sharpe_z(&law, 0.01)),
        psr_of(law.sharpe, 0.01, i + 1, law.skewness, law.kurtosis));
  }
  /* equity that grows by 1 % per bar: its returns differ by rounding alone */
  double equity = 200;
  sums = (crucible__moment_sums){.n = 0};
  for (size_t i = 0; i < N; ++i) {
    const double next = equity * 1.01;
    sums = crucible__moment_sums_add(&sums, next / equity - 1);
    equity = next;
  }
  assert_true(sums.m2 > 0);
  assert_true(isnan(crucible__sharpe_law_of(&sums).sharpe));
}

static void z_tells_records_apart_where_dsr_is_one(void **state) {
  (void)state;
  crucible_dsr_options options;
  crucible_dsr_result a = {.struct_size = sizeof a}, b = a;
  crucible_dsr_options_init(&options, sizeof options);
  options.n_trials = 50;
  options.trial_sharpe_variance = 0.001;
  assert_int_equal(dsr(0.4, 5000, 0, 3, &options, &a), CRUCIBLE_OK);
  assert_int_equal(dsr(0.5, 5000, 0, 3, &options, &b), CRUCIBLE_OK);
  assert_same_bits(a.dsr, 1);
  assert_same_bits(b.dsr, 1);
  /* by hand: (SR - E) sqrt(4999 / (1 + SR^2 / 2)) */
  assert_near(a.z, (0.4 - a.expected_max_sharpe) * sqrt(4999 / 1.08), 1e-14, 0);
  assert_near(b.z, (0.5 - b.expected_max_sharpe) * sqrt(4999 / 1.125), 1e-14,
              0);
  assert_int_equal(dsr(0.05, 500, -1, 9, &options, &a), CRUCIBLE_OK);
  assert_same_bits(crucible__normal_cdf(a.z), a.dsr);
  /* a caller compiled before z was there gets what he knows */
  a = (crucible_dsr_result){.struct_size = offsetof(crucible_dsr_result, z),
                            .z = 7};
  assert_int_equal(dsr(0.05, 500, -1, 9, &options, &a), CRUCIBLE_OK);
  assert_near(a.z, 7, 0, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(normal_quantile_has_fifteen_digits),
      cmocka_unit_test(normal_law_is_exact_to_the_last_bit_of_one),
      cmocka_unit_test(normal_quantile_names_its_ends),
      cmocka_unit_test(sharpe_is_mean_over_stddev),
      cmocka_unit_test(psr_reproduces_bailey_lopez_de_prado_2012),
      cmocka_unit_test(min_trl_reproduces_bailey_lopez_de_prado_2012),
      cmocka_unit_test(expected_maximum_reproduces_published_figures),
      cmocka_unit_test(dsr_reproduces_bailey_lopez_de_prado_2014),
      cmocka_unit_test(dsr_of_one_trial_is_psr_against_zero),
      cmocka_unit_test(dsr_falls_with_trials_and_their_spread),
      cmocka_unit_test(psr_grows_with_the_record_and_is_a_probability),
      cmocka_unit_test(min_trl_is_where_psr_reaches_the_probability),
      cmocka_unit_test(sharpe_functions_refuse_bad_arguments),
      cmocka_unit_test(the_law_of_sums_is_psr_to_the_bit),
      cmocka_unit_test(z_tells_records_apart_where_dsr_is_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
