/* SPDX-License-Identifier: Apache-2.0 */
#include "study/vary_point.h"

#include <math.h>

#include "base/rng.h"
#include "space/points.h"

static const double SMALLEST_STEP = 0.003, LARGEST_STEP = 0.3;
static const double MEAN_CHANGES = 2; /* besides the one that must be */
enum { TRIES = 8 };

/* Into [0, 1): what passes an end comes back. */
static double reflect(double u) {
  u = fabs(fmod(u, 2));
  u = u > 1 ? 2 - u : u;
  return u < 1 ? u : 1 - 0x1p-53;
}

/* Another value of p near x; x itself if there is hardly another. */
static double mutate(const crucible_param *p, double x, crucible__rng *rng) {
  double y = x;
  if (p->kind == CRUCIBLE_PARAM_CATEGORICAL) {
    for (int i = 0; i < TRIES && y == x; ++i)
      y = crucible__param_draw(p, crucible__rng_uniform(rng));
    return y;
  }
  double size = SMALLEST_STEP *
                pow(LARGEST_STEP / SMALLEST_STEP, crucible__rng_uniform(rng));
  double u = crucible__param_scale(p, x);
  for (int i = 0; i < TRIES && y == x; ++i, size *= 2)
    y = crucible__param_draw(p, reflect(u + size * crucible__rng_normal(rng)));
  return y;
}

static int can_change(const crucible_param *p) {
  return p->kind == CRUCIBLE_PARAM_CATEGORICAL ? p->n_choices > 1
                                               : p->high > p->low;
}

/* Of the parameters that a parent has active and that can change: how many,
   or the one that comes nth. */
static size_t count_changeable(const crucible_space *space,
                               const double *parent) {
  size_t n = 0;
  for (size_t i = 0; i < space->n; ++i)
    n += !isnan(parent[i]) && can_change(&space->params[i]);
  return n;
}

static size_t nth_changeable(const crucible_space *space, const double *parent,
                             uint64_t nth) {
  for (size_t i = 0; i < space->n; ++i)
    if (!isnan(parent[i]) && can_change(&space->params[i]) && nth-- == 0)
      return i;
  return space->n;
}

/* What parameter i gets before mutation. */
static double inherit(const crucible_space *space, size_t i,
                      const double *const *parents, uint32_t n_parents,
                      crucible__rng *rng) {
  double u = crucible__rng_uniform(rng); /* always: genes do not shift */
  double a = parents[0][i], b = n_parents > 1 ? parents[1][i] : a;
  if (isnan(a) && isnan(b))
    return crucible__param_draw(&space->params[i], u);
  if (isnan(a) || isnan(b))
    return isnan(a) ? b : a;
  return u < 0.5 ? a : b;
}

crucible_status crucible__vary_point(const crucible_space *space,
                                     const double *const *parents,
                                     uint32_t n_parents, uint64_t seed,
                                     uint64_t id, double *child,
                                     void *user_data) {
  (void)user_data;
  if (n_parents == 0)
    return crucible_space_draw(space, seed, id, child);
  crucible__rng rng;
  crucible__rng_init(&rng, seed, CRUCIBLE__RNG_SAMPLER, id);
  size_t n = count_changeable(space, parents[0]), must = space->n;
  double rate = 0;
  if (n > 0 && (n_parents == 1 || crucible__rng_uniform(&rng) < 0.5)) {
    rate = MEAN_CHANGES / (double)n;
    must = nth_changeable(space, parents[0], crucible__rng_below(&rng, n));
  }
  for (size_t i = 0; i < space->n; ++i) {
    const crucible_param *p = &space->params[i];
    double inherited = inherit(space, i, parents, n_parents, &rng);
    int changes = crucible__rng_uniform(&rng) < rate || i == must;
    if (!crucible__param_is_active(p, child))
      child[i] = (double)NAN;
    else
      child[i] = changes ? mutate(p, inherited, &rng) : inherited;
  }
  return CRUCIBLE_OK;
}
