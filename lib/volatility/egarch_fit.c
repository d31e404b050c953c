/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include <crucible/volatility.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "math/small_matrix.h"
#include "volatility/egarch_pass.h"
#include "volatility/egarch_search.h"
#include "volatility/egarch_spec.h"

enum {
  MU = CRUCIBLE__EGARCH_MU,
  OMEGA = CRUCIBLE__EGARCH_OMEGA,
  ALPHA = CRUCIBLE__EGARCH_ALPHA,
  GAMMA = CRUCIBLE__EGARCH_GAMMA,
  BETA = CRUCIBLE__EGARCH_BETA,
  NU = CRUCIBLE__EGARCH_NU,
  K = CRUCIBLE__EGARCH_K,
  N_MIN = 100,
  GRID_RETURNS = 1000, /* enough to tell good starts from bad ones */
  PART_MIN = 1000,
  NEAR = 50, /* log-likelihood that Newton may have to gain */
  BETAS = 4  /* of the grid */
};

static const double beta_min = -0.999, beta_max = 0.999999;

/* A power of two near the inverse of the standard deviation; 0 if there is
   none. Two passes: the first finds the range of the values. */
static double scale_of(const double *returns, size_t n) {
  double largest = 0;
  int exponent;
  crucible__egarch_data data;
  for (size_t i = 0; i < n; ++i)
    largest = fmax(largest, fabs(returns[i]));
  (void)frexp(largest, &exponent);
  if (exponent > 1000 || exponent < -1000)
    return 0;
  const double rough = ldexp(1, -exponent);
  if (!crucible__egarch_data_init(&data, returns, n, rough,
                                  CRUCIBLE_PRESAMPLE_ARCH))
    return 0;
  (void)frexp(sqrt(data.variance), &exponent);
  const double scale = ldexp(rough, -exponent);
  /* the caller's variances are the squares of this */
  return scale > 0x1p-448 && scale < 0x1p448 ? scale : 0;
}

static crucible__egarch_problem
problem_of(const crucible_egarch_options *options,
           const crucible__egarch_data *data) {
  crucible__egarch_problem problem = {.data = data,
                                      .law = options->law,
                                      .kappa = options->kappa,
                                      .tolerance = options->tolerance,
                                      .max_evaluations =
                                          options->max_evaluations};
  for (int p = 0; p < K; ++p) {
    problem.lowest[p] = -HUGE_VAL;
    problem.highest[p] = HUGE_VAL;
    if ((p == MU && options->mean == CRUCIBLE_MEAN_ZERO) ||
        (p == NU && options->law != CRUCIBLE_LAW_STUDENT_T))
      continue;
    problem.free[problem.n_free++] = p;
  }
  problem.lowest[BETA] = beta_min;
  problem.highest[BETA] = beta_max;
  problem.lowest[NU] = CRUCIBLE__EGARCH_NU_MIN;
  problem.highest[NU] = CRUCIBLE__EGARCH_NU_MAX;
  return problem;
}

/* Degrees of freedom that give the kurtosis of the returns (method of
   moments), as arch starts. */
static double start_nu(const crucible__egarch_data *data) {
  double m4 = 0;
  for (size_t i = 0; i < data->n; ++i) {
    const double e = data->returns[i] * data->scale - data->mean;
    m4 += e * e * (e * e);
  }
  const double k = m4 / (double)data->n / (data->variance * data->variance);
  return fmax(k > 3.75 ? (4 * k - 6) / (k - 3) : 12, 4);
}

/*
 * arch's grid of 48, tried on the first returns: the best of each beta, best
 * first. The likelihood often has a hill at a wrong beta.
 */
static void grid_starts(const crucible__egarch_problem *problem,
                        const crucible_egarch_options *options,
                        double starts[BETAS][K]) {
  static const double alphas[CRUCIBLE__EGARCH_LANES] = {0.01, 0.05, 0.1, 0.2};
  static const double gammas[] = {-0.1, 0, 0.1};
  static const double betas[BETAS] = {0.5, 0.7, 0.9, 0.98};
  crucible__egarch_data few = *problem->data;
  double best[BETAS];
  few.n = few.n < GRID_RETURNS ? few.n : GRID_RETURNS;
  double theta[K] = {[MU] = options->mean == CRUCIBLE_MEAN_ZERO ? 0 : few.mean,
                     [NU] = options->law == CRUCIBLE_LAW_STUDENT_T
                                ? start_nu(problem->data)
                                : 0};
  const crucible__egarch_law law = crucible__egarch_law_of(problem, theta);
  for (int b = 0; b < BETAS; ++b) {
    double row[K] = {0};
    best[b] = -HUGE_VAL;
    theta[BETA] = betas[b];
    theta[OMEGA] = (1 - theta[BETA]) * log(few.variance);
    for (int g = 0; g < 3; ++g) {
      double at[CRUCIBLE__EGARCH_LANES][K], loglik[CRUCIBLE__EGARCH_LANES];
      theta[GAMMA] = gammas[g];
      for (int i = 0; i < CRUCIBLE__EGARCH_LANES; ++i) {
        theta[ALPHA] = alphas[i];
        memcpy(at[i], theta, sizeof at[i]);
      }
      crucible__egarch_logliks(&few, &law, at, loglik);
      for (int i = 0; i < CRUCIBLE__EGARCH_LANES; ++i)
        if (loglik[i] > best[b] || g + i == 0) {
          best[b] = loglik[i];
          memcpy(row, at[i], sizeof row);
        }
    }
    int at = b; /* into its place by insertion */
    for (; at > 0 && best[at - 1] < best[b]; --at)
      memcpy(starts[at], starts[at - 1], sizeof row);
    memcpy(starts[at], row, sizeof row);
    const double kept = best[b];
    for (int i = b; i > at; --i)
      best[i] = best[i - 1];
    best[at] = kept;
  }
}

/* ln s2 in the caller's units is ln s2 of the scaled returns + shift. */
static double shift_of(const crucible__egarch_data *data) {
  return -2 * log(data->scale);
}

static crucible_status start_from(const crucible_egarch_params *start,
                                  const crucible_egarch_options *options,
                                  const crucible__egarch_data *data,
                                  double *theta) {
  crucible_egarch_params read = {0};
  CRUCIBLE__TRY(crucible__egarch_params_read(&read, start));
  crucible__egarch_to_theta(&read, theta);
  theta[BETA] = fmin(fmax(theta[BETA], beta_min), beta_max);
  theta[OMEGA] -= (1 - theta[BETA]) * shift_of(data);
  theta[MU] = options->mean == CRUCIBLE_MEAN_ZERO ? 0 : theta[MU] * data->scale;
  if (options->law != CRUCIBLE_LAW_STUDENT_T)
    theta[NU] = 0;
  else if (read.law != CRUCIBLE_LAW_STUDENT_T)
    theta[NU] = start_nu(data);
  else
    theta[NU] =
        fmin(fmax(theta[NU], CRUCIBLE__EGARCH_NU_MIN), CRUCIBLE__EGARCH_NU_MAX);
  return CRUCIBLE_OK;
}

/*
 * Standard errors of the inner parameters: from C = A^-1 and A^-1 B A^-1 with
 * A the Hessian of -loglik and B the scores' covariance (Bollerslev and
 * Wooldridge 1992; as in arch: around their mean, divisor n - 1). The caller's
 * omega is omega + (1 - beta) shift, so its row takes a share of beta's.
 */
static int standard_errors(const crucible__egarch_point *point, const int *list,
                           size_t n, double n_returns, double scale,
                           double shift, double *classic, double *robust) {
  double factor[K * K], inverse[K * K], b[K * K], half[K * K], full[K * K];
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      factor[i * n + j] = -point->hessian[list[i] * K + list[j]];
      b[i * n + j] = point->closing.outer[list[i] * K + list[j]] * n_returns /
                     (n_returns - 1);
    }
  if (!crucible__cholesky(factor, n))
    return 0;
  crucible__cholesky_inverse(factor, n, inverse);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      half[i * n + j] = 0;
      for (size_t k = 0; k < n; ++k)
        half[i * n + j] += inverse[i * n + k] * b[k * n + j];
    }
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      full[i * n + j] = 0;
      for (size_t k = 0; k < n; ++k)
        full[i * n + j] += half[i * n + k] * inverse[k * n + j];
    }
  for (size_t i = 0; i < n; ++i) {
    double weights[K] = {0}, plain = 0, sandwich = 0;
    weights[i] = list[i] == MU ? 1 / scale : 1;
    for (size_t j = 0; j < n; ++j)
      if (list[i] == OMEGA && list[j] == BETA)
        weights[j] = -shift;
    for (size_t j = 0; j < n; ++j)
      for (size_t k = 0; k < n; ++k) {
        plain += weights[j] * weights[k] * inverse[j * n + k];
        sandwich += weights[j] * weights[k] * full[j * n + k];
      }
    classic[list[i]] = sqrt(plain);
    robust[list[i]] = sqrt(sandwich);
  }
  return 1;
}

static void fill_errors(const crucible_egarch_options *options,
                        const crucible__egarch_problem *problem,
                        const crucible__egarch_point *point,
                        crucible_egarch_fit_result *out) {
  double classic[K], robust[K];
  int list[K];
  for (int p = 0; p < K; ++p)
    classic[p] = robust[p] = (double)NAN;
  const size_t n = crucible__egarch_inner(problem, point, list);
  if (n < problem->n_free)
    out->warnings |= CRUCIBLE_FIT_ON_BOUND;
  if (!standard_errors(point, list, n, (double)problem->data->n,
                       problem->data->scale, shift_of(problem->data), classic,
                       robust))
    out->warnings |= CRUCIBLE_FIT_NO_COVARIANCE;
  out->se_classic = crucible__egarch_from_theta(options, classic);
  out->se_robust = crucible__egarch_from_theta(options, robust);
}

static crucible_egarch_fit_result
result_of(const crucible_egarch_options *options,
          const crucible__egarch_problem *problem,
          const crucible__egarch_point *point) {
  const crucible__egarch_data *data = problem->data;
  const double n = (double)data->n, k = (double)problem->n_free;
  const double shift = shift_of(data);
  crucible_egarch_fit_result out = {.struct_size = sizeof out,
                                    .n = data->n,
                                    .n_evaluations = problem->n_evaluations};
  double theta[K];
  out.loglik =
      point->loglik - 0.5 * n * shift; /* the Jacobian of the scaling */
  out.aic = 2 * k - 2 * out.loglik;
  out.bic = k * log(n) - 2 * out.loglik;
  out.last_variance = exp(point->closing.last + shift);
  out.next_variance = exp(point->closing.next + shift);
  memcpy(theta, point->theta, sizeof theta);
  theta[MU] /= data->scale;
  theta[OMEGA] += (1 - theta[BETA]) * shift;
  out.params = crucible__egarch_from_theta(options, theta);
  if (!point->converged)
    out.warnings |= CRUCIBLE_FIT_NOT_CONVERGED;
  if (theta[BETA] > 0.999)
    out.warnings |= CRUCIBLE_FIT_NEAR_UNIT_ROOT;
  fill_errors(options, problem, point, &out);
  return out;
}

/*
 * Moves the start of a long series to the optimum of its last quarter, which
 * costs a quarter, with the quarter's Hessian times four for Newton's first
 * step. Leaves it where there is none. 0 without memory.
 */
static int start_by_part(crucible__egarch_problem *problem,
                         crucible__egarch_point *point) {
  const crucible__egarch_data *whole = problem->data;
  const size_t n = whole->n / 4;
  crucible__egarch_problem few = *problem;
  crucible__egarch_data part;
  crucible__egarch_point found = *point;
  if (n < PART_MIN ||
      !crucible__egarch_data_init(&part, whole->returns + whole->n - n, n,
                                  whole->scale, whole->presample))
    return 1;
  part.wall = 1;
  few.data = &part;
  few.is_draft = 1;
  few.tolerance = fmax(few.tolerance, 1e-6);
  few.max_evaluations =
      few.n_evaluations + (few.max_evaluations - few.n_evaluations) / 4;
  if (!crucible__egarch_climb(&few, 1, &found))
    return 0;
  problem->n_evaluations = few.n_evaluations + 1;
  const crucible__egarch_law law =
      crucible__egarch_law_of(problem, found.theta);
  found.loglik = crucible__egarch_score(whole, &law, found.theta, found.score);
  if (!isfinite(found.loglik))
    return 1;
  for (int i = 0; i < K * K; ++i)
    found.hessian[i] *= (double)whole->n / (double)n;
  *point = found;
  return 1;
}

/* Whether the search ended at the wall before chaos: the variances there keep
   their start for a hundred returns and more. */
static int is_at_wall(const crucible__egarch_problem *problem,
                      const crucible__egarch_point *point) {
  const crucible__egarch_law law =
      crucible__egarch_law_of(problem, point->theta);
  crucible__egarch_closing closing;
  double sum = 0;
  (void)crucible__egarch_close(problem->data, &law, point->theta,
                               &problem->links, &closing);
  for (size_t t = 0; t < problem->data->n; ++t)
    sum += log(fabs(problem->links.decay[t]));
  return sum > -0.01 * (double)problem->data->n;
}

/* Climbs from the given start, if any, and from those of the grid until a
   search converges; else keeps the highest place. 0 without memory. */
static int climb_from_starts(crucible__egarch_problem *problem,
                             const crucible_egarch_options *options,
                             const double *given,
                             crucible__egarch_point *best) {
  double starts[1 + BETAS][K];
  const int first = given != NULL ? 0 : 1;
  const uint32_t most = problem->max_evaluations;
  int have_grid = 0;
  best->loglik = -HUGE_VAL;
  for (int i = first; i <= BETAS; ++i) {
    crucible__egarch_point point = {.loglik = -HUGE_VAL};
    /* each a fair share of what is left */
    const uint32_t spent = problem->n_evaluations;
    problem->max_evaluations =
        spent + (most > spent ? most - spent : 0) / (uint32_t)(1 + BETAS - i);
    if (i == 0)
      memcpy(starts[0], given, sizeof starts[0]);
    else if (!have_grid++)
      grid_starts(problem, options, starts + 1);
    memcpy(point.theta, starts[i], sizeof point.theta);
    if (i == 1 && !start_by_part(problem, &point))
      return 0;
    if (!crucible__egarch_climb(problem, NEAR, &point))
      return 0;
    if (point.converged || point.loglik > best->loglik || i == first)
      *best = point;
    if (point.converged ||
        (problem->n_evaluations >= most && isfinite(best->loglik)))
      return 1;
  }
  return 1;
}

crucible_status crucible_egarch_fit(const double *returns, size_t n,
                                    const crucible_egarch_options *options,
                                    const crucible_egarch_params *start,
                                    crucible_egarch_fit_result *result) {
  crucible_egarch_options chosen = crucible__egarch_defaults();
  crucible__egarch_data data = {0};
  crucible__egarch_point point = {.loglik = -HUGE_VAL};
  double given[K];
  if (result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "result is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible__egarch_options_read(&chosen, options));
  CRUCIBLE__TRY(crucible__egarch_check_returns(returns, n, N_MIN));
  const double scale = scale_of(returns, n);
  if (scale == 0 ||
      !crucible__egarch_data_init(&data, returns, n, scale, chosen.presample))
    return crucible__egarch_no_variance();
  data.wall = 1;
  crucible__egarch_problem problem = problem_of(&chosen, &data);
  if (start != NULL)
    CRUCIBLE__TRY(start_from(start, &chosen, &data, given));
  double *arrays = crucible__alloc(n, 3 * sizeof *arrays);
  if (arrays == NULL)
    return CRUCIBLE_E_NOMEM;
  problem.links = (crucible__egarch_links){arrays, arrays + n, arrays + 2 * n};
  const int climbed = climb_from_starts(&problem, &chosen,
                                        start == NULL ? NULL : given, &point);
  const int wall = climbed && !point.converged && is_at_wall(&problem, &point);
  crucible__free(arrays);
  if (!climbed)
    return crucible__fail(CRUCIBLE_E_NOMEM,
                          "out of memory in NLopt's minimiser");
  if (!isfinite(point.loglik))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "no parameters were found at which these %zu returns "
                          "have a likelihood",
                          n);
  crucible_egarch_fit_result found = result_of(&chosen, &problem, &point);
  if (wall)
    found.warnings |= CRUCIBLE_FIT_NOT_INVERTIBLE;
  return crucible__result_write(result, &found, sizeof found,
                                "crucible_egarch_fit_result");
}
