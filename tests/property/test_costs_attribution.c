/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fill, a trade and an account cost, taken apart: random plans over
 * recorded bars, under each law of impact. The records alone are looked at:
 * each fill as in support/cost_audit.h, and the parts of orders, trades and
 * ledger agree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <crucible/simulate.h>

#include "support/cost_audit.h"
#include "support/near.h"

enum { SEEDS = 60, COLUMNS = 8 };

/* A fill, or the part of a reversal's that opens or closes. */
typedef struct leg {
  size_t order;
  double quantity;
} leg;

static double part_of(const audited *r, const double *costs, const leg *x) {
  return costs[x->order] * (x->quantity / r->orders.filled[x->order]);
}

/* Trade t was opened by one leg and left by the other. */
static void check_trade(const audited *r, size_t t, const leg *a,
                        const leg *b) {
  const crucible_orders *o = &r->orders;
  const crucible_trades *x = &r->trades;
  double parts = x->fee[t] + x->spread[t] + x->slippage[t] + x->impact[t] +
                 x->funding[t] + x->dust[t];
  double size = x->quantity[t] * x->entry_price[t], small = 1e-12 * size;
  ++audit_seen.trades;
  audit_seen.with_dust += x->dust[t] != 0;
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
  double in = audit_middle(r, a->order), out = audit_middle(r, b->order);
  double gross = o->side[a->order] * b->quantity * (out - in) +
                 (x->quantity[t] - b->quantity) * (x->entry_price[t] - in);
  assert_near(x->gross[t], gross, 0, 1e-9 * size);
}

/* Orders and trades of one column, and what its ledger says of them. */
static void check_column(const audited *r, uint32_t column, size_t *order,
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
    audit_fill(r, i);
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
      ++audit_seen.reversals;
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

static void check_run(audited *r, crucible_status status, uint64_t seed) {
  audit_read(r, status, seed);
  size_t order = 0, trade = 0;
  for (uint32_t c = 0; c < COLUMNS; ++c)
    check_column(r, c, &order, &trade);
  assert_int_equal(order, r->orders.n);
  assert_int_equal(trade, r->trades.n);
  crucible_backtest_destroy(r->result);
}

static void play(const recorded *market, uint64_t seed, int32_t impact_law) {
  audited r = {.market = market};
  audit_draw_costs(&r, seed, impact_law);
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
  audit_all(SEEDS, play);
  printf("%zu fills (%zu cut short by a limit, %zu with permanent impact), %zu "
         "trades (%zu with dust)\n",
         audit_seen.fills, audit_seen.bounded, audit_seen.with_impact,
         audit_seen.trades, audit_seen.with_dust);
  assert_true(audit_seen.fills > 10000 && audit_seen.trades > 5000);
  assert_true(audit_seen.bounded > 10 && audit_seen.with_impact > 1000);
  assert_true(audit_seen.with_dust > 100);
}

/* ---- signals ---- */

enum { SIGNALS = 4 };

/* Flags that are set once in so many bars, in a column of bytes each. */
static uint8_t *draw_flags(size_t n, uint64_t *state) {
  uint8_t *flags = calloc(n, 1);
  assert_non_null(flags);
  for (size_t i = 0; i < n; ++i)
    flags[i] = audit_random(state) % 20 == 0;
  return flags;
}

/* The same costs where signals decide, shorts follow longs by one order, and
   fees and slippage may be another in every bar. */
static void play_signals(const recorded *market, uint64_t seed,
                         int32_t impact_law) {
  audited r = {.market = market};
  uint64_t state = seed;
  size_t n = market->bars.n;
  audit_draw_costs(&r, seed, impact_law);
  r.how.plan.decides = CRUCIBLE_DECIDE_SIGNALS;
  r.how.plan.on_opposite = (int32_t)(seed % 3);
  uint8_t *flags[SIGNALS];
  for (size_t k = 0; k < SIGNALS; ++k)
    flags[k] = draw_flags(n * COLUMNS, &state);
  double *columns[] = {audit_draw_column(n, 0.002, &state),
                       audit_draw_column(n, 0.001, &state),
                       audit_draw_column(n, 0.001, &state)};
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
    s.taker_fee = audit_shared(columns[0], n);
    s.maker_fee = audit_shared(columns[1], n);
  }
  if (seed % 8 >= 4) {
    r.slippage = columns[2];
    s.slippage = audit_shared(columns[2], n);
  }
  check_run(&r, crucible_simulate(&s, NULL, NULL, &r.result), seed);
  for (size_t k = 0; k < SIGNALS; ++k)
    free(flags[k]);
  for (size_t k = 0; k < sizeof columns / sizeof *columns; ++k)
    free(columns[k]);
}

static void every_cost_of_signals_has_its_cause(void **state) {
  (void)state;
  audit_all(SEEDS, play_signals);
  printf("%zu fills (%zu cut short by a limit, %zu with permanent impact), %zu "
         "trades (%zu with dust, %zu reversed)\n",
         audit_seen.fills, audit_seen.bounded, audit_seen.with_impact,
         audit_seen.trades, audit_seen.with_dust, audit_seen.reversals);
  assert_true(audit_seen.fills > 10000 && audit_seen.trades > 5000);
  assert_true(audit_seen.reversals > 1000 && audit_seen.with_impact > 1000);
}
int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_cost_has_its_cause),
      cmocka_unit_test(every_cost_of_signals_has_its_cause),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
