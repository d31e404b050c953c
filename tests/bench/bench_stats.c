/* SPDX-License-Identifier: Apache-2.0 */
/* Rolling and batch statistics of a return series. */
#include <math.h>
#include <stdlib.h>

#include <crucible/stats.h>

#include "bench.h"
#include "support/lcg_series.h"

enum { WINDOW = 2016, N = 20000, N_QUICK = 3000 };

typedef struct input {
  double *returns; /* [n] */
  size_t n;
  crucible_rolling_moments *rolling;
  double psr, z;            /* of the last window */
  crucible_moments moments; /* of all */
} input;

static void *start(bench_context *context) {
  input *in = calloc(1, sizeof *in);
  if (in == NULL)
    abort();
  in->n = context->is_quick ? N_QUICK : N;
  in->returns = malloc(in->n * sizeof *in->returns);
  if (in->returns == NULL)
    abort();
  lcg_series("returns", (uint32_t)context->seed, in->n, in->returns);
  bench_must(crucible_rolling_moments_create(WINDOW, &in->rolling));
  context->work = (double)in->n;
  return in;
}

static void stop(void *data) {
  input *in = data;
  crucible_rolling_moments_destroy(in->rolling);
  free(in->returns);
  free(in);
}

/* A bar in the life of an agent: the return enters, PSR against 0. */
static void pass_rolling_psr(void *data) {
  input *in = data;
  double z;
  bench_must(crucible_rolling_moments_push(in->rolling, 0.001));
  for (size_t t = 0; t < in->n; ++t) {
    bench_must(crucible_rolling_moments_push(in->rolling, in->returns[t]));
    bench_must(crucible_rolling_moments_psr(in->rolling, 0, &z, &in->psr));
  }
}

/* The same without the normal law. */
static void pass_rolling_z(void *data) {
  input *in = data;
  bench_must(crucible_rolling_moments_push(in->rolling, 0.001));
  for (size_t t = 0; t < in->n; ++t) {
    bench_must(crucible_rolling_moments_push(in->rolling, in->returns[t]));
    bench_must(crucible_rolling_moments_psr(in->rolling, 0, &in->z, NULL));
  }
}

static int check_rolling_psr(void *data) {
  input *in = data;
  crucible_sharpe_record record = {.struct_size = sizeof record};
  double psr;
  bench_must(
      crucible_sharpe_record_of(in->returns + in->n - WINDOW, WINDOW, &record));
  bench_must(crucible_psr(&record, 0, 0, &psr));
  return fabs(psr - in->psr) < 1e-9;
}

static int check_rolling_z(void *data) {
  input *in = data;
  crucible_rolling_moments *rolling = in->rolling;
  return crucible_rolling_moments_psr(rolling, 0, NULL, &in->psr) == 0 &&
         fabs(0.5 * erfc(-in->z / sqrt(2)) - in->psr) < 1e-14 &&
         check_rolling_psr(in);
}

static void pass_push(void *data) {
  input *in = data;
  for (size_t t = 0; t < in->n; ++t)
    bench_must(crucible_rolling_moments_push(in->rolling, in->returns[t]));
}

static int check_push(void *data) {
  input *in = data;
  crucible_moments m, expected;
  bench_must(crucible_rolling_moments_get(in->rolling, &m, NULL));
  bench_must(
      crucible_moments_of(in->returns + in->n - WINDOW, WINDOW, &expected));
  return fabs(m.kurtosis / expected.kurtosis - 1) < 1e-9;
}

static void pass_batch(void *data) {
  input *in = data;
  bench_must(crucible_moments_of(in->returns, in->n, &in->moments));
}

static int check_batch(void *data) {
  input *in = data;
  double sum = 0;
  for (size_t t = 0; t < in->n; ++t)
    sum += in->returns[t];
  return fabs(in->moments.mean - sum / (double)in->n) < 1e-15;
}

extern const bench_case bench_stats[];
const bench_case bench_stats[] = {
    {"rolling_psr_2016", "ns", start, pass_rolling_psr, 0, check_rolling_psr,
     stop},
    {"rolling_z_2016", "ns", start, pass_rolling_z, 0, check_rolling_z, stop},
    {"rolling_push_2016", "ns", start, pass_push, 0, check_push, stop},
    {"batch_moments", "ns", start, pass_batch, 0, check_batch, stop},
    {0}};
