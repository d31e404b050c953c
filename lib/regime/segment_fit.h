/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One fit of a segmenter: cut points, or a clustering and the names of its
 * clusters. It does not change once it is made.
 */
#ifndef CRUCIBLE__SEGMENT_FIT_H
#define CRUCIBLE__SEGMENT_FIT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/segment.h>

#include "regime/core_distance.h"

typedef struct crucible__segment_fit {
  size_t n, columns;
  size_t n_segments;
  size_t n_names;          /* ever given */
  double *points;          /* [n][columns] as they came */
  double *centres;         /* [n_segments][columns] means, in their units */
  int32_t *names;          /* [n_segments] */
  double *last;            /* [n_names][columns] latest centre of each name */
  double *cuts;            /* [n_segments - 1] of quantiles, else NULL */
  double *centre, *scale;  /* [columns] of regimes, else NULL */
  crucible_hdbscan *model; /* of regimes, else NULL */
} crucible__segment_fit;

/* Where one thread works on one row. */
typedef struct crucible__segment_spare {
  double *row;                  /* [columns] */
  crucible__neighbour *nearest; /* [crucible__segment_neighbours()] */
} crucible__segment_spare;

/* Most neighbours of a new point that any fit looks at. */
size_t crucible__segment_neighbours(const crucible_segment_options *options);

/* Takes points, [n][columns], over, also on failure. Names are not given. */
crucible_status
crucible__segment_fit_make(const crucible_segment_options *options,
                           double *points, size_t n, crucible_pool *pool,
                           const crucible_cancel *cancel,
                           crucible__segment_fit **fit);

void crucible__segment_fit_free(crucible__segment_fit *fit);

/* The segment that a row without NaN belongs to, or -1; not its name. */
int32_t crucible__segment_of(const crucible__segment_fit *fit,
                             const double *row,
                             const crucible__segment_spare *spare);

/* Segments of many rows, [n][columns]. */
crucible_status crucible__segments_of(const crucible_segment_options *options,
                                      const crucible__segment_fit *fit,
                                      const double *rows, size_t n,
                                      crucible_pool *pool,
                                      const crucible_cancel *cancel,
                                      int32_t *segments);

/* Names the segments of a fit after those of the one before it, or NULL. */
crucible_status crucible__segment_names_give(
    const crucible_segment_options *options, crucible__segment_fit *fit,
    const crucible__segment_fit *before, crucible_pool *pool,
    const crucible_cancel *cancel);

#endif
