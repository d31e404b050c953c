/* SPDX-License-Identifier: Apache-2.0 */
/* Equity of all agents with births and ends, and who sat where. */
#include <stdio.h>
#include <stdlib.h>

#include "report_axes.h"
#include "report_chart.h"
#include "report_parts.h"
#include "report_words.h"
#include "run.h"

enum { COLOURED = 10, WIDTH = 1120 };

/* Lines in colour for the first living ones; the others are background. */
static const char *line_colour(const agent_view *view) {
  return view->fate == FATE_CHAMPION || view->fate == FATE_LIVING
             ? chart_colour(view->place)
             : "past";
}

int64_t promoted_ms(const run_report *report, uint32_t agent) {
  for (size_t i = 0; i < report->head.n_verdicts; ++i) {
    crucible_report_verdict verdict = {.struct_size = sizeof verdict};
    if (crucible_report_get_verdict(report->report, i, &verdict) ==
            CRUCIBLE_OK &&
        verdict.verdict.agent == agent &&
        verdict.verdict.action == CRUCIBLE_ACTION_PROMOTE)
      return verdict.time_ms;
  }
  return 0;
}

/* ---- equity ---- */

typedef struct curves {
  chart_line *lines;
  chart_mark *marks;
  char (*names)[96];
  size_t n_lines, n_marks;
} curves;

static double equity_at(const crucible_report_agent *agent, int64_t time_ms) {
  for (size_t i = 0; i < agent->n_curve; ++i)
    if (agent->curve_ms[i] >= time_ms)
      return agent->curve[i];
  return agent->curve[agent->n_curve - 1];
}

static void mark(curves *all, mark_kind kind, const char *name,
                 const char *colour, int64_t time_ms, double value) {
  all->marks[all->n_marks++] = (chart_mark){kind, name, colour, time_ms, value};
}

static void add_agent(curves *all, const run_report *report,
                      const agent_view *view) {
  const crucible_report_agent *agent = &view->agent;
  char *name = all->names[all->n_lines];
  if (agent->n_curve == 0)
    return;
  snprintf(name, sizeof *all->names, "agent %u, %s%s%s: %s", agent->agent,
           fate_name(view->fate), end_words(view)[0] != 0 ? ", " : "",
           end_words(view), figure_money(agent->ledger.equity).text);
  all->lines[all->n_lines++] = (chart_line){
      name, line_colour(view), agent->curve_ms, agent->curve, agent->n_curve};
  size_t last = agent->n_curve - 1;
  const char *fate = fate_name(view->fate);
  if (agent->from_ms > report->head.trade_from_ms)
    mark(all, MARK_BIRTH, name, fate, agent->curve_ms[0], agent->curve[0]);
  int64_t rise = promoted_ms(report, agent->agent);
  if (rise > 0)
    mark(all, MARK_RISE, name, "champion", rise, equity_at(agent, rise));
  if (agent->until_ms > 0)
    mark(all, MARK_END, name, fate, agent->curve_ms[last], agent->curve[last]);
}

static void add_chart(run_text *page, const run_report *report,
                      const curves *all) {
  line_chart chart = {.id = "all",
                      .label = "Equity of each agent over time",
                      .unit = report->head.instrument.quote_currency,
                      .lines = all->lines,
                      .n_lines = all->n_lines,
                      .marks = all->marks,
                      .n_marks = all->n_marks,
                      .mark_size = all->n_marks > 600  ? 1.4
                                   : all->n_marks > 80 ? 2.2
                                                       : 3.5,
                      .level =
                          report->head.capital / (double)report->head.n_agents,
                      .width = WIDTH,
                      .height = 400};
  chart_add(page, &chart);
}

static void add_key(run_text *page, const char *colour, const char *name) {
  text_addf(page, "<li class=\"%s\"><i class=\"key %s\"></i><span>", colour,
            colour);
  text_add_html(page, name);
  text_add(page, "</span></li>\n");
}

static void add_legend(run_text *page, const run_report *report) {
  char name[96];
  size_t n_past = 0, n_more = 0;
  text_add(page, "<ul class=\"legend\">\n");
  for (uint32_t i = 0; i < report->head.n_agents; ++i) {
    const agent_view *view = report->board[i];
    int is_there = view->fate == FATE_CHAMPION || view->fate == FATE_LIVING;
    n_past += !is_there;
    n_more += is_there && i >= COLOURED;
    if (!is_there || i >= COLOURED)
      continue;
    snprintf(name, sizeof name, "%s%u, %s",
             view->fate == FATE_CHAMPION ? "champion " : "agent ",
             view->agent.agent, figure_money(view->agent.ledger.equity).text);
    add_key(page, chart_colour(i), name);
  }
  if (n_more > 0) {
    snprintf(name, sizeof name, "%zu more", n_more);
    add_key(page, "cx", name);
  }
  if (n_past > 0) {
    snprintf(name, sizeof name, "%zu that ended", n_past);
    add_key(page, "past", name);
  }
  if (report->n_market > 0) {
    snprintf(name, sizeof name, "bought and held, %s",
             figure_money(report->market[report->n_market - 1]).text);
    add_key(page, "market", name);
  }
  text_add(page, "</ul>\n");
}

/* ---- lives ---- */

static void add_bar(run_text *page, const chart_frame *frame,
                    const agent_view *view, const char *fate, int64_t from_ms,
                    int64_t until_ms, double y, double height) {
  double x = axes_x(frame, from_ms), end = axes_x(frame, until_ms);
  double width = end - x - 1;
  html_begin_link(page, view);
  text_addf(page,
            "<g class=\"life %s\"><title>agent %u, "
            "generation %u, %s to %s: ",
            fate, view->agent.agent, view->agent.generation,
            figure_time(from_ms).text, figure_time(until_ms).text);
  text_add_html(page, view->agent.reason[0] != 0 ? view->agent.reason
                                                 : view->agent.state);
  text_addf(
      page,
      "</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
      "rx=\"2\"/>",
      x, y, width > 1.5 ? width : 1.5, height);
  if (height >= 11 && width > 18)
    text_addf(page, "<text x=\"%.1f\" y=\"%.1f\">%u</text>", x + 4,
              y + height / 2 + 3.5, view->agent.agent);
  text_add(page, "</g></a>\n");
}

static void add_lives(run_text *page, const run_report *report) {
  const crucible_report_head *head = &report->head;
  uint32_t n_lanes = head->n_slots, n_bench = 0;
  chart_frame frame = {.width = WIDTH};
  frame.from_ms = report->market_ms[0];
  frame.until_ms = report->market_ms[report->n_market - 1];
  for (uint32_t i = 0; i < head->n_agents; ++i)
    n_bench += promoted_ms(report, i) > 0;
  double lane = 260.0 / (n_lanes + n_bench);
  lane = lane > 19 ? 19 : lane < 6 ? 6 : lane;
  frame.height = (int)(lane * (n_lanes + n_bench) + AXES_TOP + AXES_BOTTOM + 4);
  text_add(page, "<h3>Who sat where</h3>\n");
  svg_begin(page, WIDTH, frame.height, 0,
            "Lives of the agents by slot, champions below");
  axes_add_times(page, &frame);
  text_addf(page, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">slots</text>\n",
            AXES_LEFT - 8, AXES_TOP + 10);
  uint32_t bench = n_lanes;
  for (uint32_t i = 0; i < head->n_agents; ++i) {
    const agent_view *view = report->by_number[i];
    const crucible_report_agent *agent = &view->agent;
    int64_t rise = promoted_ms(report, i);
    int64_t end = agent->until_ms > 0 ? agent->until_ms : frame.until_ms;
    if (agent->from_ms >= frame.until_ms)
      continue;
    if (end > frame.until_ms)
      end = frame.until_ms;
    add_bar(page, &frame, view, rise > 0 ? "champion" : fate_name(view->fate),
            agent->from_ms, rise > 0 ? rise : end,
            AXES_TOP + agent->slot * lane, lane - 2);
    if (rise > 0)
      add_bar(page, &frame, view, fate_name(view->fate), rise, end,
              AXES_TOP + 2 + bench++ * lane, lane - 2);
  }
  if (n_bench > 0)
    text_addf(
        page,
        "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">champions</text>\n",
        AXES_LEFT - 8, AXES_TOP + 12 + n_lanes * lane);
  svg_end(page);
  html_fates(page);
}

void html_fates(run_text *page) {
  text_add(page,
           "<ul class=\"legend fates\"><li class=\"champion\"><i></i><span>"
           "champion</span></li><li class=\"living\"><i></i><span>living</span>"
           "</li><li class=\"ended\"><i></i><span>ended by a rule of time or "
           "skill</span></li><li class=\"dead\"><i></i><span>lost its money"
           "</span></li></ul>\n");
}

void html_curves(run_text *page, const run_report *report) {
  size_t n = report->head.n_agents;
  curves all = {.lines = calloc(n + 1, sizeof *all.lines),
                .marks = calloc(3 * n + 1, sizeof *all.marks),
                .names = calloc(n + 1, sizeof *all.names)};
  if (all.lines == NULL || all.marks == NULL || all.names == NULL) {
    page->failed = 1;
  } else {
    for (size_t i = 0; i < n; ++i)
      add_agent(&all, report, report->board[i]);
    snprintf(all.names[all.n_lines], sizeof *all.names, "bought and held");
    all.lines[all.n_lines] =
        (chart_line){all.names[all.n_lines], "market", report->market_ms,
                     report->market, report->n_market};
    ++all.n_lines;
    text_add(page,
             "<h2>Equity of every agent</h2>\n<p class=\"note\">A ring is "
             "a birth, a cross an end, a star a promotion.</p>\n");
    add_chart(page, report, &all);
    add_legend(page, report);
    if (report->n_market > 1)
      add_lives(page, report);
  }
  free(all.lines);
  free(all.marks);
  free(all.names);
}
