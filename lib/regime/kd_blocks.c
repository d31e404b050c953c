/* SPDX-License-Identifier: Apache-2.0 */
#include "regime/kd_blocks.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"

enum {
  BLOCK = CRUCIBLE__KD_BLOCK,
  PART_LEAVES = 128 /* leaves of a part that one thread builds */
};

typedef struct place {
  double key;
  uint32_t id;
} place;

typedef struct parts {
  crucible__kd_tree *tree;
  const crucible_matrix *points;
  place *places; /* [n] in the order of the slots, keys of the last split */
  crucible__kd_node *part; /* subtrees to build */
  size_t n_parts;
} parts;

static int before(const place *a, const place *b) {
  return a->key < b->key || (a->key == b->key && a->id < b->id);
}

static void swap(place *a, place *b) {
  place kept = *a;
  *a = *b;
  *b = kept;
}

static void insertion_sort(place *p, size_t n) {
  for (size_t i = 1; i < n; ++i) {
    place kept = p[i];
    size_t k = i;
    for (; k > 0 && before(&kept, &p[k - 1]); --k)
      p[k] = p[k - 1];
    p[k] = kept;
  }
}

static size_t middle_of(const place *p, size_t a, size_t b, size_t c) {
  if (before(&p[b], &p[a])) {
    size_t kept = a;
    a = b;
    b = kept;
  }
  if (!before(&p[c], &p[b]))
    return b;
  return before(&p[c], &p[a]) ? a : c;
}

/* A pivot of n > 64: the middle of nine spread evenly. */
static size_t pivot_of(const place *p, size_t n) {
  size_t of[3], step = n / 9;
  for (size_t k = 0; k < 3; ++k)
    of[k] = middle_of(p, (3 * k) * step, (3 * k + 1) * step + step / 2,
                      (3 * k + 2) * step + step - 1);
  return middle_of(p, of[0], of[1], of[2]);
}

/* Moves the first k of the order before the others. No two are equal. */
static void part_at(place *p, size_t n, size_t k) {
  while (n > 64) {
    swap(&p[0], &p[pivot_of(p, n)]);
    place pivot = p[0];
    size_t i = 0, j = n;
    for (;;) {
      do
        ++i;
      while (i < n && before(&p[i], &pivot));
      do
        --j;
      while (before(&pivot, &p[j]));
      if (i >= j)
        break;
      swap(&p[i], &p[j]);
    }
    swap(&p[0], &p[j]); /* p[j] stands where it belongs */
    if (k == j || k == j + 1)
      return;
    if (k < j) {
      n = j;
    } else {
      p += j + 1;
      n -= j + 1;
      k -= j + 1;
    }
  }
  insertion_sort(p, n);
}

static double coordinate(const parts *work, uint32_t id, size_t j) {
  return work->points->data[(ptrdiff_t)id * work->points->row_stride +
                            (ptrdiff_t)j * work->points->col_stride];
}

static size_t first_slot(size_t leaf) { return leaf * BLOCK; }

static size_t end_slot(const crucible__kd_tree *tree, size_t leaf_end) {
  return leaf_end * BLOCK < tree->n ? leaf_end * BLOCK : tree->n;
}

/* The box of a node's points, told from the points. */
static void measure_box(const parts *work, const crucible__kd_node *at) {
  const crucible__kd_tree *tree = work->tree;
  double *least = tree->boxes + at->node * 2 * tree->dims;
  double *most = least + tree->dims;
  size_t from = first_slot(at->first);
  size_t to = end_slot(tree, at->first + at->n);
  uint32_t least_id = UINT32_MAX;
  for (size_t j = 0; j < tree->dims; ++j) {
    least[j] = (double)INFINITY;
    most[j] = -(double)INFINITY;
  }
  for (size_t s = from; s < to; ++s) {
    uint32_t id = work->places[s].id;
    least_id = id < least_id ? id : least_id;
    for (size_t j = 0; j < tree->dims; ++j) {
      double x = coordinate(work, id, j);
      least[j] = x < least[j] ? x : least[j];
      most[j] = x > most[j] ? x : most[j];
    }
  }
  tree->least_id[at->node] = least_id;
}

static void split(const parts *work, const crucible__kd_node *at,
                  crucible__kd_node child[2]) {
  const crucible__kd_tree *tree = work->tree;
  const double *box = crucible__kd_box(tree, at->node);
  size_t widest = 0;
  for (size_t j = 1; j < tree->dims; ++j)
    if (box[tree->dims + j] - box[j] > box[tree->dims + widest] - box[widest])
      widest = j;
  size_t from = first_slot(at->first);
  size_t to = end_slot(tree, at->first + at->n);
  for (size_t s = from; s < to; ++s)
    work->places[s].key = coordinate(work, work->places[s].id, widest);
  crucible__kd_children(at, child);
  part_at(work->places + from, to - from, (size_t)child[0].n * BLOCK);
}

static void fill_leaf(const parts *work, size_t leaf) {
  crucible__kd_tree *tree = work->tree;
  size_t count = crucible__kd_count(tree, leaf);
  double *block = tree->points + leaf * tree->dims * BLOCK;
  place *p = work->places + first_slot(leaf);
  for (size_t k = 0; k < count; ++k)
    p[k].key = 0;
  insertion_sort(p, count); /* by id */
  for (size_t k = 0; k < BLOCK; ++k) {
    tree->ids[leaf * BLOCK + k] = k < count ? p[k].id : UINT32_MAX;
    for (size_t j = 0; j < tree->dims; ++j)
      block[j * BLOCK + k] =
          k < count ? coordinate(work, p[k].id, j) : (double)INFINITY;
  }
}

/* Builds what is below a node, down to parts of at most n_leaves leaves, which
   are listed, or to the leaves, which are filled. */
static void descend(parts *work, crucible__kd_node top, size_t n_leaves) {
  crucible__kd_node stack[CRUCIBLE__KD_DEPTH * 2];
  size_t n_stack = 0;
  stack[n_stack++] = top;
  while (n_stack > 0) {
    crucible__kd_node at = stack[--n_stack];
    if (n_leaves > 0 && at.n <= n_leaves) {
      work->part[work->n_parts++] = at;
      continue;
    }
    measure_box(work, &at);
    work->tree->right[at.node] = at.n == 1 ? 0 : at.node + 2 * (at.n / 2);
    if (at.n == 1) {
      work->tree->leaf_node[at.first] = at.node;
      fill_leaf(work, at.first);
      continue;
    }
    split(work, &at, &stack[n_stack]);
    n_stack += 2;
  }
}

static crucible_status build_part(size_t i, uint32_t worker, void *data) {
  (void)worker;
  parts *work = data;
  descend(work, work->part[i], 0);
  return CRUCIBLE_OK;
}

static crucible_status build(parts *work, crucible_pool *pool) {
  crucible__kd_tree *tree = work->tree;
  for (size_t i = 0; i < tree->n; ++i)
    work->places[i].id = (uint32_t)i;
  crucible__kd_node root = {0, 0, (uint32_t)tree->n_leaves, 0};
  descend(work, root, PART_LEAVES);
  return crucible__pool_run(pool, work->n_parts, build_part, work, NULL);
}

crucible_status crucible__kd_build(const crucible_matrix *points,
                                   int32_t metric, crucible_pool *pool,
                                   crucible__kd_tree *tree) {
  size_t n = points->rows, leaves = (n + BLOCK - 1) / BLOCK;
  *tree = (crucible__kd_tree){.n = n,
                              .dims = points->cols,
                              .n_leaves = leaves,
                              .n_nodes = 2 * leaves - 1,
                              .metric = metric};
  parts work = {.tree = tree, .points = points};
  tree->points = crucible__alloc(leaves * BLOCK * tree->dims, sizeof(double));
  tree->ids = crucible__alloc(leaves * BLOCK, sizeof *tree->ids);
  tree->boxes = crucible__alloc(tree->n_nodes * 2 * tree->dims, sizeof(double));
  tree->least_id = crucible__alloc(tree->n_nodes, sizeof *tree->least_id);
  tree->right = crucible__alloc(tree->n_nodes, sizeof *tree->right);
  tree->leaf_node = crucible__alloc(leaves, sizeof *tree->leaf_node);
  work.places = crucible__alloc(n, sizeof *work.places);
  work.part = crucible__alloc(leaves, sizeof *work.part);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (tree->points != NULL && tree->ids != NULL && tree->boxes != NULL &&
      tree->least_id != NULL && tree->right != NULL &&
      tree->leaf_node != NULL && work.places != NULL && work.part != NULL)
    status = build(&work, pool);
  crucible__free(work.part);
  crucible__free(work.places);
  if (status != CRUCIBLE_OK)
    crucible__kd_free(tree);
  return status;
}

void crucible__kd_free(crucible__kd_tree *tree) {
  crucible__free(tree->points);
  crucible__free(tree->ids);
  crucible__free(tree->boxes);
  crucible__free(tree->least_id);
  crucible__free(tree->right);
  crucible__free(tree->leaf_node);
  *tree = (crucible__kd_tree){0};
}

size_t crucible__kd_count(const crucible__kd_tree *tree, size_t leaf) {
  size_t left = tree->n - leaf * BLOCK;
  return left < BLOCK ? left : BLOCK;
}

void crucible__kd_leaf_box(const crucible__kd_tree *tree, size_t leaf,
                           double *box) {
  const double *block = crucible__kd_leaf(tree, leaf);
  size_t count = crucible__kd_count(tree, leaf);
  for (size_t j = 0; j < tree->dims; ++j) {
    const double *x = block + j * BLOCK;
    double least = x[0], most = x[0];
    for (size_t k = 1; k < count; ++k) {
      least = x[k] < least ? x[k] : least;
      most = x[k] > most ? x[k] : most;
    }
    box[j] = least;
    box[tree->dims + j] = most;
  }
}

void crucible__kd_point(const crucible__kd_tree *tree, size_t slot,
                        double *point) {
  const double *block = crucible__kd_leaf(tree, slot / BLOCK);
  for (size_t j = 0; j < tree->dims; ++j)
    point[j] = block[j * BLOCK + slot % BLOCK];
}
