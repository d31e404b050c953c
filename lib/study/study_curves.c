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
static size_t find_place(const crucible__curves *curves, uint32_t step) {
  size_t low = 0, high = curves->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (curves->steps[middle].step < step)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const crucible__step *crucible__curves_find(const crucible__curves *curves,
                                            uint32_t step) {
  size_t at = find_place(curves, step);
  return at < curves->n && curves->steps[at].step == step ? &curves->steps[at]
                                                          : NULL;
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
  const crucible__step *found = crucible__curves_find(&study->curves, step);
  *values = found != NULL ? found->values : NULL;
  *n = found != NULL ? found->n : 0;
  *n_reported = found != NULL ? found->n_reported : 0;
  return CRUCIBLE_OK;
}

void crucible__curves_free(crucible__curves *curves) {
  for (size_t i = 0; i < curves->n; ++i)
    crucible__free(curves->steps[i].values);
  crucible__free(curves->steps);
}

/* Room for one more value at a step; an empty step that stays behind on failure
   does no harm. */
static crucible_status reserve_value(crucible__curves *curves, uint32_t step) {
  size_t at = find_place(curves, step);
  if (at == curves->n || curves->steps[at].step != step) {
    void *grown = curves->steps;
    CRUCIBLE__TRY(crucible__grow(&grown, &curves->capacity, curves->n + 1,
                                 sizeof *curves->steps));
    curves->steps = grown;
    memmove(curves->steps + at + 1, curves->steps + at,
            (curves->n - at) * sizeof *curves->steps);
    curves->steps[at] = (crucible__step){.step = step};
    ++curves->n;
  }
  crucible__step *there = &curves->steps[at];
  void *grown = there->values;
  CRUCIBLE__TRY(crucible__grow(&grown, &there->capacity, there->n + 1,
                               sizeof *there->values));
  there->values = grown;
  return CRUCIBLE_OK;
}

static void join_value(crucible__curves *curves, uint32_t step, double value) {
  crucible__step *there = &curves->steps[find_place(curves, step)];
  ++there->n_reported;
  if (isnan(value))
    return;
  size_t low = 0, high = there->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (there->values[middle] <= value)
      low = middle + 1;
    else
      high = middle;
  }
  assert(there->n < there->capacity);
  memmove(there->values + low + 1, there->values + low,
          (there->n - low) * sizeof *there->values);
  there->values[low] = value;
  ++there->n;
}

crucible_status crucible__curves_reserve(crucible_study *study,
                                         const crucible__trial *trial,
                                         int32_t state) {
  for (size_t i = 0; i < trial->n_reports && state == CRUCIBLE_TRIAL_COMPLETE;
       ++i)
    CRUCIBLE__TRY(reserve_value(&study->curves, trial->steps[i]));
  for (size_t i = 0; i < trial->n_rungs; ++i)
    CRUCIBLE__TRY(
        reserve_value(&study->rungs, crucible__rung_key(trial->bracket, i)));
  return CRUCIBLE_OK;
}

void crucible__curves_join(crucible_study *study, const crucible__trial *trial,
                           int32_t state) {
  for (size_t i = 0; i < trial->n_rungs; ++i)
    join_value(&study->rungs, crucible__rung_key(trial->bracket, i),
               trial->rungs[i]);
  if (state != CRUCIBLE_TRIAL_COMPLETE || trial->n_reports == 0)
    return;
  for (size_t i = 0; i < trial->n_reports; ++i)
    join_value(&study->curves, trial->steps[i], trial->reports[i]);
  const uint32_t last = trial->steps[trial->n_reports - 1];
  if (last >= study->last_step)
    study->last_step = last < UINT32_MAX ? last + 1 : last;
}
