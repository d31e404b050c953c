/* SPDX-License-Identifier: Apache-2.0 */
/* printf whose decimal point is a point, whatever the process's locale is. */
#ifndef CRUCIBLE__FORMAT_H
#define CRUCIBLE__FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#include "base/internal.h"

/* vsnprintf as in the C locale. */
int crucible__vformat(char *text, size_t size, const char *format,
                      va_list arguments) __attribute__((format(printf, 3, 0)));

/* snprintf as in the C locale. */
CRUCIBLE__SHARED int crucible__format(char *text, size_t size,
                                      const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
