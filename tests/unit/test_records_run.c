/* SPDX-License-Identifier: Apache-2.0 */
/* Positions and drawdowns of whole runs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <crucible/arrow.h>
#include <crucible/backtest.h>

#include "support/near.h"
#include "support/played.h"
#include "support/recorded_run.h"

static void positions_add_up_to_the_equity(void **state) {
  (void)state;
  run r = start();
  crucible_positions p = {.struct_size = sizeof p};
  crucible_trades t = {.struct_size = sizeof t};
  assert_int_equal(crucible_backtest_positions(r.backtest, &p), CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_records(r.backtest, NULL, &t),
                   CRUCIBLE_OK);
  size_t at = 0, trade = 0;
  for (uint32_t c = 0; c < COLUMNS; ++c) {
    crucible_summary s = {.struct_size = sizeof s};
    assert_int_equal(crucible_backtest_summary(r.backtest, c, &s), CRUCIBLE_OK);
    double sum = 0;
    for (; at < p.n && p.column[at] == c; ++at) {
      sum += p.result[at];
      assert_true(p.mae[at] >= 0 && p.mfe[at] >= 0);
      if (p.is_open[at]) { /* the last of its column */
        assert_true(at + 1 == p.n || p.column[at + 1] == c + 1);
        assert_near(p.result[at], s.ledger.open_result, 1e-12, 1e-9);
        assert_near(p.quantity[at], fabs(s.ledger.position), 0.01, 0);
        continue;
      }
      assert_int_equal(p.n_trades[at], 1);
      assert_same_bits(p.result[at], t.result[trade]);
      assert_same_bits(p.entry_price[at], t.entry_price[trade]);
      assert_same_bits(p.quantity[at], t.quantity[trade]);
      assert_same_bits(p.mae[at], t.mae[trade]);
      assert_same_bits(p.mfe[at], t.mfe[trade]);
      assert_int_equal(p.exit_bar[at], t.exit_bar[trade]);
      ++trade;
    }
    assert_near(sum, s.ledger.equity - s.ledger.initial_cash, 1e-9, 1e-7);
  }
  assert_int_equal(at, p.n);
  assert_int_equal(trade, t.n);
  end(&r);
}

/* Three bars of hand-made prices. */
static crucible_backtest *run_three(const double *open, const double *high,
                                    const double *low, const double *close,
                                    const crucible_matrix *scores,
                                    const played *like) {
  static const int64_t times[] = {0, PLAYED_BAR_MS, 2 * PLAYED_BAR_MS};
  static const double volume[] = {100, 100, 100}, sigma[] = {0.1, 0.1, 0.1};
  const crucible_bars bars = {.struct_size = sizeof bars,
                              .n = 3,
                              .timeframe_ms = PLAYED_BAR_MS,
                              .open_time_ms = times,
                              .open = open,
                              .high = high,
                              .low = low,
                              .close = close,
                              .volume = volume};
  const crucible_market market = {.struct_size = sizeof market,
                                  .bars = &bars,
                                  .sigma = sigma,
                                  .volume_forecast = volume};
  crucible_backtest *held;
  assert_int_equal(crucible_backtest_run(&market, &like->instrument, scores,
                                         &like->plan, 1, &like->options, NULL,
                                         NULL, &held),
                   CRUCIBLE_OK);
  return held;
}

/* Bid and ask are a quarter from the price, entries at 100.5 and 99.5 (the
   next ticks), 5 each, and it could be left at 102.75 and 103.25 at last. */
static void an_open_position_is_marked_where_it_could_be_left(void **state) {
  (void)state;
  static const double open[] = {100, 100, 104}, high[] = {101, 110, 106};
  static const double low[] = {99, 95, 98}, close[] = {100, 104, 103};
  static const double scores[] = {1, 0, 0, -1, 0, 0};
  const crucible_matrix matrix = {scores, 3, 2, 1, 3};
  played like = played_future();
  like.options.keep_positions = 1;
  crucible_backtest *held = run_three(open, high, low, close, &matrix, &like);
  crucible_positions p = {.struct_size = sizeof p};
  assert_int_equal(crucible_backtest_positions(held, &p), CRUCIBLE_OK);
  assert_int_equal(p.n, 2);
  const double entry[] = {100.5, 99.5}, mark[] = {102.75, 103.25};
  const double best[] = {109.75, 95.25}, worst[] = {94.75, 110.25};
  for (size_t i = 0; i < 2; ++i) {
    const int side = i == 0 ? 1 : -1;
    const double fee = 0.001 * 5 * (entry[i] + mark[i]);
    const double result = side * 5 * (mark[i] - entry[i]) - fee;
    assert_int_equal(p.column[i], i);
    assert_int_equal(p.side[i], side);
    assert_int_equal(p.is_open[i], 1);
    assert_int_equal(p.n_trades[i], 0);
    assert_int_equal(p.entry_ms[i], PLAYED_BAR_MS);
    assert_int_equal(p.exit_ms[i], 2 * PLAYED_BAR_MS);
    assert_int_equal(p.entry_bar[i], 1);
    assert_int_equal(p.exit_bar[i], 2);
    assert_int_equal(p.bars[i], 1);
    assert_near(p.quantity[i], 5, 0, 0);
    assert_near(p.entry_price[i], entry[i], 0, 0);
    assert_near(p.exit_price[i], mark[i], 0, 0);
    assert_near(p.fee[i], fee, 1e-12, 0);
    assert_near(p.spread[i], 5 * 0.5, 1e-12, 0);
    assert_near(p.result[i], result, 1e-12, 0);
    assert_near(p.gross[i], result + fee + 5 * 0.5, 1e-12, 0);
    assert_near(p.mfe[i], side * (best[i] / entry[i] - 1), 1e-12, 0);
    assert_near(p.mae[i], -side * (worst[i] / entry[i] - 1), 1e-12, 0);
  }
  crucible_backtest_destroy(held);
}

/* 5 at 100.5; 2 leave at the target, 103, and 3 could at 102.75. */
static void what_is_left_of_a_position_weighs_what_it_is(void **state) {
  (void)state;
  static const double open[] = {100, 100, 100}, high[] = {101, 101, 104};
  static const double low[] = {99, 99, 99}, close[] = {100, 100, 103};
  static const double scores[] = {1, 0, 0};
  const crucible_matrix matrix = {scores, 3, 1, 1, 3};
  played like = played_future();
  like.options.keep_positions = 1;
  like.plan.target_fraction = 0.02;
  like.plan.n_rungs = 1;
  like.plan.rung_at[0] = 1;
  like.plan.rung_share[0] = 0.4;
  crucible_backtest *held = run_three(open, high, low, close, &matrix, &like);
  crucible_positions p = {.struct_size = sizeof p};
  assert_int_equal(crucible_backtest_positions(held, &p), CRUCIBLE_OK);
  assert_int_equal(p.n, 1);
  assert_int_equal(p.is_open[0], 1);
  assert_int_equal(p.n_trades[0], 1);
  assert_near(p.quantity[0], 5, 0, 0);
  assert_near(p.entry_price[0], 100.5, 1e-15, 0);
  assert_near(p.exit_price[0], (2 * 103 + 3 * 102.75) / 5, 1e-15, 0);
  crucible_backtest_destroy(held);
}

static void drawdowns_are_those_of_the_curve(void **state) {
  (void)state;
  run r = start();
  crucible_drawdowns d = {.struct_size = sizeof d};
  crucible_matrix equity;
  assert_int_equal(crucible_backtest_drawdowns(r.backtest, &d), CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_equity(r.backtest, &equity), CRUCIBLE_OK);
  size_t at = 0;
  for (uint32_t c = 0; c < COLUMNS; ++c) {
    crucible_summary s = {.struct_size = sizeof s};
    assert_int_equal(crucible_backtest_summary(r.backtest, c, &s), CRUCIBLE_OK);
    const double *curve = equity.data + (ptrdiff_t)c * equity.col_stride;
    double deepest = 0, peak = 10000;
    uint64_t n = 0, below = 0, bars = 0;
    for (size_t i = 0; i < equity.rows; ++i) {
      below += curve[i] < peak;
      peak = curve[i] > peak ? curve[i] : peak;
    }
    for (; at < d.n && d.column[at] == c; ++at, ++n) {
      deepest = d.depth[at] > deepest ? d.depth[at] : deepest;
      bars += d.bars[at];
      assert_true(d.valley[at] < d.peak[at]);
      assert_true(d.is_open[at] ? d.end[at] < d.peak[at]
                                : d.end[at] >= d.peak[at]);
      assert_true(d.peak_ms[at] <= d.valley_ms[at] &&
                  d.valley_ms[at] <= d.end_ms[at]);
    }
    assert_int_equal(bars, below);
    assert_near(deepest, s.metrics.max_drawdown, 1e-12, 0);
    assert_int_equal(n, s.metrics.n_drawdowns);
  }
  assert_int_equal(at, d.n);
  end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(positions_add_up_to_the_equity),
      cmocka_unit_test(an_open_position_is_marked_where_it_could_be_left),
      cmocka_unit_test(what_is_left_of_a_position_weighs_what_it_is),
      cmocka_unit_test(drawdowns_are_those_of_the_curve),
  };
  return cmocka_run_group_tests_name("records_run", tests, NULL, NULL);
}
