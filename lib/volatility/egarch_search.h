/* SPDX-License-Identifier: Apache-2.0 */
/* Climbs the likelihood: by damped steps from afar, by Newton's near the top. */
#ifndef CRUCIBLE__EGARCH_SEARCH_H
#define CRUCIBLE__EGARCH_SEARCH_H

#include "volatility/egarch_newton.h"

/*
 * Climbs from point->theta. A finite loglik says that likelihood, score and a
 * Hessian (an estimate will do) are there already. near: how far from the top
 * the start may be, in log-likelihood, for Newton to try it alone first.
 */
void crucible__egarch_climb(crucible__egarch_problem *problem, double near,
                            crucible__egarch_point *point);

#endif
