/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/panel.h"

#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"

enum {
  WORD = 64,
  CHUNK_WORDS = 64,      /* a piece of work: 4,096 bars of all columns */
  PANEL_BYTES = 8 << 20, /* of each of the flags */
  COLUMNS_MOST = 1 << 15
};

static size_t words_of(size_t n_bars) { return (n_bars + WORD - 1) / WORD; }

/* ---- bytes ---- */

/* A word of one column from bytes that lie stride apart. */
static uint64_t pack_word(const crucible__panel *panel,
                          const unsigned char *bytes, ptrdiff_t stride,
                          size_t n) {
  if (stride == 1 && n == WORD)
    return panel->calls->nonzero(bytes);
  uint64_t bits = 0;
  for (size_t k = 0; k < n; ++k)
    bits |= (uint64_t)(bytes[(ptrdiff_t)k * stride] != 0) << k;
  return bits;
}

/* Word w of some columns where a bar's columns are side by side. */
static void pack_square(const crucible__panel *panel,
                        const unsigned char *bytes, ptrdiff_t row_stride,
                        size_t n_bars, size_t n_columns, size_t w,
                        uint64_t *words) {
  uint64_t square[WORD];
  panel->calls->square(bytes, row_stride, n_bars, n_columns, square);
  for (size_t c = 0; c < n_columns; ++c)
    words[c * panel->n_words + w] = square[c];
}

/* The last square overlaps the one before, so that it is whole. */
static void pack_squares(const crucible__panel *panel,
                         const unsigned char *bytes, ptrdiff_t row_stride,
                         size_t n_bars, size_t n_columns, size_t w,
                         uint64_t *words) {
  size_t width = n_columns < WORD ? n_columns : WORD;
  for (size_t c = 0; c < n_columns; c += WORD) {
    size_t first = c + width <= n_columns ? c : n_columns - width;
    pack_square(panel, bytes + first, row_stride, n_bars, width, w,
                words + first * panel->n_words);
  }
}

static void pack_flags(const crucible__panel *panel, size_t which,
                       size_t from_word, size_t to_word) {
  const crucible_flags *flags = &panel->inputs->flags[which];
  const unsigned char *data = flags->data;
  size_t n_bars = panel->inputs->n_bars;
  size_t n_columns = panel->is_shared[which] ? 1 : panel->n;
  data += (ptrdiff_t)(panel->is_shared[which] ? 0 : panel->first) *
          flags->col_stride;
  for (size_t w = from_word; w < to_word; ++w) {
    size_t bar = w * WORD, n = n_bars - bar < WORD ? n_bars - bar : WORD;
    const unsigned char *bytes = data + (ptrdiff_t)bar * flags->row_stride;
    uint64_t *words = panel->made[which];
    if (flags->col_stride == 1 && n_columns > 1) {
      pack_squares(panel, bytes, flags->row_stride, n, n_columns, w, words);
      continue;
    }
    for (size_t c = 0; c < n_columns; ++c)
      words[c * panel->n_words + w] =
          pack_word(panel, bytes + (ptrdiff_t)c * flags->col_stride,
                    flags->row_stride, n);
  }
}

/* ---- scores, targets, requests ---- */

/* The values of a word; what is missing at its end is NaN. */
static void read_word(const crucible__field *field, size_t bar, size_t column,
                      size_t n, double values[WORD]) {
  for (size_t k = 0; k < WORD; ++k)
    values[k] =
        k < n ? crucible__field_at(field, bar + k, column) : (double)NAN;
}

static void judge_scores(const crucible__panel *panel, size_t from_word,
                         size_t to_word) {
  const crucible__inputs *in = panel->inputs;
  double values[WORD];
  for (size_t c = 0; c < panel->n; ++c) {
    size_t column = panel->first + c, row = c * panel->n_words;
    const crucible_plan *plan = &crucible__inputs_terms(in, column)->plan;
    const double limits[2] = {plan->theta_in, plan->theta_out};
    for (size_t w = from_word; w < to_word; ++w) {
      size_t bar = w * WORD;
      size_t n = in->n_bars - bar < WORD ? in->n_bars - bar : WORD;
      const double *scores = values;
      if (in->scores.row == 1 && n == WORD)
        scores = in->scores.data + (ptrdiff_t)bar +
                 (ptrdiff_t)column * in->scores.col;
      else
        read_word(&in->scores, bar, column, n, values);
      uint64_t above[2], below[2];
      panel->calls->judge(scores, limits, above, below);
      panel->made[0][row + w] = above[0];
      panel->made[1][row + w] = below[1];
      if (panel->made[2] != NULL) {
        panel->made[2][row + w] = below[0];
        panel->made[3][row + w] = above[1];
      }
    }
  }
}

static void find_targets(const crucible__panel *panel, size_t from_word,
                         size_t to_word) {
  const crucible__inputs *in = panel->inputs;
  double values[WORD];
  for (size_t w = from_word; w < to_word; ++w) /* columns may be side by side */
    for (size_t c = 0; c < panel->n; ++c) {
      size_t bar = w * WORD;
      size_t n = in->n_bars - bar < WORD ? in->n_bars - bar : WORD;
      read_word(&in->targets, bar, panel->first + c, n, values);
      uint64_t bits = 0;
      for (size_t k = 0; k < WORD; ++k)
        bits |= (uint64_t)(values[k] == values[k]) << k;
      panel->wished[c * panel->n_words + w] = bits;
    }
}

static void find_requests(const crucible__panel *panel, size_t from_word,
                          size_t to_word) {
  const crucible__inputs *in = panel->inputs;
  for (size_t c = 0; c < panel->n; ++c) {
    uint64_t *words = panel->wished + c * panel->n_words;
    memset(words + from_word, 0, (to_word - from_word) * sizeof *words);
    if (in->requests == NULL)
      continue;
    size_t column = panel->first + c;
    for (size_t k = in->requests_from[column];
         k < in->requests_from[column + 1]; ++k) {
      size_t bar = (size_t)in->requests[k].bar, w = bar / WORD;
      if (w >= from_word && w < to_word)
        words[w] |= (uint64_t)1 << (bar % WORD);
    }
  }
}

/* ---- the panel ---- */

static crucible_status make_chunk(size_t i, uint32_t worker, void *data) {
  const crucible__panel *panel = data;
  (void)worker;
  size_t from = i * CHUNK_WORDS, to = from + CHUNK_WORDS;
  to = to < panel->n_words ? to : panel->n_words;
  switch (panel->inputs->decides) {
  case CRUCIBLE_DECIDE_SIGNALS:
    for (size_t k = 0; k < 4; ++k)
      if (panel->made[k] != NULL)
        pack_flags(panel, k, from, to);
    break;
  case CRUCIBLE_DECIDE_SCORES:
    judge_scores(panel, from, to);
    break;
  case CRUCIBLE_DECIDE_TARGETS:
    find_targets(panel, from, to);
    break;
  default:
    find_requests(panel, from, to);
  }
  return CRUCIBLE_OK;
}

static int make_room(uint64_t **words, size_t columns, size_t n_words) {
  *words = crucible__alloc(columns, n_words * sizeof **words);
  return *words != NULL;
}

/* Flags that have to be packed: all but bits of every bar. */
static crucible_status init_flags(crucible__panel *panel) {
  for (size_t k = 0; k < 4; ++k) {
    const crucible_flags *flags = &panel->inputs->flags[k];
    if (flags->data == NULL)
      continue;
    panel->is_shared[k] = flags->col_stride == 0;
    if (flags->layout == CRUCIBLE_FLAGS_BITS)
      panel->borrowed[k] = flags->data;
    else if (!make_room(&panel->made[k], panel->is_shared[k] ? 1 : panel->most,
                        panel->n_words))
      return CRUCIBLE_E_NOMEM;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__panel_init(crucible__panel *panel,
                                     const crucible__inputs *inputs,
                                     size_t least) {
  size_t n_words = words_of(inputs->n_bars);
  size_t most = PANEL_BYTES / (n_words * sizeof(uint64_t) + 1);
  most = most < COLUMNS_MOST ? most : COLUMNS_MOST;
  most = most > least ? most : least;
  *panel = (crucible__panel){
      .inputs = inputs,
      .calls = crucible__span_calls_now(),
      .n_words = n_words,
      .most = most < inputs->n_columns ? most : inputs->n_columns,
  };
  crucible_status status = CRUCIBLE_OK;
  switch (inputs->decides) {
  case CRUCIBLE_DECIDE_SIGNALS:
    status = init_flags(panel);
    break;
  case CRUCIBLE_DECIDE_SCORES:
    for (size_t k = 0; k < (inputs->is_long_short ? 4u : 2u); ++k)
      if (!make_room(&panel->made[k], panel->most, n_words))
        status = CRUCIBLE_E_NOMEM;
    break;
  default:
    if (!make_room(&panel->wished, panel->most, n_words))
      status = CRUCIBLE_E_NOMEM;
  }
  if (status != CRUCIBLE_OK)
    crucible__panel_free(panel);
  return status;
}

crucible_status crucible__panel_make(crucible__panel *panel, size_t first,
                                     size_t n, crucible_pool *pool,
                                     const crucible_cancel *cancel) {
  panel->first = first;
  panel->n = n;
  size_t n_chunks = (panel->n_words + CHUNK_WORDS - 1) / CHUNK_WORDS;
  return crucible__pool_run(pool, n_chunks, make_chunk, panel, cancel);
}

crucible__signals crucible__panel_signals(const crucible__panel *panel,
                                          size_t column) {
  crucible__signals signals = {{0}, NULL, 0};
  size_t own = (column - panel->first) * panel->n_words;
  for (size_t k = 0; k < 4; ++k) {
    if (panel->made[k] != NULL)
      signals.flags[k] = panel->made[k] + (panel->is_shared[k] ? 0 : own);
    else if (panel->borrowed[k] != NULL)
      signals.flags[k] = panel->borrowed[k] +
                         (ptrdiff_t)column * panel->inputs->flags[k].col_stride;
  }
  if (panel->wished != NULL)
    signals.wished = panel->wished + own;
  return signals;
}

void crucible__panel_free(crucible__panel *panel) {
  for (size_t k = 0; k < 4; ++k)
    crucible__free(panel->made[k]);
  crucible__free(panel->wished);
  *panel = (crucible__panel){0};
}
