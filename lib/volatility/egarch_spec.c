/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_spec.h"

#include <math.h>
#include <string.h>

#include "base/base_status.h"

crucible_egarch_options crucible__egarch_defaults(void) {
  return (crucible_egarch_options){.struct_size =
                                       sizeof(crucible_egarch_options),
                                   .p = 1,
                                   .o = 1,
                                   .q = 1,
                                   .law = CRUCIBLE_LAW_STUDENT_T,
                                   .kappa = CRUCIBLE_KAPPA_EXACT,
                                   .mean = CRUCIBLE_MEAN_CONSTANT,
                                   .presample = CRUCIBLE_PRESAMPLE_ARCH,
                                   .max_evaluations = 500,
                                   .tolerance = 1e-10};
}

void crucible_egarch_options_init(crucible_egarch_options *options,
                                  size_t struct_size) {
  const crucible_egarch_options defaults = crucible__egarch_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status check_range(int32_t value, int32_t last,
                                   const char *name) {
  if (value < 1 || value > last)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is %d: use one of the constants 1 to %d", name,
                          (int)value, (int)last);
  return CRUCIBLE_OK;
}

/* What options and parameters have in common. */
static crucible_status check_model(uint32_t p, uint32_t o, uint32_t q,
                                   int32_t law, int32_t kappa,
                                   int32_t presample) {
  if (p > CRUCIBLE_EGARCH_ORDER_MAX || o > CRUCIBLE_EGARCH_ORDER_MAX ||
      q > CRUCIBLE_EGARCH_ORDER_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the orders are (%u, %u, %u): none exceeds %d", p, o,
                          q, CRUCIBLE_EGARCH_ORDER_MAX);
  if (p + o == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the orders are (0, 0, %u): without news there is no "
                          "variance to follow; give p or o",
                          q);
  CRUCIBLE__TRY(check_range(law, CRUCIBLE_LAW_GED, "law"));
  CRUCIBLE__TRY(check_range(kappa, CRUCIBLE_KAPPA_NORMAL, "kappa"));
  CRUCIBLE__TRY(
      check_range(presample, CRUCIBLE_PRESAMPLE_FCP_MEAN, "presample"));
  return CRUCIBLE_OK;
}

static crucible_status check_mean(int32_t mean, uint32_t ar, double cap) {
  CRUCIBLE__TRY(check_range(mean, CRUCIBLE_MEAN_AR, "mean"));
  if (mean == CRUCIBLE_MEAN_AR ? ar < 1 || ar > CRUCIBLE_EGARCH_AR_MAX
                               : ar != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "ar is %u: give 1 to %d with CRUCIBLE_MEAN_AR and 0 "
                          "with any other mean",
                          ar, CRUCIBLE_EGARCH_AR_MAX);
  if (!(cap >= 0 && isfinite(cap)) || (cap > 0 && cap < 0.5))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "news_cap is %g: give 0 for none, or a |z| of at "
                          "least 0.5 (8 is usual)",
                          cap);
  return CRUCIBLE_OK;
}

crucible_status
crucible__egarch_options_read(crucible_egarch_options *out,
                              const crucible_egarch_options *options) {
  crucible_egarch_options read = crucible__egarch_defaults();
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, options,
                                       "crucible_egarch_options"));
  CRUCIBLE__TRY(check_model(read.p, read.o, read.q, read.law, read.kappa,
                            read.presample));
  CRUCIBLE__TRY(check_mean(read.mean, read.ar, read.news_cap));
  if (read.max_evaluations < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "max_evaluations is 0: give at least 1");
  if (!(read.tolerance > 0 && read.tolerance < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "tolerance is %g: give one inside (0, 1)",
                          read.tolerance);
  *out = read;
  return CRUCIBLE_OK;
}

static crucible_status check_value(double value, const char *name, int i) {
  if (isfinite(value))
    return CRUCIBLE_OK;
  if (i < 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "params.%s is %g: give a finite number", name, value);
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "params.%s[%d] is %g: give a finite number", name, i,
                        value);
}

static crucible_status check_shape(const crucible_egarch_params *read) {
  const int is_t =
      read->law == CRUCIBLE_LAW_STUDENT_T || read->law == CRUCIBLE_LAW_SKEWED_T;
  if (is_t && !(read->nu > 2 && isfinite(read->nu)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "params.nu is %g: a t law has a variance only above "
                          "2 degrees of freedom",
                          read->nu);
  if (read->law == CRUCIBLE_LAW_GED && !(read->nu > 1 && isfinite(read->nu)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "params.nu is %g: give an exponent above 1, where "
                          "variances have a mean",
                          read->nu);
  if (read->law == CRUCIBLE_LAW_SKEWED_T && !(fabs(read->lambda) < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "params.lambda is %g: give a skewness inside (-1, 1)",
                          read->lambda);
  return CRUCIBLE_OK;
}

crucible_status
crucible__egarch_params_read(crucible_egarch_params *out,
                             const crucible_egarch_params *params) {
  crucible_egarch_params read = {.struct_size = sizeof read};
  if (params == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "params is NULL: give those of a fit");
  if (params->struct_size < offsetof(crucible_egarch_params, nu))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "params.struct_size is %zu: set it to "
                          "sizeof(crucible_egarch_params)",
                          params->struct_size);
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, params,
                                       "crucible_egarch_params"));
  if (read.mean == 0)
    read.mean = read.ar > 0 ? CRUCIBLE_MEAN_AR : CRUCIBLE_MEAN_CONSTANT;
  CRUCIBLE__TRY(check_model(read.p, read.o, read.q, read.law, read.kappa,
                            read.presample));
  CRUCIBLE__TRY(check_mean(read.mean, read.ar, read.news_cap));
  CRUCIBLE__TRY(check_value(read.mu, "mu", -1));
  CRUCIBLE__TRY(check_value(read.omega, "omega", -1));
  for (uint32_t i = 0; i < read.p; ++i)
    CRUCIBLE__TRY(check_value(read.alpha[i], "alpha", (int)i));
  for (uint32_t i = 0; i < read.o; ++i)
    CRUCIBLE__TRY(check_value(read.gamma[i], "gamma", (int)i));
  for (uint32_t i = 0; i < read.q; ++i)
    CRUCIBLE__TRY(check_value(read.beta[i], "beta", (int)i));
  for (uint32_t i = 0; i < read.ar; ++i)
    CRUCIBLE__TRY(check_value(read.phi[i], "phi", (int)i));
  CRUCIBLE__TRY(check_shape(&read));
  *out = read;
  return CRUCIBLE_OK;
}

crucible__egarch_form
crucible__egarch_form_at(const crucible_egarch_params *params) {
  crucible__egarch_form form = {.law = params->law,
                                .kappa = params->kappa,
                                .mean = params->mean,
                                .presample = params->presample,
                                .p = (int)params->p,
                                .o = (int)params->o,
                                .q = (int)params->q,
                                .ar = (int)params->ar};
  form.m = form.p > form.o ? form.p : form.o;
  form.m = form.q > form.m ? form.q : form.m;
  form.cap = params->news_cap > 0 ? params->news_cap : HUGE_VAL;
  form.gamma = CRUCIBLE__EGARCH_ALPHA + form.p;
  form.beta = form.gamma + form.o;
  form.nu = form.beta + form.q;
  form.lambda = form.nu + 1;
  form.phi = form.nu + crucible__egarch_shapes(form.law);
  form.k = form.phi + form.ar;
  return form;
}

crucible__egarch_form
crucible__egarch_form_of(const crucible_egarch_options *options) {
  const crucible_egarch_params like = {.p = options->p,
                                       .o = options->o,
                                       .q = options->q,
                                       .law = options->law,
                                       .kappa = options->kappa,
                                       .presample = options->presample,
                                       .ar = options->ar,
                                       .mean = options->mean,
                                       .news_cap = options->news_cap};
  return crucible__egarch_form_at(&like);
}

void crucible__egarch_to_theta(const crucible_egarch_params *params,
                               double *theta) {
  const crucible__egarch_form form = crucible__egarch_form_at(params);
  memset(theta, 0, CRUCIBLE__EGARCH_K * sizeof *theta);
  theta[CRUCIBLE__EGARCH_MU] = params->mu;
  theta[CRUCIBLE__EGARCH_OMEGA] = params->omega;
  for (int i = 0; i < form.p; ++i)
    theta[CRUCIBLE__EGARCH_ALPHA + i] = params->alpha[i];
  for (int i = 0; i < form.o; ++i)
    theta[form.gamma + i] = params->gamma[i];
  for (int i = 0; i < form.q; ++i)
    theta[form.beta + i] = params->beta[i];
  for (int i = 0; i < form.ar; ++i)
    theta[form.phi + i] = params->phi[i];
  if (crucible__egarch_shapes(form.law) > 0)
    theta[form.nu] = params->nu;
  if (crucible__egarch_shapes(form.law) > 1)
    theta[form.lambda] = params->lambda;
}

crucible_egarch_params
crucible__egarch_from_theta(const crucible__egarch_form *form,
                            const double *theta) {
  crucible_egarch_params out = {.struct_size = sizeof out,
                                .p = (uint32_t)form->p,
                                .o = (uint32_t)form->o,
                                .q = (uint32_t)form->q,
                                .law = form->law,
                                .kappa = form->kappa,
                                .presample = form->presample,
                                .mu = theta[CRUCIBLE__EGARCH_MU],
                                .omega = theta[CRUCIBLE__EGARCH_OMEGA],
                                .ar = (uint32_t)form->ar,
                                .mean = form->mean,
                                .news_cap =
                                    form->cap < HUGE_VAL ? form->cap : 0};
  for (int i = 0; i < form->p; ++i)
    out.alpha[i] = theta[CRUCIBLE__EGARCH_ALPHA + i];
  for (int i = 0; i < form->o; ++i)
    out.gamma[i] = theta[form->gamma + i];
  for (int i = 0; i < form->q; ++i)
    out.beta[i] = theta[form->beta + i];
  for (int i = 0; i < form->ar; ++i)
    out.phi[i] = theta[form->phi + i];
  if (crucible__egarch_shapes(form->law) > 0)
    out.nu = theta[form->nu];
  if (crucible__egarch_shapes(form->law) > 1)
    out.lambda = theta[form->lambda];
  return out;
}

crucible__egarch_law
crucible__egarch_law_by(const crucible_egarch_params *params) {
  return crucible__egarch_law_at(params->law, params->kappa, params->nu,
                                 params->lambda);
}

crucible_status crucible__egarch_check_returns(const double *returns, size_t n,
                                               size_t n_min) {
  if (returns == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "returns is NULL: give an array");
  if (n < n_min)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is %zu: at least %zu returns are needed", n,
                          n_min);
  int differ = 0;
  for (size_t i = 0; i < n; ++i) {
    if (!isfinite(returns[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "returns[%zu] is %g: remove or fill it", i,
                            returns[i]);
    differ |= returns[i] != returns[0];
  }
  if (!differ)
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "all %zu returns are equal (%g): there is no "
                          "variance to model",
                          n, returns[0]);
  return CRUCIBLE_OK;
}

crucible_status crucible__egarch_no_variance(void) {
  return crucible__fail(CRUCIBLE_E_DOMAIN,
                        "the variance of the returns is too small or too large "
                        "to be represented: scale them towards 1");
}
