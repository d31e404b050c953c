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
#include "math/spectrum.h"
#include "support/failing_alloc.h"
#include "support/near.h"

/* Trials in families: each a common series and noise of its own. */
static double *families(uint64_t seed, size_t rows, size_t cols, size_t n,
                        double noise) {
  crucible__rng rng;
  double *x = malloc(rows * cols * sizeof *x);
  assert_non_null(x);
  crucible__rng_init(&rng, seed, CRUCIBLE__RNG_TEST, 2);
  for (size_t t = 0; t < rows; ++t) {
    double common[8];
    for (size_t f = 0; f < n; ++f)
      common[f] = crucible__rng_normal(&rng);
    for (size_t k = 0; k < cols; ++k)
      x[t * cols + k] = common[k % n] + noise * crucible__rng_normal(&rng) +
                        0.05 * (double)(k % n);
  }
  return x;
}

static crucible_matrix by_rows(const double *x, size_t rows, size_t cols) {
  return (crucible_matrix){x, rows, cols, (ptrdiff_t)cols, 1};
}

static double rank_of(const crucible_matrix *m, crucible_pool *pool) {
  double effective = 0;
  assert_int_equal(crucible_trials_effective_rank(m, pool, NULL, &effective),
                   CRUCIBLE_OK);
  return effective;
}

/* ---- eigenvalues ---- */

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The matrix of second differences: 2 - 2 cos(pi k / (n + 1)). */
static void eigenvalues_of_second_differences_are_known(void **state) {
  (void)state;
  static const size_t sizes[] = {1, 2, 3, 8, 13, 191, 192, 301};
  for (size_t s = 0; s < 8; ++s) {
    const size_t n = sizes[s], stride = crucible__row_stride(n);
    double *a = calloc(n * stride, sizeof *a);
    double *values = calloc(n, sizeof *values);
    assert_true(a != NULL && values != NULL);
    for (size_t i = 0; i < n; ++i) {
      a[i * stride + i] = 2;
      if (i > 0)
        a[i * stride + i - 1] = -1;
    }
    assert_int_equal(crucible__eigenvalues(a, n, values, NULL, NULL),
                     CRUCIBLE_OK);
    qsort(values, n, sizeof *values, compare);
    for (size_t i = 0; i < n; ++i)
      assert_near(values[i],
                  2 - 2 * cos(3.14159265358979323846 * (double)(i + 1) /
                              (double)(n + 1)),
                  0, 1e-13);
    free(values);
    free(a);
  }
}

/* 1 on the diagonal, r elsewhere: 1 + (n - 1) r once, 1 - r else. */
static void a_full_matrix_has_the_eigenvalues_it_must(void **state) {
  (void)state;
  enum { N = 260 };
  const size_t stride = crucible__row_stride(N);
  double *a = calloc(N * stride, sizeof *a), values[N];
  assert_non_null(a);
  for (size_t i = 0; i < N; ++i)
    for (size_t j = 0; j <= i; ++j)
      a[i * stride + j] = i == j ? 1 : 0.3;
  assert_int_equal(crucible__eigenvalues(a, N, values, NULL, NULL),
                   CRUCIBLE_OK);
  qsort(values, N, sizeof *values, compare);
  for (size_t i = 0; i + 1 < N; ++i)
    assert_near(values[i], 0.7, 0, 1e-12);
  assert_near(values[N - 1], 1 + 0.3 * (N - 1), 1e-13, 0);
  free(a);
}

/* ---- effective rank ---- */

/* Two trials: eigenvalues 1 + r and 1 - r. */
static void effective_rank_of_two_trials_is_known(void **state) {
  (void)state;
  static const double x[] = {1, 2, -1, 0.5, 0.25, -2, 3, 1, -2, -1};
  const crucible_matrix m = by_rows(x, 5, 2);
  double mean[2] = {0}, xx = 0, xy = 0, yy = 0;
  for (int t = 0; t < 5; ++t) {
    mean[0] += x[2 * t] / 5;
    mean[1] += x[2 * t + 1] / 5;
  }
  for (int t = 0; t < 5; ++t) {
    const double a = x[2 * t] - mean[0], b = x[2 * t + 1] - mean[1];
    xx += a * a, xy += a * b, yy += b * b;
  }
  const double r = xy / sqrt(xx * yy), p = (1 + r) / 2, q = (1 - r) / 2;
  assert_near(rank_of(&m, NULL), exp(-p * log(p) - q * log(q)), 1e-14, 0);
}

static void copies_count_once_and_orthogonal_trials_each(void **state) {
  (void)state;
  double x[16 * 8];
  for (size_t t = 0; t < 16; ++t) /* rows of a Hadamard matrix */
    for (size_t k = 0; k < 8; ++k)
      x[t * 8 + k] = __builtin_popcountll(t & (k + 1)) % 2 ? -1 : 1;
  crucible_matrix m = by_rows(x, 16, 8);
  assert_near(rank_of(&m, NULL), 8, 1e-13, 0);
  for (size_t t = 0; t < 16; ++t)
    for (size_t k = 1; k < 8; ++k)
      x[t * 8 + k] = -2 * x[t * 8] + 0.5; /* correlation -1 is no news */
  assert_near(rank_of(&m, NULL), 1, 1e-6, 0);
}

/* More trials than observations, or the other way about: the same number. */
static void both_sides_have_one_rank(void **state) {
  (void)state;
  double *x = families(3, 60, 61, 8, 2);
  crucible_matrix m = by_rows(x, 60, 61);
  const double by_observation = rank_of(&m, NULL);
  double *twice = malloc(2 * 60 * 61 * sizeof *twice);
  assert_non_null(twice); /* a record repeated has the same correlations */
  memcpy(twice, x, 60 * 61 * sizeof *x);
  memcpy(twice + 60 * 61, x, 60 * 61 * sizeof *x);
  m = by_rows(twice, 120, 61);
  assert_near(rank_of(&m, NULL), by_observation, 1e-11, 0);
  assert_true(by_observation > 8 && by_observation < 59);
  free(twice);
  free(x);
}

static void the_rank_has_the_same_bits_at_each_level_and_thread(void **state) {
  (void)state;
  double *x = families(4, 450, 301, 8, 1);
  const crucible_matrix m = by_rows(x, 450, 301);
  const double first = rank_of(&m, NULL);
  crucible_pool *pool;
  assert_int_equal(crucible_pool_create(3, &pool), CRUCIBLE_OK);
  for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level) {
    (void)crucible__simd_force(level);
    assert_same_bits(rank_of(&m, pool), first);
  }
  (void)crucible__simd_force(-1);
  crucible_pool_destroy(pool);
  free(x);
}

/* ---- clusters ---- */

static crucible_trials_clusters_options clusters_options(void) {
  crucible_trials_clusters_options options;
  crucible_trials_clusters_options_init(&options, sizeof options);
  return options;
}

static double correlation(const crucible_matrix *m, size_t a, size_t b) {
  double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  for (size_t t = 0; t < m->rows; ++t) {
    x += m->data[t * m->cols + a] / (double)m->rows;
    y += m->data[t * m->cols + b] / (double)m->rows;
  }
  for (size_t t = 0; t < m->rows; ++t) {
    const double dx = m->data[t * m->cols + a] - x;
    const double dy = m->data[t * m->cols + b] - y;
    xx += dx * dx, xy += dx * dy, yy += dy * dy;
  }
  return xy / sqrt(xx * yy);
}

/* Silhouettes from all distances, as their definition has them. */
static void check_silhouettes(const crucible_matrix *m, const uint32_t *label,
                              const crucible_trials_clusters_result *found) {
  const size_t n = m->cols, k = (size_t)found->n_clusters;
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; ++i) {
    double total[16] = {0}, count[16] = {0}, near = INFINITY, value = 0;
    for (size_t o = 0; o < n; ++o)
      if (o != i) {
        total[label[o]] += (1 - correlation(m, i, o)) / 2;
        count[label[o]] += 1;
      }
    for (size_t c = 0; c < k; ++c)
      if (c != label[i])
        near = fmin(near, total[c] / count[c]);
    if (count[label[i]] > 0) {
      const double inside = total[label[i]] / count[label[i]];
      value = (near - inside) / fmax(near, inside);
    }
    sum += value;
    squares += value * value;
  }
  const double mean = sum / (double)n;
  assert_near(found->silhouette, mean, 1e-10, 0);
  assert_near(found->quality, mean / sqrt(squares / (double)n - mean * mean),
              1e-7, 0);
}

static void check_sharpes(const crucible_matrix *m, const uint32_t *label,
                          const crucible_trials_clusters_result *found) {
  const size_t k = (size_t)found->n_clusters;
  double sharpe[16], mean = 0, variance = 0;
  double *record = calloc(m->rows, sizeof *record);
  assert_non_null(record);
  for (size_t c = 0; c < k; ++c) {
    double first = 0, second = 0;
    memset(record, 0, m->rows * sizeof *record);
    for (size_t i = 0; i < m->cols; ++i) {
      double x = 0, xx = 0;
      for (size_t t = 0; t < m->rows; ++t) {
        x += m->data[t * m->cols + i] / (double)m->rows;
        xx += m->data[t * m->cols + i] * m->data[t * m->cols + i] /
              (double)m->rows;
      }
      for (size_t t = 0; label[i] == c && t < m->rows; ++t)
        record[t] += m->data[t * m->cols + i] / (xx - x * x);
    }
    for (size_t t = 0; t < m->rows; ++t) {
      first += record[t] / (double)m->rows;
      second += record[t] * record[t] / (double)m->rows;
    }
    const double n = (double)m->rows;
    sharpe[c] = first / sqrt((second - first * first) * n / (n - 1));
    mean += sharpe[c] / (double)k;
  }
  for (size_t c = 0; c < k; ++c)
    variance += (sharpe[c] - mean) * (sharpe[c] - mean) / (double)(k - 1);
  assert_near(found->sharpe_mean, mean, 1e-10, 0);
  assert_near(found->sharpe_variance, variance, 1e-9, 0);
  free(record);
}

static void families_of_trials_are_found(void **state) {
  (void)state;
  for (size_t n = 2; n <= 7; ++n) {
    double *x = families(n, 300, 45, n, 0.6);
    const crucible_matrix m = by_rows(x, 300, 45);
    crucible_trials_clusters_result found = {.struct_size = sizeof found};
    uint32_t label[45];
    crucible_trials_clusters_options o = clusters_options();
    o.n_starts = 10;
    assert_int_equal(crucible_trials_clusters(&m, &o, &found, label),
                     CRUCIBLE_OK);
    assert_int_equal(found.n_clusters, n);
    for (size_t i = 0; i < 45; ++i)
      assert_int_equal(label[i], i % n); /* named by their first trials */
    check_silhouettes(&m, label, &found);
    check_sharpes(&m, label, &found);
    free(x);
  }
}

static void clusters_depend_on_the_seed_alone(void **state) {
  (void)state;
  double *x = families(9, 80, 50, 5, 3);
  const crucible_matrix m = by_rows(x, 80, 50);
  crucible_trials_clusters_options o = clusters_options();
  crucible_trials_clusters_result first = {.struct_size = sizeof first};
  uint32_t label[50], other[50];
  assert_int_equal(crucible_trials_clusters(&m, &o, &first, label),
                   CRUCIBLE_OK);
  check_silhouettes(&m, label, &first);
  assert_int_equal(crucible_pool_create(3, &o.pool), CRUCIBLE_OK);
  for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level) {
    crucible_trials_clusters_result found = {.struct_size = sizeof found};
    (void)crucible__simd_force(level);
    assert_int_equal(crucible_trials_clusters(&m, &o, &found, other),
                     CRUCIBLE_OK);
    assert_memory_equal(&found, &first, sizeof found);
    assert_memory_equal(label, other, sizeof label);
  }
  (void)crucible__simd_force(-1);
  crucible_pool_destroy(o.pool);
  free(x);
}

/* ---- refusals, memory ---- */

static void trials_that_tell_nothing_are_refused(void **state) {
  (void)state;
  double *x = families(10, 20, 4, 2, 1), effective;
  crucible_matrix m = by_rows(x, 20, 4);
  crucible_trials_clusters_options o = clusters_options();
  crucible_trials_clusters_result found = {.struct_size = sizeof found};
  o.max_clusters = 1;
  assert_int_equal(crucible_trials_clusters(&m, &o, &found, NULL),
                   CRUCIBLE_E_INVALID);
  o = clusters_options(), o.n_starts = 0;
  assert_int_equal(crucible_trials_clusters(&m, &o, &found, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trials_clusters(&m, NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  m.cols = 2;
  assert_int_equal(crucible_trials_clusters(&m, NULL, &found, NULL),
                   CRUCIBLE_E_INVALID);
  m.cols = 4, m.rows = 1;
  assert_int_equal(crucible_trials_effective_rank(&m, NULL, NULL, &effective),
                   CRUCIBLE_E_TOO_SHORT);
  m.rows = 20, m.cols = 0;
  assert_int_equal(crucible_trials_effective_rank(&m, NULL, NULL, &effective),
                   CRUCIBLE_E_INVALID);
  m.cols = 4;
  for (size_t t = 0; t < 20; ++t)
    x[4 * t + 1] = x[4 * t + 2] = x[4 * t + 3] = x[4 * t];
  assert_int_equal(crucible_trials_clusters(&m, NULL, &found, NULL),
                   CRUCIBLE_E_DOMAIN);
  assert_non_null(strstr(crucible_last_error(), "copies"));
  for (size_t t = 0; t < 20; ++t)
    x[4 * t + 3] = 0;
  assert_int_equal(crucible_trials_effective_rank(&m, NULL, NULL, &effective),
                   CRUCIBLE_E_DOMAIN);
  assert_non_null(strstr(crucible_last_error(), "column 3"));
  x[0] = (double)NAN;
  assert_int_equal(crucible_trials_effective_rank(&m, NULL, NULL, &effective),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trials_effective_rank(&m, NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  free(x);
}

static crucible_status run_both(void *data) {
  double effective;
  crucible_trials_clusters_options o = clusters_options();
  crucible_trials_clusters_result found = {.struct_size = sizeof found};
  o.n_starts = 1;
  crucible_status status =
      crucible_trials_effective_rank(data, NULL, NULL, &effective);
  if (status == CRUCIBLE_OK)
    status = crucible_trials_clusters(data, &o, &found, NULL);
  return status;
}

static void both_survive_every_failing_allocation(void **state) {
  (void)state;
  double *x = families(11, 20, 4, 2, 0.5);
  crucible_matrix m = by_rows(x, 20, 4);
  assert_int_equal(failing_alloc_run(run_both, &m), 4 + 2 + 2 * 5 + 3);
  free(x);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(eigenvalues_of_second_differences_are_known),
      cmocka_unit_test(a_full_matrix_has_the_eigenvalues_it_must),
      cmocka_unit_test(effective_rank_of_two_trials_is_known),
      cmocka_unit_test(copies_count_once_and_orthogonal_trials_each),
      cmocka_unit_test(both_sides_have_one_rank),
      cmocka_unit_test(the_rank_has_the_same_bits_at_each_level_and_thread),
      cmocka_unit_test(families_of_trials_are_found),
      cmocka_unit_test(clusters_depend_on_the_seed_alone),
      cmocka_unit_test(trials_that_tell_nothing_are_refused),
      cmocka_unit_test(both_survive_every_failing_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
