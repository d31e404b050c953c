/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fill cost, taken apart by its record alone: the middle that it implies
 * lies on its bar's path, and the parts are those of formulas that are written
 * down here again, with the C library's pow. Random plans over recorded bars
 * under each law of impact.
 */
#ifndef TESTS_SUPPORT_COST_AUDIT_H
#define TESTS_SUPPORT_COST_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/simulate.h>

#include "support/recorded.h"

typedef struct audited {
  const recorded *market;
  drawn how;
  crucible_backtest *result;
  crucible_orders orders;
  crucible_trades trades;
  /* [n] of the fills in each bar; NULL: as the instrument and the law say */
  const double *taker_fee, *maker_fee, *slippage;
} audited;

/* What all runs came to, since audit_all() began. */
typedef struct audit_counts {
  size_t fills, bounded, trades, with_impact, with_dust, reversals;
} audit_counts;

extern audit_counts audit_seen;

/* Calls play with each seed from 1 on, under each law of impact. */
void audit_all(uint64_t n_seeds,
               void (*play)(const recorded *market, uint64_t seed,
                            int32_t impact_law));

/* A plan, an instrument and its costs. */
void audit_draw_costs(audited *r, uint64_t seed, int32_t impact_law);

uint64_t audit_random(uint64_t *state);

/* [n] from 0 to below most; free() it. */
double *audit_draw_column(size_t n, double most, uint64_t *state);

/* A column that all strategies share. */
crucible_matrix audit_shared(const double *column, size_t n);

/* The records of what crucible_simulate() gave; fails with the seed if it did
   not. */
void audit_read(audited *r, crucible_status status, uint64_t seed);

/* The middle of the quote that order i was filled at, by its own record. */
double audit_middle(const audited *r, size_t i);

/* Order i, which was filled in one piece. */
void audit_fill(const audited *r, size_t i);

#endif
