/* SPDX-License-Identifier: Apache-2.0 */
/* How much of the market an account holds, bar by bar. */
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/clock.h"
#include "forge/forge_job.h"

static crucible_bar bar_of(const crucible_bars *bars, size_t i) {
  return (crucible_bar){
      .open_time_ms = bars->open_time_ms[i],
      .open = bars->open[i],
      .high = bars->high[i],
      .low = bars->low[i],
      .close = bars->close[i],
      .volume = bars->volume[i],
  };
}

static crucible_status push(crucible_trader *trader,
                            const crucible_market *market, size_t i,
                            double score, double *position) {
  crucible_bar bar = bar_of(market->bars, i);
  crucible_ledger ledger = {.struct_size = sizeof ledger};
  double spread = market->spread != NULL ? market->spread[i] : (double)NAN;
  CRUCIBLE__TRY(crucible_trader_push(trader, &bar, market->sigma[i],
                                     market->volume_forecast[i], spread,
                                     score));
  CRUCIBLE__TRY(crucible_trader_ledger(trader, &ledger));
  /* an account that has lost everything holds nothing */
  *position = ledger.position == 0 || !(ledger.equity > 0)
                  ? 0
                  : ledger.position * bar.close / ledger.equity;
  return CRUCIBLE_OK;
}

crucible_status crucible__forge_exposures(const crucible__forge *forge,
                                          const crucible_plan *plan,
                                          const double *scores, size_t begin,
                                          size_t end, double *positions) {
  crucible_trader *trader;
  CRUCIBLE__TRY(crucible_trader_create(plan, forge->instrument,
                                       forge->bars.timeframe_ms,
                                       &forge->backtest, &trader));
  crucible_status status = CRUCIBLE_OK;
  for (size_t i = begin; status == CRUCIBLE_OK && i < end; ++i) {
    status = push(trader, &forge->market, i, scores[i - begin],
                  &positions[i - begin]);
    if (status != CRUCIBLE_OK)
      status = crucible__fail_at(status, "bar %zu", i);
  }
  crucible_trader_destroy(trader);
  return status;
}

/* ---- a model that is there already ---- */

static crucible_status trade(crucible__forge *forge,
                             const crucible_model *model,
                             const crucible_plan *plan, crucible__forge_ns *ns,
                             double *scores, double *made) {
  int64_t start = crucible__clock_monotonic_ns();
  crucible_status status = crucible__forge_columns(forge, NULL);
  int64_t computed = crucible__clock_monotonic_ns();
  if (status == CRUCIBLE_OK)
    status =
        crucible__forge_predict(forge, model, forge->begin, forge->end, scores);
  if (status == CRUCIBLE_OK)
    status = crucible__forge_exposures(forge, plan, scores, forge->begin,
                                       forge->end, made);
  ns->features = computed - start;
  ns->backtest = crucible__clock_monotonic_ns() - computed;
  return status;
}

static crucible_status positions_of(crucible__forge *forge,
                                    const crucible_model *model,
                                    const crucible_plan *plan,
                                    double *positions) {
  size_t n = forge->end - forge->begin;
  crucible__forge_ns ns = {0};
  double *scores = crucible__alloc(n, sizeof *scores);
  double *made = crucible__alloc(n, sizeof *made);
  crucible_status status = scores == NULL || made == NULL
                               ? CRUCIBLE_E_NOMEM
                               : trade(forge, model, plan, &ns, scores, made);
  if (status == CRUCIBLE_OK)
    memcpy(positions, made, n * sizeof *positions);
  crucible__free(scores);
  crucible__free(made);
  crucible__forge_free(forge);
  crucible__forge_add_times(forge, &ns);
  return status;
}

crucible_status crucible_forge_positions(const crucible_genome *genome,
                                         const void *bytes, size_t n_bytes,
                                         const crucible_plan *plan,
                                         const crucible_forge_data *data,
                                         double *positions) {
  if (genome == NULL || bytes == NULL || plan == NULL || data == NULL ||
      positions == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          genome == NULL  ? "genome"
                          : bytes == NULL ? "model"
                          : plan == NULL  ? "plan"
                          : data == NULL  ? "data"
                                          : "positions");
  crucible__forge forge = {0};
  crucible_model *model;
  CRUCIBLE__TRY(crucible__forge_take(&forge, genome, data));
  CRUCIBLE__TRY(crucible_plan_check(plan, forge.instrument, &forge.backtest));
  CRUCIBLE__TRY(crucible_model_load(bytes, n_bytes, &model));
  crucible_status status = positions_of(&forge, model, plan, positions);
  crucible_model_destroy(model);
  return status;
}
