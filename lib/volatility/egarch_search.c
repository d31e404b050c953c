/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_search.h"

#include <math.h>
#include <string.h>

#include <nlopt.h>

#include "math/small_matrix.h"
#include "volatility/egarch_newton.h"

enum {
  K = CRUCIBLE__EGARCH_K,
  MU = CRUCIBLE__EGARCH_MU,
  NU = CRUCIBLE__EGARCH_NU,
  ROUND_MAX = 100 /* evaluations after which a round of NLopt is lost */
};

/*
 * The coordinates that NLopt sees: u = L'(x - origin) with L L' the curvature
 * at the start, so that it looks like a bowl from there; x is theta but for
 * 1 / nu, in which the likelihood is nearly a parabola.
 */
typedef struct frame {
  crucible__egarch_problem *problem;
  size_t n;
  int list[K];          /* parameters that are searched */
  double origin[K];     /* x of the free parameters */
  double factor[K * K]; /* L, n x n */
  double base[K];       /* theta where parameters are fixed */
  double best[K];       /* theta */
  double best_loglik;
} frame;

static double to_x(int p, double value) { return p == NU ? 1 / value : value; }

static void theta_of(const frame *at, const double *u, double *theta) {
  double step[K];
  memcpy(step, u, at->n * sizeof *step);
  crucible__solve_lower_transposed(at->factor, at->n, step);
  memcpy(theta, at->base, K * sizeof *theta);
  for (size_t i = 0; i < at->n; ++i) {
    const int p = at->list[i];
    double x = at->origin[i] + step[i];
    if (p == NU) /* beyond the bounds 1 / x may change its sign */
      x = fmin(fmax(x, 1 / at->problem->highest[NU]),
               1 / at->problem->lowest[NU]);
    theta[p] = crucible__egarch_clip(at->problem, p, to_x(p, x));
  }
}

static double objective(unsigned n, const double *u, double *gradient,
                        void *data) {
  frame *at = data;
  double theta[K], score[K];
  theta_of(at, u, theta);
  const crucible__egarch_law law = crucible__egarch_law_of(at->problem, theta);
  ++at->problem->n_evaluations;
  const double loglik =
      crucible__egarch_score(at->problem->data, &law, theta, score);
  if (!isfinite(loglik)) { /* a wall: as bad as can be told */
    if (gradient != NULL)
      memset(gradient, 0, n * sizeof *gradient);
    return fabs(at->best_loglik) * 2 + 1e6;
  }
  if (loglik > at->best_loglik) {
    at->best_loglik = loglik;
    memcpy(at->best, theta, sizeof theta);
  }
  if (gradient != NULL) {
    for (unsigned i = 0; i < n; ++i) {
      const int p = at->list[i];
      gradient[i] = p == NU ? score[p] * theta[NU] * theta[NU] : -score[p];
    }
    crucible__solve_lower(at->factor, n, gradient);
  }
  return -loglik;
}

/* A bound on one parameter: linear in u. */
typedef struct bound {
  const frame *at;
  size_t i;    /* which of the free parameters */
  double sign; /* 1: x <= limit, -1: x >= limit */
  double limit;
} bound;

static double constraint(unsigned n, const double *u, double *gradient,
                         void *data) {
  const bound *of = data;
  double step[K], row[K] = {0};
  memcpy(step, u, n * sizeof *step);
  crucible__solve_lower_transposed(of->at->factor, n, step);
  if (gradient != NULL) { /* x_i = origin + e_i' L'^-1 u */
    row[of->i] = of->sign;
    crucible__solve_lower(of->at->factor, n, row);
    memcpy(gradient, row, n * sizeof *gradient);
  }
  return of->sign * (of->at->origin[of->i] + step[of->i] - of->limit);
}

/* Curvature of -loglik in x: the Hessian if it bends the right way, else the
   outer product of the scores, which always does. */
static void frame_init(frame *at, crucible__egarch_problem *problem,
                       const crucible__egarch_point *point) {
  const double nu = point->theta[NU];
  *at = (frame){.problem = problem, .best_loglik = point->loglik};
  for (size_t i = 0; i < problem->n_free; ++i)
    if (problem->free[i] != MU || !point->mu_is_corner)
      at->list[at->n++] = problem->free[i];
  const size_t n = at->n;
  memcpy(at->base, point->theta, sizeof at->base);
  memcpy(at->best, point->theta, sizeof at->best);
  for (int attempt = 0; attempt < 3; ++attempt) {
    crucible__egarch_closing closing = {.last = 0};
    const double *matrix = attempt == 0 ? point->hessian : closing.outer;
    if (attempt > 0) {
      const crucible__egarch_law law =
          crucible__egarch_law_of(problem, point->theta);
      (void)crucible__egarch_close(problem->data, &law, point->theta,
                                   &problem->links, &closing);
    }
    for (size_t i = 0; i < n; ++i) {
      const int p = at->list[i];
      at->origin[i] = to_x(p, point->theta[p]);
      for (size_t j = 0; j < n; ++j) {
        const int r = at->list[j];
        const double value =
            attempt == 0 ? -matrix[p * K + r] : matrix[p * K + r];
        at->factor[i * n + j] =
            value * (p == NU ? -nu * nu : 1) * (r == NU ? -nu * nu : 1);
      }
      if (p == NU && attempt == 0)
        at->factor[i * n + i] -= 2 * nu * nu * nu * point->score[NU];
      if (attempt == 2) /* only the scales */
        for (size_t j = 0; j < n; ++j)
          at->factor[i * n + j] =
              i == j ? fmax(at->factor[i * n + j], (double)problem->data->n)
                     : 0;
    }
    if (crucible__cholesky(at->factor, n))
      return;
  }
}

static int search_by_nlopt(frame *at, double improvement) {
  crucible__egarch_problem *problem = at->problem;
  bound bounds[2 * K];
  double u[K] = {0}, least = 0;
  int n_bounds = 0, made = 1;
  nlopt_opt optimiser = nlopt_create(NLOPT_LD_SLSQP, (unsigned)at->n);
  if (optimiser == NULL)
    return 0;
  made &= nlopt_set_min_objective(optimiser, objective, at) > 0;
  for (size_t i = 0; i < at->n; ++i) {
    const int p = at->list[i];
    const double ends[2] = {to_x(p, problem->lowest[p]),
                            to_x(p, problem->highest[p])};
    for (int side = 0; side < 2; ++side) {
      if (isinf(ends[side]))
        continue;
      const double sign = ends[side] > ends[1 - side] ? 1 : -1;
      bounds[n_bounds] = (bound){at, i, sign, ends[side]};
      made &= nlopt_add_inequality_constraint(optimiser, constraint,
                                              &bounds[n_bounds], 1e-12) > 0;
      ++n_bounds;
    }
  }
  const uint32_t left = problem->max_evaluations > problem->n_evaluations
                            ? problem->max_evaluations - problem->n_evaluations
                            : 1;
  made &= nlopt_set_ftol_abs(optimiser, improvement) > 0;
  made &= nlopt_set_maxeval(optimiser,
                            (int)(left < ROUND_MAX ? left : ROUND_MAX)) > 0;
  nlopt_result result = NLOPT_OUT_OF_MEMORY;
  if (made)
    result = nlopt_optimize(optimiser, u, &least);
  nlopt_destroy(optimiser);
  /* Other failures mean that rounding stops progress: the best is kept. */
  return result != NLOPT_OUT_OF_MEMORY;
}

int crucible__egarch_climb(crucible__egarch_problem *problem, double near,
                           crucible__egarch_point *point) {
  double improvement = 1e-3; /* Newton is quicker from there */
  if (!isfinite(point->loglik))
    crucible__egarch_evaluate(problem, point);
  if (!isfinite(point->loglik)) /* no filter here: there is no slope to climb,
                                   and SLSQP would read what it never wrote */
    return 1;
  for (int round = 0; round < 3; ++round) {
    crucible__egarch_newton(problem, near, point);
    if (!point->converged) {
      frame at;
      frame_init(&at, problem, point);
      if (!search_by_nlopt(&at, improvement))
        return 0;
      memcpy(point->theta, at.best, sizeof at.best);
      crucible__egarch_evaluate(problem, point);
      crucible__egarch_newton(problem, HUGE_VAL, point);
    }
    if (!problem->is_draft)
      crucible__egarch_settle(problem, point);
    if (point->converged || problem->n_evaluations >= problem->max_evaluations)
      return 1;
    near = 0; /* once was enough */
    improvement = 0.01 * problem->tolerance * fmax(1, fabs(point->loglik));
  }
  return 1;
}
