/* SPDX-License-Identifier: Apache-2.0 */
/* A task to learn, a model of it, its bytes. Include after <cmocka.h>. */
#ifndef TESTS_SUPPORT_MODEL_DATA_H
#define TESTS_SUPPORT_MODEL_DATA_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include <xgboost/c_api.h>

#include <crucible/log.h>
#include <crucible/model.h>
#include <crucible/sys/model.h>

#include "base/rng.h"
#include "model/tree_model.h"
#include "model/xgboost_fit.h"
#include "support/statuses.h"

enum { ROWS = 3000, VALID = 1000, COLS = 7 };

/* Column-major features with missing values, and a target they explain. */
typedef struct data {
  double train[ROWS * COLS], valid[VALID * COLS];
  double target[ROWS], valid_target[VALID];
} data;

static inline void make_rows(double *x, double *y, size_t n, uint64_t id) {
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

static inline const data *the_data(void) {
  static data d;
  static int made;
  if (!made) {
    make_rows(d.train, d.target, ROWS, 1);
    make_rows(d.valid, d.valid_target, VALID, 2);
    made = 1;
  }
  return &d;
}

static inline crucible_model_task task_of(const data *d) {
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

static inline crucible_model *fit(const double *params,
                                  const crucible_model_task *t,
                                  crucible_model_report *report) {
  crucible_model *model;
  assert_ok(crucible_model_fit("xgboost", params, CRUCIBLE__XGB_PARAMS, t,
                               &model, report));
  return model;
}

static inline size_t bytes_of(const crucible_model *model,
                              const uint8_t **bytes) {
  const void *b;
  size_t n;
  assert_ok(crucible_model_bytes(model, &b, &n));
  *bytes = b;
  return n;
}

static inline void check_xgboost(int code) {
  if (code != 0)
    fail_msg("XGBoost: %s", XGBGetLastError());
}

#endif
