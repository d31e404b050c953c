/* SPDX-License-Identifier: Apache-2.0 */
#include "regime/cluster_tree.h"

#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

/* A distance of 0 counts as so much of the least other one, so that copies of
   a point are very dense, and sums stay numbers. */
static const double ZERO_SHARE = 1e-6;

/* A step of single linkage; numbers below n are points, n + i is step i. */
typedef struct step {
  uint32_t side[2];
  uint32_t size;
} step;

/* What the top tells a step on the way down. */
typedef struct told {
  double lambda; /* when all of it left the cluster; 0: it has not */
  uint32_t cluster;
} told;

typedef struct work {
  const crucible__edge *edges;
  size_t n, min_size;
  step *steps;      /* [n - 1] */
  uint32_t *parent; /* [n] of a point's set */
  uint32_t *top;    /* [n] last step of a set, by its root */
  told *told;       /* [n - 1] */
} work;

double crucible__lambda_of(const crucible__cluster_tree *tree,
                           double distance) {
  return distance > 0 ? 1 / distance : tree->zero_lambda;
}

static uint32_t find(uint32_t *parent, uint32_t p) {
  while (parent[p] != p) {
    parent[p] = parent[parent[p]];
    p = parent[p];
  }
  return p;
}

static uint32_t size_of(const work *w, uint32_t node) {
  return node < w->n ? 1 : w->steps[node - w->n].size;
}

static void link_up(work *w) {
  for (uint32_t p = 0; p < w->n; ++p)
    w->parent[p] = w->top[p] = p;
  for (size_t i = 0; i + 1 < w->n; ++i) {
    uint32_t a = find(w->parent, w->edges[i].low);
    uint32_t b = find(w->parent, w->edges[i].high);
    step *s = &w->steps[i];
    s->side[0] = w->top[a];
    s->side[1] = w->top[b];
    uint32_t size_a = size_of(w, s->side[0]), size_b = size_of(w, s->side[1]);
    s->size = size_a + size_b;
    uint32_t root = size_a >= size_b ? a : b;
    w->parent[a] = w->parent[b] = root;
    w->top[root] = (uint32_t)(w->n + i);
  }
}

static int parts(const work *w, const step *s) {
  return size_of(w, s->side[0]) >= w->min_size &&
         size_of(w, s->side[1]) >= w->min_size;
}

static size_t count_clusters(const work *w) {
  size_t n = 1;
  for (size_t i = 0; i + 1 < w->n; ++i)
    n += parts(w, &w->steps[i]) ? 2 : 0;
  return n;
}

static void tell(work *w, crucible__cluster_tree *tree, uint32_t node,
                 told what, double lambda) {
  if (node >= w->n) {
    w->told[node - w->n] = what;
    return;
  }
  tree->point_cluster[node] = what.cluster;
  tree->point_lambda[node] = what.lambda > 0 ? what.lambda : lambda;
}

static void condense(work *w, crucible__cluster_tree *tree) {
  tree->clusters[0] = (crucible__cluster){.size = (uint32_t)w->n};
  tree->n_clusters = 1;
  w->told[w->n - 2] = (told){0, 0};
  for (size_t i = w->n - 1; i-- > 0;) {
    const step *s = &w->steps[i];
    told what = w->told[i], side[2] = {what, what};
    double lambda = crucible__lambda_of(tree, w->edges[i].weight);
    int splits = parts(w, s);
    if (splits)
      tree->clusters[what.cluster].child = (uint32_t)tree->n_clusters;
    for (int k = 0; k < 2 && what.lambda <= 0; ++k) {
      uint32_t size = size_of(w, s->side[k]);
      if (splits) {
        side[k].cluster = (uint32_t)tree->n_clusters++;
        tree->clusters[side[k].cluster] = (crucible__cluster){
            .birth = lambda, .parent = what.cluster, .size = size};
      } else if (size < w->min_size) {
        side[k].lambda = lambda;
      }
    }
    for (int k = 0; k < 2; ++k)
      tell(w, tree, s->side[k], side[k], lambda);
  }
}

static void sum_up(crucible__cluster_tree *tree) {
  for (size_t p = 0; p < tree->n; ++p) {
    crucible__cluster *c = &tree->clusters[tree->point_cluster[p]];
    double lambda = tree->point_lambda[p];
    c->stability += lambda - c->birth;
    c->death = lambda > c->death ? lambda : c->death;
    if (lambda > tree->finite_lambda && lambda < tree->zero_lambda)
      tree->finite_lambda = lambda;
  }
  if (tree->finite_lambda <= 0)
    tree->finite_lambda = tree->zero_lambda;
  for (size_t i = 1; i < tree->n_clusters; ++i) {
    const crucible__cluster *c = &tree->clusters[i];
    crucible__cluster *parent = &tree->clusters[c->parent];
    parent->stability += (c->birth - parent->birth) * c->size;
    parent->death = c->birth > parent->death ? c->birth : parent->death;
  }
  for (size_t i = tree->n_clusters; i-- > 0;) {
    crucible__cluster *c = &tree->clusters[i];
    crucible__cluster *parent = &tree->clusters[c->parent];
    c->deepest = c->death > c->deepest ? c->death : c->deepest;
    parent->deepest =
        c->deepest > parent->deepest ? c->deepest : parent->deepest;
  }
}

static void set_zero_lambda(const crucible__edge *edges, size_t n,
                            crucible__cluster_tree *tree) {
  double least = 0;
  for (size_t i = 0; i + 1 < n && least <= 0; ++i)
    least = edges[i].weight; /* they are in order */
  tree->zero_lambda = least > 0 ? 1 / (least * ZERO_SHARE) : 1;
}

crucible_status crucible__cluster_tree_make(const crucible__edge *edges,
                                            size_t n, size_t min_cluster_size,
                                            crucible__cluster_tree *tree) {
  *tree = (crucible__cluster_tree){.n = n};
  set_zero_lambda(edges, n, tree);
  work w = {.edges = edges, .n = n, .min_size = min_cluster_size};
  w.steps = crucible__alloc(n, sizeof *w.steps);
  w.parent = crucible__alloc(n, sizeof *w.parent);
  w.top = crucible__alloc(n, sizeof *w.top);
  tree->point_cluster = crucible__alloc(n, sizeof *tree->point_cluster);
  tree->point_lambda = crucible__alloc(n, sizeof *tree->point_lambda);
  int all = w.steps != NULL && w.parent != NULL && w.top != NULL &&
            tree->point_cluster != NULL && tree->point_lambda != NULL;
  if (all) {
    link_up(&w);
    w.told = crucible__alloc(n, sizeof *w.told);
    tree->clusters =
        crucible__alloc(count_clusters(&w), sizeof *tree->clusters);
    all = w.told != NULL && tree->clusters != NULL;
  }
  if (all) {
    condense(&w, tree);
    sum_up(tree);
  }
  crucible__free(w.steps);
  crucible__free(w.parent);
  crucible__free(w.top);
  crucible__free(w.told);
  if (!all)
    crucible__cluster_tree_free(tree);
  return all ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
}

void crucible__cluster_tree_free(crucible__cluster_tree *tree) {
  crucible__free(tree->point_cluster);
  crucible__free(tree->point_lambda);
  crucible__free(tree->clusters);
  *tree = (crucible__cluster_tree){0};
}
