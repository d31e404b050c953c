/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/round_trip.h"

#include <math.h>

#include "backtest/deal.h"

#include "base/base_status.h"
#include "base/simd.h"

extern const crucible__trip_calls crucible__trips_baseline;
extern const crucible__trip_calls crucible__trips_avx2;
extern const crucible__trip_calls crucible__trips_avx512;

const crucible__trip_calls *crucible__trip_calls_now(void) {
#if CRUCIBLE__SIMD_X86
  static const crucible__trip_calls *const levels[CRUCIBLE__SIMD_LEVELS] = {
      [CRUCIBLE__SIMD_BASELINE] = &crucible__trips_baseline,
      [CRUCIBLE__SIMD_AVX2] = &crucible__trips_avx2,
      [CRUCIBLE__SIMD_AVX512] = &crucible__trips_avx512,
  };
  return levels[crucible__simd_level()];
#else
  return &crucible__trips_baseline;
#endif
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
  const crucible_cost_options *costs = &options->costs;
  int is_law_plain = terms->fixed_slippage >= 0 ||
                     (costs->impact_law == CRUCIBLE_IMPACT_POWER &&
                      costs->impact_exponent == 0.5);
  int is_path_plain =
      !terms->has_bracket ||
      (!terms->try_both && options->path == CRUCIBLE_PATH_PESSIMISTIC);
  return is_plan_plain(&terms->plan) && is_law_plain && is_path_plain &&
         course->decides_alone && !course->inputs->has_entry_inputs &&
         course->fees == NULL && !(options->participation > 0) &&
         course->signals.flags[0] != NULL;
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

/* ---- finding a trip ---- */

typedef struct trip {
  size_t decided;       /* the close at which the entry was */
  size_t in, last, out; /* bars: of the entry, the last one held to its close,
                           of the exit */
  int32_t purpose;      /* of the exit; 0: not known yet */
  int is_at_open;       /* of its bar; else on the way through it */
} trip;

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
static void find_exit(const crucible__course *course, size_t to, trip *t) {
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

/* The next trip of a column at rest; from: the first close that decides. */
static int find_trip(const crucible__course *course, size_t from, size_t to,
                     trip *t) {
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
  const crucible__tick *tick = &course->ticks[i];
  int is_cold = !(tick->sigma >= 0);
  *sigma = is_cold ? 0 : tick->sigma;
  *volume = tick->volume_forecast > 0 ? tick->volume_forecast : 1;
  if (terms->fixed_slippage >= 0)
    return is_cold && terms->needs_sigma;
  return is_cold || !(tick->volume_forecast > 0);
}

/* Returns 0 if the step has to decide. */
static int prepare_entry(const crucible__route *route, const trip *t,
                         crucible__trips *trips, size_t k) {
  const crucible__course *course = route->course;
  const crucible__account *account = &route->column->account;
  trips->cash[k] = account->cash;
  trips->dust[k] = account->dust;
  trips->close[k] = course->ticks[t->decided].close;
  trips->open[k] = course->ticks[t->in].open;
  trips->half[k] = course->lift->half[t->in];
  return take_forecasts(course, t->decided, &trips->sigma[k],
                        &trips->volume[k]) == 0;
}

static void take_plan(const crucible_plan *plan, crucible__trips *trips,
                      size_t k) {
  trips->sizing_value[k] = plan->sizing_value;
  trips->stop_sigma[k] = plan->stop_sigma;
  trips->stop_fraction[k] = plan->stop_fraction;
  trips->target_sigma[k] = plan->target_sigma;
  trips->target_fraction[k] = plan->target_fraction;
}

/* Lanes without a trip reckon with what does no harm. */
static void fill_lane(crucible__trips *trips, size_t k) {
  trips->cash[k] = trips->close[k] = trips->volume[k] = trips->open[k] = 1;
  trips->dust[k] = trips->sigma[k] = trips->half[k] = 0;
  trips->sigma_out[k] = trips->resting[k] = 0;
  trips->volume_out[k] = trips->bid[k] = trips->middle[k] = 1;
}

/* A bracket that is reached in the bars before the exit that was found makes
   the exit: at the open that is beyond it, or on the way. Returns 0 if both
   ends of it are in reach, or nothing at all is. */
static int find_bracket(const crucible__route *route, trip *t,
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

/* Returns 0 if the step has to take the trip. */
static int prepare_exit(const crucible__route *route, trip *t,
                        crucible__trips *trips, size_t k) {
  const crucible__course *course = route->course;
  if (course->terms->has_bracket) {
    if (!find_bracket(route, t, trips, k))
      return 0;
  }
  size_t before = t->out > 0 ? t->out - 1 : 0;
  if (t->purpose != CRUCIBLE_PURPOSE_STOP &&
      t->purpose != CRUCIBLE_PURPOSE_TARGET) {
    double open = course->ticks[t->out].open;
    trips->middle[k] = open;
    trips->bid[k] = open - course->lift->half[t->out];
    trips->resting[k] = 0;
  }
  return take_forecasts(course, before, &trips->sigma_out[k],
                        &trips->volume_out[k]) == 0;
}

/* ---- what a trip leaves behind ---- */

/* The bars it is held in, told to the metrics; returns the bids met. */
static crucible__holding hold(const crucible__route *route, const trip *t,
                              const crucible__trips *trips, size_t k) {
  const crucible__course *course = route->course;
  crucible__column *column = route->column;
  int has_metrics = course->terms->options.metrics;
  double bid = trips->open[k] - trips->half[k];
  crucible__holding holding = {
      .cash = trips->cash_in[k],
      .position = trips->held[k],
      .side = 1,
      .fee_rate = course->terms->instrument.taker_fee,
      .lowest = bid,
      .highest = bid,
  };
  if (has_metrics)
    crucible__return_sums_idle(&column->sums, t->in - route->at);
  for (size_t i = route->at; course->curve != NULL && i < t->in; ++i)
    course->curve[i] = trips->cash[k];
  course->calls->hold(course->lift, &holding, t->in, t->out,
                      has_metrics ? &column->sums : NULL, course->curve);
  if (has_metrics)
    crucible__return_sums_push(&column->sums, trips->cash_out[k],
                               course->lift->change[t->out]);
  if (course->curve != NULL)
    course->curve[t->out] = trips->cash_out[k];
  return holding;
}

static void see(crucible__holding *holding, double bid) {
  if (bid < holding->lowest)
    holding->lowest = bid;
  if (bid > holding->highest)
    holding->highest = bid;
}

/* What the path of the last bar adds up to its exit. */
static void meet_exit(const crucible__course *course, const trip *t,
                      const crucible__trips *trips, size_t k,
                      crucible__holding *holding) {
  double half = course->lift->half[t->out];
  if (!t->is_at_open)
    see(holding, course->lift->open[t->out] - half);
  if (!t->is_at_open && t->purpose == CRUCIBLE_PURPOSE_TARGET)
    see(holding, course->lift->low[t->out] - half);
  see(holding, trips->middle[k] - half);
}

/* One that is cancelled when the position closes. (Field by field: the compiler
   clears a whole event by a slow instruction.) */
static void write_order(crucible__order_event *order, const trip *t,
                        const crucible__course *course) {
  const crucible__tick *ticks = course->ticks;
  order->placed_ms = ticks[t->decided].open_ms + course->terms->timeframe_ms;
  order->ended_ms = ticks[t->out].open_ms;
  order->limit_price = order->fill_price = (double)NAN;
  order->filled = order->fee = 0;
  order->spread = order->slippage = order->impact = 0;
  order->side = -1;
  order->entry = CRUCIBLE_ENTRY_MARKET;
  order->status = CRUCIBLE_ORDER_CANCELLED;
  order->reason = CRUCIBLE_REASON_CLOSED;
  order->liquidity = CRUCIBLE_LIQUIDITY_NONE;
  order->id = order->reserved = 0;
}

static void write_entry(crucible__order_event *order, const trip *t,
                        const crucible__course *course,
                        const crucible__trips *trips, size_t k) {
  write_order(order, t, course);
  order->ended_ms = course->ticks[t->in].open_ms;
  order->quantity = trips->wanted[k];
  order->filled = trips->bought[k];
  order->fill_price = trips->entry[k];
  order->fee = trips->entry_fee[k];
  order->spread = trips->entry_spread[k];
  order->slippage = trips->entry_slippage[k];
  order->side = 1;
  order->purpose = CRUCIBLE_PURPOSE_ENTRY;
  order->status = CRUCIBLE_ORDER_FILLED;
  order->reason = CRUCIBLE_REASON_NONE;
  order->liquidity = CRUCIBLE_LIQUIDITY_TAKER;
}

static void write_exit(crucible__order_event *order, const trip *t,
                       const crucible__course *course,
                       const crucible__trips *trips, size_t k) {
  write_order(order, t, course);
  order->quantity = order->filled = trips->held[k];
  order->fill_price = trips->exit[k];
  order->fee = trips->exit_fee[k];
  order->spread = trips->exit_spread[k];
  order->slippage = trips->exit_slippage[k];
  order->purpose = t->purpose;
  order->status = CRUCIBLE_ORDER_FILLED;
  order->reason = CRUCIBLE_REASON_NONE;
  order->liquidity = CRUCIBLE_LIQUIDITY_TAKER;
  if (t->purpose == CRUCIBLE_PURPOSE_STOP) {
    order->limit_price = trips->stop[k];
  } else if (t->purpose == CRUCIBLE_PURPOSE_TARGET) {
    order->limit_price = trips->target[k];
    order->entry = CRUCIBLE_ENTRY_LIMIT;
    order->liquidity = CRUCIBLE_LIQUIDITY_MAKER;
  } else {
    order->placed_ms =
        course->ticks[t->last].open_ms + course->terms->timeframe_ms;
  }
}

/* The half of a bracket that the exit leaves over, if there is one; returns how
   many orders it was. */
static uint32_t write_cancelled(crucible__order_event *order, const trip *t,
                                const crucible__course *course,
                                const crucible__trips *trips, size_t k,
                                int32_t purpose, double price) {
  if (purpose == t->purpose || !isfinite(price))
    return 0;
  write_order(order, t, course);
  order->quantity = trips->held[k];
  order->limit_price = price;
  order->purpose = purpose;
  if (purpose == CRUCIBLE_PURPOSE_TARGET)
    order->entry = CRUCIBLE_ENTRY_LIMIT;
  return 1;
}

static void write_trade(crucible__trade_event *trade, const trip *t,
                        const crucible__route *route,
                        const crucible__trips *trips, size_t k,
                        const crucible__holding *holding) {
  const crucible__tick *ticks = route->course->ticks;
  double entry = trips->entry[k];
  /* bars of its account, which may have gone on from another run */
  uint32_t before = (uint32_t)(route->column->account.n_bars - route->at) +
                    route->course->first_bar;
  trade->entry_ms = ticks[t->in].open_ms;
  trade->exit_ms = ticks[t->out].open_ms;
  trade->quantity = trade->most = trips->bought[k];
  trade->entry_price = entry;
  trade->exit_price = trips->exit[k];
  trade->result = trips->result[k];
  trade->gross = trips->gross[k];
  trade->mae = crucible__excursion(entry - holding->lowest, entry);
  trade->mfe = crucible__excursion(holding->highest - entry, entry);
  trade->costs.fee = trips->fee[k];
  trade->costs.spread = trips->spread[k];
  trade->costs.slippage = trips->slippage[k];
  trade->costs.impact = trade->costs.funding = 0;
  trade->costs.dust = trips->dust_cost[k];
  trade->side = 1;
  trade->exit = t->purpose;
  trade->is_last = 1;
  trade->bars = (uint32_t)(t->out - t->in);
  trade->entry_bar = before + (uint32_t)t->in;
  trade->exit_bar = before + (uint32_t)t->out;
}

/* The account as the exit leaves it; what it decides then comes later. */
static void settle(crucible__route *route, const trip *t,
                   const crucible__trips *trips, size_t k,
                   const crucible__holding *holding, uint32_t n_orders) {
  const crucible__course *course = route->course;
  crucible__account *account = &route->column->account;
  crucible_costs *costs = &account->costs;
  account->cash = account->equity = trips->cash_out[k];
  account->dust = trips->dust_in[k];
  account->trade_results += trips->result[k];
  account->traded_notional += trips->entry_notional[k];
  account->traded_notional += trips->exit_notional[k];
  costs->fee += trips->entry_fee[k];
  costs->spread += trips->entry_spread[k];
  costs->slippage += trips->entry_slippage[k];
  costs->dust += trips->dust_cost[k];
  costs->fee += trips->exit_fee[k];
  costs->spread += trips->exit_spread[k];
  costs->slippage += trips->exit_slippage[k];
  account->n_bars += t->out + 1 - route->at;
  account->n_bars_in_position += t->out - t->in;
  account->n_orders += n_orders;
  ++account->n_trades;
  account->lowest = holding->lowest;
  account->highest = holding->highest;
  account->entry.quantity = account->entry.left = trips->wanted[k];
  account->entry.placed_ms =
      course->ticks[t->decided].open_ms + course->terms->timeframe_ms;
  route->at = t->out + 1;
}

enum { ORDERS_MOST = 4 }; /* in, out, both halves of a bracket */

static crucible_status complete(crucible__route *route, const trip *t,
                                const crucible__trips *trips, size_t k) {
  const crucible__course *course = route->course;
  crucible__log *log = course->log;
  crucible__order_event *orders = course->events->orders;
  crucible__trade_event *trade = course->events->trades;
  if (course->keeps_records) {
    CRUCIBLE__TRY(crucible__log_reserve(log, ORDERS_MOST, 1));
    orders = &log->orders[log->n_orders];
    trade = &log->trades[log->n_trades];
  }
  crucible__holding holding = hold(route, t, trips, k);
  meet_exit(course, t, trips, k, &holding);
  uint32_t n_orders = 2;
  write_entry(&orders[0], t, course, trips, k);
  write_exit(&orders[1], t, course, trips, k);
  if (course->terms->has_bracket) {
    n_orders += write_cancelled(&orders[n_orders], t, course, trips, k,
                                CRUCIBLE_PURPOSE_STOP, trips->stop[k]);
    n_orders += write_cancelled(&orders[n_orders], t, course, trips, k,
                                CRUCIBLE_PURPOSE_TARGET, trips->target[k]);
  }
  write_trade(trade, t, route, trips, k, &holding);
  if (course->terms->options.metrics)
    crucible__column_tell(route->column, trade);
  if (course->keeps_records) {
    log->n_orders += n_orders;
    ++log->n_trades;
  }
  settle(route, t, trips, k, &holding, n_orders);
  if (!course->notes_drawdowns)
    return CRUCIBLE_OK;
  return crucible__dip_note_curve(
      &route->column->dip, &log->drawdowns, (uint32_t)course->index,
      course->market->bars.open_time_ms, t->in, t->out + 1, course->curve);
}

/* ---- the way of several columns ---- */

/* A route between its trips. */
typedef struct leg {
  int is_open;  /* the close of bar at - 1 has not decided yet */
  int has_trip; /* it is known where the next one goes */
  trip trip;
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
      course->ticks[i].open_ms + course->terms->timeframe_ms;
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
  l->has_trip =
      crucible__is_at_rest(&route->column->account) &&
      find_trip(course, route->at - (size_t)l->is_open, route->to, &l->trip);
  if (!l->has_trip)
    return;
  __builtin_prefetch(&course->ticks[l->trip.decided]);
  __builtin_prefetch(&course->ticks[l->trip.in]);
  __builtin_prefetch(&course->ticks[l->trip.last]);
  __builtin_prefetch(&course->ticks[l->trip.last + 1]);
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
    if (legs[k].has_trip && prepare_entry(&routes[k], &legs[k].trip, trips, k))
      usual |= 1u << k;
    else
      fill_lane(trips, k);
  }
  usual &= calls->enter(terms, trips);
  for (size_t k = 0; k < n; ++k)
    if ((usual >> k & 1) != 0 &&
        !prepare_exit(&routes[k], &legs[k].trip, trips, k))
      usual &= ~(1u << k);
  usual &= calls->leave(terms, trips);
  for (size_t k = 0; k < n; ++k) {
    if ((usual >> k & 1) != 0) {
      CRUCIBLE__TRY(complete(&routes[k], &legs[k].trip, trips, k));
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
    take_plan(&routes[k < n ? k : 0].course->terms->plan, &trips, k);
    fill_lane(&trips, k);
  }
  while (found != 0)
    CRUCIBLE__TRY(
        run_trips(crucible__trip_calls_now(), routes, legs, n, &trips, &found));
  return CRUCIBLE_OK;
}
