/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arithmetic of eight round trips for the level a file is compiled for;
 * TRIP_NAME names its calls. Each line is one of the step's: sizing.c,
 * order_fill.c (a fill in full, from flat), deal.h, ledger.c.
 */
#include "backtest/round_trip.h"

#include "backtest/deal_body.h"

_Static_assert((int)CRUCIBLE__TRIPS == (int)CRUCIBLE__LANE_COUNT,
               "a vector holds a value of each trip");

/* ---- entering ---- */

/* What the plan wants at the close, in lots. */
static inline v8 size_of(const crucible__terms *terms, v8 value, v8 cash,
                         v8 close, uint32_t *usual) {
  v8 wanted = value;
  if (terms->plan.sizing == CRUCIBLE_SIZE_FRACTION)
    wanted = quotient(mul(value, cash), close);
  else if (terms->plan.sizing == CRUCIBLE_SIZE_CASH)
    wanted = quotient(value, close);
  v8 affordable = quotient(cash, mul(close, all(terms->margin)));
  return rounded(&terms->lot, least(wanted, affordable), CRUCIBLE__ROUND_DOWN,
                 usual);
}

/* A price so far from the entry as the plan has it, on the tick above; none
   where it has neither. side: of the entry it is on. */
static inline __attribute__((always_inline)) v8
bracket_price(const crucible__terms *terms, v8 entry, v8 sigma,
              const double *sigmas, const double *fraction, int side, v8 none,
              uint32_t *usual) {
  const v8 zero = all(0), s = load(sigmas), f = load(fraction);
  uint32_t given = less(zero, s) | less(zero, f);
  if (given == 0)
    return none;
  v8 distance = mul(pick(zero, s, mul(s, sigma), f), entry);
  v8 level = side > 0 ? add(entry, distance) : sub(entry, distance);
  uint32_t is_usual = EVERY;
  v8 price = rounded(&terms->tick, level, CRUCIBLE__ROUND_UP, &is_usual);
  *usual &= (is_usual & less(zero, price)) | ~given;
  return pick(zero, s, price, pick(zero, f, price, none));
}

static uint32_t enter(const crucible__terms *terms, crucible__trips *t) {
  uint32_t usual = EVERY;
  double rate = terms->instrument.taker_fee;
  double rate_in_cash = terms->is_fee_in_base ? 0 : rate;
  v8 cash = load(t->cash), open = load(t->open), half = load(t->half);
  v8 sigma = load(t->sigma), volume = load(t->volume);
  v8 wanted =
      size_of(terms, load(t->sizing_value), cash, load(t->close), &usual);
  usual &= less_equal(all(terms->lot.value), wanted);
  v8 quote = add(open, half), quantity = wanted;
  v8 enough = mul(cash, all(1 - 1e-9));
  if (too_much(terms, quantity, quote, rate_in_cash, enough) != 0) {
    v8 needed = mul(mul(quantity, quote), all(terms->margin + rate_in_cash));
    v8 lots, paid = payable(terms, cash, quote, rate_in_cash, &usual, &lots);
    quantity = pick(enough, needed, least(paid, quantity), quantity);
  }
  fill in = take(terms, quantity, quote, open, sigma, volume, 1, &usual);
  if (too_much(terms, quantity, in.price, rate_in_cash, enough) != 0) {
    v8 needed = mul(mul(quantity, in.price), all(terms->margin + rate_in_cash));
    v8 lots, paid = payable(terms, cash, in.price, rate_in_cash, &usual, &lots);
    quantity = pick(enough, needed, least(paid, quantity), quantity);
    in = take(terms, quantity, quote, open, sigma, volume, 1, &usual);
  }
  v8 notional = mul(quantity, in.price);
  usual &= suffices(terms, quantity, notional);
  v8 fee = mul(notional, all(rate)), dust = load(t->dust);
  v8 held = quantity, dust_cost = all(0), cash_in;
  if (terms->is_fee_in_base) {
    v8 received = sub(quantity, mul(quantity, all(rate)));
    v8 had = dust;
    v8 whole = add(received, had);
    held = rounded(&terms->lot, whole, CRUCIBLE__ROUND_DOWN, &usual);
    usual &= less_equal(all(terms->lot.value), held);
    dust = most(sub(whole, held), all(0));
    dust_cost = mul(sub(dust, had), in.price);
    cash_in = sub(cash, notional);
  } else {
    cash_in = sub(cash, add(notional, fee));
  }
  usual &= less_equal(all(0), cash_in);
  store(t->wanted, wanted);
  store(t->bought, quantity);
  store(t->entry, in.price);
  store(t->entry_notional, notional);
  store(t->entry_fee, fee);
  store(t->entry_spread, mul(quantity, in.spread));
  store(t->entry_slippage, mul(quantity, in.slippage));
  store(t->held, held);
  store(t->cash_in, cash_in);
  store(t->dust_in, dust);
  store(t->dust_cost, dust_cost);
  store(t->stop,
        bracket_price(terms, in.price, sigma, t->stop_sigma, t->stop_fraction,
                      -1, all(-(double)INFINITY), &usual));
  store(t->target,
        bracket_price(terms, in.price, sigma, t->target_sigma,
                      t->target_fraction, 1, all((double)INFINITY), &usual));
  return usual;
}

/* ---- leaving ---- */

static uint32_t leave(const crucible__terms *terms, crucible__trips *t) {
  uint32_t usual = EVERY;
  const v8 zero = all(0);
  v8 held = load(t->held), bid = load(t->bid), middle = load(t->middle);
  v8 resting = load(t->resting);
  fill out = take(terms, held, bid, middle, load(t->sigma_out),
                  load(t->volume_out), -1, &usual);
  v8 rate = all(terms->instrument.taker_fee);
  if (less(zero, resting) != 0) {
    out.price = pick(zero, resting, resting, out.price);
    out.spread =
        pick(zero, resting, mul(all(-1), sub(resting, middle)), out.spread);
    out.slippage = pick(zero, resting, zero, out.slippage);
    rate = pick(zero, resting, all(terms->instrument.maker_fee), rate);
  }
  v8 notional = mul(held, out.price), fee = mul(notional, rate);
  v8 spread = mul(held, out.spread), slippage = mul(held, out.slippage);
  v8 cash = load(t->cash_in);
  cash = sub(cash, sub(fee, notional));
  v8 result = sub(cash, load(t->cash));
  v8 fees = add(load(t->entry_fee), fee);
  v8 spreads = add(load(t->entry_spread), spread);
  v8 slippages = add(load(t->entry_slippage), slippage);
  v8 total = add(add(fees, spreads), slippages);
  total = add(total, load(t->dust_cost));
  store(t->exit, out.price);
  store(t->exit_notional, notional);
  store(t->exit_fee, fee);
  store(t->exit_spread, spread);
  store(t->exit_slippage, slippage);
  store(t->cash_out, cash);
  store(t->result, result);
  store(t->gross, add(result, total));
  store(t->fee, fees);
  store(t->spread, spreads);
  store(t->slippage, slippages);
  return usual;
}

const crucible__trip_calls TRIP_NAME = {enter, leave};
