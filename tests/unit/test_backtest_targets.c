/* SPDX-License-Identifier: Apache-2.0 */
/* Targets of the position, participation, funding and borrowing; fills computed
   by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fills.h"

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

/* ---- participation ---- */

static void cap_carries_what_the_volume_leaves(void **state) {
  (void)state;
  played p = played_in_units();
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
  played p = played_in_units();
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
  played p = played_in_units();
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
  played p = played_entering(CRUCIBLE_ENTRY_LIMIT, 9);
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
  played p = played_in_units();
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
  played p = played_in_units();
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
  p = played_in_units();
  p.options.borrow_rate = 0.365;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0});
  p.next_ms += 3600000;
  HEAR(&p, {100, 101, 99, 100, 0});
  assert_near(p.ledger.costs.funding, 0, 0, 0);
  played_end(&p);
}

static void liquidation_price_counts_what_was_paid_for_holding(void **state) {
  (void)state;
  played p = played_in_units();
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
  played p = played_in_units();
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
      cmocka_unit_test(targets_add_reduce_turn_and_close),
      cmocka_unit_test(targets_of_equity_and_cash_are_capped_and_rounded),
      cmocka_unit_test(short_target_of_a_plan_that_is_long_alone_is_refused),
      cmocka_unit_test(target_too_near_to_what_is_held_sends_nothing),
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
