/* SPDX-License-Identifier: Apache-2.0 */
#include "forge/labels.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

void crucible__lessons_clear(crucible__lessons *lessons) {
  crucible__free(lessons->features);
  crucible__free(lessons->label);
  crucible__free(lessons->end);
  crucible__free(lessons->is_warm);
  memset(lessons, 0, sizeof *lessons);
}

static crucible_status allocate(crucible__lessons *lessons, size_t n,
                                size_t n_features) {
  lessons->n = n;
  lessons->n_features = n_features;
  lessons->features = crucible__alloc(n, n_features * sizeof(double));
  lessons->label = crucible__alloc(n, sizeof *lessons->label);
  lessons->end = crucible__alloc(n, sizeof *lessons->end);
  lessons->is_warm = crucible__alloc(n, sizeof *lessons->is_warm);
  return lessons->features && lessons->label && lessons->end && lessons->is_warm
             ? CRUCIBLE_OK
             : CRUCIBLE_E_NOMEM;
}

static void find_warm(crucible__lessons *lessons) {
  for (size_t i = 0; i < lessons->n; ++i) {
    lessons->is_warm[i] = 1;
    for (size_t j = 0; j < lessons->n_features; ++j)
      if (isnan(lessons->features[j * lessons->n + i]))
        lessons->is_warm[i] = 0;
  }
}

/* The notional that an entry of the plan comes to at the start. */
static double notional_of(const crucible_plan *plan, double cash,
                          double price) {
  switch (plan->sizing) {
  case CRUCIBLE_SIZE_FRACTION:
    return cash * plan->sizing_value;
  case CRUCIBLE_SIZE_CASH:
    return plan->sizing_value;
  case CRUCIBLE_SIZE_UNITS:
    return plan->sizing_value * price;
  default:
    return cash; /* by risk: near all of it where stops are near */
  }
}

static crucible_status label(const crucible_market *market,
                             const crucible_forge_data *data,
                             const crucible_plan *plan, int32_t direction,
                             crucible_pool *pool, const crucible_cancel *cancel,
                             double *outcome, size_t *end) {
  crucible_backtest_options options;
  crucible_backtest_options_init(&options, sizeof options);
  if (data->backtest != NULL)
    options = *data->backtest;
  double notional =
      notional_of(plan, options.initial_cash, market->bars->close[0]);
  return crucible_backtest_outcomes(market, data->instrument, plan, direction,
                                    notional, data->backtest, pool, cancel,
                                    outcome, end);
}

static crucible_status
label_both(const crucible_market *market, const crucible_forge_data *data,
           const crucible_plan *plan, crucible_pool *pool,
           const crucible_cancel *cancel, crucible__lessons *lessons) {
  double *outcome = crucible__alloc(lessons->n, sizeof *outcome);
  size_t *end = crucible__alloc(lessons->n, sizeof *end);
  crucible_status status =
      outcome && end ? label(market, data, plan, -1, pool, cancel, outcome, end)
                     : CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < lessons->n && status == CRUCIBLE_OK; ++i) {
    lessons->label[i] = 0.5 * (lessons->label[i] - outcome[i]);
    if (end[i] > lessons->end[i])
      lessons->end[i] = end[i];
  }
  crucible__free(outcome);
  crucible__free(end);
  return status;
}

static crucible_status fill(const crucible_genome *genome,
                            const crucible_genes *genes,
                            const crucible_forge_data *data,
                            crucible_pool *pool, const crucible_cancel *cancel,
                            crucible__lessons *lessons) {
  crucible_bars bars = *data->market->bars;
  crucible_market market = *data->market;
  bars.n = data->end; /* what comes later does not exist here */
  market.bars = &bars;
  CRUCIBLE__TRY(crucible_features_compute(crucible_genome_features(genome),
                                          genes->n_features, &bars, pool,
                                          lessons->features));
  find_warm(lessons);
  crucible_plan plan = genes->plan;
  plan.theta_in = plan.theta_out = 0; /* a label does not depend on them */
  CRUCIBLE__TRY(label(&market, data, &plan, 1, pool, cancel, lessons->label,
                      lessons->end));
  if (plan.side == CRUCIBLE_SIDE_LONG_SHORT)
    CRUCIBLE__TRY(label_both(&market, data, &plan, pool, cancel, lessons));
  return CRUCIBLE_OK;
}

crucible_status crucible__lessons_make(const crucible_genome *genome,
                                       const crucible_forge_data *data,
                                       crucible_pool *pool,
                                       const crucible_cancel *cancel,
                                       crucible__lessons *lessons) {
  crucible_genes genes = {.struct_size = sizeof genes};
  memset(lessons, 0, sizeof *lessons);
  CRUCIBLE__TRY(crucible_genome_genes(genome, &genes));
  crucible_status status = allocate(lessons, data->end, genes.n_features);
  if (status == CRUCIBLE_OK)
    status = fill(genome, &genes, data, pool, cancel, lessons);
  if (status != CRUCIBLE_OK)
    crucible__lessons_clear(lessons);
  return status;
}
