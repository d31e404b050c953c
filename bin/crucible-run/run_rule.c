/* SPDX-License-Identifier: Apache-2.0 */
#include "run_rule.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static const char *const COLUMNS[] = {"OPEN", "HIGH", "LOW", "CLOSE", "VOLUME"};

/* A rule while it is read. */
typedef struct reader {
  const char *option;
  const char *text;
  const char *at;
  rule_features *features;
} reader;

static void skip_blanks(reader *in) {
  while (isspace((unsigned char)*in->at))
    ++in->at;
}

static int complain(const reader *in, const char *wanted) {
  return run_fail(RUN_USAGE, "%s \"%s\", column %zu: %s", in->option, in->text,
                  (size_t)(in->at - in->text) + 1, wanted);
}

static int take_char(reader *in, char c) {
  skip_blanks(in);
  if (*in->at != c)
    return 0;
  ++in->at;
  return 1;
}

static int take_number(reader *in, double *value) {
  skip_blanks(in);
  const char *c = in->at + (*in->at == '-' || *in->at == '+');
  if (!isdigit((unsigned char)*c) && *c != '.')
    return 0;
  char *end;
  *value = strtod(in->at, &end);
  if (end == in->at || !isfinite(*value) || isalpha((unsigned char)*end))
    return 0;
  in->at = end;
  return 1;
}

/* Letters, digits and '_'; length 0 if there is none or it does not fit. */
static size_t take_word(reader *in, char *word, size_t capacity) {
  skip_blanks(in);
  size_t n = 0;
  while (isalnum((unsigned char)in->at[n]) || in->at[n] == '_')
    ++n;
  if (n == 0 || n >= capacity)
    return 0;
  memcpy(word, in->at, n);
  word[n] = 0;
  in->at += n;
  return n;
}

/* "(14)", "(timeperiod=14, 2)" or nothing. */
static int take_params(reader *in, const crucible_feature_info *info,
                       crucible_feature_spec *spec) {
  char word[48];
  if (!take_char(in, '('))
    return RUN_OK;
  for (uint32_t next = 0; !take_char(in, ')'); ++next) {
    if (next > 0 && !take_char(in, ','))
      return complain(in, "expected , or )");
    uint32_t place = next;
    skip_blanks(in);
    if (isalpha((unsigned char)*in->at)) {
      if (take_word(in, word, sizeof word) == 0 || !take_char(in, '='))
        return complain(in, "expected a parameter as name=value");
      for (place = 0; place < info->n_params; ++place)
        if (strcmp(info->params[place].name, word) == 0)
          break;
    }
    if (place >= info->n_params) {
      return run_fail(
          RUN_USAGE, "%s \"%s\": %s has %u parameters%s%s, the first is %s",
          in->option, in->text, info->name, info->n_params,
          place == next ? "" : ", none of them ", place == next ? "" : word,
          info->n_params > 0 ? info->params[0].name : "none");
    }
    if (!take_number(in, &spec->params[place]))
      return complain(in, "expected a number");
  }
  return RUN_OK;
}

static int is_same(const crucible_feature_spec *a,
                   const crucible_feature_spec *b) {
  if (strcmp(a->name, b->name) != 0)
    return 0;
  for (size_t i = 0; i < CRUCIBLE_FEATURE_PARAMS_MAX; ++i)
    if (a->params[i] != b->params[i] &&
        !(isnan(a->params[i]) && isnan(b->params[i])))
      return 0;
  return 1;
}

/* The feature's place among those of all rules. */
static int add_feature(rule_features *features,
                       const crucible_feature_spec *spec, size_t *index) {
  for (size_t i = 0; i < features->n; ++i)
    if (is_same(&features->specs[i], spec)) {
      *index = i;
      return RUN_OK;
    }
  if (features->n == features->capacity) {
    size_t capacity = features->capacity == 0 ? 16 : 2 * features->capacity;
    crucible_feature_spec *specs =
        realloc(features->specs, capacity * sizeof *specs);
    if (specs == NULL)
      return run_fail(RUN_FAILED, "out of memory");
    features->specs = specs;
    features->capacity = capacity;
  }
  *index = features->n;
  features->specs[features->n++] = *spec;
  return RUN_OK;
}

/* A column or a feature. */
static int take_value(reader *in, rule_term *term) {
  char word[48];
  if (take_word(in, word, sizeof word) == 0)
    return complain(in, "expected a number, a column or a feature");
  for (size_t i = 0; i < RUN_COUNT(COLUMNS); ++i)
    if (strcmp(COLUMNS[i], word) == 0) {
      term->is_column = 1;
      term->index = i;
      return RUN_OK;
    }
  crucible_feature_info info = {.struct_size = sizeof info};
  if (crucible_feature_find(word, &info) != CRUCIBLE_OK) {
    return run_fail(RUN_USAGE, "%s \"%s\": %s", in->option, in->text,
                    crucible_last_error());
  }
  crucible_feature_spec spec = {.name = info.name};
  for (size_t i = 0; i < CRUCIBLE_FEATURE_PARAMS_MAX; ++i)
    spec.params[i] = (double)NAN;
  int code = take_params(in, &info, &spec);
  size_t lookback;
  if (code == RUN_OK &&
      crucible_feature_lookback(&spec, &lookback) != CRUCIBLE_OK)
    return run_fail(RUN_USAGE, "%s \"%s\": %s", in->option, in->text,
                    crucible_last_error());
  return code == RUN_OK ? add_feature(in->features, &spec, &term->index) : code;
}

static int take_term(reader *in, rule_term *term) {
  *term = (rule_term){.factor = 1};
  if (take_number(in, &term->factor) && !take_char(in, '*')) {
    term->is_number = 1;
    return RUN_OK;
  }
  return take_value(in, term);
}

static int take_clause(reader *in, rule_clause *clause) {
  int code = take_term(in, &clause->left);
  if (code != RUN_OK)
    return code;
  clause->is_less = take_char(in, '<');
  if (!clause->is_less && !take_char(in, '>'))
    return complain(in, "expected <, <=, > or >=");
  clause->or_equal = *in->at == '=';
  in->at += clause->or_equal;
  return take_term(in, &clause->right);
}

int rule_parse(const char *option, const char *text, rule_features *features,
               trading_rule *parsed) {
  reader in = {option, text, text, features};
  *parsed = (trading_rule){.n = 0};
  for (;;) {
    if (parsed->n == RULE_CLAUSES_MAX)
      return complain(&in, "a rule has at most 8 clauses");
    int code = take_clause(&in, &parsed->clauses[parsed->n++]);
    if (code != RUN_OK)
      return code;
    skip_blanks(&in);
    if (*in.at == 0)
      return RUN_OK;
    char word[8];
    if (take_word(&in, word, sizeof word) == 0 || strcmp(word, "and") != 0)
      return complain(&in, "expected \"and\" or the end");
  }
}

void rule_features_free(rule_features *features) {
  free(features->specs);
  *features = (rule_features){0};
}

static double value_of(const rule_term *term, const rule_features *features,
                       const crucible_bars *bars, size_t bar) {
  if (term->is_number)
    return term->factor;
  if (!term->is_column)
    return term->factor * features->values[term->index * bars->n + bar];
  const double *const columns[] = {bars->open, bars->high, bars->low,
                                   bars->close, bars->volume};
  return term->factor * columns[term->index][bar];
}

int rule_holds(const trading_rule *tested, const rule_features *features,
               const crucible_bars *bars, size_t bar) {
  for (size_t i = 0; i < tested->n; ++i) {
    const rule_clause *clause = &tested->clauses[i];
    double left = value_of(&clause->left, features, bars, bar);
    double right = value_of(&clause->right, features, bars, bar);
    int holds = clause->is_less ? left < right : left > right;
    if (!holds && !(clause->or_equal && left == right))
      return 0;
  }
  return tested->n > 0;
}
