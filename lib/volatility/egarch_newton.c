/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_newton.h"

#include <math.h>
#include <string.h>

#include "math/small_matrix.h"

enum {
  K = CRUCIBLE__EGARCH_K,
  MU = CRUCIBLE__EGARCH_MU,
  NU = CRUCIBLE__EGARCH_NU
};

crucible__egarch_law
crucible__egarch_law_of(const crucible__egarch_problem *problem,
                        const double *theta) {
  return crucible__egarch_law_at(problem->law, problem->kappa, theta[NU]);
}

double crucible__egarch_value(crucible__egarch_problem *problem,
                              const double *theta) {
  const crucible__egarch_law law = crucible__egarch_law_of(problem, theta);
  ++problem->n_evaluations;
  return crucible__egarch_loglik(problem->data, &law, theta, NULL, NULL);
}

static double value_and_hessian(crucible__egarch_problem *problem,
                                crucible__egarch_point *point) {
  const crucible__egarch_law law =
      crucible__egarch_law_of(problem, point->theta);
  ++problem->n_evaluations;
  return crucible__egarch_hessian(problem->data, &law, point->theta,
                                  point->score, point->hessian, point->outer);
}

size_t crucible__egarch_inner(const crucible__egarch_problem *problem,
                              const crucible__egarch_point *point, int *list) {
  size_t n = 0;
  for (size_t i = 0; i < problem->n_free; ++i) {
    const int p = problem->free[i];
    const double at = point->theta[p], push = point->score[p];
    if ((at <= problem->lowest[p] && push <= 0) ||
        (at >= problem->highest[p] && push >= 0) ||
        (p == MU && point->mu_is_corner))
      continue;
    list[n++] = p;
  }
  return n;
}

double crucible__egarch_clip(const crucible__egarch_problem *problem, int p,
                             double value) {
  return fmin(fmax(value, problem->lowest[p]), problem->highest[p]);
}

/* Along step until the likelihood does not fall; the fraction gone, or 0. */
static double line_search(crucible__egarch_problem *problem,
                          crucible__egarch_point *point, const int *list,
                          size_t n, const double *step) {
  double limit = 1;
  for (size_t i = 0; i < n; ++i) {
    const int p = list[i];
    const double room =
        (step[i] > 0 ? problem->highest[p] : problem->lowest[p]) -
        point->theta[p];
    if (step[i] != 0 && room / step[i] < limit)
      limit = room / step[i];
  }
  for (double fraction = limit; fraction > limit * 1e-3; fraction /= 2) {
    double theta[K];
    memcpy(theta, point->theta, sizeof theta);
    for (size_t i = 0; i < n; ++i)
      theta[list[i]] = crucible__egarch_clip(
          problem, list[i], theta[list[i]] + fraction * step[i]);
    const double loglik = crucible__egarch_value(problem, theta);
    /* at the top, equal but for the rounding of the sum */
    if (loglik >= point->loglik - 1e-13 * fabs(point->loglik)) {
      memcpy(point->theta, theta, sizeof theta);
      point->loglik = loglik;
      return fraction;
    }
  }
  return 0;
}

/* sign * matrix of some parameters, factored. 0 if it is not a bowl. */
static int bowl_of(const double *matrix, double sign, const int *list, size_t n,
                   double *factor) {
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j)
      factor[i * n + j] = sign * matrix[list[i] * K + list[j]];
  return crucible__cholesky(factor, n);
}

void crucible__egarch_newton(crucible__egarch_problem *problem,
                             double tolerance, double limit,
                             crucible__egarch_point *point) {
  point->converged = 0;
  for (int iteration = 0; iteration < 20; ++iteration) {
    double step[K], factor[K * K], decrement = 0;
    int list[K];
    const double loglik = value_and_hessian(problem, point);
    const size_t n = crucible__egarch_inner(problem, point, list);
    point->has_hessian =
        isfinite(loglik) && bowl_of(point->hessian, -1, list, n, factor);
    if (!point->has_hessian)
      return;
    for (size_t i = 0; i < n; ++i)
      step[i] = point->score[list[i]];
    crucible__solve_lower(factor, n, step);
    for (size_t i = 0; i < n; ++i)
      decrement += step[i] * step[i];
    if (iteration == 0 && !(decrement / 2 < limit))
      return;
    crucible__solve_lower_transposed(factor, n, step);
    const double gone = line_search(problem, point, list, n, step);
    /* decrement / 2 is what the likelihood could still gain before the step;
       its square, about, what it can gain after it. */
    if (decrement <= tolerance * fmax(1, fabs(point->loglik))) {
      point->converged = 1;
      return;
    }
    if (gone == 0 || problem->n_evaluations >= problem->max_evaluations)
      return;
  }
}

/* The hill along mu with the other parameters on its ridge. */
typedef struct profile {
  size_t n;
  int list[K];      /* parameters, mu first */
  double ridge[K];  /* what each does for a step of 1 of mu */
  double newton;    /* the step of mu to the top */
  double deviation; /* of mu: the hill's width */
} profile;

/* Of the Hessian or, where that does not bend down because of the corners, of
   the scores' outer product. 0 if mu is not free. */
static int profile_of(const crucible__egarch_problem *problem,
                      const crucible__egarch_point *point, profile *out) {
  double factor[K * K], step[K];
  crucible__egarch_point anywhere = *point;
  anywhere.mu_is_corner = 0;
  const size_t n = crucible__egarch_inner(problem, &anywhere, out->list);
  out->n = n;
  if (n == 0 || out->list[0] != MU)
    return 0;
  if (!bowl_of(point->hessian, -1, out->list, n, factor) &&
      !bowl_of(point->outer, 1, out->list, n, factor))
    return 0;
  for (size_t i = 0; i < n; ++i) {
    step[i] = point->score[out->list[i]];
    out->ridge[i] = i == 0;
  }
  crucible__solve_lower(factor, n, step);
  crucible__solve_lower_transposed(factor, n, step);
  crucible__solve_lower(factor, n, out->ridge);
  crucible__solve_lower_transposed(factor, n, out->ridge);
  const double variance = out->ridge[0];
  for (size_t i = 0; i < n; ++i)
    out->ridge[i] /= variance;
  out->newton = step[0];
  out->deviation = sqrt(variance);
  return 1;
}

/* Where best_top() sends mu, and from there by Newton: along the corner if it
   is one. */
static crucible__egarch_point moved(crucible__egarch_problem *problem,
                                    double tolerance,
                                    const crucible__egarch_point *point,
                                    const profile *along,
                                    const crucible__egarch_top *top) {
  crucible__egarch_point there = *point;
  for (size_t i = 0; i < along->n; ++i) {
    const int p = along->list[i];
    there.theta[p] = crucible__egarch_clip(
        problem, p, point->theta[p] + along->ridge[i] * top->step);
  }
  if (top->is_corner)
    there.theta[MU] = top->value;
  there.mu_is_corner = top->is_corner;
  there.converged = 0;
  there.loglik = crucible__egarch_value(problem, there.theta);
  if (isfinite(there.loglik))
    crucible__egarch_newton(problem, tolerance, HUGE_VAL, &there);
  return there;
}

void crucible__egarch_settle(crucible__egarch_problem *problem,
                             double tolerance,
                             const crucible__egarch_scratch *scratch,
                             crucible__egarch_point *point) {
  /* Two tops of one hill that differ by less are as good as each other. */
  const double worth = 1e5 * tolerance;
  for (int attempt = 0; attempt < 8; ++attempt) {
    profile along;
    const crucible__egarch_law law =
        crucible__egarch_law_of(problem, point->theta);
    (void)crucible__egarch_score(problem->data, &law, point->theta,
                                 point->score);
    if (!profile_of(problem, point, &along))
      return;
    crucible__egarch_top top =
        crucible__egarch_best_top(problem->data, &law, point->theta,
                                  along.newton, along.deviation, scratch);
    if (point->converged && top.gain <= worth) {
      /* A corner that is flat next to the hill is none to speak of. */
      const double left = along.newton / along.deviation;
      const double right = left + top.jump * along.deviation;
      if (fmax(left, -right) < 0.5)
        point->mu_is_corner = 0;
      return;
    }
    if (!point->converged && top.step == 0 && top.jump != 0) {
      top.is_corner = 1; /* it is where mu stands, which Newton cannot see */
      top.value = point->theta[MU];
    } else if (!point->converged && top.gain <= 0) {
      return; /* it is not mu that has not converged */
    }
    if (problem->n_evaluations >= problem->max_evaluations)
      return;
    const crucible__egarch_point there =
        moved(problem, tolerance, point, &along, &top);
    if (there.converged
            ? there.loglik <
                  point->loglik + (point->converged ? worth / 2 : -worth)
            : point->converged || !(there.loglik > point->loglik))
      return;
    *point = there;
    if (!point->converged)
      return; /* the others have to be searched along the corner */
  }
}
