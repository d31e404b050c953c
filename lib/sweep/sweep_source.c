/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep as the source of a simulation's signals. */
#include <stddef.h>
#include <stdint.h>

#include <crucible/sweep.h>

#include "base/base_status.h"
#include "sweep/sweep_object.h"

enum { WORD = 64 };

static crucible_status source_begin(void *data, size_t first, size_t n) {
  crucible_sweep *sweep = data;
  size_t left = sweep->n_words - sweep->source_word;
  if (first > left || n > left - first)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the simulation has bars up to word %zu, the sweep "
                          "%zu words of bars from its bar %zu on: give both "
                          "the same bars",
                          first + n, left, sweep->source_word * WORD);
  return crucible__sweep_begin(sweep, sweep->source_word + first, n);
}

static crucible_status source_make(void *data, size_t column, size_t first,
                                   size_t n, uint64_t *enter_long,
                                   uint64_t *exit_long, uint64_t *enter_short,
                                   uint64_t *exit_short) {
  const crucible_sweep *sweep = data;
  uint64_t *const flags[CRUCIBLE__SWEEP_FLAGS] = {enter_long, exit_long,
                                                  enter_short, exit_short};
  size_t word = sweep->source_word + first;
  if (column >= sweep->n_columns)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "column %zu of the simulation: the sweep has %zu",
                          column, sweep->n_columns);
  if (word < sweep->block_word ||
      word + n > sweep->block_word + sweep->block_words)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "words %zu to %zu are not those of the block that "
                          "was begun",
                          first, first + n);
  crucible__sweep_make(sweep, column, word, n, flags);
  return CRUCIBLE_OK;
}

crucible_status crucible_sweep_source(crucible_sweep *sweep, size_t first_bar,
                                      crucible_signal_source *source) {
  if (sweep == NULL || source == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          sweep == NULL ? "sweep" : "source");
  if (first_bar % WORD != 0 || first_bar > sweep->n_bars)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "first_bar is %zu: give a multiple of %d, up to %zu",
                          first_bar, WORD, sweep->n_bars);
  const crucible_signal_source made = {.struct_size = sizeof made,
                                       .data = sweep,
                                       .begin = source_begin,
                                       .make = source_make};
  CRUCIBLE__TRY(crucible__result_write(source, &made, sizeof made, "source"));
  sweep->source_word = first_bar / WORD;
  return CRUCIBLE_OK;
}
