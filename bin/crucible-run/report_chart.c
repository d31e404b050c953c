/* SPDX-License-Identifier: Apache-2.0 */
#include "report_chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LEFT = 76, RIGHT = 28, TOP = 24, BOTTOM = 30, Y_TICKS = 7, X_TICKS = 8 };

static const int64_t HOUR_MS = 3600000, DAY_MS = 86400000;

/* The window of the chart and where it lies on the page. */
typedef struct chart_frame {
  double low, high;
  int64_t from_ms, until_ms;
  int width, height;
} chart_frame;

const char *chart_colour(size_t rank) {
  static const char *const names[] = {"c0", "c1", "c2", "c3", "c4",
                                      "c5", "c6", "c7", "c8", "c9"};
  return rank < sizeof names / sizeof names[0] ? names[rank] : "cx";
}

static double x_of(const chart_frame *frame, int64_t time_ms) {
  double share = (double)(time_ms - frame->from_ms) /
                 (double)(frame->until_ms - frame->from_ms);
  return LEFT + share * (frame->width - LEFT - RIGHT);
}

static double y_of(const chart_frame *frame, double value) {
  double share = (value - frame->low) / (frame->high - frame->low);
  return frame->height - BOTTOM - share * (frame->height - TOP - BOTTOM);
}

/* 1, 2 or 5 times a power of ten, the first that is at least value. */
static double nice_step(double value) {
  double power = pow(10, floor(log10(value)));
  double lead = value / power;
  return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
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
  double room = frame->high - frame->low;
  double least = 1e-4 * fmax(fabs(frame->high), 1e-6);
  if (room < least)
    room = least;
  frame->low -= 0.04 * room;
  frame->high += 0.04 * room;
  return 1;
}

static void add_y_axis(run_text *page, const chart_frame *frame,
                       const char *unit) {
  double step = nice_step((frame->high - frame->low) / Y_TICKS);
  int digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  for (double tick = ceil(frame->low / step) * step; tick <= frame->high;
       tick += step) {
    double y = y_of(frame, tick);
    text_addf(page,
              "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
              "y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" "
              "text-anchor=\"end\">%s</text>\n",
              LEFT, frame->width - RIGHT, y, y, LEFT - 8, y + 4,
              figure_number(tick, digits).text);
  }
  text_addf(page, "<text x=\"%d\" y=\"12\" text-anchor=\"end\">", LEFT - 8);
  text_add_html(page, unit);
  text_add(page, "</text>\n");
}

static void add_tick(run_text *page, const chart_frame *frame, int64_t time_ms,
                     const char *format) {
  char label[32] = "";
  time_t moment = (time_t)(time_ms / 1000);
  struct tm parts;
  if (gmtime_r(&moment, &parts) != NULL)
    (void)strftime(label, sizeof label, format, &parts);
  double x = x_of(frame, time_ms);
  text_addf(page,
            "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" "
            "y2=\"%d\"/><text x=\"%.1f\" y=\"%d\" "
            "text-anchor=\"middle\">%s</text>\n",
            x, x, TOP, frame->height - BOTTOM, x, frame->height - 10, label);
}

/* First days of every few months. */
static void add_months(run_text *page, const chart_frame *frame) {
  int64_t months = (frame->until_ms - frame->from_ms) / (30 * DAY_MS);
  int step = months <= 12 ? 1 : months <= 24 ? 3 : months <= 48 ? 6 : 12;
  time_t first = (time_t)(frame->from_ms / 1000);
  struct tm parts;
  if (gmtime_r(&first, &parts) == NULL)
    return;
  for (int month = 0;; month += step) {
    int64_t day =
        days_of_date(parts.tm_year + 1900 + month / 12, month % 12 + 1, 1);
    if (day * DAY_MS > frame->until_ms)
      return;
    if (day * DAY_MS >= frame->from_ms)
      add_tick(page, frame, day * DAY_MS, step < 3 ? "%b %d" : "%Y-%m");
  }
}

/* Whole hours or days, so that at most X_TICKS fit; months where they do
   not. */
static void add_x_axis(run_text *page, const chart_frame *frame) {
  static const int64_t hours[] = {1, 2, 3, 6, 12, 24, 48, 72, 168, 336};
  int64_t span_ms = frame->until_ms - frame->from_ms, step = 0;
  for (size_t i = 0; i < sizeof hours / sizeof hours[0] && step == 0; ++i)
    if (span_ms / (hours[i] * HOUR_MS) <= X_TICKS)
      step = hours[i] * HOUR_MS;
  if (step == 0) {
    add_months(page, frame);
    return;
  }
  int64_t tick = (frame->from_ms + step - 1) / step * step;
  for (; tick <= frame->until_ms; tick += step)
    add_tick(page, frame, tick, tick % DAY_MS != 0 ? "%H:%M" : "%b %d");
}

static void add_point(run_text *page, const chart_frame *frame,
                      const chart_line *line, size_t i) {
  text_addf(page, "%.1f,%.1f ", x_of(frame, line->time_ms[i]),
            y_of(frame, line->value[i]));
}

/* One bucket per pixel of width: its lowest and its highest point, in order of
   time. */
static void add_points(run_text *page, const chart_frame *frame,
                       const chart_line *line) {
  size_t n_buckets = (size_t)(frame->width - LEFT - RIGHT) / 2;
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

void chart_add(run_text *page, const line_chart *chart) {
  chart_frame frame = {0};
  if (!find_frame(chart, &frame)) {
    text_add(page, "<p class=\"note\">Nothing to draw yet.</p>\n");
    return;
  }
  text_addf(page,
            "<div class=\"plot\"><svg viewBox=\"0 0 %d %d\" role=\"img\" "
            "aria-label=\"",
            chart->width, chart->height);
  text_add_html(page, chart->label);
  text_add(page, "\">\n");
  add_y_axis(page, &frame, chart->unit);
  add_x_axis(page, &frame);
  double level = y_of(&frame, chart->level);
  text_addf(page,
            "<line class=\"level\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
            "y2=\"%.1f\"/>\n",
            LEFT, frame.width - RIGHT, level, level);
  for (size_t i = chart->n_lines; i-- > 0;) /* the first lies on top */
    add_line(page, &frame, chart, i);
  text_add(page, "</svg></div>\n");
}
