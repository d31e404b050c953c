/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inner products of the rows of a matrix, and the eigenvalues of a symmetric
 * one. Sums have a fixed order: the same bits for any number of threads and any
 * vector level.
 */
#ifndef CRUCIBLE__SPECTRUM_H
#define CRUCIBLE__SPECTRUM_H

#include <stddef.h>

#include <crucible/runtime.h>
#include <crucible/status.h>

/* Row lengths in memory: multiples of 8, what is behind the row 0. */
static inline size_t crucible__row_stride(size_t n) { return (n + 7) / 8 * 8; }

/* The lower triangle of x x', rows of x stride apart (a multiple of 8); rows of
   gram are crucible__row_stride(n) apart. */
crucible_status crucible__gram(const double *x, size_t n, size_t stride,
                               double *gram, crucible_pool *pool,
                               const crucible_cancel *cancel);

/* Eigenvalues of the n x n matrix in a's lower triangle, in no order; a is
   overwritten. values[n]. */
crucible_status crucible__eigenvalues(double *a, size_t n, double *values,
                                      crucible_pool *pool,
                                      const crucible_cancel *cancel);

#endif
