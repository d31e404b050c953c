/* SPDX-License-Identifier: Apache-2.0 */
/* What holds of HDBSCAN on any points, ties and copies included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/regime.h>

#include "base/simd.h"
#include "support/near.h"
#include "support/regime_points.h"

enum { MOST = 3000 };

typedef struct found {
  crucible_hdbscan_result result;
  int32_t labels[MOST];
  double probabilities[MOST], outliers[MOST], persistence[MOST];
  uint32_t low[MOST], high[MOST];
  double distance[MOST];
  uint32_t parent[2 * MOST], child[2 * MOST], size[2 * MOST];
  double lambda[2 * MOST];
  double memberships[MOST * 8];
} found;

static void *take(size_t size) {
  void *made = calloc(1, size);
  assert_non_null(made);
  return made;
}

static crucible_hdbscan_options options_of(uint64_t min_cluster_size,
                                           uint64_t min_samples) {
  crucible_hdbscan_options options;
  crucible_hdbscan_options_init(&options, sizeof options);
  options.min_cluster_size = min_cluster_size;
  options.min_samples = min_samples;
  return options;
}

static void run(const double *points, size_t n, size_t dims,
                const crucible_hdbscan_options *options, crucible_pool *pool,
                found *out) {
  crucible_matrix matrix = regime_matrix(points, n, dims);
  crucible_hdbscan *m;
  memset(out, 0, sizeof *out);
  out->result.struct_size = sizeof out->result;
  assert_int_equal(crucible_hdbscan_fit(&matrix, options, pool, NULL, &m),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_hdbscan_result_of(m, &out->result), CRUCIBLE_OK);
  assert_int_equal(crucible_hdbscan_labels(m, out->labels), CRUCIBLE_OK);
  assert_int_equal(crucible_hdbscan_probabilities(m, out->probabilities),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_hdbscan_outlier_scores(m, out->outliers),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_hdbscan_persistence(m, out->persistence),
                   CRUCIBLE_OK);
  assert_int_equal(
      crucible_hdbscan_spanning_tree(m, out->low, out->high, out->distance),
      CRUCIBLE_OK);
  assert_int_equal(crucible_hdbscan_condensed_tree(m, out->parent, out->child,
                                                   out->lambda, out->size,
                                                   NULL),
                   CRUCIBLE_OK);
  if (out->result.n_clusters <= 8)
    assert_int_equal(crucible_hdbscan_memberships(m, pool, out->memberships),
                     CRUCIBLE_OK);
  crucible_hdbscan_destroy(m);
}

/* ---- against all pairs ---- */

static double apart(int32_t metric, const double *a, const double *b,
                    size_t dims) {
  double sum = 0, largest = 0;
  for (size_t j = 0; j < dims; ++j) {
    double far = fabs(a[j] - b[j]);
    sum += metric == CRUCIBLE_METRIC_EUCLIDEAN ? far * far : far;
    largest = far > largest ? far : largest;
  }
  return metric == CRUCIBLE_METRIC_EUCLIDEAN   ? sqrt(sum)
         : metric == CRUCIBLE_METRIC_MANHATTAN ? sum
                                               : largest;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Prim's tree over all pairs: its weights, in order. */
static void all_pairs(const double *points, size_t n, size_t dims,
                      const crucible_hdbscan_options *options, size_t others,
                      double *weights) {
  double *core = take(n * sizeof *core), *row = take(n * sizeof *row);
  double *least = take(n * sizeof *least);
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < n; ++k)
      row[k] =
          apart(options->metric, points + i * dims, points + k * dims, dims);
    qsort(row, n, sizeof *row, by_size);
    core[i] = row[others]; /* row[0] is itself */
    least[i] = (double)INFINITY;
  }
  size_t at = 0;
  for (size_t step = 0; step + 1 < n; ++step) {
    least[at] = -1; /* in the tree */
    size_t next = 0;
    double nearest = (double)INFINITY;
    for (size_t i = 0; i < n; ++i) {
      if (least[i] < 0)
        continue;
      double far =
          apart(options->metric, points + at * dims, points + i * dims, dims) /
          options->alpha;
      far = fmax(far, fmax(core[at], core[i]));
      least[i] = far < least[i] ? far : least[i];
      if (least[i] < nearest) {
        nearest = least[i];
        next = i;
      }
    }
    weights[step] = nearest;
    at = next;
  }
  qsort(weights, n - 1, sizeof *weights, by_size);
  free(core);
  free(row);
  free(least);
}

static uint32_t find(uint32_t *parent, uint32_t i) {
  while (parent[i] != i)
    i = parent[i] = parent[parent[i]];
  return i;
}

static void check_is_tree(const found *f, size_t n) {
  uint32_t *parent = take(n * sizeof *parent);
  for (uint32_t i = 0; i < n; ++i)
    parent[i] = i;
  for (size_t i = 0; i + 1 < n; ++i) {
    assert_true(f->low[i] < f->high[i] && f->high[i] < n);
    uint32_t a = find(parent, f->low[i]), b = find(parent, f->high[i]);
    assert_int_not_equal(a, b);
    parent[a] = b;
    if (i == 0)
      continue;
    assert_true(f->distance[i] >= f->distance[i - 1]);
  }
  free(parent);
}

static void spanning_trees_weigh_what_all_pairs_say(void **state) {
  (void)state;
  found *f = take(sizeof *f);
  double *points = take(MOST * 10 * sizeof *points);
  double *expected = take(MOST * sizeof *expected);
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    size_t n = 20 + 13 * seed % 500, dims = 1 + seed % 7;
    crucible_hdbscan_options options =
        options_of(2 + seed % 9, 1 + seed * 7 % 19);
    options.metric = (int32_t)(1 + seed % 3);
    options.samples = (int32_t)(1 + seed / 3 % 2);
    options.alpha = seed % 5 == 0 ? 1.3 : 1;
    if (seed % 2)
      regime_mixture(seed, n, dims, points);
    else
      regime_grid(seed, n, dims, 2 + (int)(seed % 11), points);
    run(points, n, dims, &options, NULL, f);
    all_pairs(points, n, dims, &options,
              options.min_samples - (size_t)(options.samples - 1), expected);
    for (size_t i = 0; i + 1 < n; ++i)
      assert_near(f->distance[i], expected[i], 1e-12, 0);
    check_is_tree(f, n);
  }
  free(expected);
  free(points);
  free(f);
}

/* ---- one result ---- */

static void check_same(const found *a, const found *b) {
  size_t n = a->result.n;
  assert_memory_equal(&a->result, &b->result, sizeof a->result);
  assert_memory_equal(a, b, sizeof *a);
  assert_true(n > 0);
}

static void threads_and_vector_levels_change_no_bit(void **state) {
  (void)state;
  found *one = take(sizeof *one), *other = take(sizeof *other);
  double *points = take(MOST * 10 * sizeof *points);
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    size_t n = 700 + 190 * seed, dims = 1 + seed % 6;
    crucible_hdbscan_options options = options_of(15, 1 + seed % 12);
    options.metric = (int32_t)(1 + seed % 3);
    if (seed % 3)
      regime_mixture(seed, n, dims, points);
    else
      regime_grid(seed, n, dims, 9, points);
    run(points, n, dims, &options, NULL, one);
    for (uint32_t threads = 2; threads <= 5; ++threads) {
      crucible_pool *pool;
      assert_int_equal(crucible_pool_create(threads, &pool), CRUCIBLE_OK);
      run(points, n, dims, &options, pool, other);
      check_same(one, other);
      crucible_pool_destroy(pool);
    }
    for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level) {
      crucible__simd_force(level);
      run(points, n, dims, &options, NULL, other);
      check_same(one, other);
    }
    crucible__simd_force(-1);
  }
  free(points);
  free(one);
  free(other);
}

/* Without ties: the mixture's distances are all different, so only those of
   core distances tie, and these part no cluster otherwise. */
static void order_of_the_points_only_renames_the_clusters(void **state) {
  (void)state;
  enum { N = 1500, DIMS = 3 };
  found *f = take(sizeof *f), *g = take(sizeof *g);
  double *points = take(N * DIMS * sizeof *points);
  double *moved = take(N * DIMS * sizeof *moved);
  for (uint32_t seed = 1; seed <= 10; ++seed) {
    /* 1 neighbour: core distances do not tie more than edges do */
    crucible_hdbscan_options options = options_of(40, 1);
    regime_mixture(seed, N, DIMS, points);
    for (size_t i = 0; i < N; ++i) /* 7 * i: 7 and 1500 have no common factor */
      memcpy(moved + (7 * i + seed) % N * DIMS, points + i * DIMS,
             DIMS * sizeof *points);
    run(points, N, DIMS, &options, NULL, f);
    run(moved, N, DIMS, &options, NULL, g);
    assert_int_equal(f->result.n_clusters, g->result.n_clusters);
    int32_t name[MOST];
    for (size_t c = 0; c < MOST; ++c)
      name[c] = -2;
    for (size_t i = 0; i < N; ++i) {
      size_t to = (7 * i + seed) % N;
      assert_int_equal(f->labels[i] < 0, g->labels[to] < 0);
      assert_near(g->probabilities[to], f->probabilities[i], 1e-12, 0);
      if (f->labels[i] < 0)
        continue;
      if (name[f->labels[i]] == -2)
        name[f->labels[i]] = g->labels[to];
      assert_int_equal(name[f->labels[i]], g->labels[to]);
    }
  }
  free(moved);
  free(points);
  free(f);
  free(g);
}

/* ---- shape of the result ---- */

static void check_points(const found *f, size_t n, uint64_t min_cluster_size) {
  size_t members[MOST] = {0}, noise = 0;
  int32_t highest = -1;
  for (size_t i = 0; i < n; ++i) {
    int32_t label = f->labels[i];
    assert_true(label >= -1 && label < (int32_t)f->result.n_clusters);
    assert_true(f->probabilities[i] >= 0 && f->probabilities[i] <= 1);
    assert_true((f->probabilities[i] > 0) == (label >= 0));
    assert_true(f->outliers[i] >= 0 && f->outliers[i] <= 1);
    /* numbered by their smallest members */
    assert_true(label <= highest + 1);
    highest = label > highest ? label : highest;
    noise += label < 0;
    if (label >= 0)
      ++members[label];
    if (f->result.n_clusters == 0 || f->result.n_clusters > 8)
      continue;
    double sum = 0;
    for (size_t c = 0; c < f->result.n_clusters; ++c)
      sum += f->memberships[i * f->result.n_clusters + c];
    assert_true(sum >= 0 && sum <= 1 + 1e-12);
  }
  assert_int_equal(noise, f->result.n_noise);
  for (size_t c = 0; c < f->result.n_clusters; ++c) {
    assert_true(members[c] >= min_cluster_size);
    assert_true(f->persistence[c] >= 0 && f->persistence[c] <= 1);
  }
}

static void check_condensed(const found *f, size_t n,
                            uint64_t min_cluster_size) {
  size_t rows = f->result.n_condensed;
  uint32_t *under = take((rows + 2) * sizeof *under);
  double *birth = take((rows + 2) * sizeof *birth);
  for (size_t i = n; i < rows; ++i) {
    assert_int_equal(f->child[i], i + 1);
    assert_true(f->parent[i] < f->child[i] && f->parent[i] >= n);
    assert_true(f->size[i] >= min_cluster_size);
    birth[f->child[i] - n] = f->lambda[i];
    assert_true(f->lambda[i] >= birth[f->parent[i] - n]);
    under[f->parent[i] - n] += f->size[i];
  }
  for (size_t i = 0; i < n; ++i) {
    assert_int_equal(f->child[i], i);
    assert_int_equal(f->size[i], 1);
    assert_true(f->lambda[i] >= birth[f->parent[i] - n]);
    assert_true(isfinite(f->lambda[i]) && f->lambda[i] > 0);
    ++under[f->parent[i] - n];
  }
  assert_int_equal(under[0], n);
  for (size_t i = n; i < rows; ++i)
    assert_int_equal(under[f->child[i] - n], f->size[i]);
  free(birth);
  free(under);
}

static void results_have_the_shape_they_promise(void **state) {
  (void)state;
  found *f = take(sizeof *f);
  double *points = take(MOST * 10 * sizeof *points);
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    size_t n = 40 + 31 * seed, dims = 1 + seed % 4;
    crucible_hdbscan_options options =
        options_of(2 + seed % 30, 1 + seed * 5 % 23);
    options.selection = (int32_t)(1 + seed % 2);
    options.cluster_selection_epsilon = seed % 5 == 0 ? 0.7 : 0;
    options.max_cluster_size = seed % 7 == 0 ? n / 3 : 0;
    if (options.max_cluster_size > 0 &&
        options.max_cluster_size < options.min_cluster_size)
      options.max_cluster_size = 0;
    if (seed % 3)
      regime_mixture(seed, n, dims, points);
    else
      regime_grid(seed, n, dims, 3 + (int)(seed % 17), points);
    run(points, n, dims, &options, NULL, f);
    check_points(f, n, options.min_cluster_size);
    check_condensed(f, n, options.min_cluster_size);
  }
  free(points);
  free(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(spanning_trees_weigh_what_all_pairs_say),
      cmocka_unit_test(threads_and_vector_levels_change_no_bit),
      cmocka_unit_test(order_of_the_points_only_renames_the_clusters),
      cmocka_unit_test(results_have_the_shape_they_promise),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
