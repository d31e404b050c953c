/* SPDX-License-Identifier: Apache-2.0 */
/* What a tournament's trades brought against what they cost, by the timeframe
   of the agents that made them. */
#ifndef VIABILITY_REALISED_H
#define VIABILITY_REALISED_H

#include <crucible/crucible.h>

#include "run_json.h"

enum { REALISED_MAX = 8 };

typedef struct realised_row {
  int64_t timeframe_ms;
  uint32_t n_agents;
  uint64_t n_trades;
  double gross, cost; /* sums */
  int has_viability;  /* 0: fewer than 10 trades */
  crucible_viability viability;
  uint64_t n_forge_trades;        /* out of sample, before the agents traded */
  double forge_gross, forge_cost; /* sums */
} realised_row;

typedef struct realised_table {
  realised_row rows[REALISED_MAX]; /* shortest timeframe first */
  size_t n;
} realised_table;

/* Reads a database; exit code. */
int realised_read(const char *db, realised_table *table);
int realised_print(const realised_table *table);
void realised_add_json(const realised_table *table, run_json *json);

/* The shortest timeframe that is viable; 0 if none is. */
int64_t realised_smallest(const realised_table *table);

#endif
