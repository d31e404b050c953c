/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One timeframe of the arena's instrument: its bars so far, what is forecast
 * at their closes, and the features that agents look at, each computed once.
 */
#ifndef CRUCIBLE__LANE_H
#define CRUCIBLE__LANE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/features.h>
#include <crucible/runtime.h>
#include <crucible/types.h>
#include <crucible/volatility.h>

typedef struct crucible__stream crucible__stream;

typedef struct crucible__lane {
  int64_t timeframe_ms;
  uint32_t has;           /* CRUCIBLE_NEEDS_* */
  uint32_t volume_window; /* bars behind the volume forecast */

  /* columns of [n], room for [capacity] */
  size_t n, capacity;
  int64_t *open_time_ms;
  double *open, *high, *low, *close, *volume;
  double *quote_volume, *trades, *taker_buy_base; /* NULL where absent */
  double *sigma, *volume_forecast;

  crucible_egarch_rolling *rolling;

  size_t part_begin; /* of a longer timeframe: base's first bar that is in
                        none of ours yet */

  /* Places of streams; one that nobody looks at is empty until it is taken
     again, so that numbers stay. */
  crucible__stream *streams;
  size_t n_streams, streams_capacity;
  double *values; /* [n_streams] at the last close */
  size_t values_capacity;
} crucible__lane;

crucible_status
crucible__lane_init(crucible__lane *lane, int64_t timeframe_ms, uint32_t has,
                    uint32_t volume_window,
                    const crucible_egarch_rolling_options *rolling);
/* Frees what a lane holds; a lane of zero bytes holds nothing. */
void crucible__lane_clear(crucible__lane *lane);

/* E_DATA unless the bar is sound and follows the last one. */
crucible_status crucible__lane_check(const crucible__lane *lane,
                                     const crucible_bar *bar);

/* Takes a closed bar that was checked: forecasts, then features on the pool.
   Unchanged on failure. */
crucible_status crucible__lane_push(crucible__lane *lane,
                                    const crucible_bar *bar,
                                    crucible_pool *pool);

/*
 * Bars of a longer timeframe out of those of the shortest, base. Late: the one
 * whose last parts are missing, since the next bar of base begins beyond it;
 * to be asked before base takes that bar. Now: the one that the last bar of
 * base completes. Both return 0 if there is none.
 */
int crucible__lane_closed_late(crucible__lane *lane, const crucible__lane *base,
                               int64_t next_open_ms, crucible_bar *bar);
int crucible__lane_closed_now(crucible__lane *lane, const crucible__lane *base,
                              crucible_bar *bar);

/* What has passed of the bar that is going on, and how long it is; 0 if none
   is, or the series began in its midst. */
int crucible__lane_part(const crucible__lane *lane, const crucible__lane *base,
                        crucible_bar *bar, int64_t *length_ms);

/* The columns as they are now. */
crucible_bars crucible__lane_bars(const crucible__lane *lane,
                                  const char *symbol, double price_tick,
                                  double lot_step);

#endif
