/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/numtext.h"
#include "base/sha256.h"
#include "store/store_internal.h"

/* Least significant byte first, on every machine. */
static void add_u64(crucible__sha256 *hash, uint64_t value) {
  uint8_t bytes[8];
  for (int i = 0; i < 8; ++i)
    bytes[i] = (uint8_t)(value >> (8 * i));
  crucible__sha256_add(hash, bytes, sizeof bytes);
}

static void add_bytes(crucible__sha256 *hash, const void *bytes, int n) {
  add_u64(hash, (uint64_t)n);
  if (n > 0)
    crucible__sha256_add(hash, bytes, (size_t)n);
}

/* A value goes in with its type, so that 1 and '1' differ. */
static void add_value(crucible__sha256 *hash, sqlite3_stmt *row, int column) {
  int type = sqlite3_column_type(row, column);
  add_u64(hash, (uint64_t)type);
  if (type == SQLITE_INTEGER) {
    add_u64(hash, (uint64_t)sqlite3_column_int64(row, column));
  } else if (type == SQLITE_FLOAT) {
    double value = sqlite3_column_double(row, column);
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_u64(hash, bits);
  } else if (type != SQLITE_NULL) {
    const void *bytes = sqlite3_column_blob(row, column);
    add_bytes(hash, bytes, sqlite3_column_bytes(row, column));
  }
}

static crucible_status add_table(crucible_store *store, crucible__sha256 *hash,
                                 const char *table) {
  crucible__text sql = {0};
  crucible__text_addf(&sql, "SELECT * FROM \"%s\" ORDER BY rowid", table);
  if (sql.failed)
    return crucible__fail(CRUCIBLE_E_NOMEM, "out of memory for a statement");
  crucible__statement *rows;
  crucible_status status = crucible__statement_prepare(store, sql.data, &rows);
  crucible__text_free(&sql);
  if (status != CRUCIBLE_OK)
    return status;
  int n_columns = sqlite3_column_count(rows->handle);
  add_bytes(hash, table, (int)strlen(table));
  add_u64(hash, (uint64_t)n_columns);
  for (int i = 0; i < n_columns; ++i) {
    const char *name = sqlite3_column_name(rows->handle, i);
    add_bytes(hash, name, name ? (int)strlen(name) : 0);
  }
  uint64_t n_rows = 0;
  for (int has_row;; ++n_rows) {
    status = crucible__statement_next(rows, &has_row);
    if (status != CRUCIBLE_OK || !has_row)
      break;
    for (int i = 0; i < n_columns; ++i)
      add_value(hash, rows->handle, i);
  }
  add_u64(hash, n_rows);
  crucible__statement_destroy(rows);
  return status;
}

crucible_status crucible_store_digest(crucible_store *store,
                                      uint8_t digest[32]) {
  if (store == NULL || digest == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          store == NULL ? "store" : "digest");
  crucible__statement *tables;
  CRUCIBLE__TRY(crucible__statement_prepare(
      store,
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
      "'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'about\\_%' ESCAPE '\\' "
      "ORDER BY name",
      &tables));
  crucible__sha256 hash;
  crucible__sha256_init(&hash);
  crucible_status status;
  for (int has_row;;) {
    status = crucible__statement_next(tables, &has_row);
    if (status != CRUCIBLE_OK || !has_row)
      break;
    char *name = crucible__strdup(crucible__column_text(tables, 0));
    status = name ? add_table(store, &hash, name) : CRUCIBLE_E_NOMEM;
    crucible__free(name);
    if (status != CRUCIBLE_OK)
      break;
  }
  crucible__statement_destroy(tables);
  if (status == CRUCIBLE_OK)
    crucible__sha256_end(&hash, digest);
  return status;
}
