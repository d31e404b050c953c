/* SPDX-License-Identifier: Apache-2.0 */
/* The features that agents look at, each computed once per bar. */
#ifndef CRUCIBLE__STREAMS_H
#define CRUCIBLE__STREAMS_H

#include <stddef.h>
#include <stdint.h>

#include "arena/lane.h"

struct crucible__stream {
  crucible_feature_spec spec; /* its name is the registry's */
  crucible_feature_set *set;  /* of this one feature; NULL: an empty place */
  uint32_t n_users;
  int is_cold;        /* it has yet to see the bars so far */
  size_t memory_bars; /* a value depends on so many; SIZE_MAX: on all */
};

/*
 * One more looks at a feature: the number of its stream, which is made where
 * there is none yet. A stream that was made has seen no bar until
 * crucible__lane_warm_up(), which has to come before the next bar.
 */
crucible_status crucible__lane_look(crucible__lane *lane,
                                    const crucible_feature_spec *spec,
                                    size_t *stream);
/* One less; a stream that nobody looks at ends. */
void crucible__lane_look_away(crucible__lane *lane, size_t stream);

/* The streams that were made since the last call see all bars so far, or as
   many as they can remember, side by side on the pool. */
crucible_status crucible__lane_warm_up(crucible__lane *lane,
                                       crucible_pool *pool);

#endif
