/* SPDX-License-Identifier: Apache-2.0 */
/* What an elite pool is made of, and its rules. */
#ifndef CRUCIBLE__ELITE_POOL_H
#define CRUCIBLE__ELITE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/genome.h>

/* A member, or one on record. */
typedef struct crucible__elite {
  crucible_elite given; /* its genome is owned; score as of the pool's bar */
  double earned;        /* score before any age */
  /* of those on record */
  int32_t outcome;
  char reason[CRUCIBLE_ELITE_REASON_SIZE];
  /* while a candidate is looked at: distance to it, and how the member leaves
     (CRUCIBLE_ELITE_REJECTED_*, 0: it stays) */
  double distance;
  int32_t leaves;
} crucible__elite;

struct crucible_elite_pool {
  crucible_elite_options options;
  crucible__elite *members;  /* [capacity + 1] best first */
  size_t n;                  /* members */
  crucible__elite *rejected; /* [REJECTED_KEPT] number i at i % REJECTED_KEPT */
  uint64_t n_rejected;       /* ever */
  double *scores;            /* [capacity + 1] scratch */
  uint64_t bar;              /* the present */
};

/* Rejected ones that are still on record. */
size_t crucible__elite_kept(const crucible_elite_pool *pool);

/* Whether a comes before b: a total order. */
int crucible__elite_is_better(const crucible__elite *a,
                              const crucible__elite *b);

/* A later entry of the same record. */
int crucible__elite_is_same_record(const crucible__elite *a,
                                   const crucible__elite *b);

/* Sets the candidate's earned and score at the pool's bar. */
void crucible__elite_settle(const crucible_elite_pool *pool,
                            crucible__elite *candidate);

/* The score at the pool's bar. */
double crucible__elite_aged(const crucible_elite_pool *pool,
                            const crucible__elite *elite);

/* What becomes of a candidate whose distances to the members are there, with
   its reason; sets leaves of the members that have to go if it is taken. */
int32_t crucible__elite_verdict(const crucible_elite_pool *pool,
                                crucible__elite *candidate);

#endif
