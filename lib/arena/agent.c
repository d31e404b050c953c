/* SPDX-License-Identifier: Apache-2.0 */
#include "arena/agent.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "series/bars.h"

void crucible__agent_clear(crucible__agent *agent) {
  crucible_model_destroy(agent->model);
  crucible__free(agent->streams);
  crucible__free(agent->row);
  memset(agent, 0, sizeof *agent);
}

static crucible_status find_lane(const crucible_genes *genes,
                                 const crucible_instrument *instrument,
                                 const crucible__lane *lanes, size_t n_lanes,
                                 size_t *lane) {
  if (strcmp(genes->symbol, instrument->symbol) != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the genome trades %s, the arena %s", genes->symbol,
                          instrument->symbol);
  for (size_t i = 0; i < n_lanes; ++i)
    if (lanes[i].timeframe_ms == genes->timeframe_ms) {
      *lane = i;
      return CRUCIBLE_OK;
    }
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "the genome acts on bars of %lld ms, which the arena "
                        "does not have: add them to its timeframes",
                        (long long)genes->timeframe_ms);
}

/* The model must take as many columns as the genome has features. */
static crucible_status try_model(const crucible__agent *agent) {
  for (size_t i = 0; i < agent->n_features; ++i)
    agent->row[i] = 0.0;
  crucible_matrix row = {agent->row, 1, agent->n_features,
                         (ptrdiff_t)agent->n_features, 1};
  double value;
  crucible_status status = crucible_model_predict(agent->model, &row, &value);
  return status == CRUCIBLE_E_INVALID
             ? crucible__fail_at(CRUCIBLE_E_MODEL, "the agent's model")
             : status;
}

static crucible_status fill_agent(crucible__agent *agent,
                                  const crucible_agent_spec *spec,
                                  const crucible_instrument *instrument,
                                  const crucible_backtest_options *backtest,
                                  crucible__lane *lanes, size_t n_lanes) {
  crucible_genes genes = {.struct_size = sizeof genes};
  CRUCIBLE__TRY(crucible_genome_genes(spec->genome, &genes));
  CRUCIBLE__TRY(find_lane(&genes, instrument, lanes, n_lanes, &agent->lane));
  crucible__lane *lane = &lanes[agent->lane];
  CRUCIBLE__TRY(crucible__terms_init(&agent->terms, spec->plan, instrument,
                                     lane->timeframe_ms, backtest));
  crucible__account_init(&agent->account, &agent->terms);
  CRUCIBLE__TRY(
      crucible_model_load(spec->model, spec->model_bytes, &agent->model));
  agent->n_features = genes.n_features;
  agent->streams = crucible__alloc(genes.n_features, sizeof *agent->streams);
  agent->row = crucible__alloc(genes.n_features, sizeof *agent->row);
  if (agent->streams == NULL || agent->row == NULL)
    return CRUCIBLE_E_NOMEM;
  CRUCIBLE__TRY(try_model(agent));
  agent->prediction = (double)NAN;
  const crucible_feature_spec *features =
      crucible_genome_features(spec->genome);
  size_t n_before = lane->n_streams;
  for (size_t i = 0; i < agent->n_features; ++i) {
    crucible_status status =
        crucible__lane_stream(lane, &features[i], &agent->streams[i]);
    if (status != CRUCIBLE_OK) {
      crucible__lane_trim(lane, n_before);
      return crucible__fail_at(status, "feature %s of the genome",
                               features[i].name);
    }
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__agent_init(crucible__agent *agent,
                                     const crucible_agent_spec *spec,
                                     const crucible_instrument *instrument,
                                     const crucible_backtest_options *backtest,
                                     crucible__lane *lanes, size_t n_lanes) {
  crucible_status status =
      fill_agent(agent, spec, instrument, backtest, lanes, n_lanes);
  if (status != CRUCIBLE_OK)
    crucible__agent_clear(agent);
  return status;
}

static crucible_status predict(crucible__agent *agent,
                               const crucible__lane *lane) {
  agent->prediction = (double)NAN;
  for (size_t i = 0; i < agent->n_features; ++i) {
    agent->row[i] = lane->values[agent->streams[i]];
    if (isnan(agent->row[i]))
      return CRUCIBLE_OK; /* still warming up: no prediction */
  }
  crucible_matrix row = {agent->row, 1, agent->n_features,
                         (ptrdiff_t)agent->n_features, 1};
  return crucible_model_predict(agent->model, &row, &agent->prediction);
}

static int is_too_small(int32_t reason) {
  return reason == CRUCIBLE_REASON_BELOW_LOT ||
         reason == CRUCIBLE_REASON_MIN_QUANTITY ||
         reason == CRUCIBLE_REASON_MIN_NOTIONAL ||
         reason == CRUCIBLE_REASON_NO_CASH;
}

/* An entry was turned away for its size, and at this close even the largest
   one would be: the account takes no more. */
static void retire(crucible__agent *agent, double close) {
  const crucible__events *events = &agent->events;
  int was_too_small = 0;
  for (uint32_t i = 0; i < events->n_orders; ++i)
    was_too_small |= events->orders[i].purpose == CRUCIBLE_PURPOSE_ENTRY &&
                     events->orders[i].status == CRUCIBLE_ORDER_REJECTED &&
                     is_too_small(events->orders[i].reason);
  if (!was_too_small || agent->cannot_trade || agent->account.side != 0 ||
      crucible__account_can_enter(&agent->account, &agent->terms, close))
    return;
  agent->cannot_trade = 1;
  crucible__account_close(&agent->account, CRUCIBLE_PURPOSE_END);
}

crucible_status crucible__agent_step(crucible__agent *agent,
                                     const crucible__lane *lane) {
  CRUCIBLE__TRY(predict(agent, lane));
  size_t last = lane->n - 1;
  crucible_bars bars = crucible__lane_bars(lane, NULL, 0, 0);
  crucible_bar bar = crucible__bars_at(&bars, last);
  crucible__outlook outlook = {.sigma = lane->sigma[last],
                               .volume_forecast = lane->volume_forecast[last],
                               .spread = (double)NAN,
                               .score = agent->prediction};
  crucible__account_step(&agent->account, &agent->terms, &bar, &outlook,
                         &agent->events);
  retire(agent, bar.close);
  return CRUCIBLE_OK;
}
