/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a journal and the statements that write them. */
#ifndef CRUCIBLE__JOURNAL_TABLES_H
#define CRUCIBLE__JOURNAL_TABLES_H

#include "store/store_sql.h"
#include "tournament/journal.h"
#include "tournament/journal_rows.h"

enum {
  SET_STATE,
  ADD_GENOME,
  ADD_STUDY,
  SET_STUDY,
  ADD_SEED,
  ADD_TRIAL,
  ADD_FORGING,
  ADD_FOLD,
  ADD_REPLACEMENT,
  SET_REPLACEMENT,
  ADD_TURNED_DOWN,
  ADD_AGENT,
  SET_AGENT,
  ADD_MODEL,
  ADD_VERDICT,
  SET_TRACK,
  ADD_EVENT,
  ADD_ORDER,
  ADD_TRADE,
  SET_LEDGER,
  ADD_CURVE,
  ADD_TIMES,
  ADD_OFFER,
  CLEAR_POOL,
  ADD_POOL,
  ADD_INPUT,
  SET_CHECKPOINT,
  ADD_SEARCH,
  CLEAR_SEARCHES,
  SET_ABOUT,
  ADD_TIME,
  N_STATEMENTS
};

struct crucible__journal {
  crucible_store *store;
  int is_muted;
  crucible__statement *statements[N_STATEMENTS];
};

#endif
