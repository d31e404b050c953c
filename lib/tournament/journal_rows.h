/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structs as rows: each field's column, in the order of both. A table whose
 * rows hold a struct has these columns after its own.
 */
#ifndef CRUCIBLE__JOURNAL_ROWS_H
#define CRUCIBLE__JOURNAL_ROWS_H

#include <stddef.h>

#include "base/numtext.h"
#include "store/store_sql.h"

typedef struct crucible__row_field {
  const char *name;
  char kind; /* b int8, i int32, u uint32, l int64, q uint64, d double, t char
                array */
  size_t offset;
  size_t size; /* of the field; of a pointer in a struct of columns */
} crucible__row_field;

typedef struct crucible__row {
  const crucible__row_field *fields;
  int n;
} crucible__row;

extern const crucible__row crucible__row_ledger;     /* crucible_ledger */
extern const crucible__row crucible__row_forging;    /* crucible_forge_report */
extern const crucible__row crucible__row_fold;       /* crucible_fold */
extern const crucible__row crucible__row_instrument; /* crucible_instrument */
extern const crucible__row crucible__row_study;  /* crucible_search_report */
extern const crucible__row crucible__row_trial;  /* crucible_factory_trial */
extern const crucible__row crucible__row_winner; /* crucible_replacement */
extern const crucible__row crucible__row_turned_down; /* its struct */
extern const crucible__row crucible__row_elite;       /* crucible_elite */
extern const crucible__row crucible__row_track;       /* crucible_track */
extern const crucible__row crucible__row_verdict;     /* crucible_verdict */
extern const crucible__row crucible__row_order; /* crucible_orders, element */
extern const crucible__row crucible__row_trade; /* crucible_trades, element */

/* "name INTEGER, name REAL, ..." for a CREATE TABLE. */
void crucible__row_ddl(const crucible__row *row, crucible__text *sql);
/* "name, name, ..." and "?, ?, ..." with n_before question marks first. */
void crucible__row_names(const crucible__row *row, crucible__text *sql);
void crucible__row_marks(const crucible__row *row, int n_before,
                         crucible__text *sql);

/* Fields of one struct. */
void crucible__row_bind(const crucible__row *row, const void *from,
                        crucible__statement *statement);
void crucible__row_read(const crucible__row *row,
                        crucible__statement *statement, int first_column,
                        void *into);

/* Whether two structs differ in a field of the row, and its name if so. */
int crucible__row_differs(const crucible__row *row, const void *a,
                          const void *b, char *name, size_t capacity);

/* Element i of a struct of columns (crucible_orders, crucible_trades), whose
   fields are pointers. */
void crucible__row_bind_element(const crucible__row *row, const void *columns,
                                size_t i, crucible__statement *statement);

/* The same, read into columns that are ours and can be written. */
void crucible__row_read_element(const crucible__row *row,
                                crucible__statement *statement,
                                int first_column, void *columns, size_t i);

/* Bytes of one element of a field. */
size_t crucible__row_field_size(const crucible__row_field *field);

#endif
