/* SPDX-License-Identifier: Apache-2.0 */
/* Included once for each vector level, with PBO_KERNEL_NAME. */
#include "base/lanes.h"
#include "stats/pbo_kernel.h"

_Static_assert((int)CRUCIBLE__PBO_GROUP == (int)CRUCIBLE__LANE_COUNT,
               "a group fills the lanes");

typedef struct half {
  crucible__lanes sum, squares;
} half;

static half half_of(const double *group, const uint32_t *blocks, size_t n) {
  half h = {.sum = crucible__lanes_all(0), .squares = crucible__lanes_all(0)};
  for (size_t k = 0; k < n; ++k) {
    const double *block = group + CRUCIBLE__PBO_GROUP * (1 + 2 * blocks[k]);
    h.sum = crucible__lanes_add(h.sum, crucible__lanes_load(block));
    h.squares = crucible__lanes_add(
        h.squares, crucible__lanes_load(block + CRUCIBLE__PBO_GROUP));
  }
  return h;
}

/* A record without variance is one without trades: its statistic is 0. */
static crucible__lanes statistic_of(half h, crucible__lanes shift, double n,
                                    int is_sharpe) {
  const crucible__lanes zero = crucible__lanes_all(0);
  crucible__lanes offset = crucible__lanes_div(h.sum, crucible__lanes_all(n));
  crucible__lanes mean = crucible__lanes_add(shift, offset);
  if (!is_sharpe)
    return mean;
  crucible__lanes variance = crucible__lanes_div(
      crucible__lanes_sub(h.squares, crucible__lanes_mul(h.sum, offset)),
      crucible__lanes_all(n - 1));
  crucible__lanes ratio =
      crucible__lanes_div(mean, crucible__lanes_sqrt(variance));
  return crucible__lanes_pick(zero, variance, ratio, zero);
}

static void statistics(const crucible__pbo_sums *sums, const uint32_t *blocks,
                       double *in, double *out) {
  const size_t size = crucible__pbo_group_size(sums->n_blocks);
  const size_t n = sums->n_blocks / 2;
  for (size_t g = 0; g < sums->n_groups; ++g) {
    const double *group = sums->data + g * size;
    crucible__lanes shift = crucible__lanes_load(group);
    half a = half_of(group, blocks, n), b = half_of(group, blocks + n, n);
    crucible__lanes_store(
        in + g * CRUCIBLE__PBO_GROUP,
        statistic_of(a, shift, sums->n_half, sums->is_sharpe));
    crucible__lanes_store(
        out + g * CRUCIBLE__PBO_GROUP,
        statistic_of(b, shift, sums->n_half, sums->is_sharpe));
  }
}

static void rank(const double *x, size_t n_groups, double value, size_t *less,
                 size_t *less_equal) {
  const crucible__lanes bound = crucible__lanes_all(value);
  *less = *less_equal = 0;
  for (size_t g = 0; g < n_groups; ++g) {
    crucible__lanes a = crucible__lanes_load(x + g * CRUCIBLE__PBO_GROUP);
    *less += (size_t)__builtin_popcount(crucible__lanes_less(a, bound));
    *less_equal +=
        (size_t)__builtin_popcount(crucible__lanes_less_equal(a, bound));
  }
}

static double greatest(const double *x, size_t n_groups) {
  double lane[CRUCIBLE__PBO_GROUP];
  crucible__lanes most = crucible__lanes_load(x);
  for (size_t g = 1; g < n_groups; ++g)
    most = crucible__lanes_most(
        most, crucible__lanes_load(x + g * CRUCIBLE__PBO_GROUP));
  crucible__lanes_store(lane, most);
  for (size_t k = 1; k < CRUCIBLE__PBO_GROUP; ++k)
    lane[0] = lane[k] > lane[0] ? lane[k] : lane[0];
  return lane[0];
}

extern const crucible__pbo_calls PBO_KERNEL_NAME;
const crucible__pbo_calls PBO_KERNEL_NAME = {
    .statistics = statistics, .rank = rank, .greatest = greatest};
