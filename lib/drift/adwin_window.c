/* SPDX-License-Identifier: Apache-2.0 */
#include "drift/adwin_window.h"

#include <math.h>
#include <string.h>

#include "drift/adwin_scan.h"

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

/* Room for the cuts, and for the lanes that look beyond the last one. */
static size_t n_cuts(uint32_t max_buckets) {
  return (size_t)CRUCIBLE__ADWIN_LEVELS * max_buckets + CRUCIBLE__ADWIN_LANES;
}

size_t crucible__adwin_doubles(uint32_t max_buckets) {
  return 2 * crucible__adwin_slots(max_buckets) + 2 * n_cuts(max_buckets);
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

/* The parts of the array. */
typedef struct parts {
  double *sums, *squares, *before, *n_before;
} parts;

static parts parts_of(const crucible__adwin_buckets *buckets, double *slots) {
  const size_t last = CRUCIBLE__ADWIN_LEVELS - 1;
  const size_t n = buckets->place[last] + room(buckets->max_buckets, last);
  return (parts){slots, slots + n, slots + 2 * n,
                 slots + 2 * n + n_cuts(buckets->max_buckets)};
}

typedef double two __attribute__((vector_size(2 * sizeof(double))));

static two load_two(const double *from) {
  two value;
  memcpy(&value, from, sizeof value);
  return value;
}

static void store_two(double *to, two value) {
  memcpy(to, &value, sizeof value);
}

/* The order of operations is river's, to the bit; two values abreast, because
   their divisions need not wait for each other. */
void crucible__adwin_add(uint64_t width, double *total, double *squares,
                         const double *values, size_t n) {
  double sum = *total, deviations = *squares;
  size_t i = 0;
  if (width == 0 && n > 0) {
    sum += values[i++];
    ++width;
  }
  const double start = (double)width;
  two had = {start, start + 1}, has = had + 1;
  for (; i + 2 <= n; i += 2) {
    const double middle = sum + values[i];
    const two before = {sum, middle};
    const two apart = load_two(values + i) - before / had;
    const two more = had * apart * apart / has;
    sum = middle + values[i + 1];
    deviations = deviations + more[0] + more[1];
    had += 2;
    has += 2;
  }
  if (i < n) {
    const double apart = values[i] - sum / had[0];
    deviations += had[0] * apart * apart / has[0];
    sum += values[i];
  }
  *total = sum;
  *squares = deviations;
}

/* Makes n buckets of the next level out of 2 n of size values each. */
static void pair_up(const double *sums, const double *squares, size_t n,
                    double size, double *next_sums, double *next_squares) {
  const double share = 1 / size, half = size * 0.5;
  size_t i = 0;
  for (; i + 2 <= n; i += 2) {
    const two a = load_two(sums + 2 * i), b = load_two(sums + 2 * i + 2);
    const two v = load_two(squares + 2 * i), w = load_two(squares + 2 * i + 2);
    const two first = {a[0], b[0]}, second = {a[1], b[1]};
    const two apart = first * share - second * share;
    store_two(next_sums + i, first + second);
    store_two(next_squares + i,
              (two){v[0], w[0]} + (two){v[1], w[1]} + half * apart * apart);
  }
  for (; i < n; ++i) {
    const double apart = sums[2 * i] * share - sums[2 * i + 1] * share;
    next_sums[i] = sums[2 * i] + sums[2 * i + 1];
    next_squares[i] =
        squares[2 * i] + squares[2 * i + 1] + half * apart * apart;
  }
}

static void mark_changed(crucible__adwin_buckets *buckets, uint32_t levels) {
  if (buckets->changed < levels)
    buckets->changed = levels;
}

void crucible__adwin_settle(crucible__adwin_buckets *buckets, double *slots) {
  const parts at = parts_of(buckets, slots);
  const uint32_t most = buckets->max_buckets, waiting = buckets->n_waiting;
  if (waiting == 0)
    return;
  crucible__adwin_add(buckets->width, &buckets->total, &buckets->squares,
                      at.sums + buckets->count[0] - waiting, waiting);
  buckets->width += waiting;
  buckets->n_waiting = 0;
  double size = 1;
  uint32_t level = 0;
  for (; buckets->count[level] > most; ++level, size *= 2) {
    double *sums = at.sums + buckets->place[level];
    double *squares = at.squares + buckets->place[level];
    const uint32_t pairs = (buckets->count[level] - most + 1) / 2;
    const uint32_t above =
        buckets->place[level + 1] + buckets->count[level + 1];
    pair_up(sums, squares, pairs, size, at.sums + above, at.squares + above);
    buckets->count[level + 1] += pairs;
    buckets->count[level] -= 2 * pairs;
    for (uint32_t k = 0; k < buckets->count[level]; ++k)
      sums[k] = sums[2 * pairs + k];
    for (uint32_t k = 0; k < buckets->count[level] && level > 0; ++k)
      squares[k] = squares[2 * pairs + k];
  }
  if (buckets->n_levels < level + 1)
    buckets->n_levels = level + 1;
  mark_changed(buckets, level + 1);
}

/* Leaves out the oldest bucket. The window's sums are then taken from what is
   left, not by subtraction: an outlier that goes takes its rounding errors
   along. */
static void drop_oldest(crucible__adwin_buckets *buckets, double *slots) {
  const parts at = parts_of(buckets, slots);
  const uint32_t top = buckets->n_levels - 1, first = buckets->place[top];
  const size_t left = --buckets->count[top];
  memmove(at.sums + first, at.sums + first + 1, left * sizeof *at.sums);
  memmove(at.squares + first, at.squares + first + 1,
          left * sizeof *at.squares);
  while (buckets->n_levels > 0 && buckets->count[buckets->n_levels - 1] == 0)
    --buckets->n_levels;
  double width = 0, total = 0, deviations = 0;
  for (uint32_t level = buckets->n_levels; level-- > 0;) {
    const double size = (double)(UINT64_C(1) << level);
    for (uint32_t k = 0; k < buckets->count[level]; ++k) {
      const double sum = at.sums[buckets->place[level] + k];
      const double apart = width > 0 ? sum / size - total / width : 0;
      deviations += at.squares[buckets->place[level] + k] +
                    apart * apart * (width * size / (width + size));
      width += size;
      total += sum;
    }
  }
  buckets->width = (uint64_t)width;
  buckets->total = total;
  buckets->squares = deviations;
  mark_changed(buckets, buckets->n_levels);
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

/* Brings the sums before the cuts up to date; returns the number of buckets. */
static uint32_t refresh(crucible__adwin_buckets *buckets, const parts *at) {
  uint32_t *order = buckets->order;
  uint32_t level = buckets->changed, k = 0;
  if (level < buckets->n_levels) {
    k = order[level] + buckets->count[level];
  } else {
    level = buckets->n_levels;
    buckets->peak = 0;
  }
  double sum = k > 0 ? at->before[k - 1] : 0;
  double n = k > 0 ? at->n_before[k - 1] : 0, peak = buckets->peak;
  while (level-- > 0) {
    const double *sums = at->sums + buckets->place[level];
    const double size = (double)(UINT64_C(1) << level);
    order[level] = k;
    for (uint32_t b = 0; b < buckets->count[level]; ++b, ++k) {
      at->before[k] = sum += sums[b];
      at->n_before[k] = n += size;
      peak = peak > fabs(sum) ? peak : fabs(sum);
    }
  }
  buckets->peak = peak;
  buckets->changed = 0;
  return k;
}

/* At most the test's log_term: that of a width that is somewhat smaller. */
static double least_log_term(crucible__adwin_buckets *buckets, double width,
                             double delta) {
  if (!(buckets->log_width <= width && width <= 1.125 * buckets->log_width)) {
    buckets->log_width = width;
    buckets->log_term = log(2.0 * log(width) / delta) * (1 - 1e-12);
  }
  return buckets->log_term;
}

/*
 * Whether the square root alone shows that there is no cut, eight at a time.
 * With T the window's sum u0/n0 - u1/n1 is (u0 n - T n0) / (n0 n1), and m is at
 * least (a + b) / (n0 n1): there is none where
 *
 *   (u0 n - T n0)^2 < 2 var log_term (a + b) n0 n1.
 *
 * The allowance is larger than the rounding errors of both sides here and of
 * the differences that the test itself works with, one for each bucket.
 */
static int is_plain(crucible__adwin_buckets *buckets, const parts *at,
                    const crucible__adwin_test *test) {
  const double n = (double)buckets->width, shortest = test->min_length;
  const uint32_t end = refresh(buckets, at);
  const double log_term = least_log_term(buckets, n, test->delta);
  uint32_t first = 0, last = end;
  while (last > 0 && n - at->n_before[last - 1] < shortest)
    --last;
  while (first < last && at->n_before[first] < shortest)
    ++first;
  const crucible__adwin_plain plain = {
      .sums = at->before + first,
      .widths = at->n_before + first,
      .n = last - first,
      .total = buckets->total,
      .width = n,
      .most = 2 * (buckets->squares / n) * log_term * (n - 2 * shortest + 2) *
              (1 - 1e-12),
      .allowance = 4e-16 * (double)(end + 8) *
                   (buckets->peak + fabs(buckets->total)) * n};
  return crucible__adwin_scan_now()(&plain);
}

int crucible__adwin_cut(crucible__adwin_buckets *buckets, double *slots,
                        const crucible__adwin_test *test) {
  const parts at = parts_of(buckets, slots);
  int was_cut = 0;
  while ((double)buckets->width >= 2 * test->min_length &&
         !is_plain(buckets, &at, test) && has_cut(buckets, slots, test)) {
    drop_oldest(buckets, slots);
    was_cut = 1;
  }
  return was_cut;
}
