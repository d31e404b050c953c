/* SPDX-License-Identifier: Apache-2.0 */
/* How the library's own code reports a failure and reads options. */
#ifndef CRUCIBLE__BASE_STATUS_H
#define CRUCIBLE__BASE_STATUS_H

#include <stddef.h>

#include <crucible/status.h>

#include "base/internal.h"

/* Sets this thread's error text and returns status. */
CRUCIBLE__SHARED crucible_status crucible__fail(crucible_status status,
                                                const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, with "<place>: " put before the text that is there already. */
CRUCIBLE__SHARED crucible_status crucible__fail_at(crucible_status status,
                                                   const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Reads a caller's options (struct_size first) over the defaults that dst
 * holds; src NULL keeps them. Refuses sizes and unknown fields that are set.
 */
CRUCIBLE__SHARED crucible_status crucible__options_read(void *dst, size_t known,
                                                        const void *src,
                                                        const char *name);

/* Writes an init function's defaults into a struct of the caller's size. */
CRUCIBLE__SHARED void crucible__options_init(void *dst, size_t given,
                                             const void *defaults,
                                             size_t known);

/*
 * Writes a result into a caller's struct of its own struct_size, which stays
 * as the caller set it.
 */
CRUCIBLE__SHARED crucible_status crucible__result_write(void *dst,
                                                        const void *result,
                                                        size_t known,
                                                        const char *name);

#ifdef __clang_analyzer__ /* tell it which status comes back, so that it does
                             not follow the way where a failure is none */
#define crucible__fail(status, ...)                                            \
  ((void)(crucible__fail)((status), __VA_ARGS__), (status))
#define crucible__fail_at(status, ...)                                         \
  ((void)(crucible__fail_at)((status), __VA_ARGS__), (status))
#endif

#define CRUCIBLE__TRY(call)                                                    \
  do {                                                                         \
    crucible_status crucible__try_status = (call);                             \
    if (crucible__try_status != CRUCIBLE_OK)                                   \
      return crucible__try_status;                                             \
  } while (0)

#endif
