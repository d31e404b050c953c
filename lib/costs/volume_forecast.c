/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>

#include <crucible/costs.h>

#include "base/base_status.h"

/*
 * Each mean is summed anew over its window, oldest first: what has left the
 * window is out of it to the last bit. A window is a dozen bars.
 */
crucible_status crucible_volume_forecast(const double *volume, size_t n,
                                         size_t window, double *forecast) {
  if (n > 0 && (volume == NULL || forecast == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          volume == NULL ? "volume" : "forecast");
  if (window == 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "window is 0: give at least 1");
  for (size_t i = 0; i < n; ++i)
    if (!(volume[i] >= 0 && volume[i] <= DBL_MAX / (double)window))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "volume[%zu] is %g: it must be finite and >= 0, "
                            "and %zu of it must not overflow",
                            i, volume[i], window);
  for (size_t i = 0; i < n; ++i) {
    if (i + 1 < window) {
      forecast[i] = (double)NAN;
      continue;
    }
    double sum = 0;
    for (size_t k = i + 1 - window; k <= i; ++k)
      sum += volume[k];
    forecast[i] = sum / (double)window;
  }
  return CRUCIBLE_OK;
}
