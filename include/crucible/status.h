/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/status.h
 * @brief What a call returns, and the text of what went wrong.
 *
 * A call that can fail returns a crucible_status and nothing else. 0 is
 * success, failures are negative. The text of the latest failure is kept per
 * thread. Threads: any.
 */
#ifndef CRUCIBLE_STATUS_H
#define CRUCIBLE_STATUS_H

#include <stdint.h>

#include <crucible/export.h>

CRUCIBLE_BEGIN_DECLS

/** Outcome of a call: CRUCIBLE_OK or one of the negative codes below. */
typedef int32_t crucible_status;

/** All codes: name, value, what the caller can do about it. */
#define CRUCIBLE_STATUS_MAP(XX)                                                \
  XX(OK, 0, "success")                                                         \
  XX(E_INVALID, -1, "an argument is wrong: correct the call")                  \
  XX(E_NOMEM, -2, "out of memory")                                             \
  XX(E_VERSION, -3, "made by or for another version of the library")           \
  XX(E_TOO_SHORT, -4, "needs more history: push more and ask again")           \
  XX(E_DOMAIN, -5, "the value is not defined for these inputs")                \
  XX(E_STATE, -6, "not allowed in the object's present state")                 \
  XX(E_IO, -7, "a file or a device failed")                                    \
  XX(E_TLS, -8, "the secure connection failed")                                \
  XX(E_PROTOCOL, -9, "the other side broke the protocol")                      \
  XX(E_VENUE, -10, "the venue refused")                                        \
  XX(E_STORE, -11, "the database failed or holds something else")              \
  XX(E_MODEL, -12, "the model backend failed")                                 \
  XX(E_CALLBACK, -13, "a callback of the caller asked to stop")                \
  XX(E_CANCELLED, -14, "cancelled by request")                                 \
  XX(E_UNSUPPORTED, -15, "this build or this release cannot do it")            \
  XX(E_DATA, -16,                                                              \
     "the data given are malformed: correct them at the place named")

/** Makes one constant of the list; gone after the next lines. */
#define CRUCIBLE_STATUS_CONSTANT(name, value, text) CRUCIBLE_##name = (value),
/** The codes as constants: CRUCIBLE_OK, CRUCIBLE_E_INVALID, ... */
enum { CRUCIBLE_STATUS_MAP(CRUCIBLE_STATUS_CONSTANT) };
#undef CRUCIBLE_STATUS_CONSTANT

/**
 * Name of a code, such as "CRUCIBLE_E_INVALID".
 *
 * @param[in] status  Any value.
 * @return A static string; "CRUCIBLE_E_?" for a value that is no code.
 * @since 0.1
 */
CRUCIBLE_API const char *crucible_status_name(crucible_status status);

/**
 * What a code means, in one short phrase.
 *
 * @param[in] status  Any value.
 * @return A static string; "unknown status" for a value that is no code.
 * @since 0.1
 */
CRUCIBLE_API const char *crucible_status_text(crucible_status status);

/**
 * Text of this thread's latest failure: the argument, its value, the remedy.
 *
 * Never cleared by a success: look at the returned status first.
 *
 * @return A string owned by the thread, overwritten by its next failure; ""
 *         before the first.
 * @since 0.1
 */
CRUCIBLE_API const char *crucible_last_error(void);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_STATUS_H */
