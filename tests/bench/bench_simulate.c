/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel on the workload that backtesters are compared by: 100,000 bars x
 * 100 moving-average crosses on one price, 0.1 % fee, spread, slippage by an
 * EGARCH forecast and the order's size. Recorded five-minute bars where the
 * shared data are there. One thread. targets_: 20 columns that get a new weight
 * on each bar, an order on most.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/series.h>
#include <crucible/simulate.h>
#include <crucible/volatility.h>

#include "bench.h"

enum { COLUMNS = 100, REBALANCED = 20, WINDOW = 12, BARS = 100000 };

typedef struct input {
  crucible_series *series;
  crucible_bars bars;
  double *sigma, *forecast;
  unsigned char *enter, *leave; /* [bars][COLUMNS], as NumPy has them */
  double *targets;              /* [bars][REBALANCED] */
  crucible_market market;
  crucible_instrument instrument;
  crucible_plan plan;
  crucible_backtest_options options;
  crucible_simulation simulation;
  crucible_ledger last; /* of the last column */
  size_t n_orders;
} input;

static void *room_for(size_t n, size_t size) {
  void *p = calloc(n, size);
  if (p == NULL)
    abort();
  return p;
}

static void read_market(input *in, const bench_context *context) {
  bench_read_bitcoin(context, &in->series, &in->bars);
  if (in->bars.n > BARS)
    in->bars.n = BARS;
  size_t n = in->bars.n;
  in->sigma = room_for(n, sizeof(double));
  in->forecast = room_for(n, sizeof(double));
  bench_must(
      crucible_volume_forecast(in->bars.volume, n, WINDOW, in->forecast));
  crucible_egarch_rolling_options egarch;
  crucible_egarch_rolling_options_init(&egarch, sizeof egarch);
  egarch.refit = (uint32_t)n; /* one fit is enough for a speed */
  bench_must(
      crucible_egarch_rolling_forecasts(&egarch, in->bars.close, n, in->sigma));
  in->market = (crucible_market){.struct_size = sizeof in->market,
                                 .bars = &in->bars,
                                 .sigma = in->sigma,
                                 .volume_forecast = in->forecast};
}

/* The fast mean above the slow one, and back. */
static void cross(input *in, size_t column, size_t fast, size_t slow) {
  const double *close = in->bars.close;
  double of_fast = 0, of_slow = 0;
  int was_above = 0;
  for (size_t i = 0; i < in->bars.n; ++i) {
    of_fast += close[i] - (i >= fast ? close[i - fast] : 0);
    of_slow += close[i] - (i >= slow ? close[i - slow] : 0);
    if (i + 1 < slow)
      continue;
    int is_above = of_fast / (double)fast > of_slow / (double)slow;
    in->enter[i * COLUMNS + column] = is_above && !was_above;
    in->leave[i * COLUMNS + column] = !is_above && was_above;
    was_above = is_above;
  }
}

static crucible_flags flags_of(const input *in, const unsigned char *data) {
  return (crucible_flags){.data = data,
                          .rows = in->bars.n,
                          .cols = COLUMNS,
                          .row_stride = COLUMNS,
                          .col_stride = 1};
}

static input *start(bench_context *context) {
  input *in = room_for(1, sizeof *in);
  char path[1024];
  read_market(in, context);
  (void)snprintf(path, sizeof path, "%s/examples/data/instruments.json",
                 context->source);
  in->instrument.struct_size = sizeof in->instrument;
  bench_must(crucible_instrument_read(path, "BTCUSDT", &in->instrument));
  crucible_plan_init(&in->plan, sizeof in->plan);
  in->plan.decides = CRUCIBLE_DECIDE_SIGNALS;
  crucible_backtest_options_init(&in->options, sizeof in->options);
  in->options.initial_cash = 1e6; /* not to be used up half-way */
  in->enter = room_for(in->bars.n * COLUMNS, 1);
  in->leave = room_for(in->bars.n * COLUMNS, 1);
  for (size_t c = 0; c < COLUMNS; ++c)
    cross(in, c, 5 + c % 10 * 2, 40 + c / 10 * 12);
  crucible_simulation_init(&in->simulation, sizeof in->simulation);
  in->simulation.markets = &in->market;
  in->simulation.instruments = &in->instrument;
  in->simulation.n_columns = COLUMNS;
  in->simulation.plans = &in->plan;
  in->simulation.options = &in->options;
  in->simulation.enter_long = flags_of(in, in->enter);
  in->simulation.exit_long = flags_of(in, in->leave);
  context->work = (double)in->bars.n * COLUMNS / 1e6;
  return in;
}

static void *start_records(bench_context *context) {
  input *in = start(context);
  in->options.metrics = 0;
  return in;
}

static void *start_metrics(bench_context *context) { return start(context); }

static void *start_equity(bench_context *context) {
  input *in = start(context);
  in->options.keep_equity = 1;
  return in;
}

static void *start_bracket(bench_context *context) {
  input *in = start(context);
  in->options.metrics = 0;
  in->plan.stop_fraction = 0.01;
  in->plan.target_fraction = 0.02;
  return in;
}

static void *start_bracket_metrics(bench_context *context) {
  input *in = start_bracket(context);
  in->options.metrics = 1;
  return in;
}

/* Weights that anything may follow. */
static void *start_targets(bench_context *context) {
  input *in = start(context);
  size_t n = in->bars.n * REBALANCED;
  uint64_t state = 1;
  in->targets = room_for(n, sizeof *in->targets);
  for (size_t i = 0; i < n; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    in->targets[i] = (double)(state >> 11) * 0x1p-53;
  }
  in->plan.decides = CRUCIBLE_DECIDE_TARGETS;
  in->simulation.n_columns = REBALANCED;
  in->simulation.enter_long = in->simulation.exit_long =
      (crucible_flags){.data = NULL};
  in->simulation.targets = (crucible_matrix){.data = in->targets,
                                             .rows = in->bars.n,
                                             .cols = REBALANCED,
                                             .row_stride = REBALANCED,
                                             .col_stride = 1};
  in->instrument.taker_fee = 1e-5; /* lest the fees use up the cash */
  context->work = (double)in->bars.n * REBALANCED / 1e6;
  return in;
}

static void *start_targets_records(bench_context *context) {
  input *in = start_targets(context);
  in->options.metrics = 0;
  return in;
}

static void stop(void *data) {
  input *in = data;
  free(in->targets);
  crucible_series_destroy(in->series);
  free(in->sigma);
  free(in->forecast);
  free(in->enter);
  free(in->leave);
  free(in);
}

static void pass_run(void *data) {
  input *in = data;
  crucible_backtest *run;
  crucible_summary summary = {.struct_size = sizeof summary};
  crucible_orders orders = {.struct_size = sizeof orders};
  bench_must(crucible_simulate(&in->simulation, NULL, NULL, &run));
  bench_must(
      crucible_backtest_summary(run, in->simulation.n_columns - 1, &summary));
  bench_must(crucible_backtest_records(run, &orders, NULL));
  in->last = summary.ledger;
  in->n_orders = orders.n;
  crucible_backtest_destroy(run);
}

/* The last column's ledger is that of a trader fed bar by bar. */
static int check_run(void *data) {
  input *in = data;
  crucible_trader *trader;
  bench_must(crucible_trader_create(&in->plan, &in->instrument,
                                    in->bars.timeframe_ms, &in->options,
                                    &trader));
  crucible_outlook outlook;
  crucible_outlook_init(&outlook, sizeof outlook);
  crucible_wish wish;
  crucible_wish_init(&wish, sizeof wish);
  const crucible_bars *b = &in->bars;
  for (size_t i = 0; i < b->n; ++i) {
    crucible_bar bar = {b->open_time_ms[i], b->open[i],  b->high[i],
                        b->low[i],          b->close[i], b->volume[i],
                        (double)NAN,        (double)NAN, (double)NAN};
    outlook.sigma = in->sigma[i];
    outlook.volume_forecast = in->forecast[i];
    size_t at = i * COLUMNS + COLUMNS - 1;
    if (in->targets != NULL)
      wish.target = in->targets[i * REBALANCED + REBALANCED - 1];
    else
      wish.signals = in->enter[at] * (uint32_t)CRUCIBLE_ENTER_LONG +
                     in->leave[at] * (uint32_t)CRUCIBLE_EXIT_LONG;
    bench_must(crucible_trader_step(trader, &bar, &outlook, &wish));
  }
  crucible_ledger ledger = {.struct_size = sizeof ledger};
  bench_must(crucible_trader_ledger(trader, &ledger));
  crucible_trader_destroy(trader);
  return memcmp(&ledger, &in->last, sizeof ledger) == 0 &&
         in->n_orders > in->bars.n / 10 && ledger.n_trades > 0;
}

#define CASE(label, begin)                                                     \
  {                                                                            \
    .name = label, .unit = "M bar*columns/s", .start = begin,                  \
    .pass = pass_run, .check = check_run, .stop = stop                         \
  }

const bench_case bench_simulate[] = {
    CASE("market_records", start_records),
    CASE("market_metrics", start_metrics),
    CASE("market_equity", start_equity),
    CASE("bracket_records", start_bracket),
    CASE("bracket_metrics", start_bracket_metrics),
    CASE("targets_records", start_targets_records),
    CASE("targets_metrics", start_targets),
    {0}};
