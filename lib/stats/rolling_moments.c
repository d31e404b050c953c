/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moments of a moving window from sums of powers, of which none ever had a
 * value subtracted that has left, and all depend on what the window holds:
 *
 * The values stand in a ring that is cut into blocks. While the values of a
 * block are replaced, oldest first, the rest of the window stays as it is: the
 * middle. Its mean is the shift, and every value adds the powers of its
 * distance from it: the block's new values to one running sum, its old ones,
 * youngest first and before any of them leaves, to sums of which one per value
 * is kept. So a push adds four powers, and the window's sums are those of the
 * middle with what is left of the old, plus those of the new.
 *
 * Sums about a shift lose digits where the mean is many deviations away from
 * it. Here it cannot be: the middle is most of the window, and if the rest lies
 * far from the middle's mean, so does it from the window's, which makes the
 * deviation large: |mean - shift| <= sqrt(n_rest / n_middle) stddev. Only while
 * the first block fills is there no middle; the first value is the shift, not
 * more than sqrt(n) deviations from the mean of n values.
 *
 * The middle: each block that is full is summed about its own mean. Sums of
 * all blocks that follow in the last round are made when it ends, those of the
 * blocks before in this round as they come; merging both is the middle.
 */
#include <math.h>
#include <stdint.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/normal.h"
#include "math/moment_sums.h"
#include "stats/moments.h"
#include "stats/sharpe_law.h"

enum { WINDOW_MAX = 1 << 30, BLOCK_MAX = 64, BLOCKS_MIN = 8 };

typedef struct powers {
  double s[4]; /* sums of the powers 1 to 4 of value - shift */
} powers;

/* The shift is the mean but for its rounding, which s[0] makes up for. */
typedef struct part {
  double n, shift;
  powers sums;
} part;

struct crucible_rolling_moments {
  size_t window, held;
  size_t at;   /* place of the next value */
  size_t end;  /* of the block that it lies in */
  size_t left; /* old values of this block that are still held */
  double shift, n, share, shrink; /* held, 1 / n, sqrt((n - 1) / n) */
  powers newer;                   /* of the block's new values */
  double *values;                 /* [window] */
  powers *older; /* [size + 1] the middle and the i youngest old values */
  part *parts;   /* [n_parts] blocks of this round before the present one;
                       after it, blocks of the last round with all that follow */
  part before;   /* the blocks of this round before the present one */
  size_t block;  /* the present one */
  size_t n_parts, size;
  double room[];
};

static void add(powers *to, double distance) {
  const double d2 = distance * distance;
  to->s[0] += distance;
  to->s[1] += d2;
  to->s[2] += d2 * distance;
  to->s[3] += d2 * d2;
}

/* ---- parts ---- */

/* About its mean: the first value is taken off before, so that equal ones have
   no sums at all. */
static part part_of(const double *values, size_t n) {
  part of = {.n = (double)n, .shift = values[0]};
  double sum = 0;
  for (size_t i = 1; i < n; ++i)
    sum += values[i] - values[0];
  of.shift += sum / of.n;
  for (size_t i = 0; i < n; ++i)
    add(&of.sums, values[i] - of.shift);
  return of;
}

/* The sums about a shift that lies d below: binomial theorem. */
static void move(part *of, double d) {
  const double n = of->n, *s = of->sums.s;
  const powers moved = {
      {s[0] + d * n, s[1] + d * (2 * s[0] + d * n),
       s[2] + d * (3 * s[1] + d * (3 * s[0] + d * n)),
       s[3] + d * (4 * s[2] + d * (6 * s[1] + d * (4 * s[0] + d * n)))}};
  of->sums = moved;
  of->shift -= d;
}

static part merged(part a, part b) {
  if (a.n == 0)
    return b;
  if (b.n == 0)
    return a;
  const double n = a.n + b.n;
  const double shift = a.shift + (b.shift - a.shift) * (b.n / n);
  move(&a, a.shift - shift);
  move(&b, b.shift - shift);
  a.n = n;
  a.shift = shift;
  for (int k = 0; k < 4; ++k)
    a.sums.s[k] += b.sums.s[k];
  return a;
}

static size_t end_of(const crucible_rolling_moments *rolling, size_t block) {
  const size_t end = (block + 1) * rolling->size;
  return end < rolling->window ? end : rolling->window;
}

static part part_at(const crucible_rolling_moments *rolling, size_t block) {
  const size_t start = block * rolling->size;
  return part_of(rolling->values + start, end_of(rolling, block) - start);
}

/* A round has ended: parts become sums of all that follow. */
static void gather(crucible_rolling_moments *rolling, size_t from) {
  for (size_t k = rolling->n_parts - 1; k-- > from;)
    rolling->parts[k] = merged(rolling->parts[k], rolling->parts[k + 1]);
}

/* A block's values are about to be replaced, the first `gone` of them are. */
static void begin(crucible_rolling_moments *rolling, size_t block,
                  size_t gone) {
  part middle = rolling->before;
  const int is_full = rolling->held == rolling->window;
  rolling->block = block;
  rolling->end = end_of(rolling, block);
  rolling->at = block * rolling->size + gone;
  rolling->left = is_full ? rolling->end - rolling->at : 0;
  if (is_full && block + 1 < rolling->n_parts)
    middle = merged(rolling->parts[block + 1], middle);
  rolling->shift = middle.shift;
  rolling->newer = (powers){{0}};
  powers sums = rolling->older[0] = middle.sums;
  for (size_t i = 1; i <= rolling->left; ++i) {
    add(&sums, rolling->values[rolling->end - i] - middle.shift);
    rolling->older[i] = sums;
  }
}

/* The present block is full. */
static void turn(crucible_rolling_moments *rolling) {
  const size_t block = rolling->block;
  rolling->parts[block] = part_at(rolling, block);
  if (block + 1 < rolling->n_parts) {
    rolling->before = merged(rolling->before, rolling->parts[block]);
    begin(rolling, block + 1, 0);
    return;
  }
  gather(rolling, 0);
  rolling->before = (part){.n = 0};
  begin(rolling, 0, 0);
}

/* ---- the object ---- */

crucible_status
crucible_rolling_moments_create(size_t window,
                                crucible_rolling_moments **rolling) {
  if (rolling == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "rolling is NULL: give a place for the object");
  *rolling = NULL;
  if (window < 2 || window > WINDOW_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "window is %zu: give 2 to %d observations", window,
                          WINDOW_MAX);
  size_t size = window / BLOCKS_MIN;
  size = size < 1 ? 1 : size > BLOCK_MAX ? BLOCK_MAX : size;
  const size_t n_parts = (window + size - 1) / size;
  crucible_rolling_moments *made = crucible__alloc_zero(
      1, sizeof *made + n_parts * sizeof(part) + (size + 1) * sizeof(powers) +
             window * sizeof(double));
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->window = window;
  made->size = size;
  made->n_parts = n_parts;
  made->parts = (part *)(void *)made->room;
  made->older = (powers *)(void *)(made->parts + n_parts);
  made->values = (double *)(void *)(made->older + size + 1);
  begin(made, 0, 0);
  *rolling = made;
  return CRUCIBLE_OK;
}

void crucible_rolling_moments_destroy(crucible_rolling_moments *rolling) {
  crucible__free(rolling);
}

static void count(crucible_rolling_moments *rolling, size_t held) {
  rolling->held = held;
  rolling->n = (double)held;
  rolling->share = held > 0 ? 1 / rolling->n : 0;
  rolling->shrink = held > 0 ? sqrt((rolling->n - 1) * rolling->share) : 0;
}

/* The value stands at its place. */
static void take(crucible_rolling_moments *rolling, double value) {
  if (rolling->held < rolling->window) {
    if (rolling->held == 0)
      rolling->shift = value;
    count(rolling, rolling->held + 1);
  } else {
    --rolling->left;
  }
  add(&rolling->newer, value - rolling->shift);
  if (++rolling->at == rolling->end)
    turn(rolling);
}

crucible_status crucible_rolling_moments_push(crucible_rolling_moments *rolling,
                                              double value) {
  if (rolling == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "rolling is NULL: create one");
  if (!isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "value is %g: push finite returns only", value);
  rolling->values[rolling->at] = value;
  take(rolling, value);
  return CRUCIBLE_OK;
}

void crucible__rolling_moments_fetch(const crucible_rolling_moments *rolling) {
  __builtin_prefetch(rolling, 1);
  __builtin_prefetch((const char *)rolling + 64, 1);
  __builtin_prefetch((const char *)rolling + 128, 1);
}

static inline crucible__moment_sums
sums_of(const crucible_rolling_moments *rolling) {
  const double *a = rolling->older[rolling->left].s, *b = rolling->newer.s;
  const double s1 = a[0] + b[0], s2 = a[1] + b[1];
  const double s3 = a[2] + b[2], s4 = a[3] + b[3];
  const double m = s1 * rolling->share, t = m * s1;
  return (crucible__moment_sums){.n = rolling->n,
                                 .mean = rolling->shift + m,
                                 .m2 = s2 - t,
                                 .m3 = s3 - m * (3 * s2 - 2 * t),
                                 .m4 =
                                     s4 - m * (4 * s3 - m * (6 * s2 - 3 * t))};
}

crucible__moment_sums
crucible__rolling_moments_sums(const crucible_rolling_moments *rolling) {
  return sums_of(rolling);
}

static crucible_status check_held(const crucible_rolling_moments *rolling) {
  if (rolling->held < 2)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "the window holds %zu of the 2 returns that moments "
                          "need: push more",
                          rolling->held);
  return CRUCIBLE_OK;
}

crucible_status
crucible_rolling_moments_get(const crucible_rolling_moments *rolling,
                             crucible_moments *moments, size_t *n) {
  if (rolling == NULL || moments == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          rolling == NULL ? "rolling" : "moments");
  CRUCIBLE__TRY(check_held(rolling));
  const crucible__moment_sums sums = crucible__rolling_moments_sums(rolling);
  CRUCIBLE__TRY(crucible__moments_from(&sums, moments));
  if (n != NULL)
    *n = rolling->held;
  return CRUCIBLE_OK;
}

crucible_status
crucible_rolling_moments_psr(const crucible_rolling_moments *rolling,
                             double benchmark, double *z, double *psr) {
  if (rolling == NULL || (z == NULL && psr == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s NULL: give one",
                          rolling == NULL ? "rolling is" : "z and psr are");
  if (!isfinite(benchmark))
    return crucible__check_argument(benchmark, "benchmark");
  if (rolling->held < 2)
    return check_held(rolling);
  const crucible__moment_sums sums = sums_of(rolling);
  const crucible__sharpe_law law =
      crucible__sharpe_law_with(&sums, rolling->share, rolling->shrink);
  const double found = crucible__sharpe_z(&law, benchmark);
  if (isnan(found))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "the %zu returns around %g differ by rounding alone, "
                          "or their powers cannot be represented: there is no "
                          "Sharpe ratio",
                          rolling->held, sums.mean);
  if (z != NULL)
    *z = found;
  if (psr != NULL)
    *psr = crucible__normal_cdf(found);
  return CRUCIBLE_OK;
}

/* ---- as bytes ---- */

/* The sums follow from the values and the place in the ring, to the bit; so
   these are all there is to save. */
void crucible__rolling_moments_save(const crucible_rolling_moments *rolling,
                                    crucible__pack *pack) {
  crucible__pack_mark(pack, "ring");
  crucible__pack_u64(pack, rolling->window);
  crucible__pack_u64(pack, rolling->held);
  crucible__pack_u64(pack, rolling->at);
  crucible__pack_f64s(pack, rolling->values, rolling->held);
}

static int all_finite(const double *x, size_t n) {
  for (size_t i = 0; i < n; ++i)
    if (!isfinite(x[i]))
      return 0;
  return 1;
}

/* All sums from the values, made as pushing made them. */
static void restore(crucible_rolling_moments *rolling, size_t at) {
  const size_t block = at / rolling->size, start = block * rolling->size;
  for (size_t k = 0; k < block; ++k) {
    rolling->parts[k] = part_at(rolling, k);
    rolling->before = merged(rolling->before, rolling->parts[k]);
  }
  if (rolling->held == rolling->window) {
    for (size_t k = block + 1; k < rolling->n_parts; ++k)
      rolling->parts[k] = part_at(rolling, k);
    gather(rolling, block + 1);
  }
  begin(rolling, block, at - start);
  if (block == 0 && rolling->held < rolling->window)
    rolling->shift = rolling->values[0];
  for (size_t i = start; i < at; ++i)
    add(&rolling->newer, rolling->values[i] - rolling->shift);
}

crucible_status
crucible__rolling_moments_load(size_t window, crucible__unpack *unpack,
                               crucible_rolling_moments **rolling) {
  *rolling = NULL;
  crucible__unpack_mark(unpack, "ring");
  const uint64_t saved = crucible__unpack_u64(unpack);
  const size_t held = crucible__unpack_count(unpack, 0);
  const size_t at = crucible__unpack_count(unpack, 0);
  if (saved != window || held > window || at >= window ||
      (held < window && at != held))
    unpack->failed = 1;
  if (unpack->failed)
    return CRUCIBLE_OK;
  crucible_rolling_moments *made = NULL;
  CRUCIBLE__TRY(crucible_rolling_moments_create(window, &made));
  crucible__unpack_f64s(unpack, made->values, held);
  if (unpack->failed || !all_finite(made->values, held)) {
    unpack->failed = 1;
    crucible_rolling_moments_destroy(made);
    return CRUCIBLE_OK;
  }
  count(made, held);
  restore(made, at);
  *rolling = made;
  return CRUCIBLE_OK;
}
