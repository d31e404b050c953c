/* SPDX-License-Identifier: Apache-2.0 */
/* e-LOND as plain values, for whoever keeps its hypotheses itself. */
#ifndef CRUCIBLE__MULTIPLE_H
#define CRUCIBLE__MULTIPLE_H

#include <stdint.h>

/* The logarithm of the evidence that hypothesis j (from 1) needs, which is born
   after so many rejections. */
double crucible__elond_log_threshold(double alpha, uint64_t j,
                                     uint64_t rejections);

#endif
