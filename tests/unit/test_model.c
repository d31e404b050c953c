/* SPDX-License-Identifier: Apache-2.0 */
/* What models learn and predict, against XGBoost and its Python package. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <xgboost/c_api.h>

#include <crucible/log.h>
#include <crucible/model.h>
#include <crucible/sys/model.h>

#include "model/model_kinds.h"
#include "model/tree_model.h"
#include "model/xgboost_fit.h"
#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/model_data.h"
#include "support/near.h"

static int same_bytes(const crucible_model *a, const crucible_model *b) {
  const uint8_t *x, *y;
  size_t n = bytes_of(a, &x), m = bytes_of(b, &y);
  return n == m && memcmp(x, y, n) == 0;
}

/* ---- against XGBoost ---- */

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

int main(void) {
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
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
