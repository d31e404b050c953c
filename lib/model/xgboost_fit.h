/* SPDX-License-Identifier: Apache-2.0 */
/* Training with XGBoost's C API: only calls that exist from 1.7.4 to 3.x. */
#ifndef CRUCIBLE__XGBOOST_FIT_H
#define CRUCIBLE__XGBOOST_FIT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/model.h>

/* Hyper-parameters by number, in the order of the kind's table. */
enum {
  CRUCIBLE__XGB_GROW_POLICY = 0,
  CRUCIBLE__XGB_MAX_LEAVES,
  CRUCIBLE__XGB_LEARNING_RATE,
  CRUCIBLE__XGB_MIN_CHILD_WEIGHT,
  CRUCIBLE__XGB_SUBSAMPLE,
  CRUCIBLE__XGB_COLSAMPLE,
  CRUCIBLE__XGB_LAMBDA,
  CRUCIBLE__XGB_ALPHA,
  CRUCIBLE__XGB_GAMMA,
  CRUCIBLE__XGB_MAX_BIN,
  CRUCIBLE__XGB_PARAMS
};

/* What was learnt: prediction = centre + scale * booster's margin. */
typedef struct crucible__xgb_fitted {
  double centre, scale;
  uint8_t *ubjson; /* [n_bytes] owned: crucible__free */
  size_t n_bytes;
} crucible__xgb_fitted;

crucible_status crucible__xgb_fit(const double *params,
                                  const crucible_model_task *task,
                                  crucible_model_report *report,
                                  crucible__xgb_fitted *fitted);

#endif
