/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_law.h"

#include "math/special.h"

static const double ln_pi = 1.14472988584940017414;
static const double ln_2pi = 1.83787706640934548356;
static const double ln_2 = 0.69314718055994530942;
static const double sqrt_2_over_pi = 0.79788456080286535588;

/*
 * Student's t with variance 1, a = nu - 2:
 *   ln f(z) = ln G((nu+1)/2) - ln G(nu/2) - ln(pi a) / 2
 *             - (nu+1)/2 ln(1 + z^2 / a)
 *   E|z| = 2 sqrt(a) G((nu+1)/2) / ((nu - 1) sqrt(pi) G(nu/2))
 */
static void student_t(crucible__egarch_law *out) {
  const double a = out->nu - 2, b = out->nu - 1;
  double g[3];
  crucible__lgamma_half_step(out->nu / 2, g);
  out->below = 1 / a;
  out->constant = (crucible__jet){.v = g[0] - 0.5 * (ln_pi + log(a)),
                                  .d = {0.5 * g[1] - 0.5 / a},
                                  .e = {0.25 * g[2] + 0.5 / (a * a)}};
  const double value = 2 * sqrt(a) / b * exp(g[0] - 0.5 * ln_pi);
  const double slope = 0.5 / a - 1 / b + 0.5 * g[1]; /* of ln value */
  const double bend = -0.5 / (a * a) + 1 / (b * b) + 0.25 * g[2];
  out->kappa = (crucible__jet){
      .v = value, .d = {value * slope}, .e = {value * (slope * slope + bend)}};
}

/*
 * P(0 < T < x) of the t law of variance 1, and its derivatives, for small x:
 * Gauss-Legendre on 2 x 16 nodes.
 */
static crucible__jet middle_of(const crucible__egarch_law *law,
                               crucible__jet x) {
  static const double node[8] = {
      0.0950125098376374401853, 0.281603550779258913230,
      0.458016777657227386342,  0.617876244402643748447,
      0.755404408355003033895,  0.865631202387831743880,
      0.944575023073232576078,  0.989400934991649932596};
  static const double weight[8] = {
      0.189450610455068496285,  0.182603415044923588867,
      0.169156519395002538189,  0.149595988816576732082,
      0.124628971255533872052,  0.0951585116824927848099,
      0.0622535239386478928628, 0.0271524594117540948518};
  crucible__jet sum = {.v = 0};
  const double nu = law->nu, b = nu + 1;
  for (int i = 0; i < 32; ++i) {
    const int k = i % 8;
    const double side = i % 16 < 8 ? 1 : -1, half = i < 16 ? 0.25 : 0.75;
    const double t = x.v * (half + 0.25 * side * node[k]);
    const crucible__egarch_density q = crucible__egarch_t_at(law, t);
    const double ln_ratio = log1p(q.ratio);
    const double f =
        0.25 * x.v * weight[k] * exp(law->constant.v - 0.5 * b * ln_ratio);
    const double first = law->constant.d[0] + q.s[0] - 0.5 * ln_ratio;
    sum.v += f;
    sum.d[0] += f * first;
    sum.e[0] += f * (first * first + law->constant.e[0] + q.ss[0]);
  }
  /* and by its end */
  const crucible__egarch_density q = crucible__egarch_t_at(law, x.v);
  const double ln_ratio = log1p(q.ratio);
  const double f = exp(law->constant.v - 0.5 * b * ln_ratio);
  const double by_nu = f * (law->constant.d[0] + q.s[0] - 0.5 * ln_ratio);
  crucible__jet out = sum;
  for (int i = 0; i < 2; ++i)
    out.d[i] += f * x.d[i];
  out.e[0] += f * x.e[0] + q.f * f * x.d[0] * x.d[0] + 2 * by_nu * x.d[0];
  out.e[1] += f * x.e[1] + q.f * f * x.d[0] * x.d[1] + by_nu * x.d[1];
  out.e[2] += f * x.e[2] + q.f * f * x.d[1] * x.d[1];
  return out;
}

/*
 * E|z| = (2 / b) E(y - a)^+ on the longer side, y = b z + a; with T the t law
 * of variance 1, s = 1 + |lambda|, x = |a| / s:
 *   E(y - a)^+ = s^2 [ c a' (1 + x^2 / (nu-2))^(-(nu-1)/2) - x P(T > x) ],
 * a' = (nu-2)/(nu-1).
 */
static crucible__jet skewed_kappa(const crucible__egarch_law *law,
                                  crucible__jet c, crucible__jet a,
                                  crucible__jet b) {
  const double sign = law->lambda < 0 ? -1 : 1, nu = law->nu;
  const crucible__jet one = crucible__jet_constant(1);
  const crucible__jet s = {.v = 1 + fabs(law->lambda), .d = {0, sign}};
  const crucible__jet less2 = {.v = nu - 2, .d = {1, 0}};
  const crucible__jet less1 = {.v = nu - 1, .d = {1, 0}};
  const crucible__jet x = crucible__jet_product(
      crucible__jet_sum(sign, a, 0, a), crucible__jet_inverse(s));
  const crucible__jet ratio = crucible__jet_product(
      crucible__jet_product(x, x), crucible__jet_inverse(less2));
  const crucible__jet power = crucible__jet_exp(crucible__jet_product(
      crucible__jet_sum(-0.5, less1, 0, less1),
      crucible__jet_log(crucible__jet_sum(1, one, 1, ratio))));
  const crucible__jet first = crucible__jet_product(
      crucible__jet_product(c, power),
      crucible__jet_product(less2, crucible__jet_inverse(less1)));
  const crucible__jet beyond =
      crucible__jet_sum(0.5, one, -1, middle_of(law, x));
  const crucible__jet bracket =
      crucible__jet_sum(1, first, -1, crucible__jet_product(x, beyond));
  const crucible__jet all = crucible__jet_product(
      crucible__jet_product(s, s),
      crucible__jet_product(bracket, crucible__jet_inverse(b)));
  return crucible__jet_sum(2, all, 0, all);
}

/*
 * Hansen (1994): with c the constant of the t law, a = 4 lambda c (nu-2)/(nu-1)
 * and b^2 = 1 + 3 lambda^2 - a^2,
 *   ln f(z) = ln b + ln c - (nu+1)/2 ln(1 + u^2 / (nu-2)),
 *   u = (b z + a) / (1 -+ lambda) below and above z = -a / b.
 */
static void skewed_t(crucible__egarch_law *out) {
  const double nu = out->nu;
  student_t(out);
  const crucible__jet c = crucible__jet_exp(out->constant);
  const crucible__jet lambda = {.v = out->lambda, .d = {0, 1}};
  const crucible__jet less2 = {.v = nu - 2, .d = {1, 0}};
  const crucible__jet less1 = {.v = nu - 1, .d = {1, 0}};
  crucible__jet a = crucible__jet_product(
      crucible__jet_product(lambda, c),
      crucible__jet_product(less2, crucible__jet_inverse(less1)));
  a = crucible__jet_sum(4, a, 0, a);
  crucible__jet square =
      crucible__jet_sum(3, crucible__jet_product(lambda, lambda), -1,
                        crucible__jet_product(a, a));
  square.v += 1;
  crucible__jet ln_b = crucible__jet_log(square);
  ln_b = crucible__jet_sum(0.5, ln_b, 0, ln_b);
  const crucible__jet b = crucible__jet_exp(ln_b);
  for (int side = 0; side < 2; ++side) {
    const crucible__jet width = {.v = 1 + (side ? 1 : -1) * out->lambda,
                                 .d = {0, side ? 1 : -1}};
    const crucible__jet inverse = crucible__jet_inverse(width);
    out->slope[side] = crucible__jet_product(b, inverse);
    out->offset[side] = crucible__jet_product(a, inverse);
  }
  out->edge = -a.v / b.v;
  out->kappa = skewed_kappa(out, c, a, b); /* takes the t law's constant */
  out->constant = crucible__jet_sum(1, out->constant, 1, ln_b);
}

/*
 * GED with variance 1 (Nelson 1991): scale^2 = 2^(-2/nu) G(1/nu) / G(3/nu),
 *   ln f(z) = ln nu - ln scale - (1 + 1/nu) ln 2 - ln G(1/nu)
 *             - |z / scale|^nu / 2,
 *   E|z| = G(2/nu) / sqrt(G(1/nu) G(3/nu)).
 */
static void ged(crucible__egarch_law *out) {
  const crucible__jet nu = {.v = out->nu, .d = {1, 0}};
  const crucible__jet r = crucible__jet_inverse(nu);
  crucible__jet g[3];
  for (int i = 0; i < 3; ++i) {
    double at[3];
    const crucible__jet x = crucible__jet_sum(i + 1, r, 0, r);
    crucible__lgamma_psi(x.v, at);
    g[i] = crucible__jet_map(x, at[0], at[1], at[2]);
  }
  out->ln_scale =
      crucible__jet_sum(-ln_2, r, 0.5, crucible__jet_sum(1, g[0], -1, g[2]));
  out->constant = crucible__jet_sum(
      1, crucible__jet_sum(1, crucible__jet_log(nu), -1, out->ln_scale), -1,
      crucible__jet_sum(ln_2, r, 1, g[0]));
  out->constant.v -= ln_2;
  out->kappa = crucible__jet_exp(
      crucible__jet_sum(1, g[1], -0.5, crucible__jet_sum(1, g[0], 1, g[2])));
}

crucible__egarch_law crucible__egarch_law_at(int32_t law, int32_t kappa,
                                             double nu, double lambda) {
  crucible__egarch_law out = {.law = law,
                              .nu = law == CRUCIBLE_LAW_NORMAL ? 0 : nu,
                              .constant = {.v = -0.5 * ln_2pi},
                              .kappa = {.v = sqrt_2_over_pi}};
  if (law == CRUCIBLE_LAW_STUDENT_T) {
    student_t(&out);
  } else if (law == CRUCIBLE_LAW_SKEWED_T) {
    out.lambda = lambda;
    skewed_t(&out);
  } else if (law == CRUCIBLE_LAW_GED) {
    ged(&out);
  }
  if (kappa == CRUCIBLE_KAPPA_NORMAL)
    out.kappa = crucible__jet_constant(sqrt_2_over_pi);
  return out;
}

double crucible__egarch_ln_density(const crucible__egarch_law *law, double z) {
  const crucible__egarch_density q =
      crucible__egarch_density_at(law, law->law, z);
  if (law->law == CRUCIBLE_LAW_NORMAL || law->law == CRUCIBLE_LAW_GED)
    return law->constant.v - 0.5 * q.ratio;
  return law->constant.v - 0.5 * (law->nu + 1) * log1p(q.ratio);
}
