/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of a CMA-ES between 0 and 1, one after another. */
#ifndef CRUCIBLE__CMA_SEARCH_H
#define CRUCIBLE__CMA_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/samplers.h>

#include "study/cma.h"
#include "study/cma_choices.h"
#include "study/cma_margin.h"

typedef struct crucible__cma_search {
  crucible_cma_options options;
  uint64_t seed;
  size_t n; /* numbers */
  crucible__cma cma;
  crucible__cma_margin margin;
  crucible__cma_choices choices;
  uint64_t run; /* 0: not started */
  size_t first_population;
  size_t large_population;           /* of the last run with a large one */
  int is_small;                      /* the present run's population */
  uint64_t spent_large, spent_small; /* trials of all runs of a kind */
  uint64_t spent, limit;             /* of the present run */
} crucible__cma_search;

/* cells[n]: how many values an axis has, evenly spaced between 0 and 1, each in
   the middle of its part; 0: any number. params[n_choices]: categorical ones. */
crucible_status crucible__cma_search_init(crucible__cma_search *s,
                                          const crucible_cma_options *options,
                                          uint64_t seed, const double *cells,
                                          size_t n,
                                          const crucible_param *const *params,
                                          size_t n_choices);
void crucible__cma_search_free(crucible__cma_search *s);

/* The first run, from the middle, or from the best n_best of other points: rows
   of n numbers and of choices. */
crucible_status crucible__cma_search_start(crucible__cma_search *s,
                                           const double *points,
                                           const double *picks, size_t n_best);

/* A generation, best first; is_foreign as crucible__cma_tell() has it. */
void crucible__cma_search_tell(crucible__cma_search *s, const double *points,
                               const double *picks, const uint8_t *is_foreign,
                               double best, double worst);

/* Whether the present run is over; then the next one, from a random place.
   Unchanged on failure. */
int crucible__cma_search_is_over(crucible__cma_search *s);
crucible_status crucible__cma_search_restart(crucible__cma_search *s);

#endif
