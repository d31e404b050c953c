/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the HTML report. */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include "run_report.h"
#include "run_text.h"

enum { HTML_AGENTS = 50 }; /* sections at most: a page is to be read */

/* A cell of a table; with a sign the figure is coloured. */
void html_cell(run_text *page, const char *text);
void html_cell_left(run_text *page, const char *text);
void html_cell_signed(run_text *page, double value, figure text);
/* A row of a table with a name and a figure. */
void html_row(run_text *page, const char *name, const char *text);
void html_row_signed(run_text *page, const char *name, double value,
                     figure text);

/* The section of one agent; rank counts from 0. */
void html_agent(run_text *page, const run_report *report, size_t rank);
/* Features, model and plan of its genome. */
void html_dna(run_text *page, const crucible_report_agent *agent);
/* Its forging: what it did out of sample before it went live. */
void html_forging(run_text *page, const crucible_report_agent *agent);
/* Where all figures come from. */
void html_provenance(run_text *page, const run_report *report);

#endif
