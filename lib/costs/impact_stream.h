/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__IMPACT_STREAM_H
#define CRUCIBLE__IMPACT_STREAM_H

#include <crucible/impact.h>

#include "costs/impact_scale.h"
#include "costs/impact_sums.h"

/* Prints of one time and side, as yet. */
typedef struct crucible__impact_order {
  int64_t time_ms;
  int32_t side;     /* 0: there is none */
  double last;      /* price of its last print */
  double reference; /* what its prices are held against, ... */
  double unit;      /* ... and what the cost is a fraction of; 0: no quote */
  double quantity;
  double excess;        /* sum of quantity (price - reference), by side */
  double sigma, volume; /* V; 0 each before window bars had closed */
} crucible__impact_order;

struct crucible_impact_stream {
  crucible_impact_options options;
  int64_t time_ms; /* of the last event */
  int has_event;
  crucible_quote quote[2]; /* the last one, and the last of an earlier time; bid
                              0: none */
  crucible__impact_order order;
  uint64_t n_warmup, n_still, n_outside, n_thin, n_unquoted;
  crucible__impact_scale scale;
  crucible__impact_sums sums;
};

crucible_status
crucible__impact_options_read(crucible_impact_options *read,
                              const crucible_impact_options *options);

#endif
