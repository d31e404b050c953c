/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bound of 100,000 trades by 2,000 resamples, and the whole table of a year
 * of recorded five-minute bars: four timeframes, three tiers, six holding
 * periods. One thread.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <crucible/crucible.h>

#include "bench.h"

enum { TRADES = 100000, QUICK_TRADES = 1000 };

/* ---- the bound ---- */

typedef struct trades {
  size_t n;
  double *gross, *cost;
  crucible_viability result;
} trades;

static void stop_bound(void *data) {
  trades *t = data;
  free(t->gross);
  free(t->cost);
  free(t);
}

static void *start_bound(bench_context *context) {
  trades *t = calloc(1, sizeof *t);
  if (t == NULL)
    abort();
  t->n = context->is_quick ? QUICK_TRADES : TRADES;
  t->gross = calloc(t->n, sizeof *t->gross);
  t->cost = calloc(t->n, sizeof *t->cost);
  if (t->gross == NULL || t->cost == NULL)
    abort();
  uint64_t state = context->seed;
  for (size_t i = 0; i < t->n; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    t->gross[i] = (double)(state >> 40) * 0x1p-24 - 0.2;
    t->cost[i] = 0.1;
  }
  context->work = (double)t->n;
  return t;
}

static void pass_bound(void *data) {
  trades *t = data;
  t->result.struct_size = sizeof t->result;
  bench_must(crucible_viability_realised(t->gross, t->cost, t->n, 0.95, 1,
                                         &t->result));
}

/* Independent trades: the bound is the normal law's, nearly. */
static int check_bound(void *data) {
  const trades *t = data;
  double n = (double)t->n, squares = 0;
  for (size_t i = 0; i < t->n; ++i) {
    double step = (t->gross[i] - t->result.mean_gross) / t->result.mean_cost;
    squares += step * step;
  }
  double error = sqrt(squares / n / n);
  double expected = t->result.ratio - 1.6448536 * error;
  return fabs(t->result.ratio_low - expected) < 0.3 * error;
}

/* ---- the table ---- */

typedef struct input {
  crucible_series *series;
  crucible_bars bars;
  crucible_instrument instrument;
  crucible_viability_table *table;
} input;

static void stop_table(void *data) {
  input *in = data;
  crucible_viability_table_destroy(in->table);
  crucible_series_destroy(in->series);
  free(in);
}

static void *start_table(bench_context *context) {
  char path[1024];
  input *in = calloc(1, sizeof *in);
  if (in == NULL)
    abort();
  bench_read_bitcoin(context, &in->series, &in->bars);
  (void)snprintf(path, sizeof path, "%s/examples/data/instruments.json",
                 context->source);
  in->instrument.struct_size = sizeof in->instrument;
  bench_must(crucible_instrument_read(path, "BTCUSDT", &in->instrument));
  context->work = 1;
  return in;
}

static void pass_table(void *data) {
  input *in = data;
  crucible_viability_table_destroy(in->table);
  bench_must(crucible_viability_table_make(&in->bars, &in->instrument, NULL,
                                           NULL, NULL, &in->table));
}

/* The mean move of one bar, taken by hand, is that of the row; the volatility
   forecast leaves out the first bars. */
static int check_table(void *data) {
  input *in = data;
  const crucible_bars *bars = &in->bars;
  crucible_viability_row row = {.struct_size = sizeof row};
  size_t n_tiers, n_holds, n = 0;
  double move = 0;
  bench_must(
      crucible_viability_table_size(in->table, NULL, &n_tiers, &n_holds));
  bench_must(crucible_viability_table_row(in->table, n_tiers * n_holds, &row));
  for (size_t i = row.warm_up; i + 2 < bars->n; ++i)
    if (bars->open_time_ms[i + 2] - bars->open_time_ms[i] ==
            2 * bars->timeframe_ms &&
        bars->volume[i + 1] > 0 && bars->volume[i + 2] > 0) {
      move += fabs(bars->open[i + 2] / bars->open[i + 1] - 1);
      ++n;
    }
  return row.timeframe_ms == 300000 && row.ceiling.n == n &&
         fabs(row.ceiling.mean_absolute_move * (double)n / move - 1) < 1e-9;
}

extern const bench_case bench_viability[];
const bench_case bench_viability[] = {{.name = "bound",
                                       .unit = "ns",
                                       .start = start_bound,
                                       .pass = pass_bound,
                                       .check = check_bound,
                                       .stop = stop_bound},
                                      {.name = "table_of_a_year",
                                       .unit = "ms",
                                       .start = start_table,
                                       .pass = pass_table,
                                       .check = check_table,
                                       .stop = stop_table},
                                      {0}};
