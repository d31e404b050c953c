/* SPDX-License-Identifier: Apache-2.0 */
/* A bar of a track record: evidence on its Sharpe ratio, and whether its edge is
   gone. Without skill, as nearly all records are. */
#include <math.h>
#include <stdlib.h>

#include <crucible/sequential.h>
#include <crucible/stats.h>

#include "bench.h"
#include "support/lcg_series.h"

enum { N = 20000, N_QUICK = 3000 };

typedef struct input {
  double *returns; /* [n] */
  size_t n;
  crucible_sharpe_sequence *sequence;
  crucible_edge_detector *detector;
  double *log_e; /* [n] */
  int32_t *is_rejected;
  size_t n_rejected;
} input;

static input *start_with(bench_context *context, uint32_t lags) {
  crucible_sharpe_sequence_options options;
  input *in = calloc(1, sizeof *in);
  if (in == NULL)
    abort();
  in->n = context->is_quick ? N_QUICK : N;
  in->returns = malloc(in->n * sizeof *in->returns);
  in->log_e = malloc(in->n * sizeof *in->log_e);
  in->is_rejected = malloc(in->n * sizeof *in->is_rejected);
  if (in->returns == NULL || in->log_e == NULL || in->is_rejected == NULL)
    abort();
  lcg_series("returns", (uint32_t)context->seed, in->n, in->returns);
  for (size_t i = 0; i < in->n; ++i)
    in->log_e[i] = i % 10 == 0 ? 12 : 2000 * in->returns[i];
  crucible_sharpe_sequence_options_init(&options, sizeof options);
  options.lags = lags;
  bench_must(crucible_sharpe_sequence_create(&options, &in->sequence));
  bench_must(crucible_edge_detector_create(NULL, &in->detector));
  context->work = (double)in->n;
  return in;
}

static void *start(bench_context *context) { return start_with(context, 0); }

static void *start_lags(bench_context *context) {
  return start_with(context, 12);
}

static void stop(void *data) {
  input *in = data;
  crucible_sharpe_sequence_destroy(in->sequence);
  crucible_edge_detector_destroy(in->detector);
  free(in->returns);
  free(in->log_e);
  free(in->is_rejected);
  free(in);
}

static void pass_sharpe(void *data) {
  input *in = data;
  for (size_t i = 0; i < in->n; ++i)
    bench_must(crucible_sharpe_sequence_push(in->sequence, in->returns[i]));
}

/* The ratio that the whole record has, by the batch. */
static int check_sharpe(void *data) {
  input *in = data;
  crucible_sharpe_sequence_state now = {.struct_size = sizeof now};
  double sharpe;
  bench_must(crucible_sharpe_sequence_get(in->sequence, &now));
  bench_must(crucible_sharpe(in->returns, in->n, &sharpe));
  /* passes repeat the same returns: the same ratio but for n - 1 */
  return fabs(now.sharpe - sharpe) < 1e-4 * fabs(sharpe) + 1e-9 &&
         now.lower < now.sharpe && now.sharpe < now.upper;
}

static void pass_detector(void *data) {
  input *in = data;
  for (size_t i = 0; i < in->n; ++i)
    bench_must(crucible_edge_detector_push(in->detector, in->returns[i], NULL));
}

static int check_detector(void *data) {
  input *in = data;
  crucible_edge_detector_state now = {.struct_size = sizeof now};
  crucible_moments moments;
  bench_must(crucible_edge_detector_get(in->detector, &now));
  bench_must(crucible_moments_of(in->returns, in->n, &moments));
  return fabs(now.scale - moments.stddev) < 0.1 * moments.stddev &&
         now.evidence > 0;
}

static void pass_ebh(void *data) {
  input *in = data;
  bench_must(
      crucible_ebh(in->log_e, in->n, 0.05, in->is_rejected, &in->n_rejected));
}

/* A tenth has e = exp(12) = 163,000, far above n / (k alpha) = 200. */
static int check_ebh(void *data) {
  const input *in = data;
  return in->n_rejected == (in->n + 9) / 10;
}

extern const bench_case bench_sequential[];
const bench_case bench_sequential[] = {
    {"sharpe_push", "ns", start, pass_sharpe, 0, check_sharpe, stop},
    {"sharpe_push_12_lags", "ns", start_lags, pass_sharpe, 0, check_sharpe,
     stop},
    {"edge_push", "ns", start, pass_detector, 0, check_detector, stop},
    {"ebh", "ns", start, pass_ebh, 0, check_ebh, stop},
    {0}};
