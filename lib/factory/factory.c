/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/factory.h>

#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "factory/factory_state.h"

enum { BATCH_MAX = 1024, TRIALS_MAX = 1000000 };

void crucible_factory_options_init(crucible_factory_options *options,
                                   size_t struct_size) {
  const crucible_factory_options defaults = {.seed = 1,
                                             .n_trials = 24,
                                             .batch = 8,
                                             .n_prior = 16,
                                             .holdout_bars = 2016,
                                             .gate = CRUCIBLE_GATE_EXPLORE,
                                             .max_correlation = 0.7};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

/* ---- options ---- */

static crucible_status check_numbers(const crucible_factory_options *o) {
  if (o->n_trials < 1 || o->n_trials > TRIALS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.n_trials is %u, must be 1 to %d",
                          o->n_trials, TRIALS_MAX);
  if (o->batch < 1 || o->batch > BATCH_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.batch is %u, must be 1 to %d", o->batch,
                          BATCH_MAX);
  if (o->n_prior > TRIALS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.n_prior is %u, must be at most %d",
                          o->n_prior, TRIALS_MAX);
  if (o->holdout_bars < 2)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.holdout_bars is %u, must be at least 2",
                          o->holdout_bars);
  if (o->window_bars > 0 && o->window_bars <= o->holdout_bars)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.window_bars is %u: it must be more than the "
                          "%u of holdout_bars, or 0 for all",
                          o->window_bars, o->holdout_bars);
  if (o->gate < CRUCIBLE_GATE_EXPLORE || o->gate > CRUCIBLE_GATE_VIABLE)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.gate is %d: no such gate", o->gate);
  if (!(o->max_correlation >= 0 && o->max_correlation <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.max_correlation is %g, must be 0 to 1",
                          o->max_correlation);
  if (o->base_timeframe_ms <= 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.base_timeframe_ms is %lld: give the length "
                          "of the shortest bars, in ms",
                          (long long)o->base_timeframe_ms);
  return CRUCIBLE_OK;
}

/* Copies what the caller's options point to. */
static crucible_status copy_parts(crucible_factory *factory) {
  crucible_factory_options *o = &factory->options;
  crucible_backtest_options_init(&factory->backtest, sizeof factory->backtest);
  CRUCIBLE__TRY(crucible__options_read(&factory->backtest,
                                       sizeof factory->backtest, o->backtest,
                                       "options.backtest"));
  crucible_forge_options_init(&factory->forge, sizeof factory->forge);
  CRUCIBLE__TRY(crucible__options_read(&factory->forge, sizeof factory->forge,
                                       o->forge, "options.forge"));
  crucible_genetic_options_init(&factory->genetic, sizeof factory->genetic);
  CRUCIBLE__TRY(crucible__options_read(&factory->genetic,
                                       sizeof factory->genetic, o->genetic,
                                       "options.genetic"));
  crucible_percentile_options_init(&factory->median, sizeof factory->median);
  CRUCIBLE__TRY(crucible__options_read(&factory->median, sizeof factory->median,
                                       o->median, "options.median"));
  crucible_elite_options_init(&factory->elites, sizeof factory->elites);
  CRUCIBLE__TRY(crucible__options_read(&factory->elites, sizeof factory->elites,
                                       o->elites, "options.elites"));
  factory->instrument.struct_size = sizeof factory->instrument;
  CRUCIBLE__TRY(crucible__options_read(&factory->instrument,
                                       sizeof factory->instrument,
                                       o->instrument, "options.instrument"));
  factory->variation = (crucible_variation){
      .struct_size = sizeof factory->variation, .vary = crucible_genome_vary};
  factory->genetic.variation = &factory->variation;
  o->backtest = &factory->backtest;
  o->forge = &factory->forge;
  o->genetic = &factory->genetic;
  o->median = &factory->median;
  o->elites = &factory->elites;
  o->instrument = &factory->instrument;
  return crucible_instrument_check(&factory->instrument);
}

/* Those who read them later would say it too, but only when a search runs. */
static crucible_status check_parts(const crucible_factory *factory) {
  crucible_sampler *sampler;
  crucible_pruner *pruner;
  CRUCIBLE__TRY(crucible_sampler_genetic(&factory->genetic, &sampler));
  crucible_sampler_destroy(sampler);
  CRUCIBLE__TRY(crucible_pruner_percentile(&factory->median, &pruner));
  crucible_pruner_destroy(pruner);
  return CRUCIBLE_OK;
}

static crucible_status fill(crucible_factory *factory,
                            const crucible_factory_options *options) {
  crucible_factory_options_init(&factory->options, sizeof factory->options);
  CRUCIBLE__TRY(crucible__options_read(&factory->options,
                                       sizeof factory->options, options,
                                       "crucible_factory_options"));
  if (factory->options.space == NULL || factory->options.instrument == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "options.%s is NULL",
                          factory->options.space == NULL ? "space"
                                                         : "instrument");
  if (crucible_space_count(factory->options.space) == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.space has no parameters: make it with "
                          "crucible_genome_space_create()");
  CRUCIBLE__TRY(check_numbers(&factory->options));
  CRUCIBLE__TRY(copy_parts(factory));
  return check_parts(factory);
}

crucible_status crucible_factory_create(const crucible_factory_options *options,
                                        crucible_factory **factory) {
  if (factory != NULL)
    *factory = NULL;
  if (options == NULL || factory == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          options == NULL ? "options" : "factory");
  crucible_factory *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = fill(made, options);
  if (status == CRUCIBLE_OK)
    status = crucible_elite_pool_create(&made->elites, &made->pool);
  if (status != CRUCIBLE_OK) {
    crucible_factory_destroy(made);
    return status;
  }
  *factory = made;
  return CRUCIBLE_OK;
}

void crucible_factory_destroy(crucible_factory *factory) {
  if (factory == NULL)
    return;
  crucible_elite_pool_destroy(factory->pool);
  crucible__memory_free(&factory->memory);
  crucible__free(factory);
}

crucible_elite_pool *crucible_factory_pool(crucible_factory *factory) {
  return factory != NULL ? factory->pool : NULL;
}

uint64_t crucible_factory_studies(const crucible_factory *factory) {
  return factory != NULL ? factory->memory.n : 0;
}
