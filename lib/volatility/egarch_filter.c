/* SPDX-License-Identifier: Apache-2.0 */
/* Variances at given parameters: over a whole series, or return by return. */
#include <math.h>

#include <crucible/volatility.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "volatility/egarch_pass.h"
#include "volatility/egarch_spec.h"

crucible_status crucible_egarch_likelihood(const crucible_egarch_params *params,
                                           const double *returns, size_t n,
                                           double *loglik, double *variance,
                                           double *score) {
  crucible_egarch_params read = {0};
  crucible__egarch_data data = {0};
  double theta[CRUCIBLE__EGARCH_K], gradient[CRUCIBLE__EGARCH_K];
  CRUCIBLE__TRY(crucible__egarch_params_read(&read, params));
  CRUCIBLE__TRY(crucible__egarch_check_returns(returns, n, 2));
  if (!crucible__egarch_data_init(&data, returns, n, 1, read.presample))
    return crucible__egarch_no_variance();
  crucible__egarch_to_theta(&read, theta);
  const crucible__egarch_law law =
      crucible__egarch_law_at(read.law, read.kappa, read.nu);
  const size_t k = read.law == CRUCIBLE_LAW_STUDENT_T ? CRUCIBLE__EGARCH_K
                                                      : CRUCIBLE__EGARCH_NU;
  const double sum = crucible__egarch_score(&data, &law, theta, gradient);
  int finite = isfinite(sum);
  for (size_t i = 0; i < k && score != NULL; ++i)
    finite = finite && isfinite(gradient[i]);
  if (!finite)
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "the likelihood of these parameters cannot be "
                          "represented (mu %g, omega %g): give them in the "
                          "units of the returns",
                          read.mu, read.omega);
  if (variance != NULL)
    (void)crucible__egarch_loglik(&data, &law, theta, variance);
  for (size_t i = 0; i < k && score != NULL; ++i)
    score[i] = gradient[i];
  if (loglik != NULL)
    *loglik = sum;
  return CRUCIBLE_OK;
}

crucible_status crucible_egarch_presample_variance(const double *returns,
                                                   size_t n, double *variance) {
  crucible__egarch_data data = {0};
  if (variance == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "variance is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible__egarch_check_returns(returns, n, 2));
  if (!crucible__egarch_data_init(&data, returns, n, 1,
                                  CRUCIBLE_PRESAMPLE_ARCH))
    return crucible__egarch_no_variance();
  *variance =
      crucible__egarch_backcast(returns, n, 1, data.mean, data.variance);
  return CRUCIBLE_OK;
}

struct crucible_egarch_filter {
  double theta[CRUCIBLE__EGARCH_K];
  double kappa;
  double h;         /* ln s2 of the next return */
  double inverse;   /* 1 / s of the next return */
  double low, high; /* h stays between them */
};

static crucible_status filter_init(crucible_egarch_filter *filter,
                                   const crucible_egarch_params *params,
                                   double initial_variance) {
  crucible_egarch_params read = {0};
  CRUCIBLE__TRY(crucible__egarch_params_read(&read, params));
  if (!(initial_variance > CRUCIBLE__EGARCH_VARIANCE_MIN &&
        initial_variance < CRUCIBLE__EGARCH_VARIANCE_MAX))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "initial_variance is %g: give a variance > 0 in the "
                          "units of the returns squared",
                          initial_variance);
  crucible__egarch_to_theta(&read, filter->theta);
  filter->kappa =
      crucible__egarch_law_at(read.law, read.kappa, read.nu).kappa[0];
  filter->h = log(initial_variance);
  filter->inverse = exp(-0.5 * filter->h);
  filter->low = filter->h - CRUCIBLE__EGARCH_REACH;
  filter->high = filter->h + CRUCIBLE__EGARCH_REACH;
  return CRUCIBLE_OK;
}

static double filter_step(crucible_egarch_filter *filter, double value) {
  double z = (value - filter->theta[CRUCIBLE__EGARCH_MU]) * filter->inverse;
  z = fmin(fmax(z, -1e100), 1e100); /* 0 * infinity would be no number */
  double h = crucible__egarch_next(filter->theta, filter->kappa, z, filter->h);
  h = fmin(fmax(h, filter->low), filter->high);
  filter->h = h;
  filter->inverse = exp(-0.5 * h);
  return 1 / filter->inverse;
}

crucible_status
crucible_egarch_filter_create(const crucible_egarch_params *params,
                              double initial_variance,
                              crucible_egarch_filter **filter) {
  crucible_egarch_filter ready = {.h = 0};
  if (filter == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "filter is NULL: give a place for the object");
  *filter = NULL;
  CRUCIBLE__TRY(filter_init(&ready, params, initial_variance));
  crucible_egarch_filter *made = crucible__alloc(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  *made = ready;
  *filter = made;
  return CRUCIBLE_OK;
}

void crucible_egarch_filter_destroy(crucible_egarch_filter *filter) {
  crucible__free(filter);
}

crucible_status crucible_egarch_filter_push(crucible_egarch_filter *filter,
                                            double value, double *sigma) {
  if (filter == NULL || sigma == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          filter == NULL ? "filter" : "sigma");
  if (!isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "value is %g: push finite returns only", value);
  *sigma = filter_step(filter, value);
  return CRUCIBLE_OK;
}

crucible_status crucible_egarch_forecasts(const crucible_egarch_params *params,
                                          double initial_variance,
                                          const double *returns, size_t n,
                                          double *sigma) {
  crucible_egarch_filter filter = {.h = 0};
  if (returns == NULL || sigma == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give an array",
                          returns == NULL ? "returns" : "sigma");
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: at least 1 return is needed");
  CRUCIBLE__TRY(filter_init(&filter, params, initial_variance));
  for (size_t i = 0; i < n; ++i)
    if (!isfinite(returns[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "returns[%zu] is %g: remove or fill it", i,
                            returns[i]);
  for (size_t i = 0; i < n; ++i)
    sigma[i] = filter_step(&filter, returns[i]);
  return CRUCIBLE_OK;
}
