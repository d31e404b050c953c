/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__BASE_LOG_H
#define CRUCIBLE__BASE_LOG_H

#include <stdint.h>

#include <crucible/log.h>

#include "base/internal.h"

CRUCIBLE__SHARED void crucible__log(int32_t level, const char *module,
                                    const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
