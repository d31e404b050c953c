/* SPDX-License-Identifier: Apache-2.0 */
#include "costs/impact_scale.h"

#include <math.h>

#include "base/base_alloc.h"

crucible_status crucible__impact_scale_make(crucible__impact_scale *scale,
                                            int64_t horizon_ms, size_t window) {
  scale->horizon_ms = horizon_ms;
  scale->window = window;
  scale->volume = crucible__alloc_zero(window, sizeof *scale->volume);
  scale->square = crucible__alloc_zero(window, sizeof *scale->square);
  return scale->volume != NULL && scale->square != NULL ? CRUCIBLE_OK
                                                        : CRUCIBLE_E_NOMEM;
}

void crucible__impact_scale_drop(crucible__impact_scale *scale) {
  crucible__free(scale->volume);
  crucible__free(scale->square);
}

/* The middle now, or 0. */
static double middle_now(const crucible__impact_scale *scale) {
  if (scale->is_quoted)
    return scale->quoted;
  return scale->last[0] > 0 && scale->last[1] > 0
             ? scale->last[0] / 2 + scale->last[1] / 2
             : 0;
}

int crucible__impact_scale_is_over(const crucible__impact_scale *scale,
                                   int64_t time_ms) {
  return !scale->is_begun || time_ms - scale->begin_ms >= scale->horizon_ms;
}

crucible__impact_flow
crucible__impact_scale_flow(const crucible__impact_scale *scale) {
  const double middle = middle_now(scale);
  return (crucible__impact_flow){.begin_ms = scale->begin_ms,
                                 .flow = scale->open_flow,
                                 .move = scale->close > 0 && middle > 0
                                             ? log(middle / scale->close)
                                             : (double)NAN};
}

static void push(crucible__impact_scale *scale, double volume, double move) {
  scale->volume[scale->head] = volume;
  scale->square[scale->head] = move * move;
  scale->head = scale->head + 1 == scale->window ? 0 : scale->head + 1;
  scale->n += scale->n < scale->window;
}

/* Summed anew: what has left the window changes no bit. The order of the ring is
   the same whenever the same bars are in it only if the sum begins at the
   oldest. */
static void sum_up(crucible__impact_scale *scale) {
  double volume = 0, square = 0;
  const size_t first = scale->n == scale->window ? scale->head : 0;
  for (size_t i = 0; i < scale->n; ++i) {
    size_t k = first + i;
    k -= k < scale->window ? 0 : scale->window;
    volume += scale->volume[k];
    square += scale->square[k];
  }
  scale->mean_volume = volume / (double)scale->n;
  scale->sigma = sqrt(square / (double)scale->n);
}

void crucible__impact_scale_turn(crucible__impact_scale *scale,
                                 int64_t time_ms) {
  const int64_t into = time_ms % scale->horizon_ms;
  const int64_t begin = time_ms - (into < 0 ? into + scale->horizon_ms : into);
  if (scale->is_begun) {
    const crucible__impact_flow closed = crucible__impact_scale_flow(scale);
    int64_t empty = (begin - scale->begin_ms) / scale->horizon_ms - 1;
    if (empty > (int64_t)scale->window)
      empty = (int64_t)scale->window;
    if (!isnan(closed.move)) {
      push(scale, scale->open_volume, closed.move);
      for (; empty > 0; --empty)
        push(scale, 0, 0);
      sum_up(scale);
    }
    scale->close = middle_now(scale);
  }
  scale->is_begun = 1;
  scale->begin_ms = begin;
  scale->open_volume = scale->open_flow = 0;
}
