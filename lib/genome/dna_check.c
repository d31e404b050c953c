/* SPDX-License-Identifier: Apache-2.0 */
/* Which genes make sense. */
#include <math.h>
#include <string.h>

#include <crucible/model.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "genome/dna.h"
#include "space/points.h"

static const double LARGEST_WHOLE = 9007199254740991.0; /* 2^53 - 1 */

crucible_status crucible__kind_space(const char *kind, crucible_space **space) {
  CRUCIBLE__TRY(crucible_space_create(space));
  crucible_status status = crucible_model_add_space(kind, *space, "", -1, 0);
  if (status != CRUCIBLE_OK) {
    crucible_space_destroy(*space);
    *space = NULL;
  }
  return status;
}

/* A gene, whether it is as it must be, and what it must be. */
typedef struct rule {
  const char *path;
  double value;
  int is_kept;
  const char *text;
} rule;

static int is_positive(double x) { return x > 0 && isfinite(x); }
static int is_from_zero(double x) { return x >= 0 && isfinite(x); }

static crucible_status check_plan(const crucible_genes *g,
                                  crucible_status wrong) {
  const crucible_plan *p = &g->plan;
  int is_market = p->entry == CRUCIBLE_ENTRY_MARKET;
  int is_risk = p->sizing == CRUCIBLE_SIZE_RISK;
  const rule rules[] = {
      {"timeframe_ms", (double)g->timeframe_ms,
       g->timeframe_ms > 0 && (double)g->timeframe_ms <= LARGEST_WHOLE,
       "it must be > 0"},
      {"horizon_bars", g->horizon_bars,
       g->horizon_bars >= 1 && g->horizon_bars <= CRUCIBLE__HORIZON_BARS_MAX,
       "it must be 1 to 100000"},
      {"entry.quantile", g->entry_quantile,
       g->entry_quantile > 0 && g->entry_quantile < 1,
       "it must be above 0 and below 1"},
      {"exit.quantile", g->exit_quantile,
       g->exit_quantile > 0 && g->exit_quantile <= g->entry_quantile,
       "it must be above 0 and at most entry.quantile"},
      {"entry.offset_sigma", p->limit_offset_sigma,
       is_market ? p->limit_offset_sigma == 0
                 : is_from_zero(p->limit_offset_sigma),
       "it must be finite and >= 0, and 0 for a market entry"},
      {"entry.ttl_bars", p->limit_ttl_bars,
       p->limit_ttl_bars >= 1 && p->limit_ttl_bars <= CRUCIBLE__TTL_BARS_MAX &&
           (!is_market || p->limit_ttl_bars == 1),
       "it must be 1 to 10000, and 1 for a market entry"},
      {"exit.stop_sigma", p->stop_sigma, is_from_zero(p->stop_sigma),
       "it must be finite and > 0 (left out: no stop)"},
      {"exit.stop_sigma", p->stop_sigma, !is_risk || p->stop_sigma > 0,
       "sizing by risk needs a stop"},
      {"exit.target_sigma", p->target_sigma, is_from_zero(p->target_sigma),
       "it must be finite and > 0 (left out: no target)"},
      {"sizing.value", p->sizing_value, is_positive(p->sizing_value),
       "it must be finite and > 0"},
      {"sizing.value", p->sizing_value, !is_risk || p->sizing_value <= 1,
       "it is the part of the equity put at risk, at most 1"},
      {"train.bars", g->train_bars,
       g->train_horizon == CRUCIBLE_HORIZON_FIXED ? g->train_bars >= 1
                                                  : g->train_bars == 0,
       "a fixed horizon has at least one bar, an expanding one none"},
  };
  for (size_t i = 0; i < sizeof rules / sizeof *rules; ++i)
    if (!rules[i].is_kept)
      return crucible__fail(wrong, "%s is %g: %s", rules[i].path,
                            rules[i].value, rules[i].text);
  return CRUCIBLE_OK;
}

static crucible_status check_features(const crucible_genome *genome,
                                      crucible_status wrong) {
  if (genome->genes.n_features == 0)
    return crucible__fail(wrong,
                          "features is empty: a genome needs at least one");
  for (uint32_t i = 0; i < genome->genes.n_features; ++i) {
    const crucible_feature_spec *f = &genome->features[i];
    size_t lookback;
    if (i > 0 && strcmp(genome->features[i - 1].name, f->name) == 0)
      return crucible__fail(wrong, "features.%s is there twice", f->name);
    if (crucible_feature_lookback(f, &lookback) != CRUCIBLE_OK)
      return crucible__fail_at(wrong, "features.%s", f->name);
  }
  return CRUCIBLE_OK;
}

/* Where the hyper-parameters lie, for distances. */
static crucible_status place_model(crucible_genome *genome,
                                   const crucible_space *kind) {
  genome->model_places = crucible__alloc(kind->n, sizeof *genome->model_places);
  if (genome->model_places == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < kind->n; ++i) {
    const crucible_param *p = &kind->params[i];
    double x = genome->model_params[i];
    genome->model_places[i] = isnan(x) || p->kind == CRUCIBLE_PARAM_CATEGORICAL
                                  ? x
                                  : crucible__param_scale(p, x);
  }
  return CRUCIBLE_OK;
}

static crucible_status check_model(crucible_genome *genome,
                                   crucible_status wrong) {
  crucible_space *space;
  crucible_status status =
      crucible__kind_space(genome->genes.model_kind, &space);
  if (status == CRUCIBLE_E_INVALID)
    return crucible__fail_at(wrong, "model.kind");
  CRUCIBLE__TRY(status);
  size_t n = crucible_space_count(space);
  if (n != genome->genes.n_model_params)
    status = crucible__fail(wrong, "model.params has %u values, %s takes %zu",
                            genome->genes.n_model_params,
                            genome->genes.model_kind, n);
  else if (crucible_space_check(space, genome->model_params) != CRUCIBLE_OK)
    status = crucible__fail_at(wrong, "model.params");
  else
    status = place_model(genome, space);
  crucible_space_destroy(space);
  return status;
}

crucible_status crucible__lineage_check(const crucible_lineage *l,
                                        crucible_status wrong) {
  static const uint32_t parents[] = {0, 0, 1, 2};
  if (l->origin < CRUCIBLE_ORIGIN_DRAWN || l->origin > CRUCIBLE_ORIGIN_CROSSED)
    return crucible__fail(wrong,
                          "lineage.origin is %d: no CRUCIBLE_ORIGIN_ constant",
                          (int)l->origin);
  if (l->n_parents != parents[l->origin - 1])
    return crucible__fail(
        wrong, "lineage.parents has %u, %s has %u", l->n_parents,
        crucible__origin_names.names[l->origin - 1], parents[l->origin - 1]);
  if (l->n_parents == 0 && l->generation != 0)
    return crucible__fail(wrong, "lineage.generation is %u: 0 without parents",
                          l->generation);
  if (l->reserved != 0)
    return crucible__fail(wrong, "lineage.reserved is %u: must be 0",
                          l->reserved);
  if ((double)l->study > LARGEST_WHOLE || (double)l->trial > LARGEST_WHOLE)
    return crucible__fail(wrong, "lineage.study and .trial must be below 2^53");
  return CRUCIBLE_OK;
}

crucible_status crucible__dna_check(crucible_genome *genome,
                                    crucible_status wrong) {
  const char *symbol = genome->genes.symbol;
  if (symbol[0] == '\0')
    return crucible__fail(wrong, "symbol is empty");
  for (const char *c = symbol; *c != '\0'; ++c)
    if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\')
      return crucible__fail(wrong,
                            "symbol has a character that no symbol has "
                            "(number %d)",
                            (int)(c - symbol));
  CRUCIBLE__TRY(check_plan(&genome->genes, wrong));
  CRUCIBLE__TRY(check_features(genome, wrong));
  CRUCIBLE__TRY(check_model(genome, wrong));
  return crucible__lineage_check(&genome->lineage, wrong);
}
