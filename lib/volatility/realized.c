/* SPDX-License-Identifier: Apache-2.0 */
/* Realised variance of bars from finer ones. */
#include <crucible/realized.h>

#include <math.h>

#include "base/base_status.h"

static crucible_status check_fine(const crucible_bars *fine,
                                  int64_t timeframe_ms) {
  if (fine->struct_size < sizeof *fine)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "fine.struct_size is %zu: set it to "
                          "sizeof(crucible_bars)",
                          fine->struct_size);
  if (fine->n > 0 &&
      (fine->open_time_ms == NULL || fine->open == NULL || fine->close == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "fine lacks open_time_ms, open or close");
  if (fine->timeframe_ms < 1 || timeframe_ms < fine->timeframe_ms ||
      timeframe_ms % fine->timeframe_ms != 0 ||
      timeframe_ms / fine->timeframe_ms > UINT32_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "timeframe_ms is %lld: give a multiple of the finer "
                          "bars' %lld",
                          (long long)timeframe_ms,
                          (long long)fine->timeframe_ms);
  for (size_t i = 0; i < fine->n; ++i) {
    if (i > 0 && fine->open_time_ms[i] <= fine->open_time_ms[i - 1])
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "fine.open_time_ms[%zu] is %lld, not after %lld: "
                            "sort the bars by time, each once",
                            i, (long long)fine->open_time_ms[i],
                            (long long)fine->open_time_ms[i - 1]);
    if (!(fine->close[i] > 0) || !isfinite(fine->close[i]) ||
        !(fine->open[i] > 0) || !isfinite(fine->open[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "fine bar %zu opens at %g and closes at %g: prices "
                            "are > 0",
                            i, fine->open[i], fine->close[i]);
  }
  return CRUCIBLE_OK;
}

static crucible_status check_bars(const int64_t *open_time_ms, size_t n,
                                  int64_t timeframe_ms) {
  for (size_t i = 0; i < n; ++i) {
    if (open_time_ms[i] % timeframe_ms != 0 ||
        open_time_ms[i] > INT64_MAX - timeframe_ms)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "open_time_ms[%zu] is %lld: bars open at multiples "
                            "of timeframe_ms = %lld",
                            i, (long long)open_time_ms[i],
                            (long long)timeframe_ms);
    if (i > 0 && open_time_ms[i] <= open_time_ms[i - 1])
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "open_time_ms[%zu] is %lld, not after %lld: sort "
                            "the bars by time, each once",
                            i, (long long)open_time_ms[i],
                            (long long)open_time_ms[i - 1]);
  }
  return CRUCIBLE_OK;
}

static double square(double x) { return x * x; }

/* Of finer bars begin to end - 1, at least one. */
static double variance_of(const crucible_bars *fine, size_t begin, size_t end) {
  const int follows =
      begin > 0 && fine->open_time_ms[begin - 1] ==
                       fine->open_time_ms[begin] - fine->timeframe_ms;
  double before = follows ? fine->close[begin - 1] : fine->open[begin];
  double sum = 0;
  for (size_t i = begin; i < end; ++i) {
    sum += square(log(fine->close[i] / before));
    before = fine->close[i];
  }
  return sum;
}

crucible_status crucible_realized_variance(const crucible_bars *fine,
                                           const int64_t *open_time_ms,
                                           size_t n, int64_t timeframe_ms,
                                           uint32_t least, double *variance,
                                           uint32_t *found) {
  if (fine == NULL || open_time_ms == NULL || variance == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          fine == NULL           ? "fine"
                          : open_time_ms == NULL ? "open_time_ms"
                                                 : "variance");
  CRUCIBLE__TRY(check_fine(fine, timeframe_ms));
  const uint32_t all = (uint32_t)(timeframe_ms / fine->timeframe_ms);
  if (least > all)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "least is %u: a bar holds %u finer ones", least, all);
  CRUCIBLE__TRY(check_bars(open_time_ms, n, timeframe_ms));
  const size_t wanted = least == 0 ? all : least;
  size_t begin = 0;
  for (size_t i = 0; i < n; ++i) {
    while (begin < fine->n && fine->open_time_ms[begin] < open_time_ms[i])
      ++begin;
    size_t end = begin;
    while (end < fine->n &&
           fine->open_time_ms[end] < open_time_ms[i] + timeframe_ms)
      ++end;
    variance[i] =
        end - begin < wanted ? (double)NAN : variance_of(fine, begin, end);
    if (found != NULL)
      found[i] = (uint32_t)(end - begin);
    begin = end;
  }
  return CRUCIBLE_OK;
}
