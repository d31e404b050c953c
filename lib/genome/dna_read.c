/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to genome: nothing is guessed, nothing unknown is passed over. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/json.h"
#include "genome/dna.h"

#define KEYS(list) (list), sizeof(list) / sizeof *(list)

static const double LARGEST = 1e300;
static const int64_t LARGEST_WHOLE = ((int64_t)1 << 53) - 1;

static crucible_status required(const crucible__json_at *object,
                                const char *key, crucible__json_at *at) {
  *at = crucible__json_get(object, key);
  return crucible__json_is_present(at)
             ? CRUCIBLE_OK
             : crucible__json_fail(object, "\"%s\" is missing", key);
}

static crucible_status read_number(const crucible__json_at *object,
                                   const char *key, double *value) {
  crucible__json_at at;
  CRUCIBLE__TRY(required(object, key, &at));
  CRUCIBLE__TRY(crucible__json_double(&at, -LARGEST, LARGEST, value));
  *value += 0.0; /* -0 is spelt 0 */
  return CRUCIBLE_OK;
}

static crucible_status read_whole(const crucible__json_at *object,
                                  const char *key, int64_t low, int64_t high,
                                  int64_t *value) {
  crucible__json_at at;
  CRUCIBLE__TRY(required(object, key, &at));
  return crucible__json_int64(&at, low, high, value);
}

static crucible_status read_count(const crucible__json_at *object,
                                  const char *key, uint32_t high,
                                  uint32_t *value) {
  int64_t read;
  CRUCIBLE__TRY(read_whole(object, key, 1, high, &read));
  *value = (uint32_t)read;
  return CRUCIBLE_OK;
}

static crucible_status read_constant(const crucible__json_at *object,
                                     const char *key,
                                     const crucible__names *names,
                                     int32_t *value) {
  crucible__json_at at;
  size_t choice;
  CRUCIBLE__TRY(required(object, key, &at));
  CRUCIBLE__TRY(crucible__json_choice(&at, names->names, names->n, &choice));
  *value = (int32_t)choice + 1;
  return CRUCIBLE_OK;
}

static crucible_status read_name(const crucible__json_at *object,
                                 const char *key,
                                 char name[CRUCIBLE_NAME_SIZE]) {
  crucible__json_at at;
  const char *text;
  CRUCIBLE__TRY(required(object, key, &at));
  CRUCIBLE__TRY(crucible__json_string(&at, &text));
  if (strlen(text) >= CRUCIBLE_NAME_SIZE)
    return crucible__json_fail(&at, "it has more than %d characters",
                               CRUCIBLE_NAME_SIZE - 1);
  memcpy(name, text, strlen(text) + 1);
  return CRUCIBLE_OK;
}

/* An object of the genes that has no other keys. */
static crucible_status read_object(const crucible__json_at *object,
                                   const char *key, const char *const *keys,
                                   size_t n, crucible__json_at *at) {
  CRUCIBLE__TRY(required(object, key, at));
  CRUCIBLE__TRY(crucible__json_want_object(at));
  return crucible__json_only(at, keys, n);
}

static crucible_status read_entry(const crucible__json_at *genes,
                                  crucible_genes *g) {
  static const char *const keys[] = {"kind", "quantile", "offset_sigma",
                                     "ttl_bars"};
  crucible__json_at at;
  CRUCIBLE__TRY(read_object(genes, "entry", KEYS(keys), &at));
  CRUCIBLE__TRY(
      read_constant(&at, "kind", &crucible__entry_names, &g->plan.entry));
  CRUCIBLE__TRY(read_number(&at, "quantile", &g->entry_quantile));
  if (g->plan.entry == CRUCIBLE_ENTRY_MARKET)
    return crucible__json_only(&at, keys, 2);
  CRUCIBLE__TRY(read_number(&at, "offset_sigma", &g->plan.limit_offset_sigma));
  return read_count(&at, "ttl_bars", CRUCIBLE__TTL_BARS_MAX,
                    &g->plan.limit_ttl_bars);
}

/* Multiples of sigma that may be left out, and are above 0 if they are not. */
static crucible_status read_sigmas(const crucible__json_at *object,
                                   const char *key, double *value) {
  crucible__json_at at = crucible__json_get(object, key);
  *value = 0;
  if (!crucible__json_is_present(&at))
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(read_number(object, key, value));
  return *value > 0 ? CRUCIBLE_OK
                    : crucible__json_fail(&at, "it must be above 0: leave it "
                                               "out for none");
}

static crucible_status read_exit(const crucible__json_at *genes,
                                 crucible_genes *g) {
  static const char *const keys[] = {"quantile", "stop_sigma", "target_sigma"};
  crucible__json_at at;
  CRUCIBLE__TRY(read_object(genes, "exit", KEYS(keys), &at));
  CRUCIBLE__TRY(read_number(&at, "quantile", &g->exit_quantile));
  CRUCIBLE__TRY(read_sigmas(&at, "stop_sigma", &g->plan.stop_sigma));
  return read_sigmas(&at, "target_sigma", &g->plan.target_sigma);
}

static crucible_status read_sizing(const crucible__json_at *genes,
                                   crucible_genes *g) {
  static const char *const keys[] = {"kind", "value"};
  crucible__json_at at;
  CRUCIBLE__TRY(read_object(genes, "sizing", KEYS(keys), &at));
  CRUCIBLE__TRY(
      read_constant(&at, "kind", &crucible__sizing_names, &g->plan.sizing));
  return read_number(&at, "value", &g->plan.sizing_value);
}

static crucible_status read_train(const crucible__json_at *genes,
                                  crucible_genes *g) {
  static const char *const keys[] = {"horizon", "bars"};
  crucible__json_at at;
  CRUCIBLE__TRY(read_object(genes, "train", KEYS(keys), &at));
  CRUCIBLE__TRY(read_constant(&at, "horizon", &crucible__horizon_names,
                              &g->train_horizon));
  if (g->train_horizon != CRUCIBLE_HORIZON_FIXED)
    return crucible__json_only(&at, keys, 1);
  return read_count(&at, "bars", UINT32_MAX, &g->train_bars);
}

/* One feature; parameters that are left out have the registry's default. */
static crucible_status read_feature(const crucible__json_at *at,
                                    crucible_genome *genome) {
  crucible_feature_info info = {.struct_size = sizeof info};
  const char *keys[CRUCIBLE_FEATURE_PARAMS_MAX];
  if (crucible_feature_find(at->key, &info) != CRUCIBLE_OK)
    return crucible__json_fail(at, "%s", crucible_last_error());
  CRUCIBLE__TRY(crucible__json_want_object(at));
  for (uint32_t p = 0; p < info.n_params; ++p)
    keys[p] = info.params[p].name;
  CRUCIBLE__TRY(crucible__json_only(at, keys, info.n_params));
  crucible_feature_spec spec = {.name = info.name};
  for (uint32_t p = 0; p < info.n_params; ++p) {
    crucible__json_at value = crucible__json_get(at, keys[p]);
    spec.params[p] = info.params[p].default_value;
    if (crucible__json_is_present(&value))
      CRUCIBLE__TRY(crucible__json_double(
          &value, info.params[p].low, info.params[p].high, &spec.params[p]));
    spec.params[p] += 0.0;
  }
  return crucible__genome_add_feature(genome, &spec);
}

static crucible_status read_features(const crucible__json_at *genes,
                                     crucible_genome *genome) {
  crucible__json_at at;
  CRUCIBLE__TRY(required(genes, "features", &at));
  CRUCIBLE__TRY(crucible__json_want_object(&at));
  for (size_t i = 0; i < crucible__json_size(&at); ++i) {
    crucible__json_at feature = crucible__json_member(&at, i);
    CRUCIBLE__TRY(read_feature(&feature, genome));
  }
  return CRUCIBLE_OK;
}

static crucible_status read_param(const crucible__json_at *params,
                                  const crucible_param *p, double *value) {
  crucible__json_at at;
  size_t choice;
  CRUCIBLE__TRY(required(params, p->name, &at));
  if (p->kind != CRUCIBLE_PARAM_CATEGORICAL) {
    CRUCIBLE__TRY(crucible__json_double(&at, p->low, p->high, value));
    *value += 0.0;
    return CRUCIBLE_OK;
  }
  CRUCIBLE__TRY(crucible__json_choice(&at, p->choices, p->n_choices, &choice));
  *value = (double)choice;
  return CRUCIBLE_OK;
}

static crucible_status read_params(const crucible__json_at *params,
                                   const crucible_space *kind,
                                   crucible_genome *genome) {
  size_t n = crucible_space_count(kind);
  const char **names = crucible__alloc(n, sizeof *names);
  genome->model_params = crucible__alloc(n, sizeof *genome->model_params);
  genome->genes.n_model_params = (uint32_t)n;
  crucible_status status = names == NULL || genome->model_params == NULL
                               ? CRUCIBLE_E_NOMEM
                               : CRUCIBLE_OK;
  for (size_t i = 0; status == CRUCIBLE_OK && i < n; ++i) {
    crucible_param p = {.struct_size = sizeof p};
    status = crucible_space_get(kind, i, &p);
    names[i] = p.name;
  }
  if (status == CRUCIBLE_OK)
    status = crucible__json_only(params, names, n);
  for (size_t i = 0; status == CRUCIBLE_OK && i < n; ++i) {
    crucible_param p = {.struct_size = sizeof p};
    status = crucible_space_get(kind, i, &p);
    if (status == CRUCIBLE_OK)
      status = read_param(params, &p, &genome->model_params[i]);
  }
  crucible__free(names);
  return status;
}

static crucible_status read_model(const crucible__json_at *genes,
                                  crucible_genome *genome) {
  static const char *const keys[] = {"kind", "params"};
  crucible__json_at at, params;
  crucible_space *kind;
  char *name = genome->genes.model_kind;
  CRUCIBLE__TRY(read_object(genes, "model", KEYS(keys), &at));
  CRUCIBLE__TRY(read_name(&at, "kind", name));
  CRUCIBLE__TRY(required(&at, "params", &params));
  CRUCIBLE__TRY(crucible__json_want_object(&params));
  crucible_status status = crucible__kind_space(name, &kind);
  if (status == CRUCIBLE_E_INVALID)
    return crucible__json_fail(&at, "%s", crucible_last_error());
  CRUCIBLE__TRY(status);
  status = read_params(&params, kind, genome);
  crucible_space_destroy(kind);
  return status;
}

static crucible_status read_genes(const crucible__json_at *at,
                                  crucible_genome *genome) {
  static const char *const keys[] = {
      "entry",   "exit",   "features", "horizon_bars", "model",
      "side",    "sizing", "symbol",   "timeframe_ms", "train",
      "version", "refit"}; /* the last: since version 2 */
  crucible_genes *g = &genome->genes;
  int64_t version;
  CRUCIBLE__TRY(crucible__json_want_object(at));
  CRUCIBLE__TRY(read_whole(at, "version", 1, INT32_MAX, &version));
  if (version > CRUCIBLE__DNA_VERSION)
    return crucible__fail(CRUCIBLE_E_VERSION,
                          "genome: the genes are of version %d, this library "
                          "knows up to %d: upgrade it",
                          (int)version, CRUCIBLE__DNA_VERSION);
  size_t n = sizeof keys / sizeof *keys;
  CRUCIBLE__TRY(crucible__json_only(at, keys, version > 1 ? n : n - 1));
  if (version > 1)
    CRUCIBLE__TRY(
        read_constant(at, "refit", &crucible__refit_names, &g->refit));
  CRUCIBLE__TRY(read_name(at, "symbol", g->symbol));
  CRUCIBLE__TRY(
      read_whole(at, "timeframe_ms", 1, LARGEST_WHOLE, &g->timeframe_ms));
  CRUCIBLE__TRY(
      read_constant(at, "side", &crucible__side_names, &g->plan.side));
  CRUCIBLE__TRY(read_count(at, "horizon_bars", CRUCIBLE__HORIZON_BARS_MAX,
                           &g->horizon_bars));
  CRUCIBLE__TRY(read_entry(at, g));
  CRUCIBLE__TRY(read_exit(at, g));
  CRUCIBLE__TRY(read_sizing(at, g));
  CRUCIBLE__TRY(read_train(at, g));
  CRUCIBLE__TRY(read_features(at, genome));
  return read_model(at, genome);
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static crucible_status read_id(const crucible__json_at *at, uint8_t *id) {
  const char *text;
  CRUCIBLE__TRY(crucible__json_string(at, &text));
  size_t n = 2 * CRUCIBLE_GENOME_ID_BYTES;
  if (strlen(text) != n || strspn(text, "0123456789abcdef") != n)
    return crucible__json_fail(at, "an id has %zu digits of 0-9, a-f", n);
  for (size_t i = 0; i < CRUCIBLE_GENOME_ID_BYTES; ++i)
    id[i] = (uint8_t)(hex_value(text[2 * i]) * 16 + hex_value(text[2 * i + 1]));
  return CRUCIBLE_OK;
}

static crucible_status read_lineage(const crucible__json_at *at,
                                    crucible_lineage *l) {
  static const char *const keys[] = {"generation", "origin", "parents", "study",
                                     "trial"};
  crucible__json_at parents, generation;
  int64_t study, trial;
  CRUCIBLE__TRY(crucible__json_want_object(at));
  CRUCIBLE__TRY(crucible__json_only(at, KEYS(keys)));
  CRUCIBLE__TRY(
      read_constant(at, "origin", &crucible__origin_names, &l->origin));
  generation = crucible__json_get(at, "generation");
  if (crucible__json_is_present(&generation))
    CRUCIBLE__TRY(read_count(at, "generation", UINT32_MAX, &l->generation));
  CRUCIBLE__TRY(required(at, "parents", &parents));
  CRUCIBLE__TRY(crucible__json_want_array(&parents));
  size_t n = crucible__json_size(&parents);
  if (n > CRUCIBLE_GENOME_PARENTS_MAX)
    return crucible__json_fail(&parents, "at most %d parents",
                               CRUCIBLE_GENOME_PARENTS_MAX);
  for (size_t i = 0; i < n; ++i) {
    crucible__json_at parent = crucible__json_item(&parents, i);
    CRUCIBLE__TRY(read_id(&parent, l->parents[i]));
  }
  l->n_parents = (uint32_t)n;
  CRUCIBLE__TRY(read_whole(at, "study", 0, LARGEST_WHOLE, &study));
  CRUCIBLE__TRY(read_whole(at, "trial", 0, LARGEST_WHOLE, &trial));
  l->study = (uint64_t)study;
  l->trial = (uint64_t)trial;
  return CRUCIBLE_OK;
}

static crucible_status read_root(const crucible__json_at *root,
                                 crucible_genome *genome) {
  static const char *const keys[] = {"genes", "lineage"};
  CRUCIBLE__TRY(crucible__json_want_object(root));
  crucible__json_at genes = crucible__json_get(root, "genes");
  genome->lineage.origin = CRUCIBLE_ORIGIN_GIVEN;
  if (!crucible__json_is_present(&genes))
    return read_genes(root, genome);
  CRUCIBLE__TRY(crucible__json_only(root, KEYS(keys)));
  CRUCIBLE__TRY(read_genes(&genes, genome));
  crucible__json_at lineage = crucible__json_get(root, "lineage");
  return crucible__json_is_present(&lineage)
             ? read_lineage(&lineage, &genome->lineage)
             : CRUCIBLE_OK;
}

crucible_status crucible_genome_parse(const char *text, size_t length,
                                      crucible_genome **genome) {
  if (genome != NULL)
    *genome = NULL;
  if (text == NULL || genome == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          text == NULL ? "text" : "genome");
  crucible__json *json;
  CRUCIBLE__TRY(crucible__json_parse(text, length, "genome", 0, &json));
  crucible_genome *made;
  crucible_status status = crucible__genome_new(&made);
  if (status == CRUCIBLE_OK) {
    crucible__json_at root = crucible__json_root(json);
    status = read_root(&root, made);
    if (status == CRUCIBLE_OK)
      status = crucible__genome_finish(made, CRUCIBLE_E_DATA);
    if (status != CRUCIBLE_OK)
      crucible_genome_destroy(made);
  }
  crucible__json_free(json);
  if (status == CRUCIBLE_OK)
    *genome = made;
  return status;
}
