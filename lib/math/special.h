/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__SPECIAL_H
#define CRUCIBLE__SPECIAL_H

/*
 * ln Gamma(x + 1/2) - ln Gamma(x) and its first two derivatives, x > 0.
 * Needed by Student's t law, where lgamma() would cancel for many degrees of
 * freedom, gives no derivative, and writes to a global.
 */
void crucible__lgamma_half_step(double x, double out[3]);

#endif
