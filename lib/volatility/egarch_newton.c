/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_newton.h"

#include <math.h>
#include <string.h>

#include "math/small_matrix.h"

enum { K = CRUCIBLE__EGARCH_K, MU = CRUCIBLE__EGARCH_MU };

void crucible__egarch_nu_bounds(int32_t law, double *lowest, double *highest) {
  *lowest = law == CRUCIBLE_LAW_GED ? 1.01 : 2.05;
  *highest = law == CRUCIBLE_LAW_SKEWED_T ? 300 : 500;
}

static int is_inverse(const crucible__egarch_form *form) {
  return form->law == CRUCIBLE_LAW_STUDENT_T ||
         form->law == CRUCIBLE_LAW_SKEWED_T;
}

void crucible__egarch_natural(const crucible__egarch_form *form,
                              const double *theta, double *out) {
  memcpy(out, theta, K * sizeof *out);
  for (int i = 1; i < form->q; ++i)
    out[form->beta] -= theta[form->beta + i];
  if (is_inverse(form)) {
    double low, high; /* 1 / x may round past them */
    crucible__egarch_nu_bounds(form->law, &low, &high);
    out[form->nu] = fmin(fmax(1 / theta[form->nu], low), high);
  }
}

void crucible__egarch_summed(const crucible__egarch_form *form,
                             const double *theta, double *out) {
  memcpy(out, theta, K * sizeof *out);
  for (int i = 1; i < form->q; ++i)
    out[form->beta] += theta[form->beta + i];
  if (is_inverse(form))
    out[form->nu] = 1 / theta[form->nu];
}

/* Derivatives by the other betas with their sum held, and by 1 / nu: with n its
   natural value, d/dx = -n^2 d/dn. */
static void sum_score(const crucible__egarch_form *form, const double *natural,
                      double *score) {
  for (int i = 1; i < form->q; ++i)
    score[form->beta + i] -= score[form->beta];
  if (is_inverse(form))
    score[form->nu] *= -natural[form->nu] * natural[form->nu];
}

static void sum_matrix(const crucible__egarch_form *form, const double *natural,
                       double *matrix) {
  for (int i = 1; i < form->q; ++i)
    for (int j = 0; j < K; ++j)
      matrix[(form->beta + i) * K + j] -= matrix[form->beta * K + j];
  for (int i = 1; i < form->q; ++i)
    for (int j = 0; j < K; ++j)
      matrix[j * K + form->beta + i] -= matrix[j * K + form->beta];
  if (is_inverse(form)) {
    const double by = -natural[form->nu] * natural[form->nu];
    for (int j = 0; j < K; ++j)
      matrix[form->nu * K + j] *= by;
    for (int j = 0; j < K; ++j)
      matrix[j * K + form->nu] *= by;
  }
}

/* Whether the roots of 1 - b1 L - .. are outside the unit circle, by the
   partial autocorrelations (Levinson's recursion, downwards). */
static int is_stationary(const crucible__egarch_form *form,
                         const double *natural) {
  double b[CRUCIBLE__EGARCH_LAGS] = {0};
  if (form->q < 2)
    return 1; /* by its bounds */
  memcpy(b, natural + form->beta, (size_t)form->q * sizeof *b);
  for (int n = form->q; n > 0; --n) {
    const double last = b[n - 1], left = 1 - last * last;
    double shorter[CRUCIBLE__EGARCH_LAGS] = {0};
    if (!(fabs(last) < 1 - 1e-9))
      return 0;
    for (int i = 0; i + 1 < n; ++i)
      shorter[i] = (b[i] + last * b[n - 2 - i]) / left;
    memcpy(b, shorter, sizeof b);
  }
  return 1;
}

static crucible__egarch_law law_at(const crucible__egarch_form *form,
                                   const double *natural) {
  const int shapes = crucible__egarch_shapes(form->law);
  return crucible__egarch_law_at(form->law, form->kappa,
                                 shapes > 0 ? natural[form->nu] : 0,
                                 shapes > 1 ? natural[form->lambda] : 0);
}

crucible__egarch_law
crucible__egarch_law_of(const crucible__egarch_problem *problem,
                        const double *theta) {
  double natural[K];
  crucible__egarch_natural(&problem->data->form, theta, natural);
  return law_at(&problem->data->form, natural);
}

/* Counts an evaluation at theta; 0 where the model there is not stationary. */
static int begin_at(crucible__egarch_problem *problem, const double *theta,
                    double *natural, crucible__egarch_law *law) {
  const crucible__egarch_form *form = &problem->data->form;
  crucible__egarch_natural(form, theta, natural);
  ++problem->n_evaluations;
  if (!is_stationary(form, natural))
    return 0;
  *law = law_at(form, natural);
  return 1;
}

double crucible__egarch_value(crucible__egarch_problem *problem,
                              const double *theta) {
  double natural[K];
  crucible__egarch_law law;
  if (!begin_at(problem, theta, natural, &law))
    return -HUGE_VAL;
  return crucible__egarch_loglik(problem->data, &law, natural, NULL, NULL);
}

void crucible__egarch_evaluate(crucible__egarch_problem *problem,
                               crucible__egarch_point *point) {
  const crucible__egarch_form *form = &problem->data->form;
  double natural[K];
  crucible__egarch_law law;
  point->loglik = -HUGE_VAL;
  if (!begin_at(problem, point->theta, natural, &law))
    return;
  point->loglik = crucible__egarch_hessian(problem->data, &law, natural,
                                           point->score, point->hessian);
  const double by_nu = is_inverse(form) ? point->score[form->nu] : 0;
  sum_score(form, natural, point->score);
  sum_matrix(form, natural, point->hessian);
  if (is_inverse(form))
    point->hessian[form->nu * K + form->nu] +=
        2 * natural[form->nu] * natural[form->nu] * natural[form->nu] * by_nu;
}

void crucible__egarch_first(crucible__egarch_problem *problem,
                            crucible__egarch_point *point) {
  const crucible__egarch_form *form = &problem->data->form;
  double natural[K];
  crucible__egarch_law law;
  point->loglik = -HUGE_VAL;
  if (!begin_at(problem, point->theta, natural, &law))
    return;
  point->loglik =
      crucible__egarch_score(problem->data, &law, natural, point->score);
  sum_score(form, natural, point->score);
}

void crucible__egarch_close_point(const crucible__egarch_problem *problem,
                                  crucible__egarch_point *point) {
  const crucible__egarch_form *form = &problem->data->form;
  double natural[K];
  const crucible__egarch_law law =
      crucible__egarch_law_of(problem, point->theta);
  crucible__egarch_natural(form, point->theta, natural);
  point->loglik = crucible__egarch_close(problem->data, &law, natural,
                                         &problem->links, &point->closing);
  sum_score(form, natural, point->closing.score);
  sum_matrix(form, natural, point->closing.outer);
  memcpy(point->score, point->closing.score, sizeof point->score);
}

double crucible__egarch_clip(const crucible__egarch_problem *problem, int p,
                             double value) {
  return fmin(fmax(value, problem->lowest[p]), problem->highest[p]);
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

int crucible__egarch_bowl(const double *matrix, double sign, const int *list,
                          size_t n, double *factor) {
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j)
      factor[i * n + j] = sign * matrix[list[i] * K + list[j]];
  return crucible__cholesky(factor, n);
}

void crucible__egarch_room_of(const crucible__egarch_problem *problem,
                              const double *theta,
                              crucible__egarch_stride *by) {
  by->room = 1;
  for (size_t i = 0; i < by->n; ++i) {
    const int p = by->list[i];
    const double end =
        by->step[i] > 0 ? problem->highest[p] : problem->lowest[p];
    if (by->step[i] != 0)
      by->room = fmin(by->room, (end - theta[p]) / by->step[i]);
  }
}

void crucible__egarch_go(const crucible__egarch_problem *problem,
                         const double *from, const crucible__egarch_stride *by,
                         double fraction, double *theta) {
  memcpy(theta, from, K * sizeof *theta);
  for (size_t i = 0; i < by->n; ++i)
    theta[by->list[i]] = crucible__egarch_clip(
        problem, by->list[i], from[by->list[i]] + fraction * by->step[i]);
}

/* Whether b is as likely as a, but for the rounding of the sum. */
static int is_not_below(double b, double a) { return b >= a - 1e-13 * fabs(a); }

/* Goes as far along the stride as the likelihood does not fall; evaluates
   there. 0 if there is no way. */
static int line_search(crucible__egarch_problem *problem,
                       const crucible__egarch_stride *by,
                       crucible__egarch_point *point) {
  crucible__egarch_point there = *point;
  crucible__egarch_go(problem, point->theta, by, by->room, there.theta);
  crucible__egarch_evaluate(problem, &there); /* seldom in vain */
  for (int halvings = 1; !is_not_below(there.loglik, point->loglik);
       ++halvings) {
    if (halvings > 10)
      return 0;
    crucible__egarch_go(problem, point->theta, by, ldexp(by->room, -halvings),
                        there.theta);
    there.loglik = crucible__egarch_value(problem, there.theta);
    if (is_not_below(there.loglik, point->loglik))
      crucible__egarch_evaluate(problem, &there);
  }
  *point = there;
  return 1;
}

void crucible__egarch_newton(crucible__egarch_problem *problem, double limit,
                             crucible__egarch_point *point) {
  double before = HUGE_VAL;
  point->converged = 0;
  for (int iteration = 0; iteration < 20; ++iteration) {
    double factor[K * K], decrement = 0;
    crucible__egarch_stride by;
    by.n = crucible__egarch_inner(problem, point, by.list);
    if (!isfinite(point->loglik) ||
        !crucible__egarch_bowl(point->hessian, -1, by.list, by.n, factor))
      return;
    for (size_t i = 0; i < by.n; ++i)
      by.step[i] = point->score[by.list[i]];
    crucible__solve_lower(factor, by.n, by.step);
    for (size_t i = 0; i < by.n; ++i)
      decrement += by.step[i] * by.step[i];
    if (iteration == 0 && !(decrement / 2 < limit))
      return;
    crucible__solve_lower_transposed(factor, by.n, by.step);
    crucible__egarch_room_of(problem, point->theta, &by);
    /* decrement / 2 is what the likelihood can gain by this step; its square,
       about, what is left after it. */
    if (decrement <= problem->tolerance * fmax(1, fabs(point->loglik))) {
      crucible__egarch_go(problem, point->theta, &by, by.room, point->theta);
      point->converged = 1;
      return;
    }
    /* Near the top each step squares the decrement, but across a corner. */
    if (problem->n_evaluations >= problem->max_evaluations ||
        (decrement < 1e-2 && decrement > 0.1 * before) ||
        !line_search(problem, &by, point))
      return;
    before = decrement;
  }
}
