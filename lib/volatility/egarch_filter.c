/* SPDX-License-Identifier: Apache-2.0 */
/* Variances at given parameters: over a whole series, or return by return. */
#include <math.h>

#include <crucible/volatility.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "volatility/egarch_filter.h"
#include "volatility/egarch_spec.h"

crucible_status crucible_egarch_likelihood(const crucible_egarch_params *params,
                                           const double *returns, size_t n,
                                           double *loglik, double *variance,
                                           double *score) {
  crucible_egarch_params read = {0};
  crucible__egarch_data data = {0};
  double theta[CRUCIBLE__EGARCH_K], gradient[CRUCIBLE__EGARCH_K];
  CRUCIBLE__TRY(crucible__egarch_params_read(&read, params));
  CRUCIBLE__TRY(crucible__egarch_check_returns(returns, n, 2 + read.ar));
  const crucible__egarch_form form = crucible__egarch_form_at(&read);
  if (!crucible__egarch_data_init(&data, returns, n, 1, &form))
    return crucible__egarch_no_variance();
  crucible__egarch_to_theta(&read, theta);
  const crucible__egarch_law law = crucible__egarch_law_by(&read);
  const double sum = crucible__egarch_score(&data, &law, theta, gradient);
  int finite = isfinite(sum);
  for (int i = 0; i < form.k && score != NULL; ++i)
    finite = finite && isfinite(gradient[i]);
  if (!finite)
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "the likelihood of these parameters cannot be "
                          "represented (mu %g, omega %g): give them in the "
                          "units of the returns",
                          read.mu, read.omega);
  if (variance != NULL) {
    for (int i = 0; i < form.ar; ++i)
      variance[i] = (double)NAN;
    (void)crucible__egarch_loglik(&data, &law, theta, variance + form.ar, NULL);
  }
  for (int i = 0; i < form.k && score != NULL; ++i)
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
  const crucible__egarch_form form = {.m = 1};
  if (!crucible__egarch_data_init(&data, returns, n, 1, &form))
    return crucible__egarch_no_variance();
  *variance =
      crucible__egarch_backcast(returns, n, 1, data.mean, data.variance);
  return CRUCIBLE_OK;
}

/* Where a filter without earlier returns stands: the mean of theirs. */
static double settled_mean(const crucible_egarch_params *params) {
  double left = 1;
  for (uint32_t i = 0; i < params->ar; ++i)
    left -= params->phi[i];
  return fabs(left) > 1e-6 ? params->mu / left : params->mu;
}

static void filter_move(crucible_egarch_filter *filter, double h) {
  filter->next = h;
  filter->inverse = exp(-0.5 * h);
}

void crucible__egarch_filter_set(crucible_egarch_filter *filter,
                                 const crucible_egarch_params *params) {
  filter->params = *params;
  filter->form = crucible__egarch_form_at(params);
  crucible__egarch_to_theta(params, filter->theta);
  filter->kappa = crucible__egarch_law_by(params).kappa.v;
  filter_move(filter, filter->next);
}

static double filter_next(const crucible_egarch_filter *filter) {
  const crucible__egarch_form *form = &filter->form;
  const double *theta = filter->theta;
  double h = theta[CRUCIBLE__EGARCH_OMEGA];
  for (int i = 0; i < form->p; ++i)
    h += theta[CRUCIBLE__EGARCH_ALPHA + i] *
         (filter->live[i] * (fabs(filter->z[i]) - filter->kappa));
  for (int i = 0; i < form->o; ++i)
    h += theta[form->gamma + i] * filter->z[i];
  for (int i = 0; i < form->q; ++i)
    h += theta[form->beta + i] * filter->h[i];
  return fmin(fmax(h, filter->low), filter->high);
}

static double mean_of(const crucible_egarch_filter *filter) {
  double mean = filter->theta[CRUCIBLE__EGARCH_MU];
  for (int i = 0; i < filter->form.ar; ++i)
    mean += filter->theta[filter->form.phi + i] * filter->r[i];
  return mean;
}

/* The state after a return and its residual. */
static void filter_take(crucible_egarch_filter *filter, double value,
                        double z) {
  const crucible__egarch_form *form = &filter->form;
  for (int i = form->m - 1; i > 0; --i) {
    filter->h[i] = filter->h[i - 1];
    filter->z[i] = filter->z[i - 1];
    filter->live[i] = filter->live[i - 1];
  }
  filter->h[0] = filter->next;
  filter->z[0] = crucible__egarch_held(z, form->cap);
  filter->live[0] = 1;
  for (int i = form->ar - 1; i > 0; --i)
    filter->r[i] = filter->r[i - 1];
  filter->r[0] = value;
  if (filter->held > 0)
    --filter->held; /* rugarch: the next variance is the first one */
  else
    filter_move(filter, filter_next(filter));
}

/* 0 * infinity would be no number. */
static double filter_step(crucible_egarch_filter *filter, double value) {
  double z = (value - mean_of(filter)) * filter->inverse;
  z = fmin(fmax(z, -1e100), 1e100);
  filter_take(filter, value, z);
  return z;
}

double crucible__egarch_push_residual(crucible_egarch_filter *filter,
                                      double z) {
  const double value = mean_of(filter) + z / filter->inverse;
  filter_take(filter, value, fmin(fmax(z, -1e100), 1e100));
  return value;
}

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
  crucible__egarch_filter_set(filter, &read);
  const double h = log(initial_variance);
  for (int i = 0; i < CRUCIBLE__EGARCH_LAGS; ++i)
    filter->h[i] = h;
  for (int i = 0; i < CRUCIBLE__EGARCH_AR; ++i)
    filter->r[i] = settled_mean(&read);
  filter->low = h - CRUCIBLE__EGARCH_REACH;
  filter->high = h + CRUCIBLE__EGARCH_REACH;
  filter_move(filter, h);
  return CRUCIBLE_OK;
}

/* Before the first return that is filtered, by the convention of params. */
static void filter_before(crucible_egarch_filter *filter,
                          const crucible__egarch_data *data) {
  const crucible__egarch_moments *m = &data->moments;
  const crucible__egarch_form *form = &data->form;
  const int is_arch = form->presample == CRUCIBLE_PRESAMPLE_ARCH;
  double h = data->backcast, shift = m->mean[0] - filter->params.mu;
  double rest = m->cov[0][0];
  for (int l = 1; l <= form->ar; ++l) {
    const double by = filter->params.phi[l - 1];
    shift -= by * m->mean[l];
    rest -= 2 * by * m->cov[0][l];
    for (int j = 1; j <= form->ar; ++j)
      rest += by * filter->params.phi[j - 1] * m->cov[l][j];
  }
  filter->low = data->low;
  filter->high = data->high;
  if (!is_arch)
    h = fmin(fmax(log(fmax(rest, 0) + shift * shift), data->low), data->high);
  for (int i = 0; i < CRUCIBLE__EGARCH_LAGS; ++i) {
    filter->h[i] = h;
    filter->live[i] = !is_arch;
    filter->z[i] = form->presample == CRUCIBLE_PRESAMPLE_FCP_MEAN
                       ? crucible__egarch_held(shift * exp(-0.5 * h), form->cap)
                       : 0;
  }
  for (int i = 0; i < form->ar; ++i)
    filter->r[i] = *(data->returns - 1 - i);
  filter->held =
      form->presample == CRUCIBLE_PRESAMPLE_RUGARCH ? (uint32_t)form->m - 1 : 0;
  filter_move(filter, form->presample == CRUCIBLE_PRESAMPLE_RUGARCH
                          ? h
                          : filter_next(filter));
}

static crucible_status filter_begin(crucible_egarch_filter *filter,
                                    const crucible_egarch_params *params,
                                    const double *returns, size_t n) {
  crucible_egarch_params read = {0};
  crucible__egarch_data data = {0};
  CRUCIBLE__TRY(crucible__egarch_params_read(&read, params));
  CRUCIBLE__TRY(crucible__egarch_check_returns(returns, n, 2 + read.ar));
  const crucible__egarch_form form = crucible__egarch_form_at(&read);
  if (!crucible__egarch_data_init(&data, returns, n, 1, &form))
    return crucible__egarch_no_variance();
  crucible__egarch_filter_set(filter, &read);
  filter_before(filter, &data);
  return CRUCIBLE_OK;
}

static crucible_status filter_copy(const crucible_egarch_filter *ready,
                                   crucible_egarch_filter **filter) {
  crucible_egarch_filter *made = crucible__alloc(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  *made = *ready;
  *filter = made;
  return CRUCIBLE_OK;
}

crucible_status
crucible_egarch_filter_start(const crucible_egarch_params *params,
                             const double *returns, size_t n,
                             crucible_egarch_filter **filter) {
  crucible_egarch_filter ready = {.next = 0};
  if (filter == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "filter is NULL: give a place for the object");
  *filter = NULL;
  CRUCIBLE__TRY(filter_begin(&ready, params, returns, n));
  for (size_t i = (size_t)ready.form.ar; i < n; ++i)
    (void)filter_step(&ready, returns[i]);
  return filter_copy(&ready, filter);
}

crucible_status crucible_egarch_residuals(const crucible_egarch_params *params,
                                          const double *returns, size_t n,
                                          double *sigma, double *residuals) {
  crucible_egarch_filter ready = {.next = 0};
  if (sigma == NULL && residuals == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "sigma and residuals are NULL: give an array");
  CRUCIBLE__TRY(filter_begin(&ready, params, returns, n));
  const size_t ar = (size_t)ready.form.ar;
  for (size_t i = 0; i < n; ++i) {
    const double s = i < ar ? (double)NAN : 1 / ready.inverse;
    const double z = i < ar ? (double)NAN : filter_step(&ready, returns[i]);
    if (sigma != NULL)
      sigma[i] = s;
    if (residuals != NULL)
      residuals[i] = z;
  }
  return CRUCIBLE_OK;
}

crucible_status
crucible_egarch_filter_create(const crucible_egarch_params *params,
                              double initial_variance,
                              crucible_egarch_filter **filter) {
  crucible_egarch_filter ready = {.next = 0};
  if (filter == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "filter is NULL: give a place for the object");
  *filter = NULL;
  CRUCIBLE__TRY(filter_init(&ready, params, initial_variance));
  return filter_copy(&ready, filter);
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
  (void)filter_step(filter, value);
  *sigma = 1 / filter->inverse;
  return CRUCIBLE_OK;
}

crucible_status
crucible_egarch_filter_get_sigma(const crucible_egarch_filter *filter,
                                 double *sigma) {
  if (filter == NULL || sigma == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          filter == NULL ? "filter" : "sigma");
  *sigma = 1 / filter->inverse;
  return CRUCIBLE_OK;
}

crucible_status crucible_egarch_forecasts(const crucible_egarch_params *params,
                                          double initial_variance,
                                          const double *returns, size_t n,
                                          double *sigma) {
  crucible_egarch_filter filter = {.next = 0};
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
  for (size_t i = 0; i < n; ++i) {
    (void)filter_step(&filter, returns[i]);
    sigma[i] = 1 / filter.inverse;
  }
  return CRUCIBLE_OK;
}
