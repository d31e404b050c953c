/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/forge.h>

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "forge/forge_job.h"
#include "series/bars.h"

void crucible_forge_options_init(crucible_forge_options *options,
                                 size_t struct_size) {
  crucible_forge_options defaults = {
      .struct_size = sizeof defaults,
      .seed = 1,
      .n_folds = 4,
      .max_rounds = 300,
      .patience = 20,
      .min_trades = 10,
      .test_share = 0.5,
      .inner_tail = 0.2,
  };
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

/* ---- the caller's words ---- */

static crucible_status check_options(const crucible_forge_options *o) {
  if (o->n_folds < 1 || o->n_folds > CRUCIBLE_FOLDS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.n_folds is %u, must be 1 to %d", o->n_folds,
                          CRUCIBLE_FOLDS_MAX);
  if (o->max_rounds < 1 || o->max_rounds > INT32_MAX || o->patience < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.max_rounds is %u and .patience %u, both "
                          "must be at least 1",
                          o->max_rounds, o->patience);
  if (!(o->test_share > 0 && o->test_share <= 0.9))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.test_share is %g, must be above 0 and at "
                          "most 0.9",
                          o->test_share);
  if (!(o->inner_tail >= 0.05 && o->inner_tail <= 0.5))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.inner_tail is %g, must be 0.05 to 0.5",
                          o->inner_tail);
  return CRUCIBLE_OK;
}

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

static crucible_status take_data(crucible__forge *forge,
                                 const crucible_forge_data *given) {
  crucible_forge_data data = {.struct_size = sizeof data};
  CRUCIBLE__TRY(
      crucible__options_read(&data, sizeof data, given, "crucible_forge_data"));
  if (data.market == NULL || data.instrument == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "data.%s is NULL",
                          data.market == NULL ? "market" : "instrument");
  crucible_market market = {.struct_size = sizeof market};
  CRUCIBLE__TRY(crucible__options_read(&market, sizeof market, data.market,
                                       "crucible_market"));
  if (market.sigma == NULL || market.volume_forecast == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "data.market.%s is NULL",
                          market.sigma == NULL ? "sigma" : "volume_forecast");
  crucible_backtest_options_init(&forge->backtest, sizeof forge->backtest);
  CRUCIBLE__TRY(crucible__options_read(&forge->backtest, sizeof forge->backtest,
                                       data.backtest,
                                       "crucible_backtest_options"));
  CRUCIBLE__TRY(crucible__bars_check_view(market.bars, &forge->bars));
  CRUCIBLE__TRY(crucible_instrument_check(data.instrument));
  forge->instrument = data.instrument;
  forge->market = market;
  forge->market.bars = &forge->bars;
  forge->begin = data.begin;
  forge->end = data.end;
  CRUCIBLE__TRY(check_match(forge, forge->bars.n));
  forge->bars.n = data.end; /* what is later does not exist */
  return crucible_plan_check(&forge->plan, data.instrument, &forge->backtest);
}

static crucible_status take(crucible__forge *forge,
                            const crucible_genome *genome,
                            const crucible_forge_data *data,
                            const crucible_forge_options *options,
                            const crucible_cancel *cancel) {
  forge->genome = genome;
  forge->cancel = cancel;
  forge->genes.struct_size = sizeof forge->genes;
  CRUCIBLE__TRY(crucible_genome_genes(genome, &forge->genes));
  forge->plan = forge->genes.plan;
  forge->plan.theta_in = forge->plan.theta_out = 0;
  crucible_forge_options_init(&forge->options, sizeof forge->options);
  CRUCIBLE__TRY(crucible__options_read(&forge->options, sizeof forge->options,
                                       options, "crucible_forge_options"));
  CRUCIBLE__TRY(check_options(&forge->options));
  return take_data(forge, data);
}

/* ---- the work ---- */

static crucible_status make_columns(crucible__forge *forge,
                                    crucible_pool *pool) {
  size_t n = forge->end, cols = forge->genes.n_features;
  forge->features = crucible__alloc(n, cols * sizeof *forge->features);
  forge->is_warm = crucible__alloc(n, sizeof *forge->is_warm);
  forge->label = crucible__alloc(n, sizeof *forge->label);
  forge->label_end = crucible__alloc(n, sizeof *forge->label_end);
  if (forge->features == NULL || forge->is_warm == NULL ||
      forge->label == NULL || forge->label_end == NULL)
    return CRUCIBLE_E_NOMEM;
  CRUCIBLE__TRY(
      crucible_features_compute(crucible_genome_features(forge->genome), cols,
                                &forge->bars, pool, forge->features));
  memset(forge->is_warm, 1, n);
  for (size_t j = 0; j < cols; ++j)
    for (size_t i = 0; i < n; ++i)
      if (isnan(forge->features[j * n + i]))
        forge->is_warm[i] = 0;
  return CRUCIBLE_OK;
}

static void free_columns(crucible__forge *forge) {
  crucible__free(forge->features);
  crucible__free(forge->is_warm);
  crucible__free(forge->label);
  crucible__free(forge->label_end);
}

typedef struct folds {
  const crucible__forge *forge;
  crucible__fold_result results[CRUCIBLE_FOLDS_MAX + 1];
} folds;

static crucible_status run_fold(size_t k, uint32_t worker, void *data) {
  folds *f = data;
  (void)worker;
  /* the deployed model has the most rows: it goes first */
  size_t fold = k == 0 ? f->forge->options.n_folds : k - 1;
  return crucible__fold_run(f->forge, fold, &f->results[fold]);
}

static crucible_status take_deployed(const crucible__fold_result *deployed,
                                     crucible_forged *forged) {
  const void *bytes;
  if (deployed->model == NULL)
    return CRUCIBLE_OK;
  forged->plan.theta_in = deployed->fold.theta_in;
  forged->plan.theta_out = deployed->fold.theta_out;
  forged->report.deployed_rounds = deployed->fold.rounds;
  CRUCIBLE__TRY(
      crucible_model_bytes(deployed->model, &bytes, &forged->n_bytes));
  forged->bytes = crucible__alloc(forged->n_bytes, 1);
  if (forged->bytes == NULL)
    return CRUCIBLE_E_NOMEM;
  memcpy(forged->bytes, bytes, forged->n_bytes);
  return CRUCIBLE_OK;
}

static crucible_status train_all(const crucible__forge *forge,
                                 crucible_pool *pool, crucible_forged *forged) {
  size_t n = (size_t)forge->options.n_folds + 1;
  folds *f = crucible__alloc_zero(1, sizeof *f);
  if (f == NULL)
    return CRUCIBLE_E_NOMEM;
  f->forge = forge;
  crucible_status status =
      crucible__pool_run(pool, n, run_fold, f, forge->cancel);
  if (status == CRUCIBLE_OK)
    status = crucible__forge_report(forge, f->results, forged);
  if (status == CRUCIBLE_OK)
    status = take_deployed(&f->results[n - 1], forged);
  for (size_t k = 0; k < n; ++k)
    crucible__fold_result_free(&f->results[k]);
  crucible__free(f);
  return status;
}

static crucible_status run(crucible__forge *forge, crucible_pool *pool,
                           crucible_forged *forged) {
  CRUCIBLE__TRY(make_columns(forge, pool));
  CRUCIBLE__TRY(crucible__folds_prepare(forge));
  CRUCIBLE__TRY(crucible__forge_label(forge, pool));
  forged->plan = forge->genes.plan;
  crucible__forge_order_check(forge, forged->report.infeasible_reason,
                              sizeof forged->report.infeasible_reason);
  if (forged->report.infeasible_reason[0] != '\0') /* it could never enter */
    return crucible__forge_report(forge, NULL, forged);
  return train_all(forge, pool, forged);
}

crucible_status crucible_forge_run(const crucible_genome *genome,
                                   const crucible_forge_data *data,
                                   const crucible_forge_options *options,
                                   crucible_pool *pool,
                                   const crucible_cancel *cancel,
                                   crucible_forged **forged) {
  if (forged != NULL)
    *forged = NULL;
  if (genome == NULL || data == NULL || forged == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          genome == NULL ? "genome"
                          : data == NULL ? "data"
                                         : "forged");
  crucible__forge forge = {0};
  CRUCIBLE__TRY(take(&forge, genome, data, options, cancel));
  crucible_forged *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->report.struct_size = sizeof made->report;
  crucible_status status = run(&forge, pool, made);
  free_columns(&forge);
  if (status != CRUCIBLE_OK) {
    crucible_forged_destroy(made);
    return status;
  }
  *forged = made;
  return CRUCIBLE_OK;
}

/* ---- what came of it ---- */

void crucible_forged_destroy(crucible_forged *forged) {
  if (forged == NULL)
    return;
  crucible__free(forged->bytes);
  crucible__free(forged->trade_columns);
  crucible__free(forged);
}

static crucible_status missing(const crucible_forged *forged,
                               const char *other) {
  return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                        forged == NULL ? "forged" : other);
}

crucible_status crucible_forged_report(const crucible_forged *forged,
                                       crucible_forge_report *report) {
  if (forged == NULL || report == NULL)
    return missing(forged, "report");
  return crucible__result_write(report, &forged->report, sizeof forged->report,
                                "crucible_forge_report");
}

crucible_status crucible_forged_model(const crucible_forged *forged,
                                      const void **bytes, size_t *n_bytes) {
  if (forged == NULL || bytes == NULL || n_bytes == NULL)
    return missing(forged, bytes == NULL ? "bytes" : "n_bytes");
  if (forged->bytes == NULL)
    return crucible__fail(CRUCIBLE_E_STATE, "there is no model to deploy: %s",
                          forged->report.infeasible_reason);
  *bytes = forged->bytes;
  *n_bytes = forged->n_bytes;
  return CRUCIBLE_OK;
}

crucible_status crucible_forged_plan(const crucible_forged *forged,
                                     crucible_plan *plan) {
  if (forged == NULL || plan == NULL)
    return missing(forged, "plan");
  return crucible__result_write(plan, &forged->plan, sizeof forged->plan,
                                "crucible_plan");
}

crucible_status crucible_forged_trades(const crucible_forged *forged,
                                       crucible_trades *trades) {
  if (forged == NULL || trades == NULL)
    return missing(forged, "trades");
  return crucible__result_write(trades, &forged->trades, sizeof forged->trades,
                                "crucible_trades");
}
