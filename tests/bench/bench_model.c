/* SPDX-License-Identifier: Apache-2.0 */
/* Training and prediction of boosted trees; the speed of prediction counts
   most: an agent asks for one row on each bar. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/model.h>

#include "base/rng.h"
#include "bench.h"

enum { COLS = 8, PARAMS = 10, ROUNDS = 100 };

/* grow_policy, max_leaves, learning_rate, min_child_weight, subsample,
   colsample_bytree, reg_lambda, reg_alpha, gamma, max_bin */
static const double depthwise[PARAMS] = {0, 64, 0.1,  1,    1,
                                         1, 1,  0.01, 0.01, 256};
static const double leafwise[PARAMS] = {1, 16, 0.1,  1,    1,
                                        1, 1,  0.01, 0.01, 256};

typedef struct input {
  size_t rows, at;
  double *x, *y, *values, *first; /* x: row-major */
  const double *params;
  crucible_model *model;
  const void *bytes; /* of the model, its own */
  size_t n_bytes;
} input;

static crucible_model_task task_of(const input *in) {
  crucible_model_task task;
  crucible_model_task_init(&task, sizeof task);
  task.features = (crucible_matrix){in->x, in->rows, COLS, COLS, 1};
  task.target = in->y;
  task.max_rounds = ROUNDS;
  return task;
}

static crucible_model *fit(const input *in) {
  crucible_model_task task = task_of(in);
  crucible_model *model;
  bench_must(
      crucible_model_fit("xgboost", in->params, PARAMS, &task, &model, NULL));
  return model;
}

static input *make(const bench_context *context, const double *params) {
  input *in = calloc(1, sizeof *in);
  if (in == NULL)
    abort();
  in->rows = context->is_quick ? 500 : 20000;
  in->params = params;
  in->x = malloc(in->rows * COLS * sizeof *in->x);
  in->y = malloc(in->rows * sizeof *in->y);
  in->values = malloc(in->rows * sizeof *in->values);
  in->first = malloc(in->rows * sizeof *in->first);
  if (!in->x || !in->y || !in->values || !in->first)
    abort();
  crucible__rng rng;
  crucible__rng_init(&rng, context->seed, CRUCIBLE__RNG_TEST, 1);
  for (size_t i = 0; i < in->rows; ++i) {
    double *row = in->x + i * COLS;
    for (size_t j = 0; j < COLS; ++j)
      row[j] = crucible__rng_normal(&rng);
    in->y[i] = sin(2 * row[0]) + row[1] * row[2] + crucible__rng_normal(&rng);
  }
  in->model = fit(in);
  bench_must(crucible_model_bytes(in->model, &in->bytes, &in->n_bytes));
  const crucible_matrix all = {in->x, in->rows, COLS, COLS, 1};
  bench_must(crucible_model_predict(in->model, &all, in->first));
  return in;
}

static void stop(void *data) {
  input *in = data;
  crucible_model_destroy(in->model);
  free(in->x);
  free(in->y);
  free(in->values);
  free(in->first);
  free(in);
}

/* ---- training ---- */

static void *start_fit(bench_context *context) {
  input *in = make(context, depthwise);
  context->work = (double)in->rows * ROUNDS / 1e6;
  return in;
}

static void pass_fit(void *data) {
  input *in = data;
  crucible_model_destroy(in->model);
  in->model = fit(in);
}

/* The same bytes as before: the same predictions. */
static int check_fit(void *data) {
  input *in = data;
  const crucible_matrix all = {in->x, in->rows, COLS, COLS, 1};
  bench_must(crucible_model_predict(in->model, &all, in->values));
  return memcmp(in->values, in->first, in->rows * sizeof *in->values) == 0;
}

/* ---- prediction ---- */

static void *start_one_deep(bench_context *context) {
  return make(context, depthwise);
}

static void *start_one_leafwise(bench_context *context) {
  return make(context, leafwise);
}

enum { ONES = 200 };

static void pass_one(void *data) {
  input *in = data;
  for (size_t i = 0; i < ONES; ++i) {
    size_t row = (in->at + i) % in->rows;
    const crucible_matrix one = {in->x + row * COLS, 1, COLS, COLS, 1};
    bench_must(crucible_model_predict(in->model, &one, &in->values[row]));
  }
  in->at = (in->at + ONES) % in->rows;
}

static int check_one(void *data) {
  input *in = data;
  for (size_t i = 0; i < in->rows / ONES + 1; ++i)
    pass_one(in);
  return memcmp(in->values, in->first, in->rows * sizeof *in->values) == 0;
}

static void *start_many(bench_context *context) {
  input *in = make(context, depthwise);
  context->work = (double)in->rows;
  return in;
}

static void pass_many(void *data) {
  input *in = data;
  const crucible_matrix all = {in->x, in->rows, COLS, COLS, 1};
  bench_must(crucible_model_predict(in->model, &all, in->values));
}

static int check_many(void *data) {
  input *in = data;
  return memcmp(in->values, in->first, in->rows * sizeof *in->values) == 0;
}

/* ---- loading ---- */

static void pass_load(void *data) {
  input *in = data;
  crucible_model *model;
  bench_must(crucible_model_load(in->bytes, in->n_bytes, &model));
  crucible_model_destroy(model);
}

static int check_load(void *data) {
  input *in = data;
  crucible_model *model;
  const crucible_matrix all = {in->x, in->rows, COLS, COLS, 1};
  bench_must(crucible_model_load(in->bytes, in->n_bytes, &model));
  bench_must(crucible_model_predict(model, &all, in->values));
  crucible_model_destroy(model);
  return memcmp(in->values, in->first, in->rows * sizeof *in->values) == 0;
}

const bench_case bench_model[] = {
    {.name = "fit_100_rounds",
     .unit = "M row*rounds/s",
     .start = start_fit,
     .pass = pass_fit,
     .check = check_fit,
     .stop = stop},
    {.name = "predict_1_row_100_trees_of_64_leaves",
     .unit = "ns",
     .start = start_one_deep,
     .pass = pass_one,
     .work = ONES,
     .check = check_one,
     .stop = stop},
    {.name = "predict_1_row_100_trees_of_16_leaves",
     .unit = "ns",
     .start = start_one_leafwise,
     .pass = pass_one,
     .work = ONES,
     .check = check_one,
     .stop = stop},
    {.name = "predict_many_rows_100_trees_of_64_leaves",
     .unit = "ns",
     .start = start_many,
     .pass = pass_many,
     .check = check_many,
     .stop = stop},
    {.name = "load_100_trees_of_64_leaves",
     .unit = "us",
     .start = start_one_deep,
     .pass = pass_load,
     .work = 1,
     .check = check_load,
     .stop = stop},
    {0}};
