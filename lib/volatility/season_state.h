/* SPDX-License-Identifier: Apache-2.0 */
/* Seasons and their options among the bytes of another state. */
#ifndef CRUCIBLE__SEASON_STATE_H
#define CRUCIBLE__SEASON_STATE_H

#include <crucible/season.h>

#include "base/pack.h"

void crucible__season_pack_options(crucible__pack *out,
                                   const crucible_season_options *options);
/* E_STORE where they are no options; what fails to be read fails in->failed. */
crucible_status
crucible__season_unpack_options(crucible__unpack *in,
                                crucible_season_options *options);

void crucible__season_pack(crucible__pack *out, const crucible_season *season);
/* NULL and in->failed where the bytes are not those of a season; E_NOMEM. */
crucible_status crucible__season_unpack(crucible__unpack *in,
                                        crucible_season **season);

#endif
