/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole round trips, eight columns at once: what goes in by a market order at
 * an open and comes out by another, or at its stop or target, with nothing
 * odd on the way. Anything else is left to the step, bar by bar; what a trip
 * leaves behind is what the step would leave, to the bit.
 */
#ifndef CRUCIBLE__ROUND_TRIP_H
#define CRUCIBLE__ROUND_TRIP_H

#include "backtest/kernel.h"

enum { CRUCIBLE__TRIPS = 8 }; /* at once */

/*
 * The arithmetic of eight trips. What stands above each call is given to it,
 * what stands below is made by it; lanes that are not used hold numbers that
 * harm nobody. Prices are per unit of the base asset, costs in the quote
 * currency.
 */
typedef struct crucible__trips {
  /* of the plan, for all trips of a lane: its sizing_value, and how far stop and
     target are, in sigmas or as a fraction; 0: not so */
  double sizing_value[CRUCIBLE__TRIPS];
  double stop_sigma[CRUCIBLE__TRIPS], stop_fraction[CRUCIBLE__TRIPS];
  double target_sigma[CRUCIBLE__TRIPS], target_fraction[CRUCIBLE__TRIPS];

  double cash[CRUCIBLE__TRIPS], dust[CRUCIBLE__TRIPS];
  /* of the close that decides: its price and what is forecast (>= 0) */
  double close[CRUCIBLE__TRIPS], sigma[CRUCIBLE__TRIPS];
  double volume[CRUCIBLE__TRIPS];
  /* of the bar that fills */
  double open[CRUCIBLE__TRIPS], half[CRUCIBLE__TRIPS];

  /* enter */
  double wanted[CRUCIBLE__TRIPS], bought[CRUCIBLE__TRIPS];
  double entry[CRUCIBLE__TRIPS]; /* price */
  double entry_notional[CRUCIBLE__TRIPS], entry_fee[CRUCIBLE__TRIPS];
  double entry_spread[CRUCIBLE__TRIPS], entry_slippage[CRUCIBLE__TRIPS];
  double held[CRUCIBLE__TRIPS];                              /* the position */
  double cash_in[CRUCIBLE__TRIPS], dust_in[CRUCIBLE__TRIPS]; /* with it */
  double dust_cost[CRUCIBLE__TRIPS];
  double stop[CRUCIBLE__TRIPS], target[CRUCIBLE__TRIPS]; /* infinite: none */

  /* of the exit: forecasts, the bid that is met and the price of the path
     there; resting > 0: it is a target's, filled at that price */
  double sigma_out[CRUCIBLE__TRIPS], volume_out[CRUCIBLE__TRIPS];
  double bid[CRUCIBLE__TRIPS], middle[CRUCIBLE__TRIPS];
  double resting[CRUCIBLE__TRIPS];

  /* leave */
  double exit[CRUCIBLE__TRIPS]; /* price */
  double exit_notional[CRUCIBLE__TRIPS], exit_fee[CRUCIBLE__TRIPS];
  double exit_spread[CRUCIBLE__TRIPS], exit_slippage[CRUCIBLE__TRIPS];
  double cash_out[CRUCIBLE__TRIPS]; /* after it */
  double result[CRUCIBLE__TRIPS], gross[CRUCIBLE__TRIPS];
  double fee[CRUCIBLE__TRIPS], spread[CRUCIBLE__TRIPS]; /* of both fills */
  double slippage[CRUCIBLE__TRIPS];
} crucible__trips;

/* Both return the lanes, bit k for lane k, that went as they do usually; the
   others the step has to take from the decision on. terms are those of any
   lane: the plans differ in what the trips have of their own at most. */
typedef uint32_t crucible__trips_call(const crucible__terms *terms,
                                      crucible__trips *trips);

typedef struct crucible__trip_calls {
  crucible__trips_call *enter, *leave;
} crucible__trip_calls;

/* A column on its way through its bars [at, to). */
typedef struct crucible__route {
  crucible__column *column;
  const crucible__course *course;
  size_t at, to;
} crucible__route;

/* Whether slippage is reckoned for eight at once: fixed, or by the root of the
   share. */
static inline int crucible__is_law_plain(const crucible__terms *terms) {
  const crucible_cost_options *costs = &terms->options.costs;
  return terms->fixed_slippage >= 0 ||
         (costs->impact_law == CRUCIBLE_IMPACT_POWER &&
          costs->impact_exponent == 0.5);
}

/* Takes all bars of up to CRUCIBLE__TRIPS columns. E_NOMEM: no room for a
   record. */
crucible_status crucible__routes_run(crucible__route *routes, size_t n);

#endif
