/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exponential histogram of ADWIN and its cut test.
 *
 * A bucket holds the sum of 2^level values and the sum of their squared
 * deviations. A level holds at most max_buckets, oldest first; one more, and
 * its two oldest become one of the next level. That is put off here until a
 * check or until PENDING values wait at level 0: which buckets are paired, and
 * so every bit, does not depend on when.
 */
#ifndef CRUCIBLE__ADWIN_WINDOW_H
#define CRUCIBLE__ADWIN_WINDOW_H

#include <stddef.h>
#include <stdint.h>

enum {
  CRUCIBLE__ADWIN_LEVELS = 52, /* enough for 2^50 values */
  CRUCIBLE__ADWIN_PENDING = 64 /* values that may wait at level 0 */
};

/* What the test takes from the options. */
typedef struct crucible__adwin_test {
  double delta, range, min_length;
} crucible__adwin_test;

typedef struct crucible__adwin_buckets {
  uint64_t width; /* values but those that wait */
  double total;   /* their sum, river's way: by adding, in order of arrival */
  double squares; /* sum of squared deviations, by Welford's update */
  uint32_t max_buckets;
  uint32_t n_levels;  /* up to the highest that is not empty; 0: none is */
  uint32_t n_waiting; /* latest ones of level 0 */
  uint32_t changed;   /* levels that are no longer as in the sums of cuts */
  double peak;        /* no sum of a cut is larger in size */
  double log_width;   /* a width, and log_term there */
  double log_term;
  uint32_t count[CRUCIBLE__ADWIN_LEVELS];
  uint32_t place[CRUCIBLE__ADWIN_LEVELS]; /* of each level's first slot */
  uint32_t order[CRUCIBLE__ADWIN_LEVELS]; /* of its first bucket among all,
                                                 oldest first */
} crucible__adwin_buckets;

/*
 * One array: [slots] sums of buckets, [slots] of squared deviations (of level 0
 * never written: 0), then of each cut between two buckets, oldest first, the sum
 * [cuts] and the number [cuts] of the values before it. These two follow from
 * the first and are made anew from the highest level that has changed.
 */
size_t crucible__adwin_slots(uint32_t max_buckets);
size_t crucible__adwin_doubles(uint32_t max_buckets);
void crucible__adwin_clear(crucible__adwin_buckets *buckets,
                           uint32_t max_buckets);

/* The total and squares that values, the latest ones, lead to. */
void crucible__adwin_add(uint64_t width, double *total, double *squares,
                         const double *values, size_t n);

/* Sorts the values that wait into the buckets. */
void crucible__adwin_settle(crucible__adwin_buckets *buckets, double *slots);

/* Cuts as often as the test asks for; nothing may wait. Returns whether. */
int crucible__adwin_cut(crucible__adwin_buckets *buckets, double *slots,
                        const crucible__adwin_test *test);

#endif
