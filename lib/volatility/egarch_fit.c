/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include <crucible/volatility.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "volatility/egarch_errors.h"
#include "volatility/egarch_search.h"
#include "volatility/egarch_spec.h"
#include "volatility/egarch_start.h"

enum {
  MU = CRUCIBLE__EGARCH_MU,
  OMEGA = CRUCIBLE__EGARCH_OMEGA,
  K = CRUCIBLE__EGARCH_K,
  N_MIN = 100,
  PART_MIN = 1000,
  NEAR = 50, /* log-likelihood that Newton may have to gain */
  GRID = CRUCIBLE__EGARCH_GRID,
  STARTS = 1 + CRUCIBLE__EGARCH_RELATIVES + GRID
};

static const double beta_min = -0.999, beta_max = 0.999999;
static const double lambda_max = 0.999;

/* A power of two near the inverse of the standard deviation; 0 if there is
   none. Two passes: the first finds the range of the values. */
static double scale_of(const double *returns, size_t n,
                       const crucible__egarch_form *form) {
  double largest = 0;
  int exponent;
  crucible__egarch_data data;
  for (size_t i = 0; i < n; ++i)
    largest = fmax(largest, fabs(returns[i]));
  (void)frexp(largest, &exponent);
  if (exponent > 1000 || exponent < -1000)
    return 0;
  const double rough = ldexp(1, -exponent);
  if (!crucible__egarch_data_init(&data, returns, n, rough, form))
    return 0;
  (void)frexp(sqrt(data.variance), &exponent);
  const double scale = ldexp(rough, -exponent);
  /* the caller's variances are the squares of this */
  return scale > 0x1p-448 && scale < 0x1p448 ? scale : 0;
}

static void bound(crucible__egarch_problem *problem, int p, double lowest,
                  double highest) {
  problem->lowest[p] = lowest;
  problem->highest[p] = highest;
}

static crucible__egarch_problem
problem_of(const crucible_egarch_options *options,
           const crucible__egarch_data *data) {
  const crucible__egarch_form *form = &data->form;
  crucible__egarch_problem problem = {.data = data,
                                      .tolerance = options->tolerance,
                                      .max_evaluations =
                                          options->max_evaluations};
  for (int p = 0; p < form->k; ++p) {
    bound(&problem, p, -HUGE_VAL, HUGE_VAL);
    if (p != MU || form->mean != CRUCIBLE_MEAN_ZERO)
      problem.free[problem.n_free++] = p;
  }
  if (form->q > 0) /* of their sum */
    bound(&problem, form->beta, form->q > 1 ? -HUGE_VAL : beta_min, beta_max);
  if (crucible__egarch_shapes(form->law) > 0) {
    double low, high;
    crucible__egarch_nu_bounds(form->law, &low, &high);
    if (form->law == CRUCIBLE_LAW_GED)
      bound(&problem, form->nu, low, high);
    else
      bound(&problem, form->nu, 1 / high, 1 / low);
  }
  if (form->law == CRUCIBLE_LAW_SKEWED_T)
    bound(&problem, form->lambda, -lambda_max, lambda_max);
  return problem;
}

/* ln s2 in the caller's units is ln s2 of the scaled returns + shift. */
static double shift_of(const crucible__egarch_data *data) {
  return -2 * log(data->scale);
}

/* 1 - sum of beta, by a theta of the search */
static double forgets(const crucible__egarch_form *form, const double *theta) {
  return form->q > 0 ? 1 - theta[form->beta] : 1;
}

/* The caller's guess as a theta; where its model is another one, what they have
   in common. */
static crucible_status start_from(const crucible_egarch_params *start,
                                  const crucible__egarch_problem *problem,
                                  double *theta) {
  const crucible__egarch_data *data = problem->data;
  const crucible__egarch_form *form = &data->form;
  crucible_egarch_params read = {0};
  double natural[K];
  CRUCIBLE__TRY(crucible__egarch_params_read(&read, start));
  if (crucible__egarch_shapes(form->law) > 0 && read.law != form->law)
    read.nu = crucible__egarch_start_nu(data);
  read.p = (uint32_t)form->p;
  read.o = (uint32_t)form->o;
  read.q = (uint32_t)form->q;
  read.law = form->law;
  if (read.mean != form->mean || read.ar != (uint32_t)form->ar) {
    read.mu = data->constant / data->scale;
    memcpy(read.phi, data->phi, sizeof read.phi);
  }
  read.ar = (uint32_t)form->ar;
  crucible__egarch_to_theta(&read, natural);
  crucible__egarch_summed(form, natural, theta);
  if (form->q > 0)
    theta[form->beta] =
        crucible__egarch_clip(problem, form->beta, theta[form->beta]);
  for (int i = 0; i < crucible__egarch_shapes(form->law); ++i)
    theta[form->nu + i] =
        crucible__egarch_clip(problem, form->nu + i, theta[form->nu + i]);
  theta[OMEGA] -= forgets(form, theta) * shift_of(data);
  theta[MU] = form->mean == CRUCIBLE_MEAN_ZERO ? 0 : theta[MU] * data->scale;
  return CRUCIBLE_OK;
}

static void fill_errors(const crucible__egarch_problem *problem,
                        const crucible__egarch_point *point,
                        crucible_egarch_fit_result *out) {
  double classic[K], robust[K];
  int list[K];
  const size_t n = crucible__egarch_inner(problem, point, list);
  if (n < problem->n_free)
    out->warnings |= CRUCIBLE_FIT_ON_BOUND;
  if (!crucible__egarch_errors(problem, point, list, n, classic, robust))
    out->warnings |= CRUCIBLE_FIT_NO_COVARIANCE;
  out->se_classic = crucible__egarch_from_theta(&problem->data->form, classic);
  out->se_robust = crucible__egarch_from_theta(&problem->data->form, robust);
}

/* Ended at the wall before chaos: variances there keep their start for a hundred
   returns and more. */
static int is_at_wall(const crucible__egarch_point *point) {
  return !point->converged && point->closing.chaos > -0.01;
}

static crucible_egarch_fit_result
result_of(const crucible__egarch_problem *problem,
          const crucible__egarch_point *point) {
  const crucible__egarch_data *data = problem->data;
  const crucible__egarch_form *form = &data->form;
  const double n = (double)data->n, k = (double)problem->n_free;
  const double shift = shift_of(data);
  crucible_egarch_fit_result out = {.struct_size = sizeof out,
                                    .n = data->n,
                                    .n_evaluations = problem->n_evaluations};
  double theta[K], natural[K];
  out.loglik =
      point->loglik - 0.5 * n * shift; /* the Jacobian of the scaling */
  out.aic = 2 * k - 2 * out.loglik;
  out.bic = k * log(n) - 2 * out.loglik;
  out.last_variance = exp(point->closing.last + shift);
  out.next_variance = exp(point->closing.next + shift);
  memcpy(theta, point->theta, sizeof theta);
  theta[MU] /= data->scale;
  theta[OMEGA] += forgets(form, theta) * shift;
  crucible__egarch_natural(form, theta, natural);
  out.params = crucible__egarch_from_theta(form, natural);
  if (!point->converged)
    out.warnings |= CRUCIBLE_FIT_NOT_CONVERGED;
  if (forgets(form, theta) < 1 - 0.999)
    out.warnings |= CRUCIBLE_FIT_NEAR_UNIT_ROOT;
  if (is_at_wall(point))
    out.warnings |= CRUCIBLE_FIT_NOT_INVERTIBLE;
  fill_errors(problem, point, &out);
  return out;
}

/*
 * Moves the start of a long series to the optimum of its last quarter, which
 * costs less, with the quarter's Hessian times four for Newton's first
 * step. Leaves it where there is none.
 */
static void start_by_part(crucible__egarch_problem *problem,
                          crucible__egarch_point *point) {
  const crucible__egarch_data *whole = problem->data;
  const crucible__egarch_form *form = &whole->form;
  const size_t n = whole->n / 4;
  crucible__egarch_problem few = *problem;
  crucible__egarch_data part;
  crucible__egarch_point found = *point;
  if (n < PART_MIN || !crucible__egarch_data_init(
                          &part, whole->returns - form->ar + whole->n - n,
                          n + (size_t)form->ar, whole->scale, form))
    return;
  part.wall = 1;
  few.data = &part;
  few.is_draft = 1;
  few.tolerance = fmax(few.tolerance, 1 / (double)n); /* of a gain of 1 */
  few.max_evaluations =
      few.n_evaluations + (few.max_evaluations - few.n_evaluations) / 4;
  start_by_part(&few, &found);
  crucible__egarch_climb(&few, 1, &found);
  problem->n_evaluations = few.n_evaluations;
  double hessian[K * K];
  memcpy(hessian, found.hessian, sizeof hessian);
  crucible__egarch_first(problem, &found);
  if (!isfinite(found.loglik))
    return;
  for (int i = 0; i < K * K; ++i)
    found.hessian[i] = hessian[i] * (double)whole->n / (double)n;
  *point = found;
}

/* The searches of one fit, best so far. */
typedef struct searches {
  crucible__egarch_problem *problem;
  uint32_t most; /* evaluations for all of them */
  uint32_t left; /* searches still to come, for fair shares */
  uint32_t converged;
  int by_height; /* a model with more lags: see is_better() */
  crucible__egarch_point best;
} searches;

static int is_spent(const searches *all) {
  return all->problem->n_evaluations >= all->most && isfinite(all->best.loglik);
}

/* With one lag of each what converged counts; with more the highest place that
   is not at the wall. */
static int is_better(const searches *all, const crucible__egarch_point *point) {
  const crucible__egarch_point *best = &all->best;
  const double gain = point->loglik - best->loglik;
  if (!isfinite(best->loglik) || !isfinite(point->loglik))
    return isfinite(point->loglik);
  if (point->converged == best->converged && !all->by_height)
    return gain > 0;
  if (!all->by_height)
    return point->converged != 0;
  if (is_at_wall(point) != is_at_wall(best))
    return is_at_wall(best);
  if (point->converged == best->converged)
    return gain > 0;
  return gain > (point->converged ? -1e-6 : 1e-6); /* as good as each other */
}

static void search(searches *all, const double *start, int by_part) {
  crucible__egarch_problem *problem = all->problem;
  crucible__egarch_point point = {.loglik = -HUGE_VAL};
  const uint32_t spent = problem->n_evaluations;
  const uint32_t left = all->most > spent ? all->most - spent : 0;
  problem->max_evaluations = spent + left / (all->left > 0 ? all->left : 1);
  all->left -= all->left > 0;
  memcpy(point.theta, start, sizeof point.theta);
  if (by_part)
    start_by_part(problem, &point);
  crucible__egarch_climb(problem, NEAR, &point);
  all->converged += point.converged != 0;
  if (is_better(all, &point))
    all->best = point;
}

/* Climbs from the given start, if any, and from those of the grid until enough
   of them converge. */
static void search_grid(searches *all, const double *given, int only,
                        uint32_t enough) {
  double starts[GRID][K];
  all->left = (given != NULL) + GRID;
  if (given != NULL) {
    search(all, given, 0);
    if (all->best.converged || is_spent(all) || only)
      return;
  }
  crucible__egarch_grid(all->problem, starts);
  for (int i = 0; i < GRID && all->converged < enough && !is_spent(all); ++i)
    search(all, starts[i], i == 0);
}

/* A model with more lags: from the one with one lag of each, fitted first. */
static void search_relatives(searches *all, const double *given, int only,
                             uint32_t enough) {
  const crucible__egarch_data *data = all->problem->data;
  const crucible__egarch_form *form = &data->form;
  crucible__egarch_data simple = *data;
  double starts[CRUCIBLE__EGARCH_RELATIVES][K], theta[K];
  crucible_egarch_params like =
      crucible__egarch_from_theta(form, (double[K]){0});
  all->by_height = 1;
  if (given != NULL) {
    all->left = 1;
    search(all, given, 0);
    if (all->best.converged || is_spent(all) || only)
      return;
  }
  like.p = like.p > 0;
  like.o = like.o > 0;
  like.q = like.q > 0;
  simple.form = crucible__egarch_form_at(&like);
  crucible_egarch_options options = crucible__egarch_defaults();
  options.max_evaluations = all->most / 4 + 1;
  crucible__egarch_problem base = problem_of(&options, &simple);
  base.links = all->problem->links;
  searches first = {.problem = &base,
                    .most = base.max_evaluations,
                    .best = {.loglik = -HUGE_VAL}};
  search_grid(&first, NULL, 0, 1);
  all->problem->n_evaluations += base.n_evaluations;
  memcpy(theta, first.best.theta, sizeof theta);
  const int n = crucible__egarch_relatives(&simple.form, theta, form, starts);
  all->left = (uint32_t)n;
  all->most = all->most < UINT32_MAX / 16 ? all->most * (uint32_t)n : all->most;
  for (int i = 0; i < n && all->converged < enough && !is_spent(all); ++i)
    search(all, starts[i], 0);
  if (all->converged == 0 && !is_spent(all))
    search_grid(all, NULL, 0, 1);
}

crucible_status crucible_egarch_fit(const double *returns, size_t n,
                                    const crucible_egarch_options *options,
                                    const crucible_egarch_params *start,
                                    crucible_egarch_fit_result *result) {
  crucible_egarch_options chosen = crucible__egarch_defaults();
  crucible__egarch_data data = {0};
  double given[K];
  if (result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "result is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible__egarch_options_read(&chosen, options));
  CRUCIBLE__TRY(crucible__egarch_check_returns(returns, n, N_MIN + chosen.ar));
  const crucible__egarch_form form = crucible__egarch_form_of(&chosen);
  const double scale = scale_of(returns, n, &form);
  if (scale == 0 ||
      !crucible__egarch_data_init(&data, returns, n, scale, &form))
    return crucible__egarch_no_variance();
  data.wall = 1;
  crucible__egarch_problem problem = problem_of(&chosen, &data);
  if (start != NULL)
    CRUCIBLE__TRY(start_from(start, &problem, given));
  const size_t m = (size_t)form.m;
  double *arrays = crucible__alloc(data.n, (2 + m) * sizeof *arrays);
  if (arrays == NULL)
    return CRUCIBLE_E_NOMEM;
  problem.links =
      (crucible__egarch_links){arrays, arrays + data.n, arrays + 2 * data.n};
  searches all = {.problem = &problem,
                  .most = chosen.max_evaluations,
                  .best = {.loglik = -HUGE_VAL}};
  const int simple = form.p < 2 && form.o < 2 && form.q < 2;
  const double *from = start == NULL ? NULL : given;
  if (simple) /* a mean of lags has corners between one top and the next */
    search_grid(&all, from, chosen.starts == 1,
                chosen.starts > 0 ? chosen.starts
                : form.ar > 0     ? GRID
                                  : 1);
  else
    search_relatives(&all, from, chosen.starts == 1,
                     chosen.starts > 0 ? chosen.starts : STARTS);
  crucible__free(arrays);
  if (!isfinite(all.best.loglik))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "no parameters were found at which these %zu returns "
                          "have a likelihood",
                          n);
  const crucible_egarch_fit_result found = result_of(&problem, &all.best);
  return crucible__result_write(result, &found, sizeof found,
                                "crucible_egarch_fit_result");
}
