/* SPDX-License-Identifier: Apache-2.0 */
/* Simulations of every kind, drawn over recorded bars. */
#ifndef TESTS_SUPPORT_DRAWN_SETTING_H
#define TESTS_SUPPORT_DRAWN_SETTING_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/simulate.h>

#include "support/recorded.h"

enum { COLUMNS = 6, FIELDS = 10, PARTS = 3, REQUESTS = 60 };

typedef struct setting {
  recorded *source[2];
  crucible_bars bars[2];
  crucible_market markets[2];
  crucible_instrument instruments[2];
  crucible_plan plans[COLUMNS];
  crucible_backtest_options options;
  crucible_simulation simulation;
  uint32_t market_of[COLUMNS];
  crucible_request *requests; /* [COLUMNS * REQUESTS] */
  double *field[FIELDS];
  unsigned char *flag[4];
  size_t first[COLUMNS], end[COLUMNS];
  size_t n;
} setting;

/* The same for the same seed; stops the program on failure. */
setting *draw_setting(recorded *bitcoin, recorded *future, uint64_t seed);
void free_setting(setting *s);

/* What is given at bar i of column c; NaN, 0: nothing. */
int flag_at(const crucible_flags *flags, size_t i, size_t c);
double value_at(const crucible_matrix *m, size_t i, size_t c);

/* n bars from number at on. */
crucible_bars slice_of(const crucible_bars *bars, size_t at, size_t n);

/* The numbers that go on behind a setting: in [0, 1), in [0, n). */
double draw(void);
size_t draw_below(size_t n);

/* Zeroed; stops the program on failure. */
void *need(size_t n, size_t size);

#endif
