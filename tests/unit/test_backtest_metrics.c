/* SPDX-License-Identifier: Apache-2.0 */
/* A run's streamed figures against those of its curves and trades. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/backtest.h>

#include "support/failing_alloc.h"
#include "support/figure_names.h"
#include "support/near.h"
#include "support/recorded.h"

enum { COLUMNS = 12, BARS = 2000 };

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

typedef struct setting {
  recorded *recorded;
  double *scores;
  crucible_instrument instrument;
  crucible_plan plan;
  crucible_backtest_options options;
  crucible_backtest *run;
} setting;

/* On recorded bars, with stops, and columns that differ in when they trade. */
static setting start(uint64_t seed) {
  setting s = {.recorded = recorded_read(BITCOIN, BARS, 1),
               .instrument = recorded_bitcoin()};
  s.scores = recorded_scores(s.recorded, COLUMNS, seed);
  for (size_t i = 0; i < BARS; ++i)
    s.scores[i] = -1; /* the first column never trades */
  crucible_plan_init(&s.plan, sizeof s.plan);
  s.plan.theta_in = 0.3;
  s.plan.theta_out = -0.3;
  s.plan.stop_sigma = 6;
  crucible_backtest_options_init(&s.options, sizeof s.options);
  s.options.keep_equity = 1;
  const crucible_matrix scores = {.data = s.scores,
                                  .rows = BARS,
                                  .cols = COLUMNS,
                                  .row_stride = 1,
                                  .col_stride = BARS};
  assert_int_equal(crucible_backtest_run(&s.recorded->market, &s.instrument,
                                         &scores, &s.plan, 1, &s.options, NULL,
                                         NULL, &s.run),
                   CRUCIBLE_OK);
  return s;
}

static void stop(setting *s) {
  crucible_backtest_destroy(s->run);
  recorded_free(s->recorded);
  free(s->scores);
}

static crucible_summary summary_of(const setting *s, size_t column) {
  crucible_summary found = {.struct_size = sizeof found};
  assert_int_equal(crucible_backtest_summary(s->run, column, &found),
                   CRUCIBLE_OK);
  return found;
}

/* What a stream cannot tell, or sums up in another order over idle bars. */
static int is_other(const char *name) {
  const char *names[] = {"value_at_risk", "conditional_value_at_risk",
                         "tail_ratio",    "common_sense",
                         "ulcer_index",   "martin"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    if (strcmp(name, names[i]) == 0)
      return 1;
  return 0;
}

static void streamed_figures_are_those_of_the_curve_to_the_bit(void **state) {
  (void)state;
  setting s = start(1);
  crucible_matrix equity;
  double curve[BARS + 1], price[BARS + 1];
  assert_int_equal(crucible_backtest_equity(s.run, &equity), CRUCIBLE_OK);
  memcpy(price + 1, s.recorded->bars.close, BARS * sizeof *price);
  price[0] = price[1];
  for (size_t c = 0; c < COLUMNS; ++c) {
    const crucible_summary summary = summary_of(&s, c);
    crucible_metrics_options options;
    crucible_metrics m = {.struct_size = sizeof m};
    crucible_metrics_options_init(&options, sizeof options);
    options.benchmark = price;
    curve[0] = s.options.initial_cash;
    for (size_t i = 0; i < BARS; ++i)
      curve[i + 1] = equity.data[(ptrdiff_t)i * equity.row_stride +
                                 (ptrdiff_t)c * equity.col_stride];
    assert_int_equal(crucible_metrics_of(curve, BARS + 1, &options, &m),
                     CRUCIBLE_OK);
    for (const figure_name *f = curve_figures; f->name != NULL; ++f)
      if (!is_other(f->name))
        assert_same_bits(figure_of(f, &summary.metrics, f->name),
                         figure_of(f, &m, f->name));
    assert_near(summary.metrics.ulcer_index, m.ulcer_index, 1e-12, 0);
    assert_near(summary.metrics.martin, m.martin, 1e-12, 0);
    assert_true(isnan(summary.metrics.value_at_risk));
    assert_int_equal(isnan(summary.metrics.sharpe), c == 0);
  }
  stop(&s);
}

static void streamed_trades_are_those_of_the_records_to_the_bit(void **state) {
  (void)state;
  setting s = start(2);
  crucible_trades t = {.struct_size = sizeof t};
  assert_int_equal(crucible_backtest_records(s.run, NULL, &t), CRUCIBLE_OK);
  size_t first = 0;
  for (uint32_t c = 0; c < COLUMNS; ++c) {
    size_t end = first;
    while (end < t.n && t.column[end] == c)
      ++end;
    const crucible_trade_columns columns = {.struct_size = sizeof columns,
                                            .n = end - first,
                                            .result = t.result + first,
                                            .quantity = t.quantity + first,
                                            .entry_price =
                                                t.entry_price + first,
                                            .bars = t.bars + first,
                                            .side = t.side + first,
                                            .mae = t.mae + first,
                                            .mfe = t.mfe + first,
                                            .fee = t.fee + first,
                                            .spread = t.spread + first,
                                            .slippage = t.slippage + first,
                                            .impact = t.impact + first,
                                            .funding = t.funding + first,
                                            .dust = t.dust + first};
    crucible_trade_metrics m = {.struct_size = sizeof m};
    assert_int_equal(crucible_trade_metrics_from(&columns, &m), CRUCIBLE_OK);
    const crucible_summary summary = summary_of(&s, c);
    assert_int_equal(m.n_trades > 5, c > 0);
    for (const figure_name *f = trade_figures; f->name != NULL; ++f)
      if (strncmp(f->name, "median", 6) != 0)
        assert_same_bits(figure_of(f, &summary.trades, f->name),
                         figure_of(f, &m, f->name));
    if (c > 0) {
      assert_true(m.mean_mae > 0 && m.mean_mfe > 0 && m.mean_fee > 0);
      /* both count from the price of the entry */
      assert_true(m.max_mfe >= m.best_return && m.mean_giveback > 0);
    }
    first = end;
  }
  assert_int_equal(first, t.n);
  stop(&s);
}

static void columns_of_a_run_are_the_trials_of_its_best(void **state) {
  (void)state;
  setting s = start(3);
  double ratio[COLUMNS], mean = 0, squares = 0;
  for (size_t c = 0; c < COLUMNS; ++c)
    ratio[c] = summary_of(&s, c).metrics.sharpe;
  for (size_t c = 1; c < COLUMNS; ++c)
    mean += ratio[c] / (COLUMNS - 1);
  for (size_t c = 1; c < COLUMNS; ++c)
    squares += (ratio[c] - mean) * (ratio[c] - mean);
  crucible_dsr_options trials = {.struct_size = sizeof trials};
  assert_int_equal(crucible_backtest_trials(s.run, &trials), CRUCIBLE_OK);
  assert_int_equal(trials.n_trials, COLUMNS);
  assert_near(trials.trial_sharpe_variance, squares / (COLUMNS - 2), 1e-12, 0);
  crucible_summary summary = summary_of(&s, COLUMNS - 1);
  assert_int_equal(crucible_metrics_deflate(&summary.metrics, &trials),
                   CRUCIBLE_OK);
  assert_true(summary.metrics.dsr < summary.metrics.psr);
  assert_int_equal(crucible_backtest_trials(NULL, &trials), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_backtest_trials(s.run, NULL), CRUCIBLE_E_INVALID);
  stop(&s);
}

static crucible_status count_trials(void *data) {
  crucible_dsr_options trials = {.struct_size = sizeof trials};
  return crucible_backtest_trials(data, &trials);
}

static void lack_of_memory_for_trials_is_survived(void **state) {
  (void)state;
  setting s = start(4);
  assert_int_equal(failing_alloc_run(count_trials, s.run), 1);
  stop(&s);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(streamed_figures_are_those_of_the_curve_to_the_bit),
      cmocka_unit_test(streamed_trades_are_those_of_the_records_to_the_bit),
      cmocka_unit_test(columns_of_a_run_are_the_trials_of_its_best),
      cmocka_unit_test(lack_of_memory_for_trials_is_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
