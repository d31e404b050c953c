/* SPDX-License-Identifier: Apache-2.0 */
/* What a run that goes on reads back from its journal. */
#include "tournament/journal.h"

#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/sha256.h"
#include "tournament/journal_tables.h"

static crucible_status damaged(const char *what) {
  return crucible__fail(CRUCIBLE_E_STORE,
                        "the journal's %s is missing or damaged: restore the "
                        "file from a copy",
                        what);
}

/* Runs a query of at most one row that take() reads. */
static crucible_status one_row(crucible__statement *s, int *has_row,
                               crucible_status (*take)(crucible__statement *s,
                                                       void *data),
                               void *data) {
  int found = 0;
  crucible_status status = crucible__statement_next(s, &found);
  if (status == CRUCIBLE_OK && found)
    status = take(s, data);
  crucible__statement_destroy(s);
  *has_row = found;
  return status;
}

static crucible_status copy_blob(crucible__statement *s, int column,
                                 void **bytes, size_t *n_bytes) {
  const void *blob = crucible__column_blob(s, column, n_bytes);
  *bytes = crucible__alloc(*n_bytes, 1);
  if (*bytes == NULL)
    return CRUCIBLE_E_NOMEM;
  if (*n_bytes > 0)
    memcpy(*bytes, blob, *n_bytes);
  return CRUCIBLE_OK;
}

/* ---- head ---- */

typedef struct head_rows {
  crucible__journal_head *head;
  crucible__journal_state *state;
  char **config;
} head_rows;

static crucible_status take_head(crucible__statement *s, void *data) {
  head_rows *rows = data;
  crucible__journal_state *state = rows->state;
  size_t n_bytes;
  rows->head->seed = (uint64_t)crucible__column_int(s, 1);
  rows->head->timeframe_ms = crucible__column_int(s, 2);
  rows->head->has = (uint32_t)crucible__column_int(s, 3);
  state->phase = (int32_t)crucible__column_int(s, 4);
  state->n_bars = (uint64_t)crucible__column_int(s, 5);
  state->n_train_bars = (uint64_t)crucible__column_int(s, 6);
  state->n_gaps = (uint64_t)crucible__column_int(s, 7);
  state->n_studies = (uint64_t)crucible__column_int(s, 8);
  state->n_trials = (uint64_t)crucible__column_int(s, 9);
  state->n_infeasible = (uint64_t)crucible__column_int(s, 10);
  state->n_orders = (uint64_t)crucible__column_int(s, 11);
  state->n_trades = (uint64_t)crucible__column_int(s, 12);
  state->first_ms = crucible__column_int(s, 13);
  state->trade_from_ms = crucible__column_int(s, 14);
  state->until_ms = crucible__column_int(s, 15);
  const void *hash = crucible__column_blob(s, 16, &n_bytes);
  if (n_bytes != sizeof state->input_hash)
    return damaged("hash of the bars");
  memcpy(state->input_hash, hash, sizeof state->input_hash);
  *rows->config = crucible__strdup(crucible__column_text(s, 0));
  rows->head->config = *rows->config;
  return *rows->config != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
}

static crucible_status take_instrument(crucible__statement *s, void *data) {
  crucible_instrument *instrument = data;
  instrument->struct_size = sizeof *instrument;
  crucible__row_read(&crucible__row_instrument, s, 0, instrument);
  return CRUCIBLE_OK;
}

static crucible_status read_instrument(crucible_store *store,
                                       crucible_instrument *instrument) {
  crucible__statement *s = NULL;
  crucible__text sql = {0};
  int has_row;
  crucible__text_add(&sql, "SELECT ");
  crucible__row_names(&crucible__row_instrument, &sql);
  crucible__text_add(&sql, " FROM instrument");
  crucible_status status =
      sql.failed ? crucible__fail(CRUCIBLE_E_NOMEM, "out of memory")
                 : crucible__statement_prepare(store, sql.data, &s);
  crucible__text_free(&sql);
  CRUCIBLE__TRY(status);
  CRUCIBLE__TRY(one_row(s, &has_row, take_instrument, instrument));
  return has_row ? CRUCIBLE_OK : damaged("instrument");
}

crucible_status crucible__journal_read_head(crucible__journal *journal,
                                            crucible__journal_head *head,
                                            crucible__journal_state *state,
                                            char **config, int *has_head) {
  crucible__statement *s;
  head_rows rows = {head, state, config};
  *config = NULL;
  CRUCIBLE__TRY(crucible__statement_prepare(
      journal->store,
      "SELECT config, seed, timeframe_ms, has, phase, n_bars, n_train_bars, "
      "n_gaps, n_studies, n_trials, n_infeasible, n_orders, n_trades, "
      "first_ms, trade_from_ms, until_ms, input_hash FROM tournament",
      &s));
  crucible_status status = one_row(s, has_head, take_head, &rows);
  if (status == CRUCIBLE_OK && *has_head)
    status = read_instrument(journal->store, &head->instrument);
  if (status != CRUCIBLE_OK) {
    crucible__free(*config);
    *config = NULL;
  }
  return status;
}

static crucible_status take_text(crucible__statement *s, void *data) {
  char **text = data;
  crucible__free(*text);
  *text = crucible__strdup(crucible__column_text(s, 0));
  return *text != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
}

crucible_status crucible__journal_read_about(crucible__journal *journal,
                                             const char *key, char **value) {
  crucible__statement *s;
  int has_row;
  *value = crucible__strdup("");
  if (*value == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = crucible__statement_prepare(
      journal->store, "SELECT value FROM about_run WHERE key = ?1", &s);
  if (status == CRUCIBLE_OK) {
    crucible__bind_text(s, key);
    status = one_row(s, &has_row, take_text, value);
  }
  if (status != CRUCIBLE_OK) {
    crucible__free(*value);
    *value = NULL;
  }
  return status;
}

/* ---- checkpoints ---- */

typedef struct blob_row {
  uint64_t bar;
  void *bytes;
  size_t n_bytes;
} blob_row;

static crucible_status take_checkpoint(crucible__statement *s, void *data) {
  blob_row *row = data;
  uint8_t hash[32];
  size_t n_hash;
  crucible__sha256 sha;
  CRUCIBLE__TRY(copy_blob(s, 2, &row->bytes, &row->n_bytes));
  const void *written = crucible__column_blob(s, 1, &n_hash);
  crucible__sha256_init(&sha);
  crucible__sha256_add(&sha, row->bytes, row->n_bytes);
  crucible__sha256_end(&sha, hash);
  row->bar = (uint64_t)crucible__column_int(s, 0);
  return n_hash == sizeof hash && memcmp(written, hash, sizeof hash) == 0
             ? CRUCIBLE_OK
             : damaged("checkpoint");
}

crucible_status crucible__journal_read_checkpoint(crucible__journal *journal,
                                                  uint64_t *bar, void **bytes,
                                                  size_t *n_bytes) {
  crucible__statement *s;
  blob_row row = {0};
  int has_row;
  CRUCIBLE__TRY(crucible__statement_prepare(
      journal->store, "SELECT bar, hash, state FROM checkpoints", &s));
  crucible_status status = one_row(s, &has_row, take_checkpoint, &row);
  if (status != CRUCIBLE_OK) {
    crucible__free(row.bytes);
    return status;
  }
  *bar = row.bar;
  *bytes = row.bytes;
  *n_bytes = row.n_bytes;
  return CRUCIBLE_OK;
}

static crucible_status take_hash(crucible__statement *s, void *data) {
  size_t n;
  const void *hash = crucible__column_blob(s, 0, &n);
  if (n != 32)
    return damaged("hash of the bars");
  memcpy(data, hash, 32);
  return CRUCIBLE_OK;
}

crucible_status crucible__journal_read_input(crucible__journal *journal,
                                             uint64_t bar, uint8_t hash[32],
                                             int *has_hash) {
  crucible__statement *s;
  CRUCIBLE__TRY(crucible__statement_prepare(
      journal->store, "SELECT hash FROM inputs WHERE bar = ?1", &s));
  crucible__bind_int(s, (int64_t)bar);
  return one_row(s, has_hash, take_hash, hash);
}

/* ---- searches, models, genomes ---- */

static crucible_status take_blob(crucible__statement *s, void *data) {
  blob_row *row = data;
  return copy_blob(s, 0, &row->bytes, &row->n_bytes);
}

crucible_status crucible__journal_read_search(crucible__journal *journal,
                                              uint64_t study, void **bytes,
                                              size_t *n_bytes) {
  crucible__statement *s;
  blob_row row = {0};
  int has_row;
  CRUCIBLE__TRY(crucible__statement_prepare(
      journal->store, "SELECT bytes FROM searches WHERE study = ?1", &s));
  crucible__bind_int(s, (int64_t)study);
  CRUCIBLE__TRY(one_row(s, &has_row, take_blob, &row));
  *bytes = row.bytes;
  *n_bytes = row.n_bytes;
  return has_row ? CRUCIBLE_OK : damaged("search");
}

typedef struct model_row {
  crucible_plan *plan;
  blob_row blob;
} model_row;

static crucible_status take_model(crucible__statement *s, void *data) {
  model_row *row = data;
  row->plan->theta_in = crucible__column_double(s, 1);
  row->plan->theta_out = crucible__column_double(s, 2);
  return take_blob(s, &row->blob);
}

crucible_status crucible__journal_read_model(crucible__journal *journal,
                                             uint64_t study, uint32_t rank,
                                             int64_t agent, uint32_t version,
                                             crucible_plan *plan, void **bytes,
                                             size_t *n_bytes) {
  crucible__statement *s;
  model_row row = {.plan = plan};
  int has_row;
  CRUCIBLE__TRY(crucible__statement_prepare(
      journal->store,
      version == 1 ? "SELECT model, theta_in, theta_out FROM replacements "
                     "WHERE study = ?1 AND rank = ?2"
                   : "SELECT model, theta_in, theta_out FROM models "
                     "WHERE agent = ?1 AND version = ?2",
      &s));
  crucible__bind_int(s, version == 1 ? (int64_t)study : agent);
  crucible__bind_int(s, version == 1 ? rank : version);
  CRUCIBLE__TRY(one_row(s, &has_row, take_model, &row));
  *bytes = row.blob.bytes;
  *n_bytes = row.blob.n_bytes;
  return has_row ? CRUCIBLE_OK : damaged("model of an agent");
}

crucible_status crucible__journal_read_event(crucible__journal *journal,
                                             uint64_t bar, int64_t agent,
                                             const char *kind, int *has_event) {
  crucible__statement *s;
  CRUCIBLE__TRY(crucible__statement_prepare(
      journal->store,
      "SELECT 1 FROM events WHERE bar = ?1 AND agent = ?2 AND kind = ?3 "
      "LIMIT 1",
      &s));
  crucible__bind_int(s, (int64_t)bar);
  crucible__bind_int(s, agent);
  crucible__bind_text(s, kind);
  crucible_status status = crucible__statement_next(s, has_event);
  crucible__statement_destroy(s);
  return status;
}

/* ---- pause ---- */

crucible_status crucible__journal_forget_times(crucible__journal *journal,
                                               uint64_t first_bar) {
  crucible__statement *s;
  CRUCIBLE__TRY(crucible__statement_prepare(
      journal->store, "DELETE FROM curve_times WHERE first_bar >= ?1", &s));
  crucible__bind_int(s, (int64_t)first_bar);
  crucible_status status = crucible__statement_run(s);
  crucible__statement_destroy(s);
  return status;
}

crucible_status crucible__journal_forget_curve(crucible__journal *journal,
                                               int64_t agent,
                                               uint64_t first_bar) {
  crucible__statement *s;
  CRUCIBLE__TRY(crucible__statement_prepare(
      journal->store, "DELETE FROM curves WHERE agent = ?1 AND first_bar >= ?2",
      &s));
  crucible__bind_int(s, agent);
  crucible__bind_int(s, (int64_t)first_bar);
  crucible_status status = crucible__statement_run(s);
  crucible__statement_destroy(s);
  return status;
}
