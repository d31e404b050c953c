/* SPDX-License-Identifier: Apache-2.0 */
/* What a rolling season holds. */
#ifndef CRUCIBLE__SEASON_ROLLING_H
#define CRUCIBLE__SEASON_ROLLING_H

#include <crucible/season.h>

struct crucible_season_rolling {
  crucible_season_rolling_options options;
  int64_t *open_time_ms; /* [capacity] */
  double *returns;       /* [capacity] */
  size_t begin, end;     /* of the window in them */
  size_t capacity;
  int64_t seen_day;        /* on which the last bar ended */
  int64_t fit_day;         /* on which the last fit was made */
  crucible_season *season; /* NULL before the first fit */
};

/* A push in two steps: everything that can fail, with the season fitted anew or
   NULL, and what cannot, which tells the next factor and owns fresh. */
crucible_status
crucible__season_rolling_prepare(crucible_season_rolling *rolling,
                                 int64_t open_time_ms, double value,
                                 crucible_season **fresh);
double crucible__season_rolling_commit(crucible_season_rolling *rolling,
                                       crucible_season *fresh);

#endif
