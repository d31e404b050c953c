/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guards share: private copies of a part of the bars, columns
 * computed from them, and the choice of where to cut.
 */
#ifndef CRUCIBLE__GUARD_H
#define CRUCIBLE__GUARD_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/guards.h>

/* The doubles of a bar. */
enum { CRUCIBLE__GUARD_COLUMNS = 8 };

/* A copy of a part of a series; NaN stand behind its last bar. */
typedef struct crucible__guard_slice {
  crucible_bars view;
  int64_t *time;                           /* owns the block */
  double *column[CRUCIBLE__GUARD_COLUMNS]; /* as in crucible_bars */
  size_t capacity;
} crucible__guard_slice;

/* Room for so many bars, and for what stands behind them. */
crucible_status crucible__guard_slice_make(size_t n_bars,
                                           crucible__guard_slice *slice);
void crucible__guard_slice_free(crucible__guard_slice *slice);

/* Copies the bars [begin, end) of a checked view. */
void crucible__guard_slice_fill(crucible__guard_slice *slice,
                                const crucible_bars *bars, size_t begin,
                                size_t end);
/* Adds a bar in which the price stood still, at another bar's time and with
   more volume than it had. */
void crucible__guard_slice_add_still(crucible__guard_slice *slice,
                                     const crucible_bars *bars, size_t index);

/* Bytes of a value. */
static inline size_t
crucible__guard_width(const crucible_column_source *source) {
  return source->kind == CRUCIBLE_COLUMNS_FLAGS ? 1 : sizeof(double);
}

/* Reads and checks a caller's source. */
crucible_status crucible__guard_source(const crucible_column_source *given,
                                       crucible_column_source *source);

/* A view of bars that are well-formed, at least so many. */
crucible_status crucible__guard_bars(const crucible_bars *given, size_t least,
                                     crucible_bars *bars);

/* Columns of a slice; too short ones set *is_short and are no failure. */
crucible_status crucible__guard_compute(const crucible_column_source *source,
                                        const crucible__guard_slice *slice,
                                        void *values, int *is_short);

/* What a thread works with: bars and the columns of them. */
typedef struct crucible__guard_desk {
  crucible__guard_slice slice;
  void *values;
} crucible__guard_desk;

/* [n] of them for so many bars; whatever was made is freed with them. */
crucible_status crucible__guard_desks_make(uint32_t n, size_t n_bars,
                                           const crucible_column_source *source,
                                           crucible__guard_desk **desks);
void crucible__guard_desks_free(uint32_t n, crucible__guard_desk *desks);

/* Where a column begins. */
static inline const void *
crucible__guard_column(const crucible_column_source *source, const void *values,
                       size_t rows, size_t column) {
  return (const char *)values + column * rows * crucible__guard_width(source);
}

/* A value as a number. */
static inline double crucible__guard_value(const crucible_column_source *source,
                                           const void *column, size_t row) {
  return source->kind == CRUCIBLE_COLUMNS_FLAGS
             ? (double)(((const uint8_t *)column)[row] != 0)
             : ((const double *)column)[row];
}

/* What a callback's answer means: E_CALLBACK but for 0 and too short ones. */
crucible_status crucible__guard_answer(int32_t answer, const char *callback,
                                       size_t n_bars, int *is_short);

/* Fills options with their defaults and the caller's; checks them. */
crucible_status
crucible__guard_lookahead_options(const crucible_lookahead_options *given,
                                  size_t n_bars, size_t default_cuts,
                                  crucible_lookahead_options *options);

/* The same of the warm-up tests. */
crucible_status
crucible__guard_warmup_options(const crucible_warmup_options *given,
                               crucible_warmup_options *options);

/* Histories that begin later. */
typedef struct crucible__guard_starts {
  size_t *bars; /* [n] first bar of each, ascending */
  size_t n;
  size_t n_used;  /* start-ups that there is room for */
  size_t longest; /* the last of them */
} crucible__guard_starts;

/* E_TOO_SHORT if there is no room; bars is freed by the caller. */
crucible_status
crucible__guard_starts_make(const crucible_warmup_options *options,
                            size_t n_bars, crucible__guard_starts *starts);

/* A set of cuts, which are numbers of bars from 1 to n - 1. */
typedef struct crucible__guard_cuts {
  uint64_t *bits;
  size_t n;     /* bars */
  size_t count; /* cuts in it */
} crucible__guard_cuts;

crucible_status crucible__guard_cuts_make(size_t n_bars,
                                          crucible__guard_cuts *cuts);
void crucible__guard_cuts_free(crucible__guard_cuts *cuts);
/* Adds a cut unless it is none, is there, or the set holds limit already. */
void crucible__guard_cuts_add(crucible__guard_cuts *cuts, size_t cut,
                              size_t limit);
/* Adds those that the caller names; all there are, if so many are allowed. */
void crucible__guard_cuts_add_wanted(crucible__guard_cuts *cuts,
                                     const crucible_lookahead_options *options);
/* Adds where bars alone make one suspicious, up to limit in all. */
void crucible__guard_cuts_add_bars(crucible__guard_cuts *cuts,
                                   const crucible_bars *bars, size_t limit);
/* Adds where columns change, up to limit in all. */
void crucible__guard_cuts_add_columns(crucible__guard_cuts *cuts,
                                      const crucible_column_source *source,
                                      const void *values, size_t limit);
/* Adds random ones, spread over all bars, up to limit in all. */
void crucible__guard_cuts_add_random(crucible__guard_cuts *cuts, uint64_t seed,
                                     size_t limit);
/* The cuts in order; list has room for count. */
void crucible__guard_cuts_list(const crucible__guard_cuts *cuts, size_t *list);

#endif
