/* SPDX-License-Identifier: Apache-2.0 */
/* The object: what goes in is checked here, what comes out leaves from here. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <crucible/sweep.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "series/bars.h"
#include "sweep/sweep_object.h"

enum { WORD = 64, MADE_TOGETHER = 8 /* columns of an item */ };

/* Far beyond what memory holds; keeps the sizes below from overflowing. */
#define COLUMNS_MAX ((size_t)1 << 32)

const double *crucible__sweep_bar_column(const crucible_bars *bars,
                                         uint32_t column) {
  switch (column) {
  case CRUCIBLE_BAR_OPEN:
    return bars->open;
  case CRUCIBLE_BAR_HIGH:
    return bars->high;
  case CRUCIBLE_BAR_LOW:
    return bars->low;
  case CRUCIBLE_BAR_CLOSE:
    return bars->close;
  case CRUCIBLE_BAR_VOLUME:
    return bars->volume;
  case CRUCIBLE_BAR_QUOTE_VOLUME:
    return bars->quote_volume;
  case CRUCIBLE_BAR_TRADES:
    return bars->trades;
  default:
    return bars->taker_buy_base;
  }
}

void crucible_sweep_spec_init(crucible_sweep_spec *spec, size_t struct_size) {
  const crucible_sweep_spec defaults = {.struct_size = sizeof defaults};
  crucible__options_init(spec, struct_size, &defaults, sizeof defaults);
}

/* ---- checks ---- */

static crucible_status read_spec(crucible_sweep_spec *to,
                                 const crucible_sweep_spec *from) {
  crucible_sweep_spec_init(to, sizeof *to);
  if (from == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "spec is NULL: start from crucible_sweep_spec_init");
  CRUCIBLE__TRY(
      crucible__options_read(to, sizeof *to, from, "crucible_sweep_spec"));
  if (to->n_columns == 0 || to->n_columns > COLUMNS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID, "n_columns is %zu: give 1 to %zu",
                          to->n_columns, COLUMNS_MAX);
  if (to->rules == NULL || to->n_rules == 0 || to->n_rules > CRUCIBLE_RULES_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "rules is %s with n_rules = %zu: give 1 to %d rules",
                          to->rules ? "an array" : "NULL", to->n_rules,
                          CRUCIBLE_RULES_MAX);
  return CRUCIBLE_OK;
}

static crucible_status check_like_first(const crucible_sweep *sweep, size_t s) {
  const crucible_bars *first = &sweep->series[0], *other = &sweep->series[s];
  if (other->n != first->n || other->timeframe_ms != first->timeframe_ms)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "series[%zu] has %zu bars of %lld ms, series[0] %zu "
                          "of %lld ms: resample or cut them alike",
                          s, other->n, (long long)other->timeframe_ms, first->n,
                          (long long)first->timeframe_ms);
  for (size_t i = 0; i < first->n; ++i)
    if (other->open_time_ms[i] != first->open_time_ms[i])
      return crucible__fail(CRUCIBLE_E_DATA,
                            "series[%zu] has a bar %zu at %lld ms, series[0] "
                            "at %lld ms: give series with the same open times",
                            s, i, (long long)other->open_time_ms[i],
                            (long long)first->open_time_ms[i]);
  return CRUCIBLE_OK;
}

static crucible_status read_series(crucible_sweep *sweep,
                                   const crucible_bars *const *series) {
  for (size_t s = 0; s < sweep->n_series; ++s) {
    crucible_status status =
        crucible__bars_check_view(series[s], &sweep->series[s]);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "series[%zu]", s);
    CRUCIBLE__TRY(check_like_first(sweep, s));
  }
  sweep->n_bars = sweep->series[0].n;
  sweep->n_words = (sweep->n_bars + WORD - 1) / WORD;
  return CRUCIBLE_OK;
}

static crucible_status read_series_of(crucible_sweep *sweep,
                                      const uint32_t *from) {
  for (size_t c = 0; c < sweep->n_columns; ++c) {
    sweep->series_of[c] = from ? from[c] : (uint32_t)(c % sweep->n_series);
    if (sweep->series_of[c] >= sweep->n_series)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "series_of[%zu] is %u: there are series 0 to %zu",
                            c, sweep->series_of[c], sweep->n_series - 1);
  }
  return CRUCIBLE_OK;
}

/* The columns of the bars that rules look at hold numbers; what features look
   at was checked with them. */
static crucible_status check_bar_column(const crucible_sweep *sweep,
                                        size_t rule, uint32_t bar) {
  for (size_t s = 0; s < sweep->n_series; ++s) {
    const double *values = crucible__sweep_bar_column(&sweep->series[s], bar);
    for (size_t i = 0; values != NULL && i < sweep->n_bars; ++i)
      if (!isfinite(values[i]))
        return crucible__fail(CRUCIBLE_E_DATA,
                              "series[%zu], bar %zu: rules[%zu] looks at "
                              "column %u, which is %g there: numbers are "
                              "wanted",
                              s, i, rule, bar, values[i]);
  }
  return CRUCIBLE_OK;
}

static crucible_status check_bar_columns(const crucible_sweep *sweep) {
  for (size_t r = 0; r < sweep->n_rules; ++r)
    for (size_t side = 0; side < 2; ++side) {
      const crucible__sweep_operand *operand =
          &crucible__sweep_operands(sweep, 0, r)[side];
      if (operand->kind == CRUCIBLE_OPERAND_BAR)
        CRUCIBLE__TRY(check_bar_column(sweep, r, operand->row));
    }
  return CRUCIBLE_OK;
}

/* ---- the object ---- */

static crucible_status allocate(crucible_sweep *sweep,
                                const crucible_sweep_spec *spec,
                                size_t n_series) {
  size_t cells = spec->n_columns * spec->n_rules;
  sweep->n_series = n_series;
  sweep->n_columns = spec->n_columns;
  sweep->n_rules = spec->n_rules;
  sweep->series = crucible__alloc_zero(n_series, sizeof *sweep->series);
  sweep->sets = crucible__alloc_zero(n_series, sizeof *sweep->sets);
  sweep->first_row =
      crucible__alloc_zero(n_series + 1, sizeof *sweep->first_row);
  sweep->series_of =
      crucible__alloc_zero(spec->n_columns, sizeof *sweep->series_of);
  sweep->operands = crucible__alloc_zero(2 * cells, sizeof *sweep->operands);
  sweep->comparisons =
      crucible__alloc_zero(spec->n_rules, sizeof *sweep->comparisons);
  sweep->armed = crucible__alloc(cells, sizeof *sweep->armed);
  if (!sweep->series || !sweep->sets || !sweep->first_row ||
      !sweep->series_of || !sweep->operands || !sweep->comparisons ||
      !sweep->armed)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < cells; ++i)
    sweep->armed[i] = CRUCIBLE__SWEEP_NEVER;
  return CRUCIBLE_OK;
}

static crucible_status build(crucible_sweep *sweep,
                             const crucible_bars *const *series,
                             size_t n_series, const crucible_sweep_spec *spec) {
  CRUCIBLE__TRY(allocate(sweep, spec, n_series));
  CRUCIBLE__TRY(read_series(sweep, series));
  CRUCIBLE__TRY(read_series_of(sweep, spec->series_of));
  CRUCIBLE__TRY(crucible__sweep_compile(sweep, spec));
  return check_bar_columns(sweep);
}

crucible_status crucible_sweep_create(const crucible_bars *const *series,
                                      size_t n_series,
                                      const crucible_sweep_spec *spec,
                                      crucible_pool *pool,
                                      crucible_sweep **sweep) {
  crucible_sweep_spec known;
  if (sweep == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "sweep is NULL");
  *sweep = NULL;
  if (series == NULL || n_series == 0 || n_series > UINT32_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "series is %s with n_series = %zu: give at least one",
                          series ? "an array" : "NULL", n_series);
  CRUCIBLE__TRY(read_spec(&known, spec));
  crucible_sweep *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->pool = pool;
  crucible_status status = build(made, series, n_series, &known);
  if (status != CRUCIBLE_OK) {
    crucible_sweep_destroy(made);
    return status;
  }
  *sweep = made;
  return CRUCIBLE_OK;
}

void crucible_sweep_destroy(crucible_sweep *sweep) {
  if (sweep == NULL)
    return;
  for (size_t s = 0; sweep->sets != NULL && s < sweep->n_series; ++s)
    crucible_feature_set_destroy(sweep->sets[s]);
  for (size_t f = 0; f < CRUCIBLE__SWEEP_FLAGS; ++f)
    crucible__free(sweep->programs[f].steps);
  crucible__free(sweep->series);
  crucible__free(sweep->sets);
  crucible__free(sweep->first_row);
  crucible__free(sweep->series_of);
  crucible__free(sweep->operands);
  crucible__free(sweep->comparisons);
  crucible__free(sweep->armed);
  crucible__free(sweep->room);
  crucible__free(sweep);
}

crucible_status crucible_sweep_describe(const crucible_sweep *sweep,
                                        crucible_sweep_info *info) {
  if (sweep == NULL || info == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          sweep == NULL ? "sweep" : "info");
  size_t rows = sweep->first_row[sweep->n_series];
  size_t cells = sweep->n_columns * sweep->n_rules;
  crucible_sweep_info result = {.struct_size = sizeof result,
                                .n_columns = sweep->n_columns,
                                .n_bars = sweep->n_bars,
                                .n_words = sweep->n_words,
                                .n_features = rows,
                                .look_back = sweep->look_back};
  result.memory = sizeof *sweep + rows * sweep->stride * sizeof(double) +
                  cells * (2 * sizeof *sweep->operands + sizeof *sweep->armed) +
                  sweep->n_columns * sizeof *sweep->series_of;
  return crucible__result_write(info, &result, sizeof result,
                                "crucible_sweep_info");
}

/* ---- flags ---- */

/* Columns of one block that are written into arrays. */
typedef struct flags_job {
  const crucible_sweep *sweep;
  size_t first_column, n_columns;
  uint64_t *arrays[CRUCIBLE__SWEEP_FLAGS];
} flags_job;

static crucible_status make_columns(size_t item, uint32_t worker, void *data) {
  const flags_job *job = data;
  const crucible_sweep *sweep = job->sweep;
  size_t first = item * MADE_TOGETHER;
  (void)worker;
  for (size_t c = first; c < first + MADE_TOGETHER && c < job->n_columns; ++c) {
    uint64_t *flags[CRUCIBLE__SWEEP_FLAGS];
    for (size_t f = 0; f < CRUCIBLE__SWEEP_FLAGS; ++f)
      flags[f] = job->arrays[f]
                     ? job->arrays[f] + c * sweep->n_words + sweep->block_word
                     : NULL;
    crucible__sweep_make(sweep, job->first_column + c, sweep->block_word,
                         sweep->block_words, flags);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_sweep_flags(crucible_sweep *sweep, size_t first_column,
                                     size_t n_columns, uint64_t *enter_long,
                                     uint64_t *exit_long, uint64_t *enter_short,
                                     uint64_t *exit_short) {
  if (sweep == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "sweep is NULL");
  if (n_columns == 0 || first_column >= sweep->n_columns ||
      n_columns > sweep->n_columns - first_column)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "first_column is %zu and n_columns is %zu: there "
                          "are columns 0 to %zu",
                          first_column, n_columns, sweep->n_columns - 1);
  flags_job job = {.sweep = sweep,
                   .first_column = first_column,
                   .n_columns = n_columns,
                   .arrays = {enter_long, exit_long, enter_short, exit_short}};
  size_t n_items = (n_columns + MADE_TOGETHER - 1) / MADE_TOGETHER;
  for (size_t word = 0; word < sweep->n_words; word += sweep->block_words) {
    size_t left = sweep->n_words - word;
    size_t n =
        left < CRUCIBLE__SWEEP_BLOCK ? left : (size_t)CRUCIBLE__SWEEP_BLOCK;
    CRUCIBLE__TRY(crucible__sweep_begin(sweep, word, n));
    CRUCIBLE__TRY(
        crucible__pool_run(sweep->pool, n_items, make_columns, &job, NULL));
  }
  return CRUCIBLE_OK;
}
