/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What streaming metrics remember of an equity curve, in O(1).
 *
 * The order of every floating-point operation below is a contract: a kernel
 * that pushes eight bars at once must leave the same bits as a loop over
 * crucible__return_sums_push(). No libm is used, nothing may be contracted.
 *
 *   Lanes. Bar k of the record (k = bars before the push) adds to lane k % 8.
 *   Inside a lane the order is that of time. Lanes are combined at a query
 *   alone: ((0+4)+(2+6)) + ((1+5)+(3+7)), crucible__lanes_sum().
 *
 *   One bar in position, equity e after the bar, market return b, lane l:
 *     growth = e / previous         r = growth - 1       r2 = r * r
 *     r1[l] += r      r2[l] += r2    r3[l] += r2 * r      r4[l] += r2 * r2
 *     gain[l] += r > 0 ? r : 0       down2[l] += r < 0 ? r2 : 0
 *     with_market[l] += r * b
 *     up[l] *= b > 0 ? growth : 1    down[l] *= b < 0 ? growth : 1
 *     equity_sum[l] += e
 *   Counts, best and worst do not depend on an order.
 *
 *   Drawdowns: a bar with e >= peak ends the drawdown, if there is one, and
 *   is the new peak, so a drawdown's length is the number of bars below its
 *   peak. depth = 1 - trough / peak is taken once, when it ends; drawdown_sum
 *   adds depths in the order of time. Rounding keeps the order of quotients:
 *   this is also the largest 1 - e / peak over its bars. A bar with e < peak
 *   adds to its lane  d = peak - e   below2[l] += d * d  and these lanes start
 *   again at 0 when the drawdown has ended:
 *     squared_depths += (lanes_sum(below2) + idle_below2) / (peak * peak)
 *
 *   Idle bars: the account was flat at the last close, is flat at this one
 *   and its cash did not change. r is 0 and every sum keeps its bits; only
 *   counts move. When the next bar is pushed, before all else but its return,
 *     idle_sum += idle * previous
 *     d = peak - previous            idle_below2 += idle * (d * d)
 *   so that a run of idle bars may be told in any parts.
 *
 *   Ruin: returns end with the bar that takes equity to 0 or below, since
 *   nothing has a return on nothing. From the next bar on n, best, worst and
 *   all lanes before equity_sum stand still; the rest goes on.
 */
#ifndef CRUCIBLE__RETURN_SUMS_H
#define CRUCIBLE__RETURN_SUMS_H

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { CRUCIBLE__LANES = 8 };

/* All fields have 8 bytes: no padding, a copy of the bytes is a saved state. */
typedef struct crucible__return_sums {
  double r1[CRUCIBLE__LANES], r2[CRUCIBLE__LANES]; /* powers of r */
  double r3[CRUCIBLE__LANES], r4[CRUCIBLE__LANES];
  double gain[CRUCIBLE__LANES];        /* of r > 0; losses are r1 - gain */
  double down2[CRUCIBLE__LANES];       /* squares of r < 0 */
  double with_market[CRUCIBLE__LANES]; /* r * b */
  double up[CRUCIBLE__LANES];          /* products of growth where b > 0 */
  double down[CRUCIBLE__LANES];        /* where b < 0; both start at 1 */
  double equity_sum[CRUCIBLE__LANES];  /* of bars that were pushed */
  double below2[CRUCIBLE__LANES];      /* (peak - e)^2 since the peak */
  double idle_sum;       /* of idle bars before the last pushed one */
  double idle_below2;    /* of idle bars in the drawdown that is not over */
  double best, worst;    /* r; -inf and +inf before the first */
  double first;          /* equity before the first bar, > 0 */
  double previous;       /* after the last bar */
  double peak, trough;   /* trough: lowest since the peak; the peak, if none */
  double max_drawdown;   /* of the ended drawdowns, as all to drawdown_sum */
  double drawdown_sum;   /* of depths */
  double squared_depths; /* of (1 - e / peak)^2, over their bars */
  uint64_t max_drawdown_bars; /* the longest */
  uint64_t n_drawdowns;       /* how many */
  uint64_t drawdown_bars;     /* their bars together */
  uint64_t peak_at;           /* value of bars after the bar of the peak */
  uint64_t bars;              /* all bars */
  uint64_t idle;              /* idle bars since the last pushed one */
  uint64_t n, n_up, n_down;   /* returns; r > 0; r < 0 */
  uint64_t is_ended;          /* 1: equity has come to 0 or below */
} crucible__return_sums;

/* The same bars of the market itself, b being its return from close to close
   (0 for the first bar): once per market and range of bars. */
typedef struct crucible__market_sums {
  double b1[CRUCIBLE__LANES], b2[CRUCIBLE__LANES];
  double up[CRUCIBLE__LANES], down[CRUCIBLE__LANES]; /* of 1 + b */
  uint64_t n, n_up, n_down;
} crucible__market_sums;

static inline double crucible__lanes_sum(const double lane[CRUCIBLE__LANES]) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
         ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

static inline void crucible__return_sums_init(crucible__return_sums *sums,
                                              double equity) {
  assert(equity > 0);
  *sums = (crucible__return_sums){.best = -(double)INFINITY,
                                  .worst = (double)INFINITY,
                                  .first = equity,
                                  .previous = equity,
                                  .peak = equity,
                                  .trough = equity};
  for (size_t lane = 0; lane < CRUCIBLE__LANES; ++lane)
    sums->up[lane] = sums->down[lane] = 1;
}

/* Sum of (1 - e / peak)^2 over the pushed bars since the peak and the idle
   ones before the last of them. */
static inline double
crucible__return_sums_below2(const crucible__return_sums *sums) {
  return (crucible__lanes_sum(sums->below2) + sums->idle_below2) /
         (sums->peak * sums->peak);
}

/* Counts the drawdown that the bar now counted in sums->bars has ended. */
static inline void crucible__return_sums_recover(crucible__return_sums *sums) {
  const double depth = 1 - sums->trough / sums->peak;
  const uint64_t below = sums->bars - sums->peak_at - 1;
  sums->max_drawdown = depth > sums->max_drawdown ? depth : sums->max_drawdown;
  sums->drawdown_sum += depth;
  sums->squared_depths += crucible__return_sums_below2(sums);
  for (size_t lane = 0; lane < CRUCIBLE__LANES; ++lane)
    sums->below2[lane] = 0;
  sums->idle_below2 = 0;
  sums->max_drawdown_bars =
      below > sums->max_drawdown_bars ? below : sums->max_drawdown_bars;
  sums->drawdown_bars += below;
  ++sums->n_drawdowns;
}

/* The part of a push that knows peaks and what lies below them; counts the
   bar. */
static inline void crucible__return_sums_sink(crucible__return_sums *sums,
                                              double equity) {
  const size_t lane = sums->bars % CRUCIBLE__LANES;
  ++sums->bars;
  if (equity >= sums->peak) {
    if (sums->trough < sums->peak)
      crucible__return_sums_recover(sums);
    sums->peak = sums->trough = equity;
    sums->peak_at = sums->bars;
  } else {
    const double d = sums->peak - equity;
    sums->below2[lane] += d * d;
    sums->trough = equity < sums->trough ? equity : sums->trough;
  }
}

/* holds ? a : 1 without a branch: the market's sign cannot be foretold. */
static inline double crucible__factor_if(int holds, double a) {
  const double one = 1;
  const uint64_t mask = (uint64_t)0 - (uint64_t)holds;
  uint64_t bits, bits_of_one;
  memcpy(&bits, &a, sizeof bits);
  memcpy(&bits_of_one, &one, sizeof bits_of_one);
  bits = (bits & mask) | (bits_of_one & ~mask);
  memcpy(&a, &bits, sizeof a);
  return a;
}

/* Counts the idle bars since the last pushed one, before the next. */
static inline void crucible__return_sums_wake(crucible__return_sums *sums) {
  if (sums->idle == 0)
    return;
  const double d = sums->peak - sums->previous;
  sums->idle_sum += (double)sums->idle * sums->previous;
  sums->idle_below2 += (double)sums->idle * (d * d);
  sums->idle = 0;
}

/* A bar in position, or in which anything happened. */
static inline void crucible__return_sums_push(crucible__return_sums *sums,
                                              double equity,
                                              double market_return) {
  const size_t lane = sums->bars % CRUCIBLE__LANES;
  if (!sums->is_ended) {
    const double growth = equity / sums->previous, r = growth - 1, r2 = r * r;
    sums->r1[lane] += r;
    sums->r2[lane] += r2;
    sums->r3[lane] += r2 * r;
    sums->r4[lane] += r2 * r2;
    sums->gain[lane] += r > 0 ? r : 0;
    sums->down2[lane] += r < 0 ? r2 : 0;
    sums->with_market[lane] += r * market_return;
    sums->up[lane] *= crucible__factor_if(market_return > 0, growth);
    sums->down[lane] *= crucible__factor_if(market_return < 0, growth);
    sums->best = r > sums->best ? r : sums->best;
    sums->worst = r < sums->worst ? r : sums->worst;
    sums->n_up += r > 0;
    sums->n_down += r < 0;
    ++sums->n;
    sums->is_ended = equity <= 0;
  }
  crucible__return_sums_wake(sums);
  sums->equity_sum[lane] += equity;
  sums->previous = equity;
  crucible__return_sums_sink(sums, equity);
}

/* Any number of idle bars. */
static inline void crucible__return_sums_idle(crucible__return_sums *sums,
                                              uint64_t n_bars) {
  sums->idle += n_bars;
  sums->bars += n_bars;
  if (sums->trough >= sums->peak) /* waits at its peak */
    sums->peak_at = sums->bars;
  if (n_bars == 0 || sums->is_ended)
    return;
  sums->n += n_bars;
  sums->best = sums->best > 0 ? sums->best : 0;
  sums->worst = sums->worst < 0 ? sums->worst : 0;
}

static inline void crucible__market_sums_init(crucible__market_sums *sums) {
  *sums = (crucible__market_sums){0};
  for (size_t lane = 0; lane < CRUCIBLE__LANES; ++lane)
    sums->up[lane] = sums->down[lane] = 1;
}

static inline void crucible__market_sums_push(crucible__market_sums *sums,
                                              double market_return) {
  const size_t lane = sums->n % CRUCIBLE__LANES;
  const double b = market_return;
  sums->b1[lane] += b;
  sums->b2[lane] += b * b;
  sums->up[lane] *= b > 0 ? 1 + b : 1;
  sums->down[lane] *= b < 0 ? 1 + b : 1;
  sums->n_up += b > 0;
  sums->n_down += b < 0;
  ++sums->n;
}

/* Sum of the equity after each bar: what turnover is measured against. */
static inline double
crucible__return_sums_equity(const crucible__return_sums *sums) {
  return crucible__lanes_sum(sums->equity_sum) +
         (sums->idle_sum + (double)sums->idle * sums->previous);
}

#endif
