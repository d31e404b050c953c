/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the rows of a block to words: comparisons, crossings, programs. Threads:
 * any number at once on a block that is ready.
 */
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sweep/compare.h"
#include "sweep/sweep_object.h"

enum {
  CHUNK = 16, /* words at once: the results of all rules stay in the L1 cache */
  WORD = 64
};

/* A stretch of bars that begins a word. */
typedef struct stretch {
  const crucible_sweep *sweep;
  const crucible_bars *bars; /* of the column's series */
  size_t column;
  size_t word, n_words; /* all within the block, n_words <= CHUNK */
} stretch;

/* An operand over a stretch. */
typedef struct side {
  crucible__compare_row row;
  double before;       /* at the bar before; not looked at for bar 0 */
  double buffer[WORD]; /* of a number, or of the last bars of a column */
} side;

static size_t first_bar(const stretch *at) { return at->word * WORD; }

static void open_number(side *s, double number) {
  for (size_t i = 0; i < WORD; ++i)
    s->buffer[i] = number;
  s->row = (crucible__compare_row){.values = s->buffer, .step = 0};
  s->before = number;
}

/* The stretch is of whole words, or of one that is not. */
static void open_column(side *s, const stretch *at, const double *column) {
  size_t begin = first_bar(at), n_bars = at->sweep->n_bars;
  s->before = begin > 0 ? column[begin - 1] : 0;
  s->row = (crucible__compare_row){.values = column + begin, .step = WORD};
  if (begin + at->n_words * WORD <= n_bars)
    return;
  for (size_t i = 0; i < WORD; ++i)
    s->buffer[i] = begin + i < n_bars ? column[begin + i] : (double)NAN;
  s->row = (crucible__compare_row){.values = s->buffer, .step = 0};
}

static void open_side(side *s, const stretch *at,
                      const crucible__sweep_operand *operand) {
  const crucible_sweep *sweep = at->sweep;
  if (operand->kind == CRUCIBLE_OPERAND_NUMBER) {
    open_number(s, operand->number);
  } else if (operand->kind == CRUCIBLE_OPERAND_BAR) {
    open_column(s, at, crucible__sweep_bar_column(at->bars, operand->row));
  } else {
    const double *values = sweep->rows + operand->row * sweep->stride +
                           (at->word - sweep->block_word) * WORD;
    s->row = (crucible__compare_row){.values = values, .step = WORD};
    s->before = values[-1]; /* of row's place -1: NaN before bar 0 */
  }
}

/* Bits of the bars after bar number `bar`. */
static uint64_t bits_after(size_t bar, size_t word) {
  size_t begin = word * WORD;
  if (bar < begin)
    return UINT64_MAX;
  size_t into = bar - begin;
  return into >= WORD - 1 ? 0 : UINT64_MAX << (into + 1);
}

/* From "is beyond" to "goes beyond". */
static void keep_crossings(const stretch *at, size_t rule, int was_beyond,
                           uint64_t *words) {
  size_t armed = at->sweep->armed[at->column * at->sweep->n_rules + rule];
  uint64_t last = was_beyond ? 1 : 0;
  for (size_t w = 0; w < at->n_words; ++w) {
    uint64_t now = words[w], before = now << 1 | last;
    last = now >> (WORD - 1);
    words[w] = armed == CRUCIBLE__SWEEP_NEVER
                   ? 0
                   : now & ~before & bits_after(armed, at->word + w);
  }
}

/* One rule over a stretch. */
static void compare(const stretch *at, const crucible__compare_calls *calls,
                    size_t rule, uint64_t *words) {
  const crucible__sweep_operand *operands =
      crucible__sweep_operands(at->sweep, at->column, rule);
  side left, right;
  open_side(&left, at, &operands[0]);
  open_side(&right, at, &operands[1]);
  int has_before = first_bar(at) > 0;
  switch (at->sweep->comparisons[rule]) {
  case CRUCIBLE_IS_ABOVE:
    calls->less(right.row, left.row, at->n_words, words);
    break;
  case CRUCIBLE_IS_BELOW:
    calls->less(left.row, right.row, at->n_words, words);
    break;
  case CRUCIBLE_IS_AT_LEAST:
    calls->less_equal(right.row, left.row, at->n_words, words);
    break;
  case CRUCIBLE_IS_AT_MOST:
    calls->less_equal(left.row, right.row, at->n_words, words);
    break;
  case CRUCIBLE_CROSSES_ABOVE:
    calls->less(right.row, left.row, at->n_words, words);
    keep_crossings(at, rule, has_before && left.before > right.before, words);
    break;
  default:
    assert(at->sweep->comparisons[rule] == CRUCIBLE_CROSSES_BELOW);
    calls->less(left.row, right.row, at->n_words, words);
    keep_crossings(at, rule, has_before && left.before < right.before, words);
    break;
  }
}

/* ---- programs ---- */

/* The rules' words over a stretch. */
typedef struct ruled {
  uint64_t words[CRUCIBLE_RULES_MAX][CHUNK];
} ruled;

/* Programs are checked when they are compiled: nothing is taken from the stack
   that was not put there. NOLINTBEGIN(clang-analyzer-core.*) */
static void join(int32_t step, size_t n, uint64_t *under, const uint64_t *top) {
  if (step == CRUCIBLE_RULE_AND)
    for (size_t w = 0; w < n; ++w)
      under[w] &= top[w];
  else
    for (size_t w = 0; w < n; ++w)
      under[w] |= top[w];
}

static void run(const crucible__sweep_program *program, const ruled *rules,
                size_t n, uint64_t *words) {
  uint64_t stack[CRUCIBLE_RULES_MAX][CHUNK];
  size_t depth = 0;
  for (size_t i = 0; i < program->n; ++i) {
    int32_t step = program->steps[i];
    if (step >= 0) {
      memcpy(stack[depth++], rules->words[step], n * sizeof **stack);
    } else if (step == CRUCIBLE_RULE_NOT) {
      for (size_t w = 0; w < n; ++w)
        stack[depth - 1][w] = ~stack[depth - 1][w];
    } else {
      depth -= 1;
      join(step, n, stack[depth - 1], stack[depth]);
    }
  }
  if (depth == 0)
    memset(words, 0, n * sizeof *words);
  else
    memcpy(words, stack[0], n * sizeof *words);
}
/* NOLINTEND(clang-analyzer-core.*) */

static void make_stretch(const stretch *at,
                         const crucible__compare_calls *calls, size_t offset,
                         uint64_t *const flags[CRUCIBLE__SWEEP_FLAGS]) {
  const crucible_sweep *sweep = at->sweep;
  ruled rules;
  uint64_t uses = 0;
  for (size_t f = 0; f < CRUCIBLE__SWEEP_FLAGS; ++f)
    uses |= flags[f] != NULL ? sweep->programs[f].uses : 0;
  for (size_t rule = 0; rule < sweep->n_rules; ++rule)
    if (uses >> rule & 1)
      compare(at, calls, rule, rules.words[rule]);
  size_t end = first_bar(at) + at->n_words * WORD;
  for (size_t f = 0; f < CRUCIBLE__SWEEP_FLAGS; ++f) {
    if (flags[f] == NULL)
      continue;
    run(&sweep->programs[f], &rules, at->n_words, flags[f] + offset);
    if (end > sweep->n_bars) /* a "not" has set bits beyond the last bar */
      flags[f][offset + at->n_words - 1] &= UINT64_MAX >> (end - sweep->n_bars);
  }
}

/* The next stretch of at most CHUNK words; the last word of the bars, if it is
   not whole, is one alone. */
static size_t stretch_length(const crucible_sweep *sweep, size_t word,
                             size_t left) {
  size_t whole = sweep->n_bars / WORD;
  size_t most = word < whole && word + left > whole ? whole - word : left;
  return most < CHUNK ? most : (size_t)CHUNK;
}

void crucible__sweep_make(const crucible_sweep *sweep, size_t column,
                          size_t first, size_t n,
                          uint64_t *const flags[CRUCIBLE__SWEEP_FLAGS]) {
  const crucible__compare_calls *calls = crucible__compare_calls_now();
  stretch at = {.sweep = sweep,
                .bars = &sweep->series[sweep->series_of[column]],
                .column = column};
  for (size_t done = 0; done < n; done += at.n_words) {
    at.word = first + done;
    at.n_words = stretch_length(sweep, at.word, n - done);
    make_stretch(&at, calls, done, flags);
  }
}

/* ---- arming ---- */

/* The first bar of the block at which left is on the other side. */
static size_t find_armed(const stretch *at,
                         const crucible__compare_calls *calls, size_t rule) {
  const crucible__sweep_operand *operands =
      crucible__sweep_operands(at->sweep, at->column, rule);
  uint64_t words[CHUNK];
  side left, right;
  open_side(&left, at, &operands[0]);
  open_side(&right, at, &operands[1]);
  int is_above = at->sweep->comparisons[rule] == CRUCIBLE_CROSSES_ABOVE;
  calls->less(is_above ? left.row : right.row, is_above ? right.row : left.row,
              at->n_words, words);
  for (size_t w = 0; w < at->n_words; ++w)
    if (words[w] != 0)
      return (at->word + w) * WORD + (size_t)__builtin_ctzll(words[w]);
  return CRUCIBLE__SWEEP_NEVER;
}

void crucible__sweep_arm(crucible_sweep *sweep, size_t column) {
  const crucible__compare_calls *calls = crucible__compare_calls_now();
  stretch at = {.sweep = sweep,
                .bars = &sweep->series[sweep->series_of[column]],
                .column = column};
  for (size_t rule = 0; rule < sweep->n_rules; ++rule) {
    size_t *armed = &sweep->armed[column * sweep->n_rules + rule];
    if (!crucible__sweep_crosses(sweep, rule))
      continue;
    for (size_t done = 0;
         done < sweep->block_words && *armed == CRUCIBLE__SWEEP_NEVER;
         done += at.n_words) {
      at.word = sweep->block_word + done;
      at.n_words = stretch_length(sweep, at.word, sweep->block_words - done);
      *armed = find_armed(&at, calls, rule);
    }
  }
}
