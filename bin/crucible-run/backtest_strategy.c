/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest_strategy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "run_scores.h"
#include "run_text.h"

static const char *const NAMES[] = {"--enter", "--exit", "--short", "--cover"};

/* Scores say with one number what four rules say. The plan enters beyond
   +-1.5, leaves a long below 0.5 and a short above -0.5; NaN does nothing. */
static const double ENTER_LONG = 2, LEAVE_SHORT = 1, LEAVE_BOTH = 0,
                    LEAVE_LONG = -1, ENTER_SHORT = -2;

const char *strategy_word(double score) {
  return score == ENTER_LONG    ? "enter long"
         : score == LEAVE_SHORT ? "leave a short"
         : score == LEAVE_BOTH  ? "leave"
         : score == LEAVE_LONG  ? "leave a long"
         : score == ENTER_SHORT ? "enter short"
                                : "nothing";
}

void strategy_free(strategy *made) {
  rule_features_free(&made->features);
  free(made->sets);
  *made = (strategy){.n_columns = 0};
}

static int parse_column(const strategy_options *given, const run_sweep *sweep,
                        size_t column, rule_features *features, rule_set *set) {
  *set = (rule_set){.rules = {{.n = 0}}};
  for (int i = 0; i < RULE_KINDS; ++i) {
    if (given->rules[i] == NULL)
      continue;
    run_text text = {0};
    int code = sweep_fill(sweep, column, NAMES[i], given->rules[i], &text);
    if (code == RUN_OK)
      code = rule_parse(NAMES[i], text.data, features, &set->rules[i]);
    text_free(&text);
    if (code != RUN_OK)
      return code;
  }
  return RUN_OK;
}

int strategy_make(const strategy_options *given, const run_sweep *sweep,
                  strategy *made) {
  *made = (strategy){.given = *given, .n_columns = sweep->n_columns};
  if (given->scores != NULL || given->program != NULL)
    return RUN_OK;
  made->sets = calloc(made->n_columns, sizeof *made->sets);
  if (made->sets == NULL)
    return run_fail(RUN_FAILED, "out of memory");
  int code = RUN_OK;
  for (size_t i = 0; i < made->n_columns && code == RUN_OK; ++i)
    code = parse_column(given, sweep, i, &made->features, &made->sets[i]);
  return code;
}

crucible_status strategy_features(const strategy *used,
                                  const crucible_bars *bars,
                                  crucible_pool *pool, double *values) {
  if (used->features.n == 0)
    return CRUCIBLE_OK;
  return crucible_features_compute(used->features.specs, used->features.n, bars,
                                   pool, values);
}

/* One side of the market: 1 enter, -1 leave, 0 neither. Where both hold the
   position is left. */
static int decide(const trading_rule *enter, const trading_rule *leave,
                  int leaves_by_default, const rule_features *features,
                  const crucible_bars *bars, size_t bar) {
  int enters = rule_holds(enter, features, bars, bar);
  int leaves = leave->n > 0 ? rule_holds(leave, features, bars, bar)
                            : leaves_by_default && !enters;
  return leaves ? -1 : enters;
}

static int score_rules(const strategy *used, const crucible_bars *bars,
                       const rule_features *features, const rule_set *set,
                       double *scores) {
  int leaves = used->given.leaves_by_rules;
  int has_short = used->given.rules[RULE_SHORT] != NULL;
  for (size_t i = 0; i < bars->n; ++i) {
    int longs = decide(&set->rules[RULE_ENTER], &set->rules[RULE_EXIT], leaves,
                       features, bars, i);
    int shorts = has_short
                     ? decide(&set->rules[RULE_SHORT], &set->rules[RULE_COVER],
                              leaves, features, bars, i)
                     : 0;
    if (longs == 1 && shorts == 1)
      return run_fail(RUN_USAGE,
                      "--enter and --short both hold at %s: state them so "
                      "that only one can",
                      figure_time(bars->open_time_ms[i]).text);
    scores[i] = longs == 1                    ? ENTER_LONG
                : shorts == 1                 ? ENTER_SHORT
                : longs == -1 && shorts == -1 ? LEAVE_BOTH
                : longs == -1                 ? LEAVE_LONG
                : shorts == -1                ? LEAVE_SHORT
                                              : (double)NAN;
  }
  return RUN_OK;
}

int strategy_scores(const strategy *used, const crucible_bars *bars,
                    const double *features, size_t column, double *scores) {
  if (used->given.scores != NULL)
    return scores_read(used->given.scores, bars, scores);
  if (used->given.program != NULL)
    return scores_ask(used->given.program, bars, scores);
  rule_features with_values = used->features;
  with_values.values = features;
  return score_rules(used, bars, &with_values, &used->sets[column], scores);
}
