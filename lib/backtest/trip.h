/* SPDX-License-Identifier: Apache-2.0 */
/* One round trip: where it goes, what its arithmetic is given, what it leaves
   behind. */
#ifndef CRUCIBLE__TRIP_H
#define CRUCIBLE__TRIP_H

#include "backtest/round_trip.h"

typedef struct crucible__trip {
  size_t decided;       /* the close at which the entry was */
  size_t in, last, out; /* bars: of the entry, the last one held to its close,
                           of the exit */
  int32_t purpose;      /* of the exit; 0: not known yet */
  int is_at_open;       /* of its bar; else on the way through it */
} crucible__trip;

/* The next trip of a column at rest; from: the first close that decides. */
int crucible__trip_find(const crucible__course *course, size_t from, size_t to,
                        crucible__trip *t);

/* What lane k has of its plan; a lane without a trip reckons with what does no
   harm. */
void crucible__trips_take_plan(const crucible_plan *plan,
                               crucible__trips *trips, size_t k);
void crucible__trips_fill_lane(crucible__trips *trips, size_t k);

/* Both return 0 if the step has to decide, or to take the trip. */
int crucible__trip_prepare_entry(const crucible__route *route,
                                 const crucible__trip *t,
                                 crucible__trips *trips, size_t k);
int crucible__trip_prepare_exit(const crucible__route *route, crucible__trip *t,
                                crucible__trips *trips, size_t k);

/* The trip is over: metrics, records and the ledger; the route goes on behind
   it. */
crucible_status crucible__trip_complete(crucible__route *route,
                                        const crucible__trip *t,
                                        const crucible__trips *trips, size_t k);

#endif
