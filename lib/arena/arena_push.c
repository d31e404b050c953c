/* SPDX-License-Identifier: Apache-2.0 */
/* The arena's step: one bar of the shortest timeframe, and what it closes. */
#include <crucible/arena.h>

#include <math.h>

#include "arena/arena_object.h"
#include "arena/arena_state.h"
#include "base/base_status.h"
#include "base/pool.h"

enum {
  AGENTS_PER_JOB = 4,
  AGENTS_WORTH_A_POOL = 128 /* fewer are done before a thread wakes up */
};

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
  for (size_t k = begin; k < end && k < arena->n_living; ++k)
    if (arena->living[k]->lane == job->lane)
      CRUCIBLE__TRY(
          crucible__agent_step(arena->living[k], &arena->lanes[job->lane]));
  return CRUCIBLE_OK;
}

static crucible_status step_lane(crucible_arena *arena, size_t lane,
                                 const crucible_bar *bar) {
  CRUCIBLE__TRY(crucible__lane_push(&arena->lanes[lane], bar, arena->pool));
  lane_job job = {arena, lane};
  size_t n_jobs = (arena->n_living + AGENTS_PER_JOB - 1) / AGENTS_PER_JOB;
  crucible_pool *pool =
      arena->n_living >= AGENTS_WORTH_A_POOL ? arena->pool : NULL;
  return crucible__pool_run(pool, n_jobs, step_agents, &job, NULL);
}

/* A bar of the shortest timeframe, and the longer ones that it closes. */
static crucible_status step_lanes(crucible_arena *arena,
                                  const crucible_bar *bar) {
  const crucible__lane *base = &arena->lanes[0];
  crucible_bar longer;
  /* What closed before this bar began comes first, the shorter before the
     longer; then this bar and what it completes. */
  for (size_t i = 1; i < arena->n_lanes; ++i)
    if (crucible__lane_closed_late(&arena->lanes[i], base, bar->open_time_ms,
                                   &longer))
      CRUCIBLE__TRY(step_lane(arena, i, &longer));
  CRUCIBLE__TRY(step_lane(arena, 0, bar));
  for (size_t i = 1; i < arena->n_lanes; ++i)
    if (crucible__lane_closed_now(&arena->lanes[i], base, &longer))
      CRUCIBLE__TRY(step_lane(arena, i, &longer));
  return CRUCIBLE_OK;
}

/* ---- reports ---- */

static crucible_status collect_records(crucible__records *records,
                                       const crucible__agent *agent,
                                       crucible_agent_step *step) {
  crucible__records_clear(records);
  for (uint32_t i = 0; i < agent->n_bars; ++i) {
    const crucible__events *events = &agent->events[i];
    CRUCIBLE__TRY(
        crucible__records_reserve(records, events->n_orders, events->n_trades));
    crucible__records_add(records, 0, events);
  }
  return crucible__records_lend(records, &step->orders, &step->trades);
}

static int32_t state_after(const crucible__agent *agent) {
  return agent->state == CRUCIBLE_AGENT_CLOSING &&
                 crucible__agent_is_flat(agent)
             ? CRUCIBLE_AGENT_TERMINATED
             : agent->state;
}

static crucible_status report_agent(crucible_arena *arena,
                                    const crucible__agent *agent,
                                    const crucible_bar *bar,
                                    crucible_agent_step_cb callback,
                                    void *user_data) {
  int has_stepped = agent->n_bars > 0;
  crucible_agent_step step = {
      .struct_size = sizeof step,
      .agent = agent->number,
      .cannot_trade = agent->cannot_trade,
      .state = state_after(agent),
      .is_mark_only = !has_stepped,
      .prediction = has_stepped ? agent->prediction : (double)NAN,
      .equity = crucible__agent_equity(
          agent, bar, bar->open_time_ms + arena->lanes[0].timeframe_ms),
      .orders = {.struct_size = sizeof step.orders},
      .trades = {.struct_size = sizeof step.trades}};
  CRUCIBLE__TRY(collect_records(&arena->records, agent, &step));
  if (callback(&step, user_data) != 0)
    return crucible__fail(CRUCIBLE_E_CALLBACK,
                          "the callback asked to stop at agent %u",
                          (unsigned)agent->number);
  return CRUCIBLE_OK;
}

static crucible_status report_agents(crucible_arena *arena,
                                     const crucible_bar *bar,
                                     crucible_agent_step_cb callback,
                                     void *user_data) {
  for (size_t lane = 0; lane < arena->n_lanes; ++lane)
    for (size_t i = 0; i < arena->n_living; ++i)
      if (arena->living[i]->lane == lane)
        CRUCIBLE__TRY(
            report_agent(arena, arena->living[i], bar, callback, user_data));
  return CRUCIBLE_OK;
}

crucible_status crucible_arena_push(crucible_arena *arena,
                                    const crucible_bar *bar,
                                    crucible_agent_step_cb callback,
                                    void *user_data) {
  if (arena == NULL || bar == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          arena == NULL ? "arena" : "bar");
  CRUCIBLE__TRY(crucible__arena_is_ready(arena));
  CRUCIBLE__TRY(crucible__arena_check(arena, bar));
  arena->is_stepping = 1;
  crucible_status status = step_lanes(arena, bar);
  if (status == CRUCIBLE_OK && callback != NULL)
    status = report_agents(arena, bar, callback, user_data);
  arena->is_stepping = 0;
  arena->has_failed = status != CRUCIBLE_OK;
  for (size_t i = 0; i < arena->n_living; ++i)
    arena->living[i]->n_bars = 0;
  crucible__arena_bury(arena);
  return status;
}
