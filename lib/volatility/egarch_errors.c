/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_errors.h"

#include <math.h>

#include "math/small_matrix.h"

enum {
  K = CRUCIBLE__EGARCH_K,
  MU = CRUCIBLE__EGARCH_MU,
  OMEGA = CRUCIBLE__EGARCH_OMEGA
};

/* out = a b, all n x n */
static void multiply(const double *a, const double *b, size_t n, double *out) {
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      out[i * n + j] = 0;
      for (size_t k = 0; k < n; ++k)
        out[i * n + j] += a[i * n + k] * b[k * n + j];
    }
}

/* The caller's parameter p as a sum of those of the search: mu is scaled, omega
   has (1 - sum of beta) shift, the first beta is the sum less the others, nu of the t laws the inverse. */
static double weight_of(const crucible__egarch_data *data, const double *theta,
                        int p, int of) {
  const int beta = data->form.beta, q = data->form.q;
  if (p == of && p == data->form.nu && data->form.law != CRUCIBLE_LAW_GED &&
      crucible__egarch_shapes(data->form.law) > 0)
    return -1 / (theta[p] * theta[p]);
  if (p == of)
    return p == MU ? 1 / data->scale : 1;
  if (p == OMEGA && q > 0 && of == beta)
    return 2 * log(data->scale);
  return p == beta && q > 0 && of > beta && of < beta + q ? -1 : 0;
}

/*
 * C = A^-1 and A^-1 B A^-1 with A the Hessian of -loglik and B the scores'
 * covariance (Bollerslev and Wooldridge 1992; as in arch: around their mean,
 * divisor n - 1).
 */
int crucible__egarch_errors(const crucible__egarch_problem *problem,
                            const crucible__egarch_point *point,
                            const int *list, size_t n, double *classic,
                            double *robust) {
  const crucible__egarch_data *data = problem->data;
  const double n_returns = (double)data->n;
  double factor[K * K], inverse[K * K], b[K * K], half[K * K], full[K * K];
  for (int p = 0; p < K; ++p)
    classic[p] = robust[p] = (double)NAN;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      factor[i * n + j] = -point->hessian[list[i] * K + list[j]];
      b[i * n + j] = point->closing.outer[list[i] * K + list[j]] * n_returns /
                     (n_returns - 1);
    }
  if (!crucible__cholesky(factor, n))
    return 0;
  crucible__cholesky_inverse(factor, n, inverse);
  multiply(inverse, b, n, half);
  multiply(half, inverse, n, full);
  for (size_t i = 0; i < n; ++i) {
    double weights[K] = {0}, plain = 0, sandwich = 0;
    for (size_t j = 0; j < n; ++j)
      weights[j] = weight_of(data, point->theta, list[i], list[j]);
    for (size_t j = 0; j < n; ++j)
      for (size_t k = 0; k < n; ++k) {
        plain += weights[j] * weights[k] * inverse[j * n + k];
        sandwich += weights[j] * weights[k] * full[j * n + k];
      }
    classic[list[i]] = sqrt(plain);
    robust[list[i]] = sqrt(sandwich);
  }
  return 1;
}
