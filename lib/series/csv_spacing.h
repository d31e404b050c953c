/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The distances between the rows of a file: its timeframe, whether every row
 * is on the grid, and the first gap; with the places, for error texts.
 */
#ifndef CRUCIBLE__CSV_SPACING_H
#define CRUCIBLE__CSV_SPACING_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

typedef struct crucible__csv_row_place {
  uint64_t line;   /* from 1 */
  uint64_t column; /* byte in the line, from 1, of the open time */
  int64_t time_ms;
  int64_t before_ms; /* of the row before, which must be there */
} crucible__csv_row_place;

typedef struct crucible__csv_spacing {
  int64_t given;    /* timeframe asked for, 0 = find it */
  int64_t smallest; /* distance so far: the timeframe in the end */
  int64_t divisor;  /* greatest common divisor of all distances so far */
  int has_gap;
  uint64_t kept; /* rows in the wanted range so far */
  crucible__csv_row_place first, second_kept, gap;
  /* The rows that made the divisor smaller, at most one for each of its bits.
     If it is not the smallest distance in the end, one of them is at fault. */
  crucible__csv_row_place dividing[64];
  size_t n_dividing;
} crucible__csv_spacing;

void crucible__csv_spacing_init(crucible__csv_spacing *spacing,
                                int64_t timeframe_ms);

/* A row whose distance is not the smallest one, and what only the first rows
   need; see crucible__csv_spacing_add(). */
void crucible__csv_spacing_note(crucible__csv_spacing *spacing,
                                const crucible__csv_row_place *row,
                                int is_first, int is_kept);

/*
 * A row, whose time is after that of the row before. is_kept: it is in the
 * wanted range. Rows out of the range tell about the timeframe, not of gaps.
 */
static inline void crucible__csv_spacing_add(crucible__csv_spacing *spacing,
                                             const crucible__csv_row_place *row,
                                             int is_first, int is_kept) {
  if (row->time_ms - row->before_ms != spacing->smallest || is_first ||
      spacing->kept < 2)
    crucible__csv_spacing_note(spacing, row, is_first, is_kept);
  else
    spacing->kept += (uint64_t)is_kept;
}

/*
 * At the end of the file: the timeframe, or the first row that is at fault,
 * which *place names (line 0: none). With refuse_gaps a gap is a fault.
 */
crucible_status crucible__csv_spacing_end(const crucible__csv_spacing *spacing,
                                          int refuse_gaps,
                                          int64_t *timeframe_ms,
                                          crucible__csv_row_place *place);

#endif
