/* SPDX-License-Identifier: Apache-2.0 */
/* Rules over moving averages, as flags and in whole simulations: ns for one bar
   of one column. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/series.h>
#include <crucible/sweep.h>

#include "bench.h"

static const char shared_file[] =
    "data/klines/spot-5m-full/BTCUSDT-5m-2023-10_2024-08.csv.gz";
static const char sample_file[] =
    "examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv";

enum { COLUMNS = 100, BARS = 100000, FAST = 10, SLOW = 10 };

typedef struct input {
  crucible_series *series;
  crucible_bars bars;
  crucible_pool *pool;
  double points[2 * COLUMNS]; /* fast, slow */
  crucible_rule rules[2];
  crucible_sweep *sweep;
  size_t n_words;
  uint64_t *up, *down; /* [COLUMNS * n_words] */
  double *sigma, *volume;
  crucible_instrument instrument;
  crucible_ledger last; /* of the last column of a simulation */
} input;

static const int32_t go_up[] = {0}, go_down[] = {1};

/* Fast windows of 5 to 23 bars in steps of 2, slow ones of 40 to 148 in steps
   of 12; with is_distinct no two columns share a window. */
static void draw_points(input *in, int is_distinct) {
  for (size_t c = 0; c < COLUMNS; ++c) {
    in->points[c] = is_distinct ? 5 + (double)c : 5 + 2 * (double)(c % FAST);
    in->points[COLUMNS + c] =
        is_distinct ? 105 + (double)c : 40 + 12 * (double)(c / FAST % SLOW);
  }
}

static crucible_operand average(const char *name, const double *periods) {
  return (crucible_operand){
      .kind = CRUCIBLE_OPERAND_FEATURE, .feature = name, .values = {periods}};
}

/* What fills cost: forecasts from plain windows, a spot pair's profile. */
static void read_market(input *in, const bench_context *context) {
  char path[1024];
  size_t n = in->bars.n, window = 48;
  in->sigma = malloc(n * sizeof *in->sigma);
  in->volume = malloc(n * sizeof *in->volume);
  crucible_feature_spec spec = {.name = "REALIZED_VOL",
                                .params = {(double)window}};
  bench_must(crucible_features_compute(&spec, 1, &in->bars, NULL, in->sigma));
  bench_must(crucible_volume_forecast(in->bars.volume, n, window, in->volume));
  (void)snprintf(path, sizeof path, "%s/examples/data/instruments.json",
                 context->source);
  in->instrument.struct_size = sizeof in->instrument;
  bench_must(crucible_instrument_read(path, "BTCUSDT", &in->instrument));
}

static void *open_input(bench_context *context, const char *name,
                        int is_distinct, uint32_t threads) {
  input *in = calloc(1, sizeof *in);
  int is_shared = context->shared != NULL && !context->is_quick;
  char path[1024];
  (void)snprintf(path, sizeof path, "%s/%s",
                 is_shared ? context->shared : context->source,
                 is_shared ? shared_file : sample_file);
  bench_must(crucible_series_read_csv(path, NULL, &in->series));
  in->bars.struct_size = sizeof in->bars;
  bench_must(crucible_series_view(in->series, &in->bars));
  if (in->bars.n > BARS)
    in->bars.n = BARS;
  if (threads > 1)
    bench_must(crucible_pool_create(threads, &in->pool));
  draw_points(in, is_distinct);
  for (size_t r = 0; r < 2; ++r)
    in->rules[r] = (crucible_rule){.left = average(name, in->points),
                                   .right = average(name, in->points + COLUMNS),
                                   .comparison = r ? CRUCIBLE_CROSSES_BELOW
                                                   : CRUCIBLE_CROSSES_ABOVE};
  crucible_sweep_spec spec;
  crucible_sweep_spec_init(&spec, sizeof spec);
  spec.n_columns = COLUMNS;
  spec.rules = in->rules;
  spec.n_rules = 2;
  spec.enter_long = (crucible_rule_program){go_up, 1};
  spec.exit_long = (crucible_rule_program){go_down, 1};
  const crucible_bars *bars = &in->bars;
  bench_must(crucible_sweep_create(&bars, 1, &spec, in->pool, &in->sweep));
  in->n_words = (in->bars.n + 63) / 64;
  in->up = calloc(COLUMNS * in->n_words, sizeof *in->up);
  in->down = calloc(COLUMNS * in->n_words, sizeof *in->down);
  read_market(in, context);
  context->work = (double)COLUMNS * (double)in->bars.n;
  return in;
}

static void stop(void *data) {
  input *in = data;
  crucible_sweep_destroy(in->sweep);
  crucible_pool_destroy(in->pool);
  crucible_series_destroy(in->series);
  free(in->up);
  free(in->down);
  free(in->sigma);
  free(in->volume);
  free(in);
}

static void pass(void *data) {
  input *in = data;
  bench_must(crucible_sweep_flags(in->sweep, 0, COLUMNS, in->up, in->down, NULL,
                                  NULL));
  bench_keep((double)in->up[0]);
}

/* From the bars to records and metrics. */
static crucible_backtest *simulate(input *in, int is_fused) {
  const crucible_market market = {.struct_size = sizeof market,
                                  .bars = &in->bars,
                                  .sigma = in->sigma,
                                  .volume_forecast = in->volume};
  crucible_plan plan;
  crucible_backtest_options options;
  crucible_simulation simulation;
  crucible_signal_source source = {.struct_size = sizeof source};
  crucible_backtest *run;
  crucible_plan_init(&plan, sizeof plan);
  crucible_backtest_options_init(&options, sizeof options);
  crucible_simulation_init(&simulation, sizeof simulation);
  plan.decides = CRUCIBLE_DECIDE_SIGNALS;
  options.initial_cash = 1e6;
  simulation.markets = &market;
  simulation.instruments = &in->instrument;
  simulation.n_markets = 1;
  simulation.n_columns = COLUMNS;
  simulation.plans = &plan;
  simulation.n_plans = 1;
  simulation.options = &options;
  if (is_fused) {
    bench_must(crucible_sweep_source(in->sweep, 0, &source));
    simulation.source = &source;
  } else {
    const crucible_flags up = {.data = in->up,
                               .rows = in->bars.n,
                               .cols = COLUMNS,
                               .col_stride = (ptrdiff_t)in->n_words,
                               .layout = CRUCIBLE_FLAGS_BITS};
    simulation.enter_long = simulation.exit_long = up;
    simulation.exit_long.data = in->down;
  }
  bench_must(crucible_simulate(&simulation, in->pool, NULL, &run));
  return run;
}

static crucible_ledger last_ledger(const crucible_backtest *run) {
  crucible_summary summary = {.struct_size = sizeof summary};
  bench_must(crucible_backtest_summary(run, COLUMNS - 1, &summary));
  return summary.ledger;
}

static void pass_simulated(void *data) {
  input *in = data;
  crucible_backtest *run = simulate(in, 1);
  in->last = last_ledger(run);
  crucible_backtest_destroy(run);
}

/* The same from flags that were stored first. */
static int check_simulated(void *data) {
  input *in = data;
  pass(data);
  pass_simulated(data);
  crucible_backtest *run = simulate(in, 0);
  crucible_ledger stored = last_ledger(run);
  crucible_backtest_destroy(run);
  return in->last.equity == stored.equity && in->last.n_trades > 3 &&
         in->last.n_trades == stored.n_trades;
}

/* One column against whole columns of the features. */
static int check(void *data) {
  input *in = data;
  size_t n = in->bars.n, column = 37;
  double *values = malloc(2 * n * sizeof *values);
  int is_right = 1;
  pass(data);
  for (size_t s = 0; s < 2; ++s) {
    crucible_feature_spec spec = {.name = in->rules[0].left.feature};
    for (size_t i = 0; i < CRUCIBLE_FEATURE_PARAMS_MAX; ++i)
      spec.params[i] = (double)NAN;
    spec.params[0] = in->points[s * COLUMNS + column];
    bench_must(
        crucible_features_compute(&spec, 1, &in->bars, NULL, values + s * n));
  }
  const double *fast = values, *slow = values + n;
  for (size_t i = 0, below = 0; i < n; ++i) {
    int goes = below && fast[i] > slow[i] && !(fast[i - 1] > slow[i - 1]);
    below = below || fast[i] < slow[i];
    is_right &=
        goes == (int)(in->up[column * in->n_words + i / 64] >> (i % 64) & 1);
  }
  free(values);
  return is_right;
}

#define START(id, name, is_distinct, threads)                                  \
  static void *start_##id(bench_context *context) {                            \
    return open_input(context, name, is_distinct, threads);                    \
  }
START(sma, "SMA", 0, 1)
START(sma_2, "SMA", 0, 2)
START(sma_distinct, "SMA", 1, 1)
START(ema_distinct, "EMA", 1, 1)
START(max_distinct, "MAX", 1, 1)
#undef START

extern const bench_case bench_sweep[];
const bench_case bench_sweep[] = {
    {"100_sma_crosses", "ns", start_sma, pass, 0, check, stop},
    {"100_sma_crosses_2_threads", "ns", start_sma_2, pass, 0, check, stop},
    {"100_sma_crosses_200_windows", "ns", start_sma_distinct, pass, 0, check,
     stop},
    {"100_ema_crosses_200_windows", "ns", start_ema_distinct, pass, 0, check,
     stop},
    {"100_max_crosses_200_windows", "ns", start_max_distinct, pass, 0, check,
     stop},
    {"100_sma_crosses_simulated", "ns", start_sma, pass_simulated, 0,
     check_simulated, stop},
    {"100_sma_crosses_simulated_2_threads", "ns", start_sma_2, pass_simulated,
     0, check_simulated, stop},
    {"100_sma_crosses_200_windows_simulated", "ns", start_sma_distinct,
     pass_simulated, 0, check_simulated, stop},
    {0}};
