/* SPDX-License-Identifier: Apache-2.0 */
/* Optuna's WilcoxonPruner; the p-value as scipy.stats.wilcoxon() has it with
   zero_method "zsplit" and method "auto". */
#include <math.h>
#include <stdlib.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/normal.h"
#include "study/pruner_parts.h"
#include "study/study_state.h"

enum { MOST_EXACT = 50, MOST_WITH_TIES = 13 };

void crucible_wilcoxon_options_init(crucible_wilcoxon_options *options,
                                    size_t struct_size) {
  crucible_wilcoxon_options defaults = {
      .struct_size = sizeof defaults, .p_threshold = 0.1, .n_startup_steps = 2};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static int compare_sizes(const void *a, const void *b) {
  const double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
  return (x > y) - (x < y);
}

/* Share of all signs whose sum of doubled ranks is at least so much. */
static crucible_status share_above(const uint32_t *ranks, size_t n,
                                   uint32_t least, double *p) {
  uint32_t total = 0;
  for (size_t i = 0; i < n; ++i)
    total += ranks[i];
  double *ways = crucible__alloc_zero((size_t)total + 1, sizeof *ways);
  if (ways == NULL)
    return CRUCIBLE_E_NOMEM;
  ways[0] = 1;
  uint32_t reached = 0;
  for (size_t i = 0; i < n; ++i) {
    reached += ranks[i];
    for (uint32_t s = reached + 1; s-- > ranks[i];)
      ways[s] += ways[s - ranks[i]];
  }
  double above = 0;
  for (uint32_t s = least; s <= total; ++s)
    above += ways[s];
  *p = above / ldexp(1, (int)n);
  crucible__free(ways);
  return CRUCIBLE_OK;
}

/*
 * The p-value of differences[n] being greater than 0; they are sorted by size.
 * ranks: [n] scratch.
 */
static crucible_status signed_rank(double *differences, size_t n,
                                   uint32_t *ranks, double *p) {
  double ties = 0, plus = 0, zeros = 0;
  size_t n_nonzero = 0;
  int has_ties = 0;
  qsort(differences, n, sizeof *differences, compare_sizes);
  for (size_t from = 0, to; from < n; from = to) {
    for (to = from + 1;
         to < n && fabs(differences[to]) == fabs(differences[from]);)
      ++to;
    const double count = (double)(to - from);
    const uint32_t twice = (uint32_t)(from + to + 1); /* of the average rank */
    ties += count * count * count - count;
    has_ties |= to - from > 1;
    for (size_t i = from; i < to; ++i) {
      if (!(fabs(differences[i]) > 0)) {
        zeros += twice / 2.0;
        continue;
      }
      ranks[n_nonzero++] = twice;
      plus += differences[i] > 0 ? twice / 2.0 : 0;
    }
  }
  const double m = (double)n;
  if (n <= (has_ties || zeros > 0 ? MOST_WITH_TIES : MOST_EXACT))
    return share_above(ranks, n_nonzero, (uint32_t)(2 * plus), p);
  const double mean = m * (m + 1) / 4;
  const double error = sqrt((m * (m + 1) * (2 * m + 1) - ties / 2) / 24);
  *p = crucible__normal_cdf(-(plus + zeros / 2 - mean) / error);
  return CRUCIBLE_OK;
}

static int all_finite(const double *x, size_t n) {
  for (size_t i = 0; i < n; ++i)
    if (!isfinite(x[i]))
      return 0;
  return 1;
}

static double mean_of(const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    sum += x[i];
  return sum / (double)n;
}

/* Differences at common steps, positive where the trial is worse. */
static size_t subtract(const crucible_trial *trial, const crucible__trial *best,
                       double sign, double *differences) {
  size_t n = 0;
  for (size_t i = 0, k = 0; i < trial->n_reports && k < best->n_reports;) {
    if (trial->steps[i] == best->steps[k])
      differences[n++] = sign * (trial->reports[i++] - best->reports[k++]);
    else if (trial->steps[i] < best->steps[k])
      ++i;
    else
      ++k;
  }
  return n;
}

static crucible_status should_prune(const void *self,
                                    const crucible_study *study,
                                    const crucible_trial *trial,
                                    int32_t *answer) {
  const crucible_wilcoxon_options *o = self;
  const double sign = study->direction == CRUCIBLE_MINIMIZE ? 1 : -1;
  *answer = 0;
  if (trial->n_reports == 0 || study->best == CRUCIBLE_TRIAL_NONE ||
      !all_finite(trial->reports, trial->n_reports))
    return CRUCIBLE_OK;
  const crucible__trial *best = &study->trials[study->best];
  if (best->n_reports == 0 || !all_finite(best->reports, best->n_reports))
    return CRUCIBLE_OK;
  double *differences = crucible__alloc(trial->n_reports, sizeof *differences);
  uint32_t *ranks = crucible__alloc(trial->n_reports, sizeof *ranks);
  crucible_status status =
      differences == NULL || ranks == NULL ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
  double p = 1;
  if (status == CRUCIBLE_OK) {
    const size_t n = subtract(trial, best, sign, differences);
    if (n >= 2 && n >= o->n_startup_steps)
      status = signed_rank(differences, n, ranks, &p);
  }
  crucible__free(differences);
  crucible__free(ranks);
  const double own = sign * mean_of(trial->reports, trial->n_reports);
  *answer = p < o->p_threshold && /* NaN keeps it */
            sign * mean_of(best->reports, best->n_reports) < own;
  return status;
}

static const crucible_pruner_backend wilcoxon_backend = {
    .struct_size = sizeof wilcoxon_backend,
    .name = "wilcoxon",
    .should_prune = should_prune,
    .destroy = crucible__free};

crucible_status
crucible_pruner_wilcoxon(const crucible_wilcoxon_options *options,
                         crucible_pruner **pruner) {
  if (pruner == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "pruner is NULL");
  *pruner = NULL;
  crucible_wilcoxon_options o;
  crucible_wilcoxon_options_init(&o, sizeof o);
  if (options != NULL)
    CRUCIBLE__TRY(crucible__options_read(&o, sizeof o, options,
                                         "crucible_wilcoxon_options"));
  if (!(o.p_threshold >= 0 && o.p_threshold <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.p_threshold is %g: must lie in [0, 1]",
                          o.p_threshold);
  if (o.reserved != 0)
    return crucible__fail(CRUCIBLE_E_VERSION,
                          "options.reserved is %u, must be 0", o.reserved);
  return crucible__pruner_of(&wilcoxon_backend, &o, sizeof o, pruner);
}
