/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The step in a batch: a year of recorded five-minute bars x columns of
 * moving-average crosses, with fees, spread and slippage; records and metrics
 * included. One thread.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/backtest.h>
#include <crucible/series.h>

#include "bench.h"

enum { COLUMNS = 20, WINDOW = 12, LABEL_BARS = 24 };

typedef struct input {
  crucible_series *series;
  crucible_bars bars;
  double *sigma, *forecast, *scores, *outcome;
  size_t *end;
  crucible_market market;
  crucible_instrument instrument;
  crucible_plan plan;
  crucible_backtest_options options;
  crucible_matrix matrix;
  crucible_ledger last; /* of the last column */
} input;

static void *room_for(size_t n, size_t size) {
  void *p = calloc(n, size);
  if (p == NULL)
    abort();
  return p;
}

/* Mean of the fast window less that of the slow one, in parts of the price. */
static void cross(const double *close, size_t n, size_t fast, size_t slow,
                  double *score) {
  double of_fast = 0, of_slow = 0;
  for (size_t i = 0; i < n; ++i) {
    of_fast += close[i] - (i >= fast ? close[i - fast] : 0);
    of_slow += close[i] - (i >= slow ? close[i - slow] : 0);
    score[i] =
        i + 1 < slow
            ? (double)NAN
            : (of_fast / (double)fast - of_slow / (double)slow) / close[i];
  }
}

static void read_market(input *in, const bench_context *context) {
  bench_read_bitcoin(context, &in->series, &in->bars);
  size_t n = in->bars.n;
  const double *close = in->bars.close;
  in->sigma = room_for(n, sizeof(double));
  in->forecast = room_for(n, sizeof(double));
  bench_must(
      crucible_volume_forecast(in->bars.volume, n, WINDOW, in->forecast));
  in->sigma[0] = (double)NAN;
  for (size_t i = 1; i < n; ++i)
    in->sigma[i] = 0.0005 + 0.5 * fabs(close[i] / close[i - 1] - 1);
  in->market = (crucible_market){.struct_size = sizeof in->market,
                                 .bars = &in->bars,
                                 .sigma = in->sigma,
                                 .volume_forecast = in->forecast};
}

static input *start(bench_context *context) {
  input *in = room_for(1, sizeof *in);
  char path[1024];
  read_market(in, context);
  size_t n = in->bars.n;
  (void)snprintf(path, sizeof path, "%s/examples/data/instruments.json",
                 context->source);
  in->instrument.struct_size = sizeof in->instrument;
  bench_must(crucible_instrument_read(path, "BTCUSDT", &in->instrument));
  crucible_plan_init(&in->plan, sizeof in->plan);
  crucible_backtest_options_init(&in->options, sizeof in->options);
  in->options.initial_cash = 1e6; /* not to be used up half-way */
  in->scores = room_for(n * COLUMNS, sizeof(double));
  for (size_t c = 0; c < COLUMNS; ++c)
    cross(in->bars.close, n, 5 + c, 40 + 5 * c, in->scores + c * n);
  in->matrix = (crucible_matrix){in->scores, n, COLUMNS, 1, (ptrdiff_t)n};
  context->work = (double)n * COLUMNS / 1e6;
  return in;
}

static void *start_idle(bench_context *context) {
  input *in = start(context);
  in->plan.theta_in = 1e9;
  return in;
}

static void *start_market(bench_context *context) { return start(context); }

static void *start_bracket(bench_context *context) {
  input *in = start(context);
  in->plan.stop_sigma = 4;
  in->plan.target_sigma = 8;
  return in;
}

static void *start_limit(bench_context *context) {
  input *in = start_bracket(context);
  in->plan.entry = CRUCIBLE_ENTRY_LIMIT;
  in->plan.limit_offset_sigma = 0.5;
  return in;
}

static void *start_labels(bench_context *context) {
  input *in = start_bracket(context);
  in->plan.horizon_bars = LABEL_BARS;
  in->outcome = room_for(in->bars.n, sizeof(double));
  in->end = room_for(in->bars.n, sizeof(size_t));
  context->work = (double)in->bars.n / 1e6;
  return in;
}

static void stop(void *data) {
  input *in = data;
  crucible_series_destroy(in->series);
  free(in->sigma);
  free(in->forecast);
  free(in->scores);
  free(in->outcome);
  free(in->end);
  free(in);
}

static void pass_run(void *data) {
  input *in = data;
  crucible_backtest *run;
  crucible_summary summary = {.struct_size = sizeof summary};
  bench_must(crucible_backtest_run(&in->market, &in->instrument, &in->matrix,
                                   &in->plan, 1, &in->options, NULL, NULL,
                                   &run));
  bench_must(crucible_backtest_summary(run, COLUMNS - 1, &summary));
  in->last = summary.ledger;
  crucible_backtest_destroy(run);
}

static crucible_trader *trader_of(const input *in) {
  crucible_trader *trader;
  bench_must(crucible_trader_create(&in->plan, &in->instrument,
                                    in->bars.timeframe_ms, &in->options,
                                    &trader));
  return trader;
}

static void push(crucible_trader *trader, const input *in, size_t i,
                 double score) {
  const crucible_bars *b = &in->bars;
  crucible_bar bar = {b->open_time_ms[i], b->open[i],  b->high[i],
                      b->low[i],          b->close[i], b->volume[i],
                      (double)NAN,        (double)NAN, (double)NAN};
  bench_must(crucible_trader_push(trader, &bar, in->sigma[i], in->forecast[i],
                                  (double)NAN, score));
}

/* The last column's ledger is that of a trader fed bar by bar. */
static int check_run(void *data) {
  input *in = data;
  crucible_trader *trader = trader_of(in);
  crucible_ledger ledger = {.struct_size = sizeof ledger};
  const double *score = in->scores + (COLUMNS - 1) * in->bars.n;
  for (size_t i = 0; i < in->bars.n; ++i)
    push(trader, in, i, score[i]);
  bench_must(crucible_trader_ledger(trader, &ledger));
  crucible_trader_destroy(trader);
  return memcmp(&ledger, &in->last, sizeof ledger) == 0 &&
         (ledger.n_trades > 0) == (in->plan.theta_in < 1);
}

static void pass_labels(void *data) {
  input *in = data;
  bench_must(crucible_backtest_outcomes(&in->market, &in->instrument, &in->plan,
                                        1, 200, &in->options, NULL, NULL,
                                        in->outcome, in->end));
}

static int check_labels(void *data) {
  const input *in = data;
  size_t n_labels = 0;
  for (size_t i = 0; i < in->bars.n; ++i) {
    int is_label = !isnan(in->outcome[i]);
    if (is_label != (in->end[i] > i))
      return 0;
    n_labels += (size_t)is_label;
  }
  return n_labels > in->bars.n / 2;
}

#define CASE(label, begin)                                                     \
  {                                                                            \
    .name = label, .unit = "M bar*columns/s", .start = begin,                  \
    .pass = pass_run, .check = check_run, .stop = stop                         \
  }

const bench_case bench_backtest[] = {CASE("idle", start_idle),
                                     CASE("market_orders", start_market),
                                     CASE("stop_and_target", start_bracket),
                                     CASE("limit_stop_and_target", start_limit),
                                     {.name = "labels",
                                      .unit = "M labels/s",
                                      .start = start_labels,
                                      .pass = pass_labels,
                                      .check = check_labels,
                                      .stop = stop},
                                     {0}};
