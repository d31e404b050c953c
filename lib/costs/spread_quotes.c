/* SPDX-License-Identifier: Apache-2.0 */
/* The spread where it is seen: quoted, and paid. */
#include <math.h>

#include <crucible/spread.h>

#include "base/base_status.h"

static crucible_status check_quotes(const crucible_quote *quotes, size_t n) {
  if (quotes == NULL && n > 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "quotes is NULL");
  for (size_t i = 0; i < n; ++i) {
    const crucible_quote *q = &quotes[i];
    if (!(q->bid > 0 && q->bid <= q->ask && q->ask <= 1e300))
      return crucible__fail(
          CRUCIBLE_E_DATA,
          "quotes[%zu] has bid %g and ask %g: give 0 < bid <= "
          "ask",
          i, q->bid, q->ask);
    if (i > 0 && q->time_ms < quotes[i - 1].time_ms)
      return crucible__fail(
          CRUCIBLE_E_DATA,
          "quotes[%zu] is before the one before it: sort them "
          "by time",
          i);
  }
  return CRUCIBLE_OK;
}

static double middle(const crucible_quote *quote) {
  return quote->bid + (quote->ask - quote->bid) / 2;
}

crucible_status crucible_spread_quoted(const crucible_quote *quotes, size_t n,
                                       int64_t end_ms, double *spread) {
  if (spread == NULL || n == 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s",
                          n == 0 ? "n is 0: give at least one quote"
                                 : "spread is NULL");
  CRUCIBLE__TRY(check_quotes(quotes, n));
  if (end_ms <= quotes[0].time_ms || end_ms < quotes[n - 1].time_ms)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "end_ms is %lld: give a time after the first quote "
                          "and not before the last",
                          (long long)end_ms);
  double sum = 0, time = 0;
  for (size_t i = 0; i < n; ++i) {
    const int64_t until = i + 1 < n ? quotes[i + 1].time_ms : end_ms;
    const double stood = (double)until - (double)quotes[i].time_ms;
    sum += (quotes[i].ask - quotes[i].bid) / middle(&quotes[i]) * stood;
    time += stood;
  }
  *spread = sum / time;
  return CRUCIBLE_OK;
}

static crucible_status check_prints(const crucible_prints *prints) {
  const size_t n = prints->n;
  if (n > 0 && (prints->time_ms == NULL || prints->price == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID, "prints.%s is NULL",
                          prints->time_ms == NULL ? "time_ms" : "price");
  for (size_t i = 0; i < n; ++i) {
    const double weight = prints->quantity != NULL ? prints->quantity[i] : 1;
    if (!(prints->price[i] > 0 && prints->price[i] <= 1e300 && weight > 0 &&
          weight <= 1e300))
      return crucible__fail(CRUCIBLE_E_DATA,
                            "prints[%zu] has price %g and quantity %g: give "
                            "finite numbers > 0",
                            i, prints->price[i], weight);
    if (i > 0 && prints->time_ms[i] < prints->time_ms[i - 1])
      return crucible__fail(
          CRUCIBLE_E_DATA,
          "prints[%zu] is before the one before it: sort them "
          "by time",
          i);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_spread_effective(const crucible_prints *prints,
                                          const crucible_quote *quotes,
                                          size_t n_quotes, double *spread,
                                          size_t *n_used) {
  crucible_prints read = {.struct_size = sizeof read};
  if (prints == NULL || spread == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          prints == NULL ? "prints" : "spread");
  CRUCIBLE__TRY(
      crucible__options_read(&read, sizeof read, prints, "crucible_prints"));
  CRUCIBLE__TRY(check_prints(&read));
  CRUCIBLE__TRY(check_quotes(quotes, n_quotes));
  double sum = 0, weights = 0;
  size_t used = 0, behind = 0; /* quotes before the trade */
  for (size_t i = 0; i < read.n; ++i) {
    while (behind < n_quotes && quotes[behind].time_ms < read.time_ms[i])
      ++behind;
    if (behind == 0)
      continue;
    const double mid = middle(&quotes[behind - 1]);
    const double weight = read.quantity != NULL ? read.quantity[i] : 1;
    sum += 2 * fabs(read.price[i] - mid) / mid * weight;
    weights += weight;
    ++used;
  }
  if (used == 0)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "none of %zu trades has a quote before it", read.n);
  *spread = sum / weights;
  if (n_used != NULL)
    *n_used = used;
  return CRUCIBLE_OK;
}
