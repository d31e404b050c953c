/* SPDX-License-Identifier: Apache-2.0 */
/* Bars for tests of features: generated, read from a golden file, or copied
   from a view; the caller may change them. */
#ifndef TESTS_SUPPORT_MADE_BARS_H
#define TESTS_SUPPORT_MADE_BARS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/types.h>

enum { MADE_COLUMNS = 8, MADE_STEP_MS = 300000 };

/* Kinds of markets. */
enum {
  MADE_PLAIN,  /* a random walk with all columns */
  MADE_GAPS,   /* the same with missing bars */
  MADE_HALTS,  /* runs of bars without a trade, equal prices and volumes */
  MADE_FLAT,   /* one price, one volume */
  MADE_SILENT, /* one price, no volume */
  MADE_TINY,   /* prices about 1e-7, a tick of 1e-9 */
  MADE_WILD,   /* 1e9 next to 1e-7, in price and volume */
  MADE_KINDS
};

typedef struct made_bars {
  crucible_bars view; /* all columns, pointing below */
  int64_t *time;
  double *column[MADE_COLUMNS]; /* open high low close volume quote_volume
                                   trades taker_buy_base */
} made_bars;

/* The same bits for the same seed. Stop the program on failure. */
made_bars *made_bars_generate(int kind, size_t n, uint64_t seed);
made_bars *made_bars_read(const char *path);
made_bars *made_bars_copy(const crucible_bars *view, size_t begin, size_t end);
void made_bars_free(made_bars *bars);

/* The next of a generator's numbers, in [0, 1). */
double made_uniform(uint64_t *state);

#endif
