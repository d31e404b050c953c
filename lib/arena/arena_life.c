/* SPDX-License-Identifier: Apache-2.0 */
/* How agents come, change and go. */
#include <crucible/arena.h>

#include "arena/arena_object.h"
#include "arena/streams.h"
#include "base/base_alloc.h"
#include "base/base_status.h"

const char *crucible_agent_state_name(int32_t state) {
  switch (state) {
  case CRUCIBLE_AGENT_ACTIVE:
    return "active";
  case CRUCIBLE_AGENT_PROMOTED:
    return "promoted";
  case CRUCIBLE_AGENT_CLOSING:
    return "closing";
  case CRUCIBLE_AGENT_TERMINATED:
    return "terminated";
  default:
    return "unknown";
  }
}

/* ---- shared ---- */

crucible_status crucible__arena_is_ready(const crucible_arena *arena) {
  if (arena->is_stepping)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the arena is in the midst of a bar: wait until "
                          "crucible_arena_push() has returned");
  if (arena->has_failed)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the arena has failed before: make a new one");
  return CRUCIBLE_OK;
}

crucible_status crucible__arena_check_spec(const crucible_agent_spec *spec) {
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

crucible_status crucible__arena_make_room(crucible_arena *arena) {
  if (arena->n_agents == UINT32_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID, "no number is left");
  CRUCIBLE__TRY(crucible__grow((void **)&arena->agents, &arena->agents_capacity,
                               arena->n_agents + 1, sizeof *arena->agents));
  return crucible__grow((void **)&arena->living, &arena->living_capacity,
                        arena->n_living + 1, sizeof *arena->living);
}

void crucible__arena_put(crucible_arena *arena, crucible__agent *agent) {
  agent->number = (uint32_t)arena->n_agents;
  arena->agents[arena->n_agents++] = agent;
  if (agent->state != CRUCIBLE_AGENT_TERMINATED)
    arena->living[arena->n_living++] = agent;
}

void crucible__arena_bury(crucible_arena *arena) {
  size_t n = 0;
  for (size_t i = 0; i < arena->n_living; ++i) {
    crucible__agent *agent = arena->living[i];
    if (agent->state == CRUCIBLE_AGENT_CLOSING &&
        crucible__agent_is_flat(agent) && agent->n_bars == 0) {
      agent->state = CRUCIBLE_AGENT_TERMINATED;
      crucible__agent_clear(agent, &arena->site);
    } else {
      arena->living[n++] = agent;
    }
  }
  arena->n_living = n;
}

void crucible__arena_drop_agents(crucible_arena *arena) {
  for (size_t i = 0; i < arena->n_agents; ++i) {
    crucible__agent_clear(arena->agents[i], &arena->site);
    crucible__free(arena->agents[i]);
  }
  crucible__free(arena->agents);
  crucible__free(arena->living);
  arena->agents = arena->living = NULL;
  arena->n_agents = arena->agents_capacity = 0;
  arena->n_living = arena->living_capacity = 0;
}

/* ---- coming ---- */

crucible_status crucible_arena_add_agent(crucible_arena *arena,
                                         const crucible_agent_spec *spec,
                                         uint32_t *agent) {
  if (arena == NULL || spec == NULL || agent == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          arena == NULL  ? "arena"
                          : spec == NULL ? "spec"
                                         : "agent");
  CRUCIBLE__TRY(crucible__arena_check_spec(spec));
  CRUCIBLE__TRY(crucible__arena_is_ready(arena));
  CRUCIBLE__TRY(crucible__arena_make_room(arena));
  crucible__agent *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = crucible__agent_init(made, spec, &arena->site);
  if (status == CRUCIBLE_OK)
    status = crucible__lane_warm_up(&arena->lanes[made->lane], arena->pool);
  if (status != CRUCIBLE_OK) {
    crucible__agent_clear(made, &arena->site);
    crucible__free(made);
    return status;
  }
  crucible__arena_put(arena, made);
  *agent = made->number;
  return CRUCIBLE_OK;
}

/* ---- changing and going ---- */

/* An agent of that number, of an arena that is between two bars. */
static crucible_status find_agent(const crucible_arena *arena, uint32_t agent,
                                  crucible__agent **found) {
  if (arena == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "arena is NULL");
  if (agent >= arena->n_agents)
    return crucible__fail(CRUCIBLE_E_INVALID, "agent is %u: the arena has %zu",
                          (unsigned)agent, arena->n_agents);
  CRUCIBLE__TRY(crucible__arena_is_ready(arena));
  *found = arena->agents[agent];
  return CRUCIBLE_OK;
}

static crucible_status refuse(const crucible__agent *agent, const char *what) {
  const char *remedy = agent->state == CRUCIBLE_AGENT_PROMOTED
                           ? "it stays on the bench until it is terminated"
                       : agent->state == CRUCIBLE_AGENT_CLOSING
                           ? "push bars until it has left its position"
                           : "its ledger is final; add a new agent";
  return crucible__fail(CRUCIBLE_E_STATE, "agent %u is %s and cannot be %s: %s",
                        (unsigned)agent->number,
                        crucible_agent_state_name(agent->state), what, remedy);
}

static int decides(const crucible__agent *agent) {
  return agent->state == CRUCIBLE_AGENT_ACTIVE ||
         agent->state == CRUCIBLE_AGENT_PROMOTED;
}

crucible_status crucible_arena_promote(crucible_arena *arena, uint32_t agent) {
  crucible__agent *found = NULL;
  CRUCIBLE__TRY(find_agent(arena, agent, &found));
  if (found->state != CRUCIBLE_AGENT_ACTIVE)
    return refuse(found, "promoted");
  found->state = CRUCIBLE_AGENT_PROMOTED;
  return CRUCIBLE_OK;
}

crucible_status crucible_arena_terminate(crucible_arena *arena,
                                         uint32_t agent) {
  crucible__agent *found = NULL;
  CRUCIBLE__TRY(find_agent(arena, agent, &found));
  if (!decides(found))
    return refuse(found, "terminated");
  crucible__agent_close(found, &arena->site);
  crucible__arena_bury(arena);
  return CRUCIBLE_OK;
}

crucible_status crucible_arena_set_model(crucible_arena *arena, uint32_t agent,
                                         const crucible_agent_spec *spec) {
  crucible__agent *found = NULL;
  CRUCIBLE__TRY(find_agent(arena, agent, &found));
  if (spec == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "spec is NULL");
  CRUCIBLE__TRY(crucible__arena_check_spec(spec));
  if (!decides(found))
    return refuse(found, "given a model");
  return crucible__agent_set_model(found, spec, &arena->site);
}

/* ---- looking ---- */

crucible_status crucible_arena_agent_state(const crucible_arena *arena,
                                           uint32_t agent, int32_t *state) {
  if (arena == NULL || state == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          arena == NULL ? "arena" : "state");
  if (agent >= arena->n_agents)
    return crucible__fail(CRUCIBLE_E_INVALID, "agent is %u: the arena has %zu",
                          (unsigned)agent, arena->n_agents);
  *state = arena->agents[agent]->state;
  return CRUCIBLE_OK;
}

uint32_t crucible_arena_count(const crucible_arena *arena, int32_t state) {
  uint32_t n = 0;
  if (arena == NULL)
    return 0;
  if (state == CRUCIBLE_AGENT_TERMINATED)
    return (uint32_t)(arena->n_agents - arena->n_living);
  for (size_t i = 0; i < arena->n_living; ++i)
    n += arena->living[i]->state == state;
  return n;
}
