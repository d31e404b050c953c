/* SPDX-License-Identifier: Apache-2.0 */
/* The columns that a series owns. */
#ifndef CRUCIBLE__COLUMNS_H
#define CRUCIBLE__COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/series.h>

#include "series/bar_rules.h"

enum {
  CRUCIBLE__REQUIRED = 1 << CRUCIBLE__OPEN | 1 << CRUCIBLE__HIGH |
                       1 << CRUCIBLE__LOW | 1 << CRUCIBLE__CLOSE |
                       1 << CRUCIBLE__VOLUME
};

struct crucible_series {
  size_t n, capacity;
  int64_t *open_time_ms;               /* [capacity] */
  double *values[CRUCIBLE__N_COLUMNS]; /* [capacity] each, or NULL: absent;
                                          [CRUCIBLE__OPEN_TIME] is not used */
  int64_t timeframe_ms;
  char *symbol; /* NULL: unknown */
  double price_tick, lot_step;
};

/* An empty series without columns; symbol is copied. NULL: out of memory. */
crucible_series *crucible__series_new(const char *symbol);

/*
 * Makes room for n bars in the times and in each column of the set has, a bit
 * 1 << column each, exactly or, with spare, so that pushing stays cheap. The
 * series is unchanged on failure.
 */
crucible_status crucible__series_reserve(crucible_series *series, size_t n,
                                         unsigned has, int spare);

/* The bits of the columns that are present. */
unsigned crucible__series_has(const crucible_series *series);

/* Appends one bar; there is room. */
static inline void crucible__series_push(crucible_series *series,
                                         const crucible_bar *bar) {
  const size_t i = series->n++;
  series->open_time_ms[i] = bar->open_time_ms;
  series->values[CRUCIBLE__OPEN][i] = bar->open;
  series->values[CRUCIBLE__HIGH][i] = bar->high;
  series->values[CRUCIBLE__LOW][i] = bar->low;
  series->values[CRUCIBLE__CLOSE][i] = bar->close;
  series->values[CRUCIBLE__VOLUME][i] = bar->volume;
  if (series->values[CRUCIBLE__QUOTE_VOLUME] != NULL)
    series->values[CRUCIBLE__QUOTE_VOLUME][i] = bar->quote_volume;
  if (series->values[CRUCIBLE__TRADES] != NULL)
    series->values[CRUCIBLE__TRADES][i] = bar->trades;
  if (series->values[CRUCIBLE__TAKER_BUY_BASE] != NULL)
    series->values[CRUCIBLE__TAKER_BUY_BASE][i] = bar->taker_buy_base;
}

/* Refuses a price tick or lot that is negative or not finite. */
crucible_status crucible__check_step(double step, const char *name);

/* Gives back the room that is not used; the bars are there on failure too. */
crucible_status crucible__series_trim(crucible_series *series);

/* The view of a series, whole structs only. */
void crucible__series_lend(const crucible_series *series, crucible_bars *bars);

#endif
