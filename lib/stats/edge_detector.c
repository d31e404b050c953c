/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/edge_detector.h"

#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/sealed.h"

static const char MARK[] = "edge detector 1";

struct crucible_edge_detector {
  crucible_edge_detector_options options;
  crucible__edge_rule rule;
  crucible__edge edge;
};

static const crucible_edge_detector_options defaults = {
    .struct_size = sizeof defaults,
    .edge_per_observation = 0,
    .run_length = 172800,
    .half_life = 2016,
    .bet_max = 0.16,
    .n_bets = 5,
    .burn_in = 500,
};

static const double value_max = 1e60;

void crucible_edge_detector_options_init(
    crucible_edge_detector_options *options, size_t struct_size) {
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status
check_options(const crucible_edge_detector_options *options) {
  if (!(options->edge_per_observation >= 0 &&
        options->edge_per_observation <= 1e3))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "edge_per_observation is %g: give the Sharpe ratio "
                          "per observation to be kept, 0 to 1000",
                          options->edge_per_observation);
  if (!(options->run_length >= 1 && options->run_length <= 1e12))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "run_length is %g: give a number of observations, 1 "
                          "to 1e12",
                          options->run_length);
  if (!(options->half_life == 0 ||
        (options->half_life >= 1 && options->half_life <= 1e12)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "half_life is %g: give 0, or a number of "
                          "observations, 1 to 1e12",
                          options->half_life);
  if (!(options->bet_max > 0 && options->bet_max <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "bet_max is %g: give a number inside (0, 1]",
                          options->bet_max);
  if (options->n_bets < 1 || options->n_bets > CRUCIBLE__BETS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID, "n_bets is %u: give 1 to %d",
                          options->n_bets, CRUCIBLE__BETS_MAX);
  if (options->burn_in < 2)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "burn_in is %u: a scale needs at least 2 "
                          "observations, and some hundred to be of use",
                          options->burn_in);
  return CRUCIBLE_OK;
}

crucible_status
crucible__edge_rule_make(const crucible_edge_detector_options *options,
                         crucible_edge_detector_options *read,
                         crucible__edge_rule *rule) {
  *read = defaults;
  CRUCIBLE__TRY(crucible__options_read(read, sizeof *read, options,
                                       "crucible_edge_detector_options"));
  CRUCIBLE__TRY(check_options(read));
  const double weight = read->half_life > 0
                            ? -expm1(-0.69314718055994530942 / read->half_life)
                            : 0;
  *rule = (crucible__edge_rule){.edge = read->edge_per_observation,
                                .run_length = read->run_length,
                                .bet_max = read->bet_max,
                                .share = 1 / (double)read->n_bets,
                                .weight = weight,
                                .burn_in = (double)read->burn_in,
                                .n_bets = read->n_bets};
  return CRUCIBLE_OK;
}

crucible_status
crucible_edge_detector_create(const crucible_edge_detector_options *options,
                              crucible_edge_detector **detector) {
  crucible_edge_detector_options read;
  crucible__edge_rule rule;
  if (detector == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "detector is NULL: give a place for the object");
  *detector = NULL;
  CRUCIBLE__TRY(crucible__edge_rule_make(options, &read, &rule));
  crucible_edge_detector *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->options = read;
  made->rule = rule;
  *detector = made;
  return CRUCIBLE_OK;
}

void crucible_edge_detector_destroy(crucible_edge_detector *detector) {
  crucible__free(detector);
}

crucible_status crucible_edge_detector_push(crucible_edge_detector *detector,
                                            double value, int32_t *is_alarm) {
  if (detector == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "detector is NULL: create one");
  if (!(fabs(value) <= value_max))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "value is %g: push finite returns of at most %g in "
                          "size",
                          value, value_max);
  crucible__edge_push(&detector->rule, &detector->edge, value);
  if (is_alarm != NULL)
    *is_alarm = detector->edge.alarm_at > 0;
  return CRUCIBLE_OK;
}

crucible_status crucible_edge_detector_run(crucible_edge_detector *detector,
                                           const double *values, size_t n,
                                           double *evidence,
                                           int32_t *is_alarm) {
  if (detector == NULL || (values == NULL && n > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          detector == NULL ? "detector" : "values");
  for (size_t i = 0; i < n; ++i)
    if (!(fabs(values[i]) <= value_max))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "values[%zu] is %g: give finite returns of at most "
                            "%g in size",
                            i, values[i], value_max);
  for (size_t i = 0; i < n; ++i) {
    crucible__edge_push(&detector->rule, &detector->edge, values[i]);
    if (evidence != NULL)
      evidence[i] = crucible__edge_evidence(&detector->rule, &detector->edge);
    if (is_alarm != NULL)
      is_alarm[i] = detector->edge.alarm_at > 0;
  }
  return CRUCIBLE_OK;
}

crucible_status
crucible_edge_detector_get(const crucible_edge_detector *detector,
                           crucible_edge_detector_state *state) {
  if (detector == NULL || state == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          detector == NULL ? "detector" : "state");
  const crucible__edge *edge = &detector->edge;
  const crucible_edge_detector_state found = {
      .struct_size = sizeof found,
      .n = (uint64_t)edge->n,
      .n_tested = (uint64_t)edge->n_tested,
      .mean = edge->mean,
      .scale = sqrt(edge->variance),
      .evidence = crucible__edge_evidence(&detector->rule, edge),
      .alarm_at = (uint64_t)edge->alarm_at,
      .is_alarm = edge->alarm_at > 0};
  return crucible__result_write(state, &found, sizeof found,
                                "crucible_edge_detector_state");
}

void crucible__edge_restart(crucible__edge *edge) {
  memset(edge->bets, 0, sizeof edge->bets);
  edge->n_tested = edge->alarm_at = 0;
}

crucible_status
crucible_edge_detector_restart(crucible_edge_detector *detector) {
  if (detector == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "detector is NULL: create one");
  crucible__edge_restart(&detector->edge);
  return CRUCIBLE_OK;
}

void crucible__edge_save(const crucible__edge_rule *rule,
                         const crucible__edge *edge, crucible__pack *pack) {
  const double numbers[] = {edge->n,        edge->n_tested, edge->mean,
                            edge->variance, edge->largest,  edge->alarm_at};
  crucible__pack_f64s(pack, numbers, 6);
  crucible__pack_f64s(pack, edge->bets, rule->n_bets);
}

crucible__edge crucible__edge_load(const crucible__edge_rule *rule,
                                   crucible__unpack *unpack) {
  double numbers[6];
  crucible__edge edge = {0};
  crucible__unpack_f64s(unpack, numbers, 6);
  crucible__unpack_f64s(unpack, edge.bets, rule->n_bets);
  edge.n = numbers[0];
  edge.n_tested = numbers[1];
  edge.mean = numbers[2];
  edge.variance = numbers[3];
  edge.largest = numbers[4];
  edge.alarm_at = numbers[5];
  int sound = edge.n >= 0 && edge.n <= 0x1p53 && edge.n_tested >= 0 &&
              edge.n_tested <= edge.n && fabs(edge.mean) <= value_max &&
              edge.variance >= 0 && isfinite(edge.variance) &&
              fabs(edge.largest) <= value_max && edge.alarm_at >= 0 &&
              edge.alarm_at <= edge.n;
  for (uint32_t k = 0; k < rule->n_bets; ++k)
    sound &= edge.bets[k] >= 0 && edge.bets[k] <= CRUCIBLE__EDGE_EVIDENCE_MAX;
  if (!sound)
    unpack->failed = 1;
  return edge;
}

static void pack_options(const crucible_edge_detector_options *options,
                         crucible__pack *pack) {
  crucible__pack_f64(pack, options->edge_per_observation);
  crucible__pack_f64(pack, options->run_length);
  crucible__pack_f64(pack, options->half_life);
  crucible__pack_f64(pack, options->bet_max);
  crucible__pack_u64(pack, options->n_bets);
  crucible__pack_u64(pack, options->burn_in);
}

static int are_same(const crucible_edge_detector_options *options,
                    crucible__unpack *unpack) {
  int same = crucible__unpack_f64(unpack) == options->edge_per_observation;
  same &= crucible__unpack_f64(unpack) == options->run_length;
  same &= crucible__unpack_f64(unpack) == options->half_life;
  same &= crucible__unpack_f64(unpack) == options->bet_max;
  same &= crucible__unpack_u64(unpack) == options->n_bets;
  same &= crucible__unpack_u64(unpack) == options->burn_in;
  return same;
}

crucible_status
crucible_edge_detector_save(const crucible_edge_detector *detector, void *bytes,
                            size_t capacity, size_t *needed) {
  if (detector == NULL || needed == NULL || (bytes == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          detector == NULL ? "detector"
                          : needed == NULL ? "needed"
                                           : "bytes");
  crucible__pack pack = {0};
  crucible__pack_mark(&pack, MARK);
  pack_options(&detector->options, &pack);
  crucible__edge_save(&detector->rule, &detector->edge, &pack);
  return crucible__sealed_end(&pack, bytes, capacity, needed);
}

crucible_status crucible_edge_detector_load(crucible_edge_detector *detector,
                                            const void *bytes, size_t n) {
  if (detector == NULL || bytes == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          detector == NULL ? "detector" : "bytes");
  crucible__unpack unpack = crucible__sealed_begin(bytes, n);
  crucible__unpack_mark(&unpack, MARK);
  if (!are_same(&detector->options, &unpack))
    unpack.failed = 1;
  const crucible__edge edge = crucible__edge_load(&detector->rule, &unpack);
  CRUCIBLE__TRY(crucible__unpack_end(
      &unpack, "the saved detector (or its options differ)"));
  detector->edge = edge;
  return CRUCIBLE_OK;
}
