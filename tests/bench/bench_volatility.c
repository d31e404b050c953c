/* SPDX-License-Identifier: Apache-2.0 */
/* EGARCH: fits, likelihoods and the streaming filter. */
#include <math.h>
#include <stdlib.h>

#include <crucible/volatility.h>

#include "bench.h"
#include "support/egarch_series.h"

typedef struct input {
  double *returns; /* [n] */
  size_t n;
  crucible_egarch_options options;
  crucible_egarch_fit_result fit;
  double loglik, score[16];
  crucible_egarch_filter *filter;
  double sigma;
} input;

static input *start_with(bench_context *context, size_t n, int32_t law) {
  input *in = calloc(1, sizeof *in);
  if (in == NULL)
    abort();
  in->n = context->is_quick ? 500 : n;
  in->returns = malloc(in->n * sizeof *in->returns);
  if (in->returns == NULL)
    abort();
  egarch_series((uint32_t)context->seed + 1, in->n, in->returns);
  crucible_egarch_options_init(&in->options, sizeof in->options);
  in->options.law = law;
  in->fit.struct_size = sizeof in->fit;
  context->work = 1;
  return in;
}

static void *start_1000(bench_context *context) {
  return start_with(context, 1000, CRUCIBLE_LAW_STUDENT_T);
}

static void *start_10000(bench_context *context) {
  return start_with(context, 10000, CRUCIBLE_LAW_STUDENT_T);
}

static void *start_100000(bench_context *context) {
  return start_with(context, 100000, CRUCIBLE_LAW_STUDENT_T);
}

static void *start_10000_skewed(bench_context *context) {
  return start_with(context, 10000, CRUCIBLE_LAW_SKEWED_T);
}

static void *start_10000_ged(bench_context *context) {
  return start_with(context, 10000, CRUCIBLE_LAW_GED);
}

static void *start_2000_lags(bench_context *context) {
  input *in = start_with(context, 2000, CRUCIBLE_LAW_STUDENT_T);
  in->options.p = in->options.q = 2;
  return in;
}

static void *start_10000_normal(bench_context *context) {
  return start_with(context, 10000, CRUCIBLE_LAW_NORMAL);
}

static void *start_fitted(bench_context *context) {
  input *in = start_with(context, 10000, CRUCIBLE_LAW_STUDENT_T);
  bench_must(
      crucible_egarch_fit(in->returns, in->n, &in->options, NULL, &in->fit));
  bench_must(crucible_egarch_filter_create(&in->fit.params,
                                           in->fit.next_variance, &in->filter));
  context->work = (double)in->n;
  return in;
}

static void stop(void *data) {
  input *in = data;
  crucible_egarch_filter_destroy(in->filter);
  free(in->returns);
  free(in);
}

static void pass_fit(void *data) {
  input *in = data;
  bench_must(
      crucible_egarch_fit(in->returns, in->n, &in->options, NULL, &in->fit));
}

/* At a top the score vanishes next to its own spread, sqrt(n) and more. */
static int check_fit(void *data) {
  input *in = data;
  bench_must(crucible_egarch_likelihood(&in->fit.params, in->returns, in->n,
                                        &in->loglik, NULL, in->score));
  int right = fabs(in->loglik - in->fit.loglik) < 1e-6 &&
              !(in->fit.warnings & CRUCIBLE_FIT_NOT_CONVERGED);
  for (int i = 0; i < 5; ++i)
    right = right && fabs(in->score[i]) < 0.5;
  return right;
}

static void pass_likelihood(void *data) {
  input *in = data;
  bench_must(crucible_egarch_likelihood(&in->fit.params, in->returns, in->n,
                                        &in->loglik, NULL, in->score));
}

static int check_likelihood(void *data) {
  input *in = data;
  return fabs(in->loglik - in->fit.loglik) < 1e-6;
}

static void pass_filter(void *data) {
  input *in = data;
  for (size_t t = 0; t < in->n; ++t)
    bench_must(
        crucible_egarch_filter_push(in->filter, in->returns[t], &in->sigma));
}

/* The start is forgotten by then: the fit's own forecast. */
static int check_filter(void *data) {
  input *in = data;
  return fabs(in->sigma / sqrt(in->fit.next_variance) - 1) < 1e-3;
}

extern const bench_case bench_volatility[];
const bench_case bench_volatility[] = {
    {"egarch_t_fit_1000", "ms", start_1000, pass_fit, 0, check_fit, stop},
    {"egarch_t_fit_10000", "ms", start_10000, pass_fit, 0, check_fit, stop},
    {"egarch_t_fit_100000", "ms", start_100000, pass_fit, 0, check_fit, stop},
    {"egarch_skewed_t_fit_10000", "ms", start_10000_skewed, pass_fit, 0,
     check_fit, stop},
    {"egarch_ged_fit_10000", "ms", start_10000_ged, pass_fit, 0, check_fit,
     stop},
    {"egarch_212_t_fit_2000", "ms", start_2000_lags, pass_fit, 0, check_fit,
     stop},
    {"egarch_normal_fit_10000", "ms", start_10000_normal, pass_fit, 0,
     check_fit, stop},
    {"egarch_t_score", "ns", start_fitted, pass_likelihood, 0, check_likelihood,
     stop},
    {"egarch_filter_push", "ns", start_fitted, pass_filter, 0, check_filter,
     stop},
    {0}};
