/* SPDX-License-Identifier: Apache-2.0 */
#include "tournament/journal.h"

#include <stdio.h>

#include <crucible/version.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/clock.h"
#include "base/numtext.h"
#include "tournament/journal_rows.h"

enum {
  SET_STATE,
  ADD_GENOME,
  ADD_FORGING,
  ADD_FOLD,
  ADD_AGENT,
  SET_AGENT,
  ADD_EVENT,
  ADD_ORDER,
  ADD_TRADE,
  SET_LEDGER,
  ADD_CURVE,
  ADD_TIMES,
  ADD_INPUT,
  SET_CHECKPOINT,
  SET_ABOUT,
  N_STATEMENTS
};

struct crucible__journal {
  crucible_store *store;
  crucible__statement *statements[N_STATEMENTS];
};

/* A table whose rows end with a struct's fields; row NULL: they do not. */
typedef struct table {
  const char *name, *own_columns;
  const crucible__row *row;
} table;

static const table tables[] = {
    {"tournament",
     "id INTEGER PRIMARY KEY CHECK (id = 1), config TEXT NOT NULL, "
     "seed INTEGER NOT NULL, timeframe_ms INTEGER NOT NULL, "
     "has INTEGER NOT NULL, phase INTEGER NOT NULL, n_bars INTEGER NOT NULL, "
     "n_train_bars INTEGER NOT NULL, n_gaps INTEGER NOT NULL, "
     "n_forged INTEGER NOT NULL, n_infeasible INTEGER NOT NULL, "
     "first_ms INTEGER NOT NULL, trade_from_ms INTEGER NOT NULL, "
     "until_ms INTEGER NOT NULL, input_hash BLOB NOT NULL",
     NULL},
    {"about_run", "key TEXT PRIMARY KEY, value TEXT NOT NULL", NULL},
    {"instrument", "id INTEGER PRIMARY KEY CHECK (id = 1)",
     &crucible__row_instrument},
    {"genomes", "id TEXT PRIMARY KEY, json TEXT NOT NULL", NULL},
    {"forgings",
     "number INTEGER PRIMARY KEY, genome TEXT NOT NULL REFERENCES genomes, "
     "bar INTEGER NOT NULL, theta_in REAL, theta_out REAL, model BLOB",
     &crucible__row_forging},
    {"folds",
     "forging INTEGER NOT NULL REFERENCES forgings, fold INTEGER NOT NULL",
     &crucible__row_fold},
    {"agents",
     "agent INTEGER PRIMARY KEY, genome TEXT NOT NULL REFERENCES genomes, "
     "forging INTEGER NOT NULL REFERENCES forgings, from_ms INTEGER NOT NULL, "
     "state TEXT NOT NULL, reason TEXT NOT NULL",
     NULL},
    {"events",
     "seq INTEGER PRIMARY KEY, bar INTEGER NOT NULL, time_ms INTEGER NOT NULL, "
     "agent INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL",
     NULL},
    {"orders", "seq INTEGER PRIMARY KEY, agent INTEGER NOT NULL",
     &crucible__row_order},
    {"trades", "seq INTEGER PRIMARY KEY, agent INTEGER NOT NULL",
     &crucible__row_trade},
    {"ledgers", "agent INTEGER PRIMARY KEY, bar INTEGER NOT NULL",
     &crucible__row_ledger},
    {"curves",
     "agent INTEGER NOT NULL, first_bar INTEGER NOT NULL, equity BLOB NOT NULL",
     NULL},
    {"curve_times", "first_bar INTEGER PRIMARY KEY, close_ms BLOB NOT NULL",
     NULL},
    {"inputs",
     "bar INTEGER PRIMARY KEY, until_ms INTEGER NOT NULL, hash BLOB NOT NULL",
     NULL},
    {"checkpoints",
     "id INTEGER PRIMARY KEY CHECK (id = 1), bar INTEGER NOT NULL, "
     "accounts BLOB NOT NULL",
     NULL},
};

/* Version 1 of the tables, made from the list above. */
static void write_ddl(crucible__text *sql) {
  for (size_t i = 0; i < sizeof tables / sizeof *tables; ++i) {
    crucible__text_addf(sql, "CREATE TABLE %s (%s", tables[i].name,
                        tables[i].own_columns);
    if (tables[i].row != NULL) {
      crucible__text_add(sql, ", ");
      crucible__row_ddl(tables[i].row, sql);
    }
    crucible__text_add(sql, ");");
  }
  /* A report reads agent by agent: without these it would read all rows of all
     agents each time. */
  crucible__text_add(sql, "CREATE INDEX orders_by_agent ON orders (agent);"
                          "CREATE INDEX trades_by_agent ON trades (agent);"
                          "CREATE INDEX curves_by_agent ON curves (agent);");
}

static crucible_status migrate(crucible_store *store) {
  crucible__text sql = {0};
  write_ddl(&sql);
  if (sql.failed)
    return crucible__fail(CRUCIBLE_E_NOMEM, "out of memory for the tables");
  const crucible__migration versions[CRUCIBLE__TOURNAMENT_TABLES] = {
      {sql.data}};
  crucible_status status = crucible__store_migrate(
      store, "tournament", versions, CRUCIBLE__TOURNAMENT_TABLES);
  crucible__text_free(&sql);
  return status;
}

crucible_status crucible__journal_check(crucible_store *store) {
  return migrate(store);
}

/* Statements as a verb and a table, its own columns, and the struct's row. */
static const struct {
  const char *head, *own;
  int n_own;
  const crucible__row *row;
} inserts[N_STATEMENTS] = {
    [SET_STATE] = {"UPDATE tournament SET phase = ?1, n_bars = ?2, "
                   "n_train_bars = ?3, n_gaps = ?4, n_forged = ?5, "
                   "n_infeasible = ?6, first_ms = ?7, trade_from_ms = ?8, "
                   "until_ms = ?9, input_hash = ?10",
                   NULL, 0, NULL},
    [ADD_GENOME] = {"INSERT OR IGNORE INTO genomes", "id, json", 2, NULL},
    [ADD_FORGING] = {"INSERT INTO forgings",
                     "number, genome, bar, theta_in, theta_out, model", 6,
                     &crucible__row_forging},
    [ADD_FOLD] = {"INSERT INTO folds", "forging, fold", 2, &crucible__row_fold},
    [ADD_AGENT] = {"INSERT INTO agents",
                   "agent, genome, forging, from_ms, state, reason", 6, NULL},
    [SET_AGENT] = {"UPDATE agents SET state = ?2, reason = ?3 WHERE agent = ?1",
                   NULL, 0, NULL},
    [ADD_EVENT] = {"INSERT INTO events", "bar, time_ms, agent, kind, detail", 5,
                   NULL},
    [ADD_ORDER] = {"INSERT INTO orders", "agent", 1, &crucible__row_order},
    [ADD_TRADE] = {"INSERT INTO trades", "agent", 1, &crucible__row_trade},
    [SET_LEDGER] = {"INSERT OR REPLACE INTO ledgers", "agent, bar", 2,
                    &crucible__row_ledger},
    [ADD_CURVE] = {"INSERT INTO curves", "agent, first_bar, equity", 3, NULL},
    [ADD_TIMES] = {"INSERT INTO curve_times", "first_bar, close_ms", 2, NULL},
    [ADD_INPUT] = {"INSERT INTO inputs", "bar, until_ms, hash", 3, NULL},
    [SET_CHECKPOINT] = {"INSERT OR REPLACE INTO checkpoints",
                        "id, bar, accounts", 3, NULL},
    [SET_ABOUT] = {"INSERT OR REPLACE INTO about_run", "key, value", 2, NULL},
};

static const crucible__row no_row = {NULL, 0};

static crucible_status prepare(crucible_store *store, int i,
                               crucible__statement **statement) {
  const crucible__row *row = inserts[i].row ? inserts[i].row : &no_row;
  crucible__text sql = {0};
  crucible__text_add(&sql, inserts[i].head);
  if (inserts[i].own != NULL) {
    crucible__text_addf(&sql, " (%s%s", inserts[i].own, row->n > 0 ? ", " : "");
    crucible__row_names(row, &sql);
    crucible__text_add(&sql, ") VALUES (");
    crucible__row_marks(row, inserts[i].n_own, &sql);
    crucible__text_add(&sql, ")");
  }
  crucible_status status =
      sql.failed ? crucible__fail(CRUCIBLE_E_NOMEM, "out of memory")
                 : crucible__statement_prepare(store, sql.data, statement);
  crucible__text_free(&sql);
  return status;
}

static crucible_status write_head(crucible_store *store, const char *config,
                                  uint64_t seed, int64_t timeframe_ms,
                                  uint32_t has,
                                  const crucible_instrument *instrument) {
  static const uint8_t no_hash[32];
  crucible__statement *statement;
  CRUCIBLE__TRY(crucible__statement_prepare(
      store,
      "INSERT INTO tournament VALUES (1, ?1, ?2, ?3, ?4, ?5, 0, 0, 0, 0, 0, "
      "0, 0, 0, ?6)",
      &statement));
  crucible__bind_text(statement, config);
  crucible__bind_int(statement, (int64_t)seed);
  crucible__bind_int(statement, timeframe_ms);
  crucible__bind_int(statement, has);
  crucible__bind_int(statement, CRUCIBLE_PHASE_COLLECTING);
  crucible__bind_blob(statement, no_hash, sizeof no_hash);
  crucible_status status = crucible__statement_run(statement);
  crucible__statement_destroy(statement);
  CRUCIBLE__TRY(status);
  crucible__text sql = {0};
  crucible__text_add(&sql, "INSERT INTO instrument VALUES (");
  crucible__row_marks(&crucible__row_instrument, 1, &sql);
  crucible__text_add(&sql, ")");
  status = sql.failed
               ? crucible__fail(CRUCIBLE_E_NOMEM, "out of memory")
               : crucible__statement_prepare(store, sql.data, &statement);
  crucible__text_free(&sql);
  CRUCIBLE__TRY(status);
  crucible__bind_int(statement, 1);
  crucible__row_bind(&crucible__row_instrument, instrument, statement);
  status = crucible__statement_run(statement);
  crucible__statement_destroy(statement);
  return status;
}

static crucible_status write_about(crucible__journal *journal,
                                   uint32_t n_threads) {
  char number[32], time[CRUCIBLE__TIME_TEXT];
  (void)snprintf(number, sizeof number, "%u", (unsigned)n_threads);
  (void)crucible__write_time(crucible__clock_now_ms(), time);
  CRUCIBLE__TRY(
      crucible__journal_about(journal, "build", crucible_build_info()));
  CRUCIBLE__TRY(crucible__journal_about(journal, "threads", number));
  return crucible__journal_about(journal, "started", time);
}

static crucible_status fill_journal(crucible__journal *journal,
                                    const char *config, uint64_t seed,
                                    int64_t timeframe_ms, uint32_t has,
                                    uint32_t n_threads,
                                    const crucible_instrument *instrument) {
  CRUCIBLE__TRY(migrate(journal->store));
  for (int i = 0; i < N_STATEMENTS; ++i)
    CRUCIBLE__TRY(prepare(journal->store, i, &journal->statements[i]));
  CRUCIBLE__TRY(crucible__store_begin(journal->store));
  CRUCIBLE__TRY(
      write_head(journal->store, config, seed, timeframe_ms, has, instrument));
  CRUCIBLE__TRY(write_about(journal, n_threads));
  return crucible__store_commit(journal->store);
}

crucible_status crucible__journal_create(crucible_store *store,
                                         const char *config, uint64_t seed,
                                         int64_t timeframe_ms, uint32_t has,
                                         uint32_t n_threads,
                                         const crucible_instrument *instrument,
                                         crucible__journal **journal) {
  *journal = NULL;
  crucible__journal *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->store = store;
  crucible_status status = fill_journal(made, config, seed, timeframe_ms, has,
                                        n_threads, instrument);
  if (status != CRUCIBLE_OK) {
    crucible__store_rollback(store);
    crucible__journal_destroy(made);
    return status;
  }
  *journal = made;
  return CRUCIBLE_OK;
}

void crucible__journal_destroy(crucible__journal *journal) {
  if (journal == NULL)
    return;
  for (int i = 0; i < N_STATEMENTS; ++i)
    crucible__statement_destroy(journal->statements[i]);
  crucible__free(journal);
}

crucible_status crucible__journal_begin(crucible__journal *journal) {
  return crucible__store_begin(journal->store);
}

crucible_status crucible__journal_commit(crucible__journal *journal) {
  return crucible__store_commit(journal->store);
}

void crucible__journal_rollback(crucible__journal *journal) {
  crucible__store_rollback(journal->store);
}

crucible_status
crucible__journal_set_state(crucible__journal *journal,
                            const crucible__journal_state *state) {
  crucible__statement *s = journal->statements[SET_STATE];
  crucible__bind_int(s, state->phase);
  crucible__bind_int(s, (int64_t)state->n_bars);
  crucible__bind_int(s, (int64_t)state->n_train_bars);
  crucible__bind_int(s, (int64_t)state->n_gaps);
  crucible__bind_int(s, (int64_t)state->n_forged);
  crucible__bind_int(s, (int64_t)state->n_infeasible);
  crucible__bind_int(s, state->first_ms);
  crucible__bind_int(s, state->trade_from_ms);
  crucible__bind_int(s, state->until_ms);
  crucible__bind_blob(s, state->input_hash, sizeof state->input_hash);
  return crucible__statement_run(s);
}

crucible_status
crucible__journal_add_forging(crucible__journal *journal, uint64_t number,
                              const char *genome_id, const char *genome_json,
                              uint64_t bar, const crucible_plan *plan,
                              const void *model, size_t model_bytes,
                              const crucible_forge_report *report) {
  crucible__statement *s = journal->statements[ADD_GENOME];
  crucible__bind_text(s, genome_id);
  crucible__bind_text(s, genome_json);
  CRUCIBLE__TRY(crucible__statement_run(s));
  s = journal->statements[ADD_FORGING];
  crucible__bind_int(s, (int64_t)number);
  crucible__bind_text(s, genome_id);
  crucible__bind_int(s, (int64_t)bar);
  crucible__bind_double(s, plan->theta_in);
  crucible__bind_double(s, plan->theta_out);
  crucible__bind_blob(s, model, model_bytes); /* NULL stays NULL */
  crucible__row_bind(&crucible__row_forging, report, s);
  CRUCIBLE__TRY(crucible__statement_run(s));
  s = journal->statements[ADD_FOLD];
  for (uint32_t i = 0; i < report->n_folds; ++i) {
    crucible__bind_int(s, (int64_t)number);
    crucible__bind_int(s, i);
    crucible__row_bind(&crucible__row_fold, &report->folds[i], s);
    CRUCIBLE__TRY(crucible__statement_run(s));
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__journal_add_agent(crucible__journal *journal,
                                            uint32_t agent,
                                            const char *genome_id,
                                            uint64_t forging, int64_t from_ms) {
  crucible__statement *s = journal->statements[ADD_AGENT];
  crucible__bind_int(s, agent);
  crucible__bind_text(s, genome_id);
  crucible__bind_int(s, (int64_t)forging);
  crucible__bind_int(s, from_ms);
  crucible__bind_text(s, "active");
  crucible__bind_text(s, "trained and feasible");
  return crucible__statement_run(s);
}

crucible_status crucible__journal_set_agent(crucible__journal *journal,
                                            uint32_t agent, const char *state,
                                            const char *reason) {
  crucible__statement *s = journal->statements[SET_AGENT];
  crucible__bind_int(s, agent);
  crucible__bind_text(s, state);
  crucible__bind_text(s, reason);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_event(crucible__journal *journal,
                                            uint64_t bar, int64_t time_ms,
                                            int64_t agent, const char *kind,
                                            const char *detail) {
  crucible__statement *s = journal->statements[ADD_EVENT];
  crucible__bind_int(s, (int64_t)bar);
  crucible__bind_int(s, time_ms);
  crucible__bind_int(s, agent);
  crucible__bind_text(s, kind);
  crucible__bind_text(s, detail);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_records(crucible__journal *journal,
                                              int64_t agent,
                                              const crucible_orders *orders,
                                              const crucible_trades *trades) {
  crucible__statement *s = journal->statements[ADD_ORDER];
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
  crucible__bind_int(s, agent);
  crucible__bind_int(s, (int64_t)bar);
  crucible__row_bind(&crucible__row_ledger, ledger, s);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_curve(crucible__journal *journal,
                                            int64_t agent, uint64_t first_bar,
                                            const double *equity, size_t n) {
  crucible__statement *s = journal->statements[ADD_CURVE];
  crucible__bind_int(s, agent);
  crucible__bind_int(s, (int64_t)first_bar);
  crucible__bind_blob(s, equity, n * sizeof *equity);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_times(crucible__journal *journal,
                                            uint64_t first_bar,
                                            const int64_t *close_ms, size_t n) {
  crucible__statement *s = journal->statements[ADD_TIMES];
  crucible__bind_int(s, (int64_t)first_bar);
  crucible__bind_blob(s, close_ms, n * sizeof *close_ms);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_add_checkpoint(crucible__journal *journal,
                                                 uint64_t bar, int64_t until_ms,
                                                 const uint8_t hash[32],
                                                 const void *accounts,
                                                 size_t n_bytes) {
  crucible__statement *s = journal->statements[ADD_INPUT];
  crucible__bind_int(s, (int64_t)bar);
  crucible__bind_int(s, until_ms);
  crucible__bind_blob(s, hash, 32);
  CRUCIBLE__TRY(crucible__statement_run(s));
  s = journal->statements[SET_CHECKPOINT];
  crucible__bind_int(s, 1);
  crucible__bind_int(s, (int64_t)bar);
  crucible__bind_blob(s, n_bytes > 0 ? accounts : "", n_bytes);
  return crucible__statement_run(s);
}

crucible_status crucible__journal_about(crucible__journal *journal,
                                        const char *key, const char *value) {
  crucible__statement *s = journal->statements[SET_ABOUT];
  crucible__bind_text(s, key);
  crucible__bind_text(s, value);
  return crucible__statement_run(s);
}
