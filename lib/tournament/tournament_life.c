/* SPDX-License-Identifier: Apache-2.0 */
/* Agents: how they are seated, judged, refitted, and how they end. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/clock.h"
#include "base/format.h"
#include "base/rng.h"
#include "factory/search_job.h"
#include "genome/elite_state.h"
#include "tournament/tournament_state.h"

/* ---- seats ---- */

void crucible__trained_clear(crucible__trained *trained) {
  crucible_genome_destroy(trained->genome);
  crucible__free(trained->model);
  memset(trained, 0, sizeof *trained);
}

void crucible__seat_destroy(crucible__seat *seat) {
  if (seat == NULL)
    return;
  crucible__trained_clear(&seat->trained);
  crucible__free(seat);
}

crucible__seat *crucible__seat_of(crucible_tournament *t, uint32_t agent) {
  size_t low = 0, high = t->n_seats;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (t->seats[middle]->agent < agent)
      low = middle + 1;
    else
      high = middle;
  }
  return t->seats[low];
}

/* Bars between two refits of a model. */
static uint64_t refit_step(const crucible_tournament *t) {
  const crucible__config *config = &t->config;
  int64_t window = crucible__config_window(config);
  double tested = (double)(window - config->forge.holdout) *
                  config->forge.test_share / (double)config->forge.folds;
  return tested > 1 ? (uint64_t)tested : 1;
}

crucible_status crucible__seats_reserve(crucible_tournament *t) {
  CRUCIBLE__TRY(crucible__grow((void **)&t->seats, &t->seats_capacity,
                               t->n_seats + 1, sizeof(crucible__seat *)));
  CRUCIBLE__TRY(crucible__grow((void **)&t->seen, &t->seen_capacity,
                               t->n_seats + 1, sizeof *t->seen));
  CRUCIBLE__TRY(crucible__grow((void **)&t->verdicts, &t->verdicts_capacity,
                               t->n_seats + 1, sizeof *t->verdicts));
  return crucible__grow((void **)&t->lived, &t->lived_capacity, t->n_lived + 1,
                        sizeof *t->lived);
}

static crucible_status write_agent(crucible_tournament *t,
                                   const crucible__seat *seat) {
  char hex[2 * CRUCIBLE_GENOME_ID_BYTES + 1];
  crucible_ledger ledger = {.struct_size = sizeof ledger};
  const crucible__trained *trained = &seat->trained;
  crucible__hex(t->lived[seat->agent].genome_id, CRUCIBLE_GENOME_ID_BYTES, hex);
  const crucible__journal_agent row = {
      .agent = seat->agent,
      .rank = trained->rank,
      .slot = seat->slot,
      .study = trained->study,
      .from_bar = seat->from_bar,
      .from_ms = t->next_open_ms,
      .genome_id = hex,
  };
  CRUCIBLE__TRY(crucible__journal_add_agent(t->journal, &row));
  CRUCIBLE__TRY(crucible__journal_set_replacement(
      t->journal, trained->study, trained->rank, "active", seat->agent));
  CRUCIBLE__TRY(crucible_arena_ledger(t->arena, seat->agent, &ledger));
  return crucible__journal_set_ledger(t->journal, seat->agent, t->state.n_bars,
                                      &ledger);
}

/* Into arena and watchtower, which count agents alike. */
static crucible_status activate(crucible_tournament *t, crucible__seat *seat) {
  const crucible__trained *trained = &seat->trained;
  crucible_agent_spec spec = {.struct_size = sizeof spec,
                              .genome = trained->genome,
                              .model = trained->model,
                              .model_bytes = trained->model_bytes,
                              .plan = &trained->plan};
  CRUCIBLE__TRY(crucible_arena_add_agent(t->arena, &spec, &seat->agent));
  return crucible_watchtower_add(t->watchtower, seat->agent,
                                 t->config.account.cash);
}

crucible_status crucible__seat_add(crucible_tournament *t,
                                   crucible__trained *trained, uint32_t slot,
                                   uint64_t data_bar) {
  CRUCIBLE__TRY(crucible__seats_reserve(t));
  crucible__seat *seat = crucible__alloc_zero(1, sizeof *seat);
  if (seat == NULL)
    return CRUCIBLE_E_NOMEM;
  seat->trained = *trained;
  memset(trained, 0, sizeof *trained);
  t->seats[t->n_seats++] = seat; /* from here on it is freed with the rest */
  seat->slot = slot;
  seat->version = 1;
  seat->from_bar = seat->first_bar = t->state.n_bars;
  seat->refit_bar = data_bar + refit_step(t);
  CRUCIBLE__TRY(activate(t, seat));
  crucible_lived *lived = &t->lived[t->n_lived++];
  *lived =
      (crucible_lived){.from_ms = t->next_open_ms, .until_ms = t->next_open_ms};
  CRUCIBLE__TRY(crucible_genome_id(seat->trained.genome, lived->genome_id));
  t->slots[slot] = seat->agent;
  return write_agent(t, seat);
}

crucible_status crucible__seat_write_block(crucible_tournament *t,
                                           crucible__seat *seat) {
  if (seat->n == 0)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible__journal_add_curve(
      t->journal, seat->agent, seat->first_bar, seat->equity, seat->n));
  seat->first_bar += seat->n;
  seat->n = 0;
  return CRUCIBLE_OK;
}

/* ---- ends ---- */

static void leave_slot(crucible_tournament *t, crucible__seat *seat) {
  if (seat->slot != CRUCIBLE__NO_SLOT)
    t->slots[seat->slot] = -1;
  seat->slot = CRUCIBLE__NO_SLOT;
}

/* Begins the end: from the next bar on the agent only leaves its position. */
static crucible_status terminate(crucible_tournament *t, crucible__seat *seat,
                                 int is_eligible) {
  int32_t state;
  crucible_arena *arena = t->arena;
  CRUCIBLE__TRY(crucible_arena_agent_state(arena, seat->agent, &state));
  t->n_champions -= state == CRUCIBLE_AGENT_PROMOTED;
  CRUCIBLE__TRY(crucible_arena_terminate(arena, seat->agent));
  CRUCIBLE__TRY(crucible_arena_agent_state(arena, seat->agent, &state));
  leave_slot(t, seat);
  seat->is_closing = 1;
  seat->is_eligible = is_eligible;
  seat->is_final = state == CRUCIBLE_AGENT_TERMINATED;
  return crucible__journal_set_agent(t->journal, seat->agent, "closing",
                                     seat->reason, 0, 0);
}

static crucible_status offer(crucible_tournament *t, const crucible__seat *seat,
                             int32_t label, const crucible_track *track) {
  crucible_elite elite = {.struct_size = sizeof elite,
                          .genome = seat->trained.genome,
                          .label = label,
                          .agent = seat->agent,
                          .z = track->z,
                          .dsr = track->dsr_live,
                          .n_bars = track->n_bars,
                          .bar = t->state.n_bars};
  int32_t outcome;
  char reason[128];
  if (isnan(track->z)) /* it never traded: nothing to score */
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible_elite_pool_offer(crucible_factory_pool(t->factory),
                                          &elite, t->state.n_bars, &outcome,
                                          reason));
  return crucible__journal_add_offer(t->journal, t->state.n_bars, &elite,
                                     outcome, reason);
}

/* No DNA breeds whose capital was drawn down to where an agent dies, be it as a
   champion or while it was leaving its position for another reason. */
static int is_drawn_down(const crucible_tournament *t,
                         const crucible_track *track) {
  return track->equity <=
         t->config.watchtower.death_equity * t->config.account.cash;
}

/* What it brought into the pool when it was promoted goes with it. */
static crucible_status expel(crucible_tournament *t,
                             const crucible__seat *seat) {
  int has_left;
  crucible__elite_pool_expel(crucible_factory_pool(t->factory), seat->agent,
                             &has_left);
  return has_left ? crucible__tournament_event(t, seat->agent,
                                               "left the elites", seat->reason)
                  : CRUCIBLE_OK;
}

/* Flat and final: the last figures, and perhaps a place among the elites. */
static crucible_status finish(crucible_tournament *t, crucible__seat *seat) {
  crucible_track track = {.struct_size = sizeof track};
  crucible_ledger ledger = {.struct_size = sizeof ledger};
  uint64_t bar = t->state.n_bars;
  CRUCIBLE__TRY(crucible__seat_write_block(t, seat));
  CRUCIBLE__TRY(crucible_watchtower_close(t->watchtower, seat->agent));
  CRUCIBLE__TRY(crucible_watchtower_track(t->watchtower, seat->agent, &track));
  CRUCIBLE__TRY(crucible_arena_ledger(t->arena, seat->agent, &ledger));
  CRUCIBLE__TRY(
      crucible__journal_set_ledger(t->journal, seat->agent, bar, &ledger));
  CRUCIBLE__TRY(crucible__journal_set_track(t->journal, bar, &track));
  t->lived[seat->agent].until_ms = t->state.until_ms;
  ++t->n_ended;
  CRUCIBLE__TRY(crucible__journal_set_agent(t->journal, seat->agent,
                                            "terminated", seat->reason, bar,
                                            t->state.until_ms));
  return seat->is_eligible && !is_drawn_down(t, &track)
             ? offer(t, seat, CRUCIBLE_ELITE_TERMINATED, &track)
             : expel(t, seat);
}

static crucible_status finish_all(crucible_tournament *t) {
  size_t n = 0;
  crucible_status status = CRUCIBLE_OK;
  for (size_t i = 0; i < t->n_seats; ++i) {
    crucible__seat *seat = t->seats[i];
    if (status == CRUCIBLE_OK && seat->is_final) {
      status = finish(t, seat);
      crucible__seat_destroy(seat);
    } else {
      t->seats[n++] = seat;
    }
  }
  t->n_seats = n;
  return status;
}

/* ---- verdicts ---- */

static crucible_status promote(crucible_tournament *t, crucible__seat *seat,
                               const crucible_verdict *verdict) {
  CRUCIBLE__TRY(crucible_arena_promote(t->arena, seat->agent));
  CRUCIBLE__TRY(crucible_watchtower_promote(t->watchtower, seat->agent));
  leave_slot(t, seat);
  ++t->n_champions;
  CRUCIBLE__TRY(crucible__journal_set_agent(t->journal, seat->agent, "promoted",
                                            seat->reason, 0, 0));
  return offer(t, seat, CRUCIBLE_ELITE_PROMOTED, &verdict->track);
}

static crucible_status act(crucible_tournament *t,
                           const crucible_verdict *verdict) {
  crucible__seat *seat = crucible__seat_of(t, verdict->agent);
  if (seat->is_closing)
    return CRUCIBLE_OK;
  (void)crucible__format(seat->reason, sizeof seat->reason,
                         "%s: %.6g against %.6g",
                         crucible_rule_name(verdict->rule), verdict->statistic,
                         verdict->threshold);
  CRUCIBLE__TRY(crucible__journal_add_verdict(t->journal, t->state.n_bars,
                                              t->state.until_ms, verdict));
  if (verdict->action == CRUCIBLE_ACTION_PROMOTE)
    return promote(t, seat, verdict);
  return terminate(t, seat,
                   verdict->rule != CRUCIBLE_RULE_DEATH &&
                       verdict->rule != CRUCIBLE_RULE_CANNOT_TRADE);
}

crucible_status crucible__life_judge(crucible_tournament *t) {
  size_t n_verdicts = 0;
  for (size_t i = 0; i < t->n_seats; ++i)
    t->seen[i] = t->seats[i]->seen;
  if (t->n_seats > 0)
    t->verdicts[0].struct_size = sizeof *t->verdicts;
  CRUCIBLE__TRY(crucible_watchtower_push(t->watchtower, t->seen, t->n_seats,
                                         t->verdicts, &n_verdicts));
  for (size_t i = 0; i < n_verdicts; ++i)
    CRUCIBLE__TRY(act(t, &t->verdicts[i]));
  return finish_all(t);
}

/* ---- refits ---- */

/* The genome's model trained anew on data ending now; *model NULL: the data
   gave none, and why is the error text. */
static crucible_status train(crucible_tournament *t, const crucible__seat *seat,
                             crucible_plan *plan, void **model,
                             size_t *n_bytes) {
  crucible_genes genes = {.struct_size = sizeof genes};
  crucible__market_view view;
  crucible_backtest_options backtest;
  crucible_forge_options options;
  crucible_forged *forged;
  crucible__rng rng;
  const void *bytes;
  CRUCIBLE__TRY(crucible_genome_genes(seat->trained.genome, &genes));
  CRUCIBLE__TRY(crucible__market_of(t, genes.timeframe_ms, 0, &view));
  crucible__config_backtest(&t->config, &backtest);
  crucible__config_forge(&t->config, &options);
  crucible__rng_init(&rng, t->options.seed, CRUCIBLE__RNG_FORGE,
                     ((uint64_t)seat->agent << 16) + seat->version);
  options.seed = crucible__rng_u64(&rng);
  options.stages = CRUCIBLE_FORGE_DEPLOY;
  uint64_t window = (uint64_t)(crucible__config_window(&t->config) *
                               t->options.timeframe_ms / genes.timeframe_ms);
  crucible_forge_data data = {
      .struct_size = sizeof data,
      .market = &view.market,
      .instrument = &t->instrument,
      .backtest = &backtest,
      .begin = view.bars.n > window ? view.bars.n - window : 0,
      .end = view.bars.n};
  *model = NULL;
  ++t->n_trained;
  CRUCIBLE__TRY(crucible_forge_run(seat->trained.genome, &data, &options,
                                   t->options.pool, t->options.cancel,
                                   &forged));
  crucible_status status = crucible_forged_model(forged, &bytes, n_bytes);
  if (status == CRUCIBLE_OK)
    status = crucible_forged_plan(forged, plan);
  if (status == CRUCIBLE_OK) {
    *model = crucible__alloc(*n_bytes, 1);
    status = *model != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
  }
  if (status == CRUCIBLE_OK)
    memcpy(*model, bytes, *n_bytes);
  crucible_forged_destroy(forged);
  return status;
}

static crucible_status retire(crucible_tournament *t, crucible__seat *seat,
                              const char *reason) {
  (void)snprintf(seat->reason, sizeof seat->reason, "retired: %s", reason);
  CRUCIBLE__TRY(crucible__tournament_event(t, seat->agent, "retired", reason));
  CRUCIBLE__TRY(terminate(t, seat, 1));
  return CRUCIBLE_OK;
}

/* The model is the agent's from the next bar on. */
static crucible_status take_model(crucible_tournament *t, crucible__seat *seat,
                                  const crucible_plan *plan, void *model,
                                  size_t n_bytes) {
  crucible_agent_spec spec = {.struct_size = sizeof spec,
                              .genome = seat->trained.genome,
                              .model = model,
                              .model_bytes = n_bytes,
                              .plan = plan};
  CRUCIBLE__TRY(crucible_arena_set_model(t->arena, seat->agent, &spec));
  CRUCIBLE__TRY(crucible__journal_add_model(t->journal, seat->agent,
                                            seat->version + 1, t->state.n_bars,
                                            plan, model, n_bytes));
  crucible__free(seat->trained.model);
  seat->trained.model = model;
  seat->trained.model_bytes = n_bytes;
  seat->trained.plan = *plan;
  ++seat->version;
  return CRUCIBLE_OK;
}

/* What was journalled is not trained again: a model is there or, where there was
   none, its agent's retirement. *model NULL: as with train(). */
static crucible_status read_refit(crucible_tournament *t,
                                  const crucible__seat *seat,
                                  crucible_plan *plan, void **model,
                                  size_t *n_bytes) {
  int was_retired = 0;
  CRUCIBLE__TRY(crucible__journal_read_event(
      t->journal, t->state.n_bars, seat->agent, "retired", &was_retired));
  return was_retired
             ? CRUCIBLE_E_STATE
             : crucible__journal_read_model(
                   t->journal, seat->trained.study, seat->trained.rank,
                   seat->agent, seat->version + 1, plan, model, n_bytes);
}

/* The data or the genome are to blame, as in a search: the run goes on. */
static int gave_no_model(crucible_status status) {
  return status == CRUCIBLE_E_STATE || crucible__is_genomes_fault(status);
}

static crucible_status refit(crucible_tournament *t, crucible__seat *seat) {
  crucible_plan plan = seat->trained.plan;
  void *model = NULL;
  size_t n_bytes = 0;
  int64_t begin = crucible__clock_monotonic_ns();
  crucible_status status = t->state.n_bars <= t->resume_bar
                               ? read_refit(t, seat, &plan, &model, &n_bytes)
                               : train(t, seat, &plan, &model, &n_bytes);
  if (gave_no_model(status))
    return retire(t, seat, "a refit on newer data gave no model");
  if (status == CRUCIBLE_OK)
    status = take_model(t, seat, &plan, model, n_bytes);
  if (status != CRUCIBLE_OK) {
    if (seat->trained.model != model)
      crucible__free(model);
    return status;
  }
  seat->refit_bar = t->state.n_bars + refit_step(t);
  return crucible__journal_add_time(t->journal, "refits", 1,
                                    crucible__clock_monotonic_ns() - begin);
}

crucible_status crucible__life_refit(crucible_tournament *t) {
  for (size_t i = 0; i < t->n_seats; ++i) {
    crucible__seat *seat = t->seats[i];
    crucible_genes genes = {.struct_size = sizeof genes};
    if (seat->is_closing || t->state.n_bars < seat->refit_bar)
      continue;
    CRUCIBLE__TRY(crucible_genome_genes(seat->trained.genome, &genes));
    CRUCIBLE__TRY(
        genes.refit == CRUCIBLE_REFIT_REFIT
            ? refit(t, seat)
            : retire(t, seat, "its model is one walk-forward step old"));
  }
  return finish_all(t);
}
