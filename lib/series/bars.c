/* SPDX-License-Identifier: Apache-2.0 */
#include "series/bars.h"

#include <string.h>

#include "base/base_status.h"
#include "series/bar_rules.h"

/* Up to here every caller's struct must reach: the columns and timeframe_ms. */
enum {
  SMALLEST_VIEW = offsetof(crucible_bars, timeframe_ms) + sizeof(int64_t),
  LARGEST_VIEW = 4096 /* beyond this struct_size was never set */
};

static crucible_status check_columns(const crucible_bars *bars) {
  const struct {
    const void *data;
    const char *name;
  } needed[] = {{bars->open_time_ms, "open_time_ms"},
                {bars->open, "open"},
                {bars->high, "high"},
                {bars->low, "low"},
                {bars->close, "close"},
                {bars->volume, "volume"}};
  for (size_t i = 0; i < sizeof needed / sizeof needed[0]; ++i)
    if (needed[i].data == NULL)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "bars.%s is NULL with n = %zu: every bar needs it",
                            needed[i].name, bars->n);
  return CRUCIBLE_OK;
}

crucible_status crucible__bars_check_view(const crucible_bars *bars,
                                          crucible_bars *copy) {
  if (bars == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "bars is NULL");
  size_t given = bars->struct_size;
  if (given < SMALLEST_VIEW || given > LARGEST_VIEW)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "bars.struct_size is %zu: set it to "
                          "sizeof(crucible_bars)",
                          given);
  for (size_t i = sizeof *copy; i < given; ++i)
    if (((const unsigned char *)bars)[i] != 0)
      return crucible__fail(CRUCIBLE_E_VERSION,
                            "bars sets a field unknown to this library "
                            "(byte %zu of %zu): leave it zero or upgrade",
                            i, given);
  crucible_bars view = {0};
  memcpy(&view, bars, given < sizeof view ? given : sizeof view);
  view.struct_size = sizeof view;
  if (view.n > 0)
    CRUCIBLE__TRY(check_columns(&view));
  if (view.timeframe_ms <= 0 || view.timeframe_ms > CRUCIBLE__TIMEFRAME_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "bars.timeframe_ms is %lld: give the length of a "
                          "bar, such as 300000",
                          (long long)view.timeframe_ms);
  *copy = view;
  return CRUCIBLE_OK;
}

size_t crucible__bars_find(const crucible_bars *bars, int64_t time_ms) {
  size_t low = 0, high = bars->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (bars->open_time_ms[middle] < time_ms)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

crucible_status crucible_bars_slice(const crucible_bars *bars, int64_t from_ms,
                                    int64_t until_ms, crucible_bars *slice) {
  crucible_bars view;
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  if (slice == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "slice is NULL");
  size_t begin = crucible__bars_find(&view, from_ms);
  size_t end = crucible__bars_find(&view, until_ms);
  view.n = end > begin ? end - begin : 0;
  if (view.n > 0) { /* else the columns may be NULL */
    view.open_time_ms += begin;
    view.open += begin;
    view.high += begin;
    view.low += begin;
    view.close += begin;
    view.volume += begin;
    view.quote_volume += view.quote_volume != NULL ? begin : 0;
    view.trades += view.trades != NULL ? begin : 0;
    view.taker_buy_base += view.taker_buy_base != NULL ? begin : 0;
  }
  return crucible__result_write(slice, &view, sizeof view, "slice");
}
