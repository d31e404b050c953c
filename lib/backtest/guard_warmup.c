/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns of bars that begin later against the same rows of the columns of all
 * bars. All histories end where the bars end, so that what depends on the end
 * is the same in both.
 */
#include <math.h>
#include <string.h>

#include "backtest/guard.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "base/rng.h"

enum {
  DEFAULT_STARTS = 16,
  TAIL = 16, /* bars that are compared behind the longest start-up */
  SPREAD = 4 /* histories of up to so many times the shortest's length */
};

static const size_t DEFAULT_STARTUPS[] = {0, 50, 100, 200, 500, 1000, 2000};

static const crucible_warmup_options DEFAULTS = {
    .struct_size = sizeof(crucible_warmup_options),
    .startups = DEFAULT_STARTUPS,
    .n_startups = sizeof DEFAULT_STARTUPS / sizeof DEFAULT_STARTUPS[0],
    .n_starts = DEFAULT_STARTS,
    .seed = 1,
    .tolerance = 1e-6};

void crucible_warmup_options_init(crucible_warmup_options *options,
                                  size_t struct_size) {
  crucible__options_init(options, struct_size, &DEFAULTS, sizeof DEFAULTS);
}

crucible_status
crucible__guard_warmup_options(const crucible_warmup_options *given,
                               crucible_warmup_options *options) {
  *options = DEFAULTS;
  CRUCIBLE__TRY(
      crucible__options_read(options, sizeof *options, given, "options"));
  if (options->n_startups == 0 || options->startups == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.startups is %s, n_startups is %zu: give at "
                          "least one number of bars",
                          options->startups == NULL ? "NULL" : "set",
                          options->n_startups);
  for (size_t i = 1; i < options->n_startups; ++i)
    if (options->startups[i] <= options->startups[i - 1])
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "options.startups[%zu] is %zu after %zu: give them "
                            "ascending",
                            i, options->startups[i], options->startups[i - 1]);
  if (options->n_starts == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.n_starts is 0: one history at least has to "
                          "begin later");
  if (!(options->tolerance >= 0) || isinf(options->tolerance))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.tolerance is negative or not finite: give "
                          "a relative difference such as 1e-6");
  return CRUCIBLE_OK;
}

crucible_status
crucible__guard_starts_make(const crucible_warmup_options *options, size_t n,
                            crucible__guard_starts *starts) {
  starts->n_used = options->n_startups;
  while (options->startups == DEFAULT_STARTUPS && starts->n_used > 1 &&
         options->startups[starts->n_used - 1] > n / 2)
    --starts->n_used;
  starts->longest = options->startups[starts->n_used - 1];
  if (n < TAIL + 1 || starts->longest > n - TAIL - 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "bars.n is %zu: a start-up of %zu needs it, %d bars "
                          "to compare and one more before",
                          n, starts->longest, (int)TAIL);
  size_t room = starts->longest + TAIL, last = n - room;
  size_t first = n / SPREAD > room ? n - SPREAD * room : 1;
  size_t places = last - first + 1;
  starts->n = options->n_starts < places ? options->n_starts : places;
  starts->bars = crucible__alloc(starts->n, sizeof *starts->bars);
  if (starts->bars == NULL)
    return CRUCIBLE_E_NOMEM;
  /* at random, since bars in steps may all have the same time of day */
  crucible__rng rng;
  crucible__rng_init(&rng, options->seed, CRUCIBLE__RNG_GUARD, 1);
  double step = (double)places / (double)starts->n;
  for (size_t i = 0; i < starts->n; ++i) {
    size_t begin = (size_t)((double)i * step);
    size_t end = (size_t)((double)(i + 1) * step);
    starts->bars[i] =
        first + begin + (size_t)crucible__rng_below(&rng, end - begin);
  }
  return CRUCIBLE_OK;
}

/* How one later history differs in one column. */
typedef struct change {
  size_t bars;      /* needed by it alone */
  size_t worst_bar; /* behind the longest start-up */
  double worst, without;
} change;

typedef struct check {
  crucible_column_source source;
  crucible_bars bars;
  crucible_warmup_options options;
  crucible__guard_starts starts;
  void *full;
  double *scale; /* [n_columns] mean absolute value */
  crucible__guard_desk *desks;
  uint32_t n_desks;
  uint8_t *is_short;                 /* [starts.n] */
  change *changes;                   /* [starts.n x n_columns] */
  double *differences;               /* [starts.n x n_columns x n_used] */
  crucible_warmup_finding *findings; /* [n_columns] */
  crucible_warmup_result result;
} check;

static double difference(double with, double without, double scale) {
  if (isnan(with) && isnan(without))
    return 0;
  if (with == without)
    return 0;
  double apart = fabs(with - without);
  if (!isfinite(apart))
    return (double)INFINITY;
  return apart / (fabs(with) > scale ? fabs(with) : scale);
}

/* Item i: one history. */
static crucible_status try_start(size_t i, uint32_t worker, void *data) {
  check *c = data;
  crucible__guard_desk *d = &c->desks[worker];
  size_t start = c->starts.bars[i], n = c->bars.n - start;
  size_t n_columns = c->source.n_columns;
  int is_short;
  crucible__guard_slice_fill(&d->slice, &c->bars, start, c->bars.n);
  CRUCIBLE__TRY(
      crucible__guard_compute(&c->source, &d->slice, d->values, &is_short));
  c->is_short[i] = (uint8_t)is_short;
  for (size_t j = 0; j < n_columns && !is_short; ++j) {
    const void *full =
        crucible__guard_column(&c->source, c->full, c->bars.n, j);
    const void *late = crucible__guard_column(&c->source, d->values, n, j);
    double *worst = c->differences + (i * n_columns + j) * c->starts.n_used;
    change found = {.worst = -1};
    double most = 0;
    size_t next = c->starts.n_used; /* start-ups from next on are done */
    for (size_t row = n; row-- > 0;) {
      double with = crucible__guard_value(&c->source, full, start + row);
      double without = crucible__guard_value(&c->source, late, row);
      double apart = difference(with, without, c->scale[j]);
      if (apart > c->options.tolerance && found.bars == 0)
        found.bars = row + 1;
      if (apart > most)
        most = apart;
      if (row >= c->starts.longest && apart > found.worst) {
        found.worst = apart;
        found.worst_bar = start + row;
        found.without = without;
      }
      while (next > 0 && c->options.startups[next - 1] >= row)
        worst[--next] = most;
    }
    c->changes[i * n_columns + j] = found;
  }
  return CRUCIBLE_OK;
}

static void measure_scale(check *c) {
  for (size_t j = 0; j < c->source.n_columns; ++j) {
    const void *column =
        crucible__guard_column(&c->source, c->full, c->bars.n, j);
    double sum = 0;
    size_t n = 0;
    for (size_t i = c->starts.bars[0]; i < c->bars.n; ++i) {
      double value = fabs(crucible__guard_value(&c->source, column, i));
      if (isfinite(value)) {
        sum += value;
        ++n;
      }
    }
    c->scale[j] = n > 0 && isfinite(sum) ? sum / (double)n : 0;
    if (c->source.kind == CRUCIBLE_COLUMNS_FLAGS)
      c->scale[j] = 1;
  }
}

/* A history that is shorter than what another one needs says nothing against
   it; the longest has to end with bars that agree. */
static void take_column(check *c, size_t column, size_t longest_history) {
  size_t n_columns = c->source.n_columns;
  crucible_warmup_finding *f = &c->findings[column];
  *f = (crucible_warmup_finding){.difference = -1};
  for (size_t i = 0; i < c->starts.n; ++i) {
    const change *found = &c->changes[i * n_columns + column];
    if (c->is_short[i])
      continue;
    if (found->bars > f->bars)
      f->bars = found->bars;
    if (found->worst > f->difference) {
      f->difference = found->worst;
      f->bar = found->worst_bar;
      f->without_history = found->without;
    }
  }
  f->with_history = crucible__guard_value(
      &c->source,
      crucible__guard_column(&c->source, c->full, c->bars.n, column), f->bar);
  if (f->bars + TAIL > longest_history)
    f->bars = CRUCIBLE_WARMUP_NEVER;
  if (column == 0 || f->bars > c->result.bars) {
    c->result.bars = f->bars;
    c->result.column = column;
  }
}

static crucible_status take_all(check *c) {
  size_t longest_history = 0;
  for (size_t i = c->starts.n; i-- > 0;) {
    ++c->result.n_calls;
    c->result.n_bars += c->bars.n - c->starts.bars[i];
    c->result.n_too_short += c->is_short[i];
    if (!c->is_short[i])
      longest_history = c->bars.n - c->starts.bars[i];
  }
  if (longest_history == 0)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "source.compute finds every history that begins "
                          "later too short, %zu bars the longest: give longer "
                          "startups or more bars",
                          c->bars.n - c->starts.bars[0]);
  for (size_t j = 0; j < c->source.n_columns; ++j)
    take_column(c, j, longest_history);
  c->result.longest = c->starts.longest;
  c->result.n_starts = c->starts.n - c->result.n_too_short;
  return CRUCIBLE_OK;
}

static crucible_status compute_full(check *c) {
  crucible__guard_desk *d = &c->desks[0];
  int is_short;
  crucible__guard_slice_fill(&d->slice, &c->bars, 0, c->bars.n);
  CRUCIBLE__TRY(
      crucible__guard_compute(&c->source, &d->slice, c->full, &is_short));
  if (is_short)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "source.compute finds all %zu bars too few: give it "
                          "more history",
                          c->bars.n);
  c->result.n_calls = 1;
  c->result.n_bars = c->bars.n;
  return CRUCIBLE_OK;
}

static crucible_status make_room(check *c) {
  size_t n_columns = c->source.n_columns, starts = c->starts.n;
  c->full =
      crucible__alloc(n_columns, c->bars.n * crucible__guard_width(&c->source));
  c->scale = crucible__alloc(n_columns, sizeof *c->scale);
  c->is_short = crucible__alloc(starts, 1);
  c->changes = crucible__alloc(n_columns, starts * sizeof *c->changes);
  c->differences =
      crucible__alloc(n_columns, starts * c->starts.n_used * sizeof(double));
  c->findings = crucible__alloc(n_columns, sizeof *c->findings);
  if (c->full == NULL || c->scale == NULL || c->is_short == NULL ||
      c->changes == NULL || c->differences == NULL || c->findings == NULL)
    return CRUCIBLE_E_NOMEM;
  return crucible__guard_desks_make(c->n_desks, c->bars.n, &c->source,
                                    &c->desks);
}

static void free_room(check *c) {
  crucible__guard_desks_free(c->n_desks, c->desks);
  crucible__free(c->starts.bars);
  crucible__free(c->full);
  crucible__free(c->scale);
  crucible__free(c->is_short);
  crucible__free(c->changes);
  crucible__free(c->differences);
  crucible__free(c->findings);
}

/* The largest over all histories. */
static double worst_of(const check *c, size_t column, size_t startup) {
  double most = 0;
  for (size_t i = 0; i < c->starts.n; ++i) {
    size_t place = i * c->source.n_columns + column;
    double one = c->differences[place * c->starts.n_used + startup];
    if (!c->is_short[i] && one > most)
      most = one;
  }
  return most;
}

static void write_differences(const check *c, double *differences) {
  size_t rows = c->options.n_startups;
  for (size_t j = 0; j < c->source.n_columns; ++j)
    for (size_t s = 0; s < rows; ++s)
      differences[j * rows + s] =
          s < c->starts.n_used ? worst_of(c, j, s) : (double)NAN;
}

static crucible_status run_check(check *c, crucible_pool *pool,
                                 const crucible_cancel *cancel) {
  CRUCIBLE__TRY(
      crucible__guard_starts_make(&c->options, c->bars.n, &c->starts));
  CRUCIBLE__TRY(make_room(c));
  if (crucible_cancel_is_requested(cancel))
    return crucible__fail(CRUCIBLE_E_CANCELLED, "cancelled");
  CRUCIBLE__TRY(compute_full(c));
  measure_scale(c);
  CRUCIBLE__TRY(crucible__pool_run(pool, c->starts.n, try_start, c, cancel));
  return take_all(c);
}

crucible_status crucible_warmup_check(
    const crucible_column_source *source, const crucible_bars *bars,
    const crucible_warmup_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_warmup_result *result,
    crucible_warmup_finding *findings, double *differences) {
  check c = {.starts = {.n = 0}};
  CRUCIBLE__TRY(crucible__guard_source(source, &c.source));
  CRUCIBLE__TRY(crucible__guard_bars(bars, 1, &c.bars));
  CRUCIBLE__TRY(crucible__guard_warmup_options(options, &c.options));
  if (result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "result is NULL");
  if (!c.source.is_thread_safe)
    pool = NULL;
  c.n_desks = crucible_pool_threads(pool);
  c.result.struct_size = sizeof c.result;
  crucible_status status = run_check(&c, pool, cancel);
  if (status == CRUCIBLE_OK)
    status =
        crucible__result_write(result, &c.result, sizeof c.result, "result");
  if (status == CRUCIBLE_OK && findings != NULL)
    memcpy(findings, c.findings, c.source.n_columns * sizeof *findings);
  if (status == CRUCIBLE_OK && differences != NULL)
    write_differences(&c, differences);
  free_room(&c);
  return status;
}
