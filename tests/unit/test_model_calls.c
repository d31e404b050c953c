/* SPDX-License-Identifier: Apache-2.0 */
/* Models as objects: messages, cancelling, bad input, damaged bytes, other
   kinds, want of memory. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <xgboost/c_api.h>

#include <crucible/log.h>
#include <crucible/model.h>
#include <crucible/sys/model.h>

#include "base/rng.h"
#include "model/model_kinds.h"
#include "model/tree_model.h"
#include "model/xgboost_fit.h"
#include "support/failing_alloc.h"
#include "support/model_data.h"
#include "support/near.h"
#include "support/statuses.h"

/* ---- messages ---- */

typedef struct heard {
  int n;
  int32_t level;
  char module[16], text[256];
} heard;

static void hear(int32_t level, const char *module, const char *text,
                 void *user_data) {
  heard *h = user_data;
  ++h->n;
  h->level = level;
  snprintf(h->module, sizeof h->module, "%s", module);
  snprintf(h->text, sizeof h->text, "%s", text);
}

/* The hook stays with the thread that trained: a warning of XGBoost's own, here
   of a parameter that it does not know, comes through it. */
static void messages_of_xgboost_go_to_the_log(void **state) {
  (void)state;
  crucible_model_task t = task_of(the_data());
  heard h = {0};
  crucible_set_log(hear, &h, CRUCIBLE_LOG_DEBUG);
  crucible_model_destroy(fit(usual, &t, NULL));
  assert_int_equal(h.n, 0); /* nothing to complain about */
  static float x[] = {1, 2, 3, 4}, y[] = {1, 2, 3, 4};
  char array[128];
  DMatrixHandle matrix;
  BoosterHandle booster;
  snprintf(array, sizeof array,
           "{\"data\":[%zu,true],\"shape\":[4,1],\"typestr\":\"<f4\","
           "\"version\":3}",
           (size_t)(uintptr_t)x);
  check_xgboost(XGDMatrixCreateFromDense(
      array, "{\"missing\":NaN,\"nthread\":1}", &matrix));
  snprintf(array, sizeof array,
           "{\"data\":[%zu,true],\"shape\":[4],\"typestr\":\"<f4\","
           "\"version\":3}",
           (size_t)(uintptr_t)y);
  check_xgboost(XGDMatrixSetInfoFromInterface(matrix, "label", array));
  check_xgboost(XGBoosterCreate(&matrix, 1, &booster));
  check_xgboost(XGBoosterSetParam(booster, "validate_parameters", "1"));
  check_xgboost(XGBoosterSetParam(booster, "no_such_parameter", "1"));
  check_xgboost(XGBoosterUpdateOneIter(booster, 0, matrix));
  check_xgboost(XGBoosterFree(booster));
  check_xgboost(XGDMatrixFree(matrix));
  crucible_set_log(NULL, NULL, 0);
  assert_true(h.n >= 1);
  assert_string_equal(h.module, "model");
  assert_int_equal(h.level, CRUCIBLE_LOG_WARN);
  assert_null(strchr(h.text, '\n'));
}

/* ---- cancelling ---- */

static void *request(void *cancel) {
  struct timespec wait = {0, 200000000};
  nanosleep(&wait, NULL);
  crucible_cancel_request(cancel);
  return NULL;
}

static void a_training_stops_within_a_second_when_cancelled(void **state) {
  (void)state;
  crucible_model_task t = task_of(the_data());
  crucible_cancel *cancel;
  crucible_model *model;
  assert_ok(crucible_cancel_create(&cancel));
  t.cancel = cancel;
  t.max_rounds = 1000000;
  t.patience = 1000000;
  pthread_t thread;
  struct timespec from, to;
  assert_int_equal(pthread_create(&thread, NULL, request, cancel), 0);
  clock_gettime(CLOCK_MONOTONIC, &from);
  assert_fails(crucible_model_fit("xgboost", usual, CRUCIBLE__XGB_PARAMS, &t,
                                  &model, NULL),
               CRUCIBLE_E_CANCELLED, "cancelled");
  clock_gettime(CLOCK_MONOTONIC, &to);
  assert_null(model);
  double seconds = (double)(to.tv_sec - from.tv_sec) +
                   1e-9 * (double)(to.tv_nsec - from.tv_nsec);
  assert_true(seconds < 1.2);
  pthread_join(thread, NULL);
  crucible_cancel_destroy(cancel);
}

/* ---- bad input ---- */

static void a_task_that_makes_no_sense_is_refused_by_name(void **state) {
  (void)state;
  const data *d = the_data();
  static double x[ROWS * COLS], y[ROWS], w[ROWS];
  crucible_model *model = (crucible_model *)&model;
  double params[CRUCIBLE__XGB_PARAMS];
  memcpy(params, usual, sizeof params);
#define REFUSED(status, part)                                                  \
  do {                                                                         \
    assert_fails(crucible_model_fit("xgboost", params, CRUCIBLE__XGB_PARAMS,   \
                                    &t, &model, NULL),                         \
                 status, part);                                                \
    assert_null(model);                                                        \
    t = task_of(d);                                                            \
    memcpy(params, usual, sizeof params);                                      \
  } while (0)
  crucible_model_task t = task_of(d);
  memcpy(x, d->train, sizeof x);
  memcpy(y, d->target, sizeof y);
  x[2 * ROWS + 5] = (double)INFINITY;
  t.features.data = x;
  REFUSED(CRUCIBLE_E_INVALID, "features: row 5, column 2 is inf");
  x[2 * ROWS + 5] = -1e39; /* beyond single precision */
  t.features.data = x;
  REFUSED(CRUCIBLE_E_INVALID, "row 5, column 2");
  y[7] = (double)NAN;
  t.target = y;
  REFUSED(CRUCIBLE_E_INVALID, "target: row 7");
  t.target = NULL;
  REFUSED(CRUCIBLE_E_INVALID, "target is NULL");
  t.features.data = NULL;
  REFUSED(CRUCIBLE_E_INVALID, "features: data is NULL");
  t.features.cols = 0;
  t.valid_features.cols = 0;
  REFUSED(CRUCIBLE_E_INVALID, "no column");
  t.features.rows = 1;
  REFUSED(CRUCIBLE_E_TOO_SHORT, "1 training rows");
  t.valid_features.cols = COLS - 1;
  REFUSED(CRUCIBLE_E_INVALID, "valid_features: 6 columns");
  t.max_rounds = 0;
  REFUSED(CRUCIBLE_E_INVALID, "max_rounds is 0");
  t.patience = 0;
  REFUSED(CRUCIBLE_E_INVALID, "patience 0");
  t.weight = w;
  REFUSED(CRUCIBLE_E_INVALID, "weight: they add up to 0");
  w[3] = -1;
  t.weight = w;
  REFUSED(CRUCIBLE_E_INVALID, "weight: row 3");
  params[CRUCIBLE__XGB_LEARNING_RATE] = 0.5;
  REFUSED(CRUCIBLE_E_INVALID, "learning_rate is 0.5");
  params[CRUCIBLE__XGB_MAX_LEAVES] = 8.5;
  REFUSED(CRUCIBLE_E_INVALID, "max_leaves");
  t.struct_size = 0;
  REFUSED(CRUCIBLE_E_INVALID, "call crucible_model_task_init");
#undef REFUSED
  assert_fails(crucible_model_fit("random_forest", usual, CRUCIBLE__XGB_PARAMS,
                                  &t, &model, NULL),
               CRUCIBLE_E_INVALID, "there are: xgboost");
  assert_fails(crucible_model_fit("xgboost", usual, 3, &t, &model, NULL),
               CRUCIBLE_E_INVALID, "3 values given, xgboost takes 10");
}

static void a_prediction_that_makes_no_sense_is_refused(void **state) {
  (void)state;
  crucible_model_task t = task_of(the_data());
  crucible_model *model = fit(usual, &t, NULL);
  double row[COLS] = {0}, value = 42;
  crucible_matrix m = {row, 1, COLS - 1, COLS, 1};
  assert_fails(crucible_model_predict(model, &m, &value), CRUCIBLE_E_INVALID,
               "6 columns, the model was trained on 7");
  m.cols = COLS;
  row[4] = -(double)INFINITY;
  assert_fails(crucible_model_predict(model, &m, &value), CRUCIBLE_E_INVALID,
               "column 4 is -inf");
  assert_same_bits(value, 42);
  assert_fails(crucible_model_predict(NULL, &m, &value), CRUCIBLE_E_INVALID,
               "model is NULL");
  crucible_model_destroy(model);
}

/* ---- bytes ---- */

static void damaged_bytes_are_refused(void **state) {
  (void)state;
  crucible_model_task t = task_of(the_data());
  t.max_rounds = 3;
  crucible_model *model = fit(usual, &t, NULL), *loaded;
  const uint8_t *bytes;
  size_t n = bytes_of(model, &bytes);
  uint8_t *copy = malloc(n);
  assert_non_null(copy);
  for (size_t i = 0; i < n; ++i) {
    memcpy(copy, bytes, n);
    copy[i] ^= (uint8_t)(1u << (i % 8));
    crucible_status status = crucible_model_load(copy, n, &loaded);
    assert_true(status == CRUCIBLE_E_MODEL ||
                (status == CRUCIBLE_E_VERSION && i >= 8 && i < 12));
    assert_null(loaded);
  }
  for (size_t i = 0; i < n; i += i < 100 ? 1 : 37)
    assert_int_equal(crucible_model_load(bytes, i, &loaded), CRUCIBLE_E_MODEL);
  free(copy);
  crucible_model_destroy(model);
}

/* As if someone had made bytes with a right checksum: nothing is read out of
   bounds (the sanitized build watches), whatever they hold. */
static void damaged_trees_are_refused_or_predict(void **state) {
  (void)state;
  crucible_model_task t = task_of(the_data());
  t.max_rounds = 3;
  crucible_model *model = fit(usual, &t, NULL);
  const uint8_t *bytes;
  size_t n = bytes_of(model, &bytes), head = CRUCIBLE__MODEL_HEAD + 16;
  n -= head + CRUCIBLE__MODEL_TAIL;
  uint8_t *copy = malloc(n);
  assert_non_null(copy);
  crucible__rng rng;
  crucible__rng_init(&rng, 1, CRUCIBLE__RNG_TEST, 3);
  size_t refused = 0;
  const float row[COLS] = {0.5f, NAN, -1, 2, 0, 3, -4};
  float slots[2 * COLS];
  for (size_t j = 0; j < COLS; ++j)
    crucible__trees_put(slots, j, row[j]);
  for (size_t i = 0; i < 4 * n; ++i) {
    memcpy(copy, bytes + head, n);
    size_t m = i % 4 == 3 ? i / 4 : n; /* every fourth is cut off */
    if (m == n)
      copy[i / 4] = i % 4 == 0 ? 0xff : (uint8_t)crucible__rng_u32(&rng);
    uint8_t *exact = malloc(m > 0 ? m : 1);
    assert_non_null(exact);
    memcpy(exact, copy, m);
    crucible__trees *trees;
    crucible_status status = crucible__trees_load(exact, m, &trees);
    assert_true(status == CRUCIBLE_OK || status == CRUCIBLE_E_MODEL);
    if (status == CRUCIBLE_OK && crucible__trees_cols(trees) <= COLS)
      (void)crucible__trees_predict(trees, slots);
    refused += status != CRUCIBLE_OK;
    crucible__trees_free(trees);
    free(exact);
  }
  assert_true(refused > n);
  free(copy);
  crucible_model_destroy(model);
}

/* ---- another kind ---- */

/* Predicts the mean of the target. */
static crucible_status mean_fit(const double *params,
                                const crucible_model_task *task,
                                crucible_model_report *report,
                                crucible_bytes_cb sink, void *sink_data) {
  double mean[2] = {0, (double)task->features.cols};
  for (size_t i = 0; i < task->features.rows; ++i)
    mean[0] += params[0] * task->target[i] / (double)task->features.rows;
  report->rounds = report->best_rounds = 1;
  return sink(mean, sizeof mean, sink_data) == 0 ? CRUCIBLE_OK
                                                 : CRUCIBLE_E_CALLBACK;
}

static crucible_status mean_load(const void *bytes, size_t n_bytes,
                                 uint32_t version, void **handle,
                                 size_t *n_cols) {
  assert_int_equal(version, 4);
  double *mean = malloc(n_bytes);
  assert_non_null(mean);
  memcpy(mean, bytes, n_bytes);
  *n_cols = (size_t)mean[1];
  *handle = mean;
  return CRUCIBLE_OK;
}

static crucible_status mean_predict(const void *handle,
                                    const crucible_matrix *features,
                                    double *values) {
  for (size_t i = 0; i < features->rows; ++i)
    values[i] = *(const double *)handle;
  return CRUCIBLE_OK;
}

static size_t mean_describe(const void *handle, char *text, size_t capacity) {
  (void)handle;
  return (size_t)snprintf(text, capacity, "\"note\":\"mean\"");
}

static void a_kind_of_the_callers_own_can_be_added(void **state) {
  (void)state;
  static const crucible_param params[] = {{.struct_size = sizeof *params,
                                           .name = "factor",
                                           .kind = CRUCIBLE_PARAM_FLOAT,
                                           .low = 0,
                                           .high = 2,
                                           .parent = -1}};
  static crucible_model_backend mean = {.struct_size = sizeof mean,
                                        .kind = "mean",
                                        .version = 4,
                                        .params = params,
                                        .n_params = 1,
                                        .fit = mean_fit,
                                        .load = mean_load,
                                        .predict = mean_predict,
                                        .describe = mean_describe,
                                        .unload = free};
  crucible_model_backend wrong = mean;
  assert_int_equal(crucible_model_register(NULL), CRUCIBLE_E_INVALID);
  wrong.kind = "xgboost";
  assert_fails(crucible_model_register(&wrong), CRUCIBLE_E_INVALID,
               "there already");
  wrong.kind = "Mean";
  assert_int_equal(crucible_model_register(&wrong), CRUCIBLE_E_INVALID);
  wrong = mean;
  wrong.unload = NULL;
  assert_int_equal(crucible_model_register(&wrong), CRUCIBLE_E_INVALID);
  assert_ok(crucible_model_register(&mean));
  assert_int_equal(crucible_model_kind_count(), 2);
  assert_string_equal(crucible_model_kind_name(1), "mean");
  assert_null(crucible_model_kind_name(2));

  crucible_model_task t = task_of(the_data());
  double factor = 2, values[VALID], sum = 0;
  crucible_model *model;
  assert_ok(crucible_model_fit("mean", &factor, 1, &t, &model, NULL));
  assert_ok(crucible_model_predict(model, &t.valid_features, values));
  for (size_t i = 0; i < ROWS; ++i)
    sum += t.target[i];
  assert_near(values[7], 2 * sum / ROWS, 1e-12, 0);
  char text[256];
  size_t length;
  assert_ok(crucible_model_describe(model, text, sizeof text, &length));
  assert_non_null(strstr(text, "\"note\":\"mean\"}"));
  crucible_model_destroy(model);
}

static void adding_parameters_twice_adds_none(void **state) {
  (void)state;
  crucible_space *space;
  assert_ok(crucible_space_create(&space));
  assert_ok(crucible_model_add_space("xgboost", space, "m.", -1, 0));
  size_t n = crucible_space_count(space);
  crucible_param p;
  crucible_param_init(&p, sizeof p);
  p.name = "n.subsample";
  assert_ok(crucible_space_add(space, &p));
  assert_fails(crucible_model_add_space("xgboost", space, "n.", -1, 0),
               CRUCIBLE_E_INVALID, "n.subsample is there already");
  assert_int_equal(crucible_space_count(space), n + 1);
  crucible_space_destroy(space);
}

/* ---- out of memory ---- */

static crucible_status fit_and_use(void *data_) {
  const crucible_model_task *t = data_;
  crucible_model *model, *loaded;
  crucible_model_report r = {.struct_size = sizeof r};
  crucible_status status =
      crucible_model_fit("xgboost", usual, CRUCIBLE__XGB_PARAMS, t, &model, &r);
  if (status != CRUCIBLE_OK)
    return status;
  double values[VALID];
  const uint8_t *bytes;
  size_t n = bytes_of(model, &bytes), length;
  char text[256];
  status = crucible_model_load(bytes, n, &loaded);
  if (status == CRUCIBLE_OK)
    status = crucible_model_predict(loaded, &t->valid_features, values);
  if (status == CRUCIBLE_OK)
    status = crucible_model_describe(loaded, text, sizeof text, &length);
  crucible_model_destroy(loaded);
  crucible_model_destroy(model);
  return status;
}

static void a_model_survives_running_out_of_memory(void **state) {
  (void)state;
  crucible_model_task t = task_of(the_data());
  t.features.rows = 200;
  t.max_rounds = 2;
  assert_true(failing_alloc_run(fit_and_use, &t) > 20);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(messages_of_xgboost_go_to_the_log),
      cmocka_unit_test(a_training_stops_within_a_second_when_cancelled),
      cmocka_unit_test(a_task_that_makes_no_sense_is_refused_by_name),
      cmocka_unit_test(a_prediction_that_makes_no_sense_is_refused),
      cmocka_unit_test(damaged_bytes_are_refused),
      cmocka_unit_test(damaged_trees_are_refused_or_predict),
      cmocka_unit_test(adding_parameters_twice_adds_none),
      cmocka_unit_test(a_kind_of_the_callers_own_can_be_added),
      cmocka_unit_test(a_model_survives_running_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
