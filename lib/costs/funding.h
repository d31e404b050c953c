/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__FUNDING_H
#define CRUCIBLE__FUNDING_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

/* Whether rate i of a history is a rate and follows the one before; the text
   has no place. */
crucible_status crucible__funding_check(const int64_t *time_ms,
                                        const double *rate, size_t i);

#endif
