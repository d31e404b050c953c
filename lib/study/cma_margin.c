/* SPDX-License-Identifier: Apache-2.0 */
#include "study/cma_margin.h"

#include <math.h>

#include "base/normal.h"

static const double LEAST_TAIL = 1e-10;

static double value_of(const crucible__cma_margin *m, size_t i, double cell) {
  return m->low[i] + cell * m->step[i];
}

/* The border between a cell and the next. */
static double border(const crucible__cma_margin *m, size_t i, double cell) {
  return (value_of(m, i, cell) + value_of(m, i, cell + 1)) / 2;
}

static double clamp(double x, double low, double high) {
  return x < low ? low : x > high ? high : x;
}

/* The nearest cell, on a border the lower one. */
static double cell_of(const crucible__cma_margin *m, size_t i, double x) {
  double cell = clamp(floor((x - m->low[i]) / m->step[i] + 0.5), 0, m->last[i]);
  if (cell > 0 && x <= border(m, i, cell - 1))
    --cell;
  if (cell < m->last[i] && x > border(m, i, cell))
    ++cell;
  return cell;
}

void crucible__cma_margin_encode(const crucible__cma_margin *m,
                                 const crucible__cma *cma, const double *x,
                                 double *encoded) {
  for (size_t i = 0; i < m->n; ++i)
    encoded[i] = m->step[i] > 0
                     ? value_of(m, i,
                                cell_of(m, i,
                                        cma->mean[i] + (x[i] - cma->mean[i]) *
                                                           m->stretch[i]))
                     : x[i];
}

/* Standard deviations from the middle to where a tail of p begins. */
static double deviations(double p) { return -crucible__normal_quantile(p); }

static void correct_axis(crucible__cma_margin *m, crucible__cma *cma,
                         size_t i) {
  const double variance =
      cma->covariance[cma->is_diagonal ? i : i * cma->stride + i];
  const double scale = cma->step * sqrt(variance);
  const double mean = cma->mean[i], least = m->margin / 2;
  const double cell = cell_of(m, i, mean);
  const double low = border(m, i, clamp(cell - 1, 0, m->last[i] - 1));
  const double high = border(m, i, clamp(cell, 0, m->last[i] - 1));
  const double deviation = scale * m->stretch[i];
  double below = crucible__normal_cdf((low - mean) / deviation);
  double above = crucible__normal_cdf((mean - high) / deviation);
  const double inside = 1 - (below + above);
  if (fmax(below, above) > 0.5) { /* in the first or the last cell */
    if (fmin(below, above) < m->margin)
      cma->mean[i] = high + (mean > high   ? 1
                             : mean < high ? -1
                                           : 0) *
                                deviation * deviations(m->margin);
    return;
  }
  below = fmax(below, least);
  above = fmax(above, least);
  const double excess = 1 - below - above - inside;
  const double total = below + inside + above - 3 * least;
  below = clamp(below + excess * (below - least) / total, LEAST_TAIL,
                0.5 - LEAST_TAIL);
  above = clamp(above + excess * (above - least) / total, LEAST_TAIL,
                0.5 - LEAST_TAIL);
  const double to_low = deviations(below), to_high = deviations(above);
  m->stretch[i] = (high - low) / ((to_low + to_high) * scale);
  cma->mean[i] = (low * to_high + high * to_low) / (to_low + to_high);
}

void crucible__cma_margin_correct(crucible__cma_margin *m, crucible__cma *cma) {
  for (size_t i = 0; i < m->n; ++i)
    if (m->step[i] > 0)
      correct_axis(m, cma, i);
}
