/* SPDX-License-Identifier: Apache-2.0 */
/* EGARCH: fits, likelihoods and the streaming filter; season and HAR. */
#include <math.h>
#include <stdlib.h>

#include <crucible/realized.h>
#include <crucible/season.h>
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
  int64_t *times; /* [n] of bars of 5 minutes */
  double *out;    /* [n] */
  int32_t method;
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
  free(in->times);
  free(in->out);
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

/* ---- season and HAR: 60 days of 5 minutes, daily fits included ---- */

static input *start_days(bench_context *context, int32_t method) {
  input *in = start_with(context, 60 * 288, CRUCIBLE_LAW_STUDENT_T);
  if (context->is_quick)
    in->n = 500;
  in->times = malloc(in->n * sizeof *in->times);
  in->out = malloc(in->n * sizeof *in->out);
  if (in->times == NULL || in->out == NULL)
    abort();
  for (size_t t = 0; t < in->n; ++t)
    in->times[t] = (int64_t)t * 300000;
  in->method = method;
  context->work = (double)in->n;
  return in;
}

static void *start_fourier(bench_context *context) {
  return start_days(context, CRUCIBLE_SEASON_FOURIER);
}

static void *start_robust(bench_context *context) {
  return start_days(context, CRUCIBLE_SEASON_ROBUST);
}

static void *start_har(bench_context *context) {
  input *in = start_days(context, 0);
  for (size_t t = 0; t < in->n; ++t)
    in->returns[t] *= in->returns[t];
  return in;
}

static void pass_season(void *data) {
  input *in = data;
  crucible_season_rolling_options options;
  crucible_season_rolling_options_init(&options, sizeof options);
  options.season.method = in->method;
  bench_must(crucible_season_rolling_factors(&options, in->times, in->returns,
                                             in->n, in->out));
}

/* The series has no season: the last factor is near 1. */
static int check_season(void *data) {
  input *in = data;
  const double last = in->out[in->n - 1];
  return in->n < 60 * 288 ? isnan(last) : fabs(last - 1) < 0.2;
}

static void pass_har(void *data) {
  input *in = data;
  bench_must(crucible_har_forecasts(NULL, in->returns, in->n, in->out));
}

/* The forecasts' level is that of the variances. */
static int check_har(void *data) {
  input *in = data;
  double expected = 0, found = 0;
  for (size_t t = 5000; t + 1 < in->n; ++t) {
    expected += in->returns[t + 1];
    found += in->out[t];
  }
  return in->n < 60 * 288 ? isnan(in->out[in->n - 1])
                          : fabs(found / expected - 1) < 0.2;
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
    {"season_fourier_push", "ns", start_fourier, pass_season, 0, check_season,
     stop},
    {"season_robust_push", "ns", start_robust, pass_season, 0, check_season,
     stop},
    {"har_push", "ns", start_har, pass_har, 0, check_har, stop},
    {0}};
