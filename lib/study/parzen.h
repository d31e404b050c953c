/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adaptive Parzen estimators that take one observation more or less at a time.
 *
 * Observations are ranked by age. A kernel's width is the gap to the farther of
 * its two neighbours on an axis, held above a floor. Two layouts: a joint one
 * over several axes keeps kernels by age, a line over one numeric axis keeps
 * them by place, so that a density has to look at near ones only.
 */
#ifndef CRUCIBLE__PARZEN_H
#define CRUCIBLE__PARZEN_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

#include "study/parzen_kernel.h"

typedef struct crucible__parzen_joint {
  double *blocks;  /* [capacity] of eight kernels, by age */
  uint32_t *order; /* [axes][capacity * 8] kernels by centre; not of choices */
  uint8_t *is_stale; /* [capacity] blocks whose widths are to be made anew */
  size_t capacity;
} crucible__parzen_joint;

typedef struct crucible__parzen_chunk crucible__parzen_chunk;

typedef struct crucible__parzen_line {
  crucible__parzen_chunk **chunks; /* [n_chunks] none empty, by place */
  size_t n_chunks, capacity;
} crucible__parzen_line;

typedef struct crucible__parzen {
  const int32_t *kinds; /* [n_axes] lent */
  size_t n_axes;
  size_t n;           /* observations */
  double floor_width; /* as refreshed last, 0: never */
  int is_line;
  union {
    crucible__parzen_joint joint;
    crucible__parzen_line line;
  } as;
} crucible__parzen;

/* An estimator without observations; keeps_age: never a line. */
void crucible__parzen_init(crucible__parzen *p, const int32_t *kinds,
                           size_t n_axes, int keeps_age);
void crucible__parzen_free(crucible__parzen *p);

/* Adds an observation older than those from rank on. Unchanged on failure. */
crucible_status crucible__parzen_insert(crucible__parzen *p, size_t rank,
                                        const double *centres);

/* Takes the observation of a rank out; centres as they were inserted. */
void crucible__parzen_remove(crucible__parzen *p, size_t rank,
                             const double *centres);

/* Brings widths up to date with a floor. */
void crucible__parzen_refresh(crucible__parzen *p, double floor_width);

/* Adds weighted densities to the queries' sums; refreshed before. */
void crucible__parzen_add(const crucible__parzen *p,
                          const crucible__parzen_weights *weights,
                          crucible__parzen_query *queries, size_t n_queries);

/* Row of an axis for the observation of a rank; not of a line. */
double crucible__parzen_at(const crucible__parzen *p, size_t rank, size_t axis,
                           size_t row);

/* parzen_joint.c, parzen_line.c: the same for each layout. */
crucible_status crucible__joint_insert(crucible__parzen *p, size_t rank,
                                       const double *centres);
void crucible__joint_remove(crucible__parzen *p, size_t rank);
void crucible__joint_refresh(crucible__parzen *p, double floor_width);
void crucible__joint_free(crucible__parzen_joint *joint);

crucible_status crucible__line_insert(crucible__parzen *p, size_t rank,
                                      double centre);
void crucible__line_remove(crucible__parzen *p, size_t rank, double centre);
void crucible__line_refresh(crucible__parzen *p, double floor_width);
void crucible__line_add(const crucible__parzen *p,
                        const crucible__parzen_weights *weights,
                        crucible__parzen_query *queries, size_t n_queries);
void crucible__line_free(crucible__parzen_line *line);

/* The gap of the i-th of n centres: to the farther neighbour; the ends of the
   axis count for an only one. before, after: neighbours where there are. */
static inline double crucible__parzen_gap(size_t i, size_t n, double before,
                                          double centre, double after) {
  if (n == 1)
    return centre > 1 - centre ? centre : 1 - centre;
  if (i == 0)
    return after - centre;
  if (i == n - 1)
    return centre - before;
  return centre - before > after - centre ? centre - before : after - centre;
}

#endif
