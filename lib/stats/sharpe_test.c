/* SPDX-License-Identifier: Apache-2.0 */
/* A test of skill before it is made: level, power, false discoveries. */
#include <math.h>

#include "base/base_status.h"
#include "base/normal.h"
#include "stats/sharpe_law.h"

static const crucible_sharpe_test defaults = {.struct_size = sizeof defaults,
                                              .alpha = 0.05,
                                              .prior = 0.05,
                                              .fdr = 0.05,
                                              .n_trials = 1};

void crucible_sharpe_test_init(crucible_sharpe_test *test, size_t struct_size) {
  crucible__options_init(test, struct_size, &defaults, sizeof defaults);
}

static crucible_status check_test(const crucible_sharpe_test *test) {
  CRUCIBLE__TRY(crucible__check_argument(test->benchmark, "benchmark"));
  CRUCIBLE__TRY(crucible__check_argument(test->alternative, "alternative"));
  CRUCIBLE__TRY(crucible__check_probability(test->alpha, "alpha"));
  CRUCIBLE__TRY(crucible__check_probability(test->prior, "prior"));
  CRUCIBLE__TRY(crucible__check_probability(test->fdr, "fdr"));
  if (!(test->alternative > test->benchmark))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "alternative %g does not exceed benchmark %g: give "
                          "the ratio that is worth finding",
                          test->alternative, test->benchmark);
  if (test->n_trials < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n_trials is 0: the pick itself is one trial");
  return CRUCIBLE_OK;
}

/* Ratios without and with skill, normal both. */
typedef struct laws {
  double mean[2], sigma[2], prior[2]; /* [0] without, [1] with skill */
} laws;

static double tail(const laws *of, int i, double ratio) {
  return crucible__normal_cdf((of->mean[i] - ratio) / of->sigma[i]);
}

/* P(no skill | ratio exceeds it). Where both tails have vanished the one with
   skill was the last to do so: only wider ones are asked so far out. */
static double false_share(const laws *of, double ratio) {
  const double luck = of->prior[0] * tail(of, 0, ratio);
  const double skill = of->prior[1] * tail(of, 1, ratio);
  return luck > 0 ? luck / (luck + skill) : 0;
}

/* Density over tail, per unit of the ratio: how fast the tail dies. */
static double hazard(const laws *of, int i, double ratio) {
  const double x = (ratio - of->mean[i]) / of->sigma[i];
  if (x > 30) /* x + 1 / x - ... */
    return (x + 1 / x) / of->sigma[i];
  const double density = 0.39894228040143267794 * exp(-x * x / 2);
  return density / crucible__normal_cdf(-x) / of->sigma[i];
}

/* Where the false share is least if ratios without skill scatter more: beyond,
   their tail is the heavier one. The hazards cross there, once. */
static double best_ratio(const laws *of) {
  double low = of->mean[1] - 35 * of->sigma[1], step = of->sigma[1];
  double high = of->mean[1];
  while (hazard(of, 1, high) < hazard(of, 0, high) && isfinite(high)) {
    high += step;
    step *= 2;
  }
  for (int i = 0; i < 200; ++i) {
    const double middle = low + (high - low) / 2;
    if (hazard(of, 1, middle) < hazard(of, 0, middle))
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* The least ratio above which the false share is fdr. From a ratio that nobody
   misses, where it is prior[0], it comes down through fdr once, either for good
   or until best_ratio(). */
static double critical_for(const laws *of, double fdr) {
  if (of->prior[0] <= fdr)
    return -(double)INFINITY;
  const double widest = fmax(of->sigma[0], of->sigma[1]);
  double low = of->mean[0] - 40 * widest, high = of->mean[1];
  if (of->sigma[0] > of->sigma[1]) {
    high = best_ratio(of);
    if (!(false_share(of, high) <= fdr))
      return (double)NAN;
  } else {
    for (double step = of->sigma[1]; false_share(of, high) > fdr; step *= 2)
      high += step;
  }
  for (int i = 0; i < 200; ++i) {
    const double middle = low + (high - low) / 2;
    if (false_share(of, middle) > fdr)
      low = middle;
    else
      high = middle;
  }
  return high;
}

static crucible_status laws_of(const crucible_sharpe_record *record,
                               const crucible_sharpe_test *test, laws *of) {
  double mean = 0, variance = 1;
  CRUCIBLE__TRY(crucible_normal_max(test->n_trials, 0, &mean, &variance));
  *of = (laws){.mean = {test->benchmark, test->alternative},
               .prior = {1 - test->prior, test->prior}};
  for (int i = 0; i < 2; ++i) {
    double unit = 0, count = 0;
    CRUCIBLE__TRY(crucible__sharpe_variance(
        record, of->mean[i], CRUCIBLE_VARIANCE_AT_NULL, &unit, &count));
    of->sigma[i] = sqrt(unit / count * variance);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_sharpe_test_of(const crucible_sharpe_record *record,
                                        const crucible_sharpe_test *test,
                                        crucible_sharpe_test_result *result) {
  crucible_sharpe_record read;
  crucible_sharpe_test chosen = defaults;
  crucible_sharpe_test_result found = {.struct_size = sizeof found};
  laws of;
  if (test == NULL || result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          test == NULL ? "test" : "result");
  CRUCIBLE__TRY(crucible__options_read(&chosen, sizeof chosen, test,
                                       "crucible_sharpe_test"));
  CRUCIBLE__TRY(check_test(&chosen));
  CRUCIBLE__TRY(crucible__sharpe_record_read(&read, record));
  CRUCIBLE__TRY(laws_of(&read, &chosen, &of));
  const double ratio = read.sharpe_per_observation;
  found.sigma_benchmark = of.sigma[0];
  found.sigma_alternative = of.sigma[1];
  found.critical =
      of.mean[0] - crucible__normal_quantile(chosen.alpha) * of.sigma[0];
  found.power = tail(&of, 1, found.critical);
  found.p_value = tail(&of, 0, ratio);
  found.pfdr =
      1 / (1 + found.power * of.prior[1] / (chosen.alpha * of.prior[0]));
  found.ofdr = false_share(&of, ratio);
  found.fdr_critical = critical_for(&of, chosen.fdr);
  found.fdr_alpha = found.fdr_power = (double)NAN;
  if (!isnan(found.fdr_critical)) {
    found.fdr_alpha = tail(&of, 0, found.fdr_critical);
    found.fdr_power = tail(&of, 1, found.fdr_critical);
  }
  return crucible__result_write(result, &found, sizeof found,
                                "crucible_sharpe_test_result");
}
