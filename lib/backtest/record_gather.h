/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of accounts that run side by side, in one table in the accounts'
 * order. The account whose turn it is writes into that table; workers with a
 * later one write into records of their own and hand them over when it has
 * ended. Accounts may end in any order.
 *
 * The room for all is asked for once, foretold from a sample of accounts that
 * run first, so that nothing lies in memory twice. Where the foretelling falls
 * short the table is made larger in place.
 */
#ifndef CRUCIBLE__RECORD_GATHER_H
#define CRUCIBLE__RECORD_GATHER_H

#include <pthread.h>

#include "backtest/record_table.h"

typedef struct crucible__gather {
  crucible__records *all;     /* where they go */
  crucible__records *waiting; /* [n] ended, but not one before it */
  unsigned char *has_ended;   /* [n] */
  size_t n;                   /* accounts */
  size_t next;                /* the first that is not in all yet */
  size_t n_ended;
  size_t n_orders, n_trades, n_drawdowns; /* of those that ended */
  size_t n_copying;                       /* workers that copy into all */
  size_t order, trade, drawdown; /* rows of all before the account that writes
                                    into it */
  pthread_mutex_t lock;
  pthread_cond_t written; /* nobody is writing */
} crucible__gather;

/* all is empty and stays the caller's, also after a failure. */
crucible_status crucible__gather_init(crucible__gather *gather,
                                      crucible__records *all, size_t n);

/* The account to run as item number so and so of n: first the sample, which is
   spread over all of them, then the others in their order. */
size_t crucible__gather_account(size_t n, size_t item);

/* Where account i is to write: into own, or into the run's table if all before
   it have ended. */
crucible_status crucible__gather_place(crucible__gather *gather, size_t i,
                                       crucible__records *own,
                                       crucible__records **place);

/* Takes the records of account i, from any thread, once for each: those of its
   place, or of the caller's own if it never asked for one. What is left of the
   caller's own is empty, perhaps with room. */
crucible_status crucible__gather_take(crucible__gather *gather, size_t i,
                                      crucible__records *records);

/* After the last account, from one thread: gives back the room where all needs
   far less than was foretold. */
crucible_status crucible__gather_finish(crucible__gather *gather);

/* Also after a failure, with accounts missing. */
void crucible__gather_free(crucible__gather *gather);

#endif
