/* SPDX-License-Identifier: Apache-2.0 */
/* A short on mirrored prices is the mirrored long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include <crucible/backtest.h>

#include "support/near.h"
#include "support/recorded.h"
#include "support/recorded_trader.h"

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

/* Bitcoin in whole cents, and p -> C - p of it: every price and every
   difference is exact, so that a mirrored account must mirror to the bit. */
typedef struct mirror {
  size_t n;
  double *open[2], *high[2], *low[2], *close[2], *sigma[2];
  double turned; /* C */
} mirror;

static mirror mirror_of(const recorded *r, size_t n) {
  mirror m = {.n = n, .turned = 8e6};
  for (int s = 0; s < 2; ++s) {
    m.open[s] = malloc(n * sizeof(double));
    m.high[s] = malloc(n * sizeof(double));
    m.low[s] = malloc(n * sizeof(double));
    m.close[s] = malloc(n * sizeof(double));
    m.sigma[s] = malloc(n * sizeof(double));
  }
  for (size_t i = 0; i < n; ++i) {
    m.open[0][i] = round(r->bars.open[i] * 100);
    m.high[0][i] = round(r->bars.high[i] * 100);
    m.low[0][i] = round(r->bars.low[i] * 100);
    m.close[0][i] = round(r->bars.close[i] * 100);
    m.open[1][i] = m.turned - m.open[0][i];
    m.high[1][i] = m.turned - m.low[0][i];
    m.low[1][i] = m.turned - m.high[0][i];
    m.close[1][i] = m.turned - m.close[0][i];
  }
  for (size_t i = 0; i < n; ++i) {
    /* stop and target stand this far from the next open's quote */
    double distance = floor(m.close[0][i] * 0.002) + 0.5;
    double next = m.open[0][i + 1 < n ? i + 1 : i];
    m.sigma[0][i] = distance / (next + 1);
    m.sigma[1][i] = distance / (m.turned - next - 1);
  }
  return m;
}

static void mirror_free(mirror *m) {
  for (int s = 0; s < 2; ++s) {
    free(m->open[s]);
    free(m->high[s]);
    free(m->low[s]);
    free(m->close[s]);
    free(m->sigma[s]);
  }
}

static crucible_bar mirror_bar(const mirror *m, int s, size_t i) {
  return (crucible_bar){.open_time_ms = (int64_t)i * 300000,
                        .open = m->open[s][i],
                        .high = m->high[s][i],
                        .low = m->low[s][i],
                        .close = m->close[s][i],
                        .volume = 1};
}

static drawn mirror_plan(uint64_t k) {
  drawn d = drawn_plan(0, 1);
  d.instrument.market_type = CRUCIBLE_MARKET_FUTURE;
  d.instrument.fee_asset = CRUCIBLE_FEE_IN_QUOTE;
  d.instrument.is_shortable = 1;
  d.instrument.max_leverage = 1;
  d.instrument.maintenance_margin = 0;
  d.instrument.taker_fee = d.instrument.maker_fee = 0;
  d.instrument.price_tick = 1;
  d.instrument.lot_step = 0.25;
  d.instrument.min_quantity = d.instrument.min_notional = 0;
  d.options.initial_cash = 1ull << 36;
  d.options.leverage = 1;
  d.options.costs.spread_bps = d.options.costs.impact_y = 0;
  d.plan.side = CRUCIBLE_SIDE_LONG_SHORT;
  d.plan.theta_in = 0.2;
  d.plan.theta_out = k % 2 ? 0 : -0.4;
  d.plan.horizon_bars = k % 3 ? 12 : 0;
  d.plan.sizing = CRUCIBLE_SIZE_UNITS;
  d.plan.sizing_value = 0.5 + (double)k;
  d.plan.entry = 1 + (int32_t)(k % 3);
  d.plan.limit_ttl_bars = 3;
  d.plan.limit_offset_sigma = 0;
  /* a limit is filled elsewhere than at the next open: see mirror_of */
  int has_bracket = d.plan.entry == CRUCIBLE_ENTRY_MARKET;
  d.plan.stop_sigma = d.plan.target_sigma = has_bracket;
  return d;
}

static void short_on_a_mirrored_path_mirrors_the_long(void **state) {
  (void)state;
  const int32_t paths[][2] = {
      {CRUCIBLE_PATH_PESSIMISTIC, CRUCIBLE_PATH_PESSIMISTIC},
      {CRUCIBLE_PATH_OHLC, CRUCIBLE_PATH_OLHC},
      {CRUCIBLE_PATH_OLHC, CRUCIBLE_PATH_OHLC}};
  recorded *bitcoin = recorded_read(BITCOIN, 0, 0);
  mirror m = mirror_of(bitcoin, bitcoin->bars.n);
  double *scores = recorded_scores(bitcoin, 1, 4);
  size_t n_trades = 0, n_stops = 0, n_targets = 0;
  for (uint64_t k = 0; k < 18; ++k) {
    drawn d[2] = {mirror_plan(k), mirror_plan(k)};
    crucible_trader *trader[2];
    crucible_orders orders[2];
    crucible_trades trades[2];
    int has_fees = k >= 9;
    for (int s = 0; s < 2; ++s) {
      d[s].options.path = paths[k / 3 % 3][s];
      if (has_fees)
        d[s].instrument.taker_fee = d[s].instrument.maker_fee = 0.001;
      trader[s] = trader_of(&d[s]);
    }
    for (size_t i = 0; i < m.n; ++i) {
      for (int s = 0; s < 2; ++s) {
        crucible_bar bar = mirror_bar(&m, s, i);
        assert_int_equal(crucible_trader_push(trader[s], &bar, m.sigma[s][i], 1,
                                              (double)NAN,
                                              s ? -scores[i] : scores[i]),
                         CRUCIBLE_OK);
      }
      crucible_ledger l[2] = {ledger_of(trader[0]), ledger_of(trader[1])};
      assert_near(l[0].position, -l[1].position, 0, 0);
      if (!has_fees)
        assert_near(l[0].equity, l[1].equity, 0, 0);
    }
    for (int s = 0; s < 2; ++s)
      records_of(trader[s], &orders[s], &trades[s]);
    assert_int_equal(trades[0].n, trades[1].n);
    for (size_t i = 0; i < trades[0].n; ++i) {
      assert_int_equal(trades[0].exit[i], trades[1].exit[i]);
      assert_near(trades[0].entry_price[i], m.turned - trades[1].entry_price[i],
                  0, 0);
      assert_near(trades[0].gross[i], trades[1].gross[i], 1e-9, 1e-4);
      assert_near(trades[0].spread[i], trades[1].spread[i], 0, 1e-6);
      if (has_fees)
        for (int s = 0; s < 2; ++s)
          assert_near(trades[s].fee[i],
                      0.001 * trades[s].quantity[i] *
                          (trades[s].entry_price[i] + trades[s].exit_price[i]),
                      1e-12, 0);
      n_stops += trades[0].exit[i] == CRUCIBLE_PURPOSE_STOP;
      n_targets += trades[0].exit[i] == CRUCIBLE_PURPOSE_TARGET;
    }
    n_trades += trades[0].n;
    crucible_trader_destroy(trader[0]);
    crucible_trader_destroy(trader[1]);
  }
  assert_true(n_trades > 500 && n_stops > 50 && n_targets > 50);
  mirror_free(&m);
  free(scores);
  recorded_free(bitcoin);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(short_on_a_mirrored_path_mirrors_the_long),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
