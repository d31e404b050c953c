/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a backtest trades by: rules over features, one set per combination of
 * swept values, or scores that a file or a program gives. All of it can be
 * asked for any part of the bars, which is what the checks do.
 */
#ifndef BACKTEST_STRATEGY_H
#define BACKTEST_STRATEGY_H

#include <crucible/crucible.h>

#include "run_rule.h"
#include "run_sweep.h"

enum { RULE_ENTER, RULE_EXIT, RULE_SHORT, RULE_COVER, RULE_KINDS };

/* The rules of one combination. */
typedef struct rule_set {
  trading_rule rules[RULE_KINDS];
} rule_set;

/* How it is given on the command line; NULL: not. */
typedef struct strategy_options {
  const char *rules[RULE_KINDS];
  const char *scores;  /* a file */
  const char *program; /* a command */
  int leaves_by_rules; /* where an entry rule no longer holds the position is
                          left, unless an exit rule says when */
} strategy_options;

typedef struct strategy {
  strategy_options given;
  rule_set *sets;         /* [n_columns] of rules */
  size_t n_columns;       /* combinations; 1 of scores */
  rule_features features; /* of all rules; without values */
} strategy;

/* The thresholds between which the scores of rules lie. */
#define RULES_THETA_IN 1.5
#define RULES_THETA_OUT 0.5

/* Parses the rules of every combination. Exit code; freed by strategy_free()
   in every case. */
int strategy_make(const strategy_options *given, const run_sweep *sweep,
                  strategy *made);
void strategy_free(strategy *made);

/* Features over bars, [bars x features]; nothing where there are none. */
crucible_status strategy_features(const strategy *used,
                                  const crucible_bars *bars,
                                  crucible_pool *pool, double *values);

/* Scores of a combination at each close; the bars' times are those the scores
   of a file or a program belong to. Exit code. */
int strategy_scores(const strategy *used, const crucible_bars *bars,
                    const double *features, size_t column, double *scores);

/* "enter long", "leave" and so on: what a score of rules says. */
const char *strategy_word(double score);

#endif
