/* SPDX-License-Identifier: Apache-2.0 */
/* What backtest uses of the cost model. */
#ifndef CRUCIBLE__COST_MODEL_H
#define CRUCIBLE__COST_MODEL_H

#include <float.h>
#include <math.h>

#include <crucible/costs.h>

#include "costs/power.h"

/* Copies a caller's profile into one of this library's size and checks it. */
crucible_status crucible__instrument_take(const crucible_instrument *given,
                                          crucible_instrument *copy);

/* Checks options of this library's size; name stands before a field. */
crucible_status
crucible__cost_options_check(const crucible_cost_options *options,
                             const char *name);

/* Bars in a day of 24 hours where the options do not say. */
static inline void crucible__cost_options_settle(crucible_cost_options *options,
                                                 int64_t timeframe_ms) {
  if (options->bars_per_day == 0)
    options->bars_per_day = 86400000.0 / (double)timeframe_ms;
}

/* More than any order moves a price: stands for overflow as well. */
#define CRUCIBLE__SLIPPAGE_MOST 1e9

static inline double crucible__below_most(double fraction) {
  /* a NaN (0 times infinity) fails the comparison */
  return fraction < CRUCIBLE__SLIPPAGE_MOST ? fraction
                                            : CRUCIBLE__SLIPPAGE_MOST;
}

/* The parts of how far an order moves the price, fractions of it. */
typedef struct crucible__move {
  double slippage, impact;
} crucible__move;

/* By the laws other than the power law's own. */
crucible__move crucible__move_by_law(const crucible_cost_options *options,
                                     double sigma, double share);

/* volume > 0, the rest >= 0; the options checked and, for ALMGREN, settled. */
static inline crucible__move
crucible__price_move(const crucible_cost_options *options, double sigma,
                     double quantity, double volume) {
  double share = quantity / volume;
  if (options->impact_law != CRUCIBLE_IMPACT_POWER)
    return crucible__move_by_law(options, sigma, share);
  if (!(share <= DBL_MAX))
    return (crucible__move){.slippage = CRUCIBLE__SLIPPAGE_MOST};
  double root = options->impact_exponent == 0.5
                    ? sqrt(share)
                    : crucible__power(share, options->impact_exponent);
  return (crucible__move){
      .slippage = crucible__below_most(options->impact_y * sigma * root)};
}

/* The permanent part of a distance from the quote that a limit may have cut
   short; the slippage is the rest of it. */
static inline double crucible__impact_part(crucible__move move,
                                           double distance) {
  return move.impact > 0
             ? distance * (move.impact / (move.slippage + move.impact))
             : 0;
}

#endif
