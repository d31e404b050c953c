/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds that go over many bars at once have the bits of their step: in blocks
 * of any size, for any number of windows side by side, across gaps, on each
 * vector level.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/simd.h"
#include "features/feature_batch.h"
#include "features/feature_kind.h"
#include "support/made_bars.h"
#include "support/near.h"
#include "support/statuses.h"

enum { LANES_MAX = 37, LONGEST = 1400 };

static size_t below(uint64_t *seed, size_t n) {
  return (size_t)(made_uniform(seed) * (double)n);
}

static crucible_bar bar_at(const crucible_bars *b, size_t i) {
  return (crucible_bar){b->open_time_ms[i], b->open[i],   b->high[i],
                        b->low[i],          b->close[i],  b->volume[i],
                        b->quote_volume[i], b->trades[i], b->taker_buy_base[i]};
}

/* Column-major, bar by bar. */
static double *pushed(const crucible_feature_spec *specs, size_t n,
                      const crucible_bars *bars) {
  crucible_feature_set *set;
  double row[LANES_MAX], *out = calloc(n * bars->n, sizeof *out);
  assert_non_null(out);
  assert_ok(crucible_feature_set_create(specs, n, 7, bars->timeframe_ms, &set));
  for (size_t t = 0; t < bars->n; ++t) {
    crucible_bar bar = bar_at(bars, t);
    assert_ok(crucible_feature_set_push(set, &bar, row));
    for (size_t j = 0; j < n; ++j)
      out[j * bars->n + t] = row[j];
  }
  crucible_feature_set_destroy(set);
  return out;
}

static void check_blocks(const crucible_feature_spec *specs, size_t n,
                         const crucible_bars *bars, const double *expected,
                         uint64_t seed) {
  static const size_t most[] = {1, 9, 70, 400, 3000};
  crucible_feature_set *set;
  double *out = calloc(n * bars->n, sizeof *out);
  assert_non_null(out);
  assert_ok(crucible__features_open(specs, n, bars, &set));
  for (size_t k = 0; k < sizeof most / sizeof most[0]; ++k) {
    memset(out, 0xa5, n * bars->n * sizeof *out);
    for (size_t begin = 0, end; begin < bars->n; begin = end) {
      end = begin + 1 + below(&seed, most[k]);
      end = end < bars->n ? end : bars->n;
      crucible__features_block(set, bars, begin, end, NULL, out + begin,
                               bars->n);
    }
    for (size_t j = 0; j < n; ++j)
      for (size_t t = 0; t < bars->n; ++t)
        if (near_bits(out[j * bars->n + t]) !=
            near_bits(expected[j * bars->n + t]))
          fail_msg("%s(%g) at bar %zu of %zu, blocks of %zu: %.17g, expected "
                   "%.17g",
                   specs[j].name, specs[j].params[0], t, bars->n, most[k],
                   out[j * bars->n + t], expected[j * bars->n + t]);
    crucible_feature_set_reset(set);
  }
  crucible_feature_set_destroy(set);
  free(out);
}

static void check_levels(const crucible_feature_spec *specs, size_t n,
                         const crucible_bars *bars, uint64_t seed) {
  double *expected = pushed(specs, n, bars);
  for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level) {
    (void)crucible__simd_force(level);
    check_blocks(specs, n, bars, expected, seed);
  }
  (void)crucible__simd_force(-1);
  free(expected);
}

static void blocks_have_the_bits_of_the_step(void **state) {
  (void)state;
  size_t kinds = 0;
  for (size_t i = 0; i < crucible_feature_count(); ++i) {
    crucible_feature_info info = {.struct_size = sizeof info};
    assert_ok(crucible_feature_at(i, &info));
    if (crucible__feature_by_index(i)->block == NULL)
      continue;
    kinds += 1;
    for (int market = 0; market < MADE_KINDS; ++market) {
      uint64_t seed = 100 * i + (uint64_t)market;
      size_t n = 1 + below(&seed, LANES_MAX), length = below(&seed, LONGEST);
      made_bars *bars = made_bars_generate(market, 2 + length, seed);
      crucible_feature_spec specs[LANES_MAX];
      for (size_t j = 0; j < n; ++j)
        specs[j] = (crucible_feature_spec){
            .name = info.name,
            .params = {2 + (double)below(&seed, j % 3 ? 40 : 499)}};
      check_levels(specs, n, &bars->view, seed);
      made_bars_free(bars);
    }
  }
  assert_true(kinds >= 6);
}

static void kinds_mix_in_one_set(void **state) {
  (void)state;
  static const char *const names[] = {"SMA", "RSI", "EMA", "EMA", "WMA", "MAX"};
  crucible_feature_spec specs[LANES_MAX];
  made_bars *bars = made_bars_generate(MADE_GAPS, 900, 5);
  for (size_t j = 0; j < LANES_MAX; ++j)
    specs[j] = (crucible_feature_spec){.name = names[j % 6],
                                       .params = {3 + (double)j}};
  check_levels(specs, LANES_MAX, &bars->view, 5);
  made_bars_free(bars);
}

/* A quotient without a division: every length, sums of any kind. */
static void means_are_divided_right_for_every_length(void **state) {
  (void)state;
  crucible_feature_spec specs[LANES_MAX];
  made_bars *bars = made_bars_generate(MADE_PLAIN, 1600, 9);
  for (double first = 2; first <= 500; first += LANES_MAX) {
    size_t n = 0;
    for (double length = first; length <= 500 && n < LANES_MAX; ++length)
      specs[n++] = (crucible_feature_spec){.name = "SMA", .params = {length}};
    double *expected = pushed(specs, n, &bars->view);
    double *out = calloc(n * bars->view.n, sizeof *out);
    assert_non_null(out);
    for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level) {
      (void)crucible__simd_force(level);
      assert_ok(crucible_features_compute(specs, n, &bars->view, NULL, out));
      assert_same_bits_n(out, expected, n * bars->view.n);
    }
    (void)crucible__simd_force(-1);
    free(out);
    free(expected);
  }
  made_bars_free(bars);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_have_the_bits_of_the_step),
      cmocka_unit_test(kinds_mix_in_one_set),
      cmocka_unit_test(means_are_divided_right_for_every_length),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
