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
