/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all features, search by name, checks of parameters. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include <crucible/features.h>

#include "base/base_status.h"
#include "features/feature_kind.h"
#include "features/feature_list.h"

#define ENTRY(name) &crucible__feature_##name,
static const crucible__feature *const registry[] = {CRUCIBLE__FEATURES(ENTRY)};
#undef ENTRY

enum {
  REGISTERED = sizeof registry / sizeof registry[0],
  NAME_MAX_COMPARED = 40 /* bytes of a wrong name that the hint looks at */
};

size_t crucible_feature_count(void) { return REGISTERED; }

const crucible__feature *crucible__feature_by_index(size_t index) {
  return index < REGISTERED ? registry[index] : NULL;
}

/* The registry's entry; NULL if there is none. */
static const crucible__feature *by_name(const char *name) {
  size_t low = 0, high = REGISTERED;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp(name, registry[middle]->info.name);
    if (order == 0)
      return registry[middle];
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}

static char upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 32) : c; }

/* Levenshtein's distance, whatever the case. */
static size_t distance(const char *a, const char *b) {
  size_t row[NAME_MAX_COMPARED + 1];
  size_t n = strlen(b);
  n = n < NAME_MAX_COMPARED ? n : NAME_MAX_COMPARED;
  for (size_t j = 0; j <= n; ++j)
    row[j] = j;
  for (size_t i = 1; i <= NAME_MAX_COMPARED && a[i - 1] != '\0'; ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= n; ++j) {
      size_t change = diagonal + (upper(a[i - 1]) != upper(b[j - 1]));
      size_t edit = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
      diagonal = row[j];
      row[j] = change < edit ? change : edit;
    }
  }
  return row[n];
}

/* As by_name(), E_INVALID with the nearest name. */
static crucible_status need(const char *name,
                            const crucible__feature **feature) {
  if (name == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the name of the feature is NULL: give one of the "
                          "registry's, such as \"RSI\"");
  *feature = by_name(name);
  if (*feature != NULL)
    return CRUCIBLE_OK;
  const char *nearest = registry[0]->info.name;
  for (size_t i = 1; i < REGISTERED; ++i)
    if (distance(name, registry[i]->info.name) < distance(name, nearest))
      nearest = registry[i]->info.name;
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "no feature is called \"%.*s\": the nearest name is "
                        "\"%s\"",
                        NAME_MAX_COMPARED, name, nearest);
}

static crucible_status check_param(const crucible_feature_info *info,
                                   uint32_t i, double value) {
  const crucible_feature_param *param = &info->params[i];
  /* A comparison with NaN is false, so this refuses it. */
  if (value >= param->low && value <= param->high &&
      (!param->is_integer || floor(value) == value))
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "%s: %s is %g, needed is a%s number from %g to %g "
                        "(NaN stands for the default, %g)",
                        info->name, param->name, value,
                        param->is_integer ? " whole" : "", param->low,
                        param->high, param->default_value);
}

crucible_status
crucible__feature_resolve(const crucible_feature_spec *spec,
                          const crucible__feature **feature,
                          double params[CRUCIBLE_FEATURE_PARAMS_MAX]) {
  CRUCIBLE__TRY(need(spec->name, feature));
  const crucible_feature_info *info = &(*feature)->info;
  for (uint32_t i = 0; i < CRUCIBLE_FEATURE_PARAMS_MAX; ++i) {
    params[i] = 0;
    if (i >= info->n_params)
      continue;
    params[i] = isnan(spec->params[i]) ? info->params[i].default_value
                                       : spec->params[i];
    CRUCIBLE__TRY(check_param(info, i, params[i]));
  }
  return CRUCIBLE_OK;
}

size_t crucible__feature_measure(const crucible__feature *feature,
                                 const double *params, size_t *memory) {
  union {
    max_align_t align;
    unsigned char bytes[CRUCIBLE__STATE_MAX];
  } scratch;
  assert(feature->state_size <= sizeof scratch);
  memset(&scratch, 0, sizeof scratch);
  crucible__setup setup = {.params = params, .timeframe_ms = 1};
  size_t lookback = feature->init(&scratch, &setup);
  *memory = setup.used;
  return lookback;
}

static crucible_status write_info(const crucible__feature *feature,
                                  crucible_feature_info *info) {
  if (info == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "info is NULL");
  return crucible__result_write(info, &feature->info, sizeof *info, "info");
}

crucible_status crucible_feature_at(size_t index, crucible_feature_info *info) {
  const crucible__feature *feature = crucible__feature_by_index(index);
  if (feature == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "there is no feature number %zu: numbers go from 0 "
                          "to %d",
                          index, REGISTERED - 1);
  return write_info(feature, info);
}

crucible_status crucible_feature_find(const char *name,
                                      crucible_feature_info *info) {
  const crucible__feature *feature;
  CRUCIBLE__TRY(need(name, &feature));
  return write_info(feature, info);
}

crucible_status crucible_feature_lookback(const crucible_feature_spec *spec,
                                          size_t *lookback) {
  const crucible__feature *feature;
  double params[CRUCIBLE_FEATURE_PARAMS_MAX];
  size_t memory;
  if (spec == NULL || lookback == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          spec == NULL ? "spec" : "lookback");
  CRUCIBLE__TRY(crucible__feature_resolve(spec, &feature, params));
  *lookback = crucible__feature_measure(feature, params, &memory);
  return CRUCIBLE_OK;
}
