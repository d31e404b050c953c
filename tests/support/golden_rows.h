/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the golden files under tests/data: comma-separated, lines of comment
 * begin with #, the first cell may be a word.
 */
#ifndef TESTS_SUPPORT_GOLDEN_ROWS_H
#define TESTS_SUPPORT_GOLDEN_ROWS_H

#include <stddef.h>

enum { GOLDEN_CELLS = 32 };

typedef struct golden_row {
  char word[64];             /* first cell as text */
  char second[64];           /* second cell as text */
  double cell[GOLDEN_CELLS]; /* all cells; NaN where there is no number */
  size_t n;                  /* cells */
} golden_row;

typedef struct golden_rows {
  golden_row *row; /* [n] */
  size_t n;
} golden_rows;

/* Reads a file under tests/data; fails the test if it cannot or if it holds
   no row. */
golden_rows golden_rows_read(const char *file);
void golden_rows_free(golden_rows *rows);

/* The row whose first cell is word; fails the test if there is none. */
const golden_row *golden_rows_find(const golden_rows *rows, const char *word);

/* Cell c of the rows whose first cell is word, in out[room]; how many. Fails
   the test if there is none, or no room. */
size_t golden_rows_column(const golden_rows *rows, const char *word, size_t c,
                          double *out, size_t room);

#endif
