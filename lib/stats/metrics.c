/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of equity curves: the stream's, and those that need all returns. */
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "stats/figures.h"
#include "stats/moments.h"
#include "stats/order.h"
#include "stats/sharpe_law.h"

static crucible_status check_pointer(const void *pointer, const char *name) {
  if (pointer == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one", name);
  return CRUCIBLE_OK;
}

static crucible_metrics_options metrics_defaults(void) {
  return (crucible_metrics_options){.struct_size =
                                        sizeof(crucible_metrics_options),
                                    .periods_per_year = 365.0 * 24 * 12,
                                    .tail = 0.05};
}

void crucible_metrics_options_init(crucible_metrics_options *options,
                                   size_t struct_size) {
  const crucible_metrics_options defaults = metrics_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

crucible_status
crucible__metrics_options_read(const crucible_metrics_options *given,
                               crucible_metrics_options *chosen) {
  *chosen = metrics_defaults();
  CRUCIBLE__TRY(crucible__options_read(chosen, sizeof *chosen, given,
                                       "crucible_metrics_options"));
  if (chosen->tail == 0)
    chosen->tail = 0.05;
  if (!(chosen->periods_per_year > 0) || !isfinite(chosen->periods_per_year))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "periods_per_year is %g: give bars in a year, > 0",
                          chosen->periods_per_year);
  if (!isfinite(chosen->target_return))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "target_return is %g: give a return per bar",
                          chosen->target_return);
  if (!(chosen->risk_free > -1) || !isfinite(chosen->risk_free))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "risk_free is %g: give a return per bar, > -1",
                          chosen->risk_free);
  if (!isfinite(chosen->benchmark_sharpe))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "benchmark_sharpe is %g: give a ratio per bar",
                          chosen->benchmark_sharpe);
  if (!(chosen->tail > 0 && chosen->tail < 0.5))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "tail is %g: give a share in (0, 0.5)", chosen->tail);
  return CRUCIBLE_OK;
}

static crucible_status check_prices(const double *price, size_t n) {
  for (size_t i = 0; i < n; ++i)
    if (!(price[i] > 0) || !isfinite(price[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "benchmark[%zu] is %g: give a price > 0", i,
                            price[i]);
  return CRUCIBLE_OK;
}

static double return_at(const double *value, size_t t) {
  return value[t + 1] / value[t] - 1;
}

/* The stream of the curve; market is pushed only where there is one. */
static void push_curve(const double *equity, size_t n, const double *benchmark,
                       crucible__return_sums *sums,
                       crucible__market_sums *market) {
  crucible__return_sums_init(sums, equity[0]);
  crucible__market_sums_init(market);
  for (size_t t = 0; t + 1 < n; ++t) {
    const double b = benchmark != NULL ? return_at(benchmark, t) : 0;
    crucible__return_sums_push(sums, equity[t + 1], b);
    if (benchmark != NULL)
      crucible__market_sums_push(market, b);
  }
}

/* The figures about another target than the stream's 0. */
static void set_target(const double *equity, size_t n_returns,
                       const crucible_metrics_options *options,
                       crucible_metrics *metrics) {
  double gain = 0, loss = 0, down2 = 0;
  for (size_t t = 0; t < n_returns; ++t) {
    const double excess = return_at(equity, t) - options->target_return;
    if (excess > 0) {
      gain += excess;
    } else {
      loss -= excess;
      down2 += excess * excess;
    }
  }
  crucible__metrics_set_target(gain, loss, down2, options, metrics);
}

static crucible_status set_tails(const double *equity, size_t n_returns,
                                 double tail, crucible_metrics *metrics) {
  double *returns = crucible__alloc(n_returns, sizeof *returns);
  if (returns == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t t = 0; t < n_returns; ++t)
    returns[t] = return_at(equity, t);
  const double high = crucible__order_quantile(returns, n_returns, 1 - tail);
  const double low = crucible__order_quantile(returns, n_returns, tail);
  /* Those up to the place that low was taken from stand before it. */
  const size_t n_worst = (size_t)(tail * (double)(n_returns - 1)) + 1;
  double sum = 0;
  for (size_t i = 0; i < n_worst; ++i)
    sum += returns[i];
  crucible__free(returns);
  metrics->value_at_risk = crucible__or_nan(low);
  metrics->conditional_value_at_risk = crucible__or_nan(sum / (double)n_worst);
  metrics->tail_ratio = crucible__or_nan(fabs(high) / fabs(low));
  metrics->common_sense =
      crucible__or_nan(metrics->tail_ratio * (1 + metrics->annualised_return));
  return CRUCIBLE_OK;
}

crucible_status crucible_metrics_of(const double *equity, size_t n,
                                    const crucible_metrics_options *options,
                                    crucible_metrics *metrics) {
  crucible_metrics_options chosen;
  crucible_metrics found;
  crucible__return_sums sums;
  crucible__market_sums market;
  CRUCIBLE__TRY(check_pointer(equity, "equity"));
  CRUCIBLE__TRY(check_pointer(metrics, "metrics"));
  CRUCIBLE__TRY(crucible__metrics_options_read(options, &chosen));
  if (n < 2)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is %zu: an equity curve needs at least 2 bars", n);
  CRUCIBLE__TRY(crucible__check_finite(equity, n, "equity"));
  if (!(equity[0] > 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "equity[0] is %g: start with a capital > 0",
                          equity[0]);
  if (chosen.benchmark != NULL)
    CRUCIBLE__TRY(check_prices(chosen.benchmark, n));
  push_curve(equity, n, chosen.benchmark, &sums, &market);
  crucible__metrics_from_sums(&sums, &market, &chosen, &found);
  const size_t n_returns = (size_t)sums.n;
  if (chosen.target_return != 0)
    set_target(equity, n_returns, &chosen, &found);
  CRUCIBLE__TRY(set_tails(equity, n_returns, chosen.tail, &found));
  return crucible__result_write(metrics, &found, sizeof found,
                                "crucible_metrics");
}

crucible_status crucible_dsr_trials(const double *sharpe, size_t n,
                                    crucible_dsr_options *options) {
  crucible_dsr_options found = {.struct_size = sizeof found, .n_trials = n};
  crucible__moment_sums sums = {0};
  CRUCIBLE__TRY(check_pointer(sharpe, "sharpe"));
  CRUCIBLE__TRY(check_pointer(options, "options"));
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n is 0: the pick itself is one trial");
  for (size_t i = 0; i < n; ++i) {
    if (isinf(sharpe[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "sharpe[%zu] is %g: NaN stands for a trial "
                            "without a ratio",
                            i, sharpe[i]);
    if (!isnan(sharpe[i]))
      sums = crucible__moment_sums_add(&sums, sharpe[i]);
  }
  found.trial_sharpe_variance = sums.n > 1 ? sums.m2 / (sums.n - 1) : 0;
  if (!isfinite(found.trial_sharpe_variance))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the variance of the %zu ratios leaves the doubles: "
                          "give ratios per bar",
                          n);
  return crucible__result_write(options, &found, sizeof found,
                                "crucible_dsr_options");
}

crucible_status crucible_metrics_deflate(crucible_metrics *metrics,
                                         const crucible_dsr_options *trials) {
  crucible_dsr_options chosen;
  double expected = 0;
  CRUCIBLE__TRY(check_pointer(metrics, "metrics"));
  crucible_dsr_options_init(&chosen, sizeof chosen);
  CRUCIBLE__TRY(crucible__options_read(&chosen, sizeof chosen, trials,
                                       "crucible_dsr_options"));
  if (chosen.variance_at != CRUCIBLE_VARIANCE_AT_ESTIMATE)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "variance_at is %d: the metrics of a curve are "
                          "deflated at the estimate; give other definitions a "
                          "record and crucible_dsr()",
                          (int)chosen.variance_at);
  if (metrics->struct_size <
      offsetof(crucible_metrics, dsr) + sizeof metrics->dsr)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_metrics.struct_size is %zu: this struct "
                          "has no dsr",
                          metrics->struct_size);
  CRUCIBLE__TRY(crucible_expected_max_sharpe(
      chosen.n_trials, chosen.trial_sharpe_variance, &expected));
  const crucible__sharpe_law law =
      crucible__sharpe_law_from(metrics->sharpe, metrics->skewness,
                                metrics->kurtosis, (double)metrics->n_returns);
  metrics->dsr = crucible__sharpe_p(&law, expected);
  return CRUCIBLE_OK;
}
