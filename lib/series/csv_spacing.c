/* SPDX-License-Identifier: Apache-2.0 */
#include "series/csv_spacing.h"

#include "base/base_status.h"
#include "base/numtext.h"
#include "series/bar_rules.h"

static int64_t common_divisor(int64_t a, int64_t b) {
  while (b != 0) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

void crucible__csv_spacing_init(crucible__csv_spacing *spacing,
                                int64_t timeframe_ms) {
  *spacing = (crucible__csv_spacing){
      .given = timeframe_ms, .smallest = timeframe_ms, .divisor = timeframe_ms};
}

static void note_distance(crucible__csv_spacing *spacing,
                          const crucible__csv_row_place *row) {
  int64_t distance = row->time_ms - row->before_ms;
  int64_t before = spacing->smallest;
  if (before == 0 || (distance < before && spacing->given == 0)) {
    spacing->smallest = distance;
    /* what looked like neighbours before were gaps, the first row after the
       first kept one being the first of them */
    if (before != 0 && spacing->kept >= 2) {
      spacing->gap = spacing->second_kept;
      spacing->has_gap = 1;
    }
  }
  int64_t divisor = common_divisor(spacing->divisor, distance);
  if (divisor != spacing->divisor)
    spacing->dividing[spacing->n_dividing++] = *row;
  spacing->divisor = divisor;
}

void crucible__csv_spacing_note(crucible__csv_spacing *spacing,
                                const crucible__csv_row_place *row,
                                int is_first, int is_kept) {
  if (is_first)
    spacing->first = *row;
  else
    note_distance(spacing, row);
  if (!is_kept)
    return;
  if (spacing->kept == 1)
    spacing->second_kept = *row;
  if (spacing->kept >= 1 && !spacing->has_gap &&
      row->time_ms - row->before_ms > spacing->smallest) {
    spacing->gap = *row;
    spacing->has_gap = 1;
  }
  ++spacing->kept;
}

static crucible_status fail_grid(const crucible__csv_spacing *spacing,
                                 int64_t timeframe_ms) {
  char text[CRUCIBLE__TIME_TEXT];
  int n = (int)crucible__write_time(spacing->first.time_ms, text);
  return crucible__fail(
      CRUCIBLE_E_DATA,
      "open_time %.*s is not a multiple of the timeframe of "
      "%lld ms%s: bars open on its grid, counted from "
      "1970-01-01T00:00:00Z",
      n, text, (long long)timeframe_ms,
      spacing->given == 0 ? " (the smallest distance between two rows)" : "");
}

/* The first row that is known to be no multiple of the timeframe after the one
   before it. */
static const crucible__csv_row_place *
odd_row(const crucible__csv_spacing *spacing) {
  const crucible__csv_row_place *row = spacing->dividing;
  while ((row->time_ms - row->before_ms) % spacing->smallest == 0)
    ++row;
  return row;
}

static crucible_status fail_odd(const crucible__csv_spacing *spacing,
                                const crucible__csv_row_place *row) {
  char text[CRUCIBLE__TIME_TEXT];
  int n = (int)crucible__write_time(row->time_ms, text);
  return crucible__fail(
      CRUCIBLE_E_DATA,
      "open_time %.*s is %lld ms after the row before, not a multiple of the "
      "timeframe of %lld ms%s: correct the row, or give the timeframe",
      n, text, (long long)(row->time_ms - row->before_ms),
      (long long)spacing->smallest,
      spacing->given == 0 ? " (the smallest distance between two rows)" : "");
}

static crucible_status fail_gap(const crucible__csv_spacing *spacing,
                                int64_t timeframe_ms) {
  const crucible__csv_row_place *row = &spacing->gap;
  char text[CRUCIBLE__TIME_TEXT];
  int n = (int)crucible__write_time(row->before_ms + timeframe_ms, text);
  long long missing =
      (long long)((row->time_ms - row->before_ms) / timeframe_ms - 1);
  return crucible__fail(CRUCIBLE_E_DATA,
                        "%lld bar%s missing from %.*s on: get them, read a "
                        "part without a gap (from_ms, until_ms), or allow gaps",
                        missing, missing == 1 ? " is" : "s are", n, text);
}

crucible_status crucible__csv_spacing_end(const crucible__csv_spacing *spacing,
                                          int refuse_gaps,
                                          int64_t *timeframe_ms,
                                          crucible__csv_row_place *place) {
  const int64_t tf = spacing->smallest;
  *place = (crucible__csv_row_place){0};
  if (tf == 0)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "one row does not tell the timeframe: give "
                          "timeframe_ms");
  if (spacing->divisor != tf) {
    *place = *odd_row(spacing);
    return fail_odd(spacing, place);
  }
  if (spacing->first.time_ms % tf != 0) {
    *place = spacing->first;
    return fail_grid(spacing, tf);
  }
  if (tf > CRUCIBLE__TIMEFRAME_MAX)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "the rows are more than a hundred years apart");
  if (refuse_gaps && spacing->has_gap) {
    *place = spacing->gap;
    return fail_gap(spacing, tf);
  }
  *timeframe_ms = tf;
  return CRUCIBLE_OK;
}
