/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/alloc.h
 * @brief The caller's own allocator.
 *
 * Covers what the library allocates itself. XGBoost and OpenBLAS offer
 * no such hook and keep the C library's allocator. Threads: set once, before
 * any other call.
 */
#ifndef CRUCIBLE_ALLOC_H
#define CRUCIBLE_ALLOC_H

#include <stddef.h>

#include <crucible/export.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/**
 * Four functions with the C library's meanings; each may be called from any
 * thread at any time. Frozen: no field will ever be added.
 */
typedef struct crucible_allocator {
  void *(*malloc)(size_t n_bytes, void *user_data);             /**< malloc */
  void *(*calloc)(size_t n, size_t n_bytes, void *user_data);   /**< calloc */
  void *(*realloc)(void *old, size_t n_bytes, void *user_data); /**< realloc */
  void (*free)(void *old, void *user_data);                     /**< free */
  void *user_data; /**< passed as the last argument of each */
} crucible_allocator;

/**
 * Replaces the allocator of the whole library.
 *
 * @param[in] allocator  Copied; every function must be given.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a function is NULL.
 * @retval CRUCIBLE_E_STATE   The library has already allocated something.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_set_allocator(const crucible_allocator *allocator);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_ALLOC_H */
