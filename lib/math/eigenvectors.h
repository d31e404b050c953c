/* SPDX-License-Identifier: Apache-2.0 */
/* Eigenvectors of symmetric matrices of up to a few hundred rows, on one
   thread. Sums have a fixed order: the same bits at each vector level. */
#ifndef CRUCIBLE__EIGENVECTORS_H
#define CRUCIBLE__EIGENVECTORS_H

#include <stddef.h>

/*
 * a: n rows, stride apart (a multiple of 8, what is behind a row 0), both
 * triangles; overwritten. values[n], in no order, and vectors, rows like those
 * of a: row i has length 1 and belongs to values[i]. scratch[4 * stride].
 * Returns 0 if a has a number that is not finite, or no end was found.
 */
int crucible__eigenvectors(double *a, size_t n, size_t stride, double *values,
                           double *vectors, double *scratch);

#endif
