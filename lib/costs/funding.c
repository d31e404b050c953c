/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include <crucible/costs.h>

#include "base/base_status.h"
#include "base/numtext.h"
#include "costs/funding.h"
#include "series/bar_rules.h"
#include "series/bars.h"

/* A time as texts show it. */
typedef struct shown_time {
  char text[CRUCIBLE__TIME_TEXT + 1];
} shown_time;

static shown_time show(int64_t time_ms) {
  shown_time shown;
  shown.text[crucible__write_time(time_ms, shown.text)] = 0;
  return shown;
}

crucible_status crucible__funding_check(const int64_t *time_ms,
                                        const double *rate, size_t i) {
  if (time_ms[i] < CRUCIBLE__TIME_FIRST || time_ms[i] > CRUCIBLE__TIME_LAST)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "the time is %lld: give ms since 1970",
                          (long long)time_ms[i]);
  if (!(fabs(rate[i]) < 1))
    return crucible__fail(CRUCIBLE_E_DATA,
                          "the funding rate is %g: give a fraction of the "
                          "notional between -1 and 1, such as 0.0001 for "
                          "0.01 %%",
                          rate[i]);
  if (i == 0 || time_ms[i] > time_ms[i - 1])
    return CRUCIBLE_OK;
  if (time_ms[i] == time_ms[i - 1])
    return crucible__fail(CRUCIBLE_E_DATA,
                          "the time %s is there twice: keep one of the rates",
                          show(time_ms[i]).text);
  return crucible__fail(CRUCIBLE_E_DATA,
                        "the time %s is before %s of the rate before: sort "
                        "them by time",
                        show(time_ms[i]).text, show(time_ms[i - 1]).text);
}

/* A rate stamped so long after a bar's open belongs to that open: venues stamp
   some milliseconds late. */
static int64_t lateness(const crucible_bars *bars) {
  int64_t half = bars->timeframe_ms / 2;
  return half < 60000 ? half : 60000;
}

/* No time within [from, until], where bars are, may be longer than the interval
   without a rate. */
static crucible_status check_hole(int64_t from_ms, int64_t until_ms,
                                  int64_t first_ms, int64_t last_ms,
                                  int64_t most_ms, int64_t interval_ms) {
  int64_t begin = from_ms > first_ms ? from_ms : first_ms;
  int64_t end = until_ms < last_ms ? until_ms : last_ms;
  if (end - begin <= most_ms)
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_DATA,
                        "there is no funding rate between %s and %s, and one "
                        "is due every %g hours: complete the history, or give "
                        "interval_ms 0 to take a hole as no funding",
                        show(begin).text, show(end).text,
                        (double)interval_ms / 3600000);
}

static crucible_status check_history(const crucible_bars *bars,
                                     const int64_t *time_ms, const double *rate,
                                     size_t n, int64_t interval_ms) {
  int64_t first_ms = bars->open_time_ms[0];
  int64_t last_ms = bars->open_time_ms[bars->n - 1];
  int64_t before_ms = CRUCIBLE__TIME_FIRST;
  int64_t most_ms = interval_ms + lateness(bars);
  for (size_t i = 0; i < n; ++i) {
    crucible_status status = crucible__funding_check(time_ms, rate, i);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "rate %zu", i);
    if (interval_ms > 0)
      CRUCIBLE__TRY(check_hole(before_ms, time_ms[i], first_ms, last_ms,
                               most_ms, interval_ms));
    before_ms = time_ms[i];
  }
  if (interval_ms == 0)
    return CRUCIBLE_OK;
  /* one that is due at the last open has to be there */
  return check_hole(before_ms, CRUCIBLE__TIME_LAST, first_ms, last_ms,
                    interval_ms - 1, interval_ms);
}

crucible_status crucible_funding_align(const crucible_bars *bars,
                                       const int64_t *time_ms,
                                       const double *rate, size_t n,
                                       int64_t interval_ms, double *funding) {
  crucible_bars view;
  CRUCIBLE__TRY(crucible_bars_validate(bars));
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  if (n > 0 && (time_ms == NULL || rate == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          time_ms == NULL ? "time_ms" : "rate");
  if (interval_ms < 0 || interval_ms > CRUCIBLE__TIMEFRAME_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "interval_ms is %lld: give the longest time between "
                          "two rates, such as 28800000, or 0",
                          (long long)interval_ms);
  if (view.n == 0)
    return CRUCIBLE_OK;
  if (funding == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "funding is NULL");
  CRUCIBLE__TRY(check_history(&view, time_ms, rate, n, interval_ms));
  int64_t late = lateness(&view);
  size_t next = 0;
  while (next < n && time_ms[next] < view.open_time_ms[0])
    ++next; /* nobody here held a position then */
  for (size_t i = 0; i < view.n; ++i) {
    funding[i] = 0;
    for (; next < n && time_ms[next] <= view.open_time_ms[i] + late; ++next)
      funding[i] += rate[next];
  }
  return CRUCIBLE_OK;
}
