/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backtest_terms.h"
#include "run.h"
#include "run_report.h"

enum { BLOCK_COLUMNS = 32 };

const char *const BACKTEST_TABLE_OPTIONS[] = {"--orders", "--positions",
                                              "--drawdowns"};
static const int32_t TABLES[] = {
    CRUCIBLE_TABLE_ORDERS, CRUCIBLE_TABLE_POSITIONS, CRUCIBLE_TABLE_DRAWDOWNS};

void backtest_free(backtest_run *run) {
  market_free(&run->market);
  funding_free(&run->funding);
  input_free(&run->input);
  config_free(&run->config);
  strategy_free(&run->strategy);
  sweep_free(&run->sweep);
  crucible_pool_destroy(run->pool);
  free(run->columns);
  text_free(&run->trades);
  text_free(&run->equity);
}

static int make_plan(const backtest_options *given, backtest_run *run) {
  crucible_plan *plan = &run->plan;
  crucible_plan_init(plan, sizeof *plan);
  int is_rules = given->scores == NULL && given->program == NULL;
  plan->side = given->rules[RULE_SHORT] != NULL || given->is_both
                   ? CRUCIBLE_SIDE_LONG_SHORT
                   : CRUCIBLE_SIDE_LONG;
  plan->theta_in = is_rules ? RULES_THETA_IN : given->theta_in;
  plan->theta_out = is_rules ? RULES_THETA_OUT : given->theta_out;
  int code = terms_plan(given, plan);
  if (code != RUN_OK)
    return code;
  const crucible_instrument *instrument = &run->input.instrument;
  crucible_backtest_options how = run->how;
  if (run->funding.path != NULL)
    how.funding = CRUCIBLE_FUNDING_GIVEN;
  else if (instrument->market_type == CRUCIBLE_MARKET_LINEAR_PERPETUAL &&
           how.funding == CRUCIBLE_FUNDING_REFUSE)
    return run_fail(RUN_DATA,
                    "%s on %s is a perpetual: give its history of funding "
                    "rates as --funding FILE, or trade it without by --set "
                    "account.funding=unavailable",
                    instrument->symbol, instrument->venue);
  crucible_status status = crucible_plan_check(plan, instrument, &how);
  if (status == CRUCIBLE_OK)
    return RUN_OK;
  return run_fail_as(status == CRUCIBLE_E_UNSUPPORTED ? RUN_DATA : RUN_USAGE,
                     NULL);
}

static void add_trades(run_text *csv, const crucible_trades *trades,
                       size_t first_column) {
  for (size_t i = 0; i < trades->n; ++i) {
    text_addf(csv, "%zu,%s,%" PRId64 ",%" PRId64 ",%" PRIu32,
              first_column + trades->column[i],
              trades->side[i] > 0 ? "long" : "short", trades->entry_ms[i],
              trades->exit_ms[i], trades->bars[i]);
    const double figures[] = {
        trades->quantity[i], trades->entry_price[i], trades->exit_price[i],
        trades->result[i],   trades->gross[i],       trades->fee[i],
        trades->spread[i],   trades->slippage[i],    trades->impact[i],
        trades->funding[i],  trades->dust[i]};
    for (size_t j = 0; j < RUN_COUNT(figures); ++j)
      text_addf(csv, ",%.17g", figures[j]);
    text_addf(csv, ",%s\n", purpose_name(trades->exit[i]));
  }
}

static crucible_status add_equity(backtest_run *run,
                                  const crucible_backtest *result) {
  crucible_matrix equity;
  crucible_status status = crucible_backtest_equity(result, &equity);
  const crucible_bars *bars = &run->input.bars;
  for (size_t i = 0; i < bars->n && status == CRUCIBLE_OK; ++i)
    text_addf(&run->equity, "%" PRId64 ",%.17g,%.17g\n",
              bars->open_time_ms[i] + bars->timeframe_ms, bars->close[i],
              equity.data[(ptrdiff_t)i * equity.row_stride]);
  return status;
}

/* What a stream of the equity cannot tell: the tail of the returns. */
static int add_tail(backtest_run *run, const crucible_backtest *result) {
  crucible_matrix equity;
  crucible_metrics of_curve = {.struct_size = sizeof of_curve};
  crucible_metrics *metrics = &run->columns[0].summary.metrics;
  size_t n = run->input.bars.n;
  if (crucible_backtest_equity(result, &equity) != CRUCIBLE_OK)
    return run_fail_as(RUN_FAILED, NULL);
  double *curve = malloc((n + 1) * sizeof *curve);
  if (curve == NULL)
    return run_fail(RUN_FAILED, "out of memory");
  crucible_metrics_options options;
  crucible_metrics_options_init(&options, sizeof options);
  options.periods_per_year =
      365 * 86400000.0 / (double)run->input.bars.timeframe_ms;
  curve[0] = run->how.initial_cash;
  for (size_t i = 0; i < n; ++i)
    curve[i + 1] = equity.data[(ptrdiff_t)i * equity.row_stride];
  if (crucible_metrics_of(curve, n + 1, &options, &of_curve) == CRUCIBLE_OK) {
    metrics->value_at_risk = of_curve.value_at_risk;
    metrics->conditional_value_at_risk = of_curve.conditional_value_at_risk;
    metrics->tail_ratio = of_curve.tail_ratio;
    metrics->common_sense = of_curve.common_sense;
  }
  free(curve);
  return RUN_OK;
}

/* As CSV, or as JSON where the name ends so. */
static crucible_status write_tables(const backtest_options *given,
                                    const crucible_backtest *result) {
  crucible_status status = CRUCIBLE_OK;
  for (size_t i = 0; i < BACKTEST_TABLES && status == CRUCIBLE_OK; ++i) {
    const char *path = given->tables[i];
    size_t length = path != NULL ? strlen(path) : 0;
    int is_json = length > 5 && strcmp(path + length - 5, ".json") == 0;
    if (path != NULL)
      status = crucible_backtest_write(
          result, TABLES[i],
          is_json ? CRUCIBLE_FORMAT_JSON : CRUCIBLE_FORMAT_CSV, path);
  }
  return status;
}

/* Runs a block of combinations, scored already. */
static int run_block(const backtest_options *given, backtest_run *run,
                     const double *scores, size_t first, size_t n) {
  crucible_matrix matrix = {.data = scores,
                            .rows = run->input.bars.n,
                            .cols = n,
                            .row_stride = 1,
                            .col_stride = (ptrdiff_t)run->input.bars.n};
  crucible_backtest *result;
  crucible_status status = crucible_backtest_run(
      &run->market.market, &run->input.instrument, &matrix, &run->plan, 1,
      &run->how, run->pool, NULL, &result);
  for (size_t i = 0; i < n && status == CRUCIBLE_OK; ++i) {
    backtest_column *column = &run->columns[first + i];
    column->column = first + i;
    column->summary.struct_size = sizeof column->summary;
    status = crucible_backtest_summary(result, i, &column->summary);
  }
  crucible_trades trades = {.struct_size = sizeof trades};
  crucible_orders orders = {.struct_size = sizeof orders};
  if (status == CRUCIBLE_OK && run->how.keep_records)
    status = crucible_backtest_records(result, &orders, &trades);
  if (status == CRUCIBLE_OK && given->trades != NULL)
    add_trades(&run->trades, &trades, first);
  if (status == CRUCIBLE_OK && given->equity != NULL)
    status = add_equity(run, result);
  if (status == CRUCIBLE_OK)
    status = write_tables(given, result);
  if (status == CRUCIBLE_OK && run->sweep.n_columns == 1) {
    count_reasons(&orders, run->reasons);
    /* fewer than ten trades prove nothing either way */
    const crucible_bars *bars = &run->input.bars;
    double days = (double)(bars->open_time_ms[bars->n - 1] -
                           bars->open_time_ms[0] + bars->timeframe_ms) /
                  86400000.0;
    run->viability.struct_size = sizeof run->viability;
    run->has_viability =
        crucible_viability_trades(&trades, days, 0.95, 1, &run->viability) ==
        CRUCIBLE_OK;
  }
  int code = status == CRUCIBLE_OK ? RUN_OK : run_fail_status(status, NULL);
  if (code == RUN_OK && run->how.keep_equity)
    code = add_tail(run, result);
  crucible_backtest_destroy(result);
  return code;
}

/* Each feature is computed once. */
static int run_columns(const backtest_options *given, backtest_run *run) {
  const strategy *used = &run->strategy;
  size_t n = run->sweep.n_columns, n_bars = run->input.bars.n;
  double *features = calloc(used->features.n + 1, n_bars * sizeof *features);
  double *scores = calloc(BLOCK_COLUMNS, n_bars * sizeof *scores);
  run->columns = calloc(n, sizeof *run->columns);
  int code = RUN_OK;
  if (features == NULL || scores == NULL || run->columns == NULL)
    code = run_fail(RUN_FAILED, "out of memory");
  if (code == RUN_OK && strategy_features(used, &run->input.bars, run->pool,
                                          features) != CRUCIBLE_OK)
    code = run_fail_as(RUN_DATA, NULL);
  for (size_t first = 0; first < n && code == RUN_OK; first += BLOCK_COLUMNS) {
    size_t n_block = n - first < BLOCK_COLUMNS ? n - first : BLOCK_COLUMNS;
    for (size_t i = 0; i < n_block && code == RUN_OK; ++i)
      code = strategy_scores(used, &run->input.bars, features, first + i,
                             scores + i * n_bars);
    if (code == RUN_OK)
      code = run_block(given, run, scores, first, n_block);
  }
  free(features);
  free(scores);
  return code;
}

static int by_equity(const void *a, const void *b) {
  const backtest_column *left = a, *right = b;
  double l = left->summary.ledger.equity, r = right->summary.ledger.equity;
  if (l != r)
    return l < r ? 1 : -1;
  return left->column < right->column ? -1 : 1;
}

/* The best of many looks good by luck alone: how good is in its deflated
   Sharpe ratio, by the number and the spread of all that were tried. */
static void deflate_best(backtest_run *run) {
  size_t best = 0, n = 0;
  double mean = 0, squares = 0;
  for (size_t i = 0; i < run->sweep.n_columns; ++i) {
    double sharpe = run->columns[i].summary.metrics.sharpe;
    if (isnan(sharpe))
      continue;
    double step = sharpe - mean;
    ++n;
    mean += step / (double)n;
    squares += step * (sharpe - mean);
    double leading = run->columns[best].summary.metrics.sharpe;
    if (isnan(leading) || sharpe > leading)
      best = i;
  }
  if (n < 2)
    return;
  const crucible_metrics *metrics = &run->columns[best].summary.metrics;
  crucible_dsr_options options;
  crucible_dsr_options_init(&options, sizeof options);
  options.n_trials = n;
  options.trial_sharpe_variance = squares / (double)(n - 1);
  run->dsr.struct_size = sizeof run->dsr;
  run->best_sharpe = best;
  crucible_sharpe_record record;
  crucible_sharpe_record_init(&record, sizeof record);
  record.n = metrics->n_returns;
  record.sharpe_per_observation = metrics->sharpe;
  record.skewness = metrics->skewness;
  record.kurtosis = metrics->kurtosis;
  run->has_dsr = crucible_dsr(&record, &options, &run->dsr) == CRUCIBLE_OK;
}

/* Where a history is not asked for, a hole in it is time without funding. */
static int read_funding(const backtest_options *given, backtest_run *run) {
  const crucible_instrument *instrument = &run->input.instrument;
  if (given->funding == NULL)
    return RUN_OK;
  if (instrument->market_type != CRUCIBLE_MARKET_LINEAR_PERPETUAL)
    return run_fail(RUN_USAGE,
                    "--funding: %s on %s is no perpetual, nothing is paid for "
                    "holding it: leave it out",
                    instrument->symbol, instrument->venue);
  int code = funding_read(given->funding, &run->funding);
  run->funding.interval_ms = run->how.funding == CRUCIBLE_FUNDING_REFUSE
                                 ? instrument->funding_interval_ms
                                 : 0;
  return code;
}

/* The recorded bars are the fine ones of the bars made of them. */
static int take_fine(backtest_run *run) {
  if (run->input.fine.n == 0)
    return run_fail(RUN_USAGE,
                    "--path fine goes through the recorded bars inside longer "
                    "ones: the recorded ones are of %s, give --timeframe a "
                    "multiple of that",
                    figure_timeframe(run->input.bars.timeframe_ms).text);
  run->market.market.fine = &run->input.fine;
  return RUN_OK;
}

int backtest_prepare(const backtest_options *given, backtest_run *run) {
  *run = (backtest_run){.has_dsr = 0};
  strategy_options how = {.scores = given->scores,
                          .program = given->program,
                          .leaves_by_rules = given->horizon == 0 &&
                                             given->stop == 0 &&
                                             given->target == 0};
  for (size_t i = 0; i < RULE_KINDS; ++i)
    how.rules[i] = given->rules[i];
  int code = sweep_parse(&given->sweep, &run->sweep);
  if (code == RUN_OK)
    code = config_load(given->config, &given->set, &run->config);
  if (code == RUN_OK)
    code = market_options(&run->config, &run->how);
  if (code == RUN_OK)
    code = terms_options(given, &run->how);
  if (code == RUN_OK)
    code = input_read(&given->input, &run->input);
  int64_t timeframe_ms = run->input.bars.timeframe_ms;
  if (code == RUN_OK && given->timeframe != NULL &&
      crucible_timeframe_parse(given->timeframe, &timeframe_ms) != CRUCIBLE_OK)
    code = run_fail_as(RUN_USAGE, "--timeframe");
  if (code == RUN_OK)
    code = input_resample(&run->input, timeframe_ms);
  if (code == RUN_OK)
    code = terms_fees(given, &run->input.instrument);
  if (code == RUN_OK)
    code = read_funding(given, run);
  if (code == RUN_OK)
    code = make_plan(given, run);
  how.leaves_by_rules = !terms_leave(&run->plan);
  if (code == RUN_OK)
    code = strategy_make(&how, &run->sweep, &run->strategy);
  if (code == RUN_OK)
    code = market_make(&run->input.bars, &run->config, &run->funding,
                       &run->market);
  if (code == RUN_OK && run->how.path == CRUCIBLE_PATH_FINE)
    code = take_fine(run);
  if (code == RUN_OK &&
      crucible_pool_create((uint32_t)given->threads, &run->pool) != CRUCIBLE_OK)
    code = run_fail_as(RUN_FAILED, NULL);
  return code;
}

int backtest_go(const backtest_options *given, backtest_run *run) {
  int code = backtest_prepare(given, run);
  if (code != RUN_OK)
    return code;
  run->how.keep_records = given->trades != NULL || run->sweep.n_columns == 1;
  run->how.keep_equity = run->sweep.n_columns == 1;
  run->how.keep_positions = given->tables[1] != NULL;
  run->how.keep_drawdowns = given->tables[2] != NULL;
  text_add(&run->equity, "close_ms,close,equity\n");
  text_add(&run->trades,
           "column,side,entry_ms,exit_ms,bars,quantity,entry_price,exit_price,"
           "result,gross,fee,spread,slippage,impact,funding,dust,exit\n");
  code = run_columns(given, run);
  if (code != RUN_OK)
    return code;
  qsort(run->columns, run->sweep.n_columns, sizeof *run->columns, by_equity);
  deflate_best(run);
  return RUN_OK;
}
