/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What eight fills at once would be, for the level a file is compiled for. Each
 * line is one of the step's: decimal.h, deal.h, order_fill.c.
 */
#ifndef CRUCIBLE__DEAL_BODY_H
#define CRUCIBLE__DEAL_BODY_H

#include "backtest/fill.h"

#include "base/lanes.h"
#include "costs/cost_model.h"

typedef crucible__lanes v8;
#define load crucible__lanes_load
#define store crucible__lanes_store
#define all crucible__lanes_all
#define add crucible__lanes_add
#define sub crucible__lanes_sub
#define mul crucible__lanes_mul
#define quotient crucible__lanes_div
#define pick crucible__lanes_pick
#define least crucible__lanes_least
#define most crucible__lanes_most
#define less crucible__lanes_less
#define less_equal crucible__lanes_less_equal

enum { EVERY = (1 << CRUCIBLE__LANE_COUNT) - 1 };

/* ---- rounding ---- */

static inline v8 multiple(const crucible__step *step, v8 n) {
  return quotient(mul(n, all(step->units)), all(step->scale));
}

/* crucible__step_rounded() of x >= 0 of less than 2^53 units; takes other lanes
   out of *usual. *count becomes the number of steps that it is. */
static inline __attribute__((always_inline)) v8
counted(const crucible__step *step, v8 x, int direction, uint32_t *usual,
        v8 *count) {
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
  v8 result = below, more = all(0);
  if (direction == CRUCIBLE__ROUND_UP) {
    result = above;
    more = one;
  } else if (direction == CRUCIBLE__ROUND_NEAREST) {
    v8 half = sub(all(0.5 * step->value), noise);
    result = pick(over, half, below, above);
    more = pick(over, half, more, one);
  }
  result = pick(noise, under, result, above);
  more = pick(noise, under, more, one);
  v8 near = crucible__lanes_least(noise, under);
  *count = add(n, pick(near, over, more, all(0)));
  return pick(near, over, result, below);
}

static inline __attribute__((always_inline)) v8
rounded(const crucible__step *step, v8 x, int direction, uint32_t *usual) {
  v8 count;
  return counted(step, x, direction, usual, &count);
}

/*
 * counted() down where up is 0, up where it is 1, of the lanes that matter. It
 * goes by a reckoning of the two multiples around x that is a few units in the
 * last place off, unless x is so near to one of them that this might matter.
 */
static inline __attribute__((always_inline)) v8
counted_by_side(const crucible__step *step, v8 x, v8 up, uint32_t matters,
                uint32_t *usual, v8 *count) {
  const v8 zero = all(0), value = all(step->value);
  v8 n = crucible__lanes_whole(mul(x, all(step->scale / step->units)));
  v8 over = sub(x, mul(n, value)), under = sub(mul(add(n, all(1)), value), x);
  v8 margin = add(all(1e-8 * step->value), mul(all(0x1p-49), x));
  uint32_t is_plain = less_equal(pick(zero, up, margin, zero), over) &
                      less_equal(pick(zero, up, zero, margin), under) &
                      less(mul(n, all(step->units)), all(0x1p51));
  if ((matters & ~is_plain) == 0) {
    *count = add(n, up);
    return multiple(step, *count);
  }
  v8 lower, upper;
  v8 below = counted(step, x, CRUCIBLE__ROUND_DOWN, usual, &lower);
  v8 above = counted(step, x, CRUCIBLE__ROUND_UP, usual, &upper);
  *count = pick(zero, up, upper, lower);
  return pick(zero, up, above, below);
}

/* ---- a market order ---- */

typedef struct fill {
  v8 price, spread, slippage; /* costs per unit */
} fill;

/* How far it moves the price. */
static inline __attribute__((always_inline)) v8
moved_by(const crucible__terms *terms, v8 quantity, v8 quote, v8 sigma,
         v8 volume, uint32_t *usual) {
  const crucible_cost_options *costs = &terms->options.costs;
  if (terms->fixed_slippage >= 0)
    return mul(quote, all(terms->fixed_slippage));
  v8 root = crucible__lanes_sqrt(quotient(quantity, volume));
  v8 fraction = mul(mul(all(costs->impact_y), sigma), root);
  *usual &= less(fraction, all(CRUCIBLE__SLIPPAGE_MOST));
  return mul(quote, fraction);
}

/* crucible__deal_taker() */
static inline __attribute__((always_inline)) fill
take(const crucible__terms *terms, v8 quantity, v8 quote, v8 middle, v8 sigma,
     v8 volume, int side, uint32_t *usual) {
  v8 moved = moved_by(terms, quantity, quote, sigma, volume, usual);
  const v8 sign = all(side); /* a sale's distance of nothing is -0 */
  v8 price = add(quote, mul(sign, moved));
  v8 distance = mul(sign, sub(price, quote));
  if (side < 0)
    *usual &= less_equal(all(terms->tick.value), price);
  price = rounded(&terms->tick, price, side, usual);
  v8 spread = sub(mul(sign, sub(price, middle)), distance);
  return (fill){price, spread, distance};
}

/* The same where sign is 1 in a lane that buys, -1 in one that sells. */
static inline __attribute__((always_inline)) fill
take_by_side(const crucible__terms *terms, v8 quantity, v8 quote, v8 middle,
             v8 sigma, v8 volume, v8 sign, uint32_t matters, uint32_t *usual) {
  const v8 zero = all(0);
  v8 moved = moved_by(terms, quantity, quote, sigma, volume, usual), count;
  v8 price = add(quote, mul(sign, moved));
  v8 distance = mul(sign, sub(price, quote));
  *usual &= less_equal(all(terms->tick.value), price);
  price = counted_by_side(&terms->tick, price, pick(zero, sign, all(1), zero),
                          matters, usual, &count);
  v8 spread = sub(mul(sign, sub(price, middle)), distance);
  return (fill){price, spread, distance};
}

/* payable() of order_fill.c */
static inline __attribute__((always_inline)) v8
payable(const crucible__terms *terms, v8 cash, v8 price, double rate,
        uint32_t *usual, v8 *count) {
  v8 per_unit = mul(price, all(terms->margin + rate));
  v8 lots = counted(&terms->lot, quotient(cash, per_unit), CRUCIBLE__ROUND_DOWN,
                    usual, count);
  *usual &= less_equal(mul(lots, per_unit), cash) & less(all(0), cash);
  return lots;
}

/* Lanes in which so much costs more than there is. */
static inline uint32_t too_much(const crucible__terms *terms, v8 quantity,
                                v8 price, double rate, v8 enough) {
  v8 needed = mul(mul(quantity, price), all(terms->margin + rate));
  return EVERY & ~less_equal(needed, enough);
}

/* Lanes whose order is large enough. */
static inline uint32_t suffices(const crucible__terms *terms, v8 quantity,
                                v8 notional) {
  const crucible_instrument *instrument = &terms->instrument;
  return less_equal(all(terms->lot.value), quantity) &
         less_equal(all(instrument->min_quantity), quantity) &
         less_equal(all(instrument->min_notional), notional);
}

#endif
