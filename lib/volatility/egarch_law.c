/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_law.h"

#include <math.h>

#include <crucible/volatility.h>

#include "math/special.h"

static const double ln_pi = 1.14472988584940017414;
static const double ln_2pi = 1.83787706640934548356;
static const double sqrt_2_over_pi = 0.79788456080286535588;

/*
 * Student's t with variance 1, a = nu - 2:
 *   ln f(z) = ln G((nu+1)/2) - ln G(nu/2) - ln(pi a) / 2
 *             - (nu+1)/2 ln(1 + z^2 / a)
 *   E|z| = 2 sqrt(a) G((nu+1)/2) / ((nu - 1) sqrt(pi) G(nu/2))
 */
static void student_t(crucible__egarch_law *out, int32_t kappa) {
  const double a = out->nu - 2, b = out->nu - 1;
  double g[3];
  crucible__lgamma_half_step(out->nu / 2, g);
  out->constant[0] = g[0] - 0.5 * (ln_pi + log(a));
  out->constant[1] = 0.5 * g[1] - 0.5 / a;
  out->constant[2] = 0.25 * g[2] + 0.5 / (a * a);
  if (kappa == CRUCIBLE_KAPPA_NORMAL)
    return;
  const double value = 2 * sqrt(a) / b * exp(g[0] - 0.5 * ln_pi);
  const double slope = 0.5 / a - 1 / b + 0.5 * g[1]; /* of ln value */
  const double bend = -0.5 / (a * a) + 1 / (b * b) + 0.25 * g[2];
  out->kappa[0] = value;
  out->kappa[1] = value * slope;
  out->kappa[2] = value * (slope * slope + bend);
}

crucible__egarch_law crucible__egarch_law_at(int32_t law, int32_t kappa,
                                             double nu) {
  crucible__egarch_law out = {
      .law = law, .constant = {-0.5 * ln_2pi}, .kappa = {sqrt_2_over_pi}};
  if (law == CRUCIBLE_LAW_STUDENT_T) {
    out.nu = nu;
    student_t(&out, kappa);
  }
  return out;
}
