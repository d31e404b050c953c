/* SPDX-License-Identifier: Apache-2.0 */
/* Bars with the forecasts that costs and stops are made from, and the options
   of an account, both as the configuration says. */
#ifndef RUN_MARKET_H
#define RUN_MARKET_H

#include <crucible/crucible.h>

#include "run_config.h"

typedef struct run_market {
  crucible_market market; /* refers to the columns below */
  double *sigma;
  double *volume_forecast;
} run_market;

/* Forecasts over bars, which are lent. Exit code; freed by market_free() in
   every case. */
int market_make(const crucible_bars *bars, const run_config *config,
                run_market *market);
void market_free(run_market *market);

/* How volatility and volume are forecast. Exit code. */
int market_forecasts(const run_config *config,
                     crucible_egarch_rolling_options *volatility,
                     uint32_t *volume_window);

/* A perpetual's history of funding rates. */
typedef struct run_funding {
  int64_t *time_ms; /* [n] */
  double *rate;     /* [n] */
  size_t n;
} run_funding;

/* Reads it from a file. Exit code; freed by funding_free() in every case. */
int funding_read(const char *path, run_funding *funding);
void funding_free(run_funding *funding);

/* Capital, costs and path of a backtest. Exit code. */
int market_options(const run_config *config,
                   crucible_backtest_options *options);

#endif
