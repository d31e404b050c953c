/* SPDX-License-Identifier: Apache-2.0 */
/* Trades of backtests that begin later against those of the one of all bars. */
#include <string.h>

#include "backtest/guard_records.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"

typedef struct check {
  crucible_run_source source;
  crucible_bars bars;
  crucible_warmup_options options;
  crucible__guard_starts starts;
  crucible__guard_run full;
  crucible__guard_slice *slices; /* [n_slices] */
  uint32_t n_slices;
  uint8_t *is_short;             /* [starts.n] */
  crucible_run_warmup_row *rows; /* [starts.n x starts.n_used] */
} check;

/* Trades entered from a time on. */
static uint64_t count_from(const crucible_trades *trades, int64_t from_ms) {
  uint64_t n = 0;
  for (size_t i = 0; i < trades->n; ++i)
    n += trades->entry_ms[i] >= from_ms;
  return n;
}

/* Both are sorted by column, then by exit. A column's trades one after another
   are merged by exit and entry. */
static int order_of(const crucible_trades *a, size_t i,
                    const crucible_trades *b, size_t j) {
  if (a->column[i] != b->column[j])
    return a->column[i] < b->column[j] ? -1 : 1;
  if (a->exit_ms[i] != b->exit_ms[j])
    return a->exit_ms[i] < b->exit_ms[j] ? -1 : 1;
  if (a->entry_ms[i] != b->entry_ms[j])
    return a->entry_ms[i] < b->entry_ms[j] ? -1 : 1;
  return a->side[i] - b->side[j];
}

static uint64_t count_same(const crucible_trades *a, const crucible_trades *b,
                           int64_t from_ms) {
  uint64_t n = 0;
  for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
    int order = order_of(a, i, b, j);
    n += order == 0 && a->entry_ms[i] >= from_ms;
    i += order <= 0;
    j += order >= 0;
  }
  return n;
}

/* Item i: one later start. */
static crucible_status try_start(size_t i, uint32_t worker, void *data) {
  check *c = data;
  crucible__guard_slice *slice = &c->slices[worker];
  size_t start = c->starts.bars[i];
  crucible__guard_run run;
  int is_short;
  crucible__guard_slice_fill(slice, &c->bars, start, c->bars.n);
  crucible_status status =
      crucible__guard_rerun(&c->source, slice, &run, &is_short);
  c->is_short[i] = (uint8_t)is_short;
  for (size_t s = 0; s < c->starts.n_used && status == CRUCIBLE_OK; ++s) {
    size_t startup = c->options.startups[s];
    int64_t from_ms = c->bars.open_time_ms[start + startup];
    c->rows[i * c->starts.n_used + s] = (crucible_run_warmup_row){
        .startup = startup,
        .n_full = count_from(&c->full.trades, from_ms),
        .n_late = count_from(&run.trades, from_ms),
        .n_same = count_same(&c->full.trades, &run.trades, from_ms),
    };
  }
  crucible__guard_run_free(&run);
  return status;
}

static crucible_status sum_up(const check *c, crucible_run_warmup_row *rows) {
  size_t n_used = c->starts.n_used, n_short = 0;
  for (size_t i = 0; i < c->starts.n; ++i)
    n_short += c->is_short[i];
  if (n_short == c->starts.n)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "source.rerun finds every history that begins later "
                          "too short, %zu bars the longest: give longer "
                          "startups or more bars",
                          c->bars.n - c->starts.bars[0]);
  for (size_t s = 0; s < c->options.n_startups; ++s) {
    rows[s] = (crucible_run_warmup_row){.startup = c->options.startups[s]};
    for (size_t i = 0; i < c->starts.n && s < n_used; ++i) {
      const crucible_run_warmup_row *one = &c->rows[i * n_used + s];
      if (c->is_short[i])
        continue;
      rows[s].n_full += one->n_full;
      rows[s].n_late += one->n_late;
      rows[s].n_same += one->n_same;
    }
  }
  return CRUCIBLE_OK;
}

static crucible_status make_room(check *c) {
  CRUCIBLE__TRY(
      crucible__guard_starts_make(&c->options, c->bars.n, &c->starts));
  c->is_short = crucible__alloc(c->starts.n, 1);
  c->rows = crucible__alloc(c->starts.n, c->starts.n_used * sizeof *c->rows);
  c->slices = crucible__alloc_zero(c->n_slices, sizeof *c->slices);
  if (c->is_short == NULL || c->rows == NULL || c->slices == NULL)
    return CRUCIBLE_E_NOMEM;
  for (uint32_t i = 0; i < c->n_slices; ++i)
    CRUCIBLE__TRY(crucible__guard_slice_make(c->bars.n, &c->slices[i]));
  return CRUCIBLE_OK;
}

static crucible_status run_check(check *c, crucible_pool *pool,
                                 const crucible_cancel *cancel,
                                 crucible_run_warmup_row *rows) {
  int is_short;
  CRUCIBLE__TRY(make_room(c));
  if (crucible_cancel_is_requested(cancel))
    return crucible__fail(CRUCIBLE_E_CANCELLED, "cancelled");
  crucible__guard_slice_fill(&c->slices[0], &c->bars, 0, c->bars.n);
  CRUCIBLE__TRY(
      crucible__guard_rerun(&c->source, &c->slices[0], &c->full, &is_short));
  if (is_short)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "source.rerun finds all %zu bars too few: give it "
                          "more history",
                          c->bars.n);
  CRUCIBLE__TRY(crucible__pool_run(pool, c->starts.n, try_start, c, cancel));
  return sum_up(c, rows);
}

crucible_status crucible_warmup_check_run(
    const crucible_run_source *source, const crucible_bars *bars,
    const crucible_warmup_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_run_warmup_row *rows) {
  check c = {.full = {.backtest = NULL}};
  CRUCIBLE__TRY(crucible__guard_run_source(source, &c.source));
  CRUCIBLE__TRY(crucible__guard_bars(bars, 1, &c.bars));
  CRUCIBLE__TRY(crucible__guard_warmup_options(options, &c.options));
  if (rows == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "rows is NULL");
  if (!c.source.is_thread_safe)
    pool = NULL;
  c.n_slices = crucible_pool_threads(pool);
  crucible_status status = run_check(&c, pool, cancel, rows);
  for (uint32_t i = 0; i < c.n_slices && c.slices != NULL; ++i)
    crucible__guard_slice_free(&c.slices[i]);
  crucible__free(c.slices);
  crucible__free(c.starts.bars);
  crucible__free(c.is_short);
  crucible__free(c.rows);
  crucible__guard_run_free(&c.full);
  return status;
}
