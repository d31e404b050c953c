/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A checkpoint: all of a tournament that its bars alone do not give back. The
 * curves' blocks are empty where one is made. Models stay in the journal.
 */
#include "tournament/tournament_state.h"

#include <stdio.h>
#include <string.h>

#include "arena/arena_state.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "factory/factory_state.h"
#include "watchtower/watchtower_state.h"

/* ---- writing ---- */

static void save_trained(const crucible__trained *trained,
                         crucible__pack *pack) {
  crucible__pack_u64(pack, trained->study);
  crucible__pack_u64(pack, trained->rank);
  crucible__pack_text(pack, crucible_genome_json(trained->genome, 1));
}

static void save_seat(const crucible__seat *seat, crucible__pack *pack) {
  crucible__pack_u64(pack, seat->agent);
  crucible__pack_u64(pack, seat->slot);
  crucible__pack_u64(pack, seat->version);
  crucible__pack_u64(pack, seat->from_bar);
  crucible__pack_u64(pack, seat->refit_bar);
  crucible__pack_u64(pack, (uint64_t)seat->is_closing);
  crucible__pack_u64(pack, (uint64_t)seat->is_eligible);
  crucible__pack_text(pack, seat->reason);
  save_trained(&seat->trained, pack);
}

static void save_elite(const crucible_elite *elite, crucible__pack *pack) {
  crucible__pack_text(pack, crucible_genome_json(elite->genome, 1));
  crucible__pack_i64(pack, elite->label);
  crucible__pack_u64(pack, elite->agent);
  crucible__pack_f64(pack, elite->z);
  crucible__pack_f64(pack, elite->dsr);
  crucible__pack_u64(pack, elite->n_bars);
  crucible__pack_u64(pack, elite->bar);
  crucible__pack_f64(pack, elite->score);
}

static void save_wish(const crucible__wish *wish, crucible__pack *pack) {
  crucible__pack_u64(pack, wish->study);
  crucible__pack_u64(pack, wish->bar);
  crucible__pack_u64(pack, wish->admit_bar);
  crucible__pack_u64(pack, wish->n_wanted);
  for (int i = 0; i < CRUCIBLE__TIMES_MAX; ++i)
    crucible__pack_u64(pack, wish->n_bars[i]);
  crucible__pack_u64(pack, wish->n_elites);
  for (size_t i = 0; i < wish->n_elites; ++i)
    save_elite(&wish->elites[i], pack);
}

static void save_counts(const crucible_tournament *t, crucible__pack *pack) {
  const crucible__journal_state *state = &t->state;
  const uint64_t counts[] = {state->n_train_bars,
                             state->n_studies,
                             state->n_trials,
                             state->n_infeasible,
                             state->n_orders,
                             state->n_trades,
                             t->retry_bar,
                             t->n_ended,
                             t->n_champions,
                             t->block_first_bar,
                             (uint64_t)state->trade_from_ms};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i)
    crucible__pack_u64(pack, counts[i]);
}

crucible_status crucible__tournament_save(const crucible_tournament *t,
                                          crucible__pack *pack) {
  crucible__pack_mark(pack, "tournament");
  save_counts(t, pack);
  crucible__pack_u64(pack, t->n_lived);
  for (size_t i = 0; i < t->n_lived; ++i) {
    crucible__pack_bytes(pack, t->lived[i].genome_id, CRUCIBLE_GENOME_ID_BYTES);
    crucible__pack_i64(pack, t->lived[i].from_ms);
    crucible__pack_i64(pack, t->lived[i].until_ms);
  }
  crucible__pack_u64(pack, t->n_seats);
  for (size_t i = 0; i < t->n_seats; ++i)
    save_seat(t->seats[i], pack);
  crucible__pack_u64(pack, t->n_bench);
  for (size_t i = 0; i < t->n_bench; ++i) {
    crucible__pack_u64(pack, t->bench[i].bar);
    save_trained(&t->bench[i].trained, pack);
  }
  save_wish(&t->wish, pack);
  crucible__pack_mark(pack, "arena");
  CRUCIBLE__TRY(crucible__arena_save(t->arena, pack));
  crucible__pack_mark(pack, "watchtower");
  crucible__watchtower_save(t->watchtower, pack);
  crucible__pack_mark(pack, "factory");
  crucible__factory_save(t->factory, pack);
  return crucible__pack_end(pack);
}

/* ---- reading ---- */

static crucible_status load_genome(crucible__unpack *unpack,
                                   crucible_genome **genome) {
  const char *json = crucible__unpack_text(unpack);
  *genome = NULL;
  if (unpack->failed)
    return crucible__unpack_end(unpack, "the checkpoint");
  return crucible_genome_parse(json, strlen(json), genome);
}

static crucible_status load_trained(crucible_tournament *t,
                                    crucible__unpack *unpack, int64_t agent,
                                    uint32_t version,
                                    crucible__trained *trained) {
  crucible_genes genes = {.struct_size = sizeof genes};
  trained->study = crucible__unpack_u64(unpack);
  trained->rank = (uint32_t)crucible__unpack_u64(unpack);
  CRUCIBLE__TRY(load_genome(unpack, &trained->genome));
  CRUCIBLE__TRY(crucible_genome_genes(trained->genome, &genes));
  trained->plan = genes.plan;
  return crucible__journal_read_model(t->journal, trained->study, trained->rank,
                                      agent, version, &trained->plan,
                                      &trained->model, &trained->model_bytes);
}

static crucible_status load_seat(crucible_tournament *t,
                                 crucible__unpack *unpack) {
  CRUCIBLE__TRY(crucible__seats_reserve(t));
  crucible__seat *seat = crucible__alloc_zero(1, sizeof *seat);
  if (seat == NULL)
    return CRUCIBLE_E_NOMEM;
  t->seats[t->n_seats++] = seat;
  seat->agent = (uint32_t)crucible__unpack_u64(unpack);
  seat->slot = (uint32_t)crucible__unpack_u64(unpack);
  seat->version = (uint32_t)crucible__unpack_u64(unpack);
  seat->from_bar = crucible__unpack_u64(unpack);
  seat->refit_bar = crucible__unpack_u64(unpack);
  seat->is_closing = crucible__unpack_u64(unpack) != 0;
  seat->is_eligible = crucible__unpack_u64(unpack) != 0;
  (void)snprintf(seat->reason, sizeof seat->reason, "%s",
                 crucible__unpack_text(unpack));
  seat->first_bar = t->block_first_bar;
  if (seat->slot != CRUCIBLE__NO_SLOT &&
      seat->slot >= (uint64_t)t->config.tournament.agents)
    unpack->failed = 1;
  else if (seat->slot != CRUCIBLE__NO_SLOT)
    t->slots[seat->slot] = seat->agent;
  return load_trained(t, unpack, seat->agent, seat->version, &seat->trained);
}

static crucible_status load_lived(crucible_tournament *t,
                                  crucible__unpack *unpack) {
  size_t n = crucible__unpack_count(unpack, 16);
  CRUCIBLE__TRY(crucible__grow((void **)&t->lived, &t->lived_capacity, n,
                               sizeof *t->lived));
  for (size_t i = 0; i < n; ++i) {
    crucible__unpack_into(unpack, t->lived[i].genome_id,
                          CRUCIBLE_GENOME_ID_BYTES);
    t->lived[i].from_ms = crucible__unpack_i64(unpack);
    t->lived[i].until_ms = crucible__unpack_i64(unpack);
  }
  t->n_lived = n;
  return CRUCIBLE_OK;
}

static crucible_status load_ready(crucible_tournament *t,
                                  crucible__unpack *unpack) {
  CRUCIBLE__TRY(crucible__grow((void **)&t->bench, &t->bench_capacity,
                               t->n_bench + 1, sizeof *t->bench));
  crucible__ready *ready = &t->bench[t->n_bench++];
  memset(ready, 0, sizeof *ready);
  ready->bar = crucible__unpack_u64(unpack);
  return load_trained(t, unpack, -1, 1, &ready->trained);
}

static crucible_status load_wish(crucible__wish *wish,
                                 crucible__unpack *unpack) {
  wish->study = crucible__unpack_u64(unpack);
  wish->bar = crucible__unpack_u64(unpack);
  wish->admit_bar = crucible__unpack_u64(unpack);
  wish->n_wanted = (uint32_t)crucible__unpack_u64(unpack);
  for (int i = 0; i < CRUCIBLE__TIMES_MAX; ++i)
    wish->n_bars[i] = crucible__unpack_u64(unpack);
  size_t n = crucible__unpack_count(unpack, 8);
  wish->elites = crucible__alloc_zero(n, sizeof *wish->elites);
  if (wish->elites == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < n; ++i) {
    crucible_elite *elite = &wish->elites[i];
    crucible_genome *genome;
    CRUCIBLE__TRY(load_genome(unpack, &genome));
    elite->struct_size = sizeof *elite;
    elite->genome = genome;
    ++wish->n_elites;
    elite->label = (int32_t)crucible__unpack_i64(unpack);
    elite->agent = (uint32_t)crucible__unpack_u64(unpack);
    elite->z = crucible__unpack_f64(unpack);
    elite->dsr = crucible__unpack_f64(unpack);
    elite->n_bars = crucible__unpack_u64(unpack);
    elite->bar = crucible__unpack_u64(unpack);
    elite->score = crucible__unpack_f64(unpack);
  }
  return CRUCIBLE_OK;
}

static void load_counts(crucible_tournament *t, crucible__unpack *unpack) {
  crucible__journal_state *state = &t->state;
  state->n_train_bars = crucible__unpack_u64(unpack);
  state->n_studies = crucible__unpack_u64(unpack);
  state->n_trials = crucible__unpack_u64(unpack);
  state->n_infeasible = crucible__unpack_u64(unpack);
  state->n_orders = crucible__unpack_u64(unpack);
  state->n_trades = crucible__unpack_u64(unpack);
  t->retry_bar = crucible__unpack_u64(unpack);
  t->n_ended = (uint32_t)crucible__unpack_u64(unpack);
  t->n_champions = (uint32_t)crucible__unpack_u64(unpack);
  t->block_first_bar = crucible__unpack_u64(unpack);
  state->trade_from_ms = crucible__unpack_i64(unpack);
}

static crucible_status find_spec(uint32_t agent, crucible_agent_spec *spec,
                                 void *data) {
  crucible_tournament *t = data;
  const crucible__seat *seat =
      t->n_seats > 0 ? crucible__seat_of(t, agent) : NULL;
  if (seat == NULL || seat->agent != agent)
    return crucible__fail(CRUCIBLE_E_STORE,
                          "the checkpoint has no seat for agent %u",
                          (unsigned)agent);
  spec->genome = seat->trained.genome;
  spec->model = seat->trained.model;
  spec->model_bytes = seat->trained.model_bytes;
  spec->plan = &seat->trained.plan;
  return CRUCIBLE_OK;
}

static crucible_status load_rooms(crucible_tournament *t,
                                  crucible__unpack *unpack) {
  crucible_watchtower_options rules;
  crucible_watchtower *watchtower;
  crucible__unpack_mark(unpack, "arena");
  CRUCIBLE__TRY(crucible__arena_load(t->arena, unpack, find_spec, t));
  crucible__unpack_mark(unpack, "watchtower");
  crucible__config_watchtower(&t->config, &rules);
  CRUCIBLE__TRY(crucible__watchtower_load(&rules, unpack, &watchtower));
  crucible_watchtower_destroy(t->watchtower);
  t->watchtower = watchtower;
  crucible__unpack_mark(unpack, "factory");
  CRUCIBLE__TRY(crucible__forge_load(t, unpack));
  return crucible__unpack_end(unpack, "the checkpoint");
}

crucible_status crucible__tournament_load(crucible_tournament *t) {
  crucible__unpack unpack = {.data = t->checkpoint, .length = t->n_checkpoint};
  crucible__unpack_mark(&unpack, "tournament");
  load_counts(t, &unpack);
  CRUCIBLE__TRY(load_lived(t, &unpack));
  size_t n_seats = crucible__unpack_count(&unpack, 8);
  for (size_t i = 0; i < n_seats; ++i)
    CRUCIBLE__TRY(load_seat(t, &unpack));
  size_t n_bench = crucible__unpack_count(&unpack, 8);
  for (size_t i = 0; i < n_bench; ++i)
    CRUCIBLE__TRY(load_ready(t, &unpack));
  CRUCIBLE__TRY(load_wish(&t->wish, &unpack));
  CRUCIBLE__TRY(load_rooms(t, &unpack));
  crucible__free(t->checkpoint);
  t->checkpoint = NULL;
  return CRUCIBLE_OK;
}
