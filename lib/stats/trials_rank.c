/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With the trials' standardised columns as X, X'X is their correlation matrix
 * and XX' has the same eigenvalues but zeros: the smaller of the two is solved.
 */
#include <math.h>

#include <crucible/selection.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "math/spectrum.h"
#include "stats/trials_matrix.h"

typedef struct job {
  const crucible_matrix *returns;
  size_t n, stride; /* rows of x, and their distance */
  int is_by_trial;  /* whether they are trials, or observations */
  double *x, *gram, *values;
} job;

static crucible_status add_trial(size_t k, uint32_t worker, void *data) {
  job *j = data;
  (void)worker;
  if (j->is_by_trial)
    crucible__trials_standardise(j->returns, k, j->x + k * j->stride, 1);
  else
    crucible__trials_standardise(j->returns, k, j->x + k, j->stride);
  return CRUCIBLE_OK;
}

static double effective_rank(const double *values, size_t n) {
  double sum = 0, entropy = 0;
  for (size_t i = 0; i < n; ++i)
    sum += values[i] > 0 ? values[i] : 0;
  for (size_t i = 0; i < n; ++i) {
    const double share = values[i] / sum;
    if (share > 0)
      entropy -= share * log(share);
  }
  return exp(entropy > 0 ? entropy : 0);
}

static crucible_status run(job *j, crucible_pool *pool,
                           const crucible_cancel *cancel, double *effective) {
  j->x = crucible__alloc_zero(j->n, j->stride * sizeof *j->x);
  if (j->x == NULL)
    return CRUCIBLE_E_NOMEM;
  j->gram =
      crucible__alloc_zero(j->n, crucible__row_stride(j->n) * sizeof *j->gram);
  if (j->gram == NULL)
    return CRUCIBLE_E_NOMEM;
  j->values = crucible__alloc(j->n, sizeof *j->values);
  if (j->values == NULL)
    return CRUCIBLE_E_NOMEM;
  CRUCIBLE__TRY(
      crucible__pool_run(pool, j->returns->cols, add_trial, j, cancel));
  CRUCIBLE__TRY(crucible__gram(j->x, j->n, j->stride, j->gram, pool, cancel));
  CRUCIBLE__TRY(crucible__eigenvalues(j->gram, j->n, j->values, pool, cancel));
  *effective = effective_rank(j->values, j->n);
  return CRUCIBLE_OK;
}

crucible_status crucible_trials_effective_rank(const crucible_matrix *returns,
                                               crucible_pool *pool,
                                               const crucible_cancel *cancel,
                                               double *effective) {
  if (effective == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "effective is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible__trials_check(returns, "returns", 2, 1));
  CRUCIBLE__TRY(crucible__trials_vary(returns, "returns", 0));
  const size_t rows = returns->rows, cols = returns->cols;
  job j = {.returns = returns, .is_by_trial = cols <= rows};
  j.n = j.is_by_trial ? cols : rows;
  j.stride = crucible__row_stride(j.is_by_trial ? rows : cols);
  const crucible_status status = run(&j, pool, cancel, effective);
  crucible__free(j.values);
  crucible__free(j.gram);
  crucible__free(j.x);
  return status;
}
