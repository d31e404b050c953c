/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Optuna's PercentilePruner: the checks of optuna/pruners/_percentile.py in
 * their order, and numpy's nanpercentile() in its arithmetic.
 */
#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "study/pruner_parts.h"
#include "study/study_state.h"

void crucible_percentile_options_init(crucible_percentile_options *options,
                                      size_t struct_size) {
  crucible_percentile_options defaults = {.struct_size = sizeof defaults,
                                          .percentile = 50,
                                          .n_startup_trials = 5,
                                          .interval_steps = 1,
                                          .n_min_trials = 1};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
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

/* numpy's linear interpolation, which gives NaN next to an infinity. */
static double percentile_of(const double *sorted, size_t n, double percent) {
  const double at = (double)(n - 1) * (percent / 100);
  if (!(at < (double)(n - 1)))
    return sorted[n - 1] - (sorted[n - 1] - sorted[n - 1]);
  const double place = floor(at), t = at - place;
  const double low = sorted[(size_t)place], high = sorted[(size_t)place + 1];
  return t >= 0.5 ? high - (high - low) * (1 - t) : low + (high - low) * t;
}

static crucible_status should_prune(const void *self,
                                    const crucible_study *study,
                                    const crucible_trial *trial,
                                    int32_t *answer) {
  const crucible_percentile_options *o = self;
  int minimize = study->direction == CRUCIBLE_MINIMIZE;
  uint64_t n_complete = study->n_state[CRUCIBLE_TRIAL_COMPLETE];
  *answer = 0;
  if (n_complete == 0 || n_complete < o->n_startup_trials ||
      trial->n_reports == 0)
    return CRUCIBLE_OK;
  uint32_t step = trial->steps[trial->n_reports - 1];
  if (step < o->n_warmup_steps ||
      !crucible__is_first_in_interval(trial, o->n_warmup_steps,
                                      o->interval_steps))
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
  const double percent = minimize ? o->percentile : 100 - o->percentile;
  const double bound = percentile_of(values, n, percent);
  *answer = minimize ? best > bound : best < bound; /* NaN keeps it */
  return CRUCIBLE_OK;
}

static const crucible_pruner_backend percentile_backend = {
    .struct_size = sizeof percentile_backend,
    .name = "percentile",
    .should_prune = should_prune,
    .destroy = crucible__free};

crucible_status
crucible_pruner_percentile(const crucible_percentile_options *options,
                           crucible_pruner **pruner) {
  if (pruner == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "pruner is NULL");
  *pruner = NULL;
  crucible_percentile_options o;
  crucible_percentile_options_init(&o, sizeof o);
  CRUCIBLE__TRY(crucible__options_read(&o, sizeof o, options,
                                       "crucible_percentile_options"));
  if (!(o.percentile >= 0 && o.percentile <= 100))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.percentile is %g: must lie in [0, 100]",
                          o.percentile);
  if (o.interval_steps == 0 || o.n_min_trials == 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "options.%s is 0, must be >= 1",
                          o.interval_steps == 0 ? "interval_steps"
                                                : "n_min_trials");
  return crucible__pruner_of(&percentile_backend, &o, sizeof o, pruner);
}
