/* SPDX-License-Identifier: Apache-2.0 */
/* HDBSCAN: fits of mixtures (eight groups, a tenth noise; min_cluster_size 100,
   min_samples 10), new points, segments. */
#include <stdlib.h>

#include <crucible/segment.h>

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

/* ---- segments: four columns, windows of 30 days of five minutes ---- */

enum { ROWS = 8640 + 288, COLUMNS = 4 };

typedef struct stream {
  double *rows;    /* [ROWS][COLUMNS] */
  int32_t *labels; /* [ROWS] */
  crucible_segment_options options;
  crucible_segmenter *segmenter;
} stream;

static void *start_stream(bench_context *context, int32_t kind) {
  stream *s = calloc(1, sizeof *s);
  if (s == NULL)
    abort();
  s->rows = malloc(ROWS * COLUMNS * sizeof *s->rows);
  s->labels = malloc(ROWS * sizeof *s->labels);
  if (s->rows == NULL || s->labels == NULL)
    abort();
  regime_mixture((uint32_t)context->seed + 1, ROWS, COLUMNS, s->rows);
  crucible_segment_options_init(&s->options, sizeof s->options);
  s->options.kind = kind;
  s->options.n_columns = kind == CRUCIBLE_SEGMENT_REGIMES ? COLUMNS : 1;
  if (context->is_quick)
    s->options.window = 1000;
  context->work = 1;
  return s;
}

static void label(stream *s, size_t begin, size_t end) {
  const crucible_matrix part = {s->rows + begin * COLUMNS, end - begin,
                                s->options.n_columns, COLUMNS, 1};
  bench_must(crucible_segmenter_run(s->segmenter, &part, NULL, NULL,
                                    s->labels + begin));
}

static void *start_regimes(bench_context *context) {
  return start_stream(context, CRUCIBLE_SEGMENT_REGIMES);
}

/* A window, a fit, a day. */
static void pass_day(void *data) {
  stream *s = data;
  crucible_segmenter_destroy(s->segmenter);
  bench_must(crucible_segmenter_create(&s->options, &s->segmenter));
  label(s, 0, ROWS);
}

static void *start_push(bench_context *context, int32_t kind) {
  stream *s = start_stream(context, kind);
  s->options.refit = 0;
  pass_day(s);
  context->work = 288;
  return s;
}

static void *start_push_regimes(bench_context *context) {
  return start_push(context, CRUCIBLE_SEGMENT_REGIMES);
}

static void *start_push_terciles(bench_context *context) {
  return start_push(context, CRUCIBLE_SEGMENT_QUANTILES);
}

static void pass_push(void *data) {
  stream *s = data;
  for (size_t i = ROWS - 288; i < ROWS; ++i)
    bench_must(crucible_segmenter_push(s->segmenter, s->rows + i * COLUMNS,
                                       NULL, NULL, s->labels + i));
}

static void stop_stream(void *data) {
  stream *s = data;
  crucible_segmenter_destroy(s->segmenter);
  free(s->rows);
  free(s->labels);
  free(s);
}

/* The window is not labelled, and most of the day after it is. */
static int check_stream(void *data) {
  const stream *s = data;
  size_t n = 0;
  for (size_t i = ROWS - 288; i < ROWS; ++i)
    n += s->labels[i] >= 0;
  return s->labels[0] == -1 && n > 288 / 2;
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
    {"segment_regimes_day", "ms", start_regimes, pass_day, 0, check_stream,
     stop_stream},
    {"segment_regimes_push", "ns", start_push_regimes, pass_push, 0,
     check_stream, stop_stream},
    {"segment_terciles_push", "ns", start_push_terciles, pass_push, 0,
     check_stream, stop_stream},
    {0}};
