/* SPDX-License-Identifier: Apache-2.0 */
/* What a genome learns from: its features and the results of its own trades. */
#ifndef CRUCIBLE__LABELS_H
#define CRUCIBLE__LABELS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/forge.h>

typedef struct crucible__lessons {
  size_t n; /* bars, from the series' start to the window's end */
  size_t n_features;
  double *features; /* [n x n_features] column-major */
  double *label;    /* [n] net return per unit notional; NaN: no trade */
  size_t *end;      /* [n] bar in which the trade was over */
  uint8_t *is_warm; /* [n] every feature has a value */
} crucible__lessons;

/*
 * Computed from the series' start, with nothing of bars from end on. A plan
 * that goes both ways learns half the difference of its long and its short
 * trade from the same bar: what being on the right side is worth, with the
 * costs, which are the same for both, cancelled.
 */
crucible_status crucible__lessons_make(const crucible_genome *genome,
                                       const crucible_forge_data *data,
                                       crucible_pool *pool,
                                       const crucible_cancel *cancel,
                                       crucible__lessons *lessons);
void crucible__lessons_clear(crucible__lessons *lessons);

#endif
