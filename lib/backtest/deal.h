/* SPDX-License-Identifier: Apache-2.0 */
/* What one fill would be: quotes, slippage, price, and its costs. */
#ifndef CRUCIBLE__DEAL_H
#define CRUCIBLE__DEAL_H

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

static inline crucible__market_point
crucible__open_of(const crucible__account *account,
                  const crucible__terms *terms, const crucible_bar *bar) {
  return (crucible__market_point){
      bar->open_time_ms, bar->open,
      crucible__half_spread(account, terms, bar->open)};
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

/* Why it has none. */
static inline int32_t
crucible__no_price_reason(const crucible__account *account) {
  return account->sigma >= 0 && account->volume_forecast == 0
             ? CRUCIBLE_REASON_NO_VOLUME
             : CRUCIBLE_REASON_NO_FORECAST;
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

/* A market order at a quote, never beyond bound (infinite: no bound). */
static inline crucible__deal crucible__deal_taker(
    const crucible__account *account, const crucible__terms *terms,
    int32_t side, double quantity, double quote, double middle, double bound) {
  double tick = terms->tick.value;
  crucible__move move =
      crucible__moved(account, terms, account->sigma, quantity);
  double price = quote + side * (quote * (move.slippage + move.impact));
  if (side > 0)
    price = price < bound ? price : bound;
  else
    price = price > bound ? price : bound;
  /* a sale far beyond all sense still brings the smallest price there is */
  if (side < 0 && price < tick)
    price = tick;
  double distance = side * (price - quote);
  if (distance < 0)
    distance = 0;
  double impact = crucible__impact_part(move, distance);
  price = crucible__step_rounded(&terms->tick, price, side);
  return (crucible__deal){
      .quantity = quantity,
      .price = price,
      .fee_rate = account->taker_fee,
      .spread = side * (price - middle) - distance,
      .slippage = distance - impact,
      .impact = impact,
      .side = side,
      .liquidity = CRUCIBLE_LIQUIDITY_TAKER,
  };
}

/* A resting order at its price, which is on the tick. */
static inline crucible__deal
crucible__deal_maker(const crucible__account *account, int32_t side,
                     double quantity, double price, double middle) {
  return (crucible__deal){
      .quantity = quantity,
      .price = price,
      .fee_rate = account->maker_fee,
      .spread = side * (price - middle),
      .side = side,
      .liquidity = CRUCIBLE_LIQUIDITY_MAKER,
  };
}

static inline crucible_costs crucible__costs_of(const crucible__deal *deal) {
  return (crucible_costs){
      .fee = deal->quantity * deal->price * deal->fee_rate,
      .spread = deal->quantity * deal->spread,
      .slippage = deal->quantity * deal->slippage,
      .impact = deal->quantity * deal->impact,
  };
}

/* How far a quote was from the entry, as a fraction of it, on one side. */
static inline double crucible__excursion(double distance, double entry) {
  return distance > 0 ? distance / entry : 0;
}

/* The nearest number of lots, so that sums of lots are lots. */
static inline double crucible__lots(const crucible__terms *terms,
                                    double quantity) {
  return crucible__step_rounded(&terms->lot, quantity, CRUCIBLE__ROUND_NEAREST);
}

/* Part of the base asset held that an exit can trade. */
static inline double crucible__sellable(const crucible__terms *terms,
                                        double held) {
  return crucible__step_rounded(&terms->lot, held, CRUCIBLE__ROUND_DOWN);
}

/* A fill takes of what the participation cap leaves of the bar, which stays a
   number of lots: what is left of 0.3 after 0.1 is no less than 0.2. */
static inline void crucible__use_room(crucible__account *account,
                                      const crucible__terms *terms,
                                      double quantity) {
  if (!isinf(account->room))
    account->room = crucible__lots(terms, account->room - quantity);
}

#endif
