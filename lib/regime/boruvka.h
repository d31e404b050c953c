/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The minimum spanning tree of mutual reachability: weight(a, b) is the largest
 * of core(a), core(b) and the measure between them times scale. Edges are
 * ordered by weight, then smaller id, then larger id, so that there is one
 * tree, whatever the order of the work.
 */
#ifndef CRUCIBLE__BORUVKA_H
#define CRUCIBLE__BORUVKA_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/runtime.h>
#include <crucible/status.h>

#include "regime/kd_blocks.h"

typedef struct crucible__edge {
  double weight;
  uint32_t low, high; /* ids, low < high */
} crucible__edge;

/* core: [n_leaves * BLOCK], infinite in the slots that pad; edges: [n - 1], in
   the order of the tree's growth. */
crucible_status crucible__spanning_tree(const crucible__kd_tree *tree,
                                        const double *core, double scale,
                                        crucible_pool *pool,
                                        const crucible_cancel *cancel,
                                        crucible__edge *edges);

/* Whether a comes before b in the order of edges. */
static inline int crucible__edge_before(const crucible__edge *a,
                                        const crucible__edge *b) {
  if (a->weight != b->weight)
    return a->weight < b->weight;
  return a->low != b->low ? a->low < b->low : a->high < b->high;
}

/* Sorts [n] edges into that order; spare: [n]. */
crucible_status crucible__edges_sort(crucible__edge *edges,
                                     crucible__edge *spare, size_t n,
                                     crucible_pool *pool);

#endif
