/* SPDX-License-Identifier: Apache-2.0 */
#include "run_report.h"

#include <math.h>
#include <stdlib.h>

#include "run.h"

void report_free(run_report *report) {
  free(report->agents);
  free((void *)report->board);
  free((void *)report->by_number);
  crucible_report_destroy(report->report);
  *report = (run_report){0};
}

static int by_equity(const void *a, const void *b) {
  const agent_view *left = a, *right = b;
  double l = left->agent.ledger.equity, r = right->agent.ledger.equity;
  if (l != r)
    return l < r ? 1 : -1;
  return left->agent.agent < right->agent.agent ? -1 : 1;
}

static int by_place(const void *a, const void *b) {
  const agent_view *left = *(const agent_view *const *)a;
  const agent_view *right = *(const agent_view *const *)b;
  agent_fate l = left->fate == FATE_DEAD ? FATE_ENDED : left->fate;
  agent_fate r = right->fate == FATE_DEAD ? FATE_ENDED : right->fate;
  return l != r ? (l < r ? -1 : 1) : by_equity(left, right);
}

static agent_fate fate_of(const crucible_report_agent *agent) {
  if (agent->life == CRUCIBLE_AGENT_PROMOTED)
    return FATE_CHAMPION;
  if (agent->life != CRUCIBLE_AGENT_TERMINATED)
    return FATE_LIVING;
  int32_t rule = agent->n_verdicts > 0 ? agent->verdict.verdict.rule : 0;
  return rule == CRUCIBLE_RULE_DEATH || rule == CRUCIBLE_RULE_CANNOT_TRADE
             ? FATE_DEAD
             : FATE_ENDED;
}

static void list_agents(run_report *report) {
  uint32_t n = report->head.n_agents;
  qsort(report->agents, n, sizeof *report->agents, by_equity);
  for (uint32_t i = 0; i < n; ++i) {
    agent_view *view = &report->agents[i];
    view->fate = fate_of(&view->agent);
    report->board[i] = view;
    report->by_number[view->agent.agent] = view;
  }
  qsort((void *)report->board, n, sizeof *report->board, by_place);
  for (uint32_t i = 0; i < n; ++i)
    report->board[i]->place = i;
}

static crucible_status load_agents(run_report *report) {
  for (uint32_t i = 0; i < report->head.n_agents; ++i) {
    agent_view *view = &report->agents[i];
    view->agent.struct_size = sizeof view->agent;
    view->orders.struct_size = sizeof view->orders;
    view->trades.struct_size = sizeof view->trades;
    crucible_status status = crucible_report_get_agent(
        report->report, i, &view->agent, &view->orders, &view->trades);
    if (status != CRUCIBLE_OK)
      return status;
  }
  return CRUCIBLE_OK;
}

int report_load(crucible_store *store, run_report *report) {
  *report = (run_report){0};
  crucible_status status = crucible_report_create(store, &report->report);
  report->head.struct_size = sizeof report->head;
  if (status == CRUCIBLE_OK)
    status = crucible_report_get_head(report->report, &report->head);
  if (status != CRUCIBLE_OK)
    return run_fail_status(status, NULL);
  if (report->head.n_agents > 0) {
    report->agents = calloc(report->head.n_agents, sizeof *report->agents);
    report->board = calloc(report->head.n_agents, sizeof *report->board);
    report->by_number =
        calloc(report->head.n_agents, sizeof *report->by_number);
    if (report->agents == NULL || report->board == NULL ||
        report->by_number == NULL)
      return run_fail(RUN_FAILED, "out of memory");
    status = load_agents(report);
  }
  if (status == CRUCIBLE_OK)
    status = crucible_report_get_market(report->report, &report->market_ms,
                                        &report->market, &report->n_market);
  if (status != CRUCIBLE_OK)
    return run_fail_status(status, NULL);
  if (report->head.n_agents > 0)
    list_agents(report);
  return RUN_OK;
}

double costs_sum(const crucible_costs *costs) {
  return costs->fee + costs->spread + costs->slippage + costs->impact +
         costs->funding + costs->dust;
}

report_totals report_sum(const run_report *report) {
  report_totals sum = {0};
  for (uint32_t i = 0; i < report->head.n_agents; ++i) {
    const crucible_ledger *ledger = &report->agents[i].agent.ledger;
    const crucible_trades *trades = &report->agents[i].trades;
    sum.capital += ledger->initial_cash;
    sum.equity += ledger->equity;
    sum.cash += ledger->cash;
    sum.marked += ledger->equity - ledger->cash;
    sum.costs.fee += ledger->costs.fee;
    sum.costs.spread += ledger->costs.spread;
    sum.costs.slippage += ledger->costs.slippage;
    sum.costs.impact += ledger->costs.impact;
    sum.costs.funding += ledger->costs.funding;
    sum.costs.dust += ledger->costs.dust;
    sum.n_trades += ledger->n_trades;
    sum.n_orders += ledger->n_orders;
    sum.n_rejected += ledger->n_rejected;
    for (size_t j = 0; j < trades->n; ++j)
      sum.n_wins += trades->result[j] > 0;
  }
  return sum;
}

const char *report_phase_name(int32_t phase) {
  return phase == CRUCIBLE_PHASE_COLLECTING ? "collecting"
         : phase == CRUCIBLE_PHASE_TRADING  ? "trading"
         : phase == CRUCIBLE_PHASE_FINISHED ? "finished"
         : phase == CRUCIBLE_PHASE_PAUSED   ? "paused"
                                            : "unknown";
}

const char *purpose_name(int32_t purpose) {
  static const char *const names[] = {
      "?",   "entry",     "score", "time",  "stop",   "target", "liquidation",
      "end", "rebalance", "order", "trail", "signal", "reverse"};
  return purpose > 0 && (size_t)purpose < RUN_COUNT(names) ? names[purpose]
                                                           : names[0];
}

const char *reason_name(int32_t reason) {
  static const char *const names[] = {"",
                                      "below one lot",
                                      "below the minimum quantity",
                                      "below the minimum notional",
                                      "not enough cash",
                                      "no volume",
                                      "forecast cold",
                                      "would cross",
                                      "bars missing",
                                      "time to live",
                                      "position gone",
                                      "account stopped",
                                      "share of the volume",
                                      "partner filled",
                                      "nothing to reduce",
                                      "not enough margin",
                                      "not shortable",
                                      "too many orders",
                                      "cancelled on request",
                                      "no such price"};
  return reason > 0 && (size_t)reason < RUN_COUNT(names) ? names[reason]
                                                         : names[0];
}

const char *order_status_name(int32_t status) {
  static const char *const names[] = {"?", "filled", "rejected", "cancelled",
                                      "expired"};
  return status > 0 && (size_t)status < RUN_COUNT(names) ? names[status]
                                                         : names[0];
}

static int next_study(const run_report *report, trial_place *at) {
  crucible_report_study study = {.struct_size = sizeof study};
  if (crucible_report_get_study(report->report, at->n_studies, &study) !=
      CRUCIBLE_OK)
    return 0;
  ++at->n_studies;
  at->n_trials = study.n_trials;
  at->n_read = 0;
  return 1;
}

int next_trial(const run_report *report, trial_place *at,
               crucible_report_trial *trial) {
  for (;;) {
    while (at->n_read == at->n_trials)
      if (at->n_studies == report->head.n_studies || !next_study(report, at))
        return 0;
    *trial = (crucible_report_trial){.struct_size = sizeof *trial};
    if (crucible_report_get_trial(report->report, at->n_studies - 1,
                                  at->n_read++, trial, NULL) == CRUCIBLE_OK)
      return 1;
  }
}

uint64_t count_reasons(const crucible_orders *orders,
                       uint64_t counts[RUN_REASONS]) {
  uint64_t n = 0;
  for (size_t i = 0; i < orders->n; ++i) {
    int32_t reason = (uint8_t)orders->reason[i];
    if (reason > 0 && reason < RUN_REASONS) {
      ++counts[reason];
      ++n;
    }
  }
  return n;
}

void reasons_add(run_text *text, const uint64_t counts[RUN_REASONS]) {
  const char *separator = "";
  for (int32_t i = 1; i < RUN_REASONS; ++i)
    if (counts[i] > 0) {
      text_addf(text, "%s%s %s", separator, reason_name(i),
                figure_count(counts[i]).text);
      separator = ", ";
    }
}
