/* SPDX-License-Identifier: Apache-2.0 */
/* What a factory remembers of the studies it admitted. */
#ifndef CRUCIBLE__FACTORY_MEMORY_H
#define CRUCIBLE__FACTORY_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/factory.h>

#include "base/pack.h"

/* A trial that had a genome. Saved as it is: no padding. */
typedef struct crucible__known {
  uint8_t id[CRUCIBLE_GENOME_ID_BYTES];
  uint8_t parents[CRUCIBLE_GENOME_PARENTS_MAX][CRUCIBLE_GENOME_ID_BYTES];
  uint32_t n_parents;
  uint8_t is_evaluated; /* a fold was run: it counts among N */
  uint8_t is_winner;
  uint8_t reserved[2];
  double sharpe_base; /* NaN: not defined */
} crucible__known;

typedef struct crucible__study_record {
  uint64_t study;
  uint64_t *seeds; /* [n_seeds] studies whose genomes seeded it, ascending */
  size_t n_seeds;
  crucible__known *known; /* [n_known] in order of trials */
  size_t n_known;
} crucible__study_record;

/* A trial to breed from at once. */
typedef struct crucible__prior {
  crucible_genome *genome;
  double value;
  uint64_t study;
} crucible__prior;

typedef struct crucible__memory {
  crucible__study_record *records; /* [n] in order of admission */
  size_t n, capacity;
  crucible__prior *prior; /* [n_prior] best first */
  size_t n_prior;
} crucible__memory;

void crucible__memory_free(crucible__memory *memory);

const crucible__study_record *
crucible__memory_find(const crucible__memory *memory, uint64_t study);

/* The row of a trial as it is remembered; its genome is not NULL. */
crucible_status crucible__known_of(const crucible_factory_trial *trial,
                                   crucible__known *known);

/* Makes a study known. All or nothing. */
crucible_status crucible__memory_add(crucible__memory *memory, size_t max_prior,
                                     uint64_t study,
                                     const crucible_factory_trial *trials,
                                     size_t n);

/*
 * Studies that a study seeded with these elites, and with the prior as it is
 * now, descends from: those that handed an elite out, where it was born, where
 * the prior's trials ran, and all of these' own, each once, ascending.
 */
crucible_status crucible__memory_ancestors(const crucible__memory *memory,
                                           const crucible_genome *const *elites,
                                           size_t n_elites, uint64_t **studies,
                                           size_t *n);

/* N and V. */
typedef struct crucible__breadth {
  uint64_t n_genomes; /* distinct, evaluated */
  uint64_t n_here;    /* of them, in the study itself */
  uint64_t n_variance;
  double variance; /* NaN if fewer than two have a ratio */
} crucible__breadth;

/*
 * Over a study's trials (here) and its ancestors. A genome that was evaluated
 * more than once counts once, with its ratio of the latest study, and in that
 * of its first trial.
 */
crucible_status crucible__memory_breadth(const crucible__memory *memory,
                                         const uint64_t *ancestors,
                                         size_t n_ancestors,
                                         const crucible__known *here,
                                         size_t n_here,
                                         crucible__breadth *breadth);

/*
 * A genome's ancestors by id, itself the first, each once; looked up among the
 * trials here and in what is remembered. *ids is grown as needed.
 */
crucible_status crucible__memory_lineage(
    const crucible__memory *memory, const crucible__known *here, size_t n_here,
    const crucible__known *of, uint8_t (**ids)[CRUCIBLE_GENOME_ID_BYTES],
    size_t *capacity, size_t *n);

void crucible__memory_save(const crucible__memory *memory,
                           crucible__pack *pack);
/* Into an empty memory; what is wrong is noted in unpack, E_NOMEM or a genome
   that does not parse come back. */
crucible_status crucible__memory_load(crucible__memory *memory,
                                      crucible__unpack *unpack);

#endif
