/* SPDX-License-Identifier: Apache-2.0 */
/* HDBSCAN against figures of the Python package hdbscan. */
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

#include "support/golden_rows.h"
#include "support/near.h"

enum {
  KIND = 2,
  DIMS,
  MIN_CLUSTER_SIZE,
  MIN_SAMPLES,
  LABELS,
  N_CLUSTERS,
  N_NOISE,
  MST_WEIGHT,
  MST_MAX,
  PROB_SUM,
  OUTLIER_SUM,
  N_CONDENSED,
  SIZES,
  PERSISTENCE = SIZES + 3,
  MOST_NUMBERS = 10000
};
enum { GENERIC = 1 };

/* Numbers of a file of the shared golden folder, row after row. */
static double *numbers(const char *file, size_t *n) {
  char path[512];
  if (strcmp(CRUCIBLE_SHARED_DIR, "") == 0)
    skip();
  snprintf(path, sizeof path, "%s/golden/%s", CRUCIBLE_SHARED_DIR, file);
  FILE *in = fopen(path, "r");
  double *x = malloc(MOST_NUMBERS * sizeof *x);
  if (in == NULL || x == NULL)
    fail_msg("cannot read %s", path);
  for (*n = 0; *n < MOST_NUMBERS && fscanf(in, "%lf%*[,\n]", &x[*n]) == 1; ++*n)
    continue;
  fclose(in);
  return x;
}

static double pairs(double n) { return n * (n - 1) / 2; }

/* Adjusted Rand index of labels from -1 to 8. */
static double agreement(const int32_t *a, const double *b, size_t n,
                        size_t stride) {
  double both[10][10] = {{0}}, in_a[10] = {0}, in_b[10] = {0};
  for (size_t i = 0; i < n; ++i) {
    int x = a[i] + 1, y = (int)b[i * stride] + 1;
    ++both[x][y];
    ++in_a[x];
    ++in_b[y];
  }
  double same = 0, pairs_a = 0, pairs_b = 0;
  for (int x = 0; x < 10; ++x) {
    pairs_a += pairs(in_a[x]);
    pairs_b += pairs(in_b[x]);
    for (int y = 0; y < 10; ++y)
      same += pairs(both[x][y]);
  }
  double expected = pairs_a * pairs_b / pairs((double)n);
  return (same - expected) / ((pairs_a + pairs_b) / 2 - expected);
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double sum_of(const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    sum += x[i];
  return sum;
}

static crucible_hdbscan *fit_of(const char *file, size_t dims,
                                uint64_t min_cluster_size, uint64_t min_samples,
                                double **points, size_t *n) {
  *points = numbers(file, n);
  *n /= dims;
  crucible_matrix matrix = {*points, *n, dims, (ptrdiff_t)dims, 1};
  crucible_hdbscan_options options;
  crucible_hdbscan_options_init(&options, sizeof options);
  options.min_cluster_size = min_cluster_size;
  options.min_samples = min_samples;
  crucible_hdbscan *model;
  assert_int_equal(crucible_hdbscan_fit(&matrix, &options, NULL, NULL, &model),
                   CRUCIBLE_OK);
  return model;
}

static void check_tree(const golden_row *row, const crucible_hdbscan *model) {
  crucible_hdbscan_result result = {.struct_size = sizeof result};
  assert_int_equal(crucible_hdbscan_result_of(model, &result), CRUCIBLE_OK);
  assert_near(result.mst_weight, row->cell[MST_WEIGHT], 1e-10, 0);
  assert_int_equal(result.n_clusters, (int)row->cell[N_CLUSTERS]);
  assert_int_equal(result.n_noise, (int)row->cell[N_NOISE]);
  double *distance = malloc(result.n * sizeof *distance);
  assert_non_null(distance);
  assert_int_equal(crucible_hdbscan_spanning_tree(model, NULL, NULL, distance),
                   CRUCIBLE_OK);
  assert_near(distance[result.n - 2], row->cell[MST_MAX], 1e-10, 0);
  if ((int)row->cell[KIND] == GENERIC)
    assert_int_equal(result.n_condensed, (int)row->cell[N_CONDENSED]);
  free(distance);
}

static void check_labels(const golden_row *row, const crucible_hdbscan *model,
                         size_t n) {
  char file[64];
  size_t n_rows;
  snprintf(file, sizeof file, "hdb_%d_labels.csv", (int)row->cell[LABELS]);
  double *expected = numbers(file, &n_rows);
  assert_int_equal(n_rows, 3 * n);
  int32_t *labels = malloc(n * sizeof *labels);
  assert_non_null(labels);
  assert_int_equal(crucible_hdbscan_labels(model, labels), CRUCIBLE_OK);
  assert_true(agreement(labels, expected, n, 3) >= 0.99);
  double sizes[3] = {0};
  for (size_t i = 0; i < n; ++i)
    if (labels[i] >= 0)
      ++sizes[labels[i]];
  qsort(sizes, 3, sizeof *sizes, by_size);
  for (int k = 0; k < 3; ++k)
    assert_near(sizes[k], row->cell[SIZES + k], 0, 1);
  free(labels);
  free(expected);
}

static void check_scores(const golden_row *row, const crucible_hdbscan *model,
                         size_t n) {
  double *scores = malloc(n * sizeof *scores), persistence[3];
  assert_non_null(scores);
  assert_int_equal(crucible_hdbscan_probabilities(model, scores), CRUCIBLE_OK);
  assert_near(sum_of(scores, n), row->cell[PROB_SUM], 1e-9, 0);
  assert_int_equal(crucible_hdbscan_outlier_scores(model, scores), CRUCIBLE_OK);
  /* of ties below the clusters, which the package breaks otherwise */
  assert_near(sum_of(scores, n), row->cell[OUTLIER_SUM], 1e-4, 0);
  assert_int_equal(crucible_hdbscan_persistence(model, persistence),
                   CRUCIBLE_OK);
  qsort(persistence, 3, sizeof *persistence, by_size);
  for (int k = 0; k < 3; ++k)
    assert_near(persistence[k], row->cell[PERSISTENCE + k], 1e-9, 0);
  free(scores);
}

static void clusterings_are_those_of_the_package(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("regime/hdbscan.csv");
  int n_cases = 0;
  for (size_t i = 0; i < rows.n; ++i) {
    const golden_row *row = &rows.row[i];
    if (strncmp(row->word, "case", 4) != 0)
      continue;
    double *points;
    size_t n;
    crucible_hdbscan *model =
        fit_of(row->second, (size_t)row->cell[DIMS],
               (uint64_t)row->cell[MIN_CLUSTER_SIZE],
               (uint64_t)row->cell[MIN_SAMPLES], &points, &n);
    check_tree(row, model);
    check_labels(row, model, n);
    if ((int)row->cell[KIND] == GENERIC)
      check_scores(row, model, n);
    crucible_hdbscan_destroy(model);
    free(points);
    ++n_cases;
  }
  assert_int_equal(n_cases, 8);
  golden_rows_free(&rows);
}

static void new_points_are_placed_as_by_the_package(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("regime/hdbscan.csv");
  const golden_row *expected = golden_rows_find(&rows, "predict_labels");
  double *points, probabilities[20], memberships[60];
  int32_t labels[20];
  size_t n, name[3] = {0};
  crucible_hdbscan *model = fit_of(expected->second, 5, 25, 5, &points, &n);
  for (int i = 0; i < 100; ++i)
    points[i] += 0.01;
  crucible_matrix twenty = {points, 20, 5, 5, 1};
  assert_int_equal(
      crucible_hdbscan_predict(model, &twenty, NULL, labels, probabilities),
      CRUCIBLE_OK);
  assert_near(agreement(labels, expected->cell + 2, 20, 1), 1, 1e-12, 0);
  for (int i = 0; i < 20; ++i)
    if (labels[i] >= 0)
      name[labels[i]] = (size_t)expected->cell[2 + i];
  expected = golden_rows_find(&rows, "predict_prob");
  for (int i = 0; i < 20; ++i)
    assert_near(probabilities[i], expected->cell[2 + i], 1e-9, 0);
  assert_int_equal(
      crucible_hdbscan_predict_memberships(model, &twenty, NULL, memberships),
      CRUCIBLE_OK);
  for (int i = 0; i < 20; ++i) { /* the package rounds lambdas to float */
    char word[32];
    snprintf(word, sizeof word, "membership%d", i);
    expected = golden_rows_find(&rows, word);
    for (int k = 0; k < 3; ++k)
      assert_near(memberships[3 * i + k], expected->cell[2 + name[k]], 1e-5,
                  1e-7);
  }
  crucible_hdbscan_destroy(model);
  free(points);
  golden_rows_free(&rows);
}

/* hdbscan/tests/test_hdbscan.py:487. Its probability of the first point,
   0.23907636, comes of ties: with all edges (approx_min_span_tree=False) the
   package itself, version 0.8.43, says 0.16991879. */
static void the_test_of_the_package_is_passed(void **state) {
  (void)state;
  double *points, probabilities[3];
  const double asked[6] = {-1.5, -1.0, 1.5, -1.0, 0.0, 0.0};
  int32_t labels[3];
  size_t n;
  crucible_hdbscan *model = fit_of("hdb_blobs200.csv", 2, 5, 0, &points, &n);
  crucible_matrix three = {asked, 3, 2, 2, 1};
  assert_int_equal(
      crucible_hdbscan_predict(model, &three, NULL, labels, probabilities),
      CRUCIBLE_OK);
  assert_true(labels[0] >= 0 && labels[1] >= 0 && labels[0] != labels[1]);
  assert_int_equal(labels[2], -1);
  assert_near(probabilities[0], 0.16991879, 0, 1e-8);
  assert_near(probabilities[1], 0.51636637, 0, 1e-8);
  assert_near(probabilities[2], 0, 0, 0);
  crucible_hdbscan_destroy(model);
  free(points);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clusterings_are_those_of_the_package),
      cmocka_unit_test(new_points_are_placed_as_by_the_package),
      cmocka_unit_test(the_test_of_the_package_is_passed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
