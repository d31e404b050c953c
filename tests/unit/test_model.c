/* SPDX-License-Identifier: Apache-2.0 */
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
#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/near.h"

enum { ROWS = 3000, VALID = 1000, COLS = 7 };

/* Column-major features with missing values, and a target they explain. */
typedef struct data {
  double train[ROWS * COLS], valid[VALID * COLS];
  double target[ROWS], valid_target[VALID];
} data;

static void make_rows(double *x, double *y, size_t n, uint64_t id) {
  crucible__rng rng;
  crucible__rng_init(&rng, 11, CRUCIBLE__RNG_TEST, id);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < COLS; ++j) {
      double u = crucible__rng_normal(&rng);
      if (j == 3)
        u = floor(4 * u) / 4; /* ties */
      x[j * n + i] = crucible__rng_uniform(&rng) < 0.05 ? (double)NAN : u;
    }
    double a = x[i], b = x[n + i], c = x[3 * n + i];
    y[i] = 1e-3 * ((isnan(a) ? 0.3 : sin(2 * a)) + (isnan(b) ? 0 : 0.5 * b) +
                   (isnan(c) ? 1 : c > 0) + crucible__rng_normal(&rng));
  }
}

static const data *the_data(void) {
  static data d;
  static int made;
  if (!made) {
    make_rows(d.train, d.target, ROWS, 1);
    make_rows(d.valid, d.valid_target, VALID, 2);
    made = 1;
  }
  return &d;
}

static crucible_model_task task_of(const data *d) {
  crucible_model_task t;
  crucible_model_task_init(&t, sizeof t);
  t.features = (crucible_matrix){d->train, ROWS, COLS, 1, ROWS};
  t.target = d->target;
  t.valid_features = (crucible_matrix){d->valid, VALID, COLS, 1, VALID};
  t.valid_target = d->valid_target;
  t.max_rounds = 100;
  t.seed = 5;
  return t;
}

static const double usual[CRUCIBLE__XGB_PARAMS] = {
    [CRUCIBLE__XGB_MAX_LEAVES] = 16,      [CRUCIBLE__XGB_LEARNING_RATE] = 0.1,
    [CRUCIBLE__XGB_MIN_CHILD_WEIGHT] = 5, [CRUCIBLE__XGB_SUBSAMPLE] = 0.8,
    [CRUCIBLE__XGB_COLSAMPLE] = 0.7,      [CRUCIBLE__XGB_LAMBDA] = 1,
    [CRUCIBLE__XGB_ALPHA] = 0.1,          [CRUCIBLE__XGB_GAMMA] = 0.5,
    [CRUCIBLE__XGB_MAX_BIN] = 64,
};

static void assert_ok(crucible_status status) {
  if (status != CRUCIBLE_OK)
    fail_msg("%s: %s", crucible_status_name(status), crucible_last_error());
}

static void assert_fails(crucible_status status, crucible_status expected,
                         const char *part) {
  assert_int_equal(status, expected);
  if (strstr(crucible_last_error(), part) == NULL)
    fail_msg("\"%s\" does not name \"%s\"", crucible_last_error(), part);
}

static crucible_model *fit(const double *params, const crucible_model_task *t,
                           crucible_model_report *report) {
  crucible_model *model;
  assert_ok(crucible_model_fit("xgboost", params, CRUCIBLE__XGB_PARAMS, t,
                               &model, report));
  return model;
}

static size_t bytes_of(const crucible_model *model, const uint8_t **bytes) {
  const void *b;
  size_t n;
  assert_ok(crucible_model_bytes(model, &b, &n));
  *bytes = b;
  return n;
}

static int same_bytes(const crucible_model *a, const crucible_model *b) {
  const uint8_t *x, *y;
  size_t n = bytes_of(a, &x), m = bytes_of(b, &y);
  return n == m && memcmp(x, y, n) == 0;
}

/* ---- against XGBoost ---- */

static void check_xgboost(int code) {
  if (code != 0)
    fail_msg("XGBoost: %s", XGBGetLastError());
}

/* What XGBoost predicts with the payload of our bytes. */
static void predict_by_xgboost(const crucible_model *model,
                               const crucible_matrix *m, double *values) {
  const uint8_t *bytes;
  size_t n = bytes_of(model, &bytes), head = CRUCIBLE__MODEL_HEAD;
  double centre, scale;
  memcpy(&centre, bytes + head, 8); /* little-endian, as the tests' machines */
  memcpy(&scale, bytes + head + 8, 8);
  BoosterHandle booster;
  check_xgboost(XGBoosterCreate(NULL, 0, &booster));
  check_xgboost(XGBoosterLoadModelFromBuffer(
      booster, bytes + head + 16, n - head - 16 - CRUCIBLE__MODEL_TAIL));
  check_xgboost(XGBoosterSetParam(booster, "nthread", "1"));
  char array[256];
  snprintf(array, sizeof array,
           "{\"data\":[%zu,true],\"shape\":[%zu,%zu],\"strides\":[%td,%td],"
           "\"typestr\":\"<f8\",\"version\":3}",
           (size_t)(uintptr_t)m->data, m->rows, m->cols, 8 * m->row_stride,
           8 * m->col_stride);
  DMatrixHandle matrix;
  check_xgboost(XGDMatrixCreateFromDense(
      array, "{\"missing\":NaN,\"nthread\":1}", &matrix));
  const bst_ulong *shape;
  bst_ulong dim;
  const float *margin;
  check_xgboost(XGBoosterPredictFromDMatrix(
      booster, matrix,
      "{\"type\":1,\"training\":false,\"iteration_begin\":0,"
      "\"iteration_end\":0,\"strict_shape\":false}",
      &shape, &dim, &margin));
  for (size_t i = 0; i < m->rows; ++i)
    values[i] = centre + scale * (double)margin[i];
  check_xgboost(XGDMatrixFree(matrix));
  check_xgboost(XGBoosterFree(booster));
}

static void predictions_have_the_bits_of_xgboosts_own(void **state) {
  (void)state;
  const data *d = the_data();
  static double values[VALID], expected[VALID];
  for (int policy = 0; policy < 2; ++policy) {
    for (int leaves = 4; leaves <= 64; leaves *= 4) {
      for (uint32_t rounds = 1; rounds <= 61; rounds += 20) {
        double params[CRUCIBLE__XGB_PARAMS];
        memcpy(params, usual, sizeof params);
        params[CRUCIBLE__XGB_GROW_POLICY] = policy;
        params[CRUCIBLE__XGB_MAX_LEAVES] = leaves;
        crucible_model_task t = task_of(d);
        t.max_rounds = rounds;
        crucible_model *model = fit(params, &t, NULL);
        assert_ok(crucible_model_predict(model, &t.valid_features, values));
        predict_by_xgboost(model, &t.valid_features, expected);
        assert_same_bits_n(values, expected, VALID);
        crucible_model_destroy(model);
      }
    }
  }
}

static void values_at_a_split_go_where_xgboost_sends_them(void **state) {
  (void)state;
  const data *d = the_data();
  crucible_model_task t = task_of(d);
  crucible_model *model = fit(usual, &t, NULL);
  enum { N = 2000 };
  static double x[N * COLS], values[N], expected[N];
  /* splits are values of the training data in single precision: take those,
     doubles that round to them from either side, and their neighbours */
  for (size_t i = 0; i < N; ++i) {
    for (size_t j = 0; j < COLS; ++j) {
      float v = (float)d->train[j * ROWS + i];
      x[i * COLS + j] = i % 5 == 0   ? (double)v
                        : i % 5 == 1 ? nextafter((double)v, 10)
                        : i % 5 == 2 ? nextafter((double)v, -10)
                        : i % 5 == 3 ? (double)nextafterf(v, 10)
                                     : (double)nextafterf(v, -10);
    }
  }
  crucible_matrix m = {x, N, COLS, COLS, 1};
  assert_ok(crucible_model_predict(model, &m, values));
  predict_by_xgboost(model, &m, expected);
  assert_same_bits_n(values, expected, N);
  crucible_model_destroy(model);
}

/* ---- against the Python package ---- */

enum { GOLDEN_ROWS = 1200, GOLDEN_VALID = 400, GOLDEN_COLS = 4 };

/* See tests/data/gen/gen_model.py. */
static void golden_draw(double *x, double *y, size_t n, uint32_t seed) {
  uint32_t state = seed;
  for (size_t i = 0; i < n; ++i) {
    double *row = x + i * GOLDEN_COLS;
    for (size_t j = 0; j < GOLDEN_COLS; ++j) {
      double u = lcg_next(&state);
      row[j] = u < 1.0 / 32 ? (double)NAN : u;
    }
    double noise = lcg_next(&state) - 0.5;
    double a = isnan(row[0]) ? 0.5 : row[0], b = isnan(row[1]) ? 0.25 : row[1];
    y[i] = (a - 0.5) * b + 0.25 * noise;
  }
}

/* Class of tolerance: 1e-5. The package trains in single precision on a target
   that numpy standardised with another order of sums. */
static void training_agrees_with_the_python_package(void **state) {
  (void)state;
  static double x[GOLDEN_ROWS * GOLDEN_COLS], y[GOLDEN_ROWS];
  static double vx[GOLDEN_VALID * GOLDEN_COLS], vy[GOLDEN_VALID];
  static double values[GOLDEN_VALID];
  golden_draw(x, y, GOLDEN_ROWS, 1);
  golden_draw(vx, vy, GOLDEN_VALID, 2);
  golden_rows rows = golden_rows_read("model/xgboost.csv");
  assert_int_equal(rows.n, 4);
  for (size_t r = 0; r < rows.n; ++r) {
    const double *cell = rows.row[r].cell;
    const double params[CRUCIBLE__XGB_PARAMS] = {
        [CRUCIBLE__XGB_GROW_POLICY] =
            strcmp(rows.row[r].word, "lossguide") == 0,
        [CRUCIBLE__XGB_MAX_LEAVES] = cell[1],
        [CRUCIBLE__XGB_LEARNING_RATE] = cell[2],
        [CRUCIBLE__XGB_MIN_CHILD_WEIGHT] = cell[3],
        [CRUCIBLE__XGB_SUBSAMPLE] = 1,
        [CRUCIBLE__XGB_COLSAMPLE] = 1,
        [CRUCIBLE__XGB_LAMBDA] = cell[4],
        [CRUCIBLE__XGB_ALPHA] = cell[5],
        [CRUCIBLE__XGB_GAMMA] = cell[6],
        [CRUCIBLE__XGB_MAX_BIN] = cell[7],
    };
    crucible_model_task t;
    crucible_model_report report = {.struct_size = sizeof report};
    crucible_model_task_init(&t, sizeof t);
    t.features = (crucible_matrix){x, GOLDEN_ROWS, GOLDEN_COLS, GOLDEN_COLS, 1};
    t.target = y;
    t.valid_features =
        (crucible_matrix){vx, GOLDEN_VALID, GOLDEN_COLS, GOLDEN_COLS, 1};
    t.valid_target = vy;
    t.max_rounds = 200;
    t.patience = 10;
    crucible_model *model = fit(params, &t, &report);
    assert_int_equal(report.best_rounds, (int)cell[8]);
    assert_near(report.valid_error, cell[9], 1e-5, 0);
    assert_ok(crucible_model_predict(model, &t.valid_features, values));
    assert_int_equal(rows.row[r].n, 10 + GOLDEN_VALID / 20);
    for (size_t i = 0; i < GOLDEN_VALID / 20; ++i)
      assert_near(values[20 * i], cell[10 + i], 1e-5, 1e-7);
    crucible_model_destroy(model);
  }
  golden_rows_free(&rows);
}

/* ---- prediction ---- */

static void a_row_has_the_same_bits_alone_and_with_any_strides(void **state) {
  (void)state;
  const data *d = the_data();
  crucible_model_task t = task_of(d);
  crucible_model *model = fit(usual, &t, NULL);
  static double values[VALID], one, row_major[VALID * COLS], others[VALID];
  assert_ok(crucible_model_predict(model, &t.valid_features, values));
  for (size_t i = 0; i < VALID; ++i)
    for (size_t j = 0; j < COLS; ++j)
      row_major[i * COLS + j] = d->valid[j * VALID + i];
  crucible_matrix m = {row_major, VALID, COLS, COLS, 1};
  assert_ok(crucible_model_predict(model, &m, others));
  assert_same_bits_n(others, values, VALID);
  m = (crucible_matrix){d->valid + VALID - 1, VALID, COLS, -1, VALID};
  assert_ok(crucible_model_predict(model, &m, others)); /* backwards */
  for (size_t i = 0; i < VALID; ++i) {
    assert_same_bits(others[VALID - 1 - i], values[i]);
    m = (crucible_matrix){row_major + i * COLS, 1, COLS, COLS, 1};
    assert_ok(crucible_model_predict(model, &m, &one));
    assert_same_bits(one, values[i]);
  }
  crucible_model_destroy(model);
}

static void a_model_loaded_from_its_bytes_is_the_same(void **state) {
  (void)state;
  const data *d = the_data();
  crucible_model_task t = task_of(d);
  crucible_model *model = fit(usual, &t, NULL), *loaded;
  static double values[VALID], others[VALID];
  const uint8_t *bytes;
  size_t n = bytes_of(model, &bytes);
  assert_ok(crucible_model_load(bytes, n, &loaded));
  assert_true(same_bytes(model, loaded));
  assert_ok(crucible_model_predict(model, &t.valid_features, values));
  assert_ok(crucible_model_predict(loaded, &t.valid_features, others));
  assert_same_bits_n(others, values, VALID);
  char text[512], cut[10];
  size_t length;
  assert_ok(crucible_model_describe(loaded, text, sizeof text, &length));
  assert_int_equal(length, strlen(text));
  assert_non_null(strstr(text, "{\"kind\":\"xgboost\",\"version\":1,"
                               "\"columns\":7,"));
  assert_ok(crucible_model_describe(loaded, cut, sizeof cut, &length));
  assert_int_equal(length, strlen(text));
  assert_memory_equal(cut, "{\"kind\":\"\0", 10);
  crucible_model_destroy(loaded);
  crucible_model_destroy(model);
}

typedef struct predictor {
  const crucible_model *model;
  const crucible_matrix *m;
  double values[VALID];
} predictor;

static void *predict_often(void *data_) {
  predictor *p = data_;
  for (int i = 0; i < 50; ++i)
    if (crucible_model_predict(p->model, p->m, p->values) != CRUCIBLE_OK)
      return p;
  return NULL;
}

static void threads_predict_at_once_with_the_same_bits(void **state) {
  (void)state;
  const data *d = the_data();
  crucible_model_task t = task_of(d);
  crucible_model *model = fit(usual, &t, NULL);
  static predictor p[4];
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) {
    p[i].model = model;
    p[i].m = &t.valid_features;
    assert_int_equal(pthread_create(&threads[i], NULL, predict_often, &p[i]),
                     0);
  }
  for (int i = 0; i < 4; ++i) {
    void *failed;
    assert_int_equal(pthread_join(threads[i], &failed), 0);
    assert_null(failed);
    assert_same_bits_n(p[i].values, p[0].values, VALID);
  }
  crucible_model_destroy(model);
}

/* ---- training ---- */

static double rms(const crucible_model *model, const crucible_matrix *m,
                  const double *target) {
  static double values[ROWS];
  double sum = 0;
  assert_ok(crucible_model_predict(model, m, values));
  for (size_t i = 0; i < m->rows; ++i)
    sum += (values[i] - target[i]) * (values[i] - target[i]);
  return sqrt(sum / (double)m->rows);
}

static void early_stopping_keeps_the_rounds_up_to_the_best(void **state) {
  (void)state;
  const data *d = the_data();
  crucible_model_task t = task_of(d);
  t.max_rounds = 1000;
  t.patience = 10;
  crucible_model_report r = {.struct_size = sizeof r};
  crucible_model *model = fit(usual, &t, &r);
  assert_int_equal(r.rounds, r.best_rounds + 10);
  assert_in_range(r.best_rounds, 5, 900);
  assert_near(r.valid_error, rms(model, &t.valid_features, t.valid_target),
              1e-6, 0);
  assert_near(r.train_error, rms(model, &t.features, t.target), 1e-6, 0);
  /* the noise's standard deviation is 1e-3, the target's about 1.4e-3 */
  assert_true(r.valid_error > 0.95e-3 && r.valid_error < 1.15e-3);
  char text[512];
  size_t length;
  assert_ok(crucible_model_describe(model, text, sizeof text, &length));
  char rounds[32];
  snprintf(rounds, sizeof rounds, "\"rounds\":%u,", r.best_rounds);
  assert_non_null(strstr(text, rounds));

  /* stopping there by hand gives the same model */
  crucible_model_report by_hand = {.struct_size = sizeof by_hand};
  t.max_rounds = r.best_rounds;
  t.valid_features.rows = 0;
  crucible_model *same = fit(usual, &t, &by_hand);
  assert_int_equal(by_hand.rounds, r.best_rounds);
  assert_int_equal(by_hand.best_rounds, r.best_rounds);
  assert_true(isnan(by_hand.valid_error));
  assert_true(same_bytes(model, same));
  crucible_model_destroy(same);
  crucible_model_destroy(model);
}

static void
the_same_task_gives_the_same_bytes_and_another_seed_others(void **state) {
  (void)state;
  crucible_model_task t = task_of(the_data());
  crucible_model *a = fit(usual, &t, NULL), *b = fit(usual, &t, NULL);
  assert_true(same_bytes(a, b));
  crucible_model_destroy(b);
  t.seed = 6;
  b = fit(usual, &t, NULL);
  assert_false(same_bytes(a, b));
  crucible_model_destroy(b);
  crucible_model_destroy(a);
}

static void every_hyper_parameter_changes_the_model(void **state) {
  (void)state;
  crucible_model_task t = task_of(the_data());
  crucible_model *model = fit(usual, &t, NULL);
  crucible_space *space;
  assert_ok(crucible_space_create(&space));
  assert_ok(crucible_model_add_space("xgboost", space, "model.", -1, 0));
  assert_int_equal(crucible_space_count(space), CRUCIBLE__XGB_PARAMS);
  for (size_t i = 0; i < CRUCIBLE__XGB_PARAMS; ++i) {
    crucible_param p = {.struct_size = sizeof p};
    assert_ok(crucible_space_get(space, i, &p));
    assert_memory_equal(p.name, "model.", 6);
    double params[CRUCIBLE__XGB_PARAMS];
    memcpy(params, usual, sizeof params);
    params[i] = p.kind == CRUCIBLE_PARAM_CATEGORICAL ? 1 - usual[i]
                : p.kind == CRUCIBLE_PARAM_INT       ? usual[i] + 1
                                                     : usual[i] * 1.2;
    crucible_model *other = fit(params, &t, NULL);
    if (same_bytes(model, other))
      fail_msg("%s has no effect", p.name);
    crucible_model_destroy(other);
  }
  crucible_space_destroy(space);
  crucible_model_destroy(model);
}

static void a_targets_unit_changes_nothing_but_the_unit(void **state) {
  (void)state;
  const data *d = the_data();
  static double scaled[ROWS], valid[VALID], a[VALID], b[VALID];
  for (size_t i = 0; i < ROWS; ++i)
    scaled[i] = 1024 * d->target[i]; /* a power of two is exact */
  for (size_t i = 0; i < VALID; ++i)
    valid[i] = 1024 * d->valid_target[i];
  crucible_model_task t = task_of(d);
  crucible_model *model = fit(usual, &t, NULL);
  t.target = scaled;
  t.valid_target = valid;
  crucible_model *other = fit(usual, &t, NULL);
  assert_ok(crucible_model_predict(model, &t.valid_features, a));
  assert_ok(crucible_model_predict(other, &t.valid_features, b));
  for (size_t i = 0; i < VALID; ++i)
    assert_same_bits(b[i], 1024 * a[i]);
  crucible_model_destroy(model);
  crucible_model_destroy(other);
}

static void a_constant_target_is_predicted_as_it_is(void **state) {
  (void)state;
  static double constant[ROWS], values[VALID];
  for (size_t i = 0; i < ROWS; ++i)
    constant[i] = 0.25;
  crucible_model_task t = task_of(the_data());
  t.target = constant;
  t.valid_target = constant;
  crucible_model *model = fit(usual, &t, NULL);
  assert_ok(crucible_model_predict(model, &t.valid_features, values));
  for (size_t i = 0; i < VALID; ++i)
    assert_same_bits(values[i], 0.25);
  crucible_model_destroy(model);
}

static void rows_of_weight_zero_do_not_count(void **state) {
  (void)state;
  const data *d = the_data();
  static double weight[ROWS], target[ROWS], a[VALID], b[VALID];
  for (size_t i = 0; i < ROWS; ++i) {
    weight[i] = i % 4 == 0 ? 0 : 1;
    target[i] = weight[i] > 0 ? d->target[i] : 1e3;
  }
  double params[CRUCIBLE__XGB_PARAMS];
  memcpy(params, usual, sizeof params);
  crucible_model_task t = task_of(d);
  t.weight = weight;
  crucible_model *model = fit(params, &t, NULL);
  t.target = target;
  crucible_model *other = fit(params, &t, NULL);
  assert_ok(crucible_model_predict(model, &t.valid_features, a));
  assert_ok(crucible_model_predict(other, &t.valid_features, b));
  assert_same_bits_n(a, b, VALID);
  crucible_model_destroy(model);
  crucible_model_destroy(other);
}

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
      cmocka_unit_test(predictions_have_the_bits_of_xgboosts_own),
      cmocka_unit_test(values_at_a_split_go_where_xgboost_sends_them),
      cmocka_unit_test(training_agrees_with_the_python_package),
      cmocka_unit_test(a_row_has_the_same_bits_alone_and_with_any_strides),
      cmocka_unit_test(a_model_loaded_from_its_bytes_is_the_same),
      cmocka_unit_test(threads_predict_at_once_with_the_same_bits),
      cmocka_unit_test(early_stopping_keeps_the_rounds_up_to_the_best),
      cmocka_unit_test(
          the_same_task_gives_the_same_bytes_and_another_seed_others),
      cmocka_unit_test(every_hyper_parameter_changes_the_model),
      cmocka_unit_test(a_targets_unit_changes_nothing_but_the_unit),
      cmocka_unit_test(a_constant_target_is_predicted_as_it_is),
      cmocka_unit_test(rows_of_weight_zero_do_not_count),
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
