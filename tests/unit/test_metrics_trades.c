/* SPDX-License-Identifier: Apache-2.0 */
/* Trades as columns and as a stream, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <crucible/metrics.h>

#include "support/failing_alloc.h"
#include "support/figure_names.h"
#include "support/lcg_series.h"
#include "support/near.h"

enum { TRADES = 400 };

static const double none = (double)NAN, endless = (double)INFINITY;

typedef struct columns {
  double number[11][TRADES];
  uint32_t bars[TRADES];
  int8_t side[TRADES];
  crucible_trade_columns view;
} columns;

static void draw(columns *c, uint32_t seed) {
  double(*x)[TRADES] = c->number;
  for (size_t k = 0; k < 11; ++k)
    lcg_series("uniform", seed + (uint32_t)k, TRADES, x[k]);
  for (size_t i = 0; i < TRADES; ++i) {
    x[0][i] = i % 9 == 0 ? 0 : x[0][i];
    for (size_t k = 1; k < 5; ++k)
      x[k][i] = fabs(x[k][i]) + 0.01;
    c->bars[i] = (uint32_t)(i * (1 + seed % 13) % 17);
    c->side[i] = (int8_t)(1 - (int)(i % 3));
  }
  c->view = (crucible_trade_columns){.struct_size = sizeof c->view,
                                     .n = TRADES,
                                     .result = x[0],
                                     .quantity = x[1],
                                     .entry_price = x[2],
                                     .bars = c->bars,
                                     .side = c->side,
                                     .mae = x[3],
                                     .mfe = x[4],
                                     .fee = x[5],
                                     .spread = x[6],
                                     .slippage = x[7],
                                     .impact = x[8],
                                     .funding = x[9],
                                     .dust = x[10]};
}

static crucible_closed_trade trade_at(const columns *c, size_t i) {
  const double(*x)[TRADES] = c->number;
  return (crucible_closed_trade){
      x[0][i], x[1][i] * x[2][i], x[3][i], x[4][i], c->bars[i], c->side[i],
      x[5][i], x[6][i],           x[7][i], x[8][i], x[9][i],    x[10][i]};
}

static crucible_trade_metrics metrics_of(const crucible_trade_columns *trades) {
  crucible_trade_metrics m = {.struct_size = sizeof m};
  assert_int_equal(crucible_trade_metrics_from(trades, &m), CRUCIBLE_OK);
  return m;
}

static void columns_and_their_stream_have_the_same_bits(void **state) {
  (void)state;
  static columns c;
  for (uint32_t seed = 1; seed < 30; ++seed) {
    draw(&c, seed);
    crucible_trade_sums sums = {0};
    for (size_t i = 0; i < TRADES; ++i) {
      const crucible_closed_trade trade = trade_at(&c, i);
      assert_int_equal(crucible_trade_sums_push(&sums, &trade), CRUCIBLE_OK);
    }
    crucible_trade_metrics stream = {.struct_size = sizeof stream};
    assert_int_equal(crucible_trade_sums_get(&sums, &stream), CRUCIBLE_OK);
    crucible_trade_metrics m = metrics_of(&c.view);
    assert_true(isnan(stream.median_result) && isnan(stream.median_bars));
    assert_true(m.median_bars > 0 && isfinite(m.median_result));
    stream.median_result = m.median_result;
    stream.median_bars = m.median_bars;
    stream.median_bars_won = m.median_bars_won;
    stream.median_bars_lost = m.median_bars_lost;
    assert_memory_equal(&stream, &m, sizeof m);
  }
}

static void costs_are_told_apart_by_kind(void **state) {
  (void)state;
  const double result[] = {5, -2}, fee[] = {1, 1}, spread[] = {0.5, 0.5};
  const double slippage[] = {0.25, 0}, impact[] = {0, 0.25};
  const double funding[] = {-1, 0}, dust[] = {0, 0.5};
  crucible_trade_columns trades = {.struct_size = sizeof trades,
                                   .n = 2,
                                   .result = result,
                                   .fee = fee,
                                   .spread = spread,
                                   .slippage = slippage,
                                   .impact = impact,
                                   .funding = funding,
                                   .dust = dust};
  crucible_trade_metrics m = metrics_of(&trades);
  assert_near(m.mean_fee, 1, 0, 0);
  assert_near(m.mean_spread, 0.5, 0, 0);
  assert_near(m.mean_slippage, 0.125, 0, 0);
  assert_near(m.mean_impact, 0.125, 0, 0);
  assert_near(m.mean_funding, -0.5, 0, 0);
  assert_near(m.mean_dust, 0.25, 0, 0);
  assert_near(m.mean_cost, 1.5, 0, 0);
  assert_near(m.cost_share, 3.0 / 6, 0, 0);
  const double losses[] = {-5, -2};
  trades.result = losses;
  m = metrics_of(&trades);
  assert_true(isnan(m.cost_share)); /* gross is negative */
}

static void what_is_not_known_of_a_trade_is_nan(void **state) {
  (void)state;
  static columns c;
  draw(&c, 3);
  c.number[3][7] = none;
  crucible_trade_metrics m = metrics_of(&c.view);
  assert_true(isnan(m.mean_mae) && isnan(m.max_mae));
  assert_true(isnan(m.max_drawdown_inside) && m.max_mfe > 0);
  c.view.quantity = NULL;
  m = metrics_of(&c.view);
  assert_true(isnan(m.mean_return) && isnan(m.best_return));
  assert_true(isnan(m.mean_giveback) && isnan(m.max_giveback));
  assert_true(isfinite(m.sharpe) && isfinite(m.mean_cost) && m.max_bars == 16);
  c.view.bars = NULL;
  m = metrics_of(&c.view);
  assert_true(isnan(m.mean_bars) && isnan(m.mean_bars_won));
  assert_true(isnan(m.median_bars_lost) && m.max_bars == 0);
}

static void no_trades_have_no_figures(void **state) {
  (void)state;
  const crucible_trade_sums sums = {0};
  const crucible_trade_columns trades = {.struct_size = sizeof trades};
  crucible_trade_metrics a = {.struct_size = sizeof a}, b = metrics_of(&trades);
  assert_int_equal(crucible_trade_sums_get(&sums, &a), CRUCIBLE_OK);
  assert_memory_equal(&a, &b, sizeof a);
  for (const figure_name *f = trade_figures; f->name != NULL; ++f)
    assert_true(f->is_count ? figure_of(f, &a, f->name) == 0
                            : isnan(figure_of(f, &a, f->name)));
}

static void malformed_trades_are_refused_and_change_nothing(void **state) {
  (void)state;
  static columns c;
  draw(&c, 5);
  crucible_trade_sums sums = {0};
  const crucible_closed_trade good = trade_at(&c, 1);
  assert_int_equal(crucible_trade_sums_push(&sums, &good), CRUCIBLE_OK);
  const crucible_trade_sums before = sums;
  crucible_closed_trade bad[14];
  for (size_t i = 0; i < 14; ++i)
    bad[i] = good;
  bad[0].result = none;
  bad[1].entry_notional = 0;
  bad[2].entry_notional = endless;
  bad[3].mae = -1e-9;
  bad[4].mfe = -1e-9;
  bad[5].mfe = endless;
  bad[6].side = 2;
  bad[7].fee = none;
  bad[8].spread = endless;
  bad[9].slippage = none;
  bad[10].impact = none;
  bad[11].funding = none;
  bad[12].dust = none;
  bad[13].side = -2;
  for (size_t i = 0; i < 14; ++i)
    assert_int_equal(crucible_trade_sums_push(&sums, &bad[i]),
                     CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trade_sums_push(&sums, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trade_sums_push(NULL, &good), CRUCIBLE_E_INVALID);
  assert_memory_equal(&sums, &before, sizeof sums);
  crucible_trade_metrics m = {.struct_size = sizeof m};
  assert_int_equal(crucible_trade_sums_get(NULL, &m), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trade_sums_get(&sums, NULL), CRUCIBLE_E_INVALID);
}

static void malformed_columns_are_named(void **state) {
  (void)state;
  static columns c;
  crucible_trade_metrics m = {.struct_size = sizeof m};
  const char *names[11] = {"result", "quantity", "entry_price", "mae",
                           "mfe",    "fee",      "spread",      "slippage",
                           "impact", "funding",  "dust"};
  for (size_t k = 0; k < 11; ++k) {
    char text[64];
    draw(&c, 6);
    c.number[k][11] = k == 3 || k == 4 ? -1 : none;
    assert_int_equal(crucible_trade_metrics_from(&c.view, &m),
                     CRUCIBLE_E_INVALID);
    (void)snprintf(text, sizeof text, "%s[11]", names[k]);
    assert_non_null(strstr(crucible_last_error(), text));
  }
  draw(&c, 6);
  c.side[11] = 3;
  assert_int_equal(crucible_trade_metrics_from(&c.view, &m),
                   CRUCIBLE_E_INVALID);
  c.side[11] = 1;
  c.view.result = NULL;
  assert_int_equal(crucible_trade_metrics_from(&c.view, &m),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trade_metrics_from(NULL, &m), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trade_metrics_from(&c.view, NULL),
                   CRUCIBLE_E_INVALID);
}

static crucible_status all(void *data) {
  columns *c = data;
  crucible_metrics m = {.struct_size = sizeof m};
  crucible_trade_metrics t = {.struct_size = sizeof t};
  crucible_equity_stream *bars;
  crucible_status status = crucible_metrics_of(c->number[1], 50, NULL, &m);
  if (status == CRUCIBLE_OK)
    status = crucible_equity_stream_create(1, &bars);
  if (status == CRUCIBLE_OK)
    crucible_equity_stream_destroy(bars);
  if (status == CRUCIBLE_OK)
    status = crucible_trade_metrics_from(&c->view, &t);
  return status;
}

static void lack_of_memory_is_survived(void **state) {
  (void)state;
  static columns c;
  draw(&c, 7);
  assert_int_equal(failing_alloc_run(all, &c), 3);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_and_their_stream_have_the_same_bits),
      cmocka_unit_test(costs_are_told_apart_by_kind),
      cmocka_unit_test(what_is_not_known_of_a_trade_is_nan),
      cmocka_unit_test(no_trades_have_no_figures),
      cmocka_unit_test(malformed_trades_are_refused_and_change_nothing),
      cmocka_unit_test(malformed_columns_are_named),
      cmocka_unit_test(lack_of_memory_is_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
