/* SPDX-License-Identifier: Apache-2.0 */
#include "arena/agent.h"

#include <math.h>
#include <string.h>

#include "arena/streams.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "series/bars.h"

/* It looks at nothing and decides nothing any more. */
static void blind(crucible__agent *agent, const crucible__site *site) {
  crucible_model_destroy(agent->model);
  for (size_t i = agent->n_features; i > 0; --i)
    crucible__lane_look_away(&site->lanes[agent->lane], agent->streams[i - 1]);
  crucible__free(agent->streams);
  crucible__free(agent->row);
  agent->model = NULL;
  agent->n_features = 0;
  agent->streams = NULL;
  agent->row = NULL;
  agent->prediction = (double)NAN;
}

void crucible__agent_clear(crucible__agent *agent, const crucible__site *site) {
  blind(agent, site);
  crucible__free(agent->events);
  agent->events = NULL;
}

static crucible_status find_lane(const crucible_genes *genes,
                                 const crucible__site *site, size_t *lane) {
  if (strcmp(genes->symbol, site->instrument->symbol) != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the genome trades %s, the arena %s", genes->symbol,
                          site->instrument->symbol);
  for (size_t i = 0; i < site->n_lanes; ++i)
    if (site->lanes[i].timeframe_ms == genes->timeframe_ms) {
      *lane = i;
      return CRUCIBLE_OK;
    }
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "the genome acts on bars of %lld ms, which the arena "
                        "does not have: add them to its timeframes",
                        (long long)genes->timeframe_ms);
}

/* A model that takes as many columns as the genome has features; row [n] is
   overwritten. */
static crucible_status load_model(const crucible_agent_spec *spec, double *row,
                                  size_t n, crucible_model **model) {
  crucible_model *made;
  double value;
  CRUCIBLE__TRY(crucible_model_load(spec->model, spec->model_bytes, &made));
  for (size_t i = 0; i < n; ++i)
    row[i] = 0.0;
  crucible_matrix zeros = {row, 1, n, (ptrdiff_t)n, 1};
  crucible_status status = crucible_model_predict(made, &zeros, &value);
  if (status == CRUCIBLE_OK) {
    *model = made;
    return CRUCIBLE_OK;
  }
  crucible_model_destroy(made);
  return status == CRUCIBLE_E_INVALID
             ? crucible__fail_at(CRUCIBLE_E_MODEL, "the agent's model")
             : status;
}

static crucible_status look_at(crucible__agent *agent,
                               const crucible_feature_spec *features,
                               size_t n_features, const crucible__site *site) {
  while (agent->n_features < n_features) {
    size_t i = agent->n_features;
    crucible_status status = crucible__lane_look(
        &site->lanes[agent->lane], &features[i], &agent->streams[i]);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "feature %s of the genome",
                               features[i].name);
    ++agent->n_features;
  }
  return CRUCIBLE_OK;
}

/* What it is when it decides and when it is closing alike. */
static crucible_status fill_body(crucible__agent *agent,
                                 const crucible_agent_spec *spec,
                                 const crucible__site *site,
                                 crucible_genes *genes) {
  genes->struct_size = sizeof *genes;
  CRUCIBLE__TRY(crucible_genome_genes(spec->genome, genes));
  CRUCIBLE__TRY(crucible_genome_id(spec->genome, agent->genome));
  CRUCIBLE__TRY(find_lane(genes, site, &agent->lane));
  CRUCIBLE__TRY(crucible__terms_init(&agent->terms, spec->plan,
                                     site->instrument, genes->timeframe_ms,
                                     site->backtest));
  crucible__account_init(&agent->account, &agent->terms);
  agent->state = CRUCIBLE_AGENT_ACTIVE;
  agent->prediction = (double)NAN;
  agent->events =
      crucible__alloc(CRUCIBLE__OWN_BARS_MAX, sizeof *agent->events);
  return agent->events == NULL ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
}

static crucible_status fill_agent(crucible__agent *agent,
                                  const crucible_agent_spec *spec,
                                  const crucible__site *site) {
  crucible_genes genes;
  CRUCIBLE__TRY(fill_body(agent, spec, site, &genes));
  agent->streams = crucible__alloc(genes.n_features, sizeof *agent->streams);
  agent->row = crucible__alloc(genes.n_features, sizeof *agent->row);
  if (agent->streams == NULL || agent->row == NULL)
    return CRUCIBLE_E_NOMEM;
  CRUCIBLE__TRY(load_model(spec, agent->row, genes.n_features, &agent->model));
  return look_at(agent, crucible_genome_features(spec->genome),
                 genes.n_features, site);
}

crucible_status crucible__agent_init(crucible__agent *agent,
                                     const crucible_agent_spec *spec,
                                     const crucible__site *site) {
  crucible_status status = fill_agent(agent, spec, site);
  if (status != CRUCIBLE_OK)
    crucible__agent_clear(agent, site);
  return status;
}

static void begin_closing(crucible__agent *agent, const crucible__site *site) {
  agent->state = CRUCIBLE_AGENT_CLOSING;
  agent->lane = 0;
  agent->terms.timeframe_ms = site->lanes[0].timeframe_ms;
}

crucible_status crucible__agent_init_closing(crucible__agent *agent,
                                             const crucible_agent_spec *spec,
                                             const crucible__site *site) {
  crucible_genes genes;
  crucible_status status = fill_body(agent, spec, site, &genes);
  if (status != CRUCIBLE_OK)
    crucible__agent_clear(agent, site);
  else
    begin_closing(agent, site);
  return status;
}

/* Name of the first field but the thresholds that differs, or NULL. */
static const char *find_difference(const crucible_plan *a,
                                   const crucible_plan *b) {
  const struct {
    const char *name;
    int differs;
  } fields[] = {
      {"side", a->side != b->side},
      {"entry", a->entry != b->entry},
      {"horizon_bars", a->horizon_bars != b->horizon_bars},
      {"limit_ttl_bars", a->limit_ttl_bars != b->limit_ttl_bars},
      {"limit_offset_sigma", a->limit_offset_sigma != b->limit_offset_sigma},
      {"stop_sigma", a->stop_sigma != b->stop_sigma},
      {"target_sigma", a->target_sigma != b->target_sigma},
      {"sizing", a->sizing != b->sizing},
      {"sizing_value", a->sizing_value != b->sizing_value},
      {"decides", memcmp(&a->decides, &b->decides,
                         sizeof *a - offsetof(crucible_plan, decides)) != 0}};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; ++i)
    if (fields[i].differs)
      return fields[i].name;
  return NULL;
}

crucible_status crucible__agent_set_model(crucible__agent *agent,
                                          const crucible_agent_spec *spec,
                                          const crucible__site *site) {
  uint8_t genome[CRUCIBLE_GENOME_ID_BYTES];
  crucible__terms terms;
  crucible_model *model;
  CRUCIBLE__TRY(crucible_genome_id(spec->genome, genome));
  if (memcmp(genome, agent->genome, sizeof genome) != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "spec.genome is not that of agent %u: give a refit "
                          "of the same genome, or add a new agent",
                          (unsigned)agent->number);
  CRUCIBLE__TRY(crucible__terms_init(&terms, spec->plan, site->instrument,
                                     agent->terms.timeframe_ms,
                                     site->backtest));
  const char *field = find_difference(&terms.plan, &agent->terms.plan);
  if (field != NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "spec.plan.%s is not what it was: a refit changes "
                          "only theta_in and theta_out",
                          field);
  CRUCIBLE__TRY(load_model(spec, agent->row, agent->n_features, &model));
  crucible_model_destroy(agent->model);
  agent->model = model;
  agent->terms = terms;
  return CRUCIBLE_OK;
}

/* ---- bars ---- */

static crucible_status predict(crucible__agent *agent,
                               const crucible__lane *lane) {
  agent->prediction = (double)NAN;
  if (agent->model == NULL)
    return CRUCIBLE_OK; /* closing */
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
static void retire(crucible__agent *agent, const crucible__events *events,
                   double close) {
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

static void step_account(crucible__agent *agent, const crucible_bar *bar,
                         double sigma, double volume_forecast) {
  crucible__outlook outlook = crucible__outlook_none;
  outlook.sigma = sigma;
  outlook.volume_forecast = volume_forecast;
  crucible__wish wish = crucible__wish_none;
  wish.score = agent->prediction;
  crucible__events *events = &agent->events[agent->n_bars++];
  crucible__account_step(&agent->account, NULL, &agent->terms, bar, &outlook,
                         &wish, events);
  retire(agent, events, bar->close);
}

crucible_status crucible__agent_step(crucible__agent *agent,
                                     const crucible__lane *lane) {
  CRUCIBLE__TRY(predict(agent, lane));
  size_t last = lane->n - 1;
  crucible_bars bars = crucible__lane_bars(lane, NULL, 0, 0);
  crucible_bar bar = crucible__bars_at(&bars, last);
  step_account(agent, &bar, lane->sigma[last], lane->volume_forecast[last]);
  return CRUCIBLE_OK;
}

double crucible__agent_equity(const crucible__agent *agent,
                              const crucible_bar *bar, int64_t close_ms) {
  return agent->account.last_close_ms == close_ms
             ? agent->account.equity
             : crucible__account_equity_at(&agent->account, &agent->terms, bar);
}

/* ---- its end ---- */

int crucible__agent_is_flat(const crucible__agent *agent) {
  return agent->account.side == 0 &&
         agent->account.entry.state == CRUCIBLE__ORDER_NONE;
}

/*
 * An agent of a longer timeframe takes its bars as a whole. If it has to leave
 * in the midst of one, what has passed of it is its last bar, so that orders
 * that were in the market then count, and the exit comes after, not at the
 * open of a bar that began before. Sigma and volume forecast stay as they were
 * known at its last close.
 */
static void take_part(crucible__agent *agent, const crucible__lane *lane,
                      const crucible__lane *base) {
  crucible_bar part;
  int64_t length_ms;
  if (crucible__agent_is_flat(agent) ||
      !crucible__lane_part(lane, base, &part, &length_ms))
    return;
  agent->terms.timeframe_ms = length_ms;
  agent->prediction = (double)NAN;
  step_account(agent, &part, agent->account.sigma,
               agent->account.volume_forecast);
}

void crucible__agent_close(crucible__agent *agent, const crucible__site *site) {
  if (agent->lane > 0)
    take_part(agent, &site->lanes[agent->lane], &site->lanes[0]);
  blind(agent, site);
  crucible__account_close(&agent->account, CRUCIBLE_PURPOSE_LIQUIDATION);
  begin_closing(agent, site);
}
