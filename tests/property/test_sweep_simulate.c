/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals made inside a simulation, signals stored before it, and a trader that
 * is pushed bar by bar with signals worked out by hand come to the same orders,
 * trades and ledgers, to the bit: whole or in parts, on each vector level, on
 * any number of threads.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/sweep.h>

#include "base/simd.h"
#include "series/bars.h"
#include "support/an_instrument.h"
#include "support/recorded.h"
#include "support/statuses.h"

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

enum { COLUMNS = 19, FLAGS = 4, CUT = 1152 /* bars, 18 words */ };

/* ---- a story that two runs can be compared by ---- */

typedef struct story {
  double *facts;
  size_t n, room;
} story;

static void tell(story *s, double fact) {
  if (s->n == s->room) {
    s->room = 2 * s->room + 64;
    s->facts = realloc(s->facts, s->room * sizeof *s->facts);
    assert_non_null(s->facts);
  }
  s->facts[s->n++] = fact;
}

static void tell_orders(story *s, const crucible_orders *o, size_t i) {
  tell(s, (double)o->placed_ms[i]);
  tell(s, (double)o->ended_ms[i]);
  tell(s, o->side[i]);
  tell(s, o->purpose[i]);
  tell(s, o->status[i]);
  tell(s, o->reason[i]);
  tell(s, o->filled[i]);
  tell(s, o->fill_price[i]);
  tell(s, o->fee[i]);
  tell(s, o->slippage[i]);
}

static void tell_ledger(story *s, const crucible_ledger *l) {
  tell(s, l->cash);
  tell(s, l->position);
  tell(s, l->equity);
  tell(s, l->costs.fee);
  tell(s, (double)l->n_trades);
}

static void assert_same_story(const story *a, const story *b, size_t column,
                              const char *how) {
  if (a->n != b->n || memcmp(a->facts, b->facts, a->n * sizeof *a->facts) != 0)
    fail_msg("%s, column %zu: %zu facts, the step told %zu", how, column, b->n,
             a->n);
}

/* ---- the strategy ---- */

typedef struct strategy {
  double fast[COLUMNS], slow[COLUMNS], floor[COLUMNS];
  crucible_rule rules[3];
  crucible_sweep_spec spec;
} strategy;

static const int32_t in_long[] = {0, 2, CRUCIBLE_RULE_AND}, out_long[] = {1},
                     in_short[] = {1},
                     out_short[] = {0, 2, CRUCIBLE_RULE_NOT, CRUCIBLE_RULE_OR};

static crucible_operand feature(const char *name, const double *periods) {
  return (crucible_operand){
      .kind = CRUCIBLE_OPERAND_FEATURE, .feature = name, .values = {periods}};
}

/* Crossings of averages; longs only while the RSI is above a floor. */
static void make_strategy(strategy *s) {
  for (size_t c = 0; c < COLUMNS; ++c) {
    s->fast[c] = 3 + (double)(c % 5) * 2;
    s->slow[c] = 15 + (double)(c / 5) * 11;
    s->floor[c] = 35 + (double)c;
  }
  crucible_operand fast = feature("SMA", s->fast),
                   slow = feature("EMA", s->slow);
  crucible_operand rsi = {
      .kind = CRUCIBLE_OPERAND_FEATURE, .feature = "RSI", .value = {14}};
  crucible_operand floor_of = {.kind = CRUCIBLE_OPERAND_NUMBER,
                               .values = {s->floor}};
  s->rules[0] = (crucible_rule){fast, slow, CRUCIBLE_CROSSES_ABOVE, 0};
  s->rules[1] = (crucible_rule){fast, slow, CRUCIBLE_CROSSES_BELOW, 0};
  s->rules[2] = (crucible_rule){rsi, floor_of, CRUCIBLE_IS_ABOVE, 0};
  crucible_sweep_spec_init(&s->spec, sizeof s->spec);
  s->spec.n_columns = COLUMNS;
  s->spec.rules = s->rules;
  s->spec.n_rules = 3;
  s->spec.enter_long = (crucible_rule_program){in_long, 3};
  s->spec.exit_long = (crucible_rule_program){out_long, 1};
  s->spec.enter_short = (crucible_rule_program){in_short, 1};
  s->spec.exit_short = (crucible_rule_program){out_short, 4};
}

static double *column_of(const crucible_bars *bars, const char *name,
                         double period) {
  double *out = calloc(bars->n, sizeof *out);
  crucible_feature_spec spec = {.name = name, .params = {period}};
  assert_non_null(out);
  assert_ok(crucible_features_compute(&spec, 1, bars, NULL, out));
  return out;
}

/* [n] CRUCIBLE_ENTER_* and _EXIT_* bits of a column, by hand. */
static uint32_t *signals_by_hand(const strategy *s, const crucible_bars *bars,
                                 size_t c) {
  uint32_t *out = calloc(bars->n, sizeof *out);
  double *fast = column_of(bars, "SMA", s->fast[c]);
  double *slow = column_of(bars, "EMA", s->slow[c]);
  double *rsi = column_of(bars, "RSI", 14);
  int was_below = 0, was_above = 0;
  assert_non_null(out);
  for (size_t i = 1; i < bars->n; ++i) {
    int above = was_below && fast[i] > slow[i] && !(fast[i - 1] > slow[i - 1]);
    int below = was_above && fast[i] < slow[i] && !(fast[i - 1] < slow[i - 1]);
    int strong = rsi[i] > s->floor[c];
    was_below |= fast[i] < slow[i];
    was_above |= fast[i] > slow[i];
    out[i] = (above && strong ? CRUCIBLE_ENTER_LONG : 0U) |
             (below ? CRUCIBLE_EXIT_LONG : 0U) |
             (below ? CRUCIBLE_ENTER_SHORT : 0U) |
             (above || !strong ? CRUCIBLE_EXIT_SHORT : 0U);
  }
  /* bar 0: nothing is warm, and a "not" of what is cold is true */
  out[0] = CRUCIBLE_EXIT_SHORT;
  free(fast);
  free(slow);
  free(rsi);
  return out;
}

/* ---- the three ways ---- */

typedef struct setting {
  recorded *market;
  strategy strategy;
  crucible_instrument instrument;
  crucible_plan plan;
  crucible_backtest_options options;
} setting;

static story by_step(const setting *s, size_t c) {
  const crucible_market *m = &s->market->market;
  uint32_t *signals = signals_by_hand(&s->strategy, m->bars, c);
  crucible_trader *trader;
  story told = {0};
  assert_ok(crucible_trader_create(
      &s->plan, &s->instrument, m->bars->timeframe_ms, &s->options, &trader));
  for (size_t i = 0; i < m->bars->n; ++i) {
    crucible_bar bar = crucible__bars_at(m->bars, i);
    crucible_outlook outlook;
    crucible_wish wish;
    crucible_outlook_init(&outlook, sizeof outlook);
    crucible_wish_init(&wish, sizeof wish);
    outlook.sigma = m->sigma[i];
    outlook.volume_forecast = m->volume_forecast[i];
    wish.signals = signals[i];
    if (s->plan.side == CRUCIBLE_SIDE_LONG)
      wish.signals &= CRUCIBLE_ENTER_LONG | CRUCIBLE_EXIT_LONG;
    assert_ok(crucible_trader_step(trader, &bar, &outlook, &wish));
  }
  crucible_orders orders = {.struct_size = sizeof orders};
  crucible_ledger ledger = {.struct_size = sizeof ledger};
  assert_ok(crucible_trader_records(trader, &orders, NULL));
  for (size_t i = 0; i < orders.n; ++i)
    tell_orders(&told, &orders, i);
  assert_ok(crucible_trader_ledger(trader, &ledger));
  tell_ledger(&told, &ledger);
  crucible_trader_destroy(trader);
  free(signals);
  return told;
}

static crucible_simulation simulation_of(const setting *s,
                                         const crucible_market *market) {
  crucible_simulation simulation;
  crucible_simulation_init(&simulation, sizeof simulation);
  simulation.markets = market;
  simulation.instruments = &s->instrument;
  simulation.n_markets = 1;
  simulation.n_columns = COLUMNS;
  simulation.plans = &s->plan;
  simulation.n_plans = 1;
  simulation.options = &s->options;
  return simulation;
}

static void tell_run(const crucible_backtest *run, story told[COLUMNS]) {
  crucible_orders orders = {.struct_size = sizeof orders};
  assert_ok(crucible_backtest_records(run, &orders, NULL));
  for (size_t i = 0; i < orders.n; ++i)
    tell_orders(&told[orders.column[i]], &orders, i);
}

static void check_told(const crucible_backtest *run, story told[COLUMNS],
                       const story expected[COLUMNS], const char *how) {
  for (size_t c = 0; c < COLUMNS; ++c) {
    crucible_summary summary = {.struct_size = sizeof summary};
    assert_ok(crucible_backtest_summary(run, c, &summary));
    tell_ledger(&told[c], &summary.ledger);
    assert_same_story(&expected[c], &told[c], c, how);
    free(told[c].facts);
  }
}

static void by_source(const setting *s, crucible_sweep *sweep,
                      crucible_pool *pool, const story expected[COLUMNS]) {
  crucible_simulation simulation = simulation_of(s, &s->market->market);
  crucible_signal_source source = {.struct_size = sizeof source};
  crucible_backtest *run;
  story told[COLUMNS] = {{0}};
  assert_ok(crucible_sweep_source(sweep, 0, &source));
  simulation.source = &source;
  assert_ok(crucible_simulate(&simulation, pool, NULL, &run));
  tell_run(run, told);
  check_told(run, told, expected, "source");
  crucible_backtest_destroy(run);
}

static void by_flags(const setting *s, crucible_sweep *sweep,
                     const story expected[COLUMNS]) {
  crucible_simulation simulation = simulation_of(s, &s->market->market);
  size_t n = s->market->bars.n, words = (n + 63) / 64;
  crucible_flags *flags[FLAGS] = {&simulation.enter_long, &simulation.exit_long,
                                  &simulation.enter_short,
                                  &simulation.exit_short};
  uint64_t *made = calloc(FLAGS * COLUMNS * words, sizeof *made), *of[FLAGS];
  story told[COLUMNS] = {{0}};
  crucible_backtest *run;
  assert_non_null(made);
  for (size_t f = 0; f < FLAGS; ++f) {
    of[f] = made + f * COLUMNS * words;
    *flags[f] = (crucible_flags){.data = of[f],
                                 .rows = n,
                                 .cols = COLUMNS,
                                 .col_stride = (ptrdiff_t)words,
                                 .layout = CRUCIBLE_FLAGS_BITS};
  }
  if (s->plan.side == CRUCIBLE_SIDE_LONG)
    *flags[2] = *flags[3] = (crucible_flags){.data = NULL};
  assert_ok(
      crucible_sweep_flags(sweep, 0, COLUMNS, of[0], of[1], of[2], of[3]));
  assert_ok(crucible_simulate(&simulation, NULL, NULL, &run));
  tell_run(run, told);
  check_told(run, told, expected, "flags");
  crucible_backtest_destroy(run);
  free(made);
}

static void by_parts(const setting *s, crucible_sweep *sweep,
                     const story expected[COLUMNS]) {
  const crucible_market *all = &s->market->market;
  crucible_bars bars[2] = {*all->bars, *all->bars};
  crucible_market markets[2] = {*all, *all};
  crucible_signal_source source = {.struct_size = sizeof source};
  crucible_backtest *first, *second;
  story told[COLUMNS] = {{0}};
  bars[0].n = CUT;
  bars[1].n -= CUT;
  bars[1].open_time_ms += CUT;
  bars[1].open += CUT;
  bars[1].high += CUT;
  bars[1].low += CUT;
  bars[1].close += CUT;
  bars[1].volume += CUT;
  bars[1].quote_volume = bars[1].trades = bars[1].taker_buy_base = NULL;
  markets[0].bars = &bars[0];
  markets[1].bars = &bars[1];
  markets[1].sigma += CUT;
  markets[1].volume_forecast += CUT;
  crucible_simulation simulation = simulation_of(s, &markets[0]);
  simulation.source = &source;
  assert_ok(crucible_sweep_source(sweep, 0, &source));
  assert_ok(crucible_simulate(&simulation, NULL, NULL, &first));
  tell_run(first, told);
  simulation.markets = &markets[1];
  assert_ok(crucible_sweep_source(sweep, CUT, &source));
  assert_ok(crucible_simulate_next(&simulation, first, NULL, NULL, &second));
  tell_run(second, told);
  check_told(second, told, expected, "parts");
  crucible_backtest_destroy(first);
  crucible_backtest_destroy(second);
}

static setting *open_setting(int is_long_short) {
  setting *s = calloc(1, sizeof *s);
  assert_non_null(s);
  s->market = recorded_read(BITCOIN, 0, 0);
  make_strategy(&s->strategy);
  s->instrument = is_long_short ? btcusdt_future() : btcusdt_spot();
  crucible_plan_init(&s->plan, sizeof s->plan);
  crucible_backtest_options_init(&s->options, sizeof s->options);
  s->options.initial_cash = 10000;
  s->plan.decides = CRUCIBLE_DECIDE_SIGNALS;
  s->plan.side = is_long_short ? CRUCIBLE_SIDE_LONG_SHORT : CRUCIBLE_SIDE_LONG;
  s->plan.stop_sigma = is_long_short ? 4 : 0;
  return s;
}

static void check_setting(setting *s) {
  const crucible_bars *bars = &s->market->bars;
  story expected[COLUMNS];
  size_t facts = 0;
  for (size_t c = 0; c < COLUMNS; ++c) {
    expected[c] = by_step(s, c);
    facts += expected[c].n;
  }
  assert_true(facts > 10000); /* 10 an order */
  for (uint32_t threads = 1; threads <= 3; ++threads) {
    crucible_pool *pool;
    crucible_sweep *sweep;
    (void)crucible__simd_force((int32_t)threads - 1);
    assert_ok(crucible_pool_create(threads, &pool));
    assert_ok(crucible_sweep_create(&bars, 1, &s->strategy.spec, pool, &sweep));
    by_source(s, sweep, pool, expected);
    by_flags(s, sweep, expected);
    by_parts(s, sweep, expected);
    by_source(s, sweep, NULL, expected);
    crucible_sweep_destroy(sweep);
    crucible_pool_destroy(pool);
  }
  (void)crucible__simd_force(-1);
  for (size_t c = 0; c < COLUMNS; ++c)
    free(expected[c].facts);
  recorded_free(s->market);
  free(s);
}

static void longs_are_the_same_fused_stored_and_stepped(void **state) {
  (void)state;
  check_setting(open_setting(0));
}

static void both_sides_are_the_same_fused_stored_and_stepped(void **state) {
  (void)state;
  check_setting(open_setting(1));
}

static void a_source_that_does_not_fit_is_refused(void **state) {
  (void)state;
  setting *s = open_setting(0);
  const crucible_bars *bars = &s->market->bars;
  crucible_signal_source source = {.struct_size = sizeof source};
  crucible_sweep *sweep;
  crucible_backtest *run;
  assert_ok(crucible_sweep_create(&bars, 1, &s->strategy.spec, NULL, &sweep));
  assert_fails(crucible_sweep_source(NULL, 0, &source), CRUCIBLE_E_INVALID,
               "sweep is NULL");
  assert_fails(crucible_sweep_source(sweep, 0, NULL), CRUCIBLE_E_INVALID,
               "source is NULL");
  assert_fails(crucible_sweep_source(sweep, 63, &source), CRUCIBLE_E_INVALID,
               "first_bar is 63");
  assert_ok(crucible_sweep_source(sweep, CUT, &source));
  crucible_simulation simulation = simulation_of(s, &s->market->market);
  simulation.source = &source;
  assert_fails(crucible_simulate(&simulation, NULL, NULL, &run),
               CRUCIBLE_E_INVALID, "give both the same bars");
  assert_ok(crucible_sweep_source(sweep, 0, &source));
  simulation.n_columns = COLUMNS + 1;
  assert_fails(crucible_simulate(&simulation, NULL, NULL, &run),
               CRUCIBLE_E_INVALID, "the sweep has 19");
  assert_fails(source.make(source.data, 0, 3, 900, NULL, NULL, NULL, NULL),
               CRUCIBLE_E_STATE, "begun");
  crucible_sweep_destroy(sweep);
  recorded_free(s->market);
  free(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(longs_are_the_same_fused_stored_and_stepped),
      cmocka_unit_test(both_sides_are_the_same_fused_stored_and_stepped),
      cmocka_unit_test(a_source_that_does_not_fit_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
