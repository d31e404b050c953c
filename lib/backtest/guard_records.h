/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a run over the first bars against those of the run over all. */
#ifndef CRUCIBLE__GUARD_RECORDS_H
#define CRUCIBLE__GUARD_RECORDS_H

#include "backtest/guard.h"

/* A run and what it lends; the run is owned. */
typedef struct crucible__guard_run {
  crucible_backtest *backtest;
  crucible_orders orders;
  crucible_trades trades;
} crucible__guard_run;

/* Reads and checks a caller's source. */
crucible_status crucible__guard_run_source(const crucible_run_source *given,
                                           crucible_run_source *source);

/* Runs over a slice; too short ones set *is_short and leave an empty run. */
crucible_status crucible__guard_rerun(const crucible_run_source *source,
                                      const crucible__guard_slice *slice,
                                      crucible__guard_run *run, int *is_short);
void crucible__guard_run_free(crucible__guard_run *run);

/* The earliest record that two runs do not have in common. */
typedef struct crucible__guard_difference {
  int32_t kind; /* CRUCIBLE_RUN_*; 0: there is none */
  int32_t how;
  int64_t time_ms;
  uint32_t column;
  int32_t side, purpose;
  const char *field;
  double with, without;
} crucible__guard_difference;

/* What ended before a time, and, unless decided_ms is INT64_MIN, what was sent
   at that close and did not rest. */
crucible__guard_difference
crucible__guard_compare(const crucible__guard_run *full,
                        const crucible__guard_run *cut,
                        const crucible_lookahead_options *options,
                        int64_t before_ms, int64_t decided_ms);

#endif
