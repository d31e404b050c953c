/* SPDX-License-Identifier: Apache-2.0 */
/* A tournament's making and its events. */
#include <crucible/tournament.h>

#include <string.h>

#include "arena/arena_state.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/clock.h"
#include "base/numtext.h"
#include "tournament/tournament_state.h"

void crucible_tournament_options_init(crucible_tournament_options *options,
                                      size_t struct_size) {
  const crucible_tournament_options defaults = {.seed = 1};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

void crucible_tournament_destroy(crucible_tournament *tournament) {
  crucible_tournament *t = tournament;
  if (t == NULL)
    return;
  crucible__journal_destroy(t->journal);
  crucible_arena_destroy(t->arena);
  crucible_watchtower_destroy(t->watchtower);
  crucible_factory_destroy(t->factory);
  crucible_trader_destroy(t->holder);
  crucible_space_destroy(t->space);
  for (size_t i = 0; i < t->n_seats; ++i)
    crucible__seat_destroy(t->seats[i]);
  for (size_t i = 0; i < t->n_bench; ++i)
    crucible__trained_clear(&t->bench[i].trained);
  crucible__wish_clear(&t->wish);
  crucible__free(t->seats);
  crucible__free(t->slots);
  crucible__free(t->lived);
  crucible__free(t->bench);
  crucible__free(t->seen);
  crucible__free(t->verdicts);
  crucible__free(t->checkpoint);
  crucible__free(t);
}

/* ---- making ---- */

static crucible_status make_arena(crucible_tournament *t) {
  const crucible__config *config = &t->config;
  crucible_arena_options options;
  crucible_arena_options_init(&options, sizeof options);
  options.instrument = &t->instrument;
  options.timeframes_ms = config->tournament.timeframes.timeframes_ms;
  options.n_timeframes = config->tournament.timeframes.n;
  options.has = t->options.has;
  options.volume_window = (uint32_t)config->costs.volume_window;
  options.sigma_window = (uint32_t)config->volatility.window;
  options.sigma_refit = (uint32_t)config->volatility.refit;
  options.sigma_first = (uint32_t)config->volatility.first;
  crucible__config_backtest(config, &options.backtest);
  return crucible_arena_create(&options, t->options.pool, &t->arena);
}

static crucible_status make_slots(crucible_tournament *t) {
  size_t n = (size_t)t->config.tournament.agents;
  t->slots = crucible__alloc(n, sizeof *t->slots);
  if (t->slots == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < n; ++i)
    t->slots[i] = -1;
  return CRUCIBLE_OK;
}

/* What an instrument makes wrong in a configuration that is right in itself. */
static crucible_status check_account(const crucible_tournament *t) {
  const crucible_instrument *instrument = &t->instrument;
  const crucible__config *config = &t->config;
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

static crucible_status check_bars(const crucible_tournament *t) {
  const crucible__config *config = &t->config;
  const crucible__times *times = &config->tournament.timeframes;
  int64_t window = crucible__config_window(config);
  if (t->options.timeframe_ms != times->timeframes_ms[0])
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "bars of %lld ms are to be pushed, but the configuration's first "
        "timeframe is %lld ms: set tournament.timeframes",
        (long long)t->options.timeframe_ms, (long long)times->timeframes_ms[0]);
  if (config->tournament.train_bars < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "tournament.train_bars is 0: only who knows how many "
                          "bars will come can take half of them; give a "
                          "number");
  if (config->forge.holdout >= window)
    return crucible__fail(
        CRUCIBLE_E_DATA,
        "configuration: $.forge.holdout is %lld: a search has only %lld bars "
        "in all (forge.window, or tournament.train_bars); give less than half "
        "of them",
        (long long)config->forge.holdout, (long long)window);
  return CRUCIBLE_OK;
}

static crucible_status take_options(crucible_tournament *t,
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
  memcpy(&t->instrument, options->instrument,
         given < sizeof t->instrument ? given : sizeof t->instrument);
  t->instrument.struct_size = sizeof t->instrument;
  t->options = *options;
  CRUCIBLE__TRY(crucible_config_resolve(options->config, "configuration", NULL,
                                        0, config, capacity, &length));
  if (length >= capacity)
    return crucible__fail(CRUCIBLE_E_INVALID, "the configuration is too long");
  CRUCIBLE__TRY(
      crucible__config_read(config, length, "configuration", &t->config));
  if (t->config.costs.spread != 0)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "configuration: $.costs.spread is \"edge\": a "
                          "tournament trades a spread of spread_bps, give "
                          "\"fixed\" (a backtest can estimate it)");
  CRUCIBLE__TRY(check_account(t));
  return check_bars(t);
}

static crucible_status
fill_tournament(crucible_tournament *t, crucible_store *store,
                const crucible_tournament_options *options) {
  char config[8192];
  crucible_watchtower_options rules;
  CRUCIBLE__TRY(take_options(t, options, config, sizeof config));
  CRUCIBLE__TRY(make_slots(t));
  CRUCIBLE__TRY(make_arena(t));
  crucible__config_watchtower(&t->config, &rules);
  crucible_status status = crucible_watchtower_create(&rules, &t->watchtower);
  if (status == CRUCIBLE_OK)
    status = crucible__forge_create(t);
  if (status != CRUCIBLE_OK)
    return crucible__fail_at(status, "configuration");
  crucible__sha256_init(&t->input);
  t->state.phase = CRUCIBLE_PHASE_COLLECTING;
  return crucible__tournament_open(t, store, config);
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

/* ---- events ---- */

crucible_status crucible__tournament_event(crucible_tournament *t,
                                           int64_t agent, const char *kind,
                                           const char *detail) {
  return crucible__journal_add_event(t->journal, t->state.n_bars,
                                     t->state.until_ms, agent, kind, detail);
}

/* A pause leaves no trace but a readable journal: what it writes beyond the
   last checkpoint is taken back when the run goes on. */
static crucible_status stop(crucible_tournament *t, int is_early) {
  char time[CRUCIBLE__TIME_TEXT];
  crucible__journal_state *state = &t->state;
  if (state->phase == CRUCIBLE_PHASE_TRADING)
    CRUCIBLE__TRY(crucible__tournament_flush(t));
  state->phase = is_early ? CRUCIBLE_PHASE_PAUSED : CRUCIBLE_PHASE_FINISHED;
  (void)crucible__write_time(crucible__clock_now_ms(), time);
  CRUCIBLE__TRY(
      crucible__journal_about(t->journal, is_early ? "paused" : "ended", time));
  if (!is_early)
    CRUCIBLE__TRY(crucible__tournament_event(t, CRUCIBLE__NOBODY, "finished",
                                             "the input ended"));
  return crucible__journal_set_state(t->journal, state);
}

static crucible_status take_event(crucible_tournament *t,
                                  const crucible_event *event) {
  CRUCIBLE__TRY(crucible__journal_begin(t->journal));
  crucible_status status = event->kind == CRUCIBLE_EVENT_BAR
                               ? crucible__tournament_bar(t, &event->bar)
                               : stop(t, event->is_early);
  int64_t begin = crucible__clock_monotonic_ns();
  if (status == CRUCIBLE_OK)
    status = crucible__journal_commit(t->journal);
  if (status != CRUCIBLE_OK)
    crucible__journal_rollback(t->journal);
  t->journal_ns += crucible__clock_monotonic_ns() - begin;
  return status;
}

static crucible_status check_event(const crucible_event *event) {
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
  return CRUCIBLE_OK;
}

/* Curves of those who live; of the dead a block was written for good. */
static crucible_status forget_pause(crucible_tournament *t) {
  if (t->state.phase != CRUCIBLE_PHASE_TRADING)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible__journal_forget_times(t->journal, t->block_first_bar));
  CRUCIBLE__TRY(crucible__journal_forget_curve(t->journal, CRUCIBLE__HOLDER,
                                               t->block_first_bar));
  for (size_t i = 0; i < t->n_seats; ++i)
    CRUCIBLE__TRY(crucible__journal_forget_curve(t->journal, t->seats[i]->agent,
                                                 t->seats[i]->first_bar));
  return CRUCIBLE_OK;
}

/* The first event that is new to the journal opens it for writing. */
static crucible_status end_resuming(crucible_tournament *t,
                                    const crucible_event *event) {
  if (t->resume_bar == 0)
    return CRUCIBLE_OK;
  if (t->state.n_bars < t->resume_bar) {
    if (event->kind == CRUCIBLE_EVENT_BAR)
      return CRUCIBLE_OK;
    return event->is_early
               ? CRUCIBLE_OK /* still muted: the journal stays as it is */
               : crucible__fail(CRUCIBLE_E_DATA,
                                "the journal's run has seen %llu bars, %llu "
                                "were pushed: push all of them first",
                                (unsigned long long)t->resume_bar,
                                (unsigned long long)t->state.n_bars);
  }
  crucible__journal_mute(t->journal, 0);
  t->resume_bar = 0;
  CRUCIBLE__TRY(crucible__journal_begin(t->journal));
  crucible_status status = forget_pause(t);
  if (status == CRUCIBLE_OK)
    status = crucible__journal_commit(t->journal);
  if (status != CRUCIBLE_OK)
    crucible__journal_rollback(t->journal);
  return status;
}

/* A finished run that was opened again changes no more: what is pushed is held
   against what it has seen. */
static crucible_status reread(crucible_tournament *t,
                              const crucible_event *event) {
  uint64_t all = t->resume_state.n_bars;
  if (event->kind == CRUCIBLE_EVENT_BAR && t->n_reread < all) {
    uint8_t hash[32];
    crucible__tournament_hash(t, &event->bar, hash);
    ++t->n_reread;
    if (t->n_reread == all && memcmp(hash, t->resume_state.input_hash, 32) != 0)
      return crucible__fail(CRUCIBLE_E_DATA,
                            "the %llu bars are not those that the finished run "
                            "has seen (SHA-256 of the input): give the same, "
                            "or another file for a new run",
                            (unsigned long long)all);
    return CRUCIBLE_OK;
  }
  if (event->kind == CRUCIBLE_EVENT_STOP &&
      (t->n_reread == all || event->is_early))
    return CRUCIBLE_OK;
  return crucible__fail(
      CRUCIBLE_E_DATA,
      "the run is finished: it has seen %llu bars, here %s. Give the same "
      "bars, or another file for a new run",
      (unsigned long long)all,
      event->kind == CRUCIBLE_EVENT_BAR ? "are more" : "are fewer");
}

crucible_status crucible_tournament_push(crucible_tournament *tournament,
                                         const crucible_event *event) {
  crucible_tournament *t = tournament;
  if (t == NULL || event == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          t == NULL ? "tournament" : "event");
  CRUCIBLE__TRY(check_event(event));
  if (t->is_reread)
    return reread(t, event);
  int is_over = t->state.phase == CRUCIBLE_PHASE_FINISHED ||
                t->state.phase == CRUCIBLE_PHASE_PAUSED;
  if (t->has_failed || is_over)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the tournament %s: it takes no more events",
                          t->has_failed ? "has failed before"
                          : t->state.phase == CRUCIBLE_PHASE_PAUSED
                              ? "is paused, create it anew to resume"
                              : "is finished");
  if (event->kind == CRUCIBLE_EVENT_BAR)
    CRUCIBLE__TRY(crucible__arena_check(t->arena, &event->bar));
  CRUCIBLE__TRY(end_resuming(t, event));
  crucible_status status = take_event(t, event);
  t->has_failed = status != CRUCIBLE_OK;
  return status;
}

/* ---- progress ---- */

void crucible__tournament_progress(const crucible_tournament *t,
                                   crucible_progress *progress) {
  uint32_t n_agents = 0;
  for (int64_t i = 0; i < t->config.tournament.agents; ++i)
    n_agents += t->slots[i] >= 0;
  *progress = (crucible_progress){
      .struct_size = sizeof *progress,
      .phase = t->resume_bar > 0 && t->state.n_bars < t->resume_bar
                   ? CRUCIBLE_PHASE_RESUMING
                   : t->state.phase,
      .n_agents = n_agents,
      .n_champions = t->n_champions,
      .n_ended = t->n_ended,
      .n_wanted = (uint64_t)t->config.tournament.agents,
      .n_bars = t->state.n_bars,
      .n_studies = t->state.n_studies,
      .n_trials = t->state.n_trials,
      .n_orders = t->state.n_orders,
      .n_trades = t->state.n_trades,
      .n_trained = t->n_trained,
      .n_repeated = t->n_repeated,
      .search_done = t->search_done,
      .search_total = t->search_total,
      .time_ms = t->state.until_ms};
}

crucible_status
crucible_tournament_progress(const crucible_tournament *tournament,
                             crucible_progress *progress) {
  if (tournament == NULL || progress == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          tournament == NULL ? "tournament" : "progress");
  crucible_progress full;
  crucible__tournament_progress(tournament, &full);
  return crucible__result_write(progress, &full, sizeof full,
                                "crucible_progress");
}
