/* SPDX-License-Identifier: Apache-2.0 */
/* A watchtower as bytes, for checkpoints. */
#ifndef CRUCIBLE__WATCHTOWER_STATE_H
#define CRUCIBLE__WATCHTOWER_STATE_H

#include <crucible/watchtower.h>

#include "base/pack.h"

/* Failures stay in pack. */
void crucible__watchtower_save(const crucible_watchtower *watchtower,
                               crucible__pack *pack);

/*
 * The watchtower that was saved: the same bits in all that follows. options as
 * at crucible_watchtower_create(), and the same as at saving: else E_INVALID.
 * E_STORE if the bytes hold something else, E_NOMEM. *watchtower is NULL on
 * failure.
 */
crucible_status
crucible__watchtower_load(const crucible_watchtower_options *options,
                          crucible__unpack *unpack,
                          crucible_watchtower **watchtower);

#endif
