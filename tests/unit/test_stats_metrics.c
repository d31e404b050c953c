/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/metrics.h>

#include "support/a_sharpe_record.h"
#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/near.h"

static crucible_metrics metrics_of(const double *equity, size_t n,
                                   const crucible_metrics_options *options) {
  crucible_metrics metrics = {.struct_size = sizeof metrics};
  assert_int_equal(crucible_metrics_of(equity, n, options, &metrics),
                   CRUCIBLE_OK);
  assert_int_equal(metrics.struct_size, sizeof metrics);
  return metrics;
}

static crucible_trade_metrics trades_of(const double *results, size_t n) {
  crucible_trade_metrics metrics = {.struct_size = sizeof metrics};
  assert_int_equal(crucible_trade_metrics_of(results, n, &metrics),
                   CRUCIBLE_OK);
  return metrics;
}

static void metrics_equal_empyrical(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/metrics.csv");
  for (size_t i = 0; i < rows.n; ++i) {
    const double *c = rows.row[i].cell;
    const size_t n = (size_t)c[1];
    double *returns = malloc(n * sizeof *returns);
    double *equity = malloc((n + 1) * sizeof *equity);
    assert_non_null(returns);
    assert_non_null(equity);
    lcg_series("returns", (uint32_t)c[0], n, returns);
    equity[0] = 200;
    for (size_t t = 0; t < n; ++t)
      equity[t + 1] = equity[t] * (1 + returns[t]);
    crucible_metrics_options options;
    crucible_metrics_options_init(&options, sizeof options);
    options.periods_per_year = c[2];
    const crucible_metrics m = metrics_of(equity, n + 1, &options);
    assert_int_equal(m.n_returns, n);
    assert_near(m.total_return, c[3], 1e-9, 0);
    assert_near(m.annualised_return, c[4], 1e-9, 0);
    assert_near(m.annualised_volatility, c[5], 1e-9, 0);
    assert_near(m.annualised_sharpe, c[6], 1e-9, 0);
    assert_near(m.annualised_sortino, c[7], 1e-9, 0);
    assert_near(m.max_drawdown, c[8], 1e-9, 0);
    assert_near(m.calmar, c[9], 1e-9, 0);
    crucible_moments moments;
    assert_int_equal(crucible_moments_of(returns, n, &moments), CRUCIBLE_OK);
    assert_near(m.sharpe, moments.mean / moments.stddev, 1e-9, 0);
    assert_near(m.skewness, moments.skewness, 1e-9, 0);
    assert_near(m.kurtosis, moments.kurtosis, 1e-9, 0);
    double psr;
    const crucible_sharpe_record record =
        a_sharpe_record(m.sharpe, n, m.skewness, m.kurtosis);
    assert_int_equal(
        crucible_psr(&record, 0, CRUCIBLE_VARIANCE_AT_ESTIMATE, &psr),
        CRUCIBLE_OK);
    assert_same_bits(m.psr, psr);
    free(returns);
    free(equity);
  }
  golden_rows_free(&rows);
}

/* Worked by hand: peak 120, trough 90, three bars below. */
static void drawdown_is_measured_from_the_highest_point_so_far(void **state) {
  (void)state;
  const double equity[] = {100, 120, 108, 90, 114, 120, 119, 150};
  const double expected[] = {0, 0, 0.1, 0.25, 0.05, 0, 1 / 120.0, 0};
  double drawdown[8];
  assert_int_equal(crucible_drawdown(equity, 8, drawdown), CRUCIBLE_OK);
  for (size_t i = 0; i < 8; ++i)
    assert_near(drawdown[i], expected[i], 0, 1e-15);
  const crucible_metrics m = metrics_of(equity, 8, NULL);
  assert_near(m.max_drawdown, 0.25, 1e-15, 0);
  assert_int_equal(m.max_drawdown_bars, 3);
  assert_near(m.total_return, 0.5, 1e-15, 0);
}

static void sortino_counts_shortfall_below_the_target(void **state) {
  (void)state;
  const double equity[] = {100, 110, 99, 108.9}; /* +.1 -.1 +.1 */
  crucible_metrics_options options;
  crucible_metrics_options_init(&options, sizeof options);
  assert_near(options.periods_per_year, 105120, 0, 0);
  assert_near(metrics_of(equity, 4, &options).sortino,
              (0.1 / 3) / sqrt(0.01 / 3), 1e-12, 0);
  options.target_return = 0.05;
  assert_near(metrics_of(equity, 4, &options).sortino,
              (0.1 / 3 - 0.05) / sqrt(0.0225 / 3), 1e-12, 0);
}

static void metrics_without_a_divisor_are_nan(void **state) {
  (void)state;
  const double flat[] = {200, 200, 200, 200};
  const crucible_metrics m = metrics_of(flat, 4, NULL);
  assert_near(m.total_return, 0, 0, 0);
  assert_near(m.annualised_return, 0, 0, 0);
  assert_near(m.annualised_volatility, 0, 0, 0);
  assert_near(m.max_drawdown, 0, 0, 0);
  assert_true(isnan(m.sharpe) && isnan(m.sortino) && isnan(m.calmar));
  assert_true(isnan(m.skewness) && isnan(m.kurtosis) && isnan(m.psr));
  const crucible_metrics one = metrics_of(flat, 2, NULL);
  assert_int_equal(one.n_returns, 1);
  assert_true(isnan(one.annualised_volatility) && isnan(one.sharpe));
  /* constant growth: equal but for rounding */
  double growing[50] = {200};
  for (size_t t = 1; t < 50; ++t)
    growing[t] = growing[t - 1] * 1.01;
  assert_true(isnan(metrics_of(growing, 50, NULL).sharpe));
  /* a rise whose annualised figure no double holds */
  const double rocket[] = {1, 1000, 900};
  assert_true(isnan(metrics_of(rocket, 3, NULL).annualised_return));
}

static void returns_end_where_nothing_is_left(void **state) {
  (void)state;
  const double ruined[] = {100, 110, -20, 30, 40};
  const crucible_metrics m = metrics_of(ruined, 5, NULL);
  assert_int_equal(m.n_returns, 2);
  assert_near(m.total_return, -0.6, 1e-15, 0);
  assert_near(m.max_drawdown, 1 + 20 / 110.0, 1e-15, 0);
  const double broke[] = {100, 0};
  assert_near(metrics_of(broke, 2, NULL).annualised_return, -1, 0, 0);
  assert_near(metrics_of(broke, 2, NULL).max_drawdown, 1, 0, 0);
}

static void metrics_do_not_depend_on_the_currency(void **state) {
  (void)state;
  enum { N = 500 };
  double equity[N], cents[N];
  lcg_series("returns", 14, N, equity);
  for (size_t t = 0; t < N; ++t) {
    equity[t] = (t == 0 ? 200 : equity[t - 1]) * (1 + equity[t]);
    cents[t] = equity[t] * 128;
  }
  const crucible_metrics a = metrics_of(equity, N, NULL);
  const crucible_metrics b = metrics_of(cents, N, NULL);
  assert_memory_equal(&a, &b, sizeof a);
}

static void metrics_refuse_bad_arguments(void **state) {
  (void)state;
  const double equity[] = {100, 101, NAN};
  const double broke[] = {0, 1};
  crucible_metrics metrics = {.struct_size = sizeof metrics};
  crucible_metrics_options options;
  assert_int_equal(crucible_metrics_of(NULL, 2, NULL, &metrics),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_metrics_of(equity, 2, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_metrics_of(equity, 1, NULL, &metrics),
                   CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_metrics_of(equity, 3, NULL, &metrics),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "equity[2]"));
  assert_int_equal(crucible_metrics_of(broke, 2, NULL, &metrics),
                   CRUCIBLE_E_INVALID);
  crucible_metrics_options_init(&options, sizeof options);
  options.periods_per_year = 0;
  assert_int_equal(crucible_metrics_of(equity, 2, &options, &metrics),
                   CRUCIBLE_E_INVALID);
  crucible_metrics_options_init(&options, sizeof options);
  options.target_return = NAN;
  assert_int_equal(crucible_metrics_of(equity, 2, &options, &metrics),
                   CRUCIBLE_E_INVALID);
  double drawdown[2] = {7, 7};
  assert_int_equal(crucible_drawdown(broke, 2, drawdown), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_drawdown(equity, 0, drawdown),
                   CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_drawdown(NULL, 2, drawdown), CRUCIBLE_E_INVALID);
  assert_near(drawdown[0], 7, 0, 0);
  assert_int_equal(metrics.n_returns, 0);
}

/* Worked by hand. */
static void trades_are_counted_by_their_result(void **state) {
  (void)state;
  const double results[] = {3, -1, 0, 2, -4, 5};
  const crucible_trade_metrics m = trades_of(results, 6);
  assert_int_equal(m.n_trades, 6);
  assert_near(m.win_rate, 0.5, 0, 0);
  assert_near(m.profit_factor, 2, 1e-15, 0);
  assert_near(m.mean_result, 5 / 6.0, 1e-15, 0);
  assert_near(m.mean_gain, 10 / 3.0, 1e-15, 0);
  assert_near(m.mean_loss, -2.5, 1e-15, 0);
  assert_near(m.best, 5, 0, 0);
  assert_near(m.worst, -4, 0, 0);
  assert_near(m.expectancy, 1 / 3.0, 1e-15, 0);
}

static void trades_without_losers_or_at_all_give_nan_ratios(void **state) {
  (void)state;
  const double winners[] = {3, 1};
  const crucible_trade_metrics m = trades_of(winners, 2);
  assert_near(m.win_rate, 1, 0, 0);
  assert_true(isnan(m.profit_factor) && isnan(m.mean_loss));
  assert_true(isnan(m.expectancy));
  const crucible_trade_metrics none = trades_of(NULL, 0);
  assert_int_equal(none.n_trades, 0);
  assert_true(isnan(none.win_rate) && isnan(none.best) && isnan(none.worst));
  crucible_trade_metrics metrics = {.struct_size = sizeof metrics};
  const double holes[] = {1, INFINITY};
  assert_int_equal(crucible_trade_metrics_of(holes, 2, &metrics),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trade_metrics_of(NULL, 2, &metrics),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trade_metrics_of(winners, 2, NULL),
                   CRUCIBLE_E_INVALID);
}

static void exposure_and_turnover_are_shares_of_time_and_capital(void **state) {
  (void)state;
  const double position[] = {0, 0.5, -0.5, 0};
  const double notional[] = {100, -110, 90};
  const double equity[] = {200, 210, 190};
  const double broke[] = {1, -1};
  double out = 7;
  assert_int_equal(crucible_exposure(position, 4, &out), CRUCIBLE_OK);
  assert_near(out, 0.5, 0, 0);
  assert_int_equal(crucible_turnover(notional, 3, equity, 3, &out),
                   CRUCIBLE_OK);
  assert_near(out, 1.5, 1e-15, 0);
  assert_int_equal(crucible_turnover(NULL, 0, equity, 3, &out), CRUCIBLE_OK);
  assert_near(out, 0, 0, 0);
  assert_int_equal(crucible_exposure(position, 0, &out), CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_exposure(NULL, 1, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_turnover(NULL, 1, equity, 3, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_turnover(notional, 3, broke, 2, &out),
                   CRUCIBLE_E_DOMAIN);
  assert_int_equal(crucible_turnover(notional, 3, equity, 0, &out),
                   CRUCIBLE_E_TOO_SHORT);
  assert_near(out, 0, 0, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(metrics_equal_empyrical),
      cmocka_unit_test(drawdown_is_measured_from_the_highest_point_so_far),
      cmocka_unit_test(sortino_counts_shortfall_below_the_target),
      cmocka_unit_test(metrics_without_a_divisor_are_nan),
      cmocka_unit_test(returns_end_where_nothing_is_left),
      cmocka_unit_test(metrics_do_not_depend_on_the_currency),
      cmocka_unit_test(metrics_refuse_bad_arguments),
      cmocka_unit_test(trades_are_counted_by_their_result),
      cmocka_unit_test(trades_without_losers_or_at_all_give_nan_ratios),
      cmocka_unit_test(exposure_and_turnover_are_shares_of_time_and_capital)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
