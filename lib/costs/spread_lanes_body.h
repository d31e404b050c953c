/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block of EDGE for the level a file is compiled for; SPREAD_CALLS names
 * the functions. Only spread_lanes_baseline.c, spread_lanes_avx2.c and
 * spread_lanes_avx512.c include this.
 */
#include "costs/spread_lanes.h"

#include <float.h>

#include "base/lanes.h"

_Static_assert((int)CRUCIBLE__SPREAD_LANES == (int)CRUCIBLE__LANE_COUNT,
               "a vector holds a row");

enum {
  N = CRUCIBLE__LANE_COUNT,
  BASIS = CRUCIBLE__EDGE_BASIS,
  SUMS = CRUCIBLE__EDGE_SUMS
};

typedef crucible__lanes num;
#define add crucible__lanes_add
#define sub crucible__lanes_sub
#define mul crucible__lanes_mul
#define quotient crucible__lanes_div
#define root crucible__lanes_sqrt
#define size_of crucible__lanes_abs
#define all crucible__lanes_all
#define pick crucible__lanes_pick
#define load crucible__lanes_load
#define store crucible__lanes_store

static __attribute__((noinline)) num replace_far(num a, num b, num near,
                                                 uint32_t far) {
  double above[N], below[N], log_of[N];
  store(above, a);
  store(below, b);
  store(log_of, near);
  for (int k = 0; k < N; ++k)
    if ((far >> k & 1) != 0)
      log_of[k] = crucible__spread_far(above[k], below[k]);
  return load(log_of);
}

static inline num log_of_far(num a, num b, num both, num z, num near) {
  const uint32_t far =
      crucible__lanes_less(all(CRUCIBLE__SPREAD_NEAR), size_of(z)) |
      crucible__lanes_less(all(DBL_MAX), both);
  return __builtin_expect(far != 0, 0) ? replace_far(a, b, near, far) : near;
}

#include "costs/spread_edge_body.h"

/* Eight neighbouring bars, at a bar that has one before it; close_before and the
   rest of the bars before them are the results of those eight, one on. */
typedef struct bars_before {
  num middle, sides;
} bars_before;

static inline void basis_of(const double *const price[4], size_t at,
                            bars_before *before, num basis[BASIS]) {
  const num open = load(price[0] + at), high = load(price[1] + at);
  const num low = load(price[2] + at), close = load(price[3] + at);
  const num close_before = load(price[3] + at - 1);
  const num middle = middle_of(log_ratio(high, close), log_ratio(low, close));
  const num sides = sides_of(high, low, close);
  edge_basis(open, high, low, log_ratio(open, close_before),
             log_ratio(close, close_before), middle, close_before,
             crucible__lanes_shift(before->middle, middle),
             crucible__lanes_shift(before->sides, sides), basis);
  before->middle = middle;
  before->sides = sides;
}

/* The one bar before eight, as the last of eight. */
static bars_before begin_after(const double *const price[4], size_t at) {
  const num high = all(price[1][at]), low = all(price[2][at]);
  const num close = all(price[3][at]);
  return (bars_before){middle_of(log_ratio(high, close), log_ratio(low, close)),
                       sides_of(high, low, close)};
}

/* Places n of eight neighbouring bars, beginning with place at of the block. */
static inline void place(crucible__spread_block *block, size_t at, size_t n,
                         const num basis[BASIS]) {
  double bar[BASIS][N];
  size_t cell = at / block->rows, row = at % block->rows;
  for (int k = 0; k < BASIS; ++k)
    store(bar[k], basis[k]);
  for (size_t i = 0; i < n; ++i) {
    double *to = block->basis + row * (BASIS * N) + cell;
    for (int k = 0; k < BASIS; ++k)
      to[k * N] = bar[k][i];
    if (++row == block->rows) {
      row = 0;
      ++cell;
    }
  }
}

static void place_all(crucible__spread_block *block,
                      const double *const price[4], size_t begin, size_t first,
                      size_t n_bars) {
  num basis[BASIS];
  size_t i = 0;
  bars_before before = begin_after(price, begin - 1);
  for (; i + N <= n_bars; i += N) {
    basis_of(price, begin + i, &before, basis);
    place(block, first + i, N, basis);
  }
  if (i == n_bars)
    return;
  double rest[4][N + 1]; /* one before, and the last again where none is */
  const double *const ends[4] = {rest[0], rest[1], rest[2], rest[3]};
  for (int c = 0; c < 4; ++c)
    for (size_t k = 0; k <= N; ++k) {
      const size_t of = begin + i + k - 1, last = begin + n_bars - 1;
      rest[c][k] = price[c][of < last ? of : last];
    }
  basis_of(ends, 1, &before, basis);
  place(block, first + i, n_bars - i, basis);
}

/* Literally, since compilers make calls that copy memory of loops. */
#define FIVE_SUMS(DO, k)                                                       \
  DO(k), DO((k) + 1), DO((k) + 2), DO((k) + 3), DO((k) + 4)
#define EACH_SUM(DO)                                                           \
  FIVE_SUMS(DO, 0), FIVE_SUMS(DO, 5), FIVE_SUMS(DO, 10), FIVE_SUMS(DO, 15),    \
      DO(20), DO(21)
_Static_assert(SUMS == 22, "all sums are named");

#define SET_TO_ZERO(k) part[k] = all(0)
#define ADD_TERM(k) part[k] = add(part[k], term[k])

static inline __attribute__((always_inline)) void
terms_at(const crucible__spread_block *block, size_t row, num term[SUMS]) {
  const double *from = block->basis + row * (BASIS * N);
  const num basis[BASIS] = {load(from),         load(from + N),
                            load(from + 2 * N), load(from + 3 * N),
                            load(from + 4 * N), load(from + 5 * N)};
  edge_terms(basis, term);
}

/* whole[k][cell]: the sums of the cells before it. */
static void sum_cells(const crucible__spread_block *block,
                      double whole[SUMS][N]) {
  num part[SUMS], term[SUMS];
  EACH_SUM(SET_TO_ZERO);
  for (size_t row = 0; row < block->rows; ++row) {
    terms_at(block, row, term);
    EACH_SUM(ADD_TERM);
  }
#define STORE_CELLS(k) store(whole[k], part[k])
  EACH_SUM(STORE_CELLS);
#undef STORE_CELLS
  for (int k = 0; k < SUMS; ++k) {
    double before = 0;
    for (int c = 0; c < N; ++c) {
      const double cell = whole[k][c];
      whole[k][c] = before;
      before += cell;
    }
  }
}

static void tell(crucible__spread_block *block, double whole[SUMS][N]) {
  num part[SUMS], term[SUMS], sum[SUMS];
  moment moments[2];
  const num n = all((double)block->n);
  EACH_SUM(SET_TO_ZERO);
  for (size_t row = 0; row < block->rows; ++row) {
    const double *older = block->older + row * (SUMS * N);
    terms_at(block, row, term);
    EACH_SUM(ADD_TERM);
#define ADD_UP(k)                                                              \
  sum[k] = add(add(load(block->later + (k)*N), load(older + (k)*N)),           \
               add(load(whole[k]), part[k]))
    EACH_SUM(ADD_UP);
#undef ADD_UP
    store(block->told + row * N, edge_of(sum, sum[S_A], n, moments));
  }
}

/* The block at hand becomes the one before. */
static void turn(crucible__spread_block *block) {
  num part[SUMS], term[SUMS];
  EACH_SUM(SET_TO_ZERO);
  for (size_t row = block->rows; row-- > 0;) {
    double *older = block->older + row * (SUMS * N);
    terms_at(block, row, term);
#define STORE_OLDER(k) store(older + (k)*N, part[k])
    EACH_SUM(STORE_OLDER);
#undef STORE_OLDER
    EACH_SUM(ADD_TERM);
  }
#define STORE_CELLS(k) store(block->later + (k)*N, part[k])
  EACH_SUM(STORE_CELLS);
#undef STORE_CELLS
  for (int k = 0; k < SUMS; ++k) {
    double *later = block->later + k * N, after = 0;
    for (int c = N; c-- > 0;) {
      const double cell = later[c];
      later[c] = after;
      after += cell;
    }
  }
}

static void next(crucible__spread_block *block, const double *const price[4],
                 size_t begin, size_t first, size_t n_bars, double *spread) {
  double whole[SUMS][N];
  place_all(block, price, begin, first, n_bars);
  if (spread != NULL) {
    sum_cells(block, whole);
    tell(block, whole);
    size_t cell = first / block->rows, row = first % block->rows;
    for (size_t i = 0; i < n_bars; ++i) {
      spread[i] = block->told[row * N + cell];
      if (++row == block->rows) {
        row = 0;
        ++cell;
      }
    }
  }
  turn(block);
}

/* A row of bars whose numbers are as a bar's must be. */
static uint32_t sound_at(const double *const column[5], size_t at) {
  const num open = load(column[0] + at), high = load(column[1] + at);
  const num low = load(column[2] + at), close = load(column[3] + at);
  const num volume = load(column[4] + at), most = all(DBL_MAX);
  return crucible__lanes_less(all(0), low) &
         crucible__lanes_less_equal(low, open) &
         crucible__lanes_less_equal(low, close) &
         crucible__lanes_less_equal(open, high) &
         crucible__lanes_less_equal(close, high) &
         crucible__lanes_less_equal(high, most) &
         crucible__lanes_less_equal(all(0), volume) &
         crucible__lanes_less_equal(volume, most);
}

static int are_sound(const double *const column[5], size_t n) {
  uint32_t sound = (1u << N) - 1;
  size_t i = 0;
  for (; i + N <= n; i += N)
    sound &= sound_at(column, i);
  if (i == n)
    return sound == (1u << N) - 1;
  double rest[5][N]; /* the last again where none is */
  const double *const ends[5] = {rest[0], rest[1], rest[2], rest[3], rest[4]};
  for (int c = 0; c < 5; ++c)
    for (size_t k = 0; k < N; ++k)
      rest[c][k] = column[c][i + k < n ? i + k : n - 1];
  return (sound & sound_at(ends, 0)) == (1u << N) - 1;
}

extern const crucible__spread_calls SPREAD_CALLS;
const crucible__spread_calls SPREAD_CALLS = {next, are_sound};
