/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include <crucible/stats.h>

#include "base/base_status.h"
#include "stats/moments.h"

static crucible_status check_pointer(const void *pointer, const char *name) {
  if (pointer == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one", name);
  return CRUCIBLE_OK;
}

/* What "not defined here" looks like, also for what no double can hold. */
static double or_nan(double value) {
  return isfinite(value) ? value : (double)NAN;
}

static crucible_metrics_options metrics_defaults(void) {
  return (crucible_metrics_options){.struct_size =
                                        sizeof(crucible_metrics_options),
                                    .periods_per_year = 365.0 * 24 * 12,
                                    .target_return = 0};
}

void crucible_metrics_options_init(crucible_metrics_options *options,
                                   size_t struct_size) {
  const crucible_metrics_options defaults = metrics_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

/* Returns of the curve: up to and with the first bar at or below zero, since
   nothing has a return on nothing. */
static size_t n_returns_of(const double *equity, size_t n) {
  size_t t = 1;
  while (t < n && equity[t] > 0)
    ++t;
  return t < n ? t : n - 1;
}

static double return_at(const double *equity, size_t t) {
  return equity[t + 1] / equity[t] - 1;
}

/* Mean and sums of deviations, in two passes over returns never stored. */
static crucible__moment_sums sums_of(const double *equity, size_t n_returns) {
  double sum = 0, rest = 0;
  for (size_t t = 0; t < n_returns; ++t)
    sum += return_at(equity, t);
  const double rough = sum / (double)n_returns;
  for (size_t t = 0; t < n_returns; ++t)
    rest += return_at(equity, t) - rough;
  crucible__moment_sums sums = {.n = (double)n_returns,
                                .mean = rough + rest / (double)n_returns};
  for (size_t t = 0; t < n_returns; ++t) {
    const double d = return_at(equity, t) - sums.mean, d2 = d * d;
    sums.m2 += d2;
    sums.m3 += d2 * d;
    sums.m4 += d2 * d2;
  }
  return sums;
}

static double downside_deviation(const double *equity, size_t n_returns,
                                 double target) {
  double sum = 0;
  for (size_t t = 0; t < n_returns; ++t) {
    const double shortfall = fmin(return_at(equity, t) - target, 0);
    sum += shortfall * shortfall;
  }
  return sqrt(sum / (double)n_returns);
}

static void fill_drawdown(const double *equity, size_t n,
                          crucible_metrics *out) {
  double peak = equity[0];
  uint64_t below = 0;
  for (size_t t = 1; t < n; ++t) {
    if (equity[t] >= peak) {
      peak = equity[t];
      below = 0;
      continue;
    }
    ++below;
    out->max_drawdown = fmax(out->max_drawdown, 1 - equity[t] / peak);
    if (below > out->max_drawdown_bars)
      out->max_drawdown_bars = below;
  }
}

static void fill_ratios(const double *equity, size_t n_returns,
                        const crucible_metrics_options *options,
                        crucible_metrics *out) {
  const double root = sqrt(options->periods_per_year);
  const crucible__moment_sums sums = sums_of(equity, n_returns);
  const double downside =
      downside_deviation(equity, n_returns, options->target_return);
  crucible_moments moments = {0};
  out->n_returns = n_returns;
  out->sortino = or_nan((sums.mean - options->target_return) / downside);
  out->annualised_sortino = or_nan(out->sortino * root);
  out->annualised_volatility = (double)NAN;
  out->sharpe = out->annualised_sharpe = (double)NAN;
  out->skewness = out->kurtosis = out->psr = (double)NAN;
  if (n_returns < 2)
    return;
  if (crucible__moments_are_noise(&sums)) {
    out->annualised_volatility = 0;
    return;
  }
  if (crucible__moments_from(&sums, &moments) != CRUCIBLE_OK)
    return;
  out->annualised_volatility = or_nan(moments.stddev * root);
  out->sharpe = moments.mean / moments.stddev;
  out->annualised_sharpe = or_nan(out->sharpe * root);
  out->skewness = moments.skewness;
  out->kurtosis = moments.kurtosis;
  double psr;
  if (crucible_psr(out->sharpe, 0, n_returns, moments.skewness,
                   moments.kurtosis, &psr) == CRUCIBLE_OK)
    out->psr = psr;
}

crucible_status crucible_metrics_of(const double *equity, size_t n,
                                    const crucible_metrics_options *options,
                                    crucible_metrics *metrics) {
  crucible_metrics_options chosen = metrics_defaults();
  crucible_metrics found = {.struct_size = sizeof found};
  CRUCIBLE__TRY(check_pointer(equity, "equity"));
  CRUCIBLE__TRY(check_pointer(metrics, "metrics"));
  CRUCIBLE__TRY(crucible__options_read(&chosen, sizeof chosen, options,
                                       "crucible_metrics_options"));
  if (!(chosen.periods_per_year > 0) || !isfinite(chosen.periods_per_year))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "periods_per_year is %g: give bars in a year, > 0",
                          chosen.periods_per_year);
  if (!isfinite(chosen.target_return))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "target_return is %g: give a return per bar",
                          chosen.target_return);
  if (n < 2)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is %zu: an equity curve needs at least 2 bars", n);
  CRUCIBLE__TRY(crucible__check_finite(equity, n, "equity"));
  if (!(equity[0] > 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "equity[0] is %g: start with a capital > 0",
                          equity[0]);
  const double growth = equity[n - 1] / equity[0];
  const double years = (double)(n - 1) / chosen.periods_per_year;
  found.total_return = or_nan(growth - 1);
  found.annualised_return =
      growth > 0 ? or_nan(expm1(log(growth) / years)) : -1;
  fill_drawdown(equity, n, &found);
  found.calmar = or_nan(found.annualised_return / found.max_drawdown);
  fill_ratios(equity, n_returns_of(equity, n), &chosen, &found);
  return crucible__result_write(metrics, &found, sizeof found,
                                "crucible_metrics");
}

crucible_status crucible_trade_metrics_of(const double *results, size_t n,
                                          crucible_trade_metrics *metrics) {
  crucible_trade_metrics found = {.struct_size = sizeof found, .n_trades = n};
  double gains = 0, losses = 0;
  size_t n_gains = 0, n_losses = 0;
  CRUCIBLE__TRY(check_pointer(metrics, "metrics"));
  if (n > 0)
    CRUCIBLE__TRY(check_pointer(results, "results"));
  CRUCIBLE__TRY(crucible__check_finite(results, n, "results"));
  found.best = found.worst = n > 0 ? results[0] : (double)NAN;
  for (size_t i = 0; i < n; ++i) {
    found.best = fmax(found.best, results[i]);
    found.worst = fmin(found.worst, results[i]);
    if (results[i] > 0) {
      gains += results[i];
      ++n_gains;
    } else if (results[i] < 0) {
      losses -= results[i];
      ++n_losses;
    }
  }
  /* 0 / 0 is the NaN that the header promises. */
  found.win_rate = or_nan((double)n_gains / (double)n);
  found.profit_factor = or_nan(gains / losses);
  found.mean_result = or_nan((gains - losses) / (double)n);
  found.mean_gain = or_nan(gains / (double)n_gains);
  found.mean_loss = or_nan(-losses / (double)n_losses);
  found.expectancy = or_nan(found.mean_result / -found.mean_loss);
  return crucible__result_write(metrics, &found, sizeof found,
                                "crucible_trade_metrics");
}

crucible_status crucible_drawdown(const double *equity, size_t n,
                                  double *drawdown) {
  CRUCIBLE__TRY(check_pointer(equity, "equity"));
  CRUCIBLE__TRY(check_pointer(drawdown, "drawdown"));
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: a drawdown needs at least one bar");
  for (size_t t = 0; t < n; ++t)
    if (!(equity[t] > 0) || !isfinite(equity[t]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "equity[%zu] is %g: a drawdown is a share of a "
                            "capital > 0",
                            t, equity[t]);
  double peak = equity[0];
  for (size_t t = 0; t < n; ++t) {
    peak = fmax(peak, equity[t]);
    drawdown[t] = 1 - equity[t] / peak;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_exposure(const double *position, size_t n,
                                  double *exposure) {
  size_t held = 0;
  CRUCIBLE__TRY(check_pointer(position, "position"));
  CRUCIBLE__TRY(check_pointer(exposure, "exposure"));
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: exposure needs at least one bar");
  CRUCIBLE__TRY(crucible__check_finite(position, n, "position"));
  for (size_t t = 0; t < n; ++t)
    held += position[t] != 0;
  *exposure = (double)held / (double)n;
  return CRUCIBLE_OK;
}

crucible_status crucible_turnover(const double *notional, size_t n_fills,
                                  const double *equity, size_t n,
                                  double *turnover) {
  double traded = 0, sum = 0;
  if (n_fills > 0)
    CRUCIBLE__TRY(check_pointer(notional, "notional"));
  CRUCIBLE__TRY(check_pointer(equity, "equity"));
  CRUCIBLE__TRY(check_pointer(turnover, "turnover"));
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: turnover needs at least one bar of equity");
  CRUCIBLE__TRY(crucible__check_finite(notional, n_fills, "notional"));
  CRUCIBLE__TRY(crucible__check_finite(equity, n, "equity"));
  for (size_t i = 0; i < n_fills; ++i)
    traded += fabs(notional[i]);
  for (size_t t = 0; t < n; ++t)
    sum += equity[t];
  const double mean = sum / (double)n;
  if (!(mean > 0) || !isfinite(traded / mean))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "%g traded over a mean equity of %g: turnover needs "
                          "a capital > 0",
                          traded, mean);
  *turnover = traded / mean;
  return CRUCIBLE_OK;
}
