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
#include "base/simd.h"
#include "support/failing_alloc.h"
#include "support/near.h"

enum { MOST_SPLITS = 12870 };

static crucible_matrix by_rows(const double *data, size_t rows, size_t cols) {
  return (crucible_matrix){data, rows, cols, (ptrdiff_t)cols, 1};
}

/* Noise, uniform, with a drift per column. */
static double *drawn(uint64_t seed, size_t rows, size_t cols, double drift) {
  crucible__rng rng;
  double *x = malloc(rows * cols * sizeof *x);
  assert_non_null(x);
  crucible__rng_init(&rng, seed, CRUCIBLE__RNG_TEST, 0);
  for (size_t i = 0; i < rows * cols; ++i)
    x[i] =
        0.01 * (crucible__rng_uniform(&rng) - 0.5) + drift * (double)(i % cols);
  return x;
}

static crucible_pbo_options pbo_options(uint32_t n_blocks, int32_t statistic) {
  crucible_pbo_options options;
  crucible_pbo_options_init(&options, sizeof options);
  options.n_blocks = n_blocks;
  options.statistic = statistic;
  return options;
}

static crucible_pbo_result pbo_of(const crucible_matrix *returns,
                                  const crucible_pbo_options *options,
                                  crucible_pbo_split *splits) {
  crucible_pbo_result result = {.struct_size = sizeof result};
  assert_int_equal(crucible_pbo(returns, options, &result, splits,
                                splits != NULL ? MOST_SPLITS : 0),
                   CRUCIBLE_OK);
  return result;
}

/* golden.json, area "pbo": each value is a sum of twelve uniforms - 6. */
static void pbo_reproduces_the_golden_case(void **state) {
  (void)state;
  enum { T = 512, N = 20 };
  double *x = malloc(sizeof(double) * T * N);
  uint64_t s = 1;
  assert_non_null(x);
  for (size_t i = 0; i < (size_t)T * N; ++i) {
    x[i] = -6;
    for (int k = 0; k < 12; ++k) {
      s = s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
      x[i] += (double)(s >> 11) / 9007199254740992.0;
    }
  }
  const crucible_matrix returns = by_rows(x, T, N);
  const crucible_pbo_options options =
      pbo_options(8, CRUCIBLE_STATISTIC_SHARPE);
  const crucible_pbo_result result = pbo_of(&returns, &options, NULL);
  assert_int_equal(result.n_combinations, 70);
  assert_near(result.pbo, 0.8857142857142857, 1e-9, 0);
  assert_near(result.mean_logit, -1.2769112168329346, 1e-9, 0);
  assert_near(result.oos_loss_probability, 0.9, 1e-9, 0);
  free(x);
}

/* ---- against the definition, written down once more ---- */

static double statistic_of(const crucible_matrix *x, size_t col,
                           uint64_t blocks, size_t n_blocks, int is_sharpe) {
  const size_t length = x->rows / n_blocks, first = x->rows % n_blocks;
  long double sum = 0, squares = 0, n = 0;
  for (int pass = 0; pass < 2; ++pass)
    for (size_t t = first; t < x->rows; ++t) {
      const double r = x->data[(ptrdiff_t)t * x->row_stride +
                               (ptrdiff_t)col * x->col_stride];
      if (!(blocks >> ((t - first) / length) & 1))
        continue;
      if (pass == 0) {
        sum += (long double)r;
        n += 1;
      } else {
        squares += ((long double)r - sum / n) * ((long double)r - sum / n);
      }
    }
  if (!is_sharpe)
    return (double)(sum / n);
  return squares > 0 ? (double)(sum / n / sqrtl(squares / (n - 1))) : 0;
}

static void check_split(const crucible_matrix *x,
                        const crucible_pbo_split *split, size_t n_blocks,
                        int is_sharpe) {
  const uint64_t all = ((uint64_t)1 << n_blocks) - 1;
  double below = 0, equal = 0;
  assert_near(split->in_sample,
              statistic_of(x, split->trial, split->blocks, n_blocks, is_sharpe),
              1e-11, 1e-17);
  assert_near(
      split->out_of_sample,
      statistic_of(x, split->trial, ~split->blocks & all, n_blocks, is_sharpe),
      1e-11, 1e-17);
  for (size_t j = 0; j < x->cols; ++j) {
    assert_true(statistic_of(x, j, split->blocks, n_blocks, is_sharpe) <=
                split->in_sample + 1e-12);
    const double other =
        statistic_of(x, j, ~split->blocks & all, n_blocks, is_sharpe);
    const int same = fabs(other - split->out_of_sample) < 1e-12;
    equal += same;
    below += !same && other < split->out_of_sample;
  }
  assert_near(split->rank, below + (equal + 1) / 2, 0, 0);
  assert_near(split->logit,
              log(split->rank / ((double)x->cols + 1 - split->rank)), 1e-14,
              1e-15);
}

static void each_combination_is_what_its_definition_says(void **state) {
  (void)state;
  crucible_pbo_split *splits = malloc(MOST_SPLITS * sizeof *splits);
  assert_non_null(splits);
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const size_t rows = 61 + 7 * seed, cols = 2 + 3 * seed;
    const uint32_t n_blocks = 2 + 2 * (uint32_t)(seed % 4);
    double *x = drawn(seed, rows, cols, 1e-4);
    for (size_t t = 0; t < rows && seed % 3 == 0; ++t)
      x[t * cols + 1] = x[t * cols]; /* two equal trials */
    const int32_t statistic = 1 + (int32_t)(seed % 2);
    const crucible_matrix returns = by_rows(x, rows, cols);
    const crucible_pbo_options options = pbo_options(n_blocks, statistic);
    const crucible_pbo_result found = pbo_of(&returns, &options, splits);
    double overfit = 0;
    for (uint64_t k = 0; k < found.n_combinations; ++k) {
      check_split(&returns, &splits[k], n_blocks,
                  statistic == CRUCIBLE_STATISTIC_SHARPE);
      assert_int_equal(
          splits[k].blocks & splits[found.n_combinations - 1 - k].blocks, 0);
      overfit += splits[k].logit <= 0;
    }
    assert_near(found.pbo, overfit / (double)found.n_combinations, 1e-15, 0);
    free(x);
  }
  free(splits);
}

static void degradation_is_the_least_squares_line(void **state) {
  (void)state;
  crucible_pbo_split *splits = malloc(MOST_SPLITS * sizeof *splits);
  assert_non_null(splits);
  double *x = drawn(5, 120, 9, 3e-5);
  const crucible_matrix returns = by_rows(x, 120, 9);
  const crucible_pbo_options options =
      pbo_options(6, CRUCIBLE_STATISTIC_SHARPE);
  const crucible_pbo_result found = pbo_of(&returns, &options, splits);
  double residual = 0, moment = 0; /* residuals are orthogonal to 1 and x */
  for (uint64_t k = 0; k < found.n_combinations; ++k) {
    const double e = splits[k].out_of_sample - found.degradation_intercept -
                     found.degradation_slope * splits[k].in_sample;
    residual += e;
    moment += e * splits[k].in_sample;
  }
  assert_near(residual, 0, 0, 1e-13);
  assert_near(moment, 0, 0, 1e-13);
  assert_true(found.degradation_r_squared >= 0 &&
              found.degradation_r_squared <= 1);
  free(x);
  free(splits);
}

/* ---- properties ---- */

static void a_trial_that_is_always_best_is_no_overfit(void **state) {
  (void)state;
  double *x = drawn(1, 160, 10, 0);
  for (size_t t = 0; t < 160; ++t)
    x[t * 10 + 7] += 0.02;
  const crucible_matrix returns = by_rows(x, 160, 10);
  const crucible_pbo_options options =
      pbo_options(8, CRUCIBLE_STATISTIC_SHARPE);
  const crucible_pbo_result found = pbo_of(&returns, &options, NULL);
  assert_near(found.pbo, 0, 0, 0);
  assert_near(found.mean_logit, log(10.0), 1e-14, 0);
  assert_near(found.oos_loss_probability, 0, 0, 0);
  free(x);
}

/* By the mean, what is better in one half is worse in the other by as much. */
static void two_trials_of_equal_mean_are_always_overfit(void **state) {
  (void)state;
  double *x = drawn(2, 64, 2, 0);
  for (int column = 0; column < 2; ++column) {
    double mean = 0;
    for (size_t t = 0; t < 64; ++t)
      mean += x[2 * t + (size_t)column] / 64;
    for (size_t t = 0; t < 64; ++t)
      x[2 * t + (size_t)column] -= mean;
  }
  const crucible_matrix returns = by_rows(x, 64, 2);
  const crucible_pbo_options options = pbo_options(8, CRUCIBLE_STATISTIC_MEAN);
  assert_near(pbo_of(&returns, &options, NULL).pbo, 1, 0, 0);
  free(x);
}

static void ties_share_their_rank_and_are_counted(void **state) {
  (void)state;
  double *x = drawn(3, 40, 4, 0);
  for (size_t t = 0; t < 40; ++t)
    for (size_t j = 1; j < 4; ++j)
      x[4 * t + j] = x[4 * t];
  const crucible_matrix returns = by_rows(x, 40, 4);
  const crucible_pbo_options options =
      pbo_options(4, CRUCIBLE_STATISTIC_SHARPE);
  crucible_pbo_split splits[6];
  crucible_pbo_result found = {.struct_size = sizeof found};
  assert_int_equal(crucible_pbo(&returns, &options, &found, splits, 6),
                   CRUCIBLE_OK);
  assert_int_equal(found.n_tied, 6);
  assert_near(found.pbo, 1, 0, 0); /* a logit of 0 counts */
  for (size_t k = 0; k < 6; ++k) {
    assert_int_equal(splits[k].trial, 0);
    assert_near(splits[k].rank, 2.5, 0, 0);
    assert_near(splits[k].logit, 0, 0, 0);
  }
  free(x);
}

/* Order and strides, threads and vector level change no bit; a scale neither. */
static void the_bits_depend_on_the_returns_alone(void **state) {
  (void)state;
  enum { T = 101, N = 37 };
  double *x = drawn(4, T, N, 1e-5);
  double *turned = malloc(sizeof(double) * 2 * T * N);
  assert_non_null(turned);
  for (size_t t = 0; t < T; ++t)
    for (size_t j = 0; j < N; ++j)
      turned[2 * (j * T + t)] = 4 * x[t * N + j];
  const crucible_matrix returns = by_rows(x, T, N);
  const crucible_matrix other = {turned, T, N, 2, 2 * T};
  crucible_pbo_options options = pbo_options(10, CRUCIBLE_STATISTIC_SHARPE);
  const crucible_pbo_result first = pbo_of(&returns, &options, NULL);
  assert_int_equal(crucible_pool_create(3, &options.pool), CRUCIBLE_OK);
  for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level) {
    (void)crucible__simd_force(level);
    crucible_pbo_result found = pbo_of(&other, &options, NULL);
    assert_memory_equal(&found, &first, sizeof found);
  }
  (void)crucible__simd_force(-1);
  crucible_pool_destroy(options.pool);
  free(turned);
  free(x);
}

/* A trial that does not trade in half of the blocks has a ratio of 0 there. */
static void a_trial_at_rest_has_no_ratio_but_zero(void **state) {
  (void)state;
  const crucible_pbo_options options =
      pbo_options(4, CRUCIBLE_STATISTIC_SHARPE);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const size_t length = 15 + seed, rows = 4 * length;
    double *x = drawn(seed, rows, 3, 0);
    for (size_t t = 0; t < rows; ++t) {
      x[3 * t] -= 0.01; /* the others lose: the one at rest is best */
      x[3 * t + 2] -= 0.01;
      x[3 * t + 1] = t < rows / 2 ? 0 : x[3 * t + 1] + 0.02;
    }
    const crucible_matrix returns = by_rows(x, rows, 3);
    crucible_pbo_split splits[6];
    crucible_pbo_result found = {.struct_size = sizeof found};
    assert_int_equal(crucible_pbo(&returns, &options, &found, splits, 6),
                     CRUCIBLE_OK);
    for (size_t k = 0; k < 6; ++k)
      check_split(&returns, &splits[k], 4, 1);
    assert_int_equal(splits[0].trial, 1);
    assert_near(splits[0].in_sample, 0, 0, 0);
    free(x);
  }
}

/* ---- refusals, memory ---- */

static void assert_pbo_refused(const crucible_matrix *returns,
                               const crucible_pbo_options *options,
                               crucible_status status, const char *text) {
  crucible_pbo_result result = {.struct_size = sizeof result, .pbo = 7};
  assert_int_equal(crucible_pbo(returns, options, &result, NULL, 0), status);
  assert_non_null(strstr(crucible_last_error(), text));
  assert_near(result.pbo, 7, 0, 0);
}

static void pbo_refuses_what_it_cannot_do(void **state) {
  (void)state;
  double *x = drawn(7, 64, 3, 0);
  crucible_matrix m = by_rows(x, 64, 3);
  crucible_pbo_options o = pbo_options(8, CRUCIBLE_STATISTIC_SHARPE);
  crucible_pbo_result result = {.struct_size = sizeof result};
  crucible_pbo_split split;
  assert_pbo_refused(NULL, &o, CRUCIBLE_E_INVALID, "returns is NULL");
  o.n_blocks = 7;
  assert_pbo_refused(&m, &o, CRUCIBLE_E_INVALID, "n_blocks is 7");
  o.n_blocks = 26;
  assert_pbo_refused(&m, &o, CRUCIBLE_E_INVALID, "n_blocks is 26");
  o.n_blocks = 8, o.statistic = 9;
  assert_pbo_refused(&m, &o, CRUCIBLE_E_INVALID, "statistic is 9");
  o.statistic = CRUCIBLE_STATISTIC_SHARPE;
  m.cols = 1;
  assert_pbo_refused(&m, &o, CRUCIBLE_E_INVALID, "has 1 columns");
  m.cols = 3, m.rows = 15;
  assert_pbo_refused(&m, &o, CRUCIBLE_E_TOO_SHORT, "has 15 rows");
  m.rows = 64, x[3 * 10 + 2] = (double)NAN;
  assert_pbo_refused(&m, &o, CRUCIBLE_E_INVALID, "returns[10, 2] is nan");
  x[3 * 10 + 2] = 1e200;
  assert_pbo_refused(&m, &o, CRUCIBLE_E_INVALID, "returns[10, 2] is 1e+200");
  for (size_t t = 0; t < 64; ++t)
    x[3 * t + 2] = t < 32 ? 0.25 : 0.01 * (double)t;
  assert_pbo_refused(&m, &o, CRUCIBLE_E_DOMAIN, "column 2 is 0.25");
  for (size_t t = 0; t < 64; ++t)
    x[3 * t + 2] = 0.25;
  assert_pbo_refused(&m, &o, CRUCIBLE_E_DOMAIN, "column 2 are 0.25");
  assert_int_equal(crucible_pbo(&m, &o, &result, &split, 1), CRUCIBLE_E_DOMAIN);
  o.statistic = CRUCIBLE_STATISTIC_MEAN; /* a mean it has */
  assert_int_equal(crucible_pbo(&m, &o, &result, &split, 1),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "70 combinations"));
  assert_int_equal(crucible_pbo(&m, &o, &result, NULL, 0), CRUCIBLE_OK);
  assert_int_equal(crucible_pbo(&m, &o, NULL, NULL, 0), CRUCIBLE_E_INVALID);
  free(x);
}

static void pbo_stops_when_it_is_asked_to(void **state) {
  (void)state;
  double *x = drawn(8, 64, 3, 0);
  const crucible_matrix m = by_rows(x, 64, 3);
  crucible_pbo_options o = pbo_options(8, CRUCIBLE_STATISTIC_SHARPE);
  crucible_cancel *cancel;
  assert_int_equal(crucible_cancel_create(&cancel), CRUCIBLE_OK);
  crucible_cancel_request(cancel);
  o.cancel = cancel;
  crucible_pbo_result result = {.struct_size = sizeof result};
  assert_int_equal(crucible_pbo(&m, &o, &result, NULL, 0),
                   CRUCIBLE_E_CANCELLED);
  crucible_cancel_destroy(cancel);
  free(x);
}

static crucible_status run_pbo(void *data) {
  crucible_pbo_result result = {.struct_size = sizeof result};
  const crucible_pbo_options o = pbo_options(4, CRUCIBLE_STATISTIC_SHARPE);
  return crucible_pbo(data, &o, &result, NULL, 0);
}

static void pbo_survives_every_failing_allocation(void **state) {
  (void)state;
  double *x = drawn(9, 64, 3, 0);
  crucible_matrix m = by_rows(x, 64, 3);
  assert_int_equal(failing_alloc_run(run_pbo, &m), 4);
  free(x);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pbo_reproduces_the_golden_case),
      cmocka_unit_test(each_combination_is_what_its_definition_says),
      cmocka_unit_test(degradation_is_the_least_squares_line),
      cmocka_unit_test(a_trial_that_is_always_best_is_no_overfit),
      cmocka_unit_test(two_trials_of_equal_mean_are_always_overfit),
      cmocka_unit_test(ties_share_their_rank_and_are_counted),
      cmocka_unit_test(the_bits_depend_on_the_returns_alone),
      cmocka_unit_test(a_trial_at_rest_has_no_ratio_but_zero),
      cmocka_unit_test(pbo_refuses_what_it_cannot_do),
      cmocka_unit_test(pbo_stops_when_it_is_asked_to),
      cmocka_unit_test(pbo_survives_every_failing_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
