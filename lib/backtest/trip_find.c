/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/trip.h"

#include <math.h>

/* ---- finding a trip ---- */

/* Bits of a word of bars. */
static uint64_t flags_at(const crucible__signals *signals, int k, size_t word) {
  return signals->flags[k] != NULL
             ? signals->flags[k][word - signals->first_word]
             : 0;
}

/* What waits for an account at rest. */
static uint64_t entries_at(const crucible__course *course, size_t word) {
  uint64_t enter = flags_at(&course->signals, 0, word);
  return course->terms->plan.decides == CRUCIBLE_DECIDE_SIGNALS
             ? enter & ~flags_at(&course->signals, 1, word)
             : enter;
}

static uint64_t exits_at(const crucible__course *course, size_t word) {
  return flags_at(&course->signals, 1, word);
}

static int is_odd(const crucible__course *course, size_t i) {
  return (course->odd->always[i / 64] >> (i % 64) & 1) != 0;
}

/* First bar of [from, to) that has one of these bits, or is odd; or to. */
static inline __attribute__((always_inline)) size_t
find(const crucible__course *course,
     uint64_t (*bits_at)(const crucible__course *course, size_t word),
     size_t from, size_t to) {
  uint64_t mask = ~(uint64_t)0 << (from % 64);
  for (size_t w = from / 64; w * 64 < to; ++w) {
    uint64_t bits = (bits_at(course, w) | course->odd->always[w]) & mask;
    if (bits != 0) {
      size_t found = w * 64 + (size_t)__builtin_ctzll(bits);
      return found < to ? found : to;
    }
    mask = ~(uint64_t)0;
  }
  return to;
}

/* Where the position is left at the latest, if nothing is reached before. */
static void find_exit(const crucible__course *course, size_t to,
                      crucible__trip *t) {
  size_t horizon = course->terms->plan.horizon_bars;
  int is_timed = horizon > 0 && horizon < to - t->in;
  size_t end = is_timed ? t->in + horizon - 1 : to;
  size_t found = find(course, exits_at, t->in, end);
  t->purpose = 0;
  t->is_at_open = 1;
  t->last = found;
  if (found == to || is_odd(course, found)) {
    t->last = found - 1; /* unless a stop comes before it */
    return;
  }
  if (found + 1 == to || is_odd(course, found + 1))
    return;
  t->purpose = CRUCIBLE_PURPOSE_EXIT_SIGNAL;
  if (found == end)
    t->purpose = CRUCIBLE_PURPOSE_EXIT_TIME;
  else if (course->terms->plan.decides == CRUCIBLE_DECIDE_SCORES)
    t->purpose = CRUCIBLE_PURPOSE_EXIT_SCORE;
  t->out = found + 1;
}

int crucible__trip_find(const crucible__course *course, size_t from, size_t to,
                        crucible__trip *t) {
  size_t found = find(course, entries_at, from, to);
  if (found + 1 >= to || is_odd(course, found) || is_odd(course, found + 1))
    return 0;
  t->decided = found;
  t->in = found + 1;
  find_exit(course, to, t);
  return t->purpose != 0 || course->terms->has_bracket;
}

/* ---- what the arithmetic is given ---- */

/* Forecasts of bar i for the next one; 0: they are as the step wants them. */
static int take_forecasts(const crucible__course *course, size_t i,
                          double *sigma, double *volume) {
  const crucible__terms *terms = course->terms;
  const crucible__bar_line *line = &course->lines[i];
  int is_cold = !(line->sigma >= 0);
  *sigma = is_cold ? 0 : line->sigma;
  *volume = line->volume_forecast > 0 ? line->volume_forecast : 1;
  if (terms->fixed_slippage >= 0)
    return is_cold && terms->needs_sigma;
  return is_cold || !(line->volume_forecast > 0);
}

int crucible__trip_prepare_entry(const crucible__route *route,
                                 const crucible__trip *t,
                                 crucible__trips *trips, size_t k) {
  const crucible__course *course = route->course;
  const crucible__account *account = &route->column->account;
  trips->cash[k] = account->cash;
  trips->dust[k] = account->dust;
  trips->close[k] = course->lines[t->decided].close;
  trips->open[k] = course->lines[t->in].open;
  trips->half[k] = course->lift->half[t->in];
  return take_forecasts(course, t->decided, &trips->sigma[k],
                        &trips->volume[k]) == 0;
}

void crucible__trips_take_plan(const crucible_plan *plan,
                               crucible__trips *trips, size_t k) {
  trips->sizing_value[k] = plan->sizing_value;
  trips->stop_sigma[k] = plan->stop_sigma;
  trips->stop_fraction[k] = plan->stop_fraction;
  trips->target_sigma[k] = plan->target_sigma;
  trips->target_fraction[k] = plan->target_fraction;
}

void crucible__trips_fill_lane(crucible__trips *trips, size_t k) {
  trips->cash[k] = trips->close[k] = trips->volume[k] = trips->open[k] = 1;
  trips->dust[k] = trips->sigma[k] = trips->half[k] = 0;
  trips->sigma_out[k] = trips->resting[k] = 0;
  trips->volume_out[k] = trips->bid[k] = trips->middle[k] = 1;
}

/* A bracket that is reached in the bars before the exit that was found makes
   the exit: at the open that is beyond it, or on the way. Returns 0 if both
   ends of it are in reach, or nothing at all is. */
static int find_bracket(const crucible__route *route, crucible__trip *t,
                        crucible__trips *trips, size_t k) {
  const crucible__course *course = route->course;
  const crucible__lift *lift = course->lift;
  const double inf = (double)INFINITY;
  double stop = trips->stop[k], target = trips->target[k];
  const crucible__levels levels = {stop, target, -inf, inf};
  size_t at = course->calls->reach(lift, &levels, t->in, t->last + 1);
  if (at > t->last)
    return t->purpose != 0;
  double half = lift->half[at], open = lift->open[at], bid = open - half;
  int is_stopped = lift->low[at] - half <= stop;
  int is_sold = lift->high[at] - half >= target;
  int is_passed = bid <= stop || bid >= target;
  if (is_stopped && is_sold && (at == t->in || !is_passed))
    return 0;
  t->out = at;
  t->is_at_open = is_passed;
  trips->middle[k] = open;
  trips->resting[k] = 0;
  if (is_passed ? bid <= stop : is_stopped) {
    t->purpose = CRUCIBLE_PURPOSE_STOP;
    trips->bid[k] = is_passed ? bid : stop;
    if (!is_passed)
      trips->middle[k] = stop + half;
  } else {
    t->purpose = CRUCIBLE_PURPOSE_TARGET;
    trips->bid[k] = bid;
    trips->resting[k] = is_passed
                            ? crucible__step_rounded(&course->terms->tick, bid,
                                                     CRUCIBLE__ROUND_DOWN)
                            : target;
    if (!is_passed)
      trips->middle[k] = target + half;
  }
  return 1;
}

int crucible__trip_prepare_exit(const crucible__route *route, crucible__trip *t,
                                crucible__trips *trips, size_t k) {
  const crucible__course *course = route->course;
  if (course->terms->has_bracket) {
    if (!find_bracket(route, t, trips, k))
      return 0;
  }
  size_t before = t->out > 0 ? t->out - 1 : 0;
  if (t->purpose != CRUCIBLE_PURPOSE_STOP &&
      t->purpose != CRUCIBLE_PURPOSE_TARGET) {
    double open = course->lines[t->out].open;
    trips->middle[k] = open;
    trips->bid[k] = open - course->lift->half[t->out];
    trips->resting[k] = 0;
  }
  return take_forecasts(course, before, &trips->sigma_out[k],
                        &trips->volume_out[k]) == 0;
}
