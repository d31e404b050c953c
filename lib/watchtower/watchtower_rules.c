/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each rule is a function that says whether a record meets it, and with what
 * statistic against what threshold. RULES lists them in the order in which an
 * agent is asked. A figure that is not defined is NaN and meets no comparison.
 */
#include "watchtower/watchtower_rules.h"

#include <math.h>

/* What the rules look at, and what the one that was met leaves. */
typedef struct question {
  const crucible_watchtower_options *options;
  const crucible__record *record;
  const crucible_observation *observation;
  crucible__standing standing;
  double statistic, threshold;
} question;

static int death(question *q) {
  q->statistic = q->record->equity;
  q->threshold = q->options->death_equity * q->record->initial;
  return q->statistic <= q->threshold;
}

static int cannot_trade(question *q) {
  q->statistic = q->observation->cannot_trade;
  q->threshold = 1;
  return q->observation->cannot_trade;
}

static int promotion(question *q) {
  q->statistic = q->standing.dsr;
  q->threshold = q->options->promote_dsr;
  return q->statistic > q->threshold;
}

static int decays(question *q, double statistic, double threshold, int armed) {
  q->statistic = statistic;
  q->threshold = threshold;
  return (armed || q->options->decay == CRUCIBLE_DECAY_LEVEL) &&
         statistic < threshold;
}

static int decay_psr(question *q) {
  return decays(q, q->standing.rolling_psr, q->options->decay_psr,
                q->record->psr_armed);
}

static int decay_dsr(question *q) {
  return decays(q, q->standing.rolling_dsr, q->options->decay_dsr,
                q->record->dsr_armed);
}

static int inactive(question *q) {
  q->statistic = (double)q->record->bars_since_trade;
  q->threshold = q->options->inactive_bars;
  return q->record->bars_since_trade >= q->options->inactive_bars;
}

static int expired(question *q) {
  q->statistic = (double)q->record->n_bars;
  q->threshold = q->options->expired_bars;
  return q->record->n_bars >= q->options->expired_bars;
}

enum {
  NONE = CRUCIBLE_ACTION_NONE,
  TERMINATE = CRUCIBLE_ACTION_TERMINATE,
  PROMOTE = CRUCIBLE_ACTION_PROMOTE,
  DEMOTE = CRUCIBLE_ACTION_DEMOTE
};

static const struct rule {
  int32_t number;
  int (*is_met)(question *);
  int32_t action, champion_action;
} RULES[] = {
    {CRUCIBLE_RULE_DEATH, death, TERMINATE, TERMINATE},
    {CRUCIBLE_RULE_CANNOT_TRADE, cannot_trade, TERMINATE, TERMINATE},
    {CRUCIBLE_RULE_PROMOTION, promotion, PROMOTE, NONE},
    {CRUCIBLE_RULE_DECAY_PSR, decay_psr, TERMINATE, DEMOTE},
    {CRUCIBLE_RULE_DECAY_DSR, decay_dsr, TERMINATE, DEMOTE},
    {CRUCIBLE_RULE_INACTIVE, inactive, TERMINATE, DEMOTE},
    {CRUCIBLE_RULE_EXPIRED, expired, TERMINATE, NONE},
};
enum { N_RULES = sizeof RULES / sizeof RULES[0] };

int crucible__tower_judge(const crucible_watchtower *tower,
                          crucible__record *record,
                          const crucible_observation *observation,
                          crucible_verdict *verdict) {
  const crucible_watchtower_options *options = &tower->options;
  question q = {.options = options,
                .record = record,
                .observation = observation,
                .standing = crucible__tower_standing(tower, record)};
  if (q.standing.rolling_psr >= options->decay_psr)
    record->psr_armed = 1;
  if (q.standing.rolling_dsr >= options->decay_dsr)
    record->dsr_armed = 1;
  if (record->is_sentenced)
    return 0;
  for (size_t i = 0; i < N_RULES; ++i) {
    const struct rule *rule = &RULES[i];
    const int32_t action =
        record->is_champion ? rule->champion_action : rule->action;
    if (action == NONE || (options->rules >> rule->number & 1) == 0 ||
        !rule->is_met(&q))
      continue;
    record->is_sentenced = action != PROMOTE;
    *verdict = (crucible_verdict){.agent = record->agent,
                                  .action = action,
                                  .rule = rule->number,
                                  .statistic = q.statistic,
                                  .threshold = q.threshold,
                                  .lower = (double)NAN,
                                  .upper = (double)NAN};
    crucible__tower_track(tower, record, &verdict->track);
    return 1;
  }
  return 0;
}
