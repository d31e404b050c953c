/* SPDX-License-Identifier: Apache-2.0 */
/* Forging: cancelling, infeasible genomes, bad input, want of memory. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/failing_alloc.h"
#include "support/forge_world.h"

static void *request(void *cancel) {
  struct timespec wait = {0, 150000000};
  nanosleep(&wait, NULL);
  crucible_cancel_request(cancel);
  return NULL;
}

static void a_forging_stops_within_a_second_when_cancelled(void **state) {
  world w = *(const world *)*state;
  crucible_genome *genome = with("", "");
  crucible_cancel *cancel;
  crucible_forged *forged;
  crucible_pool *pool;
  assert_ok(crucible_cancel_create(&cancel));
  assert_ok(crucible_pool_create(2, &pool));
  w.options.max_rounds = w.options.patience = 1000000;
  pthread_t thread;
  struct timespec from, to;
  assert_int_equal(pthread_create(&thread, NULL, request, cancel), 0);
  clock_gettime(CLOCK_MONOTONIC, &from);
  assert_int_equal(
      crucible_forge_run(genome, &w.data, &w.options, pool, cancel, &forged),
      CRUCIBLE_E_CANCELLED);
  clock_gettime(CLOCK_MONOTONIC, &to);
  assert_null(forged);
  assert_true((double)(to.tv_sec - from.tv_sec) +
                  1e-9 * (double)(to.tv_nsec - from.tv_nsec) <
              1.15);
  pthread_join(thread, NULL);
  crucible_pool_destroy(pool);
  crucible_cancel_destroy(cancel);
  crucible_genome_destroy(genome);
}

static void an_infeasible_genome_is_reported_and_not_a_failure(void **state) {
  world w = *(const world *)*state;
  const void *bytes;
  size_t n_bytes;
  crucible_plan plan = {.struct_size = sizeof plan};
  /* 9 USDT: below the venue's 10 */
  crucible_backtest_options account;
  crucible_backtest_options_init(&account, sizeof account);
  account.initial_cash = 9;
  w.data.backtest = &account;
  crucible_genome *genome = with("", "");
  crucible_forged *forged = forge_it(&w, genome, NULL);
  crucible_forge_report r = report_of(forged);
  assert_int_equal(r.is_feasible, 0);
  assert_non_null(strstr(r.infeasible_reason, "minimum notional of 10"));
  assert_non_null(strstr(r.infeasible_reason, "USDT"));
  assert_int_equal(r.n_folds, 0);
  assert_true(r.n_labels > 1000);
  assert_fails(crucible_forged_model(forged, &bytes, &n_bytes),
               CRUCIBLE_E_STATE, "minimum notional");
  assert_ok(crucible_forged_plan(forged, &plan));
  assert_true(isnan(plan.theta_in) && plan.horizon_bars == 8);
  assert_int_equal(trades_of(forged).n, 0);
  crucible_forged_destroy(forged);
  account.initial_cash = 200;
  static const struct {
    double lot, least;
    const char *part;
  } instruments[] = {{0.00001, 0.5, "below the minimum quantity of 0.5"},
                     {1, 0, "an entry of 0 BTC is below the lot of 1"}};
  for (int i = 0; i < 2; ++i) {
    crucible_instrument usual_one = w.instrument;
    w.data.instrument = &w.instrument;
    w.instrument.lot_step = instruments[i].lot;
    w.instrument.min_quantity = instruments[i].least;
    forged = forge_it(&w, genome, NULL);
    r = report_of(forged);
    assert_int_equal(r.is_feasible, 0);
    assert_non_null(strstr(r.infeasible_reason, instruments[i].part));
    crucible_forged_destroy(forged);
    w.instrument = usual_one;
  }

  /* more trades wanted than it makes: it has a model all the same */
  w.options.min_trades = 100000;
  forged = forge_it(&w, genome, NULL);
  r = report_of(forged);
  assert_int_equal(r.is_feasible, 0);
  assert_non_null(strstr(r.infeasible_reason, "100000 are needed"));
  assert_ok(crucible_forged_model(forged, &bytes, &n_bytes));
  crucible_forged_destroy(forged);
  crucible_genome_destroy(genome);

  /* a model that has learnt nothing */
  w.options.min_trades = 0;
  genome = with("\"gamma\":0.02", "\"gamma\":30");
  forged = forge_it(&w, genome, NULL);
  r = report_of(forged);
  assert_int_equal(r.is_feasible, 0);
  assert_non_null(strstr(r.infeasible_reason, "predicts the same"));
  crucible_forged_destroy(forged);
  crucible_genome_destroy(genome);

  /* a limit so far away that nothing fills */
  genome = with("\"kind\":\"market\"",
                "\"kind\":\"limit\",\"offset_sigma\":1000,\"ttl_bars\":1");
  forged = forge_it(&w, genome, NULL);
  r = report_of(forged);
  assert_int_equal(r.is_feasible, 0);
  assert_non_null(strstr(r.infeasible_reason, "0 rows with a label"));
  assert_int_equal(r.n_labels, 0);
  assert_true(isnan(r.mean_label) && isnan(r.sharpe));
  crucible_forged_destroy(forged);
  crucible_genome_destroy(genome);
}

static void what_makes_no_sense_is_refused_by_name(void **state) {
  const world *right = *state;
  world w = *right;
  crucible_genome *genome = with("", "");
  crucible_forged *forged = (crucible_forged *)&w;
#define REFUSED(status, part)                                                  \
  assert_fails(                                                                \
      crucible_forge_run(genome, &w.data, &w.options, NULL, NULL, &forged),    \
      status, part);                                                           \
  assert_null(forged);                                                         \
  w = *right;                                                                  \
  w.data.market = &w.market;                                                   \
  w.data.instrument = &w.instrument;                                           \
  w.market.bars = &w.bars
  w.data.end = w.bars.n + 1;
  REFUSED(CRUCIBLE_E_INVALID, "outside of");
  w.data.begin = w.data.end;
  REFUSED(CRUCIBLE_E_INVALID, "is empty");
  w.data.market = NULL;
  REFUSED(CRUCIBLE_E_INVALID, "data.market is NULL");
  w.market.sigma = NULL;
  REFUSED(CRUCIBLE_E_INVALID, "data.market.sigma is NULL");
  strcpy(w.instrument.symbol, "ETHUSDT");
  REFUSED(CRUCIBLE_E_INVALID, "the genome of BTCUSDT");
  w.bars.timeframe_ms = 900000;
  REFUSED(CRUCIBLE_E_INVALID, "bars of 900000 ms, the genome acts on 300000");
  w.bars.taker_buy_base = NULL;
  REFUSED(CRUCIBLE_E_UNSUPPORTED, "taker_buy_base");
  w.options.n_folds = 0;
  REFUSED(CRUCIBLE_E_INVALID, "n_folds is 0");
  w.options.n_folds = 65;
  REFUSED(CRUCIBLE_E_INVALID, "n_folds is 65");
  w.options.test_share = 0;
  REFUSED(CRUCIBLE_E_INVALID, "test_share is 0");
  w.options.inner_tail = 0.6;
  REFUSED(CRUCIBLE_E_INVALID, "inner_tail is 0.6");
  w.options.patience = 0;
  REFUSED(CRUCIBLE_E_INVALID, "patience 0");
  w.data.begin = w.data.end - 150;
  REFUSED(CRUCIBLE_E_TOO_SHORT, "too short");
  w.data.end = 900; /* EGARCH is cold until bar 1000 */
  w.data.begin = 0;
  REFUSED(CRUCIBLE_E_TOO_SHORT, "learns from 0 bars");
  w.instrument.market_type = CRUCIBLE_MARKET_LINEAR_PERPETUAL;
  w.instrument.funding_interval_ms = 28800000;
  REFUSED(CRUCIBLE_E_UNSUPPORTED, "funding");
#undef REFUSED
  crucible_genome_destroy(genome);
  genome = with("\"side\":\"long\"", "\"side\":\"long_short\"");
  w.instrument = btcusdt_spot();
  assert_fails(crucible_forge_run(genome, &w.data, NULL, NULL, NULL, &forged),
               CRUCIBLE_E_INVALID, "sold short");
  crucible_genome_destroy(genome);
}

typedef struct path {
  const world *w;
  const crucible_genome *genome;
} path;

static crucible_status run_once(void *data) {
  const path *p = data;
  crucible_forged *forged;
  crucible_status status = crucible_forge_run(
      p->genome, &p->w->data, &p->w->options, NULL, NULL, &forged);
  crucible_forged_destroy(forged);
  return status;
}

static void a_forging_survives_running_out_of_memory(void **state) {
  world w = *(const world *)*state;
  w.options.n_folds = 1;
  w.options.max_rounds = 2;
  w.data.begin = 1900;
  crucible_genome *genome = with("\"long\"", "\"long_short\"");
  path p = {&w, genome};
  assert_true(failing_alloc_run(run_once, &p) > 50);
  crucible_genome_destroy(genome);
}

/* Predictions are net of costs: the best of them may well be below zero. */
static void
a_long_plan_may_enter_below_zero_and_one_both_ways_not(void **state) {
  const world *w = *state;
  crucible_plan plan;
  crucible_plan_init(&plan, sizeof plan);
  plan.theta_in = plan.theta_out = -0.001;
  assert_ok(crucible_plan_check(&plan, &w->instrument, NULL));
  double scores[] = {-0.002, -0.0005, -0.0005, -0.002, -0.002, -0.002};
  crucible_matrix column = {scores, 6, 1, 1, 6};
  crucible_bars bars = w->bars;
  crucible_market market = w->market;
  bars.n = 6;
  market.bars = &bars;
  market.sigma = w->sigma + 1100;
  crucible_backtest *run;
  crucible_trades trades = {.struct_size = sizeof trades};
  assert_ok(crucible_backtest_run(&market, &w->instrument, &column, &plan, 1,
                                  NULL, NULL, NULL, &run));
  assert_ok(crucible_backtest_records(run, NULL, &trades));
  assert_int_equal(trades.n, 0); /* the forecast of the volume is cold */
  crucible_backtest_destroy(run);
  market.volume_forecast = w->volume + 100;
  assert_ok(crucible_backtest_run(&market, &w->instrument, &column, &plan, 1,
                                  NULL, NULL, NULL, &run));
  assert_ok(crucible_backtest_records(run, NULL, &trades));
  assert_int_equal(trades.n, 1);
  assert_int_equal(trades.entry_ms[0], bars.open_time_ms[2]);
  assert_int_equal(trades.exit_ms[0], bars.open_time_ms[4]);
  crucible_backtest_destroy(run);
  plan.side = CRUCIBLE_SIDE_LONG_SHORT;
  assert_fails(crucible_plan_check(&plan, &w->instrument, NULL),
               CRUCIBLE_E_INVALID, "theta_in is -0.001");
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_forging_stops_within_a_second_when_cancelled),
      cmocka_unit_test(an_infeasible_genome_is_reported_and_not_a_failure),
      cmocka_unit_test(what_makes_no_sense_is_refused_by_name),
      cmocka_unit_test(a_forging_survives_running_out_of_memory),
      cmocka_unit_test(a_long_plan_may_enter_below_zero_and_one_both_ways_not),
  };
  return cmocka_run_group_tests(tests, open_world, close_world);
}
