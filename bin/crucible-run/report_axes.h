/* SPDX-License-Identifier: Apache-2.0 */
/* The window of a chart: values and times to places, and the axes around. */
#ifndef REPORT_AXES_H
#define REPORT_AXES_H

#include <stdint.h>

#include "run_text.h"

enum { AXES_LEFT = 76, AXES_RIGHT = 28, AXES_TOP = 24, AXES_BOTTOM = 30 };

/* The window of the chart and where it lies on the page. */
typedef struct chart_frame {
  double low, high;
  int64_t from_ms, until_ms;
  int width, height; /* of the whole */
} chart_frame;

double axes_x(const chart_frame *frame, int64_t time_ms);
double axes_y(const chart_frame *frame, double value);
/* 1, 2 or 5 times a power of ten, the first that is at least value. */
double axes_step(double value);
/* Widens [low, high] so that nothing touches the frame. */
void axes_widen(chart_frame *frame);

/* Lines and labels; unit on top of the left one. */
void axes_add_values(run_text *page, const chart_frame *frame,
                     const char *unit);
void axes_add_times(run_text *page, const chart_frame *frame);

/* Opens "<div class=plot><svg ...>" and closes both. A chart that is wider
   than the page scrolls from min_width on (0: it shrinks as others do). */
void svg_begin(run_text *page, int width, int height, int min_width,
               const char *label);
void svg_end(run_text *page);

#endif
