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

/* What ties do not leave open, kind after kind; the file of the figures does
   not have the largest score. */
static const double OUTLIER_MAX[8] = {0.8521429689927185, 0.8166487103325971,
                                      0.8999164241939853, 0.9177791109533555,
                                      0.8521429689927185, 0.8166487103325966,
                                      0.8999164241939853, 0.917779110953356};

static void check_scores(const golden_row *row, const crucible_hdbscan *model,
                         size_t n, int number) {
  double *scores = malloc(n * sizeof *scores), largest = 0;
  assert_non_null(scores);
  assert_int_equal(crucible_hdbscan_outlier_scores(model, scores), CRUCIBLE_OK);
  for (size_t i = 0; i < n; ++i)
    largest = fmax(largest, scores[i]);
  assert_near(largest, OUTLIER_MAX[number], 1e-10, 0);
  /* of ties below the clusters, which the package breaks otherwise */
  if ((int)row->cell[KIND] == GENERIC)
    assert_near(sum_of(scores, n), row->cell[OUTLIER_SUM], 1e-4, 0);
  free(scores);
}

/* Whether probabilities' sum, rows of the condensed tree and persistence are
   those of an answer of the package. */
static int is_answer(const golden_row *answer, double prob_sum,
                     double n_condensed, const double *persistence) {
  enum { FIRST = 4, TREE, PARTS };
  int same = fabs(prob_sum / answer->cell[FIRST] - 1) < 1e-9 &&
             n_condensed == answer->cell[TREE];
  for (int k = 0; k < 3; ++k)
    same &= fabs(persistence[k] / answer->cell[PARTS + k] - 1) < 1e-9;
  return same;
}

/*
 * The package's answer to the same points depends on the order of their rows
 * where weights tie. Ours must be one of all its answers in every figure, and
 * so must the golden one; where there is only one, all three are the same.
 */
static void check_answers(const golden_row *row, const crucible_hdbscan *model,
                          size_t n) {
  golden_rows answers = golden_rows_read("regime/hdbscan_answers.csv");
  double *x = malloc(n * sizeof *x), persistence[3];
  int n_answers = 0, n_ours = 0, n_golden = 0;
  assert_non_null(x);
  assert_int_equal(crucible_hdbscan_probabilities(model, x), CRUCIBLE_OK);
  assert_int_equal(crucible_hdbscan_persistence(model, persistence),
                   CRUCIBLE_OK);
  qsort(persistence, 3, sizeof *persistence, by_size);
  crucible_hdbscan_result result = {.struct_size = sizeof result};
  assert_int_equal(crucible_hdbscan_result_of(model, &result), CRUCIBLE_OK);
  for (size_t i = 0; i < answers.n; ++i) {
    const golden_row *answer = &answers.row[i];
    if (strcmp(answer->word, "answer") != 0 ||
        strcmp(answer->second, row->second) != 0 ||
        answer->cell[2] != row->cell[MIN_CLUSTER_SIZE] ||
        answer->cell[3] != row->cell[MIN_SAMPLES])
      continue;
    ++n_answers;
    n_ours += is_answer(answer, sum_of(x, n), (double)result.n_condensed,
                        persistence);
    n_golden += is_answer(answer, row->cell[PROB_SUM], row->cell[N_CONDENSED],
                          row->cell + PERSISTENCE);
  }
  assert_int_equal(n_answers, row->cell[MIN_SAMPLES] > 0 ? 1 : 2);
  assert_int_equal(n_ours, 1);
  assert_int_equal(n_golden, 1);
  /* the same one as all pairs give in the order of the file */
  if ((int)row->cell[KIND] == GENERIC)
    assert_near(sum_of(x, n), row->cell[PROB_SUM], 1e-9, 0);
  golden_rows_free(&answers);
  free(x);
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
    check_scores(row, model, n, n_cases);
    check_answers(row, model, n);
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
   0.23907636, is one of two that the package gives to these points, by the order
   of their rows; ours is the other. */
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
  assert_near(probabilities[1], 0.51636637, 0, 1e-8);
  assert_near(probabilities[2], 0, 0, 0);
  golden_rows places = golden_rows_read("regime/hdbscan_answers.csv");
  int n_ours = 0, n_golden = 0;
  for (size_t i = 0; i < places.n; ++i) {
    const double *p = places.row[i].cell + 4;
    if (strcmp(places.row[i].word, "place") != 0)
      continue;
    n_ours += fabs(probabilities[0] - p[0]) < 1e-8 &&
              fabs(probabilities[1] - p[1]) < 1e-8 && p[2] == 0;
    n_golden += fabs(0.23907636 - p[0]) < 1e-8;
  }
  assert_int_equal(n_ours, 1);
  assert_int_equal(n_golden, 1);
  golden_rows_free(&places);
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
