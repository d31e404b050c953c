/* SPDX-License-Identifier: Apache-2.0 */
/* What a set of features is made of: its lanes, and the step of one. */
#ifndef CRUCIBLE__FEATURE_SET_H
#define CRUCIBLE__FEATURE_SET_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include <crucible/features.h>

#include "base/base_status.h"
#include "features/feature_kind.h"

/* One feature with its state. */
typedef struct crucible__feature_lane {
  const crucible__feature *feature;
  double params[CRUCIBLE_FEATURE_PARAMS_MAX];
  size_t lookback;
  void *state;
  double *memory;
  size_t memory_size; /* doubles */
} crucible__feature_lane;

/* Where a series stands. */
typedef struct crucible__feature_cursor {
  uint64_t index;  /* bars seen */
  int64_t time_ms; /* of the last one */
  int64_t slot;
} crucible__feature_cursor;

struct crucible_feature_set {
  size_t n;
  uint32_t needs; /* of all features together */
  uint32_t uses;
  int64_t timeframe_ms;
  crucible__feature_cursor at;
  crucible_bar prev;
  crucible__feature_lane lanes[]; /* [n], then the states, then their memory */
};

static inline int64_t crucible__feature_slot(const crucible__feature_cursor *at,
                                             const crucible_bar *bar,
                                             int64_t timeframe_ms) {
  int64_t time_ms = bar->open_time_ms;
  if (at->index > 0 && time_ms - at->time_ms == timeframe_ms)
    return at->slot + 1; /* what the division would give */
  return time_ms / timeframe_ms - (time_ms % timeframe_ms < 0);
}

/* Checks a bar that follows and gives its slot. */
crucible_status crucible__feature_bar_check(const crucible__feature_cursor *at,
                                            const crucible_bar *bar,
                                            uint32_t needs,
                                            int64_t timeframe_ms,
                                            int64_t *slot);

/* CRUCIBLE_NEEDS_* bits of the optional columns that the bars have. */
static inline uint32_t crucible__features_columns(const crucible_bars *bars) {
  uint32_t has = 0;
  has |= bars->quote_volume ? (uint32_t)CRUCIBLE_NEEDS_QUOTE_VOLUME : 0;
  has |= bars->trades ? (uint32_t)CRUCIBLE_NEEDS_TRADES : 0;
  has |= bars->taker_buy_base ? (uint32_t)CRUCIBLE_NEEDS_TAKER_BUY_BASE : 0;
  return has;
}

/* prev is not looked at for index 0. */
static inline crucible__tick crucible__feature_tick_of(uint64_t index,
                                                       const crucible_bar *bar,
                                                       const crucible_bar *prev,
                                                       int64_t slot,
                                                       uint32_t uses) {
  crucible__tick tick = {
      .bar = bar, .prev = index > 0 ? prev : bar, .index = index, .slot = slot};
  if (uses & CRUCIBLE__USES_RETURN)
    tick.log_return = log(bar->close / tick.prev->close);
  if (uses & CRUCIBLE__USES_RANGE) {
    tick.log_ho = log(bar->high / bar->open);
    tick.log_lo = log(bar->low / bar->open);
    tick.log_co = log(bar->close / bar->open);
  }
  return tick;
}

static inline double crucible__feature_lane_step(crucible__feature_lane *l,
                                                 const crucible__tick *tick) {
  double value = l->feature->step(l->state, tick);
  return tick->index < l->lookback ? (double)NAN : value;
}

static inline void crucible__feature_advance(crucible__feature_cursor *at,
                                             const crucible_bar *bar,
                                             int64_t slot) {
  at->time_ms = bar->open_time_ms;
  at->slot = slot;
  at->index += 1;
}

#endif
