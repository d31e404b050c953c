/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/stats.h>

#include "base/normal.h"
#include "stats/moments.h"
#include "stats/sharpe.h"
#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/near.h"

static double psr_of(double sharpe, double benchmark, uint64_t n, double skew,
                     double kurtosis) {
  double psr;
  assert_int_equal(crucible_psr(sharpe, benchmark, n, skew, kurtosis, &psr),
                   CRUCIBLE_OK);
  return psr;
}

static crucible_moments moments_of(const double *x, size_t n) {
  crucible_moments moments;
  assert_int_equal(crucible_moments_of(x, n, &moments), CRUCIBLE_OK);
  return moments;
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

static void normal_quantile_names_its_ends(void **state) {
  (void)state;
  assert_near(crucible__normal_quantile(0), -INFINITY, 0, 0);
  assert_near(crucible__normal_quantile(1), INFINITY, 0, 0);
  assert_true(isnan(crucible__normal_quantile(-0.1)));
  assert_true(isnan(crucible__normal_quantile(1.1)));
  assert_true(isnan(crucible__normal_quantile(NAN)));
}

/* ---- moments ---- */

static void moments_equal_sixty_digit_arithmetic(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/moments.csv");
  for (size_t i = 0; i < rows.n; ++i) {
    const golden_row *row = &rows.row[i];
    const size_t n = (size_t)row->cell[2];
    double *x = malloc(n * sizeof *x);
    assert_non_null(x);
    lcg_series(row->word, (uint32_t)row->cell[1], n, x);
    /* what the deviations can be known to: ulp(1e9) for the offset series */
    const double class = strcmp(row->word, "offset") == 0 ? 1e-9 : 1e-12;
    const crucible_moments moments = moments_of(x, n);
    assert_near(moments.mean, row->cell[3], 1e-15, 1e-15 * row->cell[4]);
    assert_near(moments.stddev, row->cell[4], class, 0);
    assert_near(moments.skewness, row->cell[5], class, class);
    assert_near(moments.kurtosis, row->cell[6], class, 0);
    free(x);
  }
  golden_rows_free(&rows);
}

static void moments_follow_a_scale_and_a_shift(void **state) {
  (void)state;
  enum { N = 300 };
  double x[N], y[N];
  lcg_series("uniform", 21, N, x);
  const crucible_moments of_x = moments_of(x, N);
  const double scales[] = {0x1p-20, -0x1p300, 0x1p-900};
  for (size_t k = 0; k < 3; ++k) {
    for (size_t i = 0; i < N; ++i)
      y[i] = scales[k] * x[i];
    const crucible_moments of_y = moments_of(y, N);
    assert_near(of_y.mean, scales[k] * of_x.mean, 1e-14, 0);
    assert_near(of_y.stddev, fabs(scales[k]) * of_x.stddev, 1e-14, 0);
    assert_near(of_y.skewness, copysign(1, scales[k]) * of_x.skewness, 1e-13,
                0);
    assert_near(of_y.kurtosis, of_x.kurtosis, 1e-13, 0);
  }
  for (size_t i = 0; i < N; ++i)
    y[i] = x[i] + 1024;
  assert_near(moments_of(y, N).kurtosis, of_x.kurtosis, 1e-10, 0);
}

static void moments_refuse_what_has_none(void **state) {
  (void)state;
  const double equal[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
  const double holes[] = {0.1, 0.2, NAN, 0.4};
  const double endless[] = {0.1, INFINITY};
  const double two[] = {1, 2};
  crucible_moments moments = {1, 2, 3, 4};
  assert_int_equal(crucible_moments_of(NULL, 2, &moments), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_moments_of(two, 2, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_moments_of(two, 1, &moments), CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_moments_of(equal, 7, &moments), CRUCIBLE_E_DOMAIN);
  assert_int_equal(crucible_moments_of(holes, 4, &moments), CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "returns[2]"));
  assert_int_equal(crucible_moments_of(endless, 2, &moments),
                   CRUCIBLE_E_INVALID);
  assert_near(moments.mean + moments.kurtosis, 5, 0, 0); /* untouched */
}

static void sharpe_is_mean_over_stddev(void **state) {
  (void)state;
  const double returns[] = {0.01, 0.03, -0.01, 0.01}; /* mean .01 */
  double sharpe;
  assert_int_equal(crucible_sharpe(returns, 4, &sharpe), CRUCIBLE_OK);
  assert_near(sharpe, 0.01 / sqrt(0.0008 / 3), 1e-14, 0);
  assert_int_equal(crucible_sharpe(returns, 4, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sharpe(returns, 1, &sharpe), CRUCIBLE_E_TOO_SHORT);
}

/* ---- PSR, MinTRL, expected maximum, DSR ---- */

static void psr_reproduces_bailey_lopez_de_prado_2012(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/psr.csv");
  const char *cases[] = {"psr_2012_normal", "psr_2012_skewed"};
  for (size_t i = 0; i < 2; ++i) {
    const golden_row *row = golden_rows_find(&rows, cases[i]);
    const double psr =
        psr_of(row->cell[1], row->cell[2], (uint64_t)row->cell[3], row->cell[4],
               row->cell[5]);
    assert_near(psr, row->cell[6], 1e-12, 0);
    assert_near(psr, row->cell[7], 0, 0.0005);
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
    assert_int_equal(
        crucible_min_trl(c[1] / root, c[2] / root, c[3], c[4], c[5], &n),
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
  assert_int_equal(crucible_dsr(c[1] / sqrt(c[7]), (uint64_t)c[2], c[3], c[4],
                                &options, &result),
                   CRUCIBLE_OK);
  assert_near(result.dsr, c[8], 1e-12, 0);
  assert_near(result.dsr, c[9], 0, 0.00005);
  assert_near(result.expected_max_sharpe, 0.1132, 0, 0.00005);
  golden_rows_free(&rows);
}

static void dsr_of_one_trial_is_psr_against_zero(void **state) {
  (void)state;
  crucible_dsr_result result = {.struct_size = sizeof result};
  assert_int_equal(crucible_dsr(0.1, 500, -0.5, 5, NULL, &result), CRUCIBLE_OK);
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
    assert_int_equal(crucible_dsr(0.1, 500, 0, 3, &options, &result),
                     CRUCIBLE_OK);
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
    assert_int_equal(crucible_min_trl(0.08, 0.01, probabilities[i], -1, 6, &n),
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
  assert_int_equal(crucible_psr(0.1, 0, 1, 0, 3, &out), CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_psr(NAN, 0, 9, 0, 3, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_psr(0.1, INFINITY, 9, 0, 3, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_psr(0.1, 0, 9, NAN, 3, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_psr(0.1, 0, 9, 0, NAN, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_psr(0.1, 0, 9, 0, 3, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_psr(1, 0, 9, 3, 3, &out), CRUCIBLE_E_DOMAIN);
  assert_int_equal(crucible_psr(1e200, 0, 9, 0, 3, &out), CRUCIBLE_E_DOMAIN);
  assert_int_equal(crucible_min_trl(0.1, 0.1, 0.95, 0, 3, &out),
                   CRUCIBLE_E_DOMAIN);
  assert_int_equal(crucible_min_trl(0.1, 0, 1, 0, 3, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_min_trl(0.1, 0, 0, 0, 3, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_min_trl(0.1, 0, 0.9, 0, 3, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_expected_max_sharpe(0, 1, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_expected_max_sharpe(5, -1, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_expected_max_sharpe(5, NAN, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_dsr(0.1, 9, 0, 3, NULL, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_dsr(0.1, 1, 0, 3, NULL, &result),
                   CRUCIBLE_E_TOO_SHORT);
  assert_near(out, 7, 0, 0);
  result.struct_size = 3;
  assert_int_equal(crucible_dsr(0.1, 9, 0, 3, NULL, &result),
                   CRUCIBLE_E_INVALID);
}

/* ---- the rolling window ---- */

static crucible_rolling_moments *rolling_of(size_t window) {
  crucible_rolling_moments *rolling;
  assert_int_equal(crucible_rolling_moments_create(window, &rolling),
                   CRUCIBLE_OK);
  return rolling;
}

static void push(crucible_rolling_moments *rolling, double value) {
  assert_int_equal(crucible_rolling_moments_push(rolling, value), CRUCIBLE_OK);
}

static crucible_moments held_by(const crucible_rolling_moments *rolling,
                                size_t expected_n) {
  crucible_moments moments;
  size_t n;
  assert_int_equal(crucible_rolling_moments_get(rolling, &moments, &n),
                   CRUCIBLE_OK);
  assert_int_equal(n, expected_n);
  return moments;
}

static void window_equals_the_batch_at_every_step(void **state) {
  (void)state;
  enum { N = 1500 };
  double x[N];
  const size_t windows[] = {2, 3, 7, 64, 500, 5000};
  lcg_series("returns", 31, N, x);
  for (size_t k = 0; k < sizeof windows / sizeof *windows; ++k) {
    crucible_rolling_moments *rolling = rolling_of(windows[k]);
    for (size_t i = 0; i < N; ++i) {
      push(rolling, x[i]);
      const size_t n = i + 1 < windows[k] ? i + 1 : windows[k];
      if (n < 2)
        continue;
      const crucible_moments expected = moments_of(x + i + 1 - n, n);
      const crucible_moments moments = held_by(rolling, n);
      assert_near(moments.mean, expected.mean, 1e-12, 1e-18);
      assert_near(moments.stddev, expected.stddev, 1e-12, 0);
      assert_near(moments.skewness, expected.skewness, 1e-9, 1e-9);
      assert_near(moments.kurtosis, expected.kurtosis, 1e-9, 0);
    }
    crucible_rolling_moments_destroy(rolling);
  }
}

/* Two streams that differ only before the window agree to the bit. */
static void what_has_left_the_window_changes_no_bit(void **state) {
  (void)state;
  enum { N = 400, WINDOW = 37, CHANGED = 100 };
  double x[N];
  lcg_series("returns", 32, N, x);
  crucible_rolling_moments *a = rolling_of(WINDOW), *b = rolling_of(WINDOW);
  for (size_t i = 0; i < N; ++i) {
    push(a, x[i]);
    push(b, i < CHANGED ? (i % 3 == 0 ? 1e9 : -3e4) : x[i]);
    if (i + 1 < WINDOW || i < CHANGED + WINDOW - 1)
      continue;
    const crucible_moments of_a = held_by(a, WINDOW), of_b = held_by(b, WINDOW);
    assert_memory_equal(&of_a, &of_b, sizeof of_a);
  }
  crucible_rolling_moments_destroy(a);
  crucible_rolling_moments_destroy(b);
}

static void window_of_equal_values_is_refused_until_it_differs(void **state) {
  (void)state;
  crucible_moments moments = {1, 2, 3, 4};
  crucible_rolling_moments *rolling = rolling_of(5);
  assert_int_equal(crucible_rolling_moments_get(rolling, &moments, NULL),
                   CRUCIBLE_E_TOO_SHORT);
  push(rolling, 0.3);
  assert_int_equal(crucible_rolling_moments_get(rolling, &moments, NULL),
                   CRUCIBLE_E_TOO_SHORT);
  for (int i = 0; i < 23; ++i) { /* equal: exactly, whatever the split */
    push(rolling, 0.1);
    if (i >= 4)
      assert_int_equal(crucible_rolling_moments_get(rolling, &moments, NULL),
                       CRUCIBLE_E_DOMAIN);
  }
  push(rolling, 0.2);
  assert_near(held_by(rolling, 5).mean, 0.12, 1e-15, 0);
  assert_near(held_by(rolling, 5).skewness, 1.5, 1e-12, 0);
  crucible_rolling_moments_destroy(rolling);
}

static void window_refuses_bad_arguments_and_stays_as_it_was(void **state) {
  (void)state;
  crucible_rolling_moments *rolling = NULL;
  crucible_moments moments;
  assert_int_equal(crucible_rolling_moments_create(1, &rolling),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_rolling_moments_create(SIZE_MAX, &rolling),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_rolling_moments_create(9, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_rolling_moments_push(NULL, 1), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_rolling_moments_get(NULL, &moments, NULL),
                   CRUCIBLE_E_INVALID);
  rolling = rolling_of(3);
  push(rolling, 1);
  push(rolling, 2);
  assert_int_equal(crucible_rolling_moments_push(rolling, NAN),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_rolling_moments_push(rolling, -INFINITY),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_rolling_moments_get(rolling, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_near(held_by(rolling, 2).mean, 1.5, 0, 0);
  push(rolling, 1e200); /* its fourth power is no double */
  assert_int_equal(crucible_rolling_moments_get(rolling, &moments, NULL),
                   CRUCIBLE_E_DOMAIN);
  push(rolling, 3);
  push(rolling, 4);
  push(rolling, 5);
  assert_near(held_by(rolling, 3).mean, 4, 0, 0);
  crucible_rolling_moments_destroy(rolling);
  crucible_rolling_moments_destroy(NULL);
}

static crucible_status use_a_window(void *data) {
  crucible_rolling_moments *rolling;
  crucible_status status = crucible_rolling_moments_create(16, &rolling);
  (void)data;
  if (status != CRUCIBLE_OK) {
    assert_null(rolling);
    return status;
  }
  for (int i = 0; i < 50 && status == CRUCIBLE_OK; ++i)
    status = crucible_rolling_moments_push(rolling, i);
  crucible_rolling_moments_destroy(rolling);
  return status;
}

/* At each length of the window, and after any number of turns: the copy goes on
   with the same bits, and damaged bytes make none. */
static void a_saved_window_goes_on_with_the_same_bits(void **state) {
  (void)state;
  enum { N = 400, WINDOW = 37 };
  double x[N];
  crucible_rolling_moments *a = rolling_of(WINDOW), *b = rolling_of(WINDOW);
  lcg_series("returns", 8, N, x);
  for (size_t i = 0; i < N; ++i) {
    crucible__pack pack = {0};
    crucible_rolling_moments *loaded, *other;
    crucible__rolling_moments_save(b, &pack);
    crucible__unpack unpack = {.data = pack.data, .length = pack.length};
    assert_int_equal(crucible__rolling_moments_load(WINDOW, &unpack, &loaded),
                     CRUCIBLE_OK);
    assert_int_equal(crucible__unpack_end(&unpack, "window"), CRUCIBLE_OK);
    unpack = (crucible__unpack){.data = pack.data, .length = pack.length};
    assert_int_equal(crucible__rolling_moments_load(36, &unpack, &other),
                     CRUCIBLE_OK);
    assert_true(unpack.failed && other == NULL);
    unpack = (crucible__unpack){.data = pack.data, .length = pack.length - 1};
    assert_int_equal(crucible__rolling_moments_load(WINDOW, &unpack, &other),
                     CRUCIBLE_OK);
    assert_true(unpack.failed && other == NULL);
    crucible__pack_free(&pack);
    crucible_rolling_moments_destroy(b);
    b = loaded;
    push(a, x[i]);
    push(b, x[i]);
    const crucible__moment_sums of_a = crucible__rolling_moments_sums(a);
    const crucible__moment_sums of_b = crucible__rolling_moments_sums(b);
    assert_memory_equal(&of_a, &of_b, sizeof of_a);
  }
  crucible_rolling_moments_destroy(a);
  crucible_rolling_moments_destroy(b);
}

/* ---- running sums ---- */

static void running_sums_equal_sixty_digit_arithmetic(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/moments.csv");
  for (size_t i = 0; i < rows.n; ++i) {
    const golden_row *row = &rows.row[i];
    const size_t n = (size_t)row->cell[2];
    double *x = malloc(n * sizeof *x);
    crucible_running_moments running = {0};
    crucible_moments moments;
    assert_non_null(x);
    lcg_series(row->word, (uint32_t)row->cell[1], n, x);
    for (size_t k = 0; k < n; ++k)
      assert_int_equal(crucible_running_moments_push(&running, x[k]),
                       CRUCIBLE_OK);
    assert_int_equal(running.n, n);
    assert_int_equal(crucible_running_moments_get(&running, &moments),
                     CRUCIBLE_OK);
    /* the mean of the offset series moves by ulp(1e9) with each value */
    const double class = strcmp(row->word, "offset") == 0 ? 1e-6 : 1e-11;
    assert_near(moments.mean, row->cell[3], 1e-15, class * row->cell[4]);
    assert_near(moments.stddev, row->cell[4], class, 0);
    assert_near(moments.skewness, row->cell[5], class, class);
    assert_near(moments.kurtosis, row->cell[6], class, 0);
    free(x);
  }
  golden_rows_free(&rows);
}

static void running_sums_refuse_bad_arguments(void **state) {
  (void)state;
  crucible_running_moments running = {0};
  crucible_moments moments;
  assert_int_equal(crucible_running_moments_get(&running, &moments),
                   CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_running_moments_push(&running, 0.1), CRUCIBLE_OK);
  const crucible_running_moments before = running;
  assert_int_equal(crucible_running_moments_push(&running, NAN),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_running_moments_push(&running, INFINITY),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_running_moments_push(NULL, 1), CRUCIBLE_E_INVALID);
  assert_memory_equal(&running, &before, sizeof running);
  assert_int_equal(crucible_running_moments_get(&running, &moments),
                   CRUCIBLE_E_TOO_SHORT);
  for (int i = 0; i < 100; ++i)
    assert_int_equal(crucible_running_moments_push(&running, 0.1), CRUCIBLE_OK);
  assert_int_equal(crucible_running_moments_get(&running, &moments),
                   CRUCIBLE_E_DOMAIN); /* all equal, to the bit */
  assert_int_equal(crucible_running_moments_get(NULL, &moments),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_running_moments_get(&running, NULL),
                   CRUCIBLE_E_INVALID);
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
  assert_int_equal(crucible_dsr(0.4, 5000, 0, 3, &options, &a), CRUCIBLE_OK);
  assert_int_equal(crucible_dsr(0.5, 5000, 0, 3, &options, &b), CRUCIBLE_OK);
  assert_same_bits(a.dsr, 1);
  assert_same_bits(b.dsr, 1);
  /* by hand: (SR - E) sqrt(4999 / (1 + SR^2 / 2)) */
  assert_near(a.z, (0.4 - a.expected_max_sharpe) * sqrt(4999 / 1.08), 1e-14, 0);
  assert_near(b.z, (0.5 - b.expected_max_sharpe) * sqrt(4999 / 1.125), 1e-14,
              0);
  assert_int_equal(crucible_dsr(0.05, 500, -1, 9, &options, &a), CRUCIBLE_OK);
  assert_same_bits(crucible__normal_cdf(a.z), a.dsr);
  /* a caller compiled before z was there gets what he knows */
  a = (crucible_dsr_result){.struct_size = offsetof(crucible_dsr_result, z),
                            .z = 7};
  assert_int_equal(crucible_dsr(0.05, 500, -1, 9, &options, &a), CRUCIBLE_OK);
  assert_near(a.z, 7, 0, 0);
}

static void window_survives_want_of_memory(void **state) {
  (void)state;
  assert_int_equal(failing_alloc_run(use_a_window, NULL), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(normal_quantile_has_fifteen_digits),
      cmocka_unit_test(normal_quantile_names_its_ends),
      cmocka_unit_test(moments_equal_sixty_digit_arithmetic),
      cmocka_unit_test(moments_follow_a_scale_and_a_shift),
      cmocka_unit_test(moments_refuse_what_has_none),
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
      cmocka_unit_test(window_equals_the_batch_at_every_step),
      cmocka_unit_test(what_has_left_the_window_changes_no_bit),
      cmocka_unit_test(window_of_equal_values_is_refused_until_it_differs),
      cmocka_unit_test(window_refuses_bad_arguments_and_stays_as_it_was),
      cmocka_unit_test(a_saved_window_goes_on_with_the_same_bits),
      cmocka_unit_test(running_sums_equal_sixty_digit_arithmetic),
      cmocka_unit_test(running_sums_refuse_bad_arguments),
      cmocka_unit_test(the_law_of_sums_is_psr_to_the_bit),
      cmocka_unit_test(z_tells_records_apart_where_dsr_is_one),
      cmocka_unit_test(window_survives_want_of_memory)};
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
