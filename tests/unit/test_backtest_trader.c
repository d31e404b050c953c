/* SPDX-License-Identifier: Apache-2.0 */
/* One account bar by bar: sizes, sides, ends; what its calls refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include <crucible/backtest.h>

#include "support/error_names.h"
#include "support/near.h"
#include "support/played.h"
#include "support/recorded.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const double NOTHING = (double)NAN;

/* ---- sizing ---- */

static void size_follows_its_kind_and_rounds_down_to_the_lot(void **state) {
  (void)state;
  const struct {
    int32_t sizing;
    double value, quantity;
  } cases[] = {
      {CRUCIBLE_SIZE_FRACTION, 0.3, 3.33}, /* 300 / 90 */
      {CRUCIBLE_SIZE_CASH, 100, 1.11},
      {CRUCIBLE_SIZE_UNITS, 0.999, 0.99},
      /* 10 / (90 * (0.02 + 0.002) + 2 * 0.25 + 2 * 0.5) = 2.873 */
      {CRUCIBLE_SIZE_RISK, 0.01, 2.87},
      {CRUCIBLE_SIZE_FRACTION, 50, 11.11}, /* no more than leverage allows */
  };
  for (size_t c = 0; c < COUNT(cases); ++c) {
    played p = played_future();
    p.plan.sizing = cases[c].sizing;
    p.plan.sizing_value = cases[c].value;
    p.plan.stop_sigma = cases[c].sizing == CRUCIBLE_SIZE_RISK ? 2 : 0;
    PLAY(&p, {90, 91, 89, 90, 1}, {90, 91, 89, 90, 0});
    assert_near(p.orders.quantity[0], cases[c].quantity, 0, 0);
    played_end(&p);
  }
}

static void order_shrinks_to_what_cash_can_pay(void **state) {
  (void)state;
  played p = played_spot();
  p.instrument.fee_asset = CRUCIBLE_FEE_IN_QUOTE;
  p.plan.sizing_value = 1;
  PLAY(&p, {100, 101, 99, 100, 1}, {110, 111, 109, 110, 0});
  /* 10 ordered; 1000 / (110.5 * 1.001) = 9.0408 */
  assert_near(p.orders.quantity[0], 10, 0, 0);
  assert_near(p.orders.filled[0], 9.04, 0, 0);
  assert_int_equal(p.orders.status[0], CRUCIBLE_ORDER_FILLED);
  assert_near(p.ledger.cash, 1000 - 9.04 * 110.5 * 1.001, 0, 1e-9);
  assert_true(p.ledger.cash >= 0);
  played_end(&p);

  p.options.costs.impact_y = 10; /* the slippage has to be paid as well */
  p.volume_forecast = 1000;
  PLAY(&p, {100, 101, 99, 100, 1}, {110, 111, 109, 110, 0});
  /* 9.04: 110.25 * (1 + 10 * 0.01 * sqrt(9.06 / 1000)) = 111.3 -> 111.5;
     1000 / (111.5 * 1.001) = 8.959 */
  assert_near(p.orders.filled[0], 8.95, 0, 0);
  assert_true(p.ledger.cash >= 0);
  played_end(&p);
}

static void cash_is_never_overdrawn_by_a_rounding(void **state) {
  (void)state;
  played p = played_spot();
  p.plan.sizing_value = 2;
  /* 4e-10 less than ten cost: the lots come out as 999.9999999996 */
  p.options.initial_cash = 10 * 100.5 - 4e-10;
  PLAY(&p, {90, 91, 89, 90, 1}, {100, 101, 99, 100, 0});
  assert_near(p.orders.filled[0], 9.99, 0, 0);
  assert_true(p.ledger.cash >= 0);
  played_end(&p);
}

static void sale_brings_at_least_one_tick(void **state) {
  (void)state;
  played p = played_future();
  p.plan.horizon_bars = 1;
  PLAY(&p, {100, 101, 99, 100, 1});
  p.spread = 1.996; /* bid 0.2, ask 199.8 */
  PLAY(&p, {100, 101, 99, 100, 0}, {100, 101, 99, 100, 0});
  assert_near(p.orders.fill_price[1], 0.5, 0, 0);
  assert_near(p.orders.slippage[1], 0, 0, 0);
  assert_near(p.orders.spread[1], 5 * 99.5, 1e-12, 0);
  played_end(&p);

  p.spread = NOTHING;
  p.options.costs.impact_y = 1e3; /* moves the sale by 224 % */
  p.sigma = 0;
  PLAY(&p, {100, 101, 99, 100, 1});
  p.sigma = 0.01;
  PLAY(&p, {100, 101, 99, 100, 0}, {100, 101, 99, 100, 0});
  assert_near(p.orders.fill_price[1], 0.5, 0, 0);
  assert_near(p.orders.slippage[1], 5 * (99.75 - 0.5), 1e-12, 0);
  assert_near(p.orders.spread[1], 5 * 0.25, 1e-12, 0);
  played_end(&p);
}

static void order_that_cannot_be_is_rejected_with_its_reason(void **state) {
  (void)state;
  const struct {
    double units, min_quantity, min_notional, sigma, forecast, price;
    int32_t reason;
  } cases[] = {
      {1, 0, 0, 0.01, 100, 100, CRUCIBLE_REASON_NONE},
      {0.009, 0, 0, 0.01, 100, 100, CRUCIBLE_REASON_BELOW_LOT},
      {1, 1.01, 0, 0.01, 100, 100, CRUCIBLE_REASON_MIN_QUANTITY},
      {1, 1, 0, 0.01, 100, 100, CRUCIBLE_REASON_NONE},
      {1, 0, 101, 0.01, 100, 100, CRUCIBLE_REASON_MIN_NOTIONAL},
      {1, 0, 100.5, 0.01, 100, 100, CRUCIBLE_REASON_NONE},
      {1, 0, 0, NOTHING, 100, 100, CRUCIBLE_REASON_NO_FORECAST},
      {1, 0, 0, 0.01, NOTHING, 100, CRUCIBLE_REASON_NO_FORECAST},
      {1, 0, 0, 0.01, 0, 100, CRUCIBLE_REASON_NO_VOLUME},
      {1, 0, 0, 0.01, 100, 2e5, CRUCIBLE_REASON_NO_CASH},
  };
  for (size_t c = 0; c < COUNT(cases); ++c) {
    for (int32_t entry = CRUCIBLE_ENTRY_MARKET; entry <= CRUCIBLE_ENTRY_LIMIT;
         ++entry) {
      played p = played_spot();
      double price = cases[c].price;
      p.instrument.fee_asset = CRUCIBLE_FEE_IN_QUOTE;
      p.instrument.min_quantity = cases[c].min_quantity;
      p.instrument.min_notional = cases[c].min_notional;
      p.plan.sizing = CRUCIBLE_SIZE_UNITS;
      p.plan.sizing_value = cases[c].units;
      p.plan.entry = entry;
      if (entry == CRUCIBLE_ENTRY_LIMIT) /* rests, and needs less for it */
        p.plan.limit_offset_sigma = 0.5;
      if (cases[c].min_notional == 100.5 && entry == CRUCIBLE_ENTRY_LIMIT)
        continue;
      p.sigma = cases[c].sigma;
      p.volume_forecast = cases[c].forecast;
      PLAY(&p, {price, price, price, price, 1},
           {price, price + 1, 0.9 * price, price, 0});
      assert_int_equal(p.orders.n, 1);
      assert_int_equal(p.orders.reason[0], cases[c].reason);
      assert_int_equal(p.ledger.n_rejected,
                       cases[c].reason != CRUCIBLE_REASON_NONE);
      assert_int_equal(p.ledger.n_orders, 1);
      played_end(&p);
    }
  }
}

static void purchase_that_the_fee_eats_below_a_lot_is_rejected(void **state) {
  (void)state;
  played p = played_spot(); /* one lot less its fee is none to sell */
  p.plan.sizing = CRUCIBLE_SIZE_UNITS;
  p.plan.sizing_value = 0.01;
  PLAY(&p, {100, 101, 99, 100, 1}, {100, 101, 99, 100, 0});
  assert_int_equal(p.orders.reason[0], CRUCIBLE_REASON_BELOW_LOT);
  assert_near(p.ledger.cash, 1000, 0, 0);
  played_end(&p);
}

/* ---- shorts, liquidation, closing ---- */

static void short_is_marked_at_the_ask_and_bought_back(void **state) {
  (void)state;
  played p = played_future();
  p.plan.horizon_bars = 2;
  PLAY(&p, {100, 101, 99, 100, -1}, {100, 101, 97, 98, 0});
  /* sold at the bid, 99.75 -> 99.5 */
  assert_near(p.ledger.position, -5, 0, 0);
  assert_near(p.ledger.mark_price, 98.25, 0, 0);
  assert_near(p.ledger.cash, 1000 + 5 * 99.5 * 0.999, 1e-12, 0);
  assert_near(p.ledger.equity, p.ledger.cash - 5 * 98.25 * 1.001, 1e-12, 0);
  assert_near(p.ledger.reserved_margin, 5 * 98.25, 1e-12, 0);
  PLAY(&p, {98, 99, 97, 98, 0}, {98, 99, 97, 98, 0});
  assert_int_equal(p.trades.n, 1);
  assert_int_equal(p.trades.side[0], -1);
  assert_near(p.trades.exit_price[0], 98.5, 0, 0);
  assert_near(p.trades.result[0], 5 * (99.5 * 0.999 - 98.5 * 1.001), 1e-12, 0);
  assert_near(p.trades.gross[0], 5 * (100.0 - 98.0), 1e-12, 0);
  played_end(&p);
}

static void scores_leave_and_nan_holds(void **state) {
  (void)state;
  played p = played_future();
  p.plan.theta_in = 0.5;
  p.plan.theta_out = 0.2;
  PLAY(&p, {100, 101, 99, 100, 0.5}, {100, 101, 99, 100, 0.6},
       {100, 101, 99, 100, 0.2}, {100, 101, 99, 100, NOTHING});
  assert_near(p.ledger.position, 5, 0, 0.1);
  assert_int_equal(p.trades.n, 0);
  /* a reversal closes first and opens at the next decision */
  PLAY(&p, {100, 101, 99, 100, -0.9}, {100, 101, 99, 100, -0.9});
  assert_int_equal(p.trades.n, 1);
  assert_int_equal(p.trades.exit[0], CRUCIBLE_PURPOSE_EXIT_SCORE);
  assert_near(p.ledger.position, 0, 0, 0);
  PLAY(&p, {100, 101, 99, 100, -0.2});
  assert_true(p.ledger.position < 0);
  PLAY(&p, {100, 101, 99, 100, -0.19}, {100, 101, 99, 100, 0});
  assert_int_equal(p.trades.n, 2);
  played_end(&p);
}

static void position_is_liquidated_at_its_maintenance_margin(void **state) {
  (void)state;
  played p = played_future();
  p.instrument.maintenance_margin = 0.02;
  p.options.leverage = 10;
  p.plan.sizing_value = 5;
  PLAY(&p, {100, 101, 99, 100, 1}, {100, 101, 99, 100, 0});
  /* 50 at 100.5: cash 1000 - 5025 * 1.001; bid * 50 * (1 - 0.021) = 4030.025
     at 82.3294 */
  assert_near(p.ledger.cash, 1000 - 5025 * 1.001, 1e-12, 0);
  PLAY(&p, {90, 91, 83, 85, 0});
  assert_int_equal(p.trades.n, 0);
  PLAY(&p, {85, 86, 80, 85, 1}, {85, 86, 80, 85, 1});
  assert_int_equal(p.trades.n, 1);
  assert_int_equal(p.trades.exit[0], CRUCIBLE_PURPOSE_LIQUIDATION);
  assert_near(p.orders.limit_price[1], 4030.025 / (50 * 0.979), 1e-9, 0);
  assert_near(p.trades.exit_price[0], 82, 0, 0);
  assert_int_equal(p.ledger.is_stopped, 1);
  assert_int_equal(p.orders.n, 2);
  played_end(&p);

  PLAY(&p, {100, 101, 99, 100, -1}, {100, 101, 99, 100, 0},
       {150, 151, 149, 150, 0}); /* a jump: worse than nothing left */
  assert_int_equal(p.trades.exit[0], CRUCIBLE_PURPOSE_LIQUIDATION);
  assert_near(p.trades.exit_price[0], 150.5, 0, 0);
  assert_true(p.ledger.equity < 0);
  played_end(&p);
}

static void closing_leaves_at_the_next_open_and_takes_no_more(void **state) {
  (void)state;
  played p = played_future();
  p.plan.target_sigma = 50;
  PLAY(&p, {100, 101, 99, 100, 1}, {100, 101, 99, 100, 1});
  assert_int_equal(crucible_trader_close(p.trader, CRUCIBLE_PURPOSE_END),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_trader_close(p.trader, CRUCIBLE_PURPOSE_END),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_trader_close(p.trader, CRUCIBLE_PURPOSE_STOP),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trader_close(NULL, CRUCIBLE_PURPOSE_END),
                   CRUCIBLE_E_INVALID);
  PLAY(&p, {103, 104, 102, 103, 1}, {103, 104, 102, 103, 1});
  assert_int_equal(p.trades.n, 1);
  assert_int_equal(p.trades.exit[0], CRUCIBLE_PURPOSE_END);
  assert_near(p.trades.exit_price[0], 102.5, 0, 0);
  assert_int_equal(p.orders.n, 3);
  assert_int_equal(p.orders.placed_ms[1], 2 * PLAYED_BAR_MS);
  assert_int_equal(p.ledger.is_stopped, 1);
  assert_near(p.ledger.position, 0, 0, 0);
  played_end(&p);

  PLAY(&p, {100, 101, 99, 100, 1});
  assert_int_equal(
      crucible_trader_close(p.trader, CRUCIBLE_PURPOSE_LIQUIDATION),
      CRUCIBLE_OK);
  PLAY(&p, {100, 101, 99, 100, 1});
  assert_int_equal(p.orders.status[0], CRUCIBLE_ORDER_CANCELLED);
  assert_int_equal(p.orders.reason[0], CRUCIBLE_REASON_STOPPED);
  played_end(&p);
}

static void exits_without_a_volume_forecast_are_tried_again(void **state) {
  (void)state;
  played p = played_future();
  p.plan.horizon_bars = 1;
  p.plan.stop_sigma = 2;
  PLAY(&p, {100, 101, 99, 100, 1});
  PLAY(&p, {100, 101, 99, 100, 0});
  p.volume_forecast = 0;
  PLAY(&p, {100, 101, 99, 100, 0}); /* the last forecast still was 100 */
  assert_int_equal(p.trades.n, 1);
  played_end(&p);

  p.volume_forecast = 100;
  PLAY(&p, {100, 101, 99, 100, 1});
  p.volume_forecast = 0;
  PLAY(&p, {100, 101, 99, 100, 0});
  p.volume_forecast = 100;
  PLAY(&p, {100, 101, 90, 95, 0}); /* exit and stop, and no price for either */
  assert_int_equal(p.trades.n, 0);
  assert_int_equal(p.orders.n, 3);
  assert_int_equal(p.orders.purpose[1], CRUCIBLE_PURPOSE_STOP);
  assert_int_equal(p.orders.purpose[2], CRUCIBLE_PURPOSE_EXIT_TIME);
  for (size_t i = 1; i < 3; ++i) {
    assert_int_equal(p.orders.status[i], CRUCIBLE_ORDER_REJECTED);
    assert_int_equal(p.orders.reason[i], CRUCIBLE_REASON_NO_VOLUME);
  }
  PLAY(&p, {95, 96, 94, 95, 0});
  assert_int_equal(p.trades.exit[0], CRUCIBLE_PURPOSE_EXIT_TIME);
  assert_near(p.trades.exit_price[0], 94.5, 0, 0);
  played_end(&p);
}

static void forecast_spread_widens_the_quotes(void **state) {
  (void)state;
  played p = played_future();
  p.spread = 0.04;
  PLAY(&p, {100, 101, 99, 100, 1}, {100, 101, 99, 100, 0});
  assert_near(p.orders.fill_price[0], 102, 0, 0);
  assert_near(p.ledger.mark_price, 98, 0, 0);
  played_end(&p);
  p.spread = 0.001; /* less than a tick is a tick */
  PLAY(&p, {100, 101, 99, 100, 1}, {100, 101, 99, 100, 0});
  assert_near(p.ledger.mark_price, 99.75, 0, 0);
  played_end(&p);
  p.spread = NOTHING;
  p.options.costs.spread_bps = 300;
  PLAY(&p, {100, 101, 99, 100, 1}, {100, 101, 99, 100, 0});
  assert_near(p.ledger.mark_price, 98.5, 0, 0);
  played_end(&p);
}

/* ---- the trader's calls ---- */

static void malformed_bar_changes_nothing(void **state) {
  (void)state;
  played p = played_future();
  PLAY(&p, {100, 101, 99, 100, 1}, {100, 101, 99, 100, 0});
  const double nan = (double)NAN, inf = (double)INFINITY;
  const struct {
    int64_t after_ms;
    double open, high, low, close, volume, sigma, forecast, spread;
    const char *word;
  } cases[] = {
      {0, nan, 101, 99, 100, 1, 0.01, 1, 0, "open"},
      {0, 100, 101, 99, inf, 1, 0.01, 1, 0, "close"},
      {0, 100, 99, 101, 100, 1, 0.01, 1, 0, "high"},
      {0, 100, 101, 0, 100, 1, 0.01, 1, 0, "low"},
      {0, 102, 101, 99, 100, 1, 0.01, 1, 0, "open"},
      {0, 1e101, 1e101, 1e101, 1e101, 1, 0.01, 1, 0, "1e100"},
      {0, 1e-101, 1e-101, 1e-101, 1e-101, 1, 0.01, 1, 0, "1e-100"},
      {0, 100, 101, 99, 100, -1, 0.01, 1, 0, "volume"},
      {0, 100, 101, 99, 100, nan, 0.01, 1, 0, "volume"},
      {-PLAYED_BAR_MS, 100, 101, 99, 100, 1, 0.01, 1, 0, "open_time_ms"},
      {1, 100, 101, 99, 100, 1, 0.01, 1, 0, "open_time_ms"},
      {INT64_MAX / 2 / PLAYED_BAR_MS * PLAYED_BAR_MS, 100, 101, 99, 100, 1,
       0.01, 1, 0, "open_time_ms"},
      {0, 1, 1, 0.25, 0.25, 1, 0.01, 1, 0, "tick 0.5"},
      {0, 100, 101, 99, 100, 1, -0.01, 1, 0, "sigma"},
      {0, 100, 101, 99, 100, 1, inf, 1, 0, "sigma"},
      {0, 100, 101, 99, 100, 1, 0.01, -1, 0, "volume_forecast"},
      {0, 100, 101, 99, 100, 1, 0.01, 1, -1e-9, "spread"},
      {0, 100, 101, 99, 100, 1, 0.01, 1, inf, "spread"},
  };
  crucible_ledger before = p.ledger;
  for (size_t c = 0; c < COUNT(cases); ++c) {
    crucible_bar bar = {.open_time_ms = p.next_ms + cases[c].after_ms,
                        .open = cases[c].open,
                        .high = cases[c].high,
                        .low = cases[c].low,
                        .close = cases[c].close,
                        .volume = cases[c].volume};
    assert_int_equal(crucible_trader_push(p.trader, &bar, cases[c].sigma,
                                          cases[c].forecast, cases[c].spread,
                                          0),
                     CRUCIBLE_E_DATA);
    assert_error_names(cases[c].word);
    played_look(&p);
    assert_memory_equal(&p.ledger, &before, sizeof before);
  }
  crucible_bar bar = {0};
  assert_int_equal(crucible_trader_push(NULL, &bar, 1, 1, 1, 1),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trader_push(p.trader, NULL, 1, 1, 1, 1),
                   CRUCIBLE_E_INVALID);
  played_end(&p);
}

static void trader_calls_refuse_bad_arguments(void **state) {
  (void)state;
  played p = played_future();
  crucible_trader *trader = (crucible_trader *)&p;
  assert_int_equal(
      crucible_trader_create(&p.plan, &p.instrument, 0, NULL, &trader),
      CRUCIBLE_E_INVALID);
  assert_null(trader);
  assert_int_equal(
      crucible_trader_create(&p.plan, &p.instrument, INT64_MAX, NULL, &trader),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_trader_create(&p.plan, &p.instrument, 60000, NULL, NULL),
      CRUCIBLE_E_INVALID);
  PLAY(&p, {100, 101, 99, 100, 1}, {100, 101, 99, 100, 0});
  crucible_ledger ledger = {.struct_size = 0};
  crucible_orders orders = {.struct_size = sizeof orders, .n = 77};
  crucible_trades trades = {.struct_size = 1};
  assert_int_equal(crucible_trader_ledger(p.trader, &ledger),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trader_ledger(NULL, &ledger), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trader_ledger(p.trader, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trader_records(p.trader, &orders, &trades),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(orders.n, 77);
  assert_int_equal(crucible_trader_records(NULL, &orders, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trader_records(p.trader, NULL, NULL), CRUCIBLE_OK);
  crucible_trader_destroy(NULL);
  played_end(&p);
}

static void trader_without_records_keeps_its_ledger(void **state) {
  (void)state;
  played p = played_future();
  p.options.keep_records = 0;
  PLAY(&p, {100, 101, 99, 100, 1}, {100, 101, 99, 100, 0});
  assert_int_equal(p.orders.n, 0);
  assert_int_equal(p.ledger.n_orders, 1);
  played_end(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(size_follows_its_kind_and_rounds_down_to_the_lot),
      cmocka_unit_test(order_shrinks_to_what_cash_can_pay),
      cmocka_unit_test(cash_is_never_overdrawn_by_a_rounding),
      cmocka_unit_test(sale_brings_at_least_one_tick),
      cmocka_unit_test(order_that_cannot_be_is_rejected_with_its_reason),
      cmocka_unit_test(purchase_that_the_fee_eats_below_a_lot_is_rejected),
      cmocka_unit_test(short_is_marked_at_the_ask_and_bought_back),
      cmocka_unit_test(scores_leave_and_nan_holds),
      cmocka_unit_test(position_is_liquidated_at_its_maintenance_margin),
      cmocka_unit_test(closing_leaves_at_the_next_open_and_takes_no_more),
      cmocka_unit_test(exits_without_a_volume_forecast_are_tried_again),
      cmocka_unit_test(forecast_spread_widens_the_quotes),
      cmocka_unit_test(malformed_bar_changes_nothing),
      cmocka_unit_test(trader_calls_refuse_bad_arguments),
      cmocka_unit_test(trader_without_records_keeps_its_ledger),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
