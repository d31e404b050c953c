/* SPDX-License-Identifier: Apache-2.0 */
/* HDBSCAN: fits of mixtures (eight groups, a tenth noise; min_cluster_size 100,
   min_samples 10), and new points. */
#include <stdlib.h>

#include <crucible/regime.h>

#include "bench.h"
#include "support/regime_points.h"

typedef struct input {
  double *points; /* [n][dims] */
  size_t n, dims;
  crucible_pool *pool;
  crucible_hdbscan_options options;
  crucible_hdbscan *model;
  int32_t *labels; /* [n] */
} input;

static input *start_with(bench_context *context, size_t n, size_t dims,
                         uint32_t threads) {
  input *in = calloc(1, sizeof *in);
  if (in == NULL)
    abort();
  in->n = context->is_quick ? n / 50 : n;
  in->dims = dims;
  in->points = malloc(in->n * dims * sizeof *in->points);
  in->labels = malloc(in->n * sizeof *in->labels);
  if (in->points == NULL || in->labels == NULL)
    abort();
  regime_mixture((uint32_t)context->seed + 1, in->n, dims, in->points);
  crucible_hdbscan_options_init(&in->options, sizeof in->options);
  in->options.min_cluster_size = context->is_quick ? 10 : 100;
  in->options.min_samples = 10;
  bench_must(crucible_pool_create(threads, &in->pool));
  context->work = 1;
  return in;
}

static void *start_100k_3(bench_context *context) {
  return start_with(context, 100000, 3, 1);
}

static void *start_100k_3_two(bench_context *context) {
  return start_with(context, 100000, 3, 2);
}

static void *start_10k_10_two(bench_context *context) {
  return start_with(context, 10000, 10, 2);
}

static void pass_fit(void *data) {
  input *in = data;
  crucible_matrix matrix = regime_matrix(in->points, in->n, in->dims);
  crucible_hdbscan_destroy(in->model);
  bench_must(
      crucible_hdbscan_fit(&matrix, &in->options, in->pool, NULL, &in->model));
}

/* A thousand places, each with a hundred copies. */
static void *start_copies(bench_context *context) {
  input *in = start_with(context, 100000, 3, 1);
  regime_grid((uint32_t)context->seed + 1, in->n, in->dims, 10, in->points);
  in->options.min_cluster_size = 20;
  return in;
}

static void *start_predict(bench_context *context) {
  input *in = start_with(context, 100000, 3, 1);
  pass_fit(in);
  context->work = (double)in->n;
  return in;
}

static void pass_predict(void *data) {
  input *in = data;
  crucible_matrix matrix = regime_matrix(in->points, in->n, in->dims);
  bench_must(
      crucible_hdbscan_predict(in->model, &matrix, in->pool, in->labels, NULL));
}

static void stop(void *data) {
  input *in = data;
  crucible_hdbscan_destroy(in->model);
  crucible_pool_destroy(in->pool);
  free(in->points);
  free(in->labels);
  free(in);
}

/* Groups are found, and most of the points are in them. */
static int check_fit(void *data) {
  input *in = data;
  crucible_hdbscan_result result = {.struct_size = sizeof result};
  bench_must(crucible_hdbscan_result_of(in->model, &result));
  return result.n_clusters >= 2 && result.n_clusters <= 12 &&
         result.n_noise < in->n / 2 && result.mst_weight > 0;
}

/* Edges join copies, or places at most a few steps apart. */
static int check_copies(void *data) {
  input *in = data;
  crucible_hdbscan_result result = {.struct_size = sizeof result};
  bench_must(crucible_hdbscan_result_of(in->model, &result));
  return result.n_noise <= in->n && result.mst_weight > 0 &&
         result.mst_weight < 4 * (double)in->n;
}

/* Fitted points mostly come back to their clusters. */
static int check_predict(void *data) {
  input *in = data;
  int32_t *fitted = malloc(in->n * sizeof *fitted);
  if (fitted == NULL)
    abort();
  bench_must(crucible_hdbscan_labels(in->model, fitted));
  size_t same = 0;
  for (size_t i = 0; i < in->n; ++i)
    same += fitted[i] == in->labels[i];
  free(fitted);
  return same > in->n * 9 / 10;
}

extern const bench_case bench_regime[];
const bench_case bench_regime[] = {
    {"hdbscan_100k_3", "ms", start_100k_3, pass_fit, 0, check_fit, stop},
    {"hdbscan_100k_3_two_threads", "ms", start_100k_3_two, pass_fit, 0,
     check_fit, stop},
    {"hdbscan_10k_10_two_threads", "ms", start_10k_10_two, pass_fit, 0,
     check_fit, stop},
    {"hdbscan_100k_copies", "ms", start_copies, pass_fit, 0, check_copies,
     stop},
    {"hdbscan_predict_100k_3", "ns", start_predict, pass_predict, 0,
     check_predict, stop},
    {0}};
