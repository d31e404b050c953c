/* SPDX-License-Identifier: Apache-2.0 */
/* Worked examples, vectorbt's crossings, bad input, want of memory, grids. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/sweep.h>

#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/made_bars.h"
#include "support/statuses.h"

#define DEFAULT ((double)NAN)

static crucible_operand feature(const char *name, double period) {
  return (crucible_operand){.kind = CRUCIBLE_OPERAND_FEATURE,
                            .feature = name,
                            .value = {period, DEFAULT, DEFAULT, DEFAULT}};
}

static crucible_operand feature_of(const char *name, const double *periods) {
  crucible_operand operand = feature(name, DEFAULT);
  operand.values[0] = periods;
  return operand;
}

static crucible_operand bar(int32_t column) {
  return (crucible_operand){.kind = CRUCIBLE_OPERAND_BAR, .bar = column};
}

static crucible_operand number(double x) {
  return (crucible_operand){.kind = CRUCIBLE_OPERAND_NUMBER, .value = {x}};
}

static crucible_rule rule_of(crucible_operand left, int32_t comparison,
                             crucible_operand right) {
  return (crucible_rule){
      .left = left, .right = right, .comparison = comparison};
}

static const int32_t steps_0[] = {0}, steps_1[] = {1};
static const crucible_rule_program rule_0 = {steps_0, 1}, rule_1 = {steps_1, 1};

static crucible_sweep_spec spec_of(const crucible_rule *rules, size_t n_rules,
                                   size_t n_columns) {
  crucible_sweep_spec spec;
  crucible_sweep_spec_init(&spec, sizeof spec);
  spec.n_columns = n_columns;
  spec.rules = rules;
  spec.n_rules = n_rules;
  spec.enter_long = rule_0;
  return spec;
}

static crucible_sweep *make(const crucible_bars *bars,
                            const crucible_sweep_spec *spec) {
  crucible_sweep *sweep;
  assert_ok(crucible_sweep_create(&bars, 1, spec, NULL, &sweep));
  return sweep;
}

static crucible_sweep_info info_of(const crucible_sweep *sweep) {
  crucible_sweep_info info = {.struct_size = sizeof info};
  assert_ok(crucible_sweep_describe(sweep, &info));
  return info;
}

static int bit(const uint64_t *words, size_t i) {
  return (int)(words[i / 64] >> (i % 64) & 1);
}

/* Bars whose prices are all one's close. */
static made_bars *bars_at(const double *closes, size_t n) {
  made_bars *bars = made_bars_generate(MADE_PLAIN, n, 1);
  for (size_t i = 0; i < n; ++i)
    for (size_t c = 0; c < 4; ++c)
      bars->column[c][i] = closes[i];
  return bars;
}

/* ---- examples ---- */

enum { CASE = 70 };

static void crossings_are_those_of_vectorbt(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("sweep/crossed_vectorbt.csv");
  size_t first = isnan(rows.row[0].cell[0]) ? 1U : 0U, events = 0;
  assert_true((rows.n - first) % CASE == 0 && rows.n > 20 * CASE);
  crucible_rule rules[] = {
      rule_of(feature("SMA", 2), CRUCIBLE_CROSSES_ABOVE, feature("SMA", 4)),
      rule_of(feature("SMA", 2), CRUCIBLE_CROSSES_BELOW, feature("SMA", 4))};
  crucible_sweep_spec spec = spec_of(rules, 2, 1);
  spec.exit_long = rule_1;
  for (const golden_row *row = rows.row + first; row < rows.row + rows.n;
       row += CASE) {
    double closes[CASE];
    uint64_t above[2], below[2];
    for (size_t i = 0; i < CASE; ++i)
      closes[i] = row[i].cell[1];
    made_bars *bars = bars_at(closes, CASE);
    crucible_sweep *sweep = make(&bars->view, &spec);
    assert_ok(crucible_sweep_flags(sweep, 0, 1, above, below, NULL, NULL));
    for (size_t i = 0; i < CASE; ++i) {
      if (bit(above, i) != (int)row[i].cell[2] ||
          bit(below, i) != (int)row[i].cell[3])
        fail_msg("case %g, bar %zu: %d %d", row[i].cell[0], i, bit(above, i),
                 bit(below, i));
      events += (size_t)bit(above, i);
    }
    crucible_sweep_destroy(sweep);
    made_bars_free(bars);
  }
  assert_true(events > 300);
  golden_rows_free(&rows);
}

static void each_comparison_keeps_its_word_about_equal_values(void **state) {
  (void)state;
  static const double closes[] = {1, 2, 3, 2, 2, 1, 3};
  static const char *const expected[] = {/* against 2 */ "0010001",
                                         "1000010",
                                         "0111101",
                                         "1101110",
                                         "0010001",
                                         "0000010"};
  made_bars *bars = bars_at(closes, 7);
  for (int32_t c = CRUCIBLE_IS_ABOVE; c <= CRUCIBLE_CROSSES_BELOW; ++c) {
    uint64_t words[1];
    crucible_rule rule = rule_of(bar(CRUCIBLE_BAR_CLOSE), c, number(2));
    crucible_sweep_spec spec = spec_of(&rule, 1, 1);
    crucible_sweep *sweep = make(&bars->view, &spec);
    assert_ok(crucible_sweep_flags(sweep, 0, 1, words, NULL, NULL, NULL));
    for (size_t i = 0; i < 7; ++i)
      if (bit(words, i) != expected[c - 1][i] - '0')
        fail_msg("comparison %d at bar %zu", c, i);
    assert_true(words[0] >> 7 == 0);
    crucible_sweep_destroy(sweep);
  }
  made_bars_free(bars);
}

static void cold_values_compare_false_and_their_not_is_true(void **state) {
  (void)state;
  static const int32_t not_0[] = {0, CRUCIBLE_RULE_NOT};
  uint64_t plain[2], negated[2];
  made_bars *bars = made_bars_generate(MADE_PLAIN, 100, 3);
  crucible_rule rule =
      rule_of(feature("SMA", 30), CRUCIBLE_IS_AT_LEAST, number(0));
  crucible_sweep_spec spec = spec_of(&rule, 1, 1);
  spec.exit_short = (crucible_rule_program){not_0, 2};
  crucible_sweep *sweep = make(&bars->view, &spec);
  assert_ok(crucible_sweep_flags(sweep, 0, 1, plain, NULL, NULL, negated));
  for (size_t i = 0; i < 128; ++i) {
    assert_int_equal(bit(plain, i), i >= 29 && i < 100);
    assert_int_equal(bit(negated, i), i < 29);
  }
  assert_int_equal(info_of(sweep).look_back, 29);
  crucible_sweep_destroy(sweep);
  made_bars_free(bars);
}

static void a_flag_without_a_program_is_never_set(void **state) {
  (void)state;
  uint64_t words[4] = {1, 2, 3, 4};
  made_bars *bars = made_bars_generate(MADE_PLAIN, 200, 3);
  crucible_rule rule =
      rule_of(bar(CRUCIBLE_BAR_CLOSE), CRUCIBLE_IS_ABOVE, number(0));
  crucible_sweep_spec spec = spec_of(&rule, 1, 1);
  crucible_sweep *sweep = make(&bars->view, &spec);
  assert_ok(crucible_sweep_flags(sweep, 0, 1, NULL, NULL, words, NULL));
  for (size_t w = 0; w < 4; ++w)
    assert_true(words[w] == 0);
  crucible_sweep_destroy(sweep);
  made_bars_free(bars);
}

static void a_feature_is_computed_once_for_all_columns(void **state) {
  (void)state;
  enum { FAST = 19, SLOW = 109 };
  double fast[FAST], slow[SLOW], *points;
  size_t n;
  for (size_t i = 0; i < FAST; ++i)
    fast[i] = 5 + (double)i;
  for (size_t i = 0; i < SLOW; ++i)
    slow[i] = 40 + (double)i;
  crucible_grid_axis axes[] = {{fast, FAST}, {slow, SLOW}};
  assert_ok(crucible_sweep_grid(axes, 2, NULL, 0, 0, NULL, &n));
  assert_int_equal(n, FAST * SLOW);
  points = calloc(2 * n, sizeof *points);
  assert_ok(crucible_sweep_grid(axes, 2, NULL, 0, n, points, &n));
  made_bars *bars = made_bars_generate(MADE_PLAIN, 100, 3);
  crucible_rule rule =
      rule_of(feature_of("SMA", points), CRUCIBLE_CROSSES_ABOVE,
              feature_of("SMA", points + n));
  crucible_sweep_spec spec = spec_of(&rule, 1, n);
  crucible_sweep *sweep = make(&bars->view, &spec);
  crucible_sweep_info info = info_of(sweep);
  assert_int_equal(info.n_features, FAST + SLOW);
  assert_int_equal(info.look_back, 147);
  assert_int_equal(info.n_columns, n);
  assert_int_equal(info.n_words, 2);
  crucible_sweep_destroy(sweep);
  made_bars_free(bars);
  free(points);
}

static void columns_go_round_the_series_or_name_theirs(void **state) {
  (void)state;
  made_bars *one = made_bars_generate(MADE_PLAIN, 150, 3);
  made_bars *two = made_bars_generate(MADE_PLAIN, 150, 4);
  const crucible_bars *both[] = {&one->view, &two->view};
  static const uint32_t named[] = {1, 1, 0, 1};
  crucible_rule rule =
      rule_of(bar(CRUCIBLE_BAR_CLOSE), CRUCIBLE_IS_ABOVE, feature("EMA", 10));
  uint64_t alone[2][3], words[4 * 3];
  for (size_t s = 0; s < 2; ++s) {
    crucible_sweep_spec spec = spec_of(&rule, 1, 1);
    crucible_sweep *sweep = make(both[s], &spec);
    assert_ok(crucible_sweep_flags(sweep, 0, 1, alone[s], NULL, NULL, NULL));
    crucible_sweep_destroy(sweep);
  }
  assert_true(memcmp(alone[0], alone[1], sizeof alone[0]) != 0);
  for (int is_named = 0; is_named < 2; ++is_named) {
    crucible_sweep_spec spec = spec_of(&rule, 1, 4);
    crucible_sweep *sweep;
    spec.series_of = is_named ? named : NULL;
    assert_ok(crucible_sweep_create(both, 2, &spec, NULL, &sweep));
    assert_ok(crucible_sweep_flags(sweep, 0, 4, words, NULL, NULL, NULL));
    for (size_t c = 0; c < 4; ++c)
      assert_memory_equal(words + 3 * c, alone[is_named ? named[c] : c % 2],
                          sizeof alone[0]);
    assert_int_equal(info_of(sweep).n_features, 2);
    crucible_sweep_destroy(sweep);
  }
  made_bars_free(one);
  made_bars_free(two);
}

/* ---- grids ---- */

static void a_grid_keeps_the_order_of_its_axes(void **state) {
  (void)state;
  static const double a[] = {1, 5, 9}, b[] = {5, 7};
  crucible_grid_axis axes[] = {{a, 3}, {b, 2}};
  crucible_grid_order order = {.less = 0, .greater = 1};
  double points[2][3];
  size_t n;
  assert_ok(crucible_sweep_grid(axes, 2, &order, 1, 3, points[0], &n));
  assert_int_equal(n, 3); /* 1-5, 1-7, 5-7 */
  static const double expected[2][3] = {{1, 1, 5}, {5, 7, 7}};
  assert_memory_equal(points, expected, sizeof expected);
  assert_ok(crucible_sweep_grid(axes, 2, NULL, 0, 1, points[0], &n));
  assert_int_equal(n, 6);
  assert_true(points[0][0] == 1 && points[0][1] == 5);
}

/* ---- bad input ---- */

static void bad_grids_are_refused(void **state) {
  (void)state;
  static const double a[] = {1, 2}, none[] = {DEFAULT};
  crucible_grid_axis axes[64];
  crucible_grid_order order = {0, 5};
  size_t n;
  for (size_t j = 0; j < 64; ++j)
    axes[j] = (crucible_grid_axis){a, 2};
  assert_fails(crucible_sweep_grid(axes, 2, NULL, 0, 0, NULL, NULL),
               CRUCIBLE_E_INVALID, "n is NULL");
  assert_fails(crucible_sweep_grid(axes, 2, NULL, 0, 1, NULL, &n),
               CRUCIBLE_E_INVALID, "values is NULL");
  assert_fails(crucible_sweep_grid(axes, 0, NULL, 0, 0, NULL, &n),
               CRUCIBLE_E_INVALID, "n_axes = 0");
  assert_fails(crucible_sweep_grid(axes, 33, NULL, 0, 0, NULL, &n),
               CRUCIBLE_E_INVALID, "combinations");
  assert_fails(crucible_sweep_grid(axes, 2, &order, 1, 0, NULL, &n),
               CRUCIBLE_E_INVALID, "axis 5");
  axes[1] = (crucible_grid_axis){none, 1};
  assert_fails(crucible_sweep_grid(axes, 2, NULL, 0, 0, NULL, &n),
               CRUCIBLE_E_INVALID, "axes[1].values[0]");
  axes[1].n = 0;
  assert_fails(crucible_sweep_grid(axes, 2, NULL, 0, 0, NULL, &n),
               CRUCIBLE_E_INVALID, "axes[1]");
}

static void refused(const crucible_bars *bars, const crucible_sweep_spec *spec,
                    crucible_status expected, const char *part) {
  crucible_sweep *sweep = (crucible_sweep *)(void *)&sweep;
  assert_fails(crucible_sweep_create(&bars, 1, spec, NULL, &sweep), expected,
               part);
  assert_null(sweep);
}

static void a_refusal_names_rule_side_and_column(void **state) {
  (void)state;
  made_bars *bars = made_bars_generate(MADE_PLAIN, 100, 3);
  double periods[] = {5, 10, 900};
  crucible_rule good =
      rule_of(bar(CRUCIBLE_BAR_CLOSE), CRUCIBLE_IS_ABOVE, feature("SMA", 5));
  crucible_rule rules[2] = {good, good};
  crucible_sweep_spec spec = spec_of(rules, 2, 3);
  rules[1].right = feature("SNA", 5);
  refused(&bars->view, &spec, CRUCIBLE_E_INVALID,
          "rules[1].right, column 0: no feature is called \"SNA\"");
  rules[1].right = feature_of("SMA", periods);
  refused(&bars->view, &spec, CRUCIBLE_E_INVALID,
          "rules[1].right, column 2: SMA: timeperiod is 900");
  rules[1].right = feature("SMA", 5);
  rules[1].right.values[2] = periods;
  refused(&bars->view, &spec, CRUCIBLE_E_INVALID, "values[2]");
  rules[1].right = number(DEFAULT);
  refused(&bars->view, &spec, CRUCIBLE_E_INVALID, "number is NaN");
  rules[1].right = bar(9);
  refused(&bars->view, &spec, CRUCIBLE_E_INVALID, "bar is 9");
  rules[1].right = good.right;
  rules[1].left.kind = 0;
  refused(&bars->view, &spec, CRUCIBLE_E_INVALID, "rules[1].left");
  rules[1] = good;
  rules[1].comparison = 7;
  refused(&bars->view, &spec, CRUCIBLE_E_INVALID, "rules[1].comparison is 7");
  rules[1].comparison = CRUCIBLE_IS_ABOVE;
  rules[1].reserved = 1;
  refused(&bars->view, &spec, CRUCIBLE_E_VERSION, "rules[1].reserved");
  rules[1] = good;
  crucible_bars poor = bars->view;
  poor.trades = NULL;
  rules[1].left = bar(CRUCIBLE_BAR_TRADES);
  refused(&poor, &spec, CRUCIBLE_E_UNSUPPORTED, "column trades");
  rules[1].left = feature("TRADES_ZSCORE", DEFAULT);
  refused(&poor, &spec, CRUCIBLE_E_UNSUPPORTED, "trades");
  made_bars_free(bars);
}

static void
a_program_that_does_not_end_with_one_value_is_refused(void **state) {
  (void)state;
  made_bars *bars = made_bars_generate(MADE_PLAIN, 100, 3);
  crucible_rule rule =
      rule_of(bar(CRUCIBLE_BAR_CLOSE), CRUCIBLE_IS_ABOVE, number(1));
  crucible_sweep_spec spec = spec_of(&rule, 1, 1);
  static const struct {
    int32_t steps[3];
    size_t n;
    const char *part;
  } bad[] = {
      {{1}, 1, "exit_short.steps[0] is 1"},
      {{-4}, 1, "exit_short.steps[0] is -4"},
      {{0, CRUCIBLE_RULE_AND}, 2, "exit_short.steps[1] joins 2"},
      {{CRUCIBLE_RULE_NOT}, 1, "joins 1"},
      {{0, 0}, 2, "exit_short leaves 2"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    spec.exit_short = (crucible_rule_program){bad[i].steps, bad[i].n};
    refused(&bars->view, &spec, CRUCIBLE_E_INVALID, bad[i].part);
  }
  int32_t many[CRUCIBLE_RULE_PROGRAM_MAX + 1] = {0};
  spec.exit_short = (crucible_rule_program){many, 65};
  refused(&bars->view, &spec, CRUCIBLE_E_INVALID, "number 65");
  spec.exit_short.n = CRUCIBLE_RULE_PROGRAM_MAX + 1;
  refused(&bars->view, &spec, CRUCIBLE_E_INVALID, "1025 steps");
  spec.exit_short = (crucible_rule_program){NULL, 1};
  refused(&bars->view, &spec, CRUCIBLE_E_INVALID, "NULL");
  made_bars_free(bars);
}

static void bad_series_are_refused(void **state) {
  (void)state;
  made_bars *one = made_bars_generate(MADE_PLAIN, 100, 3);
  made_bars *two = made_bars_generate(MADE_PLAIN, 101, 3);
  const crucible_bars *both[] = {&one->view, &two->view};
  crucible_rule rule =
      rule_of(bar(CRUCIBLE_BAR_CLOSE), CRUCIBLE_IS_ABOVE, feature("SMA", 5));
  crucible_sweep_spec spec = spec_of(&rule, 1, 2);
  crucible_sweep *sweep;
  assert_fails(crucible_sweep_create(both, 2, &spec, NULL, &sweep),
               CRUCIBLE_E_DATA, "series[1] has 101 bars");
  two->view.n = 100;
  two->time[50] += MADE_STEP_MS / 2;
  assert_fails(crucible_sweep_create(both, 2, &spec, NULL, &sweep),
               CRUCIBLE_E_DATA, "series[1] has a bar 50");
  two->time[50] -= MADE_STEP_MS / 2;
  two->column[3][7] = -1;
  assert_fails(crucible_sweep_create(both, 2, &spec, NULL, &sweep),
               CRUCIBLE_E_DATA, "series[1]: bar 7");
  uint32_t of[] = {0, 2};
  spec.series_of = of;
  assert_fails(crucible_sweep_create(both, 2, &spec, NULL, &sweep),
               CRUCIBLE_E_INVALID, "series_of[1] is 2");
  spec.series_of = NULL;
  assert_fails(crucible_sweep_create(both, 0, &spec, NULL, &sweep),
               CRUCIBLE_E_INVALID, "n_series = 0");
  assert_fails(crucible_sweep_create(both, 1, NULL, NULL, &sweep),
               CRUCIBLE_E_INVALID, "spec is NULL");
  spec.n_columns = 0;
  assert_fails(crucible_sweep_create(both, 1, &spec, NULL, &sweep),
               CRUCIBLE_E_INVALID, "n_columns is 0");
  rule.right = number(1);
  spec.n_columns = 2;
  two->column[3][7] = (double)INFINITY;
  assert_fails(crucible_sweep_create(both, 2, &spec, NULL, &sweep),
               CRUCIBLE_E_DATA, "series[1], bar 7");
  made_bars_free(one);
  made_bars_free(two);
}

static void calls_without_an_object_or_columns_are_refused(void **state) {
  (void)state;
  made_bars *bars = made_bars_generate(MADE_PLAIN, 100, 3);
  crucible_rule rule =
      rule_of(bar(CRUCIBLE_BAR_CLOSE), CRUCIBLE_IS_ABOVE, feature("SMA", 5));
  crucible_sweep_spec spec = spec_of(&rule, 1, 2);
  crucible_sweep *sweep = make(&bars->view, &spec);
  crucible_sweep_info info = {.struct_size = sizeof info};
  const crucible_bars *view = &bars->view;
  uint64_t words[2];
  crucible_sweep_destroy(NULL);
  assert_fails(crucible_sweep_create(&view, 1, &spec, NULL, NULL),
               CRUCIBLE_E_INVALID, "sweep is NULL");
  assert_fails(crucible_sweep_describe(NULL, &info), CRUCIBLE_E_INVALID,
               "sweep is NULL");
  assert_fails(crucible_sweep_describe(sweep, NULL), CRUCIBLE_E_INVALID,
               "info is NULL");
  assert_fails(crucible_sweep_flags(NULL, 0, 1, words, NULL, NULL, NULL),
               CRUCIBLE_E_INVALID, "sweep is NULL");
  assert_fails(crucible_sweep_flags(sweep, 1, 2, words, NULL, NULL, NULL),
               CRUCIBLE_E_INVALID, "first_column is 1");
  assert_fails(crucible_sweep_flags(sweep, 0, 0, words, NULL, NULL, NULL),
               CRUCIBLE_E_INVALID, "n_columns is 0");
  crucible_sweep_destroy(sweep);
  made_bars_free(bars);
}

static crucible_status make_and_use(void *data) {
  made_bars *bars = data;
  const crucible_bars *view = &bars->view;
  double periods[200];
  static const int32_t both[] = {0, 1, CRUCIBLE_RULE_OR};
  crucible_rule rules[] = {
      rule_of(feature_of("SMA", periods), CRUCIBLE_CROSSES_ABOVE,
              feature("EMA", 9)),
      rule_of(feature("RSI", 14), CRUCIBLE_IS_BELOW, number(30))};
  for (size_t i = 0; i < 200; ++i)
    periods[i] = 2 + (double)i;
  crucible_sweep_spec spec = spec_of(rules, 2, 200);
  spec.exit_long = (crucible_rule_program){both, 3};
  uint64_t words[2];
  crucible_sweep *sweep;
  crucible_status status = crucible_sweep_create(&view, 1, &spec, NULL, &sweep);
  if (status == CRUCIBLE_OK)
    status = crucible_sweep_flags(sweep, 3, 1, NULL, words, NULL, NULL);
  crucible_sweep_destroy(sweep);
  return status;
}

static void want_of_memory_is_survived(void **state) {
  (void)state;
  made_bars *bars = made_bars_generate(MADE_PLAIN, 100, 3);
  assert_true(failing_alloc_run(make_and_use, bars) > 10);
  made_bars_free(bars);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(crossings_are_those_of_vectorbt),
      cmocka_unit_test(each_comparison_keeps_its_word_about_equal_values),
      cmocka_unit_test(cold_values_compare_false_and_their_not_is_true),
      cmocka_unit_test(a_flag_without_a_program_is_never_set),
      cmocka_unit_test(a_feature_is_computed_once_for_all_columns),
      cmocka_unit_test(columns_go_round_the_series_or_name_theirs),
      cmocka_unit_test(a_grid_keeps_the_order_of_its_axes),
      cmocka_unit_test(bad_grids_are_refused),
      cmocka_unit_test(a_refusal_names_rule_side_and_column),
      cmocka_unit_test(a_program_that_does_not_end_with_one_value_is_refused),
      cmocka_unit_test(bad_series_are_refused),
      cmocka_unit_test(calls_without_an_object_or_columns_are_refused),
      cmocka_unit_test(want_of_memory_is_survived),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
