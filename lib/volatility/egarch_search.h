/* SPDX-License-Identifier: Apache-2.0 */
/* Climbs the likelihood: NLopt from afar, Newton for the last digits. */
#ifndef CRUCIBLE__EGARCH_SEARCH_H
#define CRUCIBLE__EGARCH_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "volatility/egarch_pass.h"

typedef struct crucible__egarch_problem {
  const crucible__egarch_data *data;
  int32_t law, kappa;
  size_t n_free;
  int free[CRUCIBLE__EGARCH_K];      /* parameters that are estimated */
  double lowest[CRUCIBLE__EGARCH_K]; /* bounds, +-HUGE_VAL for none */
  double highest[CRUCIBLE__EGARCH_K];
  uint32_t n_evaluations, max_evaluations;
} crucible__egarch_problem;

/* Where a search stands. */
typedef struct crucible__egarch_point {
  double theta[CRUCIBLE__EGARCH_K];
  double loglik;
  int converged;
  /* At theta, or a negligible step before it: */
  int has_hessian;
  double hessian[CRUCIBLE__EGARCH_K * CRUCIBLE__EGARCH_K];
  double outer[CRUCIBLE__EGARCH_K * CRUCIBLE__EGARCH_K];
} crucible__egarch_point;

/* Log-likelihood at theta; counts as an evaluation. */
double crucible__egarch_value(crucible__egarch_problem *problem,
                              const double *theta);

/*
 * Climbs from point->theta. tolerance is of the log-likelihood, relative.
 * Returns 0 if NLopt had no memory.
 */
int crucible__egarch_climb(crucible__egarch_problem *problem, double tolerance,
                           crucible__egarch_point *point);

/* Free parameters that do not stand on a bound the score pushes them against:
   their indices in list[K]. */
size_t crucible__egarch_inner(const crucible__egarch_problem *problem,
                              const double *theta, const double *score,
                              int *list);

#endif
