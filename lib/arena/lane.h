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

  /* a longer timeframe: the bar that is still open */
  crucible_bar partial;
  int has_partial;

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
 * Feeds a bar of the shortest timeframe into a longer one. Gives up to two
 * bars that are closed by it: one that was left open when its last parts went
 * missing, which closed before this bar began, and the one that this bar
 * completes.
 */
typedef struct crucible__closed {
  crucible_bar late, now;
  int has_late, has_now;
} crucible__closed;

crucible__closed crucible__lane_aggregate(crucible__lane *lane,
                                          const crucible_bar *bar,
                                          int64_t base_ms);

/* Number of the stream of a feature, made and warmed up over all bars so far
   where there is none yet. */
crucible_status crucible__lane_stream(crucible__lane *lane,
                                      const crucible_feature_spec *spec,
                                      size_t *stream);
/* Takes the newest streams back until n are left. */
void crucible__lane_trim(crucible__lane *lane, size_t n);

/* The columns as they are now. */
crucible_bars crucible__lane_bars(const crucible__lane *lane,
                                  const char *symbol, double price_tick,
                                  double lot_step);

#endif
