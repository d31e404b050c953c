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

#endif
