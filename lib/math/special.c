/* SPDX-License-Identifier: Apache-2.0 */
#include "math/special.h"

#include <math.h>

/*
 * Stirling's series of both terms, subtracted by hand:
 *   1/2 ln x + sum_k (2^(1-2k) - 2) B_2k / (2k (2k - 1)) x^(1-2k),
 * good to the last digit from x = 16 on, where recurrence takes smaller x:
 *   d(x) = d(x + 1) - ln((x + 1/2) / x).
 */
void crucible__lgamma_half_step(double x, double out[3]) {
  static const double c[6] = {-1.0 / 8,     1.0 / 192,     -1.0 / 640,
                              17.0 / 14336, -31.0 / 18432, 691.0 / 180224};
  double product = 1, first = 0, second = 0;
  for (; x < 16; x += 1) {
    const double both = x * (x + 0.5);
    product *= x / (x + 0.5);
    first += 0.5 / both;
    second -= (x + 0.25) / (both * both);
  }
  const double r = 1 / x, r2 = r * r;
  double s0 = 0, s1 = 0, s2 = 0;
  for (int k = 5; k >= 0; --k) {
    const double power = 2 * k + 1; /* of 1/x in this term */
    s0 = s0 * r2 + c[k];
    s1 = s1 * r2 - power * c[k];
    s2 = s2 * r2 + power * (power + 1) * c[k];
  }
  out[0] = log(product) + 0.5 * log(x) + s0 * r;
  out[1] = first + 0.5 * r + s1 * r2;
  out[2] = second - 0.5 * r2 + s2 * r2 * r;
}

/*
 * Stirling's series from x = 12 on, recurrence below: ln Gamma(x) =
 * ln Gamma(x + 1) - ln x. The product stays in range: x > 0 takes 12 steps.
 */
void crucible__lgamma_psi(double x, double out[3]) {
  static const double c[7] = {/* B_2k / (2k (2k - 1)) */
                              1.0 / 12,    -1.0 / 360, 1.0 / 1260,
                              -1.0 / 1680, 1.0 / 1188, -691.0 / 360360,
                              1.0 / 156};
  static const double half_ln_2pi = 0.91893853320467274178;
  double product = 1, first = 0, second = 0;
  for (; x < 12; x += 1) {
    product *= x;
    first += 1 / x;
    second += 1 / (x * x);
  }
  const double r = 1 / x, r2 = r * r, ln = log(x);
  double s0 = 0, s1 = 0, s2 = 0;
  for (int k = 6; k >= 0; --k) {
    const double power = 2 * k + 1;
    s0 = s0 * r2 + c[k];
    s1 = s1 * r2 - power * c[k];
    s2 = s2 * r2 + power * (power + 1) * c[k];
  }
  out[0] = (x - 0.5) * ln - x + half_ln_2pi + s0 * r - log(product);
  out[1] = ln - 0.5 * r + s1 * r2 - first;
  out[2] = r + 0.5 * r2 + s2 * r2 * r + second;
}

/* Series of the lower tail below a + 1, Lentz's continued fraction of the upper
   one above (Press et al., Numerical Recipes, 6.2). */
double crucible__gamma_upper(double a, double x) {
  double g[3];
  if (!(x > 0))
    return 1;
  if (isinf(x))
    return 0;
  crucible__lgamma_psi(a, g);
  const double front = exp(a * log(x) - x - g[0]);
  if (x < a + 1) {
    double term = 1 / a, sum = term;
    for (int k = 1; k < 10000 && term > sum * 1e-17; ++k) {
      term *= x / (a + k);
      sum += term;
    }
    return fmax(0, 1 - front * sum);
  }
  const double tiny = 1e-300;
  double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
  for (int k = 1; k < 10000; ++k) {
    const double an = -k * (k - a);
    b += 2;
    d = an * d + b;
    d = 1 / (fabs(d) < tiny ? tiny : d);
    c = b + an / c;
    c = fabs(c) < tiny ? tiny : c;
    h *= d * c;
    if (fabs(d * c - 1) < 1e-16)
      break;
  }
  return front * h;
}

/* The continued fraction of the incomplete beta function (Lentz's way through
   it), which converges quickly for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x) {
  const double tiny = 1e-300;
  double c = 1, d = 1 - (a + b) * x / (a + 1), h;
  d = 1 / (fabs(d) < tiny ? tiny : d);
  h = d;
  for (int m = 1; m < 10000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd =
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 + even * d;
    d = 1 / (fabs(d) < tiny ? tiny : d);
    c = 1 + even / c;
    c = fabs(c) < tiny ? tiny : c;
    h *= d * c;
    d = 1 + odd * d;
    d = 1 / (fabs(d) < tiny ? tiny : d);
    c = 1 + odd / c;
    c = fabs(c) < tiny ? tiny : c;
    h *= d * c;
    if (fabs(d * c - 1) < 1e-16)
      break;
  }
  return h;
}

double crucible__beta_lower(double a, double b, double x) {
  double ga[3], gb[3], gs[3];
  if (!(x > 0))
    return 0;
  if (x >= 1)
    return 1;
  crucible__lgamma_psi(a, ga);
  crucible__lgamma_psi(b, gb);
  crucible__lgamma_psi(a + b, gs);
  const double front = exp(gs[0] - ga[0] - gb[0] + a * log(x) + b * log1p(-x));
  if (x < (a + 1) / (a + b + 2))
    return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}
