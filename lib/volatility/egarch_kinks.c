/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_kinks.h"

#include <math.h>
#include <stdlib.h>

enum { MU = CRUCIBLE__EGARCH_MU, ALPHA = CRUCIBLE__EGARCH_ALPHA };

/* More lie near the top only where returns are equal by the thousand. */
enum { CORNERS_MAX = 1024 };

/* Standard errors to either side that are looked at. */
static const double reach = 1.5;

typedef struct corner {
  double at;    /* from where the parameter stands */
  double jump;  /* of the score, from its left to its right */
  double value; /* of the parameter there; exactly the return if it is mu */
} corner;

static int by_place(const void *a, const void *b) {
  const double x = ((const corner *)a)->at, y = ((const corner *)b)->at;
  return (x > y) - (x < y);
}

/* Residual t at theta, and what it loses as the parameter rises by 1. */
static double residual_of(const crucible__egarch_data *data,
                          const double *theta, int along, size_t t,
                          double *fall) {
  const double *r = data->returns + t;
  double left = r[0] * data->scale - theta[MU];
  *fall = 1;
  for (int l = 0; l < data->form.ar; ++l) {
    const double earlier = r[-1 - l] * data->scale;
    left -= theta[data->form.phi + l] * earlier;
    if (along == data->form.phi + l)
      *fall = earlier;
  }
  return left;
}

/* Corners within reach, left to right, those at one place merged. The jump of
   corner t is 2 |fall| / s_t times sum_i alpha_i d loglik / dh_{t+i}, which a
   pass from the last return back finds. */
static size_t corners_of(const crucible__egarch_data *data, const double *theta,
                         int along, double width,
                         const crucible__egarch_links *links, corner *list) {
  size_t n = 0, merged = 0;
  const int m = data->form.m, p = data->form.p;
  double onward[CRUCIBLE__EGARCH_LAGS] = {0}; /* d loglik / dh of the next */
  for (size_t t = data->n; t-- > 0;) {
    double fall;
    const double left = residual_of(data, theta, along, t, &fall);
    const double at = left / fall; /* NaN or infinite without a fall: none */
    if (fabs(at) <= width) {
      if (n == CORNERS_MAX) { /* make room: most of them are equal */
        qsort(list, n, sizeof *list, by_place);
        merged = 0;
        for (size_t i = 0; i < n; ++i) {
          if (merged > 0 && list[merged - 1].at == list[i].at)
            list[merged - 1].jump += list[i].jump;
          else
            list[merged++] = list[i];
        }
        n = merged;
        if (n == CORNERS_MAX)
          return 0; /* too many to follow: the hill is as good as smooth */
      }
      double jump = 0;
      for (int i = 0; i < p; ++i)
        jump +=
            2 * fabs(fall) * theta[ALPHA + i] * links->inverse[t] * onward[i];
      list[n++] = (corner){at, jump,
                           data->form.ar > 0 ? theta[along] + at
                                             : data->returns[t] * data->scale};
    }
    double here = links->weight[t];
    for (int i = 0; i < m && t + (size_t)i < data->n; ++i)
      here += links->decay[(t + (size_t)i) * (size_t)m + (size_t)i] * onward[i];
    for (int i = m - 1; i > 0; --i)
      onward[i] = onward[i - 1];
    onward[0] = here;
  }
  if (n == 0)
    return 0;
  qsort(list, n, sizeof *list, by_place);
  merged = 1;
  for (size_t i = 1; i < n; ++i) {
    if (list[merged - 1].at == list[i].at)
      list[merged - 1].jump += list[i].jump;
    else
      list[merged++] = list[i];
  }
  return merged;
}

/*
 * Walks from the present mu in one direction (1 right, -1 left) over the
 * corners, with slope A - curvature x between them, and keeps the best place.
 * Mirrored, a walk to the left is one to the right.
 */
static void walk(const corner *list, size_t first, size_t last, int direction,
                 double slope, double curvature, double width,
                 crucible__egarch_top *best) {
  double from = 0, value = 0, a = slope * direction;
  for (size_t i = first;; i += (size_t)direction) {
    const int end = i == last;
    const double to = end ? width : list[i].at * direction;
    const double peak = a / curvature;
    if (peak > from && peak < to) {
      const double gain = value + a * (peak - from) -
                          curvature * (peak * peak - from * from) / 2;
      if (gain > best->gain)
        *best = (crucible__egarch_top){.step = direction * peak, .gain = gain};
    }
    if (end)
      return;
    value += a * (to - from) - curvature * (to * to - from * from) / 2;
    if (value > best->gain)
      *best = (crucible__egarch_top){.step = direction * to,
                                     .gain = value,
                                     .is_corner = 1,
                                     .value = list[i].value};
    a += list[i].jump;
    from = to;
  }
}

crucible__egarch_top crucible__egarch_best_top(
    const crucible__egarch_data *data, const double *theta, int along,
    const crucible__egarch_links *links, double newton, double deviation) {
  corner list[CORNERS_MAX];
  crucible__egarch_top best = {.gain = 0};
  const double curvature = 1 / (deviation * deviation);
  const double width = reach * deviation, slope = curvature * newton;
  const size_t n = corners_of(data, theta, along, width, links, list);
  size_t right = 0;
  while (right < n && list[right].at <= 0)
    ++right;
  /* The slope is that to the left of a corner on which mu stands. */
  const int stands = right > 0 && list[right - 1].at == 0;
  const size_t left = right - (size_t)stands;
  const double jump = stands ? list[right - 1].jump : 0;
  walk(list, right, n, 1, slope + jump, curvature, width, &best);
  walk(list, left - 1, (size_t)-1, -1, slope, curvature, width, &best);
  best.jump = jump;
  return best;
}
