/* SPDX-License-Identifier: Apache-2.0 */
/* Six bars by hand, of which tests change what they like. Include after
   <cmocka.h>. */
#ifndef TESTS_SUPPORT_SAMPLE_BARS_H
#define TESTS_SUPPORT_SAMPLE_BARS_H

#include <stdint.h>

#include <crucible/series.h>

#include "support/statuses.h"

enum { SAMPLE_BARS = 6, MINUTE = 60000 };

/* Six minutes from 0 on; the fifth is missing. */
typedef struct sample {
  int64_t time[SAMPLE_BARS];
  double open[SAMPLE_BARS], high[SAMPLE_BARS], low[SAMPLE_BARS],
      close[SAMPLE_BARS], volume[SAMPLE_BARS], quote[SAMPLE_BARS],
      trades[SAMPLE_BARS], taker[SAMPLE_BARS];
  crucible_bars bars;
} sample;

static inline void sample_fill(sample *s) {
  for (int i = 0; i < SAMPLE_BARS; ++i) {
    s->time[i] = (int64_t)MINUTE * (i < 4 ? i : i + 1);
    s->open[i] = 100 + i;
    s->high[i] = 103 + i;
    s->low[i] = 99 + i;
    s->close[i] = 101 + i;
    s->volume[i] = (i + 1) / 10.0;
    s->quote[i] = 101 * (i + 1) / 10.0;
    s->trades[i] = i;
    s->taker[i] = (i + 1) / 20.0;
  }
  s->bars = (crucible_bars){.struct_size = sizeof s->bars,
                            .n = SAMPLE_BARS,
                            .open_time_ms = s->time,
                            .open = s->open,
                            .high = s->high,
                            .low = s->low,
                            .close = s->close,
                            .volume = s->volume,
                            .quote_volume = s->quote,
                            .trades = s->trades,
                            .taker_buy_base = s->taker,
                            .timeframe_ms = MINUTE,
                            .symbol = "X",
                            .price_tick = 0.01,
                            .lot_step = 0.001};
}

static inline crucible_series *series_of(const crucible_bars *bars) {
  crucible_series *series;
  assert_ok(crucible_series_create(bars, &series));
  return series;
}

#endif
