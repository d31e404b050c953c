/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated prices of EDGE's authors, edge_ohlc.csv beside golden.json, as
 * bars of one minute; where CRUCIBLE_SHARED_DIR is not empty.
 */
#ifndef TESTS_SUPPORT_EDGE_OHLC_H
#define TESTS_SUPPORT_EDGE_OHLC_H

#include <stdio.h>
#include <stdlib.h>

#include <crucible/types.h>

enum { EDGE_OHLC_BARS = 10000 };

typedef struct edge_ohlc {
  crucible_bars bars;
  int64_t time[EDGE_OHLC_BARS];
  double price[4][EDGE_OHLC_BARS], volume[EDGE_OHLC_BARS];
} edge_ohlc;

static inline edge_ohlc *edge_ohlc_read(void) {
  edge_ohlc *read = calloc(1, sizeof *read);
  assert_non_null(read);
  FILE *file = fopen(CRUCIBLE_SHARED_DIR "/golden/edge_ohlc.csv", "r");
  assert_non_null(file);
  char line[256];
  size_t n = 0;
  assert_non_null(fgets(line, sizeof line, file));
  while (n < EDGE_OHLC_BARS && fgets(line, sizeof line, file) != NULL) {
    char *at = line;
    for (int c = 0; c < 4; ++c) {
      read->price[c][n] = strtod(at, &at);
      ++at;
    }
    read->time[n] = (int64_t)n * 60000;
    ++n;
  }
  assert_int_equal(fclose(file), 0);
  assert_int_equal(n, EDGE_OHLC_BARS);
  read->bars = (crucible_bars){.struct_size = sizeof read->bars,
                               .n = n,
                               .open_time_ms = read->time,
                               .open = read->price[0],
                               .high = read->price[1],
                               .low = read->price[2],
                               .close = read->price[3],
                               .volume = read->volume,
                               .timeframe_ms = 60000};
  return read;
}

static inline void edge_ohlc_free(edge_ohlc *read) { free(read); }

#endif
