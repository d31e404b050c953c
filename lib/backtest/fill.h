/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The step: the one place where orders become fills and decisions become
 * orders. Its state is plain data of fixed size, so that a bar can be tried
 * along two paths from the same state, and a checkpoint is a copy of bytes.
 */
#ifndef CRUCIBLE__FILL_H
#define CRUCIBLE__FILL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>

#include "base/decimal.h"

enum {
  CRUCIBLE__EVENTS_MAX = 16 /* records one bar can produce */
};

/* What does not change while an account trades. */
typedef struct crucible__terms {
  crucible_plan plan;
  crucible_instrument instrument;
  crucible_backtest_options options;
  crucible__step tick, lot;
  int64_t timeframe_ms;
} crucible__terms;

/* An order that ended; the fields are those of crucible_orders. */
typedef struct crucible__order_event {
  int64_t placed_ms, ended_ms;
  double quantity, limit_price, filled, fill_price;
  double fee, spread, slippage;
  int32_t side, purpose, entry, status, reason, liquidity;
} crucible__order_event;

/* A trade that closed; the fields are those of crucible_trades. */
typedef struct crucible__trade_event {
  int64_t entry_ms, exit_ms;
  double quantity, entry_price, exit_price, result, gross;
  crucible_costs costs;
  int32_t side, exit;
  uint32_t bars, reserved;
} crucible__trade_event;

/* What one bar brought. */
typedef struct crucible__events {
  uint32_t n_orders, n_trades;
  crucible__order_event orders[CRUCIBLE__EVENTS_MAX];
  crucible__trade_event trades[CRUCIBLE__EVENTS_MAX];
} crucible__events;

/* Whole state of an account; all zero bytes plus crucible__account_init. The
   room's own fields follow the ledger. */
typedef struct crucible__account crucible__account;

/* What is known at the close of a bar for the next one. */
typedef struct crucible__outlook {
  double sigma, volume_forecast, spread, score;
} crucible__outlook;

crucible_status crucible__terms_init(crucible__terms *terms,
                                     const crucible_plan *plan,
                                     const crucible_instrument *instrument,
                                     int64_t timeframe_ms,
                                     const crucible_backtest_options *options);

size_t crucible__account_size(void);
void crucible__account_init(crucible__account *account,
                            const crucible__terms *terms);

/*
 * Takes one closed bar that was checked before (it follows the last one and
 * its prices are sound). events is overwritten.
 */
void crucible__account_step(crucible__account *account,
                            const crucible__terms *terms,
                            const crucible_bar *bar,
                            const crucible__outlook *outlook,
                            crucible__events *events);

/* See crucible_trader_close(). */
void crucible__account_close(crucible__account *account, int32_t purpose);

/* Fills all of a ledger, struct_size included. */
void crucible__account_ledger(const crucible__account *account,
                              const crucible__terms *terms,
                              crucible_ledger *ledger);

#endif
