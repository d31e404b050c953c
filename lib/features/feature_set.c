/* SPDX-License-Identifier: Apache-2.0 */
/* Several features of one series: the streaming step. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include <crucible/features.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "features/feature_cache.h"
#include "features/feature_set.h"

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

static size_t aligned(size_t size) {
  return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
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

static crucible_status check_time(const crucible__feature_cursor *at,
                                  const crucible_bar *bar, int64_t slot,
                                  int64_t timeframe_ms) {
  if (at->index == 0 || slot > at->slot)
    return CRUCIBLE_OK;
  return crucible__fail(
      CRUCIBLE_E_DATA,
      "open_time_ms is %lld after %lld: times must ascend, with one bar in "
      "each %lld ms",
      (long long)bar->open_time_ms, (long long)at->time_ms,
      (long long)timeframe_ms);
}

crucible_status crucible__feature_bar_check(const crucible__feature_cursor *at,
                                            const crucible_bar *bar,
                                            uint32_t needs,
                                            int64_t timeframe_ms,
                                            int64_t *slot) {
  if (!bar_is_good(bar, needs))
    return explain_bar(bar, needs);
  *slot = crucible__feature_slot(at, bar, timeframe_ms);
  return check_time(at, bar, *slot, timeframe_ms);
}

/* ---- the set ---- */

static void lane_reset(crucible__feature_lane *l, int64_t timeframe_ms) {
  memset(l->state, 0, l->feature->state_size);
  memset(l->memory, 0, l->memory_size * sizeof *l->memory);
  crucible__setup setup = {
      .params = l->params, .timeframe_ms = timeframe_ms, .memory = l->memory};
  l->lookback = l->feature->init(l->state, &setup);
}

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
      (unsigned char *)set +
      aligned(sizeof *set + set->n * sizeof(crucible__feature_lane));
  double *memory = (double *)(void *)(state + states);
  for (size_t i = 0; i < set->n; ++i) {
    crucible__feature_lane *l = &set->lanes[i];
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
  size_t head = aligned(sizeof **set + n * sizeof(crucible__feature_lane));
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
  set->at = (crucible__feature_cursor){.index = 0};
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
  int64_t slot;
  CRUCIBLE__TRY(crucible__feature_bar_check(&set->at, bar, set->needs,
                                            set->timeframe_ms, &slot));
  crucible__tick tick = crucible__feature_tick_of(set->at.index, bar,
                                                  &set->prev, slot, set->uses);
  for (size_t i = 0; i < set->n; ++i)
    values[i] = crucible__feature_lane_step(&set->lanes[i], &tick);
  crucible__feature_advance(&set->at, bar, slot);
  set->prev = *bar;
  return CRUCIBLE_OK;
}

crucible_status crucible__features_check(const crucible_feature_spec *specs,
                                         size_t n, const crucible_bars *bars) {
  size_t states, memory;
  CRUCIBLE__TRY(check_count(specs, n));
  return measure(specs, n, crucible__features_columns(bars), &states, &memory);
}
