/* SPDX-License-Identifier: Apache-2.0 */
/* Soft clustering, as in the package hdbscan: the product of a part by distance
   to the densest points and a part by the tree. */
#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "regime/hdbscan.h"
#include "regime/kd_scan.h"

enum { BLOCK = CRUCIBLE__KD_BLOCK };

static const double TINY = 1e-8; /* keeps a lambda from being 0 */

typedef struct soft_job {
  const crucible_hdbscan *model;
  const crucible__kd_scan *scan;
  size_t *first;     /* [n_labels + 1] of a label's exemplars */
  double *exemplars; /* [first[n_labels]][dims] */
  double *distance;  /* [threads][BLOCK] measures to one of them */
  double *near;      /* [threads][n_labels][BLOCK] */
  double *memberships;
} soft_job;

/* Label that a point is an exemplar of, or -1: it is among the densest of a
   cluster that parts no further. */
static int32_t exemplar_of(const crucible_hdbscan *m, size_t p) {
  const crucible__cluster *c =
      &m->clusters.clusters[m->clusters.point_cluster[p]];
  return c->child == 0 && m->clusters.point_lambda[p] >= c->death ? c->label
                                                                  : -1;
}

static void count_exemplars(soft_job *job) {
  const crucible_hdbscan *m = job->model;
  size_t n = m->scores.n_labels;
  for (size_t i = 0; i <= n; ++i)
    job->first[i] = 0;
  for (size_t p = 0; p < m->n; ++p)
    if (exemplar_of(m, p) >= 0)
      ++job->first[exemplar_of(m, p) + 1];
  for (size_t i = 0; i < n; ++i)
    job->first[i + 1] += job->first[i];
}

/* first[i] moves to the end of i and back. */
static void take_exemplars(soft_job *job) {
  const crucible_hdbscan *m = job->model;
  size_t dims = m->tree.dims;
  for (size_t slot = 0; slot < m->n; ++slot) {
    int32_t label = exemplar_of(m, m->tree.ids[slot]);
    if (label >= 0)
      crucible__kd_point(&m->tree, slot,
                         job->exemplars + job->first[label]++ * dims);
  }
  for (size_t i = m->scores.n_labels; i > 0; --i)
    job->first[i] = job->first[i - 1];
  job->first[0] = 0;
}

/* Measures from the points of a leaf to the nearest exemplar of each label. */
static void measure(const soft_job *job, size_t leaf, double *distance,
                    double *near) {
  const crucible__kd_tree *tree = &job->model->tree;
  for (size_t i = 0; i < job->model->scores.n_labels; ++i) {
    double *least = near + i * BLOCK;
    for (size_t q = 0; q < BLOCK; ++q)
      least[q] = INFINITY;
    for (size_t e = job->first[i]; e < job->first[i + 1]; ++e) {
      (void)job->scan->within(crucible__kd_leaf(tree, leaf),
                              job->exemplars + e * tree->dims, tree->dims, 0,
                              distance);
      for (size_t q = 0; q < BLOCK; ++q)
        least[q] = distance[q] < least[q] ? distance[q] : least[q];
    }
  }
}

/* Lambda at which a point and a cluster part: its own where one is above the
   other. */
static double height(const crucible__cluster *clusters, uint32_t of_point,
                     double lambda, uint32_t cluster) {
  uint32_t left = of_point, right = cluster;
  double last = 0;
  int went_left = 0, went_right = 0;
  while (left != right) {
    if (left > right) {
      last = clusters[left].birth;
      left = clusters[left].parent;
      went_left = 1;
    } else {
      last = clusters[right].birth;
      right = clusters[right].parent;
      went_right = 1;
    }
  }
  return went_left && went_right ? last : lambda;
}

/* Heights into row; returns the probability of being in any cluster. */
static double tell_heights(const crucible_hdbscan *m, size_t p, double *row) {
  const crucible__cluster *clusters = m->clusters.clusters;
  double lambda = m->clusters.point_lambda[p];
  size_t highest = 0;
  for (size_t i = 0; i < m->scores.n_labels; ++i) {
    row[i] = height(clusters, m->clusters.point_cluster[p], lambda,
                    m->scores.cluster_of[i]);
    highest = row[i] > row[highest] ? i : highest;
  }
  double most = clusters[m->scores.cluster_of[highest]].death;
  return row[highest] / (most > lambda ? most : lambda);
}

static void normalise(double *row, size_t n, double to) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    sum += row[i];
  for (size_t i = 0; i < n; ++i)
    row[i] = sum > 0 ? row[i] / sum * to : to / (double)n;
}

static void fill_row(const soft_job *job, size_t p, const double *near,
                     double *row) {
  const crucible_hdbscan *m = job->model;
  size_t n = m->scores.n_labels;
  double in_any = tell_heights(m, p, row);
  double death =
      m->clusters.clusters[m->clusters.point_cluster[p]].death + TINY;
  double least = INFINITY;
  for (size_t i = 0; i < n; ++i)
    least = near[i * BLOCK] < least ? near[i * BLOCK] : least;
  for (size_t i = 0; i < n; ++i) {
    double by_tree = exp(exp(-(death / row[i])));
    /* the share of 1 / distance, by the least of them */
    double far = crucible__distance_of(m->options.metric, near[i * BLOCK]);
    double nearest = crucible__distance_of(m->options.metric, least);
    row[i] = by_tree * (far > nearest ? nearest / far : 1);
  }
  normalise(row, n, in_any);
}

static crucible_status item(size_t leaf, uint32_t worker, void *data) {
  const soft_job *job = data;
  const crucible_hdbscan *m = job->model;
  size_t n = m->scores.n_labels;
  double *near = job->near + worker * n * BLOCK;
  measure(job, leaf, job->distance + worker * BLOCK, near);
  for (size_t q = 0; q < crucible__kd_count(&m->tree, leaf); ++q) {
    size_t p = m->tree.ids[leaf * BLOCK + q];
    fill_row(job, p, near + q, job->memberships + p * n);
  }
  return CRUCIBLE_OK;
}

static crucible_status run(soft_job *job, crucible_pool *pool) {
  const crucible_hdbscan *m = job->model;
  size_t n = m->scores.n_labels, threads = crucible_pool_threads(pool);
  job->first = crucible__alloc(n + 1, sizeof *job->first);
  job->distance = crucible__alloc(threads * BLOCK, sizeof(double));
  job->near = crucible__alloc(threads * BLOCK, n * sizeof(double));
  if (job->first == NULL || job->distance == NULL || job->near == NULL)
    return CRUCIBLE_E_NOMEM;
  count_exemplars(job);
  job->exemplars =
      crucible__alloc(job->first[n], m->tree.dims * sizeof(double));
  if (job->exemplars == NULL)
    return CRUCIBLE_E_NOMEM;
  take_exemplars(job);
  return crucible__pool_run(pool, m->tree.n_leaves, item, job, NULL);
}

crucible_status crucible_hdbscan_memberships(const crucible_hdbscan *model,
                                             crucible_pool *pool,
                                             double *memberships) {
  if (model == NULL || memberships == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          model == NULL ? "model" : "memberships");
  if (model->scores.n_labels == 0)
    return CRUCIBLE_OK;
  soft_job job = {.model = model,
                  .scan = crucible__kd_scan_now(model->options.metric),
                  .memberships = memberships};
  crucible_status status = run(&job, pool);
  crucible__free(job.first);
  crucible__free(job.distance);
  crucible__free(job.near);
  crucible__free(job.exemplars);
  return status;
}
