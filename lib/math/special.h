/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__SPECIAL_H
#define CRUCIBLE__SPECIAL_H

/*
 * ln Gamma(x + 1/2) - ln Gamma(x) and its first two derivatives, x > 0.
 * Needed by Student's t law, where lgamma() would cancel for many degrees of
 * freedom, gives no derivative, and writes to a global.
 */
void crucible__lgamma_half_step(double x, double out[3]);

/* ln Gamma(x), psi(x) and psi'(x), x > 0. */
void crucible__lgamma_psi(double x, double out[3]);

/* P(X > x) of the gamma law with shape a > 0 and scale 1, x >= 0: with a = k / 2
   and x half of a statistic, the p-value of a chi-squared one with k degrees. */
double crucible__gamma_upper(double a, double x);

/* P(X <= x) of the beta law, a, b > 0: the regularised incomplete beta
   function. */
double crucible__beta_lower(double a, double b, double x);

#endif
