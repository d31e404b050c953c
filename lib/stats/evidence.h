/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence on a Sharpe ratio as plain values, for whoever watches many records:
 * the moments are the caller's (crucible__sharpe_law), a rule is shared by all
 * records, and what a record has to keep is two numbers, with lags a few more.
 */
#ifndef CRUCIBLE__EVIDENCE_H
#define CRUCIBLE__EVIDENCE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include <crucible/sequential.h>

#include "base/pack.h"
#include "math/moment_sums.h"
#include "stats/sharpe_law.h"

enum { CRUCIBLE__LAGS_MAX = 64 };
#define CRUCIBLE__SEQUENTIAL_VALUE_MAX 1e60

/* h >= 0 with h - ln(1 + h) = u, u >= 0: -1 - W(-exp(-1 - u)) on the lower
   branch of Lambert's W, to the last digits. */
double crucible__lambert_excess(double u);

/* x^2 / 2 + ln Phi(x), without overflow or cancellation. */
double crucible__log_half_mixture(double x);

/* Shared by all records under the same options. */
typedef struct crucible__sequence_rule {
  double alpha, benchmark, floor, caution, rho2;
  double burn_in; /* observations */
  uint32_t lags;
  double weights[CRUCIBLE__LAGS_MAX]; /* Bartlett's, of lags 1, 2, ... */
} crucible__sequence_rule;

/* Checks options over the defaults and makes the rule; reads NULL too. */
crucible_status
crucible__sequence_rule_make(const crucible_sharpe_sequence_options *options,
                             crucible_sharpe_sequence_options *read,
                             crucible__sequence_rule *rule);

/* What a record keeps: the largest evidence so far. All zero is a new one. */
typedef struct crucible__evidence {
  double log_max;     /* that the ratio exceeds the benchmark, >= 0 */
  double log_bad_max; /* that it is below the floor, >= 0 */
} crucible__evidence;

/* ln E after t observations with r = t rho2 + 1 and x as in the header. */
double crucible__sequence_log_e(double r, double x);

/* x is the root of this times what the ratio exceeds the benchmark by. */
static inline double crucible__sequence_square(double t, double r, double rho2,
                                               double variance) {
  return t * t * rho2 / (r * variance);
}

/* Half width of the bounds for a variance of 1. */
double crucible__sequence_margin_1(double t, double rho2, double alpha);

/*
 * Takes the record as it stands after t observations: variance is t times that
 * of the estimate. NaN where there is no ratio. The logarithms are worked out
 * only where the maximum may move: rarely, where there is no skill.
 */
static inline void crucible__evidence_push(const crucible__sequence_rule *rule,
                                           double t, double sharpe,
                                           double variance,
                                           crucible__evidence *evidence) {
  if (!(t >= rule->burn_in) || !(variance > 0))
    return;
  const double r = t * rule->rho2 + 1;
  const double square = crucible__sequence_square(t, r, rule->rho2, variance);
  const double good = sharpe - rule->benchmark, bad = rule->floor - sharpe;
  /* ln E <= ln 2 - ln(r) / 2 + x^2 / 2, and ln r >= its exponent's. */
  int exponent;
  (void)frexp(r, &exponent);
  const double most = 0.69314718055994530942 * (1.5 - 0.5 * exponent) + 1e-9;
  if (good > 0 && most + 0.5 * good * good * square > evidence->log_max)
    evidence->log_max = fmax(evidence->log_max,
                             crucible__sequence_log_e(r, good * sqrt(square)));
  if (bad > 0 && most + 0.5 * bad * bad * square > evidence->log_bad_max)
    evidence->log_bad_max = fmax(
        evidence->log_bad_max, crucible__sequence_log_e(r, bad * sqrt(square)));
}

/* 1 - 1 / E. */
static inline double crucible__anytime(double log_max) {
  return -expm1(-log_max);
}

/*
 * Sums over lagged pairs, for the long-run variance of psi. With y the returns
 * from the present mean, f = sum_j w_j y of j bars ago, F = sum_j w_j y^2 of j
 * bars ago and W = sum_j w_j, over the lags j that exist: sums of y f, of
 * y F + y^2 f, of y^2 F, of y W + f, of y^2 W + F, of W. They move with the mean
 * by exact identities, as those of moments do. All zero is the empty record.
 */
typedef struct crucible__lag_sums {
  double yf, yyf, yyyf, y, yy, w;
  uint32_t next; /* where in the ring the next value goes */
  uint32_t held; /* values in it, at most lags */
} crucible__lag_sums;

/* Takes a return; ring is [lags], the record's own, any content at first.
   Means are those of all returns before and with this one. */
void crucible__lag_sums_push(const crucible__sequence_rule *rule,
                             crucible__lag_sums *lags, double *ring,
                             double before, double after, double value);

/* The variance for evidence and bounds: that of the law, or with lags (NULL:
   none) the long-run one, if that is larger; with the rule's caution. */
double crucible__sequence_variance(const crucible__sequence_rule *rule,
                                   const crucible__moment_sums *sums,
                                   const crucible__sharpe_law *law,
                                   const crucible__lag_sums *lags);

void crucible__evidence_save(const crucible__evidence *evidence,
                             crucible__pack *pack);
/* Fails the reader where the numbers cannot be evidence. */
crucible__evidence crucible__evidence_load(crucible__unpack *unpack);

void crucible__lag_sums_save(const crucible__lag_sums *lags, const double *ring,
                             uint32_t n_lags, crucible__pack *pack);
crucible__lag_sums crucible__lag_sums_load(double *ring, uint32_t n_lags,
                                           crucible__unpack *unpack);

#endif
