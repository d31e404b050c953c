/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures between points, blocks and boxes: one function per vector level,
 * compiled from kd_scan_body.h, all with the same bits.
 */
#ifndef CRUCIBLE__KD_SCAN_H
#define CRUCIBLE__KD_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "regime/kd_blocks.h"

/* A block is [dims][CRUCIBLE__KD_BLOCK], padded with infinite points. */
typedef struct crucible__kd_scan {
  /* Measure from a point to each of a block's; bit k of the result: whether
     that of point k is <= limit. */
  uint32_t (*within)(const double *block, const double *point, size_t dims,
                     double limit, double *measure);
  /* The same for max(measure * scale, floor, floors[k]). */
  uint32_t (*reach)(const double *block, const double *point, size_t dims,
                    double limit, double scale, double floor,
                    const double *floors, double *measure);
  /* Bit k: whether the measure from the block's point k to the box, times
     scale, is <= limits[k]. */
  uint32_t (*touch)(const double *block, const double *box, size_t dims,
                    double scale, const double *limits);
  /* Measure between two boxes. */
  double (*apart)(const double *box, const double *other, size_t dims);
} crucible__kd_scan;

/* That of the level that holds now, for a metric. */
const crucible__kd_scan *crucible__kd_scan_now(int32_t metric);

/* Puts the children of a node with n > 1 on a stack, the one that is nearer to
   box on top; of two as near, the one with the smallest id. */
void crucible__kd_push_near(const crucible__kd_tree *tree,
                            const crucible__kd_scan *scan, const double *box,
                            const crucible__kd_node *of,
                            crucible__kd_node *stack, size_t *n_stack);

#endif
