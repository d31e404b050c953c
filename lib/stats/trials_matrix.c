/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/trials_matrix.h"

#include <math.h>

#include "base/base_status.h"

/* Squares and their sums stay within what a double holds; returns that differ
   by less than the rounding of what they were made from do not differ. */
static const double LARGEST = 1e100;
static const double SMALLEST = 1e-100;
static const double NOISE = 1e-14;

crucible_status crucible__trials_check(const crucible_matrix *returns,
                                       const char *name, size_t min_rows,
                                       size_t min_cols) {
  if (returns == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is NULL: give a matrix [observations x trials]",
                          name);
  if (returns->cols < min_cols)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s has %zu columns: at least %zu trials are needed",
                          name, returns->cols, min_cols);
  if (returns->rows < min_rows)
    return crucible__fail(
        CRUCIBLE_E_TOO_SHORT,
        "%s has %zu rows: at least %zu observations are needed", name,
        returns->rows, min_rows);
  if (returns->data == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.data is NULL: give the returns", name);
  for (size_t t = 0; t < returns->rows; ++t)
    for (size_t j = 0; j < returns->cols; ++j)
      if (!(fabs(crucible__at(returns, t, j)) <= LARGEST))
        return crucible__fail(CRUCIBLE_E_INVALID,
                              "%s[%zu, %zu] is %g: every return must be a "
                              "finite fraction (0.01 = 1 %%)",
                              name, t, j, crucible__at(returns, t, j));
  return CRUCIBLE_OK;
}

crucible_status crucible__trials_vary(const crucible_matrix *returns,
                                      const char *name, size_t first) {
  for (size_t j = 0; j < returns->cols; ++j) {
    double least = crucible__at(returns, first, j), most = least;
    for (size_t t = first; t < returns->rows; ++t) {
      const double x = crucible__at(returns, t, j);
      least = x < least ? x : least;
      most = x > most ? x : most;
    }
    const double size = fmax(fabs(least), fabs(most));
    if (!(most - least > NOISE * size) || most - least < SMALLEST)
      return crucible__fail(
          CRUCIBLE_E_DOMAIN,
          "%s: all returns of column %zu are %g, which has no Sharpe ratio: "
          "leave the trial out",
          name, j, most);
  }
  return CRUCIBLE_OK;
}

void crucible__trials_standardise(const crucible_matrix *returns, size_t col,
                                  double *x, size_t step) {
  const size_t n = returns->rows;
  double sum = 0, squares = 0;
  for (size_t t = 0; t < n; ++t)
    sum += crucible__at(returns, t, col);
  const double mean = sum / (double)n;
  for (size_t t = 0; t < n; ++t) {
    const double d = crucible__at(returns, t, col) - mean;
    x[t * step] = d;
    squares += d * d;
  }
  const double length = sqrt(squares);
  for (size_t t = 0; t < n; ++t)
    x[t * step] /= length;
}
