/* SPDX-License-Identifier: Apache-2.0 */
/* Included once for each vector level, with KERNEL_NAME. */
#include <stddef.h>
#include <stdint.h>

#include "base/lanes.h"
#include "features/feature_kernel.h"
#include "features/feature_kind.h"
#include "features/lanes_turn.h"

enum { LANES = CRUCIBLE__SIDE_BY_SIDE };

/* ---- means ---- */

/* suffix[k] = sums of the last k bars before the starts, newest first. */
static void mean_suffixes(const double *x, size_t n,
                          const crucible__time_block blocks[LANES],
                          crucible__lanes pivot, crucible__lanes *suffix) {
  crucible__lanes sum = crucible__lanes_all(0);
  suffix[0] = sum;
  for (size_t k = 0; k + 1 < n; k += LANES) {
    crucible__lanes v[LANES];
    for (size_t l = 0; l < LANES; ++l)
      v[l] = crucible__lanes_load(x + blocks[l].start - k - LANES);
    crucible__lanes_turn(v);
#pragma GCC unroll 8
    for (size_t i = 0; i < LANES; ++i) {
      sum = crucible__lanes_add(sum,
                                crucible__lanes_sub(v[LANES - 1 - i], pivot));
      suffix[k + i + 1] = sum;
    }
  }
}

/* Of eight bars from bar `first` of the blocks on. */
static void mean_store(crucible__lanes v[LANES], size_t first,
                       const crucible__time_block blocks[LANES], double *out,
                       size_t begin) {
  crucible__lanes_turn(v);
  for (size_t l = 0; l < LANES; ++l) {
    size_t t = blocks[l].start + first;
    size_t from = blocks[l].from, to = blocks[l].to;
    if (t >= from && t + LANES <= to) {
      crucible__lanes_store(out + (t - begin), v[l]);
    } else if (t < to && t + LANES > from) {
      uint32_t bits = 0xff;
      if (t < from)
        bits = bits << (from - t) & 0xff;
      if (t + LANES > to)
        bits &= 0xffU >> (t + LANES - to);
      crucible__lanes_store_some(out + (ptrdiff_t)(t - begin), v[l], bits);
    }
  }
}

static void mean(const double *x, size_t n,
                 const crucible__time_block blocks[LANES], double *out,
                 size_t begin) {
  /* what older[-1], .., older[-7] hold goes into values that nobody wants */
  crucible__lanes suffixes[CRUCIBLE__LONGEST + 2 * LANES];
  crucible__lanes *suffix = suffixes + LANES;
  double first[LANES];
  for (size_t l = 0; l < LANES; ++l)
    first[l] = x[blocks[l].start];
  const crucible__lanes pivot = crucible__lanes_load(first);
  const crucible__lanes count = crucible__lanes_all((double)n);
  const crucible__lanes inverse = crucible__lanes_all(1 / (double)n);
  mean_suffixes(x, n, blocks, pivot, suffix);
  for (size_t i = 0; i < LANES; ++i)
    suffixes[i] = pivot;
  crucible__lanes sum = crucible__lanes_all(0);
  for (size_t k = 0; k < n; k += LANES) {
    crucible__lanes v[LANES];
    const crucible__lanes *older = suffix + (n - 1 - k);
    for (size_t l = 0; l < LANES; ++l)
      v[l] = crucible__lanes_load(x + blocks[l].start + k);
    crucible__lanes_turn(v);
#pragma GCC unroll 8
    for (size_t i = 0; i < LANES; ++i) {
      sum = crucible__lanes_add(sum, crucible__lanes_sub(v[i], pivot));
      crucible__lanes all = crucible__lanes_add(*(older - i), sum);
      v[i] = crucible__lanes_add(pivot,
                                 crucible__lanes_share(all, count, inverse));
    }
    mean_store(v, k, blocks, out, begin);
  }
}

/* ---- exponential averages ---- */

/* The next n bars (n <= LANES): v[g][i] gets the values of bar i. */
#define EMA_BARS(n)                                                            \
  do {                                                                         \
    _Pragma("GCC unroll 8") for (size_t i = 0; i < (n); ++i) {                 \
      const crucible__lanes now = crucible__lanes_all(x[t + i]);               \
      _Pragma("GCC unroll 2") for (size_t g = 0; g < groups; ++g) {            \
        value[g] = crucible__lanes_add(                                        \
            crucible__lanes_mul(crucible__lanes_sub(now, value[g]),            \
                                weight[g]),                                    \
            value[g]);                                                         \
        v[g][i] = value[g];                                                    \
      }                                                                        \
    }                                                                          \
  } while (0)

static inline __attribute__((always_inline)) void
ema_groups(const double *x, size_t n_bars, crucible__ema_lanes *lanes,
           const size_t groups, double *const *out) {
  crucible__lanes value[2], weight[2], v[2][LANES];
  size_t t = 0;
  for (size_t g = 0; g < groups; ++g) {
    value[g] = crucible__lanes_load(lanes[g].value);
    weight[g] = crucible__lanes_load(lanes[g].weight);
  }
  for (; t + LANES <= n_bars; t += LANES) {
    EMA_BARS(LANES);
    for (size_t g = 0; g < groups; ++g) {
      crucible__lanes_turn(v[g]);
      for (size_t l = 0; l < LANES; ++l)
        crucible__lanes_store(out[g * LANES + l] + t, v[g][l]);
    }
  }
  size_t left = n_bars - t;
  for (size_t g = 0; g < groups; ++g)
    for (size_t i = 0; i < LANES; ++i)
      v[g][i] = value[g]; /* the last ones of which are not stored */
  EMA_BARS(left);
  for (size_t g = 0; g < groups; ++g) {
    crucible__lanes_turn(v[g]);
    for (size_t l = 0; left > 0 && l < LANES; ++l)
      crucible__lanes_store_some(out[g * LANES + l] + t, v[g][l],
                                 0xffU >> (LANES - left));
    crucible__lanes_store(lanes[g].value, value[g]);
  }
}
#undef EMA_BARS

static void ema(const double *x, size_t n_bars, crucible__ema_lanes *lanes,
                size_t groups, double *const *out) {
  if (groups == 2)
    ema_groups(x, n_bars, lanes, 2, out);
  else
    ema_groups(x, n_bars, lanes, 1, out);
}

/* ---- extremes ---- */

#define EXTREME(name, lanes_of, better)                                        \
  static void grow_##name(double *w, size_t n, size_t by) {                    \
    size_t i = n;                                                              \
    for (; i >= LANES; i -= LANES)                                             \
      crucible__lanes_store(                                                   \
          w + i - LANES, lanes_of(crucible__lanes_load(w + i - LANES),         \
                                  crucible__lanes_load(w + i - LANES - by)));  \
    for (; i > 0; --i) {                                                       \
      const double *other = w + i - 1 - by;                                    \
      w[i - 1] = w[i - 1] better * other ? w[i - 1] : *other;                  \
    }                                                                          \
  }                                                                            \
  static void pick_##name(const double *a, const double *b, size_t n,          \
                          double *out) {                                       \
    size_t i = 0;                                                              \
    for (; i + LANES <= n; i += LANES)                                         \
      crucible__lanes_store(out + i, lanes_of(crucible__lanes_load(a + i),     \
                                              crucible__lanes_load(b + i)));   \
    for (; i < n; ++i)                                                         \
      out[i] = a[i] better b[i] ? a[i] : b[i];                                 \
  }
EXTREME(most, crucible__lanes_most, >)
EXTREME(least, crucible__lanes_least, <)
#undef EXTREME

extern const crucible__feature_kernel KERNEL_NAME;
const crucible__feature_kernel KERNEL_NAME = {.mean = mean,
                                              .ema = ema,
                                              .grow_most = grow_most,
                                              .grow_least = grow_least,
                                              .pick_most = pick_most,
                                              .pick_least = pick_least};
