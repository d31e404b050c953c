/* SPDX-License-Identifier: Apache-2.0 */
/* Track records whose true Sharpe ratio is known, of the kinds that traders
   have: to count how often a rule is wrong about them. */
#ifndef TESTS_SUPPORT_NULL_TRACKS_H
#define TESTS_SUPPORT_NULL_TRACKS_H

#include <stddef.h>
#include <stdint.h>

enum {
  TRACK_NORMAL,
  TRACK_T3,     /* Student's t with three degrees */
  TRACK_MARKET, /* recorded returns of a market, each with a random sign */
  TRACK_AGENT,  /* long or short at random in the market for an hour or so, then
                   out for two; pays a fee each way that its edge just earns */
  TRACK_WINS,   /* a trade in 24 bars: -1 three times in four, +3 once, each
                   times an exponential one */
  TRACK_LOSSES, /* the same with the sign changed */
  TRACK_AR,     /* normal, correlation 0.2 with the bar before */
  TRACK_KINDS
};

extern const char *const track_names[TRACK_KINDS];

typedef struct track_market {
  double *returns; /* [n] of recorded closes; NULL: there are none */
  size_t n;
} track_market;

/* Five-minute BTC/USDT of the shared data; empty where there are none. */
track_market track_market_read(const char *shared);
void track_market_free(track_market *market);

/* Whether a kind needs recorded returns. */
int track_needs_market(int kind);

/* Fills [n] returns with a true Sharpe ratio per observation of sharpe, in
   units of 0.001 or thereabouts. Track and kind name the random stream. */
void track_make(int kind, double sharpe, uint64_t track,
                const track_market *market, double *x, size_t n);

/* Clopper's and Pearson's 95 % interval for hits of n. */
void track_interval(size_t hits, size_t n, double *low, double *high);

#endif
