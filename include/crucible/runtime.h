/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/runtime.h
 * @brief What the library runs on: a thread pool, a clock, a way to stop it.
 *
 * The library starts threads only through a pool that the caller sizes, reads
 * the time of day only through the clock, and decides nothing by it.
 */
#ifndef CRUCIBLE_RUNTIME_H
#define CRUCIBLE_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/** Worker threads; one job runs on it at a time. A call that finds it busy, or
    that a job makes, works on its own thread alone. */
typedef struct crucible_pool crucible_pool;

/** A flag that stops long work from any thread. */
typedef struct crucible_cancel crucible_cancel;

/**
 * The time of day.
 *
 * @param user_data  As given to crucible_set_clock().
 * @return UTC, ms since 1970.
 */
typedef int64_t (*crucible_clock_cb)(void *user_data);

/**
 * Starts worker threads.
 *
 * @param[in]  n_threads  Threads that work on a job, the caller's included:
 *                        1 starts none; 0 means one per processor that this
 *                        process may use; at most 1024.
 * @param[out] pool       NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or more than 1024 threads.
 * @retval CRUCIBLE_E_NOMEM   Out of memory, or no thread could be started.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_pool_create(uint32_t n_threads, crucible_pool **pool);

/**
 * Ends the threads. No job may be running.
 *
 * @param[in] pool  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_pool_destroy(crucible_pool *pool);

/**
 * Threads that work on a job, the caller's included.
 *
 * @param[in] pool  NULL counts as one thread.
 * @return At least 1.
 * @since 0.1
 */
CRUCIBLE_API uint32_t crucible_pool_threads(const crucible_pool *pool);

/**
 * A flag in the state "go on".
 *
 * @param[out] cancel  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_cancel_create(crucible_cancel **cancel);

/**
 * Frees the flag. Nothing may be looking at it.
 *
 * @param[in] cancel  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_cancel_destroy(crucible_cancel *cancel);

/**
 * Asks all work that was given the flag to stop; it ends with
 * CRUCIBLE_E_CANCELLED within a second. Safe in a signal handler.
 *
 * @param[in] cancel  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_cancel_request(crucible_cancel *cancel);

/**
 * Whether a stop was asked for.
 *
 * @param[in] cancel  NULL is never cancelled.
 * @return 0 or 1.
 * @since 0.1
 */
CRUCIBLE_API int crucible_cancel_is_requested(const crucible_cancel *cancel);

/**
 * Replaces the system clock, which stamps journals and nothing else.
 *
 * @param[in] callback   NULL goes back to the system clock. Any thread.
 * @param[in] user_data  Passed to each call.
 * @since 0.1
 */
CRUCIBLE_API void crucible_set_clock(crucible_clock_cb callback,
                                     void *user_data);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_RUNTIME_H */
