/* SPDX-License-Identifier: Apache-2.0 */
/* The HTML page: head, curves, leaderboard. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_chart.h"
#include "report_parts.h"
#include "report_style.h"
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

static void add_head_figure(run_text *page, const char *name, double amount,
                            double capital, const char *currency) {
  text_addf(page, "<div><span>%s</span><b>%s <small>", name,
            figure_money(amount).text);
  text_add_html(page, currency);
  text_add(page, "</small></b>");
  if (amount != capital)
    text_addf(page, "<small class=\"%s\">%s &nbsp; %s</small>",
              colour_of(amount - capital),
              figure_signed_money(amount - capital).text,
              figure_signed_percent(amount / capital - 1).text);
  text_add(page, "</div>\n");
}

static void add_title(run_text *page, const run_report *report) {
  const crucible_report_head *head = &report->head;
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
    text_addf(page, " &middot; traded %s to %s UTC",
              figure_time(head->trade_from_ms).text,
              figure_time(head->until_ms).text);
  text_addf(page,
            " &middot; trained on %s bars before &middot; seed %llu "
            "&middot; %s</p>\n",
            figure_count(head->n_train_bars).text,
            (unsigned long long)head->seed, report_phase_name(head->phase));
  const char *currency = head->instrument.quote_currency;
  text_add(page, "<div class=\"heads\">\n");
  add_head_figure(page, "Capital issued", head->capital, head->capital,
                  currency);
  add_head_figure(page, "Equity of all agents", head->equity, head->capital,
                  currency);
  add_head_figure(page, "Bought and held", head->buy_and_hold, head->capital,
                  currency);
  add_head_figure(page, "Kept as cash", head->capital, head->capital, currency);
  text_add(page, "</div>\n");
  if (head->phase == CRUCIBLE_PHASE_TRADING)
    text_add(page, "<p class=\"down\">This tournament did not end: ledgers and "
                   "curves are those of the last checkpoint, orders and trades "
                   "may be newer.</p>\n");
  if (strcmp(head->funding, "unavailable") == 0)
    text_add(page, "<p class=\"down\">Traded without funding payments: their "
                   "history was not available.</p>\n");
}

static void add_legend(run_text *page, const run_report *report) {
  text_add(page, "<ul class=\"legend\">\n");
  for (uint32_t i = 0; i < report->head.n_agents && i < 10; ++i) {
    const crucible_report_agent *agent = &report->agents[i].agent;
    text_addf(page,
              "<li class=\"%s\"><i class=\"key\"></i><span>agent %u, %s</span>"
              "</li>\n",
              chart_colour(i), agent->agent,
              figure_money(agent->ledger.equity).text);
  }
  if (report->head.n_agents > 10)
    text_addf(page,
              "<li class=\"cx\"><i class=\"key\"></i><span>%u others</span>"
              "</li>\n",
              report->head.n_agents - 10);
  if (report->n_market > 0)
    text_addf(page,
              "<li class=\"market\"><i class=\"key market\"></i><span>bought "
              "and held, %s</span></li>\n",
              figure_money(report->market[report->n_market - 1]).text);
  text_add(page, "</ul>\n");
}

static void add_curves(run_text *page, const run_report *report) {
  size_t n = report->head.n_agents;
  chart_line *lines = calloc(n + 1, sizeof *lines);
  char(*names)[64] = calloc(n + 1, sizeof *names);
  if (lines == NULL || names == NULL) {
    page->failed = 1;
  } else {
    for (size_t i = 0; i < n; ++i) {
      const crucible_report_agent *agent = &report->agents[i].agent;
      snprintf(names[i], sizeof names[i], "agent %u: %s", agent->agent,
               figure_money(agent->ledger.equity).text);
      lines[i + 1] = (chart_line){names[i], chart_colour(i), agent->curve_ms,
                                  agent->curve, agent->n_curve};
    }
    lines[0] = (chart_line){"bought and held", "market", report->market_ms,
                            report->market, report->n_market};
    line_chart chart = {.id = "all",
                        .label = "Equity of each agent over time",
                        .unit = report->head.instrument.quote_currency,
                        .lines = lines,
                        .n_lines = n + 1,
                        .level = report->head.capital / (double)n,
                        .width = 1120,
                        .height = 400};
    text_add(page, "<h2>Equity of each agent</h2>\n");
    chart_add(page, &chart);
    add_legend(page, report);
  }
  free(lines);
  free(names);
}

static void add_leader(run_text *page, const agent_view *view, size_t rank) {
  const crucible_report_agent *agent = &view->agent;
  const crucible_ledger *ledger = &agent->ledger;
  double net = ledger->equity - ledger->initial_cash;
  text_add(page, "<tr>");
  html_cell(page, figure_count(rank + 1).text);
  if (rank < HTML_AGENTS)
    text_addf(page,
              "<td class=\"l\"><i class=\"key %s\"></i><a href=\"#a%u\">agent "
              "%u</a></td>",
              chart_colour(rank), agent->agent, agent->agent);
  else
    text_addf(page, "<td class=\"l\"><i class=\"key cx\"></i>agent %u</td>",
              agent->agent);
  html_cell(page, figure_money(ledger->equity).text);
  html_cell_signed(
      page, net,
      figure_signed_percent(ledger->equity / ledger->initial_cash - 1));
  html_cell_signed(page, net, figure_signed_money(net));
  html_cell(page, figure_money(ledger->costs.fee).text);
  html_cell(page, figure_money(costs_sum(&ledger->costs)).text);
  html_cell(page, figure_count(ledger->n_trades).text);
  html_cell(page, figure_percent(agent->trades.win_rate).text);
  html_cell(page, figure_number(agent->metrics.sharpe, 4).text);
  html_cell(page, figure_percent(agent->metrics.psr).text);
  html_cell(page, figure_percent(agent->metrics.max_drawdown).text);
  html_cell_signed(page, agent->forging.total_return,
                   figure_signed_percent(agent->forging.total_return));
  html_cell_left(page, agent->state);
  text_add(page, "</tr>\n");
}

static void add_sum(run_text *page, const char *row_class, const char *name,
                    double capital, double equity, const report_totals *sum) {
  text_addf(page, "<tr class=\"sum %s\"><td></td><td class=\"l\">%s</td>",
            row_class, name);
  html_cell(page, figure_money(equity).text);
  html_cell_signed(page, equity - capital,
                   figure_signed_percent(equity / capital - 1));
  html_cell_signed(page, equity - capital,
                   figure_signed_money(equity - capital));
  if (sum == NULL) {
    text_add(page, "<td colspan=\"9\"></td></tr>\n");
    return;
  }
  html_cell(page, figure_money(sum->costs.fee).text);
  html_cell(page, figure_money(costs_sum(&sum->costs)).text);
  html_cell(page, figure_count(sum->n_trades).text);
  html_cell(page, figure_percent(sum->n_trades > 0 ? (double)sum->n_wins /
                                                         (double)sum->n_trades
                                                   : (double)NAN)
                      .text);
  text_add(page, "<td colspan=\"5\"></td></tr>\n");
}

static void add_board(run_text *page, const run_report *report) {
  const crucible_report_head *head = &report->head;
  report_totals sum = report_sum(report);
  text_add(page,
           "<h2>Leaderboard</h2>\n<div class=\"wide\"><table>\n<tr><th></th>"
           "<th class=\"l\">agent</th><th>equity</th><th>return</th>"
           "<th>net</th><th>fees</th><th>all costs</th><th>trades</th>"
           "<th>wins</th><th>Sharpe<br>per bar</th><th>PSR</th>"
           "<th>max<br>drawdown</th><th>forge,<br>out of sample</th>"
           "<th class=\"l\">state</th></tr>\n");
  for (uint32_t i = 0; i < head->n_agents; ++i)
    add_leader(page, &report->agents[i], i);
  add_sum(page, "all", "all agents", head->capital, head->equity, &sum);
  add_sum(page, "", "bought and held", head->capital, head->buy_and_hold, NULL);
  add_sum(page, "", "cash", head->capital, head->capital, NULL);
  text_add(page,
           "</table></div>\n<p class=\"note\">Paper money on recorded bars. "
           "Equity is what leaving at the last close would give, exit fee "
           "paid. Sharpe ratios are per bar, not annualised. PSR is the "
           "probability that the true ratio is above zero, taken by itself: "
           "the best of several agents looks good by luck alone.</p>\n");
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
    add_curves(page, report);
    add_board(page, report);
    text_add(page, "<h2>Agents</h2>\n");
    if (report->head.n_agents > HTML_AGENTS)
      text_addf(page,
                "<p class=\"note\">The best %d of %u; the database and the "
                "JSON report have all.</p>\n",
                HTML_AGENTS, report->head.n_agents);
  } else {
    text_add(page, "<p>No agent was active.</p>\n");
  }
  for (uint32_t i = 0; i < report->head.n_agents && i < HTML_AGENTS; ++i)
    html_agent(page, report, i);
  html_provenance(page, report);
  text_add(page, "</main>\n</body>\n</html>\n");
}
