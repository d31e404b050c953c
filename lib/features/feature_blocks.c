/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many bars at once. What is sequential in a bar's value stays sequential;
 * what stands side by side in a vector are blocks of time of one window (means)
 * or averages of several lengths (exponential ones). Extremes round nothing, so
 * windows of all lengths are put together from those of 1, 2, 4, .. bars.
 */
#include "features/feature_blocks.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "features/feature_kernel.h"
#include "features/feature_set.h"
#include "features/window.h"

enum { LANES = CRUCIBLE__SIDE_BY_SIDE };

/* ---- blocks of time, as crucible__span cuts them ---- */

/* The window of one lane over a series. */
typedef struct cutter {
  const crucible_bars *bars;
  size_t n;
  int is_aligned; /* the slot at hand is the first of its block */
} cutter;

static int64_t slot_at(const cutter *c, size_t t) {
  const crucible__feature_cursor none = {.index = 0};
  const crucible_bar bar = {.open_time_ms = c->bars->open_time_ms[t]};
  return crucible__feature_slot(&none, &bar, c->bars->timeframe_ms);
}

/* Whether bars a <= b have no gap between them. */
static int is_unbroken(const cutter *c, size_t a, size_t b) {
  const int64_t *time = c->bars->open_time_ms;
  return time[b] - time[a] == (int64_t)(b - a) * c->bars->timeframe_ms;
}

static int64_t into_block(const cutter *c, int64_t slot) {
  int64_t n = (int64_t)c->n, into = slot % n;
  return into < 0 ? into + n : into;
}

/* The first bar of the block that bar t, in this slot, lies in. */
static size_t start_of(const cutter *c, size_t t, int64_t slot) {
  int64_t into = into_block(c, slot), first = slot - into;
  size_t back = (size_t)into;
  if (back <= t && is_unbroken(c, t - back, t))
    return t - back;
  while (t > 0 && slot_at(c, t - 1) >= first)
    t -= 1;
  return t;
}

/* The bar behind the block that starts with bar t in this slot, and that bar's
   slot. */
static size_t next_start(cutter *c, size_t t, int64_t *slot) {
  int64_t n = (int64_t)c->n;
  int64_t left = c->is_aligned ? n : n - into_block(c, *slot);
  int64_t next = *slot + left;
  size_t ahead = (size_t)left, n_bars = c->bars->n;
  c->is_aligned = ahead < n_bars - t && is_unbroken(c, t, t + ahead);
  if (c->is_aligned) {
    *slot = next;
    return t + ahead;
  }
  for (t += 1; t < n_bars; ++t) {
    *slot = slot_at(c, t);
    if (*slot >= next)
      break;
  }
  return t;
}

/* ---- simple average ---- */

/* The values of one block of time, as the step has them. */
static void mean_plainly(const double *x, size_t n, crucible__time_block block,
                         double *out, size_t begin) {
  double suffix[CRUCIBLE__LONGEST], pivot = x[block.start], sum = 0;
  size_t most = block.start < n - 1 ? block.start : n - 1;
  suffix[0] = 0;
  for (size_t k = 1; k <= most; ++k) {
    sum += x[block.start - k] - pivot;
    suffix[k] = sum;
  }
  sum = 0;
  for (size_t t = block.start; t < block.to; ++t) {
    size_t before = n - 1 - (t - block.start);
    sum += x[t] - pivot;
    if (t >= block.from && before <= most) /* else it is not warm */
      out[t - begin] = pivot + (suffix[before] + sum) / (double)n;
  }
}

/* Whether the kernel may read what lies around the block. */
static int is_inside(const crucible__time_block *block, size_t n,
                     size_t n_bars) {
  size_t reach = n + CRUCIBLE__KERNEL_REACH;
  return block->start >= reach && reach <= n_bars - block->start;
}

static void mean_of_lane(const crucible__feature_kernel *kernel,
                         const crucible_bars *bars, size_t n, size_t begin,
                         size_t end, double *out) {
  cutter c = {.bars = bars, .n = n};
  const double *x = bars->close;
  int64_t slot = slot_at(&c, begin);
  size_t start = start_of(&c, begin, slot), waiting = 0;
  crucible__time_block blocks[LANES];
  slot = slot_at(&c, start);
  while (start < end) {
    size_t next = next_start(&c, start, &slot);
    crucible__time_block block = {.start = start,
                                  .from = start < begin ? begin : start,
                                  .to = next < end ? next : end};
    if (is_inside(&block, n, bars->n))
      blocks[waiting++] = block;
    else
      mean_plainly(x, n, block, out, begin);
    if (waiting == LANES) {
      kernel->mean(x, n, blocks, out, begin);
      waiting = 0;
    }
    start = next;
  }
  if (waiting == 0)
    return;
  for (size_t l = waiting; l < LANES; ++l) {
    blocks[l] = blocks[0];
    blocks[l].to = blocks[l].from; /* nothing of it is wanted */
  }
  kernel->mean(x, n, blocks, out, begin);
}

void crucible__sma_block(const struct crucible__feature_lane *lanes, size_t n,
                         const crucible_bars *bars, size_t begin, size_t end,
                         double *values, size_t stride) {
  const crucible__feature_kernel *kernel = crucible__feature_kernel_now();
  for (size_t j = 0; j < n && begin < end; ++j)
    mean_of_lane(kernel, bars, (size_t)lanes[j].params[0], begin, end,
                 values + j * stride);
}

/* ---- exponential average ---- */

/* Until it is warm; the bar after. */
static size_t warm_up(crucible__ema *e, const double *x, size_t begin,
                      size_t end, double *out) {
  size_t t = begin;
  for (; t < end && !crucible__ema_is_warm(e); ++t)
    out[t - begin] = crucible__ema_push(e, x[t]);
  return t;
}

/* Up to 16 averages, all of them warm. */
static void ema_together(const struct crucible__feature_lane *lanes, size_t n,
                         const double *x, size_t n_bars, double *values,
                         size_t stride) {
  crucible__ema_lanes state[2];
  double *out[2 * LANES];
  size_t groups = n > LANES ? 2 : 1;
  for (size_t j = 0; j < groups * LANES; ++j) {
    size_t own = j < n ? j : n - 1;
    const crucible__ema *e = lanes[own].state;
    state[j / LANES].value[j % LANES] = e->value;
    state[j / LANES].weight[j % LANES] = e->weight;
    out[j] = values + own * stride;
  }
  crucible__feature_kernel_now()->ema(x, n_bars, state, groups, out);
  for (size_t j = 0; j < n; ++j)
    ((crucible__ema *)lanes[j].state)->value =
        state[j / LANES].value[j % LANES];
}

void crucible__ema_block(const struct crucible__feature_lane *lanes, size_t n,
                         const crucible_bars *bars, size_t begin, size_t end,
                         double *values, size_t stride) {
  const double *x = bars->close;
  for (size_t j = 0; j < n; j += 2 * LANES) {
    size_t together = n - j < 2 * LANES ? n - j : 2 * LANES, warm = begin;
    for (size_t k = j; k < j + together; ++k) {
      size_t t = warm_up(lanes[k].state, x, begin, end, values + k * stride);
      warm = t > warm ? t : warm;
    }
    for (size_t k = j; k < j + together; ++k) { /* all to the same bar */
      crucible__ema *e = lanes[k].state;
      double *out = values + k * stride;
      size_t seen =
          begin < lanes[k].lookback + 1 ? lanes[k].lookback + 1 : begin;
      for (size_t t = seen; t < warm; ++t)
        out[t - begin] = crucible__ema_push(e, x[t]);
    }
    ema_together(lanes + j, together, x + warm, end - warm,
                 values + j * stride + (warm - begin), stride);
  }
}

/* ---- extremes ---- */

enum { TOGETHER = 1024 /* bars of a piece: it stays in the L1 cache */ };

/* One way to compare. */
typedef struct extreme {
  void (*grow)(double *w, size_t n, size_t by);
  void (*pick)(const double *a, const double *b, size_t n, double *out);
  double none; /* what every value beats */
} extreme;

static size_t longest(const struct crucible__feature_lane *lanes, size_t n) {
  double most = 0;
  for (size_t j = 0; j < n; ++j)
    most = lanes[j].params[0] > most ? lanes[j].params[0] : most;
  return (size_t)most;
}

/* Bars [t, t + n_bars) of all lanes; out is where lane 0's value of t goes. */
static void extremes_of_piece(const struct crucible__feature_lane *lanes,
                              size_t n, const extreme *kind, const double *x,
                              size_t t, size_t n_bars, double *out,
                              size_t stride) {
  double room[CRUCIBLE__LONGEST + TOGETHER];
  size_t most = longest(lanes, n), reach = most - 1;
  size_t there = t < reach ? t : reach;
  double *w = room + reach; /* w[i] belongs to bar t + i, i >= -reach */
  for (size_t i = 0; i < reach - there; ++i)
    room[i] = kind->none;
  memcpy(w - there, x + t - there, (there + n_bars) * sizeof *w);
  /* room[i] is the extreme of the last `size` bars, for i >= size - 1 */
  for (size_t size = 1;; size *= 2) {
    for (size_t j = 0; j < n; ++j) {
      size_t window = (size_t)lanes[j].params[0];
      if (window >= size && window < 2 * size)
        kind->pick(w, w - (window - size), n_bars, out + j * stride);
    }
    if (2 * size > most)
      return;
    size_t first = 2 * size - 1; /* before it are too few bars */
    kind->grow(room + first, reach + n_bars - first, size);
  }
}

static void extremes(const struct crucible__feature_lane *lanes, size_t n,
                     const extreme *kind, const double *x, size_t begin,
                     size_t end, double *values, size_t stride) {
  for (size_t t = begin; t < end; t += TOGETHER) {
    size_t n_bars = end - t < TOGETHER ? end - t : TOGETHER;
    extremes_of_piece(lanes, n, kind, x, t, n_bars, values + (t - begin),
                      stride);
  }
}

#define EXTREMES(name, way, column, nothing)                                   \
  void crucible__##name##_block(const struct crucible__feature_lane *lanes,    \
                                size_t n, const crucible_bars *bars,           \
                                size_t begin, size_t end, double *values,      \
                                size_t stride) {                               \
    const crucible__feature_kernel *kernel = crucible__feature_kernel_now();   \
    const extreme kind = {.grow = kernel->grow_##way,                          \
                          .pick = kernel->pick_##way,                          \
                          .none = nothing};                                    \
    extremes(lanes, n, &kind, bars->column, begin, end, values, stride);       \
  }
EXTREMES(max, most, close, -(double)INFINITY)
EXTREMES(min, least, close, (double)INFINITY)
EXTREMES(upper, most, high, -(double)INFINITY)
EXTREMES(lower, least, low, (double)INFINITY)
