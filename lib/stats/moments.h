/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__MOMENTS_H
#define CRUCIBLE__MOMENTS_H

#include <float.h>
#include <math.h>
#include <stddef.h>

#include <crucible/stats.h>

#include "base/pack.h"
#include "math/moment_sums.h"

/* E_INVALID with the index of the first value that is not finite. */
crucible_status crucible__check_finite(const double *x, size_t n,
                                       const char *name);

/* Whether returns differ by no more than the rounding of the equity behind
   them: a curve that grows by 1 % per bar has a volatility of zero, not of
   1e-17. */
static inline int
crucible__moments_are_noise(const crucible__moment_sums *sums) {
  const double rounding = 4 * DBL_EPSILON * (1 + fabs(sums->mean));
  return sums->m2 <= sums->n * (rounding * rounding);
}

/* Moments from sums of at least two values; E_DOMAIN if they are all equal or
   their powers cannot be represented. */
crucible_status crucible__moments_from(const crucible__moment_sums *sums,
                                       crucible_moments *moments);

/* The sums behind a window's moments; n = 0 if it is empty. */
crucible__moment_sums
crucible__rolling_moments_sums(const crucible_rolling_moments *rolling);

/* Asks for what the next value's push is going to touch. */
void crucible__rolling_moments_fetch(const crucible_rolling_moments *rolling);

/* A window as bytes, and back with the same bits in all that follows. Loading
   fails with E_NOMEM, or marks the reader as failed where the bytes hold
   something else than a window of that size; *rolling is then NULL. */
void crucible__rolling_moments_save(const crucible_rolling_moments *rolling,
                                    crucible__pack *pack);
crucible_status
crucible__rolling_moments_load(size_t window, crucible__unpack *unpack,
                               crucible_rolling_moments **rolling);

/* crucible_running_moments_push() of a finite value. */
static inline void
crucible__running_moments_take(crucible_running_moments *running,
                               double value) {
  const crucible__moment_sums more = crucible__moment_sums_add(
      &(crucible__moment_sums){(double)running->n, running->mean, running->m2,
                               running->m3, running->m4},
      value);
  ++running->n;
  running->mean = more.mean;
  running->m2 = more.m2;
  running->m3 = more.m3;
  running->m4 = more.m4;
}

/* Running sums for the functions above, and as bytes. */
crucible__moment_sums
crucible__running_moments_sums(const crucible_running_moments *running);
void crucible__running_moments_save(const crucible_running_moments *running,
                                    crucible__pack *pack);
crucible_running_moments
crucible__running_moments_load(crucible__unpack *unpack);

#endif
