/* SPDX-License-Identifier: Apache-2.0 */
/* Drawdowns made from curves, positions made from trades. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backtest/drawdowns.h"
#include "backtest/record_positions.h"
#include "backtest/record_table.h"
#include "support/near.h"

/* ---- drawdowns ---- */

enum { N_CURVE = 12 };

static const int64_t open_ms[N_CURVE] = {100, 200, 300, 400,  500,  600,
                                         700, 800, 900, 1000, 1100, 1200};

static crucible_drawdowns drawdowns_of(crucible__drawdown_table *table,
                                       const double *curve, size_t n,
                                       int piecewise) {
  crucible__dip dip;
  crucible__dip_init(&dip, 100);
  crucible__dip_begin_part(&dip, 0);
  if (piecewise)
    for (size_t i = 0; i < n; ++i)
      assert_int_equal(crucible__dip_note(&dip, table, 4, open_ms, i, curve[i]),
                       CRUCIBLE_OK);
  else
    assert_int_equal(
        crucible__dip_note_curve(&dip, table, 4, open_ms, 0, n, curve),
        CRUCIBLE_OK);
  assert_int_equal(
      crucible__dip_end_part(&dip, table, 4, open_ms, n - 1, curve[n - 1]),
      CRUCIBLE_OK);
  crucible_drawdowns view = {.struct_size = sizeof view};
  assert_int_equal(crucible__table_lend(table, &crucible__drawdown_kind, &view),
                   CRUCIBLE_OK);
  return view;
}

static void drawdowns_go_from_peak_to_peak(void **state) {
  (void)state;
  const double curve[N_CURVE] = {90, 80, 100, 100, 110, 105,
                                 99, 99, 120, 120, 119, 118};
  for (int piecewise = 0; piecewise < 2; ++piecewise) {
    crucible__drawdown_table table = {.end = NULL};
    crucible_drawdowns d = drawdowns_of(&table, curve, N_CURVE, piecewise);
    assert_int_equal(d.n, 3);
    const struct {
      int64_t peak_ms, valley_ms, end_ms;
      double peak, valley, end;
      uint32_t bars;
      int is_open;
    } expected[] = {{100, 200, 300, 100, 80, 100, 2, 0},
                    {500, 700, 900, 110, 99, 120, 3, 0},
                    {1000, 1200, 1200, 120, 118, 118, 2, 1}};
    for (size_t i = 0; i < 3; ++i) {
      assert_int_equal(d.column[i], 4);
      assert_int_equal(d.peak_ms[i], expected[i].peak_ms);
      assert_int_equal(d.valley_ms[i], expected[i].valley_ms);
      assert_int_equal(d.end_ms[i], expected[i].end_ms);
      assert_near(d.peak[i], expected[i].peak, 0, 0);
      assert_near(d.valley[i], expected[i].valley, 0, 0);
      assert_near(d.end[i], expected[i].end, 0, 0);
      assert_near(d.depth[i], 1 - expected[i].valley / expected[i].peak, 0, 0);
      assert_int_equal(d.bars[i], expected[i].bars);
      assert_int_equal(d.is_open[i], expected[i].is_open);
    }
    crucible__table_free(&table, &crucible__drawdown_kind);
  }
}

/* A run in two parts, whose bars are counted anew in each: what the first part
   leaves open counts for nothing, the rest is what one run shows. */
static void drawdowns_go_on_from_part_to_part(void **state) {
  (void)state;
  const double curve[N_CURVE] = {100, 80, 90,  100, 110, 105,
                                 99,  99, 120, 119, 119, 118};
  crucible__drawdown_table whole = {.end = NULL};
  crucible_drawdowns w = drawdowns_of(&whole, curve, N_CURVE, 0);
  assert_int_equal(w.n, 3);
  for (size_t cut = 1; cut < N_CURVE; ++cut) {
    crucible__drawdown_table table = {.end = NULL};
    crucible__dip dip;
    crucible__dip_init(&dip, 100);
    for (int part = 0; part < 2; ++part) {
      size_t from = part == 0 ? 0 : cut, to = part == 0 ? cut : N_CURVE;
      crucible__dip_begin_part(&dip, 0);
      assert_int_equal(crucible__dip_note_curve(&dip, &table, 4, open_ms + from,
                                                0, to - from, curve + from),
                       CRUCIBLE_OK);
      assert_int_equal(crucible__dip_end_part(&dip, &table, 4, open_ms + from,
                                              to - from - 1, curve[to - 1]),
                       CRUCIBLE_OK);
      if (part == 0 && table.table.n > 0 && table.is_open[table.table.n - 1])
        --table.table.n;
    }
    assert_int_equal(table.table.n, w.n);
    for (size_t i = 0; i < w.n; ++i) {
      assert_int_equal(table.peak_ms[i], w.peak_ms[i]);
      assert_int_equal(table.valley_ms[i], w.valley_ms[i]);
      assert_int_equal(table.end_ms[i], w.end_ms[i]);
      assert_int_equal(table.bars[i], w.bars[i]);
      assert_int_equal(table.is_open[i], w.is_open[i]);
      assert_same_bits(table.depth[i], w.depth[i]);
    }
    crucible__table_free(&table, &crucible__drawdown_kind);
  }
  crucible__table_free(&whole, &crucible__drawdown_kind);
}

static void a_curve_that_only_rises_has_no_drawdown(void **state) {
  (void)state;
  const double curve[] = {100, 100, 101, 101, 150};
  crucible__drawdown_table table = {.end = NULL};
  assert_int_equal(drawdowns_of(&table, curve, 5, 0).n, 0);
  crucible__table_free(&table, &crucible__drawdown_kind);
}

/* ---- positions ---- */

/* One that was left in two parts after it was added to, one that was reversed
   into, and one of another column that is open still. */
static const crucible__trade_event leavings[] = {
    {.entry_ms = 100,
     .exit_ms = 300,
     .quantity = 2,
     .entry_price = 10,
     .exit_price = 12,
     .result = 3.5,
     .gross = 4,
     .most = 3,
     .mae = 0.1,
     .mfe = 0.2,
     .costs = {.fee = 0.5},
     .side = 1,
     .exit = 5,
     .is_last = 0,
     .bars = 2,
     .entry_bar = 0,
     .exit_bar = 2},
    {.entry_ms = 100,
     .exit_ms = 500,
     .quantity = 6,
     .entry_price = 11,
     .exit_price = 13,
     .result = 11,
     .gross = 12,
     .most = 6,
     .mae = 0.3,
     .mfe = 0.25,
     .costs = {.fee = 0.25,
               .spread = 0.5,
               .slippage = 0.125,
               .impact = 0.0625,
               .funding = 0.03125,
               .dust = 0.03125},
     .side = 1,
     .exit = 12,
     .is_last = 1,
     .bars = 4,
     .entry_bar = 0,
     .exit_bar = 4},
    {.entry_ms = 500,
     .exit_ms = 500,
     .quantity = 1,
     .entry_price = 13,
     .exit_price = 14,
     .result = -1,
     .gross = -1,
     .most = 1,
     .side = -1,
     .exit = 4,
     .is_last = 1,
     .entry_bar = 4,
     .exit_bar = 4},
};

static const crucible__trade_event open[3] = {{.quantity = 0},
                                              {.quantity = 0},
                                              {.entry_ms = 700,
                                               .exit_ms = 900,
                                               .quantity = 4,
                                               .entry_price = 20,
                                               .exit_price = 21,
                                               .result = 3,
                                               .gross = 4,
                                               .most = 4,
                                               .costs = {.fee = 1},
                                               .side = 1,
                                               .bars = 2,
                                               .entry_bar = 6,
                                               .exit_bar = 8}};

static void positions_put_their_trades_together(void **state) {
  (void)state;
  crucible__records r = {.orders = {.id = NULL}};
  for (size_t i = 0; i < 3; ++i) {
    assert_int_equal(crucible__records_reserve(&r, 0, 1), CRUCIBLE_OK);
    crucible__trades_write(&r.trades, r.trades.table.n++, 0, &leavings[i], 1);
  }
  crucible__position_table table = {.mae = NULL};
  assert_int_equal(crucible__positions_of(&r.trades, open, 3, &table),
                   CRUCIBLE_OK);
  crucible_positions p = {.struct_size = sizeof p};
  assert_int_equal(crucible__table_lend(&table, &crucible__position_kind, &p),
                   CRUCIBLE_OK);
  assert_int_equal(p.n, 3);
  assert_int_equal(p.column[0], 0);
  assert_int_equal(p.side[0], 1);
  assert_int_equal(p.n_trades[0], 2);
  assert_int_equal(p.is_open[0], 0);
  assert_int_equal(p.entry_ms[0], 100);
  assert_int_equal(p.exit_ms[0], 500);
  assert_int_equal(p.entry_bar[0], 0);
  assert_int_equal(p.exit_bar[0], 4);
  assert_int_equal(p.bars[0], 4);
  assert_near(p.quantity[0], 6, 0, 0);
  assert_near(p.entry_price[0], (2 * 10 + 6 * 11) / 8.0, 0, 0);
  assert_near(p.exit_price[0], (2 * 12 + 6 * 13) / 8.0, 0, 0);
  assert_near(p.result[0], 14.5, 0, 0);
  assert_near(p.gross[0], 16, 0, 0);
  assert_near(p.fee[0], 0.75, 0, 0);
  assert_near(p.spread[0], 0.5, 0, 0);
  assert_near(p.slippage[0], 0.125, 0, 0);
  assert_near(p.impact[0], 0.0625, 0, 0);
  assert_near(p.funding[0], 0.03125, 0, 0);
  assert_near(p.dust[0], 0.03125, 0, 0);
  assert_near(p.mae[0], 0.3, 0, 0);
  assert_near(p.mfe[0], 0.25, 0, 0);
  assert_int_equal(p.side[1], -1);
  assert_int_equal(p.n_trades[1], 1);
  assert_near(p.entry_price[1], 13, 0, 0);
  assert_int_equal(p.column[2], 2);
  assert_int_equal(p.is_open[2], 1);
  assert_int_equal(p.n_trades[2], 0);
  assert_near(p.exit_price[2], 21, 0, 0);
  assert_near(p.result[2], 3, 0, 0);
  crucible__table_free(&table, &crucible__position_kind);
  crucible__records_free(&r);
}

/* Left in part before the last bar: what is left joins the trades. */
static void an_open_position_has_its_trades_and_its_mark(void **state) {
  (void)state;
  crucible__trade_event part = {.entry_ms = 100,
                                .exit_ms = 300,
                                .quantity = 1,
                                .entry_price = 10,
                                .exit_price = 12,
                                .result = 2,
                                .gross = 2,
                                .most = 4,
                                .mae = 0.5,
                                .mfe = 0.125,
                                .side = 1,
                                .exit_bar = 2};
  crucible__trade_event left = {.entry_ms = 100,
                                .exit_ms = 900,
                                .quantity = 3,
                                .entry_price = 10,
                                .exit_price = 8,
                                .result = -6,
                                .gross = -6,
                                .most = 3,
                                .mae = 0.25,
                                .mfe = 0.25,
                                .side = 1,
                                .bars = 8,
                                .exit_bar = 8};
  crucible__records r = {.orders = {.id = NULL}};
  assert_int_equal(crucible__records_reserve(&r, 0, 1), CRUCIBLE_OK);
  crucible__trades_write(&r.trades, r.trades.table.n++, 0, &part, 1);
  crucible__position_table p = {.mae = NULL};
  assert_int_equal(crucible__positions_of(&r.trades, &left, 1, &p),
                   CRUCIBLE_OK);
  assert_int_equal(p.table.n, 1);
  assert_int_equal(p.is_open[0], 1);
  assert_int_equal(p.n_trades[0], 1);
  assert_int_equal(p.exit_ms[0], 900);
  assert_int_equal(p.bars[0], 8);
  assert_near(p.quantity[0], 4, 0, 0);
  assert_near(p.exit_price[0], (12 + 3 * 8) / 4.0, 0, 0);
  assert_near(p.result[0], -4, 0, 0);
  assert_near(p.mae[0], 0.5, 0, 0);
  assert_near(p.mfe[0], 0.25, 0, 0);
  crucible__table_free(&p, &crucible__position_kind);
  crucible__records_free(&r);
}

/* Columns each left in part, and nothing known of what is left. */
enum { LEFT_IN_PART = 500 };

static void positions_that_are_not_over_are_counted_too(void **state) {
  (void)state;
  crucible__trade_event part = leavings[0];
  crucible__records r = {.orders = {.id = NULL}};
  for (uint32_t c = 0; c < LEFT_IN_PART; ++c) {
    assert_int_equal(crucible__records_reserve(&r, 0, 1), CRUCIBLE_OK);
    crucible__trades_write(&r.trades, r.trades.table.n++, c, &part, 1);
  }
  crucible__position_table p = {.mae = NULL};
  assert_int_equal(crucible__positions_of(&r.trades, NULL, LEFT_IN_PART, &p),
                   CRUCIBLE_OK);
  assert_int_equal(p.table.n, LEFT_IN_PART);
  assert_true(p.table.capacity >= LEFT_IN_PART);
  for (uint32_t c = 0; c < LEFT_IN_PART; ++c) {
    assert_int_equal(p.column[c], c);
    assert_int_equal(p.is_open[c], 1);
    assert_int_equal(p.n_trades[c], 1);
  }
  crucible__table_free(&p, &crucible__position_kind);
  crucible__records_free(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(drawdowns_go_from_peak_to_peak),
      cmocka_unit_test(drawdowns_go_on_from_part_to_part),
      cmocka_unit_test(a_curve_that_only_rises_has_no_drawdown),
      cmocka_unit_test(positions_put_their_trades_together),
      cmocka_unit_test(an_open_position_has_its_trades_and_its_mark),
      cmocka_unit_test(positions_that_are_not_over_are_counted_too),
  };
  return cmocka_run_group_tests_name("records_made", tests, NULL, NULL);
}
