/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canonical JSON: no blanks, keys in the order of strcmp(), the shortest
 * numbers that read back to the same bits, and one spelling for everything: a
 * gene that does not apply is not there. The version is the oldest that can tell
 * the genes, so that DNA keeps its id when a later version brings a gene whose
 * first value is what was done before.
 */
#include <stdlib.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/json.h"
#include "base/sha256.h"
#include "genome/dna.h"

static void add_number(crucible__text *t, const char *before, double value) {
  crucible__text_add(t, before);
  crucible__json_add_double(t, value);
}

static void add_name(crucible__text *t, const char *before,
                     const crucible__names *names, int32_t constant) {
  crucible__text_add(t, before);
  crucible__json_add_string(t, names->names[constant - 1]);
}

static crucible_status write_features(const crucible_genome *genome,
                                      crucible__text *t) {
  crucible__text_add(t, ",\"features\":{");
  for (uint32_t i = 0; i < genome->genes.n_features; ++i) {
    const crucible_feature_spec *f = &genome->features[i];
    crucible_feature_info info = {.struct_size = sizeof info};
    size_t order[CRUCIBLE_FEATURE_PARAMS_MAX];
    CRUCIBLE__TRY(crucible_feature_find(f->name, &info));
    for (uint32_t p = 0; p < info.n_params; ++p) { /* by name */
      uint32_t at = p;
      for (; at > 0 &&
             strcmp(info.params[order[at - 1]].name, info.params[p].name) > 0;
           --at)
        order[at] = order[at - 1];
      order[at] = p;
    }
    crucible__text_add(t, i == 0 ? "" : ",");
    crucible__json_add_string(t, f->name);
    crucible__text_add(t, ":{");
    for (uint32_t p = 0; p < info.n_params; ++p) {
      crucible__text_add(t, p == 0 ? "" : ",");
      crucible__json_add_string(t, info.params[order[p]].name);
      add_number(t, ":", f->params[order[p]]);
    }
    crucible__text_add(t, "}");
  }
  crucible__text_add(t, "}");
  return CRUCIBLE_OK;
}

static void write_param(crucible__text *t, const crucible_param *p,
                        double value) {
  crucible__json_add_string(t, p->name);
  crucible__text_add(t, ":");
  if (p->kind == CRUCIBLE_PARAM_CATEGORICAL)
    crucible__json_add_string(t, p->choices[(size_t)value]);
  else
    crucible__json_add_double(t, value);
}

/* The parameter whose name follows after last (NULL: the first). */
static crucible_status next_by_name(const crucible_space *space,
                                    const char *last, size_t *index,
                                    crucible_param *next) {
  next->name = NULL;
  for (size_t i = 0; i < crucible_space_count(space); ++i) {
    crucible_param p = {.struct_size = sizeof p};
    CRUCIBLE__TRY(crucible_space_get(space, i, &p));
    if ((last == NULL || strcmp(p.name, last) > 0) &&
        (next->name == NULL || strcmp(p.name, next->name) < 0)) {
      *next = p;
      *index = i;
    }
  }
  return CRUCIBLE_OK;
}

static crucible_status write_model(const crucible_genome *genome,
                                   crucible__text *t) {
  crucible_space *space;
  CRUCIBLE__TRY(crucible__kind_space(genome->genes.model_kind, &space));
  crucible__text_add(t, ",\"model\":{\"kind\":");
  crucible__json_add_string(t, genome->genes.model_kind);
  crucible__text_add(t, ",\"params\":{");
  crucible_status status = CRUCIBLE_OK;
  const char *last = NULL;
  for (size_t n = 0; n < crucible_space_count(space); ++n) {
    crucible_param p = {.struct_size = sizeof p};
    size_t index = 0;
    status = next_by_name(space, last, &index, &p);
    if (status != CRUCIBLE_OK || p.name == NULL)
      break;
    crucible__text_add(t, n == 0 ? "" : ",");
    write_param(t, &p, genome->model_params[index]);
    last = p.name;
  }
  crucible__text_add(t, "}}");
  crucible_space_destroy(space);
  return status;
}

crucible_status crucible__dna_write(const crucible_genome *genome,
                                    crucible__text *t) {
  const crucible_genes *g = &genome->genes;
  const crucible_plan *plan = &g->plan;
  add_name(t, "{\"entry\":{\"kind\":", &crucible__entry_names, plan->entry);
  if (plan->entry != CRUCIBLE_ENTRY_MARKET)
    add_number(t, ",\"offset_sigma\":", plan->limit_offset_sigma);
  add_number(t, ",\"quantile\":", g->entry_quantile);
  if (plan->entry != CRUCIBLE_ENTRY_MARKET)
    crucible__text_addf(t, ",\"ttl_bars\":%u", plan->limit_ttl_bars);
  add_number(t, "},\"exit\":{\"quantile\":", g->exit_quantile);
  if (plan->stop_sigma > 0)
    add_number(t, ",\"stop_sigma\":", plan->stop_sigma);
  if (plan->target_sigma > 0)
    add_number(t, ",\"target_sigma\":", plan->target_sigma);
  crucible__text_add(t, "}");
  CRUCIBLE__TRY(write_features(genome, t));
  crucible__text_addf(t, ",\"horizon_bars\":%u", g->horizon_bars);
  CRUCIBLE__TRY(write_model(genome, t));
  int is_first = g->refit == CRUCIBLE_REFIT_REFIT; /* version 1 has no other */
  if (!is_first)
    add_name(t, ",\"refit\":", &crucible__refit_names, g->refit);
  add_name(t, ",\"side\":", &crucible__side_names, plan->side);
  add_name(t, ",\"sizing\":{\"kind\":", &crucible__sizing_names, plan->sizing);
  add_number(t, ",\"value\":", plan->sizing_value);
  crucible__text_add(t, "},\"symbol\":");
  crucible__json_add_string(t, g->symbol);
  crucible__text_addf(t, ",\"timeframe_ms\":%lld,\"train\":{",
                      (long long)g->timeframe_ms);
  if (g->train_horizon == CRUCIBLE_HORIZON_FIXED)
    crucible__text_addf(t, "\"bars\":%u,", g->train_bars);
  add_name(t, "\"horizon\":", &crucible__horizon_names, g->train_horizon);
  crucible__text_addf(t, "},\"version\":%d}", is_first ? 1 : 2);
  return CRUCIBLE_OK;
}

void crucible__lineage_write(const crucible_lineage *l, crucible__text *t) {
  crucible__text_add(t, "{");
  if (l->generation > 0)
    crucible__text_addf(t, "\"generation\":%u,", l->generation);
  add_name(t, "\"origin\":", &crucible__origin_names, l->origin);
  crucible__text_add(t, ",\"parents\":[");
  for (uint32_t i = 0; i < l->n_parents; ++i) {
    char hex[2 * CRUCIBLE_GENOME_ID_BYTES + 1];
    crucible__hex(l->parents[i], CRUCIBLE_GENOME_ID_BYTES, hex);
    crucible__text_addf(t, "%s\"%s\"", i == 0 ? "" : ",", hex);
  }
  crucible__text_addf(t, "],\"study\":%llu,\"trial\":%llu}",
                      (unsigned long long)l->study,
                      (unsigned long long)l->trial);
}
