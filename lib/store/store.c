/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/store.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "store/store_internal.h"

enum {
  APPLICATION_ID = 0x43525543, /* "CRUC" */
  BUSY_MS = 2000
};

static void close_handle(crucible_store *store) {
  if (store->database != NULL)
    (void)sqlite3_close_v2(store->database);
  store->database = NULL;
}

void crucible_store_close(crucible_store *store) {
  if (store == NULL)
    return;
  crucible__store_rollback(store);
  close_handle(store);
  if (store->lock >= 0) /* after the database: closing it earlier would drop
                           SQLite's own locks */
    (void)close(store->lock);
  crucible__free(store->path);
  crucible__free(store);
}

/* Claims the name, so that nothing that is there is ever overwritten. */
static crucible_status claim(const char *path) {
  int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
  if (file >= 0) {
    (void)close(file);
    return CRUCIBLE_OK;
  }
  if (errno == EEXIST)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "%s exists already: give another name or remove it",
                          path);
  return crucible__fail(CRUCIBLE_E_STORE, "%s cannot be created: %s", path,
                        strerror(errno));
}

static void unclaim(const char *path) {
  static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
  char name[4096];
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; ++i) {
    int n = snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
    if (n > 0 && (size_t)n < sizeof name)
      (void)unlink(name);
  }
}

static crucible_status pragma_int(crucible_store *store, const char *sql,
                                  int64_t *value) {
  crucible__statement *statement;
  int has_row = 0;
  CRUCIBLE__TRY(crucible__statement_prepare(store, sql, &statement));
  crucible_status status = crucible__statement_next(statement, &has_row);
  if (status == CRUCIBLE_OK)
    *value = has_row ? crucible__column_int(statement, 0) : 0;
  crucible__statement_destroy(statement);
  return status;
}

/* Keeps other processes from writing until the store is closed, whatever this
   one comes to. */
static crucible_status lock(crucible_store *store) {
  store->lock = open(store->path, O_RDONLY | O_CLOEXEC);
  if (store->lock < 0)
    return crucible__fail(CRUCIBLE_E_STORE, "%s cannot be opened: %s",
                          store->path, strerror(errno));
  if (flock(store->lock, LOCK_EX | LOCK_NB) == 0)
    return CRUCIBLE_OK;
  return crucible__fail(
      CRUCIBLE_E_STORE,
      errno == EWOULDBLOCK
          ? "%s is in use: another process writes it, wait until it has ended"
          : "%s cannot be locked: its file system must support flock()",
      store->path);
}

static crucible_status open_to_write(crucible_store *store) {
  CRUCIBLE__TRY(lock(store));
  int code =
      sqlite3_open_v2(store->path, &store->database,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL);
  if (code != SQLITE_OK)
    return crucible__store_fail(store, code, "opening");
  (void)sqlite3_busy_timeout(store->database, BUSY_MS);
  return CRUCIBLE_OK;
}

/* What makes a file a database of ours; each step may have been done before. */
static crucible_status complete(crucible_store *store) {
  char sql[96];
  (void)snprintf(sql, sizeof sql, "PRAGMA application_id = %d",
                 (int)APPLICATION_ID);
  CRUCIBLE__TRY(crucible__store_exec(store, sql));
  CRUCIBLE__TRY(crucible__store_exec(store, "PRAGMA journal_mode = WAL"));
  CRUCIBLE__TRY(crucible__store_exec(store, "PRAGMA synchronous = NORMAL"));
  return crucible__store_exec(
      store, "CREATE TABLE IF NOT EXISTS schema_versions (module TEXT PRIMARY "
             "KEY, version INTEGER NOT NULL)");
}

crucible_status crucible__store_set_durable(crucible_store *store,
                                            int durable) {
  return crucible__store_exec(store, durable ? "PRAGMA synchronous = FULL"
                                             : "PRAGMA synchronous = NORMAL");
}

static crucible_status module_version(crucible_store *store, const char *module,
                                      int64_t *version) {
  crucible__statement *statement;
  int has_row = 0;
  CRUCIBLE__TRY(crucible__statement_prepare(
      store, "SELECT version FROM schema_versions WHERE module = ?1",
      &statement));
  crucible__bind_text(statement, module);
  crucible_status status = crucible__statement_next(statement, &has_row);
  if (status == CRUCIBLE_OK)
    *version = has_row ? crucible__column_int(statement, 0) : 0;
  crucible__statement_destroy(statement);
  return status;
}

static crucible_status too_new(const crucible_store *store, const char *module,
                               int64_t version, int known) {
  return crucible__fail(CRUCIBLE_E_VERSION,
                        "%s: its %s tables have version %lld, this library "
                        "knows %d: use a newer one",
                        store->path, module, (long long)version, known);
}

/* Also for those who read no module's tables, such as a digest. */
static crucible_status check_versions(crucible_store *store) {
  static const struct {
    const char *module;
    int newest;
  } known[] = {{"tournament", CRUCIBLE__TOURNAMENT_TABLES}};
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
    int64_t version;
    CRUCIBLE__TRY(module_version(store, known[i].module, &version));
    if (version > known[i].newest)
      return too_new(store, known[i].module, version, known[i].newest);
  }
  return CRUCIBLE_OK;
}

static crucible_status not_ours(const crucible_store *store) {
  return crucible__fail(CRUCIBLE_E_STORE,
                        "%s is no database of this library: give the file of "
                        "a tournament",
                        store->path);
}

static crucible_status read_database(crucible_store *store) {
  int64_t id = 0;
  (void)sqlite3_busy_timeout(store->database, BUSY_MS);
  CRUCIBLE__TRY(pragma_int(store, "PRAGMA application_id", &id));
  if (id != APPLICATION_ID)
    return not_ours(store);
  return check_versions(store);
}

/* Every page, so that a damaged one is found before anything is added. */
static crucible_status check_pages(crucible_store *store) {
  crucible__statement *statement;
  int has_row = 0;
  CRUCIBLE__TRY(
      crucible__statement_prepare(store, "PRAGMA quick_check(1)", &statement));
  crucible_status status = crucible__statement_next(statement, &has_row);
  if (status == CRUCIBLE_OK &&
      (!has_row || strcmp(crucible__column_text(statement, 0), "ok") != 0))
    status = crucible__fail(
        CRUCIBLE_E_STORE,
        "%s: the file is damaged (%.120s), restore it from a "
        "copy",
        store->path, has_row ? crucible__column_text(statement, 0) : "");
  crucible__statement_destroy(statement);
  return status;
}

/* A file of another program holds something and does not bear our mark. */
static crucible_status resume_database(crucible_store *store) {
  int64_t id = 0, n_pages = 0;
  CRUCIBLE__TRY(pragma_int(store, "PRAGMA application_id", &id));
  CRUCIBLE__TRY(pragma_int(store, "PRAGMA page_count", &n_pages));
  if (id != APPLICATION_ID && n_pages > 0)
    return not_ours(store);
  CRUCIBLE__TRY(check_pages(store));
  CRUCIBLE__TRY(complete(store));
  return check_versions(store);
}

/* The name for a database that nothing writes, or 0 if there may be such. Read
   in the plain way, one in WAL mode wants to write beside itself: that fails in
   a folder that cannot be written, and leaves files behind in others. Without a
   write-ahead log beside it no process has it open for writing. */
static int quiet_name(const crucible_store *store, char *uri, size_t capacity) {
  int n = snprintf(uri, capacity, "%s-wal", store->path);
  if (n < 0 || (size_t)n >= capacity || access(uri, F_OK) == 0 ||
      strpbrk(store->path, "?#%") != NULL)
    return 0;
  n = snprintf(uri, capacity, "file:%s?immutable=1", store->path);
  return n > 0 && (size_t)n < capacity;
}

static crucible_status open_to_read(crucible_store *store) {
  char uri[4096];
  int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX;
  int is_quiet = quiet_name(store, uri, sizeof uri);
  int code = sqlite3_open_v2(is_quiet ? uri : store->path, &store->database,
                             is_quiet ? flags | SQLITE_OPEN_URI : flags, NULL);
  if (code != SQLITE_OK)
    return crucible__store_fail(store, code, "opening");
  return read_database(store);
}

static crucible_status open_as(crucible_store *store, int32_t mode,
                               int *claimed) {
  if (mode == CRUCIBLE_STORE_READ)
    return open_to_read(store);
  if (mode == CRUCIBLE_STORE_CREATE || access(store->path, F_OK) != 0) {
    CRUCIBLE__TRY(claim(store->path));
    *claimed = 1;
  }
  CRUCIBLE__TRY(open_to_write(store));
  return mode == CRUCIBLE_STORE_CREATE ? complete(store)
                                       : resume_database(store);
}

crucible_status crucible_store_open(const char *path, int32_t mode,
                                    crucible_store **store) {
  if (store == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "store is NULL");
  *store = NULL;
  if (path == NULL || path[0] == '\0')
    return crucible__fail(CRUCIBLE_E_INVALID, "path is empty: give a file");
  if (mode != CRUCIBLE_STORE_CREATE && mode != CRUCIBLE_STORE_READ &&
      mode != CRUCIBLE_STORE_RESUME)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "mode is %d: use CRUCIBLE_STORE_CREATE, _READ or "
                          "_RESUME",
                          (int)mode);
  crucible_store *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->mode = mode;
  made->lock = -1;
  made->path = crucible__strdup(path);
  int claimed = 0;
  crucible_status status =
      made->path ? open_as(made, mode, &claimed) : CRUCIBLE_E_NOMEM;
  if (status != CRUCIBLE_OK) {
    crucible_store_close(made);
    if (claimed)
      unclaim(path);
    return status;
  }
  *store = made;
  return CRUCIBLE_OK;
}

static crucible_status migrate(crucible_store *store, const char *module,
                               const crucible__migration *migrations, int from,
                               int n) {
  crucible__statement *statement = NULL;
  crucible_status status = CRUCIBLE_OK;
  for (int i = from; i < n && status == CRUCIBLE_OK; ++i)
    status = crucible__store_exec(store, migrations[i].sql);
  if (status == CRUCIBLE_OK)
    status = crucible__statement_prepare(
        store,
        "INSERT INTO schema_versions (module, version) VALUES (?1, ?2) "
        "ON CONFLICT (module) DO UPDATE SET version = excluded.version",
        &statement);
  if (status != CRUCIBLE_OK)
    return status;
  crucible__bind_text(statement, module);
  crucible__bind_int(statement, n);
  status = crucible__statement_run(statement);
  crucible__statement_destroy(statement);
  return status;
}

crucible_status crucible__store_migrate(crucible_store *store,
                                        const char *module,
                                        const crucible__migration *migrations,
                                        int n) {
  int64_t version;
  CRUCIBLE__TRY(module_version(store, module, &version));
  if (version > n)
    return too_new(store, module, version, n);
  if (version == n)
    return CRUCIBLE_OK;
  if (store->mode == CRUCIBLE_STORE_READ)
    return version == 0
               ? crucible__fail(CRUCIBLE_E_STORE,
                                "%s holds no %s: give the file of one",
                                store->path, module)
               : crucible__fail(CRUCIBLE_E_VERSION,
                                "%s: its %s tables have version %lld, older "
                                "than %d: read it with the release that wrote "
                                "it",
                                store->path, module, (long long)version, n);
  CRUCIBLE__TRY(crucible__store_begin(store));
  crucible_status status = migrate(store, module, migrations, (int)version, n);
  if (status == CRUCIBLE_OK)
    status = crucible__store_commit(store);
  if (status != CRUCIBLE_OK)
    crucible__store_rollback(store);
  return status;
}
