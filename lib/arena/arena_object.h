/* SPDX-License-Identifier: Apache-2.0 */
/* What the arena's own files share of it. */
#ifndef CRUCIBLE__ARENA_OBJECT_H
#define CRUCIBLE__ARENA_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/arena.h>

#include "arena/agent.h"
#include "arena/lane.h"
#include "backtest/fill.h"
#include "backtest/record_table.h"

enum { CRUCIBLE__TIMEFRAMES_MAX = 8 };

struct crucible_arena {
  crucible_instrument instrument;
  crucible_backtest_options backtest;
  crucible__terms terms; /* what all agents have in common */
  crucible_pool *pool;
  crucible__lane lanes[CRUCIBLE__TIMEFRAMES_MAX];
  size_t n_lanes;
  crucible__site site; /* of the above */

  crucible__agent **agents; /* [n_agents] by number, the terminated too */
  size_t n_agents, agents_capacity;
  crucible__agent **living; /* [n_living] those that are not terminated, in
                               order of numbers; room for [living_capacity] */
  size_t n_living, living_capacity;

  crucible__records records; /* of the agent that is being reported */
  int is_stepping;           /* in the midst of a bar */
  int has_failed;            /* in the midst of a bar, once */
};

/* E_STATE in the midst of a bar, or after a failure in one. */
crucible_status crucible__arena_is_ready(const crucible_arena *arena);

/* E_INVALID unless the spec is complete. */
crucible_status crucible__arena_check_spec(const crucible_agent_spec *spec);

/* Room for one more agent, so that crucible__arena_put() cannot fail. */
crucible_status crucible__arena_make_room(crucible_arena *arena);
void crucible__arena_put(crucible_arena *arena, crucible__agent *agent);

/* Terminates the living agents that are closing and flat, and frees what only
   the living need. */
void crucible__arena_bury(crucible_arena *arena);

/* Frees all agents; the arena has none afterwards. */
void crucible__arena_drop_agents(crucible_arena *arena);

#endif
