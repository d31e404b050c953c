/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: tables of a tournament in its store and what is written into
 * them. Inputs and decisions are kept, equity is derived from them; curves are
 * kept besides in blocks of little-endian doubles, so that a report needs no
 * replay.
 */
#ifndef CRUCIBLE__JOURNAL_H
#define CRUCIBLE__JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/forge.h>
#include <crucible/genome.h>
#include <crucible/store.h>
#include <crucible/tournament.h>

#include "store/store_sql.h"

enum {
  CRUCIBLE__CHECKPOINT_BARS = 256,
  CRUCIBLE__HOLDER = -1, /* the account that buys and holds */
  CRUCIBLE__NOBODY = -2  /* events of the tournament itself */
};

/* The one row of the table tournament. */
typedef struct crucible__journal_state {
  int32_t phase;
  uint64_t n_bars, n_train_bars, n_gaps, n_forged, n_infeasible;
  int64_t first_ms, trade_from_ms, until_ms;
  uint8_t input_hash[32];
} crucible__journal_state;

typedef struct crucible__journal crucible__journal;

/* Makes the tables in an empty store and writes what does not change. */
crucible_status crucible__journal_create(crucible_store *store,
                                         const char *config, uint64_t seed,
                                         int64_t timeframe_ms, uint32_t has,
                                         uint32_t n_threads,
                                         const crucible_instrument *instrument,
                                         crucible__journal **journal);
void crucible__journal_destroy(crucible__journal *journal);

/* Checks that a store holds a journal of this version. */
crucible_status crucible__journal_check(crucible_store *store);

/* One transaction a bar. */
crucible_status crucible__journal_begin(crucible__journal *journal);
crucible_status crucible__journal_commit(crucible__journal *journal);
void crucible__journal_rollback(crucible__journal *journal);

crucible_status
crucible__journal_set_state(crucible__journal *journal,
                            const crucible__journal_state *state);
/* model NULL: not deployed. */
crucible_status crucible__journal_add_forging(
    crucible__journal *journal, uint64_t number, const char *genome_id,
    const char *genome_json, uint64_t bar, const crucible_plan *plan,
    const void *model, size_t model_bytes, const crucible_forge_report *report);
crucible_status crucible__journal_add_agent(crucible__journal *journal,
                                            uint32_t agent,
                                            const char *genome_id,
                                            uint64_t forging, int64_t from_ms);
crucible_status crucible__journal_set_agent(crucible__journal *journal,
                                            uint32_t agent, const char *state,
                                            const char *reason);
crucible_status crucible__journal_add_event(crucible__journal *journal,
                                            uint64_t bar, int64_t time_ms,
                                            int64_t agent, const char *kind,
                                            const char *detail);
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
crucible_status crucible__journal_add_checkpoint(crucible__journal *journal,
                                                 uint64_t bar, int64_t until_ms,
                                                 const uint8_t hash[32],
                                                 const void *accounts,
                                                 size_t n_bytes);
/* Wall-clock time and the like, outside the digest. */
crucible_status crucible__journal_about(crucible__journal *journal,
                                        const char *key, const char *value);

#endif
