/* SPDX-License-Identifier: Apache-2.0 */
/* Plans, options, traders and batch runs: what they accept, return, refuse. */
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
#include "support/near.h"
#include "support/played.h"
#include "support/recorded.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

static const double NOTHING = (double)NAN;

static void assert_error_names(const char *word) {
  if (strstr(crucible_last_error(), word) == NULL)
    fail_msg("\"%s\" does not name %s", crucible_last_error(), word);
}

/* ---- plans and options ---- */

static void plan_out_of_range_is_refused_by_field(void **state) {
  (void)state;
  const double nan = (double)NAN, inf = (double)INFINITY;
  const struct {
    const char *field;
    size_t offset;
    double value;
  } numbers[] = {
#define CASE(field, value) {#field, offsetof(crucible_plan, field), value}
      CASE(theta_in, -0.1),
      CASE(theta_in, nan),
      CASE(theta_in, inf),
      CASE(theta_out, 0.1),
      CASE(theta_out, nan),
      CASE(limit_offset_sigma, -1),
      CASE(stop_sigma, -1),
      CASE(stop_sigma, nan),
      CASE(target_sigma, inf),
      CASE(target_sigma, -1),
      CASE(sizing_value, 0),
      CASE(sizing_value, -1),
      CASE(sizing_value, nan),
      CASE(sizing_value, inf),
      CASE(offset_fraction, -0.1),
      CASE(offset_fraction, 1),
      CASE(stop_limit_fraction, nan),
      CASE(stop_limit_fraction, 1),
      CASE(stop_fraction, -0.1),
      CASE(stop_fraction, 1),
      CASE(stop_fraction, nan),
      CASE(target_fraction, inf),
      CASE(target_fraction, -0.1),
      CASE(trail_sigma, nan),
      CASE(trail_sigma, -1),
      CASE(trail_fraction, 1),
      CASE(trail_fraction, -0.1),
#undef CASE
  };
  for (size_t c = 0; c < COUNT(numbers); ++c) {
    played p = played_future();
    memcpy((char *)&p.plan + numbers[c].offset, &numbers[c].value,
           sizeof(double));
    assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, &p.options),
                     CRUCIBLE_E_INVALID);
    assert_error_names(numbers[c].field);
  }
  const struct {
    const char *field;
    size_t offset;
    int32_t value;
  } choices[] = {
#define CASE(field, value) {#field, offsetof(crucible_plan, field), value}
      CASE(side, 0),        CASE(side, 3),           CASE(entry, 0),
      CASE(entry, 6),       CASE(sizing, 0),         CASE(sizing, 5),
      CASE(reserved, 1),    CASE(limit_ttl_bars, 0), CASE(decides, -1),
      CASE(decides, 4),     CASE(on_opposite, 3),    CASE(on_opposite, -1),
      CASE(target_unit, 3), CASE(target_unit, -1),   CASE(n_rungs, 5),
#undef CASE
  };
  for (size_t c = 0; c < COUNT(choices); ++c) {
    played p = played_future();
    memcpy((char *)&p.plan + choices[c].offset, &choices[c].value,
           sizeof(int32_t));
    assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, &p.options),
                     CRUCIBLE_E_INVALID);
    assert_error_names(choices[c].field);
  }
}

static void plan_that_the_market_cannot_do_is_refused(void **state) {
  (void)state;
  played p = played_future();
  p.plan.sizing = CRUCIBLE_SIZE_RISK;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, NULL),
                   CRUCIBLE_E_INVALID);
  assert_error_names("stop");
  p.plan.stop_sigma = 1;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, NULL),
                   CRUCIBLE_OK);
  p.plan.sizing_value = 1.5;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, NULL),
                   CRUCIBLE_E_INVALID);
  p = played_spot();
  p.plan.side = CRUCIBLE_SIDE_LONG_SHORT;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, NULL),
                   CRUCIBLE_E_INVALID);
  assert_error_names("sold short");
  p = played_future();
  p.instrument.lot_step = 0;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, NULL),
                   CRUCIBLE_E_INVALID);
  assert_error_names("lot_step");
  assert_int_equal(crucible_plan_check(NULL, &p.instrument, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_plan_check(&p.plan, NULL, NULL),
                   CRUCIBLE_E_INVALID);
}

static void perpetual_without_funding_is_refused_unless_accepted(void **state) {
  (void)state;
  played p = played_future();
  p.instrument.market_type = CRUCIBLE_MARKET_LINEAR_PERPETUAL;
  p.instrument.funding_interval_ms = 8 * 3600000;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, NULL),
                   CRUCIBLE_E_UNSUPPORTED);
  assert_error_names("funding");
  p.options.funding = CRUCIBLE_FUNDING_UNAVAILABLE;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, &p.options),
                   CRUCIBLE_OK);
}

static void options_out_of_range_are_refused_by_field(void **state) {
  (void)state;
  const double nan = (double)NAN;
  const struct {
    const char *field;
    size_t offset;
    double value;
  } numbers[] = {
#define CASE(field, value)                                                     \
  {#field, offsetof(crucible_backtest_options, field), value}
      CASE(initial_cash, 0),       CASE(initial_cash, nan),
      CASE(leverage, 0.5),         CASE(leverage, 11),
      CASE(leverage, nan),         CASE(periods_per_year, -1),
      CASE(periods_per_year, nan), CASE(costs.spread_bps, -1),
      CASE(costs.impact_y, nan),   CASE(costs.impact_exponent, 2),
#undef CASE
  };
  for (size_t c = 0; c < COUNT(numbers); ++c) {
    played p = played_future();
    memcpy((char *)&p.options + numbers[c].offset, &numbers[c].value,
           sizeof(double));
    assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, &p.options),
                     CRUCIBLE_E_INVALID);
    assert_error_names(numbers[c].field);
  }
  const struct {
    const char *field;
    size_t offset;
    int32_t value;
  } choices[] = {
#define CASE(field, value)                                                     \
  {#field, offsetof(crucible_backtest_options, field), value}
      CASE(path, 0),        CASE(path, 6),          CASE(funding, 3),
      CASE(keep_equity, 2), CASE(keep_records, -1),
#undef CASE
  };
  for (size_t c = 0; c < COUNT(choices); ++c) {
    played p = played_future();
    memcpy((char *)&p.options + choices[c].offset, &choices[c].value,
           sizeof(int32_t));
    assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, &p.options),
                     CRUCIBLE_E_INVALID);
    assert_error_names(choices[c].field);
  }
  played p = played_future();
  p.options.costs.struct_size = 0;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, &p.options),
                   CRUCIBLE_E_INVALID);
  p = played_future();
  p.instrument.maintenance_margin = 0.2;
  p.options.leverage = 5;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, &p.options),
                   CRUCIBLE_E_INVALID);
  assert_error_names("leverage");
}

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
      cmocka_unit_test(plan_out_of_range_is_refused_by_field),
      cmocka_unit_test(plan_that_the_market_cannot_do_is_refused),
      cmocka_unit_test(perpetual_without_funding_is_refused_unless_accepted),
      cmocka_unit_test(options_out_of_range_are_refused_by_field),
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
