/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. */
#ifndef CRUCIBLE__STORE_INTERNAL_H
#define CRUCIBLE__STORE_INTERNAL_H

#include <sqlite3.h>

#include "store/store_sql.h"

struct crucible_store {
  sqlite3 *database;
  char *path;
  int32_t mode;
  int in_transaction;
  int lock; /* descriptor whose lock keeps other writers out; -1: none */
};

struct crucible__statement {
  crucible_store *store;
  sqlite3_stmt *handle;
  int n_bound;
  int bind_error; /* the first SQLite code that a bind gave */
};

/* E_STORE (E_NOMEM when memory is short) with path and SQLite's reason. */
crucible_status crucible__store_fail(const crucible_store *store, int code,
                                     const char *what);

#endif
