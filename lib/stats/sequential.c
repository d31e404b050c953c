/* SPDX-License-Identifier: Apache-2.0 */
/* Closed forms of normal mixtures and of confidence sequences made of them. */
#include "stats/evidence.h"

#include "base/base_status.h"
#include "base/normal.h"

static const double ln_2 = 0.69314718055994530942;
static const double half_ln_2pi = 0.91893853320467274178;

/* h - ln(1 + h), where the difference would cancel by its series. */
static double excess_of(double h) {
  if (h >= 0.05)
    return h - log1p(h);
  double sum = 0;
  for (int k = 13; k >= 2; --k) /* alternating: h^2 / 2 - h^3 / 3 + ... */
    sum = 1.0 / k - h * sum;
  return h * h * sum;
}

double crucible__lambert_excess(double u) {
  if (!(u > 0))
    return u == 0 ? 0 : (double)NAN;
  /* From above, where Newton's steps cannot overshoot: the function is convex. */
  double h = u + sqrt(2 * u);
  for (int k = 0; k < 50; ++k) {
    const double step = (excess_of(h) - u) * (1 + h) / h;
    h -= step;
    if (!(fabs(step) > 1e-16 * h))
      break;
  }
  return h;
}

double crucible__log_half_mixture(double x) {
  if (x > -30)
    return 0.5 * x * x + log(crucible__normal_cdf(x));
  /* ln of Mills' ratio: the squares cancel. */
  const double s = 1 / (x * x);
  const double series = s * (-1 + s * (3 + s * (-15 + s * (105 - s * 945))));
  return log1p(series) - log(-x) - half_ln_2pi;
}

double crucible__sequence_log_e(double r, double x) {
  return ln_2 - 0.5 * log(r) + crucible__log_half_mixture(x);
}

double crucible__sequence_margin_1(double t, double rho2, double alpha) {
  const double r = t * rho2 + 1;
  return sqrt(2 * r / (rho2 * t) * log1p(sqrt(r) / (2 * alpha)) / t);
}

static crucible_status check_positive(double value, const char *name) {
  if (!(value > 0) || !isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is %g: give a finite number > 0", name, value);
  return CRUCIBLE_OK;
}

static crucible_status check_alpha(double alpha, int32_t sides, double most) {
  if (sides != 1 && sides != 2)
    return crucible__fail(CRUCIBLE_E_INVALID, "sides is %d: give 1 or 2",
                          (int)sides);
  if (!(alpha > 0 && alpha < most))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "alpha is %g: give a number inside (0, %g)", alpha,
                          most);
  return CRUCIBLE_OK;
}

static crucible_status check_output(const void *place, const char *name) {
  if (place == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is NULL: give a place for the result", name);
  return CRUCIBLE_OK;
}

static crucible_status give(double value, const char *name, double *place) {
  if (!isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s cannot be represented for these arguments", name);
  *place = value;
  return CRUCIBLE_OK;
}

crucible_status crucible_sequence_best_rho2(double t_opt, double alpha,
                                            int32_t sides, double *rho2) {
  CRUCIBLE__TRY(check_output(rho2, "rho2"));
  CRUCIBLE__TRY(check_positive(t_opt, "t_opt"));
  CRUCIBLE__TRY(check_alpha(alpha, sides, sides == 1 ? 0.5 : 1));
  const double a = sides == 1 ? 2 * alpha : alpha;
  return give(crucible__lambert_excess(-2 * log(a)) / t_opt, "rho2", rho2);
}

crucible_status crucible_sequence_margin(double t, double rho2, double alpha,
                                         int32_t sides, double *margin) {
  CRUCIBLE__TRY(check_output(margin, "margin"));
  CRUCIBLE__TRY(check_positive(t, "t"));
  CRUCIBLE__TRY(check_positive(rho2, "rho2"));
  CRUCIBLE__TRY(check_alpha(alpha, sides, 1));
  const double r = t * rho2 + 1;
  if (sides == 1)
    return give(crucible__sequence_margin_1(t, rho2, alpha), "margin", margin);
  return give(sqrt(r / (rho2 * t) * (log(r) - 2 * log(alpha)) / t), "margin",
              margin);
}

crucible_status crucible_mixture_best_rho(double v_opt, double alpha,
                                          int32_t sides, double *rho) {
  CRUCIBLE__TRY(check_output(rho, "rho"));
  CRUCIBLE__TRY(check_positive(v_opt, "v_opt"));
  CRUCIBLE__TRY(check_alpha(alpha, sides, sides == 1 ? 0.5 : 1));
  const double u = -2 * log(sides == 1 ? 2 * alpha : alpha);
  return give(v_opt / (u + log1p(u)), "rho", rho);
}

crucible_status crucible_mixture_log(double s, double v, double rho,
                                     int32_t sides, double *log_e) {
  CRUCIBLE__TRY(check_output(log_e, "log_e"));
  CRUCIBLE__TRY(check_positive(rho, "rho"));
  if (sides != 1 && sides != 2)
    return crucible__fail(CRUCIBLE_E_INVALID, "sides is %d: give 1 or 2",
                          (int)sides);
  if (!(fabs(s) <= 1e150))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "s is %g: give a number of at most 1e150 in size", s);
  if (!(v >= 0) || !isfinite(v))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "v is %g: give a finite number >= 0", v);
  const double r = v / rho + 1, x = s / sqrt(v + rho);
  const double two = 0.5 * x * x - 0.5 * log(r);
  return give(sides == 2 ? two : crucible__sequence_log_e(r, x), "log_e",
              log_e);
}
