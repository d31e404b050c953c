/* SPDX-License-Identifier: Apache-2.0 */
/* The confidence sequence of a Sharpe ratio: rule, record, and its bytes. */
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/sealed.h"
#include "stats/evidence.h"
#include "stats/moments.h"

static const char MARK[] = "sharpe sequence 1";

struct crucible_sharpe_sequence {
  crucible_sharpe_sequence_options options;
  crucible__sequence_rule rule;
  crucible__moment_sums sums;
  crucible__evidence evidence;
  crucible__lag_sums lags;
  double ring[CRUCIBLE__LAGS_MAX];
};

static const crucible_sharpe_sequence_options defaults = {
    .struct_size = sizeof defaults,
    .alpha = 0.05,
    .benchmark_per_observation = 0,
    .floor_per_observation = 0,
    .caution = 1.5,
    .t_opt = 2000,
    .burn_in = 500,
    .lags = 0,
};

void crucible_sharpe_sequence_options_init(
    crucible_sharpe_sequence_options *options, size_t struct_size) {
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status check_ratio(double ratio, const char *name) {
  if (!(fabs(ratio) <= 1e6))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is %g: give a Sharpe ratio per observation, at "
                          "most 1e6 in size",
                          name, ratio);
  return CRUCIBLE_OK;
}

static crucible_status
check_options(const crucible_sharpe_sequence_options *options) {
  CRUCIBLE__TRY(check_ratio(options->benchmark_per_observation,
                            "benchmark_per_observation"));
  CRUCIBLE__TRY(
      check_ratio(options->floor_per_observation, "floor_per_observation"));
  if (!(options->t_opt >= 1 && options->t_opt <= 1e15))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "t_opt is %g: give a number of observations, 1 to "
                          "1e15",
                          options->t_opt);
  if (!(options->caution >= 0 && options->caution <= 10))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "caution is %g: give a number of standard errors, 0 "
                          "to 10",
                          options->caution);
  if (options->burn_in < 2)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "burn_in is %u: a Sharpe ratio needs at least 2 "
                          "observations, its normal law some hundred",
                          options->burn_in);
  if (options->lags > CRUCIBLE__LAGS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID, "lags is %u: give at most %d",
                          options->lags, CRUCIBLE__LAGS_MAX);
  return CRUCIBLE_OK;
}

crucible_status
crucible__sequence_rule_make(const crucible_sharpe_sequence_options *options,
                             crucible_sharpe_sequence_options *read,
                             crucible__sequence_rule *rule) {
  double rho2;
  *read = defaults;
  CRUCIBLE__TRY(crucible__options_read(read, sizeof *read, options,
                                       "crucible_sharpe_sequence_options"));
  CRUCIBLE__TRY(check_options(read));
  CRUCIBLE__TRY(
      crucible_sequence_best_rho2(read->t_opt, read->alpha, 1, &rho2));
  *rule =
      (crucible__sequence_rule){.alpha = read->alpha,
                                .benchmark = read->benchmark_per_observation,
                                .floor = read->floor_per_observation,
                                .caution = read->caution,
                                .rho2 = rho2,
                                .burn_in = (double)read->burn_in,
                                .lags = read->lags};
  for (uint32_t j = 0; j < read->lags; ++j)
    rule->weights[j] = 1 - (double)(j + 1) / ((double)read->lags + 1);
  return CRUCIBLE_OK;
}

crucible_status
crucible_sharpe_sequence_create(const crucible_sharpe_sequence_options *options,
                                crucible_sharpe_sequence **sequence) {
  crucible_sharpe_sequence_options read;
  crucible__sequence_rule rule;
  if (sequence == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "sequence is NULL: give a place for the object");
  *sequence = NULL;
  CRUCIBLE__TRY(crucible__sequence_rule_make(options, &read, &rule));
  crucible_sharpe_sequence *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->options = read;
  made->rule = rule;
  *sequence = made;
  return CRUCIBLE_OK;
}

void crucible_sharpe_sequence_destroy(crucible_sharpe_sequence *sequence) {
  crucible__free(sequence);
}

/* The record as it stands: its law, and the variance of the estimate. */
typedef struct standing {
  crucible__sharpe_law law;
  double variance; /* n times that of the estimate */
} standing;

static standing standing_of(const crucible_sharpe_sequence *sequence) {
  standing now = {.law = crucible__sharpe_law_of(&sequence->sums)};
  now.variance = crucible__sequence_variance(
      &sequence->rule, &sequence->sums, &now.law,
      sequence->rule.lags > 0 ? &sequence->lags : NULL);
  return now;
}

static standing take(crucible_sharpe_sequence *sequence, double value) {
  const double before = sequence->sums.mean;
  sequence->sums = crucible__moment_sums_add(&sequence->sums, value);
  if (sequence->rule.lags > 0)
    crucible__lag_sums_push(&sequence->rule, &sequence->lags, sequence->ring,
                            before, sequence->sums.mean, value);
  const standing now = standing_of(sequence);
  crucible__evidence_push(&sequence->rule, sequence->sums.n, now.law.sharpe,
                          now.variance, &sequence->evidence);
  return now;
}

static int is_right(double value) {
  return fabs(value) <= CRUCIBLE__SEQUENTIAL_VALUE_MAX;
}

crucible_status
crucible_sharpe_sequence_push(crucible_sharpe_sequence *sequence,
                              double value) {
  if (sequence == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "sequence is NULL: create one");
  if (!is_right(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "value is %g: push finite returns of at most %g in "
                          "size",
                          value, CRUCIBLE__SEQUENTIAL_VALUE_MAX);
  (void)take(sequence, value);
  return CRUCIBLE_OK;
}

static int is_speaking(const crucible_sharpe_sequence *sequence,
                       const standing *now) {
  return sequence->sums.n >= sequence->rule.burn_in && now->variance > 0;
}

/* Half width of the bounds; NaN before they are given. */
static double margin_of(const crucible_sharpe_sequence *sequence,
                        const standing *now) {
  const crucible__sequence_rule *rule = &sequence->rule;
  return is_speaking(sequence, now)
             ? sqrt(now->variance) *
                   crucible__sequence_margin_1(sequence->sums.n, rule->rho2,
                                               rule->alpha)
             : (double)NAN;
}

crucible_status crucible_sharpe_sequence_run(crucible_sharpe_sequence *sequence,
                                             const double *values, size_t n,
                                             double *lower, double *upper,
                                             double *anytime_psr) {
  if (sequence == NULL || (values == NULL && n > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          sequence == NULL ? "sequence" : "values");
  for (size_t i = 0; i < n; ++i)
    if (!is_right(values[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "values[%zu] is %g: give finite returns of at most "
                            "%g in size",
                            i, values[i], CRUCIBLE__SEQUENTIAL_VALUE_MAX);
  for (size_t i = 0; i < n; ++i) {
    const standing now = take(sequence, values[i]);
    const double margin = lower != NULL || upper != NULL
                              ? margin_of(sequence, &now)
                              : (double)NAN;
    if (lower != NULL)
      lower[i] = now.law.sharpe - margin;
    if (upper != NULL)
      upper[i] = now.law.sharpe + margin;
    if (anytime_psr != NULL)
      anytime_psr[i] = crucible__anytime(sequence->evidence.log_max);
  }
  return CRUCIBLE_OK;
}

crucible_status
crucible_sharpe_sequence_get(const crucible_sharpe_sequence *sequence,
                             crucible_sharpe_sequence_state *state) {
  if (sequence == NULL || state == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          sequence == NULL ? "sequence" : "state");
  const crucible__sequence_rule *rule = &sequence->rule;
  const double n = sequence->sums.n;
  const standing now = standing_of(sequence);
  const double margin = margin_of(sequence, &now);
  crucible_sharpe_sequence_state found = {
      .struct_size = sizeof found,
      .n = (uint64_t)n,
      .sharpe = now.law.sharpe,
      .standard_error = sqrt(now.variance / n),
      .lower = now.law.sharpe - margin,
      .upper = now.law.sharpe + margin,
      .log_e = (double)NAN,
      .log_e_max = sequence->evidence.log_max,
      .anytime_psr = crucible__anytime(sequence->evidence.log_max),
      .log_e_bad = (double)NAN,
      .log_e_bad_max = sequence->evidence.log_bad_max,
      .anytime_bad = crucible__anytime(sequence->evidence.log_bad_max),
      .is_speaking = is_speaking(sequence, &now)};
  if (found.is_speaking) {
    const double r = n * rule->rho2 + 1;
    const double unit =
        sqrt(crucible__sequence_square(n, r, rule->rho2, now.variance));
    found.log_e =
        crucible__sequence_log_e(r, (now.law.sharpe - rule->benchmark) * unit);
    found.log_e_bad =
        crucible__sequence_log_e(r, (rule->floor - now.law.sharpe) * unit);
  }
  return crucible__result_write(state, &found, sizeof found,
                                "crucible_sharpe_sequence_state");
}

void crucible__evidence_save(const crucible__evidence *evidence,
                             crucible__pack *pack) {
  crucible__pack_f64(pack, evidence->log_max);
  crucible__pack_f64(pack, evidence->log_bad_max);
}

crucible__evidence crucible__evidence_load(crucible__unpack *unpack) {
  crucible__evidence evidence;
  evidence.log_max = crucible__unpack_f64(unpack);
  evidence.log_bad_max = crucible__unpack_f64(unpack);
  if (!(evidence.log_max >= 0 && evidence.log_bad_max >= 0))
    unpack->failed = 1;
  return evidence;
}

static void pack_options(const crucible_sharpe_sequence_options *options,
                         crucible__pack *pack) {
  crucible__pack_f64(pack, options->alpha);
  crucible__pack_f64(pack, options->benchmark_per_observation);
  crucible__pack_f64(pack, options->floor_per_observation);
  crucible__pack_f64(pack, options->caution);
  crucible__pack_f64(pack, options->t_opt);
  crucible__pack_u64(pack, options->burn_in);
  crucible__pack_u64(pack, options->lags);
}

static int are_same(const crucible_sharpe_sequence_options *options,
                    crucible__unpack *unpack) {
  int same = crucible__unpack_f64(unpack) == options->alpha;
  same &= crucible__unpack_f64(unpack) == options->benchmark_per_observation;
  same &= crucible__unpack_f64(unpack) == options->floor_per_observation;
  same &= crucible__unpack_f64(unpack) == options->caution;
  same &= crucible__unpack_f64(unpack) == options->t_opt;
  same &= crucible__unpack_u64(unpack) == options->burn_in;
  same &= crucible__unpack_u64(unpack) == options->lags;
  return same;
}

crucible_status
crucible_sharpe_sequence_save(const crucible_sharpe_sequence *sequence,
                              void *bytes, size_t capacity, size_t *needed) {
  if (sequence == NULL || needed == NULL || (bytes == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          sequence == NULL ? "sequence"
                          : needed == NULL ? "needed"
                                           : "bytes");
  const crucible__moment_sums *sums = &sequence->sums;
  const double moments[] = {sums->n, sums->mean, sums->m2, sums->m3, sums->m4};
  crucible__pack pack = {0};
  crucible__pack_mark(&pack, MARK);
  pack_options(&sequence->options, &pack);
  crucible__pack_f64s(&pack, moments, 5);
  crucible__evidence_save(&sequence->evidence, &pack);
  if (sequence->rule.lags > 0)
    crucible__lag_sums_save(&sequence->lags, sequence->ring,
                            sequence->rule.lags, &pack);
  return crucible__sealed_end(&pack, bytes, capacity, needed);
}

crucible_status
crucible_sharpe_sequence_load(crucible_sharpe_sequence *sequence,
                              const void *bytes, size_t n) {
  double moments[5];
  if (sequence == NULL || bytes == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          sequence == NULL ? "sequence" : "bytes");
  crucible__unpack unpack = crucible__sealed_begin(bytes, n);
  crucible_sharpe_sequence made = *sequence;
  crucible__unpack_mark(&unpack, MARK);
  if (!are_same(&sequence->options, &unpack))
    unpack.failed = 1;
  crucible__unpack_f64s(&unpack, moments, 5);
  made.sums = (crucible__moment_sums){.n = moments[0],
                                      .mean = moments[1],
                                      .m2 = moments[2],
                                      .m3 = moments[3],
                                      .m4 = moments[4]};
  if (!(moments[0] >= 0 && moments[0] <= 0x1p53))
    unpack.failed = 1;
  made.evidence = crucible__evidence_load(&unpack);
  if (made.rule.lags > 0)
    made.lags = crucible__lag_sums_load(made.ring, made.rule.lags, &unpack);
  CRUCIBLE__TRY(crucible__unpack_end(
      &unpack, "the saved sequence (or its options differ)"));
  *sequence = made;
  return CRUCIBLE_OK;
}
