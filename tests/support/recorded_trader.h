/* SPDX-License-Identifier: Apache-2.0 */
/* A drawn plan traded bar by bar over recorded bars; needs lib/. Include after
   <cmocka.h>. */
#ifndef TESTS_SUPPORT_RECORDED_TRADER_H
#define TESTS_SUPPORT_RECORDED_TRADER_H

#include <math.h>

#include <crucible/backtest.h>

#include "series/bars.h"
#include "support/recorded.h"
#include "support/statuses.h"

static inline crucible_trader *trader_of(const drawn *d) {
  crucible_trader *trader;
  assert_ok(crucible_trader_create(&d->plan, &d->instrument, 300000,
                                   &d->options, &trader));
  return trader;
}

static inline void push(crucible_trader *trader, const recorded *r, size_t i,
                        double score) {
  crucible_bar bar = crucible__bars_at(&r->bars, i);
  double spread = r->spread != NULL ? r->spread[i] : (double)NAN;
  assert_ok(crucible_trader_push(trader, &bar, r->sigma[i], r->forecast[i],
                                 spread, score));
}

static inline crucible_ledger ledger_of(const crucible_trader *trader) {
  crucible_ledger ledger = {.struct_size = sizeof ledger};
  assert_ok(crucible_trader_ledger(trader, &ledger));
  return ledger;
}

static inline void records_of(const crucible_trader *trader,
                              crucible_orders *orders,
                              crucible_trades *trades) {
  *orders = (crucible_orders){.struct_size = sizeof *orders};
  *trades = (crucible_trades){.struct_size = sizeof *trades};
  assert_ok(crucible_trader_records(trader, orders, trades));
}

#endif
