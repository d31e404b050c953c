/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns of the first m bars against the same rows of the columns of all
 * bars. Cuts go to the pool in blocks; a block is reduced in order of its
 * cuts, so that nothing depends on threads.
 */
#include <math.h>
#include <string.h>

#include "backtest/guard.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "series/bars.h"

enum { DEFAULT_CUTS = 200, BLOCK = 128 };

static const crucible_lookahead_options DEFAULTS = {
    .struct_size = sizeof(crucible_lookahead_options), .seed = 1};

void crucible_lookahead_options_init(crucible_lookahead_options *options,
                                     size_t struct_size) {
  crucible__options_init(options, struct_size, &DEFAULTS, sizeof DEFAULTS);
}

crucible_status
crucible__guard_lookahead_options(const crucible_lookahead_options *given,
                                  size_t n_bars, size_t default_cuts,
                                  crucible_lookahead_options *options) {
  *options = DEFAULTS;
  CRUCIBLE__TRY(
      crucible__options_read(options, sizeof *options, given, "options"));
  if (options->max_cuts == 0)
    options->max_cuts = default_cuts;
  const struct {
    double value;
    const char *name;
  } tolerances[] = {{options->relative, "relative"},
                    {options->absolute, "absolute"}};
  for (size_t i = 0; i < 2; ++i)
    if (!(tolerances[i].value >= 0) || isinf(tolerances[i].value))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "options.%s is negative or not finite: give 0 for "
                            "equal bits, or a difference that does not count",
                            tolerances[i].name);
  if (options->n_cuts > 0 && options->cuts == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.cuts is NULL, n_cuts is %zu",
                          options->n_cuts);
  for (size_t i = 0; i < options->n_cuts; ++i)
    if (options->cuts[i] < 1 || options->cuts[i] >= n_bars)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "options.cuts[%zu] is %zu: of %zu bars a cut "
                            "leaves 1 to %zu",
                            i, options->cuts[i], n_bars, n_bars - 1);
  return CRUCIBLE_OK;
}

/* What one cut did to one column. */
typedef struct change {
  size_t bar, n; /* n = 0: nothing */
} change;

typedef struct check {
  crucible_column_source source;
  crucible_bars bars;
  crucible_lookahead_options options;
  const crucible_cancel *cancel;
  void *full; /* columns of all bars */
  crucible__guard_desk *desks;
  uint32_t n_desks;
  size_t *cuts;
  size_t n_cuts;
  /* of the block at work */
  size_t first;
  change *changes;   /* [BLOCK x n_columns] */
  double *without;   /* [BLOCK x n_columns] */
  uint8_t *is_short; /* [BLOCK] */
  /* so far */
  crucible_lookahead_finding *findings; /* [n_columns] */
  crucible_lookahead_result result;
  size_t last_clean, first_dirty; /* cuts; 0: none */
} check;

static int is_same(const crucible_lookahead_options *options, double a,
                   double b) {
  if (isnan(a) || isnan(b))
    return isnan(a) && isnan(b);
  if (a == b && (a != 0 || signbit(a) == signbit(b)))
    return 1;
  double larger = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
  double allowed = options->absolute + options->relative * larger;
  return allowed > 0 && fabs(a - b) <= allowed;
}

/* Compares the first m rows of a column. */
static change compare(const check *c, const void *full, const void *cut,
                      size_t m) {
  change found = {.n = 0};
  if (memcmp(full, cut, m * crucible__guard_width(&c->source)) == 0)
    return found;
  for (size_t i = 0; i < m; ++i)
    if (!is_same(&c->options, crucible__guard_value(&c->source, full, i),
                 crucible__guard_value(&c->source, cut, i)) &&
        found.n++ == 0)
      found.bar = i;
  return found;
}

/* Item i of a block: one cut. */
static crucible_status try_cut(size_t i, uint32_t worker, void *data) {
  check *c = data;
  crucible__guard_desk *d = &c->desks[worker];
  size_t cut = c->cuts[c->first + i], n_columns = c->source.n_columns;
  int is_short;
  crucible__guard_slice_fill(&d->slice, &c->bars, 0, cut);
  CRUCIBLE__TRY(
      crucible__guard_compute(&c->source, &d->slice, d->values, &is_short));
  c->is_short[i] = (uint8_t)is_short;
  for (size_t j = 0; j < n_columns && !is_short; ++j) {
    const void *column = crucible__guard_column(&c->source, d->values, cut, j);
    change found =
        compare(c, crucible__guard_column(&c->source, c->full, c->bars.n, j),
                column, cut);
    c->changes[i * n_columns + j] = found;
    if (found.n > 0)
      c->without[i * n_columns + j] =
          crucible__guard_value(&c->source, column, found.bar);
  }
  return CRUCIBLE_OK;
}

static void take(check *c, size_t column, size_t cut, change found,
                 double without) {
  crucible_lookahead_finding *f = &c->findings[column];
  if (f->n_cuts_changed++ > 0 &&
      (found.bar > f->bar || (found.bar == f->bar && cut >= f->cut)))
    return;
  f->bar = found.bar;
  f->cut = cut;
  f->n_changed = found.n;
  f->open_time_ms = c->bars.open_time_ms[found.bar];
  f->with_future = crucible__guard_value(
      &c->source,
      crucible__guard_column(&c->source, c->full, c->bars.n, column),
      found.bar);
  f->without_future = without;
}

/* Adds up a block that is done. */
static void take_block(check *c, size_t n) {
  size_t n_columns = c->source.n_columns;
  for (size_t i = 0; i < n; ++i) {
    size_t cut = c->cuts[c->first + i];
    int is_dirty = 0;
    ++c->result.n_calls;
    c->result.n_bars += cut;
    if (c->is_short[i]) {
      ++c->result.n_too_short;
      continue;
    }
    ++c->result.n_cuts;
    for (size_t j = 0; j < n_columns; ++j) {
      const change *found = &c->changes[i * n_columns + j];
      if (found->n == 0)
        continue;
      is_dirty = 1;
      take(c, j, cut, *found, c->without[i * n_columns + j]);
    }
    if (is_dirty && (c->first_dirty == 0 || cut < c->first_dirty))
      c->first_dirty = cut;
    if (!is_dirty && (c->first_dirty == 0 || cut < c->first_dirty))
      c->last_clean = cut;
  }
}

static crucible_status try_all(check *c, crucible_pool *pool) {
  for (c->first = 0; c->first < c->n_cuts; c->first += BLOCK) {
    size_t left = c->n_cuts - c->first, n = left < BLOCK ? left : BLOCK;
    CRUCIBLE__TRY(crucible__pool_run(pool, n, try_cut, c, c->cancel));
    take_block(c, n);
  }
  return CRUCIBLE_OK;
}

/* Tries one more cut, on the caller's thread. */
static crucible_status try_one(check *c, size_t cut) {
  c->cuts[0] = cut;
  c->first = 0;
  CRUCIBLE__TRY(crucible__pool_run(NULL, 1, try_cut, c, c->cancel));
  take_block(c, 1);
  return CRUCIBLE_OK;
}

/* The fewest bars that show a change, between the last clean cut and the
   first that is not. */
static crucible_status search_first(check *c) {
  size_t low = c->last_clean;
  while (c->first_dirty - low > 1) {
    size_t middle = low + (c->first_dirty - low) / 2;
    CRUCIBLE__TRY(try_one(c, middle));
    if (c->first_dirty != middle)
      low = middle;
  }
  return CRUCIBLE_OK;
}

static void find_first(check *c) {
  const crucible_lookahead_finding *best = NULL;
  c->result.n_columns_changed = 0;
  for (size_t j = 0; j < c->source.n_columns; ++j) {
    const crucible_lookahead_finding *f = &c->findings[j];
    if (f->n_cuts_changed == 0)
      continue;
    ++c->result.n_columns_changed;
    if (best == NULL || f->bar < best->bar)
      best = f;
  }
  c->result.is_found = best != NULL;
  if (best == NULL)
    return;
  c->result.column = (size_t)(best - c->findings);
  c->result.first = *best;
}

/* How many bars there must be for the first finding's value to be what it is
   with all of them. */
static crucible_status search_need(check *c) {
  size_t bar = c->result.first.bar, column = c->result.column;
  size_t low = c->result.first.cut, high = c->bars.n;
  const crucible__guard_desk *d = &c->desks[0];
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    CRUCIBLE__TRY(try_one(c, middle));
    int is_there = !c->is_short[0] &&
                   is_same(&c->options, c->result.first.with_future,
                           crucible__guard_value(
                               &c->source,
                               crucible__guard_column(&c->source, d->values,
                                                      middle, column),
                               bar));
    if (is_there)
      high = middle;
    else
      low = middle;
  }
  c->result.needs = high - (bar + 1);
  return CRUCIBLE_OK;
}

/* All bars, and once more: what is not repeatable cannot be compared. */
static crucible_status compute_full(check *c) {
  crucible__guard_desk *d = &c->desks[0];
  size_t n = c->bars.n, n_columns = c->source.n_columns;
  int is_short;
  crucible__guard_slice_fill(&d->slice, &c->bars, 0, n);
  for (int again = 0; again <= 1; ++again) {
    if (crucible_cancel_is_requested(c->cancel))
      return crucible__fail(CRUCIBLE_E_CANCELLED, "cancelled");
    CRUCIBLE__TRY(crucible__guard_compute(
        &c->source, &d->slice, again ? d->values : c->full, &is_short));
    if (is_short)
      return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                            "source.compute finds all %zu bars too few: give "
                            "it more history",
                            n);
    ++c->result.n_calls;
    c->result.n_bars += n;
  }
  for (size_t j = 0; j < n_columns; ++j) {
    const void *column = crucible__guard_column(&c->source, d->values, n, j);
    change found = compare(c, crucible__guard_column(&c->source, c->full, n, j),
                           column, n);
    if (found.n > 0)
      take(c, j, n, found,
           crucible__guard_value(&c->source, column, found.bar));
  }
  return CRUCIBLE_OK;
}

static crucible_status choose_cuts(check *c) {
  const crucible_lookahead_options *options = &c->options;
  crucible__guard_cuts set;
  CRUCIBLE__TRY(crucible__guard_cuts_make(c->bars.n, &set));
  crucible__guard_cuts_add_wanted(&set, options);
  size_t base = set.count, n = options->max_cuts;
  if (set.count < c->bars.n - 1) {
    crucible__guard_cuts_add_bars(&set, &c->bars, base + n / 2);
    crucible__guard_cuts_add_columns(&set, &c->source, c->full,
                                     base + n - n / 4);
    crucible__guard_cuts_add_random(&set, options->seed, base + n);
  }
  crucible_status status = CRUCIBLE_OK;
  c->n_cuts = set.count;
  c->result.is_exhaustive = set.count == c->bars.n - 1;
  c->cuts = crucible__alloc(set.count, sizeof *c->cuts);
  if (c->cuts == NULL)
    status = CRUCIBLE_E_NOMEM;
  else
    crucible__guard_cuts_list(&set, c->cuts);
  crucible__guard_cuts_free(&set);
  return status;
}

static crucible_status make_room(check *c) {
  size_t n_columns = c->source.n_columns;
  size_t bytes = c->bars.n * crucible__guard_width(&c->source);
  size_t block = BLOCK * n_columns;
  if (n_columns > SIZE_MAX / BLOCK)
    return crucible__fail(CRUCIBLE_E_NOMEM, "source.n_columns is %zu",
                          n_columns);
  c->full = crucible__alloc(n_columns, bytes);
  c->changes = crucible__alloc(block, sizeof *c->changes);
  c->without = crucible__alloc(block, sizeof *c->without);
  c->is_short = crucible__alloc(BLOCK, 1);
  c->findings = crucible__alloc_zero(n_columns, sizeof *c->findings);
  if (c->full == NULL || c->changes == NULL || c->without == NULL ||
      c->is_short == NULL || c->findings == NULL)
    return CRUCIBLE_E_NOMEM;
  return crucible__guard_desks_make(c->n_desks, c->bars.n, &c->source,
                                    &c->desks);
}

static void free_room(check *c) {
  crucible__guard_desks_free(c->n_desks, c->desks);
  crucible__free(c->full);
  crucible__free(c->cuts);
  crucible__free(c->changes);
  crucible__free(c->without);
  crucible__free(c->is_short);
  crucible__free(c->findings);
}

static crucible_status run_check(check *c, crucible_pool *pool) {
  CRUCIBLE__TRY(make_room(c));
  CRUCIBLE__TRY(compute_full(c));
  find_first(c);
  c->result.is_repeatable = !c->result.is_found;
  if (c->result.is_found) {
    c->result.is_found = 0;
    return CRUCIBLE_OK;
  }
  CRUCIBLE__TRY(choose_cuts(c));
  CRUCIBLE__TRY(try_all(c, pool));
  if (c->first_dirty != 0)
    CRUCIBLE__TRY(search_first(c));
  find_first(c);
  return c->result.is_found ? search_need(c) : CRUCIBLE_OK;
}

crucible_status crucible_lookahead_check(
    const crucible_column_source *source, const crucible_bars *bars,
    const crucible_lookahead_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_lookahead_result *result,
    crucible_lookahead_finding *findings) {
  check c = {.cancel = cancel};
  CRUCIBLE__TRY(crucible__guard_source(source, &c.source));
  CRUCIBLE__TRY(crucible__guard_bars(bars, 2, &c.bars));
  CRUCIBLE__TRY(crucible__guard_lookahead_options(options, c.bars.n,
                                                  DEFAULT_CUTS, &c.options));
  if (result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "result is NULL");
  if (!c.source.is_thread_safe)
    pool = NULL;
  c.n_desks = crucible_pool_threads(pool);
  c.result.struct_size = sizeof c.result;
  crucible_status status = run_check(&c, pool);
  if (status == CRUCIBLE_OK)
    status =
        crucible__result_write(result, &c.result, sizeof c.result, "result");
  if (status == CRUCIBLE_OK && findings != NULL)
    memcpy(findings, c.findings, c.source.n_columns * sizeof *findings);
  free_room(&c);
  return status;
}
