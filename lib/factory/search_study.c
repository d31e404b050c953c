/* SPDX-License-Identifier: Apache-2.0 */
/* The study of a search: all elites first, then what is bred, in batches. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "factory/search_job.h"

/* ---- numbers: of the study's trials and of ours ---- */

/* The study counts elites, then known trials, then what it samples; we count
   what is evaluated here. */
static uint64_t own_number(const crucible__search_job *job, uint64_t number) {
  return number < job->request.n_elites ? number : number - job->n_prior;
}

/* The genome of a trial of the study; NULL if its point was none. */
static const crucible_genome *genome_of(const crucible__search_job *job,
                                        uint64_t number) {
  uint64_t n_elites = job->request.n_elites;
  if (number >= n_elites && number < n_elites + job->n_prior)
    return job->prior[number - n_elites]->genome;
  return job->search->trials[own_number(job, number)].genome;
}

/* ---- what the study begins with ---- */

static crucible_status enqueue_elites(crucible__search_job *job,
                                      double *point) {
  const crucible_space *space = job->factory->options.space;
  for (size_t i = 0; i < job->request.n_elites; ++i) {
    crucible_status status =
        crucible_genome_point(job->elites[i].genome, space, point);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "request.elites[%zu]", i);
    CRUCIBLE__TRY(crucible_study_enqueue(job->study, point, NULL, 0, NULL));
  }
  return CRUCIBLE_OK;
}

static int is_elite(const crucible__search_job *job,
                    const crucible_genome *genome) {
  uint8_t id[CRUCIBLE_GENOME_ID_BYTES], other[CRUCIBLE_GENOME_ID_BYTES];
  if (crucible_genome_id(genome, id) != CRUCIBLE_OK)
    return 0;
  for (size_t i = 0; i < job->request.n_elites; ++i)
    if (crucible_genome_id(job->elites[i].genome, other) == CRUCIBLE_OK &&
        memcmp(id, other, sizeof id) == 0)
      return 1;
  return 0;
}

/* Known trials but those that are evaluated again as elites. */
static crucible_status add_prior(crucible__search_job *job, double *point) {
  const crucible__memory *memory = &job->factory->memory;
  job->prior = crucible__alloc(memory->n_prior, sizeof *job->prior);
  if (job->prior == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < memory->n_prior; ++i) {
    const crucible__prior *prior = &memory->prior[i];
    if (is_elite(job, prior->genome))
      continue;
    CRUCIBLE__TRY(crucible_genome_point(prior->genome,
                                        job->factory->options.space, point));
    CRUCIBLE__TRY(
        crucible_study_add_known(job->study, point, prior->value, 0, NULL));
    job->prior[job->n_prior++] = prior;
  }
  job->search->report.n_prior = job->n_prior;
  return CRUCIBLE_OK;
}

static crucible_status begin(crucible__search_job *job) {
  const crucible_factory *factory = job->factory;
  CRUCIBLE__TRY(crucible_sampler_genetic(&factory->genetic, &job->sampler));
  CRUCIBLE__TRY(crucible_pruner_percentile(&factory->median, &job->pruner));
  crucible_study_options options;
  crucible_study_options_init(&options, sizeof options);
  options.space = factory->options.space;
  options.direction = CRUCIBLE_MAXIMIZE;
  options.seed = job->study_seed;
  options.sampler = job->sampler;
  options.pruner = job->pruner;
  CRUCIBLE__TRY(crucible_study_create(&options, &job->study));
  double *point =
      crucible__alloc(crucible_space_count(options.space), sizeof *point);
  crucible_status status = point != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
  if (status == CRUCIBLE_OK)
    status = enqueue_elites(job, point);
  if (status == CRUCIBLE_OK)
    status = add_prior(job, point);
  crucible__free(point);
  return status;
}

/* ---- one trial ---- */

static void set_reason(crucible_factory_trial *row, const char *reason) {
  (void)snprintf(row->reason, sizeof row->reason, "%s", reason);
}

static crucible_status set_lineage(const crucible__search_job *job,
                                   const crucible_trial *trial,
                                   crucible_lineage *lineage) {
  *lineage = (crucible_lineage){.struct_size = sizeof *lineage,
                                .origin = CRUCIBLE_ORIGIN_DRAWN,
                                .study = job->request.study,
                                .trial = own_number(job, trial->number)};
  for (uint32_t p = 0; p < trial->n_parents; ++p) {
    const crucible_genome *parent = genome_of(job, trial->parents[p]);
    if (parent == NULL) /* a point that is no genome breeds nothing */
      continue;
    crucible_lineage older = {.struct_size = sizeof older};
    CRUCIBLE__TRY(crucible_genome_lineage(parent, &older));
    CRUCIBLE__TRY(
        crucible_genome_id(parent, lineage->parents[lineage->n_parents++]));
    if (lineage->generation <= older.generation)
      lineage->generation = older.generation + 1;
  }
  if (lineage->n_parents > 0)
    lineage->origin = lineage->n_parents == 1 ? CRUCIBLE_ORIGIN_MUTATED
                                              : CRUCIBLE_ORIGIN_CROSSED;
  return CRUCIBLE_OK;
}

/* The genome of a trial that was asked for; none where the point is none. */
static crucible_status make_trial(crucible__search_job *job, uint64_t number) {
  crucible_trial trial = {.struct_size = sizeof trial};
  CRUCIBLE__TRY(crucible_study_trial(job->study, number, &trial));
  uint64_t own = own_number(job, number);
  crucible__searched *made = &job->search->trials[own];
  made->row = (crucible_factory_trial){.struct_size = sizeof made->row,
                                       .number = own,
                                       .how = trial.how,
                                       .value = (double)NAN,
                                       .sharpe_base = (double)NAN};
  crucible_status status;
  if (own < job->request.n_elites) { /* the very genome, with its lineage */
    const char *json = crucible_genome_json(job->elites[own].genome, 1);
    made->row.elite = (uint32_t)own + 1;
    status = crucible_genome_parse(json, strlen(json), &made->genome);
  } else {
    crucible_lineage lineage;
    CRUCIBLE__TRY(set_lineage(job, &trial, &lineage));
    status = crucible_genome_create(job->factory->options.space, trial.point,
                                    job->factory->instrument.symbol, &lineage,
                                    &made->genome);
    if (status == CRUCIBLE_E_DOMAIN) {
      set_reason(&made->row, crucible_last_error());
      return CRUCIBLE_OK;
    }
  }
  made->row.genome = made->genome;
  return status;
}

/* ---- training ---- */

typedef struct batch {
  crucible__search_job *job;
  uint64_t *numbers;           /* [n] of the study */
  crucible_forge_times *times; /* [n] */
  size_t n;
} batch;

typedef struct watched {
  crucible__search_job *job;
  uint64_t number;
  crucible_status status; /* why the callback failed */
} watched;

/* After each fold, on the worker: the study hears of it and may prune. Of what
   did not trade so far there is nothing to report: it is neither measured by the
   median of those that did, nor part of it. */
static int32_t on_fold(const crucible_fold_progress *progress,
                       void *user_data) {
  watched *w = user_data;
  int32_t should_prune = 0;
  if (!isfinite(progress->sharpe_base))
    return 0;
  w->status = crucible_study_report(
      w->job->study, w->number, progress->n_folds_done, progress->sharpe_base);
  if (w->status == CRUCIBLE_OK && progress->n_folds_done < progress->n_folds)
    w->status =
        crucible_study_should_prune(w->job->study, w->number, &should_prune);
  return w->status != CRUCIBLE_OK ? 2 : should_prune != 0;
}

static crucible_status take_report(crucible__searched *trial) {
  trial->report = crucible__alloc_zero(1, sizeof *trial->report);
  if (trial->report == NULL)
    return CRUCIBLE_E_NOMEM;
  trial->report->struct_size = sizeof *trial->report;
  CRUCIBLE__TRY(crucible_forged_report(trial->forged, trial->report));
  trial->row.report = trial->report;
  trial->row.n_folds = trial->report->n_folds;
  if (trial->report->n_folds > 0)
    trial->row.sharpe_base = trial->report->sharpe_base;
  return CRUCIBLE_OK;
}

static crucible_status train(size_t i, uint32_t worker, void *data) {
  batch *b = data;
  crucible__search_job *job = b->job;
  crucible__searched *trial =
      &job->search->trials[own_number(job, b->numbers[i])];
  (void)worker;
  if (trial->genome == NULL)
    return CRUCIBLE_OK;
  crucible_genes genes = {.struct_size = sizeof genes};
  CRUCIBLE__TRY(crucible_genome_genes(trial->genome, &genes));
  const crucible__lane *lane = crucible__search_lane(job, genes.timeframe_ms);
  if (lane == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the space has genomes that act on bars of %lld ms: "
                          "request.markets has none of that timeframe",
                          (long long)genes.timeframe_ms);
  watched w = {.job = job, .number = b->numbers[i]};
  crucible_forge_data forge_data;
  crucible_forge_options options;
  crucible__search_forge_data(job, lane, &b->times[i], &forge_data);
  crucible__search_forge_options(job, lane, CRUCIBLE_FORGE_FOLDS, &options);
  options.on_fold = on_fold;
  options.user_data = &w;
  crucible_status status = crucible_forge_run(
      trial->genome, &forge_data, &options, NULL, job->cancel, &trial->forged);
  if (status == CRUCIBLE_E_CALLBACK && w.status != CRUCIBLE_OK)
    return w.status; /* its text is this thread's last but one: out of memory
                        has no better one */
  if (crucible__is_genomes_fault(status)) {
    set_reason(&trial->row, crucible_last_error());
    return CRUCIBLE_OK;
  }
  CRUCIBLE__TRY(status);
  return take_report(trial);
}

/* ---- telling ---- */

/* What a finished forging is told as: feasible, or by how much not. */
static void judge(crucible__searched *trial, uint32_t min_trades) {
  crucible_factory_trial *row = &trial->row;
  const crucible_forge_report *r = trial->report;
  row->state = CRUCIBLE_TRIAL_COMPLETE;
  row->value = isfinite(r->sharpe_base) ? r->sharpe_base : 0;
  if (!r->is_feasible) {
    set_reason(row, r->infeasible_reason);
    row->violation = r->n_folds > 0 && r->n_trades < min_trades
                         ? (double)(min_trades - r->n_trades)
                         : 1;
  } else if (!isfinite(r->sharpe_base)) {
    set_reason(row, "the returns of its test bars are all equal");
    row->violation = 1;
  }
  row->is_feasible = row->violation == 0;
}

static crucible_status tell(crucible__search_job *job, uint64_t number) {
  crucible__searched *trial = &job->search->trials[own_number(job, number)];
  crucible_factory_trial *row = &trial->row;
  crucible_search_report *r = &job->search->report;
  if (trial->report == NULL) {
    row->state = CRUCIBLE_TRIAL_FAILED;
    ++r->n_failed;
  } else if (trial->report->is_pruned) {
    row->state = CRUCIBLE_TRIAL_PRUNED;
    row->value = row->sharpe_base; /* the last report */
    ++r->n_pruned;
  } else {
    judge(trial, job->factory->forge.min_trades);
    ++r->n_complete;
    r->n_infeasible += !row->is_feasible;
  }
  ++job->n_done;
  return crucible_study_tell(job->study, number, row->state, row->value,
                             row->violation);
}

/* ---- batches ---- */

static crucible_status run_batch(batch *b) {
  crucible__search_job *job = b->job;
  CRUCIBLE__TRY(crucible_study_ask(job->study, b->n, b->numbers));
  for (size_t i = 0; i < b->n; ++i)
    CRUCIBLE__TRY(make_trial(job, b->numbers[i]));
  memset(b->times, 0, b->n * sizeof *b->times);
  CRUCIBLE__TRY(crucible__pool_run(job->pool, b->n, train, b, job->cancel));
  for (size_t i = 0; i < b->n; ++i) {
    CRUCIBLE__TRY(tell(job, b->numbers[i]));
    crucible__search_add_times(job->search, &b->times[i]);
  }
  crucible__search_progress(job);
  return CRUCIBLE_OK;
}

crucible_status crucible__search_study(crucible__search_job *job) {
  CRUCIBLE__TRY(begin(job));
  size_t most = job->factory->options.batch;
  uint64_t total = job->search->report.n_trials;
  batch b = {.job = job,
             .numbers = crucible__alloc(most, sizeof *b.numbers),
             .times = crucible__alloc(most, sizeof *b.times)};
  crucible_status status =
      b.numbers != NULL && b.times != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
  while (status == CRUCIBLE_OK && job->n_done < total) {
    uint64_t left = total - job->n_done;
    b.n = left < most ? (size_t)left : most;
    status = run_batch(&b);
  }
  crucible__free(b.numbers);
  crucible__free(b.times);
  return status;
}
