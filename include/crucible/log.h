/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/log.h
 * @brief Where the library's messages go: to the caller's hook or nowhere.
 *
 * The library never prints. Secrets never reach the hook. Threads: the hook is
 * called from any thread, one call at a time; it must not call the library.
 */
#ifndef CRUCIBLE_LOG_H
#define CRUCIBLE_LOG_H

#include <stdint.h>

#include <crucible/export.h>

CRUCIBLE_BEGIN_DECLS

/** Severity of a message; a higher number says less. */
enum {
  CRUCIBLE_LOG_ERROR = 1, /**< something failed */
  CRUCIBLE_LOG_WARN = 2,  /**< something is odd but went on */
  CRUCIBLE_LOG_INFO = 3,  /**< milestones */
  CRUCIBLE_LOG_DEBUG = 4  /**< details */
};

/**
 * Receives one message.
 *
 * @param level      One of CRUCIBLE_LOG_*.
 * @param module     The module that speaks, such as "series".
 * @param text       One line without a newline, valid during the call.
 * @param user_data  As given to crucible_set_log().
 */
typedef void (*crucible_log_cb)(int32_t level, const char *module,
                                const char *text, void *user_data);

/**
 * Sets the hook; without one nothing is said.
 *
 * @param[in] callback   NULL turns logging off.
 * @param[in] user_data  Passed to each call.
 * @param[in] level      The most detailed level that is passed on.
 * @since 0.1
 */
CRUCIBLE_API void crucible_set_log(crucible_log_cb callback, void *user_data,
                                   int32_t level);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_LOG_H */
