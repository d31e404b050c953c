/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where to cut. A leak that reaches one bar ahead shows only if the cut falls
 * right behind the bar that has it, so cuts stand where something happens; a
 * leak of the whole history shows nearly everywhere.
 */
#include <math.h>
#include <string.h>

#include "backtest/guard.h"
#include "base/base_alloc.h"
#include "base/rng.h"

enum { DAY_MS = 86400000, SPREAD = 8 };

crucible_status crucible__guard_cuts_make(size_t n_bars,
                                          crucible__guard_cuts *cuts) {
  *cuts = (crucible__guard_cuts){.n = n_bars};
  cuts->bits = crucible__alloc_zero(n_bars / 64 + 1, sizeof *cuts->bits);
  return cuts->bits != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
}

void crucible__guard_cuts_free(crucible__guard_cuts *cuts) {
  crucible__free(cuts->bits);
  cuts->bits = NULL;
}

static int has(const crucible__guard_cuts *cuts, size_t cut) {
  return (cuts->bits[cut / 64] >> (cut % 64) & 1) != 0;
}

void crucible__guard_cuts_add(crucible__guard_cuts *cuts, size_t cut,
                              size_t limit) {
  if (cut < 1 || cut >= cuts->n || cuts->count >= limit || has(cuts, cut))
    return;
  cuts->bits[cut / 64] |= (uint64_t)1 << (cut % 64);
  ++cuts->count;
}

void crucible__guard_cuts_add_wanted(
    crucible__guard_cuts *cuts, const crucible_lookahead_options *options) {
  for (size_t i = 0; i < options->n_cuts; ++i)
    crucible__guard_cuts_add(cuts, options->cuts[i], SIZE_MAX);
  if (options->max_cuts >= cuts->n - 1)
    for (size_t cut = 1; cut < cuts->n; ++cut)
      crucible__guard_cuts_add(cuts, cut, SIZE_MAX);
}

/* Right behind a bar, and right before it. */
static void add_around(crucible__guard_cuts *cuts, size_t bar, size_t limit) {
  crucible__guard_cuts_add(cuts, bar + 1, limit);
  crucible__guard_cuts_add(cuts, bar, limit);
}

/* What a normalisation of the whole history stands on. */
static void add_extremes(crucible__guard_cuts *cuts, const crucible_bars *bars,
                         size_t limit) {
  const double *const columns[] = {bars->high, bars->low, bars->close,
                                   bars->volume};
  for (size_t c = 0; c < sizeof columns / sizeof columns[0]; ++c) {
    size_t high = 0, low = 0;
    for (size_t i = 1; i < bars->n; ++i) {
      if (columns[c][i] > columns[c][high])
        high = i;
      if (columns[c][i] < columns[c][low])
        low = i;
    }
    add_around(cuts, high, limit);
    add_around(cuts, low, limit);
  }
}

static int is_behind_gap(const crucible_bars *bars, size_t i) {
  return i > 0 &&
         bars->open_time_ms[i] - bars->open_time_ms[i - 1] > bars->timeframe_ms;
}

static int is_day_begin(const crucible_bars *bars, size_t i) {
  return i > 0 && bars->timeframe_ms < DAY_MS &&
         bars->open_time_ms[i] / DAY_MS != bars->open_time_ms[i - 1] / DAY_MS;
}

/* A few of the bars that are of a kind, spread over all of them. */
static void add_kind(crucible__guard_cuts *cuts, const crucible_bars *bars,
                     int (*is_one)(const crucible_bars *, size_t),
                     size_t limit) {
  size_t n = 0;
  for (size_t i = 0; i < bars->n; ++i)
    n += is_one(bars, i) != 0;
  size_t step = n / SPREAD + 1;
  for (size_t i = 0, seen = 0; i < bars->n; ++i)
    if (is_one(bars, i) && seen++ % step == 0)
      add_around(cuts, i, limit);
}

void crucible__guard_cuts_add_bars(crucible__guard_cuts *cuts,
                                   const crucible_bars *bars, size_t limit) {
  for (size_t i = 1; i <= 3; ++i)
    crucible__guard_cuts_add(cuts, cuts->n - i, limit);
  /* 1, 2, 3, 4, 6, 8, 12, ...: warm-ups that are filled from behind */
  for (size_t i = 1; i < cuts->n; i *= 2) {
    crucible__guard_cuts_add(cuts, i, limit);
    crucible__guard_cuts_add(cuts, i + i / 2, limit);
  }
  add_extremes(cuts, bars, limit);
  add_kind(cuts, bars, is_day_begin, limit);
  add_kind(cuts, bars, is_behind_gap, limit);
}

/* A column of doubles or flags as numbers. */
typedef struct values {
  const void *data;
  int32_t kind;
  size_t n;
} values;

static double value_at(const values *v, size_t i) {
  return v->kind == CRUCIBLE_COLUMNS_FLAGS
             ? (double)(((const uint8_t *)v->data)[i] != 0)
             : ((const double *)v->data)[i];
}

static int is_set(double value) { return !isnan(value) && value != 0; }

/* 1: becomes another value that is set, -1: ends; 0: stays. */
static int change_at(const values *v, size_t i) {
  double now = value_at(v, i);
  double before = i > 0 ? value_at(v, i - 1) : (double)NAN;
  if (now == before || (isnan(now) && isnan(before)))
    return 0;
  return is_set(now) ? 1 : is_set(before) ? -1 : 0;
}

/* Changes of one direction, a few of many. */
static void add_changes(crucible__guard_cuts *cuts, const values *v,
                        int direction, size_t n_changes, size_t quota,
                        size_t limit) {
  if (n_changes == 0 || quota == 0)
    return;
  size_t step = (n_changes + quota - 1) / quota;
  for (size_t i = 0, seen = 0; i < v->n; ++i)
    if (change_at(v, i) == direction && seen++ % step == 0)
      crucible__guard_cuts_add(cuts, i + 1, limit);
}

static void add_column(crucible__guard_cuts *cuts, const values *v,
                       size_t quota, size_t limit) {
  size_t rises = 0, falls = 0, high = v->n, low = v->n;
  for (size_t i = 0; i < v->n; ++i) {
    int change = change_at(v, i);
    double value = value_at(v, i);
    rises += change > 0;
    falls += change < 0;
    if (!isnan(value) && (high == v->n || value > value_at(v, high)))
      high = i;
    if (!isnan(value) && (low == v->n || value < value_at(v, low)))
      low = i;
  }
  if (rises + falls > v->n / 4) { /* it changes all the time */
    crucible__guard_cuts_add(cuts, high + 1, limit);
    if (quota > 1)
      crucible__guard_cuts_add(cuts, low + 1, limit);
    return;
  }
  add_changes(cuts, v, 1, rises, quota - quota / 3, limit);
  add_changes(cuts, v, -1, falls, quota / 3, limit);
}

void crucible__guard_cuts_add_columns(crucible__guard_cuts *cuts,
                                      const crucible_column_source *source,
                                      const void *data, size_t limit) {
  if (cuts->count >= limit)
    return;
  size_t quota = (limit - cuts->count) / source->n_columns;
  size_t bytes = cuts->n * crucible__guard_width(source);
  for (size_t c = 0; c < source->n_columns && cuts->count < limit; ++c) {
    values v = {(const char *)data + c * bytes, source->kind, cuts->n};
    add_column(cuts, &v, quota > 0 ? quota : 1, limit);
  }
}

void crucible__guard_cuts_add_random(crucible__guard_cuts *cuts, uint64_t seed,
                                     size_t limit) {
  size_t n = cuts->n - 1; /* cuts 1 to n */
  limit = limit < n ? limit : n;
  size_t wanted = limit > cuts->count ? limit - cuts->count : 0;
  crucible__rng rng;
  crucible__rng_init(&rng, seed, CRUCIBLE__RNG_GUARD, 0);
  for (size_t i = 0; i < wanted; ++i) {
    size_t begin = (size_t)((double)i / (double)wanted * (double)n);
    size_t end = (size_t)((double)(i + 1) / (double)wanted * (double)n);
    size_t cut =
        1 + begin +
        (size_t)crucible__rng_below(&rng, end > begin ? end - begin : 1);
    while (has(cuts, cut)) /* there is a free one: count < n */
      cut = cut < n ? cut + 1 : 1;
    crucible__guard_cuts_add(cuts, cut, limit);
  }
}

void crucible__guard_cuts_list(const crucible__guard_cuts *cuts, size_t *list) {
  size_t found = 0;
  for (size_t cut = 1; cut < cuts->n; ++cut)
    if (has(cuts, cut))
      list[found++] = cut;
}
