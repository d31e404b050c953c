/* SPDX-License-Identifier: Apache-2.0 */
/* From a point of the space to a genome and back. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/model.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "genome/dna.h"
#include "space/points.h"

enum {
  DRAWS_MAX = 256, /* points tried for one genome */
  DRAW_SHIFT = 40
};

/* ---- a point's values by name ---- */

typedef struct reader {
  const crucible_space *space;
  const double *point;
  crucible_status status; /* the first failure */
} reader;

/* NaN where the parameter is not active or, after a failure, anything. */
static double value_of(reader *r, const char *name) {
  size_t i;
  if (r->status == CRUCIBLE_OK)
    r->status = crucible_space_find(r->space, name, &i);
  return r->status == CRUCIBLE_OK ? r->point[i] : (double)NAN;
}

/* Its choice's name; "" where it is not active. */
static const char *choice_of(reader *r, const char *name) {
  size_t i;
  crucible_param p = {.struct_size = sizeof p};
  if (r->status == CRUCIBLE_OK)
    r->status = crucible_space_find(r->space, name, &i);
  if (r->status == CRUCIBLE_OK)
    r->status = crucible_space_get(r->space, i, &p);
  if (r->status != CRUCIBLE_OK || isnan(r->point[i]))
    return "";
  return p.choices[(size_t)r->point[i]];
}

static int has(const crucible_space *space, const char *name) {
  size_t i;
  return crucible_space_find(space, name, &i) == CRUCIBLE_OK;
}

static uint32_t whole_or(double x, uint32_t otherwise) {
  return isnan(x) ? otherwise : (uint32_t)x;
}

static double or_zero(double x) { return isnan(x) ? 0 : x; }

static void read_plan(reader *r, crucible_genes *g) {
  crucible_plan *plan = &g->plan;
  g->timeframe_ms = strtoll(choice_of(r, "timeframe_ms"), NULL, 10);
  g->horizon_bars = whole_or(value_of(r, "horizon_bars"), 0);
  g->entry_quantile = value_of(r, "entry.quantile");
  g->exit_quantile = value_of(r, "exit.quantile");
  plan->side =
      has(r->space, "side")
          ? crucible__constant_of(&crucible__side_names, choice_of(r, "side"))
          : CRUCIBLE_SIDE_LONG;
  plan->entry =
      crucible__constant_of(&crucible__entry_names, choice_of(r, "entry.kind"));
  plan->limit_offset_sigma = or_zero(value_of(r, "entry.offset_sigma"));
  plan->limit_ttl_bars = whole_or(value_of(r, "entry.ttl_bars"), 1);
  plan->stop_sigma = or_zero(value_of(r, "exit.stop_sigma"));
  plan->target_sigma = or_zero(value_of(r, "exit.target_sigma"));
  double risk = value_of(r, "sizing.risk");
  plan->sizing = isnan(risk) ? CRUCIBLE_SIZE_FRACTION : CRUCIBLE_SIZE_RISK;
  plan->sizing_value = isnan(risk) ? value_of(r, "sizing.fraction") : risk;
  g->train_horizon = crucible__constant_of(&crucible__horizon_names,
                                           choice_of(r, "train.horizon"));
  g->train_bars = whole_or(value_of(r, "train.bars"), 0);
  if (has(r->space, "refit.policy"))
    g->refit = crucible__constant_of(&crucible__refit_names,
                                     choice_of(r, "refit.policy"));
}

static crucible_status read_model(reader *r, crucible_genome *genome) {
  crucible_genes *g = &genome->genes;
  (void)snprintf(g->model_kind, sizeof g->model_kind, "%s",
                 choice_of(r, "model.kind"));
  CRUCIBLE__TRY(r->status);
  crucible_space *kind;
  CRUCIBLE__TRY(crucible__kind_space(g->model_kind, &kind));
  size_t n = crucible_space_count(kind);
  genome->model_params = crucible__alloc(n, sizeof *genome->model_params);
  crucible_status status =
      genome->model_params == NULL ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
  for (size_t i = 0; status == CRUCIBLE_OK && i < n; ++i) {
    crucible_param p = {.struct_size = sizeof p};
    char name[160];
    status = crucible_space_get(kind, i, &p);
    if (status != CRUCIBLE_OK)
      break;
    (void)snprintf(name, sizeof name, "model.%s.%s", g->model_kind, p.name);
    genome->model_params[i] = value_of(r, name);
    status = r->status;
  }
  g->n_model_params = (uint32_t)n;
  crucible_space_destroy(kind);
  return status;
}

/* The value of a parameter that hangs on switch number at: it comes later. */
static crucible_status value_under(const reader *r, size_t at, const char *name,
                                   double *value) {
  for (size_t i = at + 1; i < r->space->n; ++i) {
    const crucible_param *p = &r->space->params[i];
    const char *dot = strrchr(p->name, '.');
    if (p->parent == (int32_t)at && dot != NULL && strcmp(dot + 1, name) == 0) {
      *value = r->point[i];
      return CRUCIBLE_OK;
    }
  }
  return crucible__fail(CRUCIBLE_E_INVALID, "the space has no parameter %s.%s",
                        r->space->params[at].name, name);
}

/* By the space's parameters: looking for each feature of the registry by name
   takes most of the time of a genome. */
static crucible_status read_features(const reader *r, crucible_genome *genome) {
  for (size_t i = 0; i < r->space->n; ++i) {
    const crucible_param *p = &r->space->params[i];
    if (p->parent >= 0 || p->kind != CRUCIBLE_PARAM_CATEGORICAL ||
        strncmp(p->name, "feature.", 8) != 0 ||
        strcmp(p->choices[(size_t)r->point[i]], "on") != 0)
      continue;
    crucible_feature_info info = {.struct_size = sizeof info};
    CRUCIBLE__TRY(crucible_feature_find(p->name + 8, &info));
    crucible_feature_spec spec = {.name = info.name};
    for (uint32_t k = 0; k < info.n_params; ++k)
      CRUCIBLE__TRY(value_under(r, i, info.params[k].name, &spec.params[k]));
    CRUCIBLE__TRY(crucible__genome_add_feature(genome, &spec));
  }
  return r->status;
}

static crucible_status read_point(reader *r, crucible_genome *genome,
                                  const char *symbol) {
  if (strlen(symbol) >= sizeof genome->genes.symbol)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "symbol is \"%s\": longer than %zu characters",
                          symbol, sizeof genome->genes.symbol - 1);
  memcpy(genome->genes.symbol, symbol, strlen(symbol) + 1);
  read_plan(r, &genome->genes);
  CRUCIBLE__TRY(r->status);
  CRUCIBLE__TRY(read_model(r, genome));
  CRUCIBLE__TRY(read_features(r, genome));
  return crucible__genome_finish(genome, CRUCIBLE_E_DOMAIN);
}

crucible_status crucible_genome_create(const crucible_space *space,
                                       const double *point, const char *symbol,
                                       const crucible_lineage *lineage,
                                       crucible_genome **genome) {
  if (genome != NULL)
    *genome = NULL;
  if (space == NULL || point == NULL || symbol == NULL || genome == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          space == NULL    ? "space"
                          : point == NULL  ? "point"
                          : symbol == NULL ? "symbol"
                                           : "genome");
  CRUCIBLE__TRY(crucible_space_check(space, point));
  crucible_genome *made;
  CRUCIBLE__TRY(crucible__genome_new(&made));
  reader r = {.space = space, .point = point, .status = CRUCIBLE_OK};
  crucible_status status = crucible__options_read(
      &made->lineage, sizeof made->lineage, lineage, "crucible_lineage");
  if (status == CRUCIBLE_OK)
    status = crucible__lineage_check(&made->lineage, CRUCIBLE_E_INVALID);
  if (status == CRUCIBLE_OK)
    status = read_point(&r, made, symbol);
  if (status != CRUCIBLE_OK) {
    crucible_genome_destroy(made);
    return status;
  }
  *genome = made;
  return CRUCIBLE_OK;
}

crucible_status crucible_genome_draw(const crucible_space *space, uint64_t seed,
                                     uint64_t id, const char *symbol,
                                     crucible_genome **genome) {
  if (genome != NULL)
    *genome = NULL;
  if (space == NULL || symbol == NULL || genome == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          space == NULL    ? "space"
                          : symbol == NULL ? "symbol"
                                           : "genome");
  if (id >> DRAW_SHIFT != 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "id is %llu, must be below 2^40",
                          (unsigned long long)id);
  double *point = crucible__alloc(crucible_space_count(space), sizeof *point);
  if (point == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_lineage lineage = {.struct_size = sizeof lineage,
                              .origin = CRUCIBLE_ORIGIN_DRAWN,
                              .trial = id};
  crucible_status status = CRUCIBLE_E_DOMAIN;
  for (uint64_t i = 0; i < DRAWS_MAX && status == CRUCIBLE_E_DOMAIN; ++i) {
    status = crucible_space_draw(space, seed, i << DRAW_SHIFT | id, point);
    if (status == CRUCIBLE_OK)
      status = crucible_genome_create(space, point, symbol, &lineage, genome);
  }
  crucible__free(point);
  return status;
}

/* ---- back ---- */

static crucible_status outside(const char *gene) {
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "the genome does not lie in the space: %s", gene);
}

static double choice_number(const crucible_param *p, const char *name) {
  for (uint32_t c = 0; c < p->n_choices; ++c)
    if (strcmp(p->choices[c], name) == 0)
      return c;
  return (double)NAN;
}

static const char *constant_name(const crucible__names *names,
                                 int32_t constant) {
  return names->names[constant - 1];
}

/* The choice that a genome has of a categorical parameter outside of model
   and features; NULL if the name is none of those. */
static const char *choice_in(const crucible_genes *g, const char *name,
                             char timeframe[24]) {
  const crucible_plan *plan = &g->plan;
  if (strcmp(name, "timeframe_ms") == 0) {
    (void)snprintf(timeframe, 24, "%lld", (long long)g->timeframe_ms);
    return timeframe;
  }
  if (strcmp(name, "side") == 0)
    return constant_name(&crucible__side_names, plan->side);
  if (strcmp(name, "entry.kind") == 0)
    return constant_name(&crucible__entry_names, plan->entry);
  if (strcmp(name, "exit.stop") == 0)
    return plan->sizing == CRUCIBLE_SIZE_RISK ? "stop_risk"
           : plan->stop_sigma > 0             ? "stop"
                                              : "none";
  if (strcmp(name, "exit.target") == 0)
    return plan->target_sigma > 0 ? "target" : "none";
  if (strcmp(name, "train.horizon") == 0)
    return constant_name(&crucible__horizon_names, g->train_horizon);
  if (strcmp(name, "refit.policy") == 0)
    return constant_name(&crucible__refit_names, g->refit);
  if (strcmp(name, "model.kind") == 0)
    return g->model_kind;
  return NULL;
}

static double or_nan(int is_there, double x) {
  return is_there ? x : (double)NAN;
}

/* The same for numbers. */
static int number_in(const crucible_genes *g, const char *name, double *value) {
  const crucible_plan *plan = &g->plan;
  int is_limit = plan->entry != CRUCIBLE_ENTRY_MARKET;
  const struct {
    const char *name;
    double value;
  } all[] = {
      {"horizon_bars", g->horizon_bars},
      {"entry.quantile", g->entry_quantile},
      {"exit.quantile", g->exit_quantile},
      {"entry.offset_sigma", or_nan(is_limit, plan->limit_offset_sigma)},
      {"entry.ttl_bars", or_nan(is_limit, plan->limit_ttl_bars)},
      {"exit.stop_sigma", or_nan(plan->stop_sigma > 0, plan->stop_sigma)},
      {"exit.target_sigma", or_nan(plan->target_sigma > 0, plan->target_sigma)},
      {"sizing.fraction",
       or_nan(plan->sizing == CRUCIBLE_SIZE_FRACTION, plan->sizing_value)},
      {"sizing.risk",
       or_nan(plan->sizing == CRUCIBLE_SIZE_RISK, plan->sizing_value)},
      {"train.bars",
       or_nan(g->train_horizon == CRUCIBLE_HORIZON_FIXED, g->train_bars)},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i) {
    if (strcmp(all[i].name, name) == 0) {
      *value = all[i].value;
      return 1;
    }
  }
  return 0;
}

static const crucible_feature_spec *feature_in(const crucible_genome *genome,
                                               const char *name, size_t n) {
  for (uint32_t i = 0; i < genome->genes.n_features; ++i)
    if (strlen(genome->features[i].name) == n &&
        memcmp(genome->features[i].name, name, n) == 0)
      return &genome->features[i];
  return NULL;
}

/* name: what follows "feature.". */
static crucible_status feature_value(const crucible_genome *genome,
                                     const char *name, double *value) {
  size_t n = strcspn(name, ".");
  const crucible_feature_spec *f = feature_in(genome, name, n);
  if (name[n] == '\0') {
    *value = f != NULL;
    return CRUCIBLE_OK;
  }
  *value = (double)NAN;
  if (f == NULL)
    return CRUCIBLE_OK;
  crucible_feature_info info = {.struct_size = sizeof info};
  CRUCIBLE__TRY(crucible_feature_find(f->name, &info));
  for (uint32_t p = 0; p < info.n_params; ++p)
    if (strcmp(info.params[p].name, name + n + 1) == 0)
      *value = f->params[p];
  return CRUCIBLE_OK;
}

/* name: what follows "model.". */
static crucible_status model_value(const crucible_genome *genome,
                                   const char *name, double *value) {
  size_t n = strlen(genome->genes.model_kind), i;
  *value = (double)NAN;
  if (strncmp(name, genome->genes.model_kind, n) != 0 || name[n] != '.')
    return CRUCIBLE_OK;
  crucible_space *kind;
  CRUCIBLE__TRY(crucible__kind_space(genome->genes.model_kind, &kind));
  if (crucible_space_find(kind, name + n + 1, &i) == CRUCIBLE_OK)
    *value = genome->model_params[i];
  crucible_space_destroy(kind);
  return CRUCIBLE_OK;
}

static crucible_status fill_point(const crucible_genome *genome,
                                  const crucible_space *space, double *point) {
  for (size_t i = 0; i < crucible_space_count(space); ++i) {
    crucible_param p = {.struct_size = sizeof p};
    char timeframe[24];
    CRUCIBLE__TRY(crucible_space_get(space, i, &p));
    const char *choice = choice_in(&genome->genes, p.name, timeframe);
    if (choice != NULL && p.kind == CRUCIBLE_PARAM_CATEGORICAL) {
      point[i] = choice_number(&p, choice);
      if (isnan(point[i]))
        return outside(p.name);
    } else if (strncmp(p.name, "feature.", 8) == 0) {
      CRUCIBLE__TRY(feature_value(genome, p.name + 8, &point[i]));
    } else if (strncmp(p.name, "model.", 6) == 0) {
      CRUCIBLE__TRY(model_value(genome, p.name + 6, &point[i]));
    } else if (!number_in(&genome->genes, p.name, &point[i])) {
      return outside(p.name);
    }
  }
  return CRUCIBLE_OK;
}

/* Genes that no parameter of the space could hold. */
static crucible_status check_held(const crucible_genome *genome,
                                  const crucible_space *space) {
  const crucible_genes *g = &genome->genes;
  char name[160];
  for (uint32_t i = 0; i < g->n_features; ++i) {
    (void)snprintf(name, sizeof name, "feature.%s", genome->features[i].name);
    if (!has(space, name))
      return outside(name);
  }
  if (g->plan.side != CRUCIBLE_SIDE_LONG && !has(space, "side"))
    return outside("side");
  if (g->refit != CRUCIBLE_REFIT_REFIT && !has(space, "refit.policy"))
    return outside("refit.policy");
  if (g->plan.sizing != CRUCIBLE_SIZE_FRACTION &&
      g->plan.sizing != CRUCIBLE_SIZE_RISK)
    return outside("sizing.kind");
  return CRUCIBLE_OK;
}

crucible_status crucible_genome_point(const crucible_genome *genome,
                                      const crucible_space *space,
                                      double *point) {
  if (genome == NULL || space == NULL || point == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          genome == NULL  ? "genome"
                          : space == NULL ? "space"
                                          : "point");
  CRUCIBLE__TRY(check_held(genome, space));
  size_t n = crucible_space_count(space);
  double *made = crucible__alloc(n, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = fill_point(genome, space, made);
  if (status == CRUCIBLE_OK && crucible_space_check(space, made) != CRUCIBLE_OK)
    status = crucible__fail_at(CRUCIBLE_E_INVALID,
                               "the genome does not lie in the space");
  if (status == CRUCIBLE_OK)
    memcpy(point, made, n * sizeof *point);
  crucible__free(made);
  return status;
}
