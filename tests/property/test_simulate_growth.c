/* SPDX-License-Identifier: Apache-2.0 */
/* Ten thousand back-tests in one process: the last ones find as much memory as
   the first ones left. Every kind of run is among them: signals, exits and all
   tables, both sides on two threads, a run that another one goes on from, and
   in each turn one that is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/runtime.h>
#include <crucible/simulate.h>

#include "support/an_instrument.h"
#include "support/recorded.h"

enum {
  BARS = 2000,
  CUT = 960,
  COLUMNS = 4,
  SETTLED = 1000, /* runs until the allocator has what it keeps */
  RUNS = 10000,
  GROWTH_KB = 256 /* 28 bytes a run; a page of an allocator's own is no leak */
};

typedef struct world {
  recorded *market;
  crucible_instrument instrument;
  crucible_plan plan;
  crucible_backtest_options options;
  crucible_simulation simulation;
  unsigned char up[BARS][COLUMNS], down[BARS][COLUMNS];
  crucible_pool *pool;
} world;

static void done(crucible_status status) {
  if (status != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
}

/* kB behind a name in a file of /proc/self. */
static long memory_kb(const char *file, const char *name) {
  FILE *in = fopen(file, "r");
  assert_non_null(in);
  char line[256];
  long kb = -1;
  size_t length = strlen(name);
  while (kb < 0 && fgets(line, sizeof line, in) != NULL)
    if (strncmp(line, name, length) == 0 && line[length] == ':')
      kb = strtol(line + length + 1, NULL, 10);
  (void)fclose(in);
  assert_true(kb > 0);
  return kb;
}

/* Not VmRSS, which the kernel adds up loosely. */
static long resident_kb(void) {
  return memory_kb("/proc/self/smaps_rollup", "Rss");
}

static crucible_flags flags(unsigned char data[BARS][COLUMNS]) {
  return (crucible_flags){.data = data,
                          .rows = BARS,
                          .cols = COLUMNS,
                          .row_stride = COLUMNS,
                          .col_stride = 1};
}

/* A close above that of so many bars before, and below. */
static void fill_signals(world *w) {
  const double *close = w->market->bars.close;
  for (size_t c = 0; c < COLUMNS; ++c)
    for (size_t i = 0, back = 5 + 4 * c; i < BARS; ++i) {
      w->up[i][c] = i >= back && close[i] > close[i - back];
      w->down[i][c] = i >= back && close[i] < close[i - back];
    }
}

static int open_world(void **state) {
  world *w = calloc(1, sizeof *w);
  assert_non_null(w);
  w->market =
      recorded_read(CRUCIBLE_SOURCE_DIR "/examples/data/"
                                        "BTCUSDT-5m-2023-03-20_2023-03-28.csv",
                    BARS, 0);
  assert_int_equal(w->market->bars.n, BARS);
  fill_signals(w);
  w->instrument = btcusdt_future();
  crucible_simulation_init(&w->simulation, sizeof w->simulation);
  w->simulation.markets = &w->market->market;
  w->simulation.instruments = &w->instrument;
  w->simulation.n_markets = 1;
  w->simulation.n_columns = COLUMNS;
  w->simulation.plans = &w->plan;
  w->simulation.n_plans = 1;
  w->simulation.options = &w->options;
  done(crucible_pool_create(2, &w->pool));
  *state = w;
  return 0;
}

static int close_world(void **state) {
  world *w = *state;
  crucible_pool_destroy(w->pool);
  recorded_free(w->market);
  free(w);
  return 0;
}

/* Terms of a plain run: records and metrics of long signals. */
static void reset(world *w) {
  crucible_plan_init(&w->plan, sizeof w->plan);
  w->plan.decides = CRUCIBLE_DECIDE_SIGNALS;
  crucible_backtest_options_init(&w->options, sizeof w->options);
  w->simulation.enter_long = flags(w->up);
  w->simulation.exit_long = flags(w->down);
  w->simulation.enter_short = w->simulation.exit_short = (crucible_flags){0};
}

/* Orders that a run filled or turned away; the run is destroyed. */
static size_t orders_of(crucible_backtest *run) {
  crucible_orders orders = {.struct_size = sizeof orders};
  crucible_summary summary = {.struct_size = sizeof summary};
  done(crucible_backtest_records(run, &orders, NULL));
  done(crucible_backtest_summary(run, COLUMNS - 1, &summary));
  crucible_backtest_destroy(run);
  return orders.n;
}

/* The first bars, then the others from the state that they left. */
static size_t run_in_parts(world *w) {
  crucible_bars all = w->market->bars;
  crucible_market market = w->market->market;
  crucible_simulation part = w->simulation;
  crucible_backtest *first, *second;
  part.markets = &market;
  w->market->bars.n = part.enter_long.rows = part.exit_long.rows = CUT;
  done(crucible_simulate(&part, NULL, NULL, &first));
  crucible_bars rest = all;
  rest.n = BARS - CUT;
  rest.open_time_ms += CUT;
  rest.open += CUT;
  rest.high += CUT;
  rest.low += CUT;
  rest.close += CUT;
  rest.volume += CUT;
  rest.quote_volume = rest.taker_buy_base = rest.trades = NULL;
  market.bars = &rest;
  market.sigma += CUT;
  market.volume_forecast += CUT;
  part.enter_long.rows = part.exit_long.rows = BARS - CUT;
  part.enter_long.data = w->up[CUT];
  part.exit_long.data = w->down[CUT];
  done(crucible_simulate_next(&part, first, NULL, NULL, &second));
  w->market->bars = all;
  return orders_of(first) + orders_of(second);
}

static void run_refused(world *w) {
  crucible_backtest *run;
  w->simulation.enter_long.rows -= 1;
  assert_int_equal(crucible_simulate(&w->simulation, NULL, NULL, &run),
                   CRUCIBLE_E_INVALID);
  assert_null(run);
}

/* Returns the orders of run number i. */
static size_t one_run(world *w, size_t i) {
  crucible_backtest *run;
  crucible_pool *pool = NULL;
  reset(w);
  if (i % 4 == 1) {
    w->plan.stop_fraction = 0.005;
    w->plan.target_fraction = 0.01;
    w->options.keep_equity = w->options.keep_positions = 1;
    w->options.keep_drawdowns = 1;
  } else if (i % 4 == 2) {
    w->plan.side = CRUCIBLE_SIDE_LONG_SHORT;
    w->simulation.enter_short = flags(w->down);
    w->simulation.exit_short = flags(w->up);
    pool = w->pool;
  } else if (i % 4 == 3) {
    return run_in_parts(w);
  }
  done(crucible_simulate(&w->simulation, pool, NULL, &run));
  return orders_of(run);
}

static void ten_thousand_runs_leave_no_memory_behind(void **state) {
  world *w = *state;
  size_t orders[4] = {0};
  long resident = 0, highest = 0;
  for (size_t i = 0; i < RUNS; ++i) {
    if (i == SETTLED) {
      resident = resident_kb();
      highest = memory_kb("/proc/self/status", "VmHWM");
    }
    size_t n = one_run(w, i);
    run_refused(w);
    assert_true(n > 100);
    if (i >= 4)
      assert_int_equal(n, orders[i % 4]);
    orders[i % 4] = n;
  }
  long grown = resident_kb() - resident;
  long raised = memory_kb("/proc/self/status", "VmHWM") - highest;
  print_message("%d runs: resident %ld kB, %+ld kB; highest %ld kB, %+ld kB\n",
                RUNS, resident, grown, highest, raised);
  assert_true(grown <= GROWTH_KB);
  assert_true(raised <= GROWTH_KB);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ten_thousand_runs_leave_no_memory_behind),
  };
  return cmocka_run_group_tests(tests, open_world, close_world);
}
