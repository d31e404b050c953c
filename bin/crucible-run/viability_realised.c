/* SPDX-License-Identifier: Apache-2.0 */
#include "viability_realised.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_records.h"
#include "run.h"
#include "run_report.h"
#include "run_table.h"
#include "viability_print.h"

enum { RESULT, GROSS, FEE, SPREAD, SLIPPAGE, IMPACT, FUNDING, DUST, N_COLUMNS };

/* Trades of several agents in order of time: the blocks of the bootstrap are
   to hold what happened together. */
typedef struct timed_trade {
  int64_t entry_ms;
  double money[N_COLUMNS];
} timed_trade;

static int by_time(const void *a, const void *b) {
  const timed_trade *left = a, *right = b;
  return (left->entry_ms > right->entry_ms) -
         (left->entry_ms < right->entry_ms);
}

static int timeframe_of(const crucible_report_agent *agent,
                        int64_t *timeframe_ms) {
  crucible_genome *genome;
  crucible_genes genes = {.struct_size = sizeof genes};
  crucible_status status =
      crucible_genome_parse(agent->genome, strlen(agent->genome), &genome);
  if (status == CRUCIBLE_OK)
    status = crucible_genome_genes(genome, &genes);
  crucible_genome_destroy(genome);
  *timeframe_ms = genes.timeframe_ms;
  return status == CRUCIBLE_OK ? RUN_OK : run_fail_status(status, "genome");
}

static realised_row *row_of(realised_table *table, int64_t timeframe_ms) {
  size_t at = 0;
  while (at < table->n && table->rows[at].timeframe_ms < timeframe_ms)
    ++at;
  if (at < table->n && table->rows[at].timeframe_ms == timeframe_ms)
    return &table->rows[at];
  if (table->n == REALISED_MAX)
    return NULL;
  memmove(&table->rows[at + 1], &table->rows[at],
          (table->n - at) * sizeof *table->rows);
  table->rows[at] = (realised_row){.timeframe_ms = timeframe_ms};
  ++table->n;
  return &table->rows[at];
}

static int count_agents(const run_report *report, realised_table *table) {
  for (uint32_t i = 0; i < report->head.n_agents; ++i) {
    const agent_view *view = &report->agents[i];
    const crucible_forge_report *forging = &view->agent.forging;
    int64_t timeframe_ms = 0;
    int code = timeframe_of(&view->agent, &timeframe_ms);
    realised_row *row = code == RUN_OK ? row_of(table, timeframe_ms) : NULL;
    if (row == NULL)
      return code != RUN_OK ? code
                            : run_fail(RUN_FAILED, "more than %d timeframes",
                                       REALISED_MAX);
    ++row->n_agents;
    row->n_trades += view->trades.n;
    row->n_forge_trades += forging->n_trades;
    row->forge_gross += forging->gross;
    row->forge_cost += forging->gross - forging->net;
    for (size_t j = 0; j < view->trades.n; ++j) {
      row->gross += view->trades.gross[j];
      row->cost += view->trades.gross[j] - view->trades.result[j];
    }
  }
  return RUN_OK;
}

static timed_trade trade_at(const crucible_trades *trades, size_t i) {
  return (timed_trade){.entry_ms = trades->entry_ms[i],
                       .money = {trades->result[i], trades->gross[i],
                                 trades->fee[i], trades->spread[i],
                                 trades->slippage[i], trades->impact[i],
                                 trades->funding[i], trades->dust[i]}};
}

/* Measures trades that are sorted; too few, or free of cost, is no failure. */
static int measure(const timed_trade *trades, size_t n, double days,
                   realised_row *row) {
  double *columns = calloc(n + 1, N_COLUMNS * sizeof *columns);
  if (columns == NULL)
    return run_fail(RUN_FAILED, "out of memory");
  double *column[N_COLUMNS];
  for (size_t c = 0; c < N_COLUMNS; ++c) {
    column[c] = columns + c * n;
    for (size_t i = 0; i < n; ++i)
      column[c][i] = trades[i].money[c];
  }
  const crucible_trades merged = {.struct_size = sizeof merged,
                                  .n = n,
                                  .result = column[RESULT],
                                  .gross = column[GROSS],
                                  .fee = column[FEE],
                                  .spread = column[SPREAD],
                                  .slippage = column[SLIPPAGE],
                                  .impact = column[IMPACT],
                                  .funding = column[FUNDING],
                                  .dust = column[DUST]};
  row->viability.struct_size = sizeof row->viability;
  crucible_status status =
      crucible_viability_trades(&merged, days, 0.95, 1, &row->viability);
  row->has_viability = status == CRUCIBLE_OK;
  free(columns);
  return status == CRUCIBLE_OK || status == CRUCIBLE_E_TOO_SHORT ||
                 status == CRUCIBLE_E_DOMAIN
             ? RUN_OK
             : run_fail_status(status, NULL);
}

/* The bound of one timeframe; trades per day are those of one agent. */
static int bound(const run_report *report, realised_row *row) {
  size_t n = row->n_trades, at = 0;
  double days = 0;
  timed_trade *trades = calloc(n + 1, sizeof *trades);
  int code = trades == NULL ? run_fail(RUN_FAILED, "out of memory") : RUN_OK;
  for (uint32_t i = 0; i < report->head.n_agents && code == RUN_OK; ++i) {
    const agent_view *view = &report->agents[i];
    int64_t timeframe_ms = 0;
    code = timeframe_of(&view->agent, &timeframe_ms);
    if (timeframe_ms != row->timeframe_ms)
      continue;
    days += (double)view->agent.ledger.n_bars * (double)timeframe_ms / 86400000;
    for (size_t j = 0; j < view->trades.n; ++j)
      trades[at++] = trade_at(&view->trades, j);
  }
  if (code == RUN_OK) {
    qsort(trades, at, sizeof *trades, by_time);
    code = measure(trades, at, days, row);
  }
  free(trades);
  return code;
}

int realised_read(const char *db, realised_table *table) {
  crucible_store *store;
  crucible_status status = crucible_store_open(db, CRUCIBLE_STORE_READ, &store);
  if (status != CRUCIBLE_OK)
    return run_fail_status(status, NULL);
  run_report report;
  int code = report_load(store, &report);
  if (code == RUN_OK)
    code = count_agents(&report, table);
  for (size_t i = 0; i < table->n && code == RUN_OK; ++i)
    code = bound(&report, &table->rows[i]);
  report_free(&report);
  crucible_store_close(store);
  return code;
}

static int add_row(int64_t timeframe_ms, realised_table *table,
                   realised_row **row) {
  if (table->n == REALISED_MAX)
    return run_fail(RUN_USAGE, "more than %d timeframes", REALISED_MAX);
  *row = &table->rows[table->n++];
  **row = (realised_row){.timeframe_ms = timeframe_ms};
  return RUN_OK;
}

int realised_skip(int64_t timeframe_ms, realised_table *table) {
  realised_row *row;
  int code = add_row(timeframe_ms, table, &row);
  if (code == RUN_OK)
    row->is_skipped = 1;
  return code;
}

int realised_run(const backtest_options *rule, int64_t timeframe_ms,
                 realised_table *table) {
  realised_row *row;
  int code = add_row(timeframe_ms, table, &row);
  if (code != RUN_OK)
    return code;
  figure timeframe = figure_timeframe(timeframe_ms);
  backtest_options given = *rule;
  given.timeframe = timeframe.text;
  backtest_run run;
  code = backtest_go(&given, &run);
  if (code == RUN_OK) {
    const crucible_ledger *ledger = &run.columns[0].summary.ledger;
    row->n_trades = ledger->n_trades;
    row->has_viability = run.has_viability;
    row->viability = run.viability;
    row->gross = run.viability.mean_gross * (double)run.viability.n;
    row->cost = run.viability.mean_cost * (double)run.viability.n;
  }
  backtest_free(&run);
  return code;
}

/* ---- output ---- */

static double per_trade(double sum, uint64_t n) {
  return n > 0 ? sum / (double)n : (double)NAN;
}

/* Small accounts pay parts of a cent. */
static figure figure_fine(double amount) { return figure_number(amount, 4); }

/* The forge keeps sums alone. */
static void add_forge_cells(run_table *out, const realised_row *row) {
  double gross = per_trade(row->forge_gross, row->n_forge_trades);
  double cost = per_trade(row->forge_cost, row->n_forge_trades);
  table_cell(out, figure_timeframe(row->timeframe_ms).text);
  table_cell(out, "the forge");
  table_cell(out, figure_count(row->n_forge_trades).text);
  table_cell(out, "-");
  table_cell(out, figure_fine(gross).text);
  for (int i = 0; i < 5; ++i)
    table_cell(out, "-");
  table_cell(out, figure_fine(cost).text);
  table_cell(out, figure_number(cost > 0 ? gross / cost : (double)NAN, 2).text);
  for (int i = 0; i < 4; ++i)
    table_cell(out, "-");
}

static void add_cells(run_table *out, const realised_row *row) {
  const crucible_viability *v = &row->viability;
  table_cell(out, figure_timeframe(row->timeframe_ms).text);
  table_cell(out, row->n_agents > 0 ? "agents" : "the rule");
  table_cell(out, figure_count(row->n_trades).text);
  if (!row->has_viability) {
    for (int i = 0; i < 12; ++i)
      table_cell(out, "-");
    table_cell(out, row->is_skipped      ? "too few bars"
                    : row->n_trades < 10 ? "too few trades"
                                         : "free of cost");
    return;
  }
  table_cell(out, figure_number(v->trades_per_day, 1).text);
  table_cell(out, figure_fine(v->mean_gross).text);
  table_cell(out, figure_fine(v->mean_fee).text);
  table_cell(out, figure_fine(v->mean_spread).text);
  table_cell(out, figure_fine(v->mean_slippage + v->mean_impact).text);
  table_cell(out, figure_fine(v->mean_funding).text);
  table_cell(out, figure_fine(v->mean_dust).text);
  table_cell(out, figure_fine(v->mean_cost).text);
  table_cell(out, figure_number(v->ratio, 2).text);
  table_cell(out, figure_number(v->ratio_low, 2).text);
  table_cell(out, figure_percent(v->hit_rate).text);
  table_cell(out, v->hit_rate_needed > 1
                      ? "never"
                      : figure_percent(v->hit_rate_needed).text);
  table_cell(out, verdict_name(v->verdict));
}

int realised_print(const realised_table *table, const char *name) {
  static const char *const names[] = {
      "bars",     "trades of", "trades",  "a day",  "gross", "fees",
      "spread",   "slippage",  "funding", "dust",   "cost",  "ratio",
      "at least", "won",       "needs",   "verdict"};
  run_table out = {0};
  for (size_t i = 0; i < RUN_COUNT(names); ++i)
    table_column(&out, names[i], i == 1 || i + 1 == RUN_COUNT(names));
  for (size_t i = 0; i < table->n; ++i) {
    const realised_row *row = &table->rows[i];
    if (row->n_forge_trades > 0)
      add_forge_cells(&out, row);
    add_cells(&out, row);
  }
  printf("\nRealised: what a trade of %s brought before costs, and what it "
         "cost, on\naverage. \"at least\": lower bound of the ratio, 95 %%; "
         "\"won\": share of trades with a\ngross profit; \"needs\": that "
         "from which gross profit is twice the cost.\n\n",
         name);
  return table_print(&out);
}

/* The shortest timeframe with a verdict; NULL if none has it. */
static const realised_row *first_with(const realised_table *table,
                                      int32_t verdict) {
  for (size_t i = 0; i < table->n; ++i)
    if (table->rows[i].has_viability &&
        table->rows[i].viability.verdict == verdict)
      return &table->rows[i];
  return NULL;
}

void realised_print_verdict(const realised_table *table, const char *name) {
  const realised_row *row = first_with(table, CRUCIBLE_TIMEFRAME_VIABLE);
  size_t n_measured = 0;
  for (size_t i = 0; i < table->n; ++i)
    n_measured += table->rows[i].has_viability != 0;
  if (row != NULL) {
    printf("By the trades of %s the smallest viable timeframe is %s.\n", name,
           figure_timeframe(row->timeframe_ms).text);
    return;
  }
  row = first_with(table, CRUCIBLE_TIMEFRAME_UNPROVEN);
  if (row != NULL && row->viability.ratio_low > 0)
    printf("By the trades of %s no timeframe is viable yet: with %s gross "
           "profit is\n%s times the cost on average, but that may be luck; "
           "it is safe to say only\nthat it is %s times.\n",
           name, figure_timeframe(row->timeframe_ms).text,
           figure_number(row->viability.ratio, 2).text,
           figure_number(row->viability.ratio_low, 2).text);
  else if (row != NULL)
    printf("By the trades of %s no timeframe is viable yet: with %s gross "
           "profit is\n%s times the cost on average, but that may be luck: "
           "not even that there is\na gross profit is safe to say.\n",
           name, figure_timeframe(row->timeframe_ms).text,
           figure_number(row->viability.ratio, 2).text);
  else if (n_measured > 0)
    printf("By the trades of %s no timeframe is viable: none earned twice "
           "its cost.\n",
           name);
  else
    printf("The trades of %s are too few to tell: it takes 10.\n", name);
}

void realised_add_json(const realised_table *table, const char *key,
                       run_json *json) {
  json_begin_array(json, key);
  for (size_t i = 0; i < table->n; ++i) {
    const realised_row *row = &table->rows[i];
    json_begin_object(json, NULL);
    json_int(json, "timeframe_ms", row->timeframe_ms);
    json_count(json, "n_agents", row->n_agents);
    json_count(json, "n_trades", row->n_trades);
    json_number(json, "mean_gross", per_trade(row->gross, row->n_trades));
    json_number(json, "mean_cost", per_trade(row->cost, row->n_trades));
    if (row->has_viability)
      json_add_viability(json, "viability", &row->viability);
    else
      json_raw(json, "viability", NULL);
    json_count(json, "n_forge_trades", row->n_forge_trades);
    json_number(json, "forge_mean_gross",
                per_trade(row->forge_gross, row->n_forge_trades));
    json_number(json, "forge_mean_cost",
                per_trade(row->forge_cost, row->n_forge_trades));
    json_end_object(json);
  }
  json_end_array(json);
}

void realised_add_csv(const realised_table *table, const char *name,
                      run_text *csv) {
  for (size_t i = 0; i < table->n; ++i) {
    const realised_row *row = &table->rows[i];
    const crucible_viability *v = &row->viability;
    if (!row->has_viability)
      continue;
    text_addf(csv, "%s,%lld,,,,%llu", name, (long long)row->timeframe_ms,
              (unsigned long long)row->n_trades);
    const double figures[] = {
        v->mean_gross,    v->mean_cost,   v->mean_fee,        v->mean_spread,
        v->mean_slippage, v->mean_impact, v->mean_funding,    v->mean_dust,
        v->ratio,         v->ratio_low,   v->hit_rate_needed, v->hit_rate,
        v->trades_per_day};
    for (size_t j = 0; j < RUN_COUNT(figures); ++j)
      csv_add_number(csv, figures[j]);
    text_addf(csv, ",%s\n", verdict_name(v->verdict));
  }
}
