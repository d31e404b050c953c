/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/store.h
 * @brief Where a tournament is kept: one database file that survives.
 *
 * SQLite in WAL mode, one file. A store knows tables, rows and transactions;
 * what the tables mean is the business of the modules that use it.
 *
 * Threads: one at a time per store; one process at a time per writable store.
 */
#ifndef CRUCIBLE_STORE_H
#define CRUCIBLE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/** How to open a store. */
enum {
  CRUCIBLE_STORE_CREATE = 1, /**< new; a file that is there is refused */
  CRUCIBLE_STORE_READ = 2,  /**< as it is, never written; beside a writer too */
  CRUCIBLE_STORE_RESUME = 3 /**< to go on with what is there: made if there is
                                  none, completed if its making was cut off */
};

/** An open database. */
typedef struct crucible_store crucible_store;

/**
 * Opens a database. One that is opened to be written belongs to this process
 * until it is closed: another one is refused. RESUME checks every page.
 *
 * @param[in]  path   The file; its folder must exist and, to create it, be
 *                    writable.
 * @param[in]  mode   CRUCIBLE_STORE_*.
 * @param[out] store  NULL on failure; a file is left behind only by success, or
 *                    if it was there before.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or another mode.
 * @retval CRUCIBLE_E_STATE   To be created, but it is there already.
 * @retval CRUCIBLE_E_VERSION Written by a newer version of this library.
 * @retval CRUCIBLE_E_STORE   Not a database of this library, damaged, in use
 *                            by another process, read-only or full disk: the
 *                            text says which.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_store_open(const char *path, int32_t mode, crucible_store **store);

/**
 * Closes a database; what was not committed is gone.
 *
 * @param[in] store  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_store_close(crucible_store *store);

/**
 * SHA-256 over every row of every table but those whose name begins with
 * "about_": these hold when and on which machine something ran. Equal records
 * give equal digests; a changed field changes it.
 *
 * @param[in]  store   Not NULL.
 * @param[out] digest  [32] bytes.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STORE   A page is damaged.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_store_digest(crucible_store *store, uint8_t digest[32]);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_STORE_H */
