/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a spanning tree to clusters: single linkage, the condensed tree, and
 * what is told from it. Cluster 0 is the root; children are numbered in the
 * order in which they part, so that a child has a larger number than its
 * parent, and two that part have consecutive ones.
 */
#ifndef CRUCIBLE__CLUSTER_TREE_H
#define CRUCIBLE__CLUSTER_TREE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/regime.h>
#include <crucible/status.h>

#include "regime/boruvka.h"

/* A node of the condensed tree. */
typedef struct crucible__cluster {
  double birth;     /* lambda; 0: the root */
  double death;     /* largest lambda of what leaves it */
  double deepest;   /* the same of all below */
  double stability; /* sum of (lambda - birth) of its points */
  uint32_t parent;  /* its own number: the root */
  uint32_t child;   /* the first of its two; 0: none */
  uint32_t size;    /* points */
  int32_t label;    /* of the chosen cluster that it is or is in, or -1 */
} crucible__cluster;

typedef struct crucible__cluster_tree {
  size_t n;
  uint32_t *point_cluster; /* [n] that the point leaves last */
  double *point_lambda;    /* [n] when */
  crucible__cluster *clusters;
  size_t n_clusters;
  double zero_lambda;   /* lambda of the distance 0 */
  double finite_lambda; /* largest other one of a point, or zero_lambda */
} crucible__cluster_tree;

/* edges: [n - 1] in order, weights are distances. Frees on failure. */
crucible_status crucible__cluster_tree_make(const crucible__edge *edges,
                                            size_t n, size_t min_cluster_size,
                                            crucible__cluster_tree *tree);

void crucible__cluster_tree_free(crucible__cluster_tree *tree);

double crucible__lambda_of(const crucible__cluster_tree *tree, double distance);

/* Sets chosen[c] to whether cluster c is. chosen: [n_clusters]. */
crucible_status
crucible__clusters_select(const crucible__cluster_tree *tree,
                          const crucible_hdbscan_options *options,
                          unsigned char *chosen);

/* What a fit says. */
typedef struct crucible__cluster_scores {
  int32_t *labels;       /* [n] */
  double *probabilities; /* [n] */
  double *outliers;      /* [n] */
  uint32_t *cluster_of;  /* [n_labels] node of the condensed tree */
  double *persistence;   /* [n_labels] */
  size_t n_labels;
} crucible__cluster_scores;

/* Numbers the chosen clusters by their smallest members and sets the labels in
   the tree. Frees on failure. */
crucible_status crucible__clusters_score(
    crucible__cluster_tree *tree, const crucible_hdbscan_options *options,
    const unsigned char *chosen, crucible__cluster_scores *scores);

void crucible__cluster_scores_free(crucible__cluster_scores *scores);

#endif
