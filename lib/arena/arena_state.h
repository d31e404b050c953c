/* SPDX-License-Identifier: Apache-2.0 */
/* What a tournament needs of an arena beside the public calls. */
#ifndef CRUCIBLE__ARENA_STATE_H
#define CRUCIBLE__ARENA_STATE_H

#include <stddef.h>

#include <crucible/arena.h>

#include "base/pack.h"

/* What crucible_arena_push() refuses a bar for, without taking it. */
crucible_status crucible__arena_check(const crucible_arena *arena,
                                      const crucible_bar *bar);

/*
 * A checkpoint of the agents, between two bars: who lives in which state, the
 * accounts of all, what has yet to be reported. Not the market and what is
 * computed of it: that comes back by pushing the same bars.
 */
crucible_status crucible__arena_save(const crucible_arena *arena,
                                     crucible__pack *pack);

/* Fills in the spec of a living agent as it was last given: of
   crucible_arena_add_agent() or the latest crucible_arena_set_model(). */
typedef crucible_status (*crucible__arena_find)(uint32_t agent,
                                                crucible_agent_spec *spec,
                                                void *data);

/*
 * Puts the agents back into an arena that has none and has taken the same bars:
 * from here on everything goes on with the same bits. Features are warmed up
 * side by side on the pool. E_STATE if it has agents or has taken other bars,
 * E_STORE if the bytes are not what was written or another genome is found for
 * an agent; the arena has no agents then.
 */
crucible_status crucible__arena_load(crucible_arena *arena,
                                     crucible__unpack *unpack,
                                     crucible__arena_find find, void *data);

#endif
