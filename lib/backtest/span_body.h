/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spans for the level a file is compiled for; SPAN_NAME(x) names them. Only
 * span_baseline.c, span_avx2.c and span_avx512.c include this.
 */
#include "backtest/span.h"

#include "base/lanes.h"

_Static_assert((int)CRUCIBLE__LANES == (int)CRUCIBLE__LANE_COUNT,
               "a vector holds a record's lanes");

enum { N = CRUCIBLE__LANE_COUNT };

typedef crucible__lanes v8;
#define load crucible__lanes_load
#define store crucible__lanes_store
#define all crucible__lanes_all
#define add crucible__lanes_add
#define sub crucible__lanes_sub
#define mul crucible__lanes_mul
#define quotient crucible__lanes_div
#define least crucible__lanes_least
#define most crucible__lanes_most
#define pick crucible__lanes_pick

/* ---- lift ---- */

static double half_of(double spread, double usual, double open,
                      double least_half) {
  double half = (spread >= 0 ? spread : usual) * 0.5 * open;
  return half > least_half ? half : least_half;
}

static void lift_bars(crucible__lift *lift, const double *spread, double usual,
                      double least_half, size_t from, size_t to) {
  size_t i = from;
  if (i == 0 && i < to) {
    lift->half[0] =
        half_of(lift->spread_before, usual, lift->open[0], least_half);
    lift->change[0] =
        lift->close_before > 0 ? lift->close[0] / lift->close_before - 1 : 0;
    ++i;
  }
  const v8 floor = all(least_half), one = all(1), share = all(0.5);
  for (; i + N <= to; i += N) {
    v8 part = all(usual);
    if (spread != NULL) {
      v8 given = load(spread + i - 1);
      /* given >= 0: all but NaN, since a forecast is not negative */
      part = pick(all(-1), given, given, part);
    }
    v8 half = mul(mul(part, share), load(lift->open + i));
    store(lift->half + i, most(half, floor));
    v8 change = quotient(load(lift->close + i), load(lift->close + i - 1));
    store(lift->change + i, sub(change, one));
  }
  for (; i < to; ++i) {
    lift->half[i] = half_of(spread != NULL ? spread[i - 1] : (double)NAN, usual,
                            lift->open[i], least_half);
    lift->change[i] = lift->close[i] / lift->close[i - 1] - 1;
  }
}

/* ---- reach ---- */

static int is_reached(const crucible__lift *lift,
                      const crucible__levels *levels, size_t i) {
  double low = lift->low[i], high = lift->high[i], half = lift->half[i];
  return low - half <= levels->sell_below ||
         high - half >= levels->sell_above || low + half <= levels->buy_below ||
         high + half >= levels->buy_above;
}

/* Sells alone, buys alone, or both: constants where it is inlined. */
static inline __attribute__((always_inline)) size_t
reach_some(const crucible__lift *lift, const crucible__levels *levels,
           size_t from, size_t to, int sells, int buys) {
  const v8 sell_below = all(levels->sell_below);
  const v8 sell_above = all(levels->sell_above);
  const v8 buy_below = all(levels->buy_below);
  const v8 buy_above = all(levels->buy_above);
  size_t i = from;
  for (; i + N <= to; i += N) {
    v8 low = load(lift->low + i), high = load(lift->high + i);
    v8 half = load(lift->half + i);
    uint32_t hit = 0;
    if (sells)
      hit |= crucible__lanes_less_equal(sub(low, half), sell_below) |
             crucible__lanes_less_equal(sell_above, sub(high, half));
    if (buys)
      hit |= crucible__lanes_less_equal(add(low, half), buy_below) |
             crucible__lanes_less_equal(buy_above, add(high, half));
    if (hit != 0)
      return i + (size_t)__builtin_ctz(hit);
  }
  for (; i < to; ++i)
    if (is_reached(lift, levels, i))
      return i;
  return to;
}

static size_t reach(const crucible__lift *lift, const crucible__levels *levels,
                    size_t from, size_t to) {
  const double most_of_all = (double)INFINITY;
  int sells =
      levels->sell_below > -most_of_all || levels->sell_above < most_of_all;
  int buys =
      levels->buy_below > -most_of_all || levels->buy_above < most_of_all;
  if (sells && buys)
    return reach_some(lift, levels, from, to, 1, 1);
  if (sells)
    return reach_some(lift, levels, from, to, 1, 0);
  if (buys)
    return reach_some(lift, levels, from, to, 0, 1);
  return to;
}

/* ---- hold ---- */

/* One bar, as the step marks it. */
static double equity_of(const crucible__lift *lift,
                        const crucible__holding *holding, size_t i) {
  double mark = lift->close[i] - holding->side * lift->half[i];
  double value = holding->position * mark;
  double rate = holding->fee != NULL ? holding->fee[i] : holding->fee_rate;
  return holding->cash + value - fabs(value) * rate + holding->others;
}

static void meet_range(const crucible__lift *lift, crucible__holding *holding,
                       size_t i) {
  double half = holding->side * lift->half[i];
  double low = lift->low[i] - half, high = lift->high[i] - half;
  holding->lowest = low < holding->lowest ? low : holding->lowest;
  holding->highest = high > holding->highest ? high : holding->highest;
}

static void hold_one(const crucible__lift *lift, crucible__holding *holding,
                     size_t i, crucible__return_sums *sums, double *curve) {
  double equity = equity_of(lift, holding, i);
  if (curve != NULL)
    curve[i] = equity;
  meet_range(lift, holding, i);
  crucible__return_sums_push(sums, equity, lift->change[i]);
}

/* Sums of a record in registers; equity before the next bar in all lanes of
   before (its last lane counts). */
typedef struct held {
  v8 r1, r2, r3, r4, gain, down2, with_market, up, down, equity, below2;
  v8 best, worst, trough, lowest, highest, before;
} held;

static inline held take_sums(const crucible__return_sums *sums,
                             const crucible__holding *holding) {
  return (held){
      .r1 = load(sums->r1),
      .r2 = load(sums->r2),
      .r3 = load(sums->r3),
      .r4 = load(sums->r4),
      .gain = load(sums->gain),
      .down2 = load(sums->down2),
      .with_market = load(sums->with_market),
      .up = load(sums->up),
      .down = load(sums->down),
      .equity = load(sums->equity_sum),
      .below2 = load(sums->below2),
      .best = all(sums->best),
      .worst = all(sums->worst),
      .trough = all(sums->trough),
      .lowest = all(holding->lowest),
      .highest = all(holding->highest),
      .before = all(sums->previous),
  };
}

static inline double least_of(v8 a) {
  double lane[N];
  store(lane, a);
  for (int k = 1; k < N; ++k)
    lane[0] = lane[k] < lane[0] ? lane[k] : lane[0];
  return lane[0];
}

static inline double most_of(v8 a) {
  double lane[N];
  store(lane, a);
  for (int k = 1; k < N; ++k)
    lane[0] = lane[k] > lane[0] ? lane[k] : lane[0];
  return lane[0];
}

static inline void give_sums(const held *h, crucible__return_sums *sums,
                             crucible__holding *holding) {
  store(sums->r1, h->r1);
  store(sums->r2, h->r2);
  store(sums->r3, h->r3);
  store(sums->r4, h->r4);
  store(sums->gain, h->gain);
  store(sums->down2, h->down2);
  store(sums->with_market, h->with_market);
  store(sums->up, h->up);
  store(sums->down, h->down);
  store(sums->equity_sum, h->equity);
  store(sums->below2, h->below2);
  sums->best = most_of(h->best);
  sums->worst = least_of(h->worst);
  sums->trough = least_of(h->trough);
  holding->lowest = least_of(h->lowest);
  holding->highest = most_of(h->highest);
}

/* The peaks in a block, bar by bar; leaves sums->bars to the caller. */
static void pass_peaks(crucible__return_sums *sums, held *h, v8 equity,
                       size_t first, size_t last) {
  double lane[N];
  store(lane, equity);
  uint64_t bars = sums->bars;
  sums->trough = least_of(h->trough);
  store(sums->below2, h->below2);
  for (size_t k = first; k < last; ++k)
    crucible__return_sums_sink(sums, lane[k]);
  sums->bars = bars;
  h->trough = all(sums->trough);
  h->below2 = load(sums->below2);
}

static const double LANE_NUMBERS[N] = {0, 1, 2, 3, 4, 5, 6, 7};

/*
 * Eight bars, lane k being bar base + k; of a part of them, [first, last), the
 * other lanes add nothing. Returns 0, and has changed nothing, if equity is
 * used up.
 */
static inline __attribute__((always_inline)) int
hold_block(const crucible__lift *lift, const crucible__holding *holding,
           size_t base, size_t first, size_t last, int is_part,
           crucible__return_sums *sums, held *h, double *curve) {
  const v8 zero = all(0), one = all(1);
  v8 half = mul(all(holding->side), load(lift->half + base));
  v8 change = load(lift->change + base);
  v8 value = mul(all(holding->position), sub(load(lift->close + base), half));
  v8 rate =
      holding->fee != NULL ? load(holding->fee + base) : all(holding->fee_rate);
  v8 fee = mul(crucible__lanes_abs(value), rate);
  v8 equity =
      add(sub(add(all(holding->cash), value), fee), all(holding->others));
  v8 low = sub(load(lift->low + base), half);
  v8 high = sub(load(lift->high + base), half);
  const v8 peak = all(sums->peak);
  v8 counted = equity, sunk = equity;
  uint32_t active = (1u << N) - 1;
  if (is_part) {
    const v8 number = load(LANE_NUMBERS);
    const v8 from = all((double)first), to = all((double)last);
    active = ((1u << last) - 1) & ~((1u << first) - 1);
    equity = pick(number, from, h->before, equity);
    counted = pick(number, from, zero, pick(number, to, equity, zero));
    sunk = pick(number, from, peak, pick(number, to, equity, peak));
    low = pick(number, from, h->lowest, pick(number, to, low, h->lowest));
    high = pick(number, from, h->highest, pick(number, to, high, h->highest));
  }
  if ((crucible__lanes_less_equal(equity, zero) & active) != 0)
    return 0;
  v8 growth = quotient(equity, crucible__lanes_shift(h->before, equity));
  if (is_part) {
    const v8 number = load(LANE_NUMBERS);
    growth = pick(number, all((double)first), one,
                  pick(number, all((double)last), growth, one));
  }
  v8 r = sub(growth, one), r2 = mul(r, r);
  h->r1 = add(h->r1, r);
  h->r2 = add(h->r2, r2);
  h->r3 = add(h->r3, mul(r2, r));
  h->r4 = add(h->r4, mul(r2, r2));
  h->gain = add(h->gain, most(r, zero));
  h->down2 = add(h->down2, pick(r, zero, r2, zero));
  h->with_market = add(h->with_market, mul(r, change));
  h->up = mul(h->up, pick(zero, change, growth, one));
  h->down = mul(h->down, pick(change, zero, growth, one));
  h->equity = add(h->equity, counted);
  if (is_part) { /* r is 0 in the lanes that do not count */
    const v8 number = load(LANE_NUMBERS);
    const v8 from = all((double)first), to = all((double)last);
    h->best = most(pick(number, from, h->best, pick(number, to, r, h->best)),
                   h->best);
    h->worst = least(
        pick(number, from, h->worst, pick(number, to, r, h->worst)), h->worst);
  } else {
    h->best = most(r, h->best);
    h->worst = least(r, h->worst);
  }
  h->lowest = least(low, h->lowest);
  h->highest = most(high, h->highest);
  sums->n_up += (uint64_t)__builtin_popcount(crucible__lanes_less(zero, r));
  sums->n_down += (uint64_t)__builtin_popcount(crucible__lanes_less(r, zero));
  if ((crucible__lanes_less_equal(peak, equity) & active) != 0) {
    pass_peaks(sums, h, equity, first, last);
  } else {
    v8 below = sub(peak, sunk);
    h->below2 = add(h->below2, mul(below, below));
    h->trough = least(sunk, h->trough);
  }
  if (is_part) {
    double lane[N];
    store(lane, equity);
    if (curve != NULL)
      for (size_t k = first; k < last; ++k)
        curve[base + k] = lane[k];
    h->before = all(lane[last - 1]);
  } else {
    if (curve != NULL)
      store(curve + base, equity);
    h->before = equity;
  }
  sums->bars += last - first;
  return 1;
}

static double last_lane(v8 a) {
  double lane[N];
  store(lane, a);
  return lane[N - 1];
}

/* As many bars from i on as blocks can take: returns the next one. The rest, a
   block that would read beyond the bars or one in which equity is used up, is
   left to single bars. */
static size_t hold_blocks(const crucible__lift *lift,
                          crucible__holding *holding, size_t i, size_t to,
                          crucible__return_sums *sums, double *curve) {
  held h = take_sums(sums, holding);
  uint64_t bars = sums->bars;
  size_t first = (size_t)(bars % N), from = i;
  while (i < to) {
    size_t last = to - i < N - first ? first + (to - i) : N;
    if (i < first || i - first + N > lift->n)
      break;
    int is_whole = last - first == N;
    if (!(is_whole ? hold_block(lift, holding, i, 0, N, 0, sums, &h, curve)
                   : hold_block(lift, holding, i - first, first, last, 1, sums,
                                &h, curve)))
      break;
    i += last - first;
    first = 0;
  }
  give_sums(&h, sums, holding);
  sums->n += i - from;
  sums->previous = last_lane(h.before);
  return i;
}

/* The range of quotes alone. */
static void range_blocks(const crucible__lift *lift, crucible__holding *holding,
                         size_t from, size_t to) {
  const v8 side = all(holding->side);
  v8 lowest = all(holding->lowest), highest = all(holding->highest);
  size_t i = from;
  for (; i + N <= to; i += N) {
    v8 half = mul(side, load(lift->half + i));
    lowest = least(sub(load(lift->low + i), half), lowest);
    highest = most(sub(load(lift->high + i), half), highest);
  }
  if (i > from) {
    holding->lowest = least_of(lowest);
    holding->highest = most_of(highest);
  }
  for (; i < to; ++i)
    meet_range(lift, holding, i);
}

static void hold(const crucible__lift *lift, crucible__holding *holding,
                 size_t from, size_t to, crucible__return_sums *sums,
                 double *curve) {
  if (sums == NULL) {
    range_blocks(lift, holding, from, to);
    for (size_t i = from; curve != NULL && i < to; ++i)
      curve[i] = equity_of(lift, holding, i);
    return;
  }
  size_t i = from;
  if (i < to)
    crucible__return_sums_wake(sums);
  if (i < to && !sums->is_ended)
    i = hold_blocks(lift, holding, i, to, sums, curve);
  for (; i < to; ++i)
    hold_one(lift, holding, i, sums, curve);
}

/* ---- signals ---- */

static uint64_t nonzero(const unsigned char *bytes) {
  return crucible__lanes_nonzero(bytes, 64);
}

/* Swaps the bits of mask between words that are shift apart. */
static inline __attribute__((always_inline)) void
swap_bits(uint64_t word[64], int shift, uint64_t mask) {
  for (int base = 0; base < 64; base += 2 * shift)
    for (int k = base; k < base + shift; ++k) {
      uint64_t swap = ((word[k] >> shift) ^ word[k + shift]) & mask;
      word[k] ^= swap << shift;
      word[k + shift] ^= swap;
    }
}

/* Bit k of word j becomes bit j of word k. */
static void transpose(uint64_t word[64]) {
  swap_bits(word, 32, 0x00000000ffffffff);
  swap_bits(word, 16, 0x0000ffff0000ffff);
  swap_bits(word, 8, 0x00ff00ff00ff00ff);
  swap_bits(word, 4, 0x0f0f0f0f0f0f0f0f);
  swap_bits(word, 2, 0x3333333333333333);
  swap_bits(word, 1, 0x5555555555555555);
}

static void square(const unsigned char *bytes, ptrdiff_t row_stride,
                   size_t n_rows, size_t n_columns, uint64_t word[64]) {
  for (size_t k = 0; k < n_rows; ++k) {
    const unsigned char *row = bytes + (ptrdiff_t)k * row_stride;
    /* of the next square; what is not there is not fetched */
    __builtin_prefetch(row + 64 * row_stride);
    word[k] = crucible__lanes_nonzero(row, n_columns);
  }
  for (size_t k = n_rows; k < 64; ++k)
    word[k] = 0;
  transpose(word);
}

static void judge(const double *scores, const double limits[2],
                  uint64_t above[2], uint64_t below[2]) {
  const v8 in = all(limits[0]), minus_in = all(-limits[0]);
  const v8 out = all(limits[1]), minus_out = all(-limits[1]);
  above[0] = above[1] = below[0] = below[1] = 0;
  for (int k = 0; k < 64; k += N) {
    v8 score = load(scores + k);
    above[0] |= (uint64_t)crucible__lanes_less(in, score) << k;
    below[0] |= (uint64_t)crucible__lanes_less(score, minus_in) << k;
    above[1] |= (uint64_t)crucible__lanes_less(minus_out, score) << k;
    below[1] |= (uint64_t)crucible__lanes_less(score, out) << k;
  }
}

const crucible__span_calls SPAN_NAME = {lift_bars, reach,  hold,
                                        nonzero,   square, judge};
