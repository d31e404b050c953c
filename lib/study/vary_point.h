/* SPDX-License-Identifier: Apache-2.0 */
/* Mutation and crossover on points of any space. */
#ifndef CRUCIBLE__VARY_POINT_H
#define CRUCIBLE__VARY_POINT_H

#include <crucible/samplers.h>

/*
 * A crucible_vary_cb. Crossing: each value comes from either parent that has
 * it active, at even odds; half of the crossed points are mutated as well.
 * Mutation: one value at least and three on average change: a number by a
 * normal step of a random size (0.3 % to 30 %) on the parameter's own scale, a
 * choice by a new draw. What becomes active and no parent has is drawn.
 */
crucible_status crucible__vary_point(const crucible_space *space,
                                     const double *const *parents,
                                     uint32_t n_parents, uint64_t seed,
                                     uint64_t id, double *child,
                                     void *user_data);

#endif
