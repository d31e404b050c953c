/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of accounts that run side by side, in one table in the accounts'
 * order. Each account has a log of its own and hands it over when it has ended;
 * accounts may end in any order.
 *
 * The room for all is asked for once, foretold from those that ended first and
 * from what is known of all of them beforehand. Where the foretelling falls
 * short the table is made larger in place.
 */
#ifndef CRUCIBLE__RECORD_GATHER_H
#define CRUCIBLE__RECORD_GATHER_H

#include <pthread.h>

#include "backtest/record_log.h"

/* Empty logs that are kept for the accounts to come. */
enum { CRUCIBLE__SPARES = 8 };

typedef struct crucible__gather {
  crucible__records *all;   /* where they go */
  crucible__log *waiting;   /* [n] ended, but not one before it */
  unsigned char *has_ended; /* [n] */
  size_t n;                 /* accounts */
  size_t next;              /* the first that is not in all yet */
  size_t n_ended;
  size_t n_orders, n_trades, n_drawdowns; /* of those that ended */
  double *weight;                         /* [n] what each may bring, in any
                                             unit; 1 unless it was told */
  double weight_all, weight_ended;
  size_t n_copying; /* workers that copy into all */
  crucible__log spares[CRUCIBLE__SPARES];
  size_t n_spares;
  pthread_mutex_t lock;
  pthread_cond_t written; /* nobody is writing */
} crucible__gather;

/* all is empty and stays the caller's, also after a failure. */
crucible_status crucible__gather_init(crucible__gather *gather,
                                      crucible__records *all, size_t n);

/* Tells beforehand what an account may bring beside the others, weight > 0. */
void crucible__gather_weigh(crucible__gather *gather, size_t i, double weight);

/* Takes the log of account i, from any thread, once for each. What is left of
   it is empty, perhaps with room. */
crucible_status crucible__gather_take(crucible__gather *gather, size_t i,
                                      crucible__log *log);

/* After the last account, from one thread: gives back the room where all needs
   far less than was foretold. */
crucible_status crucible__gather_finish(crucible__gather *gather);

/* Also after a failure, with accounts missing. */
void crucible__gather_free(crucible__gather *gather);

#endif
