/* SPDX-License-Identifier: Apache-2.0 */
/* Gaps and sessions: what the times of the bars tell. */
#include "base/base_status.h"
#include "series/bars.h"

/* Both listings: a buffer for the first ones, and how many there are. */
static crucible_status check_list(const char *name, const void *items,
                                  size_t capacity, const size_t *n) {
  if (n == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "n is NULL");
  if (items == NULL && capacity > 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is NULL with capacity %zu: give 0 to count only",
                          name, capacity);
  return CRUCIBLE_OK;
}

/* ms from the close of bar i - 1 to the open of bar i, where there are any. */
static uint64_t break_before(const crucible_bars *bars, size_t i) {
  const int64_t *t = bars->open_time_ms;
  if (t[i] <= t[i - 1]) /* not validated */
    return 0;
  uint64_t distance = (uint64_t)t[i] - (uint64_t)t[i - 1];
  uint64_t length = (uint64_t)bars->timeframe_ms;
  return distance > length ? distance - length : 0;
}

crucible_status crucible_bars_gaps(const crucible_bars *bars,
                                   crucible_gap *gaps, size_t capacity,
                                   size_t *n) {
  crucible_bars view;
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  CRUCIBLE__TRY(check_list("gaps", gaps, capacity, n));
  size_t found = 0;
  for (size_t i = 1; i < view.n; ++i) {
    uint64_t missing = break_before(&view, i) / (uint64_t)view.timeframe_ms;
    if (missing == 0)
      continue;
    if (found < capacity)
      gaps[found] = (crucible_gap){
          i, view.open_time_ms[i - 1] + view.timeframe_ms, missing};
    ++found;
  }
  *n = found;
  return CRUCIBLE_OK;
}

crucible_status crucible_bars_sessions(const crucible_bars *bars,
                                       int64_t max_break_ms,
                                       crucible_session *sessions,
                                       size_t capacity, size_t *n) {
  crucible_bars view;
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  CRUCIBLE__TRY(check_list("sessions", sessions, capacity, n));
  if (max_break_ms < 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "max_break_ms is %lld: give 0 or more",
                          (long long)max_break_ms);
  size_t found = 0, begin = 0;
  for (size_t i = 1; i <= view.n; ++i) {
    if (i < view.n && break_before(&view, i) <= (uint64_t)max_break_ms)
      continue;
    if (found < capacity)
      sessions[found] = (crucible_session){begin, i};
    ++found;
    begin = i;
  }
  *n = found;
  return CRUCIBLE_OK;
}
