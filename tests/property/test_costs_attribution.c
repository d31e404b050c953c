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
#include <string.h>

#include <crucible/simulate.h>

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
  /* [n] of the fills in each bar; NULL: as the instrument and the law say */
  const double *taker_fee, *maker_fee, *slippage;
} run;

/* What all runs came to. */
static struct {
  size_t fills, bounded, trades, with_impact, with_dust, reversals;
} seen;

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

/* The law of the options, or what stands in its place in that bar. */
static void expect_move(const run *r, size_t bar, double quantity,
                        double *slippage, double *impact) {
  const recorded *m = r->market;
  law(&r->how.options.costs, m->sigma[bar - 1], quantity / m->forecast[bar - 1],
      slippage, impact);
  if (r->slippage != NULL) {
    *slippage = r->slippage[bar];
    *impact = 0;
  }
}

static void check_taker(const run *r, size_t i, size_t bar, double middle) {
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
  double rate =
      r->maker_fee != NULL ? r->maker_fee[bar] : r->how.instrument.maker_fee;
  assert_near(o->fee[i], o->filled[i] * o->fill_price[i] * rate, 1e-12, 0);
}

/* A fill, or the part of a reversal's that opens or closes. */
typedef struct leg {
  size_t order;
  double quantity;
} leg;

static double part_of(const run *r, const double *costs, const leg *x) {
  return costs[x->order] * (x->quantity / r->orders.filled[x->order]);
}

/* Trade t was opened by one leg and left by the other. */
static void check_trade(const run *r, size_t t, const leg *a, const leg *b) {
  const crucible_orders *o = &r->orders;
  const crucible_trades *x = &r->trades;
  double parts = x->fee[t] + x->spread[t] + x->slippage[t] + x->impact[t] +
                 x->funding[t] + x->dust[t];
  double size = x->quantity[t] * x->entry_price[t], small = 1e-12 * size;
  ++seen.trades;
  seen.with_dust += x->dust[t] != 0;
  assert_near(x->gross[t] - x->result[t], parts, 0, small);
  const struct {
    const double *of_orders, *of_trades;
  } kinds[] = {{o->fee, x->fee},
               {o->spread, x->spread},
               {o->slippage, x->slippage},
               {o->impact, x->impact}};
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; ++k)
    assert_near(kinds[k].of_trades[t],
                part_of(r, kinds[k].of_orders, a) +
                    part_of(r, kinds[k].of_orders, b),
                0, small);
  assert_same_bits(x->funding[t], 0);
  /* from middle to middle, of what was left; what was lost on the way in (a fee
     in base, dust) was bought off the middle */
  double in = middle_of(r, a->order), out = middle_of(r, b->order);
  double gross = o->side[a->order] * b->quantity * (out - in) +
                 (x->quantity[t] - b->quantity) * (x->entry_price[t] - in);
  assert_near(x->gross[t], gross, 0, 1e-9 * size);
}

/* Orders and trades of one column, and what its ledger says of them. */
static void check_column(const run *r, uint32_t column, size_t *order,
                         size_t *trade) {
  const crucible_orders *o = &r->orders;
  crucible_summary summary = {.struct_size = sizeof summary};
  crucible_costs sum = {.fee = 0};
  leg entry = {SIZE_MAX, 0};
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
    leg fill = {i, o->filled[i]};
    if (o->purpose[i] == CRUCIBLE_PURPOSE_ENTRY) {
      entry = fill;
      continue;
    }
    assert_true(*trade < r->trades.n && r->trades.column[*trade] == column);
    assert_true(entry.order != SIZE_MAX);
    if (o->purpose[i] == CRUCIBLE_PURPOSE_REVERSE) {
      fill.quantity = entry.quantity; /* closes, and opens with the rest */
      check_trade(r, *trade, &entry, &fill);
      entry = (leg){i, o->filled[i] - fill.quantity};
      ++seen.reversals;
    } else {
      check_trade(r, *trade, &entry, &fill);
    }
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

static void draw_costs(run *r, uint64_t seed, int32_t impact_law) {
  r->how = drawn_plan(seed, r->market->bars.close[0]);
  crucible_cost_options *costs = &r->how.options.costs;
  costs->impact_law = impact_law;
  costs->fixed_slippage =
      impact_law == CRUCIBLE_IMPACT_FIXED ? 0.0003 * (double)(seed % 4) : 0;
  costs->almgren_gamma = seed % 3 == 0 ? 0.314 : 40;
  costs->bars_per_day = seed % 2 == 0 ? 0 : 78; /* a stock's day */
}

static void check_run(run *r, crucible_status status, uint64_t seed) {
  if (status != CRUCIBLE_OK)
    fail_msg("seed %llu: %s", (unsigned long long)seed, crucible_last_error());
  r->orders.struct_size = sizeof r->orders;
  r->trades.struct_size = sizeof r->trades;
  assert_int_equal(crucible_backtest_records(r->result, &r->orders, &r->trades),
                   CRUCIBLE_OK);
  size_t order = 0, trade = 0;
  for (uint32_t c = 0; c < COLUMNS; ++c)
    check_column(r, c, &order, &trade);
  assert_int_equal(order, r->orders.n);
  assert_int_equal(trade, r->trades.n);
  crucible_backtest_destroy(r->result);
}

static void play(const recorded *market, uint64_t seed, int32_t impact_law) {
  run r = {.market = market};
  draw_costs(&r, seed, impact_law);
  double *scores = recorded_scores(market, COLUMNS, seed);
  const crucible_matrix matrix = {.data = scores,
                                  .rows = market->bars.n,
                                  .cols = COLUMNS,
                                  .row_stride = 1,
                                  .col_stride = (ptrdiff_t)market->bars.n};
  crucible_status status = crucible_backtest_run(
      &market->market, &r.how.instrument, &matrix, &r.how.plan, 1,
      &r.how.options, NULL, NULL, &r.result);
  check_run(&r, status, seed);
  free(scores);
}

static void every_cost_has_its_cause(void **state) {
  (void)state;
  recorded *markets[] = {recorded_read(BITCOIN, 0, 0),
                         recorded_read(BITCOIN, 0, 1)};
  memset(&seen, 0, sizeof seen);
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

/* ---- signals ---- */

enum { SIGNALS = 4 };

static uint64_t next(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return *state >> 33;
}

/* Flags that are set once in so many bars, in a column of bytes each. */
static uint8_t *draw_flags(size_t n, uint64_t *state) {
  uint8_t *flags = calloc(n, 1);
  assert_non_null(flags);
  for (size_t i = 0; i < n; ++i)
    flags[i] = next(state) % 20 == 0;
  return flags;
}

static double *draw_column(size_t n, double most, uint64_t *state) {
  double *column = calloc(n, sizeof *column);
  assert_non_null(column);
  for (size_t i = 0; i < n; ++i)
    column[i] = most * (double)(next(state) % 1000) / 1000;
  return column;
}

static crucible_matrix shared(const double *column, size_t n) {
  return (crucible_matrix){.data = column,
                           .rows = n,
                           .cols = 1,
                           .row_stride = 1,
                           .col_stride = (ptrdiff_t)n};
}

/* The same costs where signals decide, shorts follow longs by one order, and
   fees and slippage may be another in every bar. */
static void play_signals(const recorded *market, uint64_t seed,
                         int32_t impact_law) {
  run r = {.market = market};
  uint64_t state = seed;
  size_t n = market->bars.n;
  draw_costs(&r, seed, impact_law);
  r.how.plan.decides = CRUCIBLE_DECIDE_SIGNALS;
  r.how.plan.on_opposite = (int32_t)(seed % 3);
  uint8_t *flags[SIGNALS];
  for (size_t k = 0; k < SIGNALS; ++k)
    flags[k] = draw_flags(n * COLUMNS, &state);
  double *columns[] = {draw_column(n, 0.002, &state),
                       draw_column(n, 0.001, &state),
                       draw_column(n, 0.001, &state)};
  crucible_simulation s;
  crucible_simulation_init(&s, sizeof s);
  crucible_flags *given[] = {&s.enter_long, &s.exit_long, &s.enter_short,
                             &s.exit_short};
  int is_short = r.how.plan.side == CRUCIBLE_SIDE_LONG_SHORT;
  for (size_t k = 0; k < (is_short ? 4 : 2); ++k)
    *given[k] = (crucible_flags){.data = flags[k],
                                 .rows = n,
                                 .cols = COLUMNS,
                                 .row_stride = 1,
                                 .col_stride = (ptrdiff_t)n};
  s.markets = &market->market;
  s.instruments = &r.how.instrument;
  s.n_markets = 1;
  s.n_columns = COLUMNS;
  s.plans = &r.how.plan;
  s.n_plans = 1;
  s.options = &r.how.options;
  if (seed % 4 >= 2) {
    r.taker_fee = columns[0];
    r.maker_fee = columns[1];
    s.taker_fee = shared(columns[0], n);
    s.maker_fee = shared(columns[1], n);
  }
  if (seed % 8 >= 4) {
    r.slippage = columns[2];
    s.slippage = shared(columns[2], n);
  }
  check_run(&r, crucible_simulate(&s, NULL, NULL, &r.result), seed);
  for (size_t k = 0; k < SIGNALS; ++k)
    free(flags[k]);
  for (size_t k = 0; k < sizeof columns / sizeof *columns; ++k)
    free(columns[k]);
}

static void every_cost_of_signals_has_its_cause(void **state) {
  (void)state;
  recorded *markets[] = {recorded_read(BITCOIN, 0, 0),
                         recorded_read(BITCOIN, 0, 1)};
  memset(&seen, 0, sizeof seen);
  for (uint64_t seed = 1; seed <= SEEDS; ++seed)
    for (int32_t impact_law = 0; impact_law < 4; ++impact_law)
      play_signals(markets[seed / 2 % 2], seed, impact_law);
  printf("%zu fills (%zu cut short by a limit, %zu with permanent impact), %zu "
         "trades (%zu with dust, %zu reversed)\n",
         seen.fills, seen.bounded, seen.with_impact, seen.trades,
         seen.with_dust, seen.reversals);
  assert_true(seen.fills > 10000 && seen.trades > 5000);
  assert_true(seen.reversals > 1000 && seen.with_impact > 1000);
  recorded_free(markets[0]);
  recorded_free(markets[1]);
}

/* ---- positions that change in parts ---- */

static size_t n_funded, n_partial, n_flat;

/* Targets that go up, down, through zero and out at the end. */
static double *draw_targets(size_t n, int is_short, uint64_t *state) {
  double *target = calloc(n, sizeof *target);
  assert_non_null(target);
  for (size_t i = 0; i < n; ++i) {
    double wanted = (double)(next(state) % 17) / 16;
    if (is_short)
      wanted = 2 * wanted - 1;
    target[i] = next(state) % 8 != 0 ? (double)NAN : wanted;
    if (next(state) % 12 == 0 || i + 40 > n)
      target[i] = 0;
  }
  return target;
}

/* Funding at a bar's open, and the borrowing of what is sold short: an hour's
   at the first open at or after each full hour. */
static double holding_cost(const run *r, size_t bar, double held,
                           const double *funding) {
  const crucible_bars *bars = &r->market->bars;
  const int64_t hour = 3600000;
  double value = held * bars->open[bar];
  double paid = funding != NULL ? value * funding[bar] : 0;
  if (held < 0 && bar > 0) {
    int64_t hours =
        bars->open_time_ms[bar] / hour - bars->open_time_ms[bar - 1] / hour;
    paid -= value * r->how.options.borrow_rate * (double)hours / (365 * 24);
  }
  return paid;
}

/* What a column's trades, orders and ledger add up to once it is flat. With
   whole fills the funding is that of the position at each open, and every fill
   is looked at on its own. */
static void check_sums(const run *r, uint32_t column, const double *funding,
                       int has_whole_fills) {
  const crucible_orders *o = &r->orders;
  const crucible_trades *x = &r->trades;
  const crucible_bars *bars = &r->market->bars;
  crucible_summary summary = {.struct_size = sizeof summary};
  assert_int_equal(crucible_backtest_summary(r->result, column, &summary),
                   CRUCIBLE_OK);
  const crucible_ledger *ledger = &summary.ledger;
  crucible_costs by_order = {.fee = 0}, by_trade = {.fee = 0};
  double flow = 0, gross = 0, result = 0, paid = 0, held = 0;
  size_t bar = 0;
  for (size_t i = 0; i < o->n; ++i) {
    if (o->column[i] != column || !(o->filled[i] > 0))
      continue;
    n_partial += o->filled[i] < o->quantity[i];
    for (; bar < bars->n && bars->open_time_ms[bar] <= o->ended_ms[i]; ++bar)
      paid += holding_cost(r, bar, held, funding);
    held += o->side[i] * o->filled[i];
    flow -= o->side[i] * o->filled[i] * middle_of(r, i);
    by_order.fee += o->fee[i];
    by_order.spread += o->spread[i];
    by_order.slippage += o->slippage[i];
    by_order.impact += o->impact[i];
    if (has_whole_fills)
      check_fill(r, i);
  }
  for (size_t t = 0; t < x->n; ++t) {
    if (x->column[t] != column)
      continue;
    double parts = x->fee[t] + x->spread[t] + x->slippage[t] + x->impact[t] +
                   x->funding[t] + x->dust[t];
    ++seen.trades;
    assert_near(x->gross[t] - x->result[t], parts, 0,
                1e-10 * x->quantity[t] * x->entry_price[t]);
    by_trade.fee += x->fee[t];
    by_trade.spread += x->spread[t];
    by_trade.slippage += x->slippage[t];
    by_trade.impact += x->impact[t];
    by_trade.funding += x->funding[t];
    gross += x->gross[t];
    result += x->result[t];
  }
  double small = 1e-9 * (ledger->traded_notional + ledger->initial_cash);
  const crucible_costs *costs = &ledger->costs;
  if (ledger->position != 0) /* the fills of orders at work are in no record */
    return;
  ++n_flat;
  assert_near(held, 0, 0, 1e-9);
  assert_near(costs->fee, by_order.fee, 0, small);
  assert_near(costs->spread, by_order.spread, 0, small);
  assert_near(costs->slippage, by_order.slippage, 0, small);
  assert_near(costs->impact, by_order.impact, 0, small);
  assert_near(costs->fee, by_trade.fee, 0, small);
  assert_near(costs->spread, by_trade.spread, 0, small);
  assert_near(costs->slippage, by_trade.slippage, 0, small);
  assert_near(costs->impact, by_trade.impact, 0, small);
  assert_near(costs->funding, by_trade.funding, 0, small);
  assert_near(gross, flow, 0, small);
  assert_near(ledger->cash - ledger->initial_cash, result, 0, small);
  if (has_whole_fills) {
    assert_near(costs->funding, paid, 0, small);
    n_funded += paid != 0;
  }
}

static void play_targets(const recorded *market, uint64_t seed,
                         int32_t impact_law) {
  run r = {.market = market};
  uint64_t state = seed;
  size_t n = market->bars.n;
  draw_costs(&r, seed, impact_law);
  crucible_plan *plan = &r.how.plan;
  plan->decides = CRUCIBLE_DECIDE_TARGETS;
  plan->entry = CRUCIBLE_ENTRY_MARKET;
  plan->theta_in = plan->theta_out = 0;
  plan->horizon_bars = 0;
  if (seed % 5 == 0)
    plan->trail_fraction = 0.004;
  r.how.instrument.fee_asset = CRUCIBLE_FEE_IN_QUOTE;
  r.how.options.initial_cash = seed / 6 % 2 == 0 ? 200 : 1e7;
  r.how.options.participation = seed % 3 == 0 ? 0.05 : 0;
  r.how.options.remainder = (int32_t)(seed / 3 % 2);
  crucible_market given = market->market;
  double *funding = draw_column(n, 0.0002, &state);
  for (size_t i = 0; i < n; ++i)
    funding[i] = i % 96 == 0 ? funding[i] - 0.0001 : 0;
  if (seed % 4 == 1)
    r.how.options.fill_at = CRUCIBLE_FILL_SAME_CLOSE;
  if (plan->target_sigma > 0 && seed % 2 == 0) {
    plan->n_rungs = 2;
    plan->rung_at[0] = 0.5;
    plan->rung_at[1] = 1;
    plan->rung_share[0] = 0.4;
    plan->rung_share[1] = 0.3;
  }
  if (r.how.instrument.is_shortable && seed % 5 < 2) {
    r.how.instrument.market_type = CRUCIBLE_MARKET_FUTURE;
    r.how.options.funding = CRUCIBLE_FUNDING_REFUSE;
    r.how.options.borrow_rate = 0.3;
  }
  int is_perpetual =
      r.how.instrument.market_type == CRUCIBLE_MARKET_LINEAR_PERPETUAL;
  if (is_perpetual) {
    given.funding = funding;
    r.how.options.funding = CRUCIBLE_FUNDING_REFUSE;
  }
  double *targets =
      draw_targets(n, plan->side == CRUCIBLE_SIDE_LONG_SHORT, &state);
  crucible_simulation s;
  crucible_simulation_init(&s, sizeof s);
  s.targets = shared(targets, n);
  s.markets = &given;
  s.instruments = &r.how.instrument;
  s.n_markets = 1;
  s.n_columns = 1;
  s.plans = plan;
  s.n_plans = 1;
  s.options = &r.how.options;
  crucible_status status = crucible_simulate(&s, NULL, NULL, &r.result);
  if (status != CRUCIBLE_OK)
    fail_msg("seed %llu: %s", (unsigned long long)seed, crucible_last_error());
  r.orders.struct_size = sizeof r.orders;
  r.trades.struct_size = sizeof r.trades;
  assert_int_equal(crucible_backtest_records(r.result, &r.orders, &r.trades),
                   CRUCIBLE_OK);
  check_sums(&r, 0, is_perpetual ? funding : NULL,
             r.how.options.participation == 0);
  crucible_backtest_destroy(r.result);
  free(funding);
  free(targets);
}

static void costs_of_positions_in_parts_add_up(void **state) {
  (void)state;
  recorded *markets[] = {recorded_read(BITCOIN, 0, 0),
                         recorded_read(BITCOIN, 0, 1)};
  memset(&seen, 0, sizeof seen);
  for (uint64_t seed = 1; seed <= 4 * SEEDS; ++seed)
    for (int32_t impact_law = 0; impact_law < 4; ++impact_law)
      play_targets(markets[seed / 2 % 2], seed, impact_law);
  printf("%zu whole fills, %zu orders filled in part, %zu trades, %zu accounts "
         "flat at the end, %zu of them funded\n",
         seen.fills, n_partial, seen.trades, n_flat, n_funded);
  assert_true(seen.trades > 10000 && n_partial > 1000);
  assert_true(n_flat > 500 && n_funded > 50);
  recorded_free(markets[0]);
  recorded_free(markets[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_cost_has_its_cause),
      cmocka_unit_test(every_cost_of_signals_has_its_cause),
      cmocka_unit_test(costs_of_positions_in_parts_add_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
