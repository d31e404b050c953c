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

/* What EDGE keeps of a bar: r1, r4 and r5 of bidask, tau, and how many sides of
   its range the open and the close before are apart from (0 where tau is). */
enum {
  CRUCIBLE__EDGE_A = 0,
  CRUCIBLE__EDGE_B = 1,
  CRUCIBLE__EDGE_C = 2,
  CRUCIBLE__EDGE_TAU = 3,
  CRUCIBLE__EDGE_PO = 4,
  CRUCIBLE__EDGE_PC = 5,
  CRUCIBLE__EDGE_BASIS = 6,
  CRUCIBLE__EDGE_SUMS = 22 /* where every bar has a neighbour before it */
};

enum {
  CRUCIBLE__SPREAD_BASIS = 7,  /* numbers kept of a bar */
  CRUCIBLE__SPREAD_TERMS = 24, /* sums of EDGE: two for bars without one */
  CRUCIBLE__SPREAD_FEW = 4     /* sums of the others */
};

/* A bar's prices and the logs of ratios that need no other bar. */
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

/* How far from 0 (a - b) / (a + b) may be for the series of log(a / b). */
#define CRUCIBLE__SPREAD_NEAR 0.0625

crucible__spread_bar crucible__spread_bar_of(double open, double high,
                                             double low, double close);

/*
 * What bar adds. joined: how many of the bars before it are its neighbours, 0
 * to 2: before[0] is the one before it, before[1] the one before that.
 */
void crucible__spread_basis(int32_t method, const crucible__spread_bar *bar,
                            const crucible__spread_bar before[2], int joined,
                            double basis[CRUCIBLE__SPREAD_BASIS]);

/* sums[terms] += the terms of a basis. */
void crucible__spread_add(int32_t method, const double *basis, double *sums);

/* The signed estimate; NaN where there is none. n: bars with a basis. */
double crucible__spread_of_sums(int32_t method, size_t n, const double *sums);

/* What EDGE is made of, by the names of bidask. */
typedef struct crucible__edge_parts {
  double e1, e2, v1, v2; /* expectations and variances of the two moments */
  double pt;             /* share of the bars that moved */
  double po, pc;         /* sides that opens, closes are apart from, a bar */
} crucible__edge_parts;

crucible__edge_parts crucible__spread_edge_parts(size_t n, const double *sums);

#endif
