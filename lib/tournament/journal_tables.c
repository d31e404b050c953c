/* SPDX-License-Identifier: Apache-2.0 */
#include "tournament/journal_tables.h"

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/numtext.h"

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
     "n_studies INTEGER NOT NULL, n_trials INTEGER NOT NULL, "
     "n_infeasible INTEGER NOT NULL, n_orders INTEGER NOT NULL, "
     "n_trades INTEGER NOT NULL, first_ms INTEGER NOT NULL, "
     "trade_from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, "
     "input_hash BLOB NOT NULL",
     NULL},
    {"about_run", "key TEXT PRIMARY KEY, value TEXT NOT NULL", NULL},
    {"about_times",
     "part TEXT PRIMARY KEY, n INTEGER NOT NULL, ns INTEGER NOT NULL", NULL},
    {"instrument", "id INTEGER PRIMARY KEY CHECK (id = 1)",
     &crucible__row_instrument},
    {"genomes", "id TEXT PRIMARY KEY, json TEXT NOT NULL", NULL},
    /* replacements were asked for at the close of bar; admitted with admit_bar
       or, where the bars end before, never */
    {"studies",
     "number INTEGER PRIMARY KEY, bar INTEGER NOT NULL, "
     "time_ms INTEGER NOT NULL, admit_bar INTEGER NOT NULL, "
     "n_wanted INTEGER NOT NULL, is_done INTEGER NOT NULL",
     &crucible__row_study},
    {"study_elites",
     "study INTEGER NOT NULL REFERENCES studies, place INTEGER NOT NULL, "
     "genome TEXT NOT NULL REFERENCES genomes",
     &crucible__row_elite},
    {"trials",
     "study INTEGER NOT NULL REFERENCES studies, number INTEGER NOT NULL, "
     "genome TEXT REFERENCES genomes",
     &crucible__row_trial},
    {"forgings", "study INTEGER NOT NULL, trial INTEGER NOT NULL",
     &crucible__row_forging},
    {"folds",
     "study INTEGER NOT NULL, trial INTEGER NOT NULL, fold INTEGER NOT NULL",
     &crucible__row_fold},
    {"replacements",
     "study INTEGER NOT NULL REFERENCES studies, rank INTEGER NOT NULL, "
     "genome TEXT NOT NULL REFERENCES genomes, theta_in REAL, theta_out REAL, "
     "model BLOB NOT NULL, state TEXT NOT NULL, agent INTEGER NOT NULL",
     &crucible__row_winner},
    {"turned_down",
     "study INTEGER NOT NULL REFERENCES studies, place INTEGER NOT NULL",
     &crucible__row_turned_down},
    {"agents",
     "agent INTEGER PRIMARY KEY, genome TEXT NOT NULL REFERENCES genomes, "
     "study INTEGER NOT NULL, rank INTEGER NOT NULL, slot INTEGER NOT NULL, "
     "from_bar INTEGER NOT NULL, from_ms INTEGER NOT NULL, "
     "state TEXT NOT NULL, reason TEXT NOT NULL, "
     "until_bar INTEGER NOT NULL, until_ms INTEGER NOT NULL",
     NULL},
    {"models",
     "agent INTEGER NOT NULL REFERENCES agents, version INTEGER NOT NULL, "
     "bar INTEGER NOT NULL, theta_in REAL, theta_out REAL, "
     "model BLOB NOT NULL",
     NULL},
    {"verdicts",
     "seq INTEGER PRIMARY KEY, bar INTEGER NOT NULL, time_ms INTEGER NOT NULL",
     &crucible__row_verdict},
    {"tracks", "agent INTEGER PRIMARY KEY, bar INTEGER NOT NULL",
     &crucible__row_track},
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
    /* what was offered to the elite pool, and what came of it */
    {"offers",
     "seq INTEGER PRIMARY KEY, at_bar INTEGER NOT NULL, "
     "genome TEXT NOT NULL REFERENCES genomes, outcome INTEGER NOT NULL, "
     "why TEXT NOT NULL",
     &crucible__row_elite},
    {"pool",
     "place INTEGER PRIMARY KEY, genome TEXT NOT NULL REFERENCES genomes",
     &crucible__row_elite},
    {"inputs",
     "bar INTEGER PRIMARY KEY, until_ms INTEGER NOT NULL, hash BLOB NOT NULL",
     NULL},
    {"checkpoints",
     "id INTEGER PRIMARY KEY CHECK (id = 1), bar INTEGER NOT NULL, "
     "hash BLOB NOT NULL, state BLOB NOT NULL",
     NULL},
    /* searches since the last checkpoint, whole */
    {"searches", "study INTEGER PRIMARY KEY, bytes BLOB NOT NULL", NULL},
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
  /* A report reads agent by agent and study by study: without these it would
     read all rows of all of them each time. */
  crucible__text_add(sql, "CREATE INDEX orders_by_agent ON orders (agent);"
                          "CREATE INDEX trades_by_agent ON trades (agent);"
                          "CREATE INDEX curves_by_agent ON curves (agent);"
                          "CREATE INDEX verdicts_by_agent ON verdicts (agent);"
                          "CREATE INDEX models_by_agent ON models (agent);"
                          "CREATE INDEX trials_by_study ON trials (study);"
                          "CREATE INDEX forgings_by_trial ON forgings "
                          "(study, trial);"
                          "CREATE INDEX folds_by_trial ON folds (study, trial);"
                          "CREATE INDEX replacements_by_study ON replacements "
                          "(study);");
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
} writes[N_STATEMENTS] = {
    [SET_STATE] = {"UPDATE tournament SET phase = ?1, n_bars = ?2, "
                   "n_train_bars = ?3, n_gaps = ?4, n_studies = ?5, "
                   "n_trials = ?6, n_infeasible = ?7, n_orders = ?8, "
                   "n_trades = ?9, first_ms = ?10, trade_from_ms = ?11, "
                   "until_ms = ?12, input_hash = ?13",
                   NULL, 0, NULL},
    [ADD_GENOME] = {"INSERT OR IGNORE INTO genomes", "id, json", 2, NULL},
    [ADD_STUDY] = {"INSERT INTO studies",
                   "number, bar, time_ms, admit_bar, n_wanted, is_done", 6,
                   NULL},
    [SET_STUDY] = {"UPDATE studies SET is_done = 1", NULL, 0,
                   &crucible__row_study},
    [ADD_SEED] = {"INSERT INTO study_elites", "study, place, genome", 3,
                  &crucible__row_elite},
    [ADD_TRIAL] = {"INSERT INTO trials", "study, number, genome", 3,
                   &crucible__row_trial},
    [ADD_FORGING] = {"INSERT INTO forgings", "study, trial", 2,
                     &crucible__row_forging},
    [ADD_FOLD] = {"INSERT INTO folds", "study, trial, fold", 3,
                  &crucible__row_fold},
    [ADD_REPLACEMENT] = {"INSERT INTO replacements",
                         "study, rank, genome, theta_in, theta_out, model, "
                         "state, agent",
                         8, &crucible__row_winner},
    [SET_REPLACEMENT] = {"UPDATE replacements SET state = ?3, agent = ?4 "
                         "WHERE study = ?1 AND rank = ?2",
                         NULL, 0, NULL},
    [ADD_TURNED_DOWN] = {"INSERT INTO turned_down", "study, place", 2,
                         &crucible__row_turned_down},
    [ADD_AGENT] = {"INSERT INTO agents",
                   "agent, genome, study, rank, slot, from_bar, from_ms, "
                   "state, reason, until_bar, until_ms",
                   11, NULL},
    [SET_AGENT] = {"UPDATE agents SET state = ?2, reason = ?3, "
                   "until_bar = ?4, until_ms = ?5 WHERE agent = ?1",
                   NULL, 0, NULL},
    [ADD_MODEL] = {"INSERT INTO models",
                   "agent, version, bar, theta_in, theta_out, model", 6, NULL},
    [ADD_VERDICT] = {"INSERT INTO verdicts", "bar, time_ms", 2,
                     &crucible__row_verdict},
    [SET_TRACK] = {"INSERT OR REPLACE INTO tracks", "agent, bar", 2,
                   &crucible__row_track},
    [ADD_EVENT] = {"INSERT INTO events", "bar, time_ms, agent, kind, detail", 5,
                   NULL},
    [ADD_ORDER] = {"INSERT INTO orders", "agent", 1, &crucible__row_order},
    [ADD_TRADE] = {"INSERT INTO trades", "agent", 1, &crucible__row_trade},
    [SET_LEDGER] = {"INSERT OR REPLACE INTO ledgers", "agent, bar", 2,
                    &crucible__row_ledger},
    [ADD_CURVE] = {"INSERT INTO curves", "agent, first_bar, equity", 3, NULL},
    [ADD_TIMES] = {"INSERT INTO curve_times", "first_bar, close_ms", 2, NULL},
    [ADD_OFFER] = {"INSERT INTO offers", "at_bar, genome, outcome, why", 4,
                   &crucible__row_elite},
    [CLEAR_POOL] = {"DELETE FROM pool", NULL, 0, NULL},
    [ADD_POOL] = {"INSERT INTO pool", "place, genome", 2, &crucible__row_elite},
    [ADD_INPUT] = {"INSERT INTO inputs", "bar, until_ms, hash", 3, NULL},
    [SET_CHECKPOINT] = {"INSERT OR REPLACE INTO checkpoints",
                        "id, bar, hash, state", 4, NULL},
    [ADD_SEARCH] = {"INSERT INTO searches", "study, bytes", 2, NULL},
    [CLEAR_SEARCHES] = {"DELETE FROM searches", NULL, 0, NULL},
    [SET_ABOUT] = {"INSERT OR REPLACE INTO about_run", "key, value", 2, NULL},
    [ADD_TIME] = {"INSERT INTO about_times (part, n, ns) VALUES (?1, ?2, ?3) "
                  "ON CONFLICT (part) DO UPDATE SET n = n + excluded.n, "
                  "ns = ns + excluded.ns",
                  NULL, 0, NULL},
};

static const crucible__row no_row = {NULL, 0};

/* Prepares statement number i. */
static crucible_status prepare(crucible__journal *journal, int i) {
  const crucible__row *row = writes[i].row ? writes[i].row : &no_row;
  crucible__text sql = {0};
  crucible__text_add(&sql, writes[i].head);
  if (i == SET_STUDY) { /* the only update of a whole row */
    for (int k = 0; k < row->n; ++k)
      crucible__text_addf(&sql, ", %s = ?%d", row->fields[k].name, k + 1);
    crucible__text_addf(&sql, " WHERE number = ?%d", row->n + 1);
  } else if (writes[i].own != NULL) {
    crucible__text_addf(&sql, " (%s%s", writes[i].own, row->n > 0 ? ", " : "");
    crucible__row_names(row, &sql);
    crucible__text_add(&sql, ") VALUES (");
    crucible__row_marks(row, writes[i].n_own, &sql);
    crucible__text_add(&sql, ")");
  }
  crucible_status status =
      sql.failed ? crucible__fail(CRUCIBLE_E_NOMEM, "out of memory")
                 : crucible__statement_prepare(journal->store, sql.data,
                                               &journal->statements[i]);
  crucible__text_free(&sql);
  return status;
}

static crucible_status fill_journal(crucible__journal *journal) {
  CRUCIBLE__TRY(migrate(journal->store));
  for (int i = 0; i < N_STATEMENTS; ++i)
    CRUCIBLE__TRY(prepare(journal, i));
  return CRUCIBLE_OK;
}

crucible_status crucible__journal_open(crucible_store *store,
                                       crucible__journal **journal) {
  *journal = NULL;
  crucible__journal *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->store = store;
  crucible_status status = fill_journal(made);
  if (status != CRUCIBLE_OK) {
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

void crucible__journal_mute(crucible__journal *journal, int is_muted) {
  journal->is_muted = is_muted;
}
