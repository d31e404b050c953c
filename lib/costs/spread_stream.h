/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums over the last n bars that depend on these bars alone, to the bit. Time is
 * cut into blocks of n timeframes; n bars always hold the first one of a block. Their sum is the sum from there to the newest,
 * grown bar by bar, plus that of the older ones, all of them summed once,
 * backwards, when the block began. Nothing is ever subtracted.
 */
#ifndef CRUCIBLE__SPREAD_STREAM_H
#define CRUCIBLE__SPREAD_STREAM_H

#include <crucible/spread.h>

#include "costs/spread_terms.h"

struct crucible_spread_stream {
  crucible_spread_options options;
  size_t n;             /* bars that have a basis in a full window */
  size_t window;        /* bars */
  int64_t timeframe_ms; /* of the bars */
  int64_t time_ms;      /* of the newest */
  int64_t next_ms;      /* where the next block begins */
  size_t since;         /* bars from the block's first to the newest */
  size_t head;          /* where the ring takes the next one */
  size_t n_bars;        /* seen, at most window */
  int joined;           /* neighbours in a row before the next bar */
  crucible__spread_bar before[2]; /* the newest first */
  double forward[CRUCIBLE__SPREAD_TERMS];
  double *basis;    /* [n][BASIS] ring */
  double *backward; /* [n][terms] sums of older ones, where they are in the
                       ring */
};

crucible_status
crucible__spread_options_read(crucible_spread_options *read,
                              const crucible_spread_options *options);

/* What the options make of a signed estimate at a close. */
double crucible__spread_told(const crucible_spread_options *options,
                             double estimate, double close);

/* Where the block of time ends in which time_ms lies. */
int64_t crucible__spread_block_end(int64_t time_ms, int64_t block_ms);

/* Takes a bar that was checked. sums: [terms] of the window that ends with it;
   returns whether that is full. */
int crucible__spread_advance(crucible_spread_stream *stream, int64_t time_ms,
                             const crucible__spread_bar *bar, double *sums);

#endif
