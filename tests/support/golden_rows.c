/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/golden_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_row(char *line, golden_row *row) {
  memset(row, 0, sizeof *row);
  for (char *cell = line; cell != NULL && row->n < GOLDEN_CELLS;) {
    char *comma = strchr(cell, ','), *end;
    if (comma != NULL)
      *comma = 0;
    if (row->n == 0)
      memcpy(row->word, cell, strnlen(cell, sizeof row->word - 1));
    if (row->n == 1)
      memcpy(row->second, cell, strnlen(cell, sizeof row->second - 1));
    row->cell[row->n] = strtod(cell, &end);
    if (end == cell || *end != 0)
      row->cell[row->n] = NAN;
    ++row->n;
    cell = comma == NULL ? NULL : comma + 1;
  }
}

golden_rows golden_rows_read(const char *file) {
  char path[1024], line[4096];
  golden_rows rows = {NULL, 0};
  snprintf(path, sizeof path, "%s/tests/data/%s", CRUCIBLE_SOURCE_DIR, file);
  FILE *stream = fopen(path, "r");
  if (stream == NULL)
    fail_msg("cannot open %s", path);
  while (fgets(line, sizeof line, stream) != NULL) {
    line[strcspn(line, "\n")] = 0;
    if (line[0] == '#' || line[0] == 0)
      continue;
    golden_row *grown = realloc(rows.row, (rows.n + 1) * sizeof *grown);
    assert_non_null(grown);
    rows.row = grown;
    read_row(line, &rows.row[rows.n++]);
  }
  fclose(stream);
  assert_true(rows.n > 0);
  return rows;
}

void golden_rows_free(golden_rows *rows) {
  free(rows->row);
  *rows = (golden_rows){NULL, 0};
}

const golden_row *golden_rows_find(const golden_rows *rows, const char *word) {
  for (size_t i = 0; i < rows->n; ++i)
    if (strcmp(rows->row[i].word, word) == 0)
      return &rows->row[i];
  fail_msg("the golden file has no row %s", word);
  return NULL;
}

size_t golden_rows_column(const golden_rows *rows, const char *word, size_t c,
                          double *out, size_t room) {
  size_t n = 0;
  for (size_t i = 0; i < rows->n; ++i)
    if (strcmp(rows->row[i].word, word) == 0) {
      assert_true(n < room);
      out[n++] = rows->row[i].cell[c];
    }
  assert_true(n > 0);
  return n;
}
