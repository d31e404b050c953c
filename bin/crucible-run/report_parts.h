/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the HTML report. */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include "run_report.h"
#include "run_text.h"

enum {
  HTML_AGENTS = 300, /* sections at most: a page is to be read */
  HTML_CHARTS = 40,  /* of them with a chart and trades */
  HTML_STUDIES = 300 /* sections of searches at most */
};

/* A cell of a table; with a sign the figure is coloured. */
void html_cell(run_text *page, const char *text);
void html_cell_left(run_text *page, const char *text);
void html_cell_signed(run_text *page, double value, figure text);
/* A row of a table with a name and a figure. */
void html_row(run_text *page, const char *name, const char *text);
void html_row_signed(run_text *page, const char *name, double value,
                     figure text);
/* What the colours of agents mean. */
void html_fates(run_text *page);
/* "agent 7", linked to its section if it has one. */
void html_agent_link(run_text *page, const run_report *report, int64_t agent);

/* "<a ...>" around a part of a picture; without a target if the agent has no
   section. */
void html_begin_link(run_text *page, const agent_view *view);

/* Equity of all agents, and their lives by slot. */
void html_curves(run_text *page, const run_report *report);
/* The leaderboard, and what a promotion takes. */
void html_board(run_text *page, const run_report *report);
void html_tree(run_text *page, const run_report *report);
void html_generations(run_text *page, const run_report *report);
void html_alike(run_text *page, const run_report *report);
/* Searches, and the elite pool. */
void html_studies(run_text *page, const run_report *report);
void html_elites(run_text *page, const run_report *report);

/* The section of one agent. */
void html_agent(run_text *page, const run_report *report,
                const agent_view *view);
/* Why it is what it is: verdict, track, selection beside live. */
void html_evidence(run_text *page, const run_report *report,
                   const agent_view *view);
/* Whose genes it has. */
void html_inherited(run_text *page, const run_report *report,
                    const agent_view *view);
/* Features, model and plan of its genome. */
void html_dna(run_text *page, const crucible_report_agent *agent);
/* Its forging: what it did out of sample before it went live. */
void html_forging(run_text *page, const crucible_report_agent *agent);
/* Where all figures come from. */
void html_provenance(run_text *page, const run_report *report);

/* When an agent was promoted; 0: never. */
int64_t promoted_ms(const run_report *report, uint32_t agent);

#endif
