/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A k-d tree whose leaves are blocks of points, column by column, so that a
 * point is measured against eight others at once. All leaves but the last are
 * full; a slot is a place in that order. Nodes stand in preorder: the left
 * child of a node over L leaves is the next one, the right child 2 * (L / 2)
 * further.
 *
 * Measures are the sums before the root: squares for the Euclidean distance,
 * the distance itself for the others. A box is never measured to be further
 * than a point within it, rounding included: the same operations in the same
 * order, all monotone.
 */
#ifndef CRUCIBLE__KD_BLOCKS_H
#define CRUCIBLE__KD_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/regime.h>
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/types.h>

enum {
  CRUCIBLE__KD_BLOCK = 32, /* points of a leaf */
  CRUCIBLE__KD_DEPTH = 64  /* no tree is deeper */
};

typedef struct crucible__kd_tree {
  size_t n, dims;
  size_t n_leaves, n_nodes; /* n_nodes = 2 n_leaves - 1 */
  int32_t metric;           /* CRUCIBLE_METRIC_* */
  double *points;           /* [n_leaves][dims][BLOCK]; the rest is infinite */
  uint32_t *ids;            /* [n_leaves * BLOCK] rows of the caller's matrix */
  double *boxes;            /* [n_nodes][2][dims] least, most */
  uint32_t *least_id;       /* [n_nodes] smallest id below */
  uint32_t *right;          /* [n_nodes] right child; 0: a leaf */
  uint32_t *leaf_node;      /* [n_leaves] its node */
} crucible__kd_tree;

/* A node on the way down: leaves [first, first + n) of the tree. */
typedef struct crucible__kd_node {
  uint32_t node, first, n;
  double near; /* measure from what is asked about */
} crucible__kd_node;

/* points: finite, n >= 1. Frees what it made on failure. */
crucible_status crucible__kd_build(const crucible_matrix *points,
                                   int32_t metric, crucible_pool *pool,
                                   crucible__kd_tree *tree);

void crucible__kd_free(crucible__kd_tree *tree);

/* Points of a leaf. */
size_t crucible__kd_count(const crucible__kd_tree *tree, size_t leaf);

/* The box of a leaf's points. */
void crucible__kd_leaf_box(const crucible__kd_tree *tree, size_t leaf,
                           double *box);

/* Coordinates of a slot. */
void crucible__kd_point(const crucible__kd_tree *tree, size_t slot,
                        double *point);

static inline const double *crucible__kd_box(const crucible__kd_tree *tree,
                                             size_t node) {
  return tree->boxes + node * 2 * tree->dims;
}

static inline const double *crucible__kd_leaf(const crucible__kd_tree *tree,
                                              size_t leaf) {
  return tree->points + leaf * tree->dims * CRUCIBLE__KD_BLOCK;
}

/* Children of a node with n > 1. */
static inline void crucible__kd_children(const crucible__kd_node *of,
                                         crucible__kd_node child[2]) {
  uint32_t left = of->n / 2;
  child[0] = (crucible__kd_node){of->node + 1, of->first, left, 0};
  child[1] = (crucible__kd_node){of->node + 2 * left, of->first + left,
                                 of->n - left, 0};
}

#endif
