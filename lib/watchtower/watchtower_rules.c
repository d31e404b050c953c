/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each rule is a function that says whether a record meets it, and with what
 * statistic against what threshold. RULES lists them in the order in which an
 * agent is asked. A figure that is not defined is NaN and meets no comparison.
 *
 * All rules are asked, whichever act: what the blueprint's and the anytime
 * rules alone would have done with the agent is kept beside.
 */
#include "watchtower/watchtower_rules.h"

#include <math.h>

#include "base/normal.h"

/* What the rules look at. */
typedef struct question {
  const crucible_watchtower *tower;
  const crucible__record *record;
  const crucible_observation *observation;
  crucible__standing standing;
} question;

/* How a rule found the record. */
typedef struct finding {
  int is_met;
  double statistic, threshold;
} finding;

static finding compared(int is_met, double statistic, double threshold) {
  return (finding){is_met, statistic, threshold};
}

static finding death(const question *q) {
  const double least = q->tower->options.death_equity * q->record->initial;
  return compared(q->record->equity <= least, q->record->equity, least);
}

static finding cannot_trade(const question *q) {
  const int said = q->observation->cannot_trade;
  return compared(said, said, 1);
}

/* The probability of z, which only a verdict needs. */
static finding probable(int is_met, double z, double threshold) {
  return compared(is_met, is_met ? crucible__normal_cdf(z) : (double)NAN,
                  threshold);
}

static finding promotion(const question *q) {
  return probable(crucible__is_above(&q->tower->promote_dsr, q->standing.dsr),
                  q->standing.dsr, q->tower->options.promote_dsr);
}

/* What bounds are is worked out for a verdict alone. */
static finding bound(const question *q) {
  return compared(q->standing.is_good, (double)NAN,
                  q->tower->options.promote_sharpe);
}

static finding discovery(const question *q) {
  return compared(q->record->is_discovery && q->standing.has_minimum,
                  q->record->evidence.log_max, q->record->discovery_log);
}

static finding proved_bad(const question *q) {
  return compared(q->standing.is_bad, (double)NAN,
                  q->tower->options.bad_sharpe);
}

static finding edge_gone(const question *q) {
  const double alarm = q->tower->edge.run_length;
  const double evidence =
      crucible__edge_evidence(&q->tower->edge, &q->record->edge);
  return compared(q->standing.has_minimum && evidence >= alarm, evidence,
                  alarm);
}

static finding decays(const question *q, double z,
                      const crucible__threshold *threshold, int armed) {
  return probable((armed || q->tower->options.decay == CRUCIBLE_DECAY_LEVEL) &&
                      crucible__is_below(threshold, z),
                  z, threshold->probability);
}

static finding decay_psr(const question *q) {
  return decays(q, q->standing.rolling_psr, &q->tower->decay_psr,
                q->record->psr_armed);
}

static finding decay_dsr(const question *q) {
  return decays(q, q->standing.rolling_dsr, &q->tower->decay_dsr,
                q->record->dsr_armed);
}

/* At or above its threshold. */
static int arms(const crucible__threshold *threshold, double z) {
  return !isnan(z) && !crucible__is_below(threshold, z);
}

static finding inactive(const question *q) {
  const uint32_t most = q->tower->options.inactive_bars;
  const uint64_t bars = q->record->bars_since_trade;
  return compared(bars >= most, (double)bars, most);
}

static finding expired(const question *q) {
  const uint32_t most = q->tower->options.expired_bars;
  const uint64_t bars = q->record->n_bars;
  return compared(bars >= most, (double)bars, most);
}

enum {
  NONE = CRUCIBLE_ACTION_NONE,
  TERMINATE = CRUCIBLE_ACTION_TERMINATE,
  PROMOTE = CRUCIBLE_ACTION_PROMOTE,
  DEMOTE = CRUCIBLE_ACTION_DEMOTE
};

static const struct rule {
  int32_t number;
  finding (*find)(const question *);
  int32_t action, champion_action;
} RULES[] = {
    {CRUCIBLE_RULE_DEATH, death, TERMINATE, TERMINATE},
    {CRUCIBLE_RULE_CANNOT_TRADE, cannot_trade, TERMINATE, TERMINATE},
    {CRUCIBLE_RULE_PROMOTION, promotion, PROMOTE, NONE},
    {CRUCIBLE_RULE_BOUND, bound, PROMOTE, NONE},
    {CRUCIBLE_RULE_DISCOVERY, discovery, PROMOTE, NONE},
    {CRUCIBLE_RULE_PROVED_BAD, proved_bad, TERMINATE, DEMOTE},
    {CRUCIBLE_RULE_DECAY_PSR, decay_psr, TERMINATE, DEMOTE},
    {CRUCIBLE_RULE_DECAY_DSR, decay_dsr, TERMINATE, DEMOTE},
    {CRUCIBLE_RULE_EDGE_GONE, edge_gone, TERMINATE, DEMOTE},
    {CRUCIBLE_RULE_INACTIVE, inactive, TERMINATE, DEMOTE},
    {CRUCIBLE_RULE_EXPIRED, expired, TERMINATE, NONE},
};
enum { N_RULES = sizeof RULES / sizeof RULES[0] };

static const uint32_t PROMOTIONS = 1u << CRUCIBLE_RULE_PROMOTION |
                                   1u << CRUCIBLE_RULE_BOUND |
                                   1u << CRUCIBLE_RULE_DISCOVERY;

/* The first rule of a set that is met, as an index of RULES; -1: none. One of
   promotion counts if all of the set's are met. */
static int first_of(uint32_t set, uint32_t met, int is_champion) {
  uint32_t speak = set & met;
  if ((set & PROMOTIONS & ~met) != 0)
    speak &= ~PROMOTIONS;
  if (speak == 0)
    return -1;
  for (int i = 0; i < N_RULES; ++i)
    if ((speak >> RULES[i].number & 1) != 0 &&
        (is_champion ? RULES[i].champion_action : RULES[i].action) != NONE)
      return i;
  return -1;
}

/* What a set of rules alone would have done by now. */
static void go_on(crucible__fate *fate, uint32_t set, uint32_t met,
                  uint64_t bars) {
  if (fate->ended > 0)
    return;
  const int i = first_of(set, met, fate->promoted > 0);
  if (i < 0)
    return;
  if (RULES[i].action == PROMOTE) {
    fate->promoted = bars;
    return;
  }
  fate->ended = bars;
  fate->rule = RULES[i].number;
}

int crucible__tower_judge(const crucible_watchtower *tower,
                          crucible__record *record,
                          const crucible_observation *observation,
                          crucible_verdict *verdict) {
  const crucible_watchtower_options *options = &tower->options;
  const question q = {.tower = tower,
                      .record = record,
                      .observation = observation,
                      .standing = crucible__tower_standing(tower, record)};
  finding found[N_RULES];
  uint32_t met = 0;
  if (!record->psr_armed)
    record->psr_armed = arms(&tower->decay_psr, q.standing.rolling_psr);
  if (!record->dsr_armed)
    record->dsr_armed = arms(&tower->decay_dsr, q.standing.rolling_dsr);
  for (int i = 0; i < N_RULES; ++i) {
    found[i] = RULES[i].find(&q);
    met |= (uint32_t)(found[i].is_met != 0) << RULES[i].number;
  }
  go_on(&record->blueprint, CRUCIBLE_RULES_BLUEPRINT, met, record->n_bars);
  go_on(&record->anytime, CRUCIBLE_RULES_ANYTIME, met, record->n_bars);
  if (record->is_sentenced)
    return 0;
  const int i = first_of(options->rules, met, record->is_champion);
  if (i < 0)
    return 0;
  const int32_t action =
      record->is_champion ? RULES[i].champion_action : RULES[i].action;
  record->is_sentenced = action != PROMOTE;
  *verdict = (crucible_verdict){.agent = record->agent,
                                .action = action,
                                .rule = RULES[i].number,
                                .statistic = found[i].statistic,
                                .threshold = found[i].threshold,
                                .lower = (double)NAN,
                                .upper = (double)NAN};
  if (q.standing.has_minimum)
    crucible__tower_bounds(tower, record, &verdict->lower, &verdict->upper);
  if (verdict->rule == CRUCIBLE_RULE_BOUND)
    verdict->statistic = verdict->lower;
  if (verdict->rule == CRUCIBLE_RULE_PROVED_BAD)
    verdict->statistic = verdict->upper;
  crucible__tower_track(tower, record, &verdict->track);
  return 1;
}
