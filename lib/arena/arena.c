/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/arena.h>

#include <string.h>

#include "arena/agent.h"
#include "arena/arena_state.h"
#include "arena/lane.h"
#include "backtest/bar_check.h"
#include "backtest/fill.h"
#include "backtest/records.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"

enum { TIMEFRAMES_MAX = 8, VOLUME_WINDOW_MAX = 64, AGENTS_PER_JOB = 4 };

struct crucible_arena {
  crucible_instrument instrument;
  crucible_backtest_options backtest;
  crucible_pool *pool;
  crucible__lane lanes[TIMEFRAMES_MAX];
  size_t n_lanes;
  crucible__agent **agents;
  size_t n_agents, agents_capacity;
  crucible__records records; /* of the agent that is being reported */
  int has_failed;            /* in the midst of a bar */
};

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
  if (options->n_timeframes < 1 || options->n_timeframes > TIMEFRAMES_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.n_timeframes is %zu: give 1 to %d",
                          options->n_timeframes, (int)TIMEFRAMES_MAX);
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
  return init_lanes(arena, options);
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
  for (size_t i = 0; i < arena->n_agents; ++i) {
    crucible__agent_clear(arena->agents[i]);
    crucible__free(arena->agents[i]);
  }
  crucible__free(arena->agents);
  for (size_t i = 0; i < arena->n_lanes; ++i)
    crucible__lane_clear(&arena->lanes[i]);
  crucible__records_free(&arena->records);
  crucible__free(arena);
}

static crucible_status check_spec(const crucible_agent_spec *spec) {
  if (spec->struct_size < sizeof *spec)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "spec.struct_size is %zu: set it to "
                          "sizeof(crucible_agent_spec)",
                          spec->struct_size);
  if (spec->genome == NULL || spec->model == NULL || spec->plan == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "spec.%s is NULL",
                          spec->genome == NULL  ? "genome"
                          : spec->model == NULL ? "model"
                                                : "plan");
  return CRUCIBLE_OK;
}

crucible_status crucible_arena_add_agent(crucible_arena *arena,
                                         const crucible_agent_spec *spec,
                                         uint32_t *agent) {
  if (arena == NULL || spec == NULL || agent == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          arena == NULL  ? "arena"
                          : spec == NULL ? "spec"
                                         : "agent");
  CRUCIBLE__TRY(check_spec(spec));
  if (arena->n_agents == UINT32_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID, "no number is left");
  CRUCIBLE__TRY(crucible__grow((void **)&arena->agents, &arena->agents_capacity,
                               arena->n_agents + 1, sizeof(crucible__agent *)));
  crucible__agent *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status =
      crucible__agent_init(made, spec, &arena->instrument, &arena->backtest,
                           arena->lanes, arena->n_lanes);
  if (status != CRUCIBLE_OK) {
    crucible__free(made);
    return status;
  }
  *agent = (uint32_t)arena->n_agents;
  arena->agents[arena->n_agents++] = made;
  return CRUCIBLE_OK;
}

/* Agents of one lane act on its last bar. */
typedef struct lane_job {
  crucible_arena *arena;
  size_t lane;
} lane_job;

static crucible_status step_agents(size_t i, uint32_t worker, void *data) {
  const lane_job *job = data;
  crucible_arena *arena = job->arena;
  (void)worker;
  size_t begin = i * AGENTS_PER_JOB;
  size_t end = begin + AGENTS_PER_JOB;
  for (size_t k = begin; k < end && k < arena->n_agents; ++k)
    if (arena->agents[k]->lane == job->lane)
      CRUCIBLE__TRY(
          crucible__agent_step(arena->agents[k], &arena->lanes[job->lane]));
  return CRUCIBLE_OK;
}

static crucible_status report_agent(crucible_arena *arena, size_t number,
                                    crucible_agent_step_cb callback,
                                    void *user_data) {
  const crucible__agent *agent = arena->agents[number];
  crucible_agent_step step = {.struct_size = sizeof step,
                              .agent = (uint32_t)number,
                              .cannot_trade = agent->cannot_trade,
                              .prediction = agent->prediction,
                              .equity = agent->account.equity,
                              .orders = {.struct_size = sizeof step.orders},
                              .trades = {.struct_size = sizeof step.trades}};
  arena->records.orders.n = arena->records.trades.n = 0;
  CRUCIBLE__TRY(crucible__records_reserve(
      &arena->records, agent->events.n_orders, agent->events.n_trades));
  crucible__records_add(&arena->records, 0, &agent->events);
  CRUCIBLE__TRY(
      crucible__records_lend(&arena->records, &step.orders, &step.trades));
  if (callback(&step, user_data) != 0)
    return crucible__fail(CRUCIBLE_E_CALLBACK,
                          "the callback asked to stop at agent %zu", number);
  return CRUCIBLE_OK;
}

static crucible_status step_lane(crucible_arena *arena, size_t lane,
                                 const crucible_bar *bar,
                                 crucible_agent_step_cb callback,
                                 void *user_data) {
  CRUCIBLE__TRY(crucible__lane_push(&arena->lanes[lane], bar, arena->pool));
  lane_job job = {arena, lane};
  size_t n_jobs = (arena->n_agents + AGENTS_PER_JOB - 1) / AGENTS_PER_JOB;
  CRUCIBLE__TRY(
      crucible__pool_run(arena->pool, n_jobs, step_agents, &job, NULL));
  for (size_t i = 0; callback != NULL && i < arena->n_agents; ++i)
    if (arena->agents[i]->lane == lane)
      CRUCIBLE__TRY(report_agent(arena, i, callback, user_data));
  return CRUCIBLE_OK;
}

/* A bar of the shortest timeframe, and the longer ones that it closes. */
static crucible_status step_lanes(crucible_arena *arena,
                                  const crucible_bar *bar,
                                  crucible_agent_step_cb callback,
                                  void *user_data) {
  const crucible__lane *base = &arena->lanes[0];
  crucible_bar longer;
  /* What closed before this bar began comes first, the shorter before the
     longer; then this bar and what it completes. */
  for (size_t i = 1; i < arena->n_lanes; ++i)
    if (crucible__lane_closed_late(&arena->lanes[i], base, bar->open_time_ms,
                                   &longer))
      CRUCIBLE__TRY(step_lane(arena, i, &longer, callback, user_data));
  CRUCIBLE__TRY(step_lane(arena, 0, bar, callback, user_data));
  for (size_t i = 1; i < arena->n_lanes; ++i)
    if (crucible__lane_closed_now(&arena->lanes[i], base, &longer))
      CRUCIBLE__TRY(step_lane(arena, i, &longer, callback, user_data));
  return CRUCIBLE_OK;
}

crucible_status crucible_arena_push(crucible_arena *arena,
                                    const crucible_bar *bar,
                                    crucible_agent_step_cb callback,
                                    void *user_data) {
  if (arena == NULL || bar == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          arena == NULL ? "arena" : "bar");
  if (arena->has_failed)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the arena has failed before: make a new one");
  CRUCIBLE__TRY(crucible__arena_check(arena, bar));
  crucible_status status = step_lanes(arena, bar, callback, user_data);
  arena->has_failed = status != CRUCIBLE_OK;
  return status;
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

size_t crucible__arena_accounts_size(const crucible_arena *arena) {
  return arena->n_agents * sizeof(crucible__account);
}

void crucible__arena_accounts(const crucible_arena *arena, void *bytes) {
  unsigned char *place = bytes;
  for (size_t i = 0; i < arena->n_agents;
       ++i, place += sizeof(crucible__account))
    memcpy(place, &arena->agents[i]->account, sizeof(crucible__account));
}
