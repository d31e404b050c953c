/* SPDX-License-Identifier: Apache-2.0 */
#include "run_market.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "run_text.h"

void market_free(run_market *market) {
  free(market->sigma);
  free(market->volume_forecast);
  free(market->spread);
  free(market->funding);
  *market = (run_market){0};
}

static int read_whole(const run_config *config, const char *path,
                      uint32_t *value) {
  double number = 0;
  int code = config_number(config, path, &number);
  *value = (uint32_t)number;
  return code;
}

int market_forecasts(const run_config *config, run_forecasts *forecasts) {
  *forecasts = (run_forecasts){.has_spread = 0};
  crucible_egarch_rolling_options *volatility = &forecasts->volatility;
  crucible_egarch_rolling_options_init(volatility, sizeof *volatility);
  const struct {
    const char *path;
    uint32_t *value;
  } numbers[] = {{"volatility.window", &volatility->window},
                 {"volatility.first", &volatility->first},
                 {"volatility.refit", &volatility->refit},
                 {"costs.volume_window", &forecasts->volume_window},
                 {"costs.edge_window", &forecasts->edge_window},
                 {"costs.edge_refit", &forecasts->edge_refit}};
  const char *spread = "";
  int code = config_text(config, "costs.spread", &spread);
  forecasts->has_spread = strcmp(spread, "edge") == 0;
  for (size_t i = 0; i < RUN_COUNT(numbers) && code == RUN_OK; ++i)
    code = read_whole(config, numbers[i].path, numbers[i].value);
  return code;
}

crucible_status market_forecast(const run_forecasts *forecasts,
                                const crucible_bars *bars, double *sigma,
                                double *volume, double *spread) {
  crucible_status status = crucible_egarch_rolling_forecasts(
      &forecasts->volatility, bars->close, bars->n, sigma);
  if (status == CRUCIBLE_OK)
    status = crucible_volume_forecast(bars->volume, bars->n,
                                      forecasts->volume_window, volume);
  if (status == CRUCIBLE_OK && forecasts->has_spread)
    status = crucible_spread_forecast(bars, forecasts->edge_window,
                                      forecasts->edge_refit, spread);
  return status;
}

static int check_length(const crucible_bars *bars,
                        const run_forecasts *forecasts) {
  uint32_t first = forecasts->volatility.first;
  if (bars->n <= first + 1)
    return run_fail(RUN_DATA,
                    "%zu bars are too few: the volatility forecast begins "
                    "after %u (volatility.first)",
                    bars->n, first + 1);
  if (forecasts->has_spread && bars->n <= forecasts->edge_window)
    return run_fail(RUN_DATA,
                    "%zu bars are too few: the spread is estimated from %u "
                    "(costs.edge_window)",
                    bars->n, forecasts->edge_window);
  return RUN_OK;
}

/* A history of other days would mean that nothing is paid. */
static int check_funding(const crucible_bars *bars, const run_funding *funding,
                         const double *column) {
  for (size_t i = 0; i < bars->n; ++i)
    if (column[i] != 0)
      return RUN_OK;
  return run_fail(RUN_DATA,
                  "--funding %s: none of its %zu rates, from %s to %s, falls "
                  "on an open of the bars, from %s to %s: give the history of "
                  "these days",
                  funding->path, funding->n,
                  figure_time(funding->time_ms[0]).text,
                  figure_time(funding->time_ms[funding->n - 1]).text,
                  figure_time(bars->open_time_ms[0]).text,
                  figure_time(bars->open_time_ms[bars->n - 1]).text);
}

static int add_funding(const crucible_bars *bars, const run_funding *funding,
                       run_market *market) {
  if (funding->path == NULL)
    return RUN_OK;
  market->funding = malloc(bars->n * sizeof(double));
  if (market->funding == NULL)
    return run_fail(RUN_FAILED, "out of memory");
  crucible_status status =
      crucible_funding_align(bars, funding->time_ms, funding->rate, funding->n,
                             funding->interval_ms, market->funding);
  if (status != CRUCIBLE_OK)
    return run_fail(status == CRUCIBLE_E_NOMEM ? RUN_FAILED : RUN_DATA,
                    "--funding %s: %s%s", funding->path, crucible_last_error(),
                    funding->interval_ms > 0
                        ? " (here: --set account.funding=unavailable)"
                        : "");
  market->market.funding = market->funding;
  return check_funding(bars, funding, market->funding);
}

int market_make(const crucible_bars *bars, const run_config *config,
                const run_funding *funding, run_market *market) {
  *market = (run_market){.market = {.struct_size = sizeof market->market}};
  run_forecasts forecasts;
  int code = market_forecasts(config, &forecasts);
  if (code == RUN_OK)
    code = check_length(bars, &forecasts);
  if (code != RUN_OK)
    return code;
  market->sigma = malloc(bars->n * sizeof(double));
  market->volume_forecast = malloc(bars->n * sizeof(double));
  if (forecasts.has_spread)
    market->spread = malloc(bars->n * sizeof(double));
  if (market->sigma == NULL || market->volume_forecast == NULL ||
      (forecasts.has_spread && market->spread == NULL))
    return run_fail(RUN_FAILED, "out of memory");
  crucible_status status = market_forecast(
      &forecasts, bars, market->sigma, market->volume_forecast, market->spread);
  if (status != CRUCIBLE_OK)
    return run_fail_status(status, "forecasts");
  market->market.bars = bars;
  market->market.sigma = market->sigma;
  market->market.volume_forecast = market->volume_forecast;
  market->market.spread = market->spread;
  return add_funding(bars, funding, market);
}

double market_mean_spread(const run_market *market) {
  double sum = 0, n = 0;
  for (size_t i = 0; market->spread != NULL && i < market->market.bars->n; ++i)
    if (!isnan(market->spread[i])) {
      sum += market->spread[i];
      ++n;
    }
  return n > 0 ? sum / n : (double)NAN;
}

int funding_read(const char *path, run_funding *funding) {
  *funding = (run_funding){.path = path};
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
                 {"account.borrow_rate", &options->borrow_rate},
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
  options->path = strcmp(path, "ohlc") == 0       ? CRUCIBLE_PATH_OHLC
                  : strcmp(path, "olhc") == 0     ? CRUCIBLE_PATH_OLHC
                  : strcmp(path, "adaptive") == 0 ? CRUCIBLE_PATH_ADAPTIVE
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
