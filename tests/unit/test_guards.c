/* SPDX-License-Identifier: Apache-2.0 */
/* The look-ahead test: its cuts and findings, what it does with callbacks,
   threads, cancelling, bad arguments and want of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "support/error_names.h"
#include "support/failing_alloc.h"
#include "support/guard_lookahead.h"
#include "support/guard_world.h"
#include "support/near.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const double NOTHING = (double)NAN;

/* ---- cuts, tolerance, order ---- */

/* Column 0 is honest, 1 knows the next bar from bar 1000 on, 2 from 500 on. */
static int32_t three(const crucible_bars *bars, void *values, void *data) {
  double *out = values;
  (void)data;
  for (size_t c = 0; c < 3; ++c)
    for (size_t i = 0; i < bars->n; ++i) {
      size_t from = c == 1 ? 1000 : 500;
      size_t at = c > 0 && i >= from && i + 1 < bars->n ? i + 1 : i;
      out[c * bars->n + i] = bars->close[at];
    }
  return 0;
}

static void each_column_has_its_own_finding(void **state) {
  const world *w = *state;
  crucible_column_source source = source_of(three, 3, 0);
  crucible_lookahead_finding found[3];
  crucible_lookahead_options options;
  crucible_lookahead_options_init(&options, sizeof options);
  options.max_cuts = SIZE_MAX;
  crucible_lookahead_result r = check_with(w, &source, &options, found);
  assert_int_equal(r.is_exhaustive, 1);
  assert_true(r.n_cuts >= w->bars.n - 1);
  assert_int_equal(r.n_columns_changed, 2);
  assert_int_equal(r.column, 2);
  assert_int_equal(r.first.bar, 500);
  assert_int_equal(r.first.cut, 501);
  assert_int_equal(found[0].n_cuts_changed, 0);
  assert_int_equal(found[1].bar, 1000);
  assert_int_equal(found[1].cut, 1001);
  assert_same_bits(found[1].with_future, w->bars.close[1001]);
  assert_same_bits(found[1].without_future, w->bars.close[1000]);
  /* few cuts and bisection come to the same first bar */
  options.max_cuts = 60;
  r = check_with(w, &source, &options, found);
  assert_int_equal(r.is_exhaustive, 0);
  assert_int_equal(r.first.bar, 500);
  assert_int_equal(r.first.cut, 501);
  assert_int_equal(r.needs, 1);
}

static void chosen_cuts_are_always_tried(void **state) {
  const world *w = *state;
  crucible_column_source source = source_of(rare, 1, CRUCIBLE_COLUMNS_FLAGS);
  crucible_lookahead_options options;
  crucible_lookahead_options_init(&options, sizeof options);
  options.max_cuts = 1;
  crucible_lookahead_result r = check_with(w, &source, &options, NULL);
  size_t cut = r.first.cut; /* one cut of a good choice is enough */
  assert_int_equal(r.is_found, 1);
  const size_t cuts[] = {cut, cut + 100, cut};
  options.cuts = cuts;
  options.n_cuts = 3;
  r = check_with(w, &source, &options, NULL);
  assert_int_equal(r.is_found, 1);
  assert_true(r.n_cuts >= 3);
}

/* A rounding error that depends on how many bars there are. */
static int32_t rounded(const crucible_bars *bars, void *values, void *data) {
  double *out = values;
  (void)data;
  for (size_t i = 0; i < bars->n; ++i)
    out[i] = bars->close[i] * (1 + 1e-15 * (double)bars->n);
  return 0;
}

static void difference_within_the_tolerance_is_none(void **state) {
  crucible_column_source source = source_of(rounded, 1, 0);
  crucible_lookahead_options options;
  crucible_lookahead_options_init(&options, sizeof options);
  assert_int_equal(check_with(*state, &source, &options, NULL).is_found, 1);
  options.relative = 1e-9;
  assert_int_equal(check_with(*state, &source, &options, NULL).is_found, 0);
  options.relative = 0;
  options.absolute = 1e-6;
  assert_int_equal(check_with(*state, &source, &options, NULL).is_found, 0);
}

/* ---- callbacks ---- */

static int32_t counting(const crucible_bars *bars, void *values, void *data) {
  double *out = values, *calls = data;
  *calls += 1;
  for (size_t i = 0; i < bars->n; ++i)
    out[i] = i == 7 ? *calls : 0;
  return 0;
}

static void function_with_a_memory_is_not_repeatable(void **state) {
  double calls = 0;
  crucible_column_source source = source_of(counting, 1, 0);
  source.user_data = &calls;
  crucible_lookahead_result r = check_with(*state, &source, NULL, NULL);
  assert_int_equal(r.is_repeatable, 0);
  assert_int_equal(r.is_found, 0);
  assert_int_equal(r.n_calls, 2);
  assert_int_equal(r.first.bar, 7);
  assert_same_bits(r.first.with_future, 1);
  assert_same_bits(r.first.without_future, 2);
}

static int32_t wants_a_hundred(const crucible_bars *bars, void *values,
                               void *data) {
  (void)data;
  if (bars->n < 100)
    return CRUCIBLE_E_TOO_SHORT;
  memcpy(values, bars->close, bars->n * sizeof(double));
  return 0;
}

static int32_t never(const crucible_bars *bars, void *values, void *data) {
  (void)bars;
  (void)values;
  return *(const int32_t *)data;
}

static void too_short_histories_are_left_out(void **state) {
  crucible_column_source source = source_of(wants_a_hundred, 1, 0);
  crucible_lookahead_result r = check_with(*state, &source, NULL, NULL);
  assert_int_equal(r.is_found, 0);
  assert_in_range(r.n_too_short, 10, 30);
  assert_int_equal(r.n_cuts + r.n_too_short, 200);
}

static void failure_of_the_callback_stops_the_test(void **state) {
  const world *w = *state;
  int32_t answer = CRUCIBLE_E_TOO_SHORT;
  crucible_column_source source = source_of(never, 1, 0);
  source.user_data = &answer;
  crucible_lookahead_result r = {.struct_size = sizeof r, .n_cuts = 77};
  assert_int_equal(
      crucible_lookahead_check(&source, &w->bars, NULL, NULL, NULL, &r, NULL),
      CRUCIBLE_E_TOO_SHORT);
  answer = 5;
  assert_int_equal(
      crucible_lookahead_check(&source, &w->bars, NULL, NULL, NULL, &r, NULL),
      CRUCIBLE_E_CALLBACK);
  assert_error_names("returned 5");
  assert_int_equal(r.n_cuts, 77);
}

static void threads_change_nothing(void **state) {
  const world *w = *state;
  crucible_pool *pool;
  must(crucible_pool_create(3, &pool));
  static const crucible_columns_cb leaks[] = {centred, normalised, three,
                                              hour_before};
  for (size_t i = 0; i < COUNT(leaks); ++i) {
    crucible_column_source source = source_of(leaks[i], 3, 0);
    crucible_lookahead_finding one[3], many[3];
    memset(one, 0, sizeof one);
    memset(many, 0, sizeof many);
    source.is_thread_safe = 1;
    crucible_lookahead_result a = {.struct_size = sizeof a}, b = a;
    must(
        crucible_lookahead_check(&source, &w->bars, NULL, NULL, NULL, &a, one));
    must(crucible_lookahead_check(&source, &w->bars, NULL, pool, NULL, &b,
                                  many));
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_equal(one, many, sizeof one);
  }
  crucible_pool_destroy(pool);
}

static void cancelled_test_says_so(void **state) {
  const world *w = *state;
  crucible_cancel *cancel;
  must(crucible_cancel_create(&cancel));
  crucible_cancel_request(cancel);
  crucible_column_source source = source_of(centred, 1, 0);
  crucible_lookahead_result r = {.struct_size = sizeof r};
  assert_int_equal(
      crucible_lookahead_check(&source, &w->bars, NULL, NULL, cancel, &r, NULL),
      CRUCIBLE_E_CANCELLED);
  crucible_cancel_destroy(cancel);
}

/* ---- bad input ---- */

static void bad_arguments_are_refused_by_name(void **state) {
  const world *w = *state;
  crucible_lookahead_result r = {.struct_size = sizeof r};
  crucible_lookahead_options options;
  const size_t none = 0, all = w->bars.n;
#define REFUSES(wanted, word, change)                                          \
  do {                                                                         \
    crucible_column_source source = source_of(centred, 1, 0);                  \
    crucible_lookahead_options_init(&options, sizeof options);                 \
    change;                                                                    \
    assert_int_equal(crucible_lookahead_check(&source, &w->bars, &options,     \
                                              NULL, NULL, &r, NULL),           \
                     wanted);                                                  \
    assert_error_names(word);                                                  \
  } while (0)
  REFUSES(CRUCIBLE_E_INVALID, "compute", source.compute = NULL);
  REFUSES(CRUCIBLE_E_INVALID, "n_columns", source.n_columns = 0);
  REFUSES(CRUCIBLE_E_INVALID, "kind", source.kind = 2);
  REFUSES(CRUCIBLE_E_INVALID, "is_thread_safe", source.is_thread_safe = 2);
  REFUSES(CRUCIBLE_E_INVALID, "struct_size", source.struct_size = 0);
  REFUSES(CRUCIBLE_E_NOMEM, "", source.n_columns = SIZE_MAX / 4);
  REFUSES(CRUCIBLE_E_INVALID, "relative", options.relative = -1);
  REFUSES(CRUCIBLE_E_INVALID, "absolute", options.absolute = NOTHING);
  REFUSES(CRUCIBLE_E_INVALID, "cuts", options.n_cuts = 1);
  REFUSES(CRUCIBLE_E_INVALID, "cuts[0] is 0", options.cuts = &none;
          options.n_cuts = 1);
  REFUSES(CRUCIBLE_E_INVALID, "cuts[0]", options.cuts = &all;
          options.n_cuts = 1);
  REFUSES(CRUCIBLE_E_INVALID, "result", r.struct_size = 1);
#undef REFUSES
  r.struct_size = sizeof r;
  crucible_column_source source = source_of(centred, 1, 0);
  assert_int_equal(
      crucible_lookahead_check(NULL, &w->bars, NULL, NULL, NULL, &r, NULL),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_lookahead_check(&source, NULL, NULL, NULL, NULL, &r, NULL),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_lookahead_check(&source, &w->bars, NULL, NULL, NULL, NULL, NULL),
      CRUCIBLE_E_INVALID);
  crucible_bars one = w->bars;
  one.n = 1;
  assert_int_equal(
      crucible_lookahead_check(&source, &one, NULL, NULL, NULL, &r, NULL),
      CRUCIBLE_E_TOO_SHORT);
}

static void two_bars_have_one_cut(void **state) {
  world w = *(const world *)*state;
  w.bars.n = 2;
  crucible_lookahead_result r = check(&w, shifted, 1, 0);
  assert_int_equal(r.is_exhaustive, 1);
  assert_int_equal(r.n_cuts, 1);
  assert_int_equal(r.is_found, 1);
  assert_int_equal(r.needs, 1);
}

typedef struct memory_case {
  crucible_bars bars;
  crucible_pool *pool;
} memory_case;

static crucible_status check_once(void *data) {
  const memory_case *m = data;
  crucible_column_source source = source_of(three, 3, 0);
  source.is_thread_safe = 1;
  crucible_lookahead_result r = {.struct_size = sizeof r};
  crucible_lookahead_finding found[3];
  return crucible_lookahead_check(&source, &m->bars, NULL, m->pool, NULL, &r,
                                  found);
}

static void test_survives_want_of_memory(void **state) {
  memory_case m = {.bars = ((const world *)*state)->bars};
  m.bars.n = 300;
  must(crucible_pool_create(2, &m.pool));
  failing_alloc_run(check_once, &m);
  crucible_pool_destroy(m.pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_column_has_its_own_finding),
      cmocka_unit_test(chosen_cuts_are_always_tried),
      cmocka_unit_test(difference_within_the_tolerance_is_none),
      cmocka_unit_test(function_with_a_memory_is_not_repeatable),
      cmocka_unit_test(too_short_histories_are_left_out),
      cmocka_unit_test(failure_of_the_callback_stops_the_test),
      cmocka_unit_test(threads_change_nothing),
      cmocka_unit_test(cancelled_test_says_so),
      cmocka_unit_test(bad_arguments_are_refused_by_name),
      cmocka_unit_test(two_bars_have_one_cut),
      cmocka_unit_test(test_survives_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
