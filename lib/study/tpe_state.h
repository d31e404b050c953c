/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the TPE sampler knows of one study: which trials are below the quantile
 * and which are not, and the models that learn from them.
 */
#ifndef CRUCIBLE__TPE_STATE_H
#define CRUCIBLE__TPE_STATE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/samplers.h>

#include "study/mt19937.h"
#include "study/tpe_model.h"

enum { CRUCIBLE__TPE_MOST_BELOW = 25 };

/* The trials that count, split; tpe_split.c. */
typedef struct crucible__tpe_split {
  uint64_t n_read;     /* ends that were looked at */
  uint64_t n_finished; /* COMPLETE and PRUNED ones among them */
  uint64_t leaders[CRUCIBLE__TPE_MOST_BELOW]; /* the best, best first */
  size_t n_leaders;
  size_t n_below; /* so many of them are below */
  uint8_t *sides; /* [place_capacity] 1 + the side of a trial, 0: none */
  size_t n_sides; /* trials that have an entry */
  size_t capacity;
  uint64_t *fresh; /* [n_fresh] ended since the last look, ascending */
  size_t n_fresh, fresh_capacity;
  uint64_t *running; /* [n_running] counted while they run */
  size_t n_running, running_capacity;
} crucible__tpe_split;

/*
 * What the models were asked for while a trial runs. Optuna counts a running
 * trial with all that it drew jointly, also with what its own choices then made
 * inactive; this keeps such values until the trial ends.
 */
typedef struct crucible__tpe_shadow {
  uint64_t number;
  double *point; /* [parameters] */
} crucible__tpe_shadow;

typedef struct crucible__tpe_group {
  uint8_t *is_in;             /* [parameters] */
  crucible__tpe_model *model; /* NULL until it is asked, or without an axis */
} crucible__tpe_group;

typedef struct crucible__tpe_state {
  const crucible_study *study;
  crucible_tpe_options options;
  crucible__tpe_split split;
  uint64_t n_taken_back;       /* as of the study */
  int is_broken;               /* an update failed half way */
  size_t *by_name;             /* [parameters] their numbers, sorted by name */
  crucible__tpe_group *groups; /* [n_groups] asked together */
  size_t n_groups, group_capacity;
  double *joint; /* [parameters] scratch: what groups were asked for */
  crucible__tpe_model **alone; /* [parameters] asked one by one; NULL if not */
  crucible__tpe_shadow *shadows; /* [n_shadows] of mode OPTUNA */
  size_t n_shadows, shadow_capacity;
  crucible__mt19937 choices, startup; /* streams of the parity mode */
} crucible__tpe_state;

/* Learns what has happened, but for the trial that is asked for. */
crucible_status crucible__tpe_update(crucible__tpe_state *state,
                                     uint64_t asked);

/* The model of a group, or of one parameter; NULL: there is nothing to ask. */
crucible_status crucible__tpe_group_model(crucible__tpe_state *state,
                                          crucible__tpe_group *group,
                                          crucible__tpe_model **model);
crucible_status crucible__tpe_alone_model(crucible__tpe_state *state,
                                          size_t param,
                                          crucible__tpe_model **model);

/* Keeps the joint values of the trial that is asked for; *shadow: where, until
   the next call. */
crucible_status crucible__tpe_keep_shadow(crucible__tpe_state *state,
                                          uint64_t number, const double *point,
                                          double **shadow);

/* Forgets all that was learnt. */
void crucible__tpe_forget(crucible__tpe_state *state);

#endif
