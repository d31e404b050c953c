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
  double tolerance; /* relative, of the log-likelihood */
  uint32_t n_evaluations, max_evaluations;
  int32_t is_draft;             /* corners do not matter yet */
  crucible__egarch_links links; /* room for them */
} crucible__egarch_problem;

/* Where a search stands. */
typedef struct crucible__egarch_point {
  double theta[CRUCIBLE__EGARCH_K];
  double loglik;
  double score[CRUCIBLE__EGARCH_K];
  int converged;
  int mu_is_corner; /* mu equals a return and the likelihood has a corner there
                       that its standard error does not round off */
  /* At theta, or a negligible step before it: */
  double hessian[CRUCIBLE__EGARCH_K * CRUCIBLE__EGARCH_K];
  /* Filled by settle(), at theta: */
  crucible__egarch_closing closing;
} crucible__egarch_point;

/* Log-likelihood at theta; counts as an evaluation. */
double crucible__egarch_value(crucible__egarch_problem *problem,
                              const double *theta);

/* Likelihood, score and Hessian of point->theta; counts as one too. */
void crucible__egarch_evaluate(crucible__egarch_problem *problem,
                               crucible__egarch_point *point);

/* The law at theta. */
crucible__egarch_law
crucible__egarch_law_of(const crucible__egarch_problem *problem,
                        const double *theta);

/* value inside the bounds of parameter p */
double crucible__egarch_clip(const crucible__egarch_problem *problem, int p,
                             double value);

/* Free parameters that do not stand on a bound the score pushes them against,
   nor on a corner: their indices in list[K]. */
size_t crucible__egarch_inner(const crucible__egarch_problem *problem,
                              const crucible__egarch_point *point, int *list);

/*
 * Newton's method with the exact Hessian, which doubles the digits each time,
 * from an evaluated point. Stops where the likelihood does not bend like a
 * hill, and, before its first step, if the top is further away than limit (in
 * gain of the log-likelihood).
 */
void crucible__egarch_newton(crucible__egarch_problem *problem, double limit,
                             crucible__egarch_point *point);

/*
 * Looks along mu for a higher top over the corners between, and makes a corner
 * of the point if that is what the top is: see egarch_kinks.h. Closes the
 * point.
 */
void crucible__egarch_settle(crucible__egarch_problem *problem,
                             crucible__egarch_point *point);

#endif
