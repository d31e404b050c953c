/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding of prices to ticks and of quantities to lots. */
#ifndef CRUCIBLE__DECIMAL_H
#define CRUCIBLE__DECIMAL_H

#include <stdint.h>

#include <crucible/status.h>

#include "base/internal.h"

enum {
  CRUCIBLE__ROUND_DOWN = -1, /* towards minus infinity */
  CRUCIBLE__ROUND_NEAREST = 0,
  CRUCIBLE__ROUND_UP = 1 /* towards plus infinity */
};

/*
 * A decimal step such as 0.01 or 0.5 or 25: units / 10^digits, prepared once.
 * The multiples come out as the double nearest to the decimal number.
 */
typedef struct crucible__step {
  double units; /* step * 10^digits, a whole number */
  double scale; /* 10^digits */
  double value; /* the step itself */
} crucible__step;

/* E_INVALID unless step is a decimal of at most 15 significant digits > 0. */
CRUCIBLE__SHARED crucible_status crucible__step_init(crucible__step *step,
                                                     double value);

/*
 * x rounded to a multiple of step; halves go away from zero. An x within 1e-9
 * steps (or four units in its last place) of a multiple counts as that multiple
 * in every direction, and so near a half as the half, so that noise of
 * arithmetic does not cost a lot. An x of more than 2^53 units comes back as
 * it is, as do NaN and infinities. No libm call.
 */
CRUCIBLE__SHARED double crucible__step_round(const crucible__step *step,
                                             double x, int direction);

/* ---- the same, inlined where it is on the way of every fill ---- */

/* The double nearest to n steps: one rounding of two exact numbers. */
static inline double crucible__step_multiple(const crucible__step *step,
                                             double n) {
  return n * step->units / step->scale;
}

/* x >= 0; halves go up. */
static inline double crucible__step_round_size(const crucible__step *step,
                                               double x, int direction) {
  const double noise_steps = 1e-9;
  const double noise_relative = 0x1p-51; /* four units in the last place */
  double n = (double)(int64_t)(x / step->value); /* may be one off */
  double below = crucible__step_multiple(step, n);
  double above = crucible__step_multiple(step, n + 1);
  if (below > x && n > 0) {
    above = below;
    below = crucible__step_multiple(step, n - 1);
  } else if (above <= x) {
    below = above;
    above = crucible__step_multiple(step, n + 2);
  }
  double noise = noise_steps * step->value + noise_relative * x;
  if (x - below <= noise && x - below <= above - x)
    return below;
  if (above - x <= noise)
    return above;
  if (direction == CRUCIBLE__ROUND_NEAREST)
    return x - below >= 0.5 * step->value - noise ? above : below;
  return direction == CRUCIBLE__ROUND_UP ? above : below;
}

/* crucible__step_round() */
static inline double crucible__step_rounded(const crucible__step *step,
                                            double x, int direction) {
  const double whole_max = 0x1p53;
  double size = x < 0 ? -x : x;
  /* written so that a NaN comes back too */
  if (!((size / step->value + 2) * step->units < whole_max))
    return x; /* finer than doubles are there */
  if (x >= 0)
    return crucible__step_round_size(step, x, direction);
  double rounded = crucible__step_round_size(step, size, -direction);
  return rounded > 0 ? -rounded : 0;
}

#endif
