/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The step: the one place where orders become fills and decisions become
 * orders. Its state is plain data of fixed size, so that a bar can be tried
 * along two paths from the same state, and a checkpoint is a copy of bytes.
 */
#ifndef CRUCIBLE__FILL_H
#define CRUCIBLE__FILL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/portfolio.h>

#include "base/decimal.h"

enum {
  CRUCIBLE__EVENTS_MAX = 128 /* records one bar can produce: every order at
                                work ends, each may close a position with its
                                brackets, and so many requests are refused */
};

/* Prices and amounts of money stay below this (prices above its inverse), so
   that no product of the step overflows. */
#define CRUCIBLE__NUMBER_MOST 1e100

/* What does not change while an account trades. */
typedef struct crucible__terms {
  crucible_plan plan;
  crucible_instrument instrument;
  crucible_backtest_options options;
  crucible__step tick, lot;
  int64_t timeframe_ms;
  double half_tick;    /* the least half spread */
  double usual_spread; /* where none is forecast, fraction of the price */
  double margin;       /* 1 / leverage: cash an entry binds per notional */
  double borrow_per_interval; /* fraction of the notional; 0: none */
  const crucible_bars *fine;  /* PATH_FINE: bars inside of these; NULL: none */
  double fixed_slippage;  /* fraction of the price, needs no forecast; < 0: by
                             the law */
  int32_t is_fee_in_base; /* a buyer's fee comes off what he receives */
  int32_t try_both;       /* tests: never skip a bar's second path */
  int32_t has_bracket;    /* the plan has a stop, a trail or a target */
  int32_t needs_sigma;    /* nothing can be decided while sigma is cold */
} crucible__terms;

/* An order that ended; the fields are those of crucible_orders. */
typedef struct crucible__order_event {
  int64_t placed_ms, ended_ms;
  double quantity, limit_price, filled, fill_price;
  double fee, spread, slippage, impact;
  int32_t side, purpose, entry, status, reason, liquidity;
  uint32_t id, reserved;
} crucible__order_event;

/* A trade that closed; the fields are those of crucible_trades, and: most, the
   largest quantity that the position had since it was flat. */
typedef struct crucible__trade_event {
  int64_t entry_ms, exit_ms;
  double quantity, entry_price, exit_price, result, gross;
  double most, mae, mfe;
  crucible_costs costs;
  int32_t side, exit, is_last;
  uint32_t bars, entry_bar, exit_bar;
} crucible__trade_event;

/* What one bar brought. */
typedef struct crucible__events {
  uint32_t n_orders, n_trades;
  crucible__order_event orders[CRUCIBLE__EVENTS_MAX];
  crucible__trade_event trades[CRUCIBLE__EVENTS_MAX];
} crucible__events;

/* Where an order stands. */
enum {
  CRUCIBLE__ORDER_NONE = 0,
  CRUCIBLE__ORDER_SENT = 1,    /* decided, arrives at the next open */
  CRUCIBLE__ORDER_RESTING = 2, /* a limit in the book */
  CRUCIBLE__ORDER_WAITING = 3, /* for its trigger */
  CRUCIBLE__ORDER_CARRIED = 4  /* what a bar's volume left of a market order */
};

/* What an order that has not ended has filled so far. */
typedef struct crucible__fills {
  double quantity, notional, fee, spread, slippage, impact;
} crucible__fills;

/*
 * An order that adds to a position, opens one, or, explicit, does anything.
 * A price that does not exist is an infinity on the side where nothing reaches
 * it.
 */
typedef struct crucible__order {
  double quantity; /* as placed */
  double left;     /* that may still fill */
  double limit, trigger;
  double trail, anchor; /* of a trailing stop: distance, 0: none */
  double stop, target;  /* bracket. Of the plan: fractions of the entry price,
                           < 0: none. Explicit: prices, NaN: none */
  double trailing;      /* of the plan: fraction of the best price; < 0: none */
  crucible__fills done;
  int64_t placed_ms;
  uint32_t id, oco;
  uint32_t bars_left;                 /* to live; 0: no end */
  int32_t state, side, kind, purpose; /* CRUCIBLE__ORDER_*; 1 buy, -1 sell;
                                         CRUCIBLE_KIND_*; _PURPOSE_* */
  int32_t reason;                     /* found wanting before it was sent */
  int32_t is_closing;                 /* 1: never opens or adds */
  int32_t is_cancelled; /* ends at the next open, before anything else */
  int32_t liquidity;    /* of the last fill; 0: none */
  int32_t reserved;
} crucible__order;

/* Explicit orders at work in the order of their arrival. Bytes as an account
   is; what is behind n is zero. */
typedef struct crucible__book {
  uint64_t n;
  crucible__order orders[CRUCIBLE_WORKING_MOST];
} crucible__book;

/*
 * Whole state of an account: no pointer, no padding, every byte defined, so
 * that equal accounts are equal bytes. A price that does not exist is an
 * infinity on the side where nothing reaches it.
 */
typedef struct crucible__account {
  /* ledger, marked at the last close */
  double cash, position, dust, mark_price, exit_fee, equity;
  double trade_results, traded_notional;
  crucible_costs costs;
  uint64_t n_bars, n_bars_in_position, n_orders, n_rejected, n_trades;
  int64_t last_close_ms;

  /* the open position; side is 0 when flat */
  double entry_price;                     /* mean */
  double entry_quantity;                  /* bought or sold short in all */
  double entry_cash;                      /* before the first entry */
  double most_quantity;                   /* the largest it was */
  double closed_quantity, closed_results; /* of trades while it is open */
  double stop, target, liquidation; /* target: the nearest rung of a ladder */
  double trailing, anchor, trail;   /* fraction, best price, level */
  double highest, lowest;     /* quotes one could leave at since the entry */
  crucible_costs entry_costs; /* of what is open, funding included */
  int64_t entry_ms, bracket_placed_ms;
  uint64_t entry_bar; /* n_bars of its bar */

  /* the ladder of targets; with one target only its fills are used, [0] */
  double rung_price[CRUCIBLE_RUNGS_MOST];
  double rung_quantity[CRUCIBLE_RUNGS_MOST]; /* as placed; 0: there is none */
  crucible__fills rung_done[CRUCIBLE_RUNGS_MOST];

  /* an order of the plan that opens, adds, turns or rebalances */
  crucible__order entry;

  /* a market order that leaves the position at the next open */
  double exit_quantity; /* as it began, if it goes on in parts; else 0 */
  double exit_trigger;  /* of a guard that was cut; else NaN */
  crucible__fills exit_done;
  int64_t exit_placed_ms;

  /* known at the last close for the next bar; < 0 while cold */
  double sigma, volume_forecast, spread;
  double taker_fee, maker_fee;
  double slippage; /* fixed, fraction of the price; < 0: by the law */
  double funding;  /* rate at the next open; 0: none */
  double price;    /* of market orders, in place of the open; NaN: none */

  double room; /* what may still fill in this bar, base asset */

  /* alone all zero; else set before each phase: equity of the other members of
     the group, their cash in it, and what of it a member may spend */
  double others, others_free;

  int32_t side;                     /* 1 long, -1 short, 0 flat */
  int32_t exit_purpose;             /* of the exit order; 0: there is none */
  int32_t is_stopped, is_after_gap; /* gap: no trade seen since it */
  int32_t in_group;                 /* 1: shares its cash, see others */
  int32_t entered_at_close;         /* 1: not to be counted as a bar held */
} crucible__account;

/* What is known at the close of a bar for the next one; as crucible_outlook.
   NaN where it is not known. */
typedef struct crucible__outlook {
  double sigma, volume_forecast, spread;
  double taker_fee, maker_fee, slippage, funding, price;
} crucible__outlook;

/* What is wanted at a close; as crucible_wish. */
typedef struct crucible__wish {
  double score, target;
  double size, stop, take, trail, limit, trigger;
  const crucible_request *requests; /* [n_requests] of this library's size */
  uint32_t n_requests;
  uint32_t signals;
  int32_t has_own; /* 0: none of size .. trigger is given, nor read */
  int32_t reserved;
} crucible__wish;

/* Nothing is known, nothing is wanted. */
extern const crucible__outlook crucible__outlook_none;
extern const crucible__wish crucible__wish_none;

crucible_status crucible__terms_init(crucible__terms *terms,
                                     const crucible_plan *plan,
                                     const crucible_instrument *instrument,
                                     int64_t timeframe_ms,
                                     const crucible_backtest_options *options);

/* The same for the bars of a market, with its funding and its fine bars, which
   are borrowed. */
struct crucible__market_view;
crucible_status
crucible__terms_of_market(crucible__terms *terms, const crucible_plan *plan,
                          const crucible_instrument *instrument,
                          const struct crucible__market_view *market,
                          const crucible_backtest_options *options);

void crucible__account_init(crucible__account *account,
                            const crucible__terms *terms);

/*
 * The step: takes one closed bar that was checked before (it follows the last
 * one and its prices are sound). book: zero at the start; NULL where the plan
 * does not decide by ORDERS. outlook is what is known of the next bar when
 * this one closes, wish what is wanted then. events is overwritten.
 */
void crucible__account_step(crucible__account *account, crucible__book *book,
                            const crucible__terms *terms,
                            const crucible_bar *bar,
                            const crucible__outlook *outlook,
                            const crucible__wish *wish,
                            crucible__events *events);

/*
 * The step in its phases, for accounts that share their cash: what leaves at
 * the open; what arrives there; the path; the close; the decisions for the
 * next open. All members do one phase before any does the next. Events add up
 * over the phases: set their counts to zero before the first.
 */
void crucible__account_open(crucible__account *account, crucible__book *book,
                            const crucible__terms *terms,
                            const crucible_bar *bar, crucible__events *events);

enum {
  CRUCIBLE__ARRIVE_REDUCING = 1, /* orders that only reduce a position */
  CRUCIBLE__ARRIVE_OTHERS = 2,
  CRUCIBLE__ARRIVE_ALL = 3,
  CRUCIBLE__ARRIVE_LEAVING = 4 /* at a close: what leaves or turns one */
};
void crucible__account_arrive(crucible__account *account, crucible__book *book,
                              const crucible__terms *terms,
                              const crucible_bar *bar, int32_t which,
                              crucible__events *events);

void crucible__account_walk(crucible__account *account, crucible__book *book,
                            const crucible__terms *terms,
                            const crucible_bar *bar, crucible__events *events);

/* Marks and counts the bar. */
void crucible__account_close_bar(crucible__account *account,
                                 const crucible__terms *terms,
                                 const crucible_bar *bar);

/* Decides alone, with what the bar's own forecasts were; then what was decided
   at this close and is a market order fills at it by these, where volume > 0.
   Brackets of what it opens are live from the next bar. The outlook is taken
   after both. */
void crucible__account_choose(crucible__account *account, crucible__book *book,
                              const crucible__terms *terms,
                              const crucible_bar *bar,
                              const crucible__outlook *outlook,
                              const crucible__wish *wish,
                              crucible__events *events);
void crucible__account_fill_at_close(crucible__account *account,
                                     crucible__book *book,
                                     const crucible__terms *terms,
                                     const crucible_bar *bar, int32_t which,
                                     crucible__events *events);

void crucible__account_decide(crucible__account *account, crucible__book *book,
                              const crucible__terms *terms,
                              const crucible_bar *bar,
                              const crucible__outlook *outlook,
                              const crucible__wish *wish,
                              crucible__events *events);

/* What the account could spend on an entry at a price, its own position marked
   at a quote, without what the rest of its group has. */
double crucible__account_free(const crucible__account *account,
                              const crucible__terms *terms, double quote);

/*
 * What could happen to the account before the next close at which it decides.
 * A bar is quiet when it follows the last one, trades (volume > 0), finds
 * market orders priced (see crucible__can_take), charges no funding to a
 * position, reaches none of these levels, and comes with no signal that counts:
 * then the step would only mark, count and take the outlook, which
 * crucible__account_skip() does for many such bars at once.
 */
typedef struct crucible__watch {
  double sell_below;  /* something happens once the bid's low <= it; -inf */
  double sell_above;  /* once the bid's high >= it; +inf: nothing there */
  double buy_below;   /* once the ask's low <= it; -inf */
  double buy_above;   /* once the ask's high >= it; +inf */
  uint64_t until_bar; /* the bar that the account would take as number n_bars =
                         until_bar has to be stepped whatever it brings;
                         UINT64_MAX: none */
  uint32_t signals;   /* CRUCIBLE_ENTER_*, CRUCIBLE_EXIT_* that would count.
                         SCORES: enter long for a score > theta_in, enter short
                         for -score > theta_in, exit long for score < theta_out,
                         exit short for -score < theta_out */
  int32_t is_busy;    /* something waits for the next bar: step it */
} crucible__watch;

void crucible__account_watch(const crucible__account *account,
                             const crucible__book *book,
                             const crucible__terms *terms,
                             crucible__watch *watch);

/* Takes n_bars >= 1 quiet bars of which last is the last: before is what was
   known of it (not read when it is the only one), outlook what is known at its
   close. Does not fold their quotes into highest and lowest: see
   crucible__account_see(). */
void crucible__account_skip(crucible__account *account, crucible__book *book,
                            const crucible__terms *terms, uint64_t n_bars,
                            const crucible_bar *last,
                            const crucible__outlook *before,
                            const crucible__outlook *outlook);

/* Two quotes that the open position could have been left at. */
static inline void crucible__account_see(crucible__account *account, double low,
                                         double high) {
  if (low < account->lowest)
    account->lowest = low;
  if (high > account->highest)
    account->highest = high;
}

/* Equity at the close of a bar that the account has not taken, such as one of
   a shorter timeframe; nothing changes. */
double crucible__account_equity_at(const crucible__account *account,
                                   const crucible__terms *terms,
                                   const crucible_bar *bar);

/* Whether an entry of the plan could still reach the instrument's minimum at a
   price. Not rounded to lots, so that no is not a matter of the price's last
   digits. */
int crucible__account_can_enter(const crucible__account *account,
                                const crucible__terms *terms, double price);

/* See crucible_trader_close(). */
void crucible__account_close(crucible__account *account, int32_t purpose);

/* Whether bytes that were read can be an account: its states are states and
   its money is finite. */
int crucible__account_is_sound(const crucible__account *account);

/* Fills all of a ledger, struct_size included. */
void crucible__account_ledger(const crucible__account *account,
                              const crucible__terms *terms,
                              crucible_ledger *ledger);

#endif
