/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/cost_audit.h"
#include "support/near.h"

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

audit_counts audit_seen;

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

double audit_middle(const audited *r, size_t i) {
  const crucible_orders *o = &r->orders;
  double paid = o->spread[i] + o->slippage[i] + o->impact[i];
  return o->fill_price[i] - o->side[i] * paid / o->filled[i];
}

static double half_spread(const audited *r, size_t bar) {
  const double *spread = r->market->market.spread;
  double part = spread != NULL && spread[bar - 1] >= 0
                    ? spread[bar - 1]
                    : r->how.options.costs.spread_bps * 1e-4;
  double half = part * r->market->bars.open[bar] / 2;
  return fmax(half, r->how.instrument.price_tick / 2);
}

/* The law of the options, or what stands in its place in that bar. */
static void expect_move(const audited *r, size_t bar, double quantity,
                        double *slippage, double *impact) {
  const recorded *m = r->market;
  law(&r->how.options.costs, m->sigma[bar - 1], quantity / m->forecast[bar - 1],
      slippage, impact);
  if (r->slippage != NULL) {
    *slippage = r->slippage[bar];
    *impact = 0;
  }
}

static void check_taker(const audited *r, size_t i, size_t bar, double middle) {
  const crucible_orders *o = &r->orders;
  double tick = r->how.instrument.price_tick;
  double quote = middle + o->side[i] * half_spread(r, bar), temporary, stays;
  double rate =
      r->taker_fee != NULL ? r->taker_fee[bar] : r->how.instrument.taker_fee;
  expect_move(r, bar, o->filled[i], &temporary, &stays);
  double slippage = o->slippage[i] / o->filled[i];
  double impact = o->impact[i] / o->filled[i];
  double expected = quote * temporary, permanent = quote * stays;
  double small = 1e-9 * quote;
  assert_near(o->fee[i], o->filled[i] * o->fill_price[i] * rate, 1e-12, 0);
  /* the rest is half the spread and less than a tick of rounding */
  double rounding = o->spread[i] / o->filled[i] - half_spread(r, bar);
  assert_true(rounding > -small && rounding < tick + small);
  if (slippage + impact < expected + permanent - small) {
    /* a limit cut it short: it was filled there, the parts in proportion */
    assert_true(isfinite(o->limit_price[i]) || o->fill_price[i] <= 2 * tick);
    assert_near(slippage * permanent, impact * expected, 1e-9,
                small * (expected + permanent));
    ++audit_seen.bounded;
    return;
  }
  assert_near(slippage, expected, 1e-9, small);
  assert_near(impact, permanent, 1e-9, small);
}

void audit_fill(const audited *r, size_t i) {
  const crucible_orders *o = &r->orders;
  const crucible_bars *bars = &r->market->bars;
  size_t bar = bar_of(bars, o->ended_ms[i]);
  double middle = audit_middle(r, i), small = 1e-9 * bars->high[bar];
  assert_true(bar > 0);
  ++audit_seen.fills;
  audit_seen.with_impact += o->impact[i] > 0;
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
  double rate =
      r->maker_fee != NULL ? r->maker_fee[bar] : r->how.instrument.maker_fee;
  assert_near(o->fee[i], o->filled[i] * o->fill_price[i] * rate, 1e-12, 0);
}

void audit_draw_costs(audited *r, uint64_t seed, int32_t impact_law) {
  r->how = drawn_plan(seed, r->market->bars.close[0]);
  crucible_cost_options *costs = &r->how.options.costs;
  costs->impact_law = impact_law;
  costs->fixed_slippage =
      impact_law == CRUCIBLE_IMPACT_FIXED ? 0.0003 * (double)(seed % 4) : 0;
  costs->almgren_gamma = seed % 3 == 0 ? 0.314 : 40;
  costs->bars_per_day = seed % 2 == 0 ? 0 : 78; /* a stock's day */
}

uint64_t audit_random(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return *state >> 33;
}

double *audit_draw_column(size_t n, double most, uint64_t *state) {
  double *column = calloc(n, sizeof *column);
  assert_non_null(column);
  for (size_t i = 0; i < n; ++i)
    column[i] = most * (double)(audit_random(state) % 1000) / 1000;
  return column;
}

crucible_matrix audit_shared(const double *column, size_t n) {
  return (crucible_matrix){.data = column,
                           .rows = n,
                           .cols = 1,
                           .row_stride = 1,
                           .col_stride = (ptrdiff_t)n};
}

void audit_read(audited *r, crucible_status status, uint64_t seed) {
  if (status != CRUCIBLE_OK)
    fail_msg("seed %llu: %s", (unsigned long long)seed, crucible_last_error());
  r->orders.struct_size = sizeof r->orders;
  r->trades.struct_size = sizeof r->trades;
  assert_int_equal(crucible_backtest_records(r->result, &r->orders, &r->trades),
                   CRUCIBLE_OK);
}

void audit_all(uint64_t n_seeds,
               void (*play)(const recorded *market, uint64_t seed,
                            int32_t impact_law)) {
  recorded *markets[] = {recorded_read(BITCOIN, 0, 0),
                         recorded_read(BITCOIN, 0, 1)};
  memset(&audit_seen, 0, sizeof audit_seen);
  for (uint64_t seed = 1; seed <= n_seeds; ++seed)
    for (int32_t impact_law = 0; impact_law < 4; ++impact_law)
      play(markets[seed / 2 % 2], seed, impact_law);
  recorded_free(markets[0]);
  recorded_free(markets[1]);
}
