/* SPDX-License-Identifier: Apache-2.0 */
/* Points of a space: drawn, checked. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_status.h"
#include "base/numtext.h"
#include "base/rng.h"
#include "space/points.h"

enum {
  STEP_DIGITS = 15, /* any decimal of so many digits has a double of its own */
  DRAWN_DIGITS = 6,
  EXACT_POWERS = 22 /* of ten are doubles */
};

/* The double nearest to x written with so many significant digits. */
static double to_digits(double x, int digits) {
  double size = fabs(x);
  int exponent = 0;
  if (!(size > 0) || isinf(size))
    return x;
  for (; size >= 10; ++exponent)
    size /= 10;
  for (; size < 1; --exponent)
    size *= 10;
  for (int i = 1; i < digits; ++i)
    size *= 10;
  const long long decimal = x < 0 ? -llround(size) : llround(size);
  exponent -= digits - 1;
  if (abs(exponent) <= EXACT_POWERS) { /* one rounding of two exact numbers */
    double power = 1;
    for (int i = 0; i < abs(exponent); ++i)
      power *= 10;
    return exponent < 0 ? (double)decimal / power : (double)decimal * power;
  }
  char text[48];
  int length = snprintf(text, sizeof text, "%llde%d", decimal, exponent);
  double rounded;
  return crucible__read_double(text, text + length, &rounded) != NULL ? rounded
                                                                      : x;
}

/* Value number k of a parameter with a step. */
static double value_on_step(const crucible_param *p, double k) {
  double x = p->low + k * p->step;
  return p->kind == CRUCIBLE_PARAM_INT ? x : to_digits(x, STEP_DIGITS);
}

/* The last k that does not pass high. */
static double last_step(const crucible_param *p) {
  return floor((p->high - p->low) / p->step + 1e-9);
}

static double clamp(double x, double low, double high) {
  return x < low ? low : x > high ? high : x;
}

static double draw_choice(const crucible_param *p, double u) {
  if (p->weights == NULL)
    return floor(u * p->n_choices);
  double sum = 0, before = 0;
  uint32_t last = 0;
  for (uint32_t c = 0; c < p->n_choices; ++c)
    sum += p->weights[c];
  for (uint32_t c = 0; c < p->n_choices; ++c) {
    before += p->weights[c];
    if (p->weights[c] > 0)
      last = c;
    if (u * sum < before)
      return c;
  }
  return last; /* the sum was rounded down */
}

double crucible__param_draw(const crucible_param *p, double u) {
  if (p->kind == CRUCIBLE_PARAM_CATEGORICAL)
    return draw_choice(p, u);
  if (p->is_log) {
    /* each whole number gets the part of the scale that rounds to it */
    double half = p->kind == CRUCIBLE_PARAM_INT ? 0.5 : 0;
    double low = log(p->low - half), high = log(p->high + half);
    double x = exp(low + u * (high - low));
    return clamp(half > 0 ? floor(x + 0.5) : to_digits(x, DRAWN_DIGITS), p->low,
                 p->high);
  }
  if (p->step > 0)
    return value_on_step(p, floor(u * (last_step(p) + 1)));
  return clamp(to_digits(p->low + u * (p->high - p->low), DRAWN_DIGITS), p->low,
               p->high);
}

double crucible__param_nearest(const crucible_param *p, double x) {
  if (p->step > 0 && !p->is_log)
    return value_on_step(
        p, clamp(nearbyint((x - p->low) / p->step), 0, last_step(p)));
  return clamp(p->step > 0 ? p->low + nearbyint(x - p->low) : x, p->low,
               p->high);
}

static double choice_scale(const crucible_param *p, uint32_t choice) {
  if (p->weights == NULL)
    return (choice + 0.5) / p->n_choices;
  double sum = 0, before = 0;
  for (uint32_t c = 0; c < p->n_choices; ++c)
    sum += p->weights[c];
  for (uint32_t c = 0; c < choice; ++c)
    before += p->weights[c];
  return (before + 0.5 * p->weights[choice]) / sum;
}

double crucible__param_scale(const crucible_param *p, double x) {
  if (p->kind == CRUCIBLE_PARAM_CATEGORICAL)
    return choice_scale(p, (uint32_t)x);
  if (p->high == p->low)
    return 0.5;
  if (p->is_log) {
    double half = p->kind == CRUCIBLE_PARAM_INT ? 0.5 : 0;
    double low = log(p->low - half), high = log(p->high + half);
    return (log(x) - low) / (high - low);
  }
  if (p->step > 0)
    return (floor((x - p->low) / p->step + 0.5) + 0.5) / (last_step(p) + 1);
  return (x - p->low) / (p->high - p->low);
}

crucible_status crucible_space_draw(const crucible_space *space, uint64_t seed,
                                    uint64_t id, double *point) {
  if (space == NULL || (point == NULL && space->n > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          space == NULL ? "space" : "point");
  if (id >> 48 != 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "id is %llu, must be below 2^48",
                          (unsigned long long)id);
  crucible__rng rng;
  crucible__rng_init(&rng, seed, CRUCIBLE__RNG_GENOME, id);
  for (size_t i = 0; i < space->n; ++i) {
    const crucible_param *p = &space->params[i];
    double u = crucible__rng_uniform(&rng); /* also for those not active */
    point[i] = crucible__param_is_active(p, point) ? crucible__param_draw(p, u)
                                                   : (double)NAN;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__param_check(const crucible_param *p, double x) {
  if (isnan(x))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is active and has no value (NaN)", p->name);
  if (p->kind == CRUCIBLE_PARAM_CATEGORICAL) {
    if (!(x >= 0 && x < p->n_choices && x == floor(x)))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "%s is %g: must be a choice's number, 0 to %u",
                            p->name, x, p->n_choices - 1);
    return CRUCIBLE_OK;
  }
  if (!(x >= p->low && x <= p->high))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is %.17g: outside of [%.17g, %.17g]", p->name, x,
                          p->low, p->high);
  if (p->step > 0) {
    double k = floor((x - p->low) / p->step + 0.5);
    double on_step = value_on_step(p, k);
    if (x != on_step)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "%s is %.17g: not on its step of %g, the nearest "
                            "is %.17g",
                            p->name, x, p->step, on_step);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_space_check(const crucible_space *space,
                                     const double *point) {
  if (space == NULL || (point == NULL && space->n > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          space == NULL ? "space" : "point");
  for (size_t i = 0; i < space->n; ++i) {
    const crucible_param *p = &space->params[i];
    if (crucible__param_is_active(p, point))
      CRUCIBLE__TRY(crucible__param_check(p, point[i]));
    else if (!isnan(point[i]))
      return crucible__fail(
          CRUCIBLE_E_INVALID, "%s is %g: must be NaN while %s is choice %.0f",
          p->name, point[i], space->params[p->parent].name, point[p->parent]);
  }
  return CRUCIBLE_OK;
}
