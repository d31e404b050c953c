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

/* More than any order moves a price: stands for overflow as well. */
#define CRUCIBLE__SLIPPAGE_MOST 1e9

/* The slippage as a fraction of the price; volume > 0, the rest >= 0. */
static inline double
crucible__slippage_fraction(const crucible_cost_options *options, double sigma,
                            double quantity, double volume) {
  double share = quantity / volume;
  if (!(share <= DBL_MAX))
    return CRUCIBLE__SLIPPAGE_MOST;
  double root = options->impact_exponent == 0.5
                    ? sqrt(share)
                    : crucible__power(share, options->impact_exponent);
  double fraction = options->impact_y * sigma * root;
  /* a NaN (0 times infinity) fails the comparison */
  return fraction < CRUCIBLE__SLIPPAGE_MOST ? fraction
                                            : CRUCIBLE__SLIPPAGE_MOST;
}

#endif
