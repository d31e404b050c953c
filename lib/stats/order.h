/* SPDX-License-Identifier: Apache-2.0 */
/* Values by their place in order of size. */
#ifndef CRUCIBLE__ORDER_H
#define CRUCIBLE__ORDER_H

#include <stddef.h>

/* Moves x[n], none of them NaN, so that x[k] is the one that sorting would put
   there, with nothing greater before it and nothing smaller behind it. O(n) on
   average, whatever the order of x; the outcome depends on x alone. */
double crucible__order_place(double *x, size_t n, size_t k);

/* The quantile by linear interpolation between places, as NumPy has it; share
   in [0, 1], n >= 1. Moves x. */
double crucible__order_quantile(double *x, size_t n, double share);

#endif
