/* SPDX-License-Identifier: Apache-2.0 */
/* Curves as streams and as arrays, power sums against two passes in long
   double, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/metrics.h>

#include "stats/order.h"
#include "support/a_sharpe_record.h"
#include "support/figure_names.h"
#include "support/lcg_series.h"
#include "support/near.h"

enum { N = 5000 };

static const double none = (double)NAN, endless = (double)INFINITY;

static void walk(uint32_t seed, size_t n, double drift, double size,
                 double *value) {
  lcg_series("uniform", seed, n, value + 1);
  value[0] = 200;
  for (size_t t = 1; t <= n; ++t)
    value[t] = value[t - 1] * (1 + drift + size * value[t]);
}

static crucible_metrics curve(const double *equity, size_t n,
                              const double *benchmark) {
  crucible_metrics_options options;
  crucible_metrics m = {.struct_size = sizeof m};
  crucible_metrics_options_init(&options, sizeof options);
  options.benchmark = benchmark;
  assert_int_equal(crucible_metrics_of(equity, n, &options, &m), CRUCIBLE_OK);
  return m;
}

/* ---- curves ---- */

static void a_curve_and_its_stream_have_the_same_bits(void **state) {
  (void)state;
  static double equity[N + 1], price[N + 1];
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    walk(seed, N, 1e-5, 0.01, equity);
    walk(seed + 100, N, 0, 0.02, price);
    if (seed % 5 == 0)
      equity[N - seed] = -equity[N / 2]; /* ruin, and what follows it */
    crucible_equity_stream *bars;
    crucible_metrics stream = {.struct_size = sizeof stream};
    const crucible_metrics m = curve(equity, N + 1, price);
    assert_int_equal(crucible_equity_stream_create(equity[0], &bars),
                     CRUCIBLE_OK);
    for (size_t t = 0; t < N; ++t)
      assert_int_equal(crucible_equity_stream_push(bars, equity[t + 1],
                                                   price[t + 1] / price[t] - 1),
                       CRUCIBLE_OK);
    assert_int_equal(crucible_equity_stream_metrics(bars, NULL, &stream),
                     CRUCIBLE_OK);
    crucible_equity_stream_destroy(bars);
    assert_true(isnan(stream.value_at_risk) && isnan(stream.tail_ratio));
    assert_true(isnan(stream.common_sense));
    assert_true(m.conditional_value_at_risk <= m.value_at_risk);
    assert_true(m.value_at_risk < 0 && m.tail_ratio > 0);
    stream.value_at_risk = m.value_at_risk;
    stream.conditional_value_at_risk = m.conditional_value_at_risk;
    stream.tail_ratio = m.tail_ratio;
    stream.common_sense = m.common_sense;
    for (const figure_name *f = curve_figures; f->name != NULL; ++f)
      assert_same_bits(figure_of(f, &stream, f->name),
                       figure_of(f, &m, f->name));
    assert_int_equal(isnan(m.beta), seed % 5 == 0);
    assert_true(isfinite(m.benchmark_return));
  }
}

static void a_stream_refuses_what_is_no_bar(void **state) {
  (void)state;
  crucible_equity_stream *bars;
  const double wrong[] = {0, -1, none, endless};
  for (size_t i = 0; i < 4; ++i) {
    assert_int_equal(crucible_equity_stream_create(wrong[i], &bars),
                     CRUCIBLE_E_INVALID);
    assert_null(bars);
  }
  assert_int_equal(crucible_equity_stream_create(1, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_equity_stream_create(100, &bars), CRUCIBLE_OK);
  crucible_metrics before = {.struct_size = sizeof before}, after = before;
  assert_int_equal(crucible_equity_stream_metrics(bars, NULL, &before),
                   CRUCIBLE_OK);
  assert_true(before.n_returns == 0 && isnan(before.total_return));
  assert_int_equal(crucible_equity_stream_push(bars, 101, 0.02), CRUCIBLE_OK);
  assert_int_equal(crucible_equity_stream_push(bars, 100, 0.01), CRUCIBLE_OK);
  assert_int_equal(crucible_equity_stream_metrics(bars, NULL, &before),
                   CRUCIBLE_OK);
  assert_near(before.beta, (0.01 + 1.0 / 101) / 0.01, 1e-12, 0);
  for (size_t i = 0; i < 4; ++i) {
    if (!isfinite(wrong[i]))
      assert_int_equal(crucible_equity_stream_push(bars, wrong[i], 0),
                       CRUCIBLE_E_INVALID);
    if (wrong[i] == -1 || isinf(wrong[i]))
      assert_int_equal(crucible_equity_stream_push(bars, 100, wrong[i]),
                       CRUCIBLE_E_INVALID);
  }
  assert_int_equal(crucible_equity_stream_push(NULL, 1, 0), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_equity_stream_metrics(NULL, NULL, &after),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_equity_stream_metrics(bars, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_equity_stream_metrics(bars, NULL, &after),
                   CRUCIBLE_OK);
  assert_memory_equal(&before, &after, sizeof after);
  assert_int_equal(crucible_equity_stream_push(bars, 102, none), CRUCIBLE_OK);
  assert_int_equal(crucible_equity_stream_metrics(bars, NULL, &after),
                   CRUCIBLE_OK);
  assert_int_equal(after.n_returns, 3);
  assert_true(isnan(after.beta)); /* a bar of the market is missing */
  crucible_equity_stream_destroy(bars);
  crucible_equity_stream_destroy(NULL);
}

static void figures_per_bar_and_per_year_differ_by_a_root(void **state) {
  (void)state;
  static double equity[N + 1];
  walk(3, N, 1e-5, 0.01, equity);
  const crucible_metrics m = curve(equity, N + 1, NULL);
  const double root = sqrt(105120);
  assert_near(m.annualised_sortino, m.sortino * root, 1e-15, 0);
  assert_near(m.annualised_downside_deviation, m.downside_deviation * root,
              1e-15, 0);
  assert_near(m.annualised_volatility, m.stddev * root, 1e-15, 0);
  assert_near(m.sharpe, m.mean_return / m.stddev, 1e-15, 0);
  assert_near(m.dsr, m.psr, 0, 0);
  assert_true(isnan(m.beta) && isnan(m.benchmark_return));
}

static void a_power_of_two_of_the_capital_changes_no_bit(void **state) {
  (void)state;
  static double equity[N + 1], large[N + 1], price[N + 1];
  walk(4, N, 1e-5, 0.01, equity);
  walk(5, N, 0, 0.01, price);
  for (size_t t = 0; t <= N; ++t)
    large[t] = equity[t] * 1048576;
  const crucible_metrics a = curve(equity, N + 1, price);
  const crucible_metrics b = curve(large, N + 1, price);
  assert_memory_equal(&a, &b, sizeof a);
}

static void the_benchmark_itself_has_beta_one_and_no_error(void **state) {
  (void)state;
  static double price[N + 1], twice[N + 1];
  walk(6, N, 1e-5, 0.01, price);
  const crucible_metrics m = curve(price, N + 1, price);
  assert_near(m.beta, 1, 1e-12, 0);
  assert_near(m.alpha, 0, 0, 1e-9);
  assert_near(m.tracking_error, 0, 0, 0);
  assert_true(isnan(m.information_ratio));
  assert_near(m.capture, 1, 1e-9, 0);
  assert_near(m.up_capture, 1, 1e-9, 0);
  assert_near(m.down_capture, 1, 1e-9, 0);
  assert_near(m.benchmark_return, m.total_return, 1e-10, 0);
  twice[0] = 100;
  for (size_t t = 0; t < N; ++t)
    twice[t + 1] = twice[t] * (1 + 2 * (price[t + 1] / price[t] - 1));
  assert_near(curve(twice, N + 1, price).beta, 2, 1e-12, 0);
}

/* Products over many bars that all rose are beyond any double; what is made of
   them is not. */
static void captures_of_long_records_stay_finite(void **state) {
  (void)state;
  enum { LONG = 400000 };
  double *price = malloc((LONG + 1) * sizeof *price);
  double *half = malloc((LONG + 1) * sizeof *half);
  assert_true(price != NULL && half != NULL);
  price[0] = half[0] = 100;
  for (size_t t = 0; t < LONG; ++t) {
    const double b = t % 2 == 0 ? 0.01 : 1 / 1.01 - 1;
    price[t + 1] = price[t] * (1 + b);
    half[t + 1] = half[t] * (1 + b / 2);
  }
  crucible_metrics_options options;
  crucible_metrics m = {.struct_size = sizeof m};
  crucible_metrics_options_init(&options, sizeof options);
  options.benchmark = price;
  options.periods_per_year = 1000;
  assert_int_equal(crucible_metrics_of(half, LONG + 1, &options, &m),
                   CRUCIBLE_OK);
  assert_near(m.up_capture,
              expm1(1000 * log1p(0.005)) / expm1(1000 * log1p(0.01)), 1e-9, 0);
  assert_near(m.down_capture,
              expm1(1000 * log1p((1 / 1.01 - 1) / 2)) /
                  expm1(1000 * log1p(1 / 1.01 - 1)),
              1e-9, 0);
  free(price);
  free(half);
}

/* Two passes in long double: what the moments are. */
static void exact_moments(const double *equity, size_t n, long double m[4]) {
  long double sum = 0, m2 = 0, m3 = 0, m4 = 0;
  for (size_t t = 0; t < n; ++t)
    sum += (long double)(equity[t + 1] / equity[t] - 1);
  const long double mean = sum / (long double)n;
  for (size_t t = 0; t < n; ++t) {
    const long double d = (long double)(equity[t + 1] / equity[t] - 1) - mean;
    m2 += d * d;
    m3 += d * d * d;
    m4 += d * d * d * d;
  }
  m2 /= (long double)n;
  m[0] = mean;
  m[1] = sqrtl(m2 * (long double)n / ((long double)n - 1));
  m[2] = m3 / (long double)n / (m2 * sqrtl(m2));
  m[3] = m4 / (long double)n / (m2 * m2);
}

/* Sums of powers lose digits with the square of the ratio of mean and
   deviation (deviation), with its fourth power (kurtosis). Real records have
   ratios far below 1. */
static void power_sums_lose_digits_only_with_the_sharpe_ratio(void **state) {
  (void)state;
  static double equity[N + 1];
  int n_refused = 0, n_noise = 0;
  for (int power = -20; power <= 60; ++power) {
    const double drift = 1e-6 * exp2(power / 4.0), size = 0.0003;
    long double wanted[4];
    walk((uint32_t)(power + 50), N, drift, size, equity);
    if (!isfinite(equity[N]))
      continue;
    exact_moments(equity, N, wanted);
    const double ratio = (double)fabsl(wanted[0] / wanted[1]);
    const double square = 1 + ratio * ratio, unit = DBL_EPSILON;
    const crucible_metrics m = curve(equity, N + 1, NULL);
    assert_near(m.mean_return, (double)wanted[0], 64 * unit, 1e-18);
    if (m.stddev == 0) {
      ++n_noise;
      assert_true(ratio > 1e5 && isnan(m.sharpe));
      continue;
    }
    assert_near(m.stddev, (double)wanted[1], 64 * unit * square, 0);
    assert_near(m.sharpe, (double)(wanted[0] / wanted[1]), 64 * unit * square,
                1e-15);
    if (isnan(m.kurtosis)) {
      ++n_refused;
      assert_true(ratio > 10 && isnan(m.skewness) && isnan(m.psr));
      continue;
    }
    assert_near(m.skewness, (double)wanted[2], 0,
                64 * unit * square * sqrt(square));
    assert_near(m.kurtosis, (double)wanted[3], 64 * unit * square * square, 0);
    if (ratio < 0.3) {
      assert_near(m.kurtosis, (double)wanted[3], 1e-13, 0);
      assert_near(m.skewness, (double)wanted[2], 0, 1e-13);
    }
  }
  assert_true(n_refused > 5 && n_noise == 0);
  /* the same growth in each bar, but for its rounding */
  equity[0] = 200;
  for (size_t t = 0; t < N; ++t)
    equity[t + 1] = equity[t] * 1.01;
  const crucible_metrics m = curve(equity, N + 1, NULL);
  assert_near(m.stddev, 0, 0, 0);
  assert_true(isnan(m.sharpe) && isnan(m.skewness) && isnan(m.psr));
  assert_near(m.mean_return, 0.01, 1e-12, 0);
}

static void wrong_options_of_curves_are_refused(void **state) {
  (void)state;
  const double equity[] = {1, 2, 3}, holes[] = {1, 0, 2};
  crucible_metrics m = {.struct_size = sizeof m};
  for (int i = 0; i < 9; ++i) {
    crucible_metrics_options options;
    crucible_metrics_options_init(&options, sizeof options);
    assert_near(options.tail, 0.05, 0, 0);
    switch (i) {
    case 0:
      options.periods_per_year = none;
      break;
    case 1:
      options.target_return = endless;
      break;
    case 2:
      options.risk_free = -1;
      break;
    case 3:
      options.risk_free = none;
      break;
    case 4:
      options.benchmark_sharpe = none;
      break;
    case 5:
      options.tail = 0.5;
      break;
    case 6:
      options.tail = -0.1;
      break;
    case 7:
      options.benchmark = holes;
      break;
    default:
      options.tail = 0; /* means the default */
    }
    assert_int_equal(crucible_metrics_of(equity, 3, &options, &m),
                     i < 8 ? CRUCIBLE_E_INVALID : CRUCIBLE_OK);
  }
}

/* ---- trials ---- */

static void trials_without_a_ratio_count_as_trials(void **state) {
  (void)state;
  const double sharpe[] = {0.01, none, 0.03, none, -0.02};
  crucible_dsr_options trials = {.struct_size = sizeof trials};
  assert_int_equal(crucible_dsr_trials(sharpe, 5, &trials), CRUCIBLE_OK);
  assert_int_equal(trials.n_trials, 5);
  assert_near(trials.trial_sharpe_variance, 19.0 / 30000, 1e-14, 0);
  assert_int_equal(crucible_dsr_trials(sharpe, 2, &trials), CRUCIBLE_OK);
  assert_near(trials.trial_sharpe_variance, 0, 0, 0);
  const double beyond[] = {0.1, endless};
  assert_int_equal(crucible_dsr_trials(beyond, 2, &trials), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_dsr_trials(sharpe, 0, &trials), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_dsr_trials(NULL, 2, &trials), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_dsr_trials(sharpe, 2, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(trials.n_trials, 2);
}

static void more_trials_deflate_more(void **state) {
  (void)state;
  static double equity[N + 1];
  walk(8, N, 3e-5, 0.003, equity);
  crucible_metrics m = curve(equity, N + 1, NULL);
  crucible_dsr_options trials = {.struct_size = sizeof trials,
                                 .trial_sharpe_variance = 1e-4};
  double last = 1;
  for (trials.n_trials = 1; trials.n_trials < 1000; trials.n_trials *= 3) {
    crucible_dsr_result direct = {.struct_size = sizeof direct};
    assert_int_equal(crucible_metrics_deflate(&m, &trials), CRUCIBLE_OK);
    assert_true(m.dsr > 0 && m.dsr < last);
    const crucible_sharpe_record record =
        a_sharpe_record(m.sharpe, m.n_returns, m.skewness, m.kurtosis);
    assert_int_equal(crucible_dsr(&record, &trials, &direct), CRUCIBLE_OK);
    assert_same_bits(m.dsr, direct.dsr);
    last = m.dsr;
  }
  m.sharpe = none;
  assert_int_equal(crucible_metrics_deflate(&m, &trials), CRUCIBLE_OK);
  assert_true(isnan(m.dsr));
  trials.n_trials = 0;
  assert_int_equal(crucible_metrics_deflate(&m, &trials), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_metrics_deflate(NULL, NULL), CRUCIBLE_E_INVALID);
  m.struct_size = offsetof(crucible_metrics, dsr);
  assert_int_equal(crucible_metrics_deflate(&m, NULL), CRUCIBLE_E_INVALID);
}

/* ---- order ---- */

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void places_are_those_of_sorting_whatever_the_order(void **state) {
  (void)state;
  enum { MOST = 257 };
  double given[MOST], sorted[MOST], moved[MOST];
  for (size_t n = 1; n <= MOST; n += n < 12 ? 1 : 49)
    for (uint32_t kind = 0; kind < 6; ++kind) {
      lcg_series("uniform", (uint32_t)n + kind, n, given);
      for (size_t i = 0; i < n; ++i)
        given[i] = kind == 0   ? (double)i
                   : kind == 1 ? -(double)i
                   : kind == 2 ? 1
                   : kind == 3 ? (double)(i < n / 2 ? i : n - i)
                   : kind == 4 ? floor(given[i] * 5)
                               : given[i];
      memcpy(sorted, given, n * sizeof *given);
      qsort(sorted, n, sizeof *sorted, ascending);
      for (size_t k = 0; k < n; ++k) {
        memcpy(moved, given, n * sizeof *given);
        assert_same_bits(crucible__order_place(moved, n, k), sorted[k]);
        for (size_t i = 0; i < n; ++i)
          assert_true(i <= k ? moved[i] <= sorted[k] : moved[i] >= sorted[k]);
        qsort(moved, n, sizeof *moved, ascending);
        assert_memory_equal(moved, sorted, n * sizeof *moved);
      }
      const double share = 0.37, place = share * (double)(n - 1);
      const size_t low = (size_t)place, high = low + 1 < n ? low + 1 : low;
      memcpy(moved, given, n * sizeof *given);
      assert_near(crucible__order_quantile(moved, n, share),
                  sorted[low] +
                      (place - (double)low) * (sorted[high] - sorted[low]),
                  1e-15, 1e-15);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_curve_and_its_stream_have_the_same_bits),
      cmocka_unit_test(a_stream_refuses_what_is_no_bar),
      cmocka_unit_test(figures_per_bar_and_per_year_differ_by_a_root),
      cmocka_unit_test(a_power_of_two_of_the_capital_changes_no_bit),
      cmocka_unit_test(the_benchmark_itself_has_beta_one_and_no_error),
      cmocka_unit_test(captures_of_long_records_stay_finite),
      cmocka_unit_test(power_sums_lose_digits_only_with_the_sharpe_ratio),
      cmocka_unit_test(wrong_options_of_curves_are_refused),
      cmocka_unit_test(trials_without_a_ratio_count_as_trials),
      cmocka_unit_test(more_trials_deflate_more),
      cmocka_unit_test(places_are_those_of_sorting_whatever_the_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
