/* SPDX-License-Identifier: Apache-2.0 */
/* Instrument profiles for tests: BTCUSDT as it was on Binance's spot market in
   March 2023 (see examples/data/instruments.json), and one to sell short. */
#ifndef TESTS_SUPPORT_AN_INSTRUMENT_H
#define TESTS_SUPPORT_AN_INSTRUMENT_H

#include <crucible/costs.h>

static inline crucible_instrument btcusdt_spot(void) {
  return (crucible_instrument){
      .struct_size = sizeof(crucible_instrument),
      .venue = "binance",
      .symbol = "BTCUSDT",
      .base_currency = "BTC",
      .quote_currency = "USDT",
      .market_type = CRUCIBLE_MARKET_SPOT,
      .fee_asset = CRUCIBLE_FEE_IN_BASE,
      .maker_fee = 0.001,
      .taker_fee = 0.001,
      .price_tick = 0.01,
      .lot_step = 0.00001,
      .min_quantity = 0.00001,
      .min_notional = 10,
      .max_leverage = 1,
  };
}

/* Round figures, to compute fills by hand. */
static inline crucible_instrument round_future(void) {
  return (crucible_instrument){
      .struct_size = sizeof(crucible_instrument),
      .venue = "venue",
      .symbol = "FUTURE",
      .base_currency = "X",
      .quote_currency = "USD",
      .market_type = CRUCIBLE_MARKET_FUTURE,
      .fee_asset = CRUCIBLE_FEE_IN_QUOTE,
      .maker_fee = 0.0005,
      .taker_fee = 0.001,
      .price_tick = 0.5,
      .lot_step = 0.01,
      .max_leverage = 10,
      .is_shortable = 1,
  };
}

/* As if the pair could be sold short: a dated future's profile. */
static inline crucible_instrument btcusdt_future(void) {
  crucible_instrument future = btcusdt_spot();
  future.market_type = CRUCIBLE_MARKET_FUTURE;
  future.fee_asset = CRUCIBLE_FEE_IN_QUOTE;
  future.is_shortable = 1;
  future.maintenance_margin = 0.01;
  future.maker_fee = 0.0002;
  future.taker_fee = 0.0005;
  return future;
}

#endif
