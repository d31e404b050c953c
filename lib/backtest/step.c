/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of a bar: what it costs to hold, the open (what leaves, what it
 * passed, what arrives), the path, the close, the decisions for the next open.
 */
#include <math.h>

#include "backtest/book.h"
#include "backtest/decide.h"
#include "backtest/leave.h"
#include "backtest/ledger.h"
#include "backtest/order_end.h"
#include "backtest/path.h"

/* ---- holding ---- */

/* How often an instant of the borrowing interval lies in (from, to]. */
static double intervals(int64_t from_ms, int64_t to_ms, int64_t interval_ms) {
  int64_t before = from_ms / interval_ms - (from_ms % interval_ms < 0);
  int64_t now = to_ms / interval_ms - (to_ms % interval_ms < 0);
  return (double)(now - before);
}

static __attribute__((noinline)) void
charge_holding(crucible__account *account, const crucible__terms *terms,
               const crucible_bar *bar, int64_t open_before_ms) {
  double notional = account->position * bar->open;
  double charge = notional * account->funding;
  if (account->side < 0 && terms->borrow_per_interval > 0)
    charge += fabs(notional) * terms->borrow_per_interval *
              intervals(open_before_ms, bar->open_time_ms,
                        terms->options.borrow_interval_ms);
  if (charge != 0)
    crucible__ledger_carry(account, terms, charge);
}

/* ---- the open ---- */

/* Orders of the plan that cannot go on, whether the bar trades or not; one that
   turns the position still closes it, one that takes from it goes on. */
static void drop_entry(const crucible__scene *scene) {
  crucible__account *account = scene->account;
  crucible__order *entry = &account->entry;
  int32_t reason = CRUCIBLE_REASON_NONE;
  if (account->is_stopped)
    reason = CRUCIBLE_REASON_STOPPED;
  else if (account->is_after_gap)
    reason = CRUCIBLE_REASON_GAP;
  if (reason == CRUCIBLE_REASON_NONE)
    return;
  if (crucible__order_opposes(account, entry)) {
    double held = fabs(account->position);
    if (entry->left > held)
      entry->left = held;
    if (account->exit_purpose == 0)
      return;
  }
  crucible__end_order(account, entry, NULL, scene->bar->open_time_ms,
                      CRUCIBLE_ORDER_CANCELLED, reason, scene->events);
}

/* The open is a jump: what it passed fills at its quote, a stop so much the
   worse, a target so much the better; but not the target after a gap. */
static void leave_at_open(const crucible__scene *scene,
                          const crucible__market_point *open) {
  crucible__account *account = scene->account;
  int32_t side = account->side;
  if (side == 0)
    return;
  double quote = crucible__quote(open->middle, open->half, side);
  if (side * quote <= side * crucible__guard_of(account) &&
      (account->exit_purpose == 0 ||
       account->room >= scene->terms->lot.value)) {
    crucible__leave_by_guard(scene, open, quote);
  } else {
    while (account->side != 0 && side * quote >= side * account->target &&
           !account->is_after_gap && account->room >= scene->terms->lot.value)
      crucible__leave_by_target(
          scene, open,
          crucible__step_rounded(&scene->terms->tick, quote, -side));
  }
  if (account->side != 0 && account->trailing >= 0)
    crucible__ledger_trail(account, scene->terms, open->middle);
}

/* What rests or waits of the plan's order and was passed by the open. */
static void pass_entry(const crucible__scene *scene,
                       const crucible__market_point *open) {
  crucible__account *account = scene->account;
  crucible__order *entry = &account->entry;
  int32_t side = entry->side;
  double quote = crucible__quote(open->middle, open->half, -side);
  if (entry->state == CRUCIBLE__ORDER_RESTING) {
    if (side * quote <= side * entry->limit &&
        account->room >= scene->terms->lot.value)
      crucible__order_make(
          scene, entry, open,
          crucible__step_rounded(&scene->terms->tick, quote, side));
  } else if (entry->state == CRUCIBLE__ORDER_WAITING &&
             side * quote >= side * entry->trigger &&
             crucible__can_take(account)) {
    crucible__order_trigger(scene, entry, open, quote);
  }
}

/* What was there before the open meets it. */
static void meet_open(const crucible__scene *scene) {
  crucible__account *account = scene->account;
  const crucible_bar *bar = scene->bar;
  const crucible__market_point open =
      crucible__open_of(account, scene->terms, bar);
  int32_t side = account->side;
  if (side != 0 && !crucible__can_take(account))
    crucible__reject_guards(
        scene,
        crucible__quote(side > 0 ? bar->low : bar->high, open.half, side));
  /* oldest first: the rest of a turn or of a change comes before a guard that
     was met meanwhile */
  if (account->side != 0 && crucible__order_opposes(account, &account->entry))
    crucible__order_arrive(scene, &account->entry, &open);
  if (account->exit_purpose != 0)
    crucible__leave_sent(scene, &open, crucible__market_middle(account, bar));
  if (scene->book != NULL)
    crucible__book_reduce(scene, &open);
  /* what a turn has just opened has not seen the open pass by */
  if (account->side == side)
    leave_at_open(scene, &open);
  if (account->entry.state >= CRUCIBLE__ORDER_RESTING)
    pass_entry(scene, &open);
  if (scene->book != NULL)
    crucible__book_pass(scene, &open);
}

void crucible__account_open(crucible__account *account, crucible__book *book,
                            const crucible__terms *terms,
                            const crucible_bar *bar, crucible__events *events) {
  const crucible__scene scene = {account, book, terms, bar, events};
  int64_t open_ms = bar->open_time_ms;
  int64_t open_before_ms = account->last_close_ms - terms->timeframe_ms;
  if (account->n_bars > 0 && open_ms > account->last_close_ms)
    account->is_after_gap = 1;
  account->last_close_ms = open_ms + terms->timeframe_ms;
  ++account->n_bars;
  account->room = (double)INFINITY;
  if (terms->options.participation > 0)
    account->room =
        crucible__sellable(terms, terms->options.participation * bar->volume);
  if (account->side != 0 &&
      (account->funding != 0 || terms->borrow_per_interval > 0))
    charge_holding(account, terms, bar, open_before_ms);
  if (account->side != 0)
    crucible__ledger_take_fee(account, terms);
  if (account->entry.state != CRUCIBLE__ORDER_NONE)
    drop_entry(&scene);
  if (book != NULL && book->n > 0)
    crucible__book_clear(&scene);
  /* without a trade nothing fills */
  if (bar->volume > 0 && (account->side != 0 || (book != NULL && book->n > 0) ||
                          account->entry.state >= CRUCIBLE__ORDER_RESTING))
    meet_open(&scene);
}

void crucible__account_arrive(crucible__account *account, crucible__book *book,
                              const crucible__terms *terms,
                              const crucible_bar *bar, int32_t which,
                              crucible__events *events) {
  if (!(bar->volume > 0))
    return;
  const crucible__scene scene = {account, book, terms, bar, events};
  if (crucible__order_comes(&account->entry) &&
      account->entry.side != -account->side &&
      (which & CRUCIBLE__ARRIVE_OTHERS) != 0) {
    const crucible__market_point open = crucible__open_of(account, terms, bar);
    crucible__order_arrive(&scene, &account->entry, &open);
  }
  if (book != NULL && book->n > 0) {
    const crucible__market_point open = crucible__open_of(account, terms, bar);
    crucible__book_arrive(&scene, &open, which);
  }
}

/* ---- the path and the close ---- */

void crucible__account_walk(crucible__account *account, crucible__book *book,
                            const crucible__terms *terms,
                            const crucible_bar *bar, crucible__events *events) {
  const crucible__scene scene = {account, book, terms, bar, events};
  crucible__order *entry = &account->entry;
  int has_orders = book != NULL && book->n > 0;
  if (bar->volume > 0) {
    if (account->side != 0 || has_orders ||
        entry->state == CRUCIBLE__ORDER_RESTING ||
        entry->state == CRUCIBLE__ORDER_WAITING) {
      const crucible__market_point open =
          crucible__open_of(account, terms, bar);
      crucible__walk_bar(&scene, &open);
    }
    account->is_after_gap = 0;
  }
  if (entry->state != CRUCIBLE__ORDER_NONE && entry->bars_left > 0 &&
      --entry->bars_left == 0)
    crucible__end_order(account, entry, NULL, bar->open_time_ms,
                        CRUCIBLE_ORDER_EXPIRED, CRUCIBLE_REASON_TIME_TO_LIVE,
                        events);
  if (has_orders)
    crucible__book_age(&scene);
}

void crucible__account_close_bar(crucible__account *account,
                                 const crucible__terms *terms,
                                 const crucible_bar *bar) {
  crucible__mark(account, bar->close,
                 crucible__half_spread(account, terms, bar->open));
  account->n_bars_in_position += account->side != 0;
}

/* ---- decisions ---- */

static int fills_at_close(const crucible__order *entry) {
  return entry->state == CRUCIBLE__ORDER_SENT &&
         entry->kind == CRUCIBLE_KIND_MARKET;
}

/* Market orders that leave or turn a position. */
static void leave_at_close(const crucible__scene *scene,
                           const crucible__market_point *close) {
  crucible__account *account = scene->account;
  if (fills_at_close(&account->entry) &&
      crucible__order_opposes(account, &account->entry))
    crucible__order_arrive(scene, &account->entry, close);
  if (account->exit_purpose != 0)
    crucible__leave_sent(scene, close, close->middle);
  if (scene->book != NULL)
    crucible__book_reduce(scene, close);
}

__attribute__((noinline)) void crucible__account_fill_at_close(
    crucible__account *account, crucible__book *book,
    const crucible__terms *terms, const crucible_bar *bar, int32_t which,
    crucible__events *events) {
  crucible_bar at_close = *bar;
  at_close.open = at_close.high = at_close.low = at_close.close;
  const crucible__scene scene = {account, book, terms, &at_close, events};
  crucible__market_point close = crucible__open_of(account, terms, bar);
  int32_t side = account->side;
  if (!(bar->volume > 0))
    return;
  close.middle = bar->close;
  account->price = (double)NAN; /* the close is the price */
  if ((which & CRUCIBLE__ARRIVE_LEAVING) != 0)
    leave_at_close(&scene, &close);
  if ((which & CRUCIBLE__ARRIVE_OTHERS) != 0 && fills_at_close(&account->entry))
    crucible__order_arrive(&scene, &account->entry, &close);
  if (book != NULL)
    crucible__book_arrive_at_close(&scene, &close, which);
  /* flat before, or turned: the bar that closes is none it was held in */
  if (account->side != 0 && account->side != side)
    account->entered_at_close = 1;
  account->n_bars_in_position +=
      (uint64_t)(account->side != 0) - (uint64_t)(side != 0);
  crucible__mark(account, close.middle, close.half);
}

void crucible__account_choose(crucible__account *account, crucible__book *book,
                              const crucible__terms *terms,
                              const crucible_bar *bar,
                              const crucible__outlook *outlook,
                              const crucible__wish *wish,
                              crucible__events *events) {
  const crucible__scene scene = {account, book, terms, bar, events};
  double sigma = account->sigma, volume = account->volume_forecast;
  double spread = account->spread;
  crucible__take_forecasts(account, terms, outlook);
  crucible__decide(&scene, wish);
  account->sigma = sigma;
  account->volume_forecast = volume;
  account->spread = spread;
}

void crucible__account_decide(crucible__account *account, crucible__book *book,
                              const crucible__terms *terms,
                              const crucible_bar *bar,
                              const crucible__outlook *outlook,
                              const crucible__wish *wish,
                              crucible__events *events) {
  if (terms->options.fill_at == CRUCIBLE_FILL_SAME_CLOSE) {
    crucible__account_choose(account, book, terms, bar, outlook, wish, events);
    crucible__account_fill_at_close(
        account, book, terms, bar,
        CRUCIBLE__ARRIVE_LEAVING | CRUCIBLE__ARRIVE_ALL, events);
    crucible__take_outlook(account, terms, outlook);
  } else {
    const crucible__scene scene = {account, book, terms, bar, events};
    /* sizes reckon with the fees of the bar that closes: those of the next one
       may not be given before it is there */
    crucible__take_forecasts(account, terms, outlook);
    crucible__decide(&scene, wish);
    crucible__take_fill_terms(account, terms, outlook);
  }
}

void crucible__account_step(crucible__account *account, crucible__book *book,
                            const crucible__terms *terms,
                            const crucible_bar *bar,
                            const crucible__outlook *outlook,
                            const crucible__wish *wish,
                            crucible__events *events) {
  events->n_orders = events->n_trades = 0;
  crucible__account_open(account, book, terms, bar, events);
  crucible__account_arrive(account, book, terms, bar, CRUCIBLE__ARRIVE_ALL,
                           events);
  crucible__account_walk(account, book, terms, bar, events);
  crucible__account_close_bar(account, terms, bar);
  crucible__account_decide(account, book, terms, bar, outlook, wish, events);
}
