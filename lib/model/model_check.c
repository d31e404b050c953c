/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/base_status.h"
#include "model/model_kinds.h"

static crucible_status check_matrix(const char *name,
                                    const crucible_matrix *m) {
  if (m->data == NULL || m->cols == 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s: %s", name,
                          m->data == NULL ? "data is NULL" : "no column");
  return crucible__model_check_features(name, m);
}

crucible_status crucible__model_check_features(const char *name,
                                               const crucible_matrix *m) {
  for (size_t i = 0; i < m->rows; ++i) {
    const double *row = m->data + (ptrdiff_t)i * m->row_stride;
    for (size_t j = 0; j < m->cols; ++j) {
      double x = row[(ptrdiff_t)j * m->col_stride];
      if (fabs(x) > (double)FLT_MAX) /* false for a NaN: missing */
        return crucible__fail(CRUCIBLE_E_INVALID,
                              "%s: row %zu, column %zu is %g: must be finite "
                              "in single precision, or NaN for missing",
                              name, i, j, x);
    }
  }
  return CRUCIBLE_OK;
}

static crucible_status check_target(const char *name, const double *target,
                                    size_t n) {
  if (target == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL", name);
  for (size_t i = 0; i < n; ++i)
    if (!isfinite(target[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "%s: row %zu is %g, must be finite", name, i,
                            target[i]);
  return CRUCIBLE_OK;
}

static crucible_status check_weight(const double *weight, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    if (!isfinite(weight[i]) || weight[i] < 0)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "weight: row %zu is %g, must be >= 0", i,
                            weight[i]);
    sum += weight[i];
  }
  if (!(sum > 0 && isfinite(sum)))
    return crucible__fail(CRUCIBLE_E_INVALID, "weight: they add up to %g", sum);
  return CRUCIBLE_OK;
}

crucible_status crucible__model_check_task(const crucible_model_task *task) {
  const crucible_matrix *x = &task->features, *valid = &task->valid_features;
  if (task->max_rounds == 0 || task->max_rounds > INT32_MAX ||
      task->patience == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "max_rounds is %u and patience %u: both must be "
                          "at least 1",
                          task->max_rounds, task->patience);
  if (x->rows < 2)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "features: %zu training rows, at least 2 are needed",
                          x->rows);
  CRUCIBLE__TRY(check_matrix("features", x));
  CRUCIBLE__TRY(check_target("target", task->target, x->rows));
  if (task->weight != NULL)
    CRUCIBLE__TRY(check_weight(task->weight, x->rows));
  if (valid->rows == 0)
    return CRUCIBLE_OK;
  if (valid->cols != x->cols)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "valid_features: %zu columns, features have %zu",
                          valid->cols, x->cols);
  CRUCIBLE__TRY(check_matrix("valid_features", valid));
  return check_target("valid_target", task->valid_target, valid->rows);
}

crucible_status
crucible__model_check_params(const crucible_model_backend *backend,
                             const double *params, size_t n_params) {
  if (n_params != backend->n_params || (params == NULL && n_params > 0))
    return crucible__fail(
        CRUCIBLE_E_INVALID, "params: %zu values given, %s takes %zu",
        params == NULL ? 0 : n_params, backend->kind, backend->n_params);
  crucible_space *space;
  CRUCIBLE__TRY(crucible_space_create(&space));
  crucible_status status =
      crucible_model_add_space(backend->kind, space, "", -1, 0);
  if (status == CRUCIBLE_OK)
    status = crucible_space_check(space, params);
  crucible_space_destroy(space);
  return status;
}
