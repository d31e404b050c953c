/* SPDX-License-Identifier: Apache-2.0 */
/* The warm-up test: how much history a column needs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "support/error_names.h"
#include "support/failing_alloc.h"
#include "support/guard_world.h"
#include "support/near.h"

static const double NOTHING = (double)NAN;

/* ---- features ---- */

static void features_need_the_lookback_that_they_declare(void **state) {
  const world *w = *state;
  feature_list list;
  every_feature(&w->bars, &list);
  crucible_column_source source = source_of(features, list.n, 0);
  source.user_data = &list;
  crucible_warmup_options options;
  crucible_warmup_options_init(&options, sizeof options);
  options.tolerance = 0;
  crucible_warmup_result r = {.struct_size = sizeof r};
  crucible_warmup_finding found[FEATURES_MAX];
  must(crucible_warmup_check(&source, &w->bars, &options, NULL, NULL, &r, found,
                             NULL));
  size_t n_finite = 0;
  for (size_t i = 0; i < list.n; ++i) {
    size_t lookback;
    must(crucible_feature_lookback(&list.specs[i], &lookback));
    if (list.is_recursive[i]) { /* at least its warm-up */
      assert_true(found[i].bars >= lookback);
      continue;
    }
    ++n_finite;
    if (found[i].bars != lookback)
      fail_msg("%s needs %zu bars, declares %zu", list.specs[i].name,
               found[i].bars, lookback);
  }
  assert_true(n_finite > 50);
}

static void exponential_average_forgets_at_its_rate(void **state) {
  const world *w = *state;
  feature_list list = {.n = 2,
                       .specs = {{"EMA", {50, NOTHING, NOTHING, NOTHING}},
                                 {"SMA", {50, NOTHING, NOTHING, NOTHING}}}};
  crucible_column_source source = source_of(features, list.n, 0);
  source.user_data = &list;
  const size_t startups[] = {0, 100, 200, 400};
  crucible_warmup_options options;
  crucible_warmup_options_init(&options, sizeof options);
  options.startups = startups;
  options.n_startups = 4;
  crucible_warmup_result r = {.struct_size = sizeof r};
  crucible_warmup_finding found[2];
  double apart[8];
  must(crucible_warmup_check(&source, &w->bars, &options, NULL, NULL, &r, found,
                             apart));
  /* what is left of a start is (1 - 2 / 51)^bars of it */
  double decay = pow(1 - 2.0 / 51, 100);
  assert_true(isinf(apart[0]));
  assert_near(apart[2] / apart[1], decay, 0.2, 0);
  assert_near(apart[3] / apart[2], decay * decay, 0.2, 0);
  assert_true(apart[1] > 1e-6 && apart[3] < 1e-6);
  assert_in_range(found[0].bars, 101, 399);
  assert_same_bits(apart[3], found[0].difference);
  /* a window has forgotten after its length: to the bit */
  assert_int_equal(found[1].bars, 49);
  assert_same_bits(apart[5], 0);
  assert_int_equal(r.column, 0);
  assert_int_equal(r.bars, found[0].bars);
  assert_int_equal(r.longest, 400);
  assert_int_equal(r.n_starts, 16);
  assert_int_equal(r.n_calls, 17);
}

/* ---- columns of all kinds ---- */

/* Volume added up since the beginning. */
static int32_t cumulative(const crucible_bars *bars, void *values, void *data) {
  double sum = 0, *out = values;
  (void)data;
  for (size_t i = 0; i < bars->n; ++i)
    out[i] = sum += bars->volume[i];
  return 0;
}

static int32_t bar_number(const crucible_bars *bars, void *values, void *data) {
  uint8_t *out = values;
  (void)data;
  for (size_t i = 0; i < bars->n; ++i)
    out[i] = i % 7 == 0;
  return 0;
}

static void sum_since_the_beginning_never_settles(void **state) {
  const world *w = *state;
  crucible_column_source source = source_of(cumulative, 1, 0);
  crucible_warmup_result r = {.struct_size = sizeof r};
  crucible_warmup_finding found;
  must(crucible_warmup_check(&source, &w->bars, NULL, NULL, NULL, &r, &found,
                             NULL));
  assert_true(found.bars == CRUCIBLE_WARMUP_NEVER);
  assert_true(r.bars == CRUCIBLE_WARMUP_NEVER);
  assert_true(found.difference > 0.01 && found.difference < 2);
  assert_true(found.with_history > found.without_history);
  double sum = 0;
  for (size_t i = 0; i <= found.bar; ++i)
    sum += w->bars.volume[i];
  assert_near(found.with_history, sum, 1e-12, 0);
}

static void flags_by_the_number_of_the_bar_never_settle(void **state) {
  const world *w = *state;
  crucible_column_source source =
      source_of(bar_number, 1, CRUCIBLE_COLUMNS_FLAGS);
  crucible_warmup_result r = {.struct_size = sizeof r};
  crucible_warmup_finding found;
  double apart[7];
  must(crucible_warmup_check(&source, &w->bars, NULL, NULL, NULL, &r, &found,
                             apart));
  assert_true(found.bars == CRUCIBLE_WARMUP_NEVER);
  assert_same_bits(found.difference, 1);
  assert_int_equal(r.longest, 1000); /* 2,000 are more than half of the bars */
  assert_same_bits(apart[5], 1);
  assert_true(isnan(apart[6]));
}

static int32_t close_itself(const crucible_bars *bars, void *values,
                            void *data) {
  const size_t *least = data;
  if (least != NULL && bars->n < *least)
    return CRUCIBLE_E_TOO_SHORT;
  memcpy(values, bars->close, bars->n * sizeof(double));
  return 0;
}

static void column_without_a_memory_needs_none(void **state) {
  const world *w = *state;
  crucible_column_source source = source_of(close_itself, 1, 0);
  crucible_warmup_result r = {.struct_size = sizeof r};
  must(crucible_warmup_check(&source, &w->bars, NULL, NULL, NULL, &r, NULL,
                             NULL));
  assert_int_equal(r.bars, 0);
  size_t least = 1500; /* some of the histories */
  source.user_data = &least;
  must(crucible_warmup_check(&source, &w->bars, NULL, NULL, NULL, &r, NULL,
                             NULL));
  assert_int_equal(r.bars, 0);
  assert_in_range(r.n_too_short, 1, 15);
  assert_int_equal(r.n_starts + r.n_too_short, 16);
  least = w->bars.n;
  assert_int_equal(crucible_warmup_check(&source, &w->bars, NULL, NULL, NULL,
                                         &r, NULL, NULL),
                   CRUCIBLE_E_TOO_SHORT);
}

static void threads_change_nothing(void **state) {
  const world *w = *state;
  crucible_pool *pool;
  must(crucible_pool_create(3, &pool));
  feature_list list;
  every_feature(&w->bars, &list);
  crucible_column_source source = source_of(features, list.n, 0);
  source.user_data = &list;
  source.is_thread_safe = 1;
  crucible_warmup_result a = {.struct_size = sizeof a}, b = a;
  static crucible_warmup_finding one[FEATURES_MAX], many[FEATURES_MAX];
  static double apart_one[7 * FEATURES_MAX], apart_many[7 * FEATURES_MAX];
  must(crucible_warmup_check(&source, &w->bars, NULL, NULL, NULL, &a, one,
                             apart_one));
  must(crucible_warmup_check(&source, &w->bars, NULL, pool, NULL, &b, many,
                             apart_many));
  assert_memory_equal(&a, &b, sizeof a);
  assert_memory_equal(one, many, list.n * sizeof *one);
  assert_memory_equal(apart_one, apart_many, 7 * list.n * sizeof(double));
  crucible_pool_destroy(pool);
}

static void bad_arguments_are_refused_by_name(void **state) {
  const world *w = *state;
  crucible_warmup_result r = {.struct_size = sizeof r};
  const size_t wrong[] = {50, 50}, far[] = {5000};
  crucible_warmup_options options;
#define REFUSES(wanted, word, change)                                          \
  do {                                                                         \
    crucible_column_source source = source_of(close_itself, 1, 0);             \
    crucible_warmup_options_init(&options, sizeof options);                    \
    change;                                                                    \
    assert_int_equal(crucible_warmup_check(&source, &w->bars, &options, NULL,  \
                                           NULL, &r, NULL, NULL),              \
                     wanted);                                                  \
    assert_error_names(word);                                                  \
  } while (0)
  REFUSES(CRUCIBLE_E_INVALID, "compute", source.compute = NULL);
  REFUSES(CRUCIBLE_E_INVALID, "startups", options.startups = NULL);
  REFUSES(CRUCIBLE_E_INVALID, "n_startups is 0", options.n_startups = 0);
  REFUSES(CRUCIBLE_E_INVALID, "startups[1]", options.startups = wrong;
          options.n_startups = 2);
  REFUSES(CRUCIBLE_E_TOO_SHORT, "start-up of 5000", options.startups = far;
          options.n_startups = 1);
  REFUSES(CRUCIBLE_E_INVALID, "n_starts", options.n_starts = 0);
  REFUSES(CRUCIBLE_E_INVALID, "tolerance", options.tolerance = NOTHING);
  REFUSES(CRUCIBLE_E_INVALID, "result", r.struct_size = 1);
#undef REFUSES
}

static void few_bars_are_too_few(void **state) {
  crucible_bars bars = ((const world *)*state)->bars;
  crucible_column_source source = source_of(close_itself, 1, 0);
  crucible_warmup_result r = {.struct_size = sizeof r};
  for (bars.n = 0; bars.n < 17; ++bars.n)
    assert_int_equal(
        crucible_warmup_check(&source, &bars, NULL, NULL, NULL, &r, NULL, NULL),
        CRUCIBLE_E_TOO_SHORT);
  must(crucible_warmup_check(&source, &bars, NULL, NULL, NULL, &r, NULL, NULL));
  assert_int_equal(r.longest, 0);
  assert_int_equal(r.n_starts, 1);
}

static void cancelled_test_says_so(void **state) {
  const world *w = *state;
  crucible_cancel *cancel;
  must(crucible_cancel_create(&cancel));
  crucible_cancel_request(cancel);
  crucible_column_source source = source_of(close_itself, 1, 0);
  crucible_warmup_result r = {.struct_size = sizeof r};
  assert_int_equal(crucible_warmup_check(&source, &w->bars, NULL, NULL, cancel,
                                         &r, NULL, NULL),
                   CRUCIBLE_E_CANCELLED);
  crucible_cancel_destroy(cancel);
}

static crucible_status check_once(void *data) {
  crucible_column_source source = source_of(cumulative, 1, 0);
  crucible_warmup_result r = {.struct_size = sizeof r};
  crucible_warmup_finding found;
  double apart[7];
  return crucible_warmup_check(&source, data, NULL, NULL, NULL, &r, &found,
                               apart);
}

static void test_survives_want_of_memory(void **state) {
  crucible_bars bars = ((const world *)*state)->bars;
  bars.n = 500;
  failing_alloc_run(check_once, &bars);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(features_need_the_lookback_that_they_declare),
      cmocka_unit_test(exponential_average_forgets_at_its_rate),
      cmocka_unit_test(sum_since_the_beginning_never_settles),
      cmocka_unit_test(flags_by_the_number_of_the_bar_never_settle),
      cmocka_unit_test(column_without_a_memory_needs_none),
      cmocka_unit_test(threads_change_nothing),
      cmocka_unit_test(bad_arguments_are_refused_by_name),
      cmocka_unit_test(few_bars_are_too_few),
      cmocka_unit_test(cancelled_test_says_so),
      cmocka_unit_test(test_survives_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
