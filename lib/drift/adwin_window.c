/* SPDX-License-Identifier: Apache-2.0 */
#include "drift/adwin_window.h"

#include <math.h>
#include <string.h>

/* Room of a level: what it holds, and what may come in at once from below. */
static size_t room(uint32_t max_buckets, size_t level) {
  size_t coming = level < 32 ? (size_t)CRUCIBLE__ADWIN_PENDING >> level : 0;
  return max_buckets + coming + 1;
}

size_t crucible__adwin_slots(uint32_t max_buckets) {
  size_t n = 0;
  for (size_t level = 0; level < CRUCIBLE__ADWIN_LEVELS; ++level)
    n += room(max_buckets, level);
  return n;
}

void crucible__adwin_clear(crucible__adwin_buckets *buckets,
                           uint32_t max_buckets) {
  *buckets = (crucible__adwin_buckets){.max_buckets = max_buckets};
  size_t place = 0;
  for (size_t level = 0; level < CRUCIBLE__ADWIN_LEVELS; ++level) {
    buckets->place[level] = (uint32_t)place;
    place += room(max_buckets, level);
  }
}

static size_t n_slots(const crucible__adwin_buckets *buckets) {
  const size_t last = CRUCIBLE__ADWIN_LEVELS - 1;
  return buckets->place[last] + room(buckets->max_buckets, last);
}

/* The order of operations is river's, to the bit; in three passes, because the
   divisions of the second do not wait for each other. */
void crucible__adwin_add(uint64_t width, double *total, double *squares,
                         const double *values, size_t n) {
  double before[CRUCIBLE__ADWIN_PENDING], more[CRUCIBLE__ADWIN_PENDING];
  double sum = *total, deviations = *squares;
  for (size_t i = 0; i < n; ++i) {
    before[i] = sum;
    sum += values[i];
  }
  const double start = (double)width;
  for (size_t i = 0; i < n; ++i) {
    const double had = start + (double)(int32_t)i, has = had + 1;
    const double apart = values[i] - before[i] / had;
    more[i] = had * apart * apart / has;
  }
  if (width == 0 && n > 0)
    more[0] = 0;
  for (size_t i = 0; i < n; ++i)
    deviations += more[i];
  *total = sum;
  *squares = deviations;
}

/* Makes n buckets of the next level out of 2 n of this size. */
static void pair_up(const double *sums, const double *squares, size_t n,
                    double size, double *next_sums, double *next_squares) {
  const double share = 1 / size, half = size * 0.5;
  for (size_t i = 0; i < n; ++i) {
    const double apart = sums[2 * i] * share - sums[2 * i + 1] * share;
    next_sums[i] = sums[2 * i] + sums[2 * i + 1];
    next_squares[i] =
        squares[2 * i] + squares[2 * i + 1] + half * apart * apart;
  }
}

void crucible__adwin_settle(crucible__adwin_buckets *buckets, double *slots) {
  double *const sums = slots, *const squares = slots + n_slots(buckets);
  const uint32_t most = buckets->max_buckets, waiting = buckets->n_waiting;
  if (waiting == 0)
    return;
  crucible__adwin_add(buckets->width, &buckets->total, &buckets->squares,
                      sums + buckets->count[0] - waiting, waiting);
  memset(squares + buckets->count[0] - waiting, 0, waiting * sizeof *squares);
  buckets->width += waiting;
  buckets->n_waiting = 0;
  double size = 1;
  uint32_t level = 0;
  for (; buckets->count[level] > most; ++level, size *= 2) {
    const uint32_t here = buckets->place[level];
    const uint32_t pairs = (buckets->count[level] - most + 1) / 2;
    const uint32_t above =
        buckets->place[level + 1] + buckets->count[level + 1];
    pair_up(sums + here, squares + here, pairs, size, sums + above,
            squares + above);
    buckets->count[level + 1] += pairs;
    buckets->count[level] -= 2 * pairs;
    for (uint32_t k = 0; k < buckets->count[level]; ++k) {
      sums[here + k] = sums[here + 2 * pairs + k];
      squares[here + k] = squares[here + 2 * pairs + k];
    }
  }
  if (buckets->n_levels < level + 1)
    buckets->n_levels = level + 1;
}

/* Leaves out the oldest bucket. The window's sums are then taken from what is
   left, not by subtraction: an outlier that goes takes its rounding errors
   along. */
static void drop_oldest(crucible__adwin_buckets *buckets, double *slots) {
  double *const sums = slots, *const squares = slots + n_slots(buckets);
  const uint32_t top = buckets->n_levels - 1, at = buckets->place[top];
  const size_t left = --buckets->count[top];
  memmove(sums + at, sums + at + 1, left * sizeof *sums);
  memmove(squares + at, squares + at + 1, left * sizeof *squares);
  while (buckets->n_levels > 0 && buckets->count[buckets->n_levels - 1] == 0)
    --buckets->n_levels;
  double width = 0, total = 0, deviations = 0;
  for (uint32_t level = buckets->n_levels; level-- > 0;) {
    const double size = (double)(UINT64_C(1) << level);
    for (uint32_t k = 0; k < buckets->count[level]; ++k) {
      const double sum = sums[buckets->place[level] + k];
      const double apart = width > 0 ? sum / size - total / width : 0;
      deviations += squares[buckets->place[level] + k] +
                    apart * apart * (width * size / (width + size));
      width += size;
      total += sum;
    }
  }
  buckets->width = (uint64_t)width;
  buckets->total = total;
  buckets->squares = deviations;
}

/* Coefficients of the bound at one width. */
typedef struct bound {
  double log_term;   /* river's delta_prime */
  double range_term; /* 2/3 R log_term */
  double min_length;
} bound;

/* river's evaluate_cut(), operation by operation. */
static int exceeds(const bound *b, double variance, double n0, double n1,
                   double difference) {
  const double m =
      1.0 / (n0 - b->min_length + 1.0) + 1.0 / (n1 - b->min_length + 1.0);
  const double epsilon =
      sqrt(2.0 * m * variance * b->log_term) + b->range_term * m;
  return fabs(difference) > epsilon;
}

/*
 * The test asks whether D = |u0/n0 - u1/n1| > sqrt(c m) + d m, with m = 1/a +
 * 1/b. Most cuts are far from it, and D^2 < c m + d^2 m^2, multiplied out so
 * that nothing is divided, shows it. What comes near goes to exceeds(). The
 * allowances, 1e-14 of the means and 1e-12 of the bound, are larger than all
 * rounding errors on either side.
 */
static int has_cut(const crucible__adwin_buckets *buckets, const double *sums,
                   const crucible__adwin_test *test) {
  const double width = (double)buckets->width, shortest = test->min_length;
  const double variance = buckets->squares / width;
  bound b = {.min_length = shortest};
  b.log_term = log(2.0 * log(width) / test->delta);
  b.range_term = 2.0 / 3.0 * test->range * b.log_term;
  const double both = width - 2 * shortest + 2; /* a + b */
  const double c = 2 * variance * b.log_term * both * (1 - 1e-12);
  const double d = b.range_term * both * (1 - 1e-12);
  double n0 = 0, n1 = width, u0 = 0, u1 = buckets->total;
  for (uint32_t level = buckets->n_levels; level-- > 0;) {
    const double size = (double)(UINT64_C(1) << level);
    const double *sum = sums + buckets->place[level];
    for (uint32_t k = 0; k < buckets->count[level]; ++k) {
      n0 += size;
      n1 -= size;
      u0 += sum[k];
      u1 -= sum[k];
      if (n1 < shortest)
        return 0;
      if (n0 < shortest)
        continue;
      const double ab = (n0 - shortest + 1) * (n1 - shortest + 1);
      const double nn = n0 * n1, left = u0 * n1, right = u1 * n0;
      const double apart =
          (fabs(left - right) + 1e-14 * (fabs(left) + fabs(right))) * ab;
      if (apart * apart < (c * ab + d * d) * (nn * nn))
        continue;
      if (exceeds(&b, variance, n0, n1, u0 / n0 - u1 / n1))
        return 1;
    }
  }
  return 0;
}

int crucible__adwin_cut(crucible__adwin_buckets *buckets, double *slots,
                        const crucible__adwin_test *test) {
  int was_cut = 0;
  while (buckets->width > 1 && has_cut(buckets, slots, test)) {
    drop_oldest(buckets, slots);
    was_cut = 1;
  }
  return was_cut;
}
