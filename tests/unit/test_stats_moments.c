/* SPDX-License-Identifier: Apache-2.0 */
/* Moments of an array, of a rolling window, and of running sums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/stats.h>

#include "stats/moments.h"
#include "support/a_sharpe_record.h"
#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/near.h"

static crucible_moments moments_of(const double *x, size_t n) {
  crucible_moments moments;
  assert_int_equal(crucible_moments_of(x, n, &moments), CRUCIBLE_OK);
  return moments;
}

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
  enum { N = 1200, CHANGED = 157 };
  static double x[N];
  const size_t windows[] = {2, 3, 8, 15, 16, 17, 37, 64, 130, 257, 500};
  lcg_series("returns", 32, N, x);
  for (size_t k = 0; k < sizeof windows / sizeof *windows; ++k) {
    const size_t window = windows[k];
    crucible_rolling_moments *a = rolling_of(window), *b = rolling_of(window);
    for (size_t i = 0; i < N; ++i) {
      push(a, x[i]);
      push(b, i < CHANGED ? (i % 3 == 0 ? 1e9 : -3e4) : x[i]);
      if (i + 1 < window || i < CHANGED + window - 1)
        continue;
      const crucible_moments of_a = held_by(a, window);
      const crucible_moments of_b = held_by(b, window);
      assert_memory_equal(&of_a, &of_b, sizeof of_a);
    }
    crucible_rolling_moments_destroy(a);
    crucible_rolling_moments_destroy(b);
  }
}

/* Two passes with 64 bits of mantissa about a value of the window. */
static crucible_moments long_moments_of(const double *x, size_t n) {
  const long double count = (long double)n;
  long double mean = 0, m2 = 0, m3 = 0, m4 = 0;
  for (size_t i = 0; i < n; ++i)
    mean += (long double)x[i] - x[0];
  mean = x[0] + mean / count;
  for (size_t i = 0; i < n; ++i) {
    const long double d = x[i] - mean;
    m2 += d * d;
    m3 += d * d * d;
    m4 += d * d * d * d;
  }
  return (crucible_moments){.mean = (double)mean,
                            .stddev = (double)sqrtl(m2 / (count - 1)),
                            .skewness =
                                (double)(m3 / count / powl(m2 / count, 1.5L)),
                            .kurtosis = (double)(m4 * count / (m2 * m2))};
}

/* Means of a million deviations, levels that jump by as much, outliers of 1e8
   deviations that come and leave: about the middle of the window nothing
   cancels. */
static double hard_value(const char *kind, double u, size_t i) {
  if (strcmp(kind, "offset") == 0)
    return 1e6 + u;
  if (strcmp(kind, "jumps") == 0)
    return u + (double)(i / 301 % 3) * 1e6;
  if (strcmp(kind, "trend") == 0)
    return u + (double)i * 50;
  return i % 733 == 5 ? 1e8 : i % 977 == 9 ? -3e5 : u;
}

static void window_keeps_its_digits_on_hard_data(void **state) {
  (void)state;
  enum { N = 7000 };
  static double x[N];
  const char *kinds[] = {"offset", "jumps", "trend", "outliers"};
  const size_t windows[] = {2, 9, 37, 500, 2016};
  for (size_t k = 0; k < 4; ++k) {
    lcg_series("uniform", 77, N, x);
    for (size_t i = 0; i < N; ++i)
      x[i] = hard_value(kinds[k], x[i], i);
    for (size_t w = 0; w < 5; ++w) {
      crucible_rolling_moments *rolling = rolling_of(windows[w]);
      for (size_t i = 0; i < N; ++i) {
        push(rolling, x[i]);
        if (i < windows[w] + 3 ? i == 0 : i % 13 != 0)
          continue;
        const size_t n = i + 1 < windows[w] ? i + 1 : windows[w];
        const crucible_moments m = held_by(rolling, n);
        const crucible_moments e = long_moments_of(x + i + 1 - n, n);
        assert_near(m.mean, e.mean, 2e-16, 1e-15 * e.stddev);
        assert_near(m.stddev, e.stddev, 1e-13, 0);
        assert_near(m.skewness, e.skewness, 1e-12, 1e-12);
        assert_near(m.kurtosis, e.kurtosis, 1e-12, 0);
      }
      crucible_rolling_moments_destroy(rolling);
    }
  }
}

static void psr_of_a_window_is_that_of_its_moments(void **state) {
  (void)state;
  enum { N = 900 };
  double x[N], z, p, expected;
  crucible_rolling_moments *rolling = rolling_of(200);
  lcg_series("returns", 34, N, x);
  assert_int_equal(crucible_rolling_moments_psr(rolling, 0, &z, &p),
                   CRUCIBLE_E_TOO_SHORT);
  push(rolling, 0.1);
  push(rolling, 0.1);
  assert_int_equal(crucible_rolling_moments_psr(rolling, 0, &z, &p),
                   CRUCIBLE_E_DOMAIN);
  for (size_t i = 0; i < N; ++i) {
    push(rolling, x[i]);
    const size_t n = i + 3 < 200 ? i + 3 : 200;
    const crucible_moments m = held_by(rolling, n);
    const crucible_sharpe_record record =
        a_sharpe_record(m.mean / m.stddev, n, m.skewness, m.kurtosis);
    assert_int_equal(crucible_psr(&record, 0.01, 0, &expected), CRUCIBLE_OK);
    assert_int_equal(crucible_rolling_moments_psr(rolling, 0.01, &z, NULL),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_rolling_moments_psr(rolling, 0.01, NULL, &p),
                     CRUCIBLE_OK);
    assert_near(p, expected, 1e-13, 0);
    assert_near(0.5 * erfc(-z / sqrt(2)), p, 1e-13, 0);
  }
  assert_int_equal(crucible_rolling_moments_psr(rolling, NAN, &z, &p),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_rolling_moments_psr(NULL, 0, &z, &p),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_rolling_moments_psr(rolling, 0, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  for (int i = 0; i < 200; ++i)
    push(rolling, 0.1);
  assert_int_equal(crucible_rolling_moments_psr(rolling, 0, &z, &p),
                   CRUCIBLE_E_DOMAIN);
  push(rolling, 1e200);
  assert_int_equal(crucible_rolling_moments_psr(rolling, 0, &z, &p),
                   CRUCIBLE_E_DOMAIN);
  crucible_rolling_moments_destroy(rolling);
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
static void save_and_go_on(size_t window) {
  enum { N = 400 };
  double x[N];
  crucible_rolling_moments *a = rolling_of(window), *b = rolling_of(window);
  lcg_series("returns", 8, N, x);
  for (size_t i = 0; i < N; ++i) {
    crucible__pack pack = {0};
    crucible_rolling_moments *loaded, *other;
    crucible__rolling_moments_save(b, &pack);
    crucible__unpack unpack = {.data = pack.data, .length = pack.length};
    assert_int_equal(crucible__rolling_moments_load(window, &unpack, &loaded),
                     CRUCIBLE_OK);
    assert_int_equal(crucible__unpack_end(&unpack, "window"), CRUCIBLE_OK);
    unpack = (crucible__unpack){.data = pack.data, .length = pack.length};
    assert_int_equal(
        crucible__rolling_moments_load(window - 1, &unpack, &other),
        CRUCIBLE_OK);
    assert_true(unpack.failed && other == NULL);
    unpack = (crucible__unpack){.data = pack.data, .length = pack.length - 1};
    assert_int_equal(crucible__rolling_moments_load(window, &unpack, &other),
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

static void a_saved_window_goes_on_with_the_same_bits(void **state) {
  (void)state;
  const size_t windows[] = {3, 16, 37, 128, 150};
  for (size_t k = 0; k < 5; ++k)
    save_and_go_on(windows[k]);
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

static void window_survives_want_of_memory(void **state) {
  (void)state;
  assert_int_equal(failing_alloc_run(use_a_window, NULL), 1);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(moments_equal_sixty_digit_arithmetic),
      cmocka_unit_test(moments_follow_a_scale_and_a_shift),
      cmocka_unit_test(moments_refuse_what_has_none),
      cmocka_unit_test(window_equals_the_batch_at_every_step),
      cmocka_unit_test(what_has_left_the_window_changes_no_bit),
      cmocka_unit_test(window_keeps_its_digits_on_hard_data),
      cmocka_unit_test(psr_of_a_window_is_that_of_its_moments),
      cmocka_unit_test(window_of_equal_values_is_refused_until_it_differs),
      cmocka_unit_test(window_refuses_bad_arguments_and_stays_as_it_was),
      cmocka_unit_test(a_saved_window_goes_on_with_the_same_bits),
      cmocka_unit_test(running_sums_equal_sixty_digit_arithmetic),
      cmocka_unit_test(running_sums_refuse_bad_arguments),
      cmocka_unit_test(window_survives_want_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
