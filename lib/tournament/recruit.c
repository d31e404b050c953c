/* SPDX-License-Identifier: Apache-2.0 */
#include "tournament/recruit.h"

#include <stdio.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "base/rng.h"

/* What all candidates of a batch share. */
typedef struct batch {
  const crucible__recruiting *recruiting;
  crucible_backtest_options backtest;
  crucible_forge_options forge;
  crucible__candidate *candidates;
  uint64_t first; /* number of the first draw */
} batch;

void crucible__recruits_clear(crucible__recruits *recruits) {
  for (size_t i = 0; i < recruits->n; ++i) {
    crucible_forged_destroy(recruits->candidates[i].forged);
    crucible_genome_destroy(recruits->candidates[i].genome);
  }
  crucible__free(recruits->candidates);
  memset(recruits, 0, sizeof *recruits);
}

static void set_reason(crucible__candidate *candidate, const char *reason) {
  (void)snprintf(candidate->reason, sizeof candidate->reason, "%s", reason);
}

/* Trains one candidate on this thread; only what concerns all is a failure. */
static crucible_status train(size_t i, uint32_t worker, void *data) {
  batch *work = data;
  const crucible__recruiting *recruiting = work->recruiting;
  crucible__candidate *candidate = &work->candidates[i];
  (void)worker;
  if (candidate->genome == NULL)
    return CRUCIBLE_OK;
  crucible_genes genes = {.struct_size = sizeof genes};
  CRUCIBLE__TRY(crucible_genome_genes(candidate->genome, &genes));
  crucible_bars bars = {.struct_size = sizeof bars};
  crucible_market market = {.struct_size = sizeof market};
  CRUCIBLE__TRY(crucible_arena_market(recruiting->arena, genes.timeframe_ms,
                                      &bars, &market));
  crucible_forge_data forge_data = {.struct_size = sizeof forge_data,
                                    .market = &market,
                                    .instrument = recruiting->instrument,
                                    .backtest = &work->backtest,
                                    .begin = 0,
                                    .end = bars.n};
  crucible_forge_options options = work->forge;
  crucible__rng rng;
  crucible__rng_init(&rng, recruiting->seed, CRUCIBLE__RNG_FORGE,
                     work->first + i);
  options.seed = crucible__rng_u64(&rng);
  crucible_status status =
      crucible_forge_run(candidate->genome, &forge_data, &options, NULL,
                         recruiting->cancel, &candidate->forged);
  if (status == CRUCIBLE_E_TOO_SHORT || status == CRUCIBLE_E_UNSUPPORTED) {
    set_reason(candidate, crucible_last_error());
    return CRUCIBLE_OK;
  }
  CRUCIBLE__TRY(status);
  crucible_forge_report report = {.struct_size = sizeof report};
  CRUCIBLE__TRY(crucible_forged_report(candidate->forged, &report));
  if (!report.is_feasible)
    set_reason(candidate, report.infeasible_reason);
  return CRUCIBLE_OK;
}

/* Genome number id, or none where the draw is no genome. */
static crucible_status draw(const crucible__recruiting *recruiting,
                            const crucible_space *space, uint64_t id,
                            double *point, crucible__candidate *candidate) {
  CRUCIBLE__TRY(crucible_space_draw(space, recruiting->seed, id, point));
  crucible_lineage lineage = {.struct_size = sizeof lineage,
                              .origin = CRUCIBLE_ORIGIN_DRAWN,
                              .trial = id};
  crucible_status status =
      crucible_genome_create(space, point, recruiting->instrument->symbol,
                             &lineage, &candidate->genome);
  if (status != CRUCIBLE_E_DOMAIN)
    return status;
  set_reason(candidate, crucible_last_error());
  return CRUCIBLE_OK;
}

static crucible_status make_space(const crucible__recruiting *recruiting,
                                  crucible_space **space) {
  const crucible__config *config = recruiting->config;
  crucible_genome_space_options options;
  crucible_genome_space_options_init(&options, sizeof options);
  options.instrument = recruiting->instrument;
  options.timeframes_ms = config->tournament.timeframes.timeframes_ms;
  options.n_timeframes = config->tournament.timeframes.n;
  options.has = recruiting->has;
  options.allow_short = (int32_t)config->genome.allow_short;
  options.min_horizon_bars = (uint32_t)config->genome.min_horizon_bars;
  options.max_horizon_bars = (uint32_t)config->genome.max_horizon_bars;
  options.min_train_bars = (uint32_t)config->genome.min_train_bars;
  options.max_train_bars = (uint32_t)config->genome.max_train_bars;
  return crucible_genome_space_create(&options, space);
}

static crucible_status run_batch(const crucible__recruiting *recruiting,
                                 const crucible_space *space, double *point,
                                 size_t n, batch *work,
                                 crucible__recruits *recruits) {
  CRUCIBLE__TRY(crucible__grow((void **)&recruits->candidates,
                               &recruits->capacity, recruits->n + n,
                               sizeof *recruits->candidates));
  work->candidates = recruits->candidates + recruits->n;
  work->first = recruits->n;
  memset(work->candidates, 0, n * sizeof *work->candidates);
  recruits->n += n; /* from here on they are freed with the rest */
  for (size_t i = 0; i < n; ++i)
    CRUCIBLE__TRY(
        draw(recruiting, space, work->first + i, point, &work->candidates[i]));
  return crucible__pool_run(recruiting->pool, n, train, work,
                            recruiting->cancel);
}

static crucible_status fill_slots(const crucible__recruiting *recruiting,
                                  const crucible_space *space, double *point,
                                  crucible__recruits *recruits) {
  const crucible__config *config = recruiting->config;
  size_t wanted = (size_t)config->tournament.agents;
  size_t most = (size_t)config->forge.max_draws;
  batch work = {.recruiting = recruiting};
  crucible__config_backtest(config, &work.backtest);
  crucible__config_forge(config, &work.forge);
  while (recruits->n_feasible < wanted && recruits->n < most) {
    size_t n = (size_t)config->forge.batch;
    if (n > most - recruits->n)
      n = most - recruits->n;
    CRUCIBLE__TRY(run_batch(recruiting, space, point, n, &work, recruits));
    for (size_t i = 0; i < n; ++i)
      if (work.candidates[i].reason[0] == '\0')
        ++recruits->n_feasible;
    if (recruiting->progress != NULL)
      recruiting->progress(recruits->n,
                           recruits->n_feasible < wanted ? recruits->n_feasible
                                                         : wanted,
                           recruiting->progress_data);
  }
  return CRUCIBLE_OK;
}

/* Whether every candidate failed before it was trained, for one reason. */
static crucible_status check_trained(const crucible__recruits *recruits) {
  for (size_t i = 0; i < recruits->n; ++i)
    if (recruits->candidates[i].forged != NULL)
      return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                        "none of %zu genomes could be trained; the last: %s",
                        recruits->n,
                        recruits->candidates[recruits->n - 1].reason);
}

crucible_status crucible__recruit(const crucible__recruiting *recruiting,
                                  crucible__recruits *recruits) {
  memset(recruits, 0, sizeof *recruits);
  crucible_space *space;
  CRUCIBLE__TRY(make_space(recruiting, &space));
  double *point = crucible__alloc(crucible_space_count(space), sizeof *point);
  crucible_status status =
      point ? fill_slots(recruiting, space, point, recruits) : CRUCIBLE_E_NOMEM;
  if (status == CRUCIBLE_OK)
    status = check_trained(recruits);
  crucible__free(point);
  crucible_space_destroy(space);
  if (status != CRUCIBLE_OK)
    crucible__recruits_clear(recruits);
  return status;
}
