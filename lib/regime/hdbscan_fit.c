/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "regime/core_distance.h"
#include "regime/hdbscan.h"

static const double MOST_SPAN = 1e150, LEAST_SPAN = 1e-150;
enum { MOST_POINTS = 1 << 30 };

static double at(const crucible_matrix *m, size_t i, size_t j) {
  return m->data[(ptrdiff_t)i * m->row_stride + (ptrdiff_t)j * m->col_stride];
}

crucible_status crucible__points_check(const crucible_matrix *points) {
  if (points == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "points is NULL: pass a matrix");
  if (points->cols == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "points->cols is 0: pass at least one column");
  if (points->data == NULL && points->rows > 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "points->data is NULL with %zu rows", points->rows);
  for (size_t i = 0; i < points->rows; ++i)
    for (size_t j = 0; j < points->cols; ++j)
      if (!isfinite(at(points, i, j)))
        return crucible__fail(CRUCIBLE_E_INVALID,
                              "points[%zu, %zu] is %s: leave such rows out", i,
                              j, isnan(at(points, i, j)) ? "NaN" : "infinite");
  return CRUCIBLE_OK;
}

double crucible__distance_of(int32_t metric, double measure) {
  return metric == CRUCIBLE_METRIC_EUCLIDEAN ? sqrt(measure) : measure;
}

/* Squares must neither overflow nor vanish. */
static crucible_status check_spans(const crucible_matrix *points) {
  double widest = 0;
  for (size_t j = 0; j < points->cols; ++j) {
    double least = at(points, 0, j), most = least;
    for (size_t i = 1; i < points->rows; ++i) {
      double x = at(points, i, j);
      least = x < least ? x : least;
      most = x > most ? x : most;
    }
    if (!(most - least <= MOST_SPAN))
      return crucible__fail(CRUCIBLE_E_DOMAIN,
                            "points: column %zu spans more than 1e150: scale "
                            "the columns first",
                            j);
    widest = most - least > widest ? most - least : widest;
  }
  if (widest > 0 && widest < LEAST_SPAN)
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "points: no column spans 1e-150: scale the columns "
                          "first");
  return CRUCIBLE_OK;
}

static crucible_status check_number(const char *name, double value,
                                    int may_be_zero) {
  if (isfinite(value) && (value > 0 || (may_be_zero && value >= 0)))
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_INVALID, "options.%s is %s: must be %s 0",
                        name,
                        isnan(value)   ? "NaN"
                        : isinf(value) ? "infinite"
                        : value < 0    ? "negative"
                                       : "0",
                        may_be_zero ? "finite and >=" : "finite and >");
}

static crucible_status check_choice(const char *name, int32_t value,
                                    int32_t least, int32_t most,
                                    const char *family) {
  if (value >= least && value <= most)
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_INVALID, "options.%s is %d: must be %s",
                        name, (int)value, family);
}

crucible_status
crucible__hdbscan_options_check(const crucible_hdbscan_options *o) {
  if (o->min_cluster_size < 2)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.min_cluster_size is %llu: must be >= 2",
                          (unsigned long long)o->min_cluster_size);
  if (o->max_cluster_size > 0 && o->max_cluster_size < o->min_cluster_size)
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "options.max_cluster_size is %llu: must be 0 or >= min_cluster_size, "
        "%llu",
        (unsigned long long)o->max_cluster_size,
        (unsigned long long)o->min_cluster_size);
  CRUCIBLE__TRY(check_choice("samples", o->samples, CRUCIBLE_SAMPLES_OTHERS,
                             CRUCIBLE_SAMPLES_ALL, "a CRUCIBLE_SAMPLES_*"));
  CRUCIBLE__TRY(check_choice("metric", o->metric, CRUCIBLE_METRIC_EUCLIDEAN,
                             CRUCIBLE_METRIC_CHEBYSHEV, "a CRUCIBLE_METRIC_*"));
  CRUCIBLE__TRY(check_choice("selection", o->selection, CRUCIBLE_HDBSCAN_EOM,
                             CRUCIBLE_HDBSCAN_LEAF,
                             "CRUCIBLE_HDBSCAN_EOM or _LEAF"));
  CRUCIBLE__TRY(check_choice("allow_single_cluster", o->allow_single_cluster, 0,
                             1, "0 or 1"));
  CRUCIBLE__TRY(check_number("alpha", o->alpha, 0));
  if (o->alpha < 1e-6 || o->alpha > 1e6)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.alpha must be from 1e-6 to 1e6");
  CRUCIBLE__TRY(check_number("cluster_selection_epsilon",
                             o->cluster_selection_epsilon, 1));
  return check_number("cluster_selection_epsilon_max",
                      o->cluster_selection_epsilon_max, 1);
}

uint64_t crucible__hdbscan_others(const crucible_hdbscan_options *o) {
  const uint64_t k = o->min_samples > 0 ? o->min_samples : o->min_cluster_size;
  return o->samples == CRUCIBLE_SAMPLES_ALL ? k - 1 : k;
}

static crucible_status check_shape(const crucible_matrix *points,
                                   crucible_hdbscan *model) {
  const crucible_hdbscan_options *o = &model->options;
  if (points->cols > CRUCIBLE_HDBSCAN_DIMS_MAX)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "points->cols is %zu: at most %d", points->cols,
                          CRUCIBLE_HDBSCAN_DIMS_MAX);
  if (points->rows > MOST_POINTS)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "points->rows is %zu: at most %d", points->rows,
                          MOST_POINTS);
  if (points->rows < 2)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "points->rows is %zu: at least 2 points are needed",
                          points->rows);
  const uint64_t others = crucible__hdbscan_others(o);
  if (others >= points->rows)
    return crucible__fail(
        CRUCIBLE_E_TOO_SHORT,
        "options.min_samples%s is %llu with %zu points: lower it, or pass at "
        "least %llu points",
        o->min_samples > 0 ? "" : " (0: min_cluster_size)",
        (unsigned long long)others + (o->samples == CRUCIBLE_SAMPLES_ALL),
        points->rows, (unsigned long long)others + 1);
  model->min_samples = (size_t)others;
  return CRUCIBLE_OK;
}

/* Measures become distances; core distances are not needed any more. */
static void root(crucible_hdbscan *m) {
  for (size_t i = 0; i < m->tree.n_leaves * CRUCIBLE__KD_BLOCK; ++i)
    m->before[i] = crucible__distance_of(m->options.metric, m->before[i]);
  for (size_t i = 0; i + 1 < m->n; ++i)
    m->edges[i].weight =
        crucible__distance_of(m->options.metric, m->edges[i].weight);
}

static crucible_status span(crucible_hdbscan *m, const crucible_matrix *points,
                            crucible_pool *pool,
                            const crucible_cancel *cancel) {
  const crucible_hdbscan_options *o = &m->options;
  double scale = 1 / o->alpha;
  if (o->metric == CRUCIBLE_METRIC_EUCLIDEAN)
    scale *= scale;
  CRUCIBLE__TRY(crucible__kd_build(points, o->metric, pool, &m->tree));
  m->core =
      crucible__alloc(m->tree.n_leaves * CRUCIBLE__KD_BLOCK, sizeof *m->core);
  m->before =
      crucible__alloc(m->tree.n_leaves * CRUCIBLE__KD_BLOCK, sizeof *m->before);
  m->edges = crucible__alloc(m->n, sizeof *m->edges);
  if (m->core == NULL || m->before == NULL || m->edges == NULL)
    return CRUCIBLE_E_NOMEM;
  CRUCIBLE__TRY(crucible__core_distances(&m->tree, m->min_samples + 1, pool,
                                         cancel, m->core, m->before));
  CRUCIBLE__TRY(crucible__spanning_tree(&m->tree, m->core, scale, pool, cancel,
                                        m->edges));
  crucible__edge *spare = crucible__alloc(m->n, sizeof *spare);
  if (spare == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status =
      crucible__edges_sort(m->edges, spare, m->n - 1, pool);
  crucible__free(spare);
  crucible__free(m->core);
  m->core = NULL;
  root(m);
  return status;
}

static crucible_status cluster(crucible_hdbscan *m) {
  CRUCIBLE__TRY(crucible__cluster_tree_make(
      m->edges, m->n, (size_t)m->options.min_cluster_size, &m->clusters));
  unsigned char *chosen = crucible__alloc(m->clusters.n_clusters, 1);
  if (chosen == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status =
      crucible__clusters_select(&m->clusters, &m->options, chosen);
  if (status == CRUCIBLE_OK)
    status =
        crucible__clusters_score(&m->clusters, &m->options, chosen, &m->scores);
  crucible__free(chosen);
  CRUCIBLE__TRY(status);
  for (size_t p = 0; p < m->n; ++p)
    m->n_noise += m->scores.labels[p] < 0;
  return CRUCIBLE_OK;
}

static crucible_status fit(crucible_hdbscan *m, const crucible_matrix *points,
                           crucible_pool *pool, const crucible_cancel *cancel) {
  CRUCIBLE__TRY(crucible__hdbscan_options_check(&m->options));
  CRUCIBLE__TRY(crucible__points_check(points));
  CRUCIBLE__TRY(check_shape(points, m));
  CRUCIBLE__TRY(check_spans(points));
  m->n = points->rows;
  CRUCIBLE__TRY(span(m, points, pool, cancel));
  if (crucible_cancel_is_requested(cancel))
    return crucible__fail(CRUCIBLE_E_CANCELLED, "cancelled by request");
  return cluster(m);
}

crucible_status crucible_hdbscan_fit(const crucible_matrix *points,
                                     const crucible_hdbscan_options *options,
                                     crucible_pool *pool,
                                     const crucible_cancel *cancel,
                                     crucible_hdbscan **model) {
  if (model == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "model is NULL: pass where to put it");
  *model = NULL;
  crucible_hdbscan_options read;
  crucible_hdbscan_options_init(&read, sizeof read);
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, options,
                                       "crucible_hdbscan_options"));
  crucible_hdbscan *m = crucible__alloc_zero(1, sizeof *m);
  if (m == NULL)
    return CRUCIBLE_E_NOMEM;
  m->options = read;
  crucible_status status = fit(m, points, pool, cancel);
  if (status == CRUCIBLE_OK)
    *model = m;
  else
    crucible_hdbscan_destroy(m);
  return status;
}
