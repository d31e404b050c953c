/* SPDX-License-Identifier: Apache-2.0 */
/* Bars with the forecasts that costs and stops are made from, and the options
   of an account, both as the configuration says. */
#ifndef RUN_MARKET_H
#define RUN_MARKET_H

#include <crucible/crucible.h>

#include "run_config.h"

/* A perpetual's history of funding rates. */
typedef struct run_funding {
  const char *path; /* NULL: none */
  int64_t *time_ms; /* [n] */
  double *rate;     /* [n] */
  size_t n;
  int64_t interval_ms; /* longest time without one; 0: any */
} run_funding;

/* Reads it from a file. Exit code; freed by funding_free() in every case. */
int funding_read(const char *path, run_funding *funding);
void funding_free(run_funding *funding);

/* How volatility, volume and spread are forecast. */
typedef struct run_forecasts {
  crucible_egarch_rolling_options volatility;
  uint32_t volume_window;
  int has_spread; /* estimated from the bars; else it is the options' */
  uint32_t edge_window, edge_refit;
} run_forecasts;

/* Exit code. */
int market_forecasts(const run_config *config, run_forecasts *forecasts);

/* Each [bars->n]; spread is written if there is one. */
crucible_status market_forecast(const run_forecasts *forecasts,
                                const crucible_bars *bars, double *sigma,
                                double *volume, double *spread);

typedef struct run_market {
  crucible_market market; /* refers to the columns below */
  double *sigma;
  double *volume_forecast;
  double *spread;  /* NULL: as the options say */
  double *funding; /* NULL: none is known */
} run_market;

/* Forecasts over bars, which are lent, and the funding beside them. Exit code;
   freed by market_free() in every case. */
int market_make(const crucible_bars *bars, const run_config *config,
                const run_funding *funding, run_market *market);
void market_free(run_market *market);

/* Mean of what is known of the estimated spread; NaN without one. */
double market_mean_spread(const run_market *market);

/* Capital, costs and path of a backtest. Exit code. */
int market_options(const run_config *config,
                   crucible_backtest_options *options);

#endif
