/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_sql.h"

#include <limits.h>
#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "store/store_internal.h"

crucible_status crucible__store_fail(const crucible_store *store, int code,
                                     const char *what) {
  const char *remedy = "";
  switch (code & 0xff) {
  case SQLITE_NOMEM:
    return crucible__fail(CRUCIBLE_E_NOMEM, "%s: out of memory while %s",
                          store->path, what);
  case SQLITE_FULL:
    remedy = ": make room on the disk";
    break;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    remedy = ": another process uses it, wait until it has ended";
    break;
  case SQLITE_READONLY:
  case SQLITE_CANTOPEN:
  case SQLITE_PERM:
    remedy = ": check the rights on the file and its folder";
    break;
  case SQLITE_CORRUPT:
    remedy = ": the file is damaged, restore it from a copy";
    break;
  case SQLITE_NOTADB:
    remedy = ": give the file of a tournament";
    break;
  default:
    break;
  }
  return crucible__fail(CRUCIBLE_E_STORE, "%s: %s failed: %s%s", store->path,
                        what, sqlite3_errstr(code), remedy);
}

crucible_status crucible__store_exec(crucible_store *store, const char *sql) {
  int code = sqlite3_exec(store->database, sql, NULL, NULL, NULL);
  if (code == SQLITE_OK)
    return CRUCIBLE_OK;
  if ((code & 0xff) == SQLITE_ERROR) /* our own SQL is wrong: say how */
    return crucible__fail(CRUCIBLE_E_STORE, "%s: \"%.60s\": %s", store->path,
                          sql, sqlite3_errmsg(store->database));
  return crucible__store_fail(store, code, "writing");
}

crucible_status crucible__store_begin(crucible_store *store) {
  CRUCIBLE__TRY(crucible__store_exec(store, "BEGIN IMMEDIATE"));
  store->in_transaction = 1;
  return CRUCIBLE_OK;
}

crucible_status crucible__store_commit(crucible_store *store) {
  CRUCIBLE__TRY(crucible__store_exec(store, "COMMIT"));
  store->in_transaction = 0;
  return CRUCIBLE_OK;
}

void crucible__store_rollback(crucible_store *store) {
  if (store == NULL || !store->in_transaction)
    return;
  /* SQLite has rolled back by itself after some failures. */
  if (!sqlite3_get_autocommit(store->database))
    (void)sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
  store->in_transaction = 0;
}

crucible_status crucible__statement_prepare(crucible_store *store,
                                            const char *sql,
                                            crucible__statement **statement) {
  *statement = NULL;
  crucible__statement *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->store = store;
  int code = sqlite3_prepare_v3(store->database, sql, -1,
                                SQLITE_PREPARE_PERSISTENT, &made->handle, NULL);
  if (code != SQLITE_OK) {
    crucible__free(made);
    if ((code & 0xff) == SQLITE_ERROR)
      return crucible__fail(CRUCIBLE_E_STORE, "%s: \"%.60s\": %s", store->path,
                            sql, sqlite3_errmsg(store->database));
    return crucible__store_fail(store, code, "reading");
  }
  *statement = made;
  return CRUCIBLE_OK;
}

void crucible__statement_destroy(crucible__statement *statement) {
  if (statement == NULL)
    return;
  (void)sqlite3_finalize(statement->handle);
  crucible__free(statement);
}

static void bound(crucible__statement *statement, int code) {
  if (statement->bind_error == SQLITE_OK)
    statement->bind_error = code;
}

void crucible__bind_null(crucible__statement *statement) {
  bound(statement, sqlite3_bind_null(statement->handle, ++statement->n_bound));
}

void crucible__bind_int(crucible__statement *statement, int64_t value) {
  bound(statement,
        sqlite3_bind_int64(statement->handle, ++statement->n_bound, value));
}

void crucible__bind_double(crucible__statement *statement, double value) {
  /* SQLite stores NaN as NULL. */
  bound(statement,
        sqlite3_bind_double(statement->handle, ++statement->n_bound, value));
}

void crucible__bind_text(crucible__statement *statement, const char *value) {
  bound(statement, sqlite3_bind_text(statement->handle, ++statement->n_bound,
                                     value, -1, SQLITE_TRANSIENT));
}

void crucible__bind_blob(crucible__statement *statement, const void *bytes,
                         size_t n_bytes) {
  bound(statement,
        n_bytes > INT_MAX
            ? SQLITE_TOOBIG
            : sqlite3_bind_blob(statement->handle, ++statement->n_bound, bytes,
                                (int)n_bytes, SQLITE_TRANSIENT));
}

static void reset(crucible__statement *statement) {
  (void)sqlite3_reset(statement->handle);
  statement->n_bound = 0;
  statement->bind_error = SQLITE_OK;
}

crucible_status crucible__statement_next(crucible__statement *statement,
                                         int *has_row) {
  *has_row = 0;
  int code = statement->bind_error;
  if (code == SQLITE_OK) {
    code = sqlite3_step(statement->handle);
    if (code == SQLITE_ROW) {
      *has_row = 1;
      return CRUCIBLE_OK;
    }
  }
  reset(statement);
  if (code == SQLITE_DONE)
    return CRUCIBLE_OK;
  return crucible__store_fail(statement->store, code, "a statement");
}

crucible_status crucible__statement_run(crucible__statement *statement) {
  int has_row;
  CRUCIBLE__TRY(crucible__statement_next(statement, &has_row));
  if (has_row)
    reset(statement);
  return CRUCIBLE_OK;
}

int64_t crucible__column_int(crucible__statement *statement, int column) {
  return sqlite3_column_int64(statement->handle, column);
}

double crucible__column_double(crucible__statement *statement, int column) {
  if (sqlite3_column_type(statement->handle, column) == SQLITE_NULL)
    return (double)NAN;
  return sqlite3_column_double(statement->handle, column);
}

const char *crucible__column_text(crucible__statement *statement, int column) {
  const unsigned char *text = sqlite3_column_text(statement->handle, column);
  return text ? (const char *)text : "";
}

const void *crucible__column_blob(crucible__statement *statement, int column,
                                  size_t *n_bytes) {
  const void *bytes = sqlite3_column_blob(statement->handle, column);
  *n_bytes = (size_t)sqlite3_column_bytes(statement->handle, column);
  return bytes;
}
