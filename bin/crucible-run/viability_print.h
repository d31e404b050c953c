/* SPDX-License-Identifier: Apache-2.0 */
/* A table of ceilings for people and machines. */
#ifndef VIABILITY_PRINT_H
#define VIABILITY_PRINT_H

#include <crucible/crucible.h>

#include "run_json.h"
#include "run_text.h"

/* A table and what it was asked for. */
typedef struct ceiling_view {
  const crucible_viability_table *table;
  size_t n_timeframes, n_tiers, n_holds;
  const crucible_fee_tier *tiers; /* [n_tiers]; NULL: the usual three */
  crucible_instrument instrument;
  crucible_bars bars; /* that were recorded */
  double notional;
  int has_funding, has_impact;
  int names_finer; /* 1: say which timeframes are finer than the bars */
} ceiling_view;

/* Exit code each. */
int ceiling_print(const ceiling_view *view);
int ceiling_print_verdict(const ceiling_view *view);
int ceiling_add_json(const ceiling_view *view, run_json *json);
int ceiling_add_csv(const ceiling_view *view, run_text *csv);

/* A comma, and the number if it is finite. */
void csv_add_number(run_text *csv, double value);

/* Row number index; exit code. */
int ceiling_row(const ceiling_view *view, size_t index,
                crucible_viability_row *row);

#endif
