/* SPDX-License-Identifier: Apache-2.0 */
/* Whole tournaments over the recorded sample: the journal reconciles, and the
   same bars give the same digest. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <crucible/crucible.h>

#include "store/store_sql.h"
#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/series_files.h"
#include "support/statuses.h"

static const char sample_file[] =
    CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv";
static const char instruments_file[] =
    CRUCIBLE_SOURCE_DIR "/examples/data/instruments.json";
static const char file[] = "tournament_test.db";

static const char small_config[] =
    "{\"tournament\": {\"agents\": 3, \"train_bars\": 1400,"
    "                  \"forging_delay\": 0},"
    " \"volatility\": {\"window\": 1000, \"first\": 300, \"refit\": 500},"
    " \"genome\": {\"min_train_bars\": 400, \"max_train_bars\": 1000,"
    "              \"max_horizon_bars\": 12},"
    " \"forge\": {\"folds\": 2, \"max_rounds\": 15, \"patience\": 4,"
    "             \"min_trades\": 3, \"holdout\": 144},"
    " \"study\": {\"trials\": 12, \"batch\": 4}}";

static void remove_store(void) {
  (void)unlink(file);
  (void)unlink("tournament_test.db-wal");
  (void)unlink("tournament_test.db-shm");
}

typedef struct setup {
  crucible_series *series;
  crucible_bars bars;
  crucible_instrument instrument;
  crucible_store *store;
  crucible_pool *pool;
  crucible_cancel *cancel;
  crucible_tournament *tournament;
} setup;

static uint32_t columns_of(const crucible_bars *bars) {
  return (bars->quote_volume ? CRUCIBLE_NEEDS_QUOTE_VOLUME : 0u) |
         (bars->trades ? CRUCIBLE_NEEDS_TRADES : 0u) |
         (bars->taker_buy_base ? CRUCIBLE_NEEDS_TAKER_BUY_BASE : 0u);
}

static setup set_up(uint32_t n_threads, uint64_t seed, const char *config) {
  setup s = {0};
  crucible_tournament_options options;
  remove_store();
  assert_ok(crucible_series_read_csv(sample_file, NULL, &s.series));
  s.bars = view_of(s.series);
  s.instrument.struct_size = sizeof s.instrument;
  assert_ok(
      crucible_instrument_read(instruments_file, "BTCUSDT", &s.instrument));
  assert_ok(crucible_store_open(file, CRUCIBLE_STORE_CREATE, &s.store));
  assert_ok(crucible_pool_create(n_threads, &s.pool));
  assert_ok(crucible_cancel_create(&s.cancel));
  crucible_tournament_options_init(&options, sizeof options);
  options.config = config;
  options.instrument = &s.instrument;
  options.timeframe_ms = s.bars.timeframe_ms;
  options.has = columns_of(&s.bars);
  options.seed = seed;
  options.pool = s.pool;
  options.cancel = s.cancel;
  assert_ok(crucible_tournament_create(s.store, &options, &s.tournament));
  return s;
}

static void tear_down(setup *s) {
  crucible_tournament_destroy(s->tournament);
  crucible_store_close(s->store);
  crucible_cancel_destroy(s->cancel);
  crucible_pool_destroy(s->pool);
  crucible_series_destroy(s->series);
  remove_store();
}

static crucible_event bar_event(const crucible_bars *bars, size_t i) {
  return (crucible_event){.struct_size = sizeof(crucible_event),
                          .kind = CRUCIBLE_EVENT_BAR,
                          .bar = {bars->open_time_ms[i], bars->open[i],
                                  bars->high[i], bars->low[i], bars->close[i],
                                  bars->volume[i], bars->quote_volume[i],
                                  bars->trades[i], bars->taker_buy_base[i]}};
}

static void push_bars(setup *s, size_t from, size_t until) {
  for (size_t i = from; i < until; ++i) {
    crucible_event event = bar_event(&s->bars, i);
    assert_ok(crucible_tournament_push(s->tournament, &event));
  }
}

static void push_all(setup *s) {
  crucible_event stop = {.struct_size = sizeof stop,
                         .kind = CRUCIBLE_EVENT_STOP};
  push_bars(s, 0, s->bars.n);
  assert_ok(crucible_tournament_push(s->tournament, &stop));
}

static void digest_of_run(uint32_t n_threads, uint64_t seed,
                          uint8_t digest[32]) {
  setup s = set_up(n_threads, seed, small_config);
  push_all(&s);
  assert_ok(crucible_store_digest(s.store, digest));
  tear_down(&s);
}

static void the_digest_depends_on_the_seed_and_not_on_threads(void **state) {
  (void)state;
  uint8_t one[32], two[32], again[32], other[32];
  digest_of_run(1, 5, one);
  digest_of_run(2, 5, two);
  digest_of_run(2, 5, again);
  digest_of_run(2, 6, other);
  assert_memory_equal(one, two, 32);
  assert_memory_equal(two, again, 32);
  assert_memory_not_equal(one, other, 32);
}

static void check_agent(const crucible_report_agent *agent,
                        const crucible_orders *orders,
                        const crucible_trades *trades, size_t n_bars) {
  const crucible_ledger *ledger = &agent->ledger;
  double results = 0, fees = 0, notional = 0;
  for (size_t i = 0; i < trades->n; ++i) {
    results += trades->result[i];
    double costs = trades->fee[i] + trades->spread[i] + trades->slippage[i] +
                   trades->impact[i] + trades->funding[i] + trades->dust[i];
    assert_near(trades->gross[i] - costs, trades->result[i], 0, 1e-9);
  }
  for (size_t i = 0; i < orders->n; ++i) {
    fees += orders->fee[i];
    if (orders->filled[i] > 0)
      notional += orders->filled[i] * orders->fill_price[i];
  }
  double marked =
      ledger->position == 0 ? 0 : ledger->position * ledger->mark_price;
  assert_int_equal(trades->n, ledger->n_trades);
  assert_int_equal(orders->n, ledger->n_orders);
  assert_near(ledger->cash + marked - ledger->exit_fee, ledger->equity, 0,
              1e-9);
  assert_near(results, ledger->trade_results, 0, 1e-9);
  assert_near(ledger->initial_cash + results + ledger->open_result,
              ledger->equity, 0, 1e-9);
  assert_near(fees, ledger->costs.fee, 0, 1e-9);
  assert_near(notional, ledger->traded_notional, 1e-12, 0);
  assert_int_equal(agent->n_curve, n_bars);
  assert_same_bits(agent->curve[n_bars - 1], ledger->equity);
  assert_true(agent->forging.is_feasible);
  assert_int_equal(agent->forging.n_folds, 2);
}

static void the_report_reconciles_to_the_last_cent(void **state) {
  (void)state;
  setup s = set_up(2, 5, small_config);
  crucible_report *report;
  crucible_report_head head = {.struct_size = sizeof head};
  push_all(&s);
  assert_ok(crucible_report_create(s.store, &report));
  assert_ok(crucible_report_get_head(report, &head));
  assert_int_equal(head.phase, CRUCIBLE_PHASE_FINISHED);
  assert_int_equal(head.n_bars, s.bars.n);
  assert_int_equal(head.n_train_bars, 1400);
  assert_int_equal(head.n_gaps, 1); /* the halt of 2023-03-24 */
  assert_true(head.n_agents > 3);   /* some have ended and were replaced */
  assert_int_equal(head.first_ms, s.bars.open_time_ms[0]);
  assert_near(head.capital, 200.0 * head.n_agents, 0, 0);
  double equity = 0, fee = 0;
  uint64_t n_trades = 0;
  for (uint32_t i = 0; i < head.n_agents; ++i) {
    crucible_report_agent agent = {.struct_size = sizeof agent};
    crucible_orders orders = {.struct_size = sizeof orders};
    crucible_trades trades = {.struct_size = sizeof trades};
    assert_ok(crucible_report_get_agent(report, i, &agent, &orders, &trades));
    check_agent(&agent, &orders, &trades, (size_t)agent.ledger.n_bars);
    equity += agent.ledger.equity;
    fee += agent.ledger.costs.fee;
    n_trades += trades.n;
  }
  assert_true(n_trades > 0);
  assert_near(equity, head.equity, 0, 1e-9);
  assert_near(fee, head.costs.fee, 0, 1e-9);
  /* Holding: near the move of the price less one fee and spread on each side. */
  double move = s.bars.close[s.bars.n - 1] / s.bars.open[1401];
  assert_near(head.buy_and_hold / head.capital, move * (1 - 0.0021), 0, 2e-3);
  crucible_report_destroy(report);
  tear_down(&s);
}

static void a_run_that_was_cut_off_can_be_read(void **state) {
  (void)state;
  setup s = set_up(1, 5, small_config);
  crucible_report *report;
  crucible_report_head head = {.struct_size = sizeof head};
  push_bars(&s, 0, 1400 + 300); /* one checkpoint and a part */
  assert_ok(crucible_report_create(s.store, &report));
  assert_ok(crucible_report_get_head(report, &head));
  assert_int_equal(head.phase, CRUCIBLE_PHASE_TRADING);
  assert_int_equal(head.n_bars, 1700);
  for (uint32_t i = 0; i < head.n_agents; ++i) {
    crucible_report_agent agent = {.struct_size = sizeof agent};
    assert_ok(crucible_report_get_agent(report, i, &agent, NULL, NULL));
    assert_int_equal(agent.n_curve, 256);
    assert_same_bits(agent.curve[255], agent.ledger.equity);
  }
  crucible_report_destroy(report);
  tear_down(&s);
}

static void a_wrong_bar_changes_nothing(void **state) {
  (void)state;
  uint8_t whole[32], with_errors[32];
  digest_of_run(1, 5, whole);
  setup s = set_up(1, 5, small_config);
  push_bars(&s, 0, 1500);
  crucible_event event = bar_event(&s.bars, 1499); /* once more */
  assert_int_equal(crucible_tournament_push(s.tournament, &event),
                   CRUCIBLE_E_DATA);
  event = bar_event(&s.bars, 1500);
  event.bar.low = event.bar.high * 2;
  assert_int_equal(crucible_tournament_push(s.tournament, &event),
                   CRUCIBLE_E_DATA);
  event.kind = 77;
  assert_int_equal(crucible_tournament_push(s.tournament, &event),
                   CRUCIBLE_E_INVALID);
  push_bars(&s, 1500, s.bars.n);
  event.kind = CRUCIBLE_EVENT_STOP;
  assert_ok(crucible_tournament_push(s.tournament, &event));
  assert_int_equal(crucible_tournament_push(s.tournament, &event),
                   CRUCIBLE_E_STATE);
  assert_ok(crucible_store_digest(s.store, with_errors));
  assert_memory_equal(whole, with_errors, 32);
  tear_down(&s);
}

static void cancelling_while_forging_leaves_no_half_of_it(void **state) {
  (void)state;
  setup s = set_up(2, 5, small_config);
  crucible_report *report;
  crucible_report_head head = {.struct_size = sizeof head};
  push_bars(&s, 0, 1399);
  crucible_cancel_request(s.cancel);
  crucible_event event = bar_event(&s.bars, 1399);
  assert_int_equal(crucible_tournament_push(s.tournament, &event),
                   CRUCIBLE_E_CANCELLED);
  assert_int_equal(crucible_tournament_push(s.tournament, &event),
                   CRUCIBLE_E_STATE);
  assert_ok(crucible_report_create(s.store, &report));
  assert_ok(crucible_report_get_head(report, &head));
  assert_int_equal(head.phase, CRUCIBLE_PHASE_COLLECTING);
  assert_int_equal(head.n_bars, 1399);
  assert_int_equal(head.n_agents, 0);
  crucible_report_destroy(report);
  tear_down(&s);
}

static void a_step_that_cannot_be_recorded_says_why(void **state) {
  (void)state;
  setup s = set_up(1, 5, small_config);
  push_bars(&s, 0, 1400);
  assert_ok(crucible__store_exec(
      s.store, "CREATE TRIGGER full BEFORE INSERT ON orders BEGIN "
               "SELECT RAISE(ABORT, 'no room for it'); END"));
  crucible_status status = CRUCIBLE_OK;
  for (size_t i = 1400; i < s.bars.n && status == CRUCIBLE_OK; ++i) {
    crucible_event event = bar_event(&s.bars, i);
    status = crucible_tournament_push(s.tournament, &event);
  }
  assert_int_equal(status, CRUCIBLE_E_STORE);
  assert_non_null(strstr(crucible_last_error(), "constraint"));
  tear_down(&s);
}

static void wrong_options_are_refused_by_name(void **state) {
  (void)state;
  setup s = set_up(1, 1, small_config);
  crucible_tournament_options options;
  crucible_tournament *tournament;
  crucible_tournament_options_init(&options, sizeof options);
  assert_int_equal(crucible_tournament_create(s.store, &options, &tournament),
                   CRUCIBLE_E_INVALID); /* no instrument */
  options.instrument = &s.instrument;
  options.timeframe_ms = 60000;
  options.config = small_config;
  assert_int_equal(crucible_tournament_create(s.store, &options, &tournament),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "tournament.timeframes"));
  options.timeframe_ms = 300000;
  options.config = "{}";
  assert_int_equal(crucible_tournament_create(s.store, &options, &tournament),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "train_bars"));
  options.config = "{\"tournament\": {\"train_bars\": 1400},"
                   " \"account\": {\"leverage\": 2}}";
  assert_int_equal(crucible_tournament_create(s.store, &options, &tournament),
                   CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "$.account.leverage is 2"));
  options.config = small_config;
  s.instrument.market_type = CRUCIBLE_MARKET_LINEAR_PERPETUAL;
  s.instrument.fee_asset = CRUCIBLE_FEE_IN_QUOTE;
  s.instrument.maintenance_margin = 0.01;
  s.instrument.funding_interval_ms = 28800000;
  assert_int_equal(crucible_tournament_create(s.store, &options, &tournament),
                   CRUCIBLE_E_UNSUPPORTED);
  assert_non_null(strstr(crucible_last_error(), "$.account.funding"));
  options.reserved = 1;
  assert_int_equal(crucible_tournament_create(s.store, &options, &tournament),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "options.reserved"));
  options.reserved = 0;
  crucible_event event = bar_event(&s.bars, 0);
  event.is_early = 1; /* a bar is no end */
  assert_int_equal(crucible_tournament_push(s.tournament, &event),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "event.is_early"));
  options.config = "{\"account\": {\"cash\": 0}}";
  assert_int_equal(crucible_tournament_create(s.store, &options, &tournament),
                   CRUCIBLE_E_DATA);
  assert_null(tournament);
  tear_down(&s);
}

static void too_little_to_train_on_is_an_error(void **state) {
  (void)state;
  setup s =
      set_up(1, 1,
             "{\"tournament\": {\"agents\": 2, \"train_bars\": 200,"
             "                  \"forging_delay\": 0},"
             " \"forge\": {\"holdout\": 20}, \"study\": {\"trials\": 4}}");
  push_bars(&s, 0, 199);
  crucible_event event = bar_event(&s.bars, 199);
  assert_int_equal(crucible_tournament_push(s.tournament, &event),
                   CRUCIBLE_E_TOO_SHORT);
  tear_down(&s);
}

static uint64_t count(const setup *s, const char *sql) {
  crucible__statement *rows;
  int has_row;
  assert_ok(crucible__statement_prepare(s->store, sql, &rows));
  assert_ok(crucible__statement_next(rows, &has_row));
  uint64_t n = (uint64_t)crucible__column_int(rows, 0);
  crucible__statement_destroy(rows);
  return n;
}

/* Nothing is deployed that is not feasible: the slots stay empty, the reason is
   on record, and a search is tried again after a while. */
static void
a_search_without_a_viable_model_leaves_the_slots_empty(void **state) {
  (void)state;
  setup s = set_up(
      2, 5,
      "{\"tournament\": {\"agents\": 2, \"train_bars\": 1400,"
      "                  \"retry\": 500},"
      " \"volatility\": {\"window\": 1000, \"first\": 300, \"refit\": 500},"
      " \"genome\": {\"min_train_bars\": 400, \"max_train_bars\": 1000},"
      " \"forge\": {\"folds\": 2, \"max_rounds\": 5, \"holdout\": 144,"
      "             \"min_trades\": 1000000},"
      " \"study\": {\"trials\": 6}}");
  push_all(&s);
  assert_int_equal(count(&s, "SELECT count(*) FROM agents"), 0);
  assert_int_equal(count(&s, "SELECT count(*) FROM studies"), 3);
  assert_int_equal(count(&s, "SELECT count(*) FROM trials WHERE is_feasible"),
                   0);
  assert_int_equal(count(&s, "SELECT count(*) FROM events WHERE kind = 'no "
                             "viable model' AND detail LIKE '%infeasible%'"),
                   3);
  tear_down(&s);
}

/* All first agents begin with the same bar, so with nothing else to end them
   they expire together. */
static void agents_that_end_together_are_replaced_by_one_search(void **state) {
  (void)state;
  setup s = set_up(
      2, 5,
      "{\"tournament\": {\"agents\": 3, \"train_bars\": 1400,"
      "                  \"forging_delay\": 0, \"bench\": 0},"
      " \"volatility\": {\"window\": 1000, \"first\": 300, \"refit\": 500},"
      " \"genome\": {\"min_train_bars\": 400, \"max_train_bars\": 1000,"
      "              \"max_horizon_bars\": 12},"
      " \"forge\": {\"folds\": 1, \"max_rounds\": 15, \"patience\": 4,"
      "             \"min_trades\": 3, \"holdout\": 144},"
      " \"study\": {\"trials\": 16, \"max_correlation\": 1},"
      " \"watchtower\": {\"decay\": \"off\", \"inactive\": 100000,"
      "                  \"expired\": 200}}");
  push_bars(&s, 0, 1400 + 199);
  assert_int_equal(count(&s, "SELECT count(*) FROM agents"), 3);
  assert_int_equal(count(&s, "SELECT count(*) FROM studies"), 1);
  push_bars(&s, 1400 + 199, 1400 + 200);
  assert_int_equal(count(&s, "SELECT count(*) FROM verdicts WHERE rule = 5"),
                   3);
  assert_int_equal(count(&s, "SELECT count(*) FROM studies"), 2);
  assert_int_equal(count(&s, "SELECT n_wanted FROM studies WHERE number = 2"),
                   3);
  assert_int_equal(count(&s, "SELECT count(*) FROM agents"), 6);
  assert_int_equal(count(&s, "SELECT count(DISTINCT slot) FROM agents WHERE "
                             "until_bar = 0 AND state = 'active'"),
                   3);
  tear_down(&s);
}

/* Promotion is cheap here and death is near: champions die, and what they had
   brought into the elite pool goes with them. */
static void no_dna_of_a_dead_champion_stays_among_the_elites(void **state) {
  (void)state;
  setup s = set_up(
      2, 1,
      "{\"tournament\": {\"agents\": 3, \"train_bars\": 700, \"retry\": 48},"
      " \"volatility\": {\"window\": 700, \"first\": 150, \"refit\": 288},"
      " \"genome\": {\"min_train_bars\": 300, \"max_train_bars\": 700,"
      "              \"min_horizon_bars\": 6, \"max_horizon_bars\": 24},"
      " \"forge\": {\"folds\": 2, \"max_rounds\": 15, \"patience\": 4,"
      "             \"holdout\": 100},"
      " \"study\": {\"trials\": 6, \"batch\": 4},"
      " \"watchtower\": {\"rules\": [\"blueprint\"],"
      "                  \"death_equity\": 0.99, \"decay\": \"off\","
      "                  \"decay_dsr\": 0.001, \"promote_dsr\": 0.002,"
      "                  \"min_bars\": 20, \"min_trades\": 1,"
      "                  \"inactive\": 100, \"expired\": 300}}");
  push_all(&s);
  assert_true(count(&s,
                    "SELECT count(*) FROM verdicts WHERE rule = 1 AND agent "
                    "IN (SELECT agent FROM verdicts WHERE rule = 7)") > 0);
  assert_true(count(&s, "SELECT count(*) FROM offers WHERE label = 1 AND "
                        "outcome = 0 AND agent IN (SELECT agent FROM verdicts "
                        "WHERE rule = 1)") > 0);
  assert_true(count(&s, "SELECT count(*) FROM pool") > 0);
  assert_int_equal(count(&s, "SELECT count(*) FROM pool WHERE agent IN (SELECT "
                             "agent FROM verdicts WHERE rule = 1)"),
                   0);
  assert_int_equal(
      count(&s, "SELECT count(*) FROM study_elites AS e JOIN studies AS s ON "
                "s.number = e.study JOIN agents AS a ON a.agent = e.agent "
                "JOIN verdicts AS v ON v.agent = e.agent AND v.rule = 1 "
                "WHERE a.until_bar > 0 AND a.until_bar <= s.bar"),
      0);
  tear_down(&s);
}

/* Bars are collected; forging is the forge's own affair. */
static crucible_status collect_some(void *data) {
  const setup *s = data;
  crucible_store *store;
  crucible_tournament *tournament = NULL;
  crucible_tournament_options options;
  remove_store();
  crucible_tournament_options_init(&options, sizeof options);
  options.config = small_config;
  options.instrument = &s->instrument;
  options.timeframe_ms = s->bars.timeframe_ms;
  options.has = columns_of(&s->bars);
  crucible_status status =
      crucible_store_open(file, CRUCIBLE_STORE_CREATE, &store);
  if (status == CRUCIBLE_OK)
    status = crucible_tournament_create(store, &options, &tournament);
  for (size_t i = 0; i < 20 && status == CRUCIBLE_OK; ++i) {
    crucible_event event = bar_event(&s->bars, i);
    status = crucible_tournament_push(tournament, &event);
  }
  crucible_event stop = {.struct_size = sizeof stop,
                         .kind = CRUCIBLE_EVENT_STOP};
  if (status == CRUCIBLE_OK)
    status = crucible_tournament_push(tournament, &stop);
  crucible_tournament_destroy(tournament);
  crucible_store_close(store);
  return status;
}

static crucible_status read_report(void *data) {
  crucible_store *store;
  crucible_report *report = NULL;
  (void)data;
  crucible_status status =
      crucible_store_open(file, CRUCIBLE_STORE_READ, &store);
  if (status == CRUCIBLE_OK)
    status = crucible_report_create(store, &report);
  crucible_report_destroy(report);
  crucible_store_close(store);
  return status;
}

static void running_out_of_memory_is_an_error(void **state) {
  (void)state;
  setup s = set_up(1, 5, small_config);
  assert_true(failing_alloc_run(collect_some, &s) > 0);
  tear_down(&s);
  s = set_up(1, 5, small_config);
  push_bars(&s, 0, 1400 + 257);
  crucible_tournament_destroy(s.tournament);
  crucible_store_close(s.store);
  s.tournament = NULL;
  s.store = NULL;
  assert_true(failing_alloc_run(read_report, NULL) > 0);
  tear_down(&s);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_digest_depends_on_the_seed_and_not_on_threads),
      cmocka_unit_test(the_report_reconciles_to_the_last_cent),
      cmocka_unit_test(a_run_that_was_cut_off_can_be_read),
      cmocka_unit_test(a_wrong_bar_changes_nothing),
      cmocka_unit_test(cancelling_while_forging_leaves_no_half_of_it),
      cmocka_unit_test(a_step_that_cannot_be_recorded_says_why),
      cmocka_unit_test(wrong_options_are_refused_by_name),
      cmocka_unit_test(a_search_without_a_viable_model_leaves_the_slots_empty),
      cmocka_unit_test(agents_that_end_together_are_replaced_by_one_search),
      cmocka_unit_test(no_dna_of_a_dead_champion_stays_among_the_elites),
      cmocka_unit_test(too_little_to_train_on_is_an_error),
      cmocka_unit_test(running_out_of_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
