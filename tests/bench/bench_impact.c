/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of impact.h: what a trade costs, and an estimate. */
#include <stdint.h>
#include <stdlib.h>

#include <crucible/impact.h>

#include "bench.h"

enum { PRINTS = 200000, FITS = 100 };

typedef struct input {
  crucible_impact_stream *stream; /* has seen all prints once */
  crucible_impact_options options;
  crucible_print *print; /* [PRINTS] */
  crucible_impact_fit fit;
} input;

static void push_all(const input *in, crucible_impact_stream *stream) {
  for (size_t i = 0; i < PRINTS; ++i)
    bench_must(crucible_impact_stream_push_print(stream, &in->print[i]));
}

/* A walk by ticks; one print in two belongs to the order before it. */
static void *start(bench_context *context) {
  input *in = calloc(1, sizeof *in);
  uint32_t state = 1;
  int32_t tick = 100000, side = 1;
  if (in == NULL)
    abort();
  in->print = malloc(PRINTS * sizeof *in->print);
  if (in->print == NULL)
    abort();
  for (size_t i = 0; i < PRINTS; ++i) {
    state = 1664525u * state + 1013904223u;
    const int is_new = i % 2 == 0;
    if (is_new) {
      side = state >> 31 ? 1 : -1;
      tick += (int32_t)(state >> 16) % 5 - 2;
    } else {
      tick += side * (int32_t)(state >> 30 == 0);
    }
    in->print[i] = (crucible_print){.time_ms = (int64_t)(i / 2) * 150,
                                    .price = tick * 0.01,
                                    .quantity = 1 + (state >> 24),
                                    .side = side};
  }
  crucible_impact_options_init(&in->options, sizeof in->options);
  in->fit.struct_size = sizeof in->fit;
  bench_must(crucible_impact_stream_create(&in->options, &in->stream));
  push_all(in, in->stream);
  context->work = PRINTS;
  return in;
}

static void *start_fit(bench_context *context) {
  void *in = start(context);
  context->work = FITS;
  return in;
}

static void stop(void *data) {
  input *in = data;
  crucible_impact_stream_destroy(in->stream);
  free(in->print);
  free(in);
}

static void pass_push(void *data) {
  input *in = data;
  crucible_impact_stream *stream;
  bench_must(crucible_impact_stream_create(&in->options, &stream));
  push_all(in, stream);
  bench_must(crucible_impact_stream_fit(stream, &in->fit));
  crucible_impact_stream_destroy(stream);
}

static void pass_fit(void *data) {
  input *in = data;
  for (int i = 0; i < FITS; ++i)
    bench_must(crucible_impact_stream_fit(in->stream, &in->fit));
}

/* Both are the fit of the same prints. */
static int check(void *data) {
  input *in = data;
  crucible_impact_fit first = {.struct_size = sizeof first};
  bench_must(crucible_impact_stream_fit(in->stream, &first));
  return first.kind == CRUCIBLE_IMPACT_FIT_BOTH && first.y == in->fit.y &&
         first.exponent == in->fit.exponent;
}

extern const bench_case bench_impact[];
const bench_case bench_impact[] = {
    {"impact_push_print", "ns", start, pass_push, 0, check, stop},
    {"impact_fit", "us", start_fit, pass_fit, 0, check, stop},
    {0}};
