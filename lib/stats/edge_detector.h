/* SPDX-License-Identifier: Apache-2.0 */
/* The e-detector for a lost edge as plain values: a rule that all records share
   and a state per record, without allocation. */
#ifndef CRUCIBLE__EDGE_DETECTOR_H
#define CRUCIBLE__EDGE_DETECTOR_H

#include <float.h>
#include <math.h>
#include <stdint.h>

#include <crucible/sequential.h>

#include "base/pack.h"

enum { CRUCIBLE__BETS_MAX = 8 };
#define CRUCIBLE__EDGE_EVIDENCE_MAX 1e300

typedef struct crucible__edge_rule {
  double edge, run_length, bet_max, share; /* share: 1 / n_bets */
  double weight;  /* of the newest return in the scale, at least */
  double burn_in; /* observations */
  uint32_t n_bets;
} crucible__edge_rule;

/* All zero is the empty record. */
typedef struct crucible__edge {
  double n, n_tested;
  double mean, variance; /* of the scale */
  double largest;        /* gain so far, >= 0, fading like the scale */
  double alarm_at;       /* n at the first alarm; 0: none */
  double bets[CRUCIBLE__BETS_MAX]; /* M_b, n_bets of them */
} crucible__edge;

/* Checks options over the defaults and makes the rule; reads NULL too. */
crucible_status
crucible__edge_rule_make(const crucible_edge_detector_options *options,
                         crucible_edge_detector_options *read,
                         crucible__edge_rule *rule);

static inline double crucible__edge_evidence(const crucible__edge_rule *rule,
                                             const crucible__edge *edge) {
  double sum = 0;
  for (uint32_t k = 0; k < rule->n_bets; ++k)
    sum += edge->bets[k];
  return fmin(rule->share * sum, CRUCIBLE__EDGE_EVIDENCE_MAX);
}

/* Takes a finite return of at most 1e60 in size. */
static inline void crucible__edge_push(const crucible__edge_rule *rule,
                                       crucible__edge *edge, double value) {
  const double scale = sqrt(edge->variance);
  if (edge->n >= rule->burn_in &&
      scale > 4 * DBL_EPSILON * (1 + fabs(edge->mean))) {
    const double z = value / scale - rule->edge;
    const double room = 2 * (edge->largest / scale - rule->edge);
    double bet = rule->bet_max, sum = 0;
    for (uint32_t k = 0; k < rule->n_bets; ++k, bet *= 0.5) {
      const double b = bet * room > 1 ? 1 / room : bet;
      const double factor = 1 - b * z;
      const double m = (1 + edge->bets[k]) * (factor > 0 ? factor : 0);
      edge->bets[k] = fmin(m, CRUCIBLE__EDGE_EVIDENCE_MAX);
      sum += edge->bets[k];
    }
    ++edge->n_tested;
    if (rule->share * sum >= rule->run_length && edge->alarm_at == 0)
      edge->alarm_at = edge->n + 1;
  }
  ++edge->n;
  const double weight = fmax(rule->weight, 1 / edge->n);
  const double d = value - edge->mean;
  edge->mean += weight * d;
  edge->variance = (1 - weight) * (edge->variance + weight * (d * d));
  edge->largest = fmax(value, (1 - rule->weight) * edge->largest);
}

/* Starts the evidence anew. */
void crucible__edge_restart(crucible__edge *edge);

void crucible__edge_save(const crucible__edge_rule *rule,
                         const crucible__edge *edge, crucible__pack *pack);
/* Fails the reader where the numbers cannot be a state. */
crucible__edge crucible__edge_load(const crucible__edge_rule *rule,
                                   crucible__unpack *unpack);

#endif
