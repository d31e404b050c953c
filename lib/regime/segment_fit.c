/* SPDX-License-Identifier: Apache-2.0 */
#include "regime/segment_fit.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "regime/hdbscan.h"
#include "regime/segment_sort.h"

enum { STEP = 64 };

typedef struct place_job {
  const crucible__segment_fit *fit;
  const double *rows;
  size_t n, k;
  double *row;                  /* [threads][columns] */
  crucible__neighbour *nearest; /* [threads][k] */
  int32_t *segments;
} place_job;

size_t crucible__segment_neighbours(const crucible_segment_options *options) {
  const size_t others = (size_t)crucible__hdbscan_others(&options->hdbscan);
  return others > 0 ? 2 * others : 2; /* as crucible__neighbours_of() */
}

void crucible__segment_fit_free(crucible__segment_fit *fit) {
  if (fit == NULL)
    return;
  crucible__free(fit->points);
  crucible__free(fit->centres);
  crucible__free(fit->names);
  crucible__free(fit->last);
  crucible__free(fit->cuts);
  crucible__free(fit->centre);
  crucible__free(fit->scale);
  crucible_hdbscan_destroy(fit->model);
  crucible__free(fit);
}

static void column_of(const crucible__segment_fit *fit, size_t j, double *x) {
  for (size_t i = 0; i < fit->n; ++i)
    x[i] = fit->points[i * fit->columns + j];
}

static crucible_status cut(const crucible_segment_options *options,
                           crucible__segment_fit *fit) {
  const size_t q = options->n_quantiles;
  double *sorted = crucible__alloc(fit->n, sizeof *sorted);
  fit->cuts = crucible__alloc(q, sizeof *fit->cuts);
  fit->n_segments = q;
  if (sorted != NULL && fit->cuts != NULL) {
    column_of(fit, 0, sorted);
    crucible__values_sort(sorted, fit->n);
    for (size_t k = 1; k < q; ++k)
      fit->cuts[k - 1] = crucible__sorted_quantile(sorted, fit->n, k, q);
  }
  crucible__free(sorted);
  return sorted != NULL && fit->cuts != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
}

/* Of the values of one column; standard: [n][columns]. */
static void standardise(const crucible_segment_options *options,
                        crucible__segment_fit *fit, double *column,
                        double *standard) {
  for (size_t j = 0; j < fit->columns; ++j) {
    column_of(fit, j, column);
    crucible__column_scale(column, fit->n, options->scaling, &fit->centre[j],
                           &fit->scale[j]);
    for (size_t i = 0; i < fit->n; ++i)
      standard[i * fit->columns + j] =
          (fit->points[i * fit->columns + j] - fit->centre[j]) * fit->scale[j];
  }
}

static crucible_status cluster(const crucible_segment_options *options,
                               crucible__segment_fit *fit, crucible_pool *pool,
                               const crucible_cancel *cancel) {
  double *column = crucible__alloc(fit->n, sizeof *column);
  double *standard = crucible__alloc(fit->n * fit->columns, sizeof *standard);
  fit->centre = crucible__alloc(fit->columns, sizeof *fit->centre);
  fit->scale = crucible__alloc(fit->columns, sizeof *fit->scale);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (column != NULL && standard != NULL && fit->centre != NULL &&
      fit->scale != NULL) {
    standardise(options, fit, column, standard);
    const crucible_matrix points = {standard, fit->n, fit->columns,
                                    (ptrdiff_t)fit->columns, 1};
    status = crucible_hdbscan_fit(&points, &options->hdbscan, pool, cancel,
                                  &fit->model);
  }
  crucible__free(column);
  crucible__free(standard);
  if (status == CRUCIBLE_OK)
    fit->n_segments = fit->model->scores.n_labels;
  return status;
}

static int32_t quantile_of(const crucible__segment_fit *fit, double x) {
  size_t low = 0, high = fit->n_segments - 1; /* number of cuts below x */
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (fit->cuts[middle] < x)
      low = middle + 1;
    else
      high = middle;
  }
  return (int32_t)low;
}

static int32_t fitted_segment(const crucible__segment_fit *fit, size_t i) {
  return fit->model != NULL ? fit->model->scores.labels[i]
                            : quantile_of(fit, fit->points[i]);
}

/* Means of the points of each segment. */
static crucible_status centre(crucible__segment_fit *fit) {
  const size_t columns = fit->columns;
  size_t *count = crucible__alloc_zero(fit->n_segments, sizeof *count);
  fit->names = crucible__alloc_zero(fit->n_segments, sizeof *fit->names);
  fit->centres =
      crucible__alloc_zero(fit->n_segments * columns, sizeof *fit->centres);
  if (count == NULL || fit->names == NULL || fit->centres == NULL) {
    crucible__free(count);
    return CRUCIBLE_E_NOMEM;
  }
  for (size_t i = 0; i < fit->n; ++i) {
    const int32_t segment = fitted_segment(fit, i);
    if (segment < 0)
      continue;
    ++count[segment];
    for (size_t j = 0; j < columns; ++j)
      fit->centres[(size_t)segment * columns + j] +=
          fit->points[i * columns + j];
  }
  for (size_t c = 0; c < fit->n_segments; ++c)
    for (size_t j = 0; j < columns; ++j)
      fit->centres[c * columns + j] =
          count[c] > 0 ? fit->centres[c * columns + j] / (double)count[c]
                       : (double)NAN;
  crucible__free(count);
  return CRUCIBLE_OK;
}

crucible_status
crucible__segment_fit_make(const crucible_segment_options *options,
                           double *points, size_t n, crucible_pool *pool,
                           const crucible_cancel *cancel,
                           crucible__segment_fit **fit) {
  crucible__segment_fit *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL) {
    crucible__free(points);
    return CRUCIBLE_E_NOMEM;
  }
  made->n = n;
  made->columns = options->n_columns;
  made->points = points;
  crucible_status status = options->kind == CRUCIBLE_SEGMENT_QUANTILES
                               ? cut(options, made)
                               : cluster(options, made, pool, cancel);
  if (status == CRUCIBLE_OK)
    status = centre(made);
  if (status == CRUCIBLE_OK)
    *fit = made;
  else
    crucible__segment_fit_free(made);
  return status;
}

int32_t crucible__segment_of(const crucible__segment_fit *fit,
                             const double *row,
                             const crucible__segment_spare *spare) {
  if (fit->model == NULL)
    return quantile_of(fit, row[0]);
  if (fit->n_segments == 0)
    return -1;
  double probability;
  for (size_t j = 0; j < fit->columns; ++j)
    spare->row[j] = (row[j] - fit->centre[j]) * fit->scale[j];
  return crucible__hdbscan_place(
      fit->model, crucible__kd_scan_now(fit->model->options.metric), spare->row,
      spare->nearest, &probability);
}

static crucible_status item(size_t i, uint32_t worker, void *data) {
  const place_job *job = data;
  const size_t columns = job->fit->columns;
  const crucible__segment_spare spare = {job->row + worker * columns,
                                         job->nearest + worker * job->k};
  for (size_t row = i * STEP; row < (i + 1) * STEP && row < job->n; ++row)
    job->segments[row] =
        crucible__segment_of(job->fit, job->rows + row * columns, &spare);
  return CRUCIBLE_OK;
}

crucible_status crucible__segments_of(const crucible_segment_options *options,
                                      const crucible__segment_fit *fit,
                                      const double *rows, size_t n,
                                      crucible_pool *pool,
                                      const crucible_cancel *cancel,
                                      int32_t *segments) {
  const size_t threads = crucible_pool_threads(pool);
  place_job job = {.fit = fit,
                   .rows = rows,
                   .n = n,
                   .k = crucible__segment_neighbours(options),
                   .segments = segments};
  job.row = crucible__alloc(threads * fit->columns, sizeof *job.row);
  job.nearest = crucible__alloc(threads * job.k, sizeof *job.nearest);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (job.row != NULL && job.nearest != NULL)
    status =
        crucible__pool_run(pool, (n + STEP - 1) / STEP, item, &job, cancel);
  crucible__free(job.row);
  crucible__free(job.nearest);
  return status;
}
