/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/trip.h"

#include <math.h>

#include "backtest/deal.h"
#include "base/base_status.h"
#include "base/simd.h"

extern const crucible__trip_calls crucible__trips_baseline,
    crucible__trips_avx2, crucible__trips_avx512;

/* Those of the level that holds now. */
static const crucible__trip_calls *trip_calls_now(void) {
  CRUCIBLE__SIMD_RETURN(crucible__trips);
}

/* ---- which courses have trips ---- */

static int is_plan_plain(const crucible_plan *plan) {
  return plan->side == CRUCIBLE_SIDE_LONG &&
         plan->entry == CRUCIBLE_ENTRY_MARKET &&
         plan->sizing != CRUCIBLE_SIZE_RISK && plan->n_rungs == 0 &&
         !(plan->trail_sigma > 0) && !(plan->trail_fraction > 0) &&
         plan->decides <= CRUCIBLE_DECIDE_SIGNALS;
}

/* Whether the arithmetic of the trips is that of the course. */
static int is_plain(const crucible__course *course) {
  const crucible__terms *terms = course->terms;
  const crucible_backtest_options *options = &terms->options;
  int is_path_plain =
      !terms->has_bracket ||
      (!terms->try_both && options->path == CRUCIBLE_PATH_PESSIMISTIC);
  return is_plan_plain(&terms->plan) && crucible__is_law_plain(terms) &&
         is_path_plain && course->decides_alone &&
         !course->inputs->has_entry_inputs && course->fees == NULL &&
         !(options->participation > 0) && course->signals.flags[0] != NULL;
}

/* And one arithmetic for all of them: they may differ in how much and how
   far. */
static int are_plain(const crucible__route *routes, size_t n) {
  for (size_t k = 0; k < n; ++k) {
    const crucible__course *course = routes[k].course;
    if (!is_plain(course) || course->market != routes->course->market ||
        course->terms->plan.sizing != routes->course->terms->plan.sizing)
      return 0;
  }
  return 1;
}

/* ---- the way of several columns ---- */

/* A route between its trips. */
typedef struct leg {
  int is_open;  /* the close of bar at - 1 has not decided yet */
  int has_trip; /* it is known where the next one goes */
  crucible__trip trip;
} leg;

/* What the trips left out of the account, since none of them reads it: what an
   entry was like, what was known at the last close. */
static void catch_up(crucible__route *route) {
  const crucible__course *course = route->course;
  crucible__account *account = &route->column->account;
  crucible__order *entry = &account->entry;
  crucible__outlook outlook = crucible__outlook_none;
  size_t i = route->at - 1;
  crucible__course_outlook(course, i, &outlook);
  crucible__take_outlook(account, course->terms, &outlook);
  account->last_close_ms =
      course->lines[i].open_ms + course->terms->timeframe_ms;
  account->mark_price = account->exit_fee = 0;
  account->room = (double)INFINITY;
  account->entered_at_close = 0;
  entry->limit = entry->trigger = (double)INFINITY;
  entry->side = 1;
  entry->kind = CRUCIBLE_KIND_MARKET;
  entry->purpose = CRUCIBLE_PURPOSE_ENTRY;
  entry->reason = CRUCIBLE_REASON_NONE;
  entry->bars_left = 0;
  entry->stop = entry->target = entry->trailing = -1;
}

/* The step takes it from here until it rests again. */
static crucible_status walk(crucible__route *route, leg *l) {
  if (l->is_open) {
    catch_up(route);
    l->is_open = 0;
    CRUCIBLE__TRY(
        crucible__column_decide(route->column, route->course, route->at - 1));
  }
  if (route->at == route->to)
    return CRUCIBLE_OK;
  return crucible__column_run(route->column, route->course, route->at,
                              route->to, &route->at);
}

/* Looks for the next trip, and asks for the memory that it will read. */
static void look_ahead(const crucible__route *route, leg *l) {
  const crucible__course *course = route->course;
  l->has_trip = crucible__is_at_rest(&route->column->account) &&
                crucible__trip_find(course, route->at - (size_t)l->is_open,
                                    route->to, &l->trip);
  if (!l->has_trip)
    return;
  __builtin_prefetch(&course->lines[l->trip.decided]);
  __builtin_prefetch(&course->lines[l->trip.in]);
  __builtin_prefetch(&course->lines[l->trip.last]);
  __builtin_prefetch(&course->lines[l->trip.last + 1]);
  __builtin_prefetch(&course->lift->half[l->trip.in]);
  crucible__log_ahead(course->log);
  __builtin_prefetch(&course->lift->half[l->trip.last + 1]);
}

/* Goes on until there is a trip, or to the end. */
static crucible_status seek(crucible__route *route, leg *l) {
  while (!l->has_trip && (route->at < route->to || l->is_open)) {
    look_ahead(route, l);
    if (!l->has_trip)
      CRUCIBLE__TRY(walk(route, l));
  }
  return CRUCIBLE_OK;
}

/* One trip of every column that has one; returns which had. */
static crucible_status run_trips(const crucible__trip_calls *calls,
                                 crucible__route *routes, leg *legs, size_t n,
                                 crucible__trips *trips, uint32_t *found) {
  const crucible__terms *terms = routes->course->terms;
  uint32_t usual = 0;
  *found = 0;
  for (size_t k = 0; k < n; ++k) {
    CRUCIBLE__TRY(seek(&routes[k], &legs[k]));
    *found |= (uint32_t)legs[k].has_trip << k;
    if (legs[k].has_trip &&
        crucible__trip_prepare_entry(&routes[k], &legs[k].trip, trips, k))
      usual |= 1u << k;
    else
      crucible__trips_fill_lane(trips, k);
  }
  usual &= calls->enter(terms, trips);
  for (size_t k = 0; k < n; ++k)
    if ((usual >> k & 1) != 0 &&
        !crucible__trip_prepare_exit(&routes[k], &legs[k].trip, trips, k))
      usual &= ~(1u << k);
  usual &= calls->leave(terms, trips);
  for (size_t k = 0; k < n; ++k) {
    if ((usual >> k & 1) != 0) {
      CRUCIBLE__TRY(
          crucible__trip_complete(&routes[k], &legs[k].trip, trips, k));
      legs[k].is_open = 1;
      look_ahead(&routes[k], &legs[k]);
    } else if ((*found >> k & 1) != 0) {
      CRUCIBLE__TRY(walk(&routes[k], &legs[k]));
      legs[k].has_trip = 0;
    }
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__routes_run(crucible__route *routes, size_t n) {
  crucible__trips trips = {.cash = {0}};
  leg legs[CRUCIBLE__TRIPS] = {{.is_open = 0}};
  uint32_t found = n > 0;
  if (!are_plain(routes, n)) {
    for (size_t k = 0; k < n; ++k)
      CRUCIBLE__TRY(crucible__column_run(routes[k].column, routes[k].course,
                                         routes[k].at, routes[k].to, NULL));
    return CRUCIBLE_OK;
  }
  for (size_t k = 0; k < CRUCIBLE__TRIPS; ++k) {
    crucible__trips_take_plan(&routes[k < n ? k : 0].course->terms->plan,
                              &trips, k);
    crucible__trips_fill_lane(&trips, k);
  }
  while (found != 0)
    CRUCIBLE__TRY(run_trips(trip_calls_now(), routes, legs, n, &trips, &found));
  return CRUCIBLE_OK;
}
