/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backtest_run.h"
#include "json_records.h"
#include "run.h"
#include "run_report.h"
#include "run_table.h"

static const char *const RULES[] = {"enter", "exit", "short", "cover"};

static void print_head(const backtest_options *given, const backtest_run *run) {
  const crucible_bars *bars = &run->input.bars;
  printf(
      "%s on %s, %s bars of %s from %s to %s (UTC)\n",
      run->input.instrument.symbol, run->input.instrument.venue,
      figure_count(bars->n).text, figure_timeframe(bars->timeframe_ms).text,
      figure_time(bars->open_time_ms[0]).text,
      figure_time(bars->open_time_ms[bars->n - 1] + bars->timeframe_ms).text);
  for (size_t i = 0; i < RUN_COUNT(RULES); ++i)
    if (given->rules[i] != NULL)
      printf("%-6s %s\n", RULES[i], given->rules[i]);
  if (given->scores != NULL || given->program != NULL)
    printf("scores %s\n",
           given->scores != NULL ? given->scores : given->program);
  if (run->funding.path != NULL)
    printf("funding %s\n", run->funding.path);
  else if (run->how.funding == CRUCIBLE_FUNDING_UNAVAILABLE &&
           run->input.instrument.market_type ==
               CRUCIBLE_MARKET_LINEAR_PERPETUAL)
    printf("funding NOT PAID: there is no history (account.funding)\n");
  if (run->market.spread != NULL)
    printf("spread estimated from the bars (EDGE), %s bps in the mean\n",
           figure_number(1e4 * market_mean_spread(&run->market), 2).text);
  if (run->how.path == CRUCIBLE_PATH_FINE)
    printf("path   through the recorded bars of %s\n",
           figure_timeframe(run->input.fine.timeframe_ms).text);
  if (run->how.fill_at == CRUCIBLE_FILL_SAME_CLOSE)
    printf("optimistic: orders fill at the close that they were decided on\n");
  printf("\n");
}

/* Values end in one column, units begin in one. */
static void print_pair(const char *name, figure value, const char *unit) {
  printf("  %-24s%14s%s%s\n", name, value.text, unit[0] != 0 ? " " : "", unit);
}

/* The sign of percent stands with the units; more: what it is of. */
static void print_share(const char *name, figure percent, const char *more) {
  char *sign = strstr(percent.text, " %");
  char unit[40] = "";
  if (sign != NULL) {
    *sign = 0;
    (void)snprintf(unit, sizeof unit, "%%%s%s", more[0] != 0 ? " " : "", more);
  }
  print_pair(name, percent, unit);
}

static figure duration_of(const backtest_run *run, double bars) {
  return figure_duration(bars * (double)run->input.bars.timeframe_ms / 1000);
}

static void print_costs(const crucible_summary *summary, const char *money) {
  const crucible_ledger *ledger = &summary->ledger;
  const crucible_costs *costs = &ledger->costs;
  double net = ledger->equity - ledger->initial_cash;
  printf("\ncosts\n");
  print_pair("before costs", figure_signed_money(net + costs_sum(costs)),
             money);
  print_pair("fees", figure_money(costs->fee), money);
  print_pair("spread", figure_money(costs->spread), money);
  print_pair("slippage", figure_money(costs->slippage), money);
  if (costs->impact != 0)
    print_pair("impact that stays", figure_money(costs->impact), money);
  print_pair("funding", figure_money(costs->funding), money);
  print_pair("dust", figure_money(costs->dust), money);
  print_pair("net", figure_signed_money(net), money);
  print_share("share of the gross", figure_percent(summary->trades.cost_share),
              "of closed trades");
}

static void print_viability(const backtest_run *run) {
  const crucible_viability *viability = &run->viability;
  if (!run->has_viability) {
    printf("\nfewer than 10 trades: whether they can pay their costs cannot "
           "be said\n");
    return;
  }
  printf("\nmean gross %s against mean cost %s per trade: ratio %s,\n"
         "above %s with 95 %% confidence: %s\n",
         figure_signed_money(viability->mean_gross).text,
         figure_money(viability->mean_cost).text,
         figure_number(viability->ratio, 2).text,
         figure_number(viability->ratio_low, 2).text,
         viability->is_viable ? "viable (2 or more)"
                              : "not viable, 2 is the least");
}

static void print_reasons(const backtest_run *run) {
  run_text text = {0};
  reasons_add(&text, run->reasons);
  if (text.length > 0 && !text.failed)
    printf("  not filled: %s\n", text.data);
  text_free(&text);
}

static void print_account(const backtest_run *run) {
  const crucible_summary *summary = &run->columns[0].summary;
  const crucible_ledger *ledger = &summary->ledger;
  const crucible_metrics *m = &summary->metrics;
  const char *money = run->input.instrument.quote_currency;
  printf("account\n");
  print_pair("capital", figure_money(ledger->initial_cash), money);
  print_pair("equity", figure_money(ledger->equity), money);
  print_share("return",
              figure_signed_percent(ledger->equity / ledger->initial_cash - 1),
              "");
  print_share("price, held", figure_signed_percent(summary->buy_and_hold), "");
  print_share("exposure", figure_percent(summary->exposure), "of the bars");
  print_pair("turnover", figure_number(summary->turnover, 2),
             "times the mean equity");
  printf("\nrisk\n");
  print_share("max drawdown", figure_percent(m->max_drawdown), "");
  print_pair("longest below a peak",
             duration_of(run, (double)m->max_drawdown_bars), "");
  print_share("ulcer index", figure_percent(m->ulcer_index), "");
  print_share("volatility", figure_percent(m->annualised_volatility), "a year");
  print_share("worst bar", figure_signed_percent(m->worst_return), "");
  print_share("best bar", figure_signed_percent(m->best_return), "");
  print_share("value at risk, 5 %", figure_signed_percent(m->value_at_risk),
              "a bar");
  print_share("mean beyond it",
              figure_signed_percent(m->conditional_value_at_risk), "a bar");
}

static void print_ratios(const backtest_run *run) {
  const crucible_metrics *m = &run->columns[0].summary.metrics;
  double ahead = m->min_trl - (double)m->n_returns;
  printf("\nratios\n");
  print_pair("Sharpe", figure_number(m->sharpe, 4), "a bar");
  print_pair("", figure_number(m->annualised_sharpe, 2), "a year");
  print_pair("Sortino", figure_number(m->annualised_sortino, 2), "a year");
  print_pair("Calmar", figure_number(m->calmar, 2), "");
  print_pair("Omega", figure_number(m->omega, 3), "");
  print_pair("skewness", figure_number(m->skewness, 2), "");
  print_pair("kurtosis", figure_number(m->kurtosis, 2), "(3: normal)");
  print_share("PSR against 0", figure_percent(m->psr), "");
  if (ahead > 0 && ahead < 1e9)
    print_pair("until PSR is 95 %", duration_of(run, ahead),
               "more, if it goes on so");
  printf("\nagainst the price, held\n");
  print_pair("beta", figure_number(m->beta, 3), "");
  print_share("alpha", figure_signed_percent(m->alpha), "a year");
  print_share("tracking error", figure_percent(m->tracking_error), "a year");
  print_pair("information ratio", figure_number(m->information_ratio, 4),
             "a bar");
}

static void print_trades(const backtest_run *run) {
  const crucible_summary *summary = &run->columns[0].summary;
  const crucible_ledger *ledger = &summary->ledger;
  const crucible_trade_metrics *t = &summary->trades;
  const char *money = run->input.instrument.quote_currency;
  printf("\ntrades\n");
  print_pair("closed", figure_count(ledger->n_trades), "");
  if (t->n_short > 0) {
    print_pair("  long", figure_count(t->n_long), "");
    print_pair("  short", figure_count(t->n_short), "");
  }
  print_pair("orders", figure_count(ledger->n_orders), "");
  print_pair("rejected", figure_count(ledger->n_rejected), "");
  print_reasons(run);
  print_share("wins", figure_percent(t->win_rate), "");
  print_pair("profit factor", figure_number(t->profit_factor, 2), "");
  print_pair("mean win / mean loss", figure_number(t->payoff_ratio, 2), "");
  print_pair("mean result", figure_signed_money(t->mean_result), money);
  print_pair("best", figure_signed_money(t->best), money);
  print_pair("worst", figure_signed_money(t->worst), money);
  print_share("mean return", figure_signed_percent(t->mean_return),
              "of what was bought");
  print_pair("SQN", figure_number(t->sqn, 2), "");
  print_pair("wins in a row", figure_count(t->max_won_streak), "at most");
  print_pair("losses in a row", figure_count(t->max_lost_streak), "at most");
  print_pair("held", duration_of(run, t->mean_bars), "in the mean");
  print_pair("", duration_of(run, (double)t->max_bars), "at most");
  print_share("went against (MAE)", figure_percent(t->mean_mae), "in the mean");
  print_share("went for (MFE)", figure_percent(t->mean_mfe), "in the mean");
}

static void print_one(const backtest_run *run) {
  print_account(run);
  print_ratios(run);
  print_trades(run);
  print_costs(&run->columns[0].summary, run->input.instrument.quote_currency);
  print_viability(run);
}

static int print_sweep(const backtest_options *given, const backtest_run *run) {
  run_table table = {0};
  for (size_t j = 0; j < run->sweep.n_names; ++j)
    table_column(&table, run->sweep.names[j].name, 0);
  static const char *const names[] = {
      "equity",   "return", "net",        "costs", "trades",
      "rejected", "wins",   "Sharpe/bar", "PSR",   "max dd"};
  for (size_t j = 0; j < RUN_COUNT(names); ++j)
    table_column(&table, names[j], 0);
  size_t n = run->sweep.n_columns;
  for (size_t i = 0; i < n && i < given->top; ++i) {
    const backtest_column *column = &run->columns[i];
    const crucible_ledger *ledger = &column->summary.ledger;
    double capital = ledger->initial_cash;
    for (size_t j = 0; j < run->sweep.n_names; ++j) {
      char value[32];
      snprintf(value, sizeof value, "%.6g",
               sweep_value(&run->sweep, column->column, j));
      table_cell(&table, value);
    }
    table_cell(&table, figure_money(ledger->equity).text);
    table_cell(&table,
               figure_signed_percent(ledger->equity / capital - 1).text);
    table_cell(&table, figure_signed_money(ledger->equity - capital).text);
    table_cell(&table, figure_money(costs_sum(&ledger->costs)).text);
    table_cell(&table, figure_count(ledger->n_trades).text);
    table_cell(&table, figure_count(ledger->n_rejected).text);
    table_cell(&table, figure_percent(column->summary.trades.win_rate).text);
    table_cell(&table, figure_number(column->summary.metrics.sharpe, 4).text);
    table_cell(&table, figure_percent(column->summary.metrics.psr).text);
    table_cell(&table,
               figure_percent(column->summary.metrics.max_drawdown).text);
  }
  int code = table_print(&table);
  if (n > given->top)
    printf("(%zu more; --top shows them)\n", n - given->top);
  printf("\nprice, held: %s\n",
         figure_signed_percent(run->columns[0].summary.buy_and_hold).text);
  if (run->has_dsr)
    printf(
        "The best Sharpe ratio of %zu is %s; luck alone would show %s. "
        "Deflated by\nthat, the probability of skill is %s.\n",
        n,
        figure_number(run->columns[run->best_sharpe].summary.metrics.sharpe, 4)
            .text,
        figure_number(run->dsr.expected_max_sharpe, 4).text,
        figure_percent(run->dsr.dsr).text);
  return code;
}

int backtest_print(const backtest_options *given, const backtest_run *run) {
  print_head(given, run);
  if (run->sweep.n_names > 0)
    return print_sweep(given, run);
  print_one(run);
  return RUN_OK;
}

static void add_column(run_json *json, const backtest_run *run, size_t place) {
  const backtest_column *column = &run->columns[place];
  json_begin_object(json, NULL);
  json_count(json, "column", column->column);
  if (run->sweep.n_names > 0)
    json_begin_object(json, "values");
  for (size_t j = 0; j < run->sweep.n_names; ++j)
    json_number(json, run->sweep.names[j].name,
                sweep_value(&run->sweep, column->column, j));
  if (run->sweep.n_names > 0)
    json_end_object(json);
  json_add_ledger(json, "ledger", &column->summary.ledger);
  json_add_metrics(json, "metrics", &column->summary.metrics);
  json_add_trade_metrics(json, "trades", &column->summary.trades);
  json_number(json, "exposure", column->summary.exposure);
  json_number(json, "turnover", column->summary.turnover);
  json_number(json, "buy_and_hold", column->summary.buy_and_hold);
  json_end_object(json);
}

int backtest_print_json(const backtest_options *given,
                        const backtest_run *run) {
  const crucible_bars *bars = &run->input.bars;
  run_json json = {.depth = 0};
  json_begin_object(&json, NULL);
  json_string(&json, "symbol", run->input.instrument.symbol);
  json_string(&json, "venue", run->input.instrument.venue);
  json_string(&json, "quote_currency", run->input.instrument.quote_currency);
  json_int(&json, "timeframe_ms", bars->timeframe_ms);
  json_count(&json, "bars", bars->n);
  json_int(&json, "first_ms", bars->open_time_ms[0]);
  json_int(&json, "until_ms",
           bars->open_time_ms[bars->n - 1] + bars->timeframe_ms);
  json_begin_object(&json, "rules");
  for (size_t i = 0; i < RUN_COUNT(RULES); ++i)
    json_string(&json, RULES[i], given->rules[i]);
  json_end_object(&json);
  json_raw(&json, "config", run->config.json);
  json_begin_array(&json, "columns");
  for (size_t i = 0; i < run->sweep.n_columns; ++i)
    add_column(&json, run, i);
  json_end_array(&json);
  if (run->has_viability)
    json_add_viability(&json, "viability", &run->viability);
  if (run->has_dsr) {
    json_begin_object(&json, "best_sharpe");
    json_count(&json, "column", run->columns[run->best_sharpe].column);
    json_number(&json, "expected_max_sharpe", run->dsr.expected_max_sharpe);
    json_number(&json, "dsr", run->dsr.dsr);
    json_end_object(&json);
  }
  json_end_object(&json);
  return json_print(&json);
}
