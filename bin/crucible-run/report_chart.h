/* SPDX-License-Identifier: Apache-2.0 */
/* Line charts over time as inline SVG. */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include <stddef.h>
#include <stdint.h>

#include "run_text.h"

/* One line; what it points to is lent. */
typedef struct chart_line {
  const char *name;       /* hover text */
  const char *colour;     /* CSS class, such as "c3" */
  const int64_t *time_ms; /* [n] ascending */
  const double *value;    /* [n] finite */
  size_t n;
} chart_line;

/* A point of interest. */
typedef enum mark_kind { MARK_BIRTH, MARK_END, MARK_RISE } mark_kind;

typedef struct chart_mark {
  mark_kind kind;
  const char *name;   /* hover text */
  const char *colour; /* CSS class */
  int64_t time_ms;
  double value;
} chart_mark;

typedef struct line_chart {
  const char *id;    /* unique on the page */
  const char *label; /* what it shows, for those who cannot see it */
  const char *unit;  /* of the values, on top of the axis */
  const chart_line *lines;
  size_t n_lines;
  const chart_mark *marks; /* [n_marks] on top of the lines */
  size_t n_marks;
  double mark_size;  /* a ring's radius; 0: 3.5 */
  double level;      /* a horizontal line, such as the starting capital */
  int width, height; /* of the whole */
} line_chart;

/* Adds the <svg>. Long lines are thinned out to what the width can show; the
   extremes of what is left out stay. */
void chart_add(run_text *page, const line_chart *chart);

/* CSS class of the agent on a rank (from 0): "c0" to "c9", then "cx". */
const char *chart_colour(size_t rank);

#endif
