/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fill, a trade and an account cost, taken apart: random plans over
 * recorded bars, under each law of impact. The records alone are looked at:
 * the middle that a fill implies lies on its bar's path, the parts are those of
 * formulas that are written down here again, with the C library's pow, and the
 * parts of orders, trades and ledger agree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <crucible/backtest.h>

#include "support/near.h"
#include "support/recorded.h"

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

enum { SEEDS = 60, COLUMNS = 8 };

typedef struct run {
  const recorded *market;
  drawn how;
  crucible_backtest *result;
  crucible_orders orders;
  crucible_trades trades;
  uint64_t seed;
} run;

/* What all runs came to. */
static struct { size_t fills, bounded, trades, with_impact, with_dust; } seen;

static size_t bar_of(const crucible_bars *bars, int64_t open_ms) {
  size_t low = 0, high = bars->n;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (bars->open_time_ms[middle] <= open_ms)
      low = middle;
    else
      high = middle;
  }
  assert_true(bars->open_time_ms[low] == open_ms);
  return low;
}

/* How far an order moves the price by the law: slippage and permanent. */
static void law(const crucible_cost_options *costs, double sigma, double share,
                double *slippage, double *impact) {
  double n = costs->bars_per_day > 0 ? costs->bars_per_day : 288;
  *impact = 0;
  switch (costs->impact_law) {
  case CRUCIBLE_IMPACT_POWER:
    *slippage = costs->impact_y * sigma * pow(share, costs->impact_exponent);
    break;
  case CRUCIBLE_IMPACT_LINEAR:
    *slippage = costs->impact_y * sigma * share;
    break;
  case CRUCIBLE_IMPACT_ALMGREN: /* a day's sigma and volume, 1/n of a day */
    *slippage = costs->almgren_eta * sigma * sqrt(n) * pow(share, 0.6);
    *impact = costs->almgren_gamma / 2 * sigma * sqrt(n) * share / n;
    break;
  default:
    *slippage = costs->fixed_slippage;
    break;
  }
}

/* The middle of the quote that order i was filled at, by its own record. */
static double middle_of(const run *r, size_t i) {
  const crucible_orders *o = &r->orders;
  double paid = o->spread[i] + o->slippage[i] + o->impact[i];
  return o->fill_price[i] - o->side[i] * paid / o->filled[i];
}

static double half_spread(const run *r, size_t bar) {
  const double *spread = r->market->market.spread;
  double part = spread != NULL && spread[bar - 1] >= 0
                    ? spread[bar - 1]
                    : r->how.options.costs.spread_bps * 1e-4;
  double half = part * r->market->bars.open[bar] / 2;
  return fmax(half, r->how.instrument.price_tick / 2);
}

static void check_taker(const run *r, size_t i, size_t bar, double middle) {
  const crucible_orders *o = &r->orders;
  const recorded *m = r->market;
  double tick = r->how.instrument.price_tick;
  double quote = middle + o->side[i] * half_spread(r, bar), temporary, stays;
  law(&r->how.options.costs, m->sigma[bar - 1],
      o->filled[i] / m->forecast[bar - 1], &temporary, &stays);
  double slippage = o->slippage[i] / o->filled[i];
  double impact = o->impact[i] / o->filled[i];
  double expected = quote * temporary, permanent = quote * stays;
  double small = 1e-9 * quote;
  assert_near(o->fee[i],
              o->filled[i] * o->fill_price[i] * r->how.instrument.taker_fee,
              1e-12, 0);
  /* the rest is half the spread and less than a tick of rounding */
  double rounding = o->spread[i] / o->filled[i] - half_spread(r, bar);
  assert_true(rounding > -small && rounding < tick + small);
  if (slippage + impact < expected + permanent - small) {
    /* a limit cut it short: it was filled there, the parts in proportion */
    assert_true(isfinite(o->limit_price[i]) || o->fill_price[i] <= 2 * tick);
    assert_near(slippage * permanent, impact * expected, 1e-9,
                small * (expected + permanent));
    ++seen.bounded;
    return;
  }
  assert_near(slippage, expected, 1e-9, small);
  assert_near(impact, permanent, 1e-9, small);
}

static void check_fill(const run *r, size_t i) {
  const crucible_orders *o = &r->orders;
  const crucible_bars *bars = &r->market->bars;
  size_t bar = bar_of(bars, o->ended_ms[i]);
  double middle = middle_of(r, i), small = 1e-9 * bars->high[bar];
  assert_true(bar > 0);
  ++seen.fills;
  seen.with_impact += o->impact[i] > 0;
  if (o->liquidity[i] == CRUCIBLE_LIQUIDITY_TAKER) {
    /* somewhere on the bar's path */
    assert_true(middle >= bars->low[bar] - half_spread(r, bar) - small);
    assert_true(middle <= bars->high[bar] + half_spread(r, bar) + small);
    check_taker(r, i, bar, middle);
    return;
  }
  /* who rests pays neither slippage nor impact, and the maker's fee */
  assert_same_bits(o->slippage[i], 0);
  assert_same_bits(o->impact[i], 0);
  assert_near(o->fee[i],
              o->filled[i] * o->fill_price[i] * r->how.instrument.maker_fee,
              1e-12, 0);
}

/* Trade t was opened by order a and left by order b. */
static void check_trade(const run *r, size_t t, size_t a, size_t b) {
  const crucible_orders *o = &r->orders;
  const crucible_trades *x = &r->trades;
  double parts = x->fee[t] + x->spread[t] + x->slippage[t] + x->impact[t] +
                 x->funding[t] + x->dust[t];
  double size = x->quantity[t] * x->entry_price[t], small = 1e-12 * size;
  ++seen.trades;
  seen.with_dust += x->dust[t] != 0;
  assert_near(x->gross[t] - x->result[t], parts, 0, small);
  assert_near(x->fee[t], o->fee[a] + o->fee[b], 0, small);
  assert_near(x->spread[t], o->spread[a] + o->spread[b], 0, small);
  assert_near(x->slippage[t], o->slippage[a] + o->slippage[b], 0, small);
  assert_near(x->impact[t], o->impact[a] + o->impact[b], 0, small);
  assert_same_bits(x->funding[t], 0);
  /* from middle to middle, of what was left; what was lost on the way in (a fee
     in base, dust) was bought off the middle */
  double in = middle_of(r, a), out = middle_of(r, b), left = o->filled[b];
  double gross = o->side[a] * left * (out - in) +
                 (x->quantity[t] - left) * (x->entry_price[t] - in);
  assert_near(x->gross[t], gross, 0, 1e-9 * size);
}

/* Orders and trades of one column, and what its ledger says of them. */
static void check_column(const run *r, uint32_t column, size_t *order,
                         size_t *trade) {
  const crucible_orders *o = &r->orders;
  crucible_summary summary = {.struct_size = sizeof summary};
  crucible_costs sum = {.fee = 0};
  size_t entry = SIZE_MAX;
  double results = 0;
  assert_int_equal(crucible_backtest_summary(r->result, column, &summary),
                   CRUCIBLE_OK);
  for (; *order < o->n && o->column[*order] == column; ++*order) {
    size_t i = *order;
    if (!(o->filled[i] > 0)) {
      assert_same_bits(o->fee[i] + o->spread[i] + o->slippage[i] + o->impact[i],
                       0);
      continue;
    }
    check_fill(r, i);
    sum.fee += o->fee[i];
    sum.spread += o->spread[i];
    sum.slippage += o->slippage[i];
    sum.impact += o->impact[i];
    if (o->purpose[i] == CRUCIBLE_PURPOSE_ENTRY) {
      entry = i;
      continue;
    }
    assert_true(r->trades.column[*trade] == column && entry != SIZE_MAX);
    check_trade(r, *trade, entry, i);
    sum.dust += r->trades.dust[*trade];
    results += r->trades.result[*trade];
    ++*trade;
  }
  const crucible_ledger *ledger = &summary.ledger;
  double small = 1e-9 * (ledger->traded_notional + ledger->initial_cash);
  assert_near(ledger->costs.fee, sum.fee, 0, small);
  assert_near(ledger->costs.spread, sum.spread, 0, small);
  assert_near(ledger->costs.slippage, sum.slippage, 0, small);
  assert_near(ledger->costs.impact, sum.impact, 0, small);
  assert_near(ledger->trade_results, results, 0, small);
  if (ledger->position == 0) {
    assert_near(ledger->costs.dust, sum.dust, 0, small);
    assert_near(ledger->cash - ledger->initial_cash, results, 0, small);
  }
}

static void play(const recorded *market, uint64_t seed, int32_t impact_law) {
  run r = {.market = market, .seed = seed};
  r.how = drawn_plan(seed, market->bars.close[0]);
  crucible_cost_options *costs = &r.how.options.costs;
  costs->impact_law = impact_law;
  costs->fixed_slippage =
      impact_law == CRUCIBLE_IMPACT_FIXED ? 0.0003 * (double)(seed % 4) : 0;
  costs->almgren_gamma = seed % 3 == 0 ? 0.314 : 40;
  costs->bars_per_day = seed % 2 == 0 ? 0 : 78; /* a stock's day */
  double *scores = recorded_scores(market, COLUMNS, seed);
  const crucible_matrix matrix = {.data = scores,
                                  .rows = market->bars.n,
                                  .cols = COLUMNS,
                                  .row_stride = 1,
                                  .col_stride = (ptrdiff_t)market->bars.n};
  if (crucible_backtest_run(&market->market, &r.how.instrument, &matrix,
                            &r.how.plan, 1, &r.how.options, NULL, NULL,
                            &r.result) != CRUCIBLE_OK)
    fail_msg("seed %llu: %s", (unsigned long long)seed, crucible_last_error());
  r.orders.struct_size = sizeof r.orders;
  r.trades.struct_size = sizeof r.trades;
  assert_int_equal(crucible_backtest_records(r.result, &r.orders, &r.trades),
                   CRUCIBLE_OK);
  size_t order = 0, trade = 0;
  for (uint32_t c = 0; c < COLUMNS; ++c)
    check_column(&r, c, &order, &trade);
  assert_int_equal(order, r.orders.n);
  assert_int_equal(trade, r.trades.n);
  crucible_backtest_destroy(r.result);
  free(scores);
}

static void every_cost_has_its_cause(void **state) {
  (void)state;
  recorded *markets[] = {recorded_read(BITCOIN, 0, 0),
                         recorded_read(BITCOIN, 0, 1)};
  for (uint64_t seed = 1; seed <= SEEDS; ++seed)
    for (int32_t impact_law = 0; impact_law < 4; ++impact_law)
      play(markets[seed / 2 % 2], seed, impact_law);
  printf("%zu fills (%zu cut short by a limit, %zu with permanent impact), %zu "
         "trades (%zu with dust)\n",
         seen.fills, seen.bounded, seen.with_impact, seen.trades,
         seen.with_dust);
  assert_true(seen.fills > 10000 && seen.trades > 5000);
  assert_true(seen.bounded > 10 && seen.with_impact > 1000);
  assert_true(seen.with_dust > 100);
  recorded_free(markets[0]);
  recorded_free(markets[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_cost_has_its_cause),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
