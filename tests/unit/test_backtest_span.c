/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spans against the loops that define them, to the bit, at each vector level:
 * the lift against the step's half spread, reach against the step's quotes,
 * hold against a push per bar.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backtest/span.h"
#include "base/simd.h"
#include "support/made_bars.h"

enum { BARS = 1000, TRIALS = 400 };

typedef struct market {
  made_bars *bars;
  double spread[BARS], half[BARS], change[BARS], fee[BARS];
  crucible__lift lift;
} market;

static uint64_t drawn = 7;

static double draw(void) { return made_uniform(&drawn); }

static size_t draw_below(size_t n) { return (size_t)(draw() * (double)n); }

static const double USUAL = 1e-4, LEAST_HALF = 0.005;

static market *make_market(int kind) {
  market *m = calloc(1, sizeof *m);
  assert_non_null(m);
  m->bars = made_bars_generate(kind, BARS, 11);
  for (size_t i = 0; i < BARS; ++i) {
    m->spread[i] = i % 7 == 3 ? (double)NAN : 1e-3 * draw();
    m->fee[i] = 1e-3 * draw();
  }
  const crucible_bars *view = &m->bars->view;
  m->lift = (crucible__lift){.open = view->open,
                             .high = view->high,
                             .low = view->low,
                             .close = view->close,
                             .half = m->half,
                             .change = m->change,
                             .spread_before = (double)NAN,
                             .n = BARS};
  return m;
}

static void free_market(market *m) {
  made_bars_free(m->bars);
  free(m);
}

static void lift_has_the_half_spread_of_the_step(const market *m,
                                                 int has_spread) {
  for (size_t i = 0; i < BARS; ++i) {
    double given = has_spread && i > 0 ? m->spread[i - 1] : (double)NAN;
    double half = (given >= 0 ? given : USUAL) * 0.5 * m->lift.open[i];
    assert_true(m->half[i] == (half > LEAST_HALF ? half : LEAST_HALF));
    const double *close = m->lift.close;
    assert_true(m->change[i] == (i > 0 ? close[i] / close[i - 1] - 1 : 0));
  }
}

static double some_level(const market *m, int far) {
  if (draw() < 0.3)
    return far * (double)INFINITY;
  double price = m->lift.close[draw_below(BARS)];
  /* now and then exactly a quote */
  size_t i = draw_below(BARS);
  return draw() < 0.3 ? m->lift.low[i] - m->half[i]
                      : price * (1 + far * 0.02 * draw());
}

static void reach_finds_the_first_bar(const market *m) {
  const crucible__span_calls *calls = crucible__span_calls_now();
  size_t found = 0;
  for (int trial = 0; trial < TRIALS; ++trial) {
    crucible__levels levels = {some_level(m, -1), some_level(m, 1),
                               some_level(m, -1), some_level(m, 1)};
    if (trial % 3 == 1)
      levels.buy_below = -(levels.buy_above = (double)INFINITY);
    if (trial % 3 == 2)
      levels.sell_below = -(levels.sell_above = (double)INFINITY);
    size_t from = draw_below(BARS), to = from + draw_below(BARS - from + 1);
    size_t expected = from;
    for (; expected < to; ++expected) {
      double bid = m->lift.low[expected] - m->half[expected];
      double ask = m->lift.high[expected] + m->half[expected];
      if (bid <= levels.sell_below || ask >= levels.buy_above ||
          m->lift.high[expected] - m->half[expected] >= levels.sell_above ||
          m->lift.low[expected] + m->half[expected] <= levels.buy_below)
        break;
    }
    found += expected < to;
    assert_int_equal(calls->reach(&m->lift, &levels, from, to), expected);
  }
  assert_true(found > TRIALS / 4);
}

static void push_bars(const market *m, crucible__holding *h, size_t from,
                      size_t to, crucible__return_sums *sums, double *curve) {
  for (size_t i = from; i < to; ++i) {
    double half = m->half[i], middle = m->lift.close[i];
    double mark = middle - h->side * half, value = h->position * mark;
    double exit_fee = fabs(value) * (h->fee != NULL ? h->fee[i] : h->fee_rate);
    double low = m->lift.low[i] - h->side * half;
    double high = m->lift.high[i] - h->side * half;
    curve[i] = h->cash + value - exit_fee + h->others;
    crucible__return_sums_push(sums, curve[i], m->change[i]);
    h->lowest = low < h->lowest ? low : h->lowest;
    h->highest = high > h->highest ? high : h->highest;
  }
}

/* A life of held spans and idle ones in between. */
static void hold_pushes_each_bar(const market *m, double leverage,
                                 int has_fees) {
  const crucible__span_calls *calls = crucible__span_calls_now();
  for (int trial = 0; trial < TRIALS; ++trial) {
    crucible__return_sums sums, expected;
    double curve[BARS] = {0}, wanted[BARS] = {0}, cash = 200;
    crucible__return_sums_init(&sums, cash);
    expected = sums;
    size_t i = trial % 2 == 0 ? 0 : draw_below(20);
    while (i < BARS) {
      size_t to = i + draw_below(trial % 4 == 0 ? 12 : 120);
      to = to < BARS ? to : BARS;
      double side = draw() < 0.5 ? 1 : -1;
      double quantity = side * leverage * cash / m->lift.close[i];
      crucible__holding h = {
          .cash = cash - quantity * m->lift.close[i],
          .position = quantity,
          .others = trial % 5 == 0 ? 3.25 : 0,
          .side = side,
          .fee_rate = 1e-3,
          .fee = has_fees ? m->fee : NULL,
          .lowest = (double)INFINITY,
          .highest = -(double)INFINITY,
      };
      crucible__holding of_loop = h;
      calls->hold(&m->lift, &h, i, to, &sums, curve);
      push_bars(m, &of_loop, i, to, &expected, wanted);
      assert_memory_equal(&h, &of_loop, sizeof h);
      assert_memory_equal(&sums, &expected, sizeof sums);
      crucible__holding without = h;
      without.lowest = (double)INFINITY;
      without.highest = -(double)INFINITY;
      double alone[BARS] = {0};
      calls->hold(&m->lift, &without, i, to, NULL, alone);
      assert_memory_equal(&without, &of_loop, sizeof without);
      assert_memory_equal(alone + i, wanted + i, (to - i) * sizeof *alone);
      i = to;
      size_t idle = draw_below(9);
      crucible__return_sums_idle(&sums, idle);
      crucible__return_sums_idle(&expected, idle);
      i += idle;
    }
    assert_memory_equal(curve, wanted, sizeof curve);
  }
}

static void squares_are_bits(void) {
  enum { STRIDE = 80 };
  const crucible__span_calls *calls = crucible__span_calls_now();
  unsigned char bytes[64 * STRIDE];
  for (int trial = 0; trial < 20; ++trial) {
    size_t rows = trial == 0 ? 64 : draw_below(65);
    size_t columns = trial < 2 ? 64 : draw_below(65);
    for (size_t i = 0; i < sizeof bytes; ++i)
      bytes[i] = (unsigned char)(draw() < 0.5 ? 0 : 256 * draw());
    uint64_t word[64];
    calls->square(bytes, STRIDE, rows, columns, word);
    for (size_t c = 0; c < 64; ++c)
      for (size_t k = 0; k < 64; ++k)
        assert_int_equal(word[c] >> k & 1,
                         k < rows && c < columns && bytes[k * STRIDE + c] != 0);
  }
}

static void signals_are_bits(void) {
  const crucible__span_calls *calls = crucible__span_calls_now();
  unsigned char bytes[64];
  double scores[64];
  for (int trial = 0; trial < TRIALS; ++trial) {
    const double limits[2] = {draw() - 0.5, draw() - 0.5};
    uint64_t wanted = 0, above[2], below[2];
    for (size_t k = 0; k < 64; ++k) {
      bytes[k] = (unsigned char)(draw() < 0.5 ? 0 : 256 * draw());
      wanted |= (uint64_t)(bytes[k] != 0) << k;
      scores[k] = k % 9 == 4 ? (double)NAN : draw() - 0.5;
    }
    scores[trial % 64] = limits[trial % 2];
    scores[(trial + 1) % 64] = -limits[trial % 2];
    assert_true(calls->nonzero(bytes) == wanted);
    calls->judge(scores, limits, above, below);
    for (size_t k = 0; k < 64; ++k) {
      assert_int_equal(above[0] >> k & 1, scores[k] > limits[0]);
      assert_int_equal(below[0] >> k & 1, -scores[k] > limits[0]);
      assert_int_equal(below[1] >> k & 1, scores[k] < limits[1]);
      assert_int_equal(above[1] >> k & 1, -scores[k] < limits[1]);
    }
  }
}

static void spans_are_their_loops_at_each_level(void **state) {
  (void)state;
  const int kinds[] = {MADE_PLAIN, MADE_HALTS, MADE_WILD};
  for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level)
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; ++k) {
      (void)crucible__simd_force(level);
      market *m = make_market(kinds[k]);
      crucible__span_calls_now()->lift(&m->lift, m->spread, USUAL, LEAST_HALF,
                                       0, BARS);
      lift_has_the_half_spread_of_the_step(m, 1);
      crucible__span_calls_now()->lift(&m->lift, NULL, USUAL, LEAST_HALF, 0,
                                       333);
      crucible__span_calls_now()->lift(&m->lift, NULL, USUAL, LEAST_HALF, 333,
                                       BARS);
      lift_has_the_half_spread_of_the_step(m, 0);
      reach_finds_the_first_bar(m);
      signals_are_bits();
      squares_are_bits();
      hold_pushes_each_bar(m, 0.9, 0);
      hold_pushes_each_bar(m, 0.9, 1);
      hold_pushes_each_bar(m, 20, 0); /* ruin is met */
      free_market(m);
    }
  (void)crucible__simd_force(-1);
}

static void no_bar_is_no_work(void **state) {
  (void)state;
  crucible__lift lift = {.n = 0};
  const crucible__levels levels = {1, 1, 1, 1};
  crucible__holding holding = {.side = 1};
  crucible__return_sums sums, before;
  crucible__return_sums_init(&sums, 1);
  before = sums;
  crucible__span_calls_now()->lift(&lift, NULL, USUAL, LEAST_HALF, 0, 0);
  assert_int_equal(crucible__span_calls_now()->reach(&lift, &levels, 0, 0), 0);
  crucible__span_calls_now()->hold(&lift, &holding, 0, 0, &sums, NULL);
  assert_memory_equal(&sums, &before, sizeof sums);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(spans_are_their_loops_at_each_level),
      cmocka_unit_test(no_bar_is_no_work),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
