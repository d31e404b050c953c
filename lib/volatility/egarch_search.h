/* SPDX-License-Identifier: Apache-2.0 */
/* Climbs the likelihood: NLopt from afar, Newton near the top. */
#ifndef CRUCIBLE__EGARCH_SEARCH_H
#define CRUCIBLE__EGARCH_SEARCH_H

#include "volatility/egarch_newton.h"

/*
 * Climbs from point->theta. tolerance is of the log-likelihood, relative.
 * Returns 0 if NLopt had no memory.
 */
int crucible__egarch_climb(crucible__egarch_problem *problem, double tolerance,
                           const crucible__egarch_scratch *scratch,
                           crucible__egarch_point *point);

#endif
