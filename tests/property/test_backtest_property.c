/* SPDX-License-Identifier: Apache-2.0 */
/* What holds whatever the plan: tried over recorded bars and drawn plans. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include <crucible/backtest.h>

#include "backtest/fill.h"
#include "series/bars.h"
#include "support/near.h"
#include "support/recorded.h"
#include "support/recorded_trader.h"

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"
#define FUTURE                                                                 \
  CRUCIBLE_SOURCE_DIR "/examples/data/IFL8-5m-2023-12-04_2024-09-27.csv"
#define BITCOIN_YEAR                                                           \
  CRUCIBLE_SHARED_DIR "/data/klines/spot-5m/BTCUSDT-5m-2023.csv.gz"

static recorded *bitcoin, *future;

static int read_all(void **state) {
  (void)state;
  bitcoin = recorded_read(BITCOIN, 0, 0);
  future = recorded_read(FUTURE, 3000, 1);
  return 0;
}

static int free_all(void **state) {
  (void)state;
  recorded_free(bitcoin);
  recorded_free(future);
  return 0;
}

static const recorded *market_of(uint64_t k) {
  return k % 3 == 2 ? future : bitcoin;
}

static double sum(const double *x, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; ++i)
    total += x[i];
  return total;
}

/* ---- the ledger ---- */

/* A book kept from the orders alone, by other means than the step's. */
typedef struct book {
  double cash, held;
  size_t n_orders;
} book;

static void keep_book(book *b, const drawn *d, const crucible_orders *orders) {
  int in_base = d->instrument.fee_asset == CRUCIBLE_FEE_IN_BASE;
  for (; b->n_orders < orders->n; ++b->n_orders) {
    size_t i = b->n_orders;
    if (orders->status[i] != CRUCIBLE_ORDER_FILLED)
      continue;
    double quantity = orders->filled[i], side = orders->side[i];
    b->cash -= side * quantity * orders->fill_price[i];
    b->held += side * quantity;
    if (side > 0 && in_base)
      b->held -= orders->fee[i] / orders->fill_price[i];
    else
      b->cash -= orders->fee[i];
  }
}

static void check_bar(const crucible_ledger *l, const book *b, double scale) {
  double cent = 1e-9 * scale;
  double marked = l->position != 0 ? l->position * l->mark_price : 0;
  assert_near(l->cash + marked - l->exit_fee, l->equity, 0, cent);
  assert_near(l->trade_results + l->open_result, l->equity - l->initial_cash, 0,
              cent);
  assert_near(l->cash, b->cash, 0, cent);
  assert_near(l->position + l->dust, b->held, 0, 1e-9);
  assert_true(l->dust >= 0);
}

static void check_end(const crucible_trader *trader, const crucible_ledger *l,
                      double scale) {
  crucible_orders o;
  crucible_trades t;
  double cent = 1e-9 * scale;
  records_of(trader, &o, &t);
  assert_int_equal(o.n, l->n_orders);
  assert_int_equal(t.n, l->n_trades);
  assert_near(sum(o.fee, o.n), l->costs.fee, 0, cent);
  assert_near(sum(o.spread, o.n), l->costs.spread, 0, cent);
  assert_near(sum(o.slippage, o.n), l->costs.slippage, 0, cent);
  assert_near(sum(t.result, t.n), l->trade_results, 0, cent);
  for (size_t i = 0; i < t.n; ++i) {
    double costs = t.fee[i] + t.spread[i] + t.slippage[i] + t.impact[i] +
                   t.funding[i] + t.dust[i];
    assert_near(t.gross[i] - costs, t.result[i], 0, cent);
    assert_true(t.spread[i] >= -cent && t.slippage[i] >= 0);
  }
  if (l->position == 0) {
    assert_near(sum(t.fee, t.n), l->costs.fee, 0, cent);
    assert_near(sum(t.dust, t.n), l->costs.dust, 0, cent);
    assert_near(l->open_result, 0, 0, cent);
  }
}

static void identities_of(const recorded *r, uint64_t seed) {
  drawn d = drawn_plan(seed, r->bars.close[0]);
  double *scores = recorded_scores(r, 1, seed);
  crucible_trader *trader = trader_of(&d);
  book b = {.cash = d.options.initial_cash};
  double scale = d.options.initial_cash * d.options.leverage;
  for (size_t i = 0; i < r->bars.n; ++i) {
    crucible_orders orders;
    crucible_trades trades;
    push(trader, r, i, scores[i]);
    records_of(trader, &orders, &trades);
    keep_book(&b, &d, &orders);
    crucible_ledger ledger = ledger_of(trader);
    check_bar(&ledger, &b, scale);
  }
  crucible_ledger ledger = ledger_of(trader);
  check_end(trader, &ledger, scale);
  crucible_trader_destroy(trader);
  free(scores);
}

static void ledger_identities_hold_on_every_bar(void **state) {
  (void)state;
  for (uint64_t k = 0; k < 60; ++k)
    identities_of(market_of(k), k);
}

static void ledger_identities_hold_over_a_year_of_bitcoin(void **state) {
  (void)state;
  if (CRUCIBLE_SHARED_DIR[0] == 0)
    skip();
  recorded *year = recorded_read(BITCOIN_YEAR, 0, 0);
  assert_true(year->bars.n > 100000);
  for (uint64_t k = 0; k < 6; ++k)
    identities_of(year, 100 + k);
  recorded_free(year);
}

/* ---- one step, however it is called ---- */

static void batch_equals_the_step_for_any_number_of_threads(void **state) {
  (void)state;
  enum { COLUMNS = 24 };
  for (int market = 0; market < 2; ++market) {
    const recorded *r = market == 0 ? bitcoin : future;
    size_t n = r->bars.n;
    double *scores = recorded_scores(r, COLUMNS, 5);
    crucible_matrix matrix = {scores, n, COLUMNS, 1, (ptrdiff_t)n};
    drawn d = drawn_plan(3, r->bars.close[0]);
    crucible_plan plans[COLUMNS];
    d.options.keep_equity = 1;
    for (size_t c = 0; c < COLUMNS; ++c) {
      plans[c] = drawn_plan(c, r->bars.close[0]).plan;
      if (!d.instrument.is_shortable)
        plans[c].side = CRUCIBLE_SIDE_LONG;
    }
    const uint32_t threads[] = {0, 1, 2, 3, 7};
    for (size_t t = 0; t < sizeof threads / sizeof threads[0]; ++t) {
      crucible_pool *pool = NULL;
      crucible_backtest *run;
      crucible_matrix equity;
      crucible_orders all = {.struct_size = sizeof all}, one;
      crucible_trades closed = {.struct_size = sizeof closed}, some;
      if (threads[t] > 0)
        assert_int_equal(crucible_pool_create(threads[t], &pool), CRUCIBLE_OK);
      assert_int_equal(crucible_backtest_run(&r->market, &d.instrument, &matrix,
                                             plans, COLUMNS, &d.options, pool,
                                             NULL, &run),
                       CRUCIBLE_OK);
      assert_int_equal(crucible_backtest_equity(run, &equity), CRUCIBLE_OK);
      assert_int_equal(crucible_backtest_records(run, &all, &closed),
                       CRUCIBLE_OK);
      size_t first = 0, first_trade = 0;
      for (size_t c = 0; c < COLUMNS; ++c) {
        drawn own = d;
        own.plan = plans[c];
        crucible_trader *trader = trader_of(&own);
        for (size_t i = 0; i < n; ++i) {
          push(trader, r, i, scores[c * n + i]);
          assert_same_bits(equity.data[(ptrdiff_t)c * equity.col_stride +
                                       (ptrdiff_t)i * equity.row_stride],
                           ledger_of(trader).equity);
        }
        records_of(trader, &one, &some);
        assert_true(first + one.n <= all.n);
        assert_same_bits_n(all.fill_price + first, one.fill_price, one.n);
        assert_same_bits_n(all.fee + first, one.fee, one.n);
        assert_memory_equal(all.reason + first, one.reason,
                            one.n * sizeof *one.reason);
        assert_same_bits_n(closed.gross + first_trade, some.gross, some.n);
        for (size_t i = 0; i < one.n; ++i)
          assert_int_equal(all.column[first + i], c);
        first += one.n;
        first_trade += some.n;
        crucible_summary summary = {.struct_size = sizeof summary};
        crucible_ledger ledger = ledger_of(trader);
        assert_int_equal(crucible_backtest_summary(run, c, &summary),
                         CRUCIBLE_OK);
        assert_memory_equal(&summary.ledger, &ledger, sizeof ledger);
        crucible_trader_destroy(trader);
      }
      assert_int_equal(first, all.n);
      assert_int_equal(first_trade, closed.n);
      crucible_backtest_destroy(run);
      crucible_pool_destroy(pool);
    }
    free(scores);
  }
}

static void what_comes_later_never_changes_a_fill(void **state) {
  (void)state;
  for (uint64_t k = 0; k < 40; ++k) {
    const recorded *r = market_of(k);
    size_t n = r->bars.n, cut = 50 + (size_t)(k * 977) % (n - 100);
    drawn d = drawn_plan(k, r->bars.close[0]);
    double *scores = recorded_scores(r, 1, k);
    crucible_backtest *run[2];
    crucible_orders orders[2];
    crucible_matrix equity[2];
    d.options.keep_equity = 1;
    for (int whole = 0; whole < 2; ++whole) {
      crucible_bars bars = r->bars;
      crucible_market market = r->market;
      bars.n = whole ? n : cut;
      market.bars = &bars;
      crucible_matrix matrix = {scores, bars.n, 1, 1, (ptrdiff_t)n};
      orders[whole] = (crucible_orders){.struct_size = sizeof orders[0]};
      assert_int_equal(crucible_backtest_run(&market, &d.instrument, &matrix,
                                             &d.plan, 1, &d.options, NULL, NULL,
                                             &run[whole]),
                       CRUCIBLE_OK);
      assert_int_equal(
          crucible_backtest_records(run[whole], &orders[whole], NULL),
          CRUCIBLE_OK);
      assert_int_equal(crucible_backtest_equity(run[whole], &equity[whole]),
                       CRUCIBLE_OK);
    }
    assert_same_bits_n(equity[0].data, equity[1].data, cut);
    size_t n_early = 0;
    while (n_early < orders[1].n &&
           orders[1].ended_ms[n_early] <= r->bars.open_time_ms[cut - 1])
      ++n_early;
    assert_int_equal(orders[0].n, n_early);
    assert_same_bits_n(orders[0].fill_price, orders[1].fill_price, n_early);
    assert_same_bits_n(orders[0].filled, orders[1].filled, n_early);
    crucible_backtest_destroy(run[0]);
    crucible_backtest_destroy(run[1]);
    free(scores);
  }
}

static void
second_path_is_skipped_only_where_it_gives_the_same_bits(void **state) {
  (void)state;
  size_t n_traded = 0;
  for (uint64_t k = 0; k < 120; ++k) {
    const recorded *r = market_of(k);
    drawn d = drawn_plan(k, r->bars.close[0]);
    double *scores = recorded_scores(r, 1, k);
    crucible__terms quick, thorough;
    crucible__account a, b;
    crucible__events events, others;
    assert_int_equal(crucible__terms_init(&quick, &d.plan, &d.instrument,
                                          300000, &d.options),
                     CRUCIBLE_OK);
    thorough = quick;
    thorough.try_both = 1;
    crucible__account_init(&a, &quick);
    crucible__account_init(&b, &thorough);
    for (size_t i = 0; i < r->bars.n; ++i) {
      crucible_bar bar = crucible__bars_at(&r->bars, i);
      crucible__outlook outlook = crucible__outlook_none;
      crucible__wish wish = crucible__wish_none;
      outlook.sigma = r->sigma[i];
      outlook.volume_forecast = r->forecast[i];
      if (r->spread != NULL)
        outlook.spread = r->spread[i];
      wish.score = scores[i];
      crucible__account_step(&a, NULL, &quick, &bar, &outlook, &wish, &events);
      crucible__account_step(&b, NULL, &thorough, &bar, &outlook, &wish,
                             &others);
      assert_memory_equal(&a, &b, sizeof a);
      assert_int_equal(events.n_orders, others.n_orders);
      assert_memory_equal(events.orders, others.orders,
                          events.n_orders * sizeof events.orders[0]);
    }
    n_traded += a.n_trades;
    free(scores);
  }
  assert_true(n_traded > 1000);
}

/* ---- labels ---- */

static void outcomes_are_those_of_a_trader_that_enters_there(void **state) {
  (void)state;
  for (uint64_t k = 0; k < 12; ++k) {
    const recorded *r = market_of(k);
    size_t n = 600, *end = malloc(n * sizeof *end);
    crucible_bars bars = r->bars;
    crucible_market market = r->market;
    double *outcome = malloc(n * sizeof *outcome), notional = 5000;
    drawn d = drawn_plan(k, bars.close[0]);
    int32_t direction = d.instrument.is_shortable && k % 2 ? -1 : 1;
    crucible_pool *pool;
    bars.n = n;
    market.bars = &bars;
    d.plan.horizon_bars = 1 + (uint32_t)(5 * k); /* up to 56 quiet bars */
    assert_int_equal(crucible_pool_create(2, &pool), CRUCIBLE_OK);
    assert_int_equal(crucible_backtest_outcomes(&market, &d.instrument, &d.plan,
                                                direction, notional, &d.options,
                                                pool, NULL, outcome, end),
                     CRUCIBLE_OK);
    crucible_pool_destroy(pool);
    d.plan.sizing = CRUCIBLE_SIZE_CASH;
    d.plan.sizing_value = notional;
    d.options.initial_cash = 10 * notional;
    d.instrument.lot_step = 1e-11;
    d.instrument.min_quantity = d.instrument.min_notional = 0;
    d.plan.theta_out = -(double)INFINITY;
    size_t n_trades = 0;
    for (size_t i = 0; i < n; i += 7) {
      crucible_trader *trader = trader_of(&d);
      crucible_orders orders;
      crucible_trades trades = {.n = 0};
      for (size_t j = i; j < n && trades.n == 0; ++j) {
        push(trader, r, j, j == i ? direction * 1e9 : (double)NAN);
        records_of(trader, &orders, &trades);
      }
      if (trades.n > 0) {
        assert_same_bits(outcome[i], trades.result[0] / notional);
        assert_int_equal(r->bars.open_time_ms[end[i]], trades.exit_ms[0]);
        ++n_trades;
      } else {
        assert_true(isnan(outcome[i]));
        assert_int_equal(end[i], i);
      }
      crucible_trader_destroy(trader);
    }
    assert_true(n_trades > 5);
    free(outcome);
    free(end);
  }
}

/* ---- small accounts and risk ---- */

static void small_accounts_trade_or_say_why_not(void **state) {
  (void)state;
  const struct {
    double cash;
    int trades;
  } cases[] = {{200, 1}, {101, 1}, {9, 0}};
  double *scores = recorded_scores(bitcoin, 1, 1);
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
    drawn d = {.instrument = recorded_bitcoin()};
    crucible_orders orders;
    crucible_trades trades;
    crucible_plan_init(&d.plan, sizeof d.plan);
    crucible_backtest_options_init(&d.options, sizeof d.options);
    d.options.initial_cash = cases[c].cash;
    crucible_trader *trader = trader_of(&d);
    for (size_t i = 0; i < bitcoin->bars.n; ++i) {
      push(trader, bitcoin, i, scores[i]);
      crucible_ledger ledger = ledger_of(trader);
      assert_true(ledger.cash >= 0 && ledger.equity > 0);
      assert_true(ledger.dust < 0.00001);
    }
    records_of(trader, &orders, &trades);
    assert_int_equal(trades.n > 0, cases[c].trades);
    for (size_t i = 0; i < orders.n; ++i) {
      double lots = orders.filled[i] / 0.00001;
      double ticks = orders.fill_price[i] / 0.01;
      if (orders.status[i] != CRUCIBLE_ORDER_FILLED) {
        int32_t reason = orders.reason[i];
        assert_true(reason == CRUCIBLE_REASON_NO_FORECAST ||
                    reason == CRUCIBLE_REASON_GAP ||
                    reason == CRUCIBLE_REASON_MIN_NOTIONAL);
        continue;
      }
      assert_near(lots, round(lots), 0, 1e-6);
      assert_near(ticks, round(ticks), 0, 1e-6);
      assert_true(orders.filled[i] <= orders.quantity[i]);
      if (orders.purpose[i] == CRUCIBLE_PURPOSE_ENTRY)
        assert_true(orders.filled[i] * orders.fill_price[i] >= 10);
    }
    if (!cases[c].trades)
      assert_true(orders.n > 100);
    crucible_trader_destroy(trader);
  }
  free(scores);
}

static void stopped_trade_never_loses_more_than_its_risk(void **state) {
  (void)state;
  size_t n_stopped = 0;
  for (uint64_t k = 0; k < 40; ++k) {
    drawn d = drawn_plan(k, bitcoin->bars.close[0]);
    double *scores = recorded_scores(bitcoin, 1, k);
    crucible_orders orders;
    crucible_trades trades;
    d.plan.entry = CRUCIBLE_ENTRY_MARKET;
    d.plan.sizing = CRUCIBLE_SIZE_RISK;
    d.plan.sizing_value = 0.01;
    d.plan.stop_sigma = 3;
    d.instrument.min_notional = 0;
    crucible_trader *trader = trader_of(&d);
    for (size_t i = 0; i < bitcoin->bars.n; ++i)
      push(trader, bitcoin, i, scores[i]);
    records_of(trader, &orders, &trades);
    double cash = d.options.initial_cash;
    for (size_t i = 0; i < trades.n; ++i) {
      /* at its trigger, not at a jump; the open is near the close before */
      int is_at_trigger = 0;
      for (size_t o = 0; o < orders.n; ++o)
        is_at_trigger |= orders.purpose[o] == CRUCIBLE_PURPOSE_STOP &&
                         orders.ended_ms[o] == trades.exit_ms[i] &&
                         fabs(orders.fill_price[o] - orders.limit_price[o]) <=
                             0.01 + orders.slippage[o] / orders.filled[o];
      if (is_at_trigger && trades.exit[i] == CRUCIBLE_PURPOSE_STOP) {
        assert_true(-trades.result[i] - trades.dust[i] <= 0.0101 * cash);
        ++n_stopped;
      }
      cash += trades.result[i];
    }
    crucible_trader_destroy(trader);
    free(scores);
  }
  assert_true(n_stopped > 200);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ledger_identities_hold_on_every_bar),
      cmocka_unit_test(ledger_identities_hold_over_a_year_of_bitcoin),
      cmocka_unit_test(batch_equals_the_step_for_any_number_of_threads),
      cmocka_unit_test(what_comes_later_never_changes_a_fill),
      cmocka_unit_test(
          second_path_is_skipped_only_where_it_gives_the_same_bits),
      cmocka_unit_test(outcomes_are_those_of_a_trader_that_enters_there),
      cmocka_unit_test(small_accounts_trade_or_say_why_not),
      cmocka_unit_test(stopped_trade_never_loses_more_than_its_risk),
  };
  return cmocka_run_group_tests(tests, read_all, free_all);
}
