/* SPDX-License-Identifier: Apache-2.0 */
/* Trials and their states. */
#include <crucible/study.h>

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "study/study_state.h"

void crucible_study_options_init(crucible_study_options *options,
                                 size_t struct_size) {
  crucible_study_options defaults = {.struct_size = sizeof defaults,
                                     .direction = CRUCIBLE_MAXIMIZE,
                                     .seed = 1};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

crucible_status crucible_study_create(const crucible_study_options *options,
                                      crucible_study **study) {
  if (study == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "study is NULL");
  *study = NULL;
  crucible_study_options o;
  crucible_study_options_init(&o, sizeof o);
  CRUCIBLE__TRY(
      crucible__options_read(&o, sizeof o, options, "crucible_study_options"));
  size_t n = crucible_space_count(o.space);
  if (n == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.space %s: give the space to search",
                          o.space == NULL ? "is NULL" : "has no parameters");
  if (o.direction != CRUCIBLE_MINIMIZE && o.direction != CRUCIBLE_MAXIMIZE)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.direction is %d: must be "
                          "CRUCIBLE_MINIMIZE (%d) or CRUCIBLE_MAXIMIZE (%d)",
                          (int)o.direction, CRUCIBLE_MINIMIZE,
                          CRUCIBLE_MAXIMIZE);
  if (o.reserved != 0)
    return crucible__fail(CRUCIBLE_E_VERSION,
                          "options.reserved is %u, must be 0", o.reserved);
  crucible_study *s = crucible__alloc_zero(1, sizeof *s);
  if (s == NULL)
    return CRUCIBLE_E_NOMEM;
  s->space = o.space;
  s->direction = o.direction;
  s->seed = o.seed;
  s->pruner = o.pruner;
  s->best = CRUCIBLE_TRIAL_NONE;
  s->drawn = crucible__alloc(n, sizeof *s->drawn);
  if (s->drawn == NULL) {
    crucible_study_destroy(s);
    return CRUCIBLE_E_NOMEM;
  }
  const crucible_sampler *sampler =
      o.sampler != NULL ? o.sampler : &crucible__random_sampler;
  if (sampler->backend->open != NULL) {
    crucible_status status =
        sampler->backend->open(sampler->self, s, &s->sampler_state);
    if (status != CRUCIBLE_OK) {
      crucible_study_destroy(s);
      return status;
    }
  }
  s->sampler = sampler; /* from now on destroy closes it */
  *study = s;
  return CRUCIBLE_OK;
}

static void free_trial(crucible__trial *trial) {
  crucible__free(trial->fixed);
  crucible__free(trial->steps);
  crucible__free(trial->reports);
  crucible__free(trial->rungs);
}

void crucible_study_destroy(crucible_study *study) {
  if (study == NULL)
    return;
  if (study->sampler != NULL && study->sampler->backend->close != NULL)
    study->sampler->backend->close(study->sampler->self, study->sampler_state);
  for (size_t i = 0; i < study->n_trials; ++i)
    free_trial(&study->trials[i]);
  crucible__curves_free(&study->curves);
  crucible__curves_free(&study->rungs);
  crucible__free(study->trials);
  crucible__free(study->points);
  crucible__free(study->drawn);
  crucible__free(study->running);
  crucible__free(study->finished);
  crucible__point_index_free(&study->points_seen);
  crucible__point_index_free(&study->alike);
  crucible__free(study);
}

double *crucible__study_point(const crucible_study *study, uint64_t number) {
  return study->points + (size_t)number * crucible_space_count(study->space);
}

/* A trial by number, or why not. */
static crucible_status study_get(const crucible_study *study, uint64_t number,
                                 crucible__trial **trial) {
  if (study == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "study is NULL");
  if (number >= study->n_trials)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "number is %llu: the study has %zu trials",
                          (unsigned long long)number, study->n_trials);
  *trial = &study->trials[number];
  return CRUCIBLE_OK;
}

crucible_status crucible__study_running(const crucible_study *study,
                                        uint64_t number,
                                        crucible__trial **trial) {
  static const char *const names[] = {"running", "complete", "pruned", "failed",
                                      "waiting: ask for it first"};
  CRUCIBLE__TRY(study_get(study, number, trial));
  if ((*trial)->state != CRUCIBLE_TRIAL_RUNNING)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "trial %llu is not running, it is %s",
                          (unsigned long long)number, names[(*trial)->state]);
  return CRUCIBLE_OK;
}

crucible_status crucible__study_reserve(crucible_study *study, size_t n_more) {
  size_t n = crucible_space_count(study->space);
  if (n_more > (SIZE_MAX / sizeof(double) - study->n_trials) / n)
    return crucible__fail(CRUCIBLE_E_NOMEM, "no memory for %zu trials", n_more);
  void *grown = study->trials;
  CRUCIBLE__TRY(crucible__grow(&grown, &study->trial_capacity,
                               study->n_trials + n_more,
                               sizeof *study->trials));
  study->trials = grown;
  grown = study->points;
  CRUCIBLE__TRY(crucible__grow(&grown, &study->point_capacity,
                               (study->n_trials + n_more) * n,
                               sizeof *study->points));
  study->points = grown;
  grown = study->running;
  CRUCIBLE__TRY(crucible__grow(&grown, &study->running_capacity,
                               study->n_running + n_more,
                               sizeof *study->running));
  study->running = grown;
  /* also for those whose point is not chosen yet */
  return crucible__point_index_reserve(
      &study->points_seen, study->n_trials - study->points_seen.n + n_more);
}

/* Where a trial stands, or would, among the running ones. */
static size_t running_place(const crucible_study *study, uint64_t number) {
  size_t from = 0, to = study->n_running;
  while (from < to) {
    const size_t middle = from + (to - from) / 2;
    if (study->running[middle] < number)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

/* Keeps the list of running trials and the counts. */
static void count_state(crucible_study *study, uint64_t number, int32_t state,
                        int is_one_more) {
  study->n_state[state] += is_one_more ? 1 : (uint64_t)-1;
  if (state != CRUCIBLE_TRIAL_RUNNING)
    return;
  const size_t at = running_place(study, number);
  uint64_t *place = study->running + at;
  if (is_one_more) {
    assert(study->n_running < study->running_capacity);
    memmove(place + 1, place, (study->n_running++ - at) * sizeof *place);
    *place = number;
  } else {
    memmove(place, place + 1, (--study->n_running - at) * sizeof *place);
  }
}

void crucible__study_set_state(crucible_study *study, uint64_t number,
                               int32_t state) {
  count_state(study, number, study->trials[number].state, 0);
  count_state(study, number, state, 1);
  study->trials[number].state = state;
}

void crucible__study_drop_last(crucible_study *study) {
  --study->n_trials;
  count_state(study, study->n_trials, study->trials[study->n_trials].state, 0);
  ++study->n_taken_back;
}

crucible__trial *crucible__study_add(crucible_study *study, int32_t state,
                                     int32_t source) {
  assert(study->n_trials < study->trial_capacity);
  uint64_t number = study->n_trials++;
  crucible__trial *trial = &study->trials[number];
  *trial = (crucible__trial){.state = state,
                             .source = source,
                             .duplicate_of = number,
                             .value = (double)NAN};
  double *point = crucible__study_point(study, number);
  for (size_t i = 0; i < crucible_space_count(study->space); ++i)
    point[i] = (double)NAN;
  count_state(study, number, state, 1);
  return trial;
}

uint64_t crucible__study_hash(const crucible_study *study,
                              const double *point) {
  uint64_t hash = 0;
  for (size_t i = 0; i < crucible_space_count(study->space); ++i)
    hash = crucible__hash_mix(hash, crucible__hash_bits(point[i]));
  return hash;
}

/* The first trial with a point, or TRIAL_NONE. */
static uint64_t find(const crucible_study *study, const double *point,
                     uint64_t hash) {
  size_t n = crucible_space_count(study->space), cursor = 0;
  uint64_t number;
  while (
      crucible__point_index_next(&study->points_seen, hash, &cursor, &number)) {
    const double *other = crucible__study_point(study, number);
    size_t i = 0;
    while (i < n &&
           crucible__hash_bits(point[i]) == crucible__hash_bits(other[i]))
      ++i;
    if (i == n)
      return number;
  }
  return CRUCIBLE_TRIAL_NONE;
}

crucible_status crucible_study_find(const crucible_study *study,
                                    const double *point, uint64_t *number) {
  if (study == NULL || point == NULL || number == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          study == NULL   ? "study"
                          : point == NULL ? "point"
                                          : "number");
  *number = find(study, point, crucible__study_hash(study, point));
  return CRUCIBLE_OK;
}

void crucible__study_note_point(crucible_study *study, uint64_t number) {
  const double *point = crucible__study_point(study, number);
  uint64_t hash = crucible__study_hash(study, point);
  uint64_t first = find(study, point, hash);
  if (first == CRUCIBLE_TRIAL_NONE)
    crucible__point_index_add(&study->points_seen, hash, first = number);
  study->trials[number].duplicate_of = first;
}

int crucible__trial_is_better(const crucible_study *study, uint64_t a,
                              uint64_t b) {
  const crucible__trial *x = &study->trials[a], *y = &study->trials[b];
  if (x->violation != y->violation)
    return x->violation < y->violation;
  if (x->value != y->value)
    return (x->value < y->value) == (study->direction == CRUCIBLE_MINIMIZE);
  return a < b;
}

crucible_status crucible__study_reserve_end(crucible_study *study,
                                            const crucible__trial *trial,
                                            int32_t state) {
  void *grown = study->finished;
  CRUCIBLE__TRY(crucible__grow(&grown, &study->finished_capacity,
                               study->n_finished + 1, sizeof *study->finished));
  study->finished = grown;
  return crucible__curves_reserve(study, trial, state);
}

void crucible__study_end(crucible_study *study, uint64_t number, int32_t state,
                         double value, double violation) {
  crucible__trial *trial = &study->trials[number];
  crucible__study_set_state(study, number, state);
  trial->value = value;
  trial->violation = violation > 0 ? violation : 0;
  study->n_infeasible += violation > 0;
  study->finished[study->n_finished++] = number;
  crucible__curves_join(study, trial, state);
  if (state != CRUCIBLE_TRIAL_COMPLETE)
    return;
  if (!(violation > 0) &&
      (study->best == CRUCIBLE_TRIAL_NONE ||
       crucible__trial_is_better(study, number, study->best)))
    study->best = number;
}

crucible_status crucible_study_tell(crucible_study *study, uint64_t number,
                                    int32_t state, double value,
                                    double violation) {
  crucible__trial *trial = NULL;
  CRUCIBLE__TRY(crucible__study_running(study, number, &trial));
  if (state == CRUCIBLE_TRIAL_COMPLETE) {
    if (isnan(value))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "value is NaN: a trial without a value is told as "
                            "CRUCIBLE_TRIAL_FAILED");
  } else if (state == CRUCIBLE_TRIAL_PRUNED) {
    value = trial->n_reports > 0 ? trial->reports[trial->n_reports - 1]
                                 : (double)NAN;
  } else if (state == CRUCIBLE_TRIAL_FAILED) {
    value = (double)NAN;
  } else {
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "state is %d: a trial ends as COMPLETE (%d), PRUNED "
                          "(%d) or FAILED (%d)",
                          (int)state, CRUCIBLE_TRIAL_COMPLETE,
                          CRUCIBLE_TRIAL_PRUNED, CRUCIBLE_TRIAL_FAILED);
  }
  CRUCIBLE__TRY(crucible__study_reserve_end(study, trial, state));
  crucible__study_end(study, number, state, value, violation);
  return CRUCIBLE_OK;
}

uint64_t crucible_study_count(const crucible_study *study) {
  return study == NULL ? 0 : study->n_trials;
}

crucible_status crucible_study_trial(const crucible_study *study,
                                     uint64_t number, crucible_trial *trial) {
  crucible__trial *t = NULL;
  if (trial == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "trial is NULL");
  CRUCIBLE__TRY(study_get(study, number, &t));
  crucible_trial out = {.struct_size = sizeof out,
                        .number = number,
                        .state = t->state,
                        .source = t->source,
                        .value = t->value,
                        .violation = t->violation,
                        .is_feasible = !(t->violation > 0),
                        .how = t->how,
                        .n_parents = t->n_parents,
                        .parents = {t->parents[0], t->parents[1]},
                        .duplicate_of = t->duplicate_of,
                        .point = crucible__study_point(study, number),
                        .steps = t->steps,
                        .reports = t->reports,
                        .n_reports = t->n_reports};
  return crucible__result_write(trial, &out, sizeof out, "crucible_trial");
}

crucible_status crucible_study_best(const crucible_study *study,
                                    uint64_t *number) {
  if (study == NULL || number == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          study == NULL ? "study" : "number");
  if (study->best == CRUCIBLE_TRIAL_NONE)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "none of %zu trials is complete and feasible",
                          study->n_trials);
  *number = study->best;
  return CRUCIBLE_OK;
}

crucible_status crucible_study_summarize(const crucible_study *study,
                                         crucible_study_summary *summary) {
  if (study == NULL || summary == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          study == NULL ? "study" : "summary");
  crucible_study_summary out = {
      .struct_size = sizeof out,
      .space = study->space,
      .direction = study->direction,
      .seed = study->seed,
      .n_trials = study->n_trials,
      .n_waiting = study->n_state[CRUCIBLE_TRIAL_WAITING],
      .n_running = study->n_state[CRUCIBLE_TRIAL_RUNNING],
      .n_complete = study->n_state[CRUCIBLE_TRIAL_COMPLETE],
      .n_pruned = study->n_state[CRUCIBLE_TRIAL_PRUNED],
      .n_failed = study->n_state[CRUCIBLE_TRIAL_FAILED],
      .n_infeasible = study->n_infeasible,
      .n_distinct = study->points_seen.n};
  return crucible__result_write(summary, &out, sizeof out,
                                "crucible_study_summary");
}

crucible_status crucible_study_finished(const crucible_study *study,
                                        uint64_t index, uint64_t *number) {
  if (study == NULL || number == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          study == NULL ? "study" : "number");
  *number =
      index < study->n_finished ? study->finished[index] : CRUCIBLE_TRIAL_NONE;
  return CRUCIBLE_OK;
}

crucible_status crucible_study_running(const crucible_study *study,
                                       uint64_t index, uint64_t *number) {
  if (study == NULL || number == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          study == NULL ? "study" : "number");
  *number =
      index < study->n_running ? study->running[index] : CRUCIBLE_TRIAL_NONE;
  return CRUCIBLE_OK;
}
