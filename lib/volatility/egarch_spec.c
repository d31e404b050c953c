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
  CRUCIBLE__TRY(check_range(law, CRUCIBLE_LAW_GED, "law"));
  CRUCIBLE__TRY(check_range(kappa, CRUCIBLE_KAPPA_NORMAL, "kappa"));
  CRUCIBLE__TRY(
      check_range(presample, CRUCIBLE_PRESAMPLE_FCP_MEAN, "presample"));
  if (p != 1 || o != 1 || q != 1)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "the orders are (%u, %u, %u): this release has "
                          "(1, 1, 1) alone",
                          p, o, q);
  if (law != CRUCIBLE_LAW_NORMAL && law != CRUCIBLE_LAW_STUDENT_T)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "law is %d: this release has the normal (1) and "
                          "Student's t (2)",
                          (int)law);
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
  CRUCIBLE__TRY(check_range(read.mean, CRUCIBLE_MEAN_ZERO, "mean"));
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

static crucible_status check_value(double value, const char *name) {
  if (!isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "params.%s is %g: give a finite number", name, value);
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
  CRUCIBLE__TRY(check_model(read.p, read.o, read.q, read.law, read.kappa,
                            read.presample));
  CRUCIBLE__TRY(check_value(read.mu, "mu"));
  CRUCIBLE__TRY(check_value(read.omega, "omega"));
  CRUCIBLE__TRY(check_value(read.alpha[0], "alpha[0]"));
  CRUCIBLE__TRY(check_value(read.gamma[0], "gamma[0]"));
  CRUCIBLE__TRY(check_value(read.beta[0], "beta[0]"));
  if (read.law == CRUCIBLE_LAW_STUDENT_T && !(read.nu > 2 && isfinite(read.nu)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "params.nu is %g: Student's t has a variance only "
                          "above 2 degrees of freedom",
                          read.nu);
  *out = read;
  return CRUCIBLE_OK;
}

void crucible__egarch_to_theta(const crucible_egarch_params *params,
                               double *theta) {
  theta[CRUCIBLE__EGARCH_MU] = params->mu;
  theta[CRUCIBLE__EGARCH_OMEGA] = params->omega;
  theta[CRUCIBLE__EGARCH_ALPHA] = params->alpha[0];
  theta[CRUCIBLE__EGARCH_GAMMA] = params->gamma[0];
  theta[CRUCIBLE__EGARCH_BETA] = params->beta[0];
  theta[CRUCIBLE__EGARCH_NU] =
      params->law == CRUCIBLE_LAW_STUDENT_T ? params->nu : 0;
}

crucible_egarch_params
crucible__egarch_from_theta(const crucible_egarch_options *options,
                            const double *theta) {
  return (crucible_egarch_params){.struct_size = sizeof(crucible_egarch_params),
                                  .p = options->p,
                                  .o = options->o,
                                  .q = options->q,
                                  .law = options->law,
                                  .kappa = options->kappa,
                                  .presample = options->presample,
                                  .mu = theta[CRUCIBLE__EGARCH_MU],
                                  .omega = theta[CRUCIBLE__EGARCH_OMEGA],
                                  .alpha = {theta[CRUCIBLE__EGARCH_ALPHA]},
                                  .gamma = {theta[CRUCIBLE__EGARCH_GAMMA]},
                                  .beta = {theta[CRUCIBLE__EGARCH_BETA]},
                                  .nu = options->law == CRUCIBLE_LAW_STUDENT_T
                                            ? theta[CRUCIBLE__EGARCH_NU]
                                            : 0};
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
