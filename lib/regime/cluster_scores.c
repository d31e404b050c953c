/* SPDX-License-Identifier: Apache-2.0 */
/* Labels and how sure they are. */
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "regime/cluster_tree.h"

/* A cluster on its way to a number. */
typedef struct numbered {
  uint32_t cluster, first; /* smallest member, UINT32_MAX: none */
  uint32_t size;           /* members */
} numbered;

typedef struct scoring {
  crucible__cluster_tree *tree;
  const crucible_hdbscan_options *options;
  numbered *found; /* [n_labels] */
  uint32_t *order; /* [n_labels] place in found -> label */
  size_t n;
} scoring;

/* Lambda from which a point of the root itself belongs to it: all other points
   are far from what the single cluster is. */
static double least_lambda(const scoring *s) {
  double epsilon = s->options->cluster_selection_epsilon;
  return epsilon > 0 ? 1 / epsilon : s->tree->clusters[0].death;
}

/* label of a cluster := place in found of the chosen one it is in, or -1 */
static void spread(const scoring *s, const unsigned char *chosen) {
  int32_t n = 0;
  for (size_t c = 0; c < s->tree->n_clusters; ++c) {
    crucible__cluster *cluster = &s->tree->clusters[c];
    if (chosen[c]) {
      s->found[n] = (numbered){(uint32_t)c, UINT32_MAX, 0};
      cluster->label = n++;
    } else {
      cluster->label = c > 0 ? s->tree->clusters[cluster->parent].label : -1;
    }
  }
}

static void place_points(const scoring *s, int is_root, int32_t *labels) {
  double least = is_root ? least_lambda(s) : 0;
  for (size_t p = 0; p < s->tree->n; ++p) {
    labels[p] = s->tree->clusters[s->tree->point_cluster[p]].label;
    if (s->tree->point_lambda[p] < least)
      labels[p] = -1;
    if (labels[p] < 0)
      continue;
    numbered *in = &s->found[labels[p]];
    in->first = in->size == 0 ? (uint32_t)p : in->first;
    ++in->size;
  }
}

static void sort_by_first(numbered *found, size_t n) {
  for (size_t width = n / 2; width > 0; width /= 2) /* Shell's */
    for (size_t i = width; i < n; ++i) {
      numbered kept = found[i];
      size_t k = i;
      for (; k >= width && (found[k - width].first > kept.first ||
                            (found[k - width].first == kept.first &&
                             found[k - width].cluster > kept.cluster));
           k -= width)
        found[k] = found[k - width];
      found[k] = kept;
    }
}

static void number(const scoring *s, crucible__cluster_scores *scores) {
  sort_by_first(s->found, s->n);
  for (size_t i = 0; i < s->n; ++i) {
    scores->cluster_of[i] = s->found[i].cluster;
    crucible__cluster *cluster = &s->tree->clusters[s->found[i].cluster];
    s->order[cluster->label] = (uint32_t)i;
  }
  for (size_t c = 0; c < s->tree->n_clusters; ++c) {
    crucible__cluster *cluster = &s->tree->clusters[c];
    if (cluster->label >= 0)
      cluster->label = (int32_t)s->order[cluster->label];
  }
}

static void score_points(const scoring *s, crucible__cluster_scores *scores) {
  for (size_t p = 0; p < s->tree->n; ++p) {
    double lambda = s->tree->point_lambda[p];
    double deepest = s->tree->clusters[s->tree->point_cluster[p]].deepest;
    scores->outliers[p] = (deepest - lambda) / deepest;
    scores->probabilities[p] = 0;
    if (scores->labels[p] < 0)
      continue;
    scores->labels[p] = (int32_t)s->order[scores->labels[p]];
    uint32_t cluster = scores->cluster_of[scores->labels[p]];
    double death = s->tree->clusters[cluster].death;
    scores->probabilities[p] = lambda < death ? lambda / death : 1;
  }
}

static void score_clusters(const scoring *s, crucible__cluster_scores *scores) {
  for (size_t i = 0; i < s->n; ++i) {
    const crucible__cluster *c = &s->tree->clusters[s->found[i].cluster];
    double lasting = c->stability, most = c->size * s->tree->finite_lambda;
    scores->persistence[i] = lasting < most ? lasting / most : 1;
  }
}

static void score(scoring *s, const unsigned char *chosen,
                  crucible__cluster_scores *scores) {
  spread(s, chosen);
  place_points(s, chosen[0], scores->labels);
  number(s, scores);
  score_points(s, scores);
  score_clusters(s, scores);
}

crucible_status crucible__clusters_score(
    crucible__cluster_tree *tree, const crucible_hdbscan_options *options,
    const unsigned char *chosen, crucible__cluster_scores *scores) {
  scoring s = {.tree = tree, .options = options};
  for (size_t c = 0; c < tree->n_clusters; ++c)
    s.n += chosen[c];
  *scores = (crucible__cluster_scores){.n_labels = s.n};
  scores->labels = crucible__alloc(tree->n, sizeof *scores->labels);
  scores->probabilities = crucible__alloc(tree->n, sizeof(double));
  scores->outliers = crucible__alloc(tree->n, sizeof(double));
  scores->cluster_of = crucible__alloc(s.n, sizeof *scores->cluster_of);
  scores->persistence = crucible__alloc(s.n, sizeof(double));
  s.found = crucible__alloc(s.n, sizeof *s.found);
  s.order = crucible__alloc(s.n, sizeof *s.order);
  int all = scores->labels != NULL && scores->probabilities != NULL &&
            scores->outliers != NULL && scores->cluster_of != NULL &&
            scores->persistence != NULL && s.found != NULL && s.order != NULL;
  if (all)
    score(&s, chosen, scores);
  else
    crucible__cluster_scores_free(scores);
  crucible__free(s.found);
  crucible__free(s.order);
  return all ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
}

void crucible__cluster_scores_free(crucible__cluster_scores *scores) {
  crucible__free(scores->labels);
  crucible__free(scores->probabilities);
  crucible__free(scores->outliers);
  crucible__free(scores->cluster_of);
  crucible__free(scores->persistence);
  *scores = (crucible__cluster_scores){0};
}
