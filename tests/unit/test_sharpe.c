/* SPDX-License-Identifier: Apache-2.0 */
/* Sharpe records: both definitions of their variance, tests, false
   discoveries, and the refusal of what no returns can have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/stats.h>

#include "support/a_sharpe_record.h"
#include "support/golden_rows.h"
#include "support/near.h"

enum {
  ESTIMATE = CRUCIBLE_VARIANCE_AT_ESTIMATE,
  AT_NULL = CRUCIBLE_VARIANCE_AT_NULL,
  HAC = CRUCIBLE_VARIANCE_HAC
};

static double psr(crucible_sharpe_record record, double benchmark,
                  int32_t variance_at) {
  double out;
  assert_int_equal(crucible_psr(&record, benchmark, variance_at, &out),
                   CRUCIBLE_OK);
  return out;
}

static double sigma(crucible_sharpe_record record, double benchmark,
                    int32_t variance_at) {
  double out;
  assert_int_equal(crucible_sharpe_sigma(&record, benchmark, variance_at, &out),
                   CRUCIBLE_OK);
  return out;
}

static double min_trl(crucible_sharpe_record record, double benchmark,
                      double probability, int32_t variance_at) {
  double out;
  assert_int_equal(
      crucible_min_trl(&record, benchmark, probability, variance_at, &out),
      CRUCIBLE_OK);
  return out;
}

static crucible_sharpe_test a_test(double benchmark, double alternative) {
  crucible_sharpe_test test;
  crucible_sharpe_test_init(&test, sizeof test);
  test.benchmark = benchmark;
  test.alternative = alternative;
  return test;
}

static crucible_sharpe_test_result result_of(crucible_sharpe_record record,
                                             const crucible_sharpe_test *test) {
  crucible_sharpe_test_result result = {.struct_size = sizeof result};
  assert_int_equal(crucible_sharpe_test_of(&record, test, &result),
                   CRUCIBLE_OK);
  return result;
}

/* ---- published figures ---- */

/* The cases of area psr of the golden list, one by one; the published digits
   of Bailey and Lopez de Prado (2012, 2014), pypbo and the code beside Lopez de
   Prado, Lipton and Zoonekynd (2025). */
static void published_figures_are_reproduced(void **state) {
  (void)state;
  const crucible_sharpe_record normal = a_sharpe_record(0.458, 24, 0, 3);
  const crucible_sharpe_record skewed =
      a_sharpe_record(0.458, 24, -2.448, 10.164);
  assert_near(psr(normal, 0, ESTIMATE), 0.9816749190910771, 1e-9, 0);
  assert_near(psr(skewed, 0, ESTIMATE), 0.913361083860933, 1e-9, 0);
  const crucible_sharpe_record fund =
      a_sharpe_record(0.7079, 134, -0.2250, 2.9570);
  assert_near(sigma(fund, 0, ESTIMATE), 0.10276082308007262, 1e-9, 0);
  assert_near(min_trl(fund, 0, 0.95, ESTIMATE) / 12, 0.7152156942951801, 1e-9,
              0);
  const double day = sqrt(250);
  assert_near(
      min_trl(a_sharpe_record(2 / day, 250, 0, 3), 1 / day, 0.95, ESTIMATE) /
          250,
      2.731187801728176, 1e-9, 0);
  double expected;
  assert_int_equal(crucible_expected_max_sharpe(100, 1, &expected),
                   CRUCIBLE_OK);
  assert_near(expected, 2.5306028932016846, 1e-9, 0);
  assert_int_equal(crucible_expected_max_sharpe(100, 0.5 / 250, &expected),
                   CRUCIBLE_OK);
  assert_near(expected, 0.11317200186513214, 1e-9, 0);
  crucible_dsr_options options;
  crucible_dsr_result dsr = {.struct_size = sizeof dsr};
  crucible_dsr_options_init(&options, sizeof options);
  options.n_trials = 100;
  options.trial_sharpe_variance = 0.5 / 250;
  const crucible_sharpe_record picked =
      a_sharpe_record(2.5 / day, 1250, -3, 10);
  assert_int_equal(crucible_dsr(&picked, &options, &dsr), CRUCIBLE_OK);
  assert_near(dsr.dsr, 0.9003968344493903, 1e-9, 0);
}

static void figures_of_2025_are_reproduced(void **state) {
  (void)state;
  const double sharpe = 0.036 / 0.079;
  crucible_sharpe_record record = a_sharpe_record(sharpe, 24, -2.448, 10.164);
  const crucible_sharpe_test test = a_test(0, 0.5);
  assert_near(sigma(record, sharpe, AT_NULL), 0.32858859404279556, 1e-9, 0);
  assert_near(sigma(a_sharpe_record(sharpe, 24, 0, 3), sharpe, AT_NULL),
              0.21445954499051031, 1e-9, 0);
  assert_near(psr(record, 0, AT_NULL), 0.9872072612614331, 1e-9, 0);
  assert_near(psr(record, 0.1, AT_NULL), 0.9391476251031434, 1e-9, 0);
  assert_near(min_trl(record, 0, 0.95, AT_NULL), 13.02877831559373, 1e-9, 0);
  const crucible_sharpe_test_result r = result_of(record, &test);
  assert_near(1 - r.power, 0.3152080143705137, 1e-9, 0);
  assert_near(r.pfdr, 0.581, 0, 0.0005);
  assert_near(r.ofdr, 0.306, 0, 0.0005);
  record.autocorrelation = 0.2;
  assert_near(psr(record, 0, AT_NULL), 0.9658320053889371, 1e-9, 0);
  assert_near(sigma(record, sharpe, AT_NULL), 0.3794899975333316, 1e-9, 0);
}

static void both_variances_equal_those_of_the_formulas(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/sharpe.csv");
  size_t n = 0;
  for (size_t i = 0; i < rows.n; ++i) {
    if (strcmp(rows.row[i].word, "psr") != 0)
      continue;
    const double *c = rows.row[i].cell;
    crucible_sharpe_record record =
        a_sharpe_record(c[1], (uint64_t)c[3], c[4], c[5]);
    record.autocorrelation = c[6];
    assert_near(psr(record, c[2], ESTIMATE), c[8], 1e-12, 0);
    assert_near(sigma(record, c[2], ESTIMATE), c[10], 1e-13, 0);
    double mean, spread;
    assert_int_equal(crucible_normal_max((uint64_t)c[7], 0, &mean, &spread),
                     CRUCIBLE_OK);
    assert_near(sigma(record, c[2], AT_NULL) * sqrt(spread), c[11], 1e-11, 0);
    ++n;
  }
  assert_int_equal(n, 7);
  golden_rows_free(&rows);
}

static void dsr_under_the_null_narrows_the_law_of_the_best(void **state) {
  (void)state;
  const crucible_sharpe_record record =
      a_sharpe_record(0.036 / 0.079, 24, -2.448, 10.164);
  crucible_dsr_options options;
  crucible_dsr_result of = {.struct_size = sizeof of};
  crucible_dsr_options_init(&options, sizeof options);
  options.n_trials = 10;
  options.trial_sharpe_variance = 0.01;
  options.variance_at = AT_NULL;
  assert_int_equal(crucible_dsr(&record, &options, &of), CRUCIBLE_OK);
  const double excess = record.sharpe_per_observation - of.expected_max_sharpe;
  const double one = excess / sigma(record, of.expected_max_sharpe, AT_NULL);
  assert_near(of.z, one / sqrt(0.34434382326069024), 1e-11, 0);
}

/* ---- the largest of many ---- */

static void moments_of_the_largest_have_eleven_digits(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/sharpe.csv");
  size_t n = 0;
  for (size_t i = 0; i < rows.n; ++i) {
    const double *c = rows.row[i].cell;
    double mean, variance;
    if (strcmp(rows.row[i].word, "max") != 0)
      continue;
    assert_int_equal(crucible_normal_max((uint64_t)c[1], 0, &mean, &variance),
                     CRUCIBLE_OK);
    assert_near(mean, c[2], 1e-11, 1e-15);
    assert_near(variance, c[3], 1e-11, 0);
    ++n;
  }
  assert_int_equal(n, 16);
  golden_rows_free(&rows);
}

/* Two numbers, in closed form; (1 - rho) in place of its root in the mean
   fails here. */
static void the_larger_of_two_shrinks_with_the_root(void **state) {
  (void)state;
  const double pi = 3.14159265358979323846;
  for (double rho = 0; rho <= 1; rho += 0.125) {
    double mean, variance;
    assert_int_equal(crucible_normal_max(2, rho, &mean, &variance),
                     CRUCIBLE_OK);
    assert_near(mean, sqrt((1 - rho) / pi), 1e-12, 0);
    assert_near(variance, 1 - (1 - rho) / pi, 1e-12, 0);
  }
}

static void shortest_backtest_is_that_of_bailey_et_al(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/sharpe.csv");
  size_t n = 0;
  for (size_t i = 0; i < rows.n; ++i) {
    const double *c = rows.row[i].cell;
    double length;
    if (strcmp(rows.row[i].word, "length") != 0)
      continue;
    assert_int_equal(
        crucible_min_backtest_length((uint64_t)c[1], c[2] / sqrt(252), &length),
        CRUCIBLE_OK);
    assert_near(length / 252, c[3], 1e-12, 0);
    ++n;
  }
  assert_int_equal(n, 5);
  golden_rows_free(&rows);
}

/* ---- tests ---- */

static void tests_equal_those_of_scipy(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/sharpe.csv");
  size_t n = 0;
  for (size_t i = 0; i < rows.n; ++i) {
    const double *c = rows.row[i].cell;
    if (strcmp(rows.row[i].word, "test") != 0)
      continue;
    crucible_sharpe_record record =
        a_sharpe_record(c[1], (uint64_t)c[2], c[3], c[4]);
    crucible_sharpe_test test = a_test(c[6], c[7]);
    record.autocorrelation = c[5];
    test.alpha = c[8];
    test.prior = c[9];
    test.fdr = c[10];
    test.n_trials = (uint64_t)c[11];
    const crucible_sharpe_test_result r = result_of(record, &test);
    const double found[] = {r.sigma_benchmark,
                            r.sigma_alternative,
                            r.critical,
                            r.power,
                            r.p_value,
                            r.pfdr,
                            r.ofdr,
                            r.fdr_critical,
                            r.fdr_alpha,
                            r.fdr_power};
    for (size_t k = 0; k < sizeof found / sizeof *found; ++k)
      assert_near(found[k], c[12 + k], 1e-10, 0);
    ++n;
  }
  assert_int_equal(n, 7);
  golden_rows_free(&rows);
}

static void
false_discoveries_are_bounded_or_told_to_be_unbounded(void **state) {
  (void)state;
  const crucible_sharpe_record record = a_sharpe_record(0.1, 100, 0, 3);
  crucible_sharpe_test test = a_test(0, 0.05);
  test.prior = 0.99; /* fewer than fdr are luck before any record */
  crucible_sharpe_test_result r = result_of(record, &test);
  assert_near(r.fdr_critical, -INFINITY, 0, 0);
  assert_near(r.fdr_alpha, 1, 0, 0);
  assert_near(r.fdr_power, 1, 0, 0);
  /* the luckless scatter more than the able, who are few: far out it is luck */
  crucible_sharpe_record lottery = a_sharpe_record(0.1, 100, 3, 10.5);
  test = a_test(0, 0.3);
  test.prior = 0.01;
  test.fdr = 0.01;
  r = result_of(lottery, &test);
  assert_true(r.sigma_benchmark > r.sigma_alternative);
  assert_true(isnan(r.fdr_critical) && isnan(r.fdr_alpha) &&
              isnan(r.fdr_power));
  /* hopeless priors and tiny shares are still found where skill scatters */
  lottery.skewness = -3;
  test.prior = 1e-9;
  test.fdr = 1e-9;
  r = result_of(lottery, &test);
  const double luck = r.fdr_alpha * (1 - 1e-9), skill = r.fdr_power * 1e-9;
  assert_near(luck / (luck + skill), 1e-9, 1e-6, 0);
}

/* ---- properties ---- */

static void length_is_where_psr_reaches_the_probability(void **state) {
  (void)state;
  crucible_sharpe_record record = a_sharpe_record(0.08, 100, -1, 6);
  record.autocorrelation = 0.1;
  record.long_run_variance = 1.7;
  for (int32_t at = ESTIMATE; at <= HAC; ++at) {
    const double n = min_trl(record, 0.01, 0.975, at);
    record.n = (uint64_t)ceil(n);
    assert_true(psr(record, 0.01, at) >= 0.975);
    --record.n;
    assert_true(psr(record, 0.01, at) < 0.975);
  }
}

static void dependence_costs_as_many_returns_as_it_says(void **state) {
  (void)state;
  /* against 0 the factor of an AR(1) process is (1 + rho) / (1 - rho) */
  crucible_sharpe_record record = a_sharpe_record(0.05, 1000, 0, 3);
  const double independent = sigma(record, 0, AT_NULL);
  record.autocorrelation = 0.5;
  assert_near(sigma(record, 0, AT_NULL), independent * sqrt(3), 1e-14, 0);
  record.long_run_variance = 3;
  assert_near(sigma(record, 0, HAC), independent * sqrt(3), 1e-14, 0);
}

/* ---- refusals ---- */

static void refuses(crucible_sharpe_record record, crucible_status status,
                    const char *words) {
  double out = 7;
  crucible_dsr_result dsr = {.struct_size = sizeof dsr};
  crucible_sharpe_test_result result = {.struct_size = sizeof result};
  const crucible_sharpe_test test = a_test(0, 0.5);
  assert_int_equal(crucible_psr(&record, 0, AT_NULL, &out), status);
  if (strstr(crucible_last_error(), words) == NULL)
    fail_msg("no %s in: %s", words, crucible_last_error());
  assert_int_equal(crucible_sharpe_sigma(&record, 0, AT_NULL, &out), status);
  assert_int_equal(crucible_min_trl(&record, -9, 0.9, AT_NULL, &out), status);
  assert_int_equal(crucible_dsr(&record, NULL, &dsr), status);
  assert_int_equal(crucible_sharpe_test_of(&record, &test, &result), status);
  assert_near(out + dsr.dsr + result.power, 7, 0, 0); /* nothing written */
}

static void records_of_no_returns_are_refused(void **state) {
  (void)state;
  const crucible_sharpe_record good = a_sharpe_record(0.1, 500, -2, 6);
  crucible_sharpe_record bad = good;
  bad.kurtosis = 5 - 3; /* an excess */
  refuses(bad, CRUCIBLE_E_INVALID, "Pearson");
  bad.kurtosis = 5; /* the least there is with a skewness of -2 */
  assert_true(psr(bad, 0, ESTIMATE) > 0.5);
  bad.kurtosis = 5 - 1e-6;
  refuses(bad, CRUCIBLE_E_INVALID, "Pearson");
  bad = good;
  bad.n = 1;
  refuses(bad, CRUCIBLE_E_TOO_SHORT, "n is 1");
  crucible_sharpe_record_init(&bad, sizeof bad);
  refuses(bad, CRUCIBLE_E_TOO_SHORT, "n is 0");
  const double wrong[] = {NAN, INFINITY, -INFINITY};
  for (size_t i = 0; i < 3; ++i) {
    bad = good;
    bad.sharpe_per_observation = wrong[i];
    refuses(bad, CRUCIBLE_E_INVALID, "sharpe_per_observation");
    bad = good;
    bad.skewness = wrong[i];
    refuses(bad, CRUCIBLE_E_INVALID, "skewness");
    bad = good;
    bad.kurtosis = wrong[i];
    refuses(bad, CRUCIBLE_E_INVALID, "kurtosis");
    bad = good;
    bad.autocorrelation = wrong[i];
    refuses(bad, CRUCIBLE_E_INVALID, "autocorrelation");
    bad = good;
    bad.long_run_variance = wrong[i];
    refuses(bad, CRUCIBLE_E_INVALID, "long_run_variance");
  }
  bad = good;
  bad.autocorrelation = -1;
  refuses(bad, CRUCIBLE_E_INVALID, "(-1, 1)");
  bad.autocorrelation = 1;
  refuses(bad, CRUCIBLE_E_INVALID, "(-1, 1)");
  bad = good;
  bad.long_run_variance = -1;
  refuses(bad, CRUCIBLE_E_INVALID, "long_run_variance");
  bad = good;
  bad.struct_size = 3;
  refuses(bad, CRUCIBLE_E_INVALID, "crucible_sharpe_record");
}

static void questions_without_an_answer_are_refused(void **state) {
  (void)state;
  crucible_sharpe_record record = a_sharpe_record(0.1, 500, 0, 3);
  double out = 7, other = 7;
  assert_int_equal(crucible_psr(NULL, 0, 0, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_psr(&record, 0, 0, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_psr(&record, NAN, 0, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_psr(&record, 0, 3, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_psr(&record, 0, -1, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_psr(&record, 0, HAC, &out), CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "record_dependent"));
  assert_int_equal(crucible_sharpe_sigma(&record, 0, 0, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sharpe_sigma(&record, INFINITY, 0, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_min_trl(&record, 0.1, 0.9, 0, &out),
                   CRUCIBLE_E_DOMAIN);
  assert_int_equal(crucible_min_trl(&record, 0, 1, 0, &out),
                   CRUCIBLE_E_INVALID);
  /* returns that are -1 or 1 times the same: the ratio is known exactly */
  record = a_sharpe_record(1, 500, 2, 5);
  assert_int_equal(crucible_psr(&record, 0, ESTIMATE, &out), CRUCIBLE_E_DOMAIN);
  assert_int_equal(crucible_normal_max(0, 0, &out, &other), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_normal_max(2, -0.1, &out, &other),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_normal_max(2, NAN, &out, &other),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_normal_max(2, 0, NULL, &other), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_normal_max(2, 0, &out, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_min_backtest_length(1, 1, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_min_backtest_length(9, 0, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_min_backtest_length(9, 1e-300, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_min_backtest_length(9, 1, NULL),
                   CRUCIBLE_E_INVALID);
  assert_near(out + other, 14, 0, 0);
}

static void tests_that_test_nothing_are_refused(void **state) {
  (void)state;
  const crucible_sharpe_record record = a_sharpe_record(0.1, 500, 0, 3);
  const crucible_sharpe_test good = a_test(0, 0.1);
  crucible_sharpe_test_result result = {.struct_size = sizeof result};
  assert_int_equal(crucible_sharpe_test_of(&record, NULL, &result),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sharpe_test_of(&record, &good, NULL),
                   CRUCIBLE_E_INVALID);
  const double bad[] = {0, 1, -0.5, NAN};
  for (size_t i = 0; i < 4; ++i) {
    crucible_sharpe_test test[4] = {good, good, good, good};
    test[0].alpha = test[1].prior = test[2].fdr = bad[i];
    test[3].alternative = i == 3 ? (double)NAN : -bad[i] * bad[i];
    for (size_t k = 0; k < 4; ++k)
      assert_int_equal(crucible_sharpe_test_of(&record, &test[k], &result),
                       CRUCIBLE_E_INVALID);
  }
  crucible_sharpe_test test = good;
  test.n_trials = 0;
  assert_int_equal(crucible_sharpe_test_of(&record, &test, &result),
                   CRUCIBLE_E_INVALID);
  crucible_sharpe_test_init(&test, sizeof test); /* no alternative */
  assert_int_equal(crucible_sharpe_test_of(&record, &test, &result),
                   CRUCIBLE_E_INVALID);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(published_figures_are_reproduced),
      cmocka_unit_test(figures_of_2025_are_reproduced),
      cmocka_unit_test(both_variances_equal_those_of_the_formulas),
      cmocka_unit_test(dsr_under_the_null_narrows_the_law_of_the_best),
      cmocka_unit_test(moments_of_the_largest_have_eleven_digits),
      cmocka_unit_test(the_larger_of_two_shrinks_with_the_root),
      cmocka_unit_test(shortest_backtest_is_that_of_bailey_et_al),
      cmocka_unit_test(tests_equal_those_of_scipy),
      cmocka_unit_test(false_discoveries_are_bounded_or_told_to_be_unbounded),
      cmocka_unit_test(length_is_where_psr_reaches_the_probability),
      cmocka_unit_test(dependence_costs_as_many_returns_as_it_says),
      cmocka_unit_test(records_of_no_returns_are_refused),
      cmocka_unit_test(questions_without_an_answer_are_refused),
      cmocka_unit_test(tests_that_test_nothing_are_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
