/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of recorded figures, exact as decimals. */
#ifndef CRUCIBLE__RESAMPLE_H
#define CRUCIBLE__RESAMPLE_H

#include <stddef.h>

/*
 * The double nearest to the exact sum of [n] figures >= 0, each taken as the
 * shortest decimal that reads back to it. So the sum is the figure that the
 * venue prints for the whole, if those of the parts have 15 digits or fewer.
 * Where the decimals differ too much in size for that, the compensated sum.
 */
double crucible__decimal_sum(const double *figures, size_t n);

#endif
