/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ADWIN as its authors and river describe it, value by value and cut by cut,
 * with nothing put off and nothing left out, beside the library's: the same
 * changes and widths, whatever the stream and the options.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/drift.h>

#include "base/simd.h"
#include "support/lcg_series.h"
#include "support/near.h"

enum { N = 1500, LEVELS = 16, BUCKETS = 12 };

typedef struct plain {
  crucible_adwin_options options;
  size_t count[LEVELS];
  double sum[LEVELS][BUCKETS], squares[LEVELS][BUCKETS];
  double total, deviations, width;
  size_t ticks;
} plain;

static void remove_first(plain *p, size_t level, size_t n) {
  p->count[level] -= n;
  for (size_t k = 0; k < p->count[level]; ++k) {
    p->sum[level][k] = p->sum[level][k + n];
    p->squares[level][k] = p->squares[level][k + n];
  }
}

static void append(plain *p, size_t level, double sum, double squares) {
  const double size = (double)(1u << level);
  const size_t k = p->count[level]++;
  p->sum[level][k] = sum;
  p->squares[level][k] = squares;
  if (p->count[level] <= p->options.max_buckets)
    return;
  const double *s = p->sum[level], *v = p->squares[level];
  const double apart = s[0] / size - s[1] / size;
  const double both = s[0] + s[1], two = v[0] + v[1];
  remove_first(p, level, 2);
  append(p, level + 1, both, two + size / 2 * apart * apart);
}

static int is_cut(const plain *p, double n0, double n1, double apart) {
  const double least = p->options.min_window_length;
  const double log_term = log(2 * log(p->width) / p->options.delta);
  const double m = 1 / (n0 - least + 1) + 1 / (n1 - least + 1);
  const double epsilon = sqrt(2 * m * (p->deviations / p->width) * log_term) +
                         2.0 / 3 * p->options.range * log_term * m;
  return n0 >= least && n1 >= least && fabs(apart) > epsilon;
}

static int has_cut(const plain *p) {
  double n0 = 0, n1 = p->width, u0 = 0, u1 = p->total;
  for (size_t level = LEVELS; level-- > 0;)
    for (size_t k = 0; k < p->count[level]; ++k) {
      n0 += (double)(1u << level);
      n1 -= (double)(1u << level);
      u0 += p->sum[level][k];
      u1 -= p->sum[level][k];
      if (n1 > 0 && is_cut(p, n0, n1, u0 / n0 - u1 / n1))
        return 1;
    }
  return 0;
}

static void drop_oldest(plain *p) {
  size_t top = LEVELS - 1;
  while (p->count[top] == 0)
    --top;
  const double n = (double)(1u << top), sum = p->sum[top][0];
  p->width -= n;
  p->total -= sum;
  const double apart = sum / n - p->total / p->width;
  p->deviations -=
      p->squares[top][0] + n * p->width * apart * apart / (n + p->width);
  remove_first(p, top, 1);
}

static int plain_push(plain *p, double value) {
  int seen = 0;
  if (p->width > 0) {
    const double apart = value - p->total / p->width;
    p->deviations += p->width * apart * apart / (p->width + 1);
  }
  p->width += 1;
  p->total += value;
  append(p, 0, value, 0);
  if (++p->ticks % p->options.clock != 0 || p->width <= p->options.grace_period)
    return 0;
  while (p->width > 1 && has_cut(p)) {
    drop_oldest(p);
    seen = 1;
  }
  return seen;
}

/* Levels, bits, digits and heavy tails; now and then the level moves. */
static double draw(uint32_t *lcg, uint32_t kind, double level) {
  const double u = lcg_next(lcg);
  switch (kind % 4) {
  case 0:
    return level + 0.3 * u;
  case 1:
    return u < level;
  case 2:
    return floor(4 * u * (0.5 + level)) / 4;
  default:
    return level + 0.01 / (u + 0.01);
  }
}

static uint32_t below(uint32_t *lcg, uint32_t n) {
  return (uint32_t)(lcg_next(lcg) * n);
}

static void changes_are_those_of_the_plain_algorithm(void **state) {
  (void)state;
  const double deltas[] = {0.0001, 0.002, 0.05, 0.3, 0.9};
  size_t n_changes = 0;
  for (uint32_t seed = 1; seed <= 800; ++seed) {
    uint32_t lcg = seed * 7919;
    (void)crucible__simd_force((int32_t)(seed % CRUCIBLE__SIMD_LEVELS));
    plain p = {.ticks = 0};
    crucible_adwin_options_init(&p.options, sizeof p.options);
    for (int warm = 0; warm < 9; ++warm)
      (void)lcg_next(&lcg);
    p.options.delta = deltas[below(&lcg, 5)];
    p.options.clock = 1 + below(&lcg, 4) * below(&lcg, 40);
    p.options.max_buckets = 1 + below(&lcg, 8);
    p.options.min_window_length = 1 + below(&lcg, 4) * below(&lcg, 9);
    p.options.grace_period = below(&lcg, 50);
    p.options.range = below(&lcg, 3) == 0 ? 0.01 : 1;
    const uint32_t kind = below(&lcg, 4);
    crucible_adwin *adwin;
    assert_int_equal(crucible_adwin_create(&p.options, &adwin), CRUCIBLE_OK);
    double level = 0.5;
    for (size_t i = 0; i < N; ++i) {
      if (below(&lcg, 300) == 0)
        level = lcg_next(&lcg) * 0.7;
      const double value = draw(&lcg, kind, level);
      int32_t seen;
      crucible_adwin_window window = {.struct_size = sizeof window};
      assert_int_equal(crucible_adwin_push(adwin, value, &seen), CRUCIBLE_OK);
      assert_int_equal(seen, plain_push(&p, value));
      assert_int_equal(crucible_adwin_get(adwin, &window), CRUCIBLE_OK);
      assert_int_equal(window.width, (uint64_t)p.width);
      assert_near(window.total, p.total, 1e-11, 1e-11);
      assert_near(window.sum_squares, p.deviations, 1e-9, 1e-9);
      n_changes += (size_t)seen;
    }
    crucible_adwin_destroy(adwin);
  }
  (void)crucible__simd_force(-1);
  assert_true(n_changes > 5000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(changes_are_those_of_the_plain_algorithm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
