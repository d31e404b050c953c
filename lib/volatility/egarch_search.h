/* SPDX-License-Identifier: Apache-2.0 */
/* Climbs the likelihood: NLopt from afar, Newton near the top. */
#ifndef CRUCIBLE__EGARCH_SEARCH_H
#define CRUCIBLE__EGARCH_SEARCH_H

#include "volatility/egarch_newton.h"

/*
 * Climbs from point->theta. A finite loglik says that likelihood, score and a
 * Hessian (an estimate will do) are there already. near: how far from the top
 * the start may be, in log-likelihood, for Newton to try it alone first.
 * Returns 0 if NLopt had no memory.
 */
int crucible__egarch_climb(crucible__egarch_problem *problem, double near,
                           crucible__egarch_point *point);

#endif
