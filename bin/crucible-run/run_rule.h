/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules such as "RSI(14) < 30 and CLOSE > 1.01 * SMA(timeperiod=50)": clauses
 * joined by "and", each compares two terms. A term is a number, a column (OPEN
 * HIGH LOW CLOSE VOLUME), a feature of the registry, or a number times one of
 * these. A clause with a value that is still warming up does not hold.
 */
#ifndef RUN_RULE_H
#define RUN_RULE_H

#include <stddef.h>

#include <crucible/crucible.h>

enum { RULE_CLAUSES_MAX = 8 };

typedef struct rule_term {
  int is_number; /* 1: factor is the value itself */
  int is_column; /* 1: index is a column, 0: a feature */
  size_t index;
  double factor;
} rule_term;

typedef struct rule_clause {
  rule_term left, right;
  int is_less; /* 1: < or <= */
  int or_equal;
} rule_clause;

typedef struct trading_rule {
  rule_clause clauses[RULE_CLAUSES_MAX];
  size_t n;
} trading_rule;

/* The different features of all rules, and their values once computed. */
typedef struct rule_features {
  crucible_feature_spec *specs;
  size_t n, capacity;
  const double *values; /* [bars x n] column-major, lent */
} rule_features;

/* Reads a rule and adds its features. option: for the message. Exit code. */
int rule_parse(const char *option, const char *text, rule_features *features,
               trading_rule *parsed);
void rule_features_free(rule_features *features);

/* Whether the rule holds at the close of a bar; one without clauses never
   does. */
int rule_holds(const trading_rule *tested, const rule_features *features,
               const crucible_bars *bars, size_t bar);

#endif
