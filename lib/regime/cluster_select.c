/* SPDX-License-Identifier: Apache-2.0 */
/* Which nodes of the condensed tree are the clusters. */
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "regime/cluster_tree.h"

/* The distance at which a cluster forms; the root at the largest. */
static double reach_of(const crucible__cluster_tree *tree, size_t c) {
  if (c > 0)
    return 1 / tree->clusters[c].birth;
  double least = tree->clusters[0].death;
  for (size_t p = 0; p < tree->n; ++p)
    if (tree->point_cluster[p] == 0 && tree->point_lambda[p] < least)
      least = tree->point_lambda[p];
  if (tree->clusters[0].child != 0) {
    double birth = tree->clusters[tree->clusters[0].child].birth;
    least = birth < least ? birth : least;
  }
  return 1 / least;
}

static int may_be(const crucible__cluster_tree *tree,
                  const crucible_hdbscan_options *options, size_t c) {
  return !(options->max_cluster_size > 0 &&
           tree->clusters[c].size > options->max_cluster_size) &&
         !(options->cluster_selection_epsilon_max > 0 &&
           reach_of(tree, c) > options->cluster_selection_epsilon_max);
}

/* Bottom up: a cluster, or those below it, whichever lasts longer. */
static crucible_status
by_excess_of_mass(const crucible__cluster_tree *tree,
                  const crucible_hdbscan_options *options,
                  unsigned char *chosen) {
  double *mass = crucible__alloc(tree->n_clusters, sizeof *mass);
  if (mass == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t c = tree->n_clusters; c-- > 0;) {
    uint32_t child = tree->clusters[c].child;
    double below = child != 0 ? mass[child] + mass[child + 1] : 0;
    mass[c] = tree->clusters[c].stability;
    chosen[c] = (c > 0 || options->allow_single_cluster) && below <= mass[c] &&
                may_be(tree, options, c);
    if (!chosen[c])
      mass[c] = below;
  }
  crucible__free(mass);
  return CRUCIBLE_OK;
}

/* Of a chosen cluster and one below it, the upper stays. */
static void keep_uppermost(const crucible__cluster_tree *tree,
                           unsigned char *chosen) {
  enum { CHOSEN = 1, BELOW = 2 };
  for (size_t c = 1; c < tree->n_clusters; ++c)
    if (chosen[tree->clusters[c].parent] != 0)
      chosen[c] = BELOW;
  for (size_t c = 0; c < tree->n_clusters; ++c)
    chosen[c] = chosen[c] == CHOSEN;
}

/* The cluster that one of less reach than epsilon belongs to. */
static size_t climb(const crucible__cluster_tree *tree, size_t c,
                    double epsilon, int32_t allow_root) {
  for (;;) {
    size_t parent = tree->clusters[c].parent;
    if (parent == 0)
      return allow_root ? 0 : c;
    if (reach_of(tree, parent) > epsilon)
      return parent;
    c = parent;
  }
}

static void widen(const crucible__cluster_tree *tree,
                  const crucible_hdbscan_options *options,
                  unsigned char *chosen) {
  double epsilon = options->cluster_selection_epsilon;
  /* From the bottom: what is set by a climb is above and not met again, or
     has the reach already. */
  for (size_t c = tree->n_clusters; c-- > 1;) {
    if (!chosen[c] || reach_of(tree, c) >= epsilon)
      continue;
    chosen[c] = 0;
    chosen[climb(tree, c, epsilon, options->allow_single_cluster)] = 1;
  }
  keep_uppermost(tree, chosen);
}

crucible_status
crucible__clusters_select(const crucible__cluster_tree *tree,
                          const crucible_hdbscan_options *options,
                          unsigned char *chosen) {
  memset(chosen, 0, tree->n_clusters);
  if (options->selection == CRUCIBLE_HDBSCAN_EOM) {
    CRUCIBLE__TRY(by_excess_of_mass(tree, options, chosen));
    keep_uppermost(tree, chosen);
  } else {
    for (size_t c = 1; c < tree->n_clusters; ++c)
      chosen[c] = tree->clusters[c].child == 0;
  }
  if (options->cluster_selection_epsilon > 0)
    widen(tree, options, chosen);
  return CRUCIBLE_OK;
}
