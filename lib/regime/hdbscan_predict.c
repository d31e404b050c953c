/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "regime/core_distance.h"
#include "regime/hdbscan.h"

enum { STEP = 64 };

typedef struct predict_job {
  const crucible_hdbscan *model;
  const crucible__kd_scan *scan;
  const crucible_matrix *points;
  size_t k;                     /* neighbours looked at */
  crucible__neighbour *nearest; /* [threads][k] */
  double *point;                /* [threads][dims] */
  int32_t *labels;
  double *probabilities;
} predict_job;

size_t crucible__neighbours_of(const crucible_hdbscan *model) {
  size_t k = model->min_samples > 0 ? 2 * model->min_samples : 2;
  return k < model->n ? k : model->n;
}

size_t crucible__joins(const crucible_hdbscan *m,
                       const crucible__neighbour *nearest, size_t k,
                       double *lambda) {
  size_t last = m->min_samples < k ? m->min_samples : k - 1, best = 0;
  double core = crucible__distance_of(m->options.metric, nearest[last].measure);
  double distance = (double)INFINITY;
  for (size_t i = 0; i < k; ++i) {
    double far = crucible__distance_of(m->options.metric, nearest[i].measure);
    far = far > core ? far : core;
    double theirs = m->before[nearest[i].slot];
    far = theirs > far ? theirs : far;
    if (far < distance) {
      distance = far;
      best = i;
    }
  }
  *lambda = crucible__lambda_of(&m->clusters, distance);
  return nearest[best].id;
}

crucible_status crucible__new_points_check(const crucible_hdbscan *model,
                                           const crucible_matrix *points) {
  if (model == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "model is NULL: pass what crucible_hdbscan_fit() "
                          "made");
  CRUCIBLE__TRY(crucible__points_check(points));
  if (points->cols != model->tree.dims)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "points->cols is %zu: the clustering has %zu",
                          points->cols, model->tree.dims);
  return CRUCIBLE_OK;
}

int32_t crucible__hdbscan_place(const crucible_hdbscan *m,
                                const crucible__kd_scan *scan,
                                const double *point,
                                crucible__neighbour *nearest,
                                double *probability) {
  const size_t k = crucible__neighbours_of(m);
  double lambda;
  crucible__nearest(&m->tree, scan, point, k, nearest);
  size_t beside = crucible__joins(m, nearest, k, &lambda);
  uint32_t c = m->clusters.point_cluster[beside];
  const crucible__cluster *clusters = m->clusters.clusters;
  if (m->clusters.point_lambda[beside] > lambda)
    while (c > 0 && clusters[c].birth >= lambda)
      c = clusters[c].parent;
  const int32_t label = clusters[c].label;
  *probability = 0;
  if (label < 0)
    return label;
  double death = clusters[m->scores.cluster_of[label]].death;
  *probability = lambda < death ? lambda / death : 1;
  return label;
}

static crucible_status item(size_t i, uint32_t worker, void *data) {
  const predict_job *job = data;
  const crucible_matrix *p = job->points;
  double *point = job->point + worker * p->cols;
  crucible__neighbour *nearest = job->nearest + worker * job->k;
  for (size_t row = i * STEP; row < (i + 1) * STEP && row < p->rows; ++row) {
    for (size_t j = 0; j < p->cols; ++j)
      point[j] = p->data[(ptrdiff_t)row * p->row_stride +
                         (ptrdiff_t)j * p->col_stride];
    double probability;
    const int32_t label = crucible__hdbscan_place(job->model, job->scan, point,
                                                  nearest, &probability);
    if (job->labels != NULL)
      job->labels[row] = label;
    if (job->probabilities != NULL)
      job->probabilities[row] = probability;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_hdbscan_predict(const crucible_hdbscan *model,
                                         const crucible_matrix *points,
                                         crucible_pool *pool, int32_t *labels,
                                         double *probabilities) {
  CRUCIBLE__TRY(crucible__new_points_check(model, points));
  size_t threads = crucible_pool_threads(pool);
  predict_job job = {.model = model,
                     .scan = crucible__kd_scan_now(model->options.metric),
                     .points = points,
                     .labels = labels,
                     .probabilities = probabilities};
  job.k = crucible__neighbours_of(model);
  job.nearest = crucible__alloc(threads * job.k, sizeof *job.nearest);
  job.point = crucible__alloc(threads * points->cols, sizeof *job.point);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (job.nearest != NULL && job.point != NULL)
    status = crucible__pool_run(pool, (points->rows + STEP - 1) / STEP, item,
                                &job, NULL);
  crucible__free(job.nearest);
  crucible__free(job.point);
  return status;
}
