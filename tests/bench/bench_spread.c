/* SPDX-License-Identifier: Apache-2.0 */
/* Spreads of every window of recorded bars. */
#include <stdio.h>
#include <stdlib.h>

#include <crucible/series.h>
#include <crucible/spread.h>

#include "bench.h"

typedef struct input {
  crucible_series *series;
  crucible_bars bars;
  crucible_spread_options options;
  double *spread; /* [bars.n] */
} input;

enum { WINDOW = 288 };

static void *start_with(bench_context *context, int32_t method) {
  char path[512];
  input *in = calloc(1, sizeof *in);
  if (in == NULL)
    abort();
  snprintf(path, sizeof path,
           "%s/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv",
           context->source);
  bench_must(crucible_series_read_csv(path, NULL, &in->series));
  in->bars.struct_size = sizeof in->bars;
  bench_must(crucible_series_view(in->series, &in->bars));
  in->spread = malloc(in->bars.n * sizeof *in->spread);
  if (in->spread == NULL)
    abort();
  crucible_spread_options_init(&in->options, sizeof in->options);
  in->options.method = method;
  context->work = (double)in->bars.n;
  return in;
}

static void *start_edge(bench_context *context) {
  return start_with(context, CRUCIBLE_SPREAD_EDGE);
}
static void *start_corwin_schultz(bench_context *context) {
  return start_with(context, CRUCIBLE_SPREAD_CORWIN_SCHULTZ);
}
static void *start_abdi_ranaldo(bench_context *context) {
  return start_with(context, CRUCIBLE_SPREAD_ABDI_RANALDO);
}
static void *start_roll(bench_context *context) {
  return start_with(context, CRUCIBLE_SPREAD_ROLL);
}

static void stop(void *data) {
  input *in = data;
  crucible_series_destroy(in->series);
  free(in->spread);
  free(in);
}

static void pass(void *data) {
  input *in = data;
  bench_must(
      crucible_spread_rolling(&in->bars, &in->options, WINDOW, in->spread));
}

/* The last window's is that of its bars. */
static int check(void *data) {
  input *in = data;
  crucible_bars part = in->bars;
  double last;
  bench_must(crucible_bars_slice(
      &in->bars, in->bars.open_time_ms[in->bars.n - WINDOW], INT64_MAX, &part));
  bench_must(crucible_spread_estimate(&part, &in->options, &last));
  return last == in->spread[in->bars.n - 1];
}

extern const bench_case bench_spread[];
const bench_case bench_spread[] = {
    {"rolling_edge", "ns", start_edge, pass, 0, check, stop},
    {"rolling_corwin_schultz", "ns", start_corwin_schultz, pass, 0, check,
     stop},
    {"rolling_abdi_ranaldo", "ns", start_abdi_ranaldo, pass, 0, check, stop},
    {"rolling_roll", "ns", start_roll, pass, 0, check, stop},
    {0}};
