/* SPDX-License-Identifier: Apache-2.0 */
/* The loop over the step, and the kinds that know a shorter way. */
#include "features/feature_batch.h"

#include <math.h>
#include <stddef.h>

#include "base/base_status.h"
#include "base/pool.h"
#include "features/feature_set.h"
#include "series/bars.h"

/*
 * Some lanes go over the bars together, in pieces that stay in the cache: so
 * the bars are gathered, and the quotients of a tick worked out, once for all.
 */
enum { GROUP_MAX = 16, PIECE = 128 };

typedef struct piece {
  crucible_bar bars[1 + PIECE]; /* the last one of the piece before, first */
  crucible__tick ticks[PIECE];
} piece;

/* Where some lanes write the values of some bars. */
typedef struct block {
  crucible_feature_set *set;
  const crucible_bars *bars; /* checked */
  size_t begin, end;
  double *values; /* lane j's at values + j * stride */
  size_t stride;
  size_t group; /* lanes of one item */
} block;

static crucible__feature_cursor cursor_at(const crucible_bars *bars,
                                          size_t index) {
  crucible__feature_cursor none = {.index = 0}, at = {.index = index};
  if (index == 0)
    return none;
  crucible_bar last = {.open_time_ms = bars->open_time_ms[index - 1]};
  at.time_ms = last.open_time_ms;
  at.slot = crucible__feature_slot(&none, &last, bars->timeframe_ms);
  return at;
}

static void fill_piece(piece *p, crucible__feature_cursor *at,
                       const crucible_bars *bars, size_t n, uint32_t uses) {
  p->bars[0] = p->bars[PIECE]; /* no piece but the last is shorter */
  for (size_t i = 0; i < n; ++i) {
    crucible_bar *bar = &p->bars[1 + i];
    *bar = crucible__bars_at(bars, (size_t)at->index);
    int64_t slot = crucible__feature_slot(at, bar, bars->timeframe_ms);
    p->ticks[i] =
        crucible__feature_tick_of(at->index, bar, bar - 1, slot, uses);
    crucible__feature_advance(at, bar, slot);
  }
}

/* Lanes that have nothing but their step. */
static void step_lanes(const block *b, size_t first, size_t n_lanes) {
  uint32_t uses = 0;
  crucible__feature_cursor at = cursor_at(b->bars, b->begin);
  piece p;
  p.bars[PIECE] = (crucible_bar){.open_time_ms = 0};
  if (b->begin > 0)
    p.bars[PIECE] = crucible__bars_at(b->bars, b->begin - 1);
  for (size_t j = 0; j < n_lanes; ++j)
    uses |= b->set->lanes[first + j].feature->uses;
  for (size_t t = b->begin; t < b->end; t += PIECE) {
    size_t n = b->end - t < PIECE ? b->end - t : PIECE;
    fill_piece(&p, &at, b->bars, n, uses);
    for (size_t j = 0; j < n_lanes; ++j) {
      crucible__feature_lane *l = &b->set->lanes[first + j];
      double *column = b->values + (first + j) * b->stride + (t - b->begin);
      for (size_t i = 0; i < n; ++i)
        column[i] = crucible__feature_lane_step(l, &p.ticks[i]);
    }
  }
}

/* Lanes of one kind that goes over many bars at once. */
static void block_lanes(const block *b, size_t first, size_t n_lanes) {
  const crucible__feature_lane *lanes = &b->set->lanes[first];
  double *values = b->values + first * b->stride;
  lanes->feature->block(lanes, n_lanes, b->bars, b->begin, b->end, values,
                        b->stride);
  for (size_t j = 0; j < n_lanes; ++j)
    for (size_t t = b->begin; t < b->end && t < lanes[j].lookback; ++t)
      values[j * b->stride + (t - b->begin)] = (double)NAN;
}

static crucible_status compute_group(size_t group, uint32_t worker,
                                     void *data) {
  const block *b = data;
  size_t first = group * b->group, left = b->set->n - first;
  size_t end = first + (left < b->group ? left : b->group);
  (void)worker;
  while (first < end) {
    crucible__feature_block kind = b->set->lanes[first].feature->block;
    size_t n = 1;
    while (first + n < end && b->set->lanes[first + n].feature->block == kind)
      n += 1;
    if (kind == NULL)
      step_lanes(b, first, n);
    else
      block_lanes(b, first, n);
    first += n;
  }
  return CRUCIBLE_OK;
}

static crucible_status check_bars(const crucible_bars *bars, uint32_t needs) {
  crucible__feature_cursor at = {.index = 0};
  for (size_t i = 0; i < bars->n; ++i) {
    crucible_bar bar = crucible__bars_at(bars, i);
    int64_t slot;
    crucible_status status = crucible__feature_bar_check(
        &at, &bar, needs, bars->timeframe_ms, &slot);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "bar %zu", i);
    crucible__feature_advance(&at, &bar, slot);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__features_open(const crucible_feature_spec *specs,
                                        size_t n, const crucible_bars *view,
                                        crucible_feature_set **set) {
  CRUCIBLE__TRY(crucible_feature_set_create(
      specs, n, crucible__features_columns(view), view->timeframe_ms, set));
  crucible_status status = check_bars(view, (*set)->needs);
  if (status != CRUCIBLE_OK) {
    crucible_feature_set_destroy(*set);
    *set = NULL;
  }
  return status;
}

void crucible__features_block(crucible_feature_set *set,
                              const crucible_bars *view, size_t begin,
                              size_t end, crucible_pool *pool, double *values,
                              size_t stride) {
  block b = {.set = set,
             .bars = view,
             .begin = begin,
             .end = end,
             .values = values,
             .stride = stride};
  size_t threads = crucible_pool_threads(pool);
  b.group = threads > 1 ? set->n / (4 * threads) : (size_t)GROUP_MAX;
  b.group = b.group < 1 ? 1 : b.group > GROUP_MAX ? GROUP_MAX : b.group;
  size_t n_groups = (set->n + b.group - 1) / b.group;
  (void)crucible__pool_run(pool, n_groups, compute_group, &b, NULL);
}

crucible_status crucible_features_compute(const crucible_feature_spec *specs,
                                          size_t n, const crucible_bars *bars,
                                          crucible_pool *pool, double *values) {
  crucible_bars view;
  crucible_feature_set *set;
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  if (values == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "values is NULL");
  CRUCIBLE__TRY(crucible__features_open(specs, n, &view, &set));
  crucible__features_block(set, &view, 0, view.n, pool, values, view.n);
  crucible_feature_set_destroy(set);
  return CRUCIBLE_OK;
}
