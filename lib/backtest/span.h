/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel does over many bars at once, eight at a time: lift bars to
 * quotes, look for the first bar that reaches a price, mark an account that
 * only holds, and turn flags into bits. Each is defined by a loop over the
 * step's own arithmetic and gives its bits; there is one function per vector
 * level, compiled from span_body.h.
 */
#ifndef CRUCIBLE__SPAN_H
#define CRUCIBLE__SPAN_H

#include <stddef.h>
#include <stdint.h>

#include "stats/return_sums.h"

/* Bars of one market, lifted: what waiting accounts are held against. */
typedef struct crucible__lift {
  const double *open, *high, *low, *close; /* [n] borrowed from the caller */
  double *half;                            /* [n] half the spread of the bar */
  double *change; /* [n] close / close of the bar before - 1; first: 0 */
  double spread_before, close_before; /* of the bar before the first; NaN, 0:
                                         there is none */
  size_t n;
} crucible__lift;

/* Prices that wake an account; infinite where there is none. */
typedef struct crucible__levels {
  double sell_below; /* bid at the low <= it: stop of a long, sell stops */
  double sell_above; /* bid at the high >= it: target of a long, sell limits */
  double buy_below;  /* ask at the low <= it: target of a short, buy limits */
  double buy_above;  /* ask at the high >= it: stop of a short, buy stops */
} crucible__levels;

/* An account that holds a position and does nothing else. */
typedef struct crucible__holding {
  double cash, position, others; /* others: of its cash group */
  double side;                   /* 1 or -1 */
  double fee_rate;               /* of leaving */
  const double *fee;             /* [n] the same bar by bar, or NULL */
  double lowest, highest;        /* exit quotes met, at the lows and highs */
} crucible__holding;

typedef struct crucible__span_calls {
  /* Fills half and change of the bars [from, to). spread: [n] forecasts,
     fraction, or NULL; the one of bar i - 1 holds in bar i; NaN: usual. */
  void (*lift)(crucible__lift *lift, const double *spread, double usual,
               double least_half, size_t from, size_t to);
  /* First bar of [from, to) that reaches a level, or to. */
  size_t (*reach)(const crucible__lift *lift, const crucible__levels *levels,
                  size_t from, size_t to);
  /* Meets the quotes of [from, to), marks at each close and tells sums (NULL:
     not wanted); curve[i] (NULL: not wanted) becomes the equity after bar i. */
  void (*hold)(const crucible__lift *lift, crucible__holding *holding,
               size_t from, size_t to, crucible__return_sums *sums,
               double *curve);
  /* Bit k: whether byte k of 64 is not zero. */
  uint64_t (*nonzero)(const unsigned char *bytes);
  /* Word c: whether the bytes of column c are not zero, bit k for row k; at most
     64 rows of at most 64 columns side by side, the rest is 0. */
  void (*square)(const unsigned char *bytes, ptrdiff_t row_stride,
                 size_t n_rows, size_t n_columns, uint64_t word[64]);
  /* The 64 scores of a word: above[0] bit k: score k > limits[0]; below[0]:
     < -limits[0]; above[1], below[1] likewise: > -limits[1], < limits[1]. */
  void (*judge)(const double *scores, const double limits[2], uint64_t above[2],
                uint64_t below[2]);
} crucible__span_calls;

/* Those of the level that holds now. */
const crucible__span_calls *crucible__span_calls_now(void);

#endif
