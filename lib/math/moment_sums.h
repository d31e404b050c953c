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

/* The sums with one value more: Pebay (2008), as in the merge. Here, since a
   stream takes one per bar. */
static inline crucible__moment_sums
crucible__moment_sums_add(const crucible__moment_sums *sums, double value) {
  const double n = sums->n + 1;
  const double d = value - sums->mean, w = d / n, w2 = w * w;
  const double t = d * w * sums->n;
  crucible__moment_sums more;
  more.n = n;
  more.mean = sums->mean + w;
  more.m2 = sums->m2 + t;
  more.m3 = sums->m3 + t * w * (n - 2) - 3 * w * sums->m2;
  more.m4 = sums->m4 + t * w2 * (n * n - 3 * n + 3) + 6 * w2 * sums->m2 -
            4 * w * sums->m3;
  return more;
}

#endif
