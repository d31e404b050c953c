/* SPDX-License-Identifier: Apache-2.0 */
/* What is written into the journal. */
#include "tournament/journal.h"

#include <stdio.h>
#include <string.h>

#include "base/base_status.h"
#include "base/sha256.h"
#include "tournament/journal_tables.h"

typedef struct id_text {
  char hex[2 * CRUCIBLE_GENOME_ID_BYTES + 1];
} id_text;

/* "" for no genome. */
static id_text id_of(const crucible_genome *genome) {
  uint8_t id[CRUCIBLE_GENOME_ID_BYTES];
  id_text text = {.hex = ""};
  if (crucible_genome_id(genome, id) == CRUCIBLE_OK)
    crucible__hex(id, sizeof id, text.hex);
  return text;
}

crucible_status crucible__journal_begin(crucible__journal *journal) {
  return journal->is_muted ? CRUCIBLE_OK
                           : crucible__store_begin(journal->store);
}

crucible_status crucible__journal_commit(crucible__journal *journal) {
  return journal->is_muted ? CRUCIBLE_OK
                           : crucible__store_commit(journal->store);
}

void crucible__journal_rollback(crucible__journal *journal) {
  crucible__store_rollback(journal->store);
}

/* ---- the run ---- */

static crucible_status write_tournament(crucible_store *store,
                                        const crucible__journal_head *head) {
  static const uint8_t no_hash[32];
  crucible__statement *s;
  CRUCIBLE__TRY(crucible__statement_prepare(
      store,
      "INSERT INTO tournament VALUES (1, ?1, ?2, ?3, ?4, ?5, 0, 0, 0, 0, 0, "
      "0, 0, 0, 0, 0, 0, ?6)",
      &s));
  crucible__bind_text(s, head->config);
  crucible__bind_int(s, (int64_t)head->seed);
  crucible__bind_int(s, head->timeframe_ms);
  crucible__bind_int(s, head->has);
  crucible__bind_int(s, CRUCIBLE_PHASE_COLLECTING);
  crucible__bind_blob(s, no_hash, sizeof no_hash);
  crucible_status status = crucible__statement_run(s);
  crucible__statement_destroy(s);
  return status;
}

static crucible_status write_instrument(crucible_store *store,
                                        const crucible_instrument *instrument) {
  crucible__statement *s = NULL;
  crucible__text sql = {0};
  crucible__text_add(&sql, "INSERT INTO instrument VALUES (");
  crucible__row_marks(&crucible__row_instrument, 1, &sql);
  crucible__text_add(&sql, ")");
  crucible_status status =
      sql.failed ? crucible__fail(CRUCIBLE_E_NOMEM, "out of memory")
                 : crucible__statement_prepare(store, sql.data, &s);
  crucible__text_free(&sql);
  CRUCIBLE__TRY(status);
  crucible__bind_int(s, 1);
  crucible__row_bind(&crucible__row_instrument, instrument, s);
  status = crucible__statement_run(s);
  crucible__statement_destroy(s);
  return status;
}

crucible_status
crucible__journal_write_head(crucible__journal *journal,
                             const crucible__journal_head *head) {
  CRUCIBLE__TRY(write_tournament(journal->store, head));
  return write_instrument(journal->store, &head->instrument);
}

crucible_status
crucible__journal_set_state(crucible__journal *journal,
                            const crucible__journal_state *state) {
  crucible__statement *s = journal->statements[SET_STATE];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, state->phase);
  crucible__bind_int(s, (int64_t)state->n_bars);
  crucible__bind_int(s, (int64_t)state->n_train_bars);
  crucible__bind_int(s, (int64_t)state->n_gaps);
  crucible__bind_int(s, (int64_t)state->n_studies);
  crucible__bind_int(s, (int64_t)state->n_trials);
  crucible__bind_int(s, (int64_t)state->n_infeasible);
  crucible__bind_int(s, (int64_t)state->n_orders);
  crucible__bind_int(s, (int64_t)state->n_trades);
  crucible__bind_int(s, state->first_ms);
  crucible__bind_int(s, state->trade_from_ms);
  crucible__bind_int(s, state->until_ms);
  crucible__bind_blob(s, state->input_hash, sizeof state->input_hash);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_event(crucible__journal *journal,
                                            uint64_t bar, int64_t time_ms,
                                            int64_t agent, const char *kind,
                                            const char *detail) {
  crucible__statement *s = journal->statements[ADD_EVENT];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, (int64_t)bar);
  crucible__bind_int(s, time_ms);
  crucible__bind_int(s, agent);
  crucible__bind_text(s, kind);
  crucible__bind_text(s, detail);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_about(crucible__journal *journal,
                                        const char *key, const char *value) {
  crucible__statement *s = journal->statements[SET_ABOUT];
  crucible__bind_text(s, key);
  crucible__bind_text(s, value);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_time(crucible__journal *journal,
                                           const char *part, uint64_t n,
                                           int64_t ns) {
  crucible__statement *s = journal->statements[ADD_TIME];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_text(s, part);
  crucible__bind_int(s, (int64_t)n);
  crucible__bind_int(s, ns);
  return crucible__statement_run(s);
}

/* ---- searches ---- */

static crucible_status add_genome(crucible__journal *journal,
                                  const crucible_genome *genome) {
  crucible__statement *s = journal->statements[ADD_GENOME];
  crucible__bind_text(s, id_of(genome).hex);
  crucible__bind_text(s, crucible_genome_json(genome, 1));
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_study(crucible__journal *journal,
                                            uint64_t number, uint64_t bar,
                                            int64_t time_ms, uint64_t admit_bar,
                                            uint32_t n_wanted) {
  crucible__statement *s = journal->statements[ADD_STUDY];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, (int64_t)number);
  crucible__bind_int(s, (int64_t)bar);
  crucible__bind_int(s, time_ms);
  crucible__bind_int(s, (int64_t)admit_bar);
  crucible__bind_int(s, n_wanted);
  crucible__bind_int(s, 0);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_seed(crucible__journal *journal,
                                           uint64_t study, size_t place,
                                           const crucible_elite *elite) {
  crucible__statement *s = journal->statements[ADD_SEED];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(add_genome(journal, elite->genome));
  crucible__bind_int(s, (int64_t)study);
  crucible__bind_int(s, (int64_t)place);
  crucible__bind_text(s, id_of(elite->genome).hex);
  crucible__row_bind(&crucible__row_elite, elite, s);
  return crucible__statement_run(s);
}

static crucible_status add_fold(crucible__journal *journal, uint64_t study,
                                uint64_t trial, int64_t number,
                                const crucible_fold *fold) {
  crucible__statement *s = journal->statements[ADD_FOLD];
  crucible__bind_int(s, (int64_t)study);
  crucible__bind_int(s, (int64_t)trial);
  crucible__bind_int(s, number);
  crucible__row_bind(&crucible__row_fold, fold, s);
  return crucible__statement_run(s);
}

static crucible_status add_forging(crucible__journal *journal, uint64_t study,
                                   uint64_t trial,
                                   const crucible_forge_report *report) {
  crucible__statement *s = journal->statements[ADD_FORGING];
  crucible__bind_int(s, (int64_t)study);
  crucible__bind_int(s, (int64_t)trial);
  crucible__row_bind(&crucible__row_forging, report, s);
  CRUCIBLE__TRY(crucible__statement_run(s));
  for (uint32_t i = 0; i < report->n_folds; ++i)
    CRUCIBLE__TRY(add_fold(journal, study, trial, i, &report->folds[i]));
  if (report->has_holdout)
    CRUCIBLE__TRY(add_fold(journal, study, trial, CRUCIBLE__FOLD_HOLDOUT,
                           &report->holdout));
  return CRUCIBLE_OK;
}

/* A winner's forging is that of its replacement, which knows more. */
static crucible_status add_trial(crucible__journal *journal, uint64_t study,
                                 const crucible_search *search,
                                 uint64_t number) {
  crucible__statement *s = journal->statements[ADD_TRIAL];
  crucible_factory_trial trial = {.struct_size = sizeof trial};
  CRUCIBLE__TRY(crucible_search_trial(search, number, &trial));
  if (trial.genome != NULL)
    CRUCIBLE__TRY(add_genome(journal, trial.genome));
  crucible__bind_int(s, (int64_t)study);
  crucible__bind_int(s, (int64_t)number);
  if (trial.genome != NULL)
    crucible__bind_text(s, id_of(trial.genome).hex);
  else
    crucible__bind_null(s);
  crucible__row_bind(&crucible__row_trial, &trial, s);
  CRUCIBLE__TRY(crucible__statement_run(s));
  return trial.report != NULL && trial.rank == 0
             ? add_forging(journal, study, number, trial.report)
             : CRUCIBLE_OK;
}

static crucible_status add_replacement(crucible__journal *journal,
                                       uint64_t study,
                                       const crucible_search *search,
                                       uint32_t index) {
  crucible__statement *s = journal->statements[ADD_REPLACEMENT];
  crucible_replacement winner = {.struct_size = sizeof winner};
  CRUCIBLE__TRY(crucible_search_replacement(search, index, &winner));
  crucible__bind_int(s, (int64_t)study);
  crucible__bind_int(s, (int64_t)index + 1);
  crucible__bind_text(s, id_of(winner.genome).hex);
  crucible__bind_double(s, winner.plan->theta_in);
  crucible__bind_double(s, winner.plan->theta_out);
  crucible__bind_blob(s, winner.model, winner.model_bytes);
  crucible__bind_text(s, "ready");
  crucible__bind_int(s, -1);
  crucible__row_bind(&crucible__row_winner, &winner, s);
  CRUCIBLE__TRY(crucible__statement_run(s));
  return add_forging(journal, study, winner.trial, winner.report);
}

static crucible_status add_turned_down(crucible__journal *journal,
                                       uint64_t study,
                                       const crucible_search *search,
                                       uint64_t index) {
  crucible__statement *s = journal->statements[ADD_TURNED_DOWN];
  crucible_turned_down down = {.struct_size = sizeof down};
  CRUCIBLE__TRY(crucible_search_turned_down(search, index, &down));
  crucible__bind_int(s, (int64_t)study);
  crucible__bind_int(s, (int64_t)index);
  crucible__row_bind(&crucible__row_turned_down, &down, s);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_search(crucible__journal *journal,
                                             uint64_t study,
                                             const crucible_search *search,
                                             const crucible__pack *bytes) {
  crucible_search_report report = {.struct_size = sizeof report};
  if (journal->is_muted)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible_search_report_of(search, &report));
  crucible__statement *s = journal->statements[SET_STUDY];
  crucible__row_bind(&crucible__row_study, &report, s);
  crucible__bind_int(s, (int64_t)study);
  CRUCIBLE__TRY(crucible__statement_run(s));
  for (uint64_t i = 0; i < report.n_trials; ++i)
    CRUCIBLE__TRY(add_trial(journal, study, search, i));
  for (uint32_t i = 0; i < report.n_replacements; ++i)
    CRUCIBLE__TRY(add_replacement(journal, study, search, i));
  for (uint64_t i = 0; i < report.n_turned_down; ++i)
    CRUCIBLE__TRY(add_turned_down(journal, study, search, i));
  s = journal->statements[ADD_SEARCH];
  crucible__bind_int(s, (int64_t)study);
  crucible__bind_blob(s, bytes->data, bytes->length);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_set_replacement(crucible__journal *journal,
                                                  uint64_t study, uint32_t rank,
                                                  const char *state,
                                                  int64_t agent) {
  crucible__statement *s = journal->statements[SET_REPLACEMENT];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, (int64_t)study);
  crucible__bind_int(s, rank);
  crucible__bind_text(s, state);
  crucible__bind_int(s, agent);
  return crucible__statement_run(s);
}

/* ---- agents ---- */

crucible_status
crucible__journal_add_agent(crucible__journal *journal,
                            const crucible__journal_agent *agent) {
  crucible__statement *s = journal->statements[ADD_AGENT];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, agent->agent);
  crucible__bind_text(s, agent->genome_id);
  crucible__bind_int(s, (int64_t)agent->study);
  crucible__bind_int(s, agent->rank);
  crucible__bind_int(s, agent->slot);
  crucible__bind_int(s, (int64_t)agent->from_bar);
  crucible__bind_int(s, agent->from_ms);
  crucible__bind_text(s, "active");
  crucible__bind_text(s, "");
  crucible__bind_int(s, 0);
  crucible__bind_int(s, 0);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_set_agent(crucible__journal *journal,
                                            uint32_t agent, const char *state,
                                            const char *reason,
                                            uint64_t until_bar,
                                            int64_t until_ms) {
  crucible__statement *s = journal->statements[SET_AGENT];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, agent);
  crucible__bind_text(s, state);
  crucible__bind_text(s, reason);
  crucible__bind_int(s, (int64_t)until_bar);
  crucible__bind_int(s, until_ms);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_model(
    crucible__journal *journal, uint32_t agent, uint32_t version, uint64_t bar,
    const crucible_plan *plan, const void *model, size_t model_bytes) {
  crucible__statement *s = journal->statements[ADD_MODEL];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, agent);
  crucible__bind_int(s, version);
  crucible__bind_int(s, (int64_t)bar);
  crucible__bind_double(s, plan->theta_in);
  crucible__bind_double(s, plan->theta_out);
  crucible__bind_blob(s, model, model_bytes);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_verdict(crucible__journal *journal,
                                              uint64_t bar, int64_t time_ms,
                                              const crucible_verdict *verdict) {
  crucible__statement *s = journal->statements[ADD_VERDICT];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, (int64_t)bar);
  crucible__bind_int(s, time_ms);
  crucible__row_bind(&crucible__row_verdict, verdict, s);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_set_track(crucible__journal *journal,
                                            uint64_t bar,
                                            const crucible_track *track) {
  crucible__statement *s = journal->statements[SET_TRACK];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, track->agent);
  crucible__bind_int(s, (int64_t)bar);
  crucible__row_bind(&crucible__row_track, track, s);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_records(crucible__journal *journal,
                                              int64_t agent,
                                              const crucible_orders *orders,
                                              const crucible_trades *trades) {
  crucible__statement *s = journal->statements[ADD_ORDER];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  for (size_t i = 0; i < orders->n; ++i) {
    crucible__bind_int(s, agent);
    crucible__row_bind_element(&crucible__row_order, orders, i, s);
    CRUCIBLE__TRY(crucible__statement_run(s));
  }
  s = journal->statements[ADD_TRADE];
  for (size_t i = 0; i < trades->n; ++i) {
    crucible__bind_int(s, agent);
    crucible__row_bind_element(&crucible__row_trade, trades, i, s);
    CRUCIBLE__TRY(crucible__statement_run(s));
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__journal_set_ledger(crucible__journal *journal,
                                             int64_t agent, uint64_t bar,
                                             const crucible_ledger *ledger) {
  crucible__statement *s = journal->statements[SET_LEDGER];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, agent);
  crucible__bind_int(s, (int64_t)bar);
  crucible__row_bind(&crucible__row_ledger, ledger, s);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_curve(crucible__journal *journal,
                                            int64_t agent, uint64_t first_bar,
                                            const double *equity, size_t n) {
  crucible__statement *s = journal->statements[ADD_CURVE];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, agent);
  crucible__bind_int(s, (int64_t)first_bar);
  crucible__bind_blob(s, equity, n * sizeof *equity);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_times(crucible__journal *journal,
                                            uint64_t first_bar,
                                            const int64_t *close_ms, size_t n) {
  crucible__statement *s = journal->statements[ADD_TIMES];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, (int64_t)first_bar);
  crucible__bind_blob(s, close_ms, n * sizeof *close_ms);
  return crucible__statement_run(s);
}

/* ---- elites ---- */

crucible_status crucible__journal_add_offer(crucible__journal *journal,
                                            uint64_t bar,
                                            const crucible_elite *elite,
                                            int32_t outcome,
                                            const char *reason) {
  crucible__statement *s = journal->statements[ADD_OFFER];
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, (int64_t)bar);
  crucible__bind_text(s, id_of(elite->genome).hex);
  crucible__bind_int(s, outcome);
  crucible__bind_text(s, reason);
  crucible__row_bind(&crucible__row_elite, elite, s);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_set_pool(crucible__journal *journal,
                                           const crucible_elite_pool *pool) {
  if (journal->is_muted)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible__statement_run(journal->statements[CLEAR_POOL]));
  crucible__statement *s = journal->statements[ADD_POOL];
  for (size_t i = 0; i < crucible_elite_pool_count(pool); ++i) {
    crucible_elite member = {.struct_size = sizeof member};
    CRUCIBLE__TRY(crucible_elite_pool_get(pool, i, &member));
    crucible__bind_int(s, (int64_t)i);
    crucible__bind_text(s, id_of(member.genome).hex);
    crucible__row_bind(&crucible__row_elite, &member, s);
    CRUCIBLE__TRY(crucible__statement_run(s));
  }
  return CRUCIBLE_OK;
}

/* ---- checkpoints ---- */

crucible_status crucible__journal_add_checkpoint(crucible__journal *journal,
                                                 uint64_t bar, int64_t until_ms,
                                                 const uint8_t hash[32],
                                                 const crucible__pack *state) {
  crucible__statement *s = journal->statements[ADD_INPUT];
  uint8_t state_hash[32];
  crucible__sha256 sha;
  if (journal->is_muted)
    return CRUCIBLE_OK;
  crucible__bind_int(s, (int64_t)bar);
  crucible__bind_int(s, until_ms);
  crucible__bind_blob(s, hash, 32);
  CRUCIBLE__TRY(crucible__statement_run(s));
  crucible__sha256_init(&sha);
  crucible__sha256_add(&sha, state->data, state->length);
  crucible__sha256_end(&sha, state_hash);
  s = journal->statements[SET_CHECKPOINT];
  crucible__bind_int(s, 1);
  crucible__bind_int(s, (int64_t)bar);
  crucible__bind_blob(s, state_hash, sizeof state_hash);
  crucible__bind_blob(s, state->data, state->length);
  CRUCIBLE__TRY(crucible__statement_run(s));
  return crucible__statement_run(journal->statements[CLEAR_SEARCHES]);
}
