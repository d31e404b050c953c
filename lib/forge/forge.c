/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/forge.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "forge/folds.h"
#include "forge/trainer.h"

struct crucible_forged {
  crucible_forge_report report;
  crucible_model *model;
  crucible_plan plan;
  crucible__records records;
};

/* One run over the windows of a genome. */
typedef struct forging {
  crucible__training training;
  crucible_fold folds[CRUCIBLE_FOLDS_MAX + 1];
  crucible__trained trained[CRUCIBLE_FOLDS_MAX + 1];
  uint32_t n; /* windows, the deployed model's included */
} forging;

void crucible_forge_options_init(crucible_forge_options *options,
                                 size_t struct_size) {
  const crucible_forge_options defaults = {.seed = 1,
                                           .n_folds = 4,
                                           .max_rounds = 300,
                                           .patience = 20,
                                           .min_trades = 10,
                                           .test_share = 0.5,
                                           .inner_tail = 0.2};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status check_options(const crucible_forge_options *options) {
  if (options->n_folds < 1 || options->n_folds > CRUCIBLE_FOLDS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.n_folds is %u: give 1 to %d",
                          (unsigned)options->n_folds, (int)CRUCIBLE_FOLDS_MAX);
  if (options->max_rounds < 1 || options->patience < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.max_rounds is %u and patience %u: give at "
                          "least 1",
                          (unsigned)options->max_rounds,
                          (unsigned)options->patience);
  if (!(options->test_share > 0 && options->test_share <= 0.9))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.test_share is %g: give more than 0 and at "
                          "most 0.9",
                          options->test_share);
  if (!(options->inner_tail >= 0.05 && options->inner_tail <= 0.5))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.inner_tail is %g: give 0.05 to 0.5",
                          options->inner_tail);
  return CRUCIBLE_OK;
}

static crucible_status check_data(const crucible_genes *genes,
                                  const crucible_forge_data *data) {
  if (data->struct_size < sizeof *data)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "data.struct_size is %zu: set it to "
                          "sizeof(crucible_forge_data)",
                          data->struct_size);
  const crucible_market *market = data->market;
  if (market == NULL || market->bars == NULL || market->sigma == NULL ||
      market->volume_forecast == NULL || data->instrument == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "data.market, its bars and forecasts, and "
                          "data.instrument must be given");
  if (data->begin >= data->end || data->end > market->bars->n)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the window [%zu, %zu) does not lie in a series of "
                          "%zu bars",
                          data->begin, data->end, market->bars->n);
  if (strcmp(genes->symbol, data->instrument->symbol) != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the genome trades %s, the instrument is %s",
                          genes->symbol, data->instrument->symbol);
  if (genes->timeframe_ms != market->bars->timeframe_ms)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the genome acts on bars of %lld ms, these have "
                          "%lld ms",
                          (long long)genes->timeframe_ms,
                          (long long)market->bars->timeframe_ms);
  return CRUCIBLE_OK;
}

static crucible_status run_window(size_t i, uint32_t worker, void *data) {
  forging *work = data;
  (void)worker;
  return crucible__train(&work->training, (uint32_t)i, &work->trained[i]);
}

/* Returns of all test bars, one fold after the other. */
static crucible_status fill_ratios(const forging *work, double initial,
                                   crucible_forge_report *report) {
  size_t n = 0, filled = 0;
  for (uint32_t k = 0; k + 1 < work->n; ++k)
    n += work->folds[k].test_end - work->folds[k].test_begin;
  double *returns = crucible__alloc(n, sizeof *returns);
  if (returns == NULL)
    return CRUCIBLE_E_NOMEM;
  for (uint32_t k = 0; k + 1 < work->n; ++k) {
    double before = initial;
    size_t length = work->folds[k].test_end - work->folds[k].test_begin;
    for (size_t i = 0; i < length; ++i) {
      double after = work->trained[k].equity[i];
      returns[filled++] = before > 0 ? after / before - 1 : 0;
      before = after;
    }
  }
  crucible_moments moments;
  report->sharpe = report->psr = (double)NAN;
  if (crucible_moments_of(returns, n, &moments) == CRUCIBLE_OK) {
    report->sharpe = moments.mean / moments.stddev;
    double psr;
    if (crucible_psr(report->sharpe, 0, n, moments.skewness, moments.kurtosis,
                     &psr) == CRUCIBLE_OK)
      report->psr = psr;
  }
  crucible__free(returns);
  return CRUCIBLE_OK;
}

static crucible_status fill_trades(const crucible__records *records,
                                   crucible_forge_report *report) {
  crucible_trades trades = {.struct_size = sizeof trades};
  crucible_trade_metrics metrics = {.struct_size = sizeof metrics};
  CRUCIBLE__TRY(crucible__records_lend(records, NULL, &trades));
  CRUCIBLE__TRY(crucible_trade_metrics_of(trades.result, trades.n, &metrics));
  report->n_trades = trades.n;
  report->win_rate = metrics.win_rate;
  report->profit_factor = metrics.profit_factor;
  for (size_t i = 0; i < trades.n; ++i) {
    report->costs.fee += trades.fee[i];
    report->costs.spread += trades.spread[i];
    report->costs.slippage += trades.slippage[i];
    report->costs.impact += trades.impact[i];
    report->costs.funding += trades.funding[i];
    report->costs.dust += trades.dust[i];
    report->gross += trades.gross[i];
    report->net += trades.result[i];
  }
  return CRUCIBLE_OK;
}

static void fill_labels(const crucible__training *training,
                        crucible_forge_report *report) {
  double sum = 0;
  const crucible__lessons *lessons = &training->lessons;
  for (size_t i = training->data->begin; i < training->data->end; ++i)
    if (!isnan(lessons->label[i])) {
      sum += lessons->label[i];
      ++report->n_labels;
    }
  report->mean_label =
      report->n_labels > 0 ? sum / (double)report->n_labels : (double)NAN;
}

/* Whether it may be deployed, and why not. */
static void judge(const forging *work, const crucible__records *records,
                  crucible_forge_report *report) {
  uint32_t min_trades = work->training.options->min_trades;
  crucible_orders orders = {.struct_size = sizeof orders};
  size_t n_rejected = 0;
  if (report->n_trades >= min_trades &&
      !work->trained[work->n - 1].is_constant) {
    report->is_feasible = 1;
    return;
  }
  if (report->n_trades >= min_trades) {
    (void)snprintf(report->infeasible_reason, sizeof report->infeasible_reason,
                   "the model to deploy predicts the same for every bar");
    return;
  }
  if (crucible__records_lend(records, &orders, NULL) == CRUCIBLE_OK)
    for (size_t i = 0; i < orders.n; ++i)
      if (orders.status[i] == CRUCIBLE_ORDER_REJECTED)
        ++n_rejected;
  (void)snprintf(report->infeasible_reason, sizeof report->infeasible_reason,
                 "traded %llu times out of sample, below %u; %zu of %zu "
                 "orders were rejected",
                 (unsigned long long)report->n_trades, (unsigned)min_trades,
                 n_rejected, orders.n);
}

static crucible_status gather_records(const forging *work,
                                      crucible__records *records) {
  size_t n_orders = 0, n_trades = 0;
  for (uint32_t k = 0; k + 1 < work->n; ++k) {
    n_orders += work->trained[k].records.orders.n;
    n_trades += work->trained[k].records.trades.n;
  }
  CRUCIBLE__TRY(crucible__records_reserve(records, n_orders, n_trades));
  for (uint32_t k = 0; k + 1 < work->n; ++k)
    crucible__records_append(records, &work->trained[k].records);
  return CRUCIBLE_OK;
}

static crucible_status fill_forged(forging *work, crucible_forged *forged) {
  crucible_forge_report *report = &forged->report;
  crucible__trained *deployed = &work->trained[work->n - 1];
  crucible_backtest_options backtest;
  crucible_backtest_options_init(&backtest, sizeof backtest);
  if (work->training.data->backtest != NULL)
    backtest = *work->training.data->backtest;
  report->struct_size = sizeof *report;
  report->n_folds = work->n - 1;
  double growth = 1;
  for (uint32_t k = 0; k + 1 < work->n; ++k) {
    report->folds[k] = work->folds[k];
    growth *= 1 + work->folds[k].total_return;
    if (work->trained[k].max_drawdown > report->max_drawdown)
      report->max_drawdown = work->trained[k].max_drawdown;
  }
  report->total_return = growth - 1;
  report->deployed_rounds = deployed->fold->rounds;
  fill_labels(&work->training, report);
  CRUCIBLE__TRY(gather_records(work, &forged->records));
  CRUCIBLE__TRY(fill_trades(&forged->records, report));
  CRUCIBLE__TRY(fill_ratios(work, backtest.initial_cash, report));
  judge(work, &forged->records, report);
  forged->plan = deployed->plan;
  forged->model = deployed->model;
  deployed->model = NULL;
  return CRUCIBLE_OK;
}

static crucible_status run_windows(forging *work, crucible_pool *pool,
                                   crucible_forged *forged) {
  crucible__training *training = &work->training;
  CRUCIBLE__TRY(crucible__folds_make(&training->genes, training->data->begin,
                                     training->data->end, training->options,
                                     work->folds));
  CRUCIBLE__TRY(crucible__lessons_make(training->genome, training->data, pool,
                                       training->cancel, &training->lessons));
  work->n = training->options->n_folds + 1;
  for (uint32_t i = 0; i < work->n; ++i)
    work->trained[i].fold = &work->folds[i];
  CRUCIBLE__TRY(
      crucible__pool_run(pool, work->n, run_window, work, training->cancel));
  return fill_forged(work, forged);
}

static void free_forging(forging *work) {
  for (uint32_t i = 0; i < work->n; ++i)
    crucible__trained_clear(&work->trained[i]);
  crucible__lessons_clear(&work->training.lessons);
  crucible__free(work);
}

crucible_status crucible_forge_run(const crucible_genome *genome,
                                   const crucible_forge_data *data,
                                   const crucible_forge_options *options,
                                   crucible_pool *pool,
                                   const crucible_cancel *cancel,
                                   crucible_forged **forged) {
  if (genome == NULL || data == NULL || forged == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          genome == NULL ? "genome"
                          : data == NULL ? "data"
                                         : "forged");
  *forged = NULL;
  crucible_forge_options read;
  crucible_genes genes = {.struct_size = sizeof genes};
  crucible_forge_options_init(&read, sizeof read);
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, options,
                                       "crucible_forge_options"));
  CRUCIBLE__TRY(check_options(&read));
  CRUCIBLE__TRY(crucible_genome_genes(genome, &genes));
  CRUCIBLE__TRY(check_data(&genes, data));
  forging *work = crucible__alloc_zero(1, sizeof *work);
  crucible_forged *made = crucible__alloc_zero(1, sizeof *made);
  crucible_status status = work && made ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
  if (status == CRUCIBLE_OK) {
    work->training.genome = genome;
    work->training.data = data;
    work->training.options = &read;
    work->training.cancel = cancel;
    work->training.genes = genes;
    status = run_windows(work, pool, made);
  }
  if (work != NULL)
    free_forging(work);
  if (status != CRUCIBLE_OK) {
    crucible_forged_destroy(made);
    return status;
  }
  *forged = made;
  return CRUCIBLE_OK;
}

void crucible_forged_destroy(crucible_forged *forged) {
  if (forged == NULL)
    return;
  crucible_model_destroy(forged->model);
  crucible__records_free(&forged->records);
  crucible__free(forged);
}

static crucible_status check_pair(const void *forged, const void *out) {
  if (forged == NULL || out == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          forged == NULL ? "forged" : "the result");
  return CRUCIBLE_OK;
}

crucible_status crucible_forged_report(const crucible_forged *forged,
                                       crucible_forge_report *report) {
  CRUCIBLE__TRY(check_pair(forged, report));
  return crucible__result_write(report, &forged->report, sizeof forged->report,
                                "crucible_forge_report");
}

crucible_status crucible_forged_model(const crucible_forged *forged,
                                      const void **bytes, size_t *n_bytes) {
  CRUCIBLE__TRY(check_pair(forged, bytes));
  return crucible_model_bytes(forged->model, bytes, n_bytes);
}

crucible_status crucible_forged_plan(const crucible_forged *forged,
                                     crucible_plan *plan) {
  CRUCIBLE__TRY(check_pair(forged, plan));
  return crucible__result_write(plan, &forged->plan, sizeof forged->plan,
                                "crucible_plan");
}

crucible_status crucible_forged_trades(const crucible_forged *forged,
                                       crucible_trades *trades) {
  CRUCIBLE__TRY(check_pair(forged, trades));
  return crucible__records_lend(&forged->records, NULL, trades);
}
