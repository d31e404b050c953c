/* SPDX-License-Identifier: Apache-2.0 */
/* Batch = step = arena, bit for bit, on real bars and any number of threads. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/crucible.h>

#include "support/an_instrument.h"
#include "support/arena_agents.h"
#include "support/arena_history.h"
#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/series_files.h"
#include "support/statuses.h"

enum { N_AGENTS = 7, TRAIN_END = 2000, SIGMA_FIRST = 500, SIGMA_REFIT = 700 };

static const char sample_file[] =
    CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv";

static crucible_series *read_sample(void) {
  crucible_series *series;
  assert_ok(crucible_series_read_csv(sample_file, NULL, &series));
  return series;
}

/* One run of all agents: records apart from equity, so that batch records,
   which come by column, compare with those that come by bar. */
typedef struct run {
  history orders[N_AGENTS], trades[N_AGENTS], equity[N_AGENTS];
} run;

static void free_run(run *r) {
  for (size_t i = 0; i < N_AGENTS; ++i) {
    free(r->orders[i].bytes);
    free(r->trades[i].bytes);
    free(r->equity[i].bytes);
  }
}

static void assert_same_run(const run *a, const run *b) {
  for (size_t i = 0; i < N_AGENTS; ++i) {
    assert_same_history(&a->orders[i], &b->orders[i]);
    assert_same_history(&a->trades[i], &b->trades[i]);
    assert_same_history(&a->equity[i], &b->equity[i]);
  }
}

static crucible_backtest_options account_options(void) {
  crucible_backtest_options options;
  crucible_backtest_options_init(&options, sizeof options);
  options.keep_equity = 1;
  return options;
}

static crucible_egarch_rolling_options sigma_options(void) {
  crucible_egarch_rolling_options options;
  crucible_egarch_rolling_options_init(&options, sizeof options);
  options.first = SIGMA_FIRST;
  options.refit = SIGMA_REFIT;
  options.window = 1500;
  return options;
}

static crucible_arena *make_arena(const crucible_instrument *instrument,
                                  const int64_t *timeframes, size_t n,
                                  crucible_pool *pool) {
  crucible_arena_options options;
  crucible_arena *arena;
  crucible_egarch_rolling_options sigma = sigma_options();
  crucible_arena_options_init(&options, sizeof options);
  options.instrument = instrument;
  options.timeframes_ms = timeframes;
  options.n_timeframes = n;
  options.sigma_first = sigma.first;
  options.sigma_refit = sigma.refit;
  options.sigma_window = sigma.window;
  options.backtest = account_options();
  assert_ok(crucible_arena_create(&options, pool, &arena));
  return arena;
}

static crucible_bar bar_at(const crucible_bars *bars, size_t i) {
  return (crucible_bar){bars->open_time_ms[i], bars->open[i],  bars->high[i],
                        bars->low[i],          bars->close[i], bars->volume[i],
                        (double)NAN,           (double)NAN,    (double)NAN};
}

static int32_t note_step(const crucible_agent_step *step, void *user_data) {
  run *r = user_data;
  note_orders(&r->orders[step->agent], &step->orders, 0);
  note_trades(&r->trades[step->agent], &step->trades, 0);
  if (!step->is_mark_only) /* the others have no marks in between */
    note(&r->equity[step->agent], &step->equity, 8);
  return 0;
}

static void run_arena(const crucible_bars *bars, const test_agent *agents,
                      const crucible_instrument *instrument, uint32_t n_threads,
                      run *r) {
  crucible_pool *pool;
  assert_ok(crucible_pool_create(n_threads, &pool));
  crucible_arena *arena = make_arena(instrument, &bars->timeframe_ms, 1, pool);
  for (size_t t = 0; t < bars->n; ++t) {
    crucible_bar bar = bar_at(bars, t);
    for (size_t i = 0; t == TRAIN_END && i < N_AGENTS; ++i) {
      crucible_agent_spec spec = {.struct_size = sizeof spec,
                                  .genome = agents[i].genome,
                                  .plan = &agents[i].plan};
      uint32_t number;
      assert_ok(crucible_model_bytes(agents[i].model, &spec.model,
                                     &spec.model_bytes));
      assert_ok(crucible_arena_add_agent(arena, &spec, &number));
      assert_int_equal(number, i);
    }
    assert_ok(crucible_arena_push(arena, &bar, note_step, r));
  }
  assert_int_equal(crucible_arena_agents(arena), N_AGENTS);
  crucible_arena_destroy(arena);
  crucible_pool_destroy(pool);
}

/* What the arena knows, computed over the whole series at once. */
typedef struct columns {
  double *sigma, *volume;
} columns;

static columns make_columns(const crucible_bars *bars) {
  columns c = {calloc(bars->n, sizeof(double)),
               calloc(bars->n, sizeof(double))};
  crucible_egarch_rolling_options sigma = sigma_options();
  assert_non_null(c.sigma);
  assert_non_null(c.volume);
  assert_ok(
      crucible_egarch_rolling_forecasts(&sigma, bars->close, bars->n, c.sigma));
  assert_ok(crucible_volume_forecast(bars->volume, bars->n, 12, c.volume));
  return c;
}

static void run_steps(const crucible_bars *bars, const test_agent *agents,
                      const crucible_instrument *instrument, run *r) {
  columns c = make_columns(bars);
  crucible_backtest_options options = account_options();
  for (size_t i = 0; i < N_AGENTS; ++i) {
    crucible_trader *trader;
    crucible_orders orders = {.struct_size = sizeof orders};
    crucible_trades trades = {.struct_size = sizeof trades};
    crucible_ledger ledger = {.struct_size = sizeof ledger};
    assert_ok(crucible_trader_create(&agents[i].plan, instrument,
                                     bars->timeframe_ms, &options, &trader));
    for (size_t t = TRAIN_END; t < bars->n; ++t) {
      crucible_bar bar = bar_at(bars, t);
      assert_ok(crucible_trader_push(trader, &bar, c.sigma[t], c.volume[t],
                                     (double)NAN, agents[i].scores[t]));
      assert_ok(crucible_trader_ledger(trader, &ledger));
      note(&r->equity[i], &ledger.equity, 8);
    }
    assert_ok(crucible_trader_records(trader, &orders, &trades));
    note_orders(&r->orders[i], &orders, 0);
    note_trades(&r->trades[i], &trades, 0);
    crucible_trader_destroy(trader);
  }
  free(c.sigma);
  free(c.volume);
}

static void note_batch(const crucible_backtest *backtest, run *r) {
  crucible_orders orders = {.struct_size = sizeof orders};
  crucible_trades trades = {.struct_size = sizeof trades};
  crucible_matrix equity;
  assert_ok(crucible_backtest_records(backtest, &orders, &trades));
  assert_ok(crucible_backtest_equity(backtest, &equity));
  for (size_t i = 0; i < N_AGENTS; ++i) {
    size_t n_orders = orders.n, n_trades = trades.n, from = 0;
    while (from < n_orders && orders.column[from] != i)
      ++from;
    size_t until = from;
    while (until < n_orders && orders.column[until] == i)
      ++until;
    orders.n = until;
    note_orders(&r->orders[i], &orders, from);
    orders.n = n_orders;
    for (from = 0; from < n_trades && trades.column[from] != i;)
      ++from;
    for (until = from; until < n_trades && trades.column[until] == i;)
      ++until;
    trades.n = until;
    note_trades(&r->trades[i], &trades, from);
    trades.n = n_trades;
    for (size_t t = 0; t < equity.rows; ++t)
      note(&r->equity[i],
           &equity.data[(ptrdiff_t)t * equity.row_stride +
                        (ptrdiff_t)i * equity.col_stride],
           8);
  }
}

static void run_batch(const crucible_bars *bars, const test_agent *agents,
                      const crucible_instrument *instrument, uint32_t n_threads,
                      run *r) {
  columns c = make_columns(bars);
  crucible_pool *pool;
  crucible_backtest *backtest;
  crucible_bars rest = {.struct_size = sizeof rest};
  crucible_backtest_options options = account_options();
  assert_ok(crucible_pool_create(n_threads, &pool));
  assert_ok(crucible_bars_slice(bars, bars->open_time_ms[TRAIN_END], INT64_MAX,
                                &rest));
  crucible_market market = {.struct_size = sizeof market,
                            .bars = &rest,
                            .sigma = c.sigma + TRAIN_END,
                            .volume_forecast = c.volume + TRAIN_END};
  double *scores = calloc(rest.n * N_AGENTS, sizeof *scores);
  crucible_plan plans[N_AGENTS];
  assert_non_null(scores);
  for (size_t i = 0; i < N_AGENTS; ++i) {
    plans[i] = agents[i].plan;
    memcpy(scores + i * rest.n, agents[i].scores + TRAIN_END,
           rest.n * sizeof *scores);
  }
  crucible_matrix matrix = {scores, rest.n, N_AGENTS, 1, (ptrdiff_t)rest.n};
  assert_ok(crucible_backtest_run(&market, instrument, &matrix, plans, N_AGENTS,
                                  &options, pool, NULL, &backtest));
  note_batch(backtest, r);
  crucible_backtest_destroy(backtest);
  crucible_pool_destroy(pool);
  free(scores);
  free(c.sigma);
  free(c.volume);
}

static void compare_all(const crucible_bars *bars) {
  crucible_instrument instrument = btcusdt_spot();
  test_agent agents[N_AGENTS] = {{0}};
  size_t n_bytes = 0;
  make_agents(bars, TRAIN_END, &instrument, agents, N_AGENTS);
  run steps = {0};
  run_steps(bars, agents, &instrument, &steps);
  for (size_t i = 0; i < N_AGENTS; ++i)
    n_bytes += steps.trades[i].n;
  assert_true(n_bytes > 0); /* they do trade */
  for (uint32_t n_threads = 1; n_threads <= 3; ++n_threads) {
    run arena = {0}, batch = {0};
    run_arena(bars, agents, &instrument, n_threads, &arena);
    run_batch(bars, agents, &instrument, n_threads, &batch);
    assert_same_run(&steps, &arena);
    assert_same_run(&steps, &batch);
    free_run(&arena);
    free_run(&batch);
  }
  free_run(&steps);
  free_agents(agents, N_AGENTS);
}

static void batch_step_and_arena_agree_on_the_sample(void **state) {
  (void)state;
  crucible_series *series = read_sample();
  crucible_bars bars = view_of(series);
  compare_all(&bars);
  crucible_series_destroy(series);
}

static void batch_step_and_arena_agree_on_shared_bars(void **state) {
  (void)state;
  crucible_series *series =
      read_shared("sample/BTCUSDT-5m-2024-03-01_2024-03-15.csv", NULL);
  crucible_bars bars = view_of(series);
  compare_all(&bars);
  crucible_series_destroy(series);
}

static void compare_longer(crucible_series *series) {
  static const int64_t timeframes[] = {300000, 900000, 3600000};
  crucible_series *coarse;
  crucible_instrument instrument = btcusdt_spot();
  crucible_bars bars = view_of(series);
  crucible_arena *arena = make_arena(&instrument, timeframes, 3, NULL);
  for (size_t t = 0; t < bars.n; ++t) {
    crucible_bar bar = bar_at(&bars, t);
    assert_ok(crucible_arena_push(arena, &bar, NULL, NULL));
  }
  for (int k = 1; k < 3; ++k) {
    crucible_bars seen = {.struct_size = sizeof seen};
    crucible_market market = {.struct_size = sizeof market};
    assert_ok(crucible_arena_market(arena, timeframes[k], &seen, &market));
    assert_ok(crucible_series_resample(series, timeframes[k], &coarse));
    crucible_bars wanted = view_of(coarse);
    assert_int_equal(seen.n, wanted.n);
    assert_memory_equal(seen.open_time_ms, wanted.open_time_ms, 8 * seen.n);
    assert_memory_equal(seen.open, wanted.open, 8 * seen.n);
    assert_memory_equal(seen.high, wanted.high, 8 * seen.n);
    assert_memory_equal(seen.low, wanted.low, 8 * seen.n);
    assert_memory_equal(seen.close, wanted.close, 8 * seen.n);
    assert_memory_equal(seen.volume, wanted.volume, 8 * seen.n);
    crucible_series_destroy(coarse);
  }
  crucible_arena_destroy(arena);
}

/* The longer timeframes of the arena are those of the resampler, gaps and all:
   the sample has one. */
static void longer_timeframes_are_the_resampled_series(void **state) {
  (void)state;
  crucible_series *series = read_sample(), *rest;
  crucible_bars bars = view_of(series);
  crucible_bars part = {.struct_size = sizeof part};
  compare_longer(series);
  /* from the midst of an interval on */
  assert_ok(crucible_bars_slice(&bars, bars.open_time_ms[4], INT64_MAX, &part));
  assert_ok(crucible_series_create(&part, &rest));
  compare_longer(rest);
  crucible_series_destroy(rest);
  crucible_series_destroy(series);
}

/* Who acted, in order; one letter per agent. */
typedef struct sequence {
  run *r;
  char acted[64];
  size_t n;
} sequence;

static int32_t note_sequence(const crucible_agent_step *step, void *user_data) {
  sequence *s = user_data;
  assert_true(s->n + 1 < sizeof s->acted);
  s->acted[s->n++] = (char)('0' + step->agent);
  s->acted[s->n] = 0;
  return note_step(step, s->r);
}

/* Agents on quarters of an hour beside one on five minutes: the shorter acts
   first where both close, and the longer do what they do on the resampled
   series alone. */
static void timeframes_act_side_by_side_the_shorter_first(void **state) {
  (void)state;
  enum { N_LONG = 2, LONG_END = 500 };
  static const int64_t timeframes[] = {300000, 900000};
  crucible_series *series =
      read_shared("sample/BTCUSDT-5m-2024-03-01_2024-03-15.csv", NULL);
  crucible_series *quarters = resampled(series, 900000);
  crucible_instrument instrument = btcusdt_spot();
  crucible_bars bars = view_of(series), longer = view_of(quarters);
  test_agent agents[N_LONG + 1] = {{0}};
  make_agents(&longer, LONG_END, &instrument, agents, N_LONG);
  make_agents(&bars, 3 * LONG_END, &instrument, agents + N_LONG, 1);
  run together = {0};
  sequence heard = {.r = &together};
  crucible_arena *arena = make_arena(&instrument, timeframes, 2, NULL);
  for (size_t t = 0; t < bars.n; ++t) {
    crucible_bar bar = bar_at(&bars, t);
    for (size_t i = 0; t == 3 * TRAIN_END / 2 && i <= N_LONG; ++i) {
      crucible_agent_spec spec = {.struct_size = sizeof spec,
                                  .genome = agents[i].genome,
                                  .plan = &agents[i].plan};
      uint32_t number;
      assert_ok(crucible_model_bytes(agents[i].model, &spec.model,
                                     &spec.model_bytes));
      assert_ok(crucible_arena_add_agent(arena, &spec, &number));
    }
    heard.n = 0;
    heard.acted[0] = 0;
    assert_ok(crucible_arena_push(arena, &bar, note_sequence, &heard));
    if (t >= 3 * TRAIN_END / 2)
      assert_string_equal(heard.acted, "201"); /* the two are marked at least */
  }
  for (size_t i = 0; i < N_LONG; ++i) {
    columns c = make_columns(&longer);
    crucible_backtest_options options = account_options();
    crucible_trader *trader;
    history equity = {0};
    assert_ok(crucible_trader_create(&agents[i].plan, &instrument, 900000,
                                     &options, &trader));
    for (size_t t = TRAIN_END / 2; t < longer.n; ++t) {
      crucible_bar bar = bar_at(&longer, t);
      crucible_ledger ledger = {.struct_size = sizeof ledger};
      assert_ok(crucible_trader_push(trader, &bar, c.sigma[t], c.volume[t],
                                     (double)NAN, agents[i].scores[t]));
      assert_ok(crucible_trader_ledger(trader, &ledger));
      note(&equity, &ledger.equity, 8);
    }
    assert_same_history(&equity, &together.equity[i]);
    crucible_trader_destroy(trader);
    free(equity.bytes);
    free(c.sigma);
    free(c.volume);
  }
  crucible_arena_destroy(arena);
  free_run(&together);
  free_agents(agents, N_LONG + 1);
  crucible_series_destroy(quarters);
  crucible_series_destroy(series);
}

static int32_t refuse(const crucible_agent_step *step, void *user_data) {
  (void)step;
  (void)user_data;
  return 1;
}

static void wrong_bars_and_agents_are_refused_and_change_nothing(void **state) {
  (void)state;
  static const int64_t timeframes[] = {300000};
  crucible_series *series = read_sample();
  crucible_bars bars = view_of(series);
  crucible_instrument instrument = btcusdt_spot();
  crucible_arena *arena = make_arena(&instrument, timeframes, 1, NULL);
  crucible_bar bar = bar_at(&bars, 0), wrong = bar;
  uint32_t agent;
  assert_ok(crucible_arena_push(arena, &bar, NULL, NULL));
  assert_int_equal(crucible_arena_push(arena, &bar, NULL, NULL),
                   CRUCIBLE_E_DATA); /* the same time again */
  wrong = bar_at(&bars, 1);
  wrong.high = wrong.low - 1;
  assert_int_equal(crucible_arena_push(arena, &wrong, NULL, NULL),
                   CRUCIBLE_E_DATA);
  wrong = bar_at(&bars, 1);
  wrong.close = (double)NAN;
  assert_int_equal(crucible_arena_push(arena, &wrong, NULL, NULL),
                   CRUCIBLE_E_DATA);
  wrong = bar_at(&bars, 1);
  wrong.high = 1e200; /* what no fill can be reckoned with */
  assert_int_equal(crucible_arena_push(arena, &wrong, NULL, NULL),
                   CRUCIBLE_E_DATA);
  wrong = bar_at(&bars, 1);
  wrong.low = 0.004; /* no such price on a tick of 0.01 */
  assert_int_equal(crucible_arena_push(arena, &wrong, NULL, NULL),
                   CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "price tick"));
  bar = bar_at(&bars, 1);
  assert_ok(crucible_arena_push(arena, &bar, NULL, NULL)); /* it went on */

  test_agent one[1] = {{0}};
  make_agents(&bars, TRAIN_END, &instrument, one, 1);
  crucible_agent_spec spec = {.struct_size = sizeof spec,
                              .genome = one[0].genome,
                              .plan = &one[0].plan,
                              .model = "not a model",
                              .model_bytes = 11};
  assert_int_equal(crucible_arena_add_agent(arena, &spec, &agent),
                   CRUCIBLE_E_MODEL);
  assert_int_equal(crucible_arena_agents(arena), 0);
  assert_ok(crucible_model_bytes(one[0].model, &spec.model, &spec.model_bytes));
  assert_ok(crucible_arena_add_agent(arena, &spec, &agent));
  bar = bar_at(&bars, 2);
  assert_int_equal(crucible_arena_push(arena, &bar, refuse, NULL),
                   CRUCIBLE_E_CALLBACK);
  bar = bar_at(&bars, 3);
  assert_int_equal(crucible_arena_push(arena, &bar, NULL, NULL),
                   CRUCIBLE_E_STATE);
  free_agents(one, 1);
  crucible_arena_destroy(arena);
  crucible_series_destroy(series);
}

typedef struct late_agent {
  const crucible_bars *bars;
  const crucible_instrument *instrument;
  const test_agent *agent;
} late_agent;

static crucible_status add_and_step(void *data) {
  static const int64_t timeframes[] = {300000, 900000};
  const late_agent *late = data;
  crucible_arena_options options;
  crucible_arena *arena;
  crucible_arena_options_init(&options, sizeof options);
  options.instrument = late->instrument;
  options.timeframes_ms = timeframes;
  options.n_timeframes = 2;
  crucible_status status = crucible_arena_create(&options, NULL, &arena);
  for (size_t t = 0; t < 40 && status == CRUCIBLE_OK; ++t) {
    crucible_bar bar = bar_at(late->bars, t);
    crucible_agent_spec spec = {.struct_size = sizeof spec,
                                .genome = late->agent->genome,
                                .plan = &late->agent->plan};
    uint32_t number;
    if (t == 20) {
      assert_ok(crucible_model_bytes(late->agent->model, &spec.model,
                                     &spec.model_bytes));
      status = crucible_arena_add_agent(arena, &spec, &number);
    }
    if (status == CRUCIBLE_OK)
      status = crucible_arena_push(arena, &bar, NULL, NULL);
  }
  crucible_arena_destroy(arena);
  return status;
}

static void running_out_of_memory_is_an_error(void **state) {
  (void)state;
  crucible_series *series = read_sample();
  crucible_bars bars = view_of(series);
  crucible_instrument instrument = btcusdt_spot();
  test_agent one[1] = {{0}};
  make_agents(&bars, TRAIN_END, &instrument, one, 1);
  late_agent late = {&bars, &instrument, one};
  assert_true(failing_alloc_run(add_and_step, &late) > 0);
  free_agents(one, 1);
  crucible_series_destroy(series);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(batch_step_and_arena_agree_on_the_sample),
      cmocka_unit_test(batch_step_and_arena_agree_on_shared_bars),
      cmocka_unit_test(longer_timeframes_are_the_resampled_series),
      cmocka_unit_test(timeframes_act_side_by_side_the_shorter_first),
      cmocka_unit_test(wrong_bars_and_agents_are_refused_and_change_nothing),
      cmocka_unit_test(running_out_of_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
