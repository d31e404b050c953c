/* SPDX-License-Identifier: Apache-2.0 */
/* An elite pool as bytes, for checkpoints: a loaded pool goes on with the same
   bits. */
#ifndef CRUCIBLE__ELITE_STATE_H
#define CRUCIBLE__ELITE_STATE_H

#include <crucible/genome.h>

#include "base/pack.h"

/* pack->failed tells of E_NOMEM. */
void crucible__elite_pool_save(const crucible_elite_pool *pool,
                               crucible__pack *pack);

/* options must be those the pool was made with: E_STATE otherwise. E_STORE where
   the bytes are none of a pool, with the unpack failed. *pool is NULL on
   failure. */
crucible_status crucible__elite_pool_load(crucible__unpack *unpack,
                                          const crucible_elite_options *options,
                                          crucible_elite_pool **pool);

/* Takes away what an agent's record has brought into the pool, because of how
   the agent ended; *has_left says whether there was anything. What is taken away
   is not on record as rejected: it lost its place, it was not outdone. */
void crucible__elite_pool_expel(crucible_elite_pool *pool, uint32_t agent,
                                int *has_left);

#endif
