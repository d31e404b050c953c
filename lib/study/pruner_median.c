/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Optuna's MedianPruner: the checks of optuna/pruners/_percentile.py in their
 * order, and numpy's nanpercentile(values, 50) in its arithmetic.
 */
#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "study/study_state.h"

void crucible_median_options_init(crucible_median_options *options,
                                  size_t struct_size) {
  crucible_median_options defaults = {.struct_size = sizeof defaults,
                                      .n_startup_trials = 5,
                                      .interval_steps = 1,
                                      .n_min_trials = 1};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

/* No earlier report lies in the interval of the last one. */
static int is_first_in_interval(const crucible_median_options *o,
                                const crucible_trial *trial) {
  if (trial->n_reports < 2)
    return 1;
  uint32_t step = trial->steps[trial->n_reports - 1];
  uint32_t interval = o->interval_steps, warmup = o->n_warmup_steps;
  uint32_t start = (step - warmup) / interval * interval + warmup;
  return trial->steps[trial->n_reports - 2] < start;
}

/* The best report of all steps, NaN if all are NaN. */
static double best_of(const crucible_trial *trial, int minimize) {
  double best = (double)NAN;
  for (size_t i = 0; i < trial->n_reports; ++i) {
    double x = trial->reports[i];
    if (isnan(best) || (minimize ? x < best : x > best))
      best = x;
  }
  return best;
}

/* The interpolation of numpy, which gives NaN next to an infinity. */
static double median_of(const double *sorted, size_t n) {
  if (n == 1)
    return sorted[0] - (sorted[0] - sorted[0]);
  double low = sorted[(n - 1) / 2], high = sorted[(n - 1) / 2 + 1];
  return n % 2 == 0 ? high - (high - low) * 0.5 : low + (high - low) * 0;
}

static crucible_status should_prune(const void *self,
                                    const crucible_study *study,
                                    const crucible_trial *trial,
                                    int32_t *answer) {
  const crucible_median_options *o = self;
  int minimize = study->direction == CRUCIBLE_MINIMIZE;
  uint64_t n_complete = study->n_state[CRUCIBLE_TRIAL_COMPLETE];
  *answer = 0;
  if (n_complete == 0 || n_complete < o->n_startup_trials ||
      trial->n_reports == 0)
    return CRUCIBLE_OK;
  uint32_t step = trial->steps[trial->n_reports - 1];
  if (step < o->n_warmup_steps || !is_first_in_interval(o, trial))
    return CRUCIBLE_OK;
  double best = best_of(trial, minimize);
  if (isnan(best)) {
    *answer = 1;
    return CRUCIBLE_OK;
  }
  const double *values;
  size_t n, n_reported;
  CRUCIBLE__TRY(crucible_study_at_step(study, step, &values, &n, &n_reported));
  if (n_reported < o->n_min_trials || n == 0)
    return CRUCIBLE_OK;
  double median = median_of(values, n);
  *answer = minimize ? best > median : best < median; /* NaN keeps it */
  return CRUCIBLE_OK;
}

static const crucible_pruner_backend median_backend = {
    .struct_size = sizeof median_backend,
    .name = "median",
    .should_prune = should_prune,
    .destroy = crucible__free};

crucible_status crucible_pruner_median(const crucible_median_options *options,
                                       crucible_pruner **pruner) {
  if (pruner == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "pruner is NULL");
  *pruner = NULL;
  crucible_median_options o;
  crucible_median_options_init(&o, sizeof o);
  CRUCIBLE__TRY(
      crucible__options_read(&o, sizeof o, options, "crucible_median_options"));
  if (o.interval_steps == 0 || o.n_min_trials == 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "options.%s is 0, must be >= 1",
                          o.interval_steps == 0 ? "interval_steps"
                                                : "n_min_trials");
  crucible_median_options *self = crucible__alloc(1, sizeof *self);
  if (self == NULL)
    return CRUCIBLE_E_NOMEM;
  *self = o;
  crucible_status status =
      crucible_pruner_create(&median_backend, self, pruner);
  if (status != CRUCIBLE_OK)
    crucible__free(self);
  return status;
}
