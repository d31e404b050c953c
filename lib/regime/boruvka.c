/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boruvka's rounds: every component finds its least edge to another, then all
 * join. What a point found stays its least edge while the other end is still
 * foreign; after that it is a bound from below. Points search leaf by leaf; a
 * search ends where a whole node is of the own component, or not nearer than
 * the least edge that any point of the component has found. Such bounds depend
 * on which thread is first, what is found at or below them does not.
 */
#include "regime/boruvka.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "regime/kd_scan.h"

enum { BLOCK = CRUCIBLE__KD_BLOCK, STEP = 8 };

static const uint32_t NONE = UINT32_MAX;
static const uint32_t MIXED = UINT32_MAX;

typedef struct forest {
  const crucible__kd_tree *tree;
  const crucible__kd_scan *scan;
  const double *core;
  double scale;
  size_t n_components;
  uint32_t *component;      /* [slots] */
  uint32_t *nearest;        /* [slots] slot of the least edge's end, or NONE */
  double *value;            /* [slots] its weight, or a bound from below */
  _Atomic uint64_t *bound;  /* [components] bits of a weight: a bound from above
                              for the least edge */
  uint32_t *best;           /* [components] slot that has the least edge */
  uint32_t *parent;         /* [components] */
  uint32_t *node_component; /* [nodes] or MIXED */
  double *node_core;        /* [nodes] least below */
  double *point;            /* [threads][dims] */
  crucible__edge *edges;
  size_t n_edges;
} forest;

/* One leaf whose points search. */
typedef struct search {
  forest *f;
  size_t leaf;
  uint32_t own;         /* component of all that search, or MIXED */
  double limits[BLOCK]; /* -1: does not search */
  uint32_t ids[BLOCK], slots[BLOCK]; /* of the best, at its limit, or NONE */
  double widest;
  uint32_t last_id; /* largest of ids; of equal edges only smaller ids count */
  int is_least;     /* whether each has an edge as short as its core distance */
  double *point;
} search;

/* Numbers >= 0 are ordered as their bits. */
static uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static double of_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static double next_above(double x) {
  return x < (double)INFINITY ? of_bits(bits_of(x) + 1) : x;
}

static void lower_bound(_Atomic uint64_t *bound, double weight) {
  uint64_t bits = bits_of(weight);
  uint64_t seen = atomic_load_explicit(bound, memory_order_relaxed);
  while (bits < seen &&
         !atomic_compare_exchange_weak_explicit(
             bound, &seen, bits, memory_order_relaxed, memory_order_relaxed))
    continue;
}

static double bound_of(const forest *f, uint32_t component) {
  return of_bits(
      atomic_load_explicit(&f->bound[component], memory_order_relaxed));
}

static int is_foreign(const forest *f, size_t slot) {
  uint32_t end = f->nearest[slot];
  return end != NONE && f->component[end] != f->component[slot];
}

/* ---- search ---- */

/* Who searches; returns whether anyone does. */
static int begin(search *s, size_t leaf) {
  const forest *f = s->f;
  size_t count = crucible__kd_count(f->tree, leaf), first = leaf * BLOCK;
  s->leaf = leaf;
  s->own = MIXED;
  s->widest = -1;
  s->last_id = NONE;
  s->is_least = 0;
  int some = 0, mixed = 0;
  for (size_t q = 0; q < BLOCK; ++q) {
    s->limits[q] = -1;
    s->ids[q] = s->slots[q] = NONE;
    if (q >= count || is_foreign(f, first + q))
      continue;
    uint32_t component = f->component[first + q];
    double bound = bound_of(f, component);
    if (f->value[first + q] > bound)
      continue;
    mixed |= some && component != s->own;
    some = 1;
    s->own = component;
    s->limits[q] = bound;
    s->widest = bound > s->widest ? bound : s->widest;
  }
  if (mixed)
    s->own = MIXED;
  return some;
}

/* After limits have changed. All of one component share the least. */
static void settle(search *s) {
  double widest = -1;
  if (s->own != MIXED) {
    double least = bound_of(s->f, s->own);
    for (size_t q = 0; q < BLOCK; ++q)
      if (s->slots[q] != NONE && s->limits[q] < least)
        least = s->limits[q];
    lower_bound(&s->f->bound[s->own], least);
    for (size_t q = 0; q < BLOCK; ++q)
      if (s->limits[q] > least) {
        s->limits[q] = least;
        s->ids[q] = s->slots[q] = NONE;
      }
  }
  s->last_id = 0;
  s->is_least = 1;
  for (size_t q = 0; q < BLOCK; ++q) {
    if (s->limits[q] < 0)
      continue;
    widest = s->limits[q] > widest ? s->limits[q] : widest;
    s->last_id = s->ids[q] > s->last_id ? s->ids[q] : s->last_id;
    s->is_least &= s->limits[q] <= s->f->core[s->leaf * BLOCK + q];
  }
  s->widest = widest;
}

/* Whether no point below a node can be of use. */
static int is_vain(const search *s, const crucible__kd_node *at) {
  const forest *f = s->f;
  uint32_t whole = f->node_component[at->node];
  double least = at->near * f->scale;
  least = f->node_core[at->node] > least ? f->node_core[at->node] : least;
  return least > s->widest || (whole != MIXED && whole == s->own) ||
         ((s->is_least || least >= s->widest) &&
          f->tree->least_id[at->node] >= s->last_id);
}

/* Shows point q the points of a leaf; returns whether it found any. */
static int meet_point(search *s, size_t leaf, size_t q, uint32_t valid) {
  const forest *f = s->f;
  const crucible__kd_tree *tree = f->tree;
  const double *own = crucible__kd_leaf(tree, s->leaf);
  size_t slot = s->leaf * BLOCK + q, first = leaf * BLOCK;
  uint32_t component = f->component[slot];
  double measure[BLOCK];
  for (size_t j = 0; j < tree->dims; ++j)
    s->point[j] = own[j * BLOCK + q];
  uint32_t bits =
      valid & f->scan->reach(crucible__kd_leaf(tree, leaf), s->point,
                             tree->dims, s->limits[q], f->scale, f->core[slot],
                             f->core + first, measure);
  int found = 0;
  for (; bits != 0; bits &= bits - 1) {
    size_t r = (size_t)__builtin_ctz(bits);
    uint32_t id = tree->ids[first + r];
    if (f->component[first + r] == component || measure[r] > s->limits[q] ||
        (measure[r] == s->limits[q] && id >= s->ids[q]))
      continue;
    s->limits[q] = measure[r];
    s->ids[q] = id;
    s->slots[q] = (uint32_t)(first + r);
    found = 1;
  }
  return found;
}

static void meet(search *s, size_t leaf, uint32_t node, uint32_t asks) {
  const forest *f = s->f;
  uint32_t valid = UINT32_MAX >> (BLOCK - crucible__kd_count(f->tree, leaf));
  uint32_t whole = f->node_component[node];
  uint32_t least_id = f->tree->least_id[node];
  int found = 0;
  for (; asks != 0; asks &= asks - 1) {
    size_t q = (size_t)__builtin_ctz(asks), slot = s->leaf * BLOCK + q;
    double core = f->core[slot];
    core = core > f->node_core[node] ? core : f->node_core[node];
    if ((whole != MIXED && whole == f->component[slot]) ||
        core > s->limits[q] || (core == s->limits[q] && least_id >= s->ids[q]))
      continue;
    found |= meet_point(s, leaf, q, valid);
  }
  if (found)
    settle(s);
}

static void descend(search *s) {
  const forest *f = s->f;
  const crucible__kd_tree *tree = f->tree;
  const double *own = crucible__kd_leaf(tree, s->leaf);
  const double *box = crucible__kd_box(tree, tree->leaf_node[s->leaf]);
  crucible__kd_node stack[CRUCIBLE__KD_DEPTH * 2];
  size_t n_stack = 0;
  stack[n_stack++] = (crucible__kd_node){0, 0, (uint32_t)tree->n_leaves, 0};
  while (n_stack > 0) {
    crucible__kd_node at = stack[--n_stack];
    if (is_vain(s, &at))
      continue;
    if (at.n > 1) {
      crucible__kd_push_near(tree, f->scan, box, &at, stack, &n_stack);
      continue;
    }
    if (at.first == s->leaf)
      continue;
    uint32_t asks = f->scan->touch(own, crucible__kd_box(tree, at.node),
                                   tree->dims, f->scale, s->limits);
    if (asks != 0)
      meet(s, at.first, at.node, asks);
  }
}

static uint32_t who(const search *s) {
  uint32_t bits = 0;
  for (size_t q = 0; q < BLOCK; ++q)
    bits |= (uint32_t)(s->limits[q] >= 0) << q;
  return bits;
}

static void end(const search *s) {
  forest *f = s->f;
  for (size_t q = 0; q < BLOCK; ++q) {
    size_t slot = s->leaf * BLOCK + q;
    if (s->limits[q] < 0)
      continue;
    f->nearest[slot] = s->slots[q];
    if (s->slots[q] == NONE) {
      f->value[slot] = next_above(s->limits[q]);
      continue;
    }
    f->value[slot] = s->limits[q];
    lower_bound(&f->bound[f->component[slot]], s->limits[q]);
  }
}

static crucible_status search_item(size_t i, uint32_t worker, void *data) {
  forest *f = data;
  search s = {.f = f, .point = f->point + worker * f->tree->dims};
  for (size_t leaf = i * STEP;
       leaf < (i + 1) * STEP && leaf < f->tree->n_leaves; ++leaf) {
    if (!begin(&s, leaf))
      continue;
    uint32_t node = f->tree->leaf_node[leaf];
    if (f->node_component[node] == MIXED)
      meet(&s, leaf, node, who(&s));
    descend(&s);
    end(&s);
  }
  return CRUCIBLE_OK;
}

/* ---- rounds ---- */

/* What the nodes and components know before a round. */
static void prepare(forest *f) {
  const crucible__kd_tree *tree = f->tree;
  for (size_t c = 0; c < f->n_components; ++c)
    atomic_init(&f->bound[c], bits_of((double)INFINITY));
  for (size_t leaf = 0; leaf < tree->n_leaves; ++leaf) {
    size_t first = leaf * BLOCK, count = crucible__kd_count(tree, leaf);
    uint32_t whole = f->component[first];
    for (size_t q = 0; q < count; ++q) {
      uint32_t component = f->component[first + q];
      if (component != whole)
        whole = MIXED;
      if (is_foreign(f, first + q))
        lower_bound(&f->bound[component], f->value[first + q]);
    }
    f->node_component[tree->leaf_node[leaf]] = whole;
  }
  for (size_t node = tree->n_nodes; node-- > 0;) {
    if (tree->right[node] == 0)
      continue;
    uint32_t left = f->node_component[node + 1];
    f->node_component[node] =
        left == f->node_component[tree->right[node]] ? left : MIXED;
  }
}

static crucible__edge edge_of(const forest *f, size_t slot) {
  uint32_t a = f->tree->ids[slot], b = f->tree->ids[f->nearest[slot]];
  return (crucible__edge){f->value[slot], a < b ? a : b, a < b ? b : a};
}

static uint32_t find(uint32_t *parent, uint32_t c) {
  while (parent[c] != c) {
    parent[c] = parent[parent[c]];
    c = parent[c];
  }
  return c;
}

/* Each component's least edge. */
static void pick(forest *f) {
  for (size_t c = 0; c < f->n_components; ++c)
    f->best[c] = NONE;
  for (size_t slot = 0; slot < f->tree->n; ++slot) {
    if (!is_foreign(f, slot))
      continue;
    uint32_t c = f->component[slot];
    if (f->best[c] != NONE) {
      if (f->value[slot] > f->value[f->best[c]])
        continue;
      crucible__edge edge = edge_of(f, slot), best = edge_of(f, f->best[c]);
      if (!crucible__edge_before(&edge, &best))
        continue;
    }
    f->best[c] = (uint32_t)slot;
  }
}

static void join(forest *f) {
  for (uint32_t c = 0; c < f->n_components; ++c)
    f->parent[c] = c;
  for (uint32_t c = 0; c < f->n_components; ++c) {
    uint32_t slot = f->best[c];
    uint32_t a = find(f->parent, c);
    uint32_t b = find(f->parent, f->component[f->nearest[slot]]);
    if (a == b) /* both ends picked it */
      continue;
    f->edges[f->n_edges++] = edge_of(f, slot);
    f->parent[a > b ? a : b] = a > b ? b : a;
  }
  uint32_t n = 0; /* new numbers, kept in best */
  for (uint32_t c = 0; c < f->n_components; ++c)
    f->best[c] = f->parent[c] == c ? n++ : f->best[find(f->parent, c)];
  for (size_t slot = 0; slot < f->tree->n; ++slot)
    f->component[slot] = f->best[f->component[slot]];
  f->n_components = n;
}

static void start(forest *f) {
  const crucible__kd_tree *tree = f->tree;
  f->n_components = tree->n;
  for (size_t slot = 0; slot < tree->n; ++slot) {
    f->component[slot] = (uint32_t)slot;
    f->nearest[slot] = NONE;
    f->value[slot] = f->core[slot];
  }
  for (size_t leaf = 0; leaf < tree->n_leaves; ++leaf) {
    double least = (double)INFINITY;
    for (size_t q = 0; q < BLOCK; ++q)
      if (f->core[leaf * BLOCK + q] < least)
        least = f->core[leaf * BLOCK + q];
    f->node_core[tree->leaf_node[leaf]] = least;
  }
  for (size_t node = tree->n_nodes; node-- > 0;) {
    if (tree->right[node] == 0)
      continue;
    double left = f->node_core[node + 1];
    double right = f->node_core[tree->right[node]];
    f->node_core[node] = left < right ? left : right;
  }
}

static crucible_status grow(forest *f, crucible_pool *pool,
                            const crucible_cancel *cancel) {
  start(f);
  while (f->n_components > 1) {
    prepare(f);
    CRUCIBLE__TRY(crucible__pool_run(
        pool, (f->tree->n_leaves + STEP - 1) / STEP, search_item, f, cancel));
    pick(f);
    join(f);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__spanning_tree(const crucible__kd_tree *tree,
                                        const double *core, double scale,
                                        crucible_pool *pool,
                                        const crucible_cancel *cancel,
                                        crucible__edge *edges) {
  size_t n = tree->n;
  forest f = {.tree = tree,
              .scan = crucible__kd_scan_now(tree->metric),
              .core = core,
              .scale = scale,
              .edges = edges};
  f.component = crucible__alloc(n, sizeof *f.component);
  f.nearest = crucible__alloc(n, sizeof *f.nearest);
  f.value = crucible__alloc(n, sizeof *f.value);
  f.bound = crucible__alloc(n, sizeof *f.bound);
  f.best = crucible__alloc(n, sizeof *f.best);
  f.parent = crucible__alloc(n, sizeof *f.parent);
  f.node_component = crucible__alloc(tree->n_nodes, sizeof *f.node_component);
  f.node_core = crucible__alloc(tree->n_nodes, sizeof *f.node_core);
  f.point = crucible__alloc(crucible_pool_threads(pool) * tree->dims,
                            sizeof *f.point);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (f.component != NULL && f.nearest != NULL && f.value != NULL &&
      f.bound != NULL && f.best != NULL && f.parent != NULL &&
      f.node_component != NULL && f.node_core != NULL && f.point != NULL)
    status = grow(&f, pool, cancel);
  crucible__free(f.component);
  crucible__free(f.nearest);
  crucible__free(f.value);
  crucible__free(f.bound);
  crucible__free(f.best);
  crucible__free(f.parent);
  crucible__free(f.node_component);
  crucible__free(f.node_core);
  crucible__free(f.point);
  return status;
}
