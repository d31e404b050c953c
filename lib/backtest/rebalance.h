/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets on most bars: eight columns of one market in step, bar by bar, where
 * each does what is usual - a market order at the open brings the position to
 * the target of the last close: opens it, adds to it, takes from it or closes
 * it. What a bar leaves behind is what the step would leave, to the bit; a
 * column whose bar is not usual takes it by the step.
 */
#ifndef CRUCIBLE__REBALANCE_H
#define CRUCIBLE__REBALANCE_H

#include "backtest/round_trip.h"

enum { CRUCIBLE__BALANCES = 8 }; /* at once */

#define CRUCIBLE__BALANCE_FIELDS(XX)                                           \
  XX(cash)                                                                     \
  XX(equity)                                                                   \
  XX(dust)                                                                     \
  XX(held) /* the position and its lots */                                     \
  XX(lots)                                                                     \
  XX(lowest)                                                                   \
  XX(highest)                                                                  \
  XX(entry_price)                                                              \
  XX(entry_cash)                                                               \
  XX(entry_lots)                                                               \
  XX(closed_lots)                                                              \
  XX(most_lots)                                                                \
  XX(most_held) /* the quantity of these lots */                               \
  XX(closed_results)                                                           \
  XX(entry_fee) /* what is open has cost */                                    \
  XX(entry_spread)                                                             \
  XX(entry_slippage)                                                           \
  XX(entry_dust)                                                               \
  XX(fee) /* all of it has cost */                                             \
  XX(spread)                                                                   \
  XX(slippage)                                                                 \
  XX(dust_cost)                                                                \
  XX(results) /* of trades */                                                  \
  XX(traded)                                                                   \
  XX(bars_held)                                                                \
  XX(sign)  /* of the order that waits: 1 buys, -1 sells, 0: there is none */  \
  XX(order) /* the last one: its quantity, lots, sign and bar */               \
  XX(order_lots)                                                               \
  XX(order_sign)                                                               \
  XX(order_bar)

#define CRUCIBLE__BALANCE_FIELD(name)                                          \
  _Alignas(64) double name[CRUCIBLE__BALANCES];

/* Eight accounts between two bars. */
typedef struct crucible__balances {
  CRUCIBLE__BALANCE_FIELDS(CRUCIBLE__BALANCE_FIELD)
} crucible__balances;

/* A bar that all of them take. */
typedef struct crucible__balance_bar {
  double open, low, high, close, half; /* half: of its spread */
  double sigma, volume;                /* forecast for it */
  double number;
  double target[CRUCIBLE__BALANCES]; /* at its close; NaN: none */
  uint32_t lanes;                    /* that take it */
} crucible__balance_bar;

/* What filled at its open. */
typedef struct crucible__balance_fills {
  _Alignas(64) double quantity[CRUCIBLE__BALANCES];
  double price[CRUCIBLE__BALANCES];
  double fee[CRUCIBLE__BALANCES], spread[CRUCIBLE__BALANCES];
  double slippage[CRUCIBLE__BALANCES];
  /* a sale makes a trade; its costs are those of both ends */
  double result[CRUCIBLE__BALANCES], gross[CRUCIBLE__BALANCES];
  double trade_quantity[CRUCIBLE__BALANCES];
  double mae[CRUCIBLE__BALANCES], mfe[CRUCIBLE__BALANCES];
  double trade_fee[CRUCIBLE__BALANCES], trade_spread[CRUCIBLE__BALANCES];
  double trade_slippage[CRUCIBLE__BALANCES], trade_dust[CRUCIBLE__BALANCES];
  uint32_t buys, sells; /* lanes */
} crucible__balance_fills;

/* Takes a bar from one state to the next; returns the lanes, bit k for lane k,
   in which it was usual: the others of next are worth nothing. */
typedef uint32_t crucible__balance_call(const crucible__terms *terms,
                                        const crucible__balance_bar *bar,
                                        const crucible__balances *from,
                                        crucible__balances *next,
                                        crucible__balance_fills *fills);

extern crucible__balance_call crucible__balance_baseline,
    crucible__balance_avx2, crucible__balance_avx512;

/* Whether these columns, all of one market, are taken so. */
int crucible__routes_rebalance(const crucible__route *routes, size_t n);

/* Takes all bars of up to CRUCIBLE__BALANCES of them. E_NOMEM: no room for a
   record. */
crucible_status crucible__rebalance_run(crucible__route *routes, size_t n);

#endif
