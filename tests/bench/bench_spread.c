/* SPDX-License-Identifier: Apache-2.0 */
/* Spreads of every window of recorded bars: of a file with a hole, and of what
   it has before the hole, again and again. */
#include <stdio.h>
#include <stdlib.h>

#include <crucible/series.h>
#include <crucible/spread.h>

#include "bench.h"

enum { WINDOW = 288, REPEATS = 8 };

typedef struct input {
  crucible_series *series;
  int64_t *time;  /* NULL: the series' own */
  double *column; /* [5][bars.n] */
  crucible_bars bars;
  crucible_spread_options options;
  double *spread; /* [bars.n] */
} input;

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

static void *start_edge_hole(bench_context *context) {
  return start_with(context, CRUCIBLE_SPREAD_EDGE);
}

static void *start_edge(bench_context *context) {
  input *in = start_with(context, CRUCIBLE_SPREAD_EDGE);
  crucible_bars *b = &in->bars;
  size_t n = 1;
  while (n < b->n &&
         b->open_time_ms[n] - b->open_time_ms[n - 1] == b->timeframe_ms)
    ++n;
  const size_t all = n * REPEATS;
  in->time = malloc(all * sizeof *in->time);
  in->column = malloc(5 * all * sizeof *in->column);
  free(in->spread);
  in->spread = malloc(all * sizeof *in->spread);
  if (in->time == NULL || in->column == NULL || in->spread == NULL)
    abort();
  const double **from[] = {&b->open, &b->high, &b->low, &b->close, &b->volume};
  for (size_t i = 0; i < all; ++i)
    in->time[i] = b->open_time_ms[0] + (int64_t)i * b->timeframe_ms;
  for (size_t c = 0; c < 5; ++c) {
    for (size_t i = 0; i < all; ++i)
      in->column[c * all + i] = (*from[c])[i % n];
    *from[c] = in->column + c * all;
  }
  b->open_time_ms = in->time;
  b->quote_volume = b->trades = b->taker_buy_base = NULL;
  b->n = all;
  context->work = (double)all;
  return in;
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
  free(in->time);
  free(in->column);
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
    {"rolling_edge_hole", "ns", start_edge_hole, pass, 0, check, stop},
    {"rolling_corwin_schultz", "ns", start_corwin_schultz, pass, 0, check,
     stop},
    {"rolling_abdi_ranaldo", "ns", start_abdi_ranaldo, pass, 0, check, stop},
    {"rolling_roll", "ns", start_roll, pass, 0, check, stop},
    {0}};
