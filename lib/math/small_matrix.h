/* SPDX-License-Identifier: Apache-2.0 */
/* Symmetric matrices of a few rows: row-major, n x n, no BLAS, fixed order. */
#ifndef CRUCIBLE__SMALL_MATRIX_H
#define CRUCIBLE__SMALL_MATRIX_H

#include <stddef.h>

/* Lower Cholesky factor of a, in place (the upper triangle is left as it is).
   0 if a is not positive definite to working accuracy, else 1. */
int crucible__cholesky(double *a, size_t n);

/* Solves L x = b, or L' x = b, in place. */
void crucible__solve_lower(const double *l, size_t n, double *x);
void crucible__solve_lower_transposed(const double *l, size_t n, double *x);

/* Inverse of the matrix whose factor is l; inverse is all of n x n. */
void crucible__cholesky_inverse(const double *l, size_t n, double *inverse);

#endif
