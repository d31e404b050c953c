/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Features of many bars at once: eight sequential sums side by side, in the
 * order of the step each, so that the bits are the step's.
 */
#ifndef CRUCIBLE__FEATURE_KERNEL_H
#define CRUCIBLE__FEATURE_KERNEL_H

#include <stddef.h>

enum {
  CRUCIBLE__SIDE_BY_SIDE = 8,
  CRUCIBLE__KERNEL_REACH = 8 /* bars that a load may reach beyond a window */
};

/* A block of time of a window (see window.h), or a part of it. */
typedef struct crucible__time_block {
  size_t start;    /* its first bar, where the sums are cut */
  size_t from, to; /* bars whose values are wanted, [from, to) */
} crucible__time_block;

/* The recursion value += (x - value) * weight, in this order of operations. */
typedef struct crucible__ema_lanes {
  double value[CRUCIBLE__SIDE_BY_SIDE];
  double weight[CRUCIBLE__SIDE_BY_SIDE];
} crucible__ema_lanes;

typedef struct crucible__feature_kernel {
  /*
   * Means of n bars of x, of eight blocks of time; the value of bar t goes to
   * out[t - begin]. Reads x from start less n rounded up to 8, to start plus
   * n rounded up to 8.
   */
  void (*mean)(const double *x, size_t n,
               const crucible__time_block blocks[CRUCIBLE__SIDE_BY_SIDE],
               double *out, size_t begin);
  /* n_bars values of `groups` (1 or 2) times eight averages; average j's go to
     out[j], which may be the same for those that nobody wants. */
  void (*ema)(const double *x, size_t n_bars, crucible__ema_lanes *lanes,
              size_t groups, double *const *out);
  /* w[i] = the greater of w[i] and w[i - by], the last one first; reads `by`
     before w. */
  void (*grow_most)(double *w, size_t n, size_t by);
  void (*grow_least)(double *w, size_t n, size_t by);
  /* out[i] = the greater of a[i] and b[i]. */
  void (*pick_most)(const double *a, const double *b, size_t n, double *out);
  void (*pick_least)(const double *a, const double *b, size_t n, double *out);
} crucible__feature_kernel;

/* That of the processor's level. */
const crucible__feature_kernel *crucible__feature_kernel_now(void);

#endif
