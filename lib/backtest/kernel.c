/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/kernel.h"

#include <math.h>
#include <string.h>

#include "backtest/decide.h"
#include "base/base_status.h"
#include "stats/figures.h"

/* ---- what the step reads ---- */

/* What is given of the fills in bar i. */
static void give_fill_terms(const crucible__course *course, size_t i,
                            crucible__outlook *outlook) {
  const crucible__inputs *in = course->inputs;
  if (course->market->funding != NULL)
    outlook->funding = course->market->funding[i];
  if (!in->has_fill_inputs)
    return;
  size_t c = course->index;
  outlook->price = crucible__field_at(&in->price, i, c);
  outlook->taker_fee = crucible__field_at(&in->taker_fee, i, c);
  outlook->maker_fee = crucible__field_at(&in->maker_fee, i, c);
  outlook->slippage = crucible__field_at(&in->slippage, i, c);
}

void crucible__course_outlook(const crucible__course *course, size_t i,
                              crucible__outlook *outlook) {
  const crucible__bar_line *line = &course->lines[i];
  outlook->sigma = line->sigma;
  outlook->volume_forecast = line->volume_forecast;
  if (course->market->spread != NULL)
    outlook->spread = course->market->spread[i];
  if (course->has_fill_terms && i + 1 < course->market->bars.n)
    give_fill_terms(course, i + 1, outlook);
}

void crucible__column_resume(crucible__column *column,
                             const crucible__course *course, size_t i) {
  crucible__outlook outlook = crucible__outlook_none;
  give_fill_terms(course, i, &outlook);
  if (column->account.n_bars > 0)
    crucible__take_fill_terms(&column->account, course->terms, &outlook);
}

static uint32_t signals_at(const crucible__signals *signals, size_t i) {
  size_t bit = i - signals->first_word * 64;
  uint32_t heard = 0;
  for (size_t k = 0; k < 4; ++k)
    if (signals->flags[k] != NULL)
      heard |= (uint32_t)(signals->flags[k][bit / 64] >> (bit % 64) & 1) << k;
  return heard;
}

void crucible__course_wish(const crucible__course *course, size_t i,
                           crucible__wish *wish) {
  const crucible__inputs *in = course->inputs;
  size_t c = course->index;
  switch (course->terms->plan.decides) {
  case CRUCIBLE_DECIDE_SIGNALS:
    wish->signals = signals_at(&course->signals, i);
    break;
  case CRUCIBLE_DECIDE_SCORES:
    wish->score = crucible__field_at(&in->scores, i, c);
    break;
  case CRUCIBLE_DECIDE_TARGETS:
    wish->target = crucible__field_at(&in->targets, i, c);
    break;
  default:
    wish->requests = crucible__inputs_requests(in, c, i, &wish->n_requests);
  }
  wish->has_own = in->has_entry_inputs;
  if (!in->has_entry_inputs)
    return;
  wish->size = crucible__field_at(&in->size, i, c);
  wish->limit = crucible__field_at(&in->limit, i, c);
  wish->trigger = crucible__field_at(&in->trigger, i, c);
  wish->stop = crucible__field_at(&in->stop, i, c);
  wish->take = crucible__field_at(&in->take, i, c);
  wish->trail = crucible__field_at(&in->trail, i, c);
}

_Static_assert(CRUCIBLE_ENTER_LONG == 1 && CRUCIBLE_EXIT_LONG == 2 &&
                   CRUCIBLE_ENTER_SHORT == 4 && CRUCIBLE_EXIT_SHORT == 8,
               "signal k is bit k");

/* ---- one bar ---- */

void crucible__column_tell(crucible__column *column,
                           const crucible__trade_event *event) {
  const crucible_closed_trade trade = {
      .result = event->result,
      .entry_notional = event->quantity * event->entry_price,
      .mae = event->mae,
      .mfe = event->mfe,
      .fee = event->costs.fee,
      .spread = event->costs.spread,
      .slippage = event->costs.slippage,
      .impact = event->costs.impact,
      .funding = event->costs.funding,
      .dust = event->costs.dust,
      .bars = event->bars,
      .side = event->side,
  };
  crucible__trade_sums_push(&column->trades, &trade);
}

/* Keeps what a bar brought. */
static crucible_status note(crucible__column *column,
                            const crucible__course *course) {
  const crucible__events *events = course->events;
  if (course->terms->options.metrics)
    for (uint32_t k = 0; k < events->n_trades; ++k)
      crucible__column_tell(column, &events->trades[k]);
  if (!course->keeps_records)
    return CRUCIBLE_OK;
  crucible__log *log = course->log;
  CRUCIBLE__TRY(crucible__log_reserve(log, events->n_orders, events->n_trades));
  for (uint32_t k = 0; k < events->n_orders; ++k)
    log->orders[log->n_orders++] = events->orders[k];
  for (uint32_t k = 0; k < events->n_trades; ++k) {
    crucible__trade_event *trade = &log->trades[log->n_trades++];
    *trade = events->trades[k];
    trade->entry_bar += course->first_bar;
    trade->exit_bar += course->first_bar;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__column_noted(crucible__column *column,
                                       const crucible__course *course, size_t i,
                                       int is_idle) {
  const crucible__account *account = &column->account;
  const crucible__events *events = course->events;
  if (course->terms->options.metrics) {
    if (is_idle)
      crucible__return_sums_idle(&column->sums, 1);
    else
      crucible__return_sums_push(&column->sums, account->equity,
                                 course->lift->change[i]);
  }
  if (course->curve != NULL)
    course->curve[i] = account->equity;
  if (course->notes_drawdowns)
    CRUCIBLE__TRY(crucible__dip_note(
        &column->dip, &course->log->drawdowns, (uint32_t)course->index,
        course->market->bars.open_time_ms, i, account->equity));
  return events->n_orders + events->n_trades == 0 ? CRUCIBLE_OK
                                                  : note(column, course);
}

static crucible_status step_bar(crucible__column *column,
                                const crucible__course *course, size_t i,
                                crucible__outlook *outlook,
                                crucible__wish *wish) {
  crucible__account *account = &column->account;
  int32_t side = account->side;
  double cash = account->cash;
  const crucible_bar bar = crucible__course_bar(course, i);
  crucible__course_outlook(course, i, outlook);
  crucible__course_wish(course, i, wish);
  crucible__account_step(account, course->book, course->terms, &bar, outlook,
                         wish, course->events);
  int is_idle = side == 0 && account->side == 0 && account->cash == cash;
  return crucible__column_noted(column, course, i, is_idle);
}

crucible_status crucible__column_decide(crucible__column *column,
                                        const crucible__course *course,
                                        size_t i) {
  crucible__events *events = course->events;
  crucible__wish wish = crucible__wish_none;
  const crucible_bar bar = crucible__course_bar(course, i);
  crucible__course_wish(course, i, &wish);
  events->n_orders = events->n_trades = 0;
  const crucible__scene scene = {&column->account, course->book, course->terms,
                                 &bar, events};
  crucible__decide(&scene, &wish);
  return events->n_orders == 0 ? CRUCIBLE_OK : note(column, course);
}

/* ---- many bars ---- */

/* First bar of [from, to) with one of the signals, or an odd one, or to. */
static size_t find_signal(const crucible__course *course, uint32_t which,
                          int is_holding, size_t from, size_t to) {
  const crucible__signals *signals = &course->signals;
  const uint64_t *odd = course->odd->always;
  const uint64_t *holding = is_holding ? course->odd->holding : odd;
  const uint64_t *heard[5];
  size_t n = 0, shift = signals->first_word;
  for (size_t k = 0; k < 4; ++k)
    if ((which >> k & 1) != 0 && signals->flags[k] != NULL)
      heard[n++] = signals->flags[k];
  if (signals->wished != NULL)
    heard[n++] = signals->wished;
  uint64_t mask = ~(uint64_t)0 << (from % 64);
  for (size_t w = from / 64; w * 64 < to; ++w) {
    uint64_t bits = odd[w] | holding[w];
    for (size_t k = 0; k < n; ++k)
      bits |= heard[k][w - shift];
    bits &= mask;
    if (bits != 0) {
      size_t found = w * 64 + (size_t)__builtin_ctzll(bits);
      return found < to ? found : to;
    }
    mask = ~(uint64_t)0;
  }
  return to;
}

static int is_odd(const crucible__course *course, size_t i) {
  return ((course->odd->always[i / 64] | course->odd->holding[i / 64]) >>
              (i % 64) &
          1) != 0;
}

crucible_status crucible__column_pass(crucible__column *column,
                                      const crucible__course *course,
                                      size_t from, size_t to) {
  crucible__account *account = &column->account;
  int has_metrics = course->terms->options.metrics;
  crucible__outlook before = crucible__outlook_none;
  crucible__outlook outlook = crucible__outlook_none;
  if (to - from > 1)
    crucible__course_outlook(course, to - 2, &before);
  if (account->side == 0) {
    if (has_metrics)
      crucible__return_sums_idle(&column->sums, to - from);
    for (size_t i = from; course->curve != NULL && i < to; ++i)
      course->curve[i] = account->equity;
  } else {
    crucible__holding holding = {
        .cash = account->cash,
        .position = account->position,
        .others = account->others,
        .side = account->side,
        .fee_rate = account->taker_fee,
        .fee = course->fees,
        .lowest = account->lowest,
        .highest = account->highest,
    };
    course->calls->hold(course->lift, &holding, from, to,
                        has_metrics ? &column->sums : NULL, course->curve);
    crucible__account_see(account, holding.lowest, holding.highest);
  }
  const crucible_bar last = crucible__course_bar(course, to - 1);
  crucible__course_outlook(course, to - 1, &outlook);
  crucible__account_skip(account, course->book, course->terms, to - from, &last,
                         &before, &outlook);
  if (!course->notes_drawdowns || account->side == 0)
    return CRUCIBLE_OK;
  return crucible__dip_note_curve(
      &column->dip, &course->log->drawdowns, (uint32_t)course->index,
      course->market->bars.open_time_ms, from, to, course->curve);
}

crucible__wake crucible__column_wake(const crucible__column *column,
                                     const crucible__course *course,
                                     size_t from, size_t to) {
  const crucible__account *account = &column->account;
  crucible__watch watch;
  /* the price of liquidation moves with the fee */
  if (course->fees != NULL && account->side != 0 &&
      isfinite(account->liquidation))
    return (crucible__wake){from, 0};
  crucible__account_watch(account, course->book, course->terms, &watch);
  if (watch.is_busy || watch.until_bar <= account->n_bars)
    return (crucible__wake){from, 0};
  if (watch.until_bar - account->n_bars < to - from)
    to = from + (size_t)(watch.until_bar - account->n_bars);
  size_t found =
      find_signal(course, watch.signals, account->side != 0, from, to);
  size_t after = found < to ? found + 1 : to; /* a trigger may come with it */
  const crucible__levels levels = {watch.sell_below, watch.sell_above,
                                   watch.buy_below, watch.buy_above};
  size_t reached = course->calls->reach(course->lift, &levels, from, after);
  if (reached < after)
    return (crucible__wake){reached, 0};
  return (crucible__wake){found, found < to && course->decides_alone &&
                                     !is_odd(course, found)};
}

/*
 * Asks for the bars around the signals of the words before end: they are too
 * far apart for the processor to foresee, and the memory takes its time.
 * Returns end. (As a function of its own it would have no effect that the
 * compiler knows of, and be left out.)
 */
static inline __attribute__((always_inline)) size_t
foresee(const crucible__course *course, size_t word, size_t end) {
  const crucible__signals *signals = &course->signals;
  for (; word < end; ++word) {
    uint64_t bits = 0;
    for (size_t k = 0; k < 4; ++k)
      if (signals->flags[k] != NULL)
        bits |= signals->flags[k][word - signals->first_word];
    for (; bits != 0; bits &= bits - 1) {
      size_t bar = word * 64 + (size_t)__builtin_ctzll(bits);
      __builtin_prefetch(&course->lines[bar > 0 ? bar - 1 : 0]);
      __builtin_prefetch(&course->lines[bar]);
      __builtin_prefetch(&course->lines[bar + 1]);
    }
  }
  return end;
}

enum { WORDS_FORESEEN = 4 };

crucible_status crucible__column_run(crucible__column *column,
                                     const crucible__course *course,
                                     size_t from, size_t to, size_t *rest) {
  size_t seen = from / 64, n_words = (to + 63) / 64;
  crucible__outlook outlook = crucible__outlook_none;
  crucible__wish wish = crucible__wish_none;
  for (size_t i = from; i < to; ++i) {
    size_t ahead = i / 64 + WORDS_FORESEEN;
    if (seen < ahead)
      seen = foresee(course, seen, ahead < n_words ? ahead : n_words);
    crucible__wake wake = crucible__column_wake(column, course, i, to);
    size_t quiet_to = wake.bar + (wake.only_decides ? 1 : 0);
    if (quiet_to > i)
      CRUCIBLE__TRY(crucible__column_pass(column, course, i, quiet_to));
    if (wake.bar == to)
      break;
    i = wake.bar;
    if (wake.only_decides)
      CRUCIBLE__TRY(crucible__column_decide(column, course, i));
    else
      CRUCIBLE__TRY(step_bar(column, course, i, &outlook, &wish));
    if (rest != NULL && crucible__is_at_rest(&column->account)) {
      *rest = i + 1;
      return CRUCIBLE_OK;
    }
  }
  if (rest != NULL)
    *rest = to;
  return CRUCIBLE_OK;
}

void crucible__column_init(crucible__column *column,
                           const crucible__terms *terms) {
  memset(column, 0, sizeof *column);
  crucible__account_init(&column->account, terms);
  crucible__return_sums_init(&column->sums, column->account.equity);
  crucible__market_sums_init(&column->market);
  crucible__dip_init(&column->dip, column->account.equity);
}

/* ---- a market's bars ---- */

void crucible__bar_lines_take(crucible__bar_line *lines,
                              const crucible__market_view *market, size_t from,
                              size_t to) {
  const crucible_bars *bars = &market->bars;
  const double none = (double)NAN;
  for (size_t i = from; i < to; ++i)
    lines[i] = (crucible__bar_line){
        .open_ms = bars->open_time_ms[i],
        .open = bars->open[i],
        .high = bars->high[i],
        .low = bars->low[i],
        .close = bars->close[i],
        .volume = bars->volume[i],
        .sigma = market->sigma != NULL ? market->sigma[i] : none,
        .volume_forecast =
            market->volume_forecast != NULL ? market->volume_forecast[i] : none,
    };
}

static int is_funded(const crucible__market_view *market, size_t i) {
  double rate = market->funding != NULL ? market->funding[i] : 0;
  return rate < 0 || rate > 0;
}

static int starts_interval(const int64_t *open_ms, size_t i, int64_t interval) {
  return i == 0 || open_ms[i] / interval != open_ms[i - 1] / interval;
}

void crucible__odd_bars_find(const crucible__odd_bars *odd,
                             const crucible__market_view *market,
                             const crucible__terms *terms, size_t from,
                             size_t to) {
  const crucible_bars *bars = &market->bars;
  const int64_t *open_ms = bars->open_time_ms;
  int64_t interval =
      terms->options.borrow_rate > 0 ? terms->options.borrow_interval_ms : 0;
  for (size_t first = from; first < to; first += 64) {
    uint64_t always = 0, holding = 0;
    for (size_t i = first; i < to && i < first + 64; ++i) {
      uint64_t bit = (uint64_t)1 << (i - first);
      if (i == 0 || open_ms[i] != open_ms[i - 1] + bars->timeframe_ms ||
          !(bars->volume[i] > 0))
        always |= bit;
      if (is_funded(market, i) ||
          (interval > 0 && starts_interval(open_ms, i, interval)))
        holding |= bit;
    }
    odd->always[first / 64] = always;
    odd->holding[first / 64] = holding;
  }
}
