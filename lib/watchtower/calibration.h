/* SPDX-License-Identifier: Apache-2.0 */
/* What a calibration found, before it is told. */
#ifndef CRUCIBLE__CALIBRATION_H
#define CRUCIBLE__CALIBRATION_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/calibrate.h>

/* What became of an agent under one set of rules: bars, 0 = never. */
typedef struct crucible__life {
  uint32_t promoted, ended;
  int32_t rule; /* by which it ended */
} crucible__life;

struct crucible_calibration {
  crucible_calibration_head head;
  size_t n_agents, n_sharpes, n_horizons;
  double *sharpes;       /* [n_sharpes] annual */
  uint32_t *horizons;    /* [n_horizons] */
  crucible__life *lives; /* [n_sharpes][n_agents][CRUCIBLE_N_SETS] */
  crucible_calibration_row *rows;
  crucible_calibration_tournament tournaments[CRUCIBLE_N_SETS];
};

crucible_status
crucible__calibration_create(const crucible_calibrate_options *options,
                             crucible_calibration **calibration);

/* The lives of an agent, one a set of rules. */
crucible__life *crucible__calibration_lives(crucible_calibration *calibration,
                                            size_t sharpe, size_t agent);

/* Rows from lives. */
crucible_status crucible__calibration_tally(crucible_calibration *calibration);

/* A share with its interval. */
crucible_share crucible__share_of(uint64_t count, uint64_t of);

/* The exact 95 % interval of a Poisson mean of which count events were seen. */
void crucible__poisson_interval(uint64_t count, double *low, double *high);

#endif
