/* SPDX-License-Identifier: Apache-2.0 */
/* Sharpe ratios of streams that are judged on every bar: without error texts,
   which cost more than the figures. */
#ifndef CRUCIBLE__SHARPE_LAW_H
#define CRUCIBLE__SHARPE_LAW_H

#include <crucible/stats.h>

#include "math/moment_sums.h"

/* A Sharpe ratio with what its estimate's law needs; all NaN where it is not
   defined: fewer than two returns, returns that are equal or differ by no more
   than rounding, powers that no double holds. */
typedef struct crucible__sharpe_law {
  double sharpe, skewness, kurtosis;
  double variance; /* n - 1 times that of the estimate */
  double root;     /* sqrt((n - 1) / variance) */
} crucible__sharpe_law;

/* From figures that are known; all NaN where the law is not defined. */
crucible__sharpe_law crucible__sharpe_law_from(double sharpe, double skewness,
                                               double kurtosis, double n);

crucible__sharpe_law crucible__sharpe_law_of(const crucible__moment_sums *sums);

/* The argument of the normal law in PSR: crucible_psr() to the bit. */
double crucible__sharpe_z(const crucible__sharpe_law *law, double benchmark);

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
