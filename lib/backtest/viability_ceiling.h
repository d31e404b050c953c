/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over a market per holding period; all tiers come out of its sums. */
#ifndef CRUCIBLE__VIABILITY_CEILING_H
#define CRUCIBLE__VIABILITY_CEILING_H

#include <stdint.h>

#include <crucible/viability.h>

#include "backtest/market_view.h"

/* What a taker's order costs beside the fee, summed, fractions of the price at
   entry. */
typedef struct crucible__side_sums {
  double notional, spread, slippage, impact;
} crucible__side_sums;

/* Sums over holding periods. */
typedef struct crucible__period_sums {
  uint64_t n;
  double move, funding;
  crucible__side_sums entry, exit;
} crucible__period_sums;

/* What the orders of a pass have in common; the options settled. */
typedef struct crucible__round_trip {
  double notional, price_tick;
  const crucible_cost_options *costs;
} crucible__round_trip;

/* Refuses what is no notional. */
crucible_status crucible__notional_check(double notional);

void crucible__period_sums_add(crucible__period_sums *sums,
                               const crucible__market_view *view,
                               const double *funding, uint32_t hold_bars,
                               const crucible__round_trip *trip);

/* The means for a tier; n > 0. */
crucible_ceiling crucible__ceiling_of(const crucible__period_sums *sums,
                                      const crucible_fee_tier *tier,
                                      uint32_t hold_bars, int64_t timeframe_ms);

#endif
