/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "stats/return_sums.h"
#include "support/lcg_series.h"
#include "support/near.h"

enum { N = 3001, LANES = CRUCIBLE__LANES };

/* A curve with drawdowns, waits at a peak and waits below one, and the
   returns of a market. */
static void curve(double equity[N + 1], double market[N]) {
  double u[N];
  lcg_series("uniform", 7, N, u);
  lcg_series("uniform", 8, N, market);
  equity[0] = 200;
  for (size_t t = 0; t < N; ++t) {
    const int waits = t % 97 > 80 || t < 5;
    const double growth = 1 + 0.01 * u[t] + 1e-4;
    equity[t + 1] = waits ? equity[t] : equity[t] * growth;
    market[t] = t % 11 == 0 ? 0 : market[t] * 0.01;
  }
  equity[N] = equity[N - 1] * 0.99; /* a drawdown is open at the end */
}

static crucible__return_sums pushed(const double *equity, const double *market,
                                    size_t n) {
  crucible__return_sums sums;
  crucible__return_sums_init(&sums, equity[0]);
  for (size_t t = 0; t < n; ++t)
    crucible__return_sums_push(&sums, equity[t + 1], market[t]);
  return sums;
}

static void sums_have_no_padding(void **state) {
  (void)state;
  assert_int_equal(sizeof(crucible__return_sums),
                   11 * LANES * 8 + 11 * 8 + 10 * 8);
  assert_int_equal(sizeof(crucible__market_sums), 4 * LANES * 8 + 3 * 8);
}

/* The contract, spelt out lane by lane instead of bar by bar. */
static void each_lane_adds_its_own_bars_in_the_order_of_time(void **state) {
  (void)state;
  double e[N + 1], b[N];
  curve(e, b);
  const crucible__return_sums s = pushed(e, b, N);
  for (size_t lane = 0; lane < LANES; ++lane) {
    double r1 = 0, r2 = 0, r3 = 0, r4 = 0, gain = 0, down2 = 0, with = 0;
    double up = 1, down = 1, sum = 0;
    for (size_t t = lane; t < N; t += LANES) {
      const double growth = e[t + 1] / e[t], r = growth - 1, q = r * r;
      r1 += r;
      r2 += q;
      r3 += q * r;
      r4 += q * q;
      gain += fmax(r, 0);
      down2 += fmin(r, 0) * fmin(r, 0);
      with += r * b[t];
      if (b[t] > 0)
        up *= growth;
      if (b[t] < 0)
        down *= growth;
      sum += e[t + 1];
    }
    assert_same_bits(s.r1[lane], r1);
    assert_same_bits(s.r2[lane], r2);
    assert_same_bits(s.r3[lane], r3);
    assert_same_bits(s.r4[lane], r4);
    assert_same_bits(s.gain[lane], gain);
    assert_same_bits(s.down2[lane], down2);
    assert_same_bits(s.with_market[lane], with);
    assert_same_bits(s.up[lane], up);
    assert_same_bits(s.down[lane], down);
    assert_same_bits(s.equity_sum[lane], sum);
  }
  assert_int_equal(s.n, N);
  assert_int_equal(s.bars, N);
}

static void drawdowns_are_runs_of_bars_below_the_peak(void **state) {
  (void)state;
  double e[N + 1], b[N];
  curve(e, b);
  const crucible__return_sums s = pushed(e, b, N);
  double peak = e[0], deepest = 0, depth = 0, depths = 0, squares = 0;
  uint64_t below = 0, longest = 0, runs = 0, all = 0, up = 0, down = 0;
  for (size_t t = 1; t <= N; ++t) {
    up += e[t] > e[t - 1];
    down += e[t] < e[t - 1];
    if (e[t] < peak) {
      ++below;
      depth = fmax(depth, 1 - e[t] / peak);
      squares += (1 - e[t] / peak) * (1 - e[t] / peak);
      continue;
    }
    if (below > 0) {
      ++runs;
      all += below;
      longest = below > longest ? below : longest;
      deepest = fmax(deepest, depth);
      depths += depth;
    }
    peak = e[t];
    below = 0;
    depth = 0;
  }
  assert_true(runs > 10 && below > 0);
  assert_int_equal(s.n_drawdowns, runs);
  assert_int_equal(s.drawdown_bars, all);
  assert_int_equal(s.max_drawdown_bars, longest);
  assert_int_equal(s.bars - s.peak_at, below);
  assert_same_bits(s.max_drawdown, deepest);
  assert_same_bits(s.drawdown_sum, depths);
  assert_same_bits(s.peak, peak);
  assert_near(s.squared_depths + crucible__return_sums_below2(&s), squares,
              1e-12, 0);
  assert_same_bits(1 - s.trough / s.peak, depth);
  assert_int_equal(s.n_up, up);
  assert_int_equal(s.n_down, down);
}

/* Whatever is idle may be told in any parts, or as a bar that was pushed. */
static void idle_bars_leave_the_bits_of_bars_without_a_return(void **state) {
  (void)state;
  double e[N + 1], b[N];
  curve(e, b);
  crucible__return_sums idle, parts;
  crucible__return_sums_init(&idle, e[0]);
  crucible__return_sums_init(&parts, e[0]);
  for (size_t t = 0; t < N;) {
    size_t run = 0;
    while (t + run < N && e[t + run + 1] == e[t])
      ++run;
    if (run > 0) {
      crucible__return_sums_idle(&idle, run);
      crucible__return_sums_idle(&parts, run / 3);
      crucible__return_sums_idle(&parts, 0);
      crucible__return_sums_idle(&parts, run - run / 3);
      t += run;
      continue;
    }
    crucible__return_sums_push(&idle, e[t + 1], b[t]);
    crucible__return_sums_push(&parts, e[t + 1], b[t]);
    ++t;
  }
  assert_memory_equal(&idle, &parts, sizeof idle);
  crucible__return_sums plain = pushed(e, b, N);
  assert_true(idle.idle_sum > 0);
  assert_near(crucible__return_sums_equity(&idle),
              crucible__return_sums_equity(&plain), 1e-12, 0);
  assert_near(idle.squared_depths, plain.squared_depths, 1e-12, 0);
  assert_near(crucible__return_sums_below2(&idle),
              crucible__return_sums_below2(&plain), 1e-12, 0);
  /* all others are equal to the bit */
  plain.squared_depths = idle.squared_depths;
  memcpy(plain.equity_sum, idle.equity_sum, sizeof plain.equity_sum);
  memcpy(plain.below2, idle.below2, sizeof plain.below2);
  plain.idle_sum = idle.idle_sum;
  plain.idle_below2 = idle.idle_below2;
  plain.idle = idle.idle;
  assert_memory_equal(&idle, &plain, sizeof idle);
}

static void returns_end_with_the_bar_of_ruin(void **state) {
  (void)state;
  const double e[] = {100, 110, 99, -5, -6, 20}, b[5] = {0, .1, -.1, .2, .1};
  crucible__return_sums s = pushed(e, b, 3);
  assert_int_equal(s.is_ended, 1);
  const crucible__return_sums at_ruin = s;
  crucible__return_sums_push(&s, e[4], b[3]);
  crucible__return_sums_push(&s, e[5], b[4]);
  crucible__return_sums_idle(&s, 2);
  assert_int_equal(s.n, 3);
  assert_int_equal(s.bars, 7);
  assert_memory_equal(s.r1, at_ruin.r1,
                      offsetof(crucible__return_sums, equity_sum));
  assert_near(s.worst, -5.0 / 99 - 1, 1e-15, 0);
  assert_near(s.best, 0.1, 1e-15, 0);
  assert_near(s.trough, -6, 0, 0);
  assert_int_equal(s.bars - s.peak_at, 6);
  assert_near(crucible__return_sums_equity(&s), 110 + 99 - 5 - 6 + 3 * 20, 0,
              1e-12);
}

static void market_sums_follow_the_same_lanes(void **state) {
  (void)state;
  double e[N + 1], b[N];
  curve(e, b);
  crucible__market_sums s;
  crucible__market_sums_init(&s);
  uint64_t n_up = 0, n_down = 0;
  for (size_t t = 0; t < N; ++t) {
    crucible__market_sums_push(&s, b[t]);
    n_up += b[t] > 0;
    n_down += b[t] < 0;
  }
  for (size_t lane = 0; lane < LANES; ++lane) {
    double b1 = 0, b2 = 0, up = 1, down = 1;
    for (size_t t = lane; t < N; t += LANES) {
      b1 += b[t];
      b2 += b[t] * b[t];
      up *= 1 + fmax(b[t], 0);
      down *= 1 + fmin(b[t], 0);
    }
    assert_same_bits(s.b1[lane], b1);
    assert_same_bits(s.b2[lane], b2);
    assert_same_bits(s.up[lane], up);
    assert_same_bits(s.down[lane], down);
  }
  assert_int_equal(s.n, N);
  assert_int_equal(s.n_up, n_up);
  assert_int_equal(s.n_down, n_down);
}

static void lanes_are_combined_in_the_order_of_the_contract(void **state) {
  (void)state;
  /* any other order loses a different 1 beside the 1e16 */
  const double x[LANES] = {1e16, 1, 1, 1, -1e16, 1, 1, 1};
  const double y[LANES] = {1, 1e16, 1, 1, 1, 1, 1, -1e16};
  assert_same_bits(crucible__lanes_sum(x), 6);
  assert_same_bits(crucible__lanes_sum(y),
                   ((1.0 + 1) + 2) + ((1e16 + 1) + (1 - 1e16)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_have_no_padding),
      cmocka_unit_test(each_lane_adds_its_own_bars_in_the_order_of_time),
      cmocka_unit_test(drawdowns_are_runs_of_bars_below_the_peak),
      cmocka_unit_test(idle_bars_leave_the_bits_of_bars_without_a_return),
      cmocka_unit_test(returns_end_with_the_bar_of_ruin),
      cmocka_unit_test(market_sums_follow_the_same_lanes),
      cmocka_unit_test(lanes_are_combined_in_the_order_of_the_contract),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
