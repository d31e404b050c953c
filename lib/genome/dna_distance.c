/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far two genomes are apart: Gower's mean over genes, with weights. Each
 * part is a metric bounded by 1 and each has the same weight for every pair
 * (a gene that one of two lacks is at distance 1, one that both lack at 0), so
 * the sum is a metric.
 *
 * Sets of features: d = 2 r / (|A| + |B| + r), where r counts 1 for a feature
 * that one alone has and, for one that both have, the mean distance of its
 * parameters. That is the Steinhaus transform of the metric r, thus a metric,
 * and Jaccard's distance where the parameters agree.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include <crucible/genome.h>

#include "base/base_status.h"
#include "genome/dna.h"

static const double FEATURES_WEIGHT = 0.4;
static const double MODEL_WEIGHT = 0.2;
static const double PLAN_WEIGHT = 0.4; /* its genes share it equally */
static const double FAR_RATIO_LOG = 2.772588722239781; /* ln 16 */

static double at_most_one(double d) { return d < 1 ? d : 1; }

/* Sixteen-fold is as far as it gets; 0 is far from all else. */
static double of_ratio(double a, double b) {
  if (a == b)
    return 0;
  return a > 0 && b > 0 ? at_most_one(fabs(log(a) - log(b)) / FAR_RATIO_LOG)
                        : 1;
}

static double of_range(double a, double b, double low, double high,
                       int is_log) {
  if (a == b || !(high > low))
    return a == b ? 0 : 1;
  return at_most_one(is_log ? fabs(log(a) - log(b)) / (log(high) - log(low))
                            : fabs(a - b) / (high - low));
}

static double of_choice(int64_t a, int64_t b) { return a == b ? 0 : 1; }

/* ---- features ---- */

static double of_params(const crucible_feature_spec *a,
                        const crucible_feature_spec *b) {
  crucible_feature_info info = {.struct_size = sizeof info};
  double sum = 0;
  if (crucible_feature_find(a->name, &info) != CRUCIBLE_OK ||
      info.n_params == 0)
    return 0; /* the first cannot be: features of a genome are known */
  for (uint32_t p = 0; p < info.n_params; ++p)
    sum += of_range(a->params[p], b->params[p], info.params[p].low,
                    info.params[p].high, info.params[p].is_log);
  return sum / info.n_params;
}

static double of_features(const crucible_genome *a, const crucible_genome *b) {
  uint32_t n = a->genes.n_features, m = b->genes.n_features, i = 0, j = 0;
  double r = 0;
  while (i < n || j < m) { /* both are sorted by name */
    int order = i == n   ? 1
                : j == m ? -1
                         : strcmp(a->features[i].name, b->features[j].name);
    r += order == 0 ? of_params(&a->features[i], &b->features[j]) : 1;
    i += order <= 0;
    j += order >= 0;
  }
  return 2 * r / (n + m + r);
}

/* ---- model ---- */

static double of_place(double a, double b) {
  if (isnan(a) || isnan(b))
    return isnan(a) && isnan(b) ? 0 : 1;
  return at_most_one(fabs(a - b));
}

static double of_model(const crucible_genome *a, const crucible_genome *b) {
  if (strcmp(a->genes.model_kind, b->genes.model_kind) != 0)
    return 1;
  uint32_t n = a->genes.n_model_params;
  double sum = 0;
  for (uint32_t i = 0; i < n; ++i)
    sum += of_place(a->model_places[i], b->model_places[i]);
  return n > 0 ? sum / n : 0;
}

/* ---- the rest ---- */

static double of_entry(const crucible_plan *a, const crucible_plan *b) {
  if (a->entry != b->entry)
    return 1;
  return 0.5 *
         (at_most_one(fabs(a->limit_offset_sigma - b->limit_offset_sigma)) +
          of_ratio(a->limit_ttl_bars, b->limit_ttl_bars));
}

static double of_stop(const crucible_plan *a, const crucible_plan *b) {
  return of_ratio(a->stop_sigma, b->stop_sigma);
}

static double of_sizing(const crucible_plan *a, const crucible_plan *b) {
  return a->sizing != b->sizing ? 1
                                : of_ratio(a->sizing_value, b->sizing_value);
}

static double of_train(const crucible_genes *a, const crucible_genes *b) {
  return a->train_horizon != b->train_horizon
             ? 1
             : of_ratio(a->train_bars, b->train_bars);
}

static double of_plan(const crucible_genes *a, const crucible_genes *b) {
  const double parts[] = {
      strcmp(a->symbol, b->symbol) == 0 ? 0 : 1,
      of_choice(a->timeframe_ms, b->timeframe_ms),
      of_choice(a->plan.side, b->plan.side),
      of_ratio(a->horizon_bars, b->horizon_bars),
      /* by the part of predictions beyond it: 0.98 is far from 0.99 */
      of_ratio(1 - a->entry_quantile, 1 - b->entry_quantile),
      fabs(a->exit_quantile - b->exit_quantile),
      of_entry(&a->plan, &b->plan),
      of_stop(&a->plan, &b->plan),
      of_ratio(a->plan.target_sigma, b->plan.target_sigma),
      of_sizing(&a->plan, &b->plan),
      of_train(a, b),
      of_choice(a->refit, b->refit),
  };
  size_t n = sizeof parts / sizeof *parts;
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    sum += parts[i];
  return sum / (double)n;
}

double crucible__distance(const crucible_genome *a, const crucible_genome *b) {
  if (memcmp(a->id, b->id, sizeof a->id) == 0)
    return 0;
  double d = FEATURES_WEIGHT * of_features(a, b) +
             MODEL_WEIGHT * of_model(a, b) +
             PLAN_WEIGHT * of_plan(&a->genes, &b->genes);
  /* genes may differ in a last bit alone */
  return d < DBL_EPSILON ? DBL_EPSILON : at_most_one(d);
}

crucible_status crucible_genome_distance(const crucible_genome *a,
                                         const crucible_genome *b,
                                         double *distance) {
  if (a == NULL || b == NULL || distance == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          a == NULL   ? "a"
                          : b == NULL ? "b"
                                      : "distance");
  *distance = crucible__distance(a, b);
  return CRUCIBLE_OK;
}
