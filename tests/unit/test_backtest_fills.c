/* SPDX-License-Identifier: Apache-2.0 */
/* Fills computed by hand from TRADING sections 3 to 5, one rule a case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fills.h"

static const double ANY = 1; /* a score that enters long */
static const double NO = 0;  /* one that does nothing */

static void
market_orders_fill_at_the_next_open_across_the_spread(void **state) {
  (void)state;
  played p = played_future();
  p.plan.horizon_bars = 1;
  PLAY(&p, {100, 101, 99, 100, ANY}, {102, 105, 101, 103, NO},
       {104, 105, 103, 104, NO});
  /* 500 / 100 = 5; ask 102.25 -> 102.5; bid 103.75 -> 103.5 */
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 102.5);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_EXIT_TIME, CRUCIBLE_LIQUIDITY_TAKER,
               103.5);
  assert_int_equal(p.orders.n, 2);
  assert_int_equal(p.trades.n, 1);
  assert_near(p.orders.quantity[0], 5, 0, 0);
  assert_near(p.orders.fee[0], 0.5125, 1e-12, 0);
  assert_near(p.orders.spread[0], 2.5, 1e-12, 0);
  assert_int_equal(p.orders.placed_ms[0], PLAYED_BAR_MS);
  assert_int_equal(p.orders.ended_ms[0], PLAYED_BAR_MS);
  assert_near(p.trades.result[0], 5 * 1.0 - 0.5125 - 0.5175, 1e-12, 0);
  assert_near(p.trades.gross[0], 5 * (104.0 - 102.0), 1e-12, 0);
  assert_near(p.trades.fee[0], 1.03, 1e-12, 0);
  assert_near(p.trades.spread[0], 5, 1e-12, 0);
  assert_int_equal(p.trades.bars[0], 1);
  assert_near(p.ledger.cash, 1000 + 3.97, 1e-12, 0);
  check_ledger(&p);
  played_end(&p);
}

static void slippage_moves_market_orders_and_is_told_apart(void **state) {
  (void)state;
  played p = played_future();
  p.options.costs.impact_y = 2;
  p.plan.sizing = CRUCIBLE_SIZE_UNITS;
  p.plan.sizing_value = 4;
  p.sigma = 0.05;
  PLAY(&p, {100, 101, 99, 100, ANY}, {100, 105, 99, 100, NO});
  /* ask 100.25; 2 * 0.05 * sqrt(4 / 100) = 0.02; 102.255 -> 102.5 */
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 102.5);
  assert_near(p.orders.slippage[0], 4 * 2.005, 1e-12, 0);
  assert_near(p.orders.spread[0], 4 * (2.5 - 2.005), 1e-12, 0);
  check_ledger(&p);
  played_end(&p);
}

static void equity_is_marked_at_the_bid_less_the_exit_fee(void **state) {
  (void)state;
  played p = played_future();
  PLAY(&p, {100, 101, 99, 100, ANY}, {102, 105, 101, 103, NO});
  assert_near(p.ledger.position, 5, 0, 0);
  assert_near(p.ledger.mark_price, 102.75, 0, 0);
  assert_near(p.ledger.exit_fee, 0.51375, 1e-12, 0);
  assert_near(p.ledger.equity, 1000 - 512.5 - 0.5125 + 5 * 102.75 - 0.51375,
              1e-12, 0);
  assert_near(p.ledger.entry_price, 102.5, 0, 0);
  assert_near(p.ledger.open_result, p.ledger.equity - 1000, 0, 0);
  check_ledger(&p);
  played_end(&p);
}

static void stop_fills_at_its_trigger_and_worse_at_a_jump(void **state) {
  (void)state;
  played p = played_future();
  p.plan.stop_sigma = 2; /* 102.5 * 0.98 = 100.45 -> 100.5 */
  PLAY(&p, {100, 101, 99, 100, ANY}, {102, 105, 101, 103, NO},
       {102, 103, 90, 95, NO});
  check_filled(&p, 1, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_LIQUIDITY_TAKER, 100.5);
  assert_near(p.orders.limit_price[1], 100.5, 0, 0);
  assert_int_equal(p.orders.n, 2);
  played_end(&p);

  PLAY(&p, {100, 101, 99, 100, ANY}, {102, 105, 101, 103, NO},
       {98, 103, 90, 95, NO}); /* bid 97.75 -> 97.5 */
  check_filled(&p, 1, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_LIQUIDITY_TAKER, 97.5);
  played_end(&p);
}

static void target_fills_at_its_price_and_better_at_a_jump(void **state) {
  (void)state;
  played p = played_future();
  p.plan.target_sigma = 2; /* 102.5 * 1.02 = 104.55 -> 105 */
  PLAY(&p, {100, 101, 99, 100, ANY}, {102, 104, 101, 103, NO},
       {103, 105, 102, 103, NO}); /* bid reaches 104.75 only */
  assert_int_equal(p.orders.n, 1);
  PLAY(&p, {103, 105.5, 102, 103, NO});
  check_filled(&p, 1, CRUCIBLE_PURPOSE_TARGET, CRUCIBLE_LIQUIDITY_MAKER, 105);
  assert_near(p.orders.fee[1], 5 * 105 * 0.0005, 1e-12, 0);
  assert_near(p.orders.spread[1], 5 * 0.25, 1e-12, 0);
  played_end(&p);

  PLAY(&p, {100, 101, 99, 100, ANY}, {102, 104, 101, 103, NO},
       {108, 109, 107, 108, NO}); /* bid 107.75 -> 107.5 */
  check_filled(&p, 1, CRUCIBLE_PURPOSE_TARGET, CRUCIBLE_LIQUIDITY_MAKER, 107.5);
  check_ledger(&p);
  played_end(&p);
}

static void stop_and_target_in_one_bar_take_the_worse_path(void **state) {
  (void)state;
  const struct {
    int32_t path, side, purpose;
  } cases[] = {
      {CRUCIBLE_PATH_PESSIMISTIC, 1, CRUCIBLE_PURPOSE_STOP},
      {CRUCIBLE_PATH_OHLC, 1, CRUCIBLE_PURPOSE_TARGET},
      {CRUCIBLE_PATH_OLHC, 1, CRUCIBLE_PURPOSE_STOP},
      {CRUCIBLE_PATH_PESSIMISTIC, -1, CRUCIBLE_PURPOSE_STOP},
      {CRUCIBLE_PATH_OHLC, -1, CRUCIBLE_PURPOSE_STOP},
      {CRUCIBLE_PATH_OLHC, -1, CRUCIBLE_PURPOSE_TARGET},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    played p = played_future();
    p.plan.stop_sigma = p.plan.target_sigma = 2;
    p.options.path = cases[i].path;
    PLAY(&p, {100, 101, 99, 100, cases[i].side * ANY}, {100, 100, 100, 100, NO},
         {100, 110, 90, 100, NO});
    assert_int_equal(p.trades.n, 1);
    assert_int_equal(p.trades.exit[0], cases[i].purpose);
    assert_int_equal(p.orders.n, 3); /* entry, exit, the other cancelled */
    assert_int_equal(p.orders.status[2], CRUCIBLE_ORDER_CANCELLED);
    assert_int_equal(p.orders.reason[2], CRUCIBLE_REASON_CLOSED);
    check_ledger(&p);
    played_end(&p);
  }
}

static void entry_and_exit_in_one_bar_take_the_worse_path(void **state) {
  (void)state;
  const struct {
    int32_t path;
    size_t trades;
  } cases[] = {{CRUCIBLE_PATH_OLHC, 1},
               {CRUCIBLE_PATH_OHLC, 0},
               {CRUCIBLE_PATH_PESSIMISTIC, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    played p = played_future();
    p.plan.entry = CRUCIBLE_ENTRY_LIMIT;
    p.plan.limit_offset_sigma = p.plan.target_sigma = 2; /* 98, then 100 */
    p.options.path = cases[i].path;
    /* after the low the target is reached if the high is still to come */
    PLAY(&p, {100, 101, 99, 100, ANY}, {100, 101, 97.5, 100, NO});
    check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_MAKER, 98);
    assert_int_equal(p.trades.n, cases[i].trades);
    check_ledger(&p);
    played_end(&p);
  }
}

static void stop_is_at_work_from_the_entry_on(void **state) {
  (void)state;
  played p = played_future();
  p.plan.entry = CRUCIBLE_ENTRY_LIMIT;
  p.plan.limit_offset_sigma = 2;
  p.plan.stop_sigma = 1; /* 98 * 0.99 = 97.02 -> 97.5 */
  PLAY(&p, {100, 101, 99, 100, ANY}, {100, 101, 95, 100, NO});
  check_filled(&p, 1, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_LIQUIDITY_TAKER, 97.5);
  assert_int_equal(p.trades.bars[0], 0);
  played_end(&p);

  p.plan.entry = CRUCIBLE_ENTRY_MARKET;
  p.plan.stop_sigma = 0.5; /* bought at 102, stop 101.5, but the bid is 98 */
  p.spread = 0.04;
  PLAY(&p, {100, 101, 99, 100, ANY}, {100, 101, 99, 100, NO});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 102);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_LIQUIDITY_TAKER, 98);
  check_ledger(&p);
  played_end(&p);
}

static void limit_fills_when_the_ask_reaches_it(void **state) {
  (void)state;
  played p = played_future();
  p.plan.entry = CRUCIBLE_ENTRY_LIMIT;
  p.plan.limit_offset_sigma = 2; /* 98 */
  p.plan.limit_ttl_bars = 2;
  PLAY(&p, {100, 101, 99, 100, ANY}, {100, 101, 98, 99, NO});
  assert_int_equal(p.orders.n, 0); /* ask 98.25 */
  PLAY(&p, {99, 99, 97.5, 98, NO});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_MAKER, 98);
  assert_near(p.orders.quantity[0], 5.10, 0, 0); /* 500 / 98 = 5.1020 */
  assert_near(p.orders.spread[0], 5.10 * 0.25, 1e-12, 0);
  played_end(&p);

  PLAY(&p, {100, 101, 99, 100, ANY}, {100, 101, 98.5, 99, NO},
       {96, 97, 95, 96, NO}); /* gap through: ask 96.25 -> 96.5 */
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_MAKER, 96.5);
  played_end(&p);

  PLAY(&p, {100, 101, 99, 100, ANY}, {100, 101, 98.5, 99, NO},
       {99, 100, 98, 99, NO});
  check_refused(&p, 0, CRUCIBLE_ORDER_EXPIRED, CRUCIBLE_REASON_TIME_TO_LIVE);
  assert_int_equal(p.orders.ended_ms[0], 2 * PLAYED_BAR_MS);
  played_end(&p);
}

static void crossing_limit_takes_and_post_only_is_refused(void **state) {
  (void)state;
  played p = played_future();
  p.plan.entry = CRUCIBLE_ENTRY_LIMIT;
  p.options.costs.impact_y = 1;
  PLAY(&p, {100, 101, 99, 100, ANY}, {99, 100, 98, 99, NO});
  /* ask 99.25, 0.01 * sqrt(5 / 100) of it more: 99.47 -> 99.5 */
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 99.5);
  played_end(&p);

  p.sigma = 0.5; /* would be 110: its limit bounds it */
  PLAY(&p, {100, 101, 99, 100, ANY}, {99, 100, 98, 99, NO});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 100);
  assert_near(p.orders.slippage[0], 5 * 0.75, 1e-12, 0);
  played_end(&p);

  p.plan.entry = CRUCIBLE_ENTRY_POST_ONLY;
  PLAY(&p, {100, 101, 99, 100, ANY}, {99, 100, 98, 99, NO});
  check_refused(&p, 0, CRUCIBLE_ORDER_REJECTED, CRUCIBLE_REASON_WOULD_CROSS);
  played_end(&p);

  PLAY(&p, {100, 101, 99, 100, ANY}, {100, 100, 98, 99, NO});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_MAKER, 100);
  played_end(&p);
}

static void spot_fee_in_base_leaves_dust_that_adds_up(void **state) {
  (void)state;
  played p = played_spot();
  p.plan.horizon_bars = 1;
  p.plan.sizing = CRUCIBLE_SIZE_UNITS;
  p.plan.sizing_value = 4;
  PLAY(&p, {100, 101, 99, 100, ANY}, {100, 101, 99, 100, NO});
  /* 4 - 0.004 = 3.996 -> 3.99 and 0.006 of dust */
  assert_near(p.ledger.position, 3.99, 0, 0);
  assert_near(p.ledger.dust, 0.006, 0, 1e-12);
  assert_near(p.ledger.cash, 1000 - 4 * 100.5, 1e-12, 0);
  assert_near(p.ledger.costs.fee, 0.004 * 100.5, 1e-12, 0);
  assert_near(p.ledger.costs.dust, 0.006 * 100.5, 1e-9, 0);
  check_ledger(&p);
  PLAY(&p, {100, 101, 99, 100, ANY}); /* sold; decides again */
  assert_near(p.trades.result[0], 3.99 * 99.5 * 0.999 - 402, 1e-12, 0);
  assert_near(p.trades.gross[0],
              p.trades.result[0] + p.trades.fee[0] + p.trades.spread[0] +
                  p.trades.slippage[0] + p.trades.dust[0],
              1e-12, 0);
  PLAY(&p, {100, 101, 99, 100, NO});
  /* 3.996 + 0.006 = 4.002: the dust has become a lot */
  assert_near(p.ledger.position, 4.0, 0, 0);
  assert_near(p.ledger.dust, 0.002, 0, 1e-12);
  check_ledger(&p);
  played_end(&p);
}

static void gap_cancels_entries_and_passes_targets_by(void **state) {
  (void)state;
  played p = played_future();
  PLAY(&p, {100, 101, 99, 100, ANY});
  p.next_ms += 5 * PLAYED_BAR_MS;
  PLAY(&p, {100, 101, 99, 100, NO});
  check_refused(&p, 0, CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_GAP);
  played_end(&p);

  p.plan.target_sigma = p.plan.stop_sigma = 2;
  PLAY(&p, {100, 101, 99, 100, ANY}, {102, 104, 101, 103, NO});
  p.next_ms += PLAYED_BAR_MS;
  PLAY(&p, {108, 109, 107, 108, NO}); /* beyond 105, but nothing is filled */
  assert_int_equal(p.trades.n, 0);
  PLAY(&p, {107, 109, 107, 108, NO}); /* the next open is no gap */
  check_filled(&p, 1, CRUCIBLE_PURPOSE_TARGET, CRUCIBLE_LIQUIDITY_MAKER, 106.5);
  played_end(&p);

  PLAY(&p, {100, 101, 99, 100, ANY}, {102, 104, 101, 103, NO});
  p.next_ms += PLAYED_BAR_MS;
  PLAY(&p, {95, 109, 90, 108, NO});
  check_filled(&p, 1, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_LIQUIDITY_TAKER, 94.5);
  played_end(&p);
}

static void bars_without_trades_fill_nothing(void **state) {
  (void)state;
  played p = played_future();
  PLAY(&p, {100, 101, 99, 100, ANY});
  p.volume = 0;
  PLAY(&p, {100, 100, 100, 100, NO}, {100, 100, 100, 100, NO});
  assert_int_equal(p.orders.n, 0);
  p.volume = 10;
  PLAY(&p, {103, 104, 102, 103, NO});
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ENTRY, CRUCIBLE_LIQUIDITY_TAKER, 103.5);
  played_end(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(market_orders_fill_at_the_next_open_across_the_spread),
      cmocka_unit_test(slippage_moves_market_orders_and_is_told_apart),
      cmocka_unit_test(equity_is_marked_at_the_bid_less_the_exit_fee),
      cmocka_unit_test(stop_fills_at_its_trigger_and_worse_at_a_jump),
      cmocka_unit_test(target_fills_at_its_price_and_better_at_a_jump),
      cmocka_unit_test(stop_and_target_in_one_bar_take_the_worse_path),
      cmocka_unit_test(entry_and_exit_in_one_bar_take_the_worse_path),
      cmocka_unit_test(stop_is_at_work_from_the_entry_on),
      cmocka_unit_test(limit_fills_when_the_ask_reaches_it),
      cmocka_unit_test(crossing_limit_takes_and_post_only_is_refused),
      cmocka_unit_test(spot_fee_in_base_leaves_dust_that_adds_up),
      cmocka_unit_test(gap_cancels_entries_and_passes_targets_by),
      cmocka_unit_test(bars_without_trades_fill_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
