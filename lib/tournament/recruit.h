/* SPDX-License-Identifier: Apache-2.0 */
/* Draws genomes and trains them until every slot has a feasible one. */
#ifndef CRUCIBLE__RECRUIT_H
#define CRUCIBLE__RECRUIT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/arena.h>
#include <crucible/forge.h>
#include <crucible/genome.h>
#include <crucible/runtime.h>

#include "tournament/config.h"

/* A genome that was tried. */
typedef struct crucible__candidate {
  crucible_genome *genome;
  crucible_forged *forged; /* NULL: not even training was possible */
  char reason[192];        /* why it is not feasible; "" if it is */
} crucible__candidate;

typedef struct crucible__recruits {
  crucible__candidate *candidates; /* in order of their draws */
  size_t n, capacity;
  size_t n_feasible;
} crucible__recruits;

typedef struct crucible__recruiting {
  const crucible_arena *arena; /* its bars so far are what is trained on */
  const crucible_instrument *instrument;
  const crucible__config *config;
  uint32_t has;
  uint64_t seed;
  crucible_pool *pool;
  const crucible_cancel *cancel;
  void (*progress)(uint64_t n_tried, uint64_t n_feasible, void *data);
  void *progress_data;
} crucible__recruiting;

/*
 * Candidates are trained in batches on the pool and counted in order of their
 * draws, so that the result does not depend on the number of threads. Fewer
 * feasible ones than slots is no failure. E_TOO_SHORT if the data are too
 * short for every one.
 */
crucible_status crucible__recruit(const crucible__recruiting *recruiting,
                                  crucible__recruits *recruits);
void crucible__recruits_clear(crucible__recruits *recruits);

#endif
