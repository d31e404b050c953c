/* SPDX-License-Identifier: Apache-2.0 */
/* A search from its request to its end. */
#include "factory/search_job.h"

#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/rng.h"

/* ---- the request ---- */

/* Reads item i of an array whose items have the caller's struct_size. */
static crucible_status read_item(void *dst, size_t known, const void *items,
                                 size_t i, const char *name) {
  size_t stride;
  memcpy(&stride, items, sizeof stride);
  if (stride < sizeof stride || stride > 65536)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s[0].struct_size is %zu", name,
                          stride);
  const char *item = (const char *)items + i * stride;
  size_t own;
  memcpy(&own, item, sizeof own);
  if (own != stride)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s[%zu].struct_size is %zu, the first one's is %zu",
                          name, i, own, stride);
  return crucible__options_read(dst, known, item, name);
}

static crucible_status check_request(const crucible__search_job *job) {
  const crucible_factory_request *r = &job->request;
  if (r->study == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "request.study is 0: number searches from 1");
  if (crucible__memory_find(&job->factory->memory, r->study) != NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "request.study is %llu, which was admitted before: "
                          "give each search a number of its own",
                          (unsigned long long)r->study);
  if (r->n_wanted < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "request.n_wanted is 0: ask for at least one");
  if (r->n_markets < 1 || r->n_markets > CRUCIBLE__LANES_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "request.n_markets is %u, must be 1 to %d",
                          r->n_markets, CRUCIBLE__LANES_MAX);
  const char *missing = r->markets == NULL                     ? "markets"
                        : r->n_elites > 0 && r->elites == NULL ? "elites"
                        : r->n_living > 0 && r->living == NULL ? "living"
                        : r->n_lived > 0 && r->lived == NULL   ? "lived"
                                                               : NULL;
  if (missing != NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "request.%s is NULL", missing);
  return CRUCIBLE_OK;
}

static crucible_status take_elites(crucible__search_job *job) {
  const crucible_factory_request *r = &job->request;
  job->elites = crucible__alloc_zero(r->n_elites, sizeof *job->elites);
  job->living = crucible__alloc_zero(r->n_living, sizeof *job->living);
  if (job->elites == NULL || job->living == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < r->n_elites; ++i) {
    CRUCIBLE__TRY(read_item(&job->elites[i], sizeof job->elites[i], r->elites,
                            i, "request.elites"));
    if (job->elites[i].genome == NULL)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "request.elites[%zu].genome is NULL", i);
  }
  for (size_t i = 0; i < r->n_living; ++i) {
    crucible_living *living = &job->living[i];
    crucible_genes genes = {.struct_size = sizeof genes};
    CRUCIBLE__TRY(
        read_item(living, sizeof *living, r->living, i, "request.living"));
    if (living->genome == NULL || living->model == NULL || living->plan == NULL)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "request.living[%zu].%s is NULL", i,
                            living->genome == NULL  ? "genome"
                            : living->model == NULL ? "model"
                                                    : "plan");
    CRUCIBLE__TRY(crucible_genome_genes(living->genome, &genes));
    if (crucible__search_lane(job, genes.timeframe_ms) == NULL)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "request.living[%zu] acts on bars of %lld ms: "
                            "request.markets has none of that timeframe",
                            i, (long long)genes.timeframe_ms);
  }
  for (size_t i = 0; i < r->n_lived; ++i)
    if (r->lived[i].from_ms > r->lived[i].until_ms)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "request.lived[%zu] ends before it begins", i);
  return CRUCIBLE_OK;
}

/* ---- timeframes ---- */

crucible__lane *crucible__search_lane(crucible__search_job *job,
                                      int64_t timeframe_ms) {
  for (uint32_t i = 0; i < job->n_lanes; ++i)
    if (job->lanes[i].bars.timeframe_ms == timeframe_ms)
      return &job->lanes[i];
  return NULL;
}

static int64_t end_ms(const crucible_bars *bars) {
  return bars->open_time_ms[bars->n - 1] + bars->timeframe_ms;
}

static crucible_status check_lane(crucible__search_job *job, uint32_t i) {
  const crucible_bars *bars = &job->lanes[i].bars;
  int64_t base = job->factory->options.base_timeframe_ms;
  if (bars->n == 0 || bars->open_time_ms == NULL || bars->timeframe_ms <= 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "request.markets[%u] has no bars",
                          i);
  if (i == 0 && bars->timeframe_ms != base)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "request.markets[0] has bars of %lld ms: the first "
                          "must be of options.base_timeframe_ms, %lld",
                          (long long)bars->timeframe_ms, (long long)base);
  if (bars->timeframe_ms % base != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "request.markets[%u] has bars of %lld ms, which is "
                          "no multiple of the base's %lld",
                          i, (long long)bars->timeframe_ms, (long long)base);
  for (uint32_t k = 0; k < i; ++k)
    if (job->lanes[k].bars.timeframe_ms == bars->timeframe_ms)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "request.markets[%u] and [%u] both have bars of "
                            "%lld ms",
                            k, i, (long long)bars->timeframe_ms);
  if (end_ms(bars) > end_ms(&job->lanes[0].bars))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "request.markets[%u] ends at %lld ms, after the base "
                          "market's %lld: all must end at the request's bar",
                          i, (long long)end_ms(bars),
                          (long long)end_ms(&job->lanes[0].bars));
  return CRUCIBLE_OK;
}

/* So many base bars in bars of a lane, rounded up. */
static size_t scaled(const crucible__search_job *job, const crucible_bars *bars,
                     uint32_t base_bars) {
  uint64_t ratio =
      (uint64_t)(bars->timeframe_ms / job->factory->options.base_timeframe_ms);
  return (size_t)((base_bars + ratio - 1) / ratio);
}

static crucible_status make_lane(crucible__search_job *job, uint32_t i) {
  const crucible_factory_options *o = &job->factory->options;
  crucible__lane *lane = &job->lanes[i];
  lane->market.struct_size = sizeof lane->market;
  lane->bars.struct_size = sizeof lane->bars;
  CRUCIBLE__TRY(read_item(&lane->market, sizeof lane->market,
                          job->request.markets, i, "request.markets"));
  if (lane->market.bars == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "request.markets[%u].bars is NULL", i);
  CRUCIBLE__TRY(crucible__options_read(&lane->bars, sizeof lane->bars,
                                       lane->market.bars,
                                       "request.markets.bars"));
  lane->market.bars = &lane->bars;
  CRUCIBLE__TRY(check_lane(job, i));
  size_t window = scaled(job, &lane->bars, o->window_bars);
  lane->end = lane->bars.n;
  lane->begin = window > 0 && window < lane->end ? lane->end - window : 0;
  lane->holdout_bars = scaled(job, &lane->bars, o->holdout_bars);
  job->n_lanes = i + 1;
  return crucible_feature_cache_create(&lane->bars, &lane->cache);
}

static void draw_seeds(crucible__search_job *job) {
  uint64_t seed = job->factory->options.seed, study = job->request.study;
  crucible__rng rng;
  crucible__rng_init(&rng, seed, CRUCIBLE__RNG_SAMPLER, study);
  job->study_seed = crucible__rng_u64(&rng);
  crucible__rng_init(&rng, seed, CRUCIBLE__RNG_FORGE, study);
  job->forge_seed = crucible__rng_u64(&rng);
}

/* Takes a request: checks it, makes lanes. */
static crucible_status take_request(crucible__search_job *job,
                                    const crucible_factory_request *request) {
  CRUCIBLE__TRY(crucible__options_read(&job->request, sizeof job->request,
                                       request, "crucible_factory_request"));
  CRUCIBLE__TRY(check_request(job));
  for (uint32_t i = 0; i < job->request.n_markets; ++i)
    CRUCIBLE__TRY(make_lane(job, i));
  if (job->lanes[0].end <= job->lanes[0].holdout_bars)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "request.markets[0] has %zu bars: the holdout alone "
                          "takes %zu. Give more bars or a smaller "
                          "options.holdout_bars",
                          job->lanes[0].end, job->lanes[0].holdout_bars);
  draw_seeds(job);
  return take_elites(job);
}

static void job_free(crucible__search_job *job) {
  for (uint32_t i = 0; i < job->n_lanes; ++i)
    crucible_feature_cache_destroy(job->lanes[i].cache);
  crucible_study_destroy(job->study);
  crucible_sampler_destroy(job->sampler);
  crucible_pruner_destroy(job->pruner);
  crucible__free(job->elites);
  crucible__free(job->living);
  crucible__free(job->prior);
  crucible__free(job->known);
  crucible__free(job->ancestors);
}

/* ---- forgings ---- */

void crucible__search_forge_data(const crucible__search_job *job,
                                 const crucible__lane *lane,
                                 crucible_forge_times *times,
                                 crucible_forge_data *data) {
  times->struct_size = sizeof *times;
  *data = (crucible_forge_data){.struct_size = sizeof *data,
                                .market = &lane->market,
                                .instrument = &job->factory->instrument,
                                .backtest = &job->factory->backtest,
                                .begin = lane->begin,
                                .end = lane->end,
                                .cache = lane->cache,
                                .times = times};
}

void crucible__search_forge_options(const crucible__search_job *job,
                                    const crucible__lane *lane, uint32_t stages,
                                    crucible_forge_options *options) {
  *options = job->factory->forge;
  options->seed = job->forge_seed;
  options->stages = stages;
  options->holdout_bars = (uint32_t)lane->holdout_bars;
  options->on_fold = NULL;
  options->user_data = NULL;
  options->base_timeframe_ms = job->factory->options.base_timeframe_ms;
}

int crucible__is_genomes_fault(crucible_status status) {
  return status == CRUCIBLE_E_TOO_SHORT || status == CRUCIBLE_E_UNSUPPORTED ||
         status == CRUCIBLE_E_MODEL;
}

void crucible__search_add_times(crucible_search *search,
                                const crucible_forge_times *times) {
  crucible_forge_times *sum = &search->report.times;
  sum->features += times->features;
  sum->labels += times->labels;
  sum->training += times->training;
  sum->backtest += times->backtest;
}

void crucible__search_progress(const crucible__search_job *job) {
  const crucible_search_report *r = &job->search->report;
  if (job->request.progress == NULL)
    return;
  crucible_factory_progress progress = {.n_done = job->n_done,
                                        .n_total = r->n_trials,
                                        .n_feasible =
                                            r->n_complete - r->n_infeasible,
                                        .n_picked = r->n_replacements};
  job->request.progress(&progress, job->request.user_data);
}

/* ---- from end to end ---- */

static crucible_status make_search(crucible__search_job *job) {
  crucible_search *search = crucible__alloc_zero(1, sizeof *search);
  if (search == NULL)
    return CRUCIBLE_E_NOMEM;
  job->search = search;
  crucible_search_report *r = &search->report;
  r->struct_size = sizeof *r;
  r->times.struct_size = sizeof r->times;
  r->study = job->request.study;
  r->bar = job->request.bar;
  r->n_wanted = job->request.n_wanted;
  r->n_elites = job->request.n_elites;
  r->n_trials = job->request.n_elites + job->factory->options.n_trials;
  search->trials =
      crucible__alloc_zero((size_t)r->n_trials, sizeof *search->trials);
  /* no more places than there are trials can be filled */
  size_t most = r->n_wanted < r->n_trials ? r->n_wanted : (size_t)r->n_trials;
  search->winners = crucible__alloc_zero(most, sizeof *search->winners);
  return search->trials != NULL && search->winners != NULL ? CRUCIBLE_OK
                                                           : CRUCIBLE_E_NOMEM;
}

static crucible_status run(crucible__search_job *job,
                           const crucible_factory_request *request) {
  CRUCIBLE__TRY(take_request(job, request));
  CRUCIBLE__TRY(make_search(job));
  CRUCIBLE__TRY(crucible__search_study(job));
  CRUCIBLE__TRY(crucible__search_count(job));
  return crucible__search_pick(job);
}

crucible_status crucible_factory_search(const crucible_factory *factory,
                                        const crucible_factory_request *request,
                                        crucible_pool *pool,
                                        const crucible_cancel *cancel,
                                        crucible_search **search) {
  if (search != NULL)
    *search = NULL;
  if (factory == NULL || request == NULL || search == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          factory == NULL   ? "factory"
                          : request == NULL ? "request"
                                            : "search");
  crucible__search_job *job = crucible__alloc_zero(1, sizeof *job);
  if (job == NULL)
    return CRUCIBLE_E_NOMEM;
  job->factory = factory;
  job->pool = pool;
  job->cancel = cancel;
  job->request.struct_size = sizeof job->request;
  crucible_status status = run(job, request);
  crucible_search *made = job->search;
  job_free(job);
  crucible__free(job);
  if (status != CRUCIBLE_OK) {
    crucible_search_destroy(made);
    return status;
  }
  *search = made;
  return CRUCIBLE_OK;
}
