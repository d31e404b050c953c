/* SPDX-License-Identifier: Apache-2.0 */
/* A caller's simulation, checked once: every view with its strides. */
#ifndef CRUCIBLE__INPUTS_H
#define CRUCIBLE__INPUTS_H

#include <math.h>

#include <crucible/simulate.h>

#include "backtest/market_view.h"

/* A value per bar and column; a stride of 0 repeats it. */
typedef struct crucible__field {
  const double *data; /* NULL: not given */
  ptrdiff_t row, col; /* strides */
} crucible__field;

typedef struct crucible__inputs {
  size_t n_bars, n_columns, n_markets, n_terms;
  crucible__market_view *markets; /* [n_markets] owned */
  crucible__terms *terms;         /* [n_terms] owned: a plan on a market */
  const uint32_t *market_of;      /* NULL: column % n_markets */
  const uint32_t *group_of;
  const size_t *first_bar, *end_bar;
  size_t n_plans;
  int32_t decides;         /* of all plans */
  int32_t is_long_short;   /* 1: a plan trades both sides */
  crucible_flags flags[4]; /* enter long, exit long, enter short, exit short */
  crucible_signal_source source; /* make NULL: none */
  crucible_request *requests;    /* [n_requests] owned, of this size */
  size_t *requests_from;         /* [n_columns + 1] owned; NULL: none */
  crucible__field scores, targets;
  crucible__field size, limit, trigger, stop, take, trail;
  crucible__field price, taker_fee, maker_fee, slippage;
  int32_t has_entry_inputs; /* one of size .. trail is given */
  int32_t has_fill_inputs;  /* one of price .. slippage is given */
} crucible__inputs;

/* Checks all of it, or says what is wrong and where. The caller frees. */
crucible_status crucible__inputs_take(const crucible_simulation *simulation,
                                      crucible__inputs *inputs);

void crucible__inputs_free(crucible__inputs *inputs);

static inline double crucible__field_at(const crucible__field *field, size_t i,
                                        size_t c) {
  return field->data == NULL ? (double)NAN
                             : field->data[(ptrdiff_t)i * field->row +
                                           (ptrdiff_t)c * field->col];
}

static inline size_t crucible__inputs_market(const crucible__inputs *inputs,
                                             size_t column) {
  return inputs->market_of != NULL ? inputs->market_of[column]
                                   : column % inputs->n_markets;
}

static inline size_t crucible__inputs_first(const crucible__inputs *inputs,
                                            size_t column) {
  return inputs->first_bar != NULL ? inputs->first_bar[column] : 0;
}

static inline size_t crucible__inputs_end(const crucible__inputs *inputs,
                                          size_t column) {
  return inputs->end_bar != NULL ? inputs->end_bar[column] : inputs->n_bars;
}

/* The terms of a column: there is one per plan and market, those of one plan
   together. */
static inline const crucible__terms *
crucible__inputs_terms(const crucible__inputs *inputs, size_t column) {
  size_t market = crucible__inputs_market(inputs, column);
  return inputs->n_plans == 1 ? &inputs->terms[market] : &inputs->terms[column];
}

/* Those of some column on a market; any, if none is on it. */
const crucible__terms *
crucible__inputs_market_terms(const crucible__inputs *inputs, size_t market);

/* Those of a column at a bar: n of them, in the order given. */
const crucible_request *
crucible__inputs_requests(const crucible__inputs *inputs, size_t column,
                          size_t bar, uint32_t *n);

#endif
