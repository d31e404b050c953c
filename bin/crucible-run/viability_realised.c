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

/* Trades of several agents in order of time: the blocks of the bootstrap are
   to hold what happened together. */
typedef struct timed_trade {
  int64_t entry_ms;
  double gross, cost;
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

/* The bound of one timeframe. */
static int bound(const run_report *report, realised_row *row) {
  size_t n = row->n_trades, at = 0;
  timed_trade *trades = calloc(n + 1, sizeof *trades);
  double *gross = calloc(n + 1, sizeof *gross);
  double *cost = calloc(n + 1, sizeof *cost);
  int code = RUN_OK;
  if (trades == NULL || gross == NULL || cost == NULL)
    code = run_fail(RUN_FAILED, "out of memory");
  for (uint32_t i = 0; i < report->head.n_agents && code == RUN_OK; ++i) {
    const agent_view *view = &report->agents[i];
    int64_t timeframe_ms = 0;
    code = timeframe_of(&view->agent, &timeframe_ms);
    for (size_t j = 0; timeframe_ms == row->timeframe_ms && j < view->trades.n;
         ++j)
      trades[at++] =
          (timed_trade){view->trades.entry_ms[j], view->trades.gross[j],
                        view->trades.gross[j] - view->trades.result[j]};
  }
  if (code == RUN_OK) {
    qsort(trades, at, sizeof *trades, by_time);
    for (size_t i = 0; i < at; ++i) {
      gross[i] = trades[i].gross;
      cost[i] = trades[i].cost;
    }
    row->viability.struct_size = sizeof row->viability;
    crucible_status status =
        crucible_viability_realised(gross, cost, at, 0.95, 1, &row->viability);
    row->has_viability = status == CRUCIBLE_OK;
    if (status != CRUCIBLE_OK && status != CRUCIBLE_E_TOO_SHORT &&
        status != CRUCIBLE_E_DOMAIN)
      code = run_fail_status(status, NULL);
  }
  free(trades);
  free(gross);
  free(cost);
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

int64_t realised_smallest(const realised_table *table) {
  for (size_t i = 0; i < table->n; ++i)
    if (table->rows[i].has_viability && table->rows[i].viability.is_viable)
      return table->rows[i].timeframe_ms;
  return 0;
}

static double per_trade(double sum, uint64_t n) {
  return n > 0 ? sum / (double)n : (double)NAN;
}

static void add_cells(run_table *out, const realised_row *row,
                      const char *phase, uint64_t n, double gross, double cost,
                      double low) {
  table_cell(out, figure_timeframe(row->timeframe_ms).text);
  table_cell(out, phase);
  table_cell(out, figure_count(n).text);
  table_cell(out, figure_signed_money(per_trade(gross, n)).text);
  table_cell(out, figure_money(per_trade(cost, n)).text);
  table_cell(out, figure_number(cost > 0 ? gross / cost : (double)NAN, 2).text);
  table_cell(out, figure_number(low, 2).text);
}

int realised_print(const realised_table *table) {
  static const char *const names[] = {"bars", "trades of", "trades", "gross",
                                      "cost", "ratio",     "above"};
  run_table out = {0};
  for (size_t i = 0; i < RUN_COUNT(names); ++i)
    table_column(&out, names[i], i == 1);
  for (size_t i = 0; i < table->n; ++i) {
    const realised_row *row = &table->rows[i];
    add_cells(&out, row, "the forge", row->n_forge_trades, row->forge_gross,
              row->forge_cost, (double)NAN);
    add_cells(&out, row, "agents", row->n_trades, row->gross, row->cost,
              row->has_viability ? row->viability.ratio_low : (double)NAN);
  }
  printf("\nRealised: mean per trade out of sample, and the 95 %% lower bound "
         "of the ratio\n\n");
  return table_print(&out);
}

void realised_add_json(const realised_table *table, run_json *json) {
  json_begin_array(json, "realised");
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
