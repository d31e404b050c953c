/* SPDX-License-Identifier: Apache-2.0 */
/* The leaderboard of the HTML report, and what a promotion takes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report_chart.h"
#include "report_parts.h"
#include "report_words.h"
#include "run.h"

enum { COLUMNS = 17, SHOWN_ENDED = 20 /* more are folded */ };

void html_agent_link(run_text *page, const run_report *report, int64_t agent) {
  if (agent < 0 || agent >= report->head.n_agents)
    return;
  if (report->by_number[agent]->place < HTML_AGENTS)
    text_addf(page, "<a href=\"#a%lld\">agent %lld</a>", (long long)agent,
              (long long)agent);
  else
    text_addf(page, "agent %lld", (long long)agent);
}

void html_begin_link(run_text *page, const agent_view *view) {
  if (view->place < HTML_AGENTS)
    text_addf(page, "<a href=\"#a%u\">", view->agent.agent);
  else
    text_add(page, "<a>");
}

/* What a set of rules alone did with it. */
static void add_alone(run_text *page, const run_report *report,
                      uint64_t promoted, uint64_t ended, int32_t rule) {
  run_text words = {0};
  words_alone(&words, promoted, ended, rule, report->head.timeframe_ms);
  html_cell_left(page, words.failed ? "" : words.data);
  page->failed |= words.failed;
  text_free(&words);
}

static void add_leader(run_text *page, const run_report *report,
                       const agent_view *view, size_t rank) {
  const crucible_report_agent *agent = &view->agent;
  const crucible_ledger *ledger = &agent->ledger;
  double net = ledger->equity - ledger->initial_cash;
  int is_there = view->fate == FATE_CHAMPION || view->fate == FATE_LIVING;
  text_addf(page, "<tr%s>", is_there ? "" : " class=\"past\"");
  html_cell(page, figure_count(rank).text);
  text_addf(page, "<td class=\"l\"><i class=\"key %s\"></i>",
            is_there ? chart_colour(view->place) : fate_name(view->fate));
  html_agent_link(page, report, agent->agent);
  text_add(page, "</td>");
  text_add(page, "<td class=\"l\"");
  if (agent->reason[0] != 0) {
    text_add(page, " title=\"");
    text_add_html(page, agent->reason);
    text_add(page, "\"");
  }
  text_add(page, ">");
  text_add_html(page, is_there ? agent->state : end_words(view));
  text_add(page, "</td>");
  html_cell(page, figure_money(ledger->equity).text);
  html_cell_signed(
      page, net,
      figure_signed_percent(ledger->equity / ledger->initial_cash - 1));
  html_cell(page, figure_money(costs_sum(&ledger->costs)).text);
  html_cell(page, figure_count(ledger->n_trades).text);
  html_cell(page, figure_number(agent->metrics.sharpe, 4).text);
  html_cell(page, figure_percent(agent->metrics.psr).text);
  html_cell(page, figure_percent(agent->has_track ? agent->track.dsr_live
                                                  : (double)NAN)
                      .text);
  const crucible_track *track = &agent->track;
  add_alone(page, report, track->blueprint_promoted, track->blueprint_ended,
            track->blueprint_rule);
  add_alone(page, report, track->anytime_promoted, track->anytime_ended,
            track->anytime_rule);
  html_cell(page, figure_days(bars_to_promotion(report, view),
                              report->head.timeframe_ms)
                      .text);
  html_cell(page, figure_percent(agent->metrics.max_drawdown).text);
  html_cell_signed(page, agent->forging.total_return,
                   figure_signed_percent(agent->forging.total_return));
  double holdout = agent->forging.has_holdout
                       ? agent->forging.holdout.total_return
                       : (double)NAN;
  html_cell_signed(page, holdout, figure_signed_percent(holdout));
  html_cell(
      page,
      figure_days((double)ledger->n_bars, report->head.timeframe_ms).text);
  text_add(page, "</tr>\n");
}

static void add_sum(run_text *page, const char *row_class, const char *name,
                    double capital, double equity, const report_totals *sum) {
  text_addf(page,
            "<tr class=\"sum %s\"><td></td><td class=\"l\" colspan=\"2\">%s"
            "</td>",
            row_class, name);
  html_cell(page, figure_money(equity).text);
  html_cell_signed(page, equity - capital,
                   figure_signed_percent(equity / capital - 1));
  if (sum == NULL) {
    text_addf(page, "<td colspan=\"%d\"></td></tr>\n", COLUMNS - 5);
    return;
  }
  html_cell(page, figure_money(costs_sum(&sum->costs)).text);
  html_cell(page, figure_count(sum->n_trades).text);
  text_addf(page, "<td colspan=\"%d\"></td></tr>\n", COLUMNS - 7);
}

/* One row that heads those of a kind. */
static void add_group(run_text *page, const char *name, size_t n) {
  text_addf(page,
            "<tr class=\"group\"><td></td><td class=\"l\" colspan=\"%d\">%s "
            "<small>%zu</small></td></tr>\n",
            COLUMNS - 1, name, n);
}

static void add_needs(run_text *page, const run_report *report) {
  run_text takes = {0};
  if (report->head.n_living == 0)
    return;
  text_add(page, "<details><summary><b>What a promotion takes</b><span "
                 "class=\"sub\">of each living agent</span></summary><div "
                 "class=\"body\"><p class=\"note\">");
  words_takes(&takes, report);
  text_add_html(page, takes.failed ? "" : takes.data);
  page->failed |= takes.failed;
  text_free(&takes);
  text_add(page, " What luck alone would show depends on how many agents "
                 "there were and how far their ratios lie apart: it stays as "
                 "it is in these estimates.</p>\n<ul class=\"plain\">\n");
  for (uint32_t i = 0; i < report->head.n_agents; ++i) {
    const agent_view *view = report->board[i];
    run_text words = {0};
    if (view->fate != FATE_LIVING)
      continue;
    words_need(&words, report, view);
    text_add(page, "<li>");
    text_add_html(page, words.failed ? "" : words.data);
    text_add(page, "</li>\n");
    page->failed |= words.failed;
    text_free(&words);
  }
  text_add(page, "</ul></div></details>\n");
}

static void begin_table(run_text *page) {
  text_add(page,
           "<div class=\"wide\"><table class=\"board\">"
           "\n<tr><th></th><th class=\"l\">agent</th><th class=\"l\">state</th>"
           "<th>equity</th><th>return</th><th>costs</th>"
           "<th>trades</th><th>Sharpe<br>per bar</th><th>PSR</th>"
           "<th>DSR,<br>live</th><th class=\"l\">blueprint<br>alone</th>"
           "<th class=\"l\">anytime<br>alone</th><th>promotion<br>in</th>"
           "<th>max<br>drawdown</th><th>search,<br>out of "
           "sample</th><th>holdout</th><th>traded<br>for</th></tr>\n");
}

/* "12 expired, 3 retired": how they ended, the most frequent way first. */
static void add_ends(run_text *page, const run_report *report) {
  const char *names[16];
  size_t counts[16] = {0}, n = 0;
  for (uint32_t i = 0; i < report->head.n_agents; ++i) {
    const agent_view *view = report->board[i];
    size_t k = 0;
    if (view->fate == FATE_CHAMPION || view->fate == FATE_LIVING)
      continue;
    while (k < n && strcmp(names[k], end_words(view)) != 0)
      ++k;
    if (k == RUN_COUNT(names))
      continue;
    n += k == n;
    names[k] = end_words(view);
    ++counts[k];
  }
  const char *separator = "";
  for (size_t most; n > 0; counts[most] = 0) {
    most = 0;
    for (size_t k = 1; k < n; ++k)
      if (counts[k] > counts[most])
        most = k;
    if (counts[most] == 0)
      break;
    text_addf(page, "%s%zu %s", separator, counts[most], names[most]);
    separator = ", ";
  }
}

/* The n rows of the board from place first on. */
static void add_leaders(run_text *page, const run_report *report, size_t first,
                        size_t n) {
  static const char *const names[] = {"Champions", "Living", "Ended"};
  const crucible_report_head *head = &report->head;
  const size_t counts[] = {head->n_champions, head->n_living, head->n_ended};
  int group = -1;
  size_t rank = 0;
  for (size_t i = first; i < first + n; ++i) {
    const agent_view *view = report->board[i];
    int of = view->fate == FATE_CHAMPION ? 0
             : view->fate == FATE_LIVING ? 1
                                         : 2;
    if (of != group) {
      add_group(page, names[of], counts[of]);
      group = of;
      rank = 0;
    }
    add_leader(page, report, view, ++rank);
  }
}

static void add_ended(run_text *page, const run_report *report, int is_folded) {
  const crucible_report_head *head = &report->head;
  if (is_folded) {
    text_addf(page, "<details><summary><b>%u ended</b><span class=\"sub\">",
              head->n_ended);
    add_ends(page, report);
    text_add(page, "</span></summary><div class=\"body\">\n");
    begin_table(page);
    add_leaders(page, report, head->n_agents - head->n_ended, head->n_ended);
    text_add(page, "</table></div></div></details>\n");
  } else if (head->n_ended > 0) {
    text_addf(page, "<p>%u ended: ", head->n_ended);
    add_ends(page, report);
    text_add(page, ".</p>\n");
  }
}

void html_board(run_text *page, const run_report *report) {
  const crucible_report_head *head = &report->head;
  report_totals sum = report_sum(report);
  int is_folded = head->n_ended > SHOWN_ENDED;
  text_add(page, "<h2>Leaderboard</h2>\n");
  begin_table(page);
  add_leaders(page, report, 0,
              head->n_agents - (is_folded ? head->n_ended : 0));
  add_sum(page, "all", "every agent ever born", head->capital, head->equity,
          &sum);
  add_sum(page, "", "bought and held", head->capital, head->buy_and_hold, NULL);
  add_sum(page, "", "cash", head->capital, head->capital, NULL);
  text_add(page,
           "</table></div>\n<p class=\"note\">Paper money on recorded bars. "
           "Equity is what leaving at the last close would give, exit fee "
           "paid; capital is never recycled. Sharpe ratios are per bar, not "
           "annualised. PSR is the probability that the true ratio is above "
           "zero, taken by itself; DSR that it is above the best that as many "
           "agents without skill would show. \"Alone\" is what the "
           "mission's rules and those that hold however often one looks would "
           "each have done without the other; \"promotion in\" is the time "
           "it takes at its present Sharpe ratio. What a search found out of "
           "sample is what it was chosen for: the holdout was not looked at "
           "until then.</p>\n");
  add_ended(page, report, is_folded);
  add_needs(page, report);
}
