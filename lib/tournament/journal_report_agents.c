/* SPDX-License-Identifier: Apache-2.0 */
/* Agents with their accounts, curves, records, verdicts and tracks. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <crucible/arena.h>

#include "base/base_status.h"
#include "stats/figures.h"
#include "tournament/journal_report.h"

/* ---- one agent's parts ---- */

static crucible_status take_ledger(crucible_report *report,
                                   crucible__statement *s, void *item) {
  (void)report;
  crucible__row_read(&crucible__row_ledger, s, 1, item);
  return CRUCIBLE_OK;
}

/* An agent that is younger than the last checkpoint has its capital. */
static crucible_status read_ledger(crucible_report *report,
                                   crucible_store *store, int64_t agent,
                                   crucible_ledger *ledger) {
  const crucible__report_query query = {
      "agent", &crucible__row_ledger, "ledgers WHERE agent = ?1", NULL, agent};
  int found = 0;
  ledger->struct_size = sizeof *ledger;
  CRUCIBLE__TRY(crucible__report_one(report, store, &query, take_ledger, ledger,
                                     "ledger", &found));
  if (!found) {
    ledger->initial_cash = ledger->cash = ledger->equity = report->cash;
    ledger->entry_price = ledger->mark_price = (double)NAN;
  }
  return CRUCIBLE_OK;
}

static crucible_status take_track(crucible_report *report,
                                  crucible__statement *s, void *item) {
  crucible_track *track = item;
  (void)report;
  track->struct_size = sizeof *track;
  track->agent = (uint32_t)crucible__column_int(s, 0);
  crucible__row_read(&crucible__row_track, s, 1, track);
  return CRUCIBLE_OK;
}

typedef struct models {
  int64_t n, bar;
} models;

static crucible_status take_models(crucible_report *report,
                                   crucible__statement *s, void *item) {
  models *into = item;
  (void)report;
  into->n = crucible__column_int(s, 0);
  into->bar = crucible__column_int(s, 1);
  return CRUCIBLE_OK;
}

/* Records of one agent into columns of their own. */
static crucible_status read_records(crucible_report *report,
                                    crucible_store *store, const char *table,
                                    uint32_t agent, const crucible__row *row,
                                    crucible__report_columns *into, size_t *n) {
  char from[64];
  crucible__statement *s;
  int64_t number = 0;
  (void)snprintf(from, sizeof from, "SELECT count(*) FROM %s WHERE agent = %u",
                 table, (unsigned)agent);
  CRUCIBLE__TRY(crucible__report_number(store, from, &number));
  *n = (size_t)number;
  into->agent = crucible__report_take(report, *n, sizeof *into->agent);
  if (into->agent == NULL)
    return CRUCIBLE_E_NOMEM;
  for (int i = 0; i < row->n; ++i) {
    void *column = crucible__report_take(
        report, *n, crucible__row_field_size(&row->fields[i]));
    if (column == NULL)
      return CRUCIBLE_E_NOMEM;
    memcpy((unsigned char *)&into->view + row->fields[i].offset, &column,
           sizeof column);
  }
  crucible__text sql = {0};
  crucible__text_add(&sql, "SELECT ");
  crucible__row_names(row, &sql);
  crucible__text_addf(&sql, " FROM %s WHERE agent = %u ORDER BY seq", table,
                      (unsigned)agent);
  crucible_status status =
      sql.failed ? crucible__fail(CRUCIBLE_E_NOMEM, "out of memory")
                 : crucible__statement_prepare(store, sql.data, &s);
  crucible__text_free(&sql);
  CRUCIBLE__TRY(status);
  for (size_t i = 0;; ++i) {
    int has_row;
    status = crucible__statement_next(s, &has_row);
    if (status != CRUCIBLE_OK || !has_row || i == *n)
      break;
    into->agent[i] = agent;
    crucible__row_read_element(row, s, 0, &into->view, i);
  }
  crucible__statement_destroy(s);
  return status;
}

static crucible_status read_orders_and_trades(crucible_report *report,
                                              crucible_store *store,
                                              crucible__report_agent *agent) {
  size_t n;
  crucible_orders *orders = &agent->orders.view.orders;
  crucible_trades *trades = &agent->trades.view.trades;
  CRUCIBLE__TRY(read_records(report, store, "orders", agent->head.agent,
                             &crucible__row_order, &agent->orders, &n));
  orders->struct_size = sizeof *orders;
  orders->n = n;
  orders->column = agent->orders.agent;
  CRUCIBLE__TRY(read_records(report, store, "trades", agent->head.agent,
                             &crucible__row_trade, &agent->trades, &n));
  trades->struct_size = sizeof *trades;
  trades->n = n;
  trades->column = agent->trades.agent;
  return CRUCIBLE_OK;
}

/* The curve begins where the agent does: the times that belong to it. */
static crucible_status read_curve(crucible_report *report,
                                  crucible_store *store,
                                  crucible__report_agent *agent) {
  crucible_report_agent *head = &agent->head;
  double *equity;
  CRUCIBLE__TRY(crucible__report_read_curve(report, store, head->agent, &equity,
                                            &head->n_curve, &agent->first_bar));
  head->curve = equity;
  head->curve_ms = report->times;
  if (head->n_curve == 0)
    return CRUCIBLE_OK;
  if (agent->first_bar < report->first_bar)
    return crucible__fail(CRUCIBLE_E_STORE,
                          "the curve of agent %u begins before anything was "
                          "traded",
                          (unsigned)head->agent);
  size_t skip = (size_t)(agent->first_bar - report->first_bar);
  if (skip > report->n_times)
    skip = report->n_times;
  /* one that ended after the last checkpoint is ahead of the times */
  if (head->n_curve > report->n_times - skip)
    head->n_curve = report->n_times - skip;
  head->curve_ms = report->times + skip;
  return CRUCIBLE_OK;
}

/* Figures that follow from the records; with the starting capital first. */
static crucible_status fill_figures(crucible_report *report,
                                    crucible__report_agent *agent) {
  crucible_metrics_options options;
  crucible_report_agent *head = &agent->head;
  crucible_metrics_options_init(&options, sizeof options);
  options.periods_per_year =
      365.0 * 86400000.0 / (double)report->head.timeframe_ms;
  crucible__metrics_undefined(&head->metrics);
  head->trades.struct_size = sizeof head->trades;
  if (head->n_curve > 0) {
    double *curve =
        crucible__report_take(report, head->n_curve + 1, sizeof *curve);
    if (curve == NULL)
      return CRUCIBLE_E_NOMEM;
    curve[0] = head->ledger.initial_cash;
    memcpy(curve + 1, head->curve, head->n_curve * sizeof *curve);
    head->curve = curve + 1;
    CRUCIBLE__TRY(crucible_metrics_of(curve, head->n_curve + 1, &options,
                                      &head->metrics));
  }
  return crucible_trade_metrics_of(agent->trades.view.trades.result,
                                   agent->trades.view.trades.n, &head->trades);
}

/* ---- the agent ---- */

static int32_t life_of(const char *state, uint64_t until_bar) {
  for (int32_t life = CRUCIBLE_AGENT_ACTIVE; life <= CRUCIBLE_AGENT_TERMINATED;
       ++life)
    if (strcmp(state, crucible_agent_state_name(life)) == 0)
      return life;
  return until_bar > 0 ? CRUCIBLE_AGENT_TERMINATED : CRUCIBLE_AGENT_ACTIVE;
}

static crucible_status take_agent(crucible_report *report,
                                  crucible__statement *s, void *item) {
  crucible_report_agent *head = &((crucible__report_agent *)item)->head;
  const crucible__report_genome *genome =
      crucible__report_genome_of(report, crucible__column_text(s, 1));
  if (genome == NULL)
    return crucible__fail(CRUCIBLE_E_STORE, "an agent has no genome");
  head->struct_size = sizeof *head;
  head->agent = (uint32_t)crucible__column_int(s, 0);
  head->genome_id = genome->id;
  head->genome = genome->json;
  head->n_parents = genome->n_parents;
  head->generation = genome->generation;
  memcpy(head->parents, genome->parents, sizeof head->parents);
  head->study = (uint64_t)crucible__column_int(s, 2);
  head->birth.rank = (uint32_t)crucible__column_int(s, 3);
  head->slot = (uint32_t)crucible__column_int(s, 4);
  head->from_bar = (uint64_t)crucible__column_int(s, 5);
  head->from_ms = crucible__column_int(s, 6);
  CRUCIBLE__TRY(crucible__report_text(report, s, 7, &head->state));
  CRUCIBLE__TRY(crucible__report_text(report, s, 8, &head->reason));
  head->until_bar = (uint64_t)crucible__column_int(s, 9);
  head->until_ms = crucible__column_int(s, 10);
  head->life = life_of(head->state, head->until_bar);
  return CRUCIBLE_OK;
}

/* What the search said of it when it was born. */
static void add_birth(crucible_report *report, crucible_report_agent *head) {
  uint32_t rank = head->birth.rank;
  crucible_report_replacement *birth = &head->birth;
  birth->struct_size = sizeof *birth;
  birth->agent = head->agent;
  birth->state = "";
  birth->genome_id = head->genome_id;
  birth->genome = head->genome;
  birth->figures.struct_size = sizeof birth->figures;
  crucible__report_whole_forging(report, NULL, &head->forging);
  if (head->study < 1 || head->study > report->head.n_studies)
    return;
  const crucible__report_study *study = &report->studies[head->study - 1];
  if (rank < 1 || rank > study->head.n_replacements)
    return;
  *birth = study->replacements[rank - 1].head;
  crucible__report_whole_forging(
      report,
      crucible__report_forging_of(report, head->study, birth->figures.trial),
      &head->forging);
}

static crucible_status read_parts(crucible_report *report,
                                  crucible_store *store,
                                  crucible__report_agent *agent) {
  crucible_report_agent *head = &agent->head;
  const crucible__report_query track = {"agent", &crucible__row_track,
                                        "tracks WHERE agent = ?1", NULL,
                                        head->agent},
                               refits = {"count(*), max(bar)", NULL,
                                         "models WHERE agent = ?1", NULL,
                                         head->agent};
  models later = {0, 0};
  int found = 0;
  add_birth(report, head);
  CRUCIBLE__TRY(read_ledger(report, store, head->agent, &head->ledger));
  head->track.struct_size = sizeof head->track;
  CRUCIBLE__TRY(crucible__report_one(report, store, &track, take_track,
                                     &head->track, "track", &head->has_track));
  CRUCIBLE__TRY(crucible__report_one(report, store, &refits, take_models,
                                     &later, "models", &found));
  head->n_models = 1 + (uint32_t)later.n;
  head->refit_bar = (uint64_t)later.bar;
  CRUCIBLE__TRY(read_curve(report, store, agent));
  CRUCIBLE__TRY(read_orders_and_trades(report, store, agent));
  return fill_figures(report, agent);
}

/* ---- verdicts ---- */

static crucible_status take_verdict(crucible_report *report,
                                    crucible__statement *s, void *item) {
  crucible_report_verdict *verdict = item;
  (void)report;
  verdict->struct_size = sizeof *verdict;
  verdict->bar = (uint64_t)crucible__column_int(s, 0);
  verdict->time_ms = crucible__column_int(s, 1);
  crucible__row_read(&crucible__row_verdict, s, 2, &verdict->verdict);
  verdict->verdict.struct_size = sizeof verdict->verdict;
  verdict->verdict.track.struct_size = sizeof verdict->verdict.track;
  verdict->verdict.track.agent = verdict->verdict.agent;
  verdict->verdict.track.lower = verdict->verdict.lower;
  verdict->verdict.track.upper = verdict->verdict.upper;
  return CRUCIBLE_OK;
}

static void share_verdicts(crucible_report *report) {
  for (size_t i = 0; i < report->head.n_verdicts; ++i) {
    const crucible_report_verdict *verdict = &report->verdicts[i];
    if (verdict->verdict.action == CRUCIBLE_ACTION_PROMOTE)
      ++report->head.n_promotions;
    if (verdict->verdict.agent >= report->head.n_agents)
      continue;
    crucible_report_agent *head = &report->agents[verdict->verdict.agent].head;
    ++head->n_verdicts;
    head->verdict = *verdict;
  }
}

crucible_status crucible__report_read_agents(crucible_report *report,
                                             crucible_store *store) {
  static const crucible__report_query
      agents = {"agent, genome, study, rank, slot, from_bar, from_ms, state, "
                "reason, until_bar, until_ms",
                NULL, "agents", "agent", 0},
      verdicts = {"bar, time_ms", &crucible__row_verdict, "verdicts", "seq", 0};
  size_t n;
  CRUCIBLE__TRY(crucible__report_list(report, store, &agents, take_agent,
                                      sizeof *report->agents, &report->agents,
                                      &n));
  for (size_t i = 0; i < n; ++i) {
    if (report->agents[i].head.agent != i)
      return crucible__fail(CRUCIBLE_E_STORE, "the journal lacks agent %zu", i);
    CRUCIBLE__TRY(read_parts(report, store, &report->agents[i]));
  }
  report->head.n_agents = (uint32_t)n;
  CRUCIBLE__TRY(crucible__report_list(
      report, store, &verdicts, take_verdict, sizeof *report->verdicts,
      &report->verdicts, &report->head.n_verdicts));
  share_verdicts(report);
  return CRUCIBLE_OK;
}
