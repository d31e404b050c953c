/* SPDX-License-Identifier: Apache-2.0 */
/* A market of one's own, and how long the holdout is. Include after <cmocka.h>. */
#ifndef TESTS_SUPPORT_FORGE_FOLDS_H
#define TESTS_SUPPORT_FORGE_FOLDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "support/forge_world.h"

enum { HOLDOUT = 288, ALL = 7 };

/* The market's columns, to be changed at will. */
typedef struct own_world {
  world w;
  double open[BARS_MAX], high[BARS_MAX], low[BARS_MAX], close[BARS_MAX];
  double volume[BARS_MAX];
} own_world;

static inline own_world *own_of(const world *from) {
  own_world *o = malloc(sizeof *o);
  assert_non_null(o);
  o->w = *from;
  size_t size = from->bars.n * sizeof(double);
  memcpy(o->open, from->bars.open, size);
  memcpy(o->high, from->bars.high, size);
  memcpy(o->low, from->bars.low, size);
  memcpy(o->close, from->bars.close, size);
  memcpy(o->volume, from->bars.volume, size);
  o->w.bars.open = o->open;
  o->w.bars.high = o->high;
  o->w.bars.low = o->low;
  o->w.bars.close = o->close;
  o->w.bars.volume = o->volume;
  o->w.market.bars = &o->w.bars;
  o->w.market.sigma = o->w.sigma;
  o->w.market.volume_forecast = o->w.volume;
  o->w.data.market = &o->w.market;
  o->w.data.instrument = &o->w.instrument;
  return o;
}

#endif
