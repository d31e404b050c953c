/* SPDX-License-Identifier: Apache-2.0 */
/* A hundred crossings of moving averages in one call, all costs paid; prints
   the best ten, with the probability that the best of so many is no luck. Run
   it from the root of the source tree, or give a CSV file and
   instruments.json. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <crucible/crucible.h>

enum { FAST = 10, SLOW = 10, COLUMNS = FAST * SLOW, SHOWN = 10 };

typedef struct result {
  double fast, slow;
  crucible_summary summary;
} result;

static void must(crucible_status status) {
  if (status == CRUCIBLE_OK)
    return;
  fprintf(stderr, "%s\n", crucible_last_error());
  exit(1);
}

/* Every fast window of 3, 6, .. 30 bars with every slow one of 40, 50, ... */
static size_t make_grid(double points[2 * COLUMNS]) {
  double fast[FAST], slow[SLOW];
  size_t n;
  for (size_t i = 0; i < FAST; ++i)
    fast[i] = 3 + 3 * (double)i;
  for (size_t i = 0; i < SLOW; ++i)
    slow[i] = 40 + 10 * (double)i;
  const crucible_grid_axis axes[] = {{fast, FAST}, {slow, SLOW}};
  const crucible_grid_order fast_below_slow = {.less = 0, .greater = 1};
  must(crucible_sweep_grid(axes, 2, &fast_below_slow, 1, COLUMNS, points, &n));
  return n;
}

/* Long while the fast average is above the slow one. */
static crucible_sweep *make_sweep(const crucible_bars *bars,
                                  const double *points, size_t n) {
  const crucible_operand fast = {
      .kind = CRUCIBLE_OPERAND_FEATURE, .feature = "SMA", .values = {points}};
  const crucible_operand slow = {.kind = CRUCIBLE_OPERAND_FEATURE,
                                 .feature = "SMA",
                                 .values = {points + COLUMNS}};
  const crucible_rule rules[] = {{fast, slow, CRUCIBLE_CROSSES_ABOVE, 0},
                                 {fast, slow, CRUCIBLE_CROSSES_BELOW, 0}};
  const int32_t up[] = {0}, down[] = {1};
  crucible_sweep_spec spec;
  crucible_sweep *sweep;
  crucible_sweep_spec_init(&spec, sizeof spec);
  spec.n_columns = n;
  spec.rules = rules;
  spec.n_rules = 2;
  spec.enter_long = (crucible_rule_program){up, 1};
  spec.exit_long = (crucible_rule_program){down, 1};
  must(crucible_sweep_create(&bars, 1, &spec, NULL, &sweep));
  return sweep;
}

static crucible_backtest *run(const crucible_bars *bars,
                              const crucible_instrument *instrument,
                              crucible_sweep *sweep, size_t n) {
  double *sigma = malloc(bars->n * sizeof *sigma);
  double *volume = malloc(bars->n * sizeof *volume);
  if (sigma == NULL || volume == NULL)
    exit(1);
  crucible_egarch_rolling_options egarch;
  crucible_egarch_rolling_options_init(&egarch, sizeof egarch);
  egarch.first = 432;
  must(crucible_egarch_rolling_forecasts(&egarch, bars->close, bars->n, sigma));
  must(crucible_volume_forecast(bars->volume, bars->n, 12, volume));
  const crucible_market market = {.struct_size = sizeof market,
                                  .bars = bars,
                                  .sigma = sigma,
                                  .volume_forecast = volume};
  crucible_plan plan;
  crucible_plan_init(&plan, sizeof plan);
  plan.decides = CRUCIBLE_DECIDE_SIGNALS;

  crucible_signal_source source = {.struct_size = sizeof source};
  must(crucible_sweep_source(sweep, 0, &source));
  crucible_simulation simulation;
  crucible_simulation_init(&simulation, sizeof simulation);
  simulation.markets = &market;
  simulation.instruments = instrument;
  simulation.n_markets = 1;
  simulation.n_columns = n;
  simulation.plans = &plan;
  simulation.n_plans = 1;
  simulation.source = &source;
  crucible_backtest *backtest;
  must(crucible_simulate(&simulation, NULL, NULL, &backtest));
  free(sigma);
  free(volume);
  return backtest;
}

static int better_first(const void *a, const void *b) {
  double x = ((const result *)a)->summary.metrics.sharpe;
  double y = ((const result *)b)->summary.metrics.sharpe;
  if (isnan(x) || isnan(y))
    return (isnan(x) != 0) - (isnan(y) != 0);
  return (x < y) - (x > y);
}

int main(int argc, char **argv) {
  const char *file = argc > 1 ? argv[1]
                              : "examples/data/"
                                "BTCUSDT-5m-2023-03-20_2023-03-28.csv";
  const char *profiles = argc > 2 ? argv[2] : "examples/data/instruments.json";
  crucible_series *series;
  crucible_bars bars = {.struct_size = sizeof bars};
  crucible_instrument btc = {.struct_size = sizeof btc};
  must(crucible_series_read_csv(file, NULL, &series));
  must(crucible_series_view(series, &bars));
  must(crucible_instrument_read(profiles, bars.symbol, &btc));

  double points[2 * COLUMNS], sharpe[COLUMNS];
  size_t n = make_grid(points);
  crucible_sweep *sweep = make_sweep(&bars, points, n);
  crucible_sweep_info info = {.struct_size = sizeof info};
  must(crucible_sweep_describe(sweep, &info));
  printf("%s: %zu columns of %zu bars from %zu averages\n", bars.symbol, n,
         bars.n, info.n_features);

  crucible_backtest *backtest = run(&bars, &btc, sweep, n);
  static result results[COLUMNS];
  for (size_t c = 0; c < n; ++c) {
    results[c] = (result){.fast = points[c],
                          .slow = points[COLUMNS + c],
                          .summary.struct_size = sizeof results[c].summary};
    must(crucible_backtest_summary(backtest, c, &results[c].summary));
    sharpe[c] = results[c].summary.metrics.sharpe;
  }
  qsort(results, n, sizeof *results, better_first);

  /* The best of n is lucky: DSR asks what n trials would show by chance. */
  crucible_dsr_options trials = {.struct_size = sizeof trials};
  must(crucible_dsr_trials(sharpe, n, &trials));
  printf("fast slow trades   equity   fees  sharpe    PSR    DSR\n");
  for (size_t i = 0; i < SHOWN && i < n; ++i) {
    crucible_summary *s = &results[i].summary;
    must(crucible_metrics_deflate(&s->metrics, &trials));
    printf("%4.0f %4.0f %6llu %8.2f %6.2f %7.4f %6.3f %6.3f\n", results[i].fast,
           results[i].slow, (unsigned long long)s->ledger.n_trades,
           s->ledger.equity, s->ledger.costs.fee, s->metrics.sharpe,
           s->metrics.psr, s->metrics.dsr);
  }
  crucible_backtest_destroy(backtest);
  crucible_sweep_destroy(sweep);
  crucible_series_destroy(series);
  return 0;
}
