/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a caller's view of bars. */
#ifndef CRUCIBLE__BARS_H
#define CRUCIBLE__BARS_H

#include <math.h>
#include <stddef.h>

#include <crucible/series.h>
#include <crucible/types.h>

#include "base/internal.h"

/*
 * Copies a caller's view into one of this library's size: what the caller's
 * struct_size does not reach is absent. Refuses NULL, a wrong struct_size,
 * n > 0 without a column that every bar has, and timeframe_ms <= 0. Looks at
 * no bar: crucible_bars_validate() does.
 */
CRUCIBLE__SHARED crucible_status
crucible__bars_check_view(const crucible_bars *bars, crucible_bars *copy);

/* Bar i of a checked view; NaN stands for an absent column. */
static inline crucible_bar crucible__bars_at(const crucible_bars *bars,
                                             size_t i) {
  const double absent = (double)NAN;
  return (crucible_bar){
      .open_time_ms = bars->open_time_ms[i],
      .open = bars->open[i],
      .high = bars->high[i],
      .low = bars->low[i],
      .close = bars->close[i],
      .volume = bars->volume[i],
      .quote_volume = bars->quote_volume ? bars->quote_volume[i] : absent,
      .trades = bars->trades ? bars->trades[i] : absent,
      .taker_buy_base = bars->taker_buy_base ? bars->taker_buy_base[i] : absent,
  };
}

/* One bar out of the bars [begin, end), at least one; the sum of an absent
   column is 0. */
CRUCIBLE__SHARED crucible_bar crucible__bars_merge(const crucible_bars *bars,
                                                   size_t begin, size_t end,
                                                   int64_t open_time_ms);

/* The first bar whose open time is >= time_ms; n if there is none. */
CRUCIBLE__SHARED size_t crucible__bars_find(const crucible_bars *bars,
                                            int64_t time_ms);

#endif
