/* SPDX-License-Identifier: Apache-2.0 */
/* ADWIN: values pushed one by one and in one call, checks now and then. */
#include <math.h>
#include <stdlib.h>

#include <crucible/drift.h>

#include "bench.h"
#include "support/lcg_series.h"

typedef struct input {
  double *values; /* [n] */
  size_t n;
  crucible_adwin *adwin;
  crucible_drift *drift;
} input;

static input *start_with(bench_context *context, size_t n, uint32_t clock) {
  crucible_adwin_options options;
  input *in = calloc(1, sizeof *in);
  if (in == NULL)
    abort();
  in->n = context->is_quick ? n / 100 : n;
  in->values = malloc(in->n * sizeof *in->values);
  if (in->values == NULL)
    abort();
  uint32_t state = (uint32_t)context->seed + 1;
  for (size_t i = 0; i < in->n; ++i)
    in->values[i] = lcg_next(&state);
  crucible_adwin_options_init(&options, sizeof options);
  options.clock = clock;
  bench_must(crucible_adwin_create(&options, &in->adwin));
  /* a long window: what a check looks through */
  bench_must(crucible_adwin_run(in->adwin, in->values, in->n, NULL, NULL));
  context->work = (double)in->n;
  return in;
}

static void *start_clock_32(bench_context *context) {
  return start_with(context, 1000000, 32);
}

static void *start_clock_1(bench_context *context) {
  return start_with(context, 100000, 1);
}

static void *start_streams(bench_context *context) {
  crucible_drift_options options;
  input *in = start_with(context, 400000, 32);
  crucible_drift_options_init(&options, sizeof options);
  bench_must(crucible_drift_create(&options, &in->drift));
  context->work = (double)in->n / 4;
  return in;
}

static void stop(void *data) {
  input *in = data;
  crucible_adwin_destroy(in->adwin);
  crucible_drift_destroy(in->drift);
  free(in->values);
  free(in);
}

static void pass_push(void *data) {
  input *in = data;
  int32_t is_drift;
  for (size_t i = 0; i < in->n; ++i)
    bench_must(crucible_adwin_push(in->adwin, in->values[i], &is_drift));
}

static void pass_run(void *data) {
  input *in = data;
  bench_must(crucible_adwin_run(in->adwin, in->values, in->n, NULL, NULL));
}

static void pass_streams(void *data) {
  input *in = data;
  int32_t is_drift;
  for (size_t i = 0; i + 4 <= in->n; i += 4)
    bench_must(crucible_drift_push(in->drift, in->values + i, &is_drift));
}

/* Uniform values: mean 1/2 and variance 1/12 within five standard errors,
   nothing to cut. */
static int is_uniform(const crucible_adwin_window *window) {
  double root = sqrt((double)window->n_values);
  return window->width == window->n_values &&
         fabs(window->mean - 0.5) < 5 * sqrt(1.0 / 12) / root &&
         fabs(window->variance - 1.0 / 12) < 5 * sqrt(1.0 / 180) / root;
}

static int check_adwin(void *data) {
  input *in = data;
  crucible_adwin_window window = {.struct_size = sizeof window};
  bench_must(crucible_adwin_get(in->adwin, &window));
  return is_uniform(&window);
}

static int check_streams(void *data) {
  input *in = data;
  int right = 1;
  for (uint32_t s = 0; s < 4; ++s) {
    crucible_adwin_window window = {.struct_size = sizeof window};
    bench_must(crucible_drift_stream(in->drift, s, &window));
    right = right && is_uniform(&window);
  }
  return right;
}

extern const bench_case bench_drift[];
const bench_case bench_drift[] = {{"adwin_push_clock_32", "ns", start_clock_32,
                                   pass_push, 0, check_adwin, stop},
                                  {"adwin_run_clock_32", "ns", start_clock_32,
                                   pass_run, 0, check_adwin, stop},
                                  {"adwin_push_clock_1", "ns", start_clock_1,
                                   pass_push, 0, check_adwin, stop},
                                  {"drift_push_4_streams", "ns", start_streams,
                                   pass_streams, 0, check_streams, stop},
                                  {0}};
