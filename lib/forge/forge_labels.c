/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "forge/forge_job.h"

void crucible__forge_part(const crucible__forge *forge, size_t begin,
                          size_t end, crucible__market_part *part) {
  part->bars = forge->bars;
  part->bars.n = end - begin;
  part->bars.open_time_ms += begin;
  part->bars.open += begin;
  part->bars.high += begin;
  part->bars.low += begin;
  part->bars.close += begin;
  part->bars.volume += begin;
  if (part->bars.quote_volume != NULL)
    part->bars.quote_volume += begin;
  if (part->bars.trades != NULL)
    part->bars.trades += begin;
  if (part->bars.taker_buy_base != NULL)
    part->bars.taker_buy_base += begin;
  part->market = forge->market;
  part->market.bars = &part->bars;
  part->market.sigma += begin;
  part->market.volume_forecast += begin;
  if (part->market.spread != NULL)
    part->market.spread += begin;
}

/* What an order of the plan would be worth, for the label's slippage: at a
   price that no holdout knows of, for one set of labels serves all parts. */
static double notional_of(const crucible__forge *forge) {
  const crucible_plan *plan = &forge->plan;
  double cash = forge->backtest.initial_cash;
  double close = forge->bars.close[forge->fold_end - 1];
  switch (plan->sizing) {
  case CRUCIBLE_SIZE_FRACTION:
    return cash * fmin(plan->sizing_value, forge->backtest.leverage);
  case CRUCIBLE_SIZE_CASH:
    return plan->sizing_value;
  case CRUCIBLE_SIZE_UNITS:
    return plan->sizing_value * close;
  default: /* by risk: up to all that leverage allows */
    return cash * forge->backtest.leverage;
  }
}

static crucible_status run(const crucible__forge *forge,
                           const crucible__market_part *part, int32_t direction,
                           crucible_pool *pool, double *outcome, size_t *end) {
  return crucible_backtest_outcomes(
      &part->market, forge->instrument, &forge->plan, direction,
      notional_of(forge), &forge->backtest, pool, forge->cancel, outcome, end);
}

/* Takes the short outcome off the long one that is there. */
static crucible_status add_short(crucible__forge *forge,
                                 const crucible__market_part *part,
                                 crucible_pool *pool) {
  size_t n = part->bars.n;
  double *label = forge->label + forge->begin;
  size_t *label_end = forge->label_end + forge->begin;
  double *outcome = crucible__alloc(n, sizeof *outcome);
  size_t *end = crucible__alloc(n, sizeof *end);
  crucible_status status = outcome == NULL || end == NULL
                               ? CRUCIBLE_E_NOMEM
                               : run(forge, part, -1, pool, outcome, end);
  for (size_t i = 0; status == CRUCIBLE_OK && i < n; ++i) {
    label[i] = 0.5 * (label[i] - outcome[i]); /* NaN unless there are both */
    if (end[i] > label_end[i])
      label_end[i] = end[i];
  }
  crucible__free(outcome);
  crucible__free(end);
  return status;
}

crucible_status crucible__forge_label(crucible__forge *forge,
                                      crucible_pool *pool) {
  const uint32_t late = CRUCIBLE_FORGE_HOLDOUT | CRUCIBLE_FORGE_DEPLOY;
  size_t end = forge->options.stages & late ? forge->end : forge->fold_end;
  forge->label = crucible__alloc(forge->end, sizeof *forge->label);
  forge->label_end = crucible__alloc(forge->end, sizeof *forge->label_end);
  if (forge->label == NULL || forge->label_end == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible__market_part part;
  crucible__forge_part(forge, forge->begin, end, &part);
  CRUCIBLE__TRY(run(forge, &part, 1, pool, forge->label + forge->begin,
                    forge->label_end + forge->begin));
  if (forge->plan.side == CRUCIBLE_SIDE_LONG_SHORT)
    CRUCIBLE__TRY(add_short(forge, &part, pool));
  for (size_t i = forge->begin; i < end; ++i)
    forge->label_end[i] += forge->begin; /* numbers of the whole series */
  return CRUCIBLE_OK;
}
