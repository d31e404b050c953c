/* SPDX-License-Identifier: Apache-2.0 */
/* Plans that decide by signals, and what one decision or one bar may set of its
   own; fills computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fills.h"

static const double NOTHING = (double)NAN;

static void signals_enter_and_leave_at_the_next_open(void **state) {
  (void)state;
  played p = played_by_signals();
  HEAR(&p, {100, 101, 99, 100, EL}, {102, 105, 101, 103, EL},
       {104, 105, 103, 104, XL}, {104, 105, 103, 104, 0});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 102.5);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_EXIT_SIGNAL, CRUCIBLE_LIQUIDITY_TAKER,
               103.5);
  assert_int_equal(p.orders.n, 2);
  assert_int_equal(p.trades.exit[0], CRUCIBLE_PURPOSE_EXIT_SIGNAL);
  /* quotes of a sale: 101.75 at the open, 100.75 to 104.75, then the exit's */
  assert_near(p.trades.mae[0], (102.5 - 100.75) / 102.5, 1e-15, 0);
  assert_near(p.trades.mfe[0], (104.75 - 102.5) / 102.5, 1e-15, 0);
  assert_int_equal(p.trades.entry_bar[0], 1);
  assert_int_equal(p.trades.exit_bar[0], 3);
  check_ledger(&p);
  played_end(&p);
}

static void reversal_is_one_order_that_closes_and_opens(void **state) {
  (void)state;
  played p = played_by_signals();
  p.plan.sizing = CRUCIBLE_SIZE_UNITS;
  p.plan.sizing_value = 4;
  p.options.costs.impact_y = 2;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 105, 99, 104, ES},
       {104, 105, 103, 104, 0});
  /* in: ask 100.25, 2 * 0.01 * sqrt(4 / 100) = 0.004 -> 100.651 -> 101
     turned: bid 103.75, 2 * 0.01 * sqrt(8 / 100) = 0.0056568 -> 103.16 -> 103 */
  assert_int_equal(p.orders.n, 2);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_REVERSE, CRUCIBLE_LIQUIDITY_TAKER, 103);
  assert_near(p.orders.quantity[1], 8, 0, 0);
  assert_near(p.orders.filled[1], 8, 0, 0);
  assert_near(p.orders.fee[1], 8 * 103 * 0.001, 1e-12, 0);
  assert_int_equal(p.trades.n, 1);
  assert_int_equal(p.trades.exit[0], CRUCIBLE_PURPOSE_REVERSE);
  assert_near(p.trades.quantity[0], 4, 0, 0);
  assert_near(p.trades.result[0], 4 * (103.0 - 101) - 0.404 - 0.412, 1e-12, 0);
  assert_near(p.ledger.position, -4, 0, 0);
  assert_near(p.ledger.entry_price, 103, 0, 0);
  assert_near(p.ledger.cash, 1000 - 404 - 0.404 + 8 * 103 - 0.824, 1e-12, 0);
  check_ledger(&p);
  played_end(&p);
}

static void reversal_opens_what_can_be_paid_and_closes_all(void **state) {
  (void)state;
  played p = played_by_signals();
  p.plan.sizing_value = 1;
  HEAR(&p, {100, 101, 99, 100, ES}, {100, 101, 99, 100, EL},
       {120, 121, 119, 120, 0});
  /* short 9.99 at 99.5: 994.005 of 1000 less 0.1 %; the close at ask 120.25 ->
     120.5 leaves 1000 + 994.005 - 0.994005 - 1203.795 - 1.203795 = 788.012;
     at 120.5 * 1.001 that is 6.53 */
  check_filled(&p, 1, CRUCIBLE_PURPOSE_REVERSE, CRUCIBLE_LIQUIDITY_TAKER,
               120.5);
  double held = p.trades.quantity[0];
  double cash = 1000 + held * 99.5 * 0.999 - held * 120.5 * 1.001;
  double opens = floor(cash / (120.5 * 1.001) * 100) / 100;
  assert_near(p.ledger.position, opens, 1e-12, 0);
  assert_near(p.orders.filled[1], held + opens, 1e-12, 0);
  assert_true(p.orders.filled[1] < p.orders.quantity[1]);
  check_ledger(&p);
  played_end(&p);
}

static void reversal_below_the_minimum_only_closes(void **state) {
  (void)state;
  played p = played_by_signals();
  p.instrument.min_notional = 400;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0},
       {70, 70, 69, 70, ES}, {70, 71, 69, 70, 0});
  /* equity at 70 is about 847: half of it, 6.05, is above the minimum at 70;
     after a fall to 60 at the open it is not */
  played_end(&p);
  p = played_by_signals();
  p.instrument.min_notional = 400;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0},
       {70, 70, 69, 70, ES}, {60, 61, 59, 60, 0});
  assert_int_equal(p.orders.n, 2);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_REVERSE, CRUCIBLE_LIQUIDITY_TAKER, 59.5);
  assert_near(p.orders.filled[1], 5, 0, 0);
  assert_near(p.ledger.position, 0, 0, 0);
  assert_int_equal(p.trades.n, 1);
  check_ledger(&p);
  played_end(&p);
}

static void opposite_signals_can_close_or_mean_nothing(void **state) {
  (void)state;
  played p = played_by_signals();
  p.plan.on_opposite = CRUCIBLE_OPPOSITE_CLOSE;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, ES},
       {100, 101, 99, 100, 0});
  check_filled(&p, 1, CRUCIBLE_PURPOSE_EXIT_SIGNAL, CRUCIBLE_LIQUIDITY_TAKER,
               99.5);
  assert_near(p.ledger.position, 0, 0, 0);
  played_end(&p);
  p = played_by_signals();
  p.plan.on_opposite = CRUCIBLE_OPPOSITE_IGNORE;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, ES},
       {100, 101, 99, 100, 0});
  assert_int_equal(p.orders.n, 1);
  assert_near(p.ledger.position, 5, 0, 0);
  played_end(&p);
}

static void signals_that_contradict_each_other_do_nothing(void **state) {
  (void)state;
  const uint32_t flat[] = {EL | ES, EL | XL, ES | XS,          XL,
                           XS,      0,       EL | ES | XL | XS};
  for (size_t i = 0; i < sizeof flat / sizeof flat[0]; ++i) {
    played p = played_by_signals();
    HEAR(&p, {100, 101, 99, 100, flat[i]}, {100, 101, 99, 100, 0});
    assert_int_equal(p.orders.n, 0);
    played_end(&p);
  }
  const struct {
    uint32_t signals;
    int32_t purpose; /* 0: it stays */
  } held[] = {{EL, 0},
              {XS, 0},
              {EL | ES, 0},
              {EL | XL, CRUCIBLE_PURPOSE_EXIT_SIGNAL},
              {EL | ES | XL, CRUCIBLE_PURPOSE_EXIT_SIGNAL},
              {XL | ES, CRUCIBLE_PURPOSE_REVERSE},
              {XL | ES | XS, CRUCIBLE_PURPOSE_REVERSE}};
  for (size_t i = 0; i < sizeof held / sizeof held[0]; ++i) {
    played p = played_by_signals();
    HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, held[i].signals},
         {100, 101, 99, 100, 0});
    assert_int_equal(p.orders.n, held[i].purpose != 0 ? 2 : 1);
    if (held[i].purpose != 0)
      assert_int_equal(p.orders.purpose[1], held[i].purpose);
    played_end(&p);
  }
}

static void plan_that_is_long_alone_refuses_short_signals(void **state) {
  (void)state;
  static const uint32_t wrong[] = {ES, EL | ES, XS, XL | XS};
  const crucible_bar bar = {
      .open = 100, .high = 101, .low = 99, .close = 100, .volume = 100};
  played p = played_by_signals();
  p.plan.side = CRUCIBLE_SIDE_LONG;
  crucible_outlook outlook = played_outlook(&p);
  crucible_wish wish;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
    crucible_wish_init(&wish, sizeof wish);
    wish.signals = wrong[i];
    assert_int_equal(played_step(&p, &bar, &outlook, &wish),
                     CRUCIBLE_E_INVALID);
    assert_non_null(
        strstr(crucible_last_error(), i < 2 ? "ENTER_SHORT" : "EXIT_SHORT"));
    assert_non_null(strstr(crucible_last_error(), "plan.side"));
  }
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0});
  assert_int_equal(p.orders.n, 1);
  assert_near(p.ledger.position, 5, 0, 0);
  played_end(&p);
}

static void time_ends_a_position_that_no_signal_turns(void **state) {
  (void)state;
  played p = played_by_signals();
  p.plan.horizon_bars = 2;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0},
       {100, 101, 99, 100, 0}, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0},
       {100, 101, 99, 100, ES}, {100, 101, 99, 100, 0});
  assert_int_equal(p.orders.purpose[1], CRUCIBLE_PURPOSE_EXIT_TIME);
  assert_int_equal(p.orders.ended_ms[1], 3 * PLAYED_BAR_MS);
  assert_int_equal(p.orders.purpose[3], CRUCIBLE_PURPOSE_REVERSE);
  played_end(&p);
}

static void opposite_signal_takes_back_a_waiting_entry(void **state) {
  (void)state;
  const int32_t ways[] = {CRUCIBLE_OPPOSITE_REVERSE, CRUCIBLE_OPPOSITE_CLOSE,
                          CRUCIBLE_OPPOSITE_IGNORE};
  for (size_t i = 0; i < 3; ++i) {
    played p = played_by_signals();
    p.plan.entry = CRUCIBLE_ENTRY_LIMIT;
    p.plan.limit_offset_sigma = 5;
    p.plan.limit_ttl_bars = 9;
    p.plan.on_opposite = ways[i];
    HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, EL},
         {100, 101, 99, 100, ES}, {100, 101, 99, 100, 0},
         {105, 106, 104, 105, 0});
    if (ways[i] == CRUCIBLE_OPPOSITE_IGNORE) {
      assert_int_equal(p.orders.n, 0);
    } else {
      check_refused(&p, 0, CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_REQUESTED);
      assert_int_equal(p.orders.ended_ms[0], 2 * PLAYED_BAR_MS);
      assert_int_equal(p.orders.n,
                       ways[i] == CRUCIBLE_OPPOSITE_REVERSE ? 2 : 1);
    }
    if (ways[i] == CRUCIBLE_OPPOSITE_REVERSE) /* the sale at 105 filled */
      assert_true(p.ledger.position < 0);
    played_end(&p);
  }
  played p = played_by_signals();
  p.plan.entry = CRUCIBLE_ENTRY_LIMIT;
  p.plan.limit_offset_sigma = 5;
  p.plan.limit_ttl_bars = 9;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, XL});
  check_refused(&p, 0, CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_REQUESTED);
  played_end(&p);
}

static void bracket_in_fractions_stands_off_the_entry(void **state) {
  (void)state;
  played p = played_by_signals();
  p.plan.stop_fraction = 0.02;
  p.plan.target_fraction = 0.05;
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0},
       {100, 100, 95, 96, ES}, {96, 96.5, 95, 96, 0}, {96, 96, 90, 91, 0});
  /* 100.5 * 0.98 = 98.49 -> 98.5; sold at 98.5 */
  check_filled(&p, 1, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_LIQUIDITY_TAKER, 98.5);
  check_unfilled(&p, 2, CRUCIBLE_PURPOSE_TARGET, CRUCIBLE_ORDER_CANCELLED,
                 CRUCIBLE_REASON_CLOSED);
  assert_near(p.orders.limit_price[2], 106, 0, 0); /* 105.525 */
  /* short at 95.5: target 90.725 -> 90.5, and the ask comes to 90.25 */
  check_filled(&p, 4, CRUCIBLE_PURPOSE_TARGET, CRUCIBLE_LIQUIDITY_MAKER, 90.5);
  check_ledger(&p);
  played_end(&p);
}

static void one_decision_may_bring_its_own_size_and_bracket(void **state) {
  (void)state;
  played p = played_by_signals();
  p.plan.stop_fraction = 0.02;
  crucible_outlook outlook = played_outlook(&p);
  crucible_wish wish;
  crucible_wish_init(&wish, sizeof wish);
  const crucible_bar bar = {
      .open = 100, .high = 101, .low = 99, .close = 100, .volume = 100};
  wish.signals = EL;
  wish.size = 0.25;
  wish.stop = 0.2;
  wish.take = 0.004;
  assert_int_equal(played_step(&p, &bar, &outlook, &wish), CRUCIBLE_OK);
  wish.signals = 0;
  assert_int_equal(played_step(&p, &bar, &outlook, &wish), CRUCIBLE_OK);
  assert_near(p.orders.quantity[0], 2.5, 0, 0);
  /* 100.5 * 1.004 = 100.902 -> 101: the high's bid is 100.75 */
  assert_int_equal(p.orders.n, 1);
  HEAR(&p, {100, 101.5, 90, 101, 0});
  check_filled(&p, 1, CRUCIBLE_PURPOSE_TARGET, CRUCIBLE_LIQUIDITY_MAKER, 101);
  assert_near(p.orders.limit_price[2], 80.5, 0, 0); /* 80.4 */
  wish.size = NOTHING;
  wish.take = 0; /* none, although the plan has none either */
  wish.stop = 0;
  wish.signals = EL;
  assert_int_equal(played_step(&p, &bar, &outlook, &wish), CRUCIBLE_OK);
  HEAR(&p, {100, 101, 99, 100, 0}, {100, 101, 50, 52, XL}, {52, 53, 51, 52, 0});
  assert_int_equal(p.orders.n, 5); /* the plan's stop was not there */
  check_ledger(&p);
  played_end(&p);
}

static void one_bar_may_bring_its_own_fees_slippage_and_price(void **state) {
  (void)state;
  played p = played_by_signals();
  p.options.costs.impact_y = 50;
  crucible_outlook outlook = played_outlook(&p);
  crucible_wish wish;
  crucible_wish_init(&wish, sizeof wish);
  const crucible_bar bar = {
      .open = 100, .high = 104, .low = 96, .close = 100, .volume = 100};
  outlook.sigma = outlook.volume_forecast = NOTHING; /* not needed */
  outlook.taker_fee = 0.01;
  outlook.slippage = 0.02;
  outlook.price = 98;
  wish.signals = EL;
  assert_int_equal(played_step(&p, &bar, &outlook, &wish), CRUCIBLE_OK);
  outlook.taker_fee = 0.002;
  outlook.slippage = 0;
  outlook.price = 99;
  wish.signals = XL;
  assert_int_equal(played_step(&p, &bar, &outlook, &wish), CRUCIBLE_OK);
  /* 98.25 * 1.02 = 100.215 -> 100.5 */
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 100.5);
  assert_near(p.orders.fee[0], 5 * 100.5 * 0.01, 1e-12, 0);
  assert_near(p.orders.slippage[0], 5 * 1.965, 1e-12, 0);
  assert_near(p.ledger.exit_fee, 5 * 99.75 * 0.01, 1e-12, 0);
  wish.signals = 0;
  assert_int_equal(played_step(&p, &bar, NULL, &wish), CRUCIBLE_OK);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_EXIT_SIGNAL, CRUCIBLE_LIQUIDITY_TAKER,
               98.5);
  assert_near(p.orders.fee[1], 5 * 98.5 * 0.002, 1e-12, 0);
  check_ledger(&p);
  played_end(&p);
}

static void exit_signal_waits_until_it_can_be_priced(void **state) {
  (void)state;
  played p = played_by_signals();
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0});
  p.sigma = NOTHING;
  HEAR(&p, {100, 101, 99, 100, XL}, {100, 101, 99, 100, 0});
  assert_int_equal(p.orders.n, 1);
  p.sigma = 0.01;
  HEAR(&p, {100, 101, 99, 100, 0}, {100, 101, 99, 100, 0});
  check_filled(&p, 1, CRUCIBLE_PURPOSE_EXIT_SIGNAL, CRUCIBLE_LIQUIDITY_TAKER,
               99.5);
  played_end(&p);
}

static void reversal_without_a_price_is_rejected(void **state) {
  (void)state;
  played p = played_by_signals();
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, 0});
  p.sigma = NOTHING;
  HEAR(&p, {100, 101, 99, 100, ES}, {100, 101, 99, 100, 0});
  check_unfilled(&p, 1, CRUCIBLE_PURPOSE_REVERSE, CRUCIBLE_ORDER_REJECTED,
                 CRUCIBLE_REASON_NO_FORECAST);
  assert_near(p.ledger.position, 5, 0, 0);
  played_end(&p);
}

static void reversal_after_a_gap_only_closes(void **state) {
  (void)state;
  played p = played_by_signals();
  HEAR(&p, {100, 101, 99, 100, EL}, {100, 101, 99, 100, ES});
  p.next_ms += 5 * PLAYED_BAR_MS;
  HEAR(&p, {100, 101, 99, 100, 0});
  assert_int_equal(p.orders.n, 2);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_REVERSE, CRUCIBLE_LIQUIDITY_TAKER, 99.5);
  assert_near(p.orders.filled[1], 5, 0, 0);
  assert_near(p.ledger.position, 0, 0, 0);
  played_end(&p);
}

static void wish_out_of_range_or_place_is_refused_by_field(void **state) {
  (void)state;
  const struct {
    const char *field;
    size_t offset;
    double value;
  } numbers[] = {
#define CASE(field, value) {#field, offsetof(crucible_wish, field), value}
      CASE(size, 0),    CASE(size, (double)INFINITY),
      CASE(stop, -0.1), CASE(stop, 2),
      CASE(take, -1),   CASE(score, 1),
      CASE(target, 1)
#undef CASE
  };
  const crucible_bar bar = {
      .open = 100, .high = 101, .low = 99, .close = 100, .volume = 100};
  played p = played_by_signals();
  crucible_outlook outlook = played_outlook(&p);
  crucible_wish wish;
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i) {
    crucible_wish_init(&wish, sizeof wish);
    memcpy((char *)&wish + numbers[i].offset, &numbers[i].value,
           sizeof(double));
    assert_int_equal(played_step(&p, &bar, &outlook, &wish),
                     CRUCIBLE_E_INVALID);
    assert_non_null(strstr(crucible_last_error(), numbers[i].field));
  }
  crucible_wish_init(&wish, sizeof wish);
  wish.signals = 16;
  assert_int_equal(played_step(&p, &bar, &outlook, &wish), CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "signals"));
  assert_int_equal(p.ledger.n_bars, 0);
  played_end(&p);
}

static void outlook_out_of_range_is_refused_by_field(void **state) {
  (void)state;
  const struct {
    const char *field;
    size_t offset;
    double value;
  } numbers[] = {
#define CASE(field, value) {#field, offsetof(crucible_outlook, field), value}
      CASE(sigma, -1),       CASE(volume_forecast, -1),    CASE(spread, -1),
      CASE(taker_fee, -0.1), CASE(taker_fee, 1),           CASE(maker_fee, -1),
      CASE(maker_fee, 1),    CASE(slippage, -1),           CASE(slippage, 2),
      CASE(price, 0),        CASE(price, (double)INFINITY)
#undef CASE
  };
  const crucible_bar bar = {
      .open = 100, .high = 101, .low = 99, .close = 100, .volume = 100};
  played p = played_by_signals();
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i) {
    crucible_outlook outlook = played_outlook(&p);
    memcpy((char *)&outlook + numbers[i].offset, &numbers[i].value,
           sizeof(double));
    assert_int_equal(played_step(&p, &bar, &outlook, NULL), CRUCIBLE_E_DATA);
    assert_non_null(strstr(crucible_last_error(), numbers[i].field));
  }
  assert_int_equal(p.ledger.n_bars, 0);
  played_end(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(signals_enter_and_leave_at_the_next_open),
      cmocka_unit_test(reversal_is_one_order_that_closes_and_opens),
      cmocka_unit_test(reversal_opens_what_can_be_paid_and_closes_all),
      cmocka_unit_test(reversal_below_the_minimum_only_closes),
      cmocka_unit_test(opposite_signals_can_close_or_mean_nothing),
      cmocka_unit_test(signals_that_contradict_each_other_do_nothing),
      cmocka_unit_test(plan_that_is_long_alone_refuses_short_signals),
      cmocka_unit_test(time_ends_a_position_that_no_signal_turns),
      cmocka_unit_test(opposite_signal_takes_back_a_waiting_entry),
      cmocka_unit_test(bracket_in_fractions_stands_off_the_entry),
      cmocka_unit_test(one_decision_may_bring_its_own_size_and_bracket),
      cmocka_unit_test(one_bar_may_bring_its_own_fees_slippage_and_price),
      cmocka_unit_test(exit_signal_waits_until_it_can_be_priced),
      cmocka_unit_test(reversal_without_a_price_is_rejected),
      cmocka_unit_test(reversal_after_a_gap_only_closes),
      cmocka_unit_test(wish_out_of_range_or_place_is_refused_by_field),
      cmocka_unit_test(outlook_out_of_range_is_refused_by_field),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
