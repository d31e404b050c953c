/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_expect.h"

#include <math.h>

#include "base/normal.h"

/* What is integrated: f(side z) exp(slope min(z, cap)), times min(z, cap) if
   is_mean, over z > 0. Sums of exponentials, as the largest and the rest. */
typedef struct integral {
  const crucible__egarch_law *law;
  double side, slope, cap;
  int is_mean;
  double most, sum; /* exp(most) sum */
} integral;

static void add(integral *of, double ln_value, double weight) {
  if (!(weight > 0) || !(ln_value > -HUGE_VAL))
    return;
  if (ln_value > of->most) {
    of->sum = of->sum * exp(of->most - ln_value) + weight;
    of->most = ln_value;
  } else {
    of->sum += weight * exp(ln_value - of->most);
  }
}

static void add_at(integral *of, double z, double weight) {
  const double held = fmin(z, of->cap);
  double value =
      crucible__egarch_ln_density(of->law, of->side * z) + of->slope * held;
  if (of->is_mean)
    value += log(held);
  add(of, value, weight);
}

/* Tanh-sinh on [low, high], exp-sinh on [low, infinity) (Takahasi and Mori
   1974): the trapezoid rule after a change of variable that lets the integrand
   fall double exponentially, whatever its ends are like. */
static void integrate(integral *of, double low, double high) {
  const double half_pi = 1.57079632679489661923, step = 1.0 / 64;
  if (!(high > low))
    return;
  for (int i = -256; i <= 256; ++i) {
    const double t = i * step, u = half_pi * sinh(t), du = half_pi * cosh(t);
    if (high < HUGE_VAL) {
      const double half = (high - low) / 2, c = cosh(u);
      if (fabs(u) < 300)
        add_at(of, low + half * exp(u) / c, half * step * du / (c * c));
    } else if (u < 600 && u > -600) {
      const double z = exp(u);
      add_at(of, low + z, z * step * du);
    }
  }
}

/* One side of 0, cut where the integrand has a corner. */
static void integrate_side(integral *of) {
  const double edge =
      of->law->law == CRUCIBLE_LAW_SKEWED_T ? of->side * of->law->edge : 0;
  const double first = edge > 0 ? fmin(edge, of->cap) : 0;
  const double second = edge > 0 ? fmax(edge, of->cap) : of->cap;
  integrate(of, 0, first);
  integrate(of, first, second);
  if (second < HUGE_VAL)
    integrate(of, second, HUGE_VAL);
}

void crucible__egarch_news_means(const crucible__egarch_law *law, double cap,
                                 double *size, double *sign) {
  double sides[2];
  if (!(cap < HUGE_VAL)) {
    *size = crucible__egarch_law_at(law->law, CRUCIBLE_KAPPA_EXACT, law->nu,
                                    law->lambda)
                .kappa.v;
    *sign = 0;
    return;
  }
  for (int i = 0; i < 2; ++i) {
    integral of = {.law = law,
                   .side = i == 0 ? 1 : -1,
                   .cap = cap,
                   .is_mean = 1,
                   .most = -HUGE_VAL};
    integrate_side(&of);
    sides[i] = of.sum * exp(of.most);
  }
  *size = sides[0] + sides[1];
  *sign = sides[0] - sides[1];
}

/* ln(exp(a) + exp(b)) */
static double ln_sum(double a, double b) {
  const double most = fmax(a, b);
  return most + log1p(exp(fmin(a, b) - most));
}

double crucible__egarch_ln_moment(const crucible__egarch_law *law, double cap,
                                  double a, double g) {
  const int is_open = !(cap < HUGE_VAL);
  const int is_t =
      law->law == CRUCIBLE_LAW_STUDENT_T || law->law == CRUCIBLE_LAW_SKEWED_T;
  double sides[2];
  if (a == 0 && g == 0)
    return 0;
  if (is_open && is_t && a + fabs(g) > 0)
    return HUGE_VAL;
  for (int i = 0; i < 2; ++i) {
    const double slope = i == 0 ? a + g : a - g;
    if (is_open && law->law == CRUCIBLE_LAW_NORMAL) {
      /* Nelson (1991), appendix 1 */
      sides[i] = slope * slope / 2 + log(crucible__normal_cdf(slope));
      continue;
    }
    integral of = {.law = law,
                   .side = i == 0 ? 1 : -1,
                   .slope = slope,
                   .cap = cap,
                   .most = -HUGE_VAL};
    integrate_side(&of);
    sides[i] = of.most + log(of.sum);
  }
  return ln_sum(sides[0], sides[1]);
}

/* Marsaglia and Tsang (2000). */
static double draw_gamma(double shape, crucible__rng *rng) {
  const double boost = shape < 1 ? 1 : 0;
  const double d = shape + boost - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (;;) {
    const double x = crucible__rng_normal(rng);
    const double root = 1 + c * x, v = root * root * root;
    const double u = 1 - crucible__rng_uniform(rng);
    if (!(root > 0) || log(u) >= 0.5 * x * x + d * (1 - v + log(v)))
      continue;
    const double last = boost > 0 ? 1 - crucible__rng_uniform(rng) : 1;
    return boost > 0 ? d * v * pow(last, 1 / shape) : d * v;
  }
}

double crucible__egarch_draw(const crucible__egarch_law *law,
                             crucible__rng *rng) {
  if (law->law == CRUCIBLE_LAW_NORMAL)
    return crucible__rng_normal(rng);
  if (law->law == CRUCIBLE_LAW_GED) {
    const double g = draw_gamma(1 / law->nu, rng);
    const double size = exp(law->ln_scale.v) * pow(2 * g, 1 / law->nu);
    return crucible__rng_uniform(rng) < 0.5 ? -size : size;
  }
  const double t = crucible__rng_normal(rng) *
                   sqrt((law->nu - 2) / (2 * draw_gamma(law->nu / 2, rng)));
  if (law->law == CRUCIBLE_LAW_STUDENT_T)
    return t;
  const double above = 1 + law->lambda, below = 1 - law->lambda;
  const double b = law->slope[1].v * above;
  const int is_above = crucible__rng_uniform(rng) < above / 2;
  return (is_above ? above : -below) * fabs(t) / b + law->edge;
}
