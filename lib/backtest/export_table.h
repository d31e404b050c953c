/* SPDX-License-Identifier: Apache-2.0 */
/* Any table of a run as a list of typed columns: what every format is made
   from, so that names, words and order are the same in all. */
#ifndef CRUCIBLE__EXPORT_TABLE_H
#define CRUCIBLE__EXPORT_TABLE_H

#include "backtest/record_table.h"

enum { CRUCIBLE__EXPORT_COLUMNS = 160 };

/* Names of the values first, first + 1, ... */
typedef struct crucible__words {
  const char *const *texts;
  int32_t n, first;
  int32_t is_flag; /* false and true */
} crucible__words;

typedef struct crucible__export_column {
  const char *name;
  const unsigned char *first; /* value of row 0 */
  size_t stride;              /* bytes from row to row */
  char type; /* as crucible__record_field; 'q' uint64_t, 'i' int32_t */
  const crucible__words *words; /* NULL: a number */
} crucible__export_column;

typedef struct crucible__export {
  const char *name; /* "orders", ... */
  size_t n_rows, n_columns;
  crucible__export_column columns[CRUCIBLE__EXPORT_COLUMNS];
} crucible__export;

/* From a public view, in the order of its columns; columns that its
   struct_size does not cover, or that point nowhere, are left out. */
crucible_status crucible__export_of_view(const void *view,
                                         const crucible__record_kind *kind,
                                         crucible__export *out);

/* From the summaries of a run: row i is column i. */
void crucible__export_of_summaries(const crucible_summary *summaries, size_t n,
                                   crucible__export *out);

extern const crucible__words crucible__flag_words; /* false and true */

/* The value's word, or NULL where it has none. */
const char *crucible__word_of(const crucible__words *words, int32_t value);

/* Any of the tables of a run (CRUCIBLE_TABLE_*); refuses one that was not
   kept. */
crucible_status crucible__export_of_run(const crucible_backtest *backtest,
                                        int32_t table, crucible__export *out);

#endif
