/* SPDX-License-Identifier: Apache-2.0 */
#include "model/xgboost_fit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <xgboost/c_api.h>

#include "base/base_alloc.h"
#include "base/base_log.h"
#include "base/base_status.h"
#include "base/numtext.h"
#include "base/rng.h"
#include "model/tree_model.h"

/* One training. */
typedef struct training {
  const crucible_model_task *task;
  DMatrixHandle train, valid;
  BoosterHandle booster;
  double centre, scale;         /* of the target */
  float *target, *valid_target; /* standardised */
} training;

static crucible_status check(int code, const char *call) {
  if (code == 0)
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_MODEL, "XGBoost: %s: %s", call,
                        XGBGetLastError());
}

static void to_log(const char *text) {
  size_t n = strcspn(text, "\n");
  crucible__log(CRUCIBLE_LOG_WARN, "model", "XGBoost: %.*s", (int)n, text);
}

/* Per thread, as XGBoost keeps both per thread. */
static crucible_status route_messages(void) {
  CRUCIBLE__TRY(check(XGBRegisterLogCallback(to_log), "log callback"));
  return check(XGBSetGlobalConfig("{\"verbosity\":1}"), "verbosity");
}

/* XGBoost's description of an array of floats. */
static void describe_array(char *text, size_t size, const float *data,
                           size_t rows, size_t cols) {
  int n = snprintf(text, size, "{\"data\":[%zu,true],\"shape\":[%zu",
                   (size_t)(uintptr_t)data, rows);
  if (cols > 0)
    n += snprintf(text + n, size - (size_t)n, ",%zu", cols);
  (void)snprintf(text + n, size - (size_t)n,
                 "],\"typestr\":\"<f4\",\"version\":3}");
}

static crucible_status set_column(DMatrixHandle matrix, const char *field,
                                  const float *data, size_t n) {
  char array[160];
  describe_array(array, sizeof array, data, n, 0);
  return check(XGDMatrixSetInfoFromInterface(matrix, field, array), field);
}

static crucible_status make_matrix(const crucible_matrix *m,
                                   DMatrixHandle *matrix) {
  float *rows = crucible__alloc(m->rows, m->cols * sizeof *rows);
  if (rows == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < m->rows; ++i) {
    const double *row = m->data + (ptrdiff_t)i * m->row_stride;
    for (size_t j = 0; j < m->cols; ++j)
      rows[i * m->cols + j] = (float)row[(ptrdiff_t)j * m->col_stride];
  }
  char array[160];
  describe_array(array, sizeof array, rows, m->rows, m->cols);
  crucible_status status =
      check(XGDMatrixCreateFromDense(array, "{\"missing\":NaN,\"nthread\":1}",
                                     matrix),
            "features");
  crucible__free(rows);
  return status;
}

static double weight_of(const crucible_model_task *task, size_t i) {
  return task->weight == NULL ? 1 : task->weight[i];
}

/*
 * Gradients and penalties scale with the target: a standardised one makes the
 * hyper-parameters mean the same for returns of any timeframe.
 */
static void measure_target(training *t) {
  const crucible_model_task *task = t->task;
  size_t n = task->features.rows;
  double weights = 0, sum = 0, squares = 0;
  for (size_t i = 0; i < n; ++i) {
    weights += weight_of(task, i);
    sum += weight_of(task, i) * task->target[i];
  }
  t->centre = sum / weights;
  for (size_t i = 0; i < n; ++i) {
    double d = task->target[i] - t->centre;
    squares += weight_of(task, i) * d * d;
  }
  t->scale = sqrt(squares / weights);
  if (!(t->scale > 0) || !isfinite(t->scale))
    t->scale = 1;
}

static float *standardise(const training *t, const double *target, size_t n) {
  float *z = crucible__alloc(n, sizeof *z);
  for (size_t i = 0; z != NULL && i < n; ++i)
    z[i] = (float)((target[i] - t->centre) / t->scale);
  return z;
}

static crucible_status make_data(training *t) {
  const crucible_model_task *task = t->task;
  size_t n = task->features.rows, n_valid = task->valid_features.rows;
  measure_target(t);
  CRUCIBLE__TRY(make_matrix(&task->features, &t->train));
  t->target = standardise(t, task->target, n);
  if (t->target == NULL)
    return CRUCIBLE_E_NOMEM;
  CRUCIBLE__TRY(set_column(t->train, "label", t->target, n));
  if (task->weight != NULL) {
    float *weight = crucible__alloc(n, sizeof *weight);
    if (weight == NULL)
      return CRUCIBLE_E_NOMEM;
    for (size_t i = 0; i < n; ++i)
      weight[i] = (float)task->weight[i];
    crucible_status status = set_column(t->train, "weight", weight, n);
    crucible__free(weight);
    CRUCIBLE__TRY(status);
  }
  if (n_valid == 0)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(make_matrix(&task->valid_features, &t->valid));
  t->valid_target = standardise(t, task->valid_target, n_valid);
  return t->valid_target == NULL ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
}

static crucible_status set_text(const training *t, const char *name,
                                const char *value) {
  return check(XGBoosterSetParam(t->booster, name, value), name);
}

static crucible_status set_number(const training *t, const char *name,
                                  double value) {
  char text[CRUCIBLE__DOUBLE_TEXT];
  (void)crucible__write_double(value, text);
  return set_text(t, name, text);
}

/*
 * max_leaves is the one measure of size: a depth-wise tree gets the depth that
 * holds so many leaves, a leaf-wise one may grow as deep as it wants.
 */
static crucible_status set_shape(const training *t, const double *params) {
  int leafwise = params[CRUCIBLE__XGB_GROW_POLICY] != 0;
  double depth = 1, leaves = params[CRUCIBLE__XGB_MAX_LEAVES];
  while (ldexp(1, (int)depth) < leaves)
    ++depth;
  CRUCIBLE__TRY(
      set_text(t, "grow_policy", leafwise ? "lossguide" : "depthwise"));
  CRUCIBLE__TRY(set_number(t, "max_depth", leafwise ? 0 : depth));
  return set_number(t, "max_leaves", leaves);
}

static crucible_status make_booster(training *t, const double *params) {
  static const struct {
    int number;
    const char *name;
  } numbers[] = {{CRUCIBLE__XGB_LEARNING_RATE, "eta"},
                 {CRUCIBLE__XGB_MIN_CHILD_WEIGHT, "min_child_weight"},
                 {CRUCIBLE__XGB_SUBSAMPLE, "subsample"},
                 {CRUCIBLE__XGB_COLSAMPLE, "colsample_bytree"},
                 {CRUCIBLE__XGB_LAMBDA, "lambda"},
                 {CRUCIBLE__XGB_ALPHA, "alpha"},
                 {CRUCIBLE__XGB_GAMMA, "gamma"},
                 {CRUCIBLE__XGB_MAX_BIN, "max_bin"}};
  /* base_score and tree_method: their defaults differ between releases */
  static const char *const texts[][2] = {{"objective", "reg:squarederror"},
                                         {"booster", "gbtree"},
                                         {"tree_method", "hist"},
                                         {"base_score", "0"},
                                         {"nthread", "1"}};
  DMatrixHandle matrices[2] = {t->train, t->valid};
  CRUCIBLE__TRY(
      check(XGBoosterCreate(matrices, t->valid == NULL ? 1 : 2, &t->booster),
            "booster"));
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
    CRUCIBLE__TRY(set_text(t, texts[i][0], texts[i][1]));
  CRUCIBLE__TRY(set_shape(t, params));
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i)
    CRUCIBLE__TRY(set_number(t, numbers[i].name, params[numbers[i].number]));
  crucible__rng rng;
  crucible__rng_init(&rng, t->task->seed, CRUCIBLE__RNG_MODEL, 0);
  return set_number(t, "seed", crucible__rng_u32(&rng) >> 1);
}

/* Root mean square, standardised; weight may be NULL. */
static crucible_status error_of(const training *t, DMatrixHandle matrix,
                                const float *target, size_t n,
                                const double *weight, double *error) {
  static const char config[] =
      "{\"type\":1,\"training\":false,\"iteration_begin\":0,"
      "\"iteration_end\":0,\"strict_shape\":false}";
  bst_ulong const *shape;
  bst_ulong dim;
  float const *margin;
  CRUCIBLE__TRY(check(XGBoosterPredictFromDMatrix(t->booster, matrix, config,
                                                  &shape, &dim, &margin),
                      "prediction"));
  double sum = 0, weights = 0;
  for (size_t i = 0; i < n; ++i) {
    double d = (double)margin[i] - (double)target[i];
    double w = weight == NULL ? 1 : weight[i];
    sum += w * d * d;
    weights += w;
  }
  *error = sqrt(sum / weights);
  return CRUCIBLE_OK;
}

/* Rounds until the validation error has not fallen for so long. */
static crucible_status boost(training *t, crucible_model_report *report) {
  const crucible_model_task *task = t->task;
  size_t n = task->features.rows, n_valid = task->valid_features.rows;
  double best = INFINITY;
  for (uint32_t round = 0; round < task->max_rounds; ++round) {
    double train_error, valid_error = (double)NAN;
    if (crucible_cancel_is_requested(task->cancel))
      return crucible__fail(CRUCIBLE_E_CANCELLED,
                            "training cancelled after %u rounds", round);
    CRUCIBLE__TRY(check(
        XGBoosterUpdateOneIter(t->booster, (int)round, t->train), "round"));
    report->rounds = round + 1;
    if (n_valid > 0) {
      CRUCIBLE__TRY(
          error_of(t, t->valid, t->valid_target, n_valid, NULL, &valid_error));
      if (!(valid_error < best)) {
        if (report->rounds - report->best_rounds >= task->patience)
          break;
        continue;
      }
      best = valid_error;
    }
    CRUCIBLE__TRY(
        error_of(t, t->train, t->target, n, task->weight, &train_error));
    report->best_rounds = report->rounds;
    report->train_error = train_error * t->scale;
    report->valid_error = valid_error * t->scale;
  }
  return CRUCIBLE_OK;
}

static crucible_status take_bytes(const training *t,
                                  const crucible_model_report *report,
                                  crucible__xgb_fitted *fitted) {
  BoosterHandle sliced = NULL;
  char const *bytes;
  bst_ulong n;
  if (report->best_rounds < report->rounds)
    CRUCIBLE__TRY(check(
        XGBoosterSlice(t->booster, 0, (int)report->best_rounds, 1, &sliced),
        "slice"));
  crucible_status status =
      check(XGBoosterSaveModelToBuffer(sliced != NULL ? sliced : t->booster,
                                       "{\"format\":\"ubj\"}", &n, &bytes),
            "save");
  if (status == CRUCIBLE_OK) {
    fitted->centre = t->centre;
    fitted->scale = t->scale;
    fitted->n_bytes = (size_t)n;
    fitted->ubjson = crucible__alloc(fitted->n_bytes, 1);
    if (fitted->ubjson == NULL)
      status = CRUCIBLE_E_NOMEM;
    else
      memcpy(fitted->ubjson, bytes, fitted->n_bytes);
  }
  if (sliced != NULL)
    (void)XGBoosterFree(sliced);
  return status;
}

crucible_status crucible__xgb_fit(const double *params,
                                  const crucible_model_task *task,
                                  crucible_model_report *report,
                                  crucible__xgb_fitted *fitted) {
  training t = {.task = task};
  if (task->features.cols > CRUCIBLE__TREE_COLS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "features: %zu columns, xgboost takes up to %d here",
                          task->features.cols, CRUCIBLE__TREE_COLS_MAX);
  crucible_status status = route_messages();
  if (status == CRUCIBLE_OK)
    status = make_data(&t);
  if (status == CRUCIBLE_OK)
    status = make_booster(&t, params);
  if (status == CRUCIBLE_OK)
    status = boost(&t, report);
  if (status == CRUCIBLE_OK)
    status = take_bytes(&t, report, fitted);
  if (t.booster != NULL)
    (void)XGBoosterFree(t.booster);
  if (t.train != NULL)
    (void)XGDMatrixFree(t.train);
  if (t.valid != NULL)
    (void)XGDMatrixFree(t.valid);
  crucible__free(t.target);
  crucible__free(t.valid_target);
  return status;
}
