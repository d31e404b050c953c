/* SPDX-License-Identifier: Apache-2.0 */
/* Trailing stops, ladders of targets, entries at a trigger, fills at the close;
   computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fills.h"

/* ---- trailing stops ---- */

static void trailing_stop_follows_the_best_price_and_never_back(void **state) {
  (void)state;
  played p = played_in_units();
  p.plan.trail_fraction = 0.05;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 110, 99, 109, 0},
       {109, 110, 106, 106, 0}, {106, 107, 104, 105, 0});
  /* anchor 100, 110 after the first bar: 110 * 0.95 = 104.5; the bid comes to
     105.75 in the second and to 103.75 in the third */
  assert_int_equal(p.orders.n, 2);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_TRAIL, CRUCIBLE_LIQUIDITY_TAKER, 104.5);
  assert_near(p.orders.limit_price[1], 104.5, 0, 0);
  assert_int_equal(p.trades.exit[0], CRUCIBLE_PURPOSE_TRAIL);
  check_ledger(&p);
  played_end(&p);
}

static void trailing_stop_moves_with_each_station_of_the_path(void **state) {
  (void)state;
  /* up to 120 first, then down: the level stands at 114 by then */
  played p = played_in_units();
  p.plan.trail_fraction = 0.05;
  p.options.path = CRUCIBLE_PATH_OHLC;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 120, 99, 119, 0});
  check_filled(&p, 1, CRUCIBLE_PURPOSE_TRAIL, CRUCIBLE_LIQUIDITY_TAKER, 114);
  played_end(&p);
  /* down first: 95 holds against 98.75, then up; the level is 114 at the end */
  p = played_in_units();
  p.plan.trail_fraction = 0.05;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 120, 99, 119, 0},
       {119, 119, 113, 118, 0});
  assert_int_equal(p.orders.ended_ms[1], 2 * PLAYED_BAR_MS);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_TRAIL, CRUCIBLE_LIQUIDITY_TAKER, 114);
  played_end(&p);
}

static void trailing_stop_of_a_short_is_mirrored(void **state) {
  (void)state;
  played p = played_in_units();
  p.plan.trail_sigma = 4; /* 4 %; sigma is 0.01 */
  p.plan.stop_sigma = 6;
  p.options.path = CRUCIBLE_PATH_OHLC;
  HEAR(&p, {100, 101, 99, 100, ES}, {100, 101, 90, 91, 0}, {91, 95, 91, 94, 0});
  /* 90 * 1.04 = 93.6 -> 93.5; bought there */
  check_filled(&p, 1, CRUCIBLE_PURPOSE_TRAIL, CRUCIBLE_LIQUIDITY_TAKER, 93.5);
  check_unfilled(&p, 2, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_ORDER_CANCELLED,
                 CRUCIBLE_REASON_CLOSED);
  check_ledger(&p);
  played_end(&p);
}

static void fixed_stop_counts_while_it_is_nearer_than_the_trail(void **state) {
  (void)state;
  played p = played_in_units();
  p.plan.trail_fraction = 0.10;
  p.plan.stop_fraction = 0.02;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 97, 98, 0});
  /* 100.5 * 0.98 = 98.49 -> 98.5, before 90 */
  check_filled(&p, 1, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_LIQUIDITY_TAKER, 98.5);
  check_unfilled(&p, 2, CRUCIBLE_PURPOSE_TRAIL, CRUCIBLE_ORDER_CANCELLED,
                 CRUCIBLE_REASON_CLOSED);
  played_end(&p);
}

/* ---- ladders ---- */

static void ladder_leaves_rung_by_rung(void **state) {
  (void)state;
  played p = played_in_units();
  p.plan.target_fraction = 0.02;
  p.plan.n_rungs = 2;
  p.plan.rung_at[0] = 1;
  p.plan.rung_at[1] = 2;
  p.plan.rung_share[0] = 0.5;
  p.plan.rung_share[1] = 0.25;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0},
       {100, 104, 99, 103, 0}, {103, 106, 102, 105, XL},
       {105, 106, 104, 105, 0});
  /* 102.51 -> 103 for 2, 104.52 -> 105 for 1, the rest at 104.75 -> 104.5 */
  assert_int_equal(p.orders.n, 4);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_TARGET, CRUCIBLE_LIQUIDITY_MAKER, 103);
  assert_near(p.orders.filled[1], 2, 0, 0);
  check_filled(&p, 2, CRUCIBLE_PURPOSE_TARGET, CRUCIBLE_LIQUIDITY_MAKER, 105);
  assert_near(p.orders.filled[2], 1, 0, 0);
  check_filled(&p, 3, CRUCIBLE_PURPOSE_EXIT_SIGNAL, CRUCIBLE_LIQUIDITY_TAKER,
               104.5);
  assert_int_equal(p.trades.n, 3);
  /* each trade takes its share of the entry: 4 * 100.5 * 0.001 of fee */
  assert_near(p.trades.result[0], 2 * (103 - 100.5) - 2 * 103 * 0.0005 - 0.201,
              1e-12, 0);
  assert_near(p.trades.result[1], 1 * (105 - 100.5) - 1 * 105 * 0.0005 - 0.1005,
              1e-12, 0);
  assert_near(p.trades.result[2], 1 * (104.5 - 100.5) - 0.1045 - 0.1005, 1e-12,
              0);
  assert_int_equal(p.trades.is_last[0], 0);
  assert_int_equal(p.trades.is_last[2], 1);
  check_ledger(&p);
  played_end(&p);
}

static void rungs_that_were_not_reached_end_with_the_position(void **state) {
  (void)state;
  played p = played_in_units();
  p.plan.stop_fraction = 0.05;
  p.plan.target_fraction = 0.02;
  p.plan.n_rungs = 3;
  for (int i = 0; i < 3; ++i) {
    p.plan.rung_at[i] = 1 + i;
    p.plan.rung_share[i] = 0.25;
  }
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 104, 99, 103, 0},
       {103, 103, 90, 91, 0});
  /* the stop, then both rungs */
  assert_int_equal(p.orders.n, 5);
  check_filled(&p, 2, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_LIQUIDITY_TAKER, 95.5);
  assert_near(p.orders.filled[2], 3, 0, 0);
  check_unfilled(&p, 3, CRUCIBLE_PURPOSE_TARGET, CRUCIBLE_ORDER_CANCELLED,
                 CRUCIBLE_REASON_CLOSED);
  assert_near(p.orders.limit_price[3], 105, 0, 0);
  assert_near(p.orders.limit_price[4], 107, 0, 0);
  check_ledger(&p);
  played_end(&p);
}

/* ---- entries at a trigger ---- */

static void stop_entry_waits_for_its_trigger(void **state) {
  (void)state;
  played p = played_entering(CRUCIBLE_ENTRY_STOP, 3);
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0},
       {100, 104, 99, 103, 0});
  /* buys when the ask is 102: the price is 101.75 then */
  assert_int_equal(p.orders.n, 1);
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 102);
  assert_near(p.orders.limit_price[0], 102, 0, 0);
  assert_int_equal(p.orders.entry[0], CRUCIBLE_ENTRY_STOP);
  played_end(&p);
  /* a jump over it fills at the open; and its time runs out */
  p = played_entering(CRUCIBLE_ENTRY_STOP, 1);
  HEAR(&p, {100, 101, 99, 100, ES}, {95, 96, 94, 95, 0}, {95, 96, 94, 95, ES},
       {95, 96, 94, 95, 0});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 94.5);
  played_end(&p);
  p = played_in_units();
  p.plan.entry = CRUCIBLE_ENTRY_STOP;
  p.plan.offset_fraction = 0.02;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0});
  check_refused(&p, 0, CRUCIBLE_ORDER_EXPIRED, CRUCIBLE_REASON_TIME_TO_LIVE);
  played_end(&p);
}

static void stop_limit_entry_becomes_a_limit_at_its_trigger(void **state) {
  (void)state;
  /* trigger 102, limit 102 * 1.01 = 103.02 -> 103: taken at 102 */
  played p = played_entering(CRUCIBLE_ENTRY_STOP_LIMIT, 5);
  p.plan.stop_limit_fraction = 0.01;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 104, 99, 103, 0});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 102);
  played_end(&p);
  /* the open jumps over both: it rests at 103 until the ask is back there */
  p = played_entering(CRUCIBLE_ENTRY_STOP_LIMIT, 5);
  p.plan.stop_limit_fraction = 0.01;
  HEAR(&p, {100, 101, 99, 100, EL}, {106, 107, 105, 106, 0},
       {106, 107, 102, 103, 0});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_MAKER, 103);
  assert_int_equal(p.orders.ended_ms[0], 2 * PLAYED_BAR_MS);
  check_ledger(&p);
  played_end(&p);
}

/* ---- the order of the extremes ---- */

static void adaptive_path_goes_to_the_nearer_extreme_first(void **state) {
  (void)state;
  const struct {
    double high, low;
    int32_t exit;
  } cases[] = {{107, 90, CRUCIBLE_PURPOSE_TARGET},
               {110, 94, CRUCIBLE_PURPOSE_STOP},
               {108, 92, CRUCIBLE_PURPOSE_STOP}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    played p = played_in_units();
    p.plan.stop_fraction = p.plan.target_fraction = 0.05;
    p.options.path = CRUCIBLE_PATH_ADAPTIVE;
    HEAR(&p, {100, 101, 99, 100, EL},
         {100, cases[i].high, cases[i].low, 100, 0});
    assert_int_equal(p.trades.n, 1);
    assert_int_equal(p.trades.exit[0], cases[i].exit);
    played_end(&p);
  }
}

/* ---- at the close ---- */

static void same_close_trades_the_close_that_decided(void **state) {
  (void)state;
  played p = played_in_units();
  p.options.fill_at = CRUCIBLE_FILL_SAME_CLOSE;
  p.plan.stop_fraction = 0.02;
  HEAR(&p, {100, 101, 99, 100, 0}, {100, 104, 90, 102, EL});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 102.5);
  assert_near(p.ledger.mark_price, 101.75, 0, 0);
  assert_int_equal(p.ledger.n_bars_in_position, 1);
  HEAR(&p, {103, 105, 102, 104, ES});
  assert_int_equal(p.orders.purpose[1], CRUCIBLE_PURPOSE_REVERSE);
  assert_near(p.orders.fill_price[1], 103.5, 0, 0);
  assert_near(p.ledger.position, -4, 0, 0);
  check_ledger(&p);
  played_end(&p);
}

static void same_close_holds_for_the_horizon(void **state) {
  (void)state;
  played p = played_in_units();
  p.options.fill_at = CRUCIBLE_FILL_SAME_CLOSE;
  p.plan.horizon_bars = 2;
  HEAR(&p, {100, 101, 99, 100, 0}, {100, 101, 99, 100, EL},
       {100, 101, 99, 100, 0}, {100, 101, 99, 100, 0});
  assert_int_equal(p.trades.n, 1);
  assert_int_equal(p.trades.bars[0], 2);
  assert_int_equal(p.trades.entry_bar[0], 1);
  played_end(&p);
}

static void same_close_without_a_trade_waits_for_the_open(void **state) {
  (void)state;
  played p = played_in_units();
  p.options.fill_at = CRUCIBLE_FILL_SAME_CLOSE;
  HEAR(&p, {100, 101, 99, 100, 0});
  p.volume = 0;
  HEAR(&p, {100, 100, 100, 100, EL});
  p.volume = 100;
  assert_int_equal(p.orders.n, 0);
  HEAR(&p, {101, 104, 90, 102, 0});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 101.5);
  played_end(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trailing_stop_follows_the_best_price_and_never_back),
      cmocka_unit_test(trailing_stop_moves_with_each_station_of_the_path),
      cmocka_unit_test(trailing_stop_of_a_short_is_mirrored),
      cmocka_unit_test(fixed_stop_counts_while_it_is_nearer_than_the_trail),
      cmocka_unit_test(ladder_leaves_rung_by_rung),
      cmocka_unit_test(rungs_that_were_not_reached_end_with_the_position),
      cmocka_unit_test(stop_entry_waits_for_its_trigger),
      cmocka_unit_test(stop_limit_entry_becomes_a_limit_at_its_trigger),
      cmocka_unit_test(adaptive_path_goes_to_the_nearer_extreme_first),
      cmocka_unit_test(same_close_trades_the_close_that_decided),
      cmocka_unit_test(same_close_holds_for_the_horizon),
      cmocka_unit_test(same_close_without_a_trade_waits_for_the_open),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
