/* SPDX-License-Identifier: Apache-2.0 */
/* The rules over a record. */
#ifndef CRUCIBLE__WATCHTOWER_RULES_H
#define CRUCIBLE__WATCHTOWER_RULES_H

#include "watchtower/tracks.h"

/*
 * Asks the rules of one agent after a bar: arms decay, and writes the verdict
 * of the first rule met, if any. 1 if there is one.
 */
int crucible__tower_judge(const crucible_watchtower *tower,
                          crucible__record *record,
                          const crucible_observation *observation,
                          crucible_verdict *verdict);

#endif
