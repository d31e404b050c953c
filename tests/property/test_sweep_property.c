/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sweeps drawn at random against an evaluation bar by bar over whole columns of
 * crucible_features_compute(): every comparison, programs, ties, gaps; on each
 * vector level, any number of threads, blocks of any size in any order.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/series.h>
#include <crucible/sweep.h>

#include "base/simd.h"
#include "support/made_bars.h"
#include "support/statuses.h"
#include "sweep/sweep_object.h"

enum { COLUMNS = 7, RULES = 6, STEPS = 12, FLAGS = 4, SPECS = 60 };

static size_t below(uint64_t *seed, size_t n) {
  return (size_t)(made_uniform(seed) * (double)n);
}

/* A sweep's spec with what it points to. */
typedef struct drawn_sweep {
  crucible_sweep_spec spec;
  crucible_rule rules[RULES];
  double values[RULES][2][COLUMNS];
  int32_t steps[FLAGS][STEPS];
} drawn_sweep;

static void draw_feature(crucible_operand *to, double *values, uint64_t *seed) {
  static const char *const names[] = {
      "SMA",          "EMA",     "RMA",
      "MAX",          "MIN",     "DONCHIAN_UPPER",
      "BBANDS_LOWER", "WMA",     "DONCHIAN_LOWER",
      "KAMA",         "MIDPRICE"};
  *to = (crucible_operand){.kind = CRUCIBLE_OPERAND_FEATURE};
  to->feature = names[below(seed, sizeof names / sizeof names[0])];
  for (size_t i = 0; i < CRUCIBLE_FEATURE_PARAMS_MAX; ++i)
    to->value[i] = (double)NAN;
  for (size_t c = 0; c < COLUMNS; ++c)
    values[c] = 2 + (double)below(seed, c % 3 == 0 ? 150 : 9);
  to->values[0] = values;
}

static void draw_operand(crucible_operand *to, double *values,
                         const crucible_bars *bars, uint64_t *seed) {
  size_t kind = below(seed, 10);
  if (kind < 6) {
    draw_feature(to, values, seed);
  } else if (kind < 9) {
    *to = (crucible_operand){.kind = CRUCIBLE_OPERAND_BAR,
                             .bar = 1 + (int32_t)below(seed, 4)};
  } else {
    *to = (crucible_operand){.kind = CRUCIBLE_OPERAND_NUMBER};
    for (size_t c = 0; c < COLUMNS; ++c)
      values[c] = bars->close[below(seed, bars->n)];
    to->values[0] = values;
  }
}

/* A program that is right by making: a rule, then joined rules and nots. */
static crucible_rule_program draw_program(int32_t *steps, uint64_t *seed) {
  size_t n = 0;
  if (below(seed, 8) == 0)
    return (crucible_rule_program){NULL, 0};
  steps[n++] = (int32_t)below(seed, RULES);
  while (n + 2 < STEPS && below(seed, 3) != 0) {
    if (below(seed, 3) == 0) {
      steps[n++] = CRUCIBLE_RULE_NOT;
      continue;
    }
    steps[n++] = (int32_t)below(seed, RULES);
    steps[n++] = below(seed, 2) ? CRUCIBLE_RULE_AND : CRUCIBLE_RULE_OR;
  }
  return (crucible_rule_program){steps, n};
}

static void draw_sweep(drawn_sweep *to, const crucible_bars *bars,
                       uint64_t seed) {
  crucible_sweep_spec_init(&to->spec, sizeof to->spec);
  for (size_t r = 0; r < RULES; ++r) {
    crucible_rule *rule = &to->rules[r];
    *rule = (crucible_rule){.comparison = 1 + (int32_t)((r + seed) % 6)};
    draw_operand(&rule->left, to->values[r][0], bars, &seed);
    draw_operand(&rule->right, to->values[r][1], bars, &seed);
  }
  to->spec.n_columns = COLUMNS;
  to->spec.rules = to->rules;
  to->spec.n_rules = RULES;
  to->spec.enter_long = draw_program(to->steps[0], &seed);
  to->spec.exit_long = draw_program(to->steps[1], &seed);
  to->spec.enter_short = draw_program(to->steps[2], &seed);
  to->spec.exit_short = draw_program(to->steps[3], &seed);
}

/* ---- the evaluation that is right because it is plain ---- */

static double *column_of(const crucible_operand *from, size_t column,
                         const crucible_bars *bars) {
  const double *const own[] = {bars->open, bars->high, bars->low, bars->close};
  double *out = calloc(bars->n, sizeof *out);
  assert_non_null(out);
  if (from->kind == CRUCIBLE_OPERAND_FEATURE) {
    crucible_feature_spec spec = {.name = from->feature};
    for (size_t i = 0; i < CRUCIBLE_FEATURE_PARAMS_MAX; ++i)
      spec.params[i] =
          from->values[i] ? from->values[i][column] : from->value[i];
    assert_ok(crucible_features_compute(&spec, 1, bars, NULL, out));
  } else if (from->kind == CRUCIBLE_OPERAND_BAR) {
    memcpy(out, own[from->bar - 1], bars->n * sizeof *out);
  } else {
    for (size_t i = 0; i < bars->n; ++i)
      out[i] = from->values[0][column];
  }
  return out;
}

/* vectorbt's loop: crossed_above_1d_nb() without wait. */
static void crossed_above(const double *a, const double *b, size_t n,
                          unsigned char *out) {
  int was_below = 0, ago = -1;
  for (size_t i = 0; i < n; ++i) {
    out[i] = 0;
    if (isnan(a[i]) || isnan(b[i])) {
      ago = -1;
      was_below = 0;
    } else if (a[i] > b[i]) {
      if (was_below)
        out[i] = ++ago == 0;
    } else {
      ago = -1;
      was_below |= a[i] < b[i];
    }
  }
}

static unsigned char *rule_bits(const crucible_rule *rule, size_t column,
                                const crucible_bars *bars) {
  unsigned char *out = calloc(bars->n, 1);
  double *a = column_of(&rule->left, column, bars);
  double *b = column_of(&rule->right, column, bars);
  assert_non_null(out);
  for (size_t i = 0; i < bars->n; ++i)
    out[i] = rule->comparison == CRUCIBLE_IS_ABOVE      ? a[i] > b[i]
             : rule->comparison == CRUCIBLE_IS_BELOW    ? a[i] < b[i]
             : rule->comparison == CRUCIBLE_IS_AT_LEAST ? a[i] >= b[i]
                                                        : a[i] <= b[i];
  if (rule->comparison == CRUCIBLE_CROSSES_ABOVE)
    crossed_above(a, b, bars->n, out);
  if (rule->comparison == CRUCIBLE_CROSSES_BELOW)
    crossed_above(b, a, bars->n, out);
  free(a);
  free(b);
  return out;
}

static int run(const crucible_rule_program *program,
               unsigned char *const rules[RULES], size_t bar) {
  int stack[STEPS], depth = 0;
  for (size_t i = 0; i < program->n; ++i) {
    int32_t step = program->steps[i];
    if (step >= 0) {
      stack[depth++] = rules[step][bar];
    } else if (step == CRUCIBLE_RULE_NOT) {
      stack[depth - 1] = !stack[depth - 1];
    } else {
      depth -= 1;
      stack[depth - 1] = step == CRUCIBLE_RULE_AND
                             ? stack[depth - 1] && stack[depth]
                             : stack[depth - 1] || stack[depth];
    }
  }
  return depth > 0 && stack[0];
}

/* [FLAGS][COLUMNS][n_words] */
static uint64_t *plain_flags(const drawn_sweep *sweep,
                             const crucible_bars *bars) {
  const crucible_rule_program *const programs[FLAGS] = {
      &sweep->spec.enter_long, &sweep->spec.exit_long, &sweep->spec.enter_short,
      &sweep->spec.exit_short};
  size_t words = (bars->n + 63) / 64;
  uint64_t *out = calloc(FLAGS * COLUMNS * words, sizeof *out);
  assert_non_null(out);
  for (size_t c = 0; c < COLUMNS; ++c) {
    unsigned char *rules[RULES];
    for (size_t r = 0; r < RULES; ++r)
      rules[r] = rule_bits(&sweep->rules[r], c, bars);
    for (size_t f = 0; f < FLAGS; ++f)
      for (size_t i = 0; i < bars->n; ++i)
        if (run(programs[f], rules, i))
          out[(f * COLUMNS + c) * words + i / 64] |= (uint64_t)1 << (i % 64);
    for (size_t r = 0; r < RULES; ++r)
      free(rules[r]);
  }
  return out;
}

/* ---- the sweep's own ---- */

static crucible_sweep *open_sweep(const drawn_sweep *from,
                                  const crucible_bars *bars,
                                  crucible_pool *pool) {
  crucible_sweep *sweep;
  assert_ok(crucible_sweep_create(&bars, 1, &from->spec, pool, &sweep));
  return sweep;
}

static void assert_same_words(const uint64_t *actual, const uint64_t *expected,
                              size_t words, const char *what, uint64_t seed) {
  for (size_t i = 0; i < FLAGS * COLUMNS * words; ++i)
    if (actual[i] != expected[i])
      fail_msg("%s, seed %llu: flag %zu, column %zu, word %zu: %016llx, "
               "expected %016llx",
               what, (unsigned long long)seed, i / words / COLUMNS,
               i / words % COLUMNS, i % words, (unsigned long long)actual[i],
               (unsigned long long)expected[i]);
}

static void check_whole(const drawn_sweep *drawn, const crucible_bars *bars,
                        const uint64_t *expected, crucible_pool *pool,
                        uint64_t seed) {
  size_t words = (bars->n + 63) / 64, each = COLUMNS * words;
  uint64_t *out = calloc(FLAGS * each, sizeof *out);
  assert_non_null(out);
  memset(out, 0xa5, FLAGS * each * sizeof *out);
  crucible_sweep *sweep = open_sweep(drawn, bars, pool);
  for (int again = 0; again < 2; ++again) {
    assert_ok(crucible_sweep_flags(sweep, 0, COLUMNS, out, out + each,
                                   out + 2 * each, out + 3 * each));
    assert_same_words(out, expected, words, "whole", seed);
  }
  crucible_sweep_destroy(sweep);
  free(out);
}

/* Some words of the block for one column. */
static void make_some(const crucible_sweep *sweep, uint64_t *out, size_t column,
                      size_t first, size_t n) {
  uint64_t *flags[FLAGS];
  for (size_t f = 0; f < FLAGS; ++f)
    flags[f] = out + (f * COLUMNS + column) * sweep->n_words + first;
  crucible__sweep_make(sweep, column, first, n, flags);
}

static void check_blocks(const drawn_sweep *drawn, const crucible_bars *bars,
                         const uint64_t *expected, uint64_t seed) {
  size_t words = (bars->n + 63) / 64;
  uint64_t *out = calloc(FLAGS * COLUMNS * words, sizeof *out), state = seed;
  assert_non_null(out);
  crucible_sweep *sweep = open_sweep(drawn, bars, NULL);
  assert_ok(crucible__sweep_begin(sweep, words / 2, 1)); /* skips, then */
  assert_ok(crucible__sweep_begin(sweep, words / 3, 1)); /* goes back */
  for (size_t first = 0; first < words;) {
    size_t left = words - first, n = 1 + below(&state, left < 9 ? left : 9);
    assert_ok(crucible__sweep_begin(sweep, first, n));
    size_t cut = below(&state, n + 1);
    for (size_t c = COLUMNS; c-- > 0;) {
      make_some(sweep, out, c, first + cut, n - cut);
      make_some(sweep, out, c, first, cut);
    }
    first += n;
  }
  assert_same_words(out, expected, words, "blocks", seed);
  crucible_sweep_destroy(sweep);
  free(out);
}

static size_t bits_set(const uint64_t *words, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; ++i)
    count += (size_t)__builtin_popcountll(words[i]);
  return count;
}

static void a_sweep_has_the_bits_of_a_plain_evaluation(void **state) {
  (void)state;
  static const int kinds[] = {MADE_PLAIN, MADE_GAPS, MADE_HALTS, MADE_FLAT,
                              MADE_TINY};
  static const size_t lengths[] = {1, 63, 64, 65, 700, 2048, 2100, 4500};
  crucible_pool *pool;
  size_t set = 0;
  assert_ok(crucible_pool_create(3, &pool));
  for (uint64_t seed = 0; seed < SPECS; ++seed) {
    made_bars *bars =
        made_bars_generate(kinds[seed % 5], lengths[seed % 8], 100 + seed);
    drawn_sweep drawn;
    draw_sweep(&drawn, &bars->view, seed);
    uint64_t *expected = plain_flags(&drawn, &bars->view);
    set += bits_set(expected, FLAGS * COLUMNS * ((bars->view.n + 63) / 64));
    for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level) {
      (void)crucible__simd_force(level);
      check_whole(&drawn, &bars->view, expected, level ? pool : NULL, seed);
      check_blocks(&drawn, &bars->view, expected, seed);
    }
    (void)crucible__simd_force(-1);
    free(expected);
    made_bars_free(bars);
  }
  assert_true(set > 10000);
  crucible_pool_destroy(pool);
}

static void the_same_holds_on_recorded_bars(void **state) {
  (void)state;
  crucible_series *series;
  crucible_bars bars = {.struct_size = sizeof bars};
  assert_ok(crucible_series_read_csv(
      CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv",
      NULL, &series));
  assert_ok(crucible_series_view(series, &bars));
  for (uint64_t seed = 1000; seed < 1010; ++seed) {
    drawn_sweep drawn;
    draw_sweep(&drawn, &bars, seed);
    uint64_t *expected = plain_flags(&drawn, &bars);
    check_whole(&drawn, &bars, expected, NULL, seed);
    check_blocks(&drawn, &bars, expected, seed);
    free(expected);
  }
  crucible_series_destroy(series);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_sweep_has_the_bits_of_a_plain_evaluation),
      cmocka_unit_test(the_same_holds_on_recorded_bars),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
