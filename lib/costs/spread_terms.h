/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spread estimators as functions of sums: what a bar and the ones before it
 * add, and the estimate that sums lead to.
 *
 * Prices are measured from closes inside the window (log ratios near 0, so that
 * no digits are lost against log 60,000), and every term depends on the bars of
 * its own neighbourhood alone, to the bit.
 */
#ifndef CRUCIBLE__SPREAD_TERMS_H
#define CRUCIBLE__SPREAD_TERMS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/spread.h>

enum {
  CRUCIBLE__SPREAD_BASIS = 10, /* numbers kept of a bar */
  CRUCIBLE__SPREAD_TERMS = 34, /* sums of EDGE */
  CRUCIBLE__SPREAD_FEW = 4     /* sums of the others */
};

/* A bar's prices and the logs of their ratios that need no other bar. */
typedef struct crucible__spread_bar {
  double open, high, low, close;
  double mid;   /* log(sqrt(high low) / close) */
  double range; /* log(high / low) */
} crucible__spread_bar;

/* method: CRUCIBLE_SPREAD_*. */
static inline size_t crucible__spread_terms_of(int32_t method) {
  return method == CRUCIBLE_SPREAD_EDGE ? CRUCIBLE__SPREAD_TERMS
                                        : CRUCIBLE__SPREAD_FEW;
}

/* Bars of the window that have no basis of their own: 1, Roll: 2. */
static inline size_t crucible__spread_lag(int32_t method) {
  return method == CRUCIBLE_SPREAD_ROLL ? 2 : 1;
}

crucible__spread_bar crucible__spread_bar_of(double open, double high,
                                             double low, double close);

/*
 * What bar adds. joined: how many of the bars before it are its neighbours, 0
 * to 2: before[0] is the one before it, before[1] the one before that.
 */
void crucible__spread_basis(int32_t method, const crucible__spread_bar *bar,
                            const crucible__spread_bar before[2], int joined,
                            double basis[CRUCIBLE__SPREAD_BASIS]);

/* to[terms] = from[terms] + the terms of a basis; to may be from. */
void crucible__spread_add(int32_t method, const double *basis,
                          const double *from, double *to);

/* The signed estimate; NaN where there is none. */
double crucible__spread_of_sums(int32_t method, const double *sums);

#endif
