/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters and fits that the tests of EGARCH begin with. Include after
   <cmocka.h>. */
#ifndef TESTS_SUPPORT_EGARCH_FITS_H
#define TESTS_SUPPORT_EGARCH_FITS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/volatility.h>

enum { N = 800 };

static inline crucible_egarch_params params_at(int32_t law, int32_t kappa,
                                               int32_t presample) {
  return (crucible_egarch_params){.struct_size = sizeof(crucible_egarch_params),
                                  .p = 1,
                                  .o = 1,
                                  .q = 1,
                                  .law = law,
                                  .kappa = kappa,
                                  .presample = presample,
                                  .mu = 0.03,
                                  .omega = -0.01,
                                  .alpha = {0.12},
                                  .gamma = {-0.07},
                                  .beta = {0.93},
                                  .nu = 6.5};
}

/* A model with lags of everything. */
static inline crucible_egarch_params rich(int32_t law, int32_t presample) {
  crucible_egarch_params out = params_at(law, CRUCIBLE_KAPPA_EXACT, presample);
  out.p = out.o = out.q = 3;
  out.alpha[0] = 0.14;
  out.alpha[1] = -0.05;
  out.alpha[2] = 0.03;
  out.gamma[1] = 0.04;
  out.gamma[2] = -0.02;
  out.beta[0] = 0.5;
  out.beta[1] = 0.3;
  out.beta[2] = 0.15;
  out.ar = 2;
  out.phi[0] = 0.2;
  out.phi[1] = -0.1;
  out.nu = law == CRUCIBLE_LAW_GED ? 1.4 : 6.5;
  out.lambda = law == CRUCIBLE_LAW_SKEWED_T ? -0.2 : 0;
  return out;
}

/* Where parameter number i of the score is; NULL after the last. */
static inline double *param_at(crucible_egarch_params *params, int i) {
  double *all[16];
  int n = 0;
  all[n++] = &params->mu;
  all[n++] = &params->omega;
  for (uint32_t j = 0; j < params->p; ++j)
    all[n++] = &params->alpha[j];
  for (uint32_t j = 0; j < params->o; ++j)
    all[n++] = &params->gamma[j];
  for (uint32_t j = 0; j < params->q; ++j)
    all[n++] = &params->beta[j];
  if (params->law != CRUCIBLE_LAW_NORMAL)
    all[n++] = &params->nu;
  if (params->law == CRUCIBLE_LAW_SKEWED_T)
    all[n++] = &params->lambda;
  for (uint32_t j = 0; j < params->ar; ++j)
    all[n++] = &params->phi[j];
  return i < n ? all[i] : NULL;
}

static inline double loglik_at(const crucible_egarch_params *params,
                               const double *returns, size_t n, double *score) {
  double loglik;
  assert_int_equal(
      crucible_egarch_likelihood(params, returns, n, &loglik, NULL, score),
      CRUCIBLE_OK);
  return loglik;
}

static inline crucible_egarch_fit_result
fit_of(const double *returns, size_t n,
       const crucible_egarch_options *options) {
  crucible_egarch_fit_result result = {.struct_size = sizeof result};
  assert_int_equal(crucible_egarch_fit(returns, n, options, NULL, &result),
                   CRUCIBLE_OK);
  return result;
}

static inline crucible_egarch_filter *
filter_after(const crucible_egarch_params *params, const double *returns,
             size_t n) {
  crucible_egarch_filter *filter = NULL;
  assert_int_equal(crucible_egarch_filter_start(params, returns, n, &filter),
                   CRUCIBLE_OK);
  return filter;
}

#endif
