/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of timeframes, tiers and holding periods; trades with their parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include <crucible/crucible.h>

#include "support/error_names.h"
#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/recorded.h"

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the table ---- */

static const int64_t M5 = 300000, M15 = 900000, H1 = 3600000;

static const uint32_t HOLDS[] = {1, 12};

static crucible_viability_options quick_options(void) {
  crucible_viability_options options;
  crucible_viability_options_init(&options, sizeof options);
  options.volatility.first = options.volatility.window = 150;
  options.volatility.refit = 500;
  options.hold_bars = HOLDS;
  options.n_holds = COUNT(HOLDS);
  return options;
}

static crucible_viability_table *
table_of(const crucible_bars *bars, const crucible_viability_options *options,
         crucible_pool *pool) {
  crucible_viability_table *table;
  crucible_instrument instrument = recorded_bitcoin();
  if (crucible_viability_table_make(bars, &instrument, options, pool, NULL,
                                    &table) != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
  return table;
}

static crucible_viability_row row_of(const crucible_viability_table *table,
                                     size_t index) {
  crucible_viability_row row = {.struct_size = sizeof row};
  assert_int_equal(crucible_viability_table_row(table, index, &row),
                   CRUCIBLE_OK);
  return row;
}

static size_t size_of(const crucible_viability_table *table) {
  size_t n_timeframes = 0, n_tiers = 0, n_holds = 0;
  assert_int_equal(
      crucible_viability_table_size(table, &n_timeframes, &n_tiers, &n_holds),
      CRUCIBLE_OK);
  return n_timeframes * n_tiers * n_holds;
}

/* The ceiling by the single call, over bars and forecasts made by hand. */
static crucible_ceiling alone(const crucible_series *series,
                              int64_t timeframe_ms,
                              const crucible_viability_options *options,
                              uint32_t hold_bars) {
  crucible_series *coarse = NULL;
  crucible_bars bars = {.struct_size = sizeof bars};
  crucible_ceiling ceiling = {.struct_size = sizeof ceiling};
  crucible_instrument instrument = recorded_bitcoin();
  assert_int_equal(crucible_series_resample(series, timeframe_ms, &coarse),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_series_view(coarse, &bars), CRUCIBLE_OK);
  double *sigma = calloc(bars.n, sizeof *sigma);
  double *volume = calloc(bars.n, sizeof *volume);
  crucible_egarch_rolling_options volatility = options->volatility;
  if (bars.n < 2 * volatility.first) /* few bars: a quarter, at least 100 */
    volatility.first = 100;
  assert_int_equal(
      crucible_egarch_rolling_forecasts(&volatility, bars.close, bars.n, sigma),
      CRUCIBLE_OK);
  assert_int_equal(crucible_volume_forecast(bars.volume, bars.n,
                                            options->volume_window, volume),
                   CRUCIBLE_OK);
  const crucible_market market = {.struct_size = sizeof market,
                                  .bars = &bars,
                                  .sigma = sigma,
                                  .volume_forecast = volume};
  assert_int_equal(crucible_viability_ceiling(&market, &instrument, hold_bars,
                                              options->notional,
                                              &options->costs, &ceiling),
                   CRUCIBLE_OK);
  free(sigma);
  free(volume);
  crucible_series_destroy(coarse);
  return ceiling;
}

static void rows_are_the_ceilings_of_resampled_bars(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 0, 0);
  crucible_viability_options options = quick_options();
  for (int32_t law = 0; law < 4; ++law) {
    options.costs.impact_law = law;
    options.costs.fixed_slippage = law == CRUCIBLE_IMPACT_FIXED ? 0.001 : 0;
    crucible_viability_table *table = table_of(&r->bars, &options, NULL);
    assert_int_equal(size_of(table), 4 * 3 * 2);
    for (size_t i = 6; i < 24; ++i) {
      const int64_t lengths[] = {60000, M5, M15, H1};
      crucible_viability_row row = row_of(table, i);
      assert_int_equal(row.timeframe_ms, lengths[i / 6]);
      assert_int_equal(row.tier, i % 6 / 2);
      assert_int_equal(row.hold_bars, HOLDS[i % 2]);
      assert_int_equal(row.state, CRUCIBLE_ROW_MEASURED);
      assert_int_equal(row.warm_up, row.timeframe_ms == H1 ? 100 : 150);
      crucible_ceiling c = row.ceiling;
      assert_near(c.fee_cost + c.spread_cost + c.slippage_cost + c.impact_cost,
                  c.round_trip_cost, 1e-15, 0);
      assert_near(c.trades_per_day,
                  86400000.0 / (double)(row.timeframe_ms * row.hold_bars),
                  1e-15, 0);
      if (row.tier > 0)
        continue;
      crucible_ceiling expected =
          alone(r->series, row.timeframe_ms, &options, row.hold_bars);
      assert_memory_equal(&c, &expected, sizeof c);
    }
    crucible_viability_table_destroy(table);
  }
  recorded_free(r);
}

/* One-minute bars cannot be made of these, a week of them hardly. */
static void timeframes_without_figures_say_why(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 0, 0);
  const int64_t lengths[] = {7 * 86400000LL, 60000, 86400000, 420000, M15};
  const struct {
    int64_t timeframe_ms;
    int32_t state;
    uint64_t n_bars;
  } expected[] = {{60000, CRUCIBLE_ROW_FINER, 0},
                  {420000, CRUCIBLE_ROW_FINER, 0},
                  {M15, CRUCIBLE_ROW_MEASURED, 859},
                  {86400000, CRUCIBLE_ROW_TOO_SHORT, 9},
                  {7 * 86400000LL, CRUCIBLE_ROW_TOO_SHORT, 0}};
  crucible_viability_options options = quick_options();
  options.timeframes_ms = lengths;
  options.n_timeframes = COUNT(lengths);
  crucible_viability_table *table = table_of(&r->bars, &options, NULL);
  for (size_t i = 0; i < size_of(table); ++i) {
    crucible_viability_row row = row_of(table, i);
    assert_int_equal(row.timeframe_ms, expected[i / 6].timeframe_ms);
    assert_int_equal(row.state, expected[i / 6].state);
    assert_int_equal(row.n_bars, expected[i / 6].n_bars);
    assert_int_equal(row.warm_up, row.state == CRUCIBLE_ROW_FINER ? 0
                                  : row.n_bars > 300              ? 150
                                                                  : 100);
    assert_int_equal(row.ceiling.n > 0, row.state == CRUCIBLE_ROW_MEASURED);
    assert_int_equal(isnan(row.ceiling.ratio) == 0,
                     row.state == CRUCIBLE_ROW_MEASURED);
  }
  crucible_viability_table_destroy(table);
  recorded_free(r);
}

/* A maker pays his fee and nothing else; who makes one side pays half of each
   other's. */
static void tiers_pay_by_how_their_orders_fill(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 0, 0);
  enum { T = CRUCIBLE_LIQUIDITY_TAKER, M = CRUCIBLE_LIQUIDITY_MAKER };
  const crucible_fee_tier tiers[] = {
      {0.0002, 0.0005, T, T}, {0.0002, 0.0005, M, T},  {0.0002, 0.0005, T, M},
      {0.0002, 0.0005, M, M}, {-0.0001, 0.0005, M, M}, {0, 0, T, T}};
  crucible_viability_options options = quick_options();
  options.timeframes_ms = &M15;
  options.n_timeframes = 1;
  options.n_holds = 1;
  options.tiers = tiers;
  options.n_tiers = COUNT(tiers);
  options.costs.impact_law = CRUCIBLE_IMPACT_ALMGREN;
  crucible_viability_table *table = table_of(&r->bars, &options, NULL);
  crucible_ceiling c[COUNT(tiers)];
  for (size_t i = 0; i < COUNT(tiers); ++i)
    c[i] = row_of(table, i).ceiling;
  assert_near(c[0].fee_cost, 0.001, 1e-3, 0);
  assert_near(c[3].fee_cost, 0.0004, 1e-3, 0);
  assert_near(c[1].fee_cost + c[2].fee_cost, c[0].fee_cost + c[3].fee_cost,
              1e-12, 0);
  assert_near(c[1].spread_cost + c[2].spread_cost, c[0].spread_cost, 1e-12, 0);
  assert_near(c[1].slippage_cost + c[2].slippage_cost, c[0].slippage_cost,
              1e-12, 0);
  assert_near(c[1].impact_cost + c[2].impact_cost, c[0].impact_cost, 1e-12, 0);
  assert_true(c[0].impact_cost > 0);
  assert_same_bits(c[3].spread_cost + c[3].slippage_cost + c[3].impact_cost, 0);
  assert_true(c[4].round_trip_cost < 0 && isinf(c[4].ratio));
  assert_true(c[4].hit_rate_needed < 0.5);
  assert_same_bits(c[5].fee_cost, 0);
  assert_same_bits(c[5].spread_cost, c[0].spread_cost);
  crucible_viability_table_destroy(table);
  recorded_free(r);
}

static void the_smallest_is_the_first_that_moves_twice_its_cost(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 0, 0);
  static const uint32_t holds[] = {24, 6, 1, 12}; /* in any order */
  const int64_t lengths[] = {H1, M5, M15};
  crucible_viability_options options = quick_options();
  options.timeframes_ms = lengths;
  options.n_timeframes = COUNT(lengths);
  options.hold_bars = holds;
  options.n_holds = COUNT(holds);
  crucible_viability_table *table = table_of(&r->bars, &options, NULL);
  for (uint32_t tier = 0; tier < 3; ++tier) {
    crucible_viability_row best = {.struct_size = sizeof best};
    assert_int_equal(crucible_viability_smallest(table, tier, &best),
                     CRUCIBLE_OK);
    assert_true(best.timeframe_ms > 0 && best.ceiling.ratio >= 2);
    for (size_t i = 0; i < size_of(table); ++i) {
      crucible_viability_row row = row_of(table, i);
      if (row.tier == tier && row.ceiling.ratio >= 2)
        assert_true(row.timeframe_ms > best.timeframe_ms ||
                    (row.timeframe_ms == best.timeframe_ms &&
                     row.hold_bars >= best.hold_bars));
    }
  }
  crucible_viability_table_destroy(table);
  const crucible_fee_tier dear = {0.09, 0.09, CRUCIBLE_LIQUIDITY_TAKER,
                                  CRUCIBLE_LIQUIDITY_TAKER};
  options.tiers = &dear;
  options.n_tiers = 1;
  table = table_of(&r->bars, &options, NULL);
  crucible_viability_row none = {.struct_size = sizeof none};
  assert_int_equal(crucible_viability_smallest(table, 0, &none), CRUCIBLE_OK);
  assert_int_equal(none.timeframe_ms, 0);
  assert_int_equal(crucible_viability_smallest(table, 1, &none),
                   CRUCIBLE_E_INVALID);
  crucible_viability_table_destroy(table);
  recorded_free(r);
}

static void threads_change_nothing(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 0, 0);
  crucible_viability_options options = quick_options();
  crucible_pool *pool;
  assert_int_equal(crucible_pool_create(3, &pool), CRUCIBLE_OK);
  crucible_viability_table *one = table_of(&r->bars, &options, NULL);
  crucible_viability_table *many = table_of(&r->bars, &options, pool);
  for (size_t i = 0; i < size_of(one); ++i) {
    crucible_viability_row a = row_of(one, i), b = row_of(many, i);
    assert_memory_equal(&a, &b, sizeof a);
  }
  crucible_viability_table_destroy(one);
  crucible_viability_table_destroy(many);
  crucible_pool_destroy(pool);
  recorded_free(r);
}

/* One rate in all, paid by longs: a perfect forecast is long through it where
   the price then rises, and is paid where it falls. */
static void funding_is_paid_by_the_side_that_gains(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 0, 0);
  crucible_viability_options options = quick_options();
  const size_t at = 1000;
  const int64_t time = r->bars.open_time_ms[at];
  const double rate = 0.01, *open = r->bars.open;
  options.timeframes_ms = &M5;
  options.n_timeframes = 1;
  options.funding_time_ms = &time;
  options.funding_rate = &rate;
  options.n_funding = 1;
  crucible_viability_table *table = table_of(&r->bars, &options, NULL);
  for (size_t h = 0; h < 2; ++h) {
    double paid = 0;
    size_t hold = HOLDS[h];
    /* every position that was opened before it and is left at it or later */
    for (size_t in = at - hold; in < at; ++in)
      paid +=
          (open[in + hold] >= open[in] ? 1 : -1) * rate * open[at] / open[in];
    crucible_ceiling c = row_of(table, h).ceiling;
    assert_near(c.funding_cost, paid / (double)c.n, 1e-12, 0);
    assert_near(c.round_trip_cost,
                c.fee_cost + c.spread_cost + c.slippage_cost + c.funding_cost,
                1e-12, 0);
  }
  /* a market with the column has the same, and a NaN in it is no rate */
  double *column = calloc(r->bars.n, sizeof *column);
  crucible_instrument instrument = recorded_bitcoin();
  crucible_ceiling with = {.struct_size = sizeof with}, without = with;
  column[at] = rate;
  column[at + 1] = (double)NAN;
  assert_int_equal(crucible_viability_ceiling(&r->market, &instrument, 1, 200,
                                              NULL, &without),
                   CRUCIBLE_OK);
  r->market.funding = column;
  assert_int_equal(
      crucible_viability_ceiling(&r->market, &instrument, 1, 200, NULL, &with),
      CRUCIBLE_OK);
  double sign = open[at] >= open[at - 1] ? 1 : -1;
  assert_same_bits(without.funding_cost, 0);
  assert_near(with.funding_cost,
              sign * rate * open[at] / open[at - 1] / (double)with.n, 1e-12, 0);
  assert_near(with.round_trip_cost - without.round_trip_cost, with.funding_cost,
              1e-9, 0);
  r->market.funding = NULL;
  free(column);
  crucible_viability_table_destroy(table);
  recorded_free(r);
}

static void wrong_options_are_refused_by_name(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 0, 0);
  crucible_instrument instrument = recorded_bitcoin();
  const int64_t twice[] = {M5, M15, M5}, zero = 0;
  const uint32_t no_hold = 0;
  const crucible_fee_tier odd[] = {
      {0, 0.2, 2, 2}, {0.2, 0, 2, 2}, {0, 0, 0, 2}};
  enum { CASES = 14 };
  const char *const words[CASES] = {
      "notional",   "volume_window", "reserved",   "twice",
      "lengths of", "hold_bars[0]",  "taker_fee",  "maker_fee",
      "LIQUIDITY",  "n_timeframes",  "impact_law", "costs.struct_size",
      "n_funding",  "number is 3"};
  for (int c = 0; c < CASES; ++c) {
    crucible_viability_options o = quick_options();
    crucible_viability_table *table = (void *)r;
    switch (c) {
    case 0:
      o.notional = (double)NAN;
      break;
    case 1:
      o.volume_window = 0;
      break;
    case 2:
      o.reserved = 1;
      break;
    case 3:
      o.timeframes_ms = twice, o.n_timeframes = 3;
      break;
    case 4:
      o.timeframes_ms = &zero, o.n_timeframes = 1;
      break;
    case 5:
      o.hold_bars = &no_hold, o.n_holds = 1;
      break;
    case 6:
      o.tiers = odd, o.n_tiers = 1;
      break;
    case 7:
      o.tiers = odd + 1, o.n_tiers = 1;
      break;
    case 8:
      o.tiers = odd + 2, o.n_tiers = 1;
      break;
    case 9:
      o.timeframes_ms = twice, o.n_timeframes = 0;
      break;
    case 10:
      o.costs.impact_law = 9;
      break;
    case 11:
      o.costs.struct_size = 0;
      break;
    case 12:
      o.n_funding = 1;
      break;
    default:
      o.hold_bars = NULL, o.n_holds = 3;
      break;
    }
    assert_int_equal(crucible_viability_table_make(&r->bars, &instrument, &o,
                                                   NULL, NULL, &table),
                     CRUCIBLE_E_INVALID);
    assert_null(table);
    if (c != 9)
      assert_error_names(words[c]);
  }
  crucible_viability_options o = quick_options();
  crucible_viability_table *table;
  assert_int_equal(
      crucible_viability_table_make(NULL, &instrument, &o, NULL, NULL, &table),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_viability_table_make(&r->bars, NULL, &o, NULL, NULL, &table),
      CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_viability_table_make(&r->bars, &instrument, &o,
                                                 NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  table = table_of(&r->bars, &o, NULL);
  crucible_viability_row row = {.struct_size = sizeof row};
  assert_int_equal(crucible_viability_table_row(table, 24, &row),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_viability_table_row(NULL, 0, &row),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_viability_table_row(table, 0, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_viability_table_size(NULL, NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_viability_smallest(table, 0, NULL),
                   CRUCIBLE_E_INVALID);
  crucible_viability_table_destroy(table);
  crucible_viability_table_destroy(NULL);
  recorded_free(r);
}

static crucible_status make_any(void *data) {
  const recorded *r = data;
  crucible_viability_options options = quick_options();
  crucible_instrument instrument = recorded_bitcoin();
  const int64_t lengths[] = {M5, M15};
  const int64_t time = r->bars.open_time_ms[9];
  const double rate = 1e-4;
  options.timeframes_ms = lengths;
  options.n_timeframes = 2;
  options.funding_time_ms = &time;
  options.funding_rate = &rate;
  options.n_funding = 1;
  crucible_viability_table *table;
  crucible_status status = crucible_viability_table_make(
      &r->bars, &instrument, &options, NULL, NULL, &table);
  crucible_viability_table_destroy(table);
  return status;
}

static void a_table_survives_want_of_memory(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 600, 0);
  failing_alloc_run(make_any, r);
  recorded_free(r);
}

/* ---- trades ---- */

enum { N = 12 };

/* Twelve trades: nine gain 4, three lose 2; each costs 1 in six parts. */
typedef struct made_trades {
  double gross[N], result[N], part[6][N];
  crucible_trades view;
} made_trades;

static const double PARTS[] = {0.5, 0.25, 0.125, 0.0625, 0.03125, 0.03125};

static made_trades *make_trades(made_trades *t) {
  for (size_t i = 0; i < N; ++i) {
    t->gross[i] = i < 9 ? 4 : -2;
    t->result[i] = t->gross[i] - 1;
    for (size_t k = 0; k < 6; ++k)
      t->part[k][i] = PARTS[k];
  }
  t->view = (crucible_trades){.struct_size = sizeof t->view,
                              .n = N,
                              .gross = t->gross,
                              .result = t->result,
                              .fee = t->part[0],
                              .spread = t->part[1],
                              .slippage = t->part[2],
                              .impact = t->part[3],
                              .funding = t->part[4],
                              .dust = t->part[5]};
  return t;
}

static void trades_have_the_figures_of_a_hand_calculation(void **state) {
  (void)state;
  made_trades t;
  crucible_viability v = {.struct_size = sizeof v};
  assert_int_equal(
      crucible_viability_trades(&make_trades(&t)->view, 4, 0.95, 1, &v),
      CRUCIBLE_OK);
  assert_int_equal(v.n, N);
  assert_same_bits(v.mean_gross, 2.5); /* (9 * 4 - 3 * 2) / 12 */
  assert_same_bits(v.mean_cost, 1);
  assert_same_bits(v.ratio, 2.5);
  assert_same_bits(v.mean_fee, PARTS[0]);
  assert_same_bits(v.mean_spread, PARTS[1]);
  assert_same_bits(v.mean_slippage, PARTS[2]);
  assert_same_bits(v.mean_impact, PARTS[3]);
  assert_same_bits(v.mean_funding, PARTS[4]);
  assert_same_bits(v.mean_dust, PARTS[5]);
  assert_same_bits(v.hit_rate, 0.75);
  /* p 4 - (1 - p) 2 = 2 */
  assert_near(v.hit_rate_needed, 2.0 / 3, 1e-15, 0);
  assert_same_bits(v.trades_per_day, 3);
  assert_int_equal(v.verdict, CRUCIBLE_TIMEFRAME_UNPROVEN);
  assert_true(v.ratio_low < 2 && !v.is_viable);
  crucible_viability sums = {.struct_size = sizeof sums};
  double cost[N];
  for (size_t i = 0; i < N; ++i)
    cost[i] = 1;
  assert_int_equal(
      crucible_viability_realised(t.gross, cost, N, 0.95, 1, &sums),
      CRUCIBLE_OK);
  assert_same_bits(sums.ratio_low, v.ratio_low);
  assert_true(isnan(sums.mean_fee) && isnan(sums.trades_per_day));
}

static void the_verdict_is_about_twice_the_cost(void **state) {
  (void)state;
  double gross[N], cost[N];
  for (size_t i = 0; i < N; ++i)
    cost[i] = 1;
  const struct {
    double each;
    int32_t verdict;
  } cases[] = {{2, CRUCIBLE_TIMEFRAME_VIABLE},
               {nextafter(2, 0), CRUCIBLE_TIMEFRAME_TOO_FAST},
               {0, CRUCIBLE_TIMEFRAME_TOO_FAST},
               {-1, CRUCIBLE_TIMEFRAME_TOO_FAST}};
  for (size_t c = 0; c < COUNT(cases); ++c) {
    crucible_viability v = {.struct_size = sizeof v};
    for (size_t i = 0; i < N; ++i)
      gross[i] = cases[c].each;
    assert_int_equal(crucible_viability_realised(gross, cost, N, 0.95, 1, &v),
                     CRUCIBLE_OK);
    assert_int_equal(v.verdict, cases[c].verdict);
    assert_int_equal(v.is_viable, v.verdict == CRUCIBLE_TIMEFRAME_VIABLE);
    /* without a winner nobody knows what one would gain */
    assert_int_equal(isnan(v.hit_rate_needed) != 0, cases[c].each <= 0);
  }
}

static void trades_that_do_not_add_up_are_refused(void **state) {
  (void)state;
  made_trades t;
  crucible_viability v = {.struct_size = sizeof v}, before = v;
  make_trades(&t)->part[2][7] += 1e-3;
  assert_int_equal(crucible_viability_trades(&t.view, 4, 0.95, 1, &v),
                   CRUCIBLE_E_INVALID);
  assert_error_names("trade 7");
  t.part[2][7] = (double)NAN;
  assert_int_equal(crucible_viability_trades(&t.view, 4, 0.95, 1, &v),
                   CRUCIBLE_E_INVALID);
  make_trades(&t)->view.slippage = NULL;
  assert_int_equal(crucible_viability_trades(&t.view, 4, 0.95, 1, &v),
                   CRUCIBLE_E_INVALID);
  assert_error_names("slippage");
  make_trades(&t)->view.n = 9;
  assert_int_equal(crucible_viability_trades(&t.view, 4, 0.95, 1, &v),
                   CRUCIBLE_E_TOO_SHORT);
  t.view.n = 0;
  assert_int_equal(crucible_viability_trades(&t.view, 4, 0.95, 1, &v),
                   CRUCIBLE_E_TOO_SHORT);
  make_trades(&t);
  assert_int_equal(crucible_viability_trades(&t.view, -1, 0.95, 1, &v),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_viability_trades(&t.view, 4, 0.5, 1, &v),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_viability_trades(NULL, 4, 0.95, 1, &v),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_viability_trades(&t.view, 4, 0.95, 1, NULL),
                   CRUCIBLE_E_INVALID);
  assert_memory_equal(&v, &before, sizeof v);
}

static crucible_status measure_any(void *data) {
  made_trades *t = data;
  crucible_viability v = {.struct_size = sizeof v};
  return crucible_viability_trades(&t->view, 4, 0.95, 1, &v);
}

static void trades_survive_want_of_memory(void **state) {
  (void)state;
  made_trades t;
  failing_alloc_run(measure_any, make_trades(&t));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_the_ceilings_of_resampled_bars),
      cmocka_unit_test(timeframes_without_figures_say_why),
      cmocka_unit_test(tiers_pay_by_how_their_orders_fill),
      cmocka_unit_test(the_smallest_is_the_first_that_moves_twice_its_cost),
      cmocka_unit_test(threads_change_nothing),
      cmocka_unit_test(funding_is_paid_by_the_side_that_gains),
      cmocka_unit_test(wrong_options_are_refused_by_name),
      cmocka_unit_test(a_table_survives_want_of_memory),
      cmocka_unit_test(trades_have_the_figures_of_a_hand_calculation),
      cmocka_unit_test(the_verdict_is_about_twice_the_cost),
      cmocka_unit_test(trades_that_do_not_add_up_are_refused),
      cmocka_unit_test(trades_survive_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
