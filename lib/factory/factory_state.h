/* SPDX-License-Identifier: Apache-2.0 */
/* What a tournament needs of a factory beside the public calls. */
#ifndef CRUCIBLE__FACTORY_STATE_H
#define CRUCIBLE__FACTORY_STATE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/factory.h>

#include "base/pack.h"
#include "factory/factory_memory.h"

struct crucible_factory {
  crucible_factory_options options; /* its pointers: to the copies below */
  crucible_instrument instrument;
  crucible_backtest_options backtest;
  crucible_forge_options forge;
  crucible_elite_options elites;
  crucible_genetic_options genetic;
  crucible_variation variation;
  crucible_percentile_options median;
  crucible_elite_pool *pool;
  crucible__memory memory;
};

/*
 * Admits a search from the journal: the same bytes as crucible_factory_admit()
 * would leave, if earlier searches were admitted in the same order. Of each
 * row, in order of numbers: genome (with its lineage), state, elite, rank,
 * is_feasible, n_folds, value, sharpe_base; nothing else is read.
 */
crucible_status crucible__factory_learn(crucible_factory *factory,
                                        uint64_t study,
                                        const crucible_factory_trial *trials,
                                        size_t n);

/* Elite pool and memory; the options are the caller's to keep. */
void crucible__factory_save(const crucible_factory *factory,
                            crucible__pack *pack);
/* A factory with the options it had and the state that was saved. */
crucible_status crucible__factory_load(const crucible_factory_options *options,
                                       crucible__unpack *unpack,
                                       crucible_factory **factory);

#endif
