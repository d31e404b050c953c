/* SPDX-License-Identifier: Apache-2.0 */
/* Several features of one series: the streaming step and the loop over it. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include <crucible/features.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "features/feature_cache.h"
#include "features/feature_kind.h"
#include "series/bars.h"

/*
 * Bounds on what is pushed, far beyond any market. Within them no feature can
 * overflow: none goes beyond the square of price * volume, or the quotient of
 * two of the bounds.
 */
#define LEAST 1e-30
#define GREATEST 1e30
#define LATEST_MS 8640000000000000 /* the year 275760 */

enum {
  FEATURES_MAX = 100000, /* of a set */
  ALIGNMENT = 16         /* of a state */
};

/* One feature with its state. */
typedef struct lane {
  const crucible__feature *feature;
  double params[CRUCIBLE_FEATURE_PARAMS_MAX];
  size_t lookback;
  void *state;
  double *memory;
  size_t memory_size; /* doubles */
} lane;

/* Where a series stands. */
typedef struct cursor {
  uint64_t index;  /* bars seen */
  int64_t time_ms; /* of the last one */
  int64_t slot;
} cursor;

struct crucible_feature_set {
  size_t n;
  uint32_t needs; /* of all features together */
  uint32_t uses;
  int64_t timeframe_ms;
  cursor at;
  crucible_bar prev;
  lane lanes[]; /* [n], then the states, then their memory */
};

static size_t aligned(size_t size) {
  return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static inline int64_t slot_of(const cursor *at, const crucible_bar *bar,
                              int64_t timeframe_ms) {
  int64_t time_ms = bar->open_time_ms;
  if (at->index > 0 && time_ms - at->time_ms == timeframe_ms)
    return at->slot + 1; /* what the division would give */
  return time_ms / timeframe_ms - (time_ms % timeframe_ms < 0);
}

/* ---- checks ---- */

static const char *const need_names[] = {"quote_volume", "trades",
                                         "taker_buy_base"};

static crucible_status check_needs(const crucible_feature_info *info,
                                   uint32_t has) {
  uint32_t missing = info->needs & ~has;
  for (uint32_t i = 0; i < 3; ++i)
    if (missing >> i & 1)
      return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                            "%s needs the column %s, which the series lacks: "
                            "leave the feature out or read a source with it",
                            info->name, need_names[i]);
  return CRUCIBLE_OK;
}

static crucible_status check_price(double price, const char *name) {
  if (price >= LEAST && price <= GREATEST)
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_DATA,
                        "%s is %g: a price must lie from %g to %g", name, price,
                        LEAST, GREATEST);
}

/* Comparisons with NaN are false, so each test names what must hold. */
static inline int is_amount(double amount) {
  return amount == 0 || (amount >= LEAST && amount <= GREATEST);
}

static crucible_status check_amount(double amount, const char *name) {
  if (is_amount(amount))
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_DATA,
                        "%s is %g: it must be 0 or lie from %g to %g", name,
                        amount, LEAST, GREATEST);
}

static crucible_status explain_bar(const crucible_bar *bar, uint32_t needs) {
  CRUCIBLE__TRY(check_price(bar->open, "open"));
  CRUCIBLE__TRY(check_price(bar->high, "high"));
  CRUCIBLE__TRY(check_price(bar->low, "low"));
  CRUCIBLE__TRY(check_price(bar->close, "close"));
  CRUCIBLE__TRY(check_amount(bar->volume, "volume"));
  if (needs & CRUCIBLE_NEEDS_QUOTE_VOLUME)
    CRUCIBLE__TRY(check_amount(bar->quote_volume, "quote_volume"));
  if (needs & CRUCIBLE_NEEDS_TRADES)
    CRUCIBLE__TRY(check_amount(bar->trades, "trades"));
  if (needs & CRUCIBLE_NEEDS_TAKER_BUY_BASE)
    CRUCIBLE__TRY(check_amount(bar->taker_buy_base, "taker_buy_base"));
  if (bar->low > bar->open || bar->low > bar->close || bar->high < bar->open ||
      bar->high < bar->close)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "open %g and close %g must lie between low %g and "
                          "high %g",
                          bar->open, bar->close, bar->low, bar->high);
  if (bar->open_time_ms < -LATEST_MS || bar->open_time_ms > LATEST_MS)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "open_time_ms is %lld: UTC milliseconds since 1970 "
                          "are wanted",
                          (long long)bar->open_time_ms);
  return CRUCIBLE_OK;
}

static int bar_is_good(const crucible_bar *bar, uint32_t needs) {
  return bar->low >= LEAST && bar->high <= GREATEST && bar->open >= bar->low &&
         bar->open <= bar->high && bar->close >= bar->low &&
         bar->close <= bar->high && is_amount(bar->volume) &&
         bar->open_time_ms >= -LATEST_MS && bar->open_time_ms <= LATEST_MS &&
         (!(needs & CRUCIBLE_NEEDS_QUOTE_VOLUME) ||
          is_amount(bar->quote_volume)) &&
         (!(needs & CRUCIBLE_NEEDS_TRADES) || is_amount(bar->trades)) &&
         (!(needs & CRUCIBLE_NEEDS_TAKER_BUY_BASE) ||
          is_amount(bar->taker_buy_base));
}

static crucible_status check_time(const cursor *at, const crucible_bar *bar,
                                  int64_t slot, int64_t timeframe_ms) {
  if (at->index == 0 || slot > at->slot)
    return CRUCIBLE_OK;
  return crucible__fail(
      CRUCIBLE_E_DATA,
      "open_time_ms is %lld after %lld: times must ascend, with one bar in "
      "each %lld ms",
      (long long)bar->open_time_ms, (long long)at->time_ms,
      (long long)timeframe_ms);
}

/* ---- the step ---- */

/* prev is not looked at for index 0. */
static inline crucible__tick tick_of(uint64_t index, const crucible_bar *bar,
                                     const crucible_bar *prev, int64_t slot,
                                     uint32_t uses) {
  crucible__tick tick = {
      .bar = bar, .prev = index > 0 ? prev : bar, .index = index, .slot = slot};
  if (uses & CRUCIBLE__USES_RETURN)
    tick.log_return = log(bar->close / tick.prev->close);
  if (uses & CRUCIBLE__USES_RANGE) {
    tick.log_ho = log(bar->high / bar->open);
    tick.log_lo = log(bar->low / bar->open);
    tick.log_co = log(bar->close / bar->open);
  }
  return tick;
}

static inline double lane_step(lane *l, const crucible__tick *tick) {
  double value = l->feature->step(l->state, tick);
  return tick->index < l->lookback ? (double)NAN : value;
}

static inline void cursor_advance(cursor *at, const crucible_bar *bar,
                                  int64_t slot) {
  at->time_ms = bar->open_time_ms;
  at->slot = slot;
  at->index += 1;
}

static void lane_reset(lane *l, int64_t timeframe_ms) {
  memset(l->state, 0, l->feature->state_size);
  memset(l->memory, 0, l->memory_size * sizeof *l->memory);
  crucible__setup setup = {
      .params = l->params, .timeframe_ms = timeframe_ms, .memory = l->memory};
  l->lookback = l->feature->init(l->state, &setup);
}

/* ---- the set ---- */

/* Checks all specs; bytes of the states and of their memory. */
static crucible_status measure(const crucible_feature_spec *specs, size_t n,
                               uint32_t has, size_t *states, size_t *memory) {
  *states = *memory = 0;
  for (size_t i = 0; i < n; ++i) {
    const crucible__feature *feature;
    double params[CRUCIBLE_FEATURE_PARAMS_MAX];
    size_t doubles;
    crucible_status status =
        crucible__feature_resolve(&specs[i], &feature, params);
    if (status == CRUCIBLE_OK)
      status = check_needs(&feature->info, has);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "specs[%zu]", i);
    (void)crucible__feature_measure(feature, params, &doubles);
    *states += aligned(feature->state_size);
    *memory += doubles * sizeof(double);
  }
  return CRUCIBLE_OK;
}

static crucible_status lay_out(crucible_feature_set *set,
                               const crucible_feature_spec *specs,
                               size_t states) {
  unsigned char *state =
      (unsigned char *)set + aligned(sizeof *set + set->n * sizeof(lane));
  double *memory = (double *)(void *)(state + states);
  for (size_t i = 0; i < set->n; ++i) {
    lane *l = &set->lanes[i];
    CRUCIBLE__TRY(crucible__feature_resolve(&specs[i], &l->feature, l->params));
    (void)crucible__feature_measure(l->feature, l->params, &l->memory_size);
    l->state = state;
    l->memory = memory;
    state += aligned(l->feature->state_size);
    memory += l->memory_size;
    set->needs |= l->feature->info.needs;
    set->uses |= l->feature->uses;
  }
  return CRUCIBLE_OK;
}

static crucible_status check_count(const crucible_feature_spec *specs,
                                   size_t n) {
  if (specs != NULL && n > 0 && n <= FEATURES_MAX)
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "specs is %s with n = %zu: give 1 to %d features",
                        specs == NULL ? "NULL" : "an array", n, FEATURES_MAX);
}

crucible_status crucible_feature_set_create(const crucible_feature_spec *specs,
                                            size_t n, uint32_t has,
                                            int64_t timeframe_ms,
                                            crucible_feature_set **set) {
  if (set == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "set is NULL");
  *set = NULL;
  CRUCIBLE__TRY(check_count(specs, n));
  if (timeframe_ms <= 0 || timeframe_ms > LATEST_MS)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "timeframe_ms is %lld: give the length of a bar, 1 "
                          "to %lld",
                          (long long)timeframe_ms, (long long)LATEST_MS);
  size_t states, memory;
  CRUCIBLE__TRY(measure(specs, n, has, &states, &memory));
  size_t head = aligned(sizeof **set + n * sizeof(lane));
  crucible_feature_set *made = crucible__alloc_zero(1, head + states + memory);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->n = n;
  made->timeframe_ms = timeframe_ms;
  crucible_status status = lay_out(made, specs, states);
  if (status != CRUCIBLE_OK) {
    crucible__free(made);
    return status;
  }
  crucible_feature_set_reset(made);
  *set = made;
  return CRUCIBLE_OK;
}

void crucible_feature_set_destroy(crucible_feature_set *set) {
  crucible__free(set);
}

void crucible_feature_set_reset(crucible_feature_set *set) {
  set->at = (cursor){.index = 0};
  for (size_t i = 0; i < set->n; ++i)
    lane_reset(&set->lanes[i], set->timeframe_ms);
}

crucible_status crucible_feature_set_push(crucible_feature_set *set,
                                          const crucible_bar *bar,
                                          double *values) {
  if (set == NULL || bar == NULL || values == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          set == NULL   ? "set"
                          : bar == NULL ? "bar"
                                        : "values");
  if (!bar_is_good(bar, set->needs))
    return explain_bar(bar, set->needs);
  int64_t slot = slot_of(&set->at, bar, set->timeframe_ms);
  CRUCIBLE__TRY(check_time(&set->at, bar, slot, set->timeframe_ms));
  crucible__tick tick =
      tick_of(set->at.index, bar, &set->prev, slot, set->uses);
  for (size_t i = 0; i < set->n; ++i)
    values[i] = lane_step(&set->lanes[i], &tick);
  cursor_advance(&set->at, bar, slot);
  set->prev = *bar;
  return CRUCIBLE_OK;
}

/* ---- batch ---- */

typedef struct batch {
  crucible_feature_set *set;
  const crucible_bars *bars; /* checked */
  double *values;
  size_t group; /* lanes of one item */
} batch;

static crucible_status check_bars(const crucible_bars *bars, uint32_t needs) {
  cursor at = {.index = 0};
  for (size_t i = 0; i < bars->n; ++i) {
    crucible_bar bar = crucible__bars_at(bars, i);
    crucible_status status = CRUCIBLE_OK;
    if (!bar_is_good(&bar, needs))
      status = explain_bar(&bar, needs);
    int64_t slot = 0;
    if (status == CRUCIBLE_OK) {
      slot = slot_of(&at, &bar, bars->timeframe_ms);
      status = check_time(&at, &bar, slot, bars->timeframe_ms);
    }
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "bar %zu", i);
    cursor_advance(&at, &bar, slot);
  }
  return CRUCIBLE_OK;
}

/*
 * Some lanes go over the bars together, in pieces that stay in the cache: so
 * the bars are gathered, and the quotients of a tick worked out, once for all.
 */
enum { GROUP_MAX = 16, PIECE = 128 };

typedef struct piece {
  crucible_bar bars[1 + PIECE]; /* the last one of the piece before, first */
  crucible__tick ticks[PIECE];
} piece;

static void fill_piece(piece *p, cursor *at, const crucible_bars *bars,
                       size_t n, uint32_t uses) {
  p->bars[0] = p->bars[PIECE]; /* no piece but the last is shorter */
  for (size_t i = 0; i < n; ++i) {
    crucible_bar *bar = &p->bars[1 + i];
    *bar = crucible__bars_at(bars, (size_t)at->index);
    int64_t slot = slot_of(at, bar, bars->timeframe_ms);
    p->ticks[i] = tick_of(at->index, bar, bar - 1, slot, uses);
    cursor_advance(at, bar, slot);
  }
}

static crucible_status compute_group(size_t group, uint32_t worker,
                                     void *data) {
  const batch *b = data;
  size_t begin = group * b->group, left = b->set->n - begin;
  size_t n_lanes = left < b->group ? left : b->group, total = b->bars->n;
  uint32_t uses = 0;
  cursor at = {.index = 0};
  piece p;
  p.bars[PIECE] = (crucible_bar){.open_time_ms = 0};
  (void)worker;
  for (size_t j = 0; j < n_lanes; ++j)
    uses |= b->set->lanes[begin + j].feature->uses;
  for (size_t t = 0; t < total; t += PIECE) {
    size_t n = total - t < PIECE ? total - t : PIECE;
    fill_piece(&p, &at, b->bars, n, uses);
    for (size_t j = 0; j < n_lanes; ++j) {
      lane *l = &b->set->lanes[begin + j];
      double *column = b->values + (begin + j) * total + t;
      for (size_t i = 0; i < n; ++i)
        column[i] = lane_step(l, &p.ticks[i]);
    }
  }
  return CRUCIBLE_OK;
}

static uint32_t columns_of(const crucible_bars *bars) {
  uint32_t has = 0;
  has |= bars->quote_volume ? (uint32_t)CRUCIBLE_NEEDS_QUOTE_VOLUME : 0;
  has |= bars->trades ? (uint32_t)CRUCIBLE_NEEDS_TRADES : 0;
  has |= bars->taker_buy_base ? (uint32_t)CRUCIBLE_NEEDS_TAKER_BUY_BASE : 0;
  return has;
}

crucible_status crucible__features_check(const crucible_feature_spec *specs,
                                         size_t n, const crucible_bars *bars) {
  size_t states, memory;
  CRUCIBLE__TRY(check_count(specs, n));
  return measure(specs, n, columns_of(bars), &states, &memory);
}

crucible_status crucible_features_compute(const crucible_feature_spec *specs,
                                          size_t n, const crucible_bars *bars,
                                          crucible_pool *pool, double *values) {
  crucible_bars view;
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  if (values == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "values is NULL");
  batch b = {.bars = &view, .values = values};
  CRUCIBLE__TRY(crucible_feature_set_create(specs, n, columns_of(&view),
                                            view.timeframe_ms, &b.set));
  b.group = n / (4 * (size_t)crucible_pool_threads(pool)); /* evenly spread */
  b.group = b.group < 1 ? 1 : b.group > GROUP_MAX ? GROUP_MAX : b.group;
  crucible_status status = check_bars(&view, b.set->needs);
  if (status == CRUCIBLE_OK)
    status = crucible__pool_run(pool, (n + b.group - 1) / b.group,
                                compute_group, &b, NULL);
  crucible_feature_set_destroy(b.set);
  return status;
}
