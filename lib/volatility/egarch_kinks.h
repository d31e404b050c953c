/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The corners of the likelihood in mu. |z_t| has no derivative where mu equals
 * return t, so the likelihood, seen along mu, is a smooth hill with as many
 * corners as there are returns: small ones, but where many returns are equal
 * (bars without a trade: 0) the top itself may be a corner, where no score
 * vanishes, and there may be two tops.
 */
#ifndef CRUCIBLE__EGARCH_KINKS_H
#define CRUCIBLE__EGARCH_KINKS_H

#include <stddef.h>

#include "volatility/egarch_pass.h"

/* Another place for mu, as the hill and the corners predict it. */
typedef struct crucible__egarch_top {
  double step;   /* from the present mu */
  double gain;   /* of the log-likelihood, predicted */
  int is_corner; /* mu equals a return there: exactly value */
  double value;
  double jump; /* of the score at the present mu, left to right */
} crucible__egarch_top;

/*
 * The best place near theta: gain 0 and step 0 if it is where mu stands.
 * links: those of theta. newton: the step of mu that a smooth hill asks for,
 * deviation: the standard error of mu. The score at theta is taken with sign(0) = 1, that is from the
 * left.
 */
crucible__egarch_top crucible__egarch_best_top(
    const crucible__egarch_data *data, const double *theta,
    const crucible__egarch_links *links, double newton, double deviation);

#endif
