/* SPDX-License-Identifier: Apache-2.0 */
#include "math/small_matrix.h"

#include <float.h>
#include <math.h>

int crucible__cholesky(double *a, size_t n) {
  for (size_t j = 0; j < n; ++j) {
    double pivot = a[j * n + j];
    const double before = pivot;
    for (size_t k = 0; k < j; ++k)
      pivot -= a[j * n + k] * a[j * n + k];
    /* A pivot that is all rounding would make the factor noise. */
    if (!(pivot > 16 * DBL_EPSILON * before) || !isfinite(pivot))
      return 0;
    const double root = sqrt(pivot);
    a[j * n + j] = root;
    for (size_t i = j + 1; i < n; ++i) {
      double sum = a[i * n + j];
      for (size_t k = 0; k < j; ++k)
        sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = sum / root;
    }
  }
  return 1;
}

void crucible__solve_lower(const double *l, size_t n, double *x) {
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k)
      x[i] -= l[i * n + k] * x[k];
    x[i] /= l[i * n + i];
  }
}

void crucible__solve_lower_transposed(const double *l, size_t n, double *x) {
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k)
      x[i] -= l[k * n + i] * x[k];
    x[i] /= l[i * n + i];
  }
}

void crucible__cholesky_inverse(const double *l, size_t n, double *inverse) {
  for (size_t j = 0; j < n; ++j) {
    double *column = inverse + j * n; /* symmetric: a row will do */
    for (size_t i = 0; i < n; ++i)
      column[i] = i == j;
    crucible__solve_lower(l, n, column);
    crucible__solve_lower_transposed(l, n, column);
  }
}
