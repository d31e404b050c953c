/* SPDX-License-Identifier: Apache-2.0 */
/* Pruners that look at the trial's own reports: patient, threshold, PSR. */
#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/normal.h"
#include "study/pruner_parts.h"
#include "study/study_state.h"

void crucible_patient_options_init(crucible_patient_options *options,
                                   size_t struct_size) {
  crucible_patient_options defaults = {.struct_size = sizeof defaults};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

void crucible_threshold_options_init(crucible_threshold_options *options,
                                     size_t struct_size) {
  crucible_threshold_options defaults = {.struct_size = sizeof defaults,
                                         .lower = -(double)INFINITY,
                                         .upper = (double)INFINITY,
                                         .interval_steps = 1};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

void crucible_psr_options_init(crucible_psr_options *options,
                               size_t struct_size) {
  crucible_psr_options defaults = {.struct_size = sizeof defaults,
                                   .least_probability = 0.05,
                                   .benchmark = (double)NAN,
                                   .observations = 1};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

/* The best of reports, the largest; NaN if all are. */
static double most(const double *reports, size_t n, double sign) {
  double best = (double)NAN;
  for (size_t i = 0; i < n; ++i)
    if (isnan(best) || sign * reports[i] > best)
      best = sign * reports[i];
  return best;
}

static crucible_status patient_prunes(const void *self,
                                      const crucible_study *study,
                                      const crucible_trial *trial,
                                      int32_t *answer) {
  const crucible_patient_options *o = self;
  const double sign = study->direction == CRUCIBLE_MINIMIZE ? -1 : 1;
  *answer = 0;
  if (trial->n_reports <= (size_t)o->patience + 1)
    return CRUCIBLE_OK;
  const size_t n_before = trial->n_reports - o->patience - 1;
  const double before = most(trial->reports, n_before, sign);
  const double after =
      most(trial->reports + n_before, trial->n_reports - n_before, sign);
  if (!(before - o->min_delta > after)) /* NaN keeps it */
    return CRUCIBLE_OK;
  *answer = 1;
  return o->wrapped == NULL ? CRUCIBLE_OK
                            : o->wrapped->backend->should_prune(
                                  o->wrapped->self, study, trial, answer);
}

static crucible_status threshold_prunes(const void *self,
                                        const crucible_study *study,
                                        const crucible_trial *trial,
                                        int32_t *answer) {
  const crucible_threshold_options *o = self;
  (void)study;
  *answer = 0;
  if (trial->n_reports == 0)
    return CRUCIBLE_OK;
  const uint32_t step = trial->steps[trial->n_reports - 1];
  if (step < o->n_warmup_steps ||
      !crucible__is_first_in_interval(trial, o->n_warmup_steps,
                                      o->interval_steps))
    return CRUCIBLE_OK;
  const double last = trial->reports[trial->n_reports - 1];
  *answer = !(last >= o->lower && last <= o->upper);
  return CRUCIBLE_OK;
}

static crucible_status psr_prunes(const void *self, const crucible_study *study,
                                  const crucible_trial *trial,
                                  int32_t *answer) {
  const crucible_psr_options *o = self;
  *answer = 0;
  if (trial->n_reports == 0 ||
      trial->steps[trial->n_reports - 1] < o->n_warmup_steps)
    return CRUCIBLE_OK;
  double benchmark = o->benchmark;
  if (isnan(benchmark)) {
    if (study->best == CRUCIBLE_TRIAL_NONE)
      return CRUCIBLE_OK;
    benchmark = study->trials[study->best].value;
  }
  const double ratio = trial->reports[trial->n_reports - 1];
  const double n = (double)trial->steps[trial->n_reports - 1] * o->observations;
  if (!(n > 1))
    return CRUCIBLE_OK;
  const double z =
      (ratio - benchmark) * sqrt(n - 1) / sqrt(1 + ratio * ratio / 2);
  *answer = isnan(ratio) || crucible__normal_cdf(z) < o->least_probability;
  return CRUCIBLE_OK;
}

static const crucible_pruner_backend patient_backend = {
    .struct_size = sizeof patient_backend,
    .name = "patient",
    .should_prune = patient_prunes,
    .destroy = crucible__free};

static const crucible_pruner_backend threshold_backend = {
    .struct_size = sizeof threshold_backend,
    .name = "threshold",
    .should_prune = threshold_prunes,
    .destroy = crucible__free};

static const crucible_pruner_backend psr_backend = {.struct_size =
                                                        sizeof psr_backend,
                                                    .name = "psr",
                                                    .should_prune = psr_prunes,
                                                    .destroy = crucible__free};

crucible_status crucible_pruner_patient(const crucible_patient_options *options,
                                        crucible_pruner **pruner) {
  if (pruner == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "pruner is NULL");
  *pruner = NULL;
  crucible_patient_options o;
  crucible_patient_options_init(&o, sizeof o);
  if (options != NULL)
    CRUCIBLE__TRY(crucible__options_read(&o, sizeof o, options,
                                         "crucible_patient_options"));
  if (!(o.min_delta >= 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.min_delta is %g, must be >= 0", o.min_delta);
  if (o.reserved != 0)
    return crucible__fail(CRUCIBLE_E_VERSION,
                          "options.reserved is %u, must be 0", o.reserved);
  return crucible__pruner_of(&patient_backend, &o, sizeof o, pruner);
}

crucible_status
crucible_pruner_threshold(const crucible_threshold_options *options,
                          crucible_pruner **pruner) {
  if (pruner == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "pruner is NULL");
  *pruner = NULL;
  crucible_threshold_options o;
  crucible_threshold_options_init(&o, sizeof o);
  CRUCIBLE__TRY(crucible__options_read(&o, sizeof o, options,
                                       "crucible_threshold_options"));
  if (!(o.lower <= o.upper) || (isinf(o.lower) && isinf(o.upper)))
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "options.lower is %g and upper %g: give one of them at "
        "least, lower <= upper",
        o.lower, o.upper);
  if (o.interval_steps == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.interval_steps is 0, must be >= 1");
  return crucible__pruner_of(&threshold_backend, &o, sizeof o, pruner);
}

crucible_status crucible_pruner_psr(const crucible_psr_options *options,
                                    crucible_pruner **pruner) {
  if (pruner == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "pruner is NULL");
  *pruner = NULL;
  crucible_psr_options o;
  crucible_psr_options_init(&o, sizeof o);
  if (options != NULL)
    CRUCIBLE__TRY(
        crucible__options_read(&o, sizeof o, options, "crucible_psr_options"));
  if (!(o.least_probability > 0 && o.least_probability < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.least_probability is %g: must lie in (0, 1)",
                          o.least_probability);
  if (o.observations == 0 || isinf(o.benchmark))
    return crucible__fail(CRUCIBLE_E_INVALID, "options.%s",
                          o.observations == 0
                              ? "observations is 0, must be >= 1"
                              : "benchmark is infinite");
  return crucible__pruner_of(&psr_backend, &o, sizeof o, pruner);
}
