/* SPDX-License-Identifier: Apache-2.0 */
/* One window: fit, stop early, set thresholds, trade the test. */
#ifndef CRUCIBLE__TRAINER_H
#define CRUCIBLE__TRAINER_H

#include <crucible/forge.h>

#include "backtest/records.h"
#include "forge/labels.h"

/* What all windows of a genome share. */
typedef struct crucible__training {
  const crucible_genome *genome;
  const crucible_forge_data *data;
  const crucible_forge_options *options;
  const crucible_cancel *cancel;
  crucible_genes genes;
  crucible__lessons lessons;
} crucible__training;

/* What came of one window. */
typedef struct crucible__trained {
  crucible_fold *fold; /* its windows are given, the rest is filled */
  crucible_model *model;
  crucible_plan plan;        /* with thresholds */
  double *equity;            /* [test bars] */
  crucible__records records; /* of the test, column = number of the fold */
  double max_drawdown;
  int is_constant; /* it predicts the same on all of its inner tail */
} crucible__trained;

crucible_status crucible__train(const crucible__training *training,
                                uint32_t number, crucible__trained *trained);
void crucible__trained_clear(crucible__trained *trained);

#endif
