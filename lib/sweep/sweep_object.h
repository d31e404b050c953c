/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep: what its spec became, and the block of bars it stands at. */
#ifndef CRUCIBLE__SWEEP_OBJECT_H
#define CRUCIBLE__SWEEP_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/sweep.h>

enum {
  CRUCIBLE__SWEEP_FLAGS = 4, /* enter and exit, long and short */
  CRUCIBLE__SWEEP_BLOCK = 32 /* words of a block that a sweep chooses itself */
};

/* One side of a rule in one column. */
typedef struct crucible__sweep_operand {
  int32_t kind;  /* CRUCIBLE_OPERAND_* */
  uint32_t row;  /* FEATURE: its row; BAR: CRUCIBLE_BAR_* */
  double number; /* NUMBER */
} crucible__sweep_operand;

typedef struct crucible__sweep_program {
  int32_t *steps; /* [n] */
  size_t n;
  uint64_t uses; /* bit r: rule r */
} crucible__sweep_program;

/* No bar: the two sides of a crossing were never the other way round. */
#define CRUCIBLE__SWEEP_NEVER SIZE_MAX

struct crucible_sweep {
  size_t n_series, n_columns, n_bars, n_words, n_rules;
  crucible_bars *series; /* [n_series] */
  crucible_pool *pool;
  uint32_t *series_of;               /* [n_columns] */
  crucible__sweep_operand *operands; /* [n_columns][n_rules][2] */
  int32_t *comparisons;              /* [n_rules] */
  crucible__sweep_program programs[CRUCIBLE__SWEEP_FLAGS];
  crucible_feature_set **sets; /* [n_series]; NULL: no feature of it */
  size_t *first_row;           /* [n_series + 1] rows of a series */
  size_t look_back;
  /*
   * [n_columns][n_rules] bar of the first time that left was strictly on the
   * other side of a crossing, from which on it can cross. Features are NaN
   * before they are warm and never again, so this is all that a crossing has
   * to know of the past beyond the bar before.
   */
  size_t *armed;
  size_t source_word; /* word of the simulation's first bar */
  /* the block of bars that is ready */
  size_t block_word, block_words;
  size_t capacity; /* bars of a row */
  size_t stride;   /* doubles from row to row */
  double *room;    /* what rows lie in */
  double *rows;    /* row r at rows + r * stride; [-1] is the bar before */
};

static inline const crucible__sweep_operand *
crucible__sweep_operands(const crucible_sweep *sweep, size_t column,
                         size_t rule) {
  return sweep->operands + (column * sweep->n_rules + rule) * 2;
}

static inline int crucible__sweep_crosses(const crucible_sweep *sweep,
                                          size_t rule) {
  int32_t comparison = sweep->comparisons[rule];
  return comparison == CRUCIBLE_CROSSES_ABOVE ||
         comparison == CRUCIBLE_CROSSES_BELOW;
}

/* A column of the bars, CRUCIBLE_BAR_*; NULL if the series has none. */
const double *crucible__sweep_bar_column(const crucible_bars *bars,
                                         uint32_t column);

/* ---- sweep_compile.c ---- */

/* Fills a zeroed sweep, whose series are there, from a spec. On failure the
   caller destroys the sweep. */
crucible_status crucible__sweep_compile(crucible_sweep *sweep,
                                        const crucible_sweep_spec *spec);

/* ---- sweep_block.c ---- */

/* Makes the bars of words [first, first + n) ready: goes on, catches up, or
   starts again. */
crucible_status crucible__sweep_begin(crucible_sweep *sweep, size_t first,
                                      size_t n);

/* ---- sweep_words.c ---- */

/* Words [first, first + n) of the block for a column; flags that are NULL are
   not wanted. Any number of threads at once. */
void crucible__sweep_make(const crucible_sweep *sweep, size_t column,
                          size_t first, size_t n,
                          uint64_t *const flags[CRUCIBLE__SWEEP_FLAGS]);

/* Looks in the block for the bars that arm the crossings of a column. */
void crucible__sweep_arm(crucible_sweep *sweep, size_t column);

#endif
