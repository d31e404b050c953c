/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of points. */
#include <crucible/study.h>

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/rng.h"
#include "space/points.h"
#include "study/study_state.h"

/*
 * Puts the point together: what was enqueued, else what the sampler says; what
 * became active by an enqueued choice and the sampler left out is drawn.
 */
static void join(const crucible_space *space, const double *fixed,
                 const double *drawn, uint64_t seed, double *point) {
  for (size_t i = 0; i < space->n; ++i) {
    const crucible_param *p = &space->params[i];
    if (!crucible__param_is_active(p, point)) {
      point[i] = (double)NAN;
    } else if (!isnan(fixed[i])) {
      point[i] = fixed[i];
    } else if (!isnan(drawn[i])) {
      point[i] = drawn[i];
    } else {
      crucible__rng rng;
      crucible__rng_init(&rng, seed, CRUCIBLE__RNG_SAMPLER, i);
      point[i] = crucible__param_draw(p, crucible__rng_uniform(&rng));
    }
  }
}

/* Chooses the point of a trial, or what is free of it. */
static crucible_status choose(crucible_study *study, uint64_t number) {
  crucible__trial *trial = &study->trials[number];
  crucible__rng rng;
  crucible__rng_init(&rng, study->seed, CRUCIBLE__RNG_SAMPLER, number);
  crucible_sampler_request request = {.struct_size = sizeof request,
                                      .number = number,
                                      .seed = crucible__rng_u64(&rng),
                                      .fixed = trial->fixed};
  crucible_sampler_origin origin = {.struct_size = sizeof origin};
  const crucible_sampler_backend *backend = study->sampler->backend;
  for (size_t i = 0; i < study->space->n; ++i)
    study->drawn[i] = (double)NAN;
  CRUCIBLE__TRY(backend->ask(study->sampler->self, study->sampler_state, study,
                             &request, study->drawn, &origin));
  crucible_status status = crucible_space_check(study->space, study->drawn);
  if (status != CRUCIBLE_OK)
    return crucible__fail_at(status, "point of sampler %s for trial %llu",
                             backend->name, (unsigned long long)number);
  double *point = crucible__study_point(study, number);
  if (trial->fixed != NULL)
    join(study->space, trial->fixed, study->drawn, request.seed, point);
  else
    memcpy(point, study->drawn, study->space->n * sizeof *point);
  trial->how = origin.how;
  trial->n_parents = origin.n_parents < 2 ? origin.n_parents : 2;
  for (uint32_t i = 0; i < trial->n_parents; ++i)
    trial->parents[i] = origin.parents[i];
  crucible__study_note_point(study, number);
  return CRUCIBLE_OK;
}

/* Takes back what the ask did to the trials numbers[0 .. k). */
static void take_back(crucible_study *study, const uint64_t *numbers,
                      size_t k) {
  while (k > 0) {
    uint64_t number = numbers[--k];
    crucible__trial *trial = &study->trials[number];
    double *point = crucible__study_point(study, number);
    int is_sampled = trial->source == CRUCIBLE_TRIAL_SAMPLED;
    if ((is_sampled || trial->fixed != NULL) && trial->duplicate_of == number)
      crucible__point_index_undo(&study->points_seen,
                                 crucible__study_hash(study, point), number);
    if ((size_t)number < study->next_waiting)
      study->next_waiting = (size_t)number;
    if (is_sampled) {
      crucible__study_drop_last(study);
      continue;
    }
    crucible__study_set_state(study, number, CRUCIBLE_TRIAL_WAITING);
    if (trial->fixed == NULL)
      continue;
    memcpy(point, trial->fixed, study->space->n * sizeof *point);
    trial->how = 0;
    trial->n_parents = 0;
    trial->duplicate_of = number;
  }
}

/* The next trial of the batch, its point not noted if this fails. */
static crucible_status ask_one(crucible_study *study, uint64_t *number) {
  size_t i = study->next_waiting;
  while (i < study->n_trials &&
         study->trials[i].state != CRUCIBLE_TRIAL_WAITING)
    ++i;
  *number = i;
  if (i == study->n_trials) {
    study->next_waiting = i;
    crucible__study_add(study, CRUCIBLE_TRIAL_RUNNING, CRUCIBLE_TRIAL_SAMPLED);
    crucible_status status = choose(study, i);
    if (status != CRUCIBLE_OK)
      crucible__study_drop_last(study);
    return status;
  }
  if (study->trials[i].fixed != NULL)
    CRUCIBLE__TRY(choose(study, i));
  crucible__study_set_state(study, i, CRUCIBLE_TRIAL_RUNNING);
  study->next_waiting = i + 1;
  return CRUCIBLE_OK;
}

crucible_status crucible_study_ask(crucible_study *study, size_t k,
                                   uint64_t *numbers) {
  if (study == NULL || numbers == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          study == NULL ? "study" : "numbers");
  if (k == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "k is 0: ask for one trial at least");
  CRUCIBLE__TRY(crucible__study_reserve(study, k));
  uint64_t *asked = crucible__alloc(k, sizeof *asked);
  if (asked == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = CRUCIBLE_OK;
  for (size_t i = 0; i < k && status == CRUCIBLE_OK; ++i) {
    status = ask_one(study, &asked[i]);
    if (status != CRUCIBLE_OK)
      take_back(study, asked, i);
  }
  if (status == CRUCIBLE_OK)
    memcpy(numbers, asked, k * sizeof *asked);
  crucible__free(asked);
  return status;
}
