/* SPDX-License-Identifier: Apache-2.0 */
/* Inner loops of crucible__gram() and crucible__eigenvalues(). */
#ifndef CRUCIBLE__SPECTRUM_KERNEL_H
#define CRUCIBLE__SPECTRUM_KERNEL_H

#include <stddef.h>

/* out[i * out_stride + j] += sum over length (a multiple of 8) of x_i * y_j, for
   n_x rows x and n_y rows y that are stride apart. */
typedef void (*crucible__dot_rows)(const double *x, size_t n_x, const double *y,
                                   size_t n_y, size_t stride, size_t length,
                                   double *out, size_t out_stride);

/* Vectors of a Householder step; see eigenvalues.c. */
typedef struct crucible__reflection {
  const double *u, *q; /* of the step before, still to be taken off the rows */
  const double *v;     /* of this one */
  double *p;           /* gets what the rows add to the matrix times v */
} crucible__reflection;

/* Rows [from, to) of a lower triangle whose rows are stride apart. */
typedef void (*crucible__reflect_rows)(double *a, size_t stride, size_t from,
                                       size_t to,
                                       const crucible__reflection *step);

typedef struct crucible__spectrum_calls {
  crucible__dot_rows dot_rows;
  crucible__reflect_rows reflect_rows;
} crucible__spectrum_calls;

/* Those of the processor's level. */
const crucible__spectrum_calls *crucible__spectrum_calls_now(void);

#endif
