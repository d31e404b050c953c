/* SPDX-License-Identifier: Apache-2.0 */
/* A parameter as an axis from 0 to 1 of a Parzen estimator. */
#ifndef CRUCIBLE__TPE_AXIS_H
#define CRUCIBLE__TPE_AXIS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/space.h>

typedef struct crucible__tpe_axis {
  const crucible_param *param; /* lent */
  size_t index;                /* of the parameter */
  int32_t kind;                /* CRUCIBLE__PARZEN_* */
  double low, length;          /* of the scale, half a step wider on each side;
                                  of logarithms if the parameter is_log */
  double total;                /* weights of a CHOICE */
} crucible__tpe_axis;

/* Whether the parameter has one value only, so that nothing is to be learnt. */
int crucible__tpe_is_single(const crucible_param *p);

void crucible__tpe_axis_init(crucible__tpe_axis *axis, const crucible_param *p,
                             size_t index);

/* Where a value lies; a CHOICE's number stays. */
double crucible__tpe_centre(const crucible__tpe_axis *axis, double value);

/* The value nearest to a place x in [0, 1]; at: as a query wants it (the second
   number of a CHOICE is left alone). */
double crucible__tpe_value(const crucible__tpe_axis *axis, double x,
                           double at[2]);

/* Share of a choice among random draws. */
double crucible__tpe_share(const crucible__tpe_axis *axis, double choice);

#endif
