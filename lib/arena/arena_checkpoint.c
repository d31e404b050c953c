/* SPDX-License-Identifier: Apache-2.0 */
/* Agents as bytes: what a checkpoint keeps of them. */
#include "arena/arena_state.h"

#include <string.h>

#include "arena/arena_object.h"
#include "base/base_alloc.h"
#include "base/base_status.h"

size_t crucible__arena_accounts_size(const crucible_arena *arena) {
  return arena->n_agents * sizeof(crucible__account);
}

void crucible__arena_accounts(const crucible_arena *arena, void *bytes) {
  unsigned char *place = bytes;
  for (size_t i = 0; i < arena->n_agents;
       ++i, place += sizeof(crucible__account))
    memcpy(place, &arena->agents[i]->account, sizeof(crucible__account));
}
