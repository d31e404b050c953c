/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any doubles as returns and as parameters. Two bytes choose the model, six
 * doubles are parameters (later lags get fractions of the first), the rest are
 * returns, repeated to the length that a fit needs. A fit, a likelihood or a filter refuses with a text or gives
 * numbers; a filter stays within e^-16 .. e^16 of its start.
 */
#include <crucible/volatility.h>

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST = 160, LEAST = 103, PARAMS = 6, SCORES = 16 };

static void expect(int promise) {
  if (!promise)
    abort();
}

static int is_ok(crucible_status status) {
  expect(status == CRUCIBLE_OK || strlen(crucible_last_error()) > 0);
  return status == CRUCIBLE_OK;
}

static crucible_egarch_params params_of(const crucible_egarch_options *options,
                                        const double *x) {
  return (crucible_egarch_params){.struct_size = sizeof(crucible_egarch_params),
                                  .p = options->p,
                                  .o = options->o,
                                  .q = options->q,
                                  .ar = options->ar,
                                  .mean = options->mean,
                                  .news_cap = options->news_cap,
                                  .law = options->law,
                                  .kappa = options->kappa,
                                  .presample = options->presample,
                                  .mu = x[0],
                                  .omega = x[1],
                                  .alpha = {x[2], x[2] / 2, -x[2] / 4},
                                  .gamma = {x[3], x[3] / 2, -x[3] / 4},
                                  .beta = {x[4], x[4] / 8, -x[4] / 4},
                                  .nu = x[5],
                                  .lambda = x[3],
                                  .phi = {x[2], x[3], x[4]}};
}

static void check_filter(const crucible_egarch_params *params,
                         const double *returns, size_t n) {
  double sigma[MOST], initial, loglik, variance[MOST], score[SCORES];
  if (is_ok(crucible_egarch_likelihood(params, returns, n, &loglik, variance,
                                       score))) {
    expect(isfinite(loglik));
    for (size_t t = params->ar; t < n; ++t)
      expect(variance[t] > 0 && isfinite(variance[t]));
    for (uint32_t i = 0; i < 2 + params->p + params->o + params->q; ++i)
      expect(isfinite(score[i]));
  }
  if (!is_ok(crucible_egarch_presample_variance(returns, n, &initial)))
    return;
  expect(initial > 0 && isfinite(initial));
  if (is_ok(crucible_egarch_forecasts(params, initial, returns, n, sigma)))
    for (size_t t = 0; t < n; ++t)
      expect(fabs(2 * log(sigma[t]) - log(initial)) < 16.001);
}

static void check_fit(const crucible_egarch_options *options,
                      const crucible_egarch_params *start,
                      const double *returns, size_t n) {
  crucible_egarch_fit_result fit = {.struct_size = sizeof fit};
  if (!is_ok(crucible_egarch_fit(returns, n, options, start, &fit)))
    return;
  expect(isfinite(fit.loglik) && fit.n == n - options->ar);
  expect(isfinite(fit.params.mu) && isfinite(fit.params.omega));
  expect(fit.params.beta[0] + fit.params.beta[1] + fit.params.beta[2] < 1);
  expect(fit.last_variance > 0 && isfinite(fit.last_variance));
  expect(fit.next_variance > 0 && isfinite(fit.next_variance));
  if (options->law == CRUCIBLE_LAW_STUDENT_T)
    expect(fit.params.nu >= 2.05 && fit.params.nu <= 500);
  check_filter(&fit.params, returns, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  double x[PARAMS], given[MOST], returns[MOST];
  crucible_egarch_options options;
  if (n < 2 + sizeof x + sizeof *given)
    return 0;
  crucible_egarch_options_init(&options, sizeof options);
  options.law = 1 + data[0] % 2 + data[0] / 32 % 2 * 2;
  options.kappa = 1 + data[0] / 2 % 2;
  options.mean = 1 + data[0] / 4 % 2;
  if (data[0] / 64 == 1) {
    options.p = options.q = 2;
  } else if (data[0] / 64 == 2) {
    options.p = options.o = options.q = 3;
    options.mean = CRUCIBLE_MEAN_AR;
    options.ar = 2;
  } else if (data[0] / 64 == 3) {
    options.o = 0;
    options.news_cap = 1;
  }
  options.presample = 1 + data[0] / 8 % 4;
  options.max_evaluations = 1u + data[1];
  memcpy(x, data + 2, sizeof x);
  size_t count = (n - 2 - sizeof x) / sizeof *given;
  count = count < MOST ? count : MOST;
  memcpy(given, data + 2 + sizeof x, count * sizeof *given);
  for (size_t t = 0; t < MOST; ++t)
    returns[t] = given[t % count];
  const crucible_egarch_params params = params_of(&options, x);
  const size_t length = count < LEAST ? LEAST : count;
  check_filter(&params, returns, length);
  check_fit(&options, NULL, returns, length);
  check_fit(&options, &params, returns, length);
  return 0;
}
