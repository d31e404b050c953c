/* SPDX-License-Identifier: Apache-2.0 */
/* The stationary bootstrap of Politis and Romano (1994). */
#ifndef CRUCIBLE__BOOTSTRAP_H
#define CRUCIBLE__BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

enum { CRUCIBLE__BOOTSTRAP_MIN = 16 };

/* Resample number id of a seed: n observations by number, blocks of geometric
   length with the given mean, on a circle. */
void crucible__bootstrap_draw(uint64_t seed, uint64_t id, size_t n,
                              double block_length, uint32_t *index);

/* Variance of sqrt(n) times the mean of such a resample of x, whose mean is
   taken as 0: the closed form, in O(n). */
double crucible__bootstrap_variance(const double *x, size_t n,
                                    double block_length);

/* crucible_block_length() of n >= 16 values whose mean is 0, not all equal. */
void crucible__block_length(const double *x, size_t n, double *stationary,
                            double *circular);

/* Options that both users have. n fits an index. */
crucible_status crucible__bootstrap_check(const char *name, size_t n,
                                          double block_length,
                                          uint32_t n_resamples);

#endif
