/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds of every feature of the registry: batch = step, a look-back that
 * is exact to the bit, values that are numbers, units.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/features.h>

#include "support/made_bars.h"
#include "support/near.h"
#include "support/statuses.h"

enum { VARIANTS = 5, N = 700, ALL_COLUMNS = 7 };

/* One feature with one choice of parameters. */
typedef struct subject {
  crucible_feature_info info;
  crucible_feature_spec spec;
  size_t lookback;
} subject;

/* Variant 0 has the defaults, 1 the lowest values, 4 half of the highest, the
   others lie between the lowest and three times the default. */
static subject subject_of(size_t feature, int variant) {
  subject s = {.info = {.struct_size = sizeof s.info}};
  uint64_t state = 1000 * (uint64_t)variant + feature;
  assert_ok(crucible_feature_at(feature, &s.info));
  s.spec.name = s.info.name;
  for (uint32_t i = 0; i < s.info.n_params; ++i) {
    const crucible_feature_param *p = &s.info.params[i];
    double high = fmin(p->high, 3 * fabs(p->default_value) + p->low);
    double value = p->low + (high - p->low) * made_uniform(&state);
    value = variant == 0   ? p->default_value
            : variant == 1 ? p->low
            : variant == 4 ? (p->low + p->high) / 2 + (p->is_integer ? i : 0)
                           : value;
    s.spec.params[i] = p->is_integer ? floor(value) : value;
  }
  assert_ok(crucible_feature_lookback(&s.spec, &s.lookback));
  return s;
}

static void describe(const subject *s, char text[160]) {
  (void)snprintf(text, 160, "%s(%g, %g, %g, %g) with look-back %zu",
                 s->info.name, s->spec.params[0], s->spec.params[1],
                 s->spec.params[2], s->spec.params[3], s->lookback);
}

static double *compute(const subject *s, const crucible_bars *view) {
  double *column = calloc(view->n, sizeof *column);
  assert_non_null(column);
  assert_ok(crucible_features_compute(&s->spec, 1, view, NULL, column));
  return column;
}

typedef void (*subject_check)(const subject *s);

static void for_every_subject(subject_check check) {
  for (size_t i = 0; i < crucible_feature_count(); ++i)
    for (int variant = 0; variant < VARIANTS; ++variant) {
      subject s = subject_of(i, variant);
      check(&s);
    }
}

/* ---- batch = step ---- */

static crucible_bar bar_of(const made_bars *b, size_t i) {
  return (crucible_bar){b->time[i],      b->column[0][i], b->column[1][i],
                        b->column[2][i], b->column[3][i], b->column[4][i],
                        b->column[5][i], b->column[6][i], b->column[7][i]};
}

static void check_batch_is_step(const subject *s) {
  made_bars *bars = made_bars_generate(MADE_GAPS, N, 5);
  double *batch = compute(s, &bars->view), step;
  crucible_feature_set *set;
  assert_ok(crucible_feature_set_create(&s->spec, 1, ALL_COLUMNS, MADE_STEP_MS,
                                        &set));
  for (int round = 0; round < 2; ++round) { /* again after a reset */
    for (size_t i = 0; i < N; ++i) {
      crucible_bar bar = bar_of(bars, i);
      assert_ok(crucible_feature_set_push(set, &bar, &step));
      assert_same_bits(step, batch[i]);
    }
    crucible_feature_set_reset(set);
  }
  crucible_feature_set_destroy(set);
  free(batch);
  made_bars_free(bars);
}

static void a_batch_has_the_bits_of_its_steps_also_after_a_reset(void **state) {
  (void)state;
  for_every_subject(check_batch_is_step);
}

static void all_features_at_once_have_the_bits_of_each_alone(void **state) {
  (void)state;
  size_t n = crucible_feature_count();
  crucible_feature_spec *specs = calloc(n, sizeof *specs);
  double *all[3];
  made_bars *bars = made_bars_generate(MADE_HALTS, N, 6);
  for (size_t i = 0; i < n; ++i)
    specs[i] = subject_of(i, 2).spec;
  for (uint32_t threads = 0; threads < 3; ++threads) {
    crucible_pool *pool = NULL;
    if (threads > 0)
      assert_ok(crucible_pool_create(threads == 1 ? 2 : 5, &pool));
    all[threads] = calloc(n * N, sizeof(double));
    assert_ok(
        crucible_features_compute(specs, n, &bars->view, pool, all[threads]));
    crucible_pool_destroy(pool);
  }
  assert_same_bits_n(all[1], all[0], n * N);
  assert_same_bits_n(all[2], all[0], n * N);
  for (size_t i = 0; i < n; ++i) {
    subject s = subject_of(i, 2);
    double *alone = compute(&s, &bars->view);
    assert_same_bits_n(alone, all[0] + i * N, N);
    free(alone);
  }
  for (size_t i = 0; i < 3; ++i)
    free(all[i]);
  free(specs);
  made_bars_free(bars);
}

/* ---- look-back ---- */

/* Another market in bar i, and where a gap follows, another time. */
static void perturb(made_bars *b, size_t i, double price, double volume) {
  if (b->time[i] + MADE_STEP_MS < b->time[i + 1])
    b->time[i] += MADE_STEP_MS;
  for (size_t j = 0; j < MADE_COLUMNS; ++j)
    b->column[j][i] *= j < 4 ? price : volume;
  b->column[2][i] *= 0.98;
  b->column[1][i] *= 1.03;
  b->column[7][i] *= 0.7;
}

/* How far back a changed bar reaches: the greatest distance over several
   places and changes, at most farthest. */
static size_t find_reach(const subject *s, int kind, size_t farthest) {
  size_t n = s->lookback + farthest + 220;
  made_bars *bars = made_bars_generate(kind, n, 11 + s->lookback);
  double *before = compute(s, &bars->view);
  const double price[] = {1.01, 0.97, 1.6, 0.5}, volume[] = {3, 0.2, 1.1, 10};
  size_t reach = 0;
  for (size_t trial = 0; trial < 12; ++trial) {
    size_t at = s->lookback + 20 + trial * 13;
    made_bars *changed = made_bars_copy(&bars->view, 0, n);
    while (kind == MADE_GAPS && trial % 3 == 2 && at + farthest + 1 < n &&
           bars->time[at] + MADE_STEP_MS == bars->time[at + 1])
      ++at; /* to a gap */
    assert_true(at + farthest < n);
    perturb(changed, at, price[trial % 4], volume[trial % 4]);
    double *after = compute(s, &changed->view);
    for (size_t k = reach; k <= farthest; ++k)
      if (near_bits(after[at + k]) != near_bits(before[at + k]))
        reach = k;
    free(after);
    made_bars_free(changed);
  }
  free(before);
  made_bars_free(bars);
  return reach;
}

static void check_lookback(const subject *s) {
  char text[160];
  size_t farthest = 2 * s->lookback + 20;
  size_t reach = find_reach(s, MADE_GAPS, farthest);
  size_t other = find_reach(s, MADE_HALTS, farthest);
  reach = reach > other ? reach : other;
  describe(s, text);
  if (s->info.is_recursive ? reach <= s->lookback : reach != s->lookback)
    fail_msg("%s reaches %zu bars back", text, reach);
}

static void a_changed_bar_is_seen_lookback_bars_on_and_not_later(void **state) {
  (void)state;
  for_every_subject(check_lookback);
}

/* A stream that begins later has the same values once it is warm. */
static void check_later_start(const subject *s) {
  size_t n = s->lookback + N;
  if (s->info.is_recursive)
    return;
  for (int kind = MADE_PLAIN; kind <= MADE_HALTS; ++kind) {
    made_bars *bars = made_bars_generate(kind, n, 17);
    double *whole = compute(s, &bars->view);
    for (size_t begin = 1; begin < 60; begin += 7) {
      made_bars *part = made_bars_copy(&bars->view, begin, n);
      double *later = compute(s, &part->view);
      assert_same_bits_n(later + s->lookback, whole + begin + s->lookback,
                         n - begin - s->lookback);
      free(later);
      made_bars_free(part);
    }
    free(whole);
    made_bars_free(bars);
  }
}

static void a_later_start_of_a_finite_feature_has_the_same_bits(void **state) {
  (void)state;
  for_every_subject(check_later_start);
}

/* ---- numbers ---- */

static void check_numbers(const subject *s) {
  for (int kind = 0; kind < MADE_KINDS; ++kind) {
    size_t n = s->lookback + N;
    made_bars *bars = made_bars_generate(kind, n, 23);
    double *column = compute(s, &bars->view);
    char text[160];
    describe(s, text);
    for (size_t i = 0; i < n; ++i) {
      if (i < s->lookback ? !isnan(column[i]) : !isfinite(column[i]))
        fail_msg("%s: value %zu of market %d is %g", text, i, kind, column[i]);
    }
    free(column);
    made_bars_free(bars);
  }
}

static void the_warm_up_is_nan_and_nothing_else_is(void **state) {
  (void)state;
  for_every_subject(check_numbers);
}

/* ---- units ---- */

static double scale_of(int32_t unit, double price, double volume) {
  switch (unit) {
  case CRUCIBLE_UNIT_PRICE:
    return price;
  case CRUCIBLE_UNIT_PRICE_SQUARED:
    return price * price;
  case CRUCIBLE_UNIT_BASE:
    return volume;
  case CRUCIBLE_UNIT_QUOTE:
    return price * volume;
  case CRUCIBLE_UNIT_PER_QUOTE:
    return 1 / (price * volume);
  default:
    return 1;
  }
}

/* Powers of two, which change no mantissa. */
static void check_unit(const subject *s) {
  const double price = 0.125, volume = 32;
  made_bars *bars = made_bars_generate(MADE_HALTS, N, 29);
  double *column = compute(s, &bars->view);
  for (size_t i = 0; i < N; ++i)
    for (size_t j = 0; j < MADE_COLUMNS; ++j)
      bars->column[j][i] *= j < 4    ? price
                            : j == 5 ? price * volume
                            : j == 6 ? 1
                                     : volume;
  double *scaled = compute(s, &bars->view);
  double scale = scale_of(s->info.unit, price, volume);
  double shift = 0;
  char text[160];
  describe(s, text);
  if (s->info.unit == CRUCIBLE_UNIT_LOG_PRICE && s->lookback < N)
    shift = scaled[s->lookback] - column[s->lookback];
  for (size_t i = s->lookback; i < N; ++i)
    if (!near_holds(scaled[i], column[i] * scale + shift, 1e-12, 0))
      fail_msg("%s: value %zu is %.17g, in scaled units %.17g", text, i,
               column[i], scaled[i]);
  free(column);
  free(scaled);
  made_bars_free(bars);
}

static void a_value_scales_as_its_unit_says(void **state) {
  (void)state;
  for_every_subject(check_unit);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_batch_has_the_bits_of_its_steps_also_after_a_reset),
      cmocka_unit_test(all_features_at_once_have_the_bits_of_each_alone),
      cmocka_unit_test(a_changed_bar_is_seen_lookback_bars_on_and_not_later),
      cmocka_unit_test(a_later_start_of_a_finite_feature_has_the_same_bits),
      cmocka_unit_test(the_warm_up_is_nan_and_nothing_else_is),
      cmocka_unit_test(a_value_scales_as_its_unit_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
