/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__EGARCH_ERRORS_H
#define CRUCIBLE__EGARCH_ERRORS_H

#include "volatility/egarch_newton.h"

/*
 * Standard errors of the parameters list[n] at a point that was closed, in the
 * caller's units; NaN for the others. 0 if the Hessian bends the wrong way.
 */
int crucible__egarch_errors(const crucible__egarch_problem *problem,
                            const crucible__egarch_point *point,
                            const int *list, size_t n, double *classic,
                            double *robust);

#endif
