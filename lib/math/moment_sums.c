/* SPDX-License-Identifier: Apache-2.0 */
#include "math/moment_sums.h"

/* Pebay (2008), SAND2008-6212, equations 2.1 and 3.1: exact identities whose
   terms do not cancel however far the mean is from zero. */
crucible__moment_sums
crucible__moment_sums_merge(const crucible__moment_sums *a,
                            const crucible__moment_sums *b) {
  if (a->n == 0)
    return *b;
  if (b->n == 0)
    return *a;
  const double n = a->n + b->n;
  const double wa = a->n / n, wb = b->n / n;
  const double d = b->mean - a->mean, d2 = d * d;
  const double nab = a->n * wb; /* na nb / n */
  crucible__moment_sums sums;
  sums.n = n;
  sums.mean = a->mean + d * wb;
  sums.m2 = a->m2 + b->m2 + d2 * nab;
  sums.m3 = a->m3 + b->m3 + d2 * d * nab * (wa - wb) +
            3 * d * (wa * b->m2 - wb * a->m2);
  sums.m4 = a->m4 + b->m4 + d2 * d2 * nab * (wa * wa - wa * wb + wb * wb) +
            6 * d2 * (wa * wa * b->m2 + wb * wb * a->m2) +
            4 * d * (wa * b->m3 - wb * a->m3);
  return sums;
}
