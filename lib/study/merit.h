/* SPDX-License-Identifier: Apache-2.0 */
/* Which of two ended trials is better. */
#ifndef CRUCIBLE__MERIT_H
#define CRUCIBLE__MERIT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/study.h>

/*
 * A total order of COMPLETE and PRUNED trials, as Optuna's TPE has it: feasible
 * COMPLETE ones by value, then feasible PRUNED ones by last step (later is
 * better) and last report, then infeasible ones by violation; of equal ones the
 * earlier.
 */
int crucible__trial_outranks(const crucible_study *study, uint64_t a,
                             uint64_t b);

/* Places of trials numbers[n] in the order of their merit, best first: order[n].
   scratch[n]. */
void crucible__rank_trials(const crucible_study *study, const uint64_t *numbers,
                           size_t n, size_t *order, size_t *scratch);

#endif
