/* SPDX-License-Identifier: Apache-2.0 */
/* What a tournament needs of an arena beside the public calls. */
#ifndef CRUCIBLE__ARENA_STATE_H
#define CRUCIBLE__ARENA_STATE_H

#include <stddef.h>

#include <crucible/arena.h>

/* What crucible_arena_push() refuses a bar for, without taking it. */
crucible_status crucible__arena_check(const crucible_arena *arena,
                                      const crucible_bar *bar);

/* Bytes of all accounts in order of agents: plain data without padding. */
size_t crucible__arena_accounts_size(const crucible_arena *arena);
void crucible__arena_accounts(const crucible_arena *arena, void *bytes);

#endif
