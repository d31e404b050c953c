/* SPDX-License-Identifier: Apache-2.0 */
/* Sharpe ratios of streams that are judged on every bar: without error texts,
   which cost more than the figures. */
#ifndef CRUCIBLE__SHARPE_LAW_H
#define CRUCIBLE__SHARPE_LAW_H

#include <float.h>
#include <math.h>

#include <crucible/stats.h>

#include "math/moment_sums.h"
#include "stats/moments.h"

/* A Sharpe ratio with what its estimate's law needs; all NaN where it is not
   defined: fewer than two returns, returns that are equal or differ by no more
   than rounding, powers that no double holds. */
typedef struct crucible__sharpe_law {
  double sharpe, skewness, kurtosis;
  double variance; /* n - 1 times that of the estimate */
  double root;     /* sqrt((n - 1) / variance) */
} crucible__sharpe_law;

/* n - 1 times the variance of the Sharpe estimate, at the estimate. */
static inline double
crucible__sharpe_variance_at(double sharpe, double skewness, double kurtosis) {
  return 1 - skewness * sharpe + (kurtosis - 1) / 4 * (sharpe * sharpe);
}

/* From figures that are known; all NaN where the law is not defined. */
static inline crucible__sharpe_law crucible__sharpe_law_from(double sharpe,
                                                             double skewness,
                                                             double kurtosis,
                                                             double n) {
  const double none = (double)NAN;
  const double v = crucible__sharpe_variance_at(sharpe, skewness, kurtosis);
  if (!(v > 0 && v <= DBL_MAX))
    return (crucible__sharpe_law){none, none, none, none, none};
  return (crucible__sharpe_law){.sharpe = sharpe,
                                .skewness = skewness,
                                .kurtosis = kurtosis,
                                .variance = v,
                                .root = sqrt((n - 1) / v)};
}

/* The figures of crucible__moments_from() with fewer divisions, and its
   refusals as NaN: where the fourth power of the deviation is no normal number
   or a sum has overflown. n >= 2; share is 1 / n and shrink sqrt((n - 1) / n),
   which whoever judges a window often knows. */
static inline crucible__sharpe_law
crucible__sharpe_law_with(const crucible__moment_sums *sums, double share,
                          double shrink) {
  const double none = (double)NAN;
  const double variance = sums->m2 * share, fourth = variance * variance;
  if (!(fourth >= DBL_MIN && fourth <= DBL_MAX) ||
      crucible__moments_are_noise(sums))
    return (crucible__sharpe_law){none, none, none, none, none};
  const double inverse = 1 / variance, root = sqrt(inverse);
  return crucible__sharpe_law_from(
      sums->mean * root * shrink, sums->m3 * share * inverse * root,
      sums->m4 * share * inverse * inverse, sums->n);
}

static inline crucible__sharpe_law
crucible__sharpe_law_of(const crucible__moment_sums *sums) {
  const double none = (double)NAN, share = 1 / sums->n;
  if (!(sums->n >= 2))
    return (crucible__sharpe_law){none, none, none, none, none};
  return crucible__sharpe_law_with(sums, share, sqrt((sums->n - 1) * share));
}

/* The argument of the normal law in PSR: crucible_psr() to the bit. */
static inline double crucible__sharpe_z(const crucible__sharpe_law *law,
                                        double benchmark) {
  return (law->sharpe - benchmark) * law->root;
}

/* PSR: crucible_psr() to the bit; NaN where the law is not defined. */
double crucible__sharpe_p(const crucible__sharpe_law *law, double benchmark);

/* crucible_min_trl(); NaN where the law is not defined or the ratio not above
   the benchmark. */
double crucible__sharpe_min_trl(const crucible__sharpe_law *law,
                                double benchmark, double probability);

/* A record that is given: NULL and what no returns can have is refused. */
crucible_status
crucible__sharpe_record_read(crucible_sharpe_record *read,
                             const crucible_sharpe_record *given);

/* The variance of the ratio in a record that was read, once it has n returns,
   for CRUCIBLE_VARIANCE_*; E_DOMAIN unless it is > 0. *count is what it is
   divided by: *unit / *count. */
crucible_status crucible__sharpe_variance(const crucible_sharpe_record *record,
                                          double benchmark, int32_t variance_at,
                                          double *unit, double *count);

/* E_INVALID with its name unless it is finite. */
crucible_status crucible__check_argument(double value, const char *name);

/* E_INVALID with its name unless it lies inside (0, 1). */
crucible_status crucible__check_probability(double value, const char *name);

#endif
