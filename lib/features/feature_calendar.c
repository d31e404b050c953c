/* SPDX-License-Identifier: Apache-2.0 */
/* Time at the close of the bar, UTC, when the model decides. */
#include "features/feature_list.h"

#define FAMILY CRUCIBLE_FAMILY_CALENDAR

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define WEEK_MS (7 * DAY_MS)
#define EPOCH_TO_MONDAY_MS (3 * DAY_MS) /* 1970-01-01 was a Thursday */
#define FUNDING_MS (8 * HOUR_MS)
#define TURN 6.283185307179586 /* 2 pi */

typedef struct calendar {
  int64_t timeframe_ms;
} calendar;

static size_t calendar_init(void *state, crucible__setup *setup) {
  ((calendar *)state)->timeframe_ms = setup->timeframe_ms;
  return 0;
}

/* Time since the last multiple of period_ms, shifted by ahead_ms. */
static int64_t phase(const void *state, const crucible__tick *tick,
                     int64_t ahead_ms, int64_t period_ms) {
  const calendar *c = state;
  int64_t close_ms = tick->bar->open_time_ms + c->timeframe_ms;
  int64_t into = (close_ms + ahead_ms) % period_ms;
  return into < 0 ? into + period_ms : into;
}

static double share_of(const void *state, const crucible__tick *tick,
                       int64_t ahead_ms, int64_t period_ms) {
  return (double)phase(state, tick, ahead_ms, period_ms) / (double)period_ms;
}

static double hour_sin_step(void *state, const crucible__tick *tick) {
  return sin(TURN * share_of(state, tick, 0, DAY_MS));
}

static double hour_cos_step(void *state, const crucible__tick *tick) {
  return cos(TURN * share_of(state, tick, 0, DAY_MS));
}

static double weekday_sin_step(void *state, const crucible__tick *tick) {
  return sin(TURN * share_of(state, tick, EPOCH_TO_MONDAY_MS, WEEK_MS));
}

static double weekday_cos_step(void *state, const crucible__tick *tick) {
  return cos(TURN * share_of(state, tick, EPOCH_TO_MONDAY_MS, WEEK_MS));
}

static double funding_step(void *state, const crucible__tick *tick) {
  return share_of(state, tick, 0, FUNDING_MS);
}

static double between(void *state, const crucible__tick *tick, int64_t from,
                      int64_t until) {
  int64_t time = phase(state, tick, 0, DAY_MS);
  return time >= from * HOUR_MS && time < until * HOUR_MS ? 1 : 0;
}

static double asia_step(void *state, const crucible__tick *tick) {
  return between(state, tick, 0, 9);
}

static double europe_step(void *state, const crucible__tick *tick) {
  return between(state, tick, 7, 16);
}

static double america_step(void *state, const crucible__tick *tick) {
  return between(state, tick, 13, 22);
}

static double weekend_step(void *state, const crucible__tick *tick) {
  return phase(state, tick, EPOCH_TO_MONDAY_MS, WEEK_MS) >= 5 * DAY_MS ? 1 : 0;
}

#define OF_TIME(function) IN_RATIO, RUNS(calendar, calendar_init, function)

DEFINE_FEATURE(HOUR_SIN, "sine of the time of day, UTC, one turn a day",
               OF_TIME(hour_sin_step));
DEFINE_FEATURE(HOUR_COS, "cosine of the time of day", OF_TIME(hour_cos_step));
DEFINE_FEATURE(WEEKDAY_SIN,
               "sine of the time since Monday 00:00 UTC, one turn a week",
               OF_TIME(weekday_sin_step));
DEFINE_FEATURE(WEEKDAY_COS, "cosine of the time since Monday 00:00 UTC",
               OF_TIME(weekday_cos_step));
DEFINE_FEATURE(SESSION_ASIA, "1 from 00:00 to 09:00 UTC, else 0",
               OF_TIME(asia_step));
DEFINE_FEATURE(SESSION_EUROPE, "1 from 07:00 to 16:00 UTC, else 0",
               OF_TIME(europe_step));
DEFINE_FEATURE(SESSION_AMERICA, "1 from 13:00 to 22:00 UTC, else 0",
               OF_TIME(america_step));
DEFINE_FEATURE(WEEKEND, "1 on Saturday and Sunday UTC, else 0",
               OF_TIME(weekend_step));
DEFINE_FEATURE(FUNDING_PHASE,
               "share of the eight hours since 00:00, 08:00 or 16:00 UTC that "
               "has passed: [0, 1)",
               OF_TIME(funding_step));

/* ---- gaps ---- */

static size_t missing_init(void *state, crucible__setup *setup) {
  (void)calendar_init(state, setup);
  return 1;
}

static double missing_step(void *state, const crucible__tick *tick) {
  const calendar *c = state;
  int64_t apart = tick->bar->open_time_ms - tick->prev->open_time_ms;
  int64_t bars = apart / c->timeframe_ms;
  return bars > 1 ? (double)(bars - 1) : 0.0;
}

DEFINE_FEATURE(MISSING_BARS, "bars missing between this one and the last",
               IN_RATIO, RUNS(calendar, missing_init, missing_step));
