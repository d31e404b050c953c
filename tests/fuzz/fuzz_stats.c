/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any doubles as returns, equity, trade results and moments: each call refuses
 * with a text or gives what its header promises. The window equals the batch
 * where both are defined and the values lie near each other.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/metrics.h>

#include "support/figure_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST = 512 };

static void expect(int promise) {
  if (!promise)
    abort();
}

static int is_ok(crucible_status status) {
  expect(status == CRUCIBLE_OK || strlen(crucible_last_error()) > 0);
  return status == CRUCIBLE_OK;
}

static void check_moments(const crucible_moments *m) {
  expect(isfinite(m->mean) && m->stddev > 0 && isfinite(m->stddev));
  expect(isfinite(m->skewness) && isfinite(m->kurtosis));
}

static void check_window(const double *x, size_t n, size_t window) {
  crucible_rolling_moments *rolling;
  crucible_moments m, batch;
  size_t held;
  double largest = 0;
  expect(crucible_rolling_moments_create(window, &rolling) == CRUCIBLE_OK);
  for (size_t i = 0; i < n; ++i)
    if (is_ok(crucible_rolling_moments_push(rolling, x[i])) &&
        is_ok(crucible_rolling_moments_get(rolling, &m, &held))) {
      check_moments(&m);
      largest = 0;
      for (size_t j = i + 1 - held; j <= i; ++j)
        largest = fmax(largest, fabs(x[j]));
      if (is_ok(crucible_moments_of(x + i + 1 - held, held, &batch)) &&
          batch.stddev > 1e-3 * largest)
        expect(m.kurtosis >= 0.999 && batch.kurtosis >= 0.999 &&
               fabs(m.stddev / batch.stddev - 1) < 1e-9 &&
               fabs(m.mean - batch.mean) < 1e-9 * largest);
    }
  crucible_rolling_moments_destroy(rolling);
}

static double psr_of(const crucible_sharpe_record *record, double benchmark,
                     int32_t variance_at) {
  double psr = -1;
  if (!is_ok(crucible_psr(record, benchmark, variance_at, &psr)))
    return (double)NAN;
  expect(psr >= 0 && psr <= 1);
  return psr;
}

/* More ratio or more returns are never less of a proof; the variance at the
   estimate grows with the ratio, which for a large one outweighs it, so that
   there only the ratio's side of the benchmark is left to promise. */
static void check_order(crucible_sharpe_record record, double benchmark,
                        double more) {
  for (int32_t at = 0; at <= CRUCIBLE_VARIANCE_HAC; ++at) {
    const double psr = psr_of(&record, benchmark, at);
    if (isnan(psr))
      continue;
    const double ratio = record.sharpe_per_observation;
    expect(ratio > benchmark ? psr >= 0.5 : psr <= 0.5);
    crucible_sharpe_record other = record;
    other.n = record.n < UINT64_MAX / 2 ? record.n * 2 : record.n;
    const double longer = psr_of(&other, benchmark, at);
    expect(ratio > benchmark ? longer >= psr : longer <= psr);
    other = record;
    other.sharpe_per_observation += fabs(more);
    const double higher = psr_of(&other, benchmark, at);
    if (at != CRUCIBLE_VARIANCE_AT_ESTIMATE)
      expect(isnan(higher) || higher >= psr);
  }
}

static void check_test(const crucible_sharpe_record *record, const double *x,
                       uint64_t n_trials) {
  crucible_sharpe_test test;
  crucible_sharpe_test_result r = {.struct_size = sizeof r};
  crucible_sharpe_test_init(&test, sizeof test);
  test.benchmark = x[1];
  test.alternative = x[5];
  test.prior = x[6];
  test.n_trials = n_trials;
  if (!is_ok(crucible_sharpe_test_of(record, &test, &r)))
    return;
  expect(r.power >= 0 && r.power <= 1 && r.pfdr >= 0 && r.pfdr <= 1);
  expect(r.ofdr >= 0 && r.ofdr <= 1 && r.p_value >= 0 && r.p_value <= 1);
  expect(isnan(r.fdr_critical) ? isnan(r.fdr_power) : r.fdr_power >= 0);
}

static void check_ratios(const double *x) {
  crucible_dsr_options options;
  crucible_dsr_result result = {.struct_size = sizeof result};
  crucible_sharpe_record record;
  double out, variance;
  uint64_t n;
  memcpy(&n, &x[2], sizeof n);
  crucible_sharpe_record_init(&record, sizeof record);
  record.n = n;
  record.sharpe_per_observation = x[0];
  record.skewness = x[3];
  record.kurtosis = x[4];
  record.long_run_variance = x[5];
  check_order(record, x[1], x[6]);
  check_test(&record, x, n);
  if (is_ok(crucible_min_trl(&record, x[1], x[5], 0, &out)))
    expect(out >= 1);
  if (is_ok(crucible_expected_max_sharpe(n, x[6], &out)))
    expect(out >= 0);
  if (is_ok(crucible_normal_max(n, x[6], &out, &variance)))
    expect(out >= 0 && variance > 0 && variance <= 1);
  crucible_dsr_options_init(&options, sizeof options);
  options.n_trials = n;
  options.trial_sharpe_variance = x[6];
  if (is_ok(crucible_dsr(&record, &options, &result)))
    expect(result.dsr >= 0 && result.dsr <= 1);
}

/* Returns times a power of two have the same record, to the bit where nothing
   leaves the doubles. */
static void check_record(const double *x, size_t n) {
  crucible_sharpe_record a = {.struct_size = sizeof a}, b = a;
  double scaled[MOST], variance;
  if (!is_ok(crucible_sharpe_record_dependent(x, n, CRUCIBLE_LAGS_AUTO, &a)))
    return;
  expect(is_ok(crucible_long_run_variance(x, n, n - 1, &variance, NULL)) == 0 ||
         variance >= 0);
  expect(fabs(a.autocorrelation) < 1 && a.long_run_variance > 0);
  for (size_t i = 0; i < n; ++i) {
    if (x[i] != 0 && (fabs(x[i]) < 1e-15 || fabs(x[i]) > 1e15))
      return;
    scaled[i] = 4 * x[i];
  }
  expect(is_ok(
      crucible_sharpe_record_dependent(scaled, n, CRUCIBLE_LAGS_AUTO, &b)));
  expect(memcmp(&a, &b, sizeof a) == 0);
}

static void expect_defined(const figure_name *names, const void *figures) {
  for (; names->name != NULL; ++names)
    expect(!isinf(figure_of(names, figures, names->name)));
}

/* Each value in every column: what is refused must not be half done. */
static void check_trades(const double *x, size_t n) {
  crucible_trade_metrics m = {.struct_size = sizeof m};
  crucible_trade_columns columns = {.struct_size = sizeof columns,
                                    .n = n,
                                    .result = x,
                                    .fee = x,
                                    .funding = x};
  if (is_ok(crucible_trade_metrics_from(&columns, &m)))
    expect_defined(trade_figures, &m);
  columns.quantity = columns.entry_price = x;
  columns.mae = columns.mfe = x;
  if (is_ok(crucible_trade_metrics_from(&columns, &m)))
    expect_defined(trade_figures, &m);
}

/* A curve that is its own benchmark, as an array and bar by bar. */
static void check_stream(const double *x, size_t n) {
  crucible_metrics_options options;
  crucible_metrics m = {.struct_size = sizeof m}, stream = m;
  crucible_equity_stream *bars;
  crucible_metrics_options_init(&options, sizeof options);
  options.benchmark = x;
  if (!is_ok(crucible_metrics_of(x, n, &options, &m)))
    return;
  expect_defined(curve_figures, &m);
  if (!is_ok(crucible_equity_stream_create(x[0], &bars)))
    return;
  int all = 1;
  for (size_t t = 1; t < n; ++t)
    all &= is_ok(crucible_equity_stream_push(bars, x[t], x[t] / x[t - 1] - 1));
  expect(is_ok(crucible_equity_stream_metrics(bars, NULL, &stream)));
  crucible_equity_stream_destroy(bars);
  if (all)
    expect(stream.n_returns == m.n_returns &&
           (stream.ulcer_index == m.ulcer_index || isnan(m.ulcer_index)) &&
           (stream.sharpe == m.sharpe || isnan(m.sharpe)));
}

static void check_metrics(const double *x, size_t n) {
  crucible_metrics m = {.struct_size = sizeof m};
  crucible_trade_metrics t = {.struct_size = sizeof t};
  double drawdown[MOST], out;
  if (is_ok(crucible_metrics_of(x, n, NULL, &m))) {
    expect(m.n_returns >= 1 && m.n_returns < n && m.max_drawdown >= 0);
    expect(!isinf(m.sharpe) && !isinf(m.sortino) && !isinf(m.calmar));
    expect(isnan(m.psr) || (m.psr >= 0 && m.psr <= 1));
  }
  if (is_ok(crucible_trade_metrics_of(x, n, &t))) {
    expect(t.n_trades == n);
    expect(n == 0 || (t.win_rate >= 0 && t.win_rate <= 1));
    expect(!isinf(t.profit_factor) && !isinf(t.expectancy));
  }
  check_trades(x, n);
  check_stream(x, n);
  if (is_ok(crucible_drawdown(x, n, drawdown)))
    for (size_t i = 0; i < n; ++i)
      expect(drawdown[i] >= 0 && drawdown[i] <= 1);
  if (is_ok(crucible_exposure(x, n, &out)))
    expect(out >= 0 && out <= 1);
  if (is_ok(crucible_turnover(x, n / 2, x + n / 2, n - n / 2, &out)))
    expect(out >= 0 && isfinite(out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  double x[MOST];
  crucible_moments m;
  if (n == 0)
    return 0;
  const size_t window = 2 + data[0] % 62;
  size_t count = (n - 1) / sizeof *x;
  count = count < MOST ? count : MOST;
  memcpy(x, data + 1, count * sizeof *x);
  if (is_ok(crucible_moments_of(x, count, &m)))
    check_moments(&m);
  check_record(x, count);
  check_window(x, count, window);
  check_metrics(x, count);
  if (count >= 7)
    check_ratios(x);
  return 0;
}
