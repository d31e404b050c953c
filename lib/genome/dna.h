/* SPDX-License-Identifier: Apache-2.0 */
/* What a genome is made of, for those who write, read and draw it. */
#ifndef CRUCIBLE__DNA_H
#define CRUCIBLE__DNA_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/features.h>
#include <crucible/genome.h>
#include <crucible/space.h>

#include "base/numtext.h"

enum {
  CRUCIBLE__DNA_VERSION = 2, /* 2: with the refit gene */
  CRUCIBLE__HORIZON_BARS_MAX = 100000,
  CRUCIBLE__TTL_BARS_MAX = 10000
};

struct crucible_genome {
  crucible_genes genes;
  crucible_feature_spec *features; /* [genes.n_features] names are static */
  double *model_params;            /* [genes.n_model_params] */
  double *model_places; /* [genes.n_model_params] where each lies on its scale,
                           [0, 1]; whole and apart for choices; NaN: inactive */
  crucible_lineage lineage;
  char *json;       /* the genes alone */
  char *json_whole; /* genes and lineage */
  uint8_t id[CRUCIBLE_GENOME_ID_BYTES];
};

/* Names of constants 1, 2, ... in JSON and in the space. */
typedef struct crucible__names {
  const char *const *names; /* [n] name of constant i + 1 */
  size_t n;
} crucible__names;

extern const crucible__names crucible__side_names;    /* CRUCIBLE_SIDE_* */
extern const crucible__names crucible__entry_names;   /* CRUCIBLE_ENTRY_* */
extern const crucible__names crucible__sizing_names;  /* CRUCIBLE_SIZE_* */
extern const crucible__names crucible__horizon_names; /* CRUCIBLE_HORIZON_* */
extern const crucible__names crucible__refit_names;   /* CRUCIBLE_REFIT_* */
extern const crucible__names crucible__origin_names;  /* CRUCIBLE_ORIGIN_* */

/* The constant of a name, 0 if there is none. */
int32_t crucible__constant_of(const crucible__names *names, const char *name);

/* An empty genome with the defaults of all genes. */
crucible_status crucible__genome_new(crucible_genome **genome);

/* Makes room for features; those that are there stay. */
crucible_status crucible__genome_add_feature(crucible_genome *genome,
                                             const crucible_feature_spec *spec);

/* The kind's parameters without a prefix; E_INVALID if there is no such. */
crucible_status crucible__kind_space(const char *kind, crucible_space **space);

/*
 * Sorts, checks and writes what the genes hold; the genome is done after that.
 * A gene that makes no sense gives wrong (E_DATA, E_DOMAIN, ...) with its path.
 */
crucible_status crucible__genome_finish(crucible_genome *genome,
                                        crucible_status wrong);

/* Also sets model_places. */
crucible_status crucible__dna_check(crucible_genome *genome,
                                    crucible_status wrong);

double crucible__distance(const crucible_genome *a, const crucible_genome *b);

/* Canonical JSON of the genes; text->failed tells of E_NOMEM. */
crucible_status crucible__dna_write(const crucible_genome *genome,
                                    crucible__text *text);
void crucible__lineage_write(const crucible_lineage *lineage,
                             crucible__text *text);

/* E_INVALID unless the lineage holds together. */
crucible_status crucible__lineage_check(const crucible_lineage *lineage,
                                        crucible_status wrong);

#endif
