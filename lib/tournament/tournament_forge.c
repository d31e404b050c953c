/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searches: an empty slot is a wish, a wish is admitted some bars later with
 * the search that it asked for, on the data of the bar at which it was asked.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/clock.h"
#include "factory/factory_state.h"
#include "tournament/tournament_state.h"

/* ---- making the factory ---- */

static crucible_status make_space(crucible_tournament *t) {
  const crucible__config *config = &t->config;
  crucible_genome_space_options options;
  crucible_genome_space_options_init(&options, sizeof options);
  options.instrument = &t->instrument;
  options.timeframes_ms = config->tournament.timeframes.timeframes_ms;
  options.n_timeframes = config->tournament.timeframes.n;
  options.has = t->options.has;
  options.allow_short = (int32_t)config->genome.allow_short;
  options.min_horizon_bars = (uint32_t)config->genome.min_horizon_bars;
  options.max_horizon_bars = (uint32_t)config->genome.max_horizon_bars;
  options.min_train_bars = (uint32_t)config->genome.min_train_bars;
  options.max_train_bars = (uint32_t)config->genome.max_train_bars;
  return crucible_genome_space_create(&options, &t->space);
}

/* The factory's options, and what they point to. */
typedef struct factory_terms {
  crucible_factory_options options;
  crucible_backtest_options backtest;
  crucible_forge_options forge;
  crucible_elite_options elites;
  crucible_genetic_options genetic;
  crucible_percentile_options median;
} factory_terms;

static void fill_terms(const crucible_tournament *t, factory_terms *terms) {
  const crucible__config *config = &t->config;
  crucible_factory_options *options = &terms->options;
  crucible__config_backtest(config, &terms->backtest);
  crucible__config_forge(config, &terms->forge);
  crucible__config_elites(config, &terms->elites);
  crucible__config_study(config, &terms->genetic, &terms->median);
  crucible_factory_options_init(options, sizeof *options);
  options->space = t->space;
  options->instrument = &t->instrument;
  options->backtest = &terms->backtest;
  options->forge = &terms->forge;
  options->elites = &terms->elites;
  options->genetic = &terms->genetic;
  options->median = &terms->median;
  options->seed = t->options.seed;
  options->n_trials = (uint32_t)config->study.trials;
  options->batch = (uint32_t)config->study.batch;
  options->n_prior = (uint32_t)config->study.prior;
  options->holdout_bars = (uint32_t)config->forge.holdout;
  options->window_bars = (uint32_t)crucible__config_window(config);
  options->gate = (int32_t)config->forge.gate + CRUCIBLE_GATE_EXPLORE;
  options->max_correlation = config->study.max_correlation;
  options->base_timeframe_ms = t->options.timeframe_ms;
}

crucible_status crucible__forge_create(crucible_tournament *t) {
  factory_terms terms;
  CRUCIBLE__TRY(make_space(t));
  fill_terms(t, &terms);
  return crucible_factory_create(&terms.options, &t->factory);
}

crucible_status crucible__forge_load(crucible_tournament *t,
                                     crucible__unpack *unpack) {
  factory_terms terms;
  crucible_factory *loaded;
  fill_terms(t, &terms);
  CRUCIBLE__TRY(crucible__factory_load(&terms.options, unpack, &loaded));
  crucible_factory_destroy(t->factory);
  t->factory = loaded;
  return CRUCIBLE_OK;
}

crucible_status crucible__market_of(const crucible_tournament *t,
                                    int64_t timeframe_ms, uint64_t n_bars,
                                    crucible__market_view *view) {
  view->bars = (crucible_bars){.struct_size = sizeof view->bars};
  view->market = (crucible_market){.struct_size = sizeof view->market};
  CRUCIBLE__TRY(crucible_arena_market(t->arena, timeframe_ms, &view->bars,
                                      &view->market));
  if (n_bars > 0 && n_bars < view->bars.n)
    view->bars.n = n_bars;
  return CRUCIBLE_OK;
}

/* ---- wishes ---- */

void crucible__wish_clear(crucible__wish *wish) {
  for (size_t i = 0; i < wish->n_elites; ++i)
    crucible_genome_destroy((crucible_genome *)wish->elites[i].genome);
  crucible__free(wish->elites);
  memset(wish, 0, sizeof *wish);
}

static size_t count_empty(const crucible_tournament *t) {
  size_t n = 0;
  for (int64_t i = 0; i < t->config.tournament.agents; ++i)
    n += t->slots[i] < 0;
  return n;
}

/* While nothing is promoted the best living agents stand in. */
static crucible_status set_provisional(crucible_tournament *t) {
  crucible_elite *living = crucible__alloc_zero(t->n_seats, sizeof *living);
  size_t n = 0;
  crucible_status status = living != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < t->n_seats && status == CRUCIBLE_OK; ++i) {
    const crucible__seat *seat = t->seats[i];
    crucible_track track = {.struct_size = sizeof track};
    status = crucible_watchtower_track(t->watchtower, seat->agent, &track);
    if (status != CRUCIBLE_OK || seat->is_closing || isnan(track.z) ||
        track.n_bars < (uint64_t)t->config.watchtower.min_bars)
      continue;
    living[n++] = (crucible_elite){.struct_size = sizeof *living,
                                   .genome = seat->trained.genome,
                                   .label = CRUCIBLE_ELITE_PROVISIONAL,
                                   .agent = seat->agent,
                                   .z = track.z,
                                   .dsr = track.dsr_live,
                                   .n_bars = track.n_bars,
                                   .bar = t->state.n_bars};
  }
  if (status == CRUCIBLE_OK)
    status = crucible_elite_pool_set_provisional(
        crucible_factory_pool(t->factory), living, n, t->state.n_bars);
  crucible__free(living);
  return status;
}

/* The pool as it is now; genomes of the wish's own, since members may go. */
static crucible_status take_snapshot(crucible_tournament *t) {
  crucible__wish *wish = &t->wish;
  crucible_elite_pool *pool = crucible_factory_pool(t->factory);
  CRUCIBLE__TRY(set_provisional(t));
  CRUCIBLE__TRY(crucible_elite_pool_refresh(pool, t->state.n_bars));
  size_t n = crucible_elite_pool_count(pool);
  wish->elites = crucible__alloc_zero(n, sizeof *wish->elites);
  if (wish->elites == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < n; ++i) {
    crucible_elite *elite = &wish->elites[i];
    crucible_genome *copy;
    elite->struct_size = sizeof *elite;
    CRUCIBLE__TRY(crucible_elite_pool_get(pool, i, elite));
    const char *json = crucible_genome_json(elite->genome, 1);
    CRUCIBLE__TRY(crucible_genome_parse(json, strlen(json), &copy));
    elite->genome = copy;
    ++wish->n_elites;
    CRUCIBLE__TRY(
        crucible__journal_add_seed(t->journal, wish->study, i, elite));
  }
  return CRUCIBLE_OK;
}

static crucible_status make_wish(crucible_tournament *t, size_t n_wanted) {
  crucible__wish *wish = &t->wish;
  const crucible__times *times = &t->config.tournament.timeframes;
  crucible__wish_clear(wish); /* one that was loaded may hold an empty list */
  *wish = (crucible__wish){.study = ++t->state.n_studies,
                           .bar = t->state.n_bars,
                           .admit_bar =
                               t->state.n_bars +
                               (uint64_t)t->config.tournament.forging_delay,
                           .n_wanted = (uint32_t)n_wanted};
  for (size_t i = 0; i < times->n; ++i) {
    crucible__market_view view;
    CRUCIBLE__TRY(crucible__market_of(t, times->timeframes_ms[i], 0, &view));
    wish->n_bars[i] = view.bars.n;
  }
  CRUCIBLE__TRY(crucible__journal_add_study(t->journal, wish->study, wish->bar,
                                            t->state.until_ms, wish->admit_bar,
                                            wish->n_wanted));
  return take_snapshot(t);
}

/* ---- the search ---- */

static void tell_progress(const crucible_factory_progress *at, void *data) {
  crucible_tournament *t = data;
  crucible_progress progress;
  t->search_done = at->n_done;
  t->search_total = at->n_total;
  if (t->options.progress == NULL)
    return;
  crucible__tournament_progress(t, &progress);
  t->options.progress(&progress, t->options.user_data);
}

static crucible_living living_of(const crucible__trained *trained,
                                 uint32_t agent) {
  return (crucible_living){.struct_size = sizeof(crucible_living),
                           .agent = agent,
                           .genome = trained->genome,
                           .model = trained->model,
                           .model_bytes = trained->model_bytes,
                           .plan = &trained->plan};
}

/* Agents that trade, and those that are ready to. */
static crucible_status list_living(const crucible_tournament *t,
                                   crucible_living **living, size_t *n) {
  crucible_living *list =
      crucible__alloc(t->n_seats + t->n_bench, sizeof *list);
  *n = 0;
  *living = list;
  if (list == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < t->n_seats; ++i)
    if (!t->seats[i]->is_closing)
      list[(*n)++] = living_of(&t->seats[i]->trained, t->seats[i]->agent);
  for (size_t i = 0; i < t->n_bench; ++i)
    list[(*n)++] = living_of(&t->bench[i].trained, UINT32_MAX);
  return CRUCIBLE_OK;
}

static crucible_status run_search(crucible_tournament *t,
                                  crucible_search **search) {
  const crucible__wish *wish = &t->wish;
  const crucible__times *times = &t->config.tournament.timeframes;
  crucible__market_view views[CRUCIBLE__TIMES_MAX];
  crucible_market markets[CRUCIBLE__TIMES_MAX];
  crucible_living *living;
  size_t n_living;
  for (size_t i = 0; i < times->n; ++i) {
    CRUCIBLE__TRY(crucible__market_of(t, times->timeframes_ms[i],
                                      wish->n_bars[i], &views[i]));
    markets[i] = views[i].market;
    markets[i].bars = &views[i].bars;
  }
  CRUCIBLE__TRY(list_living(t, &living, &n_living));
  const crucible_factory_request request = {.struct_size = sizeof request,
                                            .study = wish->study,
                                            .bar = wish->bar,
                                            .n_wanted = wish->n_wanted,
                                            .n_markets = (uint32_t)times->n,
                                            .markets = markets,
                                            .elites = wish->elites,
                                            .n_elites = wish->n_elites,
                                            .living = living,
                                            .n_living = n_living,
                                            .lived = t->lived,
                                            .n_lived = t->n_lived,
                                            .progress = tell_progress,
                                            .user_data = t};
  crucible_status status = crucible_factory_search(
      t->factory, &request, t->options.pool, t->options.cancel, search);
  t->search_done = t->search_total = 0;
  crucible__free(living);
  return status;
}

static crucible_status write_times(crucible_tournament *t,
                                   const crucible_forge_times *times,
                                   int64_t ns) {
  const struct {
    const char *part;
    double seconds;
  } parts[] = {{"searches", (double)ns * 1e-9},
               {"labels", times->labels},
               {"features", times->features},
               {"training", times->training},
               {"backtest", times->backtest}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i)
    CRUCIBLE__TRY(crucible__journal_add_time(
        t->journal, parts[i].part, 1, (int64_t)(parts[i].seconds * 1e9)));
  return CRUCIBLE_OK;
}

/* ---- what a search left, for a run that goes on ---- */

static crucible_status save_trial(const crucible_search *search, uint64_t i,
                                  crucible__pack *pack) {
  crucible_factory_trial trial = {.struct_size = sizeof trial};
  CRUCIBLE__TRY(crucible_search_trial(search, i, &trial));
  crucible__pack_text(
      pack, trial.genome != NULL ? crucible_genome_json(trial.genome, 1) : "");
  crucible__pack_i64(pack, trial.state);
  crucible__pack_u64(pack, trial.elite);
  crucible__pack_u64(pack, trial.rank);
  crucible__pack_i64(pack, trial.is_feasible);
  crucible__pack_u64(pack, trial.n_folds);
  crucible__pack_f64(pack, trial.value);
  crucible__pack_f64(pack, trial.sharpe_base);
  return CRUCIBLE_OK;
}

static crucible_status save_search(const crucible_search *search,
                                   const crucible_search_report *report,
                                   crucible__pack *pack) {
  crucible__pack_u64(pack, report->n_infeasible);
  crucible__pack_u64(pack, report->n_failed);
  crucible__pack_text(pack, report->why);
  crucible__pack_u64(pack, report->n_trials);
  for (uint64_t i = 0; i < report->n_trials; ++i)
    CRUCIBLE__TRY(save_trial(search, i, pack));
  return crucible__pack_end(pack);
}

/* What take_search() needs of a search, whether it ran or was read. */
typedef struct outcome {
  crucible_search_report report;
  crucible_factory_trial *trials; /* read: [report.n_trials], genomes ours */
} outcome;

static void clear_outcome(outcome *o) {
  for (uint64_t i = 0; o->trials != NULL && i < o->report.n_trials; ++i)
    crucible_genome_destroy((crucible_genome *)o->trials[i].genome);
  crucible__free(o->trials);
  o->trials = NULL;
}

static crucible_status load_trial(crucible__unpack *unpack,
                                  crucible_factory_trial *trial) {
  crucible_genome *genome = NULL;
  const char *json = crucible__unpack_text(unpack);
  if (json[0] != '\0')
    CRUCIBLE__TRY(crucible_genome_parse(json, strlen(json), &genome));
  trial->struct_size = sizeof *trial;
  trial->genome = genome;
  trial->state = (int32_t)crucible__unpack_i64(unpack);
  trial->elite = (uint32_t)crucible__unpack_u64(unpack);
  trial->rank = (uint32_t)crucible__unpack_u64(unpack);
  trial->is_feasible = (int32_t)crucible__unpack_i64(unpack);
  trial->n_folds = (uint32_t)crucible__unpack_u64(unpack);
  trial->value = crucible__unpack_f64(unpack);
  trial->sharpe_base = crucible__unpack_f64(unpack);
  return CRUCIBLE_OK;
}

static crucible_status load_search(crucible__unpack *unpack, outcome *o) {
  crucible_search_report *report = &o->report;
  report->n_infeasible = crucible__unpack_u64(unpack);
  report->n_failed = crucible__unpack_u64(unpack);
  (void)snprintf(report->why, sizeof report->why, "%s",
                 crucible__unpack_text(unpack));
  size_t n = crucible__unpack_count(unpack, 8);
  o->trials = crucible__alloc_zero(n, sizeof *o->trials);
  if (o->trials == NULL)
    return CRUCIBLE_E_NOMEM;
  report->n_trials = n;
  for (size_t i = 0; i < n; ++i) {
    CRUCIBLE__TRY(load_trial(unpack, &o->trials[i]));
    o->trials[i].number = i;
    report->n_replacements += o->trials[i].rank > 0;
  }
  return crucible__unpack_end(unpack, "a search of the journal");
}

static crucible_status read_search(crucible_tournament *t, outcome *o) {
  void *bytes;
  size_t n_bytes;
  CRUCIBLE__TRY(crucible__journal_read_search(t->journal, t->wish.study, &bytes,
                                              &n_bytes));
  crucible__unpack unpack = {.data = bytes, .length = n_bytes};
  crucible_status status = load_search(&unpack, o);
  crucible__free(bytes);
  return status;
}

static crucible_status write_search(crucible_tournament *t,
                                    const crucible_search *search,
                                    const crucible_search_report *report) {
  crucible__pack pack = {0};
  crucible_status status = save_search(search, report, &pack);
  if (status == CRUCIBLE_OK)
    status =
        crucible__journal_add_search(t->journal, t->wish.study, search, &pack);
  crucible__pack_free(&pack);
  return status;
}

/* ---- admission ---- */

static crucible_status copy_winner(crucible_tournament *t,
                                   const crucible_genome *genome, uint32_t rank,
                                   crucible__trained *trained) {
  const char *json = crucible_genome_json(genome, 1);
  crucible_genes genes = {.struct_size = sizeof genes};
  *trained = (crucible__trained){.study = t->wish.study, .rank = rank};
  CRUCIBLE__TRY(crucible_genome_genes(genome, &genes));
  CRUCIBLE__TRY(crucible_genome_parse(json, strlen(json), &trained->genome));
  trained->plan = genes.plan;
  return CRUCIBLE_OK;
}

/* Room for a winner at the bench's end; it counts once it is filled. */
static crucible_status next_place(crucible_tournament *t,
                                  crucible__ready **ready) {
  CRUCIBLE__TRY(crucible__grow((void **)&t->bench, &t->bench_capacity,
                               t->n_bench + 1, sizeof *t->bench));
  *ready = &t->bench[t->n_bench];
  **ready = (crucible__ready){.bar = t->wish.bar};
  return CRUCIBLE_OK;
}

static crucible_status add_winner(crucible_tournament *t,
                                  const crucible_search *search, uint32_t i) {
  crucible_replacement winner = {.struct_size = sizeof winner};
  crucible__ready *ready;
  CRUCIBLE__TRY(crucible_search_replacement(search, i, &winner));
  CRUCIBLE__TRY(next_place(t, &ready));
  CRUCIBLE__TRY(copy_winner(t, winner.genome, i + 1, &ready->trained));
  ++t->n_bench;
  crucible__trained *trained = &ready->trained;
  trained->plan = *winner.plan;
  trained->model = crucible__alloc(winner.model_bytes, 1);
  if (trained->model == NULL)
    return CRUCIBLE_E_NOMEM;
  trained->model_bytes = winner.model_bytes;
  memcpy(trained->model, winner.model, winner.model_bytes);
  return CRUCIBLE_OK;
}

static crucible_status read_winner(crucible_tournament *t, const outcome *o,
                                   uint32_t i) {
  crucible__ready *ready;
  for (uint64_t k = 0; k < o->report.n_trials; ++k) {
    if (o->trials[k].rank != i + 1)
      continue;
    CRUCIBLE__TRY(next_place(t, &ready));
    crucible__trained *trained = &ready->trained;
    CRUCIBLE__TRY(copy_winner(t, o->trials[k].genome, i + 1, trained));
    ++t->n_bench;
    return crucible__journal_read_model(t->journal, t->wish.study, i + 1, -1, 1,
                                        &trained->plan, &trained->model,
                                        &trained->model_bytes);
  }
  return crucible__fail(CRUCIBLE_E_STORE,
                        "the journal's search %llu lacks its winner %u",
                        (unsigned long long)t->wish.study, (unsigned)i + 1);
}

static void drop_from_bench(crucible_tournament *t, size_t i) {
  crucible__trained_clear(&t->bench[i].trained);
  --t->n_bench;
  memmove(t->bench + i, t->bench + i + 1, (t->n_bench - i) * sizeof *t->bench);
}

/* What is known before anything was traded: without one genome that could be
   trained nothing ever will be. */
static crucible_status check_first(const crucible_tournament *t,
                                   const crucible_search *search,
                                   const crucible_search_report *report) {
  crucible_factory_trial trial = {.struct_size = sizeof trial};
  if (t->wish.study != 1 || report->n_failed < report->n_trials)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible_search_trial(search, report->n_trials - 1, &trial));
  return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                        "none of %llu genomes could be trained; the last: %s",
                        (unsigned long long)report->n_trials, trial.reason);
}

static crucible_status search_now(crucible_tournament *t, outcome *o) {
  crucible_search *search;
  int64_t begin = crucible__clock_monotonic_ns();
  CRUCIBLE__TRY(run_search(t, &search));
  int64_t ns = crucible__clock_monotonic_ns() - begin;
  crucible_status status = crucible_search_report_of(search, &o->report);
  if (status == CRUCIBLE_OK)
    status = check_first(t, search, &o->report);
  if (status == CRUCIBLE_OK)
    status = write_search(t, search, &o->report);
  if (status == CRUCIBLE_OK)
    status = write_times(t, &o->report.times, ns);
  if (status == CRUCIBLE_OK)
    status = crucible_factory_admit(t->factory, search);
  for (uint32_t i = 0; status == CRUCIBLE_OK && i < o->report.n_replacements;
       ++i)
    status = add_winner(t, search, i);
  t->n_trained += o->report.n_trials;
  crucible_search_destroy(search);
  return status;
}

static crucible_status search_before(crucible_tournament *t, outcome *o) {
  CRUCIBLE__TRY(read_search(t, o));
  CRUCIBLE__TRY(crucible__factory_learn(t->factory, t->wish.study, o->trials,
                                        (size_t)o->report.n_trials));
  for (uint32_t i = 0; i < o->report.n_replacements; ++i)
    CRUCIBLE__TRY(read_winner(t, o, i));
  return CRUCIBLE_OK;
}

/* A search that the journal holds is read, not run again. */
static crucible_status admit(crucible_tournament *t) {
  outcome o = {.report = {.struct_size = sizeof o.report}};
  const crucible_search_report *report = &o.report;
  /* The living have traded until now: a search that is read leaves the same
     state behind as one that runs. */
  for (size_t i = 0; i < t->n_seats; ++i)
    t->lived[t->seats[i]->agent].until_ms = t->state.until_ms;
  crucible_status status = t->state.n_bars <= t->resume_bar
                               ? search_before(t, &o)
                               : search_now(t, &o);
  clear_outcome(&o);
  CRUCIBLE__TRY(status);
  crucible__wish_clear(&t->wish);
  t->state.n_trials += report->n_trials;
  t->state.n_infeasible += report->n_infeasible + report->n_failed;
  if (report->n_replacements == 0)
    t->retry_bar = t->state.n_bars + (uint64_t)t->config.tournament.retry;
  return report->why[0] != '\0'
             ? crucible__tournament_event(t, CRUCIBLE__NOBODY,
                                          "no viable model", report->why)
             : CRUCIBLE_OK;
}

/* ---- slots ---- */

static crucible_status drop_old(crucible_tournament *t) {
  for (size_t i = t->n_bench; i-- > 0;) {
    const crucible__ready *ready = &t->bench[i];
    if (t->state.n_bars - ready->bar <=
        (uint64_t)t->config.tournament.bench_age)
      continue;
    CRUCIBLE__TRY(crucible__journal_set_replacement(
        t->journal, ready->trained.study, ready->trained.rank, "too old", -1));
    drop_from_bench(t, i);
  }
  return CRUCIBLE_OK;
}

static crucible_status fill(crucible_tournament *t) {
  for (int64_t i = 0; i < t->config.tournament.agents && t->n_bench > 0; ++i) {
    if (t->slots[i] >= 0)
      continue;
    crucible__trained trained = t->bench[0].trained;
    uint64_t data_bar = t->bench[0].bar;
    memset(&t->bench[0].trained, 0, sizeof t->bench[0].trained);
    drop_from_bench(t, 0);
    crucible_status status =
        crucible__seat_add(t, &trained, (uint32_t)i, data_bar);
    crucible__trained_clear(&trained); /* nothing, if it changed hands */
    CRUCIBLE__TRY(status);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__forge_fill_slots(crucible_tournament *t) {
  if (t->wish.study != 0 && t->state.n_bars >= t->wish.admit_bar)
    CRUCIBLE__TRY(admit(t));
  CRUCIBLE__TRY(drop_old(t));
  CRUCIBLE__TRY(fill(t));
  size_t n_empty = count_empty(t);
  /* The bench is filled again when it is used up: one search for several. */
  if (t->wish.study != 0 || t->state.n_bars < t->retry_bar ||
      (n_empty == 0 && (t->n_bench > 0 || t->config.tournament.bench == 0)))
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(make_wish(t, n_empty + (size_t)t->config.tournament.bench));
  /* without a delay the search is part of this bar */
  return t->config.tournament.forging_delay == 0 ? crucible__forge_fill_slots(t)
                                                 : CRUCIBLE_OK;
}
