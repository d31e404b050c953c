/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: tables of a tournament in its store, what is written into them
 * and what a run that goes on reads back. Inputs and decisions are kept, equity
 * is derived from them; curves are kept besides in blocks of little-endian
 * doubles, so that a report needs no replay.
 *
 * A journal that is muted takes nothing: bars that it holds already are
 * stepped once more, up to where it ends.
 */
#ifndef CRUCIBLE__JOURNAL_H
#define CRUCIBLE__JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/factory.h>
#include <crucible/forge.h>
#include <crucible/genome.h>
#include <crucible/store.h>
#include <crucible/tournament.h>
#include <crucible/watchtower.h>

#include "base/pack.h"
#include "store/store_sql.h"

enum {
  CRUCIBLE__CHECKPOINT_BARS = 256,
  CRUCIBLE__HOLDER = -1,      /* the account that buys and holds */
  CRUCIBLE__NOBODY = -2,      /* events of the tournament itself */
  CRUCIBLE__FOLD_HOLDOUT = -1 /* number of the holdout among the folds */
};

/* The part of the one row of the table tournament that changes. */
typedef struct crucible__journal_state {
  int32_t phase;
  uint64_t n_bars, n_train_bars, n_gaps;
  uint64_t n_studies, n_trials, n_infeasible; /* searched so far */
  uint64_t n_orders, n_trades;
  int64_t first_ms, trade_from_ms, until_ms;
  uint8_t input_hash[32];
} crucible__journal_state;

/* What does not change. */
typedef struct crucible__journal_head {
  const char *config; /* resolved JSON */
  uint64_t seed;
  int64_t timeframe_ms;
  uint32_t has;
  crucible_instrument instrument;
} crucible__journal_head;

typedef struct crucible__journal crucible__journal;

/* Makes the tables where there are none. The store is lent. */
crucible_status crucible__journal_open(crucible_store *store,
                                       crucible__journal **journal);
void crucible__journal_destroy(crucible__journal *journal);

/* Checks that a store holds a journal of this version. */
crucible_status crucible__journal_check(crucible_store *store);

void crucible__journal_mute(crucible__journal *journal, int is_muted);

/* One transaction a bar. */
crucible_status crucible__journal_begin(crucible__journal *journal);
crucible_status crucible__journal_commit(crucible__journal *journal);
void crucible__journal_rollback(crucible__journal *journal);

/* ---- the run ---- */

crucible_status
crucible__journal_write_head(crucible__journal *journal,
                             const crucible__journal_head *head);
crucible_status
crucible__journal_set_state(crucible__journal *journal,
                            const crucible__journal_state *state);
crucible_status crucible__journal_add_event(crucible__journal *journal,
                                            uint64_t bar, int64_t time_ms,
                                            int64_t agent, const char *kind,
                                            const char *detail);
/* Wall-clock time and the like, outside the digest. */
crucible_status crucible__journal_about(crucible__journal *journal,
                                        const char *key, const char *value);
/* Adds to how often a part of the work was done and how long it took, outside
   the digest. */
crucible_status crucible__journal_add_time(crucible__journal *journal,
                                           const char *part, uint64_t n,
                                           int64_t ns);

/* ---- searches ---- */

crucible_status crucible__journal_add_study(crucible__journal *journal,
                                            uint64_t number, uint64_t bar,
                                            int64_t time_ms, uint64_t admit_bar,
                                            uint32_t n_wanted);
crucible_status crucible__journal_add_seed(crucible__journal *journal,
                                           uint64_t study, size_t place,
                                           const crucible_elite *elite);
/* All of a search: trials, folds, replacements, who was turned down; and its
   bytes, kept until the next checkpoint. */
crucible_status crucible__journal_add_search(crucible__journal *journal,
                                             uint64_t study,
                                             const crucible_search *search,
                                             const crucible__pack *bytes);
/* Where a replacement is: "ready", "active", "too old", ... agent -1: none. */
crucible_status crucible__journal_set_replacement(crucible__journal *journal,
                                                  uint64_t study, uint32_t rank,
                                                  const char *state,
                                                  int64_t agent);

/* ---- agents ---- */

typedef struct crucible__journal_agent {
  uint32_t agent, rank, slot;
  uint64_t study, from_bar;
  int64_t from_ms;
  const char *genome_id;
} crucible__journal_agent;

crucible_status
crucible__journal_add_agent(crucible__journal *journal,
                            const crucible__journal_agent *agent);
/* until_bar 0: it lives. */
crucible_status crucible__journal_set_agent(crucible__journal *journal,
                                            uint32_t agent, const char *state,
                                            const char *reason,
                                            uint64_t until_bar,
                                            int64_t until_ms);
/* A later version of an agent's model; version >= 2. */
crucible_status crucible__journal_add_model(
    crucible__journal *journal, uint32_t agent, uint32_t version, uint64_t bar,
    const crucible_plan *plan, const void *model, size_t model_bytes);
crucible_status crucible__journal_add_verdict(crucible__journal *journal,
                                              uint64_t bar, int64_t time_ms,
                                              const crucible_verdict *verdict);
crucible_status crucible__journal_set_track(crucible__journal *journal,
                                            uint64_t bar,
                                            const crucible_track *track);
crucible_status crucible__journal_add_records(crucible__journal *journal,
                                              int64_t agent,
                                              const crucible_orders *orders,
                                              const crucible_trades *trades);
crucible_status crucible__journal_set_ledger(crucible__journal *journal,
                                             int64_t agent, uint64_t bar,
                                             const crucible_ledger *ledger);
crucible_status crucible__journal_add_curve(crucible__journal *journal,
                                            int64_t agent, uint64_t first_bar,
                                            const double *equity, size_t n);
crucible_status crucible__journal_add_times(crucible__journal *journal,
                                            uint64_t first_bar,
                                            const int64_t *close_ms, size_t n);

/* ---- elites ---- */

crucible_status crucible__journal_add_offer(crucible__journal *journal,
                                            uint64_t bar,
                                            const crucible_elite *elite,
                                            int32_t outcome,
                                            const char *reason);
/* The pool as it is now instead of what was written before. */
crucible_status crucible__journal_set_pool(crucible__journal *journal,
                                           const crucible_elite_pool *pool);

/* ---- checkpoints ---- */

/* After bar number bar; forgets the searches that it contains. */
crucible_status crucible__journal_add_checkpoint(crucible__journal *journal,
                                                 uint64_t bar, int64_t until_ms,
                                                 const uint8_t hash[32],
                                                 const crucible__pack *state);

/* ---- reading back ---- */

/* *has_head = 0: a journal whose making was cut off. head's config is to be
   freed by crucible__free(). */
crucible_status crucible__journal_read_head(crucible__journal *journal,
                                            crucible__journal_head *head,
                                            crucible__journal_state *state,
                                            char **config, int *has_head);
/* "" where there is none. The text is to be freed by crucible__free(). */
crucible_status crucible__journal_read_about(crucible__journal *journal,
                                             const char *key, char **value);
/* bar 0, no bytes: there is none. bytes: to be freed by crucible__free(). */
crucible_status crucible__journal_read_checkpoint(crucible__journal *journal,
                                                  uint64_t *bar, void **bytes,
                                                  size_t *n_bytes);
/* The hash of all bars up to bar, if one was written there. */
crucible_status crucible__journal_read_input(crucible__journal *journal,
                                             uint64_t bar, uint8_t hash[32],
                                             int *has_hash);
/* Bytes of a search that no checkpoint contains. */
crucible_status crucible__journal_read_search(crucible__journal *journal,
                                              uint64_t study, void **bytes,
                                              size_t *n_bytes);
/* A version of an agent's model and its thresholds, of version 1 those of the
   replacement. E_STORE if it is missing. */
crucible_status crucible__journal_read_model(crucible__journal *journal,
                                             uint64_t study, uint32_t rank,
                                             int64_t agent, uint32_t version,
                                             crucible_plan *plan, void **bytes,
                                             size_t *n_bytes);
/* Whether an agent had an event of a kind at a bar. */
crucible_status crucible__journal_read_event(crucible__journal *journal,
                                             uint64_t bar, int64_t agent,
                                             const char *kind, int *has_event);
/* Takes back what a pause wrote of the block that begins at first_bar: the
   times, and the curve of an agent. */
crucible_status crucible__journal_forget_times(crucible__journal *journal,
                                               uint64_t first_bar);
crucible_status crucible__journal_forget_curve(crucible__journal *journal,
                                               int64_t agent,
                                               uint64_t first_bar);

#endif
