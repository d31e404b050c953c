/* SPDX-License-Identifier: Apache-2.0 */
/* Where searches begin. */
#ifndef CRUCIBLE__EGARCH_START_H
#define CRUCIBLE__EGARCH_START_H

#include "volatility/egarch_newton.h"

enum {
  CRUCIBLE__EGARCH_GRID = 4,      /* starts of the grid */
  CRUCIBLE__EGARCH_RELATIVES = 16 /* starts of a model with more lags */
};

/*
 * arch's grid of 48, tried on the first returns: the best of each beta, best
 * first. The likelihood often has a hill at a wrong beta. Lags beyond the first
 * are 0.
 */
void crucible__egarch_grid(
    const crucible__egarch_problem *problem,
    double starts[CRUCIBLE__EGARCH_GRID][CRUCIBLE__EGARCH_K]);

/* Degrees of freedom that give the kurtosis of the returns (method of
   moments), as arch starts; 1.5 for GED. */
double crucible__egarch_start_nu(const crucible__egarch_data *data);

/*
 * What a fit with one lag of each, at theta of base, says about a model with
 * more: itself, itself with a factor on both sides of the recursion that
 * cancels (as likely, but elsewhere on the ridge), spread over the lags, at the
 * last lag, with lags of opposite sign, and with a shorter memory. Returns how
 * many.
 */
int crucible__egarch_relatives(
    const crucible__egarch_form *base, const double *theta,
    const crucible__egarch_form *form,
    double starts[CRUCIBLE__EGARCH_RELATIVES][CRUCIBLE__EGARCH_K]);

#endif
