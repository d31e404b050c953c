/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A power that has the same bits everywhere: glibc's pow differs in the last
 * bit between processors. Built on + - * / and sqrt alone, so that a vector
 * version of it can give the same bits too.
 */
#ifndef CRUCIBLE__POWER_H
#define CRUCIBLE__POWER_H

/* x^y for finite x >= 0 and 0 < y <= 1, within 1e-13 relative. */
double crucible__power(double x, double y);

#endif
