/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_search.h"

#include <math.h>
#include <string.h>

#include "math/small_matrix.h"

enum {
  K = CRUCIBLE__EGARCH_K,
  STEPS = 60, /* after which a round is lost */
  TRIES = 12  /* dampings of one step */
};

static const double damping_max = 1e3; /* it leans on a wall */

/*
 * -Hessian + damping x B, factored: B is the outer product of the scores (the
 * BHHH metric), which always bends the right way, in the units of each
 * parameter. Raises the damping until the sum is a bowl. 0 if it never is.
 */
static int bowl_of(const crucible__egarch_problem *problem,
                   crucible__egarch_point *point,
                   const crucible__egarch_stride *by, double *damping,
                   int *is_closed, double *factor) {
  const size_t n = by->n;
  for (int attempt = 0; attempt < 40; ++attempt) {
    if (*damping > 0 && !*is_closed) {
      crucible__egarch_close_point(problem, point);
      *is_closed = 1;
    }
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) {
        const size_t at = (size_t)by->list[i] * K + (size_t)by->list[j];
        factor[i * n + j] =
            *damping * point->closing.outer[at] - point->hessian[at];
        if (i == j)
          factor[i * n + j] += 1e-8 * *damping * point->closing.outer[at];
      }
    if (crucible__cholesky(factor, n))
      return 1;
    *damping = *damping > 0 ? 2 * *damping : 0.125;
  }
  return 0;
}

static double slope_along(const crucible__egarch_point *point,
                          const crucible__egarch_stride *by) {
  double sum = 0;
  for (size_t i = 0; i < by->n; ++i)
    sum += point->score[by->list[i]] * by->step[i];
  return sum;
}

static double curvature_along(const crucible__egarch_point *point,
                              const crucible__egarch_stride *by) {
  double sum = 0;
  for (size_t i = 0; i < by->n; ++i)
    for (size_t j = 0; j < by->n; ++j)
      sum -= by->step[i] * by->step[j] *
             point->hessian[by->list[i] * K + by->list[j]];
  return sum;
}

/* The damped step over the parameters that are free to move. One that the step
   would push through a bound it stands at stays. 0 if there is none. */
static int step_of(const crucible__egarch_problem *problem,
                   crucible__egarch_point *point, double *damping,
                   int *is_closed, crucible__egarch_stride *by) {
  double factor[K * K];
  by->n = crucible__egarch_inner(problem, point, by->list);
  while (by->n > 0) {
    if (!bowl_of(problem, point, by, damping, is_closed, factor))
      return 0;
    for (size_t i = 0; i < by->n; ++i)
      by->step[i] = point->score[by->list[i]];
    crucible__solve_lower(factor, by->n, by->step);
    crucible__solve_lower_transposed(factor, by->n, by->step);
    crucible__egarch_room_of(problem, point->theta, by);
    if (by->room > 1e-3)
      return 1;
    size_t kept = 0;
    for (size_t i = 0; i < by->n; ++i) {
      const int p = by->list[i];
      const double end =
          by->step[i] > 0 ? problem->highest[p] : problem->lowest[p];
      if (by->step[i] == 0 || (end - point->theta[p]) / by->step[i] > by->room)
        by->list[kept++] = p;
    }
    by->n = kept;
  }
  return 0;
}

/*
 * Levenberg and Marquardt's way uphill with the exact Hessian, until an
 * undamped step has less than goal to gain, or none gains anything.
 */
static void ascend(crucible__egarch_problem *problem, double goal,
                   crucible__egarch_point *point) {
  double damping = 0;
  int is_closed = 0; /* the scores' outer product may be that of an earlier
                        point: it is but a measure of length */
  int stalls = 0, is_wary = 0; /* the last step was not the first tried */
  for (int step = 0; step < STEPS; ++step) {
    crucible__egarch_stride by;
    crucible__egarch_point there;
    int tries = 0;
    for (;; ++tries) {
      if (tries == TRIES || damping > damping_max ||
          problem->n_evaluations >= problem->max_evaluations ||
          !step_of(problem, point, &damping, &is_closed, &by))
        return;
      const double slope = slope_along(point, &by);
      if (damping == 0 && slope / 2 < goal)
        return;
      if (tries == 0)
        there = *point;
      crucible__egarch_go(problem, point->theta, &by, by.room, there.theta);
      if (tries == 0 && !is_wary) {
        crucible__egarch_evaluate(problem, &there); /* seldom in vain */
      } else {
        there.loglik = crucible__egarch_value(problem, there.theta);
        if (there.loglik > point->loglik)
          crucible__egarch_evaluate(problem, &there);
      }
      const double gain = there.loglik - point->loglik;
      const double promised =
          by.room * slope - by.room * by.room / 2 * curvature_along(point, &by);
      if (gain > 0) {
        if (gain > 0.75 * promised)
          damping = damping < 0.02 ? 0 : damping / 4;
        else if (gain < 0.25 * promised)
          damping = fmax(2 * damping, 0.125);
        stalls = gain < 1e-9 * fmax(1, fabs(point->loglik)) ? stalls + 1 : 0;
        break;
      }
      damping = fmax(4 * damping, 0.125);
      is_closed = is_closed && tries < 3;
    }
    is_wary = tries > 0;
    *point = there;
    if (stalls > 4)
      return;
  }
}

void crucible__egarch_climb(crucible__egarch_problem *problem, double near,
                            crucible__egarch_point *point) {
  double goal = 0.5; /* Newton is quicker from there */
  if (!isfinite(point->loglik))
    crucible__egarch_evaluate(problem, point);
  if (!isfinite(point->loglik)) /* no filter here: there is no slope to climb */
    return;
  for (int round = 0; round < 3; ++round) {
    crucible__egarch_newton(problem, near, point);
    if (!point->converged) {
      ascend(problem, goal, point);
      crucible__egarch_newton(problem, HUGE_VAL, point);
    }
    if (!problem->is_draft)
      crucible__egarch_settle(problem, point);
    if (point->converged || problem->n_evaluations >= problem->max_evaluations)
      return;
    near = 0; /* once was enough */
    goal = 0.01 * problem->tolerance * fmax(1, fabs(point->loglik));
  }
}
