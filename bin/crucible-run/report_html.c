/* SPDX-License-Identifier: Apache-2.0 */
/* The HTML page: its head, and what follows in which order. */
#include <stdio.h>
#include <string.h>

#include "report_parts.h"
#include "report_style.h"
#include "report_words.h"
#include "run.h"

static const char *colour_of(double value) {
  return value > 0 ? "up" : value < 0 ? "down" : "";
}

void html_cell(run_text *page, const char *text) {
  text_add(page, "<td>");
  text_add_html(page, text);
  text_add(page, "</td>");
}

void html_cell_left(run_text *page, const char *text) {
  text_add(page, "<td class=\"l\">");
  text_add_html(page, text);
  text_add(page, "</td>");
}

void html_cell_signed(run_text *page, double value, figure text) {
  int is_zero = strpbrk(text.text, "123456789") == NULL;
  text_addf(page, "<td class=\"%s\">%s</td>", is_zero ? "" : colour_of(value),
            text.text);
}

void html_row(run_text *page, const char *name, const char *text) {
  text_add(page, "<tr>");
  html_cell(page, name);
  html_cell(page, text);
  text_add(page, "</tr>\n");
}

void html_row_signed(run_text *page, const char *name, double value,
                     figure text) {
  text_add(page, "<tr>");
  html_cell(page, name);
  html_cell_signed(page, value, text);
  text_add(page, "</tr>\n");
}

static void begin_head(run_text *page, const char *name) {
  text_addf(page, "<div><span>%s</span><b>", name);
}

static void add_head_money(run_text *page, const char *name, double amount,
                           double capital, const char *currency) {
  begin_head(page, name);
  text_addf(page, "%s <small>", figure_money(amount).text);
  text_add_html(page, currency);
  text_add(page, "</small></b>");
  if (amount != capital)
    text_addf(page, "<small class=\"%s\">%s &nbsp; %s</small>",
              colour_of(amount - capital),
              figure_signed_money(amount - capital).text,
              figure_signed_percent(amount / capital - 1).text);
  text_add(page, "</div>\n");
}

static void add_head_count(run_text *page, const char *name, figure count,
                           const char *about) {
  begin_head(page, name);
  text_addf(page, "%s</b><small class=\"sub\">%s</small></div>\n", count.text,
            about);
}

static void add_counts(run_text *page, const crucible_report_head *head) {
  char about[3][128];
  snprintf(about[0], sizeof about[0], "%u champion%s, %u ended",
           head->n_champions, head->n_champions == 1 ? "" : "s", head->n_ended);
  snprintf(about[1], sizeof about[1], "%s trials, %s looks at a holdout",
           figure_count(head->n_trials).text,
           figure_count(head->n_holdout_reads).text);
  snprintf(about[2], sizeof about[2], "of %u living, mean correlation %s",
           head->n_correlated, figure_number(head->mean_correlation, 2).text);
  text_add(page, "<div class=\"heads\">\n");
  add_head_count(page, "Living", figure_count(head->n_living), about[0]);
  add_head_count(
      page, "Latest generation",
      figure_count(head->n_generations > 0 ? head->n_generations - 1 : 0),
      "tried so far; the first is 0");
  add_head_count(page, "Searches", figure_count(head->n_studies), about[1]);
  add_head_count(page, "Effective bets", figure_number(head->effective_bets, 1),
                 about[2]);
  text_add(page, "</div>\n");
}

/* How much of it there is. */
static void add_state(run_text *page, const crucible_report_head *head) {
  if (head->phase == CRUCIBLE_PHASE_PAUSED)
    text_add(page, "<p class=\"hint\">This tournament was paused: the same "
                   "command goes on with it.</p>\n");
  if (head->phase == CRUCIBLE_PHASE_TRADING)
    text_addf(page,
              "<p class=\"hint\">This tournament has not ended: agents, "
              "searches and trades are as of %s, ledgers and curves as of the "
              "last checkpoint at %s. The same command goes on with it.</p>\n",
              figure_time(head->until_ms).text,
              head->ledgers_ms > 0 ? figure_time(head->ledgers_ms).text
                                   : "the start");
  if (strcmp(head->funding, "unavailable") == 0)
    text_add(page, "<p class=\"hint\">Traded without funding payments: their "
                   "history was not available.</p>\n");
}

static void add_title(run_text *page, const run_report *report) {
  const crucible_report_head *head = &report->head;
  const char *currency = head->instrument.quote_currency;
  text_add(page, "<h1>");
  text_add_html(page, head->instrument.symbol);
  text_addf(page, ", %s: %u agents</h1>\n<p class=\"sub\">",
            figure_timeframe(head->timeframe_ms).text, head->n_agents);
  text_add_html(page, head->instrument.venue);
  if (head->n_train_bars == 0) /* cut off before any agent was there */
    text_addf(page, " &middot; %s bars collected, %s to %s UTC",
              figure_count(head->n_bars).text, figure_time(head->first_ms).text,
              figure_time(head->until_ms).text);
  else
    text_addf(page,
              " &middot; traded %s to %s UTC &middot; first trained on %s bars "
              "before",
              figure_time(head->trade_from_ms).text,
              figure_time(head->until_ms).text,
              figure_count(head->n_train_bars).text);
  text_addf(page, " &middot; %u slots &middot; seed %llu &middot; %s</p>\n",
            head->n_slots, (unsigned long long)head->seed,
            report_phase_name(head->phase));
  add_state(page, head);
  if (head->n_agents == 0)
    return;
  text_add(page, "<div class=\"heads\">\n");
  add_head_money(page, "Capital issued to all", head->capital, head->capital,
                 currency);
  add_head_money(page, "Equity of all of them", head->equity, head->capital,
                 currency);
  add_head_money(page, "Bought and held instead", head->buy_and_hold,
                 head->capital, currency);
  add_head_money(page, "Kept as cash", head->capital, head->capital, currency);
  text_add(page, "</div>\n");
  add_counts(page, head);
  run_text verdict = {0};
  words_promotion(&verdict, report);
  text_add(page, "<p class=\"lead\">");
  text_add_html(page, verdict.failed ? "" : verdict.data);
  text_add(page, "</p>\n");
  page->failed |= verdict.failed;
  text_free(&verdict);
}

static void add_agents(run_text *page, const run_report *report) {
  text_add(page, "<h2>Agents</h2>\n");
  if (report->head.n_agents > HTML_AGENTS)
    text_addf(page,
              "<p class=\"note\">The first %d of the leaderboard's %u; the "
              "database and the JSON report have all.</p>\n",
              HTML_AGENTS, report->head.n_agents);
  for (uint32_t i = 0; i < report->head.n_agents && i < HTML_AGENTS; ++i)
    html_agent(page, report, report->board[i]);
}

void report_write_html(const run_report *report, run_text *page) {
  text_add(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                 "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                 "content=\"width=device-width,initial-scale=1\">\n<title>");
  text_add_html(page, report->head.instrument.symbol);
  text_add(page, " tournament</title>\n<style>\n");
  for (size_t i = 0; report_style[i] != NULL; ++i)
    text_add(page, report_style[i]);
  text_add(page, "</style>\n</head>\n<body>\n<main>\n");
  add_title(page, report);
  if (report->head.n_agents > 0) {
    html_curves(page, report);
    html_board(page, report);
    html_tree(page, report);
    html_generations(page, report);
    html_alike(page, report);
    add_agents(page, report);
  } else {
    text_add(page, "<p>No agent was active.</p>\n");
  }
  html_studies(page, report);
  html_elites(page, report);
  html_provenance(page, report);
  text_add(page, "</main>\n</body>\n</html>\n");
}
