/* SPDX-License-Identifier: Apache-2.0 */
/* Optimal assignment. */
#ifndef CRUCIBLE__BEST_PAIRS_H
#define CRUCIBLE__BEST_PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

/*
 * Pairs rows with columns, each at most once, so that the sum of their weights
 * is the largest there is: partner[row] is the column, or columns where it has
 * none. A weight of 0 makes no pair. weights: [rows][columns] each < 2^62.
 */
crucible_status crucible__best_pairs(const uint64_t *weights, size_t rows,
                                     size_t columns, size_t *partner);

#endif
