/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that asks the system for the time. */
#ifndef CRUCIBLE__CLOCK_H
#define CRUCIBLE__CLOCK_H

#include <stdint.h>

#include <crucible/runtime.h>

#include "base/internal.h"

/* UTC, ms since 1970, of the injected clock. */
CRUCIBLE__SHARED int64_t crucible__clock_now_ms(void);

/* ns since some moment, never backwards: for waiting and for budgets in
   seconds, never for anything that a result depends on. */
CRUCIBLE__SHARED int64_t crucible__clock_monotonic_ns(void);

#endif
