/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/arena.h>

#include <string.h>

#include "arena/arena_object.h"
#include "arena/arena_state.h"
#include "backtest/bar_check.h"
#include "base/base_alloc.h"
#include "base/base_status.h"

enum { VOLUME_WINDOW_MAX = 64 };

void crucible_arena_options_init(crucible_arena_options *options,
                                 size_t struct_size) {
  crucible_arena_options defaults = {.volume_window = 12,
                                     .sigma_window = 4032,
                                     .sigma_refit = 2016,
                                     .sigma_first = 1008};
  crucible_backtest_options_init(&defaults.backtest, sizeof defaults.backtest);
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status check_timeframes(const crucible_arena_options *options) {
  if (options->instrument == NULL || options->timeframes_ms == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "options.%s is NULL",
                          options->instrument == NULL ? "instrument"
                                                      : "timeframes_ms");
  if (options->reserved != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.reserved is %u: it must be 0",
                          (unsigned)options->reserved);
  if (options->n_timeframes < 1 ||
      options->n_timeframes > CRUCIBLE__TIMEFRAMES_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.n_timeframes is %zu: give 1 to %d",
                          options->n_timeframes, (int)CRUCIBLE__TIMEFRAMES_MAX);
  const int64_t *t = options->timeframes_ms;
  for (size_t i = 0; i < options->n_timeframes; ++i)
    if (t[i] <= 0 || t[i] % t[0] != 0 || (i > 0 && t[i] <= t[i - 1]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "options.timeframes_ms[%zu] is %lld: give "
                            "ascending multiples of the first (%lld)",
                            i, (long long)t[i], (long long)t[0]);
  if (options->volume_window < 1 || options->volume_window > VOLUME_WINDOW_MAX)
    return crucible__fail(
        CRUCIBLE_E_INVALID, "options.volume_window is %u: give 1 to %d",
        (unsigned)options->volume_window, (int)VOLUME_WINDOW_MAX);
  return CRUCIBLE_OK;
}

static crucible_status init_lanes(crucible_arena *arena,
                                  const crucible_arena_options *options) {
  crucible_egarch_rolling_options rolling;
  crucible_egarch_rolling_options_init(&rolling, sizeof rolling);
  rolling.window = options->sigma_window;
  rolling.refit = options->sigma_refit;
  rolling.first = options->sigma_first;
  for (size_t i = 0; i < options->n_timeframes; ++i) {
    CRUCIBLE__TRY(crucible__lane_init(&arena->lanes[i],
                                      options->timeframes_ms[i], options->has,
                                      options->volume_window, &rolling));
    ++arena->n_lanes;
  }
  return CRUCIBLE_OK;
}

static crucible_status fill_arena(crucible_arena *arena,
                                  const crucible_arena_options *options) {
  crucible_plan plan; /* the default plan shows whether trading is possible */
  crucible_plan_init(&plan, sizeof plan);
  CRUCIBLE__TRY(
      crucible_plan_check(&plan, options->instrument, &options->backtest));
  size_t given;
  memcpy(&given, options->instrument, sizeof given);
  memcpy(&arena->instrument, options->instrument,
         given < sizeof arena->instrument ? given : sizeof arena->instrument);
  arena->instrument.struct_size = sizeof arena->instrument;
  arena->backtest = options->backtest;
  CRUCIBLE__TRY(crucible__terms_init(&arena->terms, &plan, &arena->instrument,
                                     options->timeframes_ms[0],
                                     &arena->backtest));
  CRUCIBLE__TRY(init_lanes(arena, options));
  arena->site = (crucible__site){&arena->instrument, &arena->backtest,
                                 arena->lanes, arena->n_lanes};
  return CRUCIBLE_OK;
}

crucible_status crucible_arena_create(const crucible_arena_options *options,
                                      crucible_pool *pool,
                                      crucible_arena **arena) {
  if (options == NULL || arena == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          options == NULL ? "options" : "arena");
  *arena = NULL;
  crucible_arena_options read;
  crucible_arena_options_init(&read, sizeof read);
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, options,
                                       "crucible_arena_options"));
  CRUCIBLE__TRY(check_timeframes(&read));
  crucible_arena *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->pool = pool;
  crucible_status status = fill_arena(made, &read);
  if (status != CRUCIBLE_OK) {
    crucible_arena_destroy(made);
    return status;
  }
  *arena = made;
  return CRUCIBLE_OK;
}

void crucible_arena_destroy(crucible_arena *arena) {
  if (arena == NULL)
    return;
  crucible__arena_drop_agents(arena);
  for (size_t i = 0; i < arena->n_lanes; ++i)
    crucible__lane_clear(&arena->lanes[i]);
  crucible__records_free(&arena->records);
  crucible__free(arena);
}

uint32_t crucible_arena_agents(const crucible_arena *arena) {
  return arena == NULL ? 0 : (uint32_t)arena->n_agents;
}

crucible_status crucible_arena_ledger(const crucible_arena *arena,
                                      uint32_t agent, crucible_ledger *ledger) {
  if (arena == NULL || ledger == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          arena == NULL ? "arena" : "ledger");
  if (agent >= arena->n_agents)
    return crucible__fail(CRUCIBLE_E_INVALID, "agent is %u: the arena has %zu",
                          (unsigned)agent, arena->n_agents);
  crucible_ledger full = {.struct_size = sizeof full};
  crucible__account_ledger(&arena->agents[agent]->account,
                           &arena->agents[agent]->terms, &full);
  return crucible__result_write(ledger, &full, sizeof full, "crucible_ledger");
}

crucible_status crucible_arena_market(const crucible_arena *arena,
                                      int64_t timeframe_ms, crucible_bars *bars,
                                      crucible_market *market) {
  if (arena == NULL || bars == NULL || market == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          arena == NULL  ? "arena"
                          : bars == NULL ? "bars"
                                         : "market");
  for (size_t i = 0; i < arena->n_lanes; ++i) {
    const crucible__lane *lane = &arena->lanes[i];
    if (lane->timeframe_ms != timeframe_ms)
      continue;
    crucible_bars view = crucible__lane_bars(lane, arena->instrument.symbol,
                                             arena->instrument.price_tick,
                                             arena->instrument.lot_step);
    crucible_market full = {.struct_size = sizeof full,
                            .bars = bars,
                            .sigma = lane->sigma,
                            .volume_forecast = lane->volume_forecast};
    CRUCIBLE__TRY(
        crucible__result_write(bars, &view, sizeof view, "crucible_bars"));
    return crucible__result_write(market, &full, sizeof full,
                                  "crucible_market");
  }
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "timeframe_ms is %lld: the arena does not have it",
                        (long long)timeframe_ms);
}

crucible_status crucible__arena_check(const crucible_arena *arena,
                                      const crucible_bar *bar) {
  CRUCIBLE__TRY(crucible__lane_check(&arena->lanes[0], bar));
  crucible_status status = crucible__bar_check_tick(bar, &arena->instrument);
  return status == CRUCIBLE_OK
             ? CRUCIBLE_OK
             : crucible__fail_at(status, "bar %zu of the arena",
                                 arena->lanes[0].n);
}
