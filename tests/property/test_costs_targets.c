/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What positions that change in parts cost: targets that go up and down, orders
 * filled in part, funding and borrowing. Orders, trades and ledger add up to
 * the same, and whole fills are looked at as in support/cost_audit.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <crucible/simulate.h>

#include "support/cost_audit.h"
#include "support/near.h"

enum { SEEDS = 240 };

static size_t n_funded, n_partial, n_flat;

/* Targets that go up, down, through zero and out at the end. */
static double *draw_targets(size_t n, int is_short, uint64_t *state) {
  double *target = calloc(n, sizeof *target);
  assert_non_null(target);
  for (size_t i = 0; i < n; ++i) {
    double wanted = (double)(audit_random(state) % 17) / 16;
    if (is_short)
      wanted = 2 * wanted - 1;
    target[i] = audit_random(state) % 8 != 0 ? (double)NAN : wanted;
    if (audit_random(state) % 12 == 0 || i + 40 > n)
      target[i] = 0;
  }
  return target;
}

/* Funding at a bar's open, and the borrowing of what is sold short: an hour's
   at the first open at or after each full hour. */
static double holding_cost(const audited *r, size_t bar, double held,
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
static void check_sums(const audited *r, uint32_t column, const double *funding,
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
    flow -= o->side[i] * o->filled[i] * audit_middle(r, i);
    by_order.fee += o->fee[i];
    by_order.spread += o->spread[i];
    by_order.slippage += o->slippage[i];
    by_order.impact += o->impact[i];
    if (has_whole_fills)
      audit_fill(r, i);
  }
  for (size_t t = 0; t < x->n; ++t) {
    if (x->column[t] != column)
      continue;
    double parts = x->fee[t] + x->spread[t] + x->slippage[t] + x->impact[t] +
                   x->funding[t] + x->dust[t];
    ++audit_seen.trades;
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
  audited r = {.market = market};
  uint64_t state = seed;
  size_t n = market->bars.n;
  audit_draw_costs(&r, seed, impact_law);
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
  double *funding = audit_draw_column(n, 0.0002, &state);
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
  s.targets = audit_shared(targets, n);
  s.markets = &given;
  s.instruments = &r.how.instrument;
  s.n_markets = 1;
  s.n_columns = 1;
  s.plans = plan;
  s.n_plans = 1;
  s.options = &r.how.options;
  audit_read(&r, crucible_simulate(&s, NULL, NULL, &r.result), seed);
  check_sums(&r, 0, is_perpetual ? funding : NULL,
             r.how.options.participation == 0);
  crucible_backtest_destroy(r.result);
  free(funding);
  free(targets);
}

static void costs_of_positions_in_parts_add_up(void **state) {
  (void)state;
  audit_all(SEEDS, play_targets);
  printf("%zu whole fills, %zu orders filled in part, %zu trades, %zu accounts "
         "flat at the end, %zu of them funded\n",
         audit_seen.fills, n_partial, audit_seen.trades, n_flat, n_funded);
  assert_true(audit_seen.trades > 10000 && n_partial > 1000);
  assert_true(n_flat > 500 && n_funded > 50);
}
int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(costs_of_positions_in_parts_add_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
