/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals of some columns as bits, 64 bars a word, whatever they come from:
 * bytes of any strides, scores against a plan's thresholds, targets that are
 * given, bars with requests. Flags that are bits already are used where they
 * lie.
 */
#ifndef CRUCIBLE__PANEL_H
#define CRUCIBLE__PANEL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/runtime.h>

#include "backtest/inputs.h"
#include "backtest/span.h"

/* Which bars have a signal: bar i is bit i % 64 of word[i / 64 - first_word];
   NULL: none. */
typedef struct crucible__signals {
  const uint64_t *flags[4]; /* enter long, exit long, enter short, exit short */
  const uint64_t *wished;   /* a target is given, or an order requested */
  size_t first_word;
} crucible__signals;

typedef struct crucible__panel {
  const crucible__inputs *inputs;
  const crucible__span_calls *calls;
  size_t n_words;              /* of a column */
  size_t first, n, most;       /* columns it holds now; room for */
  uint64_t *made[4];           /* [n][n_words], or [n_words] if shared */
  int is_shared[4];            /* one for all columns */
  const uint64_t *borrowed[4]; /* bits of the caller's */
  uint64_t *wished;            /* [n][n_words] */
} crucible__panel;

/* Room for as many columns as keep it within some megabytes, and for least. */
crucible_status crucible__panel_init(crucible__panel *panel,
                                     const crucible__inputs *inputs,
                                     size_t least);

/* Makes the bits of the columns [first, first + n), n <= most. */
crucible_status crucible__panel_make(crucible__panel *panel, size_t first,
                                     size_t n, crucible_pool *pool,
                                     const crucible_cancel *cancel);

/* Those of a column it holds. */
crucible__signals crucible__panel_signals(const crucible__panel *panel,
                                          size_t column);

void crucible__panel_free(crucible__panel *panel);

#endif
