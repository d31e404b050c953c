/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__EGARCH_LAW_H
#define CRUCIBLE__EGARCH_LAW_H

#include <math.h>
#include <stdint.h>

#include <crucible/volatility.h>

#include "math/jet.h"

/* What a law contributes at its shape, with derivatives by nu and lambda. */
typedef struct crucible__egarch_law {
  int32_t law;             /* CRUCIBLE_LAW_* */
  double nu;               /* 0 for the normal law */
  double lambda;           /* of the skewed t */
  double below;            /* 1 / (nu - 2) of both t laws */
  crucible__jet constant;  /* of the log density of the standardised residual */
  crucible__jet kappa;     /* E|z|, or sqrt(2/pi) */
  crucible__jet slope[2];  /* skewed t: u = slope z + offset, below its mode */
  crucible__jet offset[2]; /* [0] and above [1] */
  double edge;             /* the mode */
  crucible__jet ln_scale;  /* GED */
} crucible__egarch_law;

/* Shapes that a law has: 0, 1 (nu) or 2 (nu, lambda). */
static inline int crucible__egarch_shapes(int32_t law) {
  return law == CRUCIBLE_LAW_NORMAL ? 0 : law == CRUCIBLE_LAW_SKEWED_T ? 2 : 1;
}

/* nu > 2 for both t laws, > 1 for GED; |lambda| < 1 for the skewed t. */
crucible__egarch_law crucible__egarch_law_at(int32_t law, int32_t kappa,
                                             double nu, double lambda);

/* ln of the density at z. */
double crucible__egarch_ln_density(const crucible__egarch_law *law, double z);

/*
 * The density at z as the score and the Hessian need it. What depends on the
 * shapes alone (constant) is left out, and so is, of both t laws,
 * -ln(1 + ratio) (nu + 1) / 2, whose sum the caller forms by products.
 */
typedef struct crucible__egarch_density {
  double f;     /* d ln f / dz */
  double ff;    /* its derivative by z */
  double mm;    /* ff, as the curvature by the mean takes it */
  double ratio; /* t laws: u^2 / (nu - 2); GED: |z / scale|^nu; normal: z^2 */
  double s[2];  /* by the shapes, for nu of the t laws without the logarithm */
  double fs[2]; /* of f by the shapes */
  double ss[3]; /* second derivatives by the shapes */
} crucible__egarch_density;

static inline __attribute__((always_inline)) crucible__egarch_density
crucible__egarch_normal_at(double z) {
  return (crucible__egarch_density){
      .f = -z, .ff = -1, .mm = -1, .ratio = z * z};
}

static inline __attribute__((always_inline)) crucible__egarch_density
crucible__egarch_t_at(const crucible__egarch_law *law, double z) {
  const double b = law->nu + 1, zz = z * z, below = law->below;
  const double u = 1 / (law->nu - 2 + zz);
  const double ff = -b * u * (1 - 2 * zz * u);
  return (crucible__egarch_density){
      .f = -b * z * u,
      .ff = ff,
      .mm = ff,
      .ratio = zz * below,
      .s = {-0.5 * b * (u - below)},
      .fs = {z * u * (b * u - 1)},
      .ss = {below - u + 0.5 * b * (u * u - below * below)}};
}

/* With g(u, nu) the t law's and u = slope z + offset, by the chain rule. */
static inline crucible__egarch_density
crucible__egarch_skewed_at(const crucible__egarch_law *law, double z) {
  const int side = z >= law->edge;
  const crucible__jet *a = &law->slope[side], *b = &law->offset[side];
  const double u = a->v * z + b->v;
  const crucible__egarch_density g = crucible__egarch_t_at(law, u);
  const double u0 = a->d[0] * z + b->d[0], u1 = a->d[1] * z + b->d[1];
  const double u00 = a->e[0] * z + b->e[0], u01 = a->e[1] * z + b->e[1];
  const double u11 = a->e[2] * z + b->e[2];
  crucible__egarch_density out = {
      .f = g.f * a->v,
      .ff = g.ff * a->v * a->v,
      .ratio = g.ratio,
      .s = {g.s[0] + g.f * u0, g.f * u1},
      .fs = {g.ff * a->v * u0 + g.fs[0] * a->v + g.f * a->d[0],
             g.ff * a->v * u1 + g.f * a->d[1]},
      .ss = {g.ss[0] + g.ff * u0 * u0 + g.f * u00 + 2 * g.fs[0] * u0,
             g.ff * u0 * u1 + g.f * u01 + g.fs[0] * u1,
             g.ff * u1 * u1 + g.f * u11}};
  out.mm = out.ff;
  return out;
}

/*
 * ln f = C - E / 2, E = |z / scale|^nu. Below nu = 2 the curvature at z = 0 is
 * infinite; its expectation is that of -f^2, which is finite and stands in.
 */
static inline crucible__egarch_density
crucible__egarch_ged_at(const crucible__egarch_law *law, double z) {
  if (z == 0)
    return (crucible__egarch_density){.f = 0};
  const double nu = law->nu;
  const double w = log(fabs(z)) - law->ln_scale.v;
  const double e = exp(nu * w), by_z = e / z;
  const double slope = w - nu * law->ln_scale.d[0]; /* of ln E by nu */
  const double bend = -2 * law->ln_scale.d[0] - nu * law->ln_scale.e[0];
  const double f = -0.5 * nu * by_z;
  return (crucible__egarch_density){.f = f,
                                    .ff = -0.5 * nu * (nu - 1) * by_z / z,
                                    .mm = -f * f,
                                    .ratio = e,
                                    .s = {-0.5 * e * slope},
                                    .fs = {-0.5 * by_z * (1 + nu * slope)},
                                    .ss = {-0.5 * e * (slope * slope + bend)}};
}

static inline __attribute__((always_inline)) crucible__egarch_density
crucible__egarch_density_at(const crucible__egarch_law *law, int32_t name,
                            double z) {
  switch (name) {
  case CRUCIBLE_LAW_NORMAL:
    return crucible__egarch_normal_at(z);
  case CRUCIBLE_LAW_STUDENT_T:
    return crucible__egarch_t_at(law, z);
  case CRUCIBLE_LAW_SKEWED_T:
    return crucible__egarch_skewed_at(law, z);
  default:
    return crucible__egarch_ged_at(law, z);
  }
}

#endif
