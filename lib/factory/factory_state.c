/* SPDX-License-Identifier: Apache-2.0 */
#include "factory/factory_state.h"

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "factory/search_job.h"
#include "genome/elite_state.h"

crucible_status crucible__factory_learn(crucible_factory *factory,
                                        uint64_t study,
                                        const crucible_factory_trial *trials,
                                        size_t n) {
  if (crucible__memory_find(&factory->memory, study) != NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "study %llu was admitted before: give each search a "
                          "number of its own",
                          (unsigned long long)study);
  return crucible__memory_add(&factory->memory, factory->options.n_prior, study,
                              trials, n);
}

crucible_status crucible_factory_admit(crucible_factory *factory,
                                       const crucible_search *search) {
  if (factory == NULL || search == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          factory == NULL ? "factory" : "search");
  size_t n = (size_t)search->report.n_trials;
  crucible_factory_trial *rows = crucible__alloc(n, sizeof *rows);
  if (rows == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < n; ++i)
    rows[i] = search->trials[i].row;
  crucible_status status =
      crucible__factory_learn(factory, search->report.study, rows, n);
  crucible__free(rows);
  return status;
}

void crucible__factory_save(const crucible_factory *factory,
                            crucible__pack *pack) {
  crucible__pack_mark(pack, "factory");
  crucible__elite_pool_save(factory->pool, pack);
  crucible__memory_save(&factory->memory, pack);
}

static crucible_status load(crucible_factory *factory,
                            crucible__unpack *unpack) {
  crucible__unpack_mark(unpack, "factory");
  crucible_elite_pool *pool = NULL;
  CRUCIBLE__TRY(crucible__elite_pool_load(unpack, &factory->elites, &pool));
  crucible_elite_pool_destroy(factory->pool);
  factory->pool = pool;
  CRUCIBLE__TRY(crucible__memory_load(&factory->memory, unpack));
  if (unpack->failed)
    return crucible__fail(CRUCIBLE_E_STORE,
                          "the factory's state is damaged or of another build");
  return CRUCIBLE_OK;
}

crucible_status crucible__factory_load(const crucible_factory_options *options,
                                       crucible__unpack *unpack,
                                       crucible_factory **factory) {
  CRUCIBLE__TRY(crucible_factory_create(options, factory));
  crucible_status status = load(*factory, unpack);
  if (status != CRUCIBLE_OK) {
    crucible_factory_destroy(*factory);
    *factory = NULL;
  }
  return status;
}
