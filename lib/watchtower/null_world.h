/* SPDX-License-Identifier: Apache-2.0 */
/* Records of agents that trade at random on markets made of recorded bars. */
#ifndef CRUCIBLE__NULL_WORLD_H
#define CRUCIBLE__NULL_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/calibrate.h>

/* What a bar was, against the close before it; n of them, one after another
   where recorded ones were. */
typedef struct crucible__null_bar {
  double open, high, low, close; /* over the close before */
  double volume, sigma, volume_forecast, spread;
} crucible__null_bar;

/* What all agents have in common. */
typedef struct crucible__null_world {
  const crucible_calibrate_options *options;
  const crucible_instrument *instrument;
  const crucible_market *market;
  crucible__null_bar *bars; /* [n] with forecasts */
  size_t n;
  double first_price;
  double enter; /* chance of an entry signal at a bar */
  double leave; /* chance of an exit signal at a bar */
  int has_spread;
} crucible__null_world;

/* One bar of a record. */
typedef struct crucible__null_step {
  float net;         /* return */
  uint8_t in_market; /* 1: a position was held in it */
  uint8_t n_fills, n_trades;
  float trade; /* sum of the closed trades' results over the equity before */
} crucible__null_step;

/* Records of some agents. */
typedef struct crucible__null_tracks {
  size_t n_agents;            /* room */
  crucible__null_step *steps; /* [n_agents x n_bars] */
  double *columns;            /* of the markets */
  uint64_t *flags;            /* signals */
  crucible_market *markets;
  crucible_bars *bars;
  crucible_instrument *instruments;
  int64_t *times;
} crucible__null_tracks;

crucible_status
crucible__null_world_init(crucible__null_world *world,
                          const crucible_market *market,
                          const crucible_instrument *instrument,
                          const crucible_calibrate_options *options);
void crucible__null_world_free(crucible__null_world *world);

/* How many agents are made at a time. */
size_t crucible__null_room(const crucible__null_world *world);

crucible_status crucible__null_tracks_init(crucible__null_tracks *tracks,
                                           const crucible__null_world *world);
void crucible__null_tracks_free(crucible__null_tracks *tracks);

/* The records of agents first .. first + n - 1, n <= room. */
crucible_status crucible__null_tracks_make(const crucible__null_world *world,
                                           uint64_t first, size_t n,
                                           crucible__null_tracks *tracks);

#endif
