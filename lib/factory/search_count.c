/* SPDX-License-Identifier: Apache-2.0 */
/* How much was tried: N, V and effective N behind DSR_select, and how much of a
   trial's test its ancestors had traded before. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/stats.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "factory/search_job.h"

/* ---- bars that ancestors traded ---- */

typedef struct span {
  int64_t from, until;
} span;

static int by_from(const void *a, const void *b) {
  const span *x = a, *y = b;
  return (x->from > y->from) - (x->from < y->from);
}

/* Bars of [begin, end) that open within a span; the spans are sorted. */
static uint64_t count_bars(const crucible_bars *bars, size_t begin, size_t end,
                           const span *spans, size_t n) {
  uint64_t count = 0;
  size_t k = 0;
  for (size_t i = begin; i < end; ++i) {
    int64_t open = bars->open_time_ms[i];
    while (k < n && spans[k].until <= open)
      ++k;
    count += k < n && spans[k].from <= open;
  }
  return count;
}

static int is_among(uint8_t (*ids)[CRUCIBLE_GENOME_ID_BYTES], size_t n,
                    const uint8_t id[CRUCIBLE_GENOME_ID_BYTES]) {
  for (size_t i = 0; i < n; ++i)
    if (memcmp(ids[i], id, CRUCIBLE_GENOME_ID_BYTES) == 0)
      return 1;
  return 0;
}

crucible_status crucible__search_lived(const crucible__search_job *job,
                                       const crucible__lane *lane,
                                       const crucible_genome *genome,
                                       size_t begin, size_t end, uint64_t *n) {
  const crucible_factory_request *r = &job->request;
  uint8_t(*ids)[CRUCIBLE_GENOME_ID_BYTES] = NULL;
  size_t capacity = 0, n_ids, n_spans = 0;
  crucible__known of;
  crucible_factory_trial row = {.genome = genome};
  *n = 0;
  if (r->n_lived == 0)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible__known_of(&row, &of));
  span *spans = crucible__alloc(r->n_lived, sizeof *spans);
  crucible_status status =
      spans == NULL ? CRUCIBLE_E_NOMEM
                    : crucible__memory_lineage(&job->factory->memory,
                                               job->known, job->n_known, &of,
                                               &ids, &capacity, &n_ids);
  if (status == CRUCIBLE_OK) {
    for (size_t i = 0; i < r->n_lived; ++i)
      if (is_among(ids, n_ids, r->lived[i].genome_id))
        spans[n_spans++] = (span){r->lived[i].from_ms, r->lived[i].until_ms};
    if (n_spans > 1)
      qsort(spans, n_spans, sizeof *spans, by_from);
    *n = count_bars(&lane->bars, begin, end, spans, n_spans);
  }
  crucible__free(ids);
  crucible__free(spans);
  return status;
}

static crucible_status mark_lived(crucible__search_job *job,
                                  crucible__searched *trial) {
  const crucible_forge_report *r = trial->report;
  crucible_genes genes = {.struct_size = sizeof genes};
  if (r == NULL || r->n_folds == 0)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible_genome_genes(trial->genome, &genes));
  return crucible__search_lived(
      job, crucible__search_lane(job, genes.timeframe_ms), trial->genome,
      r->folds[0].test_begin, r->folds[r->n_folds - 1].test_end,
      &trial->row.n_ancestor_bars);
}

/* ---- effective N ---- */

/* A trial's results by fold, less their mean, of length one; 0 if a fold is
   missing or all are equal. A fold without a trade neither won nor lost. */
static int fold_results(const crucible__searched *trial, uint32_t n_folds,
                        double *unit) {
  const crucible_forge_report *r = trial->report;
  double mean = 0, square = 0;
  if (r == NULL || r->n_folds != n_folds)
    return 0;
  for (uint32_t k = 0; k < n_folds; ++k) {
    unit[k] = isfinite(r->folds[k].sharpe) ? r->folds[k].sharpe : 0;
    mean += unit[k];
  }
  mean /= n_folds;
  for (uint32_t k = 0; k < n_folds; ++k) {
    unit[k] -= mean;
    square += unit[k] * unit[k];
  }
  if (!(square > 0))
    return 0;
  for (uint32_t k = 0; k < n_folds; ++k)
    unit[k] /= sqrt(square);
  return 1;
}

/* Mean correlation of all pairs: unit vectors add up to (n + pairs' sum). */
static double mean_correlation(const crucible__search_job *job) {
  const crucible_search *search = job->search;
  uint32_t n_folds = job->factory->forge.n_folds;
  double sum[CRUCIBLE_FOLDS_MAX] = {0}, unit[CRUCIBLE_FOLDS_MAX], square = 0;
  uint64_t n = 0;
  if (n_folds < 3) /* two results always correlate fully */
    return 0;
  for (uint64_t i = 0; i < search->report.n_trials; ++i) {
    if (!fold_results(&search->trials[i], n_folds, unit))
      continue;
    ++n;
    for (uint32_t k = 0; k < n_folds; ++k)
      sum[k] += unit[k];
  }
  if (n < 2)
    return 0;
  for (uint32_t k = 0; k < n_folds; ++k)
    square += sum[k] * sum[k];
  double mean = (square - (double)n) / ((double)n * ((double)n - 1));
  return mean > 0 ? fmin(mean, 1) : 0;
}

/* ---- N and V ---- */

static crucible_status list_known(crucible__search_job *job) {
  crucible_search *search = job->search;
  job->known =
      crucible__alloc((size_t)search->report.n_trials, sizeof *job->known);
  if (job->known == NULL)
    return CRUCIBLE_E_NOMEM;
  for (uint64_t i = 0; i < search->report.n_trials; ++i)
    if (search->trials[i].genome != NULL)
      CRUCIBLE__TRY(crucible__known_of(&search->trials[i].row,
                                       &job->known[job->n_known++]));
  return CRUCIBLE_OK;
}

static crucible_status list_ancestors(crucible__search_job *job) {
  size_t n = job->request.n_elites;
  const crucible_genome **genomes = crucible__alloc(n, sizeof *genomes);
  if (genomes == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < n; ++i)
    genomes[i] = job->elites[i].genome;
  crucible_status status = crucible__memory_ancestors(
      &job->factory->memory, genomes, n, &job->ancestors, &job->n_ancestors);
  crucible__free(genomes);
  return status;
}

crucible_status crucible__search_count(crucible__search_job *job) {
  crucible_search_report *r = &job->search->report;
  crucible__breadth breadth;
  CRUCIBLE__TRY(list_known(job));
  CRUCIBLE__TRY(list_ancestors(job));
  CRUCIBLE__TRY(crucible__memory_breadth(&job->factory->memory, job->ancestors,
                                         job->n_ancestors, job->known,
                                         job->n_known, &breadth));
  r->n_genomes = breadth.n_genomes;
  r->n_genomes_here = breadth.n_here;
  r->n_ancestral = job->n_ancestors;
  r->n_variance = breadth.n_variance >= 2 ? breadth.n_variance : 0;
  r->sharpe_variance = breadth.variance;
  r->mean_correlation = mean_correlation(job);
  r->n_effective =
      r->mean_correlation + (1 - r->mean_correlation) * (double)r->n_genomes;
  for (uint64_t i = 0; i < r->n_trials; ++i)
    CRUCIBLE__TRY(mark_lived(job, &job->search->trials[i]));
  return CRUCIBLE_OK;
}

/* ---- DSR_select ---- */

/* V and the result in the winner's own bars, as its moments are; NaN where a
   figure is not defined. */
void crucible__search_deflate(const crucible__search_job *job,
                              crucible__winner *winner) {
  const crucible_search_report *s = &job->search->report;
  const crucible_forge_report *r = &winner->report;
  crucible_genes genes = {.struct_size = sizeof genes};
  winner->row.dsr_select = winner->row.z = (double)NAN;
  winner->row.expected_max_sharpe = (double)NAN;
  if (crucible_genome_genes(winner->row.genome, &genes) != CRUCIBLE_OK)
    return;
  double ratio = (double)genes.timeframe_ms /
                 (double)job->factory->options.base_timeframe_ms;
  double variance = s->n_variance > 0 ? s->sharpe_variance * ratio
                                      : 1 / (double)r->n_test_bars;
  crucible_dsr_options options;
  crucible_dsr_options_init(&options, sizeof options);
  options.n_trials = s->n_genomes > 0 ? s->n_genomes : 1;
  options.trial_sharpe_variance = variance;
  crucible_sharpe_record record;
  crucible_sharpe_record_init(&record, sizeof record);
  record.n = r->n_test_bars;
  record.sharpe_per_observation = r->sharpe;
  record.skewness = r->skewness;
  record.kurtosis = r->kurtosis;
  crucible_dsr_result result = {.struct_size = sizeof result};
  if (crucible_dsr(&record, &options, &result) != CRUCIBLE_OK)
    return;
  winner->row.dsr_select = result.dsr;
  winner->row.z = result.z;
  winner->row.expected_max_sharpe = result.expected_max_sharpe / sqrt(ratio);
}
