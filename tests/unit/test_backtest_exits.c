/* SPDX-License-Identifier: Apache-2.0 */
/* Trailing stops, ladders of targets, entries at a trigger, targets of the
   position, fills at the close, participation, funding and borrowing; fills
   computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "support/fills.h"

enum {
  EL = CRUCIBLE_ENTER_LONG,
  XL = CRUCIBLE_EXIT_LONG,
  ES = CRUCIBLE_ENTER_SHORT
};

static played by_signals(void) {
  played p = played_future();
  p.plan.decides = CRUCIBLE_DECIDE_SIGNALS;
  p.plan.sizing = CRUCIBLE_SIZE_UNITS;
  p.plan.sizing_value = 4;
  p.options.path = CRUCIBLE_PATH_OLHC;
  return p;
}

/* ---- trailing stops ---- */

static void trailing_stop_follows_the_best_price_and_never_back(void **state) {
  (void)state;
  played p = by_signals();
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
  played p = by_signals();
  p.plan.trail_fraction = 0.05;
  p.options.path = CRUCIBLE_PATH_OHLC;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 120, 99, 119, 0});
  check_filled(&p, 1, CRUCIBLE_PURPOSE_TRAIL, CRUCIBLE_LIQUIDITY_TAKER, 114);
  played_end(&p);
  /* down first: 95 holds against 98.75, then up; the level is 114 at the end */
  p = by_signals();
  p.plan.trail_fraction = 0.05;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 120, 99, 119, 0},
       {119, 119, 113, 118, 0});
  assert_int_equal(p.orders.ended_ms[1], 2 * PLAYED_BAR_MS);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_TRAIL, CRUCIBLE_LIQUIDITY_TAKER, 114);
  played_end(&p);
}

static void trailing_stop_of_a_short_is_mirrored(void **state) {
  (void)state;
  played p = by_signals();
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
  played p = by_signals();
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
  played p = by_signals();
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
  played p = by_signals();
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

static played by_signals_entering(int32_t entry, uint32_t ttl_bars) {
  played p = by_signals();
  p.plan.entry = entry;
  p.plan.offset_fraction = 0.02;
  p.plan.limit_ttl_bars = ttl_bars;
  return p;
}

static void stop_entry_waits_for_its_trigger(void **state) {
  (void)state;
  played p = by_signals_entering(CRUCIBLE_ENTRY_STOP, 3);
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0},
       {100, 104, 99, 103, 0});
  /* buys when the ask is 102: the price is 101.75 then */
  assert_int_equal(p.orders.n, 1);
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 102);
  assert_near(p.orders.limit_price[0], 102, 0, 0);
  assert_int_equal(p.orders.entry[0], CRUCIBLE_ENTRY_STOP);
  played_end(&p);
  /* a jump over it fills at the open; and its time runs out */
  p = by_signals_entering(CRUCIBLE_ENTRY_STOP, 1);
  HEAR(&p, {100, 101, 99, 100, ES}, {95, 96, 94, 95, 0}, {95, 96, 94, 95, ES},
       {95, 96, 94, 95, 0});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 94.5);
  played_end(&p);
  p = by_signals();
  p.plan.entry = CRUCIBLE_ENTRY_STOP;
  p.plan.offset_fraction = 0.02;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0});
  check_refused(&p, 0, CRUCIBLE_ORDER_EXPIRED, CRUCIBLE_REASON_TIME_TO_LIVE);
  played_end(&p);
}

static void stop_limit_entry_becomes_a_limit_at_its_trigger(void **state) {
  (void)state;
  /* trigger 102, limit 102 * 1.01 = 103.02 -> 103: taken at 102 */
  played p = by_signals_entering(CRUCIBLE_ENTRY_STOP_LIMIT, 5);
  p.plan.stop_limit_fraction = 0.01;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 104, 99, 103, 0});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 102);
  played_end(&p);
  /* the open jumps over both: it rests at 103 until the ask is back there */
  p = by_signals_entering(CRUCIBLE_ENTRY_STOP_LIMIT, 5);
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
    played p = by_signals();
    p.plan.stop_fraction = p.plan.target_fraction = 0.05;
    p.options.path = CRUCIBLE_PATH_ADAPTIVE;
    HEAR(&p, {100, 101, 99, 100, EL},
         {100, cases[i].high, cases[i].low, 100, 0});
    assert_int_equal(p.trades.n, 1);
    assert_int_equal(p.trades.exit[0], cases[i].exit);
    played_end(&p);
  }
}

/* ---- targets of the position ---- */

static void want(played *p, double target, double price) {
  crucible_outlook outlook = played_outlook(p);
  crucible_wish wish;
  crucible_wish_init(&wish, sizeof wish);
  wish.target = target;
  const crucible_bar bar = {.open = price,
                            .high = price + 1,
                            .low = price - 1,
                            .close = price,
                            .volume = p->volume};
  assert_int_equal(played_step(p, &bar, &outlook, &wish), CRUCIBLE_OK);
}

static void targets_add_reduce_turn_and_close(void **state) {
  (void)state;
  played p = played_future();
  p.plan.decides = CRUCIBLE_DECIDE_TARGETS;
  p.plan.target_unit = CRUCIBLE_TARGET_UNITS;
  want(&p, 2, 100);
  want(&p, 5, 100);
  assert_near(p.ledger.position, 2, 0, 0);
  want(&p, (double)NAN, 110); /* 3 more at 110.5 */
  assert_near(p.ledger.position, 5, 0, 0);
  assert_near(p.ledger.entry_price, (2 * 100.5 + 3 * 110.5) / 5, 1e-12, 0);
  want(&p, 4, 110);
  want(&p, -1, 112); /* 1 sold at 111.75 -> 111.5 */
  assert_near(p.ledger.position, 4, 0, 0);
  assert_int_equal(p.trades.n, 1);
  assert_near(p.trades.quantity[0], 1, 0, 0);
  double cost = (2 * 100.5 + 3 * 110.5) * 1.001 / 5;
  assert_near(p.trades.result[0], 111.5 * 0.999 - cost, 1e-12, 0);
  want(&p, 0, 120); /* turned: 5 sold at 119.5 */
  assert_near(p.ledger.position, -1, 0, 0);
  assert_int_equal(p.trades.n, 2);
  assert_near(p.trades.result[1], 4 * (119.5 * 0.999 - cost), 1e-12, 0);
  want(&p, (double)NAN, 118); /* closed at 118.5 */
  assert_near(p.ledger.position, 0, 0, 0);
  assert_int_equal(p.orders.n, 5);
  for (size_t i = 0; i < 5; ++i)
    assert_int_equal(p.orders.purpose[i], CRUCIBLE_PURPOSE_REBALANCE);
  check_ledger(&p);
  played_end(&p);
}

static void targets_of_equity_and_cash_are_capped_and_rounded(void **state) {
  (void)state;
  played p = played_future();
  p.plan.decides = CRUCIBLE_DECIDE_TARGETS;
  want(&p, 0.333, 100);
  assert_near(p.ledger.position, 0, 0, 0);
  want(&p, (double)NAN, 100);
  assert_near(p.ledger.position, 3.33, 0, 0);
  played_end(&p);
  p = played_future();
  p.plan.decides = CRUCIBLE_DECIDE_TARGETS;
  p.plan.target_unit = CRUCIBLE_TARGET_CASH;
  want(&p, -250, 100);
  want(&p, 99999, 100);
  assert_near(p.ledger.position, -2.5, 0, 0);
  assert_near(p.orders.quantity[0], 2.5, 0, 0);
  want(&p, (double)NAN,
       100); /* all that equity can carry, at the close: 9.97 */
  double equity = 1000 + 2.5 * 99.5 * 0.999 - 2.5 * 100.25 * 1.001;
  assert_near(p.orders.quantity[1], 2.5 + floor(equity) / 100, 1e-12, 0);
  check_ledger(&p);
  played_end(&p);
}

static void short_target_of_a_plan_that_is_long_alone_is_refused(void **state) {
  (void)state;
  const crucible_bar bar = {
      .open = 100, .high = 101, .low = 99, .close = 100, .volume = 100};
  played p = played_future();
  p.plan.decides = CRUCIBLE_DECIDE_TARGETS;
  p.plan.side = CRUCIBLE_SIDE_LONG;
  crucible_outlook outlook = played_outlook(&p);
  crucible_wish wish;
  crucible_wish_init(&wish, sizeof wish);
  wish.target = -0.25;
  assert_int_equal(played_step(&p, &bar, &outlook, &wish), CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "wish.target is -0.25"));
  assert_int_equal(p.ledger.n_bars, 0);
  want(&p, 0.5, 100);
  want(&p, 0, 100);
  want(&p, (double)NAN, 100);
  assert_int_equal(p.orders.n, 2);
  assert_near(p.ledger.position, 0, 0, 0);
  played_end(&p);
}

static void target_too_near_to_what_is_held_sends_nothing(void **state) {
  (void)state;
  played p = played_future();
  p.instrument.min_notional = 100;
  p.plan.decides = CRUCIBLE_DECIDE_TARGETS;
  p.plan.target_unit = CRUCIBLE_TARGET_UNITS;
  want(&p, 2, 100);
  want(&p, 2.5, 100); /* 50 is below the minimum */
  want(&p, 2.004, 100);
  want(&p, (double)NAN, 100);
  assert_int_equal(p.orders.n, 1);
  want(&p, 0, 10); /* closing has no minimum */
  want(&p, (double)NAN, 10);
  assert_int_equal(p.orders.n, 2);
  assert_near(p.ledger.position, 0, 0, 0);
  played_end(&p);
}

/* ---- at the close ---- */

static void same_close_trades_the_close_that_decided(void **state) {
  (void)state;
  played p = by_signals();
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
  played p = by_signals();
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
  played p = by_signals();
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

/* ---- participation ---- */

static void cap_carries_what_the_volume_leaves(void **state) {
  (void)state;
  played p = by_signals();
  p.options.participation = 0.03; /* 3 of 100 */
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0});
  assert_near(p.ledger.position, 3, 0, 0);
  assert_int_equal(p.orders.n, 0);
  HEAR(&p, {102, 103, 101, 102, 0});
  assert_near(p.ledger.position, 4, 0, 0);
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER,
               (3 * 100.5 + 102.5) / 4);
  assert_near(p.orders.filled[0], 4, 0, 0);
  assert_near(p.ledger.entry_price, 101, 1e-12, 0);
  HEAR(&p, {102, 103, 101, 102, XL}, {102, 103, 101, 102, 0});
  assert_near(p.ledger.position, 1, 0, 0);
  HEAR(&p, {100, 101, 99, 100, 0});
  assert_int_equal(p.orders.n, 2);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_EXIT_SIGNAL, CRUCIBLE_LIQUIDITY_TAKER,
               (3 * 101.5 + 99.5) / 4);
  assert_int_equal(p.trades.n, 2);
  check_ledger(&p);
  played_end(&p);
}

static void cap_may_cancel_what_the_volume_leaves(void **state) {
  (void)state;
  played p = by_signals();
  p.options.participation = 0.03;
  p.options.remainder = CRUCIBLE_REMAINDER_CANCEL;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0},
       {100, 101, 99, 100, 0});
  assert_near(p.ledger.position, 3, 0, 0);
  check_order(&p, 0, CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_PARTICIPATION,
              CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 100.5);
  assert_near(p.orders.filled[0], 3, 0, 0);
  assert_near(p.orders.quantity[0], 4, 0, 0);
  played_end(&p);
}

static void stop_that_the_cap_cuts_goes_on_as_a_market_order(void **state) {
  (void)state;
  played p = by_signals();
  p.plan.stop_fraction = 0.02;
  p.plan.sizing_value = 3;
  p.options.participation = 0.03;
  p.options.remainder = CRUCIBLE_REMAINDER_CANCEL; /* not for stops */
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0});
  p.volume = 50; /* 1.5 */
  HEAR(&p, {100, 100, 97, 100, 0});
  assert_near(p.ledger.position, 1.5, 0, 0);
  assert_int_equal(p.orders.n, 1);
  HEAR(&p, {101, 102, 100, 101, 0});
  check_filled(&p, 1, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_LIQUIDITY_TAKER,
               (98.5 + 100.5) / 2);
  assert_near(p.orders.limit_price[1], 98.5, 0, 0);
  assert_near(p.orders.quantity[1], 3, 0, 0);
  assert_near(p.ledger.position, 0, 0, 0);
  assert_int_equal(p.trades.n, 2);
  check_ledger(&p);
  played_end(&p);
}

static void limit_that_the_cap_cuts_keeps_resting(void **state) {
  (void)state;
  played p = by_signals_entering(CRUCIBLE_ENTRY_LIMIT, 9);
  p.options.participation = 0.03;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 97, 100, 0});
  assert_near(p.ledger.position, 3, 0, 0);
  HEAR(&p, {100, 101, 99, 100, 0});
  assert_near(p.ledger.position, 3, 0, 0);
  HEAR(&p, {100, 101, 97, 100, 0});
  assert_near(p.ledger.position, 4, 0, 0);
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_MAKER, 98);
  check_ledger(&p);
  played_end(&p);
}

/* ---- holding ---- */

static void funding_is_paid_by_longs_at_the_open(void **state) {
  (void)state;
  played p = by_signals();
  p.instrument.market_type = CRUCIBLE_MARKET_LINEAR_PERPETUAL;
  p.instrument.funding_interval_ms = 8 * 3600000;
  p.options.funding = CRUCIBLE_FUNDING_GIVEN;
  const double sides[] = {1, -1};
  for (int i = 0; i < 2; ++i) {
    HEAR(&p, {100, 101, 99, 100, i == 0 ? EL : ES});
    crucible_outlook outlook = played_outlook(&p);
    const crucible_bar bar = {
        .open = 100, .high = 101, .low = 99, .close = 100, .volume = 100};
    outlook.funding = 0.001;
    assert_int_equal(played_step(&p, &bar, &outlook, NULL), CRUCIBLE_OK);
    HEAR(&p, {110, 111, 109, 110, 0}, {110, 111, 109, 110, 0});
    assert_near(p.ledger.costs.funding, sides[i] * 4 * 110 * 0.001, 1e-12, 0);
    HEAR(&p, {110, 111, 109, 110, i == 0 ? XL : CRUCIBLE_EXIT_SHORT},
         {110, 111, 109, 110, 0});
    assert_near(p.trades.funding[0], sides[i] * 0.44, 1e-12, 0);
    check_ledger(&p);
    played_end(&p);
  }
}

static void borrowing_is_paid_once_an_interval_by_shorts(void **state) {
  (void)state;
  played p = by_signals();
  p.options.borrow_rate = 0.365;
  p.options.borrow_interval_ms = 2 * PLAYED_BAR_MS;
  HEAR(&p, {100, 101, 99, 100, ES}, {100, 101, 99, 100, 0},
       {100, 101, 99, 100, 0}, {120, 121, 119, 120, 0}, {110, 111, 109, 110, 0},
       {110, 111, 109, 110, 0});
  /* bars 2 and 4 begin an interval: 400 and 440 for two minutes each */
  double rate = 0.365 * 2 / (365 * 24 * 60);
  assert_near(p.ledger.costs.funding, (400 + 440) * rate, 1e-12, 0);
  check_ledger(&p);
  played_end(&p);
  p = by_signals();
  p.options.borrow_rate = 0.365;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0});
  p.next_ms += 3600000;
  HEAR(&p, {100, 101, 99, 100, 0});
  assert_near(p.ledger.costs.funding, 0, 0, 0);
  played_end(&p);
}

static void liquidation_price_counts_what_was_paid_for_holding(void **state) {
  (void)state;
  played p = by_signals();
  p.instrument.market_type = CRUCIBLE_MARKET_LINEAR_PERPETUAL;
  p.instrument.funding_interval_ms = 8 * 3600000;
  p.instrument.maintenance_margin = 0.02;
  p.options.funding = CRUCIBLE_FUNDING_GIVEN;
  p.options.leverage = 5;
  p.plan.sizing_value = 40;
  HEAR(&p, {100, 101, 99, 100, EL});
  crucible_outlook outlook = played_outlook(&p);
  const crucible_bar bar = {
      .open = 100, .high = 101, .low = 99, .close = 100, .volume = 100};
  outlook.funding = 0.05;
  assert_int_equal(played_step(&p, &bar, &outlook, NULL), CRUCIBLE_OK);
  double cash = 1000 - 40 * 100.5 * 1.001;
  assert_near(p.ledger.cash, cash, 1e-12, 0);
  HEAR(&p, {100, 100, 70, 71, 0});
  cash -= 40 * 100 * 0.05;
  /* -cash / (40 * (1 - 0.021)): 82.24; without the funding 77.1 */
  assert_near(p.orders.limit_price[1], -cash / (40 * 0.979), 1e-12, 0);
  assert_int_equal(p.orders.purpose[1], CRUCIBLE_PURPOSE_LIQUIDATION);
  assert_int_equal(p.ledger.is_stopped, 1);
  check_ledger(&p);
  played_end(&p);
}

static void liquidation_price_counts_the_fee_of_the_bar(void **state) {
  (void)state;
  played p = by_signals();
  p.instrument.maintenance_margin = 0.02;
  p.options.leverage = 5;
  p.plan.sizing_value = 40;
  HEAR(&p, {100, 101, 99, 100, EL});
  crucible_outlook outlook = played_outlook(&p);
  const crucible_bar bar = {
      .open = 100, .high = 101, .low = 99, .close = 100, .volume = 100};
  outlook.taker_fee = 0.01;
  assert_int_equal(played_step(&p, &bar, &outlook, NULL), CRUCIBLE_OK);
  HEAR(&p, {100, 100, 70, 71, 0});
  double cash = 1000 - 40 * 100.5 * 1.001;
  assert_int_equal(p.orders.purpose[1], CRUCIBLE_PURPOSE_LIQUIDATION);
  assert_near(p.orders.limit_price[1], -cash / (40 * (1 - 0.03)), 1e-12, 0);
  check_ledger(&p);
  played_end(&p);
}

static void stop_at_the_open_cancels_what_was_to_be_added(void **state) {
  (void)state;
  played p = played_future();
  p.plan.decides = CRUCIBLE_DECIDE_TARGETS;
  p.plan.target_unit = CRUCIBLE_TARGET_UNITS;
  p.plan.stop_fraction = 0.05;
  want(&p, 2, 100);
  want(&p, 5, 100);
  want(&p, (double)NAN, 90); /* below the stop: 2 leave, 3 never come */
  assert_near(p.ledger.position, 0, 0, 0);
  assert_int_equal(p.orders.n, 3);
  assert_int_equal(p.orders.purpose[1], CRUCIBLE_PURPOSE_STOP);
  check_unfilled(&p, 2, CRUCIBLE_PURPOSE_REBALANCE, CRUCIBLE_ORDER_CANCELLED,
                 CRUCIBLE_REASON_CLOSED);
  check_ledger(&p);
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
      cmocka_unit_test(targets_add_reduce_turn_and_close),
      cmocka_unit_test(targets_of_equity_and_cash_are_capped_and_rounded),
      cmocka_unit_test(short_target_of_a_plan_that_is_long_alone_is_refused),
      cmocka_unit_test(target_too_near_to_what_is_held_sends_nothing),
      cmocka_unit_test(same_close_trades_the_close_that_decided),
      cmocka_unit_test(same_close_holds_for_the_horizon),
      cmocka_unit_test(same_close_without_a_trade_waits_for_the_open),
      cmocka_unit_test(cap_carries_what_the_volume_leaves),
      cmocka_unit_test(cap_may_cancel_what_the_volume_leaves),
      cmocka_unit_test(stop_that_the_cap_cuts_goes_on_as_a_market_order),
      cmocka_unit_test(limit_that_the_cap_cuts_keeps_resting),
      cmocka_unit_test(funding_is_paid_by_longs_at_the_open),
      cmocka_unit_test(borrowing_is_paid_once_an_interval_by_shorts),
      cmocka_unit_test(liquidation_price_counts_what_was_paid_for_holding),
      cmocka_unit_test(liquidation_price_counts_the_fee_of_the_bar),
      cmocka_unit_test(stop_at_the_open_cancels_what_was_to_be_added),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
