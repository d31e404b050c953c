/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows over the last n bars in O(1) per bar, whose results depend on the
 * bars in the window and on nothing older, to the bit.
 *
 * Sums: time is cut into blocks of n slots (slot = open time / timeframe). A
 * window of n bars always holds the first bar of a block; its sum is the sum
 * from there to the newest bar (grown bar by bar) plus that of the older bars
 * (all of them summed once, backwards from the boundary, when the block
 * began). Nothing is ever subtracted. Since the cut is made by time and not
 * by counting from the first bar seen, a stream that starts later gives the
 * same bits, and a gap in the data needs no care: the latest boundary in the
 * window is the one that counts. The backward sums cost n additions once per
 * block, so the step is O(1) on average; in a series with a gap inside every
 * block it is O(n).
 *
 * Deviations are measured from a pivot, the bar at the boundary. As it lies in
 * the window, (mean - pivot)^2 <= (n - 1) variance, so what cancels is bounded
 * by the data themselves, and a flat window gives exact zeros.
 */
#ifndef CRUCIBLE__WINDOW_H
#define CRUCIBLE__WINDOW_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "features/feature_kind.h"

#define CRUCIBLE__INLINE static inline __attribute__((always_inline))

/* ---- delay ---- */

typedef struct crucible__delay {
  double *ring;
  size_t n, head;
} crucible__delay;

static inline void crucible__delay_init(crucible__delay *d, size_t n,
                                        crucible__setup *setup) {
  *d = (crucible__delay){.ring = crucible__take(setup, n), .n = n};
}

/* The value pushed n bars before x. */
static inline double crucible__delay_push(crucible__delay *d, double x) {
  double old = d->ring[d->head];
  d->ring[d->head] = x;
  d->head = d->head + 1 == d->n ? 0 : d->head + 1;
  return old;
}

/* ---- blocks of time ---- */

typedef struct crucible__span {
  size_t n;     /* bars in the window */
  size_t since; /* bars from the boundary to the newest, both included */
  size_t head;  /* where the ring takes the next bar */
  int64_t next; /* first slot of the next block */
} crucible__span;

static inline crucible__span crucible__span_of(size_t n) {
  return (crucible__span){.n = n, .next = INT64_MIN};
}

static inline int crucible__span_is_boundary(const crucible__span *span,
                                             int64_t slot) {
  return slot >= span->next;
}

static inline void crucible__span_begin(crucible__span *span, int64_t slot) {
  int64_t n = (int64_t)span->n;
  int64_t into = slot % n;
  span->next = slot - (into < 0 ? into + n : into) + n;
  span->since = 0;
}

/* After the bar was stored: how many bars of the window lie before the
   boundary. */
static inline size_t crucible__span_advance(crucible__span *span) {
  span->head = span->head + 1 == span->n ? 0 : span->head + 1;
  span->since += 1;
  return span->n - span->since;
}

static inline size_t crucible__span_back(const crucible__span *span,
                                         size_t at) {
  return at == 0 ? span->n - 1 : at - 1;
}

/* ---- sums of terms of one or two inputs ---- */

enum { CRUCIBLE__TERMS_MAX = 5, CRUCIBLE__INPUTS_MAX = 2 };

typedef struct crucible__sums {
  crucible__span span;
  double *ring;   /* [n * inputs] the bars of the window */
  double *suffix; /* [n * terms] sums of the last k bars before the boundary */
  double prefix[CRUCIBLE__TERMS_MAX];
  double pivot[CRUCIBLE__INPUTS_MAX];
} crucible__sums;

/* The terms of one bar, from its inputs less the pivot. */
typedef void (*crucible__terms)(const double *d, double *terms);

CRUCIBLE__INLINE void crucible__sums_init(crucible__sums *w, size_t n,
                                          size_t inputs, size_t terms,
                                          crucible__setup *setup) {
  *w = (crucible__sums){.span = crucible__span_of(n)};
  w->ring = crucible__take(setup, n * inputs);
  w->suffix = crucible__take(setup, n * terms);
}

/* sum += t and out = sum (+ older), written out: a loop of so few turns is
   slower. */
CRUCIBLE__INLINE void crucible__terms_add(double *sum, const double *t,
                                          const double *older, double *out,
                                          size_t terms) {
#define ADD(j)                                                                 \
  if (terms > (j)) {                                                           \
    sum[j] += t[j];                                                            \
    out[j] = older ? older[j] + sum[j] : sum[j];                               \
  }
  ADD(0) ADD(1) ADD(2) ADD(3) ADD(4)
#undef ADD
}

/* Begins a block: sums up the bars before it, newest first. */
CRUCIBLE__INLINE void crucible__sums_begin(crucible__sums *w, int64_t slot,
                                           size_t inputs, size_t terms,
                                           crucible__terms of) {
  double sum[CRUCIBLE__TERMS_MAX] = {0}, d[CRUCIBLE__INPUTS_MAX],
         t[CRUCIBLE__TERMS_MAX], first = w->pivot[0], second = w->pivot[1];
  const double *ring = w->ring;
  double *suffix = w->suffix;
  size_t at = w->span.head, n = w->span.n;
  for (size_t k = 1; k < n; ++k) {
    at = crucible__span_back(&w->span, at);
    d[0] = ring[at * inputs] - first;
    if (inputs > 1)
      d[1] = ring[at * inputs + 1] - second;
    of(d, t);
    crucible__terms_add(sum, t, NULL, suffix + k * terms, terms);
  }
  memset(w->prefix, 0, sizeof w->prefix);
  crucible__span_begin(&w->span, slot);
}

CRUCIBLE__INLINE void crucible__sums_push(crucible__sums *w, int64_t slot,
                                          const double *x, size_t inputs,
                                          size_t terms, int pivoted,
                                          crucible__terms of, double *sums) {
  if (crucible__span_is_boundary(&w->span, slot)) {
    if (pivoted)
      memcpy(w->pivot, x, inputs * sizeof *x);
    crucible__sums_begin(w, slot, inputs, terms, of);
  }
  double d[CRUCIBLE__INPUTS_MAX], t[CRUCIBLE__TERMS_MAX];
  double *place = w->ring + w->span.head * inputs;
  place[0] = x[0];
  d[0] = x[0] - w->pivot[0];
  if (inputs > 1) {
    place[1] = x[1];
    d[1] = x[1] - w->pivot[1];
  }
  of(d, t);
  size_t before = crucible__span_advance(&w->span);
  crucible__terms_add(w->prefix, t, w->suffix + before * terms, sums, terms);
}

/* Plain sum: of what is never negative, so that nothing cancels. */

CRUCIBLE__INLINE void crucible__terms_sum(const double *d, double *t) {
  t[0] = d[0];
}

static inline void crucible__sum_init(crucible__sums *w, size_t n,
                                      crucible__setup *setup) {
  crucible__sums_init(w, n, 1, 1, setup);
}

static inline double crucible__sum_push(crucible__sums *w, int64_t slot,
                                        double x) {
  double sum;
  crucible__sums_push(w, slot, &x, 1, 1, 0, crucible__terms_sum, &sum);
  return sum;
}

/* Two plain sums in one window. */

CRUCIBLE__INLINE void crucible__terms_sum2(const double *d, double *t) {
  t[0] = d[0];
  t[1] = d[1];
}

static inline void crucible__sum2_init(crucible__sums *w, size_t n,
                                       crucible__setup *setup) {
  crucible__sums_init(w, n, 2, 2, setup);
}

static inline void crucible__sum2_push(crucible__sums *w, int64_t slot,
                                       double x, double y, double *sums) {
  const double in[2] = {x, y};
  crucible__sums_push(w, slot, in, 2, 2, 0, crucible__terms_sum2, sums);
}

/* Mean, from a pivot: exact for a flat window. */

static inline void crucible__mean_init(crucible__sums *w, size_t n,
                                       crucible__setup *setup) {
  crucible__sums_init(w, n, 1, 1, setup);
}

static inline double crucible__mean_push(crucible__sums *w, int64_t slot,
                                         double x) {
  double sum;
  crucible__sums_push(w, slot, &x, 1, 1, 1, crucible__terms_sum, &sum);
  return w->pivot[0] + sum / (double)w->span.n;
}

/* Mean |x - mean| over the window, n operations, oldest first in each of four
   sums. mean is what crucible__mean_push() has just returned. */
static inline double crucible__mean_deviation(const crucible__sums *w,
                                              double mean) {
  double sum[4] = {0};
  size_t n = w->span.n, at = w->span.head;
  for (size_t i = 0; i < n; ++i) {
    sum[i % 4] += fabs(w->ring[at] - mean);
    at = at + 1 == n ? 0 : at + 1;
  }
  return ((sum[0] + sum[1]) + (sum[2] + sum[3])) / (double)n;
}

/* Mean and sum of squared deviations. */

typedef struct crucible__spread {
  double mean;
  double squares; /* >= 0; 0 exactly for a flat window */
} crucible__spread;

CRUCIBLE__INLINE void crucible__terms_spread(const double *d, double *t) {
  t[0] = d[0];
  t[1] = d[0] * d[0];
}

static inline void crucible__spread_init(crucible__sums *w, size_t n,
                                         crucible__setup *setup) {
  crucible__sums_init(w, n, 1, 2, setup);
}

static inline crucible__spread crucible__spread_push(crucible__sums *w,
                                                     int64_t slot, double x) {
  double s[2];
  crucible__sums_push(w, slot, &x, 1, 2, 1, crucible__terms_spread, s);
  double above = s[0] / (double)w->span.n; /* mean less pivot */
  double squares = s[1] - s[0] * above;
  return (crucible__spread){.mean = w->pivot[0] + above,
                            .squares = squares > 0 ? squares : 0.0};
}

/* Two inputs: sums of squared and of crossed deviations. */

typedef struct crucible__joint {
  double xx, yy; /* >= 0 */
  double xy;
} crucible__joint;

CRUCIBLE__INLINE void crucible__terms_joint(const double *d, double *t) {
  t[0] = d[0];
  t[1] = d[1];
  t[2] = d[0] * d[0];
  t[3] = d[1] * d[1];
  t[4] = d[0] * d[1];
}

static inline void crucible__joint_init(crucible__sums *w, size_t n,
                                        crucible__setup *setup) {
  crucible__sums_init(w, n, 2, 5, setup);
}

static inline crucible__joint
crucible__joint_push(crucible__sums *w, int64_t slot, double x, double y) {
  double s[5], n = (double)w->span.n;
  const double in[2] = {x, y};
  crucible__sums_push(w, slot, in, 2, 5, 1, crucible__terms_joint, s);
  double above_x = s[0] / n, above_y = s[1] / n;
  double xx = s[2] - s[0] * above_x, yy = s[3] - s[1] * above_y;
  return (crucible__joint){.xx = xx > 0 ? xx : 0.0,
                           .yy = yy > 0 ? yy : 0.0,
                           .xy = s[4] - s[0] * above_y};
}

/* Pearson's correlation, within [-1, 1]; 0 if one of the two is flat. */
static inline double crucible__correlation(const crucible__joint *j) {
  double scale = sqrt(j->xx * j->yy);
  double r = scale > 0 ? j->xy / scale : 0.0;
  return r > 1 ? 1.0 : r < -1 ? -1.0 : r;
}

/* Sums of powers up to the fourth. */

CRUCIBLE__INLINE void crucible__terms_power(const double *d, double *t) {
  double square = d[0] * d[0];
  t[0] = d[0];
  t[1] = square;
  t[2] = square * d[0];
  t[3] = square * square;
}

static inline void crucible__powers_init(crucible__sums *w, size_t n,
                                         crucible__setup *setup) {
  crucible__sums_init(w, n, 1, 4, setup);
}

static inline void crucible__powers_push(crucible__sums *w, int64_t slot,
                                         double x, double sums[4]) {
  crucible__sums_push(w, slot, &x, 1, 4, 1, crucible__terms_power, sums);
}

/* ---- straight line through the window, position 1 being the oldest ---- */

typedef struct crucible__line {
  crucible__span span;
  double *ring;   /* [n] */
  double *suffix; /* [3 n]: sums of d, position * d, d^2 */
  double prefix[3];
  double pivot;
  double per_slope, per_weight; /* what the sums are multiplied by */
} crucible__line;

typedef struct crucible__fit {
  double mean;
  double slope;    /* per bar */
  double squares;  /* sum of squared deviations from the mean */
  double weighted; /* mean with weights 1 (oldest) to n */
} crucible__fit;

static inline void crucible__line_init(crucible__line *w, size_t n,
                                       crucible__setup *setup) {
  *w = (crucible__line){.span = crucible__span_of(n)};
  w->ring = crucible__take(setup, n);
  w->suffix = crucible__take(setup, 3 * n);
  double count = (double)n;
  w->per_slope = n > 1 ? 12 / (count * (count * count - 1)) : 0;
  w->per_weight = 2 / (count * (count + 1));
}

static inline void crucible__line_begin(crucible__line *w, int64_t slot) {
  double s = 0, ts = 0, ss = 0;
  size_t at = w->span.head;
  for (size_t k = 1; k < w->span.n; ++k) {
    at = crucible__span_back(&w->span, at);
    double d = w->ring[at] - w->pivot;
    s += d;
    ts += s; /* the older bar takes position 1, all others move up by one */
    ss += d * d;
    w->suffix[3 * k] = s;
    w->suffix[3 * k + 1] = ts;
    w->suffix[3 * k + 2] = ss;
  }
  w->prefix[0] = w->prefix[1] = w->prefix[2] = 0;
  crucible__span_begin(&w->span, slot);
}

static inline crucible__fit crucible__line_push(crucible__line *w, int64_t slot,
                                                double x) {
  if (crucible__span_is_boundary(&w->span, slot)) {
    w->pivot = x;
    crucible__line_begin(w, slot);
  }
  double d = x - w->pivot, n = (double)w->span.n;
  w->ring[w->span.head] = x;
  size_t before = crucible__span_advance(&w->span);
  w->prefix[0] += d;
  w->prefix[1] += (double)w->span.since * d;
  w->prefix[2] += d * d;
  const double *older = w->suffix + 3 * before;
  double s = older[0] + w->prefix[0];
  double ts = older[1] + (w->prefix[1] + (double)before * w->prefix[0]);
  double above = s / n; /* mean less pivot */
  double squares = older[2] + w->prefix[2] - s * above;
  return (crucible__fit){
      .mean = w->pivot + above,
      .slope = (ts - (n + 1) / 2 * s) * w->per_slope,
      .squares = squares > 0 ? squares : 0.0,
      .weighted = w->pivot + ts * w->per_weight,
  };
}

/*
 * ---- greatest value ----
 *
 * Of blocks of n values, counted from the first: the greatest of this block so
 * far, and of the last block from each place to its end. Nothing is rounded, so
 * here the cut may lie anywhere.
 */

typedef struct crucible__maximum {
  double *value; /* [n + 1] this block up to place, behind it the last block's
                    greatest value from there on; at the end none */
  double *at;    /* [n + 1] when that was pushed; a double holds it exactly */
  size_t n, place;
  double best, best_at; /* of this block */
  double shown_at;      /* of the value returned last */
  double now;           /* pushes before this one */
} crucible__maximum;

static inline void crucible__maximum_init(crucible__maximum *w, size_t n,
                                          crucible__setup *setup) {
  *w = (crucible__maximum){.n = n, .place = n, .now = -1};
  w->value = crucible__take(setup, n + 1);
  w->at = crucible__take(setup, n + 1);
}

static inline void crucible__maximum_begin(crucible__maximum *w) {
  const double none = -(double)INFINITY;
  for (size_t i = 0; i <= w->n && w->now <= 0; ++i)
    w->value[i] = none;
  for (size_t i = w->n; i-- > 0;) {
    int later = w->value[i + 1] >= w->value[i];
    w->at[i] = later ? w->at[i + 1] : w->at[i];
    w->value[i] = later ? w->value[i + 1] : w->value[i];
  }
  w->place = 0;
  w->best = none;
}

/* Of the last n values pushed; for the least, push -x and negate. */
static inline double crucible__maximum_push(crucible__maximum *w, double x) {
  w->now += 1;
  if (w->place == w->n)
    crucible__maximum_begin(w);
  int is_best = x >= w->best;
  w->best = is_best ? x : w->best;
  w->best_at = is_best ? w->now : w->best_at;
  w->value[w->place] = x;
  w->at[w->place] = w->now;
  w->place += 1;
  double older = w->value[w->place];
  int is_older = older > w->best;
  w->shown_at = is_older ? w->at[w->place] : w->best_at;
  return is_older ? older : w->best;
}

/* Bars since the greatest value, the latest of equal ones. */
static inline double crucible__maximum_age(const crucible__maximum *w) {
  return w->now - w->shown_at;
}

/* ---- exponential averages: every older bar counts ---- */

/* TA-Lib's EMA: seeded with the mean of its first n values. */
typedef struct crucible__ema {
  double value, weight;
  size_t n, seen; /* seen stops at n */
} crucible__ema;

static inline void crucible__ema_init(crucible__ema *e, size_t n) {
  *e = (crucible__ema){.n = n, .weight = 2.0 / (double)(n + 1)};
}

static inline int crucible__ema_is_warm(const crucible__ema *e) {
  return e->seen == e->n;
}

static inline double crucible__ema_push(crucible__ema *e, double x) {
  if (crucible__ema_is_warm(e)) {
    e->value = (x - e->value) * e->weight + e->value;
    return e->value;
  }
  e->value += x;
  e->seen += 1;
  if (crucible__ema_is_warm(e))
    e->value /= (double)e->n;
  return e->value;
}

/* Wilder's average: the same with weight 1 / n, in TA-Lib's order. */
static inline void crucible__wilder_init(crucible__ema *e, size_t n) {
  *e = (crucible__ema){.n = n, .weight = 1.0 / (double)n};
}

static inline double crucible__wilder_push(crucible__ema *e, double x) {
  if (!crucible__ema_is_warm(e))
    return crucible__ema_push(e, x);
  double n = (double)e->n;
  e->value = (e->value * (n - 1) + x) / n;
  return e->value;
}

/* ---- true range ---- */

static inline double crucible__true_range(const crucible__tick *tick) {
  double high = tick->bar->high, low = tick->bar->low;
  double close = tick->prev->close;
  return fmax(high, close) - fmin(low, close);
}

#endif
