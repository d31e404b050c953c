/* SPDX-License-Identifier: Apache-2.0 */
/* Three bars as text, and the look at what was read of them. Include after <cmocka.h>. */
#ifndef TESTS_SUPPORT_CSV_TEXT_H
#define TESTS_SUPPORT_CSV_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/series.h>

#include "support/near.h"
#include "support/series_files.h"

/* 2024-03-01T00:00:00Z and the minutes after it. */
#define T0 1709251200000
#define HEADER "open_time,open,high,low,close,volume\n"
#define ROW0 "1709251200000,100,102,99,101,5\n"
#define ROW1 "1709251260000,101,103,100,102,6\n"
#define ROW2 "1709251320000,102,104,101,103,7\n"
/* What follows a time. */
#define REST ",100,102,99,101,5\n"

#define FULL_HEADER                                                            \
  "open_time,open,high,low,close,volume,close_time,quote_volume,trades,"       \
  "taker_buy_base,taker_buy_quote\n"

static inline crucible_csv_options options(void) {
  crucible_csv_options o;
  crucible_csv_options_init(&o, sizeof o);
  return o;
}

/* Three minutes from T0 on with the figures of ROW0 to ROW2. */
static inline void check_three(const crucible_series *series) {
  const crucible_bars b = view_of(series);
  assert_int_equal(b.n, 3);
  assert_int_equal(b.timeframe_ms, 60000);
  for (int i = 0; i < 3; ++i) {
    assert_int_equal(b.open_time_ms[i], T0 + i * 60000);
    assert_same_bits(b.open[i], 100 + i);
    assert_same_bits(b.high[i], 102 + i);
    assert_same_bits(b.low[i], 99 + i);
    assert_same_bits(b.close[i], 101 + i);
    assert_same_bits(b.volume[i], 5 + i);
  }
}

#endif
