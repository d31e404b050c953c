/* SPDX-License-Identifier: Apache-2.0 */
#include "report_chart.h"

#include <math.h>
#include <string.h>

#include "report_axes.h"

const char *chart_colour(size_t rank) {
  static const char *const names[] = {"c0", "c1", "c2", "c3", "c4",
                                      "c5", "c6", "c7", "c8", "c9"};
  return rank < sizeof names / sizeof names[0] ? names[rank] : "cx";
}

static int find_frame(const line_chart *chart, chart_frame *frame) {
  int found = 0;
  frame->low = frame->high = chart->level;
  frame->width = chart->width;
  frame->height = chart->height;
  for (size_t i = 0; i < chart->n_lines; ++i) {
    const chart_line *line = &chart->lines[i];
    if (line->n == 0)
      continue;
    if (!found || line->time_ms[0] < frame->from_ms)
      frame->from_ms = line->time_ms[0];
    if (!found || line->time_ms[line->n - 1] > frame->until_ms)
      frame->until_ms = line->time_ms[line->n - 1];
    found = 1;
    for (size_t j = 0; j < line->n; ++j) {
      frame->low = fmin(frame->low, line->value[j]);
      frame->high = fmax(frame->high, line->value[j]);
    }
  }
  if (!found || frame->until_ms <= frame->from_ms)
    return 0;
  axes_widen(frame);
  return 1;
}

static void add_point(run_text *page, const chart_frame *frame,
                      const chart_line *line, size_t i) {
  text_addf(page, "%.1f,%.1f ", axes_x(frame, line->time_ms[i]),
            axes_y(frame, line->value[i]));
}

/* One bucket for every two pixels of width: its lowest and its highest point,
   in order of time. */
static void add_points(run_text *page, const chart_frame *frame,
                       const chart_line *line) {
  if (line->n == 0)
    return;
  double width = axes_x(frame, line->time_ms[line->n - 1]) -
                 axes_x(frame, line->time_ms[0]);
  size_t n_buckets = (size_t)(width / 2) + 1;
  if (line->n <= 2 * n_buckets) {
    for (size_t i = 0; i < line->n; ++i)
      add_point(page, frame, line, i);
    return;
  }
  for (size_t b = 0; b < n_buckets; ++b) {
    size_t begin = b * line->n / n_buckets;
    size_t end = (b + 1) * line->n / n_buckets;
    size_t low = begin, high = begin;
    for (size_t i = begin; i < end; ++i) {
      if (line->value[i] < line->value[low])
        low = i;
      if (line->value[i] > line->value[high])
        high = i;
    }
    add_point(page, frame, line, low < high ? low : high);
    if (low != high)
      add_point(page, frame, line, low < high ? high : low);
  }
  add_point(page, frame, line, line->n - 1);
}

/* Each line is there once and used twice: to be seen, and wide without colour
   to be hovered at. */
static void add_line(run_text *page, const chart_frame *frame,
                     const line_chart *chart, size_t i) {
  const chart_line *line = &chart->lines[i];
  text_addf(page, "<g class=\"%s\"><title>", line->colour);
  text_add_html(page, line->name);
  text_addf(page,
            "</title><g class=\"near\"><use href=\"#%s-%zu\"/></g>"
            "<g class=\"seen\"><polyline id=\"%s-%zu\" points=\"",
            chart->id, i, chart->id, i);
  add_points(page, frame, line);
  text_add(page, "\"/></g></g>\n");
}

/* A ring where something begins, a cross where it ends, a star where it
   rises. */
static void add_mark(run_text *page, const chart_frame *frame,
                     const chart_mark *mark, double size) {
  double x = axes_x(frame, mark->time_ms), y = axes_y(frame, mark->value);
  text_addf(page, "<g class=\"mark %s\"><title>", mark->colour);
  text_add_html(page, mark->name);
  text_add(page, "</title>");
  if (mark->kind == MARK_BIRTH)
    text_addf(page, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>", x, y, size);
  else if (mark->kind == MARK_END)
    text_addf(page, "<path d=\"M%.1f %.1fl%.1f %.1fm0-%.1fl-%.1f %.1f\"/>",
              x - size, y - size, 2 * size, 2 * size, 2 * size, 2 * size,
              2 * size);
  else
    text_addf(page,
              "<path class=\"full\" d=\"M%.1f %.1fl2.1 4.4 4.8.6-3.5 3.3.9 "
              "4.8-4.3-2.4-4.3 2.4.9-4.8-3.5-3.3 4.8-.6z\"/>",
              x, y - 7);
  text_add(page, "</g>\n");
}

void chart_add(run_text *page, const line_chart *chart) {
  chart_frame frame = {0};
  if (!find_frame(chart, &frame)) {
    text_add(page, "<p class=\"note\">Nothing to draw yet.</p>\n");
    return;
  }
  svg_begin(page, chart->width, chart->height, 0, chart->label);
  axes_add_values(page, &frame, chart->unit);
  axes_add_times(page, &frame);
  double level = axes_y(&frame, chart->level);
  text_addf(page,
            "<line class=\"level\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
            "y2=\"%.1f\"/>\n",
            AXES_LEFT, frame.width - AXES_RIGHT, level, level);
  for (size_t i = chart->n_lines; i-- > 0;) /* the first lies on top */
    add_line(page, &frame, chart, i);
  for (size_t i = 0; i < chart->n_marks; ++i)
    add_mark(page, &frame, &chart->marks[i],
             chart->mark_size > 0 ? chart->mark_size : 3.5);
  svg_end(page);
}
