/* SPDX-License-Identifier: Apache-2.0 */
#include "arena/lane.h"

#include <math.h>
#include <string.h>

#include <crucible/costs.h>
#include <crucible/series.h>

#include "arena/streams.h"
#include "backtest/bar_check.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "series/bars.h"

enum {
  FEATURES_PER_JOB = 16,
  FEATURES_WORTH_A_POOL = 1024 /* fewer are done before a thread wakes up */
};

crucible_status
crucible__lane_init(crucible__lane *lane, int64_t timeframe_ms, uint32_t has,
                    uint32_t volume_window,
                    const crucible_egarch_rolling_options *rolling) {
  memset(lane, 0, sizeof *lane);
  lane->timeframe_ms = timeframe_ms;
  lane->has = has;
  lane->volume_window = volume_window;
  return crucible_egarch_rolling_create(rolling, &lane->rolling);
}

void crucible__lane_clear(crucible__lane *lane) {
  for (size_t i = 0; i < lane->n_streams; ++i)
    crucible_feature_set_destroy(lane->streams[i].set);
  crucible__free(lane->streams);
  crucible__free(lane->values);
  crucible__free(lane->open_time_ms);
  double *columns[] = {
      lane->open,   lane->high,           lane->low,    lane->close,
      lane->volume, lane->quote_volume,   lane->trades, lane->taker_buy_base,
      lane->sigma,  lane->volume_forecast};
  for (size_t i = 0; i < sizeof columns / sizeof *columns; ++i)
    crucible__free(columns[i]);
  crucible_egarch_rolling_destroy(lane->rolling);
  memset(lane, 0, sizeof *lane);
}

crucible_bars crucible__lane_bars(const crucible__lane *lane,
                                  const char *symbol, double price_tick,
                                  double lot_step) {
  return (crucible_bars){.struct_size = sizeof(crucible_bars),
                         .n = lane->n,
                         .open_time_ms = lane->open_time_ms,
                         .open = lane->open,
                         .high = lane->high,
                         .low = lane->low,
                         .close = lane->close,
                         .volume = lane->volume,
                         .quote_volume = lane->quote_volume,
                         .trades = lane->trades,
                         .taker_buy_base = lane->taker_buy_base,
                         .timeframe_ms = lane->timeframe_ms,
                         .symbol = symbol,
                         .price_tick = price_tick,
                         .lot_step = lot_step};
}

crucible_status crucible__lane_check(const crucible__lane *lane,
                                     const crucible_bar *bar) {
  const uint32_t has = lane->has;
  crucible_bars one = {
      .struct_size = sizeof one,
      .n = 1,
      .open_time_ms = &bar->open_time_ms,
      .open = &bar->open,
      .high = &bar->high,
      .low = &bar->low,
      .close = &bar->close,
      .volume = &bar->volume,
      .quote_volume =
          has & CRUCIBLE_NEEDS_QUOTE_VOLUME ? &bar->quote_volume : NULL,
      .trades = has & CRUCIBLE_NEEDS_TRADES ? &bar->trades : NULL,
      .taker_buy_base =
          has & CRUCIBLE_NEEDS_TAKER_BUY_BASE ? &bar->taker_buy_base : NULL,
      .timeframe_ms = lane->timeframe_ms};
  crucible_status status = crucible_bars_validate(&one);
  if (status != CRUCIBLE_OK)
    return crucible__fail_at(status, "bar %zu of the arena", lane->n);
  if (lane->n > 0 && bar->open_time_ms <= lane->open_time_ms[lane->n - 1])
    return crucible__fail(
        CRUCIBLE_E_DATA,
        "bar %zu of the arena opens at %lld ms, not after the one before it "
        "(%lld ms): push bars in order of time",
        lane->n, (long long)bar->open_time_ms,
        (long long)lane->open_time_ms[lane->n - 1]);
  /* and what the step asks of it, as in batch */
  status = crucible__bar_check(bar, lane->timeframe_ms, 1, 0);
  return status == CRUCIBLE_OK
             ? CRUCIBLE_OK
             : crucible__fail_at(status, "bar %zu of the arena", lane->n);
}

static crucible_status grow_column(void **column, size_t capacity,
                                   size_t size) {
  void *grown = crucible__realloc(*column, capacity, size);
  if (grown == NULL)
    return CRUCIBLE_E_NOMEM;
  *column = grown;
  return CRUCIBLE_OK;
}

/* Room for one more bar. Columns that grew before one failed stay larger than
   capacity says, which does no harm. */
static crucible_status make_room(crucible__lane *lane) {
  if (lane->n < lane->capacity)
    return CRUCIBLE_OK;
  size_t capacity = lane->capacity == 0 ? 4096 : 2 * lane->capacity;
  struct {
    double **column;
    uint32_t needs;
  } doubles[] = {{&lane->open, 0},
                 {&lane->high, 0},
                 {&lane->low, 0},
                 {&lane->close, 0},
                 {&lane->volume, 0},
                 {&lane->sigma, 0},
                 {&lane->volume_forecast, 0},
                 {&lane->quote_volume, CRUCIBLE_NEEDS_QUOTE_VOLUME},
                 {&lane->trades, CRUCIBLE_NEEDS_TRADES},
                 {&lane->taker_buy_base, CRUCIBLE_NEEDS_TAKER_BUY_BASE}};
  CRUCIBLE__TRY(grow_column((void **)&lane->open_time_ms, capacity,
                            sizeof *lane->open_time_ms));
  for (size_t i = 0; i < sizeof doubles / sizeof *doubles; ++i)
    if ((doubles[i].needs & lane->has) == doubles[i].needs)
      CRUCIBLE__TRY(
          grow_column((void **)doubles[i].column, capacity, sizeof(double)));
  lane->capacity = capacity;
  return CRUCIBLE_OK;
}

/* The mean of the last volumes by the same code as in batch. */
static crucible_status forecast_volume(const crucible__lane *lane, size_t n,
                                       double *forecast) {
  double means[64];
  size_t window = lane->volume_window;
  *forecast = (double)NAN;
  if (n < window)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible_volume_forecast(lane->volume + n - window, window,
                                         window, means));
  *forecast = means[window - 1];
  return CRUCIBLE_OK;
}

static crucible_status push_stream(size_t i, uint32_t worker, void *data) {
  crucible__lane *lane = data;
  (void)worker;
  crucible_bars bars = crucible__lane_bars(lane, NULL, 0, 0);
  crucible_bar bar = crucible__bars_at(&bars, lane->n - 1);
  size_t begin = i * FEATURES_PER_JOB;
  size_t end = begin + FEATURES_PER_JOB;
  for (size_t k = begin; k < end && k < lane->n_streams; ++k)
    if (lane->streams[k].set != NULL)
      CRUCIBLE__TRY(crucible_feature_set_push(lane->streams[k].set, &bar,
                                              &lane->values[k]));
  return CRUCIBLE_OK;
}

crucible_status crucible__lane_push(crucible__lane *lane,
                                    const crucible_bar *bar,
                                    crucible_pool *pool) {
  CRUCIBLE__TRY(make_room(lane));
  size_t n = lane->n;
  lane->volume[n] = bar->volume;
  CRUCIBLE__TRY(forecast_volume(lane, n + 1, &lane->volume_forecast[n]));
  lane->sigma[n] = (double)NAN;
  if (n > 0) /* the last step that can fail */
    CRUCIBLE__TRY(crucible_egarch_rolling_push(
        lane->rolling, log(bar->close / lane->close[n - 1]), &lane->sigma[n]));
  lane->open_time_ms[n] = bar->open_time_ms;
  lane->open[n] = bar->open;
  lane->high[n] = bar->high;
  lane->low[n] = bar->low;
  lane->close[n] = bar->close;
  if (lane->quote_volume != NULL)
    lane->quote_volume[n] = bar->quote_volume;
  if (lane->trades != NULL)
    lane->trades[n] = bar->trades;
  if (lane->taker_buy_base != NULL)
    lane->taker_buy_base[n] = bar->taker_buy_base;
  lane->n = n + 1;
  /* A checked bar is one that no feature refuses. */
  size_t n_jobs = (lane->n_streams + FEATURES_PER_JOB - 1) / FEATURES_PER_JOB;
  return crucible__pool_run(lane->n_streams >= FEATURES_WORTH_A_POOL ? pool
                                                                     : NULL,
                            n_jobs, push_stream, lane, NULL);
}

static int64_t interval_of(const crucible__lane *lane, int64_t time_ms) {
  int64_t past = time_ms % lane->timeframe_ms;
  return time_ms - (past < 0 ? past + lane->timeframe_ms : past);
}

/* The parts so far as one bar. A first interval that the series begins in the
   midst of is none, as in crucible_series_resample(). */
static int merge_parts(const crucible__lane *lane, const crucible__lane *base,
                       int64_t begin_ms, crucible_bar *bar) {
  crucible_bars bars = crucible__lane_bars(base, NULL, 0, 0);
  int is_cut = lane->part_begin == 0 && base->open_time_ms[0] != begin_ms;
  if (!is_cut)
    *bar = crucible__bars_merge(&bars, lane->part_begin, base->n, begin_ms);
  return !is_cut;
}

static int close_bar(crucible__lane *lane, const crucible__lane *base,
                     int64_t begin_ms, crucible_bar *bar) {
  int is_whole = merge_parts(lane, base, begin_ms, bar);
  lane->part_begin = base->n;
  return is_whole;
}

int crucible__lane_part(const crucible__lane *lane, const crucible__lane *base,
                        crucible_bar *bar, int64_t *length_ms) {
  if (lane->part_begin == base->n)
    return 0;
  int64_t begin_ms = interval_of(lane, base->open_time_ms[lane->part_begin]);
  *length_ms = base->open_time_ms[base->n - 1] + base->timeframe_ms - begin_ms;
  return merge_parts(lane, base, begin_ms, bar);
}

int crucible__lane_closed_late(crucible__lane *lane, const crucible__lane *base,
                               int64_t next_open_ms, crucible_bar *bar) {
  if (lane->part_begin == base->n)
    return 0;
  int64_t begin_ms = interval_of(lane, base->open_time_ms[lane->part_begin]);
  if (interval_of(lane, next_open_ms) == begin_ms)
    return 0;
  return close_bar(lane, base, begin_ms, bar);
}

int crucible__lane_closed_now(crucible__lane *lane, const crucible__lane *base,
                              crucible_bar *bar) {
  int64_t last_ms = base->open_time_ms[base->n - 1];
  int64_t begin_ms = interval_of(lane, last_ms);
  if (last_ms + base->timeframe_ms != begin_ms + lane->timeframe_ms)
    return 0;
  return close_bar(lane, base, begin_ms, bar);
}
