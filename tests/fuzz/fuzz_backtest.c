/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any doubles as instrument, plan, options, bars and forecasts: refused with a
 * text, or traded with a ledger that adds up. The head chooses the kinds and
 * gives the numbers; each bar takes a byte for its time and kind and nine
 * doubles. A number is used as it is or, where a bit of the head says so, drawn
 * into the range of real markets, since few raw ones make a sound bar.
 */
#include <crucible/backtest.h>

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
  KINDS = 8,
  NUMBERS = 20,
  HEAD = KINDS + NUMBERS * sizeof(double),
  BAR = 1 + 9 * sizeof(double)
};

static void expect(int promise) {
  if (!promise)
    abort();
}

/* Into [low, high] by the mantissa, whatever the number is. */
static double tamed(double x, double low, double high) {
  int exponent;
  double part = isfinite(x) ? fabs(frexp(x, &exponent)) : 0.75;
  return low + (part < 0.5 ? 0 : 2 * part - 1) * (high - low);
}

typedef struct setting {
  crucible_instrument instrument;
  crucible_plan plan;
  crucible_backtest_options options;
} setting;

static setting read_head(const uint8_t *kind, const double *x, int is_tame) {
  static const double lots[] = {1e-5, 1e-3, 0.1, 1};
  setting s;
#define NUMBER(i, low, high) (is_tame ? tamed(x[i], low, high) : x[i])
  s.instrument = (crucible_instrument){
      .struct_size = sizeof s.instrument,
      .venue = "v",
      .symbol = "S",
      .base_currency = "B",
      .quote_currency = "Q",
      .market_type = 1 + kind[0] % 3,
      .fee_asset = 1 + kind[1] % 2,
      .maker_fee = NUMBER(0, -0.001, 0.01),
      .taker_fee = NUMBER(1, 0, 0.01),
      .price_tick = is_tame ? lots[kind[2] % 4] : x[2],
      .lot_step = is_tame ? lots[kind[2] / 4 % 4] : x[3],
      .min_quantity = NUMBER(4, 0, 1),
      .min_notional = NUMBER(5, 0, 20),
      .max_leverage = kind[0] % 3 == 0 ? 1 : NUMBER(6, 1, 100),
      .maintenance_margin = NUMBER(7, 0, 0.1),
      .is_shortable = kind[0] % 3 != 0};
  crucible_plan_init(&s.plan, sizeof s.plan);
  crucible_backtest_options_init(&s.options, sizeof s.options);
  s.plan.side = 1 + kind[3] % 2;
  s.plan.entry = 1 + kind[3] / 2 % 3;
  s.plan.sizing = 1 + kind[3] / 8 % 4;
  s.plan.horizon_bars = kind[4] % 8;
  s.plan.limit_ttl_bars = 1 + kind[4] / 8 % 4;
  s.plan.theta_in = NUMBER(8, 0, 1);
  s.plan.theta_out = kind[5] % 2 ? -(double)INFINITY : NUMBER(9, -1, 0);
  s.plan.limit_offset_sigma = NUMBER(10, 0, 2);
  s.plan.stop_sigma = NUMBER(11, 0, 4);
  s.plan.target_sigma = NUMBER(12, 0, 4);
  s.plan.sizing_value = NUMBER(13, 0, 1);
  s.options.initial_cash = NUMBER(14, 1, 1e5);
  s.options.leverage = is_tame ? 1 : x[15];
  s.options.costs.spread_bps = NUMBER(16, 0, 50);
  s.options.costs.impact_y = NUMBER(17, 0, 10);
  s.options.costs.impact_exponent = kind[5] / 2 % 2 ? 0.5 : NUMBER(18, 0.1, 1);
  s.options.path = 1 + kind[6] % 3;
  s.options.funding = 1;
#undef NUMBER
  return s;
}

static double lesser(double a, double b) { return a < b ? a : b; }
static double larger(double a, double b) { return a > b ? a : b; }

static crucible_bar read_bar(const double *x, int64_t time_ms, int is_tame) {
  double open = x[0], close = x[1], high = x[2], low = x[3];
  if (is_tame) {
    open = tamed(x[0], 1, 200);
    close = tamed(x[1], 1, 200);
    high = larger(larger(open, close), tamed(x[2], 1, 250));
    low = lesser(lesser(open, close), tamed(x[3], 0.5, 200));
  }
  return (crucible_bar){.open_time_ms = time_ms,
                        .open = open,
                        .high = high,
                        .low = low,
                        .close = close,
                        .volume = x[4]};
}

static void check_ledger(const crucible_trader *trader, const setting *s) {
  crucible_ledger l = {.struct_size = sizeof l};
  crucible_orders orders = {.struct_size = sizeof orders};
  crucible_trades trades = {.struct_size = sizeof trades};
  expect(crucible_trader_ledger(trader, &l) == CRUCIBLE_OK);
  expect(crucible_trader_records(trader, &orders, &trades) == CRUCIBLE_OK);
  double marked = l.position != 0 ? l.position * l.mark_price : 0;
  double scale = 1e-9 * (fabs(l.cash) + fabs(marked) + l.initial_cash);
  expect(isfinite(l.equity) && isfinite(l.cash) && isfinite(marked));
  expect(fabs(l.cash + marked - l.exit_fee - l.equity) <= scale);
  expect(fabs(l.trade_results + l.open_result - (l.equity - l.initial_cash)) <=
         scale);
  expect(l.dust >= 0 && l.n_orders == orders.n && l.n_trades == trades.n);
  if (s->instrument.market_type == CRUCIBLE_MARKET_SPOT)
    expect(l.position >= 0 && l.cash >= -scale);
  for (size_t i = orders.n; i > 0 && i + 6 > orders.n; --i) {
    int is_filled = orders.status[i - 1] == CRUCIBLE_ORDER_FILLED;
    expect(is_filled == (orders.reason[i - 1] == CRUCIBLE_REASON_NONE));
    expect(is_filled == (orders.filled[i - 1] > 0));
    expect(!is_filled || orders.fill_price[i - 1] > 0);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  double numbers[NUMBERS], x[9];
  if (n < HEAD)
    return 0;
  memcpy(numbers, data + KINDS, sizeof numbers);
  int is_tame = data[7] % 4 != 0;
  setting s = read_head(data, numbers, is_tame);
  crucible_trader *trader;
  if (crucible_trader_create(&s.plan, &s.instrument, 60000, &s.options,
                             &trader) != CRUCIBLE_OK) {
    expect(crucible_last_error()[0] != 0);
    return 0;
  }
  int64_t time_ms = 0;
  for (size_t at = HEAD; at + BAR <= n; at += BAR) {
    memcpy(x, data + at + 1, sizeof x);
    int tame_bar = is_tame || data[at] % 8 >= 4;
    crucible_bar bar = read_bar(x, time_ms, tame_bar);
    if (tame_bar) {
      bar.volume = data[at] % 8 == 7 ? 0 : tamed(x[4], 0, 100);
      x[5] = tamed(x[5], 0, 0.2);
      x[6] = data[at] / 8 % 8 == 7 ? 0 : tamed(x[6], 0, 100);
      x[7] = data[at] % 2 ? (double)NAN : tamed(x[7], 0, 0.2);
    }
    if (crucible_trader_push(trader, &bar, x[5], x[6], x[7], x[8]) ==
        CRUCIBLE_OK)
      time_ms += 60000 * (data[at] >= 240 ? 3 : 1);
    check_ledger(trader, &s);
    if (data[at] == 239)
      expect(crucible_trader_close(trader, CRUCIBLE_PURPOSE_END) ==
             CRUCIBLE_OK);
  }
  crucible_trader_destroy(trader);
  return 0;
}
