/* SPDX-License-Identifier: Apache-2.0 */
/* Columns that share their cash, bar by bar. */
#ifndef CRUCIBLE__GROUP_H
#define CRUCIBLE__GROUP_H

#include "backtest/kernel.h"

/* A member is a column with its course; its cash is what has flowed through it,
   so that the group's is the sum. */
typedef struct crucible__member {
  crucible__column *column;
  crucible__course course;
} crucible__member;

/* Members before their first bar: the first one brings the cash. */
void crucible__group_init(crucible__member *members, size_t n);

/* Takes the bars [from, to), which are the same for all: in each phase of a bar
   all members act, in their order, before the next phase begins. */
crucible_status crucible__group_run(crucible__member *members, size_t n,
                                    size_t from, size_t to);

#endif
