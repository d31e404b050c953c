/* SPDX-License-Identifier: Apache-2.0 */
/* The leaderboard on the terminal. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report_words.h"
#include "run.h"
#include "run_table.h"

enum { ENDED_MAX = 30 }; /* rows */

/* What a set of rules alone did with it. */
static void add_alone(run_table *table, const run_report *report,
                      uint64_t promoted, uint64_t ended, int32_t rule) {
  run_text words = {0};
  words_alone(&words, promoted, ended, rule, report->head.timeframe_ms);
  table_cell(table, words.failed ? "" : words.data);
  table->failed |= words.failed;
  text_free(&words);
}

static void add_agent(run_table *table, const run_report *report,
                      const agent_view *view, size_t rank) {
  const crucible_report_agent *agent = &view->agent;
  const crucible_ledger *ledger = &agent->ledger;
  int is_there = view->fate == FATE_CHAMPION || view->fate == FATE_LIVING;
  char genome[16];
  snprintf(genome, sizeof genome, "%.8s", agent->genome_id);
  table_cell(table, figure_count(rank).text);
  table_cell(table, figure_count(agent->agent).text);
  table_cell(table, is_there ? agent->state : end_words(view));
  table_cell(table, figure_count(agent->generation).text);
  table_cell(table, genome);
  table_cell(table, figure_money(ledger->equity).text);
  table_cell(
      table,
      figure_signed_percent(ledger->equity / ledger->initial_cash - 1).text);
  table_cell(table, figure_money(costs_sum(&ledger->costs)).text);
  table_cell(table, figure_count(ledger->n_trades).text);
  table_cell(table, figure_percent(agent->trades.win_rate).text);
  table_cell(table, figure_number(agent->metrics.sharpe, 4).text);
  table_cell(table, figure_percent(agent->metrics.psr).text);
  table_cell(table, figure_percent(agent->has_track ? agent->track.dsr_live
                                                    : (double)NAN)
                        .text);
  add_alone(table, report, agent->track.blueprint_promoted,
            agent->track.blueprint_ended, agent->track.blueprint_rule);
  add_alone(table, report, agent->track.anytime_promoted,
            agent->track.anytime_ended, agent->track.anytime_rule);
  table_cell(table, figure_days(bars_to_promotion(report, view),
                                report->head.timeframe_ms)
                        .text);
  table_cell(table, figure_percent(agent->metrics.max_drawdown).text);
  table_cell(table,
             figure_number((double)ledger->n_bars *
                               (double)report->head.timeframe_ms / 86400000,
                           1)
                 .text);
}

static void add_total(run_table *table, const char *name, double capital,
                      double equity, const report_totals *sum) {
  static const int N_BEFORE = 2, N_AFTER = 11;
  for (int i = 0; i < N_BEFORE; ++i)
    table_cell(table, "");
  table_cell(table, name);
  for (int i = 0; i < N_BEFORE; ++i)
    table_cell(table, "");
  table_cell(table, figure_money(equity).text);
  table_cell(table, figure_signed_percent(equity / capital - 1).text);
  if (sum != NULL) {
    double rate = sum->n_trades > 0
                      ? (double)sum->n_wins / (double)sum->n_trades
                      : (double)NAN;
    table_cell(table, figure_money(costs_sum(&sum->costs)).text);
    table_cell(table, figure_count(sum->n_trades).text);
    table_cell(table, figure_percent(rate).text);
  }
  for (int i = sum != NULL ? 3 : 0; i < N_AFTER; ++i)
    table_cell(table, "");
}

/* Who is there, and the best of those that ended. */
static int print_table(const run_report *report) {
  static const struct {
    const char *name;
    int is_left;
  } columns[] = {{"rank", 0},         {"agent", 0},      {"state", 1},
                 {"gen", 0},          {"genome", 1},     {"equity", 0},
                 {"return", 0},       {"costs", 0},      {"trades", 0},
                 {"wins", 0},         {"Sharpe/bar", 0}, {"PSR", 0},
                 {"DSR", 0},          {"blueprint", 1},  {"anytime", 1},
                 {"promotion in", 0}, {"max dd", 0},     {"days", 0}};
  run_table table = {0};
  report_totals sum = report_sum(report);
  const crucible_report_head *head = &report->head;
  uint32_t n = head->n_agents;
  if (head->n_ended > ENDED_MAX)
    n -= head->n_ended - ENDED_MAX;
  for (size_t i = 0; i < RUN_COUNT(columns); ++i)
    table_column(&table, columns[i].name, columns[i].is_left);
  for (uint32_t i = 0; i < n; ++i)
    add_agent(&table, report, report->board[i], i + 1);
  add_total(&table, "all agents", head->capital, head->equity, &sum);
  add_total(&table, "buy+hold", head->capital, head->buy_and_hold, NULL);
  add_total(&table, "cash", head->capital, head->capital, NULL);
  int code = table_print(&table);
  if (n < head->n_agents)
    printf("%u more that ended: --report and --json have them\n",
           head->n_agents - n);
  return code;
}

/* What the table does not say. */
static void print_life(const run_report *report) {
  const crucible_report_head *head = &report->head;
  run_text words = {0};
  printf("%u living, %u champion%s, %u ended; %s searches, %s generations of "
         "DNA\n",
         head->n_living, head->n_champions, head->n_champions == 1 ? "" : "s",
         head->n_ended, figure_count(head->n_studies).text,
         figure_count(head->n_generations).text);
  if (head->n_correlated > 1)
    printf("mean correlation of the living %s: %u agents are %s effective "
           "bets\n",
           figure_number(head->mean_correlation, 2).text, head->n_correlated,
           figure_number(head->effective_bets, 1).text);
  printf("capital issued to every agent ever born %s %s, equity of all of them "
         "%s (%s)\n",
         figure_money(head->capital).text, head->instrument.quote_currency,
         figure_money(head->equity).text,
         figure_signed_percent(head->equity / head->capital - 1).text);
  words_promotion(&words, report);
  printf("%s\n\n", words.failed ? "" : words.data);
  text_free(&words);
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
  printf("%s genomes tried, %s of them infeasible; gaps in the bars: %s%s\n",
         figure_count(head->n_trials).text,
         figure_count(head->n_infeasible).text, figure_count(head->n_gaps).text,
         strcmp(head->funding, "unavailable") == 0
             ? "; traded WITHOUT funding payments"
             : "");
  if (head->phase == CRUCIBLE_PHASE_PAUSED)
    printf("it was paused: the same command goes on with it\n");
  if (head->phase == CRUCIBLE_PHASE_TRADING)
    printf("it did not end: ledgers and curves are those of the last "
           "checkpoint, orders and\ntrades may be newer; the same command goes "
           "on with it\n");
  if (head->n_agents == 0) {
    printf("no agent was active\n");
    return RUN_OK;
  }
  print_life(report);
  return print_table(report);
}
