/* SPDX-License-Identifier: Apache-2.0 */
#include "run_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

void table_cell(run_table *table, const char *text) {
  if (table->failed || table->n_columns == 0)
    return;
  if (table->n_cells == table->capacity) {
    size_t capacity = table->capacity == 0 ? 64 : 2 * table->capacity;
    char **cells = realloc(table->cells, capacity * sizeof *cells);
    if (cells == NULL) {
      table->failed = 1;
      return;
    }
    table->cells = cells;
    table->capacity = capacity;
  }
  size_t length = strlen(text);
  char *copy = malloc(length + 1);
  if (copy == NULL) {
    table->failed = 1;
    return;
  }
  memcpy(copy, text, length + 1);
  size_t column = table->n_cells % table->n_columns;
  if (length > table->width[column])
    table->width[column] = length;
  table->cells[table->n_cells++] = copy;
}

void table_column(run_table *table, const char *name, int is_left) {
  if (table->n_columns == TABLE_COLUMNS_MAX) {
    table->failed = 1;
    return;
  }
  table->is_left[table->n_columns++] = is_left;
  table_cell(table, name); /* alone in its row so far: see below */
}

static void print_row(const run_table *table, size_t first) {
  for (size_t j = 0; j < table->n_columns; ++j) {
    const char *cell = table->cells[first + j];
    int width = (int)table->width[j];
    int is_last = j + 1 == table->n_columns;
    if (!table->is_left[j])
      printf("%*s%s", width, cell, is_last ? "" : "  ");
    else if (is_last)
      printf("%s", cell);
    else
      printf("%-*s  ", width, cell);
  }
  printf("\n");
}

int table_print(run_table *table) {
  int code = RUN_OK;
  if (table->failed)
    code = run_fail(RUN_FAILED, "out of memory");
  for (size_t i = 0; code == RUN_OK && i + table->n_columns <= table->n_cells;
       i += table->n_columns)
    print_row(table, i);
  for (size_t i = 0; i < table->n_cells; ++i)
    free(table->cells[i]);
  free(table->cells);
  *table = (run_table){0};
  return code;
}
