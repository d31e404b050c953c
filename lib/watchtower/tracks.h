/* SPDX-License-Identifier: Apache-2.0 */
/* The records of all agents, and the figures that rules and reports take from
   them. */
#ifndef CRUCIBLE__TRACKS_H
#define CRUCIBLE__TRACKS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/stats.h>
#include <crucible/watchtower.h>

#include "math/moment_sums.h"
#include "stats/edge_detector.h"
#include "stats/evidence.h"
#include "stats/sharpe_law.h"

/* What a set of rules alone would have done with an agent: bars of its record, 0
   = never. */
typedef struct crucible__fate {
  uint64_t promoted, ended; /* ended or demoted */
  int32_t rule;             /* by which it ended */
} crucible__fate;

/* One agent. */
typedef struct crucible__record {
  uint32_t agent;
  int32_t is_champion, is_sentenced, is_closed;
  int32_t is_ruined; /* an equity <= 0 was seen: no returns from then on */
  int32_t psr_armed, dsr_armed;
  uint64_t n_bars, n_trades, bars_since_trade;
  double initial, equity, peak;
  crucible_running_moments returns, results; /* per bar; per trade */
  crucible_rolling_moments *window;          /* NULL once closed */
  crucible__moment_sums recent;              /* what the window holds */
  crucible__sharpe_law whole, rolling;       /* of returns, of recent */
  crucible__evidence evidence;               /* of returns */
  crucible__lag_sums lags;                   /* of returns, if any are asked */
  double *ring;                              /* [lags] NULL: none */
  double variance; /* n times that of the Sharpe ratio, with lags */
  crucible__edge edge;
  double discovery_log; /* evidence that makes it a discovery */
  int32_t is_discovery;
  crucible__fate blueprint, anytime;
} crucible__record;

/* A probability that another one, that of a normal number below z, is held
   against: by z, unless that lies so near that rounding decides. */
typedef struct crucible__threshold {
  double probability, below, above; /* z */
} crucible__threshold;

struct crucible_watchtower {
  crucible_watchtower_options options;
  crucible__threshold promote_dsr, decay_psr, decay_dsr;
  double *margins; /* [n_margins] least half width of bounds, for a variance of
                      1, of each so many lengths of a record */
  size_t n_margins, margins_room;
  uint64_t longest;          /* returns of any record */
  crucible__record *records; /* [n] agents ascend */
  double *ratios; /* [n] Sharpe ratio of each record that counts in V, else
                     NaN */
  size_t *open;   /* [n_open] indices of records that are not closed */
  size_t n, n_open;
  size_t records_room, ratios_room, open_room;
  double best_of_n; /* expected maximum of n ratios of variance 1 */
  double variance;  /* V, as of the latest bar */
  uint64_t variance_agents;
  crucible__sequence_rule bounds; /* of the Sharpe ratio of a whole record */
  crucible__edge_rule edge;
  uint64_t n_discoveries; /* agents whose evidence reached their level */
};

/* How a record stands when its rules are asked; NaN where not defined. */
typedef struct crucible__standing {
  int has_minimum;                      /* statistical rules may speak */
  double dsr, rolling_psr, rolling_dsr; /* arguments of the normal law */
  int is_good, is_bad; /* the lower bound of the Sharpe ratio is above
                          promote_sharpe, the upper one below bad_sharpe */
} crucible__standing;

/* The bounds of a record; NaN before it is long enough, and where it has no
   ratio. */
void crucible__tower_bounds(const crucible_watchtower *tower,
                            const crucible__record *record, double *lower,
                            double *upper);

crucible__threshold crucible__threshold_of(double probability);

/* Whether the probability of z is above the threshold, or below it: what
   comparing crucible__normal_cdf(z) would say. */
int crucible__is_above(const crucible__threshold *threshold, double z);
int crucible__is_below(const crucible__threshold *threshold, double z);

/* Room for n records; nothing else changes. */
crucible_status crucible__tower_reserve(crucible_watchtower *tower, size_t n);

/* What an open record needs of memory; and what a closed one gives back. */
crucible_status crucible__record_make_room(const crucible_watchtower *tower,
                                           crucible__record *record);
void crucible__record_clear(crucible__record *record);

/* Least half widths for all records after their next bar; nothing else
   changes. */
crucible_status crucible__tower_margins(crucible_watchtower *tower);

/* Takes one bar, which has been checked. */
void crucible__record_observe(const crucible_watchtower *tower,
                              crucible__record *record,
                              const crucible_observation *observation);

/* Figures that follow from the sums of a record. */
void crucible__record_refresh(const crucible_watchtower *tower,
                              crucible__record *record);

/* What crucible_watchtower.ratios holds for a record. */
double crucible__record_ratio(const crucible__record *record,
                              uint32_t min_bars);

/* V over all ratios; best_of_n of n. */
void crucible__tower_variance(crucible_watchtower *tower);
void crucible__tower_best_of_n(crucible_watchtower *tower);

crucible__standing crucible__tower_standing(const crucible_watchtower *tower,
                                            const crucible__record *record);

/* All fields but struct_size, which is that of this library. */
void crucible__tower_track(const crucible_watchtower *tower,
                           const crucible__record *record,
                           crucible_track *track);

#endif
