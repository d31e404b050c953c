/* SPDX-License-Identifier: Apache-2.0 */
/* A decaying mean of squared returns. */
#include <crucible/realized.h>

#include <math.h>

#include "base/base_status.h"

crucible_status crucible_ewma_init(crucible_ewma *ewma, double lambda) {
  if (ewma == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "ewma is NULL: give one");
  if (!(lambda >= 0 && lambda < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "lambda is %g: give a number in (0, 1), or 0 for "
                          "0.94",
                          lambda);
  *ewma = (crucible_ewma){.lambda = lambda == 0 ? 0.94 : lambda};
  return CRUCIBLE_OK;
}

crucible_status crucible_ewma_push(crucible_ewma *ewma, double value,
                                   double *variance) {
  if (ewma == NULL || variance == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          ewma == NULL ? "ewma" : "variance");
  if (!(ewma->lambda > 0 && ewma->lambda < 1) || !(ewma->sum >= 0) ||
      !(ewma->weight >= 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "ewma is not as crucible_ewma_init() makes it: "
                          "lambda %g, weight %g",
                          ewma->lambda, ewma->weight);
  if (!(fabs(value) <= 1e100))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "value is %g: push returns within 1e100", value);
  ewma->sum = ewma->lambda * ewma->sum + value * value;
  ewma->weight = ewma->lambda * ewma->weight + 1;
  *variance = ewma->sum / ewma->weight;
  return CRUCIBLE_OK;
}

crucible_status crucible_ewma_forecasts(double lambda, const double *returns,
                                        size_t n, double *variance) {
  crucible_ewma ewma;
  if (returns == NULL || variance == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give an array",
                          returns == NULL ? "returns" : "variance");
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: at least 1 return is needed");
  CRUCIBLE__TRY(crucible_ewma_init(&ewma, lambda));
  for (size_t i = 0; i < n; ++i)
    if (!(fabs(returns[i]) <= 1e100))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "returns[%zu] is %g: give returns within 1e100", i,
                            returns[i]);
  for (size_t i = 0; i < n; ++i)
    CRUCIBLE__TRY(crucible_ewma_push(&ewma, returns[i], &variance[i]));
  return CRUCIBLE_OK;
}
