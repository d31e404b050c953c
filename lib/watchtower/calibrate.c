/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three passes over the same agents, made anew each time: the mean and variance
 * of their returns, from which the tilts follow; each agent alone before the
 * rules, for each planted ratio; tournaments.
 */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "watchtower/calibration.h"
#include "watchtower/null_world.h"

static const double day_ms = 86400000.0;

/* ---- options ---- */

static crucible_calibrate_options defaults(void) {
  crucible_calibrate_options o = {.struct_size = sizeof o,
                                  .market = CRUCIBLE_NULL_FLIPPED,
                                  .n_agents = 2000,
                                  .n_bars = 8640,
                                  .side = CRUCIBLE_SIDE_LONG,
                                  .block_bars = 288,
                                  .hold_bars = 12,
                                  .in_market = 0.3,
                                  .seed = 1,
                                  .n_slots = 10,
                                  .n_tournaments = 20};
  crucible_watchtower_options_init(&o.rules, sizeof o.rules);
  crucible_backtest_options_init(&o.backtest, sizeof o.backtest);
  return o;
}

void crucible_calibrate_options_init(crucible_calibrate_options *options,
                                     size_t struct_size) {
  const crucible_calibrate_options ours = defaults();
  crucible__options_init(options, struct_size, &ours, sizeof ours);
}

static crucible_status check_count(uint64_t value, uint64_t least,
                                   uint64_t most, const char *name) {
  if (value < least || value > most)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is %llu: give %llu to %llu",
                          name, (unsigned long long)value,
                          (unsigned long long)least, (unsigned long long)most);
  return CRUCIBLE_OK;
}

static crucible_status check_range(double value, double above, double most,
                                   const char *name) {
  if (!(value > above && value <= most))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is %g: give one in (%g, %g]",
                          name, value, above, most);
  return CRUCIBLE_OK;
}

static crucible_status check_lists(const crucible_calibrate_options *o) {
  CRUCIBLE__TRY(check_count(o->n_sharpes, 0, 64, "n_sharpes"));
  CRUCIBLE__TRY(check_count(o->n_horizons, 0, 64, "n_horizons"));
  if ((o->sharpes == NULL) != (o->n_sharpes == 0) ||
      (o->horizons == NULL) != (o->n_horizons == 0))
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "%s and its number do not fit: give both or neither",
        (o->sharpes == NULL) != (o->n_sharpes == 0) ? "sharpes" : "horizons");
  for (size_t i = 0; i < o->n_sharpes; ++i)
    if (!(fabs(o->sharpes[i]) <= 1000))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "sharpes[%zu] is %g: give annual ratios of at most "
                            "1000 in size",
                            i, o->sharpes[i]);
  for (size_t i = 0; i < o->n_horizons; ++i)
    if (o->horizons[i] > o->n_bars ||
        o->horizons[i] <= (i == 0 ? 0 : o->horizons[i - 1]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "horizons[%zu] is %u: give ascending numbers of "
                            "bars up to n_bars, %u",
                            i, o->horizons[i], o->n_bars);
  return CRUCIBLE_OK;
}

static crucible_status check_options(const crucible_calibrate_options *o) {
  if (o->market < CRUCIBLE_NULL_FLIPPED || o->market > CRUCIBLE_NULL_RECORDED)
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "market is %d: give CRUCIBLE_NULL_FLIPPED, _BOOTSTRAP "
        "or _RECORDED",
        (int)o->market);
  CRUCIBLE__TRY(check_count(o->n_agents, 1, 1000000, "n_agents"));
  CRUCIBLE__TRY(check_count(o->n_bars, 100, 10000000, "n_bars"));
  CRUCIBLE__TRY(check_count(o->n_slots, 0, 1024, "n_slots"));
  CRUCIBLE__TRY(
      check_count(o->n_tournaments, o->n_slots > 0, 100000, "n_tournaments"));
  if (!(o->block_bars >= 1) || !(o->hold_bars >= 1))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is %g: give at least 1 bar",
                          o->block_bars >= 1 ? "hold_bars" : "block_bars",
                          o->block_bars >= 1 ? o->hold_bars : o->block_bars);
  CRUCIBLE__TRY(check_range(o->in_market, 0, 0.95, "in_market"));
  if (!(o->periods_per_year >= 0 && isfinite(o->periods_per_year)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "periods_per_year is %g: give the bars of a year, or "
                          "0 for those of the timeframe",
                          o->periods_per_year);
  return check_lists(o);
}

/* ---- the work ---- */

/* Sums over all agents before any tilt. */
typedef struct sums {
  double n, net, square, in_market, trades;
} sums;

typedef struct job {
  const crucible__null_world *world;
  crucible_calibration *out;
  crucible__null_tracks *rooms; /* one a worker */
  sums *parts;                  /* one a chunk */
  const double *tilts;          /* one a planted ratio */
  double tilt;                  /* that of the tournaments */
  size_t n_chunks;
  crucible_calibrate_progress progress;
  void *progress_data;
  atomic_size_t n_done; /* items of all passes */
  size_t n_items;
} job;

static void tell(job *j) {
  const size_t done = atomic_fetch_add(&j->n_done, 1) + 1;
  if (j->progress != NULL)
    j->progress(j->progress_data, (double)done / (double)j->n_items);
}

static size_t agents_of(const job *j, size_t chunk) {
  const size_t room = j->rooms[0].n_agents;
  const size_t first = chunk * room, all = j->world->options->n_agents;
  return all - first < room ? all - first : room;
}

static crucible_status add_up(size_t chunk, uint32_t worker, void *data) {
  job *j = data;
  crucible__null_tracks *tracks = &j->rooms[worker];
  const size_t n = agents_of(j, chunk);
  CRUCIBLE__TRY(crucible__null_tracks_make(j->world, chunk * tracks->n_agents,
                                           n, tracks));
  sums part = {.n = (double)(n * j->world->options->n_bars)};
  for (size_t i = 0; i < n * j->world->options->n_bars; ++i) {
    const crucible__null_step *step = &tracks->steps[i];
    part.net += (double)step->net;
    part.square += (double)step->net * (double)step->net;
    part.in_market += step->in_market;
    part.trades += step->n_trades;
  }
  j->parts[chunk] = part;
  tell(j);
  return CRUCIBLE_OK;
}

/* What a bar of a record shows the watchtower, tilted. */
static crucible_observation seen_of(const crucible__null_step *step,
                                    double tilt, uint32_t agent,
                                    double *equity) {
  const double before = *equity;
  *equity = before * (1 + (double)step->net + (step->in_market ? tilt : 0));
  return (crucible_observation){
      .struct_size = sizeof(crucible_observation),
      .agent = agent,
      .equity = *equity,
      .n_trades = step->n_trades,
      .n_fills = step->n_fills,
      .trade_result = step->n_trades > 0 ? (double)step->trade * before : 0};
}

/* One agent before all sets of rules at once, alone. */
static crucible_status live(const crucible_calibrate_options *o,
                            const crucible__null_step *steps, double tilt,
                            crucible__life lives[CRUCIBLE_N_SETS]) {
  crucible_watchtower *tower = NULL;
  crucible_track track = {.struct_size = sizeof track};
  crucible__life *acting = &lives[CRUCIBLE_SET_ACTING];
  double equity = o->backtest.initial_cash;
  memset(lives, 0, CRUCIBLE_N_SETS * sizeof *lives);
  CRUCIBLE__TRY(crucible_watchtower_create(&o->rules, &tower));
  crucible_status status = crucible_watchtower_add(tower, 0, equity);
  for (uint32_t t = 0; t < o->n_bars && status == CRUCIBLE_OK; ++t) {
    crucible_verdict verdict = {.struct_size = sizeof verdict};
    const crucible_observation seen = seen_of(&steps[t], tilt, 0, &equity);
    size_t n = 0;
    status = crucible_watchtower_push(tower, &seen, 1, &verdict, &n);
    if (status != CRUCIBLE_OK || n == 0)
      continue;
    if (verdict.action == CRUCIBLE_ACTION_PROMOTE) {
      acting->promoted = t + 1;
      status = crucible_watchtower_promote(tower, 0);
    } else {
      acting->ended = t + 1;
      acting->rule = verdict.rule;
    }
  }
  if (status == CRUCIBLE_OK)
    status = crucible_watchtower_track(tower, 0, &track);
  crucible_watchtower_destroy(tower);
  lives[CRUCIBLE_SET_BLUEPRINT] =
      (crucible__life){(uint32_t)track.blueprint_promoted,
                       (uint32_t)track.blueprint_ended, track.blueprint_rule};
  lives[CRUCIBLE_SET_ANYTIME] =
      (crucible__life){(uint32_t)track.anytime_promoted,
                       (uint32_t)track.anytime_ended, track.anytime_rule};
  return status;
}

static crucible_status judge(size_t chunk, uint32_t worker, void *data) {
  job *j = data;
  const crucible_calibrate_options *o = j->world->options;
  crucible__null_tracks *tracks = &j->rooms[worker];
  const size_t n = agents_of(j, chunk), first = chunk * tracks->n_agents;
  CRUCIBLE__TRY(crucible__null_tracks_make(j->world, first, n, tracks));
  for (size_t s = 0; s < j->out->n_sharpes; ++s)
    for (size_t k = 0; k < n; ++k)
      CRUCIBLE__TRY(live(o, tracks->steps + k * o->n_bars, j->tilts[s],
                         crucible__calibration_lives(j->out, s, first + k)));
  tell(j);
  return CRUCIBLE_OK;
}

/* ---- tournaments ---- */

static const uint32_t SETS[CRUCIBLE_N_SETS] = {
    [CRUCIBLE_SET_BLUEPRINT] = CRUCIBLE_RULES_BLUEPRINT,
    [CRUCIBLE_SET_ANYTIME] = CRUCIBLE_RULES_ANYTIME};

/* A tournament with its slots. */
typedef struct play {
  const job *j;
  crucible__null_tracks *tracks; /* where the next agents come from */
  uint64_t stream;               /* of the next chunk of them */
  size_t used;                   /* of this chunk */
  crucible_watchtower *tower;
  struct slot {
    crucible__null_step *steps; /* [n_bars] of its agent */
    uint32_t agent, age;
    double equity;
  } * slots; /* [n_slots] by number of agent */
  uint32_t n_slots, n_agents;
  uint64_t n_promotions;
} play;

/* The next agent moves into a slot, which becomes the last. */
static crucible_status fill_slot(play *p, uint32_t at) {
  const crucible_calibrate_options *o = p->j->world->options;
  if (p->used == p->tracks->n_agents) {
    CRUCIBLE__TRY(
        crucible__null_tracks_make(p->j->world, p->stream, p->used, p->tracks));
    p->stream += p->used;
    p->used = 0;
  }
  struct slot slot = p->slots[at];
  memmove(p->slots + at, p->slots + at + 1,
          (p->n_slots - at - 1) * sizeof slot);
  memcpy(slot.steps, p->tracks->steps + p->used++ * o->n_bars,
         o->n_bars * sizeof *slot.steps);
  slot.agent = p->n_agents++;
  slot.age = 0;
  slot.equity = o->backtest.initial_cash;
  p->slots[p->n_slots - 1] = slot;
  return crucible_watchtower_add(p->tower, slot.agent, slot.equity);
}

static crucible_status play_bar(play *p, crucible_observation *seen,
                                crucible_verdict *verdicts) {
  size_t n = 0;
  for (uint32_t i = 0; i < p->n_slots; ++i) {
    struct slot *slot = &p->slots[i];
    seen[i] = seen_of(&slot->steps[slot->age++], p->j->tilt, slot->agent,
                      &slot->equity);
  }
  verdicts[0].struct_size = sizeof verdicts[0];
  CRUCIBLE__TRY(
      crucible_watchtower_push(p->tower, seen, p->n_slots, verdicts, &n));
  for (size_t v = 0; v < n; ++v) {
    uint32_t at = 0;
    p->n_promotions += verdicts[v].action == CRUCIBLE_ACTION_PROMOTE;
    CRUCIBLE__TRY(crucible_watchtower_close(p->tower, verdicts[v].agent));
    while (p->slots[at].agent != verdicts[v].agent)
      ++at;
    CRUCIBLE__TRY(fill_slot(p, at));
  }
  return CRUCIBLE_OK;
}

static crucible_status play_bars(play *p) {
  const uint32_t n_bars = p->j->world->options->n_bars;
  crucible_observation *seen = crucible__alloc(p->n_slots, sizeof *seen);
  crucible_verdict *verdicts =
      seen == NULL ? NULL : crucible__alloc(p->n_slots, sizeof *verdicts);
  crucible_status status = verdicts == NULL ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
  for (uint32_t i = 0; i < p->n_slots && status == CRUCIBLE_OK; ++i)
    status = fill_slot(p, 0);
  for (uint32_t t = 0; t < n_bars && status == CRUCIBLE_OK; ++t)
    status = play_bar(p, seen, verdicts);
  crucible__free(verdicts);
  crucible__free(seen);
  return status;
}

/* What one tournament came to. */
typedef struct played {
  uint64_t n_agents, n_promotions;
} played;

static crucible_status play_one(const job *j, crucible__null_tracks *tracks,
                                uint32_t rules, uint64_t number,
                                played *result) {
  const crucible_calibrate_options *o = j->world->options;
  crucible_watchtower_options options = o->rules;
  /* Agents of their own, the same under each set of rules. */
  play p = {.j = j,
            .tracks = tracks,
            .stream = (number + 1) << 32,
            .used = tracks->n_agents,
            .n_slots = o->n_slots};
  crucible__null_step *steps =
      crucible__alloc((size_t)o->n_slots * o->n_bars, sizeof *steps);
  p.slots = crucible__alloc_zero(o->n_slots, sizeof *p.slots);
  crucible_status status =
      steps == NULL || p.slots == NULL ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
  options.rules = rules;
  if (status == CRUCIBLE_OK)
    status = crucible_watchtower_create(&options, &p.tower);
  if (status == CRUCIBLE_OK) {
    for (size_t i = 0; i < o->n_slots; ++i)
      p.slots[i].steps = steps + i * o->n_bars;
    status = play_bars(&p);
  }
  *result = (played){p.n_agents, p.n_promotions};
  crucible_watchtower_destroy(p.tower);
  crucible__free(p.slots);
  crucible__free(steps);
  return status;
}

typedef struct tournaments {
  job *j;
  played *results; /* [sets][n_tournaments] */
} tournaments;

static crucible_status play_item(size_t i, uint32_t worker, void *data) {
  tournaments *all = data;
  const crucible_calibrate_options *o = all->j->world->options;
  const size_t set = i / o->n_tournaments;
  CRUCIBLE__TRY(
      play_one(all->j, &all->j->rooms[worker],
               set == CRUCIBLE_SET_ACTING ? o->rules.rules : SETS[set],
               i % o->n_tournaments, &all->results[i]));
  tell(all->j);
  return CRUCIBLE_OK;
}

static void sum_up(job *j, const played *results) {
  const crucible_calibrate_options *o = j->world->options;
  const double bar_ms = (double)j->world->market->bars->timeframe_ms;
  const double months = o->n_tournaments * (o->n_bars * bar_ms / day_ms / 30);
  for (int set = 0; set < CRUCIBLE_N_SETS; ++set) {
    crucible_calibration_tournament *out = &j->out->tournaments[set];
    *out = (crucible_calibration_tournament){.struct_size = sizeof *out,
                                             .rule_set = set,
                                             .n_slots = o->n_slots,
                                             .months = months};
    for (size_t r = 0; r < o->n_tournaments; ++r) {
      out->n_agents += results[(size_t)set * o->n_tournaments + r].n_agents;
      out->n_promotions +=
          results[(size_t)set * o->n_tournaments + r].n_promotions;
    }
    crucible__poisson_interval(out->n_promotions, &out->low, &out->high);
    out->per_month = (double)out->n_promotions / months;
    out->low /= months;
    out->high /= months;
  }
  j->out->head.n_tournaments = CRUCIBLE_N_SETS;
}

/* ---- all of it ---- */

static crucible_status measure(job *j, crucible_pool *pool,
                               const crucible_cancel *cancel) {
  const crucible_calibrate_options *o = j->world->options;
  crucible_calibration_head *head = &j->out->head;
  sums all = {0};
  CRUCIBLE__TRY(crucible__pool_run(pool, j->n_chunks, add_up, j, cancel));
  for (size_t i = 0; i < j->n_chunks; ++i) {
    all.n += j->parts[i].n;
    all.net += j->parts[i].net;
    all.square += j->parts[i].square;
    all.in_market += j->parts[i].in_market;
    all.trades += j->parts[i].trades;
  }
  const double bar_ms = (double)j->world->market->bars->timeframe_ms;
  head->mean = all.net / all.n;
  head->stddev = sqrt(fmax(all.square / all.n - head->mean * head->mean, 0));
  head->in_market = all.in_market / all.n;
  head->trades_per_day = all.trades / all.n * (day_ms / bar_ms);
  head->periods_per_year =
      o->periods_per_year > 0 ? o->periods_per_year : 365 * day_ms / bar_ms;
  if (!(head->in_market > 0 && head->stddev > 0))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "none of %u agents traded in %u bars: look at cash, "
                          "minimum order and signals",
                          o->n_agents, o->n_bars);
  head->tilt = -head->mean / head->in_market;
  return CRUCIBLE_OK;
}

static crucible_status run(job *j, crucible_pool *pool,
                           const crucible_cancel *cancel) {
  const crucible_calibrate_options *o = j->world->options;
  CRUCIBLE__TRY(measure(j, pool, cancel));
  const crucible_calibration_head *head = &j->out->head;
  double tilts[64];
  for (size_t s = 0; s < j->out->n_sharpes; ++s) {
    const double ratio = j->out->sharpes[s] / sqrt(head->periods_per_year);
    tilts[s] = (ratio * head->stddev - head->mean) / head->in_market;
  }
  j->tilts = tilts;
  j->tilt = head->tilt;
  CRUCIBLE__TRY(crucible__pool_run(pool, j->n_chunks, judge, j, cancel));
  CRUCIBLE__TRY(crucible__calibration_tally(j->out));
  if (o->n_slots == 0)
    return CRUCIBLE_OK;
  const size_t n = (size_t)CRUCIBLE_N_SETS * o->n_tournaments;
  tournaments all = {.j = j, .results = crucible__alloc(n, sizeof(played))};
  if (all.results == NULL)
    return CRUCIBLE_E_NOMEM;
  const crucible_status status =
      crucible__pool_run(pool, n, play_item, &all, cancel);
  if (status == CRUCIBLE_OK)
    sum_up(j, all.results);
  crucible__free(all.results);
  return status;
}

static crucible_status with_rooms(job *j, crucible_pool *pool,
                                  const crucible_cancel *cancel) {
  const uint32_t workers = crucible_pool_threads(pool);
  const size_t room = crucible__null_room(j->world);
  crucible_status status = CRUCIBLE_OK;
  j->n_chunks = (j->world->options->n_agents + room - 1) / room;
  j->n_items = 2 * j->n_chunks;
  if (j->world->options->n_slots > 0)
    j->n_items += (size_t)CRUCIBLE_N_SETS * j->world->options->n_tournaments;
  j->parts = crucible__alloc(j->n_chunks, sizeof *j->parts);
  j->rooms = crucible__alloc_zero(workers, sizeof *j->rooms);
  if (j->parts == NULL || j->rooms == NULL)
    status = CRUCIBLE_E_NOMEM;
  for (uint32_t i = 0; i < workers && status == CRUCIBLE_OK; ++i)
    status = crucible__null_tracks_init(&j->rooms[i], j->world);
  if (status == CRUCIBLE_OK)
    status = run(j, pool, cancel);
  for (uint32_t i = 0; j->rooms != NULL && i < workers; ++i)
    crucible__null_tracks_free(&j->rooms[i]);
  crucible__free(j->rooms);
  crucible__free(j->parts);
  return status;
}

crucible_status crucible_calibrate(
    const crucible_market *market, const crucible_instrument *instrument,
    const crucible_calibrate_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_calibrate_progress progress,
    void *data, crucible_calibration **calibration) {
  crucible_calibrate_options chosen = defaults();
  crucible__null_world world;
  crucible_watchtower *tower = NULL;
  if (calibration == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "calibration is NULL: give a place for the result");
  *calibration = NULL;
  CRUCIBLE__TRY(crucible__options_read(&chosen, sizeof chosen, options,
                                       "crucible_calibrate_options"));
  CRUCIBLE__TRY(check_options(&chosen));
  CRUCIBLE__TRY(crucible_instrument_check(instrument));
  CRUCIBLE__TRY(crucible_watchtower_create(&chosen.rules, &tower));
  crucible_watchtower_destroy(tower); /* its rules can be */
  CRUCIBLE__TRY(crucible__null_world_init(&world, market, instrument, &chosen));
  job j = {.world = &world, .progress = progress, .progress_data = data};
  crucible_status status = crucible__calibration_create(&chosen, &j.out);
  if (status == CRUCIBLE_OK)
    status = with_rooms(&j, pool, cancel);
  crucible__null_world_free(&world);
  if (status == CRUCIBLE_OK)
    *calibration = j.out;
  else
    crucible_calibration_destroy(j.out);
  return status;
}
