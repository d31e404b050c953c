/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__MOMENTS_H
#define CRUCIBLE__MOMENTS_H

#include <stddef.h>

#include <crucible/stats.h>

#include "math/moment_sums.h"

/* E_INVALID with the index of the first value that is not finite. */
crucible_status crucible__check_finite(const double *x, size_t n,
                                       const char *name);

/* Moments from sums of at least two values; E_DOMAIN if they are all equal or
   their powers cannot be represented. */
crucible_status crucible__moments_from(const crucible__moment_sums *sums,
                                       crucible_moments *moments);

#endif
