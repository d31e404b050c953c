/* SPDX-License-Identifier: Apache-2.0 */
/* Does breeding help? Sharpe ratios over the generations: of the trials out of
   sample, and of the agents live. And how alike the living are. */
#include <math.h>
#include <stdio.h>

#include "report_axes.h"
#include "report_parts.h"
#include "report_words.h"
#include "run.h"

enum {
  WIDTH = 1120,
  HEIGHT = 320,
  LIVE_BARS = 500, /* of a record before its ratio is drawn */
  DRAWN_MAX = 60   /* agents in the matrix */
};

/* ---- generations ---- */

typedef struct plot {
  chart_frame frame;
  size_t n; /* generations */
} plot;

static double x_of(const plot *p, double generation) {
  double room = WIDTH - AXES_LEFT - AXES_RIGHT;
  return AXES_LEFT + room * (generation + 0.5) / (double)p->n;
}

static void widen(chart_frame *frame, double value) {
  if (!isfinite(value))
    return;
  frame->low = fmin(frame->low, value);
  frame->high = fmax(frame->high, value);
}

static int is_long(const agent_view *view) {
  return view->agent.metrics.n_returns >= LIVE_BARS &&
         isfinite(view->agent.metrics.sharpe);
}

/* Trials of one generation lie side by side, by their order. */
static void add_trials(run_text *page, const run_report *report,
                       const plot *p) {
  crucible_report_trial trial;
  for (trial_place at = {0}; next_trial(report, &at, &trial);) {
    if (!trial.figures.is_feasible || trial.figures.elite > 0 ||
        !isfinite(trial.figures.sharpe_base))
      continue;
    double spread = (double)((at.n_read - 1) % 13) / 13 - 0.46;
    text_addf(page, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\"/>",
              x_of(p, trial.generation + 0.5 * spread),
              axes_y(&p->frame, trial.figures.sharpe_base));
  }
}

static void add_line(run_text *page, const run_report *report, const plot *p,
                     const char *colour, const char *name, int is_best) {
  text_addf(page,
            "<g class=\"%s\"><title>%s</title><g class=\"seen\"><polyline "
            "points=\"",
            colour, name);
  for (size_t i = 0; i < p->n; ++i) {
    crucible_report_generation g = {.struct_size = sizeof g};
    if (crucible_report_get_generation(report->report, i, &g) != CRUCIBLE_OK)
      continue;
    double value = is_best ? g.best_sharpe : g.median_sharpe;
    if (isfinite(value))
      text_addf(page, "%.1f,%.1f ", x_of(p, (double)i),
                axes_y(&p->frame, value));
  }
  text_add(page, "\"/></g></g>\n");
}

static void add_live(run_text *page, const run_report *report, const plot *p) {
  for (uint32_t i = 0; i < report->head.n_agents; ++i) {
    const agent_view *view = report->by_number[i];
    const crucible_report_agent *agent = &view->agent;
    if (!is_long(view))
      continue;
    double spread = (double)(i % 7) / 7 - 0.43;
    html_begin_link(page, view);
    text_addf(page,
              "<g class=\"dot %s\"><title>agent %u, live: %s "
              "per bar</title><circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"/></g>"
              "</a>\n",
              fate_name(view->fate), agent->agent,
              figure_number(agent->metrics.sharpe, 4).text,
              x_of(p, agent->generation + 0.7 * spread),
              axes_y(&p->frame, fmin(fmax(agent->metrics.sharpe, p->frame.low),
                                     p->frame.high)));
  }
}

static void add_table(run_text *page, const run_report *report, size_t n) {
  text_add(page,
           "<details><summary><b>The same as figures</b></summary><div "
           "class=\"body wide\"><table><tr><th>generation</th><th>trials</th>"
           "<th>feasible</th><th>best, out<br>of sample</th><th>median</th>"
           "<th>agents</th><th>promoted</th><th>mean live<br>Sharpe</th>"
           "<th>mean live<br>return</th></tr>\n");
  for (size_t i = 0; i < n; ++i) {
    crucible_report_generation g = {.struct_size = sizeof g};
    if (crucible_report_get_generation(report->report, i, &g) != CRUCIBLE_OK)
      continue;
    text_add(page, "<tr>");
    html_cell(page, figure_count(i).text);
    html_cell(page, figure_count(g.n_trials).text);
    html_cell(page, figure_count(g.n_feasible).text);
    html_cell(page, figure_number(g.best_sharpe, 4).text);
    html_cell(page, figure_number(g.median_sharpe, 4).text);
    html_cell(page, figure_count(g.n_agents).text);
    html_cell(page, figure_count(g.n_promoted).text);
    html_cell(page, figure_number(g.live_sharpe, 4).text);
    html_cell_signed(page, g.live_return, figure_signed_percent(g.live_return));
    text_add(page, "</tr>\n");
  }
  text_add(page, "</table></div></details>\n");
}

void html_generations(run_text *page, const run_report *report) {
  plot p = {.n = report->head.n_generations};
  p.frame.width = WIDTH;
  p.frame.height = HEIGHT;
  crucible_report_trial trial;
  for (trial_place at = {0}; next_trial(report, &at, &trial);)
    if (trial.figures.is_feasible)
      widen(&p.frame, trial.figures.sharpe_base);
  double room = 1.5 * (p.frame.high - p.frame.low); /* outliers stay outside */
  double low = p.frame.low - room, high = p.frame.high + room;
  for (uint32_t i = 0; i < report->head.n_agents; ++i)
    if (is_long(report->by_number[i]))
      widen(&p.frame,
            fmin(fmax(report->by_number[i]->agent.metrics.sharpe, low), high));
  if (p.n == 0 || p.frame.high <= p.frame.low)
    return;
  axes_widen(&p.frame);
  text_addf(page,
            "<h2>Score over generations</h2>\n<p class=\"note\">Sharpe ratio "
            "per bar. Small dots: feasible trials, out of sample in their "
            "search, with the best and the median of each generation; the best "
            "of many looks good by luck alone. Large dots: what agents came to "
            "live, from %d bars on; "
            "on the edge where they are far outside.</p>\n",
            LIVE_BARS);
  svg_begin(page, WIDTH, HEIGHT, 0, "Sharpe ratios over the generations");
  axes_add_values(page, &p.frame, "Sharpe");
  for (size_t i = 0; i < p.n; ++i)
    if (p.n <= 30 || i % 5 == 0)
      text_addf(page,
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%zu</text>\n",
                x_of(&p, (double)i), HEIGHT - 10, i);
  double zero = axes_y(&p.frame, 0);
  if (p.frame.low < 0 && p.frame.high > 0)
    text_addf(page,
              "<line class=\"level\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
              "y2=\"%.1f\"/>\n",
              AXES_LEFT, WIDTH - AXES_RIGHT, zero, zero);
  text_add(page, "<g class=\"trials\">");
  add_trials(page, report, &p);
  text_add(page, "</g>\n");
  add_line(page, report, &p, "c1", "best trial", 1);
  add_line(page, report, &p, "c0", "median trial", 0);
  add_live(page, report, &p);
  svg_end(page);
  text_add(page,
           "<ul class=\"legend\"><li class=\"c1\"><i class=\"key\"></i>"
           "<span>best trial</span></li><li class=\"c0\"><i class=\"key\">"
           "</i><span>median trial</span></li></ul>\n");
  add_table(page, report, p.n);
}

/* ---- correlation ---- */

static void add_cell(run_text *page, double x, double y, double size, double r,
                     uint32_t a, uint32_t b) {
  text_addf(page,
            "<g class=\"%s\"><title>agents %u and %u: %s</title><rect "
            "x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
            "style=\"fill-opacity:%.2f\"/>",
            r < 0 ? "against" : "alike", a, b, figure_number(r, 2).text, x, y,
            size - 1, size - 1, isnan(r) ? 0 : 0.06 + 0.94 * fabs(r));
  if (size >= 30)
    text_addf(page, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>",
              fabs(r) > 0.55 ? "on" : "", x + 0.5 * size - 0.5,
              y + 0.5 * size + 4, figure_number(r, 2).text);
  text_add(page, "</g>\n");
}

void html_alike(run_text *page, const run_report *report) {
  const uint32_t *agents;
  const double *matrix;
  size_t n_all;
  if (crucible_report_get_correlation(report->report, &agents, &matrix,
                                      &n_all) != CRUCIBLE_OK ||
      n_all < 2)
    return;
  size_t n = n_all < DRAWN_MAX ? n_all : DRAWN_MAX;
  double size = 560.0 / (double)n, margin = 34;
  size = size > 46 ? 46 : size;
  int side = (int)(size * (double)n + margin) + 4;
  text_addf(page,
            "<h2>How alike the living are</h2>\n<p>Mean correlation of their "
            "returns: <b>%s</b>. %zu agents are <b>%s</b> effective bets.</p>\n"
            "<p class=\"note\">Of returns per bar, over the bars that both "
            "have lived. Effective bets: n&sup2; / sum of all squared "
            "correlations.</p>\n",
            figure_number(report->head.mean_correlation, 2).text, n_all,
            figure_number(report->head.effective_bets, 1).text);
  text_addf(
      page,
      "<div class=\"plot\"><svg class=\"matrix\" style=\"width:%dpx\" "
      "viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Correlation matrix "
      "of the living agents\">\n",
      side, side, side);
  for (size_t i = 0; i < n; ++i) {
    double at = margin + ((double)i + 0.5) * size;
    if (size < 14 && i % 2 != 0)
      continue;
    text_addf(page,
              "<text class=\"name\" x=\"%.1f\" y=\"%.1f\">%u</text><text "
              "x=\"%.1f\" y=\"%.1f\">%u</text>\n",
              margin - 6, at + 4, agents[i], at, margin - 8, agents[i]);
  }
  for (size_t i = 0; i < n; ++i)
    for (size_t k = 0; k < n; ++k)
      add_cell(page, margin + (double)k * size, margin + (double)i * size, size,
               matrix[i * n_all + k], agents[i], agents[k]);
  text_add(page, "</svg></div>\n");
}
