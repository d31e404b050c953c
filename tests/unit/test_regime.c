/* SPDX-License-Identifier: Apache-2.0 */
/* HDBSCAN: worked examples, degenerate points, refusals, want of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/regime.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/regime_points.h"

static crucible_hdbscan_options defaults(void) {
  crucible_hdbscan_options options;
  crucible_hdbscan_options_init(&options, sizeof options);
  return options;
}

static crucible_hdbscan *fit(const double *points, size_t n, size_t dims,
                             const crucible_hdbscan_options *options) {
  crucible_matrix matrix = regime_matrix(points, n, dims);
  crucible_hdbscan *model;
  assert_int_equal(crucible_hdbscan_fit(&matrix, options, NULL, NULL, &model),
                   CRUCIBLE_OK);
  return model;
}

static crucible_hdbscan_result result_of(const crucible_hdbscan *model) {
  crucible_hdbscan_result result = {.struct_size = sizeof result};
  assert_int_equal(crucible_hdbscan_result_of(model, &result), CRUCIBLE_OK);
  return result;
}

/* ---- worked by hand ---- */

/* Two threes on a line, 1 apart within and 8 between, and one far away. With
   one neighbour every core distance is 1, or 80 for the last. */
static const double LINE[7] = {0, 1, 2, 10, 11, 12, 92};

static void two_groups_on_a_line_are_two_clusters(void **state) {
  (void)state;
  crucible_hdbscan_options options = defaults();
  options.min_cluster_size = 3;
  options.min_samples = 1;
  crucible_hdbscan *model = fit(LINE, 7, 1, &options);
  crucible_hdbscan_result result = result_of(model);
  assert_int_equal(result.n, 7);
  assert_int_equal(result.dims, 1);
  assert_int_equal(result.n_clusters, 2);
  assert_int_equal(result.n_noise, 1);
  assert_int_equal(result.min_samples, 1);
  assert_near(result.mst_weight, 1 + 1 + 1 + 1 + 8 + 80, 1e-15, 0);
  int32_t labels[7];
  const int32_t expected[7] = {0, 0, 0, 1, 1, 1, -1};
  assert_int_equal(crucible_hdbscan_labels(model, labels), CRUCIBLE_OK);
  assert_memory_equal(labels, expected, sizeof expected);
  double scores[7], persistence[2];
  assert_int_equal(crucible_hdbscan_outlier_scores(model, scores), CRUCIBLE_OK);
  assert_near(scores[0], 0, 0, 0);
  assert_near(scores[6], 1 - 1.0 / 80, 1e-15, 0); /* (1 - 1/80) / 1 */
  assert_int_equal(crucible_hdbscan_persistence(model, persistence),
                   CRUCIBLE_OK);
  assert_near(persistence[0], 1 - 1.0 / 8, 1e-15, 0); /* 3 (1 - 1/8) / 3 */
  uint32_t parent[9], child[9], size[9];
  double lambda[9];
  int32_t label[9];
  assert_int_equal(result.n_condensed, 9);
  assert_int_equal(crucible_hdbscan_condensed_tree(model, parent, child, lambda,
                                                   size, label),
                   CRUCIBLE_OK);
  assert_int_equal(parent[6], 7); /* the root */
  assert_near(lambda[6], 1.0 / 80, 1e-15, 0);
  assert_int_equal(parent[8], 7);
  assert_int_equal(child[8], 9);
  assert_int_equal(size[8], 3);
  assert_near(lambda[8], 1.0 / 8, 1e-15, 0);
  uint32_t low[6], high[6];
  double distance[6];
  assert_int_equal(crucible_hdbscan_spanning_tree(model, low, high, distance),
                   CRUCIBLE_OK);
  assert_int_equal(low[5], 5);
  assert_int_equal(high[5], 6);
  assert_near(distance[4], 8, 1e-15, 0);
  crucible_hdbscan_destroy(model);
}

static void counting_the_point_itself_is_one_sample_more(void **state) {
  (void)state;
  double points[300 * 2], with[300], without[300];
  regime_mixture(3, 300, 2, points);
  crucible_hdbscan_options options = defaults();
  options.min_samples = 4;
  crucible_hdbscan *model = fit(points, 300, 2, &options);
  assert_int_equal(crucible_hdbscan_spanning_tree(model, NULL, NULL, without),
                   CRUCIBLE_OK);
  crucible_hdbscan_destroy(model);
  options.min_samples = 5;
  options.samples = CRUCIBLE_SAMPLES_ALL;
  model = fit(points, 300, 2, &options);
  assert_int_equal(result_of(model).min_samples, 4);
  assert_int_equal(crucible_hdbscan_spanning_tree(model, NULL, NULL, with),
                   CRUCIBLE_OK);
  assert_same_bits_n(with, without, 299);
  crucible_hdbscan_destroy(model);
}

static void memory_order_of_the_matrix_does_not_matter(void **state) {
  (void)state;
  enum { N = 400, DIMS = 3 };
  double rows[N * DIMS], columns[N * DIMS], a[N], b[N];
  regime_mixture(4, N, DIMS, rows);
  for (size_t i = 0; i < N; ++i)
    for (size_t j = 0; j < DIMS; ++j)
      columns[j * N + i] = rows[i * DIMS + j];
  crucible_hdbscan *model = fit(rows, N, DIMS, NULL);
  assert_int_equal(crucible_hdbscan_outlier_scores(model, a), CRUCIBLE_OK);
  crucible_hdbscan_destroy(model);
  crucible_matrix matrix = {columns, N, DIMS, 1, N};
  assert_int_equal(crucible_hdbscan_fit(&matrix, NULL, NULL, NULL, &model),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_hdbscan_outlier_scores(model, b), CRUCIBLE_OK);
  assert_same_bits_n(a, b, N);
  crucible_hdbscan_destroy(model);
}

/* ---- options ---- */

static uint64_t clusters_with(const double *points, size_t n,
                              const crucible_hdbscan_options *options) {
  crucible_hdbscan *model = fit(points, n, 1, options);
  uint64_t n_clusters = result_of(model).n_clusters;
  crucible_hdbscan_destroy(model);
  return n_clusters;
}

static void options_choose_among_the_clusters(void **state) {
  (void)state;
  /* four groups of five: two pairs 3 apart, the pairs 50 apart */
  static const double base[4] = {0, 7, 61, 68};
  double points[20];
  for (int i = 0; i < 20; ++i)
    points[i] = base[i / 5] + i % 5;
  crucible_hdbscan_options options = defaults();
  options.min_samples = 1;
  assert_int_equal(clusters_with(points, 20, &options), 4);
  options.cluster_selection_epsilon = 4;
  assert_int_equal(clusters_with(points, 20, &options), 2);
  options.selection = CRUCIBLE_HDBSCAN_LEAF;
  assert_int_equal(clusters_with(points, 20, &options), 2);
  options.cluster_selection_epsilon = 0;
  assert_int_equal(clusters_with(points, 20, &options), 4);
  options.selection = CRUCIBLE_HDBSCAN_EOM;
  options.cluster_selection_epsilon = 100;
  options.allow_single_cluster = 1;
  assert_int_equal(clusters_with(points, 20, &options), 1);
  /* pairs of groups are so loose that they beat their halves */
  for (int i = 0; i < 20; ++i)
    points[i] = base[i / 5] + 1.4 * (i % 5) - (i / 5 % 2 ? 0 : 1);
  options = defaults();
  options.min_samples = 1;
  assert_int_equal(clusters_with(points, 20, &options), 2);
  options.max_cluster_size = 9;
  assert_int_equal(clusters_with(points, 20, &options), 4);
  options.max_cluster_size = 0;
  options.cluster_selection_epsilon_max = 20;
  assert_int_equal(clusters_with(points, 20, &options), 4);
}

static void epsilon_joins_clusters_level_by_level(void **state) {
  (void)state;
  /* eight groups of five: 3, 50 and 500 between them, by twos */
  double points[40];
  for (int i = 0; i < 40; ++i)
    points[i] = i % 5 + 7 * (i / 5 % 2) + 61 * (i / 10 % 2) + 618 * (i / 20);
  crucible_hdbscan_options options = defaults();
  options.min_samples = 1;
  const double epsilon[4] = {2.9, 4, 60, 600};
  const uint64_t expected[4] = {8, 4, 2, 2}; /* the whole is not chosen */
  for (int32_t by = CRUCIBLE_HDBSCAN_EOM; by <= CRUCIBLE_HDBSCAN_LEAF; ++by)
    for (int k = 0; k < 4; ++k) {
      options.selection = by;
      options.cluster_selection_epsilon = epsilon[k];
      assert_int_equal(clusters_with(points, 40, &options), expected[k]);
    }
}

/* ---- degenerate points ---- */

static void equal_points_are_one_cluster_or_noise(void **state) {
  (void)state;
  double points[100 * 3], scores[100], lambda[100];
  int32_t labels[100];
  for (int i = 0; i < 300; ++i)
    points[i] = i % 3;
  for (int32_t single = 0; single <= 1; ++single) {
    crucible_hdbscan_options options = defaults();
    options.allow_single_cluster = single;
    crucible_hdbscan *model = fit(points, 100, 3, &options);
    assert_int_equal(result_of(model).n_clusters, single);
    assert_int_equal(result_of(model).n_noise, single ? 0 : 100);
    assert_int_equal(crucible_hdbscan_labels(model, labels), CRUCIBLE_OK);
    assert_int_equal(crucible_hdbscan_outlier_scores(model, scores),
                     CRUCIBLE_OK);
    assert_int_equal(
        crucible_hdbscan_condensed_tree(model, NULL, NULL, lambda, NULL, NULL),
        CRUCIBLE_OK);
    for (int i = 0; i < 100; ++i) {
      assert_int_equal(labels[i], single - 1);
      assert_near(scores[i], 0, 0, 0);
      assert_near(lambda[i], 1, 0, 0);
    }
    int32_t label;
    double probability;
    crucible_matrix one = regime_matrix(points, 1, 3);
    assert_int_equal(
        crucible_hdbscan_predict(model, &one, NULL, &label, &probability),
        CRUCIBLE_OK);
    assert_int_equal(label, single - 1);
    assert_near(probability, single, 0, 0);
    crucible_hdbscan_destroy(model);
  }
}

/* hdbscan issue #109: there it fails. */
static void new_points_are_placed_with_one_cluster_or_none(void **state) {
  (void)state;
  enum { N = 200 };
  double points[N * 2], probabilities[2], soft[2];
  const double asked[4] = {0, 0, 50, 50};
  int32_t labels[2];
  uint32_t drawn = 11;
  for (int i = 0; i < N * 2; ++i)
    points[i] = regime_normal(&drawn);
  for (int32_t single = 0; single <= 1; ++single) {
    crucible_hdbscan_options options = defaults();
    options.min_cluster_size = 90;
    options.min_samples = 10;
    options.allow_single_cluster = single;
    crucible_hdbscan *model = fit(points, N, 2, &options);
    assert_int_equal(result_of(model).n_clusters, single);
    crucible_matrix two = regime_matrix(asked, 2, 2);
    assert_int_equal(
        crucible_hdbscan_predict(model, &two, NULL, labels, probabilities),
        CRUCIBLE_OK);
    assert_int_equal(labels[0], single - 1);
    assert_true(single ? probabilities[0] > 0.5 : probabilities[0] <= 0);
    assert_true(probabilities[1] < 0.02);
    soft[0] = soft[1] = -1;
    assert_int_equal(
        crucible_hdbscan_predict_memberships(model, &two, NULL, soft),
        CRUCIBLE_OK);
    assert_true(single ? soft[0] > 0.5 && soft[0] <= 1 && soft[1] >= 0
                       : soft[0] + soft[1] <= -2); /* nothing is written */
    crucible_hdbscan_destroy(model);
  }
}

static void copies_of_a_point_are_a_cluster_with_finite_scores(void **state) {
  (void)state;
  enum { N = 300 };
  double points[N * 2], soft[N * 64], x[N];
  int32_t labels[N];
  regime_mixture(5, N, 2, points);
  for (int i = 0; i < 40; ++i) {
    points[2 * i] = 100;
    points[2 * i + 1] = 3;
  }
  crucible_hdbscan *model = fit(points, N, 2, NULL);
  assert_in_range(result_of(model).n_clusters, 2, 64);
  assert_int_equal(crucible_hdbscan_labels(model, labels), CRUCIBLE_OK);
  for (int i = 0; i < N; ++i)
    assert_true((labels[i] == 0) == (i < 40));
  assert_int_equal(crucible_hdbscan_memberships(model, NULL, soft),
                   CRUCIBLE_OK);
  for (size_t i = 0; i < N * result_of(model).n_clusters; ++i)
    assert_true(soft[i] >= 0 && soft[i] <= 1);
  assert_int_equal(crucible_hdbscan_outlier_scores(model, x), CRUCIBLE_OK);
  for (int i = 0; i < N; ++i)
    assert_true(x[i] >= 0 && x[i] <= 1);
  crucible_hdbscan_destroy(model);
}

static void two_points_are_enough(void **state) {
  (void)state;
  const double points[2] = {1, 4};
  crucible_hdbscan_options options = defaults();
  options.min_cluster_size = 2;
  options.min_samples = 1;
  options.allow_single_cluster = 1;
  crucible_hdbscan *model = fit(points, 2, 1, &options);
  assert_int_equal(result_of(model).n_clusters, 1);
  assert_near(result_of(model).mst_weight, 3, 0, 0);
  crucible_hdbscan_destroy(model);
}

static void
a_far_point_is_noise_even_beyond_the_range_of_squares(void **state) {
  (void)state;
  double points[200], far[2] = {1e300, 1e300}, probability = 7;
  int32_t label = 7;
  regime_mixture(6, 100, 2, points);
  crucible_hdbscan *model = fit(points, 100, 2, NULL);
  crucible_matrix one = regime_matrix(far, 1, 2);
  assert_int_equal(
      crucible_hdbscan_predict(model, &one, NULL, &label, &probability),
      CRUCIBLE_OK);
  assert_int_equal(label, -1);
  assert_near(probability, 0, 0, 0);
  crucible_hdbscan_destroy(model);
}

/* A loose lattice, 2.5 apart, whose corner is 1 from the new point, and a tight
   one 2 from it. The corner's core distance without its last neighbour is 2.5;
   the new point's own, to its third, is 2.002: it joins the tight one. */
static void a_new_point_joins_the_nearest_by_mutual_reachability(void **state) {
  (void)state;
  double points[32 * 2], probability;
  const double new_point[2] = {1, 0};
  for (int i = 0; i < 16; ++i) {
    points[2 * i] = -2.5 * (i / 4);
    points[2 * i + 1] = 2.5 * (i % 4);
    points[32 + 2 * i] = 3 + 0.1 * (i / 4);
    points[32 + 2 * i + 1] = 0.1 * (i % 4);
  }
  crucible_hdbscan_options options = defaults();
  options.min_cluster_size = 8;
  options.min_samples = 2;
  crucible_hdbscan *model = fit(points, 32, 2, &options);
  assert_int_equal(result_of(model).n_clusters, 2);
  crucible_matrix one = regime_matrix(new_point, 1, 2);
  int32_t label = -1;
  assert_int_equal(
      crucible_hdbscan_predict(model, &one, NULL, &label, &probability),
      CRUCIBLE_OK);
  assert_int_equal(label, 1);
  /* third nearest: (3, 0.1), root of 4.01; the tight ones are 0.1 apart */
  assert_near(probability, 0.1 / sqrt(4.01), 1e-12, 0);
  crucible_hdbscan_destroy(model);
}

/* A point on top of a fitted one, in the middle of a cluster, joins it. */
static void fitted_points_are_placed_in_their_own_clusters(void **state) {
  (void)state;
  enum { N = 1000 };
  double points[N * 2], probability[N], fitted[N];
  int32_t label[N], labels[N];
  regime_mixture(8, N, 2, points);
  crucible_hdbscan_options options = defaults();
  options.min_cluster_size = 30;
  crucible_hdbscan *model = fit(points, N, 2, &options);
  crucible_matrix all = regime_matrix(points, N, 2);
  assert_int_equal(crucible_hdbscan_labels(model, labels), CRUCIBLE_OK);
  assert_int_equal(crucible_hdbscan_probabilities(model, fitted), CRUCIBLE_OK);
  assert_int_equal(
      crucible_hdbscan_predict(model, &all, NULL, label, probability),
      CRUCIBLE_OK);
  int n_firm = 0;
  for (int i = 0; i < N; ++i)
    if (fitted[i] > 0.8) {
      assert_int_equal(label[i], labels[i]);
      ++n_firm;
    }
  assert_in_range(n_firm, 100, N);
  crucible_hdbscan_destroy(model);
}

/* ---- refusals ---- */

static void refused(const crucible_matrix *points,
                    const crucible_hdbscan_options *options,
                    crucible_status status, const char *text) {
  crucible_hdbscan *model = (crucible_hdbscan *)(uintptr_t)8;
  assert_int_equal(crucible_hdbscan_fit(points, options, NULL, NULL, &model),
                   status);
  assert_null(model);
  if (strstr(crucible_last_error(), text) == NULL)
    fail_msg("\"%s\" does not say \"%s\"", crucible_last_error(), text);
}

static void fit_refuses_bad_points(void **state) {
  (void)state;
  double x[120];
  regime_mixture(7, 60, 2, x);
  crucible_matrix good = regime_matrix(x, 60, 2), m = good;
  refused(NULL, NULL, CRUCIBLE_E_INVALID, "points is NULL");
  m.data = NULL;
  refused(&m, NULL, CRUCIBLE_E_INVALID, "points->data is NULL");
  m = good;
  m.cols = 0;
  refused(&m, NULL, CRUCIBLE_E_INVALID, "points->cols is 0");
  m.cols = CRUCIBLE_HDBSCAN_DIMS_MAX + 1;
  m.col_stride = m.row_stride = 0;
  refused(&m, NULL, CRUCIBLE_E_UNSUPPORTED, "points->cols is 51");
  m = good;
  m.rows = 0;
  refused(&m, NULL, CRUCIBLE_E_TOO_SHORT, "points->rows is 0");
  m.rows = 1;
  refused(&m, NULL, CRUCIBLE_E_TOO_SHORT, "points->rows is 1");
  m.rows = 5;
  refused(&m, NULL, CRUCIBLE_E_TOO_SHORT,
          "options.min_samples (0: min_cluster_size) is 5 with 5 points");
  x[2 * 33 + 1] = (double)NAN;
  refused(&good, NULL, CRUCIBLE_E_INVALID, "points[33, 1] is NaN");
  x[2 * 33 + 1] = -(double)INFINITY;
  refused(&good, NULL, CRUCIBLE_E_INVALID, "points[33, 1] is infinite");
  x[2 * 33 + 1] = 1e200;
  refused(&good, NULL, CRUCIBLE_E_DOMAIN, "column 1 spans more than 1e150");
  for (int i = 0; i < 120; ++i)
    x[i] = 1e-170 * (i % 7);
  refused(&good, NULL, CRUCIBLE_E_DOMAIN, "no column spans 1e-150");
}

static void fit_refuses_bad_options(void **state) {
  (void)state;
  double x[120];
  regime_mixture(7, 60, 2, x);
  crucible_matrix m = regime_matrix(x, 60, 2);
  crucible_hdbscan_options good = defaults(), o = good;
#define REFUSED(field, value, status, text)                                    \
  do {                                                                         \
    o = good;                                                                  \
    o.field = (value);                                                         \
    refused(&m, &o, status, text);                                             \
  } while (0)
  REFUSED(min_cluster_size, 0, CRUCIBLE_E_INVALID, "min_cluster_size is 0");
  REFUSED(min_cluster_size, 1, CRUCIBLE_E_INVALID, "min_cluster_size is 1");
  REFUSED(min_samples, 60, CRUCIBLE_E_TOO_SHORT, "min_samples is 60");
  REFUSED(max_cluster_size, 4, CRUCIBLE_E_INVALID, "max_cluster_size is 4");
  REFUSED(samples, 0, CRUCIBLE_E_INVALID, "samples is 0");
  REFUSED(metric, 4, CRUCIBLE_E_INVALID, "metric is 4");
  REFUSED(selection, 3, CRUCIBLE_E_INVALID, "selection is 3");
  REFUSED(allow_single_cluster, 2, CRUCIBLE_E_INVALID,
          "allow_single_cluster is 2");
  REFUSED(alpha, 0, CRUCIBLE_E_INVALID, "alpha is 0");
  REFUSED(alpha, (double)NAN, CRUCIBLE_E_INVALID, "alpha is NaN");
  REFUSED(alpha, 1e9, CRUCIBLE_E_INVALID, "alpha");
  REFUSED(cluster_selection_epsilon, -1, CRUCIBLE_E_INVALID,
          "cluster_selection_epsilon is negative");
  REFUSED(cluster_selection_epsilon_max, (double)INFINITY, CRUCIBLE_E_INVALID,
          "cluster_selection_epsilon_max is infinite");
  REFUSED(struct_size, 4, CRUCIBLE_E_INVALID, "struct_size");
  assert_int_equal(crucible_hdbscan_fit(&m, NULL, NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
#undef REFUSED
}

static void readers_refuse_bad_arguments(void **state) {
  (void)state;
  double x[120], y[60] = {7}, bad[2] = {0, (double)NAN};
  int32_t labels[60] = {7};
  regime_mixture(7, 60, 2, x);
  crucible_hdbscan *model = fit(x, 60, 2, NULL);
  crucible_hdbscan_result no_size = {0};
  assert_int_equal(crucible_hdbscan_result_of(model, &no_size),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_hdbscan_result_of(NULL, &no_size),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_hdbscan_labels(NULL, labels), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_hdbscan_labels(model, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_hdbscan_probabilities(model, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_hdbscan_outlier_scores(NULL, y),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_hdbscan_persistence(NULL, y), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_hdbscan_memberships(model, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_hdbscan_condensed_tree(NULL, NULL, NULL, NULL, NULL, NULL),
      CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_hdbscan_spanning_tree(NULL, NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  crucible_matrix three = regime_matrix(x, 20, 3);
  assert_int_equal(crucible_hdbscan_predict(model, &three, NULL, labels, y),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "points->cols is 3"));
  crucible_matrix nan = regime_matrix(bad, 1, 2);
  assert_int_equal(crucible_hdbscan_predict(model, &nan, NULL, labels, y),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "points[0, 1] is NaN"));
  assert_int_equal(crucible_hdbscan_predict(NULL, &nan, NULL, labels, y),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_hdbscan_predict_memberships(model, &nan, NULL, y),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_hdbscan_predict_memberships(NULL, &three, NULL, y),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(labels[0], 7);
  assert_near(y[0], 7, 0, 0);
  crucible_hdbscan_destroy(model);
  crucible_hdbscan_destroy(NULL);
}

static void a_request_stops_the_fit(void **state) {
  (void)state;
  double x[120];
  regime_mixture(7, 60, 2, x);
  crucible_matrix m = regime_matrix(x, 60, 2);
  crucible_cancel *cancel;
  crucible_hdbscan *model;
  assert_int_equal(crucible_cancel_create(&cancel), CRUCIBLE_OK);
  crucible_cancel_request(cancel);
  assert_int_equal(crucible_hdbscan_fit(&m, NULL, NULL, cancel, &model),
                   CRUCIBLE_E_CANCELLED);
  assert_null(model);
  crucible_cancel_destroy(cancel);
}

/* ---- want of memory ---- */

static crucible_status whole_path(void *data) {
  double *x = data, soft[200 * 16];
  int32_t labels[200];
  crucible_matrix m = regime_matrix(x, 200, 2);
  crucible_hdbscan_options options = defaults();
  options.min_cluster_size = 20;
  crucible_hdbscan *model;
  crucible_status status =
      crucible_hdbscan_fit(&m, &options, NULL, NULL, &model);
  if (status == CRUCIBLE_OK)
    status = crucible_hdbscan_predict(model, &m, NULL, labels, NULL);
  if (status == CRUCIBLE_OK)
    status = crucible_hdbscan_memberships(model, NULL, soft);
  if (status == CRUCIBLE_OK)
    status = crucible_hdbscan_predict_memberships(model, &m, NULL, soft);
  crucible_hdbscan_destroy(model);
  return status;
}

static void all_of_it_survives_want_of_memory(void **state) {
  (void)state;
  double x[400];
  regime_mixture(9, 200, 2, x);
  assert_true(failing_alloc_run(whole_path, x) >= 30);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_groups_on_a_line_are_two_clusters),
      cmocka_unit_test(counting_the_point_itself_is_one_sample_more),
      cmocka_unit_test(memory_order_of_the_matrix_does_not_matter),
      cmocka_unit_test(options_choose_among_the_clusters),
      cmocka_unit_test(epsilon_joins_clusters_level_by_level),
      cmocka_unit_test(equal_points_are_one_cluster_or_noise),
      cmocka_unit_test(new_points_are_placed_with_one_cluster_or_none),
      cmocka_unit_test(copies_of_a_point_are_a_cluster_with_finite_scores),
      cmocka_unit_test(two_points_are_enough),
      cmocka_unit_test(a_far_point_is_noise_even_beyond_the_range_of_squares),
      cmocka_unit_test(a_new_point_joins_the_nearest_by_mutual_reachability),
      cmocka_unit_test(fitted_points_are_placed_in_their_own_clusters),
      cmocka_unit_test(fit_refuses_bad_points),
      cmocka_unit_test(fit_refuses_bad_options),
      cmocka_unit_test(readers_refuse_bad_arguments),
      cmocka_unit_test(a_request_stops_the_fit),
      cmocka_unit_test(all_of_it_survives_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
