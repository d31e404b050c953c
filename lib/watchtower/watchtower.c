/* SPDX-License-Identifier: Apache-2.0 */
#include "watchtower/tracks.h"

#include <math.h>
#include <stdalign.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "stats/moments.h"
#include "stats/multiple.h"
#include "watchtower/watchtower_rules.h"

enum {
  STRUCT_MAX = 65536, /* a larger struct_size is a forgotten one */
  WINDOW_MAX = 1 << 30
};

static const uint32_t ALL_RULES =
    (uint32_t)CRUCIBLE_RULES_DEFAULT | 1u << CRUCIBLE_RULE_DISCOVERY;

const char *crucible_rule_name(int32_t rule) {
  static const char *const names[] = {
      "?",          "death",     "decay_psr",    "decay_dsr",
      "inactive",   "expired",   "cannot_trade", "promotion",
      "proved_bad", "edge_gone", "bound",        "discovery"};
  return rule > 0 && rule <= CRUCIBLE_RULE_DISCOVERY ? names[rule] : names[0];
}

/* ---- options ---- */

static crucible_watchtower_options defaults(void) {
  return (crucible_watchtower_options){.struct_size =
                                           sizeof(crucible_watchtower_options),
                                       .rules = CRUCIBLE_RULES_DEFAULT,
                                       .decay = CRUCIBLE_DECAY_CROSSING,
                                       .death_equity = 0.5,
                                       .decay_psr = 0.9,
                                       .decay_dsr = 0.9,
                                       .promote_dsr = 0.99,
                                       .window = 2016,
                                       .min_bars = 500,
                                       .min_trades = 30,
                                       .inactive_bars = 864,
                                       .expired_bars = 8640,
                                       .bound_bars = 4000,
                                       .alpha = 0.05,
                                       .edge_run = 172800,
                                       .discovery_alpha = 0.1};
}

void crucible_watchtower_options_init(crucible_watchtower_options *options,
                                      size_t struct_size) {
  const crucible_watchtower_options ours = defaults();
  crucible__options_init(options, struct_size, &ours, sizeof ours);
}

static crucible_status check_probability(double value, const char *name) {
  if (!(value > 0 && value < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is %g: give a probability inside (0, 1)", name,
                          value);
  return CRUCIBLE_OK;
}

static crucible_status check_at_least(uint32_t value, uint32_t least,
                                      const char *name) {
  if (value < least)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is %u: give at least %u",
                          name, value, least);
  return CRUCIBLE_OK;
}

static crucible_status check_finite(double value, const char *name) {
  if (!isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is %g: give a Sharpe ratio per bar", name, value);
  return CRUCIBLE_OK;
}

static crucible_status check_anytime(const crucible_watchtower_options *o) {
  CRUCIBLE__TRY(check_finite(o->promote_sharpe, "promote_sharpe"));
  CRUCIBLE__TRY(check_finite(o->bad_sharpe, "bad_sharpe"));
  if (!(o->edge_sharpe >= 0 && isfinite(o->edge_sharpe)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "edge_sharpe is %g: give a Sharpe ratio per bar >= 0",
                          o->edge_sharpe);
  if (o->bad_sharpe > o->promote_sharpe)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "bad_sharpe is %g, above promote_sharpe %g: what is "
                          "promoted would be bad already",
                          o->bad_sharpe, o->promote_sharpe);
  if (!(o->alpha > 0 && o->alpha < 0.5))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "alpha is %g: give an error rate inside (0, 0.5)",
                          o->alpha);
  CRUCIBLE__TRY(check_probability(o->discovery_alpha, "discovery_alpha"));
  if (!(o->edge_run >= 10 && o->edge_run <= 1e12))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "edge_run is %g: give 10 bars to 1e12", o->edge_run);
  CRUCIBLE__TRY(check_at_least(o->bound_bars, 1, "bound_bars"));
  if (o->lags > CRUCIBLE__LAGS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID, "lags is %u: give at most %d",
                          o->lags, CRUCIBLE__LAGS_MAX);
  return CRUCIBLE_OK;
}

static crucible_status check_options(const crucible_watchtower_options *o) {
  if ((o->rules & ~ALL_RULES) != 0)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "rules is 0x%x: this library knows the rules 0x%x",
                          o->rules, ALL_RULES);
  if (o->decay != CRUCIBLE_DECAY_CROSSING && o->decay != CRUCIBLE_DECAY_LEVEL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "decay is %d: give CRUCIBLE_DECAY_CROSSING or _LEVEL",
                          (int)o->decay);
  if (!(o->death_equity >= 0 && o->death_equity < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "death_equity is %g: give a share of the initial "
                          "capital in [0, 1)",
                          o->death_equity);
  CRUCIBLE__TRY(check_probability(o->decay_psr, "decay_psr"));
  CRUCIBLE__TRY(check_probability(o->decay_dsr, "decay_dsr"));
  CRUCIBLE__TRY(check_probability(o->promote_dsr, "promote_dsr"));
  if (o->promote_dsr < o->decay_dsr)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "promote_dsr is %g, below decay_dsr %g: what is "
                          "promoted would have decayed already",
                          o->promote_dsr, o->decay_dsr);
  if (o->window < 2 || o->window > WINDOW_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID, "window is %u: give 2 to %d bars",
                          o->window, WINDOW_MAX);
  CRUCIBLE__TRY(check_at_least(o->min_bars, 2, "min_bars"));
  CRUCIBLE__TRY(check_at_least(o->inactive_bars, 1, "inactive_bars"));
  CRUCIBLE__TRY(check_at_least(o->expired_bars, 1, "expired_bars"));
  if (o->reserved != 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "reserved is %u: leave it 0",
                          o->reserved);
  return check_anytime(o);
}

/* ---- the object ---- */

/* What the anytime rules share over all records. */
static crucible_status make_rules(crucible_watchtower *tower) {
  const crucible_watchtower_options *o = &tower->options;
  crucible_sharpe_sequence_options bounds, read;
  crucible_edge_detector_options edge, edge_read;
  crucible_sharpe_sequence_options_init(&bounds, sizeof bounds);
  bounds.alpha = o->alpha;
  bounds.benchmark_per_observation = o->promote_sharpe;
  bounds.floor_per_observation = o->bad_sharpe;
  bounds.t_opt = o->bound_bars;
  bounds.burn_in = o->min_bars;
  bounds.lags = o->lags;
  CRUCIBLE__TRY(crucible__sequence_rule_make(&bounds, &read, &tower->bounds));
  crucible_edge_detector_options_init(&edge, sizeof edge);
  edge.run_length = o->edge_run;
  edge.burn_in = o->min_bars;
  edge.edge_per_observation = o->edge_sharpe;
  return crucible__edge_rule_make(&edge, &edge_read, &tower->edge);
}

crucible_status
crucible_watchtower_create(const crucible_watchtower_options *options,
                           crucible_watchtower **watchtower) {
  crucible_watchtower_options chosen = defaults();
  if (watchtower == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "watchtower is NULL: give a place for the object");
  *watchtower = NULL;
  CRUCIBLE__TRY(crucible__options_read(&chosen, sizeof chosen, options,
                                       "crucible_watchtower_options"));
  CRUCIBLE__TRY(check_options(&chosen));
  crucible_watchtower *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->options = chosen;
  made->promote_dsr = crucible__threshold_of(chosen.promote_dsr);
  made->decay_psr = crucible__threshold_of(chosen.decay_psr);
  made->decay_dsr = crucible__threshold_of(chosen.decay_dsr);
  const crucible_status status = make_rules(made);
  if (status != CRUCIBLE_OK) {
    crucible_watchtower_destroy(made);
    return status;
  }
  *watchtower = made;
  return CRUCIBLE_OK;
}

void crucible_watchtower_destroy(crucible_watchtower *watchtower) {
  if (watchtower == NULL)
    return;
  for (size_t i = 0; i < watchtower->n; ++i)
    crucible__record_clear(&watchtower->records[i]);
  crucible__free(watchtower->records);
  crucible__free(watchtower->ratios);
  crucible__free(watchtower->margins);
  crucible__free(watchtower->open);
  crucible__free(watchtower);
}

crucible_status crucible__tower_reserve(crucible_watchtower *tower, size_t n) {
  CRUCIBLE__TRY(crucible__grow((void **)&tower->records, &tower->records_room,
                               n, sizeof *tower->records));
  CRUCIBLE__TRY(crucible__grow((void **)&tower->ratios, &tower->ratios_room, n,
                               sizeof *tower->ratios));
  return crucible__grow((void **)&tower->open, &tower->open_room, n,
                        sizeof *tower->open);
}

crucible_status crucible_watchtower_add(crucible_watchtower *watchtower,
                                        uint32_t agent, double initial_equity) {
  if (watchtower == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "watchtower is NULL: create one");
  const size_t n = watchtower->n;
  if (n > 0 && agent <= watchtower->records[n - 1].agent)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "agent is %u, the latest one was %u: numbers ascend "
                          "and are never used again",
                          agent, watchtower->records[n - 1].agent);
  if (!(initial_equity > 0) || !isfinite(initial_equity))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "initial_equity of agent %u is %g: give a capital "
                          "> 0",
                          agent, initial_equity);
  CRUCIBLE__TRY(crucible__tower_reserve(watchtower, n + 1));
  crucible__record record = {.agent = agent,
                             .initial = initial_equity,
                             .equity = initial_equity,
                             .peak = initial_equity};
  CRUCIBLE__TRY(crucible__record_make_room(watchtower, &record));
  record.discovery_log = crucible__elond_log_threshold(
      watchtower->options.discovery_alpha, n + 1, watchtower->n_discoveries);
  crucible__record_refresh(watchtower, &record);
  watchtower->records[n] = record;
  watchtower->ratios[n] = (double)NAN;
  watchtower->open[watchtower->n_open++] = n;
  watchtower->n = n + 1;
  crucible__tower_best_of_n(watchtower);
  return CRUCIBLE_OK;
}

/* The index of an agent's record; n if there is none. */
static size_t index_of(const crucible_watchtower *tower, uint32_t agent) {
  size_t low = 0, high = tower->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (tower->records[middle].agent < agent)
      low = middle + 1;
    else
      high = middle;
  }
  return low < tower->n && tower->records[low].agent == agent ? low : tower->n;
}

static crucible_status find(const crucible_watchtower *tower, uint32_t agent,
                            size_t *index) {
  if (tower == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "watchtower is NULL: create one");
  *index = index_of(tower, agent);
  if (*index == tower->n)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "agent is %u: no such agent was ever added", agent);
  return CRUCIBLE_OK;
}

crucible_status crucible_watchtower_promote(crucible_watchtower *watchtower,
                                            uint32_t agent) {
  size_t index = 0;
  CRUCIBLE__TRY(find(watchtower, agent, &index));
  crucible__record *record = &watchtower->records[index];
  if (record->is_closed || record->is_sentenced || record->is_champion)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "agent %u %s: it cannot be promoted", agent,
                          record->is_closed      ? "is closed"
                          : record->is_sentenced ? "was ended by a verdict"
                                                 : "is a champion already");
  record->is_champion = 1;
  return CRUCIBLE_OK;
}

crucible_status crucible_watchtower_close(crucible_watchtower *watchtower,
                                          uint32_t agent) {
  size_t index = 0;
  CRUCIBLE__TRY(find(watchtower, agent, &index));
  crucible__record *record = &watchtower->records[index];
  if (record->is_closed)
    return crucible__fail(CRUCIBLE_E_STATE, "agent %u is closed already",
                          agent);
  record->is_closed = 1;
  crucible__record_clear(record);
  size_t at = 0;
  while (watchtower->open[at] != index)
    ++at;
  --watchtower->n_open;
  memmove(watchtower->open + at, watchtower->open + at + 1,
          (watchtower->n_open - at) * sizeof *watchtower->open);
  return CRUCIBLE_OK;
}

crucible_status crucible_watchtower_track(const crucible_watchtower *watchtower,
                                          uint32_t agent,
                                          crucible_track *track) {
  size_t index = 0;
  crucible_track found;
  CRUCIBLE__TRY(find(watchtower, agent, &index));
  if (track == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "track is NULL: give a place for the result");
  crucible__tower_track(watchtower, &watchtower->records[index], &found);
  return crucible__result_write(track, &found, sizeof found, "crucible_track");
}

uint64_t crucible_watchtower_count(const crucible_watchtower *watchtower) {
  return watchtower == NULL ? 0 : watchtower->n;
}

/* ---- a bar ---- */

/* The size of the caller's structs in an array, from its first. */
static crucible_status read_stride(const void *first, size_t alignment,
                                   const char *name, size_t *stride) {
  if (first == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give an array",
                          name);
  memcpy(stride, first, sizeof *stride);
  if (*stride < sizeof *stride || *stride > STRUCT_MAX ||
      *stride % alignment != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s[0].struct_size is %zu: set it to the size of the "
                          "struct",
                          name, *stride);
  return CRUCIBLE_OK;
}

static crucible_status check_values(const crucible_observation *o,
                                    const crucible__record *record) {
  if (!isfinite(o->equity) ||
      (!record->is_ruined && !isfinite(o->equity / record->equity)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "equity of agent %u is %g after %g: give a finite "
                          "one whose return is finite",
                          o->agent, o->equity, record->equity);
  if (o->cannot_trade != 0 && o->cannot_trade != 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "cannot_trade of agent %u is %d: give 0 or 1",
                          o->agent, (int)o->cannot_trade);
  if (!isfinite(o->trade_result) || (o->n_trades == 0 && o->trade_result != 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "trade_result of agent %u is %g of %u trades: give a "
                          "finite sum, 0 if none was closed",
                          o->agent, o->trade_result, o->n_trades);
  return CRUCIBLE_OK;
}

static const void *element(const void *array, size_t stride, size_t i) {
  return (const unsigned char *)array + i * stride;
}

static crucible_status read_observation(const void *observations, size_t stride,
                                        size_t i,
                                        crucible_observation *observation) {
  if (stride == sizeof *observation) {
    memcpy(observation, element(observations, stride, i), sizeof *observation);
    if (observation->struct_size == stride)
      return CRUCIBLE_OK;
  }
  *observation = (crucible_observation){.struct_size = sizeof *observation};
  CRUCIBLE__TRY(crucible__options_read(observation, sizeof *observation,
                                       element(observations, stride, i),
                                       "crucible_observation"));
  size_t given;
  memcpy(&given, element(observations, stride, i), sizeof given);
  if (given != stride)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "observations[%zu].struct_size is %zu, the first "
                          "one's is %zu: give the same in a whole array",
                          i, given, stride);
  return CRUCIBLE_OK;
}

/* Every open record has its observation, and every value is possible. */
static crucible_status check_bar(const crucible_watchtower *tower,
                                 const void *observations, size_t stride,
                                 size_t n) {
  for (size_t i = 0; i < n; ++i) {
    crucible_observation o;
    CRUCIBLE__TRY(read_observation(observations, stride, i, &o));
    if (i >= tower->n_open)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "observations[%zu] is of agent %u: only %zu "
                            "records are open, all of smaller numbers",
                            i, o.agent, tower->n_open);
    const crucible__record *record = &tower->records[tower->open[i]];
    if (o.agent != record->agent)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "observations[%zu] is of agent %u, agent %u was "
                            "due: give each open record, in ascending order",
                            i, o.agent, record->agent);
    CRUCIBLE__TRY(check_values(&o, record));
  }
  if (n < tower->n_open)
    return crucible__fail(
        CRUCIBLE_E_INVALID, "n is %zu of %zu open records: agent %u is missing",
        n, tower->n_open, tower->records[tower->open[n]].agent);
  return CRUCIBLE_OK;
}

/* What is going to be needed of a record further on, which comes from far away
   where there are many. */
static void fetch_record(const crucible_watchtower *tower, size_t i,
                         size_t ahead) {
  enum { LINE = 64 };
  if (i + ahead >= tower->n_open)
    return;
  const char *next = (const char *)&tower->records[tower->open[i + ahead]];
  for (size_t at = 0; at < sizeof *tower->records; at += LINE)
    __builtin_prefetch(next + at, 1);
}

static void fetch_window(const crucible_watchtower *tower, size_t i,
                         size_t ahead) {
  if (i + ahead < tower->n_open)
    crucible__rolling_moments_fetch(
        tower->records[tower->open[i + ahead]].window);
}

static void take_bar(crucible_watchtower *tower, const void *observations,
                     size_t stride) {
  for (size_t i = 0; i < tower->n_open; ++i) {
    const size_t index = tower->open[i];
    fetch_record(tower, i, 6);
    fetch_window(tower, i, 3);
    crucible_observation o;
    (void)!read_observation(observations, stride, i, &o);
    crucible__record *record = &tower->records[index];
    const int32_t was_discovery = record->is_discovery;
    crucible__record_observe(tower, record, &o);
    if (record->returns.n > tower->longest)
      tower->longest = record->returns.n;
    tower->ratios[index] =
        crucible__record_ratio(record, tower->options.min_bars);
    if (record->is_discovery != was_discovery)
      ++tower->n_discoveries;
  }
  crucible__tower_variance(tower);
}

static void write_verdict(void *verdicts, size_t stride, size_t i,
                          const crucible_verdict *verdict) {
  unsigned char *place = (unsigned char *)verdicts + i * stride;
  const size_t size = stride < sizeof *verdict ? stride : sizeof *verdict;
  memcpy(place, verdict, size);
  memcpy(place, &stride, sizeof stride);
}

crucible_status
crucible_watchtower_push(crucible_watchtower *watchtower,
                         const crucible_observation *observations, size_t n,
                         crucible_verdict *verdicts, size_t *n_verdicts) {
  size_t stride = sizeof *observations, room = sizeof *verdicts, found = 0;
  if (watchtower == NULL || n_verdicts == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          watchtower == NULL ? "watchtower" : "n_verdicts");
  if (n > 0) {
    CRUCIBLE__TRY(read_stride(observations, alignof(crucible_observation),
                              "observations", &stride));
    CRUCIBLE__TRY(
        read_stride(verdicts, alignof(crucible_verdict), "verdicts", &room));
  }
  CRUCIBLE__TRY(check_bar(watchtower, observations, stride, n));
  CRUCIBLE__TRY(crucible__tower_margins(watchtower));
  take_bar(watchtower, observations, stride);
  for (size_t i = 0; i < n; ++i) {
    crucible_observation o;
    crucible_verdict verdict;
    fetch_record(watchtower, i, 6);
    (void)!read_observation(observations, stride, i, &o);
    if (crucible__tower_judge(watchtower,
                              &watchtower->records[watchtower->open[i]], &o,
                              &verdict))
      write_verdict(verdicts, room, found++, &verdict);
  }
  *n_verdicts = found;
  return CRUCIBLE_OK;
}
