/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small tables of bars played through one account, for tests whose fills are
 * computed by hand. Include after <cmocka.h>.
 */
#ifndef TESTS_SUPPORT_PLAYED_H
#define TESTS_SUPPORT_PLAYED_H

#include <math.h>
#include <string.h>

#include <crucible/backtest.h>
#include <crucible/portfolio.h>

#include "support/an_instrument.h"

enum { PLAYED_BAR_MS = 60000 };

/* A row: what the bar was, then the score at its close. */
typedef struct played_bar {
  double open, high, low, close, score;
} played_bar;

typedef struct played {
  crucible_plan plan;
  crucible_instrument instrument;
  crucible_backtest_options options;
  double sigma, volume, volume_forecast, spread; /* of every bar */
  crucible_trader *trader;
  int64_t next_ms;
  crucible_orders orders; /* after played_push */
  crucible_trades trades;
  crucible_ledger ledger;
} played;

/* A future with a tick of 0.5, lots of 0.01, fees of 0.1 % (taker) and 0.05 %
   (maker), cash of 1000; no slippage; the spread is one tick. */
static inline played played_future(void) {
  played p = {.sigma = 0.01,
              .volume = 100,
              .volume_forecast = 100,
              .spread = (double)NAN};
  p.instrument = round_future();
  crucible_plan_init(&p.plan, sizeof p.plan);
  crucible_backtest_options_init(&p.options, sizeof p.options);
  p.plan.side = CRUCIBLE_SIDE_LONG_SHORT;
  p.plan.theta_out = -(double)INFINITY;
  p.plan.sizing_value = 0.5;
  p.options.initial_cash = 1000;
  p.options.costs.spread_bps = 0;
  p.options.costs.impact_y = 0;
  return p;
}

/* The same as spot: bitcoin in dollars, fee of 0.1 % in what is received. */
static inline played played_spot(void) {
  played p = played_future();
  p.instrument.market_type = CRUCIBLE_MARKET_SPOT;
  p.instrument.fee_asset = CRUCIBLE_FEE_IN_BASE;
  p.instrument.max_leverage = 1;
  p.instrument.is_shortable = 0;
  p.plan.side = CRUCIBLE_SIDE_LONG;
  return p;
}

/* One that decides by signals. */
static inline played played_by_signals(void) {
  played p = played_future();
  p.plan.decides = CRUCIBLE_DECIDE_SIGNALS;
  return p;
}

/* Four units, where bars fall first. */
static inline played played_in_units(void) {
  played p = played_by_signals();
  p.plan.sizing = CRUCIBLE_SIZE_UNITS;
  p.plan.sizing_value = 4;
  p.options.path = CRUCIBLE_PATH_OLHC;
  return p;
}

/* The same with an entry that stands 2 % away. */
static inline played played_entering(int32_t entry, uint32_t ttl_bars) {
  played p = played_in_units();
  p.plan.entry = entry;
  p.plan.offset_fraction = 0.02;
  p.plan.limit_ttl_bars = ttl_bars;
  return p;
}

/* One that decides by orders, where bars fall first. */
static inline played played_by_orders(void) {
  played p = played_future();
  p.plan.decides = CRUCIBLE_DECIDE_ORDERS;
  p.options.path = CRUCIBLE_PATH_OLHC;
  return p;
}

static inline void played_look(played *p) {
  p->orders.struct_size = sizeof p->orders;
  p->trades.struct_size = sizeof p->trades;
  p->ledger.struct_size = sizeof p->ledger;
  assert_int_equal(crucible_trader_records(p->trader, &p->orders, &p->trades),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_trader_ledger(p->trader, &p->ledger), CRUCIBLE_OK);
}

static inline void played_push(played *p, const played_bar *rows, size_t n) {
  if (p->trader == NULL)
    assert_int_equal(crucible_trader_create(&p->plan, &p->instrument,
                                            PLAYED_BAR_MS, &p->options,
                                            &p->trader),
                     CRUCIBLE_OK);
  for (size_t i = 0; i < n; ++i) {
    crucible_bar bar = {.open_time_ms = p->next_ms,
                        .open = rows[i].open,
                        .high = rows[i].high,
                        .low = rows[i].low,
                        .close = rows[i].close,
                        .volume = p->volume};
    assert_int_equal(crucible_trader_push(p->trader, &bar, p->sigma,
                                          p->volume_forecast, p->spread,
                                          rows[i].score),
                     CRUCIBLE_OK);
    p->next_ms += PLAYED_BAR_MS;
  }
  played_look(p);
}

/* What a row may ask for. */
enum {
  EL = CRUCIBLE_ENTER_LONG,
  XL = CRUCIBLE_EXIT_LONG,
  ES = CRUCIBLE_ENTER_SHORT,
  XS = CRUCIBLE_EXIT_SHORT
};

/* A row of a plan that decides by signals. */
typedef struct played_signal {
  double open, high, low, close;
  uint32_t signals;
} played_signal;

/* One bar with all that is known and wanted at its close. */
static inline crucible_status played_step(played *p, const crucible_bar *shape,
                                          const crucible_outlook *outlook,
                                          const crucible_wish *wish) {
  if (p->trader == NULL)
    assert_int_equal(crucible_trader_create(&p->plan, &p->instrument,
                                            PLAYED_BAR_MS, &p->options,
                                            &p->trader),
                     CRUCIBLE_OK);
  crucible_bar bar = *shape;
  bar.open_time_ms = p->next_ms;
  crucible_status status = crucible_trader_step(p->trader, &bar, outlook, wish);
  if (status == CRUCIBLE_OK)
    p->next_ms += PLAYED_BAR_MS;
  played_look(p);
  return status;
}

static inline crucible_outlook played_outlook(const played *p) {
  crucible_outlook outlook;
  crucible_outlook_init(&outlook, sizeof outlook);
  outlook.sigma = p->sigma;
  outlook.volume_forecast = p->volume_forecast;
  outlook.spread = p->spread;
  return outlook;
}

static inline void played_hear(played *p, const played_signal *rows, size_t n) {
  crucible_outlook outlook = played_outlook(p);
  crucible_wish wish;
  crucible_wish_init(&wish, sizeof wish);
  for (size_t i = 0; i < n; ++i) {
    crucible_bar bar = {.open = rows[i].open,
                        .high = rows[i].high,
                        .low = rows[i].low,
                        .close = rows[i].close,
                        .volume = p->volume};
    wish.signals = rows[i].signals;
    assert_int_equal(played_step(p, &bar, &outlook, &wish), CRUCIBLE_OK);
  }
}

static inline crucible_request played_request(uint32_t id, int32_t kind,
                                              int32_t side, double size) {
  crucible_request request;
  crucible_request_init(&request, sizeof request);
  request.id = id;
  request.kind = kind;
  request.side = side;
  request.size = size;
  return request;
}

#define HEAR(p, ...)                                                           \
  played_hear((p), (const played_signal[]){__VA_ARGS__},                       \
              sizeof((const played_signal[]){__VA_ARGS__}) /                   \
                  sizeof(played_signal))

#define PLAY(p, ...)                                                           \
  played_push((p), (const played_bar[]){__VA_ARGS__},                          \
              sizeof((const played_bar[]){__VA_ARGS__}) / sizeof(played_bar))

static inline void played_end(played *p) {
  crucible_trader_destroy(p->trader);
  p->trader = NULL;
  p->next_ms = 0;
}

#endif
