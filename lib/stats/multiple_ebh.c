/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include <crucible/sequential.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

static crucible_status check(const double *log_e, size_t n, double alpha,
                             const int32_t *is_rejected) {
  if (log_e == NULL || is_rejected == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give an array",
                          log_e == NULL ? "log_e" : "is_rejected");
  if (n == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n is 0: give at least one hypothesis");
  if (!(alpha > 0 && alpha < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "alpha is %g: give a number inside (0, 1)", alpha);
  for (size_t i = 0; i < n; ++i)
    if (isnan(log_e[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "log_e[%zu] is NaN: leave out what has no "
                            "evidence, or give 0",
                            i);
  return CRUCIBLE_OK;
}

/* The least k with e >= n / (k alpha), up to rounding in the last digits; n + 1
   if that is more than n. */
static size_t least_k(double log_e, size_t n, double alpha) {
  const double k = ceil((double)n / alpha * exp(-log_e) * (1 - 1e-12));
  return k <= 1 ? 1 : k <= (double)n ? (size_t)k : n + 1;
}

/* No sorting: k is right if at least k hypotheses are content with it. */
crucible_status crucible_ebh(const double *log_e, size_t n, double alpha,
                             int32_t *is_rejected, size_t *n_rejected) {
  CRUCIBLE__TRY(check(log_e, n, alpha, is_rejected));
  size_t *content = crucible__alloc_zero(n, sizeof *content);
  if (content == NULL)
    return CRUCIBLE_E_NOMEM;
  size_t sum = 0, chosen = 0;
  for (size_t i = 0; i < n; ++i) {
    const size_t k = least_k(log_e[i], n, alpha);
    if (k <= n)
      ++content[k - 1];
  }
  for (size_t k = 1; k <= n; ++k) {
    sum += content[k - 1];
    chosen = sum >= k ? k : chosen;
  }
  crucible__free(content);
  for (size_t i = 0; i < n; ++i)
    is_rejected[i] = least_k(log_e[i], n, alpha) <= chosen;
  if (n_rejected != NULL)
    *n_rejected = chosen;
  return CRUCIBLE_OK;
}
