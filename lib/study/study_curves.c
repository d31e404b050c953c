/* SPDX-License-Identifier: Apache-2.0 */
/* Reports while a trial runs, and what COMPLETE trials reported by step. */
#include <crucible/sys/pruner.h>

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "study/study_state.h"

/* Room for another report in both arrays; touches this trial alone. */
static crucible_status reserve_report(crucible__trial *trial) {
  if (trial->n_reports < trial->report_capacity)
    return CRUCIBLE_OK;
  size_t capacity = trial->report_capacity;
  void *grown = trial->steps;
  CRUCIBLE__TRY(crucible__grow(&grown, &capacity, trial->n_reports + 1,
                               sizeof *trial->steps));
  trial->steps = grown;
  capacity = trial->report_capacity;
  grown = trial->reports;
  CRUCIBLE__TRY(crucible__grow(&grown, &capacity, trial->n_reports + 1,
                               sizeof *trial->reports));
  trial->reports = grown;
  trial->report_capacity = capacity;
  return CRUCIBLE_OK;
}

crucible_status crucible_study_report(crucible_study *study, uint64_t number,
                                      uint32_t step, double value) {
  crucible__trial *trial = NULL;
  CRUCIBLE__TRY(crucible__study_running(study, number, &trial));
  size_t at = trial->n_reports;
  while (at > 0 && trial->steps[at - 1] > step)
    --at;
  if (at > 0 && trial->steps[at - 1] == step)
    return CRUCIBLE_OK; /* the first one counts */
  CRUCIBLE__TRY(reserve_report(trial));
  size_t n_after = trial->n_reports - at;
  memmove(trial->steps + at + 1, trial->steps + at,
          n_after * sizeof *trial->steps);
  memmove(trial->reports + at + 1, trial->reports + at,
          n_after * sizeof *trial->reports);
  trial->steps[at] = step;
  trial->reports[at] = value;
  ++trial->n_reports;
  return CRUCIBLE_OK;
}

crucible_status crucible_study_should_prune(const crucible_study *study,
                                            uint64_t number,
                                            int32_t *should_prune) {
  crucible__trial *running = NULL;
  if (should_prune == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "should_prune is NULL");
  CRUCIBLE__TRY(crucible__study_running(study, number, &running));
  int32_t answer = 0;
  if (study->pruner != NULL) {
    crucible_trial trial = {.struct_size = sizeof trial};
    CRUCIBLE__TRY(crucible_study_trial(study, number, &trial));
    CRUCIBLE__TRY(study->pruner->backend->should_prune(study->pruner->self,
                                                       study, &trial, &answer));
  }
  *should_prune = answer != 0;
  return CRUCIBLE_OK;
}

/* Place of the first step >= step. */
static size_t find_step(const crucible_study *study, uint32_t step) {
  size_t low = 0, high = study->n_steps;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (study->steps[middle].step < step)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

crucible_status crucible_study_at_step(const crucible_study *study,
                                       uint32_t step, const double **values,
                                       size_t *n, size_t *n_reported) {
  if (study == NULL || values == NULL || n == NULL || n_reported == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          study == NULL    ? "study"
                          : values == NULL ? "values"
                          : n == NULL      ? "n"
                                           : "n_reported");
  size_t at = find_step(study, step);
  int is_there = at < study->n_steps && study->steps[at].step == step;
  *values = is_there ? study->steps[at].values : NULL;
  *n = is_there ? study->steps[at].n : 0;
  *n_reported = is_there ? study->steps[at].n_reported : 0;
  return CRUCIBLE_OK;
}

/* An empty step that stays behind on failure does no harm. */
crucible_status crucible__steps_reserve(crucible_study *study,
                                        const crucible__trial *trial) {
  for (size_t i = 0; i < trial->n_reports; ++i) {
    size_t at = find_step(study, trial->steps[i]);
    if (at == study->n_steps || study->steps[at].step != trial->steps[i]) {
      void *grown = study->steps;
      CRUCIBLE__TRY(crucible__grow(&grown, &study->step_capacity,
                                   study->n_steps + 1, sizeof *study->steps));
      study->steps = grown;
      memmove(study->steps + at + 1, study->steps + at,
              (study->n_steps - at) * sizeof *study->steps);
      study->steps[at] = (crucible__step){.step = trial->steps[i]};
      ++study->n_steps;
    }
    crucible__step *step = &study->steps[at];
    void *grown = step->values;
    CRUCIBLE__TRY(crucible__grow(&grown, &step->capacity, step->n + 1,
                                 sizeof *step->values));
    step->values = grown;
  }
  return CRUCIBLE_OK;
}

void crucible__steps_join(crucible_study *study, const crucible__trial *trial) {
  for (size_t i = 0; i < trial->n_reports; ++i) {
    crucible__step *step = &study->steps[find_step(study, trial->steps[i])];
    double value = trial->reports[i];
    ++step->n_reported;
    if (isnan(value))
      continue;
    size_t low = 0, high = step->n;
    while (low < high) {
      size_t middle = low + (high - low) / 2;
      if (step->values[middle] <= value)
        low = middle + 1;
      else
        high = middle;
    }
    assert(step->n < step->capacity);
    memmove(step->values + low + 1, step->values + low,
            (step->n - low) * sizeof *step->values);
    step->values[low] = value;
    ++step->n;
  }
}
