/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last digits of the optimum, its corners, and what a search works on. In
 * every theta of a search the first beta is the sum of all: its bound, the unit
 * root, is then one of a coordinate. And nu of the t laws is 1 / nu, in which
 * the likelihood is nearly a parabola.
 */
#ifndef CRUCIBLE__EGARCH_NEWTON_H
#define CRUCIBLE__EGARCH_NEWTON_H

#include <stddef.h>
#include <stdint.h>

#include "volatility/egarch_kinks.h"
#include "volatility/egarch_pass.h"

typedef struct crucible__egarch_problem {
  const crucible__egarch_data *data;
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

/* The bounds of nu. */
void crucible__egarch_nu_bounds(int32_t law, double *lowest, double *highest);

/* theta with the first beta in place of their sum and nu of its inverse, and
   back. */
void crucible__egarch_natural(const crucible__egarch_form *form,
                              const double *theta, double *out);
void crucible__egarch_summed(const crucible__egarch_form *form,
                             const double *theta, double *out);

/* Log-likelihood at theta, -HUGE_VAL without a stationary ln s2; counts as an
   evaluation. */
double crucible__egarch_value(crucible__egarch_problem *problem,
                              const double *theta);

/* Likelihood, score and Hessian of point->theta; counts as one too. */
void crucible__egarch_evaluate(crucible__egarch_problem *problem,
                               crucible__egarch_point *point);

/* The law at theta. */
crucible__egarch_law
crucible__egarch_law_of(const crucible__egarch_problem *problem,
                        const double *theta);

/* Likelihood and score of point->theta, without a Hessian; counts as one. */
void crucible__egarch_first(crucible__egarch_problem *problem,
                            crucible__egarch_point *point);

/* Fills point->closing and the problem's links. */
void crucible__egarch_close_point(const crucible__egarch_problem *problem,
                                  crucible__egarch_point *point);

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

/* A step of some parameters. */
typedef struct crucible__egarch_stride {
  size_t n;
  int list[CRUCIBLE__EGARCH_K];
  double step[CRUCIBLE__EGARCH_K];
  double room; /* the part of it that the bounds allow, at most 1 */
} crucible__egarch_stride;

void crucible__egarch_room_of(const crucible__egarch_problem *problem,
                              const double *theta, crucible__egarch_stride *by);
void crucible__egarch_go(const crucible__egarch_problem *problem,
                         const double *from, const crucible__egarch_stride *by,
                         double fraction, double *theta);

/* sign * matrix of some parameters, factored. 0 if it is not a bowl. */
int crucible__egarch_bowl(const double *matrix, double sign, const int *list,
                          size_t n, double *factor);

/*
 * Looks along mu for a higher top over the corners between, and makes a corner
 * of the point if that is what the top is: see egarch_kinks.h. With lags in the
 * mean it looks along each of them too, but makes no corners. Closes the point.
 */
void crucible__egarch_settle(crucible__egarch_problem *problem,
                             crucible__egarch_point *point);

#endif
