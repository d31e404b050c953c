/* SPDX-License-Identifier: Apache-2.0 */
/* What a study is made of. */
#ifndef CRUCIBLE__STUDY_STATE_H
#define CRUCIBLE__STUDY_STATE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <crucible/pruners.h>
#include <crucible/samplers.h>
#include <crucible/study.h>
#include <crucible/sys/pruner.h>
#include <crucible/sys/sampler.h>

#include "study/point_index.h"

struct crucible_sampler {
  const crucible_sampler_backend *backend;
  void *self;
};

struct crucible_pruner {
  const crucible_pruner_backend *backend;
  void *self;
};

typedef struct crucible__trial {
  int32_t state, source, how;
  uint32_t n_parents;
  uint64_t parents[2];
  uint64_t duplicate_of;
  double value, violation;
  double *fixed;   /* [n] enqueued in part: as given, NaN where free; or NULL */
  uint32_t *steps; /* [n_reports] ascending */
  double *reports; /* [n_reports] */
  size_t n_reports, report_capacity;
  double *rungs; /* [n_rungs] values that a halving pruner has compared */
  size_t n_rungs, rung_capacity;
  uint32_t bracket; /* of Hyperband */
} crucible__trial;

/* What trials that have ended reported at one step, or had at one rung. */
typedef struct crucible__step {
  double *values; /* [n] ascending */
  size_t n, capacity;
  size_t n_reported; /* n and those that were NaN */
  uint32_t step;
} crucible__step;

typedef struct crucible__curves {
  crucible__step *steps; /* [n] ascending */
  size_t n, capacity;
} crucible__curves;

struct crucible_study {
  const crucible_space *space;
  const crucible_sampler *sampler;
  void *sampler_state;
  const crucible_pruner *pruner; /* or NULL */
  uint64_t seed;
  int32_t direction;

  crucible__trial *trials; /* [n_trials] */
  size_t n_trials, trial_capacity;
  double *points; /* [n_trials * parameters] */
  size_t point_capacity;
  double *drawn;       /* [parameters] scratch of ask */
  size_t next_waiting; /* no trial below waits */

  uint64_t *running; /* [n_running] ascending */
  size_t n_running, running_capacity;
  uint64_t n_taken_back; /* trials that a failed ask took back */
  uint64_t *finished;    /* [n_finished] in order of tells */
  size_t n_finished, finished_capacity;
  uint64_t best;       /* or CRUCIBLE_TRIAL_NONE */
  uint64_t n_state[5]; /* trials by state */
  uint64_t n_infeasible;

  crucible__point_index points_seen; /* distinct points that are chosen */
  crucible__point_index alike;       /* for skip_if_exists */
  size_t n_alike;                    /* trials that are in it */

  crucible__curves curves; /* of COMPLETE trials */
  crucible__curves rungs;  /* of all that have ended; crucible__rung_key() */
  uint32_t last_step;      /* of COMPLETE trials with reports, plus one; 0: none
                              so far */
  /* what last_step was when a halving pruner asked first: its resource */
  _Atomic uint32_t first_last_step;
};

extern const crucible_sampler crucible__random_sampler;

double *crucible__study_point(const crucible_study *study, uint64_t number);

/* Whether a trial of such a value is better: feasible before infeasible, then
   less violation, then the value, then the lower number. Neither is NaN. */
int crucible__trial_is_better(const crucible_study *study, uint64_t a,
                              uint64_t b);

/* The same, and it must be running. */
crucible_status crucible__study_running(const crucible_study *study,
                                        uint64_t number,
                                        crucible__trial **trial);

/* Room for n_more trials in trials, points and points_seen. */
crucible_status crucible__study_reserve(crucible_study *study, size_t n_more);

/* Adds a trial with a point that is all NaN; there must be room. */
crucible__trial *crucible__study_add(crucible_study *study, int32_t state,
                                     int32_t source);

/* Moves a trial to another state; there must be room for a running one, which
   crucible__study_reserve() made. */
void crucible__study_set_state(crucible_study *study, uint64_t number,
                               int32_t state);

/* Takes the last trial back. */
void crucible__study_drop_last(crucible_study *study);

/* Notes that the trial's point is chosen: sets duplicate_of. There must be
   room in points_seen. */
void crucible__study_note_point(crucible_study *study, uint64_t number);
uint64_t crucible__study_hash(const crucible_study *study, const double *point);

/* Room for the end of a trial; then its end, which cannot fail. */
crucible_status crucible__study_reserve_end(crucible_study *study,
                                            const crucible__trial *trial,
                                            int32_t state);
void crucible__study_end(crucible_study *study, uint64_t number, int32_t state,
                         double value, double violation);

/* study_curves.c: reports and rungs of a trial that ends join the curves. */
crucible_status crucible__curves_reserve(crucible_study *study,
                                         const crucible__trial *trial,
                                         int32_t state);
void crucible__curves_join(crucible_study *study, const crucible__trial *trial,
                           int32_t state);
void crucible__curves_free(crucible__curves *curves);

/* What was compared at a step, NULL: nothing. */
const crucible__step *crucible__curves_find(const crucible__curves *curves,
                                            uint32_t step);

/* A rung of a bracket as a step. */
static inline uint32_t crucible__rung_key(uint32_t bracket, size_t rung) {
  return bracket << 8 | (uint32_t)rung;
}

#endif
