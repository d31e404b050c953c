/* SPDX-License-Identifier: Apache-2.0 */
#include "regime/hdbscan.h"

#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

void crucible_hdbscan_options_init(crucible_hdbscan_options *options,
                                   size_t struct_size) {
  static const crucible_hdbscan_options defaults = {
      .struct_size = sizeof defaults,
      .min_cluster_size = 5,
      .samples = CRUCIBLE_SAMPLES_OTHERS,
      .metric = CRUCIBLE_METRIC_EUCLIDEAN,
      .selection = CRUCIBLE_HDBSCAN_EOM,
      .alpha = 1};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

void crucible_hdbscan_destroy(crucible_hdbscan *model) {
  if (model == NULL)
    return;
  crucible__kd_free(&model->tree);
  crucible__free(model->core);
  crucible__free(model->before);
  crucible__free(model->edges);
  crucible__cluster_tree_free(&model->clusters);
  crucible__cluster_scores_free(&model->scores);
  crucible__free(model);
}

static crucible_status check(const crucible_hdbscan *model, const void *to,
                             const char *name) {
  if (model == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "model is NULL: pass what crucible_hdbscan_fit() "
                          "made");
  if (to == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is NULL: pass where to put it", name);
  return CRUCIBLE_OK;
}

crucible_status crucible_hdbscan_result_of(const crucible_hdbscan *model,
                                           crucible_hdbscan_result *result) {
  CRUCIBLE__TRY(check(model, result, "result"));
  crucible_hdbscan_result out = {.n = model->n,
                                 .dims = model->tree.dims,
                                 .n_clusters = model->scores.n_labels,
                                 .n_noise = model->n_noise,
                                 .n_condensed =
                                     model->n + model->clusters.n_clusters - 1,
                                 .min_samples = model->min_samples};
  for (size_t i = 0; i + 1 < model->n; ++i)
    out.mst_weight += model->edges[i].weight;
  return crucible__result_write(result, &out, sizeof out,
                                "crucible_hdbscan_result");
}

crucible_status crucible_hdbscan_labels(const crucible_hdbscan *model,
                                        int32_t *labels) {
  CRUCIBLE__TRY(check(model, labels, "labels"));
  memcpy(labels, model->scores.labels, model->n * sizeof *labels);
  return CRUCIBLE_OK;
}

crucible_status crucible_hdbscan_probabilities(const crucible_hdbscan *model,
                                               double *probabilities) {
  CRUCIBLE__TRY(check(model, probabilities, "probabilities"));
  memcpy(probabilities, model->scores.probabilities,
         model->n * sizeof *probabilities);
  return CRUCIBLE_OK;
}

crucible_status crucible_hdbscan_outlier_scores(const crucible_hdbscan *model,
                                                double *scores) {
  CRUCIBLE__TRY(check(model, scores, "scores"));
  memcpy(scores, model->scores.outliers, model->n * sizeof *scores);
  return CRUCIBLE_OK;
}

crucible_status crucible_hdbscan_persistence(const crucible_hdbscan *model,
                                             double *persistence) {
  CRUCIBLE__TRY(check(model, persistence, "persistence"));
  memcpy(persistence, model->scores.persistence,
         model->scores.n_labels * sizeof *persistence);
  return CRUCIBLE_OK;
}

crucible_status crucible_hdbscan_condensed_tree(const crucible_hdbscan *model,
                                                uint32_t *parent,
                                                uint32_t *child, double *lambda,
                                                uint32_t *size,
                                                int32_t *label) {
  CRUCIBLE__TRY(check(model, model, "model"));
  const crucible__cluster_tree *tree = &model->clusters;
  size_t n = model->n;
  for (size_t i = 0; i + 1 < n + tree->n_clusters; ++i) {
    int is_point = i < n;
    const crucible__cluster *cluster =
        is_point ? NULL : &tree->clusters[i - n + 1];
    if (parent != NULL)
      parent[i] =
          (uint32_t)n + (is_point ? tree->point_cluster[i] : cluster->parent);
    if (child != NULL)
      child[i] = (uint32_t)(is_point ? i : i + 1);
    if (lambda != NULL)
      lambda[i] = is_point ? tree->point_lambda[i] : cluster->birth;
    if (size != NULL)
      size[i] = is_point ? 1 : cluster->size;
    if (label != NULL)
      label[i] = is_point ? model->scores.labels[i] : cluster->label;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_hdbscan_spanning_tree(const crucible_hdbscan *model,
                                               uint32_t *low, uint32_t *high,
                                               double *distance) {
  CRUCIBLE__TRY(check(model, model, "model"));
  for (size_t i = 0; i + 1 < model->n; ++i) {
    const crucible__edge *edge = &model->edges[i];
    if (low != NULL)
      low[i] = edge->low;
    if (high != NULL)
      high[i] = edge->high;
    if (distance != NULL)
      distance[i] = edge->weight;
  }
  return CRUCIBLE_OK;
}
