/* SPDX-License-Identifier: Apache-2.0 */
/* A genome, its model and its account, looking at a lane's features. */
#ifndef CRUCIBLE__AGENT_H
#define CRUCIBLE__AGENT_H

#include <crucible/arena.h>
#include <crucible/model.h>

#include "arena/lane.h"
#include "backtest/fill.h"

typedef struct crucible__agent {
  size_t lane;
  crucible_model *model;
  size_t n_features;
  size_t *streams; /* [n_features] of the lane, in the model's order */
  double *row;     /* [n_features] */
  crucible__terms terms;
  crucible__account account;

  /* what the last bar of its timeframe brought */
  double prediction;
  int cannot_trade; /* its entries fell below the instrument's minimum */
  crucible__events events;
} crucible__agent;

/* Fills a zeroed agent; on failure it holds nothing and the lane is as it
   was. */
crucible_status crucible__agent_init(crucible__agent *agent,
                                     const crucible_agent_spec *spec,
                                     const crucible_instrument *instrument,
                                     const crucible_backtest_options *backtest,
                                     crucible__lane *lanes, size_t n_lanes);
void crucible__agent_clear(crucible__agent *agent);

/* The step at the close of the lane's last bar. */
crucible_status crucible__agent_step(crucible__agent *agent,
                                     const crucible__lane *lane);

#endif
