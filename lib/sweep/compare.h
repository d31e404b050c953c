/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison of two rows of doubles, 64 at a time. */
#ifndef CRUCIBLE__COMPARE_H
#define CRUCIBLE__COMPARE_H

#include <stddef.h>
#include <stdint.h>

/* 64 values a word; word w looks at values + w * step, so that step 0 compares
   with the same 64 values again and again. */
typedef struct crucible__compare_row {
  const double *values;
  size_t step; /* 64 or 0 */
} crucible__compare_row;

/*
 * Bit i of words[w]: a < b (or a <= b) of value number i of word w; false where
 * one is NaN.
 */
typedef void (*crucible__compare_call)(crucible__compare_row a,
                                       crucible__compare_row b, size_t n_words,
                                       uint64_t *words);

typedef struct crucible__compare_calls {
  crucible__compare_call less;
  crucible__compare_call less_equal;
} crucible__compare_calls;

/* Those of the processor's level. */
const crucible__compare_calls *crucible__compare_calls_now(void);

#endif
