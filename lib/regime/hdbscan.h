/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__HDBSCAN_H
#define CRUCIBLE__HDBSCAN_H

#include <crucible/regime.h>

#include "regime/boruvka.h"
#include "regime/cluster_tree.h"
#include "regime/core_distance.h"
#include "regime/kd_blocks.h"
#include "regime/kd_scan.h"

struct crucible_hdbscan {
  crucible_hdbscan_options options;
  size_t n, min_samples; /* neighbours beside the point */
  crucible__kd_tree tree;
  double *before; /* [slots] core distances with one neighbour less: those
                     that a new point makes, if it is nearer than the last */
  double *core;   /* [slots] measures, during the fit */
  crucible__edge *edges; /* [n - 1] in order */
  crucible__cluster_tree clusters;
  crucible__cluster_scores scores;
  size_t n_noise;
};

/* Points of a call: a matrix that is there, with finite numbers. */
crucible_status crucible__points_check(const crucible_matrix *points);

/* Neighbours of a new point that are looked at. */
size_t crucible__neighbours_of(const crucible_hdbscan *model);

/* The fitted point that a new one joins, of its k nearest, and when. */
size_t crucible__joins(const crucible_hdbscan *model,
                       const crucible__neighbour *nearest, size_t k,
                       double *lambda);

/* Label and probability of a new point; nearest: room for
   crucible__neighbours_of(). */
int32_t crucible__hdbscan_place(const crucible_hdbscan *model,
                                const crucible__kd_scan *scan,
                                const double *point,
                                crucible__neighbour *nearest,
                                double *probability);

/* Options that need no points to be told wrong. */
crucible_status
crucible__hdbscan_options_check(const crucible_hdbscan_options *options);

/* Neighbours beside the point that options ask for. */
uint64_t crucible__hdbscan_others(const crucible_hdbscan_options *options);

/* A new point's matrix for a call on a clustering. */
crucible_status crucible__new_points_check(const crucible_hdbscan *model,
                                           const crucible_matrix *points);

/* A measure as the distance that it stands for. */
double crucible__distance_of(int32_t metric, double measure);

#endif
