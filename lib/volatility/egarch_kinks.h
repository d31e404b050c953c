/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The corners of the likelihood in mu. |z_t| has no derivative where mu equals
 * return t, so the likelihood, seen along mu, is a smooth hill with as many
 * corners as there are returns: small ones, but where many returns are equal
 * (bars without a trade: 0) the top itself may be a corner, where no score
 * vanishes, and there may be two tops. With lags in the mean the same holds
 * along each phi.
 */
#ifndef CRUCIBLE__EGARCH_KINKS_H
#define CRUCIBLE__EGARCH_KINKS_H

#include <stddef.h>

#include "volatility/egarch_pass.h"

/* Another place for a parameter of the mean, as the hill and the corners
   predict it. */
typedef struct crucible__egarch_top {
  double step;   /* from where it is */
  double gain;   /* of the log-likelihood, predicted */
  int is_corner; /* a residual is 0 there: mu, if it is mu, exactly value */
  double value;
  double jump; /* of the score where it is, left to right */
} crucible__egarch_top;

/*
 * The best place near theta along one parameter of the mean, mu or a phi: gain 0
 * and step 0 if it is where that stands. links: those of theta. newton: the
 * step that a smooth hill asks for, deviation: the standard error. The score at
 * theta is taken with sign(0) = 1, that is from the left of mu.
 */
crucible__egarch_top crucible__egarch_best_top(
    const crucible__egarch_data *data, const double *theta, int along,
    const crucible__egarch_links *links, double newton, double deviation);

#endif
