/* SPDX-License-Identifier: Apache-2.0 */
/* A genome, its model and its account, looking at a lane's features. */
#ifndef CRUCIBLE__AGENT_H
#define CRUCIBLE__AGENT_H

#include <crucible/arena.h>
#include <crucible/model.h>

#include "arena/lane.h"
#include "backtest/fill.h"

enum {
  CRUCIBLE__OWN_BARS_MAX = 2 /* within one of the shortest timeframe: one that
                                closes late or is cut off, and one in time */
};

/* What the arena is made of, as its agents need it. */
typedef struct crucible__site {
  const crucible_instrument *instrument;
  const crucible_backtest_options *backtest;
  crucible__lane *lanes; /* [n_lanes] */
  size_t n_lanes;
} crucible__site;

typedef struct crucible__agent {
  uint32_t number;
  int32_t state; /* CRUCIBLE_AGENT_* */
  uint8_t genome[CRUCIBLE_GENOME_ID_BYTES];
  crucible__terms terms;
  crucible__account account;
  size_t lane;          /* whose bars it takes: the first one's once closing */
  int32_t cannot_trade; /* its entries fell below the instrument's minimum */

  /* what it decides by; none once closing */
  crucible_model *model;
  size_t n_features;
  size_t *streams; /* [n_features] of the lane, in the model's order */
  double *row;     /* [n_features] */

  /* since it was last reported: its own bars; none once terminated */
  uint32_t n_bars;
  crucible__events *events; /* [CRUCIBLE__OWN_BARS_MAX] */
  double prediction;        /* at the last of them */
} crucible__agent;

/* Fills a zeroed agent, which is active; its streams are to be warmed up. On
   failure it holds nothing and the lanes are as they were. */
crucible_status crucible__agent_init(crucible__agent *agent,
                                     const crucible_agent_spec *spec,
                                     const crucible__site *site);
/* Frees what it holds. */
void crucible__agent_clear(crucible__agent *agent, const crucible__site *site);

/* Likewise for one that is closing: it has no model and looks at nothing. */
crucible_status crucible__agent_init_closing(crucible__agent *agent,
                                             const crucible_agent_spec *spec,
                                             const crucible__site *site);

/* See crucible_arena_set_model(); unchanged on failure. */
crucible_status crucible__agent_set_model(crucible__agent *agent,
                                          const crucible_agent_spec *spec,
                                          const crucible__site *site);

/* The step at the close of its lane's last bar. */
crucible_status crucible__agent_step(crucible__agent *agent,
                                     const crucible__lane *lane);

/* Its equity at the close of a bar of the shortest timeframe. */
double crucible__agent_equity(const crucible__agent *agent,
                              const crucible_bar *bar, int64_t close_ms);

/* Orders it to leave; from now on it steps with the shortest timeframe and
   decides nothing. What has passed of a longer bar is stepped first. */
void crucible__agent_close(crucible__agent *agent, const crucible__site *site);

/* Whether it has neither a position nor an order. */
int crucible__agent_is_flat(const crucible__agent *agent);

#endif
