/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <crucible/backtest.h>

#include "backtest/fill.h"
#include "backtest/market_view.h"
#include "backtest/record_gather.h"
#include "backtest/run_result.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "stats/figures.h"

/* A run under way. */
typedef struct run {
  crucible_backtest *result;
  crucible__market_view market;
  const crucible_matrix *scores;
  const crucible__terms *terms; /* [n_terms] */
  size_t n_terms;
  crucible__records *records; /* [workers] of the column under way */
  crucible__gather gather;    /* of all columns' records */
  double **scratch;           /* [workers] equity, where it is not kept */
  double periods_per_year;
} run;

static const double MS_PER_YEAR = 365.0 * 24 * 3600 * 1000;

/* Room for the curve of one column: where it is kept, or the worker's. */
static double *curve_of(run *job, size_t column, uint32_t worker) {
  size_t length = job->result->n_bars + 1;
  if (job->result->keeps_equity)
    return job->result->equity + column * length;
  if (job->scratch[worker] == NULL)
    job->scratch[worker] = crucible__alloc(length, sizeof(double));
  return job->scratch[worker];
}

static crucible_status summarise(const run *job, size_t column,
                                 const crucible__account *account,
                                 const crucible__terms *terms,
                                 const crucible__records *records,
                                 const double *curve) {
  size_t n = job->result->n_bars;
  const crucible_bars *bars = &job->market.bars;
  const double none = (double)NAN;
  crucible_summary *summary = &job->result->summaries[column];
  *summary = (crucible_summary){.struct_size = sizeof *summary};
  crucible__account_ledger(account, terms, &summary->ledger);
  summary->metrics.struct_size = sizeof summary->metrics;
  summary->trades.struct_size = sizeof summary->trades;
  crucible_metrics_options options;
  crucible_metrics_options_init(&options, sizeof options);
  options.periods_per_year = job->periods_per_year;
  if (n < 2)
    crucible__metrics_undefined(&summary->metrics);
  else
    CRUCIBLE__TRY(
        crucible_metrics_of(curve, n + 1, &options, &summary->metrics));
  CRUCIBLE__TRY(crucible_trade_metrics_of(
      records->trades.result, records->trades.table.n, &summary->trades));
  double sum = 0;
  for (size_t i = 1; i <= n; ++i)
    sum += curve[i];
  summary->exposure =
      n > 0 ? (double)account->n_bars_in_position / (double)n : none;
  summary->turnover =
      n > 0 ? account->traded_notional / (sum / (double)n) : none;
  summary->buy_and_hold = n > 0 ? bars->close[n - 1] / bars->open[0] - 1 : none;
  return CRUCIBLE_OK;
}

static crucible_status run_column(size_t item, uint32_t worker, void *data) {
  run *job = data;
  size_t column = crucible__gather_account(job->result->n_columns, item);
  const crucible_matrix *scores = job->scores;
  const crucible__terms *terms = &job->terms[job->n_terms == 1 ? 0 : column];
  crucible__records *records = &job->records[worker];
  double *curve = curve_of(job, column, worker);
  if (curve == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible__account account;
  crucible__events events;
  crucible__wish wish = crucible__wish_none;
  crucible__account_init(&account, terms);
  curve[0] = account.equity;
  for (size_t i = 0; i < job->result->n_bars; ++i) {
    double score = scores->data[(ptrdiff_t)i * scores->row_stride +
                                (ptrdiff_t)column * scores->col_stride];
    crucible_bar bar = crucible__market_bar(&job->market, i);
    crucible__outlook outlook = crucible__market_outlook(&job->market, i);
    wish.score = score;
    crucible__account_step(&account, NULL, terms, &bar, &outlook, &wish,
                           &events);
    curve[i + 1] = account.equity;
    if (events.n_orders == 0)
      continue;
    CRUCIBLE__TRY(
        crucible__records_reserve(records, events.n_orders, events.n_trades));
    crucible__records_add(records, (uint32_t)column, &events);
  }
  crucible_status status =
      summarise(job, column, &account, terms, records, curve);
  if (status != CRUCIBLE_OK)
    return crucible__fail_at(status, "column %zu", column);
  if (job->result->keeps_records)
    return crucible__gather_take(&job->gather, column, records);
  crucible__records_clear(records);
  return CRUCIBLE_OK;
}

static crucible_status run_all(run *job, crucible_pool *pool,
                               const crucible_cancel *cancel) {
  crucible_backtest *result = job->result;
  size_t n = result->n_columns;
  uint32_t workers = crucible_pool_threads(pool);
  CRUCIBLE__TRY(crucible__gather_init(&job->gather, &result->records, n));
  result->summaries = crucible__alloc_zero(n, sizeof *result->summaries);
  job->records = crucible__alloc_zero(workers, sizeof *job->records);
  job->scratch = crucible__alloc_zero(workers, sizeof *job->scratch);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (result->keeps_equity && result->n_bars < SIZE_MAX)
    result->equity = crucible__alloc(n, (result->n_bars + 1) * sizeof(double));
  if (result->summaries != NULL && job->records != NULL &&
      job->scratch != NULL && (!result->keeps_equity || result->equity != NULL))
    status = crucible__pool_run(pool, n, run_column, job, cancel);
  if (status == CRUCIBLE_OK)
    status = crucible__gather_finish(&job->gather);
  crucible__gather_free(&job->gather);
  for (uint32_t w = 0; job->records != NULL && w < workers; ++w)
    crucible__records_free(&job->records[w]);
  for (uint32_t w = 0; job->scratch != NULL && w < workers; ++w)
    crucible__free(job->scratch[w]);
  crucible__free(job->records);
  crucible__free(job->scratch);
  return status;
}

static crucible_status check_scores(const crucible_matrix *scores,
                                    size_t n_bars) {
  if (scores == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "scores is NULL");
  if (scores->rows != n_bars)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "scores has %zu rows for %zu bars: give one per bar",
                          scores->rows, n_bars);
  if (scores->cols >= UINT32_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "scores has %zu columns: too many", scores->cols);
  if (scores->data == NULL && scores->rows > 0 && scores->cols > 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "scores.data is NULL");
  return CRUCIBLE_OK;
}

/* Terms for each plan; the caller frees them. */
static crucible_status make_terms(const crucible_plan *plans, size_t n_plans,
                                  const crucible_instrument *instrument,
                                  int64_t timeframe_ms,
                                  const crucible_backtest_options *options,
                                  crucible__terms **terms) {
  if (plans == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "plans is NULL: start from crucible_plan_init");
  crucible__terms *made = crucible__alloc(n_plans, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  size_t stride = plans->struct_size;
  for (size_t i = 0; i < n_plans; ++i) {
    const crucible_plan *plan =
        (const void *)((const unsigned char *)plans + i * stride);
    crucible_status status =
        crucible__terms_init(&made[i], plan, instrument, timeframe_ms, options);
    if (status == CRUCIBLE_OK && plan->struct_size != stride)
      status = crucible__fail(CRUCIBLE_E_INVALID,
                              "plan.struct_size is %zu, the first plan's is "
                              "%zu: an array has one",
                              plan->struct_size, stride);
    if (status != CRUCIBLE_OK) {
      crucible__free(made);
      return n_plans > 1 ? crucible__fail_at(status, "plan %zu", i) : status;
    }
  }
  *terms = made;
  return CRUCIBLE_OK;
}

crucible_status crucible_backtest_run(
    const crucible_market *market, const crucible_instrument *instrument,
    const crucible_matrix *scores, const crucible_plan *plans, size_t n_plans,
    const crucible_backtest_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_backtest **backtest) {
  if (backtest == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "backtest is NULL");
  *backtest = NULL;
  run job = {.scores = scores, .n_terms = n_plans};
  CRUCIBLE__TRY(crucible__market_take(market, &job.market));
  CRUCIBLE__TRY(check_scores(scores, job.market.bars.n));
  if (n_plans == 0 || (n_plans != 1 && n_plans != scores->cols))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n_plans is %zu for %zu columns: give 1 or one per "
                          "column",
                          n_plans, scores->cols);
  int64_t timeframe_ms = job.market.bars.timeframe_ms;
  crucible__terms *terms = NULL;
  CRUCIBLE__TRY(
      make_terms(plans, n_plans, instrument, timeframe_ms, options, &terms));
  crucible_status status =
      crucible__market_check_tick(&job.market, &terms->instrument);
  if (status != CRUCIBLE_OK) {
    crucible__free(terms);
    return status;
  }
  crucible_backtest *made = crucible__alloc_zero(1, sizeof *made);
  status = CRUCIBLE_E_NOMEM;
  if (made != NULL) {
    made->n_bars = job.market.bars.n;
    made->n_columns = scores->cols;
    made->keeps_records = terms->options.keep_records;
    made->keeps_equity = terms->options.keep_equity;
    job.result = made;
    job.terms = terms;
    job.periods_per_year = terms->options.periods_per_year > 0
                               ? terms->options.periods_per_year
                               : MS_PER_YEAR / (double)timeframe_ms;
    status = run_all(&job, pool, cancel);
  }
  crucible__free(terms);
  if (status != CRUCIBLE_OK) {
    crucible_backtest_destroy(made);
    return status;
  }
  *backtest = made;
  return CRUCIBLE_OK;
}

void crucible_backtest_destroy(crucible_backtest *backtest) {
  if (backtest == NULL)
    return;
  crucible__records_free(&backtest->records);
  crucible__table_free(&backtest->positions, &crucible__position_kind);
  crucible__free(backtest->summaries);
  crucible__free(backtest->equity);
  crucible__free(backtest);
}

crucible_status crucible_backtest_summary(const crucible_backtest *backtest,
                                          size_t column,
                                          crucible_summary *summary) {
  if (backtest == NULL || summary == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          backtest == NULL ? "backtest" : "summary");
  if (column >= backtest->n_columns)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "column is %zu: the run had %zu, from 0", column,
                          backtest->n_columns);
  return crucible__result_write(summary, &backtest->summaries[column],
                                sizeof *summary, "summary");
}

crucible_status crucible_backtest_records(const crucible_backtest *backtest,
                                          crucible_orders *orders,
                                          crucible_trades *trades) {
  if (backtest == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "backtest is NULL");
  if (!backtest->keeps_records)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the run kept no records: set options.keep_records");
  return crucible__records_lend(&backtest->records, orders, trades);
}

crucible_status crucible_backtest_equity(const crucible_backtest *backtest,
                                         crucible_matrix *equity) {
  if (backtest == NULL || equity == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          backtest == NULL ? "backtest" : "equity");
  if (!backtest->keeps_equity)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the run kept no equity: set options.keep_equity");
  *equity = (crucible_matrix){
      .data = backtest->equity + 1,
      .rows = backtest->n_bars,
      .cols = backtest->n_columns,
      .row_stride = 1,
      .col_stride = (ptrdiff_t)backtest->n_bars + 1,
  };
  return CRUCIBLE_OK;
}
