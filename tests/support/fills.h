/* SPDX-License-Identifier: Apache-2.0 */
/* What an order came to, against figures computed by hand. Include after
   <cmocka.h>. */
#ifndef TESTS_SUPPORT_FILLS_H
#define TESTS_SUPPORT_FILLS_H

#include "support/near.h"
#include "support/played.h"

/* The order's outcome: status, reason, purpose, liquidity, and fill price. */
static inline void check_order(const played *p, size_t i, int32_t status,
                               int32_t reason, int32_t purpose,
                               int32_t liquidity, double price) {
  assert_true(i < p->orders.n);
  assert_int_equal(p->orders.status[i], status);
  assert_int_equal(p->orders.reason[i], reason);
  assert_int_equal(p->orders.purpose[i], purpose);
  assert_int_equal(p->orders.liquidity[i], liquidity);
  assert_near(p->orders.fill_price[i], price, 0, 0);
}

static inline void check_filled(const played *p, size_t i, int32_t purpose,
                                int32_t liquidity, double price) {
  check_order(p, i, CRUCIBLE_ORDER_FILLED, CRUCIBLE_REASON_NONE, purpose,
              liquidity, price);
}

static inline void check_unfilled(const played *p, size_t i, int32_t purpose,
                                  int32_t status, int32_t reason) {
  check_order(p, i, status, reason, purpose, CRUCIBLE_LIQUIDITY_NONE,
              (double)NAN);
}

static inline void check_refused(const played *p, size_t i, int32_t status,
                                 int32_t reason) {
  check_unfilled(p, i, CRUCIBLE_PURPOSE_ENTRY, status, reason);
}

/* Cash and marked position are the equity, results are its change, and what
   was paid is what the trades and the open position paid. */
static inline void check_ledger(const played *p) {
  const crucible_ledger *l = &p->ledger;
  double marked = l->position == 0 ? 0 : l->position * l->mark_price;
  double results = 0;
  assert_near(l->cash + marked - l->exit_fee, l->equity, 0, 1e-9);
  assert_near(l->trade_results + l->open_result, l->equity - l->initial_cash, 0,
              1e-9);
  for (size_t i = 0; i < p->trades.n; ++i) {
    results += p->trades.result[i];
    double costs = p->trades.fee[i] + p->trades.spread[i] +
                   p->trades.slippage[i] + p->trades.impact[i] +
                   p->trades.funding[i] + p->trades.dust[i];
    assert_near(p->trades.result[i] + costs, p->trades.gross[i], 0, 1e-9);
  }
  assert_near(results, l->trade_results, 0, 1e-9);
  if (l->position == 0)
    assert_near(l->cash - l->initial_cash, results, 0, 1e-9);
}

#endif
