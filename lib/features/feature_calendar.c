/* SPDX-License-Identifier: Apache-2.0 */
/* Time of day and of week at the close of the bar, UTC. */
#include "features/feature_list.h"

#define FAMILY CRUCIBLE_FAMILY_CALENDAR

#define DAY_MS 86400000
#define TURN 6.283185307179586 /* 2 pi */

typedef struct calendar {
  int64_t timeframe_ms;
} calendar;

static size_t calendar_init(void *state, crucible__setup *setup) {
  ((calendar *)state)->timeframe_ms = setup->timeframe_ms;
  return 0;
}

/* Time since the last multiple of period_ms when the bar closes. */
static int64_t phase(const void *state, const crucible__tick *tick,
                     int64_t period_ms) {
  const calendar *c = state;
  int64_t into = (tick->bar->open_time_ms + c->timeframe_ms) % period_ms;
  return into < 0 ? into + period_ms : into;
}

static double day_angle(const void *state, const crucible__tick *tick) {
  return TURN * ((double)phase(state, tick, DAY_MS) / DAY_MS);
}

static double hour_sin_step(void *state, const crucible__tick *tick) {
  return sin(day_angle(state, tick));
}

static double hour_cos_step(void *state, const crucible__tick *tick) {
  return cos(day_angle(state, tick));
}

DEFINE_FEATURE(HOUR_SIN, "sine of the time of day, UTC, one turn a day",
               IN_RATIO, RUNS(calendar, calendar_init, hour_sin_step));
DEFINE_FEATURE(HOUR_COS, "cosine of the time of day, UTC, one turn a day",
               IN_RATIO, RUNS(calendar, calendar_init, hour_cos_step));
