/* SPDX-License-Identifier: Apache-2.0 */
/* Values that rules are run with: "{fast}" in a rule stands for each value of
   --sweep fast=5,10,20 in turn; several sweeps multiply. */
#ifndef RUN_SWEEP_H
#define RUN_SWEEP_H

#include <stddef.h>

#include "args.h"
#include "run_text.h"

enum {
  SWEEP_NAMES_MAX = 6,
  SWEEP_COLUMNS_MAX = 20000 /* combinations in all */
};

typedef struct sweep_name {
  char name[24];
  double *values;
  size_t n;
} sweep_name;

typedef struct run_sweep {
  sweep_name names[SWEEP_NAMES_MAX];
  size_t n_names;
  size_t n_columns; /* product of all; 1 without a sweep */
} run_sweep;

/* Reads each "name=5,10,20" or "name=5:25:5". Exit code; freed by sweep_free()
   in every case. */
int sweep_parse(const arg_list *given, run_sweep *sweep);
void sweep_free(run_sweep *sweep);

/* Value of a name in a combination. */
double sweep_value(const run_sweep *sweep, size_t column, size_t name);

/* Adds text with the values of a combination in it. Exit code. */
int sweep_fill(const run_sweep *sweep, size_t column, const char *option,
               const char *text, run_text *filled);

#endif
