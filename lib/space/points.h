/* SPDX-License-Identifier: Apache-2.0 */
/* What a space is made of, for those who draw and check its points. */
#ifndef CRUCIBLE__POINTS_H
#define CRUCIBLE__POINTS_H

#include <math.h>
#include <stddef.h>

#include <crucible/space.h>

struct crucible_space {
  crucible_param *params; /* [n] strings and arrays owned by the space */
  size_t n, capacity;
};

/* Forgets all parameters but the first n: undoes what was added. */
void crucible__space_truncate(crucible_space *space, size_t n);

/* Whether the point so far has parameter p active. */
static inline int crucible__param_is_active(const crucible_param *p,
                                            const double *point) {
  if (p->parent < 0)
    return 1;
  double choice = point[p->parent];
  return !isnan(choice) && (p->parent_choices >> (unsigned)choice & 1) != 0;
}

/* The value at u in [0, 1) of the parameter's scale: what a draw of u gives. */
double crucible__param_draw(const crucible_param *p, double u);

/* The middle of the u that draw the value x: its place on the scale. */
double crucible__param_scale(const crucible_param *p, double x);

/* The value of a number that is nearest to x; of two as near ones the even
   number of steps. */
double crucible__param_nearest(const crucible_param *p, double x);

/* Whether x is a value of the active parameter p. */
crucible_status crucible__param_check(const crucible_param *p, double x);

#endif
