/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/tournament.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arena/arena_state.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/clock.h"
#include "base/numtext.h"
#include "base/sha256.h"
#include "tournament/config.h"
#include "tournament/journal.h"
#include "tournament/recruit.h"

/* A block of the curves that is being filled. */
typedef struct block {
  uint64_t first_bar;
  size_t n;
  int64_t close_ms[CRUCIBLE__CHECKPOINT_BARS];
  double *equity; /* [n_curves][CRUCIBLE__CHECKPOINT_BARS], the holder first */
} block;

struct crucible_tournament {
  crucible__config config;
  crucible_instrument instrument;
  crucible_tournament_options options; /* its pointers are the caller's */
  crucible__journal *journal;
  crucible__journal_state state;
  crucible_arena *arena;
  crucible_trader *holder;   /* buys at the first bar traded, and holds */
  crucible_genome **genomes; /* [n_agents] */
  double *equity;            /* [n_agents] at the last close */
  unsigned char *has_ended;  /* [n_agents] it takes no more entries */
  uint32_t n_ended;
  uint32_t n_agents;
  block block;
  void *accounts; /* room for a checkpoint */
  crucible__sha256 input;
  int64_t next_open_ms; /* where the next bar opens if none is missing */
  uint64_t n_orders, n_trades;
  crucible_status step_status; /* what failed while the arena told of a step */
  char step_error[256];
  int has_failed;
};

void crucible_tournament_options_init(crucible_tournament_options *options,
                                      size_t struct_size) {
  const crucible_tournament_options defaults = {.seed = 1};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

void crucible_tournament_destroy(crucible_tournament *tournament) {
  if (tournament == NULL)
    return;
  crucible__journal_destroy(tournament->journal);
  crucible_arena_destroy(tournament->arena);
  crucible_trader_destroy(tournament->holder);
  for (uint32_t i = 0; i < tournament->n_agents; ++i)
    crucible_genome_destroy(tournament->genomes[i]);
  crucible__free(tournament->genomes);
  crucible__free(tournament->equity);
  crucible__free(tournament->has_ended);
  crucible__free(tournament->block.equity);
  crucible__free(tournament->accounts);
  crucible__free(tournament);
}

static crucible_status make_arena(crucible_tournament *tournament) {
  const crucible__config *config = &tournament->config;
  crucible_arena_options options;
  crucible_arena_options_init(&options, sizeof options);
  options.instrument = &tournament->instrument;
  options.timeframes_ms = config->tournament.timeframes.timeframes_ms;
  options.n_timeframes = config->tournament.timeframes.n;
  options.has = tournament->options.has;
  options.volume_window = (uint32_t)config->costs.volume_window;
  options.sigma_window = (uint32_t)config->volatility.window;
  options.sigma_refit = (uint32_t)config->volatility.refit;
  options.sigma_first = (uint32_t)config->volatility.first;
  crucible__config_backtest(config, &options.backtest);
  return crucible_arena_create(&options, tournament->options.pool,
                               &tournament->arena);
}

/* Resolves the configuration and takes the instrument. */
/* What an instrument makes wrong in a configuration that is right in itself. */
static crucible_status check_account(const crucible_tournament *tournament) {
  const crucible_instrument *instrument = &tournament->instrument;
  const crucible__config *config = &tournament->config;
  crucible_backtest_options backtest;
  if (config->account.leverage > instrument->max_leverage)
    return crucible__fail(
        CRUCIBLE_E_DATA,
        "configuration: $.account.leverage is %g: the instrument %s allows at "
        "most %g",
        config->account.leverage, instrument->symbol, instrument->max_leverage);
  crucible__config_backtest(config, &backtest);
  if (instrument->market_type == CRUCIBLE_MARKET_LINEAR_PERPETUAL &&
      backtest.funding == CRUCIBLE_FUNDING_REFUSE)
    return crucible__fail(
        CRUCIBLE_E_UNSUPPORTED,
        "configuration: $.account.funding is \"refuse\": %s is a perpetual and "
        "there is no funding history; set it to \"unavailable\" to trade it "
        "without funding payments",
        instrument->symbol);
  return CRUCIBLE_OK;
}

static crucible_status take_options(crucible_tournament *tournament,
                                    const crucible_tournament_options *options,
                                    char *config, size_t capacity) {
  size_t length, given;
  if (options->instrument == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "options.instrument is NULL");
  if (options->reserved != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.reserved is %u: it must be 0",
                          (unsigned)options->reserved);
  CRUCIBLE__TRY(crucible_instrument_check(options->instrument));
  memcpy(&given, options->instrument, sizeof given);
  memcpy(&tournament->instrument, options->instrument,
         given < sizeof tournament->instrument ? given
                                               : sizeof tournament->instrument);
  tournament->instrument.struct_size = sizeof tournament->instrument;
  tournament->options = *options;
  CRUCIBLE__TRY(crucible_config_resolve(options->config, "configuration", NULL,
                                        0, config, capacity, &length));
  if (length >= capacity)
    return crucible__fail(CRUCIBLE_E_INVALID, "the configuration is too long");
  CRUCIBLE__TRY(crucible__config_read(config, length, "configuration",
                                      &tournament->config));
  CRUCIBLE__TRY(check_account(tournament));
  const crucible__times *times = &tournament->config.tournament.timeframes;
  if (options->timeframe_ms != times->timeframes_ms[0])
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "bars of %lld ms are to be pushed, but the configuration's first "
        "timeframe is %lld ms: set tournament.timeframes",
        (long long)options->timeframe_ms, (long long)times->timeframes_ms[0]);
  if (tournament->config.tournament.train_bars < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "tournament.train_bars is 0: only who knows how many "
                          "bars will come can take half of them; give a "
                          "number");
  return CRUCIBLE_OK;
}

static crucible_status
fill_tournament(crucible_tournament *tournament, crucible_store *store,
                const crucible_tournament_options *options) {
  char config[8192];
  CRUCIBLE__TRY(take_options(tournament, options, config, sizeof config));
  CRUCIBLE__TRY(make_arena(tournament));
  crucible__sha256_init(&tournament->input);
  tournament->state.phase = CRUCIBLE_PHASE_COLLECTING;
  return crucible__journal_create(
      store, config, options->seed, options->timeframe_ms, options->has,
      crucible_pool_threads(options->pool), &tournament->instrument,
      &tournament->journal);
}

crucible_status
crucible_tournament_create(crucible_store *store,
                           const crucible_tournament_options *options,
                           crucible_tournament **tournament) {
  if (store == NULL || options == NULL || tournament == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          store == NULL     ? "store"
                          : options == NULL ? "options"
                                            : "tournament");
  *tournament = NULL;
  crucible_tournament_options read;
  crucible_tournament_options_init(&read, sizeof read);
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, options,
                                       "crucible_tournament_options"));
  crucible_tournament *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = fill_tournament(made, store, &read);
  if (status != CRUCIBLE_OK) {
    crucible_tournament_destroy(made);
    return status;
  }
  *tournament = made;
  return CRUCIBLE_OK;
}

static void fill_progress(const crucible_tournament *tournament,
                          crucible_progress *progress) {
  *progress = (crucible_progress){
      .struct_size = sizeof *progress,
      .phase = tournament->state.phase,
      .n_agents = tournament->n_agents - tournament->n_ended,
      .n_bars = tournament->state.n_bars,
      .n_forged = tournament->state.n_forged,
      .n_wanted = (uint64_t)tournament->config.tournament.agents,
      .n_orders = tournament->n_orders,
      .n_trades = tournament->n_trades,
      .time_ms = tournament->state.until_ms};
}

/* ---- forging ---- */

static void tell_progress(uint64_t n_tried, uint64_t n_feasible, void *data) {
  crucible_tournament *tournament = data;
  crucible_progress progress;
  if (tournament->options.progress == NULL)
    return;
  fill_progress(tournament, &progress);
  progress.n_forged = n_tried;
  progress.n_agents = (uint32_t)n_feasible;
  tournament->options.progress(&progress, tournament->options.user_data);
}

static crucible_status allocate_agents(crucible_tournament *tournament,
                                       size_t n) {
  tournament->genomes = crucible__alloc_zero(n, sizeof *tournament->genomes);
  tournament->equity = crucible__alloc(n, sizeof *tournament->equity);
  tournament->has_ended =
      crucible__alloc_zero(n, sizeof *tournament->has_ended);
  tournament->block.equity = crucible__alloc(
      n + 1, CRUCIBLE__CHECKPOINT_BARS * sizeof *tournament->block.equity);
  return tournament->genomes && tournament->equity && tournament->has_ended &&
                 tournament->block.equity
             ? CRUCIBLE_OK
             : CRUCIBLE_E_NOMEM;
}

/* Puts a feasible candidate into the arena; the genome changes hands. */
static crucible_status admit(crucible_tournament *tournament,
                             crucible__candidate *candidate, uint64_t number,
                             const char *genome_id) {
  crucible_plan plan = {.struct_size = sizeof plan};
  crucible_agent_spec spec = {
      .struct_size = sizeof spec, .genome = candidate->genome, .plan = &plan};
  uint32_t agent;
  CRUCIBLE__TRY(crucible_forged_plan(candidate->forged, &plan));
  CRUCIBLE__TRY(
      crucible_forged_model(candidate->forged, &spec.model, &spec.model_bytes));
  CRUCIBLE__TRY(crucible_arena_add_agent(tournament->arena, &spec, &agent));
  tournament->genomes[tournament->n_agents] = candidate->genome;
  tournament->equity[tournament->n_agents] = tournament->config.account.cash;
  ++tournament->n_agents;
  candidate->genome = NULL;
  return crucible__journal_add_agent(tournament->journal, agent, genome_id,
                                     number, tournament->state.until_ms);
}

static crucible_status record(crucible_tournament *tournament,
                              crucible__candidate *candidate, uint64_t number) {
  uint8_t id[CRUCIBLE_GENOME_ID_BYTES];
  char hex[2 * CRUCIBLE_GENOME_ID_BYTES + 1];
  crucible_forge_report report = {.struct_size = sizeof report};
  crucible_plan plan = {.struct_size = sizeof plan,
                        .theta_in = (double)NAN,
                        .theta_out = (double)NAN};
  const void *model = NULL;
  size_t model_bytes = 0;
  const crucible__journal_state *state = &tournament->state;
  int is_admitted =
      candidate->reason[0] == '\0' &&
      tournament->n_agents < (uint64_t)tournament->config.tournament.agents;
  if (candidate->genome == NULL) /* a draw that is no genome */
    return crucible__journal_add_event(tournament->journal, state->n_bars,
                                       state->until_ms, CRUCIBLE__NOBODY,
                                       "no genome", candidate->reason);
  CRUCIBLE__TRY(crucible_genome_id(candidate->genome, id));
  crucible__hex(id, sizeof id, hex);
  if (candidate->forged != NULL) {
    CRUCIBLE__TRY(crucible_forged_report(candidate->forged, &report));
    CRUCIBLE__TRY(crucible_forged_plan(candidate->forged, &plan));
  } else {
    memcpy(report.infeasible_reason, candidate->reason,
           sizeof report.infeasible_reason - 1);
  }
  if (is_admitted)
    CRUCIBLE__TRY(
        crucible_forged_model(candidate->forged, &model, &model_bytes));
  CRUCIBLE__TRY(crucible__journal_add_forging(
      tournament->journal, number, hex,
      crucible_genome_json(candidate->genome, 1), state->n_bars, &plan, model,
      model_bytes, &report));
  return is_admitted ? admit(tournament, candidate, number, hex) : CRUCIBLE_OK;
}

static crucible_status make_holder(crucible_tournament *tournament) {
  crucible_backtest_options options;
  crucible_plan plan;
  crucible__config_backtest(&tournament->config, &options);
  options.keep_records = 0;
  crucible_plan_init(&plan, sizeof plan);
  plan.theta_out = -(double)INFINITY;
  plan.sizing_value = 1.0;
  return crucible_trader_create(&plan, &tournament->instrument,
                                tournament->options.timeframe_ms, &options,
                                &tournament->holder);
}

static crucible_status write_ledgers(crucible_tournament *tournament) {
  crucible_ledger ledger = {.struct_size = sizeof ledger};
  CRUCIBLE__TRY(crucible_trader_ledger(tournament->holder, &ledger));
  CRUCIBLE__TRY(
      crucible__journal_set_ledger(tournament->journal, CRUCIBLE__HOLDER,
                                   tournament->state.n_bars, &ledger));
  for (uint32_t i = 0; i < tournament->n_agents; ++i) {
    CRUCIBLE__TRY(crucible_arena_ledger(tournament->arena, i, &ledger));
    CRUCIBLE__TRY(crucible__journal_set_ledger(
        tournament->journal, i, tournament->state.n_bars, &ledger));
  }
  return CRUCIBLE_OK;
}

static crucible_status seat(crucible_tournament *tournament,
                            crucible__recruits *recruits) {
  crucible__journal_state *state = &tournament->state;
  size_t wanted = (size_t)tournament->config.tournament.agents;
  CRUCIBLE__TRY(allocate_agents(tournament, wanted));
  for (size_t i = 0; i < recruits->n; ++i)
    CRUCIBLE__TRY(record(tournament, &recruits->candidates[i], i));
  for (size_t i = tournament->n_agents; i < wanted; ++i)
    CRUCIBLE__TRY(crucible__journal_add_event(
        tournament->journal, state->n_bars, state->until_ms, CRUCIBLE__NOBODY,
        "no viable model",
        "the draws that forge.max_draws allows gave no feasible genome for "
        "this slot"));
  state->n_forged = recruits->n;
  state->n_infeasible = recruits->n - recruits->n_feasible;
  state->n_train_bars = state->n_bars;
  state->trade_from_ms = tournament->next_open_ms;
  state->phase = CRUCIBLE_PHASE_TRADING;
  tournament->accounts =
      crucible__alloc(crucible__arena_accounts_size(tournament->arena) + 1, 1);
  tournament->block.first_bar = state->n_bars;
  if (tournament->accounts == NULL)
    return CRUCIBLE_E_NOMEM;
  CRUCIBLE__TRY(make_holder(tournament));
  return write_ledgers(tournament); /* a journal that is cut off has some */
}

static crucible_status forge_agents(crucible_tournament *tournament) {
  crucible__recruiting recruiting = {.arena = tournament->arena,
                                     .instrument = &tournament->instrument,
                                     .config = &tournament->config,
                                     .has = tournament->options.has,
                                     .seed = tournament->options.seed,
                                     .pool = tournament->options.pool,
                                     .cancel = tournament->options.cancel,
                                     .progress = tell_progress,
                                     .progress_data = tournament};
  crucible__recruits recruits;
  tell_progress(0, 0, tournament);
  CRUCIBLE__TRY(crucible__recruit(&recruiting, &recruits));
  crucible_status status = seat(tournament, &recruits);
  crucible__recruits_clear(&recruits);
  return status;
}

/* ---- bars ---- */

/* Everything of a bar that can decide anything, as it came. */
static void hash_bar(crucible_tournament *tournament, const crucible_bar *bar) {
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
    if (needs[i] != 0 && (tournament->options.has & needs[i]) == 0)
      values[i] = 0.0; /* absent: whatever the caller left there */
  crucible__sha256_add(&tournament->input, &bar->open_time_ms,
                       sizeof bar->open_time_ms);
  crucible__sha256_add(&tournament->input, values, sizeof values);
  crucible__sha256 so_far = tournament->input;
  crucible__sha256_end(&so_far, tournament->state.input_hash);
}

/* An agent whose capital no longer reaches the smallest order. */
static crucible_status end_agent(crucible_tournament *tournament,
                                 uint32_t agent) {
  static const char reason[] =
      "its largest entry is below the instrument's minimum";
  tournament->has_ended[agent] = 1;
  ++tournament->n_ended;
  CRUCIBLE__TRY(crucible__journal_set_agent(tournament->journal, agent,
                                            "cannot_trade", reason));
  return crucible__journal_add_event(
      tournament->journal, tournament->state.n_bars, tournament->state.until_ms,
      agent, "cannot_trade", reason);
}

static crucible_status record_step(crucible_tournament *tournament,
                                   const crucible_agent_step *step) {
  if (step->cannot_trade && !tournament->has_ended[step->agent])
    CRUCIBLE__TRY(end_agent(tournament, step->agent));
  tournament->equity[step->agent] = step->equity;
  tournament->n_orders += step->orders.n;
  tournament->n_trades += step->trades.n;
  return crucible__journal_add_records(tournament->journal, step->agent,
                                       &step->orders, &step->trades);
}

/* The arena says only that it was stopped: the reason is kept here. */
static int32_t take_step(const crucible_agent_step *step, void *data) {
  crucible_tournament *tournament = data;
  tournament->step_status = record_step(tournament, step);
  if (tournament->step_status != CRUCIBLE_OK)
    (void)snprintf(tournament->step_error, sizeof tournament->step_error, "%s",
                   crucible_last_error());
  return tournament->step_status;
}

static crucible_status hold(crucible_tournament *tournament,
                            const crucible_bar *bar, double *equity) {
  crucible_bars bars = {.struct_size = sizeof bars};
  crucible_market market = {.struct_size = sizeof market};
  crucible_ledger ledger = {.struct_size = sizeof ledger};
  CRUCIBLE__TRY(crucible_arena_market(
      tournament->arena, tournament->options.timeframe_ms, &bars, &market));
  CRUCIBLE__TRY(crucible_trader_push(
      tournament->holder, bar, market.sigma[bars.n - 1],
      market.volume_forecast[bars.n - 1], (double)NAN, 1.0));
  CRUCIBLE__TRY(crucible_trader_ledger(tournament->holder, &ledger));
  *equity = ledger.equity;
  return CRUCIBLE_OK;
}

static crucible_status write_block(crucible_tournament *tournament) {
  block *b = &tournament->block;
  if (b->n == 0)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible__journal_add_times(tournament->journal, b->first_bar,
                                            b->close_ms, b->n));
  for (uint32_t i = 0; i <= tournament->n_agents; ++i)
    CRUCIBLE__TRY(crucible__journal_add_curve(
        tournament->journal, (int64_t)i + CRUCIBLE__HOLDER, b->first_bar,
        b->equity + (size_t)i * CRUCIBLE__CHECKPOINT_BARS, b->n));
  b->first_bar += b->n;
  b->n = 0;
  return CRUCIBLE_OK;
}

static crucible_status checkpoint(crucible_tournament *tournament) {
  CRUCIBLE__TRY(write_block(tournament));
  CRUCIBLE__TRY(write_ledgers(tournament));
  crucible__arena_accounts(tournament->arena, tournament->accounts);
  return crucible__journal_add_checkpoint(
      tournament->journal, tournament->state.n_bars, tournament->state.until_ms,
      tournament->state.input_hash, tournament->accounts,
      crucible__arena_accounts_size(tournament->arena));
}

static crucible_status trade_bar(crucible_tournament *tournament,
                                 const crucible_bar *bar) {
  block *b = &tournament->block;
  crucible_status status =
      crucible_arena_push(tournament->arena, bar, take_step, tournament);
  if (status == CRUCIBLE_E_CALLBACK)
    return crucible__fail(tournament->step_status, "%s",
                          tournament->step_error);
  CRUCIBLE__TRY(status);
  double holder;
  CRUCIBLE__TRY(hold(tournament, bar, &holder));
  b->close_ms[b->n] = tournament->state.until_ms;
  b->equity[b->n] = holder;
  for (size_t i = 0; i < tournament->n_agents; ++i)
    b->equity[(i + 1) * CRUCIBLE__CHECKPOINT_BARS + b->n] =
        tournament->equity[i];
  if (++b->n == CRUCIBLE__CHECKPOINT_BARS)
    CRUCIBLE__TRY(checkpoint(tournament));
  return CRUCIBLE_OK;
}

static void count_bar(crucible_tournament *tournament,
                      const crucible_bar *bar) {
  crucible__journal_state *state = &tournament->state;
  if (state->n_bars == 0)
    state->first_ms = bar->open_time_ms;
  else if (bar->open_time_ms != tournament->next_open_ms)
    ++state->n_gaps;
  ++state->n_bars;
  tournament->next_open_ms =
      bar->open_time_ms + tournament->options.timeframe_ms;
  state->until_ms = tournament->next_open_ms;
  hash_bar(tournament, bar);
}

/* One bar inside a transaction. */
static crucible_status take_bar(crucible_tournament *tournament,
                                const crucible_bar *bar) {
  crucible__journal_state *state = &tournament->state;
  count_bar(tournament, bar);
  if (state->phase == CRUCIBLE_PHASE_TRADING) {
    CRUCIBLE__TRY(trade_bar(tournament, bar));
  } else {
    CRUCIBLE__TRY(crucible_arena_push(tournament->arena, bar, NULL, NULL));
    if (state->n_bars == (uint64_t)tournament->config.tournament.train_bars)
      CRUCIBLE__TRY(forge_agents(tournament));
  }
  return crucible__journal_set_state(tournament->journal, state);
}

static crucible_status finish(crucible_tournament *tournament, int is_early) {
  char time[CRUCIBLE__TIME_TEXT];
  crucible__journal_state *state = &tournament->state;
  if (state->phase == CRUCIBLE_PHASE_TRADING) {
    CRUCIBLE__TRY(write_block(tournament));
    CRUCIBLE__TRY(write_ledgers(tournament));
  }
  state->phase = CRUCIBLE_PHASE_FINISHED;
  (void)crucible__write_time(crucible__clock_now_ms(), time);
  CRUCIBLE__TRY(crucible__journal_about(tournament->journal, "ended", time));
  CRUCIBLE__TRY(crucible__journal_add_event(tournament->journal, state->n_bars,
                                            state->until_ms, CRUCIBLE__NOBODY,
                                            "finished",
                                            is_early ? "by request, before the "
                                                       "input ended"
                                                     : "the input ended"));
  return crucible__journal_set_state(tournament->journal, state);
}

static crucible_status take_event(crucible_tournament *tournament,
                                  const crucible_event *event) {
  CRUCIBLE__TRY(crucible__journal_begin(tournament->journal));
  crucible_status status = event->kind == CRUCIBLE_EVENT_BAR
                               ? take_bar(tournament, &event->bar)
                               : finish(tournament, event->is_early);
  if (status == CRUCIBLE_OK)
    status = crucible__journal_commit(tournament->journal);
  if (status != CRUCIBLE_OK)
    crucible__journal_rollback(tournament->journal);
  return status;
}

crucible_status crucible_tournament_push(crucible_tournament *tournament,
                                         const crucible_event *event) {
  if (tournament == NULL || event == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          tournament == NULL ? "tournament" : "event");
  if (event->struct_size < sizeof *event)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "event.struct_size is %zu: set it to "
                          "sizeof(crucible_event)",
                          event->struct_size);
  if (event->is_early != 0 &&
      (event->is_early != 1 || event->kind != CRUCIBLE_EVENT_STOP))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "event.is_early is %d: give 0, or 1 with a STOP",
                          (int)event->is_early);
  if (event->kind != CRUCIBLE_EVENT_BAR && event->kind != CRUCIBLE_EVENT_STOP)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "event.kind is %d: use CRUCIBLE_EVENT_BAR or _STOP",
                          (int)event->kind);
  if (tournament->has_failed ||
      tournament->state.phase == CRUCIBLE_PHASE_FINISHED)
    return crucible__fail(
        CRUCIBLE_E_STATE, "the tournament %s: it takes no more events",
        tournament->has_failed ? "has failed before" : "is finished");
  if (event->kind == CRUCIBLE_EVENT_BAR)
    CRUCIBLE__TRY(crucible__arena_check(tournament->arena, &event->bar));
  crucible_status status = take_event(tournament, event);
  tournament->has_failed = status != CRUCIBLE_OK;
  return status;
}

crucible_status
crucible_tournament_progress(const crucible_tournament *tournament,
                             crucible_progress *progress) {
  if (tournament == NULL || progress == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          tournament == NULL ? "tournament" : "progress");
  crucible_progress full;
  fill_progress(tournament, &full);
  return crucible__result_write(progress, &full, sizeof full,
                                "crucible_progress");
}
