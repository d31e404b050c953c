/* SPDX-License-Identifier: Apache-2.0 */
/* Whole backtests of the first bars against the beginning of the one of all. */
#include <math.h>

#include "backtest/guard_records.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "series/bars.h"

enum { DEFAULT_CUTS = 50 };

typedef struct outcome {
  crucible__guard_difference found;
  int is_short;
} outcome;

typedef struct check {
  crucible_run_source source;
  crucible_bars bars;
  crucible_lookahead_options options;
  crucible__guard_run full;
  crucible__guard_slice *slices; /* [n_slices] */
  uint32_t n_slices;
  size_t *cuts;
  size_t n_cuts;
  outcome *outcomes; /* [n_cuts] */
  crucible_run_lookahead_result result;
} check;

/* Item i: the run over the first bars and one that stood still. */
static crucible_status try_cut(size_t i, uint32_t worker, void *data) {
  check *c = data;
  crucible__guard_slice *slice = &c->slices[worker];
  size_t cut = c->cuts[i];
  crucible__guard_run run;
  crucible__guard_slice_fill(slice, &c->bars, 0, cut);
  crucible__guard_slice_add_still(slice, &c->bars, cut);
  crucible_status status =
      crucible__guard_rerun(&c->source, slice, &run, &c->outcomes[i].is_short);
  if (status == CRUCIBLE_OK && !c->outcomes[i].is_short)
    c->outcomes[i].found = crucible__guard_compare(
        &c->full, &run, &c->options, c->bars.open_time_ms[cut],
        c->bars.open_time_ms[cut - 1] + c->bars.timeframe_ms);
  crucible__guard_run_free(&run);
  return status;
}

static void take(check *c, size_t cut, const crucible__guard_difference *d) {
  crucible_run_lookahead_result *r = &c->result;
  r->kind = d->kind;
  r->how = d->how;
  r->column = d->column;
  r->time_ms = d->time_ms;
  r->side = d->side;
  r->purpose = d->purpose;
  r->field = d->field;
  r->with_future = d->with;
  r->without_future = d->without;
  r->cut = cut;
}

/* The earliest record; of the same, the one that fewest bars show. */
static void take_all(check *c) {
  crucible_run_lookahead_result *r = &c->result;
  for (size_t i = 0; i < c->n_cuts; ++i) {
    const crucible__guard_difference *found = &c->outcomes[i].found;
    ++r->n_calls;
    r->n_bars += c->cuts[i] + 1;
    r->n_too_short += c->outcomes[i].is_short != 0;
    r->n_cuts += c->outcomes[i].is_short == 0;
    if (c->outcomes[i].is_short || found->kind == 0)
      continue;
    if (r->n_cuts_changed++ == 0 || found->time_ms < r->time_ms)
      take(c, c->cuts[i], found);
  }
  r->is_found = r->n_cuts_changed > 0;
}

/* Right behind the bars at whose close orders were sent, a few of many. */
static void add_decisions(const check *c, crucible__guard_cuts *set,
                          size_t limit) {
  const crucible_orders *orders = &c->full.orders;
  size_t room = limit > set->count ? limit - set->count : 0;
  if (room == 0)
    return;
  size_t step = (orders->n + room - 1) / room;
  for (size_t i = 0; i < orders->n; i += step) {
    int64_t open_ms = orders->placed_ms[i] - c->bars.timeframe_ms;
    size_t bar = crucible__bars_find(&c->bars, open_ms);
    crucible__guard_cuts_add(set, bar + 1, limit);
  }
}

static crucible_status choose_cuts(check *c) {
  const crucible_lookahead_options *options = &c->options;
  crucible__guard_cuts set;
  CRUCIBLE__TRY(crucible__guard_cuts_make(c->bars.n, &set));
  crucible__guard_cuts_add_wanted(&set, options);
  size_t base = set.count, n = options->max_cuts;
  if (set.count < c->bars.n - 1) {
    add_decisions(c, &set, base + n / 2);
    crucible__guard_cuts_add_bars(&set, &c->bars, base + n - n / 4);
    crucible__guard_cuts_add_random(&set, options->seed, base + n);
  }
  c->n_cuts = set.count;
  c->result.is_exhaustive = set.count == c->bars.n - 1;
  c->cuts = crucible__alloc(set.count, sizeof *c->cuts);
  c->outcomes = crucible__alloc_zero(set.count, sizeof *c->outcomes);
  if (c->cuts != NULL)
    crucible__guard_cuts_list(&set, c->cuts);
  crucible__guard_cuts_free(&set);
  return c->cuts != NULL && c->outcomes != NULL ? CRUCIBLE_OK
                                                : CRUCIBLE_E_NOMEM;
}

/* All bars, and once more. */
static crucible_status run_full(check *c, const crucible_cancel *cancel) {
  crucible__guard_run again = {.backtest = NULL};
  size_t n = c->bars.n;
  int is_short = 0;
  crucible__guard_slice_fill(&c->slices[0], &c->bars, 0, n);
  crucible_status status =
      crucible__guard_rerun(&c->source, &c->slices[0], &c->full, &is_short);
  if (status == CRUCIBLE_OK && is_short)
    status = crucible__fail(CRUCIBLE_E_TOO_SHORT,
                            "source.rerun finds all %zu bars too few: give it "
                            "more history",
                            n);
  if (status == CRUCIBLE_OK && crucible_cancel_is_requested(cancel))
    status = crucible__fail(CRUCIBLE_E_CANCELLED, "cancelled");
  if (status == CRUCIBLE_OK)
    status =
        crucible__guard_rerun(&c->source, &c->slices[0], &again, &is_short);
  if (status == CRUCIBLE_OK && !is_short) {
    crucible__guard_difference found = crucible__guard_compare(
        &c->full, &again, &c->options, INT64_MAX, INT64_MIN);
    c->result.is_repeatable = found.kind == 0;
    if (found.kind != 0)
      take(c, n, &found);
    c->result.n_calls = 2;
    c->result.n_bars = 2 * (uint64_t)n;
  }
  crucible__guard_run_free(&again);
  return status;
}

static crucible_status run_check(check *c, crucible_pool *pool,
                                 const crucible_cancel *cancel) {
  c->slices = crucible__alloc_zero(c->n_slices, sizeof *c->slices);
  if (c->slices == NULL)
    return CRUCIBLE_E_NOMEM;
  for (uint32_t i = 0; i < c->n_slices; ++i)
    CRUCIBLE__TRY(crucible__guard_slice_make(c->bars.n, &c->slices[i]));
  CRUCIBLE__TRY(run_full(c, cancel));
  if (!c->result.is_repeatable)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(choose_cuts(c));
  CRUCIBLE__TRY(crucible__pool_run(pool, c->n_cuts, try_cut, c, cancel));
  take_all(c);
  return CRUCIBLE_OK;
}

crucible_status crucible_lookahead_check_run(
    const crucible_run_source *source, const crucible_bars *bars,
    const crucible_lookahead_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_run_lookahead_result *result) {
  check c = {.full = {.backtest = NULL}};
  CRUCIBLE__TRY(crucible__guard_run_source(source, &c.source));
  CRUCIBLE__TRY(crucible__guard_bars(bars, 2, &c.bars));
  CRUCIBLE__TRY(crucible__guard_lookahead_options(options, c.bars.n,
                                                  DEFAULT_CUTS, &c.options));
  if (result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "result is NULL");
  if (!c.source.is_thread_safe)
    pool = NULL;
  c.n_slices = crucible_pool_threads(pool);
  c.result.struct_size = sizeof c.result;
  crucible_status status = run_check(&c, pool, cancel);
  if (status == CRUCIBLE_OK)
    status =
        crucible__result_write(result, &c.result, sizeof c.result, "result");
  for (uint32_t i = 0; i < c.n_slices && c.slices != NULL; ++i)
    crucible__guard_slice_free(&c.slices[i]);
  crucible__free(c.slices);
  crucible__free(c.cuts);
  crucible__free(c.outcomes);
  crucible__guard_run_free(&c.full);
  return status;
}
