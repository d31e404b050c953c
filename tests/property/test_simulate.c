/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel against the step: whatever is drawn - plan, market, inputs and how
 * they are shared - each column of crucible_simulate() leaves the records,
 * ledger and metrics of a trader that is pushed bar by bar, to the bit; on each
 * vector level, on any number of threads, in one run or in parts.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/simulate.h>

#include "base/simd.h"
#include "series/bars.h"
#include "stats/figures.h"
#include "support/drawn_setting.h"
#include "support/near.h"

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"
#define FUTURE                                                                 \
  CRUCIBLE_SOURCE_DIR "/examples/data/IFL8-5m-2023-12-04_2024-09-27.csv"

/* ---- what a column came to, as bytes ---- */

typedef struct tale {
  unsigned char *bytes;
  size_t n, room;
} tale;

static void tell(tale *t, const void *data, size_t n) {
  if (n == 0) /* then data may be NULL */
    return;
  if (t->room - t->n < n) {
    t->room = 2 * (t->room + n);
    t->bytes = realloc(t->bytes, t->room);
    if (t->bytes == NULL)
      abort();
  }
  memcpy(t->bytes + t->n, data, n);
  t->n += n;
}

#define TELL(t, array, i) tell(t, &(array)[i], sizeof(array)[i])

static void tell_order(tale *t, const crucible_orders *o, size_t i) {
  TELL(t, o->side, i);
  TELL(t, o->purpose, i);
  TELL(t, o->entry, i);
  TELL(t, o->status, i);
  TELL(t, o->reason, i);
  TELL(t, o->liquidity, i);
  TELL(t, o->placed_ms, i);
  TELL(t, o->ended_ms, i);
  TELL(t, o->quantity, i);
  TELL(t, o->limit_price, i);
  TELL(t, o->filled, i);
  TELL(t, o->fill_price, i);
  TELL(t, o->fee, i);
  TELL(t, o->spread, i);
  TELL(t, o->slippage, i);
  TELL(t, o->impact, i);
  TELL(t, o->id, i);
}

/* first: of the column's bars; a trader counts from there. */
static void tell_trade(tale *t, const crucible_trades *d, size_t i,
                       size_t first) {
  const uint32_t bars[] = {d->entry_bar[i] - (uint32_t)first,
                           d->exit_bar[i] - (uint32_t)first};
  tell(t, bars, sizeof bars);
  TELL(t, d->side, i);
  TELL(t, d->exit, i);
  TELL(t, d->entry_ms, i);
  TELL(t, d->exit_ms, i);
  TELL(t, d->bars, i);
  TELL(t, d->quantity, i);
  TELL(t, d->entry_price, i);
  TELL(t, d->exit_price, i);
  TELL(t, d->result, i);
  TELL(t, d->gross, i);
  TELL(t, d->fee, i);
  TELL(t, d->spread, i);
  TELL(t, d->slippage, i);
  TELL(t, d->impact, i);
  TELL(t, d->funding, i);
  TELL(t, d->dust, i);
  TELL(t, d->mae, i);
  TELL(t, d->mfe, i);
  TELL(t, d->is_last, i);
}

/* ---- by the step ---- */

static crucible_outlook outlook_of(const setting *s, size_t c, size_t market,
                                   size_t i) {
  const crucible_market *m = &s->markets[market];
  const crucible_simulation *sim = &s->simulation;
  crucible_outlook outlook;
  crucible_outlook_init(&outlook, sizeof outlook);
  outlook.sigma = m->sigma[i];
  outlook.volume_forecast = m->volume_forecast[i];
  if (m->spread != NULL)
    outlook.spread = m->spread[i];
  if (i + 1 < s->n) {
    outlook.taker_fee = value_at(&sim->taker_fee, i + 1, c);
    outlook.maker_fee = value_at(&sim->maker_fee, i + 1, c);
    outlook.slippage = value_at(&sim->slippage, i + 1, c);
  }
  return outlook;
}

static crucible_wish wish_of(const setting *s, size_t c, size_t i) {
  const crucible_simulation *sim = &s->simulation;
  crucible_wish wish;
  crucible_wish_init(&wish, sizeof wish);
  wish.signals = (uint32_t)flag_at(&sim->enter_long, i, c) |
                 (uint32_t)flag_at(&sim->exit_long, i, c) << 1 |
                 (uint32_t)flag_at(&sim->enter_short, i, c) << 2 |
                 (uint32_t)flag_at(&sim->exit_short, i, c) << 3;
  wish.score = value_at(&sim->scores, i, c);
  wish.size = value_at(&sim->size, i, c);
  wish.stop = value_at(&sim->stop, i, c);
  wish.take = value_at(&sim->take, i, c);
  wish.target = value_at(&sim->targets, i, c);
  for (size_t k = 0; k < sim->n_requests; ++k)
    if (s->requests[k].column == c && s->requests[k].bar == i) {
      if (wish.n_requests++ == 0)
        wish.requests = &s->requests[k];
    }
  return wish;
}

/* The tale of one column, told by a trader; adds what it filled. */
static tale step_column(const setting *s, size_t c, size_t *n_fills) {
  const crucible_simulation *sim = &s->simulation;
  size_t market = sim->market_of != NULL ? s->market_of[c] : c % sim->n_markets;
  size_t first = sim->first_bar != NULL ? s->first[c] : 0;
  size_t end = sim->end_bar != NULL ? s->end[c] : s->n;
  crucible_trader *trader;
  if (crucible_trader_create(&s->plans[sim->n_plans == 1 ? 0 : c],
                             &s->instruments[market], s->bars->timeframe_ms,
                             &s->options, &trader) != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
  crucible__return_sums sums;
  crucible__return_sums_init(&sums, s->options.initial_cash);
  crucible__market_sums market_sums;
  crucible__market_sums_init(&market_sums);
  crucible_ledger ledger = {.struct_size = sizeof ledger,
                            .cash = s->options.initial_cash};
  const double *close = s->bars[market].close;
  tale curve = {0};
  for (size_t i = first; i < end; ++i) {
    crucible_bar bar = crucible__bars_at(&s->bars[market], i);
    crucible_outlook outlook = outlook_of(s, c, market, i);
    crucible_wish wish = wish_of(s, c, i);
    double cash = ledger.cash;
    int was_flat = ledger.position == 0;
    if (crucible_trader_step(trader, &bar, &outlook, &wish) != CRUCIBLE_OK)
      fail_msg("%s", crucible_last_error());
    assert_int_equal(crucible_trader_ledger(trader, &ledger), CRUCIBLE_OK);
    double change = i > 0 ? close[i] / close[i - 1] - 1 : 0;
    if (was_flat && ledger.position == 0 && cash == ledger.cash)
      crucible__return_sums_idle(&sums, 1);
    else
      crucible__return_sums_push(&sums, ledger.equity, change);
    crucible__market_sums_push(&market_sums, change);
    if (s->options.keep_equity)
      tell(&curve, &ledger.equity, sizeof ledger.equity);
  }
  assert_int_equal(crucible_trader_ledger(trader, &ledger), CRUCIBLE_OK);
  crucible_metrics_options options;
  crucible_metrics_options_init(&options, sizeof options);
  options.periods_per_year =
      s->options.periods_per_year > 0
          ? s->options.periods_per_year
          : 365.0 * 24 * 3600 * 1000 / (double)s->bars->timeframe_ms;
  crucible_metrics metrics = {.struct_size = sizeof metrics};
  crucible__metrics_from_sums(&sums, &market_sums, &options, &metrics);
  crucible_orders o = {.struct_size = sizeof o};
  crucible_trades d = {.struct_size = sizeof d};
  assert_int_equal(crucible_trader_records(trader, &o, &d), CRUCIBLE_OK);
  tale t = {0};
  for (size_t i = 0; i < o.n; ++i) {
    tell_order(&t, &o, i);
    *n_fills += o.filled[i] > 0;
  }
  for (size_t i = 0; i < d.n; ++i)
    tell_trade(&t, &d, i, 0);
  tell(&t, &ledger, sizeof ledger);
  tell(&t, &metrics, sizeof metrics);
  tell(&t, curve.bytes, curve.n);
  free(curve.bytes);
  crucible_trader_destroy(trader);
  return t;
}

/* ---- by the kernel ---- */

/* The inputs of the bars [from, to). */
static crucible_simulation part_of(const setting *s, size_t from, size_t to,
                                   crucible_bars bars[2],
                                   crucible_market markets[2],
                                   size_t first[COLUMNS], size_t end[COLUMNS],
                                   crucible_request *requests) {
  crucible_simulation part = s->simulation;
  for (size_t m = 0; m < 2; ++m) {
    bars[m] = slice_of(&s->bars[m], from, to - from);
    markets[m] = s->markets[m];
    markets[m].bars = &bars[m];
    markets[m].sigma += from;
    markets[m].volume_forecast += from;
    if (markets[m].spread != NULL)
      markets[m].spread += from;
  }
  part.markets = markets;
  crucible_matrix *matrices[] = {
      &part.scores,   &part.targets, &part.taker_fee, &part.maker_fee,
      &part.slippage, &part.size,    &part.stop,      &part.take};
  for (size_t k = 0; k < sizeof matrices / sizeof matrices[0]; ++k)
    if (matrices[k]->rows > 1) {
      matrices[k]->data += (ptrdiff_t)from * matrices[k]->row_stride;
      matrices[k]->rows = to - from;
    }
  crucible_flags *flags[] = {&part.enter_long, &part.exit_long,
                             &part.enter_short, &part.exit_short};
  for (size_t k = 0; k < 4; ++k)
    if (flags[k]->data != NULL) {
      if (flags[k]->layout == CRUCIBLE_FLAGS_BITS)
        flags[k]->data = (const uint64_t *)flags[k]->data + from / 64;
      else
        flags[k]->data = (const unsigned char *)flags[k]->data +
                         (ptrdiff_t)from * flags[k]->row_stride;
      flags[k]->rows = to - from;
    }
  if (part.n_requests > 0) {
    part.requests = requests;
    part.n_requests = 0;
    for (size_t k = 0; k < s->simulation.n_requests; ++k)
      if (s->requests[k].bar >= from && s->requests[k].bar < to) {
        requests[part.n_requests] = s->requests[k];
        requests[part.n_requests++].bar -= from;
      }
  }
  if (part.first_bar != NULL) {
    for (size_t c = 0; c < COLUMNS; ++c) {
      size_t a = s->first[c], b = s->end[c];
      a = a < from ? from : a > to ? to : a;
      b = b < from ? from : b > to ? to : b;
      first[c] = a - from;
      end[c] = b - from;
    }
    part.first_bar = first;
    part.end_bar = end;
  }
  return part;
}

/* The equity of the bars of a part that each column trades. */
static void tell_curves(const crucible_simulation *part,
                        const crucible_backtest *run, size_t n,
                        tale curves[COLUMNS]) {
  crucible_matrix equity;
  if (!part->options->keep_equity)
    return;
  assert_int_equal(crucible_backtest_equity(run, &equity), CRUCIBLE_OK);
  for (size_t c = 0; c < COLUMNS; ++c) {
    size_t first = part->first_bar != NULL ? part->first_bar[c] : 0;
    size_t end = part->end_bar != NULL ? part->end_bar[c] : n;
    for (size_t i = first; i < end; ++i) {
      double value = value_at(&equity, i, c);
      tell(&curves[c], &value, sizeof value);
    }
  }
}

/* The tales of all columns, told by one run or by several in a row. */
static void kernel_columns(const setting *s, crucible_pool *pool,
                           const size_t *cuts, size_t n_parts,
                           tale tales[COLUMNS]) {
  tale trades[COLUMNS] = {{0}}, curves[COLUMNS] = {{0}};
  crucible_backtest *before = NULL, *run = NULL;
  for (size_t p = 0; p < n_parts; ++p) {
    crucible_bars bars[2];
    crucible_market markets[2];
    size_t first[COLUMNS], end[COLUMNS];
    crucible_request requests[COLUMNS * REQUESTS];
    crucible_simulation part =
        part_of(s, cuts[p], cuts[p + 1], bars, markets, first, end, requests);
    crucible_status status =
        before == NULL
            ? crucible_simulate(&part, pool, NULL, &run)
            : crucible_simulate_next(&part, before, pool, NULL, &run);
    if (status != CRUCIBLE_OK)
      fail_msg("%s", crucible_last_error());
    crucible_backtest_destroy(before);
    before = run;
    crucible_orders o = {.struct_size = sizeof o};
    crucible_trades d = {.struct_size = sizeof d};
    assert_int_equal(crucible_backtest_records(run, &o, &d), CRUCIBLE_OK);
    for (size_t i = 0; i < o.n; ++i)
      tell_order(&tales[o.column[i]], &o, i);
    for (size_t i = 0; i < d.n; ++i)
      tell_trade(&trades[d.column[i]], &d, i,
                 part.first_bar != NULL ? part.first_bar[d.column[i]] : 0);
    tell_curves(&part, run, cuts[p + 1] - cuts[p], curves);
  }
  for (size_t c = 0; c < COLUMNS; ++c) {
    crucible_summary summary = {.struct_size = sizeof summary};
    assert_int_equal(crucible_backtest_summary(run, c, &summary), CRUCIBLE_OK);
    tell(&tales[c], trades[c].bytes, trades[c].n);
    tell(&tales[c], &summary.ledger, sizeof summary.ledger);
    tell(&tales[c], &summary.metrics, sizeof summary.metrics);
    tell(&tales[c], curves[c].bytes, curves[c].n);
    free(trades[c].bytes);
    free(curves[c].bytes);
  }
  crucible_backtest_destroy(run);
}

static void check_same(const tale *expected, const tale *told, uint64_t seed,
                       size_t column, const char *how) {
  if (expected->n != told->n ||
      (told->n > 0 && memcmp(expected->bytes, told->bytes, expected->n) != 0)) {
    size_t at = 0;
    while (at < expected->n && at < told->n &&
           expected->bytes[at] == told->bytes[at])
      ++at;
    fail_msg("seed %llu, column %zu, %s: %zu bytes, the step told %zu; they "
             "differ at %zu",
             (unsigned long long)seed, column, how, told->n, expected->n, at);
  }
}

static void compare(const setting *s, uint64_t seed, crucible_pool *pool,
                    const size_t *cuts, size_t n_parts, const tale *expected,
                    const char *how) {
  tale told[COLUMNS] = {{0}};
  kernel_columns(s, pool, cuts, n_parts, told);
  for (size_t c = 0; c < COLUMNS; ++c) {
    check_same(&expected[c], &told[c], seed, c, how);
    free(told[c].bytes);
  }
}

static void the_kernel_tells_what_the_step_tells(void **state) {
  (void)state;
  recorded *bitcoin = recorded_read(BITCOIN, 0, 1);
  recorded *future = recorded_read(FUTURE, 0, 1);
  crucible_pool *pool;
  assert_int_equal(crucible_pool_create(3, &pool), CRUCIBLE_OK);
  const char *given = getenv("CRUCIBLE_TEST_SEEDS");
  uint64_t n = given != NULL ? strtoull(given, NULL, 10) : 150;
  size_t n_fills = 0;
  for (uint64_t seed = 1; seed <= n; ++seed) {
    setting *s = draw_setting(bitcoin, future, seed);
    tale expected[COLUMNS];
    for (size_t c = 0; c < COLUMNS; ++c)
      expected[c] = step_column(s, c, &n_fills);
    const size_t whole[] = {0, s->n};
    for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level) {
      (void)crucible__simd_force(level);
      compare(s, seed, NULL, whole, 1, expected, "one run");
    }
    (void)crucible__simd_force(-1);
    compare(s, seed, pool, whole, 1, expected, "on threads");
    /* bits are cut at words */
    size_t a = 64 * draw_below(s->n / 64), b = a + 64 * draw_below(2);
    const size_t parts[PARTS + 1] = {0, a, b, s->n};
    compare(s, seed, NULL, parts, PARTS, expected, "in parts");
    for (size_t c = 0; c < COLUMNS; ++c)
      free(expected[c].bytes);
    free_setting(s);
  }
  print_message("%zu fills\n", n_fills);
  assert_true(n_fills > 50 * n);
  crucible_pool_destroy(pool);
  recorded_free(bitcoin);
  recorded_free(future);
}

/* ---- positions, which no trader tells ---- */

static void tell_positions(tale *t, const crucible_simulation *sim) {
  crucible_backtest *run;
  if (crucible_simulate(sim, NULL, NULL, &run) != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
  crucible_positions p = {.struct_size = sizeof p};
  assert_int_equal(crucible_backtest_positions(run, &p), CRUCIBLE_OK);
  for (size_t i = 0; i < p.n; ++i) {
    TELL(t, p.column, i);
    TELL(t, p.side, i);
    TELL(t, p.entry_bar, i);
    TELL(t, p.exit_bar, i);
    TELL(t, p.quantity, i);
    TELL(t, p.entry_price, i);
    TELL(t, p.exit_price, i);
    TELL(t, p.result, i);
    TELL(t, p.gross, i);
    TELL(t, p.mae, i);
    TELL(t, p.mfe, i);
    TELL(t, p.n_trades, i);
    TELL(t, p.is_open, i);
  }
  crucible_backtest_destroy(run);
}

/* A fee that is given by bar, if it is the one there is anyway, changes nothing
   but that no column goes without the step. */
static void positions_are_those_of_the_step(void **state) {
  (void)state;
  recorded *bitcoin = recorded_read(BITCOIN, 0, 1);
  recorded *future = recorded_read(FUTURE, 0, 1);
  size_t n_compared = 0;
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    setting *s = draw_setting(bitcoin, future, seed);
    crucible_simulation *sim = &s->simulation;
    if (sim->taker_fee.data == NULL) {
      tale told = {0}, expected = {0};
      s->options.keep_positions = 1;
      tell_positions(&told, sim);
      const double fee = s->instruments[0].taker_fee;
      sim->taker_fee = (crucible_matrix){.data = &fee, .rows = 1, .cols = 1};
      tell_positions(&expected, sim);
      check_same(&expected, &told, seed, 0, "its positions");
      n_compared += expected.n;
      free(told.bytes);
      free(expected.bytes);
    }
    free_setting(s);
  }
  assert_true(n_compared > 0);
  recorded_free(bitcoin);
  recorded_free(future);
}

/* ---- columns that share their cash ---- */

static void draw_groups(setting *s, uint32_t group_of[COLUMNS]) {
  uint32_t group = 0;
  for (size_t c = 0; c < COLUMNS; ++c) {
    group += c > 0 && draw() < 0.4;
    group_of[c] = group;
  }
  for (size_t c = 1; c < COLUMNS; ++c)
    if (group_of[c] == group_of[c - 1]) {
      s->first[c] = s->first[c - 1];
      s->end[c] = s->end[c - 1];
    }
  s->simulation.group_of = group_of;
}

/* All members see one equity: what has flowed through each, and what each
   holds. */
static void check_group(const setting *s, crucible_backtest *run,
                        const uint32_t group_of[COLUMNS]) {
  for (size_t c = 0; c < COLUMNS;) {
    double cash = 0, held = 0, equity = 0;
    size_t end = c;
    for (; end < COLUMNS && group_of[end] == group_of[c]; ++end) {
      crucible_summary member = {.struct_size = sizeof member};
      assert_int_equal(crucible_backtest_summary(run, end, &member),
                       CRUCIBLE_OK);
      const crucible_ledger *l = &member.ledger;
      cash += l->cash;
      if (l->position != 0)
        held += l->position * l->mark_price - l->exit_fee;
      if (end > c)
        assert_near(l->equity, equity, 1e-12, 0);
      equity = l->equity;
    }
    assert_near(cash + held, equity, 1e-12, 1e-9 * s->options.initial_cash);
    c = end;
  }
}

static void groups_come_to_the_same_however_they_run(void **state) {
  (void)state;
  recorded *bitcoin = recorded_read(BITCOIN, 0, 1);
  recorded *future = recorded_read(FUTURE, 0, 1);
  crucible_pool *pool;
  assert_int_equal(crucible_pool_create(3, &pool), CRUCIBLE_OK);
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    setting *s = draw_setting(bitcoin, future, seed);
    uint32_t group_of[COLUMNS];
    draw_groups(s, group_of);
    tale expected[COLUMNS] = {{0}};
    const size_t whole[] = {0, s->n};
    (void)crucible__simd_force(CRUCIBLE__SIMD_BASELINE);
    kernel_columns(s, NULL, whole, 1, expected);
    (void)crucible__simd_force(-1);
    compare(s, seed, NULL, whole, 1, expected, "one run");
    compare(s, seed, pool, whole, 1, expected, "on threads");
    size_t a = 64 * draw_below(s->n / 64), b = a + 64 * draw_below(2);
    const size_t parts[PARTS + 1] = {0, a, b, s->n};
    compare(s, seed, NULL, parts, PARTS, expected, "in parts");
    crucible_backtest *run;
    assert_int_equal(crucible_simulate(&s->simulation, NULL, NULL, &run),
                     CRUCIBLE_OK);
    check_group(s, run, group_of);
    crucible_backtest_destroy(run);
    for (size_t c = 0; c < COLUMNS; ++c)
      free(expected[c].bytes);
    free_setting(s);
  }
  crucible_pool_destroy(pool);
  recorded_free(bitcoin);
  recorded_free(future);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_kernel_tells_what_the_step_tells),
      cmocka_unit_test(positions_are_those_of_the_step),
      cmocka_unit_test(groups_come_to_the_same_however_they_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
