/* SPDX-License-Identifier: Apache-2.0 */
/* Buys when RSI(14) falls below 30, sells above 50; all costs are paid. Run it
   from the root of the source tree, or give a CSV file and instruments.json. */
#include <stdio.h>
#include <stdlib.h>

#include <crucible/crucible.h>

static void must(crucible_status status) {
  if (status == CRUCIBLE_OK)
    return;
  fprintf(stderr, "%s\n", crucible_last_error());
  exit(1);
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

  /* One column of scores: 30 - RSI, so that > 0 means "below 30". */
  double *score = malloc(bars.n * sizeof *score);
  double *sigma = malloc(bars.n * sizeof *sigma);
  double *volume = malloc(bars.n * sizeof *volume);
  if (score == NULL || sigma == NULL || volume == NULL)
    exit(1);
  crucible_feature_spec rsi = {.name = "RSI", .params = {14}};
  must(crucible_features_compute(&rsi, 1, &bars, NULL, score));
  for (size_t i = 0; i < bars.n; ++i)
    score[i] = 30 - score[i];
  crucible_matrix scores = {score, bars.n, 1, 1, (ptrdiff_t)bars.n};

  /* What the slippage is made of: EGARCH forecasts and closed volumes. */
  crucible_egarch_rolling_options egarch;
  crucible_egarch_rolling_options_init(&egarch, sizeof egarch);
  egarch.first = 432;
  must(crucible_egarch_rolling_forecasts(&egarch, bars.close, bars.n, sigma));
  must(crucible_volume_forecast(bars.volume, bars.n, 12, volume));
  crucible_market market = {.struct_size = sizeof market,
                            .bars = &bars,
                            .sigma = sigma,
                            .volume_forecast = volume};

  crucible_plan plan;
  crucible_plan_init(&plan, sizeof plan);
  plan.theta_out = -20; /* leave when RSI > 50 */
  plan.stop_sigma = 8;
  plan.horizon_bars = 48;
  crucible_backtest *run;
  crucible_summary sum = {.struct_size = sizeof sum};
  must(crucible_backtest_run(&market, &btc, &scores, &plan, 1, NULL, NULL, NULL,
                             &run));
  must(crucible_backtest_summary(run, 0, &sum));
  printf("%s: %llu trades, equity %.2f after %.2f\n", bars.symbol,
         (unsigned long long)sum.ledger.n_trades, sum.ledger.equity,
         sum.ledger.initial_cash);
  printf("fees %.2f, spread %.2f, slippage %.2f; PSR %.3f\n",
         sum.ledger.costs.fee, sum.ledger.costs.spread,
         sum.ledger.costs.slippage, sum.metrics.psr);
  crucible_backtest_destroy(run);
  crucible_series_destroy(series);
  free(score);
  free(sigma);
  free(volume);
  return 0;
}
