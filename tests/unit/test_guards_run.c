/* SPDX-License-Identifier: Apache-2.0 */
/* Look-ahead and warm-up tests of whole backtests over recorded bars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "support/an_instrument.h"
#include "support/error_names.h"
#include "support/failing_alloc.h"
#include "support/guard_world.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What is wrong with a strategy. */
enum {
  HONEST,
  NEXT_BAR,        /* the score is the next bar's return */
  NEXT_BAR_NO_BUY, /* it buys, but for the bars before a fall */
  ALL_BARS,        /* the score's threshold is a mean over all bars */
  SIZE_OF_ALL      /* sigma, by which it is sized, is that of all bars */
};

typedef struct strategy {
  int leak;
  crucible_plan plan;
  crucible_backtest_options options;
  crucible_instrument instrument;
  double calls; /* added to the score: a memory */
  double memory;
} strategy;

static strategy strategy_with(int leak) {
  strategy s = {.leak = leak, .instrument = btcusdt_future()};
  crucible_plan_init(&s.plan, sizeof s.plan);
  crucible_backtest_options_init(&s.options, sizeof s.options);
  s.options.initial_cash = 10000;
  s.plan.side = CRUCIBLE_SIDE_LONG_SHORT;
  s.plan.theta_in = 1;
  s.plan.theta_out = 0;
  return s;
}

/* [2 x n] score and sigma of the bars. */
static void decide(const strategy *s, const crucible_bars *bars, double *score,
                   double *sigma) {
  const double *close = bars->close;
  double fast = close[0], slow = close[0], mean = 0, squares = 0;
  for (size_t i = 1; i < bars->n; ++i) {
    double change = close[i] / close[i - 1] - 1;
    mean += change / (double)bars->n;
    squares += change * change / (double)bars->n;
  }
  for (size_t i = 0; i < bars->n; ++i) {
    int is_last = i + 1 == bars->n;
    fast += (close[i] - fast) / 6;
    slow += (close[i] - slow) / 30;
    double next = is_last ? 0 : close[i + 1] / close[i] - 1;
    score[i] = 1000 * (fast / slow - 1);
    if (s->leak == NEXT_BAR)
      score[i] = 400 * next;
    if (s->leak == NEXT_BAR_NO_BUY && score[i] > 1 && next < 0)
      score[i] = 0.5;
    if (s->leak == ALL_BARS)
      score[i] -= 10000 * mean;
    score[i] += s->memory * s->calls;
    sigma[i] = s->leak == SIZE_OF_ALL ? sqrt(squares) : 0.001;
  }
}

static int32_t trade(const crucible_bars *bars, crucible_backtest **backtest,
                     void *data) {
  strategy *s = data;
  size_t n = bars->n;
  double *room = calloc(3 * n, sizeof *room);
  if (room == NULL)
    return -1;
  if (s->memory != 0) /* else threads would share it */
    s->calls += 1;
  decide(s, bars, room, room + n);
  crucible_market market = {.struct_size = sizeof market,
                            .bars = bars,
                            .sigma = room + n,
                            .volume_forecast = room + 2 * n};
  crucible_matrix scores = {room, n, 1, 1, (ptrdiff_t)n};
  crucible_status status =
      crucible_volume_forecast(bars->volume, n, n < 12 ? n : 12, room + 2 * n);
  if (status == CRUCIBLE_OK)
    status = crucible_backtest_run(&market, &s->instrument, &scores, &s->plan,
                                   1, &s->options, NULL, NULL, backtest);
  free(room);
  return status;
}

static crucible_run_lookahead_result check(const world *w, strategy *s,
                                           size_t max_cuts) {
  crucible_run_source source = {
      .struct_size = sizeof source, .rerun = trade, .user_data = s};
  crucible_run_lookahead_result r = {.struct_size = sizeof r};
  crucible_lookahead_options options;
  crucible_lookahead_options_init(&options, sizeof options);
  options.max_cuts = max_cuts;
  must(crucible_lookahead_check_run(&source, &w->bars, &options, NULL, NULL,
                                    &r));
  return r;
}

/* ---- honest strategies, every cut ---- */

static void assert_passes_everywhere(const world *w, strategy *s) {
  world part = *w;
  part.bars.n = 900;
  crucible_run_lookahead_result r = check(&part, s, SIZE_MAX);
  assert_int_equal(r.is_repeatable, 1);
  if (r.is_found)
    fail_msg("kind %d how %d field %s: %.17g, %.17g; cut %zu", (int)r.kind,
             (int)r.how, r.field != NULL ? r.field : "-", r.with_future,
             r.without_future, r.cut);
  assert_int_equal(r.is_exhaustive, 1);
  assert_int_equal(r.n_cuts, 899);
}

static void honest_market_orders_pass_at_every_cut(void **state) {
  strategy s = strategy_with(HONEST);
  assert_passes_everywhere(*state, &s);
}

static void honest_limits_stops_and_targets_pass_at_every_cut(void **state) {
  static const int32_t entries[] = {CRUCIBLE_ENTRY_LIMIT,
                                    CRUCIBLE_ENTRY_POST_ONLY};
  for (size_t i = 0; i < COUNT(entries); ++i) {
    strategy s = strategy_with(HONEST);
    s.plan.entry = entries[i];
    s.plan.limit_offset_sigma = 0.5;
    s.plan.limit_ttl_bars = 1 + 3 * (uint32_t)i;
    s.plan.stop_sigma = 3;
    s.plan.target_sigma = 4;
    s.plan.horizon_bars = 12;
    s.plan.sizing = CRUCIBLE_SIZE_RISK;
    s.plan.sizing_value = 0.01;
    assert_passes_everywhere(*state, &s);
  }
}

/* Signals of a close above or below a mean of closes, through simulate(). */
static int32_t simulate(const crucible_bars *bars, crucible_backtest **backtest,
                        void *data) {
  const strategy *s = data;
  size_t n = bars->n;
  double *room = calloc(2 * n, sizeof *room);
  uint8_t *flags = calloc(4 * n, 1);
  if (room == NULL || flags == NULL) {
    free(room);
    free(flags);
    return -1;
  }
  double mean = bars->close[0];
  for (size_t i = 0; i < n; ++i) {
    size_t seen = s->leak == NEXT_BAR && i + 1 < n ? i + 1 : i;
    mean += (bars->close[i] - mean) / 20;
    room[i] = 0.001;
    flags[i] = bars->close[seen] > 1.002 * mean;         /* enter long */
    flags[n + i] = bars->close[seen] < mean;             /* exit long */
    flags[2 * n + i] = bars->close[seen] < 0.998 * mean; /* enter short */
    flags[3 * n + i] = bars->close[seen] > mean;         /* exit short */
  }
  crucible_market market = {.struct_size = sizeof market,
                            .bars = bars,
                            .sigma = room,
                            .volume_forecast = room + n};
  crucible_plan plan = s->plan;
  plan.decides = CRUCIBLE_DECIDE_SIGNALS;
  crucible_simulation how;
  crucible_simulation_init(&how, sizeof how);
  how.markets = &market;
  how.instruments = &s->instrument;
  how.n_markets = how.n_columns = how.n_plans = 1;
  how.plans = &plan;
  how.options = &s->options;
  crucible_flags *const sets[] = {&how.enter_long, &how.exit_long,
                                  &how.enter_short, &how.exit_short};
  for (size_t k = 0; k < 4; ++k)
    *sets[k] = (crucible_flags){
        .data = flags + k * n, .rows = n, .cols = 1, .row_stride = 1};
  crucible_status status =
      crucible_volume_forecast(bars->volume, n, n < 12 ? n : 12, room + n);
  if (status == CRUCIBLE_OK)
    status = crucible_simulate(&how, NULL, NULL, backtest);
  free(room);
  free(flags);
  return status;
}

static void signals_through_the_kernel_pass_unless_they_leak(void **state) {
  world part = *(const world *)*state;
  part.bars.n = 900;
  for (int leak = HONEST; leak <= NEXT_BAR; ++leak) {
    strategy s = strategy_with(leak);
    s.plan.stop_fraction = 0.004;
    s.plan.horizon_bars = 30;
    crucible_run_source source = {
        .struct_size = sizeof source, .rerun = simulate, .user_data = &s};
    crucible_lookahead_options options;
    crucible_lookahead_options_init(&options, sizeof options);
    options.max_cuts = leak == HONEST ? SIZE_MAX : 40;
    crucible_run_lookahead_result r = {.struct_size = sizeof r};
    must(crucible_lookahead_check_run(&source, &part.bars, &options, NULL, NULL,
                                      &r));
    assert_int_equal(r.is_repeatable, 1);
    assert_int_equal(r.is_found, leak == NEXT_BAR);
    if (r.is_found)
      assert_int_equal(r.kind, CRUCIBLE_RUN_DECISION);
  }
}

/* ---- planted leaks ---- */

static void next_bar_is_found_in_the_decision(void **state) {
  strategy s = strategy_with(NEXT_BAR);
  crucible_run_lookahead_result r = check(*state, &s, 0);
  assert_int_equal(r.is_found, 1);
  assert_int_equal(r.kind, CRUCIBLE_RUN_DECISION);
  assert_int_equal(r.how, CRUCIBLE_ONLY_WITH);
  const world *w = *state;
  assert_int_equal(r.time_ms, w->bars.open_time_ms[r.cut - 1] + 300000);
  double next = w->bars.close[r.cut] / w->bars.close[r.cut - 1] - 1;
  assert_true(fabs(400 * next) > 1 || r.purpose != CRUCIBLE_PURPOSE_ENTRY);
}

static void order_that_the_future_prevents_is_found(void **state) {
  strategy s = strategy_with(NEXT_BAR_NO_BUY);
  crucible_run_lookahead_result r = check(*state, &s, SIZE_MAX);
  assert_int_equal(r.is_found, 1);
  assert_int_equal(r.kind, CRUCIBLE_RUN_DECISION);
  assert_int_equal(r.how, CRUCIBLE_ONLY_WITHOUT);
  assert_int_equal(r.side, 1);
  assert_int_equal(r.purpose, CRUCIBLE_PURPOSE_ENTRY);
}

static void threshold_of_all_bars_is_found(void **state) {
  strategy s = strategy_with(ALL_BARS);
  crucible_run_lookahead_result r = check(*state, &s, 0);
  assert_int_equal(r.is_found, 1);
  assert_true(r.n_cuts_changed > 5);
}

static void size_by_all_bars_is_found_in_its_field(void **state) {
  strategy s = strategy_with(SIZE_OF_ALL);
  s.plan.stop_sigma = 3;
  s.plan.sizing = CRUCIBLE_SIZE_RISK;
  s.plan.sizing_value = 0.001;
  const world *w = *state;
  crucible_run_source source = {
      .struct_size = sizeof source, .rerun = trade, .user_data = &s};
  const size_t cut = 2000; /* long after the first trades */
  crucible_lookahead_options options;
  crucible_lookahead_options_init(&options, sizeof options);
  options.cuts = &cut;
  options.n_cuts = options.max_cuts = 1;
  crucible_run_lookahead_result r = {.struct_size = sizeof r};
  must(crucible_lookahead_check_run(&source, &w->bars, &options, NULL, NULL,
                                    &r));
  assert_int_equal(r.is_found, 1);
  assert_int_equal(r.kind, CRUCIBLE_RUN_ORDER);
  assert_int_equal(r.how, CRUCIBLE_DIFFERS);
  assert_string_equal(r.field, "quantity");
  assert_true(r.with_future != r.without_future);
  /* a tolerance that is wider than the difference */
  options.relative = 10;
  must(crucible_lookahead_check_run(&source, &w->bars, &options, NULL, NULL,
                                    &r));
  assert_true(!r.is_found || r.field == NULL);
}

static void strategy_with_a_memory_is_not_repeatable(void **state) {
  strategy s = strategy_with(HONEST);
  s.memory = 0.5;
  crucible_run_lookahead_result r = check(*state, &s, 0);
  assert_int_equal(r.is_repeatable, 0);
  assert_int_equal(r.is_found, 0);
  assert_int_equal(r.n_calls, 2);
  assert_true(r.kind != 0);
}

/* ---- warm-up ---- */

static void averages_trade_the_same_after_their_warm_up(void **state) {
  const world *w = *state;
  strategy s = strategy_with(HONEST);
  crucible_run_source source = {
      .struct_size = sizeof source, .rerun = trade, .user_data = &s};
  crucible_run_warmup_row rows[7];
  must(crucible_warmup_check_run(&source, &w->bars, NULL, NULL, NULL, rows));
  /* from the start its averages are others; 30 bars' weight decays to 1e-3 in
     200 bars */
  assert_true(rows[0].n_same < rows[0].n_full);
  for (size_t i = 3; i < 6; ++i) {
    assert_int_equal(rows[i].n_same, rows[i].n_full);
    assert_int_equal(rows[i].n_same, rows[i].n_late);
    assert_true(rows[i].n_full > 0);
    assert_true(rows[i].n_full <= rows[i - 1].n_full);
  }
  assert_int_equal(rows[5].startup, 1000);
  assert_int_equal(rows[6].startup, 2000); /* more than half of the bars */
  assert_int_equal(rows[6].n_full + rows[6].n_late, 0);
}

/* ---- callbacks, arguments, memory ---- */

static int32_t answer(const crucible_bars *bars, crucible_backtest **backtest,
                      void *data) {
  (void)bars;
  (void)backtest;
  return *(const int32_t *)data;
}

static void bad_arguments_are_refused_by_name(void **state) {
  const world *w = *state;
  crucible_run_lookahead_result r = {.struct_size = sizeof r};
  crucible_run_warmup_row rows[7];
  strategy s = strategy_with(HONEST);
  int32_t code = 3;
#define REFUSES(wanted, word, change)                                          \
  do {                                                                         \
    crucible_run_source source = {                                             \
        .struct_size = sizeof source, .rerun = trade, .user_data = &s};        \
    change;                                                                    \
    assert_int_equal(                                                          \
        crucible_lookahead_check_run(&source, &w->bars, NULL, NULL, NULL, &r), \
        wanted);                                                               \
    assert_error_names(word);                                                  \
    if (wanted != CRUCIBLE_OK)                                                 \
      assert_int_equal(crucible_warmup_check_run(&source, &w->bars, NULL,      \
                                                 NULL, NULL, rows),            \
                       wanted);                                                \
    assert_error_names(word);                                                  \
  } while (0)
  REFUSES(CRUCIBLE_E_INVALID, "rerun", source.rerun = NULL);
  REFUSES(CRUCIBLE_E_INVALID, "is_thread_safe", source.is_thread_safe = 2);
  REFUSES(CRUCIBLE_E_INVALID, "reserved", source.reserved = 1);
  REFUSES(CRUCIBLE_E_STATE, "keep_records", s.options.keep_records = 0);
  REFUSES(CRUCIBLE_E_CALLBACK, "returned 3", source.rerun = answer;
          source.user_data = &code);
  code = 0;
  REFUSES(CRUCIBLE_E_CALLBACK, "no backtest", source.rerun = answer;
          source.user_data = &code);
  code = CRUCIBLE_E_TOO_SHORT;
  REFUSES(CRUCIBLE_E_TOO_SHORT, "too few", source.rerun = answer;
          source.user_data = &code);
#undef REFUSES
  crucible_run_source source = {.struct_size = sizeof source, .rerun = trade};
  assert_int_equal(
      crucible_lookahead_check_run(NULL, &w->bars, NULL, NULL, NULL, &r),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_lookahead_check_run(&source, &w->bars, NULL, NULL, NULL, NULL),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_warmup_check_run(&source, &w->bars, NULL, NULL, NULL, NULL),
      CRUCIBLE_E_INVALID);
}

static void threads_change_nothing(void **state) {
  const world *w = *state;
  crucible_pool *pool;
  must(crucible_pool_create(3, &pool));
  strategy s = strategy_with(NEXT_BAR);
  crucible_run_source source = {
      .struct_size = sizeof source, .rerun = trade, .user_data = &s};
  crucible_run_lookahead_result a = {.struct_size = sizeof a}, b = a;
  crucible_run_warmup_row one[7], many[7];
  for (int pass = 0; pass < 2; ++pass) {
    source.is_thread_safe = pass;
    must(crucible_lookahead_check_run(&source, &w->bars, NULL, pool, NULL,
                                      pass ? &b : &a));
    must(crucible_warmup_check_run(&source, &w->bars, NULL, pool, NULL,
                                   pass ? many : one));
  }
  assert_memory_equal(&a, &b, sizeof a);
  assert_memory_equal(one, many, sizeof one);
  crucible_pool_destroy(pool);
}

static void cancelled_test_says_so(void **state) {
  const world *w = *state;
  crucible_cancel *cancel;
  must(crucible_cancel_create(&cancel));
  crucible_cancel_request(cancel);
  strategy s = strategy_with(HONEST);
  crucible_run_source source = {
      .struct_size = sizeof source, .rerun = trade, .user_data = &s};
  crucible_run_lookahead_result r = {.struct_size = sizeof r};
  crucible_run_warmup_row rows[7];
  assert_int_equal(
      crucible_lookahead_check_run(&source, &w->bars, NULL, NULL, cancel, &r),
      CRUCIBLE_E_CANCELLED);
  assert_int_equal(
      crucible_warmup_check_run(&source, &w->bars, NULL, NULL, cancel, rows),
      CRUCIBLE_E_CANCELLED);
  crucible_cancel_destroy(cancel);
}

/* The callback's own want of memory is its failure. */
static crucible_status check_once(void *data) {
  strategy s = strategy_with(HONEST);
  crucible_run_source source = {
      .struct_size = sizeof source, .rerun = trade, .user_data = &s};
  crucible_run_lookahead_result r = {.struct_size = sizeof r};
  crucible_lookahead_options options;
  crucible_lookahead_options_init(&options, sizeof options);
  options.max_cuts = 3;
  crucible_status status =
      crucible_lookahead_check_run(&source, data, &options, NULL, NULL, &r);
  crucible_run_warmup_row rows[7];
  crucible_warmup_options later;
  crucible_warmup_options_init(&later, sizeof later);
  later.n_starts = 2;
  if (status == CRUCIBLE_OK)
    status = crucible_warmup_check_run(&source, data, &later, NULL, NULL, rows);
  return status == CRUCIBLE_E_CALLBACK ? CRUCIBLE_E_NOMEM : status;
}

static void tests_survive_want_of_memory(void **state) {
  crucible_bars bars = ((const world *)*state)->bars;
  bars.n = 200;
  failing_alloc_run(check_once, &bars);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(honest_market_orders_pass_at_every_cut),
      cmocka_unit_test(honest_limits_stops_and_targets_pass_at_every_cut),
      cmocka_unit_test(signals_through_the_kernel_pass_unless_they_leak),
      cmocka_unit_test(next_bar_is_found_in_the_decision),
      cmocka_unit_test(order_that_the_future_prevents_is_found),
      cmocka_unit_test(threshold_of_all_bars_is_found),
      cmocka_unit_test(size_by_all_bars_is_found_in_its_field),
      cmocka_unit_test(strategy_with_a_memory_is_not_repeatable),
      cmocka_unit_test(averages_trade_the_same_after_their_warm_up),
      cmocka_unit_test(bad_arguments_are_refused_by_name),
      cmocka_unit_test(threads_change_nothing),
      cmocka_unit_test(cancelled_test_says_so),
      cmocka_unit_test(tests_survive_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
