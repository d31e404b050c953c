/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arithmetic of eight round trips for the level a file is compiled for;
 * TRIP_NAME names its calls. Each line is one of the step's: sizing.c,
 * order_fill.c (a fill in full, from flat), deal.h, ledger.c.
 */
#include "backtest/round_trip.h"

#include "base/lanes.h"
#include "costs/cost_model.h"

_Static_assert((int)CRUCIBLE__TRIPS == (int)CRUCIBLE__LANE_COUNT,
               "a vector holds a value of each trip");

typedef crucible__lanes v8;
#define load crucible__lanes_load
#define store crucible__lanes_store
#define all crucible__lanes_all
#define add crucible__lanes_add
#define sub crucible__lanes_sub
#define mul crucible__lanes_mul
#define quotient crucible__lanes_div
#define pick crucible__lanes_pick
#define less crucible__lanes_less
#define less_equal crucible__lanes_less_equal

enum { EVERY = (1 << CRUCIBLE__TRIPS) - 1 };

/* ---- rounding ---- */

static inline v8 multiple(const crucible__step *step, v8 n) {
  return quotient(mul(n, all(step->units)), all(step->scale));
}

/* crucible__step_rounded() of x >= 0 of less than 2^53 units; takes other lanes
   out of *usual. */
static inline __attribute__((always_inline)) v8
rounded(const crucible__step *step, v8 x, int direction, uint32_t *usual) {
  const v8 value = all(step->value), one = all(1);
  v8 steps = quotient(x, value);
  *usual &= less(mul(add(steps, all(2)), all(step->units)), all(0x1p53)) &
            less_equal(all(0), x);
  v8 n = crucible__lanes_whole(steps); /* may be one off */
  v8 below = multiple(step, n), above = multiple(step, add(n, one));
  if (((less(x, below) | less_equal(above, x)) & *usual) != 0) {
    n = pick(x, below, sub(n, one), pick(x, above, n, add(n, one)));
    below = multiple(step, n);
    above = multiple(step, add(n, one));
  }
  v8 noise = add(all(1e-9 * step->value), mul(all(0x1p-51), x));
  v8 over = sub(x, below), under = sub(above, x);
  v8 result = below;
  if (direction == CRUCIBLE__ROUND_UP)
    result = above;
  else if (direction == CRUCIBLE__ROUND_NEAREST)
    result = pick(over, sub(all(0.5 * step->value), noise), below, above);
  result = pick(noise, under, result, above);
  return pick(crucible__lanes_least(noise, under), over, result, below);
}

/* ---- a market order ---- */

typedef struct fill {
  v8 price, spread, slippage; /* costs per unit */
} fill;

/* crucible__deal_taker() */
static inline __attribute__((always_inline)) fill
take(const crucible__terms *terms, v8 quantity, v8 quote, v8 middle, v8 sigma,
     v8 volume, int side, uint32_t *usual) {
  const crucible_cost_options *costs = &terms->options.costs;
  v8 moved;
  if (terms->fixed_slippage >= 0) {
    moved = mul(quote, all(terms->fixed_slippage));
  } else {
    v8 root = crucible__lanes_sqrt(quotient(quantity, volume));
    v8 fraction = mul(mul(all(costs->impact_y), sigma), root);
    *usual &= less(fraction, all(CRUCIBLE__SLIPPAGE_MOST));
    moved = mul(quote, fraction);
  }
  const v8 sign = all(side); /* a sale's distance of nothing is -0 */
  v8 price = add(quote, mul(sign, moved));
  v8 distance = mul(sign, sub(price, quote));
  if (side < 0)
    *usual &= less_equal(all(terms->tick.value), price);
  price = rounded(&terms->tick, price, side, usual);
  v8 spread = sub(mul(sign, sub(price, middle)), distance);
  return (fill){price, spread, distance};
}

/* ---- entering ---- */

/* payable() of order_fill.c */
static inline __attribute__((always_inline)) v8
payable(const crucible__terms *terms, v8 cash, v8 price, double rate,
        uint32_t *usual) {
  v8 per_unit = mul(price, all(terms->margin + rate));
  v8 lots = rounded(&terms->lot, quotient(cash, per_unit), CRUCIBLE__ROUND_DOWN,
                    usual);
  *usual &= less_equal(mul(lots, per_unit), cash) & less(all(0), cash);
  return lots;
}

/* Lanes in which so much costs more than there is. */
static inline uint32_t too_much(const crucible__terms *terms, v8 quantity,
                                v8 price, double rate, v8 enough) {
  v8 needed = mul(mul(quantity, price), all(terms->margin + rate));
  return EVERY & ~less_equal(needed, enough);
}

/* What the plan wants at the close, in lots. */
static inline v8 size_of(const crucible__terms *terms, v8 value, v8 cash,
                         v8 close, uint32_t *usual) {
  v8 wanted = value;
  if (terms->plan.sizing == CRUCIBLE_SIZE_FRACTION)
    wanted = quotient(mul(value, cash), close);
  else if (terms->plan.sizing == CRUCIBLE_SIZE_CASH)
    wanted = quotient(value, close);
  v8 most = quotient(cash, mul(close, all(terms->margin)));
  return rounded(&terms->lot, crucible__lanes_least(wanted, most),
                 CRUCIBLE__ROUND_DOWN, usual);
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

/* Lanes whose order is large enough. */
static inline uint32_t suffices(const crucible__terms *terms, v8 quantity,
                                v8 notional) {
  const crucible_instrument *instrument = &terms->instrument;
  return less_equal(all(terms->lot.value), quantity) &
         less_equal(all(instrument->min_quantity), quantity) &
         less_equal(all(instrument->min_notional), notional);
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
    v8 most = payable(terms, cash, quote, rate_in_cash, &usual);
    quantity =
        pick(enough, needed, crucible__lanes_least(most, quantity), quantity);
  }
  fill in = take(terms, quantity, quote, open, sigma, volume, 1, &usual);
  if (too_much(terms, quantity, in.price, rate_in_cash, enough) != 0) {
    v8 needed = mul(mul(quantity, in.price), all(terms->margin + rate_in_cash));
    v8 most = payable(terms, cash, in.price, rate_in_cash, &usual);
    quantity =
        pick(enough, needed, crucible__lanes_least(most, quantity), quantity);
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
    dust = crucible__lanes_most(sub(whole, held), all(0));
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
