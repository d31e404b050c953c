/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/selection.h>

#include "base/rng.h"
#include "stats/bootstrap.h"
#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/near.h"

enum { MOST = 6000 };

static void autoregression(uint32_t seed, size_t n, double a, double *x) {
  for (size_t t = 0; t < n; ++t)
    x[t] = lcg_next(&seed) - 0.5 + (t > 0 ? a * x[t - 1] : 0);
}

/* Independent normal returns in columns. */
static void normals(uint64_t seed, size_t n, double mean, double *x) {
  crucible__rng rng;
  crucible__rng_init(&rng, seed, CRUCIBLE__RNG_TEST, 1);
  for (size_t i = 0; i < n; ++i)
    x[i] = mean + crucible__rng_normal(&rng);
}

/* ---- block length, resamples, variance ---- */

static void block_length_is_that_of_arch(void **state) {
  (void)state;
  static double x[MOST];
  golden_rows rows = golden_rows_read("stats/block_length.csv");
  assert_int_equal(rows.n, 8);
  for (size_t i = 0; i < rows.n; ++i) {
    const double *cell = rows.row[i].cell;
    const size_t n = (size_t)cell[1];
    double stationary, circular;
    autoregression((uint32_t)cell[0], n, cell[2], x);
    assert_int_equal(crucible_block_length(x, n, &stationary, &circular),
                     CRUCIBLE_OK);
    assert_near(stationary, cell[3], 1e-9, 0);
    assert_near(circular, cell[4], 1e-9, 0);
  }
  golden_rows_free(&rows);
}

static void resamples_have_blocks_of_the_length_asked_for(void **state) {
  (void)state;
  static uint32_t index[MOST];
  static double drawn[MOST];
  const double length = 7.5;
  double breaks = 0, total = 0;
  for (uint64_t id = 0; id < 40; ++id) {
    crucible__bootstrap_draw(3, id, MOST, length, index);
    for (size_t i = 0; i < MOST; ++i) {
      assert_true(index[i] < MOST);
      drawn[index[i]] += 1;
      breaks += i > 0 && index[i] != (index[i - 1] + 1) % MOST;
      total += i > 0;
    }
  }
  /* 240,000 steps, each a break with p = 1 / 7.5: four standard errors */
  assert_near(breaks / total, 1 / length, 0,
              4 * sqrt((1 - 1 / length) / length / total));
  double squares = 0; /* every observation as often as any other */
  for (size_t i = 0; i < MOST; ++i)
    squares += (drawn[i] - 40) * (drawn[i] - 40) / MOST;
  assert_true(squares > 20 && squares < 60);
}

/* The sum of Politis and Romano's kernel over all lags, as arch has it. */
static double kernel_variance(const double *x, size_t n, double length) {
  const double q = 1 - 1 / length, size = (double)n;
  double variance = 0;
  for (size_t lag = 0; lag < n; ++lag) {
    double product = 0;
    for (size_t t = lag; t < n; ++t)
      product += x[t] * x[t - lag] / size;
    const double i = (double)lag;
    variance +=
        lag == 0
            ? product
            : 2 * product *
                  ((1 - i / size) * pow(q, i) + i / size * pow(q, size - i));
  }
  return variance;
}

static void variance_in_one_pass_is_the_sum_over_all_lags(void **state) {
  (void)state;
  static double x[700];
  for (uint32_t seed = 1; seed < 30; ++seed) {
    const size_t n = 16 + 23 * seed;
    const double length = seed % 7 == 0 ? (double)n : 1 + 0.37 * seed;
    double mean = 0;
    autoregression(seed, n, seed % 2 ? 0.6 : -0.3, x);
    for (size_t t = 0; t < n; ++t)
      mean += x[t] / (double)n;
    for (size_t t = 0; t < n; ++t)
      x[t] -= mean;
    assert_near(crucible__bootstrap_variance(x, n, length),
                kernel_variance(x, n, length), 1e-10, 1e-15);
  }
}

/* ---- intervals ---- */

static crucible_bootstrap_options bootstrap_options(int32_t statistic,
                                                    int32_t interval) {
  crucible_bootstrap_options options;
  crucible_bootstrap_options_init(&options, sizeof options);
  options.statistic = statistic;
  options.interval = interval;
  return options;
}

static crucible_bootstrap_result
bootstrap_of(const double *x, size_t n,
             const crucible_bootstrap_options *options) {
  crucible_bootstrap_result result = {.struct_size = sizeof result};
  assert_int_equal(crucible_bootstrap(x, n, options, &result, NULL, 0),
                   CRUCIBLE_OK);
  return result;
}

/* What the closed form says of a resample's mean, its resamples show. */
static void standard_error_is_that_of_the_closed_form(void **state) {
  (void)state;
  static double x[500];
  double mean = 0;
  autoregression(11, 500, 0.5, x);
  crucible_bootstrap_options o =
      bootstrap_options(CRUCIBLE_STATISTIC_MEAN, CRUCIBLE_INTERVAL_PERCENTILE);
  o.block_length = 12;
  o.n_resamples = 20000;
  const crucible_bootstrap_result found = bootstrap_of(x, 500, &o);
  for (size_t t = 0; t < 500; ++t)
    mean += x[t] / 500;
  assert_near(found.estimate, mean, 1e-12, 0);
  for (size_t t = 0; t < 500; ++t)
    x[t] -= mean;
  const double error = sqrt(crucible__bootstrap_variance(x, 500, 12) / 500);
  assert_near(found.standard_error, error, 0.025, 0); /* 5 / sqrt(2 20000) */
  assert_near(found.low, mean - 1.96 * error, 0, 0.1 * error);
  assert_near(found.high, mean + 1.96 * error, 0, 0.1 * error);
}

/* 200 records of independent returns: how many intervals hold the truth. */
static void intervals_hold_the_truth_as_often_as_they_say(void **state) {
  (void)state;
  static double x[300];
  for (int32_t statistic = 1; statistic <= 2; ++statistic)
    for (int32_t interval = 1; interval <= 2; ++interval) {
      crucible_bootstrap_options o = bootstrap_options(statistic, interval);
      int held = 0;
      o.n_resamples = 300;
      o.confidence = 0.9;
      for (uint64_t seed = 0; seed < 200; ++seed) {
        normals(seed, 300, 0.1, x);
        const crucible_bootstrap_result found = bootstrap_of(x, 300, &o);
        held += found.low <= 0.1 && found.high >= 0.1;
      }
      /* 180 expected, standard error 4.2; block bootstraps are a bit short */
      assert_in_range(held, 162, 194);
    }
}

/* z - SR / 2 (z^2 - 1) has mean 0 and divisor n - 1 leaves a trace of it. */
static double sharpe_and_influence(const double *x, size_t n, double *psi) {
  double mean = 0, variance = 0, rest = 0;
  for (size_t i = 0; i < n; ++i)
    mean += x[i] / (double)n;
  for (size_t i = 0; i < n; ++i)
    variance += (x[i] - mean) * (x[i] - mean) / (double)(n - 1);
  const double sharpe = mean / sqrt(variance);
  for (size_t i = 0; i < n; ++i) {
    const double z = (x[i] - mean) / sqrt(variance);
    psi[i] = z - sharpe / 2 * (z * z - 1);
    rest += psi[i] / (double)n;
  }
  for (size_t i = 0; i < n; ++i)
    psi[i] -= rest;
  return sharpe;
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The definition once more. */
static void studentised_intervals_measure_in_standard_errors(void **state) {
  (void)state;
  enum { T = 60, R = 201 };
  static double x[T], drawn[T], psi[T], distance[R];
  uint32_t index[T];
  normals(12, T, 1.5, x);
  const double sharpe = sharpe_and_influence(x, T, psi);
  const double error = sqrt(kernel_variance(psi, T, 3) / T);
  for (uint64_t r = 0; r < R; ++r) {
    double sum = 0, squares = 0;
    crucible__bootstrap_draw(4, r, T, 3, index);
    for (size_t i = 0; i < T; ++i)
      drawn[i] = x[index[i]];
    distance[r] = sharpe_and_influence(drawn, T, psi) - sharpe;
    for (size_t i = 0; i < T; ++i) {
      sum += psi[i];
      if (i + 1 == T || index[i + 1] != (index[i] + 1) % T) {
        squares += sum * sum;
        sum = 0;
      }
    }
    distance[r] /= sqrt(squares) / T;
  }
  qsort(distance, R, sizeof *distance, compare);
  crucible_bootstrap_options o = bootstrap_options(
      CRUCIBLE_STATISTIC_SHARPE, CRUCIBLE_INTERVAL_STUDENTISED);
  o.seed = 4;
  o.n_resamples = R;
  o.block_length = 3;
  o.confidence = 0.9; /* places 10 and 190 of 0 to 200 */
  const crucible_bootstrap_result found = bootstrap_of(x, T, &o);
  assert_near(found.low, sharpe - error * distance[190], 1e-9, 0);
  assert_near(found.high, sharpe - error * distance[10], 1e-9, 0);
}

static int32_t second_moment(const double *x, size_t n, double *value,
                             void *user_data) {
  (void)user_data;
  *value = 0;
  for (size_t i = 0; i < n; ++i)
    *value += x[i] * x[i] / (double)n;
  return 0;
}

static int32_t mean_by_hand(const double *x, size_t n, double *value,
                            void *user_data) {
  (void)user_data;
  *value = 0;
  for (size_t i = 0; i < n; ++i)
    *value += x[i];
  *value /= (double)n;
  return 0;
}

static int32_t give_up(const double *x, size_t n, double *value,
                       void *user_data) {
  (void)x, (void)n, (void)user_data;
  *value = 0;
  return 9;
}

static void a_callback_is_a_statistic_like_any_other(void **state) {
  (void)state;
  static double x[100];
  normals(5, 100, 0, x);
  crucible_bootstrap_options o =
      bootstrap_options(CRUCIBLE_STATISTIC_MEAN, CRUCIBLE_INTERVAL_PERCENTILE);
  const crucible_bootstrap_result known = bootstrap_of(x, 100, &o);
  o.callback = mean_by_hand;
  crucible_bootstrap_result found = bootstrap_of(x, 100, &o);
  assert_memory_equal(&found, &known, sizeof found);
  o.callback = second_moment;
  found = bootstrap_of(x, 100, &o);
  assert_true(found.low < found.estimate && found.estimate < found.high);
}

static void resamples_depend_on_the_seed_alone(void **state) {
  (void)state;
  static double x[200], one[2000], other[2000];
  crucible_bootstrap_result result = {.struct_size = sizeof result};
  normals(6, 200, 0.05, x);
  crucible_bootstrap_options o = bootstrap_options(
      CRUCIBLE_STATISTIC_SHARPE, CRUCIBLE_INTERVAL_STUDENTISED);
  assert_int_equal(crucible_bootstrap(x, 200, &o, &result, one, 2000),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_pool_create(3, &o.pool), CRUCIBLE_OK);
  assert_int_equal(crucible_bootstrap(x, 200, &o, &result, other, 2000),
                   CRUCIBLE_OK);
  assert_same_bits_n(one, other, 2000);
  o.seed = 1;
  assert_int_equal(crucible_bootstrap(x, 200, &o, &result, other, 2000),
                   CRUCIBLE_OK);
  assert_true(one[0] != other[0]);
  crucible_pool_destroy(o.pool);
}

/* ---- reality check ---- */

static crucible_reality_check_options check_options(void) {
  crucible_reality_check_options options;
  crucible_reality_check_options_init(&options, sizeof options);
  return options;
}

static crucible_reality_check_result
check_of(const crucible_matrix *returns,
         const crucible_reality_check_options *options) {
  crucible_reality_check_result result = {.struct_size = sizeof result};
  assert_int_equal(crucible_reality_check(returns, options, &result),
                   CRUCIBLE_OK);
  return result;
}

/* The definition once more, resample by resample. */
static void p_values_are_what_their_definitions_say(void **state) {
  (void)state;
  enum { T = 90, N = 11, R = 403 };
  static double x[T * N], benchmark[T];
  uint32_t index[T];
  double mean[N], omega[N], d[N][T], best = 0, best_mean = -1, p[4] = {0};
  int considered = 0;
  normals(7, T * N, 0, x);
  normals(8, T, 0.05, benchmark);
  for (size_t k = 0; k < N; ++k) {
    mean[k] = 0;
    for (size_t t = 0; t < T; ++t) {
      x[t * N + k] = (x[t * N + k] + 0.3 - 0.1 * (double)k) * (1 + (double)k);
      d[k][t] = x[t * N + k] - benchmark[t];
      mean[k] += d[k][t] / T;
    }
    for (size_t t = 0; t < T; ++t)
      d[k][t] -= mean[k];
    omega[k] = sqrt(kernel_variance(d[k], T, 4));
    best = fmax(best, mean[k] / omega[k]);
    best_mean = fmax(best_mean, mean[k]);
    considered +=
        mean[k] >= -sqrt(omega[k] * omega[k] / T * 2 * log(log((double)T)));
  }
  for (uint64_t r = 0; r < R; ++r) {
    double most[4] = {0, 0, 0, -INFINITY};
    crucible__bootstrap_draw(5, r, T, 4, index);
    for (size_t k = 0; k < N; ++k) {
      double z = 0;
      for (size_t t = 0; t < T; ++t)
        z += d[k][index[t]] / T;
      const int counts =
          mean[k] >= -sqrt(omega[k] * omega[k] / T * 2 * log(log((double)T)));
      most[0] = fmax(most[0], (z + fmin(mean[k], 0)) / omega[k]);
      most[1] = fmax(most[1], (z + (counts ? 0 : mean[k])) / omega[k]);
      most[2] = fmax(most[2], z / omega[k]);
      most[3] = fmax(most[3], z);
    }
    for (int i = 0; i < 3; ++i)
      p[i] += most[i] > best;
    p[3] += most[3] > best_mean;
  }
  const crucible_matrix returns = {x, T, N, N, 1};
  crucible_reality_check_options o = check_options();
  o.benchmark = benchmark;
  o.block_length = 4;
  o.seed = 5;
  o.n_resamples = R;
  const crucible_reality_check_result found = check_of(&returns, &o);
  assert_near(found.p_lower, p[0] / R, 1e-12, 0);
  assert_near(found.p_consistent, p[1] / R, 1e-12, 0);
  assert_near(found.p_upper, p[2] / R, 1e-12, 0);
  assert_near(found.p_white, p[3] / R, 1e-12, 0);
  assert_near(found.statistic, best * sqrt((double)T), 1e-12, 0);
  assert_near(found.best_mean, best_mean, 1e-12, 0);
  assert_int_equal(found.n_considered, considered);
  assert_true(considered < N && found.p_upper > found.p_consistent);
}

static void p_values_are_ordered_and_find_an_edge(void **state) {
  (void)state;
  enum { T = 200, N = 13 };
  static double x[T * N];
  const crucible_matrix returns = {x, T, N, N, 1};
  crucible_reality_check_options o = check_options();
  o.n_resamples = 400;
  int rejected = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    normals(seed, T * N, 0, x);
    const crucible_reality_check_result found = check_of(&returns, &o);
    assert_true(found.p_lower <= found.p_consistent);
    assert_true(found.p_consistent <= found.p_upper);
    rejected += found.p_consistent < 0.1;
  }
  assert_in_range(rejected, 1, 24); /* 10 of 100 expected */
  for (size_t t = 0; t < T; ++t)
    x[t * N + 4] += 0.5;
  const crucible_reality_check_result edge = check_of(&returns, &o);
  assert_near(edge.p_upper, 0, 0, 0);
  assert_int_equal(edge.best_trial, 4);
}

static void the_check_depends_on_its_seed_alone(void **state) {
  (void)state;
  enum { T = 64, N = 9 };
  static double x[T * N], turned[T * N];
  normals(9, T * N, 0.02, x);
  for (size_t t = 0; t < T; ++t)
    for (size_t k = 0; k < N; ++k)
      turned[k * T + t] = x[t * N + k];
  const crucible_matrix rows = {x, T, N, N, 1}, columns = {turned, T, N, 1, T};
  crucible_reality_check_options o = check_options();
  const crucible_reality_check_result first = check_of(&rows, &o);
  assert_int_equal(crucible_pool_create(3, &o.pool), CRUCIBLE_OK);
  const crucible_reality_check_result found = check_of(&columns, &o);
  assert_memory_equal(&found, &first, sizeof found);
  crucible_pool_destroy(o.pool);
}

/* ---- refusals, memory ---- */

static void assert_interval_refused(const double *x, size_t n,
                                    const crucible_bootstrap_options *o,
                                    crucible_status status, const char *text) {
  crucible_bootstrap_result result = {.struct_size = sizeof result, .low = 7};
  assert_int_equal(crucible_bootstrap(x, n, o, &result, NULL, 0), status);
  assert_non_null(strstr(crucible_last_error(), text));
  assert_near(result.low, 7, 0, 0);
}

static void intervals_refuse_what_they_cannot_do(void **state) {
  (void)state;
  double x[20] = {0}, length;
  const crucible_bootstrap_options good =
      bootstrap_options(CRUCIBLE_STATISTIC_MEAN, CRUCIBLE_INTERVAL_PERCENTILE);
  crucible_bootstrap_options o = good;
  assert_interval_refused(x, 20, &o, CRUCIBLE_E_DOMAIN, "are 0");
  assert_int_equal(crucible_block_length(x, 20, &length, NULL),
                   CRUCIBLE_E_DOMAIN);
  normals(1, 20, 0, x);
  assert_interval_refused(x, 15, &o, CRUCIBLE_E_TOO_SHORT, "15 rows");
  assert_interval_refused(NULL, 20, &o, CRUCIBLE_E_INVALID, "returns is NULL");
  o.block_length = 0.5;
  assert_interval_refused(x, 20, &o, CRUCIBLE_E_INVALID, "block_length is 0.5");
  o = good, o.block_length = (double)NAN;
  assert_interval_refused(x, 20, &o, CRUCIBLE_E_INVALID, "block_length is nan");
  o = good, o.n_resamples = 9;
  assert_interval_refused(x, 20, &o, CRUCIBLE_E_INVALID, "n_resamples is 9");
  o = good, o.confidence = 1;
  assert_interval_refused(x, 20, &o, CRUCIBLE_E_INVALID, "confidence is 1");
  o = good, o.statistic = 0;
  assert_interval_refused(x, 20, &o, CRUCIBLE_E_INVALID, "statistic is 0");
  o = good, o.interval = 3;
  assert_interval_refused(x, 20, &o, CRUCIBLE_E_INVALID, "interval is 3");
  o = good, o.callback = give_up;
  assert_interval_refused(x, 20, &o, CRUCIBLE_E_CALLBACK, "returned 9");
  o.interval = CRUCIBLE_INTERVAL_STUDENTISED;
  assert_interval_refused(x, 20, &o, CRUCIBLE_E_UNSUPPORTED, "PERCENTILE");
  x[3] = (double)INFINITY;
  assert_interval_refused(x, 20, &good, CRUCIBLE_E_INVALID, "[3, 0] is inf");
}

static void the_check_refuses_what_it_cannot_do(void **state) {
  (void)state;
  double x[40], benchmark[20];
  crucible_matrix m = {x, 20, 2, 2, 1};
  crucible_reality_check_options o = check_options();
  crucible_reality_check_result result = {.struct_size = sizeof result};
  normals(2, 40, 0, x);
  for (size_t t = 0; t < 20; ++t)
    benchmark[t] = x[2 * t + 1];
  o.benchmark = benchmark;
  assert_int_equal(crucible_reality_check(&m, &o, &result), CRUCIBLE_E_DOMAIN);
  assert_non_null(strstr(crucible_last_error(), "column 1 differs"));
  benchmark[4] = (double)NAN;
  assert_int_equal(crucible_reality_check(&m, &o, &result), CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "benchmark[4, 0] is nan"));
  o = check_options(), o.is_studentised = 2;
  assert_int_equal(crucible_reality_check(&m, &o, &result), CRUCIBLE_E_INVALID);
  o = check_options(), m.rows = 15;
  assert_int_equal(crucible_reality_check(&m, &o, &result),
                   CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_reality_check(&m, &o, NULL), CRUCIBLE_E_INVALID);
}

static crucible_status run_both(void *data) {
  const crucible_matrix m = {data, 20, 2, 2, 1};
  crucible_reality_check_options c = check_options();
  crucible_reality_check_result checked = {.struct_size = sizeof checked};
  crucible_bootstrap_options o =
      bootstrap_options(CRUCIBLE_STATISTIC_MEAN, CRUCIBLE_INTERVAL_STUDENTISED);
  crucible_bootstrap_result result = {.struct_size = sizeof result};
  c.n_resamples = o.n_resamples = 10;
  c.block_length = 2;
  crucible_status status = crucible_bootstrap(data, 20, &o, &result, NULL, 0);
  if (status == CRUCIBLE_OK)
    status = crucible_reality_check(&m, &c, &checked);
  return status;
}

static void both_survive_every_failing_allocation(void **state) {
  (void)state;
  double x[40];
  normals(3, 40, 0, x);
  assert_int_equal(failing_alloc_run(run_both, x), 11);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(block_length_is_that_of_arch),
      cmocka_unit_test(resamples_have_blocks_of_the_length_asked_for),
      cmocka_unit_test(variance_in_one_pass_is_the_sum_over_all_lags),
      cmocka_unit_test(standard_error_is_that_of_the_closed_form),
      cmocka_unit_test(intervals_hold_the_truth_as_often_as_they_say),
      cmocka_unit_test(studentised_intervals_measure_in_standard_errors),
      cmocka_unit_test(a_callback_is_a_statistic_like_any_other),
      cmocka_unit_test(resamples_depend_on_the_seed_alone),
      cmocka_unit_test(p_values_are_what_their_definitions_say),
      cmocka_unit_test(p_values_are_ordered_and_find_an_edge),
      cmocka_unit_test(the_check_depends_on_its_seed_alone),
      cmocka_unit_test(intervals_refuse_what_they_cannot_do),
      cmocka_unit_test(the_check_refuses_what_it_cannot_do),
      cmocka_unit_test(both_survive_every_failing_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
