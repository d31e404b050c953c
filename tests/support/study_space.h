/* SPDX-License-Identifier: Apache-2.0 */
/* The mixed conditional space that the study's tests search. */
#ifndef TESTS_SUPPORT_STUDY_SPACE_H
#define TESTS_SUPPORT_STUDY_SPACE_H

#include <crucible/space.h>

/*
 * 0 kind {tree, net, rule}  1 depth INT 2..9 (tree)   2 rate FLOAT log
 * 1e-3..1 (tree, net)       3 width INT log 1..256 (net)
 * 4 share FLOAT step 0.05 in 0.05..0.95 (always)      5 flag {no, yes}
 * 6 shift FLOAT -5..5 (flag yes)                      7 big INT 1..1000000
 */
enum {
  STUDY_KIND,
  STUDY_DEPTH,
  STUDY_RATE,
  STUDY_WIDTH,
  STUDY_SHARE,
  STUDY_FLAG,
  STUDY_SHIFT,
  STUDY_BIG,
  STUDY_PARAMS
};

/* Returns the space, or fails the test. */
crucible_space *study_space(void);

#endif
