/* SPDX-License-Identifier: Apache-2.0 */
/* What a fill costs, and what it does to the ledger. */
#ifndef CRUCIBLE__EXECUTION_H
#define CRUCIBLE__EXECUTION_H

#include <math.h>

#include "backtest/fill.h"
#include "costs/cost_model.h"

/* The quote around a price of the bar's path. */
typedef struct crucible__market_point {
  int64_t open_ms; /* of the bar */
  double middle;   /* price on the path */
  double half;     /* half the spread, the same all over the bar */
} crucible__market_point;

/* What one fill would be. Costs are per unit of the base asset. */
typedef struct crucible__deal {
  double quantity, price;
  double fee_rate, spread, slippage, impact;
  int32_t side, liquidity;
} crucible__deal;

/* Half the spread around the bar that opens at that price. */
static inline double crucible__half_spread(const crucible__account *account,
                                           const crucible__terms *terms,
                                           double open) {
  double half = account->spread * 0.5 * open;
  return half > terms->half_tick ? half : terms->half_tick;
}

/* The price one leaves a position at: a long at the bid, a short at the ask;
   also what a buyer (side -1) or a seller (1) of a new position pays. */
static inline double crucible__quote(double middle, double half, int32_t side) {
  return middle - side * half;
}

/* Whether a market order has a price: its volume and sigma are forecast, or
   its slippage is fixed. */
static inline int crucible__can_take(const crucible__account *account) {
  return (account->sigma >= 0 && account->volume_forecast > 0) ||
         account->slippage >= 0;
}

/* How far an order of that size moves the price, as a fraction of it. */
static inline crucible__move crucible__moved(const crucible__account *account,
                                             const crucible__terms *terms,
                                             double sigma, double quantity) {
  if (account->slippage >= 0)
    return (crucible__move){.slippage = account->slippage};
  return crucible__price_move(&terms->options.costs, sigma, quantity,
                              account->volume_forecast);
}

/* Where market orders that waited for the bar find the price. */
static inline double crucible__market_middle(const crucible__account *account,
                                             const crucible_bar *bar) {
  return account->price >= bar->low && account->price <= bar->high
             ? account->price
             : bar->open;
}

/* What makes a stop of the position's whole exit side: its own stop or the
   price of liquidation, whichever is reached first. Without a price for market
   orders neither can be filled. */
static inline double crucible__guard_of(const crucible__account *account) {
  if (!crucible__can_take(account))
    return -account->side * (double)INFINITY;
  if (account->side > 0)
    return account->liquidation > account->stop ? account->liquidation
                                                : account->stop;
  return account->liquidation < account->stop ? account->liquidation
                                              : account->stop;
}

/* What the next bar's fills cost, as far as it is given. */
static inline void crucible__take_fill_terms(crucible__account *account,
                                             const crucible__terms *terms,
                                             const crucible__outlook *outlook) {
  account->taker_fee = outlook->taker_fee >= 0 ? outlook->taker_fee
                                               : terms->instrument.taker_fee;
  account->maker_fee = isnan(outlook->maker_fee) ? terms->instrument.maker_fee
                                                 : outlook->maker_fee;
  account->slippage =
      outlook->slippage >= 0 ? outlook->slippage : terms->fixed_slippage;
  account->funding = isnan(outlook->funding) ? 0 : outlook->funding;
  account->price = outlook->price;
}

/* What is forecast of the next bar. */
static inline void crucible__take_forecasts(crucible__account *account,
                                            const crucible__terms *terms,
                                            const crucible__outlook *outlook) {
  account->sigma = outlook->sigma >= 0 ? outlook->sigma : -1;
  account->volume_forecast =
      outlook->volume_forecast >= 0 ? outlook->volume_forecast : -1;
  account->spread =
      outlook->spread >= 0 ? outlook->spread : terms->usual_spread;
}

/* What is known at the close for the next bar. */
static inline void crucible__take_outlook(crucible__account *account,
                                          const crucible__terms *terms,
                                          const crucible__outlook *outlook) {
  crucible__take_forecasts(account, terms, outlook);
  crucible__take_fill_terms(account, terms, outlook);
}

/* Why it has none. */
static inline int32_t
crucible__no_price_reason(const crucible__account *account) {
  return account->sigma >= 0 && account->volume_forecast == 0
             ? CRUCIBLE_REASON_NO_VOLUME
             : CRUCIBLE_REASON_NO_FORECAST;
}

/* A market order at a quote, never beyond bound (infinite: no bound). */
crucible__deal crucible__deal_taker(const crucible__account *account,
                                    const crucible__terms *terms, int32_t side,
                                    double quantity, double quote,
                                    double middle, double bound);

/* A resting order at its price, which is on the tick. */
crucible__deal crucible__deal_maker(const crucible__account *account,
                                    int32_t side, double quantity, double price,
                                    double middle);

/* Opens the position with the waiting entry order's deal, sets its stop and
   target, and ends the order. */
void crucible__open_position(crucible__account *account,
                             const crucible__terms *terms,
                             const crucible__market_point *point,
                             const crucible__deal *deal,
                             crucible__events *events);

/* Closes the position and ends whatever belonged to it. */
void crucible__close_position(crucible__account *account,
                              const crucible__market_point *point,
                              const crucible__deal *deal, int32_t purpose,
                              crucible__events *events);

/* Closes the position and opens one of the other side with the waiting order's
   one deal, which is larger than the position or as large. */
void crucible__reverse_position(crucible__account *account,
                                const crucible__terms *terms,
                                const crucible__market_point *point,
                                const crucible__deal *deal,
                                crucible__events *events);

/* Ends the waiting entry order without a fill. */
void crucible__end_entry(crucible__account *account, int64_t open_ms,
                         int32_t status, int32_t reason,
                         crucible__events *events);

/* Records that an exit found no price. */
void crucible__reject_exit(crucible__account *account, int64_t open_ms,
                           int32_t purpose, crucible__events *events);

/* Part of the base asset held that an exit can trade. */
double crucible__sellable(const crucible__terms *terms, double held);

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
