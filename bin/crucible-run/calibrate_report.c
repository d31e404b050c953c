/* SPDX-License-Identifier: Apache-2.0 */
/* A calibration as an HTML page: curves, tables, and how it was made. */
#include <math.h>
#include <stdio.h>

#include "calibrate_print.h"
#include "report_axes.h"
#include "report_chart.h"
#include "report_parts.h"
#include "report_style.h"
#include "report_words.h"
#include "run.h"

enum { CHART_WIDTH = 560, CHART_HEIGHT = 300 };

/* What a curve is of: who was promoted, or who was killed. */
typedef crucible_share (*share_of)(const crucible_calibration_row *row);

static crucible_share promoted_of(const crucible_calibration_row *row) {
  return row->promoted;
}

static crucible_share killed_of(const crucible_calibration_row *row) {
  return row->killed;
}

static int64_t time_of(const calibration_view *view, uint32_t bars) {
  return (int64_t)bars * view->bars.timeframe_ms;
}

static void add_day_ticks(run_text *page, const chart_frame *frame) {
  const double days = (double)frame->until_ms / 86400000;
  const double step = axes_step(days / 6);
  for (double day = 0; day <= days * (1 + 1e-9); day += step) {
    const double x = axes_x(frame, (int64_t)(day * 86400000));
    text_addf(page,
              "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" "
              "y2=\"%d\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s "
              "d</text>\n",
              x, x, AXES_TOP, frame->height - AXES_BOTTOM, x,
              frame->height - 10, figure_number(day, step < 1 ? 1 : 0).text);
  }
}

static void add_curve(run_text *page, const calibration_view *view,
                      const chart_frame *frame, size_t sharpe, int32_t set,
                      share_of share) {
  const crucible_calibrate_options *o = &view->options;
  text_addf(page,
            "<g class=\"%s\"><title>Sharpe ratio %s a year</title>"
            "<g class=\"seen\"><polyline points=\"%.1f,%.1f ",
            chart_colour(sharpe), figure_number(o->sharpes[sharpe], 1).text,
            axes_x(frame, 0), axes_y(frame, 0));
  for (size_t h = 0; h < o->n_horizons; ++h) {
    const crucible_calibration_row row = calibration_row(view, sharpe, set, h);
    const crucible_share at = share(&row);
    text_addf(page, "%.1f,%.1f ", axes_x(frame, time_of(view, row.horizon)),
              axes_y(frame, 100 * (double)at.count / (double)at.of));
  }
  text_add(page, "\"/></g></g>\n");
}

static void add_chart(run_text *page, const calibration_view *view, int32_t set,
                      share_of share, const char *what) {
  const crucible_calibrate_options *o = &view->options;
  const chart_frame frame = {.high = 100,
                             .until_ms =
                                 time_of(view, o->horizons[o->n_horizons - 1]),
                             .width = CHART_WIDTH,
                             .height = CHART_HEIGHT};
  char label[96];
  snprintf(label, sizeof label, "share %s over time, rules %s", what,
           rule_set_name(view, set));
  text_addf(page, "<div><h3>%s, rules: %s</h3>\n", what,
            rule_set_name(view, set));
  svg_begin(page, CHART_WIDTH, CHART_HEIGHT, 320, label);
  axes_add_values(page, &frame, "%");
  add_day_ticks(page, &frame);
  for (size_t s = o->n_sharpes; s-- > 0;)
    add_curve(page, view, &frame, s, set, share);
  svg_end(page);
  text_add(page, "</div>\n");
}

static void add_legend(run_text *page, const calibration_view *view) {
  text_add(page, "<ul class=\"legend\">");
  for (size_t s = 0; s < view->options.n_sharpes; ++s)
    text_addf(page,
              "<li class=\"%s\"><i class=\"key\"></i><span>Sharpe %s a "
              "year</span></li>",
              chart_colour(s), figure_number(view->options.sharpes[s], 1).text);
  text_add(page, "</ul>\n");
}

static void add_charts(run_text *page, const calibration_view *view) {
  text_add(page, "<h2>How long until it is judged</h2>\n<p class=\"note\">"
                 "Share of agents with a true Sharpe ratio that are promoted, "
                 "or killed by a rule about skill, by the time on the axis. A "
                 "ratio of 0 is luck alone.</p>\n");
  for (int k = 0; k < 2; ++k) {
    text_add(page, "<div class=\"pair\">\n");
    for (int32_t set = 0; set < CRUCIBLE_N_SETS; ++set)
      if (rule_set_name(view, set) != NULL)
        add_chart(page, view, set, k == 0 ? promoted_of : killed_of,
                  k == 0 ? "promoted" : "killed");
    text_add(page, "</div>\n");
  }
  add_legend(page, view);
}

/* ---- tables ---- */

static void add_share(run_text *page, const crucible_share *share) {
  html_cell(page, share_figure(share).text);
  html_cell(page, share_interval(share).text);
}

static void add_row(run_text *page, const calibration_view *view, size_t sharpe,
                    int32_t set, size_t horizon) {
  const crucible_calibration_row row =
      calibration_row(view, sharpe, set, horizon);
  text_add(page, "<tr>");
  html_cell(page, figure_number(row.annual_sharpe, 1).text);
  html_cell_left(page, rule_set_name(view, set));
  html_cell(page, figure_days(row.horizon, view->bars.timeframe_ms).text);
  add_share(page, &row.promoted);
  html_cell(page, calibration_days(view, row.promote_bars, row.horizon).text);
  add_share(page, &row.killed);
  html_cell(page, calibration_days(view, row.kill_bars, row.horizon).text);
  html_cell(page, share_figure(&row.ended).text);
  text_add(page, "</tr>\n");
}

static void add_rows(run_text *page, const calibration_view *view) {
  const crucible_calibrate_options *o = &view->options;
  const size_t first = view->shows_horizons ? 0 : o->n_horizons - 1;
  text_add(page,
           "<h2>Promoted and killed</h2>\n<div class=\"wide\"><table>\n"
           "<tr><th>Sharpe<br>a year</th><th class=\"l\">rules</th><th>after"
           "</th><th>promoted</th><th>95 %</th><th>median<br>time</th>"
           "<th>killed</th><th>95 %</th><th>median<br>time</th><th>ended"
           "<br>by any rule</th></tr>\n");
  for (size_t s = 0; s < o->n_sharpes; ++s)
    for (int32_t set = 0; set < CRUCIBLE_N_SETS; ++set)
      for (size_t h = first;
           h < o->n_horizons && rule_set_name(view, set) != NULL; ++h)
        add_row(page, view, s, set, h);
  text_add(page,
           "</table></div>\n<p class=\"note\">Where the ratio is 0 whoever is "
           "promoted is a false promotion; above it whoever is killed is a "
           "false kill. Intervals are exact (Clopper and Pearson). The median "
           "time to a promotion is over all agents, that to a kill over those "
           "killed. Killed: by decay, proved bad or edge gone, before any "
           "promotion. Every agent is judged alone (N = 1).</p>\n");
}

static void add_tournaments(run_text *page, const calibration_view *view) {
  if (view->head.n_tournaments == 0)
    return;
  text_addf(page,
            "<h2>Tournaments without skill</h2>\n<p class=\"note\">%u slots, "
            "ended agents replaced: every promotion is a false one. N counts "
            "all agents ever born.</p>\n<div class=\"wide\"><table>\n<tr>"
            "<th class=\"l\">rules</th><th>agents</th><th>promotions</th>"
            "<th>months</th><th>a month</th><th>95 %%</th></tr>\n",
            view->options.n_slots);
  for (size_t i = 0; i < view->head.n_tournaments; ++i) {
    crucible_calibration_tournament t = {.struct_size = sizeof t};
    if (crucible_calibration_tournament_at(view->calibration, i, &t) !=
            CRUCIBLE_OK ||
        rule_set_name(view, t.rule_set) == NULL)
      continue;
    text_add(page, "<tr>");
    html_cell_left(page, rule_set_name(view, t.rule_set));
    html_cell(page, figure_count(t.n_agents).text);
    html_cell(page, figure_count(t.n_promotions).text);
    html_cell(page, figure_number(t.months, 1).text);
    html_cell(page, figure_number(t.per_month, 3).text);
    text_addf(page, "<td>%.3f to %.3f</td></tr>\n", t.low, t.high);
  }
  text_add(page, "</table></div>\n");
}

/* ---- the page ---- */

static void add_provenance(run_text *page, const calibration_view *view) {
  const crucible_calibrate_options *o = &view->options;
  text_addf(page,
            "<h2>How it was made</h2>\n<dl><dt>market</dt><dd>%s, stretches of "
            "%s bars</dd><dt>agents</dt><dd>%s of each ratio, %s bars; %s bars "
            "in a position, %s of the time</dd><dt>annual ratios</dt><dd>%s "
            "bars a year</dd><dt>seed</dt><dd>%llu</dd>",
            view->null_name, figure_number(o->block_bars, 0).text,
            figure_count(o->n_agents).text, figure_count(o->n_bars).text,
            figure_number(o->hold_bars, 1).text,
            figure_percent(o->in_market).text,
            figure_number(view->head.periods_per_year, 0).text,
            (unsigned long long)o->seed);
  text_addf(page,
            "<dt>rules</dt><dd>alpha %g, promotion above %s DSR, decay below "
            "%s, %s bars and %u trades at least, ended after %s bars without a "
            "trade or %s without promotion</dd><dt>build</dt><dd>",
            o->rules.alpha, figure_percent(o->rules.promote_dsr).text,
            figure_percent(o->rules.decay_dsr).text,
            figure_count(o->rules.min_bars).text, o->rules.min_trades,
            figure_count(o->rules.inactive_bars).text,
            figure_count(o->rules.expired_bars).text);
  text_add_html(page, crucible_version_string());
  text_add(page, "</dd></dl>\n");
}

void calibration_write_html(const calibration_view *view, run_text *page) {
  run_text words = {0};
  calibration_words(&words, view);
  text_add(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                 "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                 "content=\"width=device-width,initial-scale=1\">\n<title>");
  text_add_html(page, view->instrument.symbol);
  text_add(page, " calibration</title>\n<style>\n");
  for (size_t i = 0; report_style[i] != NULL; ++i)
    text_add(page, report_style[i]);
  text_add(page, ".pair{display:grid;gap:0 2rem;grid-template-columns:repeat("
                 "auto-fit,minmax(18rem,1fr))}\n.pair svg{min-width:18rem}\n"
                 "</style>\n</head>\n<body>\n<main>\n<h1>Luck and skill: ");
  text_add_html(page, view->instrument.symbol);
  text_addf(page, ", %s</h1>\n<p class=\"lead\">",
            figure_timeframe(view->bars.timeframe_ms).text);
  text_add_html(page, words.failed ? "" : words.data);
  text_add(page, "</p>\n");
  page->failed |= words.failed;
  text_free(&words);
  add_charts(page, view);
  add_rows(page, view);
  add_tournaments(page, view);
  add_provenance(page, view);
  text_add(page, "</main>\n</body>\n</html>\n");
}
