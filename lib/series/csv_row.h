/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of one row. They are read in place: the block of text ends with a
 * line end, which stops every scan, so that no byte is asked whether it is the
 * last. CRUCIBLE__CSV_PADDING bytes behind the block may be read as well.
 */
#ifndef CRUCIBLE__CSV_ROW_H
#define CRUCIBLE__CSV_ROW_H

#include <stdint.h>

#include <crucible/status.h>
#include <crucible/types.h>

#include "series/csv_layout.h"

enum { CRUCIBLE__CSV_PADDING = 8 };

typedef struct crucible__csv_row {
  const char *name; /* of the file, for texts */
  int32_t time_unit;
  crucible__csv_layout layout;
  uint64_t line;                       /* its number, from 1 */
  const char *text;                    /* its begin */
  const char *at[CRUCIBLE__N_COLUMNS]; /* its fields that are columns */
} crucible__csv_row;

/* Puts "name:line:column: " before the text of the failure. */
crucible_status crucible__csv_row_fail(const crucible__csv_row *row,
                                       crucible_status status,
                                       const char *place);

/*
 * Reads the row at row->text, in a block of text up to end whose last byte is
 * a line end. *filled gets the bits of the columns that are not empty, *next
 * the line after it.
 */
crucible_status crucible__csv_row_read(crucible__csv_row *row, const char *end,
                                       crucible_bar *bar, unsigned *filled,
                                       const char **next);

#endif
