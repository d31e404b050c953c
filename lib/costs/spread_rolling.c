/* SPDX-License-Identifier: Apache-2.0 */
/* The spread of every window of bars: abreast where no bar is missing, as a
   stream of bars where one is. */
#include <float.h>
#include <math.h>
#include <string.h>

#include <crucible/series.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "costs/spread_lanes.h"
#include "costs/spread_stream.h"
#include "series/bars.h"

_Static_assert((int)CRUCIBLE__SPREAD_LANES == (int)CRUCIBLE__SPREAD_CELLS,
               "a lane for each cell of a block");

/* What crucible_bars_validate() asks of times and numbers, without its texts and
   without a division where no bar is missing. */
static int are_sound(const crucible__spread_calls *calls,
                     const crucible_bars *b) {
  const double *const column[5] = {b->open, b->high, b->low, b->close,
                                   b->volume};
  if (b->n == 0)
    return 1;
  if (b->open_time_ms[0] % b->timeframe_ms != 0)
    return 0;
  const int64_t *time = b->open_time_ms;
  uint64_t other = 0; /* steps that are not one timeframe */
  for (size_t i = 1; i < b->n; ++i)
    other |=
        (uint64_t)time[i] - (uint64_t)time[i - 1] - (uint64_t)b->timeframe_ms;
  for (size_t i = 1; i < b->n && other != 0; ++i)
    if (time[i] <= time[i - 1] || ((uint64_t)time[i] - (uint64_t)time[i - 1] !=
                                       (uint64_t)b->timeframe_ms &&
                                   time[i] % b->timeframe_ms != 0))
      return 0;
  return calls->are_sound(column, b->n);
}

typedef struct rolling {
  crucible_bars bars;
  crucible_spread_options options;
  size_t window;                  /* bars */
  double *spread;                 /* [bars.n] */
  crucible_spread_stream *stream; /* NULL: not needed */
  size_t stream_at;               /* the bar that it expects */
  const crucible__spread_calls *calls;
  crucible__spread_block block;
  double *numbers; /* the block's */
} rolling;

/* Bars [begin, begin + n), in passes: what one bar needs of others is in the
   second, so that the first and the third need not wait. */
enum { PART = 64 };

static void take_part(rolling *r, size_t begin, size_t n, double *spread) {
  const crucible_bars *bars = &r->bars;
  crucible_spread_stream *stream = r->stream;
  crucible__spread_bar part[PART];
  double sums[PART * CRUCIBLE__SPREAD_TERMS];
  int is_full[PART];
  for (size_t i = 0; i < n; ++i)
    part[i] =
        crucible__spread_bar_of(bars->open[begin + i], bars->high[begin + i],
                                bars->low[begin + i], bars->close[begin + i]);
  for (size_t i = 0; i < n; ++i)
    is_full[i] =
        crucible__spread_advance(stream, bars->open_time_ms[begin + i],
                                 &part[i], sums + i * CRUCIBLE__SPREAD_TERMS);
  for (size_t i = 0; i < n; ++i)
    spread[i] =
        is_full[i]
            ? crucible__spread_told(
                  &stream->options,
                  crucible__spread_of_sums(stream->options.method, stream->n,
                                           sums + i * CRUCIBLE__SPREAD_TERMS),
                  part[i].close)
            : (double)NAN;
}

/* The windows that end in [begin, end), by the stream, which needs the bars
   before in its window first. */
static void take_bars(rolling *r, size_t begin, size_t end) {
  double unused[PART];
  if (r->stream_at != begin) {
    crucible__spread_stream_clear(r->stream);
    r->stream_at = begin < r->window ? 0 : begin - r->window + 1;
  }
  while (r->stream_at < end) {
    const size_t at = r->stream_at, stop = at < begin ? begin : end;
    const size_t n = stop - at < PART ? stop - at : PART;
    take_part(r, at, n, at < begin ? unused : r->spread + at);
    r->stream_at += n;
  }
}

/* A run begins. */
static void clear_block(crucible__spread_block *block) {
  const size_t sums = CRUCIBLE__EDGE_SUMS * CRUCIBLE__SPREAD_LANES;
  memset(block->older, 0, block->rows * sums * sizeof(double));
  memset(block->later, 0, sums * sizeof(double));
}

/* The windows that end in [begin, end), all in one block and after the first bar
   of a run; those that end before told have a bar from before the run. */
static void take_block(rolling *r, size_t begin, size_t end, size_t told) {
  const crucible_bars *b = &r->bars;
  const double *const price[4] = {b->open, b->high, b->low, b->close};
  const int64_t frame = b->timeframe_ms, time = b->open_time_ms[begin];
  const int64_t block = (int64_t)r->block.n * frame;
  const int64_t into = time - (crucible__spread_block_end(time, block) - block);
  double *spread = end > told ? r->spread + begin : NULL;
  r->calls->next(&r->block, price, begin, (size_t)(into / frame), end - begin,
                 spread);
  for (size_t i = begin; i < end && spread != NULL; ++i)
    r->spread[i] =
        crucible__spread_told(&r->options, r->spread[i], b->close[i]);
}

/* A run of bars [begin, end) of which none is missing. A window that ends in its
   first n has a bar from before it, or none there. */
static void take_run(rolling *r, size_t begin, size_t end) {
  const int64_t *time = r->bars.open_time_ms, frame = r->bars.timeframe_ms;
  const size_t n = r->block.n;
  const size_t told = end - begin < n ? end : begin + n;
  if (end > told) {
    clear_block(&r->block);
    for (size_t i = begin + 1, to; i < end; i = to) {
      const int64_t left =
          crucible__spread_block_end(time[i], (int64_t)n * frame) - time[i];
      to = i + (size_t)(left / frame);
      to = to < end ? to : end;
      take_block(r, i, to, told);
    }
  }
  if (begin > 0)
    take_bars(r, begin, told);
  for (size_t i = 0; begin == 0 && i < told; ++i)
    r->spread[i] = (double)NAN;
}

static void take_runs(rolling *r) {
  const int64_t *time = r->bars.open_time_ms, frame = r->bars.timeframe_ms;
  for (size_t begin = 0, end; begin < r->bars.n; begin = end) {
    end = begin + 1;
    while (end < r->bars.n && time[end] - time[end - 1] == frame)
      ++end;
    take_run(r, begin, end);
  }
}

/* All that is needed, for windows of n bars with a basis. */
static crucible_status set_up(rolling *r, size_t n) {
  const crucible_bars *b = &r->bars;
  enum {
    FEWEST = 16, /* from where on abreast is faster */
    ROW = (CRUCIBLE__EDGE_BASIS + CRUCIBLE__EDGE_SUMS + 1) *
          CRUCIBLE__SPREAD_LANES,
    LATER = CRUCIBLE__EDGE_SUMS * CRUCIBLE__SPREAD_LANES
  };
  const int is_whole = b->open_time_ms[b->n - 1] - b->open_time_ms[0] ==
                       (int64_t)(b->n - 1) * b->timeframe_ms;
  const int abreast = r->options.method == CRUCIBLE_SPREAD_EDGE && n >= FEWEST;
  if (!is_whole || !abreast)
    CRUCIBLE__TRY(crucible_spread_stream_create(&r->options, r->window,
                                                b->timeframe_ms, &r->stream));
  if (!abreast)
    return CRUCIBLE_OK;
  crucible__spread_block block = {.n = n, .rows = crucible__spread_cell(n)};
  r->numbers = crucible__alloc_zero(
      block.rows * ROW + LATER + CRUCIBLE__SPREAD_LANES, sizeof(double));
  if (r->numbers == NULL)
    return CRUCIBLE_E_NOMEM;
  const uintptr_t line = CRUCIBLE__SPREAD_LANES * sizeof(double);
  block.basis = r->numbers + (line - (uintptr_t)r->numbers % line) /
                                 sizeof(double) % CRUCIBLE__SPREAD_LANES;
  block.older =
      block.basis + block.rows * CRUCIBLE__EDGE_BASIS * CRUCIBLE__SPREAD_LANES;
  block.told =
      block.older + block.rows * CRUCIBLE__EDGE_SUMS * CRUCIBLE__SPREAD_LANES;
  block.later = block.told + block.rows * CRUCIBLE__SPREAD_LANES;
  r->block = block;
  return CRUCIBLE_OK;
}

crucible_status crucible_spread_rolling(const crucible_bars *bars,
                                        const crucible_spread_options *options,
                                        size_t window, double *spread) {
  rolling r = {.window = window,
               .spread = spread,
               .calls = crucible__spread_calls_now()};
  CRUCIBLE__TRY(crucible__spread_options_read(&r.options, options));
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &r.bars));
  if (!are_sound(r.calls, &r.bars))
    CRUCIBLE__TRY(crucible_bars_validate(bars));
  if (r.bars.n > 0 && spread == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "spread is NULL");
  if (window >= 3 && window > r.bars.n) { /* no window is full */
    for (size_t i = 0; i < r.bars.n; ++i)
      spread[i] = (double)NAN;
    return CRUCIBLE_OK;
  }
  CRUCIBLE__TRY(crucible__spread_check_window(window));
  const crucible_status status =
      set_up(&r, window - crucible__spread_lag(r.options.method));
  if (status == CRUCIBLE_OK && r.numbers != NULL)
    take_runs(&r);
  else if (status == CRUCIBLE_OK)
    take_bars(&r, 0, r.bars.n);
  crucible_spread_stream_destroy(r.stream);
  crucible__free(r.numbers);
  return status;
}
