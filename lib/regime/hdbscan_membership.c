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
  const crucible_matrix *points; /* new ones, or NULL */
  size_t k;                      /* their neighbours looked at */
  crucible__neighbour *nearest;  /* [threads][k] */
  double *block;                 /* [threads][dims][BLOCK] of new points */
  double *point;                 /* [threads][dims] */
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

/* Measures from the points of a block to the nearest exemplar of each label. */
static void measure(const soft_job *job, const double *block, double *distance,
                    double *near) {
  const crucible__kd_tree *tree = &job->model->tree;
  for (size_t i = 0; i < job->model->scores.n_labels; ++i) {
    double *least = near + i * BLOCK;
    for (size_t q = 0; q < BLOCK; ++q)
      least[q] = (double)INFINITY;
    for (size_t e = job->first[i]; e < job->first[i + 1]; ++e) {
      (void)job->scan->within(block, job->exemplars + e * tree->dims,
                              tree->dims, 0, distance);
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

/* Heights of a point of a cluster into row; returns the label of the highest,
   of equals the one that formed first. */
static size_t tell_heights(const crucible_hdbscan *m, uint32_t cluster,
                           double lambda, double *row) {
  size_t highest = 0;
  for (size_t i = 0; i < m->scores.n_labels; ++i) {
    row[i] =
        height(m->clusters.clusters, cluster, lambda, m->scores.cluster_of[i]);
    if (row[i] > row[highest] ||
        (row[i] >= row[highest] &&
         m->scores.cluster_of[i] < m->scores.cluster_of[highest]))
      highest = i;
  }
  return highest;
}

static double death_of(const crucible_hdbscan *m, size_t label) {
  return m->clusters.clusters[m->scores.cluster_of[label]].death;
}

static double larger(double a, double b) { return a > b ? a : b; }

static void normalise(double *row, size_t n, double to) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    sum += row[i];
  for (size_t i = 0; i < n; ++i)
    row[i] = sum > 0 ? row[i] / sum * to : to / (double)n;
}

/* Share of 1 / distance to each label's exemplars, of the largest. */
static double nearness(const crucible_hdbscan *m, const double *near,
                       size_t label) {
  double least = (double)INFINITY;
  for (size_t i = 0; i < m->scores.n_labels; ++i)
    least = near[i * BLOCK] < least ? near[i * BLOCK] : least;
  double far = crucible__distance_of(m->options.metric, near[label * BLOCK]);
  double nearest = crucible__distance_of(m->options.metric, least);
  return far > nearest ? nearest / far : 1;
}

static void fill_fitted(const soft_job *job, size_t p, const double *near,
                        double *row) {
  const crucible_hdbscan *m = job->model;
  uint32_t cluster = m->clusters.point_cluster[p];
  double lambda = m->clusters.point_lambda[p];
  size_t highest = tell_heights(m, cluster, lambda, row);
  double in_any = row[highest] / larger(death_of(m, highest), lambda);
  double death = m->clusters.clusters[cluster].death + TINY;
  for (size_t i = 0; i < m->scores.n_labels; ++i)
    row[i] = exp(exp(-(death / row[i]))) * nearness(m, near, i);
  normalise(row, m->scores.n_labels, in_any);
}

static void fill_new(const soft_job *job, const crucible__neighbour *nearest,
                     const double *near, double *row) {
  const crucible_hdbscan *m = job->model;
  size_t n = m->scores.n_labels;
  double lambda, most = 0;
  size_t beside = crucible__joins(m, nearest, job->k, &lambda);
  uint32_t cluster = m->clusters.point_cluster[beside];
  if (m->clusters.point_lambda[beside] < lambda)
    lambda = m->clusters.point_lambda[beside];
  size_t highest = tell_heights(m, cluster, lambda, row);
  double in_any = row[highest] / (larger(death_of(m, highest), lambda) + TINY);
  double death = m->clusters.clusters[cluster].death;
  for (size_t i = 0; i < n; ++i) {
    row[i] = death / (death > row[i] ? death - row[i] : TINY);
    most = larger(most, row[i]);
  }
  for (size_t i = 0; i < n; ++i) {
    double by_tree = exp(row[i] - most);
    row[i] = by_tree * by_tree * sqrt(nearness(m, near, i));
  }
  normalise(row, n, in_any);
}

static crucible_status fitted_item(size_t leaf, uint32_t worker, void *data) {
  const soft_job *job = data;
  const crucible_hdbscan *m = job->model;
  size_t n = m->scores.n_labels;
  double *near = job->near + worker * n * BLOCK;
  measure(job, crucible__kd_leaf(&m->tree, leaf),
          job->distance + worker * BLOCK, near);
  for (size_t q = 0; q < crucible__kd_count(&m->tree, leaf); ++q) {
    size_t p = m->tree.ids[leaf * BLOCK + q];
    fill_fitted(job, p, near + q, job->memberships + p * n);
  }
  return CRUCIBLE_OK;
}

static crucible_status new_item(size_t group, uint32_t worker, void *data) {
  const soft_job *job = data;
  const crucible_hdbscan *m = job->model;
  const crucible_matrix *p = job->points;
  size_t n = m->scores.n_labels, first = group * BLOCK;
  size_t count = p->rows - first < BLOCK ? p->rows - first : BLOCK;
  double *near = job->near + worker * n * BLOCK;
  double *block = job->block + worker * p->cols * BLOCK;
  double *point = job->point + worker * p->cols;
  crucible__neighbour *nearest = job->nearest + worker * job->k;
  for (size_t j = 0; j < p->cols; ++j)
    for (size_t q = 0; q < BLOCK; ++q)
      block[j * BLOCK + q] =
          q < count ? p->data[(ptrdiff_t)(first + q) * p->row_stride +
                              (ptrdiff_t)j * p->col_stride]
                    : (double)INFINITY;
  measure(job, block, job->distance + worker * BLOCK, near);
  for (size_t q = 0; q < count; ++q) {
    for (size_t j = 0; j < p->cols; ++j)
      point[j] = block[j * BLOCK + q];
    crucible__nearest(&m->tree, job->scan, point, job->k, nearest);
    fill_new(job, nearest, near + q, job->memberships + (first + q) * n);
  }
  return CRUCIBLE_OK;
}

static crucible_status prepare(soft_job *job, size_t threads) {
  const crucible_hdbscan *m = job->model;
  size_t n = m->scores.n_labels;
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
  if (job->points == NULL)
    return CRUCIBLE_OK;
  job->k = crucible__neighbours_of(m);
  job->nearest = crucible__alloc(threads * job->k, sizeof *job->nearest);
  job->block = crucible__alloc(threads * m->tree.dims * BLOCK, sizeof(double));
  job->point = crucible__alloc(threads * m->tree.dims, sizeof(double));
  return job->nearest != NULL && job->block != NULL && job->point != NULL
             ? CRUCIBLE_OK
             : CRUCIBLE_E_NOMEM;
}

/* points: new ones, or NULL for those of the fit. */
static crucible_status run(const crucible_hdbscan *model,
                           const crucible_matrix *points, crucible_pool *pool,
                           double *memberships) {
  soft_job job = {.model = model,
                  .scan = crucible__kd_scan_now(model->options.metric),
                  .memberships = memberships,
                  .points = points};
  crucible_status status = prepare(&job, crucible_pool_threads(pool));
  if (status == CRUCIBLE_OK)
    status = points == NULL
                 ? crucible__pool_run(pool, model->tree.n_leaves, fitted_item,
                                      &job, NULL)
                 : crucible__pool_run(pool, (points->rows + BLOCK - 1) / BLOCK,
                                      new_item, &job, NULL);
  crucible__free(job.first);
  crucible__free(job.distance);
  crucible__free(job.near);
  crucible__free(job.exemplars);
  crucible__free(job.nearest);
  crucible__free(job.block);
  crucible__free(job.point);
  return status;
}

crucible_status crucible_hdbscan_memberships(const crucible_hdbscan *model,
                                             crucible_pool *pool,
                                             double *memberships) {
  if (model == NULL || memberships == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          model == NULL ? "model" : "memberships");
  if (model->scores.n_labels == 0)
    return CRUCIBLE_OK;
  return run(model, NULL, pool, memberships);
}

crucible_status
crucible_hdbscan_predict_memberships(const crucible_hdbscan *model,
                                     const crucible_matrix *points,
                                     crucible_pool *pool, double *memberships) {
  CRUCIBLE__TRY(crucible__new_points_check(model, points));
  if (memberships == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "memberships is NULL: pass where to put them");
  if (model->scores.n_labels == 0 || points->rows == 0)
    return CRUCIBLE_OK;
  return run(model, points, pool, memberships);
}
