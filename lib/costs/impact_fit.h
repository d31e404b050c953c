/* SPDX-License-Identifier: Apache-2.0 */
/* Y and the exponent from sums. */
#ifndef CRUCIBLE__IMPACT_FIT_H
#define CRUCIBLE__IMPACT_FIT_H

#include <crucible/impact.h>

#include "costs/impact_sums.h"

/* Fills y to share_high, and block_ms to n_free, of a fit that is all zero; the
   options checked. */
void crucible__impact_fit_sums(const crucible__impact_sums *sums,
                               const crucible_impact_options *options,
                               crucible_impact_fit *fit);

#endif
