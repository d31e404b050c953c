/* SPDX-License-Identifier: Apache-2.0 */
/* Batch runs over recorded bars: what they accept, return, refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/backtest.h>

#include "support/error_names.h"
#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/played.h"
#include "support/recorded.h"

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

static const double NOTHING = (double)NAN;

/* ---- batch ---- */

typedef struct batch {
  recorded *recorded;
  double *scores;
  crucible_matrix matrix;
  drawn drawn;
} batch;

static batch batch_of(size_t bars, size_t columns) {
  batch b = {.recorded = recorded_read(BITCOIN, bars, 1)};
  b.scores = recorded_scores(b.recorded, columns, 3);
  b.matrix = (crucible_matrix){b.scores, b.recorded->bars.n, columns, 1,
                               (ptrdiff_t)b.recorded->bars.n};
  b.drawn.instrument = recorded_bitcoin();
  crucible_plan_init(&b.drawn.plan, sizeof b.drawn.plan);
  crucible_backtest_options_init(&b.drawn.options, sizeof b.drawn.options);
  return b;
}

static void batch_free(batch *b) {
  recorded_free(b->recorded);
  free(b->scores);
}

static crucible_status batch_run(const batch *b, crucible_backtest **run) {
  return crucible_backtest_run(&b->recorded->market, &b->drawn.instrument,
                               &b->matrix, &b->drawn.plan, 1, &b->drawn.options,
                               NULL, NULL, run);
}

static void row_major_scores_give_the_same_bits(void **state) {
  (void)state;
  enum { N = 800, COLUMNS = 5 };
  batch b = batch_of(N, COLUMNS);
  crucible_backtest *run[2];
  static double turned[N * COLUMNS];
  for (size_t i = 0; i < N; ++i)
    for (size_t c = 0; c < COLUMNS; ++c)
      turned[i * COLUMNS + c] = b.scores[c * N + i];
  assert_int_equal(batch_run(&b, &run[0]), CRUCIBLE_OK);
  b.matrix = (crucible_matrix){turned, N, COLUMNS, COLUMNS, 1};
  assert_int_equal(batch_run(&b, &run[1]), CRUCIBLE_OK);
  for (size_t c = 0; c < COLUMNS; ++c) {
    crucible_summary s[2] = {{.struct_size = sizeof s[0]},
                             {.struct_size = sizeof s[0]}};
    for (int k = 0; k < 2; ++k)
      assert_int_equal(crucible_backtest_summary(run[k], c, &s[k]),
                       CRUCIBLE_OK);
    assert_memory_equal(&s[0], &s[1], sizeof s[0]);
    assert_true(s[0].ledger.n_trades > 0);
  }
  crucible_backtest_destroy(run[0]);
  crucible_backtest_destroy(run[1]);
  batch_free(&b);
}

static void summary_agrees_with_equity_and_trades(void **state) {
  (void)state;
  batch b = batch_of(1000, 2);
  crucible_backtest *run;
  crucible_matrix equity;
  crucible_trades trades = {.struct_size = sizeof trades};
  crucible_summary s = {.struct_size = sizeof s};
  const crucible_bars *bars = &b.recorded->bars;
  b.drawn.options.keep_equity = 1;
  assert_int_equal(batch_run(&b, &run), CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_equity(run, &equity), CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_records(run, NULL, &trades), CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_summary(run, 1, &s), CRUCIBLE_OK);
  assert_int_equal(equity.rows, 1000);
  assert_int_equal(equity.cols, 2);
  const double *curve = equity.data + equity.col_stride;
  double mean = 0, won = 0, n_own = 0;
  for (size_t i = 0; i < 1000; ++i)
    mean += curve[i] / 1000;
  for (size_t i = 0; i < trades.n; ++i) {
    n_own += trades.column[i] == 1;
    won += trades.column[i] == 1 && trades.result[i] > 0;
  }
  assert_same_bits(curve[999], s.ledger.equity);
  assert_near(s.metrics.total_return, curve[999] / 200 - 1, 1e-12, 0);
  assert_int_equal(s.metrics.n_returns, 1000);
  assert_near((double)s.trades.n_trades, n_own, 0, 0);
  assert_near(s.trades.win_rate, won / n_own, 1e-12, 0);
  assert_near(s.exposure, (double)s.ledger.n_bars_in_position / 1000, 0, 0);
  assert_near(s.turnover, s.ledger.traded_notional / mean, 1e-12, 0);
  assert_near(s.buy_and_hold, bars->close[999] / bars->open[0] - 1, 1e-15, 0);
  assert_near(s.metrics.annualised_sharpe,
              s.metrics.sharpe * sqrt(365 * 24 * 12), 1e-12, 0);
  crucible_backtest_destroy(run);
  batch_free(&b);
}

static void few_bars_and_no_columns_have_no_figures(void **state) {
  (void)state;
  batch b = batch_of(1, 1);
  crucible_backtest *run;
  crucible_summary s = {.struct_size = sizeof s};
  assert_int_equal(batch_run(&b, &run), CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_summary(run, 0, &s), CRUCIBLE_OK);
  assert_true(isnan(s.metrics.sharpe));
  assert_true(isnan(s.trades.win_rate));
  assert_int_equal(s.ledger.n_bars, 1);
  crucible_backtest_destroy(run);
  b.recorded->bars.n = 0;
  b.matrix.rows = 0;
  assert_int_equal(batch_run(&b, &run), CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_summary(run, 0, &s), CRUCIBLE_OK);
  assert_true(isnan(s.exposure) && isnan(s.buy_and_hold));
  assert_near(s.ledger.equity, 200, 0, 0);
  crucible_backtest_destroy(run);
  b.matrix.cols = 0;
  assert_int_equal(batch_run(&b, &run), CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_summary(run, 0, &s), CRUCIBLE_E_INVALID);
  crucible_backtest_destroy(run);
  batch_free(&b);
}

static void batch_refuses_bad_arguments(void **state) {
  (void)state;
  batch b = batch_of(100, 3);
  crucible_backtest *run = (crucible_backtest *)&b;
  crucible_plan plans[3] = {b.drawn.plan, b.drawn.plan, b.drawn.plan};
  const crucible_market *market = &b.recorded->market;
  const crucible_instrument *instrument = &b.drawn.instrument;
#define RUN(market, instrument, scores, plans, n_plans)                        \
  crucible_backtest_run(market, instrument, scores, plans, n_plans, NULL,      \
                        NULL, NULL, &run)
  assert_int_equal(RUN(NULL, instrument, &b.matrix, plans, 1),
                   CRUCIBLE_E_INVALID);
  assert_null(run);
  assert_int_equal(RUN(market, NULL, &b.matrix, plans, 1), CRUCIBLE_E_INVALID);
  assert_int_equal(RUN(market, instrument, NULL, plans, 1), CRUCIBLE_E_INVALID);
  assert_int_equal(RUN(market, instrument, &b.matrix, NULL, 1),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(RUN(market, instrument, &b.matrix, plans, 0),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(RUN(market, instrument, &b.matrix, plans, 2),
                   CRUCIBLE_E_INVALID);
  assert_error_names("n_plans");
  plans[2].stop_sigma = -1;
  assert_int_equal(RUN(market, instrument, &b.matrix, plans, 3),
                   CRUCIBLE_E_INVALID);
  assert_error_names("plan 2");
  plans[2] = plans[0];
  plans[1].struct_size = 8;
  assert_int_equal(RUN(market, instrument, &b.matrix, plans, 3),
                   CRUCIBLE_E_INVALID);
  crucible_matrix wrong = b.matrix;
  wrong.rows = 99;
  assert_int_equal(RUN(market, instrument, &wrong, plans, 1),
                   CRUCIBLE_E_INVALID);
  assert_error_names("99");
  wrong = b.matrix;
  wrong.data = NULL;
  assert_int_equal(RUN(market, instrument, &wrong, plans, 1),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_backtest_run(market, instrument, &b.matrix, plans,
                                         1, NULL, NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  crucible_market other = *market;
  other.sigma = NULL;
  assert_int_equal(RUN(&other, instrument, &b.matrix, plans, 1),
                   CRUCIBLE_E_INVALID);
  assert_error_names("sigma");
  other = *market;
  other.bars = NULL;
  assert_int_equal(RUN(&other, instrument, &b.matrix, plans, 1),
                   CRUCIBLE_E_INVALID);
  b.recorded->sigma[41] = -1;
  assert_int_equal(RUN(market, instrument, &b.matrix, plans, 1),
                   CRUCIBLE_E_DATA);
  assert_error_names("bar 41");
  assert_error_names("sigma");
  b.recorded->sigma[41] = 0.01;
  crucible_instrument coarse = *instrument;
  coarse.price_tick = 1e6;
  assert_int_equal(RUN(market, &coarse, &b.matrix, plans, 1), CRUCIBLE_E_DATA);
  assert_error_names("bar 0");
  assert_error_names("tick");
  int64_t times[100];
  memcpy(times, b.recorded->bars.open_time_ms, sizeof times);
  b.recorded->bars.open_time_ms = times;
  times[57] = times[56];
  assert_int_equal(RUN(market, instrument, &b.matrix, plans, 1),
                   CRUCIBLE_E_DATA);
  assert_error_names("bar 57");
#undef RUN
  assert_null(run);
  batch_free(&b);
}

static void result_tells_what_it_did_not_keep(void **state) {
  (void)state;
  batch b = batch_of(100, 1);
  crucible_backtest *run;
  crucible_matrix equity;
  crucible_orders orders = {.struct_size = sizeof orders};
  crucible_summary s = {.struct_size = 2};
  b.drawn.options.keep_records = 0;
  assert_int_equal(batch_run(&b, &run), CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_records(run, &orders, NULL),
                   CRUCIBLE_E_STATE);
  assert_int_equal(crucible_backtest_equity(run, &equity), CRUCIBLE_E_STATE);
  assert_int_equal(crucible_backtest_summary(run, 0, &s), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_backtest_summary(run, 0, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_backtest_summary(NULL, 0, &s), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_backtest_records(NULL, &orders, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_backtest_equity(run, NULL), CRUCIBLE_E_INVALID);
  s.struct_size = sizeof s;
  assert_int_equal(crucible_backtest_summary(run, 0, &s), CRUCIBLE_OK);
  assert_int_equal(s.trades.n_trades, s.ledger.n_trades);
  crucible_backtest_destroy(run);
  crucible_backtest_destroy(NULL);
  batch_free(&b);
}

static void cancelled_run_leaves_nothing(void **state) {
  (void)state;
  batch b = batch_of(100, 4);
  crucible_backtest *run;
  crucible_cancel *cancel;
  size_t live = failing_alloc_live();
  assert_int_equal(crucible_cancel_create(&cancel), CRUCIBLE_OK);
  crucible_cancel_request(cancel);
  assert_int_equal(
      crucible_backtest_run(&b.recorded->market, &b.drawn.instrument, &b.matrix,
                            &b.drawn.plan, 1, NULL, NULL, cancel, &run),
      CRUCIBLE_E_CANCELLED);
  assert_null(run);
  crucible_cancel_destroy(cancel);
  assert_int_equal(failing_alloc_live(), live);
  batch_free(&b);
}

static void outcomes_refuse_bad_arguments(void **state) {
  (void)state;
  batch b = batch_of(100, 1);
  double outcome[100];
  size_t end[100];
  const crucible_market *market = &b.recorded->market;
  crucible_plan plan = b.drawn.plan;
#define LABEL(plan, direction, notional)                                       \
  crucible_backtest_outcomes(market, &b.drawn.instrument, plan, direction,     \
                             notional, NULL, NULL, NULL, outcome, end)
  assert_int_equal(LABEL(&plan, 1, 100), CRUCIBLE_E_INVALID);
  assert_error_names("horizon_bars");
  plan.horizon_bars = 3;
  assert_int_equal(LABEL(&plan, 1, 100), CRUCIBLE_OK);
  assert_int_equal(LABEL(&plan, -1, 100), CRUCIBLE_E_INVALID);
  assert_int_equal(LABEL(&plan, 0, 100), CRUCIBLE_E_INVALID);
  assert_int_equal(LABEL(&plan, 1, 0), CRUCIBLE_E_INVALID);
  assert_int_equal(LABEL(&plan, 1, (double)NAN), CRUCIBLE_E_INVALID);
  assert_int_equal(LABEL(NULL, 1, 100), CRUCIBLE_E_INVALID);
#undef LABEL
  assert_int_equal(crucible_backtest_outcomes(market, &b.drawn.instrument,
                                              &plan, 1, 100, NULL, NULL, NULL,
                                              NULL, end),
                   CRUCIBLE_E_INVALID);
  /* cold at first; at the end there is no bar left to leave in */
  for (size_t i = 0; i < 12; ++i)
    assert_true(isnan(outcome[i]) && end[i] == i);
  for (size_t i = 12; i < 96; ++i)
    assert_true(isfinite(outcome[i]) && end[i] == i + 4);
  for (size_t i = 96; i < 100; ++i)
    assert_true(isnan(outcome[i]) && end[i] == i);
  batch_free(&b);
}

/* ---- out of memory ---- */

static crucible_status run_batch_and_look(void *data) {
  const batch *b = data;
  crucible_backtest *run;
  crucible_status status = batch_run(b, &run);
  if (status == CRUCIBLE_OK) {
    crucible_orders orders = {.struct_size = sizeof orders};
    status = crucible_backtest_records(run, &orders, NULL);
    assert_true(orders.n > 100);
  }
  crucible_backtest_destroy(run);
  return status;
}

static void batch_survives_want_of_memory(void **state) {
  (void)state;
  batch b = batch_of(900, 3);
  b.drawn.options.keep_equity = 1;
  failing_alloc_run(run_batch_and_look, &b);
  b.drawn.options.keep_equity = 0;
  failing_alloc_run(run_batch_and_look, &b);
  batch_free(&b);
}

static crucible_status run_trader_and_look(void *data) {
  const batch *b = data;
  crucible_trader *trader;
  crucible_status status = crucible_trader_create(
      &b->drawn.plan, &b->drawn.instrument, 300000, &b->drawn.options, &trader);
  for (size_t i = 0; i < b->recorded->bars.n && status == CRUCIBLE_OK; ++i) {
    const crucible_bars *bars = &b->recorded->bars;
    crucible_bar bar = {.open_time_ms = bars->open_time_ms[i],
                        .open = bars->open[i],
                        .high = bars->high[i],
                        .low = bars->low[i],
                        .close = bars->close[i],
                        .volume = bars->volume[i]};
    crucible_ledger before = {.struct_size = sizeof before}, after = before;
    assert_int_equal(crucible_trader_ledger(trader, &before), CRUCIBLE_OK);
    status =
        crucible_trader_push(trader, &bar, b->recorded->sigma[i],
                             b->recorded->forecast[i], NOTHING, b->scores[i]);
    assert_int_equal(crucible_trader_ledger(trader, &after), CRUCIBLE_OK);
    if (status != CRUCIBLE_OK)
      assert_memory_equal(&before, &after, sizeof before);
  }
  crucible_trader_destroy(trader);
  return status;
}

static void trader_survives_want_of_memory(void **state) {
  (void)state;
  batch b = batch_of(900, 1);
  failing_alloc_run(run_trader_and_look, &b);
  batch_free(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(row_major_scores_give_the_same_bits),
      cmocka_unit_test(summary_agrees_with_equity_and_trades),
      cmocka_unit_test(few_bars_and_no_columns_have_no_figures),
      cmocka_unit_test(batch_refuses_bad_arguments),
      cmocka_unit_test(result_tells_what_it_did_not_keep),
      cmocka_unit_test(cancelled_run_leaves_nothing),
      cmocka_unit_test(outcomes_refuse_bad_arguments),
      cmocka_unit_test(batch_survives_want_of_memory),
      cmocka_unit_test(trader_survives_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
