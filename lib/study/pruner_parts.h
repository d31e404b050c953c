/* SPDX-License-Identifier: Apache-2.0 */
/* What several pruners share. */
#ifndef CRUCIBLE__PRUNER_PARTS_H
#define CRUCIBLE__PRUNER_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/sys/pruner.h>

/* No earlier report lies in the interval of the last one; the last step is not
   below the warm-up. */
int crucible__is_first_in_interval(const crucible_trial *trial, uint32_t warmup,
                                   uint32_t interval);

/* A pruner with a copy of its options. */
crucible_status crucible__pruner_of(const crucible_pruner_backend *backend,
                                    const void *options, size_t size,
                                    crucible_pruner **pruner);

/*
 * Successive halving. A trial's bracket is what min_early_stopping_rate is too:
 * trials of one bracket are compared. minimum: step of the first rung.
 */
typedef struct crucible__halving {
  uint32_t minimum, factor, rate, bracket, bootstrap;
} crucible__halving;

crucible_status crucible__halve(const crucible__halving *halving,
                                const crucible_study *study,
                                const crucible_trial *trial, int32_t *answer);

/* The largest last step of the COMPLETE trials plus one when this was asked
   first after there was one; 0: there is none. */
uint32_t crucible__first_last_step(const crucible_study *study);

#endif
