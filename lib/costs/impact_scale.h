/* SPDX-License-Identifier: Apache-2.0 */
/* Sigma and V of one bar, from the bars that have closed. */
#ifndef CRUCIBLE__IMPACT_SCALE_H
#define CRUCIBLE__IMPACT_SCALE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

typedef struct crucible__impact_scale {
  int64_t horizon_ms;
  size_t window;
  int64_t begin_ms;              /* of the bar that is open */
  int is_begun;                  /* a first event came */
  int is_whole;                  /* the open bar was seen from its begin */
  int is_quoted;                 /* the middle is that of quotes */
  size_t n;                      /* closed bars in the rings, at most window */
  size_t head;                   /* where the next goes */
  double *volume;                /* [window] ring */
  double *square;                /* [window] ring of squared returns */
  double open_volume, open_flow; /* of the open bar */
  double last[2];                /* price that a seller, a buyer took last */
  double quoted;                 /* middle of the last quote */
  double close;              /* middle where the last bar closed; 0 in the first
                                    bar, of which not all was seen */
  double sigma, mean_volume; /* where n = window */
} crucible__impact_scale;

/* A bar that closed: what its signed volume met. */
typedef struct crucible__impact_flow {
  int64_t begin_ms;
  double flow; /* buys less sells */
  double move; /* ln of middle over middle before; NaN where one is missing */
} crucible__impact_flow;

crucible_status crucible__impact_scale_make(crucible__impact_scale *scale,
                                            int64_t horizon_ms, size_t window);
void crucible__impact_scale_drop(crucible__impact_scale *scale);

/* Whether time_ms is behind the open bar: then that has to be closed. */
int crucible__impact_scale_is_over(const crucible__impact_scale *scale,
                                   int64_t time_ms);

/* What the open bar would tell if it closed now. */
crucible__impact_flow
crucible__impact_scale_flow(const crucible__impact_scale *scale);

/* Closes the open bar and opens that of time_ms; bars between are empty. */
void crucible__impact_scale_turn(crucible__impact_scale *scale,
                                 int64_t time_ms);

#endif
