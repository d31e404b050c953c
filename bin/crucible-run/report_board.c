/* SPDX-License-Identifier: Apache-2.0 */
/* The leaderboard on the terminal. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run.h"
#include "run_report.h"
#include "run_table.h"

static void add_agent(run_table *table, const agent_view *view, uint32_t rank) {
  const crucible_report_agent *agent = &view->agent;
  const crucible_ledger *ledger = &agent->ledger;
  char genome[16];
  snprintf(genome, sizeof genome, "%.8s", agent->genome_id);
  table_cell(table, figure_count(rank).text);
  table_cell(table, figure_count(agent->agent).text);
  table_cell(table, genome);
  table_cell(table, figure_money(ledger->equity).text);
  table_cell(
      table,
      figure_signed_percent(ledger->equity / ledger->initial_cash - 1).text);
  table_cell(table,
             figure_signed_money(ledger->equity - ledger->initial_cash).text);
  table_cell(table, figure_money(ledger->costs.fee).text);
  table_cell(table, figure_money(costs_sum(&ledger->costs)).text);
  table_cell(table, figure_count(ledger->n_trades).text);
  table_cell(table, figure_percent(agent->trades.win_rate).text);
  table_cell(table, figure_number(agent->metrics.sharpe, 4).text);
  table_cell(table, figure_percent(agent->metrics.psr).text);
  table_cell(table, figure_percent(agent->metrics.max_drawdown).text);
  table_cell(table, agent->state);
}

static void add_total(run_table *table, const char *name, double capital,
                      double equity, const report_totals *sum) {
  table_cell(table, "");
  table_cell(table, "");
  table_cell(table, name);
  table_cell(table, figure_money(equity).text);
  table_cell(table, figure_signed_percent(equity / capital - 1).text);
  table_cell(table, figure_signed_money(equity - capital).text);
  if (sum != NULL) {
    double rate = sum->n_trades > 0
                      ? (double)sum->n_wins / (double)sum->n_trades
                      : (double)NAN;
    table_cell(table, figure_money(sum->costs.fee).text);
    table_cell(table, figure_money(costs_sum(&sum->costs)).text);
    table_cell(table, figure_count(sum->n_trades).text);
    table_cell(table, figure_percent(rate).text);
  } else {
    for (int i = 0; i < 4; ++i)
      table_cell(table, "");
  }
  for (int i = 0; i < 4; ++i)
    table_cell(table, "");
}

static int print_table(const run_report *report) {
  static const struct {
    const char *name;
    int is_left;
  } columns[] = {{"rank", 0},   {"agent", 0}, {"genome", 1},     {"equity", 0},
                 {"return", 0}, {"net", 0},   {"fees", 0},       {"costs", 0},
                 {"trades", 0}, {"wins", 0},  {"Sharpe/bar", 0}, {"PSR", 0},
                 {"max dd", 0}, {"state", 1}};
  run_table table = {0};
  report_totals sum = report_sum(report);
  for (size_t i = 0; i < RUN_COUNT(columns); ++i)
    table_column(&table, columns[i].name, columns[i].is_left);
  for (uint32_t i = 0; i < report->head.n_agents; ++i)
    add_agent(&table, &report->agents[i], i + 1);
  double capital = report->head.capital;
  add_total(&table, "all agents", capital, report->head.equity, &sum);
  add_total(&table, "buy+hold", capital, report->head.buy_and_hold, NULL);
  add_total(&table, "cash", capital, capital, NULL);
  return table_print(&table);
}

int report_print(const run_report *report) {
  const crucible_report_head *head = &report->head;
  printf("%s on %s, %s bars; seed %llu; %s\n", head->instrument.symbol,
         head->instrument.venue, figure_timeframe(head->timeframe_ms).text,
         (unsigned long long)head->seed, report_phase_name(head->phase));
  if (head->n_train_bars == 0) { /* cut off before any agent was there */
    printf("%s bars collected from %s to %s (UTC), nobody was trained yet\n",
           figure_count(head->n_bars).text, figure_time(head->first_ms).text,
           figure_time(head->until_ms).text);
    return RUN_OK;
  }
  printf(
      "trained on %s bars from %s, traded %s bars from %s to %s (UTC)\n",
      figure_count(head->n_train_bars).text, figure_time(head->first_ms).text,
      figure_count(head->n_bars - head->n_train_bars).text,
      figure_time(head->trade_from_ms).text, figure_time(head->until_ms).text);
  printf("%s genomes trained, %s of them infeasible; gaps in the bars: %s%s\n",
         figure_count(head->n_forged).text,
         figure_count(head->n_infeasible).text, figure_count(head->n_gaps).text,
         strcmp(head->funding, "unavailable") == 0
             ? "; traded WITHOUT funding payments"
             : "");
  if (head->phase == CRUCIBLE_PHASE_TRADING)
    printf("it did not end: ledgers and curves are those of the last "
           "checkpoint, orders and\ntrades may be newer\n");
  if (head->n_agents == 0) {
    printf("no agent was active\n");
    return RUN_OK;
  }
  printf("capital issued %s %s, equity of all agents %s (%s)\n\n",
         figure_money(head->capital).text, head->instrument.quote_currency,
         figure_money(head->equity).text,
         figure_signed_percent(head->equity / head->capital - 1).text);
  return print_table(report);
}
