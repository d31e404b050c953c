/* SPDX-License-Identifier: Apache-2.0 */
/* The features of one block of bars after another. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "features/feature_batch.h"
#include "sweep/sweep_object.h"

enum {
  WORD = 64,
  ALIGNED = 8,        /* doubles of a cache line */
  ARMED_TOGETHER = 16 /* columns of an item */
};

/* Room for blocks of so many bars; what stands before the rows comes along. */
static crucible_status reserve(crucible_sweep *sweep, size_t n_bars) {
  size_t n_rows = sweep->first_row[sweep->n_series];
  if (n_bars <= sweep->capacity || n_rows == 0)
    return CRUCIBLE_OK;
  size_t stride = n_bars + ALIGNED; /* rows do not share their cache sets */
  double *room = crucible__alloc(n_rows * stride + 2 * ALIGNED, sizeof *room);
  if (room == NULL)
    return CRUCIBLE_E_NOMEM;
  size_t into = (uintptr_t)room / sizeof *room % ALIGNED;
  double *rows = room + (ALIGNED - into) % ALIGNED + ALIGNED;
  for (size_t r = 0; r < n_rows; ++r)
    rows[r * stride - 1] =
        sweep->rows ? sweep->rows[r * sweep->stride - 1] : (double)NAN;
  crucible__free(sweep->room);
  sweep->room = room;
  sweep->rows = rows;
  sweep->stride = stride;
  sweep->capacity = n_bars;
  return CRUCIBLE_OK;
}

/* The last bar of this block is the one before the next. */
static void carry(crucible_sweep *sweep) {
  size_t n_rows = sweep->rows ? sweep->first_row[sweep->n_series] : 0;
  size_t n_bars = sweep->block_words * WORD;
  for (size_t r = 0; r < n_rows; ++r) {
    double *row = sweep->rows + r * sweep->stride;
    row[-1] = n_bars > 0 ? row[n_bars - 1] : (double)NAN;
  }
}

static void restart(crucible_sweep *sweep) {
  size_t n = sweep->n_columns * sweep->n_rules;
  for (size_t s = 0; s < sweep->n_series; ++s)
    if (sweep->sets[s] != NULL)
      crucible_feature_set_reset(sweep->sets[s]);
  for (size_t i = 0; i < n; ++i)
    sweep->armed[i] = CRUCIBLE__SWEEP_NEVER;
  sweep->block_word = sweep->block_words = 0;
}

static void compute_rows(crucible_sweep *sweep, size_t begin, size_t end) {
  size_t padded = (end - begin + WORD - 1) / WORD * WORD;
  for (size_t s = 0; s < sweep->n_series; ++s) {
    if (sweep->sets[s] == NULL)
      continue;
    double *rows = sweep->rows + sweep->first_row[s] * sweep->stride;
    size_t n_rows = sweep->first_row[s + 1] - sweep->first_row[s];
    crucible__features_block(sweep->sets[s], &sweep->series[s], begin, end,
                             sweep->pool, rows, sweep->stride);
    for (size_t r = 0; r < n_rows; ++r)
      for (size_t i = end - begin; i < padded; ++i)
        rows[r * sweep->stride + i] = (double)NAN;
  }
}

static crucible_status arm_columns(size_t item, uint32_t worker, void *data) {
  crucible_sweep *sweep = data;
  size_t first = item * ARMED_TOGETHER;
  (void)worker;
  for (size_t c = first; c < first + ARMED_TOGETHER && c < sweep->n_columns;
       ++c)
    crucible__sweep_arm(sweep, c);
  return CRUCIBLE_OK;
}

/* The block that follows the one that is ready. */
static crucible_status next_block(crucible_sweep *sweep, size_t n) {
  carry(sweep);
  CRUCIBLE__TRY(reserve(sweep, n * WORD));
  sweep->block_word += sweep->block_words;
  sweep->block_words = n;
  size_t begin = sweep->block_word * WORD, end = begin + n * WORD;
  compute_rows(sweep, begin, end < sweep->n_bars ? end : sweep->n_bars);
  return crucible__pool_run(
      sweep->pool, (sweep->n_columns + ARMED_TOGETHER - 1) / ARMED_TOGETHER,
      arm_columns, sweep, NULL);
}

crucible_status crucible__sweep_begin(crucible_sweep *sweep, size_t first,
                                      size_t n) {
  if (first < sweep->block_word + sweep->block_words)
    restart(sweep);
  for (;;) {
    size_t next = sweep->block_word + sweep->block_words;
    if (next == first)
      return next_block(sweep, n);
    size_t left = first - next;
    CRUCIBLE__TRY(next_block(sweep, left < CRUCIBLE__SWEEP_BLOCK
                                        ? left
                                        : (size_t)CRUCIBLE__SWEEP_BLOCK));
  }
}
