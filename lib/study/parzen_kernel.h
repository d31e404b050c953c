/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mixtures of truncated normal laws, eight kernels at a time.
 *
 * Eight kernels are a block: rows of eight doubles. The first row is the log
 * density at the centres, the second the ages; then each axis has its rows. An
 * axis goes from 0 to 1 and is one of three kinds:
 *
 *   CONTINUOUS  a normal law of that centre, cut at 0 and 1
 *   DISCRETE    the same, and what is asked is the mass between two edges
 *   CHOICE      the centre is a choice's number; another choice is less likely
 *
 * Logarithms are to base 2. Constants that all kernels of a mixture share are
 * left out. Sums have a fixed
 * order and no operation is fused: the same bits at each vector level.
 */
#ifndef CRUCIBLE__PARZEN_KERNEL_H
#define CRUCIBLE__PARZEN_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum {
  CRUCIBLE__PARZEN_CONTINUOUS,
  CRUCIBLE__PARZEN_DISCRETE,
  CRUCIBLE__PARZEN_CHOICE
};

enum {
  CRUCIBLE__PARZEN_LANES = 8,
  /* rows of a block */
  CRUCIBLE__PARZEN_PEAK = 0, /* log density at the centre */
  CRUCIBLE__PARZEN_AGE = 1,  /* rank by age, 0 the oldest */
  CRUCIBLE__PARZEN_AXES = 2, /* the first axis' first row */
  /* rows of an axis */
  CRUCIBLE__PARZEN_CENTRE = 0,
  CRUCIBLE__PARZEN_INVERSE = 1, /* of the width */
  CRUCIBLE__PARZEN_GAP = 2,     /* to the farther neighbour */
  CRUCIBLE__PARZEN_BELOW = 3,   /* of the uncut law: mass below 0 */
  CRUCIBLE__PARZEN_MASS = 4,    /* and between 0 and 1 */
  CRUCIBLE__PARZEN_AXIS_ROWS = 5
};

/* Doubles of a block. */
static inline size_t crucible__parzen_stride(size_t n_axes) {
  return (CRUCIBLE__PARZEN_AXES + CRUCIBLE__PARZEN_AXIS_ROWS * n_axes) *
         CRUCIBLE__PARZEN_LANES;
}

/* Weight of a kernel: least(1, oldest + more * age). */
typedef struct crucible__parzen_weights {
  double oldest, more;
} crucible__parzen_weights;

typedef struct crucible__parzen_query {
  /* [2 * axes] CONTINUOUS: the value; DISCRETE: the edges; CHOICE: its number
     and what another one takes from the log density */
  const double *at;
  double reference;                   /* taken from each log density */
  double least;                       /* kernels below it may be left out */
  double sum[CRUCIBLE__PARZEN_LANES]; /* the densities are added here */
} crucible__parzen_query;

typedef struct crucible__parzen_calls {
  /* Widths, inverses and peaks from gaps: a width is the gap, but not below
     the floor. Kernels from n_used on get no density. */
  void (*refresh)(double *blocks, size_t n_used, const int32_t *kinds,
                  size_t n_axes, double floor_width);
  /* Adds the weighted densities of whole blocks to the queries' sums. */
  void (*add)(const double *blocks, size_t n_blocks, const int32_t *kinds,
              size_t n_axes, const crucible__parzen_weights *weights,
              crucible__parzen_query *queries, size_t n_queries);
} crucible__parzen_calls;

/* Those of the processor's level. */
const crucible__parzen_calls *crucible__parzen_calls_now(void);

#endif
