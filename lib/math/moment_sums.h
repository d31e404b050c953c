/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of powers of deviations that merge without cancellation. */
#ifndef CRUCIBLE__MOMENT_SUMS_H
#define CRUCIBLE__MOMENT_SUMS_H

/* n values, their mean, and sum (x - mean)^k for k = 2, 3, 4. All zero is the
   empty set. */
typedef struct crucible__moment_sums {
  double n, mean, m2, m3, m4;
} crucible__moment_sums;

/* The sums of both sets together. Equal values keep m2 = 0 exactly. */
crucible__moment_sums
crucible__moment_sums_merge(const crucible__moment_sums *a,
                            const crucible__moment_sums *b);

/* The sums with one value more. */
crucible__moment_sums
crucible__moment_sums_add(const crucible__moment_sums *sums, double value);

#endif
