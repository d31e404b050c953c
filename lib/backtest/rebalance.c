/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/rebalance.h"

#include <math.h>

#include "backtest/deal.h"
#include "backtest/ledger.h"
#include "base/base_status.h"
#include "base/simd.h"

/* That of the level that holds now. */
static crucible__balance_call *balance_call_now(void) {
  CRUCIBLE__SIMD_RETURN(crucible__balance);
}

/* ---- which columns are taken so ---- */

static int is_plain(const crucible__course *course) {
  const crucible__terms *terms = course->terms;
  const crucible_plan *plan = &terms->plan;
  const crucible_backtest_options *options = &terms->options;
  return plan->decides == CRUCIBLE_DECIDE_TARGETS &&
         plan->side == CRUCIBLE_SIDE_LONG &&
         plan->entry == CRUCIBLE_ENTRY_MARKET && plan->horizon_bars == 0 &&
         plan->n_rungs == 0 && !terms->has_bracket && !terms->needs_sigma &&
         crucible__is_law_plain(terms) && terms->margin >= 1 &&
         terms->instrument.taker_fee >= 0 &&
         options->fill_at == CRUCIBLE_FILL_NEXT_OPEN &&
         !(options->participation > 0) && !course->has_fill_terms &&
         !course->inputs->has_entry_inputs && course->book == NULL &&
         course->signals.wished != NULL;
}

/* Bars of [at, to) that have a target. */
static size_t count_targets(const crucible__route *route) {
  const crucible__signals *signals = &route->course->signals;
  size_t n = 0;
  for (size_t w = route->at / 64; w * 64 < route->to; ++w)
    n += (size_t)__builtin_popcountll(signals->wished[w - signals->first_word]);
  return n;
}

int crucible__routes_rebalance(const crucible__route *routes, size_t n) {
  size_t n_bars = 0, n_targets = 0;
  for (size_t k = 0; k < n; ++k) {
    /* of their plans this alone is read */
    if (!is_plain(routes[k].course) ||
        routes[k].course->terms->plan.target_unit !=
            routes->course->terms->plan.target_unit)
      return 0;
    n_bars += routes[k].to - routes[k].at;
    n_targets += count_targets(&routes[k]);
  }
  /* a bar costs the same for one lane and for eight, with a target or without:
     the step, which passes over the latter, would be slower from here on */
  return n > 0 && 2 * n * n_targets >= n_bars;
}

/* ---- accounts come in and go out ---- */

/* What no arithmetic reads. */
typedef struct lane {
  int64_t entry_ms, bracket_placed_ms;
  uint64_t entry_bar, n_orders, n_trades;
  double anchor;
  size_t since; /* the first bar taken here */
} lane;

typedef struct herd {
  crucible__balance_fills fills;
  crucible__balances states[2];
  crucible__balances *state, *next; /* these, in turn */
  crucible__route *routes;
  size_t n;
  const crucible__course *course; /* of the first: terms, market, bars */
  const double *targets[CRUCIBLE__BALANCES]; /* of bar 0 */
  crucible__balance_bar bar;
  lane lanes[CRUCIBLE__BALANCES];
} herd;

/* Lots that a quantity is; -1: it is not a number of lots, or too many. */
static double lots_of(const crucible__step *lot, double quantity) {
  const double most = 0x1p46;
  if (!(quantity >= 0 && quantity / lot->value * lot->units < most))
    return -1;
  double n = (double)(int64_t)(quantity / lot->value + 0.5);
  return crucible__step_multiple(lot, n) == quantity ? n : -1;
}

static int is_order_plain(const crucible__account *account) {
  const crucible__order *order = &account->entry;
  if (order->done.quantity > 0)
    return 0;
  if (order->state == CRUCIBLE__ORDER_NONE)
    return 1;
  return order->state == CRUCIBLE__ORDER_SENT &&
         order->kind == CRUCIBLE_KIND_MARKET &&
         order->purpose == CRUCIBLE_PURPOSE_REBALANCE &&
         order->reason == CRUCIBLE_REASON_NONE &&
         order->quantity == order->left && isinf(order->limit) &&
         order->bars_left == 0 && order->placed_ms == account->last_close_ms;
}

/* Whether the account takes the bar of open_ms as all others do. */
static int is_account_plain(const crucible__account *account, int64_t open_ms) {
  const crucible_costs *costs = &account->entry_costs;
  if (account->n_bars == 0 || account->last_close_ms != open_ms ||
      account->is_after_gap || account->is_stopped ||
      account->exit_purpose != 0 || account->side < 0 ||
      !(account->cash >= 0) || !is_order_plain(account))
    return 0;
  return account->side == 0 ||
         (isinf(account->stop) && isinf(account->trail) &&
          isinf(account->target) && isinf(account->liquidation) &&
          account->trailing < 0 && costs->impact == 0 && costs->funding == 0);
}

/* Takes the account of route k before bar i; returns 0 if the step has to. */
static int take_in(herd *h, size_t k, size_t i) {
  const crucible__account *a = &h->routes[k].column->account;
  const crucible__terms *terms = h->course->terms;
  const crucible__step *lot = &terms->lot;
  crucible__balances *s = h->state;
  if (i == 0 || !is_account_plain(a, h->course->lines[i].open_ms))
    return 0;
  int waits = a->entry.state != CRUCIBLE__ORDER_NONE;
  double lots = lots_of(lot, a->position);
  double entry_lots = lots_of(lot, a->entry_quantity);
  double closed_lots = lots_of(lot, a->closed_quantity);
  double most_lots = lots_of(lot, a->most_quantity);
  double order_lots = waits ? lots_of(lot, a->entry.quantity) : 0;
  if (lots < 0 || entry_lots < closed_lots || closed_lots < 0 ||
      most_lots < 0 || order_lots < 0 || (a->side == 0) != (lots == 0) ||
      (!terms->is_fee_in_base && entry_lots - closed_lots != lots) ||
      (waits && a->entry.side < 0 && order_lots > lots))
    return 0;
#define SET(name, value) s->name[k] = (value)
  SET(cash, a->cash);
  SET(equity, a->equity);
  SET(dust, a->dust);
  SET(held, a->position);
  SET(lots, lots);
  SET(lowest, a->lowest);
  SET(highest, a->highest);
  SET(entry_price, a->entry_price);
  SET(entry_cash, a->entry_cash);
  SET(entry_lots, entry_lots);
  SET(closed_lots, closed_lots);
  SET(most_lots, most_lots);
  SET(most_held, a->most_quantity);
  SET(closed_results, a->closed_results);
  SET(entry_fee, a->entry_costs.fee);
  SET(entry_spread, a->entry_costs.spread);
  SET(entry_slippage, a->entry_costs.slippage);
  SET(entry_dust, a->entry_costs.dust);
  SET(fee, a->costs.fee);
  SET(spread, a->costs.spread);
  SET(slippage, a->costs.slippage);
  SET(dust_cost, a->costs.dust);
  SET(results, a->trade_results);
  SET(traded, a->traded_notional);
  SET(bars_held, 0);
  SET(sign, waits ? a->entry.side : 0);
  SET(order, waits ? a->entry.quantity : 0);
  SET(order_lots, order_lots);
  SET(order_sign, 0);
  SET(order_bar, 0);
#undef SET
  h->lanes[k] = (lane){.entry_ms = a->entry_ms,
                       .bracket_placed_ms = a->bracket_placed_ms,
                       .entry_bar = a->entry_bar,
                       .anchor = a->anchor,
                       .since = i};
  return 1;
}

/* An order was sent here: the account has it as the step would have left it. */
static void give_order(const herd *h, size_t k, crucible__account *a) {
  const crucible__balances *s = h->state;
  crucible__order *order = &a->entry;
  order->state = s->sign[k] != 0 ? CRUCIBLE__ORDER_SENT : CRUCIBLE__ORDER_NONE;
  if (s->order_sign[k] == 0)
    return;
  order->quantity = order->left = s->order[k];
  order->side = s->order_sign[k] > 0 ? 1 : -1;
  order->limit = order->trigger = order->side * (double)INFINITY;
  order->placed_ms = h->course->lines[(size_t)s->order_bar[k]].open_ms +
                     h->course->terms->timeframe_ms;
  order->kind = CRUCIBLE_KIND_MARKET;
  order->purpose = CRUCIBLE_PURPOSE_REBALANCE;
  order->reason = CRUCIBLE_REASON_NONE;
  order->liquidity = CRUCIBLE_LIQUIDITY_NONE;
  order->bars_left = 0;
  order->stop = order->target = order->trailing = -1;
}

static void give_position(const herd *h, size_t k, crucible__account *a) {
  const double inf = (double)INFINITY;
  const crucible__balances *s = h->state;
  const crucible__step *lot = &h->course->terms->lot;
  const lane *l = &h->lanes[k];
  int is_held = s->lots[k] > 0;
  a->side = is_held;
  a->position = s->held[k];
  a->entry_price = s->entry_price[k];
  a->entry_quantity = crucible__step_multiple(lot, s->entry_lots[k]);
  a->closed_quantity = crucible__step_multiple(lot, s->closed_lots[k]);
  a->entry_cash = s->entry_cash[k];
  a->most_quantity = s->most_held[k];
  a->closed_results = s->closed_results[k];
  a->entry_costs.fee = s->entry_fee[k];
  a->entry_costs.spread = s->entry_spread[k];
  a->entry_costs.slippage = s->entry_slippage[k];
  a->entry_costs.dust = s->entry_dust[k];
  a->stop = a->trail = a->liquidation = is_held ? -inf : 0;
  a->target = is_held ? inf : 0;
  a->trailing = is_held ? -1 : 0;
  a->anchor = is_held ? l->anchor : 0;
  a->entry_ms = is_held ? l->entry_ms : 0;
  a->bracket_placed_ms = is_held ? l->bracket_placed_ms : 0;
  a->entry_bar = is_held ? l->entry_bar : 0;
  if (is_held && l->entry_bar > a->n_bars)
    a->entered_at_close = 0;
}

/* The account of route k as the bars before bar i leave it. */
static void let_out(const herd *h, size_t k, size_t i) {
  const crucible__balances *s = h->state;
  const crucible__course *course = h->course;
  const crucible__terms *terms = course->terms;
  const lane *l = &h->lanes[k];
  crucible__account *a = &h->routes[k].column->account;
  crucible__outlook outlook = crucible__outlook_none;
  if (l->since == i)
    return;
  const crucible__bar_line *last = &course->lines[i - 1];
  give_order(h, k, a);
  give_position(h, k, a);
  a->cash = s->cash[k];
  a->dust = s->dust[k];
  a->lowest = s->lowest[k];
  a->highest = s->highest[k];
  a->costs.fee = s->fee[k];
  a->costs.spread = s->spread[k];
  a->costs.slippage = s->slippage[k];
  a->costs.dust = s->dust_cost[k];
  a->trade_results = s->results[k];
  a->traded_notional = s->traded[k];
  a->n_bars += i - l->since;
  a->n_bars_in_position += (uint64_t)s->bars_held[k];
  a->n_orders += l->n_orders;
  a->n_trades += l->n_trades;
  a->last_close_ms = last->open_ms + terms->timeframe_ms;
  a->room = (double)INFINITY;
  crucible__course_outlook(course, i - 1, &outlook);
  crucible__take_outlook(a, terms, &outlook);
  crucible__mark(a, last->close, course->lift->half[i - 1]);
}

/* ---- what a bar leaves behind ---- */

/* (Field by field: the compiler clears a whole event by a slow instruction.) */
static void write_order(const herd *h, size_t k, size_t i,
                        crucible__order_event *order) {
  const crucible__bar_line *lines = h->course->lines;
  const crucible__balance_fills *f = &h->fills;
  int is_buy = (f->buys >> k & 1) != 0;
  order->placed_ms = lines[i - 1].open_ms + h->course->terms->timeframe_ms;
  order->ended_ms = lines[i].open_ms;
  order->quantity = h->state->order[k];
  order->limit_price = (double)NAN;
  order->filled = f->quantity[k];
  order->fill_price = f->price[k];
  order->fee = f->fee[k];
  order->spread = f->spread[k];
  order->slippage = f->slippage[k];
  order->impact = 0;
  order->side = is_buy ? 1 : -1;
  order->purpose = CRUCIBLE_PURPOSE_REBALANCE;
  order->entry = CRUCIBLE_ENTRY_MARKET;
  order->status = CRUCIBLE_ORDER_FILLED;
  order->reason = CRUCIBLE_REASON_NONE;
  order->liquidity = CRUCIBLE_LIQUIDITY_TAKER;
  order->id = order->reserved = 0;
}

static void write_trade(const herd *h, size_t k, size_t i,
                        crucible__trade_event *trade) {
  const crucible__balance_fills *f = &h->fills;
  const crucible__balances *s = h->state;
  const crucible__route *route = &h->routes[k];
  const lane *l = &h->lanes[k];
  uint64_t bar = route->column->account.n_bars + (i - l->since);
  trade->entry_ms = l->entry_ms;
  trade->exit_ms = h->course->lines[i].open_ms;
  trade->quantity = f->trade_quantity[k];
  trade->entry_price = s->entry_price[k];
  trade->exit_price = f->price[k];
  trade->result = f->result[k];
  trade->gross = f->gross[k];
  trade->most = s->most_held[k];
  trade->mae = f->mae[k];
  trade->mfe = f->mfe[k];
  trade->costs.fee = f->trade_fee[k];
  trade->costs.spread = f->trade_spread[k];
  trade->costs.slippage = f->trade_slippage[k];
  trade->costs.impact = trade->costs.funding = 0;
  trade->costs.dust = f->trade_dust[k];
  trade->side = 1;
  trade->exit = CRUCIBLE_PURPOSE_REBALANCE;
  trade->is_last = !(h->next->lots[k] > 0);
  trade->bars = (uint32_t)(bar + 1 - l->entry_bar);
  trade->entry_bar = (uint32_t)(l->entry_bar - 1) + route->course->first_bar;
  trade->exit_bar = (uint32_t)bar + route->course->first_bar;
}

static crucible_status note_sale(herd *h, size_t k, size_t i) {
  const crucible__course *course = h->routes[k].course;
  crucible__log *log = course->log;
  crucible__trade_event *trade = course->events->trades;
  if (course->keeps_records)
    trade = &log->trades[log->n_trades++];
  ++h->lanes[k].n_trades;
  write_trade(h, k, i, trade);
  if (course->terms->options.metrics)
    crucible__column_tell(h->routes[k].column, trade);
  return CRUCIBLE_OK;
}

/* The order of lane k that has filled at the open of bar i. */
static crucible_status note_fill(herd *h, size_t k, size_t i) {
  const crucible__course *course = h->routes[k].course;
  crucible__log *log = course->log;
  lane *l = &h->lanes[k];
  int is_sale = (h->fills.sells >> k & 1) != 0;
  ++l->n_orders;
  if (!is_sale && !(h->state->lots[k] > 0)) {
    const crucible__bar_line *line = &course->lines[i];
    l->entry_ms = line->open_ms;
    l->bracket_placed_ms =
        course->lines[i - 1].open_ms + course->terms->timeframe_ms;
    l->entry_bar = h->routes[k].column->account.n_bars + (i - l->since) + 1;
    l->anchor = line->open;
  }
  if (course->keeps_records) {
    CRUCIBLE__TRY(crucible__log_reserve(log, 1, 1));
    write_order(h, k, i, &log->orders[log->n_orders++]);
  }
  return is_sale ? note_sale(h, k, i) : CRUCIBLE_OK;
}

static crucible_status note_close(herd *h, size_t k, size_t i) {
  crucible__column *column = h->routes[k].column;
  const crucible__course *course = h->routes[k].course;
  int is_filled = ((h->fills.buys | h->fills.sells) >> k & 1) != 0;
  int is_idle = !is_filled && !(h->next->lots[k] > 0);
  if (course->curve == NULL && !is_idle) {
    crucible__return_sums_push(&column->sums, h->next->equity[k],
                               course->lift->change[i]);
    return CRUCIBLE_OK;
  }
  column->account.equity = h->next->equity[k];
  course->events->n_orders = course->events->n_trades = 0;
  return crucible__column_noted(column, course, i, is_idle);
}

static crucible_status note(herd *h, uint32_t lanes, size_t i) {
  const crucible__course *course = h->course;
  uint32_t filled = (h->fills.buys | h->fills.sells) & lanes;
  for (uint32_t left = filled; left != 0; left &= left - 1)
    CRUCIBLE__TRY(note_fill(h, (size_t)__builtin_ctz(left), i));
  if (!course->terms->options.metrics && course->curve == NULL)
    return CRUCIBLE_OK;
  for (uint32_t left = lanes; left != 0; left &= left - 1)
    CRUCIBLE__TRY(note_close(h, (size_t)__builtin_ctz(left), i));
  return CRUCIBLE_OK;
}

/* ---- bar by bar ---- */

/* Whether all accounts have to step bar i > 0. */
static int is_odd(const crucible__course *course, size_t i) {
  const crucible__bar_line *before = &course->lines[i - 1];
  if ((course->odd->always[i / 64] >> (i % 64) & 1) != 0)
    return 1;
  return !(course->terms->fixed_slippage >= 0) &&
         !(before->sigma >= 0 && before->volume_forecast > 0);
}

static void set_bar(herd *h, size_t i, uint32_t lanes) {
  const crucible__course *course = h->course;
  const ptrdiff_t at = (ptrdiff_t)i * course->inputs->targets.row;
  const crucible__bar_line *line = &course->lines[i];
  int has_law = !(course->terms->fixed_slippage >= 0);
  crucible__balance_bar *bar = &h->bar;
  bar->open = line->open;
  bar->low = line->low;
  bar->high = line->high;
  bar->close = line->close;
  bar->half = course->lift->half[i];
  bar->sigma = has_law ? line[-1].sigma : 0;
  bar->volume = has_law ? line[-1].volume_forecast : 1;
  bar->number = (double)i;
  bar->lanes = lanes;
  for (size_t k = 0; k < h->n; ++k)
    bar->target[k] = h->targets[k][at];
}

static crucible_status step(herd *h, size_t k, size_t i) {
  return crucible__column_run(h->routes[k].column, h->routes[k].course, i,
                              i + 1, NULL);
}

/* Bar i for the lanes that are here; those that cannot go leave *lanes. */
static crucible_status take_bar(herd *h, crucible__balance_call *call, size_t i,
                                uint32_t *lanes) {
  set_bar(h, i, *lanes);
  uint32_t usual =
      call(h->course->terms, &h->bar, h->state, h->next, &h->fills) & *lanes;
  for (uint32_t left = *lanes & ~usual; left != 0; left &= left - 1) {
    size_t k = (size_t)__builtin_ctz(left);
    let_out(h, k, i);
    CRUCIBLE__TRY(step(h, k, i));
  }
  *lanes = usual;
  CRUCIBLE__TRY(note(h, usual, i));
  crucible__balances *taken = h->next;
  h->next = h->state;
  h->state = taken;
  return CRUCIBLE_OK;
}

/* Who may stay for bar i stays, who can comes in, all others step. */
static crucible_status gather(herd *h, size_t i, uint32_t *lanes) {
  int is_together = i > 0 && !is_odd(h->course, i);
  for (size_t k = 0; k < h->n; ++k) {
    const crucible__route *route = &h->routes[k];
    uint32_t bit = 1u << k;
    int is_due = route->at <= i && i < route->to;
    if ((*lanes & bit) != 0 && (!is_due || !is_together)) {
      let_out(h, k, i);
      *lanes &= ~bit;
    } else if ((*lanes & bit) == 0 && is_due && is_together &&
               take_in(h, k, i)) {
      *lanes |= bit;
    }
    if (is_due && (*lanes & bit) == 0)
      CRUCIBLE__TRY(step(h, k, i));
  }
  return CRUCIBLE_OK;
}

/* Most targets bring an order, half of them a trade: room that is not needed
   costs nothing as long as it is not touched, growing costs copies. */
static crucible_status make_room(const crucible__route *route) {
  const crucible__course *course = route->course;
  if (!course->keeps_records)
    return CRUCIBLE_OK;
  size_t n = course->market->bars.n - route->at;
  return crucible__log_reserve(course->log, n, n / 2 + n / 32);
}

static const double *targets_of(const crucible__course *course) {
  const crucible__field *targets = &course->inputs->targets;
  return targets->data + (ptrdiff_t)course->index * targets->col;
}

/* Lanes without an account reckon with what does no harm. */
static void start(herd *h) {
  h->states[0] = (crucible__balances){.cash = {0}};
  for (size_t k = 0; k < CRUCIBLE__BALANCES; ++k) {
    h->states[0].cash[k] = h->states[0].equity[k] = 1;
    h->bar.target[k] = (double)NAN;
  }
  h->states[1] = h->states[0];
  h->state = &h->states[0];
  h->next = &h->states[1];
}

crucible_status crucible__rebalance_run(crucible__route *routes, size_t n) {
  crucible__balance_call *call = balance_call_now();
  herd h;
  h.routes = routes;
  h.n = n;
  h.course = routes->course;
  size_t from = SIZE_MAX, to = 0, all_to = SIZE_MAX;
  const uint32_t everyone = (1u << n) - 1;
  uint32_t lanes = 0;
  for (size_t k = 0; k < n; ++k) {
    if (routes[k].course->log->n_orders == 0)
      CRUCIBLE__TRY(make_room(&routes[k]));
    from = routes[k].at < from ? routes[k].at : from;
    to = routes[k].to > to ? routes[k].to : to;
    all_to = routes[k].to < all_to ? routes[k].to : all_to;
    h.targets[k] = targets_of(routes[k].course);
  }
  start(&h);
  for (size_t i = from; i < to; ++i) {
    if (lanes != everyone || i >= all_to || is_odd(h.course, i))
      CRUCIBLE__TRY(gather(&h, i, &lanes));
    if (lanes != 0)
      CRUCIBLE__TRY(take_bar(&h, call, i, &lanes));
  }
  for (; lanes != 0; lanes &= lanes - 1) {
    size_t k = (size_t)__builtin_ctz(lanes);
    let_out(&h, k, to);
  }
  return CRUCIBLE_OK;
}
