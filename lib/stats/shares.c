/* SPDX-License-Identifier: Apache-2.0 */
/* Shares of a curve: drawdown, exposure, turnover. */
#include <math.h>

#include <crucible/metrics.h>

#include "base/base_status.h"
#include "stats/moments.h"

static crucible_status check_pointer(const void *pointer, const char *name) {
  if (pointer == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one", name);
  return CRUCIBLE_OK;
}

crucible_status crucible_drawdown(const double *equity, size_t n,
                                  double *drawdown) {
  CRUCIBLE__TRY(check_pointer(equity, "equity"));
  CRUCIBLE__TRY(check_pointer(drawdown, "drawdown"));
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: a drawdown needs at least one bar");
  for (size_t t = 0; t < n; ++t)
    if (!(equity[t] > 0) || !isfinite(equity[t]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "equity[%zu] is %g: a drawdown is a share of a "
                            "capital > 0",
                            t, equity[t]);
  double peak = equity[0];
  for (size_t t = 0; t < n; ++t) {
    peak = fmax(peak, equity[t]);
    drawdown[t] = 1 - equity[t] / peak;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_exposure(const double *position, size_t n,
                                  double *exposure) {
  size_t held = 0;
  CRUCIBLE__TRY(check_pointer(position, "position"));
  CRUCIBLE__TRY(check_pointer(exposure, "exposure"));
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: exposure needs at least one bar");
  CRUCIBLE__TRY(crucible__check_finite(position, n, "position"));
  for (size_t t = 0; t < n; ++t)
    held += position[t] != 0;
  *exposure = (double)held / (double)n;
  return CRUCIBLE_OK;
}

crucible_status crucible_turnover(const double *notional, size_t n_fills,
                                  const double *equity, size_t n,
                                  double *turnover) {
  double traded = 0, sum = 0;
  if (n_fills > 0)
    CRUCIBLE__TRY(check_pointer(notional, "notional"));
  CRUCIBLE__TRY(check_pointer(equity, "equity"));
  CRUCIBLE__TRY(check_pointer(turnover, "turnover"));
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: turnover needs at least one bar of equity");
  CRUCIBLE__TRY(crucible__check_finite(notional, n_fills, "notional"));
  CRUCIBLE__TRY(crucible__check_finite(equity, n, "equity"));
  for (size_t i = 0; i < n_fills; ++i)
    traded += fabs(notional[i]);
  for (size_t t = 0; t < n; ++t)
    sum += equity[t];
  const double mean = sum / (double)n;
  if (!(mean > 0) || !isfinite(traded / mean))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "%g traded over a mean equity of %g: turnover needs "
                          "a capital > 0",
                          traded, mean);
  *turnover = traded / mean;
  return CRUCIBLE_OK;
}
