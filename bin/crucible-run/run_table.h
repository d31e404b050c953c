/* SPDX-License-Identifier: Apache-2.0 */
/* A table of text with aligned columns, as wide as its widest cells. */
#ifndef RUN_TABLE_H
#define RUN_TABLE_H

#include <stddef.h>

#include "run_text.h"

enum { TABLE_COLUMNS_MAX = 20 };

/* Zero is an empty table. */
typedef struct run_table {
  size_t n_columns;
  int is_left[TABLE_COLUMNS_MAX]; /* text is aligned left, figures right */
  size_t width[TABLE_COLUMNS_MAX];
  char **cells; /* row by row, the heads first */
  size_t n_cells, capacity;
  int failed;
} run_table;

/* A column; name is its head. All columns come before the first cell. */
void table_column(run_table *table, const char *name, int is_left);
/* The next cell of the row; after the last column a new row begins. */
void table_cell(run_table *table, const char *text);
/* Prints it on stdout and frees it; exit code. */
int table_print(run_table *table);

#endif
