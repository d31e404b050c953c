/* SPDX-License-Identifier: Apache-2.0 */
/* Nearest neighbours in a k-d tree. */
#ifndef CRUCIBLE__CORE_DISTANCE_H
#define CRUCIBLE__CORE_DISTANCE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/runtime.h>
#include <crucible/status.h>

#include "regime/kd_blocks.h"
#include "regime/kd_scan.h"

/* core[slot]: measure from each point to the k-th nearest, itself being the
   first; before[slot]: to the one before that, 0 for k = 1. Infinite in the
   slots that pad. 1 <= k <= n. */
crucible_status crucible__core_distances(const crucible__kd_tree *tree,
                                         size_t k, crucible_pool *pool,
                                         const crucible_cancel *cancel,
                                         double *core, double *before);

/* A neighbour, ordered by measure, then id. */
typedef struct crucible__neighbour {
  double measure;
  uint32_t id, slot;
} crucible__neighbour;

/* The k nearest of a point, k <= n, nearest first. */
void crucible__nearest(const crucible__kd_tree *tree,
                       const crucible__kd_scan *scan, const double *point,
                       size_t k, crucible__neighbour *nearest);

#endif
