/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold for any bars: generated ones here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/series.h>

#include "support/lcg_series.h"
#include "support/series_files.h"

enum { ROOM = 6000, MINUTE = 60000, ROUNDS = 40 };

typedef struct generated {
  uint32_t state;
  size_t n;
  int64_t time[ROOM];
  double columns[8][ROOM]; /* open high low close volume quote trades taker */
} generated;

static double uniform(generated *g) { return lcg_next(&g->state); }

/* decimals >= 0: figures with that many digits after the point; else any
   doubles. */
static double figure(generated *g, int decimals, double scale) {
  double x = uniform(g) * scale;
  if (decimals < 0)
    return x * exp(20 * uniform(g) - 10);
  double unit = pow(10, decimals);
  return floor(x * unit) / unit;
}

/* Minutes from `first` on, some of them missing, none at either end of an
   hour. */
static void generate(generated *g, uint32_t seed, size_t n, int64_t first,
                     int decimals, double missing) {
  g->state = seed;
  g->n = 0;
  for (size_t i = 0; i < n; ++i) {
    int64_t minute = first + (int64_t)i;
    if (uniform(g) < missing && minute % 60 != 0 && minute % 60 != 59)
      continue;
    size_t k = g->n++;
    double price[4], low = INFINITY, high = 0;
    for (int c = 0; c < 4; ++c) {
      price[c] = 1 + figure(g, decimals, 50000);
      low = fmin(low, price[c]);
      high = fmax(high, price[c]);
    }
    g->time[k] = minute * MINUTE;
    g->columns[0][k] = price[0];
    g->columns[1][k] = high;
    g->columns[2][k] = low;
    g->columns[3][k] = price[3];
    g->columns[4][k] = figure(g, decimals, 1000);
    g->columns[5][k] = figure(g, decimals, 1e6);
    g->columns[6][k] = floor(uniform(g) * 1e5);
    g->columns[7][k] = fmin(figure(g, decimals, 1000), g->columns[4][k]);
  }
}

static crucible_bars bars_of(const generated *g) {
  return (crucible_bars){.struct_size = sizeof(crucible_bars),
                         .n = g->n,
                         .open_time_ms = g->time,
                         .open = g->columns[0],
                         .high = g->columns[1],
                         .low = g->columns[2],
                         .close = g->columns[3],
                         .volume = g->columns[4],
                         .quote_volume = g->columns[5],
                         .trades = g->columns[6],
                         .taker_buy_base = g->columns[7],
                         .timeframe_ms = MINUTE,
                         .symbol = "X"};
}

static crucible_series *made(const crucible_bars *bars) {
  crucible_series *series;
  if (crucible_series_create(bars, &series) != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
  return series;
}

static crucible_series *made_generated(const generated *g) {
  const crucible_bars bars = bars_of(g);
  return made(&bars);
}

static generated g; /* too large for a stack */

static void written_bars_read_back_to_the_bit_plain_and_gzip(void **state) {
  (void)state;
  static const char *const paths[] = {"X-1m.csv", "X-1m.csv.gz"};
  for (uint32_t seed = 1; seed <= ROUNDS; ++seed) {
    generate(&g, seed, seed * 140, 1000 * seed, seed % 2 == 0 ? -1 : 8, 0.1);
    crucible_bars bars = bars_of(&g);
    if (seed % 3 == 0)
      bars.quote_volume = NULL;
    if (seed % 5 == 0)
      bars.trades = bars.taker_buy_base = NULL;
    crucible_csv_options o;
    crucible_csv_options_init(&o, sizeof o);
    o.timeframe_ms = MINUTE;
    o.time_unit = CRUCIBLE_TIME_MILLISECONDS;
    for (size_t i = 0; i < 2; ++i) {
      crucible_series *series;
      assert_int_equal(crucible_bars_write_csv(&bars, paths[i]), CRUCIBLE_OK);
      if (crucible_series_read_csv(paths[i], &o, &series) != CRUCIBLE_OK)
        fail_msg("%s", crucible_last_error());
      const crucible_bars back = view_of(series);
      assert_same_bars(&back, &bars);
      crucible_series_destroy(series);
      assert_int_equal(remove(paths[i]), 0);
    }
  }
}

static void parts_appended_are_the_whole(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= ROUNDS; ++seed) {
    generate(&g, seed, 2000, 7 * seed, 3, 0.2);
    const crucible_bars whole = bars_of(&g);
    crucible_series *joined = NULL;
    int64_t from = INT64_MIN;
    while (from < INT64_MAX) {
      size_t at = (size_t)(uniform(&g) * (double)g.n * 1.3);
      int64_t until = at < g.n ? g.time[at] : INT64_MAX;
      crucible_bars part = {.struct_size = sizeof part};
      assert_int_equal(crucible_bars_slice(&whole, from, until, &part),
                       CRUCIBLE_OK);
      from = until > from ? until : from;
      if (part.n == 0)
        continue;
      crucible_series *tail = made(&part);
      if (joined == NULL) {
        joined = tail;
        continue;
      }
      assert_int_equal(crucible_series_append(joined, tail), CRUCIBLE_OK);
      crucible_series_destroy(tail);
    }
    const crucible_bars bars = view_of(joined);
    assert_same_bars(&bars, &whole);
    crucible_series_destroy(joined);
  }
}

static void resampling_in_steps_is_resampling_at_once(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= ROUNDS; ++seed) {
    /* whole hours, so that no interval is cut */
    generate(&g, seed, 60 * 24, 60 * seed, (int)(seed % 6), 0.3);
    crucible_series *minutes = made_generated(&g);
    crucible_series *five = resampled(minutes, 5 * MINUTE);
    crucible_series *steps = resampled(five, 15 * MINUTE);
    crucible_series *once = resampled(minutes, 15 * MINUTE);
    const crucible_bars a = view_of(steps), b = view_of(once);
    assert_same_bars(&a, &b);
    crucible_series *hours = resampled(once, 60 * MINUTE);
    crucible_series *hours_once = resampled(minutes, 60 * MINUTE);
    const crucible_bars c = view_of(hours), d = view_of(hours_once);
    assert_same_bars(&c, &d);
    crucible_series_destroy(minutes);
    crucible_series_destroy(five);
    crucible_series_destroy(steps);
    crucible_series_destroy(once);
    crucible_series_destroy(hours);
    crucible_series_destroy(hours_once);
  }
}

/* A bar never depends on what comes after its close. */
static void a_longer_past_changes_no_resampled_bar(void **state) {
  (void)state;
  generate(&g, 5, 600, 60, -1, 0.2);
  crucible_series *all = made_generated(&g);
  crucible_series *coarse = resampled(all, 15 * MINUTE);
  const size_t n = g.n;
  for (g.n = 40; g.n <= n; ++g.n) {
    crucible_series *known = made_generated(&g);
    crucible_series *so_far = resampled(known, 15 * MINUTE);
    crucible_bars a = view_of(so_far), b = view_of(coarse);
    assert_true(a.n <= b.n && a.n > 0);
    /* closed bars only: all that end before the last known minute */
    int64_t known_until = g.time[g.n - 1] + MINUTE;
    assert_true(a.open_time_ms[a.n - 1] + 15 * MINUTE <= known_until);
    b.n = a.n;
    assert_same_bars(&a, &b);
    crucible_series_destroy(known);
    crucible_series_destroy(so_far);
  }
  crucible_series_destroy(all);
  crucible_series_destroy(coarse);
}

static void resampling_keeps_extremes_and_totals(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= ROUNDS; ++seed) {
    generate(&g, seed, 60 * 20, 0, -1, 0.3);
    crucible_series *minutes = made_generated(&g);
    crucible_series *coarse = resampled(minutes, 20 * 60 * MINUTE);
    const crucible_bars b = view_of(coarse);
    double high = 0, low = INFINITY, trades = 0, volume = 0;
    for (size_t i = 0; i < g.n; ++i) {
      high = fmax(high, g.columns[1][i]);
      low = fmin(low, g.columns[2][i]);
      volume += g.columns[4][i];
      trades += g.columns[6][i];
    }
    assert_int_equal(b.n, 1);
    assert_true(b.high[0] <= high && b.high[0] >= high);
    assert_true(b.low[0] <= low && b.low[0] >= low);
    assert_true(b.trades[0] <= trades && b.trades[0] >= trades);
    assert_true(fabs(b.volume[0] - volume) <= 1e-12 * volume);
    assert_true(b.taker_buy_base[0] <= b.volume[0]);
    crucible_series_destroy(minutes);
    crucible_series_destroy(coarse);
  }
}

static void gaps_and_bars_together_fill_the_time(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= ROUNDS; ++seed) {
    generate(&g, seed, 600, 60, 3, 0.4);
    const crucible_bars bars = bars_of(&g);
    static crucible_gap gaps[ROOM];
    static crucible_session sessions[ROOM];
    size_t n_gaps, n_sessions;
    uint64_t missing = 0;
    assert_int_equal(crucible_bars_gaps(&bars, gaps, ROOM, &n_gaps),
                     CRUCIBLE_OK);
    assert_int_equal(
        crucible_bars_sessions(&bars, 0, sessions, ROOM, &n_sessions),
        CRUCIBLE_OK);
    for (size_t i = 0; i < n_gaps; ++i)
      missing += gaps[i].n_bars;
    assert_int_equal(missing + g.n, (g.time[g.n - 1] - g.time[0]) / MINUTE + 1);
    assert_int_equal(n_sessions, n_gaps + 1);
    for (size_t i = 0; i < n_gaps; ++i) {
      assert_int_equal(sessions[i].end, gaps[i].index);
      assert_int_equal(sessions[i + 1].begin, gaps[i].index);
      assert_int_equal(gaps[i].from_ms + (int64_t)gaps[i].n_bars * MINUTE,
                       g.time[gaps[i].index]);
    }
    assert_int_equal(sessions[n_sessions - 1].end, g.n);
  }
}

/* Text with some bytes changed is refused, or it makes bars that are right. */
static void text_with_wrong_bytes_never_makes_wrong_bars(void **state) {
  (void)state;
  static const char alphabet[] = "0123456789.,-+eE\"\r\n \t;xN\xff";
  static const char good[] =
      "open_time,open,high,low,close,volume,trades\n"
      "1709251200000,100,102,99,101,5,1\n1709251260000,101,103,100,102,6,2\n"
      "1709251320000,102,104,101,103,7,3\n1709251380000,102,104,101,103,7,4\n";
  generate(&g, 77, 1, 0, 0, 0);
  size_t n_read = 0, n_refused = 0;
  for (int round = 0; round < 20000; ++round) {
    char text[sizeof good];
    memcpy(text, good, sizeof good);
    for (int changes = 1 + round % 3; changes > 0; --changes)
      text[(size_t)(uniform(&g) * (sizeof good - 1))] =
          alphabet[(size_t)(uniform(&g) * (sizeof alphabet - 1))];
    crucible_series *series;
    crucible_status status = crucible_series_parse_csv(
        text, sizeof good - 1, "X-1m.csv", NULL, &series);
    if (status != CRUCIBLE_OK) {
      assert_null(series);
      assert_int_equal(strncmp(crucible_last_error(), "X-1m.csv", 8), 0);
      ++n_refused;
      continue;
    }
    const crucible_bars bars = view_of(series);
    if (crucible_bars_validate(&bars) != CRUCIBLE_OK)
      fail_msg("%s\nfrom\n%s", crucible_last_error(), text);
    crucible_series_destroy(series);
    ++n_read;
  }
  assert_true(n_read > 1000 && n_refused > 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(written_bars_read_back_to_the_bit_plain_and_gzip),
      cmocka_unit_test(parts_appended_are_the_whole),
      cmocka_unit_test(resampling_in_steps_is_resampling_at_once),
      cmocka_unit_test(a_longer_past_changes_no_resampled_bar),
      cmocka_unit_test(resampling_keeps_extremes_and_totals),
      cmocka_unit_test(gaps_and_bars_together_fill_the_time),
      cmocka_unit_test(text_with_wrong_bytes_never_makes_wrong_bars),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
