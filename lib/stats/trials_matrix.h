/* SPDX-License-Identifier: Apache-2.0 */
/* A caller's matrix of returns, checked: rows are observations, columns are
   trials. */
#ifndef CRUCIBLE__TRIALS_MATRIX_H
#define CRUCIBLE__TRIALS_MATRIX_H

#include <stddef.h>

#include <crucible/status.h>
#include <crucible/types.h>

static inline double crucible__at(const crucible_matrix *m, size_t row,
                                  size_t col) {
  return m
      ->data[(ptrdiff_t)row * m->row_stride + (ptrdiff_t)col * m->col_stride];
}

/* At least so many rows (else E_TOO_SHORT) and columns, all finite and at most 1e100 in
   size. The text names the argument. */
crucible_status crucible__trials_check(const crucible_matrix *returns,
                                       const char *name, size_t min_rows,
                                       size_t min_cols);

/* E_DOMAIN naming the first column, of rows from first on, whose returns are
   all equal, to within rounding. */
crucible_status crucible__trials_vary(const crucible_matrix *returns,
                                      const char *name, size_t first);

/* Column col of n rows, around its mean and of length 1, into x[t * step]. */
void crucible__trials_standardise(const crucible_matrix *returns, size_t col,
                                  double *x, size_t step);

#endif
