/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two estimators over the same axes, of the trials below the quantile and of
 * the others, and the choice between points drawn from the former: Bergstra et
 * al. (2011), with the constants of Optuna 5.0 or with narrower floors.
 */
#ifndef CRUCIBLE__TPE_MODEL_H
#define CRUCIBLE__TPE_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

#include "base/rng.h"
#include "study/mt19937.h"
#include "study/parzen.h"
#include "study/tpe_axis.h"

enum { CRUCIBLE__TPE_BELOW, CRUCIBLE__TPE_ABOVE, CRUCIBLE__TPE_SIDES };

/* Where uniform numbers come from. */
typedef struct crucible__tpe_draws {
  crucible__mt19937 *mt; /* NULL: rng */
  crucible__rng rng;
} crucible__tpe_draws;

double crucible__tpe_uniform(crucible__tpe_draws *draws);

typedef struct crucible__tpe_model {
  size_t n_axes;
  crucible__tpe_axis *axes; /* [n_axes] */
  int32_t *kinds;           /* [n_axes] theirs */
  crucible__parzen sides[CRUCIBLE__TPE_SIDES];
  uint64_t *numbers[CRUCIBLE__TPE_SIDES]; /* [n of the side] ascending */
  size_t capacity[CRUCIBLE__TPE_SIDES];
  size_t n_candidates;
  /* scratch */
  double *centres; /* [n_axes] */
  double *places;  /* [n_candidates * n_axes] of the candidates */
  double *at;      /* [n_candidates * n_axes * 2] */
  double *scores;  /* [n_candidates] */
  size_t *drawn;   /* [n_candidates] kernels they are drawn from */
  crucible__parzen_query *queries; /* [n_candidates] */
} crucible__tpe_model;

/* Of the parameters indices[n_axes] of a space. */
crucible_status crucible__tpe_model_create(const crucible_space *space,
                                           const size_t *indices, size_t n_axes,
                                           size_t n_candidates,
                                           crucible__tpe_model **model);
void crucible__tpe_model_destroy(crucible__tpe_model *model);

/* Adds a trial to a side or takes it out; nothing happens if its point lacks
   one of the axes. */
crucible_status crucible__tpe_model_put(crucible__tpe_model *model, int side,
                                        uint64_t number, const double *point);
void crucible__tpe_model_take(crucible__tpe_model *model, int side,
                              uint64_t number, const double *point);

/* Sets the axes' values of a point: the best candidate's. floors: least widths
   of the sides' kernels, given how many observations they have. */
void crucible__tpe_model_ask(crucible__tpe_model *model,
                             const double floors[CRUCIBLE__TPE_SIDES],
                             crucible__tpe_draws *draws, double *point);

#endif
