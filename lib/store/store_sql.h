/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements, rows and transactions over a store. SQL is kept to what SQLite
 * and PostgreSQL share: a second backend changes this room alone.
 */
#ifndef CRUCIBLE__STORE_SQL_H
#define CRUCIBLE__STORE_SQL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/store.h>

typedef struct crucible__statement crucible__statement;

/* A module's tables, one entry per version of them: entry i takes the module
   from version i to i + 1. */
typedef struct crucible__migration {
  const char *sql; /* statements separated by ';' */
} crucible__migration;

/* The newest version of each module's tables that this library knows: opening
   a database refuses one that is newer. */
enum { CRUCIBLE__TOURNAMENT_TABLES = 1 };

/* Brings a module's tables up to date in one transaction, or, in a store that
   is only read, checks that they are. E_VERSION if they are newer. */
crucible_status crucible__store_migrate(crucible_store *store,
                                        const char *module,
                                        const crucible__migration *migrations,
                                        int n);

/* 1: a commit is on the disk when it returns; 0 (the default): it survives the
   end of the process, not that of the machine. */
crucible_status crucible__store_set_durable(crucible_store *store, int durable);

crucible_status crucible__store_begin(crucible_store *store);
crucible_status crucible__store_commit(crucible_store *store);
/* Takes back what was not committed; nothing to do outside a transaction. */
void crucible__store_rollback(crucible_store *store);

crucible_status crucible__store_exec(crucible_store *store, const char *sql);

crucible_status crucible__statement_prepare(crucible_store *store,
                                            const char *sql,
                                            crucible__statement **statement);
/* NULL is allowed. */
void crucible__statement_destroy(crucible__statement *statement);

/* Binds the next parameters in order, beginning with the first after each
   crucible__statement_run() or _reset(). A failure is kept until the run.
   NaN is bound as NULL. Texts and blobs are copied. */
void crucible__bind_null(crucible__statement *statement);
void crucible__bind_int(crucible__statement *statement, int64_t value);
void crucible__bind_double(crucible__statement *statement, double value);
void crucible__bind_text(crucible__statement *statement, const char *value);
void crucible__bind_blob(crucible__statement *statement, const void *bytes,
                         size_t n_bytes);

/* Runs a statement that gives no rows and makes it ready for the next. */
crucible_status crucible__statement_run(crucible__statement *statement);

/* Steps to the next row; *has_row = 0 at the end, when it is reset. */
crucible_status crucible__statement_next(crucible__statement *statement,
                                         int *has_row);

/* Columns of the present row from 0; texts and blobs are valid until the next
   step. NULL reads as 0, NaN, "" and no bytes. */
int64_t crucible__column_int(crucible__statement *statement, int column);
double crucible__column_double(crucible__statement *statement, int column);
const char *crucible__column_text(crucible__statement *statement, int column);
const void *crucible__column_blob(crucible__statement *statement, int column,
                                  size_t *n_bytes);

#endif
