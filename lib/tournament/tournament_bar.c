/* SPDX-License-Identifier: Apache-2.0 */
/* One bar: take it, step the agents, write down what they did, judge. */
#include <math.h>
#include <stdio.h>

#include "arena/arena_state.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/clock.h"
#include "tournament/tournament_state.h"

/* ---- the input ---- */

/* Everything of a bar that can decide anything, as it came. */
void crucible__tournament_hash(crucible_tournament *t, const crucible_bar *bar,
                               uint8_t hash[32]) {
  double values[8] = {bar->open,   bar->high,          bar->low,
                      bar->close,  bar->volume,        bar->quote_volume,
                      bar->trades, bar->taker_buy_base};
  static const uint32_t needs[8] = {0,
                                    0,
                                    0,
                                    0,
                                    0,
                                    CRUCIBLE_NEEDS_QUOTE_VOLUME,
                                    CRUCIBLE_NEEDS_TRADES,
                                    CRUCIBLE_NEEDS_TAKER_BUY_BASE};
  for (int i = 0; i < 8; ++i)
    if (needs[i] != 0 && (t->options.has & needs[i]) == 0)
      values[i] = 0.0; /* absent: whatever the caller left there */
  crucible__sha256_add(&t->input, &bar->open_time_ms, sizeof bar->open_time_ms);
  crucible__sha256_add(&t->input, values, sizeof values);
  crucible__sha256 so_far = t->input;
  crucible__sha256_end(&so_far, hash);
}

static void count_bar(crucible_tournament *t, const crucible_bar *bar) {
  crucible__journal_state *state = &t->state;
  if (state->n_bars == 0)
    state->first_ms = bar->open_time_ms;
  else if (bar->open_time_ms != t->next_open_ms)
    ++state->n_gaps;
  ++state->n_bars;
  t->next_open_ms = bar->open_time_ms + t->options.timeframe_ms;
  state->until_ms = t->next_open_ms;
  crucible__tournament_hash(t, bar, state->input_hash);
}

/* ---- the account that buys and holds ---- */

static crucible_status make_holder(crucible_tournament *t) {
  crucible_backtest_options options;
  crucible_plan plan;
  crucible__config_backtest(&t->config, &options);
  options.keep_records = 0;
  crucible_plan_init(&plan, sizeof plan);
  plan.theta_out = -(double)INFINITY;
  plan.sizing_value = 1.0;
  return crucible_trader_create(&plan, &t->instrument, t->options.timeframe_ms,
                                &options, &t->holder);
}

static crucible_status hold(crucible_tournament *t, const crucible_bar *bar) {
  crucible__market_view view;
  CRUCIBLE__TRY(crucible__market_of(t, t->options.timeframe_ms, 0, &view));
  size_t last = view.bars.n - 1;
  return crucible_trader_push(t->holder, bar, view.market.sigma[last],
                              view.market.volume_forecast[last], (double)NAN,
                              1.0);
}

/* ---- the agents' step ---- */

static uint32_t count_fills(const crucible_orders *orders) {
  uint32_t n = 0;
  for (size_t i = 0; i < orders->n; ++i)
    n += orders->filled[i] > 0;
  return n;
}

static crucible_status record_step(crucible_tournament *t,
                                   const crucible_agent_step *step) {
  crucible__seat *seat = crucible__seat_of(t, step->agent);
  seat->seen = (crucible_observation){
      .struct_size = sizeof seat->seen,
      .agent = step->agent,
      .cannot_trade = step->cannot_trade,
      .equity = step->equity,
      .n_trades = (uint32_t)step->trades.n,
      .n_fills = count_fills(&step->orders),
  };
  for (size_t i = 0; i < step->trades.n; ++i)
    seat->seen.trade_result += step->trades.result[i];
  seat->is_final = step->state == CRUCIBLE_AGENT_TERMINATED;
  t->state.n_orders += step->orders.n;
  t->state.n_trades += step->trades.n;
  return crucible__journal_add_records(t->journal, step->agent, &step->orders,
                                       &step->trades);
}

/* The arena says only that it was stopped: the reason is kept here. */
static int32_t take_step(const crucible_agent_step *step, void *data) {
  crucible_tournament *t = data;
  t->step_status = record_step(t, step);
  if (t->step_status != CRUCIBLE_OK)
    (void)snprintf(t->step_error, sizeof t->step_error, "%s",
                   crucible_last_error());
  return t->step_status;
}

static crucible_status step(crucible_tournament *t, const crucible_bar *bar) {
  crucible_status status = crucible_arena_push(t->arena, bar, take_step, t);
  if (status == CRUCIBLE_E_CALLBACK)
    return crucible__fail(t->step_status, "%s", t->step_error);
  return status;
}

/* ---- curves ---- */

/* Blocks of all curves end at the same bar; those of agents that came later
   begin later. */
static crucible_status add_to_curves(crucible_tournament *t) {
  crucible_ledger ledger = {.struct_size = sizeof ledger};
  CRUCIBLE__TRY(crucible_trader_ledger(t->holder, &ledger));
  t->block_ms[t->block_n] = t->state.until_ms;
  t->block_holder[t->block_n++] = ledger.equity;
  for (size_t i = 0; i < t->n_seats; ++i) {
    crucible__seat *seat = t->seats[i];
    seat->equity[seat->n++] = seat->seen.equity;
  }
  return CRUCIBLE_OK;
}

static crucible_status write_blocks(crucible_tournament *t) {
  if (t->block_n == 0)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible__journal_add_times(t->journal, t->block_first_bar,
                                            t->block_ms, t->block_n));
  CRUCIBLE__TRY(crucible__journal_add_curve(t->journal, CRUCIBLE__HOLDER,
                                            t->block_first_bar, t->block_holder,
                                            t->block_n));
  for (size_t i = 0; i < t->n_seats; ++i)
    CRUCIBLE__TRY(crucible__seat_write_block(t, t->seats[i]));
  t->block_first_bar += t->block_n;
  t->block_n = 0;
  return CRUCIBLE_OK;
}

crucible_status crucible__tournament_flush(crucible_tournament *t) {
  crucible_ledger ledger = {.struct_size = sizeof ledger};
  uint64_t bar = t->state.n_bars;
  CRUCIBLE__TRY(write_blocks(t));
  CRUCIBLE__TRY(crucible_trader_ledger(t->holder, &ledger));
  CRUCIBLE__TRY(
      crucible__journal_set_ledger(t->journal, CRUCIBLE__HOLDER, bar, &ledger));
  for (size_t i = 0; i < t->n_seats; ++i) {
    uint32_t agent = t->seats[i]->agent;
    crucible_track track = {.struct_size = sizeof track};
    CRUCIBLE__TRY(crucible_arena_ledger(t->arena, agent, &ledger));
    CRUCIBLE__TRY(
        crucible__journal_set_ledger(t->journal, agent, bar, &ledger));
    CRUCIBLE__TRY(crucible_watchtower_track(t->watchtower, agent, &track));
    CRUCIBLE__TRY(crucible__journal_set_track(t->journal, bar, &track));
  }
  return crucible__journal_set_pool(t->journal,
                                    crucible_factory_pool(t->factory));
}

static crucible_status write_times(crucible_tournament *t) {
  CRUCIBLE__TRY(crucible__journal_add_time(t->journal, "stepping", t->n_timed,
                                           t->step_ns));
  CRUCIBLE__TRY(crucible__journal_add_time(t->journal, "journal", t->n_timed,
                                           t->journal_ns));
  t->step_ns = t->journal_ns = 0;
  t->n_timed = 0;
  return CRUCIBLE_OK;
}

static crucible_status checkpoint(crucible_tournament *t) {
  crucible__pack pack = {0};
  CRUCIBLE__TRY(crucible__tournament_flush(t));
  CRUCIBLE__TRY(write_times(t));
  crucible_status status = crucible__tournament_save(t, &pack);
  if (status == CRUCIBLE_OK)
    status = crucible__journal_add_checkpoint(t->journal, t->state.n_bars,
                                              t->state.until_ms,
                                              t->state.input_hash, &pack);
  crucible__pack_free(&pack);
  return status;
}

/* ---- the bar ---- */

static crucible_status trade_bar(crucible_tournament *t,
                                 const crucible_bar *bar) {
  int64_t begin = crucible__clock_monotonic_ns();
  t->n_repeated += t->state.n_bars <= t->resume_bar;
  CRUCIBLE__TRY(step(t, bar));
  CRUCIBLE__TRY(hold(t, bar));
  CRUCIBLE__TRY(add_to_curves(t));
  CRUCIBLE__TRY(crucible__life_judge(t));
  t->step_ns += crucible__clock_monotonic_ns() - begin;
  ++t->n_timed;
  CRUCIBLE__TRY(crucible__life_refit(t));
  CRUCIBLE__TRY(crucible__forge_fill_slots(t));
  if (t->block_n == CRUCIBLE__CHECKPOINT_BARS)
    CRUCIBLE__TRY(checkpoint(t));
  return CRUCIBLE_OK;
}

static crucible_status begin_trading(crucible_tournament *t) {
  crucible__journal_state *state = &t->state;
  state->n_train_bars = state->n_bars;
  state->trade_from_ms = t->next_open_ms;
  state->phase = CRUCIBLE_PHASE_TRADING;
  t->block_first_bar = state->n_bars;
  CRUCIBLE__TRY(make_holder(t));
  CRUCIBLE__TRY(crucible__forge_fill_slots(t));
  return crucible__tournament_flush(t); /* one that is cut off has a ledger */
}

/* A bar before the checkpoint: what the agents did is in the checkpoint. */
static crucible_status take_bar(crucible_tournament *t,
                                const crucible_bar *bar) {
  crucible__journal_state *state = &t->state;
  CRUCIBLE__TRY(crucible_arena_push(t->arena, bar, NULL, NULL));
  if (state->n_bars < (uint64_t)t->config.tournament.train_bars)
    return CRUCIBLE_OK;
  if (state->phase == CRUCIBLE_PHASE_TRADING)
    CRUCIBLE__TRY(hold(t, bar));
  else if (state->n_bars <= t->checkpoint_bar) {
    state->phase = CRUCIBLE_PHASE_TRADING;
    CRUCIBLE__TRY(make_holder(t));
  } else
    CRUCIBLE__TRY(begin_trading(t));
  return state->n_bars == t->checkpoint_bar ? crucible__tournament_load(t)
                                            : CRUCIBLE_OK;
}

crucible_status crucible__tournament_bar(crucible_tournament *t,
                                         const crucible_bar *bar) {
  crucible__journal_state *state = &t->state;
  count_bar(t, bar);
  if (state->n_bars <= t->resume_bar)
    CRUCIBLE__TRY(crucible__resume_check(t));
  if (state->phase == CRUCIBLE_PHASE_COLLECTING ||
      state->n_bars <= t->checkpoint_bar)
    CRUCIBLE__TRY(take_bar(t, bar));
  else
    CRUCIBLE__TRY(trade_bar(t, bar));
  if (state->n_bars == t->resume_bar)
    return crucible__resume_end(t);
  return crucible__journal_set_state(t->journal, state);
}
