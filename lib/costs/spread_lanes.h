/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EDGE of every window of bars of which none is missing: the eight cells of a
 * block of time (costs/spread_stream.h) abreast, one function per vector level,
 * compiled from spread_lanes_body.h. The bits are those of a stream, at each
 * level.
 */
#ifndef CRUCIBLE__SPREAD_LANES_H
#define CRUCIBLE__SPREAD_LANES_H

#include "costs/spread_terms.h"

enum { CRUCIBLE__SPREAD_LANES = 8 };

/* What one block leaves to the next. A row has the bars of one place in each
   cell. A place without a bar, where a run of bars begins or ends, may have
   anything: what is made of it is told of no window. One that never has a bar is
   0. */
typedef struct crucible__spread_block {
  size_t n;      /* timeframes */
  size_t rows;   /* of a cell */
  double *basis; /* [rows][EDGE_BASIS][LANES] of the block at hand */
  double *older; /* [rows][EDGE_SUMS][LANES] of the block before: sums of the
                    bars in the cell after each */
  double *later; /* [EDGE_SUMS][LANES] and of the cells after its own */
  double *told;  /* [rows][LANES] */
} crucible__spread_block;

typedef struct crucible__spread_calls {
  /* The next block: its bars are at [begin, begin + n_bars) of the columns, the
     first of them, which has a neighbour before it, at place first of the block.
     spread: [n_bars] signed estimates, of windows that are full; anything else
     is not to be used. NULL: none are wanted. */
  void (*next)(crucible__spread_block *block, const double *const price[4],
               size_t begin, size_t first, size_t n_bars, double *spread);
  /* Whether the numbers of n bars are as they must be; [4]: volume. */
  int (*are_sound)(const double *const column[5], size_t n);
} crucible__spread_calls;

/* Those of the level that holds now. */
const crucible__spread_calls *crucible__spread_calls_now(void);

/* log(a / b), of prices that are far apart. */
double crucible__spread_far(double a, double b);

#endif
