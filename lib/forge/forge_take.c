/* SPDX-License-Identifier: Apache-2.0 */
/* What the caller gives, checked, and the feature columns of it. */
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "features/feature_cache.h"
#include "forge/forge_job.h"
#include "series/bars.h"

static crucible_status check_match(const crucible__forge *forge, size_t n) {
  const crucible_genes *g = &forge->genes;
  const char *symbol = forge->bars.symbol;
  if (forge->begin >= forge->end || forge->end > n)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "data: the window [%zu, %zu) is empty or outside of "
                          "the %zu bars",
                          forge->begin, forge->end, n);
  if (forge->bars.timeframe_ms != g->timeframe_ms)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "data.market has bars of %lld ms, the genome acts on "
                          "%lld",
                          (long long)forge->bars.timeframe_ms,
                          (long long)g->timeframe_ms);
  if (strcmp(forge->instrument->symbol, g->symbol) != 0 ||
      (symbol != NULL && strcmp(symbol, g->symbol) != 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "data is of %s, the genome of %s",
                          symbol != NULL ? symbol : forge->instrument->symbol,
                          g->symbol);
  return CRUCIBLE_OK;
}

static crucible_status take_market(crucible__forge *forge,
                                   const crucible_forge_data *data) {
  if (data->market == NULL || data->instrument == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "data.%s is NULL",
                          data->market == NULL ? "market" : "instrument");
  crucible_market market = {.struct_size = sizeof market};
  CRUCIBLE__TRY(crucible__options_read(&market, sizeof market, data->market,
                                       "crucible_market"));
  if (market.sigma == NULL || market.volume_forecast == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "data.market.%s is NULL",
                          market.sigma == NULL ? "sigma" : "volume_forecast");
  crucible_backtest_options_init(&forge->backtest, sizeof forge->backtest);
  CRUCIBLE__TRY(crucible__options_read(&forge->backtest, sizeof forge->backtest,
                                       data->backtest,
                                       "crucible_backtest_options"));
  CRUCIBLE__TRY(crucible__bars_check_view(market.bars, &forge->bars));
  CRUCIBLE__TRY(crucible_instrument_check(data->instrument));
  forge->instrument = data->instrument;
  forge->market = market;
  forge->market.bars = &forge->bars;
  return CRUCIBLE_OK;
}

crucible_status crucible__forge_take(crucible__forge *forge,
                                     const crucible_genome *genome,
                                     const crucible_forge_data *given) {
  forge->genome = genome;
  forge->genes.struct_size = sizeof forge->genes;
  CRUCIBLE__TRY(crucible_genome_genes(genome, &forge->genes));
  forge->plan = forge->genes.plan;
  forge->plan.theta_in = forge->plan.theta_out = 0;
  crucible_forge_options_init(&forge->options, sizeof forge->options);
  crucible_forge_data data = {.struct_size = sizeof data};
  CRUCIBLE__TRY(
      crucible__options_read(&data, sizeof data, given, "crucible_forge_data"));
  crucible_forge_times times = {.struct_size = sizeof times};
  CRUCIBLE__TRY(crucible__options_read(&times, sizeof times, data.times,
                                       "crucible_forge_times"));
  forge->times = data.times;
  CRUCIBLE__TRY(take_market(forge, &data));
  forge->begin = data.begin;
  forge->end = forge->fold_end = data.end;
  CRUCIBLE__TRY(check_match(forge, forge->bars.n));
  forge->bars.n = data.end; /* what is later does not exist */
  if (data.cache != NULL &&
      !crucible__feature_cache_is_of(data.cache, &forge->bars))
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "data.cache is of other bars than data.market: create "
        "one of the bars that are given");
  forge->cache = data.cache;
  return crucible_plan_check(&forge->plan, data.instrument, &forge->backtest);
}

crucible_status crucible__forge_columns(crucible__forge *forge,
                                        crucible_pool *pool) {
  size_t n = forge->end, cols = forge->genes.n_features;
  const crucible_feature_spec *specs = crucible_genome_features(forge->genome);
  forge->features = crucible__alloc(n, cols * sizeof *forge->features);
  forge->is_warm = crucible__alloc(n, sizeof *forge->is_warm);
  if (forge->features == NULL || forge->is_warm == NULL)
    return CRUCIBLE_E_NOMEM;
  if (forge->cache != NULL)
    CRUCIBLE__TRY(crucible_feature_cache_compute(forge->cache, specs, cols, n,
                                                 pool, forge->features));
  else
    CRUCIBLE__TRY(crucible_features_compute(specs, cols, &forge->bars, pool,
                                            forge->features));
  memset(forge->is_warm, 1, n);
  for (size_t j = 0; j < cols; ++j)
    for (size_t i = 0; i < n; ++i)
      if (isnan(forge->features[j * n + i]))
        forge->is_warm[i] = 0;
  return CRUCIBLE_OK;
}

void crucible__forge_free(crucible__forge *forge) {
  crucible__free(forge->features);
  crucible__free(forge->is_warm);
  crucible__free(forge->label);
  crucible__free(forge->label_end);
}

void crucible__forge_add_times(const crucible__forge *forge,
                               const crucible__forge_ns *ns) {
  crucible_forge_times times = {.struct_size = sizeof times};
  if (forge->times == NULL)
    return;
  (void)crucible__options_read(&times, sizeof times, forge->times, "");
  times.features += 1e-9 * (double)ns->features;
  times.labels += 1e-9 * (double)ns->labels;
  times.training += 1e-9 * (double)ns->training;
  times.backtest += 1e-9 * (double)ns->backtest;
  (void)crucible__result_write(forge->times, &times, sizeof times, "");
}
