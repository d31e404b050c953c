/* SPDX-License-Identifier: Apache-2.0 */
/* The last digits of the optimum, its corners, and what a search works on. */
#ifndef CRUCIBLE__EGARCH_NEWTON_H
#define CRUCIBLE__EGARCH_NEWTON_H

#include <stddef.h>
#include <stdint.h>

#include "volatility/egarch_kinks.h"
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
  int mu_is_corner; /* mu equals a return and the likelihood has a corner there
                       that its standard error does not round off */
  double score[CRUCIBLE__EGARCH_K]; /* at theta */
  /* At theta, or a negligible step before it; has_hessian: it bends down. */
  int has_hessian;
  double hessian[CRUCIBLE__EGARCH_K * CRUCIBLE__EGARCH_K];
  double outer[CRUCIBLE__EGARCH_K * CRUCIBLE__EGARCH_K];
} crucible__egarch_point;

/* Log-likelihood at theta; counts as an evaluation. */
double crucible__egarch_value(crucible__egarch_problem *problem,
                              const double *theta);

/* Free parameters that do not stand on a bound the score pushes them against,
   nor on a corner: their indices in list[K]. */
size_t crucible__egarch_inner(const crucible__egarch_problem *problem,
                              const crucible__egarch_point *point, int *list);

crucible__egarch_law
crucible__egarch_law_of(const crucible__egarch_problem *problem,
                        const double *theta);

/* value inside the bounds of parameter p */
double crucible__egarch_clip(const crucible__egarch_problem *problem, int p,
                             double value);

/*
 * Newton's method with the exact Hessian: doubles the digits each time. Stops
 * where the likelihood does not bend like a hill, and, before its first step,
 * if the top is further away than limit (in gain of the log-likelihood).
 * Fills the point but for its first loglik.
 */
void crucible__egarch_newton(crucible__egarch_problem *problem,
                             double tolerance, double limit,
                             crucible__egarch_point *point);

/*
 * Looks along mu for a higher top over the corners between, and makes a corner
 * of the point if that is what the top is. See egarch_kinks.h.
 */
void crucible__egarch_settle(crucible__egarch_problem *problem,
                             double tolerance,
                             const crucible__egarch_scratch *scratch,
                             crucible__egarch_point *point);

#endif
