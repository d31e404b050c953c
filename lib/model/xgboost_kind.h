/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__XGBOOST_KIND_H
#define CRUCIBLE__XGBOOST_KIND_H

#include <crucible/sys/model.h>

/* Gradient-boosted trees: trained by XGBoost, predicted by tree_model.h. */
extern const crucible_model_backend crucible__xgboost_kind;

#endif
