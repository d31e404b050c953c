/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bar of eight accounts for the level a file is compiled for; BALANCE_NAME
 * names it. Each line is one of the step's: order_fill.c (from flat, and in
 * parts), ledger.c, decide.c. Sums of lots are reckoned in lots, which are
 * whole numbers: rounding a sum of multiples gives the multiple of the sum.
 */
#include "backtest/rebalance.h"

#include "backtest/deal_body.h"

_Static_assert((int)CRUCIBLE__BALANCES == (int)CRUCIBLE__LANE_COUNT,
               "a vector holds a value of each account");

#define inlined static inline __attribute__((always_inline))

/* So few units that the step's roundings of their sums find the right lot. */
#define UNITS_MOST 0x1p46

/* The deals of a bar's open. */
typedef struct deals {
  v8 sign, quantity, lots;
  fill fill;
  v8 notional, fee, spread, slippage;
  uint32_t buys, sells;
} deals;

/* What cannot be paid at a price is left out. */
inlined void cut(const crucible__terms *terms, v8 cash, v8 price, double rate,
                 deals *d, uint32_t *usual) {
  v8 enough = mul(cash, all(1 - 1e-9));
  v8 needed = mul(mul(d->quantity, price), all(terms->margin + rate));
  if ((d->buys & ~less_equal(needed, enough)) == 0)
    return;
  uint32_t payable_lanes = EVERY;
  v8 lots, paid = payable(terms, cash, price, rate, &payable_lanes, &lots);
  *usual &= payable_lanes | ~d->buys | less_equal(needed, enough);
  /* a sale needs nothing */
  needed = pick(d->sign, all(0), all(-1), needed);
  lots = pick(paid, d->quantity, lots, d->lots);
  paid = least(paid, d->quantity);
  d->quantity = pick(enough, needed, paid, d->quantity);
  d->lots = pick(enough, needed, lots, d->lots);
}

inlined void deal(const crucible__terms *terms,
                  const crucible__balance_bar *bar,
                  const crucible__balances *from, deals *d, uint32_t *usual) {
  const double rate = terms->instrument.taker_fee;
  const double rate_in_cash = terms->is_fee_in_base ? 0 : rate;
  const v8 middle = all(bar->open), cash = load(from->cash);
  const v8 sigma = all(bar->sigma), volume = all(bar->volume);
  uint32_t orders = d->buys | d->sells;
  v8 quote = add(middle, mul(d->sign, all(bar->half)));
  cut(terms, cash, quote, rate_in_cash, d, usual);
  v8 first = d->quantity;
  d->fill = take_by_side(terms, d->quantity, quote, middle, sigma, volume,
                         d->sign, orders, usual);
  cut(terms, cash, d->fill.price, rate_in_cash, d, usual);
  if (less(d->quantity, first) != 0)
    d->fill = take_by_side(terms, d->quantity, quote, middle, sigma, volume,
                           d->sign, orders, usual);
  d->notional = mul(d->quantity, d->fill.price);
  d->fee = mul(d->notional, all(rate));
  d->spread = mul(d->quantity, d->fill.spread);
  d->slippage = mul(d->quantity, d->fill.slippage);
  *usual &= ~d->buys | suffices(terms, d->quantity, d->notional);
}

/* ---- the ledger ---- */

/* y where the lane sells, else x. */
inlined v8 if_sells(const deals *d, v8 x, v8 y) {
  return pick(d->sign, all(0), y, x);
}

/* y where it buys, else x. */
inlined v8 if_buys(const deals *d, v8 x, v8 y) {
  return pick(all(0), d->sign, y, x);
}

/* The position, its lots, and what of the base asset is less than one. */
typedef struct holding {
  v8 held, lots, dust, dust_cost; /* the last one of what was bought */
} holding;

inlined holding hold(const crucible__terms *terms,
                     const crucible__balances *from, const deals *d,
                     uint32_t *usual) {
  const v8 zero = all(0), lot = all(terms->lot.value);
  v8 dust = load(from->dust), held = load(from->held);
  v8 lots = add(load(from->lots), mul(d->sign, d->lots));
  holding h = {.lots = lots, .dust = dust, .dust_cost = zero};
  if (!terms->is_fee_in_base || d->buys == 0) {
    h.held = multiple(&terms->lot, lots);
    return h;
  }
  const v8 rate = all(terms->instrument.taker_fee);
  v8 received = sub(d->quantity, mul(d->quantity, rate));
  v8 whole = add(received, dust);
  /* a little more than a lot, lest rounding matter */
  *usual &= ~d->buys | less(mul(lot, all(1.01)), whole);
  whole = add(whole, held);
  v8 count;
  (void)counted_by_side(&terms->lot, if_buys(d, zero, whole), zero, d->buys,
                        usual, &count);
  h.lots = if_buys(d, lots, count);
  h.held = multiple(&terms->lot, h.lots);
  h.dust = if_buys(d, dust, most(sub(whole, h.held), zero));
  h.dust_cost = if_buys(d, zero, mul(sub(h.dust, dust), d->fill.price));
  return h;
}

/* A purchase: a position from flat, or more of it. */
inlined void enter(const crucible__terms *terms,
                   const crucible__balance_bar *bar,
                   const crucible__balances *from, const deals *d,
                   crucible__balances *next) {
  const v8 zero = all(0), was = load(from->lots);
  const v8 bid = all(bar->open - bar->half);
  /* a bound that lets a lane that was flat through, if it buys */
  const v8 flat = if_buys(d, all(-1), all(1)); /* was < flat: a new one */
  v8 entry_lots = load(from->entry_lots), entry = load(from->entry_price);
  v8 open_lots = sub(entry_lots, load(from->closed_lots));
  v8 open = multiple(&terms->lot, open_lots);
  v8 mean =
      quotient(add(mul(open, entry), d->notional), add(open, d->quantity));
  mean = pick(was, flat, d->fill.price, mean);
  store(next->entry_price, if_buys(d, entry, mean));
  store(next->entry_lots, if_buys(d, entry_lots, add(entry_lots, d->lots)));
  v8 most_lots = load(from->most_lots);
  v8 now_lots = if_buys(d, zero, add(open_lots, d->lots));
  if ((less(most_lots, now_lots) & d->buys) != 0) {
    v8 now = multiple(&terms->lot, now_lots);
    store(next->most_held,
          pick(most_lots, now_lots, now, load(from->most_held)));
    store(next->most_lots, most(now_lots, most_lots));
  }
  store(next->lowest, pick(was, flat, bid, load(from->lowest)));
  store(next->highest, pick(was, flat, bid, load(from->highest)));
  store(next->entry_cash,
        pick(was, flat, load(from->cash), load(from->entry_cash)));
}

/* A part of what the position has cost so far goes with what is sold. */
inlined void share_cost(const deals *d, v8 share, v8 paid,
                        const double from[CRUCIBLE__BALANCES],
                        double trade[CRUCIBLE__BALANCES],
                        double next[CRUCIBLE__BALANCES]) {
  v8 cost = load(from), part = mul(cost, share);
  store(trade, add(part, paid));
  store(next, if_buys(d, if_sells(d, cost, sub(cost, part)), add(cost, paid)));
}

inlined void split_costs(const deals *d, const holding *h, v8 share,
                         const crucible__balances *from,
                         crucible__balances *next,
                         crucible__balance_fills *fills) {
  share_cost(d, share, d->fee, from->entry_fee, fills->trade_fee,
             next->entry_fee);
  share_cost(d, share, d->spread, from->entry_spread, fills->trade_spread,
             next->entry_spread);
  share_cost(d, share, d->slippage, from->entry_slippage, fills->trade_slippage,
             next->entry_slippage);
  share_cost(d, share, h->dust_cost, from->entry_dust, fills->trade_dust,
             next->entry_dust);
}

/* How far a quote was from the entry. */
inlined v8 excursion(v8 distance, v8 entry) {
  const v8 zero = all(0);
  return pick(zero, distance, quotient(distance, entry), zero);
}

/* A sale: a part of the position, or all. */
inlined void leave(const crucible__terms *terms,
                   const crucible__balance_bar *bar,
                   const crucible__balances *from, const deals *d,
                   const holding *h, v8 cash, crucible__balances *next,
                   crucible__balance_fills *fills) {
  const v8 zero = all(0), bid = all(bar->open - bar->half);
  v8 was = load(from->cash), held = load(from->held);
  v8 closed = load(from->closed_results), entry_cash = load(from->entry_cash);
  v8 lowest = least(bid, load(next->lowest));
  v8 highest = most(bid, load(next->highest));
  v8 entry = load(from->entry_price);
  v8 part = quotient(d->quantity, held);
  v8 flow = sub(sub(was, entry_cash), closed);
  v8 result = add(sub(cash, was), mul(flow, part));
  /* 0 lots are left: all of it */
  v8 whole = sub(sub(cash, entry_cash), closed);
  result = pick(zero, h->lots, result, whole);
  split_costs(d, h, pick(zero, h->lots, part, all(1)), from, next, fills);
  v8 costs = add(add(load(fills->trade_fee), load(fills->trade_spread)),
                 load(fills->trade_slippage));
  costs = add(costs, load(fills->trade_dust));
  v8 left = d->quantity;
  if (terms->is_fee_in_base && (d->sells & ~less(zero, h->lots)) != 0)
    left = multiple(&terms->lot,
                    sub(load(from->entry_lots), load(from->closed_lots)));
  store(fills->result, result);
  store(fills->gross, add(result, costs));
  store(fills->trade_quantity, pick(zero, h->lots, d->quantity, left));
  store(fills->mae, excursion(sub(entry, lowest), entry));
  store(fills->mfe, excursion(sub(highest, entry), entry));
  v8 results = load(from->results), closed_lots = load(from->closed_lots);
  store(next->results, if_sells(d, results, add(results, result)));
  store(next->closed_results, if_sells(d, closed, add(closed, result)));
  store(next->closed_lots, if_sells(d, closed_lots, add(closed_lots, d->lots)));
  store(next->lowest, if_sells(d, load(next->lowest), lowest));
  store(next->highest, if_sells(d, load(next->highest), highest));
}

inlined void add_up(const deals *d, v8 cost,
                    const double from[CRUCIBLE__BALANCES],
                    double next[CRUCIBLE__BALANCES]) {
  v8 sum = load(from);
  store(next, pick(mul(d->sign, d->sign), all(0.5), sum, add(sum, cost)));
}

/* What is left of a position that has been closed. */
inlined void forget(const holding *h, double field[CRUCIBLE__BALANCES]) {
  store(field, pick(all(0), h->lots, load(field), all(0)));
}

static void forget_closed(const holding *h, crucible__balances *next) {
  forget(h, next->entry_price);
  forget(h, next->entry_cash);
  forget(h, next->entry_lots);
  forget(h, next->closed_lots);
  forget(h, next->closed_results);
  forget(h, next->most_held);
  forget(h, next->most_lots);
  forget(h, next->entry_fee);
  forget(h, next->entry_spread);
  forget(h, next->entry_slippage);
  forget(h, next->entry_dust);
}

/* The orders that wait meet the open. */
inlined void meet_open(const crucible__terms *terms,
                       const crucible__balance_bar *bar,
                       const crucible__balances *from, deals *d,
                       crucible__balances *next, crucible__balance_fills *fills,
                       uint32_t *usual) {
  const v8 zero = all(0);
  deal(terms, bar, from, d, usual);
  holding h = hold(terms, from, d, usual);
  v8 cash = load(from->cash);
  v8 spent = terms->is_fee_in_base ? d->notional : add(d->notional, d->fee);
  cash = if_buys(d, if_sells(d, cash, sub(cash, sub(d->fee, d->notional))),
                 sub(cash, spent));
  *usual &= less_equal(zero, cash) & less_equal(zero, h.lots);
  enter(terms, bar, from, d, next);
  leave(terms, bar, from, d, &h, cash, next, fills);
  *usual &=
      less(mul(load(next->entry_lots), all(terms->lot.units)), all(UNITS_MOST));
  add_up(d, d->fee, from->fee, next->fee);
  add_up(d, d->spread, from->spread, next->spread);
  add_up(d, d->slippage, from->slippage, next->slippage);
  add_up(d, h.dust_cost, from->dust_cost, next->dust_cost);
  add_up(d, d->notional, from->traded, next->traded);
  store(next->cash, cash);
  store(next->held, h.held);
  store(next->lots, h.lots);
  store(next->dust, h.dust);
  if ((bar->lanes & ~less(zero, h.lots)) != 0)
    forget_closed(&h, next);
  store(fills->quantity, d->quantity);
  store(fills->price, d->fill.price);
  store(fills->fee, d->fee);
  store(fills->spread, d->spread);
  store(fills->slippage, d->slippage);
}

/* ---- the close ---- */

/* Lots of the position that is wanted where equity is what there is. */
inlined v8 lots_wanted(const crucible__terms *terms, double price, v8 target,
                       v8 equity, uint32_t matters, uint32_t *usual) {
  const int32_t unit = terms->plan.target_unit;
  const v8 zero = all(0), close = all(price), lot = all(terms->lot.value);
  /* a little off: unless that matters, it saves the quotients */
  const v8 inverse = all(1 / price);
  v8 units = target, affordable = mul(equity, inverse);
  if (unit == CRUCIBLE_TARGET_FRACTION)
    units = mul(mul(units, equity), inverse);
  else if (unit == CRUCIBLE_TARGET_CASH)
    units = mul(units, inverse);
  v8 x = least(units, affordable);
  v8 n =
      crucible__lanes_whole(mul(x, all(terms->lot.scale / terms->lot.units)));
  v8 over = sub(x, mul(n, lot)), under = sub(mul(add(n, all(1)), lot), x);
  v8 margin = add(all(1e-8 * terms->lot.value), mul(all(0x1p-48), x));
  uint32_t is_sure = (less(margin, over) | less_equal(x, zero)) &
                     less(margin, under) &
                     less(mul(n, all(terms->lot.units)), all(UNITS_MOST));
  if ((matters & ~is_sure) == 0)
    return n;
  units = target;
  if (unit == CRUCIBLE_TARGET_FRACTION)
    units = quotient(mul(units, equity), close);
  else if (unit == CRUCIBLE_TARGET_CASH)
    units = quotient(units, close);
  affordable = quotient(equity, mul(close, all(terms->margin)));
  uint32_t sized = EVERY;
  (void)counted(&terms->lot, least(units, affordable), CRUCIBLE__ROUND_DOWN,
                &sized, &n);
  *usual &=
      ~matters | (sized & less(mul(n, all(terms->lot.units)), all(UNITS_MOST)));
  return n;
}

/* The order that leads to the target. */
inlined void decide(const crucible__terms *terms,
                    const crucible__balance_bar *bar, v8 equity,
                    crucible__balances *next, uint32_t *usual) {
  const v8 zero = all(0), close = all(bar->close), given = load(bar->target);
  uint32_t has = less_equal(zero, given) & bar->lanes;
  v8 lots = load(next->lots);
  v8 wanted = lots_wanted(terms, bar->close, most(given, zero), /* NaN: 0 */
                          equity, has, usual);
  v8 change = sub(wanted, lots), size = crucible__lanes_abs(change);
  v8 quantity = multiple(&terms->lot, size);
  v8 sign = pick(zero, change, all(1), pick(change, zero, all(-1), zero));
  v8 too_little = pick(zero, wanted, all(terms->instrument.min_notional), zero);
  sign = pick(mul(quantity, close), too_little, zero, sign);
  sign = pick(all(-1), given, sign, zero); /* NaN: there is none */
  const v8 is_sent = mul(sign, sign), half = all(0.5);
  store(next->sign, sign);
  store(next->order, pick(half, is_sent, quantity, load(next->order)));
  store(next->order_lots, pick(half, is_sent, size, load(next->order_lots)));
  store(next->order_sign, pick(half, is_sent, sign, load(next->order_sign)));
  store(next->order_bar,
        pick(half, is_sent, all(bar->number), load(next->order_bar)));
}

/* (The compiler would copy it by a slow instruction.) */
inlined void copy(const crucible__balances *from, crucible__balances *to) {
#define COPY(name) store(to->name, load(from->name));
  CRUCIBLE__BALANCE_FIELDS(COPY)
#undef COPY
}

uint32_t BALANCE_NAME(const crucible__terms *terms,
                      const crucible__balance_bar *bar,
                      const crucible__balances *from, crucible__balances *next,
                      crucible__balance_fills *fills) {
  const v8 zero = all(0);
  uint32_t usual = EVERY;
  deals d = {.sign = load(from->sign),
             .quantity = load(from->order),
             .lots = load(from->order_lots)};
  d.buys = less(zero, d.sign) & bar->lanes;
  d.sells = less(d.sign, zero) & bar->lanes;
  copy(from, next);
  fills->buys = d.buys;
  fills->sells = d.sells;
  if ((d.buys | d.sells) != 0)
    meet_open(terms, bar, from, &d, next, fills, &usual);
  v8 held = load(next->held), lots = load(next->lots);
  v8 value = mul(held, all(bar->close - bar->half));
  v8 fee = mul(value, all(terms->instrument.taker_fee));
  v8 equity = sub(add(load(next->cash), value), fee);
  usual &= less(zero, equity);
  v8 low = load(next->lowest), high = load(next->highest);
  store(next->lowest,
        pick(zero, lots, least(all(bar->low - bar->half), low), low));
  store(next->highest,
        pick(zero, lots, most(all(bar->high - bar->half), high), high));
  v8 bars_held = load(next->bars_held);
  store(next->bars_held, pick(zero, lots, add(bars_held, all(1)), bars_held));
  store(next->equity, equity);
  decide(terms, bar, equity, next, &usual);
  return usual;
}
