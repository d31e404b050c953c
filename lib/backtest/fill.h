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

/* Prices and amounts of money stay below this (prices above its inverse), so
   that no product of the step overflows. */
#define CRUCIBLE__NUMBER_MOST 1e100

/* What does not change while an account trades. */
typedef struct crucible__terms {
  crucible_plan plan;
  crucible_instrument instrument;
  crucible_backtest_options options;
  crucible__step tick, lot;
  int64_t timeframe_ms;
  double half_tick;       /* the least half spread */
  double usual_spread;    /* where none is forecast, fraction of the price */
  double margin;          /* 1 / leverage: cash an entry binds per notional */
  int32_t is_fee_in_base; /* a buyer's fee comes off what he receives */
  int32_t try_both;       /* tests: never skip a bar's second path */
} crucible__terms;

/* An order that ended; the fields are those of crucible_orders. */
typedef struct crucible__order_event {
  int64_t placed_ms, ended_ms;
  double quantity, limit_price, filled, fill_price;
  double fee, spread, slippage, impact;
  int32_t side, purpose, entry, status, reason, liquidity;
  uint32_t id, reserved;
} crucible__order_event;

/* A trade that closed; the fields are those of crucible_trades, and: most, the
   largest quantity that the position had since it was flat. */
typedef struct crucible__trade_event {
  int64_t entry_ms, exit_ms;
  double quantity, entry_price, exit_price, result, gross;
  double most, mae, mfe;
  crucible_costs costs;
  int32_t side, exit, is_last;
  uint32_t bars, entry_bar, exit_bar;
} crucible__trade_event;

/* What one bar brought. */
typedef struct crucible__events {
  uint32_t n_orders, n_trades;
  crucible__order_event orders[CRUCIBLE__EVENTS_MAX];
  crucible__trade_event trades[CRUCIBLE__EVENTS_MAX];
} crucible__events;

/* Where an entry order stands. */
enum {
  CRUCIBLE__ENTRY_NONE = 0,
  CRUCIBLE__ENTRY_SENT = 1,   /* decided, arrives at the next open */
  CRUCIBLE__ENTRY_RESTING = 2 /* in the book */
};

/*
 * Whole state of an account: no pointer, no padding, every byte defined, so
 * that equal accounts are equal bytes. A price that does not exist is an
 * infinity on the side where nothing reaches it.
 */
typedef struct crucible__account {
  /* ledger, marked at the last close */
  double cash, position, dust, mark_price, exit_fee, equity;
  double trade_results, traded_notional;
  crucible_costs costs;
  uint64_t n_bars, n_bars_in_position, n_orders, n_rejected, n_trades;
  int64_t last_close_ms;

  /* the open position; side is 0 when flat */
  double entry_price, entry_quantity, entry_cash; /* cash: before the entry */
  double stop, target, liquidation;
  crucible_costs entry_costs; /* of the entry alone */
  int64_t entry_ms, bracket_placed_ms;
  uint64_t entry_bar; /* n_bars of its bar */

  /* an entry order that has not ended */
  double order_quantity;   /* as placed */
  double order_affordable; /* what is left of it once it rests */
  double order_limit;      /* infinite for a market order */
  double order_sigma;      /* of the decision, for stop and target */
  int64_t order_placed_ms;

  /* a market order that leaves the position at the next open */
  int64_t exit_placed_ms;

  /* known at the last close for the next bar; < 0 while cold */
  double sigma, volume_forecast, spread;

  int32_t side;                     /* 1 long, -1 short, 0 flat */
  int32_t order_state, order_side;  /* CRUCIBLE__ENTRY_*; 1 buy, -1 sell */
  int32_t order_reason;             /* found wanting before it was sent */
  uint32_t order_bars_left;         /* of a limit */
  int32_t exit_purpose;             /* of the exit order; 0: there is none */
  int32_t is_stopped, is_after_gap; /* gap: no trade seen since it */
} crucible__account;

/* What is known at the close of a bar for the next one. */
typedef struct crucible__outlook {
  double sigma, volume_forecast, spread, score;
} crucible__outlook;

crucible_status crucible__terms_init(crucible__terms *terms,
                                     const crucible_plan *plan,
                                     const crucible_instrument *instrument,
                                     int64_t timeframe_ms,
                                     const crucible_backtest_options *options);

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

/* Equity at the close of a bar that the account has not taken, such as one of
   a shorter timeframe; nothing changes. */
double crucible__account_equity_at(const crucible__account *account,
                                   const crucible__terms *terms,
                                   const crucible_bar *bar);

/* Whether an entry of the plan could still reach the instrument's minimum at a
   price. Not rounded to lots, so that no is not a matter of the price's last
   digits. */
int crucible__account_can_enter(const crucible__account *account,
                                const crucible__terms *terms, double price);

/* See crucible_trader_close(). */
void crucible__account_close(crucible__account *account, int32_t purpose);

/* Whether bytes that were read can be an account: its states are states and
   its money is finite. */
int crucible__account_is_sound(const crucible__account *account);

/* Fills all of a ledger, struct_size included. */
void crucible__account_ledger(const crucible__account *account,
                              const crucible__terms *terms,
                              crucible_ledger *ledger);

#endif
