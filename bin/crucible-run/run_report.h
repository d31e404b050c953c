/* SPDX-License-Identifier: Apache-2.0 */
/* A tournament's journal as three kinds of output: a leaderboard for the
   terminal, JSON for machines, one HTML file for people. */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

#include <crucible/crucible.h>

#include "run_text.h"

/* What became of an agent, in the order of the leaderboard. */
typedef enum agent_fate {
  FATE_CHAMPION, /* promoted and still there */
  FATE_LIVING,
  FATE_ENDED, /* its time was over */
  FATE_DEAD   /* its money was */
} agent_fate;

/* An agent with its records; everything in it is lent by the report. */
typedef struct agent_view {
  crucible_report_agent agent;
  crucible_orders orders;
  crucible_trades trades;
  agent_fate fate;
  size_t place; /* on the leaderboard, from 0 */
} agent_view;

/* A journal, loaded. */
typedef struct run_report {
  crucible_report *report;
  crucible_report_head head;
  agent_view *agents; /* [head.n_agents] best equity first */
  agent_view *
      *board; /* [head.n_agents] the same: champions, living, ended, each
                         by equity */
  agent_view **by_number;   /* [head.n_agents] the same by number */
  const int64_t *market_ms; /* [n_market] close times */
  const double *market;     /* [n_market] one agent's capital, held */
  size_t n_market;
} run_report;

/* Sums over all agents ever active. */
typedef struct report_totals {
  double capital, equity, cash, marked; /* marked: positions less exit fees */
  crucible_costs costs;
  uint64_t n_trades, n_wins, n_orders, n_rejected;
} report_totals;

/* Exit code; freed by report_free() in every case. */
int report_load(crucible_store *store, run_report *report);
void report_free(run_report *report);

report_totals report_sum(const run_report *report);
double costs_sum(const crucible_costs *costs);

/* A place among the trials of all searches; {0} before the first. */
typedef struct trial_place {
  size_t n_studies; /* begun */
  size_t n_trials;  /* of the last one */
  size_t n_read;    /* of them */
} trial_place;

/* Goes on to the next trial; 0 after the last. */
int next_trial(const run_report *report, trial_place *at,
               crucible_report_trial *trial);

enum { RUN_REASONS = 32 }; /* room to count by CRUCIBLE_REASON_* */

/* Orders that were not filled, by reason; returns their number. */
uint64_t count_reasons(const crucible_orders *orders,
                       uint64_t counts[RUN_REASONS]);
/* "would cross 3, time to live 12" of such counts. */
void reasons_add(run_text *text, const uint64_t counts[RUN_REASONS]);

/* Names of the library's numbers, for people. */
const char *report_phase_name(int32_t phase);
const char *purpose_name(int32_t purpose);
const char *reason_name(int32_t reason);
const char *order_status_name(int32_t status);

/* Prints the leaderboard on stdout; exit code. */
int report_print(const run_report *report);
/* Prints everything as JSON on stdout; exit code. */
int report_print_json(const run_report *report);
/* Adds the HTML page. */
void report_write_html(const run_report *report, run_text *page);

#endif
