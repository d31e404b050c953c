/* SPDX-License-Identifier: Apache-2.0 */
/* The standard normal law. Here, below the statistics, because the random
   streams draw by its quantile. */
#ifndef CRUCIBLE__NORMAL_H
#define CRUCIBLE__NORMAL_H

#include "base/internal.h"

/* P(Z <= x). Keeps its relative accuracy in the lower tail. */
CRUCIBLE__SHARED double crucible__normal_cdf(double x);

/* x with P(Z <= x) = p; p in (0, 1), else -inf at 0, +inf at 1, NaN outside.
   Relative error below 1e-15 for p down to 1e-300; for p near 1 ask for the
   lower tail and change the sign. The same bits on every machine: random
   streams are made with it. */
CRUCIBLE__SHARED double crucible__normal_quantile(double p);

#endif
