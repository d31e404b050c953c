/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of crucible/metrics.h by name, for golden files. */
#ifndef TESTS_SUPPORT_FIGURE_NAMES_H
#define TESTS_SUPPORT_FIGURE_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <crucible/metrics.h>

typedef struct figure_name {
  const char *name;
  size_t offset;
  int is_count; /* uint64_t, else double */
} figure_name;

#define FIGURE(type, field)                                                    \
  {                                                                            \
#field, offsetof(type, field),                                             \
        _Generic(((type *)0)->field, uint64_t : 1, double : 0)                 \
  }

static const figure_name curve_figures[] = {
    FIGURE(crucible_metrics, n_returns),
    FIGURE(crucible_metrics, total_return),
    FIGURE(crucible_metrics, annualised_return),
    FIGURE(crucible_metrics, annualised_volatility),
    FIGURE(crucible_metrics, sharpe),
    FIGURE(crucible_metrics, annualised_sharpe),
    FIGURE(crucible_metrics, sortino),
    FIGURE(crucible_metrics, annualised_sortino),
    FIGURE(crucible_metrics, max_drawdown),
    FIGURE(crucible_metrics, max_drawdown_bars),
    FIGURE(crucible_metrics, calmar),
    FIGURE(crucible_metrics, skewness),
    FIGURE(crucible_metrics, kurtosis),
    FIGURE(crucible_metrics, psr),
    FIGURE(crucible_metrics, min_trl),
    FIGURE(crucible_metrics, dsr),
    FIGURE(crucible_metrics, mean_return),
    FIGURE(crucible_metrics, stddev),
    FIGURE(crucible_metrics, best_return),
    FIGURE(crucible_metrics, worst_return),
    FIGURE(crucible_metrics, share_up),
    FIGURE(crucible_metrics, share_down),
    FIGURE(crucible_metrics, downside_deviation),
    FIGURE(crucible_metrics, annualised_downside_deviation),
    FIGURE(crucible_metrics, omega),
    FIGURE(crucible_metrics, mean_drawdown),
    FIGURE(crucible_metrics, mean_drawdown_bars),
    FIGURE(crucible_metrics, n_drawdowns),
    FIGURE(crucible_metrics, open_drawdown),
    FIGURE(crucible_metrics, open_drawdown_bars),
    FIGURE(crucible_metrics, ulcer_index),
    FIGURE(crucible_metrics, martin),
    FIGURE(crucible_metrics, value_at_risk),
    FIGURE(crucible_metrics, conditional_value_at_risk),
    FIGURE(crucible_metrics, tail_ratio),
    FIGURE(crucible_metrics, common_sense),
    FIGURE(crucible_metrics, benchmark_return),
    FIGURE(crucible_metrics, annualised_benchmark_return),
    FIGURE(crucible_metrics, beta),
    FIGURE(crucible_metrics, alpha),
    FIGURE(crucible_metrics, tracking_error),
    FIGURE(crucible_metrics, information_ratio),
    FIGURE(crucible_metrics, treynor),
    FIGURE(crucible_metrics, capture),
    FIGURE(crucible_metrics, up_capture),
    FIGURE(crucible_metrics, down_capture),
    {NULL, 0, 0}};

static const figure_name trade_figures[] = {
    FIGURE(crucible_trade_metrics, n_trades),
    FIGURE(crucible_trade_metrics, win_rate),
    FIGURE(crucible_trade_metrics, profit_factor),
    FIGURE(crucible_trade_metrics, mean_result),
    FIGURE(crucible_trade_metrics, mean_gain),
    FIGURE(crucible_trade_metrics, mean_loss),
    FIGURE(crucible_trade_metrics, best),
    FIGURE(crucible_trade_metrics, worst),
    FIGURE(crucible_trade_metrics, expectancy),
    FIGURE(crucible_trade_metrics, n_won),
    FIGURE(crucible_trade_metrics, n_lost),
    FIGURE(crucible_trade_metrics, n_long),
    FIGURE(crucible_trade_metrics, n_short),
    FIGURE(crucible_trade_metrics, loss_rate),
    FIGURE(crucible_trade_metrics, win_loss_ratio),
    FIGURE(crucible_trade_metrics, payoff_ratio),
    FIGURE(crucible_trade_metrics, total),
    FIGURE(crucible_trade_metrics, stddev),
    FIGURE(crucible_trade_metrics, downside_deviation),
    FIGURE(crucible_trade_metrics, sharpe),
    FIGURE(crucible_trade_metrics, sortino),
    FIGURE(crucible_trade_metrics, sqn),
    FIGURE(crucible_trade_metrics, max_won_streak),
    FIGURE(crucible_trade_metrics, max_lost_streak),
    FIGURE(crucible_trade_metrics, mean_bars),
    FIGURE(crucible_trade_metrics, mean_bars_won),
    FIGURE(crucible_trade_metrics, mean_bars_lost),
    FIGURE(crucible_trade_metrics, max_bars),
    FIGURE(crucible_trade_metrics, max_bars_won),
    FIGURE(crucible_trade_metrics, max_bars_lost),
    FIGURE(crucible_trade_metrics, max_drawdown),
    FIGURE(crucible_trade_metrics, max_drawdown_trades),
    FIGURE(crucible_trade_metrics, profit_to_drawdown),
    FIGURE(crucible_trade_metrics, max_drawdown_inside),
    FIGURE(crucible_trade_metrics, mean_return),
    FIGURE(crucible_trade_metrics, mean_return_won),
    FIGURE(crucible_trade_metrics, mean_return_lost),
    FIGURE(crucible_trade_metrics, best_return),
    FIGURE(crucible_trade_metrics, worst_return),
    FIGURE(crucible_trade_metrics, mean_mae),
    FIGURE(crucible_trade_metrics, max_mae),
    FIGURE(crucible_trade_metrics, mean_mfe),
    FIGURE(crucible_trade_metrics, max_mfe),
    FIGURE(crucible_trade_metrics, mean_giveback),
    FIGURE(crucible_trade_metrics, max_giveback),
    FIGURE(crucible_trade_metrics, mean_cost),
    FIGURE(crucible_trade_metrics, mean_fee),
    FIGURE(crucible_trade_metrics, mean_spread),
    FIGURE(crucible_trade_metrics, mean_slippage),
    FIGURE(crucible_trade_metrics, mean_impact),
    FIGURE(crucible_trade_metrics, mean_funding),
    FIGURE(crucible_trade_metrics, mean_dust),
    FIGURE(crucible_trade_metrics, cost_share),
    FIGURE(crucible_trade_metrics, median_result),
    FIGURE(crucible_trade_metrics, median_bars),
    FIGURE(crucible_trade_metrics, median_bars_won),
    FIGURE(crucible_trade_metrics, median_bars_lost),
    {NULL, 0, 0}};

/* The figure of that name, a count as a number; -1e99 if there is none. */
static inline double figure_of(const figure_name *names, const void *figures,
                               const char *name) {
  for (; names->name != NULL; ++names) {
    if (strcmp(names->name, name) != 0)
      continue;
    const char *at = (const char *)figures + names->offset;
    if (names->is_count)
      return (double)*(const uint64_t *)(const void *)at;
    return *(const double *)(const void *)at;
  }
  return -1e99;
}

#endif
