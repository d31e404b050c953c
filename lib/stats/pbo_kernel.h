/* SPDX-License-Identifier: Apache-2.0 */
/* One combination of blocks and its complement, over all trials. */
#ifndef CRUCIBLE__PBO_KERNEL_H
#define CRUCIBLE__PBO_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum {
  CRUCIBLE__PBO_GROUP = 8, /* trials side by side */
  CRUCIBLE__PBO_BLOCKS = 24
};

/*
 * Trials in groups of eight: for each group its shifts [8], then for each block
 * the sums of x - shift [8] and of their squares [8]. The last group is filled
 * up with trials that are all zero.
 */
typedef struct crucible__pbo_sums {
  const double *data;
  size_t n_groups;
  size_t n_blocks;
  double n_half; /* observations in half of the blocks */
  int is_sharpe;
} crucible__pbo_sums;

static inline size_t crucible__pbo_group_size(size_t n_blocks) {
  return CRUCIBLE__PBO_GROUP * (1 + 2 * n_blocks);
}

/* blocks: n_blocks / 2 numbers in sample, then those out of sample. The
   statistic of each trial on the one and on the other, [8 n_groups] each. */
typedef void (*crucible__pbo_statistics)(const crucible__pbo_sums *sums,
                                         const uint32_t *blocks, double *in,
                                         double *out);

/* How many of x[8 n_groups] are less than value and how many are not greater;
   and the greatest of x. */
typedef void (*crucible__pbo_rank)(const double *x, size_t n_groups,
                                   double value, size_t *less,
                                   size_t *less_equal);
typedef double (*crucible__pbo_greatest)(const double *x, size_t n_groups);

typedef struct crucible__pbo_calls {
  crucible__pbo_statistics statistics;
  crucible__pbo_rank rank;
  crucible__pbo_greatest greatest;
} crucible__pbo_calls;

/* Those of the processor's level. */
const crucible__pbo_calls *crucible__pbo_calls_now(void);

#endif
