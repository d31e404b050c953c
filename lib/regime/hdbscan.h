/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__HDBSCAN_H
#define CRUCIBLE__HDBSCAN_H

#include <crucible/regime.h>

#include "regime/boruvka.h"
#include "regime/cluster_tree.h"
#include "regime/kd_blocks.h"

struct crucible_hdbscan {
  crucible_hdbscan_options options;
  size_t n, min_samples; /* neighbours beside the point */
  crucible__kd_tree tree;
  double *core;          /* [slots] distances */
  crucible__edge *edges; /* [n - 1] in order */
  crucible__cluster_tree clusters;
  crucible__cluster_scores scores;
  size_t n_noise;
};

/* Points of a call: a matrix that is there, with finite numbers. */
crucible_status crucible__points_check(const crucible_matrix *points);

/* A measure as the distance that it stands for. */
double crucible__distance_of(int32_t metric, double measure);

#endif
