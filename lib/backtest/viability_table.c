/* SPDX-License-Identifier: Apache-2.0 */
/* The ceilings of several timeframes from one series of bars. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/series.h>

#include "backtest/viability_ceiling.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "costs/cost_model.h"

enum { LIST_MOST = 64 };

static const int64_t TIMEFRAMES[] = {60000, 300000, 900000, 3600000};
static const uint32_t HOLDS[] = {1, 3, 6, 12, 24, 48};

struct crucible_viability_table {
  size_t n_timeframes, n_tiers, n_holds;
  crucible_viability_row *rows; /* [timeframe][tier][hold] */
};

/* What is looked at, copied and checked. */
typedef struct plan {
  crucible_viability_options options;
  crucible_bars bars;
  const crucible_series *series; /* the same bars */
  crucible_instrument instrument;
  int64_t timeframes_ms[LIST_MOST]; /* shortest first */
  uint32_t hold_bars[LIST_MOST];
  crucible_fee_tier tiers[LIST_MOST];
  crucible_viability_table *table;
} plan;

void crucible_viability_options_init(crucible_viability_options *options,
                                     size_t struct_size) {
  crucible_viability_options defaults = {
      .struct_size = sizeof defaults, .notional = 200, .volume_window = 12};
  crucible_cost_options_init(&defaults.costs, sizeof defaults.costs);
  crucible_egarch_rolling_options_init(&defaults.volatility,
                                       sizeof defaults.volatility);
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

/* ---- what the caller gives ---- */

static crucible_status check_list(const char *name, const void *list, size_t *n,
                                  size_t n_default) {
  if (list == NULL && *n > 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "viability_options.%s is NULL and its number is %zu",
                          name, *n);
  if (list != NULL && (*n == 0 || *n > LIST_MOST))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "viability_options has %zu %s: give 1 to %d", *n,
                          name, LIST_MOST);
  if (list == NULL)
    *n = n_default;
  return CRUCIBLE_OK;
}

static int by_length(const void *a, const void *b) {
  const int64_t *left = a, *right = b;
  return (*left > *right) - (*left < *right);
}

static crucible_status take_timeframes(plan *p) {
  crucible_viability_options *options = &p->options;
  CRUCIBLE__TRY(check_list("timeframes_ms", options->timeframes_ms,
                           &options->n_timeframes,
                           sizeof TIMEFRAMES / sizeof *TIMEFRAMES));
  const int64_t *list =
      options->timeframes_ms != NULL ? options->timeframes_ms : TIMEFRAMES;
  memcpy(p->timeframes_ms, list, options->n_timeframes * sizeof *list);
  qsort(p->timeframes_ms, options->n_timeframes, sizeof *list, by_length);
  for (size_t i = 0; i < options->n_timeframes; ++i) {
    long long length = p->timeframes_ms[i];
    if (length <= 0)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "viability_options.timeframes_ms has %lld: give "
                            "lengths of bars in ms, such as 300000",
                            length);
    if (i > 0 && length == p->timeframes_ms[i - 1])
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "viability_options.timeframes_ms has %lld twice",
                            length);
  }
  return CRUCIBLE_OK;
}

static crucible_status take_holds(plan *p) {
  crucible_viability_options *options = &p->options;
  CRUCIBLE__TRY(check_list("hold_bars", options->hold_bars, &options->n_holds,
                           sizeof HOLDS / sizeof *HOLDS));
  const uint32_t *list =
      options->hold_bars != NULL ? options->hold_bars : HOLDS;
  memcpy(p->hold_bars, list, options->n_holds * sizeof *list);
  for (size_t i = 0; i < options->n_holds; ++i)
    if (list[i] == 0)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "viability_options.hold_bars[%zu] is 0: give at "
                            "least 1",
                            i);
  return CRUCIBLE_OK;
}

static int is_liquidity(int32_t value) {
  return value == CRUCIBLE_LIQUIDITY_MAKER || value == CRUCIBLE_LIQUIDITY_TAKER;
}

static crucible_status take_tiers(plan *p) {
  crucible_viability_options *options = &p->options;
  const double maker = p->instrument.maker_fee, taker = p->instrument.taker_fee;
  const crucible_fee_tier usual[] = {
      {maker, taker, CRUCIBLE_LIQUIDITY_TAKER, CRUCIBLE_LIQUIDITY_TAKER},
      {maker, taker, CRUCIBLE_LIQUIDITY_MAKER, CRUCIBLE_LIQUIDITY_TAKER},
      {maker, taker, CRUCIBLE_LIQUIDITY_MAKER, CRUCIBLE_LIQUIDITY_MAKER}};
  CRUCIBLE__TRY(check_list("tiers", options->tiers, &options->n_tiers,
                           sizeof usual / sizeof *usual));
  memcpy(p->tiers, options->tiers != NULL ? options->tiers : usual,
         options->n_tiers * sizeof *usual);
  for (size_t i = 0; i < options->n_tiers; ++i) {
    const crucible_fee_tier *tier = &p->tiers[i];
    if (!(tier->maker_fee > -0.01 && tier->maker_fee < 0.1))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "viability_options.tiers[%zu].maker_fee is %g: "
                            "give a fraction, > -0.01 and < 0.1",
                            i, tier->maker_fee);
    if (!(tier->taker_fee >= 0 && tier->taker_fee < 0.1))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "viability_options.tiers[%zu].taker_fee is %g: "
                            "give a fraction, >= 0 and < 0.1",
                            i, tier->taker_fee);
    if (!is_liquidity(tier->entry) || !is_liquidity(tier->exit))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "viability_options.tiers[%zu]: entry %d and exit "
                            "%d must be CRUCIBLE_LIQUIDITY_MAKER or _TAKER",
                            i, tier->entry, tier->exit);
  }
  return CRUCIBLE_OK;
}

static crucible_status take_numbers(plan *p) {
  crucible_viability_options *options = &p->options;
  CRUCIBLE__TRY(crucible__notional_check(options->notional));
  if (options->volume_window == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "viability_options.volume_window is 0: give at "
                          "least 1");
  if (options->reserved != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "viability_options.reserved is %u: give 0",
                          options->reserved);
  if (options->costs.struct_size != sizeof options->costs ||
      options->volatility.struct_size != sizeof options->volatility)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "viability_options.%s.struct_size is wrong: call "
                          "crucible_viability_options_init first",
                          options->costs.struct_size != sizeof options->costs
                              ? "costs"
                              : "volatility");
  if (options->n_funding > 0 &&
      (options->funding_time_ms == NULL || options->funding_rate == NULL))
    return crucible__fail(
        CRUCIBLE_E_INVALID, "viability_options.%s is NULL and n_funding is %zu",
        options->funding_time_ms == NULL ? "funding_time_ms" : "funding_rate",
        options->n_funding);
  if (options->funding_interval_ms == 0)
    options->funding_interval_ms = p->instrument.funding_interval_ms;
  return crucible__cost_options_check(&options->costs,
                                      "viability_options.costs");
}

/* ---- one timeframe ---- */

/* Bars and columns of one timeframe. */
typedef struct frame {
  crucible_series *own; /* NULL: the bars are the caller's */
  crucible__market_view view;
  double *sigma, *volume, *funding;
  uint32_t warm_up; /* returns before the first forecast of sigma */
} frame;

static void free_frame(frame *f) {
  crucible_series_destroy(f->own);
  crucible__free(f->sigma);
  crucible__free(f->volume);
  crucible__free(f->funding);
}

static crucible_status make_bars(const plan *p, int64_t timeframe_ms,
                                 frame *f) {
  f->view.bars = p->bars;
  if (timeframe_ms == p->bars.timeframe_ms)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible_series_resample(p->series, timeframe_ms, &f->own));
  f->view.bars = (crucible_bars){.struct_size = sizeof f->view.bars};
  return crucible_series_view(f->own, &f->view.bars);
}

/* A timeframe with few bars warms up on fewer. */
static uint32_t warm_up_of(const crucible_viability_options *options,
                           size_t n_bars) {
  const uint32_t least = 100; /* for a fit */
  uint32_t first = options->volatility.first;
  if (n_bars / 2 >= first)
    return first;
  uint32_t quarter = (uint32_t)(n_bars / 4); /* < first, so it fits */
  if (quarter < least)
    quarter = least;
  return quarter < first ? quarter : first;
}

static crucible_status make_columns(const plan *p, frame *f) {
  const crucible_bars *bars = &f->view.bars;
  const crucible_viability_options *options = &p->options;
  crucible_egarch_rolling_options volatility = options->volatility;
  volatility.first = f->warm_up;
  f->sigma = crucible__alloc(bars->n, sizeof *f->sigma);
  f->volume = crucible__alloc(bars->n, sizeof *f->volume);
  if (f->sigma == NULL || f->volume == NULL)
    return CRUCIBLE_E_NOMEM;
  CRUCIBLE__TRY(crucible_egarch_rolling_forecasts(&volatility, bars->close,
                                                  bars->n, f->sigma));
  CRUCIBLE__TRY(crucible_volume_forecast(bars->volume, bars->n,
                                         options->volume_window, f->volume));
  f->view.sigma = f->sigma;
  f->view.volume_forecast = f->volume;
  if (options->n_funding == 0)
    return CRUCIBLE_OK;
  f->funding = crucible__alloc(bars->n, sizeof *f->funding);
  if (f->funding == NULL)
    return CRUCIBLE_E_NOMEM;
  return crucible_funding_align(bars, options->funding_time_ms,
                                options->funding_rate, options->n_funding,
                                options->funding_interval_ms, f->funding);
}

static void fill_rows(const plan *p, const frame *f,
                      crucible_viability_row *rows) {
  const int64_t timeframe_ms = f->view.bars.timeframe_ms;
  crucible_cost_options costs = p->options.costs;
  crucible__cost_options_settle(&costs, timeframe_ms);
  const crucible__round_trip trip = {p->options.notional,
                                     p->instrument.price_tick, &costs};
  for (size_t h = 0; h < p->options.n_holds; ++h) {
    crucible__period_sums sums = {.n = 0};
    crucible__period_sums_add(&sums, &f->view, f->funding, p->hold_bars[h],
                              &trip);
    for (size_t k = 0; k < p->options.n_tiers; ++k) {
      crucible_viability_row *row = &rows[k * p->options.n_holds + h];
      if (sums.n == 0)
        continue;
      row->state = CRUCIBLE_ROW_MEASURED;
      row->ceiling = crucible__ceiling_of(&sums, &p->tiers[k], p->hold_bars[h],
                                          timeframe_ms);
    }
  }
}

static const crucible_ceiling UNMEASURED = {
    .struct_size = sizeof UNMEASURED,
    .mean_absolute_move = (double)NAN,
    .round_trip_cost = (double)NAN,
    .fee_cost = (double)NAN,
    .spread_cost = (double)NAN,
    .slippage_cost = (double)NAN,
    .ratio = (double)NAN,
    .hit_rate_needed = (double)NAN,
    .impact_cost = (double)NAN,
    .funding_cost = (double)NAN,
    .trades_per_day = (double)NAN,
};

/* The rows of timeframe i as they are without figures. */
static void empty_rows(const plan *p, size_t i, int32_t state, size_t n_bars,
                       uint32_t warm_up, crucible_viability_row *rows) {
  for (size_t k = 0; k < p->options.n_tiers; ++k)
    for (size_t h = 0; h < p->options.n_holds; ++h)
      rows[k * p->options.n_holds + h] = (crucible_viability_row){
          .struct_size = sizeof *rows,
          .timeframe_ms = p->timeframes_ms[i],
          .hold_bars = p->hold_bars[h],
          .tier = (uint32_t)k,
          .state = state,
          .warm_up = warm_up,
          .n_bars = n_bars,
          .ceiling = UNMEASURED,
      };
}

static crucible_status measure_timeframe(size_t i, uint32_t worker,
                                         void *data) {
  const plan *p = data;
  crucible_viability_row *rows =
      p->table->rows + i * p->options.n_tiers * p->options.n_holds;
  int64_t timeframe_ms = p->timeframes_ms[i];
  frame f = {.own = NULL};
  (void)worker;
  if (timeframe_ms % p->bars.timeframe_ms != 0) {
    empty_rows(p, i, CRUCIBLE_ROW_FINER, 0, 0, rows);
    return CRUCIBLE_OK;
  }
  crucible_status status = make_bars(p, timeframe_ms, &f);
  if (status == CRUCIBLE_E_TOO_SHORT) { /* not one whole bar */
    empty_rows(p, i, CRUCIBLE_ROW_TOO_SHORT, 0, warm_up_of(&p->options, 0),
               rows);
    return CRUCIBLE_OK;
  }
  if (status == CRUCIBLE_OK) {
    f.warm_up = warm_up_of(&p->options, f.view.bars.n);
    empty_rows(p, i, CRUCIBLE_ROW_TOO_SHORT, f.view.bars.n, f.warm_up, rows);
    status = make_columns(p, &f);
  }
  if (status == CRUCIBLE_OK)
    fill_rows(p, &f, rows);
  free_frame(&f);
  return status;
}

/* ---- the table ---- */

static crucible_status make_table(plan *p, crucible_pool *pool,
                                  const crucible_cancel *cancel) {
  const crucible_viability_options *options = &p->options;
  crucible_viability_table *table = crucible__alloc_zero(1, sizeof *table);
  if (table == NULL)
    return CRUCIBLE_E_NOMEM;
  p->table = table;
  table->n_timeframes = options->n_timeframes;
  table->n_tiers = options->n_tiers;
  table->n_holds = options->n_holds;
  table->rows = crucible__alloc_zero(table->n_timeframes * table->n_tiers *
                                         table->n_holds,
                                     sizeof *table->rows);
  crucible_series *series = NULL;
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (table->rows != NULL)
    status = crucible_series_create(&p->bars, &series);
  p->series = series;
  if (status == CRUCIBLE_OK)
    status = crucible__pool_run(pool, options->n_timeframes, measure_timeframe,
                                p, cancel);
  crucible_series_destroy(series);
  return status;
}

crucible_status crucible_viability_table_make(
    const crucible_bars *bars, const crucible_instrument *instrument,
    const crucible_viability_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_viability_table **table) {
  plan p = {.table = NULL};
  if (table == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "table is NULL");
  *table = NULL;
  crucible_viability_options_init(&p.options, sizeof p.options);
  CRUCIBLE__TRY(crucible__options_read(&p.options, sizeof p.options, options,
                                       "viability_options"));
  CRUCIBLE__TRY(crucible_bars_validate(bars));
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &p.bars));
  CRUCIBLE__TRY(crucible__instrument_take(instrument, &p.instrument));
  CRUCIBLE__TRY(take_timeframes(&p));
  CRUCIBLE__TRY(take_holds(&p));
  CRUCIBLE__TRY(take_tiers(&p));
  CRUCIBLE__TRY(take_numbers(&p));
  const crucible__market_view view = {.bars = p.bars};
  CRUCIBLE__TRY(crucible__market_check_tick(&view, &p.instrument));
  crucible_status status = make_table(&p, pool, cancel);
  if (status != CRUCIBLE_OK) {
    crucible_viability_table_destroy(p.table);
    return status;
  }
  *table = p.table;
  return CRUCIBLE_OK;
}

void crucible_viability_table_destroy(crucible_viability_table *table) {
  if (table == NULL)
    return;
  crucible__free(table->rows);
  crucible__free(table);
}

crucible_status
crucible_viability_table_size(const crucible_viability_table *table,
                              size_t *n_timeframes, size_t *n_tiers,
                              size_t *n_holds) {
  if (table == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "table is NULL");
  if (n_timeframes != NULL)
    *n_timeframes = table->n_timeframes;
  if (n_tiers != NULL)
    *n_tiers = table->n_tiers;
  if (n_holds != NULL)
    *n_holds = table->n_holds;
  return CRUCIBLE_OK;
}

static size_t row_count(const crucible_viability_table *table) {
  return table->n_timeframes * table->n_tiers * table->n_holds;
}

crucible_status
crucible_viability_table_row(const crucible_viability_table *table,
                             size_t index, crucible_viability_row *row) {
  if (table == NULL || row == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          table == NULL ? "table" : "row");
  if (index >= row_count(table))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "index is %zu: the table has %zu rows", index,
                          row_count(table));
  return crucible__result_write(row, &table->rows[index], sizeof *row, "row");
}

crucible_status
crucible_viability_smallest(const crucible_viability_table *table,
                            uint32_t tier, crucible_viability_row *row) {
  if (table == NULL || row == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          table == NULL ? "table" : "row");
  if (tier >= table->n_tiers)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "tier is %u: the table has %zu of them", tier,
                          table->n_tiers);
  crucible_viability_row best = {
      .struct_size = sizeof best, .tier = tier, .ceiling = UNMEASURED};
  for (size_t i = 0; i < row_count(table); ++i) {
    const crucible_viability_row *at = &table->rows[i];
    if (at->tier != tier || !(at->ceiling.ratio >= 2))
      continue;
    if (best.timeframe_ms == 0 || (at->timeframe_ms == best.timeframe_ms &&
                                   at->hold_bars < best.hold_bars))
      best = *at;
  }
  return crucible__result_write(row, &best, sizeof best, "row");
}
