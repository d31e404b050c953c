/* SPDX-License-Identifier: Apache-2.0 */
/* From the top that Newton found over the corners to a higher one near it. */
#include <math.h>
#include <string.h>

#include "math/small_matrix.h"
#include "volatility/egarch_newton.h"

enum { K = CRUCIBLE__EGARCH_K, MU = CRUCIBLE__EGARCH_MU };

/* The hill along one parameter of the mean, the others on its ridge. */
typedef struct profile {
  int along;                     /* the parameter */
  crucible__egarch_stride ridge; /* of all for a step of 1 of it */
  double newton;                 /* its step to the top */
  double deviation;              /* of it: the hill's width */
  int is_hill;                   /* the Hessian says so */
} profile;

/* Of the Hessian or, where that does not bend down because of the corners, of
   the scores' outer product. 0 if the parameter is not free. */
static int profile_of(const crucible__egarch_problem *problem,
                      const crucible__egarch_point *point, int parameter,
                      profile *out) {
  double factor[K * K], step[K];
  crucible__egarch_point anywhere = *point;
  crucible__egarch_stride *ridge = &out->ridge;
  anywhere.mu_is_corner = 0;
  ridge->n = crucible__egarch_inner(problem, &anywhere, ridge->list);
  const size_t n = ridge->n;
  size_t place = 0;
  while (place < n && ridge->list[place] != parameter)
    ++place;
  if (place == n)
    return 0;
  out->along = parameter;
  out->is_hill =
      crucible__egarch_bowl(point->hessian, -1, ridge->list, n, factor);
  if (!out->is_hill &&
      !crucible__egarch_bowl(point->closing.outer, 1, ridge->list, n, factor))
    return 0;
  for (size_t i = 0; i < n; ++i) {
    step[i] = point->score[ridge->list[i]];
    ridge->step[i] = i == place;
  }
  crucible__solve_lower(factor, n, step);
  crucible__solve_lower_transposed(factor, n, step);
  crucible__solve_lower(factor, n, ridge->step);
  crucible__solve_lower_transposed(factor, n, ridge->step);
  const double variance = ridge->step[place];
  for (size_t i = 0; i < n; ++i)
    ridge->step[i] /= variance;
  out->newton = step[place];
  out->deviation = sqrt(variance);
  return 1;
}

/* Where best_top() sends the parameter, and from there by Newton: along the
   corner if it is one. */
static crucible__egarch_point moved(crucible__egarch_problem *problem,
                                    const crucible__egarch_point *point,
                                    const profile *along,
                                    const crucible__egarch_top *top) {
  crucible__egarch_point there = *point;
  crucible__egarch_go(problem, point->theta, &along->ridge, top->step,
                      there.theta);
  if (top->is_corner)
    there.theta[MU] = top->value;
  there.mu_is_corner = top->is_corner;
  crucible__egarch_evaluate(problem, &there);
  crucible__egarch_newton(problem, HUGE_VAL, &there);
  return there;
}

/*
 * Whether there may be a higher top a few deviations from mu: outliers make
 * corners larger than best_top() can see over. The hill is sampled along its
 * ridge; a sample almost as high as the top itself, where the hill should have
 * fallen by a quarter and more, belongs to another one.
 */
static int look_around(crucible__egarch_problem *problem,
                       const crucible__egarch_point *point,
                       const profile *along, crucible__egarch_top *top) {
  enum { LANES = CRUCIBLE__EGARCH_LANES };
  static const double places[2 * LANES] = {-0.7, 0.7, -1.4, 1.4,
                                           -2.1, 2.1, -3,   3};
  const crucible__egarch_form *form = &problem->data->form;
  const crucible__egarch_law law =
      crucible__egarch_law_of(problem, point->theta);
  double best = point->loglik - 0.1;
  int found = 0;
  for (int i = 0; i < 2 * LANES; i += LANES) {
    double theta[LANES][K], natural[LANES][K], loglik[LANES];
    for (int j = 0; j < LANES; ++j) {
      crucible__egarch_go(problem, point->theta, &along->ridge,
                          places[i + j] * along->deviation, theta[j]);
      for (int s = 0; s < crucible__egarch_shapes(form->law); ++s)
        theta[j][form->nu + s] = point->theta[form->nu + s]; /* one law */
      crucible__egarch_natural(form, theta[j], natural[j]);
    }
    crucible__egarch_logliks(problem->data, &law, natural, loglik);
    problem->n_evaluations += LANES;
    for (int j = 0; j < LANES; ++j)
      if (loglik[j] > best) {
        best = loglik[j];
        *top = (crucible__egarch_top){.step = places[i + j] * along->deviation};
        found = 1;
      }
  }
  return found;
}

/* Whether the likelihood falls off so steeply to both sides of where mu stands
   that the hill's width says nothing. */
static int is_steep(const profile *along, const crucible__egarch_top *top) {
  const double left = along->newton / along->deviation;
  const double right = left + top->jump * along->deviation;
  return !along->is_hill || fmax(left, -right) >= 0.5;
}

/*
 * With lags in the mean |z_t| has its corner on a plane in mu and the phi. Each
 * of them is tried in turn, until none leads to a higher top; a plane on which
 * the top itself lies is not followed.
 */
static void settle_lags(crucible__egarch_problem *problem,
                        crucible__egarch_point *point, double worth) {
  const crucible__egarch_form *form = &problem->data->form;
  int idle = 0; /* parameters that lead nowhere since the last gain */
  for (int turn = 0; idle <= form->ar && turn < 8 * (form->ar + 1); ++turn) {
    const int c = turn % (form->ar + 1);
    profile along;
    ++idle;
    if (!isfinite(point->loglik) ||
        problem->n_evaluations >= problem->max_evaluations ||
        !profile_of(problem, point, c == 0 ? MU : form->phi + c - 1, &along))
      continue;
    crucible__egarch_top top = crucible__egarch_best_top(
        problem->data, point->theta, along.along, &problem->links, along.newton,
        along.deviation);
    if (top.gain <= worth && !look_around(problem, point, &along, &top))
      continue;
    top.is_corner = 0;
    crucible__egarch_point there = moved(problem, point, &along, &top);
    if (there.loglik - point->loglik < worth / 2 ||
        (point->converged && !there.converged))
      continue;
    crucible__egarch_close_point(problem, &there);
    *point = there;
    idle = 0;
  }
}

void crucible__egarch_settle(crucible__egarch_problem *problem,
                             crucible__egarch_point *point) {
  /* Two tops of one hill that differ by less are as good as each other. */
  const double worth = 1e5 * problem->tolerance;
  int looked = 0;
  crucible__egarch_close_point(problem, point);
  if (problem->data->form.ar > 0) {
    settle_lags(problem, point, worth);
    return;
  }
  for (int attempt = 0; attempt < 8; ++attempt) {
    profile along;
    if (!isfinite(point->loglik) || !profile_of(problem, point, MU, &along))
      return;
    crucible__egarch_top top = crucible__egarch_best_top(
        problem->data, point->theta, MU, &problem->links, along.newton,
        along.deviation);
    const int steep = is_steep(&along, &top);
    if (!point->converged && top.step == 0 && top.jump != 0) {
      top.is_corner = 1; /* it is where mu stands, which Newton cannot see */
      top.value = point->theta[MU];
    } else if (!point->converged && top.gain <= 0) {
      return; /* it is not mu that has not converged */
    }
    crucible__egarch_point there = *point;
    if ((!point->converged || top.gain > worth ||
         (!looked++ && look_around(problem, point, &along, &top))) &&
        problem->n_evaluations < problem->max_evaluations)
      there = moved(problem, point, &along, &top);
    const double gain = there.loglik - point->loglik;
    if (point->converged ? !there.converged || gain < worth / 2
                         : gain < (there.converged ? -worth : 0)) {
      point->mu_is_corner = point->mu_is_corner && steep;
      return;
    }
    crucible__egarch_close_point(problem, &there);
    *point = there;
    if (!point->converged)
      return; /* the others have to be searched along the corner */
  }
}
