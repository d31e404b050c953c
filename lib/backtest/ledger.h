/* SPDX-License-Identifier: Apache-2.0 */
/* What fills do to cash and position: opening, adding, reducing, closing. */
#ifndef CRUCIBLE__LEDGER_H
#define CRUCIBLE__LEDGER_H

#include "backtest/deal.h"

/* The side of the position grows by a deal of an order of the plan or of a
   request, whose bracket it gets. */
void crucible__ledger_enter(crucible__account *account,
                            const crucible__terms *terms,
                            const crucible__market_point *point,
                            const crucible__deal *deal,
                            const crucible__order *order);

/* The position shrinks by a deal: one trade. When nothing is left, the orders
   that belonged to it end. purpose: of the order that filled. */
void crucible__ledger_leave(crucible__account *account,
                            const crucible__terms *terms,
                            const crucible__market_point *point,
                            const crucible__deal *deal, int32_t purpose,
                            crucible__events *events);

/* Pays (or gets) the price of holding over the open of a bar. */
void crucible__ledger_carry(crucible__account *account,
                            const crucible__terms *terms, double charge);

/* A bar begins with a position: the price of liquidation under its fee. */
void crucible__ledger_take_fee(crucible__account *account,
                               const crucible__terms *terms);

/* Pulls the trailing stop after a price of the path. */
void crucible__ledger_trail(crucible__account *account,
                            const crucible__terms *terms, double middle);

/* What a trade that leaves the position now, in the bar of open_ms and at a
   price, says of the time it was held: all but amounts, costs and purpose. */
void crucible__ledger_span(const crucible__account *account, int64_t open_ms,
                           double price, crucible__trade_event *trade);

/* Marks the account at a price of the path. */
static inline void crucible__mark(crucible__account *account, double middle,
                                  double half) {
  if (account->side == 0) {
    account->mark_price = 0;
    account->exit_fee = 0;
    account->equity = account->cash + account->others;
    return;
  }
  double mark = crucible__quote(middle, half, account->side);
  double value = account->position * mark;
  account->mark_price = mark;
  account->exit_fee = fabs(value) * account->taker_fee;
  account->equity = account->cash + value - account->exit_fee + account->others;
}

#endif
