/* SPDX-License-Identifier: Apache-2.0 */
#include "report_axes.h"

#include <math.h>
#include <time.h>

enum { Y_TICKS = 7, X_TICKS = 8 };

static const int64_t HOUR_MS = 3600000, DAY_MS = 86400000;

double axes_x(const chart_frame *frame, int64_t time_ms) {
  double share = (double)(time_ms - frame->from_ms) /
                 (double)(frame->until_ms - frame->from_ms);
  return AXES_LEFT + share * (frame->width - AXES_LEFT - AXES_RIGHT);
}

double axes_y(const chart_frame *frame, double value) {
  double share = (value - frame->low) / (frame->high - frame->low);
  return frame->height - AXES_BOTTOM -
         share * (frame->height - AXES_TOP - AXES_BOTTOM);
}

double axes_step(double value) {
  double power = pow(10, floor(log10(value)));
  double lead = value / power;
  return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

void axes_widen(chart_frame *frame) {
  double room = frame->high - frame->low;
  double least = 1e-4 * fmax(fabs(frame->high), 1e-6);
  if (room < least)
    room = least;
  frame->low -= 0.04 * room;
  frame->high += 0.04 * room;
}

void axes_add_values(run_text *page, const chart_frame *frame,
                     const char *unit) {
  double step = axes_step((frame->high - frame->low) / Y_TICKS);
  int digits = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);
  for (double tick = ceil(frame->low / step) * step; tick <= frame->high;
       tick += step) {
    double y = axes_y(frame, tick);
    text_addf(page,
              "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
              "y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" "
              "text-anchor=\"end\">%s</text>\n",
              AXES_LEFT, frame->width - AXES_RIGHT, y, y, AXES_LEFT - 8, y + 4,
              figure_number(tick, digits).text);
  }
  text_addf(page, "<text x=\"%d\" y=\"12\" text-anchor=\"end\">",
            AXES_LEFT - 8);
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
  double x = axes_x(frame, time_ms);
  text_addf(page,
            "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" "
            "y2=\"%d\"/><text x=\"%.1f\" y=\"%d\" "
            "text-anchor=\"middle\">%s</text>\n",
            x, x, AXES_TOP, frame->height - AXES_BOTTOM, x, frame->height - 10,
            label);
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
void axes_add_times(run_text *page, const chart_frame *frame) {
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

void svg_begin(run_text *page, int width, int height, int min_width,
               const char *label) {
  text_add(page, "<div class=\"plot\"><svg ");
  if (min_width > 0)
    text_addf(page, "style=\"min-width:%dpx\" ", min_width);
  text_addf(page, "viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", width,
            height);
  text_add_html(page, label);
  text_add(page, "\">\n");
}

void svg_end(run_text *page) { text_add(page, "</svg></div>\n"); }
