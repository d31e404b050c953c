/* SPDX-License-Identifier: Apache-2.0 */
/* From a spec to operands, programs and the distinct features behind them. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/bits.h"
#include "features/feature_batch.h"
#include "features/feature_kind.h"
#include "features/feature_set.h"
#include "sweep/sweep_object.h"

/* A feature that some columns use. */
typedef struct used {
  uint32_t series;
  uint32_t row; /* among the rows of its series */
  const crucible__feature *feature;
  double params[CRUCIBLE_FEATURE_PARAMS_MAX];
} used;

/* The distinct ones, in the order in which they were met: those of one operand
   stand together, as the kinds that compute many at once want them. */
typedef struct collection {
  used *items;
  size_t n, capacity;
  uint32_t *table; /* [table_size] number of an item + 1; 0: free */
  size_t table_size;
} collection;

/* Where in the spec something stands. */
typedef struct place {
  size_t rule;
  const char *side;
} place;

/* ---- distinct features ---- */

static uint64_t hash_of(const used *item) {
  uint64_t hash = 0xcbf29ce484222325u + item->series;
  hash = (hash ^ (uint64_t)(uintptr_t)item->feature) * 0x100000001b3u;
  for (size_t i = 0; i < CRUCIBLE_FEATURE_PARAMS_MAX; ++i) {
    uint64_t bits;
    memcpy(&bits, &item->params[i], sizeof bits);
    hash = (hash ^ bits ^ bits >> 32) * 0x9e3779b97f4a7c15u;
  }
  return hash ^ hash >> 29;
}

static int is_same(const used *a, const used *b) {
  return a->series == b->series && a->feature == b->feature &&
         crucible__same_bits(a->params, b->params, CRUCIBLE_FEATURE_PARAMS_MAX);
}

/* The place of an item in the table: its own, or a free one. */
static uint32_t *look_up(const collection *all, const used *item) {
  size_t mask = all->table_size - 1, at = hash_of(item) & mask;
  while (all->table[at] != 0 && !is_same(&all->items[all->table[at] - 1], item))
    at = (at + 1) & mask;
  return &all->table[at];
}

static crucible_status grow_table(collection *all) {
  size_t size = all->table_size ? 2 * all->table_size : 256;
  uint32_t *table = crucible__alloc_zero(size, sizeof *table);
  if (table == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible__free(all->table);
  all->table = table;
  all->table_size = size;
  for (size_t i = 0; i < all->n; ++i)
    *look_up(all, &all->items[i]) = (uint32_t)i + 1;
  return CRUCIBLE_OK;
}

/* Its number; new ones are added. */
static crucible_status collect(collection *all, const used *item,
                               uint32_t *number) {
  if (2 * all->n >= all->table_size)
    CRUCIBLE__TRY(grow_table(all));
  uint32_t *found = look_up(all, item);
  if (*found == 0) {
    CRUCIBLE__TRY(crucible__grow((void **)&all->items, &all->capacity,
                                 all->n + 1, sizeof *all->items));
    all->items[all->n] = *item;
    all->n += 1;
    *found = (uint32_t)all->n;
  }
  *number = *found - 1;
  return CRUCIBLE_OK;
}

/* ---- operands ---- */

static const char *const bar_names[] = {
    "open",   "high",         "low",    "close",
    "volume", "quote_volume", "trades", "taker_buy_base"};

static double parameter(const crucible_operand *from, size_t i, size_t column) {
  return from->values[i] ? from->values[i][column] : from->value[i];
}

static crucible_status check_columns(const crucible__feature *feature,
                                     const crucible_bars *bars) {
  static const char *const names[] = {"quote_volume", "trades",
                                      "taker_buy_base"};
  uint32_t missing = feature->info.needs & ~crucible__features_columns(bars);
  for (uint32_t i = 0; i < 3; ++i)
    if (missing >> i & 1)
      return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                            "%s needs the column %s, which the series lacks: "
                            "take another feature or bars with it",
                            feature->info.name, names[i]);
  return CRUCIBLE_OK;
}

static crucible_status read_feature(crucible_sweep *sweep, collection *all,
                                    const crucible_operand *from, size_t column,
                                    crucible__sweep_operand *to) {
  used item = {.series = sweep->series_of[column]};
  crucible_feature_spec spec = {.name = from->feature};
  for (size_t i = 0; i < CRUCIBLE_FEATURE_PARAMS_MAX; ++i)
    spec.params[i] = parameter(from, i, column);
  CRUCIBLE__TRY(crucible__feature_resolve(&spec, &item.feature, item.params));
  CRUCIBLE__TRY(check_columns(item.feature, &sweep->series[item.series]));
  for (size_t i = item.feature->info.n_params; i < CRUCIBLE_FEATURE_PARAMS_MAX;
       ++i)
    if (from->values[i] != NULL)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "values[%zu] is given, but %s has %u parameters: "
                            "leave it NULL",
                            i, item.feature->info.name,
                            item.feature->info.n_params);
  return collect(all, &item, &to->row);
}

static crucible_status read_bar(const crucible_sweep *sweep,
                                const crucible_operand *from, size_t column,
                                crucible__sweep_operand *to) {
  if (from->bar < CRUCIBLE_BAR_OPEN || from->bar > CRUCIBLE_BAR_TAKER_BUY_BASE)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "bar is %d: give CRUCIBLE_BAR_OPEN to "
                          "CRUCIBLE_BAR_TAKER_BUY_BASE",
                          from->bar);
  to->row = (uint32_t)from->bar;
  const crucible_bars *bars = &sweep->series[sweep->series_of[column]];
  if (crucible__sweep_bar_column(bars, to->row) != NULL)
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                        "the series lacks the column %s: read bars with it",
                        bar_names[to->row - 1]);
}

static crucible_status read_number(const crucible_operand *from, size_t column,
                                   crucible__sweep_operand *to) {
  to->number = parameter(from, 0, column);
  if (!isnan(to->number))
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "the number is NaN: every comparison with it would be "
                        "false");
}

static crucible_status read_operand(crucible_sweep *sweep, collection *all,
                                    const crucible_operand *from, size_t column,
                                    crucible__sweep_operand *to) {
  to->kind = from->kind;
  if (from->kind == CRUCIBLE_OPERAND_FEATURE)
    return read_feature(sweep, all, from, column, to);
  if (from->kind == CRUCIBLE_OPERAND_BAR)
    return read_bar(sweep, from, column, to);
  if (from->kind == CRUCIBLE_OPERAND_NUMBER)
    return read_number(from, column, to);
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "kind is %d: give CRUCIBLE_OPERAND_FEATURE, _BAR or "
                        "_NUMBER",
                        from->kind);
}

static crucible_status read_side(crucible_sweep *sweep, collection *all,
                                 const crucible_operand *from, place where,
                                 size_t side) {
  for (size_t column = 0; column < sweep->n_columns; ++column) {
    size_t at = (column * sweep->n_rules + where.rule) * 2 + side;
    crucible_status status =
        read_operand(sweep, all, from, column, &sweep->operands[at]);
    if (status != CRUCIBLE_OK)
      return status == CRUCIBLE_E_NOMEM
                 ? status
                 : crucible__fail_at(status, "rules[%zu].%s, column %zu",
                                     where.rule, where.side, column);
  }
  return CRUCIBLE_OK;
}

static crucible_status read_rules(crucible_sweep *sweep, collection *all,
                                  const crucible_sweep_spec *spec) {
  for (size_t r = 0; r < spec->n_rules; ++r) {
    const crucible_rule *rule = &spec->rules[r];
    if (rule->comparison < CRUCIBLE_IS_ABOVE ||
        rule->comparison > CRUCIBLE_CROSSES_BELOW)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "rules[%zu].comparison is %d: give "
                            "CRUCIBLE_IS_ABOVE to CRUCIBLE_CROSSES_BELOW",
                            r, rule->comparison);
    if (rule->reserved != 0)
      return crucible__fail(CRUCIBLE_E_VERSION,
                            "rules[%zu].reserved is %d: it must be 0", r,
                            rule->reserved);
    sweep->comparisons[r] = rule->comparison;
    CRUCIBLE__TRY(read_side(sweep, all, &rule->left, (place){r, "left"}, 0));
    CRUCIBLE__TRY(read_side(sweep, all, &rule->right, (place){r, "right"}, 1));
  }
  return CRUCIBLE_OK;
}

/* ---- programs ---- */

static crucible_status check_program(const crucible_rule_program *program,
                                     size_t n_rules, const char *name) {
  size_t depth = 0;
  if (program->n > CRUCIBLE_RULE_PROGRAM_MAX ||
      (program->steps == NULL && program->n > 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s has %zu steps at %s: give an array of up to %d",
                          name, program->n, program->steps ? "steps" : "NULL",
                          CRUCIBLE_RULE_PROGRAM_MAX);
  for (size_t i = 0; i < program->n; ++i) {
    int32_t step = program->steps[i];
    if (step < CRUCIBLE_RULE_NOT || step >= (int32_t)n_rules)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "%s.steps[%zu] is %d: there are rules 0 to %zu, "
                            "and CRUCIBLE_RULE_AND, _OR and _NOT",
                            name, i, step, n_rules - 1);
    size_t takes = step >= 0 ? 0 : step == CRUCIBLE_RULE_NOT ? 1 : 2;
    if (depth < takes)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "%s.steps[%zu] joins %zu values, but there are "
                            "%zu: name rules before what joins them",
                            name, i, takes, depth);
    depth = depth - takes + 1;
    if (depth > CRUCIBLE_RULES_MAX)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "%s.steps[%zu] would be value number %zu waiting "
                            "to be joined: at most %d can",
                            name, i, depth, CRUCIBLE_RULES_MAX);
  }
  if (depth > 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s leaves %zu values: join them with "
                          "CRUCIBLE_RULE_AND or _OR",
                          name, depth);
  return CRUCIBLE_OK;
}

static crucible_status read_program(crucible__sweep_program *to,
                                    const crucible_rule_program *from,
                                    size_t n_rules, const char *name) {
  CRUCIBLE__TRY(check_program(from, n_rules, name));
  if (from->n == 0)
    return CRUCIBLE_OK;
  to->steps = crucible__alloc(from->n, sizeof *to->steps);
  if (to->steps == NULL)
    return CRUCIBLE_E_NOMEM;
  to->n = from->n;
  memcpy(to->steps, from->steps, from->n * sizeof *to->steps);
  for (size_t i = 0; i < to->n; ++i)
    if (to->steps[i] >= 0)
      to->uses |= (uint64_t)1 << to->steps[i];
  return CRUCIBLE_OK;
}

static crucible_status read_programs(crucible_sweep *sweep,
                                     const crucible_sweep_spec *spec) {
  const crucible_rule_program *const from[CRUCIBLE__SWEEP_FLAGS] = {
      &spec->enter_long, &spec->exit_long, &spec->enter_short,
      &spec->exit_short};
  static const char *const names[CRUCIBLE__SWEEP_FLAGS] = {
      "enter_long", "exit_long", "enter_short", "exit_short"};
  for (size_t f = 0; f < CRUCIBLE__SWEEP_FLAGS; ++f)
    CRUCIBLE__TRY(
        read_program(&sweep->programs[f], from[f], spec->n_rules, names[f]));
  return CRUCIBLE_OK;
}

/* ---- sets ---- */

/* The features of one series. */
static crucible_status open_series(crucible_sweep *sweep, collection *all,
                                   uint32_t series) {
  size_t n = 0;
  crucible_feature_spec *specs = crucible__alloc(all->n, sizeof *specs);
  if (specs == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < all->n; ++i) {
    used *item = &all->items[i];
    size_t memory;
    if (item->series != series)
      continue;
    size_t look_back =
        crucible__feature_measure(item->feature, item->params, &memory);
    if (look_back > sweep->look_back)
      sweep->look_back = look_back;
    specs[n].name = item->feature->info.name;
    memcpy(specs[n].params, item->params, sizeof specs[n].params);
    item->row = (uint32_t)n++;
  }
  sweep->first_row[series + 1] = sweep->first_row[series] + n;
  crucible_status status = CRUCIBLE_OK;
  if (n > 0)
    status = crucible__features_open(specs, n, &sweep->series[series],
                                     &sweep->sets[series]);
  crucible__free(specs);
  return status == CRUCIBLE_OK || status == CRUCIBLE_E_NOMEM
             ? status
             : crucible__fail_at(status, "series[%u]", series);
}

/* Features are named by their rows from now on. */
static crucible_status open_sets(crucible_sweep *sweep, collection *all) {
  for (uint32_t s = 0; s < sweep->n_series; ++s)
    CRUCIBLE__TRY(open_series(sweep, all, s));
  for (size_t i = 0; i < sweep->n_columns * sweep->n_rules * 2; ++i) {
    crucible__sweep_operand *operand = &sweep->operands[i];
    if (operand->kind != CRUCIBLE_OPERAND_FEATURE || all->items == NULL)
      continue;
    const used *item = &all->items[operand->row];
    operand->row = (uint32_t)sweep->first_row[item->series] + item->row;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__sweep_compile(crucible_sweep *sweep,
                                        const crucible_sweep_spec *spec) {
  collection all = {.n = 0};
  crucible_status status = read_rules(sweep, &all, spec);
  if (status == CRUCIBLE_OK)
    status = read_programs(sweep, spec);
  if (status == CRUCIBLE_OK)
    status = open_sets(sweep, &all);
  crucible__free(all.items);
  crucible__free(all.table);
  return status;
}
