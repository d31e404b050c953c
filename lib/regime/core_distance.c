/* SPDX-License-Identifier: Apache-2.0 */
#include "regime/core_distance.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"

enum {
  BLOCK = CRUCIBLE__KD_BLOCK,
  STEP = 16,       /* leaves of an item */
  SORTED_MOST = 32 /* longer lists are heaps */
};

typedef struct core_job {
  const crucible__kd_tree *tree;
  const crucible__kd_scan *scan;
  size_t k;
  double *core, *before;
  double *lists; /* [threads][BLOCK][k] measures found, see keep() */
  double *point; /* [threads][dims] */
} core_job;

/* One leaf that asks. */
typedef struct asker {
  const core_job *job;
  size_t leaf, count;
  double *lists, *point;
  double limits[BLOCK]; /* the largest number below the k-th nearest so far:
                           copies of a point in plenty are not looked at */
  double widest;        /* the largest of them */
} asker;

/* list holds the k least so far: in order, or as a heap with the largest on
   top where it is long. Returns the largest. */
static double keep(double *list, size_t k, double measure) {
  size_t i;
  if (k <= SORTED_MOST) {
    for (i = k - 1; i > 0 && list[i - 1] > measure; --i)
      list[i] = list[i - 1];
    list[i] = measure;
    return list[k - 1];
  }
  for (i = 0; 2 * i + 1 < k;) {
    size_t child = 2 * i + 1;
    child += child + 1 < k && list[child + 1] > list[child];
    if (list[child] <= measure)
      break;
    list[i] = list[child];
    i = child;
  }
  list[i] = measure;
  return list[0];
}

static double below(double measure) {
  uint64_t bits;
  if (!(measure > 0))
    return -1;
  memcpy(&bits, &measure, sizeof bits);
  --bits;
  memcpy(&measure, &bits, sizeof bits);
  return measure;
}

/* Shows a leaf's points to those that asks bit by bit. */
static void meet(asker *a, size_t leaf, uint32_t asks) {
  const crucible__kd_tree *tree = a->job->tree;
  const double *block = crucible__kd_leaf(tree, leaf);
  const double *own = crucible__kd_leaf(tree, a->leaf);
  uint32_t valid = UINT32_MAX >> (BLOCK - crucible__kd_count(tree, leaf));
  double measure[BLOCK];
  for (; asks != 0; asks &= asks - 1) {
    size_t q = (size_t)__builtin_ctz(asks);
    for (size_t j = 0; j < tree->dims; ++j)
      a->point[j] = own[j * BLOCK + q];
    uint32_t bits = valid & a->job->scan->within(block, a->point, tree->dims,
                                                 a->limits[q], measure);
    for (; bits != 0; bits &= bits - 1) {
      double found = measure[__builtin_ctz(bits)];
      if (found <= a->limits[q])
        a->limits[q] = below(keep(a->lists + q * a->job->k, a->job->k, found));
    }
  }
  a->widest = -1;
  for (size_t q = 0; q < a->count; ++q)
    a->widest = a->limits[q] > a->widest ? a->limits[q] : a->widest;
}

static void descend(asker *a) {
  const crucible__kd_tree *tree = a->job->tree;
  const crucible__kd_scan *scan = a->job->scan;
  const double *own = crucible__kd_leaf(tree, a->leaf);
  double box[2 * CRUCIBLE_HDBSCAN_DIMS_MAX];
  crucible__kd_leaf_box(tree, a->leaf, box);
  crucible__kd_node stack[CRUCIBLE__KD_DEPTH * 2];
  size_t n_stack = 0;
  stack[n_stack++] = (crucible__kd_node){0, 0, (uint32_t)tree->n_leaves, 0};
  while (n_stack > 0) {
    crucible__kd_node at = stack[--n_stack];
    if (at.near > a->widest)
      continue;
    if (at.n == 1) {
      if (at.first == a->leaf)
        continue;
      uint32_t asks = scan->touch(own, crucible__kd_box(tree, at.node),
                                  tree->dims, 1, a->limits);
      if (asks != 0)
        meet(a, at.first, asks);
      continue;
    }
    crucible__kd_push_near(tree, scan, box, &at, stack, &n_stack);
  }
}

static double largest(const double *list, size_t k) {
  return k <= SORTED_MOST ? list[k - 1] : list[0];
}

/* The second largest of a full list. */
static double second(const double *list, size_t k) {
  if (k == 1)
    return 0;
  if (k <= SORTED_MOST)
    return list[k - 2];
  return list[1] > list[2] ? list[1] : list[2];
}

static void ask(asker *a, size_t leaf) {
  const core_job *job = a->job;
  a->leaf = leaf;
  a->count = crucible__kd_count(job->tree, leaf);
  for (size_t i = 0; i < a->count * job->k; ++i)
    a->lists[i] = (double)INFINITY;
  for (size_t q = 0; q < BLOCK; ++q)
    a->limits[q] = q < a->count ? below((double)INFINITY) : -1;
  meet(a, leaf, UINT32_MAX >> (BLOCK - a->count));
  descend(a);
  for (size_t q = 0; q < BLOCK; ++q) {
    size_t slot = leaf * BLOCK + q;
    int is_point = q < a->count;
    job->core[slot] =
        is_point ? largest(a->lists + q * job->k, job->k) : (double)INFINITY;
    job->before[slot] =
        is_point ? second(a->lists + q * job->k, job->k) : (double)INFINITY;
  }
}

static crucible_status item(size_t i, uint32_t worker, void *data) {
  core_job *job = data;
  asker a = {.job = job,
             .lists = job->lists + worker * BLOCK * job->k,
             .point = job->point + worker * job->tree->dims};
  for (size_t leaf = i * STEP;
       leaf < (i + 1) * STEP && leaf < job->tree->n_leaves; ++leaf)
    ask(&a, leaf);
  return CRUCIBLE_OK;
}

crucible_status crucible__core_distances(const crucible__kd_tree *tree,
                                         size_t k, crucible_pool *pool,
                                         const crucible_cancel *cancel,
                                         double *core, double *before) {
  size_t threads = crucible_pool_threads(pool);
  core_job job = {.tree = tree,
                  .scan = crucible__kd_scan_now(tree->metric),
                  .k = k,
                  .core = core,
                  .before = before};
  job.lists = crucible__alloc(threads * BLOCK * k, sizeof(double));
  job.point = crucible__alloc(threads * tree->dims, sizeof(double));
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (job.lists != NULL && job.point != NULL)
    status = crucible__pool_run(pool, (tree->n_leaves + STEP - 1) / STEP, item,
                                &job, cancel);
  crucible__free(job.lists);
  crucible__free(job.point);
  return status;
}

static int nearer(const crucible__neighbour *a, const crucible__neighbour *b) {
  return a->measure < b->measure || (a->measure == b->measure && a->id < b->id);
}

void crucible__nearest(const crucible__kd_tree *tree,
                       const crucible__kd_scan *scan, const double *point,
                       size_t k, crucible__neighbour *nearest) {
  double box[2 * CRUCIBLE_HDBSCAN_DIMS_MAX], measure[BLOCK];
  memcpy(box, point, tree->dims * sizeof *box);
  memcpy(box + tree->dims, point, tree->dims * sizeof *box);
  crucible__kd_node stack[CRUCIBLE__KD_DEPTH * 2];
  size_t n_stack = 0, found = 0;
  stack[n_stack++] = (crucible__kd_node){0, 0, (uint32_t)tree->n_leaves, 0};
  while (n_stack > 0) {
    crucible__kd_node at = stack[--n_stack];
    double limit = found < k ? (double)INFINITY : nearest[k - 1].measure;
    if (at.near > limit)
      continue;
    if (at.n > 1) {
      crucible__kd_push_near(tree, scan, box, &at, stack, &n_stack);
      continue;
    }
    uint32_t bits = UINT32_MAX >> (BLOCK - crucible__kd_count(tree, at.first));
    bits &= scan->within(crucible__kd_leaf(tree, at.first), point, tree->dims,
                         limit, measure);
    for (; bits != 0; bits &= bits - 1) {
      uint32_t slot = at.first * BLOCK + (uint32_t)__builtin_ctz(bits);
      crucible__neighbour one = {measure[slot % BLOCK], tree->ids[slot], slot};
      if (found == k && !nearer(&one, &nearest[k - 1]))
        continue;
      size_t i = found < k ? found++ : k - 1;
      for (; i > 0 && nearer(&one, &nearest[i - 1]); --i)
        nearest[i] = nearest[i - 1];
      nearest[i] = one;
    }
  }
}
