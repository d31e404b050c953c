/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums over the last n bars that depend on these bars alone, to the bit. Time is
 * cut into blocks of n timeframes, and each block into eight cells (the last may
 * be shorter, or not there). n bars always hold the first one of a block. The
 * sum of those from there on is that of whole cells, added cell by cell, plus
 * that of the cell at hand, grown bar by bar; the sum of the older ones is the
 * same backwards, from the newest of them, made once, when the block began.
 * Nothing is ever subtracted. Eight cells, since eight of them are summed
 * abreast where no bar is missing (costs/spread_lanes.h).
 */
#ifndef CRUCIBLE__SPREAD_STREAM_H
#define CRUCIBLE__SPREAD_STREAM_H

#include <math.h>

#include <crucible/spread.h>

#include "costs/spread_terms.h"

enum {
  CRUCIBLE__SPREAD_CELLS = 8, /* of a block */
  CRUCIBLE__SPREAD_RING = CRUCIBLE__SPREAD_BASIS + 1
};

/* Of whole cells, and of the one at hand. */
typedef struct crucible__spread_sums {
  double whole[CRUCIBLE__SPREAD_TERMS], part[CRUCIBLE__SPREAD_TERMS];
} crucible__spread_sums;

struct crucible_spread_stream {
  crucible_spread_options options;
  size_t n;             /* bars that have a basis in a full window */
  size_t window;        /* bars */
  int64_t timeframe_ms; /* of the bars */
  int64_t time_ms;      /* of the newest */
  int64_t next_ms;      /* where the next block begins */
  int64_t cell_ms;      /* where the next cell begins */
  size_t since;         /* bars from the block's first to the newest */
  size_t head;          /* where the ring takes the next one */
  size_t n_bars;        /* seen, at most window */
  int joined;           /* neighbours in a row before the next bar */
  crucible__spread_bar before[2]; /* the newest first */
  crucible__spread_sums forward;
  double *basis;    /* [n][RING] ring: a basis, and whether a cell begins */
  double *backward; /* [n][terms] sums of older ones, where they are in the
                       ring */
};

crucible_status
crucible__spread_options_read(crucible_spread_options *read,
                              const crucible_spread_options *options);

/* What the options make of a signed estimate at a close. */
static inline double
crucible__spread_told(const crucible_spread_options *options, double estimate,
                      double close) {
  if (!isfinite(estimate)) /* prices of 1e308 next to 1e-308 */
    return (double)NAN;
  if (estimate < 0 && options->negative != CRUCIBLE_SPREAD_SIGNED)
    estimate = options->negative == CRUCIBLE_SPREAD_ZERO ? 0 : -estimate;
  if (options->price_tick > 0) {
    const double floor = options->price_tick / close;
    estimate = estimate < floor ? floor : estimate;
  }
  return estimate;
}

/* Timeframes of a cell. */
static inline size_t crucible__spread_cell(size_t n) {
  return (n + CRUCIBLE__SPREAD_CELLS - 1) / CRUCIBLE__SPREAD_CELLS;
}

/* Whether a window may have so many bars. */
crucible_status crucible__spread_check_window(size_t window);

/* As before its first bar. */
void crucible__spread_stream_clear(crucible_spread_stream *stream);

/* Where the block of n timeframes ends in which time_ms lies, and its cell. */
int64_t crucible__spread_block_end(int64_t time_ms, int64_t block_ms);
int64_t crucible__spread_cell_end(int64_t time_ms, size_t n,
                                  int64_t timeframe_ms);

/* A cell is whole. */
void crucible__spread_fold(crucible__spread_sums *sums);

/* The sums of all bars, at least 3. */
void crucible__spread_sum_up(const crucible_bars *bars,
                             const crucible_spread_options *options,
                             double sums[CRUCIBLE__SPREAD_TERMS]);

/* Takes a bar that was checked. sums: [terms] of the window that ends with it;
   returns whether that is full. */
int crucible__spread_advance(crucible_spread_stream *stream, int64_t time_ms,
                             const crucible__spread_bar *bar, double *sums);

#endif
