/* SPDX-License-Identifier: Apache-2.0 */
#include "run_market.h"

#include <stdlib.h>
#include <string.h>

#include "run.h"

void market_free(run_market *market) {
  free(market->sigma);
  free(market->volume_forecast);
  *market = (run_market){0};
}

static int read_whole(const run_config *config, const char *path,
                      uint32_t *value) {
  double number = 0;
  int code = config_number(config, path, &number);
  *value = (uint32_t)number;
  return code;
}

int market_forecasts(const run_config *config,
                     crucible_egarch_rolling_options *volatility,
                     uint32_t *volume_window) {
  crucible_egarch_rolling_options_init(volatility, sizeof *volatility);
  int code = read_whole(config, "volatility.window", &volatility->window);
  if (code == RUN_OK)
    code = read_whole(config, "volatility.first", &volatility->first);
  if (code == RUN_OK)
    code = read_whole(config, "volatility.refit", &volatility->refit);
  if (code == RUN_OK)
    code = read_whole(config, "costs.volume_window", volume_window);
  return code;
}

int market_make(const crucible_bars *bars, const run_config *config,
                run_market *market) {
  *market = (run_market){.market = {.struct_size = sizeof market->market}};
  crucible_egarch_rolling_options options;
  uint32_t window = 0;
  int code = market_forecasts(config, &options, &window);
  if (code != RUN_OK)
    return code;
  if (bars->n <= options.first + 1)
    return run_fail(RUN_DATA,
                    "%zu bars are too few: the volatility forecast begins "
                    "after %u (volatility.first)",
                    bars->n, options.first + 1);
  market->sigma = malloc(bars->n * sizeof(double));
  market->volume_forecast = malloc(bars->n * sizeof(double));
  if (market->sigma == NULL || market->volume_forecast == NULL)
    return run_fail(RUN_FAILED, "out of memory");
  crucible_status status = crucible_egarch_rolling_forecasts(
      &options, bars->close, bars->n, market->sigma);
  if (status == CRUCIBLE_OK)
    status = crucible_volume_forecast(bars->volume, bars->n, window,
                                      market->volume_forecast);
  if (status != CRUCIBLE_OK)
    return run_fail_status(status, "forecasts");
  market->market.bars = bars;
  market->market.sigma = market->sigma;
  market->market.volume_forecast = market->volume_forecast;
  return RUN_OK;
}

int funding_read(const char *path, run_funding *funding) {
  *funding = (run_funding){.n = 0};
  size_t n = 0;
  crucible_status status = crucible_funding_read_csv(path, NULL, NULL, 0, &n);
  if (status == CRUCIBLE_OK) {
    funding->time_ms = calloc(n, sizeof *funding->time_ms);
    funding->rate = calloc(n, sizeof *funding->rate);
    if (funding->time_ms == NULL || funding->rate == NULL)
      return run_fail(RUN_FAILED, "out of memory");
    status = crucible_funding_read_csv(path, funding->time_ms, funding->rate, n,
                                       &funding->n);
  }
  if (status == CRUCIBLE_OK && funding->n != n)
    return run_fail(RUN_DATA, "%s changed while it was read", path);
  if (status == CRUCIBLE_E_IO || status == CRUCIBLE_E_TOO_SHORT)
    return run_fail_as(RUN_DATA, "--funding");
  return status == CRUCIBLE_OK ? RUN_OK : run_fail_status(status, NULL);
}

void funding_free(run_funding *funding) {
  free(funding->time_ms);
  free(funding->rate);
  *funding = (run_funding){.n = 0};
}

int market_options(const run_config *config,
                   crucible_backtest_options *options) {
  crucible_backtest_options_init(options, sizeof *options);
  const struct {
    const char *path;
    double *value;
  } numbers[] = {{"account.cash", &options->initial_cash},
                 {"account.leverage", &options->leverage},
                 {"costs.spread_bps", &options->costs.spread_bps},
                 {"costs.impact_y", &options->costs.impact_y},
                 {"costs.impact_exponent", &options->costs.impact_exponent},
                 {"costs.fixed_slippage", &options->costs.fixed_slippage},
                 {"costs.almgren_gamma", &options->costs.almgren_gamma},
                 {"costs.almgren_eta", &options->costs.almgren_eta},
                 {"costs.bars_per_day", &options->costs.bars_per_day}};
  for (size_t i = 0; i < RUN_COUNT(numbers); ++i) {
    int code = config_number(config, numbers[i].path, numbers[i].value);
    if (code != RUN_OK)
      return code;
  }
  const char *path = "", *funding = "", *law = "";
  int code = config_text(config, "account.path", &path);
  if (code == RUN_OK)
    code = config_text(config, "account.funding", &funding);
  if (code == RUN_OK)
    code = config_text(config, "costs.impact_law", &law);
  options->path = strcmp(path, "ohlc") == 0   ? CRUCIBLE_PATH_OHLC
                  : strcmp(path, "olhc") == 0 ? CRUCIBLE_PATH_OLHC
                                              : CRUCIBLE_PATH_PESSIMISTIC;
  options->funding = strcmp(funding, "unavailable") == 0
                         ? CRUCIBLE_FUNDING_UNAVAILABLE
                         : CRUCIBLE_FUNDING_REFUSE;
  options->costs.impact_law =
      strcmp(law, "linear") == 0    ? CRUCIBLE_IMPACT_LINEAR
      : strcmp(law, "almgren") == 0 ? CRUCIBLE_IMPACT_ALMGREN
      : strcmp(law, "fixed") == 0   ? CRUCIBLE_IMPACT_FIXED
                                    : CRUCIBLE_IMPACT_POWER;
  return code;
}
